#include "run/rollout.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "run/answer.h"
#include "task/trajectory.h"

/* Of one model's answers to one suite. */
struct counts {
  size_t n, n_solved, n_truncated;                     /* rows */
  size_t n_errors, n_empty, n_reasoned;                /* left out; told apart */
  size_t n_items, n_all_solved, n_all_failed, n_mixed; /* items with rows */
};

struct writing {
  const struct rollout *rollout;
  struct journal journal;
  struct buf rows;
  struct arena arena, scratch;
  bool json;
  struct buf *out;
  struct json_writer w;
};

/* ---- rows ---- */

/* Is it asked by messages, and not by a text? */
static bool by_messages(const struct policy *policy, const struct run_settings *settings)
{
  const struct manifest_engine *engine = policy_engine(policy);
  if (engine)
    return !str_equal(engine->chat_template, STR("none"));
  return policy_is_live(policy) && strcmp(settings->endpoint.shape.api, "chat") == 0;
}

static void set_prompt(struct trajectory *t, const struct prompt *prompt, bool messages,
                       struct str response, struct arena *arena)
{
  t->response = response;
  t->prompt = prompt->text;
  if (!messages)
    return;
  size_t n = prompt->n_messages;
  if (n == 1) {
    t->prompt = prompt->messages[0].content;
    return;
  }
  struct message *all = ARENA_NEW(arena, struct message, n + 1);
  memcpy(all, prompt->messages, n * sizeof *all);
  all[n] = (struct message){ STR("assistant"), response };
  t->messages = all;
  t->n_messages = n + 1;
}

static bool is_usable(const struct record *record, struct counts *counts)
{
  if (record->verdict == VERDICT_ERROR) {
    counts->n_errors++;
    return false;
  }
  if (!str_trim(record->response).len) {
    counts->n_empty++;
    return false;
  }
  return true;
}

static void add_row(struct writing *writing, const struct answer_key *key,
                    const struct record *record, const struct prompt *prompt,
                    struct counts *counts)
{
  struct trajectory t = {
    .reward = record->verdict == VERDICT_CORRECT,
    .suite = record->suite,
    .item = record->item,
    .category = record->subject,
    .policy = record->model,
    .sample = record->sample,
    .steps = -1,
  };
  set_prompt(&t, prompt, by_messages(key->policy, writing->rollout->settings),
             record->response, &writing->scratch);
  trajectory_write(&writing->rows, &t);
  counts->n++;
  counts->n_solved += record->verdict == VERDICT_CORRECT;
  counts->n_truncated += record->finish == FINISH_LENGTH;
  counts->n_reasoned += record->reasoning.len > 0;
}

static void add_item(struct writing *writing, struct answer_key *key,
                     struct counts *counts)
{
  size_t n = counts->n, n_solved = counts->n_solved;
  arena_reset(&writing->scratch);
  struct prompt prompt = prompt_make(key->suite->maker, key->item, &writing->scratch);
  for (key->sample = 0; key->sample < writing->rollout->settings->samples;
       key->sample++) {
    struct record wanted = answer_record(key);
    const struct record *record = journal_find(&writing->journal, &wanted);
    if (record && is_usable(record, counts))
      add_row(writing, key, record, &prompt, counts);
  }
  n = counts->n - n;
  n_solved = counts->n_solved - n_solved;
  counts->n_items += n > 0;
  counts->n_all_solved += n && n_solved == n;
  counts->n_all_failed += n && !n_solved;
  counts->n_mixed += n_solved && n_solved < n;
}

/* ---- what is said of them ---- */

static void warn(struct str model, const struct counts *counts)
{
  struct str name = str_slice(model, 0, 100);
  if (counts->n_errors)
    log_warn(
        "model '%.*s': %zu answers are errors and left out; --retry-errors asks them "
        "again",
        STR_ARG(name), counts->n_errors);
  if (counts->n_empty)
    log_warn("model '%.*s': %zu answers are empty and left out", STR_ARG(name),
             counts->n_empty);
  if (counts->n_reasoned)
    log_warn("model '%.*s': the reasoning before %zu answers is not part of them, so it "
             "would not be trained",
             STR_ARG(name), counts->n_reasoned);
  if (counts->n && !counts->n_mixed)
    log_warn("model '%.*s': no item was answered both rightly and wrongly; a higher "
             "--temperature or more --samples may help",
             STR_ARG(name));
}

