#include "gpu/inside.h"
#include "gpu_test.h"
#include "shared.h"

static const struct gpu_shader add_shader = {
  .name = "add",
  .bindings = { GPU_BIND_STORAGE, GPU_BIND_STORAGE, GPU_BIND_STORAGE },
  .push_bytes = sizeof(struct shader_add),
};

struct world {
  struct gpu_manager *manager;
  struct gpu_sequence *sequence;
  struct gpu_algorithm *add;
  struct err err;
};

static struct world open_world(struct gpu_options options, bool timestamps)
{
  struct world w = { .manager = gpu_test_open_with(options) };
  w.add = gpu_algorithm_get(w.manager, &add_shader, NULL, 0, &w.err);
  assert_non_null(w.add);
  w.sequence = gpu_sequence_create(w.manager, timestamps, &w.err);
  assert_non_null(w.sequence);
  return w;
}

static void close_world(struct world *w)
{
  gpu_sequence_free(w->sequence);
  gpu_test_close(w->manager);
}

static int record(struct world *w, const struct gpu_tensor *a, const struct gpu_tensor *b,
                  const struct gpu_tensor *y)
{
  struct shader_add push = { (uint32_t)gpu_tensor_elements(y) };
  struct gpu_use uses[] = { { a, GPU_READ }, { b, GPU_READ }, { y, GPU_WRITE } };
  struct gpu_op op = { .name = "add",
                       .algorithm = w->add,
                       .uses = uses,
                       .n_uses = 3,
                       .push = &push,
                       .groups = { (push.n + 1023) / 1024, 1, 1 },
                       .work = push.n };
  return gpu_sequence_record(w->sequence, &op, &w->err);
}

static struct gpu_tensor vector(struct world *w, uint32_t n, float first)
{
  struct gpu_tensor tensor;
  float *values = malloc(n * sizeof *values);
  assert_ok(gpu_tensor_create(w->manager, &tensor, GPU_F32, 1, &n, &w->err), w->err);
  for (uint32_t i = 0; i < n; i++)
    values[i] = first + (float)i;
  assert_ok(gpu_tensor_upload(w->manager, &tensor, values, &w->err), w->err);
  free(values);
  return tensor;
}

static void assert_values(struct world *w, const struct gpu_tensor *tensor, float first,
                          float step)
{
  uint32_t n = tensor->shape[0];
  float *values = malloc(n * sizeof *values);
  assert_ok(gpu_tensor_download(w->manager, tensor, values, &w->err), w->err);
  for (uint32_t i = 0; i < n; i++)
    if (values[i] != first + step * (float)i)
      fail_msg("element %u is %g, not %g", i, values[i], first + step * (float)i);
  free(values);
}

/* y = a + b, evaluated, then with another a and evaluated again without recording. */
static void adds(struct gpu_options options)
{
  struct world w = open_world(options, false);
  const uint32_t n = 100003;
  struct gpu_tensor a = vector(&w, n, 1), b = vector(&w, n, 2), y = vector(&w, n, 0);
  assert_ok(record(&w, &a, &b, &y), w.err);
  assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
  assert_values(&w, &y, 3, 2);
  float *values = malloc(n * sizeof *values);
  for (uint32_t i = 0; i < n; i++)
    values[i] = 2 * (float)i;
  assert_ok(gpu_tensor_upload(w.manager, &a, values, &w.err), w.err);
  free(values);
  assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
  assert_values(&w, &y, 2, 3);
  close_world(&w);
}

static void test_add(void **state)
{
  (void)state;
  adds((struct gpu_options){ 0 });
}

/* Through a staging block that is smaller than the vectors and no divisor of them. */
static void test_staging(void **state)
{
  (void)state;
  adds((struct gpu_options){ .stage_always = true, .staging_bytes = 100 * 1024 });
}

static uint32_t barriers(struct world *w)
{
  return gpu_sequence_counts(w->sequence).barriers;
}

/* The recorder puts a barrier where one is needed, and nowhere else. */
static void test_barriers(void **state)
{
  (void)state;
  struct world w = open_world((struct gpu_options){ 0 }, false);
  const uint32_t n = 5000;
  struct gpu_tensor a = vector(&w, n, 1), b = vector(&w, n, 0), c = vector(&w, n, 0),
                    d = vector(&w, n, 0), e = vector(&w, n, 0);
  assert_ok(record(&w, &a, &a, &c), w.err);
  assert_ok(record(&w, &a, &b, &d), w.err); /* independent */
  assert_int_equal(barriers(&w), 0);
  assert_ok(record(&w, &c, &d, &e), w.err); /* reads what was written */
  assert_int_equal(barriers(&w), 1);
  assert_ok(record(&w, &a, &a, &d), w.err); /* writes what was read */
  assert_int_equal(barriers(&w), 2);
  assert_ok(record(&w, &a, &b, &d), w.err); /* writes what was written */
  assert_int_equal(barriers(&w), 3);
  assert_ok(record(&w, &e, &a, &e), w.err); /* reads and writes e, nobody else did */
  assert_int_equal(barriers(&w), 3);
  assert_ok(record(&w, &e, &a, &e),
            w.err); /* twice in place: the layer misses this one */
  assert_int_equal(barriers(&w), 4);
  assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
  assert_values(&w, &d, 1, 2);
  /* e = (2 a + a + b) + a + a, with a = 1 + i and b = i */
  assert_values(&w, &e, 5, 6);
  close_world(&w);
}

