/* generator_step.c - who runs, what goes into a step, and what comes of it. */
#include <assert.h>

#include "base/arena.h"
#include "nn/generator_state.h"

/* ---- who runs ---- */

static struct sequence *pop_waiting(struct generator *g)
{
  struct sequence *s = g->first_waiting;
  g->first_waiting = s->next;
  if (!s->next)
    g->last_waiting = &g->first_waiting;
  g->n_waiting--;
  return s;
}

static void tell_finished(struct generator *g, struct sequence *s,
                          enum generator_finish finish)
{
  size_t ticket = s->ticket;
  sequence_free(s);
  g->listener.finished(g->listener.context, ticket, finish);
}

static uint32_t free_slot(const struct generator *g)
{
  uint32_t slot = 0;
  while (g->by_slot[slot])
    slot++;
  return slot;
}

/* Reserves all that it can come to need, so that nothing that runs is ever put off. Of
 * its prompt, the pages before the one with the last token may be known: that token must
 * be run, and nobody writes into what others read. */
static bool reserve(struct generator *g, struct sequence *s)
{
  s->slot = free_slot(g);
  s->entries = model_pages(g->model) + (size_t)s->slot * model_pages_each(g->model);
  s->n_shared = (s->n_prompt - 1) / CACHE_PAGE;
  struct pages_wish wish = { s->ids, s->n_shared, s->n_pages, s->slot };
  return pages_reserve(g->pages, &wish, s->entries);
}

/* In order of asking: one for which there is no room yet holds up those behind it, or it
 * might wait for ever. True when something was told. */
static bool admit(struct generator *g)
{
  bool told = false;
  while (g->first_waiting) {
    struct sequence *s = g->first_waiting;
    if (s->end == s->n_prompt) {
      tell_finished(g, pop_waiting(g), GENERATOR_LENGTH);
      told = true;
      continue;
    }
    if (g->n_running == g->capacity || !reserve(g, s))
      break;
    pop_waiting(g);
    s->ids = mem_resize(s->ids, s->end, sizeof *s->ids);
    g->by_slot[s->slot] = s;
    g->running[g->n_running++] = s;
  }
  return told;
}

/* ---- what goes into a step ---- */

static void add_row(struct generator *g, struct sequence *s)
{
  g->counts.prompt_tokens += s->read < s->n_prompt;
  if (s->read + 1 == s->n) {
    g->draws[g->n_wanted] = s->draw;
    g->draws[g->n_wanted].position = s->n;
    g->wanted[g->n_wanted++] = g->n_rows;
  }
  g->rows[g->n_rows++] = (struct model_row){ .id = s->ids[s->read],
                                             .position = (int32_t)s->read,
                                             .sequence = (int32_t)s->slot };
  s->read++;
}

/* Rows of a prompt until the step is full, the prompt is read, or what comes next is
 * being computed by another sequence. */
static void read_prompt(struct generator *g, struct sequence *s)
{
  while (s->read < s->n_prompt && g->n_rows < g->max_rows) {
    uint32_t page = s->read / CACHE_PAGE;
    if (page < s->n_shared) {
      enum pages_turn turn = pages_turn(g->pages, s->entries[page], s->slot);
      if (turn == PAGES_OTHERS)
        return;
      if (turn == PAGES_READY) {
        uint32_t next = (page + 1) * CACHE_PAGE;
        g->counts.shared_tokens += next - s->read;
        s->read = next;
        s->n_full = page + 1;
        continue;
      }
    }
    add_row(g, s);
  }
}

/* Who writes comes first, then prompts in order of asking. There are no more running than
 * rows, so each that writes has its row and one is left for who reads. */
static void compose(struct generator *g)
{
  g->n_rows = g->n_wanted = 0;
  for (uint32_t i = 0; i < g->n_running; i++)
    if (g->running[i]->n > g->running[i]->n_prompt)
      add_row(g, g->running[i]);
  for (uint32_t i = 0; i < g->n_running; i++)
    if (g->running[i]->n == g->running[i]->n_prompt)
      read_prompt(g, g->running[i]);
  assert(g->n_rows);
}

/* ---- what comes of it ---- */

/* Pages that the step has filled are there for others from now on; those of answers too,
 * since an answer is a part of the next prompt of a conversation. */
static void account_pages(struct generator *g, struct sequence *s)
{
  for (; (s->n_full + 1) * CACHE_PAGE <= s->read; s->n_full++) {
    uint32_t i = s->n_full;
    if (i < s->n_shared)
      pages_ready(g->pages, s->entries[i]);
    else if (s->linked)
      s->linked = pages_publish(g->pages, &s->entries[i], i ? s->entries[i - 1] : -1,
                                s->ids + (size_t)i * CACHE_PAGE);
  }
}

static bool is_stop(const struct sequence *s, int32_t id)
{
  for (uint32_t i = 0; i < s->n_stops; i++)
    if (s->stops[i] == id)
      return true;
  return false;
}

/* The listener may ask and cancel meanwhile, even this one: then its slot is empty. */
static void tell_token(struct generator *g, uint32_t slot, int32_t id, float logp)
{
  struct sequence *s = g->by_slot[slot];
  if (!s)
    return;
  assert(id >= 0 && (uint32_t)id < g->vocab);
  s->ids[s->n++] = id;
  g->counts.new_tokens++;
  bool stop = g->listener.token(g->listener.context, s->ticket, id, logp);
  s = g->by_slot[slot];
  if (!s)
    return;
  stop |= is_stop(s, id);
  if (!stop && s->n < s->end)
    return;
  enum generator_finish finish = stop                               ? GENERATOR_STOP
                                 : s->n - s->n_prompt == s->max_new ? GENERATOR_LENGTH
                                                                    : GENERATOR_CONTEXT;
  generator_retire(g, s);
  tell_finished(g, s, finish);
}

static int run(struct generator *g, struct err *err)
{
  struct model_step step = { .rows = g->rows,
                             .n_rows = g->n_rows,
                             .wanted = g->wanted,
                             .n_wanted = g->n_wanted,
                             .draws = g->n_wanted ? g->draws : NULL };
  if (model_run(g->model, &step, g->ids, g->logps, err) < 0)
    return -1;
  g->counts.steps++;
  g->counts.rows += g->n_rows;
  return 0;
}

int generator_step(struct generator *g, struct err *err)
{
  assert(!g->stepping);
  if (g->failed.code) {
    *err = g->failed;
    return -1;
  }
  g->stepping = true;
  bool told = admit(g);
  int done = told || g->n_running;
  if (g->n_running) {
    compose(g);
    if (run(g, err) < 0) {
      g->failed = *err;
      done = -1;
    } else {
      for (uint32_t i = 0; i < g->n_running; i++)
        account_pages(g, g->running[i]);
      for (uint32_t i = 0; i < g->n_wanted; i++)
        tell_token(g, (uint32_t)g->rows[g->wanted[i]].sequence, g->ids[i], g->logps[i]);
    }
  }
  g->stepping = false;
  return done;
}
