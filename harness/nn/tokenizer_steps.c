#include "nn/tokenizer_steps.h"

enum { SEQUENCE_DEPTH_MAX = 8 };

int steps_unknown(const char *part, const struct json *node, const char *known,
                  struct err *err)
{
  struct str type = json_get_string(node, "type", STR("(none)"));
  return err_set(err, ERR_DATA, "%s: '%.*s' is not supported; known are %s", part,
                 STR_ARG(str_slice(type, 0, 60)), known);
}

int steps_text(const char *part, const struct json *node, const char *key,
               struct str *out, struct err *err)
{
  if (json_need_string(node, key, out, err) < 0)
    return err_wrap(err, "%s", part);
  if (out->len > STEP_TEXT_MAX)
    return err_set(err, ERR_DATA, "%s: '%s' has %zu bytes; at most %d are taken", part,
                   key, out->len, STEP_TEXT_MAX);
  return 0;
}

int steps_pattern(const char *part, const struct json *node, struct str *literal,
                  struct str *regex, struct err *err)
{
  const struct json *pattern = json_member(node, "pattern");
  *literal = json_type(pattern) == JSON_STRING
                 ? json_string(pattern, STR_NONE)
                 : json_get_string(pattern, "String", STR_NONE);
  *regex = json_get_string(pattern, "Regex", STR_NONE);
  if (str_present(*literal) == str_present(*regex))
    return err_set(err, ERR_DATA, "%s: a pattern that is neither String nor Regex", part);
  return 0;
}

/* ---- the list of a Sequence, or the one step itself ---- */

typedef int step_reader(struct tokenizer *t, const struct json *step, struct err *err);

static int each(struct tokenizer *t, const struct json *node, const char *list,
                step_reader *reader, int depth, struct err *err)
{
  if (json_type(node) <= JSON_NULL)
    return 0;
  if (!str_equal(json_get_string(node, "type", STR("")), STR("Sequence")))
    return reader(t, node, err);
  if (depth >= SEQUENCE_DEPTH_MAX)
    return err_set(err, ERR_DATA, "%s: sequences nested deeper than %d", list, depth);
  const struct json *steps = json_member(node, list);
  for (const struct json *step = json_first(steps); step; step = json_next(step))
    if (each(t, step, list, reader, depth + 1, err) < 0)
      return -1;
  return 0;
}

/* ---- normalizer ---- */

static int read_normalizer(struct tokenizer *t, const struct json *node, struct err *err)
{
  static const char part[] = "normalizer";
  struct str type = json_get_string(node, "type", STR(""));
  struct normal_step step = { 0 };
  struct str regex;
  if (str_equal(type, STR("NFC"))) {
    step.kind = NORMAL_NFC;
  } else if (str_equal(type, STR("Prepend"))) {
    step.kind = NORMAL_PREPEND;
    if (steps_text(part, node, "prepend", &step.text, err) < 0)
      return -1;
  } else if (str_equal(type, STR("Replace"))) {
    step.kind = NORMAL_REPLACE;
    if (steps_pattern(part, node, &step.text, &regex, err) < 0 ||
        steps_text(part, node, "content", &step.content, err) < 0)
      return -1;
    if (str_present(regex))
      return err_set(err, ERR_DATA,
                     "%s: Replace by a regular expression is not supported; "
                     "one by a String is",
                     part);
  } else if (str_equal(type, STR("Strip"))) {
    step.kind = NORMAL_STRIP;
    step.left = json_get_bool(node, "strip_left", true);
    step.right = json_get_bool(node, "strip_right", true);
  } else {
    return steps_unknown(part, node, "NFC, Prepend, Replace, Strip and Sequence", err);
  }
  return normalizer_add(&t->normalizer, step, err);
}

int steps_normalizer(struct tokenizer *t, const struct json *node, struct err *err)
{
  return each(t, node, "normalizers", read_normalizer, 0, err);
}

/* ---- pre_tokenizer ---- */

static int read_split(struct tokenizer *t, const struct json *node, struct err *err)
{
  struct str literal, regex, name = json_get_string(node, "behavior", STR("(none)"));
  int behaviour = split_behaviour_from_name(name);
  bool invert = json_get_bool(node, "invert", false);
  if (behaviour < 0)
    return err_set(err, ERR_DATA, "pre_tokenizer: Split has the unknown behavior '%.*s'",
                   STR_ARG(str_slice(name, 0, 60)));
  if (steps_pattern("pre_tokenizer", node, &literal, &regex, err) < 0)
    return -1;
  enum split_behaviour b = (enum split_behaviour)behaviour;
  return str_present(regex) ? splitter_add_regex(&t->splitter, regex, b, invert, err)
                            : splitter_add_literal(&t->splitter, literal, b, invert, err);
}

