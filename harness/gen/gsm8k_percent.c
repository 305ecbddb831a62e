/* Stories about percents: discounts, taxes, shares of a whole, growth. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "percent-discount",
    .draw = "a=20..300/2 p={5,10,15,20,25,30,40,50} x:clothes",
    .ask = { "{An x} costs ${a}. {N} gets a discount of {p}%. How much does {he} pay?",
             "{N} buys {an x} that costs ${a}, but today everything is {p}% off. What "
             "does {he} pay for the {x}?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "The discount is {=$}."),
               STEP(OFF, "u=a-t", "{N} pays {=$}.") } },
  { .name = "percent-discount-many",
    .draw = "a=20..100/5 p={10,20,25,30,40,50} n=2..9 x:clothes",
    .ask = { "{Xs} cost ${a} each, but [this week|today] there is a discount of {p}%. "
             "How much do {n x} cost now?",
             "{N} wants {n x}. The normal price is ${a} each, and the store takes {p}% "
             "off. How much will {he} pay?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "The discount on one {x} is {=$}."),
               STEP(OFF, "u=a-t", "One {x} now costs {=$}."),
               STEP(EACH, "v=n*u", "All of them cost {=$}.") } },
  { .name = "percent-tip",
    .draw = "a=20..300/2 p={5,10,15,20,25,30} n=2..8",
    .ask = { "{n friend} have dinner. The bill is ${a}, and they add a tip of {p}%. "
             "They share the cost equally. How much does each of them pay?",
             "A dinner for {n friend} costs ${a} and they leave a {p}% tip. If they "
             "share everything equally, how much does each friend pay?" },
    .steps = { STEP(PERCENT, "~t=a*p/100", "The tip is {=$}."),
               STEP(RAISE, "~u=a+t", "With the tip they pay {=$}."),
               STEP(SHARE, "v=u/n", "Each friend pays {=$}.") } },
  { .name = "percent-tax",
    .draw = "a=2..9 p=10..95/5 r={5,10,20} x:home",
    .ask = { "{N} buys {a x} for ${p} each. There is a tax of {r}% on top of the "
             "price. How much does {N} pay with the tax?",
             "{An x} costs ${p} before tax. The tax is {r}%. What do {a x} cost with "
             "tax?" },
    .steps = { STEP(EACH, "t=a*p", "Before tax, the {xs} cost {=$}."),
               STEP(PERCENT, "~u=t*r/100", "The tax is {=$}."),
               STEP(RAISE, "v=t+u", "[Altogether|In total] that is {=$}.") } },
  { .name = "percent-children",
    .draw = "a=20..400/5 p={20,25,30,35,40,45,55,60,65,70,75} b=2..30",
    .require = "v<u",
    .ask = { "There are {a child} in a school. {p}% of them come by bus. Of the "
             "others, {b} come by bike and the rest walk. How many children walk to "
             "school?",
             "{p}% of the {a child} of a school take the bus. {b} of the others ride a "
             "bike, and all the rest walk. How many children walk?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "{= child} come by bus."),
               STEP(REST, "u=a-t", "The other {=} do not take the bus."),
               STEP(REST, "v=u-b", "{= child} walk.") } },
  { .name = "percent-town",
    .draw = "a=1000..9000/100 p={5,10,15,20,25,30,40} b=20..400/10",
    .ask = { "A town had {a} people. In one year the number grew by {p}%. The next "
             "year {b more person} came. How many people live in the town now?",
             "A small town with {a person} grew by {p}% in ten years. After that, "
             "{b more person} moved there. How many people are there now?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "The town grew by {= person}."),
               STEP(RAISE, "u=a+t", "Then it had {= person}."),
               STEP(CALC, "v=u+b", "Now it has {= person}.") } },
  { .name = "percent-price-rise",
    .draw = "a=10..60 p={5,10,15,20,25,30,40,50} n=2..12",
    .ask = { "A [concert|museum|football] ticket cost ${a} last year. This year the "
             "price is {p}% higher. How much do {n ticket} cost this year?",
             "The price of a train ticket went up by {p}%. Before, it was ${a}. How "
             "much must {N} pay now for {n ticket}?" },
    .steps = { STEP(PERCENT, "~t=a*p/100", "The price went up by {=$}."),
               STEP(RAISE, "~u=a+t", "One ticket now costs {=$}."),
               STEP(EACH, "v=n*u", "{n ticket} cost {=$}.") } },
  { .name = "percent-test",
    .draw = "a=20..150/5 p={55,60,65,70,75,80,85,90,95} k=2..10",
    .ask = { "A test has {a question}, and each right answer gives {k point}. {N} "
             "answers {p}% of the questions right. How many points does {he} get?",
             "{N} gets {p}% of the {a question} of a test right. If a right answer is "
             "worth {k point}, how many points does {he} have?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "{N} has {= right answer}."),
               STEP(EACH, "u=t*k", "{He} gets {= point}.") } },
  { .name = "percent-commission",
    .draw = "a=10..90/5 n=3..20 p={5,10,15,20} b=100..500/20",
    .ask = { "{N} sells phones for ${a} each. {He} gets ${b} a week and {p}% of what "
             "{he} sells. This week {he} sold {n phone}. How much did {he} earn this "
             "week?",
             "Each week {N} earns ${b}, and {p}% of the money from the lamps {he} "
             "sells. A lamp costs ${a}. How much does {N} earn in a week with {n lamp} "
             "sold?" },
    .steps = { STEP(EACH, "t=n*a", "{N} sold things for {=$}."),
               STEP(PERCENT, "~u=t*p/100", "{His} part of that is {=$}."),
               STEP(RAISE, "v=b+u", "Together {he} earned {=$}.") } },
  { .name = "percent-coupon",
    .draw = "a=30..300/5 p={10,20,25,30,40,50} c=2..15",
    .require = "v>10",
    .ask = { "The price of a [coat|chair|tent|bag] is ${a}. In the sale it is {p}% "
             "off, and {N} also has a coupon for ${c}. What does {he} pay after the "
             "discount and the coupon?",
             "{N} finds a [coat|chair|tent|bag] for ${a}. The store gives {him} {p}% "
             "off, and after that a coupon takes away another ${c}. How much does {he} "
             "pay?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "The discount is {=$}."),
               STEP(OFF, "u=a-t", "After the discount the price is {=$}."),
               STEP(REST, "v=u-c", "With the coupon {N} pays {=$}.") } },
  { .name = "percent-tank",
    .draw = "a=40..600/10 p={10,15,20,25,30,40,60,70,75,80} r=2..10",
    .ask = { "A tank can hold {a liter} of water and is {p}% full. A pump adds "
             "{r liter} a minute. How many minutes does it take to fill the tank?",
             "A water tank for {a liter} is only {p}% full. {N} fills it with a pump "
             "that brings {r liter} each minute. How many minutes does that take?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "There are {= liter} in the tank."),
               STEP(REST, "u=a-t", "It needs {= more liter}."),
               STEP(RATE, "v=u/r", "That takes {= minute}.") } },
  { .name = "percent-interest",
    .draw = "a=100..2000/50 p=2..12 n=2..9",
    .ask = { "{N} lends a friend ${a}. For each year the friend must pay back {p}% of "
             "this sum on top. How much does {N} get back after {n year}?",
             "{N} puts ${a} in a bank. Every year the bank adds {p}% of the first sum. "
             "How much is in the bank after {n year}?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "Each year adds {=$}."),
               STEP(EACH, "u=t*n", "In {n year} that is {=$}."),
               STEP(RAISE, "v=a+u", "In the end there are {=$}.") } },
  { .name = "percent-of-what",
    .draw = "a=20..200/5 b=3..90 c=3..90",
    .require = "t<a, u<100, u>1",
    .ask = { "A farmer picks {a apple}. {b} of them are red and {c} are green. What "
             "percent of the apples are red or green?",
             "Of the {a car} in a parking place, {b} are black and {c} are white. What "
             "percent of the cars are black or white?" },
    .steps = { STEP(CALC, "t=b+c", "Together these are {=}."),
               STEP(CALC, "u=t*100/a", "That is {=} percent.") } },
  { .name = "percent-two-parts",
    .draw = "a=800..4000/50 p={20,25,30,35,40,45,50} q={5,10,15,20,25}",
    .ask = { "{N} earns ${a} a month. {He} pays {p}% of it for rent and {q}% of it for "
             "food. How much money is left each month?",
             "Of the ${a} that {N} earns each month, {p}% goes to rent and {q}% to "
             "food. How many dollars are left?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "The rent is {=$}."),
               STEP(PERCENT, "u=a*q/100", "The food costs {=$}."),
               STEP(CALC, "v=t+u", "Together that is {=$}."),
               STEP(REST, "r=a-v", "{N} has {=$} left.") } },
};

const struct story_table gsm8k_percent = { stories, COUNT(stories) };
