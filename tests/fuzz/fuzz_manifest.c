// links: journal
/* Any bytes as manifest.json; one that is read equals itself. */
#include <stdlib.h>

#include "journal/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct arena arena = { 0 };
  struct err err = { 0 };
  struct manifest manifest;
  struct str text = { (const char *)data, size };
  if (manifest_parse(&manifest, &arena, text, &err) == 0 &&
      manifest_same(&manifest, &manifest, &err) < 0)
    abort();
  arena_release(&arena);
  return 0;
}
