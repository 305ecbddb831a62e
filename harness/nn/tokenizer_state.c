#include "nn/tokenizer_state.h"

#include <stdlib.h>

#include "nn/tokenizer_bytes.h"

#define LOW_LINE STR("\xe2\x96\x81")

/* The spelling as bytes, borrowed from `t` until the next call; absent for a spelling
 * that no text has. */
static struct str bytes_of(struct tokenizer *t, struct str spelling)
{
  if (!t->bpe.byte_level)
    return spelling;
  buf_reset(&t->scratch);
  return byte_spelling_read(&t->scratch, spelling) ? buf_str(&t->scratch) : STR_NONE;
}

int tokenizer_add_piece(struct tokenizer *t, int64_t id, struct str spelling,
                        struct err *err)
{
  int byte = t->bpe.byte_fallback && !t->bpe.byte_level ? byte_token_value(spelling) : -1;
  struct str bytes = byte < 0 ? bytes_of(t, spelling) : STR_NONE;
  bool apart = !bytes.len;
  if (vocab_add(&t->vocab, id, apart ? spelling : bytes, apart ? VOCAB_APART : VOCAB_TEXT,
                err) < 0)
    return -1;
  if (byte >= 0)
    t->bpe.byte_ids[byte] = (int32_t)id;
  return 0;
}

static int find_part(struct tokenizer *t, struct str spelling, int32_t *id,
                     struct err *err)
{
  struct str bytes = bytes_of(t, spelling);
  *id = str_present(bytes) ? vocab_find(&t->vocab, bytes) : -1;
  if (*id >= 0)
    return 0;
  if (spelling.len == 0)
    return err_set(err, ERR_DATA, "a part of it is empty");
  return err_set(err, ERR_DATA, "'%.*s' is not in the vocabulary",
                 STR_ARG(str_slice(spelling, 0, 60)));
}

/* The piece's id. Merges mostly stand in the order of what they make, so the id behind
 * the last one is tried before the table is searched. */
static int32_t find_result(struct tokenizer *t, struct str joined)
{
  int64_t next = (int64_t)t->last_result + 1;
  if (vocab_kind(&t->vocab, next) == VOCAB_TEXT &&
      str_equal(vocab_piece(&t->vocab, next), joined))
    t->last_result = (int32_t)next;
  else
    t->last_result = vocab_find(&t->vocab, joined);
  return t->last_result;
}

int tokenizer_add_merge(struct tokenizer *t, struct str left, struct str right,
                        uint32_t rank, struct err *err)
{
  int32_t ids[2], result;
  char joined[2 * TOKENIZER_PIECE_MAX];
  if (find_part(t, left, &ids[0], err) < 0 || find_part(t, right, &ids[1], err) < 0)
    return -1;
  struct str a = vocab_piece(&t->vocab, ids[0]), b = vocab_piece(&t->vocab, ids[1]);
  memcpy(joined, a.ptr, a.len);
  memcpy(joined + a.len, b.ptr, b.len);
  result = find_result(t, (struct str){ joined, a.len + b.len });
  if (result < 0)
    return err_set(err, ERR_DATA,
                   "'%.*s' and '%.*s' make '%.*s%.*s', which is not in the "
                   "vocabulary",
                   STR_ARG(str_slice(left, 0, 60)), STR_ARG(str_slice(right, 0, 60)),
                   STR_ARG(str_slice(left, 0, 60)), STR_ARG(str_slice(right, 0, 60)));
  if (t->bpe.n_merges >= TOKENIZER_MERGES_MAX)
    return err_set(err, ERR_DATA, "there are more than %d", TOKENIZER_MERGES_MAX);
  if (!bpe_add(&t->bpe, ids[0], ids[1], rank, result))
    return err_set(err, ERR_DATA, "'%.*s' and '%.*s' are merged a second time",
                   STR_ARG(str_slice(left, 0, 60)), STR_ARG(str_slice(right, 0, 60)));
  if (str_starts(b, LOW_LINE) && !str_ends(a, LOW_LINE))
    t->crosses_spaces = true;
  return 0;
}

int tokenizer_add_added(struct tokenizer *t, struct added_token token, struct err *err)
{
  enum vocab_kind kind = vocab_kind(&t->vocab, token.id);
  if (kind == VOCAB_GAP) {
    if (vocab_add(&t->vocab, token.id, token.text, VOCAB_APART, err) < 0)
      return -1;
  } else {
    struct str bytes = kind == VOCAB_TEXT ? bytes_of(t, token.text) : token.text;
    struct str there = vocab_piece(&t->vocab, token.id);
    if (!str_equal(bytes, there) && !str_equal(token.text, there))
      return err_set(err, ERR_DATA,
                     "the added token '%.*s' has the id %d, which is '%.*s' in the "
                     "vocabulary",
                     STR_ARG(str_slice(token.text, 0, 60)), token.id,
                     STR_ARG(str_slice(there, 0, 60)));
  }
  if (added_add(&t->added, token, err) < 0)
    return -1;
  t->vocab.pieces[token.id].special = token.special;
  return 0;
}

