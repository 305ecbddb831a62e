#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "config/version.h"

#define XX(name) extern const struct command command_##name;
COMMAND_MAP(XX)
#undef XX

static const struct command *const commands[] = {
#define XX(name) &command_##name,
  COMMAND_MAP(XX)
#undef XX
  NULL
};

/* ---- options that every command has ---- */

struct common {
  bool help, json, quiet, verbose;
  const char *job;
};

static const struct option common_options[] = {
  { "json", 0, NULL, NULL, NULL, "print the result as JSON", OPTION_FLAG,
    offsetof(struct common, json), 0, 0 },
  { "job", 0, "config", "FILE", NULL,
    "read options from the section of a job file; the command line wins", OPTION_TEXT,
    offsetof(struct common, job), 0, 0 },
  { "quiet", 'q', NULL, NULL, NULL, "no notes and no progress on standard error",
    OPTION_FLAG, offsetof(struct common, quiet), 0, 0 },
  { "verbose", 'v', NULL, NULL, NULL, "say more on standard error", OPTION_FLAG,
    offsetof(struct common, verbose), 0, 0 },
  { "help", 'h', NULL, NULL, NULL, "print this help", OPTION_FLAG,
    offsetof(struct common, help), 0, 0 },
  OPTION_END
};

/* The common settings lie behind the command's own, aligned. */
static size_t common_offset(const struct command *command)
{
  const size_t align = _Alignof(max_align_t);
  return (command->settings_size + align - 1) / align * align;
}

static const struct common *common_of(const struct command *command, const void *settings)
{
  return (const void *)((const char *)settings + common_offset(command));
}

static size_t count_rows(const struct option *rows)
{
  size_t n = 0;
  while (rows && rows[n].name)
    n++;
  return n;
}

static bool has_row(const struct option *rows, const char *name)
{
  for (; rows->name; rows++)
    if (strcmp(rows->name, name) == 0)
      return true;
  return false;
}

/* The command's rows, those it shares, and then the common ones. */
static const struct option *join_options(const struct command *command, struct arena *arena)
{
  size_t n = count_rows(command->options), n_common = COUNT(common_options);
  size_t n_shared = count_rows(command->shared);
  struct option *all = ARENA_NEW(arena, struct option, n + n_shared + n_common);
  memcpy(all, command->options, n * sizeof *all);
  for (size_t i = 0; i < n_shared; i++)
    if (!has_row(command->options, command->shared[i].name))
      all[n++] = command->shared[i];
  memcpy(all + n, common_options, n_common * sizeof *all);
  for (size_t i = n; i < n + n_common; i++)
    all[i].offset += common_offset(command);
  return all;
}

/* ---- help ---- */

static void print_command_help(struct buf *out, const struct command *command,
                               const struct option *options)
{
  buf_printf(out, "oreo-bench %s %s\n\n%s\n\nOptions:\n", command->name, command->synopsis,
             command->about);
  options_help(out, options);
  if (command->detail)
    buf_printf(out, "\n%s\n", command->detail);
}

static void print_program_help(struct buf *out)
{
  buf_add_cstr(out, "oreo-bench COMMAND ...\n\n"
                    "Evaluates language models on reasoning suites, and says with proper "
                    "statistics\nwhich one is better.\n\nCommands:\n");
  for (const struct command *const *c = commands; *c; c++)
    buf_printf(out, "  %-14s %s\n", (*c)->name, (*c)->about);
  buf_add_cstr(out, "\n'oreo-bench COMMAND --help' tells more. Start with:\n"
                    "  oreo-bench run gsm8k\n\nEnvironment:\n");
  for (int i = 0; i < ENV_COUNT; i++)
    buf_printf(out, "  %-22s %s\n", env_name((enum env_variable)i),
               env_about((enum env_variable)i));
  buf_add_cstr(out, "\nExit status:\n");
#define XX(name, status, text) buf_printf(out, "  %3d  %s\n", status, text);
  ERR_MAP(XX)
#undef XX
}

/* docs/OPTIONS.md; a test compares the committed page with this. */
static void print_markdown(struct buf *out, struct arena *arena)
{
  buf_add_cstr(out, "# Options\n\nMade by `oreo-bench help --markdown`; do not edit.\n");
  for (const struct command *const *c = commands; *c; c++) {
    buf_printf(out, "\n## `oreo-bench %s %s`\n\n%s\n\n", (*c)->name, (*c)->synopsis,
               (*c)->about);
    options_markdown(out, join_options(*c, arena));
    if ((*c)->detail)
      buf_printf(out, "\n```\n%s\n```\n", (*c)->detail);
  }
}

