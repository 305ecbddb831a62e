#include "mock/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/nearest.h"

/* ---- one function a fault ---- */

typedef void fault_function(struct plan *plan, const struct fault_call *call,
                            struct rng *rng);

static void refuse(struct plan *plan, int status, const char *code, const char *message)
{
  struct refusal refusal;
  refusal_set(&refusal, status, code, NULL, "%s", message);
  plan_refuse(plan, &refusal);
}

static void apply_rate_limit(struct plan *plan, const struct fault_call *call,
                             struct rng *rng)
{
  (void)call, (void)rng;
  refuse(plan, 429, "rate_limit_exceeded", "Rate limit reached; try again later.");
}

static void apply_rate_limit_after(struct plan *plan, const struct fault_call *call,
                                   struct rng *rng)
{
  apply_rate_limit(plan, call, rng);
  snprintf(plan->retry_after, PLAN_TEXT_SIZE, "%" PRId64, call->retry_after_s);
}

/* HTTP's own form of a date, in English whatever the locale. */
static void format_date(char text[PLAN_TEXT_SIZE], int64_t seconds)
{
  static const char days[] = "SunMonTueWedThuFriSat";
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  time_t when = (time_t)seconds;
  struct tm tm;
  gmtime_r(&when, &tm);
  snprintf(text, PLAN_TEXT_SIZE, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
           days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
           tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void apply_rate_limit_date(struct plan *plan, const struct fault_call *call,
                                  struct rng *rng)
{
  apply_rate_limit(plan, call, rng);
  /* a date has no fractions: the next whole second, so that the wait is no shorter */
  format_date(plan->retry_after,
              (clock_wall_us() + 999999) / 1000000 + call->retry_after_s);
}

static void apply_error_500(struct plan *plan, const struct fault_call *call,
                            struct rng *rng)
{
  (void)call, (void)rng;
  refuse(plan, 500, NULL, "The server had an error while processing your request.");
}

static void apply_unavailable(struct plan *plan, const struct fault_call *call,
                              struct rng *rng)
{
  (void)call, (void)rng;
  refuse(plan, 503, NULL, "The server is overloaded; please try again later.");
}

static void apply_reset(struct plan *plan, const struct fault_call *call, struct rng *rng)
{
  (void)call;
  plan->ending = ENDING_RESET;
  plan->cut_at = rng_chance(rng, 0.5) ? 0 : plan->body.len / 2;
}

static void apply_stall(struct plan *plan, const struct fault_call *call, struct rng *rng)
{
  (void)rng;
  plan->ending = ENDING_SILENCE;
  plan->delay_ns += call->stall_ns;
}

static void apply_truncated_json(struct plan *plan, const struct fault_call *call,
                                 struct rng *rng)
{
  (void)call, (void)rng;
  buf_truncate(&plan->body, plan->body.len / 2);
}

static void apply_truncated_body(struct plan *plan, const struct fault_call *call,
                                 struct rng *rng)
{
  (void)call, (void)rng;
  plan->ending = ENDING_CUT;
  plan->cut_at = plan->body.len / 2;
}

static void apply_content_type(struct plan *plan, const struct fault_call *call,
                               struct rng *rng)
{
  (void)call, (void)rng;
  buf_reset(&plan->body);
  buf_add_cstr(&plan->body, "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
                            "<body>Please sign in to the network first.</body></html>\n");
  plan->content_type = "text/html; charset=utf-8";
}

static void apply_huge(struct plan *plan, const struct fault_call *call, struct rng *rng)
{
  (void)rng;
  buf_reset(&plan->body);
  buf_add_cstr(&plan->body, "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,"
                            "\"message\":{\"role\":\"assistant\",\"content\":\"");
  plan->filler_bytes = call->huge_bytes;
}

static void apply_drip(struct plan *plan, const struct fault_call *call, struct rng *rng)
{
  (void)rng;
  plan->drip_ns = call->drip_ns;
}

static void apply_redirect(struct plan *plan, const struct fault_call *call,
                           struct rng *rng)
{
  (void)rng;
  buf_reset(&plan->body);
  plan->status = 307;
  snprintf(plan->location, PLAN_TEXT_SIZE, "/r/%" PRIu64 "%s", call->n, call->path);
}

static void apply_duplicate(struct plan *plan, const struct fault_call *call,
                            struct rng *rng)
{
  (void)call, (void)rng;
  size_t len = plan->body.len;
  if (buf_reserve(&plan->body, len)) /* which may move what is copied from */
    buf_add(&plan->body, (struct str){ plan->body.ptr, len });
}

/* ---- the table ---- */

static const struct {
  const char *name, *text;
  fault_function *apply;
} faults[] = {
#define XX(id, name, function, text) { name, text, apply_##function },
  FAULT_MAP(XX)
#undef XX
};

const char *fault_name(enum fault fault)
{
  return fault < FAULT_COUNT ? faults[fault].name : "none";
}

const char *fault_text(enum fault fault)
{
  return fault < FAULT_COUNT ? faults[fault].text : "the right reply";
}

void fault_apply(enum fault fault, struct plan *plan, const struct fault_call *call,
                 struct rng *rng)
{
  if (fault < FAULT_COUNT)
    faults[fault].apply(plan, call, rng);
}

bool fault_delivers(enum fault fault)
{
  return fault == FAULT_NONE || fault == FAULT_DRIP;
}

/* ---- the schedule ---- */

static const char *fault_name_at(size_t index)
{
  return index < FAULT_COUNT ? faults[index].name : NULL;
}

static int add_named(struct fault_set *set, struct str name, struct err *err)
{
  for (size_t i = 0; i < FAULT_COUNT; i++)
    if (str_equal(name, str_from(faults[i].name))) {
      for (size_t k = 0; k < set->n; k++)
        if (set->at[k] == (enum fault)i)
          return 0; /* named twice is meant once */
      set->at[set->n++] = (enum fault)i;
      return 0;
    }
  const char *nearest = name_nearest(name, fault_name_at);
  return err_set(err, ERR_USAGE, "--faults: no fault '%.*s'; %s%s%s",
                 STR_ARG(str_slice(name, 0, 60)),
                 nearest ? "the nearest is '"
                         : "'oreo-bench mock-endpoint --help' "
                           "lists them",
                 nearest ? nearest : "", nearest ? "'" : "");
}

int fault_set_parse(struct fault_set *set, const char *names, struct err *err)
{
  *set = (struct fault_set){ .n = 0 };
  struct str rest = str_from(names);
  if (str_equal(rest, STR("all"))) {
    for (size_t i = 0; i < FAULT_COUNT; i++)
      set->at[set->n++] = (enum fault)i;
    return 0;
  }
  while (rest.len) {
    ptrdiff_t comma = str_find_char(rest, ',');
    size_t end = comma < 0 ? rest.len : (size_t)comma;
    if (add_named(set, str_trim(str_slice(rest, 0, end)), err) < 0)
      return -1;
    rest = str_slice(rest, end + 1, rest.len);
  }
  return 0;
}

enum fault fault_draw(const struct fault_set *set, double rate, uint64_t seed, uint64_t n,
                      struct rng *rng)
{
  rng_init(rng, seed, "fault", n);
  if (!set->n || !rng_chance(rng, rate))
    return FAULT_NONE;
  return set->at[rng_below(rng, set->n)];
}
