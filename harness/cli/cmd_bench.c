/* cmd_bench.c - oreo-bench bench: how fast this program is here. */
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/nearest.h"
#include "cli/bench.h"

static const struct benchmark {
  const char *name, *about;
  int (*run)(struct bench_result *result, struct command_call *call, struct err *err);
} benchmarks[] = {
  { "grade", "answers graded a second on one core, worst case, memory", bench_grade },
  { "http", "requests a second to an endpoint, latency added, memory", bench_http },
  { "gemm", "matrix products by shape, layout and type, beside a BLAS library",
    bench_gemm },
  { "attention", "attention by shape, reading a prompt and writing answers",
    bench_attention },
  { "prefill", "tokens a second of prompts that a model reads", bench_prefill },
  { "decode", "tokens a second that a model writes, many sequences at once",
    bench_decode },
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
  { "seed", 0, NULL, "N", "1234", "of random operands, weights and prompts", OPTION_INT,
    offsetof(struct bench_settings, seed), 0, 9007199254740992.0 },
  { "device", 0, NULL, "D", NULL,
    "the Vulkan device: a number, a part of its name, or cpu; 'oreo-bench devices' lists "
    "them",
    OPTION_TEXT, offsetof(struct bench_settings, device), 0, 0 },
  { "shape", 0, NULL, "AxBxC", NULL,
    "instead of the built-in ones; gemm: MxNxK; attention: heads, heads of keys, size of "
    "a head; may be repeated",
    OPTION_TEXTS, offsetof(struct bench_settings, shapes), 0, 0 },
  { "layout", 0, NULL, "L", NULL, "gemm: nt, nn or tn only; may be repeated",
    OPTION_TEXTS, offsetof(struct bench_settings, layouts), 0, 0 },
  { "type", 0, NULL, "T", NULL, "gemm: weights of f32, f16 or bf16 only; may be repeated",
    OPTION_TEXTS, offsetof(struct bench_settings, types), 0, 0 },
  { "blas", 0, NULL, "FILE", NULL,
    "gemm: the library to compare with; else OpenBLAS or another that is installed",
    OPTION_TEXT, offsetof(struct bench_settings, blas), 0, 0 },
  { "model", 'm', NULL, "M", NULL,
    "prefill, decode: a Hugging Face folder or a .gguf file; else a random one",
    OPTION_TEXT, offsetof(struct bench_settings, model), 0, 0 },
  { "size", 0, NULL, "SIZE", "1m",
    "prefill, decode: weights of the random model: 260k, 1m, 15m, 110m or 1b",
    OPTION_TEXT, offsetof(struct bench_settings, size), 0, 0 },
  { "dtype", 0, NULL, "TYPE", "auto",
    "prefill, decode: of the weights: auto (as stored), f32, f16, bf16; "
    "f16-matrix or bf16-matrix on matrix units",
    OPTION_TEXT, offsetof(struct bench_settings, dtype), 0, 0 },
  { "sequences", 0, NULL, "N", "64", "attention, prefill, decode: at once", OPTION_INT,
    offsetof(struct bench_settings, sequences), 1, 65536 },
  { "tokens", 0, NULL, "N", "128", "decode: that each sequence writes", OPTION_INT,
    offsetof(struct bench_settings, tokens), 1, 1 << 20 },
  { "prompt-tokens", 0, NULL, "N", "0",
    "that are there before; 0: 512 in attention, 256 in prefill, 16 in decode",
    OPTION_INT, offsetof(struct bench_settings, prompt_tokens), 0, 1 << 20 },
  { "ops", 0, NULL, NULL, NULL, "prefill, decode: the time by op as well, by timestamps",
    OPTION_FLAG, offsetof(struct bench_settings, ops), 0, 0 },
  OPTION_END
};

struct bench_figure *bench_add(struct bench_result *result, const char *name,
                               double value, const char *unit, struct str note)
{
  if (result->n == BENCH_FIGURES)
    result->n--;
  struct bench_figure *figure = &result->at[result->n++];
  *figure =
      (struct bench_figure){ .name = name, .unit = unit, .value = value, .note = note };
  return figure;
}

void bench_add_part(struct bench_figure *figure, const char *name, double value)
{
  if (figure->n_parts < BENCH_PARTS)
    figure->parts[figure->n_parts++] = (struct bench_part){ name, value };
}

void bench_add_fact(struct bench_result *result, const char *name, struct str value)
{
  if (result->n_facts < BENCH_FACTS)
    result->facts[result->n_facts++] = (struct bench_fact){ name, value };
}

int bench_parse_shape(const char *text, uint32_t sides[3], struct err *err)
{
  enum { SIDE_MOST = 1 << 16 };
  const char *at = text;
  bool good = true;
  for (int i = 0; i < 3 && good; i++) {
    char *end = NULL;
    unsigned long side = char_is_digit(*at) ? strtoul(at, &end, 10) : 0;
    good = side >= 1 && side <= SIDE_MOST && *end == (i < 2 ? 'x' : '\0');
    at = good ? end + 1 : at;
    sides[i] = (uint32_t)side;
  }
  if (good)
    return 0;
  return err_set(err, ERR_USAGE,
                 "--shape: '%s' is not three numbers from 1 to %d such as 512x256x128",
                 text, SIDE_MOST);
}

