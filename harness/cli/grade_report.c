/* Accuracy of each file by one profile, against the file's own labels where it has them.
 */
#include "base/json.h"
#include "base/stats.h"
#include "cli/grade.h"

enum { DISAGREEMENTS_SHOWN = 50, EXTRACTED_SHOWN = 60 };

struct tally {
  size_t by_verdict[VERDICT_COUNT];
  size_t labelled, agree;
  size_t *disagree; /* rows whose label is another */
  size_t n_disagree;
};

struct report {
  const char *profile;
  struct command_call *call;
  struct buf out;
  struct json_writer w;
};

static void put_each(struct report *r, const struct grade_file *file,
                     const struct grade_row *row, const struct grade *grade)
{
  struct json_writer w;
  json_writer_init(&w, &r->out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_string(&w, "file", str_from(file->name));
  json_member_int(&w, "line", (int64_t)row->answer->line);
  json_member_string(&w, "item", row->id);
  json_member_int(&w, "sample", row->answer->sample);
  json_member_string(&w, "gold", row->gold);
  grade_write(&w, grade, r->profile);
  if (row->answer->label >= 0)
    json_member_bool(&w, "label", row->answer->label);
  json_end_object(&w);
  buf_add_char(&r->out, '\n');
}

static void tally_add(struct tally *tally, const struct grade_row *row, size_t index,
                      const struct grade *grade)
{
  tally->by_verdict[grade->verdict]++;
  if (row->answer->label < 0)
    return;
  bool correct = grade->verdict == VERDICT_CORRECT;
  tally->labelled++;
  if (correct == (row->answer->label == 1))
    tally->agree++;
  else
    tally->disagree[tally->n_disagree++] = index;
}

/* Cut to a width, line breaks shown as spaces, whole characters only. */
static struct str one_line(struct arena *arena, struct str s, size_t width)
{
  size_t n = s.len < width ? s.len : width;
  while (n < s.len && n > 0 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80)
    n--;
  struct str cut = arena_str(arena, str_slice(s, 0, n));
  char *text = arena_cstr(arena, cut);
  for (size_t i = 0; i < cut.len; i++)
    text[i] = text[i] == '\n' || text[i] == '\r' || text[i] == '\t' ? ' ' : text[i];
  return (struct str){ text, cut.len };
}

static void put_text(struct report *r, const struct grade_file *file,
                     const struct tally *tally, struct grader *grader)
{
  size_t n = file->n_rows, correct = tally->by_verdict[VERDICT_CORRECT];
  struct interval ci = stats_wilson(correct, n, STATS_Z95);
  buf_printf(&r->out, "%s\n  %s: %zu of %zu correct, accuracy %.4f [%.4f, %.4f]\n",
             file->name, r->profile, correct, n, (double)correct / (double)n, ci.low,
             ci.high);
  buf_printf(&r->out, "  wrong %zu, no answer %zu, truncated %zu\n",
             tally->by_verdict[VERDICT_WRONG], tally->by_verdict[VERDICT_NO_ANSWER],
             tally->by_verdict[VERDICT_TRUNCATED]);
  if (!tally->labelled)
    return;
  buf_printf(&r->out, "  the file's own labels: %zu of %zu agree\n", tally->agree,
             tally->labelled);
  for (size_t i = 0; i < tally->n_disagree && i < DISAGREEMENTS_SHOWN; i++) {
    const struct grade_row *row = &file->rows[tally->disagree[i]];
    struct grade g = grader_grade(grader, row->gold, row->answer->response,
                                  GRADE_RESPONSE, row->answer->finish);
    struct str found = one_line(r->call->arena, g.extracted, EXTRACTED_SHOWN);
    buf_printf(
        &r->out,
        "    line %zu, item %.*s: labelled %s, graded %s (%s, %s): "
        "gold '%.*s', found '%.*s'\n",
        row->answer->line, STR_ARG(row->id), row->answer->label ? "right" : "wrong",
        verdict_name(g.verdict), g.rule, grade_reason_name(g.reason),
        STR_ARG(one_line(r->call->arena, row->gold, EXTRACTED_SHOWN)), STR_ARG(found));
  }
  if (tally->n_disagree > DISAGREEMENTS_SHOWN)
    buf_printf(&r->out, "    and %zu more; --each lists every verdict\n",
               tally->n_disagree - DISAGREEMENTS_SHOWN);
}

static void put_json(struct report *r, const struct grade_file *file,
                     const struct tally *tally)
{
  struct json_writer *w = &r->w;
  size_t n = file->n_rows, correct = tally->by_verdict[VERDICT_CORRECT];
  struct interval ci = stats_wilson(correct, n, STATS_Z95);
  json_begin_object(w);
  json_member_string(w, "file", str_from(file->name));
  json_member_string(w, "sha256", str_from(file->recorded.sha256.text));
  json_member_string(w, "profile", str_from(r->profile));
  json_member_int(w, "n", (int64_t)n);
  for (int v = 0; v < VERDICT_COUNT; v++)
    json_member_int(w, verdict_name((enum verdict)v), (int64_t)tally->by_verdict[v]);
  json_member_number(w, "accuracy", (double)correct / (double)n);
  json_member_number(w, "low", ci.low);
  json_member_number(w, "high", ci.high);
  json_member_int(w, "labelled", (int64_t)tally->labelled);
  json_member_int(w, "labels_agree", (int64_t)tally->agree);
  json_put_key(w, "disagreements");
  json_begin_array(w);
  for (size_t i = 0; i < tally->n_disagree; i++) {
    const struct grade_row *row = &file->rows[tally->disagree[i]];
    json_begin_object(w);
    json_member_int(w, "line", (int64_t)row->answer->line);
    json_member_string(w, "item", row->id);
    json_member_bool(w, "label", row->answer->label);
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
}

static void report_file(struct report *r, const struct grade_file *file,
                        struct grader *grader)
{
  const struct grade_settings *settings = r->call->settings;
  struct tally tally = { .disagree = ARENA_NEW(r->call->arena, size_t, file->n_rows) };
  for (size_t i = 0; i < file->n_rows; i++) {
    const struct grade_row *row = &file->rows[i];
    struct grade grade = grader_grade(grader, row->gold, row->answer->response,
                                      GRADE_RESPONSE, row->answer->finish);
    if (settings->each)
      put_each(r, file, row, &grade);
    tally_add(&tally, row, i, &grade);
  }
  if (settings->each)
    return;
  if (r->call->json)
    put_json(r, file, &tally);
  else
    put_text(r, file, &tally, grader);
}

int grade_report(struct command_call *call, struct err *err)
{
  const struct grade_settings *settings = call->settings;
  struct grade_files files;
  if (grade_files_load(&files, call, err) < 0)
    return -1;
  struct grader *grader = grade_open(&files, settings->profile, err);
  if (!grader)
    return -1;
  struct report r = { .profile = settings->profile, .call = call };
  bool json = call->json && !settings->each;
  buf_init(&r.out, BUF_CAP_OWN);
  json_writer_init(&r.w, &r.out, JSON_INDENT2);
  if (json)
    json_begin_array(&r.w);
  for (size_t i = 0; i < files.n; i++)
    report_file(&r, &files.at[i], grader);
  if (json) {
    json_end_array(&r.w);
    buf_add_char(&r.out, '\n');
  }
  int rc = cli_print(&r.out, err);
  buf_release(&r.out);
  grader_free(grader);
  return rc;
}
