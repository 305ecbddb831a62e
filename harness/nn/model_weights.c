#include "nn/model_weights.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/dequant.h"
#include "nn/model_tensors.h"
#include "nn/op_gemm.h"
#include "nn/op_project.h"

enum {
  SLOT_PARTS = 3,          /* q, k, v */
  UPLOAD_VALUES = 1 << 20, /* read and sent at a time, when rows are not longer */
};

/* A matrix or a vector, and the tensors that stand in it one below the other. */
struct model_slot {
  struct model_matrix *matrix; /* or: */
  struct gpu_tensor *vector;
  const struct checkpoint_tensor *parts[SLOT_PARTS];
  int n_parts;
  bool paired; /* as struct model_matrix has it; the vector that goes with it too */
};

/* ---- the plan ---- */

uint64_t model_binding_bytes(const struct gpu_device_info *device, enum gpu_type type)
{
  uint32_t each = gpu_type_bytes(type);
  uint64_t most = device->limits.storage_bytes;
  uint64_t texels = device->limits.texel_elements * 4 * each;
  if (device->limits.allocation_bytes < most)
    most = device->limits.allocation_bytes;
  if (device->kind == GPU_KIND_CPU && texels < most)
    most = texels;
  /* elements are counted in 31 bits */
  return most < (uint64_t)INT32_MAX * each ? most : (uint64_t)INT32_MAX * each;
}

static enum gpu_type type_of(const struct model_weights *weights,
                             const struct model_slot *slot)
{
  static const enum gpu_type asked[] = {
    [MODEL_F32] = GPU_F32,        [MODEL_F16] = GPU_F16,          [MODEL_BF16] = GPU_BF16,
    [MODEL_F16_MATRIX] = GPU_F16, [MODEL_BF16_MATRIX] = GPU_BF16,
  };
  if (weights->dtype != MODEL_AS_STORED)
    return asked[weights->dtype];
  enum weight_type first = slot->parts[0]->weight.type;
  for (int i = 1; i < slot->n_parts; i++)
    if (slot->parts[i]->weight.type != first)
      return GPU_F32;
  return first == WEIGHT_F16 ? GPU_F16 : first == WEIGHT_BF16 ? GPU_BF16 : GPU_F32;
}

static uint64_t slot_rows(const struct model_slot *slot)
{
  uint64_t rows = 0;
  for (int i = 0; i < slot->n_parts; i++)
    rows += (uint64_t)slot->parts[i]->weight.dims[0];
  return rows;
}

/* How many rows a piece is a multiple of: its results begin at the column of its first
 * row, or half of that when gated, which must be a place to bind. */
static uint64_t piece_step(const struct gpu_limits *limits, bool paired)
{
  uint32_t align = limits->storage_align > limits->texel_align ? limits->storage_align
                                                               : limits->texel_align;
  uint64_t step = align > 4 ? align / 4 : 1;
  if (paired)
    step = step > 2 ? 2 * step : 4;
  return step;
}

static int plan_matrix(struct model_weights *weights, const struct model_slot *slot,
                       struct err *err)
{
  struct model_matrix *matrix = slot->matrix;
  matrix->paired = slot->paired;
  matrix->type = type_of(weights, slot);
  matrix->rows = (uint32_t)slot_rows(slot);
  matrix->columns = (uint32_t)slot->parts[0]->weight.dims[1];
  matrix->ld = gemm_row_length(weights->device, matrix->type, matrix->columns);
  uint64_t row_bytes = (uint64_t)matrix->ld * gpu_type_bytes(matrix->type);
  uint64_t most = model_binding_bytes(weights->device, matrix->type) / row_bytes;
  uint64_t step = piece_step(&weights->device->limits, slot->paired);
  matrix->piece_rows =
      most >= matrix->rows ? matrix->rows : (uint32_t)(most / step * step);
  if (!matrix->piece_rows)
    return err_set(err, ERR_ENV,
                   "'%s' cannot bind %" PRIu64 " rows of tensor '%.*s' of %" PRIu64
                   " bytes each; take another --device",
                   weights->device->name, step, STR_ARG(slot->parts[0]->weight.name),
                   row_bytes);
  matrix->n_pieces = (matrix->rows + matrix->piece_rows - 1) / matrix->piece_rows;
  matrix->pieces = ARENA_NEW(&weights->arena, struct gpu_tensor, matrix->n_pieces);
  weights->bytes += matrix->rows * row_bytes;
  return 0;
}

