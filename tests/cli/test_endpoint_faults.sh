#!/bin/sh
# A run against an endpoint where 30 % of the requests fail in every way that the mock knows
# gives the report of a run without a fault, byte for byte, and asks for nothing twice that
# it has got. Then the ways to stop: too many errors, a budget, an outage.
set -eu
program=$1

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

data=${OREO_TEST_DATA:-/nonexistent}
if [ -r "$data/gsm8k_outputs/example_model_solutions.jsonl" ]; then
  answers="replay:$data/gsm8k_outputs/example_model_solutions.jsonl#175b_verification"
  set -- gsm8k --data "$data/gsm8k/test.jsonl"
else
  "$program" tasks generate gsm8k --split sft > students.jsonl
  answers=replay:students.jsonl#answer
  set -- gsm8k --split sft --data builtin
fi
items=1319

server=
trap '[ -z "$server" ] || kill -9 "$server"' EXIT

# Starts the mock with the options given, on the port of the first one, so that the
# addresses in the manifests are the same; sets `url`.
port=0
start() {
  : > server.txt
  "$program" mock-endpoint "$@" --model "$answers" --port "$port" --quiet \
    > server.txt 2> server.err &
  server=$!
  tries=0
  until grep -q listening server.txt; do
    kill -0 "$server" 2> kill.txt || fail "the mock: $(cat server.err)"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "the mock does not start"
    sleep 0.1
  done
  url=$(sed 's/.*on \(http[^ ]*\) .*/\1/' server.txt)
  port=$(echo "$url" | sed 's/.*:\([0-9]*\)\/.*/\1/')
}

stop() {
  kill "$server"
  wait "$server" || fail "the mock: $(cat server.err)"
  server=
}

run() {
  "$program" run "$@" --quiet --limit "$items" --model "model=$url#mock"
}

# What a server was asked after it had given the whole answer to the same. Its log is in
# the order in which requests end; `n` is the order in which they came.
asked_twice() {
  sort -s -t : -k 2n "$1" | awk -F'"key":"' '{
    key = substr($2, 1, 64)
    if (key in had) print
    if (/"delivered":true/) had[key] = 1
  }'
}

# ---- without a fault, and with all of them ----

start "$@" --log calm.jsonl
run "$@" --out calm > calm.txt 2> calm.err || fail "without a fault: $(cat calm.err)"
stop
[ "$(wc -l < calm.jsonl)" -eq "$items" ] || fail "not one request an item"

patience="--retry-wait 5 --first-byte-timeout 0.4 --timeout 1 --max-reply 1"
start "$@" --log storm.jsonl --faults all --fault-rate 0.3 --seed "${OREO_TEST_SEED:-1}" \
  --retry-after 0 --stall-s 2 --huge-mib 2 --drip-ms 50
run "$@" $patience --out storm > storm.txt 2> storm.err || fail "storm: $(cat storm.err)"
stop
for name in report.md report.html report.json report.csv junit.xml; do
  cmp "calm/$name" "storm/$name" || fail "$name differs from the one without a fault"
done
cmp calm.txt storm.txt || fail "what is printed differs"
for fault in rate-limit rate-limit-after rate-limit-date error-500 unavailable reset stall \
  truncated-json truncated-body content-type huge drip redirect duplicate; do
  grep -q "\"fault\":\"$fault\"" storm.jsonl || fail "there was no fault '$fault'"
done
struck=$(grep -vc '"fault":"none"' storm.jsonl)
all=$(wc -l < storm.jsonl)
echo "$struck of $all requests were struck by a fault"
[ "$((struck * 100 / all))" -ge 25 ] || fail "too few faults"
[ -z "$(asked_twice storm.jsonl)" ] || fail "asked twice: $(asked_twice storm.jsonl | head -n 1)"

# ---- a share that fails for ever ----

start "$@" --fail-share 0.02 --fail-status 500
run "$@" --max-attempts 2 --retry-wait 1 --out some > some.txt 2> some.err ||
  fail "2 % of errors are within the budget: $(cat some.err)"
errors=$(grep -c '"verdict":"error"' some/journal.jsonl)
[ "$errors" -ge 5 ] || fail "only $errors errors"
grep -q "$errors" some.txt || fail "the table does not say $errors errors"
wrong=$(grep -c '"verdict":"wrong"' some/journal.jsonl)
calm_wrong=$(grep -c '"verdict":"wrong"' calm/journal.jsonl)
[ "$wrong" -le "$calm_wrong" ] || fail "errors were counted as wrong"
grep -q "if errors were wrong / right" some.txt ||
  fail "the report does not bound what the errors could change"

status=0
run "$@" --max-attempts 2 --retry-wait 1 --max-error-rate 0.005 --out over > over.txt \
  2> over.err || status=$?
[ "$status" -eq 5 ] || fail "exit $status above the error budget: $(cat over.err)"
grep -q -- "--max-error-rate" over.err || fail "the message: $(cat over.err)"
stop
start "$@"
"$program" run --quiet --resume over --retry-errors > over.txt 2> over.err ||
  fail "continuing after too many errors: $(cat over.err)"
[ "$(grep -c '"verdict":"error"' over/journal.jsonl)" -eq 0 ] || fail "errors are left"
[ "$(wc -l < over/journal.jsonl)" -eq "$items" ] || fail "answers are missing"

# ---- a budget ----

status=0
run "$@" --max-tokens-total 20000 --out budget > budget.txt 2> budget.err || status=$?
[ "$status" -eq 130 ] || fail "exit $status at the budget: $(cat budget.err)"
spent=$(sed 's/.*"tokens_in":\([0-9]*\),"tokens_out":\([0-9]*\).*/\1 \2/' budget/journal.jsonl |
  awk '{ n += $1 + $2 } END { print n }')
[ "$spent" -le 20000 ] && [ "$spent" -gt 1000 ] || fail "$spent of 20000 tokens were spent"
"$program" run --quiet --resume budget --max-tokens-total 100000000 > budget.txt 2> budget.err ||
  fail "continuing with a larger budget: $(cat budget.err)"
cmp calm/report.json budget/report.json || fail "the report after a budget differs"

# ---- a stop by SIGTERM, between records ----

"$program" run "$@" --quiet --limit "$items" --rpm 6000 --model "model=$url#mock" --out term \
  > term.txt 2> term.err &
client=$!
until [ -s term/journal.jsonl ] 2> kill.txt; do
  kill -0 "$client" 2> kill.txt || fail "it ended before SIGTERM: $(cat term.err)"
done
kill "$client"
status=0
wait "$client" || status=$?
[ "$status" -eq 130 ] || fail "exit $status after SIGTERM: $(cat term.err)"
grep -q "run --resume term" term.err || fail "how to continue: $(cat term.err)"
"$program" run --quiet --resume term > term.txt 2> term.err || fail "after SIGTERM"
cmp calm/report.json term/report.json || fail "the report after SIGTERM differs"
stop

# ---- nobody there ----

status=0
run "$@" --out nobody > nobody.txt 2> nobody.err || status=$?
[ "$status" -eq 3 ] || fail "exit $status when nobody listens: $(cat nobody.err)"
[ ! -e nobody ] || fail "a run folder for a run that could not begin"
