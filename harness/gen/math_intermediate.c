/* math_intermediate.c - the families of Intermediate Algebra. */
#include "gen/math_work.h"

static const char *complex_int(struct work *w, int64_t re, int64_t im)
{
  return tex_complex(w, (struct frac){ re, 1 }, (struct frac){ im, 1 });
}

static void complex_difference(struct work *w)
{
  int64_t a = work_draw(w, -12, 12), b = work_draw_nonzero(w, -12, 12),
          c = work_draw(w, -12, 12);
  int64_t d = work_draw_nonzero(w, -12, 12), k = work_draw(w, 2, 5);
  if (!work_need(w, a && c && b != k * d))
    return;
  work_ask(w,
           LIST("Simplify $(@1) - @3(@2)$.",
                "Write $(@1) - @3(@2)$ in the form $a + bi$.",
                "[[Compute|Evaluate]] $(@1) - @3(@2)$, where $i^2 = -1$."),
           LIST(complex_int(w, a, b), complex_int(w, c, d), tex(w, k)));
  int64_t kc = work_calc(w, k * c);
  int64_t kd = work_rule(w, MIS_FIRST_TERM_ONLY, k * d, d);
  STEP(w, "[[Multiplying out|First]], $@1(@2) = @3$.", tex(w, k), complex_int(w, c, d),
       complex_int(w, kc, kd));
  int64_t im = work_rule(w, MIS_SIGN_DISTRIBUTE, b - kd, b + kd),
          re = work_calc(w, a - kc);
  FINISH(w, MATH_COMPLEX, complex_int(w, re, im), "The difference is $@0$.");
}

static void exponent_laws(struct work *w)
{
  int64_t a = work_draw(w, 2, 9), p = work_draw(w, 2, 9), b = work_draw(w, 2, 9),
          q = work_draw(w, 2, 9);
  int64_t r = work_draw(w, 1, 9);
  const char *x = work_draw_word(w, LIST("x", "y", "t", "n"));
  if (!work_need(w, p + q > r + 1 && p * q != p + q))
    return;
  work_ask(
      w,
      LIST("Simplify $\\frac{@1@6^@2 \\cdot @3@6^@4}{@6^{@5}}$.",
           "Write $\\frac{(@1@6^@2)(@3@6^@4)}{@6^{@5}}$ as a single term, for $@6 \\neq "
           "0$."),
      LIST(tex(w, a), tex(w, p), tex(w, b), tex(w, q), tex(w, r), x));
  int64_t c = work_calc_count(w, a * b),
          sum = work_rule(w, MIS_EXPONENT_RULE, p + q, p * q);
  STEP(w, "The numerator is $@1@2^{@3}$.", tex(w, c), x, tex(w, sum));
  int64_t power = work_calc(w, sum - r);
  if (!work_need(w, power > 1))
    return;
  FINISH(w, MATH_EXPRESSION,
         tex_format(w, power < 10 ? "%lld%s^%lld" : "%lld%s^{%lld}", (long long)c, x,
                    (long long)power),
         "[[Dividing|After division]] by $@1^{@2}$ [[gives|we have]] $@0$.", x,
         tex(w, r));
}

/* a x^m + b x^n, for m > n */
static const char *two_terms(struct work *w, int64_t a, int64_t m, int64_t b, int64_t n)
{
  int64_t coefs[10] = { 0 };
  coefs[9 - m] = a;
  coefs[9 - n] = b;
  return tex_poly(w, "x", 10, coefs);
}

static void parity_of_function(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -9, 9), b = work_draw_nonzero(w, -9, 9);
  int64_t m = work_draw(w, 1, 9), n = work_draw(w, 0, 8);
  if (!work_need(w, m > n))
    return;
  work_ask(w,
           LIST("Is $f(x) = @1$ an even function, an odd function, or neither? Answer "
                "``even'', "
                "``odd'', or ``neither''.",
                "Let $f(x) = @1$. State whether $f$ is even, odd, or neither."),
           LIST(two_terms(w, a, m, b, n)));
  int64_t first = m % 2 ? work_rule(w, MIS_NEGATIVE_SQUARE, -a, a) : a;
  int64_t second = n % 2 ? work_rule(w, MIS_NEGATIVE_SQUARE, -b, b) : b;
  STEP(w, "We have $f(-x) = @1$.", two_terms(w, first, m, second, n));
  bool even = first == a && second == b, odd = first == -a && second == -b;
  const char *why = even  ? "This is $f(x)$ again"
                    : odd ? "This is $-f(x)$"
                          : "This is neither $f(x)$ nor $-f(x)$";
  FINISH(w, MATH_TEXT,
         even  ? "\\text{even}"
         : odd ? "\\text{odd}"
               : "\\text{neither}",
         "@1, so the function is $@0$.", why);
}

