/* What can be said about a run, and that a manifest says all of it again. */
#include "run/settings.h"
#include "test.h"

static int settle(struct run_settings *s, struct arena *arena, const char *const *argv,
                  struct err *err)
{
  struct arguments arguments;
  int argc = 0;
  while (argv[argc])
    argc++;
  *s = (struct run_settings){ 0 };
  options_default(run_options, s, arena);
  /* the parser takes main's argv, which it does not write to */
  if (options_parse(run_options, s, argc, (char *const *)argv, &arguments, arena, err) <
      0)
    return -1;
  return settings_check(s, &arguments, arena, err);
}

#define SETTLE(s, arena, err, ...) \
  settle(s, arena, (const char *const[]){ __VA_ARGS__, NULL }, err)

static void suites_are_split_and_kept_once(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s;
  assert_ok(SETTLE(&s, &arena, &err, "gsm8k,math", "gsm8k", "--tasks", "math, other"),
            err);
  assert_int_equal(s.suites.count, 3);
  assert_string_equal(s.suites.at[0], "gsm8k");
  assert_string_equal(s.suites.at[1], "math");
  assert_string_equal(s.suites.at[2], "other");
  arena_release(&arena);
}

static void seeds(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s;
  assert_ok(SETTLE(&s, &arena, &err, "gsm8k"), err);
  assert_int_equal(s.seed_value, 0);
  assert_int_equal(s.fewshot_seed, 1234);
  assert_ok(SETTLE(&s, &arena, &err, "--seed", "7"), err);
  assert_int_equal(s.seed_value, 7);
  assert_int_equal(s.fewshot_seed, 7);
  assert_ok(SETTLE(&s, &arena, &err, "--seed", "1,2,None,4"), err);
  assert_int_equal(s.seed_value, 1);
  assert_int_equal(s.fewshot_seed, 4);
  static const char *const bad[] = {
    "",          "x",          "1,2",
    "1,2,3,4,5", "-1",         "1 2",
    "1,",        "5000000000", "99999999999999999999999"
  };
  for (size_t i = 0; i < COUNT(bad); i++)
    assert_int_equal(SETTLE(&s, &arena, &err, "--seed", bad[i]), -1);
  arena_release(&arena);
}

static void shards(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s;
  assert_ok(SETTLE(&s, &arena, &err, "--shard", "3/4"), err);
  assert_int_equal(s.shard_index, 2);
  assert_int_equal(s.n_shards, 4);
  static const char *const bad[] = { "",    "1",    "0/4", "5/4",
                                     "1/0", "1/4x", "/4",  "1/9999999" };
  for (size_t i = 0; i < COUNT(bad); i++)
    assert_int_equal(SETTLE(&s, &arena, &err, "--shard", bad[i]), -1);
  arena_release(&arena);
}

static void limits(void **state)
{
  (void)state;
  struct run_settings s = { 0 };
  assert_int_equal(settings_limit(&s, 10), 10);
  s.limit = 3;
  assert_int_equal(settings_limit(&s, 10), 3);
  assert_int_equal(settings_limit(&s, 2), 2);
  s.limit = 0.25; /* rounded up, as lm-eval does */
  assert_int_equal(settings_limit(&s, 10), 3);
  assert_int_equal(settings_limit(&s, 0), 0);
}

static void model_args_make_a_spec(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s;
  assert_ok(SETTLE(&s, &arena, &err, "-m", "replay", "-a", "path=a.jsonl,field=big"),
            err);
  assert_string_equal(s.models.at[0], "replay:a.jsonl#big");
  assert_ok(SETTLE(&s, &arena, &err, "-m", "replay", "-a", "path=a.jsonl"), err);
  assert_string_equal(s.models.at[0], "replay:a.jsonl");
  assert_ok(SETTLE(&s, &arena, &err, "-m", "null", "-a", "text=1,000"), err);
  assert_string_equal(s.models.at[0], "null:1,000");
  static const char *const bad[][2] = { { "vllm", "pretrained=x" },
                                        { "hf", "dtype=float16" },
                                        { "hf", "pretrained=x,add_bos_token=True" },
                                        { "hf", "pretrained=x,dtype=int8" },
                                        { "hf", "pretrained=x,max_length=many" },
                                        { "replay", "path=a,colour=red" },
                                        { "null", "word=7" },
                                        { "local-completions", "model=m" },
                                        { "local-completions",
                                          "base_url=http://h/v1,q=1" } };
  for (size_t i = 0; i < COUNT(bad); i++) {
    err.code = ERR_NONE;
    assert_int_equal(SETTLE(&s, &arena, &err, "-m", bad[i][0], "-a", bad[i][1]), -1);
    assert_int_equal(err.code, ERR_USAGE);
  }
  arena_release(&arena);
}

