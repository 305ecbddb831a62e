/* cmd_train.c - oreo-bench train: from trajectories to a checkpoint. */
#include "base/fs.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/train.h"
#include "cli/train_show.h"
#include "run/interrupt.h"
#include "train/loop.h"
#include "train/networks.h"
#include "train/record.h"

enum { SUITES_MAX = 16 }; /* whose items the audit looks for */

struct training {
  const struct recipe *recipe;
  struct material material;
  struct gpu_manager *manager;
  struct networks networks;
  struct train_record record;
  bool json, quiet;
  struct buf out;
};

/* ---- the audit ---- */

static size_t list_suites(const struct trajectory_list *list, struct str *suites)
{
  size_t n = 0;
  for (size_t i = 0; i < list->count && n < SUITES_MAX; i++) {
    struct str suite = list->list[i].suite;
    size_t k = 0;
    while (k < n && !str_equal(suites[k], suite))
      k++;
    if (k == n && suite.len)
      suites[n++] = suite;
  }
  return n;
}

static void audit(struct training *t)
{
  struct str suites[SUITES_MAX];
  struct arena *arena = &t->material.arena;
  struct train_items found;
  train_items_load(&found, suites, list_suites(&t->material.trajectories, suites), arena);
  struct audit_item *items = ARENA_NEW(arena, struct audit_item, found.count);
  for (size_t i = 0; i < found.count; i++)
    items[i] = (struct audit_item){ found.ids[i], found.questions[i] };
  material_audit(&t->material, t->recipe, items, found.count);
}

/* The log has all of it, the screen what is worth a look. */
static int keep_audit(struct training *t, struct err *err)
{
  const struct audit *a = &t->material.audit;
  struct arena arena = { 0 };
  struct buf text;
  for (size_t i = 0; i < a->n_warnings; i++)
    log_warn("data: %.*s", STR_ARG(a->warnings[i]));
  buf_init(&text, BUF_CAP_OWN);
  audit_write(a, &text);
  int rc = fs_write(arena_printf(&arena, "%s/audit.txt", t->recipe->out).ptr,
                    buf_str(&text), err);
  buf_release(&text);
  arena_release(&arena);
  return rc;
}

/* ---- training ---- */

static bool stop(void *context)
{
  (void)context;
  return interrupt_came();
}

static int furnish(void *context, const char *folder, struct err *err)
{
  const struct training *t = context;
  return train_text_copy(&t->material.text, folder, err);
}

static int conclude(void *context, const struct train_progress *done, struct err *err)
{
  const struct training *t = context;
  return train_record_end(&t->record, t->recipe->out, done, err);
}

static int open_device(struct training *t, struct err *err)
{
  struct gpu_options options = { .device = t->recipe->device };
  t->manager = gpu_manager_create(&options, err);
  if (!t->manager)
    return -1;
  return train_record_make(&t->record, t->recipe, &t->material,
                           gpu_manager_device(t->manager), err);
}

static int run_loop(struct training *t, struct train_progress *done, struct err *err)
{
  struct train_loop loop = { .recipe = t->recipe,
                             .source = &t->material.source,
                             .trajectories = t->material.trajectories.list,
                             .policy = networks_policy(&t->networks),
                             .value = networks_value(&t->networks),
                             .dir = t->recipe->out,
                             .furnish = furnish,
                             .conclude = conclude,
                             .stop = stop,
                             .context = t,
                             .quiet = t->quiet };
  interrupt_begin();
  int rc = train_run(&loop, done, err);
  interrupt_end();
  return rc;
}

/* Nothing is made on the disk before all of it is on the device. */
static int begin(struct training *t, enum train_state state, struct err *err)
{
  const struct recipe *r = t->recipe;
  if (networks_open(&t->networks, t->manager, &t->material, r, err) < 0)
    return -1;
  if (state == TRAIN_NEW && train_record_begin(&t->record, r->out, err) < 0)
    return -1;
  return keep_audit(t, err);
}

static int train(struct training *t, struct err *err)
{
  const struct recipe *r = t->recipe;
  struct train_progress done;
  enum train_state state;
  if (open_device(t, err) < 0 ||
      train_record_check(&t->record, r->out, r->resume, &state, err) < 0)
    return -1;
  if (state == TRAIN_FINISHED) {
    log_note("the training in '%s' is finished; nothing is left to do", r->out);
    if (saves_read(r->out, &done, err) < 0)
      return -1;
  } else if (begin(t, state, err) < 0 || run_loop(t, &done, err) < 0) {
    return -1;
  }
  train_show_done(r, &done, t->json, &t->out);
  return 0;
}

/* ---- the command ---- */

static int work(struct training *t, struct err *err)
{
  const struct recipe *r = t->recipe;
  if (material_load(&t->material, r, err) < 0)
    return -1;
  audit(t);
  if (r->audit) {
    train_show_audit(&t->material.audit, t->json, &t->out);
    return 0;
  }
  if (material_choose(&t->material, r, err) < 0)
    return -1;
  if (r->dry_run) {
    train_show_plan(&t->material, r, t->json, &t->out);
    log_note("nothing was trained");
    return 0;
  }
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  train_show_plan(&t->material, r, false, &text);
  log_note("%.*s", STR_ARG(str_trim(buf_str(&text))));
  buf_release(&text);
  return train(t, err);
}

static int run(struct command_call *call, struct err *err)
{
  struct recipe *recipe = call->settings;
  const char *name = call->arguments.count ? call->arguments.at[0] : NULL;
  struct training t = { .recipe = recipe, .json = call->json, .quiet = call->quiet };
  if (recipe_check(recipe, name, call->arena, err) < 0)
    return -1;
  buf_init(&t.out, BUF_CAP_OWN);
  int rc = work(&t, err);
  if (rc == 0)
    rc = cli_print(&t.out, err);
  networks_close(&t.networks);
  gpu_manager_free(t.manager);
  material_release(&t.material);
  buf_release(&t.out);
  return rc;
}

const struct command command_train = {
  .name = "train",
  .synopsis = "ALGO --init CKPT --data FILE --out DIR [options]",
  .about = "train a policy from trajectories: sft, rft, dpo, kto or oreo",
  .detail =
      "Examples:\n"
      "  oreo-bench train sft --init base --data sft.jsonl --out sft --rate 1e-3\n"
      "  oreo-bench rollout gsm8k --model sft --out rl.jsonl\n"
      "  oreo-bench train oreo --init sft --data rl.jsonl --out oreo\n"
      "  oreo-bench train oreo --init sft --data rl.jsonl --audit\n"
      "\n"
      "A line of the data is {\"prompt\",\"response\",\"reward\"} with a reward from 0 to\n"
      "1, or {\"conversations\",\"reward\"}. The folder gets the checkpoint, OREO's value\n"
      "network in 'value', provenance.json, log.jsonl with a line a step, and\n"
      "audit.txt. Every --save-every steps there is a checkpoint that --resume goes on\n"
      "from, to the same bytes. Rates default to the paper's; a model of 100,000\n"
      "weights wants some hundred times as much. docs/TRAINING.md says more.",
  .options = recipe_options,
  .settings_size = sizeof(struct recipe),
  .min_arguments = 0,
  .max_arguments = 1,
  .run = run,
};
