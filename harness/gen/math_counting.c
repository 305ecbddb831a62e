/* math_counting.c - the families of Counting & Probability. */
#include "gen/math_work.h"

static int64_t factorial(int64_t n)
{
  int64_t value = 1;
  for (int64_t i = 2; i <= n; i++)
    value *= i;
  return value;
}

static void outfits(struct work *w)
{
  int64_t a = work_draw(w, 2, 12), b = work_draw(w, 2, 12), c = work_draw(w, 2, 9),
          d = work_draw(w, 2, 9);
  if (!work_need(w, true))
    return;
  work_ask(
      w,
      LIST("[[Nadia|Theo|Ravi|Ingrid|Sam]] has @1 shirts, @2 pairs of pants, @3 hats and "
           "@4 pairs of "
           "shoes. How many different outfits consisting of one of each are possible?",
           "A restaurant menu lists @1 soups, @2 main courses, @3 desserts and @4 "
           "drinks. In "
           "how many ways can a diner choose one of each?",
           "A bicycle can be ordered in @1 colors, with @2 kinds of saddle, @3 kinds of "
           "handlebar and @4 kinds of tire. How many different bicycles can be ordered?"),
      LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, d)));
  int64_t first = work_rule(w, MIS_ADD_FOR_MULTIPLY, a * b, a + b);
  STEP(w, "The first two choices can be made in $@1$ ways.", tex(w, first));
  int64_t second = work_calc_count(w, first * c);
  STEP(w, "With the third choice [[there are|that makes]] $@1 \\cdot @2 = @3$ ways.",
       tex(w, first), tex(w, c), tex(w, second));
  FINISH(w, MATH_INTEGER, tex(w, work_calc_count(w, second * d)),
         "Altogether there are $@1 \\cdot @2 = @0$ possibilities.", tex(w, second),
         tex(w, d));
}

static void one_draw(struct work *w)
{
  int64_t r = work_draw(w, 2, 24), b = work_draw(w, 2, 24), g = work_draw(w, 2, 24);
  if (!work_need(w, true))
    return;
  work_ask(
      w,
      LIST("A [[bag|jar|box|hat]] contains @1 red, @2 blue and @3 green "
           "[[marbles|balls|beads|chips]]. If one is drawn at "
           "random, what is the probability that it is red? Express your answer as a "
           "common "
           "fraction.",
           "In a [[drawer|basket]] there are @1 red, @2 blue and @3 green "
           "[[socks|ribbons|pencils]]. One is picked at random. "
           "Find the probability that it is red, as a common fraction."),
      LIST(tex(w, r), tex(w, b), tex(w, g)));
  int64_t total = work_rule(w, MIS_ODDS, r + b + g, b + g);
  STEP(w, "There are $@1$ [[equally likely|possible]] outcomes.", tex(w, total));
  FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(r, total)),
         "Of these, $@1$ are red, so the probability is $\\frac{@1}{@2} = @0$.",
         tex(w, r), tex(w, total));
}

static void count_integers(struct work *w)
{
  int64_t low = work_draw(w, 11, 300), gap = work_draw(w, 20, 700);
  if (!work_need(w, true))
    return;
  int64_t high = low + gap;
  work_ask(
      w,
      LIST(
          "How many integers are there from $@1$ to $@2$, inclusive?",
          "Tickets are numbered consecutively from @1 to @2. How many tickets are there?",
          "[[A student|Someone]] reads a book from the top of page @1 to the bottom of "
          "page @2. How many pages is "
          "that?"),
      LIST(tex(w, low), tex(w, high)));
  int64_t difference = work_calc(w, high - low);
  STEP(w, "The difference is $@1 - @2 = @3$.", tex(w, high), tex(w, low),
       tex(w, difference));
  if (work_errs(w, MIS_OFF_BY_ONE)) {
    FINISH(w, MATH_INTEGER, tex(w, difference), "So there are $@0$.");
    return;
  }
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, difference + 1)),
         "Both ends count, so there are $@1 + 1 = @0$.", tex(w, difference));
}

