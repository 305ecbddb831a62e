/* math_precalculus.c - the families of Precalculus. */
#include "gen/math_work.h"

static const char *column(struct work *w, size_t n, const int64_t *v)
{
  return tex_int_matrix(w, n, 1, v);
}

static void vector_combination(struct work *w)
{
  int64_t a = work_draw(w, -9, 9), b = work_draw(w, -9, 9), c = work_draw(w, -9, 9),
          d = work_draw(w, -9, 9);
  int64_t j = work_draw(w, 2, 6), k = work_draw(w, 2, 6);
  if (!work_need(w, c && d))
    return;
  work_ask(w,
           LIST("Let $\\mathbf{u} = @1$ and $\\mathbf{v} = @2$. Compute $@3\\mathbf{u} - "
                "@4\\mathbf{v}$.",
                "[[Find|Compute]] $@3 @1 - @4 @2$."),
           LIST(column(w, 2, (int64_t[]){ a, b }), column(w, 2, (int64_t[]){ c, d }),
                tex(w, j), tex(w, k)));
  int64_t ja = work_calc(w, j * a), jb = work_calc(w, j * b), kc = work_calc(w, k * c),
          kd = work_calc(w, k * d);
  STEP(w, "The multiples are $@1$ and $@2$.", column(w, 2, (int64_t[]){ ja, jb }),
       column(w, 2, (int64_t[]){ kc, kd }));
  int64_t x = work_rule(w, MIS_SIGN_DISTRIBUTE, ja - kc, ja + kc),
          y = work_calc(w, jb - kd);
  FINISH(w, MATH_VECTOR, column(w, 2, (int64_t[]){ x, y }),
         "[[Subtracting|Taking the difference]] entry by entry gives $@0$.");
}

static void to_radians(struct work *w)
{
  int64_t n = work_draw(w, 5, 3600);
  const char *what = work_draw_word(w, LIST("an angle", "a turn", "a rotation"));
  if (!work_need(w, n % 180 != 0 && math_gcd(n, 180) > 3))
    return;
  work_ask(w,
           LIST("Convert @2 of $@1^\\circ$ to radians.",
                "Express @2 of $@1^\\circ$ in radians."),
           LIST(tex(w, n), what));
  int64_t half = work_errs(w, MIS_ANGLE_SUM) ? 360 : 180;
  STEP(w, "Since $@1^\\circ$ are $\\pi$ radians, we multiply by $\\frac{\\pi}{@1}$.",
       tex(w, half));
  struct frac q = work_calc_frac(w, math_frac_of(n, half));
  FINISH(w, MATH_PI, tex_pi(w, q), "[[The angle is|This gives]] $@0$.");
}

static void to_degrees(struct work *w)
{
  static const int64_t below[] = { 2, 3, 4, 5, 6, 9, 10, 12, 15, 18, 20, 30, 36, 45, 60 };
  int64_t d = below[work_draw(w, 0, 14)], n = work_draw(w, 1, 400);
  if (!work_need(w, math_gcd(n, d) == 1 && n < 20 * d))
    return;
  work_ask(w,
           LIST("Convert $@1$ radians to degrees.",
                "How many degrees are there in an angle of $@1$ radians?"),
           LIST(tex_pi(w, math_frac_of(n, d))));
  int64_t half = work_errs(w, MIS_ANGLE_SUM) ? 360 : 180;
  STEP(w, "We replace $\\pi$ by $@1^\\circ$.", tex(w, half));
  FINISH(w, MATH_DEGREES, tex_degrees(w, work_calc_frac(w, math_frac_of(n * half, d))),
         "[[The angle is|This gives]] $@0$.");
}

