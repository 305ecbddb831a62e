#include "mock/plan.h"

#include "mock/body.h"

void plan_init(struct plan *plan)
{
  *plan = (struct plan){ .status = 200, .content_type = "application/json" };
  buf_init(&plan->body, BUF_CAP_OWN);
}

void plan_release(struct plan *plan)
{
  buf_release(&plan->body);
}

void plan_refuse(struct plan *plan, const struct refusal *refusal)
{
  buf_reset(&plan->body);
  plan->status = refusal->status;
  body_error(&plan->body, refusal);
}
