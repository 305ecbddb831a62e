/* skim.h - one member cut out of a JSON object without parsing it.
 *
 * For: rows that carry a large member which nobody needs (lm-eval's prompts are nine
 * tenths of its samples files). It follows strings and brackets only; what it leaves is
 * parsed by json_parse, which judges it. What is cut out is not judged.
 */
#ifndef OREO_TASK_SKIM_H
#define OREO_TASK_SKIM_H

#include "base/buf.h"

/* Writes `object` without its top-level member `key` into `out` (reset first). False, and
 * `out` is not to be used, when there is no such member, `out` is too small, or the text
 * is not what an object looks like: then parse it whole. */
bool skim_drop(struct str object, struct str key, struct buf *out);

#endif
