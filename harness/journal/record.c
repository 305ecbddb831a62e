/* record.c - one completion as one line of the journal, and back. docs/JOURNAL.md lists
 * the members; this file is their only writer and reader. */
#include <math.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/json.h"
#include "journal/journal.h"

/* `,"crc":"89abcdef"}` closes every line */
#define CRC_OPEN ",\"crc\":\""
enum { CRC_DIGITS = 8, CRC_TAIL = sizeof CRC_OPEN - 1 + CRC_DIGITS + 2 };

/* Integers are exact in a double up to here. */
#define INTEGER_MAX 9007199254740992.0

/* ---- writing ---- */

/* A string with a NUL byte in it could not be read back (base/json.h refuses \u0000), so
 * the byte becomes U+FFFD, as bytes that are no UTF-8 do. */
static void put_text(struct json_writer *w, const char *key, struct str s)
{
  if (!str_present(s) || !memchr(s.ptr, '\0', s.len)) {
    json_member_string(w, key, s);
    return;
  }
  struct buf clean;
  buf_init(&clean, BUF_CAP_OWN);
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '\0')
      buf_add(&clean, STR("\xEF\xBF\xBD"));
    else
      buf_add_char(&clean, s.ptr[i]);
  }
  json_member_string(w, key, buf_str(&clean));
  buf_release(&clean);
}

static void put_known(struct json_writer *w, const char *key, int64_t value, bool known)
{
  if (known) {
    json_member_int(w, key, value);
    return;
  }
  json_put_key(w, key);
  json_put_null(w);
}

/* Are they what the journal keeps: numbers and nulls, not too many? */
static bool logprobs_fit(const struct json *node)
{
  if (json_type(node) != JSON_ARRAY || json_size(node) > JOURNAL_LOGPROBS_MAX)
    return false;
  for (const struct json *e = json_first(node); e; e = json_next(e))
    if (json_type(e) != JSON_NUMBER && json_type(e) != JSON_NULL)
      return false;
  return true;
}

static void put_logprobs(struct json_writer *w, struct str logprobs)
{
  struct json_doc doc;
  struct err ignored;
  if (json_parse(&doc, logprobs, &ignored) < 0)
    return;
  if (logprobs_fit(doc.root)) {
    json_put_key(w, "logprobs");
    json_put_node(w, doc.root);
  }
  json_doc_release(&doc);
}

/* These members came later: a line without them is the line it always was. */
static void put_thinking(struct json_writer *w, const struct record *r)
{
  if (r->tokens_reasoning >= 0)
    json_member_int(w, "tokens_reasoning", r->tokens_reasoning);
  if (str_present(r->reasoning))
    put_text(w, "reasoning", r->reasoning);
  if (str_present(r->logprobs))
    put_logprobs(w, r->logprobs);
}

void record_format(struct buf *out, const struct record *r)
{
  size_t start = out->len;
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_int(&w, "v", JOURNAL_VERSION);
  put_text(&w, "suite", r->suite);
  put_text(&w, "model", r->model);
  put_text(&w, "item", r->item);
  json_member_int(&w, "index", (int64_t)r->index);
  json_member_int(&w, "sample", r->sample);
  put_text(&w, "prompt_sha256", r->prompt_sha256);
  put_text(&w, "response", r->response);
  json_member_string(&w, "finish", str_from(finish_name(r->finish)));
  json_member_string(&w, "verdict", str_from(verdict_name(r->verdict)));
  put_text(&w, "reason", r->reason);
  put_text(&w, "extracted", r->extracted);
  put_known(&w, "span_at", (int64_t)r->span_at, r->span_len > 0);
  put_known(&w, "span_len", (int64_t)r->span_len, r->span_len > 0);
  put_text(&w, "rule", r->rule);
  put_text(&w, "gold", r->gold);
  put_text(&w, "category", r->category);
  put_text(&w, "level", r->level);
  put_text(&w, "subject", r->subject);
  put_known(&w, "steps", r->n_steps, r->n_steps > 0);
  put_known(&w, "label", r->label, r->label >= 0);
  json_member_number(&w, "value", r->value);
  put_known(&w, "tokens_in", r->tokens_in, r->tokens_in >= 0);
  put_known(&w, "tokens_out", r->tokens_out, r->tokens_out >= 0);
  put_thinking(&w, r);
  json_end_object(&w);
  if (buf_failed(out))
    return;
  buf_truncate(out, out->len - 1); /* the closing brace stands behind the CRC */
  uint32_t crc = crc32_of(str_slice(buf_str(out), start, out->len));
  buf_printf(out, CRC_OPEN "%08x\"}\n", (unsigned)crc);
}

