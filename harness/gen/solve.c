#include "gen/solve.h"

#include <assert.h>
#include <stdio.h>

#include "base/arena.h"

/* What a believer does with a step's formula. */
enum rewrite {
  REWRITE_GIVEN,     /* computes the step's `wrong` formula */
  REWRITE_PLUS,      /* + in place of the first sign */
  REWRITE_MINUS,     /* - in place of the first sign */
  REWRITE_SWAP,      /* b-a for a-b, b/a for a/b */
  REWRITE_FLIP,      /* / for *, * for /, - for +, + for - */
  REWRITE_FIRST,     /* takes the first operand as the result */
  REWRITE_SECOND,    /* takes the second operand as the result */
  REWRITE_100,       /* 100 for 60 */
  REWRITE_10,        /* 10 for 12 */
  REWRITE_NO_ONE,    /* leaves "+1" or "-1" away */
  REWRITE_UNIT_PART, /* a/d for a*n/d */
  REWRITE_SUM_ONLY,  /* a+b for (a+b)/2, s for s/2 */
  REWRITE_ROUND,     /* down for up and up for down */
};

static const struct rule {
  enum misconception misconception;
  enum step_kind kind;
  enum rewrite rewrite;
} rules[] = {
  { MISC_ADDS_FOR_EACH, STEP_EACH, REWRITE_PLUS },
  { MISC_TIMES_AS_PLUS, STEP_TIMES, REWRITE_PLUS },
  { MISC_SUBTRACTS_TO_SHARE, STEP_SHARE, REWRITE_MINUS },
  { MISC_INVERTS_DIVISION, STEP_RATE, REWRITE_SWAP },
  { MISC_INVERTS_DIVISION, STEP_SHARE, REWRITE_SWAP },
  { MISC_INVERTS_RATIO, STEP_RATIO, REWRITE_GIVEN },
  { MISC_PERCENT_AS_NUMBER, STEP_PERCENT, REWRITE_SECOND },
  { MISC_DISCOUNT_AS_PRICE, STEP_OFF, REWRITE_SECOND },
  { MISC_PART_AS_REST, STEP_REST, REWRITE_SECOND },
  { MISC_INCREASE_AS_TOTAL, STEP_RAISE, REWRITE_SECOND },
  { MISC_ADDS_FOR_MORE, STEP_MORE, REWRITE_FLIP },
  { MISC_SWAPS_SUBTRACTION, STEP_MORE, REWRITE_SWAP },
  { MISC_SWAPS_SUBTRACTION, STEP_BELOW, REWRITE_SWAP },
  { MISC_FEWER_AS_MORE, STEP_BELOW, REWRITE_FLIP },
  { MISC_FEWER_AS_MORE, STEP_ABOVE, REWRITE_FLIP },
  { MISC_NUMERATOR_IGNORED, STEP_FRAC, REWRITE_UNIT_PART },
  { MISC_CONVERTS_BACKWARD, STEP_UNIT, REWRITE_FLIP },
  { MISC_CONVERTS_BACKWARD, STEP_HOUR, REWRITE_FLIP },
  { MISC_SIXTY_AS_HUNDRED, STEP_HOUR, REWRITE_100 },
  { MISC_DOZEN_AS_TEN, STEP_DOZEN, REWRITE_10 },
  { MISC_OFF_BY_ONE, STEP_COUNT, REWRITE_NO_ONE },
  { MISC_ROUNDS_DOWN, STEP_CEIL, REWRITE_ROUND },
  { MISC_ROUNDS_UP, STEP_FLOOR, REWRITE_ROUND },
  { MISC_SUM_AS_AVERAGE, STEP_MEAN, REWRITE_SUM_ONLY },
  { MISC_ONE_WAY_ONLY, STEP_BACK, REWRITE_FIRST },
};

/* Someone at work on a scene. */
struct work {
  const struct scene *scene;
  const struct student *student; /* NULL: no mistakes */
  struct rng *rng;
  struct buf *out;
  struct solution *solution;
  struct values values;       /* as this student sees them */
  char pending[FORMULA_SIZE]; /* a step done in the head, to be written with the next */
  char pending_letter;        /* '\0': none */
  bool lost;
};

