/* gen.h - our own problems: suites in the style of GSM8K and MATH, made by the program.
 *
 * For: a program that is whole without any download, data that no model has seen, and
 * logs of flawed solvers to train policies on. Each generator writes JSON lines in the form
 * of the publisher it follows, so the same loader reads both:
 *   gsm8k-style: {"question","answer"}          answer ends "#### n", marks <<a+b=c>>
 *   math-style:  {"problem","level","type","solution"}   solution ends in \boxed{}
 * with, after those, our own fields: "id", "steps" (count), and on the `sft` split
 * "student" (who solved it), "skill" (0 to 1), "correct" (of the final answer),
 * "first_wrong_step" (1.., 0 = none), "misconception" (its name, or "slip", or null) and
 * "true_answer".
 *
 * Deterministic: the same (generator, version, split, n) gives the same bytes on any
 * machine. Item i of a split depends on (version, split, i) alone, apart from the rule that
 * keeps splits disjoint: the hash of an item's content (its question with the names taken
 * out) decides which split may have it. A change of any byte is a new version: the frozen
 * sha256 of each split stands in the suite's definition and is tested.
 */
#ifndef OREO_GEN_GEN_H
#define OREO_GEN_GEN_H

#include "base/buf.h"

struct generator {
  const char *name;   /* "gsm8k-style" */
  int version;
  const char *about;  /* one line */
  /* Appends item number `index` of `split` as one JSON line with its newline. */
  void (*write_item)(struct buf *out, const char *split, size_t index);
};

/* The table, NULL past the end; and by name, NULL when unknown. */
const struct generator *generator_at(size_t index);
const struct generator *generator_find(struct str name);

/* Is it one of "sft", "rl", "dev", "test"? */
bool gen_is_split(struct str name);

/* Appends items 0 .. n-1. */
void generator_write(const struct generator *generator, const char *split, size_t n,
                     struct buf *out);

#endif
