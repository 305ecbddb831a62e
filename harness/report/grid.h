/* grid.h - a table that is Markdown in a file and lines up in a terminal.
 *
 * For: report.md, the tables on standard output. Cells are written one after another, row
 * by row, the heading first; widths are counted in characters, not bytes. Cells hold
 * already escaped text (show.h) and live in the arena given.
 */
#ifndef OREO_REPORT_GRID_H
#define OREO_REPORT_GRID_H

#include "base/arena.h"
#include "base/buf.h"

struct grid {
  struct arena *arena;
  const char *align; /* a letter a column: 'l' or 'r' */
  size_t n_columns;
  struct str *cells;
  size_t n_cells, capacity;
};

/* `align` must outlive the grid; its length is the number of columns. */
void grid_init(struct grid *grid, struct arena *arena, const char *align);
void grid_add(struct grid *grid, const char *fmt, ...) PRINTF_LIKE(2, 3);
void grid_add_str(struct grid *grid, struct str cell);
/* Takes what `cell` holds as the next cell and empties it. */
void grid_take(struct grid *grid, struct buf *cell);
void grid_write(const struct grid *grid, struct buf *out);

#endif
