#include "report/side.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "journal/journal.h"
#include "journal/manifest.h"
#include "task/recorded.h"

/* A path and what stands behind its last '#'. */
struct spec {
  const char *path;
  struct str part; /* absent: nothing stands there */
};

static struct spec split_spec(struct arena *arena, const char *text)
{
  struct str all = str_from(text);
  ptrdiff_t at = str_find_last(all, STR("#"));
  if (at < 0 || fs_exists(text))
    return (struct spec){ text, STR_NONE };
  return (struct spec){ arena_cstr(arena, str_slice(all, 0, (size_t)at)),
                        str_slice(all, (size_t)at + 1, all.len) };
}

/* ---- runs ---- */

/* The models of a run: those of the manifest, of which an unfinished journal may lack
 * some; without one, those of the journal. */
static size_t list_models(struct str *out, const struct journal *journal,
                          const struct manifest *manifest, struct strmap *seen)
{
  size_t n = 0, n_named = manifest ? manifest->n_models : 0;
  for (size_t i = 0; i < n_named + journal->n_records; i++) {
    bool added;
    struct str name =
        i < n_named ? manifest->models[i].label : journal->records[i - n_named].model;
    strmap_put(seen, name, i, &added);
    if (added)
      out[n++] = name;
  }
  return n;
}

/* The model meant: the one named, or the only one. */
static int choose_model(struct str *out, struct arena *arena, const struct spec *spec,
                        const struct journal *journal, const struct manifest *manifest,
                        struct err *err)
{
  struct str names = STR("");
  struct strmap seen = { 0 };
  struct str *list = ARENA_NEW(
      arena, struct str, journal->n_records + (manifest ? manifest->n_models : 0) + 1);
  size_t n = list_models(list, journal, manifest, &seen);
  for (size_t i = 0; i < n && n > 1; i++)
    names = arena_printf(arena, "%.*s%s%.*s", STR_ARG(names), i ? ", " : "",
                         STR_ARG(list[i]));
  if (n == 1)
    names = list[0];
  *out = list[0];
  int rc = 0;
  if (n == 0 || journal->n_records == 0)
    rc = err_set(err, ERR_DATA, "cannot compare '%s': its journal is empty", spec->path);
  else if (str_present(spec->part) && !strmap_find(&seen, spec->part))
    rc = err_set(err, ERR_USAGE, "no model '%.*s' in '%s'; it has %.*s",
                 STR_ARG(spec->part), spec->path, STR_ARG(names));
  else if (!str_present(spec->part) && n > 1)
    rc = err_set(err, ERR_USAGE,
                 "'%s' holds %zu models; write '%s#MODEL' with one of %.*s", spec->path,
                 n, spec->path, STR_ARG(names));
  if (str_present(spec->part))
    *out = spec->part;
  strmap_release(&seen);
  return rc;
}

static struct side *side_of_suite(struct sides *sides, struct str suite)
{
  for (size_t i = 0; i < sides->n; i++)
    if (str_equal(sides->list[i].suite, suite))
      return &sides->list[i];
  sides->list[sides->n] = (struct side){ .suite = suite };
  return &sides->list[sides->n++];
}

static void add_record(struct side *side, const struct record *r)
{
  side->outcomes[side->n++] = (struct outcome){
    .id = r->item,
    .doc_id = (int64_t)r->index,
    .gold = r->gold,
    .response = r->response,
    .extracted = r->extracted,
    .reason = r->reason,
    .verdict = r->verdict,
  };
}

static void describe_run(struct side *side, const struct manifest *manifest)
{
  for (size_t i = 0; i < manifest->n_suites; i++) {
    const struct manifest_suite *suite = &manifest->suites[i];
    if (!str_equal(suite->name, side->suite))
      continue;
    side->data_sha256 = suite->data_sha256;
    side->grader = suite->grader;
    side->prompt = suite->prompt_sha256;
  }
}

