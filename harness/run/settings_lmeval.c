/* settings_lmeval.c - lm-eval's spellings of a model and of its generation settings
 * ("--model local-chat-completions --model_args model=NAME,base_url=URL"), put into our
 * own rows, so that nothing further on has to know them. Keys and meanings as of lm-eval
 * 0.4 (models/api_models.py, models/openai_completions.py). */
#include "base/json.h"
#include "run/settings.h"

/* One "key=value" of a list joined by ','. */
struct argument {
  struct str key, value;
};

static bool next_argument(struct str *rest, struct argument *out)
{
  if (!rest->len)
    return false;
  ptrdiff_t comma = str_find_char(*rest, ',');
  struct str part = str_slice(*rest, 0, comma < 0 ? rest->len : (size_t)comma);
  ptrdiff_t equals = str_find_char(part, '=');
  size_t end = equals < 0 ? part.len : (size_t)equals;
  *rest = str_slice(*rest, part.len + 1, rest->len);
  out->key = str_trim(str_slice(part, 0, end));
  out->value = equals < 0 ? STR_NONE : str_trim(str_slice(part, end + 1, part.len));
  return true;
}

/* ---- a key that is one of our options ---- */

struct spelling {
  const char *key;    /* lm-eval's */
  const char *option; /* ours; NULL: it changes nothing here */
};

static const struct spelling *find_spelling(const struct spelling *table, size_t n,
                                            struct str key)
{
  for (size_t i = 0; i < n; i++)
    if (str_equal(key, str_from(table[i].key)))
      return &table[i];
  return NULL;
}

static int set_option(struct run_settings *s, const char *option, struct str value,
                      struct arena *arena, struct err *err)
{
  struct str word = arena_printf(arena, "--%s=%.*s", option, STR_ARG(value));
  char *argv[] = { arena_cstr(arena, word) };
  struct arguments none;
  return options_parse(run_options, s, 1, argv, &none, arena, err);
}

/* ---- --model NAME --model_args ... ---- */

enum family { FAMILY_REPLAY, FAMILY_NULL, FAMILY_SERVER, FAMILY_HERE };

static const struct model_name {
  const char *name;
  enum family family;
  const char *api, *base_url;
} model_names[] = {
  { "replay", FAMILY_REPLAY, NULL, NULL },
  { "null", FAMILY_NULL, NULL, NULL },
  { "hf", FAMILY_HERE, NULL, NULL },
  { "huggingface", FAMILY_HERE, NULL, NULL },
  { "hf-auto", FAMILY_HERE, NULL, NULL },
  { "local-chat-completions", FAMILY_SERVER, "chat", NULL },
  { "local-completions", FAMILY_SERVER, "completions", NULL },
  { "openai-chat-completions", FAMILY_SERVER, "chat", "https://api.openai.com/v1" },
  { "openai-completions", FAMILY_SERVER, "completions", "https://api.openai.com/v1" },
};

static const struct spelling server_keys[] = {
  { "num_concurrent", "concurrency" },
  { "max_retries", "max-attempts" },
  { "timeout", "timeout" },
  { "max_gen_toks", "max-tokens" },
  { "ca_cert_path", "ca-file" },
  { "seed", "seed" },
  /* what lm-eval needs to count tokens, which we leave to the server */
  { "tokenizer", NULL },
  { "tokenizer_backend", NULL },
  { "tokenized_requests", NULL },
  { "max_length", NULL },
  { "batch_size", NULL },
};

static const struct spelling here_keys[] = {
  { "dtype", "dtype" },
  { "max_length", "context" },
  { "max_gen_toks", "max-tokens" },
  /* where and how PyTorch would run it */
  { "device", NULL },
  { "batch_size", NULL },
  { "max_batch_size", NULL },
  { "parallelize", NULL },
  { "trust_remote_code", NULL },
  { "use_fast_tokenizer", NULL },
  { "attn_implementation", NULL },
  { "low_cpu_mem_usage", NULL },
};

