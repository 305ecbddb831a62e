/* generator_state.h - what the parts of the generator share; nobody else includes it. */
#ifndef OREO_NN_GENERATOR_STATE_H
#define OREO_NN_GENERATOR_STATE_H

#include "nn/generator.h"
#include "nn/pages.h"

/* One that was asked. Of its n ids the first `read` are in the cache; the last is what
 * the next one follows from. */
struct sequence {
  struct sequence *next; /* in line, while it waits */
  size_t ticket;
  struct shader_draw draw; /* but for the position */
  uint32_t max_new;
  int32_t *stops;
  uint32_t n_stops;
  int32_t *ids;
  uint32_t n_prompt, n, end; /* `end`: ids that it may have */
  uint32_t read;
  /* while it runs */
  uint32_t slot;              /* its row of the page table */
  int32_t *entries;           /* that row */
  uint32_t n_pages, n_shared; /* reserved; of these known from the prompt */
  uint32_t n_full;            /* pages that are computed and accounted for */
  bool linked;                /* all of those are known: the next can be */
};

struct generator {
  struct model *model;
  struct generator_listener listener;
  struct pages *pages;
  struct err failed; /* code 0 as long as all is well */
  bool stepping;
  uint32_t context, vocab, max_rows, capacity, n_cache_pages;

  struct sequence *first_waiting, **last_waiting; /* where the next one is hung */
  uint32_t n_waiting;
  struct sequence **running; /* in order of asking */
  uint32_t n_running;
  struct sequence **by_slot; /* NULL: nobody's */

  /* the step in the making; max_rows each */
  struct model_row *rows;
  uint32_t n_rows;
  uint32_t *wanted;
  struct shader_draw *draws;
  int32_t *ids;
  float *logps;
  uint32_t n_wanted;

  struct generator_counts counts; /* what only grows */
};

/* Gives back what a running sequence has, without freeing it. */
void generator_retire(struct generator *g, struct sequence *sequence);
void sequence_free(struct sequence *sequence);

#endif
