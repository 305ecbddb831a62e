// links: train
/* Whatever is read as trajectories becomes tokens, examples, batches and an audit whose
 * numbers agree with each other. The first byte chooses the options. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "train/audit.h"
#include "train/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
  if (!holds)
    abort();
}

/* Printable ASCII byte by byte, a merge over a newline, and the tokens of a chat. */
static struct tokenizer *make_tokenizer(void)
{
  struct buf json;
  struct err err;
  buf_init(&json, 1 << 16);
  buf_add_cstr(&json, "{\"added_tokens\":[{\"id\":200,\"content\":\"<|im_start|>\","
                      "\"special\":true},{\"id\":201,\"content\":\"<|im_end|>\","
                      "\"special\":true}],\"pre_tokenizer\":{\"type\":\"ByteLevel\","
                      "\"add_prefix_space\":false,\"use_regex\":false},\"decoder\":{"
                      "\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\",\"vocab\":{");
  for (char c = '!'; c <= '~'; c++) {
    buf_add_char(&json, '"');
    json_escape(&json, (struct str){ &c, 1 });
    buf_printf(&json, "\":%d,", c - '!');
  }
  buf_add_cstr(&json, "\"\xc4\x8a\":100,\"\xc4\xa0\":101,\".\xc4\x8a\":102},"
                      "\"merges\":[\". \xc4\x8a\"]}}");
  struct tokenizer *tokenizer =
      tokenizer_from_json(buf_str(&json), STR("{\"eos_token\":\"<|im_end|>\"}"), &err);
  buf_release(&json);
  check(tokenizer != NULL);
  return tokenizer;
}

static void use_sequence(const struct dataset *dataset, const struct dataset_sequence *s,
                         size_t context)
{
  size_t n_actions = 0, n_steps = 0;
  check(s->n_prompt > 0 && s->n_prompt < s->count && s->count <= context);
  for (size_t i = 0; i < s->count; i++) {
    size_t t = s->first + i;
    check(dataset->ids[t] >= 0 && dataset->ids[t] <= 201);
    check(dataset->action[t] || !dataset->step_start[t]);
    check(i >= s->n_prompt || !dataset->action[t]);
    n_actions += dataset->action[t];
    n_steps += dataset->step_start[t];
  }
  check(dataset->step_start[s->first + s->n_prompt]);
  check(n_actions == s->n_actions && n_steps == s->n_steps &&
        s->prompt < dataset->n_prompts);
}

static void use_batches(const struct dataset *dataset,
                        const struct example_list *examples)
{
  struct batch_source source = { dataset, examples, 2, 2 * dataset->longest, 1 };
  struct epoch epoch;
  struct batch batch = { 0 };
  struct err err;
  size_t n = 0;
  check(batch_source_check(&source, &err) == 0);
  epoch_init(&epoch, &source, 1);
  for (size_t k = 0; k < batch_count(&source); k++) {
    batch_fill(&batch, &source, &epoch, k);
    check(batch.n_packs > 0 && batch.n_packs <= batch.n_units);
    n += batch.n_sequences;
  }
  check(n == examples->count);
  batch_release(&batch);
  epoch_release(&epoch);
}

static void use_examples(struct dataset *dataset, size_t context)
{
  struct example_list list;
  struct err err;
  check(examples_all(&list, dataset, &err) == 0);
  use_batches(dataset, &list);
  example_list_release(&list);
  if (examples_pairs(&list, dataset, 3, 1, &err) == 0)
    use_batches(dataset, &list);
  example_list_release(&list);
  if (examples_mismatched(&list, dataset, context, 1, &err) == 0)
    use_batches(dataset, &list);
  example_list_release(&list);
}

static void use_audit(const struct trajectory_list *list, const struct dataset *dataset,
                      size_t first_turn)
{
  struct audit_item items[] = { { STR("a"), STR("one two three four") },
                                { STR("b"), STR("What is 2 + 2, and what is 3 + 3?") } };
  struct audit_input input = { list->list, list->count, dataset, first_turn, items, 2 };
  struct audit audit;
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  audit_make(&audit, &input);
  check(audit.n_mixed + audit.n_all_solved + audit.n_all_failed == audit.n_prompts);
  check(audit.solved.n + audit.failed.n + audit.n_dropped == audit.n);
  check(audit.n_contradictions <= audit.n_duplicates && audit.n_duplicates < audit.n);
  audit_write(&audit, &text);
  audit_release(&audit);
  buf_release(&text);
}

static void use(const struct trajectory_list *list, unsigned choice)
{
  struct err err = { 0 };
  struct chat_template chat;
  struct tokenizer *tokenizer = make_tokenizer();
  check(chat_template_named(&chat, STR("chatml"), &err) == 0);
  struct dataset_options options = { .tokenizer = tokenizer,
                                     .chat = choice & 1 ? &chat : NULL,
                                     .end = -1,
                                     .context = choice & 2 ? 100000 : 64,
                                     .overlong = (enum dataset_overlong)(choice >> 2) % 3,
                                     .periods = choice & 16,
                                     .first_turn = choice & 32 ? 3 : 0 };
  struct dataset dataset;
  if (dataset_build(&dataset, list->list, list->count, &options, &err) == 0) {
    for (size_t i = 0; i < dataset.n_sequences; i++)
      use_sequence(&dataset, &dataset.sequences[i], options.context);
    use_audit(list, &dataset, options.first_turn);
    use_examples(&dataset, options.context);
    dataset_release(&dataset);
  } else {
    check(err.code == ERR_DATA && err.msg[0]);
  }
  tokenizer_free(tokenizer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct str text = { size ? (const char *)data + 1 : "", size ? size - 1 : 0 };
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct trajectory_list list = { 0 };
  if (trajectory_parse(&list, &arena, text, STR("f"), &err) == 0)
    use(&list, data[0]);
  trajectory_list_release(&list);
  arena_release(&arena);
  return 0;
}
