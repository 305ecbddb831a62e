/* What the generator puts into steps, with a stand-in for the model: it keeps in its
 * cache which id was run where, and the token that follows is a function of all the ids
 * that a row can see through its pages. A page that is shared too early, overwritten or
 * mixed up changes the tokens; what should come is computed from the prompt alone. */
#include "base/arena.h"
#include "base/rng.h"
#include "nn/generator.h"
#include "nn/model_config.h"
#include "test.h"

enum { VOCAB = 97, ASKED_MAX = 80, ANSWER_MAX = 300 };

static uint64_t seed;
static struct err err;

/* ---- the stand-in ---- */

struct cell {
  int32_t id;              /* -1: never written */
  uint32_t step, sequence; /* that wrote it */
};

struct model {
  struct model_options options;
  struct model_config config;
  uint32_t each, step, fail_at;
  int32_t *pages;
  struct cell *cells;
};

const struct model_config *model_config_of(const struct model *model)
{
  return &model->config;
}

const struct model_options *model_options_of(const struct model *model)
{
  return &model->options;
}

int32_t *model_pages(struct model *model)
{
  return model->pages;
}
uint32_t model_pages_each(const struct model *model)
{
  return model->each;
}

static struct model *fake_model(struct model_options options)
{
  struct model *m = mem_alloc(sizeof *m);
  *m = (struct model){ .options = options, .config = { .vocab = VOCAB } };
  m->each = (options.context + CACHE_PAGE - 1) / CACHE_PAGE;
  if (!options.max_wanted)
    m->options.max_wanted = options.max_rows;
  if (!options.cache_pages)
    m->options.cache_pages = m->each * options.max_sequences;
  size_t n_pages = (size_t)m->each * options.max_sequences;
  size_t n_cells = (size_t)m->options.cache_pages * CACHE_PAGE;
  m->pages = mem_resize(NULL, n_pages, sizeof *m->pages);
  m->cells = mem_resize(NULL, n_cells, sizeof *m->cells);
  for (size_t i = 0; i < n_pages; i++)
    m->pages[i] = -1;
  for (size_t i = 0; i < n_cells; i++)
    m->cells[i] = (struct cell){ .id = -1 };
  return m;
}

static void fake_free(struct model *m)
{
  free(m->pages);
  free(m->cells);
  free(m);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
  hash = (hash ^ value) * 0xff51afd7ed558ccdu;
  return hash ^ hash >> 29;
}

/* The token after ids that hash to `hash`, and its log-probability. */
static int32_t follow(uint64_t hash, const struct shader_draw *draw, float *logp)
{
  if (draw->temperature > 0)
    hash = mix(mix(hash, draw->key_low ^ (uint64_t)draw->key_high << 32), draw->position);
  *logp = -(float)(hash >> 50);
  return (int32_t)(hash % VOCAB);
}

static struct cell *cell_at(struct model *m, const struct model_row *row,
                            int32_t position)
{
  assert_true(row->sequence >= 0 && (uint32_t)row->sequence < m->options.max_sequences);
  int32_t page = m->pages[(uint32_t)row->sequence * m->each + position / CACHE_PAGE];
  assert_true(page >= 0 && (uint32_t)page < m->options.cache_pages);
  return &m->cells[page * CACHE_PAGE + position % CACHE_PAGE];
}

/* All that the row sees; what another sequence writes in this step must not be seen. */
static uint64_t seen(struct model *m, const struct model_row *row)
{
  uint64_t hash = 1;
  for (int32_t p = 0; p <= row->position; p++) {
    const struct cell *cell = cell_at(m, row, p);
    assert_true(cell->id >= 0);
    assert_true(cell->step != m->step || cell->sequence == (uint32_t)row->sequence);
    hash = mix(hash, (uint64_t)cell->id);
  }
  return hash;
}