static void two_committees(struct work *w)
{
  int64_t m = work_draw(w, 5, 14), n = work_draw(w, 5, 14), j = work_draw(w, 2, 4),
          k = work_draw(w, 2, 4);
  const char *pair =
      work_draw_word(w, LIST("juniors/seniors", "teachers/parents", "pianists/violinists",
                             "doctors/nurses", "engineers/designers", "poets/painters"));
  if (!work_need(w, m != n && j != k))
    return;
  const char *second = strchr(pair, '/') + 1;
  const char *first = tex_format(w, "%.*s", (int)(second - 1 - pair), pair);
  work_ask(
      w,
      LIST(
          "A committee of @3 @5 and @4 @6 is to be chosen from @1 @5 and @2 @6. How many "
          "different committees are possible?",
          "From a group of @1 @5 and @2 @6, in how many ways can a team of @3 @5 and @4 "
          "@6 be "
          "selected?"),
      LIST(tex(w, m), tex(w, n), tex(w, j), tex(w, k), first, second));
  int64_t ordered_m = math_choose(m, j) * factorial(j),
          ordered_n = math_choose(n, k) * factorial(k);
  int64_t a = work_rule(w, MIS_PERMUTATION, math_choose(m, j), ordered_m);
  STEP(w, "The @1 can be chosen in $@2$ ways.", first,
       a == math_choose(m, j)
           ? tex_format(w, "\\binom{%d}{%d} = %lld", (int)m, (int)j, (long long)a)
           : tex(w, a));
  int64_t b = work_rule(w, MIS_PERMUTATION, math_choose(n, k), ordered_n);
  STEP(w, "The @1 can be chosen in $@2$ ways.", second,
       b == math_choose(n, k)
           ? tex_format(w, "\\binom{%d}{%d} = %lld", (int)n, (int)k, (long long)b)
           : tex(w, b));
  int64_t total = work_rule(w, MIS_ADD_FOR_MULTIPLY, a * b, a + b);
  FINISH(w, MATH_INTEGER, tex(w, total), "[[In total|Altogether]] there are $@0$ ways.");
}

static void handshakes(struct work *w)
{
  int64_t n = work_draw(w, 8, 60), m = work_draw(w, 2, 30);
  const char *who = work_draw_word(w, LIST("neighbors of the host", "siblings",
                                           "teammates", "old friends", "colleagues",
                                           "neighbors", "cousins", "roommates"));
  if (!work_need(w, m + 3 <= n))
    return;
  work_ask(
      w,
      LIST("At a [[party|meeting|conference|banquet]], @1 people are present. Each pair "
           "of people shakes hands once, except "
           "that @2 of them are @3 and do not shake hands with each other. How many "
           "handshakes take place?",
           "There are @1 guests at a [[reception|wedding|dinner]]; @2 of them are @3. "
           "Every two guests shake hands "
           "exactly once, but the @3 do not shake hands among themselves. How many "
           "handshakes are there?"),
      LIST(tex(w, n), tex(w, m), who));
  int64_t all = work_rule(w, MIS_PERMUTATION, n * (n - 1) / 2, n * (n - 1));
  STEP(w, "[[Among|With]] @1 people there are $@2$ pairs.", tex(w, n), tex(w, all));
  int64_t missing = work_rule(w, MIS_PERMUTATION, m * (m - 1) / 2, m * (m - 1));
  STEP(w, "Of these, $@1$ pairs do not shake hands.", tex(w, missing));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, all - missing)),
         "So there are $@1 - @2 = @0$ handshakes.", tex(w, all), tex(w, missing));
}

static void neither_of_two(struct work *w)
{
  int64_t a = work_draw(w, 5, 40), b = work_draw(w, 5, 40), both = work_draw(w, 2, 20),
          none = work_draw(w, 1, 30);
  if (!work_need(w, true))
    return;
  int64_t n = a + b + both + none;
  const char *args[] = { tex(w, n), tex(w, a + both), tex(w, b + both), tex(w, both),
                         NULL };
  work_ask(w,
           LIST("Of @1 students, @2 take [[chemistry|history|French]], @3 take "
                "[[music|biology|Latin]], and @4 take both. How many take "
                "neither?",
                "In a survey of @1 households, @2 own a [[cat|bicycle]], @3 own a "
                "[[dog|car]], and @4 own both. How many "
                "own neither?"),
           args);
  int64_t sum = work_calc(w, a + b + 2 * both);
  int64_t either = work_errs(w, MIS_DOUBLE_COUNT) ? sum : work_calc(w, sum - both);
  if (either == sum)
    STEP(w, "$@1 + @2 = @3$ [[have at least one of the two|do one or the other]].",
         args[1], args[2], tex(w, sum));
  else
    STEP(w, "By inclusion-exclusion, $@1 + @2 - @3 = @4$ have at least one of the two.",
         args[1], args[2], args[3], tex(w, either));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, n - either)),
         "That leaves $@1 - @2 = @0$ with neither.", args[0], tex(w, either));
}

