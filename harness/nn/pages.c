#include "nn/pages.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

enum { NONE = -1 };

struct page {
  uint32_t holders;  /* sequences that have it reserved */
  uint32_t children; /* known pages that follow it */
  int32_t before;    /* of a known page: what precedes it, or NONE */
  int64_t reader;    /* of a known page that is not ready, or NONE */
  bool known, ready;
  int32_t next_alike;   /* in its bucket, while known */
  int32_t older, newer; /* among the free */
};

struct pages {
  struct page *at;
  int32_t *ids; /* `size` a page, while it is known */
  uint32_t count, size;
  int32_t *buckets; /* known pages by the hash of what they are known by */
  uint32_t n_buckets;
  int32_t oldest, newest; /* the free, in the order in which they are taken */
  uint32_t n_free, n_known;
};

/* ---- the free ---- */

static void unlink_free(struct pages *p, int32_t page)
{
  struct page *it = &p->at[page];
  if (it->older == NONE)
    p->oldest = it->newer;
  else
    p->at[it->older].newer = it->newer;
  if (it->newer == NONE)
    p->newest = it->older;
  else
    p->at[it->newer].older = it->older;
  p->n_free--;
}

static void add_newest(struct pages *p, int32_t page)
{
  struct page *it = &p->at[page];
  it->older = p->newest;
  it->newer = NONE;
  if (p->newest == NONE)
    p->oldest = page;
  else
    p->at[p->newest].newer = page;
  p->newest = page;
  p->n_free++;
}

static void add_oldest(struct pages *p, int32_t page)
{
  struct page *it = &p->at[page];
  it->older = NONE;
  it->newer = p->oldest;
  if (p->oldest == NONE)
    p->newest = page;
  else
    p->at[p->oldest].older = page;
  p->oldest = page;
  p->n_free++;
}

/* ---- the known ---- */

static int32_t *ids_of(const struct pages *p, int32_t page)
{
  return p->ids + (size_t)page * p->size;
}

static int32_t *bucket_of(const struct pages *p, int32_t before, const int32_t *ids)
{
  struct str bytes = { (const char *)ids, p->size * sizeof *ids };
  uint64_t hash = hash_fast(bytes) + (uint64_t)(before + 1) * 0x9e3779b97f4a7c15u;
  hash ^= hash >> 32;
  return &p->buckets[hash & (p->n_buckets - 1)];
}

static int32_t find(const struct pages *p, int32_t before, const int32_t *ids)
{
  int32_t page = *bucket_of(p, before, ids);
  for (; page != NONE; page = p->at[page].next_alike)
    if (p->at[page].before == before &&
        memcmp(ids_of(p, page), ids, p->size * sizeof *ids) == 0)
      return page;
  return NONE;
}

static void know(struct pages *p, int32_t page, int32_t before, const int32_t *ids)
{
  struct page *it = &p->at[page];
  assert(!it->known && (before == NONE || p->at[before].known));
  memcpy(ids_of(p, page), ids, p->size * sizeof *ids);
  int32_t *bucket = bucket_of(p, before, ids);
  it->next_alike = *bucket;
  *bucket = page;
  it->before = before;
  it->known = true;
  it->ready = false;
  it->reader = NONE;
  if (before != NONE)
    p->at[before].children++;
  p->n_known++;
}

static void forget(struct pages *p, int32_t page)
{
  struct page *it = &p->at[page];
  assert(it->known && it->children == 0);
  int32_t *link = bucket_of(p, it->before, ids_of(p, page));
  while (*link != page)
    link = &p->at[*link].next_alike;
  *link = it->next_alike;
  if (it->before != NONE)
    p->at[it->before].children--;
  it->known = it->ready = false;
  p->n_known--;
}

/* ---- reserving and giving back ---- */

