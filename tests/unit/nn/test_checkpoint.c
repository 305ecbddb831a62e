#include "test.h"

#include <math.h>

#include "nn/checkpoint.h"
#include "nn/dequant.h"
#include "nn/model_tensors.h"
#include "nn/safetensors.h"
#include "weight_bytes.h"

/* ---- a small model on disk ---- */

struct toy {
  char dir[64];
  struct model_config config;
};

static void toy_path(const struct toy *toy, const char *name, char out[160])
{
  snprintf(out, 160, "%s/%s", toy->dir, name);
}

static void toy_write(const struct toy *toy, const char *name, const char *text)
{
  struct err err = { 0 };
  char path[160];
  toy_path(toy, name, path);
  assert_ok(fs_write(path, str_from(text), &err), err);
}

#define SIZES                                                             \
  "\"hidden_size\":32,\"num_hidden_layers\":2,\"num_attention_heads\":4," \
  "\"num_key_value_heads\":2,\"intermediate_size\":64,\"vocab_size\":10," \
  "\"max_position_embeddings\":64,\"rms_norm_eps\":1e-5"
#define CONFIG(arch, more) "{\"architectures\":[\"" arch "\"]," SIZES more "}"
#define LLAMA              CONFIG("LlamaForCausalLM", ",\"tie_word_embeddings\":true")

static struct toy toy_begin(const char *config)
{
  struct err err = { 0 };
  struct toy toy;
  snprintf(toy.dir, sizeof toy.dir, "%s", test_folder());
  assert_ok(model_config_parse(&toy.config, str_from(config), &err), err);
  toy_write(&toy, "config.json", config);
  return toy;
}

static void toy_end(const struct toy *toy)
{
  struct err err = { 0 };
  struct fs_list list;
  assert_ok(fs_list(&list, toy->dir, &err), err);
  for (size_t i = 0; i < list.count; i++) {
    char path[160];
    toy_path(toy, list.names[i], path);
    unlink(path);
  }
  fs_list_free(&list);
  assert_int_equal(rmdir(toy->dir), 0);
}

/* Element i of a tensor: exact in every float type, different between tensors. */
static float value_of(const char *name, size_t i)
{
  return (float)((hash_fast(str_from(name)) + i * 7) % 255) - 127;
}

struct weights_file {
  const char *name; /* in the folder */
  enum weight_type type;
  size_t from, to;       /* which of the config's tensors */
  const char *leave_out; /* or NULL */
  const char *widen;     /* its first dimension is one larger; or NULL */
  const char *spoil;     /* its fourth element becomes this: */
  float spoilt;
  const char *column; /* a vector that stands there as a matrix of one column; or NULL */
  const char *extra;  /* a tensor of one element besides; or NULL */
};

static size_t entries_of(const struct toy *toy, const struct weights_file *file,
                         struct model_tensor *tensors, struct safetensors_entry *entries)
{
  size_t n = 0;
  struct model_tensor t;
  for (size_t i = file->from; i < file->to && model_tensor_at(&toy->config, i, &t); i++) {
    if (file->leave_out && strcmp(t.name, file->leave_out) == 0)
      continue;
    tensors[n] = t;
    if (file->widen && strcmp(t.name, file->widen) == 0)
      tensors[n].dims[0]++;
    if (file->column && strcmp(t.name, file->column) == 0)
      tensors[n].n_dims = 2;
    n++;
  }
  if (file->extra) {
    tensors[n] = (struct model_tensor){ .n_dims = 1, .dims = { 1, 1 } };
    snprintf(tensors[n++].name, MODEL_TENSOR_NAME_SIZE, "%s", file->extra);
  }
  for (size_t i = 0; i < n; i++)
    entries[i] = (struct safetensors_entry){ str_from(tensors[i].name),
                                             file->type,
                                             tensors[i].n_dims,
                                             { tensors[i].dims[0], tensors[i].dims[1] } };
  return n;
}

static void put_value(struct buf *out, enum weight_type type, float value)
{
  if (type == WEIGHT_F32)
    put_f32(out, value);
  else
    put_le(out, type == WEIGHT_F16 ? half_from_float(value) : bfloat_from_float(value),
           2);
}

