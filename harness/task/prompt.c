#include "task/prompt.h"

#include "base/rng.h"
#include "task/lmeval.h"
#include "task/shots.h"

struct prompt_maker {
  const struct item_set *set;
  const struct suite *suite;
  const struct lmeval_task *task; /* NULL: the suite's own style */
  const struct item_set *pool;    /* shots are drawn from here, or NULL */
  struct shot_list fixed;         /* or they are the first of these */
  int n_shots;
  uint32_t seed;
  bool pool_is_set; /* the set is its own pool: an item may not be its own example */
  uint32_t *draws;  /* lm-eval's, n_draws a row; row = item index */
  size_t n_draws, n_rows;
  const struct str *stop;
  size_t n_stop;
};

const struct lmeval_task *prompt_maker_task(const struct prompt_maker *maker)
{
  return maker->task;
}

int prompt_maker_shots(const struct prompt_maker *maker)
{
  return maker->n_shots;
}

/* ---- where shots come from ---- */

static int choose_task(struct prompt_maker *maker, const struct prompt_opts *opts,
                       struct err *err)
{
  if (!opts->lm_eval)
    return 0;
  struct str suite = maker->suite->name;
  bool named = opts->lm_eval_task.len > 0;
  maker->task =
      named ? lmeval_task_find(opts->lm_eval_task) : lmeval_task_of_suite(suite);
  if (!maker->task && named)
    return err_set(
        err, ERR_USAGE,
        "unknown lm-eval task '%.*s'; known are gsm8k, gsm8k_cot, minerva_math",
        STR_ARG(str_slice(opts->lm_eval_task, 0, 64)));
  if (!maker->task)
    return err_set(err, ERR_USAGE,
                   "lm-eval's prompts are not known for suite '%.*s'; leave --compat off",
                   STR_ARG(suite));
  if (!str_equal(str_from(maker->task->suite), suite))
    return err_set(err, ERR_USAGE, "lm-eval's '%s' is of suite '%s', not of '%.*s'",
                   maker->task->name, maker->task->suite, STR_ARG(suite));
  return 0;
}

static int shots_missing(const struct prompt_maker *maker, struct err *err)
{
  const char *what = maker->task ? maker->task->name : maker->suite->name.ptr;
  bool fixed = maker->task && maker->task->shots == LMEVAL_SHOTS_FIXED;
  if (fixed && !maker->task->recipe)
    return err_set(err, ERR_USAGE,
                   "'%s' has published few-shot examples that do not ship with this "
                   "program; give them with --fewshot-file FILE (docs/DATA.md says where "
                   "lm-eval keeps them), or use --num-fewshot 0",
                   what);
  return err_set(
      err, ERR_USAGE,
      "'%s' wants %d few-shot examples and there is no train split; fetch it "
      "with `oreo-bench tasks fetch %.*s`, give it with --fewshot-data FILE, or "
      "use --num-fewshot 0",
      what, maker->n_shots, STR_ARG(maker->suite->name));
}

static int check_enough(const struct prompt_maker *maker, size_t available,
                        struct err *err)
{
  if ((size_t)maker->n_shots <= available)
    return 0;
  return err_set(err, ERR_USAGE, "%d few-shot examples are asked for and there are %zu",
                 maker->n_shots, available);
}

static int find_shots(struct prompt_maker *maker, struct arena *arena,
                      const struct prompt_opts *opts, struct err *err)
{
  const struct lmeval_task *task = maker->task;
  bool fixed = task && task->shots == LMEVAL_SHOTS_FIXED;
  if (opts->fewshot_file) {
    if (shots_load(&maker->fixed, arena, opts->fewshot_file, err) < 0)
      return -1;
    return check_enough(maker, maker->fixed.count, err);
  }
  if (!opts->fewshot || (fixed && !task->recipe))
    return shots_missing(maker, err);
  if (fixed) {
    if (shots_cook(&maker->fixed, arena, task->recipe, opts->fewshot, err) < 0)
      return -1;
    return check_enough(maker, maker->fixed.count, err);
  }
  maker->pool = opts->fewshot;
  maker->pool_is_set = strcmp(maker->pool->sha256.text, maker->set->sha256.text) == 0;
  return check_enough(maker, maker->pool->n_items - maker->pool_is_set, err);
}

/* lm-eval takes one sample of the train split for each document in order, from one
 * generator: so all of them are drawn here, and a prompt does not depend on what is asked
 * before it. Where documents are their own pool, it draws one more to leave one out. */
