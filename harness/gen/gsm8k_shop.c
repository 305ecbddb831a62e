/* Stories about buying and selling in shops and markets. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "shop-two-kinds",
    .draw = "a=2..12 p=2..9 b=2..12 q=2..9 x:fruit y:vegetable",
    .ask = { "{N} buys {a x} for ${p} each and {b y} for ${q} each. How much does {he} "
             "[spend|pay] [in total|altogether]?",
             "At the market, one {x} costs ${p} and one {y} costs ${q}. {N} buys {a x} "
             "and {b y}. What is the total cost?" },
    .steps = { STEP(EACH, "t=a*p", "The {xs} cost {=$}."),
               STEP(EACH, "u=b*q", "The {ys} cost {=$}."),
               STEP(CALC, "v=t+u", "[In total|Together] that is {=$}.") } },
  { .name = "shop-change",
    .draw = "a=2..9 p=2..12 m={20,50,100} x:school",
    .require = "m<=t*5",
    .ask = { "{N} buys {a x} that cost ${p} each. {He} pays with a ${m} bill. How much "
             "change does {he} get?",
             "{An x} costs ${p}. {N} takes {a x} to the cash desk and gives the clerk "
             "${m}. How much money does {he} get back?" },
    .steps = { STEP(EACH, "t=a*p", "The {xs} cost {=$}."),
               STEP(REST, "u=m-t", "{N} gets back {=$}.") } },
  { .name = "shop-money-left",
    .draw = "a=30..120/5 b=2..6 p=3..9 q=4..15 x:clothes",
    .require = "v>1",
    .ask = { "{N} has ${a}. {He} buys {b book} for ${p} each and {an x} for ${q}. How "
             "much money does {he} have left?",
             "With ${a} in {his} pocket, {N} goes shopping. {He} pays ${q} for {an x} "
             "and ${p} each for {b book}. How many dollars are left?" },
    .steps = { STEP(EACH, "t=b*p", "The books cost {=$}."),
               STEP(CALC, "u=t+q", "{N} spends {=$} [in total|altogether]."),
               STEP(REST, "v=a-u", "{He} has {=$} left.") } },
  { .name = "shop-cents",
    .draw = "a=2..12 p=0.25..4.75/0.25 b=2..12 q=0.5..3.5/0.5 x:baked y:fruit",
    .ask = { "{An x} costs {$p} and {an y} costs {$q}. How many dollars do {a x} and "
             "{b y} cost [together|in total]?",
             "{N} gets {a x} at {$p} each and {b y} at {$q} each. How much does {he} "
             "pay?" },
    .steps = { STEP(EACH, "~t=a*p", "The {xs} cost {=$}."),
               STEP(EACH, "~u=b*q", "The {ys} cost {=$}."),
               STEP(CALC, "v=t+u", "The total is {=$}.") } },
  { .name = "shop-packs",
    .draw = "k=4..12 n=3..12 a=k*n p=2..15 x:toy",
    .ask = { "{N} needs {a x} for a game. They are sold in packs of {k} for ${p} a "
             "pack. How much must {he} pay?",
             "A pack of {k x} costs ${p}. {N} wants {a x}. How much will {he} spend?" },
    .steps = { STEP(SHARE, "t=a/k", "{N} needs {= pack}."),
               STEP(EACH, "u=t*p", "The packs cost {=$}.") } },
  { .name = "shop-how-many",
    .draw = "p=2..12 n=2..12 q=3..25 m=p*n+q x:toy y:clothes",
    .require = "m<=120",
    .ask = { "{N} has ${m}. After buying {an y} for ${q}, {he} spends the rest on {xs} "
             "that cost ${p} each. How many {xs} does {he} buy?",
             "{N} takes ${m} to the fair. First {he} pays ${q} for {an y}. How many "
             "{xs} at ${p} each can {he} buy with the rest?" },
    .steps = { STEP(REST, "t=m-q", "After the {y}, {N} has {=$}."),
               STEP(SHARE, "u=t/p", "{He} can buy {= x}.") } },
  { .name = "shop-split-bill",
    .draw = "n=2..6 a=2..8 p=5..14 b=2..8 q=2..5",
    .ask = { "{n friend} go out to eat. They order {a meal} for ${p} each and "
             "{b drink} for ${q} each, and split the bill equally. How much does each "
             "friend pay?",
             "At a cafe, {n friend} share {a plate} of food at ${p} a plate and "
             "{b juice} at ${q} a glass. If they all pay the same, how much does each "
             "one pay?" },
    .steps = { STEP(EACH, "t=a*p", "The food costs {=$}."),
               STEP(EACH, "u=b*q", "The drinks cost {=$}."),
               STEP(CALC, "v=t+u", "The bill is {=$}."),
               STEP(SHARE, "r=v/n", "Each friend pays {=$}.") } },
  { .name = "shop-two-stores",
    .draw = "a=3..15 p=12..60 q=8..59 x:home",
    .require = "p>q, p<=2*q",
    .ask = { "{An x} costs ${p} at the first store and ${q} at the second store. {N} "
             "needs {a x}. How much does {he} save by going to the second store?",
             "One store sells {xs} for ${p} each. Another store sells them for ${q} "
             "each. How much less do {a x} cost at the cheaper store?" },
    .steps = { STEP(EACH, "t=a*p", "At the first store the {xs} cost {=$}."),
               STEP(EACH, "u=a*q", "At the [second|other] store they cost {=$}."),
               STEP(MORE, "v=t-u", "The difference is {=$}.") } },
  { .name = "shop-times-price",
    .draw = "p=3..60 k=2..6 x:clothes y:home",
    .ask = { "{An x} costs ${p}. {An y} costs {k times} as much. How much do the {x} "
             "and the {y} cost together?",
             "{N} pays ${p} for {an x} and {k times} as much for {an y}. How much does "
             "{he} spend in all?" },
    .steps = { STEP(TIMES, "t=p*k", "The {y} costs {=$}."),
               STEP(CALC, "u=p+t", "Together they cost {=$}.") } },
  { .name = "shop-one-free",
    .draw = "k=2..5 g=2..6 a=k*g+g p=2..12 x:snack",
    .ask = { "A shop has an offer: for every {k bag} of {xs} you buy, you get one more "
             "bag for free. One bag costs ${p}. How much must {N} pay to take home "
             "{a bag}?" },
    .steps = { STEP(COUNT, "t=k+1", "With each offer you get {= bag}."),
               STEP(SHARE, "u=a/t", "{N} needs the offer {=} times."),
               STEP(EACH, "v=u*k", "{He} pays for {= bag}."),
               STEP(EACH, "r=v*p", "That costs {=$}.") } },
  { .name = "shop-outfit",
    .draw = "a=8..40 d=3..25 k=2..4",
    .ask = { "{N} buys a shirt for ${a}. The pants cost ${d} more than the shirt, and "
             "the shoes cost {k times} as much as the shirt. How much does {N} spend?",
             "A shirt costs ${a}. Pants cost ${d} more than the shirt. Shoes cost "
             "{k times} as much as the shirt. What do all three cost together?" },
    .steps = { STEP(ABOVE, "t=a+d", "The pants cost {=$}."),
               STEP(TIMES, "u=a*k", "The shoes cost {=$}."),
               STEP(CALC, "v=a+t+u", "[In total|Altogether] that is {=$}.") } },
  { .name = "shop-market-stand",
    .draw = "a=10..40 p=2..6 b=5..30 q=2..8 c=10..50/5 x:vegetable y:fruit",
    .require = "v>c",
    .ask = { "{N} has a stand at the market. [Today|On Saturday] {he} sells {a bag} of "
             "{xs} for ${p} each and {b bag} of {ys} for ${q} each. The stand costs "
             "${c} a day. How much money does {N} have at the end of the day?" },
    .steps = { STEP(EACH, "t=a*p", "{N} gets {=$} for the {xs}."),
               STEP(EACH, "u=b*q", "{He} gets {=$} for the {ys}."),
               STEP(CALC, "v=t+u", "Together that is {=$}."),
               STEP(REST, "r=v-c", "After paying for the stand, {he} has {=$}.") } },
};

const struct story_table gsm8k_shop = { stories, COUNT(stories) };