static void remainder_theorem(struct work *w)
{
  int64_t a = work_draw(w, 1, 5), b = work_draw_nonzero(w, -8, 8),
          c = work_draw_nonzero(w, -9, 9);
  int64_t d = work_draw(w, -12, 12), r = work_draw_nonzero(w, -5, 5);
  if (!work_need(w, a * r * r * r + b * r * r + c * r + d != 0 && d))
    return;
  work_ask(w,
           LIST("What is the remainder when $@1$ is divided by $@2$?",
                "Find the remainder of the division of $@1$ by $@2$."),
           LIST(POLY(w, "x", a, b, c, d), POLY(w, "x", 1, -r)));
  int64_t at = work_rule(w, MIS_ROOT_SIGN, r, -r);
  STEP(w,
       "By the remainder theorem, the remainder is the value of the polynomial at $x = "
       "@1$.",
       tex(w, at));
  int64_t cube = work_calc(w, a * at * at * at);
  int64_t square = work_calc(w, b * at * at), linear = work_calc(w, c * at);
  int64_t value = work_calc(w, cube + square + linear + d);
  FINISH(w, MATH_INTEGER, tex(w, value), "[[That is|It equals]] $@1 @2 @3 @4 = @0$.",
         tex(w, cube), tex_plus(w, square), tex_plus(w, linear), tex_plus(w, d));
}

/* "+ 3", "- " before an unknown */
static const char *plus_coef(struct work *w, int64_t v)
{
  return tex_format(w, "%c %s", v < 0 ? '-' : '+', tex_coef(w, v < 0 ? -v : v));
}

static void complex_product(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -9, 9), b = work_draw_nonzero(w, -9, 9),
          c = work_draw_nonzero(w, -9, 9);
  int64_t d = work_draw_nonzero(w, -9, 9);
  if (!work_need(w, a * d + b * c != 0 && a * c != b * d))
    return;
  work_ask(
      w,
      LIST(
          "Multiply: $(@1)(@2)$.",
          "Compute $(@1)(@2)$, where $i^2 = -1$. Write your answer in the form $a + bi$.",
          "Expand and simplify $(@1)(@2)$."),
      LIST(complex_int(w, a, b), complex_int(w, c, d)));
  int64_t ac = work_calc(w, a * c), ad = work_calc(w, a * d), bc = work_calc(w, b * c),
          bd = work_calc(w, b * d);
  STEP(w, "The product is $@1 @2i @3i @4i^2$.", tex(w, ac), plus_coef(w, ad),
       plus_coef(w, bc), plus_coef(w, bd));
  int64_t re = work_rule(w, MIS_I_SQUARED, ac - bd, ac + bd), im = work_calc(w, ad + bc);
  FINISH(w, MATH_COMPLEX, complex_int(w, re, im),
         "[[Collecting|Combining]] real and imaginary parts gives $@0$.");
}

static void square_of_binomial(struct work *w)
{
  int64_t a = work_draw(w, 2, 12), b = work_draw_nonzero(w, -12, 12),
          c = work_draw_nonzero(w, -9, 9);
  int64_t d = work_draw_nonzero(w, -12, 12);
  const char *x = work_draw_word(w, LIST("x", "y", "t", "z"));
  if (!work_need(w, math_gcd(a, b) == 1))
    return;
  work_ask(w,
           LIST("Expand and simplify $(@1)^2 @2$.",
                "Write $(@1)^2 @2$ as a polynomial in $@3$."),
           LIST(POLY(w, x, a, b),
                tex_format(w, "%c %s %s", c < 0 ? '-' : '+',
                           POLY(w, x, c < 0 ? -c : c, 0), tex_plus(w, d)),
                x));
  int64_t middle = work_errs(w, MIS_DROP_MIDDLE) ? 0 : work_calc(w, 2 * a * b);
  int64_t aa = work_calc_count(w, a * a), bb = work_calc_count(w, b * b);
  STEP(w, "The square is $(@1)^2 = @2$.", POLY(w, x, a, b), POLY(w, x, aa, middle, bb));
  int64_t linear = work_calc(w, middle + c), constant = work_calc(w, bb + d);
  FINISH(w, MATH_EXPRESSION, POLY(w, x, aa, linear, constant),
         "[[Combining|Collecting]] like terms, the result is $@0$.");
}

