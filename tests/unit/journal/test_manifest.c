/* The manifest: every member comes back, every compared member is compared. */
#include "base/fs.h"
#include "journal/manifest.h"
#include "test.h"

struct sample {
  struct manifest manifest;
  struct manifest_engine engine;
  struct manifest_suite suites[2];
  struct manifest_model models[2];
  struct manifest_option options[1];
};

static void sample_init(struct sample *s)
{
  *s = (struct sample){ 0 };
  s->suites[0] = (struct manifest_suite){
    .name = STR("gsm8k"),
    .title = STR("GSM8K"),
    .version = 1,
    .definition_sha256 = STR("d1"),
    .data_source = STR("test.jsonl"),
    .data_path = STR("../x/test.jsonl"),
    .data_sha256 = STR("da"),
    .split = STR("test"),
    .builtin = false,
    .n_items = 1319,
    .n_run = 100,
    .prompt_sha256 = STR("p"),
    .prompt_style = STR("suite"),
    .num_fewshot = 5,
    .grader = STR("robust@1"),
  };
  s->suites[1] = s->suites[0];
  s->suites[1].name = STR("math");
  s->suites[1].data_path = STR_NONE;
  s->models[0] = (struct manifest_model){
    .label = STR("a"),
    .spec = STR("null:1"),
    .kind = STR("null"),
    .sha256 = STR_NONE,
  };
  s->models[1] = s->models[0];
  s->models[1].label = STR("b");
  s->models[1].served = STR("b-7b-2026");
  s->engine = (struct manifest_engine){ .device = STR("llvmpipe"),
                                        .driver = STR("Mesa 22.3.6"),
                                        .api = STR("1.3.230"),
                                        .shaders_sha256 = STR("5a"),
                                        .dtype = STR("bf16"),
                                        .chat_template = STR("chatml"),
                                        .context = 4096 };
  s->models[1].engine = &s->engine;
  s->options[0] = (struct manifest_option){ STR("limit"), STR("100") };
  s->manifest = (struct manifest){
    .program_version = STR("0.1.0"),
    .commit = STR("abc"),
    .started_us = 1700000000000000,
    .seed = 18446744073709551615u,
    .samples = 4,
    .shard_index = 1,
    .n_shards = 2,
    .suites = s->suites,
    .n_suites = 2,
    .models = s->models,
    .n_models = 2,
    .options = s->options,
    .n_options = 1,
  };
}

static void write_and_load(const struct manifest *in, struct manifest *out,
                           struct arena *arena)
{
  struct err err = { 0 };
  char path[96];
  const char *dir = test_folder();
  snprintf(path, sizeof path, "%s/manifest.json", dir);
  assert_ok(manifest_write(in, path, &err), err);
  assert_ok(manifest_load(out, arena, path, &err), err);
  unlink(path);
  rmdir(dir);
}

static void every_member_comes_back(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct sample s;
  struct manifest m;
  sample_init(&s);
  write_and_load(&s.manifest, &m, &arena);
  assert_ok(manifest_same(&s.manifest, &m, &err), err);
  assert_true(m.seed == 18446744073709551615u);
  assert_int_equal(m.started_us, 1700000000000000);
  assert_int_equal(m.n_suites, 2);
  assert_str_equal(m.suites[0].data_path, "../x/test.jsonl");
  assert_false(str_present(m.suites[1].data_path));
  assert_int_equal(m.suites[1].n_items, 1319);
  assert_int_equal(m.suites[1].num_fewshot, 5);
  assert_false(m.suites[1].builtin);
  assert_str_equal(m.models[1].label, "b");
  assert_false(str_present(m.models[1].sha256));
  assert_str_equal(m.models[1].served, "b-7b-2026");
  assert_false(str_present(m.models[0].served));
  const struct manifest_engine *engine = m.models[1].engine;
  assert_null(m.models[0].engine);
  assert_non_null(engine);
  assert_str_equal(engine->device, "llvmpipe");
  assert_str_equal(engine->driver, "Mesa 22.3.6");
  assert_str_equal(engine->api, "1.3.230");
  assert_str_equal(engine->shaders_sha256, "5a");
  assert_str_equal(engine->dtype, "bf16");
  assert_str_equal(engine->chat_template, "chatml");
  assert_int_equal(engine->context, 4096);
  assert_str_equal(m.options[0].value, "100");
  assert_int_equal(m.shard_index, 1);
  arena_release(&arena);
}