/* A step as the student does it. */
struct attempt {
  char target;
  char formula[FORMULA_SIZE];
  bool rounds, up;   /* to a whole number */
  bool unwritten;    /* the result is an operand: nothing to write */
  const char *cause; /* a misconception's name or "slip", or NULL */
};

static bool replace_text(char *formula, const char *what, const char *with)
{
  char *at = strstr(formula, what);
  if (!at)
    return false;
  char rest[FORMULA_SIZE];
  snprintf(rest, sizeof rest, "%s", at + strlen(what));
  snprintf(at, FORMULA_SIZE - (size_t)(at - formula), "%s%s", with, rest);
  return true;
}

static char flipped(char sign)
{
  return sign == '*' ? '/' : sign == '/' ? '*' : sign == '+' ? '-' : '+';
}

/* Turns "a*p/100" into "p", "(a+b)/2" into "a+b", ... False when it does not apply. */
static bool rewrite_formula(enum rewrite rewrite, const struct story_step *step,
                            struct attempt *attempt)
{
  char *formula = attempt->formula;
  char *sign = strpbrk(formula, "+-*/");
  bool simple = sign && !strpbrk(sign + 1, "+-*/") && formula[0] != '(';
  char first[FORMULA_SIZE], second[FORMULA_SIZE];
  if (!sign)
    return false;
  snprintf(first, sizeof first, "%.*s", (int)(sign - formula), formula);
  snprintf(second, sizeof second, "%s", sign + 1);
  switch (rewrite) {
  case REWRITE_GIVEN:
    assert(step->wrong);
    snprintf(formula, FORMULA_SIZE, "%s", step->wrong);
    return true;
  case REWRITE_PLUS: *sign = '+'; return simple;
  case REWRITE_MINUS: *sign = '-'; return simple;
  case REWRITE_FLIP: *sign = flipped(*sign); return simple;
  case REWRITE_SWAP:
    snprintf(formula, FORMULA_SIZE, "%.50s%c%.50s", second, *sign, first);
    return simple;
  case REWRITE_FIRST:
    attempt->unwritten = true;
    *sign = '\0';
    return true;
  case REWRITE_SECOND:
    attempt->unwritten = true;
    second[strcspn(second, "+-*/")] = '\0';
    snprintf(formula, FORMULA_SIZE, "%s", second);
    return true;
  case REWRITE_100: return replace_text(formula, "60", "100");
  case REWRITE_10: return replace_text(formula, "12", "10");
  case REWRITE_NO_ONE:
    if (!replace_text(formula, "+1", "") && !replace_text(formula, "-1", ""))
      return false;
    attempt->unwritten = !strpbrk(formula, "+-*/");
    return true;
  case REWRITE_UNIT_PART: {
    char *over = strchr(second, '/');
    return over && snprintf(formula, FORMULA_SIZE, "%.50s%.50s", first, over) > 0;
  }
  case REWRITE_SUM_ONLY: {
    char *close = strchr(formula, ')');
    if (formula[0] != '(' || !close) {
      attempt->unwritten = true;
      *sign = '\0';
      return true;
    }
    *close = '\0';
    memmove(formula, formula + 1, strlen(formula));
    return true;
  }
  case REWRITE_ROUND: attempt->up = !attempt->up; return true;
  }
  return false;
}

static void believe(struct work *w, const struct story_step *step,
                    struct attempt *attempt)
{
  for (size_t i = 0; i < COUNT(rules); i++) {
    if (rules[i].kind != step->kind ||
        !student_believes(w->student, rules[i].misconception) ||
        !student_gives_in(w->student, w->rng))
      continue;
    struct attempt changed = *attempt;
    if (rewrite_formula(rules[i].rewrite, step, &changed)) {
      *attempt = changed;
      attempt->cause = misconception_name(rules[i].misconception);
      return;
    }
  }
}

static struct exact rounded(const struct attempt *attempt, struct exact raw)
{
  if (!attempt->rounds)
    return exact_round2(raw);
  return attempt->up ? exact_ceil(raw) : exact_floor(raw);
}

/* ---- arithmetic gone wrong ---- */

/* Two whole numbers >= 0 around one sign: "a+b". */
static bool whole_operands(const struct work *w, const char *formula, int64_t operands[2])
{
  for (int i = 0; i < 2; i++) {
    char text[2] = { formula[2 * i], '\0' };
    if (text[0] < 'a' || text[0] > 'v')
      return false;
    struct exact value = formula_eval(text, &w->values);
    if (!exact_is_integer(value) || value.num < 0)
      return false;
    operands[i] = value.num;
  }
  return true;
}