static void lm_evals_checkpoints_run_here(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s;
  assert_ok(SETTLE(&s, &arena, &err, "-m", "hf", "-a",
                   "pretrained=models/a,dtype=bfloat16,max_length=2048,device=cuda:0,"
                   "batch_size=auto"),
            err);
  assert_string_equal(s.models.at[0], "local:models/a");
  assert_string_equal(s.local.dtype, "bfloat16");
  assert_int_equal(s.local.context, 2048);
  assert_null(s.local.device);
  /* lm-eval's own default is plain text; another wish counts */
  assert_string_equal(s.local.chat_template, "none");
  assert_ok(SETTLE(&s, &arena, &err, "-m", "hf", "-a", "pretrained=a", "--chat-template",
                   "chatml"),
            err);
  assert_string_equal(s.local.chat_template, "chatml");
  assert_ok(SETTLE(&s, &arena, &err, "-m", "models/a", "--dtype", "f16"), err);
  assert_null(s.local.chat_template);
  assert_int_equal(SETTLE(&s, &arena, &err, "-m", "models/a", "--dtype", "f8"), -1);
  assert_int_equal(err.code, ERR_USAGE);
  arena_release(&arena);
}

static void lm_evals_servers_are_ours(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s;
  assert_ok(SETTLE(&s, &arena, &err, "-m", "local-completions", "-a",
                   "model=org/m-1,base_url=http://h:8000/v1/completions,"
                   "num_concurrent=8,max_retries=3,tokenized_requests=False"),
            err);
  assert_string_equal(s.models.at[0], "http://h:8000/v1/completions#org/m-1");
  assert_string_equal(s.endpoint.shape.api, "completions");
  assert_int_equal(s.endpoint.concurrency, 8);
  assert_int_equal(s.endpoint.max_attempts, 3);
  assert_ok(SETTLE(&s, &arena, &err, "-m", "openai-chat-completions", "-a", "model=x"),
            err);
  assert_string_equal(s.models.at[0], "https://api.openai.com/v1#x");
  assert_string_equal(s.endpoint.shape.api, "chat");
  arena_release(&arena);
}

static void gen_kwargs_become_options(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s;
  assert_ok(SETTLE(&s, &arena, &err, "--gen_kwargs",
                   "temperature=0.7,top_p=0.9,max_gen_toks=99,until=Q:,"
                   "repetition_penalty=1.1,guided=True,backend=fast"),
            err);
  const struct endpoint_shape *shape = &s.endpoint.shape;
  assert_true(shape->temperature == 0.7 && shape->top_p == 0.9);
  assert_int_equal(shape->max_tokens, 99);
  assert_int_equal(shape->stop.count, 1);
  assert_string_equal(shape->stop.at[0], "Q:");
  assert_int_equal(shape->param.count, 3);
  assert_string_equal(shape->param.at[0], "repetition_penalty=1.1");
  assert_string_equal(shape->param.at[1], "guided=true");
  assert_string_equal(shape->param.at[2], "backend=\"fast\"");
  assert_null(s.gen_kwargs);
  assert_ok(
      SETTLE(&s, &arena, &err, "--temperature", "1", "--gen_kwargs", "do_sample=False"),
      err);
  assert_true(shape->temperature == 0);
  assert_int_equal(SETTLE(&s, &arena, &err, "--gen_kwargs", "warm"), -1);
  assert_int_equal(err.code, ERR_USAGE);
  arena_release(&arena);
}

