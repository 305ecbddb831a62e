/* audit_part.h - the audit's last step. Inner to audit*.c.
 */
#ifndef OREO_TRAIN_AUDIT_PART_H
#define OREO_TRAIN_AUDIT_PART_H

#include "train/audit.h"

/* What the counts give reason to say. */
void audit_warn(struct audit *audit);

#endif
