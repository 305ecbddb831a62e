#include "base/log.h"
#include "cli/train.h"
#include "run/dataset.h"

static int load(struct dataset *data, struct str name, struct arena *arena,
                struct err *err)
{
  struct suite *suite;
  struct dataset_opts options = { 0 };
  if (suite_find(&suite, arena, name, err) < 0)
    return -1;
  return dataset_load(data, arena, suite, &options, err);
}

void train_items_load(struct train_items *out, const struct str *suites, size_t n,
                      struct arena *arena)
{
  struct dataset *data = ARENA_NEW(arena, struct dataset, n);
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    struct err err;
    if (load(&data[i], suites[i], arena, &err) < 0) {
      log_note("the audit does not look for items of '%.*s': %s", STR_ARG(suites[i]),
               err.msg);
      data[i].items = NULL;
      continue;
    }
    count += data[i].items->n_items;
  }
  out->ids = ARENA_NEW(arena, struct str, count);
  out->questions = ARENA_NEW(arena, struct str, count);
  out->count = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; data[i].items && k < data[i].items->n_items; k++) {
      out->ids[out->count] = data[i].items->items[k].id;
      out->questions[out->count++] = data[i].items->items[k].question;
    }
  }
}
