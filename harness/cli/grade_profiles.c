/* The same answers by several profiles: accuracy of each, how often two disagree, where.
 */
#include "base/json.h"
#include "base/stats.h"
#include "cli/grade.h"

enum { MAX_PROFILES = 32, ITEMS_SHOWN = 40, TEXT_SHOWN = 40 };

struct comparison {
  struct command_call *call;
  const char *names[MAX_PROFILES];
  size_t n_profiles;
  const struct grade_file *file;
  uint8_t *verdicts; /* (n_rows, n_profiles) enum verdict */
  struct buf *out;
};

static int choose_profiles(struct comparison *c, struct str names, struct err *err)
{
  const struct grade_profile_info *info;
  if (str_equal(names, STR("all"))) {
    for (size_t i = 0; (info = grader_profile_at(i)) && i < MAX_PROFILES; i++)
      c->names[c->n_profiles++] = info->name;
    return 0;
  }
  while (names.len) {
    ptrdiff_t comma = str_find_char(names, ',');
    size_t end = comma < 0 ? names.len : (size_t)comma;
    if (c->n_profiles == MAX_PROFILES)
      return err_set(err, ERR_USAGE, "more than %d profiles", MAX_PROFILES);
    c->names[c->n_profiles++] = arena_cstr(c->call->arena, str_slice(names, 0, end));
    names = str_slice(names, end + 1, names.len);
  }
  return c->n_profiles ? 0 : err_set(err, ERR_USAGE, "--profiles names no profile");
}

static bool is_correct(const struct comparison *c, size_t row, size_t profile)
{
  return c->verdicts[row * c->n_profiles + profile] == VERDICT_CORRECT;
}

static int grade_all(struct comparison *c, const struct grade_files *files,
                     struct err *err)
{
  c->verdicts = ARENA_NEW(c->call->arena, uint8_t, (c->file->n_rows + 1) * c->n_profiles);
  for (size_t p = 0; p < c->n_profiles; p++) {
    struct grader *grader = grade_open(files, c->names[p], err);
    if (!grader)
      return -1;
    for (size_t i = 0; i < c->file->n_rows; i++) {
      const struct grade_row *row = &c->file->rows[i];
      struct grade grade = grader_grade(grader, row->gold, row->answer->response,
                                        GRADE_RESPONSE, row->answer->finish);
      c->verdicts[i * c->n_profiles + p] = (uint8_t)grade.verdict;
    }
    grader_free(grader);
  }
  return 0;
}

static size_t count_verdict(const struct comparison *c, size_t profile,
                            enum verdict verdict)
{
  size_t n = 0;
  for (size_t i = 0; i < c->file->n_rows; i++)
    n += c->verdicts[i * c->n_profiles + profile] == verdict;
  return n;
}

static size_t count_disagreements(const struct comparison *c, size_t a, size_t b)
{
  size_t n = 0;
  for (size_t i = 0; i < c->file->n_rows; i++)
    n += is_correct(c, i, a) != is_correct(c, i, b);
  return n;
}

static bool is_disputed(const struct comparison *c, size_t row)
{
  for (size_t p = 1; p < c->n_profiles; p++) {
    if (is_correct(c, row, p) != is_correct(c, row, 0))
      return true;
  }
  return false;
}

/* ---- for people ---- */

static void put_table(const struct comparison *c)
{
  size_t n = c->file->n_rows;
  buf_printf(c->out, "%s: %zu answers\n\n%3s  %-24s %8s  %-16s %9s\n", c->file->name, n,
             "", "profile", "accuracy", "95 % interval", "no answer");
  for (size_t p = 0; p < c->n_profiles; p++) {
    size_t correct = count_verdict(c, p, VERDICT_CORRECT);
    struct interval ci = stats_wilson(correct, n, STATS_Z95);
    buf_printf(c->out, "%3zu  %-24s %8.4f  [%.4f, %.4f] %9zu\n", p + 1, c->names[p],
               (double)correct / (double)n, ci.low, ci.high,
               count_verdict(c, p, VERDICT_NO_ANSWER) +
                   count_verdict(c, p, VERDICT_TRUNCATED));
  }
  buf_add_cstr(c->out, "\nanswers on which two profiles disagree\n   ");
  for (size_t b = 0; b < c->n_profiles; b++)
    buf_printf(c->out, "%6zu", b + 1);
  for (size_t a = 0; a < c->n_profiles; a++) {
    buf_printf(c->out, "\n%3zu", a + 1);
    for (size_t b = 0; b < c->n_profiles; b++)
      buf_printf(c->out, "%6zu", count_disagreements(c, a, b));
  }
  buf_add_cstr(c->out, "\n");
}

