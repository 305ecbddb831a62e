/* The toy run, the same with tokens, and the same stopped half way, in every format,
 * against tests/golden/report; OREO_UPDATE_GOLDEN=1 writes the files anew, to be read
 * before they are committed. */
#include "test.h"

#include "base/fs.h"
#include "base/json.h"
#include "report/show.h"
#include "toy_run.h"

static void check_golden(const char *name, const struct buf *got)
{
  char path[4096];
  struct buf want;
  struct err err;
  snprintf(path, sizeof path, "%s/tests/golden/report/%s", TEST_SOURCE_DIR, name);
  if (getenv("OREO_UPDATE_GOLDEN"))
    assert_ok(fs_write(path, buf_str(got), &err), err);
  buf_init(&want, BUF_CAP_OWN);
  assert_ok(fs_read(path, &want, &err), err);
  if (!str_equal(buf_str(&want), buf_str(got)))
    fail_msg("not as in %s:\n%.*s", path, (int)got->len, got->ptr);
  buf_release(&want);
}

/* Writes all formats of the toy run, changed by `change`, as `prefix`... */
static void check_formats(const char *prefix, void (*change)(struct toy_run *toy))
{
  static const struct {
    const char *ending;
    void (*write)(struct buf *out, const struct report *report);
  } formats[] = {
    { ".md", report_write_md },           { "_table.md", report_write_table },
    { ".json", report_write_json },       { ".csv", report_write_csv },
    { "_junit.xml", report_write_junit },
  };
  struct toy_run toy;
  struct report *report;
  struct err err;
  toy_begin(&toy);
  if (change)
    change(&toy);
  assert_ok(report_build(&report, &toy.arena, &toy.input, &err), err);
  for (size_t i = 0; i < COUNT(formats); i++) {
    struct buf out;
    char name[64];
    buf_init(&out, BUF_CAP_OWN);
    formats[i].write(&out, report);
    assert_false(buf_failed(&out));
    assert_true(str_is_utf8(buf_str(&out), NULL));
    snprintf(name, sizeof name, "%s%s", prefix, formats[i].ending);
    check_golden(name, &out);
    buf_release(&out);
  }
  toy_end(&toy);
}

static void formats_are_as_committed(void **state)
{
  (void)state;
  check_formats("toy", NULL);
  check_formats("spent", toy_spend);
  check_formats("stopped", toy_stop);
}

static void write_page(struct buf *out, void (*change)(struct toy_run *toy))
{
  struct toy_run toy;
  struct report *report;
  struct err err;
  toy_begin(&toy);
  if (change)
    change(&toy);
  assert_ok(report_build(&report, &toy.arena, &toy.input, &err), err);
  buf_reset(out);
  report_write_html(out, report);
  toy_end(&toy);
}

static void the_page_shows_tokens_and_what_is_missing(void **state)
{
  (void)state;
  struct buf page;
  buf_init(&page, BUF_CAP_OWN);
  write_page(&page, NULL);
  assert_true(str_find(buf_str(&page), STR("Tokens and cost")) < 0);
  assert_true(str_find(buf_str(&page), STR("nfinished")) < 0);
  write_page(&page, toy_spend);
  assert_true(str_find(buf_str(&page), STR("Tokens and cost</h2>")) > 0);
  assert_true(
      str_find(buf_str(&page), STR("<td>&lt;right&gt;</td><td>\xE2\x89\xA5\xC2\xA0"
                                   "1600</td>")) > 0);
  assert_true(str_find(buf_str(&page), STR("nfinished")) < 0);
  write_page(&page, toy_stop);
  ptrdiff_t at = str_find(buf_str(&page), STR("<b>Unfinished: 23 of 36 answers.</b>"));
  assert_true(at > 0 && at < str_find(buf_str(&page), STR("<h1>")));
  assert_true(str_find(buf_str(&page), STR("<title>unfinished: Toy")) > 0);
  buf_release(&page);
}

static void html_is_inert(void **state)
{
  (void)state;
  struct toy_run toy;
  struct report *report;
  struct err err;
  struct buf out;
  toy_begin(&toy);
  buf_init(&out, BUF_CAP_OWN);
  assert_ok(report_build(&report, &toy.arena, &toy.input, &err), err);
  report_write_html(&out, report);
  struct str page = buf_str(&out);
  assert_true(str_find(page, STR("&lt;right&gt;")) >= 0);
  assert_true(str_find(page, STR("<right>")) < 0);
  assert_true(str_find(page, STR("</script><b>")) < 0);
  assert_true(str_find(page, STR("\\u003c/script>\\u003cb>|")) >= 0);
  assert_true(str_find(page, STR("http://")) < 0 && str_find(page, STR("https://")) < 0);
  assert_true(str_find(page, STR("/some/where")) < 0);
  assert_true(str_is_utf8(page, NULL));
  buf_release(&out);
  toy_end(&toy);
}