static void dot_product(struct work *w)
{
  int64_t a = work_draw(w, -9, 9), b = work_draw(w, -9, 9), c = work_draw(w, -9, 9),
          d = work_draw(w, -9, 9);
  int64_t e = work_draw(w, -9, 9), f = work_draw(w, -9, 9);
  if (!work_need(w, a && b && c && d && e && f))
    return;
  work_ask(
      w,
      LIST("Compute the dot product of $@1$ and $@2$.",
           "Let $\\mathbf{a} = @1$ and $\\mathbf{b} = @2$. Find $\\mathbf{a} \\cdot "
           "\\mathbf{b}$."),
      LIST(column(w, 3, (int64_t[]){ a, b, c }), column(w, 3, (int64_t[]){ d, e, f })));
  int64_t ad = work_calc(w, a * d), be = work_calc(w, b * e), cf = work_calc(w, c * f);
  STEP(w, "The products of the entries are $@1$, $@2$ and $@3$.", tex(w, ad), tex(w, be),
       tex(w, cf));
  FINISH(w, MATH_INTEGER, tex(w, work_calc(w, ad + be + cf)),
         "[[Their|The]] sum is $@0$.");
}

static void determinant(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -12, 12), b = work_draw_nonzero(w, -12, 12),
          c = work_draw_nonzero(w, -12, 12);
  int64_t d = work_draw_nonzero(w, -12, 12);
  if (!work_need(w, true))
    return;
  work_ask(w,
           LIST("Find the determinant of the matrix $@1$.", "Compute $\\det @1$.",
                "What is the determinant of $@1$?"),
           LIST(tex_int_matrix(w, 2, 2, (int64_t[]){ a, b, c, d })));
  int64_t ad = work_calc(w, a * d), bc = work_calc(w, b * c);
  STEP(w, "The products along the diagonals are $@1$ and $@2$.", tex(w, ad), tex(w, bc));
  int64_t det = work_rule(w, MIS_DETERMINANT_SIGN, ad - bc, ad + bc);
  FINISH(w, MATH_INTEGER, tex(w, det), "So the determinant is $@0$.");
}

static void matrix_product(struct work *w)
{
  int64_t m[8];
  for (size_t i = 0; i < 8; i++)
    m[i] = work_draw(w, -6, 6);
  if (!work_need(w, m[0] && m[3] && m[4] && m[7] && (m[1] || m[2]) && (m[5] || m[6])))
    return;
  work_ask(
      w,
      LIST(
          "Compute $@1 @2$.",
          "Let $\\mathbf{A} = @1$ and $\\mathbf{B} = @2$. Find $\\mathbf{A}\\mathbf{B}$.",
          "Find the product $@1 @2$."),
      LIST(tex_int_matrix(w, 2, 2, m), tex_int_matrix(w, 2, 2, m + 4)));
  if (work_errs(w, MIS_ENTRYWISE)) {
    FINISH(
        w, MATH_MATRIX,
        tex_int_matrix(w, 2, 2,
                       (int64_t[]){ m[0] * m[4], m[1] * m[5], m[2] * m[6], m[3] * m[7] }),
        "Multiplying the entries, we get $@0$.");
    return;
  }
  int64_t p[4];
  for (size_t i = 0; i < 2; i++)
    p[i] = work_calc(w, m[0] * m[4 + i] + m[1] * m[6 + i]);
  STEP(w, "The first row times the columns gives $@1$ and $@2$.", tex(w, p[0]),
       tex(w, p[1]));
  for (size_t i = 0; i < 2; i++)
    p[2 + i] = work_calc(w, m[2] * m[4 + i] + m[3] * m[6 + i]);
  STEP(w, "The second row [[times the columns |]]gives $@1$ and $@2$.", tex(w, p[2]),
       tex(w, p[3]));
  FINISH(w, MATH_MATRIX, tex_int_matrix(w, 2, 2, p),
         "[[The product is|So the product is]] $@0$.");
}

