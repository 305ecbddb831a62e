/* pattern.h - regular expressions with a bound on their work; the only user of PCRE2.
 *
 * For: the peers' rules of grading, the `answer_pattern` of a suite definition, and how a
 * tokenizer splits text. Not for: the cascade of grade/extract.h, which scans by hand.
 *
 * A pattern is compiled once (JIT where PCRE2 has it) and is read-only afterwards but for
 * its match memory: one thread at a time. Every match has a limit on steps, memory and
 * depth; an expression that backtracks without end stops there, says so in
 * `limit_reached` and counts as no match. Expressions are UTF-8 where the subject is
 * valid UTF-8 and bytes where it is not. Captures are borrowed from the subject.
 */
#ifndef OREO_BASE_PATTERN_H
#define OREO_BASE_PATTERN_H

#include "base/err.h"
#include "base/str.h"

enum { PATTERN_GROUPS = 8 }; /* groups 0..7 are reported, the whole match first */

struct pattern;

enum pattern_option {
  PATTERN_PLAIN = 0,
  PATTERN_NOCASE = 1,
  PATTERN_DOTALL = 2, /* a dot matches a newline too */
};

struct pattern_match {
  struct str groups[PATTERN_GROUPS]; /* absent: the group took no part */
  size_t n_groups;
  size_t at; /* offset of the whole match in the subject */
  bool limit_reached;
};

/* `options` is a sum of enum pattern_option. ERR_DATA with PCRE2's message and the offset
 * when `source` is no expression, or is longer than 4 KiB. */
struct pattern *pattern_create(struct str source, unsigned options, struct err *err);
void pattern_free(struct pattern *pattern);

/* The first match at or behind byte `from`. */
bool pattern_find(struct pattern *pattern, struct str subject, size_t from,
                  struct pattern_match *match);
/* The last of the matches that follow one another without overlap, as the last element of
 * Python's findall. The limit holds for all of them together. */
bool pattern_find_last(struct pattern *pattern, struct str subject,
                       struct pattern_match *match);

#endif
