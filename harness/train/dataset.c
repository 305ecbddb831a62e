#include "train/dataset.h"

#include <stdlib.h>

#include "train/dataset_text.h"

void dataset_release(struct dataset *dataset)
{
  free(dataset->ids);
  free(dataset->action);
  free(dataset->step_start);
  free(dataset->sequences);
  *dataset = (struct dataset){ 0 };
}

/* ---- tokens ---- */

static void reserve(struct dataset *dataset, size_t n)
{
  size_t need = dataset->n_tokens + n;
  if (need <= dataset->capacity)
    return;
  size_t capacity = dataset->capacity ? dataset->capacity : 4096;
  while (capacity < need)
    capacity *= 2;
  dataset->ids = mem_resize(dataset->ids, capacity, sizeof *dataset->ids);
  dataset->action = mem_resize(dataset->action, capacity, 1);
  dataset->step_start = mem_resize(dataset->step_start, capacity, 1);
  dataset->capacity = capacity;
}

static void add_tokens(struct dataset *dataset, const int32_t *ids, size_t n, bool action)
{
  reserve(dataset, n);
  for (size_t i = 0; i < n; i++) {
    dataset->ids[dataset->n_tokens] = ids[i];
    dataset->action[dataset->n_tokens] = action;
    dataset->step_start[dataset->n_tokens++] = 0;
  }
}

/* ---- steps ---- */

/* Do the last of the bytes read so far, newest lowest, end a step? */
static bool ends_step(uint32_t recent, bool periods)
{
  if ((recent & 0xff) == '\n')
    return true;
  return periods && ((recent & 0xffff) == ('.' << 8 | ' ') ||
                     (recent & 0xffffff) == ('.' << 16 | '$' << 8 | ' '));
}

/* Of the tokens first .. end, the end token not among them. */
static void mark_steps(struct dataset *dataset, size_t first, size_t end,
                       const struct dataset_options *options)
{
  uint32_t recent = 0;
  bool cut = false, any = false; /* any: something other than white space came */
  for (size_t t = first; t < end; t++) {
    struct str bytes = tokenizer_bytes(options->tokenizer, dataset->ids[t]);
    for (size_t i = 0; i < bytes.len; i++) {
      if (!char_is_space(bytes.ptr[i])) {
        dataset->step_start[t] |= cut;
        cut = false;
        any = true;
      }
      recent = recent << 8 | (unsigned char)bytes.ptr[i];
      cut |= any && ends_step(recent, options->periods);
    }
  }
}

/* ---- sequences ---- */

struct building {
  struct dataset *out;
  const struct dataset_options *options;
  struct arena scratch, keys;
  struct strmap prompts;
  struct tokens ids;
};

static int add_piece(struct building *building, const struct pieces *pieces, size_t index,
                     bool answer, struct err *err)
{
  struct dataset *out = building->out;
  bool action = pieces->list[index].action;
  size_t first = out->n_tokens;
  building->ids.count = 0;
  if (pieces_encode(pieces, index, building->options->tokenizer, &building->ids, err) < 0)
    return -1;
  add_tokens(out, building->ids.ids, building->ids.count, action);
  if (!action)
    return 0;
  if (answer)
    mark_steps(out, first, out->n_tokens - 1, building->options);
  out->step_start[first] = 1;
  return 0;
}

/* What to do with a sequence of so many tokens: 1 keep, 0 leave out, -1 refuse. */
static int check_length(struct building *building, struct dataset_sequence *sequence,
                        struct err *err)
{
  size_t context = building->options->context;
  if (!sequence->n_prompt)
    return err_set(err, ERR_DATA, "the prompt has no tokens");
  if (sequence->count <= context)
    return 1;
  if (building->options->overlong == DATASET_DROP)
    return 0;
  if (sequence->n_prompt >= context)
    return err_set(err, ERR_DATA,
                   "a prompt of %zu tokens leaves no room for an answer in a context of "
                   "%zu; leave such rows out, or take a model with a longer context",
                   sequence->n_prompt, context);
  if (building->options->overlong == DATASET_REFUSE)
    return err_set(err, ERR_DATA,
                   "%zu tokens are more than the context of %zu; cut such rows or leave "
                   "them out",
                   sequence->count, context);
  sequence->truncated = true;
  sequence->count = context;
  return 1;
}

static void push(struct dataset *out, struct dataset_sequence sequence)
{
  sequence.n_actions = sequence.n_steps = 0;
  for (size_t t = sequence.first; t < sequence.first + sequence.count; t++) {
    sequence.n_actions += out->action[t];
    sequence.n_steps += out->step_start[t];
  }
  out->n_tokens = sequence.first + sequence.count;
  out->n_actions += sequence.n_actions;
  out->n_truncated += sequence.truncated;
  if (out->longest < sequence.count)
    out->longest = sequence.count;
  ARRAY_RESERVE(out->sequences, out->n_sequences, out->sequences_capacity);
  out->sequences[out->n_sequences++] = sequence;
}

