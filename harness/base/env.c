#include "base/env.h"

#include <stdlib.h>

static const struct {
  const char *name, *about;
} variables[] = {
#define XX(id, name, about) { name, about },
  ENV_MAP(XX)
#undef XX
};

const char *env_secret(const char *name)
{
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

const char *env_get(enum env_variable variable)
{
  return env_secret(variables[variable].name);
}

const char *env_name(enum env_variable variable) { return variables[variable].name; }

const char *env_about(enum env_variable variable) { return variables[variable].about; }
