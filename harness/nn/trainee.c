#include "nn/trainee.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "nn/op_adamw.h"
#include "nn/op_embed_grad.h"
#include "nn/trainee_part.h"

/* ---- made from a checkpoint ---- */

/* What is made of a checkpoint may have another head than it had. */
static int settle_config(struct trainee *t, const struct checkpoint *checkpoint,
                         struct err *err)
{
  bool value = t->options.kind == TRAINEE_VALUE;
  t->config = *checkpoint_config(checkpoint);
  if (!value && !t->config.lm_head)
    return err_set(err, ERR_DATA,
                   "cannot train '%s' as a policy: it is a value network, without a head "
                   "for tokens; give a language model",
                   checkpoint_path(checkpoint));
  if (t->options.kind != TRAINEE_FROZEN && t->config.rope.kind == ROPE_DIVISORS)
    return err_set(err, ERR_DATA,
                   "cannot train '%s': its rope divisors cannot be saved as a Hugging "
                   "Face folder; give the model it was made from",
                   checkpoint_path(checkpoint));
  t->config.score = value;
  t->config.lm_head = !value;
  return 0;
}

static int load(struct trainee *t, const struct checkpoint *checkpoint, struct err *err)
{
  float *block = calloc(t->layout.n, sizeof *block);
  int rc = 0;
  if (!block)
    return err_set(err, ERR_ENV, "out of memory");
  for (size_t i = 0; i < t->layout.n_parts && rc == 0; i++) {
    const struct trainee_part *part = &t->layout.parts[i];
    struct str name = str_from(part->tensor.name);
    uint64_t n = (uint64_t)part->slot.rows * part->slot.columns;
    if (str_equal(name, STR("score.weight")) && !checkpoint_tensor(checkpoint, name))
      continue; /* zeros */
    float *values = mem_resize(NULL, n, sizeof *values);
    rc = checkpoint_read_f32(checkpoint, name, values, n, err);
    if (rc == 0)
      trainee_part_put(part, block, values);
    free(values);
  }
  if (rc == 0)
    rc = gpu_tensor_upload(t->manager, &t->weights, block, err);
  free(block);
  return rc;
}

/* The norm of the gradients, and a step. */
static int record_steps(struct trainee *t, struct err *err)
{
  uint32_t n = (uint32_t)t->layout.n, decayed = (uint32_t)t->layout.decayed;
  struct squares squares = { .n = n, .x = &t->gradients, .partials = &t->work.squares };
  t->norm_sequence = gpu_sequence_create(t->manager, t->options.timestamps, err);
  t->step_sequence = gpu_sequence_create(t->manager, t->options.timestamps, err);
  if (!t->norm_sequence || !t->step_sequence ||
      op_squares(t->norm_sequence, &squares, err) < 0)
    return -1;
  const struct trainee_slot halves[] = { { 0, 1, decayed, decayed },
                                         { decayed, 1, n - decayed, n - decayed } };
  for (size_t i = 0; i < COUNT(halves); i++) {
    struct gpu_tensor param = trainee_view(&t->weights, &halves[i]);
    struct gpu_tensor grad = trainee_view(&t->gradients, &halves[i]);
    struct gpu_tensor m = trainee_view(&t->first, &halves[i]);
    struct gpu_tensor v = trainee_view(&t->second, &halves[i]);
    struct adamw adamw = { .n = halves[i].columns,
                           .param = &param,
                           .grad = &grad,
                           .m = &m,
                           .v = &v,
                           .settings = &t->work.settings,
                           .decayed = i == 0,
                           .zero = true };
    if (op_adamw(t->step_sequence, &adamw, err) < 0)
      return -1;
  }
  return 0;
}

static int make(struct trainee *t, const struct checkpoint *checkpoint, struct err *err)
{
  if (settle_config(t, checkpoint, err) < 0)
    return -1;
  trainee_layout_make(&t->layout, &t->config, gpu_manager_device(t->manager));
  if (trainee_room_make(t, checkpoint_path(checkpoint), err) < 0 ||
      load(t, checkpoint, err) < 0)
    return -1;
  return trainee_is_frozen(t) ? 0 : record_steps(t, err);
}

