/* The bookkeeping of cache pages, by hand and against a naive model that knows pages by
 * all the ids before and in them, and keeps no structure at all. */
#include "base/arena.h"
#include "base/rng.h"
#include "nn/pages.h"
#include "test.h"

enum { SIZE = 2, LENGTH_MAX = 12, PAGES_MAX = 40, HOLDERS_MAX = 6, NONE = -1 };

static uint64_t seed;

/* ---- by hand ---- */

static void same_beginning_is_shared(void **state)
{
  (void)state;
  struct pages *pages = pages_create(8, SIZE);
  const int32_t a[] = { 1, 2, 3, 4, 5, 6 }, b[] = { 1, 2, 3, 4, 7, 8 };
  int32_t first[4], second[4];
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 3, 4, 0 }, first));
  assert_true(pages_reserve(pages, &(struct pages_wish){ b, 3, 4, 1 }, second));
  assert_int_equal(first[0], second[0]);
  assert_int_equal(first[1], second[1]);
  assert_int_not_equal(first[2], second[2]);
  assert_int_not_equal(first[3], second[3]);
  assert_int_equal(pages_counts(pages).reserved, 6);
  assert_int_equal(pages_counts(pages).known, 4);

  /* the second waits for the first, page by page */
  assert_int_equal(pages_turn(pages, second[0], 1), PAGES_OTHERS);
  assert_int_equal(pages_turn(pages, first[0], 0), PAGES_MINE);
  pages_ready(pages, first[0]);
  assert_int_equal(pages_turn(pages, second[0], 1), PAGES_READY);
  assert_int_equal(pages_turn(pages, second[1], 1), PAGES_OTHERS);
  /* and does it itself when the first has left */
  pages_release(pages, first, 4, 0);
  assert_int_equal(pages_turn(pages, second[1], 1), PAGES_MINE);
  pages_ready(pages, second[1]);
  pages_release(pages, second, 4, 1);
  /* what was computed stays known, what was not does not */
  assert_int_equal(pages_counts(pages).reserved, 0);
  assert_int_equal(pages_counts(pages).known, 2);
  pages_free(pages);
}

/* Equal ids behind different beginnings are different pages. */
static void a_page_is_its_whole_prefix(void **state)
{
  (void)state;
  struct pages *pages = pages_create(8, SIZE);
  const int32_t a[] = { 1, 1, 5, 5 }, b[] = { 2, 2, 5, 5 }, c[] = { 5, 5 };
  int32_t first[2], second[2], third[1];
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 2, 2, 0 }, first));
  assert_true(pages_reserve(pages, &(struct pages_wish){ b, 2, 2, 1 }, second));
  assert_true(pages_reserve(pages, &(struct pages_wish){ c, 1, 1, 2 }, third));
  assert_int_equal(pages_counts(pages).reserved, 5);
  pages_free(pages);
}

static void all_or_nothing(void **state)
{
  (void)state;
  struct pages *pages = pages_create(4, SIZE);
  const int32_t a[] = { 1, 2, 3, 4 };
  int32_t first[3], second[4];
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 2, 3, 0 }, first));
  assert_false(pages_reserve(pages, &(struct pages_wish){ a, 2, 4, 1 }, second));
  assert_int_equal(pages_counts(pages).reserved, 3);
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 2, 3, 1 }, second));
  assert_int_equal(pages_counts(pages).reserved, 4);
  /* known and free pages are room, but not room for who wants them as they are */
  pages_ready(pages, first[0]);
  pages_ready(pages, first[1]);
  pages_release(pages, first, 3, 0);
  pages_release(pages, second, 3, 1);
  assert_int_equal(pages_counts(pages).known, 2);
  int32_t all[5];
  assert_false(pages_reserve(pages, &(struct pages_wish){ a, 2, 5, 1 }, all));
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 2, 4, 1 }, all));
  assert_int_equal(pages_turn(pages, all[1], 1), PAGES_READY);
  pages_free(pages);
}

