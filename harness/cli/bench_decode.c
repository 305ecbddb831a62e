/* bench_decode.c - how fast a model reads prompts and writes answers, many sequences at
 * once, by the generator that runs suites. */
#include <stdlib.h>

#include "base/clock.h"
#include "cli/bench_model.h"

/* A round: all sequences from their prompts to their ends. */
struct round {
  uint32_t sequences, prompt_tokens, tokens;
  uint64_t number; /* prompts are others in each */
};

/* What the generator told in a round. */
struct told {
  uint32_t *tokens; /* by ticket */
  uint32_t begun, ended;
  uint64_t all;
};

struct timing {
  struct bench_samples rounds; /* seconds of whole rounds */
  struct bench_samples steps;  /* ... of steps in which every sequence wrote */
};

static bool on_token(void *context, size_t ticket, int32_t id, float logp)
{
  struct told *told = context;
  (void)id;
  (void)logp;
  told->begun += told->tokens[ticket]++ == 0;
  told->all++;
  return false;
}

static void on_finished(void *context, size_t ticket, enum generator_finish finish)
{
  struct told *told = context;
  (void)ticket;
  (void)finish;
  told->ended++;
}

static int ask_all(struct generator *generator, const struct round *round, uint64_t seed,
                   int32_t vocab, struct err *err)
{
  int32_t *prompt = mem_resize(NULL, round->prompt_tokens, sizeof *prompt);
  int rc = 0;
  for (uint32_t i = 0; rc == 0 && i < round->sequences; i++) {
    struct rng rng;
    rng_init(&rng, seed, "prompt", round->number * round->sequences + i);
    for (uint32_t k = 0; k < round->prompt_tokens; k++)
      prompt[k] = (int32_t)rng_below(&rng, (uint64_t)vocab);
    struct generator_request request = { .prompt = prompt,
                                         .n_prompt = round->prompt_tokens,
                                         .max_new = round->tokens,
                                         .top_p = 1,
                                         .ticket = i };
    rc = generator_ask(generator, &request, err);
  }
  free(prompt);
  return rc;
}

/* Steps until nothing is left to do. */
static int play(struct generator *generator, const struct round *round, struct told *told,
                struct timing *timing, struct err *err)
{
  int64_t start = clock_monotonic_ns(), before = start;
  int rc = 1;
  while (rc > 0) {
    bool all_write = told->begun == round->sequences;
    rc = generator_step(generator, err);
    int64_t now = clock_monotonic_ns();
    if (rc > 0 && all_write && !told->ended)
      bench_sample(&timing->steps, 1e-9 * (double)(now - before));
    before = now;
  }
  bench_sample(&timing->rounds, 1e-9 * (double)(before - start));
  return rc;
}

static int play_round(struct model *model, const struct round *round, uint64_t seed,
                      struct timing *timing, struct err *err)
{
  struct told told = { .tokens = mem_resize(NULL, round->sequences, sizeof(uint32_t)) };
  memset(told.tokens, 0, round->sequences * sizeof(uint32_t));
  struct generator_listener listener = { on_token, on_finished, &told };
  struct generator *generator = generator_create(model, &listener);
  int rc = ask_all(generator, round, seed, model_config_of(model)->vocab, err);
  if (rc == 0)
    rc = play(generator, round, &told, timing, err);
  if (rc == 0 && told.all != (uint64_t)round->sequences * round->tokens)
    rc = err_set(err, ERR_ENV, "the model wrote %llu tokens instead of %llu",
                 (unsigned long long)told.all,
                 (unsigned long long)round->sequences * round->tokens);
  generator_free(generator);
  free(told.tokens);
  return rc;
}

/* One round compiles the kernels; then rounds for the time given. */
static int play_rounds(struct bench_device *device, struct model *model,
                       struct round *round, struct timing *timing, struct err *err)
{
  if (play_round(model, round, device->seed, timing, err) < 0)
    return -1;
  *timing = (struct timing){ .rounds = { .n = 0 } };
  while (timing->rounds.total < device->seconds) {
    round->number++;
    if (play_round(model, round, device->seed, timing, err) < 0 ||
        bench_device_try_peak(device, err) < 0)
      return -1;
  }
  return 0;
}

/* ---- figures ---- */

