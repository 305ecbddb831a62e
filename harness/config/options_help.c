/* options_help.c - the option table as a reader sees it. */
#include "base/buf.h"
#include "config/options.h"

/* Column where the sentences start, and where lines end. */
enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

static void add_spaces(struct buf *out, size_t n)
{
  while (n--)
    buf_add_char(out, ' ');
}

/* `text` from the current column (`at`) on, broken at spaces, indented by HELP_COLUMN. */
static void add_wrapped(struct buf *out, struct str text, size_t at)
{
  while (text.len) {
    ptrdiff_t space = str_find_char(text, ' ');
    struct str word = str_slice(text, 0, space < 0 ? text.len : (size_t)space);
    if (at > HELP_COLUMN && at + 1 + word.len > HELP_WIDTH) {
      buf_add_char(out, '\n');
      add_spaces(out, HELP_COLUMN);
      at = HELP_COLUMN;
    } else if (at > HELP_COLUMN) {
      buf_add_char(out, ' ');
      at++;
    }
    buf_add(out, word);
    at += word.len;
    text = str_slice(text, word.len + 1, text.len);
  }
  buf_add_char(out, '\n');
}

/* The help sentence with the default behind it, where there is one to tell. */
static void add_sentence(struct buf *sentence, const struct option *row)
{
  buf_reset(sentence);
  buf_add_cstr(sentence, row->help);
  if (row->fallback)
    buf_printf(sentence, " (default: %s)", row->fallback);
}

void options_help(struct buf *out, const struct option *table)
{
  struct buf sentence;
  buf_init(&sentence, 4096);
  for (const struct option *row = table; row->name; row++) {
    size_t start = out->len;
    if (row->letter)
      buf_printf(out, "  -%c, --%s", row->letter, row->name);
    else
      buf_printf(out, "      --%s", row->name);
    if (row->argument)
      buf_printf(out, " %s", row->argument);
    size_t at = out->len - start;
    if (at + 2 > HELP_COLUMN) {
      buf_add_char(out, '\n');
      at = 0;
    }
    add_spaces(out, HELP_COLUMN - at);
    add_sentence(&sentence, row);
    add_wrapped(out, buf_str(&sentence), HELP_COLUMN);
  }
  buf_release(&sentence);
}

void options_markdown(struct buf *out, const struct option *table)
{
  buf_add_cstr(out, "| option | what it does | default |\n| --- | --- | --- |\n");
  for (const struct option *row = table; row->name; row++) {
    buf_printf(out, "| `--%s%s%s`", row->name, row->argument ? " " : "",
               row->argument ? row->argument : "");
    if (row->letter)
      buf_printf(out, ", `-%c`", row->letter);
    if (row->also)
      buf_printf(out, ", `--%s`", row->also);
    buf_printf(out, " | %s | %s |\n", row->help, row->fallback ? row->fallback : "");
  }
}
