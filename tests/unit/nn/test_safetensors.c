#include "test.h"

#include <fcntl.h>

#include "nn/safetensors.h"
#include "weight_bytes.h"

/* ---- reading ---- */

static void reads_what_the_format_says(void **state)
{
  (void)state;
  struct err err = { 0 };
  struct buf bytes;
  buf_init(&bytes, 4096);
  put_safetensors(&bytes,
                  "{\"__metadata__\":{\"format\":\"pt\"},"
                  "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[4,16]},"
                  "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                  "\"none\":{\"dtype\":\"F16\",\"shape\":[0,7],\"data_offsets\":[16,16]},"
                  "\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[16,24]},"
                  "\"odd\":{\"dtype\":\"F4\",\"shape\":[9],\"data_offsets\":[24,29]}}  ",
                  29);
  struct safetensors file;
  assert_ok(safetensors_parse(&file, buf_str(&bytes), &err), err);
  assert_int_equal(file.weights.count, 5);
  const struct weight *b = weights_find(&file.weights, STR("b"));
  assert_non_null(b);
  assert_int_equal(b->type, WEIGHT_BF16);
  assert_int_equal(b->n_dims, 2);
  assert_int_equal(b->dims[0], 2);
  assert_int_equal(b->dims[1], 3);
  assert_int_equal(b->n, 6);
  assert_int_equal(b->bytes.len, 12);
  assert_ptr_equal(b->bytes.ptr, bytes.ptr + bytes.len - 29 + 4);
  const struct weight *a = weights_find(&file.weights, STR("a"));
  assert_int_equal(a->n, 1);
  assert_int_equal(a->n_dims, 0);
  assert_int_equal(weights_find(&file.weights, STR("none"))->n, 0);
  assert_int_equal(weights_find(&file.weights, STR("ids"))->type, WEIGHT_OTHER);
  const struct weight *odd = weights_find(&file.weights, STR("odd"));
  assert_int_equal(odd->type, WEIGHT_OTHER);
  assert_str_equal(odd->type_name, "F4");
  assert_null(weights_find(&file.weights, STR("c")));
  safetensors_close(&file);
  buf_release(&bytes);
}

/* header, bytes of data, a part of the message */
struct lie {
  const char *header;
  size_t n_data;
  const char *message;
};

#define F32_AT(name, shape, offsets) \
  "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static const struct lie lies[] = {
  { "{" F32_AT("a", "[2]", "[0,8]") "}", 7, "ends at byte 8, the data has 7" },
  { "{" F32_AT("a", "[2]", "[0,8]") "}", 9,
    "the last 1 bytes of the file belong to no tensor" },
  { "{" F32_AT("a", "[1]", "[4,8]") "}", 8,
    "bytes 0 to 4 before tensor 'a' belong to none" },
  { "{" F32_AT("a", "[2]", "[0,8]") "," F32_AT("b", "[2]", "[4,12]") "}", 12,
    "tensor 'b' overlaps tensor 'a' at byte 4" },
  { "{" F32_AT("a", "[2]", "[0,8]") "," F32_AT("b", "[2]", "[0,8]") "}", 8, "overlaps" },
  { "{" F32_AT("a", "[1]", "[0,4]") "," F32_AT("b", "[1]", "[8,12]") "}", 12,
    "belong to none" },
  { "{" F32_AT("a", "[1]", "[0,4]") "," F32_AT("a", "[1]", "[4,8]") "}", 8, "twice" },
  { "{" F32_AT("a", "[3]", "[0,8]") "}", 8, "is 3 of F32, but has 8 bytes" },
  { "{" F32_AT("a", "[1]", "[0,6]") "}", 6, "is 1 of F32, but has 6 bytes" },
  { "{" F32_AT("a", "[-1]", "[0,4]") "}", 4, "a dimension is no whole number" },
  { "{" F32_AT("a", "[1.5]", "[0,6]") "}", 6, "a dimension is no whole number" },
  { "{" F32_AT("a", "[1e300]", "[0,4]") "}", 4, "a dimension is no whole number" },
  { "{" F32_AT("a", "[4294967296,4294967296]", "[0,4]") "}", 4, "more than any memory" },
  { "{" F32_AT("a", "[0,4294967296,4294967296]", "[0,0]") "}", 0,
    "more than any memory" },
  { "{" F32_AT("a", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "more than 8 dimensions" },
  { "{" F32_AT("a", "\"1\"", "[0,4]") "}", 4, "has no shape" },
  { "{" F32_AT("a", "[1]", "[4,0]") "}", 4, "begins at byte 4 and ends at 0" },
  { "{" F32_AT("a", "[1]", "[0]") "}", 4, "no data_offsets" },
  { "{" F32_AT("a", "[1]", "[0,4,4]") "}", 4, "no data_offsets" },
  { "{" F32_AT("a", "[1]", "[-4,0]") "}", 4, "its first offset is no whole number" },
  { "{" F32_AT("a", "[1]", "[0,1e30]") "}", 4, "its last offset is no whole number" },
  { "{\"h\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}," F32_AT(
        "a", "[1]", "[2,6]") "}",
    6, "not aligned for F32" },
  { "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor 'a' has no dtype" },
  { "{\"a\":7}", 4, "tensor 'a' has no dtype" },
  { "{\"\":{\"dtype\":\"F32\"}}", 0, "a tensor's name has 0 bytes" },
  { "{\"a\\nb\":{\"dtype\":\"F32\"}}", 0, "control character 0x0a" },
  { "{\"a\":", 0, "not JSON" },
  { "[1]", 0, "no JSON object" },
  { "{}", 4, "belong to no tensor" },
};

