#include <stdio.h>

#include "base/log.h"
#include "cli/cli.h"
#include "mock/fault.h"
#include "mock/mock.h"
#include "run/dataset.h"
#include "run/interrupt.h"

struct mock_settings {
  struct mock_opts mock;
  const char *model, *data, *split;
};

#define AT(member)   offsetof(struct mock_settings, member)
#define MOCK(member) offsetof(struct mock_settings, mock.member)

static const struct option options[] = {
  { "model", 0, NULL, "M", NULL,
    "what answers: replay:FILE[#field] (recorded answers, with SUITE) or null:TEXT",
    OPTION_TEXT, AT(model), 0, 0 },
  { "data", 0, NULL, "FILE", NULL,
    "questions of the recorded answers; builtin means our own (default: as run)",
    OPTION_TEXT, AT(data), 0, 0 },
  { "split", 0, NULL, "NAME", NULL, "split of the suite (default: test)", OPTION_TEXT,
    AT(split), 0, 0 },
  { "script", 0, NULL, "FILE", NULL,
    "JSON lines; the first row that fits answers, before --model does", OPTION_TEXT,
    MOCK(script), 0, 0 },
  { "model-name", 0, NULL, "NAME", "mock", "the one model that this server has",
    OPTION_TEXT, MOCK(model_name), 0, 0 },
  { "host", 0, NULL, "ADDRESS", "127.0.0.1", "listen on this address", OPTION_TEXT,
    MOCK(host), 0, 0 },
  { "port", 0, NULL, "N", "0", "listen on this port; 0 takes a free one", OPTION_INT,
    MOCK(port), 0, 65535 },
  { "tls-cert", 0, NULL, "FILE", NULL, "serve https with this certificate (PEM)",
    OPTION_TEXT, MOCK(tls_cert), 0, 0 },
  { "tls-key", 0, NULL, "FILE", NULL, "and this private key (PEM)", OPTION_TEXT,
    MOCK(tls_key), 0, 0 },
  { "require-key-file", 0, NULL, "FILE", NULL, "401 for requests without this key",
    OPTION_TEXT, MOCK(key_file), 0, 0 },
  { "seed", 0, NULL, "N", "0", "of the faults, the latencies and the questions that fail",
    OPTION_INT, MOCK(seed), 0, 9007199254740992.0 },
  { "latency-ms", 0, NULL, "N", "0", "wait so long before each reply", OPTION_INT,
    MOCK(latency_ms), 0, 3600000 },
  { "latency-jitter-ms", 0, NULL, "N", "0", "and up to so much longer", OPTION_INT,
    MOCK(jitter_ms), 0, 3600000 },
  { "faults", 0, NULL, "LIST", NULL, "all, or names from below joined by ','",
    OPTION_TEXT, MOCK(faults), 0, 0 },
  { "fault-rate", 0, NULL, "X", "0.3", "share of requests that a fault strikes",
    OPTION_REAL, MOCK(fault_rate), 0, 1 },
  { "max-faults-in-a-row", 0, NULL, "N", "0",
    "after so many, the same request is answered; 0 is no bound", OPTION_INT,
    MOCK(max_faults_in_a_row), 0, 1000000 },
  { "retry-after", 0, NULL, "S", "1", "seconds that rate-limit faults ask for",
    OPTION_INT, MOCK(retry_after_s), 0, 86400 },
  { "stall-s", 0, NULL, "S", "30", "seconds of silence of the fault stall", OPTION_REAL,
    MOCK(stall_s), 0.001, 86400 },
  { "huge-mib", 0, NULL, "N", "256", "MiB of the fault huge", OPTION_INT, MOCK(huge_mib),
    1, 1048576 },
  { "drip-ms", 0, NULL, "N", "500", "how long the fault drip takes", OPTION_INT,
    MOCK(drip_ms), 1, 3600000 },
  { "fail-share", 0, NULL, "X", "0", "share of questions that fail whenever asked",
    OPTION_REAL, MOCK(fail_share), 0, 1 },
  { "fail-status", 0, NULL, "N", "500", "with this status", OPTION_INT, MOCK(fail_status),
    400, 599 },
  { "rpm", 0, NULL, "N", "0", "429 above so many requests a minute; 0 is no limit",
    OPTION_INT, MOCK(rpm), 0, 10000000 },
  { "max-in-flight", 0, NULL, "N", "0", "429 above so many at a time; 0 is no limit",
    OPTION_INT, MOCK(max_in_flight), 0, 1000000 },
  { "context-tokens", 0, NULL, "N", "0",
    "400 for prompts above so many tokens; 0 is no limit", OPTION_INT,
    MOCK(context_tokens), 0, 1000000000 },
  { "refuse", 0, NULL, "NAME", NULL,
    "400 for requests with this parameter; may be repeated", OPTION_TEXTS, MOCK(refuse),
    0, 0 },
  { "log", 0, NULL, "FILE", NULL, "append a line of JSON a request", OPTION_TEXT,
    MOCK(log), 0, 0 },
  { "max-requests", 0, NULL, "N", "0", "stop after so many; 0 is never", OPTION_INT,
    MOCK(max_requests), 0, 9007199254740992.0 },
  OPTION_END
};

