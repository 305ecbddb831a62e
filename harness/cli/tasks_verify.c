#include "cli/tasks.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "grade/grader.h"

/* What is wrong with one set of items, or worth knowing. */
struct finding {
  size_t line; /* 0: not a matter of one line */
  bool counts; /* makes the set bad; else a note */
  struct str what;
};

struct verdict_on_set {
  struct str name;            /* the path, or "built-in ..., split" */
  const struct item_set *set; /* NULL when nothing could be loaded */
  const char *known_by;       /* "pin", "lock", or NULL */
  struct finding *findings;
  size_t n_findings, capacity;
  bool bad;
};

struct verifying {
  struct tasks_call *call;
  struct lock lock;
  struct buf out;
  struct json_writer json;
  size_t n_sets, n_bad;
};

static void find(struct verdict_on_set *v, size_t line, bool counts, struct str what)
{
  ARRAY_RESERVE(v->findings, v->n_findings, v->capacity);
  v->findings[v->n_findings++] = (struct finding){ line, counts, what };
  v->bad |= counts;
}

/* ---- the checks ---- */

/* Unusable rows of a file whose hash is known are its publisher's: worth showing,
 * nobody's mistake. */
static void check_rows(struct verdict_on_set *v)
{
  for (size_t i = 0; i < v->set->n_problems; i++)
    find(v, v->set->problems[i].line, !v->known_by, v->set->problems[i].what);
}

static void check_count(struct verdict_on_set *v, size_t expected, struct arena *arena)
{
  size_t rows = v->set->n_items + v->set->n_problems;
  if (expected && rows != expected)
    find(
        v, 0, true,
        arena_printf(arena, "%zu rows, the suite's definition says %zu", rows, expected));
}

/* A grader that does not accept the gold answer itself would call right answers wrong. */
static void check_golds(struct verdict_on_set *v, struct grader *grader,
                        struct arena *arena)
{
  const struct item_set *set = v->set;
  /* the answers of simulated students may be wrong on purpose */
  bool solved = !(set->builtin && str_equal(set->split, STR("sft")));
  size_t n_unsolved = 0;
  struct str first = STR_NONE;
  for (size_t i = 0; i < set->n_items; i++) {
    const struct item *item = &set->items[i];
    struct grade self =
        grader_grade(grader, item->gold, item->gold, GRADE_BARE, FINISH_STOP);
    if (self.verdict != VERDICT_CORRECT)
      find(v, 0, true,
           arena_printf(arena,
                        "item %.*s: the gold answer '%.*s' does not equal itself: %s",
                        STR_ARG(item->id), STR_ARG(str_slice(item->gold, 0, 80)),
                        grade_reason_name(self.reason)));
    if (!solved || !str_present(item->solution))
      continue;
    struct grade full =
        grader_grade(grader, item->gold, item->solution, GRADE_RESPONSE, FINISH_STOP);
    if (full.verdict != VERDICT_CORRECT && n_unsolved++ == 0)
      first = item->id;
  }
  if (n_unsolved)
    find(v, 0, set->builtin,
         arena_printf(arena,
                      "%zu worked solutions are not graded as their own gold answer; the "
                      "first is item %.*s",
                      n_unsolved, STR_ARG(first)));
}

static int check_items(struct verdict_on_set *v, const struct suite *suite,
                       size_t expected, struct arena *arena, struct err *err)
{
  const struct grader_opts opts = { .profile = suite->grader,
                                    .answers = suite->answer_kind == ANSWER_NUMBER
                                                   ? GRADE_NUMBERS
                                                   : GRADE_ANYTHING,
                                    .answer_pattern = suite->answer_pattern };
  struct grader *grader = grader_create(&opts, err);
  if (!grader)
    return -1;
  check_rows(v);
  check_count(v, expected, arena);
  check_golds(v, grader, arena);
  grader_free(grader);
  return 0;
}

/* ---- the result ---- */

static void put_text(struct buf *out, const struct verdict_on_set *v)
{
  buf_printf(out, "%.*s  %s", STR_ARG(v->name), v->bad ? "BAD" : "ok");
  if (v->set)
    buf_printf(out, ", %zu items, sha256 %s%s%s%s", v->set->n_items, v->set->sha256.text,
               v->known_by ? " (" : "", v->known_by ? v->known_by : "",
               v->known_by ? ")" : "");
  buf_add_char(out, '\n');
  for (size_t i = 0; i < v->n_findings; i++) {
    const struct finding *f = &v->findings[i];
    buf_add_cstr(out, f->counts ? "  " : "  note: ");
    if (f->line)
      buf_printf(out, "line %zu: ", f->line);
    buf_printf(out, "%.*s\n", STR_ARG(f->what));
  }
}