static bool shows(const struct work *w, enum misconception misconception)
{
  return student_believes(w->student, misconception) &&
         student_gives_in(w->student, w->rng);
}

/* The result with lost carries and so on; `result` itself where that changes nothing. */
static struct exact flawed_arithmetic(struct work *w, struct attempt *attempt,
                                      struct exact result)
{
  int64_t operands[2], flawed = result.num;
  const char *formula = attempt->formula;
  enum misconception misconception = MISC_COUNT;
  if (strlen(formula) != 3 || !exact_is_integer(result) || attempt->rounds ||
      !whole_operands(w, formula, operands))
    return result;
  if (formula[1] == '+' && shows(w, MISC_FORGETS_CARRY)) {
    misconception = MISC_FORGETS_CARRY;
    flawed = student_add_no_carry(operands[0], operands[1]);
  } else if (formula[1] == '-' && operands[0] >= operands[1] &&
             shows(w, MISC_FORGETS_BORROW)) {
    misconception = MISC_FORGETS_BORROW;
    flawed = student_sub_no_borrow(operands[0], operands[1]);
  } else if (formula[1] == '*' && result.num >= 100 && result.num % 10 == 0 &&
             shows(w, MISC_DROPS_ZERO)) {
    misconception = MISC_DROPS_ZERO;
    flawed = result.num / 10;
  }
  if (flawed == result.num)
    return result;
  attempt->cause = misconception_name(misconception);
  return exact_int(flawed);
}

/* Misreads a given number of the formula; false when there is none to misread. */
static bool misread(struct work *w, const struct attempt *attempt)
{
  for (const char *c = attempt->formula; *c; c++) {
    if (*c < 'a' || *c > 'v' || !exact_defined(w->scene->given.of[*c - 'a']))
      continue;
    struct exact *seen = &w->values.of[*c - 'a'];
    if (!exact_is_integer(*seen) || seen->num < 2)
      continue;
    *seen = exact_int(student_misread(seen->num, w->rng));
    return true;
  }
  return false;
}

static struct exact slip(struct work *w, struct attempt *attempt, struct exact result)
{
  if (rng_chance(w->rng, 0.4) && misread(w, attempt)) {
    attempt->cause = "slip";
    return rounded(attempt, formula_eval(attempt->formula, &w->values));
  }
  if (!exact_is_integer(result) || result.num < 0 || attempt->rounds)
    return result;
  attempt->cause = "slip";
  return exact_int(student_slip_result(result.num, w->rng));
}

/* ---- one step ---- */

/* Far beyond any result of a sensible mistake: a student who gets there is lost. */
enum { WRONG_MAX = 10000000 };

static bool is_usable(struct exact value)
{
  return exact_defined(value) && exact_compare(value, exact_int(WRONG_MAX)) < 0 &&
         exact_compare(value, exact_int(-WRONG_MAX)) > 0;
}

/* Can the step be done in the head, its formula going into the next line? */
static bool can_skip(const struct work *w, size_t index, const struct attempt *attempt)
{
  const struct story *story = w->scene->story;
  const struct story_step *next = &story->steps[index + 1];
  if (index + 1 >= story_count(story) || attempt->rounds || attempt->unwritten ||
      w->pending_letter || story->steps[index].formula[0] == '~')
    return false;
  bool rounds = next->kind == STEP_CEIL || next->kind == STEP_FLOOR;
  const char *target = strchr(strchr(next->formula, '=') + 1, attempt->target);
  return !rounds && target && !strchr(target + 1, attempt->target);
}

static void note_cause(struct work *w, const struct attempt *attempt, struct exact value,
                       struct exact faithful)
{
  if (!w->solution->misconception && attempt->cause && !exact_equal(value, faithful))
    w->solution->misconception = attempt->cause;
}

static void write_line(struct work *w, const struct story_step *step,
                       const struct attempt *attempt, struct exact value)
{
  struct equation equation = { attempt->formula, value };
  if (attempt->rounds)
    equation.result = exact_round2(formula_eval(attempt->formula, &w->values));
  scene_tell(w->out, w->scene, step->say, &w->values, &equation, w->rng);
  buf_add_char(w->out, '\n');
}

