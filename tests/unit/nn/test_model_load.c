/* What a model is refused for, what it makes of its options, and that a device which
 * binds little gives the same logits as one that binds all at once. */
#include "gpu/device.h"
#include "nn/op_gemm.h"
#include "model_test.h"
#include "nn/model_plan.h"
#include "reference/random_model.h"

#define SIZES                                                               \
  "\"hidden_size\":32,\"intermediate_size\":300,\"num_attention_heads\":4," \
  "\"num_key_value_heads\":2,\"num_hidden_layers\":2,\"vocab_size\":1000,"  \
  "\"max_position_embeddings\":100,\"rms_norm_eps\":1e-5,\"tie_word_embeddings\":true"
#define LLAMA "{\"architectures\":[\"LlamaForCausalLM\"]," SIZES "}"
#define BIASED                                                         \
  "{\"architectures\":[\"LlamaForCausalLM\"],\"attention_bias\":true," \
  "\"mlp_bias\":true," SIZES "}"
#define VALUE \
  "{\"architectures\":[\"LlamaForSequenceClassification\"],\"num_labels\":1," SIZES "}"

static struct gpu_manager *manager;

static void expect_refusal(const char *config, const struct random_model_spoil *spoil,
                           const struct model_options *options, enum err_code code,
                           const char *message)
{
  struct err err = { 0 };
  uint64_t before = gpu_manager_memory(manager).used;
  struct random_model random = random_model_make(config, WEIGHT_F32, 1, spoil);
  struct checkpoint *checkpoint = checkpoint_open(random.dir, &err);
  if (!checkpoint)
    fail_msg("%s", err.msg);
  struct model *model = model_load(manager, checkpoint, options, &err);
  if (model)
    fail_msg("loaded what should be refused with '%s'", message);
  if (!strstr(err.msg, message))
    fail_msg("says '%s', not '%s'", err.msg, message);
  assert_non_null(strstr(err.msg, random.dir));
  assert_int_equal(err.code, code);
  assert_true(gpu_manager_memory(manager).used == before);
  checkpoint_close(checkpoint);
  random_model_drop(&random);
}

static void test_bad_weights(void **state)
{
  (void)state;
  static const struct random_model_spoil spoilt = { "model.layers.1.mlp.up_proj.weight",
                                                    NAN };
  static const struct random_model_spoil bias = { "model.layers.0.self_attn.k_proj.bias",
                                                  INFINITY };
  static const struct random_model_spoil large = { "model.layers.1.mlp.down_proj.weight",
                                                   65520 };
  const struct model_options halves = { .dtype = MODEL_F16 };
  expect_refusal(
      LLAMA, &spoilt, NULL, ERR_DATA,
      "element 3 of tensor 'model.layers.1.mlp.up_proj.weight' is not a number");
  expect_refusal(
      BIASED, &bias, NULL, ERR_DATA,
      "element 3 of tensor 'model.layers.0.self_attn.k_proj.bias' is infinite");
  expect_refusal(LLAMA, &large, &halves, ERR_DATA,
                 "tensor 'model.layers.1.mlp.down_proj.weight' has 65520, which F16 does "
                 "not hold; take --dtype bf16 or f32");
}

static void test_matrix_units(void **state)
{
  (void)state;
  const struct gpu_device_info *device = gpu_manager_device(manager);
  const struct model_options f16 = { .dtype = MODEL_F16_MATRIX };
  const struct model_options bf16 = { .dtype = MODEL_BF16_MATRIX };
  if (!gemm_has_matrix(device, GPU_F16))
    expect_refusal(LLAMA, NULL, &f16, ERR_ENV, "has no matrix units for f16");
  if (!gemm_has_matrix(device, GPU_BF16))
    expect_refusal(LLAMA, NULL, &bf16, ERR_ENV, "take --dtype bf16");
}

