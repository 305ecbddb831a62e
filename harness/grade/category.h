/* category.h - what kind of answer a tree is, in the words that reports use. */
#ifndef OREO_GRADE_CATEGORY_H
#define OREO_GRADE_CATEGORY_H

#include "grade/tree.h"

/* id, name in files; the order of the groups is used by category_is_value */
#define CATEGORY_MAP(XX)              \
  XX(TEXT, "text")                    \
  XX(CHOICE, "choice")                \
  XX(BOOLEAN, "boolean")              \
  XX(INTEGER, "integer")              \
  XX(DECIMAL, "decimal")              \
  XX(FRACTION, "fraction")            \
  XX(PERCENT, "percent")              \
  XX(DEGREES, "degrees")              \
  XX(QUANTITY, "quantity")            \
  XX(RADICAL, "radical")              \
  XX(PI, "multiple of pi")            \
  XX(COMPLEX, "complex")              \
  XX(CONSTANT, "constant expression") \
  XX(EXPRESSION, "expression")        \
  XX(BASE, "base numeral")            \
  XX(RATIO, "ratio")                  \
  XX(TIME, "time")                    \
  XX(TUPLE, "tuple")                  \
  XX(LIST, "list")                    \
  XX(SET, "set")                      \
  XX(INTERVAL, "interval")            \
  XX(UNION, "union")                  \
  XX(INEQUALITY, "inequality")        \
  XX(EQUATION, "equation")            \
  XX(MATRIX, "matrix")                \
  XX(LIMIT, "over the limits")

enum category {
#define XX(id, name) CATEGORY_##id,
  CATEGORY_MAP(XX)
#undef XX
};

const char *category_name(enum category category);
enum category category_of(const struct node *node);
/* One value rather than a structure: these may stand for one another. */
bool category_is_value(enum category category);

#endif
