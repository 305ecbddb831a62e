/* tokenizer_scan.h - the split patterns that everyone uses, scanned by hand.
 *
 * They match everywhere, word after word, so a scan is "where does the word end that
 * begins here". The expressions themselves stand beside the functions, and a test holds
 * the two against each other. No backtracking, no limits, no state.
 */
#ifndef OREO_NN_TOKENIZER_SCAN_H
#define OREO_NN_TOKENIZER_SCAN_H

#include "base/str.h"

/* The end of the word that begins at byte `at` < text.len; always > at. */
typedef size_t split_scan(struct str text, size_t at);

/* name, the expression */
#define SPLIT_GPT2 \
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"
#define SPLIT_LLAMA3                                                        \
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|" \
  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define SPLIT_QWEN2                                                    \
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|" \
  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
/* Mistral's "tekken": words break before a capital. No scan. */
#define SPLIT_TEKKEN                                            \
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*" \
  "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|"                             \
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+" \
  "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}|"                      \
  " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/* NULL for an expression that has no scan. */
split_scan *split_scan_of(struct str regex);

#endif