/* Halves of one tensor are two ranges. */
static void test_parts(void **state)
{
  (void)state;
  struct world w = open_world((struct gpu_options){ 0 }, false);
  const uint32_t n = 4096;
  struct gpu_tensor a = vector(&w, n, 0), y = vector(&w, n, 0);
  struct gpu_tensor a0 = gpu_tensor_rows(&a, 0, n / 2),
                    y0 = gpu_tensor_rows(&y, 0, n / 2);
  struct gpu_tensor y1 = gpu_tensor_rows(&y, n / 2, n / 2);
  assert_ok(record(&w, &a0, &a0, &y0), w.err);
  assert_ok(record(&w, &a0, &a0, &y1), w.err);
  assert_int_equal(barriers(&w), 0);
  assert_ok(record(&w, &a, &y, &y), w.err);
  assert_int_equal(barriers(&w), 1);
  assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
  assert_values(&w, &y0, 0, 3);
  close_world(&w);
}

/* Long lists become several submissions, and still are one computation. */
static void test_split(void **state)
{
  (void)state;
  struct world w = open_world((struct gpu_options){ .submit_work = 2500 }, true);
  const uint32_t n = 1000;
  struct gpu_tensor a = vector(&w, n, 1), y = vector(&w, n, 0);
  for (int i = 0; i < 7; i++)
    assert_ok(record(&w, &y, &a, &y), w.err);
  for (int pass = 1; pass <= 2; pass++) {
    assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
    assert_int_equal(gpu_sequence_counts(w.sequence).submissions, 4);
    assert_values(&w, &y, 7.0f * (float)pass, 7.0f * (float)pass + 1);
  }
  for (uint32_t i = 0; i < 7; i++) {
    struct gpu_op_time time;
    assert_ok(gpu_sequence_time(w.sequence, i, &time, &w.err), w.err);
    assert_string_equal(time.name, "add");
    assert_true(time.work == n);
    if (gpu_manager_device(w.manager)->tick_ns > 0)
      assert_true(time.ns >= 0);
  }
  close_world(&w);
}

/* More ops than one submission and one descriptor pool take; then all over again. */
static void test_many(void **state)
{
  (void)state;
  struct world w = open_world((struct gpu_options){ 0 }, false);
  const uint32_t n = 64;
  struct gpu_tensor a = vector(&w, n, 1), y = vector(&w, n, 0);
  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < 300; i++)
      assert_ok(record(&w, &y, &a, &y), w.err);
    assert_int_equal(gpu_sequence_counts(w.sequence).submissions, 2);
    assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
    assert_ok(gpu_sequence_reset(w.sequence, &w.err), w.err);
    assert_int_equal(gpu_sequence_counts(w.sequence).ops, 0);
  }
  assert_values(&w, &y, 600, 601);
  close_world(&w);
}

/* Numbers that change between evaluations lie on the host. */
static void test_host(void **state)
{
  (void)state;
  struct world w = open_world((struct gpu_options){ .stage_always = true }, false);
  const uint32_t n = 16;
  struct gpu_tensor a = vector(&w, n, 0), y = vector(&w, n, 0), b;
  assert_ok(gpu_tensor_create_in(w.manager, GPU_ON_HOST, &b, GPU_F32, 1, &n, &w.err),
            w.err);
  float *values = gpu_tensor_host(&b);
  assert_non_null(values);
  assert_null(gpu_tensor_host(&a));
  assert_ok(record(&w, &a, &b, &y), w.err);
  for (int pass = 0; pass < 3; pass++) {
    for (uint32_t i = 0; i < n; i++)
      values[i] = (float)pass;
    assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
    assert_values(&w, &y, (float)pass, 1);
  }
  close_world(&w);
}

/* ---- what is refused, and what fails ---- */

