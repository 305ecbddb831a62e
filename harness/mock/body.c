#include "mock/body.h"

#include <stdio.h>

#include "base/hash.h"

/* ---- log probabilities ---- */

/* The next four bytes, and those that finish their last character. */
static struct str cut_piece(struct str *rest)
{
  size_t end = rest->len < 4 ? rest->len : 4;
  while (end < rest->len && ((unsigned char)rest->ptr[end] & 0xC0) == 0x80)
    end++;
  struct str piece = str_slice(*rest, 0, end);
  *rest = str_slice(*rest, end, rest->len);
  return piece;
}

/* Between -2 and 0 in steps of 1/512: exact in binary, short in decimal. */
static double piece_logprob(struct str piece)
{
  return -(double)(crc32_of(piece) % 1024) / 512;
}

static void put_chat_logprobs(struct json_writer *w, struct str content)
{
  json_begin_object(w);
  json_put_key(w, "content");
  json_begin_array(w);
  while (content.len) {
    struct str piece = cut_piece(&content);
    json_begin_object(w);
    json_member_string(w, "token", piece);
    json_member_number(w, "logprob", piece_logprob(piece));
    json_member_string(w, "bytes", STR_NONE);
    json_put_key(w, "top_logprobs");
    json_begin_array(w);
    json_end_array(w);
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
}

static void put_text_logprobs(struct json_writer *w, struct str content)
{
  json_begin_object(w);
  json_put_key(w, "tokens");
  json_begin_array(w);
  for (struct str rest = content; rest.len;)
    json_put_string(w, cut_piece(&rest));
  json_end_array(w);
  json_put_key(w, "token_logprobs");
  json_begin_array(w);
  for (struct str rest = content; rest.len;)
    json_put_number(w, piece_logprob(cut_piece(&rest)));
  json_end_array(w);
  json_put_key(w, "text_offset");
  json_begin_array(w);
  for (struct str rest = content; rest.len; cut_piece(&rest))
    json_put_int(w, (int64_t)(content.len - rest.len));
  json_end_array(w);
  json_member_string(w, "top_logprobs", STR_NONE);
  json_end_object(w);
}

/* ---- completions ---- */

static void put_choice(struct json_writer *w, const struct asked *asked,
                       const struct choice *choice, size_t index)
{
  json_begin_object(w);
  json_member_int(w, "index", (int64_t)index);
  if (asked->chat) {
    json_put_key(w, "message");
    json_begin_object(w);
    json_member_string(w, "role", STR("assistant"));
    json_member_string(w, "content", choice->content);
    if (str_present(choice->reasoning))
      json_member_string(w, "reasoning_content", choice->reasoning);
    json_end_object(w);
  } else {
    json_member_string(w, "text", choice->content);
  }
  json_put_key(w, "logprobs");
  if (!asked->logprobs)
    json_put_null(w);
  else if (asked->chat)
    put_chat_logprobs(w, choice->content);
  else
    put_text_logprobs(w, choice->content);
  json_member_string(w, "finish_reason", choice->finish_reason);
  json_end_object(w);
}

static void put_usage(struct json_writer *w, const struct completion *completion)
{
  size_t tokens = 0, thought = 0, prompt = asked_tokens(completion->asked->prompt_bytes);
  for (size_t i = 0; i < completion->n_choices; i++) {
    tokens += asked_tokens(completion->choices[i].content.len);
    thought += asked_tokens(completion->choices[i].reasoning.len);
  }
  json_put_key(w, "usage");
  json_begin_object(w);
  json_member_int(w, "prompt_tokens", (int64_t)prompt);
  json_member_int(w, "completion_tokens", (int64_t)(tokens + thought));
  json_member_int(w, "total_tokens", (int64_t)(prompt + tokens + thought));
  if (thought) {
    json_put_key(w, "completion_tokens_details");
    json_begin_object(w);
    json_member_int(w, "reasoning_tokens", (int64_t)thought);
    json_end_object(w);
  }
  json_end_object(w);
}

void body_completion(struct buf *out, const struct completion *completion)
{
  const struct asked *asked = completion->asked;
  enum { ID_SIZE = 40 };
  char id[ID_SIZE];
  snprintf(id, sizeof id, "%s-%.24s", asked->chat ? "chatcmpl" : "cmpl", completion->key);
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_string(&w, "id", str_from(id));
  json_member_string(&w, "object",
                     asked->chat ? STR("chat.completion") : STR("text_completion"));
  json_member_int(&w, "created", completion->created);
  json_member_string(&w, "model", asked->model);
  json_put_key(&w, "choices");
  json_begin_array(&w);
  for (size_t i = 0; i < completion->n_choices; i++)
    put_choice(&w, asked, &completion->choices[i], i);
  json_end_array(&w);
  put_usage(&w, completion);
  json_end_object(&w);
}

/* ---- the rest ---- */

void body_models(struct buf *out, const char *model, int64_t created)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_string(&w, "object", STR("list"));
  json_put_key(&w, "data");
  json_begin_array(&w);
  json_begin_object(&w);
  json_member_string(&w, "id", str_from(model));
  json_member_string(&w, "object", STR("model"));
  json_member_int(&w, "created", created);
  json_member_string(&w, "owned_by", STR("oreo-bench"));
  json_end_object(&w);
  json_end_array(&w);
  json_end_object(&w);
}

void body_error(struct buf *out, const struct refusal *refusal)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_put_key(&w, "error");
  json_begin_object(&w);
  json_member_string(&w, "message", str_from(refusal->message));
  json_member_string(&w, "type", str_from(refusal->type));
  json_member_string(&w, "param", str_from(*refusal->param ? refusal->param : NULL));
  json_member_string(&w, "code", str_from(refusal->code));
  json_end_object(&w);
  json_end_object(&w);
}
