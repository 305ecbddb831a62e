/* Refusals in the shapes of many servers: each means the right one of seven things, and
 * its text says what to do. The bodies are written here, in those servers' forms. */
#include "policy/openai.h"
#include "test.h"

#define ERROR(rest) "{\"error\":{" rest "}}"
#define OLD(message, type, code)                                       \
  "{\"object\":\"error\",\"message\":\"" message "\",\"type\":\"" type \
  "\",\"param\":null,\"code\":" code "}"
#define INVALID "\"type\":\"invalid_request_error\""
#define PROXIED(message)                                                          \
  ERROR("\"message\":\"litellm.BadRequestError: " message "\",\"type\":\"None\"," \
        "\"param\":\"None\",\"code\":\"400\"")

#define NONE OPENAI_NO_DETAIL

static const struct refusal_case {
  long status;
  const char *body;
  enum openai_refusal_kind kind;
  enum openai_refusal_detail detail;
  const char *parameter, *text; /* NULL: none; text: part of it */
} cases[] = {
  /* OpenAI */
  { 400,
    ERROR("\"message\":\"Unsupported parameter: 'max_tokens' is not supported with "
          "this model. Use 'max_completion_tokens' instead.\"," INVALID
          ",\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\""),
    OPENAI_PARAMETER, NONE, "max_tokens",
    "--omit max_tokens --param max_completion_tokens=N" },
  { 400,
    ERROR("\"message\":\"Unsupported value: 'temperature' does not support 0 with this "
          "model. Only the default (1) value is supported.\"," INVALID
          ",\"param\":\"temperature\",\"code\":\"unsupported_value\""),
    OPENAI_PARAMETER, NONE, "temperature", "leave it out with --omit temperature" },
  { 400,
    ERROR("\"message\":\"Unrecognized request argument supplied: top_k\"," INVALID
          ",\"param\":null,\"code\":null"),
    OPENAI_PARAMETER, NONE, "top_k", "the server takes no 'top_k' (400: Unrecognized" },
  { 400,
    ERROR("\"message\":\"Unknown parameter: 'min_p'.\"," INVALID
          ",\"param\":\"min_p\",\"code\":\"unknown_parameter\""),
    OPENAI_PARAMETER, NONE, "min_p", "--omit min_p" },
  { 400,
    ERROR("\"message\":\"max_tokens is too large: 100000. This model supports at most "
          "16384 completion tokens.\"," INVALID
          ",\"param\":\"max_tokens\",\"code\":\"invalid_value\""),
    OPENAI_PARAMETER, NONE, "max_tokens", "; give a --max-tokens that it takes" },
  { 400,
    ERROR("\"message\":\"This model's maximum context length is 8192 tokens. However, "
          "your messages resulted in 9001 tokens.\"," INVALID
          ",\"param\":\"messages\",\"code\":\"context_length_exceeded\""),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL,
    "the prompt is longer than the model's context (400: This model's maximum" },
  { 400, ERROR("\"message\":\"too many tokens\",\"code\":\"context_length_exceeded\""),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, "lower --max-tokens or --num-fewshot" },
  { 429,
    ERROR("\"message\":\"Request too large for m on tokens per min (TPM): Limit 10000, "
          "Requested 20000.\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\""),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 429,
    ERROR("\"message\":\"Rate limit reached for m on requests per min.\","
          "\"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\""),
    OPENAI_TRY_AGAIN, NONE, NULL, "--rpm" },
  { 429,
    ERROR("\"message\":\"You exceeded your current quota, please check your plan.\","
          "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\""),
    OPENAI_QUOTA, NONE, NULL, "go on with --resume" },
  { 401,
    ERROR("\"message\":\"Incorrect API key provided.\"," INVALID
          ",\"param\":null,\"code\":\"invalid_api_key\""),
    OPENAI_KEY, NONE, NULL, "--api-key-env NAME or --api-key-file FILE" },
  { 403,
    ERROR("\"message\":\"Project `p` does not have access to model `m`.\"," INVALID
          ",\"param\":null,\"code\":\"model_not_found\""),
    OPENAI_MODEL, NONE, NULL, "the server does not have the model" },
  { 404,
    ERROR("\"message\":\"The model `m` does not exist or you do not have access to "
          "it.\"," INVALID ",\"param\":null,\"code\":\"model_not_found\""),
    OPENAI_MODEL, NONE, NULL, "behind the '#' of --model" },
  { 404, ERROR("\"message\":\"Invalid URL (POST /chat/completions)\"," INVALID),
    OPENAI_PATH, NONE, NULL, "usually ends in /v1" },
  { 404,
    ERROR("\"message\":\"This is not a chat model and thus not supported in the "
          "v1/chat/completions endpoint. Did you mean to use v1/completions?\"," INVALID
          ",\"param\":\"model\",\"code\":null"),
    OPENAI_PATH, OPENAI_NO_CHAT, NULL, "ask it with --api completions" },
  { 404,
    ERROR("\"message\":\"This is a chat model and not supported in the v1/completions "
          "endpoint. Did you mean to use v1/chat/completions?\"," INVALID),
    OPENAI_PATH, OPENAI_CHAT_ONLY, NULL, "--api chat" },
  { 400,
    ERROR("\"message\":\"The response was filtered by Azure's content management "
          "policy.\",\"type\":null,\"param\":\"prompt\",\"code\":\"content_filter\""),
    OPENAI_THIS_REQUEST, OPENAI_FILTERED, NULL, "filter" },
  { 400,
    ERROR("\"message\":\"Invalid 'messages[0].content': string contains bad "
          "characters.\"," INVALID ",\"param\":\"messages[0].content\""),
    OPENAI_THIS_REQUEST, NONE, NULL, "refuses this request" },
  /* vLLM and SGLang */
  { 400,
    OLD("This model's maximum context length is 2048 tokens. However, you requested "
        "2100 tokens (100 in the messages, 2000 in the completion).",
        "BadRequestError", "400"),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 400,
    ERROR("\"message\":\"'max_tokens' or 'max_completion_tokens' is too large: 2000. "
          "This model's maximum context length is 2048 tokens and your request has 100 "
          "input tokens\",\"type\":\"BadRequestError\",\"param\":\"max_tokens\","
          "\"code\":400"),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 400,
    OLD("[{'type': 'extra_forbidden', 'loc': ('body', 'min_q'), 'msg': 'Extra inputs "
        "are not permitted', 'input': 1}]",
        "BadRequestError", "400"),
    OPENAI_PARAMETER, NONE, "min_q", "--omit min_q" },
  { 400,
    OLD("[{'type': 'extra_forbidden', 'loc': ('body', 'messages', 0, 'name'), 'msg': "
        "'Extra inputs are not permitted'}]",
        "BadRequestError", "400"),
    OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 400, OLD("temperature must be non-negative, got -1.0.", "BadRequestError", "400"),
    OPENAI_PARAMETER, NONE, "temperature", NULL },
  { 400, OLD("max_tokens must be at least 1, got -40.", "BadRequestError", "400"),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 400, OLD("n must be 1 when using greedy sampling, got 4.", "BadRequestError", "400"),
    OPENAI_PARAMETER, NONE, "n", "--samples-per-request 1" },
  { 404, OLD("The model `x` does not exist.", "NotFoundError", "404"), OPENAI_MODEL, NONE,
    NULL, NULL },
  { 404, "{\"detail\":\"Not Found\"}", OPENAI_PATH, NONE, NULL,
    "nothing is there (404: Not Found)" },
  { 401, "{\"error\":\"Unauthorized\"}", OPENAI_KEY, NONE, NULL, "(401: Unauthorized)" },
  { 400,
    OLD("As of transformers v4.44, default chat template is no longer allowed, so you "
        "must provide a chat template if the tokenizer does not define one.",
        "BadRequestError", "400"),
    OPENAI_PATH, OPENAI_NO_CHAT, NULL, "--api completions" },
  { 400,
    OLD("The input (5000 tokens) is longer than the model's context length (2048 "
        "tokens).",
        "BadRequestError", "400"),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 500, OLD("invalid api key of the next server", "InternalServerError", "500"),
    OPENAI_TRY_AGAIN, NONE, NULL, NULL },
  { 500, OLD("EngineCore encountered an issue.", "InternalServerError", "500"),
    OPENAI_TRY_AGAIN, NONE, NULL, "the server fails (500: EngineCore" },
  /* llama.cpp's server */
  { 400,
    ERROR("\"code\":400,\"message\":\"the request exceeds the available context size, "
          "try increasing it\",\"type\":\"exceed_context_size_error\","
          "\"n_prompt_tokens\":1407,\"n_ctx\":256"),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 500,
    ERROR("\"code\":500,\"message\":\"Context size has been exceeded.\","
          "\"type\":\"server_error\""),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 200,
    ERROR("\"code\":400,\"message\":\"the request exceeds the available context "
          "size\",\"type\":\"exceed_context_size_error\""),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 200, ERROR("\"message\":\"upstream went away\""), OPENAI_TRY_AGAIN, NONE, NULL,
    NULL },
  { 503,
    ERROR("\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\""),
    OPENAI_TRY_AGAIN, NONE, NULL, "(503: Loading model)" },
  { 501,
    ERROR("\"code\":501,\"message\":\"This server does not support chat.\","
          "\"type\":\"not_supported_error\""),
    OPENAI_PATH, OPENAI_NO_CHAT, NULL, NULL },
  { 404,
    ERROR("\"code\":404,\"message\":\"File Not Found\",\"type\":\"not_found_error\""),
    OPENAI_PATH, NONE, NULL, NULL },
  { 401, ERROR("\"code\":401,\"message\":\"Invalid API Key\",\"type\":\"auth_error\""),
    OPENAI_KEY, NONE, NULL, NULL },
  /* llama-cpp-python */
  { 422,
    "{\"detail\":[{\"loc\":[\"body\",\"seed\"],\"msg\":\"Extra inputs are not "
    "permitted\",\"type\":\"extra_forbidden\"}]}",
    OPENAI_PARAMETER, NONE, "seed", "leave it out with --omit seed" },
  { 422,
    "{\"detail\":[{\"loc\":[\"body\",\"messages\"],\"msg\":\"Field required\","
    "\"type\":\"missing\"}]}",
    OPENAI_THIS_REQUEST, NONE, NULL, "(422: Field required)" },
  { 422,
    "{\"detail\":[{\"loc\":[\"body\",\"suffix\"],\"msg\":\"Field required\","
    "\"type\":\"missing\"}]}",
    OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 422,
    "{\"detail\":[{\"loc\":[\"header\",\"x-team\"],\"msg\":\"wrong\","
    "\"type\":\"value_error\"}]}",
    OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 400,
    ERROR("\"message\":\"Requested tokens (2285) exceed context window of 2048\","
          "\"type\":\"invalid_request_error\",\"param\":null,\"code\":null"),
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 500,
    ERROR("\"message\":\"2 validation errors:\\n  {'type': 'less_than_equal', 'loc': "
          "('body', 'top_p'), 'msg': 'Input should be less than or equal to 1', 'input': "
          "7}\\n  {'type': 'int_parsing', 'loc': ('body', 'seed'), 'msg': 'wrong'}\","
          "\"type\":\"internal_server_error\",\"param\":null,\"code\":null"),
    OPENAI_PARAMETER, NONE, "top_p", "(500: 2 validation errors: " },
  { 500,
    ERROR("\"message\":\"1 validation error:\\n  {'type': 'missing', 'loc': ('body', "
          "'suffix'), 'msg': 'Field required'}\",\"type\":\"internal_server_error\""),
    OPENAI_THIS_REQUEST, NONE, NULL, "refuses this request (500: 1 validation error" },
  { 500,
    ERROR("\"message\":\"logprobs is not supported for models created with "
          "logits_all=False\",\"type\":\"internal_server_error\""),
    OPENAI_PARAMETER, NONE, "logprobs", "--omit logprobs" },
  { 500,
    ERROR("\"message\":\"seed is not supported by the next server\","
          "\"type\":\"internal_server_error\""),
    OPENAI_TRY_AGAIN, NONE, NULL, NULL },
  /* Ollama */
  { 404,
    ERROR("\"message\":\"model 'x' not found\",\"type\":\"api_error\",\"param\":null,"
          "\"code\":null"),
    OPENAI_MODEL, NONE, NULL, NULL },
  { 404, "{\"error\":\"model \\\"x\\\" not found, try pulling it first\"}", OPENAI_MODEL,
    NONE, NULL, NULL },
  { 404, "404 page not found", OPENAI_PATH, NONE, NULL, "(404: 404 page not found)" },
  /* TGI */
  { 422,
    "{\"error\":\"Input validation error: `temperature` must be strictly positive\","
    "\"error_type\":\"validation\"}",
    OPENAI_PARAMETER, NONE, "temperature", NULL },
  { 422,
    "{\"error\":\"Input validation error: `inputs` tokens + `max_new_tokens` must be "
    "<= 2048. Given: 2000 `inputs` tokens and 100 `max_new_tokens`\","
    "\"error_type\":\"validation\"}",
    OPENAI_THIS_REQUEST, OPENAI_TOO_LONG, NULL, NULL },
  { 422,
    "{\"error\":\"Input validation error: `inputs` cannot be empty\","
    "\"error_type\":\"validation\"}",
    OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 429, "{\"error\":\"Model is overloaded\",\"error_type\":\"overloaded\"}",
    OPENAI_TRY_AGAIN, NONE, NULL, NULL },
  { 424, "{\"error\":\"Request failed during generation\",\"error_type\":\"generation\"}",
    OPENAI_TRY_AGAIN, NONE, NULL, NULL },
  /* proxies, routers and other clouds */
  { 400, PROXIED("p does not support parameters: {'seed': 5}, for model=m."),
    OPENAI_PARAMETER, NONE, "seed", NULL },
  { 400, PROXIED("p does not support parameters: ['logprobs'], for model=m."),
    OPENAI_PARAMETER, NONE, "logprobs", NULL },
  { 400, PROXIED("m doesn't support temperature=0.1 here."), OPENAI_PARAMETER, NONE,
    "temperature", NULL },
  { 400, PROXIED("m doesn't support images in this prompt."), OPENAI_THIS_REQUEST, NONE,
    NULL, NULL },
  { 400, PROXIED("Invalid model name passed in model=x."), OPENAI_MODEL, NONE, NULL,
    NULL },
  { 400, PROXIED("{\\\"message\\\":\\\"guardrails: Extra inputs are not permitted\\\"}"),
    OPENAI_PARAMETER, NONE, "guardrails", NULL },
  { 400, PROXIED("messages.3.content.text: Extra inputs are not permitted"),
    OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 400,
    ERROR("\"message\":\"Budget has been exceeded! Current cost: 5\","
          "\"type\":\"budget_exceeded\",\"code\":\"400\""),
    OPENAI_QUOTA, NONE, NULL, NULL },
  { 402, ERROR("\"message\":\"Insufficient Balance\",\"type\":\"unknown_error\""),
    OPENAI_QUOTA, NONE, NULL, NULL },
  { 400,
    "{\"code\":\"Client specified an invalid argument\",\"error\":\"Argument not "
    "supported on this model: stop\"}",
    OPENAI_PARAMETER, NONE, "stop", NULL },
  { 422,
    "{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\","
    "\"loc\":[\"body\",\"min_p\"],\"msg\":\"Extra inputs are not permitted\"}]},"
    "\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}",
    OPENAI_PARAMETER, NONE, "min_p", NULL },
  { 400,
    "[{\"error\":{\"code\":400,\"message\":\"Invalid JSON payload received. Unknown "
    "name \\\"top_k\\\": Cannot find field.\",\"status\":\"INVALID_ARGUMENT\"}}]",
    OPENAI_PARAMETER, NONE, "top_k", NULL },
  { 400,
    "[{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid "
    "API key.\",\"status\":\"INVALID_ARGUMENT\"}}]",
    OPENAI_KEY, NONE, NULL, NULL },
  { 407, "", OPENAI_KEY, NONE, NULL, "the proxy asks for a user and password (407)" },
  { 413, "<html><head><title>413 Request Entity Too Large</title></head></html>",
    OPENAI_THIS_REQUEST, NONE, NULL, "larger than the server accepts (413: 413 Request" },
  { 502,
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>"
    "502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center></body></html>",
    OPENAI_TRY_AGAIN, NONE, NULL, "(502: 502 Bad Gateway)" },
  { 521,
    "<!DOCTYPE html><HTML lang=\"en\"><HEAD><TITLE>host | 521: Web server is "
    "down</TITLE><style>p{x:y}</style></HEAD><body>...</body></HTML>",
    OPENAI_TRY_AGAIN, NONE, NULL, "(521: host | 521: Web server is down)" },
  { 404, "<html><body><p>no <b>model</b> not found here</p></body></html>", OPENAI_PATH,
    NONE, NULL, "no model not found here" },
  { 400, ERROR("\"message\":\"random_seed must be set by the operator\""),
    OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 400, ERROR("\"message\":\"bad text: temperature must be 5\",\"param\":\"messages\""),
    OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 200, ERROR("\"message\":\"User not found.\",\"code\":401"), OPENAI_KEY, NONE, NULL,
    NULL },
  /* nothing said, or nonsense */
  { 400, "", OPENAI_THIS_REQUEST, NONE, NULL, "(400)" },
  { 400, "{\"a\":1}", OPENAI_THIS_REQUEST, NONE, NULL, "(400: {\"a\":1})" },
  { 400, "{\"error\":{\"message\":\"cut o", OPENAI_THIS_REQUEST, NONE, NULL, NULL },
  { 400, "\"just a text\"", OPENAI_THIS_REQUEST, NONE, NULL, "(400: just a text)" },
  { 405, "", OPENAI_PATH, NONE, NULL, NULL },
  { 408, "", OPENAI_TRY_AGAIN, NONE, NULL, NULL },
  { 409, "", OPENAI_TRY_AGAIN, NONE, NULL, NULL },
  { 425, "", OPENAI_TRY_AGAIN, NONE, NULL, NULL },
  { 304, "", OPENAI_PATH, NONE, NULL, NULL },
  { 599, "", OPENAI_TRY_AGAIN, NONE, NULL, NULL },
};

