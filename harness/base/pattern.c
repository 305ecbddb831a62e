#include "base/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/arena.h"

enum {
  LIMIT_SOURCE_BYTES = 4096,
  LIMIT_STEPS = 100000,    /* PCRE2's unit: about a backtrack; some 2 ms */
  LIMIT_HEAP_KIB = 1024,   /* interpreter only: the JIT has its own stack below */
  LIMIT_DEPTH = 1000,      /* interpreter only */
  LIMIT_MATCHES = 20000,   /* pattern_find_last: successive matches in one text */
  LIMIT_SUBJECT = 1 << 20, /* bytes; what stands before them is not searched */
  JIT_STACK_BYTES = 256 << 10,
};

struct pattern {
  pcre2_code *code;
  pcre2_match_data *data;
  pcre2_match_context *context;
  pcre2_jit_stack *jit_stack; /* NULL where PCRE2 was built without JIT */
};

static int pattern_setup(struct pattern *p)
{
  p->data = pcre2_match_data_create(PATTERN_GROUPS, NULL);
  p->context = pcre2_match_context_create(NULL);
  if (!p->data || !p->context)
    return -1;
  pcre2_set_match_limit(p->context, LIMIT_STEPS);
  pcre2_set_heap_limit(p->context, LIMIT_HEAP_KIB);
  pcre2_set_depth_limit(p->context, LIMIT_DEPTH);
  /* Without JIT the interpreter does the same work, more slowly: not an error. */
  if (pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0) {
    p->jit_stack = pcre2_jit_stack_create(32 << 10, JIT_STACK_BYTES, NULL);
    if (p->jit_stack)
      pcre2_jit_stack_assign(p->context, NULL, p->jit_stack);
  }
  return 0;
}

struct pattern *pattern_create(struct str source, unsigned options, struct err *err)
{
  if (source.len > LIMIT_SOURCE_BYTES) {
    err_set(err, ERR_DATA, "pattern of %zu bytes is longer than %d; shorten it",
            source.len, LIMIT_SOURCE_BYTES);
    return NULL;
  }
  uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  flags |= options & PATTERN_NOCASE ? PCRE2_CASELESS : 0;
  flags |= options & PATTERN_DOTALL ? PCRE2_DOTALL : 0;
  int number;
  size_t offset;
  struct pattern *p = mem_alloc(sizeof *p);
  memset(p, 0, sizeof *p);
  p->code =
      pcre2_compile((PCRE2_SPTR)source.ptr, source.len, flags, &number, &offset, NULL);
  if (!p->code) {
    unsigned char what[256] = "unknown error";
    pcre2_get_error_message(number, what, sizeof what);
    err_set(err, ERR_DATA, "pattern '%.*s' is no regular expression: %s at offset %zu",
            STR_ARG(str_slice(source, 0, 200)), (const char *)what, offset);
    pattern_free(p);
    return NULL;
  }
  if (pattern_setup(p) < 0) {
    err_set(err, ERR_ENV, "out of memory while preparing a pattern");
    pattern_free(p);
    return NULL;
  }
  return p;
}

void pattern_free(struct pattern *p)
{
  if (!p)
    return;
  pcre2_jit_stack_free(p->jit_stack);
  pcre2_match_context_free(p->context);
  pcre2_match_data_free(p->data);
  pcre2_code_free(p->code);
  free(p);
}

static void match_fill(struct pattern *p, struct str subject, int n_pairs,
                       struct pattern_match *match)
{
  const size_t *pairs = pcre2_get_ovector_pointer(p->data);
  uint32_t n = pcre2_get_ovector_count(p->data);
  if (n_pairs > 0 && (uint32_t)n_pairs < n)
    n = (uint32_t)n_pairs; /* 0: there were more groups than we hold */
  match->n_groups = n < PATTERN_GROUPS ? n : PATTERN_GROUPS;
  for (size_t i = 0; i < PATTERN_GROUPS; i++) {
    bool set = i < n && pairs[2 * i] != PCRE2_UNSET && pairs[2 * i] <= pairs[2 * i + 1];
    match->groups[i] =
        set ? str_slice(subject, pairs[2 * i], pairs[2 * i + 1]) : STR_NONE;
  }
  match->at = pairs[0];
}

bool pattern_find(struct pattern *p, struct str subject, size_t from,
                  struct pattern_match *match)
{
  *match = (struct pattern_match){ 0 };
  if (!subject.ptr || from > subject.len)
    return false;
  int n = pcre2_match(p->code, (PCRE2_SPTR)subject.ptr, subject.len, from, 0, p->data,
                      p->context);
  if (n >= 0) {
    match_fill(p, subject, n, match);
    return true;
  }
  match->limit_reached = n != PCRE2_ERROR_NOMATCH;
  return false;
}

bool pattern_find_last(struct pattern *p, struct str subject, struct pattern_match *match)
{
  struct pattern_match next;
  bool found = false;
  size_t from = subject.len > LIMIT_SUBJECT ? subject.len - LIMIT_SUBJECT : 0;
  *match = (struct pattern_match){ 0 };
  for (size_t i = 0; i < LIMIT_MATCHES; i++) {
    if (!pattern_find(p, subject, from, &next)) {
      match->limit_reached = next.limit_reached;
      return found;
    }
    *match = next;
    found = true;
    size_t end = next.at + next.groups[0].len;
    from = end > next.at ? end : end + 1;
    if (from > subject.len)
      return true;
  }
  match->limit_reached = true;
  return found;
}
