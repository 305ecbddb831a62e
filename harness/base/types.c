#include "base/types.h"

static const char *const verdict_names[] = {
#define XX(id, name, text) name,
  VERDICT_MAP(XX)
#undef XX
};

static const char *const finish_names[] = {
#define XX(id, name) name,
  FINISH_MAP(XX)
#undef XX
};

const char *verdict_name(enum verdict verdict) { return verdict_names[verdict]; }

int verdict_from_name(struct str name)
{
  for (int i = 0; i < VERDICT_COUNT; i++)
    if (str_equal(name, str_from(verdict_names[i])))
      return i;
  return -1;
}

const char *finish_name(enum finish finish) { return finish_names[finish]; }

enum finish finish_from_name(struct str name)
{
  for (int i = 0; i < FINISH_COUNT; i++)
    if (str_equal(name, str_from(finish_names[i])))
      return (enum finish)i;
  return FINISH_UNKNOWN;
}
