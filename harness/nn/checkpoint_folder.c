/* A folder in Hugging Face's layout: config.json, generation_config.json, and the weights
 * in one file or in shards that an index lists. */
#include <stdlib.h>

#include "base/json.h"
#include "nn/checkpoint_part.h"

static const char *path_in(struct checkpoint *checkpoint, struct str name)
{
  struct str path =
      arena_printf(&checkpoint->arena, "%s/%.*s", checkpoint->path, STR_ARG(name));
  return path.ptr;
}

static void add_file(struct checkpoint *checkpoint, const char *path)
{
  checkpoint->files[checkpoint->n_files++] = path;
}

static int read_text(const char *path, struct buf *text, struct err *err)
{
  buf_init(text, CHECKPOINT_JSON_MAX);
  if (fs_size(path) > CHECKPOINT_JSON_MAX)
    return err_set(err, ERR_DATA,
                   "cannot load '%s': over %d bytes, more than any real model's", path,
                   CHECKPOINT_JSON_MAX);
  return fs_read(path, text, err);
}

static int read_config(struct checkpoint *checkpoint, struct err *err)
{
  const char *path = path_in(checkpoint, STR("config.json"));
  if (!fs_exists(path))
    return err_set(err, ERR_DATA,
                   "cannot load '%s': it has no config.json; give a model's "
                   "folder or a .gguf file",
                   checkpoint->path);
  struct buf text;
  int rc = read_text(path, &text, err);
  if (rc == 0 && model_config_parse(&checkpoint->config, buf_str(&text), err) < 0)
    rc = err_wrap(err, "cannot load '%s'", path);
  buf_release(&text);
  add_file(checkpoint, path);
  const char *generation = path_in(checkpoint, STR("generation_config.json"));
  if (rc < 0 || !fs_exists(generation))
    return rc;
  rc = read_text(generation, &text, err);
  if (rc == 0 &&
      model_config_add_generation(&checkpoint->config, buf_str(&text), err) < 0)
    rc = err_wrap(err, "cannot load '%s'", generation);
  buf_release(&text);
  add_file(checkpoint, generation);
  return rc;
}

/* ---- the index of shards ---- */

/* A name that stays in the folder, as every real index has them. */
static bool is_plain_name(struct str name)
{
  return str_ends(name, STR(".safetensors")) && name.len < 256 && name.ptr[0] != '.' &&
         str_find_char(name, '/') < 0 && weight_check_name(name, &(struct err){ 0 }) == 0;
}

