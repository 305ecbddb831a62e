#include "train/batch.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/rng.h"

/* ---- units ---- */

static size_t unit_count(const struct batch_source *source)
{
  return source->examples->count / source->examples->unit;
}

static const struct dataset_sequence *sequence_of(const struct batch_source *source,
                                                  size_t example)
{
  return &source->dataset->sequences[source->examples->list[example].sequence];
}

static size_t unit_tokens(const struct batch_source *source, size_t unit)
{
  size_t n = 0, first = unit * source->examples->unit;
  for (size_t i = 0; i < source->examples->unit; i++)
    n += sequence_of(source, first + i)->count;
  return n;
}

int batch_source_check(const struct batch_source *source, struct err *err)
{
  size_t longest = 0;
  if (!source->units)
    return err_set(err, ERR_USAGE, "a batch of nothing; give 1 or more");
  for (size_t unit = 0; unit < unit_count(source); unit++) {
    size_t n = unit_tokens(source, unit);
    longest = n > longest ? n : longest;
  }
  if (longest <= source->rows)
    return 0;
  return err_set(
      err, ERR_USAGE,
      "%s of %zu tokens does not fit a pack of %zu rows; give %zu rows or more",
      source->examples->unit > 1 ? "a pair" : "a sequence", longest, source->rows,
      longest);
}

size_t batch_count(const struct batch_source *source)
{
  return (unit_count(source) + source->units - 1) / source->units;
}

void epoch_init(struct epoch *epoch, const struct batch_source *source, uint64_t number)
{
  struct rng rng;
  epoch->count = unit_count(source);
  epoch->units = mem_resize(NULL, epoch->count + 1, sizeof *epoch->units);
  for (size_t i = 0; i < epoch->count; i++)
    epoch->units[i] = i;
  rng_init(&rng, source->seed, "epoch", number);
  rng_shuffle(&rng, epoch->units, epoch->count, sizeof *epoch->units);
}

void epoch_release(struct epoch *epoch)
{
  free(epoch->units);
  *epoch = (struct epoch){ 0 };
}

/* ---- packs ---- */

struct placed {
  size_t unit, tokens, place; /* `place` in the batch, then its pack */
};

static int by_length(const void *left, const void *right)
{
  const struct placed *a = left, *b = right;
  if (a->tokens != b->tokens)
    return a->tokens < b->tokens ? 1 : -1;
  return a->place < b->place ? -1 : a->place > b->place;
}

static int by_pack(const void *left, const void *right)
{
  const struct placed *a = left, *b = right;
  if (a->place != b->place)
    return a->place < b->place ? -1 : 1;
  return a->unit < b->unit ? -1 : a->unit > b->unit;
}

/* The first pack with room, or a new one. */
static size_t find_pack(struct batch *batch, size_t tokens, size_t rows)
{
  size_t pack = 0;
  while (pack < batch->n_packs && batch->packs[pack].n_tokens + tokens > rows)
    pack++;
  if (pack == batch->n_packs) {
    ARRAY_RESERVE(batch->packs, batch->n_packs, batch->packs_capacity);
    batch->packs[batch->n_packs++] = (struct batch_pack){ 0 };
  }
  batch->packs[pack].n_tokens += tokens;
  return pack;
}

static void place_units(struct batch *batch, struct placed *placed, size_t n, size_t rows)
{
  qsort(placed, n, sizeof *placed, by_length);
  for (size_t i = 0; i < n; i++)
    placed[i].place = find_pack(batch, placed[i].tokens, rows);
  qsort(placed, n, sizeof *placed, by_pack);
}

/* ---- filling ---- */

static void reserve_tokens(struct batch *batch, size_t n)
{
  if (n <= batch->tokens_capacity)
    return;
  batch->ids = mem_resize(batch->ids, n, sizeof *batch->ids);
  batch->action = mem_resize(batch->action, n, 1);
  batch->step_start = mem_resize(batch->step_start, n, 1);
  batch->tokens_capacity = n;
}

static void reserve_sequences(struct batch *batch, size_t n)
{
  if (n <= batch->sequences_capacity)
    return;
  batch->sequences = mem_resize(batch->sequences, n, sizeof *batch->sequences);
  batch->examples = mem_resize(batch->examples, n, sizeof *batch->examples);
  batch->sequences_capacity = n;
}

static void add_example(struct batch *batch, const struct batch_source *source, size_t at)
{
  const struct example *example = &source->examples->list[at];
  const struct dataset_sequence *sequence = sequence_of(source, at);
  size_t first = batch->n_tokens, n = sequence->count;
  memcpy(batch->ids + first, source->dataset->ids + sequence->first,
         n * sizeof *batch->ids);
  memcpy(batch->action + first, source->dataset->action + sequence->first, n);
  memcpy(batch->step_start + first, source->dataset->step_start + sequence->first, n);
  batch->examples[batch->n_sequences] = at;
  batch->sequences[batch->n_sequences++] =
      (struct objective_sequence){ .first = first,
                                   .count = n,
                                   .reward = sequence->reward,
                                   .pair = example->pair,
                                   .chosen = example->chosen,
                                   .mismatched = example->mismatched };
  batch->n_tokens += n;
}

static void add_units(struct batch *batch, const struct batch_source *source,
                      const struct placed *placed, size_t n)
{
  size_t unit = source->examples->unit;
  for (size_t i = 0; i < n; i++) {
    struct batch_pack *pack = &batch->packs[placed[i].place];
    if (!pack->n_sequences) {
      pack->first_sequence = batch->n_sequences;
      pack->first_token = batch->n_tokens;
    }
    for (size_t k = 0; k < unit; k++)
      add_example(batch, source, placed[i].unit * unit + k);
    pack->n_sequences += unit;
  }
}

void batch_fill(struct batch *batch, const struct batch_source *source,
                const struct epoch *epoch, size_t index)
{
  size_t first = index * source->units, n = epoch->count - first, tokens = 0;
  n = n < source->units ? n : source->units;
  struct placed *placed = mem_resize(NULL, n + 1, sizeof *placed);
  for (size_t i = 0; i < n; i++) {
    size_t unit = epoch->units[first + i];
    placed[i] = (struct placed){ unit, unit_tokens(source, unit), i };
    tokens += placed[i].tokens;
  }
  batch->n_tokens = batch->n_sequences = batch->n_packs = 0;
  batch->n_units = n;
  reserve_tokens(batch, tokens);
  reserve_sequences(batch, n * source->examples->unit);
  place_units(batch, placed, n, source->rows);
  add_units(batch, source, placed, n);
  free(placed);
}

void batch_release(struct batch *batch)
{
  free(batch->ids);
  free(batch->action);
  free(batch->step_start);
  free(batch->sequences);
  free(batch->examples);
  free(batch->packs);
  *batch = (struct batch){ 0 };
}