static void polar_to_rectangular(struct work *w)
{
  int64_t r = work_draw(w, 2, 60), k = work_draw(w, -23, 23), eight = work_draw(w, 0, 1);
  int64_t parts = eight ? 4 : 6;
  if (!work_need(w, k % 2 != 0 && k % 3 != 0 && k < 4 * parts && k > -4 * parts))
    return;
  work_ask(
      w,
      LIST("Convert the point $(r,\\theta) = \\left(@1, @2\\right)$ in polar coordinates "
           "to rectangular coordinates.",
           "What are the rectangular coordinates of the point with polar coordinates "
           "$\\left(@1, @2\\right)$?"),
      LIST(tex(w, r), tex_pi(w, math_frac_of(k, parts))));
  int64_t turn = math_mod(k, 2 * parts);
  bool right = 2 * turn < parts || 2 * turn > 3 * parts, up = turn < parts;
  if (!right && work_errs(w, MIS_QUADRANT_SIGN))
    right = true;
  bool swapped = !eight && work_errs(w, MIS_SWAP_SIN_COS);
  /* odd multiples of pi/6 that are no multiples of pi/2 have cosine +-sqrt(3)/2 */
  int64_t under_x = eight ? 2 : swapped ? 1 : 3, under_y = eight ? 2 : swapped ? 3 : 1;
  int64_t cx = right ? 1 : -1, cy = up ? 1 : -1;
  STEP(w, "[[Here|We have]] $\\cos\\theta = @1$ and $\\sin\\theta = @2$.",
       tex_root(w, cx, under_x, 2), tex_root(w, cy, under_y, 2));
  int64_t size = work_calc_count(w, r);
  FINISH(w, MATH_TUPLE,
         tex_format(w, "\\left(%s, %s\\right)", tex_root(w, cx * size, under_x, 2),
                    tex_root(w, cy * size, under_y, 2)),
         "So the point is $(r\\cos\\theta, r\\sin\\theta) = @0$.");
}

static void sine_of_large_angle(struct work *w)
{
  int64_t k = work_draw(w, -200, 200), eighth = work_draw(w, 0, 1),
          cosine = work_draw(w, 0, 1);
  const char *verb =
      work_draw_word(w, LIST("Compute", "Evaluate", "Find the exact value of",
                             "Give the exact value of", "Determine"));
  int64_t angle = k * (eighth ? 45 : 30);
  if (!work_need(w, angle % 90 != 0 && (angle > 360 || angle < 0)))
    return;
  const char *name = cosine ? "cos" : "sin";
  work_ask(
      w, LIST("@3 $\\@2 @1$."),
      LIST(tex_format(w, angle < 0 ? "(%lld^\\circ)" : "%lld^\\circ", (long long)angle),
           name, verb));
  int64_t turn = math_mod(angle, 360);
  turn = math_mod(turn + (work_calc(w, 0) ? 30 : 0), 360);
  STEP(w, "Taking off full turns, the angle becomes $@1^\\circ$.", tex(w, turn));
  if (!work_need(w, turn % 90 != 0))
    return;
  int64_t sharp = turn % 180 < 90 ? turn % 180 : 180 - turn % 180;
  bool positive = cosine ? turn < 90 || turn > 270 : turn < 180;
  STEP(w, "Its reference angle is $@1^\\circ$.", tex(w, sharp));
  if (!positive && work_errs(w, MIS_QUADRANT_SIGN))
    positive = true;
  bool swapped = sharp != 45 && work_errs(w, MIS_SWAP_SIN_COS);
  bool small = (sharp == 30) == (!cosine != swapped);
  int64_t under = sharp == 45 ? 2 : small ? 1 : 3;
  FINISH(w, under == 1 ? MATH_FRACTION : MATH_RADICAL,
         tex_root(w, positive ? 1 : -1, under, 2),
         positive ? "The value there is positive: $@0$."
                  : "The value there is negative: $@0$.");
}

