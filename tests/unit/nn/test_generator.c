/* The promise of the generator on real models: a sequence's tokens and log-probabilities
 * are the same bits whatever runs beside it. What they must be is made without it: each
 * prompt alone, read in one step, a row a step from there. */
#include "base/arena.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/rng.h"
#include "gpu_test.h"
#include "nn/generator.h"
#include "reference/random_model.h"

enum { ITEMS = 64, NEW_MAX = 24, LINE_BYTES_MAX = 1 << 20 };

static uint64_t seed;
static struct gpu_manager *manager;
static struct err err;

struct answer {
  int32_t *ids;
  float *logps;
  uint32_t n, room;
  bool finished;
  enum generator_finish finish;
};

struct item {
  int32_t *prompt;
  struct generator_request request;
  struct answer expected;
};

/* A path, and what may be asked of the model there. */
struct subject {
  const char *path;
  uint32_t vocab, context;
};

static struct model *open_model(const char *path, const struct model_options *options)
{
  struct checkpoint *checkpoint = checkpoint_open(path, &err);
  if (!checkpoint)
    fail_msg("%s", err.msg);
  struct model *model = model_load(manager, checkpoint, options, &err);
  if (!model)
    fail_msg("%s", err.msg);
  checkpoint_close(checkpoint);
  return model;
}

static void add_token(struct answer *answer, int32_t id, float logp)
{
  if (answer->n == answer->room) {
    answer->room = answer->room ? 2 * answer->room : 16;
    answer->ids = mem_resize(answer->ids, answer->room, sizeof *answer->ids);
    answer->logps = mem_resize(answer->logps, answer->room, sizeof *answer->logps);
  }
  answer->ids[answer->n] = id;
  answer->logps[answer->n++] = logp;
}

static void drop_answer(struct answer *answer)
{
  free(answer->ids);
  free(answer->logps);
  *answer = (struct answer){ 0 };
}

/* ---- items ---- */

/* Some begin alike, as with examples in front; some are samples of the same prompt; every
 * third is greedy; lengths around whole pages. */
static void make_items(struct item *items, const struct subject *subject)
{
  static const struct generator_request ways[] = {
    { .temperature = 0, .top_p = 1 },
    { .temperature = 0.8f, .top_p = 0.9f },
    { .temperature = 1.3f, .top_p = 0.95f, .top_k = 20, .min_p = 0.01f },
  };
  struct rng rng;
  rng_init(&rng, seed, "items", 0);
  int32_t common[5 * CACHE_PAGE];
  for (size_t i = 0; i < COUNT(common); i++)
    common[i] = (int32_t)rng_below(&rng, subject->vocab);
  for (uint32_t k = 0; k < ITEMS; k++) {
    struct item *item = &items[k];
    item->request = ways[k % COUNT(ways)];
    uint32_t alike = k % 4 == 3 ? 0 : (uint32_t)rng_range(&rng, 1, COUNT(common));
    uint32_t n = alike + (uint32_t)rng_range(&rng, alike == 0, 20);
    item->prompt = mem_resize(NULL, COUNT(common) + 20, sizeof *item->prompt);
    for (uint32_t i = 0; i < n; i++)
      item->prompt[i] = i < alike ? common[i] : (int32_t)rng_below(&rng, subject->vocab);
    if (k % 4 == 2) {
      n = items[k - 1].request.n_prompt;
      memcpy(item->prompt, items[k - 1].prompt, n * sizeof *item->prompt);
    }
    item->request.prompt = item->prompt;
    item->request.n_prompt = n;
    item->request.max_new = (uint32_t)rng_range(&rng, 1, NEW_MAX);
    item->request.key = rng_u64(&rng);
    item->request.ticket = k;
  }
}

static void drop_items(struct item *items)
{
  for (size_t k = 0; k < ITEMS; k++) {
    free(items[k].prompt);
    drop_answer(&items[k].expected);
  }
}

/* One alone, without a generator. */
static void answer_alone(struct model *model, struct item *item)
{
  const struct generator_request *r = &item->request;
  struct shader_draw draw = { .temperature = r->temperature,
                              .top_p = r->top_p,
                              .min_p = r->min_p,
                              .top_k = r->top_k,
                              .key_low = (uint32_t)r->key,
                              .key_high = (uint32_t)(r->key >> 32) };
  struct model_row *rows = mem_resize(NULL, r->n_prompt, sizeof *rows);
  for (uint32_t i = 0; i < model_pages_each(model); i++)
    model_pages(model)[i] = (int32_t)i;
  for (uint32_t i = 0; i < r->n_prompt; i++)
    rows[i] = (struct model_row){ r->prompt[i], (int32_t)i, 0 };
  uint32_t n_rows = r->n_prompt, position = n_rows;
  while (item->expected.n < r->max_new) {
    uint32_t wanted = n_rows - 1;
    int32_t id;
    float logp;
    draw.position = position;
    struct model_step step = { rows, n_rows, &wanted, 1, &draw };
    assert_ok(model_run(model, &step, &id, &logp, &err), err);
    add_token(&item->expected, id, logp);
    rows[0] = (struct model_row){ id, (int32_t)position++, 0 };
    n_rows = 1;
  }
  free(rows);
}

