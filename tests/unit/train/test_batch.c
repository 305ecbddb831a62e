/* Epochs, batches and packs of made-up datasets: everything once, nothing parted, nothing
 * over the budget, the same again from the same two numbers. */
#include "test.h"

#include "base/arena.h"
#include "base/rng.h"
#include "train/batch.h"

static struct err err;

enum { SEQUENCES_MAX = 200 };

struct data {
  struct arena arena;
  struct dataset dataset;
  struct example_list examples;
  struct batch_source source;
};

static void draw(struct data *d, uint64_t round, size_t unit)
{
  struct rng rng;
  *d = (struct data){ 0 };
  rng_init(&rng, 11, "test_batch", round);
  size_t n = unit * (size_t)rng_range(&rng, 1, SEQUENCES_MAX / 2), tokens = 0;
  d->dataset.sequences = ARENA_NEW(&d->arena, struct dataset_sequence, n);
  d->examples.list = ARENA_NEW(&d->arena, struct example, n);
  for (size_t i = 0; i < n; i++) {
    size_t count = (size_t)rng_range(&rng, 2, 40);
    d->dataset.sequences[i] =
        (struct dataset_sequence){ .first = tokens, .count = count, .reward = (double)i };
    d->examples.list[i] = (struct example){ .sequence = n - 1 - i,
                                            .pair = unit > 1 ? (int32_t)(i / 2) : -1,
                                            .chosen = i % 2,
                                            .mismatched = i % 3 == 0 };
    tokens += count;
  }
  d->dataset.n_sequences = d->examples.count = n;
  d->examples.unit = unit;
  d->dataset.ids = ARENA_NEW(&d->arena, int32_t, tokens);
  d->dataset.action = ARENA_NEW(&d->arena, uint8_t, tokens);
  d->dataset.step_start = ARENA_NEW(&d->arena, uint8_t, tokens);
  for (size_t t = 0; t < tokens; t++) {
    d->dataset.ids[t] = (int32_t)t;
    d->dataset.action[t] = rng_chance(&rng, 0.5);
    d->dataset.step_start[t] = rng_chance(&rng, 0.5);
  }
  d->source =
      (struct batch_source){ &d->dataset, &d->examples, (size_t)rng_range(&rng, 1, 40),
                             (size_t)rng_range(&rng, 80, 300), 5 };
}

static void check_sequence(const struct data *d, const struct batch *batch, size_t i)
{
  const struct objective_sequence *s = &batch->sequences[i];
  const struct example *example = &d->examples.list[batch->examples[i]];
  const struct dataset_sequence *from = &d->dataset.sequences[example->sequence];
  assert_int_equal(s->count, from->count);
  assert_true(s->reward == from->reward);
  assert_int_equal(s->pair, example->pair);
  assert_int_equal(s->chosen, example->chosen);
  assert_int_equal(s->mismatched, example->mismatched);
  assert_memory_equal(batch->ids + s->first, d->dataset.ids + from->first,
                      s->count * sizeof(int32_t));
  assert_memory_equal(batch->action + s->first, d->dataset.action + from->first,
                      s->count);
  assert_memory_equal(batch->step_start + s->first, d->dataset.step_start + from->first,
                      s->count);
}

/* Sequences follow each other without gaps, within packs that do so too. */
static void check_packs(const struct data *d, const struct batch *batch)
{
  size_t sequence = 0, token = 0;
  for (size_t p = 0; p < batch->n_packs; p++) {
    const struct batch_pack *pack = &batch->packs[p];
    assert_int_equal(pack->first_sequence, sequence);
    assert_int_equal(pack->first_token, token);
    assert_true(pack->n_tokens <= d->source.rows && pack->n_sequences > 0);
    assert_int_equal(pack->n_sequences % d->examples.unit, 0);
    for (size_t i = 0; i < pack->n_sequences; i++, sequence++) {
      assert_int_equal(batch->sequences[sequence].first, token);
      token += batch->sequences[sequence].count;
      check_sequence(d, batch, sequence);
      if (i % d->examples.unit) /* the second of a unit stands behind the first */
        assert_int_equal(batch->examples[sequence], batch->examples[sequence - 1] + 1);
    }
    assert_int_equal(token - pack->first_token, pack->n_tokens);
  }
  assert_int_equal(sequence, batch->n_sequences);
  assert_int_equal(token, batch->n_tokens);
}

