/* lm-evaluation-harness: gsm8k (strict-match, flexible-extract), gsm8k_cot, minerva_math,
 * hendrycks_math. The expressions are those of its task files and run as written. */
#include "grade/answer.h"
#include "grade/limits.h"
#include "grade/profile.h"
#include "grade/rewrite.h"

/* What exact_match removes from both sides, in its order, before it compares strings. */
static struct str exact_normal(struct arena *arena, struct str s)
{
  static const struct replacement rows[] = { { ",", "" }, { "$", "" }, { NULL, NULL } };
  ptrdiff_t mark = str_find_last(s, STR("#### "));
  if (mark >= 0)
    s = str_slice(s, (size_t)mark + 5, s.len);
  s = rewrite_table(arena, s, rows);
  if (s.len && s.ptr[s.len - 1] == '.')
    s.len--;
  return rewrite_lower(arena, s);
}

static struct grade exact_match(const struct grade_case *c, struct str extracted,
                                const char *rule)
{
  bool same = str_present(extracted) && str_equal(exact_normal(c->arena, extracted),
                                                  exact_normal(c->arena, c->gold));
  return profile_verdict(c, extracted, rule, same);
}

/* A filter with the first match, group 1; a bare answer needs no filter. */
static struct grade grade_first(const struct grade_case *c, const char *rule)
{
  struct pattern_match match;
  if (c->kind == GRADE_BARE)
    return exact_match(c, str_trim(c->response), "bare");
  if (!pattern_find(c->patterns[0], c->response, 0, &match))
    return profile_verdict(c, STR_NONE, rule, false);
  return exact_match(c, str_trim(match.groups[1]), rule);
}

static struct grade strict_grade(const struct grade_case *c)
{
  return grade_first(c, "strict-match");
}

static struct grade cot_grade(const struct grade_case *c)
{
  return grade_first(c, "the answer is");
}

/* The last match; of its groups the first that is not empty. */
static struct grade flexible_grade(const struct grade_case *c)
{
  struct pattern_match match;
  if (c->kind == GRADE_BARE)
    return exact_match(c, str_trim(c->response), "bare");
  if (!pattern_find_last(c->patterns[0], c->response, &match))
    return profile_verdict(c, STR_NONE, "flexible-extract", false);
  struct str found = match.groups[1].len ? match.groups[1] : match.groups[2];
  return exact_match(c, str_trim(found), "flexible-extract");
}

/* ---- minerva_math ---- */

static const struct replacement minerva_substitutions[] = {
  { "an ", "" },          { "a ", "" },
  { ".$", "$" },          { "\\$", "" },
  { "\\ ", "" },          { " ", "" },
  { "mbox", "text" },     { ",\\text{and}", "," },
  { "\\text{and}", "," }, { "\\text{m}", "\\text{}" },
  { NULL, NULL },
};

static const char *const minerva_removed[] = {
  "square",       "ways",
  "integers",     "dollars",
  "mph",          "inches",
  "ft",           "hours",
  "km",           "units",
  "\\ldots",      "sue",
  "points",       "feet",
  "minutes",      "digits",
  "cents",        "degrees",
  "cm",           "gm",
  "pounds",       "meters",
  "meals",        "edges",
  "students",     "childrentickets",
  "multiples",    "\\text{s}",
  "\\text{.}",    "\\text{\ns}",
  "\\text{}^2",   "\\text{}^3",
  "\\text{\n}",   "\\text{}",
  "\\mathrm{th}", "^\\circ",
  "^{\\circ}",    "\\;",
  ",\\!",         "{,}",
  "\"",           "\\dots",
};

/* "\name{inside}" becomes "inside": to the first closing brace, or, `greedy`, the last.
 */
