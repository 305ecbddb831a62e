/* Stories about ways, speeds, fuel, trains and buses. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "travel-two-legs",
    .draw = "a=30..80/5 h=2..6 b=20..70 k=2..5",
    .ask = { "{N} drives for {h hour} at {a} miles an hour and then for {k hour} at "
             "{b} miles an hour. How many miles does {he} drive in all?",
             "A bus goes {a} miles an hour for {h hour}. After that it goes {b} miles "
             "an hour for {k hour}. How far does it go [in total|altogether]?" },
    .steps = { STEP(EACH, "t=a*h", "The first part is {= mile}."),
               STEP(EACH, "u=b*k", "The second part is {= mile}."),
               STEP(CALC, "v=t+u", "[In total|Altogether] that is {= mile}.") } },
  { .name = "travel-hours-needed",
    .draw = "s=20..80/2 n=3..12 d=2..6 e=s*n c=e-s*d",
    .require = "n>d",
    .ask = { "{N's} way to {his} sister is {e mile} long. {He} drives {s} miles an "
             "hour. {He} has already done {c mile}. How many more hours must {he} "
             "drive?",
             "A trip is {e mile} long, and {c mile} of it are done. How many hours "
             "will the rest take at {s} miles an hour?" },
    .steps = { STEP(REST, "t=e-c", "There are {= mile} left."),
               STEP(RATE, "u=t/s", "That takes {= hour}.") } },
  { .name = "travel-work-way",
    .draw = "a=2..30 d=3..6 n=2..10",
    .ask = { "{N} lives {a mile} from work. {He} drives there and back {d day} a week. "
             "How many miles does {he} drive in {n week}?",
             "It is {a mile} from {N's} home to {his} office. {He} goes there and "
             "comes back on {d day} of each week. How many miles is that in {n week}?" },
    .steps = { STEP(BACK, "t=a*2", "There and back is {= mile}."),
               STEP(EACH, "u=t*d", "In a week that is {= mile}."),
               STEP(EACH, "v=u*n", "In {n week} it is {= mile}.") } },
  { .name = "travel-fuel",
    .draw = "m=20..50 g=2..14 a=m*g p=2..6",
    .ask = { "{N's} car goes {m mile} on one gallon of gas. A gallon costs ${p}. How "
             "much does the gas for a trip of {a mile} cost?",
             "Gas costs ${p} a gallon, and with one gallon {N} can drive {m mile}. "
             "What does {he} pay for the gas of a {a}-mile trip?" },
    .steps = { STEP(RATE, "t=a/m", "The trip takes {= gallon} of gas."),
               STEP(EACH, "u=t*p", "The gas costs {=$}.") } },
  { .name = "travel-average-speed",
    .draw = "a=20..180/5 b=20..180/5 h=2..4 k=2..4",
    .require = "v>8, v<80",
    .ask = { "{N} drives {a mile} in {h hour} and then {b mile} in {k hour}. What is "
             "{his} average speed in miles per hour?",
             "On a trip {N} did {a mile} in the first {h hour} and {b mile} in the "
             "next {k hour}. How many miles per hour is that on average?" },
    .steps = { STEP(CALC, "t=a+b", "{N} drives {= mile}."),
               STEP(CALC, "u=h+k", "It takes {him} {= hour}."),
               STEP(RATE, "v=t/u", "The average speed is {=} miles per hour.") } },
  { .name = "travel-two-cars",
    .draw = "a=35..90 b=25..80 h=2..9",
    .require = "a>b+3",
    .ask = { "Two cars start at the same time from the same place and go the same way. "
             "One drives {a} miles an hour, the other {b} miles an hour. How far apart "
             "are they after {h hour}?",
             "{N} drives {a} miles an hour and {M} drives {b} miles an hour. How many "
             "more miles does {N} drive than {M} in {h hour}?" },
    .steps = { STEP(EACH, "t=a*h", "The faster one drives {= mile}."),
               STEP(EACH, "u=b*h", "The slower one drives {= mile}."),
               STEP(MORE, "v=t-u", "The difference is {= mile}.") } },
  { .name = "travel-bus-stops",
    .draw = "a=15..45 b=3..14 c=2..20 d=3..14 e=2..20",
    .require = "v<60",
    .ask = { "A bus starts with {a person}. At the first stop {b person} get off and "
             "{c} get on. At the second stop {d person} get off and {e} get on. How "
             "many people are on the bus now?" },
    .steps = { STEP(REST, "t=a-b", "After some people get off, there are {=} left."),
               STEP(CALC, "u=t+c", "Then there are {= person}."),
               STEP(REST, "r=u-d", "At the second stop {= person} stay on."),
               STEP(CALC, "v=r+e", "In the end there are {= person} on the bus.") } },
  { .name = "travel-buses-needed",
    .draw = "a=30..300 b=4..30 k={20,25,40,50} p=60..300/10",
    .ask = { "{a child} and {b teacher} of a school go to a museum by bus. A bus has "
             "{k seat} and costs ${p}. How much do the buses cost?",
             "For a trip, {a child} and {b teacher} need buses with {k seat} each. One "
             "bus costs ${p}. How much must the school pay for the buses?" },
    .steps = { STEP(CALC, "t=a+b", "Seats are needed for {= person}."),
               STEP(CEIL, "u=t/k",
                    "For that, {=} buses are full, so {u bus} are needed."),
               STEP(EACH, "v=u*p", "The buses cost {=$}.") } },
  { .name = "travel-hike",
    .draw = "m=3..30 a={2,2.5,3,3.5,4,5} b={2.5,3,3.5,4,5,6} r=1..9",
    .require = "b>a",
    .ask = { "{N} walks {m mile} up to a lake at {a} miles an hour and stays there for "
             "{r hour}. Going back down the same way, {he} walks {b} miles an hour. "
             "How many hours does it all take?",
             "The way up a mountain is {m mile}. {N} goes up at {a} miles an hour, "
             "rests for {r hour}, and goes down again at {b} miles an hour. How many "
             "hours does it take {him}?" },
    .steps = { STEP(RATE, "~t=m/a", "The way up takes {= hour}."),
               STEP(RATE, "~u=m/b", "The way down takes {= hour}."),
               STEP(CALC, "v=t+u+r", "Together that is {= hour}.") } },
  { .name = "travel-taxi",
    .draw = "b=2..12 m=3..30 p=2..6 t=2..10",
    .ask = { "A taxi costs ${b} at the start and ${p} for each mile. {N} rides "
             "{m mile} and gives the driver a tip of ${t}. How much does {he} pay?",
             "{N} takes a taxi for {m mile}. The driver asks ${b} plus ${p} a mile, "
             "and {N} adds a tip of ${t}. How much is that [in all|altogether]?" },
    .steps = { STEP(EACH, "u=m*p", "The miles cost {=$}."),
               STEP(CALC, "v=u+b", "The ride costs {=$}."),
               STEP(CALC, "r=v+t", "With the tip {N} pays {=$}.") } },
  { .name = "travel-plane-seats",
    .draw = "r=10..40 s=4..9 e=5..60 k=2..5",
    .require = "u>e",
    .ask = { "A plane has {r row} with {s seat} in each. On a flight {e seat} are "
             "empty. How many people would be on {k such flight}?",
             "There are {r row} of {s seat} in a plane. If {e seat} stay empty each "
             "time, how many people can fly in {k flight}?" },
    .steps = { STEP(EACH, "t=r*s", "The plane has {= seat}."),
               STEP(REST, "u=t-e", "{= person} are on one flight."),
               STEP(EACH, "v=u*k", "On {k flight} there are {= person}.") } },
  { .name = "travel-map",
    .draw = "a=2..15 m=5..60/5 b=2..12",
    .ask = { "On a map one inch stands for {m mile}. The way from the lake to the town "
             "is {a inch} long, and from the town to the sea {b inch}. How many miles "
             "is it from the lake to the sea through the town?",
             "One inch on {N's} map is {m mile}. {He} wants to go {a inch} on the map "
             "today and {b inch} tomorrow. How many miles is that?" },
    .steps = { STEP(CALC, "t=a+b", "On the map that is {= inch}."),
               STEP(EACH, "u=t*m", "In miles that is {= mile}.") } },
  { .name = "travel-steps",
    .draw = "a=2..12 s=40..120/5 m=10..60/5",
    .ask = { "{N} walks {a time} a week for {m minute} and makes {s step} a minute. "
             "How many steps does {he} make in a week on these walks?",
             "On a walk of {m minute}, {N} makes {s step} each minute. How many steps "
             "are {a such walk}?" },
    .steps = { STEP(EACH, "t=m*s", "One walk has {= step}."),
               STEP(EACH, "u=t*a", "All the walks have {= step}.") } },
  { .name = "travel-run-training",
    .draw = "a=2..9 k=2..4 d=1..6 n=2..8",
    .ask = { "Every week {N} runs {a mile} on Monday, {k times} as far on Wednesday "
             "and {d more mile} on Friday than on Monday. How many miles does {he} run "
             "in {n week}?" },
    .steps = { STEP(TIMES, "t=a*k", "On Wednesday {N} runs {= mile}."),
               STEP(ABOVE, "u=a+d", "On Friday {he} runs {= mile}."),
               STEP(CALC, "v=a+t+u", "In a week that is {= mile}."),
               STEP(EACH, "r=v*n", "In {n week} it is {= mile}.") } },
};

const struct story_table gsm8k_travel = { stories, COUNT(stories) };
