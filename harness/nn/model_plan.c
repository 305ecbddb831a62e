#include "nn/model_plan.h"

#include <inttypes.h>

#include "nn/model_weights.h"
#include "nn/op_gemm.h"

enum { DEFAULT_CONTEXT = 4096, DEFAULT_SEQUENCES = 64, DEFAULT_ROWS = 256 };

/* On a CPU the device's memory is everybody's: more is only taken when it is asked for.
 */
static const uint64_t default_cache_cpu = (uint64_t)2 << 30;

static uint64_t at_most(uint64_t value, uint64_t most)
{
  return value < most ? value : most;
}

static double mib(uint64_t bytes)
{
  return (double)bytes / (1024.0 * 1024.0);
}

static uint64_t room_left(const struct model_room *room)
{
  return room->heap > room->used ? room->heap - room->used : 0;
}

static uint32_t width(const struct model_room *room, uint64_t columns)
{
  return gemm_row_length(room->device, GPU_F32, (uint32_t)columns);
}

static void settle_widths(struct model_widths *widths, const struct model_config *config,
                          const struct model_room *room)
{
  uint64_t q = (uint64_t)config->heads * (uint64_t)config->head_dim;
  uint64_t k = (uint64_t)config->kv_heads * (uint64_t)config->head_dim;
  widths->hidden = width(room, (uint64_t)config->hidden);
  widths->qkv = width(room, q + 2 * k);
  widths->mixed = width(room, q);
  widths->gates = width(room, 2 * (uint64_t)config->intermediate);
  widths->inner = width(room, (uint64_t)config->intermediate);
  widths->vocab = width(room, (uint64_t)config->vocab);
}

static int settle_context(struct model_options *options,
                          const struct model_config *config,
                          const struct model_room *room, struct err *err)
{
  uint64_t most =
      model_binding_bytes(room->device, GPU_F32) / 4 / (uint64_t)config->head_dim;
  if (options->context > (uint32_t)config->max_positions)
    return err_set(err, ERR_USAGE,
                   "cannot load '%s' with a context of %u: the model has %d positions; "
                   "ask for at most those",
                   room->path, options->context, config->max_positions);
  if (!options->context)
    options->context = (uint32_t)at_most(
        at_most((uint64_t)config->max_positions, DEFAULT_CONTEXT), most);
  if (options->context > most)
    return err_set(err, ERR_ENV,
                   "cannot load '%s' with a context of %u: '%s' allows %" PRIu64
                   " positions of heads of %d; ask for at most those",
                   room->path, options->context, room->device->name, most,
                   config->head_dim);
  return 0;
}

static int settle_rows(struct model_plan *plan, const struct model_room *room,
                       struct err *err)
{
  struct model_options *options = &plan->options;
  const struct model_widths *w = &plan->widths;
  uint64_t values = model_binding_bytes(room->device, GPU_F32) / 4;
  uint32_t widest = w->gates > w->qkv ? w->gates : w->qkv;
  widest = w->hidden > widest ? w->hidden : widest;
  if (!options->max_sequences)
    options->max_sequences = DEFAULT_SEQUENCES;
  if (!options->max_rows)
    options->max_rows =
        options->max_sequences > DEFAULT_ROWS ? options->max_sequences : DEFAULT_ROWS;
  options->max_rows = (uint32_t)at_most(options->max_rows, values / widest);
  if (!options->max_wanted)
    options->max_wanted = options->max_sequences > DEFAULT_SEQUENCES
                              ? options->max_sequences
                              : DEFAULT_SEQUENCES;
  options->max_wanted = (uint32_t)at_most(options->max_wanted, options->max_rows);
  options->max_wanted = (uint32_t)at_most(options->max_wanted, values / w->vocab);
  if (!options->max_rows || !options->max_wanted)
    return err_set(err, ERR_ENV,
                   "cannot load '%s': '%s' binds at most %" PRIu64
                   " values, less than one row of it; take another --device",
                   room->path, room->device->name, values);
  return 0;
}

