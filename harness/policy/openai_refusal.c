/* openai_refusal.c - which of seven things a status that is not 2xx means.
 *
 * The order: what the words say for certain (too long, filtered, no money, no such model,
 * a parameter), then what the status says, and what is left concerns this request only.
 * Words decide about 4xx; of 5xx only 500 and 501, since servers throw their refusals
 * there.
 */
#include "policy/openai_part.h"

enum { WORDS_MAX = 4 << 10 }; /* of a message; what names a reason stands early */

/* ---- words, lower case; looked for in the message, the type and the code ---- */

static const char *const too_long_words[] = {
  "context_length_exceeded",
  "exceed_context_size",
  "context_exceeded",
  "maximum context length",
  "model's context length",
  "context window",
  "available context size",
  "context size has been exceeded",
  "exceeds context size",
  "exceeds the context",
  "prompt is too long",
  "input is too long",
  "prompt too long",
  "reduce the length of the",
  "string_above_max_length",
  "longer than the model",
  "tokens + `max_new_tokens`",
  "`inputs` must have less than",
  "request too large for",
  "maximum allowed input length",
  "exceeds the maximum number of tokens",
  "decoder prompt (length",
  "max_tokens must be at least 1, got -", /* what vLLM has left for the answer */
  NULL,
};

static const char *const filtered_words[] = {
  "content_filter",
  "content_policy_violation",
  "content management policy",
  "responsibleaipolicyviolation",
  "content_moderation",
  "flagged by",
  "safety system",
  "data_inspection_failed",
  "inappropriate content",
  NULL,
};

static const char *const quota_words[] = {
  "insufficient_quota",       "billing_hard_limit_reached",
  "billing_not_active",       "insufficient balance",
  "insufficient credits",     "credit balance is too low",
  "budget has been exceeded", "exceeded_budget",
  "budget_exceeded",          NULL,
};

static const char *const key_words[] = {
  "invalid_api_key", "incorrect api key", "api key not valid",
  "invalid api key", "api_key_invalid",   NULL,
};

/* With the word "model" beside them. */
static const char *const model_words[] = {
  "model_not_found",
  "does not exist",
  "not found",
  "invalid model",
  "no such model",
  "unknown model",
  "not exist",
  "model_not_available",
  "no endpoints found for",
  NULL,
};

static const char *const no_chat_words[] = {
  "not a chat model",
  "must provide a chat template",
  "no chat template",
  "chat template is not set",
  "chat_template is not set",
  "does not support chat",
  "chatcompletion operation does not work",
  NULL,
};

static const char *const chat_only_words[] = {
  "use v1/chat/completions",
  "only supported in v1/chat",
  "is a chat model",
  "does not support completions",
  "the completion operation does not work",
  NULL,
};

/* Of 500: not the server broke, a request was refused where nobody caught it. */
static const char *const thrown_words[] = {
  "'loc': ('body', ",
  " is not supported for models created with ",
  NULL,
};

/* `text` in lower case. */
static bool says(struct str text, const char *const *words)
{
  for (; text.len && *words; words++)
    if (str_find(text, str_from(*words)) >= 0)
      return true;
  return false;
}

static bool any_says(const struct openai_error *e, const char *const *words)
{
  return says(e->lower, words) || says(e->code, words) || says(e->type, words);
}

static struct str lower_case(struct arena *arena, struct str text)
{
  char *lower = arena_cstr(arena, text);
  for (size_t i = 0; i < text.len; i++)
    lower[i] = char_lower(lower[i]);
  return (struct str){ lower, text.len };
}

/* ---- the kind ---- */

/* Where the words say nothing for certain. */
static const struct {
  long status;
  enum openai_refusal_kind kind;
} by_status[] = {
  { 401, OPENAI_KEY },       { 402, OPENAI_QUOTA },     { 403, OPENAI_KEY },
  { 404, OPENAI_PATH },      { 405, OPENAI_PATH },      { 407, OPENAI_KEY },
  { 408, OPENAI_TRY_AGAIN }, { 409, OPENAI_TRY_AGAIN }, { 410, OPENAI_PATH },
  { 424, OPENAI_TRY_AGAIN }, { 425, OPENAI_TRY_AGAIN }, { 429, OPENAI_TRY_AGAIN },
  { 499, OPENAI_TRY_AGAIN }, { 501, OPENAI_PATH },
};

