#include "train/recipe.h"

#include <string.h>

#include "base/nearest.h"
#include "train/examples.h"

#define AT(field) offsetof(struct recipe, field)

#define TEXT(name, arg, fallback, help, field)                       \
  {                                                                  \
    name, 0, NULL, arg, fallback, help, OPTION_TEXT, AT(field), 0, 0 \
  }
#define FLAG(name, help, field)                                   \
  {                                                               \
    name, 0, NULL, NULL, NULL, help, OPTION_FLAG, AT(field), 0, 0 \
  }
#define INT(name, arg, fallback, low, high, help, field)                 \
  {                                                                      \
    name, 0, NULL, arg, fallback, help, OPTION_INT, AT(field), low, high \
  }
#define REAL(name, arg, fallback, low, high, help, field)                 \
  {                                                                       \
    name, 0, NULL, arg, fallback, help, OPTION_REAL, AT(field), low, high \
  }

const struct option recipe_options[] = {
  /* files */
  TEXT("algo", "ALGO", NULL, "sft, rft, dpo, kto or oreo; the argument says the same",
       algo),
  { "init", 'i', NULL, "CKPT", NULL, "the checkpoint to begin with", OPTION_TEXT,
    AT(init), 0, 0 },
  { "data", 'd', NULL, "FILE", NULL,
    "trajectories {\"prompt\",\"response\",\"reward\"}; may be repeated", OPTION_TEXTS,
    AT(data), 0, 0 },
  { "out", 'o', NULL, "DIR", NULL, "the folder that the trained checkpoint goes to",
    OPTION_TEXT, AT(out), 0, 0 },
  TEXT("reference", "CKPT", NULL, "what dpo, kto and oreo stay near (default: --init)",
       reference),
  TEXT("value", "CKPT", NULL, "what oreo's value network begins with (default: --init)",
       value),
  TEXT("tokenizer", "PATH", NULL, "a folder or file, in place of the checkpoint's own",
       tokenizer),
  TEXT(
      "chat-template", "T", NULL,
      "how prompts become text: a name, a Jinja file, or none (default: the model's own)",
      chat_template),
  TEXT("device", "D", NULL,
       "a number or name of 'oreo-bench devices', or cpu (default: the best)", device),

  /* how long, how much at once */
  INT("epochs", "N", "-1", -1, 1e6, "times through the data; -1: 3 for sft, else 1",
      epochs),
  INT("steps", "N", "0", 0, 1e9, "stop after so many steps; 0: when the epochs are over",
      steps),
  INT("batch", "N", "128", 1, 1e6, "responses a step (dpo: pairs)", batch),
  INT("rows", "N", "2048", 2, 1 << 20, "tokens that go through the network at once",
      rows),
  INT("context", "N", "0", 0, 1 << 27,
      "tokens of a sequence at most; 0: what the model allows", context),
  TEXT("overlong", "HOW", "refuse", "sequences over it: refuse, truncate or drop",
       overlong),
  FLAG("recompute", "keep less for the way back and make it again: slower, smaller",
       recompute),
  INT("seed", "S", "0", 0, 9007199254740992.0, "of the order of the data, and of pairs",
      seed),

  /* the optimiser */
  REAL("rate", "R", "-1", -1, 10,
       "learning rate; -1: the paper's, for models of billions of weights", rate),
  REAL("value-rate", "R", "-1", -1, 10, "oreo: the value network's; -1: as --rate",
       value_rate),
  REAL("rate-end", "X", "0", 0, 1, "share of the rate that is left at the end", rate_end),
  REAL("warmup", "X", "0.03", 0, 1, "share of the steps on which the rate rises", warmup),
  REAL("clip", "X", "1", 0, 1e9, "of the gradient's norm; 0: not", clip),
  REAL("beta1", "X", "0.9", 0, 1, "AdamW's", beta1),
  REAL("beta2", "X", "0.95", 0, 1, "AdamW's", beta2),
  REAL("epsilon", "X", "1e-8", 0, 1, "AdamW's", eps),
  REAL("decay", "X", "0", 0, 10, "AdamW's, of the weights", decay),

  /* objectives */
  REAL("beta", "X", "-1", -1, 1e3, "nearness to the reference; -1: 0.1, oreo 0.03", beta),
  REAL("alpha", "X", "-1", -1, 1e3,
       "oreo: weight of the KL; -1: 0.01, by steps 0.1, by responses 0.3", alpha),
  TEXT("level", "LEVEL", "token", "oreo: token, step or response", level),
  FLAG("periods", "steps end at periods too, not only at newlines", periods),
  FLAG("keep-gradient", "oreo: no stop-gradient on the log-ratios to come",
       keep_gradient),
  FLAG("one-step", "oreo: the one-step residual in the policy's loss", one_step),
  REAL("reward-times", "X", "1", -1e3, 1e3, "oreo: the reward is X times the data's",
       reward_times),
  REAL("reward-plus", "X", "0", -1e3, 1e3, "oreo: ... plus X", reward_plus),
  INT("value-steps", "N", "0", 0, 1e9, "oreo: so many steps for the value network alone",
      value_steps),
  INT("pairs", "N", "6", 1, EXAMPLES_PAIRS_MAX, "dpo: pairs of a prompt at most", pairs),
  REAL("smoothing", "X", "0", 0, 0.5, "dpo: of the labels", smoothing),
  REAL("desirable", "X", "1", 0, 1e3, "kto: weight of successes", desirable),
  REAL("undesirable", "X", "1", 0, 1e3, "kto: weight of failures", undesirable),
  INT("first-turn", "N", "0", 0, 1e6,
      "of conversations: nothing before this message is trained", first_turn),

  /* this process */
  INT("save-every", "N", "200", 1, 1e9, "steps between checkpoints to go on from",
      save_every),
  INT("keep", "N", "0", 0, 1e6, "checkpoints on the way that stay, besides the last",
      keep),
  FLAG("resume", "go on from the last checkpoint in --out, if there is one", resume),
  FLAG("audit", "say what the data are, and stop", audit),
  FLAG("dry-run", "check everything, say what would be done, and stop", dry_run),
  OPTION_END
};

