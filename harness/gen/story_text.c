#include <assert.h>

#include "base/arena.h"
#include "gen/story.h"

struct telling {
  struct buf *out;
  const struct scene *scene;
  const struct values *values;
  const struct equation *equation;
  struct rng *rng;
  size_t start; /* of this text in `out` */
};

static const struct {
  const char *token, *male, *female;
} pronouns[] = {
  { "he", "he", "she" },
  { "him", "him", "her" },
  { "his", "his", "her" },
  { "He", "He", "She" },
  { "Him", "Him", "Her" },
  { "His", "His", "Her" },
  { "himself", "himself", "herself" },
};

static const char person_letters[] = "NML";

/* {N}, {N's} */
static bool tell_name(struct telling *t, struct str token)
{
  for (size_t i = 0; i < STORY_PEOPLE; i++) {
    if (token.ptr[0] != person_letters[i])
      continue;
    buf_add_cstr(t->out, t->scene->people[i]->name);
    buf_add(t->out, str_slice(token, 1, token.len));
    return true;
  }
  return false;
}

/* {he}, {His}, {he2} */
static bool tell_pronoun(struct telling *t, struct str token)
{
  bool second = str_ends(token, STR("2"));
  struct str word = second ? str_slice(token, 0, token.len - 1) : token;
  const struct person *person = t->scene->people[second ? 1 : 0];
  for (size_t i = 0; i < COUNT(pronouns); i++) {
    if (!str_equal(word, str_from(pronouns[i].token)))
      continue;
    buf_add_cstr(t->out, person->female ? pronouns[i].female : pronouns[i].male);
    return true;
  }
  return false;
}

static struct str thing(const struct telling *t, char letter)
{
  const char *name = t->scene->things[letter - 'a'];
  assert(name);
  return str_from(name);
}

static bool is_thing(char c)
{
  return c >= 'w' && c <= 'z';
}

/* {x}, {xs}, {Xs}, {an x}, {An x} */
static bool tell_thing(struct telling *t, struct str token)
{
  if (str_starts_nocase(token, STR("an ")) && token.len == 4 && is_thing(token.ptr[3])) {
    struct str name = thing(t, token.ptr[3]);
    const char *article = word_article(name);
    buf_printf(t->out, "%c%s %.*s", token.ptr[0], article + 1, STR_ARG(name));
    return true;
  }
  char letter = char_lower(token.ptr[0]);
  bool plural = token.len == 2 && token.ptr[1] == 's';
  if (!is_thing(letter) || (token.len > 1 && !plural))
    return false;
  size_t start = t->out->len;
  if (plural)
    word_write_plural(t->out, thing(t, letter));
  else
    buf_add(t->out, thing(t, letter));
  if (char_is_upper(token.ptr[0]) && t->out->len > start)
    t->out->ptr[start] = (char)(t->out->ptr[start] - 32);
  return true;
}

/* A number or fraction in words, with a capital where a sentence starts. */
static void tell_word(struct telling *t, const char *word)
{
  size_t at = t->out->len;
  const char *before = t->out->ptr;
  bool starts = at == t->start || (at > t->start + 1 && strchr(".?!", before[at - 2]));
  buf_add_cstr(t->out, word);
  if (starts)
    t->out->ptr[at] = (char)(t->out->ptr[at] - 32);
}

/* "box", "full box", "x", "fewer x" */
static void tell_noun(struct telling *t, struct exact count, struct str noun)
{
  char last = noun.ptr[noun.len - 1];
  if (is_thing(last) && (noun.len == 1 || noun.ptr[noun.len - 2] == ' ')) {
    buf_add(t->out, str_slice(noun, 0, noun.len - 1));
    noun = thing(t, last);
  }
  if (exact_equal(count, exact_int(1)))
    buf_add(t->out, noun);
  else
    word_write_plural(t->out, noun);
}

