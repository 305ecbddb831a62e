#include "grade/extract.h"

#include "grade/scan.h"

/* Order of the questions put to a response. Numbers: GSM8K's own mark first. */
static const struct rule rules_number[] = {
  { "####", rule_hash, false, true },
  { "boxed", rule_box, false, true },
  { "i hope", rule_hope, true, false },
  { "answer tag", rule_tag, false, true },
  { "last line a:", rule_last_line_a, true, true },
  { "answer is", rule_answer_marker, true, false },
  { "open box", rule_open_box, false, false },
  { "result is", rule_result_marker, true, false },
  { "whole line", rule_whole_line, true, false },
  { "last number", rule_number, true, false },
  { "last bold", rule_bold, true, false },
  { "number in words", rule_spelled, true, false },
};

static const struct rule rules_choice[] = {
  { "boxed", rule_box, false, true },
  { "i hope", rule_hope, true, false },
  { "answer tag", rule_tag, false, true },
  { "####", rule_hash, false, true },
  { "answer is", rule_answer_marker, true, false },
  { "leading letter", rule_leading_letter, true, false },
  { "last bold", rule_bold, true, false },
  { "last letter", rule_last_letter, true, false },
  { "last math", rule_math, true, false },
  { "last line", rule_last_line, true, false },
};

static const struct rule rules_anything[] = {
  { "i hope", rule_hope, true, false },
  { "boxed", rule_box, false, true },
  { "####", rule_hash, false, true },
  { "answer tag", rule_tag, false, true },
  { "last line a:", rule_last_line_a, true, false },
  { "answer is", rule_answer_marker, true, false },
  { "open box", rule_open_box, false, false },
  { "result is", rule_result_marker, true, false },
  { "leading word", rule_leading_word, true, false },
  { "last math", rule_math, true, false },
  { "last bold", rule_bold, true, false },
  { "last is", rule_last_is, true, false },
  { "last line", rule_last_line, true, false },
};

void pieces_add(struct pieces *pieces, size_t from, size_t to)
{
  if (pieces->n >= LIMIT_PIECES || from >= to || to - from > LIMIT_PIECE)
    return;
  pieces->at[pieces->n++] = (struct piece){ from, to, STR_NONE };
}

static void source_init(struct source *source, struct arena *arena, struct str text)
{
  size_t tail = text.len > SCAN_NEAR ? text.len - SCAN_NEAR : 0;
  /* not in the middle of a character */
  while (tail < text.len && ((unsigned char)text.ptr[tail] & 0xC0) == 0x80)
    tail++;
  *source = (struct source){ .arena = arena };
  source->full = (struct clean_text){ text, text, NULL };
  source->tail = clean_text(arena, str_slice(text, tail, text.len));
}

void extract_begin(struct extraction *x, struct arena *arena, struct str response,
                   const struct answer *gold)
{
  x->response = response;
  x->next_rule = x->next_piece = x->pieces.n = 0;
  x->current = NULL;
  source_init(&x->source, arena, clean_thoughts(response));
  struct source *source = &x->source;
  source->wants_list = answer_is_list(gold);
  source->wants_choice = answer_is_choice(gold);
  source->wants_number = !source->wants_choice && answer_is_number(gold);
  source->wants_words = !answer_is_math(gold) || source->wants_choice;
  source->wants_equation = str_equal(str_from(answer_category(gold)), STR("equation"));
  if (source->wants_choice) {
    x->rules = rules_choice;
    x->n_rules = COUNT(rules_choice);
  } else if (source->wants_number) {
    x->rules = rules_number;
    x->n_rules = COUNT(rules_number);
  } else {
    x->rules = rules_anything;
    x->n_rules = COUNT(rules_anything);
  }
}

bool extract_next(struct extraction *x, struct candidate *out)
{
  while (x->next_piece >= x->pieces.n) {
    if (x->next_rule >= x->n_rules || extract_closed(x))
      return false;
    x->current = &x->rules[x->next_rule++];
    x->pieces.n = x->next_piece = 0;
    x->current->find(&x->source, &x->pieces);
  }
  const struct piece *piece = &x->pieces.at[x->next_piece++];
  const struct clean_text *text =
      x->current->reads_tail ? &x->source.tail : &x->source.full;
  struct str found = str_present(piece->composed)
                         ? piece->composed
                         : str_slice(text->s, piece->from, piece->to);
  size_t from = clean_origin(text, piece->from), to = clean_origin(text, piece->to);
  out->text = clean_answer(x->source.arena, found);
  out->span_at = (size_t)(text->origin.ptr - x->response.ptr) + from;
  out->span_len = to - from;
  out->rule = x->current->name;
  return true;
}

bool extract_closed(const struct extraction *x)
{
  return x->current && x->current->closes && x->pieces.n > 0;
}

struct str extract_gold(struct arena *arena, struct str gold)
{
  static const struct rule in_golds[] = {
    { "i hope", rule_hope, true, false },
    { "boxed", rule_box, false, true },
    { "####", rule_hash, false, true },
    { "last line a:", rule_last_line_a, true, true },
  };
  struct source source;
  struct pieces pieces = { .n = 0 };
  if (gold.len < 2 || (gold.len < 8 && !memchr(gold.ptr, ':', gold.len)))
    return str_trim(gold); /* too short for any mark: nearly every gold */
  source_init(&source, arena, gold);
  for (size_t i = 0; i < COUNT(in_golds) && !pieces.n; i++) {
    in_golds[i].find(&source, &pieces);
    if (!pieces.n)
      continue;
    const struct clean_text *text = in_golds[i].reads_tail ? &source.tail : &source.full;
    return clean_answer(arena, str_slice(text->s, pieces.at[0].from, pieces.at[0].to));
  }
  return str_trim(gold);
}
