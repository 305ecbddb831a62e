#include "train/examples.h"

#include <stdlib.h>

#include "base/rng.h"

void example_list_release(struct example_list *list)
{
  free(list->list);
  *list = (struct example_list){ 0 };
}

static void add(struct example_list *out, struct example example)
{
  ARRAY_RESERVE(out->list, out->count, out->capacity);
  out->list[out->count++] = example;
}

int examples_all(struct example_list *out, const struct dataset *dataset, struct err *err)
{
  *out = (struct example_list){ .unit = 1 };
  for (size_t i = 0; i < dataset->n_sequences; i++)
    add(out, (struct example){ .sequence = i, .pair = -1 });
  return out->count ? 0 : err_set(err, ERR_DATA, "there are no trajectories");
}

int examples_solved(struct example_list *out, const struct dataset *dataset,
                    struct err *err)
{
  *out = (struct example_list){ .unit = 1 };
  for (size_t i = 0; i < dataset->n_sequences; i++)
    if (reward_is_success(dataset->sequences[i].reward))
      add(out, (struct example){ .sequence = i, .pair = -1 });
  if (out->count)
    return 0;
  return err_set(err, ERR_DATA,
                 "none of the %zu responses is a success; rejection sampling trains on "
                 "successes",
                 dataset->n_sequences);
}

/* ---- pairs ---- */

/* The sequences of one prompt, successes first. */
struct group {
  const size_t *solved, *failed;
  size_t n_solved, n_failed;
};

static bool same_tokens(const struct dataset *dataset, size_t a, size_t b)
{
  const struct dataset_sequence *x = &dataset->sequences[a], *y = &dataset->sequences[b];
  return x->count == y->count && memcmp(dataset->ids + x->first, dataset->ids + y->first,
                                        x->count * sizeof *dataset->ids) == 0;
}

static void add_pair(struct example_list *out, const struct dataset *dataset,
                     size_t solved, size_t failed)
{
  if (same_tokens(dataset, solved, failed))
    return;
  int32_t pair = (int32_t)(out->count / 2);
  add(out, (struct example){ .sequence = solved, .pair = pair, .chosen = true });
  add(out, (struct example){ .sequence = failed, .pair = pair });
}

/* One of 0 .. all - 1 that was not drawn before. */
static uint64_t draw_new(struct rng *rng, const uint64_t *drawn, size_t n, uint64_t all)
{
  for (;;) {
    uint64_t pair = rng_below(rng, all);
    size_t i = 0;
    while (i < n && drawn[i] != pair)
      i++;
    if (i == n)
      return pair;
  }
}

static void add_pairs(struct example_list *out, const struct dataset *dataset,
                      const struct group *group, size_t most, struct rng *rng)
{
  uint64_t all = (uint64_t)group->n_solved * group->n_failed, drawn[EXAMPLES_PAIRS_MAX];
  size_t n = most < all ? most : (size_t)all;
  for (size_t i = 0; i < n; i++) {
    drawn[i] = n < all ? draw_new(rng, drawn, i, all) : i;
    add_pair(out, dataset, group->solved[drawn[i] / group->n_failed],
             group->failed[drawn[i] % group->n_failed]);
  }
}

/* The sequences by prompt and then by success, else in their order; those of kind k stand
 * from bounds[k] to bounds[k + 1], k being 2 prompt for successes and one more for
 * failures.
 */
static void sort_by_kind(const struct dataset *dataset, size_t *order, size_t *bounds)
{
  size_t n_kinds = 2 * dataset->n_prompts;
  for (size_t i = 0; i < dataset->n_sequences; i++) {
    const struct dataset_sequence *s = &dataset->sequences[i];
    bounds[2 * s->prompt + !reward_is_success(s->reward) + 1]++;
  }
  for (size_t k = 0; k < n_kinds; k++)
    bounds[k + 1] += bounds[k];
  for (size_t i = dataset->n_sequences; i-- > 0;) { /* ends become begins */
    const struct dataset_sequence *s = &dataset->sequences[i];
    order[--bounds[2 * s->prompt + !reward_is_success(s->reward) + 1]] = i;
  }
  memmove(bounds, bounds + 1, n_kinds * sizeof *bounds);
  bounds[n_kinds] = dataset->n_sequences;
}

int examples_pairs(struct example_list *out, const struct dataset *dataset, size_t most,
                   uint64_t seed, struct err *err)
{
  *out = (struct example_list){ .unit = 2 };
  if (most < 1 || most > EXAMPLES_PAIRS_MAX)
    return err_set(err, ERR_USAGE, "%zu pairs a prompt; give 1 to %d", most,
                   EXAMPLES_PAIRS_MAX);
  struct arena arena = { 0 };
  size_t *order = ARENA_NEW(&arena, size_t, dataset->n_sequences);
  size_t *bounds = ARENA_NEW(&arena, size_t, 2 * dataset->n_prompts + 1);
  sort_by_kind(dataset, order, bounds);
  for (size_t prompt = 0; prompt < dataset->n_prompts; prompt++) {
    const size_t *at = bounds + 2 * prompt;
    struct group group = { order + at[0], order + at[1], at[1] - at[0], at[2] - at[1] };
    struct rng rng;
    rng_init(&rng, seed, "dpo pairs", prompt);
    if (group.n_solved && group.n_failed)
      add_pairs(out, dataset, &group, most, &rng);
  }
  arena_release(&arena);
  if (out->count)
    return 0;
  return err_set(err, ERR_DATA,
                 "no pair can be built: none of the %zu prompts has a success and a "
                 "failure; sample more responses a prompt",
                 dataset->n_prompts);
}

/* ---- mismatched responses ---- */

/* The next one in `order` behind `at` that answers another prompt. */
static size_t next_other(const struct dataset *dataset, const size_t *order, size_t n,
                         size_t at)
{
  size_t prompt = dataset->sequences[order[at]].prompt, other = at;
  do
    other = other + 1 < n ? other + 1 : 0;
  while (other != at && dataset->sequences[order[other]].prompt == prompt);
  return order[other];
}

int examples_mismatched(struct example_list *out, struct dataset *dataset, size_t context,
                        uint64_t seed, struct err *err)
{
  *out = (struct example_list){ .unit = 2 };
  size_t n = dataset->n_sequences;
  if (dataset->n_prompts < 2 || n < 2)
    return err_set(err, ERR_DATA,
                   "there is only one prompt; KTO needs responses to others beside it");
  size_t *order = mem_resize(NULL, n, sizeof *order);
  struct rng rng;
  for (size_t i = 0; i < n; i++)
    order[i] = i;
  rng_init(&rng, seed, "kto mismatched", 0);
  rng_shuffle(&rng, order, n, sizeof *order);
  for (size_t at = 0; at < n; at++) {
    size_t response = next_other(dataset, order, n, at);
    size_t made = dataset_mismatch(dataset, order[at], response, context);
    add(out, (struct example){ .sequence = order[at], .pair = -1 });
    add(out, (struct example){ .sequence = made, .pair = -1, .mismatched = true });
  }
  free(order);
  return 0;
}
