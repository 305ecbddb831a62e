/* endpoint_preview.c - what would be sent, for a dry run. */
#include "policy/endpoint_state.h"

void endpoint_preview(const struct policy *policy, const struct ask *ask, struct buf *out)
{
  const struct endpoint *e = policy->state;
  buf_printf(out, "POST %s\n", e->url);
  openai_write_request(out, &e->params, ask->prompt, ask->n_samples, policy_seed(ask));
}