/* ---- algorithms ---- */

static const struct algo {
  const char *name;
  enum objective_kind objective;
  double rate, beta;
  int64_t epochs;
} algos[] = {
  [RECIPE_SFT] = { "sft", OBJECTIVE_SFT, 2e-5, 0, 3 },
  [RECIPE_RFT] = { "rft", OBJECTIVE_SFT, 5e-6, 0, 1 },
  [RECIPE_DPO] = { "dpo", OBJECTIVE_DPO, 5e-7, 0.1, 1 },
  [RECIPE_KTO] = { "kto", OBJECTIVE_KTO, 5e-8, 0.1, 1 },
  [RECIPE_OREO] = { "oreo", OBJECTIVE_OREO_POLICY, 5e-6, 0.03, 1 },
};

static const char *algo_at(size_t i)
{
  return i < COUNT(algos) ? algos[i].name : NULL;
}

void recipe_list(struct buf *out)
{
  for (size_t i = 0; i < COUNT(algos); i++)
    buf_printf(out, "%s%s", i ? ", " : "", algos[i].name);
}

/* Options that mean nothing to other algorithms: said there, they are a mistake. */
#define BIT(algo) (1u << RECIPE_##algo)
static const struct {
  const char *option;
  unsigned algos;
} belongs[] = {
  { "reference", BIT(DPO) | BIT(KTO) | BIT(OREO) },
  { "beta", BIT(DPO) | BIT(KTO) | BIT(OREO) },
  { "value", BIT(OREO) },
  { "value-rate", BIT(OREO) },
  { "alpha", BIT(OREO) },
  { "level", BIT(OREO) },
  { "periods", BIT(OREO) },
  { "keep-gradient", BIT(OREO) },
  { "one-step", BIT(OREO) },
  { "reward-times", BIT(OREO) },
  { "reward-plus", BIT(OREO) },
  { "value-steps", BIT(OREO) },
  { "pairs", BIT(DPO) },
  { "smoothing", BIT(DPO) },
  { "desirable", BIT(KTO) },
  { "undesirable", BIT(KTO) },
};

static const struct option *row_of(const char *name)
{
  const struct option *row = recipe_options;
  while (strcmp(row->name, name) != 0)
    row++;
  return row;
}

static int refuse_others(const struct recipe *r, struct arena *arena, struct err *err)
{
  struct str value;
  for (size_t i = 0; i < COUNT(belongs); i++)
    if (!(belongs[i].algos & 1u << r->kind) &&
        option_changed(row_of(belongs[i].option), r, arena, &value))
      return err_set(err, ERR_USAGE, "--%s means nothing to %s; leave it out",
                     belongs[i].option, algos[r->kind].name);
  return 0;
}

/* ---- words ---- */

/* The place of `word` in the table, or -1. */
static int find_word(const char *option, const char *word, const char *const *words,
                     size_t n, struct err *err)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(words[i], word) == 0)
      return (int)i;
  struct arena arena = { 0 };
  struct str list = STR("");
  for (size_t i = 0; i < n; i++)
    list = arena_printf(&arena, "%.*s%s%s", STR_ARG(list), i ? ", " : "", words[i]);
  err_set(err, ERR_USAGE, "--%s: '%.100s' is none of %.*s", option, word, STR_ARG(list));
  arena_release(&arena);
  return -1;
}

