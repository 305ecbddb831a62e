/* Tokenizers trained on small texts: against one derived by hand and against the rule
 * written down plainly; on our own items; what is refused. */
#include "base/fs.h"
#include "base/json.h"
#include "base/rng.h"
#include "gen/gen.h"
#include "nn/chat_template.h"
#include "nn/tokenizer_train.h"
#include "nn/tokenizer_train_state.h"
#include "test.h"

#define CHATML                                                                 \
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + " \
  "message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"                    \
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

static struct tokenizer_trainer *begin(const struct tokenizer_recipe *recipe)
{
  struct err err = { 0 };
  struct tokenizer_trainer *trainer = tokenizer_trainer_create(recipe, &err);
  if (!trainer)
    fail_msg("%s", err.msg);
  return trainer;
}

static struct tokenizer_trainer *train(const struct tokenizer_recipe *recipe,
                                       const struct str *texts, size_t n_texts)
{
  struct err err = { 0 };
  struct tokenizer_trainer *trainer = begin(recipe);
  for (size_t i = 0; i < n_texts; i++)
    assert_ok(tokenizer_trainer_add(trainer, texts[i], &err), err);
  assert_ok(tokenizer_trainer_run(trainer, &err), err);
  return trainer;
}

/* As tokenizer.json is read; frees nothing. */
static struct tokenizer *open_trained(const struct tokenizer_trainer *trainer)
{
  struct err err = { 0 };
  struct buf json, config;
  buf_init(&json, TOKENIZER_FILE_MAX);
  buf_init(&config, 1 << 20);
  tokenizer_trainer_json(trainer, &json);
  tokenizer_trainer_config(trainer, &config);
  struct tokenizer *tokenizer =
      tokenizer_from_json(buf_str(&json), buf_str(&config), &err);
  if (!tokenizer)
    fail_msg("%s", err.msg);
  buf_release(&json);
  buf_release(&config);
  return tokenizer;
}

/* ---- by hand ---- */

/* "aab aab ab" is the words "aab", " aab", " ab". 'a' is 64 (the letters begin with '!',
 * U+0021, and 'a' is U+0061), 'b' 65; the space is 188 + 32 = 220, behind the 188 bytes
 * that are their own letters.
 *   a b  3 times (a a: 2, space a: 2)   256 "ab"    a|ab   _|a|ab   _|ab
 *   a ab 2 times (_ a: 1, _ ab: 1)      257 "aab"   aab    _|aab    _|ab
 *   _ ab once, _ aab once: 220 256 is before 220 257
 *                                       258 " ab", 259 " aab" */
static void derived_by_hand(void **state)
{
  (void)state;
  static const struct learned_merge expected[] = {
    { 64, 65, 256 }, { 64, 256, 257 }, { 220, 256, 258 }, { 220, 257, 259 }
  };
  const struct str text = STR("aab aab ab");
  struct tokenizer_recipe recipe = { .vocab_size = 1000 };
  struct tokenizer_trainer *trainer = train(&recipe, &text, 1);
  assert_int_equal(trainer->learner.n_merges, 4);
  assert_memory_equal(trainer->learner.merges, expected, sizeof expected);
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  assert_int_equal(result.vocab_size, 260);
  assert_int_equal(result.n_texts, 1);
  assert_int_equal(result.n_words, 3);
  assert_int_equal(result.n_distinct, 3);
  assert_int_equal(result.n_bytes, 10);
  assert_int_equal(result.n_ids, 3);
  tokenizer_trainer_free(trainer);

  recipe.min_count = 2;
  trainer = train(&recipe, &text, 1);
  assert_int_equal(trainer->learner.n_merges, 2);
  assert_int_equal(tokenizer_trainer_result(trainer).n_ids, 5);
  tokenizer_trainer_free(trainer);

  recipe = (struct tokenizer_recipe){ .vocab_size = 1000, .piece_max = 2 };
  trainer = train(&recipe, &text, 1); /* ab, then _ a, whose one place is " aab" */
  assert_int_equal(trainer->learner.n_merges, 2);
  assert_int_equal(trainer->learner.merges[1].left, 220);
  assert_int_equal(trainer->learner.merges[1].right, 64);
  tokenizer_trainer_free(trainer);

  recipe = (struct tokenizer_recipe){ .vocab_size = 258, .bos = STR("<s>") };
  trainer = train(&recipe, &text, 1);
  assert_int_equal(trainer->learner.n_merges, 1); /* one token, 256 bytes, one merge */
  assert_int_equal(trainer->learner.merges[0].left, 65);
  tokenizer_trainer_free(trainer);
}

