#include "gpu/space.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void space_init(struct space *space, uint64_t bytes)
{
  *space = (struct space){ .bytes = bytes };
  ARRAY_RESERVE(space->free_ranges, space->count, space->capacity);
  space->free_ranges[space->count++] = (struct space_range){ 0, bytes };
}

void space_release(struct space *space)
{
  free(space->free_ranges);
  *space = (struct space){ 0 };
}

static void remove_at(struct space *space, size_t i)
{
  space->count--;
  memmove(&space->free_ranges[i], &space->free_ranges[i + 1],
          (space->count - i) * sizeof *space->free_ranges);
}

bool space_take(struct space *space, uint64_t bytes, uint64_t *offset)
{
  bytes = space_round(bytes);
  for (size_t i = 0; i < space->count; i++) {
    struct space_range *hole = &space->free_ranges[i];
    if (hole->bytes < bytes)
      continue;
    *offset = hole->offset;
    hole->offset += bytes;
    hole->bytes -= bytes;
    if (!hole->bytes)
      remove_at(space, i);
    return true;
  }
  return false;
}

void space_give(struct space *space, uint64_t offset, uint64_t bytes)
{
  bytes = space_round(bytes);
  size_t at = 0;
  while (at < space->count && space->free_ranges[at].offset < offset)
    at++;
  assert(at == space->count || offset + bytes <= space->free_ranges[at].offset);
  ARRAY_RESERVE(space->free_ranges, space->count, space->capacity);
  memmove(&space->free_ranges[at + 1], &space->free_ranges[at],
          (space->count - at) * sizeof *space->free_ranges);
  space->free_ranges[at] = (struct space_range){ offset, bytes };
  space->count++;
  if (at + 1 < space->count && offset + bytes == space->free_ranges[at + 1].offset) {
    space->free_ranges[at].bytes += space->free_ranges[at + 1].bytes;
    remove_at(space, at + 1);
  }
  if (at > 0) {
    struct space_range *before = &space->free_ranges[at - 1];
    assert(before->offset + before->bytes <= offset);
    if (before->offset + before->bytes == offset) {
      before->bytes += space->free_ranges[at].bytes;
      remove_at(space, at);
    }
  }
}

bool space_is_empty(const struct space *space)
{
  return space->count == 1 && space->free_ranges[0].bytes == space->bytes;
}
