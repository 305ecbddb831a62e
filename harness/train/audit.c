#include "train/audit.h"

#include <stdlib.h>

#include "base/hash.h"
#include "train/audit_overlap.h"
#include "train/audit_part.h"

/* ---- by prompt ---- */

struct asked {
  const struct trajectory *first;
  size_t n, n_solved;
};

struct counting {
  struct audit *out;
  const struct audit_input *input;
  struct arena scratch;
  struct strmap prompts, rows, names;
  struct asked *asked; /* by number of prompt */
  bool *first_label;   /* of the first row that says what this one says */
};

static struct str row_key(struct arena *arena, const struct trajectory *t)
{
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  struct trajectory bare = { .prompt = t->prompt,
                             .response = t->response,
                             .messages = t->messages,
                             .n_messages = t->n_messages,
                             .sample = -1,
                             .steps = -1 };
  trajectory_write(&text, &bare);
  struct sha256_hex sha = sha256_of(buf_str(&text));
  buf_release(&text);
  return arena_str(arena, str_from(sha.text));
}

static void count_row(struct counting *c, const struct trajectory *t, bool solved)
{
  bool added;
  size_t number = c->rows.n_used;
  size_t *row = strmap_put(&c->rows, row_key(&c->scratch, t), number, &added);
  if (added) {
    c->first_label[number] = solved;
    return;
  }
  c->out->n_duplicates++;
  c->out->n_contradictions += c->first_label[*row] != solved;
}

static void count_prompt(struct counting *c, const struct trajectory *t, bool solved)
{
  bool added;
  struct str key = trajectory_key(t, c->input->first_turn, &c->scratch);
  struct asked *asked =
      &c->asked[*strmap_put(&c->prompts, key, c->out->n_prompts, &added)];
  if (added) {
    asked->first = t;
    c->out->n_prompts++;
  }
  asked->n++;
  asked->n_solved += solved;
}

static void count_prompts(struct counting *c)
{
  for (size_t i = 0; i < c->out->n_prompts; i++) {
    const struct asked *asked = &c->asked[i];
    c->out->n_single += asked->n == 1;
    c->out->n_all_failed += asked->n_solved == 0;
    c->out->n_all_solved += asked->n_solved == asked->n;
    c->out->n_mixed += asked->n_solved > 0 && asked->n_solved < asked->n;
  }
}

/* ---- by category ---- */

static struct str name_of(const struct trajectory *t)
{
  if (t->category.len)
    return t->category;
  return t->suite.len ? t->suite : STR("unnamed");
}

static void count_category(struct counting *c, const struct trajectory *t, bool solved)
{
  bool added;
  struct audit *out = c->out;
  bool full = out->n_categories >= AUDIT_CATEGORIES_MAX - 1;
  struct str name = name_of(t);
  if (full && !strmap_find(&c->names, name))
    name = STR("other");
  size_t *at = strmap_put(&c->names, name, out->n_categories, &added);
  if (added)
    out->categories[out->n_categories++].name = name;
  out->categories[*at].n++;
  out->categories[*at].n_solved += solved;
}

static int by_count(const void *left, const void *right)
{
  const struct audit_category *a = left, *b = right;
  if (a->n != b->n)
    return a->n < b->n ? 1 : -1;
  return str_compare(a->name, b->name);
}

/* ---- lengths ---- */

static int by_size(const void *left, const void *right)
{
  size_t a = *(const size_t *)left, b = *(const size_t *)right;
  return a < b ? -1 : a > b;
}

static struct audit_lengths summarise(size_t *values, size_t n)
{
  struct audit_lengths out = { .n = n };
  double sum = 0;
  if (!n)
    return out;
  qsort(values, n, sizeof *values, by_size);
  for (size_t i = 0; i < n; i++)
    sum += (double)values[i];
  out.mean = sum / (double)n;
  out.least = values[0];
  out.median = values[(n - 1) / 2];
  out.p95 = values[(n - 1) * 95 / 100];
  out.most = values[n - 1];
  return out;
}

static size_t bytes_said(const struct trajectory *t, size_t first_turn)
{
  size_t n = 0;
  for (size_t i = trajectory_asked(t, first_turn); i < t->n_messages; i++)
    if (str_equal(t->messages[i].role, STR("assistant")))
      n += t->messages[i].content.len;
  return t->messages ? n : t->response.len;
}

