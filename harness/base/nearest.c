#include "base/nearest.h"

const char *name_nearest(struct str name, const char *(*at)(size_t index))
{
  const char *best = NULL, *candidate;
  size_t best_distance = name.len / 3 + 2; /* one slip in three letters, and one more */
  for (size_t i = 0; (candidate = at(i)); i++) {
    size_t distance = str_distance(name, str_from(candidate));
    if (name.len >= 3 && str_starts(str_from(candidate), name))
      distance = 1;
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}
