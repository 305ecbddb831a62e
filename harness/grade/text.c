/* text.c - words. */
#include "grade/text.h"

#include "grade/vocabulary.h"

/* Commands that say nothing about the words: the name, without its backslash. */
static bool is_style(struct str name)
{
  static const char *const styles[] = {
    "text",      "textbf",       "textit",     "textrm", "mbox", "mathrm", "mathbf",
    "mathit",    "boxed",        "left",       "right",  "quad", "qquad",  "displaystyle",
    "hbox",      "operatorname", "textnormal", "mathsf", "emph", "n",      "fbox",
    "underline", "texttt"
  };
  for (size_t i = 0; i < COUNT(styles); i++)
    if (str_equal(name, str_from(styles[i])))
      return true;
  return false;
}

/* Spellings of one command. */
static struct str canonical_command(struct str name)
{
  static const char *const pairs[][2] = { { "dfrac", "frac" },   { "tfrac", "frac" },
                                          { "cfrac", "frac" },   { "le", "leq" },
                                          { "ge", "geq" },       { "ne", "neq" },
                                          { "to", "rightarrow" } };
  for (size_t i = 0; i < COUNT(pairs); i++)
    if (str_equal(name, str_from(pairs[i][0])))
      return str_from(pairs[i][1]);
  return name;
}

struct words {
  char *ptr;
  size_t len;
  bool gap; /* a blank is due before the next character */
};

static void put(struct words *words, char c)
{
  if (words->gap && words->len)
    words->ptr[words->len++] = ' ';
  words->gap = false;
  words->ptr[words->len++] = char_lower(c);
}

/* Signs count and stand alone; punctuation is a blank. */
static bool is_sign(char c)
{
  return strchr("+-*/^=<>|%#@&_", c) != NULL;
}

static void drop_articles(struct words *words)
{
  static const struct str articles[] = { { "the ", 4 }, { "a ", 2 }, { "an ", 3 } };
  struct str all = { words->ptr, words->len };
  size_t to = 0;
  for (size_t at = 0; at < all.len;) {
    bool start = at == 0 || all.ptr[at - 1] == ' ';
    size_t skip = 0;
    for (size_t i = 0; start && i < COUNT(articles); i++)
      if (str_starts(str_slice(all, at, all.len), articles[i]))
        skip = articles[i].len;
    if (skip)
      at += skip;
    else
      words->ptr[to++] = all.ptr[at++];
  }
  words->len = to;
}

static size_t command_at(struct str text, size_t at, struct words *words)
{
  size_t end = at + 1;
  while (end < text.len && char_is_alpha(text.ptr[end]))
    end++;
  struct str name = str_slice(text, at + 1, end);
  if (name.len == 0)
    return at + 2 < text.len ? at + 2 : text.len; /* "\," and the like */
  words->gap = true;
  if (!is_style(name)) {
    name = canonical_command(name);
    for (size_t i = 0; i < name.len; i++)
      put(words, name.ptr[i]);
    words->gap = true;
  }
  return end;
}

struct str text_normalised(struct arena *arena, struct str text)
{
  struct words words = { arena_alloc(arena, 3 * text.len + 8), 0, false };
  for (size_t at = 0; at < text.len;) {
    char c = text.ptr[at];
    if (c == '\\') {
      at = command_at(text, at, &words);
      continue;
    }
    at++;
    if (is_sign(c)) {
      words.gap = true;
      put(&words, c);
      words.gap = true;
    } else if (char_is_alnum(c) || (unsigned char)c >= 0x80) {
      put(&words, c);
    } else if (c == '.' && at < text.len && char_is_digit(text.ptr[at])) {
      put(&words, c); /* a decimal point */
    } else if (c == '\'') {
      continue;
    } else {
      words.gap = true;
    }
  }
  drop_articles(&words);
  return (struct str){ words.ptr, words.len };
}

int text_truth(struct str text)
{
  static const struct {
    const char *word;
    int truth;
  } truths[] = {
    { "yes", 1 }, { "true", 1 },  { "y", 1 }, { "t", 1 }, { "correct", 1 },
    { "no", 0 },  { "false", 0 }, { "n", 0 }, { "f", 0 }, { "incorrect", 0 }
  };
  for (size_t i = 0; i < COUNT(truths); i++)
    if (str_equal(text, str_from(truths[i].word)))
      return truths[i].truth;
  return -1;
}

