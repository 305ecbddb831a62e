#!/bin/sh
# Kills a replay run fifty times at random moments, and continues it each time: nothing
# finished may be lost, and every report must be, byte for byte, that of a run that nobody
# disturbed. Every fifth time the journal's tail is torn too, as a power cut would do.
set -eu
program=$1
kills_wanted=50

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

data=${OREO_TEST_DATA:-/nonexistent}
if [ -r "$data/gsm8k_outputs/example_model_solutions.jsonl" ]; then
  answers=$data/gsm8k_outputs/example_model_solutions.jsonl
  set -- run gsm8k --data "$data/gsm8k/test.jsonl" \
    --model "replay:$answers#6b_finetuning" --model "replay:$answers#6b_verification" \
    --model "replay:$answers#175b_finetuning" --model "replay:$answers#175b_verification"
else
  "$program" tasks generate gsm8k --split sft > students.jsonl
  set -- run gsm8k --split sft --data builtin --limit 1319 \
    --model replay:students.jsonl#answer --model null:1 --model null:2 --model null:42
fi
records=5276

now_us() {
  echo $(($(date +%s%N) / 1000))
}

started=$(now_us)
"$program" "$@" --quiet --out whole > whole.txt || fail "the undisturbed run"
duration_us=$(($(now_us) - started))
total=$(wc -l < whole/journal.jsonl)
[ "$total" -eq "$records" ] || fail "$total records, not $records"

count_records() {
  if [ -e "$1/journal.jsonl" ]; then wc -l < "$1/journal.jsonl"; else echo 0; fi
}

compare_reports() {
  for name in report.md report.html report.json report.csv junit.xml; do
    cmp "whole/$name" "$1/$name" || fail "$1/$name differs from the undisturbed run's"
  done
  "$program" run --quiet --resume "$1" > again.txt || fail "resuming a finished run"
  cmp whole.txt again.txt || fail "the printed result differs"
}

size_of() {
  if [ -e "$1" ]; then stat -c %s "$1"; else echo 0; fi
}

# Two kinds of random moments in turn, from a seed that is printed so that a failure can be
# tried again: a time since the start, anywhere from loading to the reports, and a length
# that the journal has reached, so that however fast the machine is many kills fall between
# the first record and the last. A journal that is whole is left to become its report.
seed=${OREO_TEST_SEED:-$$}
bytes=$(size_of whole/journal.jsonl)
echo "seed $seed, undisturbed run: $duration_us us, $total records"
awk -v seed="$seed" -v n=2000 -v d="$duration_us" -v bytes="$bytes" 'BEGIN {
  srand(seed)
  for (i = 0; i < n; i++)
    if (i % 2) printf "time %.6f\n", rand() * d / 1e6
    else printf "length %d\n", rand() * bytes
}' > moments

wait_until() {
  case "$1" in
  time) sleep "$2" ;;
  length)
    while kill -0 "$pid" 2> kill.txt && [ "$(size_of "$folder/journal.jsonl")" -lt "$2" ]; do
      :
    done
    ;;
  esac
}

kills=0 in_the_middle=0 run=0 folder=run0
while read -r kind moment && [ "$kills" -lt "$kills_wanted" ]; do
  before=$(count_records "$folder")
  if [ -e "$folder/manifest.json" ]; then
    "$program" run --quiet --resume "$folder" > out.txt 2> err.txt &
  else
    "$program" "$@" --quiet --out "$folder" > out.txt 2> err.txt &
  fi
  pid=$!
  if [ "$before" -lt "$total" ]; then
    wait_until "$kind" "$moment"
    kill -9 "$pid" 2> kill.txt || true
  fi
  status=0
  wait "$pid" 2> wait.txt || status=$?
  after=$(count_records "$folder")
  if [ "$status" -eq 137 ]; then
    kills=$((kills + 1))
    [ "$after" -ge "$before" ] || fail "$before records became $after"
    if [ "$after" -gt 0 ] && [ "$after" -lt "$total" ]; then
      in_the_middle=$((in_the_middle + 1))
    fi
    if [ "$after" -gt 1 ] && [ $((kills % 5)) -eq 0 ]; then
      truncate -s -7 "$folder/journal.jsonl"
    fi
  elif [ "$status" -eq 0 ]; then
    compare_reports "$folder"
    run=$((run + 1))
    folder=run$run
  else
    fail "exit $status: $(cat err.txt)"
  fi
done < moments

if [ -e "$folder/manifest.json" ]; then
  "$program" run --quiet --resume "$folder" > out.txt || fail "the last continuation"
  compare_reports "$folder"
  run=$((run + 1))
fi
echo "$kills kills, $in_the_middle of them between the first record and the last;" \
  "$run runs completed"
[ "$kills" -eq "$kills_wanted" ] || fail "only $kills kills"
[ "$in_the_middle" -ge 10 ] || fail "the kills missed the run"
