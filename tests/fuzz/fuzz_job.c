// links: config
/* Any bytes as a job file: refused with a usage error, or every value is within its row's
 * limits and the manifest can say it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "config/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct settings {
  bool flag;
  int64_t number;
  double real;
  const char *text;
  struct texts texts;
};

static const struct option table[] = {
  { "dry-run", 'n', NULL, NULL, NULL, "a flag", OPTION_FLAG,
    offsetof(struct settings, flag), 0, 0 },
  { "num-fewshot", 'f', NULL, "N", "-1", "a number", OPTION_INT,
    offsetof(struct settings, number), -1, 100 },
  { "rate", 0, NULL, "X", "0.5", "a real", OPTION_REAL, offsetof(struct settings, real),
    0, 1 },
  { "out", 'o', "output-path", "DIR", NULL, "a text", OPTION_TEXT,
    offsetof(struct settings, text), 0, 0 },
  { "model", 'm', NULL, "M", NULL, "texts", OPTION_TEXTS,
    offsetof(struct settings, texts), 0, 0 },
  OPTION_END
};

static void check(bool holds)
{
  if (!holds)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct settings settings;
  struct str text = { size ? (const char *)data : "", size };
  options_default(table, &settings, &arena);
  if (options_parse_job(table, &settings, text, "run", "fuzz.job", &arena, &err) < 0)
    check(err.code == ERR_USAGE && str_starts(str_from(err.msg), STR("fuzz.job:")));
  check(settings.number >= -1 && settings.number <= 100);
  check(settings.real >= 0 && settings.real <= 1);
  check(!settings.text || strlen(settings.text) <= size);
  for (size_t i = 0; i < settings.texts.count; i++)
    check(settings.texts.at[i] && strlen(settings.texts.at[i]) <= size);
  struct str value;
  for (const struct option *row = table; row->name; row++)
    if (option_changed(row, &settings, &arena, &value))
      check(str_present(value));
  arena_release(&arena);
  return 0;
}
