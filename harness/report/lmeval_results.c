/* lmeval_results.c - results_<time>.json. What lm-eval knows and we have no equal for
 * (tokenizer ids, its environment) is null. */
#include "base/json.h"
#include "report/extent.h"
#include "report/lmeval_file.h"
#include "report/show.h"

/* Calls `put` with each suite's name as the key. */
static void put_per_suite(struct lmeval_writer *w, struct json_writer *json,
                          const char *key,
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
    if (lmeval_has_row(w, suite, row))
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

static void put_no_subtasks(struct lmeval_writer *w, struct json_writer *json,
                            size_t number)
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
    n += lmeval_has_row(w, suite, row);
  json_begin_object(json);
  json_member_int(json, "original", (int64_t)suite->suite->suite->n_items);
  json_member_int(json, "effective", (int64_t)n);
  json_end_object(json);
}

static void put_task_hash(struct lmeval_writer *w, struct json_writer *json,
                          size_t number)
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
  static const char *const unknown[] = {
    "model_num_parameters", "model_revision", "batch_size",
    "batch_sizes",          "use_cache",      "limit",
    "bootstrap_iters",      "gen_kwargs",     NULL
  };
  static const char *const seeds[] = { "random_seed", "numpy_seed", "torch_seed",
                                       "fewshot_seed" };
  const struct manifest *m = w->report->manifest;
  const struct manifest_model *model = &m->models[w->model];
  const struct manifest_engine *engine = model->engine;
  json_put_key(json, "config");
  json_begin_object(json);
  json_member_string(json, "model", model->kind);
  json_member_string(json, "model_args", show_spec(&w->arena, model));
  json_member_string(json, "model_sha", model->sha256);
  json_member_string(json, "model_dtype", engine ? engine->dtype : STR_NONE);
  json_member_string(json, "device", engine ? engine->device : STR_NONE);
  put_nulls(json, unknown);
  for (size_t i = 0; i < COUNT(seeds); i++)
    json_member_number(json, seeds[i], (double)m->seed);
  json_end_object(json);
}

void lmeval_put_results(struct lmeval_writer *w, struct buf *out, struct str folder)
{
  static const char *const unknown[] = {
    "pretty_env_info",     "transformers_version", "upper_git_hash",
    "tokenizer_pad_token", "tokenizer_eos_token",  "tokenizer_bos_token",
    "eot_token_id",        "max_length",           NULL,
  };
  static const char *const untemplated[] = {
    "system_instruction", "system_instruction_sha", "fewshot_as_multiturn",
    "chat_template",      "chat_template_sha",      NULL
  };
  const struct manifest *m = w->report->manifest;
  const struct manifest_model *model = &m->models[w->model];
  struct json_writer json;
  json_writer_init(&json, out, JSON_INDENT2);
  json_begin_object(&json);
  if (report_unfinished(w->report))
    json_member_string(&json, "unfinished",
                       arena_printf(&w->arena, "%zu of %zu answers; %s",
                                    w->report->n_answered, w->report->n_asked,
                                    extent_next(w->report)));
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
  json_put_string(
      &json, arena_printf(&w->arena, "oreo-bench %.*s", STR_ARG(m->program_version)));
  put_per_suite(w, &json, "task_hashes", put_task_hash);
  json_member_string(&json, "model_source", model->kind);
  json_member_string(&json, "model_name", model->label);
  json_member_string(&json, "model_name_sanitized", folder);
  put_nulls(&json, untemplated);
  /* the one thing that would differ between two reports of a journal */
  json_member_string(&json, "total_evaluation_time_seconds", STR("0"));
  json_end_object(&json);
  buf_add_char(out, '\n');
}
