/* tree.h - a parsed answer: small typed nodes in an arena.
 *
 * For: what the parser builds and everything else reads. Not for: simplification, of
 * which there is none. Nodes are never changed once their parent exists, so subtrees may
 * be shared. Every function here is bounded by the size of its tree, whose depth is at
 * most LIMIT_NESTING times the few levels of the grammar.
 */
#ifndef OREO_GRADE_TREE_H
#define OREO_GRADE_TREE_H

#include "base/arena.h"

enum node_kind {
  /* expressions: these have a value */
  NODE_NUMBER,    /* number */
  NODE_CONSTANT,  /* what: enum constant */
  NODE_SYMBOL,    /* name */
  NODE_ADD,       /* any number of children: long sums stay flat */
  NODE_MULTIPLY,  /* the same */
  NODE_DIVIDE,    /* two children */
  NODE_POWER,     /* two children */
  NODE_NEGATE,    /* one child, as all below that do not say otherwise */
  NODE_PLUSMINUS, /* a +- b is a + (+-b); what: 0 = upper sign plus, 1 = upper sign minus
                   */
  NODE_FUNCTION,  /* what: enum function; 1 or more children */
  NODE_CALL,      /* f(x, ...): name, children */
  NODE_SUM,       /* name of the index; from, to, body; what: enum big_operator */
  NODE_DEGREE,    /* child degrees */
  NODE_PERCENT,
  NODE_LAST_EXPRESSION = NODE_PERCENT,
  /* structures */
  NODE_BRACKETED, /* tuple, vector, interval: what: enum brackets */
  NODE_LIST,      /* elements separated by commas; what: enum joiner */
  NODE_SET,
  NODE_UNION,    /* what: enum set_operator; 2 children, a union any number */
  NODE_CHAIN,    /* a = b < c: children; relations: one less, in order */
  NODE_MATRIX,   /* children row by row; columns; what: 'p' or 'v' or 'c' */
  NODE_BASE,     /* name: the digits; columns: the base */
  NODE_RATIO,    /* a:b:c */
  NODE_TIME,     /* columns: minutes since midnight; what: 1 = a.m. or p.m. was given */
  NODE_QUANTITY, /* child and unit */
  NODE_TEXT,     /* name */
};

enum constant {
  CONSTANT_PI,
  CONSTANT_E,
  CONSTANT_I,
  CONSTANT_INFINITY,
  CONSTANT_REALS,
  CONSTANT_EMPTY,
  CONSTANT_INTEGERS,
  CONSTANT_NATURALS,
  CONSTANT_RATIONALS,
  CONSTANT_COMPLEXES,
};

enum big_operator { BIG_SUM, BIG_PRODUCT, BIG_INTEGRAL, BIG_LIMIT };
enum set_operator { SET_UNION, SET_INTERSECTION, SET_DIFFERENCE };
enum joiner { JOIN_COMMA, JOIN_AND, JOIN_OR };

enum relation {
  RELATION_EQUAL,
  RELATION_LESS,
  RELATION_LESS_EQUAL,
  RELATION_GREATER,
  RELATION_GREATER_EQUAL,
  RELATION_NOT_EQUAL,
  RELATION_IN,
  RELATION_APPROXIMATELY,
  RELATION_CONGRUENT,
  RELATION_ARROW,
};

/* Bit 0: the left end is closed, bit 1: the right end; 4: angle brackets. */
enum brackets { BRACKET_ROUND = 0, BRACKET_SQUARE = 3, BRACKET_ANGLE = 4 };