static void cosine_from_sine(struct work *w)
{
  int64_t p = work_draw(w, 1, 24), q = work_draw(w, 2, 25), quadrant = work_draw(w, 1, 4);
  const char *t = work_draw_word(w, LIST("\\theta", "x", "\\alpha", "t", "\\beta"));
  bool from_sine = work_draw(w, 0, 1);
  if (!work_need(w, p < q && math_gcd(p, q) == 1 && !math_is_square(q * q - p * p)))
    return;
  /* the sign of what is given and of what is asked */
  bool up = quadrant <= 2, right = quadrant == 1 || quadrant == 4;
  bool given = from_sine ? up : right, asked = from_sine ? right : up;
  const char *where = quadrant == 1   ? "0 < @3 < \\frac{\\pi}{2}"
                      : quadrant == 2 ? "\\frac{\\pi}{2} < @3 < \\pi"
                      : quadrant == 3 ? "\\pi < @3 < \\frac{3\\pi}{2}"
                                      : "\\frac{3\\pi}{2} < @3 < 2\\pi";
  work_ask(
      w,
      LIST(tex_format(
               w,
               "If $\\@1 @3 = @2$ and $%s$, what is $\\@4 @3$? Express your answer in "
               "simplest radical form.",
               where),
           tex_format(
               w,
               "Given that $\\@1 @3 = @2$ with $%s$, find $\\@4 @3$ in simplest radical "
               "form.",
               where)),
      LIST(from_sine ? "sin" : "cos", tex_frac(w, math_frac_of(given ? p : -p, q)), t,
           from_sine ? "cos" : "sin"));
  struct frac square = work_calc_frac(w, math_frac_of(p * p, q * q));
  struct frac other = work_calc_frac(w, math_frac_of(square.d - square.n, square.d));
  if (!work_need(w, other.n > 0))
    return;
  STEP(w, "From $\\sin^2 @1 + \\cos^2 @1 = 1$ we get $\\@2^2 @1 = 1 - @3 = @4$.", t,
       from_sine ? "cos" : "sin", tex_frac(w, square), tex_frac(w, other));
  bool positive = !asked && work_errs(w, MIS_QUADRANT_SIGN) ? true : asked;
  int64_t below = math_root_floor(other.d);
  if (!work_need(w, below * below == other.d))
    return;
  FINISH(w, MATH_RADICAL, tex_root(w, positive ? 1 : -1, other.n, below),
         positive ? "[[In this quadrant the|The]] value is positive, so it is $@0$."
                  : "In this quadrant the value is negative, so it is $@0$.");
}

static void cross_product(struct work *w)
{
  int64_t v[6];
  for (size_t i = 0; i < 6; i++)
    v[i] = work_draw(w, -7, 7);
  int64_t x = v[1] * v[5] - v[2] * v[4], y = v[2] * v[3] - v[0] * v[5],
          z = v[0] * v[4] - v[1] * v[3];
  if (!work_need(w, x && y && z))
    return;
  work_ask(
      w,
      LIST("Compute the cross product of $@1$ and $@2$, in this order.",
           "Find $@1 \\times @2$.",
           "Let $\\mathbf{a} = @1$ and $\\mathbf{b} = @2$. Compute $\\mathbf{a} \\times "
           "\\mathbf{b}$."),
      LIST(column(w, 3, v), column(w, 3, v + 3)));
  x = work_calc(w, x);
  STEP(w, "The first entry is $@1 \\cdot @2 - @3 \\cdot @4 = @5$.", tex(w, v[1]),
       tex_paren(w, v[5]), tex_paren(w, v[2]), tex_paren(w, v[4]), tex(w, x));
  y = work_rule(w, MIS_CROSS_MIDDLE, y, -y);
  STEP(w, "The second entry is $@1$.", tex(w, y));
  z = work_calc(w, z);
  STEP(w, "The third entry is $@1 \\cdot @2 - @3 \\cdot @4 = @5$.", tex(w, v[0]),
       tex_paren(w, v[4]), tex_paren(w, v[1]), tex_paren(w, v[3]), tex(w, z));
  FINISH(w, MATH_VECTOR, column(w, 3, (int64_t[]){ x, y, z }),
         "The cross product is $@0$.");
}

