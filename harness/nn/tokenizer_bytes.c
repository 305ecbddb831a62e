#include "nn/tokenizer_bytes.h"

#include "nn/unicode.h"

/* Bytes that are not their own letter: 0..32, 127..160, 173. */
enum { LOW_LAST = 32, HIGH_FIRST = 127, HIGH_LAST = 160, SOFT_HYPHEN = 173 };
enum { LETTERS = 256, N_LOW = LOW_LAST + 1, N_HIGH = HIGH_LAST - HIGH_FIRST + 1 };

int32_t byte_letter(unsigned char byte)
{
  if (byte <= LOW_LAST)
    return LETTERS + byte;
  if (byte >= HIGH_FIRST && byte <= HIGH_LAST)
    return LETTERS + N_LOW + byte - HIGH_FIRST;
  return byte == SOFT_HYPHEN ? LETTERS + N_LOW + N_HIGH : byte;
}

int byte_of_letter(int32_t cp)
{
  if (cp >= LETTERS) {
    int32_t n = cp - LETTERS;
    if (n < N_LOW)
      return n;
    if (n < N_LOW + N_HIGH)
      return HIGH_FIRST + n - N_LOW;
    return n == N_LOW + N_HIGH ? SOFT_HYPHEN : -1;
  }
  return cp >= 0 && byte_letter((unsigned char)cp) == cp ? cp : -1;
}

bool byte_spelling_read(struct buf *out, struct str spelling)
{
  size_t before = out->len;
  for (size_t at = 0; at < spelling.len;) {
    int32_t cp;
    at += unicode_next(spelling, at, &cp);
    int byte = byte_of_letter(cp);
    if (byte < 0) {
      if (out->ptr)
        buf_truncate(out, before);
      return false;
    }
    buf_add_char(out, (char)byte);
  }
  return true;
}

void byte_spelling_write(struct buf *out, struct str bytes)
{
  for (size_t i = 0; i < bytes.len; i++)
    unicode_add(out, byte_letter((unsigned char)bytes.ptr[i]));
}

static int hex_digit(char c)
{
  if (char_is_digit(c))
    return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int byte_token_value(struct str piece)
{
  if (piece.len != 6 || !str_starts(piece, STR("<0x")) || piece.ptr[5] != '>')
    return -1;
  int high = hex_digit(piece.ptr[3]), low = hex_digit(piece.ptr[4]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}
