/* date.h - the three ways in which HTTP writes a date.
 *
 *   Sun, 06 Nov 1994 08:49:37 GMT     what servers are to send
 *   Sunday, 06-Nov-94 08:49:37 GMT    older; years 70 to 99 are of the last century
 *   Sun Nov  6 08:49:37 1994          C's asctime
 *
 * Pure. The name of the weekday is not held against the date; everything else must fit.
 */
#ifndef OREO_NET_DATE_H
#define OREO_NET_DATE_H

#include "base/str.h"

/* Seconds since 1970, UTC; -1 when it is no date or lies before that. */
int64_t http_date_read(struct str text);

#endif
