#include "cli/train_show.h"

#include "train/loop.h"

struct count {
  const char *name;
  size_t n;
};

static void put_counts(struct json_writer *w, const struct count *counts, size_t n)
{
  for (size_t i = 0; i < n; i++)
    json_member_int(w, counts[i].name, (int64_t)counts[i].n);
}

static void end(struct json_writer *w, struct buf *out)
{
  json_end_object(w);
  buf_add_char(out, '\n');
}

/* ---- the audit ---- */

static void put_lengths(struct json_writer *w, const char *key,
                        const struct audit_lengths *lengths)
{
  const struct count counts[] = { { "n", lengths->n },
                                  { "least", lengths->least },
                                  { "median", lengths->median },
                                  { "p95", lengths->p95 },
                                  { "most", lengths->most } };
  json_put_key(w, key);
  json_begin_object(w);
  put_counts(w, counts, COUNT(counts));
  json_member_number(w, "mean", lengths->mean);
  json_end_object(w);
}

static void put_lists(struct json_writer *w, const struct audit *audit)
{
  json_put_key(w, "categories");
  json_begin_array(w);
  for (size_t i = 0; i < audit->n_categories; i++) {
    json_begin_object(w);
    json_member_string(w, "name", audit->categories[i].name);
    json_member_int(w, "n", (int64_t)audit->categories[i].n);
    json_member_int(w, "solved", (int64_t)audit->categories[i].n_solved);
    json_end_object(w);
  }
  json_end_array(w);
  json_put_key(w, "warnings");
  json_begin_array(w);
  for (size_t i = 0; i < audit->n_warnings; i++)
    json_put_string(w, audit->warnings[i]);
  json_end_array(w);
}

void train_show_audit(const struct audit *audit, bool json, struct buf *out)
{
  const struct count counts[] = { { "trajectories", audit->n },
                                  { "solved", audit->n_solved },
                                  { "partial", audit->n_partial },
                                  { "prompts", audit->n_prompts },
                                  { "prompts_all_solved", audit->n_all_solved },
                                  { "prompts_all_failed", audit->n_all_failed },
                                  { "prompts_mixed", audit->n_mixed },
                                  { "duplicates", audit->n_duplicates },
                                  { "contradictions", audit->n_contradictions },
                                  { "truncated", audit->n_truncated },
                                  { "left_out", audit->n_dropped },
                                  { "items", audit->n_items },
                                  { "overlapping", audit->n_overlapping },
                                  { "overlapping_whole", audit->n_overlapping_whole } };
  struct json_writer w;
  if (!json) {
    audit_write(audit, out);
    return;
  }
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  put_counts(&w, counts, COUNT(counts));
  put_lengths(&w, "solved_lengths", &audit->solved);
  put_lengths(&w, "failed_lengths", &audit->failed);
  put_lists(&w, audit);
  end(&w, out);
}

/* ---- the plan ---- */

static void plan_text(const struct material *m, const struct recipe *r, struct buf *out)
{
  const struct dataset *d = &m->dataset;
  buf_printf(out,
             "%s from '%s': %zu trajectories, %zu sequences, %zu tokens, %zu of them "
             "actions, the longest %zu\n",
             r->algo, r->init, m->trajectories.count, d->n_sequences, d->n_tokens,
             d->n_actions, d->longest);
  buf_printf(out, "%zu %s in batches of %lld: %zu steps an epoch, %llu in all, rate %g",
             m->examples.count / m->examples.unit,
             r->kind == RECIPE_DPO ? "pairs" : "responses", (long long)r->batch,
             batch_count(&m->source), (unsigned long long)train_total(r, &m->source),
             r->rate);
  if (recipe_needs_reference(r))
    buf_printf(out, ", beta %g", r->beta);
  if (recipe_needs_value(r))
    buf_printf(out, ", alpha %g, value rate %g, level %s", r->alpha, r->value_rate,
               r->level);
  buf_add_char(out, '\n');
}

void train_show_plan(const struct material *m, const struct recipe *r, bool json,
                     struct buf *out)
{
  const struct dataset *d = &m->dataset;
  const struct count counts[] = {
    { "trajectories", m->trajectories.count },
    { "sequences", d->n_sequences },
    { "tokens", d->n_tokens },
    { "actions", d->n_actions },
    { "longest", d->longest },
    { "truncated", d->n_truncated },
    { "left_out", d->n_dropped },
    { "units", m->examples.count / m->examples.unit },
    { "steps_an_epoch", batch_count(&m->source) },
    { "steps", (size_t)train_total(r, &m->source) },
  };
  struct arena arena = { 0 };
  struct json_writer w;
  if (!json) {
    plan_text(m, r, out);
    return;
  }
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  put_counts(&w, counts, COUNT(counts));
  json_put_key(&w, "recipe");
  json_begin_object(&w);
  recipe_write(r, &w, &arena);
  json_end_object(&w);
  end(&w, out);
  arena_release(&arena);
}

/* ---- the end ---- */

void train_show_done(const struct recipe *r, const struct train_progress *done, bool json,
                     struct buf *out)
{
  double seconds = done->seconds > 0 ? done->seconds : 1e-9;
  struct json_writer w;
  if (!json) {
    buf_printf(out, "%s: %llu steps, %llu tokens in %.1f s (%.0f tokens/s)\n", r->out,
               (unsigned long long)done->step, (unsigned long long)done->tokens,
               done->seconds, (double)done->tokens / seconds);
    return;
  }
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "out", str_from(r->out));
  json_member_int(&w, "steps", (int64_t)done->step);
  json_member_int(&w, "tokens", (int64_t)done->tokens);
  json_member_int(&w, "actions", (int64_t)done->actions);
  json_member_number(&w, "seconds", done->seconds);
  end(&w, out);
}
