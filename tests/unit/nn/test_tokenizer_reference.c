/* Real tokenizers against ids that others computed: all of them, and the way back. */
#include "base/arena.h"
#include "base/fs.h"
#include "base/json.h"
#include "nn/tokenizer.h"
#include "nn/tokenizer_skim.h"
#include "test.h"

enum { REFERENCES = 418 };

static struct tokenizer *open_or_skip(const char *name)
{
  struct err err = { 0 };
  const char *path = test_data(name);
  if (!path)
    skip();
  struct tokenizer *t = tokenizer_open(path, &err);
  if (!t)
    fail_msg("%s", err.msg);
  return t;
}

/* A row {"text", "ids", "decoded_equals_text"}; texts may hold \u0000, which json_parse
 * refuses. */
struct row {
  struct buf text;
  struct tokens ids;
  bool decodes;
};

static void read_row(struct row *row, struct str line)
{
  struct err err = { 0 };
  struct skim_at at = { line, 0 };
  char key[32];
  int64_t id;
  buf_init(&row->text, 1 << 20);
  assert_ok(skim_enter(&at, '{', &err), err);
  while (skim_more(&at, '}', &err) > 0) {
    struct buf name;
    buf_init(&name, sizeof key);
    assert_ok(skim_key(&at, &name, &err), err);
    snprintf(key, sizeof key, "%s", name.ptr);
    buf_release(&name);
    if (strcmp(key, "text") == 0) {
      assert_ok(skim_string(&at, &row->text, &err), err);
    } else if (strcmp(key, "ids") == 0) {
      assert_ok(skim_enter(&at, '[', &err), err);
      while (skim_more(&at, ']', &err) > 0) {
        assert_ok(skim_integer(&at, &id, &err), err);
        tokens_add(&row->ids, (int32_t)id);
      }
    } else {
      row->decodes = skim_peek(&at) == 't';
      at.at += row->decodes ? strlen("true") : strlen("false");
    }
  }
}

static bool row_holds(struct tokenizer *t, struct str line, unsigned flags)
{
  struct err err = { 0 };
  struct row row = { 0 };
  struct tokens tokens = { 0 };
  struct buf back;
  read_row(&row, line);
  struct str text = buf_str(&row.text);
  assert_ok(tokenizer_encode(t, text, flags, &tokens, &err), err);
  bool same = tokens.count == row.ids.count &&
              (!tokens.count ||
               memcmp(tokens.ids, row.ids.ids, tokens.count * sizeof *tokens.ids) == 0);
  buf_init(&back, BUF_CAP_OWN);
  tokenizer_decode(t, tokens.ids, tokens.count, false, &back);
  bool decoded = str_equal(buf_str(&back), text) || !row.decodes;
  if (!same || !decoded)
    print_message("%s: '%.*s'\n", same ? "decodes to another text" : "has other ids",
                  STR_ARG(str_slice(text, 0, 200)));
  buf_release(&back);
  buf_release(&row.text);
  tokens_release(&row.ids);
  tokens_release(&tokens);
  return same && decoded;
}

static void check_references(struct tokenizer *t, const char *name, unsigned flags)
{
  struct err err = { 0 };
  struct fs_lines lines;
  struct str line;
  size_t n = 0, right = 0;
  assert_ok(fs_lines_open(&lines, test_data(name), 1 << 20, &err), err);
  while (fs_lines_next(&lines, &line, &err) == FS_LINE_OK) {
    n++;
    right += row_holds(t, line, flags);
  }
  fs_lines_close(&lines);
  assert_int_equal(n, REFERENCES);
  assert_int_equal(right, n);
}

static void gpt2_references(void **state)
{
  (void)state;
  struct tokenizer *t = open_or_skip("tokenizers/gpt2");
  check_references(t, "tokenizers/gpt2/gpt2_ref.jsonl", 0);
  tokenizer_free(t);
}

static void qwen_references(void **state)
{
  (void)state;
  struct tokenizer *t = open_or_skip("tokenizers/qwen");
  check_references(t, "tokenizers/qwen/qwen_ref.jsonl", TOKENIZER_PARSE_SPECIAL);
  tokenizer_free(t);
}

static void mistral_references(void **state)
{
  (void)state;
  struct tokenizer *t = open_or_skip("tokenizers/mistral");
  check_references(t, "tokenizers/mistral/mistral_ref.jsonl", TOKENIZER_PARSE_SPECIAL);
  tokenizer_free(t);
}