static struct model_slot *add_slot(struct model_weights *weights)
{
  ARRAY_RESERVE(weights->slots, weights->n_slots, weights->slots_capacity);
  struct model_slot *slot = &weights->slots[weights->n_slots++];
  *slot = (struct model_slot){ 0 };
  return slot;
}

/* Which tensors, by the part of their names behind "model.layers.N."; layer -1: the whole
 * name. */
struct source {
  const struct checkpoint *checkpoint;
  int layer;
  const char *names[SLOT_PARTS];
  const char *what; /* ".weight" or ".bias" */
  bool paired;
};

static void add_parts(struct model_slot *slot, const struct source *source)
{
  slot->paired = source->paired;
  for (int i = 0; i < SLOT_PARTS && source->names[i]; i++) {
    char name[MODEL_TENSOR_NAME_SIZE];
    if (source->layer < 0)
      snprintf(name, sizeof name, "%s%s", source->names[i], source->what);
    else
      snprintf(name, sizeof name, "model.layers.%d.%s%s", source->layer, source->names[i],
               source->what);
    const struct checkpoint_tensor *part =
        checkpoint_tensor(source->checkpoint, str_from(name));
    assert(part); /* an open checkpoint has all that its config wants */
    slot->parts[slot->n_parts++] = part;
  }
}

static int add_matrix(struct model_weights *weights, struct model_matrix *matrix,
                      struct source source, struct err *err)
{
  struct model_slot *slot = add_slot(weights);
  slot->matrix = matrix;
  source.what = ".weight";
  add_parts(slot, &source);
  return plan_matrix(weights, slot, err);
}

static void add_vector(struct model_weights *weights, struct gpu_tensor *vector,
                       struct source source, const char *what)
{
  struct model_slot *slot = add_slot(weights);
  slot->vector = vector;
  source.what = what;
  add_parts(slot, &source);
  weights->bytes += 4 * slot_rows(slot);
}

static int plan_layer(struct model_weights *weights, const struct model_config *config,
                      const struct checkpoint *checkpoint, int number, struct err *err)
{
  struct model_layer *layer = &weights->layers[number];
#define SOURCE(...) ((struct source){ checkpoint, number, { __VA_ARGS__ }, NULL, false })
  struct source qkv = SOURCE("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj");
  struct source out = SOURCE("self_attn.o_proj");
  struct source gates = SOURCE("mlp.gate_proj", "mlp.up_proj");
  struct source down = SOURCE("mlp.down_proj");
  gates.paired = model_weights_fused(weights) && config->intermediate % 2 == 0;
  if (add_matrix(weights, &layer->qkv, qkv, err) < 0 ||
      add_matrix(weights, &layer->out, out, err) < 0 ||
      add_matrix(weights, &layer->gates, gates, err) < 0 ||
      add_matrix(weights, &layer->down, down, err) < 0)
    return -1;
  struct {
    bool wanted;
    struct gpu_tensor *vector;
    struct source source;
    const char *what;
  } const vectors[] = {
    { true, &layer->attention_norm, SOURCE("input_layernorm"), ".weight" },
    { true, &layer->mlp_norm, SOURCE("post_attention_layernorm"), ".weight" },
    { config->qk_norm, &layer->q_norm, SOURCE("self_attn.q_norm"), ".weight" },
    { config->qk_norm, &layer->k_norm, SOURCE("self_attn.k_norm"), ".weight" },
    { config->qkv_bias, &layer->qkv_bias, qkv, ".bias" },
    { config->o_bias, &layer->out_bias, out, ".bias" },
    { config->mlp_bias, &layer->gates_bias, gates, ".bias" },
    { config->mlp_bias, &layer->down_bias, down, ".bias" },
  };
#undef SOURCE
  for (size_t i = 0; i < COUNT(vectors); i++)
    if (vectors[i].wanted)
      add_vector(weights, vectors[i].vector, vectors[i].source, vectors[i].what);
  return 0;
}

bool model_weights_fused(const struct model_weights *weights)
{
  return project_runs(weights->device) && !weights->matrix_units;
}

