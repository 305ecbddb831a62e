#include "nn/chat_template.h"

/* In the forms' texts: \1 is BOS, \2 is EOS. */
enum { SIGN_BOS = '\1', SIGN_EOS = '\2' };
enum { MARKERS_MAX = 5 };

/* Where the system message goes. */
enum chat_system {
  SYSTEM_OWN_TURN,
  SYSTEM_FIRST_USER, /* in front of the first user message */
  SYSTEM_LAST_USER,
  SYSTEM_REFUSED,
};

struct chat_form {
  const char *name;
  const char *begin;
  const char *system[2], *user[2], *assistant[2]; /* before and behind the content */
  const char *generate, *finish;                  /* at the end: one or the other */
  enum chat_system place;
  bool trim;       /* white space at a content's ends is dropped */
  bool take_turns; /* user and assistant must alternate, the user first */
  bool thinking;   /* earlier answers lose what stands before </think> */
  const char *default_system;
  const char *needs[MARKERS_MAX], *forbids[MARKERS_MAX]; /* in the Jinja text */
};

#define CHATML_TURNS                                          \
  .system = { "<|im_start|>system\n", "<|im_end|>\n" },       \
  .user = { "<|im_start|>user\n", "<|im_end|>\n" },           \
  .assistant = { "<|im_start|>assistant\n", "<|im_end|>\n" }, \
  .generate = "<|im_start|>assistant\n"
#define LLAMA3_TURNS                                                                  \
  .user = { "<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>" },           \
  .assistant = { "<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>" }, \
  .generate = "<|start_header_id|>assistant<|end_header_id|>\n\n"
#define GEMMA_TURNS                                                      \
  .begin = "\1", .user = { "<start_of_turn>user\n", "<end_of_turn>\n" }, \
  .assistant = { "<start_of_turn>model\n", "<end_of_turn>\n" },          \
  .generate = "<start_of_turn>model\n", .trim = true, .take_turns = true