static void inverse_matrix(struct work *w)
{
  int64_t a = work_draw(w, -6, 6), b = work_draw_nonzero(w, -6, 6),
          c = work_draw_nonzero(w, -6, 6), d = work_draw(w, -6, 6);
  if (!work_need(w, a * d != b * c && a != d))
    return;
  work_ask(w,
           LIST("Find the inverse of the matrix $@1$.", "Compute $@1^{-1}$.",
                "Let $\\mathbf{A} = @1$. Find $\\mathbf{A}^{-1}$."),
           LIST(tex_int_matrix(w, 2, 2, (int64_t[]){ a, b, c, d })));
  int64_t det = work_rule(w, MIS_DETERMINANT_SIGN, a * d - b * c, a * d + b * c);
  if (!work_need(w, det != 0))
    return;
  STEP(w, "The determinant is $@1$.", tex(w, det));
  int64_t turn = work_errs(w, MIS_SIGN_DISTRIBUTE) ? 1 : -1;
  int64_t m[] = { d, turn * b, turn * c, a };
  STEP(w,
       turn < 0
           ? "We exchange the diagonal entries and change the signs of the others: $@1$."
           : "We exchange the diagonal entries: $@1$.",
       tex_int_matrix(w, 2, 2, m));
  struct frac entries[4];
  for (size_t i = 0; i < 4; i++)
    entries[i] = math_frac_of(m[i], det);
  FINISH(w, MATH_MATRIX, tex_matrix(w, 2, 2, entries),
         "Dividing by the determinant gives $@0$.");
}

static void projection(struct work *w)
{
  int64_t a = work_draw(w, -9, 9), b = work_draw(w, -9, 9),
          c = work_draw_nonzero(w, -5, 5), d = work_draw_nonzero(w, -5, 5);
  if (!work_need(w, a * c + b * d != 0 && a * d != b * c && math_gcd(c, d) == 1))
    return;
  work_ask(w,
           LIST("Find the projection of $@1$ onto $@2$.",
                "Let $\\mathbf{u} = @1$ and $\\mathbf{v} = @2$. Find the projection of "
                "$\\mathbf{u}$ onto "
                "$\\mathbf{v}$."),
           LIST(column(w, 2, (int64_t[]){ a, b }), column(w, 2, (int64_t[]){ c, d })));
  int64_t dot = work_calc(w, a * c + b * d);
  STEP(w, "The dot product is $@1$.", tex(w, dot));
  int64_t norm = work_rule(w, MIS_FORGET_NORM, c * c + d * d, 1);
  STEP(w,
       norm == 1 ? "We multiply the second vector by the dot product."
                 : "The second vector has squared length $@1$.",
       tex(w, norm));
  if (!work_need(w, norm > 0))
    return;
  struct frac p[] = { math_frac_of(dot * c, norm), math_frac_of(dot * d, norm) };
  FINISH(w, MATH_VECTOR, tex_matrix(w, 2, 1, p), "[[So the|The]] projection is $@0$.");
}

static void cosine_of_angle(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -7, 7), b = work_draw_nonzero(w, -7, 7),
          c = work_draw_nonzero(w, -7, 7), d = work_draw_nonzero(w, -7, 7);
  int64_t truth = (a * a + b * b) * (c * c + d * d);
  if (!work_need(w, a * c + b * d != 0 && a * d != b * c && !math_is_square(truth)))
    return;
  work_ask(
      w,
      LIST("If $\\theta$ is the angle between the vectors $@1$ and $@2$, what is $\\cos "
           "\\theta$?",
           "Let $\\theta$ be the angle between $@1$ and $@2$. Find $\\cos\\theta$ in "
           "simplest radical form."),
      LIST(column(w, 2, (int64_t[]){ a, b }), column(w, 2, (int64_t[]){ c, d })));
  int64_t dot = work_rule(w, MIS_SIGN_DISTRIBUTE, a * c + b * d, a * c - b * d);
  int64_t uu = work_calc_count(w, a * a + b * b), vv = work_calc_count(w, c * c + d * d);
  STEP(w, "The dot product is $@1$, and the lengths are $\\sqrt{@2}$ and $\\sqrt{@3}$.",
       tex(w, dot), tex(w, uu), tex(w, vv));
  FINISH(w, MATH_RADICAL, tex_root(w, dot, uu * vv, uu * vv),
         "[[Therefore|So]] $\\cos\\theta = \\frac{@1}{\\sqrt{@2} \\sqrt{@3}} = @0$.",
         tex(w, dot), tex(w, uu), tex(w, vv));
}

