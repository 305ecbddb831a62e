#!/bin/sh
# oreo-bench grade as a user and as another program use it.
set -eu
program=$1

fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { # what, expected, got
  [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# ---- pairs ----
cat > pairs.jsonl <<'END'
{"gold":"1/2","pred":"so it is \\boxed{0.5}","kind":"extraction"}
{"gold":"1/2","pred":"0.5","kind":"equivalence"}
{"gold":"2","pred":"the answer is 3","kind":"extraction"}
{"gold":null,"pred":"\\boxed{3}","kind":"extraction"}
no json
{"gold":"1"}
{"gold":"1","pred":"1","kind":"other"}
{"gold":"1","pred":"1","kind":"equivalence"}
END
got=$("$program" grade --pairs < pairs.jsonl 2> notes | tr '\n' ' ')
expect "pairs" "1 1 0 0 0 0 0 1 " "$got"
expect "notes of bad lines" 3 "$(grep -c 'standard input' notes)"
grep -q 'line 5 ' notes || fail "the note names the line"

"$program" grade --pairs --json < pairs.jsonl > verdicts 2> /dev/null
expect "a verdict a line" 8 "$(wc -l < verdicts | tr -d ' ')"
sed -n 1p verdicts | grep -q '"equal":true,"verdict":"correct"' || fail "whole verdict"
sed -n 1p verdicts | grep -q '"extracted":"0.5","span":\[16,19\],"rule":"boxed"' ||
  fail "span and rule: $(sed -n 1p verdicts)"
sed -n 5p verdicts | grep -q '"equal":false,"error":' || fail "an error object"

# an answer comes before the next question is asked
mkfifo in out
"$program" grade --pairs < in > out &
exec 3> in 4< out
echo '{"gold":"7","pred":"7","kind":"equivalence"}' >&3
read -r first <&4
expect "answered at once" 1 "$first"
exec 3>&- 4<&-
wait

# ---- files ----
cat > answers.jsonl <<'END'
{"question":"1+1?","gold":"2","response":"It is 2.\n#### 2"}
{"question":"1+2?","gold":"3","response":"It is 3.0"}
{"question":"1+3?","gold":"4","response":"no idea"}
END
"$program" grade answers.jsonl > text
grep -q '2 of 3 correct, accuracy 0.6667' text || fail "accuracy: $(cat text)"
grep -q 'wrong 0, no answer 1' text || fail "five kinds of verdict"
"$program" grade answers.jsonl --profile lm-eval/gsm8k-strict > text
grep -q '1 of 3 correct' text || fail "a peer's rule"
expect "each" 3 "$("$program" grade answers.jsonl --each | grep -c '"verdict":')"
"$program" grade answers.jsonl --json | grep -q '"accuracy": 0.666' || fail "JSON"

# ---- profiles ----
"$program" grade answers.jsonl --profiles all > text
grep -q 'answers are disputed' text || fail "disputed items"
grep -q ' 1  robust ' text || fail "table of profiles"
"$program" grade --profiles list | grep -q '^lm-eval/minerva  *3.0' || fail "list"
"$program" grade answers.jsonl --profiles robust,qwen --json | grep -q '"disputed"' ||
  fail "profiles as JSON"

# ---- mistakes ----
status() { set +e; "$@" > /dev/null 2> error; code=$?; set -e; echo $code; }
expect "unknown profile" 2 "$(status "$program" grade answers.jsonl --profile qwem)"
grep -q "'qwen'" error || fail "the nearest profile is named"
expect "no file" 2 "$(status "$program" grade)"
expect "missing file" 3 "$(status "$program" grade absent.jsonl)"
echo '{"question":"1?","response":"1"}' > no_gold.jsonl
expect "no gold" 4 "$(status "$program" grade no_gold.jsonl)"
grep -q -- '--suite' error || fail "the remedy for a missing gold"

# ---- hostile lines: an answer each, and no crash ----
awk 'BEGIN { s = ""; for (i = 0; i < 20000; i++) s = s "\\\\frac{";
             print "{\"gold\":\"1\",\"pred\":\"" s "\",\"kind\":\"extraction\"}";
             print "{\"gold\":\"1\",\"pred\":\"" s "\",\"kind\":\"equivalence\"}" }' > hostile
expect "hostile pairs" "0 0 " "$("$program" grade --pairs < hostile | tr '\n' ' ')"

# ---- the four real models, when their outputs are here ----
real=${OREO_TEST_DATA:-/nowhere}/gsm8k_outputs/example_model_solutions.jsonl
if [ -r "$real" ]; then
  "$program" grade "$real" > text
  expect "four models" 4 "$(grep -c ' of 1319 correct' text)"
  expect "their labels" 4 "$(grep -c ' 1319 of 1319 agree' text)"
  for n in 286 515 458 742; do # the published .217 .390 .347 .563
    grep -q ": $n of 1319 correct" text || fail "$n of 1319"
  done
fi
echo passed