int model_run(struct model *m, const struct model_step *step, int32_t *ids, float *logps,
              struct err *failure)
{
  m->step++;
  assert_true(step->n_rows > 0 && step->n_rows <= m->options.max_rows);
  assert_true(step->n_wanted <= m->options.max_wanted);
  if (m->step == m->fail_at)
    return err_set(failure, ERR_ENV, "the device was lost");
  for (uint32_t i = 0; i < step->n_rows; i++) {
    const struct model_row *row = &step->rows[i];
    struct cell *cell = cell_at(m, row, row->position);
    assert_true((uint32_t)row->position < m->options.context);
    assert_true(row->id >= 0 && row->id < VOCAB);
    assert_true(cell->step != m->step); /* nobody else writes it */
    *cell = (struct cell){ row->id, m->step, (uint32_t)row->sequence };
  }
  for (uint32_t i = 0; i < step->n_wanted; i++) {
    const struct model_row *row = &step->rows[step->wanted[i]];
    assert_true(i == 0 || step->wanted[i] > step->wanted[i - 1]);
    assert_int_equal(step->draws[i].position, row->position + 1);
    ids[i] = follow(seen(m, row), &step->draws[i], &logps[i]);
  }
  return 0;
}

/* ---- who asks ---- */

struct asked {
  struct generator_request request;
  int32_t *prompt;
  int32_t stops[2];
  uint32_t say_stop; /* the listener ends it with this many tokens; 0: never */
  uint32_t drop;     /* the listener cancels it with this many tokens; 0: never */
  bool present, cancelled, done;
  enum generator_finish finish;
  int32_t ids[ANSWER_MAX];
  float logps[ANSWER_MAX];
  uint32_t n, last_step;
};

struct world {
  struct model *model;
  struct generator *generator;
  struct asked asked[ASKED_MAX];
  size_t n_asked;
  size_t ask_later; /* asked whenever one finishes, as long as there are any */
};

static void ask(struct world *w, size_t i)
{
  assert_ok(generator_ask(w->generator, &w->asked[i].request, &err), err);
  w->asked[i].present = true;
}

static bool take_token(void *context, size_t ticket, int32_t id, float logp)
{
  struct world *w = context;
  struct asked *a = &w->asked[ticket];
  assert_true(a->present && !a->cancelled && !a->done && a->n < ANSWER_MAX);
  /* who writes never waits */
  assert_true(a->n == 0 || a->last_step + 1 == w->model->step);
  a->last_step = w->model->step;
  a->ids[a->n] = id;
  a->logps[a->n++] = logp;
  if (a->n == a->drop) {
    a->cancelled = true;
    generator_cancel(w->generator, ticket);
  }
  return a->n == a->say_stop;
}

static void take_finished(void *context, size_t ticket, enum generator_finish finish)
{
  struct world *w = context;
  struct asked *a = &w->asked[ticket];
  assert_true(a->present && !a->cancelled && !a->done);
  a->done = true;
  a->finish = finish;
  if (w->ask_later < w->n_asked)
    ask(w, w->ask_later++);
}

static void open_world(struct world *w, struct model_options options)
{
  memset(w, 0, sizeof *w);
  w->ask_later = ASKED_MAX;
  w->model = fake_model(options);
  struct generator_listener listener = { take_token, take_finished, w };
  w->generator = generator_create(w->model, &listener);
}

static void close_world(struct world *w)
{
  generator_free(w->generator);
  fake_free(w->model);
  for (size_t i = 0; i < w->n_asked; i++)
    free(w->asked[i].prompt);
}

/* A prompt whose first `same` ids are those of all the others, the rest its own. */
static struct asked *add(struct world *w, uint32_t n_prompt, uint32_t same,
                         uint32_t max_new)
{
  struct asked *a = &w->asked[w->n_asked];
  a->prompt = mem_resize(NULL, n_prompt, sizeof *a->prompt);
  for (uint32_t i = 0; i < n_prompt; i++)
    a->prompt[i] = (int32_t)((i < same ? 3 * i : 7 * i + 5 * w->n_asked + 1) % VOCAB);
  a->request = (struct generator_request){ .prompt = a->prompt,
                                           .n_prompt = n_prompt,
                                           .max_new = max_new,
                                           .top_p = 1,
                                           .key = w->n_asked * 0x100000003u,
                                           .stops = a->stops,
                                           .ticket = w->n_asked };
  w->n_asked++;
  return a;
}

static void run_out(struct world *w)
{
  int rc;
  while ((rc = generator_step(w->generator, &err)) > 0)
    ;
  assert_int_equal(rc, 0);
}

