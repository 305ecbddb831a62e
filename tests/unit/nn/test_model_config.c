#include "test.h"

#include <math.h>

#include "base/buf.h"
#include "base/fs.h"
#include "nn/model_config.h"
#include "nn/model_tensors.h"

/* A whole small config: the architecture, then what a case adds (later keys must differ).
 */
#define SIZES                                                             \
  "\"hidden_size\":64,\"num_hidden_layers\":2,\"num_attention_heads\":4," \
  "\"intermediate_size\":96,\"vocab_size\":100,\"max_position_embeddings\":512"
#define CONFIG(arch, more) "{\"architectures\":[\"" arch "\"]," SIZES more "}"

static struct model_config parsed(const char *json)
{
  struct err err = { 0 };
  struct model_config config;
  if (model_config_parse(&config, str_from(json), &err) < 0)
    fail_msg("%s: %s", json, err.msg);
  return config;
}

static void llama_and_its_defaults(void **state)
{
  (void)state;
  struct model_config c = parsed(CONFIG("LlamaForCausalLM", ""));
  assert_int_equal(c.arch, MODEL_LLAMA);
  assert_int_equal(c.kv_heads, 4);
  assert_int_equal(c.head_dim, 16);
  assert_true(c.rms_eps == 1e-6 && c.rope.theta == 10000 && c.rope.kind == ROPE_NONE);
  assert_false(c.qkv_bias || c.o_bias || c.mlp_bias || c.qk_norm || c.tied || c.score);
  assert_true(c.lm_head);
  assert_int_equal(c.bos, -1);
  assert_int_equal(c.n_eos, 0);
  assert_int_equal(c.dtype, WEIGHT_OTHER);
  c = parsed(CONFIG("LlamaForCausalLM",
                    ",\"num_key_value_heads\":2,\"head_dim\":32,\"attention_bias\":true,"
                    "\"mlp_bias\":true,\"tie_word_embeddings\":true,\"bos_token_id\":1,"
                    "\"eos_token_id\":[2,3,250],\"torch_dtype\":\"bfloat16\","
                    "\"rms_norm_eps\":1e-5,\"rope_theta\":500000.0"));
  assert_int_equal(c.kv_heads, 2);
  assert_int_equal(c.head_dim, 32);
  assert_true(c.qkv_bias && c.o_bias && c.mlp_bias && c.tied);
  assert_int_equal(c.bos, 1);
  assert_int_equal(c.n_eos, 2); /* 250 is not in the vocabulary */
  assert_int_equal(c.eos[1], 3);
  assert_int_equal(c.dtype, WEIGHT_BF16);
  assert_true(c.rms_eps == 1e-5 && c.rope.theta == 500000);
}

static void the_other_architectures(void **state)
{
  (void)state;
  struct model_config c = parsed(
      CONFIG("MistralForCausalLM", ",\"num_key_value_heads\":2,\"sliding_window\":null"));
  assert_int_equal(c.arch, MODEL_MISTRAL);
  assert_false(c.qkv_bias);
  assert_int_equal(c.max_positions, 512);
  c = parsed(CONFIG("Qwen2ForCausalLM", ",\"num_key_value_heads\":2"));
  assert_int_equal(c.arch, MODEL_QWEN2);
  assert_true(c.qkv_bias);
  assert_false(c.o_bias || c.qk_norm);
  c = parsed(CONFIG("Qwen3ForCausalLM", ",\"num_key_value_heads\":2"));
  assert_int_equal(c.arch, MODEL_QWEN3);
  assert_int_equal(c.head_dim, 128);
  assert_true(c.qk_norm);
  assert_false(c.qkv_bias);
  c = parsed("{\"model_type\":\"qwen3\",\"num_key_value_heads\":4," SIZES "}");
  assert_int_equal(c.arch, MODEL_QWEN3);
}

static void a_window_caps_the_context(void **state)
{
  (void)state;
  struct model_config c = parsed(
      CONFIG("MistralForCausalLM", ",\"num_key_value_heads\":2,\"sliding_window\":128"));
  assert_int_equal(c.max_positions, 128);
  assert_int_equal(c.sliding_window, 128);
  c = parsed(
      CONFIG("Qwen2ForCausalLM", ",\"num_key_value_heads\":2,\"sliding_window\":128"));
  assert_int_equal(c.max_positions, 512); /* Qwen's window needs use_sliding_window */
  c = parsed(CONFIG("Qwen2ForCausalLM",
                    ",\"num_key_value_heads\":2,\"sliding_window\":128,"
                    "\"use_sliding_window\":true"));
  assert_int_equal(c.max_positions, 128);
  c = parsed(CONFIG("Qwen3ForCausalLM",
                    ",\"num_key_value_heads\":2,\"sliding_window\":128,\"layer_types\":"
                    "[\"full_attention\",\"sliding_attention\"]"));
  assert_int_equal(c.max_positions, 128);
}