static const struct model_name *find_model_name(const struct run_settings *s)
{
  const char *name = s->models.count == 1 ? s->models.at[0] : "";
  for (size_t i = 0; i < COUNT(model_names); i++)
    if (strcmp(name, model_names[i].name) == 0)
      return &model_names[i];
  return NULL;
}

static int refuse_key(struct str key, const char *allowed, struct err *err)
{
  return err_set(err, ERR_USAGE, "--model-args: '%.*s' is not known here; there is %s",
                 STR_ARG(str_slice(key, 0, 60)), allowed);
}

/* "path=FILE,field=NAME" */
static int join_replay(const struct run_settings *s, struct arena *arena,
                       struct str *spec, struct err *err)
{
  struct str rest = str_from(s->model_args), path = STR(""), field = STR_NONE;
  struct argument arg;
  while (next_argument(&rest, &arg)) {
    if (str_equal(arg.key, STR("path")))
      path = arg.value;
    else if (str_equal(arg.key, STR("field")))
      field = arg.value;
    else
      return refuse_key(arg.key, "path and field", err);
  }
  bool named = str_present(field);
  *spec = arena_printf(arena, "replay:%.*s%s%.*s", STR_ARG(path), named ? "#" : "",
                       (int)field.len, named ? field.ptr : "");
  return 0;
}

/* "text=TEXT", which may have commas in it */
static int join_null(const struct run_settings *s, struct arena *arena, struct str *spec,
                     struct err *err)
{
  struct str args = str_from(s->model_args), key = STR("text=");
  if (!str_starts(args, key))
    return refuse_key(args, "text", err);
  *spec = arena_printf(arena, "null:%.*s", STR_ARG(str_slice(args, key.len, args.len)));
  return 0;
}

static int join_server(struct run_settings *s, const struct model_name *name,
                       struct arena *arena, struct str *spec, struct err *err)
{
  struct str rest = str_from(s->model_args), base = str_from(name->base_url);
  struct str model = STR("");
  struct argument arg;
  while (next_argument(&rest, &arg)) {
    const struct spelling *known =
        find_spelling(server_keys, COUNT(server_keys), arg.key);
    if (str_equal(arg.key, STR("model")) || str_equal(arg.key, STR("pretrained")))
      model = arg.value;
    else if (str_equal(arg.key, STR("base_url")))
      base = arg.value;
    else if (!known)
      return refuse_key(arg.key,
                        "model, base_url, num_concurrent, max_retries, timeout, "
                        "max_gen_toks, ca_cert_path and seed",
                        err);
    else if (known->option && set_option(s, known->option, arg.value, arena, err) < 0)
      return -1;
  }
  if (!base.len)
    return err_set(err, ERR_USAGE,
                   "--model-args: no base_url; write model=NAME,base_url=http://HOST/v1");
  s->endpoint.shape.api = name->api;
  *spec = arena_printf(arena, "%.*s#%.*s", STR_ARG(base), STR_ARG(model));
  return 0;
}

/* "pretrained=FOLDER,dtype=float16". lm-eval gives a model plain text unless told
 * otherwise by --apply_chat_template, and so do we under its names. */
static int join_here(struct run_settings *s, struct arena *arena, struct str *spec,
                     struct err *err)
{
  struct str rest = str_from(s->model_args), path = STR("");
  struct argument arg;
  while (next_argument(&rest, &arg)) {
    const struct spelling *known = find_spelling(here_keys, COUNT(here_keys), arg.key);
    if (str_equal(arg.key, STR("pretrained")))
      path = arg.value;
    else if (!known)
      return refuse_key(arg.key, "pretrained, dtype, max_length and max_gen_toks", err);
    else if (known->option && set_option(s, known->option, arg.value, arena, err) < 0)
      return -1;
  }
  if (!path.len)
    return err_set(err, ERR_USAGE,
                   "--model-args: no pretrained; write pretrained=FOLDER, with the "
                   "checkpoint's config.json in it");
  if (!s->local.chat_template)
    s->local.chat_template = "none";
  *spec = arena_printf(arena, "local:%.*s", STR_ARG(path));
  return 0;
}

