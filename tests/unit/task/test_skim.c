/* Cutting a member out leaves the rest as it is, or says that it cannot. */
#include "test.h"

#include "task/skim.h"

static struct buf out;

static void drops(const char *object, const char *expected)
{
  assert_true(skim_drop(str_from(object), STR("k"), &out));
  assert_str_equal(buf_str(&out), expected);
}

static void members(void **state)
{
  (void)state;
  drops("{\"k\":1,\"a\":2}", "{\"a\":2}");
  drops(" { \"a\" : [1] , \"k\" : \"x\" , \"b\":3}", " { \"a\" : [1] ,  \"b\":3}");
  drops("{\"k\":{\"k\":[\"]}\",{}]},\"a\":2}", "{\"a\":2}");
  drops("{\"k\":\"a\\\"b\\\\\",\"a\":2}", "{\"a\":2}");
  drops("{\"k\":\"\\\\\\\"\",\"a\":\"k\"}", "{\"a\":\"k\"}");
  drops("{\"a\":{\"k\":1},\"k\":null,\"z\":true}", "{\"a\":{\"k\":1},\"z\":true}");
  drops("{\"a\":\"k\",\"k\":\"\",\"b\":0}", "{\"a\":\"k\",\"b\":0}");
}

static void leaves_alone(void **state)
{
  (void)state;
  static const char *const texts[] = {
    "",
    "[]",
    "{}",
    "{\"a\":1}",
    "{\"a\":{\"k\":1}}",
    "{\"k\":1}",
    "{\"k\"",
    "{\"k\":\"abc,",
    "{\"k\":\"abc\\\"",
    "{\"k\":[1",
    "{\"k\":[1}]}",
    "{\"k\" 1,2}",
    "{k:1,\"a\":2}",
    "{\"a\":1 \"k\":2,\"b\":3}",
    "{\"",
    "{\"k\":",
    "[{\"k\":1,\"a\":2}]",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (skim_drop(str_from(texts[i]), STR("k"), &out))
      fail_msg("'%s' became '%s'", texts[i], out.ptr);
}

int main(void)
{
  buf_init(&out, 4096);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(members),
    cmocka_unit_test(leaves_alone),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  buf_release(&out);
  return failed;
}
