/* str.h - a borrowed piece of text: pointer and length, never owned, never NUL-terminated.
 *
 * For: slicing what comes from outside without copying. Not for: building text (buf.h).
 * A `struct str` is valid as long as what it points into. {NULL, 0} means "absent";
 * an empty piece has a non-NULL pointer. ASCII rules only: no locale anywhere.
 */
#ifndef OREO_BASE_STR_H
#define OREO_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
  const char *ptr;
  size_t len; /* bytes */
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* for printf's "%.*s" */
#define STR_ARG(s) (int)(s).len, (s).ptr

static inline struct str str_from(const char *cstr)
{
  return cstr ? (struct str){ cstr, strlen(cstr) } : STR_NONE;
}

static inline bool str_present(struct str s) { return s.ptr != NULL; }

/* The bytes [from, to), both clamped to the length. */
struct str str_slice(struct str s, size_t from, size_t to);
/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);

bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Byte-wise order as memcmp, a prefix first: for sorting. */
int str_compare(struct str a, struct str b);

/* Offset of the first / last occurrence, or -1. Linear in s.len for the needles we use. */
ptrdiff_t str_find(struct str s, struct str needle);
ptrdiff_t str_find_last(struct str s, struct str needle);
ptrdiff_t str_find_char(struct str s, char c);

/* Cuts `*rest` at the next newline: returns the line without "\n" or "\r\n" and moves
 * `*rest` behind it. Absent when nothing is left. */
struct str str_next_line(struct str *rest);

/* Levenshtein distance, for "did you mean": both at most 64 bytes, else a large number. */
size_t str_distance(struct str a, struct str b);

/* True when every byte sequence is well-formed UTF-8 (no surrogates, no overlong forms);
 * otherwise `*bad_offset` (may be NULL) is where the first bad byte stands. */
bool str_is_utf8(struct str s, size_t *bad_offset);

/* ASCII classes; the C library's depend on the locale. */
static inline bool char_is_space(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool char_is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool char_is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool char_is_lower(char c) { return c >= 'a' && c <= 'z'; }
static inline bool char_is_alpha(char c) { return char_is_upper(c) || char_is_lower(c); }
static inline bool char_is_alnum(char c) { return char_is_alpha(c) || char_is_digit(c); }
static inline char char_lower(char c) { return char_is_upper(c) ? (char)(c + 32) : c; }

#endif