static int compare_text(const void *a, const void *b)
{
  return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The distinct files of the map, sorted, in the arena. */
static int shard_names(struct checkpoint *checkpoint, const struct json *map,
                       struct str **names, size_t *n, struct err *err)
{
  struct strmap seen = { 0 };
  *names = ARENA_NEW(&checkpoint->arena, struct str, CHECKPOINT_SHARDS_MAX);
  *n = 0;
  int rc = 0;
  for (const struct json *entry = json_first(map); entry && rc == 0;
       entry = json_next(entry)) {
    struct str name = json_string(entry, STR(""));
    bool added = false;
    if (!is_plain_name(name)) {
      rc = err_set(err, ERR_DATA,
                   "it maps a tensor to the file '%.*s', which is no plain "
                   ".safetensors name",
                   STR_ARG(str_slice(name, 0, 100)));
      break;
    }
    strmap_put(&seen, name, 0, &added);
    if (added && *n == CHECKPOINT_SHARDS_MAX)
      rc = err_set(err, ERR_DATA, "it lists more than %d files", CHECKPOINT_SHARDS_MAX);
    else if (added)
      (*names)[(*n)++] = arena_str(&checkpoint->arena, name);
  }
  strmap_release(&seen);
  if (rc == 0 && *n)
    qsort(*names, *n, sizeof **names, compare_text);
  return rc;
}

static int open_shards(struct checkpoint *checkpoint, const struct str *names, size_t n,
                       struct err *err)
{
  checkpoint->shards = ARENA_NEW(&checkpoint->arena, struct safetensors, n);
  checkpoint->shard_paths = ARENA_NEW(&checkpoint->arena, const char *, n);
  for (size_t i = 0; i < n; i++) {
    const char *path = path_in(checkpoint, names[i]);
    if (safetensors_open(&checkpoint->shards[i], path, err) < 0)
      return -1;
    checkpoint->shard_paths[i] = path;
    checkpoint->n_shards++;
    add_file(checkpoint, path);
  }
  return 0;
}

/* Each tensor of the map in the file that it says. */
static int check_map(const struct checkpoint *checkpoint, const struct json *map,
                     struct err *err)
{
  for (const struct json *entry = json_first(map); entry; entry = json_next(entry)) {
    struct str file = json_string(entry, STR(""));
    size_t i = 0;
    while (i < checkpoint->n_shards &&
           !str_equal(file, str_from(fs_basename(checkpoint->shard_paths[i]))))
      i++;
    if (i == checkpoint->n_shards ||
        !weights_find(&checkpoint->shards[i].weights, json_key(entry)))
      return err_set(err, ERR_DATA,
                     "tensor '%.*s' is not in '%.*s'; the files are not of one "
                     "model, fetch them again",
                     STR_ARG(str_slice(json_key(entry), 0, 200)), STR_ARG(file));
  }
  return 0;
}

/* Errors of the index itself name it; those of a shard name the shard. */
static int open_index(struct checkpoint *checkpoint, const char *path,
                      const struct json *root, struct err *err)
{
  const struct json *map = NULL;
  struct str *names;
  size_t n;
  if (json_need_member(root, "weight_map", JSON_OBJECT, &map, err) < 0 ||
      shard_names(checkpoint, map, &names, &n, err) < 0)
    return err_wrap(err, "cannot load '%s'", path);
  if (open_shards(checkpoint, names, n, err) < 0)
    return -1;
  if (check_map(checkpoint, map, err) < 0)
    return err_wrap(err, "cannot load '%s'", path);
  return 0;
}

static int open_indexed(struct checkpoint *checkpoint, const char *path, struct err *err)
{
  struct buf text;
  struct json_doc doc;
  int rc = read_text(path, &text, err);
  if (rc == 0 && json_parse(&doc, buf_str(&text), err) < 0)
    rc = err_wrap(err, "cannot load '%s'", path);
  buf_release(&text);
  if (rc < 0)
    return -1;
  add_file(checkpoint, path);
  rc = open_index(checkpoint, path, doc.root, err);
  json_doc_release(&doc);
  return rc;
}

/* ---- the whole ---- */

static int no_weights(const struct checkpoint *checkpoint, struct err *err)
{
  struct fs_list list;
  if (fs_list(&list, checkpoint->path, err) < 0)
    return -1;
  const char *remedy = "give a complete model's folder";
  for (size_t i = 0; i < list.count; i++) {
    if (str_ends(str_from(list.names[i]), STR(".gguf")))
      remedy = "give the .gguf file in it by its name";
    else if (str_starts(str_from(list.names[i]), STR("pytorch_model")))
      remedy =
          "pickled weights can run code and are not read; convert them to safetensors";
  }
  fs_list_free(&list);
  return err_set(err, ERR_DATA, "cannot load '%s': it has no model.safetensors; %s",
                 checkpoint->path, remedy);
}

static int open_weights(struct checkpoint *checkpoint, struct err *err)
{
  struct str single = STR("model.safetensors");
  const char *index = path_in(checkpoint, STR("model.safetensors.index.json"));
  if (fs_exists(path_in(checkpoint, single)))
    return open_shards(checkpoint, &single, 1, err);
  return fs_exists(index) ? open_indexed(checkpoint, index, err)
                          : no_weights(checkpoint, err);
}

static int take_shards(struct checkpoint *checkpoint, struct err *err)
{
  size_t n = 0;
  for (size_t i = 0; i < checkpoint->n_shards; i++) {
    n += checkpoint->shards[i].weights.count;
    /* a value head may stand beside the head for tokens without the config's saying so */
    if (weights_find(&checkpoint->shards[i].weights, STR("score.weight")))
      checkpoint->config.score = true;
  }
  checkpoint->tensors = ARENA_NEW(&checkpoint->arena, struct checkpoint_tensor, n);
  for (size_t i = 0; i < checkpoint->n_shards; i++)
    if (checkpoint_take(checkpoint, &checkpoint->shards[i].weights,
                        checkpoint->shard_paths[i], err) < 0)
      return -1;
  return 0;
}

static int compare_paths(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int checkpoint_open_folder(struct checkpoint *checkpoint, struct err *err)
{
  enum { BESIDE_SHARDS = 3 }; /* config, generation config, index */
  checkpoint->files =
      ARENA_NEW(&checkpoint->arena, const char *, CHECKPOINT_SHARDS_MAX + BESIDE_SHARDS);
  if (read_config(checkpoint, err) < 0 || open_weights(checkpoint, err) < 0)
    return -1;
  qsort(checkpoint->files, checkpoint->n_files, sizeof *checkpoint->files, compare_paths);
  return take_shards(checkpoint, err);
}
