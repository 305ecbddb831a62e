/* cmd_generate.c - oreo-bench generate: what a checkpoint writes. */
#include "base/log.h"
#include "cli/generate.h"

#define AT(field) offsetof(struct generate_settings, field)

static const struct option options[] = {
  { "model", 'm', NULL, "M", NULL, "a Hugging Face folder or a .gguf file", OPTION_TEXT,
    AT(model), 0, 0 },
  { "prompt", 'p', NULL, "TEXT", NULL, "what is to be continued", OPTION_TEXT, AT(prompt),
    0, 0 },
  { "prompts", 0, NULL, "FILE", NULL,
    "JSON lines with \"prompt\", \"ids\" or \"messages\"; -: standard input", OPTION_TEXT,
    AT(prompts), 0, 0 },
  { "ids", 0, NULL, "LIST", NULL, "token ids to be continued, such as 1,403,407",
    OPTION_TEXT, AT(ids), 0, 0 },
  { "chat", 0, NULL, NULL, NULL, "a prompt is what a user says, by the chat template",
    OPTION_FLAG, AT(chat), 0, 0 },
  { "chat-template", 0, NULL, "T", NULL,
    "a name or a file with Jinja text, in place of the model's own", OPTION_TEXT,
    AT(chat_template), 0, 0 },
  { "tokenizer", 0, NULL, "PATH", NULL,
    "a folder or file with a tokenizer, in place of the model's own", OPTION_TEXT,
    AT(tokenizer), 0, 0 },
  { "max-tokens", 'n', NULL, "N", "256", "tokens of a completion at most; 0: none",
    OPTION_INT, AT(max_tokens), 0, 1e9 },
  { "temperature", 0, NULL, "T", "0", "of sampling; 0: always the likeliest token",
    OPTION_REAL, AT(temperature), 0, 100 },
  { "top-p", 0, NULL, "P", "1", "only the likeliest tokens that make up P together",
    OPTION_REAL, AT(top_p), 0, 1 },
  { "top-k", 0, NULL, "K", "0", "only the K likeliest tokens; 0: all", OPTION_INT,
    AT(top_k), 0, 1e9 },
  { "min-p", 0, NULL, "P", "0", "only tokens at least P times as likely as the likeliest",
    OPTION_REAL, AT(min_p), 0, 1 },
  { "stop", 0, NULL, "TEXT", NULL, "ends a completion; may be repeated", OPTION_TEXTS,
    AT(stop), 0, 0 },
  { "seed", 0, NULL, "N", "0", "of random draws", OPTION_INT, AT(seed), 0,
    9007199254740992.0 },
  { "samples", 0, NULL, "K", "1", "completions of each prompt", OPTION_INT, AT(samples),
    1, 65536 },
  { "logits", 0, NULL, NULL, NULL,
    "with --json: the logits at every position of prompt and completion", OPTION_FLAG,
    AT(logits), 0, 0 },
  { "device", 0, NULL, "D", NULL,
    "the Vulkan device: a number, a part of its name, or cpu; 'oreo-bench devices' lists "
    "them",
    OPTION_TEXT, AT(device), 0, 0 },
  { "dtype", 0, NULL, "TYPE", "auto",
    "of the weights: auto (as stored), f32, f16, bf16; "
    "f16-matrix or bf16-matrix on matrix units",
    OPTION_TEXT, AT(dtype), 0, 0 },
  { "context", 0, NULL, "N", "0",
    "tokens of prompt and completion together at most; 0: as the model allows, at most 4096",
    OPTION_INT, AT(context), 0, 1 << 27 },
  { "concurrency", 0, NULL, "N", "0", "prompts at once; 0: as many as do well",
    OPTION_INT, AT(concurrency), 0, 65536 },
  OPTION_END
};

static int check(const struct generate_settings *settings, bool json, struct err *err)
{
  if (!settings->model)
    return err_set(err, ERR_USAGE,
                   "no model is named; give a Hugging Face folder or a .gguf file with "
                   "--model");
  if (str_find(str_from(settings->model), STR("://")) >= 0)
    return err_set(err, ERR_USAGE,
                   "'%s' is an endpoint and 'generate' runs checkpoints; use "
                   "'oreo-bench run' for endpoints",
                   settings->model);
  if (settings->logits && !json)
    return err_set(err, ERR_USAGE, "--logits is for --json; give both");
  if (settings->chat && settings->ids)
    return err_set(err, ERR_USAGE, "--ids are tokens as they stand; leave --chat out");
  return 0;
}

static struct completer *open_completer(const struct generate_settings *settings,
                                        struct err *err)
{
  struct completer_options opening = {
    .device = settings->device,
    .chat_template = settings->chat_template,
    .tokenizer = settings->tokenizer,
    .context = (uint32_t)settings->context,
    .max_sequences = (uint32_t)settings->concurrency,
  };
  if (model_dtype_parse(settings->dtype, &opening.dtype, err) < 0)
    return NULL;
  struct completer *completer = completer_open(settings->model, &opening, err);
  if (!completer)
    return NULL;
  struct model *model = completer_model(completer);
  const struct model_config *config = model_config_of(model);
  log_note("%s, %.2f million weights in %s, context %u", model_arch_name(config->arch),
           1e-6 * (double)model_config_weights(config), model_dtype_text(model),
           model_options_of(model)->context);
  return completer;
}

static int run(struct command_call *call, struct err *err)
{
  const struct generate_settings *settings = call->settings;
  struct generate_prompts prompts = { 0 };
  struct generate_out out = { .settings = settings, .json = call->json };
  int rc = -1;
  if (check(settings, call->json, err) == 0 &&
      generate_prompts_read(&prompts, settings, call->arena, err) == 0)
    out.completer = open_completer(settings, err);
  out.several = prompts.count > 1 || settings->samples > 1;
  if (out.completer && generate_prompts_encode(&prompts, out.completer, err) == 0)
    rc = generate_run(&out, &prompts, err);
  completer_close(out.completer);
  generate_prompts_release(&prompts);
  return rc;
}

const struct command command_generate = {
  .name = "generate",
  .synopsis = "--model M (--prompt TEXT | --prompts FILE | --ids LIST) [options]",
  .about = "continue prompts with a checkpoint, on any Vulkan device",
  .detail =
      "Examples:\n"
      "  oreo-bench generate --model stories260K --prompt 'Once upon a time'\n"
      "  echo '{\"prompt\":\"Once upon a time\",\"id\":7}' |\n"
      "    oreo-bench generate --model stories260K --prompts - --json\n"
      "  oreo-bench generate --model M --ids 1,403,407 --max-tokens 0 --json --logits\n"
      "\n"
      "A line of --prompts has \"prompt\" (a text), \"ids\" (tokens) or \"messages\" (a list\n"
      "of {\"role\",\"content\"}), and may have its own \"max_tokens\" and an \"id\" that is\n"
      "given back. With --json a completion is a line with index, sample, prompt_ids, ids,\n"
      "text, finish (stop, length or context) and the log-probability of each of the ids\n"
      "under the model; completions come in the order of the prompts. What is drawn\n"
      "depends on the seed, the prompt's index and the sample alone.",
  .options = options,
  .settings_size = sizeof(struct generate_settings),
  .min_arguments = 0,
  .max_arguments = 0,
  .run = run,
};
