#include "report/compare.h"

#include <stdlib.h>

#include "base/hash.h"
#include "report/metrics.h"
#include "task/item.h"

static const struct {
  const char *name;
  bool certain;
} pairings[PAIRING_COUNT] = {
#define XX(id, name, certain) { name, certain },
  PAIRING_MAP(XX)
#undef XX
};

const char *pairing_name(enum pairing pairing)
{
  return pairings[pairing].name;
}

/* ---- keys ---- */

static struct str key_of(const struct outcome *o, enum pairing pairing,
                         struct arena *arena)
{
  switch (pairing) {
  case PAIRED_BY_DOC_HASH: return o->doc_hash;
  case PAIRED_BY_QUESTION:
    return str_present(o->question) ? item_key(arena, o->question) : STR_NONE;
  case PAIRED_BY_ID: return o->id;
  default:
    return o->doc_id < 0 ? STR_NONE : arena_printf(arena, "%lld", (long long)o->doc_id);
  }
}

/* A key for each outcome, NULL when one has none. A data set may hold a question twice:
 * the second is told from the first by its number. */
static struct str *list_keys(const struct side *side, enum pairing pairing,
                             struct arena *arena)
{
  struct str *keys = ARENA_NEW(arena, struct str, side->n + 1);
  struct strmap seen = { 0 };
  bool complete = true;
  for (size_t i = 0; i < side->n && complete; i++) {
    keys[i] = key_of(&side->outcomes[i], pairing, arena);
    complete = keys[i].len > 0;
    if (!complete)
      break;
    bool added;
    size_t *count = strmap_put(&seen, keys[i], 1, &added);
    if (!added)
      keys[i] = arena_printf(arena, "%.*s\x1f%zu", STR_ARG(keys[i]), ++*count);
  }
  strmap_release(&seen);
  return complete ? keys : NULL;
}

/* ---- joining ---- */

/* False when not every item of both sides has a key of this kind. */
static bool join(struct comparison *c, struct arena *arena, enum pairing pairing)
{
  struct str *keys_a = list_keys(c->a, pairing, arena);
  struct str *keys_b = keys_a ? list_keys(c->b, pairing, arena) : NULL;
  c->n_pairs = 0;
  if (!keys_a || !keys_b)
    return false;
  struct strmap map = { 0 };
  for (size_t i = 0; i < c->b->n; i++)
    strmap_put(&map, keys_b[i], i, &(bool){ false });
  for (size_t i = 0; i < c->a->n; i++) {
    const size_t *at = strmap_find(&map, keys_a[i]);
    if (at)
      c->pairs[c->n_pairs++] =
          (struct outcome_pair){ &c->a->outcomes[i], &c->b->outcomes[*at] };
  }
  strmap_release(&map);
  c->pairing = pairing;
  return true;
}

/* Rows of one number that are not the same item: the files come from different data. */
static const struct outcome *find_conflict(const struct comparison *c,
                                           struct arena *arena)
{
  size_t smaller = c->a->n < c->b->n ? c->a->n : c->b->n;
  if (c->n_pairs == smaller)
    return NULL;
  struct strmap rows = { 0 };
  const struct outcome *conflict = NULL;
  for (size_t i = 0; i < c->b->n; i++) {
    struct str row = key_of(&c->b->outcomes[i], PAIRED_BY_DOC_ID, arena);
    if (row.len)
      strmap_put(&rows, row, i, &(bool){ false });
  }
  for (size_t i = 0; i < c->a->n && !conflict; i++) {
    const struct outcome *a = &c->a->outcomes[i];
    const size_t *at = strmap_find(&rows, key_of(a, PAIRED_BY_DOC_ID, arena));
    if (at && !str_equal(key_of(a, c->pairing, arena),
                         key_of(&c->b->outcomes[*at], c->pairing, arena)))
      conflict = a;
  }
  strmap_release(&rows);
  return conflict;
}