/* Runs: the leftmost pair first, and "aaa" has two. */
static void runs_of_one_letter(void **state)
{
  (void)state;
  /* aaaaa: a a 4 times. 256 "aa": aa|aa|a, where aa aa comes once and aa a too, and
   * 256 64 is after 256 256 only by count: 64 is the lower id. 257 "aaa": aa|aaa. */
  const struct str text = STR("aaaaa");
  struct tokenizer_recipe recipe = { .vocab_size = 300 };
  struct tokenizer_trainer *trainer = train(&recipe, &text, 1);
  static const struct learned_merge expected[] = { { 64, 64, 256 },
                                                   { 256, 64, 257 },
                                                   { 256, 257, 258 } };
  assert_int_equal(trainer->learner.n_merges, 3);
  assert_memory_equal(trainer->learner.merges, expected, sizeof expected);
  tokenizer_trainer_free(trainer);
}

/* The ids of " 1234" after training on it alone. */
static void check_digits(enum train_digits digits, size_t n_merges, size_t n_ids)
{
  const struct str text = STR(" 1234");
  struct tokenizer_recipe recipe = { .vocab_size = 300, .digits = digits };
  struct tokenizer_trainer *trainer = train(&recipe, &text, 1);
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  assert_int_equal(result.n_merges, n_merges);
  assert_int_equal(result.n_ids, n_ids);
  struct tokenizer *tokenizer = open_trained(trainer);
  struct tokens tokens = { 0 };
  struct err err = { 0 };
  assert_ok(tokenizer_encode(tokenizer, text, 0, &tokens, &err), err);
  assert_int_equal(tokens.count, n_ids);
  tokens_release(&tokens);
  tokenizer_free(tokenizer);
  tokenizer_trainer_free(trainer);
}

static void digits_stay_together(void **state)
{
  (void)state;
  check_digits(TRAIN_DIGITS_SINGLE, 0, 5); /* " ", "1", "2", "3", "4" */
  check_digits(TRAIN_DIGITS_THREE, 2, 3);  /* " ", "123", "4" */
  check_digits(TRAIN_DIGITS_ALL, 4, 1);    /* " 1234" */
}

/* ---- the rule, written plainly ---- */

enum { NAIVE_PIECES = 1000, NAIVE_WORDS = 4096, NAIVE_WORD = 256 };

struct naive {
  struct str pieces[NAIVE_PIECES];
  size_t n_pieces, n_names;
  int words[NAIVE_WORDS][NAIVE_WORD];
  int lens[NAIVE_WORDS];
  size_t n_words;
  struct learned_merge merges[2 * NAIVE_PIECES];
  size_t n_merges;
  struct arena arena;
};

static void naive_word(void *context, struct str word)
{
  struct naive *naive = context;
  assert_true(naive->n_words < NAIVE_WORDS && word.len < NAIVE_WORD);
  int *ids = naive->words[naive->n_words];
  naive->lens[naive->n_words++] = (int)word.len;
  for (size_t i = 0; i < word.len; i++)
    for (size_t id = naive->n_names; id < naive->n_names + 256; id++)
      if (naive->pieces[id].ptr[0] == word.ptr[i])
        ids[i] = (int)id;
}

static struct str naive_join(struct naive *naive, int left, int right)
{
  return arena_printf(&naive->arena, "%.*s%.*s", STR_ARG(naive->pieces[left]),
                      STR_ARG(naive->pieces[right]));
}

/* May the pair be merged? */
static bool naive_may(struct naive *naive, int left, int right, struct str banned,
                      size_t piece_max)
{
  struct str piece = naive_join(naive, left, right);
  return piece.len <= piece_max && !str_equal(piece, banned);
}

static void naive_apply(struct naive *naive, int left, int right, int result)
{
  for (size_t w = 0; w < naive->n_words; w++) {
    int n = 0, *ids = naive->words[w];
    for (int i = 0; i < naive->lens[w]; i++)
      if (i + 1 < naive->lens[w] && ids[i] == left && ids[i + 1] == right) {
        ids[n++] = result;
        i++;
      } else {
        ids[n++] = ids[i];
      }
    naive->lens[w] = n;
  }
}

