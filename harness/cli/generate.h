/* generate.h - what the files of `oreo-bench generate` share.
 *
 * generate_prompts.c reads what is to be continued, generate_run.c asks the completer and
 * keeps the order, generate_print.c writes what came. Errors of a prompt name its line.
 */
#ifndef OREO_CLI_GENERATE_H
#define OREO_CLI_GENERATE_H

#include "cli/cli.h"
#include "nn/completer.h"

struct generate_settings {
  const char *model, *tokenizer, *chat_template, *device, *dtype;
  const char *prompt, *prompts, *ids; /* one of the three */
  bool chat, logits;
  int64_t max_tokens, top_k, seed, samples, context, concurrency;
  double temperature, top_p, min_p;
  struct texts stop;
};

/* ---- what is to be continued ---- */

struct generate_prompt {
  size_t line;     /* of the file, from 1; 0: it came from the command line */
  struct str id;   /* the line's own, to be given back; absent without */
  double number;   /* ... when it is a number; NAN otherwise */
  struct str text; /* one of the three, as struct completer_request */
  struct message *messages;
  size_t n_messages;
  int32_t *given_ids;
  size_t n_given_ids;
  uint32_t max_tokens;
  struct tokens ids; /* as the model reads it; released by generate_prompts_release */
};

struct generate_prompts {
  struct generate_prompt *at; /* in the arena */
  size_t count;
  const char *source; /* the file's name, for messages */
};

/* All of them, checked for their form. ERR_USAGE for the options, ERR_DATA for a line. */
NODISCARD int generate_prompts_read(struct generate_prompts *prompts,
                                    const struct generate_settings *settings,
                                    struct arena *arena, struct err *err);
/* Their ids, checked against the vocabulary and the context. */
NODISCARD int generate_prompts_encode(struct generate_prompts *prompts,
                                      struct completer *completer, struct err *err);
void generate_prompts_release(struct generate_prompts *prompts);

/* ---- what came ---- */

struct generate_done {
  char *text; /* all three owned */
  size_t text_len;
  int32_t *ids;
  float *logprobs;
  size_t n_ids;
  const char *finish; /* "stop", "length", "context" */
};

struct generate_out {
  const struct generate_settings *settings;
  bool json, several;
  struct completer *completer;
};

/* Writes one completion to standard output: sample `sample` of prompt `index`. */
NODISCARD int generate_print(const struct generate_out *out,
                             const struct generate_prompt *prompt, size_t index,
                             size_t sample, const struct generate_done *done,
                             struct err *err);

/* Asks for all samples of all prompts and prints them in order. */
NODISCARD int generate_run(const struct generate_out *out,
                           const struct generate_prompts *prompts, struct err *err);

#endif
