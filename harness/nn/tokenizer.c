#include "nn/tokenizer_state.h"

#include <stdlib.h>

#include "base/hash.h"
#include "nn/tokenizer_bytes.h"
#include "nn/unicode.h"

/* "▁", which SentencePiece writes for a space. */
#define LOW_LINE "\xe2\x96\x81"

void tokens_add(struct tokens *tokens, int32_t id)
{
  ARRAY_RESERVE(tokens->ids, tokens->count, tokens->capacity);
  tokens->ids[tokens->count++] = id;
}

void tokens_release(struct tokens *tokens)
{
  free(tokens->ids);
  *tokens = (struct tokens){ 0 };
}

struct tokenizer *tokenizer_create(void)
{
  struct tokenizer *t = mem_alloc(sizeof *t);
  *t = (struct tokenizer){ .bos = -1, .eos = -1, .pad = -1, .eot = -1 };
  bpe_init(&t->bpe, &t->vocab);
  normalizer_init(&t->normalizer);
  buf_init(&t->scratch, TOKENIZER_FILE_MAX);
  return t;
}

void tokenizer_free(struct tokenizer *t)
{
  if (!t)
    return;
  bpe_release(&t->bpe);
  vocab_release(&t->vocab);
  added_release(&t->added);
  normalizer_release(&t->normalizer);
  splitter_release(&t->splitter);
  decoder_release(&t->decoder);
  buf_release(&t->scratch);
  arena_release(&t->arena);
  free(t);
}

/* ---- encoding ---- */

struct work {
  struct tokenizer *t;
  struct tokens *out;
  unsigned flags;
};

/* Cuts before each "▁" that does not follow another: nothing merges across that, so that
 * the words of a long text are found in the cache. */
static void encode_spaced(struct bpe *bpe, struct str text, struct tokens *out)
{
  size_t begin = 0;
  bool after = true;
  for (size_t at = 0; at < text.len;) {
    bool line = text.len - at >= 3 && memcmp(text.ptr + at, LOW_LINE, 3) == 0;
    if (line && !after) {
      bpe_encode(bpe, str_slice(text, begin, at), out);
      begin = at;
    }
    after = line;
    at += line ? 3 : 1;
  }
  bpe_encode(bpe, str_slice(text, begin, text.len), out);
}

static void take_word(void *context, struct str word)
{
  struct work *w = context;
  if (w->t->split_at_spaces)
    encode_spaced(&w->t->bpe, word, w->out);
  else
    bpe_encode(&w->t->bpe, word, w->out);
}

/* What stands between added tokens, normalised; the second kind of them is found here. */
static int encode_normal(struct work *w, struct str text, bool first, struct err *err)
{
  struct added_query query = { true, w->flags & TOKENIZER_PARSE_SPECIAL };
  struct added_match match;
  size_t at = 0;
  while (added_find(&w->t->added, text, at, query, &match)) {
    struct str between = str_slice(text, at, match.begin);
    if (splitter_run(&w->t->splitter, between, first && at == 0, take_word, w, err) < 0)
      return -1;
    tokens_add(w->out, match.token->id);
    at = match.end;
  }
  struct str rest = str_slice(text, at, text.len);
  return splitter_run(&w->t->splitter, rest, first && at == 0, take_word, w, err);
}

static int encode_raw(struct work *w, struct str text, bool first, struct err *err)
{
  struct str normal;
  if (text.len == 0)
    return 0;
  if (normalizer_run(&w->t->normalizer, text, &normal, err) < 0)
    return -1;
  return encode_normal(w, normal, first, err);
}

int tokenizer_encode(struct tokenizer *t, struct str text, unsigned flags,
                     struct tokens *out, struct err *err)
{
  if (text.len > TOKENIZER_TEXT_MAX)
    return err_set(err, ERR_DATA,
                   "a text of %zu bytes is too long to encode; at most %d are taken",
                   text.len, TOKENIZER_TEXT_MAX);
  struct work w = { t, out, flags };
  struct added_query query = { false, flags & TOKENIZER_PARSE_SPECIAL };
  struct added_match match;
  size_t at = 0;
  for (size_t i = 0; i < t->before.n && flags & TOKENIZER_ADD_SPECIAL; i++)
    tokens_add(out, t->before.ids[i]);
  while (added_find(&t->added, text, at, query, &match)) {
    if (encode_raw(&w, str_slice(text, at, match.begin), at == 0, err) < 0)
      return -1;
    tokens_add(out, match.token->id);
    at = match.end;
  }
  if (encode_raw(&w, str_slice(text, at, text.len), at == 0, err) < 0)
    return -1;
  for (size_t i = 0; i < t->behind.n && flags & TOKENIZER_ADD_SPECIAL; i++)
    tokens_add(out, t->behind.ids[i]);
  return 0;
}

/* ---- decoding ---- */

/* The id's bytes in a text that is empty so far (`!*inside`) or not. */
static struct str text_of(const struct tokenizer *t, int32_t id, bool skip_special,
                          bool *inside)
{
  struct str bytes = decoder_bytes(&t->decoder, id);
  if (!bytes.len || (skip_special && tokenizer_is_special(t, id)))
    return STR("");
  size_t spaces = *inside ? 0 : t->decoder.lead_spaces;
  while (spaces-- > 0 && bytes.len && bytes.ptr[0] == ' ')
    bytes = str_slice(bytes, 1, bytes.len);
  *inside = true;
  return bytes;
}

