#include "policy/join.h"

/* Questions are looked for in a prompt by their first bytes. Shorter ones ("1 + 1?")
 * would be found in the middle of others, and are only compared whole. */
enum { HEAD_BYTES = 16 };

struct join {
  const struct item_set *set;
  struct item_index index;
  /* heads of questions, hashed into buckets of chains; NO_ITEM ends a chain */
  struct str *keys;
  size_t *bucket, *next;
  size_t n_buckets; /* a power of two */
};

#define NO_ITEM SIZE_MAX

static size_t head_bucket(const struct join *join, const char *at)
{
  uint64_t a, b;
  memcpy(&a, at, sizeof a);
  memcpy(&b, at + sizeof a, sizeof b);
  uint64_t mixed = (a ^ (b << 23 | b >> 41)) * UINT64_C(0x9E3779B97F4A7C15);
  return (size_t)(mixed >> 32) & (join->n_buckets - 1);
}

static void index_heads(struct join *join, struct arena *arena)
{
  size_t n = join->set->n_items;
  join->n_buckets = 16;
  while (join->n_buckets < 4 * n)
    join->n_buckets *= 2;
  join->keys = ARENA_NEW(arena, struct str, n + 1);
  join->next = ARENA_NEW(arena, size_t, n + 1);
  join->bucket = ARENA_NEW(arena, size_t, join->n_buckets);
  for (size_t b = 0; b < join->n_buckets; b++)
    join->bucket[b] = NO_ITEM;
  for (size_t i = 0; i < n; i++) {
    join->keys[i] = item_key(arena, join->set->items[i].question);
    join->next[i] = NO_ITEM;
    if (join->keys[i].len < HEAD_BYTES)
      continue;
    size_t *bucket = &join->bucket[head_bucket(join, join->keys[i].ptr)];
    join->next[i] = *bucket;
    *bucket = i;
  }
}

struct join *join_open(struct arena *arena, const struct item_set *set)
{
  struct join *join = ARENA_NEW(arena, struct join, 1);
  join->set = set;
  item_index_init(&join->index, set);
  index_heads(join, arena);
  return join;
}

void join_close(struct join *join)
{
  item_index_release(&join->index);
}

/* Of the questions that stand in `text`, the one that ends last, and of those the
 * longest: few-shot examples come before the question that is asked. */
static const struct item *find_last_question(const struct join *join, struct str text)
{
  size_t best = NO_ITEM, best_end = 0, best_len = 0;
  for (size_t at = 0; at + HEAD_BYTES <= text.len; at++) {
    size_t i = join->bucket[head_bucket(join, text.ptr + at)];
    for (; i != NO_ITEM; i = join->next[i]) {
      struct str key = join->keys[i];
      size_t end = at + key.len;
      if (key.len > text.len - at || end < best_end ||
          (end == best_end && key.len <= best_len))
        continue;
      if (memcmp(text.ptr + at, key.ptr, key.len) != 0)
        continue;
      best = i;
      best_end = end;
      best_len = key.len;
    }
  }
  return best == NO_ITEM ? NULL : &join->set->items[best];
}

static const struct item *find_row(const struct join *join, int64_t doc_id)
{
  size_t low = 0, high = join->set->n_items;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const struct item *item = &join->set->items[mid];
    if ((int64_t)item->index == doc_id)
      return item;
    if ((int64_t)item->index < doc_id)
      low = mid + 1;
    else
      high = mid;
  }
  return NULL;
}

static bool same_gold(struct str a, struct str b)
{
  return str_equal(str_trim(a), str_trim(b));
}

/* By id, else by row number. A file that has the question as well was looked up by it in
 * vain: then equal numbers mean nothing unless the golds agree. */
static const struct item *find_by_number(const struct join *join,
                                         const struct recorded_answer *answer)
{
  const struct item *item = NULL;
  if (str_present(answer->id))
    item = item_by_id(&join->index, answer->id);
  if (!item && answer->doc_id >= 0 && !str_present(answer->id))
    item = find_row(join, answer->doc_id);
  if (!item)
    return NULL;
  bool has_text = str_present(answer->question) || str_present(answer->prompt);
  if (str_present(answer->gold))
    return same_gold(answer->gold, item->gold) ? item : NULL;
  return has_text ? NULL : item;
}

const struct item *join_find(const struct join *join,
                             const struct recorded_answer *answer, struct arena *scratch)
{
  const struct item *item = NULL;
  if (str_present(answer->question))
    item = item_by_question(&join->index, answer->question);
  if (item)
    return item;
  if (str_present(answer->prompt)) {
    item = item_by_question(&join->index, answer->prompt);
    if (!item)
      item = find_last_question(join, item_key(scratch, answer->prompt));
  }
  /* a question that is not in the data is another question, whatever its number */
  if (item || str_present(answer->question))
    return item;
  return find_by_number(join, answer);
}
