// links: policy
/* Bodies of a server that may be anything: as a reply, a list of models, a refusal; and
 * any text cut into what was thought and what was answered. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "policy/openai.h"
#include "policy/reasoning.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
  if (!holds)
    abort();
}

/* What people see: one line of valid UTF-8, cut. */
static void check_said(struct str said)
{
  check(said.len <= 200 && str_is_utf8(said, NULL) && str_find_char(said, '\n') < 0);
}

static void use_choice(const struct openai_choice *choice)
{
  struct json_doc doc;
  struct err err;
  check(str_present(choice->content) && str_is_utf8(choice->content, NULL));
  check(!str_present(choice->reasoning) || str_trim(choice->reasoning).len > 0);
  check((unsigned)choice->finish < FINISH_COUNT);
  check(!choice->filtered || choice->finish == FINISH_UNKNOWN);
  if (!str_present(choice->logprobs))
    return;
  check(json_parse(&doc, choice->logprobs, &err) == 0);
  check(json_type(doc.root) == JSON_ARRAY);
  json_doc_release(&doc);
}

static void use_reply(struct str body, enum openai_api api, int n)
{
  struct arena arena = { 0 };
  struct openai_reply reply;
  struct err err = { 0 };
  if (openai_read_reply(&reply, &arena, api, n, body, &err) == 0) {
    check(reply.n_choices == (size_t)n);
    check(reply.tokens_in >= -1 && reply.tokens_out >= -1 &&
          reply.tokens_reasoning >= -1);
    check_said(reply.model);
    for (size_t i = 0; i < reply.n_choices; i++)
      use_choice(&reply.choices[i]);
  } else {
    check(err.code == ERR_REMOTE && err.msg[0] && strlen(err.msg) < 300);
  }
  arena_release(&arena);
}

static void use_models(struct str body)
{
  struct arena arena = { 0 };
  struct openai_model *models;
  size_t n;
  struct err err = { 0 };
  int rc = openai_read_models(&models, &n, &arena, body, &err);
  check(rc == 0 || (err.code == ERR_REMOTE && n == 0));
  for (size_t i = 0; i < n; i++)
    check(models[i].id.len > 0 && models[i].max_tokens >= 0);
  arena_release(&arena);
}

static void use_refusal(struct str body, long status, struct str content_type)
{
  struct arena arena = { 0 };
  struct openai_refusal refusal;
  openai_read_refusal(&refusal, &arena, status, content_type, body);
  check_said(refusal.message);
  check(str_present(refusal.parameter) == (refusal.kind == OPENAI_PARAMETER));
  check(refusal.parameter.len <= 64);
  check(status < 502 || refusal.kind == OPENAI_TRY_AGAIN);
  struct str text = openai_refusal_text(&refusal, &arena, status);
  check(text.len > 0 && text.len < 600 && str_is_utf8(text, NULL));
  arena_release(&arena);
}

static void use_split(struct str text)
{
  struct str reasoning, answer;
  reasoning_split(text, &reasoning, &answer);
  check(answer.ptr >= text.ptr && answer.ptr + answer.len <= text.ptr + text.len);
  check(!str_present(reasoning) ||
        (reasoning.len > 0 && reasoning.ptr >= text.ptr && reasoning.len <= text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const long statuses[] = {
    200, 304, 400, 401, 403, 404, 422, 429, 500, 501, 503
  };
  struct str body = { size ? (const char *)data : "", size };
  use_reply(body, OPENAI_CHAT, 1);
  use_reply(body, OPENAI_COMPLETIONS, 1);
  use_reply(body, OPENAI_COMPLETIONS, 2);
  use_models(body);
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    use_refusal(body, statuses[i], STR("application/json"));
  use_refusal(body, 403, STR("text/html"));
  use_split(body);
  return 0;
}