/* Sets one member through `member`, expects the difference to be named, sets it back. */
#define EXPECT_DIFFERENCE(member, value, words)                                \
  do {                                                                         \
    struct err err_ = { 0 };                                                   \
    sample_init(&now);                                                         \
    member = value;                                                            \
    assert_int_equal(manifest_same(&then.manifest, &now.manifest, &err_), -1); \
    assert_int_equal(err_.code, ERR_USAGE);                                    \
    if (!strstr(err_.msg, words))                                              \
      fail_msg("'%s' does not say '%s'", err_.msg, words);                     \
  } while (0)

static void every_difference_is_named(void **state)
{
  (void)state;
  struct sample then, now;
  sample_init(&then);
  EXPECT_DIFFERENCE(now.manifest.program_version, STR("0.2.0"), "program_version");
  EXPECT_DIFFERENCE(now.manifest.commit, STR("x"), "commit was 'abc' and is now 'x'");
  EXPECT_DIFFERENCE(now.manifest.seed, 5, "seed");
  EXPECT_DIFFERENCE(now.manifest.samples, 5, "samples was '4' and is now '5'");
  EXPECT_DIFFERENCE(now.manifest.shard_index, 0, "shard_index");
  EXPECT_DIFFERENCE(now.manifest.n_shards, 3, "n_shards");
  EXPECT_DIFFERENCE(now.manifest.n_models, 1, "number of models was '2' and is now '1'");
  EXPECT_DIFFERENCE(now.manifest.n_options, 0, "number of options");
  EXPECT_DIFFERENCE(now.suites[1].data_sha256, STR("z"), "suite 'math': data_sha256");
  EXPECT_DIFFERENCE(now.suites[0].prompt_sha256, STR("z"), "prompt_sha256");
  EXPECT_DIFFERENCE(now.suites[0].definition_sha256, STR("z"), "definition_sha256");
  EXPECT_DIFFERENCE(now.suites[0].split, STR("z"), "split");
  EXPECT_DIFFERENCE(now.suites[0].builtin, true, "builtin");
  EXPECT_DIFFERENCE(now.suites[0].n_items, 1, "n_items");
  EXPECT_DIFFERENCE(now.suites[0].n_run, 1, "n_run");
  EXPECT_DIFFERENCE(now.suites[0].num_fewshot, 1, "num_fewshot");
  EXPECT_DIFFERENCE(now.suites[0].prompt_style, STR("z"), "prompt_style");
  EXPECT_DIFFERENCE(now.suites[0].grader, STR("oreo@1"), "grader");
  EXPECT_DIFFERENCE(now.models[0].label, STR("z"), "model 'a': label");
  EXPECT_DIFFERENCE(now.models[0].spec, STR("z"), "spec");
  EXPECT_DIFFERENCE(now.models[0].sha256, STR("z"), "sha256 was '(none)'");
  EXPECT_DIFFERENCE(now.models[1].served, STR("z"), "served was 'b-7b-2026'");
  EXPECT_DIFFERENCE(now.engine.device, STR("z"), "model 'b': device was 'llvmpipe'");
  EXPECT_DIFFERENCE(now.engine.driver, STR("z"), "model 'b': driver");
  EXPECT_DIFFERENCE(now.engine.shaders_sha256, STR("z"), "shaders_sha256");
  EXPECT_DIFFERENCE(now.engine.dtype, STR("f32"), "dtype was 'bf16' and is now 'f32'");
  EXPECT_DIFFERENCE(now.engine.chat_template, STR("none"), "chat_template");
  EXPECT_DIFFERENCE(now.engine.context, 512, "context was '4096' and is now '512'");
  EXPECT_DIFFERENCE(now.options[0].value, STR("7"), "option 'limit': value");
}

static void what_is_not_known_is_no_difference(void **state)
{
  (void)state;
  struct sample then, now;
  struct err err = { 0 };
  sample_init(&then);
  sample_init(&now);
  now.models[1].served = STR_NONE; /* a dry run asks no server */
  assert_ok(manifest_same(&then.manifest, &now.manifest, &err), err);
  now.models[0].served = STR("a-7b"); /* and one may begin to say it */
  assert_ok(manifest_same(&then.manifest, &now.manifest, &err), err);
  now.models[1].engine = NULL;
  assert_ok(manifest_same(&then.manifest, &now.manifest, &err), err);
}

