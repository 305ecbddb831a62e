#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "cli/generate.h"

enum {
  LINE_MAX_BYTES = 64 << 20, /* four bytes a character of the longest text there may be */
  MESSAGES_MAX = 4096,
};

/* ---- one line ---- */

static int parse_ids(struct generate_prompt *prompt, const struct json *list,
                     struct arena *arena, struct err *err)
{
  prompt->given_ids = ARENA_NEW(arena, int32_t, json_size(list) + 1);
  for (const struct json *item = json_first(list); item; item = json_next(item)) {
    double id = json_number(item, NAN);
    if (!(id >= 0 && id <= INT32_MAX && id == floor(id)))
      return err_set(err, ERR_DATA, "'ids' has something at %zu that is no token id",
                     prompt->n_given_ids);
    prompt->given_ids[prompt->n_given_ids++] = (int32_t)id;
  }
  return 0;
}

static int parse_messages(struct generate_prompt *prompt, const struct json *list,
                          struct arena *arena, struct err *err)
{
  size_t n = json_size(list);
  if (!n || n > MESSAGES_MAX)
    return err_set(err, ERR_DATA, "'messages' has %zu entries, not 1 to %d", n,
                   MESSAGES_MAX);
  prompt->messages = ARENA_NEW(arena, struct message, n);
  for (const struct json *item = json_first(list); item; item = json_next(item)) {
    struct message *message = &prompt->messages[prompt->n_messages];
    if (json_need_string(item, "role", &message->role, err) < 0 ||
        json_need_string(item, "content", &message->content, err) < 0)
      return err_wrap(err, "message %zu", prompt->n_messages);
    message->role = arena_str(arena, message->role);
    message->content = arena_str(arena, message->content);
    prompt->n_messages++;
  }
  return 0;
}

static void make_message(struct generate_prompt *prompt, struct arena *arena)
{
  prompt->messages = ARENA_NEW(arena, struct message, 1);
  prompt->messages[0] = (struct message){ STR("user"), prompt->text };
  prompt->n_messages = 1;
  prompt->text = STR_NONE;
}

static int parse_body(struct generate_prompt *prompt, const struct json *root, bool chat,
                      struct arena *arena, struct err *err)
{
  const struct json *text = json_member(root, "prompt"), *ids = json_member(root, "ids"),
                    *messages = json_member(root, "messages");
  if ((text != NULL) + (ids != NULL) + (messages != NULL) != 1)
    return err_set(err, ERR_DATA,
                   "one of 'prompt', 'ids' and 'messages' must be there, and only one");
  if (ids && json_type(ids) == JSON_ARRAY)
    return parse_ids(prompt, ids, arena, err);
  if (messages && json_type(messages) == JSON_ARRAY)
    return parse_messages(prompt, messages, arena, err);
  if (!text || json_type(text) != JSON_STRING)
    return err_set(err, ERR_DATA, "'%s' is %s, not a%s",
                   text  ? "prompt"
                   : ids ? "ids"
                         : "messages",
                   json_type_name(json_type(text  ? text
                                            : ids ? ids
                                                  : messages)),
                   text ? " string" : "n array");
  prompt->text = arena_str(arena, json_string(text, STR("")));
  if (chat)
    make_message(prompt, arena);
  return 0;
}

/* "max_tokens" and "id", which may be absent. */
static int parse_extras(struct generate_prompt *prompt, const struct json *root,
                        struct arena *arena, struct err *err)
{
  const struct json *most = json_member(root, "max_tokens"),
                    *id = json_member(root, "id");
  double n = json_number(most, -1);
  if (most && !(n >= 0 && n <= INT32_MAX && n == floor(n)))
    return err_set(err, ERR_DATA, "'max_tokens' is no number from 0 to %d", INT32_MAX);
  if (most)
    prompt->max_tokens = (uint32_t)n;
  prompt->number = json_number(id, NAN);
  if (json_type(id) == JSON_STRING)
    prompt->id = arena_str(arena, json_string(id, STR("")));
  else if (id && isnan(prompt->number))
    return err_set(err, ERR_DATA, "'id' is %s, not a string or a number",
                   json_type_name(json_type(id)));
  return 0;
}

static int parse_line(struct generate_prompt *prompt, struct str line, bool chat,
                      struct arena *arena, struct err *err)
{
  struct json_doc doc;
  if (json_parse(&doc, line, err) < 0)
    return -1;
  int rc =
      json_type(doc.root) == JSON_OBJECT
          ? parse_body(prompt, doc.root, chat, arena, err)
          : err_set(err, ERR_DATA, "it is %s, not an object like {\"prompt\":\"...\"}",
                    json_type_name(json_type(doc.root)));
  if (rc == 0)
    rc = parse_extras(prompt, doc.root, arena, err);
  json_doc_release(&doc);
  return rc;
}

/* ---- a file of them ---- */

struct reading {
  struct generate_prompts *prompts;
  size_t capacity;
  const struct generate_settings *settings;
  struct arena *arena;
};

static int read_line(struct reading *reading, struct str line, size_t number,
                     struct err *err)
{
  struct generate_prompts *prompts = reading->prompts;
  if (!str_trim(line).len)
    return 0;
  ARRAY_RESERVE(prompts->at, prompts->count, reading->capacity);
  struct generate_prompt *prompt = &prompts->at[prompts->count];
  *prompt = (struct generate_prompt){
    .line = number,
    .max_tokens = (uint32_t)reading->settings->max_tokens,
  };
  if (parse_line(prompt, line, reading->settings->chat, reading->arena, err) < 0)
    return err_wrap(err, "%s, line %zu", prompts->source, number);
  prompts->count++;
  return 0;
}

