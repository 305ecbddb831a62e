#include "run/folder.h"

#include "base/clock.h"
#include "base/fs.h"

#define MANIFEST_NAME "manifest.json"
#define JOURNAL_NAME  "journal.jsonl"
#define RUNS_FOLDER   "results/runs"

void folder_paths(struct run_folder *folder, struct arena *arena, const char *dir)
{
  folder->dir = arena_printf(arena, "%s", dir).ptr;
  folder->manifest_path = arena_printf(arena, "%s/" MANIFEST_NAME, dir).ptr;
  folder->journal_path = arena_printf(arena, "%s/" JOURNAL_NAME, dir).ptr;
}

/* "2026-11-23T20:31:05Z" as it can stand in a file name anywhere: 20261123T203105Z */
static struct str file_time(struct arena *arena, int64_t wall_us)
{
  char iso[CLOCK_TEXT_SIZE];
  clock_format_iso(wall_us, iso);
  size_t n = 0;
  for (size_t i = 0; iso[i]; i++)
    if (iso[i] != '-' && iso[i] != ':')
      iso[n++] = iso[i];
  return arena_str(arena, (struct str){ iso, n });
}

static struct str joined_suites(struct arena *arena, const struct manifest *manifest)
{
  struct str names = STR("");
  for (size_t i = 0; i < manifest->n_suites; i++)
    names = arena_printf(arena, "%.*s%s%.*s", STR_ARG(names), i ? "+" : "",
                         STR_ARG(manifest->suites[i].name));
  return str_slice(names, 0, 100);
}

const char *folder_default_name(struct arena *arena, const struct manifest *manifest)
{
  struct str time = file_time(arena, manifest->started_us);
  struct str suites = joined_suites(arena, manifest);
  struct str name =
      arena_printf(arena, RUNS_FOLDER "/%.*s-%.*s", STR_ARG(suites), STR_ARG(time));
  struct str free_name = name;
  for (int copy = 2; fs_exists(free_name.ptr); copy++)
    free_name = arena_printf(arena, "%.*s-%d", STR_ARG(name), copy);
  return free_name.ptr;
}

/* A run that was killed while it made the folder leaves these behind (base/fs.c). */
static bool is_leftover(const char *name)
{
  struct str s = str_from(name);
  return str_starts(s, STR(".oreo-probe-")) ||
         (str_starts(s, STR(MANIFEST_NAME ".")) && str_ends(s, STR(".tmp")));
}

static int check_empty(const char *dir, struct err *err)
{
  struct fs_list list;
  if (fs_list(&list, dir, err) < 0)
    return -1;
  int rc = 0;
  for (size_t i = 0; i < list.count && rc == 0; i++) {
    if (strcmp(list.names[i], MANIFEST_NAME) == 0)
      rc = err_set(err, ERR_USAGE,
                   "'%s' is a run folder already; continue that run with --resume %s, or "
                   "give another folder",
                   dir, dir);
  }
  for (size_t i = 0; i < list.count && rc == 0; i++) {
    if (!is_leftover(list.names[i]))
      rc =
          err_set(err, ERR_USAGE,
                  "'%s' is not empty and no run folder: '%s' is in it; give a new folder "
                  "with --out DIR",
                  dir, list.names[i]);
  }
  fs_list_free(&list);
  return rc;
}

/* The folder above that exists must take a new one. */
static int check_parent(const char *dir, struct err *err)
{
  struct arena arena = { 0 };
  struct str path = str_from(dir);
  while (path.len && !fs_is_dir(arena_cstr(&arena, path))) {
    while (path.len && path.ptr[path.len - 1] == '/')
      path.len--;
    while (path.len && path.ptr[path.len - 1] != '/')
      path.len--;
  }
  while (path.len > 1 && path.ptr[path.len - 1] == '/')
    path.len--;
  int rc = fs_check_writable(path.len ? arena_cstr(&arena, path) : ".", err);
  arena_release(&arena);
  return rc;
}

int folder_check_new(const char *dir, struct err *err)
{
  if (!fs_exists(dir))
    return check_parent(dir, err);
  if (!fs_is_dir(dir))
    return err_set(err, ERR_USAGE, "'%s' is a file; give a folder with --out DIR", dir);
  if (check_empty(dir, err) < 0)
    return -1;
  return fs_check_writable(dir, err);
}

int folder_create(struct run_folder *folder, struct arena *arena, const char *dir,
                  const struct manifest *manifest, struct err *err)
{
  folder_paths(folder, arena, dir);
  if (folder_check_new(dir, err) < 0 || fs_make_dir(dir, err) < 0 ||
      fs_check_writable(dir, err) < 0)
    return -1;
  return manifest_write(manifest, folder->manifest_path, err);
}

int folder_manifest(const char *dir, struct manifest *manifest, struct arena *arena,
                    struct err *err)
{
  struct run_folder folder;
  folder_paths(&folder, arena, dir);
  if (!fs_is_dir(dir))
    return err_set(err, ERR_ENV, "there is no folder '%s'", dir);
  if (!fs_exists(folder.manifest_path))
    return err_set(err, ERR_DATA,
                   "'%s' is no run folder: it has no " MANIFEST_NAME "; begin a run with "
                   "--out DIR",
                   dir);
  return manifest_load(manifest, arena, folder.manifest_path, err);
}

int folder_resume(struct run_folder *folder, struct arena *arena, const char *dir,
                  const struct manifest *manifest, struct err *err)
{
  struct manifest then;
  folder_paths(folder, arena, dir);
  if (folder_manifest(dir, &then, arena, err) < 0)
    return -1;
  if (manifest_same(&then, manifest, err) < 0)
    return err_wrap(err, "cannot continue '%s'", dir);
  return fs_check_writable(dir, err);
}