/* What the tokens must have been, from the prompt alone. */
static void check(const struct world *w, const struct asked *a)
{
  const struct generator_request *r = &a->request;
  struct shader_draw draw = { .temperature = r->temperature,
                              .key_low = (uint32_t)r->key,
                              .key_high = (uint32_t)(r->key >> 32) };
  uint64_t hash = 1;
  for (uint32_t i = 0; i < r->n_prompt; i++)
    hash = mix(hash, (uint64_t)a->prompt[i]);
  uint32_t n = 0;
  enum generator_finish finish = GENERATOR_LENGTH;
  for (bool more = r->max_new > 0; more && !(a->cancelled && n == a->n); n++) {
    float logp;
    draw.position = r->n_prompt + n;
    int32_t id = follow(hash, &draw, &logp);
    assert_true(n < a->n);
    assert_int_equal(a->ids[n], id);
    assert_memory_equal(&a->logps[n], &logp, sizeof logp);
    hash = mix(hash, (uint64_t)id);
    bool stop = n + 1 == a->say_stop;
    for (uint32_t i = 0; i < r->n_stops; i++)
      stop |= r->stops[i] == id;
    bool full = r->n_prompt + n + 1 == w->model->options.context;
    more = !stop && n + 1 < r->max_new && !full;
    finish = stop                  ? GENERATOR_STOP
             : n + 1 == r->max_new ? GENERATOR_LENGTH
                                   : GENERATOR_CONTEXT;
  }
  assert_int_equal(a->n, n);
  assert_int_equal(a->done, !a->cancelled);
  if (a->done)
    assert_int_equal(a->finish, finish);
}

static void check_all(const struct world *w)
{
  for (size_t i = 0; i < w->n_asked; i++)
    if (w->asked[i].present)
      check(w, &w->asked[i]);
  struct generator_counts counts = generator_counts(w->generator);
  assert_int_equal(counts.running, 0);
  assert_int_equal(counts.waiting, 0);
  assert_int_equal(counts.pages_used, 0);
}

/* ---- one thing at a time ---- */

static void ends(void **state)
{
  (void)state;
  struct world w;
  open_world(&w,
             (struct model_options){ .context = 40, .max_rows = 8, .max_sequences = 4 });
  add(&w, 5, 0, 10);
  add(&w, 5, 5, 10)->say_stop = 3;
  add(&w, 5, 5, 100); /* the context of 40 */
  add(&w, 39, 5, 1);  /* both at once: what was asked for */
  add(&w, 5, 5, 0);
  add(&w, 40, 5, 0);
  struct asked *stopped = add(&w, 5, 5, 20);
  for (size_t i = 0; i < 3; i++)
    ask(&w, i);
  run_out(&w);
  check_all(&w);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(w.asked[i].finish,
                     ((int[]){ GENERATOR_LENGTH, GENERATOR_STOP, GENERATOR_CONTEXT })[i]);
  stopped->stops[1] = w.asked[2].ids[6]; /* the same prompt, greedy too */
  stopped->request.n_stops = 2;
  stopped->stops[0] = -1;
  for (size_t i = 3; i < w.n_asked; i++)
    ask(&w, i);
  run_out(&w);
  check_all(&w);
  assert_int_equal(w.asked[3].finish, GENERATOR_LENGTH);
  assert_int_equal(w.asked[4].finish, GENERATOR_LENGTH);
  assert_int_equal(stopped->finish, GENERATOR_STOP);
  assert_true(stopped->n <= 7 && stopped->ids[stopped->n - 1] == stopped->stops[1]);
  assert_int_equal(generator_step(w.generator, &err), 0);
  close_world(&w);
}

static void refuse(struct world *w, struct generator_request request, const char *words)
{
  struct err refused = { 0 };
  assert_int_equal(generator_ask(w->generator, &request, &refused), -1);
  assert_int_equal(refused.code, ERR_DATA);
  if (!strstr(refused.msg, words))
    fail_msg("'%s' does not say '%s'", refused.msg, words);
}

