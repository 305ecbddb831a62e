#include "nn/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"

struct place {
  const struct safetensors_entry *entry;
  uint64_t from, bytes; /* in the data */
  bool written;
};

struct safetensors_writer {
  struct arena arena;
  char *path, *temp;
  int fd;
  uint64_t data_at; /* where the data begins in the file */
  struct place *places;
  size_t n;
};

/* As the reference writer: wide types first, so that all are aligned, then by name. */
static int compare_entries(const void *a, const void *b)
{
  const struct safetensors_entry *x = ((const struct place *)a)->entry;
  const struct safetensors_entry *y = ((const struct place *)b)->entry;
  int wide = weight_kind(y->type)->block_bytes - weight_kind(x->type)->block_bytes;
  return wide ? wide : str_compare(x->name, y->name);
}

static int lay_out(struct safetensors_writer *writer,
                   const struct safetensors_entry *entries, size_t n, struct err *err)
{
  if (n > WEIGHTS_MAX)
    return err_set(err, ERR_DATA, "%zu tensors are more than the %d that we read back", n,
                   WEIGHTS_MAX);
  writer->places = ARENA_NEW(&writer->arena, struct place, n);
  struct safetensors_entry *copies =
      ARENA_NEW(&writer->arena, struct safetensors_entry, n);
  for (size_t i = 0; i < n; i++) {
    copies[i] = entries[i];
    copies[i].name = arena_str(&writer->arena, entries[i].name);
    struct weight weight = { .name = copies[i].name,
                             .type = copies[i].type,
                             .n_dims = copies[i].n_dims };
    if (weight_check_name(weight.name, err) < 0)
      return -1;
    if (weight.type > WEIGHT_BF16 || weight.n_dims < 0 || weight.n_dims > WEIGHT_DIMS_MAX)
      return err_set(err, ERR_DATA,
                     "tensor '%.*s' is not F32, F16 or BF16 of at most %d "
                     "dimensions",
                     STR_ARG(weight.name), WEIGHT_DIMS_MAX);
    memcpy(weight.dims, copies[i].dims, sizeof weight.dims);
    writer->places[i].entry = &copies[i];
    if (weight_count(&weight, err) < 0 ||
        weight_bytes(&weight, &writer->places[i].bytes, err) < 0)
      return -1;
  }
  writer->n = n;
  if (n)
    qsort(writer->places, n, sizeof *writer->places, compare_entries);
  uint64_t at = 0;
  for (size_t i = 0; i < n; i++) {
    if (writer->places[i].bytes > ((uint64_t)1 << 52) - at)
      return err_set(err, ERR_DATA, "the tensors take more bytes than a file can have");
    writer->places[i].from = at;
    at += writer->places[i].bytes;
  }
  return 0;
}

static int check_distinct(const struct safetensors_writer *writer, struct err *err)
{
  struct strmap names = { 0 };
  int rc = 0;
  for (size_t i = 0; i < writer->n && rc == 0; i++) {
    bool added;
    strmap_put(&names, writer->places[i].entry->name, i, &added);
    if (!added)
      rc = err_set(err, ERR_DATA, "tensor '%.*s' is to be written twice",
                   STR_ARG(writer->places[i].entry->name));
  }
  strmap_release(&names);
  return rc;
}

static void put_entry(struct json_writer *w, const struct place *place)
{
  const struct safetensors_entry *entry = place->entry;
  json_put_key(w, entry->name.ptr); /* arena_str put a NUL behind it */
  json_begin_object(w);
  json_member_string(w, "dtype", str_from(weight_kind(entry->type)->name));
  json_put_key(w, "shape");
  json_begin_array(w);
  for (int i = 0; i < entry->n_dims; i++)
    json_put_int(w, entry->dims[i]);
  json_end_array(w);
  json_put_key(w, "data_offsets");
  json_begin_array(w);
  json_put_int(w, (int64_t)place->from);
  json_put_int(w, (int64_t)(place->from + place->bytes));
  json_end_array(w);
  json_end_object(w);
}

/* The length and the header, filled up with blanks to a multiple of eight bytes. */
static void compose_header(const struct safetensors_writer *writer,
                           const struct safetensors_note *notes, size_t n_notes,
                           struct buf *out)
{
  buf_add(out, (struct str){ "\0\0\0\0\0\0\0", 8 });
  struct json_writer w;
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  if (n_notes) {
    json_put_key(&w, "__metadata__");
    json_begin_object(&w);
    for (size_t i = 0; i < n_notes; i++)
      json_member_string(&w, notes[i].key, notes[i].value);
    json_end_object(&w);
  }
  for (size_t i = 0; i < writer->n; i++)
    put_entry(&w, &writer->places[i]);
  json_end_object(&w);
  while (out->len % 8)
    buf_add_char(out, ' ');
  uint64_t len = out->len - 8;
  for (int i = 0; i < 8 && !buf_failed(out); i++)
    out->ptr[i] = (char)(len >> 8 * i & 0xff);
}

