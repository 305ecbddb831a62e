/* Two small models against references made with other programs: the logits of the first
 * positions, and twenty greedy continuations each, token by token. */
#include "base/fs.h"
#include "base/json.h"
#include "model_test.h"

enum { LINES_MAX = 64, LINE_BYTES_MAX = 1 << 20 };

static struct gpu_manager *manager;

struct line {
  struct model_text prompt, greedy;
  double logprob_sum;
  double *logits; /* of the first n_logits positions of both together; or NULL */
  uint32_t n_logits;
};

struct reference {
  char path[512];
  struct line lines[LINES_MAX];
  size_t n;
};

static struct model_text read_ids(const struct json *list)
{
  struct model_text text = { .n = (uint32_t)json_size(list) };
  text.ids = mem_resize(NULL, text.n + 1, sizeof *text.ids);
  uint32_t i = 0;
  for (const struct json *id = json_first(list); id; id = json_next(id))
    text.ids[i++] = (int32_t)json_number(id, -1);
  return text;
}

static struct line read_line(struct str text, size_t vocab)
{
  struct err err = { 0 };
  struct json_doc doc;
  assert_ok(json_parse(&doc, text, &err), err);
  struct line line = { .prompt = read_ids(json_member(doc.root, "prompt_ids")),
                       .greedy = read_ids(json_member(doc.root, "greedy_ids")) };
  line.logprob_sum = json_get_number(doc.root, "greedy_logprob_sum", NAN);
  const struct json *logits = json_member(doc.root, "logits");
  line.n_logits = (uint32_t)json_size(logits);
  line.logits = mem_resize(NULL, line.n_logits * vocab + 1, sizeof *line.logits);
  size_t at = 0;
  for (const struct json *row = json_first(logits); row; row = json_next(row)) {
    assert_int_equal(json_size(row), vocab);
    for (const struct json *x = json_first(row); x; x = json_next(x))
      line.logits[at++] = json_number(x, NAN);
  }
  json_doc_release(&doc);
  return line;
}

static struct reference read_reference(const char *name, const char *file)
{
  struct err err = { 0 };
  struct reference reference = { 0 };
  struct fs_lines lines;
  struct str text;
  char path[600];
  snprintf(path, sizeof path, "models/%s", name);
  const char *found = test_data(path);
  if (!found)
    skip();
  snprintf(reference.path, sizeof reference.path, "%s", found);
  snprintf(path, sizeof path, "%s/%s", reference.path, file);
  assert_ok(fs_lines_open(&lines, path, LINE_BYTES_MAX, &err), err);
  while (fs_lines_next(&lines, &text, &err) == FS_LINE_OK) {
    assert_true(reference.n < LINES_MAX);
    reference.lines[reference.n++] = read_line(text, 512);
  }
  fs_lines_close(&lines);
  assert_true(reference.n > 0);
  return reference;
}

static void drop_reference(struct reference *reference)
{
  for (size_t i = 0; i < reference->n; i++) {
    free(reference->lines[i].prompt.ids);
    free(reference->lines[i].greedy.ids);
    free(reference->lines[i].logits);
  }
}

/* max |a - b| / max |b| of each position within 1e-4. */
static void check_logits(const char *name)
{
  struct reference reference = read_reference(name, "ref_logits.jsonl");
  struct model *model = model_test_open(manager, reference.path, NULL);
  double worst = 0;
  for (size_t k = 0; k < reference.n; k++) {
    const struct line *line = &reference.lines[k];
    assert_int_equal(line->n_logits, 16);
    struct model_text text = { mem_resize(NULL, 16, sizeof(int32_t)), 16 };
    for (uint32_t i = 0; i < 16; i++)
      text.ids[i] =
          i < line->prompt.n ? line->prompt.ids[i] : line->greedy.ids[i - line->prompt.n];
    float *got = model_test_logits(model, &text, (int32_t)k, 16);
    for (size_t i = 0; i < 16; i++) {
      double apart = model_test_distance(got + i * 512, line->logits + i * 512, 512);
      if (apart > 1e-4)
        fail_msg("%s: logits of position %zu are %g apart", name, i, apart);
      worst = fmax(worst, apart);
    }
    free(got);
    free(text.ids);
  }
  printf("%s: logits at most %.2g apart\n", name, worst);
  model_free(model);
  drop_reference(&reference);
}

