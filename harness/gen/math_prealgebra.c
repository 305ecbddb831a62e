/* math_prealgebra.c - the families of Prealgebra. */
#include "gen/math_work.h"

static void add_fractions(struct work *w)
{
  int64_t a = work_draw(w, 1, 17), b = work_draw(w, 2, 18), c = work_draw(w, 1, 17),
          d = work_draw(w, 2, 18);
  if (!work_need(w,
                 a < b && c < d && b < d && math_gcd(a, b) == 1 && math_gcd(c, d) == 1))
    return;
  struct frac x = math_frac_of(a, b), y = math_frac_of(c, d);
  work_ask(
      w,
      LIST("Compute $@1 + @2$. Express your answer as a common fraction.",
           "What is the sum of $@1$ and $@2$, in lowest terms?",
           "[[Rita|Omar|Chen]] walks $@1$ of a mile in the morning and $@2$ of a mile in "
           "the evening. How many "
           "miles is that in all? Express your answer as a common fraction."),
      LIST(tex_frac(w, x), tex_frac(w, y)));
  if (work_errs(w, MIS_ADD_FRACTIONS)) {
    FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(a + c, b + d)),
           "The sum is $\\frac{@1 + @2}{@3 + @4} = @0$.", tex(w, a), tex(w, c), tex(w, b),
           tex(w, d));
    return;
  }
  int64_t common = work_calc_count(w, b / math_gcd(b, d) * d);
  if (!work_need(w, common % b == 0 && common % d == 0))
    return;
  int64_t p = work_calc_count(w, a * (common / b)),
          q = work_calc_count(w, c * (common / d));
  STEP(w,
       "With the common denominator $@1$ the fractions are $\\frac{@2}{@1}$ and "
       "$\\frac{@3}{@1}$.",
       tex(w, common), tex(w, p), tex(w, q));
  FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(p + q, common)),
         "[[Their|The]] sum is $\\frac{@1}{@2} = @0$.", tex(w, p + q), tex(w, common));
}

static void order_of_operations(struct work *w)
{
  int64_t a = work_draw(w, 2, 30), b = work_draw(w, 2, 12), c = work_draw(w, 2, 12),
          q = work_draw(w, 2, 9), d = work_draw(w, 2, 9);
  if (!work_need(w, a != b))
    return;
  work_ask(w,
           LIST("Evaluate $@1 + @2 \\times @3 - @4 \\div @5$.",
                "What is the value of $@1 + @2 \\times @3 - @4 \\div @5$?",
                "Simplify: $@1 + @2 \\times @3 - @4 \\div @5$."),
           LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, q * d), tex(w, d)));
  if (work_errs(w, MIS_ORDER_OF_OPERATIONS)) {
    int64_t sum = work_calc(w, a + b), product = work_calc(w, sum * c),
            less = work_calc(w, product - q * d);
    STEP(w, "From left to right, $@1 + @2 = @3$ and $@3 \\times @4 = @5$.", tex(w, a),
         tex(w, b), tex(w, sum), tex(w, c), tex(w, product));
    FINISH(w, MATH_INTEGER, tex_frac(w, math_frac_of(less, d)),
           "Then $@1 - @2 = @3$, and dividing by $@4$ gives $@0$.", tex(w, product),
           tex(w, q * d), tex(w, less), tex(w, d));
    return;
  }
  int64_t product = work_calc(w, b * c), quotient = work_calc(w, q);
  STEP(w,
       "[[Multiplication and division come first|We multiply and divide first]]: $@1 "
       "\\times @2 = @3$ and $@4 \\div @5 = @6$.",
       tex(w, b), tex(w, c), tex(w, product), tex(w, q * d), tex(w, d), tex(w, quotient));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, a + product - quotient)),
         "Then $@1 @2 @3 = @0$.", tex(w, a), tex_plus(w, product),
         tex_plus(w, -quotient));
}

