#include "task/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "task/limits.h"

enum { LOCK_VERSION = 1 };

/* ---- reading ---- */

static bool is_sha256(struct str text)
{
  for (size_t i = 0; i < text.len; i++)
    if (!char_is_digit(text.ptr[i]) && !(text.ptr[i] >= 'a' && text.ptr[i] <= 'f'))
      return false;
  return text.len == SHA256_HEX_SIZE - 1;
}

static int check_keys(const struct json *object, const char *const *known, size_t n_known,
                      struct err *err)
{
  for (const struct json *child = json_first(object); child; child = json_next(child)) {
    struct str key = json_key(child);
    size_t i = 0;
    while (i < n_known && !str_equal(key, str_from(known[i])))
      i++;
    if (i == n_known)
      return err_set(err, ERR_DATA, "unknown key '%.*s'", STR_ARG(str_slice(key, 0, 64)));
  }
  return 0;
}

static int read_entry(struct lock_entry *entry, struct arena *arena,
                      const struct json *node, struct err *err)
{
  static const char *const keys[] = { "url", "sha256", "bytes", "date" };
  double bytes;
  if (json_type(node) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "expected an object, found %s",
                   json_type_name(json_type(node)));
  if (check_keys(node, keys, COUNT(keys), err) < 0 ||
      json_need_string(node, "url", &entry->url, err) < 0 ||
      json_need_string(node, "sha256", &entry->sha256, err) < 0 ||
      json_need_number(node, "bytes", &bytes, err) < 0 ||
      json_need_string(node, "date", &entry->date, err) < 0)
    return -1;
  if (!is_sha256(entry->sha256))
    return err_set(err, ERR_DATA, "'sha256' is not 64 lower-case hexadecimal digits");
  if (!(bytes >= 0 && bytes <= (double)TASK_FILE_MAX) || bytes != (double)(int64_t)bytes)
    return err_set(err, ERR_DATA, "'bytes' is not a whole number of bytes of a file");
  *entry = (struct lock_entry){
    .file = arena_str(arena, json_key(node)),
    .url = arena_str(arena, entry->url),
    .sha256 = arena_str(arena, entry->sha256),
    .bytes = (int64_t)bytes,
    .date = arena_str(arena, entry->date),
  };
  return 0;
}

static int by_file(const void *a, const void *b)
{
  return str_compare(((const struct lock_entry *)a)->file,
                     ((const struct lock_entry *)b)->file);
}

static int read_root(struct lock *lock, struct arena *arena, const struct json *root,
                     struct err *err)
{
  static const char *const keys[] = { "version", "files" };
  const struct json *files;
  double version;
  if (json_type(root) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "expected an object, found %s",
                   json_type_name(json_type(root)));
  if (json_need_number(root, "version", &version, err) < 0)
    return -1;
  if (version != LOCK_VERSION)
    return err_set(err, ERR_DATA, "version %g is unknown, this program reads %d", version,
                   LOCK_VERSION);
  if (check_keys(root, keys, COUNT(keys), err) < 0 ||
      json_need_member(root, "files", JSON_OBJECT, &files, err) < 0)
    return -1;
  lock->entries = ARENA_NEW(arena, struct lock_entry, json_size(files));
  for (const struct json *node = json_first(files); node; node = json_next(node)) {
    struct str file = str_slice(json_key(node), 0, 256);
    if (read_entry(&lock->entries[lock->n_entries++], arena, node, err) < 0)
      return err_wrap(err, "file '%.*s'", STR_ARG(file));
  }
  qsort(lock->entries, lock->n_entries, sizeof *lock->entries, by_file);
  return 0;
}

int lock_parse(struct lock *lock, struct arena *arena, struct str text, const char *name,
               struct err *err)
{
  struct json_doc doc;
  struct lock read = { 0 };
  if (json_parse(&doc, text, err) < 0)
    return err_wrap(err, "'%s' is no lock file", name);
  int rc = read_root(&read, arena, doc.root, err);
  json_doc_release(&doc);
  if (rc < 0)
    return err_wrap(err, "'%s' is no lock file", name);
  *lock = read;
  return 0;
}

