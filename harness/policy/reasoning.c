/* reasoning.c - cuts a text where its thoughts end. */
#include "policy/reasoning.h"

struct tags {
  struct str open, close;
};

#define TAGS(open, close)      \
  {                            \
    { open, sizeof open - 1 }, \
    {                          \
      close, sizeof close - 1  \
    }                          \
  }

static const struct tags known_tags[] = {
  TAGS("<think>", "</think>"),
  TAGS("<thinking>", "</thinking>"),
  TAGS("<thought>", "</thought>"),
  TAGS("<seed:think>", "</seed:think>"),
  TAGS("[THINK]", "[/THINK]"),
  TAGS("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
};

/* Where a thought and what follows it lie, as offsets. */
struct walk {
  struct str text;
  const struct tags *tags;
  bool found;        /* a thought was found */
  size_t start, end; /* the reasoning */
  size_t at;         /* what was not looked at yet; at the end: the answer */
  size_t answer_end;
};

static struct str piece(const struct walk *w, size_t from, size_t to)
{
  return str_slice(w->text, from, to);
}

static bool blank(const struct walk *w, size_t from, size_t to)
{
  return str_trim(piece(w, from, to)).len == 0;
}

/* The offset of `tag` at or behind `from`, or the text's length. */
static size_t find(const struct walk *w, struct str tag, size_t from)
{
  ptrdiff_t at = str_find(piece(w, from, w->text.len), tag);
  return at < 0 ? w->text.len : from + (size_t)at;
}

/* An end without a beginning: the prompt's template had opened it. */
static void skip_opened_before(struct walk *w)
{
  size_t close = find(w, w->tags->close, 0);
  if (close == w->text.len || find(w, w->tags->open, 0) < close)
    return;
  w->found = true;
  w->end = close;
  w->at = close + w->tags->close.len;
}

/* The next thought; false: there is none, or the rest is decided. */
static bool skip_thought(struct walk *w)
{
  size_t len = w->text.len, open = find(w, w->tags->open, w->at);
  if (open == len)
    return false;
  size_t inside = open + w->tags->open.len, close = find(w, w->tags->close, inside);
  bool first = blank(w, w->at, open);
  if (close == len && !first)
    return false; /* only mentioned */
  size_t behind = close == len ? len : close + w->tags->close.len;
  bool last = blank(w, behind, len);
  if (!w->found)
    w->start = first || last ? inside : 0;
  w->end = w->found && last && !first ? len : close;
  w->found = true;
  if (last && !first) {
    w->answer_end = open;
    return false;
  }
  w->at = behind;
  return true;
}

static bool split(struct str text, const struct tags *tags, struct str *reasoning,
                  struct str *answer)
{
  struct walk w = { .text = text, .tags = tags, .answer_end = text.len };
  skip_opened_before(&w);
  while (skip_thought(&w))
    continue;
  if (!w.found)
    return false;
  struct str thought = str_trim(piece(&w, w.start, w.end));
  struct str rest = piece(&w, w.at, w.answer_end);
  while (rest.len && char_is_space(rest.ptr[0]))
    rest = str_slice(rest, 1, rest.len);
  *reasoning = thought.len ? thought : STR_NONE;
  *answer = w.answer_end < text.len ? str_trim(rest) : rest;
  return true;
}

void reasoning_split(struct str text, struct str *reasoning, struct str *answer)
{
  *reasoning = STR_NONE;
  *answer = text;
  if (!text.len)
    return;
  for (size_t i = 0; i < sizeof known_tags / sizeof *known_tags; i++)
    if (str_starts(str_trim(text), known_tags[i].open) &&
        split(text, &known_tags[i], reasoning, answer))
      return;
  for (size_t i = 0; i < sizeof known_tags / sizeof *known_tags; i++)
    if (split(text, &known_tags[i], reasoning, answer))
      return;
}
