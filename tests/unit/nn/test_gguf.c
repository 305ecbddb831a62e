#include "test.h"

#include <math.h>

#include "nn/gguf.h"
#include "nn/model_config.h"
#include "weight_bytes.h"

static struct buf fresh(void)
{
  struct buf bytes;
  buf_init(&bytes, 1 << 20);
  return bytes;
}

static void expect_refusal(struct buf *bytes, const char *message)
{
  struct err err = { 0 };
  struct gguf gguf;
  if (gguf_parse(&gguf, buf_str(bytes), &err) == 0)
    fail_msg("accepted what should be refused with '%s'", message);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, message))
    fail_msg("says '%s', not '%s'", err.msg, message);
  buf_release(bytes);
}

/* ---- metadata ---- */

static void put_scalars(struct buf *b)
{
  put_key(b, "u8", GGUF_U8);
  put_le(b, 200, 1);
  put_key(b, "i8", GGUF_I8);
  put_le(b, 0xff, 1);
  put_key(b, "u16", GGUF_U16);
  put_le(b, 60000, 2);
  put_key(b, "i16", GGUF_I16);
  put_le(b, 0x8000, 2);
  put_u32(b, "u32", 4000000000u);
  put_key(b, "i32", GGUF_I32);
  put_le(b, (uint32_t)-5, 4);
  put_real(b, "f32", 0.5f);
  put_key(b, "bool", GGUF_BOOL);
  put_le(b, 1, 1);
  put_string(b, "text", "hello");
  put_key(b, "u64", GGUF_U64);
  put_le(b, UINT64_MAX, 8);
  put_key(b, "i64", GGUF_I64);
  put_le(b, (uint64_t)INT64_MIN, 8);
  put_key(b, "f64", GGUF_F64);
  put_le(b, 0x4008000000000000, 8); /* 3 */
}

static void reads_every_type(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf b = fresh();
  put_head(&b, 3, 0, 15);
  put_scalars(&b);
  put_array(&b, "texts", GGUF_STRING, 3);
  put_text(&b, "a");
  put_text(&b, "");
  put_text(&b, "ccc");
  put_array(&b, "ints", GGUF_I16, 2);
  put_le(&b, 0xfffe, 2);
  put_le(&b, 7, 2);
  put_array(&b, "none", GGUF_STRING, 0);
  struct gguf g;
  assert_ok(gguf_parse(&g, buf_str(&b), &err), err);
  static const struct {
    const char *key;
    int64_t value;
  } ints[] = { { "u8", 200 },     { "i8", -1 },          { "u16", 60000 },
               { "i16", -32768 }, { "u32", 4000000000 }, { "i32", -5 },
               { "bool", 1 },     { "i64", INT64_MIN },  { "f64", 3 } };
  int64_t whole;
  for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
    assert_true(gguf_int(gguf_find(&g, ints[i].key), &whole));
    assert_true(whole == ints[i].value);
  }
  double real;
  assert_true(gguf_real(gguf_find(&g, "f32"), &real) && real == 0.5);
  assert_true(gguf_real(gguf_find(&g, "i8"), &real) && real == -1);
  assert_false(gguf_int(gguf_find(&g, "f32"), &whole)); /* 0.5 is not whole */
  assert_false(gguf_int(gguf_find(&g, "u64"), &whole)); /* beyond int64 */
  assert_false(gguf_int(gguf_find(&g, "text"), &whole) || gguf_real(NULL, &real));
  assert_str_equal(gguf_string(gguf_find(&g, "text")), "hello");
  assert_false(str_present(gguf_string(gguf_find(&g, "u8"))));
  assert_null(gguf_find(&g, "missing"));
  struct str text;
  struct gguf_walk walk = gguf_walk_begin(gguf_find(&g, "texts"));
  assert_true(gguf_walk_string(&walk, &text) && str_equal(text, STR("a")));
  assert_true(gguf_walk_string(&walk, &text) && text.len == 0);
  assert_true(gguf_walk_string(&walk, &text) && str_equal(text, STR("ccc")));
  assert_false(gguf_walk_string(&walk, &text));
  walk = gguf_walk_begin(gguf_find(&g, "ints"));
  assert_false(gguf_walk_string(&walk, &text));
  assert_true(gguf_walk_int(&walk, &whole) && whole == -2);
  assert_true(gguf_walk_real(&walk, &real) && real == 7);
  assert_false(gguf_walk_int(&walk, &whole));
  walk = gguf_walk_begin(gguf_find(&g, "none"));
  assert_false(gguf_walk_string(&walk, &text));
  walk = gguf_walk_begin(gguf_find(&g, "u8"));
  assert_false(gguf_walk_int(&walk, &whole));
  gguf_close(&g);
  buf_release(&b);
}

