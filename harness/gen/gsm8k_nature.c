/* Stories about farms, animals, gardens and the weather. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "nature-legs",
    .draw = "a=3..50 b=2..40",
    .ask = { "A farmer has {a chicken} and {b cow}. How many legs do the animals and "
             "the farmer have together?",
             "On a farm there are {a duck} and {b goat}, and one farmer. How many legs "
             "is that [in all|altogether]?" },
    .steps = { STEP(EACH, "t=a*2", "The birds have {= leg}."),
               STEP(EACH, "u=b*4", "The others have {= leg}."),
               STEP(CALC, "v=t+u+2", "With the farmer that is {= leg}.") } },
  { .name = "nature-orchard",
    .draw = "r=3..20 t=4..25 k=20..120/5 d=2..12",
    .require = "n>d",
    .ask = { "An orchard has {r row} of {t tree}. This year {d tree} have no fruit, "
             "and each of the others gives {k apple}. How many apples are there?",
             "{N} has {r row} with {t apple tree} each. {d tree} are too young. Every "
             "other tree gives {k apple}. How many apples does {N} get?" },
    .steps = { STEP(EACH, "n=r*t", "There are {= tree}."),
               STEP(REST, "u=n-d", "{= tree} have fruit."),
               STEP(EACH, "v=u*k", "They give {= apple}.") } },
  { .name = "nature-garden",
    .draw = "a=20..200 d={2,4,5,8,10} b=2..40 x:flower",
    .ask = { "{N} plants {a x}. {1/d} of them do not grow. Later {he} plants {b x} "
             "more, and all of these grow. How many {xs} grow in the garden?",
             "Of {a x} in {N's} garden, {1/d} dry up. Then {he} plants {b} new ones. "
             "How many {xs} are in the garden then?" },
    .steps = { STEP(SHARE, "t=a/d", "{= x} are lost."),
               STEP(REST, "u=a-t", "{= x} are left."),
               STEP(CALC, "v=u+b", "In the end there are {= x}.") } },
  { .name = "nature-fish",
    .draw = "a=5..60 b=3..40 d=2..30 k=2..4",
    .require = "v>1",
    .ask = { "{N} has {a red fish} and {b blue fish}. In spring {he} has {k times} as "
             "many fish as before, and gives {d} away. How many fish does {he} keep?",
             "There are {a red fish} and {b blue fish} in a pool. A year later there "
             "are {k times} as many fish, and {d} are taken out. How many fish are "
             "left?" },
    .steps = { STEP(CALC, "t=a+b", "At first there are {=} fish."),
               STEP(TIMES, "u=t*k", "Later there are {=} fish."),
               STEP(REST, "v=u-d", "In the end there are {=} fish.") } },
  { .name = "nature-harvest",
    .draw = "a=3..30 b=3..30 k=4..20 p=2..9 x:vegetable",
    .ask = { "{N} fills {a basket} with {xs} on Monday and {b basket} on Tuesday. A "
             "basket holds {k} kilos, and a kilo sells for ${p}. How much does {N} get "
             "for all the {xs}?",
             "In two days {N} picks {a basket} and {b basket} of {xs}, with {k} kilos "
             "in each basket. What does {he} earn at ${p} a kilo?" },
    .steps = { STEP(CALC, "t=a+b", "{N} fills {= basket}."),
               STEP(EACH, "u=t*k", "They hold {=} kilos."),
               STEP(EACH, "v=u*p", "That brings {=$}.") } },
  { .name = "nature-shelter",
    .draw = "a=20..90 n=2..8 b=3..9 c=2..8 x:pet",
    .require = "a>u+5",
    .ask = { "A home for animals has {a x}. Every week {b x} go to new families and "
             "{c new x} come. How many {xs} are there after {n week}?",
             "There are {a x} in an animal home. Each week {b} leave and {c} come. How "
             "many are there {n week} later?" },
    .steps = { STEP(MORE, "t=b-c", "Each week there are {=} fewer."),
               STEP(EACH, "u=t*n", "In {n week} that makes {=} fewer."),
               STEP(REST, "v=a-u", "Then there are {= x}.") } },
  { .name = "nature-dog-food",
    .draw = "a=2..9 b=2..6 d=5..40 k={10,20,25,40,50} p=5..30",
    .ask = { "{N} has {a dog}. Each eats {b cup} of food a day. A bag has {k cup} and "
             "costs ${p}. How much does {N} pay for the bags needed for {d day}?",
             "{a dog} eat {b cup} of food each, every day, for {d day}. The food comes "
             "in bags of {k cup} at ${p} a bag. How much do the needed bags cost?" },
    .steps = { STEP(EACH, "t=a*b", "The dogs eat {= cup} a day."),
               STEP(EACH, "u=t*d", "In {d day} they eat {= cup}."),
               STEP(CEIL, "r=u/k", "That is {=}, so {r bag} are needed."),
               STEP(EACH, "v=r*p", "The bags cost {=$}.") } },
  { .name = "nature-rain",
    .draw = "a=2..40 b=2..40 c=2..40 d=2..40",
    .ask = { "It rains {a} millimeters on Monday, {b} on Tuesday, {c} on Wednesday and "
             "{d} on Thursday. What is the average rain per day in millimeters?",
             "In four days there are {a}, {b}, {c} and {d} millimeters of rain. How "
             "many millimeters a day is that on average?" },
    .steps = { STEP(CALC, "t=a+b+c+d", "In all there are {=} millimeters."),
               STEP(MEAN, "u=t/4", "The average is {=} millimeters a day.") } },
  { .name = "nature-plant-height",
    .draw = "a=3..40 g=2..9 n=3..20 b=2..12",
    .require = "u>b",
    .ask = { "{N's} sunflower is {a inch} tall. It grows {g inch} each week for "
             "{n week}. Then {N} cuts off {b inch}. How tall is it now, in inches?",
             "A plant of {a inch} grows {g inch} a week. After {n week}, {N} cuts "
             "{b inch} from the top. How many inches tall is the plant then?" },
    .steps = { STEP(EACH, "t=g*n", "It grows {= inch}."),
               STEP(CALC, "u=a+t", "Before the cut it is {= inch} tall."),
               STEP(REST, "v=u-b", "After that it is {= inch} tall.") } },
  { .name = "nature-honey",
    .draw = "h=2..20 j=5..40 b=2..30 p=4..12",
    .require = "t>b",
    .ask = { "{N} keeps bees in {h box}. Each box gives {j jar} of honey. {He} keeps "
             "{b jar} for the family and sells the rest for ${p} each. How much money "
             "does {he} get?",
             "Each of {N's} {h bee box} gives {j jar} of honey. {b jar} are for "
             "friends, and every other jar is sold at ${p}. How much do they bring?" },
    .steps = { STEP(EACH, "t=h*j", "There are {= jar} of honey."),
               STEP(REST, "u=t-b", "{N} sells {= jar}."),
               STEP(EACH, "v=u*p", "{He} gets {=$}.") } },
  { .name = "nature-milk",
    .draw = "c=3..40 m=8..30 f=10..60/5 d=2..10",
    .require = "t>f+5",
    .ask = { "A farmer has {c cow}, and each gives {m liter} of milk a day. {f liter} "
             "a day go to the calves. How many liters can be sold in {d day}?",
             "Each of {c cow} gives {m liter} of milk a day. The family makes cheese "
             "from {f liter} a day and sells the rest. How many liters does it sell in "
             "{d day}?" },
    .steps = { STEP(EACH, "t=c*m", "The cows give {= liter} a day."),
               STEP(REST, "u=t-f", "{= liter} a day are sold."),
               STEP(EACH, "v=u*d", "In {d day} that is {= liter}.") } },
  { .name = "nature-birds",
    .draw = "a=10..80 b=3..30 k=2..4 c=3..40",
    .require = "t>1, v>1",
    .ask = { "{a bird} sit in a tree. {b} of them fly away. Then {k times} as many "
             "birds come as flew away. After that, {c} fly off. How many birds are in "
             "the tree?" },
    .steps = { STEP(REST, "t=a-b", "At first {= bird} stay."),
               STEP(TIMES, "u=b*k", "{= bird} come."),
               STEP(CALC, "r=t+u", "Then there are {= bird}."),
               STEP(REST, "v=r-c", "In the end there are {= bird}.") } },
  { .name = "nature-seeds",
    .draw = "a=3..25 k=10..80/5 p={60,70,75,80,90} r={4,5,6,8,9,10,12}",
    .ask = { "{N} has {a bag} with {k seed} in each. {p}% of the seeds grow into "
             "plants. {He} puts the plants in rows of {r}. How many rows are there?",
             "From {a bag} with {k seed} each, {p}% grow. {N} plants them {r} to a "
             "row. How many rows does {he} get?" },
    .steps = { STEP(EACH, "t=a*k", "There are {= seed}."),
               STEP(PERCENT, "u=t*p/100", "{= plant} grow."),
               STEP(SHARE, "v=u/r", "They make {= row}.") } },
};

const struct story_table gsm8k_nature = { stories, COUNT(stories) };
