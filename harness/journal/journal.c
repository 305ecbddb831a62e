/* journal.c - reading a journal back; writer.c appends to it. */
#include <errno.h>
#include <stdlib.h>

#include "base/fs.h"
#include "journal/journal.h"

static int compare_pointers(const void *a, const void *b)
{
  const struct record *const *x = a, *const *y = b;
  int order = record_compare(*x, *y);
  return order ? order : (*x > *y) - (*x < *y); /* file order, for the message */
}

/* Sorts by key and refuses a key that stands twice. */
static int sort_by_key(struct journal *journal, struct arena *arena, struct err *err)
{
  size_t n = journal->n_records;
  journal->by_key = ARENA_NEW(arena, const struct record *, n + 1);
  for (size_t i = 0; i < n; i++)
    journal->by_key[i] = &journal->records[i];
  qsort(journal->by_key, n, sizeof *journal->by_key, compare_pointers);
  for (size_t i = 1; i < n; i++) {
    const struct record *a = journal->by_key[i - 1], *b = journal->by_key[i];
    if (record_compare(a, b) == 0)
      return err_set(err, ERR_DATA,
                     "lines %zu and %zu hold the same sample %d of item '%.*s' by "
                     "'%.*s'; two runs were mixed into one file",
                     (size_t)(a - journal->records) + 1,
                     (size_t)(b - journal->records) + 1, a->sample,
                     STR_ARG(str_slice(a->item, 0, 80)),
                     STR_ARG(str_slice(a->model, 0, 80)));
  }
  return 0;
}

/* Has the line its CRC? Asked of the last line only: that one may be torn. */
static bool line_is_whole(struct str line)
{
  struct arena scratch = { 0 };
  struct record record;
  struct err ignored = { 0 };
  bool whole = record_parse(&record, &scratch, line, &ignored) == 0;
  arena_release(&scratch);
  return whole;
}

/* Cuts a torn tail off `bytes`. */
static struct str without_torn_tail(struct str bytes, bool *torn)
{
  size_t len = bytes.len;
  while (len && bytes.ptr[len - 1] != '\n')
    len--;
  size_t start = len ? len - 1 : 0;
  while (start && bytes.ptr[start - 1] != '\n')
    start--;
  struct str last = str_slice(bytes, start, len);
  /* half a line behind it: then this one is not the last, and its CRC is checked as such
   */
  if (last.len && len == bytes.len && !line_is_whole(last))
    len = start;
  *torn = len < bytes.len;
  return str_slice(bytes, 0, len);
}

static int parse_lines(struct journal *journal, struct arena *arena, struct str bytes,
                       struct err *err)
{
  struct record *records = NULL;
  size_t capacity = 0, n = 0;
  int rc = 0;
  for (struct str line; rc == 0 && str_present(line = str_next_line(&bytes));) {
    ARRAY_RESERVE(records, n, capacity);
    if (line.len > JOURNAL_LINE_MAX)
      rc = err_set(err, ERR_DATA, "the line is longer than %d bytes", JOURNAL_LINE_MAX);
    else
      rc = record_parse(&records[n], arena, line, err);
    if (rc < 0)
      err_wrap(err, "line %zu", n + 1);
    n++;
  }
  if (rc == 0) {
    journal->records = ARENA_NEW(arena, struct record, n + 1);
    if (n)
      memcpy(journal->records, records, n * sizeof *records);
    journal->n_records = n;
  }
  free(records);
  return rc;
}

static int journal_parse(struct journal *journal, struct arena *arena, struct str bytes,
                         struct err *err)
{
  struct str good = without_torn_tail(bytes, &journal->torn);
  journal->valid_bytes = good.len;
  if (parse_lines(journal, arena, good, err) < 0)
    return -1;
  return sort_by_key(journal, arena, err);
}

int journal_load(struct journal *journal, struct arena *arena, const char *path,
                 struct err *err)
{
  *journal = (struct journal){ 0 };
  if (!fs_exists(path))
    return journal_parse(journal, arena, STR(""), err);
  struct fs_map map;
  if (fs_map(&map, path, err) < 0)
    return -1;
  int rc = journal_parse(journal, arena, map.bytes, err);
  fs_unmap(&map);
  if (rc < 0)
    err_wrap(err, "journal '%s' is damaged", path);
  return rc;
}

const struct record *journal_find(const struct journal *journal, const struct record *key)
{
  size_t low = 0, high = journal->n_records;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    int order = record_compare(journal->by_key[mid], key);
    if (order == 0)
      return journal->by_key[mid];
    if (order < 0)
      low = mid + 1;
    else
      high = mid;
  }
  return NULL;
}

/* The lines to keep; counts the others. */
static void keep_good(struct buf *kept, const struct journal *journal, size_t *dropped)
{
  for (size_t i = 0; i < journal->n_records; i++) {
    if (journal->records[i].verdict == VERDICT_ERROR)
      *dropped += 1;
    else
      record_format(kept, &journal->records[i]);
  }
}

/* The old file stays locked until the new one has its name: nobody appends to it. */
static int replace_locked(const char *path, const struct journal *journal,
                          const struct buf *kept, struct err *err)
{
  struct journal_writer *old = journal_writer_open(path, journal->valid_bytes, err);
  if (!old)
    return -1;
  int rc = fs_write(path, buf_str(kept), err);
  struct err ignored;
  if (journal_writer_close(old, rc < 0 ? &ignored : err) < 0)
    rc = -1;
  return rc;
}

int journal_drop_errors(const char *path, size_t *dropped, struct err *err)
{
  struct arena arena = { 0 };
  struct journal journal;
  struct buf kept;
  buf_init(&kept, SIZE_MAX / 2);
  *dropped = 0;
  int rc = journal_load(&journal, &arena, path, err);
  if (rc == 0)
    keep_good(&kept, &journal, dropped);
  if (rc == 0 && *dropped)
    rc = replace_locked(path, &journal, &kept, err);
  buf_release(&kept);
  arena_release(&arena);
  return rc;
}
