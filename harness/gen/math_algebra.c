/* math_algebra.c - the families of Algebra. */
#include "gen/math_work.h"

static void linear_equation(struct work *w)
{
  int64_t a = work_draw(w, 2, 12), b = work_draw_nonzero(w, -30, 30),
          x = work_draw(w, -15, 15);
  if (!work_need(w, true))
    return;
  int64_t c = a * x + b;
  const char *left = POLY(w, "x", a, b);
  work_ask(
      w,
      LIST("Solve for $x$: $@1 = @2$.", "If $@1 = @2$, what is the value of $x$?",
           "[[Find|Determine]] the value of $x$ [[that satisfies|for which]] $@1 = @2$."),
      LIST(left, tex(w, c)));
  int64_t right = work_rule(w, MIS_SIGN_MOVE, c - b, c + b);
  STEP(w,
       b > 0
           ? "[[Subtracting|We subtract]] $@1$ [[from|on]] both sides[[:| to get]] $@2 = "
             "@3$."
           : "[[Adding|We add]] $@1$ [[to|on]] both sides[[:| to get]] $@2 = @3$.",
       tex(w, b > 0 ? b : -b), POLY(w, "x", a, 0), tex(w, right));
  struct frac solution = work_calc_frac(w, math_frac_of(right, a));
  FINISH(w, MATH_INTEGER, tex_frac(w, solution),
         "Dividing by $@1$, [[we find|we get]] $x = @0$.", tex(w, a));
}

static void evaluate_at_negative(struct work *w)
{
  int64_t a = work_draw(w, 2, 6), b = work_draw_nonzero(w, -9, 9),
          c = work_draw_nonzero(w, -12, 12);
  int64_t x = work_draw(w, -9, -2);
  if (!work_need(w, true))
    return;
  work_ask(w,
           LIST("What is the value of $@1$ when $x = @2$?", "Evaluate $@1$ for $x = @2$.",
                "If $x = @2$, what is the value of the expression $@1$?"),
           LIST(POLY(w, "x", a, b, c), tex(w, x)));
  int64_t square = work_rule(w, MIS_NEGATIVE_SQUARE, x * x, -x * x);
  STEP(w, "First, $x^2 = (@1)^2 = @2$.", tex(w, x), tex(w, square));
  int64_t first = work_calc(w, a * square), second = work_calc(w, b * x);
  STEP(w, "[[So|Then]] $@1x^2 = @2$ and $@3x = @4$.", tex(w, a), tex(w, first),
       tex_coef(w, b), tex(w, second));
  int64_t sum = work_calc(w, first + second + c);
  FINISH(w, MATH_INTEGER, tex(w, sum), "The value is $@1 @2 @3 = @0$.", tex(w, first),
         tex_plus(w, second), tex_plus(w, c));
}

static void distribute_and_solve(struct work *w)
{
  int64_t a = work_draw(w, 2, 9), c = work_draw(w, 2, 9), b = work_draw_nonzero(w, -9, 9);
  int64_t d = work_draw_nonzero(w, -9, 9), x = work_draw(w, -12, 12);
  if (!work_need(w, a != c && b != d))
    return;
  int64_t e = a * (x + b) - c * (x + d);
  work_ask(w,
           LIST("Solve for $x$: $@1(@2) - @3(@4) = @5$.",
                "What value of $x$ satisfies $@1(@2) - @3(@4) = @5$?",
                "Find $x$ if $@1(@2) - @3(@4) = @5$."),
           LIST(tex(w, a), POLY(w, "x", 1, b), tex(w, c), POLY(w, "x", 1, d), tex(w, e)));
  int64_t ab = work_errs(w, MIS_FIRST_TERM_ONLY) ? b : work_calc(w, a * b);
  int64_t cd = work_rule(w, MIS_SIGN_DISTRIBUTE, -c * d, c * d);
  STEP(w, "[[Expanding|Distributing]] gives $@1x @2 - @3x @4 = @5$.", tex(w, a),
       tex_plus(w, ab), tex(w, c), tex_plus(w, cd), tex(w, e));
  int64_t k = work_calc(w, ab + cd);
  STEP(w, "[[Collecting|Combining]] like terms, $@1 = @2$.", POLY(w, "x", a - c, k),
       tex(w, e));
  int64_t right = work_rule(w, MIS_SIGN_MOVE, e - k, e + k);
  STEP(w, "[[So|Hence]] $@1 = @2$.", POLY(w, "x", a - c, 0), tex(w, right));
  FINISH(w, MATH_INTEGER, tex_frac(w, work_calc_frac(w, math_frac_of(right, a - c))),
         "Therefore $x = @0$.", "");
}

