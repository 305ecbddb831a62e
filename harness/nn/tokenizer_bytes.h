/* tokenizer_bytes.h - GPT-2's alphabet: how byte-level vocabularies spell bytes.
 *
 * Each of the 256 bytes is written as one printable character: the printable ones of
 * Latin-1 as themselves, the other 68 as U+0100 and on, in order. Closed form, no tables.
 */
#ifndef OREO_NN_TOKENIZER_BYTES_H
#define OREO_NN_TOKENIZER_BYTES_H

#include "base/buf.h"

/* The character that stands for a byte; the byte that a character stands for, or -1. */
int32_t byte_letter(unsigned char byte);
int byte_of_letter(int32_t cp);

/* Appends the bytes that `spelling` stands for; false, and nothing is appended, when one
 * of its characters stands for none. */
bool byte_spelling_read(struct buf *out, struct str spelling);
/* Appends the spelling of `bytes`. */
void byte_spelling_write(struct buf *out, struct str bytes);

/* "<0x0A>" is 10; -1 for any other text. */
int byte_token_value(struct str piece);

#endif