/* One merge; false when none is left. */
static bool naive_step(struct naive *naive, struct str banned, uint64_t min_count,
                       size_t piece_max)
{
  static uint32_t counts[NAIVE_PIECES][NAIVE_PIECES];
  memset(counts, 0, sizeof counts);
  for (size_t w = 0; w < naive->n_words; w++)
    for (int i = 0; i + 1 < naive->lens[w]; i++)
      counts[naive->words[w][i]][naive->words[w][i + 1]]++;
  int left = -1, right = -1;
  uint32_t best = 0;
  for (int a = 0; a < (int)naive->n_pieces; a++)
    for (int b = 0; b < (int)naive->n_pieces; b++)
      if (counts[a][b] > best && naive_may(naive, a, b, banned, piece_max)) {
        best = counts[a][b];
        left = a;
        right = b;
      }
  if (left < 0 || best < min_count)
    return false;
  int result = (int)naive->n_pieces;
  naive->pieces[naive->n_pieces++] = naive_join(naive, left, right);
  naive->merges[naive->n_merges++] = (struct learned_merge){ left, right, result };
  naive_apply(naive, left, right, result);
  return true;
}

/* Kinds of texts: few letters make ties and runs, many make long lists. */
static void random_text(struct rng *rng, int kind, struct buf *out)
{
  static const char *const letters[] = { "a", "ab", "ab ", "abc  \n", "abcde 12'.,s\n" };
  size_t n = rng_below(rng, 120);
  buf_reset(out);
  for (size_t i = 0; i < n; i++) {
    const char *set = letters[kind];
    buf_add_char(out, set[rng_below(rng, strlen(set))]);
  }
}

static void check_against_naive(uint64_t seed)
{
  enum { TEXTS = 12 };
  struct rng rng;
  struct err err = { 0 };
  rng_init(&rng, seed, "tokenizer-train", 0);
  /* "Ġa" is how the piece " a" is spelled, and it is taken */
  const struct str banned = STR(" a"), name = STR("\xc4\xa0"
                                                  "a");
  bool has_name = rng_chance(&rng, 0.3);
  struct tokenizer_recipe recipe = {
    .vocab_size = 257 + rng_below(&rng, rng_chance(&rng, 0.3) ? 400 : 40),
    .min_count = rng_below(&rng, 4),
    .piece_max = rng_chance(&rng, 0.3) ? 2 + rng_below(&rng, 6) : 0,
    .digits = (enum train_digits)rng_below(&rng, 3),
    .special = &name,
    .n_special = has_name,
  };
  static struct naive naive;
  naive = (struct naive){ .n_names = has_name };
  struct tokenizer_trainer *trainer = begin(&recipe);
  for (size_t id = 0; id < has_name + 256u; id++)
    naive.pieces[naive.n_pieces++] = trainer->learner.pieces[id];
  struct buf text, all;
  buf_init(&text, 4096);
  buf_init(&all, 1 << 16);
  int kind = (int)rng_below(&rng, 5);
  size_t ends[TEXTS];
  for (size_t i = 0; i < TEXTS; i++) {
    random_text(&rng, kind, &text);
    buf_add(&all, buf_str(&text));
    ends[i] = all.len;
    assert_ok(tokenizer_trainer_add(trainer, buf_str(&text), &err), err);
    assert_ok(
        splitter_run(&trainer->splitter, buf_str(&text), false, naive_word, &naive, &err),
        err);
  }
  assert_ok(tokenizer_trainer_run(trainer, &err), err);
  while (naive.n_pieces < recipe.vocab_size &&
         naive_step(&naive, has_name ? banned : STR_NONE, trainer->recipe.min_count,
                    trainer->recipe.piece_max))
    ;
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  assert_int_equal(result.n_words, naive.n_words);
  assert_int_equal(result.vocab_size, naive.n_pieces);
  assert_int_equal(result.n_merges, naive.n_merges);
  for (size_t i = 0; i < naive.n_merges; i++)
    if (memcmp(&naive.merges[i], &trainer->learner.merges[i], sizeof naive.merges[i]) !=
        0)
      fail_msg("seed %llu: merge %zu is %d %d %d, not %d %d %d", (unsigned long long)seed,
               i, trainer->learner.merges[i].left, trainer->learner.merges[i].right,
               trainer->learner.merges[i].result, naive.merges[i].left,
               naive.merges[i].right, naive.merges[i].result);
  uint64_t n_ids = 0;
  for (size_t w = 0; w < naive.n_words; w++)
    n_ids += (uint64_t)naive.lens[w];
  assert_int_equal(result.n_ids, n_ids);

  /* what the words became in training is what the tokenizer makes of the texts */
  struct tokenizer *tokenizer = open_trained(trainer);
  struct tokens tokens = { 0 };
  for (size_t i = 0; i < TEXTS; i++) {
    struct str piece = str_slice(buf_str(&all), i ? ends[i - 1] : 0, ends[i]);
    assert_ok(tokenizer_encode(tokenizer, piece, 0, &tokens, &err), err);
  }
  assert_int_equal(tokens.count, n_ids);
  tokens_release(&tokens);
  tokenizer_free(tokenizer);
  tokenizer_trainer_free(trainer);
  arena_release(&naive.arena);
  buf_release(&text);
  buf_release(&all);
}

