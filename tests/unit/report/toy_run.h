/* toy_run.h - a run small enough to work out by hand, with one of everything: errors, cut
 * off and missing answers, several samples, recorded judgements, hostile text.
 *
 * Suite "toy", six items, models "left" and "<right>", three samples. Samples 0:
 *   item         0        1      2          3          4        5
 *   left         correct  wrong  correct    no answer  correct  error
 *   <right>      wrong    wrong  truncated  wrong      correct  correct
 */
#ifndef OREO_TESTS_TOY_RUN_H
#define OREO_TESTS_TOY_RUN_H

#include <math.h>

#include "report/report.h"

enum { TOY_ITEMS = 6, TOY_MODELS = 2, TOY_SAMPLES = 3 };

/* c correct, w wrong, n no answer, t truncated, e error: [model][item][sample] */
static const char *const toy_verdicts[TOY_MODELS][TOY_ITEMS] = {
  { "ccw", "wcc", "ccc", "nwc", "cww", "ewc" },
  { "www", "www", "twc", "wwc", "cee", "ccn" },
};

/* What each sample answered, beside the verdicts above; '-' for nothing. */
static const char *const toy_answers[TOY_MODELS][TOY_ITEMS] = {
  { "117", "922", "333", "-84", "599", "-26" },
  { "888", "789", "-73", "664", "5--", "66-" },
};

#define TOY_HOSTILE "</script><b>|\"&'\x01 \xff 5"

struct toy_run {
  struct arena arena;
  struct manifest manifest;
  struct journal journal;
  struct suite suite;
  struct item_set items;
  const struct item_set *sets[1];
  struct report_source source;
  struct report_input input;
};

static inline enum verdict toy_verdict(char letter)
{
  switch (letter) {
  case 'c': return VERDICT_CORRECT;
  case 'w': return VERDICT_WRONG;
  case 'n': return VERDICT_NO_ANSWER;
  case 't': return VERDICT_TRUNCATED;
  default: return VERDICT_ERROR;
  }
}

static inline void toy_record(struct toy_run *toy, size_t model, size_t item, int sample)
{
  struct record *r = &toy->journal.records[toy->journal.n_records++];
  const char *answer = &toy_answers[model][item][sample];
  *r = (struct record){
    .suite = STR("toy"),
    .model = toy->manifest.models[model].label,
    .item = toy->items.items[item].id,
    .index = item,
    .sample = sample,
    .prompt_sha256 = STR("aa"),
    .finish = FINISH_STOP,
    .verdict = toy_verdict(toy_verdicts[model][item][sample]),
    .reason = STR("same number"),
    .gold = toy->items.items[item].gold,
    .category = STR("integer"),
    .level = item < 3 ? STR("1") : STR("10"),
    .n_steps = item % 2 ? 2 : 1,
    .label = -1,
    .value = NAN,
    .tokens_in = -1,
    .tokens_out = -1,
    .tokens_reasoning = -1,
  };
  if (r->verdict == VERDICT_ERROR) {
    r->reason = STR("HTTP 500");
    return;
  }
  r->response =
      arena_printf(&toy->arena, "The answer to item %zu must be: %c", item, *answer);
  if (*answer != '-') {
    r->extracted = (struct str){ answer, 1 };
    r->span_at = r->response.len - 1;
    r->span_len = 1;
    r->rule = STR("answer is");
  }
  if (r->verdict != VERDICT_CORRECT)
    r->reason = STR("different number");
}