/* Suites of one model; `manifest` may be absent (a journal that was moved). */
static int sides_of_journal(struct sides *sides, struct arena *arena,
                            const struct spec *spec, const char *journal_path,
                            const struct manifest *manifest, struct err *err)
{
  struct journal journal;
  struct str model;
  if (journal_load(&journal, arena, journal_path, err) < 0 ||
      choose_model(&model, arena, spec, &journal, manifest, err) < 0)
    return -1;
  for (size_t i = 0; manifest && i < manifest->n_suites; i++)
    sides->n_asked += manifest->suites[i].n_run;
  size_t n_suites = 0;
  struct strmap suites = { 0 };
  for (size_t i = 0; i < journal.n_records; i++) {
    bool added;
    strmap_put(&suites, journal.records[i].suite, 0, &added);
    n_suites += added;
  }
  strmap_release(&suites);
  sides->list = ARENA_NEW(arena, struct side, n_suites);
  for (size_t i = 0; i < journal.n_records; i++) {
    const struct record *r = &journal.records[i];
    if (r->sample != 0 || !str_equal(r->model, model))
      continue;
    struct side *side = side_of_suite(sides, r->suite);
    if (!side->outcomes) {
      side->name = model;
      side->outcomes = ARENA_NEW(arena, struct outcome, journal.n_records);
      if (manifest)
        describe_run(side, manifest);
    }
    add_record(side, r);
    sides->n_answered++;
  }
  if (!sides->n)
    return err_set(err, ERR_DATA,
                   "cannot compare '%s': '%.*s' has answered nothing yet; continue the "
                   "run with --resume",
                   spec->path, STR_ARG(model));
  return 0;
}

static int sides_of_folder(struct sides *sides, struct arena *arena,
                           const struct spec *spec, struct err *err)
{
  struct manifest manifest;
  struct str path = arena_printf(arena, "%s/manifest.json", spec->path);
  if (manifest_load(&manifest, arena, path.ptr, err) < 0)
    return -1;
  path = arena_printf(arena, "%s/journal.jsonl", spec->path);
  return sides_of_journal(sides, arena, spec, path.ptr, &manifest, err);
}

/* ---- samples files and other recordings ---- */

/* "gsm8k" of "samples_gsm8k_2026-11-23T20-31-05.123456.jsonl": the time is lm-eval's. */
static struct str task_of_file(const char *path)
{
  struct str base = str_from(fs_basename(path));
  ptrdiff_t end = str_find_last(base, STR("_"));
  if (!str_starts(base, STR("samples_")) || end < (ptrdiff_t)sizeof "samples_" - 1)
    return STR_NONE;
  return str_slice(base, sizeof "samples_" - 1, (size_t)end);
}

static bool says_nothing(struct str filtered)
{
  return !str_trim(filtered).len || str_equal(filtered, STR("[invalid]")) ||
         str_equal(filtered, STR("[invalidanswer]"));
}

static enum verdict verdict_of(const struct recorded_answer *answer)
{
  if (answer->label == 1)
    return VERDICT_CORRECT;
  if (str_present(answer->filtered) && says_nothing(answer->filtered))
    return answer->finish == FINISH_LENGTH ? VERDICT_TRUNCATED : VERDICT_NO_ANSWER;
  return VERDICT_WRONG;
}

static struct str id_of(struct arena *arena, const struct recorded_answer *answer)
{
  if (str_present(answer->id))
    return answer->id;
  if (answer->doc_id >= 0)
    return arena_printf(arena, "%lld", (long long)answer->doc_id);
  return arena_printf(arena, "line %zu", answer->line);
}

/* Rows of one number stand there once: the first counts. */
static void drop_repeats(struct side *side, struct arena *arena)
{
  struct strmap seen = { 0 };
  size_t kept = 0;
  for (size_t i = 0; i < side->n; i++) {
    const struct outcome *o = &side->outcomes[i];
    bool added = true;
    if (o->doc_id >= 0)
      strmap_put(&seen, arena_printf(arena, "%lld", (long long)o->doc_id), i, &added);
    if (added)
      side->outcomes[kept++] = *o;
  }
  side->n_repeated = side->n - kept;
  side->n = kept;
  strmap_release(&seen);
}

/* A prompt stands for its question only where nothing else tells items apart: few-shot
 * examples may differ. */
static struct str question_of(const struct recorded_answer *answer)
{
  if (str_present(answer->question) || answer->doc_id >= 0 || str_present(answer->id))
    return answer->question;
  return answer->prompt;
}

/* The filter meant: the one named, or the first. */
static struct str choose_filter(const struct recorded_file *file, struct str part)
{
  if (str_present(part))
    return part;
  for (size_t i = 0; i < file->n_answers; i++)
    if (str_present(file->answers[i].filter))
      return file->answers[i].filter;
  return STR_NONE;
}

