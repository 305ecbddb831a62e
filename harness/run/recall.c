/* recall.c - "run --resume DIR" alone: the folder's manifest says the rest. */
#include "run/folder.h"
#include "run/run.h"

/* Half of the settings from here and half from there would be neither run. */
static int refuse_halves(const struct run_settings *said, struct arena *arena,
                         struct err *err)
{
  struct str value;
  if (said->suites.count)
    return err_set(err, ERR_USAGE,
                   "--resume %s: a suite is named but no model; say nothing else, or all "
                   "that the run was begun with",
                   said->resume);
  for (const struct option *row = run_options; row->name; row++)
    if (!settings_of_process(row) && option_changed(row, said, arena, &value))
      return err_set(err, ERR_USAGE,
                     "--resume %s: the settings are those that the run was begun with; "
                     "leave out --%s",
                     said->resume, row->name);
  return 0;
}

/* A run goes on where it was, on a machine with several devices too. */
static void recall_device(struct run_settings *settings, const struct manifest *manifest,
                          struct arena *arena)
{
  for (size_t i = 0; i < manifest->n_models && !settings->local.device; i++)
    if (manifest->models[i].engine)
      settings->local.device = arena_cstr(arena, manifest->models[i].engine->device);
}

int run_recall(struct run_settings *settings, struct arena *arena, struct err *err)
{
  struct manifest manifest;
  struct run_settings said = *settings;
  if (!said.resume || said.models.count)
    return 0;
  if (refuse_halves(&said, arena, err) < 0 ||
      folder_manifest(said.resume, &manifest, arena, err) < 0 ||
      settings_from_manifest(settings, &manifest, arena, err) < 0)
    return -1;
  settings_take_process(settings, &said);
  recall_device(settings, &manifest, arena);
  return 0;
}
