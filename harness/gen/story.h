/* story.h - one kind of word problem as data: what is drawn, what is told, the steps.
 *
 * A story is a row in one of the tables gsm8k_<topic>.c; to add one, add a row. A problem
 * is a story with its draws made (`struct scene`); its worked solution is told from the
 * same steps, by someone who makes no mistakes or by a simulated student (solve.h).
 *
 * draw: items separated by spaces, drawn in this order
 *   a=2..12        a whole number;  a=10..90/5 in steps of 5;  p=1.25..9.75/0.25
 *   a={2,4,5,8}    one of these
 *   a=n*k          computed from earlier draws, must come out whole and positive
 *   x:fruit        a thing of that kind (words.h), x y z w; no two alike
 *   What is drawn but not told must follow from what is told (n above, from a and k): two
 *   sets of draws may not make the same question.
 * require: comparisons that must hold, of draws and results ("a>b, t<=100").
 * Besides that every result must be whole and at least 2 (so that "there are" is always
 * right); a step with '~' before its formula may have cents, and be any positive amount.
 * So there are no negative and no fractional people.
 *
 * Text (questions and steps): [this|that] is a choice, and in braces stand
 *   N M L  N's  names;  he him his He Him His  of N;  he2 ... of M
 *   a      the number;  $a as money;  a x, a box  number and noun that agree
 *   x xs Xs  the thing, its plural, capitalized;  an x  with its article
 *   1/d    "a third" for d = 3;  a times  "twice", "3 times"
 *   =  =$  the step's equation with its <<mark>>, the result as a number or as money
 *   = x, = box  the same with a noun that agrees with the result
 * Texts and formulas are ours, so a malformed one is a bug (assert).
 *
 * Nothing here is owned but by the caller's structs. Thread-safe.
 */
#ifndef OREO_GEN_STORY_H
#define OREO_GEN_STORY_H

#include "base/rng.h"
#include "gen/formula.h"
#include "gen/words.h"

enum {
  STORY_STEPS_MAX = 7,
  STORY_ASKS_MAX = 3,
  STORY_PEOPLE = 3,
  STORY_DRAWS_MAX = 12,
  SET_MAX = 12
};

/* What a step means, which decides what a student can get wrong in it (solve.c). */
enum step_kind {
  STEP_CALC,    /* nothing in particular */
  STEP_EACH,    /* a*b: so many of each */
  STEP_TIMES,   /* a*k: k times as many */
  STEP_SHARE,   /* a/b: equal parts */
  STEP_RATE,    /* a/b: per, at a speed of */
  STEP_RATIO,   /* a part of a ratio; `wrong` is the other part */
  STEP_PERCENT, /* a*p/100 */
  STEP_OFF,     /* a-d: the price after a discount d */
  STEP_RAISE,   /* a+d: the new total after an increase d */
  STEP_REST,    /* a-t: what is left of a */
  STEP_MORE,    /* a-b: how many more */
  STEP_ABOVE,   /* a+b: b more than a */
  STEP_BELOW,   /* a-b: b fewer than a */
  STEP_FRAC,    /* a*n/d */
  STEP_HOUR,    /* with 60 */
  STEP_DOZEN,   /* with 12 */
  STEP_UNIT,    /* with another unit, * or / */
  STEP_COUNT,   /* with a + 1 or - 1 that is easily forgotten */
  STEP_CEIL,    /* a/b rounded up */
  STEP_FLOOR,   /* a/b rounded down */
  STEP_MEAN,    /* (a+b+c)/3 */
  STEP_BACK,    /* 2*a: there and back */
};

struct story_step {
  enum step_kind kind;
  const char *formula; /* "t=a*p", "~t=a*p" */
  const char *say;     /* its sentence */
  const char *wrong;   /* what a believer computes instead, where the kind needs it */
};

/* A row of `steps`; STEP_OR adds what a believer computes instead. */
#define STEP(kind, formula, say)    \
  {                                 \
    STEP_##kind, formula, say, NULL \
  }
#define STEP_OR(kind, formula, say, wrong) \
  {                                        \
    STEP_##kind, formula, say, wrong       \
  }

struct story {
  const char *name;
  const char *draw;
  const char *require;
  const char *ask[STORY_ASKS_MAX];
  struct story_step steps[STORY_STEPS_MAX];
};

/* A topic's stories; the tables stand in gsm8k_<topic>.c. */
struct story_table {
  const struct story *stories;
  size_t count;
};

size_t story_count(const struct story *story); /* its steps */

/* ---- a problem ---- */

struct scene {
  const struct story *story;
  struct values given;                   /* draws */
  struct values truth;                   /* draws and the true results of the steps */
  const char *things[FORMULA_VARIABLES]; /* by letter w to z */
  const struct person *people[STORY_PEOPLE];
  bool number_words; /* "three apples" in the question */
  bool spaced;       /* "3 * 4 = 12" in the solution */
};

/* The draws of a story, parsed once and then made many times. */
struct recipe {
  const struct story *story;
  uint64_t n_sets; /* so many different sets of draws there are, sensible or not */
  size_t n_draws;
  struct recipe_draw {
    char letter;
    bool told;           /* does the question mention it? */
    const char *formula; /* computed, or NULL */
    char formula_text[32];
    const char *const *things; /* or NULL */
    struct exact low, step;
    struct exact set[SET_MAX];
    size_t count; /* of possible values */
    bool is_set;
  } draws[STORY_DRAWS_MAX];
};

void recipe_init(struct recipe *recipe, const struct story *story);

/* Makes set number `number` of the draws (below recipe->n_sets) into scene->given and
 * ->things. Returns a hash of what the question will tell, names left out: equal
 * questions have equal hashes. */
uint64_t recipe_draw(const struct recipe *recipe, uint64_t number, struct scene *scene);

/* Fills scene->truth; false when a draw, a result or a requirement is not as it must be.
 */
bool scene_is_sensible(struct scene *scene);

/* Draws the people and the style. */
void scene_cast(struct scene *scene, struct rng *rng);

/* ---- its text ---- */

/* An equation to be told: formula and result, for "=" in braces. */
struct equation {
  const char *formula;
  struct exact result;
};

/* Appends `text` with everything in braces and brackets filled in. `equation` may be NULL
 * in a question. */
void scene_tell(struct buf *out, const struct scene *scene, const char *text,
                const struct values *values, const struct equation *equation,
                struct rng *rng);

#endif