static void geometric_series(struct work *w)
{
  int64_t a = work_draw(w, 1, 40), p = work_draw_nonzero(w, -11, 11),
          q = work_draw(w, 2, 12);
  if (!work_need(w, math_gcd(p, q) == 1 && p < q && -p < q))
    return;
  struct frac r = math_frac_of(p, q), first = math_frac_of(a, 1);
  struct frac third = math_frac_mul(first, math_frac_mul(r, r));
  const char *terms =
      tex_format(w, "%s %c %s + %s %c \\cdots", tex(w, a), p < 0 ? '-' : '+',
                 tex_frac(w, math_frac_of(p < 0 ? -a * p : a * p, q)), tex_frac(w, third),
                 p < 0 ? '-' : '+');
  work_ask(
      w,
      LIST("What is the sum of the infinite geometric series $@1$?",
           "Find the sum of the infinite geometric series $@1$. Express your answer as a "
           "common fraction if "
           "it is not an integer."),
      LIST(terms));
  struct frac ratio = work_calc_frac(w, r);
  STEP(w, "The first term is $@1$ and the common ratio is $@2$.", tex(w, a),
       tex_frac(w, ratio));
  struct frac one = { 1, 1 };
  struct frac below = work_rule_frac(w, MIS_SERIES_SIGN, math_frac_sub(one, ratio),
                                     math_frac_add(one, ratio));
  STEP(w, "[[Here|We have]] $1 - r = @1$.", tex_frac(w, below));
  if (!work_need(w, below.n > 0))
    return;
  FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_div(first, below)),
         "The sum is $\\frac{a}{1 - r} = @0$.");
}

static const char *interval_text(struct work *w, bool outside, bool strict,
                                 struct frac low, struct frac high)
{
  const char *open = strict ? "(" : "[", *close = strict ? ")" : "]";
  if (outside)
    return tex_format(w, "(-\\infty, %s%s \\cup %s%s, \\infty)", tex_frac(w, low), close,
                      open, tex_frac(w, high));
  return tex_format(w, "%s%s, %s%s", open, tex_frac(w, low), tex_frac(w, high), close);
}

static void absolute_inequality(struct work *w)
{
  int64_t a = work_draw(w, 2, 7), b = work_draw_nonzero(w, -15, 15),
          c = work_draw(w, 2, 24);
  bool outside = work_draw(w, 0, 1), strict = work_draw(w, 0, 1);
  if (!work_need(w, math_gcd(math_gcd(a, b), c) == 1))
    return;
  const char *inner = POLY(w, "x", a, b);
  const char *sign = outside ? (strict ? ">" : "\\ge") : strict ? "<" : "\\le";
  work_ask(
      w,
      LIST("Solve $|@1| @2 @3$. Express your answer in interval notation.",
           "Find all real $x$ with $|@1| @2 @3$, in interval notation.",
           "For which real $x$ is $|@1| @2 @3$? Give your answer in interval notation."),
      LIST(inner, sign, tex(w, c)));
  bool out = work_errs(w, MIS_INSIDE_OUTSIDE) ? !outside : outside;
  STEP(w,
       out ? "The inequality holds when $@1 @3 -@2$ or $@1 @4 @2$."
           : "The inequality holds when $@1$ lies between $-@2$ and $@2$.",
       inner, tex(w, c), strict ? "<" : "\\le", strict ? ">" : "\\ge");
  int64_t top = work_rule(w, MIS_SIGN_MOVE, c - b, c + b),
          bottom = work_rule(w, MIS_SIGN_MOVE, -c - b, -c + b);
  if (!work_need(w, bottom < top))
    return;
  struct frac low = math_frac_of(bottom, a), high = math_frac_of(top, a);
  STEP(w, "The ends are at $@1x = @2$ and $@1x = @3$, that is, $x = @4$ and $x = @5$.",
       tex(w, a), tex(w, bottom), tex(w, top), tex_frac(w, low), tex_frac(w, high));
  FINISH(w, outside ? MATH_UNION : MATH_INTERVAL,
         interval_text(w, out, strict, low, high),
         "[[The solution is|So the solution set is]] $@0$.");
}

