/* embed.h - files that the build puts inside the program (cmake/embed.cmake).
 *
 * Read-only bytes with a NUL behind them, listed in a table ended by a NULL name. The
 * tables are generated; `embedded_tasks` holds tasks/<suite>/suite.json and fewshot*.json.
 */
#ifndef OREO_BASE_EMBED_H
#define OREO_BASE_EMBED_H

#include "base/str.h"

struct embedded_file {
  const char *name; /* path in the source tree, e.g. "tasks/gsm8k/suite.json" */
  const char *begin, *end;
};

extern const struct embedded_file embedded_tasks[];

/* The bytes of the file called `name` in `table`; absent when it is not there. */
struct str embedded_find(const struct embedded_file *table, struct str name);

#endif
