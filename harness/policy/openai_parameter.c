/* openai_parameter.c - which member of a request a refusal is about, if any.
 *
 * A server that names it in a field is believed; else its words are read. A name that is
 * the prompt's or the model's is none: in doubt it is this request that is refused.
 */
#include "policy/openai_part.h"

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
  { "'loc': ('body', ", true }, /* Python's form of FastAPI's details */
  { "validation error: ", false },
};

/* What follows one of our own names when it is the culprit. */
static const char *const after_name[] = {
  " must be ",      " must not ",        " must have ",      " is not supported",
  " not supported", " is not permitted", " is unsupported",  " is too large",
  " is too small",  " does not support", " supports up to ", " is not allowed",
  " cannot be ",    " should be ",       " is not a valid ", " is not available",
  " is deprecated", " is out of range",  " out of range",    NULL,
};

static bool is_name_char(char c)
{
  return char_is_alnum(c) || c == '_';
}
static bool is_quote(char c)
{
  return c && strchr("'\"`{[( ", c);
}

/* Members whose content is the prompt or the model: no parameter to leave out. */
static bool is_of_prompt(struct str name)
{
  static const char *const stems[] = { "messages", "prompt",  "input", "model",
                                       "body",     "content", "text",  "role" };
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

static struct str name_after_words(const struct openai_error *e)
{
  struct str message = e->message;
  for (size_t i = 0; i < COUNT(before_name); i++) {
    ptrdiff_t at = str_find(e->lower, str_from(before_name[i].words));
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

/* "guardrails: Extra inputs are not permitted"; "messages.0.name: ..." is none of ours.
 */
static struct str name_before_extra(const struct openai_error *e)
{
  struct str message = e->message;
  ptrdiff_t end = str_find(e->lower, STR(": extra inputs are not permitted"));
  size_t from = end < 0 ? 0 : (size_t)end;
  while (from > 0 &&
         (is_name_char(message.ptr[from - 1]) || message.ptr[from - 1] == '.'))
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

/* A name of ours as a word with one of the words behind it; absent: none. */
static struct str culprit(const struct openai_error *e, struct str name)
{
  struct str message = e->message;
  size_t at = 0;
  for (ptrdiff_t hit; at < message.len; at += (size_t)hit + name.len) {
    hit = str_find(str_slice(e->lower, at, message.len), name);
    if (hit < 0)
      break;
    size_t from = at + (size_t)hit, to = from + name.len;
    if ((from == 0 || !is_name_char(message.ptr[from - 1])) &&
        follows(str_slice(message, to, message.len)))
      return str_slice(message, from, to);
  }
  return STR_NONE;
}

/* "temperature must be ...", "`top_k` is not supported". */
static struct str name_before_words(const struct openai_error *e)
{
  struct str found = STR_NONE;
  for (size_t m = 0; openai_member_at(m) && !str_present(found); m++) {
    struct str name = str_from(openai_member_at(m));
    if (!is_of_prompt(name))
      found = culprit(e, name);
  }
  return found;
}

struct str openai_parameter_of(const struct openai_error *e)
{
  if (e->param.len && openai_name_is_sane(e->param) && !is_of_prompt(e->param) &&
      !char_is_digit(e->param.ptr[0])) /* some repeat the status there */
    return e->param;
  if (e->param.len && is_of_prompt(e->param))
    return STR_NONE;
  if (str_find(e->lower, STR("'missing', 'loc': ('body'")) >= 0)
    return STR_NONE; /* what is missing cannot be left out */
  struct str name = name_after_words(e);
  if (!str_present(name))
    name = name_before_extra(e);
  return str_present(name) ? name : name_before_words(e);
}