static void absolute_equation(struct work *w)
{
  int64_t a = work_draw(w, 1, 7), r = work_draw(w, -15, 15), s = work_draw(w, -15, 15),
          down = work_draw(w, 1, 20);
  const char *x = work_draw_word(w, LIST("x", "t", "y"));
  /* |a x + b| = c holds at r and s */
  if (!work_need(w, r < s && a * (r + s) % 2 == 0 && r + s))
    return;
  int64_t b = -a * (r + s) / 2, c = a * (s - r) / 2;
  work_ask(
      w,
      LIST("Find the solution set of $|@1| - @2 = @3$.",
           "What is the set of all real solutions of $|@1| - @2 = @3$? Write it in the "
           "form $\\{a, b\\}$."),
      LIST(POLY(w, x, a, b), tex(w, down), tex(w, c - down)));
  int64_t right = work_rule(w, MIS_SIGN_MOVE, c, c - 2 * down);
  STEP(w, "[[Moving the constant|First]], $|@1| = @2$.", POLY(w, x, a, b), tex(w, right));
  if (!work_need(w, right > 0))
    return;
  struct frac high = work_calc_frac(w, math_frac_of(right - b, a));
  if (work_errs(w, MIS_FORGET_PLUS_MINUS)) {
    FINISH(w, MATH_SET, tex_format(w, "\\{%s\\}", tex_frac(w, high)),
           "So $@1 = @2$, and the solution set is $@0$.", POLY(w, x, a, b),
           tex(w, right));
    return;
  }
  STEP(w, "If $@1 = @2$, then $@3 = @4$.", POLY(w, x, a, b), tex(w, right), x,
       tex_frac(w, high));
  struct frac low = work_calc_frac(w, math_frac_of(-right - b, a));
  STEP(w, "If $@1 = -@2$, then $@3 = @4$.", POLY(w, x, a, b), tex(w, right), x,
       tex_frac(w, low));
  FINISH(w, MATH_SET, tex_format(w, "\\{%s, %s\\}", tex_frac(w, low), tex_frac(w, high)),
         "[[The solution set is|So the solution set is]] $@0$.");
}

static void double_root(struct work *w)
{
  int64_t a = work_draw(w, 1, 12), c = work_draw(w, 1, 30);
  const char *x = work_draw_word(w, LIST("x", "y", "t", "z"));
  const char *k = work_draw_word(w, LIST("k", "b", "m", "p", "c"));
  int64_t n = a * a, m = c * c;
  if (!work_need(w, math_gcd(a, c) == 1))
    return;
  const char *poly =
      tex_format(w, "%s%s^2 + %s%s + %lld", tex_coef(w, n), x, k, x, (long long)m);
  work_ask(w,
           LIST("Find all values of $@2$ for which the equation $@1 = 0$ has exactly one "
                "solution. Separate your "
                "answers with a comma.",
                "For what values of $@2$ does $@1 = 0$ have a double root? List them, "
                "separated by commas."),
           LIST(poly, k));
  int64_t square = work_calc_count(w, 4 * n * m);
  STEP(
      w,
      "The discriminant must vanish: $@1^2 - 4 \\cdot @2 \\cdot @3 = 0$, so $@1^2 = @4$.",
      k, tex(w, n), tex(w, m), tex(w, square));
  if (!work_need(w, math_is_square(square)))
    return;
  int64_t root = math_root_floor(square);
  if (work_errs(w, MIS_FORGET_PLUS_MINUS)) {
    FINISH(w, MATH_LIST, tex(w, root), "So $@1 = @0$.", k);
    return;
  }
  FINISH(w, MATH_LIST, tex_format(w, "-%lld, %lld", (long long)root, (long long)root),
         "[[Taking square roots|Hence]], $@1 = \\pm @2$, so the values are $@0$.", k,
         tex(w, root));
}

