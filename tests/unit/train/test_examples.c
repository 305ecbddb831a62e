/* What is trained on: filters, pairs and mismatched responses, at random data. */
#include "tiny_tokenizer.h"

#include "base/arena.h"
#include "base/rng.h"
#include "train/examples.h"

static struct err err;

/* Prompts with random numbers of successes and failures; the responses are numbers. */
struct data {
  struct arena arena;
  struct tokenizer *tokenizer;
  struct trajectory_list trajectories;
  struct dataset dataset;
};

static void add_row(struct buf *rows, size_t prompt, size_t response, double reward)
{
  buf_printf(rows, "{\"prompt\":\"P%zu\",\"response\":\"%zu\",\"reward\":%g}\n", prompt,
             response, reward);
}

static void data_from(struct data *d, struct str rows)
{
  *d = (struct data){ 0 };
  d->tokenizer = tiny_tokenizer(TINY_CONFIG);
  struct dataset_options options = { .tokenizer = d->tokenizer,
                                     .end = -1,
                                     .context = 100 };
  assert_ok(trajectory_parse(&d->trajectories, &d->arena, rows, STR("t"), &err), err);
  assert_ok(dataset_build(&d->dataset, d->trajectories.list, d->trajectories.count,
                          &options, &err),
            err);
}

static void data_draw(struct data *d, uint64_t round)
{
  struct rng rng;
  struct buf rows;
  rng_init(&rng, 7, "test_examples", round);
  buf_init(&rows, 1 << 20);
  size_t n = (size_t)rng_range(&rng, 10, 60);
  add_row(&rows, 0, 0, 1);
  add_row(&rows, 0, 1, 0);
  add_row(&rows, 1, 0, 0.5); /* a half is no success */
  for (size_t i = 3; i < n; i++)
    add_row(&rows, (size_t)rng_below(&rng, 6), i, rng_chance(&rng, 0.4));
  data_from(d, buf_str(&rows));
  buf_release(&rows);
}

static void data_release(struct data *d)
{
  dataset_release(&d->dataset);
  trajectory_list_release(&d->trajectories);
  tokenizer_free(d->tokenizer);
  arena_release(&d->arena);
}

static bool solved(const struct data *d, size_t sequence)
{
  return d->dataset.sequences[sequence].reward == 1;
}

static void filters(void **state)
{
  (void)state;
  struct data d;
  struct example_list list;
  data_draw(&d, 0);
  assert_ok(examples_all(&list, &d.dataset, &err), err);
  assert_int_equal(list.count, d.dataset.n_sequences);
  assert_int_equal(list.unit, 1);
  example_list_release(&list);
  assert_ok(examples_solved(&list, &d.dataset, &err), err);
  size_t n = 0;
  for (size_t i = 0; i < d.dataset.n_sequences; i++)
    if (solved(&d, i))
      assert_int_equal(list.list[n++].sequence, i);
  assert_int_equal(list.count, n);
  assert_true(n > 0 && n < d.dataset.n_sequences);
  example_list_release(&list);
  data_release(&d);
}

/* What there must be of each prompt. */
static size_t expected_pairs(const struct data *d, size_t prompt, size_t most)
{
  size_t n[2] = { 0 };
  for (size_t i = 0; i < d->dataset.n_sequences; i++)
    if (d->dataset.sequences[i].prompt == prompt)
      n[solved(d, i)]++;
  return n[0] * n[1] < most ? n[0] * n[1] : most;
}

static void check_pairs(const struct data *d, const struct example_list *list,
                        size_t most)
{
  size_t counts[8] = { 0 };
  assert_int_equal(list->unit, 2);
  for (size_t i = 0; i < list->count; i += 2) {
    const struct example *a = &list->list[i], *b = a + 1;
    assert_true(a->chosen && !b->chosen && !a->mismatched && !b->mismatched);
    assert_int_equal(a->pair, i / 2);
    assert_int_equal(b->pair, i / 2);
    assert_true(solved(d, a->sequence) && !solved(d, b->sequence));
    size_t prompt = d->dataset.sequences[a->sequence].prompt;
    assert_int_equal(d->dataset.sequences[b->sequence].prompt, prompt);
    counts[prompt]++;
    for (size_t k = 0; k < i; k += 2)
      assert_false(list->list[k].sequence == a->sequence &&
                   list->list[k + 1].sequence == b->sequence);
  }
  for (size_t prompt = 0; prompt < d->dataset.n_prompts; prompt++)
    assert_int_equal(counts[prompt], expected_pairs(d, prompt, most));
}

static bool same(const struct example_list *a, const struct example_list *b)
{
  if (a->count != b->count)
    return false;
  for (size_t i = 0; i < a->count; i++)
    if (a->list[i].sequence != b->list[i].sequence)
      return false;
  return true;
}

static void pairs(void **state)
{
  (void)state;
  bool differ = false;
  for (uint64_t round = 0; round < 40; round++) {
    struct data d;
    struct example_list list, again, other;
    size_t most = round % 4 ? EXAMPLES_PAIRS : 1 + (size_t)round;
    data_draw(&d, round);
    assert_ok(examples_pairs(&list, &d.dataset, most, 1, &err), err);
    check_pairs(&d, &list, most);
    assert_ok(examples_pairs(&again, &d.dataset, most, 1, &err), err);
    assert_ok(examples_pairs(&other, &d.dataset, most, 2, &err), err);
    assert_true(same(&list, &again));
    differ |= !same(&list, &other);
    example_list_release(&list);
    example_list_release(&again);
    example_list_release(&other);
    data_release(&d);
  }
  assert_true(differ);
}