static void toy_weights(const struct toy *toy, struct weights_file file)
{
  enum { MOST = 64 };
  struct err err = { 0 };
  struct model_tensor tensors[MOST];
  struct safetensors_entry entries[MOST];
  char path[160];
  toy_path(toy, file.name, path);
  size_t n = entries_of(toy, &file, tensors, entries);
  struct safetensors_writer *writer =
      safetensors_writer_open(path, entries, n, NULL, 0, &err);
  assert_non_null(writer);
  for (size_t k = 0; k < n; k++) {
    struct buf bytes;
    buf_init(&bytes, 1 << 20);
    size_t count = (size_t)(tensors[k].dims[0] * tensors[k].dims[1]);
    bool spoil = file.spoil && strcmp(file.spoil, tensors[k].name) == 0;
    for (size_t i = 0; i < count; i++)
      put_value(&bytes, file.type,
                spoil && i == 3 ? file.spoilt : value_of(tensors[k].name, i));
    assert_ok(safetensors_writer_put(writer, entries[k].name, buf_str(&bytes), &err),
              err);
    buf_release(&bytes);
  }
  assert_ok(safetensors_writer_finish(writer, &err), err);
}

static struct weights_file whole(enum weight_type type)
{
  return (
      struct weights_file){ .name = "model.safetensors", .type = type, .to = SIZE_MAX };
}

static void expect_values(const struct checkpoint *checkpoint)
{
  struct err err = { 0 };
  struct model_tensor t;
  for (size_t i = 0; model_tensor_at(checkpoint_config(checkpoint), i, &t); i++) {
    size_t n = (size_t)(t.dims[0] * t.dims[1]);
    float *values = mem_alloc(n * sizeof *values);
    assert_ok(checkpoint_read_f32(checkpoint, str_from(t.name), values, n, &err), err);
    for (size_t k = 0; k < n; k++)
      if (values[k] != value_of(t.name, k))
        fail_msg("%s[%zu] is %g", t.name, k, (double)values[k]);
    free(values);
  }
}

static struct checkpoint *opened(const char *path)
{
  struct err err = { 0 };
  struct checkpoint *checkpoint = checkpoint_open(path, &err);
  if (!checkpoint)
    fail_msg("%s", err.msg);
  return checkpoint;
}

static void expect_refusal(const char *path, const char *message)
{
  struct err err = { 0 };
  struct checkpoint *checkpoint = checkpoint_open(path, &err);
  if (checkpoint)
    fail_msg("opened what should be refused with '%s'", message);
  if (!strstr(err.msg, message))
    fail_msg("says '%s', not '%s'", err.msg, message);
  assert_non_null(strstr(err.msg, path)); /* every message names the file */
}

/* ---- folders ---- */

static void reads_each_float_type(void **state)
{
  (void)state;
  static const enum weight_type types[] = { WEIGHT_F32, WEIGHT_F16, WEIGHT_BF16 };
  for (size_t i = 0; i < COUNT(types); i++) {
    struct toy toy = toy_begin(LLAMA);
    toy_weights(&toy, whole(types[i]));
    struct checkpoint *checkpoint = opened(toy.dir);
    assert_string_equal(checkpoint_path(checkpoint), toy.dir);
    assert_null(checkpoint_gguf(checkpoint));
    assert_int_equal(checkpoint_count(checkpoint), 1 + 2 * 9 + 1);
    const struct checkpoint_tensor *q =
        checkpoint_tensor(checkpoint, STR("model.layers.1.self_attn.q_proj.weight"));
    assert_non_null(q);
    assert_int_equal(q->weight.type, types[i]);
    assert_int_equal(q->interleaved_heads, 0);
    assert_null(checkpoint_tensor(checkpoint, STR("lm_head.weight")));
    expect_values(checkpoint);
    checkpoint_close(checkpoint);
    toy_end(&toy);
  }
}

