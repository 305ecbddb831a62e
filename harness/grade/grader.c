#include "grade/grader.h"

#include <stdlib.h>

#include "grade/profile.h"

enum {
  LIMIT_SCRATCH = 64 << 20
}; /* bytes of one grade; the rest of the caps keep far below */

struct grader {
  const struct profile *profile;
  enum grade_answers answers;
  struct pattern *patterns[PROFILE_PATTERNS];
  struct pattern *answer_pattern;
  struct arena scratch; /* reset before each grade */
};

static const struct reason {
  const char *name, *text;
} reasons[] = {
#define XX(id, name, text) { name, text },
  GRADE_REASON_MAP(XX)
#undef XX
};

const char *grade_reason_name(enum grade_reason reason)
{
  return (size_t)reason < COUNT(reasons) ? reasons[reason].name : "unknown";
}

const char *grade_reason_text(enum grade_reason reason)
{
  return (size_t)reason < COUNT(reasons) ? reasons[reason].text : "unknown";
}

int grade_reason_from_name(struct str name)
{
  for (size_t i = 0; i < COUNT(reasons); i++) {
    if (str_equal(name, str_from(reasons[i].name)))
      return (int)i;
  }
  return -1;
}

static int unknown_profile(struct str name, struct err *err)
{
  const struct grade_profile_info *info, *nearest = NULL;
  size_t least = SIZE_MAX;
  for (size_t i = 0; (info = grader_profile_at(i)); i++) {
    size_t distance = str_distance(name, str_from(info->name));
    if (distance < least) {
      least = distance;
      nearest = info;
    }
  }
  return err_set(err, ERR_USAGE, "unknown grader profile '%.*s'; did you mean '%s'?",
                 STR_ARG(str_slice(name, 0, 80)), nearest->name);
}

static int compile_patterns(struct grader *grader, struct str answer_pattern,
                            struct err *err)
{
  for (size_t i = 0; i < PROFILE_PATTERNS && grader->profile->patterns[i].source; i++) {
    const struct profile_pattern *p = &grader->profile->patterns[i];
    grader->patterns[i] = pattern_create(str_from(p->source), p->options, err);
    if (!grader->patterns[i])
      return -1;
  }
  if (!str_present(answer_pattern) || answer_pattern.len == 0)
    return 0;
  grader->answer_pattern = pattern_create(answer_pattern, PATTERN_PLAIN, err);
  return grader->answer_pattern ? 0 : err_wrap(err, "answer_pattern");
}

struct grader *grader_create(const struct grader_opts *opts, struct err *err)
{
  struct str name =
      str_present(opts->profile) && opts->profile.len ? opts->profile : STR("robust");
  const struct profile *profile = profile_find(name);
  if (!profile) {
    unknown_profile(name, err);
    return NULL;
  }
  struct grader *grader = mem_alloc(sizeof *grader);
  *grader = (struct grader){ .profile = profile, .answers = opts->answers };
  arena_init(&grader->scratch, LIMIT_SCRATCH);
  if (compile_patterns(grader, opts->answer_pattern, err) < 0) {
    grader_free(grader);
    return NULL;
  }
  return grader;
}

void grader_free(struct grader *grader)
{
  if (!grader)
    return;
  for (size_t i = 0; i < PROFILE_PATTERNS; i++)
    pattern_free(grader->patterns[i]);
  pattern_free(grader->answer_pattern);
  arena_release(&grader->scratch);
  free(grader);
}

struct grade grader_grade(struct grader *grader, struct str gold, struct str response,
                          enum grade_kind kind, enum finish finish)
{
  arena_reset(&grader->scratch);
  struct grade grade = {
    .verdict = VERDICT_NO_ANSWER, .reason = GRADE_NO_RESPONSE, .rule = "", .category = ""
  };
  if (str_present(response) && str_trim(response).len) {
    const struct grade_case c = {
      .gold = str_present(gold) ? gold : STR(""),
      .response = response,
      .kind = kind,
      .answers = grader->answers,
      .arena = &grader->scratch,
      .patterns = grader->patterns,
      .answer_pattern = grader->answer_pattern,
    };
    grade = grader->profile->grade(&c);
  }
  if (grade.verdict == VERDICT_NO_ANSWER && finish == FINISH_LENGTH) {
    grade.verdict = VERDICT_TRUNCATED;
    grade.reason = GRADE_CUT_OFF;
  }
  return grade;
}

bool grader_same(struct grader *grader, struct str a, struct str b)
{
  return grader_grade(grader, a, b, GRADE_BARE, FINISH_UNKNOWN).verdict ==
         VERDICT_CORRECT;
}

const struct grade_profile_info *grader_profile_at(size_t index)
{
  const struct profile *profile = profile_at(index);
  return profile ? &profile->info : NULL;
}
