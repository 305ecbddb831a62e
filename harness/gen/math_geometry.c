/* math_geometry.c - the families of Geometry. */
#include "gen/math_work.h"

static void third_angle(struct work *w)
{
  int64_t a = work_draw(w, 12, 110), b = work_draw(w, 12, 110);
  if (!work_need(w, a + b < 170 && a != b))
    return;
  work_ask(
      w,
      LIST("Two angles of a triangle measure $@1^\\circ$ and $@2^\\circ$. What is the "
           "measure of "
           "the third angle, in degrees?",
           "In triangle $ABC$, $\\angle A = @1^\\circ$ and $\\angle B = @2^\\circ$. Find "
           "the "
           "number of degrees in $\\angle C$."),
      LIST(tex(w, a), tex(w, b)));
  int64_t sum = work_calc_count(w, a + b);
  STEP(w, "The two given angles add up to $@1^\\circ$.", tex(w, sum));
  int64_t total = work_errs(w, MIS_ANGLE_SUM) ? 360 : 180;
  FINISH(w, MATH_DEGREES, tex_degrees(w, math_frac_of(work_calc(w, total - sum), 1)),
         "[[The angles of a triangle add up to|All three together measure]] $@1^\\circ$, "
         "so the third is $@1^\\circ - @2^\\circ = @0$.",
         tex(w, total), tex(w, sum));
}

static void rectangle_area(struct work *w)
{
  int64_t a = work_draw(w, 3, 90), b = work_draw(w, 3, 90);
  const char *what =
      work_draw_word(w, LIST("rectangular garden", "rectangle", "rectangular field",
                             "rectangular rug", "rectangular sign"));
  if (!work_need(w, a != b))
    return;
  work_ask(
      w,
      LIST("The perimeter of a @3 is $@1$ feet and one side is $@2$ feet long. What is "
           "its area, in "
           "square feet?",
           "A @3 has a side of length $@2$ feet and a perimeter of $@1$ feet. How many "
           "square "
           "feet are in its area?"),
      LIST(tex(w, 2 * (a + b)), tex(w, a), what));
  int64_t half = work_rule(w, MIS_FORGET_HALF, a + b, 2 * (a + b));
  STEP(w, "[[Two adjacent sides|Length and width together]] measure $@1$ feet.",
       tex(w, half));
  int64_t other = work_calc_count(w, half - a);
  STEP(w, "The other side is $@1 - @2 = @3$ feet.", tex(w, half), tex(w, a),
       tex(w, other));
  FINISH(w, MATH_INTEGER, tex(w, work_calc_count(w, a * other)),
         "The area is $@1 \\cdot @2 = @0$ square feet.", tex(w, a), tex(w, other));
}

static void missing_polygon_angle(struct work *w)
{
  int64_t a = work_draw(w, 70, 150), b = work_draw(w, 70, 150), c = work_draw(w, 70, 150),
          d = work_draw(w, 70, 150);
  int64_t last = 540 - a - b - c - d;
  if (!work_need(w, last >= 30 && last <= 170))
    return;
  work_ask(w,
           LIST("Four of the interior angles of a convex pentagon measure $@1^\\circ$, "
                "$@2^\\circ$, "
                "$@3^\\circ$ and $@4^\\circ$. What is the measure of the fifth angle, in "
                "degrees?",
                "A convex pentagon has angles of $@1^\\circ$, $@2^\\circ$, $@3^\\circ$, "
                "$@4^\\circ$ and "
                "$x^\\circ$. Find $x$."),
           LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, d)));
  int64_t total = work_errs(w, MIS_ANGLE_SUM) ? 720 : work_calc_count(w, 540);
  STEP(w, "The interior angles of a pentagon add up to $@1^\\circ$.", tex(w, total));
  int64_t sum = work_calc_count(w, a + b + c + d);
  STEP(w, "The four known angles add up to $@1^\\circ$.", tex(w, sum));
  FINISH(w, MATH_DEGREES, tex_degrees(w, math_frac_of(work_calc(w, total - sum), 1)),
         "So the fifth angle measures $@1^\\circ - @2^\\circ = @0$.", tex(w, total),
         tex(w, sum));
}