static void flags_in_a_row(struct work *w)
{
  int64_t a = work_draw(w, 1, 5), b = work_draw(w, 1, 5), c = work_draw(w, 1, 4),
          d = work_draw(w, 2, 4);
  const char *what = work_draw_word(w, LIST("flags", "books", "tiles", "cups", "lanterns",
                                            "candles", "pennants", "blocks", "beads",
                                            "cards", "chairs", "bottles"));
  const char *how = work_draw_word(
      w, LIST("arranged in a row", "lined up on a shelf", "set up in a line"));
  int64_t n = a + b + c + d;
  if (!work_need(w, n >= 5 && n <= 14))
    return;
  work_ask(
      w,
      LIST("In how many ways can @1 red, @2 blue, @3 white and @4 green @5 be @6, if @5 "
           "of the same color are identical?",
           "There are @1 red, @2 blue, @3 white and @4 green @5, alike except for color. "
           "How many different orders are there when they are @6?"),
      LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, d), what, how));
  int64_t all = factorial(n),
          same = factorial(a) * factorial(b) * factorial(c) * factorial(d);
  int64_t total = work_calc_count(w, n);
  if (!work_need(w, total <= 15))
    return;
  all = total == n ? all : factorial(total);
  STEP(w,
       "There are $@1$ @2 in all, which could be put in order in $@1!$ ways if all were "
       "different.",
       tex(w, total), what);
  if (work_errs(w, MIS_PERMUTATION)) {
    FINISH(w, MATH_INTEGER, tex(w, all), "So the number of ways is $@1! = @0$.",
           tex(w, total));
    return;
  }
  int64_t repeats = work_calc_count(w, same);
  STEP(w,
       "[[Identical|Like]] ones can be exchanged in $@1! \\cdot @2! \\cdot @3! \\cdot "
       "@4! = @5$ ways.",
       tex(w, a), tex(w, b), tex(w, c), tex(w, d), tex(w, repeats));
  if (!work_need(w, all % repeats == 0))
    return;
  FINISH(w, MATH_INTEGER, tex(w, work_calc_count(w, all / repeats)),
         "The number of arrangements is $\\frac{@1!}{@2} = @0$.", tex(w, total),
         tex(w, repeats));
}

static void two_draws(struct work *w)
{
  int64_t r = work_draw(w, 3, 25), b = work_draw(w, 3, 25);
  const char *what =
      work_draw_word(w, LIST("marbles", "balls", "socks", "chips", "cards", "gumballs",
                             "tokens", "beads", "buttons", "candies"));
  if (!work_need(w, true))
    return;
  work_ask(
      w,
      LIST("A [[bag|box|drawer]] holds @1 red and @2 black @3. Two @3 are drawn at "
           "random without replacement. "
           "What is the probability that both are red? Express your answer as a common "
           "fraction.",
           "Two @3 are taken at random, one after the other and without "
           "putting the first "
           "back, from a [[bag|box]] of @1 red and @2 black @3. What is the probability "
           "that both "
           "are red, as a common fraction?"),
      LIST(tex(w, r), tex(w, b), what));
  int64_t n = work_calc_count(w, r + b);
  STEP(w, "The first is red with probability $p_1 = \\frac{@1}{@2}$.", tex(w, r),
       tex(w, n));
  bool replaced = work_errs(w, MIS_REPLACEMENT);
  int64_t left_red = replaced ? r : r - 1, left = replaced ? n : n - 1;
  STEP(w,
       "[[Then|After that]] the second is red with probability $p_2 = \\frac{@1}{@2}$.",
       tex(w, left_red), tex(w, left));
  if (!work_need(w, left > 0 && left_red <= left))
    return;
  struct frac p = work_calc_frac(w, math_frac_of(r * left_red, n * left));
  FINISH(w, MATH_FRACTION, tex_frac(w, p),
         "The probability is $\\frac{@1}{@2} \\cdot \\frac{@3}{@4} = @0$.", tex(w, r),
         tex(w, n), tex(w, left_red), tex(w, left));
}