static void refuses_other_files(void **state)
{
  (void)state;
  struct buf b = fresh();
  expect_refusal(&b, "no GGUF file");
  b = fresh();
  buf_add_cstr(&b, "GGML1234567890123456789012");
  expect_refusal(&b, "no GGUF file");
  b = fresh();
  buf_add_cstr(&b, "version https://git-lfs.github.com/spec/v1\noid");
  expect_refusal(&b, "git lfs pull");
  b = fresh();
  put_head(&b, 1, 0, 0);
  expect_refusal(&b, "version 1, of which 2 and 3 are read");
  b = fresh();
  put_head(&b, 0x03000000, 0, 0);
  expect_refusal(&b, "big-endian");
  b = fresh();
  put_head(&b, 4, 0, 0);
  expect_refusal(&b, "version 4");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_key(&b, "split.count", GGUF_U16);
  put_le(&b, 3, 2);
  expect_refusal(&b, "one of 3 parts");
}

static void refuses_huge_counts(void **state)
{
  (void)state;
  struct buf b = fresh();
  put_head(&b, 3, 0, UINT64_MAX);
  expect_refusal(&b, "claims 18446744073709551615 keys");
  b = fresh();
  put_head(&b, 3, UINT64_MAX, 0);
  expect_refusal(&b, "claims 18446744073709551615 tensors");
  b = fresh();
  put_head(&b, 3, 0, 2); /* fewer than the cap, more than the bytes can hold */
  put_u32(&b, "a", 1);
  expect_refusal(&b, "claims 2 keys");
  b = fresh();
  put_head(&b, 3, 2, 0);
  put_tensor(&b, "a", 0, NULL, 0, 0);
  expect_refusal(&b, "claims 2 tensors");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_array(&b, "list", GGUF_STRING, (uint64_t)1 << 60);
  expect_refusal(&b, "key 'list' claims 1152921504606846976 elements; ");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_array(&b, "list", GGUF_U64, 1 << 20);
  put_le(&b, 0, 8);
  expect_refusal(&b, "the file ends before them");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_array(&b, "list", GGUF_STRING, 1 << 20);
  put_text(&b, "x");
  expect_refusal(&b, "the file ends before them");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_key(&b, "text", GGUF_STRING);
  put_le(&b, UINT64_MAX - 3, 8);
  expect_refusal(&b, "ends inside key 'text'");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_le(&b, UINT64_MAX, 8);
  put_le(&b, 0, 8);
  expect_refusal(&b, "ends inside the metadata");
}

static void refuses_bad_metadata(void **state)
{
  (void)state;
  struct buf b = fresh();
  put_head(&b, 3, 0, 1);
  put_key(&b, "x", GGUF_TYPE_COUNT);
  put_le(&b, 0, 8);
  expect_refusal(&b, "has the type 13, which does not exist");
  b = fresh();
  put_head(&b, 3, 0, 2);
  put_u32(&b, "x", 1);
  put_u32(&b, "x", 2);
  expect_refusal(&b, "key 'x' stands there twice");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_array(&b, "x", GGUF_ARRAY, 0);
  expect_refusal(&b, "an array of type 9");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_u32(&b, "a\nb", 0);
  expect_refusal(&b, "control character");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_u32(&b, "general.alignment", 24);
  expect_refusal(&b, "'general.alignment' is 24");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_u32(&b, "general.alignment", 0);
  expect_refusal(&b, "'general.alignment' is 0");
  b = fresh();
  put_head(&b, 3, 0, 1);
  put_string(&b, "general.alignment", "x");
  expect_refusal(&b, "'general.alignment' is 0");
}

/* ---- tensors ---- */

enum { NO_KEYS = 0, TYPE_F32 = 0, TYPE_Q8_0 = 8, TYPE_Q2_K = 10 };