struct trainee *trainee_create(struct gpu_manager *manager,
                               const struct checkpoint *checkpoint,
                               const struct trainee_options *options, struct err *err)
{
  struct trainee *t = mem_alloc(sizeof *t);
  *t = (struct trainee){ .manager = manager, .born = clock_monotonic_ns() };
  if (options)
    t->options = *options;
  if (make(t, checkpoint, err) == 0)
    return t;
  trainee_free(t);
  return NULL;
}

void trainee_free(struct trainee *t)
{
  if (!t)
    return;
  for (uint32_t i = 0; i < t->n_recorded; i++)
    gpu_sequence_free(t->recorded[i].sequence);
  gpu_sequence_free(t->norm_sequence);
  gpu_sequence_free(t->step_sequence);
  trainee_room_release(t);
  trainee_layout_release(&t->layout);
  free(t);
}

/* ---- running what was recorded ---- */

static bool is_same(const struct trainee_shape *a, const struct trainee_shape *b)
{
  return a->pass == b->pass && a->rows == b->rows && a->wanted == b->wanted &&
         a->reference == b->reference && a->kl == b->kl;
}

/* A free place, or that of the one unused for longest. */
static struct trainee_recorded *make_place(struct trainee *t)
{
  if (t->n_recorded < TRAINEE_RECORDED_MAX)
    return &t->recorded[t->n_recorded++];
  struct trainee_recorded *oldest = &t->recorded[0];
  for (uint32_t i = 1; i < t->n_recorded; i++)
    if (t->recorded[i].last_used < oldest->last_used)
      oldest = &t->recorded[i];
  gpu_sequence_free(oldest->sequence);
  return oldest;
}

static struct trainee_recorded *record(struct trainee *t, const struct trainee *reference,
                                       const struct trainee_shape *shape, struct err *err)
{
  struct trainee_recorded *made = make_place(t);
  *made = (struct trainee_recorded){ .shape = *shape };
  made->sequence = gpu_sequence_create(t->manager, t->options.timestamps, err);
  struct trainee_recorder r = { t, reference, *shape, made->sequence, err };
  int rc = -1;
  if (made->sequence)
    rc = shape->pass == TRAINEE_BODY   ? trainee_record_body(&r)
         : shape->pass == TRAINEE_HEAD ? trainee_record_head(&r)
                                       : trainee_record_backward(&r);
  if (rc == 0)
    return made;
  gpu_sequence_free(made->sequence);
  *made = (struct trainee_recorded){ 0 }; /* its place stays, and matches no batch */
  return NULL;
}

static int run(struct trainee *t, const struct trainee *reference,
               const struct trainee_shape *shape, struct err *err)
{
  struct trainee_recorded *found = NULL;
  for (uint32_t i = 0; i < t->n_recorded && !found; i++)
    if (is_same(&t->recorded[i].shape, shape))
      found = &t->recorded[i];
  if (!found)
    found = record(t, reference, shape, err);
  if (!found)
    return -1;
  found->last_used = ++t->runs;
  return gpu_sequence_evaluate(found->sequence, err);
}

/* ---- a batch ---- */

/* How many rows are recorded for n: few sizes to keep, and little padding. */
static uint32_t rounded(uint32_t n, uint32_t most)
{
  uint32_t step = n <= 64 ? 16 : n <= 256 ? 32 : n <= 1024 ? 128 : 256;
  uint32_t up = (n + step - 1) / step * step;
  return up < most ? up : most;
}

static bool is_sound(const struct trainee *t, const struct trainee_batch *batch)
{
  uint32_t n = batch->n_sequences ? batch->starts[batch->n_sequences] : 0;
  bool sound = n > 0 && n <= t->options.max_rows && batch->starts[0] == 0;
  for (uint32_t i = 0; i < batch->n_sequences && sound; i++)
    sound = batch->starts[i] < batch->starts[i + 1] && batch->starts[i + 1] <= n;
  for (uint32_t i = 0; i < n && sound; i++)
    sound = batch->tokens[i] >= 0 && batch->tokens[i] < t->config.vocab;
  return sound;
}