/* {=}, {=$}, {= x}; `kind` is what stands behind the sign. */
static void tell_equation(struct telling *t, struct str kind)
{
  const struct equation *e = t->equation;
  assert(e);
  bool money = str_equal(kind, STR("$"));
  struct exact result = exact_round2(e->result);
  formula_write(t->out, e->formula, t->values, t->scene->spaced);
  buf_add_cstr(t->out, t->scene->spaced ? " = " : "=");
  buf_add_cstr(t->out, money ? "$<<" : "<<");
  formula_write(t->out, e->formula, t->values, false);
  buf_add_char(t->out, '=');
  exact_write(t->out, result, false);
  buf_add_cstr(t->out, ">>");
  exact_write(t->out, result, money);
  if (kind.len > 1) {
    buf_add_char(t->out, ' ');
    tell_noun(t, result, str_slice(kind, 1, kind.len));
  }
}

static void tell_counted(struct telling *t, struct exact value, struct str noun)
{
  const char *word = exact_is_integer(value) ? number_word(value.num) : NULL;
  if (t->scene->number_words && !t->equation && word)
    tell_word(t, word);
  else
    exact_write(t->out, value, false);
  buf_add_char(t->out, ' ');
  tell_noun(t, value, noun);
}

/* {a}, {$a}, {a x}, {a box}, {a times}, {1/d} */
static void tell_number(struct telling *t, struct str token)
{
  bool money = token.ptr[0] == '$';
  bool part = str_starts(token, STR("1/"));
  struct str rest = str_slice(token, money ? 1 : part ? 2 : 0, token.len);
  assert(rest.len > 0 && rest.ptr[0] >= 'a' && rest.ptr[0] <= 'v');
  struct exact value = exact_round2(t->values->of[rest.ptr[0] - 'a']);
  assert(exact_defined(value));
  struct str noun = str_slice(rest, 2, rest.len);
  if (part) {
    const char *word = exact_is_integer(value) ? fraction_word(value.num) : NULL;
    tell_word(t, word ? word : "a part");
  } else if (str_equal(noun, STR("times"))) {
    if (exact_equal(value, exact_int(2))) {
      buf_add_cstr(t->out, "twice");
      return;
    }
    exact_write(t->out, value, false);
    buf_add_cstr(t->out, " times");
  } else if (noun.len > 0) {
    tell_counted(t, value, noun);
  } else {
    buf_add_cstr(t->out, money ? "$" : "");
    exact_write(t->out, value, money);
  }
}

static void tell_token(struct telling *t, struct str token)
{
  assert(token.len > 0);
  if (token.ptr[0] == '=')
    tell_equation(t, str_slice(token, 1, token.len));
  else if (!tell_name(t, token) && !tell_pronoun(t, token) && !tell_thing(t, token))
    tell_number(t, token);
}

/* Text without choices. */
static void tell_plain(struct telling *t, struct str text)
{
  while (text.len > 0) {
    ptrdiff_t open = str_find_char(text, '{');
    if (open < 0) {
      buf_add(t->out, text);
      return;
    }
    buf_add(t->out, str_slice(text, 0, (size_t)open));
    ptrdiff_t close = str_find_char(text, '}');
    assert(close > open);
    tell_token(t, str_slice(text, (size_t)open + 1, (size_t)close));
    text = str_slice(text, (size_t)close + 1, text.len);
  }
}

/* One of the parts of "this|that". */
static struct str choose(struct str choices, struct rng *rng)
{
  size_t n = 1;
  for (size_t i = 0; i < choices.len; i++)
    n += choices.ptr[i] == '|';
  size_t pick = rng_below(rng, n);
  for (;;) {
    ptrdiff_t bar = str_find_char(choices, '|');
    struct str part = bar < 0 ? choices : str_slice(choices, 0, (size_t)bar);
    if (pick-- == 0)
      return part;
    choices = str_slice(choices, (size_t)bar + 1, choices.len);
  }
}

void scene_tell(struct buf *out, const struct scene *scene, const char *text,
                const struct values *values, const struct equation *equation,
                struct rng *rng)
{
  struct telling t = { out, scene, values, equation, rng, out->len };
  struct str rest = str_from(text);
  while (rest.len > 0) {
    ptrdiff_t open = str_find_char(rest, '[');
    if (open < 0) {
      tell_plain(&t, rest);
      return;
    }
    ptrdiff_t close = str_find_char(rest, ']');
    assert(close > open);
    tell_plain(&t, str_slice(rest, 0, (size_t)open));
    tell_plain(&t, choose(str_slice(rest, (size_t)open + 1, (size_t)close), rng));
    rest = str_slice(rest, (size_t)close + 1, rest.len);
  }
}
