/* report_lmeval.c - lm-eval's own two files, so that whatever reads those reads ours:
 * <dir>/<model>/results_<time>.json and samples_<suite>_<time>.jsonl. What lm-eval knows
 * and we have no equal for (tokenizer ids, its environment) is null. */
#include <stdio.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "report/report.h"
#include "report/show.h"
#include "report/table.h"
#include "task/lmeval.h"

/* One suite as lm-eval sees it: a task with one filter. */
struct lmeval_suite {
  const struct suite_report *suite;
  const struct lmeval_task *task; /* NULL: run with the suite's own prompt */
  const char *filter;             /* NUL-terminated, in the arena */
  const struct item **items;      /* by row; NULL: unknown */
};

struct lmeval_writer {
  const struct report *report;
  struct arena arena;
  struct lmeval_suite *suites; /* those with items */
  size_t n_suites;
  size_t model;
  char time[CLOCK_TEXT_SIZE];
  struct sha256_hex *task_hash; /* per suite, of the model at hand */
  double *values;               /* scratch: 1 or 0 a row */
};

/* ---- names ---- */

/* lm-eval's names of the filters that are grading profiles here. */
static const struct {
  const char *profile, *filter;
} filters[] = {
  { "lm-eval/gsm8k-strict", "strict-match" },
  { "lm-eval/gsm8k-flexible", "flexible-extract" },
  { "lm-eval/minerva", "none" },
};

/* "robust" of "robust@1". */
static const char *filter_name(struct arena *arena, struct str grader)
{
  ptrdiff_t at = str_find_last(grader, STR("@"));
  struct str profile = at < 0 ? grader : str_slice(grader, 0, (size_t)at);
  for (size_t i = 0; i < COUNT(filters); i++)
    if (str_equal(profile, str_from(filters[i].profile)))
      return filters[i].filter;
  return arena_cstr(arena, profile);
}

/* As lm-eval: each run of characters that no file system likes becomes "__". */
static struct str safe_name(struct arena *arena, struct str name)
{
  struct buf out;
  bool bad_before = false;
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; i < name.len && out.len < 200; i++) {
    char c = name.ptr[i];
    bool bad = (unsigned char)c < 0x20 || strchr("\"<>:/|\\?*[]", c) != NULL;
    if (bad && !bad_before)
      buf_add(&out, STR("__"));
    if (!bad)
      buf_add_char(&out, c);
    bad_before = bad;
  }
  /* "", "." and ".." are no names of a folder of ours */
  if (out.len == 0 || out.ptr[0] == '.') {
    struct str rest = arena_str(arena, buf_str(&out));
    buf_reset(&out);
    buf_printf(&out, "_%.*s", STR_ARG(rest));
  }
  struct str safe = arena_str(arena, buf_str(&out));
  buf_release(&out);
  return safe;
}

/* The folder of a model; two labels that only differ in bad characters get two. */
static struct str model_folder(struct lmeval_writer *w, size_t model)
{
  const struct manifest *manifest = w->report->manifest;
  struct str name = safe_name(&w->arena, manifest->models[model].label);
  for (size_t m = 0; m < model; m++)
    if (str_equal(safe_name(&w->arena, manifest->models[m].label), name))
      return arena_printf(&w->arena, "%.*s__%zu", STR_ARG(name), model + 1);
  return name;
}

/* ---- samples ---- */

static const struct item *item_of(const struct item_set *set, const struct table_row *row)
{
  for (size_t i = 0; i < set->n_items; i++) {
    const struct item *item = &set->items[(row->index + i) % set->n_items];
    if (str_equal(item->id, row->id))
      return item;
  }
  return NULL;
}

static void put_arguments(struct json_writer *w, const struct lmeval_suite *suite,
                          const struct prompt *prompt)
{
  json_put_key(w, "arguments");
  json_begin_object(w);
  json_put_key(w, "gen_args_0");
  json_begin_object(w);
  json_member_string(w, "arg_0", prompt->text);
  json_put_key(w, "arg_1");
  if (suite->task) {
    lmeval_put_gen_kwargs(w, suite->task);
  } else {
    json_begin_object(w);
    json_put_key(w, "until");
    json_begin_array(w);
    for (size_t i = 0; i < prompt->n_stop; i++)
      json_put_string(w, prompt->stop[i]);
    json_end_array(w);
    if (prompt->max_tokens > 0)
      json_member_int(w, "max_gen_toks", prompt->max_tokens);
    json_end_object(w);
  }
  json_end_object(w);
  json_end_object(w);
}

