#include "mock/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/json.h"

enum { LINE_MAX_BYTES = 1 << 16 };

void tally_init(struct tally *tally)
{
  *tally = (struct tally){ .log = -1 };
  buf_init(&tally->line, LINE_MAX_BYTES);
}

int tally_open_log(struct tally *tally, const char *path, struct err *err)
{
  if (!path)
    return 0;
  tally->log_path = path;
  tally->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (tally->log < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot open the log '%s'", path);
  return 0;
}

void tally_close(struct tally *tally)
{
  if (tally->log >= 0)
    close(tally->log);
  buf_release(&tally->line);
}

static int write_line(struct tally *tally, const struct responder_record *record,
                      bool delivered, struct err *err)
{
  struct json_writer w;
  buf_reset(&tally->line);
  json_writer_init(&w, &tally->line, JSON_COMPACT);
  json_begin_object(&w);
  json_member_int(&w, "n", (int64_t)record->n);
  json_member_string(&w, "path", str_from(record->path));
  json_member_string(&w, "key", str_from(record->key.text));
  json_member_string(&w, "item", record->item);
  json_member_int(&w, "seed", (int64_t)record->seed);
  json_member_string(&w, "fault", str_from(fault_name(record->fault)));
  json_member_int(&w, "status", record->status);
  json_member_bool(&w, "delivered", delivered);
  json_end_object(&w);
  buf_add_char(&tally->line, '\n');
  struct str line = buf_str(&tally->line);
  while (line.len) {
    ssize_t n = write(tally->log, line.ptr, line.len);
    if (n < 0 && errno != EINTR)
      return err_set_errno(err, ERR_ENV, errno, "cannot write the log '%s'",
                           tally->log_path);
    if (n > 0)
      line = str_slice(line, (size_t)n, line.len);
  }
  return 0;
}

int tally_add(struct tally *tally, const struct responder_record *record, bool delivered,
              struct err *err)
{
  tally->n_requests++;
  tally->n_delivered += delivered;
  if (record->fault != FAULT_NONE)
    tally->n_faults[record->fault]++;
  else
    tally->n_refused += !record->right;
  return tally->log < 0 ? 0 : write_line(tally, record, delivered, err);
}

/* ---- the summary ---- */

static void write_json(const struct tally *tally, struct buf *out)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_int(&w, "requests", (int64_t)tally->n_requests);
  json_member_int(&w, "delivered", (int64_t)tally->n_delivered);
  json_member_int(&w, "refused", (int64_t)tally->n_refused);
  json_put_key(&w, "faults");
  json_begin_object(&w);
  for (size_t i = 0; i < FAULT_COUNT; i++)
    json_member_int(&w, fault_name((enum fault)i), (int64_t)tally->n_faults[i]);
  json_end_object(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

void tally_summary(const struct tally *tally, struct buf *out, bool json)
{
  if (json) {
    write_json(tally, out);
    return;
  }
  uint64_t n_faults = 0;
  for (size_t i = 0; i < FAULT_COUNT; i++)
    n_faults += tally->n_faults[i];
  buf_printf(out,
             "%" PRIu64 " requests: %" PRIu64 " answered whole, %" PRIu64
             " refused, %" PRIu64 " faults",
             tally->n_requests, tally->n_delivered, tally->n_refused, n_faults);
  const char *before = " (";
  for (size_t i = 0; i < FAULT_COUNT; i++) {
    if (!tally->n_faults[i])
      continue;
    buf_printf(out, "%s%s %" PRIu64, before, fault_name((enum fault)i),
               tally->n_faults[i]);
    before = ", ";
  }
  buf_add_cstr(out, n_faults ? ")" : "");
}