int lock_load(struct lock *lock, struct arena *arena, const char *data_dir,
              struct err *err)
{
  struct buf path, text;
  int rc = 0;
  *lock = (struct lock){ 0 };
  buf_init(&path, BUF_CAP_OWN);
  buf_init(&text, TASK_LOCK_MAX);
  fs_join(&path, data_dir, LOCK_FILE_NAME);
  if (fs_exists(path.ptr) && (rc = fs_read(path.ptr, &text, err)) == 0)
    rc = lock_parse(lock, arena, buf_str(&text), path.ptr, err);
  buf_release(&text);
  buf_release(&path);
  return rc;
}

const struct lock_entry *lock_find(const struct lock *lock, struct str file)
{
  struct lock_entry key = { .file = file };
  return lock->n_entries ? bsearch(&key, lock->entries, lock->n_entries,
                                   sizeof *lock->entries, by_file)
                         : NULL;
}

/* ---- recording ---- */

static void write_entry(struct json_writer *w, struct arena *arena,
                        const struct lock_entry *entry)
{
  json_put_key(w, arena_cstr(arena, entry->file));
  json_begin_object(w);
  json_member_string(w, "url", entry->url);
  json_member_string(w, "sha256", entry->sha256);
  json_member_int(w, "bytes", entry->bytes);
  json_member_string(w, "date", entry->date);
  json_end_object(w);
}

/* The entries with `added` in its place, in order. */
static void write_lock(struct buf *out, struct arena *arena, const struct lock *lock,
                       const struct lock_entry *added)
{
  struct json_writer w;
  bool done = false;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_int(&w, "version", LOCK_VERSION);
  json_put_key(&w, "files");
  json_begin_object(&w);
  for (size_t i = 0; i < lock->n_entries; i++) {
    int order = str_compare(lock->entries[i].file, added->file);
    if (order >= 0 && !done) {
      write_entry(&w, arena, added);
      done = true;
    }
    if (order != 0)
      write_entry(&w, arena, &lock->entries[i]);
  }
  if (!done)
    write_entry(&w, arena, added);
  json_end_object(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static int record(const char *data_dir, struct arena *arena,
                  const struct lock_entry *entry, struct err *err)
{
  struct lock lock;
  struct buf path, text;
  if (lock_load(&lock, arena, data_dir, err) < 0)
    return -1;
  buf_init(&path, BUF_CAP_OWN);
  buf_init(&text, TASK_LOCK_MAX);
  fs_join(&path, data_dir, LOCK_FILE_NAME);
  write_lock(&text, arena, &lock, entry);
  int rc = buf_failed(&text)
               ? err_set(err, ERR_DATA, "cannot write '%s': too many files", path.ptr)
               : fs_write(path.ptr, buf_str(&text), err);
  buf_release(&text);
  buf_release(&path);
  return rc;
}

int lock_record(const char *data_dir, const struct lock_entry *entry, struct err *err)
{
  struct arena arena = { 0 };
  /* Reading, adding and replacing must not mix with another program's: the folder itself
   * is the mutex, since the lock file is replaced. */
  int folder = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || flock(folder, LOCK_EX) < 0) {
    int errnum = errno;
    if (folder >= 0)
      close(folder);
    return err_set_errno(err, ERR_ENV, errnum, "cannot lock folder '%s'", data_dir);
  }
  int rc = record(data_dir, &arena, entry, err);
  close(folder);
  arena_release(&arena);
  return rc;
}

/* ---- asking ---- */

struct str lock_expected(const struct lock *lock, const struct suite_source *source)
{
  if (str_present(source->sha256))
    return source->sha256;
  const struct lock_entry *entry = lock_find(lock, source->file);
  return entry ? entry->sha256 : STR_NONE;
}

int lock_check(const struct lock *lock, const struct suite_source *source,
               const struct sha256_hex *got, struct err *err)
{
  struct str expected = lock_expected(lock, source);
  if (!str_present(expected) || str_equal(expected, str_from(got->text)))
    return 0;
  bool pinned = str_present(source->sha256);
  return err_set(
      err, ERR_DATA, "'%.*s' is not the file it should be: sha256 is %s, %s %.*s; %s",
      STR_ARG(source->file), got->text,
      pinned ? "the suite's definition says" : LOCK_FILE_NAME " says", STR_ARG(expected),
      pinned ? "fetch it again with tasks fetch --force"
             : "fetch it again with tasks fetch --force, or remove its entry "
               "from the lock to trust the new one");
}
