/* recall.c - "run --resume DIR" alone: the folder's manifest says the rest. */
#include "run/folder.h"
#include "run/run.h"

int run_recall(struct run_settings *settings, struct arena *arena, struct err *err)
{
  struct manifest manifest;
  struct run_settings said = *settings;
  if (!said.resume || said.suites.count || said.models.count)
    return 0;
  if (folder_manifest(said.resume, &manifest, arena, err) < 0 ||
      settings_from_manifest(settings, &manifest, arena, err) < 0)
    return -1;
  settings->resume = said.resume;
  settings->retry_errors = said.retry_errors;
  settings->dry_run = said.dry_run;
  return 0;
}
