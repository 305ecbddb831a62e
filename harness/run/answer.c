#include "run/answer.h"

#include <math.h>

#include "run/run.h"

struct record answer_record(const struct answer_key *key)
{
  const struct item *item = key->item;
  return (struct record){
    .suite = key->suite->suite->name,
    .model = key->model,
    .item = item->id,
    .index = item->index,
    .sample = key->sample,
    .gold = item->gold,
    .level = item->level,
    .subject = item->subject,
    .n_steps = item->n_steps,
    .finish = FINISH_UNKNOWN,
    .label = -1,
    .value = NAN,
    .tokens_in = -1,
    .tokens_out = -1,
    .tokens_reasoning = -1,
  };
}

/* Where the text stops being what a journal can hold. */
static size_t good_length(struct str text)
{
  size_t bad = text.len;
  if (str_is_utf8(text, &bad))
    bad = text.len;
  ptrdiff_t zero = str_find_char(str_slice(text, 0, bad), '\0');
  return zero >= 0 ? (size_t)zero : bad;
}

struct str answer_clean(struct str text, struct arena *arena)
{
  size_t good = good_length(text);
  if (good == text.len)
    return text;
  struct str sign = STR("\xEF\xBF\xBD");
  char *clean = arena_alloc(arena, 3 * text.len + 1); /* each bad byte becomes three */
  size_t n = 0;
  while (text.len) {
    memcpy(clean + n, text.ptr, good);
    n += good;
    text = str_slice(text, good, text.len);
    if (!text.len)
      break;
    memcpy(clean + n, sign.ptr, sign.len);
    n += sign.len;
    text = str_slice(text, 1, text.len);
    good = good_length(text);
  }
  return (struct str){ clean, n };
}

static struct grade grade(const struct answer_key *key, struct str response,
                          enum finish finish)
{
  return grader_grade(key->suite->grader, key->item->gold, response, GRADE_RESPONSE,
                      finish);
}

/* The type of the gold, also where there was nothing to hold against it. */
static const char *category(const struct answer_key *key, const struct grade *g)
{
  struct str gold = key->item->gold;
  if (g->category && g->category[0])
    return g->category;
  return grader_grade(key->suite->grader, gold, gold, GRADE_BARE, FINISH_STOP).category;
}

/* Why there is nothing to grade, or absent. */
static struct str failure(const struct reply *reply, struct arena *arena)
{
  if (reply->failed)
    return answer_clean(reply->what, arena);
  if (reply->response.len > RUN_RESPONSE_MAX)
    return arena_printf(arena, "the response has %zu bytes, more than %zu",
                        reply->response.len, RUN_RESPONSE_MAX);
  return STR_NONE;
}

static void add_tokens(struct record *record, const struct reply *reply)
{
  record->tokens_in = reply->tokens_in;
  record->tokens_out = reply->tokens_out;
  record->tokens_reasoning = reply->tokens_reasoning;
}

void answer_grade(struct record *record, const struct answer_key *key,
                  const struct sha256_hex *prompt, const struct reply *reply,
                  struct arena *arena)
{
  struct str failed = failure(reply, arena);
  bool ok = !str_present(failed);
  struct str response = ok ? answer_clean(reply->response, arena) : STR("");
  struct grade g = grade(key, response, reply->finish);
  record->prompt_sha256 = arena_str(arena, str_from(prompt->text));
  add_tokens(record, reply);
  if (!ok) {
    record->category = str_from(category(key, &g));
    record->verdict = VERDICT_ERROR;
    record->reason = failed;
    return;
  }
  record->response = response;
  record->finish = reply->finish;
  record->verdict = g.verdict;
  record->reason = str_from(grade_reason_name(g.reason));
  /* a composed answer is the grader's until its next call */
  record->extracted = str_present(g.extracted) ? arena_str(arena, g.extracted) : STR_NONE;
  record->span_at = g.span_at;
  record->span_len = g.span_len;
  record->rule = str_from(g.rule);
  record->label = reply->label;
  record->value = reply->value;
  if (str_present(reply->reasoning))
    record->reasoning = answer_clean(reply->reasoning, arena);
  record->logprobs = reply->logprobs;
  record->category = str_from(category(key, &g));
}
