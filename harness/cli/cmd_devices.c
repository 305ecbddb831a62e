/* cmd_devices.c - oreo-bench devices: what can compute here, and which one would. */
#include <stdio.h>

#include "base/json.h"
#include "cli/cli.h"
#include "gpu/device.h"
#include "nn/op_gemm.h"

struct devices_settings {
  const char *device;
};

static const struct option options[] = {
  { "device", 0, NULL, "D", NULL,
    "mark the one that this would take: a number, a part of a name, or cpu", OPTION_TEXT,
    offsetof(struct devices_settings, device), 0, 0 },
  OPTION_END
};

/* Matrix units that sum 16-bit products in 32 bits: their shape, and whether this program
 * has a kernel for them, which takes a compiler that was new enough when it was built. */
static void put_matrix(struct buf *out, const struct gpu_device_info *row,
                       enum gpu_type type, const struct gpu_matrix_shape *shape)
{
  bool compiled =
      type == GPU_BF16 ? OREO_GLSL_COOPMAT && OREO_GLSL_BFLOAT16 : OREO_GLSL_COOPMAT;
  buf_printf(out, "%s ", gpu_type_text(type));
  if (!shape->m)
    buf_add_cstr(out, "no");
  else
    buf_printf(out, "%ux%ux%u%s", shape->m, shape->n, shape->k,
               gemm_has_matrix(row, type) ? ""
               : compiled                 ? " (no kernel)"
                                          : " (no kernel: built with an older glslang)");
}

static const char *yes(bool it_is)
{
  return it_is ? "yes" : "no";
}

static double gib(uint64_t bytes)
{
  return (double)bytes / (1 << 30);
}

static void put_row(struct buf *out, const struct gpu_device_info *row, const char *mark)
{
  const struct gpu_limits *limits = &row->limits;
  buf_printf(out, "%3d  %s%s\n", row->index, row->name, mark);
  buf_printf(out, "     %-18s %s, Vulkan %d.%d.%d\n", "kind", gpu_kind_text(row->kind),
             row->api_major, row->api_minor, row->api_patch);
  if (!row->usable)
    buf_printf(out, "     %-18s %s\n", "cannot be used", row->refused);
  /* an old driver was not asked for the rest */
  if (!row->driver[0])
    return;
  buf_printf(out, "     %-18s %s\n", "driver", row->driver);
  buf_printf(out, "     %-18s %.1f GiB%s; at most %.1f GiB in one allocation\n", "memory",
             gib(row->heap_bytes), row->unified ? ", shared with the host" : "",
             gib(limits->allocation_bytes));
  buf_printf(out, "     %-18s %.0f MiB a buffer, %.1f million texels\n", "bindings",
             (double)limits->storage_bytes / (1 << 20),
             (double)limits->texel_elements * 1e-6);
  buf_printf(out, "     %-18s %u invocations, %.0f KiB shared memory\n", "workgroups",
             limits->group_size, (double)limits->shared_bytes / 1024);
  buf_printf(out, "     %-18s %u lanes%s\n", "subgroups", row->subgroup,
             row->shuffle ? "" : "; no shuffle");
  buf_printf(out, "     %-18s storage %s, fp16 arithmetic %s, bf16 arithmetic %s\n",
             "16 bits", yes(row->storage16), yes(row->fp16), yes(row->bf16));
  buf_printf(out, "     %-18s ", "matrix units");
  put_matrix(out, row, GPU_F16, &row->matrix_f16);
  buf_add_cstr(out, ", ");
  put_matrix(out, row, GPU_BF16, &row->matrix_bf16);
  buf_add_char(out, '\n');
}

static void put_text(struct buf *out, const struct gpu_device_list *list, int taken,
                     const char *wanted)
{
  for (size_t i = 0; i < list->count; i++) {
    const char *mark = (int)i != taken ? ""
                       : wanted        ? "  (taken)"
                                       : "  (taken when none is named)";
    put_row(out, &list->rows[i], mark);
  }
}

static void put_limits(struct json_writer *w, const struct gpu_limits *limits)
{
  json_put_key(w, "limits");
  json_begin_object(w);
  json_member_number(w, "storage_bytes", (double)limits->storage_bytes);
  json_member_number(w, "texel_elements", (double)limits->texel_elements);
  json_member_number(w, "allocation_bytes", (double)limits->allocation_bytes);
  json_member_int(w, "shared_bytes", (int64_t)limits->shared_bytes);
  json_member_int(w, "group_size", limits->group_size);
  json_put_key(w, "groups");
  json_begin_array(w);
  for (int i = 0; i < 3; i++)
    json_put_int(w, limits->groups[i]);
  json_end_array(w);
  json_member_int(w, "push_bytes", limits->push_bytes);
  json_member_int(w, "storage_align", limits->storage_align);
  json_member_int(w, "texel_align", limits->texel_align);
  json_end_object(w);
}