/* All samples of the item as `resps`; what was found in the first as `filtered_resps`. */
static void put_responses(struct json_writer *w, const struct table *table, size_t cell)
{
  json_put_key(w, "resps");
  json_begin_array(w);
  json_begin_array(w);
  for (size_t i = table->start[cell]; i < table->start[cell + 1]; i++)
    if (table->records[i]->verdict != VERDICT_ERROR)
      json_put_string(w, table->records[i]->response);
  json_end_array(w);
  json_end_array(w);
  struct str found = table->records[table->start[cell]]->extracted;
  json_put_key(w, "filtered_resps");
  json_begin_array(w);
  json_put_string(w, str_present(found) ? found : STR("[invalid]"));
  json_end_array(w);
}

static struct prompt prompt_of(struct lmeval_writer *w, const struct lmeval_suite *suite,
                               const struct item *item, struct arena *arena)
{
  const struct report_input *input = w->report->input;
  if (input->prompt)
    return input->prompt(input->prompt_context, suite->suite->suite->name, item, arena);
  return (struct prompt){ .text = item->question };
}

/* One line; the hashes of the row are added to `all`. */
static void put_sample(struct lmeval_writer *w, struct buf *out,
                       const struct lmeval_suite *suite, size_t row, struct sha256 *all)
{
  const struct table *table = suite->suite->table;
  size_t cell = w->model * table->n_rows + row;
  const struct record *record = table_first(table, w->model, row);
  const struct item *item = suite->items[row];
  struct arena arena = { 0 };
  struct prompt prompt = prompt_of(w, suite, item, &arena);
  struct lmeval_hashes hashes = lmeval_hash(suite->task, item, prompt.text);
  struct json_writer json;
  json_writer_init(&json, out, JSON_COMPACT);
  json_begin_object(&json);
  json_member_int(&json, "doc_id", (int64_t)item->index);
  json_put_key(&json, "doc");
  lmeval_put_doc(&json, suite->task, item);
  json_member_string(&json, "target", lmeval_target(&arena, suite->task, item));
  put_arguments(&json, suite, &prompt);
  put_responses(&json, table, cell);
  json_member_string(&json, "filter", str_from(suite->filter));
  json_put_key(&json, "metrics");
  json_begin_array(&json);
  json_put_string(&json, STR("exact_match"));
  json_end_array(&json);
  json_member_string(&json, "doc_hash", str_from(hashes.doc.text));
  json_member_string(&json, "prompt_hash", str_from(hashes.prompt.text));
  json_member_string(&json, "target_hash", str_from(hashes.target.text));
  json_put_key(&json, "exact_match");
  json_put_float(&json, record->verdict == VERDICT_CORRECT);
  json_end_object(&json);
  buf_add_char(out, '\n');
  sha256_add(all, str_from(hashes.doc.text));
  sha256_add(all, str_from(hashes.prompt.text));
  sha256_add(all, str_from(hashes.target.text));
  arena_release(&arena);
}

static bool is_sample(const struct lmeval_writer *w, const struct lmeval_suite *suite,
                      size_t row)
{
  const struct record *record = table_first(suite->suite->table, w->model, row);
  return record && record->verdict != VERDICT_ERROR && suite->items[row];
}

static void put_samples(struct lmeval_writer *w, struct buf *out, size_t number)
{
  const struct lmeval_suite *suite = &w->suites[number];
  struct sha256 *all = sha256_create();
  for (size_t row = 0; row < suite->suite->table->n_rows; row++)
    if (is_sample(w, suite, row))
      put_sample(w, out, suite, row, all);
  w->task_hash[number] = sha256_final(all);
}

/* ---- results ---- */

/* Calls `put` with each suite's name as the key. */
static void put_per_suite(struct lmeval_writer *w, struct json_writer *json, const char *key,
                          void (*put)(struct lmeval_writer *w, struct json_writer *json,
                                      size_t number))
{
  json_put_key(json, key);
  json_begin_object(json);
  for (size_t i = 0; i < w->n_suites; i++) {
    json_put_key(json, arena_cstr(&w->arena, w->suites[i].suite->suite->name));
    put(w, json, i);
  }
  json_end_object(json);
}

static void put_result(struct lmeval_writer *w, struct json_writer *json, size_t number)
{
  const struct lmeval_suite *suite = &w->suites[number];
  const struct table *table = suite->suite->table;
  size_t n = 0;
  for (size_t row = 0; row < table->n_rows; row++)
    if (is_sample(w, suite, row))
      w->values[n++] = table_first(table, w->model, row)->verdict == VERDICT_CORRECT;
  json_begin_object(json);
  json_member_string(json, "name", suite->suite->suite->name);
  json_member_string(json, "alias", suite->suite->suite->name);
  json_member_int(json, "sample_len", (int64_t)n);
  json_put_key(json, arena_printf(&w->arena, "exact_match,%s", suite->filter).ptr);
  if (n)
    json_put_float(json, stats_mean(w->values, n));
  else
    json_put_null(json);
  json_put_key(json, arena_printf(&w->arena, "exact_match_stderr,%s", suite->filter).ptr);
  if (n > 1)
    json_put_float(json, stats_stderr(w->values, n));
  else
    json_put_string(json, STR("N/A"));
  json_end_object(json);
}

