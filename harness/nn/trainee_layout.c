#include "nn/trainee_layout.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "nn/op_gemm.h"

enum { MOST_PARTS = 3 }; /* q, k, v */

struct maker {
  struct trainee_layout *layout;
  const struct model_config *config;
  const struct gpu_device_info *device;
  uint32_t align; /* of where a slot begins */
};

/* The parts of a slot, by the ends of their names; layer -1: the whole name. */
struct source {
  int layer;
  const char *names[MOST_PARTS];
  const char *what; /* ".weight" or ".bias" */
};

static bool find(const struct maker *maker, const struct source *source, int i,
                 struct model_tensor *tensor)
{
  char name[MODEL_TENSOR_NAME_SIZE];
  if (source->layer < 0)
    snprintf(name, sizeof name, "%s%s", source->names[i], source->what);
  else
    snprintf(name, sizeof name, "model.layers.%d.%s%s", source->layer, source->names[i],
             source->what);
  return model_tensor_find(maker->config, str_from(name), tensor);
}

static void add_part(struct trainee_layout *layout, const struct model_tensor *tensor,
                     const struct trainee_slot *slot)
{
  ARRAY_RESERVE(layout->parts, layout->n_parts, layout->capacity);
  layout->parts[layout->n_parts++] = (struct trainee_part){ *tensor, *slot };
  layout->weights += (uint64_t)slot->rows * slot->columns;
}

static void close_slot(struct maker *maker, uint64_t values)
{
  uint64_t n = maker->layout->n + values;
  maker->layout->n = (n + maker->align - 1) / maker->align * maker->align;
}

/* Its parts one below the other; absent when the model has none of them. */
static void place_matrix(struct maker *maker, struct trainee_slot *slot,
                         struct source source)
{
  struct model_tensor tensor;
  source.what = ".weight";
  for (int i = 0; i < MOST_PARTS && source.names[i]; i++) {
    if (!find(maker, &source, i, &tensor))
      continue;
    uint32_t rows = (uint32_t)tensor.dims[0], columns = (uint32_t)tensor.dims[1];
    if (!slot->rows)
      *slot = (struct trainee_slot){ maker->layout->n, 0, columns,
                                     gemm_row_length(maker->device, GPU_F32, columns) };
    struct trainee_slot part = *slot;
    part.at += (uint64_t)slot->rows * slot->ld;
    part.rows = rows;
    add_part(maker->layout, &tensor, &part);
    slot->rows += rows;
  }
  close_slot(maker, (uint64_t)slot->rows * slot->ld);
}

/* Its parts one behind the other. */
static void place_vector(struct maker *maker, struct trainee_slot *slot,
                         struct source source, const char *what)
{
  struct model_tensor tensor;
  source.what = what;
  for (int i = 0; i < MOST_PARTS && source.names[i]; i++) {
    if (!find(maker, &source, i, &tensor))
      continue;
    uint32_t n = (uint32_t)tensor.dims[0];
    if (!slot->rows)
      *slot = (struct trainee_slot){ .at = maker->layout->n, .rows = 1 };
    struct trainee_slot part = { slot->at + slot->columns, 1, n, n };
    add_part(maker->layout, &tensor, &part);
    slot->columns += n;
    slot->ld = slot->columns;
  }
  close_slot(maker, slot->columns);
}

#define SOURCE(...) ((struct source){ layer, { __VA_ARGS__ }, NULL })
#define QKV         SOURCE("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
#define GATES       SOURCE("mlp.gate_proj", "mlp.up_proj")

static void place_matrices(struct maker *maker, struct trainee_layer_slots *to, int layer)
{
  place_matrix(maker, &to->qkv, QKV);
  place_matrix(maker, &to->out, SOURCE("self_attn.o_proj"));
  place_matrix(maker, &to->gates, GATES);
  place_matrix(maker, &to->down, SOURCE("mlp.down_proj"));
}

static void place_vectors(struct maker *maker, struct trainee_layer_slots *to, int layer)
{
  const struct {
    struct trainee_slot *slot;
    struct source source;
    const char *what;
  } rows[] = {
    { &to->attention_norm, SOURCE("input_layernorm"), ".weight" },
    { &to->mlp_norm, SOURCE("post_attention_layernorm"), ".weight" },
    { &to->head_norms, SOURCE("self_attn.q_norm", "self_attn.k_norm"), ".weight" },
    { &to->qkv_bias, QKV, ".bias" },
    { &to->out_bias, SOURCE("self_attn.o_proj"), ".bias" },
    { &to->gates_bias, GATES, ".bias" },
    { &to->down_bias, SOURCE("mlp.down_proj"), ".bias" },
  };
  for (size_t i = 0; i < COUNT(rows); i++)
    place_vector(maker, rows[i].slot, rows[i].source, rows[i].what);
}

void trainee_layout_make(struct trainee_layout *layout, const struct model_config *config,
                         const struct gpu_device_info *device)
{
  const struct gpu_limits *limits = &device->limits;
  uint32_t bytes = limits->storage_align > limits->texel_align ? limits->storage_align
                                                               : limits->texel_align;
  struct maker maker = { layout, config, device, bytes > 256 ? bytes / 4 : 64 };
  size_t layers = (size_t)config->layers, size = sizeof *layout->layers;
  const int layer = -1;
  *layout = (struct trainee_layout){ .layers = mem_resize(NULL, layers, size) };
  memset(layout->layers, 0, layers * size);
  place_matrix(&maker, &layout->embedding, SOURCE("model.embed_tokens"));
  for (int i = 0; i < config->layers; i++)
    place_matrices(&maker, &layout->layers[i], i);
  place_matrix(&maker, &layout->untied, SOURCE("lm_head"));
  place_matrix(&maker, &layout->score, SOURCE("score"));
  layout->decayed = layout->n;
  for (int i = 0; i < config->layers; i++)
    place_vectors(&maker, &layout->layers[i], i);
  place_vector(&maker, &layout->norm, SOURCE("model.norm"), ".weight");
  layout->head = layout->untied.rows ? &layout->untied : &layout->embedding;
}

void trainee_layout_release(struct trainee_layout *layout)
{
  free(layout->layers);
  free(layout->parts);
  *layout = (struct trainee_layout){ 0 };
}

const struct trainee_part *trainee_layout_find(const struct trainee_layout *layout,
                                               struct str name)
{
  for (size_t i = 0; i < layout->n_parts; i++)
    if (str_equal(name, str_from(layout->parts[i].tensor.name)))
      return &layout->parts[i];
  return NULL;
}

void trainee_part_take(const struct trainee_part *part, const float *block, float *out)
{
  const struct trainee_slot *slot = &part->slot;
  for (uint32_t i = 0; i < slot->rows; i++)
    memcpy(out + (size_t)i * slot->columns, block + slot->at + (size_t)i * slot->ld,
           slot->columns * sizeof *out);
}

void trainee_part_put(const struct trainee_part *part, float *block, const float *from)
{
  const struct trainee_slot *slot = &part->slot;
  for (uint32_t i = 0; i < slot->rows; i++)
    memcpy(block + slot->at + (size_t)i * slot->ld, from + (size_t)i * slot->columns,
           slot->columns * sizeof *from);
}
