/* Trajectories as tokens: what is an action, where steps begin, what is refused. */
#include "tiny_tokenizer.h"

#include "base/arena.h"

static struct err err;

struct fixture {
  struct arena arena;
  struct tokenizer *tokenizer;
  struct trajectory_list trajectories;
  struct dataset_options options;
  struct chat_template chat;
  struct dataset dataset;
  struct buf shown;
};

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  err = (struct err){ 0 };
  f->tokenizer = tiny_tokenizer(TINY_CONFIG);
  f->options =
      (struct dataset_options){ .tokenizer = f->tokenizer, .end = -1, .context = 1000 };
  buf_init(&f->shown, 1 << 16);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;
  dataset_release(&f->dataset);
  trajectory_list_release(&f->trajectories);
  tokenizer_free(f->tokenizer);
  arena_release(&f->arena);
  buf_release(&f->shown);
  free(f);
  return 0;
}

static int build(struct fixture *f, const char *rows)
{
  dataset_release(&f->dataset);
  f->trajectories.count = f->trajectories.n_files = 0;
  assert_ok(
      trajectory_parse(&f->trajectories, &f->arena, str_from(rows), STR("t.jsonl"), &err),
      err);
  return dataset_build(&f->dataset, f->trajectories.list, f->trajectories.count,
                       &f->options, &err);
}

/* One row of prompt and response as JSON text. */
static void expect(struct fixture *f, const char *prompt, const char *response,
                   const char *expected)
{
  char row[512];
  snprintf(row, sizeof row, "{\"prompt\":\"%s\",\"response\":\"%s\",\"reward\":1}",
           prompt, response);
  assert_ok(build(f, row), err);
  struct str shown = tiny_show(&f->dataset, 0, f->tokenizer, &f->shown);
  if (!str_equal(shown, str_from(expected)))
    fail_msg("'%s' '%s' gives '%.*s', not '%s'", prompt, response, STR_ARG(shown),
             expected);
}

static void refuse(struct fixture *f, const char *rows, const char *message)
{
  if (build(f, rows) == 0)
    fail_msg("taken, though '%s'", message);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, message))
    fail_msg("'%s' is not in '%s'", message, err.msg);
  assert_null(f->dataset.ids);
}

static void actions(void **state)
{
  struct fixture *f = *state;
  expect(f, "Q?", "ab", "Q?{a}[b][<end>]");
  expect(f, "Q:", "ab", "Q:{a}[b][<end>]"); /* ":a" would be half the prompt's */
  expect(f, "Q", ":ab", "Q{:a}[b][<end>]");
  expect(f, "Q:\\n", "\\nab", "Q:\n{\n}[a][b][<end>]");
  expect(f, "<|im_start|>Q", "a", "<|im_start|>Q{a}[<end>]");
  assert_int_equal(f->dataset.ids[0], 200); /* the control token, not its letters */
  const struct dataset_sequence *s = &f->dataset.sequences[0];
  assert_int_equal(s->n_prompt, 2);
  assert_int_equal(s->n_actions, 2);
  assert_int_equal(s->n_steps, 1);
  assert_int_equal(f->dataset.n_actions, 2);
  assert_int_equal(f->dataset.longest, 4);
  f->options.end = 201;
  expect(f, "Q", "a", "Q{a}[<|im_end|>]");
}

static void steps(void **state)
{
  struct fixture *f = *state;
  expect(f, "Q", "a\\nb\\nc", "Q{a}[\n]{b}[\n]{c}[<end>]");
  assert_int_equal(f->dataset.sequences[0].n_steps, 3);
  expect(f, "Q", "a\\n\\nb\\n", "Q{a}[\n\n]{b}[\n][<end>]");
  expect(f, "Q", "a\\n \\n  c", "Q{a}[\n][ ][\n][ ][ ]{c}[<end>]");
  expect(f, "Q", "\\na\\nb", "Q{\n}[a][\n]{b}[<end>]");
  expect(f, "Q", "a. b. c", "Q{a}[.][ b][.][ ][c][<end>]");
  f->options.periods = true;
  expect(f, "Q", "a. b. c", "Q{a}[.]{ b}[.][ ]{c}[<end>]");
  expect(f, "Q", "$a$.$ c", "Q{$}[a][$][.][$][ ]{c}[<end>]");
  expect(f, "Q", "a $ c.5", "Q{a}[ ][$][ ][c][.][5][<end>]");
  expect(f, "Q", "a.\\nc. ", "Q{a}[.\n]{c}[.][ ][<end>]");
}

