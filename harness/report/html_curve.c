/* html_curve.c - pass@k and maj@k against k, which doubles from one place to the next. */
#include <math.h>

#include "report/html_part.h"
#include "report/show.h"

/* In pixels from the top; x is in percent of the width. */
enum { CURVE_TOP = 8, CURVE_BOTTOM = 218, CURVE_HEIGHT = 244 };
#define CURVE_LEFT  5.0
#define CURVE_RIGHT 97.0

struct curve {
  struct buf *out;
  double most; /* share at the top */
  int k_max;
};

static double curve_x(const struct curve *curve, int k)
{
  return CURVE_LEFT + (CURVE_RIGHT - CURVE_LEFT) * log2(k) / log2(curve->k_max);
}

static double curve_y(const struct curve *curve, double share)
{
  return CURVE_BOTTOM - (CURVE_BOTTOM - CURVE_TOP) * share / curve->most;
}

static void draw_line(const struct curve *curve, const char *class, const double from[2],
                      const double to[2])
{
  buf_printf(curve->out,
             "<line class=\"%s\" x1=\"%.2f%%\" y1=\"%.1f\" x2=\"%.2f%%\" y2=\"%.1f\"/>",
             class, from[0], from[1], to[0], to[1]);
}

static void draw_grid(const struct curve *curve, const struct model_report *model)
{
  double step = curve->most > 0.5 ? 0.2 : curve->most > 0.2 ? 0.1 : 0.05;
  for (int i = 0; i * step <= curve->most + 1e-9; i++) {
    double y = curve_y(curve, i * step);
    draw_line(curve, i ? "tick" : "zero", (double[]){ CURVE_LEFT, y },
              (double[]){ CURVE_RIGHT, y });
    buf_printf(curve->out, "<text x=\"0\" y=\"%.1f\">%.0f%s</text>", y + 4,
               100 * i * step, i ? "" : "\xC2\xA0%");
  }
  for (size_t i = 0; i < model->n_pass; i++)
    buf_printf(curve->out,
               "<text x=\"%.2f%%\" y=\"%d\" text-anchor=\"middle\">%s%d</text>",
               curve_x(curve, model->pass[i].k), CURVE_HEIGHT - 6,
               i ? "" : "k = ", model->pass[i].k);
}

/* One series of one model: `class` is "pass" or "maj". */
static void draw_series(const struct curve *curve, const char *class,
                        const struct at_k *at, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (isnan(at[i].value))
      continue;
    double here[] = { curve_x(curve, at[i].k), curve_y(curve, at[i].value) };
    double low[] = { here[0], curve_y(curve, at[i].ci.low) };
    double high[] = { here[0], curve_y(curve, at[i].ci.high) };
    draw_line(curve, "reach", low, high);
    if (i && !isnan(at[i - 1].value))
      draw_line(
          curve, class,
          (double[]){ curve_x(curve, at[i - 1].k), curve_y(curve, at[i - 1].value) },
          here);
    buf_printf(curve->out,
               "<circle class=\"dot\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"2.5\">"
               "<title>%s@%d: ",
               here[0], here[1], class, at[i].k);
    show_percent(curve->out, at[i].value);
    buf_add(curve->out, STR(" % "));
    show_interval(curve->out, at[i].ci);
    buf_printf(curve->out, ", n = %zu</title></circle>", at[i].n);
  }
}

void html_curve_chart(struct buf *out, const struct suite_report *suite)
{
  struct curve curve = { .out = out, .most = 0.1, .k_max = 2 };
  const struct model_report *longest = &suite->models[0];
  for (size_t m = 0; m < suite->n_models; m++) {
    const struct model_report *model = &suite->models[m];
    for (size_t i = 0; i < model->n_pass; i++)
      if (!isnan(model->pass[i].value))
        curve.most = fmax(curve.most, model->pass[i].ci.high);
    if (model->n_pass > longest->n_pass)
      longest = model;
  }
  curve.most = fmin(1, ceil(curve.most * 20 - 1e-9) / 20);
  curve.k_max = longest->pass[longest->n_pass - 1].k;
  buf_printf(out,
             "<div class=\"chart axis\"><svg class=\"plot\" width=\"100%%\" "
             "height=\"%d\">",
             CURVE_HEIGHT);
  draw_grid(&curve, longest);
  for (size_t m = 0; m < suite->n_models; m++) {
    buf_printf(out, "<g class=\"m%zu\">", m % HTML_COLOURS);
    draw_series(&curve, "pass", suite->models[m].pass, suite->models[m].n_pass);
    draw_series(&curve, "maj", suite->models[m].maj, suite->models[m].n_maj);
    buf_add(out, STR("</g>"));
  }
  buf_add(out, STR("</svg></div>\n"));
}
