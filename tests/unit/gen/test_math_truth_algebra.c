/* The answers of MATH-style problems by a second method. Algebra and Intermediate
 * Algebra: roots put back, series added up. */
#include "math_truth.h"

/* The equation of the statement holds at x, whatever its unknown is called. */
static bool equation_holds(const struct math_item *it, double x)
{
  struct str equation = segment_with(it->problem, "=");
  char name = 'x';
  for (size_t i = 0; i < equation.len; i++)
    if (char_is_lower(equation.ptr[i]) && (!i || equation.ptr[i - 1] != '\\'))
      name = strchr("xyzt", equation.ptr[i]) ? equation.ptr[i] : name;
  return near(eval_at(before(equation, "="), name, x),
              eval_at(behind(equation, "="), name, x));
}

static bool equation(const struct math_item *it)
{
  return equation_holds(it, ans(it));
}

static bool every_root(const struct math_item *it)
{
  double root[4];
  size_t n = parts_of(it->answer, root, 4);
  struct str poly = before(segment_with(it->problem, "x^3"), "=");
  for (size_t i = 0; i < n; i++)
    if (!near(eval_at(poly, 'x', root[i]), 0) || (i && root[i] <= root[i - 1]))
      return false;
  return n == 3;
}

static bool both_solutions(const struct math_item *it)
{
  double root[3];
  return parts_of(it->answer, root, 3) == 2 && root[0] < root[1] &&
         equation_holds(it, root[0]) && equation_holds(it, root[1]);
}

static bool inequality(const struct math_item *it)
{
  static const char *const signs[] = { "\\le", "\\ge", "<", ">" };
  for (size_t s = 0; s < COUNT(signs); s++) {
    struct str text = segment_with(it->problem, signs[s]);
    if (!str_present(text))
      continue;
    struct str left = before(text, signs[s]), right = behind(text, signs[s]);
    for (int k = -40 * 2520; k <= 40 * 2520; k += 210) {
      double x = k / 2520.0, gap = creal(eval_at(left, 'x', x) - eval_at(right, 'x', x));
      gap = fabs(gap) < 1e-9 ? 0 : gap;
      bool holds = s == 0 ? gap <= 0 : s == 1 ? gap >= 0 : s == 2 ? gap < 0 : gap > 0;
      if (holds != is_member(it->answer, x))
        return false;
    }
    return true;
  }
  return false;
}

static bool larger_root(const struct math_item *it)
{
  double other = -(double)it->drawn[1] / (double)it->drawn[0] - ans(it);
  return equation(it) && equation_holds(it, other) && other < ans(it);
}

static bool evaluate(const struct math_item *it)
{
  struct str poly = segment_with(it->problem, "x^2");
  struct str at = behind(segment_with(it->problem, "x ="), "=");
  return near(eval_at(poly, 'x', eval_text(at)), ans(it));
}

static bool line(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  struct str right = behind(it->answer, "=");
  return near(eval_at(right, 'x', (double)d[0]), (double)d[1]) &&
         near(eval_at(right, 'x', (double)(d[0] + d[2])), (double)(d[1] + d[3]));
}

static bool vertex(const struct math_item *it)
{
  double v[2];
  struct str poly = behind(segment_with(it->problem, "y ="), "=");
  return parts_of(it->answer, v, 2) == 2 && near(eval_at(poly, 'x', v[0]), v[1]) &&
         near(eval_at(poly, 'x', v[0] - 3), eval_at(poly, 'x', v[0] + 3));
}

static bool system_of_two(const struct math_item *it)
{
  double v[2];
  const int64_t *d = it->drawn;
  return parts_of(it->answer, v, 2) == 2 &&
         near((double)d[0] * v[0] + (double)d[1] * v[1],
              (double)(d[0] * d[4] + d[1] * d[5])) &&
         near((double)d[2] * v[0] + (double)d[3] * v[1],
              (double)(d[2] * d[4] + d[3] * d[5]));
}

static bool inverse_at(const struct math_item *it)
{
  struct str f = behind(segment_with(it->problem, "f(x) ="), "=");
  return near(eval_at(f, 'x', ans(it)), (double)it->drawn[4]);
}

static bool remainder_of_polynomial(const struct math_item *it)
{
  /* synthetic division */
  const int64_t *d = it->drawn;
  double left = 0;
  for (size_t i = 0; i < 4; i++)
    left = left * (double)d[4] + (double)d[i];
  return is(it, left);
}

static bool double_root(const struct math_item *it)
{
  double k[3], a = (double)it->drawn[0], c = (double)it->drawn[1];
  return parts_of(it->answer, k, 3) == 2 && k[0] == -k[1] && k[0] < 0 &&
         near(k[0] * k[0], 4 * a * a * c * c);
}

static bool partial_fractions(const struct math_item *it)
{
  double v[2], x = 0.37;
  struct str left = segment_with(it->problem, "\\frac{A}");
  double r = (double)it->drawn[0], s = (double)it->drawn[1];
  return parts_of(it->answer, v, 2) == 2 &&
         near(eval_at(before(left, "="), 'x', x), v[0] / (x - r) + v[1] / (x - s));
}

/* Roots of a monic polynomial (lowest coefficient first), all at once (Durand, Kerner).
 */