static void test_refusals(void **state)
{
  (void)state;
  struct world w = open_world((struct gpu_options){ 0 }, false);
  const uint32_t n = 1000, none[2] = { 4, 0 }, large[3] = { 65536, 65536, 65536 };
  struct gpu_tensor a = vector(&w, n, 0), odd = gpu_tensor_rows(&a, 1, 10), none_made;
  assert_int_equal(record(&w, &odd, &a, &a), -1);
  assert_non_null(strstr(w.err.msg, "alignment"));
  assert_int_equal(w.err.code, ERR_ENV);
  assert_int_equal(gpu_tensor_create(w.manager, &none_made, GPU_F32, 2, none, &w.err),
                   -1);
  assert_int_equal(gpu_tensor_create(w.manager, &none_made, GPU_F32, 3, large, &w.err),
                   -1);
  assert_int_equal(w.err.code, ERR_DATA);
  /* a binding past the device's limit: a device that says less than it can */
  w.manager->info.limits.storage_bytes = 3996;
  assert_int_equal(record(&w, &a, &a, &a), -1);
  assert_non_null(strstr(w.err.msg, "'add' binds 4000 bytes"));
  w.manager->info.limits.storage_bytes = 4000;
  assert_ok(record(&w, &a, &a, &a), w.err);
  w.manager->info.limits.groups[0] = 0;
  assert_int_equal(record(&w, &a, &a, &a), -1);
  assert_non_null(strstr(w.err.msg, "workgroups"));
  close_world(&w);
}

static void test_out_of_memory(void **state)
{
  (void)state;
  struct world w = open_world((struct gpu_options){ .block_bytes = 1 << 20 }, false);
  struct gpu_memory before = gpu_manager_memory(w.manager);
  const uint32_t n = 10 << 20;
  struct gpu_tensor tensor;
  assert_true(before.used == 0);
  w.manager->memory.heap = (uint64_t)32 << 20;
  assert_int_equal(gpu_tensor_create(w.manager, &tensor, GPU_F32, 1, &n, &w.err), -1);
  assert_int_equal(w.err.code, ERR_ENV);
  assert_non_null(strstr(w.err.msg, "40.0 MiB more were asked for, 0.0 of 32.0 MiB"));
  w.manager->memory.heap = (uint64_t)64 << 20;
  assert_ok(gpu_tensor_create(w.manager, &tensor, GPU_F32, 1, &n, &w.err), w.err);
  assert_true(gpu_manager_memory(w.manager).used == (uint64_t)n * 4);
  gpu_tensor_release(w.manager, &tensor);
  assert_true(gpu_manager_memory(w.manager).used == 0);
  assert_true(gpu_manager_memory(w.manager).peak == (uint64_t)n * 4);
  close_world(&w);
}

static VkResult answer; /* of the driver that fails */
static PFN_vkWaitForFences real_wait;

static VKAPI_ATTR VkResult VKAPI_CALL fail_to_wait(VkDevice device, uint32_t count,
                                                   const VkFence *fences, VkBool32 all,
                                                   uint64_t timeout)
{
  real_wait(device, count, fences, all, timeout);
  return answer;
}

/* A device that is lost, or hangs, says in which op, and everything after says it too. */
static void fails(VkResult result, const char *text, struct gpu_options options,
                  const char *where)
{
  struct world w = open_world(options, false);
  /* breadcrumbs come with validation; this asks for the coarse and the fine answer */
  w.manager->breadcrumbs = options.breadcrumbs;
  const uint32_t n = 256;
  struct gpu_tensor a = vector(&w, n, 0), y = vector(&w, n, 0);
  for (int i = 0; i < 3; i++)
    assert_ok(record(&w, &a, &a, &y), w.err);
  answer = result;
  real_wait = w.manager->vk->WaitForFences;
  w.manager->vk->WaitForFences = fail_to_wait;
  assert_int_equal(gpu_sequence_evaluate(w.sequence, &w.err), -1);
  assert_int_equal(w.err.code, ERR_ENV);
  if (!strstr(w.err.msg, text) || !strstr(w.err.msg, where))
    fail_msg("'%s' or '%s' is missing in: %s", text, where, w.err.msg);
  struct err again = { 0 };
  assert_int_equal(gpu_tensor_upload(w.manager, &a, &n, &again), -1);
  assert_string_equal(again.msg, w.err.msg);
  assert_null(gpu_sequence_create(w.manager, false, &again));
  /* the device is fine after all: let it be closed properly */
  w.manager->vk->WaitForFences = real_wait;
  w.manager->dead.code = ERR_NONE;
  close_world(&w);
}

static void test_lost(void **state)
{
  (void)state;
  fails(VK_ERROR_DEVICE_LOST, "the device was lost", (struct gpu_options){ 0 },
        "ops 'add' to 'add' (1 to 3 of 3)");
  fails(VK_ERROR_DEVICE_LOST, "the device was lost",
        (struct gpu_options){ .breadcrumbs = true }, "op 'add' (3 of 3)");
}

static void test_timeout(void **state)
{
  (void)state;
  fails(VK_TIMEOUT, "did not finish", (struct gpu_options){ 0 }, "within 120 s");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_add),           cmocka_unit_test(test_staging),
    cmocka_unit_test(test_barriers),      cmocka_unit_test(test_parts),
    cmocka_unit_test(test_split),         cmocka_unit_test(test_many),
    cmocka_unit_test(test_host),          cmocka_unit_test(test_refusals),
    cmocka_unit_test(test_lost),          cmocka_unit_test(test_timeout),
    cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