/* ---- reading ---- */

/* The line without its CRC member, or -1 when the CRC does not stand there or differs. */
static int check_crc(struct str line, struct str *body, struct err *err)
{
  if (line.len < CRC_TAIL + 1)
    return err_set(err, ERR_DATA, "the line is no record: it has %zu bytes", line.len);
  *body = str_slice(line, 0, line.len - CRC_TAIL);
  char tail[CRC_TAIL + 1];
  snprintf(tail, sizeof tail, CRC_OPEN "%08x\"}", (unsigned)crc32_of(*body));
  if (memcmp(line.ptr + body->len, tail, CRC_TAIL) != 0)
    return err_set(err, ERR_DATA, "the line's CRC does not match its bytes");
  return 0;
}

static int get_text(struct str *out, struct arena *arena, const struct json *root,
                    const char *key, bool needed, struct err *err)
{
  const struct json *node = json_member(root, key);
  *out = STR_NONE;
  if (!needed && (!node || json_type(node) == JSON_NULL))
    return 0;
  if (json_type(node) != JSON_STRING)
    return err_set(err, ERR_DATA, "'%s' must be a string", key);
  *out = arena_str(arena, json_string(node, STR_NONE));
  return 0;
}

struct text_field {
  const char *key;
  size_t offset;
  bool needed;
};

static const struct text_field text_fields[] = {
  { "suite", offsetof(struct record, suite), true },
  { "model", offsetof(struct record, model), true },
  { "item", offsetof(struct record, item), true },
  { "prompt_sha256", offsetof(struct record, prompt_sha256), false },
  { "response", offsetof(struct record, response), false },
  { "reason", offsetof(struct record, reason), true },
  { "extracted", offsetof(struct record, extracted), false },
  { "rule", offsetof(struct record, rule), false },
  { "gold", offsetof(struct record, gold), false },
  { "category", offsetof(struct record, category), false },
  { "level", offsetof(struct record, level), false },
  { "subject", offsetof(struct record, subject), false },
  { "reasoning", offsetof(struct record, reasoning), false },
};

/* An integer in [low, high], or `absent` where the member is null or missing. */
struct int_rule {
  const char *key;
  double low, high;
  bool needed;
  int64_t absent;
};

static int get_int(int64_t *out, const struct json *root, const struct int_rule *rule,
                   struct err *err)
{
  const struct json *node = json_member(root, rule->key);
  *out = rule->absent;
  if (!rule->needed && (!node || json_type(node) == JSON_NULL))
    return 0;
  double value = json_number(node, NAN);
  if (!(value >= rule->low && value <= rule->high) || value != floor(value))
    return err_set(err, ERR_DATA, "'%s' must be an integer from %.0f to %.0f", rule->key,
                   rule->low, rule->high);
  *out = (int64_t)value;
  return 0;
}

enum {
  F_INDEX,
  F_SAMPLE,
  F_SPAN_AT,
  F_SPAN_LEN,
  F_STEPS,
  F_LABEL,
  F_IN,
  F_OUT,
  F_REASONING,
  F_COUNT
};

static const struct int_rule int_rules[F_COUNT] = {
  [F_INDEX] = { "index", 0, INTEGER_MAX, true, 0 },
  [F_SAMPLE] = { "sample", 0, 1 << 20, true, 0 },
  [F_SPAN_AT] = { "span_at", 0, INTEGER_MAX, false, 0 },
  [F_SPAN_LEN] = { "span_len", 0, INTEGER_MAX, false, 0 },
  [F_STEPS] = { "steps", 0, 1 << 20, false, 0 },
  [F_LABEL] = { "label", 0, 1, false, -1 },
  [F_IN] = { "tokens_in", 0, INTEGER_MAX, false, -1 },
  [F_OUT] = { "tokens_out", 0, INTEGER_MAX, false, -1 },
  [F_REASONING] = { "tokens_reasoning", 0, INTEGER_MAX, false, -1 },
};

