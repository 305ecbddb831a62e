#include "test.h"

#include <math.h>

#include "base/json.h"

static struct str written(struct buf *out, const char *text, enum json_layout layout)
{
  struct json_doc doc;
  struct err err = { 0 };
  assert_ok(json_parse(&doc, str_from(text), &err), err);
  struct json_writer w;
  buf_reset(out);
  json_writer_init(&w, out, layout);
  json_put_node(&w, doc.root);
  json_doc_release(&doc);
  return buf_str(out);
}

static void compact_round_trip(void **state)
{
  (void)state;
  struct buf out;
  buf_init(&out, 1 << 20);
  const char *text = "{\"a\":[1,2.5,-3e+40,true,false,null],\"b\":{},\"c\":[],"
                     "\"d\":\"\\u0001\\n\\\"\\\\ caf\xc3\xa9\"}";
  assert_str_equal(written(&out, text, JSON_COMPACT), text);
  buf_release(&out);
}

/* What Python 3.11 prints for json.dumps(x, indent=2, ensure_ascii=False). */
static void indented_as_python(void **state)
{
  (void)state;
  struct buf out;
  buf_init(&out, 1 << 20);
  assert_str_equal(written(&out, "{\"a\": [1, {}], \"b\": \"\\u00e9\"}", JSON_INDENT2),
                   "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"\xc3\xa9\"\n}");
  buf_release(&out);
}

static void floats_as_python(void **state)
{
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {
    { 1, "1.0" },         { 0.1, "0.1" },     { 1e16, "1e+16" },
    { 1e15, "1000000000000000.0" },           { 1e-5, "1e-05" },
    { 1e-4, "0.0001" },   { 1.5e-7, "1.5e-07" }, { 1e22, "1e+22" },
    { 1.0 / 3, "0.3333333333333333" },        { 1e100, "1e+100" },
    { 123456789012345680.0, "1.2345678901234568e+17" },
  };
  struct buf out;
  buf_init(&out, 1 << 20);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct json_writer w;
    buf_reset(&out);
    json_writer_init(&w, &out, JSON_COMPACT);
    json_put_float(&w, cases[i].value);
    assert_str_equal(buf_str(&out), cases[i].text);
  }
  buf_release(&out);
}

static void not_finite_is_null(void **state)
{
  (void)state;
  struct buf out;
  buf_init(&out, 1 << 20);
  struct json_writer w;
  json_writer_init(&w, &out, JSON_COMPACT);
  json_put_number(&w, NAN);
  assert_str_equal(buf_str(&out), "null");
  buf_release(&out);
}

static void bad_utf8_is_written_valid(void **state)
{
  (void)state;
  struct buf out;
  buf_init(&out, 1 << 20);
  json_escape(&out, STR("a\xff" "b\xe2\x82"));
  assert_str_equal(buf_str(&out), "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd");
  buf_release(&out);
}

static void refuses(void **state)
{
  (void)state;
  char deep[4 * JSON_DEPTH_MAX + 1];
  memset(deep, '[', sizeof deep - 1);
  deep[sizeof deep - 1] = '\0';
  const struct {
    const char *text, *what;
  } cases[] = {
    { "", "not JSON" },
    { "{\"a\":1", "not JSON" },
    { "{\"a\":1} x", "text after" },
    { "{\"a\":1,\"a\":2}", "'a' stands twice" },
    { "\"\\u0000\"", "\\u0000" },
    { "\"\xff\"", "UTF-8" },
    { deep, "nested deeper" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct json_doc doc;
    struct err err = { 0 };
    assert_int_equal(json_parse(&doc, str_from(cases[i].text), &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    if (!strstr(err.msg, cases[i].what))
      fail_msg("'%s' lacks '%s'", err.msg, cases[i].what);
  }
}

/* An escaped backslash before u0000 is text, not a zero. */
static void escaped_backslash_is_no_zero(void **state)
{
  (void)state;
  struct json_doc doc;
  struct err err = { 0 };
  assert_ok(json_parse(&doc, STR("\"\\\\u0000\""), &err), err);
  assert_str_equal(json_string(doc.root, STR_NONE), "\\u0000");
  json_doc_release(&doc);
}

static void getters(void **state)
{
  (void)state;
  struct json_doc doc;
  struct err err = { 0 };
  assert_ok(json_parse(&doc, STR("{\"s\":\"x\",\"n\":4,\"l\":[7,8]}"), &err), err);
  assert_str_equal(json_get_string(doc.root, "s", STR("")), "x");
  assert_str_equal(json_get_string(doc.root, "n", STR("other")), "other");
  assert_true(json_get_number(doc.root, "n", 0) == 4);
  assert_true(json_number(json_element(json_member(doc.root, "l"), 1), 0) == 8);
  assert_null(json_element(json_member(doc.root, "l"), 2));
  assert_int_equal(json_size(doc.root), 3);
  struct str text;
  assert_int_equal(json_need_string(doc.root, "n", &text, &err), -1);
  assert_string_equal(err.msg, "'n' should be a string, found a number");
  json_doc_release(&doc);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(compact_round_trip),
    cmocka_unit_test(indented_as_python),
    cmocka_unit_test(floats_as_python),
    cmocka_unit_test(not_finite_is_null),
    cmocka_unit_test(bad_utf8_is_written_valid),
    cmocka_unit_test(refuses),
    cmocka_unit_test(escaped_backslash_is_no_zero),
    cmocka_unit_test(getters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
