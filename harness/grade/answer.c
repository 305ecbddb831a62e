/* answer.c - readings of a bare answer, and the verdict over pairs of them. */
#include "grade/answer.h"

#include "grade/category.h"
#include "grade/compare.h"
#include "grade/limits.h"
#include "grade/numeral.h"
#include "grade/parse.h"
#include "grade/text.h"
#include "grade/vocabulary.h"
#include "grade/wordnum.h"

struct answer {
  struct str text; /* as given, without blanks around it */
  const struct node *readings[LIMIT_READINGS];
  uint8_t count;
  uint8_t category;  /* enum category */
  bool over;         /* beyond a cap */
  bool words;        /* made of words: the text decides */
  bool wordy;        /* contains words, though it has a reading */
  char choice;       /* letter, or 0 */
  struct str option; /* what follows the letter */
};

/* ---- plain integers, which most answers are ---- */

/* A node and its answer in one allocation. */
struct small_answer {
  struct answer answer;
  struct node node, minus;
  struct node *child[1];
};

static struct answer *parse_small_integer(struct arena *arena, struct str text)
{
  bool negative = text.len && text.ptr[0] == '-';
  struct str digits = str_slice(text, negative, text.len);
  if (digits.len == 0 || digits.len > 18 || (digits.ptr[0] == '0' && digits.len > 1))
    return NULL;
  int64_t value = 0;
  for (size_t i = 0; i < digits.len; i++) {
    if (!char_is_digit(digits.ptr[i]))
      return NULL;
    value = value * 10 + (digits.ptr[i] - '0');
  }
  struct small_answer *small = arena_alloc(arena, sizeof *small);
  small->node.kind = NODE_NUMBER;
  small->node.number = (struct number){ digits, value, 0, -1 };
  small->minus.kind = NODE_NEGATE;
  small->minus.count = 1;
  small->minus.children = small->child;
  small->child[0] = &small->node;
  small->answer.text = text;
  small->answer.readings[0] = negative ? &small->minus : &small->node;
  small->answer.count = 1;
  small->answer.category = CATEGORY_INTEGER;
  return &small->answer;
}

/* ---- clean text ---- */

static bool strip(struct str *text, struct str open, struct str close)
{
  if (text->len < open.len + close.len || !str_starts(*text, open) ||
      !str_ends(*text, close))
    return false;
  *text = str_trim(str_slice(*text, open.len, text->len - close.len));
  return true;
}

/* Marks of Markdown and the end of a sentence around the answer. */
static struct str unwrapped(struct str text)
{
  text = str_trim(text);
  for (int n = 0; n < 8; n++) {
    bool any = strip(&text, STR("**"), STR("**")) || strip(&text, STR("`"), STR("`")) ||
               strip(&text, STR("\""), STR("\"")) || strip(&text, STR("$$"), STR("$$")) ||
               strip(&text, STR("\\["), STR("\\]")) ||
               strip(&text, STR("\\("), STR("\\)"));
    bool dot = text.len > 1 && (str_ends(text, STR(".")) || str_ends(text, STR(","))) &&
               !str_ends(text, STR("..."));
    if (dot)
      text = str_trim(str_slice(text, 0, text.len - 1));
    if (!any && !dot)
      break;
  }
  return text;
}

/* ---- words ---- */

/* Only names: what has operators or brackets is mathematics whatever its names are. */
static bool is_only_names(const struct node *node)
{
  if (node->kind == NODE_QUANTITY) /* a word with more words as its unit */
    node = node->children[0];
  return !(node_traits(node) & (TRAIT_OPERATOR | TRAIT_STRUCTURE));
}

static bool has_letter(struct str text)
{
  for (size_t i = 0; i < text.len; i++)
    if (char_is_alpha(text.ptr[i]))
      return true;
  return false;
}

/* ---- numerals with letters or a point in another base: "152A_{11}", "0.0011_2" ---- */

static const struct node *parse_numeral_in_base(struct arena *arena, struct str text)
{
  struct forest forest = { arena, 0, false };
  bool negative = str_starts(text, STR("-"));
  size_t at = negative, from = at;
  bool digit = false;
  for (; at < text.len && (char_is_digit(text.ptr[at]) || char_is_upper(text.ptr[at]) ||
                           text.ptr[at] == '.');
       at++)
    digit = digit || char_is_digit(text.ptr[at]);
  struct str digits = str_slice(text, from, at);
  struct str base = str_slice(text, at, text.len);
  if (!digit || !str_starts(base, STR("_")))
    return NULL;
  base = str_slice(base, 1, base.len);
  strip(&base, STR("{"), STR("}"));
  if (base.len == 0 || base.len > 2)
    return NULL;
  struct node *node = node_new(&forest, NODE_BASE, 0);
  node->name = digits;
  for (size_t i = 0; i < base.len; i++) {
    if (!char_is_digit(base.ptr[i]))
      return NULL;
    node->columns = node->columns * 10 + (base.ptr[i] - '0');
  }
  return negative ? node_unary(&forest, NODE_NEGATE, node) : node;
}