static size_t prompt_number(struct building *building,
                            const struct trajectory *trajectory)
{
  bool added;
  struct str key =
      trajectory_key(trajectory, building->options->first_turn, &building->keys);
  size_t *number = strmap_put(&building->prompts, key, building->out->n_prompts, &added);
  building->out->n_prompts += added;
  return *number;
}

static int add_trajectory(struct building *building, const struct trajectory *trajectory,
                          size_t index, struct err *err)
{
  struct dataset *out = building->out;
  struct pieces pieces;
  struct dataset_sequence sequence = { .first = out->n_tokens,
                                       .trajectory = index,
                                       .reward = trajectory->reward };
  arena_reset(&building->scratch);
  if (pieces_make(&pieces, &building->scratch, trajectory, building->options, err) < 0)
    return -1;
  for (size_t i = 0; i < pieces.count; i++) {
    if (add_piece(building, &pieces, i, !trajectory->messages, err) < 0)
      return -1;
    if (!i)
      sequence.n_prompt = out->n_tokens - sequence.first;
  }
  sequence.count = out->n_tokens - sequence.first;
  int keep = check_length(building, &sequence, err);
  if (keep < 0)
    return -1;
  if (!keep) {
    out->n_tokens = sequence.first;
    out->n_dropped++;
    return 0;
  }
  sequence.prompt = prompt_number(building, trajectory);
  push(out, sequence);
  return 0;
}

static int build(struct building *building, const struct trajectory *trajectories,
                 size_t n, struct err *err)
{
  for (size_t i = 0; i < n; i++)
    if (add_trajectory(building, &trajectories[i], i, err) < 0)
      return err_wrap(err, "'%.*s' line %zu", STR_ARG(trajectories[i].source),
                      trajectories[i].line);
  if (building->out->n_sequences)
    return 0;
  return err_set(err, ERR_DATA,
                 "none of the %zu trajectories fits a context of %zu tokens", n,
                 building->options->context);
}

int dataset_build(struct dataset *out, const struct trajectory *trajectories, size_t n,
                  const struct dataset_options *options, struct err *err)
{
  struct building building = { .out = out, .options = options };
  *out = (struct dataset){ 0 };
  int rc = build(&building, trajectories, n, err);
  arena_release(&building.scratch);
  arena_release(&building.keys);
  strmap_release(&building.prompts);
  tokens_release(&building.ids);
  if (rc < 0)
    dataset_release(out);
  return rc;
}

int dataset_check_rewards(const struct dataset *dataset, struct err *err)
{
  for (size_t i = 1; i < dataset->n_sequences; i++)
    if (dataset->sequences[i].reward != dataset->sequences[0].reward)
      return 0;
  if (!dataset->n_sequences)
    return err_set(err, ERR_DATA, "there are no trajectories");
  return err_set(err, ERR_DATA,
                 "all %zu rewards are %g: OREO has nothing to learn from them; give "
                 "trajectories of which some succeed and some fail",
                 dataset->n_sequences, dataset->sequences[0].reward);
}

/* ---- mismatched responses ---- */

static void copy_tokens(struct dataset *dataset, size_t from, size_t n)
{
  reserve(dataset, n);
  size_t to = dataset->n_tokens;
  memcpy(dataset->ids + to, dataset->ids + from, n * sizeof *dataset->ids);
  memcpy(dataset->action + to, dataset->action + from, n);
  memcpy(dataset->step_start + to, dataset->step_start + from, n);
  dataset->n_tokens += n;
}

size_t dataset_mismatch(struct dataset *dataset, size_t prompt_of, size_t response_of,
                        size_t context)
{
  struct dataset_sequence a = dataset->sequences[prompt_of];
  struct dataset_sequence b = dataset->sequences[response_of];
  struct dataset_sequence sequence = a;
  size_t n = b.count - b.n_prompt, room = context > a.n_prompt ? context - a.n_prompt : 0;
  sequence.truncated = b.truncated || n > room;
  n = n < room ? n : room;
  sequence.first = dataset->n_tokens;
  sequence.count = a.n_prompt + n;
  sequence.trajectory = b.trajectory;
  sequence.reward = b.reward;
  copy_tokens(dataset, a.first, a.n_prompt);
  copy_tokens(dataset, b.first + b.n_prompt, n);
  push(dataset, sequence);
  return dataset->n_sequences - 1;
}
