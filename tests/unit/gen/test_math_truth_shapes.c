/* The answers of MATH-style problems by a second method. Geometry and Precalculus: by
 * coordinates, integration and defining properties. */
#include "math_truth.h"

static double sum_of(int64_t n, const double *v)
{
  double sum = 0;
  while (n--)
    sum += v[n];
  return sum;
}

static bool third_angle(const struct math_item *it)
{
  return is(it, 180 - (double)(it->drawn[0] + it->drawn[1]));
}

static bool polygon_angle(const struct math_item *it)
{
  double v[5] = { 0 };
  for (size_t i = 0; i < 4; i++)
    v[i] = (double)it->drawn[i];
  v[4] = ans(it);
  return near(sum_of(5, v), 3 * 180);
}

static bool rectangle(const struct math_item *it)
{
  double a = (double)it->drawn[0], b = ans(it) / a;
  return near(b, (double)it->drawn[1]) && a > 0;
}

static double pi_value(void)
{
  return acos(-1);
}

static bool ring(const struct math_item *it)
{
  /* circumference times thickness, added up in thin rings (exact for the midpoint rule)
   */
  double r = (double)it->drawn[0], t = (double)it->drawn[1], area = 0;
  for (int i = 0; i < 100; i++)
    area += 2 * pi_value() * (r + t * (i + 0.5) / 100) * t / 100;
  return is(it, area);
}

static bool right_triangle(const struct math_item *it)
{
  double a = (double)it->drawn[0], b = (double)it->drawn[1], x = ans(it);
  return x > 0 &&
         (it->drawn[2] ? near(a * a + x * x, b * b) : near(a * a + b * b, x * x));
}

static bool rotation(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double v[2];
  double complex center = (double)d[2] + I * (double)d[3];
  double complex from = (double)d[0] + I * (double)d[1] - center;
  double complex to = center + from * (d[4] ? -I : I);
  bool told = str_find(it->problem, STR(" clockwise")) >= 0;
  return parts_of(it->answer, v, 2) == 2 && near(v[0] + I * v[1], to) &&
         told == (d[4] == 1);
}

/* Volume between 0 and h of a body whose radius goes from a to b: Simpson, exact here. */
static double body(double a, double b, double h)
{
  double middle = (a + b) / 2;
  return pi_value() * h / 6 * (a * a + 4 * middle * middle + b * b);
}

static bool cone(const struct math_item *it)
{
  return is(it, body((double)it->drawn[0], 0, (double)it->drawn[1]));
}

static bool frustum(const struct math_item *it)
{
  return is(it, body((double)it->drawn[0], (double)it->drawn[1], (double)it->drawn[2]));
}

static bool similar_areas(const struct math_item *it)
{
  int64_t n[3];
  numbers(it, n, 3);
  double scale = (double)n[1] / (double)n[0];
  return is(it, (double)n[2] * scale * scale);
}

static bool heron(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double p = hypot((double)d[2], (double)d[3]), q = hypot((double)d[4], (double)d[5]);
  double r = hypot((double)(d[2] - d[4]), (double)(d[3] - d[5])), s = (p + q + r) / 2;
  return fabs(sqrt(s * (s - p) * (s - q) * (s - r)) - ans(it)) < 1e-6;
}

static bool chord(const struct math_item *it)
{
  return is(it, 2 * hypot(0, sqrt(pow((double)it->drawn[0], 2) -
                                  pow((double)it->drawn[1], 2))));
}

static bool circle(const struct math_item *it)
{
  /* a point at the answer's distance from the center lies on the graph */
  double h = (double)it->drawn[0], k = (double)it->drawn[1], r = ans(it);
  struct str left = before(segment_with(it->problem, "x^2"), "=");
  struct eval e = { .at = left.ptr, .end = left.ptr + left.len };
  e.vars['x'] = h + r * 0.6;
  e.vars['y'] = k + r * 0.8;
  return r > 0 && cabs(eval_sum(&e)) < 1e-6;
}

static bool crossing_chords(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  return near((double)(d[0] * d[1]), (double)d[2] * ans(it));
}

static bool bisector(const struct math_item *it)
{
  const int64_t *d = it->drawn; /* AB AC BC; B = 0, C = BC on the real axis */
  double c = (double)d[2], ab = (double)d[0], ac = (double)d[1];
  double x = (ab * ab - ac * ac + c * c) / (2 * c);
  double complex a = x + I * sqrt(ab * ab - x * x), foot = ans(it);
  return fabs(carg((foot - a) / (0 - a)) + carg((foot - a) / (c - a))) < 1e-9;
}