static void complex_cube(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -16, 16), b = work_draw_nonzero(w, -16, 16);
  const char *what = work_draw_word(w, LIST("z", "w", "c", "s", "u", "q", "p"));
  int64_t re = a * a * a - 3 * a * b * b, im = 3 * a * a * b - b * b * b;
  if (!work_need(w, re && im && a != b && a != -b))
    return;
  const char *number = tex_complex(w, (struct frac){ a, 1 }, (struct frac){ b, 1 });
  work_ask(w,
           LIST("Let $@2 = @1$. Compute $@2^3$.",
                "If $@2 = @1$, find $@2^3$ in the form $a + bi$."),
           LIST(number, what));
  if (work_errs(w, MIS_SQUARE_TERMWISE)) {
    FINISH(w, MATH_COMPLEX,
           tex_complex(w, math_frac_of(a * a * a, 1), math_frac_of(-b * b * b, 1)),
           "We cube both parts, with $i^3 = -i$: $@0$.");
    return;
  }
  int64_t sr = work_rule(w, MIS_I_SQUARED, a * a - b * b, a * a + b * b),
          si = work_calc(w, 2 * a * b);
  const char *square = tex_complex(w, math_frac_of(sr, 1), math_frac_of(si, 1));
  STEP(w, "First, $@1^2 = @2$.", what, square);
  int64_t x = work_calc(w, sr * a - si * b), y = work_calc(w, sr * b + si * a);
  FINISH(w, MATH_COMPLEX, tex_complex(w, math_frac_of(x, 1), math_frac_of(y, 1)),
         "[[Multiplying|Multiplying this]] by $@1$ gives $@0$.", number);
}

static void distance_to_plane(struct work *w)
{
  int64_t a = work_draw(w, 1, 5), b = work_draw_nonzero(w, -5, 5),
          c = work_draw_nonzero(w, -5, 5), d = work_draw(w, -15, 15);
  int64_t x = work_draw(w, -5, 5), y = work_draw(w, -5, 5), z = work_draw(w, -5, 5);
  int64_t norm = a * a + b * b + c * c;
  int64_t truth = a * x + b * y + c * z - d;
  if (!work_need(w,
                 truth != 0 && !math_is_square(norm) && math_gcd(math_gcd(a, b), c) == 1))
    return;
  work_ask(
      w,
      LIST("What is the distance from the point $(@1)$ to the plane $@2 = @3$? Express "
           "your answer in simplest radical "
           "form.",
           "Find the distance between $(@1)$ and the plane $@2 = @3$, in simplest "
           "radical form."),
      LIST(tex_list(w, 3, (int64_t[]){ x, y, z }),
           tex_linear(w, "xyz", (int64_t[]){ a, b, c }), tex(w, d)));
  int64_t left = work_calc(w, a * x + b * y + c * z);
  STEP(w, "At the point, the left side is $@1$.", tex(w, left));
  int64_t less = left < d ? d - left : left - d, more = left < -d ? -d - left : left + d;
  int64_t gap = work_rule(w, MIS_SIGN_MOVE, less, more);
  STEP(w, "It differs from the right side by $@1$.", tex(w, gap));
  if (work_errs(w, MIS_FORGET_NORM)) {
    FINISH(w, MATH_RADICAL, tex(w, gap), "So the distance is $@0$.");
    return;
  }
  int64_t square = work_calc_count(w, norm);
  FINISH(
      w, MATH_RADICAL, tex_root(w, gap, square, square),
      "[[Dividing|Division]] by the length $\\sqrt{@1}$ of the normal vector gives $@0$.",
      tex(w, square));
}

/* Right triangles with whole sides: legs and hypotenuse. */
static const int64_t triples[][3] = { { 3, 4, 5 },    { 4, 3, 5 },    { 5, 12, 13 },
                                      { 12, 5, 13 },  { 8, 15, 17 },  { 15, 8, 17 },
                                      { 7, 24, 25 },  { 24, 7, 25 },  { 20, 21, 29 },
                                      { 21, 20, 29 }, { 9, 40, 41 },  { 40, 9, 41 },
                                      { 12, 35, 37 }, { 35, 12, 37 }, { 11, 60, 61 },
                                      { 60, 11, 61 }, { 28, 45, 53 }, { 45, 28, 53 } };