static void what_cannot_run_is_refused(void **state)
{
  (void)state;
  struct world w;
  open_world(&w,
             (struct model_options){
                 .context = 100, .max_rows = 8, .max_sequences = 4, .cache_pages = 3 });
  struct generator_request r = add(&w, 20, 0, 5)->request, bad;
  bad = r, bad.n_prompt = 0, refuse(&w, bad, "without tokens");
  int32_t many[101] = { 0 };
  bad = r, bad.prompt = many, bad.n_prompt = 101, refuse(&w, bad, "101 tokens");
  bad.n_prompt = 100, refuse(&w, bad, "context of 100");
  bad.n_prompt = 20, bad.max_new = 30,
  refuse(&w, bad, "4 pages of the cache, which has 3");
  bad = r, many[7] = VOCAB, bad.prompt = many,
  refuse(&w, bad, "token 7 of a prompt is 97");
  many[7] = -1, refuse(&w, bad, "token 7 of a prompt is -1");
  bad = r, bad.temperature = -1, refuse(&w, bad, "temperature");
  bad.temperature = (float)strtod("nan", NULL), refuse(&w, bad, "temperature");
  bad.temperature = (float)strtod("inf", NULL), refuse(&w, bad, "temperature");
  bad = r, bad.top_p = 1.5f, refuse(&w, bad, "top_p");
  bad = r, bad.min_p = -0.5f, refuse(&w, bad, "min_p");
  /* the rest goes on; 49 ids need room for 48 */
  w.asked[0].request.max_new = 29;
  ask(&w, 0);
  run_out(&w);
  check_all(&w);
  assert_int_equal(w.asked[0].n, 29);
  close_world(&w);
}

/* A common beginning is read once; even when all ask before it is there. */
static void a_common_beginning_is_read_once(void **state)
{
  (void)state;
  struct world w;
  open_world(
      &w, (struct model_options){ .context = 400, .max_rows = 64, .max_sequences = 16 });
  enum { SAME = 163, FULL = 160, EACH = 170 };
  for (int i = 0; i < 16; i++)
    ask(&w, (size_t)(add(&w, EACH, SAME, 20) - w.asked));
  run_out(&w);
  struct generator_counts counts = generator_counts(w.generator);
  assert_int_equal(counts.prompt_tokens, FULL + 16 * (EACH - FULL));
  assert_int_equal(counts.shared_tokens, 15 * FULL);
  assert_int_equal(counts.new_tokens, 16 * 20);
  assert_int_equal(counts.rows, counts.prompt_tokens + 16 * 19);
  check_all(&w);
  /* and not again by who comes later */
  ask(&w, (size_t)(add(&w, EACH, SAME, 20) - w.asked));
  run_out(&w);
  assert_int_equal(generator_counts(w.generator).prompt_tokens - counts.prompt_tokens,
                   EACH - FULL);
  check_all(&w);
  close_world(&w);
}

/* The last token of a prompt is run, though all of it is known. */
static void equal_prompts_of_whole_pages(void **state)
{
  (void)state;
  struct world w;
  open_world(&w,
             (struct model_options){ .context = 64, .max_rows = 64, .max_sequences = 8 });
  for (int i = 0; i < 8; i++) {
    struct asked *a = add(&w, 2 * CACHE_PAGE, 64, 16);
    a->request.temperature = (float)(i % 2);
    ask(&w, (size_t)(a - w.asked));
  }
  run_out(&w);
  assert_int_equal(generator_counts(w.generator).prompt_tokens, 16 + 8 * 16);
  check_all(&w);
  close_world(&w);
}

/* A prompt that goes on from an answer finds the answer's pages. */
static void a_conversation_is_not_read_again(void **state)
{
  (void)state;
  struct world w;
  open_world(
      &w, (struct model_options){ .context = 300, .max_rows = 64, .max_sequences = 2 });
  struct asked *first = add(&w, 50, 50, 100);
  ask(&w, 0);
  run_out(&w);
  struct asked *second = add(&w, 50 + 100 + 5, 50, 10);
  memcpy(second->prompt + 50, first->ids, 100 * sizeof(int32_t));
  ask(&w, 1);
  run_out(&w);
  assert_int_equal(generator_counts(w.generator).shared_tokens, 149 / 16 * 16);
  check_all(&w);
  close_world(&w);
}

/* While one writes, another's prompt has the same ids in it: whose page is it? */
static void an_answer_that_is_being_read(void **state)
{
  (void)state;
  struct world before, w;
  struct model_options options = { .context = 300, .max_rows = 4, .max_sequences = 2 };
  open_world(&before, options);
  struct asked *same = add(&before, 50, 50, 100);
  ask(&before, 0);
  run_out(&before);
  for (uint32_t ahead = 0; ahead < 60; ahead += 2) {
    open_world(&w, options);
    add(&w, 50, 50, 100);
    memcpy(add(&w, 50 + 100, 50, 10)->prompt + 50, same->ids, 100 * sizeof(int32_t));
    ask(&w, 0);
    for (uint32_t i = 0; i < ahead; i++)
      assert_int_equal(generator_step(w.generator, &err), 1);
    ask(&w, 1);
    run_out(&w);
    check_all(&w);
    close_world(&w);
  }
  close_world(&before);
}

