#include "report/metrics.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "report/tokens.h"

/* Resamples of the items for pass@k: the Monte Carlo error of a 2.5 % point is then near
 * a fiftieth of the interval's width. */
enum { PASS_RESAMPLES = 2000 };

struct score score_of(size_t n_correct, size_t n)
{
  return (struct score){
    .n = n,
    .n_correct = n_correct,
    .accuracy = n ? (double)n_correct / (double)n : NAN,
    .wilson = stats_wilson(n_correct, n, STATS_Z95),
  };
}

/* ---- sample 0 ---- */

static void count_first(struct model_report *out, const struct table *table, size_t model)
{
  for (size_t row = 0; row < table->n_rows; row++) {
    const struct record *r = table_first(table, model, row);
    if (!r)
      continue;
    out->n_items++;
    out->count[r->verdict]++;
    if (r->label >= 0 && r->verdict != VERDICT_ERROR) {
      out->n_labelled++;
      out->n_label_differs += (r->verdict == VERDICT_CORRECT) != (r->label == 1);
    }
  }
  size_t errors = out->count[VERDICT_ERROR], right = out->count[VERDICT_CORRECT];
  out->first = score_of(right, out->n_items - errors);
  out->low = out->n_items ? (double)right / (double)out->n_items : NAN;
  out->high = out->n_items ? (double)(right + errors) / (double)out->n_items : NAN;
}

/* ---- several samples ---- */

/* The samples of one item that are no errors, in order. */
struct samples {
  const struct record **at;
  size_t n;
};

static struct samples cell_samples(const struct table *table, size_t cell,
                                   const struct record **room)
{
  struct samples samples = { room, 0 };
  for (size_t i = table->start[cell]; i < table->start[cell + 1]; i++)
    if (table->records[i]->verdict != VERDICT_ERROR)
      room[samples.n++] = table->records[i];
  return samples;
}

static struct at_k pass_at(const struct table *table, size_t model, int k,
                           const struct record **room, double *values)
{
  size_t n = 0, n_sure = 0, n_one = 0;
  for (size_t row = 0; row < table->n_rows; row++) {
    struct samples s = cell_samples(table, model * table->n_rows + row, room);
    if (s.n < (size_t)k)
      continue;
    size_t right = 0;
    for (size_t i = 0; i < s.n; i++)
      right += s.at[i]->verdict == VERDICT_CORRECT;
    values[n] = stats_pass_at_k(s.n, right, (uint64_t)k);
    n_one += values[n] >= 1;
    n_sure += values[n] >= 1 || values[n] <= 0;
    n++;
  }
  /* Where each item is 0 or 1 the mean is a proportion, and the bootstrap would give an
   * interval of no width to 0 and 100 %. */
  struct interval ci = n_sure == n
                           ? stats_wilson(n_one, n, STATS_Z95)
                           : stats_bootstrap_mean(values, n, PASS_RESAMPLES, 0.95, 0);
  return (struct at_k){
    .k = k,
    .n = n,
    .value = n ? stats_mean(values, n) : NAN,
    .ci = ci,
  };
}

static bool same_answer(const struct report_input *input, const struct record *a,
                        const struct record *b)
{
  return input->same &&
         input->same(input->same_context, a->suite, a->extracted, b->extracted);
}

/* The founder of the class that sample i joins: the first sample with an equivalent
 * answer, i itself if there is none. Equal texts are found first, without asking: most
 * samples of an item say the same few things. */
static size_t find_class(struct samples s, size_t i, const size_t *class_of,
                         const struct report_input *input)
{
  struct str answer = s.at[i]->extracted;
  if (!str_present(answer))
    return i;
  for (size_t k = 0; k < i; k++)
    if (str_present(s.at[k]->extracted) && str_equal(s.at[k]->extracted, answer))
      return class_of[k];
  for (size_t k = 0; k < i; k++)
    if (str_present(s.at[k]->extracted) && class_of[k] == k &&
        same_answer(input, s.at[k], s.at[i]))
      return k;
  return i;
}