static void at_least_one(struct work *w)
{
  int64_t p = work_draw(w, 1, 11), q = work_draw(w, 3, 12), s = work_draw(w, 1, 11),
          t = work_draw(w, 3, 12);
  if (!work_need(w, p < q && s < t && math_gcd(p, q) == 1 && math_gcd(s, t) == 1))
    return;
  work_ask(
      w,
      LIST("[[Ana|Jin|Leo]] solves a given problem with probability $\\frac{@1}{@2}$ and "
           "[[Boris|Mei|Sara]] solves it "
           "with probability $\\frac{@3}{@4}$, independently. What is the probability "
           "that at "
           "least one of them solves it?",
           "Two independent alarms go off in a fire with probabilities $\\frac{@1}{@2}$ "
           "and "
           "$\\frac{@3}{@4}$. What is the probability that at least one goes off?"),
      LIST(tex(w, p), tex(w, q), tex(w, s), tex(w, t)));
  struct frac a = math_frac_of(p, q), b = math_frac_of(s, t), one = { 1, 1 };
  if (work_errs(w, MIS_DOUBLE_COUNT)) {
    FINISH(w, MATH_FRACTION, tex_frac(w, work_calc_frac(w, math_frac_add(a, b))),
           "The probability is $@1 + @2 = @0$.", tex_frac(w, a), tex_frac(w, b));
    return;
  }
  struct frac no_a = work_calc_frac(w, math_frac_sub(one, a)),
              no_b = work_calc_frac(w, math_frac_sub(one, b));
  STEP(w, "They fail with probabilities $@1$ and $@2$.", tex_frac(w, no_a),
       tex_frac(w, no_b));
  struct frac none = work_rule_frac(w, MIS_ADD_FOR_MULTIPLY, math_frac_mul(no_a, no_b),
                                    math_frac_add(no_a, no_b));
  STEP(w, "[[Both fail|None succeeds]] with probability $@1$.", tex_frac(w, none));
  FINISH(w, MATH_FRACTION, tex_frac(w, work_calc_frac(w, math_frac_sub(one, none))),
         "So at least one succeeds with probability $1 - @1 = @0$.", tex_frac(w, none));
}

static void paths_through(struct work *w)
{
  int64_t a = work_draw(w, 1, 6), b = work_draw(w, 1, 6), c = work_draw(w, 1, 6),
          d = work_draw(w, 1, 6);
  const char *who = work_draw_word(
      w, LIST("An ant", "A robot", "A taxi", "A walker", "A token", "A snail"));
  if (!work_need(w, a + b > 2 && c + d > 2))
    return;
  work_ask(
      w,
      LIST("@5 moves on a grid from $(0,0)$ to $(@3,@4)$, each step going one unit right "
           "or one "
           "unit up. How many such paths pass through the point $(@1,@2)$?",
           "@5 goes from $(0,0)$ to $(@3,@4)$ by unit steps to the right and upward, and "
           "must visit "
           "$(@1,@2)$ on the way. How many [[routes|paths]] are possible?"),
      LIST(tex(w, a), tex(w, b), tex(w, a + c), tex(w, b + d), who));
  int64_t first = work_calc_count(w, math_choose(a + b, a));
  STEP(w, "There are $\\binom{@1}{@2} = @3$ paths from $(0,0)$ to $(@2,@4)$.",
       tex(w, a + b), tex(w, a), tex(w, first), tex(w, b));
  int64_t second = work_calc_count(w, math_choose(c + d, c));
  STEP(w, "From there to the end there are $\\binom{@1}{@2} = @3$ paths.", tex(w, c + d),
       tex(w, c), tex(w, second));
  bool adds = first * second != first + second && work_errs(w, MIS_ADD_FOR_MULTIPLY);
  int64_t total = adds ? first + second : work_calc_count(w, first * second);
  FINISH(w, MATH_INTEGER, tex(w, total),
         adds ? "So there are $@1 + @2 = @0$ paths."
              : "So there are $@1 \\cdot @2 = @0$ paths.",
         tex(w, first), tex(w, second));
}

/* What may succeed: the story with "@3" tries, and the question before and behind "@4".
 */
