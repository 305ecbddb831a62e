#include "run/dataset.h"

#include "base/env.h"
#include "base/fs.h"
#include "gen/gen.h"
#include "task/lock.h"

/* ---- our own items ---- */

static const struct suite_split *builtin_split(const struct suite *suite,
                                               const char *name)
{
  for (size_t i = 0; i < suite->builtin.n_splits; i++)
    if (str_equal(suite->builtin.splits[i].name, str_from(name)))
      return &suite->builtin.splits[i];
  return NULL;
}

/* The generator is part of the program, so other bytes than the frozen ones mean a wrong
 * build: results from them would compare with nobody's. */
static int check_frozen(const struct item_set *set, const struct suite_split *split,
                        struct err *err)
{
  if (!split->sha256.len || str_equal(split->sha256, str_from(set->sha256.text)))
    return 0;
  return err_set(
      err, ERR_DATA,
      "the built-in split '%.*s' has sha256 %.12s..., frozen is %.12s...; this "
      "program was not built from a release",
      STR_ARG(split->name), set->sha256.text, split->sha256.ptr);
}

static int load_builtin(struct item_set *set, struct arena *arena,
                        const struct suite *suite, const char *name, struct err *err)
{
  const struct suite_builtin *builtin = &suite->builtin;
  const struct generator *generator = generator_find(builtin->generator);
  const struct suite_split *split = builtin_split(suite, name);
  if (!generator)
    return err_set(err, ERR_USAGE,
                   "suite '%.*s' has no built-in items; give the publisher's with --data "
                   "FILE, or 'oreo-bench tasks fetch %.*s'",
                   STR_ARG(suite->name), STR_ARG(suite->name));
  if (!split)
    return err_set(
        err, ERR_USAGE,
        "suite '%.*s' has no split '%s'; 'oreo-bench tasks show %.*s' lists them",
        STR_ARG(suite->name), name, STR_ARG(suite->name));
  struct buf bytes;
  buf_init(&bytes, BUF_CAP_OWN);
  generator_write(generator, name, split->n_items, &bytes);
  struct str source =
      arena_printf(arena, "built-in %s v%d", generator->name, generator->version);
  int rc = item_set_parse(set, arena, suite, buf_str(&bytes), source, split->name, err);
  buf_release(&bytes);
  if (rc < 0)
    return -1;
  set->builtin = true;
  return check_frozen(set, split, err);
}

/* ---- the publisher's ---- */

static const char *data_folder(void)
{
  const char *dir = env_get(ENV_DATA_DIR);
  return dir ? dir : "data";
}

static const struct suite_source *source_of_split(const struct suite *suite,
                                                  const char *name)
{
  for (size_t i = 0; i < suite->n_sources; i++)
    if (str_equal(suite->sources[i].split, str_from(name)))
      return &suite->sources[i];
  return NULL;
}

/* Where `tasks fetch` puts the file of that split; absent when it has not been fetched.
 */
static struct str fetched_path(struct arena *arena, const struct suite_source *source)
{
  if (!source)
    return STR_NONE;
  struct str path = arena_printf(arena, "%s/%.*s", data_folder(), STR_ARG(source->file));
  return fs_exists(path.ptr) ? path : STR_NONE;
}

static int load_fetched(struct item_set *set, struct arena *arena,
                        const struct suite *suite, const struct suite_source *source,
                        struct str path, struct err *err)
{
  struct lock lock;
  if (item_set_load(set, arena, suite, path.ptr, err) < 0 ||
      lock_load(&lock, arena, data_folder(), err) < 0 ||
      lock_check(&lock, source, &set->sha256, err) < 0)
    return -1;
  set->split = source->split;
  return 0;
}

static int load_given(struct item_set *set, struct arena *arena,
                      const struct suite *suite, const char *path, struct err *err)
{
  if (strcmp(path, "-") == 0)
    return err_set(
        err, ERR_USAGE,
        "--data: items cannot come from standard input, since the run must find "
        "them again; give a file");
  if (item_set_load(set, arena, suite, path, err) == 0)
    return 0;
  if (err->code == ERR_ENV && !fs_exists(path))
    return err_set(err, ERR_ENV,
                   "cannot open '%s': no such file; give the suite's items with --data "
                   "FILE, or leave it out for the fetched or built-in ones",
                   path);
  return -1;
}

/* ---- choosing ---- */

static int load_items(struct dataset *dataset, struct arena *arena,
                      const struct suite *suite, const struct dataset_opts *opts,
                      struct err *err)
{
  const char *split = opts->split ? opts->split : "test";
  if (opts->data && strcmp(opts->data, DATASET_BUILTIN) != 0) {
    dataset->path = arena_str(arena, str_from(opts->data));
    return load_given(dataset->items, arena, suite, opts->data, err);
  }
  const struct suite_source *source = source_of_split(suite, split);
  if (!opts->data) {
    dataset->path = fetched_path(arena, source);
    if (str_present(dataset->path))
      return load_fetched(dataset->items, arena, suite, source, dataset->path, err);
  }
  if (source && !builtin_split(suite, split))
    return err_set(err, ERR_ENV,
                   "split '%s' of suite '%.*s' is not in '%s'; 'oreo-bench tasks fetch "
                   "%.*s' gets it, or give the file with --data FILE",
                   split, STR_ARG(suite->name), data_folder(), STR_ARG(suite->name));
  return load_builtin(dataset->items, arena, suite, split, err);
}

/* Examples to draw from; that there are none is only an error where some are asked for,
 * and then task/prompt says so. */
static int load_fewshot(struct dataset *dataset, struct arena *arena,
                        const struct suite *suite, const struct dataset_opts *opts,
                        struct err *err)
{
  if (!opts->want_fewshot)
    return 0;
  dataset->fewshot = ARENA_NEW(arena, struct item_set, 1);
  if (opts->fewshot)
    return load_given(dataset->fewshot, arena, suite, opts->fewshot, err);
  if (dataset->items->builtin && builtin_split(suite, "dev"))
    return load_builtin(dataset->fewshot, arena, suite, "dev", err);
  const struct suite_source *train = source_of_split(suite, "train");
  struct str path = dataset->items->builtin ? STR_NONE : fetched_path(arena, train);
  if (str_present(path))
    return load_fetched(dataset->fewshot, arena, suite, train, path, err);
  dataset->fewshot = NULL;
  return 0;
}

int dataset_load(struct dataset *dataset, struct arena *arena, const struct suite *suite,
                 const struct dataset_opts *opts, struct err *err)
{
  *dataset = (struct dataset){ .items = ARENA_NEW(arena, struct item_set, 1) };
  if (load_items(dataset, arena, suite, opts, err) < 0)
    return -1;
  if (load_fewshot(dataset, arena, suite, opts, err) < 0)
    return err_wrap(err, "few-shot examples");
  return 0;
}

struct str dataset_line(const struct dataset *dataset, struct arena *arena)
{
  const struct item_set *set = dataset->items;
  return arena_printf(arena, "%.*s: %.*s, split %.*s, %zu items, sha256 %.12s",
                      STR_ARG(set->suite->name), STR_ARG(set->source),
                      STR_ARG(set->split), set->n_items, set->sha256.text);
}