static void what_percent(struct work *w)
{
  int64_t p = work_draw(w, 2, 95), k = work_draw(w, 2, 60);
  int64_t whole = 20 * k, part = k * p / 5;
  if (!work_need(w, k * p % 5 == 0 && p % 10 != 0 && part > 1))
    return;
  work_ask(w,
           LIST("$@1$ is what percent of $@2$?", "What percent of $@2$ is $@1$?",
                "In a [[school|club|village]] of @2 [[members|people]], @1 voted for a "
                "proposal. What percent of them is that?"),
           LIST(tex(w, part), tex(w, whole)));
  struct frac ratio = work_rule_frac(w, MIS_INVERT_RATIO, math_frac_of(part, whole),
                                     math_frac_of(whole, part));
  STEP(w, "The ratio is $@1$.", tex_frac(w, ratio));
  struct frac percent = work_calc_frac(w, math_frac_mul(ratio, math_frac_of(100, 1)));
  FINISH(w, MATH_PERCENT, tex_format(w, "%s\\%%", tex_frac(w, percent)),
         "[[As a percent|In percent]], this is $@0$.");
}

static void add_mixed_numbers(struct work *w)
{
  int64_t a = work_draw(w, 1, 12), b = work_draw(w, 1, 11), c = work_draw(w, 2, 12),
          d = work_draw(w, 1, 12);
  int64_t e = work_draw(w, 1, 11), f = work_draw(w, 2, 12);
  if (!work_need(w, b < c && e < f && c != f && math_gcd(b, c) == 1 &&
                        math_gcd(e, f) == 1 &&
                        math_frac_add(math_frac_of(b, c), math_frac_of(e, f)).d > 1))
    return;
  struct frac x = math_frac_of(a * c + b, c), y = math_frac_of(d * f + e, f);
  work_ask(
      w,
      LIST("Compute $@1 + @2$. Express your answer as a mixed number.",
           "A recipe needs $@1$ cups of flour and $@2$ cups of sugar. How many cups is "
           "that together? Express your "
           "answer as a mixed number."),
      LIST(tex_mixed(w, x), tex_mixed(w, y)));
  int64_t whole = work_calc_count(w, a + d);
  struct frac parts = work_rule_frac(
      w, MIS_ADD_FRACTIONS, math_frac_add(math_frac_of(b, c), math_frac_of(e, f)),
      math_frac_of(b + e, c + f));
  STEP(w, "The whole parts add up to $@1$ and the fractions to $@2 + @3 = @4$.",
       tex(w, whole), tex_frac(w, math_frac_of(b, c)), tex_frac(w, math_frac_of(e, f)),
       tex_frac(w, parts));
  struct frac sum = work_calc_frac(w, math_frac_add(math_frac_of(whole, 1), parts));
  FINISH(w, MATH_MIXED, tex_mixed(w, sum), "[[Altogether this is|The sum is]] $@0$.");
}

static void missing_score(struct work *w)
{
  int64_t a = work_draw(w, 60, 99), b = work_draw(w, 60, 99), c = work_draw(w, 60, 99),
          mean = work_draw(w, 70, 95);
  int64_t last = 4 * mean - a - b - c;
  if (!work_need(w, last >= 50 && last <= 100))
    return;
  work_ask(
      w,
      LIST("[[Maya|Felix|Tariq|Greta]] scored @1, @2 and @3 on three tests. What score "
           "on the fourth test makes the average of all four "
           "exactly @4?",
           "The mean of the four numbers @1, @2, @3 and $n$ is @4. What is $n$?"),
      LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, mean)));
  int64_t count = work_rule(w, MIS_OFF_BY_ONE, 4, 3);
  int64_t needed = work_calc_count(w, count * mean);
  STEP(w, "The total must be $@1 \\cdot @2 = @3$.", tex(w, count), tex(w, mean),
       tex(w, needed));
  int64_t have = work_calc_count(w, a + b + c);
  STEP(w, "The three known numbers add up to $@1$.", tex(w, have));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, needed - have)),
         "[[So the missing one is|The rest is]] $@1 - @2 = @0$.", tex(w, needed),
         tex(w, have));
}