static struct str unwrap(struct arena *arena, struct str s, const char *open, bool greedy)
{
  ptrdiff_t at;
  size_t from = 0;
  while ((at = str_find(str_slice(s, from, s.len), str_from(open))) >= 0) {
    size_t begin = from + (size_t)at, inside = begin + strlen(open);
    struct str rest = str_slice(s, inside, s.len);
    ptrdiff_t n = greedy ? str_find_last(rest, STR("}")) : str_find_char(rest, '}');
    if (n < 0)
      break;
    struct str tail = str_slice(rest, (size_t)n + 1, rest.len);
    s = arena_printf(arena, "%.*s%.*s%.*s", STR_ARG(str_slice(s, 0, begin)), (int)n,
                     rest.ptr, STR_ARG(tail));
    from = begin + (size_t)n;
  }
  return s;
}

/* "frac12" and "sqrt3" get their braces. */
static struct str brace_shorthand(struct arena *arena, struct str s, const char *word,
                                  size_t arguments)
{
  struct str w = str_from(word), out = STR("");
  size_t done = 0;
  for (size_t i = 0; i + w.len + arguments <= s.len; i++) {
    if (!str_starts(str_slice(s, i, s.len), w) || s.ptr[i + w.len] == '{')
      continue;
    const char *a = s.ptr + i + w.len;
    struct str before = str_slice(s, done, i + w.len);
    out = arguments == 1
              ? arena_printf(arena, "%.*s%.*s{%c}", STR_ARG(out), STR_ARG(before), a[0])
              : arena_printf(arena, "%.*s%.*s{%c}{%c}", STR_ARG(out), STR_ARG(before),
                             a[0], a[1]);
    done = i + w.len + arguments;
    i = done - 1;
  }
  return done ? arena_printf(arena, "%.*s%.*s", STR_ARG(out),
                             STR_ARG(str_slice(s, done, s.len)))
              : s;
}

static struct str minerva_normal(struct arena *arena, struct str s)
{
  ptrdiff_t equals = str_find_last(s, STR("="));
  s = str_slice(s, equals < 0 ? 0 : (size_t)equals + 1, s.len);
  s = rewrite_table(arena, str_slice(s, 0, LIMIT_PEER), minerva_substitutions);
  for (size_t i = 0; i < COUNT(minerva_removed); i++)
    s = rewrite_all(arena, s, minerva_removed[i], "");
  /* "it is $x$ then": x alone, the first pair of dollars */
  ptrdiff_t open = str_find_char(s, '$');
  ptrdiff_t close =
      open < 0 ? -1 : str_find_char(str_slice(s, (size_t)open + 1, s.len), '$');
  if (close >= 0)
    s = str_slice(s, (size_t)open + 1, (size_t)open + 1 + (size_t)close);
  s = unwrap(arena, s, "\\text{", false);
  s = unwrap(arena, s, "\\textbf{", false);
  s = unwrap(arena, s, "\\overline{", false);
  s = unwrap(arena, s, "\\boxed{", true);
  s = brace_shorthand(arena, s, "frac", 2);
  s = brace_shorthand(arena, s, "sqrt", 1);
  s = rewrite_all(arena, s, "$", "");
  struct str plain = rewrite_all(arena, s, ",", "");
  for (size_t i = 0; i < plain.len; i++) {
    if (!char_is_digit(plain.ptr[i]))
      return s;
  }
  return plain.len ? plain : s;
}

/* sympy's LaTeX reader knows expressions and relations only; what it cannot read equals
 * nothing, not even itself. */
static bool is_sympy_readable(const struct grade_case *c, struct str s)
{
  static const char *const unreadable[] = { "tuple",   "point",  "interval", "union",
                                            "matrix",  "vector", "list",     "set",
                                            "text",    "choice", "percent",  "base",
                                            "ratio",   "time",   "currency", "quantity",
                                            "boolean", "unit" };
  struct budget budget = { LIMIT_TICKS };
  const struct answer *answer = answer_parse(c->arena, s, &budget);
  struct str category = str_from(answer_category(answer));
  for (size_t i = 0; i < COUNT(unreadable); i++) {
    if (str_find(category, str_from(unreadable[i])) >= 0)
      return false;
  }
  return answer_is_math(answer);
}

