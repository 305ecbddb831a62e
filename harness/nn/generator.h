/* generator.h - many sequences on one model: continuous batching.
 *
 * For: whoever has token ids and wants what follows (nn/completer.h adds the text). Asked
 * sequences wait; up to max_sequences run; each step of the model carries one row for
 * every sequence that is writing and fills up with prompts being read, so a finished
 * sequence is replaced at once. A sequence's tokens depend on its own prompt, settings
 * and key only: not on what runs beside it (model.h). Full pages of equal prompt prefixes
 * are shared, which changes nothing but the time.
 *
 * Not for: text, stop strings (the caller says "stop" token by token).
 *
 * The generator borrows the model and owns copies of what it is asked. One thread. A
 * request that can never run (empty prompt, one that fills the context, more than the
 * whole cache, ids or settings out of range) is ERR_DATA in generator_ask, naming the
 * numbers; the rest goes on. Whatever model_run fails with (a device: ERR_ENV; logits
 * that are not finite: ERR_DATA) is generator_step's failure, and then the end: each
 * later step fails the same way.
 */
#ifndef OREO_NN_GENERATOR_H
#define OREO_NN_GENERATOR_H

#include "nn/model.h"

struct generator;

struct generator_request {
  const int32_t *prompt; /* copied */
  uint32_t n_prompt;
  uint32_t max_new;  /* tokens; the context caps it; 0 finishes at once, without any */
  float temperature; /* as struct shader_draw */
  float top_p, min_p;
  uint32_t top_k;
  uint64_t key;         /* of random numbers: by (seed, item, sample), not by order */
  const int32_t *stops; /* ids that end it; copied */
  uint32_t n_stops;
  size_t ticket; /* the caller's; no two at a time alike */
};

enum generator_finish {
  GENERATOR_STOP,    /* one of `stops`, or the caller said so */
  GENERATOR_LENGTH,  /* max_new */
  GENERATOR_CONTEXT, /* the model's context is full */
};

/* What the generator tells while it steps, in the order in which tokens are made. Both
 * may ask and cancel, whatever ticket; not step. */
struct generator_listener {
  /* Token n (from 0) of this ticket; a stop id is told too, as the last. Return true to
   * end the sequence with it (GENERATOR_STOP). */
  bool (*token)(void *context, size_t ticket, int32_t id, float logp);
  /* The last thing told of a ticket. */
  void (*finished)(void *context, size_t ticket, enum generator_finish finish);
  void *context;
};

struct generator *generator_create(struct model *model,
                                   const struct generator_listener *listener);
void generator_free(struct generator *generator); /* NULL is fine */

/* Is a place free for one more (running or next in line)? Never after a failed step.
 * Asking more is allowed: they wait in order. */
bool generator_has_room(const struct generator *generator);
NODISCARD int generator_ask(struct generator *generator,
                            const struct generator_request *request, struct err *err);
/* Forgets a sequence, waiting or running; nothing more is told of it. */
void generator_cancel(struct generator *generator, size_t ticket);
/* One step of the model: 1 when there was something to do, 0 when nothing is asked, -1
 * when the device failed. */
NODISCARD int generator_step(struct generator *generator, struct err *err);

struct generator_counts {
  uint64_t steps, rows;   /* of the model so far */
  uint64_t prompt_tokens; /* of prompts, run */
  uint64_t shared_tokens; /* of prompts, found in pages that others had computed */
  uint64_t new_tokens;
  uint32_t running, waiting;
  uint32_t pages_used, pages;
};
struct generator_counts generator_counts(const struct generator *generator);

#endif
