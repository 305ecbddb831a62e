/* math_number_theory.c - the families of Number Theory. */
#include "gen/math_work.h"

static bool is_prime(int64_t n)
{
  for (int64_t p = 2; p * p <= n; p++)
    if (n % p == 0)
      return false;
  return n > 1;
}

static void gcd_or_lcm(struct work *w)
{
  int64_t g = work_draw(w, 2, 30), a = work_draw(w, 2, 20), b = work_draw(w, 2, 20);
  bool lcm = work_draw(w, 0, 1);
  if (!work_need(w, a < b && math_gcd(a, b) == 1))
    return;
  int64_t m = g * a, n = g * b;
  const char *args[] = { tex(w, m), tex(w, n), NULL };
  work_ask(
      w,
      lcm ? LIST("What is the least common multiple of $@1$ and $@2$?",
                 "Find the smallest positive integer that is divisible by both $@1$ and "
                 "$@2$.")
          : LIST("What is the greatest common divisor of $@1$ and $@2$?",
                 "Find the largest integer that divides both $@1$ and $@2$."),
      args);
  int64_t common = work_calc_count(w, g);
  STEP(w, "The greatest common divisor of $@1$ and $@2$ is $@3$.", args[0], args[1],
       tex(w, common));
  bool confused = work_errs(w, MIS_GCD_LCM);
  struct frac multiple = math_frac_of(m * n, common);
  if (lcm != confused)
    FINISH(w, MATH_INTEGER, tex_frac(w, multiple),
           "[[Their least common multiple is|Hence the answer is]] $\\frac{@1 \\cdot "
           "@2}{@3} = @0$.",
           args[0], args[1], tex(w, common));
  else
    FINISH(w, MATH_INTEGER, tex(w, common), "So the answer is $@0$.");
}

static void division_remainder(struct work *w)
{
  int64_t b = work_draw(w, 7, 99), q = work_draw(w, 11, 199), r = work_draw(w, 1, 98);
  if (!work_need(w, r < b))
    return;
  int64_t a = b * q + r;
  work_ask(
      w,
      LIST("What is the remainder when $@1$ is divided by $@2$?",
           "Find the remainder when $@1$ is divided by $@2$.",
           "[[Eggs|Bottles|Books]] are packed in boxes of @2. If there are @1 in all and "
           "as many boxes as "
           "possible are filled, how many are left over?"),
      LIST(tex(w, a), tex(w, b)));
  int64_t product = work_calc(w, b * q);
  STEP(w,
       "The largest multiple of $@1$ that does not exceed $@2$ is $@1 \\cdot @3 = @4$.",
       tex(w, b), tex(w, a), tex(w, q), tex(w, product));
  int64_t rest = work_calc(w, a - product);
  FINISH(w, MATH_INTEGER, tex(w, rest), "The remainder is $@1 - @2 = @0$.", tex(w, a),
         tex(w, product));
}

static void missing_digit(struct work *w)
{
  int64_t a = work_draw(w, 1, 9), b = work_draw(w, 0, 9), c = work_draw(w, 0, 9),
          d = work_draw(w, 0, 9);
  int64_t place = work_draw(w, 1, 3);
  int64_t digit = math_mod(-(a + b + c + d), 9);
  if (!work_need(w, digit != 0))
    return;
  const int64_t known[] = { a, b, c, d };
  char digits[6] = "";
  for (size_t i = 0, k = 0; i < 5; i++)
    digits[i] = (int64_t)i == place ? 'D' : (char)('0' + known[k++]);
  work_ask(w,
           LIST("The five-digit number $@1$ is divisible by 9. What is the digit $D$?",
                "For what digit $D$ is the five-digit number $@1$ a multiple of 9?"),
           LIST(tex_format(w, "%s", digits)));
  int64_t sum = work_calc(w, a + b + c + d);
  STEP(w, "The known digits add up to $@1 + @2 + @3 + @4 = @5$.", tex(w, a), tex(w, b),
       tex(w, c), tex(w, d), tex(w, sum));
  int64_t next = sum + math_mod(-sum, 9);
  FINISH(w, MATH_INTEGER, tex(w, next - sum),
         "The digit sum must be a multiple of $9$; the next one is $@1$, so $D = @0$.",
         tex(w, next));
}