static int check_words(struct recipe *r, struct err *err)
{
  static const char *const levels[] = {
    [OREO_TOKEN] = "token", [OREO_STEP] = "step", [OREO_RESPONSE] = "response"
  };
  static const char *const overlong[] = {
    [DATASET_REFUSE] = "refuse", [DATASET_TRUNCATE] = "truncate", [DATASET_DROP] = "drop"
  };
  int level = find_word("level", r->level, levels, COUNT(levels), err);
  if (level < 0)
    return -1;
  int how = find_word("overlong", r->overlong, overlong, COUNT(overlong), err);
  if (how < 0)
    return -1;
  r->oreo_level = (enum oreo_level)level;
  r->dataset_overlong = (enum dataset_overlong)how;
  return 0;
}

static int check_algo(struct recipe *r, const char *name, struct err *err)
{
  if (name && r->algo && strcmp(name, r->algo) != 0)
    return err_set(err, ERR_USAGE, "the algorithm is '%.100s', and --algo says '%.100s'",
                   name, r->algo);
  r->algo = name ? name : r->algo;
  if (!r->algo)
    return err_set(err, ERR_USAGE,
                   "the algorithm is missing; write: oreo-bench train ALGO --init CKPT "
                   "--data FILE --out DIR, with ALGO one of sft, rft, dpo, kto, oreo");
  for (size_t i = 0; i < COUNT(algos); i++) {
    if (strcmp(algos[i].name, r->algo) != 0)
      continue;
    r->kind = (enum recipe_algo)i;
    return 0;
  }
  const char *nearest = name_nearest(str_from(r->algo), algo_at);
  return err_set(err, ERR_USAGE, "no algorithm '%.100s'; %s%s", r->algo,
                 nearest ? "the nearest is " : "there are sft, rft, dpo, kto, oreo",
                 nearest ? nearest : "");
}

static void fill_in(struct recipe *r)
{
  static const double alphas[] = {
    [OREO_TOKEN] = 0.01, [OREO_STEP] = 0.1, [OREO_RESPONSE] = 0.3
  };
  const struct algo *own = &algos[r->kind];
  if (r->epochs < 0)
    r->epochs = own->epochs;
  if (r->rate < 0)
    r->rate = own->rate;
  if (r->value_rate < 0)
    r->value_rate = r->rate;
  if (r->beta < 0)
    r->beta = own->beta;
  if (r->alpha < 0)
    r->alpha = r->kind == RECIPE_OREO ? alphas[r->oreo_level] : 0;
}

int recipe_check(struct recipe *r, const char *name, struct arena *arena, struct err *err)
{
  if (check_algo(r, name, err) < 0 || check_words(r, err) < 0 ||
      refuse_others(r, arena, err) < 0)
    return -1;
  if (r->epochs == 0 && !r->steps)
    return err_set(err, ERR_USAGE, "--epochs 0 trains nothing; give 1 or more");
  if (r->beta1 >= 1 || r->beta2 >= 1)
    return err_set(err, ERR_USAGE, "--beta1 and --beta2 are below 1");
  if (!r->data.count)
    return err_set(err, ERR_USAGE, "--data FILE is missing: the trajectories");
  if (!r->init)
    return err_set(err, ERR_USAGE, "--init CKPT is missing: what training begins with");
  if (!r->out && !r->audit && !r->dry_run)
    return err_set(err, ERR_USAGE, "--out DIR is missing: where the checkpoint goes");
  fill_in(r);
  return 0;
}

/* ---- what follows from it ---- */

bool recipe_needs_reference(const struct recipe *r)
{
  return recipe_objective(r)->needs_reference;
}

bool recipe_needs_value(const struct recipe *r)
{
  return r->kind == RECIPE_OREO;
}

const struct objective *recipe_objective(const struct recipe *r)
{
  return objective_get(algos[r->kind].objective);
}

struct objective_settings recipe_settings(const struct recipe *r)
{
  return (struct objective_settings){
    .beta = r->beta,
    .alpha = r->alpha,
    .level = r->oreo_level,
    .stop_gradient = !r->keep_gradient,
    .one_step = r->one_step,
    .reward_times = r->reward_times,
    .reward_plus = r->reward_plus,
    .desirable = r->desirable,
    .undesirable = r->undesirable,
    .smoothing = r->smoothing,
  };
}

/* ---- for the record ---- */

/* Files, which have hashes, and what concerns this process alone. */
static bool shapes(const char *name)
{
  static const char *const others[] = {
    "init",   "data",       "out",  "reference", "value", "tokenizer", "chat-template",
    "device", "save-every", "keep", "resume",    "audit", "dry-run",   "recompute"
  };
  for (size_t i = 0; i < COUNT(others); i++)
    if (strcmp(name, others[i]) == 0)
      return false;
  return true;
}

void recipe_write(const struct recipe *r, struct json_writer *w, struct arena *arena)
{
  for (const struct option *row = recipe_options; row->name; row++) {
    struct str value;
    if (!shapes(row->name))
      continue;
    if (!option_changed(row, r, arena, &value))
      value = row->fallback ? str_from(row->fallback) : STR("false");
    json_member_string(w, row->name, value);
  }
}