static int side_of_answers(struct side *side, struct arena *arena,
                           const struct recorded_file *file, struct str filter,
                           struct err *err)
{
  size_t n_judged = 0;
  side->filter = filter;
  side->n_filters = file->n_fields;
  side->n_unreadable = file->n_problems;
  side->outcomes = ARENA_NEW(arena, struct outcome, file->n_answers);
  for (size_t i = 0; i < file->n_answers; i++) {
    const struct recorded_answer *a = &file->answers[i];
    if (a->sample != 0 || (str_present(filter) && !str_equal(a->filter, filter)))
      continue;
    n_judged += a->label >= 0;
    side->outcomes[side->n++] = (struct outcome){
      .id = id_of(arena, a),
      .doc_id = a->doc_id,
      .doc_hash = a->doc_hash,
      .question = question_of(a),
      .gold = a->gold,
      .response = a->response,
      .extracted = says_nothing(a->filtered) ? STR_NONE : a->filtered,
      .verdict = a->label < 0 ? VERDICT_ERROR : verdict_of(a),
    };
  }
  if (!n_judged)
    return err_set(err, ERR_DATA,
                   "cannot compare '%.*s': its rows do not say what is right; grade them "
                   "first: oreo-bench run SUITE --model replay:%.*s",
                   STR_ARG(file->path), STR_ARG(file->path));
  drop_repeats(side, arena);
  return 0;
}

/* The file with the folder it is in, which in lm-eval's layout names the model. */
static struct str name_of_file(const char *path)
{
  const char *name = fs_basename(path);
  while (name > path && name[-1] == '/')
    name--;
  while (name > path && name[-1] != '/')
    name--;
  return str_from(name);
}

static int sides_of_recording(struct sides *sides, struct arena *arena,
                              const struct spec *spec, struct err *err)
{
  struct recorded_file file;
  if (recorded_load(&file, arena, spec->path, spec->part, err) < 0)
    return -1;
  sides->list = ARENA_NEW(arena, struct side, 1);
  sides->n = 1;
  struct side *side = sides->list;
  struct str filter = STR_NONE;
  if (file.format == RECORDED_LM_EVAL)
    filter = choose_filter(&file, spec->part);
  else if (str_present(spec->part))
    side->name = spec->part;
  if (side_of_answers(side, arena, &file, filter, err) < 0)
    return -1;
  side->suite = task_of_file(spec->path);
  if (!str_present(side->name))
    side->name = arena_str(arena, name_of_file(spec->path));
  stated_load(&side->stated, arena, spec->path, side->suite, filter);
  return 0;
}

/* A folder of lm-eval's: its samples files, one a task. */
static int sides_of_lmeval_folder(struct sides *sides, struct arena *arena,
                                  const struct spec *spec, struct err *err)
{
  struct fs_list list;
  int rc = 0;
  if (fs_list(&list, spec->path, err) < 0)
    return -1;
  struct side *all = ARENA_NEW(arena, struct side, list.count + 1);
  size_t n = 0;
  for (size_t i = 0; i < list.count && rc == 0; i++) {
    struct str name = str_from(list.names[i]);
    if (!str_starts(name, STR("samples_")) || !str_ends(name, STR(".jsonl")))
      continue;
    struct spec file = { arena_printf(arena, "%s/%s", spec->path, list.names[i]).ptr,
                         spec->part };
    struct sides one = { 0 };
    rc = sides_of_recording(&one, arena, &file, err);
    for (size_t k = 0; k < n && rc == 0; k++)
      if (str_equal(all[k].suite, one.list[0].suite))
        rc = err_set(err, ERR_USAGE,
                     "'%s' holds several results of '%.*s'; name one of its "
                     "samples files",
                     spec->path, STR_ARG(all[k].suite));
    if (rc == 0)
      all[n++] = one.list[0];
  }
  fs_list_free(&list);
  if (rc == 0 && n == 0)
    rc = err_set(err, ERR_DATA,
                 "nothing to compare in '%s': no manifest.json of a run, no "
                 "samples_*.jsonl of lm-eval",
                 spec->path);
  *sides = (struct sides){ .list = all, .n = n };
  return rc;
}

/* ---- the front door ---- */

static bool is_journal(const char *path)
{
  struct fs_lines lines;
  struct str line;
  struct err err;
  bool journal = false;
  if (fs_lines_open(&lines, path, 1 << 16, &err) < 0)
    return false;
  enum fs_line got = fs_lines_next(&lines, &line, &err);
  if (got == FS_LINE_OK || got == FS_LINE_TOO_LONG)
    journal = str_starts(line, STR("{\"v\":1,\"suite\":"));
  fs_lines_close(&lines);
  return journal;
}