/* Who reads a beginning for others leaves in the midst of it. */
static void the_reader_leaves(void **state)
{
  (void)state;
  struct world w;
  open_world(
      &w, (struct model_options){ .context = 300, .max_rows = 25, .max_sequences = 3 });
  for (int i = 0; i < 3; i++)
    ask(&w, (size_t)(add(&w, 200, 190, 10) - w.asked));
  for (int i = 0; i < 2; i++)
    assert_int_equal(generator_step(w.generator, &err), 1);
  w.asked[0].cancelled = true;
  generator_cancel(w.generator, 0);
  assert_int_equal(generator_counts(w.generator).running, 2);
  run_out(&w);
  check_all(&w);
  close_world(&w);
}

/* One that needs the whole cache is not passed over by small ones for ever. */
static void first_come_first_served(void **state)
{
  (void)state;
  struct world w;
  open_world(&w,
             (struct model_options){
                 .context = 64, .max_rows = 8, .max_sequences = 4, .cache_pages = 4 });
  for (int i = 0; i < 2; i++)
    ask(&w, (size_t)(add(&w, 5, 0, 10 + 5 * (uint32_t)i) - w.asked));
  ask(&w, (size_t)(add(&w, 30, 0, 34) - w.asked));
  for (int i = 0; i < 3; i++)
    ask(&w, (size_t)(add(&w, 5, 0, 3) - w.asked));
  assert_int_equal(generator_step(w.generator, &err), 1);
  assert_int_equal(generator_counts(w.generator).running, 2);
  assert_int_equal(generator_counts(w.generator).waiting, 4);
  while (!w.asked[2].done) {
    assert_int_equal(generator_step(w.generator, &err), 1);
    for (int i = 3; i < 6; i++)
      assert_false(w.asked[i].n);
  }
  run_out(&w);
  check_all(&w);
  close_world(&w);
}

static void room(void **state)
{
  (void)state;
  struct world w;
  open_world(&w,
             (struct model_options){
                 .context = 64, .max_rows = 8, .max_sequences = 32, .max_wanted = 4 });
  size_t n = 0;
  while (generator_has_room(w.generator)) {
    ask(&w, (size_t)(add(&w, 5, 0, 10) - w.asked));
    n++;
  }
  assert_true(n > 4 && n < 8); /* four can run */
  assert_int_equal(generator_step(w.generator, &err), 1);
  assert_int_equal(generator_counts(w.generator).running, 4);
  assert_false(generator_has_room(w.generator));
  generator_cancel(w.generator, 4);
  w.asked[4].cancelled = true;
  assert_true(generator_has_room(w.generator));
  run_out(&w);
  check_all(&w);
  generator_cancel(w.generator, 12345); /* nobody's */
  close_world(&w);
}

static void a_failing_device_is_the_end(void **state)
{
  (void)state;
  struct world w;
  open_world(&w,
             (struct model_options){ .context = 64, .max_rows = 8, .max_sequences = 4 });
  w.model->fail_at = 3;
  for (int i = 0; i < 6; i++)
    ask(&w, (size_t)(add(&w, 5, 0, 10) - w.asked));
  struct err failure = { 0 };
  while (generator_step(w.generator, &failure) > 0)
    ;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(failure.code, ERR_ENV);
    assert_string_equal(failure.msg, "the device was lost");
    failure = (struct err){ 0 };
    assert_int_equal(generator_step(w.generator, &failure), -1);
  }
  assert_int_equal(w.model->step, 3);
  assert_false(generator_has_room(w.generator));
  for (size_t i = 0; i < w.n_asked; i++)
    assert_false(w.asked[i].done);
  generator_cancel(w.generator, 0);
  generator_cancel(w.generator, 5);
  close_world(&w); /* what still runs and waits is given back */
}

/* ---- everything at once ---- */

