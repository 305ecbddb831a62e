/* options.c - the rows of `oreo-bench run`: the only place that names its options. */
#include "run/settings.h"

#define AT(field) offsetof(struct run_settings, field)

#define TEXT(name, arg, help, field)                             \
  {                                                              \
    name, 0, NULL, arg, NULL, help, OPTION_TEXT, AT(field), 0, 0 \
  }
#define TEXTS(name, arg, help, field)                             \
  {                                                               \
    name, 0, NULL, arg, NULL, help, OPTION_TEXTS, AT(field), 0, 0 \
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

const struct option run_options[] = {
  { "model", 'm', NULL, "M", NULL,
    "what answers: FOLDER or FILE.gguf with a checkpoint, http(s)://HOST/v1#NAME, "
    "replay:FILE[#field] or null:TEXT, with LABEL= in front to name it; several are "
    "compared",
    OPTION_TEXTS, AT(models), 0, 0 },
  TEXTS("data", "FILE",
        "the publisher's items (SUITE=FILE for one of several suites), or 'builtin'",
        data),
  TEXT("split", "NAME", "split of the fetched or built-in items (default: test)", split),
  INT("samples", "K", "1", 1, 65536, "answers to each item, for pass@k and maj@k",
      samples),
  { "limit", 'L', NULL, "N", "0",
    "only the first N items of each suite, or that share of them if below 1; 0: all",
    OPTION_REAL, AT(limit), 0, 1e9 },
  { "num-fewshot", 'f', NULL, "N", "-1", "examples in the prompt; -1: as the suite says",
    OPTION_INT, AT(num_fewshot), -1, 1024 },
  TEXT("fewshot-data", "FILE", "where the examples are drawn from", fewshot_data),
  TEXT("fewshot-file", "FILE",
       "these examples, in order, instead of drawn ones (docs/DATA.md has the form)",
       fewshot_file),
  TEXT("compat", "NAME",
       "prompts of another tool, byte for byte: lm-eval, or lm-eval/TASK", compat),
  TEXT("grader", "PROFILE", "the rule of grading (default: the suite's)", grader),
  TEXT("seed", "S",
       "of every random draw (default: 0, few-shot draws 1234); lm-eval's list of four "
       "works too",
       seed),
  { "shard", 0, NULL, "I/N", "1/1", "only part I of N, to split a run over machines",
    OPTION_TEXT, AT(shard), 0, 0 },
  REAL("max-error-rate", "X", "0.05", 0, 1,
       "a run with a larger share of errors is invalid (exit 5)", max_error_rate),
  { "out", 'o', "output-path", "DIR", NULL,
    "the run folder (default: results/runs/SUITE-TIME)", OPTION_TEXT, AT(out), 0, 0 },
  TEXT("resume", "DIR",
       "continue the run in that folder; its own settings need not be repeated", resume),
  FLAG("retry-errors", "with --resume: ask again what ended in an error", retry_errors),
  FLAG("dry-run", "check everything, print the plan and the first prompt, and stop",
       dry_run),

  /* models that run here */
  TEXT("device", "D",
       "what checkpoints run on: a number or name of 'oreo-bench devices', or cpu "
       "(default: the best)",
       local.device),
  TEXT("chat-template", "T",
       "of checkpoints: a name, a Jinja file, or none (default: the model's own)",
       local.chat_template),
  TEXT("dtype", "TYPE",
       "of their weights on the device: auto (as stored), f32, f16, bf16; "
       "f16-matrix or bf16-matrix on matrix units",
       local.dtype),
  INT("context", "N", "0", 0, 1 << 27,
      "tokens that a prompt and its answer may have together; 0: what the model allows",
      local.context),

  /* models here and behind a server: what is asked */
  { "api", 0, NULL, "API", "chat", "of an endpoint: chat or completions", OPTION_TEXT,
    AT(endpoint.shape.api), 0, 0 },
  REAL("temperature", "T", "0", -1, 100,
       "of sampling; -1: not sent (to a server; here it means 0)",
       endpoint.shape.temperature),
  REAL("top-p", "P", "-1", -1, 1, "nucleus sampling; -1: not sent, or all",
       endpoint.shape.top_p),
  INT("top-k", "K", "0", -1, 1e9, "the K likeliest tokens only; 0: not sent, or all",
      endpoint.shape.top_k),
  REAL("min-p", "P", "-1", -1, 1,
       "tokens at least P times as likely as the likeliest; -1: not sent, or all",
       endpoint.shape.min_p),
  INT("max-tokens", "N", "0", 0, 1e9, "of an answer; 0: as the suite says",
      endpoint.shape.max_tokens),
  TEXTS("stop", "TEXT",
        "ends an answer, in place of the suite's stop texts; may be repeated",
        endpoint.shape.stop),
  FLAG("logprobs", "ask for the log-probabilities of an answer's tokens",
       endpoint.shape.logprobs),
  INT("samples-per-request", "N", "1", 1, 1024,
      "samples of an item asked for at once (the API's n)",
      endpoint.shape.samples_per_request),
  TEXTS("param", "NAME=JSON",
        "a further member of each request, or another value for one of ours",
        endpoint.shape.param),
  TEXTS("omit", "NAME", "a member that the server does not take, such as seed",
        endpoint.shape.omit),

  /* ... the way to it */
  TEXT("api-key-env", "NAME", "environment variable that holds the key",
       endpoint.api_key_env),
  TEXT("api-key-file", "FILE", "file that holds the key", endpoint.api_key_file),
  TEXTS("header", "LINE", "'NAME: VALUE' with each request; the value is kept secret",
        endpoint.headers),
  TEXT("proxy", "URL", "proxy (default: the environment's)", endpoint.proxy),
  TEXT("ca-file", "FILE", "certificates to trust, PEM (default: the system's)",
       endpoint.ca_file),
  REAL("connect-timeout", "S", "10", 0.001, 3600, "seconds until there is a connection",
       endpoint.connect_timeout_s),
  REAL("first-byte-timeout", "S", "600", 0.001, 86400,
       "seconds until a reply begins; it does when the whole answer is made",
       endpoint.first_byte_timeout_s),
  REAL("timeout", "S", "1200", 0.001, 86400, "seconds until a reply is complete",
       endpoint.timeout_s),
  INT("max-reply", "MIB", "16", 1, 1024, "a longer reply is a fault of the server",
      endpoint.max_reply_mib),

  /* ... how fast, how often, for how much */
  INT("concurrency", "N", "64", 1, 4096,
      "requests on their way at most; how many of them is found out. Of a checkpoint: "
      "answers that are written at once",
      endpoint.concurrency),
  REAL("rpm", "N", "0", 0, 1e9, "requests a minute at most; 0: no limit", endpoint.rpm),
  REAL("tpm", "N", "0", 0, 1e12, "tokens a minute at most; 0: no limit", endpoint.tpm),
  INT("max-attempts", "N", "12", 1, 1000, "of one request, before it is an error",
      endpoint.max_attempts),
  INT("retry-wait", "MS", "500", 1, 3600000,
      "before the second attempt; doubles with each further one", endpoint.retry_wait_ms),
  INT("max-outage", "S", "600", 0, 1e7,
      "wait so long for a server that does not answer at all, then stop",
      endpoint.max_outage_s),
  TEXT("cache", "DIR", "keep answers there and ask nothing twice (docs/ENDPOINTS.md)",
       endpoint.cache),
  REAL("price-in", "X", "0", 0, 1e9, "price of 10^6 prompt tokens", endpoint.price_in),
  REAL("price-out", "X", "0", 0, 1e9, "price of 10^6 completion tokens",
       endpoint.price_out),
  REAL("max-cost", "X", "0", 0, 1e12, "stop before the run costs more, resumably",
       endpoint.max_cost),
  INT("max-tokens-total", "N", "0", 0, 1e15,
      "stop before the run takes more tokens, resumably", endpoint.max_tokens_total),

  /* lm-eval's ways to say it */
  { "tasks", 't', NULL, "NAMES", NULL, "lm-eval's way to name the suites", OPTION_TEXT,
    AT(tasks), 0, 0 },
  { "model-args", 'a', NULL, "ARGS", NULL,
    "lm-eval's way to configure the model: model=NAME,base_url=URL (with --model "
    "local-chat-completions and its like), pretrained=FOLDER (with --model hf), "
    "path=FILE,field=NAME or text=TEXT",
    OPTION_TEXT, AT(model_args), 0, 0 },
  TEXT("gen-kwargs", "ARGS",
       "lm-eval's generation settings: temperature, top_p, top_k, min_p, max_gen_toks, "
       "until; recorded answers are what they are",
       gen_kwargs),
  { "log-samples", 's', NULL, NULL, NULL,
    "accepted for lm-eval; samples are always written", OPTION_FLAG, AT(log_samples), 0,
    0 },
  OPTION_END
};
