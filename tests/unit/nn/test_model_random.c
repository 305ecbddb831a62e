/* Random models of each architecture against the plain reference, and the promise that
 * what a sequence gives depends on itself alone, to the bit. */
#include "nn/op_gemm.h"
#include "base/rng.h"
#include "model_test.h"
#include "reference/random_model.h"

static uint64_t seed;
static struct gpu_manager *manager;

#define SIZES(hidden, inner, heads, kv)                                        \
  "\"hidden_size\":" #hidden ",\"intermediate_size\":" #inner                  \
  ",\"num_attention_heads\":" #heads ",\"num_key_value_heads\":" #kv           \
  ",\"num_hidden_layers\":2,\"vocab_size\":61,\"max_position_embeddings\":256" \
  ",\"rms_norm_eps\":1e-5"
#define CONFIG(arch, sizes, more) "{\"architectures\":[\"" arch "\"]," sizes "," more "}"

static const struct {
  const char *name, *config;
} models[] = {
  { "llama, tied",
    CONFIG("LlamaForCausalLM", SIZES(48, 100, 6, 2), "\"tie_word_embeddings\":true") },
  { "llama, biases everywhere",
    CONFIG(
        "LlamaForCausalLM", SIZES(40, 71, 5, 5),
        "\"tie_word_embeddings\":false,\"attention_bias\":true,\"mlp_bias\":true,"
        "\"rope_theta\":500000,\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,"
        "\"low_freq_factor\":1,\"high_freq_factor\":4,"
        "\"original_max_position_embeddings\":32}") },
  { "llama, wide heads, yarn",
    CONFIG("LlamaForCausalLM", SIZES(36, 64, 3, 1),
           "\"head_dim\":32,\"tie_word_embeddings\":true,"
           "\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":8,"
           "\"original_max_position_embeddings\":32}") },
  { "mistral", CONFIG("MistralForCausalLM", SIZES(64, 96, 8, 2),
                      "\"tie_word_embeddings\":false,\"sliding_window\":null,"
                      "\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":2}") },
  { "qwen2",
    CONFIG("Qwen2ForCausalLM", SIZES(56, 76, 7, 1), "\"tie_word_embeddings\":true") },
  { "qwen3", CONFIG("Qwen3ForCausalLM", SIZES(64, 80, 4, 2),
                    "\"head_dim\":24,\"tie_word_embeddings\":false") },
};

static struct model_text random_text(uint32_t n, uint32_t vocab, uint64_t id)
{
  struct model_text text = { mem_resize(NULL, n, sizeof(int32_t)), n };
  struct rng rng;
  rng_init(&rng, seed, "text", id);
  for (uint32_t i = 0; i < n; i++)
    text.ids[i] = (int32_t)rng_below(&rng, vocab);
  return text;
}

/* ---- against the reference ---- */

static double compare_within(struct random_model *random, enum model_dtype dtype,
                             const char *name, double bound)
{
  struct model_options options = { .dtype = dtype, .max_sequences = 3 };
  struct model *model = model_test_open(manager, random->dir, &options);
  uint32_t vocab = (uint32_t)random->config.vocab;
  struct model_text text = random_text(40, vocab, 0);
  double *wanted = mem_resize(NULL, (size_t)text.n * vocab, sizeof *wanted);
  struct llama llama = random_model_llama(random);
  llama_logits(&llama, text.ids, (int)text.n, wanted);
  float *got = model_test_logits(model, &text, 1, text.n);
  double worst = 0;
  for (uint32_t i = 0; i < text.n; i++) {
    double apart =
        model_test_distance(got + (size_t)i * vocab, wanted + (size_t)i * vocab, vocab);
    if (!(apart <= bound))
      fail_msg("%s: logits of position %u are %g apart", name, i, apart);
    worst = fmax(worst, apart);
  }
  free(got);
  free(wanted);
  free(text.ids);
  model_free(model);
  return worst;
}

static double compare(struct random_model *random, enum model_dtype dtype,
                      const char *name)
{
  return compare_within(random, dtype, name, 1e-4);
}

static void test_architectures(void **state)
{
  (void)state;
  static const enum weight_type types[] = { WEIGHT_F32, WEIGHT_F16, WEIGHT_BF16 };
  for (size_t i = 0; i < COUNT(models); i++)
    for (size_t k = 0; k < COUNT(types); k++) {
      char what[80];
      struct random_model random =
          random_model_make(models[i].config, types[k], seed, NULL);
      snprintf(what, sizeof what, "%s, %s", models[i].name, weight_kind(types[k])->name);
      printf("%s: at most %.2g apart\n", what, compare(&random, MODEL_AS_STORED, what));
      random_model_drop(&random);
    }
}

/* Weights rounded to the type asked for, norms and biases kept. */
static void test_rounded(void **state)
{
  (void)state;
  static const struct {
    enum model_dtype dtype;
    enum weight_type type;
    const char *text;
  } cases[] = { { MODEL_F32, WEIGHT_F32, "f32" },
                { MODEL_F16, WEIGHT_F16, "f16" },
                { MODEL_BF16, WEIGHT_BF16, "bf16" } };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct random_model random =
        random_model_make(models[1].config, WEIGHT_F32, seed, NULL);
    random_model_round(&random, cases[i].type);
    (void)compare(&random, cases[i].dtype, cases[i].text);
    struct model_options options = { .dtype = cases[i].dtype };
    struct model *model = model_test_open(manager, random.dir, &options);
    assert_string_equal(model_dtype_text(model), cases[i].text);
    model_free(model);
    random_model_drop(&random);
  }
}