int model_weights_plan(struct model_weights *weights,
                       const struct gpu_device_info *device,
                       const struct checkpoint *checkpoint, enum model_dtype dtype,
                       struct err *err)
{
  const struct model_config *config = checkpoint_config(checkpoint);
  *weights = (struct model_weights){ .device = device, .dtype = dtype };
  weights->matrix_units = dtype == MODEL_F16_MATRIX || dtype == MODEL_BF16_MATRIX;
  weights->layers = ARENA_NEW(&weights->arena, struct model_layer, config->layers);
  struct source embedding = { checkpoint, -1, { "model.embed_tokens" }, NULL, false };
  struct source head = { checkpoint, -1, { "lm_head" }, NULL, false };
  struct source norm = { checkpoint, -1, { "model.norm" }, NULL, false };
  if (add_matrix(weights, &weights->embedding, embedding, err) < 0)
    return -1;
  for (int i = 0; i < config->layers; i++)
    if (plan_layer(weights, config, checkpoint, i, err) < 0)
      return -1;
  add_vector(weights, &weights->norm, norm, ".weight");
  weights->head = config->tied ? &weights->embedding : &weights->untied;
  return config->tied ? 0 : add_matrix(weights, &weights->untied, head, err);
}

/* ---- loading ---- */

struct upload {
  struct gpu_manager *manager;
  const struct model_slot *slot;
  float *values; /* of some rows, as read */
  char *rows;    /* as they go to the device: of the right type, padded */
};

static int pack_row(const struct model_slot *slot, const struct checkpoint_tensor *part,
                    const float *from, void *to, struct err *err)
{
  const struct model_matrix *matrix = slot->matrix;
  uint16_t *halves = to;
  switch (matrix->type) {
  case GPU_BF16:
    for (uint32_t i = 0; i < matrix->columns; i++)
      halves[i] = bfloat_from_float(from[i]);
    break;
  case GPU_F16:
    for (uint32_t i = 0; i < matrix->columns; i++) {
      halves[i] = half_from_float(from[i]);
      if ((halves[i] & 0x7fff) == 0x7c00)
        return err_set(err, ERR_DATA,
                       "cannot load '%s': tensor '%.*s' has %g, which F16 does not hold; "
                       "take --dtype bf16 or f32",
                       part->file, STR_ARG(part->weight.name), (double)from[i]);
    }
    break;
  default: memcpy(to, from, matrix->columns * sizeof *from);
  }
  return 0;
}

/* Where row i of a part stands among the rows of all. */
static uint32_t place_of(const struct model_slot *slot, int part, uint32_t i)
{
  return slot->paired ? i / 2 * 4 + (uint32_t)part * 2 + i % 2 : i;
}

/* Rows [first, first + n) of a part into upload->rows. */
static int pack_rows(const struct upload *upload, int part, int64_t first, uint32_t n,
                     struct err *err)
{
  const struct model_slot *slot = upload->slot;
  const struct model_matrix *matrix = slot->matrix;
  size_t row_bytes = (size_t)matrix->ld * gpu_type_bytes(matrix->type);
  if (checkpoint_read_rows(slot->parts[part], first, n, upload->values, err) < 0)
    return -1;
  for (uint32_t i = 0; i < n; i++)
    if (pack_row(slot, slot->parts[part], upload->values + (size_t)i * matrix->columns,
                 upload->rows + place_of(slot, part, i) * row_bytes, err) < 0)
      return -1;
  return 0;
}

static uint32_t least(uint64_t a, uint64_t b, uint64_t c)
{
  uint64_t least = a < b ? a : b;
  return (uint32_t)(least < c ? least : c);
}

static int create_pieces(struct gpu_manager *manager, struct model_matrix *matrix,
                         struct err *err)
{
  for (uint32_t i = 0; i < matrix->n_pieces; i++) {
    uint32_t first = i * matrix->piece_rows;
    uint32_t shape[2] = { least(matrix->rows - first, matrix->piece_rows, UINT32_MAX),
                          matrix->ld };
    if (gpu_tensor_create(manager, &matrix->pieces[i], matrix->type, 2, shape, err) < 0)
      return -1;
  }
  return 0;
}

/* Rows `to` and up of the matrix, *n of them at most, all in one piece; sets *n to how
 * many it were. */
