/* objective_part.h - what the objectives share. Inner to objective*.c.
 */
#ifndef OREO_TRAIN_OBJECTIVE_PART_H
#define OREO_TRAIN_OBJECTIVE_PART_H

#include "train/objective.h"

extern const struct objective objective_sft, objective_dpo, objective_kto,
    objective_oreo_policy, objective_oreo_value;

/* No loss, no units, derivatives zero, the log's numbers NAN. */
void objective_begin(const struct objective_batch *batch,
                     struct objective_result *result);
size_t objective_actions(const struct objective_batch *batch,
                         const struct objective_sequence *sequence);
/* Sum of log pi / pi_ref over a sequence's actions. */
double objective_ratio(const struct objective_batch *batch,
                       const struct objective_sequence *sequence);
/* Adds `amount` to d_logp at each of a sequence's actions. */
void objective_spread(const struct objective_batch *batch,
                      const struct objective_sequence *sequence, double amount,
                      double *d_logp);

/* 1 / (1 + exp(-x)) and its logarithm, without overflow. */
double objective_sigmoid(double x);
double objective_log_sigmoid(double x);

#endif
