/* The option table: the command line, job files, what was changed, the help. */
#include "test.h"

#include "base/buf.h"
#include "config/options.h"

struct settings {
  bool dry_run;
  int64_t num_fewshot;
  double rate;
  const char *out;
  const char *label;
  struct texts models;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct option table[] = {
  { "dry-run", 'n', NULL, NULL, NULL, "check everything and stop", OPTION_FLAG,
    FIELD(dry_run), 0, 0 },
  { "num-fewshot", 'f', NULL, "N", "-1", "examples in the prompt", OPTION_INT,
    FIELD(num_fewshot), -1, 100 },
  { "max-error-rate", 0, NULL, "X", "0.05", "a larger share of errors is invalid",
    OPTION_REAL, FIELD(rate), 0, 1 },
  { "out", 'o', "output-path", "DIR", NULL,
    "the folder that everything goes to, said at such length that the sentence has to be "
    "broken more than once before it comes to its end",
    OPTION_TEXT, FIELD(out), 0, 0 },
  { "a-label-of-some-length", 0, NULL, "WORD", "plain", "what it is called", OPTION_TEXT,
    FIELD(label), 0, 0 },
  { "model", 'm', NULL, "M", NULL, "what answers", OPTION_TEXTS, FIELD(models), 0, 0 },
  OPTION_END
};

static struct arena arena;
static struct settings settings;
static struct arguments arguments;
static struct err err;

static int forget(void **state)
{
  (void)state;
  arena_release(&arena);
  arena = (struct arena){ 0 };
  err = (struct err){ 0 };
  return 0;
}

static int parse_words(int argc, const char *const *argv)
{
  options_default(table, &settings, &arena);
  return options_parse(table, &settings, argc, (char *const *)argv, &arguments, &arena,
                       &err);
}

/* parse("--out", "x"): the words as a command line. */
#define parse(...)                                           \
  parse_words((int)COUNT(((const char *[]){ __VA_ARGS__ })), \
              (const char *[]){ __VA_ARGS__ })

#define assert_refused(call, message)        \
  do {                                       \
    assert_int_equal((call), -1);            \
    assert_int_equal(err.code, ERR_USAGE);   \
    assert_string_equal(err.msg, (message)); \
  } while (0)

static int parse_job(struct str text)
{
  options_default(table, &settings, &arena);
  return options_parse_job(table, &settings, text, "run", "a.job", &arena, &err);
}

static void defaults(void **state)
{
  (void)state;
  memset(&settings, 0xff, sizeof settings);
  options_default(table, &settings, &arena);
  assert_false(settings.dry_run);
  assert_int_equal(settings.num_fewshot, -1);
  assert_true(settings.rate == 0.05);
  assert_null(settings.out);
  assert_string_equal(settings.label, "plain");
  assert_int_equal(settings.models.count, 0);
}

static void every_type(void **state)
{
  (void)state;
  assert_ok(parse("--dry-run", "--num-fewshot", "8", "--max-error-rate", "0.5", "--out",
                  "there", "--model", "a", "--model", "b"),
            err);
  assert_true(settings.dry_run);
  assert_int_equal(settings.num_fewshot, 8);
  assert_true(settings.rate == 0.5);
  assert_string_equal(settings.out, "there");
  assert_int_equal(settings.models.count, 2);
  assert_string_equal(settings.models.at[0], "a");
  assert_string_equal(settings.models.at[1], "b");
  assert_int_equal(arguments.count, 0);
}

static void spellings(void **state)
{
  (void)state;
  assert_ok(parse("--num_fewshot=3", "--output_path=x=y", "--dry-run=true"), err);
  assert_int_equal(settings.num_fewshot, 3);
  assert_string_equal(settings.out, "x=y"); /* the first '=' divides */
  assert_true(settings.dry_run);
  assert_ok(parse("--dry_run", "--dry-run=false", "--output-path", "z", "--out="), err);
  assert_false(settings.dry_run); /* the last one counts */
  assert_string_equal(settings.out, "");
  assert_ok(parse("-n", "-f", "-1", "-o", "dir", "-ma", "-m", "b"), err);
  assert_true(settings.dry_run);
  assert_int_equal(settings.num_fewshot, -1);
  assert_string_equal(settings.out, "dir");
  assert_int_equal(settings.models.count, 2);
  assert_string_equal(settings.models.at[0], "a");
}

static void what_is_no_option(void **state)
{
  (void)state;
  assert_ok(parse("one", "--dry-run", "-", "two", "--", "--out", "-x", "--"), err);
  assert_true(settings.dry_run);
  assert_null(settings.out);
  const char *const words[] = { "one", "-", "two", "--out", "-x", "--" };
  assert_int_equal(arguments.count, COUNT(words));
  for (size_t i = 0; i < COUNT(words); i++)
    assert_string_equal(arguments.at[i], words[i]);
  assert_ok(parse_words(0, NULL), err);
  assert_int_equal(arguments.count, 0);
}

static void ranges(void **state)
{
  (void)state;
  assert_ok(parse("--num-fewshot=100", "--max-error-rate=1"), err);
  assert_ok(parse("--num-fewshot=-1", "--max-error-rate=0"), err);
  assert_refused(parse("--num_fewshot=101"),
                 "--num-fewshot: '101' is not a whole number from -1 to 100");
  assert_refused(parse("-f", "-2"),
                 "--num-fewshot: '-2' is not a whole number from -1 to 100");
  assert_refused(parse("--max-error-rate", "1.01"),
                 "--max-error-rate: '1.01' is not a number from 0 to 1");
  const char *const no_numbers[] = { "", "x", "1x", "1 ", "1.5", "nan", "inf", "1e400" };
  for (size_t i = 0; i < COUNT(no_numbers); i++) {
    assert_int_equal(parse("--num-fewshot", no_numbers[i]), -1);
    assert_int_equal(err.code, ERR_USAGE);
  }
  assert_int_equal(parse("--max-error-rate=nan"), -1);
}

static void refusals(void **state)
{
  (void)state;
  assert_refused(parse("--num-fewshto", "1"),
                 "no option '--num-fewshto'; the nearest is '--num-fewshot'");
  assert_refused(parse("--modle=x"), "no option '--modle'; the nearest is '--model'");
  assert_refused(parse("--quite-another-thing"),
                 "no option '--quite-another-thing'; --help lists what there is");
  assert_refused(parse("--=1"), "no option '--'; --help lists what there is");
  assert_refused(parse("-x"), "no option '-x'; --help lists what there is");
  assert_refused(parse("--dry-run", "--out"), "--out needs DIR behind it");
  assert_refused(parse("--output-path"), "--out needs DIR behind it");
  assert_refused(parse("-f"), "-f (--num-fewshot) needs N behind it");
  assert_refused(parse("--dry-run=yes"), "--dry-run: 'yes' is neither true nor false");
  assert_refused(parse("-nx"), "'-nx': -n takes no value; write the options apart");
}

static void long_words(void **state)
{
  (void)state;
  char word[5000] = "--";
  memset(word + 2, 'y', sizeof word - 3);
  assert_int_equal(parse(word), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_true(strlen(err.msg) < 200);
  assert_int_equal(parse("--num-fewshot", word), -1);
  assert_true(strlen(err.msg) < 200);
}

static void job_files(void **state)
{
  (void)state;
  assert_ok(parse_job(STR("# a comment\n"
                          "[grade]\n"
                          "num-fewshot = 99\n"
                          "no such thing\n"
                          "\n"
                          "  [ run ]\r\n"
                          "num_fewshot=5\r\n"
                          "   # another\n"
                          " output-path =  a folder # not a comment \n"
                          "dry-run = true\n"
                          "model = replay:a.jsonl#x=y\n"
                          "[compare]\n"
                          "num-fewshot = 98\n"
                          "[run]\n"
                          "model = b")),
            err);
  assert_int_equal(settings.num_fewshot, 5);
  assert_string_equal(settings.out, "a folder # not a comment");
  assert_true(settings.dry_run);
  assert_int_equal(settings.models.count, 2);
  assert_string_equal(settings.models.at[0], "replay:a.jsonl#x=y");
  assert_string_equal(settings.models.at[1], "b");
  assert_string_equal(settings.label, "plain");
}

static void bad_job_files(void **state)
{
  (void)state;
  assert_refused(parse_job(STR("[run]\n\n# x\nnum-fewshot = many\n")),
                 "a.job:4: --num-fewshot: 'many' is not a whole number from -1 to 100");
  assert_refused(parse_job(STR("[run]\r\nmodle = x\r\n")),
                 "a.job:2: no option '--modle'; the nearest is '--model'");
  assert_refused(parse_job(STR("[run]\ndry-run\n")),
                 "a.job:2: expected 'name = value', found 'dry-run'");
  assert_refused(parse_job(STR("[run]\n= 1\n")),
                 "a.job:2: expected 'name = value', found '= 1'");
  assert_refused(parse_job(STR("[run]\ndry-run =\n")),
                 "a.job:2: --dry-run: '' is neither true nor false");
  assert_refused(parse_job(STR("\n[run\n")), "a.job:2: a section line ends in ']'");
  assert_refused(parse_job(STR("# x\nmodel = x\n[run]\n")),
                 "a.job:2: 'model = x' stands before the first section; put [run] above it");
  assert_refused(parse_job(STR("[")), "a.job:1: a section line ends in ']'");
  assert_refused(parse_job(STR("[runs]\n[]\n")),
                 "a.job: there is no section [run] in it");
  assert_refused(parse_job(STR("")), "a.job: there is no section [run] in it");
  assert_refused(parse_job(STR_NONE), "a.job: there is no section [run] in it");
  assert_refused(parse_job(STR("[run]\nout = \xff\n")),
                 "a.job: a job file is UTF-8 text without zero bytes");
  assert_refused(parse_job(STR("[run]\nout = \0\n")),
                 "a.job: a job file is UTF-8 text without zero bytes");
}

/* What the command line says is parsed on top of the job file. */
static void later_wins(void **state)
{
  (void)state;
  char number[] = "--num-fewshot=7", flag[] = "--dry-run=false";
  char *argv[] = { number, flag };
  assert_ok(parse_job(STR("[run]\nnum-fewshot = 5\nout = x\ndry-run = true\n")), err);
  assert_ok(options_parse(table, &settings, 2, argv, &arguments, &arena, &err), err);
  assert_int_equal(settings.num_fewshot, 7);
  assert_false(settings.dry_run);
  assert_string_equal(settings.out, "x");
}

/* "name=value name=value ": every row that is not at its default. */
static struct str changed(void)
{
  struct str all = STR(""), value;
  for (const struct option *row = table; row->name; row++)
    if (option_changed(row, &settings, &arena, &value))
      all = arena_printf(&arena, "%.*s%s=%.*s ", STR_ARG(all), row->name, STR_ARG(value));
  return all;
}

static void what_was_changed(void **state)
{
  (void)state;
  assert_ok(parse_words(0, NULL), err);
  assert_str_equal(changed(), "");
  assert_ok(parse("--num-fewshot=-1", "--max-error-rate=5e-2", "--dry-run=false",
                  "--a-label-of-some-length=plain"),
            err);
  assert_str_equal(changed(), ""); /* given, but as it was */
  assert_ok(parse("-n", "-f0", "--max-error-rate=0.125", "-o", "x", "-ma", "-mb",
                  "--a-label-of-some-length", "plainer"),
            err);
  assert_str_equal(changed(), "dry-run=true num-fewshot=0 max-error-rate=0.125 out=x "
                              "a-label-of-some-length=plainer model=a,b ");
}

static void help(void **state)
{
  (void)state;
  struct buf out;
  buf_init(&out, 1 << 16);
  options_help(&out, table);
  assert_false(buf_failed(&out));
  struct str all = buf_str(&out), rest = all, line;
  while (str_present(line = str_next_line(&rest))) {
    assert_true(line.len > 0 && line.len <= 80);
    assert_true(line.ptr[line.len - 1] != ' ');
  }
  assert_true(str_find(all, STR("  -n, --dry-run             check everything")) == 0);
  assert_true(str_find(all, STR("\n  -f, --num-fewshot N       examples in the prompt "
                                "(default: -1)\n")) > 0);
  assert_true(str_find(all, STR("\n      --a-label-of-some-length WORD\n"
                                "                            what it is called "
                                "(default: plain)\n")) > 0);
  assert_true(str_find(all, STR("said at such\n                            length")) > 0);
  buf_release(&out);
}

static void markdown(void **state)
{
  (void)state;
  struct buf out;
  buf_init(&out, 1 << 16);
  options_markdown(&out, table);
  assert_false(buf_failed(&out));
  struct str all = buf_str(&out);
  assert_true(
      str_starts(all, STR("| option | what it does | default |\n"
                          "| --- | --- | --- |\n"
                          "| `--dry-run`, `-n` | check everything and stop |  |\n")));
  assert_true(
      str_find(all, STR("\n| `--num-fewshot N`, `-f` | examples in the prompt | -1 "
                        "|\n")) > 0);
  assert_true(str_find(all, STR("\n| `--out DIR`, `-o`, `--output-path` | the folder")) >
              0);
  buf_release(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(defaults, forget),
    cmocka_unit_test_teardown(every_type, forget),
    cmocka_unit_test_teardown(spellings, forget),
    cmocka_unit_test_teardown(what_is_no_option, forget),
    cmocka_unit_test_teardown(ranges, forget),
    cmocka_unit_test_teardown(refusals, forget),
    cmocka_unit_test_teardown(long_words, forget),
    cmocka_unit_test_teardown(job_files, forget),
    cmocka_unit_test_teardown(bad_job_files, forget),
    cmocka_unit_test_teardown(later_wins, forget),
    cmocka_unit_test_teardown(what_was_changed, forget),
    cmocka_unit_test_teardown(help, forget),
    cmocka_unit_test_teardown(markdown, forget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