static void add_random(struct world *w, struct rng *rng)
{
  uint32_t context = w->model->options.context;
  uint32_t room_for = w->model->options.cache_pages * CACHE_PAGE;
  uint32_t most = context < room_for ? context : room_for;
  uint32_t n = (uint32_t)rng_range(rng, 1, most - 1);
  uint32_t same = rng_chance(rng, 0.7) ? (uint32_t)rng_below(rng, n + 1) : 0;
  bool fits = room_for >= context;
  uint32_t max_new =
      (uint32_t)rng_below(rng, fits && rng_chance(rng, 0.2) ? 2 * context : most - n + 1);
  struct asked *a = add(w, n, same, max_new);
  if (w->n_asked > 1 && rng_chance(rng, 0.3)) { /* a sample of the same item */
    const struct asked *like = &w->asked[rng_below(rng, w->n_asked - 1)];
    a->request.n_prompt = like->request.n_prompt;
    a->request.max_new = like->request.max_new;
    a->prompt = mem_resize(a->prompt, a->request.n_prompt, sizeof *a->prompt);
    memcpy(a->prompt, like->prompt, a->request.n_prompt * sizeof *a->prompt);
    a->request.prompt = a->prompt;
  }
  a->request.temperature = (float)rng_below(rng, 2);
  a->request.n_stops = (uint32_t)rng_below(rng, 3);
  for (int i = 0; i < 2; i++)
    a->stops[i] = (int32_t)rng_below(rng, VOCAB);
  if (rng_chance(rng, 0.1))
    a->say_stop = (uint32_t)rng_range(rng, 1, 20);
  if (rng_chance(rng, 0.1))
    a->drop = (uint32_t)rng_range(rng, 1, 20);
}

static void cancel_some(struct world *w, struct rng *rng)
{
  struct asked *a = &w->asked[rng_below(rng, w->n_asked)];
  if (!a->present || a->done || a->cancelled)
    return;
  a->cancelled = true;
  generator_cancel(w->generator, a->request.ticket);
}

static void random_work(void **state)
{
  (void)state;
  struct rng rng;
  rng_init(&rng, seed, "test generator", 0);
  uint64_t shared = 0, waited = 0;
  for (int round = 0; round < 400; round++) {
    struct world w;
    static const uint32_t row_counts[] = { 1, 3, 8, 40, 256 };
    uint32_t context = (uint32_t)rng_range(&rng, 2, 150);
    uint32_t each = (context + CACHE_PAGE - 1) / CACHE_PAGE;
    open_world(&w, (struct model_options){
                       .context = context,
                       .max_rows = row_counts[rng_below(&rng, COUNT(row_counts))],
                       .max_sequences = (uint32_t)rng_range(&rng, 1, 20),
                       .cache_pages = (uint32_t)rng_range(&rng, 1, 4 * each) });
    uint32_t n = (uint32_t)rng_range(&rng, 1, ASKED_MAX);
    for (uint32_t i = 0; i < n; i++)
      add_random(&w, &rng);
    w.ask_later = (size_t)rng_range(&rng, 1, n);
    for (size_t i = 0; i < w.ask_later; i++)
      ask(&w, i);
    bool cancelling = rng_chance(&rng, 0.5);
    int rc;
    while ((rc = generator_step(w.generator, &err)) != 0 || w.ask_later < w.n_asked) {
      assert_true(rc >= 0);
      waited += generator_counts(w.generator).waiting > 0;
      if (rc == 0)
        ask(&w, w.ask_later++);
      if (cancelling && rng_chance(&rng, 0.1))
        cancel_some(&w, &rng);
    }
    shared += generator_counts(w.generator).shared_tokens;
    check_all(&w);
    close_world(&w);
  }
  assert_true(shared > 10000);
  assert_true(waited > 1000);
}

int main(void)
{
  const char *text = getenv("OREO_TEST_SEED");
  seed = text ? strtoull(text, NULL, 10) : 1;
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ends),
    cmocka_unit_test(what_cannot_run_is_refused),
    cmocka_unit_test(a_common_beginning_is_read_once),
    cmocka_unit_test(equal_prompts_of_whole_pages),
    cmocka_unit_test(a_conversation_is_not_read_again),
    cmocka_unit_test(an_answer_that_is_being_read),
    cmocka_unit_test(the_reader_leaves),
    cmocka_unit_test(first_come_first_served),
    cmocka_unit_test(room),
    cmocka_unit_test(a_failing_device_is_the_end),
    cmocka_unit_test(random_work),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