static void partial_fractions(struct work *w)
{
  int64_t r = work_draw(w, -8, 8), s = work_draw(w, -8, 8),
          a = work_draw_nonzero(w, -9, 9);
  int64_t b = work_draw_nonzero(w, -9, 9);
  if (!work_need(w, r > s && r && s && a + b && a * s + b * r))
    return;
  work_ask(
      w,
      LIST("The constants $A$ and $B$ satisfy $\\frac{@1}{(@2)(@3)} = \\frac{A}{@2} + "
           "\\frac{B}{@3}$ for all $x$ where both sides are defined. Find $(A,B)$.",
           "Find the ordered pair $(A,B)$ for which $\\frac{@1}{(@2)(@3)} = "
           "\\frac{A}{@2} + "
           "\\frac{B}{@3}$ is an identity."),
      LIST(POLY(w, "x", a + b, -a * s - b * r), POLY(w, "x", 1, -r),
           POLY(w, "x", 1, -s)));
  STEP(w, "Multiplying out, $@1 = A(@2) + B(@3)$.", POLY(w, "x", a + b, -a * s - b * r),
       POLY(w, "x", 1, -s), POLY(w, "x", 1, -r));
  int64_t x = work_rule(w, MIS_ROOT_SIGN, r, -r);
  int64_t at_r = work_calc(w, (a + b) * x - a * s - b * r);
  if (!work_need(w, x != s))
    return;
  struct frac aa = work_calc_frac(w, math_frac_of(at_r, x - s));
  STEP(w, "Setting $x = @1$ gives $@2 = @3A$, so $A = @4$.", tex(w, x), tex(w, at_r),
       tex(w, x - s), tex_frac(w, aa));
  int64_t at_s = work_calc(w, (a + b) * s - a * s - b * r);
  struct frac bb = work_rule_frac(w, MIS_SIGN_DISTRIBUTE, math_frac_of(at_s, s - r),
                                  math_frac_of(at_s, r - s));
  STEP(w, "Setting $x = @1$ gives $@2 = (@3)B$, so $B = @4$.", tex(w, s), tex(w, at_s),
       tex(w, s - r), tex_frac(w, bb));
  FINISH(w, MATH_TUPLE, tex_format(w, "(%s,%s)", tex_frac(w, aa), tex_frac(w, bb)),
         "So $(A,B) = @0$.");
}

static void cubic_root_squares(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -12, 12), b = work_draw_nonzero(w, -15, 15),
          c = work_draw_nonzero(w, -20, 20);
  if (!work_need(w, a * a != 2 * b))
    return;
  work_ask(
      w,
      LIST("Let $r$, $s$ and $t$ be the roots of $@1 = 0$. Find $r^2 + s^2 + t^2$.",
           "The polynomial $@1$ has complex roots $r$, $s$, $t$. What is $r^2 + s^2 + "
           "t^2$?"),
      LIST(POLY(w, "x", 1, a, b, c)));
  int64_t sum = work_rule(w, MIS_ROOT_SIGN, -a, a), pairs = work_calc(w, b);
  STEP(w, "By Vieta's formulas, $r + s + t = @1$ and $rs + st + tr = @2$.", tex(w, sum),
       tex(w, pairs));
  int64_t square = work_calc(w, sum * sum);
  if (work_errs(w, MIS_SQUARE_TERMWISE)) {
    FINISH(w, MATH_INTEGER, tex(w, square), "So $r^2 + s^2 + t^2 = (r + s + t)^2 = @0$.");
    return;
  }
  int64_t value =
      work_rule(w, MIS_SIGN_DISTRIBUTE, square - 2 * pairs, square + 2 * pairs);
  FINISH(
      w, MATH_INTEGER, tex(w, value),
      "[[Therefore|So]] $r^2 + s^2 + t^2 = (r+s+t)^2 - 2(rs+st+tr) = @1 - 2(@2) = @0$.",
      tex(w, square), tex(w, pairs));
}

