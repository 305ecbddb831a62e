// links: task
/* Files of trajectories that may be anything; what was read comes out again as it went
 * in. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "task/trajectory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
  if (!holds)
    abort();
}

static bool same(struct str a, struct str b)
{
  return str_present(a) == str_present(b) && (!str_present(a) || str_equal(a, b));
}

static void use(const struct trajectory *t, struct arena *arena)
{
  struct buf row;
  struct err err = { 0 };
  struct trajectory_list again = { 0 };
  check(t->reward >= 0 && t->reward <= 1 && t->line > 0);
  check(t->messages ? t->n_messages > 1 : t->prompt.len && t->response.len);
  check(trajectory_key(t, 0, arena).len > 0);
  check(!t->messages || trajectory_asked(t, 3) <= t->n_messages);
  buf_init(&row, BUF_CAP_OWN);
  trajectory_write(&row, t);
  check(trajectory_parse(&again, arena, buf_str(&row), STR("again"), &err) == 0);
  check(again.count == 1 && again.list[0].reward == t->reward);
  check(same(again.list[0].prompt, t->prompt) && same(again.list[0].item, t->item));
  check(same(again.list[0].response, t->response));
  check(again.list[0].n_messages == t->n_messages);
  check(again.list[0].sample == t->sample && again.list[0].steps == t->steps);
  trajectory_list_release(&again);
  buf_release(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str text = { size ? (const char *)data : "", size };
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct trajectory_list list = { 0 };
  if (trajectory_parse(&list, &arena, text, STR("f"), &err) == 0) {
    check(list.count > 0 && list.n_files == 1);
    for (size_t i = 0; i < list.count; i++)
      use(&list.list[i], &arena);
  } else {
    check(err.code == ERR_DATA && err.msg[0] && list.count == 0);
  }
  trajectory_list_release(&list);
  arena_release(&arena);
  return 0;
}