static void as_the_rule_says(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 60; seed++)
    check_against_naive(seed);
}

/* ---- our own items ---- */

static void check_round_trip(struct tokenizer *tokenizer, struct str text)
{
  struct err err = { 0 };
  struct tokens tokens = { 0 };
  struct buf back;
  buf_init(&back, BUF_CAP_OWN);
  assert_ok(tokenizer_encode(tokenizer, text, 0, &tokens, &err), err);
  tokenizer_decode(tokenizer, tokens.ids, tokens.count, false, &back);
  assert_int_equal(back.len, text.len);
  assert_memory_equal(back.ptr ? back.ptr : "", text.ptr, text.len);
  tokens_release(&tokens);
  buf_release(&back);
}

static void every_text_comes_back(void **state)
{
  (void)state;
  struct buf items, noise;
  struct rng rng;
  buf_init(&items, BUF_CAP_OWN);
  buf_init(&noise, 1 << 20);
  generator_write(generator_find(STR("gsm8k-style")), "sft", 300, &items);
  struct str rest = buf_str(&items);
  struct tokenizer_recipe recipe = { .vocab_size = 600,
                                     .min_count = 2,
                                     .eos = STR("<|endoftext|>") };
  struct str text = buf_str(&items);
  struct tokenizer_trainer *trainer = train(&recipe, &text, 1);
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  assert_int_equal(result.vocab_size, 600);
  assert_int_equal(result.n_merges, 600 - 257);
  assert_true(result.n_ids * 2 < result.n_bytes);
  struct tokenizer *tokenizer = open_trained(trainer);
  assert_int_equal(tokenizer_size(tokenizer), 600);
  assert_int_equal(tokenizer_eos(tokenizer), 0);
  for (struct str line; str_present(line = str_next_line(&rest));)
    check_round_trip(tokenizer, line);
  /* single digits: no piece has two, or one with anything beside it */
  for (int32_t id = 0; id < 600; id++) {
    struct str bytes = tokenizer_bytes(tokenizer, id);
    for (size_t i = 0; i < bytes.len && !tokenizer_is_special(tokenizer, id); i++)
      assert_true(bytes.len == 1 || !char_is_digit(bytes.ptr[i]));
  }
  rng_init(&rng, 1, "noise", 0);
  for (int i = 0; i < 200; i++) {
    size_t n = rng_below(&rng, 400);
    buf_reset(&noise);
    for (size_t k = 0; k < n; k++)
      buf_add_char(&noise, (char)rng_u64(&rng));
    check_round_trip(tokenizer, buf_str(&noise));
  }
  tokenizer_free(tokenizer);
  tokenizer_trainer_free(trainer);
  buf_release(&items);
  buf_release(&noise);
}

