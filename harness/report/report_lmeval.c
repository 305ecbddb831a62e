/* report_lmeval.c - lm-eval's own two files, so that whatever reads those reads ours:
 * <dir>/<model>/results_<time>.json and samples_<suite>_<time>.jsonl. */
#include "base/fs.h"
#include "report/lmeval_file.h"

/* ---- names ---- */

/* lm-eval's names of the filters that are grading profiles here. */
static const struct {
  const char *profile, *filter;
} filters[] = {
  { "lm-eval/gsm8k-strict", "strict-match" },
  { "lm-eval/gsm8k-flexible", "flexible-extract" },
  { "lm-eval/minerva", "none" },
};

/* "robust" of "robust@1". */
static const char *filter_name(struct arena *arena, struct str grader)
{
  ptrdiff_t at = str_find_last(grader, STR("@"));
  struct str profile = at < 0 ? grader : str_slice(grader, 0, (size_t)at);
  for (size_t i = 0; i < COUNT(filters); i++)
    if (str_equal(profile, str_from(filters[i].profile)))
      return filters[i].filter;
  return arena_cstr(arena, profile);
}

/* As lm-eval: each run of characters that no file system likes becomes "__". */
static struct str safe_name(struct arena *arena, struct str name)
{
  struct buf out;
  bool bad_before = false;
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; i < name.len && out.len < 200; i++) {
    char c = name.ptr[i];
    bool bad = (unsigned char)c < 0x20 || strchr("\"<>:/|\\?*[]", c) != NULL;
    if (bad && !bad_before)
      buf_add(&out, STR("__"));
    if (!bad)
      buf_add_char(&out, c);
    bad_before = bad;
  }
  /* "", "." and ".." are no names of a folder of ours */
  if (out.len == 0 || out.ptr[0] == '.') {
    struct str rest = arena_str(arena, buf_str(&out));
    buf_reset(&out);
    buf_printf(&out, "_%.*s", STR_ARG(rest));
  }
  struct str safe = arena_str(arena, buf_str(&out));
  buf_release(&out);
  return safe;
}

/* The folder of a model; two labels that only differ in bad characters get two. */
static struct str model_folder(struct lmeval_writer *w, size_t model)
{
  const struct manifest *manifest = w->report->manifest;
  struct str name = safe_name(&w->arena, manifest->models[model].label);
  for (size_t m = 0; m < model; m++)
    if (str_equal(safe_name(&w->arena, manifest->models[m].label), name))
      return arena_printf(&w->arena, "%.*s__%zu", STR_ARG(name), model + 1);
  return name;
}

/* ---- files ---- */

static int save(struct str dir, const char *name, const struct buf *out, struct err *err)
{
  struct buf path;
  buf_init(&path, BUF_CAP_OWN);
  fs_join(&path, dir.ptr, name);
  int rc = buf_failed(out) ? err_set(err, ERR_DATA,
                                     "cannot write '%s': it would be larger than 1 GiB; "
                                     "report on fewer samples at once",
                                     path.ptr)
                           : fs_write(path.ptr, buf_str(out), err);
  buf_release(&path);
  return rc;
}

static int write_model(struct lmeval_writer *w, const char *dir, struct err *err)
{
  struct str folder = model_folder(w, w->model);
  struct str path = arena_printf(&w->arena, "%s/%.*s", dir, STR_ARG(folder));
  struct buf out;
  int rc = fs_make_dir(path.ptr, err);
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; i < w->n_suites && rc == 0; i++) {
    buf_reset(&out);
    lmeval_put_samples(w, &out, i);
    struct str name = w->suites[i].suite->suite->name;
    rc = save(path,
              arena_printf(&w->arena, "samples_%.*s_%s.jsonl",
                           STR_ARG(safe_name(&w->arena, name)), w->time)
                  .ptr,
              &out, err);
  }
  if (rc == 0) {
    buf_reset(&out);
    lmeval_put_results(w, &out, folder);
    rc = save(path, arena_printf(&w->arena, "results_%s.json", w->time).ptr, &out, err);
  }
  buf_release(&out);
  return rc;
}

static const struct item *item_of(const struct item_set *set, const struct table_row *row)
{
  for (size_t i = 0; i < set->n_items; i++) {
    const struct item *item = &set->items[(row->index + i) % set->n_items];
    if (str_equal(item->id, row->id))
      return item;
  }
  return NULL;
}

static void add_suite(struct lmeval_writer *w, const struct suite_report *suite)
{
  const struct table *table = suite->table;
  struct lmeval_suite *out = &w->suites[w->n_suites++];
  struct str style = suite->suite->prompt_style;
  out->suite = suite;
  out->filter = filter_name(&w->arena, suite->suite->grader);
  if (str_starts(style, STR("lm-eval ")))
    out->task = lmeval_task_find(str_slice(style, sizeof "lm-eval " - 1, style.len));
  out->items = ARENA_NEW(&w->arena, const struct item *, table->n_rows + 1);
  for (size_t row = 0; row < table->n_rows; row++)
    out->items[row] = item_of(suite->items, &table->rows[row]);
}

int report_write_lmeval(const char *dir, const struct report *report, struct err *err)
{
  struct lmeval_writer w = { .report = report };
  size_t most_rows = 0;
  int rc = 0;
  clock_format_file(report->manifest->started_us, w.time);
  w.suites = ARENA_NEW(&w.arena, struct lmeval_suite, report->n_suites + 1);
  w.task_hash = ARENA_NEW(&w.arena, struct sha256_hex, report->n_suites + 1);
  for (size_t s = 0; s < report->n_suites; s++) {
    if (report->suites[s].items)
      add_suite(&w, &report->suites[s]);
    if (report->suites[s].n_items > most_rows)
      most_rows = report->suites[s].n_items;
  }
  w.values = ARENA_NEW(&w.arena, double, most_rows + 1);
  for (w.model = 0; w.n_suites && w.model < report->manifest->n_models && rc == 0;
       w.model++)
    rc = write_model(&w, dir, err);
  arena_release(&w.arena);
  return rc;
}
