/* Stories with five and six steps. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "long-bakery-day",
    .draw = "a=2..9 b=6..24 p=2..6 c=20..90/5 h=3..8 r=10..20 x:baked",
    .require = "u>s+5",
    .ask = { "{N} bakes {a tray} of {xs} with {b x} on each and sells all of them for "
             "${p} each. {He} pays ${c} for flour and eggs, and ${r} an hour to a "
             "helper who works {h hour}. How much money does {N} keep?" },
    .steps = { STEP(EACH, "t=a*b", "{N} bakes {= x}."),
               STEP(EACH, "u=t*p", "They sell for {=$}."),
               STEP(EACH, "v=h*r", "The helper gets {=$}."),
               STEP(CALC, "s=c+v", "In all {N} pays {=$}."),
               STEP(REST, "k=u-s", "{He} keeps {=$}.") } },
  { .name = "long-school-trip",
    .draw = "a=18..90 b=2..9 p=4..15 q=8..30 k={20,25,40,50} m=80..300/10",
    .require = "q>p",
    .ask = { "{a child} and {b adult} go to a zoo. A ticket costs ${p} for a child and "
             "${q} for an adult. They also rent buses with {k seat} each, at ${m} a "
             "bus. How much does the trip cost?" },
    .steps = { STEP(EACH, "t=a*p", "The children pay {=$}."),
               STEP(EACH, "u=b*q", "The adults pay {=$}."),
               STEP(CALC, "v=a+b", "Seats are needed for {= person}."),
               STEP(CEIL, "s=v/k", "That fills {=} buses, so {s bus} are needed."),
               STEP(EACH, "r=s*m", "The buses cost {=$}."),
               STEP(CALC, "n=t+u+r", "In all the trip costs {=$}.") } },
  { .name = "long-sale-basket",
    .draw = "a=2..6 p=10..60/2 b=2..6 q=5..40 d={10,20,25,40,50} m={200,300,400,500} "
            "x:clothes y:home",
    .ask = { "{N} buys {a x} at ${p} each and {b y} at ${q} each. The store takes {d}% "
             "off the whole bill. {N} has ${m}. How much money is left after that?" },
    .steps = { STEP(EACH, "t=a*p", "The {xs} cost {=$}."),
               STEP(EACH, "u=b*q", "The {ys} cost {=$}."),
               STEP(CALC, "v=t+u", "The bill is {=$}."),
               STEP(PERCENT, "~s=v*d/100", "The discount is {=$}."),
               STEP(OFF, "~r=v-s", "{N} pays {=$}."),
               STEP(REST, "n=m-r", "{He} has {=$} left.") } },
  { .name = "long-two-farms",
    .draw = "a=3..20 b=4..25 c=3..20 d=4..25 p=2..9 x:vegetable",
    .require = "t!u",
    .ask = { "{N} has {a row} of {b plant} and {M} has {c row} of {d plant}. Every "
             "plant gives {p} kilos of {xs}. Half of all the {xs} are sold. How many "
             "kilos are not sold?" },
    .steps = { STEP(EACH, "t=a*b", "{N} has {= plant}."),
               STEP(EACH, "u=c*d", "{M} has {= plant}."),
               STEP(CALC, "v=t+u", "Together that is {= plant}."),
               STEP(EACH, "s=v*p", "They give {=} kilos."),
               STEP(SHARE, "r=s/2", "So {=} kilos are not sold.") } },
  { .name = "long-year-of-saving",
    .draw = "a=900..4000/100 p={20,25,30,40,50} b=100..900/50 n=2..11 c=200..2000/50",
    .require = "u>b+20",
    .ask = { "{N} earns ${a} a month. {He} pays {p}% of it for rent and spends another "
             "${b} a month. The rest is saved. After {n month}, {he} pays ${c} for a "
             "trip. How much of the saved money is left?" },
    .steps = { STEP(PERCENT, "t=a*p/100", "The rent is {=$}."),
               STEP(REST, "u=a-t", "After the rent {N} has {=$}."),
               STEP(REST, "v=u-b", "{He} saves {=$} a month."),
               STEP(EACH, "s=v*n", "In {n month} that is {=$}."),
               STEP(REST, "r=s-c", "After the trip {=$} is left.") } },
  { .name = "long-relay",
    .draw = "a=4..30 d=2..12 k=2..4 b=2..9 n=2..8",
    .require = "b<u",
    .ask = { "Each week {N} runs {a mile}. {M} runs {d mile} more than {N}. {L} runs "
             "{k times} as far as {M}, but {b mile} of that are on a bike. How many "
             "miles do the three run on foot in {n week}?" },
    .steps = { STEP(ABOVE, "t=a+d", "{M} runs {= mile} a week."),
               STEP(TIMES, "u=t*k", "{L} does {= mile} a week."),
               STEP(REST, "v=u-b", "On foot {L} runs {= mile}."),
               STEP(CALC, "s=a+t+v", "Together they run {= mile} a week."),
               STEP(EACH, "r=s*n", "In {n week} that is {= mile}.") } },
  { .name = "long-theater",
    .draw = "r=10..40 s=8..30 d={2,3,4,5} p=5..20 e=20..400/10",
    .ask = { "A theater has {r row} of {s seat}. Tonight {1/d} of the seats are empty. "
             "Each person pays ${p}. The actors get ${e}, and the rest goes to the "
             "theater in two equal parts, one for light and one for rent. How much "
             "goes to rent?" },
    .steps = { STEP(EACH, "t=r*s", "The theater has {= seat}."),
               STEP(SHARE, "u=t/d", "{= seat} are empty."),
               STEP(REST, "v=t-u", "So {= person} are there."),
               STEP(EACH, "a=v*p", "They pay {=$}."),
               STEP(REST, "b=a-e", "After the actors there is {=$}."),
               STEP(SHARE, "c=b/2", "The rent gets {=$}.") } },
  { .name = "long-workshop-week",
    .draw = "a=2..9 b=3..12 h=4..9 d=3..6 f={4,5,8,10,20} p=2..12 x:craft",
    .ask = { "{a worker} make {b x} an hour each. They work {h hour} a day for "
             "{d day}. One of every {f x} has a fault and is thrown away. The others "
             "are sold for ${p} each. How much do they bring?" },
    .steps = { STEP(EACH, "t=a*b", "They make {= x} an hour."),
               STEP(EACH, "u=t*h", "In a day that is {= x}."),
               STEP(EACH, "v=u*d", "In all the days it is {= x}."),
               STEP(SHARE, "r=v/f", "{= x} have a fault."),
               STEP(REST, "s=v-r", "{= x} are good."),
               STEP(EACH, "n=s*p", "They bring {=$}.") } },
  { .name = "long-drive",
    .draw = "a=30..70/5 h=2..6 b=20..60/5 k=2..5 m=20..40/2 p=2..5 q=5..40",
    .ask = { "{N} drives {h hour} at {a} miles an hour and {k hour} at {b} miles an "
             "hour. {His} car goes {m mile} on a gallon of gas, which costs ${p}. On "
             "the way {he} also pays ${q} for food. How much does {he} spend?" },
    .steps = { STEP(EACH, "t=a*h", "The first part is {= mile}."),
               STEP(EACH, "u=b*k", "The second part is {= mile}."),
               STEP(CALC, "v=t+u", "Together that is {= mile}."),
               STEP(RATE, "s=v/m", "{N} needs {= gallon} of gas."),
               STEP(EACH, "r=s*p", "The gas costs {=$}."),
               STEP(CALC, "n=r+q", "In all {he} spends {=$}.") } },
  { .name = "long-garden-fence",
    .draw = "a=10..60 b=8..50 p=3..15 s=20..120/10 h=2..8 r=12..30",
    .require = "a>b",
    .ask = { "{N's} garden is {a foot} long and {b foot} wide. A fence all around it "
             "costs ${p} a foot, and a gate in the fence costs ${s} on top. Two "
             "workers put it up in {h hour}, and each gets ${r} an hour. What does {N} "
             "pay for everything?" },
    .steps = { STEP(CALC, "t=a+b", "One long and one short side are {= foot}."),
               STEP(BACK, "u=t*2", "All the sides are {= foot}."),
               STEP(EACH, "v=u*p", "The fence costs {=$}."),
               STEP(EACH, "k=h*r", "One worker gets {=$}."),
               STEP(BACK, "m=k*2", "Both of them get {=$}."),
               STEP(CALC, "n=v+s+m", "In all {N} pays {=$}.") } },
  { .name = "long-class-average",
    .draw = "a=50..100 b=50..100 c=50..100 d=2..20",
    .require = "n<101",
    .ask = { "{N} gets {a}, {b} and {c} points in three tests. {M's} average is {d} "
             "points below {N's}. How many points does {M} have in {his2} three tests "
             "together?" },
    .steps = { STEP(CALC, "t=a+b+c", "{N} has {= point}."),
               STEP(MEAN, "n=t/3", "{N's} average is {=}."),
               STEP(BELOW, "u=n-d", "{M's} average is {=}."),
               STEP(EACH, "v=u*3", "Together {M} has {= point}.") } },
  { .name = "long-party-shopping",
    .draw = "n=6..40 a=2..4 k={4,5,8,10} p=4..15 b=2..3 q=2..4 m=30..120/10",
    .ask = { "{N} invites {n friend}. For each of them {he} plans {a slice} of pizza "
             "and {b glass} of juice. A whole pizza has {k slice} and costs ${p}. A "
             "glass of juice costs ${q}. The music costs ${m}. How much does the party "
             "cost?" },
    .steps = { STEP(EACH, "t=n*a", "{N} needs {= slice}."),
               STEP(CEIL, "u=t/k", "That is {=}, so {he} buys {u pizza}."),
               STEP(EACH, "v=u*p", "The pizzas cost {=$}."),
               STEP(EACH, "r=n*b", "{He} needs {= glass} of juice."),
               STEP(EACH, "s=r*q", "The juice costs {=$}."),
               STEP(CALC, "f=v+s+m", "In all the party costs {=$}.") } },
  { .name = "long-books-three",
    .draw = "a=6..60 k=2..4 d=3..30 b=2..20 c=2..15 x:read",
    .require = "u>c, u>1",
    .ask = { "{N} has {a x}. {M} has {k times} as many, and {L} has {d} fewer than "
             "{M}. {N} then buys {b x}, and {L} gives {c} away. How many {xs} do the "
             "three have in the end?" },
    .steps = { STEP(TIMES, "t=a*k", "{M} has {= x}."),
               STEP(BELOW, "u=t-d", "At first {L} has {= x}."),
               STEP(CALC, "v=a+b", "After buying, {N} has {= x}."),
               STEP(REST, "r=u-c", "After giving, {L} has {= x}."),
               STEP(CALC, "s=t+v+r", "In the end they have {= x}.") } },
  { .name = "long-train-hours",
    .draw = "s=30..90/5 h=2..6 d=20..180/20 k=10..55/5",
    .require = "t>d",
    .ask = { "A train goes {s} miles an hour for {h hour}. On the way back it takes "
             "another line that is {d mile} shorter, at the same speed, and stands "
             "still for {k minute}. How many minutes does the way back take?" },
    .steps = { STEP(EACH, "t=s*h", "The way there is {= mile}."),
               STEP(REST, "u=t-d", "The way back is {= mile}."),
               STEP(HOUR, "v=u*60", "At one mile an hour it would take {= minute}."),
               STEP(RATE, "r=v/s", "At this speed it takes {= minute}."),
               STEP(CALC, "n=r+k", "With the stop that is {= minute}.") } },
};

const struct story_table gsm8k_long = { stories, COUNT(stories) };