static void text_is_escaped(void **state)
{
  (void)state;
  struct buf out;
  buf_init(&out, 1000);
  show_xml(&out, STR("a<b>&\"'\x01\x08\t\x7f\xff\xc3\xa9\xef\xbf\xbf"));
  assert_str_equal(buf_str(&out), "a&lt;b&gt;&amp;&quot;&#39;\xEF\xBF\xBD\xEF\xBF\xBD\t"
                                  "\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD");
  buf_reset(&out);
  show_md(&out, STR("a|b\nc<i>*`[x]\\\x1b[1m"));
  assert_str_equal(buf_str(&out), "a\\|b c&lt;i>\\*\\`\\[x]\\\\\xEF\xBF\xBD\\[1m");
  buf_reset(&out);
  show_csv(&out, STR("plain"));
  show_csv(&out, STR("a,\"b\"\n"));
  assert_str_equal(buf_str(&out), "plain\"a,\"\"b\"\"\n\"");
  buf_release(&out);
}

static void numbers_are_rounded_as_stated(void **state)
{
  (void)state;
  static const struct {
    double p;
    const char *text;
  } cases[] = { { 0.00004, "<0.0001" },
                { 0.0032, "0.0032" },
                { 0.016, "0.016" },
                { 0.23, "0.23" },
                { 1, "1.00" } };
  struct buf out;
  buf_init(&out, 1000);
  for (size_t i = 0; i < COUNT(cases); i++) {
    buf_reset(&out);
    show_p(&out, cases[i].p);
    assert_str_equal(buf_str(&out), cases[i].text);
  }
  buf_reset(&out);
  show_points(&out, -0.0004);
  show_points(&out, 0.0213);
  show_points(&out, -0.01);
  show_percent(&out, NAN);
  assert_str_equal(buf_str(&out), "0.0+2.1-1.0-");
  buf_release(&out);
}

/* ---- lm-eval's files ---- */

static void read_json_line(struct json_doc *doc, struct buf *text, const char *dir,
                           const char *name)
{
  char path[4096];
  struct err err;
  snprintf(path, sizeof path, "%s/%s", dir, name);
  buf_init(text, BUF_CAP_OWN);
  assert_ok(fs_read(path, text, &err), err);
  struct str rest = buf_str(text), line = rest;
  if (strstr(name, ".jsonl"))
    line = str_next_line(&rest);
  assert_ok(json_parse(doc, line, &err), err);
}

static void remove_files(const char *dir)
{
  struct fs_list list;
  struct err err;
  assert_ok(fs_list(&list, dir, &err), err);
  for (size_t i = 0; i < list.count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, list.names[i]);
    if (fs_is_dir(path))
      remove_files(path);
    else
      unlink(path);
  }
  fs_list_free(&list);
  rmdir(dir);
}

static void lmeval_files_have_its_schema(void **state)
{
  (void)state;
  struct toy_run toy;
  struct report *report;
  struct err err;
  struct json_doc doc;
  struct buf text;
  const char *dir = test_folder();
  toy_begin(&toy);
  assert_ok(report_build(&report, &toy.arena, &toy.input, &err), err);
  assert_ok(report_write_all(dir, report, &err), err);
  read_json_line(&doc, &text, dir, "left/samples_toy_2026-11-23T20-31-05.123456.jsonl");
  const struct json *row = doc.root;
  static const char *const members[] = {
    "doc_id", "doc",     "target",   "arguments",   "resps",       "filtered_resps",
    "filter", "metrics", "doc_hash", "prompt_hash", "target_hash", "exact_match",
  };
  assert_int_equal(json_size(row), COUNT(members));
  for (size_t i = 0; i < COUNT(members); i++)
    assert_non_null(json_member(row, members[i]));
  /* sha256 of '{\n  "q": "What is 0 + 1?"\n}', as Python's hashlib gives it */
  assert_str_equal(json_get_string(row, "doc_hash", STR("")),
                   "35face6589d21f8b9a7055b27cb3d7609d0004adb1b5c4b34ee6f26251536be3");
  assert_int_equal(json_size(json_first(json_member(row, "resps"))), TOY_SAMPLES);
  json_doc_release(&doc);
  buf_release(&text);
  read_json_line(&doc, &text, dir, "__right__/results_2026-11-23T20-31-05.123456.json");
  const struct json *toy_result = json_member(json_member(doc.root, "results"), "toy");
  assert_true(fabs(json_get_number(toy_result, "exact_match,robust", -1) - 2.0 / 6) <
              1e-12);
  /* sd of two ones and four zeros is sqrt(4/15); over sqrt(6) */
  assert_true(fabs(json_get_number(toy_result, "exact_match_stderr,robust", -1) -
                   sqrt(4.0 / 15 / 6)) < 1e-12);
  json_doc_release(&doc);
  buf_release(&text);
  remove_files(dir);
  toy_end(&toy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(formats_are_as_committed),
    cmocka_unit_test(the_page_shows_tokens_and_what_is_missing),
    cmocka_unit_test(html_is_inert),
    cmocka_unit_test(text_is_escaped),
    cmocka_unit_test(numbers_are_rounded_as_stated),
    cmocka_unit_test(lmeval_files_have_its_schema),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