#define TALK                                                    \
  "{\"conversations\":[{\"role\":\"user\",\"content\":\"go\"}," \
  "{\"role\":\"assistant\",\"content\":\"ok\"},"                \
  "{\"role\":\"user\",\"content\":\"room\"},"                   \
  "{\"role\":\"assistant\",\"content\":\"l\\nk\"},"             \
  "{\"role\":\"user\",\"content\":\"end\"}],\"reward\":0}"

static void conversations(void **state)
{
  struct fixture *f = *state;
  assert_ok(chat_template_named(&f->chat, STR("chatml"), &err), err);
  f->options.chat = &f->chat;
  assert_ok(build(f, TALK), err);
  assert_str_equal(tiny_show(&f->dataset, 0, f->tokenizer, &f->shown),
                   "<|im_start|>user\ngo<|im_end|>\n<|im_start|>assistant\n"
                   "{o}[k][<|im_end|>]\n<|im_start|>user\nroom<|im_end|>\n"
                   "<|im_start|>assistant\n{l}[\n][k][<|im_end|>]");
  assert_int_equal(f->dataset.sequences[0].n_steps, 2);
  f->options.first_turn = 2;
  assert_ok(build(f, TALK), err);
  assert_str_equal(tiny_show(&f->dataset, 0, f->tokenizer, &f->shown),
                   "<|im_start|>user\ngo<|im_end|>\n<|im_start|>assistant\n"
                   "ok<|im_end|>\n<|im_start|>user\nroom<|im_end|>\n"
                   "<|im_start|>assistant\n{l}[\n][k][<|im_end|>]");
  f->options.first_turn = 4;
  refuse(f, TALK, "'t.jsonl' line 1: no turn of the assistant from message 5 on");
  f->options.first_turn = 2; /* of no matter for an answer */
  expect(f, "Q", "a\\nb",
         "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n"
         "{a}[\n]{b}[<|im_end|>]");
}

static void conversations_refused(void **state)
{
  struct fixture *f = *state;
  refuse(f, TALK, "'t.jsonl' line 1: a conversation needs a chat template");
  f->options.chat = &f->chat;
  assert_ok(chat_template_named(&f->chat, STR("llama-2"), &err), err);
  refuse(f,
         "{\"conversations\":[{\"role\":\"assistant\",\"content\":\"a\"},"
         "{\"role\":\"assistant\",\"content\":\"b\"}],\"reward\":0}",
         "'t.jsonl' line 1");
  assert_ok(chat_template_named(&f->chat, STR("phi-3"), &err), err);
  refuse(f, "{\"prompt\":\"p\",\"response\":\"r\",\"reward\":0}",
         "chat template 'phi-3' does not show message 2");
  assert_ok(chat_template_named(&f->chat, STR("qwen3"), &err), err);
  refuse(f,
         "{\"conversations\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":"
         "\"assistant\",\"content\":\"<think>x</think>b\"},{\"role\":\"user\","
         "\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}],\"reward\":0}",
         "chat template 'qwen3' does not show message 2");
}

#define ROW(prompt, response, reward) \
  "{\"prompt\":\"" prompt "\",\"response\":\"" response "\",\"reward\":" #reward "}\n"

static void lengths(void **state)
{
  struct fixture *f = *state;
  static const char rows[] = ROW("QQQ", "a", 1) ROW("Q", "abcd", 0) ROW("QQQQQ", "a", 0);
  f->options.context = 5;
  refuse(f, rows, "'t.jsonl' line 2: 6 tokens are more than the context of 5");
  f->options.overlong = DATASET_TRUNCATE;
  refuse(f, rows, "'t.jsonl' line 3: a prompt of 5 tokens leaves no room");
  assert_ok(build(f, ROW("QQQ", "a", 1) ROW("Q", "abcd", 0)), err);
  assert_str_equal(tiny_show(&f->dataset, 1, f->tokenizer, &f->shown), "Q{a}[b][c][d]");
  assert_true(f->dataset.sequences[1].truncated && !f->dataset.sequences[0].truncated);
  assert_int_equal(f->dataset.n_truncated, 1);
  assert_int_equal(f->dataset.sequences[1].n_actions, 4);
  f->options.overlong = DATASET_DROP;
  assert_ok(build(f, rows), err);
  assert_int_equal(f->dataset.n_sequences, 1);
  assert_int_equal(f->dataset.n_dropped, 2);
  assert_int_equal(f->dataset.n_tokens, 5);
  assert_int_equal(f->dataset.n_prompts, 1);
  f->options.context = 3;
  refuse(f, rows, "none of the 3 trajectories fits a context of 3 tokens");
}