/* Does the largest class among the first k samples stand for a right answer? `votes` is
 * scratch; votes[c] counts for the class that sample c founded. */
static bool majority_right(struct samples s, size_t k, const size_t *class_of,
                           size_t *votes)
{
  size_t best = k;
  memset(votes, 0, k * sizeof *votes);
  for (size_t i = 0; i < k; i++)
    votes[class_of[i]] += str_present(s.at[i]->extracted);
  for (size_t i = 0; i < k; i++)
    if (votes[i] && (best == k || votes[i] > votes[best]))
      best = i;
  return best < k && s.at[best]->verdict == VERDICT_CORRECT;
}

/* Room for one item's samples. */
struct vote_room {
  const struct record **records;
  size_t *class_of, *votes;
};

/* Fills maj[0..n) for the k that stand there already. */
static void measure_votes(struct at_k *maj, size_t n, const struct table *table,
                          size_t model, const struct report_input *input,
                          const struct vote_room *room)
{
  size_t right[32] = { 0 };
  for (size_t row = 0; row < table->n_rows; row++) {
    struct samples s = cell_samples(table, model * table->n_rows + row, room->records);
    for (size_t i = 0; i < s.n; i++)
      room->class_of[i] = find_class(s, i, room->class_of, input);
    for (size_t i = 0; i < n; i++) {
      if (s.n < (size_t)maj[i].k)
        continue;
      maj[i].n++;
      right[i] += majority_right(s, (size_t)maj[i].k, room->class_of, room->votes);
    }
  }
  for (size_t i = 0; i < n; i++) {
    struct score score = score_of(right[i], maj[i].n);
    maj[i].value = score.accuracy;
    maj[i].ci = score.wilson;
  }
}

/* k = 1, 2, 4, ... and the number of samples itself. */
static size_t list_k(int n_samples, int k[static 32])
{
  size_t n = 0;
  for (int at = 1; at < n_samples && n < 31; at *= 2)
    k[n++] = at;
  k[n++] = n_samples;
  return n;
}

static void measure_samples(struct model_report *out, const struct table *table,
                            size_t model, const struct report_input *input,
                            struct arena *arena)
{
  for (size_t row = 0; row < table->n_rows; row++) {
    size_t cell = model * table->n_rows + row;
    size_t n = table->start[cell + 1] - table->start[cell];
    out->n_samples = n > out->n_samples ? n : out->n_samples;
  }
  if (out->n_samples < 2)
    return;
  int k[32];
  size_t n_k = list_k((int)out->n_samples, k);
  struct vote_room room = {
    .records = ARENA_NEW(arena, const struct record *, out->n_samples),
    .class_of = ARENA_NEW(arena, size_t, out->n_samples),
    .votes = ARENA_NEW(arena, size_t, out->n_samples),
  };
  double *values = ARENA_NEW(arena, double, table->n_rows);
  out->pass = ARENA_NEW(arena, struct at_k, n_k);
  out->maj = ARENA_NEW(arena, struct at_k, n_k);
  for (size_t i = 0; i < n_k; i++) {
    out->pass[out->n_pass++] = pass_at(table, model, k[i], room.records, values);
    if (k[i] > 1)
      out->maj[out->n_maj++].k = k[i];
  }
  measure_votes(out->maj, out->n_maj, table, model, input, &room);
}

void metrics_model(struct model_report *out, const struct table *table, size_t model,
                   const struct report_input *input, struct arena *arena)
{
  count_first(out, table, model);
  measure_samples(out, table, model, input, arena);
  tokens_model(out, table, model, input);
}

/* ---- groups ---- */

static struct str level_of(const struct record *r, struct arena *arena)
{
  (void)arena;
  return r->level;
}

static struct str subject_of(const struct record *r, struct arena *arena)
{
  (void)arena;
  return r->subject;
}

static struct str steps_of(const struct record *r, struct arena *arena)
{
  if (r->n_steps <= 0)
    return STR_NONE;
  return arena_printf(arena, "%d step%s", r->n_steps, r->n_steps == 1 ? "" : "s");
}

static struct str category_of(const struct record *r, struct arena *arena)
{
  (void)arena;
  return r->category;
}

