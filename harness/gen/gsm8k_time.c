/* Stories about minutes, hours, days and ages. */
#include "base/arena.h"
#include "gen/gsm8k.h"

static const struct story stories[] = {
  { .name = "time-reading",
    .draw = "r=8..40 n=3..15 d=2..9 a=r*n+r*d",
    .require = "n>1",
    .ask = { "{N} reads a book of {a page}. {He} reads {r page} every day. After "
             "{d day}, how many more days does {he} need to finish the book?",
             "A book has {a page} and {N} reads {r page} a day. {He} has been reading "
             "for {d day}. How many days are still needed?" },
    .steps = { STEP(EACH, "t=r*d", "{N} has read {= page}."),
               STEP(REST, "u=a-t", "{= page} are left."),
               STEP(SHARE, "v=u/r", "That takes {= more day}.") } },
  { .name = "time-homework",
    .draw = "a=3..20 m=2..9 b=2..12 q=3..15 c=5..30/5",
    .ask = { "{N} has {a math problem} and {b word problem} to do. A math problem "
             "takes {m minute} and a word problem {q minute}. {He} also takes a break "
             "of {c minute}. How many minutes does {N} need?",
             "For homework {N} does {a math problem}, {m minute} each, and "
             "{b word problem}, {q minute} each, with one break of {c minute}. How "
             "many minutes is that?" },
    .steps = { STEP(EACH, "t=a*m", "The math problems take {= minute}."),
               STEP(EACH, "u=b*q", "The word problems take {= minute}."),
               STEP(CALC, "v=t+u+c", "With the break that is {= minute}.") } },
  { .name = "time-hours-items",
    .draw = "h=2..9 m={3,4,5,6,8,10,12,15,20,30} p=2..20 x:craft",
    .ask = { "{N} needs {m minute} to make one {x}. {He} works for {h hour} and sells "
             "every {x} for ${p}. How much money does {he} get?",
             "It takes {N} {m minute} to make {an x}, which sells for ${p}. What do "
             "the {xs} from {h hour} of work sell for?" },
    .steps = { STEP(HOUR, "t=h*60", "{N} works for {= minute}."),
               STEP(RATE, "u=t/m", "{He} makes {= x}."),
               STEP(EACH, "v=u*p", "They sell for {=$}.") } },
  { .name = "time-films",
    .draw = "a=70..150/5 b=70..150/5 c=5..30/5",
    .ask = { "{N} sees two films. The first takes {a minute} and the second "
             "{b minute}, with a break of {c minute} between them. How many minutes "
             "does {he} spend there?" },
    .steps = { STEP(CALC, "t=a+b", "The films take {= minute}."),
               STEP(CALC, "u=t+c", "With the break that is {= minute}.") } },
  { .name = "time-age-times",
    .draw = "a=5..15 k=3..6 n=3..40",
    .require = "t>18, u<90",
    .ask = { "{N} is {a year} old. {His} uncle is {k times} as old as {N}. How old "
             "will the uncle be in {n year}?",
             "{N's} uncle is {k times} as old as {N}, who is {a}. How old will the "
             "uncle be {n year} from now?" },
    .steps = { STEP(TIMES, "t=a*k", "The uncle is {= year} old now."),
               STEP(CALC, "u=t+n", "In {n year} he will be {=}.") } },
  { .name = "time-ages-three",
    .draw = "a=5..40 d=2..20 k=2..4",
    .require = "u<90",
    .ask = { "{M} is {a year} old. {N} is {d year} older than {M}, and {L} is "
             "{k times} as old as {M}. How old are the three of them together?",
             "{N} is {d year} older than {M}, and {L} is {k times} as old as {M}. {M} "
             "is {a}. What is the sum of their three ages?" },
    .steps = { STEP(ABOVE, "t=a+d", "{N} is {= year} old."),
               STEP(TIMES, "u=a*k", "{L} is {= year} old."),
               STEP(CALC, "v=a+t+u", "Together they are {= year} old.") } },
  { .name = "time-age-younger",
    .draw = "a=15..60 d=2..20 k=2..5",
    .require = "t>5, u>2",
    .ask = { "{N} is {a year} old and {M} is {d year} younger. {M} is {k times} as old "
             "as {L}. How old is {L}?",
             "{M} is {d year} younger than {N}, who is {a}, and {k times} as old as "
             "{L}. How old is {L}?" },
    .steps = { STEP(BELOW, "t=a-d", "{M} is {= year} old."),
               STEP(SHARE, "u=t/k", "{L} is {= year} old.") } },
  { .name = "time-practice",
    .draw = "m=10..120/5 d=2..7 n=2..20",
    .ask = { "{N} plays the [piano|guitar|drums|violin] for {m minute} on {d day} of "
             "each week. How many hours does {he} play in {n week}?",
             "A swim team trains {m minute} a day, {d day} a week. How many hours do "
             "they train in {n week}?" },
    .steps = { STEP(EACH, "t=m*d", "That is {= minute} a week."),
               STEP(EACH, "u=t*n", "In {n week} that is {= minute}."),
               STEP(HOUR, "v=u/60", "This is {= hour}.") } },
  { .name = "time-pages-from-to",
    .draw = "a=10..150 c=10..60 b=a+c m=2..6",
    .ask = { "{N} must read from the top of page {a} to the end of page {b} for "
             "school. Each page takes {him} {m minute}. How many minutes does {he} "
             "read?",
             "For school {N} reads all pages from number {a} to number {b}. If one "
             "page takes {m minute}, how many minutes does {he} need?" },
    .steps = { STEP(COUNT, "t=b-a+1", "{N} reads {= page}."),
               STEP(EACH, "u=t*m", "That takes {= minute}.") } },
  { .name = "time-lessons",
    .draw = "m=25..60 n=3..8 b=5..20",
    .ask = { "A school day has {n lesson} of {m minute} each. Between two lessons "
             "there is always a break of {b minute}. How many minutes are there from "
             "the start of the first lesson to the end of the last?",
             "{N} has {n lesson} today, {m minute} each, with a break of {b minute} "
             "between one lesson and the next. How many minutes is {he} in school?" },
    .steps = { STEP(EACH, "t=n*m", "The lessons take {= minute}."),
               STEP(COUNT, "u=n-1", "There are {= break}."),
               STEP(EACH, "v=u*b", "The breaks take {= minute}."),
               STEP(CALC, "r=t+v", "In all that is {= minute}.") } },
  { .name = "time-printer",
    .draw = "r=4..30 n=2..20 k=2..9 a=r*n/k",
    .ask = { "A printer prints {r page} a minute. {N} wants {k copy} of a text with "
             "{a page}. How many minutes does the printer need?",
             "{N} needs {k copy} of a {a}-page text. How many minutes does that take "
             "if the machine prints {r page} a minute?" },
    .steps = { STEP(EACH, "t=a*k", "That makes {= page}."),
               STEP(RATE, "u=t/r", "The machine needs {= minute}.") } },
  { .name = "time-series",
    .draw = "e=6..24 s=2..9 m=20..60",
    .ask = { "A series has {s season} of {e part} each, and every part takes "
             "{m minute}. How many hours does it take to see all of it?",
             "{N} sees a whole series with {s season}. Each season has {e part}, and "
             "each part is {m minute} long. How many hours is that?" },
    .steps = { STEP(EACH, "t=s*e", "There are {= part}."),
               STEP(EACH, "u=t*m", "They take {= minute}."),
               STEP(HOUR, "v=u/60", "This is {= hour}.") } },
  { .name = "time-morning",
    .draw = "a=5..25 c=5..20 d=5..45",
    .ask = { "Each morning {N} needs {a minute} to wash and dress, twice as long for "
             "breakfast, {c minute} to pack {his} bag and {d minute} to get to work. "
             "How many minutes is that?",
             "In the morning {N} takes {a minute} to get dressed, twice that time to "
             "eat, {c minute} to clean up and {d minute} to walk to school. How many "
             "minutes does {he} need [altogether|in total]?" },
    .steps = { STEP(TIMES, "t=a*2", "Eating takes {= minute}."),
               STEP(CALC, "u=a+t+c+d", "In all {N} needs {= minute}.") } },
};

const struct story_table gsm8k_time = { stories, COUNT(stories) };
