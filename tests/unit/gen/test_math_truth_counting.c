/* The answers of MATH-style problems by a second method. Counting & Probability and
 * Number Theory: by enumeration. */
#include "math_truth.h"

static bool outfits(const struct math_item *it)
{
  int64_t n[4], count = 0;
  numbers(it, n, 4);
  for (int64_t a = 0; a < n[0]; a++)
    for (int64_t b = 0; b < n[1]; b++)
      for (int64_t c = 0; c < n[2]; c++)
        for (int64_t d = 0; d < n[3]; d++)
          count++;
  return is(it, (double)count);
}

static bool one_draw(const struct math_item *it)
{
  int64_t n[3];
  numbers(it, n, 3);
  return is(it, (double)n[0] / (double)(n[0] + n[1] + n[2]));
}

static bool count_integers(const struct math_item *it)
{
  int64_t n[2], count = 0;
  numbers(it, n, 2);
  for (int64_t i = n[0]; i <= n[1]; i++)
    count++;
  return is(it, (double)count);
}

static double subsets(int64_t n, int64_t k)
{
  double count = 0;
  for (uint32_t set = 0; set < (uint32_t)1 << n; set++)
    count += __builtin_popcount(set) == k;
  return count;
}

static bool committees(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  return is(it, subsets(d[0], d[2]) * subsets(d[1], d[3]));
}

static bool handshakes(const struct math_item *it)
{
  int64_t n[2], count = 0;
  numbers(it, n, 2);
  for (int64_t a = 0; a < n[0]; a++)
    for (int64_t b = 0; b < a; b++)
      count += !(a < n[1] && b < n[1]);
  return is(it, (double)count);
}

static bool neither(const struct math_item *it)
{
  int64_t n[4];
  numbers(it, n, 4);
  int64_t count = 0;
  for (int64_t i = 0; i < n[0]; i++) {
    bool first = i < n[1], second = i >= n[1] - n[3] && i < n[1] - n[3] + n[2];
    count += !first && !second;
  }
  return is(it, (double)count);
}

static bool flags(const struct math_item *it)
{
  int64_t n[4];
  double ways[6][6][6][6];
  numbers(it, n, 4);
  for (int64_t a = 0; a <= n[0]; a++)
    for (int64_t b = 0; b <= n[1]; b++)
      for (int64_t c = 0; c <= n[2]; c++)
        for (int64_t d = 0; d <= n[3]; d++)
          ways[a][b][c][d] =
              a + b + c + d == 0
                  ? 1
                  : (a ? ways[a - 1][b][c][d] : 0) + (b ? ways[a][b - 1][c][d] : 0) +
                        (c ? ways[a][b][c - 1][d] : 0) + (d ? ways[a][b][c][d - 1] : 0);
  return is(it, ways[n[0]][n[1]][n[2]][n[3]]);
}

static bool two_draws(const struct math_item *it)
{
  int64_t n[2], good = 0, all = 0;
  numbers(it, n, 2);
  for (int64_t a = 0; a < n[0] + n[1]; a++)
    for (int64_t b = 0; b < n[0] + n[1]; b++) {
      all += a != b;
      good += a != b && a < n[0] && b < n[0];
    }
  return is(it, (double)good / (double)all);
}

static bool at_least_one(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  int64_t good = 0;
  for (int64_t a = 0; a < d[1]; a++)
    for (int64_t b = 0; b < d[3]; b++)
      good += a < d[0] || b < d[2];
  return is(it, (double)good / (double)(d[1] * d[3]));
}

static double lattice_paths(int64_t x, int64_t y)
{
  return x == 0 || y == 0 ? 1 : lattice_paths(x - 1, y) + lattice_paths(x, y - 1);
}

static bool paths(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  return is(it, lattice_paths(d[0], d[1]) * lattice_paths(d[2], d[3]));
}

static bool coefficient(const struct math_item *it)
{
  double poly[10] = { 1 };
  const int64_t *d = it->drawn; /* (a x + b)^n, x^k */
  for (int64_t i = 0; i < d[2]; i++)
    for (int64_t k = 9; k >= 0; k--)
      poly[k] = poly[k] * (double)d[1] + (k ? poly[k - 1] * (double)d[0] : 0);
  return is(it, poly[d[3]]);
}

