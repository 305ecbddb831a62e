/* The OREO authors' evaluation, a fork of DeepSeek-Math's: all boxes count. */
#include "grade/loose.h"
#include "grade/rewrite.h"

enum { LIMIT_ANSWERS = 32 };

struct answers {
  struct str at[LIMIT_ANSWERS];
  size_t n;
  const char *rule;
};

static void add(struct answers *answers, struct str s)
{
  s = loose_trim(s);
  if (answers->n == LIMIT_ANSWERS) { /* the last ones count */
    memmove(answers->at, answers->at + 1, (LIMIT_ANSWERS - 1) * sizeof answers->at[0]);
    answers->n--;
  }
  answers->at[answers->n++] = s;
}

/* "3 \text{ and } 4" are two answers. */
static void add_joined(struct answers *answers, struct str s)
{
  static const struct str joint = { "\\text{ and }", 12 };
  ptrdiff_t at;
  while ((at = str_find(s, joint)) >= 0) {
    add(answers, str_slice(s, 0, (size_t)at));
    s = str_slice(s, (size_t)at + joint.len, s.len);
  }
  add(answers, s);
}

/* Boxes in the last 64 KiB, in the order of the text. */
static void add_boxes(struct answers *answers, struct str s)
{
  struct str rest = s.len > (64 << 10) ? str_slice(s, s.len - (64 << 10), s.len) : s;
  size_t starts[LIMIT_ANSWERS], n = 0;
  for (ptrdiff_t at; n < LIMIT_ANSWERS && (at = str_find_last(rest, STR("boxed"))) >= 0;
       rest = str_slice(rest, 0, (size_t)at))
    starts[n++] = (size_t)(rest.ptr - s.ptr) + (size_t)at + 5;
  while (n-- > 0)
    add_joined(answers, loose_box(str_slice(s, 0, starts[n] + 8192), starts[n]));
}

/* What a program printed: the last ```output block. */
static struct str program_output(struct str s)
{
  struct str found = loose_behind(s, "```output\n");
  ptrdiff_t end = str_present(found) ? str_find(found, STR("```")) : -1;
  return end < 0 ? found : str_trim(str_slice(found, 0, (size_t)end));
}

static void extract(const struct grade_case *c, struct str s, struct answers *answers)
{
  answers->n = 0;
  answers->rule = "minerva";
  struct str found = loose_minerva(s);
  if (!str_present(found) && str_find(s, STR("boxed")) >= 0) {
    answers->rule = "boxed";
    add_boxes(answers, s);
    return;
  }
  if (!str_present(found)) {
    answers->rule = "he answer is";
    found = loose_behind(s, "he answer is");
  }
  if (!str_present(found)) {
    answers->rule = "output";
    found = program_output(s);
  }
  if (!str_present(found)) {
    answers->rule = "last number";
    found = loose_last_number(c->arena, s);
  }
  if (str_present(found))
    add_joined(answers, found);
}

static void gold_answers(const struct grade_case *c, struct answers *golds)
{
  golds->n = 0;
  if (str_find(c->gold, STR("boxed")) >= 0)
    add_boxes(golds, c->gold);
  else
    add_joined(golds, c->gold);
}

static const struct tolerance tolerance = { 0, 1e-3 };

static struct grade gsm8k_grade(const struct grade_case *c)
{
  struct answers answers = { .n = 0, .rule = "bare" };
  if (c->kind == GRADE_BARE)
    add(&answers, c->response);
  else
    extract(c, c->response, &answers);
  if (!answers.n)
    return profile_verdict(c, STR_NONE, answers.rule, false);
  ptrdiff_t mark = str_find_last(c->gold, STR("####"));
  struct str gold =
      mark < 0 ? c->gold : str_slice(c->gold, (size_t)mark + 4, c->gold.len);
  struct str last = answers.at[answers.n - 1];
  return profile_verdict(c, last, answers.rule,
                         loose_same(c, str_trim(gold), last, tolerance));
}

/* As many of the last answers as there are golds, in any order. */
static bool same_set(const struct grade_case *c, const struct answers *golds,
                     const struct answers *answers)
{
  bool used[LIMIT_ANSWERS] = { false };
  size_t skip = answers->n > golds->n ? answers->n - golds->n : 0;
  if (answers->n < golds->n)
    return false;
  for (size_t g = 0; g < golds->n; g++) {
    size_t a = skip;
    while (a < answers->n &&
           (used[a] || !loose_same(c, golds->at[g], answers->at[a], tolerance)))
      a++;
    if (a == answers->n)
      return false;
    used[a] = true;
  }
  return true;
}

static struct grade math_grade(const struct grade_case *c)
{
  struct answers answers = { .n = 0, .rule = "bare" }, golds;
  if (c->kind == GRADE_BARE)
    add_joined(&answers, c->response);
  else
    extract(c, c->response, &answers);
  if (!answers.n)
    return profile_verdict(c, STR_NONE, answers.rule, false);
  gold_answers(c, &golds);
  return profile_verdict(c, answers.at[answers.n - 1], answers.rule,
                         same_set(c, &golds, &answers));
}

/* Two rules by data set: numbers (GSM8K) and anything (MATH). */
static struct grade oreo_grade(const struct grade_case *c)
{
  return c->answers == GRADE_NUMBERS ? gsm8k_grade(c) : math_grade(c);
}

const struct profile profile_oreo = {
  .info = { "oreo", "1", "openrlhf/datasets/answer_extraction.py and eval/eval_script.py",
            "DeepSeek-Math's ladder, sets of boxes, absolute 1e-3" },
  .grade = oreo_grade,
};
