/* options.h - one table row an option; the row parses argv and job files, fills a struct,
 * prints the help and the reference page.
 *
 * A command has a struct of its settings and a table of rows whose offsets point into it.
 * Rows are checked once by a test (names unique, defaults in range). Values are borrowed
 * from argv or copied into the arena given. '_' and '-' are the same in a name, so that
 * lm-eval's spellings (--num_fewshot) are ours. `--name=value` and `--name value` both
 * work; "--" ends the options. Errors are ERR_USAGE, naming the option, what was given,
 * what is allowed, and for an unknown name the nearest one.
 *
 * A job file is a list of `name = value` lines with the same names (no leading dashes),
 * `#` comments, and one section a command: `[run]`. It is read by `--job FILE`; what the
 * command line says wins over it.
 */
#ifndef OREO_CONFIG_OPTIONS_H
#define OREO_CONFIG_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"

enum option_type {
  OPTION_FLAG,  /* bool; no argument */
  OPTION_INT,   /* int64_t in [min, max] */
  OPTION_REAL,  /* double in [min, max] */
  OPTION_TEXT,  /* const char *; NULL when not given and without default */
  OPTION_TEXTS, /* struct texts; may be repeated; on lists see `comma` */
};

/* What OPTION_TEXTS collects. */
struct texts {
  const char **at;
  size_t count;
};

/* Appends the pointer; the list lives in `arena`. */
void texts_add(struct texts *texts, const char *text, struct arena *arena);

struct option {
  const char *name;     /* "num-fewshot" */
  char letter;          /* 'f', or 0 */
  const char *also;     /* another spelling ("output-path"), or NULL */
  const char *argument; /* shown in the help ("N", "FILE"); NULL for flags */
  const char *fallback; /* the default as it would be typed; NULL: zero, false, absent */
  const char *help;     /* one sentence, no full stop */
  enum option_type type;
  size_t offset;        /* of the field in the command's struct */
  double min, max;      /* numbers only */
};

/* Ends a table. */
#define OPTION_END { 0 }

/* Arguments that are no options, in order. */
struct arguments {
  const char **at;
  size_t count;
};

/* Sets every field to its default. */
void options_default(const struct option *table, void *settings, struct arena *arena);
/* argv[0..argc) without the program and command names. `names` (may be NULL) collects the
 * canonical names of the options that were given, for the manifest. */
NODISCARD int options_parse(const struct option *table, void *settings, int argc,
                            char *const *argv, struct arguments *arguments,
                            struct arena *arena, struct err *err);
/* The section `section` of a job file's text; `path` is for messages. Other sections are
 * skipped; a file without that section is an error. */
NODISCARD int options_parse_job(const struct option *table, void *settings, struct str text,
                                const char *section, const char *path,
                                struct arena *arena, struct err *err);

/* One row's value as it would be typed; false when it is at its default. Texts are joined
 * by ','. For the manifest: everything that is not at its default. */
bool option_changed(const struct option *row, const void *settings, struct arena *arena,
                    struct str *value);

/* "  -f, --num-fewshot N   ..." for each row, wrapped at 80 columns. */
struct buf;
void options_help(struct buf *out, const struct option *table);
/* The same as rows of a Markdown table. */
void options_markdown(struct buf *out, const struct option *table);

#endif
