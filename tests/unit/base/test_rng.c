/* CPython's draws are compared with numbers that CPython 3.11 printed. */
#include "test.h"

#include "base/rng.h"

static void assert_draws(const uint32_t *got, const uint32_t *expected, size_t n)
{
  for (size_t i = 0; i < n; i++)
    assert_int_equal(got[i], expected[i]);
}

static void raw_bits_match_cpython(void **state)
{
  (void)state;
  struct mt19937 mt;
  mt19937_init(&mt, 0);
  assert_int_equal(mt19937_bits(&mt, 32), 3626764237u);
  assert_int_equal(mt19937_bits(&mt, 32), 1654615998u);
  assert_int_equal(mt19937_bits(&mt, 32), 3255389356u);
}

static void few_shot_draws_match_cpython(void **state)
{
  (void)state;
  static const uint32_t expected[3][5] = { { 6374, 3610, 957, 61, 742 },
                                           { 7462, 6610, 4769, 286, 5501 },
                                           { 5677, 687, 806, 6279, 2905 } };
  struct mt19937 mt;
  mt19937_init(&mt, 1234);
  for (size_t doc = 0; doc < 3; doc++) {
    uint32_t got[5];
    mt19937_sample(&mt, 7473, 5, got);
    assert_draws(got, expected[doc], 5);
  }
}

/* Small populations take CPython's other algorithm, a pool. */
static void pool_draws_match_cpython(void **state)
{
  (void)state;
  static const uint32_t first[6] = { 10, 4, 12, 1, 2, 13 };
  static const uint32_t second[6] = { 17, 3, 11, 1, 6, 0 };
  static const uint32_t third[15] = { 5, 27, 26, 4, 15, 59, 35, 58,
                                      3, 36, 7,  14, 40, 47, 37 };
  struct mt19937 mt;
  mt19937_init(&mt, 7);
  uint32_t got[15];
  mt19937_sample(&mt, 20, 6, got);
  assert_draws(got, first, 6);
  mt19937_sample(&mt, 20, 6, got);
  assert_draws(got, second, 6);
  mt19937_sample(&mt, 60, 15, got);
  assert_draws(got, third, 15);
}

static void a_whole_pool_is_a_permutation(void **state)
{
  (void)state;
  struct mt19937 mt;
  mt19937_init(&mt, 5);
  uint32_t got[12];
  mt19937_sample(&mt, 12, 12, got);
  unsigned seen = 0;
  for (size_t i = 0; i < 12; i++)
    seen |= 1u << got[i];
  assert_int_equal(seen, 0xfff);
}

static void streams_are_their_keys(void **state)
{
  (void)state;
  struct rng a, b, other_seed, other_purpose, other_id;
  rng_init(&a, 1, "test", 2);
  rng_init(&b, 1, "test", 2);
  rng_init(&other_seed, 2, "test", 2);
  rng_init(&other_purpose, 1, "tesu", 2);
  rng_init(&other_id, 1, "test", 3);
  for (int i = 0; i < 100; i++) {
    uint64_t value = rng_u64(&a);
    assert_true(value == rng_u64(&b));
    assert_true(value != rng_u64(&other_seed));
    assert_true(value != rng_u64(&other_purpose));
    assert_true(value != rng_u64(&other_id));
  }
}

/* The numbers themselves are part of the frozen splits: they must never change. */
static void the_stream_is_frozen(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, 1, "frozen", 0);
  uint64_t first = rng_u64(&rng), second = rng_u64(&rng);
  assert_true(first == UINT64_C(0xe6fae27fc08baeb1));
  assert_true(second == UINT64_C(0xc18fe04025f224bd));
}

/* Chi-square over 16 cells, 15 degrees of freedom: 37.7 is the 99.9 % point, and the
 * stream is fixed, so this cannot fail by chance from one run to the next. */
static void below_is_uniform(void **state)
{
  (void)state;
  enum { CELLS = 16, DRAWS = 160000 };
  struct rng rng;
  rng_init(&rng, 3, "uniform", 0);
  double cells[CELLS] = { 0 }, chi2 = 0;
  for (int i = 0; i < DRAWS; i++)
    cells[rng_below(&rng, CELLS)]++;
  for (int i = 0; i < CELLS; i++)
    chi2 += (cells[i] - DRAWS / CELLS) * (cells[i] - DRAWS / CELLS) / (DRAWS / CELLS);
  assert_true(chi2 < 37.7);
}

static void range_includes_both_ends(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, 3, "range", 0);
  bool low = false, high = false;
  for (int i = 0; i < 1000; i++) {
    int64_t value = rng_range(&rng, -2, 3);
    assert_in_range(value + 2, 0, 5);
    low |= value == -2;
    high |= value == 3;
  }
  assert_true(low && high);
}

static void shuffle_keeps_the_elements(void **state)
{
  (void)state;
  int values[50], sum = 0;
  bool moved = false;
  for (int i = 0; i < 50; i++)
    values[i] = i;
  struct rng rng;
  rng_init(&rng, 3, "shuffle", 0);
  rng_shuffle(&rng, values, 50, sizeof values[0]);
  for (int i = 0; i < 50; i++) {
    sum += values[i];
    moved |= values[i] != i;
  }
  assert_int_equal(sum, 49 * 50 / 2);
  assert_true(moved);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(raw_bits_match_cpython),
    cmocka_unit_test(few_shot_draws_match_cpython),
    cmocka_unit_test(pool_draws_match_cpython),
    cmocka_unit_test(a_whole_pool_is_a_permutation),
    cmocka_unit_test(streams_are_their_keys),
    cmocka_unit_test(the_stream_is_frozen),
    cmocka_unit_test(below_is_uniform),
    cmocka_unit_test(range_includes_both_ends),
    cmocka_unit_test(shuffle_keeps_the_elements),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
