/* Models that run here, as policies: answers, errors of one item, and whose turn it is to
 * be loaded. */
#include "base/json.h"
#include "gpu_test.h"
#include "policy/policy.h"

enum { TEXT_MAX = 2000 };

static const char *folder; /* stories260K's */
static struct err err;

static struct endpoint_opts settings_of(double temperature, int64_t max_tokens)
{
  return (struct endpoint_opts){ .shape = { .temperature = temperature,
                                            .top_p = -1,
                                            .min_p = -1,
                                            .max_tokens = max_tokens },
                                 .concurrency = 4 };
}

static struct policy *open_policy(const char *spec, const struct policy_opts *opts)
{
  struct policy *policy = policy_open(str_from(spec), opts, &err);
  if (!policy)
    fail_msg("%s", err.msg);
  return policy;
}

static void ask_text(struct policy *policy, const struct item *item, const char *text,
                     size_t ticket, int n_samples)
{
  const struct message message = { STR("user"), str_from(text) };
  struct message messages[] = { message };
  struct prompt prompt = {
    .text = str_from(text), .messages = messages, .n_messages = 1, .max_tokens = 12
  };
  struct ask ask = {
    .item = item, .prompt = &prompt, .n_samples = n_samples, .seed = 5, .ticket = ticket
  };
  policy_ask(policy, &ask);
}

/* The next answer; false when nothing comes any more. */
static bool next(struct policy *policy, struct answered *out, struct arena *arena)
{
  for (int quiet = 0; quiet < 3;) {
    int rc = policy_next(policy, out, 1000, arena, &err);
    assert_ok(rc, err);
    if (rc == 1)
      return true;
    quiet++;
  }
  return false;
}

static void test_answers(void **state)
{
  (void)state;
  static const char *const texts[] = { "Once upon a time", "The cat", "One day" };
  struct item items[] = { { .id = STR("a") }, { .id = STR("b") }, { .id = STR("c") } };
  struct endpoint_opts endpoint = settings_of(0.9, 0);
  struct local_opts local = { 0 };
  struct policy_opts opts = { .endpoint = &endpoint, .local = &local };
  struct arena arena = { 0 };
  char first[3][TEXT_MAX];
  endpoint.shape.logprobs = true;
  struct policy *policy = open_policy(folder, &opts);
  assert_string_equal(policy_kind(policy), "local");
  assert_str_equal(policy_label(policy), "stories260K");
  assert_int_equal(policy_sha256(policy).len, 64);
  assert_int_equal(policy_engine(policy)->context, 512);
  assert_true(policy_is_live(policy));
  assert_int_equal(policy_group(policy), 1);
  assert_int_equal(policy_max_samples(policy), 0);
  assert_false(str_present(policy_served(policy)));
  struct answered out;
  assert_false(next(policy, &out, &arena)); /* nothing is asked */
  for (int round = 0; round < 2; round++) { /* in one order, then in the other */
    for (size_t i = 0; i < 3; i++) {
      size_t at = round ? 2 - i : i;
      ask_text(policy, &items[at], texts[at], at, 1);
    }
    for (size_t i = 0; i < 3; i++) {
      assert_true(next(policy, &out, &arena));
      struct reply *reply = &out.reply;
      struct json_doc doc;
      assert_true(out.ticket < 3);
      assert_false(reply->failed);
      assert_int_equal(reply->tokens_out, 12);
      assert_int_equal(reply->finish, FINISH_LENGTH);
      assert_ok(json_parse(&doc, reply->logprobs, &err), err);
      assert_int_equal(json_size(doc.root), 12);
      json_doc_release(&doc);
      if (!round)
        snprintf(first[out.ticket], TEXT_MAX, "%.*s", STR_ARG(reply->response));
      else
        assert_str_equal(reply->response, first[out.ticket]);
    }
  }
  assert_string_not_equal(first[0], first[1]);
  policy_close(policy);
  arena_release(&arena);
}