int cli_print(const struct buf *out, struct err *err)
{
  struct str bytes = buf_str(out);
  if (buf_failed(out))
    return err_set(err, ERR_ENV, "the result is larger than %zu bytes", out->cap);
  if (fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len || fflush(stdout) != 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot write to standard output");
  return 0;
}

/* ---- running a command ---- */

static const char *command_name_at(size_t index)
{
  return index + 1 < COUNT(commands) ? commands[index]->name : NULL;
}

static const struct command *find_command(struct str name)
{
  for (const struct command *const *c = commands; *c; c++)
    if (str_equal(name, str_from((*c)->name)))
      return *c;
  return NULL;
}

static int check_arguments(const struct command *command, const struct arguments *arguments,
                           struct err *err)
{
  if (arguments->count < command->min_arguments)
    return err_set(err, ERR_USAGE, "something is missing; write: oreo-bench %s %s",
                   command->name, command->synopsis);
  if (arguments->count > command->max_arguments)
    return err_set(err, ERR_USAGE, "'%s' is one argument too many; write: oreo-bench %s %s",
                   arguments->at[command->max_arguments], command->name, command->synopsis);
  return 0;
}

/* Where --job FILE stands on the command line decides nothing: it is applied first. */
static int apply_job(const char *path, const struct command *command,
                     const struct option *options, void *settings, struct arena *arena,
                     struct err *err)
{
  enum { JOB_MAX_BYTES = 1 << 20 }; /* a job file is a page of text */
  struct buf text;
  buf_init(&text, JOB_MAX_BYTES);
  int rc = fs_read(path, &text, err);
  if (rc == 0)
    rc = options_parse_job(options, settings, arena_str(arena, buf_str(&text)),
                           command->name, path, arena, err);
  buf_release(&text);
  return rc;
}

/* A list on the command line replaces the job file's instead of adding to it. */
static void keep_lists(const struct option *options, const void *given, void *settings,
                       struct arena *arena)
{
  struct str value;
  for (const struct option *row = options; row->name; row++)
    if (row->type == OPTION_TEXTS && option_changed(row, given, arena, &value))
      memcpy((char *)settings + row->offset, (const char *)given + row->offset,
             sizeof(struct texts));
}

static int parse_settings(const struct command *command, const struct option *options,
                          int argc, char **argv, void *settings,
                          struct arguments *arguments, struct arena *arena, struct err *err)
{
  const struct common *common = common_of(command, settings);
  options_default(options, settings, arena);
  if (options_parse(options, settings, argc, argv, arguments, arena, err) < 0)
    return -1;
  const char *job = common->job;
  if (!job || common->help)
    return 0;
  size_t size = common_offset(command) + sizeof *common;
  const void *given = memcpy(arena_alloc(arena, size), settings, size);
  options_default(options, settings, arena);
  if (apply_job(job, command, options, settings, arena, err) < 0 ||
      options_parse(options, settings, argc, argv, arguments, arena, err) < 0)
    return -1;
  keep_lists(options, given, settings, arena);
  return 0;
}

static int run_command(const struct command *command, int argc, char **argv,
                       struct arena *arena, struct err *err)
{
  const struct option *options = join_options(command, arena);
  void *settings = arena_alloc(arena, common_offset(command) + sizeof(struct common));
  const struct common *common = common_of(command, settings);
  struct command_call call = { .settings = settings, .command = command, .arena = arena };
  if (parse_settings(command, options, argc, argv, settings, &call.arguments, arena, err) < 0)
    return -1;
  if (common->help) {
    struct buf out;
    buf_init(&out, BUF_CAP_OWN);
    print_command_help(&out, command, options);
    int rc = cli_print(&out, err);
    buf_release(&out);
    return rc;
  }
  log_set_level(common->quiet     ? LOG_QUIET
                : common->verbose ? LOG_VERBOSE
                                  : LOG_NORMAL);
  call.json = common->json;
  call.quiet = common->quiet;
  if (check_arguments(command, &call.arguments, err) < 0)
    return -1;
  return command->run(&call, err);
}

static int print_help(bool markdown, struct arena *arena, struct err *err)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  if (markdown)
    print_markdown(&out, arena);
  else
    print_program_help(&out);
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

static int print_version(struct err *err)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  buf_printf(&out, "oreo-bench %s (%s)\n", version_program(), version_commit());
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

static int dispatch(int argc, char **argv, struct arena *arena, struct err *err)
{
  struct str name = argc > 1 ? str_from(argv[1]) : STR("--help");
  if (str_equal(name, STR("--help")) || str_equal(name, STR("-h")) ||
      str_equal(name, STR("help")))
    return print_help(argc > 2 && strcmp(argv[2], "--markdown") == 0, arena, err);
  if (str_equal(name, STR("--version")))
    return print_version(err);
  const struct command *command = find_command(name);
  if (command)
    return run_command(command, argc - 2, argv + 2, arena, err);
  /* lm-eval: options without a command mean `run` */
  if (name.ptr[0] == '-' && find_command(STR("run")))
    return run_command(find_command(STR("run")), argc - 1, argv + 1, arena, err);
  const char *nearest = name_nearest(name, command_name_at);
  return err_set(err, ERR_USAGE, "no command '%s'; %s%s%s", name.ptr,
                 nearest ? "the nearest is '" : "'oreo-bench --help' lists what there is",
                 nearest ? nearest : "", nearest ? "'" : "");
}

int cli_main(int argc, char **argv)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  int rc = dispatch(argc, argv, &arena, &err);
  if (rc < 0)
    log_error(&err);
  arena_release(&arena);
  return rc < 0 ? err_exit_status(err.code) : 0;
}
