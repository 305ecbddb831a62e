#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "cli/generate.h"
#include "run/interrupt.h"

/* Completions by ticket: prompt * samples + sample. */
struct batch {
  const struct generate_out *out;
  const struct generate_prompts *prompts;
  struct generate_done **done; /* NULL: not yet, or printed */
  size_t total, asked, printed;
  uint64_t tokens;
};

enum { WAIT_MS = 200 }; /* until the next look for a signal */

static const struct generate_prompt *prompt_of(const struct batch *batch, size_t ticket)
{
  return &batch->prompts->at[ticket / (size_t)batch->out->settings->samples];
}

/* By seed, prompt and sample alone: not by how many samples there are, nor by order. */
static uint64_t key_of(const struct batch *batch, size_t ticket)
{
  const struct generate_settings *settings = batch->out->settings;
  size_t samples = (size_t)settings->samples;
  struct rng rng;
  rng_init(&rng, (uint64_t)settings->seed, "generate", ticket / samples);
  rng_init(&rng, rng_u64(&rng), "generate/sample", ticket % samples);
  return rng_u64(&rng);
}

static void free_done(struct generate_done *done)
{
  if (!done)
    return;
  free(done->text);
  free(done->ids);
  free(done->logprobs);
  free(done);
}

static void *copy(const void *from, size_t bytes)
{
  char *to = mem_alloc(bytes + 1);
  if (bytes)
    memcpy(to, from, bytes);
  return to;
}

static void take(struct batch *batch, const struct completion *c)
{
  static const char *const finishes[] = { [COMPLETER_STOP] = "stop",
                                          [COMPLETER_LENGTH] = "length",
                                          [COMPLETER_CONTEXT] = "context" };
  struct generate_done *done = mem_alloc(sizeof *done);
  *done = (struct generate_done){ .text = copy(c->text.ptr, c->text.len),
                                  .text_len = c->text.len,
                                  .ids = copy(c->ids, c->n_ids * sizeof *c->ids),
                                  .logprobs =
                                      copy(c->logprobs, c->n_ids * sizeof *c->logprobs),
                                  .n_ids = c->n_ids,
                                  .finish = finishes[c->finish] };
  batch->done[c->ticket] = done;
  batch->tokens += c->n_ids;
}

static int ask(struct batch *batch, size_t ticket, struct err *err)
{
  const struct generate_settings *settings = batch->out->settings;
  const struct generate_prompt *prompt = prompt_of(batch, ticket);
  if (!prompt->max_tokens) { /* only its ids, or its logits, are wanted */
    take(batch, &(struct completion){ .ticket = ticket, .finish = COMPLETER_LENGTH });
    return 0;
  }
  struct arena arena = { 0 };
  struct str *stop = ARENA_NEW(&arena, struct str, settings->stop.count);
  for (size_t i = 0; i < settings->stop.count; i++)
    stop[i] = str_from(settings->stop.at[i]);
  struct completer_request request = { .ticket = ticket,
                                       .ids = prompt->ids.ids,
                                       .n_ids = prompt->ids.count,
                                       .max_new = prompt->max_tokens,
                                       .temperature = (float)settings->temperature,
                                       .top_p = (float)settings->top_p,
                                       .min_p = (float)settings->min_p,
                                       .top_k = (uint32_t)settings->top_k,
                                       .key = key_of(batch, ticket),
                                       .stop = stop,
                                       .n_stop = settings->stop.count };
  int rc = completer_ask(batch->out->completer, &request, err);
  arena_release(&arena);
  if (rc < 0 && prompt->line)
    err_wrap(err, "%s, line %zu", batch->prompts->source, prompt->line);
  return rc;
}

/* What can be printed in order. Logits take the model for themselves, so they come when
 * nothing is being written any more. */
static int print_ready(struct batch *batch, struct err *err)
{
  size_t samples = (size_t)batch->out->settings->samples;
  for (; batch->printed < batch->total && batch->done[batch->printed]; batch->printed++) {
    size_t ticket = batch->printed;
    if (interrupt_came())
      break;
    if (generate_print(batch->out, prompt_of(batch, ticket), ticket / samples,
                       ticket % samples, batch->done[ticket], err) < 0)
      return -1;
    free_done(batch->done[ticket]);
    batch->done[ticket] = NULL;
  }
  return 0;
}

/* One turn of the loop: 1 while something is still to come. */
static int turn(struct batch *batch, size_t *came, struct err *err)
{
  struct completer *completer = batch->out->completer;
  struct completion completion;
  for (; batch->asked < batch->total && completer_has_room(completer); batch->asked++) {
    if (ask(batch, batch->asked, err) < 0)
      return -1;
    *came += prompt_of(batch, batch->asked)->max_tokens == 0;
  }
  int rc = completer_next(completer, &completion, WAIT_MS, err);
  if (rc < 0)
    return -1;
  if (rc > 0) {
    take(batch, &completion);
    (*came)++;
  }
  if (!batch->out->settings->logits && print_ready(batch, err) < 0)
    return -1;
  return *came < batch->total;
}

static int interrupted(const struct batch *batch, struct err *err)
{
  return err_set(err, ERR_INTERRUPTED, "interrupted; %zu of %zu completions are printed",
                 batch->printed, batch->total);
}

static int run_batch(struct batch *batch, struct err *err)
{
  size_t came = 0;
  int rc = 1;
  int64_t start = clock_monotonic_ns();
  while (rc > 0 && !interrupt_came())
    rc = turn(batch, &came, err);
  double seconds = 1e-9 * (double)(clock_monotonic_ns() - start);
  if (rc >= 0)
    log_verbose("%llu tokens in %.2f s, %.0f tokens/s", (unsigned long long)batch->tokens,
                seconds, (double)batch->tokens / seconds);
  if (rc == 0)
    rc = print_ready(batch, err);
  if (rc >= 0 && batch->printed < batch->total)
    return interrupted(batch, err);
  return rc < 0 ? -1 : 0;
}

int generate_run(const struct generate_out *out, const struct generate_prompts *prompts,
                 struct err *err)
{
  enum { TOTAL_MOST = 1 << 26 };
  struct batch batch = { .out = out, .prompts = prompts };
  size_t samples = (size_t)out->settings->samples;
  if (prompts->count > TOTAL_MOST / samples)
    return err_set(err, ERR_USAGE,
                   "%zu prompts with %zu samples each are more than %d completions; "
                   "split the file",
                   prompts->count, samples, TOTAL_MOST);
  batch.total = prompts->count * samples;
  batch.done = mem_resize(NULL, batch.total, sizeof *batch.done);
  memset(batch.done, 0, batch.total * sizeof *batch.done);
  interrupt_begin();
  int rc = run_batch(&batch, err);
  interrupt_end();
  for (size_t i = 0; i < batch.total; i++)
    free_done(batch.done[i]);
  free(batch.done);
  return rc;
}
