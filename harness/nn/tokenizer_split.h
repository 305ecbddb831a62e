/* tokenizer_split.h - how a text is cut into the words that are encoded one by one: the
 * `pre_tokenizer`.
 *
 * A list of steps; each cuts every piece of the step before it, or puts something in
 * front of it. Expressions are PCRE2's (base/pattern.h) with Unicode classes; those of
 * GPT-2, Llama 3 and Qwen, known by their text, are scanned by hand
 * (nn/tokenizer_scan.h).
 *
 * Owns its expressions. Holds scratch memory: one thread at a time.
 */
#ifndef OREO_NN_TOKENIZER_SPLIT_H
#define OREO_NN_TOKENIZER_SPLIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "nn/tokenizer_scan.h"

struct pattern;

enum { SPLIT_STEPS_MAX = 16 };

/* What becomes of the matches and of what stands between them. name in tokenizer.json */
#define SPLIT_BEHAVIOUR_MAP(XX)                       \
  XX(ISOLATED, "Isolated") /* each is a word */       \
  XX(REMOVED, "Removed")   /* matches are left out */ \
  XX(WITH_PREVIOUS, "MergedWithPrevious")             \
  XX(WITH_NEXT, "MergedWithNext")                     \
  XX(CONTIGUOUS, "Contiguous") /* neighbouring matches are one word */

enum split_behaviour {
#define XX(id, name) SPLIT_##id,
  SPLIT_BEHAVIOUR_MAP(XX)
#undef XX
      SPLIT_BEHAVIOURS
};
/* -1 for an unknown name. */
int split_behaviour_from_name(struct str name);

enum split_kind {
  SPLIT_BY,     /* cut at `scan`, `pattern` or `literal` */
  SPLIT_PREFIX, /* `literal` in front of what does not begin with it */
  SPLIT_SPACES, /* " " becomes `literal`, then as SPLIT_PREFIX where `prefix` says so */
};
enum split_prefix { SPLIT_PREFIX_NEVER, SPLIT_PREFIX_FIRST, SPLIT_PREFIX_ALWAYS };

struct split_step {
  enum split_kind kind;
  enum split_behaviour behaviour;
  bool invert; /* matches and what stands between them change places */
  split_scan *scan;
  struct pattern *pattern;
  struct str literal;
  enum split_prefix prefix;
  struct buf work; /* the changed text */
};

struct splitter {
  struct arena arena;
  struct split_step steps[SPLIT_STEPS_MAX];
  size_t n_steps;
};

void splitter_release(struct splitter *splitter); /* `{0}` is valid: one word */

/* Each adds a step. ERR_DATA: too many, an expression that PCRE2 does not take, a literal
 * that is empty. */
NODISCARD int splitter_add_regex(struct splitter *splitter, struct str regex,
                                 enum split_behaviour behaviour, bool invert,
                                 struct err *err);
NODISCARD int splitter_add_literal(struct splitter *splitter, struct str literal,
                                   enum split_behaviour behaviour, bool invert,
                                   struct err *err);
NODISCARD int splitter_add_prefix(struct splitter *splitter, struct str literal,
                                  struct err *err);
NODISCARD int splitter_add_spaces(struct splitter *splitter, struct str replacement,
                                  enum split_prefix prefix, struct err *err);

/* Takes one word. */
typedef void split_word(void *context, struct str word);

/* Hands the words of `text` to `word` in order, none of them empty. `first`: the text
 * stands at the very beginning of the input. ERR_DATA when an expression backtracks
 * without end. */
NODISCARD int splitter_run(struct splitter *splitter, struct str text, bool first,
                           split_word *word, void *context, struct err *err);

#endif
