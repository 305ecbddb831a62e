/* item_row.h - one row of a data file as an item, by the suite's formats.
 *
 * Inner to the loading of item sets (item.c, item_folder.c). What is wrong with a row
 * goes to the problems; the load goes on.
 */
#ifndef OREO_TASK_ITEM_ROW_H
#define OREO_TASK_ITEM_ROW_H

#include "base/json.h"
#include "task/item.h"
#include "task/problem.h"

/* A load under way. */
struct item_loading {
  struct item_set *set;
  struct arena *arena;
  struct item *items; /* malloc'ed until the end */
  size_t n_items, capacity;
  size_t index; /* of the row that comes next; bad rows count too */
  struct strmap ids;
  struct problem_list problems;
};

/* Reads the row numbered loading->index. `text` is its JSON text on one line, or absent:
 * then it is written from `node`. `id` is used when the format names no field for it; an
 * absent one means "<split>-<index>". */
void item_row_add(struct item_loading *loading, size_t line, struct str text,
                  const struct json *node, struct str id);

#endif
