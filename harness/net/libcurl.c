#include "net/libcurl.h"

#include <dlfcn.h>
#include <string.h>

#include "base/arena.h"

/* Both flavours of Debian have the same ABI. */
static const char *const libraries[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };

struct symbol {
  const char *name;
  size_t offset; /* of the pointer in struct libcurl */
};

static const struct symbol symbols[] = {
#define XX(result, name, parameters) { "curl_" #name, offsetof(struct libcurl, name) },
  LIBCURL_MAP(XX)
#undef XX
};

int libcurl_open(struct libcurl *curl, struct err *err)
{
  *curl = (struct libcurl){ 0 };
  for (size_t i = 0; i < COUNT(libraries) && !curl->library; i++)
    curl->library = dlopen(libraries[i], RTLD_NOW | RTLD_NODELETE);
  if (!curl->library)
    return err_set(err, ERR_ENV,
                   "cannot open '%s', which speaks HTTP; install it (Debian: apt install "
                   "libcurl4); a file can also be given with --data FILE",
                   libraries[0]);
  for (size_t i = 0; i < COUNT(symbols); i++) {
    void *function = dlsym(curl->library, symbols[i].name);
    if (!function) {
      dlclose(curl->library);
      return err_set(err, ERR_ENV, "'%s' has no '%s'; install libcurl 7.85 or later",
                     libraries[0], symbols[i].name);
    }
    /* ISO C has no cast from an object pointer to a function's; POSIX says the bytes do.
     */
    memcpy((char *)curl + symbols[i].offset, &function, sizeof function);
  }
  if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    dlclose(curl->library);
    return err_set(err, ERR_ENV, "cannot start libcurl; is its TLS library whole?");
  }
  return 0;
}

void libcurl_close(struct libcurl *curl)
{
  curl->global_cleanup();
  dlclose(curl->library);
}
