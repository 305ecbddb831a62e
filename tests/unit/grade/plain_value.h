/* plain_value.h - a second, much simpler opinion on what an answer is worth.
 *
 * Shares nothing with the grader: no tokens, no tree. It strips units and styles from the
 * text and evaluates what is left in doubles, left to right, variables at one fixed
 * point. It knows just enough LaTeX to confirm that two answers which the grader calls
 * the same are so.
 */
#ifndef OREO_TESTS_PLAIN_VALUE_H
#define OREO_TESTS_PLAIN_VALUE_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct plain {
  const char *at;
  bool failed;
};

static double plain_sum(struct plain *p);

static bool plain_take(struct plain *p, const char *word)
{
  size_t n = strlen(word);
  if (strncmp(p->at, word, n) != 0)
    return false;
  p->at += n;
  return true;
}

static double plain_group(struct plain *p)
{
  if (plain_take(p, "{")) {
    double v = plain_sum(p);
    p->failed = p->failed || !plain_take(p, "}");
    return v;
  }
  if (*p->at >= '0' && *p->at <= '9')
    return *p->at++ - '0';
  if (plain_take(p, "\\pi"))
    return M_PI;
  if ((*p->at >= 'a' && *p->at <= 'z') || (*p->at >= 'A' && *p->at <= 'Z'))
    return 0.3 + *p->at++ * 0.0137;
  p->failed = true;
  return NAN;
}

static bool plain_starts(const struct plain *p)
{
  char c = *p->at;
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '(' || c == '{' || c == '.' || strncmp(p->at, "\\frac", 5) == 0 ||
         strncmp(p->at, "\\sqrt", 5) == 0 || strncmp(p->at, "\\pi", 3) == 0;
}

static double plain_factor(struct plain *p)
{
  double v;
  if ((*p->at >= '0' && *p->at <= '9') || *p->at == '.') {
    char *end;
    v = strtod(p->at, &end);
    p->at = end;
    if (strncmp(p->at, "\\frac", 5) == 0) { /* a mixed number */
      p->at += 5;
      double above = plain_group(p), below = plain_group(p);
      v = above < below ? v + above / below : v * above / below;
    }
  } else if (plain_take(p, "\\frac")) {
    double above = plain_group(p);
    v = above / plain_group(p);
  } else if (plain_take(p, "\\sqrt")) {
    v = sqrt(plain_group(p));
  } else if (plain_take(p, "(")) {
    v = plain_sum(p);
    p->failed = p->failed || !plain_take(p, ")");
  } else {
    v = plain_group(p);
  }
  if (plain_take(p, "^"))
    v = pow(v, plain_group(p));
  return v;
}

static double plain_sum(struct plain *p)
{
  double total = 0;
  for (bool first = true; !p->failed; first = false) {
    double sign = plain_take(p, "-") ? -1 : 1;
    if (sign > 0 && !plain_take(p, "+") && !first)
      break;
    double term = plain_factor(p);
    for (;;) {
      if (plain_take(p, "/"))
        term /= plain_factor(p);
      else if (plain_starts(p) && !p->failed)
        term *= plain_factor(p);
      else
        break;
    }
    total += sign * term;
  }
  return total;
}

/* Removes every `from` and puts `to` (not longer) in its place. */
static void plain_replace(char *text, const char *from, const char *to)
{
  size_t n = strlen(from), m = strlen(to);
  for (char *hit = text; (hit = strstr(hit, from)); hit += m) {
    memcpy(hit, to, m);
    memmove(hit + m, hit + n, strlen(hit + n) + 1);
  }
}

/* Text without styles, units and separators, in lower ASCII art. */
static void plain_strip(char *text)
{
  static const char *const drops[] = { "\\left", "\\right", "\\!",       "\\,", "\\;",
                                       "\\ ",    "\\$",     "$",         "{,}", " ",
                                       "\n",     "^\\circ", "^{\\circ}", "\\%", "x\\in" };
  char *unit;
  while ((unit = strstr(text, "\\text")) || (unit = strstr(text, "\\mbox"))) {
    char *open = strchr(unit, '{'), *close = open ? strchr(open, '}') : NULL;
    bool alone = unit == text;
    if (!close)
      break;
    if (alone) { /* the text is the answer */
      memmove(text, open + 1, strlen(open + 1) + 1);
      close = strchr(text, '}');
      memmove(close, close + 1, strlen(close + 1) + 1);
    } else {
      *unit = '\0'; /* a unit ends the answer */
    }
  }
  plain_replace(text, "dfrac", "frac");
  plain_replace(text, "tfrac", "frac");
  plain_replace(text, "cfrac", "frac");
  plain_replace(text, ":", "/");
  for (size_t i = 0; i < sizeof drops / sizeof *drops; i++)
    plain_replace(text, drops[i], "");
  for (char *comma = text; (comma = strchr(comma, ',')); comma++)
    if (strspn(comma + 1, "0123456789") == 3 && comma > text && comma[-1] >= '0' &&
        comma[-1] <= '9' && !strchr(text, '('))
      memmove(comma, comma + 1, strlen(comma + 1) + 1);
  char *base = strchr(text, '_');
  if (base)
    *base = '\0';
  if (text[0] && text[1] == '=' && strchr(text + 2, '=') == NULL)
    memmove(text, text + 2, strlen(text + 2) + 1);
}

static bool plain_near(double a, double b)
{
  return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) || (a == 0 && b == 0);
}

/* Could `a` and `b` be the same answer, by text or by value? */
static bool plain_same(const char *a, const char *b)
{
  char x[512], y[512];
  if (strlen(a) >= sizeof x || strlen(b) >= sizeof y)
    return false;
  strcpy(x, a);
  strcpy(y, b);
  bool percent = strchr(a, '%') || strchr(b, '%');
  bool degrees = strstr(a, "circ") || strstr(b, "circ");
  plain_strip(x);
  plain_strip(y);
  if (strcmp(x, y) == 0)
    return true;
  struct plain p = { x, false }, q = { y, false };
  double v = plain_sum(&p), w = plain_sum(&q);
  bool parsed = !p.failed && !q.failed && *p.at == '\0' && *q.at == '\0';
  if (parsed &&
      (plain_near(v, w) ||
       (percent && (plain_near(v, 100 * w) || plain_near(100 * v, w))) ||
       (degrees && (plain_near(v * M_PI, 180 * w) || plain_near(180 * v, w * M_PI)))))
    return true;
  /* lists and brackets: the same characters once braces are gone */
  plain_replace(x, "{", "");
  plain_replace(x, "}", "");
  plain_replace(x, "(", "");
  plain_replace(x, ")", "");
  plain_replace(y, "{", "");
  plain_replace(y, "}", "");
  plain_replace(y, "(", "");
  plain_replace(y, ")", "");
  return strcmp(x, y) == 0;
}

#endif