static void arithmetic_term(struct work *w)
{
  int64_t a = work_draw(w, -30, 60), d = work_draw_nonzero(w, -12, 12),
          n = work_draw(w, 15, 120);
  if (!work_need(w, n % 10 > 3 || n % 10 == 0))
    return;
  const char *terms = tex_list(w, 4, (int64_t[]){ a, a + d, a + 2 * d, a + 3 * d });
  work_ask(
      w,
      LIST("What is the $@2$th term of the arithmetic sequence $@1, \\ldots$?",
           "Find the $@2$th term of the arithmetic sequence that begins $@1, \\ldots$.",
           "The sequence $@1, \\ldots$ is arithmetic. What is its $@2$th term?"),
      LIST(terms, tex(w, n)));
  int64_t difference = work_rule(w, MIS_SIGN_DISTRIBUTE, d, a < 0 ? 2 * a + d : d);
  STEP(w, "The common difference is $@1 - @2 = @3$.", tex(w, a + d), tex_paren(w, a),
       tex(w, difference));
  int64_t count = work_errs(w, MIS_OFF_BY_ONE) ? n : work_calc(w, n - 1);
  STEP(w,
       "To reach the $@1$th term we add the common difference $@2$ times to the first "
       "term.",
       tex(w, n), tex(w, count));
  int64_t rise = work_calc(w, count * difference);
  int64_t term = work_calc(w, a + rise);
  FINISH(w, MATH_INTEGER, tex(w, term), "So the term is $@1 + @2 \\cdot @3 = @0$.",
         tex(w, a), tex(w, count), tex_paren(w, difference));
}

static const char *line_text(struct work *w, struct frac m, struct frac b)
{
  struct frac size = { m.n < 0 ? -m.n : m.n, m.d };
  const char *slope = size.d == 1 ? tex_coef(w, size.n) : tex_frac(w, size);
  const char *left = m.n == 0 ? "" : tex_format(w, "%s%sx", m.n < 0 ? "-" : "", slope);
  if (b.n == 0 || m.n == 0)
    return b.n == 0 && m.n ? left : tex_frac(w, b);
  return tex_format(w, "%s %c %s", left, b.n < 0 ? '-' : '+',
                    tex_frac(w, (struct frac){ b.n < 0 ? -b.n : b.n, b.d }));
}

static void line_through_points(struct work *w)
{
  int64_t x = work_draw(w, -9, 9), y = work_draw(w, -9, 9), dx = work_draw(w, 1, 6);
  int64_t dy = work_draw_nonzero(w, -9, 9);
  if (!work_need(w, dx != dy && dx != -dy))
    return;
  work_ask(
      w,
      LIST(
          "What is the equation of the line through $(@1,@2)$ and $(@3,@4)$? Write it in "
          "the form $y = mx + b$.",
          "A line passes through the points $(@1,@2)$ and $(@3,@4)$. [[Find|Give]] its "
          "equation in the form $y = mx + b$."),
      LIST(tex(w, x), tex(w, y), tex(w, x + dx), tex(w, y + dy)));
  struct frac m =
      work_rule_frac(w, MIS_INVERT_SLOPE, math_frac_of(dy, dx), math_frac_of(dx, dy));
  STEP(w, "The slope is $m = \\frac{@1 - @2}{@3 - @4} = @5$.", tex(w, y + dy),
       tex_paren(w, y), tex(w, x + dx), tex_paren(w, x), tex_frac(w, m));
  struct frac mx = work_calc_frac(w, math_frac_mul(m, math_frac_of(x, 1)));
  struct frac b = work_calc_frac(w, math_frac_sub(math_frac_of(y, 1), mx));
  STEP(w, "[[Substituting|Using]] the point $(@1,@2)$, $@2 = @3 + b$, so $b = @4$.",
       tex(w, x), tex(w, y), tex_frac(w, mx), tex_frac(w, b));
  FINISH(w, MATH_EQUATION, tex_format(w, "y = %s", line_text(w, m, b)),
         "[[The equation is|The line is]] $@0$.", "");
}

