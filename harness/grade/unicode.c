/* unicode.c - non-ASCII mathematics written in ASCII and LaTeX. */
#include "grade/vocabulary.h"

/* In order of the code point. Full-width ASCII and raised or lowered digits are computed.
 */
static const struct {
  uint32_t point;
  const char *ascii;
} meanings[] = {
  { 0x00A0, " " },
  { 0x00A3, "\\pounds " },
  { 0x00B0, "^\\circ " },
  { 0x00B1, "\\pm " },
  { 0x00B5, "\\mu " },
  { 0x00B7, "\\cdot " },
  { 0x00BA, "^\\circ " },
  { 0x00BC, "\\frac14 " },
  { 0x00BD, "\\frac12 " },
  { 0x00BE, "\\frac34 " },
  { 0x00D7, "\\times " },
  { 0x00D8, "\\emptyset " },
  { 0x00F7, "\\div " },
  { 0x02B9, "'" },
  { 0x02DA, "^\\circ " },
  { 0x0393, "\\Gamma " },
  { 0x0394, "\\Delta " },
  { 0x0398, "\\Theta " },
  { 0x039B, "\\Lambda " },
  { 0x039E, "\\Xi " },
  { 0x03A3, "\\Sigma " },
  { 0x03A6, "\\Phi " },
  { 0x03A8, "\\Psi " },
  { 0x03A9, "\\Omega " },
  { 0x03B1, "\\alpha " },
  { 0x03B2, "\\beta " },
  { 0x03B3, "\\gamma " },
  { 0x03B4, "\\delta " },
  { 0x03B5, "\\epsilon " },
  { 0x03B6, "\\zeta " },
  { 0x03B7, "\\eta " },
  { 0x03B8, "\\theta " },
  { 0x03B9, "\\iota " },
  { 0x03BA, "\\kappa " },
  { 0x03BB, "\\lambda " },
  { 0x03BC, "\\mu " },
  { 0x03BD, "\\nu " },
  { 0x03BE, "\\xi " },
  { 0x03C0, "\\pi " },
  { 0x03C1, "\\rho " },
  { 0x03C3, "\\sigma " },
  { 0x03C4, "\\tau " },
  { 0x03C5, "\\upsilon " },
  { 0x03C6, "\\phi " },
  { 0x03C7, "\\chi " },
  { 0x03C8, "\\psi " },
  { 0x03C9, "\\omega " },
  { 0x03D1, "\\vartheta " },
  { 0x03D5, "\\phi " },
  { 0x03F5, "\\epsilon " },
  { 0x2002, " " },
  { 0x2003, " " },
  { 0x2009, " " },
  { 0x200B, "" },
  { 0x200C, "" },
  { 0x200D, "" },
  { 0x2010, "-" },
  { 0x2011, "-" },
  { 0x2013, "-" },
  { 0x2014, "-" },
  { 0x2018, "'" },
  { 0x2019, "'" },
  { 0x201C, "" },
  { 0x201D, "" },
  { 0x2022, "\\cdot " },
  { 0x2026, "\\ldots " },
  { 0x202F, " " },
  { 0x2032, "'" },
  { 0x2033, "\"" },
  { 0x2044, "/" },
  { 0x2060, "" },
  { 0x2061, "" },
  { 0x2062, "" },
  { 0x2063, "" },
  { 0x207F, "^{n}" },
  { 0x20AC, "\\euro " },
  { 0x2102, "\\mathbb{C}" },
  { 0x210F, "\\hbar " },
  { 0x2115, "\\mathbb{N}" },
  { 0x211A, "\\mathbb{Q}" },
  { 0x211D, "\\mathbb{R}" },
  { 0x2124, "\\mathbb{Z}" },
  { 0x2147, "e" },
  { 0x2148, "i" },
  { 0x2150, "\\frac17 " },
  { 0x2151, "\\frac19 " },
  { 0x2152, "\\frac1{10}" },
  { 0x2153, "\\frac13 " },
  { 0x2154, "\\frac23 " },
  { 0x2155, "\\frac15 " },
  { 0x2156, "\\frac25 " },
  { 0x2157, "\\frac35 " },
  { 0x2158, "\\frac45 " },
  { 0x2159, "\\frac16 " },
  { 0x215A, "\\frac56 " },
  { 0x215B, "\\frac18 " },
  { 0x215C, "\\frac38 " },
  { 0x215D, "\\frac58 " },
  { 0x215E, "\\frac78 " },
  { 0x2192, "\\to " },
  { 0x21D2, "\\Rightarrow " },
  { 0x2202, "\\partial " },
  { 0x2205, "\\emptyset " },
  { 0x2207, "\\nabla " },
  { 0x2208, "\\in " },
  { 0x220F, "\\prod " },
  { 0x2211, "\\sum " },
  { 0x2212, "-" },
  { 0x2213, "\\mp " },
  { 0x2215, "/" },
  { 0x2216, "\\setminus " },
  { 0x2217, "*" },
  { 0x2219, "\\cdot " },
  { 0x221A, "\\sqrt " },
  { 0x221B, "cbrt " },
  { 0x221E, "\\infty " },
  { 0x2220, "\\angle " },
  { 0x2223, "|" },
  { 0x2227, "\\land " },
  { 0x2228, "\\lor " },
  { 0x2229, "\\cap " },
  { 0x222A, "\\cup " },
  { 0x222B, "\\int " },
  { 0x2243, "\\approx " },
  { 0x2248, "\\approx " },
  { 0x2260, "\\ne " },
  { 0x2261, "\\equiv " },
  { 0x2264, "\\le " },
  { 0x2265, "\\ge " },
  { 0x2266, "\\le " },
  { 0x2267, "\\ge " },
  { 0x22C2, "\\cap " },
  { 0x22C3, "\\cup " },
  { 0x22C5, "\\cdot " },
  { 0x22EF, "\\ldots " },
  { 0x2308, "\\lceil " },
  { 0x2309, "\\rceil " },
  { 0x230A, "\\lfloor " },
  { 0x230B, "\\rfloor " },
  { 0x25B3, "\\triangle " },
  { 0x2715, "\\times " },
  { 0x27E8, "\\langle " },
  { 0x27E9, "\\rangle " },
  { 0x27F6, "\\to " },
  { 0x2A2F, "\\times " },
  { 0x2A7D, "\\le " },
  { 0x2A7E, "\\ge " },
  { 0x3000, " " },
  { 0x3001, "," },
  { 0x3002, "." },
  { 0x3008, "\\langle " },
  { 0x3009, "\\rangle " },
  { 0xFE63, "-" },
  { 0xFEFF, "" },
  { 0xFF0C, "," },
  { 0xFF0D, "-" },
  { 0x1D452, "e" },
  { 0x1D456, "i" },
  { 0x1D465, "x" },
  { 0x1D70B, "\\pi " },
  { 0x1D745, "\\pi " },
};

