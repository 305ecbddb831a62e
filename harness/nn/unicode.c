#include "nn/unicode.h"

#include <stdlib.h>

#include <utf8proc.h>

size_t unicode_next(struct str s, size_t at, int32_t *cp)
{
  unsigned char first = (unsigned char)s.ptr[at];
  if (first < 0x80) {
    *cp = first;
    return 1;
  }
  utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + at,
                                        (utf8proc_ssize_t)(s.len - at), cp);
  if (n > 0)
    return (size_t)n;
  *cp = UNICODE_BAD;
  return 1;
}

size_t unicode_previous(struct str s, size_t at, int32_t *cp)
{
  for (size_t n = 1; n <= 4 && n <= at; n++) {
    if (((unsigned char)s.ptr[at - n] & 0xc0) == 0x80)
      continue;
    if (unicode_next(str_slice(s, 0, at), at - n, cp) == n)
      return n;
    break;
  }
  *cp = UNICODE_BAD;
  return 1;
}

void unicode_add(struct buf *out, int32_t cp)
{
  utf8proc_uint8_t bytes[4];
  utf8proc_ssize_t n = utf8proc_encode_char(cp, bytes);
  buf_add(out, (struct str){ (const char *)bytes, (size_t)n });
}

bool unicode_is_space(int32_t cp)
{
  if (cp < 0x80)
    return cp == ' ' || (cp >= '\t' && cp <= '\r');
  return cp == 0x85 || cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) ||
         cp == 0x2028 || cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

bool unicode_is_letter(int32_t cp)
{
  if (cp < 0x80)
    return cp >= 0 && char_is_alpha((char)cp);
  switch (utf8proc_category(cp)) {
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO: return true;
  default: return false;
  }
}

bool unicode_is_number(int32_t cp)
{
  if (cp < 0x80)
    return cp >= '0' && cp <= '9';
  switch (utf8proc_category(cp)) {
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_NO: return true;
  default: return false;
  }
}

/* Letters in circles and squares: symbols by category, alphabetic all the same. */
static bool is_enclosed_letter(int32_t cp)
{
  return (cp >= 0x24b6 && cp <= 0x24e9) || (cp >= 0x1f130 && cp <= 0x1f149) ||
         (cp >= 0x1f150 && cp <= 0x1f169) || (cp >= 0x1f170 && cp <= 0x1f189);
}

bool unicode_is_word(int32_t cp)
{
  if (cp < 0x80)
    return cp >= 0 && (char_is_alnum((char)cp) || cp == '_');
  switch (utf8proc_category(cp)) {
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ME:
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_PC: return true;
  default:
    return unicode_is_letter(cp) || is_enclosed_letter(cp) || cp == 0x200c ||
           cp == 0x200d;
  }
}

/* ---- the composed normal form ---- */

enum {
  NFC_FIRST = 0x300,      /* below it nothing composes or is reordered */
  NFC_PIECE_BYTES = 1024, /* normalised at once; longer only up to the next safe place */
};

/* Does nothing before `cp` ever compose with it or change places with it? All that does
 * is a mark or a vowel or final consonant of Hangul. */
static bool nfc_starts_piece(int32_t cp)
{
  if (cp < NFC_FIRST)
    return true;
  if (cp >= 0x1100 && cp <= 0x11ff)
    return false;
  switch (utf8proc_category(cp)) {
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ME: return false;
  default: return true;
  }
}

/* Where the piece that begins at `from` ends: before a bad byte, a safe start behind
 * NFC_PIECE_BYTES / 2, or the full size. */
static size_t nfc_piece_end(struct str s, size_t from)
{
  size_t at = from;
  while (at < s.len && at - from < NFC_PIECE_BYTES) {
    int32_t cp;
    size_t n = unicode_next(s, at, &cp);
    if (cp == UNICODE_BAD)
      return at;
    if (at - from >= NFC_PIECE_BYTES / 2 && nfc_starts_piece(cp))
      return at;
    at += n;
  }
  return at;
}

static void nfc_add(struct buf *out, struct str piece)
{
  /* A character decomposes into at most 4 in NFC's mapping; +1 for reencode's NUL. */
  utf8proc_int32_t cps[4 * (NFC_PIECE_BYTES + 4) + 1];
  const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
  utf8proc_ssize_t room = (utf8proc_ssize_t)(sizeof cps / sizeof cps[0]) - 1;
  utf8proc_ssize_t n =
      utf8proc_decompose((const utf8proc_uint8_t *)piece.ptr, (utf8proc_ssize_t)piece.len,
                         cps, room, options);
  utf8proc_ssize_t bytes = n < 0 || n > room ? -1 : utf8proc_reencode(cps, n, options);
  if (bytes < 0)
    buf_add(out, piece);
  else
    buf_add(out, (struct str){ (const char *)cps, (size_t)bytes });
}

static bool nfc_is_plain(struct str s)
{
  for (size_t at = 0; at < s.len; at++)
    if ((unsigned char)s.ptr[at] >= 0xcc) /* the lead byte of U+0300 */
      return false;
  return true;
}

bool unicode_nfc(struct str s, struct buf *out)
{
  if (nfc_is_plain(s))
    return false;
  buf_reset(out);
  for (size_t at = 0; at < s.len;) {
    size_t end = nfc_piece_end(s, at);
    if (end == at)
      buf_add_char(out, s.ptr[end++]); /* a byte that is no UTF-8 */
    else
      nfc_add(out, str_slice(s, at, end));
    at = end;
  }
  return true;
}
