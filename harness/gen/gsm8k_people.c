/* Stories about classes, games, votes, parties and teams. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "people-class-boys",
    .draw = "b=6..40 d=2..15 p=2..9",
    .require = "d<b",
    .ask = { "There are {b boy} in a [school club|choir|team] and {d more girl} than "
             "boys. Each of the children needs {p pencil}. How many pencils are needed?",
             "A [school club|choir|team] has {d more girl} than boys. There are "
             "{b boy}. If every child gets {p sticker}, how many stickers is that?" },
    .steps = { STEP(ABOVE, "t=b+d", "There are {= girl}."),
               STEP(CALC, "u=b+t", "There are {= child}."),
               STEP(EACH, "v=u*p", "Together they need {=}.") } },
  { .name = "people-basketball",
    .draw = "a=3..30 b=2..15 c=2..20",
    .ask = { "In a game, {N} throws {a ball} into the basket for 2 points each and "
             "{b ball} for 3 points each. {He} also gets {c point} from free throws. "
             "How many points does {he} have?",
             "{N's} team hits {a time} for 2 points and {b time} for 3 points, and "
             "gets {c point} from free throws. How many points is that [in "
             "all|altogether]?" },
    .steps = { STEP(EACH, "t=a*2", "The first ones give {= point}."),
               STEP(EACH, "u=b*3", "The others give {= point}."),
               STEP(CALC, "v=t+u+c", "[In all|Together] that is {= point}.") } },
  { .name = "people-votes",
    .draw = "a=60..600/5 d={2,3,4,5,6,8} b=10..200",
    .require = "v>5",
    .ask = { "{a person} vote for one of three teachers. {N} gets {1/d} of the votes "
             "and {M} gets {b vote}. All the other votes are for {L}. How many votes "
             "does {L} get?",
             "In a vote with {a person}, {1/d} of them choose {N}, {b} choose {M}, and "
             "the rest choose {L}. How many people choose {L}?" },
    .steps = { STEP(SHARE, "t=a/d", "{N} gets {= vote}."),
               STEP(CALC, "u=t+b", "{N} and {M} have {= vote} together."),
               STEP(REST, "v=a-u", "{L} gets {= vote}.") } },
  { .name = "people-chairs",
    .draw = "r=4..25 k=6..20 g=20..300",
    .require = "t>g+1",
    .ask = { "A hall has {r row} of {k chair}. {g person} come to a concert, and each "
             "takes one chair. How many chairs are empty?",
             "For a school play there are {r row} with {k chair} each. {g person} sit "
             "down. How many chairs stay empty?" },
    .steps = { STEP(EACH, "t=r*k", "There are {= chair}."),
               STEP(REST, "u=t-g", "{= chair} are empty.") } },
  { .name = "people-teams",
    .draw = "k=4..11 n=3..12 a=10..60 b=k*n-a p=2..9",
    .require = "b>5",
    .ask = { "{a boy} and {b girl} want to play in teams of {k}. Every team needs "
             "{p ball}. How many balls are needed?",
             "For a sports day, {a boy} and {b girl} make teams with {k child} each, "
             "and each team gets {p ball}. How many balls is that?" },
    .steps = { STEP(CALC, "t=a+b", "There are {= child}."),
               STEP(SHARE, "u=t/k", "They make {= team}."),
               STEP(EACH, "v=u*p", "They need {= ball}.") } },
  { .name = "people-mean-score",
    .draw = "a=55..100 b=55..100 c=55..100 d=55..100",
    .ask = { "{N} takes four tests and gets {a}, {b}, {c} and {d} points. What is "
             "{his} average score?",
             "In four games {N} gets {a}, {b}, {c} and {d} points. How many points a "
             "game is that on average?" },
    .steps = { STEP(CALC, "t=a+b+c+d", "[Together|In all] {N} has {= point}."),
               STEP(MEAN, "u=t/4", "The average is {=}.") } },
  { .name = "people-mean-needed",
    .draw = "a=60..95 b=60..95 m=65..95",
    .require = "v<=100, v>40",
    .ask = { "{N} got {a} points in the first test and {b} in the second. How many "
             "points does {he} need in the third test for an average of {m}?",
             "After two tests with {a} and {b} points, {N} wants an average of {m} "
             "over three tests. How many points must the third test have?" },
    .steps = { STEP(EACH, "t=m*3", "Three tests need {= point}."),
               STEP(CALC, "u=a+b", "{N} already has {= point}."),
               STEP(REST, "v=t-u", "The third test needs {= point}.") } },
  { .name = "people-mean-two",
    .draw = "a=5..60 b=5..60 c=2..20 x:toy",
    .ask = { "{N} has {a x} and {M} has {b x}. {L} has {c more x} than the average of "
             "the two. How many {xs} does {L} have?" },
    .steps = { STEP(MEAN, "t=(a+b)/2", "The average of {N} and {M} is {= x}."),
               STEP(ABOVE, "u=t+c", "{L} has {= x}.") } },
  { .name = "people-party-pizza",
    .draw = "a=5..40 s=2..4 k={5,8,10} p=6..20",
    .ask = { "{a child} come to {N's} party, and each eats {s slice} of pizza. A pizza "
             "has {k slice} and costs ${p}. How much does {N} pay for enough whole "
             "pizzas?",
             "{N} wants {s slice} of pizza for each of {a guest}. A pizza with "
             "{k slice} costs ${p}. {He} can only buy whole pizzas. How much does {he} "
             "pay?" },
    .steps = { STEP(EACH, "t=a*s", "{N} needs {= slice}."),
               STEP(CEIL, "u=t/k", "That is {=}, so {he} buys {u pizza}."),
               STEP(EACH, "v=u*p", "They cost {=$}.") } },
  { .name = "people-club",
    .draw = "a=8..60 b=2..5 c=2..30 f=2..20",
    .ask = { "A club has {a member}. Each member brings {b new friend}, and they all "
             "join. Later {c person} leave. Everyone who stays pays ${f} a year. How "
             "much money does the club get in a year?" },
    .steps = { STEP(EACH, "t=a*b", "{= friend} join."),
               STEP(CALC, "u=a+t", "Then there are {= member}."),
               STEP(REST, "r=u-c", "{= member} stay."),
               STEP(EACH, "v=r*f", "The club gets {=$}.") } },
  { .name = "people-ratio",
    .draw = "a=2..9 b=2..9 n=3..40 t=a*n+b*n",
    .require = "a!b",
    .ask = { "In a [choir|camp|school] there are {a boy} for every {b girl}. There are "
             "{t child} in all. How many of them are boys?",
             "The {t child} of a [choir|camp|school] are boys and girls, with {a boy} "
             "to every {b girl}. How many boys are there?" },
    .steps = { STEP(CALC, "u=a+b", "Each group has {= child}."),
               STEP(SHARE, "v=t/u", "There are {= such group}."),
               STEP_OR(RATIO, "r=v*a", "So there are {= boy}.", "v*b") } },
  { .name = "people-stickers-three",
    .draw = "a=5..60 k=2..5 d=2..30 x:toy",
    .require = "d<t",
    .ask = { "{N} has {a x}. {M} has {k times} as many as {N}, and {L} has {d} fewer "
             "than {M}. How many {xs} do the three have together?",
             "{M} has {k times} as many {xs} as {N}. {L} has {d} fewer than {M}. {N} "
             "has {a}. How many {xs} do they have [in all|altogether]?" },
    .steps = { STEP(TIMES, "t=a*k", "{M} has {= x}."),
               STEP(BELOW, "u=t-d", "{L} has {= x}."),
               STEP(CALC, "v=a+t+u", "Together they have {= x}.") } },
  { .name = "people-families",
    .draw = "a=3..30 b=2..6 c=2..20 p=3..15",
    .ask = { "{a family} with {b person} each and {c more guest} come to a dinner. "
             "Everyone pays ${p}. How much money is collected?",
             "A ticket to the village fair costs ${p}. {a family} of {b} and "
             "{c other guest} come. How much do they pay [in all|together]?" },
    .steps = { STEP(EACH, "t=a*b", "The families are {= person}."),
               STEP(CALC, "u=t+c", "In all {= person} come."),
               STEP(EACH, "v=u*p", "They pay {=$}.") } },
};

const struct story_table gsm8k_people = { stories, COUNT(stories) };
