#include "gpu/inside.h"
#include "gpu_test.h"

struct shader_add {
  uint32_t n;
};

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

static void adds(struct gpu_options options)
{
  struct world w = open_world(options, false);
  uint32_t n = 100003;
  struct gpu_tensor a = vector(&w, n, 1), b = vector(&w, n, 2), y = vector(&w, n, 0);
  assert_ok(record(&w, &a, &b, &y), w.err);
  assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
  assert_values(&w, &y, 3, 2);
  /* again, with other numbers and without recording */
  assert_ok(gpu_tensor_upload(w.manager, &a, gpu_tensor_host(&b) ? gpu_tensor_host(&b)
                                                                 : (void *)0,
                              &w.err),
            w.err);
  assert_ok(gpu_sequence_evaluate(w.sequence, &w.err), w.err);
  assert_values(&w, &y, 4, 2);
  close_world(&w);
}

static void test_add(void **state)
{
  (void)state;
  adds((struct gpu_options){ 0 });
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(test_add) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