static void places_the_tensors(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf b = fresh();
  put_head(&b, 2, 3, 1);
  put_u32(&b, "general.alignment", 8);
  put_tensor(&b, "q", 2, (const uint64_t[]){ 64, 3 }, TYPE_Q8_0, 16);
  put_tensor(&b, "f", 1, (const uint64_t[]){ 3 }, TYPE_F32, 0);
  put_tensor(&b, "odd", 1, (const uint64_t[]){ 256 }, TYPE_Q2_K, 224);
  put_padding(&b, 8);
  size_t data_at = b.len;
  for (int i = 0; i < 16 + 208; i++)
    buf_add_char(&b, (char)i);
  struct gguf g;
  assert_ok(gguf_parse(&g, buf_str(&b), &err), err);
  assert_int_equal(g.version, 2);
  const struct weight *q = weights_find(&g.weights, STR("q"));
  assert_int_equal(q->type, WEIGHT_Q8_0);
  assert_int_equal(q->dims[0], 3); /* outermost first */
  assert_int_equal(q->dims[1], 64);
  assert_int_equal(q->n, 192);
  assert_int_equal(q->bytes.len, 6 * 34);
  assert_ptr_equal(q->bytes.ptr, b.ptr + data_at + 16);
  assert_int_equal(weights_find(&g.weights, STR("f"))->bytes.len, 12);
  const struct weight *odd = weights_find(&g.weights, STR("odd"));
  assert_int_equal(odd->type, WEIGHT_OTHER);
  assert_str_equal(odd->type_name, "GGUF's number 10");
  gguf_close(&g);
  /* without its last byte, the longest tensor is outside */
  for (size_t len = 0; len < data_at + 16 + 204; len++)
    assert_int_equal(gguf_parse(&g, str_slice(buf_str(&b), 0, len), &err), -1);
  buf_release(&b);
}

struct placed {
  uint32_t n_dims;
  uint64_t dims[4];
  uint32_t type;
  uint64_t offset;
  const char *message;
};
static const struct placed wrong_places[] = {
  { 1, { 3 }, TYPE_F32, 16, "no multiple of the alignment 32" },
  { 1, { 65 }, TYPE_F32, 0, "has 260 bytes at byte 0 of the data, which has 256" },
  { 1, { 3 }, TYPE_F32, 256, "has 12 bytes at byte 256" },
  { 1, { 3 }, TYPE_F32, UINT64_MAX - 31, "of the data, which has 256" },
  { 1, { 33 }, TYPE_Q8_0, 0, "rows of 33 elements" },
  { 2, { 16, 2 }, TYPE_Q8_0, 0, "rows of 16 elements" },
  { 5, { 1 }, TYPE_F32, 0, "claims 5 dimensions" },
  { 1, { UINT64_MAX }, TYPE_F32, 0, "a dimension of 18446744073709551615" },
  { 3, { 1u << 31, 1u << 31, 1u << 31 }, TYPE_F32, 0, "more than any memory" },
  { 2, { 1u << 30, 1u << 31 }, TYPE_F32, 0, "claims more bytes than any memory has" },
};

static void refuses_wrong_places(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof wrong_places / sizeof wrong_places[0]; i++) {
    const struct placed *p = &wrong_places[i];
    struct buf b = fresh();
    put_head(&b, 3, 1, NO_KEYS);
    put_tensor(&b, "x", p->n_dims > 4 ? 4 : p->n_dims, p->dims, p->type, p->offset);
    if (p->n_dims > 4)
      b.ptr[24 + 8 + 1] = (char)p->n_dims;
    put_padding(&b, 32);
    for (int k = 0; k < 256; k++)
      buf_add_char(&b, 0);
    expect_refusal(&b, p->message);
  }
}

static void refuses_overlaps_and_doubles(void **state)
{
  (void)state;
  for (int turn = 0; turn < 2; turn++) {
    struct buf b = fresh();
    put_head(&b, 3, 2, NO_KEYS);
    put_tensor(&b, "a", 1, (const uint64_t[]){ turn ? 8 : 9 }, TYPE_F32, 0);
    put_tensor(&b, turn ? "a" : "b", 1, (const uint64_t[]){ 8 }, TYPE_F32, 32);
    put_padding(&b, 32);
    for (int k = 0; k < 64; k++)
      buf_add_char(&b, 0);
    expect_refusal(&b, turn ? "tensor 'a' stands there twice" : "tensor 'b' overlaps");
  }
}

/* ---- vocabulary ---- */