/* Samples of one ask, told apart and different. */
static void test_samples(void **state)
{
  (void)state;
  struct item item = { .id = STR("a") };
  struct endpoint_opts endpoint = settings_of(1, 5);
  struct policy_opts opts = { .endpoint = &endpoint };
  struct arena arena = { 0 };
  struct policy *policy = open_policy(folder, &opts);
  char texts[3][TEXT_MAX] = { "", "", "" };
  struct answered out;
  ask_text(policy, &item, "Once upon a time", 7, 3);
  for (int i = 0; i < 3; i++) {
    assert_true(next(policy, &out, &arena));
    assert_int_equal(out.ticket, 7);
    assert_true(out.sample >= 0 && out.sample < 3 && !texts[out.sample][0]);
    assert_int_equal(out.reply.tokens_out, 5); /* the option's, not the prompt's */
    assert_false(str_present(out.reply.logprobs));
    snprintf(texts[out.sample], TEXT_MAX, "%.*s", STR_ARG(out.reply.response));
  }
  assert_true(strcmp(texts[0], texts[1]) != 0 || strcmp(texts[1], texts[2]) != 0);
  policy_close(policy);
  arena_release(&arena);
}

/* One that does not fit is an error of its own; the others are answered. */
static void test_errors(void **state)
{
  (void)state;
  struct item item = { .id = STR("a") };
  struct endpoint_opts endpoint = settings_of(-1, 4);
  struct local_opts local = { .context = 16 };
  struct policy_opts opts = { .endpoint = &endpoint, .local = &local };
  struct arena arena = { 0 };
  struct policy *policy = open_policy(folder, &opts);
  struct answered out;
  bool failed[3] = { false }, came[3] = { false };
  ask_text(policy, &item, "One day", 0, 1);
  ask_text(policy, &item, "a b c d e f g h i j k l m n o p q r s t u v w x y z", 1, 1);
  assert_false(policy_has_room(policy)); /* until somebody has heard of it */
  ask_text(policy, &item, "The sun", 2, 1);
  for (int i = 0; i < 3; i++) {
    assert_true(next(policy, &out, &arena));
    came[out.ticket] = true;
    failed[out.ticket] = out.reply.failed;
    if (out.reply.failed)
      assert_true(str_find(out.reply.what, STR("16")) >= 0);
  }
  assert_true(came[0] && came[1] && came[2]);
  assert_true(!failed[0] && failed[1] && !failed[2]);
  assert_true(policy_has_room(policy));
  policy_close(policy);
  arena_release(&arena);
}

static void link_to(const char *dir, const char *name)
{
  char from[4200], to[4200];
  snprintf(from, sizeof from, "%s/%s", folder, name);
  snprintf(to, sizeof to, "%s/%s", dir, name);
  assert_int_equal(symlink(from, to), 0);
}

/* One model is loaded at a time, by whoever is asked; two suites share it. */
static void test_host(void **state)
{
  (void)state;
  static const char *const names[] = { "config.json", "model.safetensors", "tok512.bin" };
  struct item item = { .id = STR("a") };
  struct endpoint_opts endpoint = settings_of(0, 3);
  struct local_host host = { 0 };
  struct policy_opts opts = { .endpoint = &endpoint, .host = &host };
  struct arena arena = { 0 };
  struct answered out;
  char dir[64], spec[80];
  snprintf(dir, sizeof dir, "%s", test_folder());
  snprintf(spec, sizeof spec, "local:%s/", dir);
  for (size_t i = 0; i < 3; i++)
    link_to(dir, names[i]);
  struct policy *a = open_policy(folder, &opts);
  const struct completer *loaded = host.completer;
  assert_non_null(loaded);
  struct policy *same = open_policy(folder, &opts);
  assert_ptr_equal(host.completer, loaded);
  struct policy *b = open_policy(spec, &opts);
  assert_str_equal(policy_label(b), strrchr(dir, '/') + 1);
  assert_str_equal(policy_sha256(b), policy_sha256(a).ptr);
  /* a's turn: it is loaded again, and nobody else's before it is done */
  assert_true(policy_has_room(a) && policy_has_room(b));
  ask_text(a, &item, "One day", 0, 1);
  assert_false(policy_has_room(b));
  assert_true(policy_has_room(a));
  assert_true(next(a, &out, &arena));
  assert_int_equal(host.n_asked, 0);
  assert_true(policy_has_room(b));
  char text[TEXT_MAX];
  snprintf(text, sizeof text, "%.*s", STR_ARG(out.reply.response));
  struct policy *order[] = { b, same, b, a };
  for (size_t i = 0; i < 4; i++) {
    assert_true(policy_has_room(order[i]));
    ask_text(order[i], &item, "One day", i, 1);
    assert_true(next(order[i], &out, &arena));
    assert_int_equal(out.ticket, i);
    assert_str_equal(out.reply.response, text);
  }
  /* closing one that is not loaded leaves what is; the owner's closing does not */
  policy_close(b);
  assert_non_null(host.completer);
  ask_text(a, &item, "One day", 0, 1);
  policy_close(a);
  assert_null(host.completer);
  policy_close(same);
  local_host_close(&host);
  arena_release(&arena);
  for (size_t i = 0; i < 3; i++) {
    snprintf(spec, sizeof spec, "%s/%s", dir, names[i]);
    unlink(spec);
  }
  rmdir(dir);
}

