/* compare.h - is B better than A? Two sides joined item by item.
 *
 * Items are joined by the hash of their document, else their question, else their id or
 * row; the last two only where the gold answers agree. What is not the same data is
 * refused (ERR_DATA), never compared. The difference is B - A: what the second changed.
 * Memory: the arena given.
 */
#ifndef OREO_REPORT_COMPARE_H
#define OREO_REPORT_COMPARE_H

#include "report/paired.h"
#include "report/side.h"

/* How items were joined: name in files, is it certain to be the same question? */
#define PAIRING_MAP(XX)          \
  XX(DOC_HASH, "doc_hash", true) \
  XX(QUESTION, "question", true) \
  XX(ID, "id", false)            \
  XX(DOC_ID, "doc_id", false)

enum pairing {
#define XX(id, name, certain) PAIRED_BY_##id,
  PAIRING_MAP(XX)
#undef XX
      PAIRING_COUNT
};
const char *pairing_name(enum pairing pairing);

struct outcome_pair {
  const struct outcome *a, *b;
};

struct comparison {
  struct str suite;
  const struct side *a, *b;
  enum pairing pairing;
  struct outcome_pair *pairs; /* items that both have, in A's order */
  size_t n_pairs;
  struct paired paired;          /* of B against A, without pairs where one is an error */
  struct score score_a, score_b; /* on those */
  size_t both, neither;          /* right in both, in neither */
  double p_holm;                 /* over the comparisons of the list */
};

struct comparisons {
  struct comparison *list; /* one a suite that both have */
  size_t n;
  struct report_warning *warnings;
  size_t n_warnings;
  struct str unfinished; /* "A has answered 812 of 1319 items"; absent: both are complete.
                            Then no gate holds. */
};

NODISCARD int compare_load(struct comparisons *out, struct arena *arena, const char *a,
                           const char *b, struct err *err);
/* The same of sides that are loaded. */
NODISCARD int compare_sides(struct comparisons *out, struct arena *arena,
                            const struct sides *a, const struct sides *b,
                            struct err *err);

/* "B is better by 2.1 points [0.4, 3.9], p = 0.016, n = 1319" */
void compare_write_sentence(struct buf *out, const struct comparison *comparison);
/* For a terminal; `items` adds the lists of what broke and what was fixed. */
void compare_write_text(struct buf *out, const struct comparisons *comparisons,
                        bool items);
void compare_write_json(struct buf *out, const struct comparisons *comparisons,
                        const struct report_gate *gates, size_t n_gates);

/* A condition as typed, "min-diff=-1.0", on every comparison: adds one gate to `out`,
 * which has room. ERR_USAGE for what is none. */
NODISCARD int compare_gate(struct report_gate *out, struct arena *arena, const char *text,
                           const struct comparisons *comparisons, struct err *err);
/* Is B worse by more than chance (p below 0.05) anywhere? As a gate. */
struct report_gate compare_gate_worse(struct arena *arena,
                                      const struct comparisons *comparisons);

#endif