static void inequality_flip(struct work *w)
{
  int64_t a = work_draw(w, 2, 9), b = work_draw_nonzero(w, -20, 20),
          k = work_draw(w, -9, 9);
  int64_t relation = work_draw(w, 0, 3);
  if (!work_need(w, true))
    return;
  static const char *const signs[] = { "<", "\\le", ">", "\\ge" };
  int64_t c = b - a * k;
  const char *left = tex_format(w, "%s - %sx", tex(w, b), tex(w, a));
  work_ask(
      w,
      LIST("Solve the inequality $@1 @2 @3$. Express your answer in interval notation.",
           "For what values of $x$ is $@1 @2 @3$? Express your answer in interval "
           "notation.",
           "Find all $x$ such that $@1 @2 @3$, in interval notation."),
      LIST(left, signs[relation], tex(w, c)));
  int64_t right = work_rule(w, MIS_SIGN_MOVE, c - b, c + b);
  STEP(w, "Moving the constant, $-@1x @2 @3$.", tex(w, a), signs[relation],
       tex(w, right));
  bool flip = !work_errs(w, MIS_NO_FLIP);
  int64_t turned = flip ? (relation + 2) % 4 : relation;
  struct frac bound = work_calc_frac(w, math_frac_of(-right, a));
  STEP(w,
       flip ? "Dividing by $-@1$ reverses the inequality: $x @2 @3$."
            : "Dividing by $-@1$ gives $x @2 @3$.",
       tex(w, a), signs[turned], tex_frac(w, bound));
  const char *q = tex_frac(w, bound);
  const char *answer = turned == 0   ? tex_format(w, "(-\\infty, %s)", q)
                       : turned == 1 ? tex_format(w, "(-\\infty, %s]", q)
                       : turned == 2 ? tex_format(w, "(%s, \\infty)", q)
                                     : tex_format(w, "[%s, \\infty)", q);
  FINISH(w, MATH_INTERVAL, answer, "In interval notation, the solution is $@0$.", "");
}

static void parabola_vertex(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -6, 6), h = work_draw_nonzero(w, -8, 8),
          k = work_draw(w, -30, 30);
  if (!work_need(w, true))
    return;
  int64_t b = -2 * a * h, c = a * h * h + k;
  work_ask(w,
           LIST("What is the vertex of the parabola $y = @1$? Express your answer as an "
                "ordered "
                "pair.",
                "Find the coordinates $(h,k)$ of the vertex of the graph of $y = @1$."),
           LIST(POLY(w, "x", a, b, c)));
  struct frac x =
      work_rule_frac(w, MIS_ROOT_SIGN, math_frac_of(-b, 2 * a), math_frac_of(b, 2 * a));
  STEP(w, "The $x$-coordinate of the vertex is $-\\frac{b}{2a} = @1$.", tex_frac(w, x));
  struct frac square = work_calc_frac(w, math_frac_mul(x, x));
  struct frac ax2 = work_calc_frac(w, math_frac_mul(math_frac_of(a, 1), square));
  struct frac bx = work_calc_frac(w, math_frac_mul(math_frac_of(b, 1), x));
  struct frac y =
      work_calc_frac(w, math_frac_add(math_frac_add(ax2, bx), math_frac_of(c, 1)));
  STEP(w, "[[There|At this point]] $x^2 = @1$, so $y = @2 + @3 @4 = @5$.",
       tex_frac(w, square), tex_frac(w, ax2),
       bx.n < 0 ? tex_format(w, "(%s)", tex_frac(w, bx)) : tex_frac(w, bx),
       tex_plus(w, c), tex_frac(w, y));
  FINISH(w, MATH_TUPLE, tex_format(w, "(%s,%s)", tex_frac(w, x), tex_frac(w, y)),
         "The vertex is $@0$.", "");
}

