#include "config/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

enum { NAME_SIZE = 64 }; /* longer than any option's name */

static void *field_of(const struct option *row, void *settings)
{
  return (char *)settings + row->offset;
}

/* ---- setting a value ---- */

static int set_number(const struct option *row, void *field, const char *text,
                      struct err *err)
{
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  bool whole = row->type == OPTION_REAL || value == floor(value);
  if (!*text || *end || errno || !isfinite(value) || !whole || value < row->min ||
      value > row->max)
    return err_set(err, ERR_USAGE, "--%s: '%.100s' is not %s from %.15g to %.15g", row->name,
                   text, row->type == OPTION_INT ? "a whole number" : "a number", row->min,
                   row->max);
  if (row->type == OPTION_INT)
    *(int64_t *)field = (int64_t)value;
  else
    *(double *)field = value;
  return 0;
}

void texts_add(struct texts *texts, const char *text, struct arena *arena)
{
  const char **grown = ARENA_NEW(arena, const char *, texts->count + 1);
  for (size_t i = 0; i < texts->count; i++)
    grown[i] = texts->at[i];
  grown[texts->count] = text;
  *texts = (struct texts){ grown, texts->count + 1 };
}

static int set_flag(const struct option *row, bool *field, const char *text, struct err *err)
{
  if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
    return err_set(err, ERR_USAGE, "--%s: '%.100s' is neither true nor false", row->name,
                   text);
  *field = text[0] == 't';
  return 0;
}

static int set_value(const struct option *row, void *settings, const char *text,
                     struct arena *arena, struct err *err)
{
  void *field = field_of(row, settings);
  switch (row->type) {
  case OPTION_FLAG: return set_flag(row, field, text, err);
  case OPTION_INT:
  case OPTION_REAL: return set_number(row, field, text, err);
  case OPTION_TEXT: *(const char **)field = text; return 0;
  case OPTION_TEXTS: texts_add(field, text, arena); return 0;
  }
  return 0;
}

static void set_default(const struct option *row, void *settings, struct arena *arena)
{
  void *field = field_of(row, settings);
  switch (row->type) {
  case OPTION_FLAG: *(bool *)field = false; break;
  case OPTION_INT: *(int64_t *)field = 0; break;
  case OPTION_REAL: *(double *)field = 0; break;
  case OPTION_TEXT: *(const char **)field = NULL; break;
  case OPTION_TEXTS: *(struct texts *)field = (struct texts){ 0 }; break;
  }
  struct err err = { 0 };
  if (row->fallback && set_value(row, settings, row->fallback, arena, &err) < 0) {
    fprintf(stderr, "oreo-bench: a default is wrong: %s\n", err.msg);
    abort(); /* our own table; a test walks every row */
  }
}

void options_default(const struct option *table, void *settings, struct arena *arena)
{
  for (const struct option *row = table; row->name; row++)
    set_default(row, settings, arena);
}

/* ---- finding a row ---- */

/* "num_fewshot" and "num-fewshot" are one name. */
static bool same_name(const char *name, struct str typed)
{
  if (!name || strlen(name) != typed.len)
    return false;
  for (size_t i = 0; i < typed.len; i++)
    if (name[i] != (typed.ptr[i] == '_' ? '-' : typed.ptr[i]))
      return false;
  return true;
}

static const struct option *find_row(const struct option *table, struct str typed)
{
  for (const struct option *row = table; row->name; row++)
    if (same_name(row->name, typed) || same_name(row->also, typed))
      return row;
  return NULL;
}

static const struct option *find_letter(const struct option *table, char letter)
{
  for (const struct option *row = table; row->name; row++)
    if (row->letter == letter)
      return row;
  return NULL;
}

static int unknown_name(const struct option *table, struct str typed, struct err *err)
{
  const char *best = NULL;
  size_t best_distance = typed.len / 3 + 2;
  for (const struct option *row = table; row->name; row++) {
    size_t distance = str_distance(typed, str_from(row->name));
    if (distance < best_distance) {
      best = row->name;
      best_distance = distance;
    }
  }
  if (best)
    return err_set(err, ERR_USAGE, "no option '--%.*s'; the nearest is '--%s'",
                   STR_ARG(str_slice(typed, 0, NAME_SIZE)), best);
  return err_set(err, ERR_USAGE, "no option '--%.*s'; --help lists what there is",
                 STR_ARG(str_slice(typed, 0, NAME_SIZE)));
}