static void to_decimal(struct work *w)
{
  static const int64_t below[] = { 8, 16, 20, 25, 32, 40, 50, 80, 125, 200, 250, 400 };
  int64_t d = below[work_draw(w, 0, 11)], n = work_draw(w, 1, 699);
  if (!work_need(w, math_gcd(n, d) == 1))
    return;
  work_ask(w,
           LIST("Express $\\frac{@1}{@2}$ as a decimal.",
                "Write $\\frac{@1}{@2}$ as a decimal.",
                "What is $@1 \\div @2$ as a decimal?"),
           LIST(tex(w, n), tex(w, d)));
  int places = 0;
  int64_t ten = 1;
  while (ten % d) {
    ten *= 10;
    places++;
  }
  int64_t factor = work_calc_count(w, ten / d), top = work_calc_count(w, n * factor);
  STEP(w,
       "[[Expanding the fraction|We expand]] by $@1$ to make the denominator $@2$: "
       "$\\frac{@3}{@2}$.",
       tex(w, factor), tex(w, ten), tex(w, top));
  int shift = work_errs(w, MIS_PLACE_VALUE) ? places - 1 : places;
  FINISH(w, MATH_DECIMAL, tex_decimal(w, top, shift),
         "[[This equals|As a decimal, this is]] $@0$.");
}

static void discount_and_tax(struct work *w)
{
  int64_t price = work_draw(w, 2, 60), off = work_draw(w, 1, 10),
          tax = work_draw(w, 1, 12);
  const char *what = work_draw_word(
      w, LIST("coat", "lamp", "bicycle", "watch", "backpack", "chair", "radio"));
  if (!work_need(w, price * 20 * (100 - 5 * off) * tax % 100 == 0))
    return;
  int64_t dollars = 20 * price;
  work_ask(
      w,
      LIST("A @4 is priced at $\\$@1$. In a sale it is reduced by $@2\\%$, and then a "
           "sales tax of $@3\\%$ is added to the "
           "reduced price. What is the final cost, in dollars?",
           "The regular price of a @4 is $\\$@1$. [[Nina|Carl|Yuki]] buys it at a "
           "discount of $@2\\%$ and pays $@3\\%$ tax on the discounted "
           "price. How many dollars does it cost in all?"),
      LIST(tex(w, dollars), tex(w, 5 * off), tex(w, tax), what));
  if (work_errs(w, MIS_PERCENT_ADD)) {
    int64_t net = 100 - 5 * off + tax;
    STEP(w, "Altogether $@1\\%$ of the price has to be paid.", tex(w, net));
    FINISH(w, MATH_CURRENCY, tex_money(w, work_calc_count(w, dollars * net)),
           "So the cost is $@0$.");
    return;
  }
  int64_t reduced = work_calc_count(w, dollars * (100 - 5 * off));
  STEP(w, "After the discount, $@1\\%$ of $\\$@2$ remains, which is $@3$.",
       tex(w, 100 - 5 * off), tex(w, dollars), tex_money(w, reduced));
  if (!work_need(w, reduced * tax % 100 == 0))
    return;
  int64_t extra = work_calc_count(w, reduced * tax / 100);
  STEP(w, "The tax on this is $@1$.", tex_money(w, extra));
  FINISH(w, MATH_CURRENCY, tex_money(w, work_calc_count(w, reduced + extra)),
         "The final cost is $@1 + @2 = @0$.", tex_money(w, reduced), tex_money(w, extra));
}

static void day_of_week(struct work *w)
{
  static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday" };
  int64_t start = work_draw(w, 0, 6), n = work_draw(w, 15, 2500);
  if (!work_need(w, n % 7 != 0))
    return;
  work_ask(
      w,
      LIST("If today is a @1, what day of the week will it be @2 days from now?",
           "A project starts on a @1 and ends @2 days later. On what day of the week "
           "does it end?"),
      LIST(days[start], tex(w, n)));
  int64_t weeks = work_calc_count(w, n / 7);
  int64_t rest = work_errs(w, MIS_OFF_BY_ONE) ? n % 7 - 1 : n - 7 * weeks;
  STEP(w, "$@1$ days are $@2$ weeks and $@3$ days.", tex(w, n), tex(w, weeks),
       tex(w, rest));
  const char *day = days[math_mod(start + rest, 7)];
  FINISH(w, MATH_TEXT, tex_format(w, "\\text{%s}", day),
         "Whole weeks change nothing, so it is $@1$ days after @2: $@0$.",
         tex(w, math_mod(rest, 7)), days[start]);
}

