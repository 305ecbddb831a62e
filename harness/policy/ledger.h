/* ledger.h - tokens and money: what was spent, what is promised, what may still be asked.
 *
 * One ledger serves all models of a run. A request reserves its worst case before it is
 * sent and settles for what it really used, so a budget is never passed; where a server
 * does not say what was used, the reservation is what counts. What earlier processes of
 * the run spent is added from the journal. Money is in the unit of the prices, which are
 * for a million tokens. Owns nothing; one thread at a time.
 */
#ifndef OREO_POLICY_LEDGER_H
#define OREO_POLICY_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct ledger {
  double price_in, price_out;        /* for 10^6 tokens; 0 = free or unknown */
  double max_cost;                   /* 0 = no budget */
  int64_t max_tokens;                /* prompt and completion together; 0 = no budget */
  int64_t tokens_in, tokens_out;     /* spent */
  int64_t reserved_in, reserved_out; /* by requests in flight, at most */
};

bool ledger_has_budget(const struct ledger *ledger);
/* Would a request of at most so many tokens stay within the budget, with all others? */
bool ledger_fits(const struct ledger *ledger, int64_t tokens_in, int64_t tokens_out);
void ledger_reserve(struct ledger *ledger, int64_t tokens_in, int64_t tokens_out);
/* Takes a reservation back without a cost: the request never reached the server. */
void ledger_release(struct ledger *ledger, int64_t tokens_in, int64_t tokens_out);
/* ... or puts what was used in its place; -1 = the server did not say. */
void ledger_settle(struct ledger *ledger, int64_t reserved_in, int64_t reserved_out,
                   int64_t used_in, int64_t used_out);
/* Spent by an earlier process; -1 counts as 0. */
void ledger_add(struct ledger *ledger, int64_t tokens_in, int64_t tokens_out);
double ledger_cost(const struct ledger *ledger);
/* ERR_INTERRUPTED naming the budget, what was spent, and the option that raises it. */
int ledger_refuse(const struct ledger *ledger, struct err *err);

#endif