static int read_byte_level(struct tokenizer *t, const struct json *node, struct err *err)
{
  t->bpe.byte_level = true;
  if (json_get_bool(node, "add_prefix_space", true) &&
      splitter_add_prefix(&t->splitter, STR(" "), err) < 0)
    return -1;
  if (!json_get_bool(node, "use_regex", true))
    return 0;
  return splitter_add_regex(&t->splitter, STR(SPLIT_GPT2), SPLIT_ISOLATED, false, err);
}

/* Metaspace's older files say `add_prefix_space` instead of `prepend_scheme`. */
static int prefix_scheme(const char *part, const struct json *node,
                         enum split_prefix *out, struct err *err)
{
  struct str scheme = json_get_string(node, "prepend_scheme", STR_NONE);
  if (!str_present(scheme))
    scheme = json_get_bool(node, "add_prefix_space", true) ? STR("always") : STR("never");
  if (str_equal(scheme, STR("always")))
    *out = SPLIT_PREFIX_ALWAYS;
  else if (str_equal(scheme, STR("first")))
    *out = SPLIT_PREFIX_FIRST;
  else if (str_equal(scheme, STR("never")))
    *out = SPLIT_PREFIX_NEVER;
  else
    return err_set(err, ERR_DATA, "%s: Metaspace has the unknown prepend_scheme '%.*s'",
                   part, STR_ARG(str_slice(scheme, 0, 60)));
  return 0;
}

static int read_metaspace(struct tokenizer *t, const struct json *node, struct err *err)
{
  enum split_prefix prefix;
  struct str replacement;
  if (prefix_scheme("pre_tokenizer", node, &prefix, err) < 0 ||
      steps_text("pre_tokenizer", node, "replacement", &replacement, err) < 0 ||
      splitter_add_spaces(&t->splitter, replacement, prefix, err) < 0)
    return -1;
  if (!json_get_bool(node, "split", true))
    return 0;
  return splitter_add_literal(&t->splitter, replacement, SPLIT_WITH_NEXT, false, err);
}

static int read_pre_tokenizer(struct tokenizer *t, const struct json *node,
                              struct err *err)
{
  struct str type = json_get_string(node, "type", STR(""));
  if (t->bpe.byte_level)
    return err_set(err, ERR_DATA,
                   "pre_tokenizer: '%.*s' behind ByteLevel is not supported",
                   STR_ARG(str_slice(type, 0, 60)));
  if (str_equal(type, STR("Split")))
    return read_split(t, node, err);
  if (str_equal(type, STR("ByteLevel")))
    return read_byte_level(t, node, err);
  if (str_equal(type, STR("Metaspace")))
    return read_metaspace(t, node, err);
  if (str_equal(type, STR("Digits"))) {
    bool each_digit = json_get_bool(node, "individual_digits", false);
    return splitter_add_regex(&t->splitter, STR("\\p{N}"),
                              each_digit ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS, false, err);
  }
  return steps_unknown("pre_tokenizer", node,
                       "Split, ByteLevel, Digits, Metaspace and Sequence", err);
}

int steps_pre_tokenizer(struct tokenizer *t, const struct json *node, struct err *err)
{
  return each(t, node, "pretokenizers", read_pre_tokenizer, 0, err);
}

/* ---- decoder ---- */

static int count_of(const struct json *node, const char *key, size_t *out,
                    struct err *err)
{
  double n = json_get_number(node, key, 0);
  if (!(n >= 0 && n <= STEP_TEXT_MAX))
    return err_set(err, ERR_DATA, "decoder: Strip has a '%s' outside 0..%d", key,
                   STEP_TEXT_MAX);
  *out = (size_t)n;
  return 0;
}

/* Behind Fuse, or without one as the last step, Strip takes from the whole text. */
static int read_strip(struct tokenizer *t, const struct json *node, struct err *err)
{
  struct decode_step step = { .kind = DECODE_STRIP };
  if (steps_text("decoder", node, "content", &step.text, err) < 0 ||
      count_of(node, "start", &step.left, err) < 0 ||
      count_of(node, "stop", &step.right, err) < 0)
    return -1;
  if (!t->decoder.fused)
    return decoder_add(&t->decoder, step, err);
  if (step.right || !str_equal(step.text, STR(" ")))
    return err_set(err, ERR_DATA,
                   "decoder: behind Fuse, Strip is supported for spaces at "
                   "the start only");
  t->decoder.lead_spaces = step.left;
  return 0;
}

static int read_decoder_metaspace(struct tokenizer *t, const struct json *node,
                                  struct err *err)
{
  enum split_prefix prefix;
  struct decode_step step = { .kind = DECODE_REPLACE, .content = STR(" ") };
  if (prefix_scheme("decoder", node, &prefix, err) < 0 ||
      steps_text("decoder", node, "replacement", &step.text, err) < 0)
    return -1;
  t->decoder.lead_spaces = prefix == SPLIT_PREFIX_NEVER ? 0 : DECODE_ALL_SPACES;
  return decoder_add(&t->decoder, step, err);
}