static void greatest_fraction(struct work *w)
{
  int64_t n[5], d[5];
  for (size_t i = 0; i < 5; i++) {
    n[i] = work_draw(w, 1, 9);
    d[i] = work_draw(w, 5, 16);
  }
  bool distinct = true;
  size_t best = 0, most = 0;
  for (size_t i = 0; i < 5; i++) {
    distinct &= n[i] < d[i] && math_gcd(n[i], d[i]) == 1;
    for (size_t k = 0; k < i; k++)
      distinct &= n[i] * d[k] != n[k] * d[i] && d[i] != d[k];
    best = n[i] * d[best] > n[best] * d[i] ? i : best;
    most = d[i] > d[most] ? i : most;
  }
  if (!work_need(w, distinct && best != most))
    return;
  const char *args[6] = { NULL };
  int64_t hundredths[5];
  for (size_t i = 0; i < 5; i++)
    args[i] = tex_frac(w, math_frac_of(n[i], d[i]));
  work_ask(w,
           LIST("Which of the following is the greatest?\n$\\textbf{(A)}\\ @1 \\qquad "
                "\\textbf{(B)}\\ @2 \\qquad "
                "\\textbf{(C)}\\ @3 \\qquad \\textbf{(D)}\\ @4 \\qquad \\textbf{(E)}\\ "
                "@5$\nAnswer with the letter.",
                "Which fraction is the largest: $\\text{(A) }@1$, $\\text{(B) }@2$, "
                "$\\text{(C) }@3$, $\\text{(D) }@4$ or "
                "$\\text{(E) }@5$? Give the letter of your choice."),
           args);
  if (work_errs(w, MIS_COMPARE_DENOMINATORS)) {
    FINISH(w, MATH_CHOICE, tex_format(w, "\\text{%c}", (char)('A' + most)),
           "The largest denominator is $@1$, so the greatest is $@0$.", tex(w, d[most]));
    return;
  }
  for (size_t i = 0; i < 5; i++)
    hundredths[i] = work_calc(w, 1000 * n[i] / d[i]);
  for (size_t i = 0; i < 5; i++)
    args[i] = tex_decimal(w, hundredths[i], 3);
  STEP(w,
       "As decimals, cut after three places, they are $@1$, $@2$, $@3$, $@4$ and $@5$.",
       args[0], args[1], args[2], args[3], args[4]);
  size_t top = 0;
  bool tie = false;
  for (size_t i = 1; i < 5; i++) {
    tie = hundredths[i] == hundredths[top] || (tie && hundredths[i] <= hundredths[top]);
    top = hundredths[i] > hundredths[top] ? i : top;
  }
  if (!work_need(w, !tie))
    return;
  FINISH(w, MATH_CHOICE, tex_format(w, "\\text{%c}", (char)('A' + top)),
         "The greatest of these belongs to $@0$.");
}

