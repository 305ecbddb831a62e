#include "gen/gen.h"

#include "base/arena.h"
#include "gen/gsm8k.h"
#include "gen/math.h"

static const struct generator *const generators[] = { &gen_gsm8k_style, &gen_math_style };

const struct generator *generator_at(size_t index)
{
  return index < COUNT(generators) ? generators[index] : NULL;
}

const struct generator *generator_find(struct str name)
{
  for (size_t i = 0; i < COUNT(generators); i++)
    if (str_equal(name, str_from(generators[i]->name)))
      return generators[i];
  return NULL;
}

bool gen_is_split(struct str name)
{
  static const char *const splits[] = { "sft", "rl", "dev", "test" };
  for (size_t i = 0; i < COUNT(splits); i++)
    if (str_equal(name, str_from(splits[i])))
      return true;
  return false;
}

void generator_write(const struct generator *generator, const char *split, size_t n,
                     struct buf *out)
{
  for (size_t i = 0; i < n; i++)
    generator->write_item(out, split, i);
}