static void reads_rows(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct toy toy = toy_begin(LLAMA);
  toy_weights(&toy, whole(WEIGHT_F16));
  struct checkpoint *checkpoint = opened(toy.dir);
  const struct checkpoint_tensor *t =
      checkpoint_tensor(checkpoint, STR("model.embed_tokens.weight"));
  float rows[3 * 32];
  assert_ok(checkpoint_read_rows(t, 4, 3, rows, &err), err);
  for (size_t i = 0; i < COUNT(rows); i++)
    assert_true(rows[i] == value_of("model.embed_tokens.weight", 4 * 32 + i));
  assert_int_equal(checkpoint_read_rows(t, 8, 3, rows, &err), -1);
  assert_int_equal(checkpoint_read_rows(t, -1, 1, rows, &err), -1);
  assert_ok(checkpoint_read_rows(t, 10, 0, rows, &err), err);
  assert_int_equal(
      checkpoint_read_f32(checkpoint, STR("model.norm.weight"), rows, 31, &err), -1);
  assert_non_null(strstr(err.msg, "has 32 elements, not 31"));
  assert_int_equal(checkpoint_read_f32(checkpoint, STR("nothing"), rows, 1, &err), -1);
  assert_non_null(strstr(err.msg, "no tensor 'nothing'"));
  checkpoint_close(checkpoint);
  toy_end(&toy);
}