static bool has_units(enum model_dtype dtype)
{
  return gemm_has_matrix(gpu_manager_device(manager),
                         dtype == MODEL_F16_MATRIX ? GPU_F16 : GPU_BF16);
}

/* On matrix units both operands are of 16 bits: 11 and 8 of them count. */
static void test_matrix_units(void **state)
{
  (void)state;
  bool any = false;
  static const struct {
    enum model_dtype dtype;
    enum weight_type type;
    double bound;
  } cases[] = { { MODEL_F16_MATRIX, WEIGHT_F16, 0.005 },
                { MODEL_BF16_MATRIX, WEIGHT_BF16, 0.04 } };
  for (size_t i = 0; i < COUNT(cases); i++) {
    if (!has_units(cases[i].dtype))
      continue;
    struct random_model random =
        random_model_make(models[1].config, WEIGHT_F32, seed, NULL);
    random_model_round(&random, cases[i].type);
    printf("on matrix units, %s: at most %.2g apart\n", weight_kind(cases[i].type)->name,
           compare_within(&random, cases[i].dtype, "matrix units", cases[i].bound));
    random_model_drop(&random);
    any = true;
  }
  if (!any)
    skip();
}

/* With the kernels of devices that are no CPUs, as far as a CPU has them. */
static void test_other_kernels(void **state)
{
  (void)state;
  struct gpu_device_info *device =
      (struct gpu_device_info *)(uintptr_t)gpu_manager_device(manager);
  bool shuffle = device->shuffle;
  struct random_model random =
      random_model_make(models[5].config, WEIGHT_BF16, seed, NULL);
  device->shuffle = false;
  (void)compare(&random, MODEL_AS_STORED, "without shuffles");
  device->shuffle = shuffle;
  random_model_drop(&random);
}

/* ---- to the bit ---- */

enum { POSITIONS = 35, MOST_SEQUENCES = 64 };

/* Texts that run beside each other. */
struct company {
  uint32_t n;       /* of them; the first is the one that counts */
  bool turned;      /* the others come before it in a step */
  uint32_t chunk;   /* rows of it in a step */
  bool mixed;       /* the others have other chunks, shorter texts and places */
  uint64_t shuffle; /* of the pages; 0 = in order */
  bool few;         /* rows are wanted; else all */
};

static bool is_wanted(const struct company *company, uint32_t who, uint32_t position)
{
  return !company->few || (who ? (who + position) % 3 == 0 : position % 5 == 4);
}

static void shuffle_pages(struct model *model, uint64_t shuffle)
{
  struct rng rng;
  uint32_t n = model_options_of(model)->max_sequences * model_pages_each(model);
  model_test_pages(model);
  rng_init(&rng, seed, "pages", shuffle);
  if (shuffle)
    rng_shuffle(&rng, model_pages(model), n, sizeof(int32_t));
}

struct crowd {
  struct model_row rows[256];
  uint32_t wanted[256];
  struct shader_draw draws[256];
  uint32_t n_rows, n_wanted;
  uint32_t first, count; /* of what is wanted of the text that counts */
};

static void add_rows(struct crowd *crowd, const struct company *company, uint32_t who,
                     const struct model_text *text, uint32_t *at)
{
  uint32_t chunk = who && company->mixed ? 1 + who % 3 : company->chunk;
  uint32_t n = text->n - *at < chunk ? text->n - *at : chunk;
  uint32_t sequence = (who + (uint32_t)company->shuffle) % MOST_SEQUENCES;
  if (!who)
    crowd->first = crowd->n_wanted;
  for (uint32_t i = 0; i < n && crowd->n_rows < 256; i++) {
    uint32_t position = (*at)++;
    if (is_wanted(company, who, position)) {
      crowd->wanted[crowd->n_wanted] = crowd->n_rows;
      crowd->draws[crowd->n_wanted++] = (struct shader_draw){ .temperature = 0.8f,
                                                              .top_p = 0.9f,
                                                              .top_k = 20,
                                                              .key_low = who,
                                                              .key_high = 7,
                                                              .position = position };
    }
    crowd->rows[crowd->n_rows++] =
        (struct model_row){ text->ids[position], (int32_t)position, (int32_t)sequence };
  }
  if (!who)
    crowd->count = crowd->n_wanted - crowd->first;
}