/* ---- llama.cpp's vectors ---- */

#define MARK "\n__ggml_vocab_test__\n"

static void check_vector(struct tokenizer *t, struct str text, struct str line)
{
  struct err err = { 0 };
  struct tokens tokens = { 0 };
  struct buf ids;
  buf_init(&ids, 1 << 20);
  assert_ok(tokenizer_encode(t, text, 0, &tokens, &err), err);
  for (size_t i = 0; i < tokens.count; i++)
    buf_printf(&ids, "%s%d", i ? " " : "", tokens.ids[i]);
  if (!str_equal(buf_str(&ids), str_trim(line)))
    fail_msg("'%.*s': %.*s, not %.*s", STR_ARG(text), STR_ARG(buf_str(&ids)),
             STR_ARG(line));
  buf_release(&ids);
  tokens_release(&tokens);
}

static void check_vectors(struct tokenizer *t, const char *inp, const char *out)
{
  struct err err = { 0 };
  struct buf texts, ids;
  size_t n = 0;
  buf_init(&texts, 1 << 20);
  buf_init(&ids, 1 << 20);
  assert_ok(fs_read(test_data(inp), &texts, &err), err);
  assert_ok(fs_read(test_data(out), &ids, &err), err);
  struct str rest = buf_str(&texts), lines = buf_str(&ids);
  for (struct str line; str_present(line = str_next_line(&lines)); n++) {
    ptrdiff_t mark = str_find(rest, STR(MARK));
    size_t end = mark < 0 ? rest.len : (size_t)mark;
    check_vector(t, str_slice(rest, 0, end), line);
    rest = str_slice(rest, mark < 0 ? end : end + sizeof MARK - 1, rest.len);
  }
  assert_true(n > 40);
  buf_release(&texts);
  buf_release(&ids);
  tokenizer_free(t);
}

static void gpt2_vectors(void **state)
{
  (void)state;
  check_vectors(open_or_skip("tokenizers/gpt2"), "tokenizers/gpt2/gpt-2.llamacpp.inp",
                "tokenizers/gpt2/gpt-2.llamacpp.out");
}

static void qwen_vectors(void **state)
{
  (void)state;
  check_vectors(open_or_skip("tokenizers/qwen"), "tokenizers/qwen/qwen2.llamacpp.inp",
                "tokenizers/qwen/qwen2.llamacpp.out");
}

/* These are for Llama's own vocabulary, which llama2.c's file has with its scores. */
static void llama_vectors(void **state)
{
  (void)state;
  check_vectors(open_or_skip("models/stories260K/llama2_tokenizer.bin"),
                "tokenizers/mistral/llama-spm.llamacpp.inp",
                "tokenizers/mistral/llama-spm.llamacpp.out");
}

/* ---- a small model's prompts and answers ---- */

static void stories_references(void **state)
{
  (void)state;
  struct tokenizer *t = open_or_skip("models/stories260K");
  struct err err = { 0 };
  struct fs_lines lines;
  struct str line;
  size_t n = 0;
  assert_ok(fs_lines_open(&lines, test_data("models/stories260K/ref_greedy.jsonl"),
                          1 << 20, &err),
            err);
  for (; fs_lines_next(&lines, &line, &err) == FS_LINE_OK; n++) {
    struct json_doc doc;
    struct tokens tokens = { 0 };
    assert_ok(json_parse(&doc, line, &err), err);
    struct str prompt = json_get_string(doc.root, "prompt", STR_NONE);
    const struct json *ids = json_member(doc.root, "prompt_ids");
    assert_ok(tokenizer_encode(t, prompt, TOKENIZER_ADD_SPECIAL, &tokens, &err), err);
    assert_int_equal(tokens.count, json_size(ids));
    for (size_t i = 0; i < tokens.count; i++)
      assert_int_equal(tokens.ids[i], (int)json_number(json_element(ids, i), -1));
    tokens_release(&tokens);
    json_doc_release(&doc);
  }
  assert_int_equal(n, 20);
  fs_lines_close(&lines);
  tokenizer_free(t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gpt2_references),    cmocka_unit_test(qwen_references),
    cmocka_unit_test(mistral_references), cmocka_unit_test(gpt2_vectors),
    cmocka_unit_test(qwen_vectors),       cmocka_unit_test(llama_vectors),
    cmocka_unit_test(stories_references),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
