#include "report/grid.h"

#include <stdio.h>

void grid_init(struct grid *grid, struct arena *arena, const char *align)
{
  *grid = (struct grid){ .arena = arena, .align = align, .n_columns = strlen(align) };
}

void grid_add_str(struct grid *grid, struct str cell)
{
  if (grid->n_cells == grid->capacity) {
    size_t capacity = grid->capacity ? 2 * grid->capacity : 64;
    struct str *cells = ARENA_NEW(grid->arena, struct str, capacity);
    if (grid->n_cells)
      memcpy(cells, grid->cells, grid->n_cells * sizeof *cells);
    grid->cells = cells;
    grid->capacity = capacity;
  }
  grid->cells[grid->n_cells++] = arena_str(grid->arena, cell);
}

void grid_add(struct grid *grid, const char *fmt, ...)
{
  struct buf text;
  va_list args;
  buf_init(&text, BUF_CAP_OWN);
  va_start(args, fmt);
  buf_vprintf(&text, fmt, args);
  va_end(args);
  grid_add_str(grid, buf_str(&text));
  buf_release(&text);
}

void grid_take(struct grid *grid, struct buf *cell)
{
  grid_add_str(grid, buf_str(cell));
  buf_reset(cell);
}

static size_t width_of(struct str s)
{
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
  return n;
}

static void add_repeated(struct buf *out, char c, size_t n)
{
  while (n--)
    buf_add_char(out, c);
}

static void write_row(const struct grid *grid, size_t row, const size_t *width,
                      struct buf *out)
{
  for (size_t c = 0; c < grid->n_columns; c++) {
    struct str cell = grid->cells[row * grid->n_columns + c];
    size_t pad = width[c] - width_of(cell);
    buf_add(out, STR("| "));
    add_repeated(out, ' ', grid->align[c] == 'r' ? pad : 0);
    buf_add(out, cell);
    add_repeated(out, ' ', grid->align[c] == 'r' ? 0 : pad);
    buf_add_char(out, ' ');
  }
  buf_add(out, STR("|\n"));
}

void grid_write(const struct grid *grid, struct buf *out)
{
  size_t n_rows = grid->n_cells / grid->n_columns;
  size_t *width = ARENA_NEW(grid->arena, size_t, grid->n_columns);
  for (size_t i = 0; i < grid->n_cells; i++) {
    size_t w = width_of(grid->cells[i]), c = i % grid->n_columns;
    width[c] = w > width[c] ? w : width[c] < 3 ? 3 : width[c]; /* "--:" is the least */
  }
  for (size_t row = 0; row < n_rows; row++) {
    write_row(grid, row, width, out);
    if (row > 0)
      continue;
    for (size_t c = 0; c < grid->n_columns; c++) {
      buf_add(out, STR("| "));
      add_repeated(out, '-', width[c] - 1);
      buf_add(out, grid->align[c] == 'r' ? STR(": ") : STR("- "));
    }
    buf_add(out, STR("|\n"));
  }
}
