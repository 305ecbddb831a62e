/* Stories about giving, dividing, fractions and what is left. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "share-give-away",
    .draw = "a=12..120 d={2,3,4,5,6} b=2..30 x:toy",
    .require = "v>1",
    .ask = { "{N} has {a x}. {He} gives {1/d} of them to {M} and {b} to {L}. How many "
             "{xs} does {N} have left?",
             "From {his} {a x}, {N} gives {1/d} to {M}. Then {L} gets {b}. How many "
             "are left for {N}?" },
    .steps = { STEP(SHARE, "t=a/d", "{M} gets {= x}."),
               STEP(REST, "u=a-t", "Then {N} has {= x}."),
               STEP(REST, "v=u-b", "In the end {he} has {= x}.") } },
  { .name = "share-leftover",
    .draw = "a=20..150 k={4,5,8,10} x:snack",
    .ask = { "{N} shares {a x} equally among {k friend}. Each friend gets as many "
             "whole ones as possible. How many {xs} are left over?",
             "{k child} share {a x} so that each has the same number of whole ones. "
             "How many {xs} are left over?" },
    .steps = { STEP(FLOOR, "t=a/k", "For each it would be {=}, so each gets {t}."),
               STEP(EACH, "u=k*t", "Together they get {= x}."),
               STEP(REST, "v=a-u", "{= x} are left over.") } },
  { .name = "share-colors",
    .draw = "a=24..240/2 d={2,3,4,6} k={2,3,4,5} x:toy",
    .require = "d!k",
    .ask = { "{N} has {a x}. {1/d} of them are red. Of the others, {1/k} are blue and "
             "the rest are green. How many are green?",
             "Of {N's} {a x}, {1/d} are red. {1/k} of those that are not red are blue. "
             "All the others are green. How many green {xs} are there?" },
    .steps = { STEP(SHARE, "t=a/d", "{= x} are red."),
               STEP(REST, "u=a-t", "{= x} are not red."),
               STEP(SHARE, "v=u/k", "{=} of these are blue."),
               STEP(REST, "r=u-v", "So {=} are green.") } },
  { .name = "share-fraction-of",
    .draw = "a=12..315 n=2..6 d={3,5,7} b=2..40 x:fruit",
    .require = "n<d, v>1",
    .ask = { "{N} picks {a x} and sells {n}/{d} of them. {He} eats {b} of the others. "
             "How many {xs} are left?",
             "Of {a x}, {N} sells {n}/{d}, and the family eats {b}. How many are left?" },
    .steps = { STEP(FRAC, "t=a*n/d", "{N} sells {= x}."),
               STEP(REST, "u=a-t", "Then there are {=}."),
               STEP(REST, "v=u-b", "In the end {= x} are left.") } },
  { .name = "share-together-then",
    .draw = "a=5..60 b=5..60 k=3..8 x:snack",
    .require = "u>1, a!b",
    .ask = { "{N} has {a x} and {M} has {b x}. They put them together and share them "
             "equally among {k child}. How many {xs} does each child get?",
             "{k child} share the {xs} of {N}, who brings {a}, and of {M}, who brings "
             "{b}. Each gets the same number. How many does each child get?" },
    .steps = { STEP(CALC, "t=a+b", "Together there are {= x}."),
               STEP(SHARE, "u=t/k", "Each child gets {= x}.") } },
  { .name = "share-library",
    .draw = "s=4..30 b=10..50 o=5..90 r=2..40",
    .require = "t>o, r<o",
    .ask = { "A library has {s shelf} with {b book} on each. On Monday people take "
             "{o book} home, and on Tuesday they bring {r} back. How many books are in "
             "the library now?",
             "There are {b book} on each of the {s shelf} of a library. {o} of them "
             "are taken out, and later {r} come back. How many books are there then?" },
    .steps = { STEP(EACH, "t=s*b", "At first there are {= book}."),
               STEP(REST, "u=t-o", "When some are taken, {= book} are left."),
               STEP(CALC, "v=u+r", "In the end there are {= book}.") } },
  { .name = "share-paint-ratio",
    .draw = "a=2..9 b=2..9 n=2..30 v=b*n",
    .require = "a!b, n>1",
    .ask = { "To get green, {N} mixes {a cup} of yellow paint with {b cup} of blue "
             "paint. {He} has {v cup} of blue paint and uses all of it. How many cups "
             "of yellow paint does {he} need?",
             "A drink takes {a cup} of juice for every {b cup} of water. {N} uses "
             "{v cup} of water. How many cups of juice does {he} need?" },
    .steps = { STEP(SHARE, "t=v/b", "{N} makes {=} times the mix."),
               STEP_OR(RATIO, "u=t*a", "For that {he} needs {= cup}.", "t*b") } },
  { .name = "share-trade",
    .draw = "a=3..20 k=2..6 b=2..12 c=2..20 x:toy y:snack",
    .require = "v>1",
    .ask = { "{N} gets {k x} for every {y} that {he} gives to {M}. {He} had {b x} "
             "before and gives away {a y}. Then {he} loses {c x}. How many {xs} does "
             "{N} have now?" },
    .steps = { STEP(EACH, "t=a*k", "{N} gets {= x}."),
               STEP(CALC, "u=t+b", "Then {he} has {= x}."),
               STEP(REST, "v=u-c", "Now {he} has {= x}.") } },
  { .name = "share-gift-bags",
    .draw = "k=2..6 n=3..20 a=10..80 b=k*n-a p=2..9 x:snack y:toy",
    .require = "b>4",
    .ask = { "{N} makes bags for a party. {He} has {a x} and {b y} and puts {k thing} "
             "in each bag. A bag costs ${p}. How much does {he} pay for the bags?",
             "With {a x} and {b y}, {N} fills small bags, {k thing} in each. Each "
             "empty bag costs ${p}. What do the bags cost?" },
    .steps = { STEP(CALC, "t=a+b", "There are {= thing}."),
               STEP(SHARE, "u=t/k", "{N} fills {= bag}."),
               STEP(EACH, "v=u*p", "The bags cost {=$}.") } },
  { .name = "share-backward",
    .draw = "c=3..60 b=2..40 e=2..30 x:toy",
    .ask = { "{N} gives half of {his} {xs} to {M}. After that {he} gives {b x} to {L} "
             "and has {c} left. {M} already had {e x}. How many does {M} have now?",
             "Half of {N's} {xs} go to {M}, who already had {e}. Then {N} gives {b} to "
             "{L} and keeps {c}. How many {xs} does {M} have in the end?" },
    .steps = { STEP(CALC, "t=c+b", "Before the gift to {L}, {N} had {= x}."),
               STEP(CALC, "u=t+e", "{M} got as many, so {M} has {= x}.") } },
  { .name = "share-start-number",
    .draw = "c=3..60 b=2..40 k={2,3,4,5} x:fruit",
    .ask = { "{N} sells {b x}. Then {he} puts all the others equally into {k bag}, and "
             "each bag holds {c x}. How many {xs} did {he} have at first?",
             "After {N} gave {b x} to a friend, the rest filled {k bag} with {c x} "
             "each. How many {xs} were there at the start?" },
    .steps = { STEP(EACH, "t=k*c", "The bags hold {= x}."),
               STEP(CALC, "u=t+b", "At first there were {= x}.") } },
  { .name = "share-more-than",
    .draw = "a=4..60 d=2..40 k=2..6 x:toy",
    .ask = { "{N} has {a x} and {M} has {d} more. {L} has {k times} as many as {N} and "
             "{M} together. How many {xs} does {L} have?",
             "{M} has {d more x} than {N}, who has {a}. {L} has {k times} as many as "
             "both of them together. How many {xs} does {L} have?" },
    .steps = { STEP(ABOVE, "t=a+d", "{M} has {= x}."),
               STEP(CALC, "u=a+t", "{N} and {M} have {= x} together."),
               STEP(TIMES, "v=u*k", "{L} has {= x}.") } },
  { .name = "share-compare",
    .draw = "a=3..15 b=4..20 c=3..15 d=4..20 x:toy y:container",
    .require = "t>u, a!c",
    .ask = { "{N} has {a y} with {b x} in each. {M} has {c y} with {d x} in each. How "
             "many more {xs} does {N} have than {M}?" },
    .steps = { STEP(EACH, "t=a*b", "{N} has {= x}."),
               STEP(EACH, "u=c*d", "{M} has {= x}."),
               STEP(MORE, "v=t-u", "{N} has {=} more.") } },
};

const struct story_table gsm8k_share = { stories, COUNT(stories) };
