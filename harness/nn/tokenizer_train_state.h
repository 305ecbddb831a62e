/* tokenizer_train_state.h - what a trainer holds, for the files that make it up; others
 * use tokenizer_train.h. */
#ifndef OREO_NN_TOKENIZER_TRAIN_STATE_H
#define OREO_NN_TOKENIZER_TRAIN_STATE_H

#include "nn/tokenizer_added.h"
#include "nn/tokenizer_learn.h"
#include "nn/tokenizer_split.h"
#include "nn/tokenizer_train.h"

struct train_word {
  struct str bytes;
  uint64_t count;
};

struct tokenizer_trainer {
  struct arena arena;             /* special tokens and words */
  struct tokenizer_recipe recipe; /* texts in the arena */
  struct str regex;
  struct added added;
  struct splitter splitter;
  struct strmap words_by_bytes;
  struct train_word *words;
  size_t words_capacity, word_bytes;
  bool full; /* a word did not fit */
  struct learner learner;
  struct tokenizer_trained result;
  bool ran;
};

#endif
