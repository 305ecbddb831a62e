/* reasoning.h - what a model thought aloud, apart from what it answered.
 *
 * Servers without a reasoning parser leave "<think>...</think>" in the text; some
 * templates open the tag in the prompt, so that only "</think>" comes. A part that was
 * never closed is reasoning to the end: there is no answer then, and no number of it may
 * be graded as one. Pure; results are slices of `text`.
 */
#ifndef OREO_POLICY_REASONING_H
#define OREO_POLICY_REASONING_H

#include "base/str.h"

/* *reasoning is absent when there is none. White space between the two is dropped. */
void reasoning_split(struct str text, struct str *reasoning, struct str *answer);

#endif
