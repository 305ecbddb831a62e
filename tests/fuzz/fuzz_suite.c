// links: task
/* Suite definitions and few-shot files that may be anything. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "task/shots.h"
#include "task/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
  if (!holds)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str text = { size ? (const char *)data : "", size };
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct suite *suite = NULL;
  if (suite_parse(&suite, &arena, text, "fuzz.json", &err) == 0) {
    check(suite->n_formats > 0 && suite->max_tokens > 0);
    check(str_find(suite->prompt, STR("{question}")) >= 0);
    for (size_t i = 0; i < suite->n_sources; i++)
      check(suite->sources[i].file.ptr[0] != '/' &&
            str_find(suite->sources[i].file, STR("../")) < 0);
  } else {
    check(err.code == ERR_DATA && err.msg[0]);
  }
  struct shot_list shots;
  if (shots_parse(&shots, &arena, text, "fuzz.json", &err) == 0)
    for (size_t i = 0; i < shots.count; i++)
      check(shots.shots[i].question.len && shots.shots[i].answer.len);
  arena_release(&arena);
  return 0;
}