static int report_ops(struct bench_result *result, const struct model *model,
                      struct err *err)
{
  struct model_op_time *rows;
  size_t count;
  int64_t all = 0;
  if (model_time(model, &rows, &count, err) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    all += rows[i].ns;
  for (size_t i = 0; i < count && rows[i].calls; i++) {
    struct bench_figure *figure =
        bench_add(result, rows[i].name, 1e-3 * (double)rows[i].ns / (double)rows[i].calls,
                  "us", STR(""));
    bench_add_part(figure, "calls", (double)rows[i].calls);
    bench_add_part(figure, "share_of_time", (double)rows[i].ns / (double)all);
    bench_add_part(figure, "gflop_per_s", rows[i].work / (double)rows[i].ns);
  }
  free(rows);
  return 0;
}

/* Two operations a weight that is multiplied with: all but a table of embeddings that is
 * looked up only; the head only where a token is drawn. Attention is left out. */
static double work_of_token(const struct model_config *config, bool drawn)
{
  double table = (double)config->vocab * config->hidden;
  double weights = (double)model_config_weights(config) - table;
  if (!config->tied)
    weights -= table;
  return 2 * (weights + (drawn ? table : 0));
}

static void report_decode(struct bench_result *result, const struct model *model,
                          const struct round *round, struct timing *timing,
                          struct arena *arena)
{
  double step = bench_median(&timing->steps), whole = bench_median(&timing->rounds);
  double work = work_of_token(model_config_of(model), true) * round->sequences;
  struct str note = arena_printf(arena, "%u sequences of %u + %u tokens",
                                 round->sequences, round->prompt_tokens, round->tokens);
  struct bench_figure *figure;
  if (timing->steps.n) {
    figure = bench_add(result, "decode", round->sequences / step, "tokens/s", note);
    bench_add_part(figure, "ms_a_step", 1e3 * step);
    bench_add_share(figure, work / timing->steps.seconds[0]);
    bench_add_part(figure, "repeats", (double)timing->steps.n);
  }
  figure = bench_add(result, "with prompts read",
                     (double)round->sequences * round->tokens / whole, "tokens/s", note);
  bench_add_part(figure, "seconds_a_round", whole);
  bench_add_part(figure, "repeats", (double)timing->rounds.n);
}

static void report_prefill(struct bench_result *result, const struct model *model,
                           const struct round *round, struct timing *timing,
                           struct arena *arena)
{
  double whole = bench_median(&timing->rounds);
  double tokens = (double)round->sequences * round->prompt_tokens;
  double work = work_of_token(model_config_of(model), false) * tokens;
  struct bench_figure *figure =
      bench_add(result, "prefill", tokens / whole, "tokens/s",
                arena_printf(arena, "%u prompts of %u tokens", round->sequences,
                             round->prompt_tokens));
  bench_add_part(figure, "seconds_a_round", whole);
  bench_add_share(figure, work / timing->rounds.seconds[0]);
  bench_add_part(figure, "repeats", (double)timing->rounds.n);
}

/* ---- the benchmarks ---- */

typedef void report_function(struct bench_result *result, const struct model *model,
                             const struct round *round, struct timing *timing,
                             struct arena *arena);

static int bench(struct bench_result *result, struct command_call *call,
                 struct round round, report_function *report, struct err *err)
{
  const struct bench_settings *settings = call->settings;
  struct timing *timing = ARENA_NEW(call->arena, struct timing, 1);
  struct bench_device device;
  if (bench_model_check(settings, err) < 0 ||
      bench_device_open(&device, result, settings, call->arena, err) < 0)
    return -1;
  struct model *model = bench_model_load(
      &device, result, settings, round.prompt_tokens + round.tokens, call->arena, err);
  int rc = model ? play_rounds(&device, model, &round, timing, err) : -1;
  if (rc == 0)
    report(result, model, &round, timing, call->arena);
  if (rc == 0 && settings->ops)
    rc = report_ops(result, model, err);
  if (rc == 0)
    bench_add(result, "memory of the device",
              (double)gpu_manager_memory(device.manager).peak / (1 << 20), "MiB",
              STR("at most: weights, cache, what a step computes"));
  bench_device_finish(&device, result);
  model_free(model);
  if (rc == 0)
    rc = bench_device_check(&device, err);
  bench_device_close(&device);
  return rc;
}

static uint32_t prompt_tokens(const struct bench_settings *settings, uint32_t otherwise)
{
  return settings->prompt_tokens ? (uint32_t)settings->prompt_tokens : otherwise;
}

int bench_decode(struct bench_result *result, struct command_call *call, struct err *err)
{
  const struct bench_settings *settings = call->settings;
  struct round round = { .sequences = (uint32_t)settings->sequences,
                         .prompt_tokens = prompt_tokens(settings, 16),
                         .tokens = (uint32_t)settings->tokens };
  return bench(result, call, round, report_decode, err);
}

int bench_prefill(struct bench_result *result, struct command_call *call, struct err *err)
{
  const struct bench_settings *settings = call->settings;
  struct round round = { .sequences = (uint32_t)settings->sequences,
                         .prompt_tokens = prompt_tokens(settings, 256),
                         .tokens = 1 };
  return bench(result, call, round, report_prefill, err);
}