static const struct trial {
  const char *story, *before, *behind;
} trials[] = {
  { "A biased coin lands heads with probability $\\frac{@1}{@2}$. It is tossed @3 times.",
    "it lands heads exactly", "" },
  { "An archer hits the target with probability $\\frac{@1}{@2}$ on each shot. She "
    "shoots @3 times.",
    "she hits it exactly", "" },
  { "A player wins each game of a match with probability $\\frac{@1}{@2}$. He plays @3 "
    "games.",
    "he wins exactly", " of them" },
  { "A seed of a certain kind sprouts with probability $\\frac{@1}{@2}$. A gardener "
    "plants @3 seeds.",
    "exactly", " of them sprout" },
  { "On any day of the month it rains with probability $\\frac{@1}{@2}$, independently "
    "of the other days.",
    "it rains on exactly", " of @3 given days" },
  { "A guard makes a free throw with probability $\\frac{@1}{@2}$. She takes @3 free "
    "throws.",
    "she makes exactly", " of them" },
  { "Each message is delivered at once with probability $\\frac{@1}{@2}$. An office "
    "sends @3 messages.",
    "exactly", " of them are delivered at once" },
  { "A drill strikes water with probability $\\frac{@1}{@2}$ at any place. It is tried "
    "at @3 places.",
    "it strikes water at exactly", " of them" },
};

static const char *plural(struct work *w, int64_t n, const char *one, const char *many)
{
  return tex_format(w, "%lld %s", (long long)n, n == 1 ? one : many);
}

static void binomial_probability(struct work *w)
{
  int64_t p = work_draw(w, 1, 8), q = work_draw(w, 2, 9), n = work_draw(w, 3, 7),
          k = work_draw(w, 2, 6);
  const char *which = work_draw_word(w, LIST("0", "1", "2", "3", "4", "5", "6", "7"));
  if (!work_need(w, p < q && math_gcd(p, q) == 1 && k < n && math_power(q, n) < 1100000))
    return;
  const struct trial *trial = &trials[which[0] - '0'];
  const char *times = *trial->behind ? "" : " times";
  work_ask(
      w,
      LIST(tex_format(
               w,
               "%s What is the probability that %s @4%s%s? Express your answer as a "
               "common fraction.",
               trial->story, trial->before, times, trial->behind),
           tex_format(w, "%s Find the probability that %s @4%s%s, as a common fraction.",
                      trial->story, trial->before, times, trial->behind)),
      LIST(tex(w, p), tex(w, q), tex(w, n), tex(w, k)));
  int64_t top = math_power(p, k) * math_power(q - p, n - k), bottom = math_power(q, n);
  struct frac one_order = work_calc_frac(w, math_frac_of(top, bottom));
  STEP(w,
       "Any particular order of @7 and @8 has probability "
       "$\\left(\\frac{@3}{@4}\\right)^{@1} \\left(\\frac{@5}{@4}\\right)^{@2} = @6$.",
       tex(w, k), tex(w, n - k), tex(w, p), tex(w, q), tex(w, q - p),
       tex_frac(w, one_order), plural(w, k, "success", "successes"),
       plural(w, n - k, "failure", "failures"));
  if (work_errs(w, MIS_DROP_COEFFICIENT)) {
    FINISH(w, MATH_FRACTION, tex_frac(w, one_order), "So the probability is $@0$.");
    return;
  }
  int64_t orders = work_calc_count(w, math_choose(n, k));
  STEP(w, "There are $\\binom{@1}{@2} = @3$ orders.", tex(w, n), tex(w, k),
       tex(w, orders));
  FINISH(
      w, MATH_FRACTION,
      tex_frac(w, work_calc_frac(w, math_frac_mul(math_frac_of(orders, 1), one_order))),
      "[[The|So the]] probability is $@1 \\cdot @2 = @0$.", tex(w, orders),
      tex_frac(w, one_order));
}

