#include "gen/formula.h"

#include <assert.h>
#include <stdio.h>

struct parser {
  const char *at;
  const struct values *values;
};

static bool is_variable(char c)
{
  return c >= 'a' && c <= 'v';
}
static bool is_operator(char c)
{
  return c == '+' || c == '-' || c == '*' || c == '/';
}

static void skip_spaces(struct parser *p)
{
  while (*p->at == ' ')
    p->at++;
}

static struct exact parse_constant(struct parser *p)
{
  int64_t num = 0, den = 1;
  bool fraction = false;
  for (; char_is_digit(*p->at) || *p->at == '.'; p->at++) {
    if (*p->at == '.') {
      fraction = true;
      continue;
    }
    num = 10 * num + (*p->at - '0');
    den *= fraction ? 10 : 1;
  }
  return exact_make(num, den);
}

static struct exact parse_sum(struct parser *p);

static struct exact parse_atom(struct parser *p)
{
  skip_spaces(p);
  if (*p->at == '(') {
    p->at++;
    struct exact inner = parse_sum(p);
    assert(*p->at == ')');
    p->at++;
    return inner;
  }
  if (is_variable(*p->at))
    return p->values->of[*p->at++ - 'a'];
  assert(char_is_digit(*p->at));
  return parse_constant(p);
}

static struct exact parse_product(struct parser *p)
{
  struct exact value = parse_atom(p);
  for (skip_spaces(p); *p->at == '*' || *p->at == '/'; skip_spaces(p)) {
    char sign = *p->at++;
    struct exact right = parse_atom(p);
    value = sign == '*' ? exact_mul(value, right) : exact_div(value, right);
  }
  return value;
}

static struct exact parse_sum(struct parser *p)
{
  struct exact value = parse_product(p);
  for (skip_spaces(p); *p->at == '+' || *p->at == '-'; skip_spaces(p)) {
    char sign = *p->at++;
    struct exact right = parse_product(p);
    value = sign == '+' ? exact_add(value, right) : exact_sub(value, right);
  }
  return value;
}

struct exact formula_eval(const char *formula, const struct values *values)
{
  struct parser p = { formula, values };
  struct exact value = parse_sum(&p);
  assert(*p.at == '\0');
  return value;
}

static bool compare_holds(int order, const char *sign)
{
  bool equal = order == 0 && (sign[0] == '=' || sign[1] == '=');
  return equal || (sign[0] == '<' && order < 0) || (sign[0] == '>' && order > 0) ||
         (sign[0] == '!' && order != 0);
}

bool formula_holds(const char *conditions, const struct values *values)
{
  struct parser p = { conditions, values };
  while (p.at && *p.at) {
    struct exact left = parse_sum(&p);
    char sign[2] = { *p.at++, '\0' };
    if (*p.at == '=')
      sign[1] = *p.at++;
    struct exact right = parse_sum(&p);
    if (!exact_defined(left) || !exact_defined(right) ||
        !compare_holds(exact_compare(left, right), sign))
      return false;
    assert(*p.at == '\0' || *p.at == ',');
    if (*p.at == ',')
      p.at++;
  }
  return true;
}

void formula_write(struct buf *out, const char *formula, const struct values *values,
                   bool spaced)
{
  for (const char *c = formula; *c; c++) {
    if (is_variable(*c)) {
      struct exact value = exact_round2(values->of[*c - 'a']);
      bool wrap = value.num < 0 && c != formula;
      buf_add_cstr(out, wrap ? "(" : "");
      exact_write(out, value, false);
      buf_add_cstr(out, wrap ? ")" : "");
    } else if (is_operator(*c) && spaced) {
      buf_printf(out, " %c ", *c);
    } else {
      buf_add_char(out, *c);
    }
  }
}

static bool has_operator(const char *formula, const char *among)
{
  return strpbrk(formula, among) != NULL;
}

bool formula_inline(char formula[FORMULA_SIZE], char variable, const char *inner)
{
  char result[FORMULA_SIZE];
  size_t len = 0;
  for (const char *c = formula; *c; c++) {
    bool here = *c == variable;
    char before = c > formula ? c[-1] : '\0', after = c[1];
    bool factor = before == '*' || before == '/' || after == '*' || after == '/';
    bool wrap = here && ((has_operator(inner, "+-") && (factor || before == '-')) ||
                         (has_operator(inner, "*/") && before == '/'));
    int n = here
                ? snprintf(result + len, sizeof result - len, wrap ? "(%s)" : "%s", inner)
                : snprintf(result + len, sizeof result - len, "%c", *c);
    len += (size_t)n;
    if (len >= sizeof result)
      return false;
  }
  memcpy(formula, result, len + 1);
  return true;
}