static void value_networks(void **state)
{
  (void)state;
  struct model_config c = parsed(
      CONFIG("LlamaForSequenceClassification", ",\"id2label\":{\"0\":\"LABEL_0\"}"));
  assert_true(c.score);
  assert_false(c.lm_head);
  c = parsed(CONFIG("Qwen2ForSequenceClassification",
                    ",\"num_key_value_heads\":2,\"num_labels\":1"));
  assert_true(c.score);
}

/* json, a part of the message */
static const char *const refused[][2] = {
  { CONFIG("GPT2LMHeadModel", ""), "'GPT2LMHeadModel' does not run here (these do: "
                                   "LlamaForCausalLM MistralForCausalLM Qwen2ForCausalLM "
                                   "Qwen3ForCausalLM" },
  { CONFIG("LlamaForTokenClassification", ""), "does not run here" },
  { CONFIG("MixtralForCausalLM", ""), "does not run here" },
  { "{" SIZES "}", "names no architecture" },
  { "{\"architectures\":[7]," SIZES "}", "names no architecture" },
  { "[]", "no JSON object" },
  { "{", "not JSON" },
  { "{\"architectures\":[\"LlamaForCausalLM\"]}", "'hidden_size' should be a number" },
  { CONFIG("LlamaForSequenceClassification", ""), "2 labels is no value network" },
  { CONFIG("LlamaForCausalLM", ",\"num_key_value_heads\":3"), "evenly" },
  { CONFIG("LlamaForCausalLM", ",\"num_key_value_heads\":0"), "key-value heads is 0" },
  { CONFIG("LlamaForCausalLM", ",\"num_key_value_heads\":8"), "key-value heads is 8" },
  { CONFIG("LlamaForCausalLM", ",\"num_key_value_heads\":-1"),
    "'num_key_value_heads' is -1" },
  { CONFIG("LlamaForCausalLM", ",\"head_dim\":7"), "rotated in pairs" },
  { CONFIG("LlamaForCausalLM", ",\"head_dim\":4096"), "the size of a head is 4096" },
  { CONFIG("LlamaForCausalLM", ",\"head_dim\":1.5"), "'head_dim' is 1.5" },
  { CONFIG("LlamaForCausalLM", ",\"hidden_act\":\"gelu\""), "'gelu' is not SiLU" },
  { CONFIG("LlamaForCausalLM", ",\"quantization_config\":{\"quant_method\":\"awq\"}"),
    "quantised by 'awq'" },
  { CONFIG("LlamaForCausalLM", ",\"partial_rotary_factor\":0.5"),
    "partial_rotary_factor" },
  { CONFIG("LlamaForCausalLM", ",\"rms_norm_eps\":-1"), "rms_norm_eps is -1" },
  { CONFIG("LlamaForCausalLM", ",\"rms_norm_eps\":\"x\""), "found a string" },
  { CONFIG("LlamaForCausalLM", ",\"rope_theta\":0"), "rope_theta is 0" },
  { CONFIG("LlamaForCausalLM", ",\"eos_token_id\":1.5"),
    "'eos_token_id' is no token id" },
  { CONFIG("LlamaForCausalLM", ",\"eos_token_id\":\"2\""),
    "'eos_token_id' is no token id" },
  { CONFIG("LlamaForCausalLM",
           ",\"eos_token_id\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]"),
    "more than 16 ids" },
  { CONFIG("LlamaForCausalLM", ",\"rope_scaling\":{\"type\":\"dynamic\",\"factor\":2}"),
    "'dynamic' is none of default, linear, llama3 and yarn" },
  { CONFIG("LlamaForCausalLM", ",\"rope_scaling\":{\"rope_type\":\"longrope\"}"),
    "longrope" },
  { CONFIG("LlamaForCausalLM", ",\"rope_scaling\":{}"), "the rope scaling ''" },
  { CONFIG("LlamaForCausalLM", ",\"rope_scaling\":7"), "should be an object" },
  { CONFIG("LlamaForCausalLM", ",\"rope_scaling\":{\"type\":\"linear\"}"),
    "factor is 0" },
  { CONFIG("LlamaForCausalLM", ",\"rope_scaling\":{\"type\":\"llama3\",\"factor\":8,"
                               "\"low_freq_factor\":4,\"high_freq_factor\":1}"),
    "low_freq_factor 4" },
  { CONFIG("LlamaForCausalLM", ",\"rope_scaling\":{\"type\":\"yarn\",\"factor\":8,"
                               "\"beta_fast\":-1}"),
    "beta_fast -1" },
  { CONFIG("Qwen3ForCausalLM", ",\"layer_types\":[\"linear_attention\"]"),
    "linear_attention" },
  { "{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":1e9,\"num_hidden_layers\":2,"
    "\"num_attention_heads\":4,\"intermediate_size\":96,\"vocab_size\":100,"
    "\"max_position_embeddings\":512}",
    "the hidden size is 1000000000" },
  { "{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":64,\"num_hidden_layers\":1e300,"
    "\"num_attention_heads\":4,\"intermediate_size\":96,\"vocab_size\":100,"
    "\"max_position_embeddings\":512}",
    "'num_hidden_layers' is 1e+300" },
  { "{\"architectures\":[\"LlamaForCausalLM\"],\"hidden_size\":64,\"num_hidden_layers\":1,"
    "\"num_attention_heads\":0,\"intermediate_size\":96,\"vocab_size\":100,"
    "\"max_position_embeddings\":512}",
    "no multiple of 'num_attention_heads' 0" },
};

