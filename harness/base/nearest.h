/* nearest.h - "did you mean": the known name that is nearest to a mistyped one. */
#ifndef OREO_BASE_NEAREST_H
#define OREO_BASE_NEAREST_H

#include "base/str.h"

/* Of the names that `at` lists (NULL past the end), the one with the least edit distance
 * when that is small beside the name's length, or that the name begins; else NULL. */
const char *name_nearest(struct str name, const char *(*at)(size_t index));

#endif
