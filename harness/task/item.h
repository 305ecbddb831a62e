/* item.h - the questions of a suite with their gold answers, loaded from JSON lines.
 *
 * An item is known by its id within its suite (the publisher's, or "<split>-<row>"), and
 * by the sha256 of its question, which is what recorded answers are joined by when files
 * order or number their rows differently. A row that cannot be used (no question, no
 * gold, bad UTF-8, too long) does not end the load: it becomes a `struct item_problem`
 * that the caller must show. All memory from the arena given; everything borrowed from
 * it.
 */
#ifndef OREO_TASK_ITEM_H
#define OREO_TASK_ITEM_H

#include "base/hash.h"
#include "task/suite.h"

struct item {
  size_t index;  /* position in the data file, from 0: lm-eval's doc_id */
  struct str id; /* unique in the set */
  struct str question;
  struct str solution; /* may be absent */
  struct str gold;     /* the bare answer */
  struct str level;    /* "1".."5", or absent */
  struct str subject;  /* or absent */
  int n_steps;         /* 0 = unknown */
  struct str row;      /* the publisher's JSON text, compact: for lm-eval's `doc` */
  struct sha256_hex question_sha256; /* of item_key(question) */
};

struct item_problem {
  size_t line;
  struct str what; /* complete sentence without the file name */
};

/* Which data ran: stands first on screen and in every output; two sets with different
 * sha256 are never compared or mixed. */
struct item_set {
  const struct suite *suite;
  struct str source; /* the file's name (no folder), or "built-in gsm8k-style v1" */
  struct str split;
  bool builtin;
  struct sha256_hex sha256; /* of the bytes of the file */
  struct item *items;
  size_t n_items;
  struct item_problem *problems;
  size_t n_problems;
};

/* From bytes in memory (JSON lines); `source` and `split` are copied. Fails (ERR_DATA)
 * only when not one row is usable. */
NODISCARD int item_set_parse(struct item_set *set, struct arena *arena,
                             const struct suite *suite, struct str bytes,
                             struct str source, struct str split, struct err *err);
/* From a file of JSON lines, one JSON array, or a folder of the publisher's one-problem
 * JSON files (MATH/test/<subject>/<n>.json; ids are the paths below it). */
NODISCARD int item_set_load(struct item_set *set, struct arena *arena,
                            const struct suite *suite, const char *path, struct err *err);

/* The item whose question it is (exact after item_key), or NULL. Builds nothing: linear
 * callers use item_index. */
struct item_index {
  struct strmap by_question, by_id;
  const struct item_set *set;
};
void item_index_init(struct item_index *index, const struct item_set *set);
void item_index_release(struct item_index *index);
const struct item *item_by_question(const struct item_index *index, struct str question);
const struct item *item_by_id(const struct item_index *index, struct str id);

/* A question as it is compared: white space runs as one space, trimmed, curly quotes made
 * straight. Into `arena`. */
struct str item_key(struct arena *arena, struct str question);

#endif
