#include "mock/gate.h"

#include <inttypes.h>

#include "base/fs.h"

enum { KEY_MAX_BYTES = 4096 };

static int read_key(struct gate *gate, struct arena *arena, struct err *err)
{
  struct buf text;
  buf_init(&text, KEY_MAX_BYTES);
  int rc = fs_read(gate->opts.key_file, &text, err);
  if (rc == 0)
    gate->key = arena_str(arena, str_trim(buf_str(&text)));
  buf_release(&text);
  if (rc == 0 && !gate->key.len)
    rc = err_set(err, ERR_DATA, "the key file '%s' is empty", gate->opts.key_file);
  return rc;
}

int gate_init(struct gate *gate, const struct gate_opts *opts, struct arena *arena,
              struct err *err)
{
  *gate = (struct gate){ .opts = *opts };
  if (opts->rpm > 0)
    gate->accepted_ns = ARENA_NEW(arena, int64_t, (size_t)opts->rpm);
  return opts->key_file ? read_key(gate, arena, err) : 0;
}

bool gate_check_key(const struct gate *gate, const char *authorization,
                    struct refusal *refusal)
{
  struct str given = str_from(authorization);
  if (!str_present(gate->key))
    return true;
  if (!str_starts_nocase(given, STR("Bearer ")))
    return refusal_set(refusal, 401, NULL, NULL,
                       "You didn't provide an API key. Send it in an Authorization "
                       "header: Authorization: Bearer YOUR_KEY");
  if (!str_equal(str_trim(str_slice(given, strlen("Bearer "), given.len)), gate->key))
    return refusal_set(refusal, 401, "invalid_api_key", NULL,
                       "Incorrect API key provided.");
  return true;
}

/* How long until the oldest of the last `rpm` requests is a minute old; <= 0: now. */
static int64_t minute_left_ns(const struct gate *gate, int64_t now_ns)
{
  const int64_t minute_ns = INT64_C(60000000000);
  uint64_t rpm = (uint64_t)gate->opts.rpm;
  if (!rpm || gate->n_accepted < rpm)
    return 0;
  return gate->accepted_ns[gate->n_accepted % rpm] + minute_ns - now_ns;
}

bool gate_admit(struct gate *gate, int64_t now_ns, size_t in_flight,
                int64_t *retry_after_s, struct refusal *refusal)
{
  int64_t most = gate->opts.max_in_flight;
  *retry_after_s = 1;
  if (most && in_flight >= (size_t)most)
    return refusal_set(refusal, 429, "rate_limit_exceeded", NULL,
                       "Rate limit reached: %" PRId64 " requests at a time.", most);
  int64_t left_ns = minute_left_ns(gate, now_ns);
  *retry_after_s = left_ns / 1000000000 + 1;
  if (left_ns > 0)
    return refusal_set(refusal, 429, "rate_limit_exceeded", NULL,
                       "Rate limit reached: %" PRId64 " requests a minute.",
                       gate->opts.rpm);
  if (gate->opts.rpm)
    gate->accepted_ns[gate->n_accepted++ % (uint64_t)gate->opts.rpm] = now_ns;
  return true;
}
