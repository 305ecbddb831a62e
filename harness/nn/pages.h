/* pages.h - which pages of a model's cache are free, what the others hold, who shares
 * them.
 *
 * For: the generator (nn/generator.h). A page takes the keys and values of `size`
 * successive positions of a sequence. What they are follows from the ids up to there and
 * from nothing else, so a page is known by its own ids and by the page before it, and
 * sequences that begin with the same ids share known pages. Not for: what lies in a page,
 * the device, order among sequences.
 *
 *   reserved   some sequence counts on it: never taken away
 *   known      found by its ids; ready once it has been computed. Until then it has a
 *              reader, who computes it; the others wait for it, or become its reader when
 *              that one has left
 *   free       reserved by none. What is known and ready stays so until the page is
 *              needed for something else: what nobody knows goes first, then what was
 *              given back longest ago; never a page before those that follow it
 *
 * Owns copies of the ids. Plain bookkeeping: no I/O, one thread, nothing fails but a
 * reservation for which there is no room; the rest are the caller's own numbers
 * (assertions).
 */
#ifndef OREO_NN_PAGES_H
#define OREO_NN_PAGES_H

#include <stdbool.h>
#include <stdint.h>

struct pages;

/* `count` pages of `size` positions, all of them free. */
struct pages *pages_create(uint32_t count, uint32_t size);
void pages_free(struct pages *pages); /* NULL is fine */

struct pages_wish {
  const int32_t *ids;
  uint32_t n_shared; /* pages that may be shared: `size` ids each are given */
  uint32_t n;        /* pages in all; at least n_shared */
  uint32_t reader;   /* who will compute what is not there yet */
};

/* Reserves all pages of a sequence, in order of positions, or (false) none. The first
 * n_shared are known from now on, whether ready or not; the others belong to this
 * sequence alone. */
bool pages_reserve(struct pages *pages, const struct pages_wish *wish, int32_t *entries);
/* Gives back what pages_reserve gave, and the reader's part in it. */
void pages_release(struct pages *pages, const int32_t *entries, uint32_t n,
                   uint32_t reader);

enum pages_turn {
  PAGES_READY,  /* computed: pass it over */
  PAGES_MINE,   /* the one who asks is its reader now */
  PAGES_OTHERS, /* another one is at it: wait */
};
/* Whose turn it is to compute a known page. */
enum pages_turn pages_turn(struct pages *pages, int32_t page, uint32_t reader);
/* A known page has been computed, and all before it. */
void pages_ready(struct pages *pages, int32_t page);

/* Makes known a page that one sequence had for itself and has computed. `before` is the
 * page before it, known itself, or -1. When the same ids are ready in another page,
 * *entry becomes that one, and its own page is given back. False when another sequence is
 * computing them just now: then the page stays its own. */
bool pages_publish(struct pages *pages, int32_t *entry, int32_t before,
                   const int32_t *ids);

struct pages_counts {
  uint32_t reserved, known; /* a page may be both, or neither */
};
struct pages_counts pages_counts(const struct pages *pages);

#endif