static enum openai_refusal_kind kind_of_status(long status)
{
  for (size_t i = 0; i < COUNT(by_status); i++)
    if (by_status[i].status == status)
      return by_status[i].kind;
  if (status >= 300 && status < 400)
    return OPENAI_PATH;
  return status >= 400 && status < 500 ? OPENAI_THIS_REQUEST : OPENAI_TRY_AGAIN;
}

static bool is_about_model(const struct openai_error *e)
{
  static const char *const model[] = { "model", NULL };
  return str_equal(e->code, STR("model_not_found")) ||
         str_equal(e->param, STR("model")) ||
         (says(e->lower, model) && says(e->lower, model_words));
}

/* What is certain from the words whatever the status: rows are tried in order. */
static const struct {
  const char *const *words;
  enum openai_refusal_kind kind;
  enum openai_refusal_detail detail;
  bool of_500; /* believed when the status is 500, too */
} certain[] = {
  { too_long_words, OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, true },
  { filtered_words, OPENAI_THIS_REQUEST, OPENAI_FILTERED, true },
  { quota_words, OPENAI_QUOTA, OPENAI_NO_DETAIL, true },
  { key_words, OPENAI_KEY, OPENAI_NO_DETAIL, false },
  { no_chat_words, OPENAI_PATH, OPENAI_NO_CHAT, false },
  { chat_only_words, OPENAI_PATH, OPENAI_CHAT_ONLY, false },
};

static void judge_words(struct openai_refusal *refusal, const struct openai_error *e,
                        long status)
{
  for (size_t i = 0; i < COUNT(certain); i++) {
    if (!any_says(e, certain[i].words) || (status == 500 && !certain[i].of_500))
      continue;
    refusal->kind = certain[i].kind;
    refusal->detail = certain[i].detail;
    return;
  }
  if (status == 400 || status == 403 || status == 404)
    if (is_about_model(e)) {
      refusal->kind = OPENAI_MODEL;
      return;
    }
  if (status == 400 || status == 422 || status == 501)
    refusal->parameter = openai_parameter_of(e);
  if (str_present(refusal->parameter))
    refusal->kind = OPENAI_PARAMETER;
}

/* What the body says, as an error; a page's words are only shown. */
static void read_body(struct openai_error *error, struct arena *arena,
                      struct str content_type, struct str body, bool *is_page)
{
  struct json_doc doc;
  struct err err = { 0 };
  *error = (struct openai_error){ 0 };
  *is_page = str_equal_nocase(content_type, STR("text/html")) ||
             str_starts(str_trim(body), STR("<"));
  if (!*is_page && openai_parse(&doc, arena, body, &err) == 0) {
    openai_error_of(error, arena, doc.root);
    /* the document goes, what was read from it stays */
    struct str *const texts[] = { &error->message, &error->type, &error->code,
                                  &error->param };
    for (size_t i = 0; i < COUNT(texts); i++)
      *texts[i] = str_present(*texts[i]) ? arena_str(arena, *texts[i]) : STR_NONE;
    if (json_type(doc.root) == JSON_STRING)
      error->message = arena_str(arena, json_string(doc.root, STR_NONE));
    else if (!str_trim(error->message).len) /* better its own JSON than nothing */
      error->message = arena_str(arena, str_slice(body, 0, 4 * OPENAI_SAID_MAX));
    json_doc_release(&doc);
    return;
  }
  error->message = openai_page_words(arena, body);
}

void openai_read_refusal(struct openai_refusal *refusal, struct arena *arena, long status,
                         struct str content_type, struct str body)
{
  struct openai_error error;
  bool is_page;
  *refusal = (struct openai_refusal){ 0 };
  read_body(&error, arena, content_type, body, &is_page);
  /* an error that came with 200 says its status itself */
  if (status >= 200 && status < 300)
    status = error.status;
  struct str message = openai_one_line(arena, error.message);
  refusal->message = message.len ? message : STR_NONE;
  if (error.message.len > WORDS_MAX)
    error.message.len = WORDS_MAX;
  error.lower = lower_case(arena, error.message);
  error.code = lower_case(arena, error.code);
  error.type = lower_case(arena, error.type);
  if (status == 500 && !is_page && says(error.lower, thrown_words))
    status = 422;
  refusal->kind = kind_of_status(status);
  if (!is_page && ((status >= 400 && status <= 501) || status == 0))
    judge_words(refusal, &error, status);
  if (str_present(refusal->parameter))
    refusal->parameter = arena_str(arena, refusal->parameter);
}