static void refuses_what_it_cannot_do(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    struct err err = { 0 };
    struct model_config config;
    if (model_config_parse(&config, str_from(refused[i][0]), &err) == 0)
      fail_msg("accepted: %s", refused[i][0]);
    assert_int_equal(err.code, ERR_DATA);
    if (!strstr(err.msg, refused[i][1]))
      fail_msg("%s: says '%s', not '%s'", refused[i][0], err.msg, refused[i][1]);
  }
}

static void generation_config_has_the_last_word(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct model_config c = parsed(CONFIG("LlamaForCausalLM", ",\"bos_token_id\":5,"
                                                            "\"eos_token_id\":6"));
  assert_ok(model_config_add_generation(&c, STR("{\"eos_token_id\":[7,8]}"), &err), err);
  assert_int_equal(c.bos, 5);
  assert_int_equal(c.n_eos, 2);
  assert_int_equal(c.eos[0], 7);
  assert_ok(model_config_add_generation(&c, STR("{\"eos_token_id\":null}"), &err), err);
  assert_int_equal(c.n_eos, 2);
  assert_int_equal(model_config_add_generation(&c, STR("{\"eos_token_id\":{}}"), &err),
                   -1);
}

/* ---- rope: numbers from the published formulas, in double, in double ---- */

static void assert_close(double got, double wanted)
{
  if (!(fabs(got - wanted) <= 1e-6 * fabs(wanted)))
    fail_msg("%.9g is not %.9g", got, wanted);
}

static void rope_scalings(void **state)
{
  (void)state;
  struct model_config c = parsed(CONFIG("LlamaForCausalLM", ""));
  assert_close(rope_frequency(&c.rope, 16, 0), 1);
  assert_close(rope_frequency(&c.rope, 16, 4), 0.01);
  assert_close(rope_attention_factor(&c.rope), 1);
  c = parsed(
      CONFIG("LlamaForCausalLM", ",\"rope_scaling\":{\"type\":\"linear\",\"factor\":4}"));
  assert_close(rope_frequency(&c.rope, 16, 4), 0.0025);
  /* the object of transformers 5 says the same as the older two keys */
  c = parsed(CONFIG("LlamaForCausalLM", ",\"rope_parameters\":{\"rope_type\":\"linear\","
                                        "\"factor\":4,\"rope_theta\":100}"));
  assert_close(rope_frequency(&c.rope, 16, 4), 0.025);
}

static void rope_of_llama3(void **state)
{
  (void)state;
  struct model_config c = parsed(CONFIG(
      "LlamaForCausalLM",
      ",\"rope_theta\":500000,\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,"
      "\"low_freq_factor\":1,\"high_freq_factor\":4,"
      "\"original_max_position_embeddings\":8192}"));
  /* Llama 3.1's own head of 128 */
  assert_close(rope_frequency(&c.rope, 128, 0), 1);
  assert_close(rope_frequency(&c.rope, 128, 10), pow(500000, -20.0 / 128));
  double frequency = pow(500000, -64.0 / 128),
         turns = 8192 * frequency / 6.283185307179586;
  double smooth = (turns - 1) / 3;
  assert_true(smooth > 0 && smooth < 1);
  assert_close(rope_frequency(&c.rope, 128, 32),
               (1 - smooth) * frequency / 8 + smooth * frequency);
  assert_close(rope_frequency(&c.rope, 128, 63), pow(500000, -126.0 / 128) / 8);
}