/* id, spelling as a word (also with a backslash), number of arguments */
#define FUNCTION_MAP(XX)                      \
  XX(SIN, "sin", 1)                           \
  XX(COS, "cos", 1)                           \
  XX(TAN, "tan", 1)                           \
  XX(COT, "cot", 1)                           \
  XX(SEC, "sec", 1)                           \
  XX(CSC, "csc", 1)                           \
  XX(ASIN, "arcsin", 1)                       \
  XX(ACOS, "arccos", 1)                       \
  XX(ATAN, "arctan", 1)                       \
  XX(ACOT, "arccot", 1)                       \
  XX(ASEC, "arcsec", 1)                       \
  XX(ACSC, "arccsc", 1)                       \
  XX(SINH, "sinh", 1)                         \
  XX(COSH, "cosh", 1)                         \
  XX(TANH, "tanh", 1)                         \
  XX(COTH, "coth", 1)                         \
  XX(SECH, "sech", 1)                         \
  XX(CSCH, "csch", 1)                         \
  XX(ASINH, "arcsinh", 1)                     \
  XX(ACOSH, "arccosh", 1)                     \
  XX(ATANH, "arctanh", 1)                     \
  XX(LN, "ln", 1)                             \
  XX(LOG, "log", 1)                           \
  XX(LOG_BASE, "log_base", 2)                 \
  XX(EXP, "exp", 1)                           \
  XX(ABS, "abs", 1)                           \
  XX(ROOT, "root", 2)                         \
  XX(FLOOR, "floor", 1)                       \
  XX(CEIL, "ceil", 1)                         \
  XX(FACTORIAL, "factorial", 1)               \
  XX(DOUBLE_FACTORIAL, "double_factorial", 1) \
  XX(BINOMIAL, "binomial", 2)                 \
  XX(GCD, "gcd", 2)                           \
  XX(LCM, "lcm", 2)                           \
  XX(MAX, "max", 2)                           \
  XX(MIN, "min", 2)                           \
  XX(RE, "Re", 1)                             \
  XX(IM, "Im", 1)                             \
  XX(ARG, "arg", 1)                           \
  XX(CONJUGATE, "conjugate", 1)               \
  XX(SIGN, "sgn", 1)                          \
  XX(MOD, "mod", 2)

enum function {
#define XX(id, name, args) FUNCTION_##id,
  FUNCTION_MAP(XX)
#undef XX
      FUNCTION_COUNT
};
const char *function_name(enum function function);
int function_arity(enum function function);

/* digits * 10^exponent, exactly as written. */
struct number {
  struct str digits; /* without leading zeros and separators; "0" for zero */
  int64_t small;     /* the digits, when they fit; -1 otherwise */
  int32_t exponent;
  int16_t places; /* digits written after the point; -1 = no point, an integer */
};

struct unit;

struct node {
  uint8_t kind; /* enum node_kind */
  uint8_t what; /* meaning depends on the kind, see there */
  uint16_t count;
  int32_t columns;
  struct node **children;
  union {
    struct number number;
    struct str name;
    const struct unit *unit;
    const uint8_t *relations;
  };
};

/* Makes nodes and counts them. `failed` stays set once a cap was reached; what is
 * returned then is a valid node nobody should use. */
struct forest {
  struct arena *arena;
  int nodes;
  bool failed;
};

struct node *node_new(struct forest *forest, enum node_kind kind, size_t children);
struct node *node_unary(struct forest *forest, enum node_kind kind, struct node *a);
struct node *node_binary(struct forest *forest, enum node_kind kind, struct node *a,
                         struct node *b);
struct node *node_function(struct forest *forest, enum function function, struct node *a,
                           struct node *b);
struct node *node_constant(struct forest *forest, enum constant constant);
struct node *node_symbol(struct forest *forest, struct str name);
struct node *node_integer(struct forest *forest, int64_t value);

/* The tree with every "+-" (and "-+") resolved to its upper or lower sign. */
struct node *node_choose_sign(struct forest *forest, struct node *node, bool lower);

bool node_is_expression(const struct node *node);
/* An unsigned literal without point or exponent. */
bool node_is_integer_literal(const struct node *node);
bool node_is_infinite(const struct node *node);
/* The same tree, literally. */
bool node_identical(const struct node *a, const struct node *b);

/* What occurs anywhere in an expression: a set of bits. */
enum trait {
  TRAIT_VARIABLE = 1 << 0,
  TRAIT_DECIMAL = 1 << 1, /* a literal with a point and >= 4 significant digits */
  TRAIT_DEGREE = 1 << 2,  /* inside a trigonometric function or anywhere */
  TRAIT_TRIG = 1 << 3,
  TRAIT_LOG = 1 << 4, /* without a base */
  TRAIT_PLUSMINUS = 1 << 5,
  TRAIT_DISCRETE = 1 << 6, /* factorial, binomial, power of a negative number, trig */
  TRAIT_STRUCTURE = 1 << 7,
  TRAIT_RADICAL = 1 << 8,
  TRAIT_PI = 1 << 9,
  TRAIT_I = 1 << 10,
  TRAIT_OPERATOR = 1 << 11, /* anything that is no product of symbols */
  TRAIT_BRANCH = 1 << 12,   /* a root, logarithm or power with a variable below it */
};
unsigned node_traits(const struct node *node);

#endif
