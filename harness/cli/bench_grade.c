/* Answers graded a second on one core, the worst case, and memory. */
#include <sys/resource.h>

#include "base/clock.h"
#include "cli/bench.h"
#include "grade/grader.h"
#include "run/dataset.h"
#include "task/recorded.h"

enum { HOSTILE_REPEATS = 5 };

struct question {
  struct str gold, response;
};

struct questions {
  struct question *at;
  size_t n;
  struct str from; /* where they come from, for the note */
};

static int load_items(struct questions *q, const char *name, const char *path,
                      struct arena *arena, struct err *err)
{
  struct suite *suite;
  struct dataset dataset;
  const struct dataset_opts opts = { .data = path ? path : DATASET_BUILTIN };
  if (suite_find(&suite, arena, str_from(name), err) < 0 ||
      dataset_load(&dataset, arena, suite, &opts, err) < 0)
    return -1;
  const struct item_set *set = dataset.items;
  q->at = ARENA_NEW(arena, struct question, set->n_items);
  q->from = arena_printf(arena, "worked solutions of %.*s", STR_ARG(set->source));
  for (size_t i = 0; i < set->n_items; i++) {
    if (str_present(set->items[i].solution))
      q->at[q->n++] = (struct question){ set->items[i].gold, set->items[i].solution };
  }
  return 0;
}

/* Every model of a file of recorded answers. */
static int load_recorded(struct questions *q, const char *path, struct arena *arena,
                         struct err *err)
{
  struct recorded_file file = { 0 };
  struct err no_field = { 0 };
  const struct str none = STR_NONE;
  size_t capacity = 0, n_fields = 1;
  struct str *fields = NULL;
  if (recorded_load(&file, arena, path, STR_NONE, &no_field) < 0) {
    if (!file.n_fields)
      return err_set(err, no_field.code, "%s", no_field.msg);
    fields = file.fields;
    n_fields = file.n_fields;
  }
  for (size_t f = 0; f < n_fields; f++) {
    if (recorded_load(&file, arena, path, fields ? fields[f] : none, err) < 0)
      return -1;
    struct question *all = ARENA_NEW(arena, struct question, capacity + file.n_answers);
    if (q->n)
      memcpy(all, q->at, q->n * sizeof *all);
    q->at = all;
    capacity += file.n_answers;
    for (size_t i = 0; i < file.n_answers; i++) {
      if (str_present(file.answers[i].gold))
        q->at[q->n++] =
            (struct question){ file.answers[i].gold, file.answers[i].response };
    }
  }
  q->from = arena_printf(arena, "%s", path);
  return q->n ? 0 : err_set(err, ERR_DATA, "'%s' has no answer with a gold", path);
}

static double measure(struct grader *grader, const struct questions *q, double seconds)
{
  double best = 0;
  for (int round = 0; round < 3; round++) {
    int64_t start = clock_monotonic_ns(), now = start;
    size_t n = 0;
    while (now - start < (int64_t)(seconds * 1e9 / 3)) {
      for (size_t i = 0; i < q->n; i++)
        grader_grade(grader, q->at[i].gold, q->at[i].response, GRADE_RESPONSE,
                     FINISH_UNKNOWN);
      n += q->n;
      now = clock_monotonic_ns();
    }
    double rate = (double)n / ((double)(now - start) / 1e9);
    best = rate > best ? rate : best;
  }
  return best;
}

static size_t peak_kib(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (size_t)usage.ru_maxrss;
}

static void measure_suite(struct bench_result *result, struct grader *grader,
                          const struct questions *q, const char *name, double seconds,
                          struct arena *arena)
{
  for (size_t i = 0; i < q->n; i++) /* memory settles in the first pass */
    grader_grade(grader, q->at[i].gold, q->at[i].response, GRADE_RESPONSE,
                 FINISH_UNKNOWN);
  size_t before = peak_kib();
  double rate = measure(grader, q, seconds);
  struct str note = arena_printf(arena, "%zu answers, %.*s", q->n, STR_ARG(q->from));
  bench_add(result, name, rate, "answers/s", note);
  bench_add(result, "memory that grew meanwhile", (double)(peak_kib() - before), "KiB",
            STR(""));
}

static void measure_hostile(struct bench_result *result, struct grader *grader,
                            struct arena *arena)
{
  struct arena scratch = { 0 };
  struct hostile h;
  double worst = 0;
  const char *worst_name = "";
  for (size_t i = 0; bench_hostile_at(i, &scratch, &h); i++) {
    double least = 1e9;
    for (int k = 0; k < HOSTILE_REPEATS; k++) {
      int64_t start = clock_monotonic_ns();
      grader_grade(grader, str_from(h.gold), h.response,
                   h.bare ? GRADE_BARE : GRADE_RESPONSE, FINISH_UNKNOWN);
      double ms = (double)(clock_monotonic_ns() - start) / 1e6;
      least = ms < least ? ms : least;
    }
    if (least > worst) {
      worst = least;
      worst_name = h.name;
    }
    if (least > 0.5)
      bench_add(result, h.name, least, "ms", STR("hostile input"));
    arena_reset(&scratch);
  }
  arena_release(&scratch);
  bench_add(result, "worst case", worst, "ms", arena_printf(arena, "%s", worst_name));
}

int bench_grade(struct bench_result *result, struct command_call *call, struct err *err)
{
  const struct bench_settings *settings = call->settings;
  struct questions gsm8k = { 0 }, math = { 0 };
  int rc = settings->gsm8k ? load_recorded(&gsm8k, settings->gsm8k, call->arena, err)
                           : load_items(&gsm8k, "gsm8k", NULL, call->arena, err);
  if (rc < 0 || load_items(&math, "math", settings->math, call->arena, err) < 0)
    return -1;
  const struct grader_opts numbers = { .answers = GRADE_NUMBERS };
  const struct grader_opts anything = { .answers = GRADE_ANYTHING };
  struct grader *grader = grader_create(&numbers, err);
  if (!grader)
    return -1;
  measure_suite(result, grader, &gsm8k, "gsm8k", settings->seconds, call->arena);
  grader_free(grader);
  grader = grader_create(&anything, err);
  if (!grader)
    return -1;
  measure_suite(result, grader, &math, "math", settings->seconds, call->arena);
  measure_hostile(result, grader, call->arena);
  bench_add(result, "memory in all", (double)peak_kib(), "KiB", STR(""));
  grader_free(grader);
  return 0;
}