/* Puts the length of a response with that label behind the others. */
struct lengths {
  size_t *values[2], n[2];
};

static void add_length(struct lengths *lengths, double reward, size_t length)
{
  bool solved = reward_is_success(reward);
  lengths->values[solved][lengths->n[solved]++] = length;
}

static void measure(struct counting *c)
{
  const struct audit_input *input = c->input;
  size_t n = input->dataset ? input->dataset->n_sequences : input->n_trajectories;
  struct lengths lengths = { .values = { ARENA_NEW(&c->scratch, size_t, n),
                                         ARENA_NEW(&c->scratch, size_t, n) } };
  c->out->in_tokens = input->dataset != NULL;
  for (size_t i = 0; i < n; i++)
    if (input->dataset)
      add_length(&lengths, input->dataset->sequences[i].reward,
                 input->dataset->sequences[i].n_actions);
    else
      add_length(&lengths, input->trajectories[i].reward,
                 bytes_said(&input->trajectories[i], input->first_turn));
  c->out->failed = summarise(lengths.values[0], lengths.n[0]);
  c->out->solved = summarise(lengths.values[1], lengths.n[1]);
  if (input->dataset) {
    c->out->n_truncated = input->dataset->n_truncated;
    c->out->n_dropped = input->dataset->n_dropped;
  }
}

/* ---- overlap ---- */

/* What the evaluation's question could stand in. */
static void add_question(struct buf *out, const struct trajectory *t, size_t first_turn)
{
  buf_reset(out);
  if (!t->messages)
    buf_add(out, t->prompt);
  size_t n = t->messages ? trajectory_asked(t, first_turn) : 0;
  for (size_t i = 0; i < n; i++) {
    buf_add(out, t->messages[i].content);
    buf_add_char(out, '\n');
  }
}

static void note_overlap(struct audit *out, const struct trajectory *t, struct str item,
                         bool whole)
{
  out->n_overlapping++;
  out->n_overlapping_whole += whole;
  if (out->n_overlaps_shown < AUDIT_OVERLAPS_SHOWN)
    out->overlaps[out->n_overlaps_shown++] = (struct audit_overlap){ t, item, whole };
}

static void find_overlaps(struct counting *c)
{
  struct overlap_index index;
  struct arena words = { 0 };
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  overlap_index_make(&index, &c->scratch, c->input->items, c->input->n_items);
  c->out->n_items = c->input->n_items;
  c->out->n_items_short = index.n_short;
  for (size_t i = 0; i < c->out->n_prompts && c->input->n_items; i++) {
    bool whole;
    add_question(&text, c->asked[i].first, c->input->first_turn);
    ptrdiff_t item = overlap_find(&index, &words, buf_str(&text), &whole);
    if (item >= 0)
      note_overlap(c->out, c->asked[i].first, c->input->items[item].id, whole);
  }
  buf_release(&text);
  arena_release(&words);
}

/* ---- all of it ---- */

static void count(struct counting *c)
{
  const struct audit_input *input = c->input;
  c->asked = ARENA_NEW(&c->scratch, struct asked, input->n_trajectories);
  c->first_label = ARENA_NEW(&c->scratch, bool, input->n_trajectories);
  c->out->equal_rewards = true;
  for (size_t i = 0; i < input->n_trajectories; i++) {
    const struct trajectory *t = &input->trajectories[i];
    bool solved = reward_is_success(t->reward);
    c->out->n_solved += solved;
    c->out->n_partial += t->reward > 0 && t->reward < 1;
    c->out->equal_rewards &= t->reward == input->trajectories[0].reward;
    count_row(c, t, solved);
    count_prompt(c, t, solved);
    count_category(c, t, solved);
  }
  count_prompts(c);
}

void audit_make(struct audit *out, const struct audit_input *input)
{
  struct counting c = { .out = out, .input = input };
  *out = (struct audit){ .n = input->n_trajectories };
  out->categories = ARENA_NEW(&out->arena, struct audit_category, AUDIT_CATEGORIES_MAX);
  count(&c);
  qsort(out->categories, out->n_categories, sizeof *out->categories, by_count);
  measure(&c);
  find_overlaps(&c);
  strmap_release(&c.prompts);
  strmap_release(&c.rows);
  strmap_release(&c.names);
  arena_release(&c.scratch);
  audit_warn(out);
}

void audit_release(struct audit *audit)
{
  arena_release(&audit->arena);
  *audit = (struct audit){ 0 };
}
