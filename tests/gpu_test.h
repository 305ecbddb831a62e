/* gpu_test.h - a device for a test, or a skip; and what the validation layer said about
 * it.
 *
 * Every test of a kernel runs on the default device under the validation layer with
 * synchronization validation when that is installed, and fails on its first message.
 */
#ifndef OREO_TESTS_GPU_TEST_H
#define OREO_TESTS_GPU_TEST_H

#include "gpu/manager.h"
#include "test.h"

/* Exit status 77 when there is no driver at all: the test program is skipped. */
static inline struct gpu_manager *gpu_test_open_with(struct gpu_options options)
{
  struct err err = { 0 };
  struct gpu_device_list list = { 0 };
  if (gpu_device_list(&list, &err) < 0) {
    fprintf(stderr, "skipped: %s\n", err.msg);
    exit(77);
  }
  gpu_device_list_free(&list);
  if (!options.cache_dir)
    options.cache_dir = "";
  options.validate = true;
  struct gpu_manager *manager = gpu_manager_create(&options, &err);
  if (!manager && strstr(err.msg, "validation layer")) {
    options.validate = false;
    manager = gpu_manager_create(&options, &err);
  }
  if (!manager)
    fail_msg("%s", err.msg);
  return manager;
}

static inline struct gpu_manager *gpu_test_open(void)
{
  return gpu_test_open_with((struct gpu_options){ 0 });
}

static inline void gpu_test_close(struct gpu_manager *manager)
{
  unsigned complaints = gpu_manager_complaints(manager);
  char first[512];
  snprintf(first, sizeof first, "%s", gpu_manager_complaint(manager));
  gpu_manager_free(manager);
  if (complaints)
    fail_msg("%u complaints of the validation layer; the first: %s", complaints, first);
}

#endif