static void put_no_subtasks(struct lmeval_writer *w, struct json_writer *json, size_t number)
{
  (void)w, (void)number;
  json_begin_array(json);
  json_end_array(json);
}

static void put_config(struct lmeval_writer *w, struct json_writer *json, size_t number)
{
  const struct lmeval_suite *suite = &w->suites[number];
  const struct manifest_suite *s = suite->suite->suite;
  json_begin_object(json);
  json_member_string(json, "task", s->name);
  json_member_string(json, "dataset_path", s->data_source);
  json_member_string(json, "test_split", s->split);
  json_member_string(json, "output_type", STR("generate_until"));
  json_member_int(json, "num_fewshot", s->num_fewshot);
  json_put_key(json, "metadata");
  json_begin_object(json);
  json_member_int(json, "version", s->version);
  json_member_string(json, "dataset_sha256", s->data_sha256);
  json_member_string(json, "grader", s->grader);
  json_member_string(json, "prompt_sha256", s->prompt_sha256);
  json_end_object(json);
  json_end_object(json);
}

static void put_version(struct lmeval_writer *w, struct json_writer *json, size_t number)
{
  const struct lmeval_suite *suite = &w->suites[number];
  if (suite->task)
    json_put_string(json, str_from(suite->task->version));
  else
    json_put_int(json, suite->suite->suite->version);
}

static void put_shots(struct lmeval_writer *w, struct json_writer *json, size_t number)
{
  json_put_int(json, w->suites[number].suite->suite->num_fewshot);
}

static void put_higher_is_better(struct lmeval_writer *w, struct json_writer *json,
                                 size_t number)
{
  (void)w, (void)number;
  json_begin_object(json);
  json_member_bool(json, "exact_match", true);
  json_end_object(json);
}

static void put_counts(struct lmeval_writer *w, struct json_writer *json, size_t number)
{
  const struct lmeval_suite *suite = &w->suites[number];
  size_t n = 0;
  for (size_t row = 0; row < suite->suite->table->n_rows; row++)
    n += is_sample(w, suite, row);
  json_begin_object(json);
  json_member_int(json, "original", (int64_t)suite->suite->suite->n_items);
  json_member_int(json, "effective", (int64_t)n);
  json_end_object(json);
}

static void put_task_hash(struct lmeval_writer *w, struct json_writer *json, size_t number)
{
  json_put_string(json, str_from(w->task_hash[number].text));
}

static void put_nulls(struct json_writer *json, const char *const *keys)
{
  for (; *keys; keys++) {
    json_put_key(json, *keys);
    json_put_null(json);
  }
}

static void put_run_config(struct lmeval_writer *w, struct json_writer *json)
{
  static const char *const unknown[] = { "model_num_parameters", "model_dtype",
                                         "model_revision", "batch_size", "batch_sizes",
                                         "device", "use_cache", "limit", "bootstrap_iters",
                                         "gen_kwargs", NULL };
  static const char *const seeds[] = { "random_seed", "numpy_seed", "torch_seed",
                                       "fewshot_seed" };
  const struct manifest *m = w->report->manifest;
  const struct manifest_model *model = &m->models[w->model];
  json_put_key(json, "config");
  json_begin_object(json);
  json_member_string(json, "model", model->kind);
  json_member_string(json, "model_args", show_spec(&w->arena, model));
  json_member_string(json, "model_sha", model->sha256);
  put_nulls(json, unknown);
  for (size_t i = 0; i < COUNT(seeds); i++)
    json_member_number(json, seeds[i], (double)m->seed);
  json_end_object(json);
}