int sides_load(struct sides *sides, struct arena *arena, const char *text,
               struct err *err)
{
  struct spec spec = split_spec(arena, text);
  *sides = (struct sides){ 0 };
  if (!fs_exists(spec.path))
    return err_set(err, ERR_ENV,
                   "cannot open '%s': no such file or folder; give a run "
                   "folder, a journal or a samples file",
                   spec.path);
  if (!fs_is_dir(spec.path))
    return is_journal(spec.path)
               ? sides_of_journal(sides, arena, &spec, spec.path, NULL, err)
               : sides_of_recording(sides, arena, &spec, err);
  if (fs_exists(arena_printf(arena, "%s/manifest.json", spec.path).ptr))
    return sides_of_folder(sides, arena, &spec, err);
  return sides_of_lmeval_folder(sides, arena, &spec, err);
}

/* ---- lint ---- */

static void lint_stated(struct warnings *warnings, const struct side *side, size_t n,
                        size_t n_correct)
{
  const struct stated *stated = &side->stated;
  if (!str_present(stated->file))
    return;
  double score = n ? (double)n_correct / (double)n : NAN;
  if (stated->n >= 0 && stated->n != (double)n)
    warnings_add(warnings, LINT_N_ITEMS, "%.*s: %zu rows, but '%.*s' states %.0f",
                 STR_ARG(side->name), n, STR_ARG(stated->file), stated->n);
  /* half an item, which no rounding explains */
  else if (n && fabs(stated->score - score) * (double)n > 0.5)
    warnings_add(warnings, LINT_SCORE, "%.*s: the rows give %.4f, but '%.*s' states %.4f",
                 STR_ARG(side->name), score, STR_ARG(stated->file), stated->score);
  double p = stated->score, m = stated->n > 1 ? stated->n : (double)n;
  if (isnan(p) || isnan(stated->standard_error) || p < 0 || p > 1 || m < 2)
    return;
  double expected = sqrt(p * (1 - p) / (m - 1));
  /* Resampling differs by a few percent from the formula; a tenth is beyond that. */
  if (fabs(stated->standard_error - expected) > 0.1 * expected + 1e-6)
    warnings_add(
        warnings, LINT_STDERR,
        "%.*s: '%.*s' states a standard error of %.5f, but %.4f over %.0f rows has "
        "%.5f",
        STR_ARG(side->name), STR_ARG(stated->file), stated->standard_error, p, m,
        expected);
}

void side_lint(struct warnings *warnings, const struct side *side)
{
  size_t count[VERDICT_COUNT] = { 0 };
  struct str *answers = mem_alloc((side->n + 1) * sizeof *answers);
  for (size_t i = 0; i < side->n; i++) {
    const struct outcome *o = &side->outcomes[i];
    count[o->verdict]++;
    answers[i] = o->verdict == VERDICT_ERROR ? STR_NONE : o->response;
  }
  struct answer_lint lint = lint_answers(answers, side->n);
  free(answers);
  if (lint.n_empty)
    warnings_add(warnings, LINT_EMPTY, "%.*s: %zu of %zu answers are empty",
                 STR_ARG(side->name), lint.n_empty, lint.n);
  if (lint.n_repeated)
    warnings_add(warnings, LINT_DUPLICATES,
                 "%.*s: %zu of %zu answers repeat another item's, word for word",
                 STR_ARG(side->name), lint.n_repeated, lint.n);
  if (count[VERDICT_TRUNCATED])
    warnings_add(warnings, LINT_TRUNCATED, "%.*s: %zu of %zu answers were cut off",
                 STR_ARG(side->name), count[VERDICT_TRUNCATED], side->n);
  if (count[VERDICT_NO_ANSWER] * 20 >= side->n && count[VERDICT_NO_ANSWER])
    warnings_add(warnings, LINT_NO_ANSWER,
                 "%.*s: no answer found in %zu of %zu responses", STR_ARG(side->name),
                 count[VERDICT_NO_ANSWER], side->n);
  if (count[VERDICT_ERROR])
    warnings_add(warnings, LINT_ERRORS,
                 "%.*s: %zu of %zu items failed or were not judged", STR_ARG(side->name),
                 count[VERDICT_ERROR], side->n);
  if (side->n_unreadable)
    warnings_add(warnings, LINT_UNREADABLE, "%.*s: %zu rows could not be read",
                 STR_ARG(side->name), side->n_unreadable);
  if (side->n_repeated)
    warnings_add(warnings, LINT_REPEATED_ITEMS, "%.*s: %zu rows stand twice",
                 STR_ARG(side->name), side->n_repeated);
  lint_stated(warnings, side, side->n - count[VERDICT_ERROR], count[VERDICT_CORRECT]);
}