static const struct outcome_pair *find_other_gold(const struct comparison *c)
{
  for (size_t i = 0; i < c->n_pairs; i++) {
    const struct outcome *a = c->pairs[i].a, *b = c->pairs[i].b;
    if (str_present(a->gold) && str_present(b->gold) && !str_equal(a->gold, b->gold))
      return &c->pairs[i];
  }
  return NULL;
}

static int check_same_data(const struct comparison *c, struct arena *arena,
                           struct err *err)
{
  const struct outcome_pair *other = find_other_gold(c);
  if (!pairings[c->pairing].certain && other)
    return err_set(
        err, ERR_DATA,
        "these are different data: item '%.*s' has the gold answer '%.*s' in A "
        "and '%.*s' in B; compare results on the same file",
        STR_ARG(other->a->id), STR_ARG(str_slice(other->a->gold, 0, 80)),
        STR_ARG(str_slice(other->b->gold, 0, 80)));
  const struct outcome *row =
      pairings[c->pairing].certain ? find_conflict(c, arena) : NULL;
  if (row)
    return err_set(err, ERR_DATA,
                   "these are different data: row %lld is another %s in A than in B; "
                   "compare results on the same file",
                   (long long)row->doc_id,
                   c->pairing == PAIRED_BY_DOC_HASH ? "document" : "question");
  return 0;
}

static int pair_items(struct comparison *c, struct arena *arena, struct err *err)
{
  if (str_present(c->a->data_sha256) && str_present(c->b->data_sha256) &&
      !str_equal(c->a->data_sha256, c->b->data_sha256))
    return err_set(err, ERR_DATA,
                   "these are different data: A ran on sha256 %.12s, B on %.12s; compare "
                   "results on the same file",
                   c->a->data_sha256.ptr, c->b->data_sha256.ptr);
  c->pairs = ARENA_NEW(arena, struct outcome_pair, c->a->n + 1);
  /* Sides that both state their questions, and have none in common, are not joined by
   * anything weaker. */
  bool stated = false;
  for (enum pairing p = 0; p < PAIRING_COUNT && !c->n_pairs; p++)
    if (pairings[p].certain || !stated)
      stated |= join(c, arena, p) && pairings[p].certain;
  if (!c->n_pairs)
    return err_set(
        err, ERR_DATA,
        "'%.*s' and '%.*s' have no item in common; compare results on the same "
        "data",
        STR_ARG(c->a->name), STR_ARG(c->b->name));
  return check_same_data(c, arena, err);
}

/* ---- numbers ---- */

static void count_pairs(struct comparison *c)
{
  size_t n = 0, wins = 0, losses = 0;
  for (size_t i = 0; i < c->n_pairs; i++) {
    const struct outcome *a = c->pairs[i].a, *b = c->pairs[i].b;
    if (a->verdict == VERDICT_ERROR || b->verdict == VERDICT_ERROR)
      continue;
    bool a_right = a->verdict == VERDICT_CORRECT, b_right = b->verdict == VERDICT_CORRECT;
    n++;
    wins += b_right && !a_right;
    losses += a_right && !b_right;
    c->both += a_right && b_right;
    c->neither += !a_right && !b_right;
  }
  c->paired = paired_of(n, wins, losses);
  c->score_a = score_of(c->both + losses, n);
  c->score_b = score_of(c->both + wins, n);
}

static void lint_pair(struct warnings *warnings, const struct comparison *c)
{
  if (c->a->n != c->n_pairs || c->b->n != c->n_pairs)
    warnings_add(warnings, LINT_N_ITEMS, "A has %zu items, B %zu, both have %zu", c->a->n,
                 c->b->n, c->n_pairs);
  if (!pairings[c->pairing].certain && !str_present(c->a->data_sha256))
    warnings_add(warnings, LINT_PAIRED_BY,
                 "items were joined by %s: the files do not both state the question",
                 pairings[c->pairing].name);
  if (str_present(c->a->grader) && str_present(c->b->grader) &&
      !str_equal(c->a->grader, c->b->grader))
    warnings_add(warnings, LINT_GRADERS, "A was graded by %.*s, B by %.*s",
                 STR_ARG(c->a->grader), STR_ARG(c->b->grader));
  if (str_present(c->a->filter) && str_present(c->b->filter) &&
      !str_equal(c->a->filter, c->b->filter))
    warnings_add(warnings, LINT_GRADERS, "A is by filter %.*s, B by %.*s",
                 STR_ARG(c->a->filter), STR_ARG(c->b->filter));
  if (str_present(c->a->prompt) && str_present(c->b->prompt) &&
      !str_equal(c->a->prompt, c->b->prompt))
    warnings_add(warnings, LINT_PROMPTS, "A and B were asked with different prompts");
}

