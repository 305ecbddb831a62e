#include "nn/tokenizer_split.h"

#include "base/pattern.h"
#include "nn/unicode.h"

/* Unicode's White_Space. PCRE2's own \s has U+180E too, which no tokenizer's has. */
#define SPACES                                                                 \
  "\\t-\\r\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}" \
  "\\x{202f}\\x{205f}\\x{3000}"

enum { WORK_MAX = 256 << 20, REGEX_MAX = 8192 };

int split_behaviour_from_name(struct str name)
{
  static const char *const names[] = {
#define XX(id, text) text,
    SPLIT_BEHAVIOUR_MAP(XX)
#undef XX
  };
  for (int i = 0; i < SPLIT_BEHAVIOURS; i++)
    if (str_equal(name, str_from(names[i])))
      return i;
  return -1;
}

void splitter_release(struct splitter *splitter)
{
  for (size_t i = 0; i < splitter->n_steps; i++) {
    pattern_free(splitter->steps[i].pattern);
    buf_release(&splitter->steps[i].work);
  }
  arena_release(&splitter->arena);
  *splitter = (struct splitter){ 0 };
}

static struct split_step *add(struct splitter *splitter, enum split_kind kind,
                              struct err *err)
{
  if (splitter->n_steps >= SPLIT_STEPS_MAX) {
    err_set(err, ERR_DATA, "pre_tokenizer: more than %d steps", SPLIT_STEPS_MAX);
    return NULL;
  }
  struct split_step *step = &splitter->steps[splitter->n_steps++];
  *step = (struct split_step){ .kind = kind };
  buf_init(&step->work, WORK_MAX);
  return step;
}

/* The expression as PCRE2 is to have it: Unicode classes, and \s and \S spelled out. */
static void translate(struct buf *out, struct str regex)
{
  int depth = 0; /* in a class? */
  buf_add_cstr(out, "(*UCP)");
  for (size_t i = 0; i < regex.len; i++) {
    char c = regex.ptr[i], next = i + 1 < regex.len ? regex.ptr[i + 1] : '\0';
    if (c == '\\' && next == 's') {
      buf_add_cstr(out, depth ? SPACES : "[" SPACES "]");
      i++;
    } else if (c == '\\' && next == 'S' && !depth) {
      buf_add_cstr(out, "[^" SPACES "]");
      i++;
    } else if (c == '\\') {
      buf_add(out, str_slice(regex, i, i + 2));
      i++;
    } else {
      depth = c == '[' ? 1 : c == ']' ? 0 : depth;
      buf_add_char(out, c);
    }
  }
}

int splitter_add_regex(struct splitter *splitter, struct str regex,
                       enum split_behaviour behaviour, bool invert, struct err *err)
{
  struct split_step *step = add(splitter, SPLIT_BY, err);
  if (!step)
    return -1;
  step->behaviour = behaviour;
  step->invert = invert;
  step->scan = split_scan_of(regex);
  if (step->scan)
    return 0;
  struct buf source;
  buf_init(&source, REGEX_MAX);
  translate(&source, regex);
  if (buf_failed(&source))
    err_set(err, ERR_DATA, "the expression has over %d bytes", REGEX_MAX);
  else
    step->pattern = pattern_create(buf_str(&source), PATTERN_PLAIN, err);
  buf_release(&source);
  return step->pattern ? 0 : err_wrap(err, "pre_tokenizer");
}

int splitter_add_literal(struct splitter *splitter, struct str literal,
                         enum split_behaviour behaviour, bool invert, struct err *err)
{
  if (literal.len == 0)
    return err_set(err, ERR_DATA, "pre_tokenizer: Split has an empty pattern");
  struct split_step *step = add(splitter, SPLIT_BY, err);
  if (!step)
    return -1;
  step->behaviour = behaviour;
  step->invert = invert;
  step->literal = arena_str(&splitter->arena, literal);
  return 0;
}

int splitter_add_prefix(struct splitter *splitter, struct str literal, struct err *err)
{
  struct split_step *step = add(splitter, SPLIT_PREFIX, err);
  if (!step)
    return -1;
  step->literal = arena_str(&splitter->arena, literal);
  step->prefix = SPLIT_PREFIX_ALWAYS;
  return 0;
}

int splitter_add_spaces(struct splitter *splitter, struct str replacement,
                        enum split_prefix prefix, struct err *err)
{
  struct split_step *step = add(splitter, SPLIT_SPACES, err);
  if (!step)
    return -1;
  step->literal = arena_str(&splitter->arena, replacement);
  step->prefix = prefix;
  return 0;
}

/* ---- the walk: one step hands its pieces to the next ---- */

struct walk {
  struct splitter *splitter;
  split_word *word;
  void *context;
  struct err *err;
};

/* A step's pieces as they come, gathered into words by its behaviour. */
struct gather {
  struct walk *walk;
  size_t step;
  struct str text;
  size_t begin, end; /* the word that is not handed on yet; empty: none */
  bool last_match;   /* was its last piece a match? */
  bool first;
};

