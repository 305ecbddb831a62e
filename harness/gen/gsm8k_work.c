/* Stories about making things: factories, bakeries, painters, machines. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "work-machines",
    .draw = "m=2..12 r=5..60/5 h=2..10 d=5..200/5",
    .require = "u>d+10",
    .ask = { "A factory has {m machine}, and each makes {r part} an hour. In {h hour}, "
             "how many good parts are made if {d} of them are broken?",
             "{m machine} work for {h hour}. Each makes {r part} an hour. {d} of the "
             "parts are bad and are thrown away. How many parts are left?" },
    .steps = { STEP(EACH, "t=m*r", "In an hour {= part} are made."),
               STEP(EACH, "u=t*h", "In {h hour} that is {= part}."),
               STEP(REST, "v=u-d", "{= part} are good.") } },
  { .name = "work-two-together",
    .draw = "a=3..20 b=3..20 h=2..12 n=a*h+b*h x:craft",
    .ask = { "{N} makes {a x} an hour and {M} makes {b x} an hour. How many hours do "
             "they need to make {n x} together?",
             "{n x} are needed for a market. In one hour {N} makes {a} and {M} makes "
             "{b}. How many hours must they both work?" },
    .steps = { STEP(CALC, "t=a+b", "Together they make {= x} an hour."),
               STEP(RATE, "u=n/t", "They need {= hour}.") } },
  { .name = "work-bakery",
    .draw = "t=3..20 k=6..24 s=10..200 x:baked",
    .require = "a>s+2",
    .ask = { "A bakery makes {t tray} of {xs} with {k x} on each. By noon {s x} are "
             "sold, and in the afternoon half of the others. How many {xs} are left in "
             "the evening?",
             "{N} bakes {t tray} with {k x} each. First {he} sells {s x}, then half of "
             "those that are left. How many {xs} does {he} still have?" },
    .steps = { STEP(EACH, "a=t*k", "At first there are {= x}."),
               STEP(REST, "b=a-s", "After the first sale {= x} are left."),
               STEP(SHARE, "c=b/2", "In the end there are {= x}.") } },
  { .name = "work-defects",
    .draw = "a=5..40 k=20..100/10 d={4,5,8,10,20,25} x:toy",
    .ask = { "A factory makes {a box} of {xs}, with {k x} in each. One of every {d x} "
             "is bad. How many good {xs} are there?",
             "There are {a box} with {k x} each. One in {d} of them is broken. How "
             "many {xs} are not broken?" },
    .steps = { STEP(EACH, "t=a*k", "There are {= x}."),
               STEP(SHARE, "u=t/d", "{= x} are bad."),
               STEP(REST, "v=t-u", "So {= x} are good.") } },
  { .name = "work-packing",
    .draw = "a=20..150 k={4,5,8,10,20} p=3..15 x:craft",
    .ask = { "{N} makes {a x} and packs them in boxes of {k}. {He} sells every full "
             "box for ${p}. How much money does {he} get?",
             "{a x} are packed in boxes, {k} to a box. Only full boxes are sold, at "
             "${p} each. How much do they bring?" },
    .steps = { STEP(FLOOR, "t=a/k", "For the boxes, {=}, so there are {t full box}."),
               STEP(EACH, "u=t*p", "They bring {=$}.") } },
  { .name = "work-order",
    .draw = "a=10..60 d=2..9 g=15..300/5 n=a*d+g x:craft",
    .ask = { "A shop has an order for {n x}. The workers make {a x} a day. How many "
             "{xs} are still missing after {d day}?",
             "{N} must make {n x}. {He} makes {a} of them each day. How many more must "
             "{he} make after {d day}?" },
    .steps = { STEP(EACH, "t=a*d", "After {d day} there are {= x}."),
               STEP(MORE, "u=n-t", "{= x} are missing.") } },
  { .name = "work-three-days",
    .draw = "a=8..60 k=2..4 d=2..20 x:craft",
    .require = "u>1",
    .ask = { "{N} makes {a x} on Monday, {k times} as many on Tuesday, and {d fewer x} "
             "on Wednesday than on Monday. How many {xs} does {he} make in these three "
             "days?",
             "On Monday {N} sells {a x}. On Tuesday {he} sells {k times} as many, and "
             "on Wednesday {d} fewer than on Monday. How many {xs} does {he} sell "
             "altogether?" },
    .steps = { STEP(TIMES, "t=a*k", "On Tuesday it is {= x}."),
               STEP(BELOW, "u=a-d", "On Wednesday it is {= x}."),
               STEP(CALC, "v=a+t+u", "[Together|In all] that makes {= x}.") } },
  { .name = "work-average-day",
    .draw = "a=10..90 b=10..90 c=10..90 x:craft",
    .ask = { "A workshop makes {a x} on Monday, {b} on Tuesday and {c} on Wednesday. "
             "How many {xs} a day is that on average?",
             "In three days {N} sells {a}, {b} and {c x}. What is the average number "
             "of {xs} that {he} sells in a day?" },
    .steps = { STEP(CALC, "t=a+b+c", "In the three days it is {= x}."),
               STEP(MEAN, "u=t/3", "On average that is {= x} a day.") } },
  { .name = "work-painter",
    .draw = "r=3..15 h=2..8 p=10..40 m=15..120/5",
    .ask = { "{N} paints {r room}. Each room takes {him} {h hour}, and {he} asks ${p} "
             "an hour. The paint costs ${m} for each room. What must the owner pay for "
             "everything?",
             "A painter needs {h hour} for a room and asks ${p} an hour. Paint for one "
             "room costs ${m}. How much does it cost to paint {r room}?" },
    .steps = { STEP(EACH, "t=h*p", "The work for one room costs {=$}."),
               STEP(CALC, "u=t+m", "With the paint one room costs {=$}."),
               STEP(EACH, "v=r*u", "All the rooms cost {=$}.") } },
  { .name = "work-typing",
    .draw = "c=20..80/5 m=5..90/5 p=100..500/25",
    .ask = { "{N} types {c word} a minute. {He} types for {m minute} before lunch and "
             "twice as long after lunch. A page has {p word}. How many pages does {he} "
             "type?",
             "{N} types {c word} a minute, {m minute} in the morning and twice as many "
             "minutes in the afternoon. With {p word} to a page, how many pages is "
             "that?" },
    .steps = { STEP(TIMES, "t=m*2", "The second time {N} types for {= minute}."),
               STEP(CALC, "u=m+t", "In all that is {= minute}."),
               STEP(EACH, "v=u*c", "{He} types {= word}."),
               STEP(RATE, "r=v/p", "That is {= page}.") } },
  { .name = "work-pump",
    .draw = "a=5..40 b=2..20 n=3..60 v=a*n-b*n",
    .require = "a>b+1",
    .ask = { "A pump brings {a liter} of water a minute into a pool, but {b liter} a "
             "minute run out through a hole. How many minutes does it take to get "
             "{v liter} into the pool?",
             "Water flows into a tank at {a liter} a minute and out of it at {b liter} "
             "a minute. The tank is empty at first. After how many minutes does it "
             "hold {v liter}?" },
    .steps = { STEP(MORE, "t=a-b", "Each minute adds {= liter}."),
               STEP(RATE, "u=v/t", "It takes {= minute}.") } },
  { .name = "work-houses-windows",
    .draw = "h=3..20 f=2..4 c=4..15 m=2..8",
    .ask = { "{N} cleans windows. A street has {h house} with {f floor} each, and each "
             "floor has {c window}. One window takes {m minute}. How many minutes does "
             "{N} need for the whole street?",
             "There are {h house} in a street. Each has {f floor} with {c window} on "
             "every floor. If it takes {m minute} to clean a window, how many minutes "
             "do all of them take?" },
    .steps = { STEP(EACH, "t=f*c", "A house has {= window}."),
               STEP(EACH, "u=h*t", "The street has {= window}."),
               STEP(EACH, "v=u*m", "That takes {= minute}.") } },
  { .name = "work-fewer-workers",
    .draw = "a=2..20 d=2..15 b=2..20 n=a*d/b",
    .require = "n!d, n>1",
    .ask = { "{a worker} build a wall in {d day}. How many days would {b worker} need "
             "who work just as fast?",
             "It takes {a person} {d day} to paint a school. How many days does it "
             "take {b person} at the same speed?" },
    .steps = { STEP(EACH, "t=a*d", "The whole work is {=} days for one person."),
               STEP(SHARE, "u=t/b", "For {b person} it takes {= day}.") } },
};

const struct story_table gsm8k_work = { stories, COUNT(stories) };
