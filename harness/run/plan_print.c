/* plan_print.c - what a dry run says: all that would happen, and that nothing has. */
#include "base/buf.h"
#include "run/folder.h"
#include "run/plan.h"

static void print_suite(struct buf *out, const struct manifest_suite *s)
{
  buf_printf(out, "suite   %.*s: %zu of %zu items of %.*s, split %.*s, sha256 %.12s\n",
             STR_ARG(s->name), s->n_run, s->n_items, STR_ARG(s->data_source),
             STR_ARG(s->split), s->data_sha256.ptr);
  buf_printf(out, "        prompts: %.*s, grader: %.*s\n", STR_ARG(s->prompt_style),
             STR_ARG(s->grader));
}

int plan_print(const struct plan *plan, const struct run_settings *settings,
               struct buf *out, struct err *err)
{
  struct arena arena = { 0 };
  const struct manifest *m = &plan->manifest;
  const char *dir = settings->resume ? settings->resume : settings->out;
  int rc = 0;
  if (!settings->resume) {
    dir = dir ? dir : folder_default_name(&arena, m);
    rc = folder_check_new(dir, err);
  } else {
    struct run_folder folder;
    rc = folder_resume(&folder, &arena, dir, m, err);
  }
  for (size_t i = 0; rc == 0 && i < m->n_suites; i++)
    print_suite(out, &m->suites[i]);
  for (size_t i = 0; rc == 0 && i < m->n_models; i++)
    buf_printf(out, "model   %.*s: %.*s\n", STR_ARG(m->models[i].label),
               STR_ARG(m->models[i].spec));
  if (rc == 0)
    buf_printf(out, "answers %zu, %d to an item\nfolder  %s\nnothing was run\n",
               plan->n_answers, m->samples, dir);
  arena_release(&arena);
  return rc;
}