/* Over many seeds each of the possible pairs comes up about equally often. */
static void pairs_are_fair(void **state)
{
  (void)state;
  struct data d;
  size_t counts[4][4] = { { 0 } };
  data_from(&d, STR("{\"prompt\":\"P\",\"response\":\"a\",\"reward\":1}\n"
                    "{\"prompt\":\"P\",\"response\":\"b\",\"reward\":1}\n"
                    "{\"prompt\":\"P\",\"response\":\"c\",\"reward\":0}\n"
                    "{\"prompt\":\"P\",\"response\":\"d\",\"reward\":0}\n"));
  for (uint64_t seed = 0; seed < 400; seed++) {
    struct example_list list;
    assert_ok(examples_pairs(&list, &d.dataset, 2, seed, &err), err);
    assert_int_equal(list.count, 4);
    for (size_t i = 0; i < 4; i += 2)
      counts[list.list[i].sequence][list.list[i + 1].sequence]++;
    example_list_release(&list);
  }
  for (size_t a = 0; a < 2; a++)
    for (size_t b = 2; b < 4; b++)
      assert_in_range(counts[a][b], 150, 250); /* 200 expected, 10 the deviation */
  data_release(&d);
}

static void refuse(const char *rows, const char *message, int kind)
{
  struct data d;
  struct example_list list;
  int rc = 0;
  data_from(&d, str_from(rows));
  switch (kind) {
  case 0: rc = examples_solved(&list, &d.dataset, &err); break;
  case 1: rc = examples_pairs(&list, &d.dataset, 6, 1, &err); break;
  case 2: rc = examples_mismatched(&list, &d.dataset, 100, 1, &err); break;
  default: rc = examples_pairs(&list, &d.dataset, EXAMPLES_PAIRS_MAX + 1, 1, &err); break;
  }
  assert_int_equal(rc, -1);
  assert_int_equal(err.code, kind == 3 ? ERR_USAGE : ERR_DATA);
  if (!strstr(err.msg, message))
    fail_msg("'%s' is not in '%s'", message, err.msg);
  example_list_release(&list);
  data_release(&d);
}

static void refusals(void **state)
{
  (void)state;
  static const char apart[] = "{\"prompt\":\"P\",\"response\":\"a\",\"reward\":1}\n"
                              "{\"prompt\":\"Q\",\"response\":\"a\",\"reward\":0}\n";
  static const char equal[] = "{\"prompt\":\"P\",\"response\":\"a\",\"reward\":1}\n"
                              "{\"prompt\":\"P\",\"response\":\"a\",\"reward\":0}\n";
  static const char failed[] = "{\"prompt\":\"P\",\"response\":\"a\",\"reward\":0.5}\n"
                               "{\"prompt\":\"P\",\"response\":\"b\",\"reward\":0}\n";
  refuse(failed, "none of the 2 responses is a success", 0);
  refuse(apart, "no pair can be built: none of the 2 prompts has", 1);
  refuse(equal, "no pair can be built", 1); /* the same tokens, right and wrong */
  refuse(failed, "there is only one prompt", 2);
  refuse(apart, "1025 pairs a prompt; give 1 to 1024", 3);
}

/* Each sequence has beside it another's response behind its own prompt. */
static void mismatched(void **state)
{
  (void)state;
  for (uint64_t round = 0; round < 20; round++) {
    struct data d;
    struct example_list list;
    data_draw(&d, round);
    size_t n = d.dataset.n_sequences;
    bool seen[64] = { false };
    assert_ok(examples_mismatched(&list, &d.dataset, 100, 3, &err), err);
    assert_int_equal(list.count, 2 * n);
    assert_int_equal(list.unit, 2);
    assert_int_equal(d.dataset.n_sequences, 2 * n);
    for (size_t i = 0; i < list.count; i += 2) {
      const struct example *own = &list.list[i], *other = own + 1;
      const struct dataset_sequence *a = &d.dataset.sequences[own->sequence];
      const struct dataset_sequence *b = &d.dataset.sequences[other->sequence];
      assert_true(!own->mismatched && other->mismatched && own->sequence < n);
      assert_false(seen[own->sequence]);
      seen[own->sequence] = true;
      assert_int_equal(b->n_prompt, a->n_prompt);
      assert_memory_equal(d.dataset.ids + a->first, d.dataset.ids + b->first,
                          a->n_prompt * sizeof(int32_t));
      const struct dataset_sequence *from = NULL;
      for (size_t k = 0; k < n; k++)
        if (d.dataset.sequences[k].trajectory == b->trajectory)
          from = &d.dataset.sequences[k];
      assert_non_null(from);
      assert_int_not_equal(from->prompt, a->prompt);
      assert_int_equal(b->count - b->n_prompt, from->count - from->n_prompt);
    }
    example_list_release(&list);
    data_release(&d);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(filters),        cmocka_unit_test(pairs),
    cmocka_unit_test(pairs_are_fair), cmocka_unit_test(refusals),
    cmocka_unit_test(mismatched),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
