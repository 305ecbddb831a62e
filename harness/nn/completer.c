#include "nn/completer.h"

#include <stdlib.h>

#include "gpu/shaders.h"
#include "nn/completer_part.h"

/* ---- opening ---- */

static int open_device(struct completer *c, const struct completer_options *options,
                       struct err *err)
{
  struct gpu_options gpu = { .device = options->device };
  struct model_options model = { .dtype = options->dtype,
                                 .context = options->context,
                                 .max_sequences = options->max_sequences,
                                 .timestamps = options->timestamps };
  struct generator_listener listener = completer_listener(c);
  c->manager = gpu_manager_create(&gpu, err);
  if (!c->manager)
    return -1;
  c->model = model_load(c->manager, c->checkpoint, &model, err);
  if (!c->model)
    return -1;
  c->generator = generator_create(c->model, &listener);
  return 0;
}

/* What is cheap to refuse comes first: headers, texts, then the device and the weights.
 */
struct completer *completer_open(const char *path,
                                 const struct completer_options *options, struct err *err)
{
  static const struct completer_options none;
  struct completer *c = mem_alloc(sizeof *c);
  *c = (struct completer){ 0 };
  if (!options)
    options = &none;
  c->checkpoint = checkpoint_open(path, err);
  if (c->checkpoint && completer_open_text(c, options, err) == 0 &&
      open_device(c, options, err) == 0)
    return c;
  completer_close(c);
  return NULL;
}

void completer_close(struct completer *c)
{
  if (!c)
    return;
  generator_free(c->generator);
  completer_release_jobs(c);
  model_free(c->model);
  gpu_manager_free(c->manager);
  tokenizer_free(c->tokenizer);
  checkpoint_close(c->checkpoint);
  arena_release(&c->arena);
  free(c);
}

/* ---- what it is ---- */

int completer_facts(struct completer *c, struct completer_facts *out, struct err *err)
{
  const struct model_config *config = model_config_of(c->model);
  struct gpu_memory memory = gpu_manager_memory(c->manager);
  if (!c->hash.text[0] && checkpoint_hash(c->checkpoint, &c->hash, err) < 0)
    return -1;
  *out = (struct completer_facts){
    .device = gpu_manager_device(c->manager),
    .checkpoint = c->hash,
    .shaders = gpu_shaders_hash(),
    .dtype = model_dtype_text(c->model),
    .chat_template = c->has_chat ? chat_template_name(&c->chat) : "none",
    .architecture = model_arch_name(config->arch),
    .weights = model_config_weights(config),
    .context = model_options_of(c->model)->context,
    .memory = memory.used,
    .heap = memory.heap,
  };
  return 0;
}

bool completer_has_chat(const struct completer *c)
{
  return c->has_chat;
}

struct model *completer_model(struct completer *c)
{
  return c->model;
}

struct generator *completer_generator(struct completer *c)
{
  return c->generator;
}

struct tokenizer *completer_tokenizer(struct completer *c)
{
  return c->tokenizer;
}