static int run(struct walk *walk, size_t step, struct str text, bool first);

static int hand_on(struct gather *g)
{
  struct str word = str_slice(g->text, g->begin, g->end);
  bool first = g->first && g->begin == 0;
  g->begin = g->end;
  return word.len ? run(g->walk, g->step + 1, word, first) : 0;
}

/* Does the piece belong to the pending word? */
static bool joins(const struct gather *g, enum split_behaviour behaviour, bool is_match)
{
  if (g->begin == g->end)
    return false;
  switch (behaviour) {
  case SPLIT_CONTIGUOUS: return is_match == g->last_match;
  case SPLIT_WITH_PREVIOUS: return is_match && !g->last_match;
  case SPLIT_WITH_NEXT: return !is_match && g->last_match;
  default: return false;
  }
}

static int piece(struct gather *g, size_t begin, size_t end, bool is_match)
{
  const struct split_step *step = &g->walk->splitter->steps[g->step];
  if (begin == end)
    return 0;
  is_match ^= step->invert;
  if (!joins(g, step->behaviour, is_match)) {
    if (hand_on(g) < 0)
      return -1;
    g->begin = step->behaviour == SPLIT_REMOVED && is_match ? end : begin;
  }
  g->end = end;
  g->last_match = is_match;
  return 0;
}

/* The next match at or behind `from`. 1, 0 (none) or -1. */
static int next_match(struct gather *g, size_t from, size_t *begin, size_t *end)
{
  struct split_step *step = &g->walk->splitter->steps[g->step];
  struct str rest = str_slice(g->text, from, g->text.len);
  if (step->scan) {
    *begin = from;
    *end = from < g->text.len ? step->scan(g->text, from) : from;
    return from < g->text.len;
  }
  if (!step->pattern) {
    ptrdiff_t at = str_find(rest, step->literal);
    *begin = from + (size_t)at;
    *end = *begin + step->literal.len;
    return at >= 0;
  }
  struct pattern_match match;
  if (!pattern_find(step->pattern, g->text, from, &match)) {
    if (match.limit_reached)
      return err_set(g->walk->err, ERR_DATA,
                     "the tokenizer's split pattern backtracks "
                     "without end on this text; shorten the text");
    return 0;
  }
  *begin = match.at;
  *end = match.at + match.groups[0].len;
  return 1;
}

static int cut(struct walk *walk, size_t step, struct str text, bool first)
{
  struct gather g = { .walk = walk, .step = step, .text = text, .first = first };
  size_t done = 0, from = 0, begin = 0, end = 0;
  while (from <= text.len) {
    int found = next_match(&g, from, &begin, &end);
    if (found < 0)
      return -1;
    if (!found)
      break;
    if (piece(&g, done, begin, false) < 0 || piece(&g, begin, end, true) < 0)
      return -1;
    done = end;
    from = end;
    int32_t cp;
    if (begin == end) /* an empty match: on by one character */
      from += end < text.len ? unicode_next(text, end, &cp) : 1;
  }
  return piece(&g, done, text.len, false) < 0 ? -1 : hand_on(&g);
}

static struct str changed(struct split_step *step, struct str text, bool first)
{
  struct buf *work = &step->work;
  bool prefix = step->prefix == SPLIT_PREFIX_ALWAYS ||
                (step->prefix == SPLIT_PREFIX_FIRST && first);
  bool spaces = step->kind == SPLIT_SPACES;
  if (prefix &&
      (str_starts(text, step->literal) || (spaces && text.len && text.ptr[0] == ' ')))
    prefix = false;
  if (!prefix && !spaces)
    return text;
  buf_reset(work);
  if (prefix)
    buf_add(work, step->literal);
  for (size_t at = 0; at < text.len;) {
    const char *space = spaces ? memchr(text.ptr + at, ' ', text.len - at) : NULL;
    size_t end = space ? (size_t)(space - text.ptr) : text.len;
    buf_add(work, str_slice(text, at, end));
    if (space)
      buf_add(work, step->literal);
    at = end + (space != NULL);
  }
  return buf_str(work);
}

static int run(struct walk *walk, size_t index, struct str text, bool first)
{
  if (index >= walk->splitter->n_steps) {
    walk->word(walk->context, text);
    return 0;
  }
  struct split_step *step = &walk->splitter->steps[index];
  if (step->kind == SPLIT_BY)
    return cut(walk, index, text, first);
  struct str next = changed(step, text, first);
  if (buf_failed(&step->work))
    return err_set(walk->err, ERR_DATA, "the text grows past %d bytes", WORK_MAX);
  return next.len ? run(walk, index + 1, next, first) : 0;
}

int splitter_run(struct splitter *splitter, struct str text, bool first, split_word *word,
                 void *context, struct err *err)
{
  struct walk walk = { splitter, word, context, err };
  return text.len ? run(&walk, 0, text, first) : 0;
}
