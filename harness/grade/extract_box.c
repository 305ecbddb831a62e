/* \boxed{x} and its kin: \fbox{x}, boxed{x}, \boxed x; several boxes that are one list.
 */
#include "grade/extract.h"
#include "grade/scan.h"

enum { LIMIT_BOXES = 64 }; /* looked at from the end; a flood of boxes stops here */

struct box {
  size_t at;       /* where the command begins */
  size_t from, to; /* its inside */
  size_t end;      /* behind its closing brace */
};

/* The 'x' at offset `x` of "boxed", "fbox", "framebox": where the command begins and
 * ends, false when it is another word. */
static bool box_command(struct str s, size_t x, size_t *begin, size_t *end)
{
  static const struct str words[] = { WORD("boxed"), WORD("framebox"), WORD("fbox") };
  static const size_t x_at[] = { 2, 7, 3 };
  for (size_t i = 0; i < COUNT(words); i++) {
    if (x < x_at[i] || !str_starts(str_slice(s, x - x_at[i], s.len), words[i]))
      continue;
    *begin = x - x_at[i];
    *end = *begin + words[i].len;
    while (*begin > 0 && s.ptr[*begin - 1] == '\\')
      --*begin;
    return true;
  }
  return false;
}

/* "\boxed 5": a run without white space, dollar or closing brace. */
static size_t bare_end(struct str s, size_t from)
{
  size_t i = from;
  while (i < s.len && !char_is_space(s.ptr[i]) && !strchr("$},;", s.ptr[i]))
    i++;
  return i;
}

/* The next box towards the beginning. `open_too`: also one without its closing brace,
 * whose inside then goes to the end of its line. */
static bool box_back(struct scan *scan, bool open_too, struct box *out)
{
  struct str s = scan->s;
  for (ptrdiff_t x; (x = scan_back(scan, 'x')) >= 0;) {
    size_t begin, at;
    if (x == 0 || s.ptr[x - 1] != 'o' || !box_command(s, (size_t)x, &begin, &at))
      continue;
    bool command = begin < s.len && s.ptr[begin] == '\\';
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\n'))
      at++;
    if (at >= s.len)
      continue;
    if (s.ptr[at] == '[' && scan_brace(s, at)) /* \framebox[width]{x} */
      at = scan_brace(s, at);
    if (at < s.len && s.ptr[at] == '{') {
      size_t end = scan_brace(s, at);
      ptrdiff_t line = str_find_char(str_slice(s, at, at + 512), '\n');
      size_t stop = line < 0 ? (s.len < at + 512 ? s.len : at + 512) : at + (size_t)line;
      *out = (struct box){ begin, at + 1, end ? end - 1 : stop, end ? end : stop };
      if (end || open_too)
        return true;
      scan_charge(scan, 4096);
    } else if (command && at < s.len && (char_is_digit(s.ptr[at]) || s.ptr[at] == '-')) {
      *out = (struct box){ begin, at, bare_end(s, at), bare_end(s, at) };
      return true;
    }
  }
  return false;
}

static bool is_blank(struct str s)
{
  return str_trim(s).len == 0;
}

/* "x =" at `i`: the offset behind it, or 0. */
static size_t assignment_end(struct str s, size_t i)
{
  size_t k = i + 1;
  while (k < s.len && (s.ptr[k] == ' ' || s.ptr[k] == '_' || char_is_digit(s.ptr[k])))
    k++;
  return char_is_lower(s.ptr[i]) && k < s.len && s.ptr[k] == '=' ? k + 1 : 0;
}

bool joint_between(struct str s)
{
  static const struct str parts[] = {
    WORD("\\text{ and }"), WORD("\\text{and}"), WORD("\\text{ or }"), WORD("\\text{or}"),
    WORD("\\qquad"),       WORD("\\quad"),      WORD("and"),          WORD("or"),
    WORD("\\("),           WORD("\\)"),         WORD("\\,"),          WORD("\\;"),
    WORD("\\ "),           WORD("&"),           WORD("\\\\"),
  };
  for (size_t i = 0; i < s.len;) {
    if (char_is_space(s.ptr[i]) || strchr(",;$*", s.ptr[i])) {
      i++;
      continue;
    }
    if (assignment_end(s, i)) {
      i = assignment_end(s, i);
      continue;
    }
    size_t k = 0;
    while (k < COUNT(parts) && !str_starts(str_slice(s, i, s.len), parts[k]))
      k++;
    if (k == COUNT(parts))
      return false;
    i += parts[k].len;
  }
  return true;
}

