/* html_chart.c - inline SVG, in percent of its own width. */
#include <math.h>

#include "report/html_part.h"
#include "report/show.h"

/* Where an axis begins and ends, in percent of the drawing. */
#define AXIS_LEFT  1.0
#define AXIS_RIGHT 98.5
/* Where numbers stand behind the bars. */
#define AXIS_RIGHT_OF_BARS 86.0

/* Groups of fewer items are named below the chart, not drawn: the interval of such a
 * share spans half the axis and would only hide the others. */
enum { GROUP_ITEMS_MIN = 10 };

struct axis {
  double low, high, step;
  double right; /* percent of the drawing */
};

static double axis_at(const struct axis *axis, double value)
{
  double share = (value - axis->low) / (axis->high - axis->low);
  share = share < 0 ? 0 : share > 1 ? 1 : share;
  return AXIS_LEFT + share * (axis->right - AXIS_LEFT);
}

/* At most six steps of 1, 2 or 5 times a power of ten. */
static double nice_step(double span)
{
  double step = pow(10, floor(log10(span / 6)));
  static const double factors[] = { 1, 2, 5, 10 };
  for (size_t i = 0; i < COUNT(factors); i++)
    if (span / (step * factors[i]) <= 6.0000001)
      return step * factors[i];
  return 10 * step;
}

/* From zero to the next full step above `most`. */
static struct axis axis_from_zero(double most)
{
  most = most > 0.02 ? most : 0.02;
  struct axis axis = { 0, 1, nice_step(most), AXIS_RIGHT };
  axis.high = ceil(most / axis.step - 1e-9) * axis.step;
  axis.high = axis.high > 1 ? 1 : axis.high;
  return axis;
}

/* As wide on both sides of zero. */
static struct axis axis_around_zero(double most)
{
  most = most > 0.01 ? most : 0.01;
  struct axis axis = { 0, 0, nice_step(2 * most), AXIS_RIGHT };
  axis.high = ceil(most / axis.step - 1e-9) * axis.step;
  axis.low = -axis.high;
  return axis;
}

static size_t axis_steps(const struct axis *axis)
{
  return (size_t)floor((axis->high - axis->low) / axis->step + 1e-6);
}

static void svg_open(struct buf *out, const char *class, int height)
{
  buf_printf(out, "<svg class=\"%s\" width=\"100%%\" height=\"%d\">", class, height);
}

static void svg_line(struct buf *out, const char *class, double from, double to, int y)
{
  buf_printf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>",
             class, from, to, y, y);
}

static void svg_grid(struct buf *out, const struct axis *axis)
{
  for (size_t i = 0; i <= axis_steps(axis); i++) {
    double value = axis->low + (double)i * axis->step;
    bool zero = fabs(value) < axis->step / 2;
    buf_printf(out,
               "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"100%%\"/>",
               zero ? "zero" : "tick", axis_at(axis, value), axis_at(axis, value));
  }
}

/* The last row of a chart: the numbers of the axis. */
static void write_axis(struct buf *out, const struct axis *axis, const char *unit)
{
  int decimals = axis->step < 0.0099 ? 1 : 0;
  size_t n = axis_steps(axis);
  buf_add(out, STR("<div class=\"row axis\"><span></span>"));
  svg_open(out, "plot", 20);
  for (size_t i = 0; i <= n; i++) {
    double value = 100 * (axis->low + (double)i * axis->step);
    value = fabs(value) < 1e-9 ? 0 : value;
    const char *anchor = i == 0                              ? "start"
                         : i < n || axis->right < AXIS_RIGHT ? "middle"
                                                             : "end";
    buf_printf(out, "<text x=\"%.2f%%\" y=\"14\" text-anchor=\"%s\">%s%.*f%s</text>",
               axis_at(axis, value / 100), anchor,
               value < 0                    ? "\xE2\x88\x92"
               : axis->low < 0 && value > 0 ? "+"
                                            : "",
               decimals, fabs(value), i == n ? unit : "");
  }
  buf_add(out, STR("</svg><span></span></div>\n"));
}

static void svg_value(struct buf *out, double x, int y, double fraction)
{
  buf_printf(out, "<text class=\"value\" x=\"%.2f%%\" dx=\"6\" y=\"%d\">", x, y);
  show_percent(out, fraction);
  buf_add(out, STR("</text>"));
}

/* What a pointer that rests on a bar is told. */
static void svg_title(struct buf *out, struct str label, const struct score *score)
{
  buf_add(out, STR("<title>"));
  show_html(out, label);
  buf_add(out, STR(": "));
  show_percent(out, score->accuracy);
  buf_add(out, STR(" % "));
  show_interval(out, score->wilson);
  buf_printf(out, ", n = %zu</title>", score->n);
}

