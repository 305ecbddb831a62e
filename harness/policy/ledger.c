#include "policy/ledger.h"

#define TOKENS_OF_A_PRICE 1e6

/* ---- counts that stay at the largest number instead of passing it ---- */

static int64_t known(int64_t n)
{
  return n > 0 ? n : 0;
}

static int64_t add(int64_t a, int64_t b)
{
  return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t subtract(int64_t a, int64_t b)
{
  return a > b ? a - b : 0;
}

/* Doubles: exact to a part in 10^15, far below the smallest coin of any real bill. */
static double cost_of(const struct ledger *ledger, int64_t tokens_in, int64_t tokens_out)
{
  return ((double)tokens_in * ledger->price_in + (double)tokens_out * ledger->price_out) /
         TOKENS_OF_A_PRICE;
}

/* ---- the budget ---- */

bool ledger_has_budget(const struct ledger *ledger)
{
  return ledger->max_cost > 0 || ledger->max_tokens > 0;
}

bool ledger_fits(const struct ledger *ledger, int64_t tokens_in, int64_t tokens_out)
{
  int64_t in = add(add(ledger->tokens_in, ledger->reserved_in), known(tokens_in));
  int64_t out = add(add(ledger->tokens_out, ledger->reserved_out), known(tokens_out));
  if (ledger->max_tokens > 0 && add(in, out) > ledger->max_tokens)
    return false;
  return !(ledger->max_cost > 0) || cost_of(ledger, in, out) <= ledger->max_cost;
}

void ledger_reserve(struct ledger *ledger, int64_t tokens_in, int64_t tokens_out)
{
  ledger->reserved_in = add(ledger->reserved_in, known(tokens_in));
  ledger->reserved_out = add(ledger->reserved_out, known(tokens_out));
}

void ledger_release(struct ledger *ledger, int64_t tokens_in, int64_t tokens_out)
{
  ledger->reserved_in = subtract(ledger->reserved_in, known(tokens_in));
  ledger->reserved_out = subtract(ledger->reserved_out, known(tokens_out));
}

void ledger_settle(struct ledger *ledger, int64_t reserved_in, int64_t reserved_out,
                   int64_t used_in, int64_t used_out)
{
  ledger_release(ledger, reserved_in, reserved_out);
  ledger_add(ledger, used_in < 0 ? reserved_in : used_in,
             used_out < 0 ? reserved_out : used_out);
}

void ledger_add(struct ledger *ledger, int64_t tokens_in, int64_t tokens_out)
{
  ledger->tokens_in = add(ledger->tokens_in, known(tokens_in));
  ledger->tokens_out = add(ledger->tokens_out, known(tokens_out));
}

double ledger_cost(const struct ledger *ledger)
{
  return cost_of(ledger, ledger->tokens_in, ledger->tokens_out);
}

/* Which budget stopped the run: the one of which the larger part is gone. */
static bool is_short_of_tokens(const struct ledger *ledger)
{
  if (!(ledger->max_cost > 0))
    return true;
  if (ledger->max_tokens <= 0)
    return false;
  int64_t in = add(ledger->tokens_in, ledger->reserved_in);
  int64_t out = add(ledger->tokens_out, ledger->reserved_out);
  return (double)add(in, out) / (double)ledger->max_tokens >
         cost_of(ledger, in, out) / ledger->max_cost;
}

int ledger_refuse(const struct ledger *ledger, struct err *err)
{
  long long in = ledger->tokens_in, out = ledger->tokens_out;
  if (is_short_of_tokens(ledger))
    return err_set(err, ERR_INTERRUPTED,
                   "the budget of %lld tokens does not suffice for the next request: "
                   "%lld spent (%lld in prompts, %lld in answers); resume with a larger "
                   "--max-tokens-total",
                   (long long)ledger->max_tokens,
                   (long long)add(ledger->tokens_in, ledger->tokens_out), in, out);
  return err_set(err, ERR_INTERRUPTED,
                 "the budget of %.10g does not suffice for the next request: %.10g spent "
                 "(%lld tokens in prompts, %lld in answers); resume with a larger "
                 "--max-cost",
                 ledger->max_cost, ledger_cost(ledger), in, out);
}
