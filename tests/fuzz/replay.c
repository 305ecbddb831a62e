/* replay.c - runs a fuzz target over files, where libFuzzer is not to be had.
 *
 * Every argument is a file or a folder of files; each file is one input, and is also given
 * with each of its bytes dropped from the end in a few steps, since truncation is the
 * commonest damage. Exits 0 when the target came back from all of them.
 */
#include <stdint.h>
#include <stdio.h>

#include "base/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_inputs;

static void run_bytes(struct str bytes)
{
  LLVMFuzzerTestOneInput((const uint8_t *)bytes.ptr, bytes.len);
  n_inputs++;
}

static int run_file(const char *path, struct err *err)
{
  struct buf bytes;
  buf_init(&bytes, (size_t)64 << 20);
  if (fs_read(path, &bytes, err) < 0) {
    buf_release(&bytes);
    return -1;
  }
  for (size_t part = 1; part <= 8; part++)
    run_bytes(str_slice(buf_str(&bytes), 0, bytes.len * part / 8));
  buf_release(&bytes);
  return 0;
}

static int run_path(const char *path, struct err *err)
{
  if (!fs_is_dir(path))
    return run_file(path, err);
  struct fs_list list;
  if (fs_list(&list, path, err) < 0)
    return -1;
  struct buf child;
  buf_init(&child, 4096);
  int rc = 0;
  for (size_t i = 0; i < list.count && rc == 0; i++) {
    fs_join(&child, path, list.names[i]);
    rc = run_file(child.ptr, err);
  }
  buf_release(&child);
  fs_list_free(&list);
  return rc;
}

int main(int argc, char **argv)
{
  struct err err = { 0 };
  run_bytes(STR(""));
  for (int i = 1; i < argc; i++) {
    if (run_path(argv[i], &err) < 0) {
      fprintf(stderr, "%s\n", err.msg);
      return 1;
    }
  }
  printf("%zu inputs\n", n_inputs);
  return n_inputs > 1 ? 0 : 1;
}