static int get_numbers(struct record *r, const struct json *root, struct err *err)
{
  int64_t n[F_COUNT];
  for (int i = 0; i < F_COUNT; i++)
    if (get_int(&n[i], root, &int_rules[i], err) < 0)
      return -1;
  r->index = (size_t)n[F_INDEX];
  r->sample = (int)n[F_SAMPLE];
  r->span_at = (size_t)n[F_SPAN_AT];
  r->span_len = (size_t)n[F_SPAN_LEN];
  r->n_steps = (int)n[F_STEPS];
  r->label = (int)n[F_LABEL];
  r->tokens_in = n[F_IN];
  r->tokens_out = n[F_OUT];
  r->tokens_reasoning = n[F_REASONING];
  r->value = json_get_number(root, "value", NAN);
  /* readers cut the response by it */
  if (r->span_at > r->response.len || r->span_len > r->response.len - r->span_at)
    return err_set(err, ERR_DATA, "'span_at' and 'span_len' lie outside the response");
  return 0;
}

static int get_logprobs(struct str *out, struct arena *arena, const struct json *root,
                        struct err *err)
{
  const struct json *node = json_member(root, "logprobs");
  *out = STR_NONE;
  if (!node || json_type(node) == JSON_NULL)
    return 0;
  if (!logprobs_fit(node))
    return err_set(err, ERR_DATA,
                   "'logprobs' must be an array of at most %d numbers and nulls",
                   JOURNAL_LOGPROBS_MAX);
  struct buf text;
  struct json_writer w;
  buf_init(&text, JOURNAL_LINE_MAX);
  json_writer_init(&w, &text, JSON_COMPACT);
  json_put_node(&w, node);
  *out = arena_str(arena, buf_str(&text));
  buf_release(&text);
  return 0;
}

static int get_record(struct record *r, struct arena *arena, const struct json *root,
                      struct err *err)
{
  double version;
  if (json_need_number(root, "v", &version, err) < 0)
    return -1;
  if (version != JOURNAL_VERSION)
    return err_set(err, ERR_DATA,
                   "the record is of journal version %g, this program reads version %d",
                   version, JOURNAL_VERSION);
  for (size_t i = 0; i < COUNT(text_fields); i++) {
    const struct text_field *field = &text_fields[i];
    struct str *text = (struct str *)((char *)r + field->offset);
    if (get_text(text, arena, root, field->key, field->needed, err) < 0)
      return -1;
  }
  struct str verdict = json_get_string(root, "verdict", STR(""));
  int known = verdict_from_name(verdict);
  if (known < 0)
    return err_set(err, ERR_DATA, "unknown verdict '%.*s'",
                   STR_ARG(str_slice(verdict, 0, 40)));
  r->verdict = (enum verdict)known;
  r->finish = finish_from_name(json_get_string(root, "finish", STR("")));
  if (get_logprobs(&r->logprobs, arena, root, err) < 0)
    return -1;
  return get_numbers(r, root, err);
}

int record_compare(const struct record *a, const struct record *b)
{
  int order = str_compare(a->suite, b->suite);
  if (!order)
    order = str_compare(a->model, b->model);
  if (!order)
    order = str_compare(a->item, b->item);
  if (!order)
    order = (a->sample > b->sample) - (a->sample < b->sample);
  return order;
}

int record_parse(struct record *out, struct arena *arena, struct str line,
                 struct err *err)
{
  if (line.len && line.ptr[line.len - 1] == '\n')
    line.len--;
  struct str body;
  if (check_crc(line, &body, err) < 0)
    return -1;
  struct json_doc doc;
  if (json_parse(&doc, line, err) < 0)
    return -1;
  *out = (struct record){ 0 };
  int rc = get_record(out, arena, doc.root, err);
  json_doc_release(&doc);
  return rc;
}
