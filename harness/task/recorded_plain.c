/* recorded_plain.c - one answer a row: our journals, trajectories
 * {prompt,response,reward}, NeMo-Skills' outputs, and whatever else has a question and a
 * response. */
#include <limits.h>
#include <math.h>

#include "task/recorded_row.h"

/* ---- what rows of this kind have in common ---- */

static const char *const prompt_keys[] = { "prompt", "input", "query", NULL };
static const char *const id_keys[] = { "id", "unique_id", "item", "task_id", NULL };
static const char *const gold_keys[] = { "gold",         "expected_answer", "gt",
                                         "ground_truth", "target",          NULL };
static const char *const label_keys[] = { "correct", "is_correct", "symbolic_correct",
                                          "label",   "acc",        NULL };
static const char *const row_keys[] = { "doc_id", "index", "idx", NULL };
static const char *const finish_keys[] = { "finish_reason", "finish", "stop_reason",
                                           NULL };

static const struct json *first_member(const struct json *row, const char *const *keys)
{
  const struct json *node = NULL;
  for (; *keys && !node; keys++)
    node = json_member(row, *keys);
  return node;
}

static int sample_of(struct recorded_loading *loading, const struct json *row,
                     const struct recorded_answer *answer)
{
  int64_t sample = recorded_count(json_member(row, "sample"));
  return sample >= 0 && sample < INT_MAX ? (int)sample : recorded_sample(loading, answer);
}

/* Everything but the response. */
static struct recorded_answer *add_row(struct recorded_loading *loading, size_t line,
                                       const struct json *row)
{
  struct recorded_answer *answer = recorded_add(loading, line);
  answer->suite = recorded_text(loading, json_member(row, "suite"));
  answer->question = recorded_member(loading, row, recorded_question_keys);
  if (!str_present(answer->question))
    answer->prompt = recorded_member(loading, row, prompt_keys);
  answer->id = recorded_scalar(loading, first_member(row, id_keys));
  answer->doc_id = recorded_count(first_member(row, row_keys));
  struct str gold = recorded_scalar(loading, first_member(row, gold_keys));
  if (str_present(gold))
    answer->gold = recorded_gold(gold);
  answer->label = recorded_label(first_member(row, label_keys));
  answer->finish =
      finish_from_name(json_string(first_member(row, finish_keys), STR("unknown")));
  answer->value = recorded_value(json_member(row, "value"));
  answer->sample = sample_of(loading, row, answer);
  return answer;
}

/* ---- our journal ---- */

static bool is_journal(const struct json *row)
{
  return json_type(json_member(row, "v")) == JSON_NUMBER && json_member(row, "crc") &&
         json_type(json_member(row, "item")) == JSON_STRING &&
         json_type(json_member(row, "model")) == JSON_STRING;
}

static int read_journal(struct recorded_loading *loading, size_t line,
                        const struct json *row)
{
  struct str model = json_get_string(row, "model", STR(""));
  recorded_offer(loading, model);
  if (!str_present(loading->field) && loading->n_fields > 1)
    return recorded_field_error(loading, "holds several models' answers");
  if (str_present(loading->field) && !str_equal(model, loading->field))
    return 0;
  const struct json *response = json_member(row, "response");
  if (json_type(response) != JSON_STRING)
    return 0; /* an error was recorded: there is no answer */
  struct recorded_answer *answer = add_row(loading, line, row);
  answer->response = recorded_text(loading, response);
  answer->filtered = recorded_text(loading, json_member(row, "extracted"));
  int verdict = verdict_from_name(json_get_string(row, "verdict", STR("")));
  if (verdict >= 0 && verdict != VERDICT_ERROR)
    answer->label = verdict == VERDICT_CORRECT;
  return 0;
}

const struct recorded_reader recorded_journal = { RECORDED_JOURNAL, is_journal,
                                                  read_journal, true };

/* ---- OREO's trajectories ---- */

static bool is_oreo(const struct json *row)
{
  return json_type(json_member(row, "reward")) == JSON_NUMBER &&
         (json_type(json_member(row, "response")) == JSON_STRING ||
          json_type(json_member(row, "conversations")) == JSON_ARRAY);
}

/* The last turn of the assistant, and what the user said first. */
static void read_turns(struct recorded_loading *loading, const struct json *turns,
                       struct str *prompt, struct str *response)
{
  for (const struct json *turn = json_first(turns); turn; turn = json_next(turn)) {
    struct str role = json_get_string(turn, "role", STR(""));
    const struct json *content = json_member(turn, "content");
    if (str_equal(role, STR("assistant")))
      *response = json_string(content, *response);
    else if (str_equal(role, STR("user")) && !str_present(*prompt))
      *prompt = recorded_text(loading, content);
  }
  if (str_present(*response))
    *response = arena_str(loading->arena, *response);
}

static int read_oreo(struct recorded_loading *loading, size_t line,
                     const struct json *row)
{
  struct str prompt = STR_NONE;
  struct str response = recorded_text(loading, json_member(row, "response"));
  if (!str_present(response))
    read_turns(loading, json_member(row, "conversations"), &prompt, &response);
  if (!str_present(response)) {
    problem_add(&loading->problems, line, "'conversations' holds no assistant's turn");
    return 0;
  }
  struct recorded_answer *answer = add_row(loading, line, row);
  if (str_present(prompt))
    answer->prompt = prompt;
  answer->response = response;
  double reward = json_get_number(row, "reward", NAN);
  if (reward == 0 || reward == 1 || reward == -1)
    answer->label = reward > 0; /* other rewards are no judgement of right and wrong */
  return 0;
}

const struct recorded_reader recorded_oreo = { RECORDED_OREO, is_oreo, read_oreo, false };

/* ---- NeMo-Skills ---- */

static bool is_nemo(const struct json *row)
{
  return json_type(json_member(row, "generation")) == JSON_STRING;
}

static int read_nemo(struct recorded_loading *loading, size_t line,
                     const struct json *row)
{
  struct recorded_answer *answer = add_row(loading, line, row);
  answer->response = recorded_text(loading, json_member(row, "generation"));
  answer->filtered = recorded_text(loading, json_member(row, "predicted_answer"));
  return 0;
}

const struct recorded_reader recorded_nemo = { RECORDED_NEMO, is_nemo, read_nemo, false };

/* ---- plain ---- */

static const char *const response_keys[] = { "response",   "completion", "output",
                                             "prediction", "text",       "answer",
                                             NULL };

static bool is_plain(const struct json *row)
{
  return first_member(row, recorded_question_keys) || first_member(row, prompt_keys) ||
         first_member(row, id_keys) || first_member(row, row_keys);
}

static int read_plain(struct recorded_loading *loading, size_t line,
                      const struct json *row)
{
  const struct json *response = str_present(loading->field)
                                    ? json_member(row, loading->field.ptr)
                                    : first_member(row, response_keys);
  if (json_type(response) != JSON_STRING) {
    problem_add(&loading->problems, line, "no string in '%s'",
                str_present(loading->field) ? loading->field.ptr : response_keys[0]);
    return 0;
  }
  struct recorded_answer *answer = add_row(loading, line, row);
  answer->response = recorded_text(loading, response);
  if (!str_present(answer->gold) && response != json_member(row, "answer")) {
    struct str gold = recorded_scalar(loading, json_member(row, "answer"));
    if (str_present(gold))
      answer->gold = recorded_gold(gold);
  }
  return 0;
}

const struct recorded_reader recorded_plain = { RECORDED_PLAIN, is_plain, read_plain,
                                                true };
