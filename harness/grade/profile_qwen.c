/* Qwen2.5-Math's evaluation: one ladder for every data set, then the loose equality. */
#include "grade/loose.h"
#include "grade/rewrite.h"

static struct str choice_letter(struct str s)
{
  struct str found = STR_NONE;
  for (size_t i = 0; i < s.len; i++) {
    bool alone = (i == 0 || !char_is_alnum(s.ptr[i - 1])) &&
                 (i + 1 == s.len || !char_is_alnum(s.ptr[i + 1]));
    if (alone && s.ptr[i] >= 'A' && s.ptr[i] <= 'E')
      found = str_slice(s, i, i + 1);
  }
  return found;
}

static struct str qwen_extract(const struct grade_case *c, const char **rule)
{
  struct str s = c->response, found = loose_minerva(s);
  *rule = "minerva";
  if (str_present(found))
    return found;
  ptrdiff_t box = str_find_last(s, STR("boxed"));
  *rule = "boxed";
  if (box >= 0)
    return loose_box(s, (size_t)box + 5);
  static const char *const phrases[] = { "he answer is", "final answer is",
                                         "\xE7\xAD\x94\xE6\xA1\x88\xE6\x98\xAF" };
  *rule = "he answer is";
  for (size_t i = 0; i < COUNT(phrases); i++) {
    found = loose_behind(s, phrases[i]);
    if (str_present(found))
      return found;
  }
  *rule = "last number";
  return loose_last_number(c->arena, s);
}

static struct grade qwen_grade(const struct grade_case *c)
{
  const struct tolerance tolerance = { 1e-4, 0 };
  const char *rule = "bare";
  struct str found = c->response;
  if (c->kind == GRADE_RESPONSE)
    found = qwen_extract(c, &rule);
  if (!str_present(found))
    return profile_verdict(c, found, rule, false);
  struct str answer = found;
  if (answer.len && answer.ptr[0] == ':')
    answer = str_slice(answer, 1, answer.len);
  while (answer.len && strchr("./", answer.ptr[answer.len - 1]))
    answer.len--;
  struct str gold_box = rewrite_last_boxed(c->gold);
  struct str gold = str_present(gold_box) ? gold_box : str_trim(c->gold);
  bool choice = gold.len == 1 && gold.ptr[0] >= 'A' && gold.ptr[0] <= 'E';
  bool same = (choice && str_equal(choice_letter(answer), gold)) ||
              loose_same(c, gold, answer, tolerance);
  return profile_verdict(c, found, rule, same);
}

const struct profile profile_qwen = {
  .info = { "qwen", "2.5", "evaluation/parser.py and grader.py of Qwen2.5-Math",
            "last box, then \"he answer is\", then the last number; relative 1e-4" },
  .grade = qwen_grade,
};