static void sine_of_sum(struct work *w)
{
  int64_t i = work_draw(w, 0, 17), k = work_draw(w, 0, 17),
          ask_cosine = work_draw(w, 0, 1), minus = work_draw(w, 0, 1);
  const char *names = work_draw_word(w, LIST("AB", "xy", "PQ", "st"));
  if (!work_need(w, i / 2 != k / 2))
    return;
  const int64_t *s = triples[i], *t = triples[k];
  const char *a = tex_format(w, "%c", names[0]), *b = tex_format(w, "%c", names[1]),
             *sign = minus ? "-" : "+";
  const char *function = ask_cosine ? "cos" : "sin";
  work_ask(
      w,
      LIST("Acute angles $@3$ and $@4$ satisfy $\\sin @3 = @1$ and $\\sin @4 = @2$. What "
           "is $\\@5 (@3 @6 @4)$?",
           "If $@3$ and $@4$ are acute angles with $\\sin @3 = @1$ and $\\sin @4 = @2$, "
           "find $\\@5 (@3 @6 @4)$."),
      LIST(tex_frac(w, math_frac_of(s[0], s[2])), tex_frac(w, math_frac_of(t[0], t[2])),
           a, b, function, sign));
  struct frac sa = math_frac_of(s[0], s[2]), sb = math_frac_of(t[0], t[2]);
  struct frac ca = work_calc_frac(w, math_frac_of(s[1], s[2])),
              cb = work_calc_frac(w, math_frac_of(t[1], t[2]));
  STEP(w,
       "[[Since the angles are acute|As both angles are acute]], $\\cos @1 = @2$ and "
       "$\\cos @3 = @4$.",
       a, tex_frac(w, ca), b, tex_frac(w, cb));
  bool swapped = work_errs(w, MIS_SWAP_SIN_COS) ? !ask_cosine : ask_cosine;
  struct frac first = swapped ? math_frac_mul(ca, cb) : math_frac_mul(sa, cb);
  struct frac second = swapped ? math_frac_mul(sa, sb) : math_frac_mul(ca, sb);
  bool subtract = swapped ? !minus : minus;
  if (ask_cosine && swapped && work_errs(w, MIS_SIGN_DISTRIBUTE))
    subtract = !subtract;
  STEP(w, "By the addition formula this is $@1 @2 @3$.", tex_frac(w, first),
       subtract ? "-" : "+", tex_frac(w, second));
  struct frac value = work_calc_frac(w, subtract ? math_frac_sub(first, second)
                                                 : math_frac_add(first, second));
  FINISH(w, MATH_FRACTION, tex_frac(w, value), "[[The value is|So the value is]] $@0$.");
}

static void matrix_power(struct work *w)
{
  int64_t a = work_draw_nonzero(w, -3, 3), b = work_draw_nonzero(w, -9, 9),
          n = work_draw(w, 3, 7), shape = work_draw(w, 0, 3);
  int64_t c = work_draw_nonzero(w, -3, 3);
  const char *name = work_draw_word(w, LIST("A", "M", "T", "P"));
  if (!work_need(w, a != c && a != -c))
    return;
  /* triangular: the powers are known in closed form */
  int64_t an = math_power(a, n), cn = math_power(c, n);
  bool lower = shape % 2, scaled = shape / 2;
  int64_t k = scaled ? 2 * b : b;
  int64_t m[] = { a, lower ? 0 : k, lower ? k : 0, c };
  work_ask(w,
           LIST("Let $\\mathbf{@2} = @1$. Compute $\\mathbf{@2}^@3$.",
                "If $\\mathbf{@2} = @1$, what is $\\mathbf{@2}^@3$?"),
           LIST(tex_int_matrix(w, 2, 2, m), name, tex(w, n)));
  if (work_errs(w, MIS_ENTRYWISE)) {
    int64_t kn = math_power(k, n);
    FINISH(w, MATH_MATRIX,
           tex_int_matrix(w, 2, 2, (int64_t[]){ an, lower ? 0 : kn, lower ? kn : 0, cn }),
           "Raising the entries to the power $@1$ gives $@0$.", tex(w, n));
    return;
  }
  an = work_calc(w, an);
  cn = work_calc(w, cn);
  STEP(w,
       "The matrix is triangular, so the diagonal of its power is $@1^@3 = @4$ and "
       "$@2^@3 = @5$.",
       tex_paren(w, a), tex_paren(w, c), tex(w, n), tex(w, an), tex(w, cn));
  struct frac sum = math_frac_of(an - cn, a - c);
  STEP(w,
       "The other entry is $@1$ times the sum of the products $@2^i \\cdot @3^{@4-i}$ "
       "for $0 \\le i \\le @4$, and that sum is $\\frac{@5 - @6}{@8 - @3} = @7$.",
       tex(w, k), tex_paren(w, a), tex_paren(w, c), tex(w, n - 1), tex(w, an),
       tex_paren(w, cn), tex_frac(w, sum), tex(w, a));
  if (!work_need(w, sum.d == 1))
    return;
  int64_t corner = work_calc(w, k * sum.n);
  FINISH(w, MATH_MATRIX,
         tex_int_matrix(w, 2, 2,
                        (int64_t[]){ an, lower ? 0 : corner, lower ? corner : 0, cn }),
         "[[Hence the|The]] power is $@0$.");
}

