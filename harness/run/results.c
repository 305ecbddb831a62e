#include "run/results.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "run/folder.h"
#include "run/plan.h"

/* What one suite's questions and prompts come from. */
struct known_suite {
  struct run_suite suite;
  bool open;    /* items are there and are the ones that were run */
  bool prompts; /* so are the prompts */
};

struct results {
  struct arena arena;
  struct report_source *sources;
  size_t n_sources;
  struct known_suite *suites; /* of the first folder that has each */
  size_t n_suites;
  struct report_input input;
  struct report *report;
};

/* ---- loading ---- */

static int load_folder(struct results *r, const char *dir, struct err *err)
{
  struct run_folder folder;
  struct manifest *manifest = ARENA_NEW(&r->arena, struct manifest, 1);
  struct journal *journal = ARENA_NEW(&r->arena, struct journal, 1);
  folder_paths(&folder, &r->arena, dir);
  if (folder_manifest(dir, manifest, &r->arena, err) < 0 ||
      journal_load(journal, &r->arena, folder.journal_path, err) < 0)
    return -1;
  r->sources[r->n_sources++] = (struct report_source){ manifest, journal };
  return 0;
}

static const struct run_suite *find_suite(const struct results *r, struct str name)
{
  for (size_t i = 0; i < r->n_suites; i++)
    if (str_equal(r->suites[i].suite.suite->name, name))
      return &r->suites[i].suite;
  return NULL;
}

/* A report without questions is a report still: what is missing is said, not failed. */
static void open_suite(struct results *r, const struct run_settings *settings,
                       const struct manifest_suite *then)
{
  struct known_suite *known = &r->suites[r->n_suites];
  struct err err = { 0 };
  const char *name = arena_cstr(&r->arena, then->name);
  if (run_suite_open(&known->suite, &r->arena, settings, name, &err) < 0) {
    log_warn("the report is without questions: %s", err.msg);
    run_suite_close(&known->suite);
    return;
  }
  struct str sha = str_from(known->suite.data.items->sha256.text);
  if (!str_equal(sha, then->data_sha256)) {
    log_warn(
        "the report is without questions: '%.*s' is not the data that were run (sha256 "
        "%.12s, then %.12s)",
        STR_ARG(known->suite.data.items->source), sha.ptr, then->data_sha256.ptr);
    run_suite_close(&known->suite);
    return;
  }
  struct sha256_hex prompts = prompt_maker_hash(known->suite.maker);
  known->prompts = str_equal(str_from(prompts.text), then->prompt_sha256);
  known->open = true;
  r->n_suites++;
}

static int open_suites(struct results *r, const struct manifest *manifest,
                       struct err *err)
{
  struct run_settings settings;
  if (settings_from_manifest(&settings, manifest, &r->arena, err) < 0)
    return -1;
  for (size_t i = 0; i < manifest->n_suites; i++)
    if (!find_suite(r, manifest->suites[i].name))
      open_suite(r, &settings, &manifest->suites[i]);
  return 0;
}

static int load_all(struct results *r, const char *const *dirs, size_t n_dirs,
                    struct err *err)
{
  size_t n = 0;
  r->sources = ARENA_NEW(&r->arena, struct report_source, n_dirs);
  for (size_t i = 0; i < n_dirs; i++) {
    if (load_folder(r, dirs[i], err) < 0)
      return -1;
    n += r->sources[i].manifest->n_suites;
  }
  r->suites = ARENA_NEW(&r->arena, struct known_suite, n + 1);
  for (size_t i = 0; i < r->n_sources; i++)
    if (open_suites(r, r->sources[i].manifest, err) < 0)
      return -1;
  return 0;
}

/* ---- what the report asks back ---- */

static bool same_answer(void *context, struct str suite, struct str a, struct str b)
{
  const struct run_suite *known = find_suite(context, suite);
  return known ? grader_same(known->grader, a, b) : str_equal(a, b);
}

static struct prompt prompt_of(void *context, struct str suite, const struct item *item,
                               struct arena *arena)
{
  const struct run_suite *known = find_suite(context, suite);
  if (!known)
    return (struct prompt){ .text = item->question };
  return prompt_make(known->maker, item, arena);
}