static void larger_share(struct work *w)
{
  int64_t a = work_draw(w, 2, 13), b = work_draw(w, 2, 13), k = work_draw(w, 3, 90);
  const char *what =
      work_draw_word(w, LIST("dollars", "stickers", "marbles", "seashells"));
  if (!work_need(w, a > b && math_gcd(a, b) == 1))
    return;
  work_ask(
      w,
      LIST("[[Two sisters|Two brothers|Two friends]] share @3 @4 in the ratio $@1:@2$. "
           "How many @4 does the one with the larger share get?",
           "A collection of @3 @4 is split in the ratio $@1:@2$. How many @4 are in the "
           "larger part?"),
      LIST(tex(w, a), tex(w, b), tex(w, k * (a + b)), what));
  int64_t parts = work_calc_count(w, a + b);
  STEP(w, "[[There are|The ratio makes]] $@1 + @2 = @3$ equal parts.", tex(w, a),
       tex(w, b), tex(w, parts));
  struct frac one = work_rule_frac(w, MIS_ODDS, math_frac_of(k * (a + b), parts),
                                   math_frac_of(k * (a + b), b));
  STEP(w, "Each part is $@1$.", tex_frac(w, one));
  FINISH(w, MATH_INTEGER,
         tex_frac(w, work_calc_frac(w, math_frac_mul(math_frac_of(a, 1), one))),
         "The larger share is $@1 \\cdot @2 = @0$.", tex(w, a), tex_frac(w, one));
}

static void round_trip_speed(struct work *w)
{
  int64_t a = work_draw(w, 8, 90), b = work_draw(w, 8, 90);
  const char *who =
      work_draw_word(w, LIST("A cyclist rides", "A bus goes", "A truck drives",
                             "A boat sails", "A train travels"));
  if (!work_need(w, a != b))
    return;
  work_ask(
      w,
      LIST("@3 to a town at @1 miles per hour and returns along the same route at @2 "
           "miles per hour. What is the average "
           "speed for the whole trip, in miles per hour?",
           "@3 from one place to another at a speed of @1 kilometers per hour and back "
           "at @2 kilometers per hour. "
           "Find the average speed of the round trip, in kilometers per hour."),
      LIST(tex(w, a), tex(w, b), who));
  if (work_errs(w, MIS_MEAN_OF_RATES)) {
    FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(a + b, 2)),
           "The average is $\\frac{@1 + @2}{2} = @0$.", tex(w, a), tex(w, b));
    return;
  }
  struct frac time = work_rule_frac(w, MIS_ADD_FRACTIONS,
                                    math_frac_add(math_frac_of(1, a), math_frac_of(1, b)),
                                    math_frac_of(2, a + b));
  STEP(w,
       "For each unit of distance one way, the trip takes $\\frac{1}{@1} + \\frac{1}{@2} "
       "= @3$ hours.",
       tex(w, a), tex(w, b), tex_frac(w, time));
  struct frac speed = work_calc_frac(w, math_frac_div(math_frac_of(2, 1), time));
  FINISH(w, speed.d == 1 ? MATH_INTEGER : MATH_FRACTION, tex_frac(w, speed),
         "The distance is $2$ units, so the average speed is $@0$.");
}

static void percent_change(struct work *w)
{
  int64_t a = work_draw(w, 2, 60), b = work_draw(w, 2, 45);
  const char *what =
      work_draw_word(w, LIST("price of a share", "population of a town",
                             "number of visitors to a museum", "rent of an apartment",
                             "price of wheat", "enrollment of a college",
                             "water level of a lake", "membership of a club"));
  if (!work_need(w, a * b % 10 == 0 && 100 * (a - b) > a * b))
    return;
  work_ask(
      w,
      LIST("The @3 rises by $@1\\%$ and then falls by $@2\\%$. By what percent has it "
           "increased in all?",
           "In one year the @3 went up by $@1\\%$; in the next it went down by $@2\\%$. "
           "What was the overall percent "
           "increase?"),
      LIST(tex(w, a), tex(w, b), what));
  if (work_errs(w, MIS_PERCENT_ADD)) {
    FINISH(w, MATH_PERCENT, tex_format(w, "%lld\\%%", (long long)(a - b)),
           "The change is $@1\\% - @2\\% = @0$.", tex(w, a), tex(w, b));
    return;
  }
  int64_t up = work_calc_count(w, 100 + a), down = work_calc_count(w, 100 - b);
  STEP(w, "Starting from $100$, it first becomes $@1$, and of this $@2\\%$ remains.",
       tex(w, up), tex(w, down));
  int64_t end = work_calc_count(w, up * down);
  STEP(w, "This is $@1 \\cdot @2 = @3$.", tex_decimal(w, down, 2), tex(w, up),
       tex_decimal(w, end, 2));
  FINISH(w, MATH_PERCENT, tex_format(w, "%s\\%%", tex_decimal(w, end - 10000, 2)),
         "So the increase is $@0$.");
}

