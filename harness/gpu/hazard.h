/* hazard.h - which op needs a barrier in front: pure bookkeeping, no Vulkan.
 *
 * Since the last barrier some byte ranges have been read and some written. An op needs a
 * barrier when it reads a written range (RAW), writes a written one (WAW) or writes a
 * read one (WAR). Ranges of one op among themselves are the op's own affair. The
 * validation layer misses some of these (same-buffer read-modify-write), hence this is
 * exact and tested by itself.
 */
#ifndef OREO_GPU_HAZARD_H
#define OREO_GPU_HAZARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hazard_range {
  const void *memory;  /* what the offsets are in */
  uint64_t begin, end; /* bytes */
  bool reads, writes;
};

/* `{0}` is a valid empty tracker; hazard_release frees. */
struct hazard {
  struct hazard_range *ranges; /* since the last barrier */
  size_t count, capacity;
};

/* True when a barrier must stand in front of an op with these ranges. */
bool hazard_conflict(const struct hazard *hazard, const struct hazard_range *ranges,
                     size_t n);
/* The op is recorded. */
void hazard_add(struct hazard *hazard, const struct hazard_range *ranges, size_t n);
/* A barrier is recorded. */
void hazard_clear(struct hazard *hazard);
void hazard_release(struct hazard *hazard);

#endif
