/* From text to text on a real model: prompts, chats, stop strings, several at once, and
 * what is refused. What the model computes is tested elsewhere. */
#include "base/fs.h"
#include "base/json.h"
#include "gpu_test.h"
#include "nn/completer.h"

enum { PROMPTS_MAX = 20, TEXT_MAX = 4096 };

static const char *folder; /* stories260K's */
static struct err err;

static struct completer *open_with(struct completer_options options)
{
  struct completer *c = completer_open(folder, &options, &err);
  if (!c)
    fail_msg("%s", err.msg);
  return c;
}

static struct completer *open_plain(void)
{
  return open_with((struct completer_options){ 0 });
}

static void must_ask(struct completer *c, const struct completer_request *request)
{
  assert_ok(completer_ask(c, request, &err), err);
}

/* The only one that is asked, when it is done. */
static struct completion wait_for(struct completer *c)
{
  struct completion out;
  int rc;
  while ((rc = completer_next(c, &out, 1000, &err)) == 0)
    ;
  assert_ok(rc, err);
  return out;
}

static struct completion complete(struct completer *c,
                                  const struct completer_request *request)
{
  must_ask(c, request);
  return wait_for(c);
}

static struct completer_request story(uint32_t max_new)
{
  return (struct completer_request){ .text = STR("Once upon a time"),
                                     .max_new = max_new,
                                     .top_p = 1 };
}

/* ---- what comes out ---- */

static void read_ids(const struct json *list, struct tokens *out)
{
  for (const struct json *node = json_first(list); node; node = json_next(node))
    tokens_add(out, (int32_t)json_number(node, -1));
}

static void check_reference(struct completer *c, const struct json *root)
{
  struct tokens prompt = { 0 }, wanted = { 0 }, asked = { 0 };
  struct completer_request request = { .text = json_get_string(root, "prompt", STR_NONE),
                                       .top_p = 1 };
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  read_ids(json_member(root, "prompt_ids"), &prompt);
  read_ids(json_member(root, "greedy_ids"), &wanted);
  request.max_new = wanted.count < 60 ? (uint32_t)wanted.count : 60;
  assert_ok(completer_prompt(c, &request, &asked, NULL, &err), err);
  assert_int_equal(asked.count, prompt.count);
  assert_memory_equal(asked.ids, prompt.ids, prompt.count * sizeof *prompt.ids);
  struct completion done = complete(c, &request);
  assert_int_equal(done.n_ids, request.max_new);
  assert_int_equal(done.n_prompt, prompt.count);
  assert_memory_equal(done.ids, wanted.ids, done.n_ids * sizeof *done.ids);
  assert_int_equal(done.finish, COMPLETER_LENGTH);
  for (size_t i = 0; i < done.n_ids; i++)
    assert_true(done.logprobs[i] <= 0 && done.logprobs[i] > -20);
  /* prompt and answer are together what all ids say */
  for (size_t i = 0; i < done.n_ids; i++)
    tokens_add(&prompt, done.ids[i]);
  tokenizer_decode(completer_tokenizer(c), prompt.ids, prompt.count, true, &text);
  assert_true(str_starts(buf_str(&text), request.text));
  struct str rest = str_slice(buf_str(&text), request.text.len, text.len);
  if (!str_equal(done.text, rest))
    fail_msg("'%.*s', not '%.*s'", STR_ARG(done.text), STR_ARG(rest));
  buf_release(&text);
  tokens_release(&prompt);
  tokens_release(&wanted);
  tokens_release(&asked);
}

static void test_references(void **state)
{
  (void)state;
  struct completer *c = open_plain();
  struct buf path;
  struct fs_lines lines;
  struct str line;
  size_t n = 0;
  buf_init(&path, 4096);
  fs_join(&path, folder, "ref_greedy.jsonl");
  assert_ok(fs_lines_open(&lines, path.ptr, 1 << 20, &err), err);
  while (fs_lines_next(&lines, &line, &err) == FS_LINE_OK) {
    struct json_doc doc;
    assert_ok(json_parse(&doc, line, &err), err);
    check_reference(c, doc.root);
    json_doc_release(&doc);
    n++;
  }
  assert_int_equal(n, PROMPTS_MAX);
  fs_lines_close(&lines);
  buf_release(&path);
  completer_close(c);
}

