#include "nn/tokenizer_added.h"

#include <stdlib.h>

#include "nn/tokenizer.h"
#include "nn/unicode.h"

void added_release(struct added *added)
{
  arena_release(&added->arena);
  free(added->tokens);
  *added = (struct added){ 0 };
}

int added_add(struct added *added, struct added_token token, struct err *err)
{
  if (token.text.len == 0)
    return err_set(err, ERR_DATA, "the added token %d has no text", token.id);
  if (token.text.len > TOKENIZER_PIECE_MAX)
    return err_set(err, ERR_DATA,
                   "the added token %d has %zu bytes; at most %d are taken", token.id,
                   token.text.len, TOKENIZER_PIECE_MAX);
  if (added->n >= TOKENIZER_ADDED_MAX)
    return err_set(err, ERR_DATA, "there are more than %d added tokens",
                   TOKENIZER_ADDED_MAX);
  ARRAY_RESERVE(added->tokens, added->n, added->capacity);
  token.text = arena_str(&added->arena, token.text);
  added->tokens[added->n++] = token;
  return 0;
}

static int by_text(const void *a, const void *b)
{
  return str_compare(((const struct added_token *)a)->text,
                     ((const struct added_token *)b)->text);
}

int added_ready(struct added *added, struct err *err)
{
  if (added->n)
    qsort(added->tokens, added->n, sizeof *added->tokens, by_text);
  for (size_t i = 1; i < added->n; i++) {
    struct str text = added->tokens[i].text;
    if (str_equal(added->tokens[i - 1].text, text))
      return err_set(err, ERR_DATA, "the added token '%.*s' is there twice",
                     STR_ARG(str_slice(text, 0, 60)));
  }
  size_t at = 0;
  for (unsigned byte = 0; byte < 256; byte++) {
    added->first[byte] = (uint32_t)at;
    while (at < added->n && (unsigned char)added->tokens[at].text.ptr[0] == byte)
      at++;
  }
  added->first[256] = (uint32_t)at;
  return 0;
}

/* The first of tokens[low..high), which agree up to byte `depth`, whose byte there is
 * `byte` or more; a text that ends before counts as less. */
static size_t lower_bound(const struct added *added, size_t low, size_t high,
                          size_t depth, int byte)
{
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    struct str text = added->tokens[middle].text;
    int there = depth < text.len ? (unsigned char)text.ptr[depth] : -1;
    if (there < byte)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool is_wanted(const struct added_token *token, struct added_query query)
{
  return token->normalized == query.normalized && (query.special || !token->special);
}

/* The longest wanted token that begins exactly at `at`: the range of those that agree
 * with the text is narrowed byte by byte. */
static const struct added_token *longest_at(const struct added *added, struct str text,
                                            size_t at, struct added_query query)
{
  unsigned first = (unsigned char)text.ptr[at];
  size_t low = added->first[first], high = added->first[first + 1];
  const struct added_token *best = NULL;
  for (size_t depth = 1; low < high; depth++) {
    const struct added_token *token = &added->tokens[low];
    if (token->text.len == depth && is_wanted(token, query))
      best = token;
    if (at + depth >= text.len)
      break;
    int byte = (unsigned char)text.ptr[at + depth];
    low = lower_bound(added, low, high, depth, byte);
    high = lower_bound(added, low, high, depth, byte + 1);
  }
  return best;
}

static bool stands_alone(struct str text, size_t begin, size_t end)
{
  int32_t cp;
  if (begin > 0) {
    unicode_previous(text, begin, &cp);
    if (unicode_is_word(cp))
      return false;
  }
  if (end < text.len) {
    unicode_next(text, end, &cp);
    if (unicode_is_word(cp))
      return false;
  }
  return true;
}

static void take_space(struct str text, size_t from, struct added_match *match)
{
  int32_t cp;
  while (match->token->takes_left && match->begin > from) {
    size_t n = unicode_previous(text, match->begin, &cp);
    if (!unicode_is_space(cp) || match->begin - n < from)
      break;
    match->begin -= n;
  }
  while (match->token->takes_right && match->end < text.len) {
    size_t n = unicode_next(text, match->end, &cp);
    if (!unicode_is_space(cp))
      break;
    match->end += n;
  }
}

bool added_find(const struct added *added, struct str text, size_t from,
                struct added_query query, struct added_match *match)
{
  if (!added->n)
    return false;
  for (size_t at = from; at < text.len; at++) {
    unsigned byte = (unsigned char)text.ptr[at];
    if (added->first[byte] == added->first[byte + 1])
      continue;
    const struct added_token *token = longest_at(added, text, at, query);
    if (!token)
      continue;
    *match = (struct added_match){ token, at, at + token->text.len };
    if (token->single_word && !stands_alone(text, match->begin, match->end)) {
      at = match->end - 1; /* its characters are not looked at again */
      continue;
    }
    take_space(text, from, match);
    return true;
  }
  return false;
}

const struct added_token *added_by_text(const struct added *added, struct str text)
{
  size_t low = 0, high = added->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = str_compare(added->tokens[middle].text, text);
    if (order == 0)
      return &added->tokens[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}