static void refuses_lies(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    struct err err = { 0 };
    struct buf bytes;
    buf_init(&bytes, 4096);
    put_safetensors(&bytes, lies[i].header, lies[i].n_data);
    struct safetensors file;
    if (safetensors_parse(&file, buf_str(&bytes), &err) == 0)
      fail_msg("accepted: %s", lies[i].header);
    assert_int_equal(err.code, ERR_DATA);
    if (!strstr(err.msg, lies[i].message))
      fail_msg("%s: says '%s', not '%s'", lies[i].header, err.msg, lies[i].message);
    buf_release(&bytes);
  }
}

static void expect_refusal(struct str bytes, const char *message)
{
  struct err err = { 0 };
  struct safetensors file;
  assert_int_equal(safetensors_parse(&file, bytes, &err), -1);
  if (!strstr(err.msg, message))
    fail_msg("says '%s', not '%s'", err.msg, message);
}

static void refuses_a_lying_length(void **state)
{
  (void)state;
  struct buf bytes;
  buf_init(&bytes, 4096);
  put_le(&bytes, UINT64_MAX, 8);
  buf_add_cstr(&bytes, "{}");
  expect_refusal(buf_str(&bytes), "over the format's limit");
  buf_reset(&bytes);
  put_le(&bytes, 3, 8);
  buf_add_cstr(&bytes, "{}");
  expect_refusal(buf_str(&bytes), "claims 3 bytes, the file has 2");
  buf_reset(&bytes);
  put_le(&bytes, 0, 8);
  buf_add_cstr(&bytes, "{}");
  expect_refusal(buf_str(&bytes), "no JSON object");
  expect_refusal(STR(""), "0 bytes are no safetensors");
  expect_refusal(STR("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull");
  buf_release(&bytes);
}

/* Every truncation of a good file is refused. */
static void refuses_every_truncation(void **state)
{
  (void)state;
  struct buf bytes;
  buf_init(&bytes, 4096);
  put_safetensors(&bytes, "{" F32_AT("a", "[2]", "[0,8]") "}", 8);
  for (size_t len = 0; len < bytes.len; len++) {
    struct err err = { 0 };
    struct safetensors file;
    assert_int_equal(safetensors_parse(&file, str_slice(buf_str(&bytes), 0, len), &err),
                     -1);
  }
  buf_release(&bytes);
}

/* A header of millions of values is refused before a tree is made of it. */
static void refuses_a_flood(void **state)
{
  (void)state;
  struct buf header, bytes;
  buf_init(&header, 16 << 20);
  buf_init(&bytes, 16 << 20);
  buf_add_cstr(&header, "{\"a\":[0");
  for (int i = 0; i < 3 << 20; i++)
    buf_add_cstr(&header, ",0");
  buf_add_cstr(&header, "]}");
  put_safetensors(&bytes, header.ptr, 0);
  expect_refusal(buf_str(&bytes), "values");
  buf_release(&header);
  buf_release(&bytes);
}

static void reads_the_real_ones(void **state)
{
  (void)state;
  const char *path = test_data("models/stories260K/model.safetensors");
  if (!path)
    skip();
  struct err err = { 0 };
  struct safetensors file;
  assert_ok(safetensors_open(&file, path, &err), err);
  assert_int_equal(file.weights.count, 47);
  const struct weight *down =
      weights_find(&file.weights, STR("model.layers.0.mlp.down_proj.weight"));
  assert_non_null(down);
  assert_int_equal(down->dims[0], 64);
  assert_int_equal(down->dims[1], 172);
  safetensors_close(&file);
  assert_ok(safetensors_open(
                &file, test_data("models/verl_random_llama/model.safetensors"), &err),
            err);
  assert_int_equal(weights_find(&file.weights, STR("lm_head.weight"))->type, WEIGHT_BF16);
  safetensors_close(&file);
}

/* ---- writing ---- */

static void path_in(char *out, size_t size, const char *dir, const char *name)
{
  snprintf(out, size, "%s/%s", dir, name);
}

static const struct safetensors_entry entries[] = {
  { { "z", 1 }, WEIGHT_F32, 1, { 2 } },
  { { "half", 4 }, WEIGHT_F16, 2, { 1, 3 } },
  { { "a\"b", 3 }, WEIGHT_F32, 0, { 0 } },
};

static void put_all(struct safetensors_writer *writer, bool backwards)
{
  struct err err = { 0 };
  const struct str values[] = { STR("zzzzZZZZ"), STR("hhhhhh"), STR("abcd") };
  for (int i = 0; i < 3; i++) {
    int at = backwards ? 2 - i : i;
    assert_ok(safetensors_writer_put(writer, entries[at].name, values[at], &err), err);
  }
}

static void writes_the_same_bytes_always(void **state)
{
  (void)state;
  struct err err = { 0 };
  char dir[64], path[2][128];
  snprintf(dir, sizeof dir, "%s", test_folder());
  const struct safetensors_note note = { "format", STR("pt") };
  for (int turn = 0; turn < 2; turn++) {
    path_in(path[turn], sizeof path[turn], dir, turn ? "two" : "one");
    struct safetensors_entry order[3];
    for (int i = 0; i < 3; i++)
      order[i] = entries[turn ? 2 - i : i];
    struct safetensors_writer *writer =
        safetensors_writer_open(path[turn], order, 3, &note, 1, &err);
    assert_non_null(writer);
    put_all(writer, turn);
    assert_false(fs_exists(path[turn])); /* nothing stands there before the end */
    assert_ok(safetensors_writer_finish(writer, &err), err);
  }
  struct fs_map one, two;
  assert_ok(fs_map(&one, path[0], &err), err);
  assert_ok(fs_map(&two, path[1], &err), err);
  assert_true(str_equal(one.bytes, two.bytes));
  const char *header =
      "{\"__metadata__\":{\"format\":\"pt\"},"
      "\"a\\\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
      "\"z\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]},"
      "\"half\":{\"dtype\":\"F16\",\"shape\":[1,3],\"data_offsets\":[12,18]}}";
  size_t padded = (strlen(header) + 7) / 8 * 8;
  assert_int_equal(one.bytes.len, 8 + padded + 18);
  assert_int_equal((unsigned char)one.bytes.ptr[0], padded);
  assert_memory_equal(one.bytes.ptr + 8, header, strlen(header));
  assert_memory_equal(one.bytes.ptr + 8 + padded, "abcdzzzzZZZZhhhhhh", 18);
  fs_unmap(&one);
  fs_unmap(&two);
  struct safetensors file;
  assert_ok(safetensors_open(&file, path[0], &err), err);
  assert_str_equal(weights_find(&file.weights, STR("half"))->bytes, "hhhhhh");
  assert_str_equal(weights_find(&file.weights, STR("a\"b"))->bytes, "abcd");
  safetensors_close(&file);
  unlink(path[0]);
  unlink(path[1]);
  assert_int_equal(rmdir(dir), 0);
}

static void leaves_the_old_file_when_it_fails(void **state)
{
  (void)state;
  struct err err = { 0 };
  char dir[64], path[128];
  snprintf(dir, sizeof dir, "%s", test_folder());
  path_in(path, sizeof path, dir, "x");
  assert_ok(fs_write(path, STR("old"), &err), err);
  struct safetensors_writer *writer =
      safetensors_writer_open(path, entries, 3, NULL, 0, &err);
  assert_non_null(writer);
  assert_ok(safetensors_writer_put(writer, STR("z"), STR("12345678"), &err), err);
  assert_int_equal(safetensors_writer_put(writer, STR("z"), STR("12345678"), &err), -1);
  assert_non_null(strstr(err.msg, "already"));
  assert_int_equal(safetensors_writer_put(writer, STR("half"), STR("1234567"), &err), -1);
  assert_non_null(strstr(err.msg, "another size"));
  assert_int_equal(safetensors_writer_put(writer, STR("y"), STR("1"), &err), -1);
  assert_non_null(strstr(err.msg, "not announced"));
  assert_int_equal(safetensors_writer_finish(writer, &err), -1);
  assert_non_null(strstr(err.msg, "is missing"));
  assert_int_equal(fs_size(path), 3);
  writer = safetensors_writer_open(path, entries, 3, NULL, 0, &err);
  safetensors_writer_abandon(writer);
  const struct safetensors_entry twice[] = { entries[0], entries[0] };
  assert_null(safetensors_writer_open(path, twice, 2, NULL, 0, &err));
  assert_non_null(strstr(err.msg, "twice"));
  const struct safetensors_entry quantised = { STR("q"), WEIGHT_Q8_0, 1, { 32 } };
  assert_null(safetensors_writer_open(path, &quantised, 1, NULL, 0, &err));
  assert_int_equal(fs_size(path), 3);
  unlink(path);
  assert_int_equal(rmdir(dir), 0); /* so no half-written file is left beside it */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_what_the_format_says),
    cmocka_unit_test(refuses_lies),
    cmocka_unit_test(refuses_a_lying_length),
    cmocka_unit_test(refuses_every_truncation),
    cmocka_unit_test(refuses_a_flood),
    cmocka_unit_test(reads_the_real_ones),
    cmocka_unit_test(writes_the_same_bytes_always),
    cmocka_unit_test(leaves_the_old_file_when_it_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