/* ---- with the generator ---- */

struct listening {
  struct answer answers[ITEMS];
};

static bool take_token(void *context, size_t ticket, int32_t id, float logp)
{
  struct listening *listening = context;
  assert_false(listening->answers[ticket].finished);
  add_token(&listening->answers[ticket], id, logp);
  return false;
}

static void take_finished(void *context, size_t ticket, enum generator_finish finish)
{
  struct answer *answer = &((struct listening *)context)->answers[ticket];
  assert_false(answer->finished);
  answer->finished = true;
  answer->finish = finish;
}

static void run_out(struct generator *generator)
{
  int rc;
  while ((rc = generator_step(generator, &err)) > 0)
    ;
  assert_ok(rc, err);
}

/* A part of an answer when it was cancelled; else all of it. */
static void check_answer(const struct item *item, struct answer *answer, bool whole,
                         const char *how)
{
  const struct answer *expected = &item->expected;
  if (answer->n > expected->n || (whole && answer->n < expected->n))
    fail_msg("%s: item %zu has %u tokens, not %u", how, item->request.ticket, answer->n,
             expected->n);
  for (uint32_t i = 0; i < answer->n; i++)
    if (answer->ids[i] != expected->ids[i] ||
        memcmp(&answer->logps[i], &expected->logps[i], sizeof(float)) != 0)
      fail_msg("%s: token %u of item %zu is %d (%.9g), alone it was %d (%.9g)", how, i,
               item->request.ticket, answer->ids[i], (double)answer->logps[i],
               expected->ids[i], (double)expected->logps[i]);
  assert_int_equal(answer->finished, whole);
  if (whole)
    assert_int_equal(answer->finish, GENERATOR_LENGTH);
  drop_answer(answer);
}

struct setting {
  const char *name;
  uint32_t items; /* the first of them */
  uint32_t max_sequences, max_rows;
  uint32_t cache_pages; /* 0: enough */
  bool shuffled;
};

static const struct setting settings[] = {
  { "one at a time, row by row", 6, 1, 1, 0, false },
  { "one at a time", 12, 1, 256, 0, false },
  { "7 at once", ITEMS, 7, 256, 0, false },
  { "7 at once, 8 rows", 24, 7, 8, 0, true },
  { "64 at once", ITEMS, 64, 256, 0, false },
  { "64 at once, 64 rows, in another order", ITEMS, 64, 64, 0, true },
  { "64 at once, a tiny cache", ITEMS, 64, 256, 18, true },
};

static void ask_all(struct generator *generator, const struct item *items,
                    const struct setting *setting, struct rng *rng)
{
  size_t order[ITEMS];
  for (size_t i = 0; i < ITEMS; i++)
    order[i] = i;
  if (setting->shuffled)
    rng_shuffle(rng, order, setting->items, sizeof *order);
  for (size_t i = 0; i < setting->items; i++)
    assert_ok(generator_ask(generator, &items[order[i]].request, &err), err);
}

/* Once with nothing known; again with the pages of the first time; and a third time with
 * some taken back in the midst. */
static void run_setting(const struct subject *subject, const struct item *items,
                        const struct setting *setting)
{
  static struct listening listening;
  struct rng rng;
  rng_init(&rng, seed, "orders", (uint64_t)(setting - settings));
  struct model_options options = { .context = subject->context,
                                   .max_rows = setting->max_rows,
                                   .max_sequences = setting->max_sequences,
                                   .cache_pages = setting->cache_pages };
  struct model *model = open_model(subject->path, &options);
  struct generator_listener listener = { take_token, take_finished, &listening };
  struct generator *generator = generator_create(model, &listener);
  for (int round = 0; round < 3; round++) {
    bool cancelled[ITEMS] = { false };
    uint64_t shared = generator_counts(generator).shared_tokens;
    ask_all(generator, items, setting, &rng);
    for (int i = 0; round == 2 && i < 15; i++) {
      assert_ok(generator_step(generator, &err), err);
      size_t k = (size_t)rng_below(&rng, setting->items);
      if (!listening.answers[k].finished)
        cancelled[k] = true;
      generator_cancel(generator, k);
    }
    run_out(generator);
    for (size_t k = 0; k < setting->items; k++)
      check_answer(&items[k], &listening.answers[k], !cancelled[k], setting->name);
    assert_true(generator_counts(generator).shared_tokens > shared);
  }
  assert_int_equal(generator_counts(generator).pages_used, 0);
  generator_free(generator);
  model_free(model);
}