static void draw_all(struct prompt_maker *maker, struct arena *arena)
{
  maker->n_draws = (size_t)maker->n_shots + maker->pool_is_set;
  for (size_t i = 0; i < maker->set->n_items; i++)
    if (maker->set->items[i].index >= maker->n_rows)
      maker->n_rows = maker->set->items[i].index + 1;
  maker->draws = arena_array(arena, maker->n_rows, maker->n_draws * sizeof *maker->draws);
  struct mt19937 mt;
  mt19937_init(&mt, maker->seed);
  for (size_t row = 0; row < maker->n_rows; row++)
    mt19937_sample(&mt, (uint32_t)maker->pool->n_items, (uint32_t)maker->n_draws,
                   maker->draws + row * maker->n_draws);
}

static void choose_stop(struct prompt_maker *maker, struct arena *arena)
{
  maker->stop = maker->suite->stop;
  maker->n_stop = maker->suite->n_stop;
  if (!maker->task)
    return;
  size_t n = 0;
  while (maker->task->until[n])
    n++;
  struct str *stop = ARENA_NEW(arena, struct str, n);
  for (size_t i = 0; i < n; i++)
    stop[i] = str_from(maker->task->until[i]);
  maker->stop = stop;
  maker->n_stop = n;
}

int prompt_maker_create(struct prompt_maker **out, struct arena *arena,
                        const struct item_set *set, const struct prompt_opts *opts,
                        struct err *err)
{
  struct prompt_maker *maker = ARENA_NEW(arena, struct prompt_maker, 1);
  maker->set = set;
  maker->suite = set->suite;
  maker->seed = opts->fewshot_seed;
  if (choose_task(maker, opts, err) < 0)
    return -1;
  maker->n_shots = opts->num_fewshot;
  if (maker->n_shots < 0)
    maker->n_shots = maker->task ? maker->task->num_fewshot : maker->suite->num_fewshot;
  if (opts->fewshot_file && maker->n_shots == 0)
    return err_set(
        err, ERR_USAGE,
        "'%s' would not be used: no examples are asked for; add --num-fewshot N",
        opts->fewshot_file);
  if (maker->n_shots > 0 && find_shots(maker, arena, opts, err) < 0)
    return -1;
  if (maker->task && maker->pool)
    draw_all(maker, arena);
  choose_stop(maker, arena);
  *out = maker;
  return 0;
}

/* ---- the shots of one item ---- */

static struct shot shot_of(const struct item *item)
{
  return (struct shot){ item->question,
                        str_present(item->solution) ? item->solution : item->gold };
}

static bool same_question(const struct item *a, const struct item *b)
{
  return strcmp(a->question_sha256.text, b->question_sha256.text) == 0;
}

static void shots_by_lmeval(const struct prompt_maker *maker, const struct item *item,
                            struct shot *shots)
{
  const uint32_t *draws = maker->draws + item->index * maker->n_draws;
  size_t n = 0, n_shots = (size_t)maker->n_shots;
  for (size_t i = 0; n < n_shots; i++) {
    const struct item *drawn = &maker->pool->items[draws[i]];
    bool spare = maker->n_draws - i > n_shots - n;
    if (spare && maker->pool_is_set && same_question(drawn, item))
      continue;
    shots[n++] = shot_of(drawn);
  }
}

static bool is_drawn(const uint32_t *draws, int n, uint32_t draw)
{
  for (int i = 0; i < n; i++)
    if (draws[i] == draw)
      return true;
  return false;
}

static void shots_by_stream(const struct prompt_maker *maker, const struct item *item,
                            struct shot *shots, struct arena *arena)
{
  struct rng rng;
  rng_init(&rng, maker->seed, "fewshot", item->index);
  uint32_t *draws = ARENA_NEW(arena, uint32_t, (size_t)maker->n_shots);
  /* A pool of nothing but this question would never end; after that many it may serve. */
  size_t patience = 100 * (size_t)maker->n_shots + maker->pool->n_items * 20;
  for (int n = 0; n < maker->n_shots;) {
    uint32_t draw = (uint32_t)rng_below(&rng, maker->pool->n_items);
    const struct item *drawn = &maker->pool->items[draw];
    if (is_drawn(draws, n, draw) || (patience && same_question(drawn, item))) {
      patience -= patience > 0;
      continue;
    }
    draws[n] = draw;
    shots[n++] = shot_of(drawn);
  }
}

