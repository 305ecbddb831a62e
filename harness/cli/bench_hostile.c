/* Responses that have hung, crashed or slowed other graders, and their worse relatives.
 */
#include "cli/bench.h"

enum { MIB = 1 << 20 };

static const struct recipe {
  const char *name, *gold;
  const char *head, *repeated, *tail;
  size_t times; /* 0: as often as fits in 1 MiB */
  bool bare;
} recipes[] = {
  { "nested fractions, 100000 deep", "1/2", "\\boxed{", "\\frac{", "1}", 100000, false },
  { "nested fractions, bare", "1/2", "", "\\frac{1}{", "2", 100000, true },
  { "nested brackets, bare", "1", "", "(", "1", 100000, true },
  { "10^6 digits", "7", "The answer is ", "7", "", 1000000, false },
  { "10^6 digits, bare", "7", "", "7", "", 1000000, true },
  { "4000 digits, bare", "7", "", "7", "", 4000, true },
  { "900 digits over 900 digits", "1/3", "", "333333333", "/999", 100, true },
  { "1 MiB of digits in boxes", "5", "", "\\boxed{", "5}", 0, false },
  { "flood of boxes", "5", "", "\\boxed{5} ", "", 0, false },
  { "flood of boxes, a list", "1,2", "", "\\boxed{5}, ", "", 0, false },
  { "flood of open boxes", "5", "", "\\boxed{", "", 0, false },
  { "flood of empty boxes", "5", "", "\\boxed{}", "", 0, false },
  { "flood of x", "5", "", "x", "", 0, false },
  { "flood of dollars", "\\frac{1}{2}", "", "$", "", 0, false },
  { "flood of dollar pairs", "\\frac{1}{2}", "", "$ a", "", 0, false },
  { "flood of open displays", "\\frac{1}{2}", "", "\\]", "", 0, false },
  { "flood of closed environments", "x+1", "", "\\end{align}", "", 0, false },
  { "flood of hashes", "5", "", "#", "", 0, false },
  { "flood of empty ####", "5", "", "#### \n", "", 0, false },
  { "flood of answers", "5", "", "answer ", "", 0, false },
  { "flood of answer markers", "5", "", "the answer is: ", "", 0, false },
  { "flood of answer to", "5", "", "answer to ", "", 0, false },
  { "flood of stars", "Yes", "", "**", "", 0, false },
  { "flood of tags", "5", "", "<answer>", "", 0, false },
  { "flood of thoughts", "5", "", "</think>", "", 0, false },
  { "flood of angle brackets", "5", "", "<", "", 0, false },
  { "flood of newlines", "5", "", "\n", "", 0, false },
  { "flood of I hope", "5", "", "I hope ", "", 0, false },
  { "flood of final answers", "5", "", "final answer is ", "", 0, false },
  { "flood of brackets", "(1,2)", "", "(", "", 0, false },
  { "flood of numbers", "5", "", "1 ", "", 0, false },
  { "flood of names of numbers", "5", "", "x1 ", "", 0, false },
  { "flood of ordinals", "5", "", "1th ", "", 0, false },
  { "flood of commas", "5", "", "1,", "", 0, false },
  { "flood of letters", "B", "", "A B ", "", 0, false },
  { "flood of braces", "\\frac{1}{2}", "$", "\\text{", "$", 0, false },
  { "bytes that are no UTF-8", "5", "", "\xC3\xFF", "", 0, false },
  { "full-width digits", "5", "", "\xEF\xBC\x95", "", 0, false },
  { "spaces", "5", "", " ", "5", 0, false },
  { "prose without an answer", "5", "", "there is nothing in here to find, ", "", 0,
    false },
  { "a long sum", "1", "", "1+", "1", 2000, true },
  { "a long product", "x", "", "x*", "x", 2000, true },
  { "a long list", "1,2,3", "", "1,", "2", 2000, true },
  { "a list of lists", "(1,2)", "", "(1,", "2", 1300, true },
  { "a tower of fives", "1", "", "5^{", "5}}}}}}}}", 8, true },
  { "a tower of 60", "1", "", "9^(", "9", 60, true },
  { "nested roots", "1", "", "\\sqrt{1+", "1", 60, true },
  { "nested roots of roots", "\\sqrt{2}", "", "\\sqrt{", "2", 60, true },
  { "a factorial of factorials", "1", "3", "!", "", 60, true },
  { "a great factorial", "1", "", "", "999999999999!", 1, true },
  { "a great binomial", "1", "", "", "\\binom{1000000000}{500000000}", 1, true },
  { "a great exponent", "1", "", "", "1e999999999", 1, true },
  { "plus or minus, often", "1", "", "\\pm 1 ", "", 30, true },
  { "unions of intervals", "(1,2)", "", "(1,2)\\cup", "(3,4)", 250, true },
  { "a matrix of 256 cells", "1", "\\begin{pmatrix}", "1&", "1\\end{pmatrix}", 255,
    true },
  { "sine of sine", "1", "", "\\sin(", "1", 60, true },
};

bool bench_hostile_at(size_t index, struct arena *arena, struct hostile *out)
{
  if (index >= COUNT(recipes))
    return false;
  const struct recipe *r = &recipes[index];
  size_t head = strlen(r->head), each = strlen(r->repeated), tail = strlen(r->tail);
  size_t times = r->times ? r->times : (MIB - head - tail) / each;
  char *text = arena_alloc(arena, head + times * each + tail + 1);
  size_t n = head;
  memcpy(text, r->head, head);
  for (size_t i = 0; i < times; i++, n += each)
    memcpy(text + n, r->repeated, each);
  memcpy(text + n, r->tail, tail);
  *out = (struct hostile){ r->name, r->gold, { text, n + tail }, r->bare };
  return true;
}
