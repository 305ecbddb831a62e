/* shots.h - few-shot examples: from a file, or made from a train split by a recipe.
 *
 * Published examples are others' texts and do not ship. A recipe names problems of a data
 * set by hash and says how the examples differ from them; every result is checked by its
 * own hash, so what comes out is the published text or an error. A file is a JSON list of
 * objects with "question" or "problem", and "target", "solution" or "answer", which is
 * how lm-eval holds them. Texts live in the arena given.
 */
#ifndef OREO_TASK_SHOTS_H
#define OREO_TASK_SHOTS_H

#include "task/item.h"

struct shot {
  struct str question;
  struct str answer;
};

struct shot_list {
  struct shot *shots;
  size_t count;
};

NODISCARD int shots_parse(struct shot_list *out, struct arena *arena, struct str json,
                          const char *name, struct err *err);
NODISCARD int shots_load(struct shot_list *out, struct arena *arena, const char *path,
                         struct err *err);
/* By the embedded recipe of that name; ERR_DATA when `train` lacks a problem or has it in
 * other words. */
NODISCARD int shots_cook(struct shot_list *out, struct arena *arena, const char *recipe,
                         const struct item_set *train, struct err *err);

#endif
