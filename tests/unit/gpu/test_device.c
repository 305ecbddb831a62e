#include "gpu/inside.h"
#include "gpu_test.h"

#include "base/buf.h"
#include "base/fs.h"
#include "gpu/shaders.h"

static struct err err;

/* ---- the choice, on devices that this machine need not have ---- */

static struct gpu_device_info rows[] = {
  { .index = 0, .name = "llvmpipe (LLVM 15)", .kind = GPU_KIND_CPU, .usable = true },
  { .index = 1, .name = "Intel(R) UHD", .kind = GPU_KIND_INTEGRATED, .usable = true },
  { .index = 2, .name = "Old Card", .kind = GPU_KIND_DISCRETE, .refused = "it is old" },
  { .index = 3, .name = "NVIDIA H200", .kind = GPU_KIND_DISCRETE, .usable = true },
  { .index = 4, .name = "NVIDIA H200", .kind = GPU_KIND_DISCRETE, .usable = true },
};

static int choose(size_t count, const char *wanted)
{
  struct gpu_device_list list = { rows, count };
  return gpu_device_choose(&list, wanted, &err);
}

static void test_choose(void **state)
{
  (void)state;
  assert_int_equal(choose(5, NULL), 3);
  assert_int_equal(choose(5, ""), 3);
  assert_int_equal(choose(3, NULL), 1);
  assert_int_equal(choose(1, NULL), 0);
  assert_int_equal(choose(5, "cpu"), 0);
  assert_int_equal(choose(5, "CPU"), 0);
  assert_int_equal(choose(5, "4"), 4);
  assert_int_equal(choose(5, "nvidia"), 3);
  assert_int_equal(choose(5, "uhd"), 1);
  assert_int_equal(choose(5, "5"), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_int_equal(choose(5, "radeon"), -1);
  assert_int_equal(err.code, ERR_USAGE);
  assert_non_null(strstr(err.msg, "0 'llvmpipe (LLVM 15)', 1 'Intel(R) UHD'"));
  assert_int_equal(choose(5, "old"), -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "it is old"));
  struct gpu_device_list refused = { rows + 2, 1 };
  assert_int_equal(gpu_device_choose(&refused, NULL, &err), -1);
  assert_int_equal(err.code, ERR_ENV);
}

/* ---- what is here ---- */

static void test_list(void **state)
{
  (void)state;
  struct gpu_device_list list;
  if (gpu_device_list(&list, &err) < 0)
    skip();
  assert_true(list.count > 0);
  for (size_t i = 0; i < list.count; i++) {
    const struct gpu_device_info *row = &list.rows[i];
    assert_int_equal(row->index, i);
    assert_true(*row->name && row->heap_bytes > 0);
    if (row->usable)
      assert_true(row->limits.storage_bytes >= 1 << 27 && row->limits.push_bytes >= 128 &&
                  row->limits.storage_align <= 256 && row->limits.texel_align <= 256 &&
                  row->subgroup > 0);
  }
  gpu_device_list_free(&list);
}

static void test_unknown_device(void **state)
{
  (void)state;
  gpu_test_close(gpu_test_open());
  struct gpu_options options = { .device = "no such device" };
  assert_null(gpu_manager_create(&options, &err));
  assert_int_equal(err.code, ERR_USAGE);
}

/* Drivers are looked for anew each time. */
static void test_no_driver(void **state)
{
  (void)state;
  assert_int_equal(setenv("VK_ICD_FILENAMES", "/nonexistent.json", 1), 0);
  assert_int_equal(setenv("VK_DRIVER_FILES", "/nonexistent.json", 1), 0);
  struct gpu_device_list list;
  int status = gpu_device_list(&list, &err);
  unsetenv("VK_ICD_FILENAMES");
  unsetenv("VK_DRIVER_FILES");
  assert_int_equal(status, -1);
  assert_int_equal(err.code, ERR_ENV);
  assert_non_null(strstr(err.msg, "no Vulkan device"));
  assert_non_null(strstr(err.msg, "install mesa-vulkan-drivers"));
}

