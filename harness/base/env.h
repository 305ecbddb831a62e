/* env.h - the environment variables that the program reads: all of them, in one table.
 *
 * `oreo-bench --help` lists the table; nothing else calls getenv. An empty variable counts
 * as absent.
 */
#ifndef OREO_BASE_ENV_H
#define OREO_BASE_ENV_H

/* id, name, what it does */
#define ENV_MAP(XX)                                                              \
  XX(DATA_DIR, "OREO_DATA_DIR", "folder of fetched data (default: data)")        \
  XX(SOURCE_DATE_EPOCH, "SOURCE_DATE_EPOCH", "seconds since 1970 to take as now") \
  XX(OPENAI_API_KEY, "OPENAI_API_KEY",                                            \
     "key for api.openai.com; others: --api-key-env") \
  XX(VULKAN_VALIDATION, "OREO_VULKAN_VALIDATION",                                 \
     "1: compute under Vulkan's validation layer and report what it says")        \
  XX(XDG_CACHE_HOME, "XDG_CACHE_HOME", "folder of caches (default: ~/.cache)")     \
  XX(HOME, "HOME", "the user's folder")

enum env_variable {
#define XX(id, name, about) ENV_##id,
  ENV_MAP(XX)
#undef XX
  ENV_COUNT
};

/* The value, or NULL when unset or empty. Borrowed from the process's environment. */
const char *env_get(enum env_variable variable);
const char *env_name(enum env_variable variable);
const char *env_about(enum env_variable variable);

/* The value of a variable that the user named (--api-key-env): it cannot stand in the
 * table, since its name is the user's choice. For secrets only; whoever calls this keeps
 * the value out of every message. NULL when unset or empty; borrowed as above. */
const char *env_secret(const char *name);

#endif
