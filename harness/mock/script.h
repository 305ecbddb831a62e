/* script.h - answers written down for a test: JSON lines, the first row that fits
 * answers.
 *
 *     {"contains":"apples","turn":0,"content":"Let me see.","finish_reason":"stop"}
 *     {"turn":1,"status":503,"error":"overloaded","latency_ms":20}
 *     {"content":"whatever else"}
 *
 * `contains` is looked for in the last user message (or the prompt), `turn` is the number
 * of assistant messages so far; a row without either fits everything. A row either
 * answers (`content`, `reasoning_content`, `finish_reason`) or fails (`status`, `error`).
 * An unknown key or a wrong type is ERR_DATA with the line. Memory: the arena given.
 */
#ifndef OREO_MOCK_SCRIPT_H
#define OREO_MOCK_SCRIPT_H

#include "base/arena.h"
#include "base/err.h"

struct script_row {
  struct str contains; /* absent: any text */
  int turn;            /* -1: any turn */
  struct str content, reasoning, finish_reason;
  int status;         /* 200: it answers */
  struct str error;   /* absent: by the status */
  int64_t latency_ms; /* -1: as all the others */
};

struct script {
  struct script_row *rows;
  size_t n_rows;
};

NODISCARD int script_load(struct script *script, struct arena *arena, const char *path,
                          struct err *err);
/* The same from text in memory; `name` is for messages. */
NODISCARD int script_parse(struct script *script, struct arena *arena, struct str text,
                           const char *name, struct err *err);
/* The first row that fits, or NULL. */
const struct script_row *script_find(const struct script *script, struct str question,
                                     int turn);

#endif