/* ---- accuracy ---- */

void html_accuracy_chart(struct buf *out, const struct suite_report *suite)
{
  double most = 0;
  for (size_t m = 0; m < suite->n_models; m++)
    if (suite->models[m].first.n)
      most = fmax(most, suite->models[m].first.wilson.high);
  struct axis axis = axis_from_zero(most);
  buf_add(out, STR("<div class=\"chart accuracy\">\n"));
  for (size_t m = 0; m < suite->n_models; m++) {
    const struct score *score = &suite->models[m].first;
    buf_printf(out, "<div class=\"row m%zu\"><span class=\"name\">", m % HTML_COLOURS);
    show_html(out, suite->models[m].label);
    buf_add(out, STR("</span>"));
    svg_open(out, "plot", 34);
    svg_grid(out, &axis);
    if (score->n) {
      svg_line(out, "whisker", axis_at(&axis, score->wilson.low),
               axis_at(&axis, score->wilson.high), 17);
      buf_printf(out, "<circle class=\"dot\" cx=\"%.2f%%\" cy=\"17\" r=\"5.5\"/>",
                 axis_at(&axis, score->accuracy));
    }
    buf_add(out, STR("</svg><span class=\"number\"><b>"));
    show_percent(out, score->accuracy);
    buf_add(out, STR("</b> "));
    if (score->n)
      show_interval(out, score->wilson);
    buf_add(out, STR("</span></div>\n"));
  }
  write_axis(out, &axis, "\xC2\xA0%");
  buf_add(out, STR("</div>\n"));
}

/* ---- pairs ---- */

/* U+2212 for the hyphen that printf writes. */
static void add_minus(struct buf *out, const struct buf *text)
{
  for (size_t i = 0; i < text->len; i++) {
    if (text->ptr[i] == '-')
      buf_add(out, STR("\xE2\x88\x92"));
    else
      buf_add_char(out, text->ptr[i]);
  }
}

static void write_pair_numbers(struct buf *out, const struct pair_report *pair)
{
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  buf_add(out, STR("<span class=\"number\"><b>"));
  show_points(&text, pair->difference);
  add_minus(out, &text);
  buf_reset(&text);
  buf_add(out, STR("</b> "));
  show_points_interval(&text, pair->ci);
  add_minus(out, &text);
  buf_release(&text);
  buf_printf(out, "</span><span class=\"number counts\">%zu\xE2\x80\x89:\xE2\x80\x89%zu",
             pair->wins, pair->losses);
  buf_add(out, STR("</span><span class=\"number p\">"));
  show_p(out, pair->p_holm);
  buf_add(out, STR("</span>"));
}

static void write_pair(struct buf *out, const struct suite_report *suite,
                       const struct pair_report *pair, const struct axis *axis)
{
  bool sure = pair->p_holm < 0.05;
  buf_printf(out,
             "<button type=\"button\" class=\"row pair%s\" data-a=\"%zu\" "
             "data-b=\"%zu\"><span class=\"name\">",
             sure ? " sure" : "", pair->a, pair->b);
  buf_printf(out, "<i class=\"key m%zu\"></i>", pair->a % HTML_COLOURS);
  show_html(out, suite->models[pair->a].label);
  buf_add(out, STR(" <span class=\"minus\">\xE2\x88\x92</span> "));
  buf_printf(out, "<i class=\"key m%zu\"></i>", pair->b % HTML_COLOURS);
  show_html(out, suite->models[pair->b].label);
  buf_add(out, STR("</span>"));
  svg_open(out, "plot", 30);
  svg_grid(out, axis);
  svg_line(out, "whisker", axis_at(axis, pair->ci.low), axis_at(axis, pair->ci.high), 15);
  buf_printf(out, "<circle class=\"dot\" cx=\"%.2f%%\" cy=\"15\" r=\"4.5\"/></svg>",
             axis_at(axis, pair->difference));
  write_pair_numbers(out, pair);
  buf_add(out, STR("</button>\n"));
}

void html_pair_chart(struct buf *out, const struct suite_report *suite, size_t number)
{
  double most = 0;
  for (size_t i = 0; i < suite->n_pairs; i++)
    most = fmax(most, fmax(fabs(suite->pairs[i].ci.low), fabs(suite->pairs[i].ci.high)));
  struct axis axis = axis_around_zero(most);
  buf_printf(out, "<div class=\"chart pairs\" data-items=\"items-%zu\">\n", number);
  buf_add(out,
          STR("<div class=\"row head\">"
              "<span>A \xE2\x88\x92 B</span><span></span><span class=\"number\">"
              "points [95\xC2\xA0%]</span><span class=\"number counts\">only A : only B"
              "</span><span class=\"number p\">p (Holm)</span></div>\n"));
  for (size_t i = 0; i < suite->n_pairs; i++)
    write_pair(out, suite, &suite->pairs[i], &axis);
  write_axis(out, &axis, "");
  buf_add(out, STR("</div>\n"));
}

