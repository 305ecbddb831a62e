#include "test.h"

#include "base/arena.h"
#include "base/fs.h"
#include "base/hash.h"

/* FIPS 180-4's examples. */
static void sha256_examples(void **state)
{
  (void)state;
  assert_string_equal(sha256_of(STR("abc")).text,
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert_string_equal(sha256_of(STR("")).text,
                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void sha256_in_pieces(void **state)
{
  (void)state;
  struct sha256 *sha = sha256_create();
  sha256_add(sha, STR("a"));
  sha256_add(sha, STR("bc"));
  assert_string_equal(sha256_final(sha).text, sha256_of(STR("abc")).text);
}

static void sha256_of_a_file(void **state)
{
  (void)state;
  char path[128];
  snprintf(path, sizeof path, "%s/abc", test_folder());
  struct err err = { 0 };
  assert_ok(fs_write(path, STR("abc"), &err), err);
  struct sha256_hex hex;
  assert_ok(sha256_file(path, &hex, &err), err);
  assert_string_equal(hex.text, sha256_of(STR("abc")).text);
  unlink(path);
  assert_int_equal(sha256_file(path, &hex, &err), -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, path));
}

/* The check value of CRC-32/ISO-HDLC. */
static void crc32_check_value(void **state)
{
  (void)state;
  assert_int_equal(crc32_of(STR("123456789")), 0xcbf43926u);
  assert_int_equal(crc32_of(STR("")), 0);
}

static void map_keeps_the_first_value(void **state)
{
  (void)state;
  struct strmap map = { 0 };
  bool added;
  assert_null(strmap_find(&map, STR("a")));
  *strmap_put(&map, STR("a"), 1, &added) += 0;
  assert_true(added);
  assert_int_equal(*strmap_put(&map, STR("a"), 2, &added), 1);
  assert_false(added);
  assert_int_equal(*strmap_find(&map, STR("a")), 1);
  strmap_release(&map);
}

static void map_grows(void **state)
{
  (void)state;
  enum { N = 10000 };
  struct strmap map = { 0 };
  struct arena arena = { 0 };
  bool added;
  for (size_t i = 0; i < N; i++)
    strmap_put(&map, arena_printf(&arena, "key %zu", i), i, &added);
  assert_int_equal(map.n_used, N);
  for (size_t i = 0; i < N; i++)
    assert_int_equal(*strmap_find(&map, arena_printf(&arena, "key %zu", i)), i);
  assert_null(strmap_find(&map, STR("key 10000")));
  arena_release(&arena);
  strmap_release(&map);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(sha256_examples),   cmocka_unit_test(sha256_in_pieces),
    cmocka_unit_test(sha256_of_a_file),  cmocka_unit_test(crc32_check_value),
    cmocka_unit_test(map_keeps_the_first_value), cmocka_unit_test(map_grows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
