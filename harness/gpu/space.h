/* space.h - which bytes of a block are free: pure bookkeeping, no Vulkan.
 *
 * First fit over a sorted list of free ranges; neighbours are joined when given back.
 * Sizes and offsets are multiples of SPACE_ALIGN. A few hundred pieces live at once, so
 * lists are fine.
 */
#ifndef OREO_GPU_SPACE_H
#define OREO_GPU_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPACE_ALIGN = 256 };

struct space_range {
  uint64_t offset, bytes;
};

struct space {
  struct space_range *free_ranges; /* sorted, no two touch */
  size_t count, capacity;
  uint64_t bytes; /* of the whole */
};

static inline uint64_t space_round(uint64_t bytes)
{
  return (bytes + SPACE_ALIGN - 1) / SPACE_ALIGN * SPACE_ALIGN;
}

void space_init(struct space *space, uint64_t bytes);
void space_release(struct space *space);
/* `bytes` is rounded up; false when no hole is large enough. */
bool space_take(struct space *space, uint64_t bytes, uint64_t *offset);
/* Exactly what was taken. */
void space_give(struct space *space, uint64_t offset, uint64_t bytes);
bool space_is_empty(const struct space *space); /* nothing is taken */

#endif