static void to_base(struct work *w)
{
  int64_t n = work_draw(w, 40, 2400), b = work_draw(w, 3, 9);
  if (!work_need(w, n >= b * b))
    return;
  work_ask(w,
           LIST("Write $@1$ in base $@2$.",
                "What is the base-ten number $@1$ when written in base $@2$?",
                "Express the base $10$ number $@1$ in base $@2$."),
           LIST(tex(w, n), tex(w, b)));
  int64_t rests[12], left = n;
  size_t count = 0;
  while (left > 0) {
    int64_t quotient = left / b;
    rests[count++] = left % b;
    STEP(w, "$@1 = @2 \\cdot @3 + @4$.", tex(w, left), tex(w, quotient), tex(w, b),
         tex(w, left % b));
    int64_t taken = quotient > 0 ? work_calc_count(w, quotient) : 0;
    left = taken < left ? taken : quotient;
    if (!work_need(w, count < 11))
      return;
  }
  bool palindrome = true;
  for (size_t i = 0; i < count; i++)
    palindrome &= rests[i] == rests[count - 1 - i];
  bool reversed = !palindrome && work_errs(w, MIS_REVERSE_DIGITS);
  char digits[16] = "";
  for (size_t i = 0; i < count; i++)
    digits[i] = (char)('0' + rests[reversed ? i : count - 1 - i]);
  const char *numeral = tex_format(w, "%s_%lld", digits, (long long)b);
  FINISH(w, MATH_BASE, numeral,
         reversed ? "Reading the remainders from first to last, we get $@0$."
                  : "Reading the remainders from last to first, we get $@0$.");
}

static void from_base(struct work *w)
{
  int64_t b = work_draw(w, 3, 9), n = work_draw(w, 100, 3000);
  if (!work_need(w, n >= b * b && n < math_power(b, 5)))
    return;
  const char *digits = tex_base_digits(w, n, b);
  work_ask(w,
           LIST("What is $@1_@2$ in base ten?", "Convert $@1_@2$ to base $10$.",
                "Express the base $@2$ number $@1_@2$ in base ten."),
           LIST(digits, tex(w, b)));
  size_t len = strlen(digits);
  int64_t sum = 0, shift = work_errs(w, MIS_PLACE_VALUE) ? 1 : 0;
  const char *terms = "";
  for (size_t i = 0; i < len; i++) {
    int64_t power = (int64_t)(len - 1 - i) + shift;
    sum += (digits[i] - '0') * math_power(b, power);
    terms = tex_format(w, "%s%s%c \\cdot %lld^%lld", terms, i ? " + " : "", digits[i],
                       (long long)b, (long long)power);
  }
  STEP(w, "By place value, the number is $@1$.", terms);
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, sum)), "[[This equals|The sum is]] $@0$.");
}

static const char *tex_power(struct work *w, int64_t p, int64_t a)
{
  return a == 1 ? tex(w, p) : tex_format(w, "%lld^%lld", (long long)p, (long long)a);
}

static void count_divisors(struct work *w)
{
  static const int64_t primes[] = { 2, 3, 5, 7, 11, 13, 17, 19 };
  int64_t p = work_draw(w, 0, 7), q = work_draw(w, 0, 7), r = work_draw(w, 0, 7);
  int64_t a = work_draw(w, 1, 7), b = work_draw(w, 1, 5), c = work_draw(w, 1, 4);
  if (!work_need(w, p < q && q < r))
    return;
  const char *factored =
      tex_format(w, "%s \\cdot %s \\cdot %s", tex_power(w, primes[p], a),
                 tex_power(w, primes[q], b), tex_power(w, primes[r], c));
  int64_t n =
      math_power(primes[p], a) * math_power(primes[q], b) * math_power(primes[r], c);
  bool given = n >= 100000;
  work_ask(w,
           LIST("How many positive divisors does $@1$ have?",
                "Find the number of positive integers that divide $@1$."),
           LIST(given ? factored : tex(w, n)));
  if (!given)
    STEP(w, "The prime factorization is $@1 = @2$.", tex(w, n), factored);
  if (work_errs(w, MIS_DIVISOR_EXPONENT)) {
    FINISH(w, MATH_INTEGER, tex(w, a * b * c),
           "So there are $@1 \\cdot @2 \\cdot @3 = @0$ divisors.", tex(w, a), tex(w, b),
           tex(w, c));
    return;
  }
  int64_t total = work_calc_count(w, (a + 1) * (b + 1) * (c + 1));
  FINISH(w, MATH_INTEGER, tex(w, total),
         "Adding one to each exponent and multiplying, we get $@1 \\cdot @2 \\cdot @3 = "
         "@0$ divisors.",
         tex(w, a + 1), tex(w, b + 1), tex(w, c + 1));
}

