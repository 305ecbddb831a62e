#include "base/embed.h"

struct str embedded_find(const struct embedded_file *table, struct str name)
{
  for (; table->name; table++)
    if (str_equal(str_from(table->name), name))
      return (struct str){ table->begin, (size_t)(table->end - table->begin) };
  return STR_NONE;
}