static struct attempt plan(const struct story_step *step)
{
  struct attempt attempt = { .rounds =
                                 step->kind == STEP_CEIL || step->kind == STEP_FLOOR,
                             .up = step->kind == STEP_CEIL };
  const char *formula = step->formula + (step->formula[0] == '~');
  attempt.target = formula[0];
  snprintf(attempt.formula, sizeof attempt.formula, "%s", formula + 2);
  return attempt;
}

static void take_step(struct work *w, size_t index)
{
  const struct story_step *step = &w->scene->story->steps[index];
  struct attempt attempt = plan(step);
  struct exact faithful = rounded(&attempt, formula_eval(attempt.formula, &w->values));
  if (w->student)
    believe(w, step, &attempt);
  struct exact value = rounded(&attempt, formula_eval(attempt.formula, &w->values));
  bool skips =
      w->student && student_skips(w->student, w->rng) && can_skip(w, index, &attempt);
  if (w->student && !skips && !attempt.cause && is_usable(value)) {
    value = flawed_arithmetic(w, &attempt, value);
    if (!attempt.cause && student_slips(w->student, w->rng))
      value = slip(w, &attempt, value);
  }
  if (!is_usable(value)) {
    w->lost = true;
    return;
  }
  note_cause(w, &attempt, value, faithful);
  w->values.of[attempt.target - 'a'] = value;
  if (skips) {
    snprintf(w->pending, sizeof w->pending, "%s", attempt.formula);
    w->pending_letter = attempt.target;
    return;
  }
  if (w->pending_letter && !attempt.unwritten &&
      !formula_inline(attempt.formula, w->pending_letter, w->pending))
    w->lost = true;
  w->pending_letter = '\0';
  if (attempt.unwritten)
    return;
  struct solution_line *line = &w->solution->lines[w->solution->n_lines++];
  *line = (struct solution_line){ index, value };
  write_line(w, step, &attempt, value);
}

static void judge(struct solution *solution, const struct scene *scene)
{
  const struct story *story = scene->story;
  struct exact answer = { 0, 0 };
  for (size_t i = 0, line = 0; i < story_count(story); i++) {
    const char *formula = story->steps[i].formula;
    struct exact truth = scene->truth.of[formula[formula[0] == '~'] - 'a'];
    answer = truth;
    if (line >= solution->n_lines || solution->lines[line].step != i)
      continue;
    if (!solution->first_wrong && !exact_equal(solution->lines[line].value, truth))
      solution->first_wrong = line + 1;
    line++;
  }
  solution->correct = exact_equal(solution->answer, answer);
  if (!solution->first_wrong && !solution->correct)
    solution->first_wrong = solution->n_lines + 1;
  if (!solution->first_wrong)
    solution->misconception = NULL;
}

static bool try_solve(struct work *w)
{
  const struct story *story = w->scene->story;
  size_t n = story_count(story);
  bool stops_early =
      w->student && n > 1 && shows(w, MISC_IGNORES_LAST) && rng_chance(w->rng, 0.5);
  for (size_t i = 0; i < n - stops_early && !w->lost; i++)
    take_step(w, i);
  if (w->lost || w->pending_letter)
    return false;
  const char *formula = story->steps[n - 1 - stops_early].formula;
  w->solution->answer = w->values.of[formula[formula[0] == '~'] - 'a'];
  if (stops_early && !w->solution->misconception)
    w->solution->misconception = misconception_name(MISC_IGNORES_LAST);
  return true;
}

void solve(struct buf *out, const struct scene *scene, const struct student *student,
           struct rng *rng, struct solution *solution)
{
  /* A student is lost at most now and then; one without mistakes never is, so that the
   * last attempt is made by that one. */
  enum { ATTEMPTS = 20 };
  size_t start = out->len;
  bool solved = false;
  for (int i = 0; !solved && i <= ATTEMPTS; i++) {
    buf_truncate(out, start);
    *solution = (struct solution){ 0 };
    struct work work = { .scene = scene,
                         .student = i < ATTEMPTS ? student : NULL,
                         .rng = rng,
                         .out = out,
                         .solution = solution,
                         .values = scene->given };
    solved = try_solve(&work);
  }
  assert(solved);
  judge(solution, scene);
  buf_add_cstr(out, "#### ");
  exact_write(out, solution->answer, false);
}