/* ---- parsing ---- */

static void add_reading(struct answer *answer, const struct node *node)
{
  if (node && answer->count < LIMIT_READINGS)
    answer->readings[answer->count++] = node;
}

/* The reading taken first, then one for each way to read it differently. */
static void parse_readings(struct arena *arena, struct answer *answer, struct str text,
                           struct budget *budget)
{
  unsigned ambiguous = 0, ignored;
  add_reading(answer, parse_text(arena, text, 0, budget, &answer->over, &ambiguous));
  for (unsigned bit = 1; ambiguous && bit <= READING_THOUSANDS && !answer->over; bit *= 2)
    if (ambiguous & bit)
      add_reading(answer, parse_text(arena, text, bit, budget, &answer->over, &ignored));
}

/* Words may spell a number; then that is the reading. */
static void read_words(struct arena *arena, struct answer *answer, struct str text)
{
  int64_t value;
  struct forest forest = { arena, 0, false };
  struct str normalised = text_normalised(arena, text);
  if (wordnum_parse(normalised, &value)) {
    answer->count = 0;
    answer->words = false;
    answer->category = CATEGORY_INTEGER;
    add_reading(answer, node_integer(&forest, value));
  } else if (text_says_all_reals(normalised)) {
    answer->count = 0;
    answer->words = false;
    answer->category = CATEGORY_INTERVAL;
    add_reading(answer, node_constant(&forest, CONSTANT_REALS));
  } else if (answer->words) {
    bool truth = text_truth(normalised) >= 0 && normalised.len > 1;
    answer->category = truth ? CATEGORY_BOOLEAN : CATEGORY_TEXT;
  }
}

/* "no" is a word, whatever n times o may be. */
static bool is_truth(struct arena *arena, struct str text)
{
  return text.len < 16 && text.len > 1 && text_truth(text_normalised(arena, text)) >= 0;
}

static struct answer *over_the_limits(struct answer *answer)
{
  answer->over = true;
  answer->count = 0;
  answer->category = CATEGORY_LIMIT;
  return answer;
}

struct answer *answer_parse(struct arena *arena, struct str text, struct budget *budget)
{
  text = str_trim(text);
  budget->ticks -= 8 + (int64_t)(text.len < LIMIT_CANDIDATE_BYTES ? text.len : 0) / 16;
  struct answer *answer = parse_small_integer(arena, text);
  if (answer)
    return answer;
  answer = ARENA_NEW(arena, struct answer, 1);
  answer->text = text;
  if (text.len > LIMIT_CANDIDATE_BYTES)
    return over_the_limits(answer);
  struct str ascii = unwrapped(ascii_of(arena, text));
  const struct node *numeral = parse_numeral_in_base(arena, ascii);
  if (numeral)
    add_reading(answer, numeral);
  else
    parse_readings(arena, answer, ascii, budget);
  if (answer->over)
    return over_the_limits(answer);
  answer->category =
      answer->count ? (uint8_t)category_of(answer->readings[0]) : CATEGORY_TEXT;
  if (answer->category >= CATEGORY_INTEGER && !has_letter(ascii))
    return answer;
  answer->wordy = text_looks_like_words(ascii) || is_truth(arena, ascii);
  answer->words =
      answer->count == 0 || (answer->wordy && is_only_names(answer->readings[0]));
  if (answer->words || answer->wordy)
    read_words(arena, answer, ascii);
  answer->choice = text_choice(arena, ascii, &answer->option);
  if (answer->choice)
    answer->category = CATEGORY_CHOICE;
  return answer;
}

/* ---- what it is ---- */

const char *answer_category(const struct answer *answer)
{
  return category_name((enum category)answer->category);
}

bool answer_is_math(const struct answer *answer)
{
  return answer->count > 0 && !answer->words;
}

bool answer_is_list(const struct answer *answer)
{
  return answer->category == CATEGORY_LIST || answer->category == CATEGORY_SET;
}

bool answer_is_choice(const struct answer *answer)
{
  return answer->choice != '\0';
}

bool answer_is_number(const struct answer *answer)
{
  return answer->category >= CATEGORY_INTEGER && answer->category <= CATEGORY_QUANTITY;
}