static int write_at(const struct safetensors_writer *writer, struct str bytes,
                    uint64_t at, struct err *err)
{
  while (bytes.len) {
    ssize_t n = pwrite(writer->fd, bytes.ptr, bytes.len, (off_t)at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return err_set_errno(err, ERR_ENV, errno, "cannot write '%s'", writer->path);
    at += (uint64_t)n;
    bytes = str_slice(bytes, (size_t)n, bytes.len);
  }
  return 0;
}

static int begin_file(struct safetensors_writer *writer, struct str header,
                      struct err *err)
{
  writer->fd = open(writer->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (writer->fd < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot write '%s'", writer->path);
  writer->data_at = header.len;
  return write_at(writer, header, 0, err);
}

struct safetensors_writer *
safetensors_writer_open(const char *path, const struct safetensors_entry *entries,
                        size_t n, const struct safetensors_note *notes, size_t n_notes,
                        struct err *err)
{
  struct safetensors_writer *writer = mem_alloc(sizeof *writer);
  *writer = (struct safetensors_writer){ .fd = -1 };
  writer->path = arena_cstr(&writer->arena, str_from(path));
  struct str temp = arena_printf(&writer->arena, "%s.%ld.tmp", path, (long)getpid());
  writer->temp = arena_cstr(&writer->arena, temp);
  struct buf header;
  buf_init(&header, SAFETENSORS_HEADER_MAX);
  int rc = lay_out(writer, entries, n, err);
  if (rc == 0)
    rc = check_distinct(writer, err);
  if (rc == 0) {
    compose_header(writer, notes, n_notes, &header);
    rc = buf_failed(&header) ? err_set(err, ERR_DATA, "the header would pass %d bytes",
                                       SAFETENSORS_HEADER_MAX)
                             : begin_file(writer, buf_str(&header), err);
  }
  buf_release(&header);
  if (rc == 0)
    return writer;
  if (err->code == ERR_DATA)
    err_wrap(err, "cannot write '%s'", path);
  safetensors_writer_abandon(writer);
  return NULL;
}

int safetensors_writer_put(struct safetensors_writer *writer, struct str name,
                           struct str bytes, struct err *err)
{
  for (size_t i = 0; i < writer->n; i++) {
    struct place *place = &writer->places[i];
    if (!str_equal(place->entry->name, name))
      continue;
    if (place->written || bytes.len != place->bytes)
      return err_set(err, ERR_DATA, "cannot write '%s': tensor '%.*s' %s", writer->path,
                     STR_ARG(name),
                     place->written ? "was written already"
                                    : "has another size than announced");
    place->written = true;
    return write_at(writer, bytes, writer->data_at + place->from, err);
  }
  return err_set(err, ERR_DATA, "cannot write '%s': tensor '%.*s' was not announced",
                 writer->path, STR_ARG(name));
}

/* So that the rename survives a power cut; a file system that cannot is no failure. */
static void sync_folder(const struct safetensors_writer *writer)
{
  const char *slash = strrchr(writer->path, '/');
  struct str dir =
      slash ? (struct str){ writer->path, (size_t)(slash - writer->path) + 1 } : STR(".");
  struct arena scratch = { 0 };
  int fd = open(arena_cstr(&scratch, dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  arena_release(&scratch);
  if (fd < 0)
    return;
  fsync(fd);
  close(fd);
}

static int put_in_place(struct safetensors_writer *writer, struct err *err)
{
  for (size_t i = 0; i < writer->n; i++)
    if (!writer->places[i].written)
      return err_set(err, ERR_DATA, "cannot write '%s': tensor '%.*s' is missing",
                     writer->path, STR_ARG(writer->places[i].entry->name));
  int rc = fsync(writer->fd), errnum = errno;
  int closed = close(writer->fd);
  if (rc == 0 && closed < 0) {
    rc = -1;
    errnum = errno;
  }
  writer->fd = -1;
  if (rc == 0 && rename(writer->temp, writer->path) < 0) {
    rc = -1;
    errnum = errno;
  }
  if (rc < 0) {
    unlink(writer->temp);
    return err_set_errno(err, ERR_ENV, errnum, "cannot write '%s'", writer->path);
  }
  sync_folder(writer);
  return 0;
}

int safetensors_writer_finish(struct safetensors_writer *writer, struct err *err)
{
  int rc = put_in_place(writer, err);
  safetensors_writer_abandon(writer);
  return rc;
}

void safetensors_writer_abandon(struct safetensors_writer *writer)
{
  if (!writer)
    return;
  if (writer->fd >= 0) {
    close(writer->fd);
    unlink(writer->temp);
  }
  arena_release(&writer->arena);
  free(writer);
}