static void ring_area(struct work *w)
{
  int64_t r = work_draw(w, 2, 60), t = work_draw(w, 1, 40);
  const char *what =
      work_draw_word(w, LIST("a circular pond of radius", "a round flower bed of radius",
                             "a circular stage of radius", "a round fountain of radius"));
  const char *around =
      work_draw_word(w, LIST("A path", "A strip of lawn", "A gravel walk"));
  if (!work_need(w, true))
    return;
  work_ask(
      w,
      LIST("@4 $@2$ meters wide surrounds @3 $@1$ meters. What is the area of the "
           "surrounding ring, in "
           "square meters? Express your answer in terms of $\\pi$.",
           "@4 of width $@2$ meters runs all around @3 $@1$ meters. Find its area in "
           "square "
           "meters, in terms of $\\pi$."),
      LIST(tex(w, r), tex(w, t), what, around));
  int64_t outer = work_calc_count(w, r + t);
  STEP(w, "The outer radius is $@1 + @2 = @3$ meters.", tex(w, r), tex(w, t),
       tex(w, outer));
  if (!work_need(w, outer > r))
    return;
  int64_t gap = outer - r;
  int64_t area = work_rule(w, MIS_SQUARE_TERMWISE, outer * outer - r * r, gap * gap);
  FINISH(w, MATH_PI, tex_pi(w, math_frac_of(area, 1)),
         "The ring has area $\\pi \\cdot @1^2 - \\pi \\cdot @2^2 = @0$ square meters.",
         tex(w, outer), tex(w, r));
}

static void hypotenuse(struct work *w)
{
  int64_t a = work_draw(w, 1, 60), b = work_draw(w, 1, 60);
  bool leg = work_draw(w, 0, 1);
  const char *name = work_draw_word(w, LIST("ABC", "PQR", "XYZ", "DEF"));
  if (!work_need(w, a < b && !math_is_square(leg ? b * b - a * a : a * a + b * b)))
    return;
  work_ask(
      w,
      leg ? LIST("Right triangle $@3$ has a hypotenuse of length $@2$ and a leg of "
                 "length $@1$. What is the "
                 "length of the other leg? Express your answer in simplest radical form.",
                 "In right triangle $@3$, one leg measures $@1$ and the hypotenuse $@2$. "
                 "Find the "
                 "other leg in simplest radical form.")
          : LIST("The legs of right triangle $@3$ have lengths $@1$ and $@2$. What is "
                 "the length of the "
                 "hypotenuse? Express your answer in simplest radical form.",
                 "Right triangle $@3$ has legs of length $@1$ and $@2$. Find the "
                 "hypotenuse in simplest "
                 "radical form."),
      LIST(tex(w, a), tex(w, b), name));
  const char *sign = leg ? "-" : "+";
  if (work_errs(w, MIS_ROOT_TERMWISE)) {
    FINISH(w, MATH_RADICAL, tex(w, leg ? b - a : a + b),
           "By the Pythagorean theorem it is $\\sqrt{@1^2 @3 @2^2} = @1 @3 @2 = @0$.",
           tex(w, b), tex(w, a), sign);
    return;
  }
  int64_t bb = work_calc_count(w, b * b), aa = work_calc_count(w, a * a);
  STEP(w, "The squares of the given lengths are $@1$ and $@2$.", tex(w, aa), tex(w, bb));
  int64_t square = work_calc_count(w, leg ? bb - aa : bb + aa);
  if (!work_need(w, square > 0))
    return;
  STEP(w,
       "By the Pythagorean theorem, the square of the missing side is $@1 @2 @3 = @4$.",
       tex(w, bb), sign, tex(w, aa), tex(w, square));
  FINISH(w, MATH_RADICAL, tex_root(w, 1, square, 1),
         "[[So its length is|The length is therefore]] $\\sqrt{@1} = @0$.",
         tex(w, square));
}