/* ---- the command line ---- */

struct cursor {
  int argc, at;
  char *const *argv;
};

static int parse_long(const struct option *table, void *settings, struct cursor *cursor,
                      struct arena *arena, struct err *err)
{
  struct str word = str_from(cursor->argv[cursor->at++] + 2);
  ptrdiff_t equals = str_find_char(word, '=');
  struct str name = equals < 0 ? word : str_slice(word, 0, (size_t)equals);
  const struct option *row = find_row(table, name);
  if (!row)
    return unknown_name(table, name, err);
  const char *value = equals < 0 ? NULL : name.ptr + name.len + 1;
  if (row->type == OPTION_FLAG && !value)
    value = "true";
  if (!value && cursor->at == cursor->argc)
    return err_set(err, ERR_USAGE, "--%s needs %s behind it", row->name, row->argument);
  if (!value)
    value = cursor->argv[cursor->at++];
  return set_value(row, settings, value, arena, err);
}

static int parse_letter(const struct option *table, void *settings, struct cursor *cursor,
                        struct arena *arena, struct err *err)
{
  const char *word = cursor->argv[cursor->at++];
  const struct option *row = find_letter(table, word[1]);
  if (!row)
    return err_set(err, ERR_USAGE, "no option '-%c'; --help lists what there is", word[1]);
  if (row->type == OPTION_FLAG && !word[2])
    return set_value(row, settings, "true", arena, err);
  if (row->type == OPTION_FLAG)
    return err_set(err, ERR_USAGE, "'%s': -%c takes no value; write the options apart", word,
                   word[1]);
  if (word[2])
    return set_value(row, settings, word + 2, arena, err);
  if (cursor->at == cursor->argc)
    return err_set(err, ERR_USAGE, "-%c (--%s) needs %s behind it", row->letter, row->name,
                   row->argument);
  return set_value(row, settings, cursor->argv[cursor->at++], arena, err);
}

int options_parse(const struct option *table, void *settings, int argc, char *const *argv,
                  struct arguments *arguments, struct arena *arena, struct err *err)
{
  struct cursor cursor = { .argc = argc, .argv = argv };
  arguments->at = ARENA_NEW(arena, const char *, (size_t)argc + 1);
  arguments->count = 0;
  bool options_ended = false;
  while (cursor.at < argc) {
    const char *word = argv[cursor.at];
    int rc = 0;
    if (options_ended || word[0] != '-' || !word[1]) {
      arguments->at[arguments->count++] = word;
      cursor.at++;
    } else if (strcmp(word, "--") == 0) {
      options_ended = true;
      cursor.at++;
    } else if (word[1] == '-') {
      rc = parse_long(table, settings, &cursor, arena, err);
    } else {
      rc = parse_letter(table, settings, &cursor, arena, err);
    }
    if (rc < 0)
      return -1;
  }
  return 0;
}

/* ---- what was changed ---- */

static struct str join_texts(const struct texts *texts, struct arena *arena)
{
  struct str joined = STR("");
  for (size_t i = 0; i < texts->count; i++)
    joined = arena_printf(arena, "%.*s%s%s", STR_ARG(joined), i ? "," : "", texts->at[i]);
  return joined;
}

static struct str value_text(const struct option *row, const void *settings,
                             struct arena *arena)
{
  const void *field = (const char *)settings + row->offset;
  switch (row->type) {
  case OPTION_FLAG: return *(const bool *)field ? STR("true") : STR("false");
  case OPTION_INT: return arena_printf(arena, "%lld", (long long)*(const int64_t *)field);
  case OPTION_REAL: return arena_printf(arena, "%.15g", *(const double *)field);
  case OPTION_TEXT: return str_from(*(const char *const *)field);
  case OPTION_TEXTS: return join_texts(field, arena);
  }
  return STR_NONE;
}

bool option_changed(const struct option *row, const void *settings, struct arena *arena,
                    struct str *value)
{
  *value = value_text(row, settings, arena);
  struct str fallback = str_from(row->fallback);
  if (row->type == OPTION_INT || row->type == OPTION_REAL) {
    double then = row->fallback ? strtod(row->fallback, NULL) : 0;
    return strtod(value->ptr, NULL) != then;
  }
  if (row->type == OPTION_FLAG && !row->fallback)
    fallback = STR("false");
  return value->len != fallback.len || !str_equal(*value, fallback);
}
