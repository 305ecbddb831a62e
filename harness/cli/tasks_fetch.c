/* docs/FETCH.md tells the user how this decides. */
#include "cli/tasks.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "net/http.h"
#include "net/url.h"

enum {
  CONNECT_TIMEOUT_S = 30, /* a slow mobile link or a proxy that asks its own DNS */
  STALL_TIMEOUT_S = 60,   /* a minute of silence is no pause */
  MAX_ATTEMPTS = 5,       /* with the waits below: half a minute in all */
  RETRY_WAIT_MS = 2000,
  URL_SIZE = 2048,
  BAR_WIDTH = 30,
};

/* The largest file of any suite we know of has 0.1 GB; a gigabyte of anything else is a
 * wrong address. */
#define MAX_FILE_BYTES ((int64_t)1 << 30)

/* A tenth of a second between two drawings: smooth, and nothing beside the network. */
#define DRAW_EVERY_NS ((int64_t)100000000)

/* One file on its way. */
struct fetching {
  struct tasks_call *call;
  const struct suite *suite;
  const struct suite_source *source;
  const char *path, *url;
  const char *state; /* what became of it, for the result */
  struct downloaded got;
  bool bar;
  int64_t drawn_ns;
};

/* ---- the progress bar ---- */

static void draw_bar(void *context, int64_t done, int64_t total)
{
  struct fetching *f = context;
  int64_t now = clock_monotonic_ns();
  if (!f->bar || now - f->drawn_ns < DRAW_EVERY_NS)
    return;
  f->drawn_ns = now;
  if (total <= 0) {
    fprintf(stderr, "\r%.*s  %.1f MB\033[K", STR_ARG(f->source->file),
            (double)done / 1e6);
    return;
  }
  int full = (int)(BAR_WIDTH * done / total);
  fprintf(stderr, "\r%.*s  [%.*s%*s] %3d %%  %.1f of %.1f MB\033[K",
          STR_ARG(f->source->file), full, "##############################",
          BAR_WIDTH - full, "", (int)(100 * done / total), (double)done / 1e6,
          (double)total / 1e6);
}

static void clear_bar(const struct fetching *f)
{
  if (f->bar && f->drawn_ns)
    fputs("\r\033[K", stderr);
}

/* ---- one file ---- */

/* Before a file is trusted for the first time: does it hold this suite's questions? A
 * login page of a hotel does not. */
static int check_rows(void *context, const char *path, struct err *err)
{
  struct fetching *f = context;
  struct arena arena = { 0 };
  struct item_set set;
  int rc = item_set_load(&set, &arena, f->suite, path, err);
  if (rc == 0 && set.n_problems)
    log_warn("'%.*s': %zu rows cannot be used; 'oreo-bench tasks verify' lists them",
             STR_ARG(f->source->file), set.n_problems);
  arena_release(&arena);
  return rc < 0 ? err_wrap(err, "what came from '%s' is not '%.*s' and was removed",
                           f->url, STR_ARG(f->source->file))
                : 0;
}

static int record(struct fetching *f, const struct lock *lock, struct err *err)
{
  char date[CLOCK_TEXT_SIZE], url[URL_SIZE];
  const struct lock_entry *known = lock_find(lock, f->source->file);
  if (known && str_equal(known->sha256, str_from(f->got.sha256.text)))
    return 0; /* the date says since when it is trusted */
  clock_format_iso(clock_wall_us(), date);
  url_public(f->url, url, sizeof url);
  struct lock_entry entry = { .file = f->source->file,
                              .url = str_from(url),
                              .sha256 = str_from(f->got.sha256.text),
                              .bytes = f->got.bytes,
                              .date = str_from(date) };
  if (!str_present(lock_expected(lock, f->source)))
    log_note("'%.*s' is trusted from now on: %s records its sha256 %s",
             STR_ARG(f->source->file), LOCK_FILE_NAME, f->got.sha256.text);
  return lock_record(f->call->data_dir, &entry, err);
}

static int use_present(struct fetching *f, const struct lock *lock, struct err *err)
{
  f->state = "here";
  f->got.bytes = fs_size(f->path);
  if (sha256_file(f->path, &f->got.sha256, err) < 0 ||
      lock_check(lock, f->source, &f->got.sha256, err) < 0)
    return -1;
  if (!str_present(lock_expected(lock, f->source)) && check_rows(f, f->path, err) < 0)
    return -1;
  return 0;
}

