/* Small tokenizers made for each feature: what they give, and what is refused. */
#include "base/arena.h"
#include "base/rng.h"
#include "nn/tokenizer.h"
#include "nn/tokenizer_gguf.h"
#include "nn/tokenizer_scan.h"
#include "nn/tokenizer_split.h"
#include "nn/unicode.h"
#include "test.h"

static struct tokenizer *make(const char *json, const char *config)
{
  struct err err = { 0 };
  struct tokenizer *t = tokenizer_from_json(str_from(json), str_from(config), &err);
  if (!t)
    fail_msg("%s", err.msg);
  return t;
}

/* The ids as "1 2 3". */
static void check_flags(struct tokenizer *t, struct str text, unsigned flags,
                        const char *expected)
{
  struct err err = { 0 };
  struct tokens tokens = { 0 };
  struct buf ids;
  buf_init(&ids, 1 << 20);
  assert_ok(tokenizer_encode(t, text, flags, &tokens, &err), err);
  for (size_t i = 0; i < tokens.count; i++)
    buf_printf(&ids, "%s%d", i ? " " : "", tokens.ids[i]);
  if (!str_equal(buf_str(&ids), str_from(expected)))
    fail_msg("'%.*s' gives %.*s, not %s", STR_ARG(text), STR_ARG(buf_str(&ids)),
             expected);
  buf_release(&ids);
  tokens_release(&tokens);
}

static void check(struct tokenizer *t, const char *text, const char *expected)
{
  check_flags(t, str_from(text), 0, expected);
}

static void check_decode(struct tokenizer *t, const int32_t *ids, size_t n, bool skip,
                         const char *expected)
{
  struct buf out;
  buf_init(&out, 1 << 20);
  tokenizer_decode(t, ids, n, skip, &out);
  assert_str_equal(buf_str(&out), expected);
  buf_release(&out);
}

static void refuse(const char *json, const char *word)
{
  struct err err = { 0 };
  struct tokenizer *t = tokenizer_from_json(str_from(json), STR_NONE, &err);
  if (t)
    fail_msg("taken, though '%s'", word);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, word))
    fail_msg("'%s' is not in '%s'", word, err.msg);
}

/* ---- byte-level ---- */

#define BYTE_LEVEL "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}"
#define SMALL_VOCAB                                                                           \
  "{\"a\":0,\"b\":1,\"c\":2,\"\\u0120\":3,\"ab\":4,\"\\u0120ab\":5,\"abc\":6,\"\\u0120a\":7," \
  "\"1\":8,\"2\":9,\"12\":10}"
#define SMALL_MERGES \
  "[[\"\\u0120\",\"a\"],[\"a\",\"b\"],[\"\\u0120a\",\"b\"],\"ab c\",\"1 2\"]"
#define BYTE_MODEL(extra)                                       \
  "\"model\":{\"type\":\"BPE\"" extra ",\"vocab\":" SMALL_VOCAB \
  ",\"merges\":" SMALL_MERGES "}"

static void byte_level_merges(void **state)
{
  (void)state;
  struct tokenizer *t = make("{\"pre_tokenizer\":" BYTE_LEVEL ",\"decoder\":" BYTE_LEVEL
                             "," BYTE_MODEL("") "}",
                             NULL);
  check(t, "", "");
  check(t, "abc", "6");
  check(t, "ab abc", "4 5 2"); /* rank decides: "Ġ a" comes before "a b" */
  check(t, "  ab", "3 5");     /* the last space goes with the word */
  check(t, "axb", "4");        /* a byte without a piece, and no unk: left out */
  check(t, "12", "10");
  assert_int_equal(tokenizer_size(t), 11);
  assert_int_equal(tokenizer_find(t, STR("\xc4\xa0"
                                         "ab")),
                   5);
  assert_int_equal(tokenizer_find(t, STR(" ab")), -1);
  assert_str_equal(tokenizer_bytes(t, 5), " ab");
  assert_false(str_present(tokenizer_bytes(t, 99)));
  assert_false(str_present(tokenizer_bytes(t, -1)));
  struct buf spelling;
  buf_init(&spelling, 100);
  assert_true(tokenizer_spell(t, 5, &spelling));
  assert_str_equal(buf_str(&spelling), "\xc4\xa0"
                                       "ab");
  assert_false(tokenizer_spell(t, 99, &spelling));
  buf_release(&spelling);
  check_decode(t, (const int32_t[]){ 5, 99, -1, 4 }, 4, false, " abab");
  tokenizer_free(t);
}

static void whole_words_skip_the_merges(void **state)
{
  (void)state;
  struct tokenizer *t = make(
      "{\"pre_tokenizer\":" BYTE_LEVEL ",\"decoder\":" BYTE_LEVEL
      ",\"model\":{\"type\":\"BPE\","
      "\"ignore_merges\":true,\"vocab\":{\"a\":0,\"b\":1,\"ab\":2,\"abab\":3},\"merges\":"
      "[\"a b\"]}}",
      NULL);
  check(t, "abab", "3");
  check(t, "ababa", "2 2 0");
  tokenizer_free(t);
}