/* ---- groups ---- */

enum { BAR_HEIGHT = 11, BAR_GAP = 4, GROUP_PADDING = 10 };

void html_legend(struct buf *out, const struct suite_report *suite)
{
  buf_add(out, STR("<p class=\"legend\">"));
  for (size_t m = 0; m < suite->n_models; m++) {
    buf_printf(out, "<span><i class=\"key m%zu\"></i>", m % HTML_COLOURS);
    show_html(out, suite->models[m].label);
    buf_add(out, STR("</span> "));
  }
  buf_add(out, STR("</p>\n"));
}

/* Items of a group: those of the model that has most of them. */
static size_t group_size(const struct suite_report *suite, enum grouping g, size_t group)
{
  size_t n = 0;
  for (size_t m = 0; m < suite->n_models; m++) {
    size_t of_model = suite->models[m].groups[g][group].score.n;
    n = of_model > n ? of_model : n;
  }
  return n;
}

static void write_group(struct buf *out, const struct suite_report *suite,
                        enum grouping g, size_t group, const struct axis *axis)
{
  buf_add(out, STR("<div class=\"row group\"><span class=\"name\">"));
  if (g == GROUP_LEVEL)
    buf_add(out, STR("level "));
  show_html(out, suite->models[0].groups[g][group].name);
  buf_printf(out, " <small>n\xC2\xA0=\xC2\xA0%zu</small></span>",
             group_size(suite, g, group));
  svg_open(out, "plot",
           (int)suite->n_models * (BAR_HEIGHT + BAR_GAP) - BAR_GAP + 2 * GROUP_PADDING);
  svg_grid(out, axis);
  for (size_t m = 0; m < suite->n_models; m++) {
    const struct score *score = &suite->models[m].groups[g][group].score;
    int y = GROUP_PADDING + (int)m * (BAR_HEIGHT + BAR_GAP);
    if (!score->n)
      continue;
    double low = axis_at(axis, score->wilson.low),
           high = axis_at(axis, score->wilson.high);
    buf_printf(out,
               "<g class=\"m%zu\"><rect class=\"bar\" x=\"%.2f%%\" width=\"%.2f%%\" "
               "y=\"%d\" height=\"%d\"/>",
               m % HTML_COLOURS, AXIS_LEFT, axis_at(axis, score->accuracy) - AXIS_LEFT, y,
               BAR_HEIGHT);
    svg_title(out, suite->models[m].label, score);
    svg_line(out, "error", low, high, y + BAR_HEIGHT / 2);
    svg_value(out, high, y + BAR_HEIGHT - 2, score->accuracy);
    buf_add(out, STR("</g>"));
  }
  buf_add(out, STR("</svg><span></span></div>\n"));
}

static void name_small_groups(struct buf *out, const struct suite_report *suite,
                              enum grouping g)
{
  size_t n_named = 0;
  for (size_t i = 0; i < suite->models[0].n_groups[g]; i++) {
    size_t n = group_size(suite, g, i);
    if (n >= GROUP_ITEMS_MIN)
      continue;
    buf_add(out, n_named++ ? STR(", ") : STR("<p class=\"note\">Not drawn: "));
    show_html(out, suite->models[0].groups[g][i].name);
    buf_printf(out, " (n\xC2\xA0=\xC2\xA0%zu)", n);
  }
  if (n_named)
    buf_add(out, STR(".</p>\n"));
}

void html_group_chart(struct buf *out, const struct suite_report *suite, enum grouping g)
{
  size_t n = suite->models[0].n_groups[g], n_drawn = 0;
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    bool drawn = group_size(suite, g, i) >= GROUP_ITEMS_MIN;
    n_drawn += drawn;
    for (size_t m = 0; m < suite->n_models && drawn; m++) {
      const struct score *score = &suite->models[m].groups[g][i].score;
      most = score->n ? fmax(most, score->wilson.high) : most;
    }
  }
  struct axis axis = axis_from_zero(most);
  axis.right = AXIS_RIGHT_OF_BARS;
  if (n_drawn) {
    html_legend(out, suite);
    buf_add(out, STR("<div class=\"chart groups\">\n"));
    for (size_t i = 0; i < n; i++)
      if (group_size(suite, g, i) >= GROUP_ITEMS_MIN)
        write_group(out, suite, g, i, &axis);
    write_axis(out, &axis, "\xC2\xA0%");
    buf_add(out, STR("</div>\n"));
  }
  name_small_groups(out, suite, g);
}