static void check_case(size_t i)
{
  const struct refusal_case *c = &cases[i];
  struct arena arena = { 0 };
  struct openai_refusal refusal;
  openai_read_refusal(&refusal, &arena, c->status, STR("application/json"),
                      str_from(c->body));
  struct str text = openai_refusal_text(&refusal, &arena, c->status);
  if (refusal.kind != c->kind || refusal.detail != c->detail)
    fail_msg("%ld %s: kind %d, detail %d; '%.*s'", c->status, c->body, (int)refusal.kind,
             (int)refusal.detail, STR_ARG(text));
  if (str_present(refusal.parameter) != (c->parameter != NULL) ||
      !str_equal(refusal.parameter, str_from(c->parameter)))
    fail_msg("%s: parameter '%.*s'", c->body, STR_ARG(refusal.parameter));
  if (c->text && str_find(text, str_from(c->text)) < 0)
    fail_msg("'%.*s' does not say '%s'", STR_ARG(text), c->text);
  assert_true(refusal.message.len <= 200 && str_is_utf8(text, NULL));
  arena_release(&arena);
}

static void every_server_is_understood(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_case(i);
}

static struct str message_of(struct arena *arena, struct str body)
{
  struct openai_refusal refusal;
  openai_read_refusal(&refusal, arena, 500, STR(""), body);
  return refusal.message;
}