static void equal_pages_become_one(void **state)
{
  (void)state;
  struct pages *pages = pages_create(6, SIZE);
  const int32_t a[] = { 1, 2, 3, 4 };
  int32_t first[2], second[2], third[2];
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 0, 2, 0 }, first));
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 0, 2, 1 }, second));
  int32_t own = second[0];
  assert_true(pages_publish(pages, &first[0], NONE, a));
  assert_true(pages_publish(pages, &second[0], NONE, a));
  assert_int_equal(second[0], first[0]);
  assert_int_not_equal(second[0], own);
  assert_int_equal(pages_counts(pages).reserved, 3);
  /* but not with one that another is still computing */
  assert_true(pages_reserve(pages, &(struct pages_wish){ a, 2, 2, 2 }, third));
  own = first[1];
  assert_false(pages_publish(pages, &first[1], first[0], a + SIZE));
  assert_int_equal(first[1], own);
  pages_free(pages);
}

/* ---- against the naive model ---- */

struct naive_page {
  uint32_t holders;
  uint32_t length; /* ids that it is known by; 0: unknown */
  int32_t ids[LENGTH_MAX];
  bool ready;
  int reader;
  uint64_t given_back; /* when */
};

struct holder {
  bool present, alone;        /* alone: it has pages that nobody may know */
  uint32_t n, n_shared, done; /* pages; those that are computed */
  int32_t entries[LENGTH_MAX];
  int32_t ids[LENGTH_MAX];
};

struct world {
  struct pages *pages;
  uint32_t count;
  struct naive_page at[PAGES_MAX];
  struct holder holders[HOLDERS_MAX];
  uint64_t now;
};

static int32_t naive_find(const struct world *w, const int32_t *ids, uint32_t length)
{
  for (uint32_t i = 0; i < w->count; i++)
    if (w->at[i].length == length && memcmp(w->at[i].ids, ids, length * sizeof *ids) == 0)
      return (int32_t)i;
  return NONE;
}

/* May this free page be taken next: unknown ones in any order, then the oldest. */
static bool is_next(const struct world *w, int32_t page)
{
  const struct naive_page *it = &w->at[page];
  if (it->holders)
    return false;
  for (uint32_t i = 0; i < w->count && it->length; i++)
    if (!w->at[i].holders && (int32_t)i != page &&
        (!w->at[i].length || w->at[i].given_back < it->given_back))
      return false;
  return true;
}

static void reserve(struct world *w, uint32_t who, struct rng *rng)
{
  struct holder *h = &w->holders[who];
  memset(h, 0, sizeof *h);
  for (uint32_t i = 0; i < LENGTH_MAX; i++)
    h->ids[i] = (int32_t)rng_below(rng, 4) == 0;
  h->n = (uint32_t)rng_range(rng, 1, LENGTH_MAX / SIZE);
  h->n_shared = (uint32_t)rng_below(rng, h->n + 1);
  uint32_t found = 0, revived = 0, free = 0;
  while (found < h->n_shared) {
    int32_t page = naive_find(w, h->ids, (found + 1) * SIZE);
    if (page == NONE)
      break;
    revived += !w->at[page].holders;
    h->entries[found++] = page;
  }
  for (uint32_t i = 0; i < w->count; i++)
    free += !w->at[i].holders;

  int32_t entries[LENGTH_MAX];
  struct pages_wish wish = { h->ids, h->n_shared, h->n, who };
  h->present = pages_reserve(w->pages, &wish, entries);
  assert_int_equal(h->present, h->n - found <= free - revived);
  if (!h->present)
    return;
  for (uint32_t i = 0; i < found; i++) {
    assert_int_equal(entries[i], h->entries[i]);
    w->at[entries[i]].holders++;
  }
  for (uint32_t i = found; i < h->n; i++) {
    struct naive_page *it = &w->at[entries[i]];
    assert_true(entries[i] >= 0 && (uint32_t)entries[i] < w->count);
    assert_true(is_next(w, entries[i]));
    *it = (struct naive_page){ .holders = 1, .reader = NONE };
    h->entries[i] = entries[i];
    if (i >= h->n_shared)
      continue;
    it->length = (i + 1) * SIZE;
    memcpy(it->ids, h->ids, it->length * sizeof *it->ids);
    it->reader = (int)who;
  }
}