/* ---- the cache of pipelines ---- */

static const struct gpu_shader add_shader = {
  .name = "add",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = 4,
};

/* Opens a device with this cache folder, makes a pipeline, closes; returns how many bytes
 * came from the disk. */
static size_t use_cache(const char *dir)
{
  struct gpu_manager *manager =
      gpu_test_open_with((struct gpu_options){ .cache_dir = dir });
  size_t loaded = manager->cache_loaded;
  struct gpu_algorithm *one = gpu_algorithm_get(manager, &add_shader, NULL, 0, &err);
  assert_non_null(one);
  assert_ptr_equal(gpu_algorithm_get(manager, &add_shader, NULL, 0, &err), one);
  gpu_test_close(manager);
  return loaded;
}

static void test_cache(void **state)
{
  (void)state;
  const char *root = test_folder();
  struct fs_list list;
  struct buf dir, path, bytes;
  buf_init(&dir, 4096);
  buf_init(&path, 4096);
  buf_init(&bytes, 1 << 26);
  fs_join(&dir, root, "deeper");
  assert_int_equal(use_cache(dir.ptr), 0);
  if (!fs_exists(dir.ptr)) {
    fprintf(stderr, "skipped: the driver gives no pipeline cache that could be kept\n");
    skip();
  }
  assert_ok(fs_list(&list, dir.ptr, &err), err);
  assert_int_equal(list.count, 1);
  fs_join(&path, dir.ptr, list.names[0]);
  fs_list_free(&list);
  assert_true(use_cache(dir.ptr) > 0);
  assert_ok(fs_read(path.ptr, &bytes, &err), err);
  /* damaged anywhere: magic, checksum, length, Vulkan's header, the data, cut short */
  for (size_t at = 0; at < bytes.len; at += at < 48 ? 1 : 97) {
    bytes.ptr[at] ^= 1;
    assert_ok(fs_write(path.ptr, buf_str(&bytes), &err), err);
    assert_int_equal(use_cache(dir.ptr), 0);
    bytes.ptr[at] ^= 1;
    if (at > 20) /* each costs a device */
      at += 40;
  }
  assert_ok(fs_write(path.ptr, str_slice(buf_str(&bytes), 0, bytes.len - 1), &err), err);
  assert_int_equal(use_cache(dir.ptr), 0);
  assert_true(use_cache(dir.ptr) > 0); /* it was replaced */
  unlink(path.ptr);
  rmdir(dir.ptr);
  rmdir(root);
  buf_release(&dir);
  buf_release(&path);
  buf_release(&bytes);
}

/* ---- every shader is valid SPIR-V ---- */

static void test_shaders(void **state)
{
  (void)state;
  if (system("spirv-val --version >/dev/null 2>&1") != 0)
    skip();
  const char *root = test_folder();
  char path[128], command[256];
  size_t count = 0;
  snprintf(path, sizeof path, "%s/x.spv", root);
  snprintf(command, sizeof command, "spirv-val --target-env vulkan1.3 %s", path);
  for (const struct embedded_file *file = embedded_shaders; file->name; file++, count++) {
    struct str code = { file->begin, (size_t)(file->end - file->begin) };
    assert_ok(fs_write(path, code, &err), err);
    if (system(command) != 0)
      fail_msg("%s is not valid", file->name);
  }
  assert_true(count > 0);
  assert_false(str_present(gpu_shader_code("ad")));
  assert_true(str_present(gpu_shader_code("add")));
  unlink(path);
  rmdir(root);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_choose),         cmocka_unit_test(test_list),
    cmocka_unit_test(test_unknown_device), cmocka_unit_test(test_no_driver),
    cmocka_unit_test(test_cache),          cmocka_unit_test(test_shaders),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
