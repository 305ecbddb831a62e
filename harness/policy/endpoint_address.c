/* endpoint_address.c - "http(s)://HOST[:PORT]/PATH[?QUERY][#MODEL]", taken apart. */
#include "net/url.h"
#include "policy/endpoint_state.h"

/* Browsers allow less; no address of a server is longer. */
enum { SPEC_MAX = 4096, SHOWN_SIZE = 512 };

/* What people copy out of documentation, and is not part of the base. */
static const struct str request_paths[] = { { "/chat/completions", 17 },
                                            { "/completions", 12 },
                                            { "/models", 7 } };

static struct str without_slashes(struct str base)
{
  while (base.len && base.ptr[base.len - 1] == '/')
    base.len--;
  return base;
}

static struct str base_of(struct str url)
{
  url = without_slashes(url);
  for (size_t i = 0; i < COUNT(request_paths); i++)
    if (str_ends(url, request_paths[i]))
      return without_slashes(str_slice(url, 0, url.len - request_paths[i].len));
  return url;
}

static bool is_printable(struct str url)
{
  for (size_t i = 0; i < url.len; i++)
    if (url.ptr[i] <= ' ' || url.ptr[i] > '~')
      return false;
  return true;
}

static int check(struct str spec, struct str url, struct str authority, struct err *err)
{
  char text[SHOWN_SIZE], shown[SHOWN_SIZE];
  struct str cut = str_slice(spec, 0, sizeof text - 1);
  memcpy(text, cut.ptr, cut.len);
  text[cut.len] = '\0';
  url_public(text, shown, sizeof shown);
  if (str_find_char(authority, '@') >= 0)
    return err_set(err, ERR_USAGE,
                   "model '%s' has a user or password in its address; give a key with "
                   "--api-key-file or --api-key-env, and leave them out",
                   shown);
  if (spec.len > SPEC_MAX)
    return err_set(err, ERR_USAGE, "model '%.80s...': the address is too long", shown);
  if (!is_printable(url))
    return err_set(err, ERR_USAGE,
                   "model '%s': the address has a space or a character that no address "
                   "has; write http(s)://HOST/v1#NAME",
                   shown);
  if (!authority.len || authority.ptr[0] == ':')
    return err_set(err, ERR_USAGE,
                   "model '%s': the address names no host; write "
                   "http(s)://HOST/v1#NAME",
                   shown);
  return 0;
}

int endpoint_address_read(struct endpoint_address *address, struct arena *arena,
                          struct str spec, struct err *err)
{
  ptrdiff_t hash = str_find_char(spec, '#');
  struct str url = hash < 0 ? spec : str_slice(spec, 0, (size_t)hash);
  struct str name = hash < 0 ? STR_NONE : str_slice(spec, (size_t)hash + 1, spec.len);
  size_t host = (size_t)str_find(url, STR("://")) + 3; /* policy_open has seen it */
  size_t end = host;
  while (end < url.len && url.ptr[end] != '/' && url.ptr[end] != '?')
    end++;
  struct str authority = str_slice(url, host, end);
  if (check(spec, url, authority, err) < 0)
    return -1;
  ptrdiff_t mark = str_find_char(url, '?');
  size_t path_end = mark < 0 ? url.len : (size_t)mark;
  *address = (struct endpoint_address){
    .base = arena_str(arena, base_of(str_slice(url, 0, path_end))),
    .query = arena_str(arena, str_slice(url, path_end, url.len)),
    .host = arena_str(arena, authority),
    .name = name.len ? arena_str(arena, name) : STR_NONE,
  };
  return 0;
}

const char *endpoint_address_of(const struct endpoint_address *address,
                                struct arena *arena, const char *path)
{
  return arena_printf(arena, "%.*s%s%.*s", STR_ARG(address->base), path,
                      STR_ARG(address->query))
      .ptr;
}

bool endpoint_address_has_version(const struct endpoint_address *address)
{
  struct str base = address->base;
  ptrdiff_t slash = str_find_last(base, STR("/"));
  struct str last = str_slice(base, (size_t)(slash + 1), base.len);
  return last.len >= 2 && last.ptr[0] == 'v' && char_is_digit(last.ptr[1]);
}