static void fill_rows(struct trainee *t, const struct trainee_batch *batch)
{
  int32_t *ids = gpu_tensor_host(&t->work.ids);
  struct shader_place *places = gpu_tensor_host(&t->work.places);
  t->n_tokens = batch->starts[batch->n_sequences];
  t->shape.rows = rounded(t->n_tokens, t->options.max_rows);
  for (uint32_t s = 0; s < batch->n_sequences; s++)
    for (uint32_t i = batch->starts[s]; i < batch->starts[s + 1]; i++) {
      ids[i] = batch->tokens[i];
      places[i] = (struct shader_place){ .position = (int32_t)(i - batch->starts[s]),
                                         .keys = (int32_t)batch->starts[s],
                                         .own = (int32_t)i,
                                         .end = (int32_t)batch->starts[s + 1] };
    }
  for (uint32_t i = t->n_tokens; i < t->shape.rows; i++) {
    ids[i] = 0;
    places[i] = (struct shader_place){ .position = -1 };
  }
}

/* What is said of a token is read at the row before it. */
static void fill_wanted(struct trainee *t, const struct trainee_batch *batch)
{
  int32_t *wanted = gpu_tensor_host(&t->work.wanted);
  int32_t *ids = gpu_tensor_host(&t->work.wanted_ids);
  t->n_wanted = 0;
  for (uint32_t s = 0; s < batch->n_sequences; s++)
    for (uint32_t i = batch->starts[s] + 1; i < batch->starts[s + 1]; i++) {
      if (!batch->wanted[i])
        continue;
      wanted[t->n_wanted] = (int32_t)i - 1;
      ids[t->n_wanted] = batch->tokens[i];
      t->wanted_tokens[t->n_wanted++] = i;
    }
  t->shape.wanted = rounded(t->n_wanted, t->options.max_rows);
  for (uint32_t i = t->n_wanted; i < t->shape.wanted; i++) {
    wanted[i] = 0;
    ids[i] = -1;
  }
}

/* Which gradient goes where. */
static void fill_back(struct trainee *t, const struct trainee_batch *batch)
{
  int32_t *back = gpu_tensor_host(&t->work.back);
  const int32_t *wanted = gpu_tensor_host(&t->work.wanted);
  int32_t *tokens = mem_resize(NULL, t->shape.rows, sizeof *tokens);
  for (uint32_t i = 0; i < t->shape.rows; i++) {
    tokens[i] = i < t->n_tokens ? batch->tokens[i] : -1;
    back[i] = (int32_t)t->options.max_rows; /* the row of zeros */
  }
  for (uint32_t i = 0; i < t->n_wanted; i++)
    back[wanted[i]] = (int32_t)i;
  op_embed_buckets(tokens, t->shape.rows, gpu_tensor_host(&t->work.bucket_ids),
                   gpu_tensor_host(&t->work.bucket_starts),
                   gpu_tensor_host(&t->work.bucket_rows));
  free(tokens);
}

static int run_body(struct trainee *t, const struct trainee_batch *batch, struct err *err)
{
  bool sound = is_sound(t, batch);
  assert(sound);
  (void)sound;
  t->forwarded = false;
  t->shape = (struct trainee_shape){ .pass = TRAINEE_BODY };
  fill_rows(t, batch);
  fill_wanted(t, batch);
  if (!trainee_is_frozen(t))
    fill_back(t, batch);
  return t->n_wanted ? run(t, NULL, &t->shape, err) : 0;
}

/* A value a wanted row to a value a token. */
static void spread(const struct trainee *t, const struct gpu_tensor *from, float *to)
{
  if (!to)
    return;
  const float *values = gpu_tensor_host(from);
  memset(to, 0, t->n_tokens * sizeof *to);
  for (uint32_t i = 0; i < t->n_wanted; i++)
    to[t->wanted_tokens[i]] = values[(size_t)i * from->shape[1]];
}

