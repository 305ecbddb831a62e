#include "gen/math_work.h"

#include <assert.h>

/* ---- numbers ---- */

/* The next digit of the point; beyond the space, numbers keyed by the point. */
static int64_t next_digit(struct work *w, uint64_t n)
{
  if (w->space * n > WORK_SPACE_MAX)
    return (int64_t)rng_below(&w->beyond, n);
  int64_t digit = (int64_t)(w->point % n);
  w->point /= n;
  w->space *= n;
  return digit;
}

int64_t work_draw(struct work *w, int64_t low, int64_t high)
{
  int64_t value = low + next_digit(w, (uint64_t)(high - low + 1));
  assert(w->n_drawn < MATH_DRAWN_MAX);
  w->drawn[w->n_drawn++] = value;
  return value;
}

int64_t work_draw_nonzero(struct work *w, int64_t low, int64_t high)
{
  int64_t value = work_draw(w, low, high - 1);
  value += value >= 0;
  w->drawn[w->n_drawn - 1] = value;
  return value;
}

const char *work_draw_word(struct work *w, const char *const *words)
{
  uint64_t n = 0;
  while (words[n])
    n++;
  return words[next_digit(w, n)];
}

bool work_need(struct work *w, bool holds)
{
  bool yes = holds && !w->measuring;
  w->refused |= !yes;
  return yes;
}

/* ---- text ---- */

/* "a|b|c]]..." : appends one alternative, returns what is behind the brackets. */
static const char *add_one_of(struct buf *out, const char *at, struct rng *rng)
{
  const char *end = strstr(at, "]]");
  assert(end);
  uint64_t n = 1;
  for (const char *p = at; p < end; p++)
    n += *p == '|';
  uint64_t skip = rng_below(rng, n);
  while (skip--)
    at = strchr(at, '|') + 1;
  while (at < end && *at != '|')
    buf_add_char(out, *at++);
  return end + 2;
}

/* "$\\frac{1}{2} = " before a boxed \\frac{1}{2} says nothing; what is before it
 * stays, when that is "$" or "= ". */
static void drop_repetition(struct buf *out, const char *boxed)
{
  size_t n = strlen(boxed);
  struct str text = buf_str(out);
  if (text.len < n + 5)
    return;
  const char *start = text.ptr + text.len - n - 3;
  if (start[-1] != '$' && memcmp(start - 2, "= ", 2))
    return;
  struct str tail = str_slice(text, text.len - n - 3, text.len);
  if (str_starts(tail, str_from(boxed)) && str_ends(tail, STR(" = ")))
    buf_truncate(out, text.len - n - 3);
}

/* Arguments are numbered from 1; `boxed` stands for "@0". */
static void add_arguments(struct buf *out, const char *form, const char *const *args,
                          const char *boxed)
{
  size_t n_args = 0;
  while (args[n_args])
    n_args++;
  for (; *form; form++) {
    if (*form != '@') {
      buf_add_char(out, *form);
    } else if (*++form == '0') {
      assert(boxed);
      drop_repetition(out, boxed);
      buf_printf(out, "\\boxed{%s}", boxed);
    } else {
      size_t i = (size_t)(*form - '1');
      assert(i < n_args);
      buf_add_cstr(out, args[i]);
    }
  }
}

/* The wording is chosen first, so that alternatives may hold arguments. */
static void add_text(struct buf *out, const char *form, const char *const *args,
                     const char *boxed, struct rng *rng)
{
  struct buf worded;
  buf_init(&worded, BUF_CAP_OWN);
  while (*form) {
    if (form[0] == '[' && form[1] == '[')
      form = add_one_of(&worded, form + 2, rng);
    else
      buf_add_char(&worded, *form++);
  }
  add_arguments(out, worded.ptr ? worded.ptr : "", args, boxed);
  buf_release(&worded);
}

void work_ask(struct work *w, const char *const *forms, const char *const *args)
{
  uint64_t n = 0;
  while (forms[n])
    n++;
  add_text(&w->problem, forms[rng_below(&w->words, n)], args, NULL, &w->words);
}

/* ---- work ---- */

static bool decide(struct work *w, enum math_mis mis)
{
  if (!w->student)
    return false;
  assert(w->n_decisions < WORK_DECISIONS_MAX);
  int decision = w->n_decisions++;
  bool err = math_student_errs(w->student, mis, &w->chance);
  if (!err || w->taken_back[decision])
    return false;
  w->last_error = decision;
  if (w->pending == MIS_NONE)
    w->pending = mis;
  return true;
}

bool work_errs(struct work *w, enum math_mis mis)
{
  return decide(w, mis);
}

