/* Chat forms: by name, by recognition, and the exact text of each. */
#include "base/fs.h"
#include "base/json.h"
#include "nn/chat_template.h"
#include "test.h"

#define TEXT(literal)            \
  {                              \
    literal, sizeof(literal) - 1 \
  }
#define MESSAGE(role, content) \
  {                            \
    TEXT(role), TEXT(content)  \
  }

static const struct message with_system[] = { MESSAGE("system", "Be brief."),
                                              MESSAGE("user", " Hi "),
                                              MESSAGE("assistant", "Yes?"),
                                              MESSAGE("user", "2+2") };

static void check(const char *name, size_t first, size_t n, const char *expected)
{
  struct err err = { 0 };
  struct chat_template chat;
  struct buf out;
  struct chat_request request = { with_system + first, n, STR("<s>"), STR("</s>"), true };
  buf_init(&out, 1 << 16);
  assert_ok(chat_template_named(&chat, str_from(name), &err), err);
  assert_string_equal(chat_template_name(&chat), name);
  assert_ok(chat_template_render(&chat, &request, &out, &err), err);
  assert_str_equal(buf_str(&out), expected);
  buf_release(&out);
}

static void forms_by_name(void **state)
{
  (void)state;
  check("chatml", 0, 4,
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\n Hi <|im_end|>\n"
        "<|im_start|>assistant\nYes?<|im_end|>\n"
        "<|im_start|>user\n2+2<|im_end|>\n<|im_start|>assistant\n");
  check("chatml", 3, 1, "<|im_start|>user\n2+2<|im_end|>\n<|im_start|>assistant\n");
  check("qwen2", 3, 1,
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n2+2<|im_end|>\n<|im_start|>assistant\n");
  check("qwen2", 0, 2,
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\n");
  check("llama-3", 0, 2,
        "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n");
  check(
      "llama-3.1", 3, 1,
      "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December "
      "2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user"
      "<|end_header_id|>\n\n2+2<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
  check("llama-2", 0, 4,
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Yes? </s>"
        "<s>[INST] 2+2 [/INST]");
  check("mistral-v1", 0, 4,
        "<s> [INST] Be brief.\n\n Hi  [/INST] Yes?</s> [INST] 2+2 [/INST]");
  check("mistral-v3", 0, 4,
        "<s>[INST]  Hi [/INST] Yes?</s>[INST] Be brief.\n\n2+2[/INST]");
  check("mistral-v3-tekken", 3, 1, "<s>[INST]2+2[/INST]");
  check("mistral-v0", 1, 3, "<s>[INST]  Hi  [/INST]Yes?</s>[INST] 2+2 [/INST]");
  check("zephyr", 0, 2, "<|system|>\nBe brief.</s>\n<|user|>\n Hi </s>\n<|assistant|>\n");
  check("phi-3", 0, 2,
        "<|system|>\nBe brief.<|end|>\n<|user|>\n Hi <|end|>\n<|assistant|>\n");
  check("gemma", 1, 3,
        "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nYes?"
        "<end_of_turn>\n<start_of_turn>user\n2+2<end_of_turn>\n"
        "<start_of_turn>model\n");
  check("gemma-3", 0, 2,
        "<s><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n"
        "<start_of_turn>model\n");
}

static void thoughts_are_dropped_from_earlier_answers(void **state)
{
  (void)state;
  const struct message messages[] = {
    MESSAGE("user", "a"), MESSAGE("assistant", "<think>\nhm\n</think>\n\nb"),
    MESSAGE("user", "c"), MESSAGE("assistant", "<think>\nso\n</think>\n\nd")
  };
  struct err err = { 0 };
  struct chat_template chat;
  struct buf out;
  struct chat_request request = { messages, 4, STR_NONE, STR_NONE, false };
  buf_init(&out, 1 << 16);
  assert_ok(chat_template_named(&chat, STR("qwen3"), &err), err);
  assert_ok(chat_template_render(&chat, &request, &out, &err), err);
  assert_str_equal(buf_str(&out), "<|im_start|>user\na<|im_end|>\n"
                                  "<|im_start|>assistant\nb<|im_end|>\n"
                                  "<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n"
                                  "<think>\nso\n</think>\n\nd<|im_end|>\n");
  buf_release(&out);
}

/* ---- what is refused ---- */

static void refuse(const char *name, const struct message *messages, size_t n,
                   const char *word)
{
  struct err err = { 0 };
  struct chat_template chat;
  struct buf out;
  struct chat_request request = { messages, n, STR("<s>"), STR("</s>"), true };
  buf_init(&out, 1 << 16);
  assert_ok(chat_template_named(&chat, str_from(name), &err), err);
  assert_int_equal(chat_template_render(&chat, &request, &out, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, word))
    fail_msg("'%s' is not in '%s'", word, err.msg);
  buf_release(&out);
}

static void chats_that_cannot_be_rendered(void **state)
{
  (void)state;
  const struct message tool[] = { MESSAGE("user", "a"), MESSAGE("tool", "b") };
  const struct message twice[] = { MESSAGE("user", "a"), MESSAGE("user", "b") };
  const struct message late[] = { MESSAGE("user", "a"), MESSAGE("system", "b") };
  refuse("chatml", with_system, 0, "no messages");
  refuse("chatml", tool, 2, "'tool'");
  refuse("llama-2", twice, 2, "take turns");
  refuse("llama-2", with_system + 2, 1, "take turns");
  refuse("mistral-v1", late, 2, "at the beginning only");
  refuse("gemma", with_system, 2, "no place for a system message");
  struct err err = { 0 };
  struct chat_template chat;
  assert_int_equal(chat_template_named(&chat, STR("chatmll"), &err), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_non_null(strstr(err.msg, "llama-2"));
}

/* ---- recognition ---- */

static void recognise(const char *jinja, const char *name, const char *system)
{
  struct err err = { 0 };
  struct arena arena = { 0 };
  struct chat_template chat;
  assert_ok(chat_template_recognise(&chat, &arena, str_from(jinja), &err), err);
  assert_string_equal(chat_template_name(&chat), name);
  if (system)
    assert_str_equal(chat.default_system, system);
  else
    assert_false(str_present(chat.default_system));
  arena_release(&arena);
}

static void forms_by_their_text(void **state)
{
  (void)state;
  recognise(
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + "
      "message['content'] + '<|im_end|>' }}{% endfor %}{{ '<|im_start|>assistant\\n' }}",
      "chatml", NULL);
  recognise(
      "{%- if messages[0][\"role\"] != \"system\" %}{{- \"<|im_start|>system\\nUse "
      "\\\\boxed{}.<|im_end|>\\n\" }}{%- endif %}{{- \"<|im_start|>\" + message.role + "
      "\"\\n\" + message.content + \"<|im_end|>\" }}{{- \"<|im_start|>assistant\\n\" }}",
      "chatml", "Use \\boxed{}.");
  recognise("{{ bos_token }}'<|start_header_id|>' + role + '<|end_header_id|>\\n\\n' + "
            "message['content'] | trim + '<|eot_id|>'",
            "llama-3", NULL);
  recognise("{{ bos_token + '[INST] ' + content.strip() }} '<<SYS>>\\n'", "llama-2",
            NULL);
  recognise("{{ bos_token }}{{ ' [INST] ' + x + ' [/INST]' }}", "mistral-v1", NULL);
  recognise("{{ bos_token }}{{ \"[INST] \" + x + \"[/INST]\" }}", "mistral-v3", NULL);
  recognise("{{ bos_token }}{{ \"[INST]\" + x + \"[/INST]\" }}", "mistral-v3-tekken",
            NULL);
  recognise("{{ '<|user|>\n' + message['content'] + eos_token }}{{ '<|assistant|>' }}",
            "zephyr", NULL);
}

static void unknown_texts_are_refused(void **state)
{
  (void)state;
  static const char *const texts[] = {
    "",
    "{{ message['content'] }}",
    "{{ '<|im_start|>' }}",
    "{{ '<|im_start|>' + message.role }} <|im_end|> '<|im_start|>assistant\\n<think>\\n'",
    "{{ bos_token }}[SYSTEM_PROMPT]{{ '[INST]' + x + '[/INST]' }}",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct err err = { 0 };
    struct arena arena = { 0 };
    struct chat_template chat;
    assert_int_equal(chat_template_recognise(&chat, &arena, str_from(texts[i]), &err),
                     -1);
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.msg, "chatml"));
    arena_release(&arena);
  }
}

static void real_template(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf text;
  struct json_doc doc;
  const char *path = test_data("tokenizers/qwen/tokenizer_config.json");
  if (!path)
    skip();
  buf_init(&text, 1 << 20);
  assert_ok(fs_read(path, &text, &err), err);
  assert_ok(json_parse(&doc, buf_str(&text), &err), err);
  struct str jinja = json_get_string(doc.root, "chat_template", STR_NONE);
  struct buf copy;
  buf_init(&copy, 1 << 20);
  buf_add(&copy, jinja);
  recognise(copy.ptr, "qwen3", NULL);
  buf_release(&copy);
  buf_release(&text);
  json_doc_release(&doc);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(forms_by_name),
    cmocka_unit_test(thoughts_are_dropped_from_earlier_answers),
    cmocka_unit_test(chats_that_cannot_be_rendered),
    cmocka_unit_test(forms_by_their_text),
    cmocka_unit_test(unknown_texts_are_refused),
    cmocka_unit_test(real_template),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
