#include "gpu/hazard.h"
#include "gpu/space.h"
#include "test.h"

static const char memory[2];

static struct hazard_range range(uint64_t begin, uint64_t end, bool reads, bool writes)
{
  return (struct hazard_range){ memory, begin, end, reads, writes };
}

/* what came before, what comes, whether a barrier must stand between */
static void test_conflicts(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    bool first_reads, first_writes;
    uint64_t begin, end; /* of the second; the first is [256, 512) */
    bool second_reads, second_writes;
    bool barrier;
  } rows[] = {
    { "read after read", true, false, 256, 512, true, false, false },
    { "read after write", false, true, 256, 512, true, false, true },
    { "write after read", true, false, 256, 512, false, true, true },
    { "write after write", false, true, 256, 512, false, true, true },
    { "in place twice", true, true, 256, 512, true, true, true },
    { "just before", false, true, 0, 256, true, true, false },
    { "just behind", false, true, 512, 768, true, true, false },
    { "last byte", false, true, 511, 600, true, false, true },
    { "first byte", false, true, 0, 257, true, false, true },
    { "inside", false, true, 300, 301, true, false, true },
    { "around", false, true, 0, 9999, true, false, true },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct hazard hazard = { 0 };
    struct hazard_range first =
        range(256, 512, rows[i].first_reads, rows[i].first_writes);
    struct hazard_range second =
        range(rows[i].begin, rows[i].end, rows[i].second_reads, rows[i].second_writes);
    assert_false(hazard_conflict(&hazard, &first, 1));
    hazard_add(&hazard, &first, 1);
    if (hazard_conflict(&hazard, &second, 1) != rows[i].barrier)
      fail_msg("%s: wrong", rows[i].name);
    second.memory = memory + 1; /* other memory never conflicts */
    assert_false(hazard_conflict(&hazard, &second, 1));
    hazard_clear(&hazard);
    second.memory = memory;
    assert_false(hazard_conflict(&hazard, &second, 1));
    hazard_release(&hazard);
  }
}

static void test_many_ranges(void **state)
{
  (void)state;
  struct hazard hazard = { 0 };
  for (uint64_t i = 0; i < 100; i++) {
    struct hazard_range r = range(i * 10, i * 10 + 10, i % 2, !(i % 2));
    assert_false(hazard_conflict(&hazard, &r, 1));
    hazard_add(&hazard, &r, 1);
  }
  struct hazard_range two[] = { range(10, 20, true, false),
                                range(999, 1001, true, false) };
  assert_false(hazard_conflict(&hazard, two, 2));
  two[1].writes = true;
  assert_true(hazard_conflict(&hazard, two, 2));
  hazard_release(&hazard);
}

/* ---- free ranges of a block ---- */

static uint64_t take(struct space *space, uint64_t bytes)
{
  uint64_t offset = UINT64_MAX;
  assert_true(space_take(space, bytes, &offset));
  assert_int_equal(offset % SPACE_ALIGN, 0);
  return offset;
}

static void test_space(void **state)
{
  (void)state;
  struct space space;
  uint64_t offset;
  space_init(&space, 4 * SPACE_ALIGN);
  assert_true(space_is_empty(&space));
  uint64_t a = take(&space, 1), b = take(&space, 256), c = take(&space, 257);
  assert_false(space_take(&space, 1, &offset));
  assert_true(a != b && b != c && a != c);
  space_give(&space, b, 256);
  assert_false(space_take(&space, 257, &offset));
  assert_int_equal(take(&space, 200), b); /* the hole */
  space_give(&space, a, 1);
  space_give(&space, c, 257);
  assert_false(space_take(&space, 3 * SPACE_ALIGN, &offset));
  space_give(&space, b, 200); /* joins both sides */
  assert_true(space_is_empty(&space));
  assert_int_equal(take(&space, 4 * SPACE_ALIGN), 0);
  space_give(&space, 0, 4 * SPACE_ALIGN);
  assert_true(space_is_empty(&space));
  space_release(&space);
}

/* Random takes and gives: no two pieces overlap, and all of it comes back. */
static void test_space_random(void **state)
{
  (void)state;
  enum { PIECES = 50 };
  struct {
    uint64_t offset, bytes;
  } pieces[PIECES] = { 0 };
  struct space space;
  uint32_t random = 1;
  space_init(&space, 64 * SPACE_ALIGN);
  for (int step = 0; step < 20000; step++) {
    random = random * 1664525 + 1013904223;
    uint32_t i = (random >> 8) % PIECES;
    if (pieces[i].bytes) {
      space_give(&space, pieces[i].offset, pieces[i].bytes);
      pieces[i].bytes = 0;
      continue;
    }
    uint64_t bytes = 1 + (random >> 16) % 1500;
    if (!space_take(&space, bytes, &pieces[i].offset))
      continue;
    pieces[i].bytes = bytes;
    assert_true(pieces[i].offset + bytes <= space.bytes);
    for (uint32_t j = 0; j < PIECES; j++)
      if (j != i && pieces[j].bytes)
        assert_true(pieces[j].offset + pieces[j].bytes <= pieces[i].offset ||
                    pieces[i].offset + bytes <= pieces[j].offset);
  }
  for (uint32_t i = 0; i < PIECES; i++)
    if (pieces[i].bytes)
      space_give(&space, pieces[i].offset, pieces[i].bytes);
  assert_true(space_is_empty(&space));
  space_release(&space);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_conflicts),
    cmocka_unit_test(test_many_ranges),
    cmocka_unit_test(test_space),
    cmocka_unit_test(test_space_random),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
