/* toy_network.h - networks of a number a token, for steps and loops without a device.
 *
 *   logp[t] = -log(1 + exp(-w[id]))   ref_logp[t] = -log 2   kl[t] = w[id]^2 / 2
 *   value[t] = v[id]
 *
 * and plain gradient descent. Everything is a function of what was asked, so two ways to
 * the same place can be compared to the bit.
 */
#ifndef OREO_TESTS_TOY_NETWORK_H
#define OREO_TESTS_TOY_NETWORK_H

#include <math.h>

#include "base/fs.h"
#include "test.h"
#include "train/dataset.h"
#include "train/network.h"

enum { TOY_IDS = 16 };

struct toy {
  double weights[TOY_IDS], gradients[TOY_IDS];
  bool value;
  struct trainee_batch copy; /* the last one */
  int n_forward;
  int32_t poisoned; /* an id whose numbers are none, once `poison_from` forwards were */
  int poison_from;  /* 0: never */
  int fail_save_at; /* the save that fails, from 1; 0: none */
  int n_saves;
};

static inline bool toy_is_poisoned(const struct toy *toy, int32_t id)
{
  return toy->poison_from && toy->n_forward >= toy->poison_from && id == toy->poisoned;
}

static inline int toy_forward(void *state, const struct trainee_batch *batch,
                              const struct trainee_outputs *out, struct err *err)
{
  struct toy *toy = state;
  uint32_t n = batch->starts[batch->n_sequences];
  (void)err;
  toy->copy = *batch;
  toy->n_forward++;
  for (uint32_t t = 0; t < n; t++) {
    double w = toy->weights[batch->tokens[t]];
    if (toy_is_poisoned(toy, batch->tokens[t]))
      w = NAN;
    if (!batch->wanted[t])
      w = 0;
    if (out->logp)
      out->logp[t] = batch->wanted[t] ? (float)-log1p(exp(-w)) : 0;
    if (out->ref_logp)
      out->ref_logp[t] = batch->wanted[t] ? (float)-log(2) : 0;
    if (out->kl)
      out->kl[t] = (float)(w * w / 2);
    if (out->value)
      out->value[t] = (float)w;
  }
  return 0;
}

static inline int toy_backward(void *state, const struct trainee_derivatives *d,
                               struct err *err)
{
  struct toy *toy = state;
  uint32_t n = toy->copy.starts[toy->copy.n_sequences];
  (void)err;
  for (uint32_t t = 0; t < n; t++) {
    int32_t id = toy->copy.tokens[t];
    double w = toy->weights[id];
    if (d->logp)
      toy->gradients[id] += (double)d->logp[t] / (1 + exp(w));
    if (d->kl)
      toy->gradients[id] += (double)d->kl[t] * w;
    if (d->value)
      toy->gradients[id] += (double)d->value[t];
  }
  return 0;
}

static inline int toy_step(void *state, double rate, double clip, double *norm,
                           struct err *err)
{
  struct toy *toy = state;
  double squares = 0;
  (void)err;
  (void)clip;
  for (int i = 0; i < TOY_IDS; i++)
    squares += toy->gradients[i] * toy->gradients[i];
  *norm = sqrt(squares);
  for (int i = 0; i < TOY_IDS && isfinite(*norm); i++)
    toy->weights[i] -= rate * toy->gradients[i];
  memset(toy->gradients, 0, sizeof toy->gradients);
  return 0;
}

static inline int toy_save_state(void *state, const char *path, struct err *err)
{
  struct toy *toy = state;
  if (++toy->n_saves == toy->fail_save_at)
    return err_set(err, ERR_ENV, "cannot write '%s': no space left on device", path);
  struct str bytes = { (const char *)toy->weights, sizeof toy->weights };
  return fs_write(path, bytes, err);
}

static inline int toy_load_state(void *state, const char *path, struct err *err)
{
  struct toy *toy = state;
  struct buf bytes;
  buf_init(&bytes, sizeof toy->weights);
  int rc = fs_read(path, &bytes, err);
  if (rc == 0 && bytes.len == sizeof toy->weights)
    memcpy(toy->weights, bytes.ptr, bytes.len);
  buf_release(&bytes);
  return rc;
}

static inline int toy_save(void *state, const char *folder, struct err *err)
{
  char path[512];
  struct toy *toy = state;
  struct str bytes = { (const char *)toy->weights, sizeof toy->weights };
  snprintf(path, sizeof path, "%s/weights", folder);
  return fs_write(path, bytes, err);
}

static inline struct train_network toy_network(struct toy *toy)
{
  return (struct train_network){ .state = toy,
                                 .forward = toy_forward,
                                 .backward = toy_backward,
                                 .step = toy_step,
                                 .save = toy_save,
                                 .save_state = toy_save_state,
                                 .load_state = toy_load_state };
}

/* Weights to begin with: w[i] = (i - 5) / 7. */
static inline struct toy toy_make(void)
{
  struct toy toy = { .poisoned = -1 };
  for (int i = 0; i < TOY_IDS; i++)
    toy.weights[i] = (i - 5) / 7.0;
  return toy;
}

/* A dataset of `n` sequences, two answers a prompt, one right and one wrong. */
static inline void toy_dataset(struct dataset *out, size_t n)
{
  *out = (struct dataset){ 0 };
  out->sequences = calloc(n, sizeof *out->sequences);
  out->ids = calloc(n * 32, sizeof *out->ids);
  out->action = calloc(n * 32, 1);
  out->step_start = calloc(n * 32, 1);
  for (size_t i = 0; i < n; i++) {
    size_t count = 4 + i * 7 % 9, n_prompt = 1 + i % 3;
    out->sequences[i] = (struct dataset_sequence){ .first = out->n_tokens,
                                                   .count = count,
                                                   .n_prompt = n_prompt,
                                                   .n_actions = count - n_prompt,
                                                   .prompt = i / 2,
                                                   .trajectory = i,
                                                   .reward = i % 2 ? 0 : 1 };
    for (size_t k = 0; k < count; k++) {
      out->ids[out->n_tokens] = (int32_t)((i * 5 + k * 3) % (TOY_IDS - 1));
      out->action[out->n_tokens] = k >= n_prompt;
      out->step_start[out->n_tokens++] = k == n_prompt || (k > n_prompt && k % 3 == 0);
    }
  }
  out->n_sequences = n;
  out->n_prompts = (n + 1) / 2;
  out->capacity = n * 32;
  out->sequences_capacity = n;
}

#endif
