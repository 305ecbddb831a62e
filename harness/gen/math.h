/* math.h - problems in the style of MATH: seven subjects, five levels, LaTeX, \boxed{}.
 *
 * For: the generator `math-style` and, for tests and documents, one item with all that is
 * known about it. Not for: judging an answer (grade/). A family is a kind of problem with
 * drawn numbers; family tables stand in math_<subject>.c, the worker that solves them in
 * math_work.c, the flawed solvers in math_student.c. Integers only: the same bytes on any
 * machine. Everything composed lives in the arena given. Thread-safe: no globals. It
 * cannot fail: a family whose numbers do not work out is drawn again.
 */
#ifndef OREO_GEN_MATH_H
#define OREO_GEN_MATH_H

#include "base/arena.h"
#include "gen/gen.h"

extern const struct generator gen_math_style;

/* What form an answer has. id, name */
#define MATH_KIND_MAP(XX)         \
  XX(INTEGER, "integer")          \
  XX(FRACTION, "fraction")        \
  XX(DECIMAL, "decimal")          \
  XX(MIXED, "mixed number")       \
  XX(PERCENT, "percent")          \
  XX(CURRENCY, "currency")        \
  XX(RADICAL, "radical")          \
  XX(PI, "multiple of pi")        \
  XX(DEGREES, "degrees")          \
  XX(COMPLEX, "complex number")   \
  XX(BASE, "numeral with a base") \
  XX(EXPRESSION, "expression")    \
  XX(EQUATION, "equation")        \
  XX(INTERVAL, "interval")        \
  XX(UNION, "union of intervals") \
  XX(TUPLE, "point or tuple")     \
  XX(LIST, "list")                \
  XX(SET, "set")                  \
  XX(VECTOR, "vector")            \
  XX(MATRIX, "matrix")            \
  XX(TEXT, "text")                \
  XX(CHOICE, "choice letter")

enum math_kind {
#define XX(id, name) MATH_##id,
  MATH_KIND_MAP(XX)
#undef XX
      MATH_KIND_COUNT
};

const char *math_kind_name(enum math_kind kind);

enum { MATH_SUBJECTS = 7, MATH_LEVELS = 5, MATH_DRAWN_MAX = 24 };

/* "Algebra" and so on, as MATH spells them. */
const char *math_subject_name(size_t subject);

/* The number of families of a subject and level, and one of them; NULL past the end. */
size_t math_family_count(size_t subject, int level);
const char *math_family_name(size_t subject, int level, size_t i);

/* How many items a split has when nobody says otherwise; 0 for an unknown split. Within
 * that many, no two questions of a split are the same. */
size_t math_split_size(struct str split);

struct math_item {
  const char *family;  /* static */
  size_t subject;      /* 0 .. MATH_SUBJECTS - 1 */
  int level;           /* 1 .. 5 */
  enum math_kind kind; /* of the answer */
  struct str problem, solution;
  struct str answer;             /* what stands in the \boxed{} of `solution` */
  struct str content;            /* family and numbers: its hash decides the split */
  int steps;                     /* lines of `solution` */
  int64_t drawn[MATH_DRAWN_MAX]; /* the numbers drawn, in the family's order */
  size_t n_drawn;
  /* Of the student, on split "sft"; else student is NULL and the solution is true. */
  const char *student; /* static */
  int skill_permille;
  bool correct;
  int first_wrong_step;      /* from 1; 0 = none */
  const char *misconception; /* static; NULL = none */
  struct str true_answer, true_solution;
};

/* Item `index` of `split`. */
void math_item_make(struct math_item *item, struct arena *arena, struct str split,
                    size_t index);

#endif