static void refuses_what_does_not_match(void **state)
{
  (void)state;
  static const struct {
    struct weights_file file;
    const char *message;
  } cases[] = {
    { { .widen = "model.layers.0.mlp.up_proj.weight" },
      "config does not match the weights: tensor 'model.layers.0.mlp.up_proj.weight' is 65x32, "
      "expected 64x32" },
    { { .leave_out = "model.layers.1.input_layernorm.weight" },
      "tensor 'model.layers.1.input_layernorm.weight' is missing" },
    { { .extra = "model.layers.2.mlp.up_proj.weight" },
      "tensor 'model.layers.2.mlp.up_proj.weight' (1) is none of a LlamaForCausalLM of 2" },
    { { .extra = "model.layers.0.self_attn.q_proj.bias" },
      "is none of a LlamaForCausalLM" },
    { { .column = "model.norm.weight" },
      "tensor 'model.norm.weight' is 32x1, expected 32" },
    { { .extra = "score.weight" }, "tensor 'score.weight' is 1, expected 1x32" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct toy toy = toy_begin(LLAMA);
    struct weights_file file = cases[i].file;
    file.name = "model.safetensors";
    file.to = SIZE_MAX;
    toy_weights(&toy, file);
    expect_refusal(toy.dir, cases[i].message);
    toy_end(&toy);
  }
}

static void tolerates_what_is_not_used(void **state)
{
  (void)state;
  static const char *const extras[] = { "lm_head.weight",
                                        "model.layers.0.self_attn.rotary_emb.inv_freq" };
  for (size_t i = 0; i < COUNT(extras); i++) {
    struct toy toy = toy_begin(LLAMA);
    struct weights_file file = whole(WEIGHT_F32);
    file.extra = extras[i];
    toy_weights(&toy, file);
    struct checkpoint *checkpoint = opened(toy.dir);
    assert_null(checkpoint_tensor(checkpoint, str_from(extras[i])));
    checkpoint_close(checkpoint);
    toy_end(&toy);
  }
}

static void refuses_weights_that_are_no_numbers(void **state)
{
  (void)state;
  static const enum weight_type types[] = { WEIGHT_F32, WEIGHT_F16, WEIGHT_BF16 };
  for (size_t i = 0; i < 2 * COUNT(types); i++) {
    struct err err = { 0 };
    struct toy toy = toy_begin(LLAMA);
    struct weights_file file = whole(types[i / 2]);
    file.spoil = "model.norm.weight";
    file.spoilt = i % 2 ? -INFINITY : NAN;
    toy_weights(&toy, file);
    struct checkpoint *checkpoint = opened(toy.dir);
    float values[32];
    assert_int_equal(
        checkpoint_read_f32(checkpoint, STR("model.norm.weight"), values, 32, &err), -1);
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(
        strstr(err.msg, i % 2 ? "element 3 of tensor 'model.norm.weight' is infinite"
                              : "element 3 of tensor 'model.norm.weight' is not a "
                                "number"));
    assert_non_null(strstr(err.msg, "model.safetensors"));
    checkpoint_close(checkpoint);
    toy_end(&toy);
  }
}

static void value_networks(void **state)
{
  (void)state;
  struct toy toy =
      toy_begin(CONFIG("LlamaForSequenceClassification", ",\"num_labels\":1"));
  toy_weights(&toy, whole(WEIGHT_F32));
  struct checkpoint *checkpoint = opened(toy.dir);
  assert_non_null(checkpoint_tensor(checkpoint, STR("score.weight")));
  assert_null(checkpoint_tensor(checkpoint, STR("lm_head.weight")));
  expect_values(checkpoint);
  checkpoint_close(checkpoint);
  toy_end(&toy);
  /* a score beside the head for tokens */
  toy = toy_begin(LLAMA);
  toy.config.score = true;
  toy_weights(&toy, whole(WEIGHT_F32));
  checkpoint = opened(toy.dir);
  assert_true(checkpoint_config(checkpoint)->score &&
              checkpoint_config(checkpoint)->lm_head);
  expect_values(checkpoint);
  checkpoint_close(checkpoint);
  toy_end(&toy);
}

/* ---- shards ---- */

static void write_index(const struct toy *toy, const char *wrong_name,
                        const char *wrong_file)
{
  struct buf text;
  buf_init(&text, 1 << 16);
  struct model_tensor t;
  buf_add_cstr(&text, "{\"metadata\":{},\"weight_map\":{");
  for (size_t i = 0; model_tensor_at(&toy->config, i, &t); i++)
    buf_printf(&text, "%s\"%s\":\"%s\"", i ? "," : "", t.name,
               wrong_name && strcmp(wrong_name, t.name) == 0 ? wrong_file
               : i < 7 ? "model-00001-of-00002.safetensors"
                       : "model-00002-of-00002.safetensors");
  buf_add_cstr(&text, "}}");
  toy_write(toy, "model.safetensors.index.json", text.ptr);
  buf_release(&text);
}

static struct toy sharded(void)
{
  struct toy toy = toy_begin(LLAMA);
  struct weights_file file = whole(WEIGHT_BF16);
  file.name = "model-00001-of-00002.safetensors";
  file.to = 7;
  toy_weights(&toy, file);
  file = whole(WEIGHT_F32);
  file.name = "model-00002-of-00002.safetensors";
  file.from = 7;
  toy_weights(&toy, file);
  write_index(&toy, NULL, NULL);
  return toy;
}

static void reads_shards(void **state)
{
  (void)state;
  struct toy toy = sharded();
  struct checkpoint *checkpoint = opened(toy.dir);
  expect_values(checkpoint);
  checkpoint_close(checkpoint);
  toy_end(&toy);
}

static void refuses_bad_shards(void **state)
{
  (void)state;
  const char *norm = "model.norm.weight";
  struct toy toy = sharded();
  write_index(&toy, norm, "model-00001-of-00002.safetensors");
  expect_refusal(toy.dir, "tensor 'model.norm.weight' is not in 'model-00001-of-00002");
  write_index(&toy, norm, "../model.safetensors");
  expect_refusal(toy.dir, "no plain .safetensors name");
  write_index(&toy, norm, "sub/model.safetensors");
  expect_refusal(toy.dir, "no plain .safetensors name");
  write_index(&toy, norm, ".safetensors");
  expect_refusal(toy.dir, "no plain .safetensors name");
  write_index(&toy, norm, "model.bin");
  expect_refusal(toy.dir, "no plain .safetensors name");
  write_index(&toy, norm, "absent.safetensors");
  expect_refusal(toy.dir, "cannot open");
  toy_write(&toy, "model.safetensors.index.json", "{\"weight_map\":7}");
  expect_refusal(toy.dir, "'weight_map' should be an object");
  toy_write(&toy, "model.safetensors.index.json", "{");
  expect_refusal(toy.dir, "not JSON");
  /* both shards with all tensors */
  struct weights_file file = whole(WEIGHT_F32);
  file.name = "model-00001-of-00002.safetensors";
  toy_weights(&toy, file);
  write_index(&toy, NULL, NULL);
  expect_refusal(toy.dir, "stands in");
  toy_end(&toy);
}

static void refuses_other_folders(void **state)
{
  (void)state;
  struct toy toy = toy_begin(LLAMA);
  expect_refusal(toy.dir, "no model.safetensors; give a complete model's folder");
  toy_write(&toy, "pytorch_model.bin", "x");
  expect_refusal(toy.dir, "pickled weights can run code");
  toy_write(&toy, "x.gguf", "x");
  toy_write(&toy, "model.safetensors", "");
  expect_refusal(toy.dir, "0 bytes are no safetensors");
  toy_write(&toy, "generation_config.json", "[");
  expect_refusal(toy.dir, "generation_config.json");
  toy_write(&toy, "config.json", "{\"architectures\":[\"X\"]}");
  expect_refusal(toy.dir, "'X' does not run here");
  char path[160];
  toy_path(&toy, "config.json", path);
  expect_refusal(path, "give the folder that it is in");
  unlink(path);
  expect_refusal(toy.dir, "it has no config.json");
  toy_path(&toy, "x.gguf", path);
  expect_refusal(path, "no GGUF file");
  expect_refusal("/nonexistent/model", "no such file or folder");
  toy_end(&toy);
}

static void hashes_all_files(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct toy toy = sharded();
  struct checkpoint *checkpoint = opened(toy.dir);
  struct sha256_hex hash, again;
  assert_ok(checkpoint_hash(checkpoint, &hash, &err), err);
  /* sha256sum's listing of the files, sorted, hashed */
  static const char *const names[] = { "config.json", "model-00001-of-00002.safetensors",
                                       "model-00002-of-00002.safetensors",
                                       "model.safetensors.index.json" };
  struct buf list;
  buf_init(&list, 4096);
  for (size_t i = 0; i < COUNT(names); i++) {
    char path[160];
    struct sha256_hex one;
    toy_path(&toy, names[i], path);
    assert_ok(sha256_file(path, &one, &err), err);
    buf_printf(&list, "%s  %s\n", one.text, names[i]);
  }
  assert_string_equal(hash.text, sha256_of(buf_str(&list)).text);
  buf_release(&list);
  checkpoint_close(checkpoint);
  toy_write(&toy, "generation_config.json", "{}");
  checkpoint = opened(toy.dir);
  assert_ok(checkpoint_hash(checkpoint, &again, &err), err);
  assert_string_not_equal(again.text, hash.text);
  checkpoint_close(checkpoint);
  toy_end(&toy);
}

/* ---- GGUF ---- */

/* llama.cpp's converter, from its own definition: the rows of a head as (2, half) become
 * (half, 2). */
static size_t converted_row(size_t row, size_t per_head)
{
  size_t head = row / per_head, in_head = row % per_head;
  size_t pair = in_head / 2, side = in_head % 2;
  return head * per_head + side * (per_head / 2) + pair; /* Hugging Face's row */
}

static void put_tensor_values(struct buf *b, const struct model_tensor *t, bool permuted,
                              bool quantised)
{
  size_t width = t->n_dims == 2 ? (size_t)t->dims[1] : 1, rows = (size_t)t->dims[0];
  for (size_t r = 0; r < rows; r++) {
    size_t from = permuted && t->rotary_heads
                      ? converted_row(r, rows / (size_t)t->rotary_heads)
                      : r;
    for (size_t i = 0; i < width; i++) {
      if (quantised && i % 32 == 0)
        put_le(b, 0x3c00, 2); /* a scale of 1 */
      float value = value_of(t->name, from * width + i);
      if (quantised)
        buf_add_char(b, (char)(signed char)value);
      else
        put_f32(b, value);
    }
  }
}

struct gguf_case {
  const char *arch;
  bool quantised;        /* the matrices as Q8_0 */
  const float *divisors; /* rope_freqs.weight, 4 values; or NULL */
  const char *leave_out;
};

static void put_metadata(struct buf *b, const char *arch)
{
  static const struct {
    const char *key;
    uint32_t value;
  } sizes[] = { { "context_length", 64 },      { "embedding_length", 32 },
                { "block_count", 2 },          { "feed_forward_length", 64 },
                { "attention.head_count", 4 }, { "attention.head_count_kv", 2 } };
  char key[80];
  put_string(b, "general.architecture", arch);
  for (size_t i = 0; i < COUNT(sizes); i++) {
    snprintf(key, sizeof key, "%s.%s", arch, sizes[i].key);
    put_u32(b, key, sizes[i].value);
  }
  snprintf(key, sizeof key, "%s.attention.layer_norm_rms_epsilon", arch);
  put_real(b, key, 1e-5f);
}

/* The toy model as a .gguf: first the list of tensors, then their values. */
static void write_gguf(const struct toy *toy, const char *name, struct gguf_case c)
{
  struct err err = { 0 };
  struct buf b, data;
  buf_init(&b, 1 << 20);
  buf_init(&data, 1 << 20);
  size_t n = c.divisors ? 1 : 0;
  struct model_tensor t;
  for (size_t i = 0; model_tensor_at(&toy->config, i, &t); i++)
    n += !(c.leave_out && strcmp(c.leave_out, t.name) == 0);
  put_head(&b, 3, n, 8);
  put_metadata(&b, c.arch);
  bool permuted = strcmp(c.arch, "llama") == 0;
  for (size_t i = 0; model_tensor_at(&toy->config, i, &t); i++) {
    if (c.leave_out && strcmp(c.leave_out, t.name) == 0)
      continue;
    const uint64_t dims[2] = { (uint64_t)t.dims[t.n_dims - 1], (uint64_t)t.dims[0] };
    bool quantised = c.quantised && t.n_dims == 2;
    put_tensor(&b, t.gguf, (uint32_t)t.n_dims, dims, quantised ? 8 : 0, data.len);
    put_tensor_values(&data, &t, permuted, quantised);
    put_padding(&data, 32);
  }
  if (c.divisors) {
    put_tensor(&b, "rope_freqs.weight", 1, (const uint64_t[]){ 4 }, 0, data.len);
    for (int i = 0; i < 4; i++)
      put_f32(&data, c.divisors[i]);
  }
  put_padding(&b, 32);
  buf_add(&b, buf_str(&data));
  char path[160];
  toy_path(toy, name, path);
  assert_ok(fs_write(path, buf_str(&b), &err), err);
  buf_release(&b);
  buf_release(&data);
}

static void a_gguf_is_the_same_model(void **state)
{
  (void)state;
  static const struct {
    const char *config, *arch;
  } models[] = {
    { LLAMA, "llama" },
    { CONFIG("LlamaForCausalLM", ",\"attention_bias\":true,\"mlp_bias\":true"), "llama" },
    { CONFIG("Qwen2ForCausalLM", ""), "qwen2" },
    { CONFIG("Qwen3ForCausalLM", ",\"head_dim\":8"), "qwen3" },
  };
  for (size_t i = 0; i < 2 * COUNT(models); i++) {
    struct toy toy = toy_begin(models[i / 2].config);
    char path[160];
    toy_path(&toy, "toy.gguf", path);
    write_gguf(&toy, "toy.gguf",
               (struct gguf_case){ models[i / 2].arch, i % 2, NULL, NULL });
    struct checkpoint *checkpoint = opened(path);
    const struct model_config *c = checkpoint_config(checkpoint);
    assert_int_equal(c->arch, toy.config.arch);
    assert_int_equal(c->head_dim, 8);
    assert_true(c->tied == toy.config.tied && c->qkv_bias == toy.config.qkv_bias &&
                c->o_bias == toy.config.o_bias && c->mlp_bias == toy.config.mlp_bias);
    assert_non_null(checkpoint_gguf(checkpoint));
    expect_values(checkpoint);
    struct err err = { 0 };
    struct sha256_hex hash, file;
    assert_ok(checkpoint_hash(checkpoint, &hash, &err), err);
    assert_ok(sha256_file(path, &file, &err), err);
    assert_string_equal(hash.text, file.text);
    checkpoint_close(checkpoint);
    toy_end(&toy);
  }
}

static void a_gguf_row_by_row(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct toy toy = toy_begin(CONFIG("LlamaForCausalLM", ",\"attention_bias\":true"));
  char path[160];
  toy_path(&toy, "toy.gguf", path);
  write_gguf(&toy, "toy.gguf", (struct gguf_case){ "llama", true, NULL, NULL });
  struct checkpoint *checkpoint = opened(path);
  const char *name = "model.layers.1.self_attn.q_proj.weight";
  const struct checkpoint_tensor *q = checkpoint_tensor(checkpoint, str_from(name));
  assert_int_equal(q->interleaved_heads, 4);
  float row[32];
  for (size_t r = 0; r < 32; r++) {
    assert_ok(checkpoint_read_rows(q, (int64_t)r, 1, row, &err), err);
    for (size_t i = 0; i < 32; i++)
      assert_true(row[i] == value_of(name, r * 32 + i));
  }
  const char *bias = "model.layers.1.self_attn.k_proj.bias";
  assert_ok(checkpoint_read_rows(checkpoint_tensor(checkpoint, str_from(bias)), 0, 1, row,
                                 &err),
            err);
  for (size_t i = 0; i < 16; i++)
    assert_true(row[i] == value_of(bias, i));
  checkpoint_close(checkpoint);
  toy_end(&toy);
}

static void a_gguf_with_rope_divisors(void **state)
{
  (void)state;
  static const float divisors[] = { 1, 2, 4, 8 }, bad[] = { 1, 2, 0, 8 };
  struct toy toy = toy_begin(LLAMA);
  char path[160];
  toy_path(&toy, "toy.gguf", path);
  write_gguf(&toy, "toy.gguf", (struct gguf_case){ "llama", false, divisors, NULL });
  struct checkpoint *checkpoint = opened(path);
  const struct rope *rope = &checkpoint_config(checkpoint)->rope;
  assert_int_equal(rope->kind, ROPE_DIVISORS);
  assert_true(fabs(rope_frequency(rope, 8, 2) - 0.01 / 4) < 1e-12);
  checkpoint_close(checkpoint);
  write_gguf(&toy, "toy.gguf", (struct gguf_case){ "llama", false, bad, NULL });
  expect_refusal(path, "element 2 of tensor 'rope_freqs.weight' is 0");
  write_gguf(
      &toy, "toy.gguf",
      (struct gguf_case){ "llama", false, NULL, "model.layers.1.mlp.up_proj.weight" });
  expect_refusal(path, "tensor 'model.layers.1.mlp.up_proj.weight' is missing");
  toy_end(&toy);
}

/* ---- real models ---- */

static void reads_the_real_models(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    uint64_t weights;
    size_t tensors;
  } models[] = { { "models/stories260K", 260032, 47 },
                 { "models/aidreams260K", 230976, 38 },
                 { "models/verl_random_llama", 795776, 39 } };
  for (size_t i = 0; i < COUNT(models); i++) {
    struct err err = { 0 };
    const char *path = test_data(models[i].name);
    if (!path)
      skip();
    struct checkpoint *checkpoint = opened(path);
    assert_int_equal(model_config_weights(checkpoint_config(checkpoint)),
                     models[i].weights);
    assert_int_equal(checkpoint_count(checkpoint), models[i].tensors);
    uint64_t n = 0;
    for (size_t k = 0; k < checkpoint_count(checkpoint); k++) {
      const struct weight *weight = &checkpoint_at(checkpoint, k)->weight;
      float *values = mem_alloc((size_t)weight->n * sizeof *values);
      assert_ok(checkpoint_read_f32(checkpoint, weight->name, values, weight->n, &err),
                err);
      n += weight->n;
      free(values);
    }
    assert_int_equal(n, models[i].weights);
    checkpoint_close(checkpoint);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_each_float_type),
    cmocka_unit_test(reads_rows),
    cmocka_unit_test(refuses_what_does_not_match),
    cmocka_unit_test(tolerates_what_is_not_used),
    cmocka_unit_test(refuses_weights_that_are_no_numbers),
    cmocka_unit_test(value_networks),
    cmocka_unit_test(reads_shards),
    cmocka_unit_test(refuses_bad_shards),
    cmocka_unit_test(refuses_other_folders),
    cmocka_unit_test(hashes_all_files),
    cmocka_unit_test(a_gguf_is_the_same_model),
    cmocka_unit_test(a_gguf_row_by_row),
    cmocka_unit_test(a_gguf_with_rope_divisors),
    cmocka_unit_test(reads_the_real_models),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
