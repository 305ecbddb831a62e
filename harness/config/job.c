/* job.c - job files: the option table read from `name = value` lines. */
#include "base/buf.h"
#include "config/options.h"

struct job {
  const struct option *table;
  void *settings;
  const char *section, *path;
  struct arena *arena;
  size_t line;
  bool in_section, found;
  bool any_section; /* a section line has come */
};

static int parse_section(struct job *job, struct str line, struct err *err)
{
  if (line.ptr[line.len - 1] != ']')
    return err_set(err, ERR_USAGE, "%s:%zu: a section line ends in ']'", job->path,
                   job->line);
  struct str name = str_trim(str_slice(line, 1, line.len - 1));
  job->in_section = str_equal(name, str_from(job->section));
  job->found |= job->in_section;
  job->any_section = true;
  return 0;
}

/* A setting goes through the same parser as the command line, as one "--name=value". */
static int parse_setting(struct job *job, struct str line, struct err *err)
{
  ptrdiff_t equals = str_find_char(line, '=');
  if (equals <= 0)
    return err_set(err, ERR_USAGE, "%s:%zu: expected 'name = value', found '%.*s'",
                   job->path, job->line, STR_ARG(str_slice(line, 0, 64)));
  struct str name = str_trim(str_slice(line, 0, (size_t)equals));
  struct str value = str_trim(str_slice(line, (size_t)equals + 1, line.len));
  struct str word = arena_printf(job->arena, "--%.*s=%.*s", STR_ARG(name), STR_ARG(value));
  char *argv[] = { arena_cstr(job->arena, word) };
  struct arguments arguments;
  if (options_parse(job->table, job->settings, 1, argv, &arguments, job->arena, err) < 0)
    return err_wrap(err, "%s:%zu", job->path, job->line);
  return 0;
}

int options_parse_job(const struct option *table, void *settings, struct str text,
                      const char *section, const char *path, struct arena *arena,
                      struct err *err)
{
  size_t bad;
  if (!str_is_utf8(text, &bad) || memchr(text.ptr ? text.ptr : "", '\0', text.len))
    return err_set(err, ERR_USAGE, "%s: a job file is UTF-8 text without zero bytes", path);
  struct job job = { .table = table, .settings = settings, .section = section,
                     .path = path, .arena = arena };
  while (text.len) {
    struct str line = str_trim(str_next_line(&text));
    job.line++;
    int rc = 0;
    if (line.len && line.ptr[0] == '[')
      rc = parse_section(&job, line, err);
    else if (line.len && line.ptr[0] != '#' && !job.any_section)
      rc = err_set(err, ERR_USAGE,
                   "%s:%zu: '%.*s' stands before the first section; put [%s] above it",
                   path, job.line, STR_ARG(str_slice(line, 0, 64)), section);
    else if (line.len && line.ptr[0] != '#' && job.in_section)
      rc = parse_setting(&job, line, err);
    if (rc < 0)
      return -1;
  }
  if (!job.found)
    return err_set(err, ERR_USAGE, "%s: there is no section [%s] in it", path, section);
  return 0;
}
