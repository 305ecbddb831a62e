/* math_work.h - a problem in the making: drawn numbers, a solver at work, the text.
 *
 * A family is one function that draws its numbers (work_draw), says what must hold of
 * them (work_need), asks the question (work_ask), works through the solution (work_calc,
 * work_rule, work_errs, STEP) and boxes the answer (FINISH). The same function runs with
 * a perfect solver and with a student: values that a student got wrong are carried on, so
 * that the text of later steps builds on them.
 *
 * The order is a rule: all draws first, with constant ranges; then work_need, at which a
 * family returns when it is false; then work_ask. A point of the family's space of
 * numbers then stands for one question, and different points for different questions.
 * Later calls of work_need guard steps that a wrong value could make meaningless (a
 * negative radicand): when one fails, the student's last error is taken back and the work
 * starts again.
 *
 * Templates: "@1".."@9" are the arguments, "@0" the boxed answer, "[[a|b|c]]" one of the
 * wordings. Text lives in the arena.
 */
#ifndef OREO_GEN_MATH_WORK_H
#define OREO_GEN_MATH_WORK_H

#include "base/buf.h"
#include "gen/math.h"
#include "gen/math_student.h"

struct work;

struct frac {
  int64_t n, d; /* lowest terms, d > 0 */
};

struct math_family {
  const char *name;
  int level;
  void (*make)(struct work *w);
};

/* Ended by a NULL name. */
extern const struct math_family math_algebra[], math_counting[], math_geometry[],
    math_intermediate[], math_number_theory[], math_prealgebra[], math_precalculus[];

enum { WORK_DECISIONS_MAX = 128 };

struct work {
  struct arena *arena;
  /* numbers: digits of `point` in the mixed radix of the ranges drawn */
  bool measuring;        /* only the ranges matter; `need` says false */
  uint64_t point, space; /* what is left of the point; product of the ranges so far */
  struct rng beyond;     /* for draws when the space is larger than WORK_SPACE_MAX */
  int64_t drawn[MATH_DRAWN_MAX];
  size_t n_drawn;
  /* solver: NULL student is perfect */
  const struct math_student *student;
  struct rng chance, voice, words;
  bool taken_back[WORK_DECISIONS_MAX];
  int n_decisions, last_error;
  enum math_mis pending, first_mis;
  int n_steps, first_wrong_step;
  bool refused; /* a `need` was false */
  /* text */
  struct buf problem, solution, answer;
  enum math_kind kind;
};

#define WORK_SPACE_MAX ((uint64_t)1 << 40)

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ---- numbers ---- */
int64_t work_draw(struct work *w, int64_t low, int64_t high);
/* Not 0: low .. -1, 1 .. high. */
int64_t work_draw_nonzero(struct work *w, int64_t low, int64_t high);
/* One of the words: not part of the content, but questions with other words differ. */
const char *work_draw_word(struct work *w, const char *const *words);
bool work_need(struct work *w, bool holds);
void work_ask(struct work *w, const char *const *forms, const char *const *args);

/* ---- work ---- */
/* The value of plain arithmetic; a student may slip. calc_count never slips below 1. */
int64_t work_calc(struct work *w, int64_t right);
int64_t work_calc_count(struct work *w, int64_t right);
struct frac work_calc_frac(struct work *w, struct frac right);
/* The value by a rule that a student may misunderstand as giving `wrong`. */
int64_t work_rule(struct work *w, enum math_mis mis, int64_t right, int64_t wrong);
struct frac work_rule_frac(struct work *w, enum math_mis mis, struct frac right,
                           struct frac wrong);
/* Does the student err in this way here? The step must then differ. */
bool work_errs(struct work *w, enum math_mis mis);

#define STEP(w, ...)                 work_step((w), LIST(__VA_ARGS__))
#define FINISH(w, kind, answer, ...) work_finish((w), (kind), (answer), LIST(__VA_ARGS__))
/* text[0] is the template, the rest its arguments. */
void work_step(struct work *w, const char *const *text);
void work_finish(struct work *w, enum math_kind kind, const char *answer,
                 const char *const *text);

/* ---- arithmetic ---- */
int64_t math_gcd(int64_t a, int64_t b); /* >= 0 */
int64_t math_power(int64_t base, int64_t exponent);
int64_t math_choose(int64_t n, int64_t k);
int64_t math_floor_div(int64_t a, int64_t b); /* b > 0 */
int64_t math_mod(int64_t a, int64_t m);       /* 0 .. m - 1 */
int64_t math_root_floor(int64_t n);           /* n >= 0 */
bool math_is_square(int64_t n);
/* n = k^2 * m with m squarefree: k, and m in *rest. n > 0. */
int64_t math_square_part(int64_t n, int64_t *rest);
/* b must not be 0. */
struct frac math_frac_of(int64_t a, int64_t b);
struct frac math_frac_add(struct frac a, struct frac b);
struct frac math_frac_sub(struct frac a, struct frac b);
struct frac math_frac_mul(struct frac a, struct frac b);
struct frac math_frac_div(struct frac a, struct frac b);
bool math_frac_same(struct frac a, struct frac b);

/* ---- LaTeX; never "+ -3", never "1x" ---- */
const char *tex_format(struct work *w, const char *format, ...) PRINTF_LIKE(2, 3);
const char *tex(struct work *w, int64_t v);
const char *tex_frac(struct work *w, struct frac q); /* -\frac{3}{4} */
const char *tex_paren(struct work *w, int64_t v);    /* (-3), 3 */
const char *tex_frac_paren(struct work *w, struct frac q);
const char *tex_plus(struct work *w, int64_t v); /* "+ 3", "- 3" */
const char *tex_coef(struct work *w, int64_t v); /* "", "-", "7" */
/* Highest power first; "0" when all are. */
const char *tex_poly(struct work *w, const char *x, size_t n, const int64_t *coefs);
#define POLY(w, x, ...)                                                    \
  tex_poly((w), (x), sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), \
           (const int64_t[]){ __VA_ARGS__ })
/* a x + b y + ... with these names, each one letter */
const char *tex_linear(struct work *w, const char *names, const int64_t *coefs);
const char *tex_complex(struct work *w, struct frac re, struct frac im);
/* k sqrt(n) / d, simplified; n >= 0, d > 0 */
const char *tex_root(struct work *w, int64_t k, int64_t n, int64_t d);
/* (a + k sqrt(n)) / d, simplified; n not a square */
const char *tex_surd(struct work *w, int64_t a, int64_t k, int64_t n, int64_t d);
const char *tex_pi(struct work *w, struct frac q); /* \frac{3\pi}{4} */
const char *tex_matrix(struct work *w, size_t rows, size_t columns, const struct frac *m);
const char *tex_int_matrix(struct work *w, size_t rows, size_t columns, const int64_t *m);
const char *tex_list(struct work *w, size_t n, const int64_t *v); /* "1, 2, 3" */
const char *tex_mixed(struct work *w, struct frac q);             /* 3\frac{1}{4} */
const char *tex_money(struct work *w, int64_t cents);             /* \$3.50, \$4 */
/* v / 10^places without trailing zeros */
const char *tex_decimal(struct work *w, int64_t v, int places);
const char *tex_base_digits(struct work *w, int64_t n, int64_t base);
const char *tex_degrees(struct work *w, struct frac q);

#endif
