/* words.h - the small vocabulary of the stories: people, things, plurals, number words.
 *
 * Constant tables. No name is also the name of a thing and none ends in s, so that names
 * can be taken out of a text word by word. Thread-safe.
 */
#ifndef OREO_GEN_WORDS_H
#define OREO_GEN_WORDS_H

#include "base/buf.h"

struct person {
  const char *name;
  bool female;
};

size_t person_count(void);
const struct person *person_at(size_t index);
/* Is the word one of the names? */
bool is_person_name(struct str word);

/* Things by kind ("fruit", "toy"): the list, ended by NULL, and its length; NULL for an
 * unknown kind. */
const char *const *things_of(struct str kind, size_t *count);

/* Appends "apples" for "apple", "square feet" for "square foot": one word, or words of
 * which the last is the noun. */
void word_write_plural(struct buf *out, struct str singular);
/* "a" or "an". */
const char *word_article(struct str noun);
/* "two" to "ten"; NULL outside. */
const char *number_word(int64_t value);
/* "half", "a third", ... of one n-th, for n from 2 to 10; NULL outside. */
const char *fraction_word(int64_t n);

#endif