/* More particular forms stand before the ones that would fit them too. */
static const struct chat_form forms[] = {
  { .name = "qwen3",
    CHATML_TURNS,
    .thinking = true,
    .needs = { "'<|im_start|>' + message.role", "<|im_end|>", "</think>" },
    .forbids = { "<|im_start|>assistant\n<think>", "message.content | trim" } },
  { .name = "chatml",
    CHATML_TURNS,
    .needs = { "'<|im_start|>' + message.role", "<|im_end|>", "<|im_start|>assistant\n" },
    .forbids = { "<think>", "| trim", ".strip()", "bos_token" } },
  { .name = "qwen2", CHATML_TURNS, .default_system = "You are a helpful assistant." },
  { .name = "qwen2.5",
    CHATML_TURNS,
    .default_system =
        "You are Qwen, created by Alibaba Cloud. You are a helpful assistant." },
  { .name = "smollm2",
    CHATML_TURNS,
    .default_system =
        "You are a helpful AI assistant named SmolLM, trained by Hugging Face" },
  { .name = "llama-3",
    .begin = "\1",
    LLAMA3_TURNS,
    .trim = true,
    .system = { "<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>" },
    .needs = { "<|start_header_id|>", "<|end_header_id|>\n\n", "| trim", "<|eot_id|>" },
    .forbids = { "Cutting Knowledge Date", "<think>" } },
  /* The date is the template's own default, so that a run is the same tomorrow. */
  { .name = "llama-3.1",
    .begin = "\1",
    LLAMA3_TURNS,
    .trim = true,
    .default_system = "",
    .system = { "<|start_header_id|>system<|end_header_id|>\n\n"
                "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n",
                "<|eot_id|>" },
    .needs = { "<|start_header_id|>", "Cutting Knowledge Date: December 2023",
               "26 Jul 2024", "| trim", "<|eot_id|>" } },
  { .name = "llama-2",
    .place = SYSTEM_FIRST_USER,
    .trim = true,
    .take_turns = true,
    .system = { "<<SYS>>\n", "\n<</SYS>>\n\n" },
    .user = { "\1[INST] ", " [/INST]" },
    .assistant = { " ", " \2" },
    .needs = { "bos_token + '[INST] '", "<<SYS>>\n", "content.strip()" } },
  { .name = "mistral-v1",
    .begin = "\1",
    .place = SYSTEM_FIRST_USER,
    .take_turns = true,
    .system = { "", "\n\n" },
    .user = { " [INST] ", " [/INST]" },
    .assistant = { " ", "\2" },
    .needs = { "bos_token", "' [INST] '", "' [/INST]'" },
    .forbids = { "<<SYS>>", "[SYSTEM_PROMPT]", "<think>" } },
  { .name = "mistral-v3",
    .begin = "\1",
    .place = SYSTEM_LAST_USER,
    .take_turns = true,
    .system = { "", "\n\n" },
    .user = { "[INST] ", "[/INST]" },
    .assistant = { " ", "\2" },
    .needs = { "bos_token", "'[INST] '", "'[/INST]'" },
    .forbids = { "<<SYS>>", "[SYSTEM_PROMPT]", "<think>" } },
  { .name = "mistral-v3-tekken",
    .begin = "\1",
    .place = SYSTEM_LAST_USER,
    .take_turns = true,
    .system = { "", "\n\n" },
    .user = { "[INST]", "[/INST]" },
    .assistant = { "", "\2" },
    .needs = { "bos_token", "'[INST]'", "'[/INST]'" },
    .forbids = { "<<SYS>>", "[SYSTEM_PROMPT]", "<think>", "'[INST] '" } },
  { .name = "mistral-v0",
    .begin = "\1",
    .place = SYSTEM_REFUSED,
    .take_turns = true,
    .user = { "[INST] ", " [/INST]" },
    .assistant = { "", "\2" },
    .needs = { "bos_token", "'[INST] ' + message.content + ' [/INST]'",
               "message.content + eos_token" },
    .forbids = { "<<SYS>>", "[SYSTEM_PROMPT]", "eos_token + ' '", "system_message" } },
  { .name = "zephyr",
    .system = { "<|system|>\n", "\2\n" },
    .user = { "<|user|>\n", "\2\n" },
    .assistant = { "<|assistant|>\n", "\2\n" },
    .generate = "<|assistant|>\n",
    .needs = { "'<|user|>\n' + message.content + eos_token", "'<|assistant|>" } },
  { .name = "phi-3",
    .system = { "<|system|>\n", "<|end|>\n" },
    .user = { "<|user|>\n", "<|end|>\n" },
    .assistant = { "<|assistant|>\n", "<|end|>\n" },
    .generate = "<|assistant|>\n",
    .finish = "\2",
    .needs = { "'<|user|>\n' + message.content + '<|end|>\n'", "<|system|>\n",
               "'<|assistant|>\n'" },
    .forbids = { "bos_token" } },
  { .name = "gemma",
    GEMMA_TURNS,
    .place = SYSTEM_REFUSED,
    .needs = { "bos_token", "<start_of_turn>", "<end_of_turn>\n", "| trim",
               "System role not supported" } },
  { .name = "gemma-3",
    GEMMA_TURNS,
    .place = SYSTEM_FIRST_USER,
    .system = { "", "\n\n" },
    .needs = { "bos_token", "<start_of_turn>", "<end_of_turn>\n", "| trim",
               "first_user_prefix" } },
};

void chat_template_list(struct buf *out)
{
  for (size_t i = 0; i < COUNT(forms); i++)
    buf_printf(out, "%s%s", i ? ", " : "", forms[i].name);
}

const char *chat_template_name(const struct chat_template *chat)
{
  return chat->form->name;
}

static void choose(struct chat_template *out, const struct chat_form *form)
{
  *out = (struct chat_template){ form, str_from(form->default_system) };
}

int chat_template_named(struct chat_template *out, struct str name, struct err *err)
{
  for (size_t i = 0; i < COUNT(forms); i++)
    if (str_equal_nocase(name, str_from(forms[i].name))) {
      choose(out, &forms[i]);
      return 0;
    }
  struct buf names;
  buf_init(&names, 1024);
  chat_template_list(&names);
  err_set(err, ERR_USAGE, "unknown chat template '%.*s'; known are %s",
          STR_ARG(str_slice(name, 0, 60)), names.ptr);
  buf_release(&names);
  return -1;
}

/* ---- recognition ---- */

/* One spelling of what Jinja lets one spell in several ways: "\n" for the escape, single
 * quotes, message.role for message['role'], no dashes beside the brackets. */
