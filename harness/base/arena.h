/* arena.h - memory that is given back all at once.
 *
 * For: one arena per run, one scratch arena per item (reset after each), so that nobody
 * asks who frees what. Not for: buffers that grow (buf.h).
 *
 * Blocks come from malloc and are chained; a reset keeps the blocks for reuse, so a loop
 * over items settles on a fixed footprint. Every allocation is zeroed and aligned for any
 * type. Running out of memory ends the process with a message: a tool that has written its
 * journal loses nothing by that, and every caller stays readable. Where a *budget* matters
 * (outside input), give the arena a cap and use arena_try. Not thread-safe: one owner.
 */
#ifndef OREO_BASE_ARENA_H
#define OREO_BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
  struct arena_block *first, *current;
  size_t used_bytes; /* handed out since the last reset */
  size_t cap_bytes;  /* arena_try fails beyond this; 0 = no cap */
};

/* `{0}` is a valid empty arena without a cap; arena_init sets one. */
void arena_init(struct arena *arena, size_t cap_bytes);
/* Gives every block back to the system. */
void arena_release(struct arena *arena);
/* Forgets all allocations, keeps the blocks. */
void arena_reset(struct arena *arena);

/* Zeroed memory; never NULL (see above). size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size_bytes);
/* Zeroed memory, or NULL when that would pass the cap. */
void *arena_try(struct arena *arena, size_t size_bytes);
/* n elements of one type, zeroed; the multiplication is checked. */
#define ARENA_NEW(arena, type, n) ((type *)arena_array((arena), (n), sizeof(type)))
void *arena_array(struct arena *arena, size_t n, size_t element_bytes);

/* Copies; the result also has a NUL behind it, so .ptr can serve as a C string. */
struct str arena_str(struct arena *arena, struct str s);
char *arena_cstr(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* malloc, realloc and friends that end the process with a message instead of returning
 * NULL: for the few growing arrays outside an arena. Free with free(). */
void *mem_alloc(size_t size_bytes);
void *mem_resize(void *ptr, size_t n, size_t element_bytes);

/* Grows `array` (from mem_resize, with room for `*capacity` elements) so that element
 * `count` fits. Doubles. */
#define ARRAY_RESERVE(array, count, capacity)                                          \
  do {                                                                                 \
    if ((count) >= (capacity)) {                                                       \
      (capacity) = (capacity) ? 2 * (capacity) : 16;                                   \
      (array) = mem_resize((array), (capacity), sizeof *(array));                      \
    }                                                                                  \
  } while (0)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
