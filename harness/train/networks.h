/* networks.h - the networks of a recipe on a device: policy, reference, value network.
 *
 * The reference is the policy's own weights of the beginning unless the recipe names
 * another, and so is the trunk of the value network; a step never changes the reference.
 * Owns them; borrows the manager and, while it is made, the checkpoints. Errors are nn/
 * trainee.h's.
 */
#ifndef OREO_TRAIN_NETWORKS_H
#define OREO_TRAIN_NETWORKS_H

#include "gpu/manager.h"
#include "train/material.h"
#include "train/network.h"

struct networks {
  struct trainee *policy, *reference, *value; /* NULL: not of this recipe */
};

/* Stays where it is: what networks_policy gives points to it. */
NODISCARD int networks_open(struct networks *networks, struct gpu_manager *manager,
                            const struct material *material, const struct recipe *recipe,
                            struct err *err);
void networks_close(struct networks *networks);

struct train_network networks_policy(struct networks *networks);
struct train_network networks_value(struct networks *networks);

#endif