static bool winnings(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double total = 0;
  for (int64_t face = 1; face <= 6; face++)
    total += (double)(face == 6 ? d[1] : face >= d[3] + 2 ? d[0] : -d[2]);
  return is(it, total / 6);
}

static bool binomial(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double p = (double)d[0] / (double)d[1], total = 0;
  for (uint32_t way = 0; way < (uint32_t)1 << d[2]; way++) {
    double chance = 1;
    for (int64_t i = 0; i < d[2]; i++)
      chance *= way >> i & 1 ? p : 1 - p;
    total += __builtin_popcount(way) == d[3] ? chance : 0;
  }
  return is(it, total);
}

static double handouts(int64_t n, int64_t k, int64_t least)
{
  if (k == 1)
    return n >= least;
  double total = 0;
  for (int64_t first = least; first <= n; first++)
    total += handouts(n - first, k - 1, least);
  return total;
}

static bool stars(const struct math_item *it)
{
  return is(it, handouts(it->drawn[0], it->drawn[1], it->drawn[2]));
}

static bool source(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double a = (double)(d[0] * d[1]), b = (double)((10 - d[0]) * d[2]);
  return is(it, a / (a + b));
}

static int64_t common_divisor(int64_t a, int64_t b)
{
  int64_t d = a < b ? a : b;
  while (a % d || b % d)
    d--;
  return d;
}

static bool gcd_or_lcm(const struct math_item *it)
{
  int64_t n[2];
  numbers(it, n, 2);
  int64_t multiple = n[0];
  while (multiple % n[1])
    multiple += n[0];
  return is(it, (double)(it->drawn[3] ? multiple : common_divisor(n[0], n[1])));
}

static bool division(const struct math_item *it)
{
  int64_t a = it->drawn[0] * it->drawn[1] + it->drawn[2], n[2];
  numbers(it, n, 2);
  bool told = (n[0] == a && n[1] == it->drawn[0]) || (n[1] == a && n[0] == it->drawn[0]);
  while (a >= it->drawn[0])
    a -= it->drawn[0];
  return told && is(it, (double)a);
}

static bool missing_digit(const struct math_item *it)
{
  struct str text =
      segment(it->problem, 0).len > 1 ? segment(it->problem, 0) : segment(it->problem, 1);
  int64_t found = -1, how_many = 0;
  for (int64_t digit = 0; digit < 10; digit++) {
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++)
      value = 10 * value + (text.ptr[i] == 'D' ? digit : text.ptr[i] - '0');
    how_many += value % 9 == 0;
    found = value % 9 == 0 ? digit : found;
  }
  return how_many == 1 && is(it, (double)found);
}

/* "1021_3" */
static int64_t numeral(struct str text)
{
  int64_t base = (int64_t)creal(eval_text(behind(text, "_"))), value = 0;
  struct str digits = before(text, "_");
  for (size_t i = 0; i < digits.len; i++)
    value = digits.ptr[i] - '0' < base ? value * base + digits.ptr[i] - '0' : -1000000;
  return value;
}

static bool to_base(const struct math_item *it)
{
  return numeral(it->answer) == it->drawn[0] &&
         near(eval_text(behind(it->answer, "_")), (double)it->drawn[1]);
}

static bool from_base(const struct math_item *it)
{
  return is(it, (double)numeral(segment_with(it->problem, "_")));
}

static bool add_in_base(const struct math_item *it)
{
  struct str both = segment_with(it->problem, "_");
  struct str second = str_find(both, STR("+")) >= 0
                          ? behind(both, "+")
                          : segment_with(behind(it->problem, "and"), "_");
  return numeral(it->answer) ==
         numeral(str_trim(before(both, "+"))) + numeral(str_trim(second));
}