static const struct {
  const char *name, *title;
  struct str (*of)(const struct record *record, struct arena *arena);
} groupings[GROUP_COUNT] = {
  [GROUP_LEVEL] = { "level", "By level", level_of },
  [GROUP_SUBJECT] = { "subject", "By subject", subject_of },
  [GROUP_STEPS] = { "steps", "By number of steps", steps_of },
  [GROUP_CATEGORY] = { "answer", "By type of answer", category_of },
};

const char *grouping_name(enum grouping grouping)
{
  return groupings[grouping].name;
}
const char *grouping_title(enum grouping grouping)
{
  return groupings[grouping].title;
}

/* Names that begin with a number go by it, before all others. */
static int compare_names(const void *a, const void *b)
{
  struct str x = *(const struct str *)a, y = *(const struct str *)b;
  bool x_number = x.len && char_is_digit(x.ptr[0]);
  bool y_number = y.len && char_is_digit(y.ptr[0]);
  if (x_number != y_number)
    return x_number ? -1 : 1;
  if (x_number) {
    long nx = strtol(x.ptr, NULL, 10), ny = strtol(y.ptr, NULL, 10);
    if (nx != ny)
      return nx < ny ? -1 : 1;
  }
  return str_compare(x, y);
}

/* The group of each row, as an index into *names; SIZE_MAX: none. */
static size_t name_groups(struct str **names, size_t *group_of_row,
                          const struct table *table, enum grouping grouping,
                          struct arena *arena)
{
  struct strmap map = { 0 };
  struct str *row_name = ARENA_NEW(arena, struct str, table->n_rows + 1);
  struct str *found = ARENA_NEW(arena, struct str, table->n_rows + 1);
  size_t n = 0;
  for (size_t row = 0; row < table->n_rows; row++) {
    for (size_t m = 0; m < table->n_models && !row_name[row].len; m++) {
      const struct record *r = table_first(table, m, row);
      if (r)
        row_name[row] = groupings[grouping].of(r, arena);
    }
    bool added = false;
    if (row_name[row].len)
      strmap_put(&map, row_name[row], 0, &added);
    if (added)
      found[n++] = row_name[row];
  }
  qsort(found, n, sizeof *found, compare_names);
  for (size_t i = 0; i < n; i++)
    *strmap_put(&map, found[i], 0, &(bool){ false }) = i;
  for (size_t row = 0; row < table->n_rows; row++)
    group_of_row[row] = row_name[row].len ? *strmap_find(&map, row_name[row]) : SIZE_MAX;
  strmap_release(&map);
  *names = found;
  return n;
}

static void score_groups(struct category_score *groups, size_t n_groups,
                         const struct table *table, size_t model,
                         const size_t *group_of_row)
{
  for (size_t row = 0; row < table->n_rows; row++) {
    const struct record *r = table_first(table, model, row);
    if (!r || r->verdict == VERDICT_ERROR || group_of_row[row] == SIZE_MAX)
      continue;
    struct score *score = &groups[group_of_row[row]].score;
    score->n++;
    score->n_correct += r->verdict == VERDICT_CORRECT;
  }
  for (size_t g = 0; g < n_groups; g++)
    groups[g].score = score_of(groups[g].score.n_correct, groups[g].score.n);
}

void metrics_groups(struct model_report *models, const struct table *table,
                    struct arena *arena)
{
  size_t *group_of_row = ARENA_NEW(arena, size_t, table->n_rows + 1);
  for (enum grouping g = 0; g < GROUP_COUNT; g++) {
    struct str *names;
    size_t n = name_groups(&names, group_of_row, table, g, arena);
    if (n < 2)
      continue;
    for (size_t m = 0; m < table->n_models; m++) {
      struct category_score *groups = ARENA_NEW(arena, struct category_score, n);
      for (size_t i = 0; i < n; i++)
        groups[i].name = names[i];
      score_groups(groups, n, table, m, group_of_row);
      models[m].groups[g] = groups;
      models[m].n_groups[g] = n;
    }
  }
}