static int read_file(struct reading *reading, const char *path, struct err *err)
{
  struct fs_lines lines;
  struct str line;
  enum fs_line got;
  int rc = 0;
  if (fs_lines_open(&lines, path, LINE_MAX_BYTES, err) < 0)
    return -1;
  while (rc == 0 && (got = fs_lines_next(&lines, &line, err)) != FS_LINE_END) {
    if (got == FS_LINE_TOO_LONG)
      rc = err_set(err, ERR_DATA, "%s, line %zu is longer than %d bytes",
                   reading->prompts->source, lines.number, LINE_MAX_BYTES);
    else
      rc = got == FS_LINE_ERROR ? -1 : read_line(reading, line, lines.number, err);
  }
  fs_lines_close(&lines);
  if (rc == 0 && !reading->prompts->count)
    rc = err_set(err, ERR_DATA, "%s has no prompt; a line is {\"prompt\":\"...\"}",
                 reading->prompts->source);
  return rc;
}

/* ---- the command line ---- */

/* "1,403,407" */
static int read_id_list(struct generate_prompt *prompt, const char *text,
                        struct arena *arena, struct err *err)
{
  prompt->given_ids = ARENA_NEW(arena, int32_t, strlen(text) / 2 + 1);
  for (const char *at = text;; at++) {
    char *end = NULL;
    errno = 0;
    long id = char_is_digit(*at) ? strtol(at, &end, 10) : -1;
    if (id < 0 || id > INT32_MAX || errno || (*end != ',' && *end != '\0'))
      return err_set(err, ERR_USAGE,
                     "--ids: '%s' is no list of token ids such as 1,403,407", text);
    prompt->given_ids[prompt->n_given_ids++] = (int32_t)id;
    at = end;
    if (!*at)
      return 0;
  }
}

static int read_one(struct generate_prompts *prompts,
                    const struct generate_settings *settings, struct arena *arena,
                    struct err *err)
{
  struct generate_prompt *prompt = prompts->at = mem_alloc(sizeof *prompt);
  prompts->count = 1;
  *prompt = (struct generate_prompt){ .max_tokens = (uint32_t)settings->max_tokens,
                                      .number = NAN };
  if (settings->ids)
    return read_id_list(prompt, settings->ids, arena, err);
  prompt->text = str_from(settings->prompt);
  if (settings->chat)
    make_message(prompt, arena);
  return 0;
}

int generate_prompts_read(struct generate_prompts *prompts,
                          const struct generate_settings *settings, struct arena *arena,
                          struct err *err)
{
  const char *path = settings->prompts;
  int given = (settings->prompt != NULL) + (path != NULL) + (settings->ids != NULL);
  *prompts = (struct generate_prompts){ .source = "the command line" };
  if (given != 1)
    return err_set(err, ERR_USAGE,
                   "%s; give one of --prompt TEXT, --prompts FILE and --ids LIST",
                   given ? "more than one kind of prompt is given"
                         : "there is nothing to be continued");
  if (!path)
    return read_one(prompts, settings, arena, err);
  struct reading reading = { .prompts = prompts, .settings = settings, .arena = arena };
  prompts->source =
      strcmp(path, "-") == 0 ? "standard input" : arena_printf(arena, "'%s'", path).ptr;
  return read_file(&reading, path, err);
}

void generate_prompts_release(struct generate_prompts *prompts)
{
  for (size_t i = 0; i < prompts->count; i++)
    tokens_release(&prompts->at[i].ids);
  free(prompts->at);
  *prompts = (struct generate_prompts){ 0 };
}

/* ---- as the model reads them ---- */

static int encode(struct generate_prompt *prompt, struct completer *completer,
                  struct err *err)
{
  uint32_t context = model_options_of(completer_model(completer))->context;
  struct completer_request request = { .text = prompt->text,
                                       .messages = prompt->messages,
                                       .n_messages = prompt->n_messages,
                                       .ids = prompt->given_ids,
                                       .n_ids = prompt->n_given_ids };
  if (completer_prompt(completer, &request, &prompt->ids, NULL, err) < 0)
    return -1;
  if (!prompt->ids.count)
    return err_set(err, ERR_DATA,
                   "the prompt is empty and the model has no token to begin with; give "
                   "at least one token");
  /* a place must be left for the first token */
  if (prompt->ids.count + (prompt->max_tokens > 0) > context)
    return err_set(err, ERR_DATA,
                   "the prompt has %zu tokens and the context %u; shorten it, or give a "
                   "larger --context if the model allows one",
                   prompt->ids.count, context);
  return 0;
}

int generate_prompts_encode(struct generate_prompts *prompts, struct completer *completer,
                            struct err *err)
{
  for (size_t i = 0; i < prompts->count; i++) {
    struct generate_prompt *prompt = &prompts->at[i];
    if (encode(prompt, completer, err) == 0)
      continue;
    if (prompt->line)
      err_wrap(err, "%s, line %zu", prompts->source, prompt->line);
    return -1;
  }
  return 0;
}