static struct grade minerva_grade(const struct grade_case *c)
{
  static const char tail[] = "I hope it is correct.";
  const size_t n = sizeof tail - 1;
  struct str found = str_trim(c->response);
  if (c->kind == GRADE_RESPONSE) {
    /* the rule appends the tail itself and searches the sum */
    char *text = arena_alloc(c->arena, c->response.len + n + 1);
    memcpy(text, c->response.ptr, c->response.len);
    memcpy(text + c->response.len, tail, n);
    struct pattern_match match;
    struct str sum = { text, c->response.len + n };
    if (!pattern_find(c->patterns[0], sum, 0, &match))
      return profile_verdict(c, STR_NONE, "final answer", false);
    size_t at = (size_t)(match.groups[1].ptr - text);
    found = str_trim(str_slice(c->response, at, at + match.groups[1].len));
  }
  struct str gold_box = rewrite_last_boxed(c->gold);
  struct str gold = minerva_normal(c->arena, str_present(gold_box) ? gold_box : c->gold);
  struct str answer = minerva_normal(c->arena, found);
  bool same = is_sympy_readable(c, gold) && is_sympy_readable(c, answer) &&
              profile_same_value(c, gold, answer);
  return profile_verdict(c, found, "final answer", same);
}

/* ---- hendrycks_math ---- */

/* Everything between the first and the last dollar. */
static struct grade dollars_grade(const struct grade_case *c)
{
  struct str found = c->response;
  ptrdiff_t first = str_find_char(found, '$'), last = str_find_last(found, STR("$"));
  if (c->kind == GRADE_RESPONSE && first >= 0 && first < last)
    found = str_slice(found, (size_t)first + 1, (size_t)last);
  struct str gold_box = rewrite_last_boxed(c->gold);
  struct str gold = str_present(gold_box) ? gold_box : c->gold;
  bool same = found.len <= LIMIT_PEER && str_equal(hendrycks_normal(c->arena, found),
                                                   hendrycks_normal(c->arena, gold));
  return profile_verdict(c, found, "dollars", same);
}

const struct profile profile_lmeval_gsm8k_strict = {
  .info = { "lm-eval/gsm8k-strict", "3.0", "lm_eval/tasks/gsm8k/gsm8k.yaml",
            "the first \"#### number\", exact string" },
  .patterns = { { "#### (\\-?[0-9\\.\\,]+)", PATTERN_PLAIN } },
  .grade = strict_grade,
};

const struct profile profile_lmeval_gsm8k_flexible = {
  .info = { "lm-eval/gsm8k-flexible", "3.0", "lm_eval/tasks/gsm8k/gsm8k.yaml",
            "the last thing like a number, exact string" },
  .patterns = { { "(-?[$0-9.,]{2,})|(-?[0-9]+)", PATTERN_PLAIN } },
  .grade = flexible_grade,
};

const struct profile profile_lmeval_gsm8k_cot = {
  .info = { "lm-eval/gsm8k-cot", "3.0", "lm_eval/tasks/gsm8k/gsm8k-cot.yaml",
            "the first \"The answer is number.\", exact string" },
  .patterns = { { "The answer is (\\-?[0-9\\.\\,]+).", PATTERN_PLAIN } },
  .grade = cot_grade,
};

const struct profile profile_lmeval_minerva = {
  .info = { "lm-eval/minerva", "3.0", "lm_eval/tasks/minerva_math/utils.py",
            "\"Final Answer: The final answer is x. I hope it is correct.\" only" },
  .patterns = { { "Final Answer: The final answer is(.*?). I hope it is correct.",
                  PATTERN_PLAIN } },
  .grade = minerva_grade,
};

const struct profile profile_lmeval_hendrycks = {
  .info = { "lm-eval/hendrycks", "1.0", "lm_eval/tasks/hendrycks_math/utils.py",
            "text between the first and last dollar, string normal form" },
  .grade = dollars_grade,
};
