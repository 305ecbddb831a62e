/* manager.h - one device, opened: its queue, its memory, its pipelines.
 *
 * kompute's four nouns are the vocabulary of this folder: a manager opens a device;
 * tensors (tensor.h) are pieces of its memory; an algorithm (algorithm.h) is a shader
 * made ready; a sequence (sequence.h) is a list of them, recorded once and evaluated many
 * times.
 *
 * For: everything that lives as long as the device. Refuses: choosing kernels (the ops
 * do) and naming models. The manager owns all memory of the device and every algorithm;
 * free it last. One thread at a time per manager; several managers are independent.
 *
 * Fails with ERR_ENV: no driver, no such device, out of memory, a device that stopped or
 * took too long (then the manager is dead: every later call fails with the same message,
 * which names the op that ran).
 */
#ifndef OREO_GPU_MANAGER_H
#define OREO_GPU_MANAGER_H

#include "gpu/device.h"

struct gpu_manager;

struct gpu_options {
  const char *device;     /* as --device; NULL = the best */
  bool validate;          /* with the Khronos validation layer; also by the environment */
  bool breadcrumbs;       /* mark each op in memory, so that a lost device names it */
  const char *cache_dir;  /* of pipelines; NULL = the user's; "" = none */
  uint64_t block_bytes;   /* of memory; 0 = the default */
  uint64_t staging_bytes; /* 0 = the default */
  double submit_work;     /* floating-point operations a submission; 0 = the default */
  int64_t timeout_ns;     /* for one submission; 0 = the default */
  bool stage_always;      /* as if the host saw no device memory: for tests */
};

/* `options` may be NULL. The environment variable OREO_VULKAN_VALIDATION=1 sets validate
 * and breadcrumbs. */
NODISCARD struct gpu_manager *gpu_manager_create(const struct gpu_options *options,
                                                 struct err *err);
void gpu_manager_free(struct gpu_manager *manager);

const struct gpu_device_info *gpu_manager_device(const struct gpu_manager *manager);

/* Bytes. */
struct gpu_memory {
  uint64_t used, peak; /* in tensors, now and at most */
  uint64_t reserved;   /* taken from the driver */
  uint64_t heap;       /* what there is */
};
struct gpu_memory gpu_manager_memory(const struct gpu_manager *manager);

/* Messages of the validation layer so far, and the first of them ("" when none). Always 0
 * without the layer. */
unsigned gpu_manager_complaints(const struct gpu_manager *manager);
const char *gpu_manager_complaint(const struct gpu_manager *manager);
bool gpu_manager_validated(const struct gpu_manager *manager);

#endif