static void distance_of_points(struct work *w)
{
  int64_t x = work_draw(w, -9, 9), y = work_draw(w, -9, 9), dx = work_draw(w, 1, 12),
          dy = work_draw(w, 1, 12);
  if (!work_need(w, !math_is_square(dx * dx + dy * dy)))
    return;
  work_ask(
      w,
      LIST(
          "What is the distance between the points $(@1,@2)$ and $(@3,@4)$? Express your "
          "answer in simplest radical form.",
          "Find the [[length of the segment|distance]] from $(@1,@2)$ to $(@3,@4)$ in "
          "simplest radical form."),
      LIST(tex(w, x), tex(w, y), tex(w, x + dx), tex(w, y - dy)));
  int64_t across = work_calc_count(w, dx), down = work_calc_count(w, dy);
  STEP(w, "The $x$-coordinates differ by $@1$ and the $y$-coordinates differ by $@2$.",
       tex(w, across), tex(w, down));
  if (work_errs(w, MIS_ROOT_TERMWISE)) {
    FINISH(w, MATH_RADICAL, tex(w, across + down),
           "The distance is $\\sqrt{@1^2 + @2^2} = @1 + @2 = @0$.", tex(w, across),
           tex(w, down));
    return;
  }
  int64_t square = work_calc_count(w, across * across + down * down);
  FINISH(w, MATH_RADICAL, tex_root(w, 1, square, 1),
         "[[By the distance formula|By the Pythagorean theorem]], the distance is "
         "$\\sqrt{@1^2 + @2^2} = \\sqrt{@3} = @0$.",
         tex(w, across), tex(w, down), tex(w, square));
}

static void larger_root(struct work *w)
{
  int64_t a = work_draw(w, 1, 5), b = work_draw_nonzero(w, -20, 20),
          c = work_draw_nonzero(w, -30, 30);
  int64_t truth = b * b - 4 * a * c;
  if (!work_need(w,
                 truth > 0 && !math_is_square(truth) && math_gcd(math_gcd(a, b), c) == 1))
    return;
  work_ask(
      w,
      LIST("What is the larger root of $@1 = 0$? Express your answer in simplest radical "
           "form.",
           "Find the larger of the two solutions of $@1 = 0$, in simplest radical form."),
      LIST(POLY(w, "x", a, b, c)));
  int64_t square =
      b < 0 ? work_rule(w, MIS_NEGATIVE_SQUARE, b * b, -b * b) : work_calc(w, b * b);
  int64_t product = work_rule(w, MIS_SIGN_DISTRIBUTE, 4 * a * c, -4 * a * c);
  int64_t d = work_calc(w, square - product);
  STEP(w, "The discriminant is $b^2 - 4ac = @1 - @2 = @3$.", tex(w, square),
       tex_paren(w, product), tex(w, d));
  if (!work_need(w, d > 0))
    return;
  int64_t minus_b = work_rule(w, MIS_ROOT_SIGN, -b, b);
  STEP(w, "By the quadratic formula, the roots are $\\frac{@1 \\pm \\sqrt{@2}}{@3}$.",
       tex(w, minus_b), tex(w, d), tex(w, 2 * a));
  FINISH(w, MATH_RADICAL, tex_surd(w, minus_b, 1, d, 2 * a), "The larger root is $@0$.",
         "");
}

static void compound_interest(struct work *w)
{
  int64_t k = work_draw(w, 3, 99), r = work_draw(w, 2, 15);
  const char *place =
      work_draw_word(w, LIST("an account", "a certificate of deposit", "a bond",
                             "a savings plan", "a fund", "a credit union"));
  if (!work_need(w, true))
    return;
  const char *amount = tex(w, 100 * k), *rate = tex(w, r);
  work_ask(
      w,
      LIST(
          "[[Mara|Joel|Priya|Owen|Lena]] puts $\\$@1$ into @2 that pays $@3\\%$ interest "
          "compounded annually. How many dollars is it worth after two years?",
          "[[A teacher|An engineer|A baker|A farmer]] invests $\\$@1$ in @2 at an "
          "annual rate of $@3\\%$, compounded "
          "once a year. What is the value of the investment, in dollars, at the end of "
          "two years?"),
      LIST(amount, place, rate));
  if (work_errs(w, MIS_PERCENT_ADD)) {
    STEP(w, "Two years at $@1\\%$ add up to $@2\\%$.", rate, tex(w, 2 * r));
    int64_t simple = work_calc_count(w, 100 * k * (100 + 2 * r));
    FINISH(w, MATH_CURRENCY, tex_money(w, simple), "So the value is $@0$.", "");
    return;
  }
  int64_t first = work_calc_count(w, 100 * k * (100 + r));
  STEP(w, "After one year the value is $1.@1 \\cdot @2 = @3$ dollars.",
       tex_format(w, "%02d", (int)r), amount, tex_decimal(w, first, 2));
  int64_t gain = work_calc_count(w, first * r / 100);
  STEP(w,
       "In the second year it earns another $@1\\%$ of $@2$, [[which is|that is]] $@3$ "
       "dollars.",
       rate, tex_decimal(w, first, 2), tex_decimal(w, gain, 2));
  FINISH(w, MATH_CURRENCY, tex_money(w, work_calc_count(w, first + gain)),
         "The total value is $@0$.", "");
}