static void nested_fraction(struct work *w)
{
  int64_t a = work_draw(w, 1, 15), b = work_draw(w, 1, 15), c = work_draw(w, 2, 15),
          d = work_draw(w, 1, 15);
  if (!work_need(w, math_gcd(d, c) == 1 && a != b))
    return;
  work_ask(
      w,
      LIST("Simplify $@1 + \\cfrac{1}{@2 + \\cfrac{@4}{@3}}$. Express your answer as a "
           "common fraction.",
           "What common fraction equals $@1 + \\cfrac{1}{@2 + \\cfrac{@4}{@3}}$?"),
      LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, d)));
  struct frac inner = work_calc_frac(w, math_frac_of(b * c + d, c));
  STEP(w, "The lower part is $@1 + \\frac{@2}{@3} = @4$.", tex(w, b), tex(w, d),
       tex(w, c), tex_frac(w, inner));
  if (!work_need(w, inner.n > 0))
    return;
  struct frac flipped =
      work_rule_frac(w, MIS_INVERT_RATIO, math_frac_of(inner.d, inner.n), inner);
  STEP(w, "[[Its|The]] reciprocal is $@1$.", tex_frac(w, flipped));
  FINISH(w, MATH_FRACTION,
         tex_frac(w, work_calc_frac(w, math_frac_add(math_frac_of(a, 1), flipped))),
         "[[Altogether we get|So the value is]] $@1 + @2 = @0$.", tex(w, a),
         tex_frac(w, flipped));
}

static void working_together(struct work *w)
{
  int64_t a = work_draw(w, 2, 24), b = work_draw(w, 2, 24);
  const char *job = work_draw_word(w, LIST("paint a fence", "fill a pool", "clean a hall",
                                           "sort a delivery", "plow a field",
                                           "pack an order", "print a catalog"));
  struct frac truth = math_frac_of(a * b, a + b);
  if (!work_need(w, a < b && truth.d > 1 && truth.n > truth.d))
    return;
  work_ask(
      w,
      LIST("One [[crew|team]] can @3 in @1 hours, another in @2 hours. How many hours do "
           "they need if they work together? "
           "Express your answer as a mixed number.",
           "Working alone, A needs @1 hours to @3 and B needs @2 hours. In how many "
           "hours can they do it "
           "together? Express your answer as a mixed number."),
      LIST(tex(w, a), tex(w, b), job));
  if (work_errs(w, MIS_MEAN_OF_RATES)) {
    FINISH(w, MATH_MIXED, tex_mixed(w, math_frac_of(a + b, 4)),
           "On average one needs $\\frac{@1 + @2}{2}$ hours, and two need half of that: "
           "$@0$.",
           tex(w, a), tex(w, b));
    return;
  }
  struct frac rate = work_rule_frac(w, MIS_ADD_FRACTIONS,
                                    math_frac_add(math_frac_of(1, a), math_frac_of(1, b)),
                                    math_frac_of(2, a + b));
  STEP(w, "In one hour they do $\\frac{1}{@1} + \\frac{1}{@2} = @3$ of the work.",
       tex(w, a), tex(w, b), tex_frac(w, rate));
  FINISH(w, MATH_MIXED, tex_mixed(w, math_frac_of(rate.d, rate.n)),
         "So [[together they need|the time needed is]] $\\frac{@1}{@2} = @0$ hours.",
         tex(w, rate.d), tex(w, rate.n));
}