static bool third_side(const struct math_item *it)
{
  double complex turn = cexp(I * pi_value() * (it->drawn[2] ? 2 : 1) / 3);
  return is(it, cabs((double)it->drawn[0] - (double)it->drawn[1] * turn));
}

static bool combination(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double v[2];
  return parts_of(it->answer, v, 2) == 2 && v[0] == (double)(d[4] * d[0] - d[5] * d[2]) &&
         v[1] == (double)(d[4] * d[1] - d[5] * d[3]);
}

static bool radians(const struct math_item *it)
{
  return is(it, (double)it->drawn[0] / 180 * pi_value());
}

static bool degrees(const struct math_item *it)
{
  double angle = creal(eval_text(segment_with(it->problem, "pi")));
  return near(ans(it) * pi_value() / 180, angle);
}

static bool dot(const struct math_item *it)
{
  double sum = 0;
  for (size_t i = 0; i < 3; i++)
    sum += (double)(it->drawn[i] * it->drawn[i + 3]);
  return is(it, sum);
}

static bool determinant(const struct math_item *it)
{
  double m[4];
  struct str text = behind(it->problem, "\\begin{pmatrix}");
  parts_of(before(text, "\\end{pmatrix}"), m, 4);
  return is(it, m[0] * m[3] - m[1] * m[2]);
}

static bool product(const struct math_item *it)
{
  double p[4], x = 0.7, y = -1.3; /* A(B v) = (AB) v */
  const int64_t *m = it->drawn;
  double bx = (double)m[4] * x + (double)m[5] * y,
         by = (double)m[6] * x + (double)m[7] * y;
  return parts_of(it->answer, p, 4) == 4 &&
         near(p[0] * x + p[1] * y, (double)m[0] * bx + (double)m[1] * by) &&
         near(p[2] * x + p[3] * y, (double)m[2] * bx + (double)m[3] * by);
}

static bool polar(const struct math_item *it)
{
  double v[2], angle = (double)it->drawn[1] * pi_value() / (it->drawn[2] ? 4 : 6);
  return parts_of(it->answer, v, 2) == 2 &&
         near(v[0], (double)it->drawn[0] * cos(angle)) &&
         near(v[1], (double)it->drawn[0] * sin(angle));
}

static bool large_angle(const struct math_item *it)
{
  double angle = (double)it->drawn[0] * (it->drawn[1] ? 45 : 30) * pi_value() / 180;
  bool told = str_find(it->problem, it->drawn[2] ? STR("\\cos") : STR("\\sin")) >= 0;
  return told && fabs(ans(it) - (it->drawn[2] ? cos(angle) : sin(angle))) < 1e-9;
}

static bool cosine_from_sine(const struct math_item *it)
{
  const int64_t *d = it->drawn; /* p q quadrant from_sine */
  double known = (double)d[0] / (double)d[1], other = ans(it);
  double middle = ((double)d[2] - 0.5) * pi_value() / 2; /* an angle of the quadrant */
  return near(known * known + other * other, 1) &&
         (other > 0) == ((d[3] ? cos(middle) : sin(middle)) > 0);
}

static bool cross(const struct math_item *it)
{
  double c[3], u[3], v[3], uc = 0, vc = 0, cc = 0, uu = 0, vv = 0, uv = 0;
  if (parts_of(it->answer, c, 3) != 3)
    return false;
  for (size_t i = 0; i < 3; i++) {
    u[i] = (double)it->drawn[i];
    v[i] = (double)it->drawn[i + 3];
    uc += u[i] * c[i];
    vc += v[i] * c[i];
    cc += c[i] * c[i];
    uu += u[i] * u[i];
    vv += v[i] * v[i];
    uv += u[i] * v[i];
  }
  return uc == 0 && vc == 0 && near(cc, uu * vv - uv * uv) &&
         c[2] == u[0] * v[1] - u[1] * v[0];
}

static bool inverse_matrix(const struct math_item *it)
{
  double q[4];
  const int64_t *m = it->drawn;
  return parts_of(it->answer, q, 4) == 4 &&
         near((double)m[0] * q[0] + (double)m[1] * q[2], 1) &&
         fabs((double)m[0] * q[1] + (double)m[1] * q[3]) < 1e-9 &&
         fabs((double)m[2] * q[0] + (double)m[3] * q[2]) < 1e-9 &&
         near((double)m[2] * q[1] + (double)m[3] * q[3], 1);
}

static bool projection(const struct math_item *it)
{
  double p[2];
  const int64_t *d = it->drawn;
  return parts_of(it->answer, p, 2) == 2 &&
         fabs(((double)d[0] - p[0]) * (double)d[2] +
              ((double)d[1] - p[1]) * (double)d[3]) < 1e-9 &&
         fabs(p[0] * (double)d[3] - p[1] * (double)d[2]) < 1e-9;
}

