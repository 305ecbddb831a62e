/* The field of p^2 elements, and fingerprints that tell trees apart. */
#include "answer_tree.h"
#include "base/rng.h"
#include "grade/modular.h"
#include "test.h"

static struct arena arena;

static bool same_residue(struct residue a, struct residue b)
{
  return a.re == b.re && a.im == b.im;
}

static void every_element_has_an_inverse(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, 1, "modular", 0);
  for (size_t prime = 0; prime < MODULAR_PRIMES; prime++)
    for (int i = 0; i < 100; i++) {
      uint64_t p = modular_prime(prime);
      struct residue a = { rng_below(&rng, p), rng_below(&rng, p) };
      struct residue one = residue_multiply(a, residue_inverse(a, prime), prime);
      assert_true(same_residue(one, (struct residue){ 1, 0 }));
    }
}

static void roots_square_and_multiply(void **state)
{
  (void)state;
  for (size_t prime = 0; prime < MODULAR_PRIMES; prime++)
    for (int64_t n = 1; n < 200; n++) {
      struct residue root = residue_root(n, prime);
      assert_true(same_residue(residue_multiply(root, root, prime),
                               (struct residue){ (uint64_t)n, 0 }));
      struct residue other = residue_root(n + 1, prime);
      assert_true(same_residue(residue_multiply(root, other, prime),
                               residue_root(n * (n + 1), prime)));
    }
}

/* 1 same, 0 different, -1 no meaning */
static int compare(const char *a, const char *b)
{
  for (size_t prime = 0; prime < MODULAR_PRIMES; prime++) {
    struct budget budget = { LIMIT_TICKS };
    struct residue x, y;
    if (fingerprint(tree_of(&arena, a), prime, &x, &budget) != FINGERPRINT_OK ||
        fingerprint(tree_of(&arena, b), prime, &y, &budget) != FINGERPRINT_OK)
      return -1;
    if (!same_residue(x, y))
      return 0;
  }
  return 1;
}

static void identities_hold(void **state)
{
  (void)state;
  assert_int_equal(compare("(a+b)^{20}", "(b+a)^{20}"), 1);
  assert_int_equal(compare("\\frac{x^2-1}{x-1}", "x+1"), 1);
  assert_int_equal(compare("\\sqrt{8}", "2\\sqrt2"), 1);
  assert_int_equal(compare("\\sqrt2\\sqrt3", "\\sqrt6"), 1);
  assert_int_equal(compare("\\frac{1}{\\sqrt{-3}}", "\\frac{-i\\sqrt3}{3}"), 1);
  assert_int_equal(compare("(1+i)^2", "2i"), 1);
  assert_int_equal(compare("2004!", "2004\\cdot 2003!"), 1);
  assert_int_equal(compare("\\binom{n}{2}", "\\frac{n(n-1)}{2}"), 1);
}

static void towers_follow_euler(void **state)
{
  (void)state;
  assert_int_equal(compare("5^{5^{5^{5}}}", "5^{5^{3125}}"), 1);
  assert_int_equal(compare("10^{10^{10}}", "10^{10000000000}"), 1);
  assert_int_equal(compare("2^{2^{100}}", "2^{2^{101}}"), 0);
  assert_int_equal(compare("5^{5^{5^{5^5}}}", "5^{5^{5^{5^6}}}"), 0);
}

/* 30030^40 is a multiple of the first field's second totient, so that an exponent reduced
 * without care would vanish: 2^0 is odd, the true power is not. */
static void exponents_do_not_vanish(void **state)
{
  (void)state;
  struct budget budget = { LIMIT_TICKS };
  struct residue x;
  const struct node *tower = tree_of(&arena, "3^{2^{30030^{40}}}");
  assert_int_equal(fingerprint(tower, 0, &x, &budget), FINGERPRINT_OK);
  assert_false(same_residue(x, (struct residue){ 3, 0 }));
}

static void differences_are_seen(void **state)
{
  (void)state;
  assert_int_equal(compare("\\frac{1}{2004!}", "\\frac{1}{2006!}"), 0);
  assert_int_equal(compare("2^{2005}", "2^{2005}+1"), 0);
  assert_int_equal(compare("\\sqrt2", "-\\sqrt2"), 0);
  assert_int_equal(compare("\\pi", "3.14159265358979323846"), 0);
  assert_int_equal(compare("x", "y"), 0);
}

static void what_has_no_meaning_says_so(void **state)
{
  (void)state;
  assert_int_equal(compare("\\sin x", "1"), -1);
  assert_int_equal(compare("|x|", "x"), -1);
  assert_int_equal(compare("\\sqrt{x}", "1"), -1);
  assert_int_equal(compare("1/0", "1"), -1);
  assert_int_equal(compare("30000!", "1"), -1);
}

static int release(void **state)
{
  (void)state;
  arena_release(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_element_has_an_inverse),
    cmocka_unit_test(roots_square_and_multiply),
    cmocka_unit_test(identities_hold),
    cmocka_unit_test(towers_follow_euler),
    cmocka_unit_test(exponents_do_not_vanish),
    cmocka_unit_test(differences_are_seen),
    cmocka_unit_test(what_has_no_meaning_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, release);
}