static void complex_quotient(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -9, 9), b = work_draw_nonzero(w, -9, 9),
          c = work_draw_nonzero(w, -6, 6);
  int64_t d = work_draw_nonzero(w, -6, 6);
  if (!work_need(w, b * c != a * d && a * c + b * d != 0 &&
                        math_gcd(math_gcd(a, b), math_gcd(c, d)) == 1))
    return;
  work_ask(
      w,
      LIST("Express $\\frac{@1}{@2}$ in the form $a + bi$, where $a$ and $b$ are real.",
           "Simplify $\\frac{@1}{@2}$, writing your answer in the form $a + bi$."),
      LIST(complex_int(w, a, b), complex_int(w, c, d)));
  int64_t norm = work_rule(w, MIS_CONJUGATE, c * c + d * d, c * c - d * d);
  STEP(w,
       "We multiply numerator and denominator by the conjugate $@1$; the denominator "
       "becomes $@2$.",
       complex_int(w, c, -d), tex(w, norm));
  int64_t re = work_rule(w, MIS_I_SQUARED, a * c + b * d, a * c - b * d),
          im = work_calc(w, b * c - a * d);
  STEP(w, "The numerator becomes $@1$.", complex_int(w, re, im));
  if (!work_need(w, norm != 0))
    return;
  FINISH(w, MATH_COMPLEX, tex_complex(w, math_frac_of(re, norm), math_frac_of(im, norm)),
         "[[The quotient is|So the quotient is]] $@0$.");
}

static void ellipse_foci(struct work *w)
{
  int64_t a = work_draw(w, 5, 150), b = work_draw(w, 2, 149);
  bool hyperbola = work_draw(w, 0, 1);
  int64_t truth = hyperbola ? a + b : a - b;
  if (!work_need(w, b < a && !math_is_square(truth)))
    return;
  work_ask(
      w,
      hyperbola
          ? LIST("What is the distance between the foci of the hyperbola "
                 "$\\frac{x^2}{@1} - \\frac{y^2}{@2} = 1$? "
                 "Express your answer in simplest radical form.",
                 "Find the distance between the foci of $\\frac{x^2}{@1} - "
                 "\\frac{y^2}{@2} = 1$ in simplest radical form.")
          : LIST("What is the distance between the foci of the ellipse $\\frac{x^2}{@1} "
                 "+ \\frac{y^2}{@2} = 1$? "
                 "Express your answer in simplest radical form.",
                 "Find the distance between the foci of $\\frac{x^2}{@1} + "
                 "\\frac{y^2}{@2} = 1$ in simplest radical form."),
      LIST(tex(w, a), tex(w, b)));
  bool plus = work_errs(w, MIS_FOCUS_SIGN) ? !hyperbola : hyperbola;
  int64_t square = work_calc_count(w, plus ? a + b : a - b);
  STEP(w, "The foci are at distance $c$ from the center, where $c^2 = @1 @2 @3 = @4$.",
       tex(w, a), plus ? "+" : "-", tex(w, b), tex(w, square));
  if (work_errs(w, MIS_FORGET_DOUBLE)) {
    FINISH(w, MATH_RADICAL, tex_root(w, 1, square, 1), "The distance is $@0$.");
    return;
  }
  FINISH(w, MATH_RADICAL, tex_root(w, 2, square, 1),
         "The distance between them is $2c = 2\\sqrt{@1} = @0$.", tex(w, square));
}

