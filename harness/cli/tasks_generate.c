#include "cli/tasks.h"

#include "base/fs.h"
#include "base/log.h"
#include "gen/gen.h"

static const struct suite_split *find_split(const struct suite *suite, const char *name)
{
  for (size_t i = 0; i < suite->builtin.n_splits; i++)
    if (str_equal(suite->builtin.splits[i].name, str_from(name)))
      return &suite->builtin.splits[i];
  return NULL;
}

int tasks_generate(struct tasks_call *call, struct err *err)
{
  const struct tasks_settings *settings = call->settings;
  const struct suite *suite = call->suites[0];
  const char *name = settings->split ? settings->split : "test";
  if (call->n_suites > 1)
    return err_set(err, ERR_USAGE, "'tasks generate' makes one suite at a time");
  const struct suite_split *split = find_split(suite, name);
  const struct generator *generator = generator_find(suite->builtin.generator);
  if (!split || !generator)
    return err_set(err, ERR_USAGE,
                   "suite '%.*s' has no built-in split '%.60s'; 'oreo-bench tasks list "
                   "%.*s' shows them",
                   STR_ARG(suite->name), name, STR_ARG(suite->name));
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  size_t n = settings->n ? (size_t)settings->n : split->n_items;
  generator_write(generator, name, n, &out);
  int rc = 0;
  if (buf_failed(&out))
    rc = err_set(err, ERR_USAGE,
                 "%zu items are more than %zu bytes; ask for fewer with -n", n, out.cap);
  else if (!settings->out || strcmp(settings->out, "-") == 0)
    rc = cli_print(&out, err);
  else if ((rc = fs_write(settings->out, buf_str(&out), err)) == 0)
    log_note("%s: %zu items, sha256 %s", settings->out, n, sha256_of(buf_str(&out)).text);
  buf_release(&out);
  return rc;
}
