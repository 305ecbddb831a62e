/* openai_refusal_text.c - what a refusal means for whoever runs it, with the remedy. */
#include "policy/openai_part.h"

#define OTHER_NAME "give --omit max_tokens --param max_completion_tokens=N"

/* Parameters for which there is something better than leaving them out. A row with
 * `words` counts where the server says them; the first that fits is taken. */
static const struct {
  const char *name, *words, *remedy;
} remedies[] = {
  { "max_tokens", "max_completion_tokens", OTHER_NAME },
  { "max_tokens", "support", OTHER_NAME },
  { "max_tokens", NULL, "give a --max-tokens that it takes" },
  { "max_completion_tokens", NULL, "give a --max-tokens that it takes, or " OTHER_NAME },
  { "n", NULL, "give --samples-per-request 1" },
  { "stop", "up to", "give fewer with --stop, or leave it out with --omit stop" },
};

static bool remedy_fits(size_t i, const struct openai_refusal *refusal)
{
  const char *words = remedies[i].words;
  bool too_large = openai_find_words(refusal->message, "too large") >= 0;
  return str_equal(refusal->parameter, str_from(remedies[i].name)) &&
         (!words || (openai_find_words(refusal->message, words) >= 0 && !too_large));
}

static struct str parameter_text(const struct openai_refusal *refusal,
                                 struct arena *arena, struct str words)
{
  struct str name = refusal->parameter;
  for (size_t i = 0; i < COUNT(remedies); i++)
    if (remedy_fits(i, refusal))
      return arena_printf(arena, "the server takes no '%.*s' (%.*s); %s", STR_ARG(name),
                          STR_ARG(words), remedies[i].remedy);
  return arena_printf(arena,
                      "the server takes no '%.*s' (%.*s); leave it out with --omit "
                      "%.*s",
                      STR_ARG(name), STR_ARG(words), STR_ARG(name));
}

static struct str request_text(const struct openai_refusal *refusal, struct arena *arena,
                               long status, struct str words)
{
  if (refusal->detail == OPENAI_TOO_LONG)
    return arena_printf(arena,
                        "the prompt is longer than the model's context (%.*s); lower "
                        "--max-tokens or --num-fewshot",
                        STR_ARG(words));
  if (refusal->detail == OPENAI_FILTERED)
    return arena_printf(arena,
                        "the server's filter withholds an answer to this prompt "
                        "(%.*s); another model or server may answer it",
                        STR_ARG(words));
  if (status == 413)
    return arena_printf(arena,
                        "the prompt is larger than the server accepts (%.*s); lower "
                        "--num-fewshot",
                        STR_ARG(words));
  return arena_printf(arena,
                      "the server refuses this request (%.*s); if it refuses all of "
                      "them, look at --param and --omit",
                      STR_ARG(words));
}

static struct str path_text(const struct openai_refusal *refusal, struct arena *arena,
                            struct str words)
{
  if (refusal->detail == OPENAI_NO_CHAT)
    return arena_printf(arena,
                        "the model takes no chat messages (%.*s); ask it with --api "
                        "completions",
                        STR_ARG(words));
  if (refusal->detail == OPENAI_CHAT_ONLY)
    return arena_printf(arena,
                        "the model takes chat messages only (%.*s); ask it with "
                        "--api chat",
                        STR_ARG(words));
  return arena_printf(arena, "nothing is there (%.*s); the base URL usually ends in /v1",
                      STR_ARG(words));
}

static struct str key_text(struct arena *arena, long status, struct str words)
{
  if (status == 407)
    return arena_printf(arena,
                        "the proxy asks for a user and password (%.*s); give them "
                        "in the address of --proxy",
                        STR_ARG(words));
  return arena_printf(arena,
                      "the server refuses the key (%.*s); name the variable that "
                      "holds it with --api-key-env NAME or --api-key-file FILE",
                      STR_ARG(words));
}

static struct str busy_text(struct arena *arena, long status, struct str words)
{
  const char *what = status == 429 ? "the server limits requests" : "the server fails";
  const char *remedy = status == 429 ? "set --rpm or --tpm below its limit"
                                     : "look at its log, or try again later";
  return arena_printf(arena, "%s (%.*s); %s", what, STR_ARG(words), remedy);
}

struct str openai_refusal_text(const struct openai_refusal *refusal, struct arena *arena,
                               long status)
{
  struct str said = refusal->message;
  struct str words = said.len ? arena_printf(arena, "%ld: %.*s", status, STR_ARG(said))
                              : arena_printf(arena, "%ld", status);
  switch (refusal->kind) {
  case OPENAI_TRY_AGAIN: return busy_text(arena, status, words);
  case OPENAI_THIS_REQUEST: return request_text(refusal, arena, status, words);
  case OPENAI_KEY: return key_text(arena, status, words);
  case OPENAI_QUOTA:
    return arena_printf(arena,
                        "the account's quota is used up (%.*s); add credit, then go "
                        "on with --resume",
                        STR_ARG(words));
  case OPENAI_PARAMETER: return parameter_text(refusal, arena, words);
  case OPENAI_MODEL:
    return arena_printf(arena,
                        "the server does not have the model (%.*s); name one that "
                        "it has behind the '#' of --model",
                        STR_ARG(words));
  case OPENAI_PATH: return path_text(refusal, arena, words);
  }
  return words;
}