static void units_digit(struct work *w)
{
  int64_t a = work_draw(w, 12, 199), n = work_draw(w, 11, 400);
  int64_t last = a % 10;
  if (!work_need(w, last == 2 || last == 3 || last == 7 || last == 8))
    return;
  work_ask(w,
           LIST("What is the units digit of $@1^{@2}$?",
                "Find the ones digit of $@1^{@2}$.",
                "What is the last digit when $@1^{@2}$ is written out?"),
           LIST(tex(w, a), tex(w, n)));
  int64_t cycle[4];
  for (int64_t i = 0; i < 4; i++)
    cycle[i] = math_power(last, i + 1) % 10;
  STEP(w, "The units digits of the powers of $@1$ repeat in the cycle $@2$.", tex(w, a),
       tex_list(w, 4, cycle));
  int64_t rest = work_errs(w, MIS_OFF_BY_ONE) ? (n + 1) % 4 : n % 4;
  if (rest == n % 4)
    rest = math_mod(work_calc(w, rest), 4);
  STEP(w,
       "[[Since|As]] $@1$ leaves the remainder $@2$ on division by $4$, we need the @3 "
       "entry of the cycle.",
       tex(w, n), tex(w, rest),
       rest == 0   ? "fourth"
       : rest == 1 ? "first"
       : rest == 2 ? "second"
                   : "third");
  FINISH(w, MATH_INTEGER, tex(w, cycle[(rest + 3) % 4]), "The units digit is $@0$.");
}

static void prime_in_factorial(struct work *w)
{
  static const int64_t primes[] = { 2, 3, 5, 7, 11 };
  int64_t p = primes[work_draw(w, 0, 4)], n = work_draw(w, 30, 2400);
  if (!work_need(w, n > 2 * p * p))
    return;
  work_ask(w,
           LIST("What is the greatest integer $k$ such that $@1^k$ divides $@2!$?",
                "What is the exponent of $@1$ in the prime factorization of $@2!$?",
                "Find the largest $k$ for which $@2!$ is divisible by $@1^k$."),
           LIST(tex(w, p), tex(w, n)));
  int64_t first = work_calc_count(w, n / p);
  STEP(w, "Of the numbers from $1$ to $@1$, $@2$ are multiples of $@3$.", tex(w, n),
       tex(w, first), tex(w, p));
  if (work_errs(w, MIS_FIRST_POWER_ONLY)) {
    FINISH(w, MATH_INTEGER, tex(w, first), "So the exponent is $@0$.");
    return;
  }
  const char *sum = tex(w, first);
  int64_t total = first;
  for (int64_t power = p * p; power <= n; power *= p) {
    total += n / power;
    sum = tex_format(w, "%s + %lld", sum, (long long)(n / power));
  }
  int64_t exponent = work_calc_count(w, total);
  FINISH(
      w, MATH_INTEGER, tex(w, exponent),
      "Multiples of higher powers of $@1$ give further factors, so altogether there are "
      "$@2 = @0$.",
      tex(w, p), sum);
}

/* The digits of a + b in this base; `ten` carries as if the base were ten. */
static const char *add_numerals(struct work *w, int64_t a, int64_t b, int64_t base,
                                bool ten)
{
  if (!ten)
    return tex_base_digits(w, a + b, base);
  char digits[16];
  size_t at = sizeof digits;
  digits[--at] = '\0';
  for (int64_t carry = 0; a || b || carry; a /= base, b /= base) {
    int64_t sum = a % base + b % base + carry;
    digits[--at] = (char)('0' + sum % 10);
    carry = sum / 10;
  }
  return tex_format(w, "%s", digits + at);
}

