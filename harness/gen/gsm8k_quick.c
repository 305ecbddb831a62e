/* Stories with a single step, one for each kind of operation. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "quick-each",
    .draw = "a=3..25 b=3..40 x:container y:toy",
    .ask = { "There are {a x} with {b y} in each. How many {ys} are there [in "
             "all|altogether]?",
             "{N} has {a x}. Each {x} holds {b y}. How many {ys} does {he} have?" },
    .steps = { STEP(EACH, "t=a*b", "There are {= y}.") } },
  { .name = "quick-share",
    .draw = "k=2..12 n=2..30 a=k*n x:snack",
    .require = "n>1",
    .ask = { "{N} shares {a x} equally among {k friend}. How many {xs} does each "
             "friend get?",
             "{k child} share {a x}, and all get the same number. How many does each "
             "child get?" },
    .steps = { STEP(SHARE, "t=a/k", "Each one gets {= x}.") } },
  { .name = "quick-how-many-more",
    .draw = "a=15..200 b=10..190 x:toy",
    .require = "a>b",
    .ask = { "{N} has {a x} and {M} has {b x}. How many more {xs} does {N} have than "
             "{M}?",
             "{M} has {b x}. {N} has {a}. How many more {xs} than {M} does {N} have?" },
    .steps = { STEP(MORE, "t=a-b", "{N} has {=} more.") } },
  { .name = "quick-fewer",
    .draw = "a=15..200 b=2..90 x:craft",
    .require = "t>4",
    .ask = { "{N} made {a x}. {M} made {b} fewer than {N}. How many {xs} did {M} make?",
             "{M} sold {b fewer x} than {N}, who sold {a}. How many {xs} did {M} sell?" },
    .steps = { STEP(BELOW, "t=a-b", "For {M} it is {= x}.") } },
  { .name = "quick-times",
    .draw = "a=4..90 k=2..9 x:fruit",
    .ask = { "{N} picks {a x}. {M} picks {k times} as many. How many {xs} does {M} "
             "pick?",
             "{M} has {k times} as many {xs} as {N}, who has {a}. How many {xs} does "
             "{M} have?" },
    .steps = { STEP(TIMES, "t=a*k", "For {M} it is {= x}.") } },
  { .name = "quick-together",
    .draw = "a=5..90 b=5..90 c=5..90 x:read",
    .ask = { "{N} has {a x}, {M} has {b} and {L} has {c}. How many {xs} do they have "
             "together?",
             "There are {a x} on one shelf, {b} on the next and {c} on the last. How "
             "many {xs} are there [in all|altogether]?" },
    .steps = { STEP(CALC, "t=a+b+c", "Together there are {= x}.") } },
  { .name = "quick-left",
    .draw = "a=20..250 b=5..200 x:vegetable",
    .require = "t>3",
    .ask = { "A store has {a x} and sells {b} of them. How many {xs} are left?",
             "{N} had {a x} and gave {b} away. How many {xs} does {he} still have?" },
    .steps = { STEP(REST, "t=a-b", "{= x} are left.") } },
  { .name = "quick-percent",
    .draw = "a=20..900/10 p={5,10,15,20,25,30,40,50,60,70,75,80} x:farm",
    .ask = { "A farm has {a x}. {p}% of them are young. How many young {xs} are there?",
             "{p}% of the {a x} on a farm are brown. How many brown {xs} are there?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "There are {= such x}.") } },
  { .name = "quick-speed",
    .draw = "s=10..90 h=2..12",
    .ask = { "{N} rides a bus for {h hour} at a speed of {s} miles an hour. How many "
             "miles is that?",
             "A train goes {s} miles an hour. How many miles does it go in {h hour}?" },
    .steps = { STEP(EACH, "t=s*h", "That is {= mile}.") } },
  { .name = "quick-minutes",
    .draw = "h=2..20 m=5..55/5 x:craft",
    .require = "t>3",
    .ask = { "{N} needs {m minute} for one {x}. How many {xs} can {he} make in "
             "{h hour}?" },
    .steps = { STEP(HOUR, "t=h*60/m", "In that time {he} can make {= x}.") } },
};

const struct story_table gsm8k_quick = { stories, COUNT(stories) };
