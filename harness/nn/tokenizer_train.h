/* tokenizer_train.h - a byte-level BPE tokenizer made from texts.
 *
 * For: tokenizers of our own small models, as files that tokenizer_open and Hugging
 * Face's `tokenizers` read, with the same ids in both. Not for: normalizers, other split
 * patterns than the three below, Unigram.
 *
 * Texts are bytes and are cut as the tokenizer will cut them: at special tokens, which
 * are left out, then into words by the split pattern. The words' bytes are merged by the
 * rule of nn/tokenizer_learn.h: highest count first, ties by the lowest ids. Ids are the
 * special tokens (bos, eos, pad, then `special`, each once), the 256 bytes in the order
 * of GPT-2's letters, then the merges as they were made. The result depends on how often
 * each word comes and on nothing else: not on the order of the texts, not on the machine;
 * the files are the same to the byte.
 *
 * A trainer owns all; one thread at a time. Errors: ERR_USAGE for a recipe that cannot be
 * followed, ERR_DATA for texts past a limit or without any word, ERR_ENV for a folder
 * that cannot be written.
 */
#ifndef OREO_NN_TOKENIZER_TRAIN_H
#define OREO_NN_TOKENIZER_TRAIN_H

#include "base/buf.h"
#include "nn/tokenizer.h"

enum {
  TRAIN_TEXT_MAX = 1 << 30,     /* bytes of one text: a file is mapped whole */
  TRAIN_PIECE_MAX = 512,        /* bytes of a piece, as the longest of published ones */
  TRAIN_SPECIAL_MAX = 1024,     /* special tokens; Llama 3 reserves 256 */
  TRAIN_SPECIAL_TEXT_MAX = 256, /* bytes of one: what the reader of templates takes */
  TRAIN_TEMPLATE_MAX = 1 << 16, /* bytes of a chat template */
};

/* How digits stay together, and whose expression it is. */
enum train_digits {
  TRAIN_DIGITS_SINGLE, /* each is a word: Qwen2's */
  TRAIN_DIGITS_THREE,  /* up to three: Llama 3's */
  TRAIN_DIGITS_ALL,    /* a number and its space are one word: GPT-2's */
};

struct tokenizer_recipe {
  size_t vocab_size; /* ids at most, special tokens and bytes among them */
  enum train_digits digits;
  uint64_t min_count;        /* pairs that are rarer are not merged; 0: 1 */
  size_t piece_max;          /* bytes of a piece; 0: TRAIN_PIECE_MAX */
  struct str bos, eos, pad;  /* or absent */
  const struct str *special; /* further ones */
  size_t n_special;
  bool add_bos, add_eos;    /* put around every text with TOKENIZER_ADD_SPECIAL */
  struct str chat_template; /* Jinja, or absent */
};

struct tokenizer_trainer;

/* Copies what it needs. NULL with `err`: sizes that do not fit, a special token twice,
 * empty, too long, no UTF-8 or one that is a byte's letter; add_bos without a bos. */
struct tokenizer_trainer *tokenizer_trainer_create(const struct tokenizer_recipe *recipe,
                                                   struct err *err);
void tokenizer_trainer_free(struct tokenizer_trainer *trainer);

/* Counts a text's words; the text is not kept. */
NODISCARD int tokenizer_trainer_add(struct tokenizer_trainer *trainer, struct str text,
                                    struct err *err);
/* Once, after all texts. */
NODISCARD int tokenizer_trainer_run(struct tokenizer_trainer *trainer, struct err *err);

/* What there was and what came of it. */
struct tokenizer_trained {
  size_t n_texts, n_distinct;  /* distinct words */
  uint64_t n_bytes, n_words;   /* of all texts, without special tokens */
  uint64_t n_ids;              /* that the texts are now */
  size_t vocab_size, n_merges; /* vocab_size is below the recipe's where no pair is left
                                * that comes often enough */
};
struct tokenizer_trained
tokenizer_trainer_result(const struct tokenizer_trainer *trainer);

/* Appends the bytes of tokenizer.json and of tokenizer_config.json. */
void tokenizer_trainer_json(const struct tokenizer_trainer *trainer, struct buf *out);
void tokenizer_trainer_config(const struct tokenizer_trainer *trainer, struct buf *out);
/* Writes both into `folder`, which is made; each whole or not at all. */
NODISCARD int tokenizer_trainer_save(const struct tokenizer_trainer *trainer,
                                     const char *folder, struct err *err);

#endif
