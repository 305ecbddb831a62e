// links: grade
/* A whole response against a gold, by every profile: the first line is the gold. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "grade/grader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input. */
static void check(const struct grade *grade, struct str response)
{
  if (grade->verdict == VERDICT_ERROR || grade->span_at > response.len ||
      grade->span_len > response.len - grade->span_at)
    abort();
  if (grade->verdict == VERDICT_CORRECT && !str_present(grade->extracted))
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str response = { size ? (const char *)data : "", size };
  struct str gold = str_next_line(&response);
  if (!str_present(gold))
    gold = STR("");
  if (!str_present(response))
    response = STR("");
  const struct grade_profile_info *info;
  for (size_t i = 0; (info = grader_profile_at(i)); i++) {
    struct err err;
    const struct grader_opts opts = { .profile = str_from(info->name),
                                      .answers =
                                          size % 2 ? GRADE_NUMBERS : GRADE_ANYTHING };
    struct grader *grader = grader_create(&opts, &err);
    if (!grader)
      abort();
    struct grade grade =
        grader_grade(grader, gold, response, GRADE_RESPONSE, FINISH_UNKNOWN);
    check(&grade, response);
    grade = grader_grade(grader, gold, response, GRADE_BARE, FINISH_LENGTH);
    check(&grade, response);
    grader_free(grader);
  }
  return 0;
}
