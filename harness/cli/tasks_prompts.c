#include "cli/tasks.h"

#include "base/json.h"
#include "task/lmeval.h"
#include "task/prompt.h"

static int read_opts(struct prompt_opts *opts, const struct lmeval_task **task,
                     const struct tasks_call *call, const struct dataset *dataset,
                     struct err *err)
{
  const struct tasks_settings *settings = call->settings;
  *opts = (struct prompt_opts){ .lm_eval = settings->compat != NULL,
                                .lm_eval_task = str_from(settings->lm_eval_task),
                                .num_fewshot = (int)settings->num_fewshot,
                                .fewshot_seed = (uint32_t)settings->fewshot_seed,
                                .fewshot = dataset->fewshot,
                                .fewshot_file = settings->fewshot_file };
  *task = NULL;
  if (settings->compat && strcmp(settings->compat, "lm-eval") != 0)
    return err_set(err, ERR_USAGE, "--compat: '%.60s' is not known; it is lm-eval",
                   settings->compat);
  if (settings->lm_eval_task && !settings->compat)
    return err_set(err, ERR_USAGE, "--lm-eval-task needs --compat lm-eval beside it");
  if (opts->lm_eval)
    *task = settings->lm_eval_task ? lmeval_task_find(opts->lm_eval_task)
                                   : lmeval_task_of_suite(dataset->items->suite->name);
  return 0; /* a task that does not exist is prompt_maker_create's to refuse */
}

static void put_json(struct buf *out, const struct item *item, struct str prompt,
                     const struct lmeval_task *task)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_int(&w, "doc_id", (int64_t)item->index);
  json_member_string(&w, "id", item->id);
  json_member_string(&w, "prompt", prompt);
  if (task) {
    struct lmeval_hashes hashes = lmeval_hash(task, item, prompt);
    json_member_string(&w, "prompt_hash", str_from(hashes.prompt.text));
    json_member_string(&w, "doc_hash", str_from(hashes.doc.text));
    json_member_string(&w, "target_hash", str_from(hashes.target.text));
  } else {
    struct sha256_hex hash = sha256_of(prompt);
    json_member_string(&w, "prompt_hash", str_from(hash.text));
  }
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static void put_text(struct buf *out, const struct item *item, struct str prompt)
{
  buf_printf(out, "---- %.*s ----\n%.*s\n", STR_ARG(item->id), STR_ARG(prompt));
}

int tasks_show_prompts(struct tasks_call *call, const struct dataset *dataset,
                       struct err *err)
{
  const struct tasks_settings *settings = call->settings;
  const struct item_set *set = dataset->items;
  const struct lmeval_task *task;
  struct prompt_opts opts;
  struct prompt_maker *maker;
  struct arena scratch = { 0 };
  struct buf out;
  if (read_opts(&opts, &task, call, dataset, err) < 0 ||
      prompt_maker_create(&maker, call->call->arena, set, &opts, err) < 0)
    return -1;
  buf_init(&out, BUF_CAP_OWN);
  size_t left = settings->n ? (size_t)settings->n : set->n_items;
  for (size_t i = 0; i < set->n_items && left; i++) {
    const struct item *item = &set->items[i];
    if (settings->item && !str_equal(item->id, str_from(settings->item)))
      continue;
    struct prompt prompt = prompt_make(maker, item, &scratch);
    if (call->call->json)
      put_json(&out, item, prompt.text, task);
    else
      put_text(&out, item, prompt.text);
    arena_reset(&scratch);
    left--;
  }
  arena_release(&scratch);
  int rc = out.len == 0 ? err_set(err, ERR_USAGE, "'%.*s' has no item '%.80s'",
                                  STR_ARG(set->source), settings->item)
                        : cli_print(&out, err);
  buf_release(&out);
  return rc;
}