static void binomial_coefficient_of(struct work *w)
{
  int64_t a = work_draw(w, 1, 5), b = work_draw_nonzero(w, -6, 6), n = work_draw(w, 4, 8),
          k = work_draw(w, 1, 7);
  const char *x = work_draw_word(w, LIST("x", "y", "t", "z", "u"));
  if (!work_need(w, k < n && math_gcd(a, b) == 1))
    return;
  work_ask(w,
           LIST("What is the coefficient of $@3^@1$ in the expansion of $(@4)^@2$?",
                "When $(@4)^@2$ is expanded, what is the coefficient of $@3^@1$?",
                "Find the coefficient of $@3^@1$ in $(@4)^@2$."),
           LIST(tex(w, k), tex(w, n), x, POLY(w, x, a, b)));
  int64_t pa = math_power(a, k), pb = math_power(b, n - k);
  if (work_errs(w, MIS_DROP_COEFFICIENT)) {
    FINISH(w, MATH_INTEGER, tex(w, work_calc(w, pa * pb)),
           "The coefficient is $@1^@2 \\cdot @3^@4 = @0$.", tex(w, a), tex(w, k),
           tex_paren(w, b), tex(w, n - k));
    return;
  }
  int64_t c = work_calc_count(w, math_choose(n, k));
  STEP(w,
       "By the binomial theorem the term is $\\binom{@1}{@2} (@3)^@2 (@4)^@5$, where "
       "$\\binom{@1}{@2} = @6$.",
       tex(w, n), tex(w, k), POLY(w, x, a, 0), tex(w, b), tex(w, n - k), tex(w, c));
  pa = work_calc(w, pa);
  pb = b < 0 && (n - k) % 2 == 0 ? work_rule(w, MIS_NEGATIVE_SQUARE, pb, -pb)
                                 : work_calc(w, pb);
  STEP(w, "Here $@1^@2 = @3$ and $@4^@5 = @6$.", tex(w, a), tex(w, k), tex(w, pa),
       tex_paren(w, b), tex(w, n - k), tex(w, pb));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, c * pa * pb)),
         "The coefficient is $@1 \\cdot @2 \\cdot @3 = @0$.", tex(w, c), tex(w, pa),
         tex_paren(w, pb));
}

static void expected_winnings(struct work *w)
{
  int64_t a = work_draw(w, 1, 20), b = work_draw(w, 1, 20), c = work_draw(w, 1, 12),
          k = work_draw(w, 1, 2);
  /* lose on 1 .. k + 1, win b on a six and a on what is between; whole cents */
  int64_t win = 4 - k, lose = k + 1;
  if (!work_need(w,
                 (win * a + b - lose * c) % 3 == 0 && a != b && win * a + b != lose * c))
    return;
  work_ask(
      w,
      LIST("A fair six-sided die is rolled. You win $\\$@1$ if the result is at least @4 "
           "but not 6, $\\$@2$ if it is "
           "6, and you lose $\\$@3$ otherwise. What is the expected amount won, in "
           "dollars?",
           "In a game with one fair die, a six pays $\\$@2$, any other roll of @4 or "
           "more pays "
           "$\\$@1$, and every lower roll costs $\\$@3$. What is the expected gain per "
           "roll, in "
           "dollars?"),
      LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, k + 2)));
  int64_t gain = work_calc(w, win * a + b);
  STEP(w,
       "Over the six equally likely faces the wins add up to $@1 \\cdot @2 + @3 = @4$ "
       "dollars.",
       tex(w, win), tex(w, a), tex(w, b), tex(w, gain));
  int64_t loss = work_calc_count(w, lose * c);
  STEP(w, "The losses add up to $@1 \\cdot @2 = @3$ dollars.", tex(w, lose), tex(w, c),
       tex(w, loss));
  int64_t net = work_rule(w, MIS_SIGN_DISTRIBUTE, gain - loss, gain + loss);
  if (!work_need(w, net * 100 % 6 == 0))
    return;
  FINISH(w, MATH_CURRENCY, tex_money(w, net * 100 / 6),
         "The expected value is $\\frac{@1}{6}$ dollars, [[that is|which is]] $@0$.",
         tex(w, net));
}

