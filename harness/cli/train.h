/* train.h - what the files of `oreo-bench train` share.
 *
 * train_items.c finds what evaluation asks: it knows run/dataset.h, whose `struct
 * dataset` is another than train/dataset.h's, so this header includes neither.
 */
#ifndef OREO_CLI_TRAIN_H
#define OREO_CLI_TRAIN_H

#include "base/arena.h"

struct train_items {
  struct str *ids, *questions;
  size_t count;
};

/* The items that a run of these suites asks; texts live in the arena. A suite that is not
 * known, or whose items are not here, has none: that is said as a note. */
void train_items_load(struct train_items *out, const struct str *suites, size_t n,
                      struct arena *arena);

#endif
