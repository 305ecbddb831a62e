/* origin.h - who an address belongs to: scheme, host and port, in one spelling.
 *
 * For: deciding whether a key may go there. The address is taken apart by libcurl, as it
 * will be when the connection is made, so that no two readings of it can differ. Case, a
 * default port and user:password make no difference; anything but http and https, and a
 * host that does not fit, has no origin. Owns nothing.
 */
#ifndef OREO_NET_ORIGIN_H
#define OREO_NET_ORIGIN_H

#include <stdbool.h>

#include "net/libcurl.h"

enum { ORIGIN_SIZE = 288 }; /* a host's name is at most 253 bytes */

struct origin {
  char text[ORIGIN_SIZE]; /* "https://host:443"; safe to show */
};

/* -1 when it has none. */
NODISCARD int origin_of(const struct libcurl *curl, const char *url,
                        struct origin *origin);
bool origin_equal(const struct origin *a, const struct origin *b);

#endif