struct outcome {
  float logits[POSITIONS * 61], logps[POSITIONS];
  int32_t ids[POSITIONS];
};

static void take(struct model *model, const struct crowd *crowd, const int32_t *ids,
                 const float *logps, struct outcome *out)
{
  struct err err = { 0 };
  for (uint32_t i = crowd->first; i < crowd->first + crowd->count; i++) {
    int32_t at = crowd->rows[crowd->wanted[i]].position;
    assert_ok(model_logits(model, i, out->logits + at * 61, &err), err);
    out->ids[at] = ids[i];
    out->logps[at] = logps[i];
  }
}

static void run(struct model *model, const struct model_text *texts,
                const struct company *company, struct outcome *out)
{
  struct err err = { 0 };
  uint32_t at[MOST_SEQUENCES] = { 0 };
  struct crowd crowd;
  int32_t ids[256];
  float logps[256];
  shuffle_pages(model, company->shuffle);
  while (at[0] < POSITIONS) {
    crowd.n_rows = crowd.n_wanted = 0;
    for (uint32_t i = 0; i < company->n; i++) {
      uint32_t who = company->turned ? company->n - 1 - i : i;
      struct model_text text = texts[who];
      if (who && company->mixed)
        text.n -= who % 20;
      add_rows(&crowd, company, who, &text, &at[who]);
    }
    struct model_step step = { crowd.rows, crowd.n_rows, crowd.wanted, crowd.n_wanted,
                               crowd.draws };
    assert_ok(model_run(model, &step, ids, logps, &err), err);
    take(model, &crowd, ids, logps, out);
  }
}

static void compare_outcomes(const struct outcome *alone, const struct outcome *other,
                             const struct company *company, const char *what)
{
  for (uint32_t at = 0; at < POSITIONS; at++) {
    if (!is_wanted(company, 0, at))
      continue;
    for (uint32_t k = at * 61; k < (at + 1) * 61; k++)
      if (memcmp(&alone->logits[k], &other->logits[k], sizeof(float)) != 0)
        fail_msg("%s: logit %u of position %u is %.9g, alone %.9g", what, k % 61, at,
                 (double)other->logits[k], (double)alone->logits[k]);
    assert_int_equal(alone->ids[at], other->ids[at]);
    assert_memory_equal(&alone->logps[at], &other->logps[at], sizeof(float));
  }
}

static void check_bits(struct model *model, const char *type)
{
  static const struct company companies[] = {
    { 1, false, 1, false, 0, false }, { 1, false, 7, false, 1, false },
    { 1, false, 3, false, 0, true },  { 7, false, 35, false, 0, false },
    { 7, true, 1, true, 2, false },   { 7, true, 20, true, 6, true },
    { 64, false, 1, false, 0, true }, { 64, true, 2, true, 3, false },
    { 64, false, 35, true, 4, true }, { 40, true, 3, true, 5, false },
  };
  struct model_text texts[MOST_SEQUENCES];
  struct outcome alone = { 0 };
  const struct company none = { .n = 1, .chunk = POSITIONS };
  for (uint32_t i = 0; i < MOST_SEQUENCES; i++)
    texts[i] = random_text(POSITIONS, 61, i);
  run(model, texts, &none, &alone);
  for (size_t i = 0; i < COUNT(companies); i++) {
    struct outcome other = { 0 };
    char what[40];
    snprintf(what, sizeof what, "%s, company %zu", type, i);
    run(model, texts, &companies[i], &other);
    compare_outcomes(&alone, &other, &companies[i], what);
  }
  for (uint32_t i = 0; i < MOST_SEQUENCES; i++)
    free(texts[i].ids);
}

static void test_bits(void **state)
{
  (void)state;
  static const enum model_dtype dtypes[] = { MODEL_F32, MODEL_F16, MODEL_BF16,
                                             MODEL_F16_MATRIX, MODEL_BF16_MATRIX };
  struct random_model random =
      random_model_make(models[5].config, WEIGHT_F32, seed, NULL);
  for (size_t i = 0; i < COUNT(dtypes); i++) {
    if (dtypes[i] >= MODEL_F16_MATRIX && !has_units(dtypes[i]))
      continue;
    struct model_options options = { .dtype = dtypes[i],
                                     .max_sequences = MOST_SEQUENCES,
                                     .max_wanted = 256,
                                     .context = 48 };
    struct model *model = model_test_open(manager, random.dir, &options);
    check_bits(model, model_dtype_text(model));
    model_free(model);
  }
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
  const char *given = getenv("OREO_TEST_SEED");
  seed = given ? strtoull(given, NULL, 10) : (uint64_t)getpid();
  printf("seed %llu; replay with OREO_TEST_SEED\n", (unsigned long long)seed);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_architectures), cmocka_unit_test(test_rounded),
    cmocka_unit_test(test_matrix_units),  cmocka_unit_test(test_other_kernels),
    cmocka_unit_test(test_bits),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
