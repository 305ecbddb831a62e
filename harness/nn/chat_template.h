/* chat_template.h - messages as the text that a chat model was trained on.
 *
 * For: the common forms, by name ("chatml", "llama-3", ...) and by recognition of the
 * Jinja text in a model's tokenizer_config.json. Not for: running Jinja. A text is
 * recognised by what it must and must not contain; one that fits no form is refused
 * (ERR_DATA) with the names of the known ones, since a guessed form would measure another
 * model.
 *
 * What is rendered holds BOS and the control tokens as text: encode it with
 * TOKENIZER_PARSE_SPECIAL and without TOKENIZER_ADD_SPECIAL. As everywhere, a control
 * token's text inside a message becomes that control token.
 *
 * A `struct chat_template` borrows nothing but what its arena holds. Thread-safe.
 */
#ifndef OREO_NN_CHAT_TEMPLATE_H
#define OREO_NN_CHAT_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "task/prompt.h"

struct chat_template {
  const struct chat_form *form;
  struct str default_system; /* when no system message is given; absent: none then */
};

/* ERR_USAGE for an unknown name; the message lists the known ones. */
NODISCARD int chat_template_named(struct chat_template *out, struct str name,
                                  struct err *err);
/* By the Jinja text. `arena` keeps the default system message that stands in it. */
NODISCARD int chat_template_recognise(struct chat_template *out, struct arena *arena,
                                      struct str jinja, struct err *err);
const char *chat_template_name(const struct chat_template *chat);
/* Appends "chatml, llama-2, ...". */
void chat_template_list(struct buf *out);

struct chat_request {
  const struct message *messages;
  size_t n_messages;
  struct str bos, eos; /* texts of the tokenizer's tokens; absent: left out */
  bool generate;       /* end with the opening of the assistant's turn */
};
/* Appends. ERR_DATA: no messages, an unknown role, a system message that is not the
 * first, roles that do not take turns or a system message where the form has no place for
 * it. */
NODISCARD int chat_template_render(const struct chat_template *chat,
                                   const struct chat_request *request, struct buf *out,
                                   struct err *err);

#endif
