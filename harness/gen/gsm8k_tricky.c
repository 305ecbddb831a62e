/* Stories about what is easily mixed up: fractions of a whole, ratios, groups that are
 * not full, the one at the end, hours and minutes, there and back. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "tricky-book-fraction",
    .draw = "a=30..420 n=2..6 d={3,5,7} r=4..30",
    .require = "n<d",
    .ask = { "{N} has read {n}/{d} of a book with {a page}. {He} reads the rest at "
             "{r page} a day. How many days does {he} still need?",
             "A book has {a page}. {N} has finished {n}/{d} of it and now reads "
             "{r page} a day. In how many days is the book finished?" },
    .steps = { STEP(FRAC, "t=a*n/d", "{N} has read {= page}."),
               STEP(REST, "u=a-t", "{= page} are left."),
               STEP(RATE, "v=u/r", "That takes {= day}.") } },
  { .name = "tricky-tank-fraction",
    .draw = "a=30..630/5 n=2..6 d={3,5,7} b=5..90/5",
    .require = "n<d, b<t",
    .ask = { "A tank for {a liter} is {n}/{d} full. {N} takes out {b liter} for the "
             "garden. How many liters are in the tank now?",
             "{N} uses {b liter} from a tank that was {n}/{d} full. The tank can hold "
             "{a liter}. How many liters are left?" },
    .steps = { STEP(FRAC, "t=a*n/d", "At first there are {= liter}."),
               STEP(REST, "u=t-b", "Then {= liter} are left.") } },
  { .name = "tricky-money-fractions",
    .draw = "a=21..630/3 n=2..6 d={3,5,7} k={2,3,4,5}",
    .require = "n<d",
    .ask = { "{N} has ${a}. {He} gives {n}/{d} of it to {his} mother and {1/k} of the "
             "rest to {his} brother. How much does the brother get?",
             "Of ${a}, {N} pays {n}/{d} for a coat. Then {he} spends {1/k} of what is "
             "left on food. How much does the food cost?" },
    .steps = { STEP(FRAC, "t=a*n/d", "The first part is {=$}."),
               STEP(REST, "u=a-t", "After that {=$} is left."),
               STEP(SHARE, "v=u/k", "The second part is {=$}.") } },
  { .name = "tricky-money-ratio",
    .draw = "a=2..9 b=2..9 n=4..60 m=a*n+b*n",
    .require = "a!b",
    .ask = { "{N} and {M} share ${m} in the ratio {a} to {b}. How much does {M} get?",
             "For their work {N} and {M} get ${m} together. They share it {a} to {b}. "
             "How many dollars does {M} get?" },
    .steps = { STEP(CALC, "t=a+b", "There are {=} parts."),
               STEP(SHARE, "u=m/t", "One part is {=$}."),
               STEP_OR(RATIO, "v=u*b", "{M} gets {=$}.", "u*a") } },
  { .name = "tricky-mix-ratio",
    .draw = "a=2..7 b=2..7 n=2..30 m=a*n+b*n p=2..9",
    .require = "a!b",
    .ask = { "A mix has {a cup} of nuts for every {b cup} of raisins. {N} makes "
             "{m cup} of it. A cup of nuts costs ${p}. How much do the nuts cost?",
             "{N} makes {m cup} of a mix with {a cup} of rice to every {b cup} of "
             "beans. Rice costs ${p} a cup. How much does the rice cost?" },
    .steps = { STEP(CALC, "t=a+b", "One set has {= cup}."),
               STEP(SHARE, "u=m/t", "{N} needs {= set}."),
               STEP_OR(RATIO, "v=u*a", "That takes {= cup}.", "u*b"),
               STEP(EACH, "r=v*p", "They cost {=$}.") } },
  { .name = "tricky-boats",
    .draw = "a=10..90 b=10..90 k={4,5,8,10} p=6..40",
    .ask = { "{a boy} and {b girl} cross a lake in boats. A boat takes {k child} and "
             "costs ${p}. How much must be paid so that all can cross at the same time?",
             "A boat for {k child} costs ${p}. How much do the boats cost for {a boy} "
             "and {b girl} who want to be on the lake together?" },
    .steps = { STEP(CALC, "t=a+b", "There are {= child}."),
               STEP(CEIL, "u=t/k", "That fills {=} boats, so {u boat} are needed."),
               STEP(EACH, "v=u*p", "The boats cost {=$}.") } },
  { .name = "tricky-eggs-boxes",
    .draw = "a=3..20 b=10..26 k={4,8,10,20} p=2..6",
    .ask = { "On a farm, {a chicken} lay {b egg} each in a month. The eggs go into "
             "boxes of {k}, and only full boxes are sold, for ${p} each. How much do "
             "they bring?",
             "{a chicken} give {b egg} each. How much money do the eggs bring in full "
             "boxes of {k egg} at ${p} a box?" },
    .steps = { STEP(EACH, "t=a*b", "There are {= egg}."),
               STEP(FLOOR, "u=t/k", "That fills {=} boxes, so {u box} are sold."),
               STEP(EACH, "v=u*p", "They bring {=$}.") } },
  { .name = "tricky-log-cuts",
    .draw = "a=3..30 m=2..15 k=2..12",
    .ask = { "{N} cuts {k log} into {a piece} each. One cut takes {m minute}. How many "
             "minutes does all the cutting take?",
             "It takes {m minute} to cut through a log. {N} makes {a piece} out of "
             "each of {k log}. For how many minutes does {he} cut?" },
    .steps = { STEP(COUNT, "t=a-1", "One log needs {= cut}."),
               STEP(EACH, "u=t*m", "That takes {= minute} for a log."),
               STEP(EACH, "v=u*k", "All the logs take {= minute}.") } },
  { .name = "tricky-days-from-to",
    .draw = "a=2..20 n=3..10 b=a+n p=10..120/2",
    .require = "b<31",
    .ask = { "{N} works every day from May {a} to May {b}, also on the first and the "
             "last of these days, and gets ${p} a day. How much does {he} earn?",
             "A fair is open each day from June {a} to the end of June {b}. {N} works "
             "there every day for ${p} a day. How much does {he} get?" },
    .steps = { STEP(COUNT, "t=b-a+1", "{N} works on {= day}."),
               STEP(EACH, "u=t*p", "{He} gets {=$}.") } },
  { .name = "tricky-bus-there-and-back",
    .draw = "a=2..9 p=2..15 d=5..40",
    .ask = { "{a child} take the train to the sea and back. A ticket for one way costs "
             "${p}. They also pay ${d} for food. How much do they spend?",
             "A train ticket to the sea costs ${p} one way. {a friend} go there and "
             "come back, and spend ${d} on drinks. How much is that together?" },
    .steps = { STEP(BACK, "t=p*2", "There and back costs {=$}."),
               STEP(EACH, "u=t*a", "For all of them it is {=$}."),
               STEP(CALC, "v=u+d", "In total they spend {=$}.") } },
  { .name = "tricky-minutes-pay",
    .draw = "m=15..120/5 d=2..24 r=8..40",
    .ask = { "{N} gives {d lesson} of {m minute} in a month and gets ${r} an hour. How "
             "much does {he} earn in that month?",
             "A lesson takes {m minute}. {N} gives {d} of them and is paid ${r} for an "
             "hour. How much money is that?" },
    .steps = { STEP(EACH, "t=d*m", "The lessons take {= minute}."),
               STEP(HOUR, "u=t/60", "That is {= hour}."),
               STEP(EACH, "v=u*r", "{N} gets {=$}.") } },
  { .name = "tricky-months",
    .draw = "a=5..60 n=2..8 b=10..200/5",
    .require = "u>b",
    .ask = { "{N} puts ${a} into a box each month for {n year}. Then {he} takes out "
             "${b}. How much is left in the box?",
             "For {n year}, {N} saves ${a} every month. After that {he} spends ${b} of "
             "it. How much money does {he} have left?" },
    .steps = { STEP(DOZEN, "t=n*12", "That is {= month}."),
               STEP(EACH, "u=t*a", "{N} saves {=$}."),
               STEP(REST, "v=u-b", "In the end {=$} is left.") } },
  { .name = "tricky-middle",
    .draw = "a=10..90 b=10..90 c=2..20 k=2..5",
    .require = "a!b",
    .ask = { "{N} gets {a} points in the first game and {b} in the second. {M's} score "
             "is the average of the two plus {c point}. {M} plays {k such game}. How "
             "many points does {M} get?" },
    .steps = { STEP(CALC, "t=a+b", "{N} has {= point}."),
               STEP(MEAN, "u=t/2", "The average is {=}."),
               STEP(ABOVE, "v=u+c", "{M} gets {= point} a game."),
               STEP(EACH, "r=v*k", "In {k game} that is {= point}.") } },
};

const struct story_table gsm8k_tricky = { stories, COUNT(stories) };
