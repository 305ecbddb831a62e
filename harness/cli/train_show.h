/* train_show.h - what `oreo-bench train` prints, as text and as JSON. */
#ifndef OREO_CLI_TRAIN_SHOW_H
#define OREO_CLI_TRAIN_SHOW_H

#include "train/material.h"
#include "train/saves.h"

/* Append to `out`. */
void train_show_audit(const struct audit *audit, bool json, struct buf *out);
/* What would be done. */
void train_show_plan(const struct material *material, const struct recipe *recipe,
                     bool json, struct buf *out);
/* What was done. */
void train_show_done(const struct recipe *recipe, const struct train_progress *done,
                     bool json, struct buf *out);

#endif