static void plane_by_normal(struct work *w)
{
  int64_t x = work_draw(w, -4, 4), y = work_draw(w, -4, 4), z = work_draw(w, -4, 4),
          a = work_draw(w, 1, 9);
  int64_t b = work_draw_nonzero(w, -9, 9), c = work_draw_nonzero(w, -9, 9);
  if (!work_need(w, math_gcd(math_gcd(a, b), c) == 1 && (x || y || z)))
    return;
  work_ask(
      w,
      LIST("Find the equation of the plane through $(@1)$ that is perpendicular to the "
           "vector $@2$. Write it in the form $ax + by + cz = "
           "d$ with integer coefficients, $a > 0$ and $\\gcd(a,b,c) = 1$.",
           "A plane passes through the point $(@1)$ and has the normal vector $@2$. Give "
           "its equation in the form $ax + by + cz = "
           "d$, where $a > 0$ and $a$, $b$, $c$ are integers without a common factor."),
      LIST(tex_list(w, 3, (int64_t[]){ x, y, z }), column(w, 3, (int64_t[]){ a, b, c })));
  const char *left = tex_linear(w, "xyz", (int64_t[]){ a, b, c });
  STEP(w,
       "The entries of the normal vector are the coefficients, so the equation is $@1 = "
       "d$ for some $d$.",
       left);
  int64_t ax = work_calc(w, a * x), by = work_calc(w, b * y), cz = work_calc(w, c * z);
  int64_t d = work_rule(w, MIS_SIGN_DISTRIBUTE, ax + by + cz, -ax - by - cz);
  STEP(w, "Putting in the point, $d = @1$.", tex(w, d));
  FINISH(w, MATH_EQUATION, tex_format(w, "%s = %lld", left, (long long)d),
         "The plane is $@0$.");
}

const struct math_family math_precalculus[] = {
  { "vector combination", 1, vector_combination },
  { "degrees to radians", 1, to_radians },
  { "radians to degrees", 1, to_degrees },
  { "dot product", 1, dot_product },
  { "determinant", 2, determinant },
  { "matrix product", 2, matrix_product },
  { "polar to rectangular", 2, polar_to_rectangular },
  { "sine of a large angle", 3, sine_of_large_angle },
  { "cosine from sine", 3, cosine_from_sine },
  { "cross product", 3, cross_product },
  { "inverse matrix", 3, inverse_matrix },
  { "projection", 4, projection },
  { "cosine of an angle", 4, cosine_of_angle },
  { "cube of a complex number", 4, complex_cube },
  { "plane by its normal", 4, plane_by_normal },
  { "distance to a plane", 5, distance_to_plane },
  { "sine of a sum", 5, sine_of_sum },
  { "power of a matrix", 5, matrix_power },
  { NULL, 0, NULL },
};