static int download(struct fetching *f, const struct lock *lock, struct err *err)
{
  struct arena *arena = f->call->call->arena;
  const struct tasks_settings *settings = f->call->settings;
  struct str expected = lock_expected(lock, f->source);
  struct download want = {
    .url = f->url,
    .path = f->path,
    .proxy = settings->proxy,
    .ca_file = settings->ca_file,
    .sha256 = str_present(expected) ? arena_cstr(arena, expected) : NULL,
    .max_bytes = MAX_FILE_BYTES,
    .connect_timeout_s = CONNECT_TIMEOUT_S,
    .stall_timeout_s = STALL_TIMEOUT_S,
    .max_attempts = MAX_ATTEMPTS,
    .retry_wait_ms = RETRY_WAIT_MS,
    .progress = draw_bar,
    .check = str_present(expected) ? NULL : check_rows,
    .context = f,
  };
  char shown[URL_SIZE];
  url_public(f->url, shown, sizeof shown);
  log_note("fetching %s", shown);
  int rc = http_download(&want, &f->got, err);
  clear_bar(f);
  f->state = f->got.resumed_from ? "continued" : "fetched";
  return rc;
}

static int make_folder_of(const char *path, struct arena *arena, struct err *err)
{
  char *folder = arena_cstr(arena, str_from(path));
  char *slash = strrchr(folder, '/');
  if (!slash)
    return 0;
  *slash = '\0';
  return fs_make_dir(folder, err);
}

static int fetch_one(struct fetching *f, struct err *err)
{
  struct arena *arena = f->call->call->arena;
  const struct tasks_settings *settings = f->call->settings;
  struct lock lock;
  f->path = tasks_path(arena, f->call->data_dir, f->source->file);
  f->url = arena_cstr(arena, f->source->url);
  if (settings->mirror)
    f->url = tasks_path(arena, settings->mirror, f->source->file);
  if (settings->url)
    f->url = settings->url;
  if (make_folder_of(f->path, arena, err) < 0 ||
      lock_load(&lock, arena, f->call->data_dir, err) < 0)
    return -1;
  int rc = fs_exists(f->path) && !settings->force ? use_present(f, &lock, err)
                                                  : download(f, &lock, err);
  return rc < 0 ? -1 : record(f, &lock, err);
}

/* ---- the result ---- */

static void put_result(struct buf *out, const struct fetching *f, bool json)
{
  struct json_writer w;
  if (!json) {
    buf_printf(out, "%s  %s, %lld bytes, sha256 %s\n", f->path, f->state,
               (long long)f->got.bytes, f->got.sha256.text);
    return;
  }
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_string(&w, "suite", f->suite->name);
  json_member_string(&w, "split", f->source->split);
  json_member_string(&w, "path", str_from(f->path));
  json_member_string(&w, "state", str_from(f->state));
  json_member_int(&w, "bytes", f->got.bytes);
  json_member_int(&w, "resumed_from", f->got.resumed_from);
  json_member_string(&w, "sha256", str_from(f->got.sha256.text));
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static size_t count_chosen(const struct tasks_call *call)
{
  size_t n = 0;
  for (size_t i = 0; i < call->n_suites; i++)
    for (size_t k = 0; k < call->suites[i]->n_sources; k++)
      n += tasks_wants_split(call, call->suites[i]->sources[k].split);
  return n;
}

/* One that fails does not keep the others; the first error is the one that counts. */
static int fetch_all(struct tasks_call *call, struct buf *out, struct err *err)
{
  int rc = 0;
  for (size_t i = 0; i < call->n_suites; i++) {
    for (size_t k = 0; k < call->suites[i]->n_sources; k++) {
      struct fetching f = { .call = call,
                            .suite = call->suites[i],
                            .source = &call->suites[i]->sources[k],
                            .bar = isatty(STDERR_FILENO) && !call->call->quiet };
      struct err failed = { 0 };
      if (!tasks_wants_split(call, f.source->split))
        continue;
      if (fetch_one(&f, &failed) == 0)
        put_result(out, &f, call->call->json);
      else if (rc == 0)
        rc = err_set(err, failed.code, "%s", failed.msg);
      else
        log_error(&failed);
    }
  }
  return rc;
}

int tasks_fetch(struct tasks_call *call, struct err *err)
{
  const struct tasks_settings *settings = call->settings;
  struct err print_err = { 0 };
  struct buf out;
  size_t n = count_chosen(call);
  if (n == 0)
    return err_set(
        err, ERR_USAGE,
        "there is nothing to fetch%s%s%s; 'oreo-bench tasks list' shows what is",
        settings->split ? " for split '" : "", settings->split ? settings->split : "",
        settings->split ? "'" : "");
  if (settings->url && settings->mirror)
    return err_set(err, ERR_USAGE, "--url and --mirror exclude each other; give one");
  if (settings->url && n != 1)
    return err_set(
        err, ERR_USAGE,
        "--url is the address of one file, and %zu were chosen; choose one with "
        "--split",
        n);
  buf_init(&out, BUF_CAP_OWN);
  int rc = fetch_all(call, &out, err);
  if (cli_print(&out, &print_err) < 0 && rc == 0)
    rc = err_set(err, print_err.code, "%s", print_err.msg);
  buf_release(&out);
  return rc;
}
