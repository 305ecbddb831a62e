/* Which files a tokenizer is made of. */
#include "base/fs.h"
#include "nn/tokenizer_state.h"

enum { TEMPLATE_FILE_MAX = 1 << 20 };

/* The file's bytes, mapped, or absent when there is no such file. */
static int map_beside(struct fs_map *map, const char *dir, const char *name,
                      struct err *err)
{
  struct buf path;
  buf_init(&path, 1 << 16);
  fs_join(&path, dir, name);
  *map = (struct fs_map){ STR_NONE };
  int rc = fs_exists(path.ptr) ? fs_map(map, path.ptr, err) : 0;
  if (rc == 0 && map->bytes.len > TOKENIZER_FILE_MAX) {
    fs_unmap(map);
    rc = err_set(err, ERR_DATA, "'%s' has %zu bytes; at most %d are taken", path.ptr,
                 map->bytes.len, TOKENIZER_FILE_MAX);
  }
  buf_release(&path);
  return rc;
}

static void unmap(struct fs_map *map)
{
  if (str_present(map->bytes))
    fs_unmap(map);
}

/* The first "tok*.bin" of a folder into `name`: llama2.c's tokenizer.bin or tok512.bin.
 */
static bool find_llama2c(const char *dir, struct buf *name)
{
  struct fs_list list;
  struct err ignored;
  bool found = false;
  if (fs_list(&list, dir, &ignored) < 0)
    return false;
  for (size_t i = 0; i < list.count && !found; i++) {
    struct str each = str_from(list.names[i]);
    found = str_starts(each, STR("tok")) && str_ends(each, STR(".bin"));
    if (found)
      buf_add(name, each);
  }
  fs_list_free(&list);
  return found;
}

static struct tokenizer *open_json(const char *dir, const char *name, struct err *err)
{
  struct fs_map json, config = { STR_NONE };
  struct tokenizer *t = NULL;
  if (map_beside(&json, dir, name, err) < 0)
    return NULL;
  if (map_beside(&config, dir, "tokenizer_config.json", err) == 0)
    t = tokenizer_from_json(json.bytes, config.bytes, err);
  if (!t)
    err_wrap(err, "cannot read the tokenizer '%s/%s'", dir, name);
  unmap(&json);
  unmap(&config);
  return t;
}

static struct tokenizer *open_merges(const char *dir, struct err *err)
{
  struct fs_map vocab, merges = { STR_NONE }, config = { STR_NONE };
  struct tokenizer *t = NULL;
  if (map_beside(&vocab, dir, "vocab.json", err) < 0)
    return NULL;
  if (map_beside(&merges, dir, "merges.txt", err) == 0 &&
      map_beside(&config, dir, "tokenizer_config.json", err) == 0)
    t = tokenizer_from_merges(vocab.bytes, merges.bytes, err);
  if (t && str_present(config.bytes) && tokenizer_configure(t, config.bytes, err) < 0) {
    tokenizer_free(t);
    t = NULL;
  }
  if (!t)
    err_wrap(err, "cannot read the tokenizer '%s/vocab.json'", dir);
  unmap(&vocab);
  unmap(&merges);
  unmap(&config);
  return t;
}

static struct tokenizer *open_llama2c(const char *dir, const char *name, struct err *err)
{
  struct fs_map map;
  if (map_beside(&map, dir, name, err) < 0)
    return NULL;
  struct tokenizer *t = tokenizer_from_llama2c(map.bytes, err);
  if (!t)
    err_wrap(err, "cannot read the tokenizer '%s/%s'", dir, name);
  unmap(&map);
  return t;
}

static bool has(const char *dir, const char *name)
{
  struct buf path;
  buf_init(&path, 1 << 16);
  fs_join(&path, dir, name);
  bool there = fs_exists(path.ptr);
  buf_release(&path);
  return there;
}

/* Newer folders keep the chat template in a file of its own, which goes first. */
static int read_template(struct tokenizer *t, const char *dir, struct err *err)
{
  struct fs_map map;
  if (map_beside(&map, dir, "chat_template.jinja", err) < 0)
    return -1;
  int rc = map.bytes.len > TEMPLATE_FILE_MAX
               ? err_set(err, ERR_DATA,
                         "'%s/chat_template.jinja' has %zu bytes; at most %d "
                         "are taken",
                         dir, map.bytes.len, TEMPLATE_FILE_MAX)
               : 0;
  if (rc == 0 && str_present(map.bytes))
    t->chat_template = arena_str(&t->arena, map.bytes);
  unmap(&map);
  return rc;
}

static struct tokenizer *open_folder(const char *dir, struct err *err)
{
  struct tokenizer *t = NULL;
  struct buf name;
  buf_init(&name, 4096);
  if (has(dir, "tokenizer.json"))
    t = open_json(dir, "tokenizer.json", err);
  else if (has(dir, "vocab.json") && has(dir, "merges.txt"))
    t = open_merges(dir, err);
  else if (find_llama2c(dir, &name))
    t = open_llama2c(dir, name.ptr, err);
  else if (has(dir, "tokenizer.model"))
    err_set(err, ERR_DATA,
            "'%s' has a tokenizer.model only, which is not read; convert it "
            "to a tokenizer.json with transformers",
            dir);
  else
    err_set(err, ERR_ENV,
            "there is no tokenizer in '%s'; tokenizer.json, or vocab.json and "
            "merges.txt, or tok*.bin is wanted",
            dir);
  buf_release(&name);
  if (t && read_template(t, dir, err) < 0) {
    tokenizer_free(t);
    return NULL;
  }
  return t;
}

struct tokenizer *tokenizer_open(const char *path, struct err *err)
{
  if (fs_is_dir(path))
    return open_folder(path, err);
  struct buf dir;
  const char *name = fs_basename(path);
  buf_init(&dir, 1 << 16);
  buf_add(&dir, name == path ? STR(".")
                             : str_slice(str_from(path), 0,
                                         (size_t)(name - path) - (name - path > 1)));
  struct tokenizer *t = NULL;
  if (!fs_exists(path))
    err_set(err, ERR_ENV, "cannot open the tokenizer '%s': no such file or folder", path);
  else if (str_ends(str_from(name), STR(".bin")))
    t = open_llama2c(dir.ptr, name, err);
  else if (str_equal(str_from(name), STR("vocab.json")))
    t = open_merges(dir.ptr, err);
  else if (str_ends(str_from(name), STR(".json")))
    t = open_json(dir.ptr, name, err);
  else
    err_set(err, ERR_DATA,
            "'%s' is no tokenizer that is read; tokenizer.json, vocab.json "
            "with merges.txt, or tok*.bin is wanted",
            path);
  buf_release(&dir);
  return t;
}