/* Two neighbouring packs are never both half empty: first fit. */
static void check_fill(const struct data *d, const struct batch *batch)
{
  for (size_t p = 1; p < batch->n_packs; p++)
    assert_true(batch->packs[p - 1].n_tokens + batch->packs[p].n_tokens > d->source.rows);
}

static void once_each(void **state)
{
  (void)state;
  struct batch batch = { 0 };
  for (uint64_t round = 0; round < 60; round++) {
    struct data d;
    struct epoch epoch;
    size_t seen[SEQUENCES_MAX] = { 0 }, units = 0;
    draw(&d, round, 1 + round % 2);
    assert_ok(batch_source_check(&d.source, &err), err);
    epoch_init(&epoch, &d.source, round);
    assert_int_equal(epoch.count * d.examples.unit, d.examples.count);
    for (size_t k = 0; k < batch_count(&d.source); k++) {
      batch_fill(&batch, &d.source, &epoch, k);
      check_packs(&d, &batch);
      check_fill(&d, &batch);
      assert_true(k + 1 == batch_count(&d.source) || batch.n_units == d.source.units);
      assert_int_equal(batch.n_sequences, batch.n_units * d.examples.unit);
      units += batch.n_units;
      for (size_t i = 0; i < batch.n_sequences; i++)
        seen[batch.examples[i]]++;
    }
    assert_int_equal(units, epoch.count);
    for (size_t i = 0; i < d.examples.count; i++)
      assert_int_equal(seen[i], 1);
    epoch_release(&epoch);
    arena_release(&d.arena);
  }
  batch_release(&batch);
}

/* In the order of the epoch 3 3 7 7 would need three packs of 10. */
static void longest_first(void **state)
{
  (void)state;
  for (uint64_t number = 0; number < 20; number++) {
    struct data d;
    struct epoch epoch;
    struct batch batch = { 0 };
    draw(&d, 2, 1);
    for (size_t i = 0; i < 4; i++)
      d.dataset.sequences[i].count = i < 2 ? 3 : 7;
    for (size_t i = 0; i < 4; i++)
      d.examples.list[i].sequence = i;
    d.examples.count = 4;
    d.source.units = 4;
    d.source.rows = 10;
    epoch_init(&epoch, &d.source, number);
    batch_fill(&batch, &d.source, &epoch, 0);
    assert_int_equal(batch.n_packs, 2);
    epoch_release(&epoch);
    batch_release(&batch);
    arena_release(&d.arena);
  }
}

static void the_same_again(void **state)
{
  (void)state;
  struct data d;
  struct epoch a, b, other;
  struct batch first = { 0 }, second = { 0 };
  draw(&d, 59, 2);
  epoch_init(&a, &d.source, 3);
  epoch_init(&b, &d.source, 3);
  epoch_init(&other, &d.source, 4);
  assert_memory_equal(a.units, b.units, a.count * sizeof *a.units);
  assert_memory_not_equal(a.units, other.units, a.count * sizeof *a.units);
  batch_fill(&second, &d.source, &other, 0); /* what was there before is of no matter */
  for (size_t k = batch_count(&d.source); k-- > 0;) {
    batch_fill(&first, &d.source, &a, k);
    batch_fill(&second, &d.source, &b, k);
    assert_int_equal(first.n_tokens, second.n_tokens);
    assert_memory_equal(first.ids, second.ids, first.n_tokens * sizeof *first.ids);
    assert_int_equal(first.n_packs, second.n_packs);
    assert_memory_equal(first.packs, second.packs, first.n_packs * sizeof *first.packs);
  }
  epoch_release(&a);
  epoch_release(&b);
  epoch_release(&other);
  batch_release(&first);
  batch_release(&second);
  arena_release(&d.arena);
}

static void refusals(void **state)
{
  (void)state;
  struct data d;
  size_t longest = 0;
  draw(&d, 1, 1);
  for (size_t i = 0; i < d.dataset.n_sequences; i++)
    if (d.dataset.sequences[i].count > longest)
      longest = d.dataset.sequences[i].count;
  d.source.rows = longest;
  assert_ok(batch_source_check(&d.source, &err), err);
  d.source.rows--;
  assert_int_equal(batch_source_check(&d.source, &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_non_null(strstr(err.msg, "a sequence of "));
  d.source.units = 0;
  assert_int_equal(batch_source_check(&d.source, &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  arena_release(&d.arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(once_each),
    cmocka_unit_test(longest_first),
    cmocka_unit_test(the_same_again),
    cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
