/* scan.h - reading a text backwards, with a bound on the work.
 *
 * For: the extraction rules, which all want the last of something. A scan stops after a
 * stated number of bytes and after LIMIT_HITS bytes of the kind it looks for, so a flood
 * of backslashes costs no more than a page of prose. Nothing is allocated.
 */
#ifndef OREO_GRADE_SCAN_H
#define OREO_GRADE_SCAN_H

#include "base/str.h"

enum {
  SCAN_FAR = 512 << 10, /* bytes from the end, for marks that are rare in a text */
  SCAN_NEAR = 64 << 10, /* and for those that are frequent: some 16,000 tokens */
};

/* A literal in a table of struct str. */
#define WORD(literal)              \
  {                                \
    (literal), sizeof(literal) - 1 \
  }

struct scan {
  struct str s;
  size_t at;    /* everything at and behind `at` has been seen */
  size_t floor; /* nothing before `floor` is looked at */
  unsigned hits_left;
};

struct scan scan_from_end(struct str s, size_t depth);
/* Offset of the next `c` towards the beginning, or -1. */
ptrdiff_t scan_back(struct scan *scan, char c);
/* Says that a hit led to a look at `bytes` more: as many fewer hits are left. */
void scan_charge(struct scan *scan, size_t bytes);

/* `at` is the offset of a '{' or '[': the offset behind the bracket that closes it, or 0
 * when there is none within 4 KiB. Escaped braces do not count. */
size_t scan_brace(struct str s, size_t at);

/* Is the ASCII word that ends before `end` equal to `word`, any case, not part of a
 * longer one? */
bool scan_word_ends(struct str s, size_t end, struct str word);

#endif