static void quadratic_inequality(struct work *w)
{
  int64_t a = work_draw(w, 1, 5), r = work_draw(w, -15, 15), s = work_draw(w, -15, 15);
  bool strict = work_draw(w, 0, 1), outside = work_draw(w, 0, 1);
  if (!work_need(w, r < s && r != -s))
    return;
  const char *sign = outside ? (strict ? ">" : "\\ge") : strict ? "<" : "\\le";
  work_ask(
      w,
      LIST("Solve $@1 @2 0$. Express your answer in interval notation.",
           "For what real values of $x$ is $@1 @2 0$? Express your answer in interval "
           "notation.",
           "Find the solution set of the inequality $@1 @2 0$ in interval notation."),
      LIST(POLY(w, "x", a, -a * (r + s), a * r * s), sign));
  STEP(w, "The left side factors as $@1(@2)(@3)$.", tex_coef(w, a), POLY(w, "x", 1, -r),
       POLY(w, "x", 1, -s));
  bool mirrored = work_errs(w, MIS_ROOT_SIGN);
  int64_t low = mirrored ? -s : r, high = mirrored ? -r : s;
  STEP(w, "Its roots are $@1$ and $@2$.", tex(w, low), tex(w, high));
  bool out = work_errs(w, MIS_INSIDE_OUTSIDE) ? !outside : outside;
  STEP(w,
       out ? "[[Since the parabola opens upward,|The parabola opens upward, so]] the "
             "inequality holds to the left of the smaller root and to the right of the "
             "larger."
           : "[[Since the parabola opens upward,|The parabola opens upward, so]] the "
             "inequality holds between the roots.");
  const char *open = strict ? "(" : "[", *close = strict ? ")" : "]";
  const char *answer =
      out ? tex_format(w, "(-\\infty, %s%s \\cup %s%s, \\infty)", tex(w, low), close,
                       open, tex(w, high))
          : tex_format(w, "%s%s, %s%s", open, tex(w, low), tex(w, high), close);
  FINISH(w, outside ? MATH_UNION : MATH_INTERVAL, answer, "The solution is $@0$.", "");
}

static void inverse_at(struct work *w)
{
  int64_t a = work_draw(w, 1, 9), b = work_draw_nonzero(w, -9, 9), c = work_draw(w, 1, 5);
  int64_t d = work_draw_nonzero(w, -9, 9), k = work_draw_nonzero(w, -6, 6);
  if (!work_need(w, a * d != b * c && a != k * c && c * k + d != 0 && a * k + b != 0 &&
                        math_gcd(math_gcd(a, b), math_gcd(c, d)) == 1))
    return;
  const char *f = tex_format(w, "\\frac{%s}{%s}", POLY(w, "x", a, b), POLY(w, "x", c, d));
  work_ask(
      w,
      LIST("If $f(x) = @1$, what is $f^{-1}(@2)$? Express your answer as a common "
           "fraction "
           "if it is not an integer.",
           "Let $f(x) = @1$. Find $f^{-1}(@2)$, where $f^{-1}$ is the inverse of $f$."),
      LIST(f, tex(w, k)));
  if (work_errs(w, MIS_INVERSE_RECIPROCAL)) {
    struct frac value = math_frac_of(a * k + b, c * k + d);
    STEP(w, "We compute $f(@1) = @2$.", tex(w, k), tex_frac(w, value));
    FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(value.d, value.n)),
           "So $f^{-1}(@1) = \\frac{1}{f(@1)} = @0$.", tex(w, k));
    return;
  }
  int64_t kc = work_calc(w, k * c), kd = work_calc(w, k * d);
  STEP(w, "We need the $x$ with $f(x) = @1$, that is, $@2 = @1(@3) = @4$.", tex(w, k),
       POLY(w, "x", a, b), POLY(w, "x", c, d), POLY(w, "x", kc, kd));
  int64_t left = work_calc(w, a - kc),
          right = work_rule(w, MIS_SIGN_MOVE, kd - b, kd + b);
  STEP(w, "[[Collecting|Gathering]] terms, $@1 = @2$.", POLY(w, "x", left, 0),
       tex(w, right));
  if (!work_need(w, left != 0))
    return;
  FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(right, left)),
         "[[Hence|So]] $f^{-1}(@1) = @0$.", tex(w, k));
}

