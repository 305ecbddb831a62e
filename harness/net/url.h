/* url.h - what has to be known of an address: its scheme, and how to show it.
 *
 * Pure functions of a C string; no address is ever shown with the user and password that
 * may stand in it.
 */
#ifndef OREO_NET_URL_H
#define OREO_NET_URL_H

#include "base/err.h"
#include "base/str.h"

/* `scheme` with its "://"; case does not matter. */
bool url_has_scheme(struct str url, struct str scheme);
/* ERR_USAGE unless it is http, https or file. */
NODISCARD int url_check(const char *url, struct err *err);
/* The address without user and password, for messages and files: into `out`, which it is
 * cut to fit. */
void url_public(const char *url, char *out, size_t size);

#endif
