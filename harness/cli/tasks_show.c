#include "cli/tasks.h"

#include "base/json.h"

enum { SAMPLE_ITEMS = 3 };

/* ---- for people ---- */

static const char *answer_kind_text(const struct suite *suite)
{
  return suite->answer_kind == ANSWER_NUMBER ? "one number" : "any expression";
}

/* Text with every line indented, so that headings stand out. */
static void put_indented(struct buf *out, struct str text)
{
  struct str rest = text, line;
  while (str_present(line = str_next_line(&rest)))
    buf_printf(out, "%s%.*s\n", line.len ? "    " : "", STR_ARG(line));
}

static void put_splits(struct buf *out, const struct suite *suite)
{
  buf_add_cstr(out, "  splits   ");
  for (size_t i = 0; i < suite->n_sources; i++)
    buf_printf(out, " %.*s", STR_ARG(suite->sources[i].split));
  buf_add_cstr(out, suite->n_sources ? " (publisher's)" : "");
  for (size_t i = 0; i < suite->builtin.n_splits; i++)
    buf_printf(out, "%s %.*s", i == 0 && suite->n_sources ? "," : "",
               STR_ARG(suite->builtin.splits[i].name));
  buf_add_cstr(out, suite->builtin.n_splits ? " (built-in)\n" : "\n");
}

static void put_definition(struct buf *out, const struct suite *suite)
{
  buf_printf(out, "%.*s\n", STR_ARG(suite->title));
  buf_printf(out, "  licence   %.*s\n", STR_ARG(suite->licence));
  buf_printf(out, "  cite      %.*s\n", STR_ARG(suite->citation));
  buf_printf(out, "  answers   %s, graded by '%.*s'\n", answer_kind_text(suite),
             STR_ARG(suite->grader));
  put_splits(out, suite);
  buf_add_cstr(out, "  prompt\n");
  put_indented(out, suite->prompt);
}

static void put_item(struct buf *out, const struct item *item)
{
  buf_printf(out, "\nitem %.*s", STR_ARG(item->id));
  if (str_present(item->subject))
    buf_printf(out, ", %.*s", STR_ARG(item->subject));
  if (str_present(item->level))
    buf_printf(out, ", level %.*s", STR_ARG(item->level));
  if (item->n_steps)
    buf_printf(out, ", %d step%s", item->n_steps, item->n_steps == 1 ? "" : "s");
  buf_add_cstr(out, "\n  question\n");
  put_indented(out, item->question);
  if (str_present(item->solution)) {
    buf_add_cstr(out, "  solution\n");
    put_indented(out, item->solution);
  }
  buf_printf(out, "  answer\n");
  put_indented(out, item->gold);
}

static void put_data(struct buf *out, const struct item_set *set)
{
  buf_printf(out, "\ndata %.*s, split %.*s: %zu items, sha256 %s\n", STR_ARG(set->source),
             STR_ARG(set->split), set->n_items, set->sha256.text);
  if (set->n_problems)
    buf_printf(out, "  %zu rows cannot be used; 'oreo-bench tasks verify' lists them\n",
               set->n_problems);
}

/* ---- for programs ---- */

static void item_json(struct json_writer *w, const struct item *item)
{
  json_begin_object(w);
  json_member_int(w, "index", (int64_t)item->index);
  json_member_string(w, "id", item->id);
  json_member_string(w, "question", item->question);
  json_member_string(w, "solution", item->solution);
  json_member_string(w, "answer", item->gold);
  json_member_string(w, "level", item->level);
  json_member_string(w, "subject", item->subject);
  json_member_int(w, "steps", item->n_steps);
  json_member_string(w, "question_sha256", str_from(item->question_sha256.text));
  json_end_object(w);
}

static void definition_json(struct json_writer *w, const struct suite *suite)
{
  json_member_string(w, "suite", suite->name);
  json_member_int(w, "version", suite->version);
  json_member_string(w, "title", suite->title);
  json_member_string(w, "licence", suite->licence);
  json_member_string(w, "citation", suite->citation);
  json_member_string(w, "grader", suite->grader);
  json_member_string(w, "prompt", suite->prompt);
  json_member_string(w, "system", suite->system);
  json_member_string(w, "definition_sha256", suite->sha256);
}

static void data_json(struct json_writer *w, const struct item_set *set)
{
  json_put_key(w, "data");
  json_begin_object(w);
  json_member_string(w, "source", set->source);
  json_member_string(w, "split", set->split);
  json_member_bool(w, "builtin", set->builtin);
  json_member_string(w, "sha256", str_from(set->sha256.text));
  json_member_int(w, "items", (int64_t)set->n_items);
  json_member_int(w, "unusable_rows", (int64_t)set->n_problems);
  json_end_object(w);
}

/* ---- which items ---- */

static const struct item *find_item(const struct item_set *set, struct str id,
                                    struct err *err)
{
  for (size_t i = 0; i < set->n_items; i++)
    if (str_equal(set->items[i].id, id))
      return &set->items[i];
  err_set(err, ERR_USAGE, "'%.*s' has no item '%.*s'; its first is '%.*s'",
          STR_ARG(set->source), STR_ARG(str_slice(id, 0, 80)), STR_ARG(set->items[0].id));
  return NULL;
}

static int show(struct tasks_call *call, const struct item_set *set, struct err *err)
{
  const struct tasks_settings *settings = call->settings;
  size_t n = settings->n ? (size_t)settings->n : SAMPLE_ITEMS;
  const struct item *first = set->items;
  struct json_writer w;
  struct buf out;
  if (n > set->n_items)
    n = set->n_items;
  if (settings->item) {
    n = 1;
    first = find_item(set, str_from(settings->item), err);
    if (!first)
      return -1;
  }
  buf_init(&out, BUF_CAP_OWN);
  json_writer_init(&w, &out, JSON_INDENT2);
  if (call->call->json) {
    json_begin_object(&w);
    definition_json(&w, set->suite);
    data_json(&w, set);
    json_put_key(&w, "items");
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++)
      item_json(&w, &first[i]);
    json_end_array(&w);
    json_end_object(&w);
    buf_add_char(&out, '\n');
  } else {
    put_definition(&out, set->suite);
    put_data(&out, set);
    for (size_t i = 0; i < n; i++)
      put_item(&out, &first[i]);
  }
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

int tasks_show(struct tasks_call *call, struct err *err)
{
  const struct tasks_settings *settings = call->settings;
  const struct dataset_opts opts = { .data = settings->data,
                                     .split = settings->split,
                                     .want_fewshot =
                                         settings->prompts && !settings->fewshot_file,
                                     .fewshot = settings->fewshot_data };
  struct dataset dataset;
  if (call->n_suites > 1)
    return err_set(err, ERR_USAGE, "'tasks show' shows one suite at a time");
  if (dataset_load(&dataset, call->call->arena, call->suites[0], &opts, err) < 0)
    return -1;
  return settings->prompts ? tasks_show_prompts(call, &dataset, err)
                           : show(call, dataset.items, err);
}
