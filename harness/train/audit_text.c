/* audit_text.c - the audit in words: what is worth a look, and all of it as text. */
#include <stdio.h>

#include "train/audit_part.h"

enum { WARNINGS_MAX = 16 };

static double share(size_t part, size_t whole)
{
  return whole ? (double)part / (double)whole : 0;
}

static double percent(size_t part, size_t whole)
{
  return 100 * share(part, whole);
}

#define WARN(audit, ...) \
  ((audit)->warnings[(audit)->n_warnings++] = arena_printf(&(audit)->arena, __VA_ARGS__))

/* ---- warnings ---- */

static void warn_of_labels(struct audit *a)
{
  double solved = share(a->n_solved, a->n);
  if (a->equal_rewards)
    WARN(a, "all %zu rewards are equal: OREO, DPO and KTO have nothing to learn", a->n);
  else if (solved < 0.05 || solved > 0.95)
    WARN(a,
         "%.1f %% of the responses are successes: there is little of one kind to learn "
         "from",
         100 * solved);
  if (a->n_partial)
    WARN(a,
         "%zu rewards lie between 0 and 1: rejection sampling, DPO and KTO take those "
         "above 1/2 for successes",
         a->n_partial);
}

static void warn_of_copies(struct audit *a)
{
  if (a->n_contradictions)
    WARN(a,
         "%zu responses stand there with two labels: the grader, or what it graded by, "
         "has changed",
         a->n_contradictions);
  if (share(a->n_duplicates, a->n) > 0.1)
    WARN(a, "%.1f %% of the rows say what an earlier one says",
         percent(a->n_duplicates, a->n));
}

static void warn_of_prompts(struct audit *a)
{
  if (a->n_single == a->n_prompts)
    WARN(a, "each prompt has one response: nothing tells a good answer from an easy "
            "question");
  else if (!a->n_mixed && !a->equal_rewards)
    WARN(a,
         "no prompt has a success and a failure: DPO has no pairs, and values can only "
         "tell prompts apart");
  else if (share(a->n_mixed, a->n_prompts) < 0.1 && !a->equal_rewards)
    WARN(a, "only %zu of %zu prompts have a success and a failure", a->n_mixed,
         a->n_prompts);
}

static void warn_of_overlap(struct audit *a)
{
  if (a->n_overlapping)
    WARN(a,
         "%zu prompts share text with evaluation items, %zu have one whole: accuracy on "
         "these is memory",
         a->n_overlapping, a->n_overlapping_whole);
}

static void warn_of_lengths(struct audit *a)
{
  double ratio = a->solved.mean > 0 ? a->failed.mean / a->solved.mean : 1;
  if (a->solved.n >= 10 && a->failed.n >= 10 && (ratio > 1.5 || ratio < 1 / 1.5))
    WARN(a,
         "failures are %.2g times as long as successes: length alone tells much of the "
         "label",
         ratio);
  if (share(a->n_truncated + a->n_dropped, a->n) > 0.01)
    WARN(a, "%zu sequences lost their end and %zu were left out for their length",
         a->n_truncated, a->n_dropped);
}

static void warn_of_categories(struct audit *a)
{
  size_t n = 0;
  const struct audit_category *first = NULL;
  for (size_t i = 0; i < a->n_categories; i++) {
    const struct audit_category *c = &a->categories[i];
    if (c->n < 20 || (c->n_solved && c->n_solved < c->n))
      continue;
    first = first ? first : c;
    n++;
  }
  if (first && a->n_categories > 1)
    WARN(a,
         "%zu categories have one label only, the largest '%.*s' with %zu of %zu solved",
         n, STR_ARG(first->name), first->n_solved, first->n);
}

void audit_warn(struct audit *a)
{
  a->warnings = ARENA_NEW(&a->arena, struct str, WARNINGS_MAX);
  if (!a->n)
    return;
  warn_of_labels(a);
  warn_of_copies(a);
  warn_of_prompts(a);
  warn_of_overlap(a);
  warn_of_lengths(a);
  warn_of_categories(a);
}

/* ---- text ---- */

static void write_lengths(struct buf *out, const char *name,
                          const struct audit_lengths *l, const char *unit)
{
  if (l->n)
    buf_printf(out, "%-14s mean %.1f, median %zu, 95 %% up to %zu, from %zu to %zu %s\n",
               name, l->mean, l->median, l->p95, l->least, l->most, unit);
}

static void write_categories(const struct audit *a, struct buf *out)
{
  if (a->n_categories < 2)
    return;
  buf_add_cstr(out, "by category\n");
  for (size_t i = 0; i < a->n_categories; i++) {
    const struct audit_category *c = &a->categories[i];
    buf_printf(out, "  %6zu, %5.1f %% solved  %.*s\n", c->n, percent(c->n_solved, c->n),
               STR_ARG(c->name));
  }
}

static void write_overlaps(const struct audit *a, struct buf *out)
{
  if (!a->n_items) {
    buf_add_cstr(out, "overlap        not looked for: no evaluation items given\n");
    return;
  }
  buf_printf(
      out,
      "overlap        %zu prompts with %zu evaluation items (%d words in a row), %zu "
      "whole",
      a->n_overlapping, a->n_items, AUDIT_WORDS, a->n_overlapping_whole);
  if (a->n_items_short)
    buf_printf(out, "; %zu items of fewer than %d words not looked for", a->n_items_short,
               AUDIT_WORDS_MIN);
  buf_add_char(out, '\n');
  for (size_t i = 0; i < a->n_overlaps_shown; i++) {
    const struct audit_overlap *o = &a->overlaps[i];
    buf_printf(out, "  '%.*s' line %zu %s '%.*s'\n", STR_ARG(o->trajectory->source),
               o->trajectory->line, o->whole ? "has all of" : "shares text with",
               STR_ARG(o->item));
  }
}

void audit_write(const struct audit *a, struct buf *out)
{
  const char *unit = a->in_tokens ? "tokens" : "bytes";
  buf_printf(out, "trajectories   %zu: %zu solved (%.1f %%), %zu failed", a->n,
             a->n_solved, percent(a->n_solved, a->n), a->n - a->n_solved);
  if (a->n_partial)
    buf_printf(out, "; %zu rewards between 0 and 1", a->n_partial);
  buf_printf(out,
             "\nprompts        %zu: %zu with both, %zu all solved, %zu all failed; %.1f "
             "responses each\n",
             a->n_prompts, a->n_mixed, a->n_all_solved, a->n_all_failed,
             share(a->n, a->n_prompts));
  buf_printf(out, "duplicates     %zu rows, %zu of them with another label\n",
             a->n_duplicates, a->n_contradictions);
  write_lengths(out, "solved", &a->solved, unit);
  write_lengths(out, "failed", &a->failed, unit);
  if (a->in_tokens)
    buf_printf(out, "too long       %zu cut, %zu left out\n", a->n_truncated,
               a->n_dropped);
  write_categories(a, out);
  write_overlaps(a, out);
  buf_printf(out, "warnings       %zu\n", a->n_warnings);
  for (size_t i = 0; i < a->n_warnings; i++)
    buf_printf(out, "  %.*s\n", STR_ARG(a->warnings[i]));
}