static void sum_of_squared_roots(struct work *w)
{
  int64_t a = work_draw(w, 1, 6), b = work_draw_nonzero(w, -15, 15),
          c = work_draw_nonzero(w, -15, 15);
  int64_t d = b * b - 4 * a * c;
  if (!work_need(w, d > 0 && !math_is_square(d) && math_gcd(math_gcd(a, b), c) == 1))
    return;
  work_ask(
      w,
      LIST(
          "Let $r$ and $s$ be the roots of $@1 = 0$. What is $r^2 + s^2$?",
          "If $r$ and $s$ are the solutions of $@1 = 0$, find the value of $r^2 + s^2$."),
      LIST(POLY(w, "x", a, b, c)));
  struct frac sum =
      work_rule_frac(w, MIS_ROOT_SIGN, math_frac_of(-b, a), math_frac_of(b, a));
  struct frac product = work_calc_frac(w, math_frac_of(c, a));
  STEP(w, "By Vieta's formulas, $r + s = @1$ and $rs = @2$.", tex_frac(w, sum),
       tex_frac(w, product));
  struct frac square = work_calc_frac(w, math_frac_mul(sum, sum));
  if (work_errs(w, MIS_SQUARE_TERMWISE)) {
    FINISH(w, MATH_FRACTION, tex_frac(w, square), "So $r^2 + s^2 = (r+s)^2 = @0$.", "");
    return;
  }
  STEP(w, "We use $r^2 + s^2 = (r+s)^2 - 2rs$, where $(r+s)^2 = @1$.",
       tex_frac(w, square));
  struct frac twice = work_calc_frac(w, math_frac_mul(math_frac_of(2, 1), product));
  FINISH(w, MATH_FRACTION, tex_frac(w, work_calc_frac(w, math_frac_sub(square, twice))),
         "[[Thus|Therefore]] $r^2 + s^2 = @1 - @2 = @0$.", tex_frac(w, square),
         tex_frac_paren(w, twice));
}

static void linear_system(struct work *w)
{
  int64_t a = work_draw(w, 2, 7), b = work_draw(w, 2, 7), c = work_draw(w, 2, 7),
          d = work_draw_nonzero(w, -7, 7);
  int64_t x = work_draw(w, -8, 8), y = work_draw(w, -8, 8);
  int64_t e = a * x + b * y, f = c * x + d * y;
  if (!work_need(w, a * d != b * c && math_gcd(math_gcd(a, b), e) == 1))
    return;
  work_ask(
      w,
      LIST("Solve the system of equations\n\\begin{align*}\n@1 &= @2, \\\\\n@3 &= @4.\n"
           "\\end{align*}\nExpress your answer as an ordered pair $(x,y)$.",
           "Find the ordered pair $(x,y)$ that satisfies both $@1 = @2$ and $@3 = @4$."),
      LIST(tex_linear(w, "xy", (int64_t[]){ a, b }), tex(w, e),
           tex_linear(w, "xy", (int64_t[]){ c, d }), tex(w, f)));
  int64_t ed = work_calc(w, e * d), fb = work_calc(w, f * b), ad = work_calc(w, a * d),
          bc = work_calc(w, b * c);
  STEP(w,
       "Multiply the first equation by $@1$ and the second by $@2$: $@3 = @4$ and $@5 = "
       "@6$.",
       tex(w, d), tex(w, b), tex_linear(w, "xy", (int64_t[]){ ad, b * d }), tex(w, ed),
       tex_linear(w, "xy", (int64_t[]){ bc, b * d }), tex(w, fb));
  int64_t right = work_rule(w, MIS_SIGN_DISTRIBUTE, ed - fb, ed + fb),
          left = work_calc(w, ad - bc);
  STEP(w, "Subtracting the second from the first [[gives|leaves]] $@1 = @2$.",
       POLY(w, "x", left, 0), tex(w, right));
  if (!work_need(w, left != 0))
    return;
  struct frac xx = work_calc_frac(w, math_frac_of(right, left));
  struct frac ax = work_calc_frac(w, math_frac_mul(math_frac_of(a, 1), xx));
  struct frac yy = work_calc_frac(
      w, math_frac_div(math_frac_sub(math_frac_of(e, 1), ax), math_frac_of(b, 1)));
  STEP(w,
       "So $x = @1$, and the first equation becomes $@2 + @3y = @4$, which gives $y = "
       "@5$.",
       tex_frac(w, xx), tex_frac(w, ax), tex(w, b), tex(w, e), tex_frac(w, yy));
  FINISH(w, MATH_TUPLE, tex_format(w, "(%s,%s)", tex_frac(w, xx), tex_frac(w, yy)),
         "The solution is $@0$.", "");
}