static void rotate_point(struct work *w)
{
  int64_t a = work_draw(w, -9, 9), b = work_draw(w, -9, 9), c = work_draw(w, -6, 6),
          d = work_draw(w, -6, 6);
  bool clockwise = work_draw(w, 0, 1);
  int64_t dx = a - c, dy = b - d;
  if (!work_need(w, dx && dy))
    return;
  work_ask(
      w,
      LIST("The point $(@1,@2)$ is rotated $90^\\circ$ @5 about the point $(@3,@4)$. "
           "What are the "
           "coordinates of its image?",
           "What is the image of $(@1,@2)$ under a $90^\\circ$ @5 rotation about "
           "$(@3,@4)$? Express "
           "your answer as an ordered pair."),
      LIST(tex(w, a), tex(w, b), tex(w, c), tex(w, d),
           clockwise ? "clockwise" : "counterclockwise"));
  int64_t x = work_calc(w, dx), y = work_calc(w, dy);
  STEP(w, "Seen from the center, the point is at $(@1,@2)$.", tex(w, x), tex(w, y));
  bool other_way = work_errs(w, MIS_WRONG_TURN);
  bool cw = clockwise != other_way;
  int64_t tx = cw ? y : -y, ty = cw ? -x : x;
  STEP(w, "A $90^\\circ$ @1 turn takes this to $(@2,@3)$.",
       clockwise ? "clockwise" : "counterclockwise", tex(w, tx), tex(w, ty));
  int64_t px = work_calc(w, c + tx), py = work_calc(w, d + ty);
  FINISH(w, MATH_TUPLE, tex_format(w, "(%s,%s)", tex(w, px), tex(w, py)),
         "Adding the center back, the image is $@0$.");
}

static void cone_volume(struct work *w)
{
  int64_t r = work_draw(w, 2, 40), h = work_draw(w, 2, 60);
  bool by_diameter = work_draw(w, 0, 1);
  const char *what = work_draw_word(
      w, LIST("cone", "conical tent", "conical heap of sand", "conical paper cup"));
  if (!work_need(w, true))
    return;
  work_ask(
      w,
      by_diameter
          ? LIST("A right circular @3 has a base diameter of $@1$ and a height of $@2$. "
                 "What is its volume? Express "
                 "your answer in terms of $\\pi$.",
                 "Find the volume, in terms of $\\pi$, of a right circular @3 with "
                 "height $@2$ and base "
                 "diameter $@1$.")
          : LIST("What is the volume of a right circular @3 with base radius $@1$ and "
                 "height $@2$? Express "
                 "your answer in terms of $\\pi$.",
                 "A right circular @3 has height $@2$ and a base of radius $@1$. Find "
                 "its volume in terms of $\\pi$."),
      LIST(tex(w, by_diameter ? 2 * r : r), tex(w, h), what));
  int64_t radius = by_diameter ? work_rule(w, MIS_DIAMETER, r, 2 * r) : r;
  int64_t square = work_calc_count(w, radius * radius);
  STEP(w, "The base has radius $@1$ and area $@2\\pi$.", tex(w, radius), tex(w, square));
  struct frac cylinder = math_frac_of(square * h, 1);
  struct frac volume =
      work_rule_frac(w, MIS_FORGET_THIRD, math_frac_of(square * h, 3), cylinder);
  FINISH(w, MATH_PI, tex_pi(w, volume),
         math_frac_same(volume, cylinder)
             ? "The volume is $@1\\pi \\cdot @2 = @0$."
             : "The volume is $\\frac13 \\cdot @1\\pi \\cdot @2 = @0$.",
         tex(w, square), tex(w, h));
}

static void similar_areas(struct work *w)
{
  int64_t p = work_draw(w, 2, 14), q = work_draw(w, 2, 14), k = work_draw(w, 1, 30);
  const char *what =
      work_draw_word(w, LIST("triangles", "pentagons", "quadrilaterals", "hexagons"));
  if (!work_need(w, p != q && math_gcd(p, q) == 1))
    return;
  work_ask(
      w,
      LIST("Two similar @4 have corresponding sides of length $@1$ and $@2$. The area of "
           "the "
           "first is $@3$. What is the area of the second?",
           "The ratio of corresponding sides of two similar @4 is $@1:@2$. If the first "
           "has area $@3$, "
           "find the area of the second."),
      LIST(tex(w, p), tex(w, q), tex(w, k * p * p), what));
  struct frac ratio = math_frac_of(q, p);
  struct frac square =
      work_rule_frac(w, MIS_LINEAR_AREA, math_frac_mul(ratio, ratio), ratio);
  STEP(w, "The areas are in the ratio $@1$.", tex_frac(w, square));
  struct frac area = work_calc_frac(w, math_frac_mul(square, math_frac_of(k * p * p, 1)));
  FINISH(w, MATH_INTEGER, tex_frac(w, area),
         "[[So the|The]] second area is $@1 \\cdot @2 = @0$.", tex(w, k * p * p),
         tex_frac(w, square));
}