static int read_decoder(struct tokenizer *t, const struct json *node, struct err *err)
{
  struct str type = json_get_string(node, "type", STR(""));
  struct decode_step step = { 0 };
  struct str regex;
  if (str_equal(type, STR("Fuse"))) {
    t->decoder.fused = true;
    return 0;
  }
  if (str_equal(type, STR("Strip")))
    return read_strip(t, node, err);
  if (t->decoder.fused)
    return err_set(err, ERR_DATA, "decoder: '%.*s' behind Fuse is not supported",
                   STR_ARG(str_slice(type, 0, 60)));
  if (str_equal(type, STR("Metaspace")))
    return read_decoder_metaspace(t, node, err);
  if (str_equal(type, STR("ByteLevel"))) {
    step.kind = DECODE_BYTE_LEVEL;
  } else if (str_equal(type, STR("ByteFallback"))) {
    step.kind = DECODE_BYTE_FALLBACK;
  } else if (str_equal(type, STR("Replace"))) {
    step.kind = DECODE_REPLACE;
    if (steps_pattern("decoder", node, &step.text, &regex, err) < 0 ||
        steps_text("decoder", node, "content", &step.content, err) < 0)
      return -1;
    if (str_present(regex))
      return err_set(err, ERR_DATA,
                     "decoder: Replace by a regular expression is not "
                     "supported; one by a String is");
  } else {
    return steps_unknown("decoder", node,
                         "ByteLevel, Replace, ByteFallback, Fuse, Strip, "
                         "Metaspace and Sequence",
                         err);
  }
  return decoder_add(&t->decoder, step, err);
}

int steps_decoder(struct tokenizer *t, const struct json *node, struct err *err)
{
  if (each(t, node, "decoders", read_decoder, 0, err) < 0)
    return -1;
  const struct decoder *d = &t->decoder;
  bool byte_level = d->n_steps == 1 && d->steps[0].kind == DECODE_BYTE_LEVEL;
  for (size_t i = 0; i < d->n_steps && !byte_level; i++)
    if (d->steps[i].kind == DECODE_BYTE_LEVEL)
      return err_set(err, ERR_DATA,
                     "decoder: ByteLevel among other steps is not supported");
  if (t->bpe.byte_level != byte_level)
    return err_set(err, ERR_DATA,
                   "ByteLevel is in the %s only; it must be in the decoder "
                   "and in the pre_tokenizer",
                   byte_level ? "decoder" : "pre_tokenizer");
  if (d->n_steps == 0 && !d->fused)
    return err_set(err, ERR_DATA,
                   "decoder: there is none; without it tokens cannot be put "
                   "together to a text");
  return 0;
}

/* ---- post_processor ---- */

/* One element of `single`: a special token, or the text itself. */
static int read_template_item(struct tokenizer *t, const struct json *node,
                              const struct json *specials, bool *behind, struct err *err)
{
  const struct json *special = json_member(node, "SpecialToken");
  if (json_type(json_member(node, "Sequence")) == JSON_OBJECT) {
    *behind = true;
    return 0;
  }
  char name[STEP_TEXT_MAX + 1];
  struct str id;
  if (steps_text("post_processor", special, "id", &id, err) < 0)
    return -1;
  memcpy(name, id.ptr, id.len);
  name[id.len] = '\0';
  const struct json *ids = json_member(json_member(specials, name), "ids");
  struct around *around = *behind ? &t->behind : &t->before;
  for (const struct json *n = json_first(ids); n; n = json_next(n)) {
    double value = json_number(n, -1);
    if (!(value >= 0 && value < (double)t->vocab.n_ids))
      return err_set(err, ERR_DATA,
                     "post_processor: '%s' has an id outside the vocabulary", name);
    if (around->n >= TOKENIZER_AROUND_MAX)
      return err_set(err, ERR_DATA, "post_processor: more than %d tokens at one side",
                     TOKENIZER_AROUND_MAX);
    around->ids[around->n++] = (int32_t)value;
  }
  return 0;
}

static int read_post_processor(struct tokenizer *t, const struct json *node,
                               struct err *err)
{
  struct str type = json_get_string(node, "type", STR(""));
  if (str_equal(type, STR("ByteLevel")))
    return 0; /* concerns offsets only */
  if (!str_equal(type, STR("TemplateProcessing")))
    return steps_unknown("post_processor", node,
                         "TemplateProcessing, ByteLevel and Sequence", err);
  const struct json *single = json_member(node, "single");
  bool behind = false;
  for (const struct json *item = json_first(single); item; item = json_next(item))
    if (read_template_item(t, item, json_member(node, "special_tokens"), &behind, err) <
        0)
      return -1;
  return 0;
}

int steps_post_processor(struct tokenizer *t, const struct json *node, struct err *err)
{
  return each(t, node, "processors", read_post_processor, 0, err);
}
