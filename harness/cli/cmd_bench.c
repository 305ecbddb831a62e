/* cmd_bench.c - oreo-bench bench: how fast this program is here. */
#include <math.h>

#include "base/json.h"
#include "base/nearest.h"
#include "cli/bench.h"

static const struct benchmark {
  const char *name, *about;
  int (*run)(struct bench_result *result, struct command_call *call, struct err *err);
} benchmarks[] = {
  { "grade", "answers graded a second on one core, worst case, memory", bench_grade },
  { "http", "requests a second to an endpoint, latency added, memory", bench_http },
  { "gemm", "matrix products by shape, layout and type, beside a BLAS library",
    bench_gemm },
};

static const struct option options[] = {
  { "gsm8k", 0, NULL, "FILE", NULL,
    "recorded answers to grade; else the built-in worked solutions", OPTION_TEXT,
    offsetof(struct bench_settings, gsm8k), 0, 0 },
  { "math", 0, NULL, "FILE", NULL,
    "items whose worked solutions are graded; else the built-in ones", OPTION_TEXT,
    offsetof(struct bench_settings, math), 0, 0 },
  { "seconds", 0, NULL, "S", "1.5", "time for each measurement", OPTION_REAL,
    offsetof(struct bench_settings, seconds), 0.01, 600 },
  { "seed", 0, NULL, "N", "1234", "of random operands, weights and prompts", OPTION_INT,
    offsetof(struct bench_settings, seed), 0, 9007199254740992.0 },
  { "device", 0, NULL, "D", NULL,
    "the Vulkan device: a number, a part of its name, or cpu; 'oreo-bench devices' lists "
    "them",
    OPTION_TEXT, offsetof(struct bench_settings, device), 0, 0 },
  { "shape", 0, NULL, "MxNxK", NULL,
    "gemm: this product instead of the built-in ones; may be repeated", OPTION_TEXTS,
    offsetof(struct bench_settings, shapes), 0, 0 },
  { "layout", 0, NULL, "L", NULL, "gemm: nt, nn or tn only; may be repeated",
    OPTION_TEXTS, offsetof(struct bench_settings, layouts), 0, 0 },
  { "type", 0, NULL, "T", NULL, "gemm: weights of f32, f16 or bf16 only; may be repeated",
    OPTION_TEXTS, offsetof(struct bench_settings, types), 0, 0 },
  { "blas", 0, NULL, "FILE", NULL,
    "gemm: the library to compare with; else OpenBLAS or another that is installed",
    OPTION_TEXT, offsetof(struct bench_settings, blas), 0, 0 },
  OPTION_END
};

struct bench_figure *bench_add(struct bench_result *result, const char *name,
                               double value, const char *unit, struct str note)
{
  if (result->n == BENCH_FIGURES)
    result->n--;
  struct bench_figure *figure = &result->at[result->n++];
  *figure =
      (struct bench_figure){ .name = name, .unit = unit, .value = value, .note = note };
  return figure;
}

void bench_add_part(struct bench_figure *figure, const char *name, double value)
{
  if (figure->n_parts < BENCH_PARTS)
    figure->parts[figure->n_parts++] = (struct bench_part){ name, value };
}

void bench_add_fact(struct bench_result *result, const char *name, struct str value)
{
  if (result->n_facts < BENCH_FACTS)
    result->facts[result->n_facts++] = (struct bench_fact){ name, value };
}

static const char *benchmark_name_at(size_t index)
{
  return index < COUNT(benchmarks) ? benchmarks[index].name : NULL;
}

/* Three places for what is small, none for counts and for what is large. */
static int decimals(double value)
{
  return fabs(value) < 100 && value != floor(value) ? 3 : 0;
}

static void put_text(struct buf *out, const struct bench_result *result)
{
  for (size_t i = 0; i < result->n_facts; i++) {
    struct str value = result->facts[i].value;
    buf_printf(out, "%-10s %.*s\n", result->facts[i].name,
               STR_ARG(str_present(value) ? value : STR("none")));
  }
  if (result->n_facts)
    buf_add_char(out, '\n');
  for (size_t i = 0; i < result->n; i++) {
    const struct bench_figure *f = &result->at[i];
    buf_printf(out, "%-30s %12.*f %-10s", f->name, decimals(f->value), f->value, f->unit);
    for (size_t j = 0; j < f->n_parts; j++)
      if (!isnan(f->parts[j].value))
        buf_printf(out, " %s %.*f%s", f->parts[j].name, decimals(f->parts[j].value),
                   f->parts[j].value, j + 1 < f->n_parts ? "," : "");
    buf_printf(out, " %.*s\n", STR_ARG(f->note));
  }
}

static void put_json_figure(struct json_writer *w, const struct bench_figure *f)
{
  json_begin_object(w);
  json_member_string(w, "name", str_from(f->name));
  json_member_number(w, "value", f->value);
  json_member_string(w, "unit", str_from(f->unit));
  for (size_t i = 0; i < f->n_parts; i++)
    json_member_number(w, f->parts[i].name, f->parts[i].value);
  json_member_string(w, "note", f->note);
  json_end_object(w);
}

static void put_json(struct buf *out, const char *benchmark,
                     const struct bench_result *result)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "benchmark", str_from(benchmark));
  for (size_t i = 0; i < result->n_facts; i++)
    json_member_string(&w, result->facts[i].name, result->facts[i].value);
  json_put_key(&w, "figures");
  json_begin_array(&w);
  for (size_t i = 0; i < result->n; i++)
    put_json_figure(&w, &result->at[i]);
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static int run(struct command_call *call, struct err *err)
{
  const char *name = call->arguments.at[0];
  const struct benchmark *b = benchmarks;
  while (b < benchmarks + COUNT(benchmarks) && strcmp(b->name, name) != 0)
    b++;
  if (b == benchmarks + COUNT(benchmarks)) {
    const char *nearest = name_nearest(str_from(name), benchmark_name_at);
    return err_set(err, ERR_USAGE, "no benchmark '%s'; there is '%s'", name,
                   nearest ? nearest : benchmarks[0].name);
  }
  struct bench_result *result = ARENA_NEW(call->arena, struct bench_result, 1);
  if (b->run(result, call, err) < 0)
    return -1;
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  if (call->json)
    put_json(&out, b->name, result);
  else
    put_text(&out, result);
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

const struct command command_bench = {
  .name = "bench",
  .synopsis = "NAME [options]",
  .about = "measure how fast this program is on this machine",
  .detail = "Benchmarks:\n"
            "  grade   answers graded a second on one core, worst case, memory\n"
            "  http    requests a second to an endpoint, latency added, memory\n"
            "  gemm    matrix products by shape, layout and type, beside a BLAS library\n"
            "\n"
            "Examples:\n"
            "  oreo-bench bench http --seconds 5\n"
            "  oreo-bench bench gemm --shape 512x512x512 --layout nt\n"
            "  oreo-bench bench grade --gsm8k answers.jsonl --math test.jsonl --json",
  .options = options,
  .settings_size = sizeof(struct bench_settings),
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
