// links: mock
/* A request to the mock endpoint from anybody: the first line is method, path and
 * authorization, the rest is the body. Whatever it is, there is a reply of valid JSON, a
 * refusal names its status, and a right answer has the choices that were asked for. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock/responder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "POST /v1/completions token" as its three words. */
static void split_line(struct str line, char method[16], char path[64], char token[64])
{
  char text[160];
  snprintf(text, sizeof text, "%.*s", STR_ARG(str_slice(line, 0, sizeof text - 1)));
  method[0] = path[0] = token[0] = '\0';
  sscanf(text, "%15s %63s %63s", method, path, token);
}

static void check(const struct plan *plan, const struct responder_record *record)
{
  struct json_doc doc;
  struct err err = { 0 };
  if (plan->body.overflow || json_parse(&doc, buf_str(&plan->body), &err) < 0)
    abort();
  bool refused = json_member(doc.root, "error") != NULL;
  if (refused != (plan->status != 200) || (record->right && refused))
    abort();
  size_t n = json_size(json_member(doc.root, "choices"));
  if (record->right && (n < 1 || n > ASKED_CHOICES_MAX))
    abort();
  json_doc_release(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *refuse[] = { "top_k" };
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct policy *policy = policy_open(STR("null:42"), &(struct policy_opts){ 0 }, &err);
  struct mock_opts opts = { .model_name = "mock", .policy = policy };
  struct responder *responder;
  opts.refuse = (struct texts){ refuse, 1 };
  opts.context_tokens = 1000;
  if (!policy || responder_open(&responder, &opts, &arena, &err) < 0)
    abort();
  struct str rest = { size ? (const char *)data : "", size };
  char method[16], path[64], token[64];
  struct str first = str_next_line(&rest);
  split_line(str_present(first) ? first : STR(""), method, path, token);
  if (!str_present(rest))
    rest = STR("");
  struct responder_call call = {
    .method = method, .path = path, .authorization = token, .body = rest
  };
  struct plan plan;
  struct responder_record record;
  responder_decide(responder, &call, &plan, &record);
  check(&plan, &record);
  plan_release(&plan);
  responder_close(responder);
  policy_close(policy);
  arena_release(&arena);
  return 0;
}
