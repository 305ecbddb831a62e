#include "gen/exact.h"

#include <inttypes.h>

static const struct exact undefined = { 0, 0 };

static int64_t gcd(int64_t a, int64_t b)
{
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

struct exact exact_make(int64_t num, int64_t den)
{
  if (den == 0 || num == INT64_MIN || den == INT64_MIN)
    return undefined;
  int64_t common = gcd(num, den);
  if (den < 0)
    common = -common;
  return (struct exact){ num / common, den / common };
}

struct exact exact_add(struct exact a, struct exact b)
{
  int64_t left, right, num, den;
  if (a.den == 1 && b.den == 1 && !__builtin_add_overflow(a.num, b.num, &num))
    return (struct exact){ num, 1 };
  if (__builtin_mul_overflow(a.num, b.den, &left) ||
      __builtin_mul_overflow(b.num, a.den, &right) ||
      __builtin_add_overflow(left, right, &num) ||
      __builtin_mul_overflow(a.den, b.den, &den))
    return undefined;
  return exact_make(num, den);
}

struct exact exact_sub(struct exact a, struct exact b)
{
  b.num = -b.num;
  return exact_add(a, b);
}

struct exact exact_mul(struct exact a, struct exact b)
{
  int64_t num, den;
  if (__builtin_mul_overflow(a.num, b.num, &num) ||
      __builtin_mul_overflow(a.den, b.den, &den))
    return undefined;
  return den == 1 ? (struct exact){ num, 1 } : exact_make(num, den);
}

struct exact exact_div(struct exact a, struct exact b)
{
  if (a.den == 0 || b.den == 0 || b.num == 0)
    return undefined;
  struct exact inverse = { b.num < 0 ? -b.den : b.den, b.num < 0 ? -b.num : b.num };
  return exact_mul(a, inverse);
}

int exact_compare(struct exact a, struct exact b)
{
  struct exact difference = exact_sub(a, b);
  return (difference.num > 0) - (difference.num < 0);
}

struct exact exact_floor(struct exact a)
{
  if (a.den <= 1)
    return a;
  int64_t whole = a.num / a.den;
  return exact_int(a.num < 0 ? whole - 1 : whole);
}

struct exact exact_ceil(struct exact a)
{
  if (a.den <= 1)
    return a;
  int64_t whole = a.num / a.den;
  return exact_int(a.num < 0 ? whole : whole + 1);
}

struct exact exact_round2(struct exact a)
{
  if (exact_has2(a) || !exact_defined(a))
    return a;
  bool negative = a.num < 0;
  struct exact size = { negative ? -a.num : a.num, a.den };
  struct exact scaled = exact_add(exact_mul(size, exact_int(100)), exact_make(1, 2));
  struct exact whole = exact_floor(scaled);
  return exact_make(negative ? -whole.num : whole.num, whole.den * 100);
}

bool exact_has2(struct exact a)
{
  return a.den != 0 && 100 % a.den == 0;
}

void exact_write(struct buf *out, struct exact a, bool cents)
{
  if (a.num < 0)
    buf_add_char(out, '-');
  int64_t hundredths = (a.num < 0 ? -a.num : a.num) * (100 / a.den);
  buf_printf(out, "%" PRId64, hundredths / 100);
  int64_t rest = hundredths % 100;
  if (rest == 0)
    return;
  if (rest % 10 == 0 && !cents)
    buf_printf(out, ".%" PRId64, rest / 10);
  else
    buf_printf(out, ".%02" PRId64, rest);
}
