#include "cli/tasks.h"

#include <stdio.h>

#include "base/fs.h"
#include "base/json.h"

static const char *known_by(const struct lock *lock, const struct suite_source *source)
{
  if (str_present(source->sha256))
    return "pin";
  return lock_find(lock, source->file) ? "lock" : NULL;
}

/* ---- for people ---- */

static void list_source(struct buf *out, struct tasks_call *call, const struct lock *lock,
                        const struct suite_source *source)
{
  const char *path = tasks_path(call->call->arena, call->data_dir, source->file);
  char items[32] = "-";
  if (source->n_items)
    snprintf(items, sizeof items, "%zu", source->n_items);
  buf_printf(out, "  %-9.*s %8s  %s%s\n", STR_ARG(source->split), items,
             fs_exists(path) ? path : "not fetched",
             known_by(lock, source) ? "" : ", hash not known yet");
}

static void list_suite(struct buf *out, struct tasks_call *call, const struct lock *lock,
                       const struct suite *suite)
{
  buf_printf(out, "%.*s - %.*s (%.*s)\n", STR_ARG(suite->name), STR_ARG(suite->title),
             STR_ARG(suite->licence));
  buf_add_cstr(out, "  split        items  data\n");
  for (size_t i = 0; i < suite->n_sources; i++)
    list_source(out, call, lock, &suite->sources[i]);
  for (size_t i = 0; i < suite->builtin.n_splits; i++)
    buf_printf(out, "  %-9.*s %8zu  built-in %.*s v%d\n",
               STR_ARG(suite->builtin.splits[i].name), suite->builtin.splits[i].n_items,
               STR_ARG(suite->builtin.generator), suite->builtin.version);
}

/* ---- for programs ---- */

static void source_json(struct json_writer *w, struct tasks_call *call,
                        const struct lock *lock, const struct suite_source *source)
{
  const char *path = tasks_path(call->call->arena, call->data_dir, source->file);
  json_begin_object(w);
  json_member_string(w, "split", source->split);
  json_member_string(w, "url", source->url);
  json_member_string(w, "file", source->file);
  json_member_string(w, "licence", source->licence);
  json_member_int(w, "items", (int64_t)source->n_items);
  json_member_string(w, "sha256", lock_expected(lock, source));
  json_member_string(w, "known_by", str_from(known_by(lock, source)));
  json_member_bool(w, "here", fs_exists(path));
  json_end_object(w);
}

static void builtin_json(struct json_writer *w, const struct suite_builtin *builtin)
{
  json_begin_object(w);
  json_member_string(w, "generator", builtin->generator);
  json_member_int(w, "version", builtin->version);
  json_put_key(w, "splits");
  json_begin_array(w);
  for (size_t i = 0; i < builtin->n_splits; i++) {
    json_begin_object(w);
    json_member_string(w, "split", builtin->splits[i].name);
    json_member_int(w, "items", (int64_t)builtin->splits[i].n_items);
    json_member_string(w, "sha256", builtin->splits[i].sha256);
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
}

static void suite_json(struct json_writer *w, struct tasks_call *call,
                       const struct lock *lock, const struct suite *suite)
{
  json_begin_object(w);
  json_member_string(w, "suite", suite->name);
  json_member_int(w, "version", suite->version);
  json_member_string(w, "title", suite->title);
  json_member_string(w, "licence", suite->licence);
  json_put_key(w, "sources");
  json_begin_array(w);
  for (size_t i = 0; i < suite->n_sources; i++)
    source_json(w, call, lock, &suite->sources[i]);
  json_end_array(w);
  json_put_key(w, "builtin");
  builtin_json(w, &suite->builtin);
  json_end_object(w);
}

static void list_json(struct buf *out, struct tasks_call *call, const struct lock *lock)
{
  struct json_writer w;
  json_writer_init(&w, out, JSON_INDENT2);
  json_begin_array(&w);
  for (size_t i = 0; i < call->n_suites; i++)
    suite_json(&w, call, lock, call->suites[i]);
  json_end_array(&w);
  buf_add_char(out, '\n');
}

int tasks_list(struct tasks_call *call, struct err *err)
{
  struct lock lock;
  struct buf out;
  if (lock_load(&lock, call->call->arena, call->data_dir, err) < 0)
    return -1;
  buf_init(&out, BUF_CAP_OWN);
  if (call->call->json) {
    list_json(&out, call, &lock);
  } else {
    for (size_t i = 0; i < call->n_suites; i++) {
      buf_add_cstr(&out, i ? "\n" : "");
      list_suite(&out, call, &lock, call->suites[i]);
    }
  }
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}
