/* unicode.h - what the tokenizers need to know of Unicode; the only user of utf8proc.
 *
 * For: walking over characters, white space and word characters beside an added token,
 * and the composed normal form (NFC). Not for: case, width, segmentation.
 *
 * Bytes that are no UTF-8 are never an error: they are characters of one byte with the
 * code point UNICODE_BAD, and NFC leaves them as they stand. Thread-safe: no globals.
 */
#ifndef OREO_NN_UNICODE_H
#define OREO_NN_UNICODE_H

#include "base/buf.h"

enum { UNICODE_BAD = -1 };

/* The character at byte `at` < s.len: its length in bytes (1..4) and its code point. */
size_t unicode_next(struct str s, size_t at, int32_t *cp);
/* The same of the character that ends before byte `at` > 0. */
size_t unicode_previous(struct str s, size_t at, int32_t *cp);
/* Appends the code point as UTF-8. */
void unicode_add(struct buf *out, int32_t cp);

/* Unicode's White_Space; and \w: letters, marks, digits, connectors. */
bool unicode_is_space(int32_t cp);
bool unicode_is_word(int32_t cp);
bool unicode_is_letter(int32_t cp); /* \p{L} */
bool unicode_is_number(int32_t cp); /* \p{N} */

/* Writes the NFC of `s` into `out` (reset first) and returns true; false when `s` surely
 * is its own NFC already (nothing is written). A run of some 500 combining marks is cut,
 * as in the stream-safe format of UAX #15, so that ordering them stays linear. */
bool unicode_nfc(struct str s, struct buf *out);

#endif