static void what_no_server_reports_is_not_written(void **state)
{
  (void)state;
  struct sample s;
  struct err err = { 0 };
  struct buf text;
  char path[96];
  const char *dir = test_folder();
  sample_init(&s);
  s.models[1].served = STR_NONE;
  s.models[1].engine = NULL;
  snprintf(path, sizeof path, "%s/manifest.json", dir);
  buf_init(&text, 1 << 16);
  assert_ok(manifest_write(&s.manifest, path, &err), err);
  assert_ok(fs_read(path, &text, &err), err);
  assert_int_equal(str_find(buf_str(&text), STR("served")), -1);
  assert_int_equal(str_find(buf_str(&text), STR("engine")), -1);
  buf_release(&text);
  unlink(path);
  rmdir(dir);
}

static void dates_and_folders_are_not_compared(void **state)
{
  (void)state;
  struct sample then, now;
  struct err err = { 0 };
  sample_init(&then);
  sample_init(&now);
  now.manifest.started_us = 0;
  now.suites[0].data_path = STR("/elsewhere/test.jsonl");
  now.engine.api = STR("1.4.0"); /* the driver's name says what matters */
  assert_ok(manifest_same(&then.manifest, &now.manifest, &err), err);
}

static void expect_refusal(const char *text, const char *words)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct manifest m;
  assert_int_equal(manifest_parse(&m, &arena, str_from(text), &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, words))
    fail_msg("'%s' does not say '%s'", err.msg, words);
  arena_release(&arena);
}

#define RUN \
  "\"manifest_version\":1,\"started_us\":0,\"program_version\":\"\",\"commit\":\"\","

static void content_is_checked(void **state)
{
  (void)state;
  expect_refusal("", "");
  expect_refusal("[]", "manifest_version");
  expect_refusal("{\"manifest_version\":9}", "version 9");
  expect_refusal("{" RUN "\"seed\":1}", "'seed'");
  expect_refusal("{" RUN "\"seed\":\"1x\"}", "'seed'");
  expect_refusal("{" RUN "\"seed\":\"1\",\"samples\":0.5}", "'samples'");
  expect_refusal("{" RUN "\"seed\":\"1\",\"samples\":1,\"shard_index\":-1}",
                 "shard_index");
  expect_refusal("{" RUN "\"seed\":\"1\",\"samples\":1,\"shard_index\":2,\"n_shards\":2,"
                 "\"suites\":[],\"models\":[],\"options\":[]}",
                 "do not fit");
  expect_refusal("{" RUN "\"seed\":\"1\",\"samples\":1,\"shard_index\":0,\"n_shards\":1,"
                 "\"suites\":[{}],\"models\":[],\"options\":[]}",
                 "suite 1: ");
  expect_refusal(
      "{" RUN "\"seed\":\"1\",\"samples\":1,\"shard_index\":0,\"n_shards\":1,"
      "\"suites\":[],\"models\":[{\"label\":\"m\",\"spec\":\"s\",\"kind\":\"k\","
      "\"sha256\":null,\"served\":7}],\"options\":[]}",
      "'served'");
  expect_refusal(
      "{" RUN "\"seed\":\"1\",\"samples\":1,\"shard_index\":0,\"n_shards\":1,"
      "\"suites\":[],\"models\":[{\"label\":\"m\",\"spec\":\"s\",\"kind\":\"k\","
      "\"sha256\":null,\"engine\":[]}],\"options\":[]}",
      "'engine'");
  expect_refusal(
      "{" RUN "\"seed\":\"1\",\"samples\":1,\"shard_index\":0,\"n_shards\":1,"
      "\"suites\":[],\"models\":[{\"label\":\"m\",\"spec\":\"s\",\"kind\":\"k\","
      "\"sha256\":null,\"engine\":{\"device\":\"d\"}}],\"options\":[]}",
      "'engine': ");
}

static void a_missing_file_is_named(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct manifest m;
  assert_int_equal(manifest_load(&m, &arena, "/nonexistent/manifest.json", &err), -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "/nonexistent/manifest.json"));
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_member_comes_back),
    cmocka_unit_test(every_difference_is_named),
    cmocka_unit_test(what_is_not_known_is_no_difference),
    cmocka_unit_test(what_no_server_reports_is_not_written),
    cmocka_unit_test(dates_and_folders_are_not_compared),
    cmocka_unit_test(content_is_checked),
    cmocka_unit_test(a_missing_file_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
