/* scripted.h - a server of OpenAI's API on the loopback, in the test's own process, that
 * answers as the test wrote down.
 *
 * GET .../models gets the reply set by scripted_set_models (at first: one model, "m").
 * Each POST takes the next reply of the script; when there is none left, it is answered:
 * "answer K" for the K-th POST, with as many choices as the request's "n" asks for and
 * usage 10 and 5 tokens a choice. Requests are counted and the last POST is kept. A
 * server can be stopped and started again on its port. Thread-safe.
 */
#ifndef OREO_TESTS_NET_SCRIPTED_H
#define OREO_TESTS_NET_SCRIPTED_H

#include <stdbool.h>
#include <stddef.h>

enum scripted_end {
  SCRIPTED_WHOLE,
  SCRIPTED_CUT,   /* the connection ends in the middle of the body */
  SCRIPTED_STALL, /* silence, until the server stops */
  SCRIPTED_HUGE,  /* the body over and over, 64 MiB */
};

/* Texts are borrowed. */
struct scripted_reply {
  unsigned status;            /* 0: 200 */
  const char *body;           /* NULL: an answer as described above */
  const char *type;           /* NULL: application/json */
  const char *header, *value; /* one more, or NULL */
  enum scripted_end end;
};

struct scripted;

/* On a free port; NULL when that cannot be done here. */
struct scripted *scripted_start(void);
void scripted_stop(struct scripted *server);
/* Closes the port and all connections, and opens it again. */
void scripted_pause(struct scripted *server);
bool scripted_resume(struct scripted *server);

/* "http://127.0.0.1:PORT/v1" */
const char *scripted_url(const struct scripted *server);
void scripted_push(struct scripted *server, struct scripted_reply reply);
/* The same for every POST from now on, once the script is used up. */
void scripted_set_always(struct scripted *server, struct scripted_reply reply);
void scripted_set_models(struct scripted *server, struct scripted_reply reply);
/* The next n GETs are answered with 503 first. */
void scripted_set_loading(struct scripted *server, int n);

int scripted_posts(struct scripted *server);
int scripted_gets(struct scripted *server);
/* Copies of the last POST's parts, valid until the next call of the same function. */
const char *scripted_last_body(struct scripted *server);
const char *scripted_last_path(struct scripted *server);
const char *scripted_last_authorization(struct scripted *server);

#endif