struct pages *pages_create(uint32_t count, uint32_t size)
{
  assert(count && count <= INT32_MAX && size);
  struct pages *p = mem_alloc(sizeof *p);
  *p = (struct pages){ .count = count, .size = size, .oldest = NONE, .newest = NONE };
  p->n_buckets = 1;
  while (p->n_buckets < count)
    p->n_buckets *= 2;
  p->at = mem_resize(NULL, count, sizeof *p->at);
  p->ids = mem_resize(NULL, (size_t)count * size, sizeof *p->ids);
  p->buckets = mem_resize(NULL, p->n_buckets, sizeof *p->buckets);
  for (uint32_t i = 0; i < p->n_buckets; i++)
    p->buckets[i] = NONE;
  memset(p->at, 0, count * sizeof *p->at);
  for (uint32_t i = 0; i < count; i++)
    add_newest(p, (int32_t)i);
  return p;
}

void pages_free(struct pages *pages)
{
  if (!pages)
    return;
  free(pages->at);
  free(pages->ids);
  free(pages->buckets);
  free(pages);
}

static void hold(struct pages *p, int32_t page)
{
  if (p->at[page].holders++ == 0)
    unlink_free(p, page);
}

static int32_t take(struct pages *p)
{
  int32_t page = p->oldest;
  assert(page != NONE);
  if (p->at[page].known)
    forget(p, page);
  hold(p, page);
  return page;
}

static void drop(struct pages *p, int32_t page)
{
  struct page *it = &p->at[page];
  assert(it->holders);
  if (--it->holders)
    return;
  if (it->known && !it->ready)
    forget(p, page);
  if (it->known)
    add_newest(p, page);
  else
    add_oldest(p, page);
}

bool pages_reserve(struct pages *pages, const struct pages_wish *wish, int32_t *entries)
{
  assert(wish->n_shared <= wish->n);
  uint32_t found = 0, free_found = 0;
  for (int32_t before = NONE; found < wish->n_shared; found++) {
    int32_t page = find(pages, before, wish->ids + (size_t)found * pages->size);
    if (page == NONE)
      break;
    free_found += pages->at[page].holders == 0;
    entries[found] = before = page;
  }
  if (wish->n - found > pages->n_free - free_found)
    return false;
  for (uint32_t i = 0; i < found; i++)
    hold(pages, entries[i]);
  for (uint32_t i = found; i < wish->n; i++) {
    entries[i] = take(pages);
    if (i >= wish->n_shared)
      continue;
    know(pages, entries[i], i ? entries[i - 1] : NONE,
         wish->ids + (size_t)i * pages->size);
    pages->at[entries[i]].reader = wish->reader;
  }
  return true;
}

/* The last page first: what follows a page is then older than the page itself. */
void pages_release(struct pages *pages, const int32_t *entries, uint32_t n,
                   uint32_t reader)
{
  for (uint32_t i = n; i-- > 0;) {
    struct page *it = &pages->at[entries[i]];
    if (it->known && it->reader == (int64_t)reader)
      it->reader = NONE;
    drop(pages, entries[i]);
  }
}

/* ---- computing ---- */

enum pages_turn pages_turn(struct pages *pages, int32_t page, uint32_t reader)
{
  struct page *it = &pages->at[page];
  assert(it->holders && it->known);
  if (it->ready)
    return PAGES_READY;
  if (it->reader == NONE)
    it->reader = reader;
  return it->reader == (int64_t)reader ? PAGES_MINE : PAGES_OTHERS;
}

void pages_ready(struct pages *pages, int32_t page)
{
  struct page *it = &pages->at[page];
  assert(it->holders && it->known);
  assert(it->before == NONE || pages->at[it->before].ready);
  it->ready = true;
  it->reader = NONE;
}

bool pages_publish(struct pages *pages, int32_t *entry, int32_t before,
                   const int32_t *ids)
{
  int32_t own = *entry, same = find(pages, before, ids);
  assert(!pages->at[own].known && pages->at[own].holders == 1);
  if (same != NONE && !pages->at[same].ready)
    return false;
  if (same == NONE) {
    know(pages, own, before, ids);
    pages_ready(pages, own);
    return true;
  }
  hold(pages, same);
  drop(pages, own);
  *entry = same;
  return true;
}

struct pages_counts pages_counts(const struct pages *pages)
{
  return (struct pages_counts){ .reserved = pages->count - pages->n_free,
                                .known = pages->n_known };
}