static void put_results(struct lmeval_writer *w, struct buf *out)
{
  static const char *const unknown[] = {
    "pretty_env_info",     "transformers_version", "upper_git_hash",
    "tokenizer_pad_token", "tokenizer_eos_token",  "tokenizer_bos_token",
    "eot_token_id",        "max_length",           NULL,
  };
  static const char *const untemplated[] = { "system_instruction", "system_instruction_sha",
                                             "fewshot_as_multiturn", "chat_template",
                                             "chat_template_sha", NULL };
  const struct manifest *m = w->report->manifest;
  const struct manifest_model *model = &m->models[w->model];
  struct json_writer json;
  json_writer_init(&json, out, JSON_INDENT2);
  json_begin_object(&json);
  put_per_suite(w, &json, "results", put_result);
  put_per_suite(w, &json, "group_subtasks", put_no_subtasks);
  put_per_suite(w, &json, "configs", put_config);
  put_per_suite(w, &json, "versions", put_version);
  put_per_suite(w, &json, "n-shot", put_shots);
  put_per_suite(w, &json, "higher_is_better", put_higher_is_better);
  put_per_suite(w, &json, "n-samples", put_counts);
  put_run_config(w, &json);
  json_member_string(&json, "git_hash", m->commit);
  json_member_number(&json, "date", (double)m->started_us / 1e6);
  put_nulls(&json, unknown);
  json_put_key(&json, "lm_eval_version");
  json_put_string(&json, arena_printf(&w->arena, "oreo-bench %.*s",
                                      STR_ARG(m->program_version)));
  put_per_suite(w, &json, "task_hashes", put_task_hash);
  json_member_string(&json, "model_source", model->kind);
  json_member_string(&json, "model_name", model->label);
  json_member_string(&json, "model_name_sanitized", model_folder(w, w->model));
  put_nulls(&json, untemplated);
  /* the one thing that would differ between two reports of a journal */
  json_member_string(&json, "total_evaluation_time_seconds", STR("0"));
  json_end_object(&json);
  buf_add_char(out, '\n');
}

/* ---- files ---- */

static int save(struct str dir, const char *name, const struct buf *out, struct err *err)
{
  struct buf path;
  buf_init(&path, BUF_CAP_OWN);
  fs_join(&path, dir.ptr, name);
  int rc = buf_failed(out)
               ? err_set(err, ERR_DATA, "cannot write '%s': it would be larger than 1 GiB; "
                                        "report on fewer samples at once", path.ptr)
               : fs_write(path.ptr, buf_str(out), err);
  buf_release(&path);
  return rc;
}

static int write_model(struct lmeval_writer *w, const char *dir, struct err *err)
{
  struct str folder = model_folder(w, w->model);
  struct str path = arena_printf(&w->arena, "%s/%.*s", dir, STR_ARG(folder));
  struct buf out;
  int rc = fs_make_dir(path.ptr, err);
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; i < w->n_suites && rc == 0; i++) {
    buf_reset(&out);
    put_samples(w, &out, i);
    struct str name = w->suites[i].suite->suite->name;
    rc = save(path, arena_printf(&w->arena, "samples_%.*s_%s.jsonl",
                                 STR_ARG(safe_name(&w->arena, name)), w->time).ptr,
              &out, err);
  }
  if (rc == 0) {
    buf_reset(&out);
    put_results(w, &out);
    rc = save(path, arena_printf(&w->arena, "results_%s.json", w->time).ptr, &out, err);
  }
  buf_release(&out);
  return rc;
}

static void add_suite(struct lmeval_writer *w, const struct suite_report *suite)
{
  const struct table *table = suite->table;
  struct lmeval_suite *out = &w->suites[w->n_suites++];
  struct str style = suite->suite->prompt_style;
  out->suite = suite;
  out->filter = filter_name(&w->arena, suite->suite->grader);
  if (str_starts(style, STR("lm-eval ")))
    out->task = lmeval_task_find(str_slice(style, sizeof "lm-eval " - 1, style.len));
  out->items = ARENA_NEW(&w->arena, const struct item *, table->n_rows + 1);
  for (size_t row = 0; row < table->n_rows; row++)
    out->items[row] = item_of(suite->items, &table->rows[row]);
}

int report_write_lmeval(const char *dir, const struct report *report, struct err *err)
{
  struct lmeval_writer w = { .report = report };
  size_t most_rows = 0;
  int rc = 0;
  clock_format_file(report->manifest->started_us, w.time);
  w.suites = ARENA_NEW(&w.arena, struct lmeval_suite, report->n_suites + 1);
  w.task_hash = ARENA_NEW(&w.arena, struct sha256_hex, report->n_suites + 1);
  for (size_t s = 0; s < report->n_suites; s++) {
    if (report->suites[s].items)
      add_suite(&w, &report->suites[s]);
    if (report->suites[s].n_items > most_rows)
      most_rows = report->suites[s].n_items;
  }
  w.values = ARENA_NEW(&w.arena, double, most_rows + 1);
  for (w.model = 0; w.n_suites && w.model < report->manifest->n_models && rc == 0; w.model++)
    rc = write_model(&w, dir, err);
  arena_release(&w.arena);
  return rc;
}