static void normalise(struct buf *out, struct str jinja)
{
  for (size_t at = 0; at < jinja.len; at++) {
    struct str rest = str_slice(jinja, at, jinja.len);
    char c = rest.ptr[0], next = rest.len > 1 ? rest.ptr[1] : '\0';
    bool member = str_starts(rest, STR("['")) || str_starts(rest, STR("[\""));
    struct str name = member ? str_slice(rest, 2, 9) : STR("");
    bool role = str_starts(name, STR("role")), content = str_starts(name, STR("content"));
    size_t end = role ? 6 : 9;
    if ((role || content) && rest.len > end + 1 && rest.ptr[end + 1] == ']') {
      buf_add_cstr(out, role ? ".role" : ".content");
      at += end + 1;
    } else if (c == '\\' && next == 'n') {
      buf_add_char(out, '\n');
      at++;
    } else if (c == '\\' && (next == '\\' || next == '\'' || next == '"')) {
      buf_add_char(out, next);
      at++;
    } else {
      buf_add_char(out, c == '"' ? '\'' : c);
    }
  }
}

static bool fits(const struct chat_form *form, struct str text)
{
  if (!form->needs[0])
    return false;
  for (size_t i = 0; i < MARKERS_MAX && form->needs[i]; i++)
    if (str_find(text, str_from(form->needs[i])) < 0)
      return false;
  for (size_t i = 0; i < MARKERS_MAX && form->forbids[i]; i++)
    if (str_find(text, str_from(form->forbids[i])) >= 0)
      return false;
  return true;
}

/* The default that a chatml template writes out: a system turn in one piece. */
static struct str find_default(struct str text)
{
  const struct str open = STR("<|im_start|>system\n"), close = STR("<|im_end|>");
  for (ptrdiff_t at; (at = str_find(text, open)) >= 0;) {
    text = str_slice(text, (size_t)at + open.len, text.len);
    ptrdiff_t end = str_find(text, close);
    struct str found = end < 0 ? STR("") : str_slice(text, 0, (size_t)end);
    if (found.len && found.ptr[0] != '\'' && str_find(found, STR("{%")) < 0 &&
        str_find(found, STR("{{")) < 0 && str_find(found, STR("' +")) < 0)
      return found;
  }
  return STR_NONE;
}

int chat_template_recognise(struct chat_template *out, struct arena *arena,
                            struct str jinja, struct err *err)
{
  struct buf text;
  const struct chat_form *form = NULL;
  buf_init(&text, BUF_CAP_OWN);
  normalise(&text, jinja);
  for (size_t i = 0; i < COUNT(forms) && !form; i++)
    form = fits(&forms[i], buf_str(&text)) ? &forms[i] : NULL;
  if (form) {
    choose(out, form);
    struct str system = find_default(buf_str(&text));
    if (str_present(system) && !form->default_system)
      out->default_system = arena_str(arena, system);
  } else {
    buf_reset(&text);
    chat_template_list(&text);
    err_set(err, ERR_DATA,
            "the model's chat template is none that can be rendered; name "
            "one of %s with --chat-template",
            text.ptr);
  }
  buf_release(&text);
  return form ? 0 : -1;
}

/* ---- rendering ---- */

enum role { ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT, ROLE_UNKNOWN };

static enum role role_of(const struct message *message)
{
  static const char *const names[] = { "system", "user", "assistant" };
  for (int i = 0; i < ROLE_UNKNOWN; i++)
    if (str_equal(message->role, str_from(names[i])))
      return (enum role)i;
  return ROLE_UNKNOWN;
}

static int check(const struct chat_form *form, const struct chat_request *request,
                 struct err *err)
{
  bool user_next = true;
  if (!request->n_messages)
    return err_set(err, ERR_DATA, "a chat has no messages");
  for (size_t i = 0; i < request->n_messages; i++) {
    enum role role = role_of(&request->messages[i]);
    struct str name = str_slice(request->messages[i].role, 0, 60);
    if (role == ROLE_UNKNOWN)
      return err_set(err, ERR_DATA,
                     "message %zu has the role '%.*s'; system, user and "
                     "assistant can be rendered",
                     i, STR_ARG(name));
    if (role == ROLE_SYSTEM && form->place == SYSTEM_REFUSED)
      return err_set(err, ERR_DATA,
                     "the chat template '%s' has no place for a system "
                     "message; put it into the first user message",
                     form->name);
    if (role == ROLE_SYSTEM && i > 0 &&
        (form->take_turns || form->place != SYSTEM_OWN_TURN))
      return err_set(err, ERR_DATA,
                     "message %zu is a system message; the chat template "
                     "'%s' takes one at the beginning only",
                     i, form->name);
    if (role == ROLE_SYSTEM || !form->take_turns)
      continue;
    if (user_next != (role == ROLE_USER))
      return err_set(err, ERR_DATA,
                     "message %zu is of the %.*s; in the chat template '%s' "
                     "user and assistant take turns",
                     i, STR_ARG(name), form->name);
    user_next = !user_next;
  }
  return 0;
}

