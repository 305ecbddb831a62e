#include "gen/words.h"

#include "base/arena.h"

static const struct person people[] = {
  { "Anna", true },  { "Ben", false },   { "Clara", true },  { "David", false },
  { "Emma", true },  { "Felix", false }, { "Grace", true },  { "Hugo", false },
  { "Ivy", true },   { "Jack", false },  { "Kate", true },   { "Leo", false },
  { "Mia", true },   { "Noah", false },  { "Olga", true },   { "Paul", false },
  { "Rosa", true },  { "Sam", false },   { "Tina", true },   { "Victor", false },
  { "Wendy", true }, { "Adam", false },  { "Bella", true },  { "Carlo", false },
  { "Diana", true }, { "Erik", false },  { "Fatima", true }, { "George", false },
  { "Hanna", true }, { "Ivan", false },  { "Julia", true },  { "Kevin", false },
  { "Laura", true }, { "Marco", false }, { "Nina", true },   { "Oscar", false },
  { "Petra", true }, { "Ravi", false },  { "Sara", true },   { "Tom", false },
};

size_t person_count(void)
{
  return COUNT(people);
}
const struct person *person_at(size_t index)
{
  return &people[index];
}

bool is_person_name(struct str word)
{
  for (size_t i = 0; i < COUNT(people); i++)
    if (str_equal(word, str_from(people[i].name)))
      return true;
  return false;
}

enum { THINGS_MAX = 9 };

static const struct {
  const char *kind;
  const char *things[THINGS_MAX];
} kinds[] = {
  { "fruit", { "apple", "orange", "pear", "banana", "peach", "lemon", "mango", "plum" } },
  { "vegetable", { "carrot", "potato", "tomato", "onion", "cucumber", "pepper" } },
  { "toy",
    { "marble", "sticker", "stamp", "shell", "button", "card", "toy car", "bead" } },
  { "read", { "book", "magazine", "comic", "newspaper" } },
  { "baked", { "muffin", "cookie", "cupcake", "bagel", "pie", "roll", "pancake" } },
  { "flower", { "rose", "tulip", "lily", "daisy", "sunflower" } },
  { "farm", { "chicken", "duck", "goat", "cow", "rabbit", "pig", "horse" } },
  { "pet", { "dog", "cat", "rabbit", "hamster", "parrot" } },
  { "school", { "pencil", "pen", "notebook", "eraser", "marker", "ruler", "folder" } },
  { "clothes", { "shirt", "hat", "scarf", "jacket", "belt", "dress", "sweater" } },
  { "vehicle", { "car", "truck", "van", "bus", "bike" } },
  { "tree", { "oak", "pine", "maple", "cherry tree", "apple tree" } },
  { "craft", { "bracelet", "candle", "basket", "mug", "toy boat", "kite", "lamp" } },
  { "group", { "class", "club", "team", "choir" } },
  { "home", { "chair", "lamp", "table", "rug", "mirror", "clock", "shelf" } },
  { "container", { "box", "bag", "crate", "basket", "tray" } },
  { "snack", { "candy", "nut", "grape", "cracker", "cookie", "cherry", "raisin" } },
};

const char *const *things_of(struct str kind, size_t *count)
{
  for (size_t i = 0; i < COUNT(kinds); i++) {
    if (!str_equal(kind, str_from(kinds[i].kind)))
      continue;
    for (*count = 0; *count < THINGS_MAX && kinds[i].things[*count]; (*count)++)
      ;
    return kinds[i].things;
  }
  return NULL;
}

static const struct {
  const char *singular, *plural;
} irregular[] = {
  { "child", "children" },  { "person", "people" }, { "foot", "feet" },
  { "loaf", "loaves" },     { "shelf", "shelves" }, { "scarf", "scarves" },
  { "woman", "women" },     { "man", "men" },       { "potato", "potatoes" },
  { "tomato", "tomatoes" }, { "fish", "fish" },     { "sheep", "sheep" },
  { "half", "halves" },     { "leaf", "leaves" },
};

static bool is_vowel(char c)
{
  return c && strchr("aeiou", c) != NULL;
}

void word_write_plural(struct buf *out, struct str singular)
{
  size_t word = singular.len;
  while (word > 0 && singular.ptr[word - 1] != ' ')
    word--;
  for (size_t i = 0; i < COUNT(irregular); i++) {
    struct str noun = str_slice(singular, word, singular.len);
    if (!str_equal(noun, str_from(irregular[i].singular)))
      continue;
    buf_add(out, str_slice(singular, 0, word));
    buf_add_cstr(out, irregular[i].plural);
    return;
  }
  char last = singular.len > 0 ? singular.ptr[singular.len - 1] : '\0';
  char before = singular.len > 1 ? singular.ptr[singular.len - 2] : '\0';
  if (last == 'y' && !is_vowel(before)) {
    buf_add(out, str_slice(singular, 0, singular.len - 1));
    buf_add_cstr(out, "ies");
    return;
  }
  bool hiss = last == 's' || last == 'x' || str_ends(singular, STR("ch")) ||
              str_ends(singular, STR("sh"));
  buf_add(out, singular);
  buf_add_cstr(out, hiss ? "es" : "s");
}

const char *word_article(struct str noun)
{
  return noun.len > 0 && is_vowel(noun.ptr[0]) ? "an" : "a";
}

const char *number_word(int64_t value)
{
  static const char *const words[] = { "two",   "three", "four", "five", "six",
                                       "seven", "eight", "nine", "ten" };
  return value >= 2 && value <= 10 ? words[value - 2] : NULL;
}

const char *fraction_word(int64_t n)
{
  static const char *const words[] = { "half",      "a third", "a quarter",
                                       "a fifth",   "a sixth", "a seventh",
                                       "an eighth", "a ninth", "a tenth" };
  return n >= 2 && n <= 10 ? words[n - 2] : NULL;
}
