/* recorded_lmeval.c - samples_<task>_<time>.jsonl of lm-eval: a row a (filter, doc), all
 * docs of the first filter, then all of the second. Both rows carry the same responses,
 * so the second shares the first one's text. */
#include "task/limits.h"
#include "task/recorded_row.h"

static const char *const doc_question_keys[] = { "question", "problem", "query",
                                                 "input",    "prompt",  NULL };
static const char *const doc_id_keys[] = { "unique_id", "id", NULL };

static bool is_lm_eval(const struct json *row)
{
  return json_member(row, "doc_id") && json_member(row, "doc") &&
         json_type(json_member(row, "resps")) == JSON_ARRAY;
}

/* arguments.gen_args_0.arg_0, or arguments[0][0] in older files. */
static struct str prompt_of(struct recorded_loading *loading, const struct json *row)
{
  const struct json *args = json_first(json_member(row, "arguments"));
  const struct json *prompt = json_first(args);
  return recorded_text(loading, prompt);
}

static int label_of(const struct json *row)
{
  int label = recorded_label(json_member(row, "exact_match"));
  const struct json *metrics = json_member(row, "metrics");
  if (json_member(row, "exact_match") || json_type(metrics) != JSON_ARRAY)
    return label;
  for (const struct json *name = json_first(metrics); name; name = json_next(name)) {
    struct str key = json_string(name, STR(""));
    const struct json *value = key.len ? json_member(row, key.ptr) : NULL;
    if (json_type(value) == JSON_NUMBER)
      return recorded_label(value);
  }
  return -1;
}

/* What all samples of the row have in common. */
static void read_common(struct recorded_loading *loading, const struct json *row,
                        struct recorded_answer *common)
{
  const struct json *doc = json_member(row, "doc");
  common->doc_id = recorded_count(json_member(row, "doc_id"));
  common->filter = recorded_text(loading, json_member(row, "filter"));
  common->doc_hash = recorded_text(loading, json_member(row, "doc_hash"));
  if (json_type(doc) == JSON_OBJECT) {
    common->question = recorded_member(loading, doc, doc_question_keys);
    common->id = recorded_member(loading, doc, doc_id_keys);
  }
  if (!str_present(common->question))
    common->prompt = prompt_of(loading, row);
  struct str target = recorded_scalar(loading, json_member(row, "target"));
  if (str_present(target))
    common->gold = recorded_gold(target);
}

/* The list of strings that holds the samples: resps is [[...]]. */
static const struct json *samples_of(const struct json *resps)
{
  const struct json *first = json_first(resps);
  return json_type(first) == JSON_ARRAY ? first : resps;
}

/* Index of the first answer of an earlier row for the same doc, or -1. Only rows that
 * tell their doc's hash are joined: files of several tasks may have been put together. */
static ptrdiff_t earlier_row(struct recorded_loading *loading, struct str doc_hash)
{
  if (!doc_hash.len)
    return -1;
  const size_t *first = strmap_find(&loading->first_row, doc_hash);
  return first ? (ptrdiff_t)*first : -1;
}

/* What the answers of this row have in common, from the earlier row as far as possible.
 */
static struct recorded_answer begin_row(struct recorded_loading *loading, size_t line,
                                        const struct json *row, ptrdiff_t earlier)
{
  struct recorded_answer common = recorded_blank(line);
  if (earlier < 0) {
    read_common(loading, row, &common);
    bool added;
    if (common.doc_hash.len)
      strmap_put(&loading->first_row, common.doc_hash, loading->n_answers, &added);
    return common;
  }
  const struct recorded_answer *twin = &loading->answers[earlier];
  common.question = twin->question;
  common.prompt = twin->prompt;
  common.id = twin->id;
  common.gold = twin->gold;
  common.doc_hash = twin->doc_hash;
  common.doc_id = recorded_count(json_member(row, "doc_id"));
  common.filter = recorded_text(loading, json_member(row, "filter"));
  return common;
}

/* The response, shared with the earlier row's where that has the same bytes. */
static struct str response_of(struct recorded_loading *loading, const struct json *node,
                              ptrdiff_t earlier, int sample)
{
  struct str text = json_string(node, STR(""));
  size_t twin = (size_t)earlier + (size_t)sample;
  if (earlier >= 0 && twin < loading->n_answers &&
      str_equal(loading->answers[twin].response, text))
    return loading->answers[twin].response;
  return arena_str(loading->arena, text);
}

static int read_row(struct recorded_loading *loading, size_t line, const struct json *row)
{
  struct str filter = json_get_string(row, "filter", STR_NONE);
  if (str_present(filter))
    recorded_offer(loading, filter);
  if (str_present(loading->field) && !str_equal(filter, loading->field))
    return 0;
  ptrdiff_t earlier = earlier_row(loading, json_get_string(row, "doc_hash", STR("")));
  struct recorded_answer common = begin_row(loading, line, row, earlier);
  common.label = label_of(row); /* of the filter's pick, which stands for the row */
  const struct json *filtered =
      json_first(samples_of(json_member(row, "filtered_resps")));
  const struct json *responses = samples_of(json_member(row, "resps"));
  for (const struct json *node = json_first(responses); node; node = json_next(node)) {
    if (json_type(node) != JSON_STRING || common.sample >= TASK_SAMPLES_MAX) {
      problem_add(&loading->problems, line, "'resps' must hold up to %d strings",
                  TASK_SAMPLES_MAX);
      return 0;
    }
    common.response = response_of(loading, node, earlier, common.sample);
    common.filtered = recorded_text(loading, filtered);
    *recorded_add(loading, line) = common;
    common.sample++;
    common.label = -1;
    filtered = filtered ? json_next(filtered) : NULL;
  }
  if (!common.sample)
    problem_add(&loading->problems, line, "'resps' holds no response");
  return 0;
}

const struct recorded_reader recorded_lm_eval = { RECORDED_LM_EVAL, is_lm_eval, read_row,
                                                  true };
