/* sequence.h - ops recorded once, evaluated many times.
 *
 * Each op says which tensors it reads and writes; a barrier is put in front of an op
 * exactly when one of its ranges meets a range that an earlier op since the last barrier
 * wrote, or writes one that such an op read (gpu/hazard.h). The count of barriers can be
 * asked for, so that tests hold the recorder to it.
 *
 * Long lists are cut into submissions by their estimated work, since drivers kill what
 * runs too long. Waiting is finite. Numbers that change between two evaluations live in a
 * tensor on the host (tensor.h), not in push constants, which are frozen at recording.
 *
 * The sequence borrows the manager, the tensors' memory and the algorithms; all must
 * outlive it. A failed evaluation leaves its outputs undefined. Errors: ERR_ENV.
 */
#ifndef OREO_GPU_SEQUENCE_H
#define OREO_GPU_SEQUENCE_H

#include "gpu/algorithm.h"
#include "gpu/tensor.h"

struct gpu_sequence;

enum gpu_access { GPU_READ = 1, GPU_WRITE = 2, GPU_READ_WRITE = 3 };

struct gpu_use {
  const struct gpu_tensor *tensor;
  enum gpu_access access;
};

struct gpu_op {
  const char *name; /* a literal: kept */
  const struct gpu_algorithm *algorithm;
  const struct gpu_use *uses; /* one a binding of the shader */
  uint32_t n_uses;
  const void *push; /* the shader's push_bytes */
  uint32_t groups[3];
  double work; /* floating-point operations, roughly */
};

NODISCARD struct gpu_sequence *gpu_sequence_create(struct gpu_manager *manager,
                                                   bool timestamps, struct err *err);
void gpu_sequence_free(struct gpu_sequence *sequence);
struct gpu_manager *gpu_sequence_manager(const struct gpu_sequence *sequence);

/* Adds an op; not after the first evaluation (reset first). A binding past the device's
 * limits or off its alignment is an error that names the op. */
NODISCARD int gpu_sequence_record(struct gpu_sequence *sequence, const struct gpu_op *op,
                                  struct err *err);
/* Forgets the ops, keeps the memory behind them. */
NODISCARD int gpu_sequence_reset(struct gpu_sequence *sequence, struct err *err);

/* Runs everything and waits. */
NODISCARD int gpu_sequence_evaluate(struct gpu_sequence *sequence, struct err *err);
/* The two halves of it: nothing that the sequence touches may be used in between. */
NODISCARD int gpu_sequence_start(struct gpu_sequence *sequence, struct err *err);
NODISCARD int gpu_sequence_wait(struct gpu_sequence *sequence, struct err *err);

struct gpu_sequence_counts {
  uint32_t ops, barriers, submissions;
};
struct gpu_sequence_counts gpu_sequence_counts(const struct gpu_sequence *sequence);

/* Op i of the last evaluation; ns is -1 without timestamps. */
struct gpu_op_time {
  const char *name;
  double work;
  int64_t ns;
};
NODISCARD int gpu_sequence_time(const struct gpu_sequence *sequence, uint32_t i,
                                struct gpu_op_time *time, struct err *err);

#endif