static void put_disputed(const struct comparison *c)
{
  size_t n = 0;
  for (size_t i = 0; i < c->file->n_rows; i++)
    n += is_disputed(c, i);
  buf_printf(c->out, "\n%zu answers are disputed%s\n", n,
             n ? " (+ correct, - wrong, . no answer; profiles in the order above)" : "");
  size_t shown = 0;
  for (size_t i = 0; i < c->file->n_rows && shown < ITEMS_SHOWN; i++) {
    if (!is_disputed(c, i))
      continue;
    const struct grade_row *row = &c->file->rows[i];
    buf_add_cstr(c->out, "  ");
    for (size_t p = 0; p < c->n_profiles; p++) {
      uint8_t v = c->verdicts[i * c->n_profiles + p];
      buf_add_char(c->out, v == VERDICT_CORRECT ? '+' : v == VERDICT_WRONG ? '-' : '.');
    }
    buf_printf(c->out, "  line %zu, item %.*s, gold %.*s\n", row->answer->line,
               STR_ARG(row->id), STR_ARG(str_slice(row->gold, 0, TEXT_SHOWN)));
    shown++;
  }
  if (n > shown)
    buf_printf(c->out, "  and %zu more; --json lists all\n", n - shown);
}

/* ---- for programs ---- */

static void write_profiles(const struct comparison *c, struct json_writer *w)
{
  size_t n = c->file->n_rows;
  json_put_key(w, "profiles");
  json_begin_array(w);
  for (size_t p = 0; p < c->n_profiles; p++) {
    size_t correct = count_verdict(c, p, VERDICT_CORRECT);
    struct interval ci = stats_wilson(correct, n, STATS_Z95);
    json_begin_object(w);
    json_member_string(w, "profile", str_from(c->names[p]));
    json_member_int(w, "n", (int64_t)n);
    json_member_int(w, "correct", (int64_t)correct);
    json_member_number(w, "accuracy", (double)correct / (double)n);
    json_member_number(w, "low", ci.low);
    json_member_number(w, "high", ci.high);
    json_put_key(w, "disagreements");
    json_begin_array(w);
    for (size_t b = 0; b < c->n_profiles; b++)
      json_put_int(w, (int64_t)count_disagreements(c, p, b));
    json_end_array(w);
    json_end_object(w);
  }
  json_end_array(w);
}

static void write_disputed(const struct comparison *c, struct json_writer *w)
{
  json_put_key(w, "disputed");
  json_begin_array(w);
  for (size_t i = 0; i < c->file->n_rows; i++) {
    if (!is_disputed(c, i))
      continue;
    const struct grade_row *row = &c->file->rows[i];
    json_begin_object(w);
    json_member_int(w, "line", (int64_t)row->answer->line);
    json_member_string(w, "item", row->id);
    json_member_string(w, "gold", row->gold);
    json_put_key(w, "verdicts");
    json_begin_array(w);
    for (size_t p = 0; p < c->n_profiles; p++) {
      enum verdict v = (enum verdict)c->verdicts[i * c->n_profiles + p];
      json_put_string(w, str_from(verdict_name(v)));
    }
    json_end_array(w);
    json_end_object(w);
  }
  json_end_array(w);
}

static void write_json(const struct comparison *c, struct json_writer *w)
{
  json_begin_object(w);
  json_member_string(w, "file", str_from(c->file->name));
  write_profiles(c, w);
  write_disputed(c, w);
  json_end_object(w);
}

static int compare_file(struct comparison *c, const struct grade_files *files,
                        struct json_writer *w, struct err *err)
{
  if (grade_all(c, files, err) < 0)
    return -1;
  if (c->call->json) {
    write_json(c, w);
  } else {
    put_table(c);
    put_disputed(c);
  }
  return 0;
}

int grade_profiles(struct command_call *call, struct err *err)
{
  const struct grade_settings *settings = call->settings;
  struct grade_files files;
  struct buf out;
  struct comparison c = { .call = call, .out = &out };
  if (choose_profiles(&c, str_from(settings->profiles), err) < 0 ||
      grade_files_load(&files, call, err) < 0)
    return -1;
  struct json_writer w;
  buf_init(&out, BUF_CAP_OWN);
  json_writer_init(&w, &out, JSON_INDENT2);
  if (call->json)
    json_begin_array(&w);
  int rc = 0;
  for (size_t i = 0; i < files.n && rc == 0; i++) {
    c.file = &files.at[i];
    rc = compare_file(&c, &files, &w, err);
  }
  if (call->json) {
    json_end_array(&w);
    buf_add_char(&out, '\n');
  }
  if (rc == 0)
    rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}

int grade_profiles_list(struct command_call *call, struct err *err)
{
  const struct grade_profile_info *info;
  struct json_writer w;
  struct buf out;
  buf_init(&out, BUF_CAP_OWN);
  json_writer_init(&w, &out, JSON_INDENT2);
  if (call->json)
    json_begin_array(&w);
  for (size_t i = 0; (info = grader_profile_at(i)); i++) {
    if (!call->json) {
      buf_printf(&out, "%-24s %-4s %s\n%-29s from %s\n", info->name, info->version,
                 info->about, "", info->source);
      continue;
    }
    json_begin_object(&w);
    json_member_string(&w, "name", str_from(info->name));
    json_member_string(&w, "version", str_from(info->version));
    json_member_string(&w, "about", str_from(info->about));
    json_member_string(&w, "source", str_from(info->source));
    json_end_object(&w);
  }
  if (call->json) {
    json_end_array(&w);
    buf_add_char(&out, '\n');
  }
  int rc = cli_print(&out, err);
  buf_release(&out);
  return rc;
}
