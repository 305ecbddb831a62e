/* What is read from a request's body, and what is refused with which parameter. */
#include "mock/asked.h"
#include "test.h"

struct reading {
  struct json_doc doc;
  struct arena arena;
  struct asked asked;
  struct refusal refusal;
  bool right;
};

static void read_body(struct reading *r, const char *text, bool chat)
{
  struct err err = { 0 };
  *r = (struct reading){ .right = false };
  assert_ok(json_parse(&r->doc, str_from(text), &err), err);
  r->right = asked_read(&r->asked, r->doc.root, chat, &r->arena, &r->refusal);
}

static void release(struct reading *r)
{
  json_doc_release(&r->doc);
  arena_release(&r->arena);
}

static void reads_chat(void **state)
{
  (void)state;
  struct reading r;
  read_body(&r,
            "{\"model\":\"m\",\"n\":3,\"seed\":-1,\"logprobs\":true,\"temperature\":0.7,"
            "\"stop\":null,\"messages\":[{\"role\":\"system\",\"content\":\"abcd\"},"
            "{\"role\":\"user\",\"content\":\"first\"},"
            "{\"role\":\"assistant\",\"content\":\"yes\"},"
            "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"la\"},"
            "{\"type\":\"text\",\"text\":\"st\"}]}]}",
            true);
  assert_true(r.right);
  assert_str_equal(r.asked.model, "m");
  assert_str_equal(r.asked.question, "last");
  assert_int_equal(r.asked.turn, 1);
  assert_int_equal(r.asked.n, 3);
  assert_true(r.asked.seed == (uint64_t)-1);
  assert_true(r.asked.logprobs);
  assert_int_equal(r.asked.prompt_bytes, 4 + 5 + 3 + 4);
  release(&r);
}

static void reads_a_prompt(void **state)
{
  (void)state;
  struct reading r;
  read_body(&r, "{\"model\":\"m\",\"prompt\":[\"2+2=\"],\"n\":null,\"logprobs\":0}",
            false);
  assert_true(r.right);
  assert_str_equal(r.asked.question, "2+2=");
  assert_int_equal(r.asked.n, 1);
  assert_int_equal(r.asked.seed, 0);
  assert_true(r.asked.logprobs);
  assert_int_equal(r.asked.turn, 0);
  release(&r);
}

static void refuses(void **state)
{
  (void)state;
#define USER "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"
  static const struct {
    const char *body, *param;
    bool chat;
  } cases[] = {
    { "[1]", "body", true },
    { "{" USER "}", "model", true },
    { "{\"model\":7," USER "}", "model", true },
    { "{\"model\":\"m\"}", "messages", true },
    { "{\"model\":\"m\",\"messages\":[]}", "messages", true },
    { "{\"model\":\"m\",\"messages\":[7]}", "messages", true },
    { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}", "messages", true },
    { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
      "\"image_url\"}]}]}",
      "messages", true },
    { "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"x\"}]}",
      "messages", true },
    { "{\"model\":\"m\"," USER ",\"n\":0}", "n", true },
    { "{\"model\":\"m\"," USER ",\"n\":129}", "n", true },
    { "{\"model\":\"m\"," USER ",\"n\":1.5}", "n", true },
    { "{\"model\":\"m\"," USER ",\"n\":\"1\"}", "n", true },
    { "{\"model\":\"m\"," USER ",\"seed\":1e300}", "seed", true },
    { "{\"model\":\"m\"," USER ",\"stream\":true}", "stream", true },
    { "{\"model\":\"m\"," USER "}", "prompt", false },
    { "{\"model\":\"m\",\"prompt\":[\"a\",\"b\"]}", "prompt", false },
    { "{\"model\":\"m\",\"prompt\":[1,2]}", "prompt", false },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct reading r;
    read_body(&r, cases[i].body, cases[i].chat);
    assert_false(r.right);
    assert_int_equal(r.refusal.status, 400);
    assert_string_equal(r.refusal.param, cases[i].param);
    assert_string_equal(r.refusal.type, "invalid_request_error");
    release(&r);
  }
}

static void counts_tokens(void **state)
{
  (void)state;
  assert_int_equal(asked_tokens(0), 0);
  assert_int_equal(asked_tokens(1), 1);
  assert_int_equal(asked_tokens(4), 1);
  assert_int_equal(asked_tokens(5), 2);
  assert_true(asked_tokens(SIZE_MAX) == SIZE_MAX / 4 + 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_chat),
    cmocka_unit_test(reads_a_prompt),
    cmocka_unit_test(refuses),
    cmocka_unit_test(counts_tokens),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
