/* An answer as its tokens come: whole characters, ends, stop strings across tokens. */
#include "nn/completing.h"
#include "nn/tokenizer_gguf.h"
#include "test.h"

enum { UNK, BOS, EOS, ASK, B0, B1, B2, HELLO, WO, RLD, STOP_A, STOP_B, SPACE, CUT };

#define TOKEN(text)        \
  {                        \
    text, sizeof(text) - 1 \
  }

/* SentencePiece's kind; E2 82 AC is the euro sign. */
static struct tokenizer *make(void)
{
  static const struct str tokens[] = {
    TOKEN("<unk>"),          TOKEN("<s>"),    TOKEN("</s>"),   TOKEN("<ask>"),
    TOKEN("<0xE2>"),         TOKEN("<0x82>"), TOKEN("<0xAC>"), TOKEN("\xe2\x96\x81Hello"),
    TOKEN("\xe2\x96\x81wo"), TOKEN("rld"),    TOKEN("\nQ"),    TOKEN(": x"),
    TOKEN("\xe2\x96\x81"),   TOKEN("Q:\xe2"),
  };
  static const int32_t types[] = { 2, 3, 3, 3, 6, 6, 6, 1, 1, 1, 1, 1, 1, 1 };
  static const float scores[14] = { 0 };
  struct tokenizer_gguf parts = tokenizer_gguf_empty();
  struct err err = { 0 };
  parts.model = STR("llama");
  parts.tokens = tokens;
  parts.types = types;
  parts.scores = scores;
  parts.n_tokens = sizeof tokens / sizeof tokens[0];
  parts.bos = BOS;
  parts.eos = EOS;
  parts.unknown = UNK;
  struct tokenizer *t = tokenizer_from_gguf(&parts, &err);
  if (!t)
    fail_msg("%s", err.msg);
  return t;
}

/* Pushes until it ends; returns how many were taken. */
static size_t run(struct completing *c, const int32_t *ids, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (completing_push(c, ids[i], -(float)i))
      return i + 1;
  return n;
}

static struct tokens tokens_of(const int32_t *ids, size_t n)
{
  struct tokens tokens = { 0 };
  for (size_t i = 0; i < n; i++)
    tokens_add(&tokens, ids[i]);
  return tokens;
}

/* Begins behind BOS and a word. */
static void begin(struct completing *c, const struct tokenizer *t)
{
  struct tokens prompt = tokens_of((int32_t[]){ BOS, HELLO }, 2);
  completing_begin(c, t, &prompt);
  tokens_release(&prompt);
}

static void test_text(void **state)
{
  (void)state;
  struct tokenizer *t = make();
  struct completing c;
  begin(&c, t);
  const int32_t ids[] = { HELLO, WO, RLD, ASK, RLD };
  assert_int_equal(run(&c, ids, 5), 5);
  completing_finish(&c);
  assert_false(c.stopped);
  /* the space in front stays, and the special token is not text */
  assert_str_equal(buf_str(&c.text), " Hello worldrld");
  assert_int_equal(c.ids.count, 5);
  assert_int_equal(c.ids.ids[3], ASK);
  assert_int_equal(c.n_logprobs, 5);
  assert_true(c.logprobs[4] == -4);
  completing_release(&c);
  tokenizer_free(t);
}

/* Behind BOS alone the answer is the beginning of a text. */
static void test_beginning(void **state)
{
  (void)state;
  struct tokenizer *t = make();
  struct completing c;
  struct tokens prompt = tokens_of((int32_t[]){ BOS, ASK }, 2);
  completing_begin(&c, t, &prompt);
  const int32_t ids[] = { HELLO, WO };
  run(&c, ids, 2);
  completing_finish(&c);
  assert_str_equal(buf_str(&c.text), "Hello wo");
  completing_release(&c);
  tokens_release(&prompt);
  tokenizer_free(t);
}

static void test_ends(void **state)
{
  (void)state;
  struct tokenizer *t = make();
  struct completing c;
  const int32_t ends[] = { EOS, RLD };
  begin(&c, t);
  c.ends = ends;
  c.n_ends = 2;
  const int32_t ids[] = { HELLO, RLD, WO };
  assert_int_equal(run(&c, ids, 3), 2);
  assert_true(c.stopped);
  assert_true(completing_push(&c, WO, 0)); /* nothing more is taken */
  completing_finish(&c);
  assert_str_equal(buf_str(&c.text), " Hello"); /* an end is no text, special or not */
  assert_int_equal(c.ids.count, 2);
  assert_int_equal(c.n_logprobs, 2);
  completing_release(&c);
  tokenizer_free(t);
}

static void test_stop_strings(void **state)
{
  (void)state;
  struct tokenizer *t = make();
  const struct str stop[] = { STR("\nQ:"), STR("never") };
  struct completing c;
  begin(&c, t);
  c.stop = (struct stop_text){ .strings = stop, .n_strings = 2 };
  /* it begins in one token and ends in the middle of the next */
  const int32_t ids[] = { HELLO, STOP_A, STOP_B, WO };
  assert_int_equal(run(&c, ids, 4), 3);
  completing_finish(&c);
  assert_true(c.stopped);
  assert_str_equal(buf_str(&c.text), " Hello");
  assert_int_equal(c.ids.count, 3);
  completing_release(&c);
  tokenizer_free(t);
}

/* The token that brings the stop string also begins a character: no trace of it. */
static void test_cut_character(void **state)
{
  (void)state;
  struct tokenizer *t = make();
  struct completing c;
  const struct str stop[] = { STR("Q:") };
  begin(&c, t);
  c.stop = (struct stop_text){ .strings = stop, .n_strings = 1 };
  const int32_t ids[] = { WO, CUT };
  assert_int_equal(run(&c, ids, 2), 2);
  assert_true(c.stopped);
  completing_finish(&c);
  assert_str_equal(buf_str(&c.text), " wo");
  completing_release(&c);
  tokenizer_free(t);
}

static void test_characters(void **state)
{
  (void)state;
  struct tokenizer *t = make();
  struct completing c;
  begin(&c, t);
  const struct str stop[] = { STR("\xe2\x82\xac") };
  const int32_t ids[] = { WO, B0, B1, B2 };
  /* whole characters only, at any time */
  run(&c, ids, 3);
  assert_str_equal(buf_str(&c.text), " wo");
  completing_push(&c, B2, 0);
  assert_str_equal(buf_str(&c.text), " wo\xe2\x82\xac");
  completing_push(&c, B0, 0);
  completing_finish(&c); /* an unfinished one at the end */
  assert_str_equal(buf_str(&c.text), " wo\xe2\x82\xac\xef\xbf\xbd");
  completing_release(&c);
  /* a stop string may be a character that comes in bytes */
  begin(&c, t);
  c.stop = (struct stop_text){ .strings = stop, .n_strings = 1 };
  assert_int_equal(run(&c, ids, 4), 4);
  completing_finish(&c);
  assert_true(c.stopped);
  assert_str_equal(buf_str(&c.text), " wo");
  completing_release(&c);
  tokenizer_free(t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_text),       cmocka_unit_test(test_beginning),
    cmocka_unit_test(test_ends),       cmocka_unit_test(test_stop_strings),
    cmocka_unit_test(test_characters), cmocka_unit_test(test_cut_character),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
