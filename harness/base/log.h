/* log.h - what goes to standard error: notes, warnings, and debug topics.
 *
 * Standard output belongs to results. A warning is one line: what, where, the next step.
 * The verbosity is set once by main and only read afterwards; there is no other state.
 */
#ifndef OREO_BASE_LOG_H
#define OREO_BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

/* Called once, by main, before anything else runs. */
void log_set_level(enum log_level level);

void log_note(const char *fmt, ...) PRINTF_LIKE(1, 2);    /* LOG_NORMAL and up */
void log_verbose(const char *fmt, ...) PRINTF_LIKE(1, 2); /* LOG_VERBOSE only */
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);    /* always, "warning: ..." */
void log_error(const struct err *err);                    /* always, "oreo-bench: ..." */

#endif