static void what_concerns_one_process_is_said_anew(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings then, said;
  assert_ok(SETTLE(&then, &arena, &err, "--temperature", "0.5", "--concurrency", "9"),
            err);
  assert_ok(SETTLE(&said, &arena, &err, "--max-cost", "2", "--resume", "there"), err);
  settings_take_process(&then, &said);
  assert_true(then.endpoint.shape.temperature == 0.5);
  assert_true(then.endpoint.max_cost == 2);
  assert_int_equal(then.endpoint.concurrency, 64);
  assert_string_equal(then.resume, "there");
  arena_release(&arena);
}

static void a_manifest_says_it_all_again(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct run_settings s, again;
  assert_ok(SETTLE(&s, &arena, &err, "gsm8k", "--seed", "5,0,0,9", "--limit", "0.5",
                   "--compat", "lm-eval", "--num-fewshot", "3", "--fewshot-file",
                   "shots.json", "--shard", "2/3", "--max-error-rate", "0.25",
                   "--samples", "4", "--stop", "a,b", "--stop", "c", "--logprobs",
                   "--temperature", "0.7", "--param", "top_a=0.1", "--api-key-env",
                   "SECRET", "--dtype", "f16", "--context", "99", "--chat-template",
                   "chatml", "--device", "cpu"),
            err);
  struct manifest_suite suite = { .name = STR("gsm8k"),
                                  .builtin = true,
                                  .split = STR("sft") };
  struct manifest_model model = { .label = STR("null:a=b"), .spec = STR("null:a=b") };
  struct manifest m = { .suites = &suite,
                        .n_suites = 1,
                        .models = &model,
                        .n_models = 1,
                        .samples = 4,
                        .seed = s.seed_value,
                        .shard_index = s.shard_index,
                        .n_shards = s.n_shards };
  settings_list(&s, &m, &arena);
  assert_ok(settings_from_manifest(&again, &m, &arena, &err), err);
  assert_int_equal(again.seed_value, 5);
  assert_int_equal(again.fewshot_seed, 9);
  assert_true(again.limit == 0.5 && again.max_error_rate == 0.25);
  assert_string_equal(again.compat, "lm-eval");
  assert_int_equal(again.num_fewshot, 3);
  assert_string_equal(again.fewshot_file, "shots.json");
  assert_int_equal(again.samples, 4);
  assert_int_equal(again.shard_index, 1);
  assert_int_equal(again.n_shards, 3);
  assert_string_equal(again.suites.at[0], "gsm8k");
  assert_string_equal(again.models.at[0], "null:a=b");
  assert_string_equal(again.labels.at[0], "null:a=b");
  assert_string_equal(again.data.at[0], "gsm8k=builtin");
  assert_string_equal(again.split, "sft");
  assert_int_equal(again.endpoint.shape.stop.count, 2);
  assert_string_equal(again.endpoint.shape.stop.at[0], "a,b");
  assert_string_equal(again.endpoint.shape.stop.at[1], "c");
  assert_true(again.endpoint.shape.logprobs);
  assert_true(again.endpoint.shape.temperature == 0.7);
  assert_string_equal(again.endpoint.shape.param.at[0], "top_a=0.1");
  assert_string_equal(again.local.dtype, "f16");
  assert_string_equal(again.local.chat_template, "chatml");
  assert_int_equal(again.local.context, 99);
  assert_null(again.endpoint.api_key_env); /* concerns one process */
  assert_null(again.local.device);         /* the manifest says what it was */
  struct manifest second = m;
  settings_list(&again, &second, &arena);
  assert_int_equal(second.n_options, m.n_options);
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(suites_are_split_and_kept_once),
    cmocka_unit_test(seeds),
    cmocka_unit_test(shards),
    cmocka_unit_test(limits),
    cmocka_unit_test(model_args_make_a_spec),
    cmocka_unit_test(lm_evals_checkpoints_run_here),
    cmocka_unit_test(lm_evals_servers_are_ours),
    cmocka_unit_test(gen_kwargs_become_options),
    cmocka_unit_test(what_concerns_one_process_is_said_anew),
    cmocka_unit_test(a_manifest_says_it_all_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
