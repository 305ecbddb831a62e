/* cmd_grade.c - oreo-bench grade: are these answers right? */
#include <stdint.h>

#include "cli/grade.h"

static const struct option options[] = {
  { "pairs", 0, NULL, NULL, NULL,
    "answer each JSON line {\"gold\",\"pred\",\"kind\"} of standard input with 1 or 0",
    OPTION_FLAG, offsetof(struct grade_settings, pairs), 0, 0 },
  { "profile", 'p', "grader", "NAME", "robust", "the rule to grade by", OPTION_TEXT,
    offsetof(struct grade_settings, profile), 0, 0 },
  { "profiles", 0, NULL, "NAMES", NULL,
    "compare rules on the same answers: all, or names joined by ','; list: what there is",
    OPTION_TEXT, offsetof(struct grade_settings, profiles), 0, 0 },
  { "suite", 's', NULL, "SUITE", NULL, "the golds are those of this suite's items",
    OPTION_TEXT, offsetof(struct grade_settings, suite), 0, 0 },
  { "data", 'd', NULL, "FILE", NULL, "items of the suite; else fetched or built-in ones",
    OPTION_TEXT, offsetof(struct grade_settings, data), 0, 0 },
  { "split", 0, NULL, "NAME", NULL, "split of the suite", OPTION_TEXT,
    offsetof(struct grade_settings, split), 0, 0 },
  { "answers", 0, NULL, "KIND", NULL,
    "number or anything: what golds are; else as the suite says", OPTION_TEXT,
    offsetof(struct grade_settings, answers), 0, 0 },
  { "each", 0, NULL, NULL, NULL,
    "print the whole verdict on every answer, a JSON line each", OPTION_FLAG,
    offsetof(struct grade_settings, each), 0, 0 },
  OPTION_END
};

static int run(struct command_call *call, struct err *err)
{
  const struct grade_settings *settings = call->settings;
  struct str profiles = str_from(settings->profiles);
  if (settings->pairs && call->arguments.count)
    return err_set(err, ERR_USAGE,
                   "--pairs reads standard input and '%s' is a file; give "
                   "one of them",
                   call->arguments.at[0]);
  if (settings->pairs)
    return grade_pairs(call, err);
  if (str_present(profiles) && str_equal(profiles, STR("list")))
    return grade_profiles_list(call, err);
  if (!call->arguments.count)
    return err_set(err, ERR_USAGE,
                   "no file of answers is named; write: oreo-bench grade "
                   "FILE..., or --pairs to read standard input");
  return str_present(profiles) ? grade_profiles(call, err) : grade_report(call, err);
}

const struct command command_grade = {
  .name = "grade",
  .synopsis = "FILE[#FIELD]... | --pairs [options]",
  .about = "grade recorded answers, or pairs from standard input, by a named rule",
  .detail =
      "Examples:\n"
      "  oreo-bench grade samples_gsm8k.jsonl\n"
      "  oreo-bench grade answers.jsonl --suite gsm8k --data test.jsonl --profiles all\n"
      "  echo '{\"gold\":\"1/2\",\"pred\":\"so it is \\\\boxed{0.5}\",\"kind\":"
      "\"extraction\"}' |\n"
      "    oreo-bench grade --pairs\n"
      "\n"
      "In --pairs, kind \"extraction\" finds the answer in a whole response and\n"
      "\"equivalence\" compares two bare answers; a gold of null wants nothing to be\n"
      "found, and is 0. With --json the line is the verdict with reason, extracted text,\n"
      "span and rule. A line that cannot be read is answered 0 and noted on standard\n"
      "error.",
  .options = options,
  .settings_size = sizeof(struct grade_settings),
  .min_arguments = 0,
  .max_arguments = SIZE_MAX,
  .run = run,
};