static void log_equation(struct work *w)
{
  int64_t base = work_draw(w, 2, 12), j = work_draw(w, 0, 4), k = work_draw(w, 1, 5),
          x = work_draw(w, -20, 30);
  int64_t m = math_power(base, k), n = math_power(base, j);
  if (!work_need(w, j < k && m < 3000 && m - x && n - x && x))
    return;
  /* (x + p)(x + q) = base^(j + k), with x + p = m and x + q = n */
  int64_t p = m - x, q = n - x;
  work_ask(
      w,
      LIST("Solve $\\log_{@1} (@2) + \\log_{@1} (@3) = @4$ for real $x$.",
           "Find the real number $x$ that satisfies $\\log_{@1} (@2) + \\log_{@1} (@3) = "
           "@4$."),
      LIST(tex(w, base), POLY(w, "x", 1, p), POLY(w, "x", 1, q), tex(w, j + k)));
  int64_t right = work_calc_count(w, math_power(base, j + k));
  if (work_errs(w, MIS_LOG_SUM)) {
    STEP(w, "The arguments add up: $@1 = @2^{@3} = @4$.", POLY(w, "x", 2, p + q),
         tex(w, base), tex(w, j + k), tex(w, right));
    FINISH(w, MATH_INTEGER, tex_frac(w, math_frac_of(right - p - q, 2)), "So $x = @0$.");
    return;
  }
  int64_t b = work_calc(w, p + q), c = work_calc(w, p * q - right);
  STEP(w,
       "The sum of the logarithms is the logarithm of the product, so $(@1)(@2) = "
       "@3^{@4} = @5$.",
       POLY(w, "x", 1, p), POLY(w, "x", 1, q), tex(w, base), tex(w, j + k),
       tex(w, right));
  int64_t d = b * b - 4 * c;
  if (!work_need(w, math_is_square(d)))
    return;
  int64_t low = (-b - math_root_floor(d)) / 2, high = (-b + math_root_floor(d)) / 2;
  STEP(w, "[[Expanding|Multiplying out]], $@1 = 0$, with the solutions $@2$ and $@3$.",
       POLY(w, "x", 1, b, c), tex(w, low), tex(w, high));
  int64_t root = work_rule(w, MIS_ROOT_SIGN, high, low);
  FINISH(w, MATH_INTEGER, tex(w, root),
         "Both arguments must be positive, which leaves $x = @0$.");
}

static void cubic_roots(struct work *w)
{
  int64_t r = work_draw(w, -15, 15), s = work_draw(w, -15, 15), t = work_draw(w, -15, 15);
  if (!work_need(w, r < s && s < t && r && s && t && r + s + t))
    return;
  int64_t b = -(r + s + t), c = r * s + s * t + r * t, d = -r * s * t;
  work_ask(w,
           LIST("Find all the roots of $@1 = 0$. Separate them with commas.",
                "Find all the solutions of $@1 = 0$, separated by commas.",
                "List all roots of the polynomial $@1$."),
           LIST(POLY(w, "x", 1, b, c, d)));
  int64_t small = r * r < t * t ? r : t;
  if (s * s < small * small)
    small = s;
  int64_t others[2], n = 0;
  const int64_t all[] = { r, s, t };
  for (size_t i = 0; i < 3; i++)
    if (all[i] != small)
      others[n++] = all[i];
  STEP(w, "Trying the small divisors of $@1$ we find the root $@2$.",
       tex(w, d < 0 ? -d : d), tex(w, small));
  int64_t sum = work_calc(w, others[0] + others[1]),
          product = work_calc(w, others[0] * others[1]);
  STEP(w, "Dividing by $@1$ leaves $@2$.", POLY(w, "x", 1, -small),
       POLY(w, "x", 1, -sum, product));
  int64_t disc = sum * sum - 4 * product;
  if (!work_need(w, math_is_square(disc)))
    return;
  int64_t low = (sum - math_root_floor(disc)) / 2,
          high = (sum + math_root_floor(disc)) / 2;
  STEP(w, "This factors as $(@1)(@2)$.", POLY(w, "x", 1, -low), POLY(w, "x", 1, -high));
  bool mirrored = low + high != 0 && work_errs(w, MIS_ROOT_SIGN);
  int64_t found[] = { small, mirrored ? -high : low, mirrored ? -low : high };
  for (size_t i = 0; i < 3; i++)
    for (size_t k = i + 1; k < 3; k++)
      if (found[k] < found[i]) {
        int64_t swap = found[i];
        found[i] = found[k];
        found[k] = swap;
      }
  FINISH(w, MATH_LIST, tex_list(w, 3, found), "So the roots are $@0$.");
}

