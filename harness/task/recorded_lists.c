/* recorded_lists.c - rows with several answers each: OpenAI's
 * example_model_solutions.jsonl (a member per model) and Qwen2.5-Math's outputs (lists
 * with an element per sample). */
#include "task/limits.h"
#include "task/recorded_row.h"

/* ---- OpenAI: {"question","ground_truth","<model>":{"is_correct","solution"},...} ----
 */

static bool is_solution(const struct json *node)
{
  return json_type(node) == JSON_OBJECT &&
         json_type(json_member(node, "solution")) == JSON_STRING;
}

static bool is_openai(const struct json *row)
{
  if (json_type(json_member(row, "question")) != JSON_STRING)
    return false;
  for (const struct json *child = json_first(row); child; child = json_next(child))
    if (is_solution(child))
      return true;
  return false;
}

/* The true solution ends in a line "A: 18". */
static struct str truth_gold(struct str truth)
{
  ptrdiff_t at = str_find_last(truth, STR("\nA: "));
  return at < 0 ? recorded_gold(truth)
                : str_trim(str_slice(truth, (size_t)at + 4, truth.len));
}

static int check_openai_field(struct recorded_loading *loading, const struct json *row)
{
  for (const struct json *child = json_first(row); child; child = json_next(child))
    if (is_solution(child))
      recorded_offer(loading, json_key(child));
  if (!str_present(loading->field))
    return recorded_field_error(loading, "holds several models' answers");
  if (!is_solution(json_member(row, loading->field.ptr)))
    return recorded_field_error(loading, "has no model");
  return 0;
}

static int read_openai(struct recorded_loading *loading, size_t line,
                       const struct json *row)
{
  if (!loading->n_fields && check_openai_field(loading, row) < 0)
    return -1;
  const struct json *solution = json_member(row, loading->field.ptr);
  if (!is_solution(solution)) {
    problem_add(&loading->problems, line, "has no solution of '%s'", loading->field.ptr);
    return 0;
  }
  struct recorded_answer *answer = recorded_add(loading, line);
  answer->question = recorded_member(loading, row, recorded_question_keys);
  struct str truth = recorded_text(loading, json_member(row, "ground_truth"));
  if (str_present(truth))
    answer->gold = truth_gold(truth);
  answer->response = recorded_text(loading, json_member(solution, "solution"));
  answer->label = recorded_label(json_member(solution, "is_correct"));
  answer->sample = recorded_sample(loading, answer);
  return 0;
}

const struct recorded_reader recorded_openai = { RECORDED_OPENAI, is_openai, read_openai,
                                                 true };

/* ---- Qwen: {"idx","question","gt","code":[],"pred":[],"score":[],"pred_score":[[]]}
 * ---- */

static bool is_qwen(const struct json *row)
{
  return json_type(json_member(row, "code")) == JSON_ARRAY &&
         (json_type(json_member(row, "score")) == JSON_ARRAY ||
          json_type(json_member(row, "pred")) == JSON_ARRAY);
}

/* Walks the lists side by side; a list that is absent or shorter gives NULL. */
static const struct json *advance(const struct json *node)
{
  return node ? json_next(node) : NULL;
}

static int read_qwen(struct recorded_loading *loading, size_t line,
                     const struct json *row)
{
  struct recorded_answer common = recorded_blank(line);
  common.doc_id = recorded_count(json_member(row, "idx"));
  common.question = recorded_member(loading, row, recorded_question_keys);
  common.gold = recorded_scalar(loading, json_member(row, "gt"));
  const struct json *score = json_first(json_member(row, "score"));
  const struct json *pred = json_first(json_member(row, "pred"));
  const struct json *value = json_first(json_member(row, "pred_score"));
  const struct json *finish = json_first(json_member(row, "finish_reason"));
  const struct json *code = json_first(json_member(row, "code"));
  for (; code; code = json_next(code)) {
    if (json_type(code) != JSON_STRING || common.sample >= TASK_SAMPLES_MAX) {
      problem_add(&loading->problems, line, "'code' must hold up to %d strings",
                  TASK_SAMPLES_MAX);
      return 0;
    }
    struct recorded_answer *answer = recorded_add(loading, line);
    *answer = common;
    answer->response = recorded_text(loading, code);
    answer->label = recorded_label(score);
    answer->filtered = recorded_text(loading, pred);
    answer->value = recorded_value(value);
    answer->finish = finish_from_name(json_string(finish, STR("")));
    common.sample++;
    score = advance(score);
    pred = advance(pred);
    value = advance(value);
    finish = advance(finish);
  }
  if (!common.sample)
    problem_add(&loading->problems, line, "'code' holds no response");
  return 0;
}

const struct recorded_reader recorded_qwen = { RECORDED_QWEN, is_qwen, read_qwen, false };