/* Whatever was said is one short line of valid UTF-8. */
static void what_is_said_is_one_short_line(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  assert_str_equal(message_of(&arena, STR("  a\r\n\tb \x1b[31m\x7f c\n")), "a b [31m c");
  assert_str_equal(message_of(&arena, STR("a\xc2\x85\xe2\x80\xa8z")), "a z");
  assert_str_equal(message_of(&arena, STR("a\xff.\xc3.\xe2\x82")), "a?.?.??");
  char text[400];
  for (size_t i = 0; i < 398; i += 2)
    memcpy(text + i, "\xc3\xa9", 2);
  struct str cut = message_of(&arena, (struct str){ text, 398 });
  assert_int_equal(cut.len, 199); /* 98 whole characters and the dots */
  assert_true(str_is_utf8(cut, NULL) && str_ends(cut, STR("\xc3\xa9...")));
  memset(text, 'x', sizeof text);
  assert_int_equal(message_of(&arena, (struct str){ text, 200 }).len, 200);
  assert_true(str_ends(message_of(&arena, (struct str){ text, 201 }), STR("x...")));
  assert_false(str_present(message_of(&arena, STR(" \n "))));
  arena_release(&arena);
}

/* A page by its type alone, and a page that goes on for ever. */
static void pages_are_cut_to_their_words(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct openai_refusal refusal;
  openai_read_refusal(&refusal, &arena, 403, STR("text/html"), STR("Just a moment..."));
  assert_int_equal(refusal.kind, OPENAI_KEY);
  assert_str_equal(refusal.message, "Just a moment...");
  assert_str_equal(message_of(&arena, STR("<title>x")), "x");
  assert_false(str_present(message_of(&arena, STR("<a><b>"))));
  assert_str_equal(message_of(&arena, STR("<body class=1>one<br>two</body>")), "one two");
  arena_release(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_server_is_understood),
    cmocka_unit_test(what_is_said_is_one_short_line),
    cmocka_unit_test(pages_are_cut_to_their_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