static void all_roots(const double *coef, int n, double complex *root)
{
  for (int i = 0; i < n; i++)
    root[i] = cpow(0.4 + 0.9 * I, i) * 3;
  for (int round = 0; round < 500; round++)
    for (int i = 0; i < n; i++) {
      double complex value = 1, below = 1;
      for (int k = n - 1; k >= 0; k--)
        value = value * root[i] + coef[k];
      for (int k = 0; k < n; k++)
        below *= k == i ? 1 : root[i] - root[k];
      root[i] -= value / below;
    }
}

static bool squared_roots(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double coef[] = { (double)d[2] / (double)d[0], (double)d[1] / (double)d[0] };
  double complex root[2];
  all_roots(coef, 2, root);
  return cabs(root[0] * root[0] + root[1] * root[1] - ans(it)) < 1e-6;
}

static bool squared_cubic_roots(const struct math_item *it)
{
  double coef[] = { (double)it->drawn[2], (double)it->drawn[1], (double)it->drawn[0] };
  double complex root[3], sum = 0;
  all_roots(coef, 3, root);
  for (int i = 0; i < 3; i++)
    sum += root[i] * root[i];
  return cabs(sum - ans(it)) < 1e-4;
}

static bool arithmetic_term(const struct math_item *it)
{
  int64_t term = it->drawn[0];
  for (int64_t i = 1; i < it->drawn[2]; i++)
    term += it->drawn[1];
  return is(it, (double)term);
}

static bool compound(const struct math_item *it)
{
  double value = 100 * (double)it->drawn[0];
  for (int year = 0; year < 2; year++)
    value += value * (double)it->drawn[1] / 100;
  return is(it, value);
}

static bool floors(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  return is(it, floor(-(double)d[0] / (double)d[1]) + ceil((double)d[2] / (double)d[3]));
}

static bool distance(const struct math_item *it)
{
  return is(it, hypot((double)it->drawn[2], (double)it->drawn[3]));
}

static bool foci(const struct math_item *it)
{
  /* where the curve meets the x axis and over the focus, distances add up (or differ) as
   * they must: 2a */
  double a2 = (double)it->drawn[0], b2 = (double)it->drawn[1], c = ans(it) / 2;
  double a = sqrt(a2), height = b2 / a;
  double far = hypot(2 * c, height);
  return near(it->drawn[2] ? far - height : far + height, 2 * a);
}

static bool series(const struct math_item *it)
{
  double term = (double)it->drawn[0], sum = 0,
         r = (double)it->drawn[1] / (double)it->drawn[2];
  for (int i = 0; i < 2000; i++, term *= r)
    sum += term;
  return is(it, sum);
}

static bool telescoping(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double sum = 0;
  for (int64_t i = 0; i < d[1]; i++)
    sum += 1 / ((double)(d[0] + i * d[2]) * (double)(d[0] + (i + 1) * d[2]));
  return is(it, sum);
}

static bool least_sum(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double low = -100, high = 100; /* of x; the sum is convex along the line */
  for (int i = 0; i < 300; i++) {
    double x1 = low + (high - low) / 3, x2 = high - (high - low) / 3;
    double y1 = ((double)d[2] - (double)d[0] * x1) / (double)d[1];
    double y2 = ((double)d[2] - (double)d[0] * x2) / (double)d[1];
    if (x1 * x1 + y1 * y1 < x2 * x2 + y2 * y2)
      high = x2;
    else
      low = x1;
  }
  double y = ((double)d[2] - (double)d[0] * low) / (double)d[1];
  return fabs(low * low + y * y - ans(it)) < 1e-6 * (1 + ans(it));
}

static bool parity(const struct math_item *it)
{
  struct str f = behind(segment_with(it->problem, "f(x) ="), "=");
  double complex here = eval_at(f, 'x', 1.3), there = eval_at(f, 'x', -1.3);
  const char *name = near(here, there) ? "even" : near(here, -there) ? "odd" : "neither";
  return str_find(it->answer, str_from(name)) > 0;
}

static const struct check checks[] = {
  { "rationalize", same_expression },
  { "parity of a function", parity },
  { "linear equation", equation },
  { "evaluate at a negative", evaluate },
  { "distribute and solve", equation },
  { "arithmetic term", arithmetic_term },
  { "distance of points", distance },
  { "line through points", line },
  { "inequality with a flip", inequality },
  { "vertex of a parabola", vertex },
  { "linear system", system_of_two },
  { "larger root", larger_root },
  { "compound interest", compound },
  { "quadratic inequality", inequality },
  { "floor and ceiling", floors },
  { "inverse of a function", inverse_at },
  { "sum of squared roots", squared_roots },
  { "complex difference", same_expression },
  { "exponent laws", same_expression },
  { "remainder theorem", remainder_of_polynomial },
  { "complex product", same_expression },
  { "square of a binomial", same_expression },
  { "absolute equation", both_solutions },
  { "geometric series", series },
  { "absolute inequality", inequality },
  { "double root", double_root },
  { "partial fractions", partial_fractions },
  { "squares of cubic roots", squared_cubic_roots },
  { "complex quotient", same_expression },
  { "distance of foci", foci },
  { "logarithmic equation", equation },
  { "roots of a cubic", every_root },
  { "telescoping sum", telescoping },
  { "least sum of squares", least_sum },
  { NULL, NULL },
};

static void algebra_is_right(void **state)
{
  (void)state;
  check_subject(checks, 0);
}

static void intermediate_is_right(void **state)
{
  (void)state;
  check_subject(checks, 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(algebra_is_right),
    cmocka_unit_test(intermediate_is_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