/* The same texts in another order: the same bytes. */
static void order_decides_nothing(void **state)
{
  (void)state;
  enum { TEXTS = 400 };
  struct buf items, files[2];
  struct str texts[TEXTS], rest;
  struct rng rng;
  buf_init(&items, BUF_CAP_OWN);
  generator_write(generator_find(STR("gsm8k-style")), "sft", TEXTS / 2, &items);
  rest = buf_str(&items);
  for (size_t i = 0; i < TEXTS / 2; i++)
    texts[i] = texts[TEXTS / 2 + i] = str_next_line(&rest); /* each twice */
  struct tokenizer_recipe recipe = { .vocab_size = 900, .digits = TRAIN_DIGITS_THREE };
  rng_init(&rng, 2, "order", 0);
  for (size_t i = 0; i < 2; i++) {
    struct tokenizer_trainer *trainer = train(&recipe, texts, TEXTS);
    buf_init(&files[i], BUF_CAP_OWN);
    tokenizer_trainer_json(trainer, &files[i]);
    tokenizer_trainer_config(trainer, &files[i]);
    tokenizer_trainer_free(trainer);
    rng_shuffle(&rng, texts, TEXTS, sizeof *texts);
  }
  assert_int_equal(files[0].len, files[1].len);
  assert_memory_equal(files[0].ptr, files[1].ptr, files[0].len);
  for (size_t i = 0; i < 2; i++)
    buf_release(&files[i]);
  buf_release(&items);
}

/* One word of half a million letters: whoever walks over all of it for every merge is
 * here until the test's time is up. */
static void a_long_word(void **state)
{
  (void)state;
  enum { LETTERS = 1 << 19 };
  struct buf text;
  struct rng rng;
  buf_init(&text, LETTERS);
  rng_init(&rng, 3, "letters", 0);
  for (size_t i = 0; i < LETTERS; i++)
    buf_add_char(&text, (char)('a' + rng_below(&rng, 26)));
  struct tokenizer_recipe recipe = { .vocab_size = 20000 };
  struct str word = buf_str(&text);
  struct tokenizer_trainer *trainer = train(&recipe, &word, 1);
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  assert_int_equal(result.n_words, 1);
  assert_int_equal(result.vocab_size, 20000);
  struct tokenizer *tokenizer = open_trained(trainer);
  struct tokens tokens = { 0 };
  struct err err = { 0 };
  assert_ok(tokenizer_encode(tokenizer, word, 0, &tokens, &err), err);
  assert_int_equal(tokens.count, result.n_ids);
  tokens_release(&tokens);
  tokenizer_free(tokenizer);
  tokenizer_trainer_free(trainer);
  buf_release(&text);
}

/* ---- special tokens ---- */

static void special_tokens(void **state)
{
  (void)state;
  const struct str special[] = { STR("<|im_start|>"), STR("<|im_end|>"), STR("<pad>") };
  struct tokenizer_recipe recipe = {
    .vocab_size = 280,
    .bos = STR("<s>"),
    .eos = STR("<|im_end|>"),
    .pad = STR("<pad>"),
    .special = special,
    .n_special = 3,
    .add_bos = true,
    .add_eos = true,
    .chat_template = STR(CHATML),
  };
  /* left out of what is learned: else "<|im_start|>" would be its first pieces */
  const struct str texts[] = {
    STR("<|im_start|>x<|im_start|><|im_start|><|im_start|><|im_start|>y<|im_end|>"),
    STR("xy xy")
  };
  struct tokenizer_trainer *trainer = train(&recipe, texts, 2);
  struct tokenizer_trained result = tokenizer_trainer_result(trainer);
  assert_int_equal(result.n_bytes, 7);
  assert_int_equal(result.n_words, 4); /* x, y, xy, " xy" */
  assert_int_equal(result.n_merges, 2);
  struct err err = { 0 };
  const char *folder = test_folder();
  char path[128];
  assert_ok(tokenizer_trainer_save(trainer, folder, &err), err);
  struct tokenizer *t = tokenizer_open(folder, &err);
  if (!t)
    fail_msg("%s", err.msg);
  assert_int_equal(tokenizer_bos(t), 0);
  assert_int_equal(tokenizer_eos(t), 1);
  assert_int_equal(tokenizer_pad(t), 2);
  assert_int_equal(tokenizer_eot(t), 1);
  assert_int_equal(tokenizer_find(t, STR("<|im_start|>")), 3);
  assert_int_equal(tokenizer_find(t, STR("xy")), 260);
  assert_int_equal(tokenizer_size(t), 262);
  assert_true(tokenizer_is_end(t, 1) && !tokenizer_is_end(t, 0));
  struct tokens tokens = { 0 };
  assert_ok(tokenizer_encode(t, STR("xy<pad>"),
                             TOKENIZER_ADD_SPECIAL | TOKENIZER_PARSE_SPECIAL, &tokens,
                             &err),
            err);
  assert_int_equal(tokens.count, 4);
  assert_memory_equal(tokens.ids, ((int32_t[]){ 0, 260, 2, 1 }), 4 * sizeof(int32_t));
  tokens_release(&tokens);
  struct chat_template chat;
  struct arena arena = { 0 };
  assert_str_equal(tokenizer_chat_template(t), CHATML);
  assert_ok(chat_template_recognise(&chat, &arena, tokenizer_chat_template(t), &err),
            err);
  assert_string_equal(chat_template_name(&chat), "chatml");
  assert_false(str_present(chat.default_system));
  arena_release(&arena);
  tokenizer_free(t);
  tokenizer_trainer_free(trainer);
  static const char *const names[] = { "tokenizer.json", "tokenizer_config.json" };
  for (size_t i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    assert_int_equal(remove(path), 0);
  }
  assert_int_equal(rmdir(folder), 0);
}

