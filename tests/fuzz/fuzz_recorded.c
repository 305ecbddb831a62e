// links: task
/* Files of recorded answers that may be anything; and a member cut out of a line never
 * makes valid JSON of what was none. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "task/recorded.h"
#include "task/skim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
  if (!holds)
    abort();
}

static void use_answers(const struct recorded_file *file)
{
  check(file->n_answers > 0);
  for (size_t i = 0; i < file->n_answers; i++) {
    const struct recorded_answer *answer = &file->answers[i];
    check(str_present(answer->response));
    check(answer->label >= -1 && answer->label <= 1);
    check(answer->sample >= 0 && answer->doc_id >= -1 && answer->line > 0);
  }
  for (size_t i = 0; i < file->n_problems; i++)
    check(file->problems[i].what.len > 0);
}

/* What is left of a valid object is that object without the member. */
static void use_skim(struct str line)
{
  struct buf rest;
  struct json_doc whole, part;
  struct err err;
  buf_init(&rest, 1 << 20);
  if (skim_drop(line, STR("arguments"), &rest) && json_parse(&whole, line, &err) == 0) {
    check(json_parse(&part, buf_str(&rest), &err) == 0);
    check(!json_member(part.root, "arguments"));
    check(json_size(part.root) + 1 == json_size(whole.root));
    json_doc_release(&part);
    json_doc_release(&whole);
  }
  buf_release(&rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str text = { size ? (const char *)data : "", size };
  static const char *const fields[] = { NULL, "a", "strict-match" };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    struct arena arena = { 0 };
    struct err err = { 0 };
    struct recorded_file file;
    if (recorded_parse(&file, &arena, text, STR("f"), str_from(fields[i]), &err) == 0)
      use_answers(&file);
    else
      check((err.code == ERR_DATA || err.code == ERR_USAGE) && err.msg[0]);
    arena_release(&arena);
  }
  use_skim(text);
  return 0;
}
