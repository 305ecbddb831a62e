/* report_json.c - every number of the report, for programs; and the item table. */
#include "base/json.h"
#include "report/extent.h"
#include "report/show.h"
#include "report/tokens.h"

/* The layout's version: raised when a member changes its meaning or goes. */
enum { REPORT_JSON_VERSION = 1 };

static void put_interval(struct json_writer *w, const char *key, struct interval i)
{
  json_put_key(w, key);
  json_begin_array(w);
  json_put_number(w, i.low);
  json_put_number(w, i.high);
  json_end_array(w);
}

static void put_score(struct json_writer *w, const struct score *score)
{
  json_member_int(w, "n", (int64_t)score->n);
  json_member_int(w, "n_correct", (int64_t)score->n_correct);
  json_member_number(w, "accuracy", score->accuracy);
  put_interval(w, "wilson95", score->wilson);
}

static void put_at_k(struct json_writer *w, const char *key, const struct at_k *at,
                     size_t n)
{
  if (!n)
    return;
  json_put_key(w, key);
  json_begin_array(w);
  for (size_t i = 0; i < n; i++) {
    json_begin_object(w);
    json_member_int(w, "k", at[i].k);
    json_member_int(w, "n", (int64_t)at[i].n);
    json_member_number(w, "value", at[i].value);
    put_interval(w, "ci95", at[i].ci);
    json_end_object(w);
  }
  json_end_array(w);
}

static void put_groups(struct json_writer *w, const struct model_report *model)
{
  json_put_key(w, "groups");
  json_begin_object(w);
  for (enum grouping g = 0; g < GROUP_COUNT; g++) {
    if (!model->n_groups[g])
      continue;
    json_put_key(w, grouping_name(g));
    json_begin_array(w);
    for (size_t i = 0; i < model->n_groups[g]; i++) {
      json_begin_object(w);
      json_member_string(w, "name", model->groups[g][i].name);
      put_score(w, &model->groups[g][i].score);
      json_end_object(w);
    }
    json_end_array(w);
  }
  json_end_object(w);
}

static void put_sum(struct json_writer *w, const char *key,
                    const struct token_count *count)
{
  json_put_key(w, key);
  json_begin_object(w);
  json_put_key(w, "sum");
  if (count->n)
    json_put_int(w, count->sum);
  else
    json_put_null(w);
  json_member_int(w, "records", (int64_t)count->n);
  json_end_object(w);
}

static void put_tokens(struct json_writer *w, const struct token_report *t)
{
  if (!tokens_known(t))
    return;
  json_put_key(w, "tokens");
  json_begin_object(w);
  json_member_int(w, "records", (int64_t)t->n_records);
  json_member_int(w, "records_without", (int64_t)t->n_silent);
  put_sum(w, "prompt", &t->in);
  put_sum(w, "completion", &t->out);
  put_sum(w, "reasoning", &t->reasoning);
  json_member_number(w, "mean_completion", t->mean_out);
  json_member_int(w, "answers", (int64_t)t->n_answers);
  json_member_int(w, "answers_cut", (int64_t)t->n_cut);
  json_member_int(w, "answers_correct", (int64_t)t->n_correct);
  json_member_number(w, "price_in", t->price_in);
  json_member_number(w, "price_out", t->price_out);
  json_member_number(w, "cost", t->cost);
  json_member_number(w, "cost_per_correct", t->per_correct);
  json_end_object(w);
}

static void put_unfinished(struct json_writer *w, const struct report *report)
{
  if (!report_unfinished(report))
    return;
  json_put_key(w, "unfinished");
  json_begin_object(w);
  json_member_int(w, "answered", (int64_t)report->n_answered);
  json_member_int(w, "asked", (int64_t)report->n_asked);
  json_member_string(w, "next", str_from(extent_next(report)));
  json_end_object(w);
}