static void put_json_matrix(struct json_writer *w, const char *key,
                            const struct gpu_device_info *row, enum gpu_type type,
                            const struct gpu_matrix_shape *shape)
{
  json_put_key(w, key);
  if (!shape->m) {
    json_put_null(w);
    return;
  }
  json_begin_object(w);
  json_member_int(w, "m", shape->m);
  json_member_int(w, "n", shape->n);
  json_member_int(w, "k", shape->k);
  json_member_bool(w, "kernel", gemm_has_matrix(row, type));
  json_end_object(w);
}

static void put_json_row(struct json_writer *w, const struct gpu_device_info *row)
{
  char version[64];
  snprintf(version, sizeof version, "%d.%d.%d", row->api_major, row->api_minor,
           row->api_patch);
  json_begin_object(w);
  json_member_int(w, "index", row->index);
  json_member_string(w, "name", str_from(row->name));
  json_member_string(w, "kind", str_from(gpu_kind_text(row->kind)));
  json_member_string(w, "driver", str_from(row->driver));
  json_member_string(w, "vulkan", str_from(version));
  json_member_int(w, "vendor_id", row->vendor);
  json_member_int(w, "device_id", row->device);
  json_member_number(w, "memory_bytes", (double)row->heap_bytes);
  json_member_bool(w, "unified_memory", row->unified);
  put_limits(w, &row->limits);
  json_member_int(w, "subgroup", row->subgroup);
  json_member_bool(w, "subgroup_shuffle", row->shuffle);
  json_member_bool(w, "storage16", row->storage16);
  json_member_bool(w, "fp16", row->fp16);
  json_member_bool(w, "bf16", row->bf16);
  json_member_bool(w, "coopmat", row->coopmat);
  put_json_matrix(w, "matrix_f16", row, GPU_F16, &row->matrix_f16);
  put_json_matrix(w, "matrix_bf16", row, GPU_BF16, &row->matrix_bf16);
  json_member_number(w, "timestamp_ns", row->tick_ns);
  json_member_bool(w, "usable", row->usable);
  json_member_string(w, "refused", row->usable ? STR_NONE : str_from(row->refused));
  json_end_object(w);
}

static void put_json(struct buf *out, const struct gpu_device_list *list, int taken)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_put_key(&w, "taken");
  if (taken < 0)
    json_put_null(&w);
  else
    json_put_int(&w, list->rows[taken].index);
  json_put_key(&w, "build");
  json_begin_object(&w);
  json_member_bool(&w, "compiler_coopmat", OREO_GLSL_COOPMAT);
  json_member_bool(&w, "compiler_bf16", OREO_GLSL_BFLOAT16);
  json_end_object(&w);
  json_put_key(&w, "devices");
  json_begin_array(&w);
  for (size_t i = 0; i < list->count; i++)
    put_json_row(&w, &list->rows[i]);
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static int run(struct command_call *call, struct err *err)
{
  const struct devices_settings *settings = call->settings;
  struct gpu_device_list list;
  if (gpu_device_list(&list, err) < 0)
    return -1;
  /* what is there is shown also when nothing of it can be taken */
  struct err refusal = { 0 };
  int taken = gpu_device_choose(&list, settings->device, &refusal);
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  if (call->json)
    put_json(&out, &list, taken);
  else
    put_text(&out, &list, taken, settings->device);
  int rc = cli_print(&out, err);
  if (rc == 0 && taken < 0)
    rc = err_set(err, refusal.code, "%s", refusal.msg);
  buf_release(&out);
  gpu_device_list_free(&list);
  return rc;
}

const struct command command_devices = {
  .name = "devices",
  .synopsis = "[options]",
  .about = "list what can compute here, and which one would be taken",
  .detail =
      "A discrete GPU is taken before an integrated one before the CPU; others with\n"
      "--device. Without any Vulkan driver the exit status is 3, and 'run' on an\n"
      "endpoint still works.\n"
      "\n"
      "Examples:\n"
      "  oreo-bench devices\n"
      "  oreo-bench devices --device cpu --json",
  .options = options,
  .settings_size = sizeof(struct devices_settings),
  .min_arguments = 0,
  .max_arguments = 0,
  .run = run,
};