static void floor_and_ceiling(struct work *w)
{
  int64_t a = work_draw(w, 10, 99), b = work_draw(w, 3, 9), c = work_draw(w, 10, 99),
          d = work_draw(w, 3, 9);
  if (!work_need(w, math_gcd(a, b) == 1 && math_gcd(c, d) == 1))
    return;
  const char *first = tex_frac(w, math_frac_of(-a, b)),
             *second = tex_frac(w, math_frac_of(c, d));
  work_ask(
      w,
      LIST("Evaluate $\\left\\lfloor @1 \\right\\rfloor + \\left\\lceil @2 "
           "\\right\\rceil$.",
           "What is the value of $\\left\\lfloor @1 \\right\\rfloor + \\left\\lceil @2 "
           "\\right\\rceil$?"),
      LIST(first, second));
  int64_t low = work_rule(w, MIS_FLOOR_TOWARD_ZERO, math_floor_div(-a, b), -a / b);
  STEP(w, "The greatest integer that is at most $@1$ is $@2$.", first, tex(w, low));
  int64_t high = work_rule(w, MIS_OFF_BY_ONE, c / d + 1, c / d);
  STEP(w, "The least integer that is at least $@1$ is $@2$.", second, tex(w, high));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, low + high)),
         "[[The sum is|Their sum is]] $@1 + @2 = @0$.", tex(w, low), tex(w, high));
}

static void rationalize(struct work *w)
{
  int64_t a = work_draw(w, 1, 30), b = work_draw(w, 2, 150), c = work_draw(w, 1, 12);
  bool minus = work_draw(w, 0, 1);
  if (!work_need(w, !math_is_square(b) && b > c * c))
    return;
  const char *below =
      tex_format(w, "\\sqrt{%lld} %s", (long long)b, tex_plus(w, minus ? -c : c));
  const char *other =
      tex_format(w, "\\sqrt{%lld} %s", (long long)b, tex_plus(w, minus ? c : -c));
  work_ask(w,
           LIST("Rationalize the denominator of $\\frac{@1}{@2}$ and simplify.",
                "Write $\\frac{@1}{@2}$ with a rational denominator, in simplest form."),
           LIST(tex(w, a), below));
  STEP(w, "We [[multiply|expand]] numerator and denominator by $@1$.", other);
  int64_t norm = work_rule(w, MIS_CONJUGATE, b - c * c, b + c * c);
  if (!work_need(w, norm > 0))
    return;
  STEP(w, "The denominator becomes $@1$ and the numerator $@2(@3)$.", tex(w, norm),
       tex_coef(w, a), other);
  int64_t whole =
      a > 1 && work_errs(w, MIS_FIRST_TERM_ONLY) ? c : work_calc_count(w, a * c);
  FINISH(w, MATH_RADICAL, tex_surd(w, minus ? whole : -whole, a, b, norm),
         "[[Simplifying|Multiplying out]], we get $@0$.");
}

const struct math_family math_algebra[] = {
  { "linear equation", 1, linear_equation },
  { "evaluate at a negative", 1, evaluate_at_negative },
  { "distribute and solve", 2, distribute_and_solve },
  { "arithmetic term", 2, arithmetic_term },
  { "distance of points", 2, distance_of_points },
  { "line through points", 3, line_through_points },
  { "inequality with a flip", 3, inequality_flip },
  { "vertex of a parabola", 3, parabola_vertex },
  { "linear system", 3, linear_system },
  { "larger root", 4, larger_root },
  { "compound interest", 4, compound_interest },
  { "quadratic inequality", 4, quadratic_inequality },
  { "floor and ceiling", 4, floor_and_ceiling },
  { "inverse of a function", 5, inverse_at },
  { "rationalize", 5, rationalize },
  { "sum of squared roots", 5, sum_of_squared_roots },
  { NULL, 0, NULL },
};