static void rope_of_yarn(void **state)
{
  (void)state;
  struct model_config c = parsed(CONFIG(
      "Qwen2ForCausalLM",
      ",\"num_key_value_heads\":2,\"rope_theta\":1000000,\"rope_scaling\":{\"type\":\"yarn\","
      "\"factor\":4,\"original_max_position_embeddings\":32768}"));
  assert_int_equal(c.max_positions, 131072);
  assert_close(rope_attention_factor(&c.rope), 0.1 * log(4) + 1);
  assert_close(rope_frequency(&c.rope, 128, 0), 1);
  /* the ramp goes from floor(23.6..) to ceil(39.6..) */
  double from = floor(128 * log(32768 / (32 * 6.283185307179586)) / (2 * log(1e6)));
  double to = ceil(128 * log(32768 / 6.283185307179586) / (2 * log(1e6)));
  double plain = pow(1e6, -60.0 / 128), ramp = (30 - from) / (to - from);
  assert_true(ramp > 0 && ramp < 1);
  assert_close(rope_frequency(&c.rope, 128, 30), plain / 4 * ramp + plain * (1 - ramp));
  assert_close(rope_frequency(&c.rope, 128, 63), pow(1e6, -126.0 / 128) / 4);
  /* a short original context: the ramp would begin before the first pair, and does there
   */
  c = parsed(CONFIG("LlamaForCausalLM",
                    ",\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,\"mscale\":0.5,"
                    "\"mscale_all_dim\":2,\"original_max_position_embeddings\":64}"));
  to = ceil(16 * log(64 / 6.283185307179586) / (2 * log(1e4)));
  plain = pow(1e4, -2.0 / 16);
  assert_close(rope_frequency(&c.rope, 16, 1), plain / 4 / to + plain * (1 - 1 / to));
  assert_close(rope_attention_factor(&c.rope), (0.05 * log(4) + 1) / (0.2 * log(4) + 1));
}

/* ---- tensors and memory ---- */

static void lists_the_tensors(void **state)
{
  (void)state;
  struct model_config c =
      parsed(CONFIG("Qwen2ForCausalLM", ",\"num_key_value_heads\":2"));
  struct model_tensor t;
  size_t n = 0;
  uint64_t weights = 0;
  for (; model_tensor_at(&c, n, &t); n++) {
    struct model_tensor again;
    assert_true(model_tensor_find(&c, str_from(t.name), &again));
    assert_string_equal(again.name, t.name);
    assert_string_equal(again.gguf, t.gguf);
    assert_int_equal(again.dims[0], t.dims[0]);
    weights += (uint64_t)(t.dims[0] * t.dims[1]);
  }
  assert_int_equal(n, 1 + 2 * 12 + 2);
  /* embedding and head; per layer: q, k, v with biases, o, three of the MLP, two norms */
  uint64_t layer = 64 * 64 + 64 + 2 * (32 * 64 + 32) + 64 * 64 + 3 * 64 * 96 + 2 * 64;
  assert_int_equal(weights, 2 * 100 * 64 + 2 * layer + 64);
  assert_int_equal(model_config_weights(&c), weights);
  assert_int_equal(model_config_bytes(&c, 2), 2 * weights);
  assert_int_equal(model_config_kv_bytes(&c, 4), 2 * 2 * 2 * 16 * 4);
  assert_true(model_tensor_find(&c, STR("model.layers.1.self_attn.k_proj.bias"), &t));
  assert_string_equal(t.gguf, "blk.1.attn_k.bias");
  assert_int_equal(t.n_dims, 1);
  assert_int_equal(t.rotary_heads, 2);
  static const char *const absent[] = {
    "model.layers.2.mlp.up_proj.weight",
    "model.layers.01.mlp.up_proj.weight",
    "model.layers..mlp.up_proj.weight",
    "model.layers.1.self_attn.o_proj.bias",
    "model.layers.1",
    "score.weight",
    "model.layers.99999999999.mlp.up_proj.weight",
    "",
  };
  for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
    assert_false(model_tensor_find(&c, str_from(absent[i]), &t));
}

static void real_configs(void **state)
{
  (void)state;
  const char *path = test_data("models/stories260K/config.json");
  if (!path)
    skip();
  struct err err = { 0 };
  struct buf text;
  buf_init(&text, 1 << 20);
  assert_ok(fs_read(path, &text, &err), err);
  struct model_config c;
  assert_ok(model_config_parse(&c, buf_str(&text), &err), err);
  assert_int_equal(c.layers, 5);
  assert_int_equal(c.kv_heads, 4);
  assert_true(c.tied);
  assert_int_equal(model_config_weights(&c), 260032);
  buf_release(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(llama_and_its_defaults),
    cmocka_unit_test(the_other_architectures),
    cmocka_unit_test(a_window_caps_the_context),
    cmocka_unit_test(value_networks),
    cmocka_unit_test(refuses_what_it_cannot_do),
    cmocka_unit_test(generation_config_has_the_last_word),
    cmocka_unit_test(rope_scalings),
    cmocka_unit_test(rope_of_llama3),
    cmocka_unit_test(rope_of_yarn),
    cmocka_unit_test(lists_the_tensors),
    cmocka_unit_test(real_configs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
