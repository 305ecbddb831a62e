/* material.h - what a recipe trains on, read and checked before anything is computed.
 *
 * The checkpoint that it begins with, its text, the trajectories, the dataset made of
 * them, what the audit says of it, and the examples that the algorithm takes. The audit
 * is made before KTO's mismatched responses are added, which are nobody's.
 *
 * `{0}` is empty; call material_release also after a failure. What is borrowed from one
 * another lives in the one struct, which stays where it is. ERR_DATA and ERR_USAGE as
 * train/dataset.h, examples.h and batch.h say; of OREO also rewards that are all equal.
 */
#ifndef OREO_TRAIN_MATERIAL_H
#define OREO_TRAIN_MATERIAL_H

#include "train/audit.h"
#include "train/batch.h"
#include "train/recipe.h"
#include "train/text.h"

struct material {
  struct checkpoint *init, *reference, *value; /* the latter two NULL: as `init` */
  struct train_text text;
  struct arena arena;
  struct trajectory_list trajectories;
  struct dataset dataset;
  struct audit audit;
  bool audited;
  struct example_list examples;
  struct batch_source source;
};

/* Everything up to the dataset. */
NODISCARD int material_load(struct material *material, const struct recipe *recipe,
                            struct err *err);
/* The audit; `items` are those that evaluation will ask. */
void material_audit(struct material *material, const struct recipe *recipe,
                    const struct audit_item *items, size_t n_items);
/* Examples and batches. */
NODISCARD int material_choose(struct material *material, const struct recipe *recipe,
                              struct err *err);
void material_release(struct material *material);

#endif