static void release(struct world *w, uint32_t who)
{
  struct holder *h = &w->holders[who];
  pages_release(w->pages, h->entries, h->n, who);
  for (uint32_t i = h->n; i-- > 0;) {
    struct naive_page *it = &w->at[h->entries[i]];
    if (it->reader == (int)who)
      it->reader = NONE;
    if (--it->holders)
      continue;
    it->given_back = ++w->now;
    if (!it->ready)
      it->length = 0;
  }
  h->present = false;
}

static void publish(struct world *w, struct holder *h)
{
  uint32_t i = h->done, length = (i + 1) * SIZE;
  int32_t own = h->entries[i], same = naive_find(w, h->ids, length);
  bool can = same == NONE || w->at[same].ready;
  bool published = pages_publish(w->pages, &h->entries[i], i ? h->entries[i - 1] : NONE,
                                 h->ids + (size_t)i * SIZE);
  assert_int_equal(published, can);
  if (!can) {
    h->alone = true;
  } else if (same == NONE) {
    w->at[own].length = length;
    memcpy(w->at[own].ids, h->ids, length * sizeof *h->ids);
    w->at[own].ready = true;
  } else {
    w->at[own] = (struct naive_page){ .reader = NONE };
    w->at[same].holders++;
    own = same;
  }
  assert_int_equal(h->entries[i], own);
}

/* The next page of a sequence, as a generator does it. */
static void compute(struct world *w, uint32_t who)
{
  struct holder *h = &w->holders[who];
  if (h->done >= h->n)
    return;
  if (h->done < h->n_shared) {
    struct naive_page *it = &w->at[h->entries[h->done]];
    if (!it->ready && it->reader == NONE)
      it->reader = (int)who;
    enum pages_turn turn = pages_turn(w->pages, h->entries[h->done], who);
    assert_int_equal(turn, it->ready                ? PAGES_READY
                           : it->reader == (int)who ? PAGES_MINE
                                                    : PAGES_OTHERS);
    if (turn == PAGES_OTHERS)
      return;
    if (turn == PAGES_MINE)
      pages_ready(w->pages, h->entries[h->done]);
    it->ready = true;
    it->reader = NONE;
  } else if (!h->alone) {
    publish(w, h);
  }
  h->done++;
}

static void check_counts(const struct world *w)
{
  struct pages_counts counts = pages_counts(w->pages), naive = { 0 };
  for (uint32_t i = 0; i < w->count; i++) {
    naive.reserved += w->at[i].holders > 0;
    naive.known += w->at[i].length > 0;
  }
  assert_int_equal(counts.reserved, naive.reserved);
  assert_int_equal(counts.known, naive.known);
}

static void random_operations(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, seed, "test pages", 0);
  uint64_t waited = 0, taken_over = 0;
  for (int round = 0; round < 300; round++) {
    struct world w = { .count = (uint32_t)rng_range(&rng, 1, PAGES_MAX) };
    w.pages = pages_create(w.count, SIZE);
    for (uint32_t i = 0; i < w.count; i++)
      w.at[i].reader = NONE;
    for (int step = 0; step < 400; step++) {
      uint32_t who = (uint32_t)rng_below(&rng, HOLDERS_MAX);
      struct holder *h = &w.holders[who];
      if (!h->present)
        reserve(&w, who, &rng);
      else if (rng_chance(&rng, h->done == h->n ? 0.5 : 0.05))
        release(&w, who);
      else
        compute(&w, who);
      waited += !h->present && h->n;
      taken_over +=
          h->present && h->done < h->n_shared && w.at[h->entries[h->done]].reader == NONE;
      check_counts(&w);
    }
    pages_free(w.pages);
  }
  /* the cases that matter have been met */
  assert_true(waited > 100);
  assert_true(taken_over > 100);
}

int main(void)
{
  const char *text = getenv("OREO_TEST_SEED");
  seed = text ? strtoull(text, NULL, 10) : 1;
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(same_beginning_is_shared),
    cmocka_unit_test(a_page_is_its_whole_prefix),
    cmocka_unit_test(all_or_nothing),
    cmocka_unit_test(equal_pages_become_one),
    cmocka_unit_test(random_operations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
