/* audit.h - what the data are, before anything is trained on them.
 *
 * For: `train --audit`, and the log of every training. Counts labels by category,
 * responses that stand there twice or with two labels, prompts that tell nothing, lengths
 * by label, and prompts that share text with evaluation items; and says in words what is
 * worth a look. It changes and refuses nothing.
 *
 * Overlap: texts are cut into words (runs of letters and digits, ASCII lower-cased; bytes
 * above 127 are letters), and a prompt overlaps an item when they have 13 words in a row
 * in common, as in the audits of GPT-3 (Brown et al. 2020, appendix C); items of 4 to 12
 * words are looked for whole, shorter ones not at all. An item contained whole is counted
 * once more apart.
 *
 * Lengths are in tokens of the response where a dataset is given, else in bytes. A
 * success is what task/trajectory.h says. The audit owns its memory; texts are borrowed
 * from the trajectories and items, which must outlive it. Nothing fails. Not thread-safe.
 */
#ifndef OREO_TRAIN_AUDIT_H
#define OREO_TRAIN_AUDIT_H

#include "train/dataset.h"

enum {
  AUDIT_WORDS = 13,          /* in a row */
  AUDIT_WORDS_MIN = 4,       /* of an item, to be looked for */
  AUDIT_CATEGORIES_MAX = 64, /* more are counted as one, "other" */
  AUDIT_OVERLAPS_SHOWN = 10,
};

struct audit_item {
  struct str id, question;
};

struct audit_input {
  const struct trajectory *trajectories;
  size_t n_trajectories;
  const struct dataset *dataset;  /* of these trajectories, or NULL */
  size_t first_turn;              /* as in dataset_options */
  const struct audit_item *items; /* those that evaluation will ask */
  size_t n_items;
};

struct audit_category {
  struct str name; /* of the trajectory: its category, else its suite, else "unnamed" */
  size_t n, n_solved;
};

struct audit_lengths {
  size_t n, least, median, p95, most;
  double mean;
};

struct audit_overlap {
  const struct trajectory *trajectory; /* the first with that prompt */
  struct str item;
  bool whole;
};

struct audit {
  struct arena arena;
  size_t n, n_solved;
  size_t n_partial; /* rewards between 0 and 1 */
  bool equal_rewards;
  size_t n_prompts, n_all_solved, n_all_failed, n_mixed;
  size_t n_single;     /* prompts with one response */
  size_t n_duplicates; /* rows that say what an earlier one says: prompt and response */
  size_t n_contradictions; /* of these, with another label than the first */
  struct audit_lengths solved, failed;
  bool in_tokens;
  size_t n_truncated, n_dropped;
  struct audit_category *categories; /* the largest first */
  size_t n_categories;
  size_t n_items, n_items_short;             /* given; too short to be looked for */
  size_t n_overlapping, n_overlapping_whole; /* prompts */
  struct audit_overlap overlaps[AUDIT_OVERLAPS_SHOWN];
  size_t n_overlaps_shown;
  struct str *warnings;
  size_t n_warnings;
};

void audit_make(struct audit *out, const struct audit_input *input);
void audit_release(struct audit *audit);
/* Appends it as lines of text. */
void audit_write(const struct audit *audit, struct buf *out);

#endif
