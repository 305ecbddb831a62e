/* openai_refusal.c - which of seven things a status that is not 2xx means.
 *
 * The order: what the words say for certain (too long, filtered, no money, no such model,
 * a parameter), then what the status says, and what is left concerns this request only.
 * Words decide about 4xx; of 5xx only 500 and 501, since servers throw their refusals
 * there.
 */
#include "policy/openai_part.h"

/* ---- words, lower case; looked for in the message, the type and the code ---- */

static const char *const too_long_words[] = {
  "context_length_exceeded", "exceed_context_size", "context_exceeded",
  "maximum context length", "model's context length", "context window",
  "available context size", "context size has been exceeded", "exceeds context size",
  "exceeds the context", "prompt is too long", "input is too long", "prompt too long",
  "reduce the length of the", "string_above_max_length", "longer than the model",
  "tokens + `max_new_tokens`", "`inputs` must have less than", "request too large for",
  "maximum allowed input length", "exceeds the maximum number of tokens",
  "decoder prompt (length", NULL,
};

static const char *const filtered_words[] = {
  "content_filter", "content_policy_violation", "content management policy",
  "responsibleaipolicyviolation", "content_moderation", "flagged by", "safety system",
  "data_inspection_failed", "inappropriate content", NULL,
};

static const char *const quota_words[] = {
  "insufficient_quota", "billing_hard_limit_reached", "billing_not_active",
  "insufficient balance", "insufficient credits", "credit balance is too low",
  "budget has been exceeded", "exceeded_budget", "budget_exceeded", NULL,
};

static const char *const key_words[] = {
  "invalid_api_key", "incorrect api key", "api key not valid", "invalid api key",
  "api_key_invalid", NULL,
};

/* With the word "model" beside them. */
static const char *const model_words[] = {
  "model_not_found", "does not exist", "not found", "invalid model", "no such model",
  "unknown model", "not exist", "model_not_available", "no endpoints found for", NULL,
};

static const char *const no_chat_words[] = {
  "not a chat model", "must provide a chat template", "no chat template",
  "chat template is not set", "chat_template is not set", "does not support chat",
  "chatcompletion operation does not work", NULL,
};

static const char *const chat_only_words[] = {
  "use v1/chat/completions", "only supported in v1/chat", "is a chat model",
  "does not support completions", "the completion operation does not work", NULL,
};

static bool says(struct str text, const char *const *words)
{
  for (; text.len && *words; words++)
    if (openai_find_words(text, *words) >= 0)
      return true;
  return false;
}

static bool any_says(const struct openai_error *e, const char *const *words)
{
  return says(e->message, words) || says(e->code, words) || says(e->type, words);
}

/* ---- a parameter by its name ---- */

/* What stands before the name of a parameter. Where other things stand behind the same
 * words, too, the name must be quoted or one of ours. */
static const struct {
  const char *words;
  bool always_name;
} before_name[] = {
  { "unsupported parameter: ", true },
  { "unsupported parameter(s): ", true },
  { "unsupported parameters: ", true },
  { "unsupported value: ", false },
  { "unknown parameter: ", true },
  { "invalid parameter: ", false },
  { "unrecognized request argument supplied: ", true },
  { "unrecognized request arguments supplied: ", true },
  { "does not support parameters: ", true },
  { "doesn't support ", false },
  { "unexpected keyword argument ", true },
  { "argument not supported on this model: ", true },
  { "unknown field ", true },
  { "unknown name ", true },
  { "unexpected field ", true },
  { "'extra_forbidden', 'loc': ('body', ", true },
  { "validation error: ", false },
};

/* What follows one of our own names when it is the culprit. */
static const char *const after_name[] = {
  " must be ", " must not ", " must have ", " is not supported", " not supported",
  " is not permitted", " is unsupported", " is too large", " is too small",
  " does not support", " supports up to ", " is not allowed", " cannot be ",
  " should be ", " is not a valid ", " is not available", " is deprecated",
  " is out of range", " out of range", NULL,
};

static bool is_name_char(char c) { return char_is_alnum(c) || c == '_'; }
static bool is_quote(char c) { return c && strchr("'\"`{[( ", c); }

