#include "mock/libmicrohttpd.h"

#include <dlfcn.h>
#include <string.h>

#include "base/arena.h"

static const char library_name[] = "libmicrohttpd.so.12";

struct symbol {
  const char *name;
  size_t offset; /* of the pointer in struct libmicrohttpd */
};

static const struct symbol symbols[] = {
#define XX(result, name, parameters) \
  { "MHD_" #name, offsetof(struct libmicrohttpd, name) },
  LIBMICROHTTPD_MAP(XX)
#undef XX
};

int libmicrohttpd_open(struct libmicrohttpd *mhd, struct err *err)
{
  /* RTLD_NODELETE: its TLS library does not like to be unloaded */
  *mhd = (struct libmicrohttpd){ 0 };
  mhd->library = dlopen(library_name, RTLD_NOW | RTLD_NODELETE);
  if (!mhd->library)
    return err_set(err, ERR_ENV,
                   "cannot open '%s', which serves HTTP; install it (Debian: apt install "
                   "libmicrohttpd12)",
                   library_name);
  for (size_t i = 0; i < COUNT(symbols); i++) {
    void *function = dlsym(mhd->library, symbols[i].name);
    if (!function) {
      dlclose(mhd->library);
      return err_set(err, ERR_ENV,
                     "'%s' has no '%s'; install libmicrohttpd 0.9.75 or later",
                     library_name, symbols[i].name);
    }
    /* ISO C has no cast from an object pointer to a function's; POSIX says the bytes do.
     */
    memcpy((char *)mhd + symbols[i].offset, &function, sizeof function);
  }
  return 0;
}

void libmicrohttpd_close(struct libmicrohttpd *mhd)
{
  dlclose(mhd->library);
}
