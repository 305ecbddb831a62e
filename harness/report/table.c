#include "report/table.h"

#include <stdlib.h>

/* ---- manifests ---- */

static struct manifest_suite *find_suite(const struct manifest *m, struct str name)
{
  for (size_t i = 0; i < m->n_suites; i++)
    if (str_equal(m->suites[i].name, name))
      return &m->suites[i];
  return NULL;
}

static struct manifest_model *find_model(const struct manifest *m, struct str label)
{
  for (size_t i = 0; i < m->n_models; i++)
    if (str_equal(m->models[i].label, label))
      return &m->models[i];
  return NULL;
}

static int suites_agree(const struct manifest_suite *a, const struct manifest_suite *b,
                        struct err *err)
{
  if (!str_equal(a->data_sha256, b->data_sha256))
    return err_set(err, ERR_DATA,
                   "cannot unite runs of '%.*s': their data differ ('%.*s' sha256 %.12s "
                   "and '%.*s' sha256 %.12s); run both on the same file",
                   STR_ARG(a->name), STR_ARG(a->data_source), a->data_sha256.ptr,
                   STR_ARG(b->data_source), b->data_sha256.ptr);
  if (!str_equal(a->grader, b->grader))
    return err_set(err, ERR_DATA,
                   "cannot unite runs of '%.*s': graded by '%.*s' and by '%.*s'; grade "
                   "both with one profile",
                   STR_ARG(a->name), STR_ARG(a->grader), STR_ARG(b->grader));
  return 0;
}

static int add_suites(struct manifest *out, const struct manifest *from, struct err *err)
{
  for (size_t i = 0; i < from->n_suites; i++) {
    const struct manifest_suite *suite = &from->suites[i];
    struct manifest_suite *known = find_suite(out, suite->name);
    if (!known)
      out->suites[out->n_suites++] = *suite;
    else if (suites_agree(known, suite, err) < 0)
      return -1;
  }
  return 0;
}

/* Shards may run on several devices, which the report then names; but on one model. */
static int join_engines(struct manifest_model *known, const struct manifest_model *model,
                        struct arena *arena, struct err *err)
{
  const struct manifest_engine *a = known->engine, *b = model->engine;
  if (!a || !b)
    return 0;
  if (!str_equal(a->dtype, b->dtype) || !str_equal(a->chat_template, b->chat_template))
    return err_set(err, ERR_DATA,
                   "cannot unite runs: '%.*s' ran with weights %.*s, chat template %.*s, "
                   "and with weights %.*s, chat template %.*s; run both alike",
                   STR_ARG(model->label), STR_ARG(a->dtype), STR_ARG(a->chat_template),
                   STR_ARG(b->dtype), STR_ARG(b->chat_template));
  if (str_find(a->device, b->device) >= 0)
    return 0;
  struct manifest_engine *both = ARENA_NEW(arena, struct manifest_engine, 1);
  *both = *a;
  if (str_compare(a->device, b->device) > 0) { /* whatever the order of the parts */
    a = b;
    b = known->engine;
  }
  both->device =
      arena_printf(arena, "%.*s and %.*s", STR_ARG(a->device), STR_ARG(b->device));
  both->driver =
      arena_printf(arena, "%.*s and %.*s", STR_ARG(a->driver), STR_ARG(b->driver));
  known->engine = both;
  return 0;
}

static int add_models(struct manifest *out, const struct manifest *from,
                      struct arena *arena, struct err *err)
{
  for (size_t i = 0; i < from->n_models; i++) {
    const struct manifest_model *model = &from->models[i];
    struct manifest_model *known = find_model(out, model->label);
    if (!known)
      out->models[out->n_models++] = *model;
    else if (!str_equal(known->sha256, model->sha256) ||
             !str_equal(known->kind, model->kind))
      return err_set(err, ERR_DATA,
                     "cannot unite runs: '%.*s' names two different models; give one of "
                     "them another name with --model NAME=SPEC",
                     STR_ARG(model->label));
    else if (join_engines(known, model, arena, err) < 0)
      return -1;
  }
  return 0;
}

