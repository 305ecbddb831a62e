/* Files of answers and their golds: from the file itself, or from a suite's items. */
#include "base/log.h"
#include "cli/grade.h"
#include "policy/join.h"
#include "run/dataset.h"

enum { PROBLEMS_SHOWN = 5, MAX_FILES = 256 };

struct grader *grade_open(const struct grade_files *files, const char *profile,
                          struct err *err)
{
  const struct grader_opts opts = { .profile = str_from(profile),
                                    .answers = files->answers,
                                    .answer_pattern = files->answer_pattern };
  return grader_create(&opts, err);
}

static void note_problems(const struct recorded_file *file, const char *name)
{
  for (size_t i = 0; i < file->n_problems && i < PROBLEMS_SHOWN; i++)
    log_warn("%s:%zu: %.*s", name, file->problems[i].line,
             STR_ARG(file->problems[i].what));
  if (file->n_problems > PROBLEMS_SHOWN)
    log_warn("%s: %zu more rows cannot be used", name, file->n_problems - PROBLEMS_SHOWN);
}

/* lm-eval writes each response once for every filter: the first filter's rows are all. */
static bool is_repeated(const struct recorded_file *file, const struct recorded_answer *a)
{
  return str_present(a->filter) && !str_equal(a->filter, file->answers[0].filter);
}

static int fill_rows(struct grade_file *file, const struct join *join,
                     struct arena *arena, struct err *err)
{
  struct arena scratch = { 0 };
  const struct recorded_file *recorded = &file->recorded;
  file->rows = ARENA_NEW(arena, struct grade_row, recorded->n_answers + 1);
  for (size_t i = 0; i < recorded->n_answers; i++) {
    const struct recorded_answer *a = &recorded->answers[i];
    if (is_repeated(recorded, a))
      continue;
    arena_reset(&scratch);
    const struct item *item = join ? join_find(join, a, &scratch) : NULL;
    struct str gold = item ? item->gold : a->gold;
    if (join && !item) {
      file->n_unjoined++;
      continue;
    }
    if (!str_present(gold)) {
      arena_release(&scratch);
      return err_set(err, ERR_DATA,
                     "'%s' line %zu has no gold answer; give the items with "
                     "--suite NAME --data FILE",
                     file->name, a->line);
    }
    struct str id = item ? item->id : arena_printf(arena, "line %zu", a->line);
    file->rows[file->n_rows++] = (struct grade_row){ a, gold, id };
  }
  arena_release(&scratch);
  if (file->n_unjoined)
    log_warn("%s: %zu of %zu answers belong to no item of the data and are left out",
             file->name, file->n_unjoined, recorded->n_answers);
  if (!file->n_rows)
    return err_set(err, ERR_DATA, "no answer of '%s' can be graded", file->name);
  return 0;
}

/* What has been loaded so far. */
struct loading {
  struct grade_files *files;
  const struct join *join;
  struct arena *arena;
};

static int add_file(struct loading *loading, const char *name,
                    const struct recorded_file *recorded, struct err *err)
{
  struct grade_files *files = loading->files;
  if (files->n == MAX_FILES)
    return err_set(err, ERR_USAGE, "more than %d files of answers", MAX_FILES);
  struct grade_file *file = &files->at[files->n++];
  file->name = name;
  file->recorded = *recorded;
  note_problems(&file->recorded, name);
  return fill_rows(file, loading->join, loading->arena, err);
}

/* A file of several models' answers, none of them named: all of them. */
static int add_models(struct loading *loading, const char *path,
                      const struct recorded_file *first, struct err *err)
{
  struct recorded_file recorded;
  for (size_t i = 0; i < first->n_fields; i++) {
    struct str name =
        arena_printf(loading->arena, "%s#%.*s", path, STR_ARG(first->fields[i]));
    if (recorded_load(&recorded, loading->arena, path, first->fields[i], err) < 0 ||
        add_file(loading, name.ptr, &recorded, err) < 0)
      return -1;
  }
  return 0;
}

/* "FILE#FIELD" names one of the models of a file. */
static int load_one(struct loading *loading, const char *name, struct err *err)
{
  struct recorded_file recorded = { 0 };
  struct err failed = { 0 };
  struct str spec = str_from(name), field = STR_NONE;
  ptrdiff_t hash = str_find_last(spec, STR("#"));
  if (hash > 0) {
    field = str_slice(spec, (size_t)hash + 1, spec.len);
    spec = str_slice(spec, 0, (size_t)hash);
  }
  const char *path = arena_cstr(loading->arena, spec);
  if (recorded_load(&recorded, loading->arena, path, field, &failed) == 0)
    return add_file(loading, name, &recorded, err);
  if (failed.code == ERR_USAGE && !str_present(field) && recorded.n_fields)
    return add_models(loading, path, &recorded, err);
  return err_set(err, failed.code, "%s", failed.msg);
}

static int load_items(struct grade_files *files, struct dataset *dataset,
                      struct command_call *call, struct err *err)
{
  const struct grade_settings *settings = call->settings;
  struct suite *suite;
  if (!settings->suite && (settings->data || settings->split))
    return err_set(err, ERR_USAGE,
                   "--data and --split need --suite NAME, which says how "
                   "the items are read");
  if (!settings->suite)
    return 0;
  const struct dataset_opts opts = { .data = settings->data, .split = settings->split };
  if (suite_find(&suite, call->arena, str_from(settings->suite), err) < 0 ||
      dataset_load(dataset, call->arena, suite, &opts, err) < 0)
    return -1;
  files->answers = suite->answer_kind == ANSWER_NUMBER ? GRADE_NUMBERS : GRADE_ANYTHING;
  files->answer_pattern = suite->answer_pattern;
  files->items = dataset_line(dataset, call->arena);
  log_note("%.*s", STR_ARG(files->items));
  return 0;
}

static int choose_answers(struct grade_files *files, const char *answers, struct err *err)
{
  if (!answers)
    return 0;
  if (strcmp(answers, "number") != 0 && strcmp(answers, "anything") != 0)
    return err_set(err, ERR_USAGE, "--answers '%s' is neither 'number' nor 'anything'",
                   answers);
  files->answers = answers[0] == 'n' ? GRADE_NUMBERS : GRADE_ANYTHING;
  return 0;
}

int grade_files_load(struct grade_files *files, struct command_call *call,
                     struct err *err)
{
  const struct grade_settings *settings = call->settings;
  struct dataset dataset = { 0 };
  *files = (struct grade_files){ .answers = GRADE_ANYTHING };
  if (load_items(files, &dataset, call, err) < 0 ||
      choose_answers(files, settings->answers, err) < 0)
    return -1;
  struct join *join = dataset.items ? join_open(call->arena, dataset.items) : NULL;
  struct loading loading = { files, join, call->arena };
  files->at = ARENA_NEW(call->arena, struct grade_file, MAX_FILES);
  int rc = 0;
  for (size_t i = 0; i < call->arguments.count && rc == 0; i++)
    rc = load_one(&loading, call->arguments.at[i], err);
  if (join)
    join_close(join);
  return rc;
}
