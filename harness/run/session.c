#include "run/session.h"

#include "base/log.h"

static int open_folder(struct session *s, struct err *err)
{
  const struct run_settings *settings = s->settings;
  const struct manifest *manifest = &s->plan.manifest;
  if (settings->resume)
    return folder_resume(&s->folder, &s->arena, settings->resume, manifest, err);
  const char *dir =
      settings->out ? settings->out : folder_default_name(&s->arena, manifest);
  return folder_create(&s->folder, &s->arena, dir, manifest, err);
}

static int drop_errors(const char *path, struct err *err)
{
  size_t dropped;
  if (journal_drop_errors(path, &dropped, err) < 0)
    return -1;
  log_note("%zu answers that ended in an error are asked again", dropped);
  return 0;
}

static int open_journal(struct session *s, struct err *err)
{
  const char *path = s->folder.journal_path;
  if (s->settings->retry_errors && drop_errors(path, err) < 0)
    return -1;
  if (journal_load(&s->done, &s->arena, path, err) < 0)
    return -1;
  if (s->done.torn)
    log_note("the last record of the journal was cut off by a crash; it is done again");
  s->writer = journal_writer_open(path, s->done.valid_bytes, err);
  return s->writer ? 0 : -1;
}

int session_open(struct session *s, struct err *err)
{
  if (open_folder(s, err) < 0)
    return -1;
  log_note("writing to %s", s->folder.dir);
  return open_journal(s, err);
}

int session_close(struct session *s, int rc, struct err *err)
{
  struct err close_err;
  if (journal_writer_close(s->writer, &close_err) < 0 && rc == 0) {
    *err = close_err;
    rc = -1;
  }
  s->writer = NULL;
  if (rc < 0 && err->code == ERR_INTERRUPTED)
    err_set(
        err, ERR_INTERRUPTED,
        "interrupted after %zu of %zu answers; continue with: oreo-bench run --resume "
        "%s",
        s->progress.n_found + s->progress.n_done, s->plan.n_answers, s->folder.dir);
  return rc;
}
