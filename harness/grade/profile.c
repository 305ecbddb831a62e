#include "grade/profile.h"

#include "grade/answer.h"
#include "grade/limits.h"

static const struct profile *const profiles[] = {
  &profile_robust,
  &profile_lmeval_gsm8k_strict,
  &profile_lmeval_gsm8k_flexible,
  &profile_lmeval_gsm8k_cot,
  &profile_lmeval_minerva,
  &profile_lmeval_hendrycks,
  &profile_oreo,
  &profile_qwen,
  &profile_prm800k,
  &profile_hendrycks,
};

const struct profile *profile_at(size_t index)
{
  return index < COUNT(profiles) ? profiles[index] : NULL;
}

const struct profile *profile_find(struct str name)
{
  for (size_t i = 0; i < COUNT(profiles); i++) {
    const struct grade_profile_info *info = &profiles[i]->info;
    struct str own = str_from(info->name), version = str_from(info->version);
    if (!str_starts(name, own))
      continue;
    struct str rest = str_slice(name, own.len, name.len);
    if (rest.len == 0 ||
        (rest.ptr[0] == '@' && str_equal(str_slice(rest, 1, rest.len), version)))
      return profiles[i];
  }
  return NULL;
}

struct grade profile_verdict(const struct grade_case *c, struct str extracted,
                             const char *rule, bool same)
{
  struct grade grade = { .verdict = same ? VERDICT_CORRECT : VERDICT_WRONG,
                         .reason = same ? GRADE_RULE_SAID_YES : GRADE_RULE_SAID_NO,
                         .extracted = extracted,
                         .rule = rule,
                         .category = "" };
  if (!str_present(extracted)) {
    grade.verdict = VERDICT_NO_ANSWER;
    grade.reason = GRADE_NOTHING_FOUND;
    return grade;
  }
  uintptr_t at = (uintptr_t)extracted.ptr, begin = (uintptr_t)c->response.ptr;
  if (at >= begin && at + extracted.len <= begin + c->response.len) {
    grade.span_at = at - begin;
    grade.span_len = extracted.len;
  }
  return grade;
}

/* A word of prose is a product of letters to an algebra system: equal to nothing here. */
static bool has_word(struct str s)
{
  static const char *const known[] = { "sqrt",   "sin",    "cos",    "tan", "log",
                                       "exp",    "cot",    "sec",    "csc", "arcsin",
                                       "arccos", "arctan", "pmatrix" };
  for (size_t i = 0; i < s.len;) {
    size_t from = i, k = 0;
    while (i < s.len && char_is_alpha(s.ptr[i]))
      i++;
    struct str word = str_slice(s, from, i);
    bool command = from > 0 && s.ptr[from - 1] == '\\';
    while (k < COUNT(known) && !str_equal(word, str_from(known[k])))
      k++;
    if (word.len >= 3 && !command && k == COUNT(known))
      return true;
    i += i == from;
  }
  return false;
}

bool profile_same_value(const struct grade_case *c, struct str gold, struct str answer)
{
  if (has_word(gold) || has_word(answer))
    return false;
  struct budget budget = { LIMIT_TICKS };
  enum grade_reason reason = GRADE_DIFFERENT_TEXT;
  const struct answer *a = answer_parse(c->arena, gold, &budget);
  const struct answer *b = answer_parse(c->arena, answer, &budget);
  return answer_is_math(a) && answer_is_math(b) &&
         answer_same(a, b, c->arena, &budget, &reason);
}