static void mixture(struct work *w)
{
  int64_t v = work_draw(w, 2, 40), p = work_draw(w, 1, 15), q = work_draw(w, 2, 19),
          target = work_draw(w, 2, 18);
  const char *what = work_draw_word(w, LIST("salt solution", "acid solution", "syrup",
                                            "alcohol solution", "juice drink"));
  if (!work_need(w, p < target && target < q))
    return;
  work_ask(
      w,
      LIST("How many liters of @5 with a strength of $@3\\%$ must be added to @1 liters "
           "with a strength of $@2\\%$ to obtain a strength of $@4\\%$?",
           "A chemist has @1 liters of @5 with a strength of $@2\\%$. How many liters "
           "with a strength of $@3\\%$ must she mix in so that the result has a strength "
           "of $@4\\%$?"),
      LIST(tex(w, v), tex(w, 5 * p), tex(w, 5 * q), tex(w, 5 * target), what));
  int64_t lacks = work_calc_count(w, 5 * (target - p)),
          over = work_calc_count(w, 5 * (q - target));
  STEP(w,
       "Each liter of the first is $@1$ percentage points below the target, each liter "
       "of the second $@2$ above it.",
       tex(w, lacks), tex(w, over));
  struct frac ratio = work_rule_frac(w, MIS_INVERT_RATIO, math_frac_of(lacks, over),
                                     math_frac_of(over, lacks));
  STEP(w, "To balance, the second amount must be $@1$ times the first.",
       tex_frac(w, ratio));
  struct frac x = work_calc_frac(w, math_frac_mul(ratio, math_frac_of(v, 1)));
  FINISH(w, x.d == 1 ? MATH_INTEGER : MATH_FRACTION, tex_frac(w, x),
         "[[That is|So it takes]] $@1 \\cdot @2 = @0$ liters.", tex_frac(w, ratio),
         tex(w, v));
}

static void consecutive_odds(struct work *w)
{
  int64_t n = work_draw(w, 4, 25), first = work_draw(w, 0, 400),
          kind = work_draw(w, 0, 2);
  if (!work_need(w, first > 0))
    return;
  int64_t gap = kind == 0 ? 1 : 2, low = kind == 0   ? first
                                         : kind == 1 ? 2 * first - 1
                                                     : 2 * first;
  const char *what = kind == 0   ? "integers"
                     : kind == 1 ? "odd integers"
                                 : "even integers";
  int64_t sum = n * low + gap * n * (n - 1) / 2;
  work_ask(
      w,
      LIST("The sum of @1 consecutive @3 is $@2$. What is the largest of them?",
           "When @1 consecutive @3 are added, the result is $@2$. Find the largest of "
           "them."),
      LIST(tex(w, n), tex(w, sum), what));
  struct frac mean = work_calc_frac(w, math_frac_of(sum, n));
  STEP(w, "Their average is $\\frac{@1}{@2} = @3$.", tex(w, sum), tex(w, n),
       tex_frac(w, mean));
  struct frac above = work_rule_frac(w, MIS_OFF_BY_ONE, math_frac_of(gap * (n - 1), 2),
                                     math_frac_of(gap * n, 2));
  STEP(w, "The largest is $@1$ above the average.", tex_frac(w, above));
  FINISH(w, MATH_INTEGER, tex_frac(w, work_calc_frac(w, math_frac_add(mean, above))),
         "[[So it is|Hence it equals]] $@1 + @2 = @0$.", tex_frac(w, mean),
         tex_frac(w, above));
}

const struct math_family math_prealgebra[] = {
  { "add fractions", 1, add_fractions },
  { "order of operations", 1, order_of_operations },
  { "what percent", 1, what_percent },
  { "add mixed numbers", 2, add_mixed_numbers },
  { "missing score", 2, missing_score },
  { "fraction to decimal", 2, to_decimal },
  { "larger share", 2, larger_share },
  { "discount and tax", 3, discount_and_tax },
  { "day of the week", 3, day_of_week },
  { "greatest fraction", 3, greatest_fraction },
  { "round trip speed", 4, round_trip_speed },
  { "percent change", 4, percent_change },
  { "nested fraction", 4, nested_fraction },
  { "working together", 5, working_together },
  { "mixture", 5, mixture },
  { "consecutive numbers", 5, consecutive_odds },
  { NULL, 0, NULL },
};
