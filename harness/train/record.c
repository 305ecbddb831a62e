#include "train/record.h"

#include "base/fs.h"
#include "config/version.h"
#include "gpu/shaders.h"

enum { RECORD_MAX = 1 << 20 };

#define BEGUN    "training.json"
#define FINISHED "provenance.json"

/* ---- what stands in it ---- */

int train_record_make(struct train_record *record, const struct recipe *recipe,
                      const struct material *material,
                      const struct gpu_device_info *device, struct err *err)
{
  *record =
      (struct train_record){ .recipe = recipe, .material = material, .device = device };
  if (checkpoint_hash(material->init, &record->init, err) < 0 ||
      (material->reference &&
       checkpoint_hash(material->reference, &record->reference, err) < 0) ||
      (material->value && checkpoint_hash(material->value, &record->value, err) < 0))
    return -1;
  return 0;
}

static void put_checkpoint(struct json_writer *w, const char *key, const char *path,
                           const struct sha256_hex *sha256)
{
  struct str name = str_from(path ? path : "");
  struct arena arena = { 0 };
  if (!sha256->text[0])
    return;
  while (name.len > 1 && name.ptr[name.len - 1] == '/')
    name.len--;
  json_put_key(w, key);
  json_begin_object(w);
  json_member_string(w, "name", str_from(fs_basename(arena_cstr(&arena, name))));
  json_member_string(w, "sha256", str_from(sha256->text));
  json_end_object(w);
  arena_release(&arena);
}

static void put_data(struct json_writer *w, const struct material *m)
{
  json_put_key(w, "data");
  json_begin_array(w);
  for (size_t i = 0; i < m->trajectories.n_files; i++) {
    const struct trajectory_file *file = &m->trajectories.files[i];
    struct arena arena = { 0 };
    json_begin_object(w);
    json_member_string(w, "name", str_from(fs_basename(arena_cstr(&arena, file->path))));
    json_member_string(w, "sha256", str_from(file->sha256.text));
    json_member_int(w, "trajectories", (int64_t)file->n_trajectories);
    json_end_object(w);
    arena_release(&arena);
  }
  json_end_array(w);
  json_member_int(w, "examples", (int64_t)m->examples.count);
  json_member_int(w, "truncated", (int64_t)m->dataset.n_truncated);
  json_member_int(w, "left_out", (int64_t)m->dataset.n_dropped);
}

static void put_device(struct json_writer *w, const struct gpu_device_info *device)
{
  struct sha256_hex shaders = gpu_shaders_hash();
  json_member_string(w, "device", str_from(device->name));
  json_member_string(w, "driver", str_from(device->driver));
  json_member_string(w, "shaders_sha256", str_from(shaders.text));
}

static void put_done(struct json_writer *w, const struct train_progress *done)
{
  json_member_int(w, "steps", (int64_t)done->step);
  json_member_int(w, "tokens", (int64_t)done->tokens);
  json_member_int(w, "actions", (int64_t)done->actions);
}

void train_record_format(const struct train_record *record,
                         const struct train_progress *done, struct buf *out)
{
  const struct recipe *recipe = record->recipe;
  const struct material *m = record->material;
  struct arena arena = { 0 };
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_object(&w);
  json_member_string(&w, "program", str_from(version_program()));
  json_member_string(&w, "commit", str_from(version_commit()));
  json_put_key(&w, "recipe");
  json_begin_object(&w);
  recipe_write(recipe, &w, &arena);
  json_end_object(&w);
  put_checkpoint(&w, "parent", recipe->init, &record->init);
  put_checkpoint(&w, "reference", recipe->reference, &record->reference);
  put_checkpoint(&w, "value", recipe->value, &record->value);
  json_member_string(&w, "tokenizer_sha256", str_from(m->text.sha256.text));
  json_member_string(
      &w, "chat_template",
      str_from(m->text.has_chat ? chat_template_name(&m->text.chat) : "none"));
  put_data(&w, m);
  put_device(&w, record->device);
  if (done)
    put_done(&w, done);
  json_end_object(&w);
  buf_add_char(out, '\n');
  arena_release(&arena);
}

