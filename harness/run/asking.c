#include "run/asking.h"

#include <stdlib.h>

void asking_begin(struct asking *a, const struct answer_key *key,
                  const struct journal *done, int n_samples, uint64_t seed)
{
  *a = (struct asking){ .key = *key, .done = done, .n_samples = n_samples, .seed = seed };
}

void asking_end(struct asking *a)
{
  free(a->asked);
  free(a->free);
}

static int group_end(const struct asking *a)
{
  int end = a->sample + policy_group(a->key.policy);
  return end < a->n_samples ? end : a->n_samples;
}

static struct answer_key key_of(const struct asking *a, const struct item *item,
                                int sample)
{
  struct answer_key key = a->key;
  key.item = item;
  key.sample = sample;
  return key;
}

static const struct record *find(const struct asking *a, const struct item *item,
                                 int sample)
{
  struct answer_key key = key_of(a, item, sample);
  struct record record = answer_record(&key);
  return journal_find(a->done, &record);
}

static void step(struct asking *a)
{
  a->sample = group_end(a);
  if (a->sample == a->n_samples) {
    a->sample = 0;
    a->item++;
  }
}

bool asking_next(struct asking *a, void (*found)(void *context, const struct record *),
                 void *context)
{
  for (; a->item < a->key.suite->n_chosen; step(a)) {
    const struct item *item = a->key.suite->chosen[a->item];
    bool missing = false;
    for (int s = a->sample; s < group_end(a); s++) {
      const struct record *record = find(a, item, s);
      if (record)
        found(context, record);
      else
        missing = true;
    }
    if (missing)
      return true;
  }
  return false;
}

static size_t take_ticket(struct asking *a)
{
  if (a->n_free)
    return a->free[--a->n_free];
  ARRAY_RESERVE(a->asked, a->n_asked, a->cap_asked);
  return a->n_asked++;
}

static void give_ticket(struct asking *a, size_t ticket)
{
  ARRAY_RESERVE(a->free, a->n_free, a->cap_free);
  a->free[a->n_free++] = ticket;
}

void asking_ask(struct asking *a, struct arena *scratch)
{
  const struct run_suite *suite = a->key.suite;
  const struct item *item = suite->chosen[a->item];
  size_t ticket = take_ticket(a);
  struct prompt prompt = prompt_make(suite->maker, item, scratch);
  struct ask ask = { .item = item,
                     .prompt = &prompt,
                     .sample = a->sample,
                     .n_samples = group_end(a) - a->sample,
                     .seed = a->seed,
                     .ticket = ticket };
  a->asked[ticket] =
      (struct asked){ item, sha256_of(prompt.text), ask.sample, ask.n_samples, 0 };
  a->n_waiting++;
  policy_ask(a->key.policy, &ask);
  step(a);
}

bool asking_settle(struct asking *a, const struct answered *answered,
                   struct record *record, struct arena *arena)
{
  struct asked *asked = &a->asked[answered->ticket];
  struct answer_key key = key_of(a, asked->item, answered->sample);
  *record = answer_record(&key);
  bool wanted = !journal_find(a->done, record);
  if (wanted)
    answer_grade(record, &key, &asked->prompt, &answered->reply, arena);
  if (++asked->n_back == asked->n_samples) {
    give_ticket(a, answered->ticket);
    a->n_waiting--;
  }
  return wanted;
}
