#include "train/dataset_text.h"

/* ---- texts ---- */

static struct str spelling(struct tokenizer *tokenizer, int32_t id, struct arena *arena)
{
  struct buf text;
  buf_init(&text, TOKENIZER_PIECE_MAX);
  struct str copy = id >= 0 && tokenizer_spell(tokenizer, id, &text)
                        ? arena_str(arena, buf_str(&text))
                        : STR_NONE;
  buf_release(&text);
  return copy;
}

static int choose_end(struct pieces *out, struct arena *arena, int32_t id,
                      struct tokenizer *tokenizer, struct err *err)
{
  out->end = id;
  out->end_text = spelling(tokenizer, id, arena);
  if (str_present(out->end_text))
    return 0;
  return err_set(err, ERR_DATA, "the tokenizer has no token that ends an answer");
}

static int make_plain(struct pieces *out, struct arena *arena,
                      const struct trajectory *trajectory,
                      const struct dataset_options *options, struct err *err)
{
  if (trajectory->messages)
    return err_set(err, ERR_DATA,
                   "a conversation needs a chat template, and the model has none; name "
                   "one of those that are known");
  int32_t end = options->end;
  if (end < 0)
    end = tokenizer_eos(options->tokenizer);
  if (end < 0)
    end = tokenizer_eot(options->tokenizer);
  if (choose_end(out, arena, end, options->tokenizer, err) < 0)
    return -1;
  out->list = ARENA_NEW(arena, struct piece, 2);
  out->list[0] = (struct piece){ trajectory->prompt, false };
  out->list[1] = (struct piece){ trajectory->response, true };
  out->count = 2;
  out->add_special = true;
  return 0;
}

/* ---- conversations ---- */

struct talk {
  const struct dataset_options *options;
  const struct message *messages;
  struct arena *arena;
  struct str bos, eos;
};

/* The first n messages as the model sees them, with the opening of the next turn or not.
 */
static int render(const struct talk *talk, size_t n, bool generate, struct str *out,
                  struct err *err)
{
  struct chat_request request = { talk->messages, n, talk->bos, talk->eos, generate };
  struct buf text;
  buf_init(&text, TOKENIZER_TEXT_MAX);
  int rc = chat_template_render(talk->options->chat, &request, &text, err);
  if (rc == 0 && buf_failed(&text))
    rc = err_set(err, ERR_DATA, "a conversation of more than %d bytes",
                 TOKENIZER_TEXT_MAX);
  if (rc == 0)
    *out = arena_str(talk->arena, buf_str(&text));
  buf_release(&text);
  return rc;
}

/* Where in `answer` the token stands that ends the turn, with nothing but white space
 * between it and what was said: the end chosen, or else the end of a turn, or EOS. */
static ptrdiff_t find_end(struct pieces *out, const struct talk *talk, struct str answer,
                          struct str content)
{
  struct tokenizer *tokenizer = talk->options->tokenizer;
  int32_t ids[] = { talk->options->end, tokenizer_eot(tokenizer),
                    tokenizer_eos(tokenizer) };
  ptrdiff_t said = str_find(answer, content);
  if (said < 0)
    return -1;
  size_t behind = (size_t)said + content.len;
  struct str tail = str_slice(answer, behind, answer.len);
  for (size_t i = 0; i < COUNT(ids); i++) {
    struct str text = spelling(tokenizer, ids[i], talk->arena);
    ptrdiff_t at = str_present(text) ? str_find(tail, text) : -1;
    if (at >= 0 && !str_trim(str_slice(tail, 0, (size_t)at)).len) {
      out->end = ids[i];
      out->end_text = text;
      return (ptrdiff_t)behind + at;
    }
  }
  return -1;
}

static int add_pieces(struct pieces *out, const struct talk *talk, size_t turn,
                      struct str asked, struct str said, struct str *done)
{
  struct str answer = str_slice(said, asked.len, said.len);
  ptrdiff_t end = find_end(out, talk, answer, str_trim(talk->messages[turn].content));
  if (end < 0)
    return -1;
  out->list[out->count++] =
      (struct piece){ str_slice(asked, done->len, asked.len), false };
  out->list[out->count++] = (struct piece){ str_slice(answer, 0, (size_t)end), true };
  *done = str_slice(said, 0, asked.len + (size_t)end + out->end_text.len);
  return 0;
}