static const char *benchmark_name_at(size_t index)
{
  return index < COUNT(benchmarks) ? benchmarks[index].name : NULL;
}

/* Three places for what is small, none for counts and for what is large. */
static int decimals(double value)
{
  return fabs(value) < 100 && value != floor(value) ? 3 : 0;
}

static void put_facts(struct buf *out, const struct bench_result *result)
{
  for (size_t i = 0; i < result->n_facts; i++) {
    struct str value = result->facts[i].value;
    buf_printf(out, "%-8s %.*s\n", result->facts[i].name,
               STR_ARG(str_present(value) ? value : STR("none")));
  }
  if (result->n_facts)
    buf_add_char(out, '\n');
}

static int width_of(const struct bench_part *part)
{
  size_t n = strlen(part->name);
  return (int)(n < 9 ? 9 : n) + 2;
}

static bool same_columns(const struct bench_figure *a, const struct bench_figure *b)
{
  bool same = a->n_parts == b->n_parts && strcmp(a->unit, b->unit) == 0;
  for (size_t i = 0; same && i < a->n_parts; i++)
    same = strcmp(a->parts[i].name, b->parts[i].name) == 0;
  return same;
}

static void put_heading(struct buf *out, const struct bench_figure *figure, int width)
{
  buf_printf(out, "\n%-*s %12s", width, "", figure->unit);
  for (size_t i = 0; i < figure->n_parts; i++)
    buf_printf(out, "%*s", width_of(&figure->parts[i]), figure->parts[i].name);
  buf_add_char(out, '\n');
}

/* Figures of the same kind are rows under one heading; one without parts is a line. */
static void put_figure(struct buf *out, const struct bench_figure *f, int width)
{
  buf_printf(out, "%-*s %12.*f", width, f->name, decimals(f->value), f->value);
  if (!f->n_parts)
    buf_printf(out, " %-10s", f->unit);
  for (size_t i = 0; i < f->n_parts; i++) {
    const struct bench_part *part = &f->parts[i];
    if (isnan(part->value))
      buf_printf(out, "%*s", width_of(part), "-");
    else
      buf_printf(out, "%*.*f", width_of(part), decimals(part->value), part->value);
  }
  buf_printf(out, "%s%.*s\n", f->note.len ? "  " : "", STR_ARG(f->note));
}

static void put_text(struct buf *out, const struct bench_result *result)
{
  size_t width = 20;
  put_facts(out, result);
  for (size_t i = 0; i < result->n; i++)
    if (strlen(result->at[i].name) > width)
      width = strlen(result->at[i].name);
  for (size_t i = 0; i < result->n; i++) {
    const struct bench_figure *figure = &result->at[i];
    if (figure->n_parts && (i == 0 || !same_columns(figure, figure - 1)))
      put_heading(out, figure, (int)width);
    put_figure(out, figure, (int)width);
  }
}

static void put_json_figure(struct json_writer *w, const struct bench_figure *f)
{
  json_begin_object(w);
  json_member_string(w, "name", str_from(f->name));
  json_member_number(w, "value", f->value);
  json_member_string(w, "unit", str_from(f->unit));
  for (size_t i = 0; i < f->n_parts; i++)
    json_member_number(w, f->parts[i].name, f->parts[i].value);
  json_member_string(w, "note", f->note);
  json_end_object(w);
}

static void put_json(struct buf *out, const char *benchmark,
                     const struct bench_result *result)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "benchmark", str_from(benchmark));
  for (size_t i = 0; i < result->n_facts; i++)
    json_member_string(&w, result->facts[i].name, result->facts[i].value);
  json_put_key(&w, "figures");
  json_begin_array(&w);
  for (size_t i = 0; i < result->n; i++)
    put_json_figure(&w, &result->at[i]);
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
  struct bench_result *result = ARENA_NEW(call->arena, struct bench_result, 1);
  if (b->run(result, call, err) < 0)
    return -1;
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  if (call->json)
    put_json(&out, b->name, result);
  else
    put_text(&out, result);
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

const struct command command_bench = {
  .name = "bench",
  .synopsis = "NAME [options]",
  .about = "measure how fast this program is on this machine",
  .detail =
      "Benchmarks:\n"
      "  grade      answers graded a second on one core, worst case, memory\n"
      "  http       requests a second to an endpoint, latency added, memory\n"
      "  gemm       matrix products by shape, layout and type, beside a BLAS library\n"
      "  attention  attention by shape, reading a prompt and writing answers\n"
      "  prefill    tokens a second of prompts that a model reads\n"
      "  decode     tokens a second that a model writes, many sequences at once\n"
      "\n"
      "Figures are medians over --seconds. The last four state the device and its driver,\n"
      "and what share the best try is of the device's peak, which is measured first: the\n"
      "best try of multiply-adds that touch no memory.\n"
      "\n"
      "Examples:\n"
      "  oreo-bench bench http --seconds 5\n"
      "  oreo-bench bench grade --gsm8k answers.jsonl --math test.jsonl --json\n"
      "  oreo-bench bench gemm --shape 512x512x512 --layout nt\n"
      "  oreo-bench bench decode --size 1m --sequences 64 --tokens 128",
  .options = options,
  .settings_size = sizeof(struct bench_settings),
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
