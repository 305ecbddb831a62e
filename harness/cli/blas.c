#include "cli/blas.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

/* CBLAS's constants */
enum { ROW_MAJOR = 101, NOT_TRANSPOSED = 111, TRANSPOSED = 112 };

static const char *const libraries[] = {
  "libopenblas.so.0", "libopenblas.so", "libblis.so.4",
  "libmkl_rt.so.2",   "libblas.so.3",   "libblas.so",
};

/* ISO C has no cast from an object pointer to a function's; POSIX says the bytes do. */
static bool find(void *library, const char *name, void *to, size_t size)
{
  void *symbol = dlsym(library, name);
  if (symbol)
    memcpy(to, &symbol, size);
  return symbol != NULL;
}

static bool take(struct blas *blas, const char *path)
{
  const char *(*config)(void) = NULL;
  int (*threads)(void) = NULL;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library)
    return false;
  bool found = find(library, "cblas_sgemm", &blas->sgemm, sizeof blas->sgemm);
  if (found && find(library, "openblas_get_config", &config, sizeof config) &&
      find(library, "openblas_get_num_threads", &threads, sizeof threads))
    snprintf(blas->name, sizeof blas->name, "%s, %d threads, %s", path, threads(),
             config());
  else
    snprintf(blas->name, sizeof blas->name, "%s", path);
  dlclose(library);
  return found;
}

int blas_open(struct blas *blas, const char *path, struct err *err)
{
  *blas = (struct blas){ .sgemm = NULL };
  if (path && !take(blas, path))
    return err_set(err, ERR_ENV,
                   "cannot use '%s' as a BLAS library: it is not there or has no "
                   "cblas_sgemm; install libopenblas0 (Debian) or leave --blas out",
                   path);
  for (size_t i = 0; i < COUNT(libraries) && !blas->sgemm; i++)
    (void)take(blas, libraries[i]);
  return 0;
}

void blas_multiply(const struct blas *blas, const struct blas_product *p)
{
  blas->sgemm(ROW_MAJOR, p->transpose_a ? TRANSPOSED : NOT_TRANSPOSED,
              p->transpose_b ? TRANSPOSED : NOT_TRANSPOSED, p->m, p->n, p->k, 1, p->a,
              p->transpose_a ? p->m : p->k, p->b, p->transpose_b ? p->k : p->n, 0, p->c,
              p->n);
}
