#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "cli/generate.h"

/* What is held back before it is written: logits alone may be gigabytes. */
enum { FLUSH_BYTES = 1 << 20 };

static int flush(struct buf *out, size_t above, struct err *err)
{
  if (out->len <= above)
    return 0;
  if (cli_print(out, err) < 0)
    return -1;
  buf_reset(out);
  return 0;
}

/* ---- arrays ---- */

static void put_ids(struct json_writer *w, const char *key, const int32_t *ids, size_t n)
{
  json_put_key(w, key);
  json_begin_array(w);
  for (size_t i = 0; i < n; i++)
    json_put_int(w, ids[i]);
  json_end_array(w);
}

/* Nine digits bring back every 32-bit number. */
static void put_floats(struct buf *out, const float *values, size_t n)
{
  buf_add_char(out, '[');
  for (size_t i = 0; i < n; i++) {
    if (i)
      buf_add_char(out, ',');
    if (isfinite(values[i]))
      buf_printf(out, "%.9g", (double)values[i]);
    else
      buf_add_cstr(out, "null");
  }
  buf_add_char(out, ']');
}

/* ---- logits ---- */

/* Prompt and answer once more through the model, in one sequence with pages of its own:
 * the generator is done by now. By the model's own promise the numbers are those that the
 * tokens were drawn from. */
struct replay {
  struct model *model;
  int32_t *ids;
  uint32_t n, at_once;
  struct model_row *rows;
  uint32_t *wanted;
  float *logits;
};

static struct replay replay_begin(struct model *model, const struct tokens *prompt,
                                  const struct generate_done *done)
{
  const struct model_options *options = model_options_of(model);
  struct replay r = { .model = model, .at_once = options->max_rows };
  size_t n = prompt->count + done->n_ids;
  r.n = n < options->context ? (uint32_t)n : options->context;
  if (options->max_wanted && options->max_wanted < r.at_once)
    r.at_once = options->max_wanted;
  r.ids = mem_resize(NULL, n, sizeof *r.ids);
  memcpy(r.ids, prompt->ids, prompt->count * sizeof *r.ids);
  if (done->n_ids)
    memcpy(r.ids + prompt->count, done->ids, done->n_ids * sizeof *r.ids);
  r.rows = mem_resize(NULL, r.at_once, sizeof *r.rows);
  r.wanted = mem_resize(NULL, r.at_once, sizeof *r.wanted);
  r.logits = mem_resize(NULL, (size_t)model_config_of(model)->vocab, sizeof *r.logits);
  for (uint32_t page = 0; page < (r.n + CACHE_PAGE - 1) / CACHE_PAGE; page++)
    model_pages(model)[page] = (int32_t)page;
  return r;
}

static void replay_end(struct replay *r)
{
  free(r->ids);
  free(r->rows);
  free(r->wanted);
  free(r->logits);
}

static int replay_step(struct replay *r, uint32_t first, uint32_t n, struct err *err)
{
  for (uint32_t i = 0; i < n; i++) {
    r->rows[i] =
        (struct model_row){ .id = r->ids[first + i], .position = (int32_t)(first + i) };
    r->wanted[i] = i;
  }
  struct model_step step = {
    .rows = r->rows, .n_rows = n, .wanted = r->wanted, .n_wanted = n
  };
  return model_run(r->model, &step, NULL, NULL, err);
}

static int put_step(struct buf *out, struct replay *r, uint32_t first, uint32_t n,
                    struct err *err)
{
  size_t vocab = (size_t)model_config_of(r->model)->vocab;
  for (uint32_t i = 0; i < n; i++) {
    if (model_logits(r->model, i, r->logits, err) < 0)
      return -1;
    if (first + i)
      buf_add_char(out, ',');
    put_floats(out, r->logits, vocab);
    if (flush(out, FLUSH_BYTES, err) < 0)
      return -1;
  }
  return 0;
}

static int put_logits(struct buf *out, struct model *model, const struct tokens *prompt,
                      const struct generate_done *done, struct err *err)
{
  struct replay r = replay_begin(model, prompt, done);
  int rc = 0;
  buf_add_char(out, '[');
  for (uint32_t first = 0, n; rc == 0 && first < r.n; first += n) {
    n = r.n - first < r.at_once ? r.n - first : r.at_once;
    rc = replay_step(&r, first, n, err);
    if (rc == 0)
      rc = put_step(out, &r, first, n, err);
  }
  buf_add_char(out, ']');
  replay_end(&r);
  return rc;
}

/* ---- one completion ---- */

static void put_members(struct buf *out, const struct generate_prompt *prompt,
                        size_t index, size_t sample, const struct generate_done *done)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  if (str_present(prompt->id))
    json_member_string(&w, "id", prompt->id);
  else if (!isnan(prompt->number))
    json_member_number(&w, "id", prompt->number);
  json_member_int(&w, "index", (int64_t)index);
  json_member_int(&w, "sample", (int64_t)sample);
  if (str_present(prompt->text))
    json_member_string(&w, "prompt", prompt->text);
  put_ids(&w, "prompt_ids", prompt->ids.ids, prompt->ids.count);
  put_ids(&w, "ids", done->ids, done->n_ids);
  json_member_string(&w, "text", (struct str){ done->text, done->text_len });
  json_member_string(&w, "finish", str_from(done->finish));
}

/* The writer's object is ended by hand: what follows is too much for a writer. */
static int print_json(const struct generate_out *to, const struct generate_prompt *prompt,
                      size_t index, size_t sample, const struct generate_done *done,
                      struct err *err)
{
  struct buf out;
  int rc = 0;
  buf_init(&out, BUF_CAP_OWN);
  put_members(&out, prompt, index, sample, done);
  buf_add_cstr(&out, ",\"logprobs\":");
  put_floats(&out, done->logprobs, done->n_ids);
  if (to->settings->logits) {
    buf_add_cstr(&out, ",\"logits\":");
    rc = put_logits(&out, completer_model(to->completer), &prompt->ids, done, err);
  }
  buf_add_cstr(&out, "}\n");
  if (rc == 0)
    rc = flush(&out, 0, err);
  buf_release(&out);
  return rc;
}

static int print_text(const struct generate_out *to, size_t index, size_t sample,
                      const struct generate_done *done, struct err *err)
{
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  if (to->several) {
    buf_printf(&out, "---- %zu", index + 1);
    if (to->settings->samples > 1)
      buf_printf(&out, ", sample %zu", sample + 1);
    buf_add_cstr(&out, " ----\n");
  }
  buf_add(&out, (struct str){ done->text, done->text_len });
  buf_add_char(&out, '\n');
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

int generate_print(const struct generate_out *out, const struct generate_prompt *prompt,
                   size_t index, size_t sample, const struct generate_done *done,
                   struct err *err)
{
  return out->json ? print_json(out, prompt, index, sample, done, err)
                   : print_text(out, index, sample, done, err);
}