static void add_fixed(struct buf *out, const char *text,
                      const struct chat_request *request)
{
  for (; text && *text; text++) {
    if (*text == SIGN_BOS)
      buf_add(out, str_present(request->bos) ? request->bos : STR(""));
    else if (*text == SIGN_EOS)
      buf_add(out, str_present(request->eos) ? request->eos : STR(""));
    else
      buf_add_char(out, *text);
  }
}

static struct str trim_newlines(struct str s)
{
  while (s.len && s.ptr[0] == '\n')
    s = str_slice(s, 1, s.len);
  while (s.len && s.ptr[s.len - 1] == '\n')
    s = str_slice(s, 0, s.len - 1);
  return s;
}

/* An answer with its thoughts: kept, in their form, only behind the last question. */
static void add_thinking(struct buf *out, struct str content, bool earlier, bool last)
{
  const struct str open = STR("<think>"), close = STR("</think>");
  ptrdiff_t first = str_find(content, close), end = str_find_last(content, close);
  struct str thoughts = first < 0 ? STR("") : str_slice(content, 0, (size_t)first);
  ptrdiff_t begin = str_find_last(thoughts, open);
  if (begin >= 0)
    thoughts = str_slice(thoughts, (size_t)begin + open.len, thoughts.len);
  thoughts = trim_newlines(thoughts);
  if (end >= 0)
    content = str_slice(content, (size_t)end + close.len, content.len);
  bool kept = !earlier && (last || thoughts.len);
  while ((end >= 0 || kept) && content.len && content.ptr[0] == '\n')
    content = str_slice(content, 1, content.len);
  if (kept) {
    buf_add_cstr(out, "<think>\n");
    buf_add(out, thoughts);
    buf_add_cstr(out, "\n</think>\n\n");
  }
  buf_add(out, content);
}

/* What a walk over the messages knows. */
struct walk {
  const struct chat_template *chat;
  const struct chat_request *request;
  struct str system;      /* the system message; absent: none */
  size_t host, last_user; /* messages: that carries the system message, of the user */
};

static void add_system(struct buf *out, const struct walk *w)
{
  const struct chat_form *form = w->chat->form;
  add_fixed(out, form->system[0], w->request);
  buf_add(out, form->trim ? str_trim(w->system) : w->system);
  add_fixed(out, form->system[1], w->request);
}

static void add_message(struct buf *out, const struct walk *w, size_t i)
{
  const struct chat_form *form = w->chat->form;
  const struct message *message = &w->request->messages[i];
  enum role role = role_of(message);
  struct str content = form->trim ? str_trim(message->content) : message->content;
  const char *const *around = role == ROLE_USER     ? form->user
                              : role == ROLE_SYSTEM ? form->system
                                                    : form->assistant;
  add_fixed(out, around[0], w->request);
  if (i == w->host && str_present(w->system))
    add_system(out, w);
  if (role == ROLE_ASSISTANT && form->thinking)
    add_thinking(out, content, i < w->last_user, i + 1 == w->request->n_messages);
  else
    buf_add(out, content);
  add_fixed(out, around[1], w->request);
}

int chat_template_render(const struct chat_template *chat,
                         const struct chat_request *request, struct buf *out,
                         struct err *err)
{
  const struct chat_form *form = chat->form;
  struct walk w = { chat, request, chat->default_system, SIZE_MAX, 0 };
  if (check(form, request, err) < 0)
    return -1;
  size_t n = request->n_messages, first = 0;
  if (role_of(&request->messages[0]) == ROLE_SYSTEM) {
    w.system = request->messages[0].content;
    first = 1;
  }
  for (size_t i = n; i-- > first;)
    if (role_of(&request->messages[i]) == ROLE_USER) {
      w.last_user = w.last_user ? w.last_user : i;
      if (form->place == SYSTEM_FIRST_USER)
        w.host = i;
    }
  if (form->place == SYSTEM_LAST_USER)
    w.host = w.last_user;
  add_fixed(out, form->begin, request);
  if (form->place == SYSTEM_OWN_TURN && str_present(w.system))
    add_system(out, &w);
  for (size_t i = first; i < n; i++)
    add_message(out, &w, i);
  add_fixed(out, request->generate ? form->generate : form->finish, request);
  return buf_failed(out) ? err_set(err, ERR_DATA, "the chat is too long") : 0;
}