/* Recorded answers belong to the items of a suite; a constant needs none. */
static int open_policy(struct mock_settings *settings, struct command_call *call,
                       struct err *err)
{
  struct policy_opts opts = { 0 };
  struct str spec = str_from(settings->model);
  bool replays = str_starts(spec, STR("replay:"));
  if (!settings->model)
    return 0;
  if (!replays && !str_starts(spec, STR("null:")))
    return err_set(err, ERR_USAGE,
                   "model '%.200s' cannot answer at once; give replay:FILE or null:TEXT",
                   settings->model);
  if (replays) {
    const char *name = call->arguments.count ? call->arguments.at[0] : NULL;
    struct dataset_opts want = { .data = settings->data, .split = settings->split };
    struct dataset dataset;
    struct suite *suite;
    if (!name)
      return err_set(err, ERR_USAGE,
                     "recorded answers need their questions; write: oreo-bench "
                     "mock-endpoint SUITE --model %.200s",
                     settings->model);
    if (suite_find(&suite, call->arena, str_from(name), err) < 0 ||
        dataset_load(&dataset, call->arena, suite, &want, err) < 0)
      return -1;
    log_note("%.*s", STR_ARG(dataset_line(&dataset, call->arena)));
    settings->mock.set = opts.set = dataset.items;
  }
  settings->mock.policy = policy_open(spec, &opts, err);
  const char *warning;
  for (size_t i = 0;
       settings->mock.policy && (warning = policy_warning_at(settings->mock.policy, i));
       i++)
    log_warn("%s", warning);
  return settings->mock.policy ? 0 : -1;
}

static int print_summary(const struct mock *mock, bool json, struct err *err)
{
  struct buf out;
  int rc = 0;
  buf_init(&out, BUF_CAP_OWN);
  mock_summary(mock, &out, false);
  log_note("%.*s", STR_ARG(buf_str(&out)));
  if (json) {
    buf_reset(&out);
    mock_summary(mock, &out, true);
    rc = cli_print(&out, err);
  }
  buf_release(&out);
  return rc;
}

/* Until a signal comes or enough was answered. */
static int serve(struct mock *mock, const char *model_name, bool json, struct err *err)
{
  enum { LOOK_MS = 100 }; /* for a signal that came just before the wait */
  struct buf line;
  buf_init(&line, BUF_CAP_OWN);
  buf_printf(&line, "listening on %s (model %s)\n", mock_url(mock), model_name);
  int rc = cli_print(&line, err);
  buf_release(&line);
  interrupt_begin();
  while (rc == 0 && !interrupt_came() && !mock_done(mock))
    rc = mock_serve(mock, LOOK_MS, err);
  interrupt_end();
  return rc < 0 ? -1 : print_summary(mock, json, err);
}

static int run(struct command_call *call, struct err *err)
{
  struct mock_settings *settings = call->settings;
  int rc = -1;
  if (open_policy(settings, call, err) == 0) {
    struct mock *mock = mock_open(&settings->mock, err);
    if (mock)
      rc = serve(mock, settings->mock.model_name, call->json, err);
    mock_close(mock);
  }
  policy_close(settings->mock.policy);
  return rc;
}

const struct command command_mock_endpoint = {
  .name = "mock-endpoint",
  .synopsis = "[SUITE] [--model M] [--script FILE] [options]",
  .about = "an endpoint of known answers that fails on schedule, for tests",
  .detail =
      "It serves POST /v1/chat/completions and /v1/completions, GET /v1/models and\n"
      "/health. Its first line on standard output says where. SIGTERM or Ctrl-C stops it,\n"
      "with a summary on standard error (--json: on standard output).\n"
      "\n"
      "The n-th POST is struck by a fault drawn from --seed and n: the same order of\n"
      "arrival meets the same faults. The faults:\n"
#define XX(id, name, function, text) "  " name ": " text "\n"
  FAULT_MAP(XX)
#undef XX
      "\n"
      "Choice i of a request with seed s is recording s + i of its question, modulo\n"
      "the number there are. Tokens are bytes / 4; max_tokens, stop and temperature\n"
      "change nothing; streams are refused.\n"
      "\n"
      "A script's rows: {\"contains\":TEXT,\"turn\":N,\"content\":TEXT,\n"
      "\"reasoning_content\":TEXT,\"finish_reason\":TEXT,\"latency_ms\":N}, or \"status\"\n"
      "and \"error\" in place of an answer; what is left out fits everything.\n"
      "\n"
      "Examples:\n"
      "  oreo-bench mock-endpoint --model 'null:The answer is 42.' --port 8123\n"
      "  oreo-bench mock-endpoint gsm8k --data test.jsonl --model replay:out.jsonl \\\n"
      "      --faults all --fault-rate 0.3 --stall-s 5 --log requests.jsonl",
  .options = options,
  .settings_size = sizeof(struct mock_settings),
  .min_arguments = 0,
  .max_arguments = 1,
  .run = run,
};
