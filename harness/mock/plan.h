/* plan.h - how one reply is going to be given: what it says, when, and how it ends.
 *
 * Pure data between those who decide (the answer, then a fault on top) and mock.c,
 * which does it. The body is owned: plan_release frees it.
 */
#ifndef OREO_MOCK_PLAN_H
#define OREO_MOCK_PLAN_H

#include "mock/asked.h"

enum ending {
  ENDING_WHOLE,   /* all of it, as HTTP wants */
  ENDING_CUT,     /* the connection is closed after `cut_at` bytes of the body */
  ENDING_RESET,   /* the same by a TCP reset; at 0 not even headers are sent */
  ENDING_SILENCE, /* closed without a word */
};

enum { PLAN_TEXT_SIZE = 128 };

struct plan {
  int status;
  struct buf body;
  const char *content_type;         /* static */
  char retry_after[PLAN_TEXT_SIZE]; /* "": no such header */
  char location[PLAN_TEXT_SIZE];
  int64_t delay_ns; /* before the first byte */
  enum ending ending;
  size_t cut_at;
  size_t filler_bytes; /* so many 'x' follow the body, without a Content-Length */
  int64_t drip_ns;     /* the body takes that long, a few bytes at a time; 0: at once */
};

/* 200, application/json, nothing to say yet. */
void plan_init(struct plan *plan);
void plan_release(struct plan *plan);
/* Replaces body and status. */
void plan_refuse(struct plan *plan, const struct refusal *refusal);

#endif
