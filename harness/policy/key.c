#include "policy/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/str.h"
#include "net/url.h"

enum {
  SHOWN_NAME_MAX = 64,
  /* longer ones with small letters in them look like keys: "hf_...", "gsk_..." */
  SHOWN_SMALL_NAME_MAX = 24,
};

/* ---- what may be shown ---- */

/* The key itself, given in place of a name, must not be printed. */
static bool may_be_shown(struct str name)
{
  bool small = false;
  for (size_t i = 0; i < name.len; i++)
    small = small || char_is_lower(name.ptr[i]);
  return name.len <= (small ? SHOWN_SMALL_NAME_MAX : SHOWN_NAME_MAX);
}

static bool path_may_be_shown(struct str path)
{
  return str_find_char(path, '/') >= 0 || may_be_shown(path);
}

/* ---- what may be a key ---- */

static int take(struct key *key, struct str text, const char *source, struct err *err)
{
  text = str_trim(text);
  if (!text.len)
    return err_set(err, ERR_DATA, "there is no key in %s", source);
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
      return err_set(err, ERR_DATA,
                     "what stands in %s is no key: byte %zu is white space, a control "
                     "character or not ASCII; put the key there alone, on one line",
                     source, i + 1);
  key->length = text.len;
  key->secret = mem_alloc(text.len + 1);
  memcpy(key->secret, text.ptr, text.len);
  key->secret[text.len] = '\0';
  return 0;
}

/* ---- from the environment ---- */

static bool is_variable_name(struct str name)
{
  if (!name.len || char_is_digit(name.ptr[0]))
    return false;
  for (size_t i = 0; i < name.len; i++)
    if (!char_is_alnum(name.ptr[i]) && name.ptr[i] != '_')
      return false;
  return true;
}

static int read_variable(struct key *key, const char *name, struct err *err)
{
  struct str text = str_from(name);
  if (!is_variable_name(text))
    return err_set(err, ERR_USAGE,
                   "what --api-key-env gives is no name of a variable; give the "
                   "variable's name, not the key");
  const char *value = env_secret(name);
  char source[SHOWN_NAME_MAX + 32] = "the variable of --api-key-env";
  if (value || may_be_shown(text))
    snprintf(source, sizeof source, "the variable '%.*s'", SHOWN_NAME_MAX, name);
  if (!value)
    return err_set(err, ERR_ENV,
                   "%s is not set or empty; export it with the key, or give "
                   "--api-key-file FILE",
                   source);
  return take(key, str_from(value), source, err);
}

/* ---- from a file ---- */

/* Bytes read, at most `size`; -1 with errno. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
  size_t have = 0;
  while (have < size) {
    ssize_t n = read(fd, bytes + have, size - have);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    have += (size_t)n;
  }
  return (ssize_t)have;
}

static int read_open_file(struct key *key, int fd, const char *path, char *bytes,
                          struct err *err)
{
  struct stat st;
  if (fstat(fd, &st) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot read key file '%s'", path);
  ssize_t n = read_all(fd, bytes, KEY_FILE_MAX + 1);
  if (n < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot read key file '%s'", path);
  if (n > KEY_FILE_MAX)
    return err_set(err, ERR_DATA,
                   "key file '%s' has more than %d bytes; put the key there alone, on "
                   "one line",
                   path, KEY_FILE_MAX);
  char source[320];
  snprintf(source, sizeof source, "key file '%.280s'", path);
  if (take(key, (struct str){ bytes, (size_t)n }, source, err) < 0)
    return -1;
  key->open_to_others = S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH));
  return 0;
}

static int read_file(struct key *key, const char *path, struct err *err)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && !path_may_be_shown(str_from(path)))
    return err_set_errno(err, ERR_ENV, errno,
                         "cannot open the file of --api-key-file; give a file's path, "
                         "not the key");
  if (fd < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot open key file '%s'", path);
  char *bytes = mem_alloc(KEY_FILE_MAX + 1);
  int rc = read_open_file(key, fd, path, bytes, err);
  explicit_bzero(bytes, KEY_FILE_MAX + 1);
  free(bytes);
  close(fd);
  return rc;
}

/* ---- the interface ---- */

/* Whole authority, so that "https://api.openai.com@elsewhere" is not taken for it. */
static bool is_openai(const char *url)
{
  static const struct str scheme = { "https://", 8 };
  struct str rest = str_from(url);
  if (!url_has_scheme(rest, scheme))
    return false;
  rest = str_slice(rest, scheme.len, rest.len);
  size_t end = 0;
  while (end < rest.len && !strchr("/?#", rest.ptr[end]))
    end++;
  struct str host = str_slice(rest, 0, end);
  return str_equal_nocase(host, STR("api.openai.com")) ||
         str_equal_nocase(host, STR("api.openai.com:443"));
}

int key_read(struct key *key, const char *variable, const char *file, const char *url,
             struct err *err)
{
  *key = (struct key){ 0 };
  if (variable && file)
    return err_set(err, ERR_USAGE,
                   "--api-key-env and --api-key-file are both given; give one of them");
  if (variable)
    return read_variable(key, variable, err);
  if (file)
    return read_file(key, file, err);
  if (is_openai(url) && env_get(ENV_OPENAI_API_KEY))
    return read_variable(key, env_name(ENV_OPENAI_API_KEY), err);
  return 0;
}

void key_close(struct key *key)
{
  if (key->secret)
    explicit_bzero(key->secret, key->length);
  free(key->secret);
  *key = (struct key){ 0 };
}

const char *key_warning(const struct key *key, const char *url)
{
  if (!key->secret || !url_has_scheme(str_from(url), STR("http://")))
    return NULL;
  return "the API key goes over http:// unencrypted: everybody on the way can read it; "
         "use https://, or leave the key out if the server needs none";
}
