/* completer_part.h - what a completer holds; inside completer*.c only. */
#ifndef OREO_NN_COMPLETER_PART_H
#define OREO_NN_COMPLETER_PART_H

#include "gpu/manager.h"
#include "nn/chat_template.h"
#include "nn/checkpoint.h"
#include "nn/completer.h"
#include "nn/completing.h"

/* Of the tokenizer, and of the model's files beside it. */
enum { COMPLETER_ENDS_MAX = TOKENIZER_ENDS_MAX + MODEL_EOS_MAX };

/* One request, from completer_ask until its completion was looked at. */
struct completer_job {
  size_t ticket; /* the caller's */
  struct completing answer;
  size_t n_prompt;
  enum completer_finish finish;
  struct arena arena; /* its stop strings and ends */
};

struct completer {
  struct checkpoint *checkpoint;
  struct tokenizer *tokenizer;
  struct gpu_manager *manager;
  struct model *model;
  struct generator *generator;
  struct arena arena;
  struct chat_template chat;
  bool has_chat;
  int32_t ends[COMPLETER_ENDS_MAX]; /* ids that end an answer */
  size_t n_ends;
  struct completer_job **jobs; /* by the generator's ticket; NULL: free */
  size_t n_jobs, cap_jobs;
  struct completer_job **done; /* in the order in which they ended */
  size_t n_done, cap_done;
  struct completer_job *shown; /* what completer_next gave last */
  struct sha256_hex hash;      /* of the checkpoint; "" before it was asked for */
};

/* completer_text.c: the tokenizer, its ends, the chat template. */
NODISCARD int completer_open_text(struct completer *completer,
                                  const struct completer_options *options,
                                  struct err *err);
/* completer_ask.c */
struct generator_listener completer_listener(struct completer *completer);
void completer_release_jobs(struct completer *completer);

#endif
