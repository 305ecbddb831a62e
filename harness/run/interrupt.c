#include "run/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came;

static void note(int number)
{
  (void)number;
  came = 1;
}

static void handle(int number, void (*handler)(int))
{
  /* SA_RESETHAND: the second signal ends the process. No SA_RESTART: a slow answer that
   * is being waited for is given up. */
  struct sigaction action = { .sa_handler = handler };
  action.sa_flags = handler == note ? (int)SA_RESETHAND : 0;
  sigemptyset(&action.sa_mask);
  (void)sigaction(number, &action, NULL); /* fails for bad numbers only */
}

void interrupt_begin(void)
{
  came = 0;
  handle(SIGINT, note);
  handle(SIGTERM, note);
  handle(SIGXFSZ, SIG_IGN);
}

void interrupt_end(void)
{
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
  handle(SIGXFSZ, SIG_DFL);
}

bool interrupt_came(void)
{
  return came != 0;
}