static bool divisors(const struct math_item *it)
{
  struct str text = segment(it->problem, 0);
  double n = creal(eval_text(text));
  if (!(n < 5e6)) /* too large to try them all */
    return n > 0;
  int64_t count = 0;
  for (int64_t i = 1; i <= (int64_t)n; i++)
    count += (int64_t)n % i == 0;
  return is(it, (double)count);
}

static int64_t power_mod(int64_t a, int64_t n, int64_t m)
{
  int64_t value = 1;
  while (n--)
    value = value * a % m;
  return value;
}

static bool units_digit(const struct math_item *it)
{
  return is(it, (double)power_mod(it->drawn[0], it->drawn[1], 10));
}

static bool last_two(const struct math_item *it)
{
  return is(it, (double)power_mod(it->drawn[0], it->drawn[1], 100));
}

static bool in_factorial(const struct math_item *it)
{
  static const int64_t primes[] = { 2, 3, 5, 7, 11 };
  int64_t count = 0, p = primes[it->drawn[0]];
  for (int64_t k = 1; k <= it->drawn[1]; k++)
    for (int64_t left = k; left % p == 0; left /= p)
      count++;
  return is(it, (double)count);
}

static bool two_remainders(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  int64_t x = 1;
  while (x % d[0] != d[2] || x % d[1] != d[3])
    x++;
  return is(it, (double)x);
}

static bool modular_inverse(const struct math_item *it)
{
  int64_t x = 0;
  while (it->drawn[0] * x % it->drawn[1] != 1)
    x++;
  return is(it, (double)x);
}

static bool congruence(const struct math_item *it)
{
  const int64_t *d = it->drawn; /* a b m c: a x + c = b mod m */
  int64_t x = 0;
  while ((d[0] * x + d[3] - d[1]) % d[2])
    x++;
  return is(it, (double)x);
}

static bool neither_multiple(const struct math_item *it)
{
  int64_t count = 0;
  for (int64_t i = 1; i <= it->drawn[0]; i++)
    count += i % it->drawn[1] != 0 && i % it->drawn[2] != 0;
  return is(it, (double)count);
}

static bool unreachable(const struct math_item *it)
{
  bool made[4000] = { true };
  int64_t a = it->drawn[0], b = it->drawn[1], last = 0;
  for (int64_t i = 1; i < 4000; i++) {
    made[i] = (i >= a && made[i - a]) || (i >= b && made[i - b]);
    last = made[i] ? last : i;
  }
  return is(it, (double)last);
}

static bool solutions(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  int64_t count = 0;
  for (int64_t x = 1; x <= d[2]; x++)
    for (int64_t y = 1; y <= d[2]; y++)
      count += d[0] * x + d[1] * y == d[2];
  return is(it, (double)count);
}

static const struct check checks[] = {
  { "outfits", outfits },
  { "one draw", one_draw },
  { "count integers", count_integers },
  { "two committees", committees },
  { "handshakes", handshakes },
  { "neither of two", neither },
  { "flags in a row", flags },
  { "two draws", two_draws },
  { "at least one", at_least_one },
  { "paths through a point", paths },
  { "binomial coefficient", coefficient },
  { "expected winnings", winnings },
  { "binomial probability", binomial },
  { "stars and bars", stars },
  { "which source", source },
  { "gcd or lcm", gcd_or_lcm },
  { "division remainder", division },
  { "missing digit", missing_digit },
  { "to another base", to_base },
  { "from another base", from_base },
  { "count divisors", divisors },
  { "units digit", units_digit },
  { "prime in a factorial", in_factorial },
  { "add in a base", add_in_base },
  { "two remainders", two_remainders },
  { "modular inverse", modular_inverse },
  { "linear congruence", congruence },
  { "multiples of neither", neither_multiple },
  { "largest unreachable", unreachable },
  { "last two digits", last_two },
  { "count solutions", solutions },
  { NULL, NULL },
};

static void counting_is_right(void **state)
{
  (void)state;
  check_subject(checks, 1);
}

static void number_theory_is_right(void **state)
{
  (void)state;
  check_subject(checks, 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(counting_is_right),
    cmocka_unit_test(number_theory_is_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
