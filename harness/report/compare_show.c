/* compare_show.c - a comparison as text and as JSON. */
#include <math.h>

#include "base/json.h"
#include "report/compare.h"
#include "report/grid.h"
#include "report/show.h"

void compare_write_sentence(struct buf *out, const struct comparison *c)
{
  const struct paired *paired = &c->paired;
  if (paired->n == 0) {
    buf_add(out, STR("nothing to say: no item was answered by both"));
    return;
  }
  bool sure = c->p_holm<0.05, b_better = paired->difference> 0;
  if (sure) {
    buf_add_cstr(out, b_better ? "B is better by " : "A is better by ");
    show_lead(out, paired->difference, paired->ci);
    buf_add(out, STR(", "));
  } else {
    buf_add(out, STR("no difference shown: B - A is "));
    show_points(out, paired->difference);
    buf_add(out, STR(" points "));
    show_points_interval(out, paired->ci);
    buf_add(out, STR(", "));
  }
  show_p_equation(out, c->p_holm);
  buf_printf(out, ", n = %zu", paired->n);
}

/* ---- text ---- */

static void write_side(struct buf *out, const char *letter, const struct side *side)
{
  buf_printf(out, "%s  ", letter);
  show_md(out, side->name);
  if (str_present(side->filter))
    buf_printf(out, " (filter %.*s)", STR_ARG(side->filter));
  if (str_present(side->grader))
    buf_printf(out, " (graded by %.*s)", STR_ARG(side->grader));
  buf_add_char(out, '\n');
}

static void add_row(struct grid *grid, const char *letter, const struct side *side,
                    const struct score *score)
{
  size_t count[VERDICT_COUNT] = { 0 };
  struct buf cell;
  buf_init(&cell, BUF_CAP_OWN);
  for (size_t i = 0; i < side->n; i++)
    count[side->outcomes[i].verdict]++;
  grid_add(grid, "%s", letter);
  show_percent(&cell, score->accuracy);
  grid_take(grid, &cell);
  show_interval(&cell, score->wilson);
  grid_take(grid, &cell);
  grid_add(grid, "%zu", score->n);
  for (enum verdict v = 0; v < VERDICT_COUNT; v++)
    grid_add(grid, "%zu", count[v]);
  buf_release(&cell);
}

static void write_scores(struct buf *out, struct arena *arena, const struct comparison *c)
{
  struct grid grid;
  grid_init(&grid, arena, "lrrrrrrrr");
  static const char *const head[] = { "", "accuracy, %", "95 % interval", "n" };
  for (size_t i = 0; i < COUNT(head); i++)
    grid_add(&grid, "%s", head[i]);
  for (enum verdict v = 0; v < VERDICT_COUNT; v++)
    grid_add(&grid, "%s", show_verdict(v));
  add_row(&grid, "A", c->a, &c->score_a);
  add_row(&grid, "B", c->b, &c->score_b);
  grid_write(&grid, out);
}

/* Is the pair in the list of what broke (or, not `broken`, of what was fixed)? */
static bool is_changed(const struct outcome_pair *pair, bool broken)
{
  if (pair->a->verdict == VERDICT_ERROR || pair->b->verdict == VERDICT_ERROR)
    return false;
  bool a = pair->a->verdict == VERDICT_CORRECT, b = pair->b->verdict == VERDICT_CORRECT;
  return broken ? a && !b : b && !a;
}

static void add_text(struct grid *grid, struct buf *cell, struct str text)
{
  show_md(cell, show_cut(grid->arena, text, 40));
  grid_take(grid, cell);
}

static void write_changed(struct buf *out, struct arena *arena,
                          const struct comparison *c, bool broken)
{
  struct grid grid;
  struct buf cell;
  size_t n = 0;
  buf_init(&cell, BUF_CAP_OWN);
  grid_init(&grid, arena, "llll");
  grid_add(&grid, "item");
  grid_add(&grid, "gold");
  grid_add(&grid, "A found");
  grid_add(&grid, "B found");
  for (size_t i = 0; i < c->n_pairs; i++) {
    const struct outcome_pair *pair = &c->pairs[i];
    if (!is_changed(pair, broken))
      continue;
    n++;
    add_text(&grid, &cell, pair->a->id);
    add_text(&grid, &cell, pair->a->gold);
    add_text(&grid, &cell, pair->a->extracted);
    add_text(&grid, &cell, pair->b->extracted);
  }
  buf_printf(out, "\n%s\n",
             broken ? "newly broken: A is right, B is not"
                    : "newly fixed: B is right, A is not");
  if (n) {
    buf_add_char(out, '\n');
    grid_write(&grid, out);
  } else {
    buf_add(out, STR("  none\n"));
  }
  buf_release(&cell);
}

static void write_comparison(struct buf *out, struct arena *arena,
                             const struct comparison *c, bool items)
{
  if (str_present(c->suite))
    buf_printf(out, "%.*s\n", STR_ARG(c->suite));
  write_side(out, "A", c->a);
  write_side(out, "B", c->b);
  buf_add_char(out, '\n');
  write_scores(out, arena, c);
  buf_add_char(out, '\n');
  compare_write_sentence(out, c);
  buf_printf(out,
             "\n%zu newly fixed, %zu newly broken, %zu right in both, %zu in neither\n",
             c->paired.wins, c->paired.losses, c->both, c->neither);
  if (!isnan(c->paired.min_detectable))
    buf_printf(out,
               "a difference of %.1f points would have been found with 80 %% power\n",
               100 * c->paired.min_detectable);
  if (items) {
    write_changed(out, arena, c, true);
    write_changed(out, arena, c, false);
  }
}

