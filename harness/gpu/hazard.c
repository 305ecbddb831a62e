#include "gpu/hazard.h"

#include <stdlib.h>

#include "base/arena.h"

static bool clash(const struct hazard_range *a, const struct hazard_range *b)
{
  return a->memory == b->memory && a->begin < b->end && b->begin < a->end &&
         (a->writes || b->writes);
}

bool hazard_conflict(const struct hazard *hazard, const struct hazard_range *ranges,
                     size_t n)
{
  for (size_t i = 0; i < hazard->count; i++)
    for (size_t j = 0; j < n; j++)
      if (clash(&hazard->ranges[i], &ranges[j]))
        return true;
  return false;
}

void hazard_add(struct hazard *hazard, const struct hazard_range *ranges, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    ARRAY_RESERVE(hazard->ranges, hazard->count, hazard->capacity);
    hazard->ranges[hazard->count++] = ranges[i];
  }
}

void hazard_clear(struct hazard *hazard)
{
  hazard->count = 0;
}

void hazard_release(struct hazard *hazard)
{
  free(hazard->ranges);
  *hazard = (struct hazard){ 0 };
}