static void shoelace(struct work *w)
{
  int64_t a = work_draw(w, -6, 6), b = work_draw(w, -6, 6),
          c = work_draw_nonzero(w, -8, 8), d = work_draw(w, -8, 8);
  int64_t e = work_draw(w, -8, 8), f = work_draw_nonzero(w, -8, 8);
  int64_t truth = c * f - d * e;
  if (!work_need(w, truth > 2))
    return;
  work_ask(
      w,
      LIST("What is the area of the triangle with vertices $(@1,@2)$, $(@3,@4)$ and "
           "$(@5,@6)$?",
           "Find the area of triangle $ABC$ with $A = (@1,@2)$, $B = (@3,@4)$ and $C = "
           "(@5,@6)$."),
      LIST(tex(w, a), tex(w, b), tex(w, a + c), tex(w, b + d), tex(w, a + e),
           tex(w, b + f)));
  STEP(w, "The sides from the first vertex are $(@1,@2)$ and $(@3,@4)$.", tex(w, c),
       tex(w, d), tex(w, e), tex(w, f));
  int64_t cf = work_calc(w, c * f), de = work_calc(w, d * e);
  int64_t det = work_rule(w, MIS_DETERMINANT_SIGN, cf - de, cf + de);
  STEP(w, "Their determinant is $@1 \\cdot @2 - @3 \\cdot @4 = @5$.", tex(w, c),
       tex_paren(w, f), tex_paren(w, d), tex_paren(w, e), tex(w, det));
  if (!work_need(w, det > 0))
    return;
  struct frac area =
      work_rule_frac(w, MIS_FORGET_HALF, math_frac_of(det, 2), math_frac_of(det, 1));
  FINISH(w, area.d == 1 ? MATH_INTEGER : MATH_FRACTION, tex_frac(w, area),
         "[[So the|The]] area of the triangle is $@0$.");
}

static void chord_length(struct work *w)
{
  int64_t r = work_draw(w, 3, 80), d = work_draw(w, 1, 75);
  const char *name = work_draw_word(w, LIST("AB", "PQ", "CD", "MN", "XY"));
  if (!work_need(w, d < r && !math_is_square(r * r - d * d)))
    return;
  work_ask(
      w,
      LIST("A chord $\\overline{@3}$ of a circle of radius $@1$ is at a distance of $@2$ "
           "from the center. What is "
           "the length of the chord? Express your answer in simplest radical form.",
           "In a circle with radius $@1$, chord $\\overline{@3}$ lies $@2$ units from "
           "the center. Find $@3$ in "
           "simplest radical form."),
      LIST(tex(w, r), tex(w, d), name));
  int64_t rr = work_calc_count(w, r * r), dd = work_calc_count(w, d * d),
          square = work_calc_count(w, rr - dd);
  if (!work_need(w, rr > dd && square > 0))
    return;
  STEP(w,
       "The radius to an end of the chord, the distance and half the chord form a right "
       "triangle, so half the "
       "chord is $\\sqrt{@1 - @2} = \\sqrt{@3}$.",
       tex(w, rr), tex(w, dd), tex(w, square));
  if (work_errs(w, MIS_FORGET_DOUBLE)) {
    FINISH(w, MATH_RADICAL, tex_root(w, 1, square, 1), "The length is $@0$.");
    return;
  }
  FINISH(w, MATH_RADICAL, tex_root(w, 2, square, 1),
         "The [[whole|full]] chord has length $2\\sqrt{@1} = @0$.", tex(w, square));
}

