/* generator.c - what is asked, what waits, what is taken back; the work itself is in
 * generator_step.c. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "nn/generator_state.h"

struct generator *generator_create(struct model *model,
                                   const struct generator_listener *listener)
{
  const struct model_options *options = model_options_of(model);
  struct generator *g = mem_alloc(sizeof *g);
  *g = (struct generator){
    .model = model,
    .listener = *listener,
    .pages = pages_create(options->cache_pages, CACHE_PAGE),
    .context = options->context,
    .vocab = (uint32_t)model_config_of(model)->vocab,
    .max_rows = options->max_rows,
    .n_cache_pages = options->cache_pages,
  };
  /* each of them has a row in every step while it writes: none ever waits for another */
  g->capacity = options->max_sequences;
  if (g->capacity > g->max_rows)
    g->capacity = g->max_rows;
  if (g->capacity > options->max_wanted)
    g->capacity = options->max_wanted;
  assert(g->capacity && model_pages_each(model) * CACHE_PAGE >= g->context);
  g->last_waiting = &g->first_waiting;
  g->running = mem_resize(NULL, g->capacity, sizeof *g->running);
  g->by_slot = mem_resize(NULL, g->capacity, sizeof *g->by_slot);
  for (uint32_t i = 0; i < g->capacity; i++)
    g->by_slot[i] = NULL;
  g->rows = mem_resize(NULL, g->max_rows, sizeof *g->rows);
  g->wanted = mem_resize(NULL, g->capacity, sizeof *g->wanted);
  g->draws = mem_resize(NULL, g->capacity, sizeof *g->draws);
  g->ids = mem_resize(NULL, g->capacity, sizeof *g->ids);
  g->logps = mem_resize(NULL, g->capacity, sizeof *g->logps);
  return g;
}

void sequence_free(struct sequence *sequence)
{
  free(sequence->ids);
  free(sequence->stops);
  free(sequence);
}

void generator_free(struct generator *g)
{
  if (!g)
    return;
  for (uint32_t i = 0; i < g->n_running; i++)
    sequence_free(g->running[i]);
  for (struct sequence *s = g->first_waiting, *next; s; s = next) {
    next = s->next;
    sequence_free(s);
  }
  pages_free(g->pages);
  free(g->running);
  free(g->by_slot);
  free(g->rows);
  free(g->wanted);
  free(g->draws);
  free(g->ids);
  free(g->logps);
  free(g);
}

/* ---- asking ---- */

/* A few in line, so that many which finish in the same step are all replaced in the next
 * one; no more, since whoever asks may be stopped before they have run. */
bool generator_has_room(const struct generator *g)
{
  uint32_t line = g->capacity / 4 + 1;
  return !g->failed.code && g->n_running + g->n_waiting < g->capacity + line;
}

static int32_t *copy_ids(const int32_t *ids, uint32_t n)
{
  int32_t *copy = mem_resize(NULL, n, sizeof *copy);
  return n ? memcpy(copy, ids, n * sizeof *copy) : copy;
}

/* Ids that it may have in the end. */
static uint32_t end_of(const struct generator *g, const struct generator_request *request)
{
  uint32_t room = g->context - request->n_prompt;
  return request->n_prompt + (request->max_new < room ? request->max_new : room);
}

/* Pages for `end` ids: the last one of an answer is never run. */
static uint32_t pages_for(uint32_t n_prompt, uint32_t end)
{
  uint32_t positions = end > n_prompt ? end - 1 : end;
  return (positions + CACHE_PAGE - 1) / CACHE_PAGE;
}

static int check_settings(const struct generator_request *request, struct err *err)
{
  if (!(request->temperature >= 0) || isinf(request->temperature))
    return err_set(err, ERR_DATA, "a temperature of %g; give 0 or more",
                   (double)request->temperature);
  if (!(request->top_p >= 0 && request->top_p <= 1))
    return err_set(err, ERR_DATA, "a top_p of %g; give 0 to 1", (double)request->top_p);
  if (!(request->min_p >= 0 && request->min_p <= 1))
    return err_set(err, ERR_DATA, "a min_p of %g; give 0 to 1", (double)request->min_p);
  return 0;
}

