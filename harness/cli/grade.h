/* grade.h - the parts of `oreo-bench grade`: the filter, files of answers, profiles.
 *
 * Memory: the arena of the call, but for graders and maps, which each part frees. One
 * thread.
 */
#ifndef OREO_CLI_GRADE_H
#define OREO_CLI_GRADE_H

#include "cli/cli.h"
#include "grade/grader.h"
#include "task/recorded.h"

struct grade_settings {
  bool pairs, each;
  const char *profile, *profiles; /* one name; "all", "list" or names joined by ',' */
  const char *suite, *data, *split;
  const char *answers; /* "number", "anything", or NULL: as the suite says */
};

/* One answer to grade, with its gold from the file or from the items. */
struct grade_row {
  const struct recorded_answer *answer;
  struct str gold;
  struct str id; /* of the item, else the line number */
};

struct grade_file {
  const char *name; /* as given, with its #field */
  struct recorded_file recorded;
  struct grade_row *rows;
  size_t n_rows;
  size_t n_unjoined; /* answers to no item of --data */
};

struct grade_files {
  struct grade_file *at;
  size_t n;
  enum grade_answers answers;
  struct str answer_pattern; /* of the suite, or absent */
  struct str items;          /* what the golds come from, for the screen */
};

/* Reads every file and finds every gold. ERR_DATA when a file has no gold and no items
 * are given. */
NODISCARD int grade_files_load(struct grade_files *files, struct command_call *call,
                               struct err *err);

/* One grader of that profile for these files. */
struct grader *grade_open(const struct grade_files *files, const char *profile,
                          struct err *err);

/* JSON lines on standard input, an answer a line on standard output. */
NODISCARD int grade_pairs(struct command_call *call, struct err *err);
/* Accuracy of each file by one profile. */
NODISCARD int grade_report(struct command_call *call, struct err *err);
/* Accuracy by profile, and where profiles disagree. */
NODISCARD int grade_profiles(struct command_call *call, struct err *err);
NODISCARD int grade_profiles_list(struct command_call *call, struct err *err);

/* {equal, verdict, reason, extracted, span, rule, category, profile}, open or closed by
 * the caller. */
struct json_writer;
void grade_write(struct json_writer *w, const struct grade *grade, const char *profile);

#endif