static void check_subject(const struct subject *subject)
{
  static struct item items[ITEMS];
  memset(items, 0, sizeof items);
  make_items(items, subject);
  struct model_options options = { .context = subject->context, .max_sequences = 1 };
  struct model *model = open_model(subject->path, &options);
  for (size_t k = 0; k < ITEMS; k++)
    answer_alone(model, &items[k]);
  model_free(model);
  for (size_t i = 0; i < COUNT(settings); i++)
    run_setting(subject, items, &settings[i]);
  drop_items(items);
}

/* ---- the models ---- */

static void small_model_alone_and_together(void **state)
{
  (void)state;
  const char *path = test_data("models/stories260K");
  if (!path)
    skip();
  check_subject(&(struct subject){ path, 512, 128 });
}

static void random_model_alone_and_together(void **state)
{
  (void)state;
  struct random_model random = random_model_make(
      "{\"architectures\":[\"Qwen2ForCausalLM\"],\"hidden_size\":56,"
      "\"intermediate_size\":76,\"num_attention_heads\":7,\"num_key_value_heads\":1,"
      "\"num_hidden_layers\":2,\"vocab_size\":61,\"max_position_embeddings\":256,"
      "\"rms_norm_eps\":1e-5,\"tie_word_embeddings\":true}",
      WEIGHT_BF16, seed, NULL);
  check_subject(&(struct subject){ random.dir, 61, 128 });
  random_model_drop(&random);
}

/* ---- against another program ---- */

static uint32_t read_ids(const struct json *list, int32_t *ids)
{
  uint32_t n = 0;
  for (const struct json *id = json_first(list); id; id = json_next(id), n++)
    ids[n] = (int32_t)json_number(id, -1);
  return n;
}

/* All continuations at once, each ended as a listener would: by the last id that the
 * reference has. */
static void greedy_continuations(void **state)
{
  (void)state;
  static struct listening listening;
  static int32_t prompts[ITEMS][1024], greedy[ITEMS][1024];
  uint32_t n_greedy[ITEMS], n = 0;
  char path[512];
  const char *found = test_data("models/stories260K");
  if (!found)
    skip();
  struct model *model = open_model(found, NULL);
  struct generator_listener listener = { take_token, take_finished, &listening };
  struct generator *generator = generator_create(model, &listener);
  snprintf(path, sizeof path, "%s/ref_greedy.jsonl", found);
  struct fs_lines lines;
  struct str text;
  assert_ok(fs_lines_open(&lines, path, LINE_BYTES_MAX, &err), err);
  for (; fs_lines_next(&lines, &text, &err) == FS_LINE_OK; n++) {
    assert_true(n < ITEMS);
    struct json_doc doc;
    assert_ok(json_parse(&doc, text, &err), err);
    struct generator_request request = { .prompt = prompts[n], .top_p = 1, .ticket = n };
    request.n_prompt = read_ids(json_member(doc.root, "prompt_ids"), prompts[n]);
    request.max_new = n_greedy[n] =
        read_ids(json_member(doc.root, "greedy_ids"), greedy[n]);
    assert_ok(generator_ask(generator, &request, &err), err);
    json_doc_release(&doc);
  }
  fs_lines_close(&lines);
  run_out(generator);
  for (uint32_t k = 0; k < n; k++) {
    assert_int_equal(listening.answers[k].n, n_greedy[k]);
    assert_memory_equal(listening.answers[k].ids, greedy[k],
                        n_greedy[k] * sizeof(int32_t));
    drop_answer(&listening.answers[k]);
  }
  assert_true(n > 0);
  generator_free(generator);
  model_free(model);
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
  const char *text = getenv("OREO_TEST_SEED");
  seed = text ? strtoull(text, NULL, 10) : (uint64_t)getpid();
  printf("seed %llu; replay with OREO_TEST_SEED\n", (unsigned long long)seed);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(greedy_continuations),
    cmocka_unit_test(small_model_alone_and_together),
    cmocka_unit_test(random_model_alone_and_together),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