static void test_dtype_names(void **state)
{
  (void)state;
  enum model_dtype dtype;
  struct err err = { 0 };
  assert_ok(model_dtype_parse(NULL, &dtype, &err), err);
  assert_int_equal(dtype, MODEL_AS_STORED);
  assert_ok(model_dtype_parse("bf16-matrix", &dtype, &err), err);
  assert_int_equal(dtype, MODEL_BF16_MATRIX);
  assert_ok(model_dtype_parse("half", &dtype, &err), err);
  assert_int_equal(dtype, MODEL_F16);
  assert_int_equal(model_dtype_parse("bfloat61", &dtype, &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_string_equal(err.msg, "--dtype: no 'bfloat61'; there is 'bfloat16'");
}

static void test_bad_options(void **state)
{
  (void)state;
  expect_refusal(LLAMA, NULL, &(struct model_options){ .context = 101 }, ERR_USAGE,
                 "with a context of 101: the model has 100 positions");
  expect_refusal(LLAMA, NULL, &(struct model_options){ .cache_pages = 100000000 },
                 ERR_ENV, "with a cache of 100000000 pages");
  expect_refusal(VALUE, NULL, NULL, ERR_DATA, "it is a value network");
}

static void test_defaults(void **state)
{
  (void)state;
  struct random_model random = random_model_make(LLAMA, WEIGHT_BF16, 1, NULL);
  struct model *model = model_test_open(manager, random.dir, NULL);
  const struct model_options *options = model_options_of(model);
  assert_int_equal(options->context, 100);
  assert_int_equal(options->max_sequences, 64);
  assert_int_equal(options->max_rows, 256);
  assert_int_equal(options->max_wanted, 64);
  assert_int_equal(model_pages_each(model), 7);
  assert_int_equal(options->cache_pages, 64 * 7);
  assert_string_equal(model_dtype_text(model), "bf16");
  assert_true(model_weight_bytes(model) >= 2 * model_config_weights(&random.config));
  model_free(model);
  random_model_drop(&random);
}

/* ---- memory, on devices that are only numbers ---- */

struct fit {
  const char *what;
  uint64_t heap;
  struct model_options asked;
  uint32_t cache_pages; /* 0: refused with: */
  const char *message;
};

static void test_room(void **state)
{
  (void)state;
  enum { MIB = 1 << 20 };
  static const struct fit fits[] = {
    { "all of it", (uint64_t)3000 * MIB, { 0 }, 64 * 256, NULL },
    { "half of what is left", (uint64_t)120 * MIB, { .max_rows = 1 }, 875, NULL },
    { "one sequence", (uint64_t)40 * MIB, { .max_rows = 1 }, 256, NULL },
    { "less than that",
      (uint64_t)26 * MIB,
      { .max_rows = 1 },
      0,
      "cannot load 'm' on 'numbers': it needs 26.6 MiB (weights 10.0, cache of 4096 "
      "positions 16.0, steps of 1 rows 0.6) and 26.0 of 26.0 MiB are free; take a "
      "shorter context" },
    { "a shorter one", (uint64_t)15 * MIB, { .max_rows = 1, .context = 1000 }, 63, NULL },
    { "what is asked",
      (uint64_t)120 * MIB,
      { .max_rows = 1, .cache_pages = 1800 },
      0,
      "cache of 28800 positions" },
    { "weights alone",
      (uint64_t)9 * MIB,
      { .max_rows = 1, .cache_pages = 1 },
      0,
      "weights 10.0" },
    { "more than one binding",
      (uint64_t)9000 * MIB,
      { .cache_pages = 16385 },
      0,
      "with a cache of 16385 pages: 'numbers' allows 16384" },
  };
  const struct model_config config = { .hidden = 64,
                                       .layers = 4,
                                       .heads = 4,
                                       .kv_heads = 4,
                                       .head_dim = 32,
                                       .intermediate = 64,
                                       .vocab = 100,
                                       .max_positions = 8192 };
  const struct gpu_device_info device = { .kind = GPU_KIND_DISCRETE,
                                          .name = "numbers",
                                          .limits = { .storage_bytes = 128 * MIB,
                                                      .allocation_bytes = 1024 * MIB } };
  for (size_t i = 0; i < COUNT(fits); i++) {
    struct model_room room = {
      .path = "m", .device = &device, .weights = 10 * MIB, .heap = fits[i].heap
    };
    struct model_plan plan;
    struct err err = { 0 };
    int rc = model_plan(&plan, &config, &fits[i].asked, &room, &err);
    if (fits[i].cache_pages && rc < 0)
      fail_msg("%s: %s", fits[i].what, err.msg);
    if (fits[i].cache_pages && plan.options.cache_pages / 16 != fits[i].cache_pages / 16)
      fail_msg("%s: %u pages", fits[i].what, plan.options.cache_pages);
    if (!fits[i].cache_pages &&
        (rc == 0 || err.code != ERR_ENV || !strstr(err.msg, fits[i].message)))
      fail_msg("%s: '%s', not '%s'", fits[i].what, rc < 0 ? err.msg : "fits",
               fits[i].message);
  }
}

/* ---- a device that binds little ---- */

static float *logits_of(const char *dir, const struct model_text *text,
                        const struct model_options *options)
{
  struct model *model = model_test_open(manager, dir, options);
  float *logits = model_test_logits(model, text, 0, 5);
  model_free(model);
  return logits;
}

static void test_pieces(void **state)
{
  (void)state;
  /* the tensors' own limits are the device's: the recorder holds each op to them */
  struct gpu_limits *limits =
      &((struct gpu_device_info *)(uintptr_t)gpu_manager_device(manager))->limits;
  const struct gpu_limits usual = *limits;
  const struct model_options options = { .max_sequences = 1, .max_rows = 5 };
  static const enum weight_type types[] = { WEIGHT_F32, WEIGHT_F16 };
  int32_t ids[20];
  struct model_text text = { ids, 20 };
  for (int i = 0; i < 20; i++)
    ids[i] = (i * 331 + 7) % 1000;
  for (size_t i = 0; i < COUNT(types); i++) {
    struct random_model random = random_model_make(BIASED, types[i], 2, NULL);
    float *whole = logits_of(random.dir, &text, &options);
    limits->storage_bytes = 20 << 10; /* five rows of logits, 160 or 320 of the table */
    float *pieces = logits_of(random.dir, &text, &options);
    *limits = usual;
    assert_memory_equal(whole, pieces, 20 * 1000 * sizeof(float));
    free(whole);
    free(pieces);
    random_model_drop(&random);
  }
}

/* Numbers that grow past 32 bits are told, not drawn from. */
static void test_not_finite(void **state)
{
  (void)state;
  static const struct random_model_spoil huge = { "model.layers.0.input_layernorm.weight",
                                                  3e38f };
  struct err err = { 0 };
  int32_t id;
  float logp;
  uint32_t wanted = 0;
  struct shader_draw draw = { .top_p = 1 };
  float logits[1000];
  struct random_model random = random_model_make(LLAMA, WEIGHT_F32, 1, &huge);
  struct model *model = model_test_open(manager, random.dir, NULL);
  struct model_row row = { 5, 0, 3 };
  struct model_step step = { &row, 1, &wanted, 1, &draw };
  assert_int_equal(model_run(model, &step, &id, &logp, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(
      strstr(err.msg, "the logits of sequence 3 at position 0 are not finite"));
  step.draws = NULL;
  assert_ok(model_run(model, &step, NULL, NULL, &err), err);
  assert_int_equal(model_logits(model, 0, logits, &err), -1);
  assert_non_null(strstr(err.msg, "sequence 3"));
  model_free(model);
  random_model_drop(&random);
}

static void test_time(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct model_op_time *rows;
  size_t n;
  struct random_model random = random_model_make(LLAMA, WEIGHT_F32, 1, NULL);
  struct model_options options = { .timestamps = true, .max_sequences = 1 };
  int32_t ids[20] = { 0 };
  struct model_text text = { ids, 20 };
  struct model *model = model_test_open(manager, random.dir, &options);
  free(model_test_logits(model, &text, 0, 10));
  assert_ok(model_time(model, &rows, &n, &err), err);
  uint64_t heads = 0, layers = 0;
  for (size_t i = 0; i < n; i++) {
    assert_true(i == 0 || rows[i].ns <= rows[i - 1].ns);
    heads += strcmp(rows[i].name, "head") == 0 ? rows[i].calls : 0;
    layers += strcmp(rows[i].name, "qkv") == 0 ? rows[i].calls : 0;
  }
  assert_int_equal(heads, 2);
  assert_int_equal(layers, 2 * 2);
  free(rows);
  model_free(model);
  options.timestamps = false;
  model = model_test_open(manager, random.dir, &options);
  assert_int_equal(model_time(model, &rows, &n, &err), -1);
  model_free(model);
  random_model_drop(&random);
}

static int open_device(void **state)
{
  (void)state;
  manager = gpu_test_open();
  return 0;
}

static int close_device(void **state)
{
  (void)state;
  gpu_test_close(manager);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_bad_weights), cmocka_unit_test(test_matrix_units),
    cmocka_unit_test(test_dtype_names), cmocka_unit_test(test_bad_options),
    cmocka_unit_test(test_defaults),    cmocka_unit_test(test_room),
    cmocka_unit_test(test_pieces),      cmocka_unit_test(test_not_finite),
    cmocka_unit_test(test_time),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