bool answer_fits(const struct answer *gold, const struct answer *candidate)
{
  if (gold->choice)
    return candidate->choice || candidate->text.len == 1 ||
           (!gold->words && answer_is_math(candidate));
  if (gold->words || gold->over)
    return true;
  if (!answer_is_math(candidate))
    return false;
  if (category_is_value((enum category)gold->category))
    return category_is_value((enum category)candidate->category) || candidate->choice ||
           candidate->category == CATEGORY_SET || gold->category == CATEGORY_EQUATION;
  return !category_is_value((enum category)candidate->category) ||
         candidate->category == CATEGORY_EQUATION;
}

/* ---- the verdict ---- */

static bool decided(enum grade_reason *reason, bool same, enum grade_reason why)
{
  *reason = why;
  return same;
}

/* Both plain integers: no arena, no tree. */
static bool small_integers(const struct answer *a, const struct answer *b, bool *same)
{
  if (a->category != CATEGORY_INTEGER || b->category != CATEGORY_INTEGER ||
      a->count != 1 || b->count != 1)
    return false;
  const struct node *x = a->readings[0], *y = b->readings[0];
  bool minus_x = x->kind == NODE_NEGATE, minus_y = y->kind == NODE_NEGATE;
  x = minus_x ? x->children[0] : x;
  y = minus_y ? y->children[0] : y;
  if (!node_is_integer_literal(x) || !node_is_integer_literal(y) || x->number.small < 0 ||
      y->number.small < 0)
    return false;
  *same =
      x->number.small == y->number.small && (minus_x == minus_y || x->number.small == 0);
  return true;
}

static bool same_choice(const struct answer *gold, const struct answer *candidate)
{
  if (gold->choice && candidate->choice)
    return gold->choice == candidate->choice;
  /* "c" for "C" */
  const struct answer *choice = gold->choice ? gold : candidate;
  const struct answer *other = gold->choice ? candidate : gold;
  return choice->choice && other->text.len == 1 && choice == gold &&
         other->text.ptr[0] == choice->choice + ('a' - 'A');
}

static bool same_words(const struct answer *gold, const struct answer *candidate,
                       struct arena *arena, enum grade_reason *reason)
{
  struct str a = text_normalised(arena, gold->text);
  struct str b = text_normalised(arena, candidate->text);
  bool words = gold->words || candidate->words || (gold->wordy && candidate->wordy);
  if (text_synonyms(a, b))
    return decided(reason, true, GRADE_SAME_TEXT);
  if (words && a.len && str_equal(a, b))
    return decided(reason, true, GRADE_SAME_TEXT);
  /* an option's letter and its text against the text alone */
  if (gold->choice && gold->option.len && words &&
      str_equal(text_normalised(arena, gold->option), b))
    return decided(reason, true, GRADE_SAME_CHOICE);
  return false;
}

static bool same_reading(const struct answer *gold, const struct answer *candidate,
                         struct arena *arena, struct budget *budget,
                         enum grade_reason *reason)
{
  enum grade_reason first = GRADE_REASON_COUNT;
  for (size_t i = 0; i < gold->count; i++)
    for (size_t j = 0; j < candidate->count; j++) {
      struct comparison comparison = {
        { arena, 0, false }, budget, GRADE_DIFFERENT_VALUE, 0
      };
      if (compare_nodes(&comparison, gold->readings[i], candidate->readings[j]))
        return decided(reason, true, comparison.reason);
      if (first == GRADE_REASON_COUNT)
        first = comparison.reason;
    }
  if (budget->ticks <= 0)
    first = GRADE_OVER_BUDGET;
  return decided(reason, false, first);
}

bool answer_same(const struct answer *gold, const struct answer *candidate,
                 struct arena *arena, struct budget *budget, enum grade_reason *reason)
{
  bool same;
  if (small_integers(gold, candidate, &same))
    return decided(reason, same, same ? GRADE_SAME_NUMBER : GRADE_DIFFERENT_NUMBER);
  if (str_equal(gold->text, candidate->text))
    return decided(reason, true, GRADE_SAME_TEXT);
  if (gold->over || candidate->over)
    return decided(reason, false, GRADE_OVER_BUDGET);
  if (same_choice(gold, candidate))
    return decided(reason, true, GRADE_SAME_CHOICE);
  budget->ticks -= (int64_t)(gold->text.len + candidate->text.len) / 2;
  bool words = gold->words || candidate->words;
  bool letters = gold->text.len + candidate->text.len < 64 || words;
  if (letters && same_words(gold, candidate, arena, reason))
    return true;
  if (answer_is_math(gold) && answer_is_math(candidate))
    return same_reading(gold, candidate, arena, budget, reason);
  if (!words)
    return decided(reason, false, GRADE_DIFFERENT_TYPE);
  return decided(reason, false,
                 candidate->count == 0 && !gold->words ? GRADE_UNPARSABLE
                                                       : GRADE_DIFFERENT_TEXT);
}