/* Items asked for: each shard once, however many runs of it there are. */
static void sum_shards(struct manifest *out, const struct report_input *input)
{
  for (size_t s = 0; s < out->n_suites; s++) {
    size_t n_run = 0;
    for (size_t i = 0; i < input->n_sources; i++) {
      const struct manifest *m = input->sources[i].manifest;
      const struct manifest_suite *suite = find_suite(m, out->suites[s].name);
      bool seen = suite == NULL;
      for (size_t k = 0; k < i && !seen; k++) {
        const struct manifest *other = input->sources[k].manifest;
        seen = other->shard_index == m->shard_index && other->n_shards == m->n_shards &&
               find_suite(other, suite->name);
      }
      n_run += seen ? 0 : suite->n_run;
    }
    out->suites[s].n_run =
        n_run < out->suites[s].n_items ? n_run : out->suites[s].n_items;
  }
}

int table_unite(struct manifest *out, struct arena *arena,
                const struct report_input *input, struct err *err)
{
  size_t n_suites = 0, n_models = 0;
  for (size_t i = 0; i < input->n_sources; i++) {
    n_suites += input->sources[i].manifest->n_suites;
    n_models += input->sources[i].manifest->n_models;
  }
  *out = *input->sources[0].manifest;
  out->suites = ARENA_NEW(arena, struct manifest_suite, n_suites);
  out->models = ARENA_NEW(arena, struct manifest_model, n_models);
  out->n_suites = out->n_models = 0;
  for (size_t i = 0; i < input->n_sources; i++) {
    const struct manifest *from = input->sources[i].manifest;
    if (add_suites(out, from, err) < 0 || add_models(out, from, arena, err) < 0)
      return -1;
    out->samples = from->samples > out->samples ? from->samples : out->samples;
    if (from->started_us < out->started_us)
      out->started_us = from->started_us;
  }
  if (input->n_sources > 1) {
    sum_shards(out, input);
    out->shard_index = 0;
    out->n_shards = 1;
  }
  return 0;
}

/* ---- records ---- */

/* A record with its place: what is sorted. */
struct placed {
  const struct record *record;
  size_t suite, model, row;
};

static int compare_size(size_t a, size_t b)
{
  return (a > b) - (a < b);
}

static int by_suite_item(const void *a, const void *b)
{
  const struct placed *x = a, *y = b;
  int order = compare_size(x->suite, y->suite);
  if (!order)
    order = compare_size(x->record->index, y->record->index);
  return order ? order : str_compare(x->record->item, y->record->item);
}

static int by_cell(const void *a, const void *b)
{
  const struct placed *x = a, *y = b;
  int order = compare_size(x->suite, y->suite);
  if (!order)
    order = compare_size(x->model, y->model);
  if (!order)
    order = compare_size(x->row, y->row);
  return order ? order
               : (x->record->sample > y->record->sample) -
                     (x->record->sample < y->record->sample);
}

static bool same_record(const struct record *a, const struct record *b)
{
  return a->verdict == b->verdict && str_equal(a->response, b->response) &&
         str_equal(a->extracted, b->extracted) && str_equal(a->gold, b->gold);
}

/* Two records of one cell and sample: the second goes if it says the same. */
static int drop_repeats(struct placed *all, size_t *n, struct err *err)
{
  size_t kept = 0;
  for (size_t i = 0; i < *n; i++) {
    if (kept && by_cell(&all[kept - 1], &all[i]) == 0) {
      const struct record *r = all[i].record;
      if (!same_record(all[kept - 1].record, r))
        return err_set(
            err, ERR_DATA,
            "cannot unite runs: suite '%.*s', model '%.*s', item '%.*s', sample "
            "%d stands in two of them with different answers; leave one out",
            STR_ARG(r->suite), STR_ARG(r->model), STR_ARG(r->item), r->sample);
      continue;
    }
    all[kept++] = all[i];
  }
  *n = kept;
  return 0;
}

