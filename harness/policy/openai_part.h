/* openai_part.h - what the openai_*.c files share; no other file includes it.
 *
 * Bodies of replies come from outside: bad JSON is ERR_REMOTE, and whatever a server says
 * is cut to OPENAI_SAID_MAX bytes of valid UTF-8 on one line before anybody sees it.
 */
#ifndef OREO_POLICY_OPENAI_PART_H
#define OREO_POLICY_OPENAI_PART_H

#include "base/json.h"
#include "policy/openai.h"

enum { OPENAI_SAID_MAX = 200, OPENAI_NAME_MAX = 64 };

/* The members that openai_write_request knows by itself, in their order; NULL past the
 * end. */
const char *openai_member_at(size_t index);
bool openai_member_known(struct str name);
/* A name that a member may have: letters, digits, "_-.", at most OPENAI_NAME_MAX. */
bool openai_name_is_sane(struct str name);

/* json_parse of a reply's body. Some servers pass on \u0000 or half a surrogate pair when
 * a model speaks nonsense; it stands as U+FFFD then, since the same prompt would bring
 * the same again. ERR_REMOTE says what a body that is no JSON begins with. */
NODISCARD int openai_parse(struct json_doc *doc, struct arena *arena, struct str body,
                           struct err *err);

/* Any text as one line: white space and control characters become one space each run, bad
 * UTF-8 '?', and "..." stands where it was cut. */
struct str openai_one_line(struct arena *arena, struct str text);

/* What a server says went wrong, in whatever shape. Absent: not said. */
struct openai_error {
  struct str message; /* as sent, not yet one line */
  struct str lower;   /* the message to look for words in: lower case, same offsets */
  struct str type, code, param;
  long status; /* where the body repeats it; 0: not said */
};

/* Of a parsed body; false: it says no error. Borrows from the document and the arena. */
bool openai_error_of(struct openai_error *error, struct arena *arena,
                     const struct json *root);
/* Of a body that is no JSON: the title of an HTML page or its text, or the text. */
struct str openai_page_words(struct arena *arena, struct str body);

/* Is `pattern` (lower case) somewhere in `text`, whatever the case? Its offset, or -1. */
ptrdiff_t openai_find_words(struct str text, const char *pattern);

/* The member that the error is about, to be left out or changed; absent: none. A slice of
 * what the error says. */
struct str openai_parameter_of(const struct openai_error *error);

#endif