/* Only of a model that ran here: other reports are what they always were. */
static void put_engine(struct json_writer *w, const struct manifest_engine *engine)
{
  if (!engine)
    return;
  json_put_key(w, "engine");
  json_begin_object(w);
  json_member_string(w, "device", engine->device);
  json_member_string(w, "driver", engine->driver);
  json_member_string(w, "dtype", engine->dtype);
  json_member_string(w, "chat_template", engine->chat_template);
  json_member_int(w, "context", (int64_t)engine->context);
  json_end_object(w);
}

static void put_model(struct json_writer *w, struct arena *arena,
                      const struct model_report *model)
{
  json_begin_object(w);
  json_member_string(w, "label", model->label);
  json_member_string(w, "from", show_spec(arena, model->model));
  json_member_string(w, "kind", model->model->kind);
  json_member_string(w, "sha256", model->model->sha256);
  put_engine(w, model->model->engine);
  put_score(w, &model->first);
  json_member_number(w, "low", model->low);
  json_member_number(w, "high", model->high);
  json_member_int(w, "n_items", (int64_t)model->n_items);
  json_member_int(w, "n_samples", (int64_t)model->n_samples);
  json_put_key(w, "verdicts");
  json_begin_object(w);
  for (enum verdict v = 0; v < VERDICT_COUNT; v++)
    json_member_int(w, verdict_name(v), (int64_t)model->count[v]);
  json_end_object(w);
  json_member_int(w, "n_labelled", (int64_t)model->n_labelled);
  json_member_int(w, "n_label_differs", (int64_t)model->n_label_differs);
  if (model->n_answered < model->n_asked) {
    json_member_int(w, "n_answered", (int64_t)model->n_answered);
    json_member_int(w, "n_asked", (int64_t)model->n_asked);
  }
  put_tokens(w, &model->tokens);
  put_at_k(w, "pass_at", model->pass, model->n_pass);
  put_at_k(w, "maj_at", model->maj, model->n_maj);
  put_groups(w, model);
  json_end_object(w);
}

static void put_pair(struct json_writer *w, const struct suite_report *suite,
                     const struct pair_report *pair)
{
  json_begin_object(w);
  json_member_string(w, "a", suite->models[pair->a].label);
  json_member_string(w, "b", suite->models[pair->b].label);
  json_member_int(w, "n", (int64_t)pair->n);
  json_member_int(w, "only_a", (int64_t)pair->wins);
  json_member_int(w, "only_b", (int64_t)pair->losses);
  json_member_number(w, "difference", pair->difference);
  put_interval(w, "ci95", pair->ci);
  json_member_number(w, "p", pair->p);
  json_member_number(w, "p_holm", pair->p_holm);
  json_member_number(w, "min_detectable", pair->min_detectable);
  json_end_object(w);
}

static void put_disagreements(struct json_writer *w, const struct suite_report *suite)
{
  json_put_key(w, "label_differs");
  json_begin_array(w);
  for (size_t i = 0; i < suite->n_models * suite->n_items; i++) {
    const struct record *r = suite->records[i];
    if (!r || r->label < 0 || r->verdict == VERDICT_ERROR ||
        (r->verdict == VERDICT_CORRECT) == (r->label == 1))
      continue;
    json_begin_object(w);
    json_member_string(w, "item", r->item);
    json_member_string(w, "model", r->model);
    json_member_int(w, "label", r->label);
    json_member_string(w, "verdict", str_from(verdict_name(r->verdict)));
    json_member_string(w, "gold", r->gold);
    json_member_string(w, "extracted", r->extracted);
    json_member_string(w, "rule", r->rule);
    json_member_string(w, "reason", r->reason);
    json_end_object(w);
  }
  json_end_array(w);
}

