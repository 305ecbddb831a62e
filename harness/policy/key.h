/* key.h - the API key of an endpoint: where it is read from, and that it stays here.
 *
 * From the variable that --api-key-env names, from the file of --api-key-file, or, when
 * neither is given, from OPENAI_API_KEY: that one for https://api.openai.com alone, so
 * that a key which happens to be in the environment goes to no other host. White space at
 * both ends is dropped; what is left must be printable ASCII without spaces, since it
 * becomes part of a header.
 *
 * No message, warning or error holds the key or a part of it. The copy is owned by the
 * struct and wiped by key_close. ERR_USAGE for both sources at once or for a name that
 * cannot be a variable's (such as the key itself), ERR_ENV for a variable that is not set
 * or a file that cannot be read, ERR_DATA for what is no key. One thread at a time.
 */
#ifndef OREO_POLICY_KEY_H
#define OREO_POLICY_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { KEY_FILE_MAX = 64 << 10 };

struct key {
  char *secret; /* NUL-terminated; NULL = no key */
  size_t length;
  bool open_to_others; /* the file may be read by its group or by everybody */
};

/* `variable` (its name) and `file` may be NULL; `url` is the endpoint's base address. No
 * key at all is no error. On failure `key` is empty. */
NODISCARD int key_read(struct key *key, const char *variable, const char *file,
                       const char *url, struct err *err);
void key_close(struct key *key);

/* A warning when the key would go to `url` unencrypted, else NULL. */
const char *key_warning(const struct key *key, const char *url);

#endif
