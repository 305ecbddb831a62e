#!/bin/sh
# A run against an endpoint whose client is killed fifty times at random moments, and whose
# server is killed ten times, with faults in between: nothing that is in the journal is
# asked again, and the report is, byte for byte, that of a run that nobody disturbed.
set -eu
program=$1
kills_wanted=60 # of which ten are the server's
server_kills_wanted=10

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

data=${OREO_TEST_DATA:-/nonexistent}
if [ -r "$data/gsm8k_outputs/example_model_solutions.jsonl" ]; then
  answers="replay:$data/gsm8k_outputs/example_model_solutions.jsonl#175b_verification"
  set -- gsm8k --data "$data/gsm8k/test.jsonl"
else
  "$program" tasks generate gsm8k --split sft --limit 1319 > students.jsonl
  answers=replay:students.jsonl#answer
  set -- gsm8k --split sft --data builtin
fi
items=1319
server=
client=
trap '[ -z "$server" ] || kill -9 "$server"; [ -z "$client" ] || kill -9 "$client"' EXIT

seed=${OREO_TEST_SEED:-$$}
echo "seed $seed"

port=0
start_server() {
  : > server.txt
  "$program" mock-endpoint "$@" --model "$answers" --port "$port" --quiet --log asked.jsonl \
    --faults error-500,unavailable,reset,truncated-json,truncated-body,duplicate \
    --fault-rate 0.1 --seed "$seed" --latency-ms 5 > server.txt 2>> server.err &
  server=$!
}

await_server() {
  tries=0
  until grep -q listening server.txt; do
    kill -0 "$server" 2> kill.txt || fail "the mock: $(cat server.err)"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "the mock does not start"
    sleep 0.1
  done
}

: > asked.jsonl
start_server "$@"
await_server
url=$(sed 's/.*on \(http[^ ]*\) .*/\1/' server.txt)
port=$(echo "$url" | sed 's/.*:\([0-9]*\)\/.*/\1/')

set_patience="--retry-wait 5 --max-outage 120"
"$program" run "$@" --quiet --limit $items --model "model=$url#mock" $set_patience \
  --out whole > whole.txt 2> whole.err || fail "the undisturbed run: $(cat whole.err)"
[ "$(wc -l < whole/journal.jsonl)" -eq $items ] || fail "answers are missing"
bytes=$(stat -c %s whole/journal.jsonl)

awk -v seed="$seed" -v n=2000 -v bytes="$bytes" 'BEGIN {
  srand(seed)
  for (i = 0; i < n; i++) print int(rand() * bytes)
}' > moments

size_of() {
  if [ -e "$1" ]; then stat -c %s "$1"; else echo 0; fi
}

items_of() {
  if [ -e "$1/journal.jsonl" ]; then
    sed 's/.*"item":"\([^"]*\)".*/\1/' "$1/journal.jsonl" | sort
  fi
}

# What was asked since line $1 of the log, though it stood in `had`.
check_asked() {
  tail -n "+$(($1 + 1))" asked.jsonl | sed -n 's/.*"item":"\([^"]*\)".*/\1/p' | sort -u |
    comm -12 - had > again.txt
  [ ! -s again.txt ] || fail "asked again: $(head -n 1 again.txt)"
}

compare_reports() {
  for name in report.md report.html report.json report.csv junit.xml; do
    cmp "whole/$name" "$1/$name" || fail "$1/$name differs from the undisturbed run's"
  done
}

kills=0 server_kills=0 in_the_middle=0 run=0 folder=run0
while read -r moment && [ $kills -lt $kills_wanted ]; do
  sleep 0.05 # the server notes what the last client had asked
  items_of $folder > had
  lines=$(wc -l < asked.jsonl)
  before=$(wc -l < had)
  if [ -e $folder/manifest.json ]; then
    "$program" run --quiet --resume $folder $set_patience > out.txt 2> err.txt &
  else
    "$program" run "$@" --quiet --limit $items --model "model=$url#mock" $set_patience \
      --out $folder > out.txt 2> err.txt &
  fi
  client=$!
  if [ "$moment" -gt "$(size_of $folder/journal.jsonl)" ]; then
    while kill -0 $client 2> kill.txt &&
      [ "$(size_of $folder/journal.jsonl)" -lt "$moment" ]; do
      :
    done
    # in every fifth round it is the server that goes, and comes back
    if [ $((kills % 5)) -eq 4 ] && [ $server_kills -lt $server_kills_wanted ]; then
      kill -9 "$server"
      wait "$server" 2> kill.txt || true
      server_kills=$((server_kills + 1))
      start_server "$@"
      await_server
      # and the client, which has waited for it, goes on
      status=0
      wait $client || status=$?
      client=
      [ $status -eq 0 ] || fail "exit $status after the server's death: $(cat err.txt)"
      check_asked "$lines"
      compare_reports $folder
      run=$((run + 1)) folder=run$run
      kills=$((kills + 1)) # its turn is over
      continue
    fi
    kill -9 $client 2> kill.txt || true
  fi
  status=0
  wait $client 2> kill.txt || status=$?
  client=
  check_asked "$lines"
  after=$(items_of $folder | wc -l)
  if [ $status -eq 137 ]; then
    kills=$((kills + 1))
    [ "$after" -ge "$before" ] || fail "$before records became $after"
    if [ "$after" -gt 0 ] && [ "$after" -lt $items ]; then
      in_the_middle=$((in_the_middle + 1))
    fi
  elif [ $status -eq 0 ]; then
    compare_reports $folder
    run=$((run + 1)) folder=run$run
  else
    fail "exit $status: $(cat err.txt)"
  fi
done < moments

if [ -e $folder/manifest.json ]; then
  "$program" run --quiet --resume $folder $set_patience > out.txt 2> err.txt ||
    fail "the last continuation: $(cat err.txt)"
  compare_reports $folder
  run=$((run + 1))
fi
echo "$kills rounds, $in_the_middle client kills between the first record and the last," \
  "$server_kills server kills; $run runs completed"
[ $server_kills -eq $server_kills_wanted ] || fail "only $server_kills server kills"
[ $in_the_middle -ge 20 ] || fail "the kills missed the run"
kill "$server"
wait "$server" || fail "the mock: $(cat server.err)"
server=
