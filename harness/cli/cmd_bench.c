/* cmd_bench.c - oreo-bench bench: how fast this program is here. */
#include "base/json.h"
#include "base/nearest.h"
#include "cli/bench.h"

static const struct benchmark {
  const char *name, *about;
  int (*run)(struct bench_result *result, struct command_call *call, struct err *err);
} benchmarks[] = {
  { "grade", "answers graded a second on one core, worst case, memory", bench_grade },
  { "http", "requests a second to an endpoint, latency added, memory", bench_http },
};

static const struct option options[] = {
  { "gsm8k", 0, NULL, "FILE", NULL,
    "recorded answers to grade; else the built-in worked solutions", OPTION_TEXT,
    offsetof(struct bench_settings, gsm8k), 0, 0 },
  { "math", 0, NULL, "FILE", NULL,
    "items whose worked solutions are graded; else the built-in ones", OPTION_TEXT,
    offsetof(struct bench_settings, math), 0, 0 },
  { "seconds", 0, NULL, "S", "1.5", "time for each measurement", OPTION_REAL,
    offsetof(struct bench_settings, seconds), 0.01, 600 },
  OPTION_END
};

void bench_add(struct bench_result *result, const char *name, double value,
               const char *unit, struct str note)
{
  if (result->n < BENCH_FIGURES)
    result->at[result->n++] = (struct bench_figure){ name, unit, value, note };
}

static const char *benchmark_name_at(size_t index)
{
  return index < COUNT(benchmarks) ? benchmarks[index].name : NULL;
}

static void put_text(struct buf *out, const struct bench_result *result)
{
  for (size_t i = 0; i < result->n; i++) {
    const struct bench_figure *f = &result->at[i];
    buf_printf(out, "%-30s %12.*f %-10s %.*s\n", f->name, f->value < 100 ? 3 : 0,
               f->value, f->unit, STR_ARG(f->note));
  }
}

static void put_json(struct buf *out, const char *benchmark,
                     const struct bench_result *result)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "benchmark", str_from(benchmark));
  json_put_key(&w, "figures");
  json_begin_array(&w);
  for (size_t i = 0; i < result->n; i++) {
    json_begin_object(&w);
    json_member_string(&w, "name", str_from(result->at[i].name));
    json_member_number(&w, "value", result->at[i].value);
    json_member_string(&w, "unit", str_from(result->at[i].unit));
    json_member_string(&w, "note", result->at[i].note);
    json_end_object(&w);
  }
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static int run(struct command_call *call, struct err *err)
{
  const char *name = call->arguments.at[0];
  const struct benchmark *b = benchmarks;
  while (b < benchmarks + COUNT(benchmarks) && strcmp(b->name, name) != 0)
    b++;
  if (b == benchmarks + COUNT(benchmarks)) {
    const char *nearest = name_nearest(str_from(name), benchmark_name_at);
    return err_set(err, ERR_USAGE, "no benchmark '%s'; there is '%s'", name,
                   nearest ? nearest : benchmarks[0].name);
  }
  struct bench_result result = { .n = 0 };
  if (b->run(&result, call, err) < 0)
    return -1;
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  if (call->json)
    put_json(&out, b->name, &result);
  else
    put_text(&out, &result);
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

const struct command command_bench = {
  .name = "bench",
  .synopsis = "NAME [options]",
  .about = "measure how fast this program is on this machine",
  .detail = "Benchmarks:\n"
            "  grade   answers graded a second on one core, worst case, memory\n"
            "  http    requests a second to an endpoint, latency added, memory\n"
            "\n"
            "Examples:\n"
            "  oreo-bench bench http --seconds 5\n"
            "  oreo-bench bench grade --gsm8k answers.jsonl --math test.jsonl --json",
  .options = options,
  .settings_size = sizeof(struct bench_settings),
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