int64_t work_calc(struct work *w, int64_t right)
{
  return decide(w, MIS_SLIP) ? math_student_slip(right, &w->chance) : right;
}

int64_t work_calc_count(struct work *w, int64_t right)
{
  int64_t value = work_calc(w, right);
  return value != right && value < 1 ? right + 1 : value;
}

struct frac work_calc_frac(struct work *w, struct frac right)
{
  if (!decide(w, MIS_SLIP))
    return right;
  struct frac wrong = math_frac_of(math_student_slip(right.n, &w->chance), right.d);
  bool other_sign = (wrong.n < 0) != (right.n < 0);
  if (math_frac_same(wrong, right) || wrong.n == 0 || other_sign)
    return math_frac_of(right.n + (right.n < 0 ? -1 : 1), right.d);
  return wrong;
}

int64_t work_rule(struct work *w, enum math_mis mis, int64_t right, int64_t wrong)
{
  if (wrong != right && decide(w, mis))
    return wrong;
  return work_calc(w, right);
}

struct frac work_rule_frac(struct work *w, enum math_mis mis, struct frac right,
                           struct frac wrong)
{
  if (!math_frac_same(right, wrong) && decide(w, mis))
    return wrong;
  return work_calc_frac(w, right);
}

/* A step is counted when it is written, and the step of the first error always is: what
 * is recorded can be seen. */
static void add_step(struct work *w, const char *const *text, const char *boxed)
{
  if (w->n_steps++)
    buf_add_char(&w->solution, '\n');
  add_text(&w->solution, text[0], text + 1, boxed, &w->voice);
  if (w->pending != MIS_NONE && !w->first_wrong_step) {
    w->first_wrong_step = w->n_steps;
    w->first_mis = w->pending;
  }
}

void work_step(struct work *w, const char *const *text)
{
  bool skip = w->student && (int)rng_below(&w->chance, 1000) < w->student->skip_permille;
  bool first_error = w->pending != MIS_NONE && !w->first_wrong_step;
  if (!skip || first_error)
    add_step(w, text, NULL);
}

void work_finish(struct work *w, enum math_kind kind, const char *answer,
                 const char *const *text)
{
  bool whole = kind == MATH_FRACTION && !strstr(answer, "frac");
  w->kind = whole ? MATH_INTEGER : kind;
  buf_add_cstr(&w->answer, answer);
  add_step(w, text, answer);
}

/* ---- arithmetic ---- */

int64_t math_gcd(int64_t a, int64_t b)
{
  while (b) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

int64_t math_power(int64_t base, int64_t exponent)
{
  int64_t value = 1;
  while (exponent-- > 0)
    value *= base;
  return value;
}

int64_t math_choose(int64_t n, int64_t k)
{
  if (k < 0 || k > n)
    return 0;
  int64_t value = 1;
  for (int64_t i = 1; i <= k; i++)
    value = value * (n - k + i) / i;
  return value;
}

int64_t math_floor_div(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

int64_t math_mod(int64_t a, int64_t m)
{
  return a - m * math_floor_div(a, m);
}

int64_t math_root_floor(int64_t n)
{
  int64_t low = 0, high = 1 << 30;
  while (low < high) {
    int64_t middle = (low + high + 1) / 2;
    if (middle <= n / middle)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

bool math_is_square(int64_t n)
{
  return n >= 0 && math_root_floor(n) * math_root_floor(n) == n;
}

int64_t math_square_part(int64_t n, int64_t *rest)
{
  int64_t k = 1;
  for (int64_t p = 2; p * p <= n; p++)
    while (n % (p * p) == 0) {
      n /= p * p;
      k *= p;
    }
  *rest = n;
  return k;
}

struct frac math_frac_of(int64_t a, int64_t b)
{
  assert(b != 0);
  int64_t g = math_gcd(a, b);
  if (b < 0)
    g = -g;
  return (struct frac){ a / g, b / g };
}

struct frac math_frac_add(struct frac a, struct frac b)
{
  return math_frac_of(a.n * b.d + b.n * a.d, a.d * b.d);
}

struct frac math_frac_sub(struct frac a, struct frac b)
{
  return math_frac_of(a.n * b.d - b.n * a.d, a.d * b.d);
}

struct frac math_frac_mul(struct frac a, struct frac b)
{
  return math_frac_of(a.n * b.n, a.d * b.d);
}

struct frac math_frac_div(struct frac a, struct frac b)
{
  return math_frac_of(a.n * b.d, a.d * b.n);
}

bool math_frac_same(struct frac a, struct frac b)
{
  return a.n == b.n && a.d == b.d;
}
