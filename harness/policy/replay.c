/* replay.c - "replay:FILE[#field]": answers that some model gave earlier. */
#include <limits.h>

#include "base/fs.h"
#include "policy/join.h"
#include "policy/kind.h"

struct replay_state {
  const struct item_set *set;
  struct recorded_file file;
  /* the answers of item i are file.answers[order[first[i]]] .. [first[i + 1] - 1] */
  size_t *first, *order;
};

/* ---- what FILE#field means ---- */

/* A '#' may stand in a file name: what exists as a whole is the file. */
static void split_spec(struct arena *arena, struct str rest, const char **path,
                       struct str *field)
{
  *path = arena_cstr(arena, rest);
  *field = STR_NONE;
  ptrdiff_t hash = str_find_last(rest, STR("#"));
  if (hash < 0 || fs_exists(*path))
    return;
  *path = arena_cstr(arena, str_slice(rest, 0, (size_t)hash));
  *field = arena_str(arena, str_slice(rest, (size_t)hash + 1, rest.len));
}

static struct str without_extension(struct str name)
{
  static const char *const extensions[] = { ".jsonl", ".json" };
  for (size_t i = 0; i < COUNT(extensions); i++)
    if (str_ends(name, str_from(extensions[i])))
      return str_slice(name, 0, name.len - strlen(extensions[i]));
  return name;
}

/* The name of the folder that `path` is in; absent when the path does not say. */
static struct str parent_name(const char *path)
{
  size_t end = (size_t)(fs_basename(path) - path);
  while (end && path[end - 1] == '/')
    end--;
  size_t start = end;
  while (start && path[start - 1] != '/')
    start--;
  struct str name = { path + start, end - start };
  bool useful = name.len && !str_equal(name, STR(".")) && !str_equal(name, STR(".."));
  return useful ? name : STR_NONE;
}

/* The field where it names a model; for files whose tools give all of them one name,
 * their folder; else the file's own name. */
static struct str make_label(struct arena *arena, const struct recorded_file *file,
                             const char *path, struct str field)
{
  bool of_models = file->format == RECORDED_OPENAI || file->format == RECORDED_JOURNAL;
  if (str_present(field) && of_models)
    return arena_str(arena, field);
  bool named_by_folder =
      file->format == RECORDED_LM_EVAL || file->format == RECORDED_JOURNAL;
  struct str folder = parent_name(path);
  if (named_by_folder && str_present(folder))
    return arena_str(arena, folder);
  return arena_str(arena, without_extension(str_from(fs_basename(path))));
}

/* ---- joining ---- */

/* lm-eval writes a row for each of a task's filters, with the same response: one filter's
 * rows are all of it. A journal may hold other suites as well. */
static bool is_beside(const struct replay_state *state,
                      const struct recorded_answer *answer)
{
  if (state->file.format == RECORDED_LM_EVAL)
    return !str_equal(answer->filter, state->file.answers[0].filter);
  return str_present(answer->suite) && !str_equal(answer->suite, state->set->suite->name);
}

struct join_counts {
  size_t n_used, n_unmatched, first_unmatched_line;
};

/* Item index of each answer, or SIZE_MAX. */
static size_t *find_items(struct replay_state *state, struct arena *arena,
                          struct join_counts *counts)
{
  const struct recorded_file *file = &state->file;
  size_t *owner = ARENA_NEW(arena, size_t, file->n_answers + 1);
  struct arena scratch = { 0 };
  struct join *join = join_open(arena, state->set);
  for (size_t i = 0; i < file->n_answers; i++) {
    const struct recorded_answer *answer = &file->answers[i];
    owner[i] = SIZE_MAX;
    if (is_beside(state, answer))
      continue;
    const struct item *item = join_find(join, answer, &scratch);
    arena_reset(&scratch);
    if (item) {
      owner[i] = (size_t)(item - state->set->items);
      counts->n_used++;
    } else if (counts->n_unmatched++ == 0) {
      counts->first_unmatched_line = answer->line;
    }
  }
  join_close(join);
  arena_release(&scratch);
  return owner;
}

/* Answers of one item in the order of their sample numbers, then of the file: an
 * insertion sort, since files are in that order nearly always. */
static void sort_samples(const struct replay_state *state, size_t from, size_t to)
{
  const struct recorded_answer *answers = state->file.answers;
  for (size_t i = from + 1; i < to; i++) {
    size_t moved = state->order[i], at = i;
    for (; at > from && answers[state->order[at - 1]].sample > answers[moved].sample;
         at--)
      state->order[at] = state->order[at - 1];
    state->order[at] = moved;
  }
}