void compare_write_text(struct buf *out, const struct comparisons *comparisons,
                        bool items)
{
  struct arena arena = { 0 };
  if (str_present(comparisons->unfinished))
    buf_printf(out, "unfinished: %.*s\n\n", STR_ARG(comparisons->unfinished));
  for (size_t i = 0; i < comparisons->n; i++) {
    if (i)
      buf_add_char(out, '\n');
    write_comparison(out, &arena, &comparisons->list[i], items);
  }
  if (comparisons->n_warnings)
    buf_add_char(out, '\n');
  for (size_t i = 0; i < comparisons->n_warnings; i++) {
    const struct report_warning *w = &comparisons->warnings[i];
    buf_printf(out, "%s: %.*s; %s\n", w->id, STR_ARG(w->text), w->next);
  }
  arena_release(&arena);
}

/* ---- JSON ---- */

static void put_interval(struct json_writer *w, const char *key, struct interval i)
{
  json_put_key(w, key);
  json_begin_array(w);
  json_put_number(w, i.low);
  json_put_number(w, i.high);
  json_end_array(w);
}

static void put_side(struct json_writer *w, const char *key, const struct side *side,
                     const struct score *score)
{
  json_put_key(w, key);
  json_begin_object(w);
  json_member_string(w, "name", side->name);
  json_member_string(w, "filter", side->filter);
  json_member_string(w, "grader", side->grader);
  json_member_int(w, "n_items", (int64_t)side->n);
  json_member_int(w, "n", (int64_t)score->n);
  json_member_int(w, "n_correct", (int64_t)score->n_correct);
  json_member_number(w, "accuracy", score->accuracy);
  put_interval(w, "wilson95", score->wilson);
  json_end_object(w);
}

static void put_changed(struct json_writer *w, const char *key,
                        const struct comparison *c, bool broken)
{
  json_put_key(w, key);
  json_begin_array(w);
  for (size_t i = 0; i < c->n_pairs; i++) {
    const struct outcome_pair *pair = &c->pairs[i];
    if (!is_changed(pair, broken))
      continue;
    json_begin_object(w);
    json_member_string(w, "id", pair->a->id);
    json_member_string(w, "gold", pair->a->gold);
    json_member_string(w, "a", pair->a->extracted);
    json_member_string(w, "b", pair->b->extracted);
    json_end_object(w);
  }
  json_end_array(w);
}

static void put_comparison(struct json_writer *w, const struct comparison *c)
{
  const struct paired *paired = &c->paired;
  struct buf sentence;
  buf_init(&sentence, BUF_CAP_OWN);
  compare_write_sentence(&sentence, c);
  json_begin_object(w);
  json_member_string(w, "suite", c->suite);
  json_member_string(w, "verdict", buf_str(&sentence));
  put_side(w, "a", c->a, &c->score_a);
  put_side(w, "b", c->b, &c->score_b);
  json_member_string(w, "joined_by", str_from(pairing_name(c->pairing)));
  json_member_int(w, "n", (int64_t)paired->n);
  json_member_number(w, "difference", paired->difference);
  put_interval(w, "ci95", paired->ci);
  json_member_number(w, "p", paired->p);
  json_member_number(w, "p_holm", c->p_holm);
  json_member_number(w, "min_detectable", paired->min_detectable);
  json_member_int(w, "n_fixed", (int64_t)paired->wins);
  json_member_int(w, "n_broken", (int64_t)paired->losses);
  json_member_int(w, "n_both", (int64_t)c->both);
  json_member_int(w, "n_neither", (int64_t)c->neither);
  put_changed(w, "broken", c, true);
  put_changed(w, "fixed", c, false);
  json_end_object(w);
  buf_release(&sentence);
}

void compare_write_json(struct buf *out, const struct comparisons *comparisons,
                        const struct report_gate *gates, size_t n_gates)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  if (str_present(comparisons->unfinished))
    json_member_string(&w, "unfinished", comparisons->unfinished);
  json_put_key(&w, "comparisons");
  json_begin_array(&w);
  for (size_t i = 0; i < comparisons->n; i++)
    put_comparison(&w, &comparisons->list[i]);
  json_end_array(&w);
  json_put_key(&w, "warnings");
  json_begin_array(&w);
  for (size_t i = 0; i < comparisons->n_warnings; i++) {
    json_begin_object(&w);
    json_member_string(&w, "id", str_from(comparisons->warnings[i].id));
    json_member_string(&w, "text", comparisons->warnings[i].text);
    json_member_string(&w, "next", str_from(comparisons->warnings[i].next));
    json_end_object(&w);
  }
  json_end_array(&w);
  json_put_key(&w, "gates");
  json_begin_array(&w);
  for (size_t i = 0; i < n_gates; i++) {
    json_begin_object(&w);
    json_member_string(&w, "name", gates[i].name);
    json_member_bool(&w, "passed", gates[i].passed);
    json_member_string(&w, "message", gates[i].message);
    json_end_object(&w);
  }
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}
