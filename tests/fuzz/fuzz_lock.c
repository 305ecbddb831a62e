// links: task
/* A lock file that anybody may have edited: parsed, searched, never trusted. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "task/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct lock lock = { 0 };
  struct str text = { (const char *)data, size };
  if (lock_parse(&lock, &arena, text, "fuzzed", &err) == 0) {
    for (size_t i = 0; i < lock.n_entries; i++) {
      const struct lock_entry *entry = lock_find(&lock, lock.entries[i].file);
      if (entry != &lock.entries[i] || entry->bytes < 0)
        abort();
    }
  } else if (err.code != ERR_DATA) {
    abort();
  }
  arena_release(&arena);
  return 0;
}
