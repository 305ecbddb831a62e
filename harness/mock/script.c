#include "mock/script.h"

#include "base/fs.h"
#include "base/json.h"

enum { SCRIPT_MAX_BYTES = 64 << 20 };

/* What a row may have. An answer has one of ANSWER's keys, a failure one of FAILURE's. */
enum part { MATCH, ANSWER, FAILURE };

static const struct key {
  const char *name;
  enum json_type type;
  enum part part;
  double low, high; /* numbers only */
} keys[] = {
  { "contains", JSON_STRING, MATCH, 0, 0 },
  { "turn", JSON_NUMBER, MATCH, 0, 1e6 },
  { "latency_ms", JSON_NUMBER, MATCH, 0, 3.6e6 },
  { "content", JSON_STRING, ANSWER, 0, 0 },
  { "reasoning_content", JSON_STRING, ANSWER, 0, 0 },
  { "finish_reason", JSON_STRING, ANSWER, 0, 0 },
  { "status", JSON_NUMBER, FAILURE, 400, 599 },
  { "error", JSON_STRING, FAILURE, 0, 0 },
};

static const struct key *find_key(struct str name)
{
  for (size_t i = 0; i < COUNT(keys); i++)
    if (str_equal(name, str_from(keys[i].name)))
      return &keys[i];
  return NULL;
}

static int check_member(const struct json *member, bool found[3], struct err *err)
{
  struct str name = json_key(member);
  const struct key *key = find_key(name);
  if (!key)
    return err_set(err, ERR_DATA,
                   "unknown key '%.*s'; there are contains, turn, content, "
                   "reasoning_content, finish_reason, status, error and latency_ms",
                   STR_ARG(str_slice(name, 0, 60)));
  if (json_type(member) != key->type)
    return err_set(err, ERR_DATA, "'%s' is %s, must be %s", key->name,
                   json_type_name(json_type(member)), json_type_name(key->type));
  double number = json_number(member, 0);
  if (key->type == JSON_NUMBER && !(number >= key->low && number <= key->high))
    return err_set(err, ERR_DATA, "'%s' is %g, must be from %g to %g", key->name, number,
                   key->low, key->high);
  found[key->part] = true;
  return 0;
}

static int check_row(const struct json *row, struct err *err)
{
  bool found[3] = { false };
  if (json_type(row) != JSON_OBJECT)
    return err_set(err, ERR_DATA, "not an object");
  for (const struct json *m = json_first(row); m; m = json_next(m))
    if (check_member(m, found, err) < 0)
      return -1;
  if (found[ANSWER] == found[FAILURE])
    return err_set(err, ERR_DATA, "%s; give 'content', or 'status' and 'error'",
                   found[ANSWER] ? "both an answer and an error"
                                 : "neither an answer nor an error");
  return 0;
}

static struct str keep(struct arena *arena, const struct json *row, const char *key)
{
  struct str value = json_get_string(row, key, STR_NONE);
  return str_present(value) ? arena_str(arena, value) : STR_NONE;
}

static struct script_row read_row(struct arena *arena, const struct json *row)
{
  bool fails = json_member(row, "status") || json_member(row, "error");
  struct script_row out = {
    .contains = keep(arena, row, "contains"),
    .turn = (int)json_get_number(row, "turn", -1),
    .content = keep(arena, row, "content"),
    .reasoning = keep(arena, row, "reasoning_content"),
    .finish_reason = keep(arena, row, "finish_reason"),
    .status = (int)json_get_number(row, "status", fails ? 500 : 200),
    .error = keep(arena, row, "error"),
    .latency_ms = (int64_t)json_get_number(row, "latency_ms", -1),
  };
  if (!str_present(out.content))
    out.content = STR("");
  if (!str_present(out.finish_reason))
    out.finish_reason = STR("stop");
  return out;
}

static int parse_line(struct script_row *row, struct arena *arena, struct str line,
                      struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, line, err) < 0)
    return -1;
  int rc = check_row(doc.root, err);
  if (rc == 0)
    *row = read_row(arena, doc.root);
  json_doc_release(&doc);
  return rc;
}

int script_parse(struct script *script, struct arena *arena, struct str text,
                 const char *name, struct err *err)
{
  size_t n_lines = 1, number = 0;
  for (size_t i = 0; i < text.len; i++)
    n_lines += text.ptr[i] == '\n';
  *script = (struct script){ .rows = ARENA_NEW(arena, struct script_row, n_lines) };
  for (struct str line; str_present(line = str_next_line(&text));) {
    number++;
    if (!str_trim(line).len)
      continue;
    if (parse_line(&script->rows[script->n_rows++], arena, line, err) < 0)
      return err_wrap(err, "%s:%zu", name, number);
  }
  if (!script->n_rows)
    return err_set(err, ERR_DATA,
                   "'%s' has no rows; see 'oreo-bench mock-endpoint --help'", name);
  return 0;
}

int script_load(struct script *script, struct arena *arena, const char *path,
                struct err *err)
{
  struct buf text;
  buf_init(&text, SCRIPT_MAX_BYTES);
  int rc = fs_read(path, &text, err);
  if (rc == 0)
    rc = script_parse(script, arena, buf_str(&text), path, err);
  buf_release(&text);
  return rc;
}

const struct script_row *script_find(const struct script *script, struct str question,
                                     int turn)
{
  for (size_t i = 0; i < script->n_rows; i++) {
    const struct script_row *row = &script->rows[i];
    bool fits = (row->turn < 0 || row->turn == turn) &&
                (!str_present(row->contains) || str_find(question, row->contains) >= 0);
    if (fits)
      return row;
  }
  return NULL;
}