static bool says_nothing(struct str text)
{
  static const char *const forms[] = { "no solution",
                                       "no solutions",
                                       "none",
                                       "empty set",
                                       "emptyset",
                                       "varnothing",
                                       "no real solutions",
                                       "no real solution",
                                       "nosolution",
                                       "there are no solutions",
                                       "there is no solution",
                                       "there are no real solutions" };
  for (size_t i = 0; i < COUNT(forms); i++)
    if (str_equal(text, str_from(forms[i])))
      return true;
  return false;
}

static bool says_undefined(struct str text)
{
  static const char *const forms[] = { "undefined",      "dne",
                                       "does not exist", "not defined",
                                       "doesnt exist",   "limit does not exist" };
  for (size_t i = 0; i < COUNT(forms); i++)
    if (str_equal(text, str_from(forms[i])))
      return true;
  return false;
}

bool text_synonyms(struct str a, struct str b)
{
  int truth_a = text_truth(a), truth_b = text_truth(b);
  bool spelled = a.len > 1 || b.len > 1;
  return (truth_a >= 0 && truth_a == truth_b && spelled) ||
         (says_nothing(a) && says_nothing(b)) || (says_undefined(a) && says_undefined(b));
}

char text_choice(struct arena *arena, struct str text, struct str *rest)
{
  struct words plain = { arena_alloc(arena, 3 * text.len + 8), 0, false };
  /* as text_normalised, but case and brackets matter here */
  for (size_t at = 0; at < text.len;) {
    size_t before = plain.len;
    if (text.ptr[at] != '\\') {
      char c = text.ptr[at++];
      if (!strchr("{}$*", c))
        plain.ptr[plain.len++] = c;
      continue;
    }
    at = command_at(text, at, &plain);
    plain.len = before;
    plain.gap = false;
  }
  struct str all = str_trim((struct str){ plain.ptr, plain.len });
  bool open = str_starts(all, STR("("));
  all = str_trim(str_slice(all, open, all.len));
  if (all.len == 0 || all.ptr[0] < 'A' || all.ptr[0] > 'J')
    return '\0';
  char mark = all.len > 1 ? all.ptr[1] : '\0';
  bool alone = all.len == 1 && !open;
  bool marked = open ? mark == ')' : mark == '.' || mark == ')' || mark == ':';
  *rest = str_trim(str_slice(all, 2, all.len));
  return alone || marked ? all.ptr[0] : '\0';
}

bool text_says_all_reals(struct str normalised)
{
  static const char *const forms[] = { "all real numbers", "all reals", "real numbers",
                                       "all real values", "any real number" };
  for (size_t i = 0; i < COUNT(forms); i++)
    if (str_equal(normalised, str_from(forms[i])))
      return true;
  return false;
}

static bool is_text_command(struct str name)
{
  const struct word *word = word_find(name, SPELLED_COMMAND);
  return word && word->treatment == TREAT_TEXT;
}

/* Do the letters read as words rather than as products of variables? "Evelyn", "VW",
 * "\text{no}", but not "xy". */
bool text_looks_like_words(struct str text)
{
  bool in_text = false, digits = false;
  size_t longest = 0, upper = 0;
  for (size_t at = 0; at < text.len;) {
    char c = text.ptr[at];
    bool command = c == '\\';
    size_t from = at + command, to = from;
    while (to < text.len && (char_is_alpha(text.ptr[to]) ||
                             (!command && (unsigned char)text.ptr[to] >= 0x80)))
      to++;
    struct str run = str_slice(text, from, to);
    if (command)
      in_text = in_text || is_text_command(run);
    else if (run.len && !word_find(run, SPELLED_PLAIN)) {
      bool capitals = true;
      for (size_t i = 0; i < run.len; i++)
        capitals = capitals && char_is_upper(run.ptr[i]);
      upper = capitals && run.len > upper ? run.len : upper;
      longest = run.len > longest ? run.len : longest;
    }
    digits = digits || char_is_digit(c);
    at = to > at ? to : at + 1;
  }
  return !digits && (longest >= 4 || upper >= 2 || (in_text && longest >= 2));
}
