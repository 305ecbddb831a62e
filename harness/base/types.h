/* types.h - the words that every layer shares.
 *
 * Tables only, no behaviour but names. What a value is called in files and on screen is
 * written here once.
 */
#ifndef OREO_BASE_TYPES_H
#define OREO_BASE_TYPES_H

#include "base/str.h"

/* What became of one sample of one item. Five different things (design, guarantee 3):
 * an error is never counted as a wrong answer. name, what it means */
#define VERDICT_MAP(XX)                                                          \
  XX(CORRECT, "correct", "the answer equals the gold answer")                    \
  XX(WRONG, "wrong", "an answer was found and differs")                          \
  XX(NO_ANSWER, "no_answer", "the response ended without an answer")             \
  XX(TRUNCATED, "truncated", "the response was cut off before an answer")        \
  XX(ERROR, "error", "there is no response: the policy or the item failed")

enum verdict {
#define XX(id, name, text) VERDICT_##id,
  VERDICT_MAP(XX)
#undef XX
  VERDICT_COUNT
};

/* "correct" and so on; the name as written in every file. */
const char *verdict_name(enum verdict verdict);
/* -1 for an unknown name. */
int verdict_from_name(struct str name);

/* Why a response ended, in the vocabulary of OpenAI's API. */
#define FINISH_MAP(XX)                                                           \
  XX(STOP, "stop") /* by itself, or by a stop string */                          \
  XX(LENGTH, "length") /* cut at the token limit */                              \
  XX(UNKNOWN, "unknown") /* recorded without saying */

enum finish {
#define XX(id, name) FINISH_##id,
  FINISH_MAP(XX)
#undef XX
  FINISH_COUNT
};

const char *finish_name(enum finish finish);
/* Anything unknown is FINISH_UNKNOWN. */
enum finish finish_from_name(struct str name);

#endif
