/* html_items.c - the items worth looking at, as data for the page's script. */
#include "base/json.h"
#include "report/html_part.h"
#include "report/show.h"

/* A page of a few megabytes opens at once on a phone; what is left out is said there. */
enum { ITEMS_MAX = 2000, ITEMS_BYTES_MAX = 6 << 20, TEXT_BYTES_MAX = 6000 };

static const struct record *record_at(const struct suite_report *suite, size_t model,
                                      size_t row)
{
  return suite->records[model * suite->n_items + row];
}

/* Do two models differ here, one right and one not? Of one model: is it not right? */
static bool is_listed(const struct suite_report *suite, size_t row)
{
  size_t right = 0, other = 0;
  for (size_t m = 0; m < suite->n_models; m++) {
    const struct record *r = record_at(suite, m, row);
    if (r && r->verdict == VERDICT_CORRECT)
      right++;
    else if (r && (r->verdict != VERDICT_ERROR || suite->n_models == 1))
      other++;
  }
  return other && (right || suite->n_models == 1);
}

static const struct item *find_item(const struct suite_report *suite,
                                    const struct record *record)
{
  const struct item_set *set = suite->items;
  for (size_t i = 0; set && i < set->n_items; i++) {
    /* Items stand at their index unless rows before them could not be used. */
    size_t at = (record->index + i) % set->n_items;
    if (str_equal(set->items[at].id, record->item))
      return &set->items[at];
  }
  return NULL;
}

/* What is shown of a long text: its end, where answers stand. */
static struct str text_tail(struct str s, size_t max)
{
  size_t from = s.len > max ? s.len - max : 0;
  while (from && from < s.len && ((unsigned char)s.ptr[from] & 0xC0) == 0x80)
    from++;
  return str_slice(s, from, s.len);
}

/* The response in three pieces: before, the extracted span, behind. */
static void put_response(struct json_writer *w, const struct record *r)
{
  struct str s = r->response;
  size_t at = r->span_at <= s.len ? r->span_at : s.len;
  size_t end = at + (r->span_len <= s.len - at ? r->span_len : s.len - at);
  while (at < end && char_is_space(s.ptr[at]))
    at++;
  while (at < end && char_is_space(s.ptr[end - 1]))
    end--;
  if (end == at)
    at = end = s.len;
  struct str before = str_slice(s, 0, at), behind = str_slice(s, end, s.len);
  struct str shown = text_tail(before, TEXT_BYTES_MAX / 2);
  json_put_int(w, (int64_t)(before.len - shown.len));
  json_put_string(w, shown);
  json_put_string(w, str_slice(str_slice(s, at, end), 0, TEXT_BYTES_MAX));
  json_put_string(w, str_slice(behind, 0, TEXT_BYTES_MAX / 2));
  json_put_int(
      w,
      (int64_t)(behind.len > TEXT_BYTES_MAX / 2 ? behind.len - TEXT_BYTES_MAX / 2 : 0));
}

/* [verdict, extracted, reason, rule, label, left out before, before, span, behind, left
 * out behind]: the script's `answer` reads them in this order. */
static void put_answer(struct json_writer *w, const struct record *r)
{
  if (!r) {
    json_put_null(w);
    return;
  }
  json_begin_array(w);
  json_put_int(w, r->verdict);
  json_put_string(w, str_slice(r->extracted, 0, TEXT_BYTES_MAX));
  json_put_string(w, r->reason);
  json_put_string(w, r->rule);
  json_put_int(w, r->label);
  put_response(w, r);
  json_end_array(w);
}

static void put_groups(struct json_writer *w, const struct record *r)
{
  json_put_key(w, "g");
  json_begin_array(w);
  json_put_string(w, r->level);
  json_put_string(w, r->subject);
  if (r->n_steps > 0)
    json_put_int(w, r->n_steps);
  else
    json_put_null(w);
  json_put_string(w, r->category);
  json_end_array(w);
}

static void put_item(struct json_writer *w, const struct suite_report *suite, size_t row)
{
  const struct record *any = NULL;
  for (size_t m = 0; m < suite->n_models && !any; m++)
    any = record_at(suite, m, row);
  const struct item *item = find_item(suite, any);
  json_begin_object(w);
  json_member_string(w, "id", any->item);
  json_member_string(w, "q",
                     item ? str_slice(item->question, 0, TEXT_BYTES_MAX) : STR_NONE);
  json_member_string(w, "s",
                     item ? str_slice(item->solution, 0, TEXT_BYTES_MAX) : STR_NONE);
  json_member_string(w, "gold", any->gold);
  put_groups(w, any);
  json_put_key(w, "a");
  json_begin_array(w);
  for (size_t m = 0; m < suite->n_models; m++)
    put_answer(w, record_at(suite, m, row));
  json_end_array(w);
  json_end_object(w);
}

/* "<" never stands in the data, so it cannot end the script element. */
static void add_inert(struct buf *out, const struct buf *json)
{
  struct str rest = buf_str(json);
  for (ptrdiff_t at; (at = str_find_char(rest, '<')) >= 0;) {
    buf_add(out, str_slice(rest, 0, (size_t)at));
    buf_add(out, STR("\\u003c"));
    rest = str_slice(rest, (size_t)at + 1, rest.len);
  }
  buf_add(out, rest);
}

/* Returns how many were written. */
static size_t put_items(struct buf *json, const struct suite_report *suite)
{
  struct json_writer w;
  size_t n = 0;
  json_writer_init(&w, json, JSON_COMPACT);
  json_begin_object(&w);
  json_put_key(&w, "models");
  json_begin_array(&w);
  for (size_t m = 0; m < suite->n_models; m++)
    json_put_string(&w, suite->models[m].label);
  json_end_array(&w);
  json_put_key(&w, "verdicts");
  json_begin_array(&w);
  for (enum verdict v = 0; v < VERDICT_COUNT; v++)
    json_put_string(&w, str_from(show_verdict(v)));
  json_end_array(&w);
  json_put_key(&w, "items");
  json_begin_array(&w);
  for (size_t row = 0; row < suite->n_items; row++)
    if (is_listed(suite, row) && n < ITEMS_MAX && json->len < ITEMS_BYTES_MAX) {
      put_item(&w, suite, row);
      n++;
    }
  json_end_array(&w);
  json_end_object(&w);
  return n;
}

void html_items(struct buf *out, const struct suite_report *suite, size_t number)
{
  size_t n = 0;
  for (size_t row = 0; row < suite->n_items; row++)
    n += is_listed(suite, row);
  if (!n)
    return;
  struct buf json;
  buf_init(&json, BUF_CAP_OWN);
  size_t n_shown = put_items(&json, suite);
  buf_printf(out, "<section class=\"items\" id=\"items-%zu\">\n<h2>%s</h2>\n", number,
             suite->n_models > 1 ? "Where the models differ"
                                 : "Answers that are not right");
  if (n_shown < n)
    buf_printf(
        out,
        "<p class=\"note\">The first %zu of %zu such items are in this page, to keep "
        "it small enough for any browser; the journal has all.</p>\n",
        n_shown, n);
  buf_add(out,
          STR("<noscript><p class=\"note\">The list needs JavaScript; report.json has "
              "every verdict.</p></noscript>\n<div class=\"browser\"></div>\n"
              "<script type=\"application/json\">"));
  add_inert(out, &json);
  buf_add(out, STR("</script>\n</section>\n"));
  buf_release(&json);
}