static int upload_rows(const struct upload *upload, uint32_t to, uint32_t *n,
                       struct err *err)
{
  const struct model_slot *slot = upload->slot;
  const struct model_matrix *matrix = slot->matrix;
  memset(upload->rows, 0, (size_t)*n * matrix->ld * gpu_type_bytes(matrix->type));
  if (slot->paired) {
    if (pack_rows(upload, 0, to / 2, *n / 2, err) < 0 ||
        pack_rows(upload, 1, to / 2, *n / 2, err) < 0)
      return -1;
  } else {
    int part = 0;
    int64_t first = to;
    for (; first >= slot->parts[part]->weight.dims[0]; part++)
      first -= slot->parts[part]->weight.dims[0];
    *n = least(*n, (uint64_t)(slot->parts[part]->weight.dims[0] - first), UINT32_MAX);
    if (pack_rows(upload, part, first, *n, err) < 0)
      return -1;
  }
  const struct gpu_tensor *piece = &matrix->pieces[to / matrix->piece_rows];
  struct gpu_tensor rows = gpu_tensor_rows(piece, to % matrix->piece_rows, *n);
  return gpu_tensor_upload(upload->manager, &rows, upload->rows, err);
}

static int load_matrix(struct gpu_manager *manager, const struct model_slot *slot,
                       struct err *err)
{
  struct model_matrix *matrix = slot->matrix;
  uint32_t at_once = UPLOAD_VALUES / matrix->columns / 4 * 4;
  at_once = least(matrix->rows, at_once ? at_once : 4, UINT32_MAX);
  struct upload upload = {
    .manager = manager,
    .slot = slot,
    .values = mem_resize(NULL, (size_t)at_once * matrix->columns, sizeof(float)),
    .rows = mem_resize(NULL, (size_t)at_once * matrix->ld, gpu_type_bytes(matrix->type)),
  };
  int rc = create_pieces(manager, matrix, err);
  for (uint32_t to = 0, n; to < matrix->rows && rc == 0; to += n) {
    n = least(matrix->rows - to, at_once, matrix->piece_rows - to % matrix->piece_rows);
    rc = upload_rows(&upload, to, &n, err);
  }
  free(upload.values);
  free(upload.rows);
  return rc;
}

static int load_vector(struct gpu_manager *manager, const struct model_slot *slot,
                       struct err *err)
{
  uint32_t n = (uint32_t)slot_rows(slot), at = 0;
  float *values = mem_resize(NULL, n, sizeof *values);
  float *read = mem_resize(NULL, n, sizeof *read);
  int rc = gpu_tensor_create(manager, slot->vector, GPU_F32, 1, &n, err);
  for (int part = 0; part < slot->n_parts && rc == 0; part++) {
    uint32_t rows = (uint32_t)slot->parts[part]->weight.dims[0];
    rc = checkpoint_read_rows(slot->parts[part], 0, 1, read, err);
    for (uint32_t i = 0; i < rows && rc == 0; i++)
      values[at + place_of(slot, part, i)] = read[i];
    at += slot->paired ? 0 : rows;
  }
  if (rc == 0)
    rc = gpu_tensor_upload(manager, slot->vector, values, err);
  free(values);
  free(read);
  return rc;
}

int model_weights_load(struct model_weights *weights, struct gpu_manager *manager,
                       struct err *err)
{
  for (size_t i = 0; i < weights->n_slots; i++) {
    const struct model_slot *slot = &weights->slots[i];
    int rc =
        slot->matrix ? load_matrix(manager, slot, err) : load_vector(manager, slot, err);
    if (rc < 0)
      return -1;
  }
  return 0;
}

void model_weights_release(struct model_weights *weights, struct gpu_manager *manager)
{
  for (size_t i = 0; i < weights->n_slots; i++) {
    struct model_matrix *matrix = weights->slots[i].matrix;
    for (uint32_t k = 0; matrix && matrix->pieces && k < matrix->n_pieces; k++)
      gpu_tensor_release(manager, &matrix->pieces[k]);
    if (weights->slots[i].vector)
      gpu_tensor_release(manager, weights->slots[i].vector);
  }
  free(weights->slots);
  arena_release(&weights->arena);
  *weights = (struct model_weights){ 0 };
}

const char *model_weights_type(const struct model_weights *weights)
{
  for (size_t i = 0; i < weights->n_slots; i++)
    if (weights->slots[i].matrix &&
        weights->slots[i].matrix->type != weights->embedding.type)
      return "mixed";
  if (weights->matrix_units)
    return weights->dtype == MODEL_F16_MATRIX ? "f16-matrix" : "bf16-matrix";
  return gpu_type_text(weights->embedding.type);
}