static struct shot *make_shots(const struct prompt_maker *maker, const struct item *item,
                               struct arena *arena)
{
  struct shot *shots = ARENA_NEW(arena, struct shot, (size_t)maker->n_shots);
  if (!maker->n_shots)
    return shots;
  if (maker->fixed.count)
    memcpy(shots, maker->fixed.shots, (size_t)maker->n_shots * sizeof *shots);
  else if (maker->task)
    shots_by_lmeval(maker, item, shots);
  else
    shots_by_stream(maker, item, shots, arena);
  return shots;
}

/* ---- the prompt ---- */

static struct str ask(const struct prompt_maker *maker, struct str question,
                      struct arena *arena)
{
  if (maker->task)
    return lmeval_question(arena, maker->task, question);
  struct str template = maker->suite->prompt, hole = STR("{question}");
  size_t at = (size_t)str_find(template, hole); /* suite_parse has seen it */
  return arena_printf(arena, "%.*s%.*s%.*s", STR_ARG(str_slice(template, 0, at)),
                      STR_ARG(question),
                      STR_ARG(str_slice(template, at + hole.len, template.len)));
}

/* All in one text: system, then shots as "question answer", then the question. */
static struct str make_text(const struct prompt_maker *maker, const struct shot *shots,
                            struct str question, struct arena *arena)
{
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  if (!maker->task && str_present(maker->suite->system)) {
    buf_add(&text, maker->suite->system);
    buf_add(&text, STR("\n\n"));
  }
  for (int i = 0; i < maker->n_shots; i++) {
    buf_add(&text, ask(maker, shots[i].question, arena));
    buf_add_char(&text, ' ');
    buf_add(&text, shots[i].answer);
    buf_add(&text, STR("\n\n"));
  }
  buf_add(&text, question);
  struct str copy = arena_str(arena, buf_str(&text));
  buf_release(&text);
  return copy;
}

/* lm-eval puts everything into one message of the user; ours are turns. */
static void make_messages(const struct prompt_maker *maker, const struct shot *shots,
                          struct str question, struct prompt *prompt, struct arena *arena)
{
  struct message *m = ARENA_NEW(arena, struct message, 2 + 2 * (size_t)maker->n_shots);
  prompt->messages = m;
  if (maker->task) {
    *m++ = (struct message){ STR("user"), prompt->text };
  } else {
    if (str_present(maker->suite->system))
      *m++ = (struct message){ STR("system"), maker->suite->system };
    for (int i = 0; i < maker->n_shots; i++) {
      *m++ = (struct message){ STR("user"), ask(maker, shots[i].question, arena) };
      *m++ = (struct message){ STR("assistant"), shots[i].answer };
    }
    *m++ = (struct message){ STR("user"), question };
  }
  prompt->n_messages = (size_t)(m - prompt->messages);
}

struct prompt prompt_make(const struct prompt_maker *maker, const struct item *item,
                          struct arena *arena)
{
  struct prompt prompt = { .stop = maker->stop, .n_stop = maker->n_stop };
  prompt.max_tokens = maker->task ? LMEVAL_MAX_TOKENS : maker->suite->max_tokens;
  const struct shot *shots = make_shots(maker, item, arena);
  struct str question = ask(maker, item->question, arena);
  prompt.text = make_text(maker, shots, question, arena);
  make_messages(maker, shots, question, &prompt, arena);
  return prompt;
}

/* ---- what shapes them ---- */

static void add_part(struct sha256 *sha, struct str part)
{
  sha256_add(sha, part);
  sha256_add(sha, STR("\n"));
}

struct sha256_hex prompt_maker_hash(const struct prompt_maker *maker)
{
  struct arena arena = { 0 };
  struct sha256 *sha = sha256_create();
  bool ours = !maker->task;
  add_part(sha, ours ? STR("suite") : str_from(maker->task->name));
  add_part(sha,
           ours && str_present(maker->suite->system) ? maker->suite->system : STR(""));
  add_part(sha, ask(maker, STR("{question}"), &arena));
  for (size_t i = 0; i < maker->n_stop; i++)
    add_part(sha, maker->stop[i]);
  int max_tokens = ours ? maker->suite->max_tokens : LMEVAL_MAX_TOKENS;
  add_part(sha, arena_printf(&arena, "%d shots, %d tokens", maker->n_shots, max_tokens));
  for (size_t i = 0; i < maker->fixed.count && i < (size_t)maker->n_shots; i++) {
    add_part(sha, maker->fixed.shots[i].question);
    add_part(sha, maker->fixed.shots[i].answer);
  }
  if (maker->pool) {
    add_part(sha, str_from(maker->pool->sha256.text));
    add_part(sha, arena_printf(&arena, "seed %lu", (unsigned long)maker->seed));
  }
  arena_release(&arena);
  return sha256_final(sha);
}