static void digits_and_prefix_space(void **state)
{
  (void)state;
  struct tokenizer *t =
      make("{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":["
           "{\"type\":\"Digits\",\"individual_digits\":true},"
           "{\"type\":\"ByteLevel\",\"add_prefix_space\":true}]},"
           "\"decoder\":" BYTE_LEVEL "," BYTE_MODEL("") "}",
           NULL);
  check(t, "12", "3 8 3 9"); /* each digit is a piece of its own, a space before each */
  check(t, "ab", "5");
  check(t, " ab", "5");
  tokenizer_free(t);
  t = make("{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":["
           "{\"type\":\"Digits\",\"individual_digits\":false}," BYTE_LEVEL "]},"
           "\"decoder\":" BYTE_LEVEL "," BYTE_MODEL("") "}",
           NULL);
  check(t, "a12b", "0 10 1");
  tokenizer_free(t);
}

/* ---- splitting ---- */

static void take(void *context, struct str word)
{
  struct buf *out = context;
  buf_add_char(out, '[');
  buf_add(out, word);
  buf_add_char(out, ']');
}

static void check_split(struct splitter *s, const char *text, const char *expected)
{
  struct err err = { 0 };
  struct buf out;
  buf_init(&out, 1 << 16);
  assert_ok(splitter_run(s, str_from(text), true, take, &out, &err), err);
  assert_str_equal(buf_str(&out), expected);
  buf_release(&out);
  splitter_release(s);
}

static void split_behaviours(void **state)
{
  (void)state;
  static const struct {
    enum split_behaviour behaviour;
    bool invert;
    const char *expected;
  } rows[] = {
    { SPLIT_ISOLATED, false, "[a][-][-][bc][-]" },
    { SPLIT_REMOVED, false, "[a][bc]" },
    { SPLIT_CONTIGUOUS, false, "[a][--][bc][-]" },
    { SPLIT_WITH_PREVIOUS, false, "[a-][-][bc-]" },
    { SPLIT_WITH_NEXT, false, "[a][-][-bc][-]" },
    { SPLIT_REMOVED, true, "[-][-][-]" },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct err err = { 0 };
    struct splitter s = { 0 };
    assert_ok(splitter_add_regex(&s, STR("-"), rows[i].behaviour, rows[i].invert, &err),
              err);
    check_split(&s, "a--bc-", rows[i].expected);
  }
  struct err err = { 0 };
  struct splitter s = { 0 };
  assert_ok(splitter_add_literal(&s, STR(" "), SPLIT_WITH_PREVIOUS, false, &err), err);
  check_split(&s, "to be  or", "[to ][be ][ ][or]");
  assert_ok(splitter_add_regex(&s, STR("x*"), SPLIT_ISOLATED, false, &err), err);
  check_split(&s, "axxb\xc3\xa9", "[a][xx][b][\xc3\xa9]");
  assert_ok(splitter_add_regex(&s, STR("\\s+"), SPLIT_REMOVED, false, &err), err);
  check_split(&s,
              "a\xe2\x80\xa8 b\xe1\xa0\x8e"
              "c",
              "[a][b\xe1\xa0\x8e"
              "c]"); /* U+180E is none */
  assert_ok(splitter_add_spaces(&s, STR("_"), SPLIT_PREFIX_FIRST, &err), err);
  check_split(&s, "a b", "[_a_b]");
  assert_ok(splitter_add_regex(&s, STR("-"), SPLIT_ISOLATED, false, &err), err);
  assert_ok(splitter_add_spaces(&s, STR("_"), SPLIT_PREFIX_FIRST, &err), err);
  check_split(&s, "a-b", "[_a][-][b]");
  assert_int_equal(split_behaviour_from_name(STR("Contiguous")), SPLIT_CONTIGUOUS);
  assert_int_equal(split_behaviour_from_name(STR("x")), -1);
}

/* A text of the kind of characters that the patterns tell apart. */
static size_t random_text(struct rng *rng, char *text, size_t max)
{
  static const char *const parts[] = {
    "a",
    "Z",
    "'",
    "s",
    "'t",
    "'LL",
    "re",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "1",
    "42",
    "!",
    "?!",
    "\xc3\xa9",
    "e\xcc\x81",
    "\xe6\x97\xa5",
    "\xe0\xa5\xa7",
    "\xe2\x85\xab",
    "\xc2\xa0",
    "\xe2\x80\x83",
    "\xe1\xa0\x8e",
    "\xf0\x9f\x98\x80",
    "\xc5\xbf",
    "'\xc5\xbf",
    "_",
    "\xc2\xb2",
    "\xe1\x84\x80\xe1\x85\xa1",
    "\xd7\xa9\xd6\xb8",
    "\xe2\x80\x8d",
    "\xc2\x85",
    "\x0b",
  };
  size_t len = 0;
  for (size_t n = rng_below(rng, 12); n-- > 0;) {
    const char *part = parts[rng_below(rng, COUNT(parts))];
    if (len + strlen(part) < max)
      len += (size_t)sprintf(text + len, "%s", part);
  }
  text[len] = '\0';
  return len;
}

/* The scans by hand cut where PCRE2 does. "(?:...)" has no scan. */
static void scans_are_the_patterns(void **state)
{
  (void)state;
  static const char *const patterns[] = { SPLIT_GPT2, SPLIT_LLAMA3, SPLIT_QWEN2 };
  struct rng rng;
  rng_init(&rng, 1, "tokenizer scans", 0);
  for (size_t i = 0; i < COUNT(patterns); i++) {
    struct err err = { 0 };
    struct splitter by_hand = { 0 }, by_pattern = { 0 };
    char source[1024], text[256];
    snprintf(source, sizeof source, "(?:%s)", patterns[i]);
    assert_non_null(split_scan_of(str_from(patterns[i])));
    assert_null(split_scan_of(str_from(source)));
    assert_ok(
        splitter_add_regex(&by_hand, str_from(patterns[i]), SPLIT_ISOLATED, false, &err),
        err);
    assert_ok(
        splitter_add_regex(&by_pattern, str_from(source), SPLIT_ISOLATED, false, &err),
        err);
    for (int round = 0; round < 20000; round++) {
      struct str s = { text, random_text(&rng, text, sizeof text) };
      struct buf a, b;
      buf_init(&a, 4096);
      buf_init(&b, 4096);
      assert_ok(splitter_run(&by_hand, s, true, take, &a, &err), err);
      assert_ok(splitter_run(&by_pattern, s, true, take, &b, &err), err);
      if (!str_equal(buf_str(&a), buf_str(&b)))
        fail_msg("pattern %zu: %.*s, not %.*s", i, STR_ARG(buf_str(&a)),
                 STR_ARG(buf_str(&b)));
      buf_release(&a);
      buf_release(&b);
    }
    splitter_release(&by_hand);
    splitter_release(&by_pattern);
  }
}

/* ---- SentencePiece's kind ---- */

#define LINE "\\u2581"
#define PIECES                                                                       \
  "{\"<unk>\":0,\"<s>\":1,\"</s>\":2,\"<0x0A>\":3,\"<0xC3>\":4,\"<0xA9>\":5,\"" LINE \
  "\":6,"                                                                            \
  "\"a\":7,\"b\":8,\"" LINE "a\":9,\"ab\":10,\"" LINE "ab\":11,\"" LINE LINE "\":12}"
#define PIECE_MERGES "[\"" LINE " " LINE "\",\"" LINE " a\",\"a b\",\"" LINE "a b\"]"
#define SPM_DECODER                                                                            \
  "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"" LINE \
  "\"},"                                                                                       \
  "\"content\":\" \"},{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"},{\"type\":\"Strip\","    \
  "\"content\":\" \",\"start\":1,\"stop\":0}]}"
#define SPM_NORMALIZER                                                                \
  "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"" LINE \
  "\"},"                                                                              \
  "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"" LINE "\"}]}"
#define SPECIAL(id, text) \
  "{\"id\":" #id ",\"content\":\"" text "\",\"special\":true,\"normalized\":false}"
#define TEMPLATE                                                                            \
  "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\"}},"       \
  "{\"Sequence\":{\"id\":\"A\"}},{\"SpecialToken\":{\"id\":\"</s>\"}}],\"special_tokens\":" \
  "{\"<s>\":{\"ids\":[1]},\"</s>\":{\"ids\":[2]}}}"
#define SPM                                                                                                    \
  "{\"added_tokens\":[" SPECIAL(0, "<unk>") "," SPECIAL(1, "<s>") "," SPECIAL(                                 \
      2,                                                                                                       \
      "</s>") "],\"normalizer\":" SPM_NORMALIZER ",\"decoder\":" SPM_DECODER                                   \
              ",\"post_processor\":" TEMPLATE                                                                  \
              ",\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,\"fuse_unk\":true,\"unk_token\":\"<unk>\"," \
              "\"vocab\":" PIECES ",\"merges\":" PIECE_MERGES "}}"

static void sentencepiece_kind(void **state)
{
  (void)state;
  struct tokenizer *t =
      make(SPM, "{\"bos_token\":\"<s>\",\"eos_token\":{\"content\":\"</s>\"}}");
  check(t, "ab ab", "11 11");
  check(t, "  a", "12 9");
  check(t, "", "");
  check(t, "\xc3\xa9\n", "6 4 5 3"); /* bytes */
  check(t,
        "a\xe6\x97\xa5\xe6\x97\xa5"
        "b",
        "9 0 8"); /* unknown twice is one */
  check_flags(t, STR("a</s>b"), TOKENIZER_PARSE_SPECIAL, "9 2 6 8");
  check(t, "<", "6 0");
  check_flags(t, STR("a"), TOKENIZER_ADD_SPECIAL, "1 9 2");
  check_decode(t, (const int32_t[]){ 1, 11, 11, 2 }, 4, true, "ab ab");
  check_decode(t, (const int32_t[]){ 1, 11 }, 2, false, "<s> ab");
  check_decode(t, (const int32_t[]){ 12, 4, 5, 3 }, 4, false, " \xc3\xa9\n");
  assert_int_equal(tokenizer_bos(t), 1);
  assert_int_equal(tokenizer_eos(t), 2);
  assert_int_equal(tokenizer_pad(t), -1);
  assert_int_equal(tokenizer_find(t, STR("<0x0A>")), 3);
  assert_true(tokenizer_is_end(t, 2));
  assert_false(tokenizer_is_end(t, 7));
  assert_true(tokenizer_add_end(t, 7));
  assert_true(tokenizer_is_end(t, 7));
  assert_false(tokenizer_add_end(t, 13));
  assert_true(tokenizer_is_special(t, 1));
  assert_false(tokenizer_is_special(t, 7));
  tokenizer_free(t);
  t = make(SPM, "{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\",\"add_bos_token\":true,"
                "\"add_eos_token\":false,\"chat_template\":[{\"name\":\"default\","
                "\"template\":\"x\"}]}");
  check_flags(t, STR("a"), TOKENIZER_ADD_SPECIAL, "1 9");
  assert_str_equal(tokenizer_chat_template(t), "x");
  tokenizer_free(t);
}

#define METASPACE(scheme, split)                                       \
  "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"" LINE \
  "\",\"prepend_scheme\":\"" scheme "\",\"split\":" split              \
  "},\"added_tokens\":[" SPECIAL(                                      \
      1, "<s>") "],\"decoder\":"                                       \
                "{\"type\":\"Metaspace\",\"replacement\":\"" LINE      \
                "\",\"prepend_scheme\":\"" scheme "\"},"               \
                "\"model\":{\"vocab\":" PIECES ",\"merges\":" PIECE_MERGES "}}"

static void metaspace(void **state)
{
  (void)state;
  struct tokenizer *t = make(METASPACE("always", "true"), NULL);
  check(t, "ab ab", "11 11");
  check(t, "  a", "6 9"); /* split before each "▁": they cannot merge */
  check_flags(t, STR("a<s>a"), TOKENIZER_PARSE_SPECIAL, "9 1 9");
  check_decode(t, (const int32_t[]){ 11, 11 }, 2, false, "ab ab");
  tokenizer_free(t);
  t = make(METASPACE("first", "false"), NULL);
  check(t, "  a", "12 7"); /* begins with "▁" already */
  check_flags(t, STR("a<s>a"), TOKENIZER_PARSE_SPECIAL, "9 1 7");
  check_flags(t, STR("<s>a"), TOKENIZER_PARSE_SPECIAL, "1 7");
  tokenizer_free(t);
  t = make(METASPACE("never", "true"), NULL);
  check(t, "ab ab", "10 11");
  check_decode(t, (const int32_t[]){ 11, 11 }, 2, false, " ab ab");
  tokenizer_free(t);
}

/* Words are cut before "▁" only where that changes nothing. */
static void merges_across_spaces(void **state)
{
  (void)state;
#define ACROSS(extra)                                                                        \
  "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"" LINE \
  "\"},\"decoder\":{\"type\":\"Fuse\"},\"model\":{\"vocab\":{\"" LINE                        \
  "\":0,\"a\":1,\"" LINE "a\":2,\"a" LINE "a\":3}," extra "}}"
  struct tokenizer *t = make(ACROSS("\"merges\":[\"" LINE " a\",\"a " LINE "a\"]"), NULL);
  check(t, "a a", "3");
  tokenizer_free(t);
  t = make(ACROSS("\"ignore_merges\":true,\"merges\":[\"" LINE " a\"]"), NULL);
  check(t, "a a", "3");
  check(t, "a a ", "1 2 0");
  tokenizer_free(t);
}

/* Pieces with all that JSON escapes. */
static void escaped_pieces(void **state)
{
  (void)state;
  struct tokenizer *t =
      make("{\"decoder\":{\"type\":\"Fuse\"},\"model\":{\"vocab\":{\"\\\"\":0,\"\\\\\":1,"
           "\"{\":2,\"\\n\":3,\"\\ud83d\\ude00\":4,\"\\u00E9\":5,\"\\/\":6,\"]\":7,"
           "\"\\\"\\\\\":8},\"merges\":[[\"\\\"\",\"\\\\\"]]}}",
           NULL);
  check(t, "\"\\{\n\xf0\x9f\x98\x80\xc3\xa9/]", "8 2 3 4 5 6 7");
  tokenizer_free(t);
}

/* ---- added tokens ---- */

static void added_tokens(void **state)
{
  (void)state;
  struct tokenizer *t = make(
      "{\"added_tokens\":[{\"id\":20,\"content\":\"<x>\",\"special\":true,\"normalized\":false},"
      "{\"id\":21,\"content\":\"<xx>\",\"special\":false,\"normalized\":false},"
      "{\"id\":22,\"content\":\"<l>\",\"lstrip\":true,\"normalized\":false},"
      "{\"id\":23,\"content\":\"<r>\",\"rstrip\":true,\"normalized\":false},"
      "{\"id\":24,\"content\":\"bb\",\"single_word\":true,\"normalized\":false},"
      "{\"id\":25,\"content\":\"<x>a\",\"special\":true,\"normalized\":false},"
      "{\"id\":26,\"content\":\"\\u00e9\",\"normalized\":true}],"
      "\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":" BYTE_LEVEL
      ",\"decoder\":" BYTE_LEVEL "," BYTE_MODEL("") "}",
      NULL);
  check_flags(t, STR("a<x>b"), TOKENIZER_PARSE_SPECIAL, "0 20 1");
  check_flags(t, STR("<x>ab"), TOKENIZER_PARSE_SPECIAL, "25 1"); /* the longest */
  check(t, "a<x>b", "0 1"); /* plain text: "<" has no piece */
  check(t, "a<xx>b", "0 21 1");
  check(t, "a  <l> b", "0 22 3 1");
  check(t, "a <r> \n b", "0 3 23 1");
  check(t, "a bb", "0 3 24");
  check(t, "abb", "4 1");
  check(t, "bb\xe2\x93\xa5", "1 1"); /* a letter in a circle is a word character */
  check(t, "bb\xe2\x98\x85", "24");  /* a star is none */
  check(t, "bb\xc3\xa9",
        "1 1 26");             /* a word character beside it; then the normalised one */
  check(t, "e\xcc\x81", "26"); /* NFC comes first */
  check_decode(t, (const int32_t[]){ 0, 20, 21 }, 3, true, "a<xx>");
  assert_int_equal(tokenizer_size(t), 27);
  assert_false(str_present(tokenizer_bytes(t, 15)));
  tokenizer_free(t);
}

/* One that is looked for in the normalised text is normalised itself. */
static void normalised_added_tokens(void **state)
{
  (void)state;
  struct tokenizer *t =
      make("{\"added_tokens\":[{\"id\":13,\"content\":\"<n>\",\"normalized\":true}],"
           "\"normalizer\":" SPM_NORMALIZER ",\"decoder\":" SPM_DECODER
           ",\"model\":{\"vocab\":" PIECES ",\"merges\":" PIECE_MERGES "}}",
           NULL);
  check(t, "a <n>b", "9 13 8");
  check(t, "a<n>b", "11"); /* no space before it: text, of which "<n>" has no pieces */
  check(t, "<n>b", "13 8");
  assert_int_equal(tokenizer_find(t, STR("<n>")), 13);
  check_decode(t, (const int32_t[]){ 9, 13 }, 2, false, "a<n>");
  tokenizer_free(t);
}

/* ---- Unicode ---- */

static void composed_form(void **state)
{
  (void)state;
  struct buf out, text;
  buf_init(&out, 1 << 24);
  buf_init(&text, 1 << 24);
  assert_false(unicode_nfc(STR("plain \xc3\xa9"), &out));
  assert_true(unicode_nfc(STR("e\xcc\x81\xff"
                              "A\xcc\x8a"),
                          &out));
  assert_str_equal(buf_str(&out), "\xc3\xa9\xff\xc3\x85");
  assert_true(unicode_nfc(STR("q\xcc\x87\xcc\xa3"), &out)); /* marks in order */
  assert_str_equal(buf_str(&out), "q\xcc\xa3\xcc\x87");
  assert_true(
      unicode_nfc(STR("\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"), &out)); /* Hangul */
  assert_str_equal(buf_str(&out), "\xea\xb0\x81");
  /* Pieces of some 512 bytes are joined again: none is cut between letter and mark. */
  for (int i = 0; i < 5000; i++)
    buf_add(&text, STR("be\xcc\x81x"));
  assert_true(unicode_nfc(buf_str(&text), &out));
  assert_int_equal(out.len, 5000 * 4);
  buf_reset(&text);
  buf_add(&text, STR("a"));
  for (int i = 0; i < 200000; i++)
    buf_add(&text, i % 2 ? STR("\xcc\xa3") : STR("\xcc\x87"));
  assert_true(unicode_nfc(buf_str(&text), &out)); /* ends, and soon */
  buf_release(&text);
  buf_release(&out);
  int32_t cp;
  assert_int_equal(unicode_previous(STR("a\xe6\x97\xa5"), 4, &cp), 3);
  assert_int_equal(cp, 0x65e5);
  assert_int_equal(unicode_previous(STR("\x97\xa5"), 2, &cp), 1);
  assert_int_equal(cp, UNICODE_BAD);
}

/* ---- streaming ---- */

static void streams_give_whole_characters(void **state)
{
  (void)state;
  struct tokenizer *t = make(SPM, NULL);
  struct token_stream stream = { 0 };
  struct buf out;
  buf_init(&out, 1 << 16);
  token_stream_push(&stream, t, 11, false, &out);
  assert_str_equal(buf_str(&out), "ab");
  token_stream_push(&stream, t, 4, false, &out);
  assert_str_equal(buf_str(&out), "ab");
  token_stream_push(&stream, t, 5, false, &out);
  assert_str_equal(buf_str(&out), "ab\xc3\xa9");
  token_stream_push(&stream, t, 5, false, &out); /* begins no character */
  token_stream_push(&stream, t, 4, false, &out);
  token_stream_push(&stream, t, 7, false, &out);
  assert_str_equal(buf_str(&out), "ab\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd"
                                  "a");
  token_stream_push(&stream, t, 4, false, &out);
  token_stream_finish(&stream, &out);
  assert_str_equal(buf_str(&out), "ab\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd"
                                  "a\xef\xbf\xbd");
  buf_reset(&out);
  stream = (struct token_stream){ .inside = true }; /* behind a prompt: the space stays */
  token_stream_push(&stream, t, 11, false, &out);
  assert_str_equal(buf_str(&out), " ab");
  buf_release(&out);
  tokenizer_free(t);
}

/* ---- whatever comes: bytes and back ---- */

static struct tokenizer *make_all_bytes(const char *pre)
{
  /* Every byte, and some merges over them. */
  static const char merges[][8] = {
    "a b", "ab a", "\xc4\xa0 a", "\xc4\xa0 \xc4\xa0", "\xc3\x83 \xc2\xa9", "1 2", "' s"
  };
  struct err err = { 0 };
  struct buf text;
  struct str tokens[256 + COUNT(merges)], lines[COUNT(merges)];
  buf_init(&text, 1 << 16);
  buf_reserve(&text, 8192);
  for (size_t i = 0; i < 256 + COUNT(merges); i++) {
    size_t from = text.len;
    if (i < 256) {
      bool plain = (i > 32 && i < 127) || (i > 160 && i != 173);
      size_t beyond = i <= 32 ? i : i < 161 ? i - 127 + 33 : 67;
      unicode_add(&text, plain ? (int32_t)i : (int32_t)(256 + beyond));
    } else {
      const char *merge = merges[i - 256], *space = strchr(merge, ' ');
      buf_add(&text, (struct str){ merge, (size_t)(space - merge) });
      buf_add_cstr(&text, space + 1);
      lines[i - 256] = str_from(merge);
    }
    tokens[i] = (struct str){ text.ptr + from, text.len - from };
  }
  struct tokenizer_gguf parts = tokenizer_gguf_empty();
  parts.model = STR("gpt2");
  parts.pre = str_from(pre);
  parts.tokens = tokens;
  parts.n_tokens = COUNT(tokens);
  parts.merges = lines;
  parts.n_merges = COUNT(lines);
  struct tokenizer *t = tokenizer_from_gguf(&parts, &err);
  if (!t)
    fail_msg("%s", err.msg);
  buf_release(&text);
  return t;
}

static void check_round_trip(struct tokenizer *t, struct str text)
{
  struct err err = { 0 };
  struct tokens tokens = { 0 };
  struct buf back;
  buf_init(&back, 1 << 22);
  assert_ok(tokenizer_encode(t, text, 0, &tokens, &err), err);
  tokenizer_decode(t, tokens.ids, tokens.count, false, &back);
  assert_true(str_equal(buf_str(&back), text));
  if (str_is_utf8(text, NULL)) { /* the stream gives the same */
    struct token_stream stream = { 0 };
    buf_reset(&back);
    for (size_t i = 0; i < tokens.count; i++) {
      token_stream_push(&stream, t, tokens.ids[i], false, &back);
      assert_true(str_is_utf8(buf_str(&back), NULL));
    }
    token_stream_finish(&stream, &back);
    assert_true(str_equal(buf_str(&back), text));
  }
  buf_release(&back);
  tokens_release(&tokens);
}

/* A surrogate's three bytes make no character: a sign for each, as str_is_utf8 judges. */
static void streams_of_bad_bytes(void **state)
{
  (void)state;
  static const char *const bad[] = { "\xed\xa0\x80", "\xe0\x80\x80", "\xf4\x90\x80",
                                     "\xf0\x80\x80", "\xc0\x80\xff" };
  struct tokenizer *t = make_all_bytes("gpt-2");
  for (size_t i = 0; i < COUNT(bad); i++) {
    struct err err = { 0 };
    struct tokens tokens = { 0 };
    struct token_stream stream = { 0 };
    struct buf out;
    buf_init(&out, 100);
    assert_ok(tokenizer_encode(t, str_from(bad[i]), 0, &tokens, &err), err);
    for (size_t k = 0; k < tokens.count; k++)
      token_stream_push(&stream, t, tokens.ids[k], false, &out);
    token_stream_finish(&stream, &out);
    assert_str_equal(buf_str(&out), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    buf_release(&out);
    tokens_release(&tokens);
  }
  tokenizer_free(t);
}

static void bytes_come_back(void **state)
{
  (void)state;
  static const char *const pres[] = { "gpt-2", "llama-bpe", "qwen2", "smollm", "tekken" };
  struct rng rng;
  rng_init(&rng, 2, "tokenizer round trips", 0);
  for (size_t i = 0; i < COUNT(pres); i++) {
    struct tokenizer *t = make_all_bytes(pres[i]);
    char text[256];
    for (int round = 0; round < 3000; round++) {
      size_t len = random_text(&rng, text, sizeof text);
      check_round_trip(t, (struct str){ text, len });
      for (size_t k = 0; k < len; k++)
        if (rng_chance(&rng, 0.2))
          text[k] = (char)rng_below(&rng, 256);
      check_round_trip(t, (struct str){ text, len });
    }
    tokenizer_free(t);
  }
}

/* Words longer than BPE_SHORT go through the heap; as merges never cross "\n" here, a
 * word in pieces must give the same. */
static void long_words_merge_alike(void **state)
{
  (void)state;
  struct tokenizer *t =
      make("{\"decoder\":{\"type\":\"Fuse\"},\"model\":{\"vocab\":{\"a\":0,"
           "\"b\":1,\"aa\":2,\"ab\":3,\"aab\":4,\"bb\":5,\"aaaa\":6,\"ba\":7,"
           "\"-\":8},\"merges\":[\"a b\",\"a a\",\"aa b\",\"b b\",\"aa aa\","
           "\"b a\"]}}",
           NULL);
  struct rng rng;
  rng_init(&rng, 3, "tokenizer heaps", 0);
  for (int round = 0; round < 500; round++) {
    struct err err = { 0 };
    char text[512];
    size_t len = 0;
    struct tokens parts = { 0 }, whole = { 0 };
    for (size_t part = 0; part < 8; part++) {
      size_t from = len;
      for (size_t n = rng_below(&rng, 30); n-- > 0;)
        text[len++] = rng_chance(&rng, 0.7) ? 'a' : 'b';
      text[len++] = '-';
      assert_ok(
          tokenizer_encode(t, (struct str){ text + from, len - from }, 0, &parts, &err),
          err);
    }
    assert_ok(tokenizer_encode(t, (struct str){ text, len }, 0, &whole, &err), err);
    assert_int_equal(whole.count, parts.count);
    assert_memory_equal(whole.ids, parts.ids, whole.count * sizeof *whole.ids);
    tokens_release(&parts);
    tokens_release(&whole);
  }
  struct buf text; /* a megabyte that is one word */
  struct err err = { 0 };
  struct tokens tokens = { 0 };
  buf_init(&text, 1 << 21);
  for (int i = 0; i < 1 << 20; i++)
    buf_add_char(&text, 'a');
  assert_ok(tokenizer_encode(t, buf_str(&text), 0, &tokens, &err), err);
  assert_int_equal(tokens.count, 1 << 18);
  tokens_release(&tokens);
  buf_release(&text);
  tokenizer_free(t);
}

/* ---- GGUF's "llama" ---- */

static void scores_decide(void **state)
{
  (void)state;
  static const struct str tokens[] = {
    { "<unk>", 5 },
    { "<s>", 3 },
    { "</s>", 4 },
    { "<0x21>", 6 },
    { "\xe2\x96\x81", 3 },
    { "a", 1 },
    { "b", 1 },
    { "c", 1 },
    { "ab", 2 },
    { "bc", 2 },
    { "\xe2\x96\x81"
      "a",
      4 },
    { "<t>", 3 },
  };
  static const float scores[] = { 0, 0, 0, 0, -9, -9, -9, -9, -2, -1, -3, 0 };
  static const int32_t types[] = { 2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 1, 4 };
  struct err err = { 0 };
  struct tokenizer_gguf parts = tokenizer_gguf_empty();
  parts.model = STR("llama");
  parts.tokens = tokens;
  parts.n_tokens = COUNT(tokens);
  parts.scores = scores;
  parts.types = types;
  parts.bos = 1;
  parts.eos = 2;
  parts.unknown = 0;
  struct tokenizer *t = tokenizer_from_gguf(&parts, &err);
  if (!t)
    fail_msg("%s", err.msg);
  check(t, "abc", "10 9"); /* "bc" is best, then "▁a" */
  check(t, "ab", "4 8");
  check(t, "a!<t>\xc3\xa9", "10 3 11 4 0");
  check_flags(t, STR("a"), TOKENIZER_ADD_SPECIAL, "1 10");
  check_flags(t, STR("<s>a"), TOKENIZER_PARSE_SPECIAL, "1 10");
  check_decode(t, (const int32_t[]){ 1, 10, 9, 3 }, 4, true, "abc!");
  tokenizer_free(t);
  parts.add_space_prefix = 0;
  parts.add_bos = 0;
  t = tokenizer_from_gguf(&parts, &err);
  check_flags(t, STR("abc"), TOKENIZER_ADD_SPECIAL, "5 9");
  tokenizer_free(t);
  parts.scores = NULL;
  assert_null(tokenizer_from_gguf(&parts, &err));
  assert_non_null(strstr(err.msg, "scores"));
  parts.scores = scores;
  parts.eos = 12;
  assert_null(tokenizer_from_gguf(&parts, &err));
  assert_non_null(strstr(err.msg, "eos_token_id: 12"));
  parts.model = STR("bert");
  assert_null(tokenizer_from_gguf(&parts, &err));
  assert_non_null(strstr(err.msg, "'bert'"));
  parts.model = STR("gpt2");
  parts.pre = STR("falcon");
  assert_null(tokenizer_from_gguf(&parts, &err));
  assert_non_null(strstr(err.msg, "'falcon' is not supported; known are gpt-2"));
}

/* ---- what is refused ---- */

#define MODEL(vocab, merges)                                                           \
  "{\"decoder\":{\"type\":\"Fuse\"},\"model\":{\"vocab\":" vocab ",\"merges\":" merges \
  "}}"
#define WITH(part) \
  "{" part         \
  ",\"decoder\":{\"type\":\"Fuse\"},\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}"

static void bad_files_are_refused(void **state)
{
  (void)state;
  refuse("", "an object");
  refuse("[]", "an object");
  refuse("{}", "no 'model'");
  refuse("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]}}", "'Unigram'");
  refuse("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", "'WordPiece'");
  refuse("{\"decoder\":{\"type\":\"Fuse\"},\"model\":{\"vocab\":{\"a\":0}}}",
         "no merges");
  refuse(MODEL("{}", "[]"), "empty");
  refuse(MODEL("{\"a\":0,\"a\":1}", "[]"), "twice");
  refuse(MODEL("{\"a\":0,\"b\":0}", "[]"), "the id 0 is given twice");
  refuse(MODEL("{\"a\":-1}", "[]"), "id -1");
  refuse(MODEL("{\"a\":99999999}", "[]"), "id 99999999");
  refuse(MODEL("{\"a\":1.5}", "[]"), "a whole number");
  refuse(MODEL("{\"a\":0", "[]"), "byte");
  refuse(MODEL("{\"a\\ud800\":0}", "[]"), "escape");
  refuse(MODEL("{\"a\\ud83d\\u0041\":0}", "[]"), "escape");
  refuse(MODEL("{\"a\":0,\"b\":1}", "[\"a b\"]"), "merge 0: 'a' and 'b' make 'ab'");
  refuse(MODEL("{\"a\":0,\"aa\":1}", "[\"a a\",\"a a\"]"),
         "merge 1: 'a' and 'a' are merged a");
  refuse(MODEL("{\"a\":0,\"aa\":1}", "[\"a x\"]"),
         "merge 0: 'x' is not in the vocabulary");
  refuse(MODEL("{\"a\":0,\"aa\":1}", "[\"a \"]"), "empty"); /* what a cycle would need */
  refuse(MODEL("{\"a\":0,\"aa\":1}", "[\"aa\"]"), "two pieces");
  refuse(MODEL("{\"a\":0,\"aa\":1}", "[[\"a\"]]"), "two parts");
  refuse(MODEL("{\"a\":0,\"aa\":1}", "[[\"a\",\"a\",\"a\"]]"), "two parts");
  refuse(MODEL("{\"a\":0,\"aa\":1}", "[\"a a\",]"), "merge 1");
  refuse("{\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}", "decoder: there is none");
  refuse(WITH("\"normalizer\":{\"type\":\"Lowercase\"}"), "normalizer: 'Lowercase'");
  refuse(WITH("\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a\"},"
              "\"content\":\"b\"}"),
         "regular expression");
  refuse(WITH("\"pre_tokenizer\":{\"type\":\"Punctuation\"}"),
         "pre_tokenizer: 'Punctuation'");
  refuse(WITH("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},"
              "\"behavior\":\"Isolated\"}"),
         "no regular expression");
  refuse(WITH("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},"
              "\"behavior\":\"Maybe\"}"),
         "'Maybe'");
  refuse(WITH("\"pre_tokenizer\":" BYTE_LEVEL), "ByteLevel is in the pre_tokenizer only");
  refuse(WITH("\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[" BYTE_LEVEL
              ",{\"type\":\"Digits\"}]}"),
         "behind ByteLevel");
  refuse(
      "{\"decoder\":{\"type\":\"WordPiece\"},\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}",
      "decoder: 'WordPiece'");
  refuse(WITH("\"post_processor\":{\"type\":\"BertProcessing\"}"), "'BertProcessing'");
  refuse(WITH("\"added_tokens\":[{\"id\":0,\"content\":\"b\"}]"), "which is 'a'");
  refuse(WITH("\"added_tokens\":[{\"id\":1,\"content\":\"\"}]"), "no text");
  refuse(
      WITH(
          "\"added_tokens\":[{\"id\":1,\"content\":\"b\"},{\"id\":2,\"content\":\"b\"}]"),
      "'b' is there twice");
  refuse(
      "{\"decoder\":{\"type\":\"Fuse\"},\"model\":{\"unk_token\":\"?\",\"vocab\":{\"a\":0},"
      "\"merges\":[]}}",
      "unk_token '?'");
  struct err err = { 0 };
  assert_null(tokenizer_from_merges(STR("{\"a\":0,\"aa\":1}"),
                                    STR("#version: 0.2\na a\na a\n"), &err));
  assert_non_null(strstr(err.msg, "merges.txt: line 3"));
  assert_null(tokenizer_from_llama2c(STR("\1\0\0\0\0\0\0\0\x7f\0\0\0abc"), &err));
  assert_non_null(strstr(err.msg, "past the end"));
  assert_null(tokenizer_open("/nonexistent/tokenizer.json", &err));
  assert_int_equal(err.code, ERR_ENV);
}

static void long_texts_are_refused(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct tokens tokens = { 0 };
  struct tokenizer *t = make(MODEL("{\"a\":0}", "[]"), NULL);
  struct str text = { "", (size_t)TOKENIZER_TEXT_MAX + 1 };
  assert_int_equal(tokenizer_encode(t, text, 0, &tokens, &err), -1);
  assert_non_null(strstr(err.msg, "too long"));
  tokenizer_free(t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(byte_level_merges),
    cmocka_unit_test(whole_words_skip_the_merges),
    cmocka_unit_test(digits_and_prefix_space),
    cmocka_unit_test(split_behaviours),
    cmocka_unit_test(scans_are_the_patterns),
    cmocka_unit_test(sentencepiece_kind),
    cmocka_unit_test(metaspace),
    cmocka_unit_test(added_tokens),
    cmocka_unit_test(normalised_added_tokens),
    cmocka_unit_test(composed_form),
    cmocka_unit_test(streams_give_whole_characters),
    cmocka_unit_test(bytes_come_back),
    cmocka_unit_test(streams_of_bad_bytes),
    cmocka_unit_test(merges_across_spaces),
    cmocka_unit_test(escaped_pieces),
    cmocka_unit_test(long_words_merge_alike),
    cmocka_unit_test(scores_decide),
    cmocka_unit_test(bad_files_are_refused),
    cmocka_unit_test(long_texts_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