static inline void toy_begin(struct toy_run *toy)
{
  *toy = (struct toy_run){ 0 };
  struct manifest *m = &toy->manifest;
  m->program_version = STR("1.2.3");
  m->commit = STR("abcdef0");
  m->started_us = 1795465865123456;
  m->seed = 7;
  m->samples = TOY_SAMPLES;
  m->n_shards = 1;
  m->n_suites = 1;
  m->suites = ARENA_NEW(&toy->arena, struct manifest_suite, 1);
  m->n_models = TOY_MODELS;
  m->models = ARENA_NEW(&toy->arena, struct manifest_model, TOY_MODELS);
  m->models[0] = (struct manifest_model){
    .label = STR("left"),
    .spec = STR("replay:/some/where/x.jsonl#left"),
    .kind = STR("replay"),
    .sha256 = STR("1111"),
  };
  m->models[1] = (struct manifest_model){ .label = STR("<right>"),
                                          .spec = STR("null:42"),
                                          .kind = STR("null") };
  toy->suite.name = STR("toy");
  toy->suite.title = STR("Toy & co");
  struct item_set *set = &toy->items;
  set->suite = &toy->suite;
  set->source = STR("toy.jsonl");
  set->split = STR("test");
  set->sha256 = sha256_of(STR("toy"));
  set->n_items = TOY_ITEMS;
  set->items = ARENA_NEW(&toy->arena, struct item, TOY_ITEMS);
  for (size_t i = 0; i < TOY_ITEMS; i++) {
    struct item *item = &set->items[i];
    item->index = i;
    item->id = arena_printf(&toy->arena, "test-%zu", i);
    item->question = arena_printf(&toy->arena, "What is %zu + 1?", i);
    item->gold = arena_printf(&toy->arena, "%zu", i + 1);
    item->row = arena_printf(&toy->arena, "{\"q\":\"What is %zu + 1?\"}", i);
  }
  m->suites[0] = (struct manifest_suite){
    .name = STR("toy"),
    .title = STR("Toy & co"),
    .version = 1,
    .definition_sha256 = STR("dd"),
    .data_source = STR("toy.jsonl"),
    .data_path = STR("/some/where/toy.jsonl"),
    .data_sha256 = arena_str(&toy->arena, str_from(set->sha256.text)),
    .split = STR("test"),
    .n_items = TOY_ITEMS,
    .n_run = TOY_ITEMS,
    .prompt_sha256 = STR("ee"),
    .prompt_style = STR("suite"),
    .grader = STR("robust@1"),
  };
  toy->journal.records =
      ARENA_NEW(&toy->arena, struct record, TOY_MODELS * TOY_ITEMS * TOY_SAMPLES);
  for (size_t model = 0; model < TOY_MODELS; model++)
    for (size_t item = 0; item < TOY_ITEMS; item++)
      for (int sample = 0; sample < TOY_SAMPLES; sample++)
        toy_record(toy, model, item, sample);
  /* item 0 of "left": the recording says wrong, we say correct; and it is hostile */
  toy->journal.records[0].label = 0;
  toy->journal.records[0].response = STR(TOY_HOSTILE);
  toy->journal.records[0].span_at = sizeof TOY_HOSTILE - 2;
  toy->journal.records[3].label = 0;
  toy->sets[0] = set;
  toy->source = (struct report_source){ m, &toy->journal };
  toy->input = (struct report_input){
    .sources = &toy->source, .n_sources = 1, .items = toy->sets, .n_items = 1
  };
}

/* The same with tokens, as from an endpoint that is paid for: 100 a prompt, 20 and the
 * item's number a completion. The errors and the first record of "left" say nothing.
 * Two answers of "<right>" are cut; the first of them, item 2, thought and said nothing.
 */
static inline void toy_spend(struct toy_run *toy)
{
  struct manifest *m = &toy->manifest;
  m->n_options = 2;
  m->options = ARENA_NEW(&toy->arena, struct manifest_option, 2);
  m->options[0] = (struct manifest_option){ STR("price-in"), STR("2.5") };
  m->options[1] = (struct manifest_option){ STR("price-out"), STR("10") };
  m->models[1].kind = STR("openai");
  m->models[1].spec = STR("http://host/v1#right");
  for (size_t i = 1; i < toy->journal.n_records; i++) {
    struct record *r = &toy->journal.records[i];
    if (r->verdict == VERDICT_ERROR)
      continue;
    r->tokens_in = 100;
    r->tokens_out = 20 + (int64_t)r->index;
    if (i < TOY_ITEMS * TOY_SAMPLES)
      r->tokens_reasoning = 8;
  }
  struct record *right = &toy->journal.records[TOY_ITEMS * TOY_SAMPLES];
  right[1].finish = FINISH_LENGTH;
  right[6].finish = FINISH_LENGTH;
  right[6].response = STR("\n");
  right[6].span_at = right[6].span_len = 0;
  right[6].extracted = STR_NONE;
  right[6].reasoning = STR("Let me see");
}

/* The run was stopped when "<right>" had answered five times. */
static inline void toy_stop(struct toy_run *toy)
{
  toy->journal.n_records = TOY_ITEMS * TOY_SAMPLES + 5;
}

static inline void toy_end(struct toy_run *toy)
{
  arena_release(&toy->arena);
}

#endif
