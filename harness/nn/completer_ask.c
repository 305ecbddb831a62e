/* completer_ask.c - requests in, completions out. */
#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "nn/completer_part.h"

/* ---- prompts ---- */

/* A token's spelling, as a chat template writes it; absent without one. */
static struct str spelling(const struct completer *c, int32_t id, struct arena *arena)
{
  struct buf text;
  struct str out = STR_NONE;
  buf_init(&text, BUF_CAP_OWN);
  if (id >= 0 && tokenizer_spell(c->tokenizer, id, &text))
    out = arena_str(arena, buf_str(&text));
  buf_release(&text);
  return out;
}

static int add_chat(struct completer *c, const struct completer_request *request,
                    struct tokens *ids, struct buf *text, struct err *err)
{
  struct arena arena = { 0 };
  struct buf rendered;
  if (!c->has_chat)
    return err_set(err, ERR_DATA,
                   "the model has no chat template; name one with --chat-template");
  struct chat_request chat = { .messages = request->messages,
                               .n_messages = request->n_messages,
                               .bos = spelling(c, tokenizer_bos(c->tokenizer), &arena),
                               .eos = spelling(c, tokenizer_eos(c->tokenizer), &arena),
                               .generate = true };
  buf_init(&rendered, BUF_CAP_OWN);
  int rc = chat_template_render(&c->chat, &chat, &rendered, err);
  if (rc == 0)
    rc = tokenizer_encode(c->tokenizer, buf_str(&rendered), TOKENIZER_PARSE_SPECIAL, ids,
                          err);
  if (rc == 0 && text)
    buf_add(text, buf_str(&rendered));
  buf_release(&rendered);
  arena_release(&arena);
  return rc;
}

static int add_text(struct completer *c, struct str from, struct tokens *ids,
                    struct buf *text, struct err *err)
{
  unsigned flags = TOKENIZER_ADD_SPECIAL | TOKENIZER_PARSE_SPECIAL;
  if (tokenizer_encode(c->tokenizer, from, flags, ids, err) < 0)
    return -1;
  if (text)
    buf_add(text, from);
  return 0;
}

static int add_ids(struct completer *c, const struct completer_request *request,
                   struct tokens *ids, struct buf *text, struct err *err)
{
  int32_t rows = model_config_of(c->model)->vocab;
  for (size_t i = 0; i < request->n_ids; i++) {
    if (request->ids[i] < 0 || request->ids[i] >= rows)
      return err_set(err, ERR_DATA,
                     "id %zu of the prompt is %d; the model's vocabulary has 0 to %d", i,
                     (int)request->ids[i], (int)rows - 1);
    tokens_add(ids, request->ids[i]);
  }
  if (text)
    tokenizer_decode(c->tokenizer, request->ids, request->n_ids, false, text);
  return 0;
}

int completer_prompt(struct completer *c, const struct completer_request *request,
                     struct tokens *ids, struct buf *text, struct err *err)
{
  assert((request->messages != NULL) + str_present(request->text) +
             (request->ids != NULL) ==
         1);
  if (request->messages)
    return add_chat(c, request, ids, text, err);
  if (request->ids)
    return add_ids(c, request, ids, text, err);
  return add_text(c, request->text, ids, text, err);
}

/* ---- asking ---- */

static size_t take_slot(struct completer *c)
{
  for (size_t i = 0; i < c->n_jobs; i++)
    if (!c->jobs[i])
      return i;
  ARRAY_RESERVE(c->jobs, c->n_jobs, c->cap_jobs);
  c->jobs[c->n_jobs] = NULL;
  return c->n_jobs++;
}

static void free_job(struct completer_job *job)
{
  if (!job)
    return;
  completing_release(&job->answer);
  arena_release(&job->arena);
  free(job);
}

/* Copies of the stop strings; and the ids that end this request: the model's own, and
 * special tokens that stand among the stop strings, since those are never in the text. */
static int take_stops(struct completer *c, struct completer_job *job,
                      const struct completer_request *request, struct err *err)
{
  struct str *strings = ARENA_NEW(&job->arena, struct str, request->n_stop + 1);
  int32_t *ends = ARENA_NEW(&job->arena, int32_t, c->n_ends + request->n_stop);
  for (size_t i = 0; i < c->n_ends; i++)
    ends[job->answer.n_ends++] = c->ends[i];
  for (size_t i = 0; i < request->n_stop; i++) {
    if (!request->stop[i].len)
      return err_set(err, ERR_DATA, "a stop string is empty; it would end every answer");
    strings[i] = arena_str(&job->arena, request->stop[i]);
    int32_t id = tokenizer_find(c->tokenizer, request->stop[i]);
    if (id >= 0 && tokenizer_is_special(c->tokenizer, id))
      ends[job->answer.n_ends++] = id;
  }
  job->answer.ends = ends;
  job->answer.stop =
      (struct stop_text){ .strings = strings, .n_strings = request->n_stop };
  return 0;
}