/* ---- greedy continuations, all of a file at once ---- */

/* One step: what each unfinished text has to say next. Its prompt goes in at once. */
static bool greedy_step(struct model *model, const struct reference *reference,
                        struct model_text *texts, double *sums)
{
  static const struct shader_draw greedy = { .top_p = 1 };
  struct err err = { 0 };
  struct model_row rows[1024];
  uint32_t wanted[LINES_MAX], n_rows = 0, n_wanted = 0;
  struct shader_draw draws[LINES_MAX];
  size_t who[LINES_MAX];
  int32_t ids[LINES_MAX];
  float logps[LINES_MAX];
  for (size_t k = 0; k < reference->n; k++) {
    const struct line *line = &reference->lines[k];
    if (texts[k].n == line->prompt.n + line->greedy.n)
      continue;
    bool begins = texts[k].n == line->prompt.n;
    if (n_rows + (begins ? texts[k].n : 1) > model_options_of(model)->max_rows)
      continue; /* another step's */
    for (uint32_t i = begins ? 0 : texts[k].n - 1; i < texts[k].n; i++)
      rows[n_rows++] = (struct model_row){ texts[k].ids[i], (int32_t)i, (int32_t)k };
    draws[n_wanted] = greedy;
    who[n_wanted] = k;
    wanted[n_wanted++] = n_rows - 1;
  }
  if (!n_wanted)
    return false;
  struct model_step step = { rows, n_rows, wanted, n_wanted, draws };
  assert_ok(model_run(model, &step, ids, logps, &err), err);
  for (uint32_t i = 0; i < n_wanted; i++) {
    texts[who[i]].ids[texts[who[i]].n++] = ids[i];
    sums[who[i]] += logps[i];
  }
  return true;
}

static void check_greedy(const char *name)
{
  struct reference reference = read_reference(name, "ref_greedy.jsonl");
  struct model *model = model_test_open(manager, reference.path, NULL);
  struct model_text texts[LINES_MAX];
  double sums[LINES_MAX] = { 0 };
  for (size_t k = 0; k < reference.n; k++) {
    const struct line *line = &reference.lines[k];
    texts[k].ids = mem_resize(NULL, line->prompt.n + line->greedy.n, sizeof(int32_t));
    texts[k].n = line->prompt.n;
    memcpy(texts[k].ids, line->prompt.ids, line->prompt.n * sizeof(int32_t));
  }
  while (greedy_step(model, &reference, texts, sums))
    ;
  for (size_t k = 0; k < reference.n; k++) {
    const struct line *line = &reference.lines[k];
    for (uint32_t i = 0; i < line->greedy.n; i++)
      if (texts[k].ids[line->prompt.n + i] != line->greedy.ids[i])
        fail_msg("%s: line %zu: token %u is %d, not %d", name, k + 1, i,
                 texts[k].ids[line->prompt.n + i], line->greedy.ids[i]);
    if (!(fabs(sums[k] - line->logprob_sum) < 1e-3))
      fail_msg("%s: line %zu: log-probabilities add up to %g, not %g", name, k + 1,
               sums[k], line->logprob_sum);
    free(texts[k].ids);
  }
  model_free(model);
  drop_reference(&reference);
}

static void test_stories_logits(void **state)
{
  (void)state;
  check_logits("stories260K");
}

static void test_aidreams_logits(void **state)
{
  (void)state;
  check_logits("aidreams260K");
}

static void test_stories_greedy(void **state)
{
  (void)state;
  check_greedy("stories260K");
}

static void test_aidreams_greedy(void **state)
{
  (void)state;
  check_greedy("aidreams260K");
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
    cmocka_unit_test(test_stories_logits),
    cmocka_unit_test(test_aidreams_logits),
    cmocka_unit_test(test_stories_greedy),
    cmocka_unit_test(test_aidreams_greedy),
  };
  if (!test_data("models/stories260K/config.json"))
    return 77;
  return cmocka_run_group_tests(tests, open_device, close_device);
}