static void put_json(struct json_writer *w, const struct verdict_on_set *v)
{
  json_begin_object(w);
  json_member_string(w, "name", v->name);
  json_member_bool(w, "ok", !v->bad);
  json_member_int(w, "items", v->set ? (int64_t)v->set->n_items : 0);
  json_member_string(w, "sha256", v->set ? str_from(v->set->sha256.text) : STR_NONE);
  json_member_string(w, "known_by", str_from(v->known_by));
  json_put_key(w, "findings");
  json_begin_array(w);
  for (size_t i = 0; i < v->n_findings; i++) {
    json_begin_object(w);
    json_member_bool(w, "bad", v->findings[i].counts);
    json_member_int(w, "line", (int64_t)v->findings[i].line);
    json_member_string(w, "what", v->findings[i].what);
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
}

static void put(struct verifying *verifying, struct verdict_on_set *v)
{
  if (verifying->call->call->json)
    put_json(&verifying->json, v);
  else
    put_text(&verifying->out, v);
  verifying->n_sets++;
  verifying->n_bad += v->bad;
  free(v->findings);
}

/* ---- what there is to verify ---- */

static void note_error(struct verdict_on_set *v, struct arena *arena,
                       const struct err *err)
{
  find(v, 0, true, arena_str(arena, str_from(err->msg)));
}

static int verify_source(struct verifying *verifying, const struct suite *suite,
                         const struct suite_source *source, struct err *err)
{
  struct arena arena = { 0 };
  struct item_set set;
  struct err found = { 0 };
  const char *path = tasks_path(&arena, verifying->call->data_dir, source->file);
  struct verdict_on_set v = { .name = str_from(path) };
  int rc = 0;
  if (str_present(source->sha256))
    v.known_by = "pin";
  else if (lock_find(&verifying->lock, source->file))
    v.known_by = "lock";
  else
    find(&v, 0, false, STR("its hash is not known yet; 'tasks fetch' records it"));
  if (item_set_load(&set, &arena, suite, path, &found) < 0) {
    note_error(&v, &arena, &found);
  } else {
    v.set = &set;
    if (lock_check(&verifying->lock, source, &set.sha256, &found) < 0)
      note_error(&v, &arena, &found);
    rc = check_items(&v, suite, source->n_items, &arena, err);
  }
  put(verifying, &v);
  arena_release(&arena);
  return rc;
}

static int verify_builtin(struct verifying *verifying, const struct suite *suite,
                          const struct suite_split *split, struct err *err)
{
  struct arena arena = { 0 };
  struct dataset dataset;
  struct err found = { 0 };
  struct dataset_opts opts = { .data = DATASET_BUILTIN,
                               .split = arena_cstr(&arena, split->name) };
  struct verdict_on_set v = { .name = arena_printf(&arena, "built-in %.*s v%d, %.*s",
                                                   STR_ARG(suite->builtin.generator),
                                                   suite->builtin.version,
                                                   STR_ARG(split->name)) };
  int rc = 0;
  if (str_present(split->sha256))
    v.known_by = "pin";
  if (dataset_load(&dataset, &arena, suite, &opts, &found) < 0) {
    note_error(&v, &arena, &found);
  } else {
    v.set = dataset.items;
    rc = check_items(&v, suite, split->n_items, &arena, err);
  }
  put(verifying, &v);
  arena_release(&arena);
  return rc;
}

static int verify_suite(struct verifying *verifying, const struct suite *suite,
                        struct err *err)
{
  struct tasks_call *call = verifying->call;
  for (size_t i = 0; i < suite->n_sources; i++) {
    const struct suite_source *source = &suite->sources[i];
    if (tasks_wants_split(call, source->split) &&
        fs_exists(tasks_path(call->call->arena, call->data_dir, source->file)) &&
        verify_source(verifying, suite, source, err) < 0)
      return -1;
  }
  for (size_t i = 0; i < suite->builtin.n_splits; i++) {
    const struct suite_split *split = &suite->builtin.splits[i];
    if (tasks_wants_split(call, split->name) &&
        verify_builtin(verifying, suite, split, err) < 0)
      return -1;
  }
  return 0;
}

int tasks_verify(struct tasks_call *call, struct err *err)
{
  struct verifying verifying = { .call = call };
  bool json = call->call->json;
  int rc = 0;
  if (lock_load(&verifying.lock, call->call->arena, call->data_dir, err) < 0)
    return -1;
  buf_init(&verifying.out, BUF_CAP_OWN);
  json_writer_init(&verifying.json, &verifying.out, JSON_INDENT2);
  if (json)
    json_begin_array(&verifying.json);
  for (size_t i = 0; i < call->n_suites && rc == 0; i++)
    rc = verify_suite(&verifying, call->suites[i], err);
  if (json) {
    json_end_array(&verifying.json);
    buf_add_char(&verifying.out, '\n');
  }
  if (rc == 0)
    rc = cli_print(&verifying.out, err);
  buf_release(&verifying.out);
  if (rc == 0 && verifying.n_sets == 0)
    return err_set(err, ERR_USAGE,
                   "no suite has a split '%s'; 'oreo-bench tasks list' shows "
                   "what there is",
                   call->settings->split);
  if (rc == 0 && verifying.n_bad)
    return err_set(err, ERR_DATA, "%zu of %zu sets of items are bad; see above",
                   verifying.n_bad, verifying.n_sets);
  return rc;
}