/* ---- what is refused ---- */

static void refuse(struct tokenizer_recipe recipe, const char *word)
{
  struct err err = { 0 };
  struct tokenizer_trainer *trainer = tokenizer_trainer_create(&recipe, &err);
  if (trainer)
    fail_msg("taken, though '%s'", word);
  assert_int_equal(err.code, ERR_USAGE);
  if (!strstr(err.msg, word))
    fail_msg("'%s' is not in '%s'", word, err.msg);
}

static void refusals(void **state)
{
  (void)state;
  static char long_text[TRAIN_SPECIAL_TEXT_MAX + 2];
  memset(long_text, 'x', sizeof long_text - 1);
  const struct str twice[] = { STR("<x>"), STR("<y>"), STR("<x>") };
  const struct str empty = STR(""), letter = STR("\xc4\xa0"), newline = STR("<x\n>"),
                   bad = STR("<\xff>"), longest = str_from(long_text);
  refuse((struct tokenizer_recipe){ .vocab_size = 255 }, "from 256 ");
  refuse((struct tokenizer_recipe){ .vocab_size = 257,
                                    .bos = STR("<s>"),
                                    .eos = STR("</s>") },
         "from 258 ");
  refuse((struct tokenizer_recipe){ .vocab_size = TOKENIZER_VOCAB_MAX + 1 }, "cannot be");
  refuse((struct tokenizer_recipe){ .vocab_size = 300, .piece_max = 513 }, "513");
  refuse((struct tokenizer_recipe){ .vocab_size = 300, .add_bos = true }, "no bos");
  refuse(
      (struct tokenizer_recipe){ .vocab_size = 300, .bos = STR("<s>"), .add_eos = true },
      "no eos");
  refuse((struct tokenizer_recipe){ .vocab_size = 300, .bos = letter }, "byte");
#define LIST(list, n) \
  (struct tokenizer_recipe){ .vocab_size = 300, .special = (list), .n_special = (n) }
  refuse(LIST(twice, 3), "'<x>' is there twice");
  refuse(LIST(&empty, 1), "empty");
  refuse(LIST(&letter, 1), "byte");
  refuse(LIST(&newline, 1), "control");
  refuse(LIST(&bad, 1), "UTF-8");
  refuse(LIST(&longest, 1), "257 bytes");
#undef LIST
  struct err err = { 0 };
  struct tokenizer_trainer *trainer =
      begin(&(struct tokenizer_recipe){ .vocab_size = 300, .bos = STR("<s>") });
  assert_ok(tokenizer_trainer_add(trainer, STR(""), &err), err);
  assert_ok(tokenizer_trainer_add(trainer, STR("<s><s>"), &err), err);
  assert_int_equal(tokenizer_trainer_run(trainer, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "no text"));
  struct str huge = { "x", (size_t)TRAIN_TEXT_MAX + 1 };
  assert_int_equal(tokenizer_trainer_add(trainer, huge, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  tokenizer_trainer_free(trainer);
  tokenizer_trainer_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(derived_by_hand),
    cmocka_unit_test(runs_of_one_letter),
    cmocka_unit_test(digits_stay_together),
    cmocka_unit_test(as_the_rule_says),
    cmocka_unit_test(every_text_comes_back),
    cmocka_unit_test(order_decides_nothing),
    cmocka_unit_test(a_long_word),
    cmocka_unit_test(special_tokens),
    cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
