/* The filter: a JSON line in, an answer out, flushed at once. */
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "cli/grade.h"

/* A response of 1 MiB whose every byte is escaped has 6 MiB. */
enum { LINE_MAX_BYTES = 16 << 20 };

void grade_write(struct json_writer *w, const struct grade *grade, const char *profile)
{
  json_member_bool(w, "equal", grade->verdict == VERDICT_CORRECT);
  json_member_string(w, "verdict", str_from(verdict_name(grade->verdict)));
  json_member_string(w, "reason", str_from(grade_reason_name(grade->reason)));
  json_member_string(w, "extracted", grade->extracted);
  json_put_key(w, "span");
  if (grade->span_len) {
    json_begin_array(w);
    json_put_int(w, (int64_t)grade->span_at);
    json_put_int(w, (int64_t)(grade->span_at + grade->span_len));
    json_end_array(w);
  } else {
    json_put_null(w);
  }
  json_member_string(w, "rule", str_from(grade->rule));
  json_member_string(w, "category", str_from(grade->category));
  json_member_string(w, "profile", str_from(profile));
}

/* The next line without its newline: false at the end of the input. */
static bool read_line(FILE *in, struct buf *line)
{
  int c;
  buf_reset(line);
  while ((c = getc_unlocked(in)) != EOF && c != '\n')
    buf_add_char(line, (char)c);
  return c != EOF || line->len > 0 || line->overflow;
}

struct pair {
  struct str gold, pred;
  enum grade_kind kind;
};

static int need_pair(const struct json *row, struct pair *pair, struct err *err)
{
  if (json_type(row) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "a pair is an object, found %s",
                   json_type_name(json_type(row)));
  enum json_type gold = json_type(json_member(row, "gold"));
  if (gold != JSON_STRING && gold != JSON_NULL)
    return err_set(err, ERR_DATA, "'gold' must be a string or null, found %s",
                   json_type_name(gold));
  pair->gold = json_string(json_member(row, "gold"), STR_NONE);
  if (json_need_string(row, "pred", &pair->pred, err) < 0)
    return -1;
  struct str kind = json_get_string(row, "kind", STR("extraction"));
  if (!str_equal(kind, STR("extraction")) && !str_equal(kind, STR("equivalence")))
    return err_set(err, ERR_DATA,
                   "unknown kind '%.*s'; it is \"extraction\" or \"equivalence\"",
                   STR_ARG(str_slice(kind, 0, 40)));
  pair->kind = str_equal(kind, STR("extraction")) ? GRADE_RESPONSE : GRADE_BARE;
  return 0;
}

/* With a gold of null nothing should be found, so nothing is ever right. */
static struct grade grade_pair(struct grader *grader, const struct pair *pair)
{
  struct grade grade =
      grader_grade(grader, pair->gold, pair->pred, pair->kind, FINISH_UNKNOWN);
  if (!str_present(pair->gold) && grade.verdict == VERDICT_CORRECT) {
    grade.verdict = VERDICT_WRONG;
    grade.reason = GRADE_DIFFERENT_TYPE;
  }
  return grade;
}

static void put_answer(struct buf *out, const struct grade *grade, const char *profile,
                       bool json)
{
  struct json_writer w;
  if (!json) {
    buf_add_cstr(out, grade->verdict == VERDICT_CORRECT ? "1\n" : "0\n");
    return;
  }
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  grade_write(&w, grade, profile);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static void put_error(struct buf *out, const char *what, bool json)
{
  struct json_writer w;
  if (!json) {
    buf_add_cstr(out, "0\n");
    return;
  }
  json_writer_init(&w, out, JSON_COMPACT);
  json_begin_object(&w);
  json_member_bool(&w, "equal", false);
  json_member_string(&w, "error", str_from(what));
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static void answer_line(struct grader *grader, struct command_call *call,
                        const struct buf *line, size_t number, struct buf *out)
{
  const struct grade_settings *settings = call->settings;
  struct json_doc doc = { NULL };
  struct pair pair;
  struct err bad = { 0 };
  int rc = line->overflow
               ? err_set(&bad, ERR_DATA, "longer than %d bytes", LINE_MAX_BYTES)
               : json_parse(&doc, buf_str(line), &bad);
  if (rc == 0 && need_pair(doc.root, &pair, &bad) == 0) {
    struct grade grade = grade_pair(grader, &pair);
    put_answer(out, &grade, settings->profile, call->json);
  } else {
    log_note("line %zu of standard input is answered 0: %s", number, bad.msg);
    put_error(out, bad.msg, call->json);
  }
  json_doc_release(&doc);
}

int grade_pairs(struct command_call *call, struct err *err)
{
  const struct grade_settings *settings = call->settings;
  struct grade_files none = { .answers = GRADE_ANYTHING };
  struct str answers = str_from(settings->answers);
  if (str_present(answers) && str_equal(answers, STR("number")))
    none.answers = GRADE_NUMBERS;
  struct grader *grader = grade_open(&none, settings->profile, err);
  if (!grader)
    return -1;
  struct buf line, out;
  buf_init(&line, LINE_MAX_BYTES);
  buf_init(&out, BUF_CAP_OWN);
  int rc = 0;
  for (size_t number = 1; rc == 0 && read_line(stdin, &line); number++) {
    buf_reset(&out);
    answer_line(grader, call, &line, number, &out);
    rc = cli_print(&out, err);
  }
  if (rc == 0 && ferror(stdin))
    rc = err_set_errno(err, ERR_ENV, errno, "cannot read standard input");
  buf_release(&line);
  buf_release(&out);
  grader_free(grader);
  return rc;
}