/* Is what stands right before `at` an approximation sign? */
static bool is_approximation(struct str s, size_t at)
{
  struct str before = str_trim(str_slice(s, at > 40 ? at - 40 : 0, at));
  while (before.len && strchr("$ ", before.ptr[before.len - 1]))
    before.len--;
  return str_ends(before, STR("\\approx")) || str_ends(before, STR("\\simeq")) ||
         str_ends(before, STR("\xE2\x89\x88"));
}

/* The boxes that end at `last`, in the order of the text, joined by commas. */
static struct str join(struct arena *arena, struct str s, const struct box *boxes,
                       size_t n)
{
  struct str joined = STR("");
  for (size_t i = n; i-- > 0;) {
    struct str inside = str_trim(str_slice(s, boxes[i].from, boxes[i].to));
    joined = arena_printf(arena, "%.*s%s%.*s", STR_ARG(joined), i + 1 < n ? ", " : "",
                          STR_ARG(inside));
  }
  return joined;
}

static void add_joined(const struct source *source, struct scan scan, struct box last,
                       struct pieces *out)
{
  struct str s = source->full.s;
  struct box boxes[LIMIT_BOXES];
  size_t n = 1, bytes = last.to - last.from;
  boxes[0] = last;
  while (n < LIMIT_BOXES && box_back(&scan, false, &boxes[n]) && bytes < LIMIT_PIECE) {
    size_t joint = boxes[n].end;
    if (joint > boxes[n - 1].at || boxes[n - 1].at - joint > 80 ||
        !joint_between(str_slice(s, joint, boxes[n - 1].at)))
      break;
    bytes += boxes[n].to - boxes[n].from;
    n++;
  }
  if (n == 1 || bytes >= LIMIT_PIECE || out->n >= LIMIT_PIECES)
    return;
  struct str joined = join(source->arena, s, boxes, n);
  out->at[out->n++] = (struct piece){ boxes[n - 1].at, last.end, joined };
}

/* "\\boxed{Janet makes 18 dollars}": its number, when it has only one. */
static void add_number_in_words(struct str s, struct box box, struct pieces *out)
{
  struct piece first, last;
  bool word = false, formula = false;
  for (size_t i = box.from; i < box.to; i++) {
    bool letter = char_is_alpha(s.ptr[i]);
    word = word || (letter && i > box.from && char_is_alpha(s.ptr[i - 1]));
    formula = formula || strchr("=([+*/^_<>,;:&", s.ptr[i]);
  }
  if (word && !formula && number_first(s, box.from, box.to, &first) &&
      number_last(s, box.from, box.to, &last) && first.from == last.from)
    pieces_add(out, first.from, first.to);
}

void rule_box(const struct source *source, struct pieces *out)
{
  struct str s = source->full.s;
  struct scan scan = scan_from_end(s, SCAN_FAR);
  struct box box, earlier;
  for (size_t i = 0; i < LIMIT_BOXES && box_back(&scan, false, &box); i++) {
    if (is_blank(str_slice(s, box.from, box.to)))
      continue;
    if (source->wants_list)
      add_joined(source, scan, box, out);
    struct scan before = scan;
    if (is_approximation(s, box.at) && box_back(&before, false, &earlier) &&
        box.at - earlier.end < 40 && earlier.end <= box.at)
      pieces_add(out, earlier.from, earlier.to);
    pieces_add(out, box.from, box.to);
    if (source->wants_number)
      add_number_in_words(s, box, out);
    return;
  }
}

void rule_open_box(const struct source *source, struct pieces *out)
{
  struct scan scan = scan_from_end(source->full.s, SCAN_FAR);
  struct box box;
  if (box_back(&scan, true, &box) &&
      !is_blank(str_slice(source->full.s, box.from, box.to))) {
    struct piece number;
    size_t brace = box.to;
    while (brace > box.from && strchr("$ }.", source->full.s.ptr[brace - 1]))
      brace--;
    pieces_add(out, box.from, brace);
    if (source->wants_number && number_first(source->full.s, box.from, box.to, &number))
      pieces_add(out, number.from, number.to);
  }
}