/* The same by ids, which must be the model's. */
static void test_ids(void **state)
{
  (void)state;
  struct completer *c = open_plain();
  const int32_t ids[] = { 1, 403, 407, 261, 378 };
  struct completer_request by_text = story(12), by_ids = story(12);
  by_ids.text = STR_NONE;
  by_ids.ids = ids;
  by_ids.n_ids = 5;
  char text[TEXT_MAX];
  struct completion done = complete(c, &by_text);
  snprintf(text, sizeof text, "%.*s", STR_ARG(done.text));
  done = complete(c, &by_ids);
  assert_str_equal(done.text, text);
  const int32_t outside[] = { 1, 512 }, negative[] = { -1 };
  by_ids.ids = outside;
  by_ids.n_ids = 2;
  assert_int_equal(completer_ask(c, &by_ids, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "id 1 of the prompt is 512"));
  by_ids.ids = negative;
  by_ids.n_ids = 1;
  assert_int_equal(completer_ask(c, &by_ids, &err), -1);
  completer_close(c);
}

static void test_stop_strings(void **state)
{
  (void)state;
  struct completer *c = open_plain();
  struct completer_request request = story(60);
  char whole[TEXT_MAX];
  struct completion done = complete(c, &request);
  snprintf(whole, sizeof whole, "%.*s", STR_ARG(done.text));
  size_t n_whole = done.n_ids;
  /* ", there was a little girl named Lily. She" */
  const struct str stop[] = { STR("named Li"), STR("never") };
  char *at = strstr(whole, "named Li");
  assert_non_null(at);
  request.stop = stop;
  request.n_stop = 2;
  done = complete(c, &request);
  *at = '\0';
  assert_str_equal(done.text, whole);
  assert_int_equal(done.finish, COMPLETER_STOP);
  assert_true(done.n_ids < n_whole);
  struct tokens ids = { 0 };
  struct buf text;
  buf_init(&text, 4096);
  for (size_t i = 0; i < done.n_ids; i++)
    tokens_add(&ids, done.ids[i]);
  tokenizer_decode(completer_tokenizer(c), ids.ids, ids.count, true, &text);
  assert_true(str_find(buf_str(&text), stop[0]) >=
              0); /* no token too many, none too few */
  buf_reset(&text);
  tokenizer_decode(completer_tokenizer(c), ids.ids, ids.count - 1, true, &text);
  assert_true(str_find(buf_str(&text), stop[0]) < 0);
  tokens_release(&ids);
  buf_release(&text);
  /* one that comes with the last token allowed is a stop */
  request.max_new = (uint32_t)done.n_ids;
  done = complete(c, &request);
  assert_int_equal(done.finish, COMPLETER_STOP);
  request.max_new--;
  done = complete(c, &request);
  assert_int_equal(done.finish, COMPLETER_LENGTH);
  const struct str empty[] = { STR("") };
  request.stop = empty;
  request.n_stop = 1;
  assert_int_equal(completer_ask(c, &request, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  completer_close(c);
}

/* A special token is never in the text: as a stop string it ends the answer by its id.
 * This model ends its stories with one that is not its EOS. */
static void test_special_stop(void **state)
{
  (void)state;
  struct completer *c = open_plain();
  const struct str stop[] = { STR("\nQ:"), STR("<s>") };
  struct completer_request request = { .text = STR("The cat sat on the mat."),
                                       .max_new = 160,
                                       .top_p = 1 };
  assert_int_equal(complete(c, &request).n_ids, 160);
  request.stop = stop;
  request.n_stop = 2;
  struct completion done = complete(c, &request);
  assert_int_equal(done.finish, COMPLETER_STOP);
  assert_int_equal(done.n_ids, 146);
  assert_int_equal(done.ids[145], tokenizer_bos(completer_tokenizer(c)));
  assert_true(str_find(done.text, STR("<s>")) < 0);
  completer_close(c);
}

/* What the model's own files call an end, whatever the tokenizer thinks. */
static void test_ends_of_config(void **state)
{
  (void)state;
  static const char *const names[] = { "config.json", "generation_config.json",
                                       "model.safetensors", "tok512.bin" };
  char dir[64], from[4200], to[96];
  struct completer_request request = { .text = STR("The cat sat on the mat."),
                                       .max_new = 160,
                                       .top_p = 1 };
  snprintf(dir, sizeof dir, "%s", test_folder());
  for (size_t i = 0; i < 4; i++) {
    snprintf(from, sizeof from, "%s/%s", folder, names[i]);
    snprintf(to, sizeof to, "%s/%s", dir, names[i]);
    if (i == 1)
      assert_ok(fs_write(to, STR("{\"eos_token_id\": [2, 1]}"), &err), err);
    else
      assert_int_equal(symlink(from, to), 0);
  }
  struct completer *c = completer_open(dir, NULL, &err);
  if (!c)
    fail_msg("%s", err.msg);
  struct completion done = complete(c, &request);
  assert_int_equal(done.finish, COMPLETER_STOP);
  assert_int_equal(done.n_ids, 146);
  completer_close(c);
  for (size_t i = 0; i < 4; i++) {
    snprintf(to, sizeof to, "%s/%s", dir, names[i]);
    unlink(to);
  }
  rmdir(dir);
}

/* Each setting reaches the draw: one that leaves a single token makes it greedy. */
static void test_settings(void **state)
{
  (void)state;
  struct completer *c = open_plain();
  struct completer_request requests[] = { story(20), story(20), story(20),
                                          story(20), story(20), story(20) };
  char greedy[TEXT_MAX], texts[6][TEXT_MAX];
  struct completion done = complete(c, &requests[0]);
  snprintf(greedy, sizeof greedy, "%.*s", STR_ARG(done.text));
  for (size_t i = 0; i < 6; i++)
    requests[i].temperature = 3;
  requests[0].top_k = 1;
  requests[1].top_p = 0.001f;
  requests[2].min_p = 1;
  requests[4].key = 1;
  for (size_t i = 0; i < 6; i++) {
    done = complete(c, &requests[i]);
    snprintf(texts[i], TEXT_MAX, "%.*s", STR_ARG(done.text));
  }
  for (size_t i = 0; i < 3; i++)
    assert_string_equal(texts[i], greedy);
  assert_string_not_equal(texts[3], greedy);
  assert_string_not_equal(texts[3], texts[4]); /* another key */
  assert_string_equal(texts[3], texts[5]);     /* the same one */
  completer_close(c);
}

/* Many at once give what each gives alone; tickets tell them apart. */
static void test_many(void **state)
{
  (void)state;
  static const char *const texts[] = { "One day", "The sun was", "Tom had 3 apples.", "A",
                                       "Lily and Tom went to the park" };
  enum { N = 20 };
  static char alone[N][TEXT_MAX];
  struct completer *one = open_with((struct completer_options){ .max_sequences = 1 });
  struct completer_request requests[N];
  for (size_t i = 0; i < N; i++) {
    requests[i] = (struct completer_request){ .text = str_from(texts[i % 5]),
                                              .ticket = 100 + i,
                                              .max_new = 5 + (uint32_t)i,
                                              .temperature = i % 2 ? 0.9f : 0,
                                              .top_p = 0.95f,
                                              .top_k = 50,
                                              .key = i };
    struct completion done = complete(one, &requests[i]);
    assert_int_equal(done.ticket, 100 + i);
    snprintf(alone[i], sizeof alone[i], "%.*s", STR_ARG(done.text));
  }
  completer_close(one);
  struct completer *many = open_with((struct completer_options){ .max_sequences = 7 });
  bool seen[N] = { false };
  assert_true(completer_has_room(many));
  for (size_t i = N; i-- > 0;)
    must_ask(many, &requests[i]);
  assert_false(completer_has_room(many));
  completer_cancel(many, 103);
  for (size_t i = 0; i < N - 1; i++) {
    struct completion done = wait_for(many);
    size_t at = done.ticket - 100;
    assert_true(at < N && at != 3 && !seen[at]);
    seen[at] = true;
    assert_str_equal(done.text, alone[at]);
  }
  struct completion none;
  assert_int_equal(completer_next(many, &none, 0, &err), 0);
  /* what waits, and what is done and not yet looked at, can be cancelled */
  must_ask(many, &requests[0]);
  must_ask(many, &requests[1]);
  completer_cancel(many, 100);
  completer_cancel(many, 101);
  assert_int_equal(completer_next(many, &none, 1000, &err), 0);
  for (size_t i = 0; i < 3; i++) { /* three that end with the same step */
    requests[i].max_new = 4;
    must_ask(many, &requests[i]);
  }
  struct completion done = wait_for(many);
  completer_cancel(many, done.ticket == 101 ? 100 : 101);
  size_t left = done.ticket;
  done = wait_for(many);
  assert_true(done.ticket != left && done.ticket != (left == 101 ? 100u : 101u));
  assert_int_equal(completer_next(many, &none, 1000, &err), 0);
  must_ask(many, &requests[4]); /* and closing forgets the rest */
  completer_close(many);
}

static void test_context(void **state)
{
  (void)state;
  struct completer *c = open_with((struct completer_options){ .context = 16 });
  struct completer_request request = story(100);
  struct completion done = complete(c, &request);
  assert_int_equal(done.finish, COMPLETER_CONTEXT);
  assert_true(done.n_prompt + done.n_ids >= 16 && done.n_prompt + done.n_ids <= 17);
  request.text = STR("The cat sat on the mat. The cat sat on the mat.");
  assert_int_equal(completer_ask(c, &request, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "16"));
  request = story(0); /* nothing is wanted, and nothing comes */
  done = complete(c, &request);
  assert_int_equal(done.n_ids, 0);
  assert_int_equal(done.text.len, 0);
  assert_int_equal(done.finish, COMPLETER_LENGTH);
  completer_close(c);
}

/* ---- chats ---- */

static void test_chats(void **state)
{
  (void)state;
  const struct message messages[] = { { STR("user"), STR("Hi") } };
  struct completer_request request = {
    .messages = messages, .n_messages = 1, .max_new = 4, .top_p = 1
  };
  struct completer *c = open_plain();
  assert_false(completer_has_chat(c));
  assert_int_equal(completer_ask(c, &request, &err), -1);
  assert_non_null(strstr(err.msg, "--chat-template"));
  completer_close(c);
  c = open_with((struct completer_options){ .chat_template = "chatml" });
  assert_true(completer_has_chat(c));
  struct tokens ids = { 0 };
  struct buf text;
  buf_init(&text, 4096);
  assert_ok(completer_prompt(c, &request, &ids, &text, &err), err);
  assert_str_equal(buf_str(&text),
                   "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
  assert_int_equal(complete(c, &request).n_prompt, ids.count);
  tokens_release(&ids);
  buf_release(&text);
  const struct message unknown[] = { { STR("robot"), STR("Hi") } };
  request.messages = unknown;
  assert_int_equal(completer_ask(c, &request, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  completer_close(c);
}

static void test_template_files(void **state)
{
  (void)state;
  char path[96];
  const char *dir = test_folder();
  snprintf(path, sizeof path, "%s/own.jinja", dir);
  struct completer_options options = { .chat_template = path };
  const struct str known =
      STR("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + "
          "message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");
  assert_ok(fs_write(path, known, &err), err);
  struct completer *c = open_with(options);
  struct completer_facts facts;
  assert_ok(completer_facts(c, &facts, &err), err);
  assert_string_equal(facts.chat_template, "chatml");
  completer_close(c);
  assert_ok(fs_write(path, STR("{{ messages }}"), &err), err);
  assert_null(completer_open(folder, &options, &err));
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, path));
  options.chat_template = "chatmal";
  assert_null(completer_open(folder, &options, &err));
  assert_int_equal(err.code, ERR_USAGE);
  assert_non_null(strstr(err.msg, "chatml, "));
  options.chat_template = "none";
  c = open_with(options);
  assert_false(completer_has_chat(c));
  completer_close(c);
  unlink(path);
  rmdir(dir);
}

/* ---- what it is, and what is refused ---- */

static void test_facts(void **state)
{
  (void)state;
  struct completer *c = open_with((struct completer_options){ .dtype = MODEL_BF16 });
  struct completer_facts facts, again;
  assert_ok(completer_facts(c, &facts, &err), err);
  assert_true(facts.device->usable);
  assert_int_equal(strlen(facts.checkpoint.text), 64);
  assert_int_equal(strlen(facts.shaders.text), 64);
  assert_string_equal(facts.dtype, "bf16");
  assert_string_equal(facts.chat_template, "none");
  assert_string_equal(facts.architecture, "LlamaForCausalLM");
  assert_int_equal(facts.context, 512);
  assert_true(facts.weights > 250000 && facts.weights < 300000);
  assert_true(facts.memory > 2 * facts.weights && facts.memory < facts.heap);
  assert_ok(completer_facts(c, &again, &err), err);
  assert_string_equal(again.checkpoint.text, facts.checkpoint.text);
  assert_string_equal(again.shaders.text, facts.shaders.text);
  completer_close(c);
}

static void expect_refusal(const char *path, struct completer_options options,
                           enum err_code code, const char *words)
{
  assert_null(completer_open(path, &options, &err));
  if (err.code != code || !strstr(err.msg, words))
    fail_msg("'%s' has code %d, not %d, or does not say '%s'", err.msg, err.code, code,
             words);
}

static void test_refusals(void **state)
{
  (void)state;
  char large[4200];
  snprintf(large, sizeof large, "%s/llama2_tokenizer.bin", folder);
  /* a tokenizer that is another model's, naming both numbers */
  expect_refusal(folder, (struct completer_options){ .tokenizer = large }, ERR_DATA,
                 "32000 ids and the model's vocabulary 512 rows");
  expect_refusal(folder, (struct completer_options){ .tokenizer = "/nowhere" }, ERR_ENV,
                 "/nowhere");
  expect_refusal("/nowhere", (struct completer_options){ 0 }, ERR_ENV, "/nowhere");
  expect_refusal(folder, (struct completer_options){ .device = "no such one" }, ERR_USAGE,
                 "no such one");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_references),   cmocka_unit_test(test_ids),
    cmocka_unit_test(test_stop_strings), cmocka_unit_test(test_special_stop),
    cmocka_unit_test(test_many),         cmocka_unit_test(test_ends_of_config),
    cmocka_unit_test(test_settings),     cmocka_unit_test(test_context),
    cmocka_unit_test(test_chats),        cmocka_unit_test(test_template_files),
    cmocka_unit_test(test_facts),        cmocka_unit_test(test_refusals),
  };
  const char *file = test_data("models/stories260K/model.safetensors");
  if (!file) {
    fprintf(stderr, "skipped: no checkpoint; OREO_TEST_DATA names its folder\n");
    return 77;
  }
  static char path[4096];
  snprintf(path, sizeof path, "%.*s", (int)(strrchr(file, '/') - file), file);
  folder = path;
  struct gpu_manager *manager = gpu_test_open(); /* or it is skipped */
  if (gpu_manager_validated(manager)) /* a complaint is then an error of completer_next */
    setenv("OREO_VULKAN_VALIDATION", "1", 1);
  gpu_test_close(manager);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
