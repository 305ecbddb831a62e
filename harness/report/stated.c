/* stated.c - what lm-eval's results_<time>.json says of a task and a filter. */
#include <math.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/json.h"
#include "report/side.h"

/* lm-eval's largest results files (groups of hundreds of tasks) have a few megabytes. */
#define RESULTS_BYTES_MAX ((size_t)64 << 20)

/* Metrics of right and wrong answers, in the order in which they are looked for. */
static const char *const metrics[] = { "exact_match", "acc", "math_verify", NULL };

/* "exact_match,strict-match", or, when `infix` is "_stderr", its standard error. */
static double metric(const struct json *result, const char *name, const char *infix,
                     struct str filter)
{
  char key[256];
  snprintf(key, sizeof key, "%s%s,%.*s", name, infix,
           (int)(filter.len < 128 ? filter.len : 128), filter.ptr ? filter.ptr : "");
  return json_get_number(result, key, NAN);
}

void stated_parse(struct stated *stated, struct str json, struct str task,
                  struct str filter)
{
  struct json_doc doc;
  struct err err;
  char name[256];
  stated->score = stated->standard_error = NAN;
  stated->n = -1;
  if (task.len >= sizeof name || json_parse(&doc, json, &err) < 0)
    return;
  memcpy(name, task.ptr, task.len);
  name[task.len] = '\0';
  const struct json *result = json_member(json_member(doc.root, "results"), name);
  for (size_t i = 0; metrics[i] && isnan(stated->score); i++) {
    stated->score = metric(result, metrics[i], "", filter);
    stated->standard_error = metric(result, metrics[i], "_stderr", filter);
  }
  const struct json *counts = json_member(json_member(doc.root, "n-samples"), name);
  stated->n = json_get_number(counts, "effective", -1);
  json_doc_release(&doc);
}

/* "samples_<task>_<time>.jsonl" belongs to "results_<time>.json". */
void stated_load(struct stated *stated, struct arena *arena, const char *samples_path,
                 struct str task, struct str filter)
{
  struct str path = str_from(samples_path), base = str_from(fs_basename(samples_path));
  size_t before = sizeof "samples_" - 1 + task.len + 1;
  *stated = (struct stated){ .score = NAN, .standard_error = NAN, .n = -1 };
  if (!task.len || base.len <= before || !str_ends(base, STR(".jsonl")))
    return;
  struct str time = str_slice(base, before, base.len - (sizeof ".jsonl" - 1));
  struct str file = arena_printf(arena, "results_%.*s.json", STR_ARG(time));
  struct str whole = arena_printf(arena, "%.*s%.*s", (int)(path.len - base.len), path.ptr,
                                  STR_ARG(file));
  struct buf text;
  struct err err;
  buf_init(&text, RESULTS_BYTES_MAX);
  if (fs_size(whole.ptr) > 0 && fs_read(whole.ptr, &text, &err) == 0) {
    stated_parse(stated, buf_str(&text), task, filter);
    stated->file = file;
  }
  buf_release(&text);
}