void tokenizer_decode(const struct tokenizer *t, const int32_t *ids, size_t n_ids,
                      bool skip_special, struct buf *out)
{
  bool inside = false;
  for (size_t i = 0; i < n_ids; i++)
    buf_add(out, text_of(t, ids[i], skip_special, &inside));
}

/* How many bytes a character that begins with this byte has; 0: none begins so. */
static size_t utf8_length(unsigned char first)
{
  return first < 0x80    ? 1
         : first < 0xc2  ? 0
         : first < 0xe0  ? 2
         : first < 0xf0  ? 3
         : first <= 0xf4 ? 4
                         : 0;
}

/* Could these bytes (fewer than the character has) still become a character? */
static bool utf8_unfinished(const char *bytes, size_t n)
{
  unsigned char first = (unsigned char)bytes[0], second = (unsigned char)bytes[1];
  if (n >= utf8_length(first))
    return false;
  for (size_t i = 1; i < n; i++)
    if (((unsigned char)bytes[i] & 0xc0) != 0x80)
      return false;
  if (n < 2)
    return true;
  return !((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
           (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f));
}

static void stream_byte(struct token_stream *stream, char byte, struct buf *out)
{
  stream->held[stream->n_held++] = byte;
  while (stream->n_held) {
    struct str held = { stream->held, stream->n_held };
    size_t done = utf8_length((unsigned char)held.ptr[0]);
    if (utf8_unfinished(held.ptr, held.len))
      return;
    if (done == held.len && str_is_utf8(held, NULL)) {
      buf_add(out, held);
      stream->n_held = 0;
      return;
    }
    /* What was held makes no character: one sign for it, and the last byte anew. */
    buf_add_cstr(out, "\xef\xbf\xbd");
    bool alone = stream->n_held == 1;
    stream->held[0] = byte;
    stream->n_held = alone ? 0 : 1;
  }
}

void token_stream_push(struct token_stream *stream, const struct tokenizer *t, int32_t id,
                       bool skip_special, struct buf *out)
{
  struct str bytes = text_of(t, id, skip_special, &stream->inside);
  for (size_t i = 0; i < bytes.len; i++) {
    if (!stream->n_held && (unsigned char)bytes.ptr[i] < 0x80)
      buf_add_char(out, bytes.ptr[i]);
    else
      stream_byte(stream, bytes.ptr[i], out);
  }
}

void token_stream_finish(struct token_stream *stream, struct buf *out)
{
  if (stream->n_held)
    buf_add_cstr(out, "\xef\xbf\xbd");
  stream->n_held = 0;
}

/* ---- looking things up ---- */

size_t tokenizer_size(const struct tokenizer *t)
{
  return t->vocab.n_ids;
}

struct str tokenizer_bytes(const struct tokenizer *t, int32_t id)
{
  return vocab_kind(&t->vocab, id) == VOCAB_GAP ? STR_NONE
                                                : decoder_bytes(&t->decoder, id);
}

bool tokenizer_is_special(const struct tokenizer *t, int32_t id)
{
  return vocab_kind(&t->vocab, id) != VOCAB_GAP && t->vocab.pieces[id].special;
}

int32_t tokenizer_find(struct tokenizer *t, struct str piece)
{
  return tokenizer_token_id(t, piece);
}

bool tokenizer_spell(const struct tokenizer *t, int32_t id, struct buf *out)
{
  enum vocab_kind kind = vocab_kind(&t->vocab, id);
  struct str piece = vocab_piece(&t->vocab, id);
  if (kind == VOCAB_TEXT && t->bpe.byte_level)
    byte_spelling_write(out, piece);
  else if (kind != VOCAB_GAP)
    buf_add(out, piece);
  return kind != VOCAB_GAP;
}

int32_t tokenizer_bos(const struct tokenizer *t)
{
  return t->bos;
}
int32_t tokenizer_eos(const struct tokenizer *t)
{
  return t->eos;
}
int32_t tokenizer_pad(const struct tokenizer *t)
{
  return t->pad;
}
int32_t tokenizer_eot(const struct tokenizer *t)
{
  return t->eot;
}

bool tokenizer_is_end(const struct tokenizer *t, int32_t id)
{
  if (id >= 0 && (id == t->eos || id == t->eot))
    return true;
  for (size_t i = 0; i < t->n_ends; i++)
    if (t->ends[i] == id)
      return true;
  return false;
}

bool tokenizer_add_end(struct tokenizer *t, int32_t id)
{
  if (id < 0 || (size_t)id >= tokenizer_size(t))
    return false;
  if (tokenizer_is_end(t, id))
    return true;
  if (t->n_ends >= TOKENIZER_ENDS_MAX)
    return false;
  t->ends[t->n_ends++] = id;
  return true;
}

struct str tokenizer_chat_template(const struct tokenizer *t)
{
  return t->chat_template;
}
