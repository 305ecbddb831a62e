/* err.h - one error value, from the place that fails to the exit status.
 *
 * For: saying what failed, on what, and what to do next. Not for: bugs of our own (those
 * are `assert`) or for bad items (those are records in the journal, with a verdict).
 *
 * A function that can fail takes `struct err *err` last and returns -1 or NULL; `err` is
 * untouched on success, so one value serves a whole chain of calls. `err` is never NULL.
 * Nothing is allocated; a message longer than the buffer is cut. Thread-safe: no globals.
 *
 * Grammar of a message, as git's: lower case, no full stop, what failed first, the subject
 * in single quotes, then the remedy after a semicolon:
 *     cannot open 'x.jsonl': no such file; give the file with --data FILE
 */
#ifndef OREO_BASE_ERR_H
#define OREO_BASE_ERR_H

/* code, exit status, what it means to a script */
#define ERR_MAP(XX)                                                              \
  XX(NONE, 0, "done")                                                            \
  XX(GATE, 1, "done, but a gate or comparison that was asked for failed")        \
  XX(USAGE, 2, "the command line or job file is wrong")                          \
  XX(ENV, 3, "a device, file, key or the network is missing")                    \
  XX(DATA, 4, "the data is malformed or not the data it should be")              \
  XX(REMOTE, 5, "the remote side failed after retries")                          \
  XX(INTERRUPTED, 130, "stopped by a signal; the run can be resumed")

enum err_code {
#define XX(name, status, text) ERR_##name,
  ERR_MAP(XX)
#undef XX
};

enum { ERR_MSG_SIZE = 1024 };

struct err {
  enum err_code code;
  char msg[ERR_MSG_SIZE]; /* complete enough to print as it is; no newline */
};

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Sets code and message. Always returns -1, so `return err_set(err, ...)` reads well. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, with ": " and the text of errno `errnum` appended. */
int err_set_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Puts "context: " in front of the message that is there; the code stays. Returns -1. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The process exit status of a code, and what that status means. */
int err_exit_status(enum err_code code);
const char *err_code_text(enum err_code code);

#endif