static int ask_generator(struct completer *c, const struct completer_job *job,
                         const struct completer_request *request,
                         const struct tokens *prompt, size_t slot, struct err *err)
{
  struct generator_request asked = {
    .prompt = prompt->ids,
    .n_prompt = (uint32_t)prompt->count,
    .max_new = request->max_new,
    .temperature = request->temperature,
    .top_p = request->top_p,
    .min_p = request->min_p,
    .top_k = request->top_k,
    .key = request->key,
    .stops = job->answer.ends,
    .n_stops = (uint32_t)job->answer.n_ends,
    .ticket = slot,
  };
  return generator_ask(c->generator, &asked, err);
}

int completer_ask(struct completer *c, const struct completer_request *request,
                  struct err *err)
{
  struct tokens prompt = { 0 };
  struct completer_job *job = mem_alloc(sizeof *job);
  *job = (struct completer_job){ .ticket = request->ticket };
  int rc = completer_prompt(c, request, &prompt, NULL, err);
  completing_begin(&job->answer, c->tokenizer, &prompt);
  if (rc == 0)
    rc = take_stops(c, job, request, err);
  size_t slot = take_slot(c);
  job->n_prompt = prompt.count;
  c->jobs[slot] = job; /* first: the generator may tell of it at once */
  if (rc == 0)
    rc = ask_generator(c, job, request, &prompt, slot, err);
  if (rc < 0) {
    c->jobs[slot] = NULL;
    free_job(job);
  }
  tokens_release(&prompt);
  return rc;
}

bool completer_has_room(const struct completer *c)
{
  return generator_has_room(c->generator);
}

static void drop_done(struct completer *c, size_t at)
{
  memmove(&c->done[at], &c->done[at + 1], (--c->n_done - at) * sizeof *c->done);
}

void completer_cancel(struct completer *c, size_t ticket)
{
  for (size_t i = 0; i < c->n_jobs; i++) {
    if (!c->jobs[i] || c->jobs[i]->ticket != ticket)
      continue;
    generator_cancel(c->generator, i);
    free_job(c->jobs[i]);
    c->jobs[i] = NULL;
  }
  for (size_t i = c->n_done; i-- > 0;) {
    if (c->done[i]->ticket != ticket)
      continue;
    free_job(c->done[i]);
    drop_done(c, i);
  }
}

/* ---- what the generator tells ---- */

static bool on_token(void *context, size_t slot, int32_t id, float logp)
{
  struct completer *c = context;
  return completing_push(&c->jobs[slot]->answer, id, logp);
}

static void on_finished(void *context, size_t slot, enum generator_finish finish)
{
  static const enum completer_finish finishes[] = {
    [GENERATOR_STOP] = COMPLETER_STOP,
    [GENERATOR_LENGTH] = COMPLETER_LENGTH,
    [GENERATOR_CONTEXT] = COMPLETER_CONTEXT,
  };
  struct completer *c = context;
  struct completer_job *job = c->jobs[slot];
  completing_finish(&job->answer);
  job->finish = finishes[finish];
  ARRAY_RESERVE(c->done, c->n_done, c->cap_done);
  c->done[c->n_done++] = job;
  c->jobs[slot] = NULL;
}

struct generator_listener completer_listener(struct completer *c)
{
  return (struct generator_listener){ on_token, on_finished, c };
}

void completer_release_jobs(struct completer *c)
{
  for (size_t i = 0; i < c->n_jobs; i++)
    free_job(c->jobs[i]);
  for (size_t i = 0; i < c->n_done; i++)
    free_job(c->done[i]);
  free_job(c->shown);
  free(c->jobs);
  free(c->done);
}

/* ---- the next completion ---- */

static int show(struct completer *c, struct completion *out)
{
  const struct completer_job *job = c->shown = c->done[0];
  drop_done(c, 0);
  *out = (struct completion){ .ticket = job->ticket,
                              .text = buf_str(&job->answer.text),
                              .ids = job->answer.ids.ids,
                              .logprobs = job->answer.logprobs,
                              .n_ids = job->answer.ids.count,
                              .n_prompt = job->n_prompt,
                              .finish = job->finish };
  return 1;
}

/* Under the validation layer a kernel that it complains of has no results. */
static int check_complaints(const struct completer *c, struct err *err)
{
  unsigned n = gpu_manager_complaints(c->manager);
  if (!n)
    return 0;
  return err_set(err, ERR_ENV, "%u complaints of the validation layer; the first: %s", n,
                 gpu_manager_complaint(c->manager));
}

int completer_next(struct completer *c, struct completion *out, int wait_ms,
                   struct err *err)
{
  int64_t until = clock_monotonic_ns() + (int64_t)wait_ms * 1000000;
  free_job(c->shown);
  c->shown = NULL;
  while (!c->n_done) {
    int rc = generator_step(c->generator, err);
    if (rc < 0 || check_complaints(c, err) < 0)
      return -1;
    if (rc == 0 || (!c->n_done && clock_monotonic_ns() >= until))
      break;
  }
  return c->n_done ? show(c, out) : 0;
}
