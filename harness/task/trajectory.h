/* trajectory.h - what a policy did and what it was worth: the data that training reads
 * and rollouts write.
 *
 * A file of JSON lines, or one JSON list, of
 *   {"prompt","response","reward"}                          one answer to one prompt
 *   {"conversations":[{"role","content"}...],"reward"}      an agent's turns
 * the OREO authors' own formats, with optional "suite", "item", "category", "policy"
 * (texts; an item may be a number), "sample" and "steps" (whole numbers). Other members
 * are passed over. It stands in this folder, below training, because whatever answers or
 * grades writes such files; task/recorded.h reads the same rows leniently, as answers to
 * be graded.
 *
 * Training on half of a file by mistake is worse than not training: every row is read,
 * and if one is no trajectory (no reward, a reward outside 0 .. 1, no prompt, an empty
 * response, an unknown role, no turn of the assistant) the load fails with ERR_DATA that
 * names the file, the first such line, and how many there are. A file that cannot be read
 * is ERR_ENV. Sizes are capped by task/limits.h, nesting by base/json.h.
 *
 * Texts live in the arena given; the list itself is freed by trajectory_list_release. Not
 * thread-safe.
 */
#ifndef OREO_TASK_TRAJECTORY_H
#define OREO_TASK_TRAJECTORY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "task/prompt.h"

struct trajectory {
  struct str source;              /* the file's path, and the line there: for messages */
  size_t line;                    /* from 1; of a JSON list, the element */
  struct str prompt, response;    /* absent in a conversation */
  const struct message *messages; /* or NULL: prompt and response */
  size_t n_messages;
  double reward;                            /* 0 .. 1 */
  struct str suite, item, category, policy; /* or absent */
  int64_t sample, steps;                    /* -1: not said */
};

/* The one line between solved and failed, for whatever needs two classes. */
static inline bool reward_is_success(double reward)
{
  return reward > 0.5;
}

struct trajectory_file {
  struct str path;
  struct sha256_hex sha256; /* of its bytes */
  size_t n_trajectories;
};

/* Of one or several files. `{0}` is empty. */
struct trajectory_list {
  struct trajectory *list;
  size_t count, capacity;
  struct trajectory_file *files;
  size_t n_files, files_capacity;
};
void trajectory_list_release(struct trajectory_list *list);

/* Adds a file's trajectories; nothing on failure. An empty file is ERR_DATA. */
NODISCARD int trajectory_load(struct trajectory_list *list, struct arena *arena,
                              const char *path, struct err *err);
/* The same from bytes in memory; `name` is for messages. */
NODISCARD int trajectory_parse(struct trajectory_list *list, struct arena *arena,
                               struct str bytes, struct str name, struct err *err);

/* How many messages of a conversation stand before the first turn that the policy is
 * answerable for: the assistant's first behind the first message and not before
 * `first_turn` (the authors' agents answer "OK" to the instruction, and begin at 3). All
 * of them when there is none. */
size_t trajectory_asked(const struct trajectory *trajectory, size_t first_turn);
/* What was asked: the prompt, or those messages as JSON text, made in `arena`.
 * Trajectories with the same key answer the same question. */
struct str trajectory_key(const struct trajectory *trajectory, size_t first_turn,
                          struct arena *arena);

/* Appends the row and a newline; what is absent is left out. */
void trajectory_write(struct buf *out, const struct trajectory *trajectory);

#endif
