#include "run/settings.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- texts ---- */

static bool texts_have(const struct texts *texts, struct str text)
{
  for (size_t i = 0; i < texts->count; i++)
    if (str_equal(text, str_from(texts->at[i])))
      return true;
  return false;
}

/* "a,b" into its parts; what stands twice is kept once. */
static void texts_split(struct texts *texts, const char *list, struct arena *arena)
{
  struct str rest = str_from(list);
  while (rest.len) {
    ptrdiff_t comma = str_find_char(rest, ',');
    size_t end = comma < 0 ? rest.len : (size_t)comma;
    struct str part = str_trim(str_slice(rest, 0, end));
    if (part.len && !texts_have(texts, part))
      texts_add(texts, arena_cstr(arena, part), arena);
    rest = str_slice(rest, end + 1, rest.len);
  }
}

/* ---- what the texts mean ---- */

static int parse_u64(const char **text, uint64_t *out)
{
  char *end;
  if (!char_is_digit(**text))
    return -1;
  errno = 0;
  *out = strtoull(*text, &end, 10);
  *text = end;
  return errno ? -1 : 0;
}

/* One seed for everything, or lm-eval's four (Python, NumPy, Torch, few-shot): of those
 * the first is ours and the fourth draws the examples. "None" stands for "not set". */
static int parse_seed(struct run_settings *s, struct err *err)
{
  s->seed_value = 0;
  s->fewshot_seed = SETTINGS_FEWSHOT_SEED;
  if (!s->seed)
    return 0;
  uint64_t seeds[4];
  size_t n = 0;
  const char *at = s->seed;
  for (;; at++) {
    if (strncmp(at, "None", 4) == 0) {
      seeds[n++] = 0;
      at += 4;
    } else if (parse_u64(&at, &seeds[n]) == 0) {
      n++;
    } else {
      n = 0;
      break;
    }
    if (*at != ',' || n == COUNT(seeds))
      break;
  }
  if ((n != 1 && n != COUNT(seeds)) || *at)
    return err_set(err, ERR_USAGE,
                   "--seed: '%.100s' is neither a whole number nor lm-eval's four",
                   s->seed);
  s->seed_value = seeds[0];
  uint64_t fewshot = seeds[n - 1];
  if (fewshot > UINT32_MAX)
    return err_set(err, ERR_USAGE,
                   "--seed: '%.100s' is above %u, the largest seed that "
                   "few-shot examples can be drawn with",
                   s->seed, UINT32_MAX);
  s->fewshot_seed = (uint32_t)fewshot;
  return 0;
}

static int parse_shard(struct run_settings *s, struct err *err)
{
  uint64_t index, count;
  const char *at = s->shard;
  bool good = parse_u64(&at, &index) == 0 && *at == '/';
  at += good;
  good = good && parse_u64(&at, &count) == 0 && !*at;
  if (!good || index < 1 || index > count || count > 1000000)
    return err_set(err, ERR_USAGE,
                   "--shard: '%.100s' is not I/N with I from 1 to N, as in 1/4",
                   s->shard);
  s->shard_index = (size_t)index - 1;
  s->n_shards = (size_t)count;
  return 0;
}

static int refuse_clashes(const struct run_settings *s, struct err *err)
{
  if (s->out && s->resume)
    return err_set(
        err, ERR_USAGE,
        "--out and --resume cannot go together; --resume DIR continues in DIR");
  if (s->retry_errors && !s->resume)
    return err_set(err, ERR_USAGE, "--retry-errors needs --resume DIR");
  if (s->limit > 1 && s->limit != floor(s->limit))
    return err_set(err, ERR_USAGE, "--limit: %g is neither a number of items nor a share",
                   s->limit);
  return 0;
}

int settings_check(struct run_settings *s, const struct arguments *arguments,
                   struct arena *arena, struct err *err)
{
  for (size_t i = 0; i < arguments->count; i++)
    texts_split(&s->suites, arguments->at[i], arena);
  if (s->tasks)
    texts_split(&s->suites, s->tasks, arena);
  if (settings_take_lmeval(s, arena, err) < 0 || parse_seed(s, err) < 0 ||
      parse_shard(s, err) < 0 || endpoint_check(&s->endpoint, err) < 0 ||
      local_check(&s->local, err) < 0)
    return -1;
  return refuse_clashes(s, err);
}

size_t settings_limit(const struct run_settings *settings, size_t n)
{
  if (settings->limit <= 0)
    return n;
  double count =
      settings->limit < 1 ? ceil(settings->limit * (double)n) : settings->limit;
  return count < (double)n ? (size_t)count : n;
}