static void add_in_base(struct work *w)
{
  int64_t b = work_draw(w, 4, 9), m = work_draw(w, 30, 500), n = work_draw(w, 30, 500);
  if (!work_need(w, m >= b * b && n >= b * b && m % b + n % b >= b))
    return;
  work_ask(w,
           LIST("Find $@1_@3 + @2_@3$. Express your answer in base $@3$.",
                "What is the sum of $@1_@3$ and $@2_@3$, written in base $@3$?"),
           LIST(tex_base_digits(w, m, b), tex_base_digits(w, n, b), tex(w, b)));
  int64_t units = m % b + n % b;
  bool ten = work_errs(w, MIS_CARRY_TEN);
  STEP(w,
       ten ? "The units digits add up to $@1$, so we write $@2$ and carry $@3$."
           : "The units digits add up to $@1 = 1 \\cdot @4 + @2$, so we write $@2$ and "
             "carry $@3$.",
       tex(w, units), tex(w, ten ? units % 10 : units - b), tex(w, ten ? units / 10 : 1),
       tex(w, b));
  int64_t sum = ten ? 0 : work_calc(w, m + n) - m - n;
  const char *digits = add_numerals(w, m, n + sum, b, ten);
  FINISH(w, MATH_BASE, tex_format(w, "%s_%lld", digits, (long long)b),
         "Going on with the other places in the same way, the sum is $@0$.");
}

static void two_remainders(struct work *w)
{
  int64_t m = work_draw(w, 5, 29), n = work_draw(w, 5, 29), a = work_draw(w, 1, 28),
          b = work_draw(w, 1, 28);
  if (!work_need(w, m < n && math_gcd(m, n) == 1 && a < m && b < n && a != b))
    return;
  work_ask(
      w,
      LIST("What is the smallest positive integer that leaves a remainder of $@1$ when "
           "divided by $@2$ and a "
           "remainder of $@3$ when divided by $@4$?",
           "Find the least positive integer $x$ with $x \\equiv @1 \\pmod{@2}$ and $x "
           "\\equiv @3 "
           "\\pmod{@4}$."),
      LIST(tex(w, a), tex(w, m), tex(w, b), tex(w, n)));
  STEP(w, "The number has the form $@1 + @2k$.", tex(w, b), tex(w, n));
  int64_t step = math_mod(n, m),
          target = work_rule(w, MIS_SIGN_MOVE, math_mod(a - b, m), math_mod(a + b, m));
  STEP(w, "Modulo $@1$ this requires $@2k \\equiv @3$.", tex(w, m), tex_coef(w, step),
       tex(w, target));
  int64_t k = 0;
  while (k < m && step * k % m != target)
    k++;
  k = work_calc(w, k);
  if (!work_need(w, k >= 0))
    return;
  STEP(w, "The smallest such $k$ is $@1$.", tex(w, k));
  FINISH(w, MATH_INTEGER, tex(w, work_calc_count(w, b + n * k)),
         "So the number is $@1 + @2 \\cdot @3 = @0$.", tex(w, b), tex(w, n), tex(w, k));
}

static void modular_inverse(struct work *w)
{
  int64_t a = work_draw(w, 3, 99), m = work_draw(w, 7, 130);
  if (!work_need(w, a < m && math_gcd(a, m) == 1 && a + 1 < m))
    return;
  work_ask(w,
           LIST("Find the inverse of $@1$ modulo $@2$, as an integer from $0$ to $@3$.",
                "What integer $x$ with $0 \\le x \\le @3$ satisfies $@1x \\equiv 1 "
                "\\pmod{@2}$?"),
           LIST(tex(w, a), tex(w, m), tex(w, m - 1)));
  int64_t k = 1;
  while ((k * m + 1) % a)
    k++;
  int64_t minus = work_errs(w, MIS_SIGN_MOVE) ? -1 : 1, j = k;
  if (minus < 0)
    for (j = 1; (j * m - 1) % a;)
      j++;
  int64_t total = j * m + minus;
  STEP(w,
       "We look for a multiple of $@1$ that is @2 a multiple of $@3$: $@4 \\cdot @3 @5 "
       "= @6$ is divisible by $@1$.",
       tex(w, a), minus < 0 ? "one less than" : "one more than", tex(w, m), tex(w, j),
       minus < 0 ? "- 1" : "+ 1", tex(w, total));
  int64_t x = work_calc_count(w, total / a);
  FINISH(
      w, MATH_INTEGER, tex(w, x),
      "[[Since $@1 = @2 \\cdot @3$, the inverse|Dividing by $@2$, the inverse]] is $@0$.",
      tex(w, total), tex(w, a), tex(w, x));
}