static bool all_prompts_known(const struct results *r)
{
  for (size_t i = 0; i < r->n_suites; i++)
    if (!r->suites[i].prompts)
      return false;
  return true;
}

static void make_input(struct results *r, const struct report_gate *gates, size_t n_gates)
{
  const struct item_set **items =
      ARENA_NEW(&r->arena, const struct item_set *, r->n_suites + 1);
  for (size_t i = 0; i < r->n_suites; i++)
    items[i] = r->suites[i].suite.data.items;
  r->input = (struct report_input){ .sources = r->sources,
                                    .n_sources = r->n_sources,
                                    .items = items,
                                    .n_items = r->n_suites,
                                    .gates = gates,
                                    .n_gates = n_gates };
  if (r->n_suites) {
    r->input.same = same_answer;
    r->input.same_context = r;
  }
  if (all_prompts_known(r)) {
    r->input.prompt = prompt_of;
    r->input.prompt_context = r;
  }
}

int results_open(struct results **out, const char *const *dirs, size_t n_dirs,
                 const struct report_gate *gates, size_t n_gates, struct err *err)
{
  struct results *r = mem_alloc(sizeof *r);
  *r = (struct results){ 0 };
  int rc = load_all(r, dirs, n_dirs, err);
  if (rc == 0) {
    make_input(r, gates, n_gates);
    rc = report_build(&r->report, &r->arena, &r->input, err);
  }
  *out = r;
  if (rc < 0) {
    results_close(r);
    *out = NULL;
  }
  return rc;
}

void results_close(struct results *r)
{
  if (!r)
    return;
  for (size_t i = 0; i < r->n_suites; i++)
    run_suite_close(&r->suites[i].suite);
  arena_release(&r->arena);
  free(r);
}

const struct report *results_report(const struct results *r)
{
  return r->report;
}

/* Asking a recording again gives the same; asking a model may not. */
static struct str remedy(struct arena *arena, const struct manifest *manifest,
                         const char *dir)
{
  for (size_t i = 0; i < manifest->n_models; i++)
    if (!str_equal(manifest->models[i].kind, STR("replay")))
      return arena_printf(arena, "'oreo-bench run --resume %s --retry-errors' asks again",
                          dir);
  return STR("give the items that were recorded with --data FILE, or allow more with "
             "--max-error-rate X");
}

static int check_gates(const struct report *report, const char *dir, struct err *err)
{
  for (size_t i = 0; i < report->n_gates; i++) {
    const struct report_gate *gate = &report->gates[i];
    if (gate->passed)
      continue;
    struct arena arena = { 0 };
    err_set(err, ERR_REMOTE, "the run is invalid: %.*s: %.*s; %.*s", STR_ARG(gate->name),
            STR_ARG(gate->message), STR_ARG(remedy(&arena, report->manifest, dir)));
    arena_release(&arena);
    return -1;
  }
  return 0;
}

/* Which data ran stands above every result. */
static void put_data(struct buf *out, const struct manifest *manifest)
{
  for (size_t i = 0; i < manifest->n_suites; i++) {
    const struct manifest_suite *s = &manifest->suites[i];
    buf_printf(out, "%.*s: %.*s, split %.*s, %zu of %zu items, sha256 %.12s\n",
               STR_ARG(s->name), STR_ARG(s->data_source), STR_ARG(s->split), s->n_run,
               s->n_items, s->data_sha256.ptr);
  }
  buf_add_char(out, '\n');
}

int results_write(const char *dir, bool json, struct buf *out, struct err *err)
{
  struct results *r;
  if (results_open(&r, &dir, 1, NULL, 0, err) < 0)
    return -1;
  int rc = report_write_all(dir, r->report, err);
  if (json) {
    report_write_json(out, r->report);
  } else {
    put_data(out, r->report->manifest);
    report_write_table(out, r->report);
  }
  if (rc == 0)
    rc = check_gates(r->report, dir, err);
  results_close(r);
  return rc;
}
