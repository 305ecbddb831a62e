// links: grade
/* Two bare answers, the first line and the rest: parsed, and compared both ways. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "grade/answer.h"
#include "grade/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct arena arena = { 0 };
  struct str other = { size ? (const char *)data : "", size };
  struct str gold = str_next_line(&other);
  if (!str_present(gold))
    gold = STR("");
  if (!str_present(other))
    other = STR("");
  struct budget parse = { 2 * LIMIT_TICKS }, there = { LIMIT_TICKS }, back = there;
  enum grade_reason reason = GRADE_REASON_COUNT;
  struct answer *a = answer_parse(&arena, gold, &parse);
  struct answer *b = answer_parse(&arena, other, &parse);
  answer_same(a, b, &arena, &there, &reason);
  if (reason >= GRADE_REASON_COUNT)
    abort();
  answer_same(b, a, &arena, &back, &reason);
  answer_fits(a, b);
  /* every answer is itself, and no budget is overdrawn by more than one step of work */
  struct budget self = { LIMIT_TICKS };
  if (!answer_same(a, a, &arena, &self, &reason) || there.ticks < -LIMIT_TICKS ||
      back.ticks < -LIMIT_TICKS)
    abort();
  arena_release(&arena);
  return 0;
}
