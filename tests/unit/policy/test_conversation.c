#include "policy/conversation.h"

#include "policy/kind.h"
#include "test.h"

/* A policy that keeps what it is asked. */
struct listener {
  struct arena arena;
  struct ask ask;
  struct prompt prompt;
  uint32_t seed;
};

static void listen(struct policy *policy, const struct ask *ask)
{
  struct listener *l = policy->state;
  l->ask = *ask;
  l->prompt = *ask->prompt;
  l->prompt.text = arena_str(&l->arena, ask->prompt->text);
  l->seed = policy_seed(ask);
}

static const struct policy_kind listening = { .name = "listening", .ask = listen };

struct fixture {
  struct listener listener;
  struct policy policy;
  struct arena arena;
  struct item item;
  struct conversation conversation;
};

static int set_up(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);
  f->policy = (struct policy){ .kind = &listening, .state = &f->listener, .group = 1 };
  f->item.id = STR("game-3");
  /* what the conversation begins with is gone afterwards */
  char system[] = "you are in a kitchen", user[] = "find the mug", word[] = "\n>";
  struct str stop = str_from(word);
  struct message messages[] = { { STR("system"), str_from(system) },
                                { STR("user"), str_from(user) } };
  struct prompt prompt = { .text = STR("unused"),
                           .messages = messages,
                           .n_messages = 2,
                           .stop = &stop,
                           .n_stop = 1,
                           .max_tokens = 64 };
  conversation_begin(&f->conversation, &f->arena, &f->item, &prompt, 2, 99);
  memset(system, '?', sizeof system);
  memset(user, '?', sizeof user);
  memset(word, '?', sizeof word);
  *state = f;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *f = *state;
  arena_release(&f->listener.arena);
  arena_release(&f->arena);
  free(f);
  return 0;
}

static struct reply says(const char *text, int64_t in, int64_t out)
{
  struct reply reply = reply_empty();
  reply.response = str_from(text);
  reply.reasoning = STR("hmm, the mug");
  reply.tokens_in = in;
  reply.tokens_out = out;
  return reply;
}

static void turns_grow(void **state)
{
  struct fixture *f = *state;
  struct conversation *c = &f->conversation;
  const struct listener *l = &f->listener;
  conversation_ask(c, &f->policy, 5);
  assert_int_equal(l->ask.ticket, 5);
  assert_int_equal(l->ask.turn, 0);
  assert_int_equal(l->ask.sample, 2);
  assert_int_equal(l->ask.n_samples, 1);
  assert_int_equal(l->ask.seed, 99);
  assert_ptr_equal(l->ask.item, &f->item);
  assert_int_equal(l->prompt.max_tokens, 64);
  assert_int_equal(l->prompt.n_stop, 1);
  assert_str_equal(l->prompt.stop[0], "\n>");
  assert_int_equal(l->prompt.n_messages, 2);
  assert_str_equal(l->prompt.messages[0].content, "you are in a kitchen");
  assert_str_equal(l->prompt.text, "you are in a kitchen\n\nfind the mug");

  struct reply reply = says("open the fridge", 20, 4);
  assert_true(conversation_add(c, &reply));
  conversation_say(c, STR("user"), STR("it is empty"));
  conversation_ask(c, &f->policy, 6);
  assert_int_equal(l->ask.turn, 1);
  assert_int_equal(l->prompt.n_messages, 4);
  assert_str_equal(l->prompt.messages[2].role, "assistant");
  assert_str_equal(l->prompt.messages[2].content, "open the fridge");
  assert_str_equal(l->prompt.messages[3].content, "it is empty");
  assert_str_equal(
      l->prompt.text,
      "you are in a kitchen\n\nfind the mug\n\nopen the fridge\n\nit is empty");
  assert_int_equal(c->tokens_in, 20);
  assert_int_equal(c->tokens_out, 4);
}

static void turns_have_seeds_of_their_own(void **state)
{
  struct fixture *f = *state;
  struct reply reply = says("look", 1, 1);
  uint32_t seeds[3];
  for (int turn = 0; turn < 3; turn++) {
    conversation_ask(&f->conversation, &f->policy, 0);
    seeds[turn] = f->listener.seed;
    conversation_ask(&f->conversation, &f->policy, 1); /* the same turn once more */
    assert_int_equal(f->listener.seed, seeds[turn]);
    assert_true(conversation_add(&f->conversation, &reply));
  }
  assert_int_not_equal(seeds[0], seeds[1]);
  assert_int_not_equal(seeds[1], seeds[2]);
}

static void a_failed_turn_adds_nothing(void **state)
{
  struct fixture *f = *state;
  struct reply reply = says("", 7, 7);
  reply.failed = true;
  assert_false(conversation_add(&f->conversation, &reply));
  assert_int_equal(f->conversation.n_messages, 2);
  assert_int_equal(f->conversation.n_turns, 0);
  assert_int_equal(f->conversation.tokens_in, 0);
}

static void unknown_tokens_stay_unknown(void **state)
{
  struct fixture *f = *state;
  struct reply known = says("x", 3, 4), unknown = says("y", 5, -1);
  conversation_add(&f->conversation, &known);
  conversation_add(&f->conversation, &unknown);
  conversation_add(&f->conversation, &known);
  assert_int_equal(f->conversation.tokens_in, 11);
  assert_int_equal(f->conversation.tokens_out, -1);
}

static void long_conversations_keep_their_beginning(void **state)
{
  struct fixture *f = *state;
  struct reply reply = says("go on", 1, 1);
  for (int i = 0; i < 100; i++) {
    conversation_add(&f->conversation, &reply);
    conversation_say(&f->conversation, STR("user"), STR("and then?"));
  }
  conversation_ask(&f->conversation, &f->policy, 0);
  assert_int_equal(f->listener.prompt.n_messages, 202);
  assert_int_equal(f->listener.ask.turn, 100);
  assert_str_equal(f->listener.prompt.messages[1].content, "find the mug");
  assert_str_equal(f->listener.prompt.messages[201].content, "and then?");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(turns_grow),
    TEST(turns_have_seeds_of_their_own),
    TEST(a_failed_turn_adds_nothing),
    TEST(unknown_tokens_stay_unknown),
    TEST(long_conversations_keep_their_beginning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
