/* completer.h - a language model ready to answer: checkpoint, tokenizer, chat template,
 * device, generator, opened together.
 *
 * For: policy/local and `oreo-bench generate`. From text, messages or ids to text: it
 * renders chats, encodes, runs, decodes whole characters, and ends at stop strings (which
 * are not part of the text). Not for: graders, items.
 *
 * `path` is a Hugging Face folder or a .gguf file. The completer owns all it opens. One
 * thread. Errors: ERR_DATA for files (checkpoint.h, tokenizer.h, chat_template.h),
 * ERR_ENV for devices, ERR_USAGE for an option that cannot be; completer_ask gives
 * ERR_DATA for what concerns that request only (a prompt over the context, a role that
 * the template has no place for).
 */
#ifndef OREO_NN_COMPLETER_H
#define OREO_NN_COMPLETER_H

#include "base/arena.h"
#include "base/buf.h"
#include "gpu/device.h"
#include "nn/generator.h"
#include "nn/tokenizer.h"
#include "task/prompt.h"

struct completer;

struct completer_options {
  const char *device;        /* as --device; NULL = the best */
  const char *chat_template; /* NULL: the model's own when it has one; "none": never; a
                                name, or a file with Jinja text */
  const char *tokenizer;     /* a folder or file; NULL: the model's own */
  enum model_dtype dtype;
  uint32_t context;       /* 0 = what the model allows */
  uint32_t max_sequences; /* 0 = the default */
  bool timestamps;
};

struct completer *completer_open(const char *path,
                                 const struct completer_options *options,
                                 struct err *err);
void completer_close(struct completer *completer); /* NULL is fine */

struct completer_request {
  size_t ticket;
  /* what to continue: exactly one of the three */
  const struct message *messages; /* by the chat template; refused without one */
  size_t n_messages;
  struct str text; /* as it stands; BOS in front when the model wants it */
  const int32_t *ids;
  size_t n_ids;
  uint32_t max_new;
  float temperature, top_p, min_p;
  uint32_t top_k;
  uint64_t key;
  const struct str *stop;
  size_t n_stop;
};

enum completer_finish { COMPLETER_STOP, COMPLETER_LENGTH, COMPLETER_CONTEXT };

/* Lives until the next call of completer_next. */
struct completion {
  size_t ticket;
  struct str text;       /* without stop strings and special tokens */
  const int32_t *ids;    /* all that were drawn, the end token too */
  const float *logprobs; /* of each */
  size_t n_ids;
  size_t n_prompt; /* tokens of the prompt */
  enum completer_finish finish;
};

bool completer_has_chat(const struct completer *completer);
bool completer_has_room(const struct completer *completer);
NODISCARD int completer_ask(struct completer *completer,
                            const struct completer_request *request, struct err *err);
void completer_cancel(struct completer *completer, size_t ticket);
/* Works until a completion is done or wait_ms have passed: 1 with *out, 0 for none in
 * time or nothing asked, -1 when the device failed. */
NODISCARD int completer_next(struct completer *completer, struct completion *out,
                             int wait_ms, struct err *err);

/* The prompt's ids as the request would run (appended), and the text that they stand for
 * (appended; may be NULL). */
NODISCARD int completer_prompt(struct completer *completer,
                               const struct completer_request *request,
                               struct tokens *ids, struct buf *text, struct err *err);

/* What determines results, for the manifest and `--json`; borrowed. */
struct completer_facts {
  const struct gpu_device_info *device;
  struct sha256_hex checkpoint; /* checkpoint_hash */
  struct sha256_hex shaders;    /* of all SPIR-V in the program */
  const char *dtype;            /* of the weights on the device */
  const char *chat_template;    /* name, or "none" */
  const char *architecture;
  uint64_t weights; /* how many */
  uint32_t context;
  uint64_t memory, heap; /* bytes taken on the device: weights, cache, working space; and
                            what there is */
};
NODISCARD int completer_facts(struct completer *completer, struct completer_facts *out,
                              struct err *err);
struct model *completer_model(struct completer *completer);
struct generator *completer_generator(struct completer *completer);
struct tokenizer *completer_tokenizer(struct completer *completer);

#endif