static int check_prompt(const struct generator *g,
                        const struct generator_request *request, struct err *err)
{
  uint32_t n = request->n_prompt;
  if (n == 0)
    return err_set(err, ERR_DATA,
                   "a prompt without tokens; there must be something to "
                   "continue");
  if (n > g->context || (n == g->context && request->max_new))
    return err_set(
        err, ERR_DATA,
        "a prompt of %u tokens leaves no room in the context of %u; shorten it, "
        "or take a longer context",
        n, g->context);
  for (uint32_t i = 0; i < n; i++)
    if (request->prompt[i] < 0 || (uint32_t)request->prompt[i] >= g->vocab)
      return err_set(err, ERR_DATA,
                     "token %u of a prompt is %d; the model has ids from 0 to %u", i,
                     request->prompt[i], g->vocab - 1);
  uint32_t end = end_of(g, request), pages = pages_for(n, end);
  if (pages > g->n_cache_pages)
    return err_set(err, ERR_DATA,
                   "a prompt of %u tokens and %u new ones take %u pages of the cache, "
                   "which has %u; ask for fewer new tokens",
                   n, end - n, pages, g->n_cache_pages);
  return 0;
}

int generator_ask(struct generator *g, const struct generator_request *request,
                  struct err *err)
{
  if (check_settings(request, err) < 0 || check_prompt(g, request, err) < 0)
    return -1;
  struct sequence *s = mem_alloc(sizeof *s);
  *s = (struct sequence){
    .ticket = request->ticket,
    .draw = { .temperature = request->temperature,
              .top_p = request->top_p,
              .min_p = request->min_p,
              .top_k = request->top_k,
              .key_low = (uint32_t)request->key,
              .key_high = (uint32_t)(request->key >> 32) },
    .max_new = request->max_new,
    .stops = copy_ids(request->stops, request->n_stops),
    .n_stops = request->n_stops,
    .ids = copy_ids(request->prompt, request->n_prompt),
    .n_prompt = request->n_prompt,
    .n = request->n_prompt,
    .end = end_of(g, request),
    .linked = true,
  };
  s->n_pages = pages_for(s->n_prompt, s->end);
  *g->last_waiting = s;
  g->last_waiting = &s->next;
  g->n_waiting++;
  return 0;
}

/* ---- taking back ---- */

void generator_retire(struct generator *g, struct sequence *s)
{
  pages_release(g->pages, s->entries, s->n_pages, s->slot);
  g->by_slot[s->slot] = NULL;
  uint32_t at = 0;
  while (g->running[at] != s)
    at++;
  g->n_running--;
  memmove(&g->running[at], &g->running[at + 1],
          (g->n_running - at) * sizeof(struct sequence *));
}

void generator_cancel(struct generator *g, size_t ticket)
{
  for (uint32_t i = 0; i < g->n_running; i++) {
    struct sequence *s = g->running[i];
    if (s->ticket != ticket)
      continue;
    generator_retire(g, s);
    sequence_free(s);
    return;
  }
  for (struct sequence **link = &g->first_waiting; *link; link = &(*link)->next) {
    struct sequence *s = *link;
    if (s->ticket != ticket)
      continue;
    *link = s->next;
    if (g->last_waiting == &s->next)
      g->last_waiting = link;
    g->n_waiting--;
    sequence_free(s);
    return;
  }
}

struct generator_counts generator_counts(const struct generator *g)
{
  struct generator_counts counts = g->counts;
  counts.running = g->n_running;
  counts.waiting = g->n_waiting;
  counts.pages_used = pages_counts(g->pages).reserved;
  counts.pages = g->n_cache_pages;
  return counts;
}