/* Members whose content is the prompt or the model: no parameter to leave out. */
static bool is_of_prompt(struct str name)
{
  static const char *const stems[] = { "messages", "prompt", "input", "model",
                                       "body", "content", "text", "role" };
  for (size_t i = 0; i < COUNT(stems); i++)
    if (str_starts_nocase(name, str_from(stems[i])))
      return true;
  return false;
}

/* The name at the start of `text`, behind quotes and brackets; absent: none. */
static struct str leading_name(struct str text)
{
  size_t from = 0;
  while (from < text.len && from < 4 && is_quote(text.ptr[from]))
    from++;
  size_t to = from;
  while (to < text.len && is_name_char(text.ptr[to]))
    to++;
  struct str name = str_slice(text, from, to);
  return openai_name_is_sane(name) && !is_of_prompt(name) ? name : STR_NONE;
}

static bool is_own(struct str name)
{
  return openai_member_known(name) || str_equal(name, STR("max_completion_tokens"));
}

static struct str name_after_words(struct str message)
{
  for (size_t i = 0; i < COUNT(before_name); i++) {
    ptrdiff_t at = openai_find_words(message, before_name[i].words);
    if (at < 0)
      continue;
    struct str rest =
        str_slice(message, (size_t)at + strlen(before_name[i].words), message.len);
    struct str name = leading_name(rest);
    bool quoted = rest.len && is_quote(rest.ptr[0]);
    if (str_present(name) && (before_name[i].always_name || quoted || is_own(name)))
      return name;
  }
  return STR_NONE;
}

/* "guardrails: Extra inputs are not permitted"; "messages.0.name: ..." is none of ours. */
static struct str name_before_extra(struct str message)
{
  ptrdiff_t end = openai_find_words(message, ": extra inputs are not permitted");
  size_t from = end < 0 ? 0 : (size_t)end;
  while (from > 0 && (is_name_char(message.ptr[from - 1]) || message.ptr[from - 1] == '.'))
    from--;
  struct str name = end < 0 ? STR_NONE : str_slice(message, from, (size_t)end);
  return openai_name_is_sane(name) && !is_of_prompt(name) ? name : STR_NONE;
}

static bool follows(struct str rest)
{
  while (rest.len && strchr("'\"`)]", rest.ptr[0]) && rest.ptr[0])
    rest = str_slice(rest, 1, rest.len);
  for (size_t i = 0; after_name[i]; i++)
    if (str_starts_nocase(rest, str_from(after_name[i])))
      return true;
  return false;
}

/* "temperature must be ...", "`top_k` is not supported": a name of ours as a word. */
static struct str name_before_words(struct str message)
{
  for (size_t m = 0; openai_member_at(m); m++) {
    struct str name = str_from(openai_member_at(m));
    for (size_t at = 0; at + name.len <= message.len && !is_of_prompt(name); at++) {
      struct str rest = str_slice(message, at, message.len);
      if (str_starts_nocase(rest, name) && (at == 0 || !is_name_char(message.ptr[at - 1])) &&
          follows(str_slice(rest, name.len, rest.len)))
        return str_slice(rest, 0, name.len);
    }
  }
  return STR_NONE;
}

static struct str parameter_of(const struct openai_error *e)
{
  if (e->param.len && openai_name_is_sane(e->param) && !is_of_prompt(e->param) &&
      !char_is_digit(e->param.ptr[0])) /* some repeat the status there */
    return e->param;
  if (e->param.len && is_of_prompt(e->param))
    return STR_NONE;
  struct str name = name_after_words(e->message);
  if (!str_present(name))
    name = name_before_extra(e->message);
  return str_present(name) ? name : name_before_words(e->message);
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
         (says(e->message, model) && says(e->message, model_words));
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
    refusal->parameter = parameter_of(e);
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
  error.message = str_slice(error.message, 0, (size_t)16 << 10);
  refusal->kind = kind_of_status(status);
  if (!is_page && ((status >= 400 && status <= 501) || status == 0))
    judge_words(refusal, &error, status);
  if (str_present(refusal->parameter))
    refusal->parameter = arena_str(arena, refusal->parameter);
}
