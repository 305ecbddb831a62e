/* lmeval_samples.c - samples_<suite>_<time>.jsonl: a row an item, with lm-eval's hashes.
 */
#include "base/json.h"
#include "report/lmeval_file.h"

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

bool lmeval_has_row(const struct lmeval_writer *w, const struct lmeval_suite *suite,
                    size_t row)
{
  const struct record *record = table_first(suite->suite->table, w->model, row);
  return record && record->verdict != VERDICT_ERROR && suite->items[row];
}

void lmeval_put_samples(struct lmeval_writer *w, struct buf *out, size_t number)
{
  const struct lmeval_suite *suite = &w->suites[number];
  struct sha256 *all = sha256_create();
  for (size_t row = 0; row < suite->suite->table->n_rows; row++)
    if (lmeval_has_row(w, suite, row))
      put_sample(w, out, suite, row, all);
  w->task_hash[number] = sha256_final(all);
}
