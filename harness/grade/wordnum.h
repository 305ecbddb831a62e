/* wordnum.h - numbers written as English words.
 *
 * Cardinals and ordinals up to millions ("twenty-one", "two hundred and five", "third").
 */
#ifndef OREO_GRADE_WORDNUM_H
#define OREO_GRADE_WORDNUM_H

#include "base/str.h"

/* True when the whole text is such a number. */
bool wordnum_parse(struct str text, int64_t *value);

#endif