static void circle_radius(struct work *w)
{
  int64_t h = work_draw_nonzero(w, -12, 12), k = work_draw_nonzero(w, -12, 12),
          s = work_draw(w, 2, 60);
  if (!work_need(w, !math_is_square(s) && h * h + k * k != s))
    return;
  int64_t c = h * h + k * k - s;
  const char *equation = tex_format(w, "x^2 + y^2 %s%sx %s%sy %s", h > 0 ? "- " : "+ ",
                                    tex(w, h > 0 ? 2 * h : -2 * h), k > 0 ? "- " : "+ ",
                                    tex(w, k > 0 ? 2 * k : -2 * k), tex_plus(w, c));
  work_ask(
      w,
      LIST(
          "What is the radius of the circle $@1 = 0$? Express your answer in simplest "
          "radical form.",
          "The graph of $@1 = 0$ is a circle. Find its radius in simplest radical form."),
      LIST(equation));
  int64_t hh = work_rule(w, MIS_FORGET_HALF, h * h, 4 * h * h),
          kk = work_calc_count(w, k * k);
  STEP(w, "To complete the squares we add $@1$ and $@2$ to both sides.", tex(w, hh),
       tex(w, kk));
  int64_t square = work_rule(w, MIS_SIGN_MOVE, hh + kk - c, hh + kk + c);
  if (!work_need(w, square > 0))
    return;
  STEP(w,
       "[[The right side becomes|This leaves on the right]] $@1$, which is the square of "
       "the radius.",
       tex(w, square));
  FINISH(w, MATH_RADICAL, tex_root(w, 1, square, 1), "The radius is $\\sqrt{@1} = @0$.",
         tex(w, square));
}

static void power_of_a_point(struct work *w)
{
  int64_t a = work_draw(w, 2, 24), b = work_draw(w, 2, 24), c = work_draw(w, 2, 24);
  if (!work_need(w, a != c && b != c && a * b % c != 0))
    return;
  work_ask(
      w,
      LIST("Chords $\\overline{AB}$ and $\\overline{CD}$ of a circle meet at $P$. If $AP "
           "= @1$, $PB = @2$ and $CP = "
           "@3$, what is $PD$? Express your answer as a common fraction.",
           "Two chords $\\overline{AB}$ and $\\overline{CD}$ intersect at $P$ inside a "
           "circle, with $AP = @1$, $PB = "
           "@2$ and $CP = @3$. Find $PD$ as a common fraction."),
      LIST(tex(w, a), tex(w, b), tex(w, c)));
  int64_t product = work_calc_count(w, a * b);
  if (work_errs(w, MIS_ADD_FOR_MULTIPLY)) {
    FINISH(w, MATH_FRACTION, tex(w, a + b - c), "Since $AP + PB = CP + PD$, $PD = @0$.");
    return;
  }
  STEP(w, "By power of a point, $CP \\cdot PD = AP \\cdot PB = @1$.", tex(w, product));
  struct frac pd = work_rule_frac(w, MIS_INVERT_RATIO, math_frac_of(product, c),
                                  math_frac_of(c, product));
  FINISH(w, MATH_FRACTION, tex_frac(w, pd), "[[Hence|So]] $PD = @0$.");
}

static void angle_bisector(struct work *w)
{
  int64_t a = work_draw(w, 3, 30), b = work_draw(w, 3, 30), c = work_draw(w, 3, 40);
  if (!work_need(w, a != b && a + b > c && a + c > b && b + c > a))
    return;
  work_ask(w,
           LIST("In triangle $ABC$, $AB = @1$, $AC = @2$ and $BC = @3$. The bisector of "
                "$\\angle A$ meets "
                "$\\overline{BC}$ at $D$. What is $BD$?",
                "Triangle $ABC$ has sides $AB = @1$, $AC = @2$, $BC = @3$. Point $D$ on "
                "$\\overline{BC}$ lies on the "
                "bisector of angle $A$. Find the length $BD$."),
           LIST(tex(w, a), tex(w, b), tex(w, c)));
  struct frac ratio =
      work_rule_frac(w, MIS_INVERT_RATIO, math_frac_of(a, b), math_frac_of(b, a));
  STEP(w, "By the angle bisector theorem, $\\frac{BD}{DC} = \\frac{AB}{AC} = @1$.",
       tex_frac(w, ratio));
  struct frac share = work_calc_frac(w, math_frac_of(ratio.n, ratio.n + ratio.d));
  STEP(w, "[[So|Hence]] $BD$ is $@1$ of $BC$.", tex_frac(w, share));
  struct frac bd = work_calc_frac(w, math_frac_mul(share, math_frac_of(c, 1)));
  FINISH(w, bd.d == 1 ? MATH_INTEGER : MATH_FRACTION, tex_frac(w, bd),
         "Therefore $BD = @1 \\cdot @2 = @0$.", tex_frac(w, share), tex(w, c));
}

