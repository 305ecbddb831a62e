#include "nn/stop_text.h"

/* The longest string that ends where `text` does: its length, or 0. */
static size_t ends_with(const struct stop_text *stop, struct str text)
{
  size_t longest = 0;
  for (size_t i = 0; i < stop->n_strings; i++)
    if (stop->strings[i].len > longest && str_ends(text, stop->strings[i]))
      longest = stop->strings[i].len;
  return longest;
}

bool stop_text_find(struct stop_text *stop, struct str text, size_t *cut)
{
  if (!stop->n_strings)
    return false;
  while (stop->seen < text.len) {
    stop->seen++;
    size_t found = ends_with(stop, str_slice(text, 0, stop->seen));
    if (found) {
      *cut = stop->seen - found;
      return true;
    }
  }
  return false;
}