static const char *meaning_of(uint32_t point)
{
  size_t low = 0, high = COUNT(meanings);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (meanings[middle].point < point)
      low = middle + 1;
    else
      high = middle;
  }
  return low < COUNT(meanings) && meanings[low].point == point ? meanings[low].ascii
                                                               : NULL;
}

/* A raised (`^`) or lowered (`_`) ASCII character, or 0: its ASCII form goes to `*plain`.
 */
static char raised_or_lowered(uint32_t point, char *plain)
{
  static const char upper[] = "0\0\0\0"
                              "456789+-=()";
  if (point == 0xB9 || point == 0xB2 || point == 0xB3)
    *plain = point == 0xB9 ? '1' : (char)('2' + (point - 0xB2));
  else if (point == 0x2070 || (point >= 0x2074 && point <= 0x207E))
    *plain = upper[point - 0x2070];
  else if (point >= 0x2080 && point <= 0x208E) {
    *plain = "0123456789+-=()"[point - 0x2080];
    return '_';
  } else
    return 0;
  return '^';
}

/* Decodes one character; malformed bytes count as one character each. */
static size_t decode(struct str text, size_t at, uint32_t *point)
{
  unsigned char lead = (unsigned char)text.ptr[at];
  size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (len > text.len - at)
    len = 1;
  *point = len == 1 ? lead : lead & (0xFFu >> (len + 1));
  for (size_t i = 1; i < len; i++)
    *point = *point << 6 | ((unsigned char)text.ptr[at + i] & 0x3F);
  return len;
}

/* No character grows to more than this. */
enum { LONGEST_MEANING = 13 };

struct writer {
  char *ptr;
  size_t len;
  char script; /* `^` or `_` while a group of raised or lowered characters is open */
};

static void write_script(struct writer *writer, char script, char plain)
{
  if (writer->script && writer->script != script)
    writer->ptr[writer->len++] = '}';
  if (script && writer->script != script) {
    writer->ptr[writer->len++] = script;
    writer->ptr[writer->len++] = '{';
  }
  if (script)
    writer->ptr[writer->len++] = plain;
  writer->script = script;
}

static void write_bytes(struct writer *writer, const char *bytes, size_t n)
{
  memcpy(writer->ptr + writer->len, bytes, n);
  writer->len += n;
}

struct str ascii_of(struct arena *arena, struct str text)
{
  size_t at = 0;
  while (at < text.len && (unsigned char)text.ptr[at] < 0x80)
    at++;
  if (at == text.len)
    return text;
  struct writer writer = { arena_alloc(arena, text.len * LONGEST_MEANING + 1), 0, 0 };
  for (at = 0; at < text.len;) {
    uint32_t point;
    char plain = 0;
    size_t len = decode(text, at, &point);
    char script = len > 1 ? raised_or_lowered(point, &plain) : 0;
    write_script(&writer, script, plain);
    const char *meaning = len > 1 ? meaning_of(point) : NULL;
    if (point >= 0xFF01 && point <= 0xFF5E && len == 3)
      writer.ptr[writer.len++] = (char)(point - 0xFF01 + '!');
    else if (meaning)
      write_bytes(&writer, meaning, strlen(meaning));
    else if (!script)
      write_bytes(&writer, text.ptr + at, len);
    at += len;
  }
  write_script(&writer, 0, 0);
  return (struct str){ writer.ptr, writer.len };
}