static void linear_congruence(struct work *w)
{
  int64_t a = work_draw(w, 2, 30), b = work_draw(w, 1, 40), m = work_draw(w, 7, 60),
          c = work_draw(w, 1, 30);
  if (!work_need(w, a < m && b < m && c < m && math_gcd(a, m) == 1 && b != c))
    return;
  work_ask(
      w,
      LIST("Find the solution $x$ of $@1x + @2 \\equiv @3 \\pmod{@4}$ with $0 \\le x < "
           "@4$.",
           "What is the smallest nonnegative integer $x$ for which $@1x + @2$ leaves the "
           "same remainder as $@3$ on division by "
           "$@4$?"),
      LIST(tex(w, a), tex(w, c), tex(w, b), tex(w, m)));
  int64_t right = math_mod(b - c, m);
  right = work_rule(w, MIS_SIGN_MOVE, right, math_mod(b + c, m));
  STEP(w, "Moving the constant, $@1x \\equiv @2 \\pmod{@3}$.", tex(w, a), tex(w, right),
       tex(w, m));
  int64_t inverse = 1;
  while (a * inverse % m != 1)
    inverse++;
  inverse = work_calc_count(w, inverse);
  STEP(w, "The inverse of $@1$ modulo $@2$ is $@3$.", tex(w, a), tex(w, m),
       tex(w, inverse));
  int64_t x = math_mod(work_calc(w, right * inverse), m);
  FINISH(w, MATH_INTEGER, tex(w, x),
         "[[Multiplying by it|So]], $x \\equiv @1 \\cdot @2 \\equiv @0$.", tex(w, right),
         tex(w, inverse));
}

static void neither_multiple(struct work *w)
{
  int64_t n = work_draw(w, 100, 2000), p = work_draw(w, 2, 13), q = work_draw(w, 2, 13);
  if (!work_need(w, p < q && is_prime(p) && is_prime(q)))
    return;
  work_ask(
      w,
      LIST("How many positive integers less than or equal to $@1$ are divisible by "
           "neither $@2$ nor $@3$?",
           "How many of the integers $1, 2, \\ldots, @1$ are multiples of neither $@2$ "
           "nor $@3$?"),
      LIST(tex(w, n), tex(w, p), tex(w, q)));
  int64_t a = work_calc_count(w, n / p), b = work_calc_count(w, n / q),
          c = work_calc_count(w, n / (p * q));
  STEP(w,
       "There are $@1$ multiples of $@2$, $@3$ multiples of $@4$ and $@5$ multiples of "
       "both.",
       tex(w, a), tex(w, p), tex(w, b), tex(w, q), tex(w, c));
  int64_t either = work_rule(w, MIS_DOUBLE_COUNT, a + b - c, a + b);
  STEP(w, "So $@1$ of the numbers are divisible by at least one of the two.",
       tex(w, either));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, n - either)), "This leaves $@1 - @2 = @0$.",
         tex(w, n), tex(w, either));
}

static void largest_unreachable(struct work *w)
{
  int64_t a = work_draw(w, 3, 60), b = work_draw(w, 4, 61);
  const char *what = work_draw_word(
      w, LIST("Stamps are sold in denominations of", "A game awards scores of",
              "Nuggets come in boxes of", "Coins of a country are worth",
              "Tokens are bundled in packs of"));
  if (!work_need(w, a < b && math_gcd(a, b) == 1 && a * b - a - b > 5))
    return;
  work_ask(
      w,
      LIST("@3 @1 and @2 only. What is the largest whole number that cannot be "
           "made as a total?",
           "@3 @1 and @2, and of nothing else. Find the greatest integer that is not a "
           "possible total."),
      LIST(tex(w, a), tex(w, b), what));
  STEP(w,
       "Since $@1$ and $@2$ are relatively prime, the largest number not of the form "
       "$@1x + @2y$ is $@1 \\cdot @2 - @1 "
       "- @2$.",
       tex(w, a), tex(w, b));
  int64_t product = work_calc_count(w, a * b), sum = work_calc_count(w, a + b);
  int64_t value = work_rule(w, MIS_SIGN_DISTRIBUTE, product - sum, product - a + b);
  FINISH(w, MATH_INTEGER, tex(w, value), "[[This equals|That is]] $@1 - @2 = @0$.",
         tex(w, product), tex(w, sum));
}