static void frustum_volume(struct work *w)
{
  int64_t a = work_draw(w, 2, 20), b = work_draw(w, 1, 19), h = work_draw(w, 2, 40);
  if (!work_need(w, b < a))
    return;
  work_ask(
      w,
      LIST("A frustum of a right circular cone has base radii $@1$ and $@2$ and height "
           "$@3$. What is its volume? "
           "Express your answer in terms of $\\pi$.",
           "A bucket in the shape of a frustum of a cone has a top of radius $@1$, a "
           "bottom of radius $@2$ and a "
           "height of $@3$. Find its volume in terms of $\\pi$."),
      LIST(tex(w, a), tex(w, b), tex(w, h)));
  if (work_errs(w, MIS_DROP_MIDDLE)) {
    int64_t few = work_calc_count(w, a * a + b * b);
    STEP(w, "We use $R^2 + r^2 = @1$.", tex(w, few));
    FINISH(w, MATH_PI, tex_pi(w, math_frac_of(few * h, 3)),
           "The volume is $\\frac{\\pi}{3} \\cdot @1 \\cdot @2 = @0$.", tex(w, h),
           tex(w, few));
    return;
  }
  int64_t sum = work_calc_count(w, a * a + a * b + b * b);
  STEP(w,
       "The volume is $\\frac{\\pi h}{3}(R^2 + Rr + r^2)$, and $R^2 + Rr + r^2 = @1 + @2 "
       "+ @3 = @4$.",
       tex(w, a * a), tex(w, a * b), tex(w, b * b), tex(w, sum));
  struct frac volume = work_rule_frac(w, MIS_FORGET_THIRD, math_frac_of(sum * h, 3),
                                      math_frac_of(sum * h, 1));
  FINISH(w, MATH_PI, tex_pi(w, volume), "[[So the|The]] volume is $@0$.");
}

static void third_side(struct work *w)
{
  int64_t a = work_draw(w, 2, 60), b = work_draw(w, 2, 60);
  bool obtuse = work_draw(w, 0, 1);
  const char *name = work_draw_word(w, LIST("ABC", "PQR", "XYZ"));
  int64_t truth = a * a + b * b + (obtuse ? a * b : -a * b);
  if (!work_need(w, a < b && !math_is_square(truth)))
    return;
  work_ask(
      w,
      LIST("In triangle $@4$, two sides have lengths $@1$ and $@2$ and the angle between "
           "them measures $@3^\\circ$. "
           "What is the length of the third side? Express your answer in simplest "
           "radical form.",
           "Two sides of triangle $@4$ measure $@1$ and $@2$ and include an angle of "
           "$@3^\\circ$. Find the third "
           "side in simplest radical form."),
      LIST(tex(w, a), tex(w, b), obtuse ? "120" : "60", name));
  int64_t sum = work_calc_count(w, a * a + b * b), product = work_calc_count(w, a * b);
  bool wrong = work_errs(w, MIS_COSINE_SIGN);
  bool adds = obtuse != wrong;
  STEP(w,
       "By the law of cosines, the square of the third side is $@1^2 + @2^2 - 2 \\cdot "
       "@1 \\cdot @2 \\cos "
       "@3^\\circ = @4 @5 @6$.",
       tex(w, a), tex(w, b), obtuse ? "120" : "60", tex(w, sum), adds ? "+" : "-",
       tex(w, product));
  int64_t square = work_calc(w, adds ? sum + product : sum - product);
  if (!work_need(w, square > 0))
    return;
  FINISH(w, MATH_RADICAL, tex_root(w, 1, square, 1),
         "[[So its length is|The third side is]] $\\sqrt{@1} = @0$.", tex(w, square));
}

const struct math_family math_geometry[] = {
  { "third angle", 1, third_angle },
  { "rectangle area", 1, rectangle_area },
  { "missing polygon angle", 2, missing_polygon_angle },
  { "ring area", 2, ring_area },
  { "right triangle side", 2, hypotenuse },
  { "rotate a point", 3, rotate_point },
  { "cone volume", 3, cone_volume },
  { "similar areas", 3, similar_areas },
  { "triangle by vertices", 4, shoelace },
  { "chord length", 4, chord_length },
  { "circle radius", 4, circle_radius },
  { "power of a point", 4, power_of_a_point },
  { "angle bisector", 5, angle_bisector },
  { "frustum volume", 5, frustum_volume },
  { "third side", 5, third_side },
  { NULL, 0, NULL },
};
