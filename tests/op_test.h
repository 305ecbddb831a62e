/* op_test.h - tensors for the test of an op: guard words around results, poison around
 * operands, and the values as the device sees them.
 *
 * A tensor is rows x columns with `ld` elements from a row to the next, and lies between
 * two stretches that are not bound with it. What no kernel may write (both stretches, the
 * gaps between rows, and rows asked for beyond those the op is told of) is filled with
 * `outside`: OP_TEST_GUARD around results, NAN around operands, so that a value read from
 * there spoils a result. Drivers that check bounds hide a kernel which runs past the last
 * row: give results OP_TEST_SPARE rows more than the op knows of.
 *
 * Memory belongs to the op_tensor; op_tensor_drop frees it. Failures fail the test.
 */
#ifndef OREO_TESTS_OP_TEST_H
#define OREO_TESTS_OP_TEST_H

#include <math.h>

#include "base/rng.h"
#include "gpu/sequence.h"
#include "gpu_test.h"

/* Bytes before and after a tensor: what every device accepts as the start of a binding.
 */
enum { OP_TEST_EDGE = 256 };
enum { OP_TEST_SPARE = 20 };
#define OP_TEST_GUARD (-12345.678f)

struct op_tensor {
  struct gpu_tensor whole; /* with its edges: to release */
  struct gpu_tensor part;  /* what ops are given */
  enum gpu_type type;
  uint32_t rows, columns, ld;
  float *values;   /* rows x ld, made 32-bit; `outside` in the gaps. Not for I32 */
  uint8_t *before; /* all bytes of `whole` as they were at first */
};

/* The seed of this run, printed; OREO_TEST_SEED replays. */
static inline uint64_t op_test_seed(void)
{
  const char *given = getenv("OREO_TEST_SEED");
  uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)getpid();
  printf("seed %llu; replay with OREO_TEST_SEED\n", (unsigned long long)seed);
  return seed;
}

/* ---- 16-bit values ---- */

/* Both are made by cutting bits: the nearest below in magnitude. */
static inline uint16_t op_test_to_bf16(float x)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return isnan(x) ? 0x7fc0 : (uint16_t)(bits >> 16);
}

