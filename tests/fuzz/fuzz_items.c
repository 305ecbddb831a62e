// links: task
/* Data files that may be anything, through both suites, up to prompts and documents. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "task/lmeval.h"
#include "task/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
  if (!holds)
    abort();
}

static void use_items(const struct item_set *set, struct arena *arena)
{
  struct err err = { 0 };
  struct prompt_maker *maker;
  struct prompt_opts opts = { .num_fewshot = set->n_items > 2, .fewshot = set };
  const struct lmeval_task *task = lmeval_task_of_suite(set->suite->name);
  check(prompt_maker_create(&maker, arena, set, &opts, &err) == 0);
  struct item_index index;
  item_index_init(&index, set);
  for (size_t i = 0; i < set->n_items; i++) {
    const struct item *item = &set->items[i];
    check(item->gold.len && item->question.len);
    check(item_by_id(&index, item->id) == item);
    check(item_by_question(&index, item->question) != NULL);
    struct prompt prompt = prompt_make(maker, item, arena);
    check(str_find(prompt.text, item->question) >= 0);
    lmeval_hash(task, item, prompt.text);
  }
  item_index_release(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str text = { size ? (const char *)data : "", size }, name;
  for (size_t i = 0; str_present(name = suite_name_at(i)); i++) {
    struct arena arena = { 0 };
    struct err err = { 0 };
    struct suite *suite;
    struct item_set set;
    check(suite_find(&suite, &arena, name, &err) == 0);
    if (item_set_parse(&set, &arena, suite, text, STR("f"), STR("f"), &err) == 0)
      use_items(&set, &arena);
    else
      check(err.code == ERR_DATA && err.msg[0]);
    arena_release(&arena);
  }
  return 0;
}