/* One row an item: its id and a verdict a model, null where there is none. */
static void put_items(struct json_writer *w, const struct suite_report *suite)
{
  json_put_key(w, "items");
  json_begin_array(w);
  for (size_t row = 0; row < suite->n_items; row++) {
    struct str id = STR_NONE;
    for (size_t m = 0; m < suite->n_models && !str_present(id); m++)
      if (suite->records[m * suite->n_items + row])
        id = suite->records[m * suite->n_items + row]->item;
    json_begin_object(w);
    json_member_string(w, "id", id);
    json_put_key(w, "verdicts");
    json_begin_array(w);
    for (size_t m = 0; m < suite->n_models; m++) {
      const struct record *r = suite->records[m * suite->n_items + row];
      json_put_string(w, r ? str_from(verdict_name(r->verdict)) : STR_NONE);
    }
    json_end_array(w);
    json_end_object(w);
  }
  json_end_array(w);
}

static void put_suite(struct json_writer *w, struct arena *arena,
                      const struct suite_report *suite)
{
  const struct manifest_suite *s = suite->suite;
  json_begin_object(w);
  json_member_string(w, "name", s->name);
  json_member_string(w, "title", s->title);
  json_member_int(w, "version", s->version);
  json_member_string(w, "definition_sha256", s->definition_sha256);
  json_member_string(w, "data", s->data_source);
  json_member_string(w, "data_sha256", s->data_sha256);
  json_member_string(w, "split", s->split);
  json_member_bool(w, "builtin", s->builtin);
  json_member_int(w, "n_items_of_data", (int64_t)s->n_items);
  json_member_int(w, "n_items_asked", (int64_t)s->n_run);
  json_member_string(w, "prompt", s->prompt_style);
  json_member_string(w, "prompt_sha256", s->prompt_sha256);
  json_member_int(w, "num_fewshot", s->num_fewshot);
  json_member_string(w, "grader", s->grader);
  json_put_key(w, "models");
  json_begin_array(w);
  for (size_t m = 0; m < suite->n_models; m++)
    put_model(w, arena, &suite->models[m]);
  json_end_array(w);
  json_put_key(w, "pairs");
  json_begin_array(w);
  for (size_t i = 0; i < suite->n_pairs; i++)
    put_pair(w, suite, &suite->pairs[i]);
  json_end_array(w);
  put_disagreements(w, suite);
  put_items(w, suite);
  json_end_object(w);
}

static void put_notes(struct json_writer *w, const struct report *report)
{
  json_put_key(w, "warnings");
  json_begin_array(w);
  for (size_t i = 0; i < report->n_warnings; i++) {
    json_begin_object(w);
    json_member_string(w, "id", str_from(report->warnings[i].id));
    json_member_string(w, "text", report->warnings[i].text);
    json_member_string(w, "next", str_from(report->warnings[i].next));
    json_end_object(w);
  }
  json_end_array(w);
  json_put_key(w, "gates");
  json_begin_array(w);
  for (size_t i = 0; i < report->n_gates; i++) {
    json_begin_object(w);
    json_member_string(w, "name", report->gates[i].name);
    json_member_bool(w, "passed", report->gates[i].passed);
    json_member_string(w, "message", report->gates[i].message);
    json_end_object(w);
  }
  json_end_array(w);
}

void report_write_json(struct buf *out, const struct report *report)
{
  const struct manifest *m = report->manifest;
  struct arena arena = { 0 };
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_int(&w, "report_version", REPORT_JSON_VERSION);
  put_unfinished(&w, report);
  json_member_string(&w, "program_version", m->program_version);
  json_member_string(&w, "commit", m->commit);
  json_put_key(&w, "seed");
  json_put_string(&w, arena_printf(&arena, "%llu", (unsigned long long)m->seed));
  json_member_int(&w, "samples", m->samples);
  json_member_bool(&w, "passed", report_passed(report));
  json_put_key(&w, "options");
  json_begin_object(&w);
  for (size_t i = 0; i < m->n_options; i++)
    json_member_string(&w, arena_cstr(&arena, m->options[i].name), m->options[i].value);
  json_end_object(&w);
  json_put_key(&w, "suites");
  json_begin_array(&w);
  for (size_t s = 0; s < report->n_suites; s++)
    put_suite(&w, &arena, &report->suites[s]);
  json_end_array(&w);
  put_notes(&w, report);
  json_end_object(&w);
  buf_add_char(out, '\n');
  arena_release(&arena);
}