static void stars_and_bars(struct work *w)
{
  int64_t n = work_draw(w, 8, 40), k = work_draw(w, 3, 6), m = work_draw(w, 1, 2);
  const char *what = work_draw_word(w, LIST("apples", "coins", "stickers", "pencils",
                                            "cookies", "marbles", "stamps", "tickets"));
  const char *who =
      work_draw_word(w, LIST("children", "friends", "students", "cousins", "players"));
  if (!work_need(w, n - m * k >= 3))
    return;
  work_ask(
      w,
      LIST("In how many ways can @1 identical @4 be distributed among @2 @5 so that each "
           "of them gets "
           "at least @3?",
           "How many ways are there to hand out @1 identical @4 to @2 @5, with everyone "
           "receiving "
           "at least @3?"),
      LIST(tex(w, n), tex(w, k), m == 1 ? "one" : "two", what, who));
  int64_t rest = work_calc_count(w, n - m * k);
  STEP(w, "Give everyone $@1$ first; then $@2$ @3 remain to be distributed freely.",
       tex(w, m), tex(w, rest), what);
  int64_t bars = work_rule(w, MIS_OFF_BY_ONE, k - 1, k);
  STEP(w, "With $@1$ stars and $@2$ bars there are $\\binom{@3}{@2}$ ways.", tex(w, rest),
       tex(w, bars), tex(w, rest + bars));
  if (!work_need(w, bars >= 1 && bars <= 8))
    return;
  FINISH(w, MATH_INTEGER, tex(w, work_calc_count(w, math_choose(rest + bars, bars))),
         "[[This equals|That is]] $\\binom{@1}{@2} = @0$.", tex(w, rest + bars),
         tex(w, bars));
}

static void which_source(struct work *w)
{
  int64_t p = work_draw(w, 1, 9), a = work_draw(w, 1, 12), b = work_draw(w, 1, 12);
  const char *who = work_draw_word(
      w, LIST("machine", "factory", "supplier", "worker", "printer", "farm"));
  if (!work_need(w, a != b && p != 5))
    return;
  const char *args[] = {
    tex(w, 10 * p), tex(w, 100 - 10 * p), tex(w, a), tex(w, b), who, NULL
  };
  work_ask(
      w,
      LIST("[[Of all parts in a store|In a large stock of parts]], $@1\\%$ come from @5 "
           "A and $@2\\%$ from @5 B. Of those from @5 A, "
           "$@3\\%$ are defective; of those from @5 B, $@4\\%$ are. A part picked at "
           "random turns "
           "out to be defective. What is the probability that it came from @5 A? Express "
           "your "
           "answer as a common fraction.",
           "The items that a shop sells come from two sources: @5 A makes $@1\\%$ of "
           "them and @5 B the other $@2\\%$. An item is faulty with "
           "probability $@3\\%$ if it is from A and $@4\\%$ if it is from B. Given that "
           "an item "
           "is faulty, what is the probability that it is from A, as a common fraction?"),
      args);
  if (work_errs(w, MIS_BASE_RATE)) {
    FINISH(
        w, MATH_FRACTION, tex_frac(w, math_frac_of(a, a + b)),
        "Comparing the rates of defects, the probability is $\\frac{@1}{@1 + @2} = @0$.",
        args[2], args[3]);
    return;
  }
  int64_t from_a = work_calc_count(w, 10 * p * a);
  STEP(w, "Out of $10000$ items, $@1 \\cdot @2 = @3$ are defective ones from A.", args[0],
       args[2], tex(w, from_a));
  int64_t from_b = work_calc_count(w, (100 - 10 * p) * b);
  STEP(w, "[[Likewise|In the same way]] $@1 \\cdot @2 = @3$ are defective ones from B.",
       args[1], args[3], tex(w, from_b));
  int64_t all = work_rule(w, MIS_ODDS, from_a + from_b, from_b);
  FINISH(w, MATH_FRACTION, tex_frac(w, math_frac_of(from_a, all)),
         "So the probability is $\\frac{@1}{@2} = @0$.", tex(w, from_a), tex(w, all));
}

const struct math_family math_counting[] = {
  { "outfits", 1, outfits },
  { "one draw", 1, one_draw },
  { "count integers", 1, count_integers },
  { "two committees", 2, two_committees },
  { "handshakes", 2, handshakes },
  { "neither of two", 2, neither_of_two },
  { "flags in a row", 3, flags_in_a_row },
  { "two draws", 3, two_draws },
  { "at least one", 3, at_least_one },
  { "paths through a point", 4, paths_through },
  { "binomial coefficient", 4, binomial_coefficient_of },
  { "expected winnings", 4, expected_winnings },
  { "binomial probability", 5, binomial_probability },
  { "stars and bars", 5, stars_and_bars },
  { "which source", 5, which_source },
  { NULL, 0, NULL },
};