static int place(struct placed *out, const struct manifest *manifest,
                 const struct record *record, struct err *err)
{
  const struct manifest_suite *suite = find_suite(manifest, record->suite);
  const struct manifest_model *model = find_model(manifest, record->model);
  if (!suite || !model)
    return err_set(err, ERR_DATA,
                   "journal and manifest do not belong together: %s '%.*s' is not in the "
                   "manifest; put the right manifest.json beside the journal",
                   suite ? "model" : "suite",
                   STR_ARG(suite ? record->model : record->suite));
  out->record = record;
  out->suite = (size_t)(suite - manifest->suites);
  out->model = (size_t)(model - manifest->models);
  return 0;
}

/* Numbers the items of each suite; all[] is sorted by suite and item. */
static void number_rows(struct table *tables, struct placed *all, size_t n,
                        struct arena *arena)
{
  struct table_row *rows = ARENA_NEW(arena, struct table_row, n + 1);
  for (size_t i = 0; i < n; i++) {
    struct table *table = &tables[all[i].suite];
    if (!table->rows)
      table->rows = rows;
    if (i == 0 || by_suite_item(&all[i - 1], &all[i]) != 0) {
      *rows++ = (struct table_row){ all[i].record->index, all[i].record->item };
      table->n_rows++;
    }
    all[i].row = table->n_rows - 1;
  }
}

static void fill_cells(struct table *tables, const struct placed *all, size_t n,
                       size_t n_suites, struct arena *arena)
{
  size_t at = 0;
  for (size_t s = 0; s < n_suites; s++) {
    struct table *table = &tables[s];
    size_t n_cells = table->n_models * table->n_rows, from = at;
    table->start = ARENA_NEW(arena, size_t, n_cells + 1);
    while (at < n && all[at].suite == s)
      at++;
    table->records = ARENA_NEW(arena, const struct record *, at - from + 1);
    size_t next = from;
    for (size_t cell = 0; cell < n_cells; cell++) {
      table->start[cell] = next - from;
      for (; next < at && all[next].model * table->n_rows + all[next].row == cell; next++)
        table->records[next - from] = all[next].record;
    }
    table->start[n_cells] = next - from;
  }
}

int table_build(struct table **out, struct arena *arena, const struct manifest *manifest,
                const struct report_input *input, struct err *err)
{
  size_t n = 0, at = 0;
  for (size_t i = 0; i < input->n_sources; i++)
    n += input->sources[i].journal->n_records;
  struct placed *all = ARENA_NEW(arena, struct placed, n + 1);
  for (size_t i = 0; i < input->n_sources; i++) {
    const struct journal *journal = input->sources[i].journal;
    for (size_t k = 0; k < journal->n_records; k++)
      if (place(&all[at++], manifest, &journal->records[k], err) < 0)
        return -1;
  }
  struct table *tables = ARENA_NEW(arena, struct table, manifest->n_suites + 1);
  for (size_t s = 0; s < manifest->n_suites; s++) {
    tables[s].suite = &manifest->suites[s];
    tables[s].n_models = manifest->n_models;
  }
  qsort(all, n, sizeof *all, by_suite_item);
  number_rows(tables, all, n, arena);
  qsort(all, n, sizeof *all, by_cell);
  if (drop_repeats(all, &n, err) < 0)
    return -1;
  fill_cells(tables, all, n, manifest->n_suites, arena);
  *out = tables;
  return 0;
}

const struct record *table_first(const struct table *table, size_t model, size_t row)
{
  size_t cell = model * table->n_rows + row;
  if (table->start[cell] == table->start[cell + 1])
    return NULL;
  const struct record *record = table->records[table->start[cell]];
  return record->sample == 0 ? record : NULL;
}
