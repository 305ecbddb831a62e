/* limits.h - every ceiling on what this folder reads, each with its reason.
 *
 * Data comes from publishers, other tools and users: none of it may eat the machine.
 */
#ifndef OREO_TASK_LIMITS_H
#define OREO_TASK_LIMITS_H

#include <stddef.h>

/* One line of a data or answer file. The longest that any known tool writes is a row of a
 * 32768-token answer sampled 64 times: about 8 MB. */
#define TASK_LINE_MAX ((size_t)16 << 20)

/* A fetched file, as the lock states its size. The largest data set of its kind has 12
 * million rows in 8 GB. */
#define TASK_FILE_MAX ((size_t)8 << 30)

/* A JSON array, and data from a pipe, have to be held. Lines of a file have no such
 * limit: they are streamed. */
#define TASK_PIPE_MAX ((size_t)1 << 30)

/* A suite definition is written by hand: ours have 3 kB. */
#define TASK_SUITE_MAX ((size_t)1 << 20)

/* A lock file has 300 bytes a file; a suite has a handful of files. */
#define TASK_LOCK_MAX ((size_t)1 << 20)

/* A list of few-shot examples: published ones have up to 10 kB. */
#define TASK_SHOTS_MAX ((size_t)1 << 20)

/* More examples than this fit in no context that is evaluated with. */
enum { TASK_SHOTS_COUNT_MAX = 1024 };

/* Problems are kept to be shown; beyond this many the file is of another kind, and one
 * closing entry says how many there are in all. */
enum { TASK_PROBLEMS_MAX = 1000 };

/* MATH/test/algebra/1.json is two deep; deeper nesting is a wrong folder. */
enum { TASK_FOLDER_DEPTH_MAX = 4 };

/* The longest path that Linux takes. */
enum { TASK_PATH_MAX = 4096 };

/* Samples of one question in one row; 64 is common, 4096 the largest published. */
enum { TASK_SAMPLES_MAX = 65536 };

#endif