int trainee_forward(struct trainee *t, struct trainee *reference,
                    const struct trainee_batch *batch, const struct trainee_outputs *out,
                    struct err *err)
{
  bool value = t->options.kind == TRAINEE_VALUE;
  assert(!reference || (reference != t && !value && reference->config.lm_head &&
                        reference->config.vocab == t->config.vocab));
  assert(reference || (!out->ref_logp && !out->kl));
  if (run_body(t, batch, err) < 0 || (reference && run_body(reference, batch, err) < 0))
    return -1;
  t->reference = reference;
  t->shape.reference = reference ? reference->born : 0;
  const struct trainee_shape head = { .pass = TRAINEE_HEAD,
                                      .wanted = t->shape.wanted,
                                      .reference = t->shape.reference };
  if (t->n_wanted && run(t, reference, &head, err) < 0)
    return -1;
  spread(t, &t->work.logp, value ? NULL : out->logp);
  spread(t, &t->work.ref_logp, out->ref_logp);
  spread(t, &t->work.kl, out->kl);
  spread(t, &t->work.values, value ? out->value : NULL);
  t->forwarded = true;
  return 0;
}

/* A value a token to one a wanted row; `from` NULL: zeros. */
static void gather(const struct trainee *t, const struct gpu_tensor *to,
                   const float *from)
{
  float *values = gpu_tensor_host(to);
  for (uint32_t i = 0; i < t->shape.wanted; i++)
    values[(size_t)i * to->shape[1]] =
        from && i < t->n_wanted ? from[t->wanted_tokens[i]] : 0;
}

int trainee_backward(struct trainee *t, const struct trainee_derivatives *derivatives,
                     struct err *err)
{
  assert(t->forwarded && !trainee_is_frozen(t));
  assert(!derivatives->kl || t->reference);
  t->forwarded = false;
  t->shape.pass = TRAINEE_BACKWARD;
  t->shape.kl = derivatives->kl != NULL;
  if (!t->n_wanted)
    return 0;
  gather(t, &t->work.d_logp, derivatives->logp);
  gather(t, &t->work.d_kl, derivatives->kl);
  gather(t, &t->work.d_value, derivatives->value);
  return run(t, t->reference, &t->shape, err);
}

/* ---- a step ---- */

static int zero_gradients(struct trainee *t, struct err *err)
{
  float *zeros = calloc(t->layout.n, sizeof *zeros);
  if (!zeros)
    return err_set(err, ERR_ENV, "out of memory");
  int rc = gpu_tensor_upload(t->manager, &t->gradients, zeros, err);
  free(zeros);
  return rc;
}

int trainee_step(struct trainee *t, double rate, double clip, double *norm,
                 struct err *err)
{
  const struct trainee_options *o = &t->options;
  const float *squares = gpu_tensor_host(&t->work.squares);
  double sum = 0, step = (double)t->steps + 1;
  assert(!trainee_is_frozen(t));
  t->forwarded = false;
  if (gpu_sequence_evaluate(t->norm_sequence, err) < 0)
    return -1;
  for (uint64_t i = 0; i < gpu_tensor_elements(&t->work.squares); i++)
    sum += (double)squares[i];
  *norm = sqrt(sum);
  if (!isfinite(*norm))
    return zero_gradients(t, err);
  struct shader_adamw settings = {
    .rate = (float)rate,
    .decay = (float)o->decay,
    .eps = (float)o->eps,
    .clip = clip > 0 && *norm > clip ? (float)(clip / *norm) : 1,
    .beta1 = (float)o->beta1,
    .rest1 = (float)(1 - o->beta1),
    .correct1 = (float)(1 - pow(o->beta1, step)),
    .beta2 = (float)o->beta2,
    .rest2 = (float)(1 - o->beta2),
    .correct2 = (float)(1 - pow(o->beta2, step)),
  };
  memcpy(gpu_tensor_host(&t->work.settings), &settings, sizeof settings);
  if (gpu_sequence_evaluate(t->step_sequence, err) < 0)
    return -1;
  t->steps++;
  return 0;
}

uint64_t trainee_steps(const struct trainee *t)
{
  return t->steps;
}

struct trainee_memory trainee_memory(const struct trainee *t)
{
  return t->memory;
}