static bool angle(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  double turn =
      carg(((double)d[0] + I * (double)d[1]) / ((double)d[2] + I * (double)d[3]));
  return is(it, cos(turn));
}

static bool cube(const struct math_item *it)
{
  double complex z = (double)it->drawn[0] + I * (double)it->drawn[1];
  return near(eval_text(it->answer), z * z * z);
}

static bool plane(const struct math_item *it)
{
  const int64_t *d = it->drawn;
  struct str left = before(it->answer, "="), right = behind(it->answer, "=");
  struct eval e = { .at = left.ptr, .end = left.ptr + left.len };
  struct eval there = e;
  e.vars['x'] = (double)d[0];
  e.vars['y'] = (double)d[1];
  e.vars['z'] = (double)d[2];
  there.vars['x'] = (double)(d[0] + d[4]); /* a step at a right angle to the normal */
  there.vars['y'] = (double)(d[1] - d[3]);
  there.vars['z'] = (double)d[2];
  double complex value = eval_text(right);
  return near(eval_sum(&e), value) && near(eval_sum(&there), value);
}

static bool distance_to_plane(const struct math_item *it)
{
  /* walking that far along the normal, one way or the other, reaches the plane */
  const int64_t *d = it->drawn;
  double norm = sqrt((double)(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
  double at = (double)(d[0] * d[4] + d[1] * d[5] + d[2] * d[6]), go = ans(it) * norm;
  return ans(it) > 0 && (near(at + go, (double)d[3]) || near(at - go, (double)d[3]));
}

static bool sine_of_sum(const struct math_item *it)
{
  struct str first = segment_with(it->problem, "\\sin");
  struct str second =
      segment_with(behind(behind(it->problem, "\\sin"), "$ and "), "\\sin");
  double a = asin(creal(eval_text(behind(first, "="))));
  double b = asin(creal(eval_text(behind(second, "="))));
  double total = it->drawn[3] ? a - b : a + b;
  return fabs(ans(it) - (it->drawn[2] ? cos(total) : sin(total))) < 1e-9;
}

static bool matrix_power(const struct math_item *it)
{
  const int64_t *d = it->drawn; /* a b n shape c */
  double k = (double)d[1] * (d[3] / 2 ? 2 : 1), p[4], q[4] = { 1, 0, 0, 1 };
  double m[] = { (double)d[0], d[3] % 2 ? 0 : k, d[3] % 2 ? k : 0, (double)d[4] };
  for (int64_t i = 0; i < d[2]; i++) {
    double next[] = { q[0] * m[0] + q[1] * m[2], q[0] * m[1] + q[1] * m[3],
                      q[2] * m[0] + q[3] * m[2], q[2] * m[1] + q[3] * m[3] };
    memcpy(q, next, sizeof q);
  }
  return parts_of(it->answer, p, 4) == 4 && p[0] == q[0] && p[1] == q[1] &&
         p[2] == q[2] && p[3] == q[3];
}

static const struct check checks[] = {
  { "third angle", third_angle },
  { "rectangle area", rectangle },
  { "missing polygon angle", polygon_angle },
  { "ring area", ring },
  { "right triangle side", right_triangle },
  { "rotate a point", rotation },
  { "cone volume", cone },
  { "similar areas", similar_areas },
  { "triangle by vertices", heron },
  { "chord length", chord },
  { "circle radius", circle },
  { "power of a point", crossing_chords },
  { "angle bisector", bisector },
  { "frustum volume", frustum },
  { "third side", third_side },
  { "vector combination", combination },
  { "degrees to radians", radians },
  { "radians to degrees", degrees },
  { "dot product", dot },
  { "determinant", determinant },
  { "matrix product", product },
  { "polar to rectangular", polar },
  { "sine of a large angle", large_angle },
  { "cosine from sine", cosine_from_sine },
  { "cross product", cross },
  { "inverse matrix", inverse_matrix },
  { "projection", projection },
  { "cosine of an angle", angle },
  { "cube of a complex number", cube },
  { "plane by its normal", plane },
  { "distance to a plane", distance_to_plane },
  { "sine of a sum", sine_of_sum },
  { "power of a matrix", matrix_power },
  { NULL, NULL },
};

static void geometry_is_right(void **state)
{
  (void)state;
  check_subject(checks, 2);
}

static void precalculus_is_right(void **state)
{
  (void)state;
  check_subject(checks, 6);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(geometry_is_right),
    cmocka_unit_test(precalculus_is_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