/* Turn `turn` is the assistant's: what stands before it and is not in a piece yet, then
 * what it says. `*done` is how much of the rendered text the pieces hold. */
static int add_turn(struct pieces *out, const struct talk *talk, size_t turn,
                    struct str *done, struct err *err)
{
  struct str asked, said;
  if (render(talk, turn, true, &asked, err) < 0 ||
      render(talk, turn + 1, false, &said, err) < 0)
    return -1;
  if (str_starts(asked, *done) && str_starts(said, asked) &&
      add_pieces(out, talk, turn, asked, said, done) == 0)
    return 0;
  return err_set(
      err, ERR_DATA,
      "chat template '%s' does not show message %zu, behind those before it, as "
      "what was said and a token that ends it",
      chat_template_name(talk->options->chat), turn + 1);
}

static int make_talk(struct pieces *out, struct arena *arena,
                     const struct trajectory *trajectory,
                     const struct dataset_options *options, struct err *err)
{
  struct message answer[] = { { STR("user"), trajectory->prompt },
                              { STR("assistant"), trajectory->response } };
  struct talk talk = { .options = options, .messages = answer, .arena = arena };
  size_t n = 2, first = 0;
  if (trajectory->messages) {
    talk.messages = trajectory->messages;
    n = trajectory->n_messages;
    first = options->first_turn;
  }
  talk.bos = spelling(options->tokenizer, tokenizer_bos(options->tokenizer), arena);
  talk.eos = spelling(options->tokenizer, tokenizer_eos(options->tokenizer), arena);
  out->list = ARENA_NEW(arena, struct piece, 2 * n);
  struct str done = STR("");
  for (size_t i = first > 1 ? first : 1; i < n; i++)
    if (str_equal(talk.messages[i].role, STR("assistant")) &&
        add_turn(out, &talk, i, &done, err) < 0)
      return -1;
  if (out->count)
    return 0;
  return err_set(err, ERR_DATA, "no turn of the assistant from message %zu on",
                 first + 1);
}

int pieces_make(struct pieces *out, struct arena *arena,
                const struct trajectory *trajectory,
                const struct dataset_options *options, struct err *err)
{
  *out = (struct pieces){ .end = -1 };
  return options->chat ? make_talk(out, arena, trajectory, options, err)
                       : make_plain(out, arena, trajectory, options, err);
}

/* ---- tokens ---- */

static bool begins_with(const struct tokens *all, const struct tokens *part)
{
  return all->count >= part->count &&
         (!part->count ||
          memcmp(all->ids, part->ids, part->count * sizeof *all->ids) == 0);
}

/* The ids of `text` behind `before`: those of both together less those of `before`, which
 * keeps a tokenizer from treating `text` as a beginning. Where the two do not separate,
 * by itself. */
static int encode_behind(struct tokenizer *tokenizer, struct str before, struct str text,
                         struct tokens *out, struct err *err)
{
  struct tokens alone = { 0 }, joint = { 0 };
  struct buf both;
  buf_init(&both, 2 * (size_t)TOKENIZER_TEXT_MAX);
  buf_add(&both, before);
  buf_add(&both, text);
  unsigned flags = TOKENIZER_PARSE_SPECIAL;
  int rc = tokenizer_encode(tokenizer, before, flags, &alone, err);
  if (rc == 0)
    rc = tokenizer_encode(tokenizer, buf_str(&both), flags, &joint, err);
  if (rc == 0 && begins_with(&joint, &alone))
    for (size_t i = alone.count; i < joint.count; i++)
      tokens_add(out, joint.ids[i]);
  else if (rc == 0)
    rc = tokenizer_encode(tokenizer, text, flags, out, err);
  buf_release(&both);
  tokens_release(&alone);
  tokens_release(&joint);
  return rc;
}

int pieces_encode(const struct pieces *pieces, size_t index, struct tokenizer *tokenizer,
                  struct tokens *out, struct err *err)
{
  const struct piece *piece = &pieces->list[index];
  if (!index) {
    unsigned flags = TOKENIZER_PARSE_SPECIAL;
    if (pieces->add_special)
      flags |= TOKENIZER_ADD_SPECIAL;
    return tokenizer_encode(tokenizer, piece->text, flags, out, err);
  }
  struct str before = piece->action ? piece[-1].text : pieces->end_text;
  if (encode_behind(tokenizer, before, piece->text, out, err) < 0)
    return -1;
  if (piece->action)
    tokens_add(out, pieces->end);
  return 0;
}