static void telescoping_sum(struct work *w)
{
  int64_t a = work_draw(w, 1, 30), n = work_draw(w, 6, 120), gap = work_draw(w, 1, 6);
  if (!work_need(w, gap > 1 || a < 20))
    return;
  int64_t last = a + n * gap;
  const char *args[] = { tex(w, a),          tex(w, a + gap), tex(w, a + 2 * gap),
                         tex(w, last - gap), tex(w, last),    NULL };
  work_ask(
      w,
      LIST("Compute $\\frac{1}{@1 \\cdot @2} + \\frac{1}{@2 \\cdot @3} + \\cdots + "
           "\\frac{1}{@4 "
           "\\cdot @5}$. Express your answer as a common fraction.",
           "What is the value of the sum $\\frac{1}{@1 \\cdot @2} + \\frac{1}{@2 \\cdot "
           "@3} + \\cdots + "
           "\\frac{1}{@4 \\cdot @5}$, as a common fraction?"),
      args);
  bool forgets = gap > 1 && work_errs(w, MIS_CANCEL_TERMS);
  STEP(w,
       forgets || gap == 1
           ? "Each term is a difference: $\\frac{1}{@1 \\cdot @2} = \\frac{1}{@1} - "
             "\\frac{1}{@2}$, and so on."
           : "Each term is a difference: $\\frac{1}{@1 \\cdot @2} = "
             "\\frac{1}{@3}\\left(\\frac{1}{@1} - "
             "\\frac{1}{@2}\\right)$, and so on.",
       args[0], args[1], tex(w, gap));
  int64_t end = work_errs(w, MIS_OFF_BY_ONE) ? last - gap : last;
  struct frac difference =
      work_calc_frac(w, math_frac_sub(math_frac_of(1, a), math_frac_of(1, end)));
  STEP(w,
       "[[The sum telescopes|All but two parts cancel]], which leaves $\\frac{1}{@1} - "
       "\\frac{1}{@2} = @3$.",
       args[0], tex(w, end), tex_frac(w, difference));
  struct frac sum =
      forgets ? difference : math_frac_mul(difference, math_frac_of(1, gap));
  FINISH(w, MATH_FRACTION, tex_frac(w, sum), "[[The sum is|So the sum is]] $@0$.");
}

static void least_square_sum(struct work *w)
{
  int64_t a = work_draw(w, 1, 20), b = work_draw(w, 1, 20), c = work_draw(w, 2, 60);
  if (!work_need(w, a != b && math_gcd(math_gcd(a, b), c) == 1))
    return;
  work_ask(
      w,
      LIST(
          "If $x$ and $y$ are real numbers with $@1 = @2$, what is the smallest "
          "possible value of $x^2 + "
          "y^2$?",
          "Real numbers $x$ and $y$ satisfy $@1 = @2$. Find the minimum of $x^2 + y^2$."),
      LIST(tex_linear(w, "xy", (int64_t[]){ a, b }), tex(w, c)));
  int64_t norm = work_rule(w, MIS_SQUARE_TERMWISE, a * a + b * b, (a + b) * (a + b));
  int64_t cc = work_calc_count(w, c * c);
  STEP(w,
       "By the Cauchy-Schwarz inequality, $(@1^2 + @2^2)(x^2 + y^2) \\ge (@3)^2$, that "
       "is, $@4(x^2 + y^2) \\ge @5$.",
       tex(w, a), tex(w, b), tex_linear(w, "xy", (int64_t[]){ a, b }), tex(w, norm),
       tex(w, cc));
  FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(cc, norm)),
         "[[Equality can hold|Equality is attained]], so the minimum is $@0$.");
}

const struct math_family math_intermediate[] = {
  { "complex difference", 1, complex_difference },
  { "exponent laws", 1, exponent_laws },
  { "parity of a function", 1, parity_of_function },
  { "remainder theorem", 2, remainder_theorem },
  { "complex product", 2, complex_product },
  { "square of a binomial", 2, square_of_binomial },
  { "absolute equation", 2, absolute_equation },
  { "geometric series", 3, geometric_series },
  { "absolute inequality", 3, absolute_inequality },
  { "double root", 3, double_root },
  { "partial fractions", 4, partial_fractions },
  { "squares of cubic roots", 4, cubic_root_squares },
  { "complex quotient", 4, complex_quotient },
  { "distance of foci", 4, ellipse_foci },
  { "logarithmic equation", 5, log_equation },
  { "roots of a cubic", 5, cubic_roots },
  { "telescoping sum", 5, telescoping_sum },
  { "least sum of squares", 5, least_square_sum },
  { NULL, 0, NULL },
};
