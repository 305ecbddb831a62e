#include "train/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "train/meter.h"
#include "train/schedule.h"

enum { BAD_SHOWN = 4 }; /* lines of the data that a message names */

struct running {
  const struct train_loop *loop;
  struct step_maker maker;
  struct schedule policy_rate, value_rate;
  struct epoch epoch;
  uint64_t epoch_number; /* the one in `epoch`, plus 1; 0: none yet */
  struct batch batch;
  struct train_progress progress;
  double seconds_before; /* of earlier processes */
  uint64_t saved;        /* the step of the last checkpoint; UINT64_MAX: none */
  struct meter meter;
  int log;
  struct arena arena;
};

uint64_t train_total(const struct recipe *recipe, const struct batch_source *source)
{
  uint64_t all = (uint64_t)recipe->epochs * batch_count(source);
  uint64_t steps = (uint64_t)recipe->steps;
  return steps && (steps < all || !all) ? steps : all;
}

/* ---- log.jsonl ---- */

static int open_log(struct running *r, struct err *err)
{
  const char *path = arena_printf(&r->arena, "%s/log.jsonl", r->loop->dir).ptr;
  r->log = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (r->log < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot open '%s'", path);
  off_t size = lseek(r->log, 0, SEEK_END);
  if (size < (off_t)r->progress.log_bytes)
    return err_set(err, ERR_DATA,
                   "'%s' is shorter than the checkpoint says; it is not the log of this "
                   "training",
                   path);
  if (ftruncate(r->log, (off_t)r->progress.log_bytes) < 0 ||
      lseek(r->log, 0, SEEK_END) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot cut '%s'", path);
  return 0;
}

static void put_finite(struct json_writer *w, const char *key, double value)
{
  if (isfinite(value))
    json_member_number(w, key, value);
}

static void format_line(struct buf *out, const struct running *r, uint64_t step,
                        const struct step_rates *rates, const struct step_result *result)
{
  struct json_writer w;
  size_t n = batch_count(r->loop->source);
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_int(&w, "step", (int64_t)step + 1);
  json_member_int(&w, "epoch", (int64_t)(step / n) + 1);
  json_member_int(&w, "units", (int64_t)result->n_units);
  json_member_int(&w, "tokens", (int64_t)result->n_tokens);
  json_member_int(&w, "actions", (int64_t)result->n_actions);
  put_finite(&w, "loss", result->loss);
  put_finite(&w, "kl", result->kl);
  put_finite(&w, "accuracy", result->accuracy);
  put_finite(&w, "margin", result->margin);
  put_finite(&w, "value_loss", result->value_loss);
  put_finite(&w, "norm", result->norm);
  put_finite(&w, "value_norm", result->value_norm);
  json_member_number(&w, "rate", rates->value_only ? 0 : rates->policy);
  if (r->loop->value.state)
    json_member_number(&w, "value_rate", rates->value);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static int write_line(struct running *r, uint64_t step, const struct step_rates *rates,
                      const struct step_result *result, struct err *err)
{
  struct buf line;
  buf_init(&line, 4096);
  format_line(&line, r, step, rates, result);
  ssize_t n = write(r->log, line.ptr, line.len);
  int why = n < 0 ? errno : ENOSPC;
  bool good = n == (ssize_t)line.len;
  r->progress.log_bytes += line.len;
  buf_release(&line);
  return good ? 0
              : err_set_errno(err, ERR_ENV, why, "cannot write '%s/log.jsonl'",
                              r->loop->dir);
}

/* ---- checkpoints ---- */

static int save_network(const struct running *r, const struct train_network *network,
                        const char *folder, struct err *err)
{
  const struct train_loop *loop = r->loop;
  if (fs_make_dir(folder, err) < 0 || network->save(network->state, folder, err) < 0)
    return -1;
  return loop->furnish ? loop->furnish(loop->context, folder, err) : 0;
}

/* What can be run: the policy, and the value network below it. */
static int save_models(struct running *r, const char *folder, struct err *err)
{
  const char *below = arena_printf(&r->arena, "%s/value", folder).ptr;
  if (save_network(r, &r->loop->policy, folder, err) < 0)
    return -1;
  return r->loop->value.state ? save_network(r, &r->loop->value, below, err) : 0;
}

/* What goes on from here to the same bytes. */
static int save_states(struct running *r, const char *folder, struct err *err)
{
  const struct train_network *policy = &r->loop->policy, *value = &r->loop->value;
  const char *path = arena_printf(&r->arena, "%s/policy.state", folder).ptr;
  if (policy->save_state(policy->state, path, err) < 0)
    return -1;
  path = arena_printf(&r->arena, "%s/value.state", folder).ptr;
  return value->state ? value->save_state(value->state, path, err) : 0;
}

static int save(struct running *r, struct err *err)
{
  const char *part;
  if (r->saved == r->progress.step)
    return 0;
  r->progress.seconds = r->seconds_before + meter_seconds(&r->meter);
  if (fsync(r->log) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot sync '%s/log.jsonl'", r->loop->dir);
  if (saves_begin(r->loop->dir, r->progress.step, &part, &r->arena, err) < 0)
    return -1;
  if (save_models(r, part, err) < 0 || save_states(r, part, err) < 0 ||
      saves_commit(r->loop->dir, part, &r->progress, r->loop->recipe->keep, err) < 0) {
    saves_drop(part);
    return -1;
  }
  r->saved = r->progress.step;
  return 0;
}

static int load(struct running *r, struct err *err)
{
  const struct train_network *policy = &r->loop->policy, *value = &r->loop->value;
  const char *folder;
  if (saves_last(r->loop->dir, &folder, &r->arena, err) < 0)
    return -1;
  if (!folder)
    return 0;
  const char *path = arena_printf(&r->arena, "%s/policy.state", folder).ptr;
  if (saves_read(folder, &r->progress, err) < 0 ||
      policy->load_state(policy->state, path, err) < 0)
    return -1;
  path = arena_printf(&r->arena, "%s/value.state", folder).ptr;
  if (value->state && value->load_state(value->state, path, err) < 0)
    return -1;
  r->saved = r->progress.step;
  r->seconds_before = r->progress.seconds;
  log_note("going on from '%s'", folder);
  return 0;
}

/* ---- a number that is none ---- */

static const struct trajectory *trajectory_of(const struct running *r, size_t sequence)
{
  const struct batch_source *source = r->loop->source;
  size_t at = source->examples->list[r->batch.examples[sequence]].sequence;
  return &r->loop->trajectories[source->dataset->sequences[at].trajectory];
}

static void name_batch(const struct running *r, const struct step_result *result,
                       struct buf *out)
{
  size_t first = 0, n = r->batch.n_sequences;
  if (!r->loop->trajectories)
    return;
  if (result->bad < n) {
    first = result->bad;
    n = first + 1;
  }
  buf_add_cstr(out, result->bad < r->batch.n_sequences ? ", at " : ", with ");
  for (size_t i = first; i < n && i < first + BAD_SHOWN; i++) {
    const struct trajectory *t = trajectory_of(r, i);
    buf_printf(out, "%s'%.*s' line %zu", i > first ? ", " : "",
               STR_ARG(str_slice(t->source, 0, 100)), t->line);
  }
  if (n - first > BAD_SHOWN)
    buf_printf(out, " and %zu more", n - first - BAD_SHOWN);
}

static int refuse(const struct running *r, const struct step_result *result,
                  struct err *err)
{
  struct buf names;
  char kept[64] = "there is no checkpoint yet";
  bool gradient = isfinite(result->loss) && result->bad == SIZE_MAX &&
                  (!isfinite(result->norm) || !isfinite(result->value_norm));
  size_t n = batch_count(r->loop->source);
  uint64_t step = r->progress.step;
  buf_init(&names, 1024);
  name_batch(r, result, &names);
  if (r->saved != UINT64_MAX)
    snprintf(kept, sizeof kept, "the last good one is checkpoint-%llu",
             (unsigned long long)r->saved);
  err_set(err, ERR_DATA,
          "step %llu (epoch %llu, batch %llu): the %s is not finite%.*s; %s in '%s'; a "
          "lower --rate or --clip may help",
          (unsigned long long)step + 1, (unsigned long long)(step / n) + 1,
          (unsigned long long)(step % n) + 1, gradient ? "gradient" : "loss",
          STR_ARG(buf_str(&names)), kept, r->loop->dir);
  buf_release(&names);
  return -1;
}

/* ---- steps ---- */

static void fill_batch(struct running *r, uint64_t step)
{
  const struct batch_source *source = r->loop->source;
  size_t n = batch_count(source);
  if (r->epoch_number != step / n + 1) {
    epoch_release(&r->epoch);
    epoch_init(&r->epoch, source, step / n);
    r->epoch_number = step / n + 1;
  }
  batch_fill(&r->batch, source, &r->epoch, step % n);
}

static int run_step(struct running *r, struct err *err)
{
  uint64_t step = r->progress.step;
  struct step_result result;
  struct step_rates rates = { .policy = schedule_rate(&r->policy_rate, step),
                              .value = schedule_rate(&r->value_rate, step),
                              .value_only =
                                  step < (uint64_t)r->loop->recipe->value_steps };
  fill_batch(r, step);
  if (step_run(&r->maker, &r->batch, &rates, &result, err) < 0)
    return err_wrap(err, "step %llu", (unsigned long long)step + 1);
  if (!result.finite)
    return refuse(r, &result, err);
  if (write_line(r, step, &rates, &result, err) < 0)
    return -1;
  meter_add(&r->meter, &result);
  r->progress.step++;
  r->progress.tokens += result.n_tokens;
  r->progress.actions += result.n_actions;
  return 0;
}

static int interrupted(struct running *r, struct err *err)
{
  if (save(r, err) < 0)
    return -1;
  return err_set(err, ERR_INTERRUPTED,
                 "interrupted after step %llu; give the same command with --resume to go "
                 "on",
                 (unsigned long long)r->progress.step);
}

static int run_steps(struct running *r, uint64_t total, struct err *err)
{
  const struct train_loop *loop = r->loop;
  while (r->progress.step < total) {
    if (loop->stop && loop->stop(loop->context))
      return interrupted(r, err);
    if (run_step(r, err) < 0)
      return -1;
    if (r->progress.step % (uint64_t)loop->recipe->save_every == 0 && save(r, err) < 0)
      return -1;
  }
  return 0;
}

/* The last checkpoint stays until all is written: a kill on the way loses nothing. */
static int finish(struct running *r, struct err *err)
{
  const struct train_loop *loop = r->loop;
  r->progress.seconds = r->seconds_before + meter_seconds(&r->meter);
  if (save(r, err) < 0 || save_models(r, loop->dir, err) < 0 ||
      (loop->conclude && loop->conclude(loop->context, &r->progress, err) < 0))
    return -1;
  return saves_prune(loop->dir, loop->recipe->keep, err);
}

static void prepare(struct running *r, uint64_t total)
{
  const struct recipe *recipe = r->loop->recipe;
  r->maker = (struct step_maker){ .policy = r->loop->policy,
                                  .value = r->loop->value,
                                  .options = { .objective = recipe_objective(recipe),
                                               .settings = recipe_settings(recipe),
                                               .whole = recipe->kind == RECIPE_KTO,
                                               .clip = recipe->clip } };
  r->policy_rate =
      schedule_make(recipe->rate, recipe->rate * recipe->rate_end, recipe->warmup, total);
  r->value_rate = schedule_make(recipe->value_rate, recipe->value_rate * recipe->rate_end,
                                recipe->warmup, total);
}

int train_run(const struct train_loop *loop, struct train_progress *progress,
              struct err *err)
{
  struct running r = { .loop = loop, .saved = UINT64_MAX, .log = -1 };
  uint64_t total = train_total(loop->recipe, loop->source);
  prepare(&r, total);
  int rc = load(&r, err);
  if (rc == 0)
    rc = open_log(&r, err);
  if (rc == 0) {
    meter_begin(&r.meter, total, r.progress.step, loop->quiet);
    rc = run_steps(&r, total, err);
    if (rc == 0)
      rc = finish(&r, err);
    meter_end(&r.meter);
  }
  *progress = r.progress;
  if (r.log >= 0 && close(r.log) < 0 && rc == 0)
    rc = err_set_errno(err, ERR_ENV, errno, "cannot close '%s/log.jsonl'", loop->dir);
  step_maker_release(&r.maker);
  epoch_release(&r.epoch);
  batch_release(&r.batch);
  arena_release(&r.arena);
  return rc;
}
