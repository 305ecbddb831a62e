/* text.h - answers that are words: normalised, compared token by token.
 *
 * Case, punctuation, articles, blanks and LaTeX's text commands do not count.
 */
#ifndef OREO_GRADE_TEXT_H
#define OREO_GRADE_TEXT_H

#include "base/arena.h"

/* Lower-case words and signs with single blanks between them. */
struct str text_normalised(struct arena *arena, struct str text);
/* The same truth value ("yes", "true", "Y"), or the same way to say "no solution". */
bool text_synonyms(struct str a, struct str b);
/* 1 true, 0 false, -1 neither; `text` is normalised. */
int text_truth(struct str text);

bool text_says_all_reals(struct str normalised);
/* Do the letters read as words rather than as products of variables? "Evelyn", "VW",
 * "\text{no}", but not "xy". Of the text as given. */
bool text_looks_like_words(struct str text);

/* The letter of a multiple choice answer, upper case, or 0: "C", "(C)", "C.", "C) text",
 * "\text{(C)}". What follows the letter goes to `*rest`. */
char text_choice(struct arena *arena, struct str text, struct str *rest);

#endif