static int take_model_args(struct run_settings *s, struct arena *arena, struct err *err)
{
  const struct model_name *name = find_model_name(s);
  struct str spec = STR_NONE;
  int rc = 0;
  if (!s->model_args)
    return 0;
  if (!name)
    return err_set(err, ERR_USAGE,
                   "--model-args belongs to one '--model replay', '--model null', "
                   "'--model hf' or '--model local-chat-completions' and its like, not "
                   "to '%.100s'",
                   s->models.count == 1 ? s->models.at[0] : "");
  switch (name->family) {
  case FAMILY_REPLAY: rc = join_replay(s, arena, &spec, err); break;
  case FAMILY_NULL: rc = join_null(s, arena, &spec, err); break;
  case FAMILY_HERE: rc = join_here(s, arena, &spec, err); break;
  case FAMILY_SERVER: rc = join_server(s, name, arena, &spec, err); break;
  }
  if (rc < 0)
    return -1;
  s->models = (struct texts){ 0 };
  texts_add(&s->models, arena_cstr(arena, spec), arena);
  s->model_args = NULL;
  return 0;
}

/* ---- --gen_kwargs ... ---- */

static const struct spelling gen_keys[] = {
  { "temperature", "temperature" },
  { "top_p", "top-p" },
  { "top_k", "top-k" },
  { "min_p", "min-p" },
  { "max_gen_toks", "max-tokens" },
  { "max_tokens", "max-tokens" },
  { "max_new_tokens", "max-tokens" },
  { "until", "stop" },
};

/* A server's own parameter goes with each request as it is: JSON, else a string. */
static void pass_on(struct run_settings *s, const struct argument *arg,
                    struct arena *arena)
{
  static const char *const python[][2] = { { "True", "true" },
                                           { "False", "false" },
                                           { "None", "null" } };
  struct str value = arg->value;
  for (size_t i = 0; i < COUNT(python); i++)
    if (str_equal(arg->value, str_from(python[i][0])))
      value = str_from(python[i][1]);
  struct json_doc doc;
  struct err no_json;
  struct buf text;
  buf_init(&text, BUF_CAP_OWN);
  buf_printf(&text, "%.*s=", STR_ARG(arg->key));
  if (json_parse(&doc, value, &no_json) == 0) {
    json_doc_release(&doc);
    buf_add(&text, value);
  } else {
    buf_add_char(&text, '"');
    json_escape(&text, value);
    buf_add_char(&text, '"');
  }
  texts_add(&s->endpoint.shape.param, arena_cstr(arena, buf_str(&text)), arena);
  buf_release(&text);
}

static int take_gen_argument(struct run_settings *s, const struct argument *arg,
                             struct arena *arena, struct err *err)
{
  const struct spelling *known = find_spelling(gen_keys, COUNT(gen_keys), arg->key);
  if (!arg->key.len || !str_present(arg->value))
    return err_set(err, ERR_USAGE, "--gen-kwargs: '%.*s' is not NAME=VALUE",
                   STR_ARG(str_slice(arg->key, 0, 60)));
  if (str_equal(arg->key, STR("do_sample"))) /* greedy is what --temperature 0 means */
    return str_equal_nocase(arg->value, STR("false"))
               ? set_option(s, "temperature", STR("0"), arena, err)
               : 0;
  if (known)
    return set_option(s, known->option, arg->value, arena, err);
  pass_on(s, arg, arena);
  return 0;
}

static int take_gen_kwargs(struct run_settings *s, struct arena *arena, struct err *err)
{
  struct str rest = str_from(s->gen_kwargs);
  struct argument arg;
  while (next_argument(&rest, &arg))
    if (take_gen_argument(s, &arg, arena, err) < 0)
      return -1;
  s->gen_kwargs = NULL;
  return 0;
}

int settings_take_lmeval(struct run_settings *s, struct arena *arena, struct err *err)
{
  if (take_model_args(s, arena, err) < 0)
    return -1;
  return take_gen_kwargs(s, arena, err);
}
