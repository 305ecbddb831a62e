/* tokenizer_texts.h - the texts of files, one after the other.
 *
 * A file of JSON lines (or one JSON list) gives the texts of its rows' fields: strings,
 * and of lists the strings in them and the "content" of the objects in them, as
 * conversations have it. A row without any of the fields is an error: a field's name
 * mistyped would train on half of the data. Any other file is one text.
 */
#ifndef OREO_CLI_TOKENIZER_TEXTS_H
#define OREO_CLI_TOKENIZER_TEXTS_H

#include "base/str.h"
#include "config/options.h"

enum texts_format {
  TEXTS_AUTO, /* JSON by its ending: .jsonl, .ndjson, .json */
  TEXTS_JSONL,
  TEXTS_PLAIN,
};

/* Takes a text, which is borrowed; -1 ends the reading. */
typedef int take_text_fn(void *context, struct str text, struct err *err);

struct texts_reading {
  take_text_fn *take;
  void *context;
  enum texts_format format;
  struct texts fields; /* none: the known ones */
};

/* "-" is standard input. Errors name the file and the line. */
NODISCARD int tokenizer_texts_read(const struct texts_reading *reading, const char *path,
                                   struct err *err);

#endif