/* Turns "answer -> item" into "item -> its answers". Returns the most that any has. */
static size_t group_by_item(struct replay_state *state, struct arena *arena,
                            const size_t *owner)
{
  size_t n_items = state->set->n_items, most = 0;
  size_t *fill = ARENA_NEW(arena, size_t, n_items + 1);
  state->first = ARENA_NEW(arena, size_t, n_items + 1);
  state->order = ARENA_NEW(arena, size_t, state->file.n_answers + 1);
  for (size_t i = 0; i < state->file.n_answers; i++)
    if (owner[i] != SIZE_MAX)
      state->first[owner[i] + 1]++;
  for (size_t i = 0; i < n_items; i++) {
    if (state->first[i + 1] > most)
      most = state->first[i + 1];
    state->first[i + 1] += state->first[i];
    fill[i] = state->first[i];
  }
  for (size_t i = 0; i < state->file.n_answers; i++)
    if (owner[i] != SIZE_MAX)
      state->order[fill[owner[i]]++] = i;
  for (size_t i = 0; i < n_items; i++)
    sort_samples(state, state->first[i], state->first[i + 1]);
  return most;
}

/* ---- what a reader should know ---- */

enum { PROBLEMS_SHOWN = 3 };

static size_t count_unanswered(const struct replay_state *state)
{
  size_t n = 0;
  for (size_t i = 0; i < state->set->n_items; i++)
    n += state->first[i] == state->first[i + 1];
  return n;
}

static void warn_about(struct policy *policy, const struct replay_state *state,
                       const struct join_counts *counts)
{
  const struct recorded_file *file = &state->file;
  const struct item_set *set = state->set;
  struct str path = file->path;
  for (size_t i = 0; i < file->n_problems && i < PROBLEMS_SHOWN; i++)
    policy_warn(policy, "%.*s:%zu: %.*s", STR_ARG(path), file->problems[i].line,
                STR_ARG(str_slice(file->problems[i].what, 0, 300)));
  if (file->n_problems > PROBLEMS_SHOWN)
    policy_warn(policy, "%.*s: %zu rows in all could not be used", STR_ARG(path),
                file->n_problems);
  if (counts->n_unmatched)
    policy_warn(policy,
                "%.*s: %zu of %zu recorded answers match no item of '%.*s', the first on "
                "line %zu",
                STR_ARG(path), counts->n_unmatched, counts->n_unmatched + counts->n_used,
                STR_ARG(set->source), counts->first_unmatched_line);
  size_t n_without = count_unanswered(state);
  if (n_without)
    policy_warn(policy, "%.*s: %zu of %zu items of '%.*s' have no recorded answer",
                STR_ARG(path), n_without, set->n_items, STR_ARG(set->source));
}

/* ---- the policy ---- */

static int replay_open(struct policy *policy, struct str rest,
                       const struct policy_opts *opts, struct err *err)
{
  const struct item_set *set = opts->set;
  struct arena *arena = &policy->arena;
  struct replay_state *state = ARENA_NEW(arena, struct replay_state, 1);
  struct join_counts counts = { 0 };
  const char *path;
  struct str field;
  if (!rest.len)
    return err_set(err, ERR_USAGE, "no file is named; write %s", policy_replay.form);
  split_spec(arena, rest, &path, &field);
  if (recorded_load(&state->file, arena, path, field, err) < 0)
    return -1;
  state->set = set;
  size_t most = group_by_item(state, arena, find_items(state, arena, &counts));
  if (!counts.n_used)
    return err_set(err, ERR_DATA,
                   "'%s' (%s, %zu answers) answers none of the %zu items of '%.*s'; give "
                   "the data that it was made from with --data FILE",
                   path, recorded_format_name(state->file.format), state->file.n_answers,
                   set->n_items, STR_ARG(set->source));
  policy->label = make_label(arena, &state->file, path, field);
  policy->sha256 = str_from(state->file.sha256.text);
  policy->max_samples = most > INT_MAX ? INT_MAX : (int)most;
  policy->state = state;
  warn_about(policy, state, &counts);
  return 0;
}

static struct reply replay_reply(struct policy *policy, const struct ask *ask, int sample,
                                 struct arena *arena)
{
  const struct replay_state *state = policy->state;
  size_t i = (size_t)(ask->item - state->set->items);
  size_t n = state->first[i + 1] - state->first[i];
  struct reply reply = reply_empty();
  if ((size_t)sample >= n) {
    reply.failed = true;
    reply.what = n ? arena_printf(arena, "the recording has %zu answers to this item", n)
                   : STR("the recording has no answer to this item");
    return reply;
  }
  const struct recorded_answer *answer =
      &state->file.answers[state->order[state->first[i] + (size_t)sample]];
  reply.response = answer->response;
  reply.finish = answer->finish;
  reply.label = answer->label;
  reply.value = answer->value;
  return reply;
}

const struct policy_kind policy_replay = {
  .name = "replay",
  .form = "replay:FILE[#field]",
  .open = replay_open,
  .reply = replay_reply,
};