static void put_vocab(struct buf *b, uint64_t n_scores, int32_t type)
{
  put_string(b, "tokenizer.ggml.model", "llama");
  put_string(b, "tokenizer.ggml.pre", "default");
  put_array(b, "tokenizer.ggml.tokens", GGUF_STRING, 2);
  put_text(b, "<s>");
  put_text(b, "ab");
  put_array(b, "tokenizer.ggml.scores", GGUF_F32, n_scores);
  for (uint64_t i = 0; i < n_scores; i++)
    put_f32(b, -1.5f * (float)i);
  put_array(b, "tokenizer.ggml.token_type", GGUF_I32, 2);
  put_le(b, 3, 4);
  put_le(b, (uint32_t)type, 4);
  put_array(b, "tokenizer.ggml.merges", GGUF_STRING, 1);
  put_text(b, "a b");
  put_u32(b, "tokenizer.ggml.bos_token_id", 0);
  put_u32(b, "tokenizer.ggml.eos_token_id", 2); /* beside the vocabulary */
  put_key(b, "tokenizer.ggml.add_bos_token", GGUF_BOOL);
  put_le(b, 1, 1);
}

static void gives_the_vocabulary(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf b = fresh();
  put_head(&b, 3, 0, 9);
  put_vocab(&b, 2, 1);
  struct gguf g;
  struct gguf_vocab v;
  assert_ok(gguf_parse(&g, buf_str(&b), &err), err);
  assert_ok(gguf_vocab(&g, &v, &err), err);
  assert_str_equal(v.model, "llama");
  assert_str_equal(v.pre, "default");
  assert_int_equal(v.n_tokens, 2);
  assert_str_equal(v.tokens[1], "ab");
  assert_true(v.scores[1] == -1.5f);
  assert_int_equal(v.types[0], GGUF_TOKEN_CONTROL);
  assert_int_equal(v.n_merges, 1);
  assert_str_equal(v.merges[0], "a b");
  assert_int_equal(v.bos, 0);
  assert_int_equal(v.eos, -1);
  assert_int_equal(v.add_bos, 1);
  assert_int_equal(v.add_eos, -1);
  assert_false(str_present(v.chat_template));
  gguf_close(&g);
  buf_release(&b);
}

static void refuses_bad_vocabularies(void **state)
{
  (void)state;
  static const char *const messages[] = {
    "'tokenizer.ggml.scores' has 3 elements for 2 tokens",
    "token 1 has the type 9",
    "it has no vocabulary",
  };
  for (int turn = 0; turn < 3; turn++) {
    struct err err = { 0 };
    struct buf b = fresh();
    put_head(&b, 3, 0, turn == 2 ? 0 : 9);
    if (turn < 2)
      put_vocab(&b, turn == 0 ? 3 : 2, turn == 1 ? 9 : 1);
    struct gguf g;
    struct gguf_vocab v;
    assert_ok(gguf_parse(&g, buf_str(&b), &err), err);
    assert_int_equal(gguf_vocab(&g, &v, &err), -1);
    if (!strstr(err.msg, messages[turn]))
      fail_msg("says '%s', not '%s'", err.msg, messages[turn]);
    gguf_close(&g);
    buf_release(&b);
  }
}

/* ---- config ---- */

/* What a case changes of a good model's metadata: a key's value, or the key left out. */
struct change {
  const char *key;
  int64_t value; /* -1: left out */
  const char *message;
};

static const struct {
  const char *key;
  uint32_t value;
} good[] = {
  { "context_length", 128 },     { "embedding_length", 32 },
  { "block_count", 2 },          { "feed_forward_length", 48 },
  { "attention.head_count", 4 }, { "attention.head_count_kv", 2 },
  { "rope.dimension_count", 8 }, { "expert_count", 0 },
};
enum { N_GOOD = sizeof good / sizeof good[0] };

static void put_config(struct buf *b, const char *arch, const struct change *change)
{
  bool out = change && change->value < 0;
  put_head(b, 3, 1, 3 + N_GOOD - (out ? 1 : 0));
  put_string(b, "general.architecture", arch);
  for (size_t i = 0; i < N_GOOD; i++) {
    bool changed = change && strcmp(change->key, good[i].key) == 0;
    if (changed && out)
      continue;
    char key[80];
    snprintf(key, sizeof key, "%s.%s", arch, good[i].key);
    put_u32(b, key, changed ? (uint32_t)change->value : good[i].value);
  }
  char key[80];
  snprintf(key, sizeof key, "%s.attention.layer_norm_rms_epsilon", arch);
  put_real(b, key, 1e-5f);
  put_u32(b, "tokenizer.ggml.eos_token_id", 2);
  put_tensor(b, "token_embd.weight", 2, (const uint64_t[]){ 32, 10 }, TYPE_F32, 0);
  put_padding(b, 32);
  for (int i = 0; i < 10 * 32; i++)
    put_f32(b, 0);
}

