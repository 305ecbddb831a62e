/* Stories about earning, saving, profit and debts. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "money-saving-goal",
    .draw = "s=3..25 n=2..20 h=5..90/5 g=s*n+h",
    .require = "g<=400",
    .ask = { "{N} wants to buy a [bike|guitar|camera|tent] that costs ${g}. {He} "
             "already has ${h} and saves ${s} each week. In how many weeks can {he} "
             "buy it?",
             "{N} is saving ${g} for a trip. There is ${h} in {his} box now, and {he} "
             "adds ${s} every week. How many weeks will it take?" },
    .steps = { STEP(MORE, "t=g-h", "{N} still needs {=$}."),
               STEP(SHARE, "u=t/s", "That takes {= week}.") } },
  { .name = "money-lemonade",
    .draw = "a=10..60 p=2..5 c=4..30 d=2..9",
    .require = "t>u+2",
    .ask = { "{N} sells lemonade. {He} spends ${c} on lemons and ${d} on sugar, and "
             "sells {a cup} for ${p} each. What is {his} profit?",
             "For {his} lemonade stand, {N} pays ${c} for lemons and ${d} for sugar. "
             "{He} sells {a cup} at ${p} a cup. How much profit does {he} make?" },
    .steps = { STEP(EACH, "t=a*p", "{N} takes in {=$}."),
               STEP(CALC, "u=c+d", "{He} spends {=$}."),
               STEP(REST, "v=t-u", "The profit is {=$}.") } },
  { .name = "money-wages",
    .draw = "h=3..9 r=8..30 d=2..6 n=2..8",
    .ask = { "{N} works {h hour} a day on {d day} of the week and earns ${r} an hour. "
             "How much does {he} earn in {n week}?",
             "A worker is paid ${r} an hour. {He} works {h hour} each day, {d day} a "
             "week. How many dollars does {he} get for {n week} of work?" },
    .steps = { STEP(EACH, "t=h*d", "That is {= hour} a week."),
               STEP(EACH, "u=t*r", "The pay for a week is {=$}."),
               STEP(EACH, "v=u*n", "For all the weeks it is {=$}.") } },
  { .name = "money-overtime",
    .draw = "r=8..30 a=20..40 e=2..20",
    .ask = { "{N} earns ${r} an hour for the first {a hour} of the week and twice as "
             "much for every hour after that. This week {he} worked {a hour} and then "
             "{e more hour}. How much did {he} earn?" },
    .steps = { STEP(EACH, "t=a*r", "For the first hours {N} gets {=$}."),
               STEP(TIMES, "u=r*2", "After that an hour pays {=$}."),
               STEP(EACH, "v=e*u", "For the other hours {he} gets {=$}."),
               STEP(CALC, "s=t+v", "In total {he} earned {=$}.") } },
  { .name = "money-bake-sale",
    .draw = "a=2..9 b=6..24 p=2..5 c=8..40 x:baked",
    .require = "u>c+3",
    .ask = { "{N} bakes {a tray} of {xs} for the school fair, with {b x} on each tray. "
             "{He} sells all of them for ${p} each. Flour, eggs and sugar cost {him} "
             "${c}. How much money does {he} make after paying for these?",
             "For a school fair, {N} makes {a tray} with {b x} each. Making them costs "
             "${c}, and every one is sold for ${p}. What is the profit?" },
    .steps = { STEP(EACH, "t=a*b", "{N} bakes {= x}."),
               STEP(EACH, "u=t*p", "They sell for {=$}."),
               STEP(REST, "v=u-c", "The profit is {=$}.") } },
  { .name = "money-rent",
    .draw = "r=300..900/10 e=40..200/5",
    .ask = { "{N} pays ${r} a month for rent and ${e} a month for power and water. How "
             "much does {he} pay for these in a year?",
             "The rent of {N's} flat is ${r} a month. Power and water cost another "
             "${e} a month. What does {he} pay in one year?" },
    .steps = { STEP(CALC, "t=r+e", "Each month {N} pays {=$}."),
               STEP(DOZEN, "u=t*12", "In a year that is {=$}.") } },
  { .name = "money-allowance",
    .draw = "a=5..30 b=2..20 n=3..12 c=5..60/5",
    .require = "a>b, u>c+1",
    .ask = { "{N} gets ${a} a week from {his} parents and spends ${b} of it on snacks. "
             "{He} saves the rest for {n week} and then buys a game for ${c}. How much "
             "money is left?" },
    .steps = { STEP(REST, "t=a-b", "{N} saves {=$} a week."),
               STEP(EACH, "u=t*n", "By then {he} has saved {=$}."),
               STEP(REST, "v=u-c", "After buying the game, {he} has {=$}.") } },
  { .name = "money-installments",
    .draw = "n=3..12 k=15..90/5 d=50..300/10 a=n*k+d",
    .ask = { "{N} buys a [sofa|computer|bed|fridge] for ${a}. {He} pays ${d} at once "
             "and the rest in {n equal monthly payment}. How much is each payment?",
             "A [sofa|computer|bed|fridge] costs ${a}. {N} pays ${d} today and the "
             "rest in equal parts over {n month}. How much does {he} pay each month?" },
    .steps = { STEP(REST, "t=a-d", "After the first payment {=$} is left to pay."),
               STEP(SHARE, "u=t/n", "Each month {N} pays {=$}.") } },
  { .name = "money-tips",
    .draw = "a=3..12 p=3..9 h=3..8 r=8..15",
    .ask = { "{N} is a waiter. Tonight {he} works {h hour} for ${r} an hour and serves "
             "{a table}. Each table leaves a tip of ${p}. How much does {N} earn "
             "tonight?",
             "A waiter called {N} gets ${r} an hour and a tip of ${p} from each table. "
             "How much does {he} make in {h hour} with {a table}?" },
    .steps = { STEP(EACH, "t=h*r", "For the hours {N} gets {=$}."),
               STEP(EACH, "u=a*p", "The tips are {=$}."),
               STEP(CALC, "v=t+u", "[In total|Together] {he} earns {=$}.") } },
  { .name = "money-coins",
    .draw = "a=2..12 b=2..12 c=2..15",
    .ask = { "{N} has {a coin} of 25 cents, {b coin} of 10 cents and {c coin} of 5 "
             "cents. How many cents does {he} have?",
             "In {N's} box there are {a coin} worth 25 cents each, {b coin} worth 10 "
             "cents each and {c coin} worth 5 cents each. How many cents is that [in "
             "all|together]?" },
    .steps = { STEP(EACH, "t=a*25", "The first coins are worth {= cent}."),
               STEP(EACH, "u=b*10", "The next ones are worth {= cent}."),
               STEP(EACH, "v=c*5", "The last ones are worth {= cent}."),
               STEP(CALC, "r=t+u+v", "Together that is {= cent}.") } },
  { .name = "money-crafts",
    .draw = "a=4..30 c=2..9 p=5..25 x:craft",
    .require = "p>c+1",
    .ask = { "{N} makes {xs} at home. Each {x} costs {him} ${c} to make, and {he} "
             "sells it for ${p}. How much profit does {he} make on {a x}?",
             "It costs {N} ${c} to make one {x}. {He} sells {a x} for ${p} each. What "
             "is {his} profit?" },
    .steps = { STEP(MORE, "t=p-c", "On each {x} {N} makes {=$}."),
               STEP(EACH, "u=a*t", "On all of them {he} makes {=$}.") } },
  { .name = "money-fund",
    .draw = "n=8..30 s=4..25 m=20..150/10 d=20..300/10 g=n*s+m+d",
    .ask = { "A [class|club|team] wants to collect ${g} for a trip. Each of the "
             "{n child} brings ${s}, and a store gives ${m}. How much money is still "
             "missing?",
             "A trip costs ${g}. The {n child} of a [club|team] bring ${s} each and "
             "get ${m} from a store. How much more do they need?" },
    .steps = { STEP(EACH, "t=n*s", "The children bring {=$}."),
               STEP(CALC, "u=t+m", "With the gift they have {=$}."),
               STEP(MORE, "v=g-u", "They still need {=$}.") } },
  { .name = "money-yearly-plan",
    .draw = "p=6..60 d=5..120 a=p*12-d",
    .require = "a>40, d*2<a",
    .ask = { "A [gym|music club|sports club] costs ${p} a month, or ${a} if you pay "
             "for a whole year. How much does {N} save in a year by paying for the "
             "whole year?" },
    .steps = { STEP(DOZEN, "t=p*12", "Paying by the month costs {=$} a year."),
               STEP(MORE, "u=t-a", "{N} saves {=$}.") } },
};

const struct story_table gsm8k_money = { stories, COUNT(stories) };