static void say_json(struct json_writer *w, const struct answer_key *key,
                     const struct counts *counts)
{
  json_begin_object(w);
  json_member_string(w, "suite", key->suite->suite->name);
  json_member_string(w, "policy", key->model);
  json_member_int(w, "trajectories", (int64_t)counts->n);
  json_member_int(w, "solved", (int64_t)counts->n_solved);
  json_member_int(w, "truncated", (int64_t)counts->n_truncated);
  json_member_int(w, "errors", (int64_t)counts->n_errors);
  json_member_int(w, "empty", (int64_t)counts->n_empty);
  json_member_int(w, "items", (int64_t)counts->n_items);
  json_member_int(w, "all_solved", (int64_t)counts->n_all_solved);
  json_member_int(w, "all_failed", (int64_t)counts->n_all_failed);
  json_member_int(w, "mixed", (int64_t)counts->n_mixed);
  json_end_object(w);
}

static void say_text(struct buf *out, const struct answer_key *key,
                     const struct counts *counts)
{
  buf_printf(out, "%.*s, %.*s: %zu trajectories, %zu solved (%.1f %%), %zu cut short\n",
             STR_ARG(key->suite->suite->name), STR_ARG(key->model), counts->n,
             counts->n_solved,
             counts->n ? 100.0 * (double)counts->n_solved / (double)counts->n : 0,
             counts->n_truncated);
  buf_printf(out, "  items %zu: %zu always solved, %zu never, %zu sometimes\n",
             counts->n_items, counts->n_all_solved, counts->n_all_failed,
             counts->n_mixed);
}

static void add_model(struct writing *writing, const struct run_suite *suite, size_t m)
{
  struct counts counts = { 0 };
  struct answer_key key = { .suite = suite,
                            .policy = suite->policies[m],
                            .model = writing->rollout->plan->models[m].label };
  for (size_t i = 0; i < suite->n_chosen; i++) {
    key.item = suite->chosen[i];
    add_item(writing, &key, &counts);
  }
  warn(key.model, &counts);
  if (writing->json)
    say_json(&writing->w, &key, &counts);
  else
    say_text(writing->out, &key, &counts);
}

/* ---- the file ---- */

static void add_all(struct writing *writing)
{
  const struct plan *plan = writing->rollout->plan;
  if (writing->json) {
    json_writer_init(&writing->w, writing->out, JSON_INDENT2);
    json_begin_object(&writing->w);
    json_put_key(&writing->w, "models");
    json_begin_array(&writing->w);
  }
  for (size_t s = 0; s < plan->n_suites; s++)
    for (size_t m = 0; m < plan->n_models; m++)
      add_model(writing, &plan->suites[s], m);
  if (writing->json)
    json_end_array(&writing->w);
}

static int write_rows(struct writing *writing, struct err *err)
{
  const char *path = writing->rollout->path;
  if (buf_failed(&writing->rows))
    return err_set(err, ERR_ENV,
                   "the trajectories for '%s' are more than %zu bytes; "
                   "sample with --shard, a file for each shard",
                   path, writing->rows.cap);
  if (!writing->rows.len)
    return err_set(err, ERR_DATA,
                   "no answer can be used as a trajectory; '%s' is not "
                   "written",
                   path);
  if (fs_write(path, buf_str(&writing->rows), err) < 0)
    return -1;
  struct sha256_hex sha = sha256_of(buf_str(&writing->rows));
  if (writing->json) {
    json_member_string(&writing->w, "file", str_from(path));
    json_member_string(&writing->w, "sha256", str_from(sha.text));
    json_end_object(&writing->w);
    buf_add_char(writing->out, '\n');
  } else {
    buf_printf(writing->out, "%s: sha256 %s\n", path, sha.text);
  }
  return 0;
}

int rollout_write(const struct rollout *rollout, bool json, struct buf *out,
                  struct err *err)
{
  struct writing writing = { .rollout = rollout, .json = json, .out = out };
  buf_init(&writing.rows, BUF_CAP_OWN);
  int rc = journal_load(&writing.journal, &writing.arena, rollout->journal, err);
  if (rc == 0) {
    add_all(&writing);
    rc = write_rows(&writing, err);
  }
  if (rc < 0 && json)
    buf_reset(out); /* half an object is no JSON */
  buf_release(&writing.rows);
  arena_release(&writing.scratch);
  arena_release(&writing.arena);
  return rc;
}