static inline float op_test_from_bf16(uint16_t x)
{
  uint32_t bits = (uint32_t)x << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

/* |x| < 65504; below 2^-14 they are subnormal halves. */
static inline uint16_t op_test_to_f16(float x)
{
  uint16_t sign = signbit(x) ? 0x8000 : 0;
  int exponent;
  if (isnan(x))
    return 0x7e00;
  float fraction = frexpf(fabsf(x), &exponent); /* in [0.5, 1) */
  if (exponent < -13)
    return sign | (uint16_t)ldexpf(fabsf(x), 24);
  return sign | (uint16_t)((exponent + 14) << 10) |
         (uint16_t)((uint32_t)ldexpf(fraction, 11) & 1023);
}

static inline float op_test_from_f16(uint16_t x)
{
  int exponent = x >> 10 & 31;
  float fraction = (float)(x & 1023);
  float size = exponent == 31  ? (x & 1023 ? NAN : INFINITY)
               : exponent == 0 ? ldexpf(fraction, -24)
                               : ldexpf(1024 + fraction, exponent - 25);
  return x & 0x8000 ? -size : size;
}

/* ---- making ---- */

static inline void op_test_put(struct op_tensor *x, uint64_t at, float value, float *seen)
{
  uint8_t *to = x->before + at * gpu_type_bytes(x->type);
  uint16_t half = x->type == GPU_F16 ? op_test_to_f16(value) : op_test_to_bf16(value);
  if (x->type == GPU_F32)
    memcpy(to, &value, sizeof value);
  else
    memcpy(to, &half, sizeof half);
  *seen = x->type == GPU_F32   ? value
          : x->type == GPU_F16 ? op_test_from_f16(half)
                               : op_test_from_bf16(half);
}

static inline void op_test_place(struct gpu_manager *manager, struct op_tensor *x)
{
  struct err err = { 0 };
  uint32_t edge = OP_TEST_EDGE / gpu_type_bytes(x->type);
  uint32_t n = x->rows * x->ld, whole = n + 2 * edge;
  assert_ok(gpu_tensor_create(manager, &x->whole, x->type, 1, &whole, &err), err);
  assert_ok(gpu_tensor_upload(manager, &x->whole, x->before, &err), err);
  x->part = x->whole;
  x->part.offset += OP_TEST_EDGE;
  x->part.bytes = (uint64_t)n * gpu_type_bytes(x->type);
  x->part.shape[0] = n;
}

/* F32, F16 or BF16 with the given values, rows x columns without gaps. */
static inline struct op_tensor op_tensor_of(struct gpu_manager *manager,
                                            enum gpu_type type, float outside,
                                            const uint32_t shape[3], const float *given)
{
  struct op_tensor x = {
    .type = type, .rows = shape[0], .columns = shape[1], .ld = shape[2]
  };
  uint32_t edge = OP_TEST_EDGE / gpu_type_bytes(type);
  uint64_t n = (uint64_t)x.rows * x.ld;
  x.before = calloc(n + 2 * edge, gpu_type_bytes(type));
  x.values = calloc(n, sizeof *x.values);
  for (uint64_t i = 0; i < n + 2 * edge; i++) {
    uint64_t row = (i - edge) / x.ld, column = (i - edge) % x.ld;
    bool bound = i >= edge && i - edge < n, inside = bound && column < x.columns;
    float seen;
    op_test_put(&x, i, inside ? given[row * x.columns + column] : outside, &seen);
    if (bound)
      x.values[i - edge] = seen;
  }
  op_test_place(manager, &x);
  return x;
}

/* The same with random values, uniform in [-1, 1). */
static inline struct op_tensor op_tensor_random(struct gpu_manager *manager,
                                                enum gpu_type type, float outside,
                                                const uint32_t shape[3], struct rng *rng)
{
  uint64_t n = (uint64_t)shape[0] * shape[1];
  float *given = calloc(n, sizeof *given);
  for (uint64_t i = 0; i < n; i++)
    given[i] = (float)(2 * rng_unit(rng) - 1);
  struct op_tensor x = op_tensor_of(manager, type, outside, shape, given);
  free(given);
  return x;
}

/* A result that holds guard words only; `rows` are those the op knows of. */
static inline struct op_tensor op_tensor_result(struct gpu_manager *manager,
                                                uint32_t rows, uint32_t columns,
                                                uint32_t ld)
{
  const uint32_t shape[3] = { rows + OP_TEST_SPARE, columns, ld };
  float *given = calloc((size_t)shape[0] * columns, sizeof *given);
  for (size_t i = 0; i < (size_t)shape[0] * columns; i++)
    given[i] = OP_TEST_GUARD;
  struct op_tensor x = op_tensor_of(manager, GPU_F32, OP_TEST_GUARD, shape, given);
  free(given);
  return x;
}

/* I32 without gaps between rows; INT32_MAX / 3 around them. */
static inline struct op_tensor op_tensor_ints(struct gpu_manager *manager, uint32_t rows,
                                              uint32_t columns, const int32_t *given)
{
  struct op_tensor x = {
    .type = GPU_I32, .rows = rows, .columns = columns, .ld = columns
  };
  size_t edge = OP_TEST_EDGE / sizeof(int32_t), n = (size_t)rows * columns;
  int32_t outside = INT32_MAX / 3;
  x.before = calloc(n + 2 * edge, sizeof outside);
  for (size_t i = 0; i < n + 2 * edge; i++)
    memcpy(x.before + i * sizeof outside,
           i >= edge && i - edge < n ? &given[i - edge] : &outside, sizeof outside);
  op_test_place(manager, &x);
  return x;
}

static inline void op_tensor_drop(struct gpu_manager *manager, struct op_tensor *x)
{
  gpu_tensor_release(manager, &x->whole);
  free(x->values);
  free(x->before);
  *x = (struct op_tensor){ 0 };
}

static inline float op_tensor_at(const struct op_tensor *x, uint32_t row, uint32_t column)
{
  return x->values[(size_t)row * x->ld + column];
}

/* ---- looking ---- */

/* All of it as it is now, with its edges; free it. */
static inline uint8_t *op_tensor_now(struct gpu_manager *manager,
                                     const struct op_tensor *x)
{
  struct err err = { 0 };
  uint8_t *now = malloc(x->whole.bytes);
  assert_ok(gpu_tensor_download(manager, &x->whole, now, &err), err);
  return now;
}

/* Fails when a byte outside the columns of the first `rows` rows has changed (0 rows:
 * when anything has). Returns rows x ld values of an F32, which the caller frees. */
static inline float *op_tensor_look(struct gpu_manager *manager,
                                    const struct op_tensor *x, uint32_t rows,
                                    const char *what)
{
  uint32_t size = gpu_type_bytes(x->type), edge = OP_TEST_EDGE / size;
  uint64_t n = (uint64_t)x->rows * x->ld;
  uint8_t *now = op_tensor_now(manager, x);
  for (uint64_t i = 0; i < n + 2 * edge; i++) {
    uint64_t row = (i - edge) / x->ld, column = (i - edge) % x->ld;
    bool bound = i >= edge && i - edge < n;
    if (bound && row < rows && column < x->columns)
      continue;
    if (memcmp(now + i * size, x->before + i * size, size) != 0)
      fail_msg("%s: %s %lld was written", what,
               bound ? "the gap or spare row at" : "edge", (long long)i - edge);
  }
  memmove(now, now + OP_TEST_EDGE, n * size);
  return (float *)(void *)now;
}

/* Puts back what it held at first. */
static inline void op_tensor_restore(struct gpu_manager *manager,
                                     const struct op_tensor *x)
{
  struct err err = { 0 };
  assert_ok(gpu_tensor_upload(manager, &x->whole, x->before, &err), err);
}

#endif