/* ---- files ---- */

static int write_text(const struct train_record *record, const char *dir,
                      const char *name, const struct train_progress *done,
                      struct err *err)
{
  struct arena arena = { 0 };
  struct buf text;
  buf_init(&text, RECORD_MAX);
  train_record_format(record, done, &text);
  int rc = fs_write(arena_printf(&arena, "%s/%s", dir, name).ptr, buf_str(&text), err);
  buf_release(&text);
  arena_release(&arena);
  return rc;
}

/* The first line that differs, both ways. */
static int compare(const char *dir, struct str then, struct str now, struct err *err)
{
  while (then.len || now.len) {
    struct str a = str_trim(str_next_line(&then)), b = str_trim(str_next_line(&now));
    if (!str_equal(a, b))
      return err_set(
          err, ERR_USAGE,
          "cannot go on in '%s': it was begun with %.*s and this is %.*s; give "
          "the same, or another folder with --out",
          dir, STR_ARG(str_slice(a, 0, 200)), STR_ARG(str_slice(b, 0, 200)));
  }
  return 0;
}

static int check_same(const struct train_record *record, const char *dir,
                      const char *path, struct err *err)
{
  struct buf then, now;
  buf_init(&then, RECORD_MAX);
  buf_init(&now, RECORD_MAX);
  train_record_format(record, NULL, &now);
  int rc = fs_read(path, &then, err);
  if (rc == 0)
    rc = compare(dir, buf_str(&then), buf_str(&now), err);
  buf_release(&then);
  buf_release(&now);
  return rc;
}

/* What a run that was killed while it made the folder leaves behind (base/fs.c). */
static bool is_leftover(const char *name)
{
  struct str s = str_from(name);
  return str_starts(s, STR(".oreo-probe-")) ||
         (str_starts(s, STR(BEGUN ".")) && str_ends(s, STR(".tmp")));
}

static int check_empty(const char *dir, struct err *err)
{
  struct fs_list list;
  if (fs_list(&list, dir, err) < 0)
    return -1;
  int rc = 0;
  for (size_t i = 0; i < list.count && rc == 0; i++)
    if (!is_leftover(list.names[i]))
      rc = err_set(err, ERR_USAGE,
                   "'%s' is not empty: '%s' is in it; give a new folder with --out DIR",
                   dir, list.names[i]);
  fs_list_free(&list);
  return rc;
}

int train_record_check(const struct train_record *record, const char *dir, bool resume,
                       enum train_state *state, struct err *err)
{
  struct arena arena = { 0 };
  const char *begun = arena_printf(&arena, "%s/" BEGUN, dir).ptr;
  bool finished = fs_exists(arena_printf(&arena, "%s/" FINISHED, dir).ptr);
  int rc = 0;
  *state = finished ? TRAIN_FINISHED : TRAIN_BEGUN;
  if (!fs_exists(begun)) {
    *state = TRAIN_NEW;
    rc = fs_exists(dir) ? check_empty(dir, err) : 0;
  } else if (resume) {
    rc = check_same(record, dir, begun, err);
  } else {
    rc = err_set(err, ERR_USAGE,
                 "a training was begun in '%s'; go on with --resume, or give another "
                 "folder with --out",
                 dir);
  }
  arena_release(&arena);
  return rc;
}

int train_record_begin(const struct train_record *record, const char *dir,
                       struct err *err)
{
  if (fs_make_dir(dir, err) < 0)
    return -1;
  return write_text(record, dir, BEGUN, NULL, err);
}

int train_record_end(const struct train_record *record, const char *dir,
                     const struct train_progress *done, struct err *err)
{
  struct arena arena = { 0 };
  const char *value = arena_printf(&arena, "%s/value", dir).ptr;
  int rc = saves_write(dir, done, err);
  if (rc == 0 && recipe_needs_value(record->recipe))
    rc = write_text(record, value, FINISHED, done, err);
  if (rc == 0)
    rc = write_text(record, dir, FINISHED, done, err);
  arena_release(&arena);
  return rc;
}
