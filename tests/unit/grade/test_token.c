/* Words, numerals, units: the tables and readers below the parser. */
#include "grade/limits.h"
#include "grade/numeral.h"
#include "grade/text.h"
#include "grade/token.h"
#include "grade/unit.h"
#include "grade/vocabulary.h"
#include "grade/wordnum.h"
#include "test.h"

static void the_vocabulary_is_in_order(void **state)
{
  (void)state;
  for (size_t i = 0; i < word_count(); i++) {
    const struct word *word = word_at(i);
    assert_ptr_equal(word_find(str_from(word->name), (enum spelling)word->spelling),
                     word);
    if (i == 0)
      continue;
    int order = str_compare(str_from(word_at(i - 1)->name), str_from(word->name));
    bool spellings = order == 0 && !(word_at(i - 1)->spelling & word->spelling);
    if (order >= 0 && !spellings)
      fail_msg("'%s' stands in the wrong place", word->name);
  }
  assert_null(word_find(STR("nonsense"), SPELLED_BOTH));
}

/* text, reading, length of the numeral at its start */
static const struct {
  const char *text;
  unsigned reading;
  size_t len;
} extents[] = {
  { "1,234", 0, 5 },
  { "1,234", READING_LIST_COMMAS, 1 },
  { "1,23", 0, 1 },
  { "10,100,1000", 0, 2 },
  { "14{,}400", 0, 8 },
  { "14,\\!400", 0, 8 },
  { "14\\,400", 0, 7 },
  { "1 234 567", 0, 9 },
  { "3.5e-7", 0, 6 },
  { "2e3x", 0, 1 },
  { "5. Then", 0, 1 },
  { ".5", 0, 2 },
  { "0.\\overline{3}", 0, 14 },
  { "0.333...", 0, 8 },
  { "0.1(6)", 0, 6 },
  { "0,123", 0, 1 },
};

static void numerals_end_where_they_end(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(extents); i++) {
    unsigned ambiguous = 0;
    size_t len = numeral_extent(str_from(extents[i].text), 0, extents[i].reading, false,
                                &ambiguous);
    if (len != extents[i].len)
      fail_msg("'%s': %zu instead of %zu", extents[i].text, len, extents[i].len);
    /* a length, wherever the numeral stands */
    char moved[64];
    snprintf(moved, sizeof moved, "x + %s", extents[i].text);
    len = numeral_extent(str_from(moved), 4, extents[i].reading, false, &ambiguous);
    assert_int_equal(len, extents[i].len);
  }
}

static void words_are_numbers(void **state)
{
  (void)state;
  int64_t value;
  assert_true(wordnum_parse(STR("twenty-one"), &value) && value == 21);
  assert_true(wordnum_parse(STR("Two Hundred and Five"), &value) && value == 205);
  assert_true(wordnum_parse(STR("three million four thousand"), &value) &&
              value == 3004000);
  assert_true(wordnum_parse(STR("minus twelve"), &value) && value == -12);
  assert_true(wordnum_parse(STR("third"), &value) && value == 3);
  assert_false(wordnum_parse(STR("one two"), &value));
  assert_false(wordnum_parse(STR("twenty eleven"), &value));
  assert_false(wordnum_parse(STR("first two"), &value));
  assert_false(wordnum_parse(STR("ones"), &value));
  assert_false(wordnum_parse(STR(""), &value));
}

static void units_have_dimensions(void **state)
{
  (void)state;
  struct unit inch, foot, speed = UNIT_ONE, hour, mile, mph;
  assert_true(unit_find(STR("inches"), &inch) && unit_find(STR("Feet"), &foot));
  assert_true(unit_same_dimension(&inch, &foot));
  assert_true(unit_find(STR("hrs"), &hour) && unit_find(STR("miles"), &mile));
  assert_true(unit_find(STR("mph"), &mph));
  assert_false(unit_same_dimension(&hour, &mile));
  unit_multiply(&speed, &mile, 1);
  unit_multiply(&speed, &hour, -1);
  assert_true(speed.known && unit_same_dimension(&speed, &mph));
  assert_int_equal(speed.numerator * mph.denominator, mph.numerator * speed.denominator);
  assert_false(unit_find(STR("students"), &inch));
  unit_multiply(&speed, &mile, 9);
  assert_false(speed.known);
}

static void text_is_compared_by_words(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct str rest;
  assert_str_equal(text_normalised(&arena, STR("\\text{The  Answer, is Even.}")),
                   "answer is even");
  assert_str_equal(text_normalised(&arena, STR("1.5-x")), "1.5 - x");
  assert_true(text_synonyms(STR("yes"), STR("true")));
  assert_false(text_synonyms(STR("y"), STR("t")));
  assert_false(text_synonyms(STR("yes"), STR("no")));
  assert_true(text_synonyms(STR("none"), STR("no solution")));
  assert_int_equal(text_choice(&arena, STR("\\textbf{(C) } 12"), &rest), 'C');
  assert_str_equal(rest, "12");
  assert_int_equal(text_choice(&arena, STR("Cat"), &rest), 0);
  assert_int_equal(text_choice(&arena, STR("K"), &rest), 0);
  assert_int_equal(text_choice(&arena, STR("(c)"), &rest), 0);
  arena_release(&arena);
}

static void other_characters_become_ascii(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  assert_str_equal(ascii_of(&arena, STR("x\xC2\xB2\xC2\xB3 \xE2\x88\x92 1")),
                   "x^{23} - 1");
  assert_str_equal(ascii_of(&arena, STR("a\xE2\x82\x81\xE2\x82\x82")), "a_{12}");
  assert_str_equal(ascii_of(&arena, STR("\xEF\xBC\x95")), "5");
  assert_str_equal(ascii_of(&arena, STR("\xFF\xE2")), "\xFF\xE2");
  assert_str_equal(ascii_of(&arena, STR("\xC3\xA9")), "\xC3\xA9");
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_vocabulary_is_in_order),
    cmocka_unit_test(numerals_end_where_they_end),
    cmocka_unit_test(words_are_numbers),
    cmocka_unit_test(units_have_dimensions),
    cmocka_unit_test(text_is_compared_by_words),
    cmocka_unit_test(other_characters_become_ascii),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