/* ---- the whole ---- */

/* The suite of b that belongs to a's: of the same name, or the only one there is. */
static const struct side *partner(const struct sides *a, const struct side *side,
                                  const struct sides *b)
{
  for (size_t i = 0; i < b->n; i++)
    if (str_present(side->suite) && str_equal(b->list[i].suite, side->suite))
      return &b->list[i];
  return a->n == 1 && b->n == 1 ? &b->list[0] : NULL;
}

static void correct_p(struct comparisons *out, struct arena *arena)
{
  double *p = ARENA_NEW(arena, double, out->n + 1);
  for (size_t i = 0; i < out->n; i++)
    p[i] = out->list[i].paired.p;
  stats_holm(p, out->n);
  for (size_t i = 0; i < out->n; i++)
    out->list[i].p_holm = p[i];
}

/* What a run has not got to yet may change any number here. */
static struct str unfinished(struct arena *arena, const struct sides *a,
                             const struct sides *b)
{
  const struct sides *both[] = { a, b };
  struct str text = STR("");
  for (size_t i = 0; i < 2; i++)
    if (both[i]->n_answered < both[i]->n_asked)
      text = arena_printf(arena, "%.*s%s%c has answered %zu of %zu items", STR_ARG(text),
                          text.len ? ", " : "", "AB"[i], both[i] -> n_answered,
                          both[i] -> n_asked);
  return text.len ? text : STR_NONE;
}

int compare_sides(struct comparisons *out, struct arena *arena, const struct sides *a,
                  const struct sides *b, struct err *err)
{
  struct warnings warnings = { .arena = arena };
  *out = (struct comparisons){ .list = ARENA_NEW(arena, struct comparison, a->n + 1) };
  for (size_t i = 0; i < a->n; i++) {
    const struct side *other = partner(a, &a->list[i], b);
    if (!other)
      continue;
    struct comparison *c = &out->list[out->n++];
    *c = (struct comparison){ .a = &a->list[i], .b = other, .suite = a->list[i].suite };
    if (pair_items(c, arena, err) < 0)
      return str_present(c->suite) ? err_wrap(err, "%.*s", STR_ARG(c->suite)) : -1;
    count_pairs(c);
    side_lint(&warnings, c->a);
    side_lint(&warnings, c->b);
    lint_pair(&warnings, c);
  }
  if (!out->n)
    return err_set(err, ERR_DATA,
                   "A and B have no suite in common (A has '%.*s', B has "
                   "'%.*s')",
                   STR_ARG(a->list[0].suite), STR_ARG(b->list[0].suite));
  correct_p(out, arena);
  out->unfinished = unfinished(arena, a, b);
  if (str_present(out->unfinished))
    warnings_add(&warnings, LINT_INCOMPLETE, "%.*s", STR_ARG(out->unfinished));
  out->warnings = warnings.list;
  out->n_warnings = warnings.n;
  return 0;
}

int compare_load(struct comparisons *out, struct arena *arena, const char *a,
                 const char *b, struct err *err)
{
  struct sides *sides = ARENA_NEW(arena, struct sides, 2);
  if (sides_load(&sides[0], arena, a, err) < 0 ||
      sides_load(&sides[1], arena, b, err) < 0)
    return -1;
  return compare_sides(out, arena, &sides[0], &sides[1], err);
}