/* Of what a step computes, and of what goes in and comes out. */
static uint64_t work_bytes(const struct model_plan *plan,
                           const struct model_config *config)
{
  const struct model_options *options = &plan->options;
  const struct model_widths *w = &plan->widths;
  uint64_t row = 2 * (uint64_t)w->hidden + w->qkv + w->mixed + w->gates + w->inner + 8;
  uint64_t wanted = (uint64_t)w->hidden + w->vocab + 16;
  return 4 * (options->max_rows * row + options->max_wanted * wanted +
              (uint64_t)options->context * (uint64_t)config->head_dim +
              (uint64_t)options->max_sequences * plan->pages_each);
}

static int refuse(const struct model_plan *plan, const struct model_room *room,
                  uint64_t cache, uint64_t work, struct err *err)
{
  return err_set(
      err, ERR_ENV,
      "cannot load '%s' on '%s': it needs %.1f MiB (weights %.1f, cache of %" PRIu64
      " positions %.1f, steps of %u rows %.1f) and %.1f of %.1f MiB are free; take a "
      "shorter context, fewer sequences at once, --dtype bf16, or another --device",
      room->path, room->device->name, mib(room->weights + cache + work),
      mib(room->weights), (uint64_t)plan->options.cache_pages * CACHE_PAGE, mib(cache),
      plan->options.max_rows, mib(work), mib(room_left(room)), mib(room->heap));
}

static int settle_cache(struct model_plan *plan, const struct model_config *config,
                        const struct model_room *room, struct err *err)
{
  struct model_options *options = &plan->options;
  uint64_t layer_page =
      4 * CACHE_PAGE * (uint64_t)config->kv_heads * (uint64_t)config->head_dim;
  uint64_t page = 2 * layer_page * (uint64_t)config->layers;
  uint64_t bound = model_binding_bytes(room->device, GPU_F32) / layer_page;
  uint64_t rest = room->weights + work_bytes(plan, config);
  uint64_t available = room_left(room);
  uint64_t all = (uint64_t)options->max_sequences * plan->pages_each;
  /* half of what is left: others live on the device too */
  uint64_t most = room->device->kind == GPU_KIND_CPU ? default_cache_cpu : UINT64_MAX;
  uint64_t fits = available > rest ? at_most((available - rest) / 2, most) / page : 0;
  /* cache rows are counted in 31 bits */
  bound = at_most(bound, INT32_MAX / CACHE_PAGE);
  if (options->cache_pages > bound)
    return err_set(err, ERR_ENV,
                   "cannot load '%s' with a cache of %u pages: '%s' allows %" PRIu64
                   " of this model; ask for at most those",
                   room->path, options->cache_pages, room->device->name, bound);
  if (!options->cache_pages) {
    uint64_t pages = at_most(all, at_most(bound, fits));
    options->cache_pages =
        (uint32_t)(pages < plan->pages_each ? plan->pages_each : pages);
  }
  if (options->cache_pages > bound)
    return err_set(err, ERR_ENV,
                   "cannot load '%s' with a context of %u: '%s' allows %" PRIu64
                   " positions of this model's cache; ask for a shorter context",
                   room->path, options->context, room->device->name, bound * CACHE_PAGE);
  uint64_t cache = options->cache_pages * page;
  if (rest + cache > available)
    return refuse(plan, room, cache, work_bytes(plan, config), err);
  return 0;
}

int model_plan(struct model_plan *plan, const struct model_config *config,
               const struct model_options *asked, const struct model_room *room,
               struct err *err)
{
  *plan = (struct model_plan){ 0 };
  if (asked)
    plan->options = *asked;
  settle_widths(&plan->widths, config, room);
  if (settle_context(&plan->options, config, room, err) < 0 ||
      settle_rows(plan, room, err) < 0)
    return -1;
  plan->pages_each = (plan->options.context + CACHE_PAGE - 1) / CACHE_PAGE;
  return settle_cache(plan, config, room, err);
}
