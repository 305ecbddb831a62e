// links: report
/* A results file beside a samples file: any bytes, and whatever they state must be finite
 * or absent enough for the lint to pass over. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "report/side.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct arena arena = { 0 };
  struct warnings warnings = { .arena = &arena };
  struct outcome outcomes[2] = { { .verdict = VERDICT_CORRECT, .response = STR("1") },
                                 { .verdict = VERDICT_WRONG, .response = STR("2") } };
  struct side side = { .name = STR("A"), .outcomes = outcomes, .n = 2 };
  struct str json = { size ? (const char *)data : "", size };
  side.stated.file = STR("results.json");
  stated_parse(&side.stated, json, STR("gsm8k"), STR("strict-match"));
  side_lint(&warnings, &side);
  if (warnings.n > 2)
    abort();
  arena_release(&arena);
  return 0;
}
