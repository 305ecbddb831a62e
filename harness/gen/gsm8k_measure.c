/* Stories about lengths, areas, weights, volumes and their units. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "measure-rope",
    .draw = "a=4..60 p={2,3,4,6,8,9,12,16} c=2..9",
    .require = "u>c",
    .ask = { "{N} cuts a rope of {a foot} into pieces of {p inch}. {He} gives "
             "{c piece} away. How many pieces does {he} keep?",
             "A rope is {a foot} long. {N} makes pieces of {p inch} from it and uses "
             "{c} of them. How many pieces are left?" },
    .steps = { STEP(DOZEN, "t=a*12", "The rope is {= inch} long."),
               STEP(RATE, "u=t/p", "That gives {= piece}."),
               STEP(REST, "v=u-c", "{= piece} are left.") } },
  { .name = "measure-fence",
    .draw = "a=6..60 b=4..50 g=2..6 p=3..20",
    .require = "a>b",
    .ask = { "{N's} garden is {a foot} long and {b foot} wide. {He} puts a fence "
             "around it but leaves {g foot} open for a gate. One foot of fence costs "
             "${p}. How much does the fence cost?",
             "A garden of {a} by {b foot} gets a fence all around, with a gap of "
             "{g foot} for a gate. At ${p} a foot, what does the fence cost?" },
    .steps = { STEP(CALC, "t=a+b", "One long and one short side are {= foot}."),
               STEP(BACK, "u=t*2", "All the sides are {= foot}."),
               STEP(REST, "v=u-g", "Without the gate that is {= foot}."),
               STEP(EACH, "r=v*p", "The fence costs {=$}.") } },
  { .name = "measure-carpet",
    .draw = "a=5..30 b=4..20 p=2..12",
    .require = "a>b",
    .ask = { "A room is {a foot} long and {b foot} wide. A carpet for the whole floor "
             "costs ${p} per square foot. How much does it cost?",
             "{N} buys a carpet for a floor of {a} by {b foot}. A square foot costs "
             "${p}. How much does {he} pay?" },
    .steps = { STEP(CALC, "t=a*b", "The floor has {= square foot}."),
               STEP(EACH, "u=t*p", "The carpet costs {=$}.") } },
  { .name = "measure-fence-posts",
    .draw = "s=2..12 n=3..30 a=s*n p=4..25",
    .ask = { "Along one straight side of a field, {a foot} long, {N} puts a post every "
             "{s foot}, with one at each end. Each post costs ${p}. How much do the "
             "posts cost?",
             "A straight road of {a foot} gets a lamp every {s foot}, also at the "
             "start and at the end. A lamp costs ${p}. What do all the lamps cost?" },
    .steps = { STEP(SHARE, "t=a/s", "There are {= gap}."),
               STEP(COUNT, "u=t+1", "So there are {=} to buy."),
               STEP(EACH, "v=u*p", "They cost {=$}.") } },
  { .name = "measure-juice",
    .draw = "a=2..20 m={100,125,200,250,400,500} p=1..6 c=2..30",
    .require = "r>1",
    .ask = { "{N} has {a liter} of juice and fills glasses of {m} milliliters. {He} "
             "sells each glass for ${p}. The juice cost {him} ${c}. How much does {he} "
             "gain?",
             "A stand sells juice in glasses of {m} milliliters at ${p} a glass. "
             "{a liter} of juice cost ${c}. What is the profit if all of it is sold?" },
    .steps = { STEP(UNIT, "t=a*1000", "There are {=} milliliters."),
               STEP(RATE, "u=t/m", "That fills {= glass}."),
               STEP(EACH, "v=u*p", "They sell for {=$}."),
               STEP(REST, "r=v-c", "The gain is {=$}.") } },
  { .name = "measure-boxes-weight",
    .draw = "a=3..30 k=2..25 b=2..20 m=2..30 e=20..200/10",
    .ask = { "A truck carries {a box} of {k} kilos each and {b bag} of {m} kilos each. "
             "The driver and {his} things weigh {e} kilos. How many kilos is that "
             "together?",
             "{a box} with {k} kilos each, {b bag} with {m} kilos each and a machine "
             "of {e} kilos are on a truck. How many kilos does the truck carry?" },
    .steps = { STEP(EACH, "t=a*k", "The boxes weigh {=} kilos."),
               STEP(EACH, "u=b*m", "The bags weigh {=} kilos."),
               STEP(CALC, "v=t+u+e", "[In all|Together] that is {=} kilos.") } },
  { .name = "measure-recipe",
    .draw = "a=2..9 n=2..8 k=2..12 m=n*k c=2..15",
    .ask = { "A soup for {n person} takes {a potato} and {c gram} of salt. {N} cooks "
             "for {m person}. How many potatoes does {he} need?",
             "{N} needs {a egg} and {c spoon} of sugar to bake for {n person}. How "
             "many eggs does {he} need to bake for {m person}?" },
    .steps = { STEP(SHARE, "t=m/n", "{N} makes it {=} times."),
               STEP(EACH, "u=t*a", "For that {he} needs {=}.") } },
  { .name = "measure-pool",
    .draw = "a=4..25 b=3..12 h=2..3 r=2..20",
    .require = "a>b",
    .ask = { "A pool is {a meter} long, {b meter} wide and {h meter} deep. Water flows "
             "in at {r} cubic meters an hour. How many hours does it take to fill the "
             "empty pool?" },
    .steps = { STEP(CALC, "t=a*b", "The floor has {=} square meters."),
               STEP(EACH, "u=t*h", "The pool holds {=} cubic meters."),
               STEP(RATE, "v=u/r", "It takes {= hour}.") } },
  { .name = "measure-ribbon",
    .draw = "k=3..40 n=2..15 p=2..9",
    .ask = { "{N} needs {k inch} of ribbon for a small gift and twice as much for a "
             "big gift. How many inches are needed for {n small gift} and {p big gift}?",
             "A small gift takes {k inch} of ribbon, a big one twice as much. {N} has "
             "{n small gift} and {p big gift}. How much ribbon, in inches, does {he} "
             "need?" },
    .steps = { STEP(EACH, "t=n*k", "The small gifts take {= inch}."),
               STEP(TIMES, "u=k*2", "A big gift takes {= inch}."),
               STEP(EACH, "v=p*u", "The big gifts take {= inch}."),
               STEP(CALC, "r=t+v", "In all that is {= inch}.") } },
  { .name = "measure-tiles",
    .draw = "a=4..30 b=3..20 s={2,3,4,5,6} p=2..12",
    .require = "a>b",
    .ask = { "A wall is {a foot} long and {b foot} high. {N} covers it with tiles of "
             "{s} square feet each, which cost ${p} apiece. How much do the tiles cost?",
             "Each tile has {s} square feet and costs ${p}. {N} covers a floor of {a} "
             "by {b foot}. How much does {he} pay for the tiles?" },
    .steps = { STEP(CALC, "t=a*b", "The area is {= square foot}."),
               STEP(SHARE, "u=t/s", "{N} needs {= tile}."),
               STEP(EACH, "v=u*p", "The tiles cost {=$}.") } },
  { .name = "measure-eggs",
    .draw = "d=2..25 b=2..30 c={2,3,4,5,6}",
    .require = "u>1, v>1",
    .ask = { "{N} buys {d} dozen eggs. {b} of them break. {He} needs {c egg} for one "
             "cake and bakes as many cakes as {he} can without any egg left over. How "
             "many cakes are these?",
             "From {d} dozen eggs, {b} are broken. The rest are just enough for cakes "
             "with {c egg} each. How many cakes can {N} bake?" },
    .steps = { STEP(DOZEN, "t=d*12", "{N} has {= egg}."),
               STEP(REST, "u=t-b", "{= egg} are good."),
               STEP(RATE, "v=u/c", "{He} bakes {= cake}.") } },
  { .name = "measure-pounds",
    .draw = "a=2..30 m={2,4,8} p=2..9 x:snack",
    .ask = { "{N} buys {a pound} of {xs} and fills small bags with {m ounce} each. A "
             "pound has 16 ounces. {He} sells each bag for ${p}. How much money does "
             "{he} take in?",
             "There are 16 ounces in a pound. {N} puts {a pound} of {xs} into bags of "
             "{m ounce} and sells them at ${p} a bag. How much money does {he} get?" },
    .steps = { STEP(UNIT, "t=a*16", "That is {= ounce}."),
               STEP(RATE, "u=t/m", "{N} fills {= bag}."),
               STEP(EACH, "v=u*p", "They sell for {=$}.") } },
  { .name = "measure-cloth",
    .draw = "a=3..40 m={2,3,4,5,6} p=5..30 x:clothes",
    .ask = { "{N} has {a yard} of cloth. A yard has 3 feet. For one {x} {he} needs "
             "{m foot} of cloth. All the {xs} that can be made are sold for ${p} each. "
             "How much do they bring?" },
    .steps = { STEP(UNIT, "t=a*3", "There are {= foot} of cloth."),
               STEP(RATE, "u=t/m", "That is enough for {= x}."),
               STEP(EACH, "v=u*p", "They bring {=$}.") } },
};

const struct story_table gsm8k_measure = { stories, COUNT(stories) };
