/* blas.h - somebody else's matrix product, when this machine has one.
 *
 * For `oreo-bench bench gemm`, which names it beside its own figures. The library is
 * opened at run time and needed by nothing: any that has CBLAS's cblas_sgemm with 32-bit
 * integers will do (OpenBLAS, BLIS, MKL, the reference). It stays mapped, since its
 * threads live on. One thread.
 */
#ifndef OREO_CLI_BLAS_H
#define OREO_CLI_BLAS_H

#include <stdbool.h>

#include "base/err.h"

struct blas {
  void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                float *c, int ldc); /* NULL: there is none */
  char name[160];                   /* "libopenblas.so.0, OpenBLAS 0.3.21 ..." */
};

/* `path` NULL: the first of the usual names; none of them is no error, blas->sgemm is
 * NULL then. A path that cannot be opened or has no cblas_sgemm is ERR_ENV. */
NODISCARD int blas_open(struct blas *blas, const char *path, struct err *err);

/* c[m][n] = a b with a transposed or not, b transposed or not, row-major. */
struct blas_product {
  int m, n, k;
  const float *a, *b;
  float *c;
  bool transpose_a, transpose_b;
};
void blas_multiply(const struct blas *blas, const struct blas_product *product);

#endif
