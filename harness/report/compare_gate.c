/* compare_gate.c - conditions on a comparison, for CI. */
#include <stdio.h>
#include <stdlib.h>

#include "report/compare.h"
#include "report/show.h"

static double difference(const struct comparison *c)
{
  return 100 * c->paired.difference;
}
static double low_end(const struct comparison *c)
{
  return 100 * c->paired.ci.low;
}
static double accuracy(const struct comparison *c)
{
  return 100 * c->score_b.accuracy;
}
static double broken(const struct comparison *c)
{
  return (double)c->paired.losses;
}

static const struct condition {
  const char *name, *what;
  bool at_most; /* else at least */
  double (*of)(const struct comparison *c);
} conditions[] = {
  { "min-diff", "difference in points", false, difference },
  { "min-low", "low end of the interval in points", false, low_end },
  { "min-accuracy", "accuracy of B in percent", false, accuracy },
  { "max-broken", "items newly broken", true, broken },
};

static const struct condition *find_condition(struct str name)
{
  for (size_t i = 0; i < COUNT(conditions); i++)
    if (str_equal(name, str_from(conditions[i].name)))
      return &conditions[i];
  return NULL;
}

static struct str gate_name(struct arena *arena, const char *text)
{
  return arena_printf(arena, "compare: %s", text);
}

/* A condition says nothing of runs that are not finished. */
static void fail_unfinished(struct report_gate *gate, struct arena *arena,
                            const struct comparisons *comparisons)
{
  if (!str_present(comparisons->unfinished))
    return;
  gate->passed = false;
  gate->message = arena_printf(arena, "unfinished: %.*s; so far: %.*s",
                               STR_ARG(comparisons->unfinished), STR_ARG(gate->message));
}

int compare_gate(struct report_gate *out, struct arena *arena, const char *text,
                 const struct comparisons *comparisons, struct err *err)
{
  struct str all = str_from(text);
  ptrdiff_t at = str_find_char(all, '=');
  const struct condition *condition =
      at < 0 ? NULL : find_condition(str_slice(all, 0, (size_t)at));
  char *end = NULL;
  double limit = condition ? strtod(text + at + 1, &end) : 0;
  if (!condition || end == text + at + 1 || *end)
    return err_set(err, ERR_USAGE,
                   "'%s' is no gate; write min-diff=X, min-low=X, "
                   "min-accuracy=X or max-broken=N",
                   text);
  bool passed = true;
  double worst = condition->of(&comparisons->list[0]);
  for (size_t i = 0; i < comparisons->n; i++) {
    double value = condition->of(&comparisons->list[i]);
    /* the last bit of 100 * (k / n) is no reason to fail a gate */
    double over = condition->at_most ? value - limit : limit - value;
    passed = passed && over <= 1e-9;
    if (condition->at_most ? value > worst : value < worst)
      worst = value;
  }
  *out = (struct report_gate){
    gate_name(arena, text),
    passed,
    arena_printf(arena, "%s is %.*f, must be %s %g", condition->what,
                 condition->of == broken ? 0 : 2, worst,
                 condition->at_most ? "at most" : "at least", limit),
  };
  fail_unfinished(out, arena, comparisons);
  return 0;
}

struct report_gate compare_gate_worse(struct arena *arena,
                                      const struct comparisons *comparisons)
{
  struct report_gate gate = { gate_name(arena, "B is not worse"), true,
                              STR("no suite where B is worse with p < 0.05") };
  for (size_t i = 0; i < comparisons->n && gate.passed; i++) {
    const struct comparison *c = &comparisons->list[i];
    if (c->p_holm >= 0.05 || c->paired.difference >= 0)
      continue;
    struct buf text;
    buf_init(&text, BUF_CAP_OWN);
    compare_write_sentence(&text, c);
    gate.passed = false;
    gate.message = arena_str(arena, buf_str(&text));
    buf_release(&text);
  }
  fail_unfinished(&gate, arena, comparisons);
  return gate;
}