static void last_two_digits(struct work *w)
{
  int64_t a = work_draw(w, 3, 199), n = work_draw(w, 6, 120);
  if (!work_need(w, a % 10 != 0 && a % 10 != 5 && a % 100 != 1))
    return;
  work_ask(w,
           LIST("What is the remainder when $@1^{@2}$ is divided by $100$?",
                "Find the remainder when $@1^{@2}$ is divided by $100$."),
           LIST(tex(w, a), tex(w, n)));
  int64_t square = math_mod(work_calc_count(w, (a % 100) * (a % 100)), 100);
  STEP(w, "Modulo $100$, $@1^2 \\equiv @2$.", tex(w, a), tex(w, square));
  int64_t odd = n % 2, half = n / 2, value = 1, power = square;
  for (int64_t e = half; e > 0; e /= 2) {
    if (e % 2)
      value = value * power % 100;
    power = power * power % 100;
  }
  int64_t even = math_mod(work_calc(w, value), 100);
  STEP(w, "[[By repeated squaring|Continuing]], $@1^{@2} \\equiv @3$.", tex(w, a),
       tex(w, 2 * half), tex(w, even));
  int64_t forgets = odd && work_errs(w, MIS_OFF_BY_ONE);
  int64_t last = odd && !forgets ? math_mod(work_calc(w, even * a), 100) : even;
  FINISH(w, MATH_INTEGER, tex(w, last),
         odd && !forgets
             ? "[[One more factor|A last factor]] $@1$ gives the remainder $@0$."
             : "So the remainder is $@0$.",
         tex(w, a));
}

static void count_solutions(struct work *w)
{
  int64_t a = work_draw(w, 2, 12), b = work_draw(w, 3, 15), c = work_draw(w, 60, 400);
  if (!work_need(w, a < b && math_gcd(a, b) == 1 && c % a && c % b))
    return;
  work_ask(
      w,
      LIST(
          "How many ordered pairs of positive integers $(x,y)$ satisfy $@1x + @2y = @3$?",
          "In how many ways can $@3$ dollars be paid with at least one bill each of "
          "$@1$ and of $@2$ dollars, and no "
          "other bills?"),
      LIST(tex(w, a), tex(w, b), tex(w, c)));
  int64_t first = 1;
  while ((c - b * first) % a)
    first++;
  STEP(w,
       "Modulo $@1$, the smallest possible $y$ is $@2$, and the others follow in steps "
       "of $@1$.",
       tex(w, a), tex(w, first));
  int64_t most = work_calc_count(w, (c - 1) / b);
  STEP(w, "[[Since $x$ is positive|As $@2x$ is positive]], $y$ can be at most $@1$.",
       tex(w, most), tex(w, a));
  if (!work_need(w, most >= first))
    return;
  int64_t count = (most - first) / a + 1;
  count = work_rule(w, MIS_OFF_BY_ONE, count, count - 1);
  FINISH(w, MATH_INTEGER, tex(w, count), "The number of possibilities is $@0$.");
}

const struct math_family math_number_theory[] = {
  { "gcd or lcm", 1, gcd_or_lcm },
  { "division remainder", 1, division_remainder },
  { "missing digit", 1, missing_digit },
  { "to another base", 2, to_base },
  { "from another base", 2, from_base },
  { "count divisors", 2, count_divisors },
  { "units digit", 3, units_digit },
  { "prime in a factorial", 3, prime_in_factorial },
  { "add in a base", 3, add_in_base },
  { "two remainders", 4, two_remainders },
  { "modular inverse", 4, modular_inverse },
  { "linear congruence", 4, linear_congruence },
  { "multiples of neither", 4, neither_multiple },
  { "largest unreachable", 5, largest_unreachable },
  { "last two digits", 5, last_two_digits },
  { "count solutions", 5, count_solutions },
  { NULL, 0, NULL },
};