static void prompts_and_rewards(void **state)
{
  struct fixture *f = *state;
  assert_ok(build(f, ROW("P", "a", 1) ROW("Q", "a", 1) ROW("P", "b", 1)), err);
  assert_int_equal(f->dataset.n_prompts, 2);
  assert_int_equal(f->dataset.sequences[0].prompt, 0);
  assert_int_equal(f->dataset.sequences[1].prompt, 1);
  assert_int_equal(f->dataset.sequences[2].prompt, 0);
  assert_int_equal(f->dataset.sequences[2].trajectory, 2);
  assert_int_equal(dataset_check_rewards(&f->dataset, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "all 3 rewards are 1: OREO has nothing to learn"));
  assert_ok(build(f, ROW("P", "a", 1) ROW("Q", "a", 1) ROW("P", "b", 0)), err);
  assert_ok(dataset_check_rewards(&f->dataset, &err), err);
}

static void ends(void **state)
{
  struct fixture *f = *state;
  tokenizer_free(f->tokenizer);
  f->options.tokenizer = f->tokenizer = tiny_tokenizer("{}");
  f->options.end = 99999;
  refuse(f, ROW("Q", "a", 1), "no token that ends an answer");
}

static void mismatches(void **state)
{
  struct fixture *f = *state;
  assert_ok(build(f, ROW("PP", "a\\nb", 1) ROW("Q", "cde", 0)), err);
  size_t made = dataset_mismatch(&f->dataset, 0, 1, 100);
  assert_int_equal(made, 2);
  assert_str_equal(tiny_show(&f->dataset, made, f->tokenizer, &f->shown),
                   "PP{c}[d][e][<end>]");
  assert_true(f->dataset.sequences[made].reward == 0);
  assert_int_equal(f->dataset.sequences[made].n_prompt, 2);
  assert_int_equal(f->dataset.sequences[made].prompt, 0);
  made = dataset_mismatch(&f->dataset, 1, 0, 3);
  assert_str_equal(tiny_show(&f->dataset, made, f->tokenizer, &f->shown), "Q{a}[\n]");
  assert_true(f->dataset.sequences[made].truncated);
}

/* With tokenizers that put a space in front of a text, a response is still none. */
static void real_tokenizers(void **state)
{
  struct fixture *f = *state;
  static const char *const names[] = { "mistral", "gpt2", "qwen" };
  bool any = false;
  for (size_t i = 0; i < COUNT(names); i++) {
    char name[64];
    snprintf(name, sizeof name, "tokenizers/%s", names[i]);
    const char *path = test_data(name);
    if (!path)
      continue;
    any = true;
    tokenizer_free(f->tokenizer);
    f->options.tokenizer = f->tokenizer = tokenizer_open(path, &err);
    if (!f->tokenizer)
      fail_msg("%s", err.msg);
    f->options.end = tokenizer_eos(f->tokenizer) < 0 ? 5 : -1;
    assert_ok(build(f, ROW("Half of 48?\\n", "48/2 = 24\\n#### 24", 1)), err);
    const struct dataset_sequence *s = &f->dataset.sequences[0];
    struct tokens asked = { 0 };
    assert_ok(tokenizer_encode(f->tokenizer, STR("Half of 48?\n"),
                               TOKENIZER_ADD_SPECIAL | TOKENIZER_PARSE_SPECIAL, &asked,
                               &err),
              err);
    assert_int_equal(s->n_prompt, asked.count);
    assert_memory_equal(f->dataset.ids, asked.ids, asked.count * sizeof *asked.ids);
    buf_reset(&f->shown);
    for (size_t t = s->n_prompt; t + 1 < s->count; t++)
      buf_add(&f->shown, tokenizer_bytes(f->tokenizer, f->dataset.ids[t]));
    assert_str_equal(buf_str(&f->shown), "48/2 = 24\n#### 24");
    assert_int_equal(s->n_steps, 2);
    tokens_release(&asked);
  }
  if (!any)
    skip();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(actions, setup, teardown),
    cmocka_unit_test_setup_teardown(steps, setup, teardown),
    cmocka_unit_test_setup_teardown(conversations, setup, teardown),
    cmocka_unit_test_setup_teardown(conversations_refused, setup, teardown),
    cmocka_unit_test_setup_teardown(lengths, setup, teardown),
    cmocka_unit_test_setup_teardown(prompts_and_rewards, setup, teardown),
    cmocka_unit_test_setup_teardown(ends, setup, teardown),
    cmocka_unit_test_setup_teardown(mismatches, setup, teardown),
    cmocka_unit_test_setup_teardown(real_tokenizers, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