/* A model that has gone when its turn comes is the end of the run, and says so. */
static void test_gone(void **state)
{
  (void)state;
  static const char *const names[] = { "config.json", "model.safetensors", "tok512.bin" };
  struct item item = { .id = STR("a") };
  struct endpoint_opts endpoint = settings_of(0, 3);
  struct local_host host = { 0 };
  struct policy_opts opts = { .endpoint = &endpoint, .host = &host };
  struct arena arena = { 0 };
  struct answered out;
  char dir[64], path[80];
  snprintf(dir, sizeof dir, "%s", test_folder());
  for (size_t i = 0; i < 3; i++)
    link_to(dir, names[i]);
  struct policy *gone = open_policy(dir, &opts), *other = open_policy(folder, &opts);
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%s", dir, names[i]);
    unlink(path);
  }
  rmdir(dir);
  ask_text(gone, &item, "One day", 0, 1);
  assert_int_equal(policy_next(gone, &out, 0, &arena, &err), -1);
  assert_non_null(strstr(err.msg, dir));
  assert_false(policy_has_room(gone));
  ask_text(other, &item, "One day", 0, 1);
  assert_true(next(other, &out, &arena));
  policy_close(gone);
  policy_close(other);
  local_host_close(&host);
  arena_release(&arena);
}

/* What a dry run shows; and what is for servers only is said. */
static void test_preview(void **state)
{
  (void)state;
  const char *params[] = { "repetition_penalty=1.1" };
  struct endpoint_opts endpoint = settings_of(0, 0);
  struct local_opts local = { .chat_template = "chatml" };
  struct policy_opts opts = { .endpoint = &endpoint, .local = &local, .offline = true };
  endpoint.shape.param = (struct texts){ params, 1 };
  struct policy *policy = open_policy(folder, &opts);
  assert_non_null(strstr(policy_warning_at(policy, 0), "repetition_penalty"));
  struct message messages[] = { { STR("user"), STR("Hi there") } };
  struct prompt prompt = {
    .text = STR("plain"), .messages = messages, .n_messages = 1, .max_tokens = 33
  };
  struct ask ask = { .prompt = &prompt, .n_samples = 1 };
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  policy_preview(policy, &ask, &out);
  assert_true(str_find(buf_str(&out), STR("at most 33 more")) >= 0);
  assert_true(str_find(buf_str(&out), STR("<|im_start|>user\nHi there<|im_end|>\n")) >=
              0);
  assert_true(str_find(buf_str(&out), STR("plain")) < 0);
  buf_release(&out);
  policy_close(policy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_answers), cmocka_unit_test(test_samples),
    cmocka_unit_test(test_errors),  cmocka_unit_test(test_host),
    cmocka_unit_test(test_gone),    cmocka_unit_test(test_preview),
  };
  const char *file = test_data("models/stories260K/model.safetensors");
  if (!file) {
    fprintf(stderr, "skipped: no checkpoint; OREO_TEST_DATA names its folder\n");
    return 77;
  }
  static char path[4096];
  snprintf(path, sizeof path, "%.*s", (int)(strrchr(file, '/') - file), file);
  folder = path;
  gpu_test_close(gpu_test_open()); /* or it is skipped */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