static int config_of(struct buf *b, struct model_config *config, struct err *err)
{
  struct gguf g;
  assert_ok(gguf_parse(&g, buf_str(b), err), *err);
  int rc = model_config_from_gguf(config, &g, err);
  gguf_close(&g);
  buf_release(b);
  return rc;
}

static void reads_a_config(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct model_config c;
  struct buf b = fresh();
  put_config(&b, "llama", NULL);
  assert_ok(config_of(&b, &c, &err), err);
  assert_int_equal(c.arch, MODEL_LLAMA);
  assert_int_equal(c.hidden, 32);
  assert_int_equal(c.layers, 2);
  assert_int_equal(c.heads, 4);
  assert_int_equal(c.kv_heads, 2);
  assert_int_equal(c.head_dim, 8);
  assert_int_equal(c.intermediate, 48);
  assert_int_equal(c.vocab, 10);
  assert_int_equal(c.max_positions, 128);
  assert_true(c.tied && c.lm_head && !c.qkv_bias && !c.qk_norm);
  assert_true(fabs(c.rms_eps - 1e-5) < 1e-11 && c.rope.theta == 10000);
  assert_int_equal(c.n_eos, 1);
  assert_int_equal(c.eos[0], 2);
  assert_int_equal(c.bos, -1);
  b = fresh();
  put_config(&b, "qwen3", NULL);
  assert_ok(config_of(&b, &c, &err), err);
  assert_true(c.arch == MODEL_QWEN3 && c.qk_norm);
}

static void refuses_bad_configs(void **state)
{
  (void)state;
  static const struct change changes[] = {
    { "block_count", -1, "no whole number 'llama.block_count'" },
    { "block_count", 0, "the number of layers is 0" },
    { "block_count", 4000000000, "out of all range" },
    { "attention.head_count", 0, "the number of heads is 0" },
    { "attention.head_count_kv", 3, "evenly" },
    { "rope.dimension_count", 4, "only equal ones are done" },
    { "expert_count", 8, "a mixture of 8 experts" },
    { "embedding_length", 70000, "only equal ones are done" },
  };
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    struct err err = { 0 };
    struct model_config c;
    struct buf b = fresh();
    put_config(&b, "llama", &changes[i]);
    assert_int_equal(config_of(&b, &c, &err), -1);
    if (!strstr(err.msg, changes[i].message))
      fail_msg("%s: says '%s', not '%s'", changes[i].key, err.msg, changes[i].message);
  }
  struct err err = { 0 };
  struct model_config c;
  struct buf b = fresh();
  put_config(&b, "gemma3", NULL);
  assert_int_equal(config_of(&b, &c, &err), -1);
  assert_non_null(strstr(err.msg, "'gemma3' does not run here"));
}

/* Counts for each layer: alike they are one count, else the model is another. */
static void reads_counts_by_layer(void **state)
{
  (void)state;
  const struct change left_out = { "attention.head_count_kv", -1, NULL };
  for (int turn = 0; turn < 2; turn++) {
    struct err err = { 0 };
    struct model_config c;
    struct buf rest = fresh(), b = fresh();
    put_config(&rest, "llama", &left_out);
    put_head(&b, 3, 1, 3 + N_GOOD);
    put_array(&b, "llama.attention.head_count_kv", GGUF_U32, 2);
    put_le(&b, 1, 4);
    put_le(&b, turn ? 2 : 1, 4);
    buf_add(&b, str_slice(buf_str(&rest), 24, rest.len));
    put_padding(&b, 32);
    buf_release(&rest);
    int rc = config_of(&b, &c, &err);
    assert_int_equal(rc, turn ? -1 : 0);
    if (turn)
      assert_non_null(strstr(err.msg, "differs between layers"));
    else
      assert_int_equal(c.kv_heads, 1);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_every_type),
    cmocka_unit_test(refuses_other_files),
    cmocka_unit_test(refuses_huge_counts),
    cmocka_unit_test(refuses_bad_metadata),
    cmocka_unit_test(places_the_tensors),
    cmocka_unit_test(refuses_wrong_places),
    cmocka_unit_test(refuses_overlaps_and_doubles),
    cmocka_unit_test(gives_the_vocabulary),
    cmocka_unit_test(refuses_bad_vocabularies),
    cmocka_unit_test(reads_a_config),
    cmocka_unit_test(refuses_bad_configs),
    cmocka_unit_test(reads_counts_by_layer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