int32_t tokenizer_token_id(struct tokenizer *t, struct str text)
{
  const struct added_token *token = added_by_text(&t->added, text);
  if (token)
    return token->id;
  int byte = t->bpe.byte_fallback && !t->bpe.byte_level ? byte_token_value(text) : -1;
  if (byte >= 0)
    return t->bpe.byte_ids[byte];
  struct str bytes = bytes_of(t, text);
  int32_t id = str_present(bytes) ? vocab_find(&t->vocab, bytes) : -1;
  for (size_t i = 0; i < t->added.n && id < 0; i++) /* looked for in another form */
    if (str_equal(vocab_piece(&t->vocab, t->added.tokens[i].id), text))
      id = t->added.tokens[i].id;
  return id;
}

static void set_around(struct around *around, int32_t id, bool wanted, bool at_front)
{
  size_t n = 0;
  bool there = false;
  for (size_t i = 0; i < around->n; i++) {
    there |= around->ids[i] == id;
    if (wanted || around->ids[i] != id)
      around->ids[n++] = around->ids[i];
  }
  around->n = n;
  if (!wanted || there || id < 0 || n >= TOKENIZER_AROUND_MAX)
    return;
  memmove(around->ids + at_front, around->ids, at_front ? n * sizeof *around->ids : 0);
  around->ids[at_front ? 0 : n] = id;
  around->n = n + 1;
}

void tokenizer_set_before(struct tokenizer *t, int32_t id, bool wanted)
{
  set_around(&t->before, id, wanted, true);
}

void tokenizer_set_behind(struct tokenizer *t, int32_t id, bool wanted)
{
  set_around(&t->behind, id, wanted, false);
}

/* ---- making it usable ---- */

static int decode_all(struct tokenizer *t, struct err *err)
{
  size_t n = t->vocab.n_ids;
  size_t *ends = mem_resize(NULL, n, sizeof *ends);
  struct buf bytes, work;
  bool fits = true;
  buf_init(&bytes, BUF_CAP_OWN);
  buf_init(&work, DECODE_WORK_MAX);
  for (size_t id = 0; id < n && fits; id++) {
    struct str piece = vocab_piece(&t->vocab, (int64_t)id);
    if (vocab_kind(&t->vocab, (int64_t)id) == VOCAB_TEXT && t->bpe.byte_level)
      buf_add(&bytes, piece); /* stored as bytes already, and given back the same way */
    else if (str_present(piece))
      fits = decoder_apply(&t->decoder, piece, &bytes, &work);
    fits &= !buf_failed(&bytes);
    ends[id] = bytes.len;
  }
  buf_release(&work);
  decoder_fill(&t->decoder, &bytes, ends, fits ? n : 0);
  return fits ? 0
              : err_set(err, ERR_DATA, "decoder: it makes too long texts of the pieces");
}

/* What ends a chat turn, by the name it has in one family or another. */
static int32_t find_eot(struct tokenizer *t)
{
  static const char *const names[] = { "<|im_end|>", "<|eot_id|>",    "<end_of_turn>",
                                       "<|end|>",    "<|endofturn|>", "<|eot|>" };
  for (size_t i = 0; i < COUNT(names); i++) {
    const struct added_token *token = added_by_text(&t->added, str_from(names[i]));
    if (token)
      return token->id;
  }
  return -1;
}

/* What is looked for in the normalised text is looked for in its normalised form. */
static int normalise_added(struct tokenizer *t, struct err *err)
{
  for (size_t i = 0; i < t->added.n; i++) {
    struct added_token *token = &t->added.tokens[i];
    struct str text;
    if (!token->normalized)
      continue;
    if (normalizer_run(&t->normalizer, token->text, &text, err) < 0)
      return -1;
    if (text.len && !str_equal(text, token->text))
      token->text = arena_str(&t->added.arena, text);
  }
  return 0;
}

int tokenizer_finish(struct tokenizer *t, struct err *err)
{
  if (!t->vocab.n_ids)
    return err_set(err, ERR_DATA, "the vocabulary is empty");
  if (normalise_added(t, err) < 0)
    return -1;
  if (added_ready(&t->added, err) < 0)
    return -1;
  bpe_ready(&t->bpe);
  /* Cutting there must change nothing: "▁" is a symbol of its own, and whole words are
   * not looked up. */
  t->split_at_spaces = !t->bpe.byte_level && !t->bpe.ignore_merges &&
                       !t->crosses_spaces && vocab_find(&t->vocab, LOW_LINE) >= 0;
  if (decode_all(t, err) < 0)
    return -1;
  if (t->eot < 0)
    t->eot = find_eot(t);
  return 0;
}
