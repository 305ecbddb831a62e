/* cli.h - the commands: one file each (cmd_<name>.c), one row each in commands.h.
 *
 * A command declares its settings, its option rows and what it does; cli.c parses, prints
 * the help, reads `--job`, sets the verbosity and turns the error into the exit status.
 * Results go to standard output, everything else to standard error (base/log.h).
 * Adding a command: write cmd_<name>.c with `const struct command command_<name>`, add
 * `XX(<name>)` to commands.h.
 */
#ifndef OREO_CLI_CLI_H
#define OREO_CLI_CLI_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/options.h"

/* What every command gets. */
struct command_call {
  void *settings;             /* the command's own struct, filled */
  struct arguments arguments; /* what is left: suites, files */
  const struct command *command;
  struct arena *arena;        /* lives until the command returns */
  bool json;                  /* --json: the result as JSON on standard output */
  bool quiet;
};

struct command {
  const char *name;     /* "run" */
  const char *synopsis; /* what follows the name: "SUITE[,SUITE...] [options]" */
  const char *about;    /* one line, for the list of commands */
  const char *detail;   /* paragraphs and examples below the options; NULL: none */
  const struct option *options; /* ended by OPTION_END; --help --json --quiet --verbose
                                   --job are added to every command */
  /* further rows, but for those of a name that `options` has; NULL: none */
  const struct option *shared;
  size_t settings_size;
  size_t min_arguments, max_arguments;
  /* 0, or -1 with `err` set: its code is the exit status. */
  int (*run)(struct command_call *call, struct err *err);
};

/* The whole program: argv as main got it; returns the exit status. */
int cli_main(int argc, char **argv);

/* Writes all of `out` to standard output; ERR_ENV when that fails (a closed pipe, a full
 * disk), so that a lost result is never a silent one. */
NODISCARD int cli_print(const struct buf *out, struct err *err);

#endif
