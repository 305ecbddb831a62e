/* profile_case.h - cases of a peer's rule: gold, response, what it takes and says. */
#ifndef OREO_TESTS_PROFILE_CASE_H
#define OREO_TESTS_PROFILE_CASE_H

#include "grade/grader.h"
#include "test.h"

struct profile_case {
  const char *gold, *response;
  const char *extracted; /* NULL: no answer */
  bool correct;
};

static inline void check_profile(const char *profile, enum grade_answers answers,
                                 enum grade_kind kind, const struct profile_case *cases,
                                 size_t n)
{
  struct err err = { 0 };
  const struct grader_opts opts = { .profile = str_from(profile), .answers = answers };
  struct grader *grader = grader_create(&opts, &err);
  if (!grader)
    fail_msg("%s", err.msg);
  for (size_t i = 0; i < n; i++) {
    const struct profile_case *c = &cases[i];
    struct grade g =
        grader_grade(grader, str_from(c->gold), str_from(c->response), kind, FINISH_STOP);
    enum verdict expected = !c->extracted ? VERDICT_NO_ANSWER
                            : c->correct  ? VERDICT_CORRECT
                                          : VERDICT_WRONG;
    if (g.verdict != expected ||
        (c->extracted && !str_equal(g.extracted, str_from(c->extracted))))
      fail_msg("%s, gold '%s', '%s': got %s '%.*s'", profile, c->gold, c->response,
               verdict_name(g.verdict), STR_ARG(g.extracted));
  }
  grader_free(grader);
}

#endif
