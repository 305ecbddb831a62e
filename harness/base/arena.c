#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* 64 KiB: a typical item's scratch fits one block; larger requests get their own. */
enum { BLOCK_BYTES = 64 * 1024 };

struct arena_block {
  struct arena_block *next;
  size_t size, used;
  max_align_t bytes[];
};

void arena_init(struct arena *arena, size_t cap_bytes)
{
  *arena = (struct arena){ .cap_bytes = cap_bytes };
}

void arena_release(struct arena *arena)
{
  struct arena_block *block = arena->first;
  while (block) {
    struct arena_block *next = block->next;
    free(block);
    block = next;
  }
  *arena = (struct arena){ .cap_bytes = arena->cap_bytes };
}

void arena_reset(struct arena *arena)
{
  for (struct arena_block *block = arena->first; block; block = block->next)
    block->used = 0;
  arena->current = arena->first;
  arena->used_bytes = 0;
}

static void *block_take(struct arena_block *block, size_t size)
{
  if (!block || block->size - block->used < size)
    return NULL;
  void *ptr = (char *)block->bytes + block->used;
  block->used += size;
  return ptr;
}

/* The next kept block that is large enough, or a new one behind the current. */
static struct arena_block *next_block(struct arena *arena, size_t size)
{
  while (arena->current && arena->current->next) {
    arena->current = arena->current->next;
    if (arena->current->size - arena->current->used >= size)
      return arena->current;
  }
  size_t bytes = size > BLOCK_BYTES ? size : BLOCK_BYTES;
  struct arena_block *block = mem_alloc(sizeof *block + bytes);
  *block = (struct arena_block){ .size = bytes };
  if (arena->current)
    arena->current->next = block;
  else
    arena->first = block;
  return arena->current = block;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
  const size_t align = _Alignof(max_align_t);
  if (size_bytes > SIZE_MAX - align - sizeof(struct arena_block))
    mem_alloc(SIZE_MAX); /* says so and ends the process */
  size_t size = (size_bytes + align - 1) / align * align;
  void *ptr = block_take(arena->current, size);
  if (!ptr)
    ptr = block_take(next_block(arena, size), size);
  arena->used_bytes += size;
  return memset(ptr, 0, size_bytes);
}

void *arena_try(struct arena *arena, size_t size_bytes)
{
  if (arena->cap_bytes &&
      (size_bytes > arena->cap_bytes || arena->used_bytes > arena->cap_bytes - size_bytes))
    return NULL;
  return arena_alloc(arena, size_bytes);
}

void *arena_array(struct arena *arena, size_t n, size_t element_bytes)
{
  if (element_bytes && n > SIZE_MAX / element_bytes)
    mem_alloc(SIZE_MAX);
  return arena_alloc(arena, n * element_bytes);
}

struct str arena_str(struct arena *arena, struct str s)
{
  if (!str_present(s))
    return STR_NONE;
  return (struct str){ arena_cstr(arena, s), s.len };
}

char *arena_cstr(struct arena *arena, struct str s)
{
  char *copy = arena_alloc(arena, s.len + 1);
  if (s.len)
    memcpy(copy, s.ptr, s.len);
  return copy;
}

struct str arena_printf(struct arena *arena, const char *fmt, ...)
{
  va_list args, again;
  va_start(args, fmt);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, fmt, args);
  va_end(args);
  size_t len = n > 0 ? (size_t)n : 0;
  char *text = arena_alloc(arena, len + 1);
  vsnprintf(text, len + 1, fmt, again);
  va_end(again);
  return (struct str){ text, len };
}

static void out_of_memory(size_t size_bytes)
{
  fprintf(stderr, "oreo-bench: out of memory: %zu bytes were asked for; what the journal "
                  "holds is safe, resume with more memory\n", size_bytes);
  exit(3);
}

void *mem_alloc(size_t size_bytes)
{
  void *ptr = size_bytes == SIZE_MAX ? NULL : malloc(size_bytes ? size_bytes : 1);
  if (!ptr)
    out_of_memory(size_bytes);
  return ptr;
}

void *mem_resize(void *ptr, size_t n, size_t element_bytes)
{
  if (element_bytes && n > SIZE_MAX / element_bytes)
    out_of_memory(SIZE_MAX);
  void *resized = realloc(ptr, n && element_bytes ? n * element_bytes : 1);
  if (!resized)
    out_of_memory(n * element_bytes);
  return resized;
}
