#!/bin/sh
# `rollout`: trajectories that say what the journal says, in an order of their own, the
# same bytes whatever was killed on the way, and nothing half written.
set -eu
program=$1
# drivers keep memory of their own at the end
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect STATUS WORDS ARGS...: that exit status, and the words on either output.
expect() {
  wanted=$1 words=$2
  shift 2
  status=0
  "$program" rollout "$@" > out.txt 2> err.txt || status=$?
  [ "$status" -eq "$wanted" ] || fail "rollout $*: exit $status, not $wanted: $(cat err.txt)"
  grep -qF -e "$words" out.txt err.txt ||
    fail "rollout $*: '$words' is not in: $(cat out.txt err.txt)"
}

rows() {
  [ "$(wc -l < "$1")" -eq "$2" ] || fail "$1: $(wc -l < "$1") rows, not $2"
}

# ---- a constant ----

expect 0 "split rl" gsm8k --model null:42 --samples 3 --limit 20 --out a.jsonl
rows a.jsonl 60
grep -q "60 trajectories" out.txt || fail "the count is not printed: $(cat out.txt)"
sha256=$(sha256sum a.jsonl | cut -d ' ' -f 1)
grep -q "a.jsonl: sha256 $sha256" out.txt || fail "not the file's sha256: $(cat out.txt)"
[ "$(grep -c '"sample":2}$' a.jsonl)" -eq 20 ] || fail "not three samples of an item"
grep -A1 '"name": "temperature"' a.jsonl.run/manifest.json | grep -q '"value": "1"' ||
  fail "the temperature is not 1: $(cat a.jsonl.run/manifest.json)"

# ---- answers that are right and wrong, as the grader says ----

"$program" tasks generate gsm8k --split sft > students.jsonl
expect 0 "sometimes" gsm8k --split sft --limit 200 --samples 1 --out b.jsonl \
  --model "students=replay:students.jsonl#answer"
rows b.jsonl 200
solved=$(grep -c '"verdict":"correct"' b.jsonl.run/journal.jsonl)
[ "$solved" -gt 10 ] || fail "only $solved of 200 are solved"
[ "$solved" -lt 190 ] || fail "$solved of 200 are solved"
[ "$(grep -c '"reward":1,' b.jsonl)" -eq "$solved" ] || fail "rewards are not the verdicts"
[ "$(grep -c '"reward":0,' b.jsonl)" -eq $((200 - solved)) ] || fail "other rewards"
[ "$(grep -c '"suite":"gsm8k"' b.jsonl)" -eq 200 ] || fail "no suite"
[ "$(grep -c '"policy":"students"' b.jsonl)" -eq 200 ] || fail "no policy"
python=$(command -v python3 || true)
if [ -n "$python" ]; then
  "$python" - << 'END' || fail "rows and journal"
import json
given = {}
for line in open("students.jsonl"):
    row = json.loads(line)
    given[row["question"]] = row
verdicts = {(r["item"], r["sample"]): r for r in map(json.loads, open("b.jsonl.run/journal.jsonl"))}
for line in open("b.jsonl"):
    row = json.loads(line)
    record = verdicts[row["item"], row["sample"]]
    assert row["response"] == record["response"], row
    assert row["reward"] == (record["verdict"] == "correct"), row
    question = row["prompt"].split("Question: ")[1].split("\nAnswer:")[0]
    assert row["response"].strip() == given[question]["answer"].strip(), row
END
fi

# Errors and answers without text are left out, and said; a file of nothing is not written.
head -n 200 students.jsonl > first.jsonl
expect 0 "100 answers are errors" gsm8k --split sft --limit 300 --samples 1 --out c.jsonl \
  --model "students=replay:first.jsonl#answer"
cmp b.jsonl c.jsonl || fail "the answers that are there differ"
expect 4 "no answer can be used" gsm8k --model "null: " --limit 5 --out empty.jsonl
[ ! -e empty.jsonl ] || fail "an empty file"
expect 0 '"solved": ' gsm8k --split sft --limit 200 --samples 1 --out b.jsonl --json \
  --model "students=replay:students.jsonl#answer"
grep -q '"errors": 0' out.txt || fail "no counts in the JSON"

# ---- again, and what is wrong ----

cp a.jsonl a.old
expect 0 "60 trajectories" gsm8k --model null:42 --samples 3 --limit 20 --out a.jsonl
cmp a.jsonl a.old || fail "the same command gives another file"
rm a.jsonl
expect 0 "60 trajectories" --resume a.jsonl.run
cmp a.jsonl a.old || fail "--resume gives another file"
rows a.jsonl.run/journal.jsonl 60
expect 2 "is now 'null:43'" gsm8k --model null:43 --samples 3 --limit 20 --out a.jsonl
expect 2 "leave out --samples" --resume a.jsonl.run --samples 4
expect 2 "leave out --limit" --resume a.jsonl.run --limit 4
expect 2 "ends in .run" --resume a.jsonl
expect 2 "cannot go together" --resume a.jsonl.run --out a.jsonl
expect 2 "--out FILE is missing" gsm8k --model null:42
expect 2 "a suite or a model is missing" gsm8k --out x.jsonl
expect 2 "is there already" gsm8k --model null:42 --out a.old
expect 2 "at most 1" gsm8k --split sft --model "replay:students.jsonl#answer" --out x.jsonl
expect 0 "these are the items that evaluation asks" gsm8k --split test --model null:42 \
  --limit 2 --out tested.jsonl
expect 0 "nothing was run" gsm8k --model null:42 --limit 2 --out dry.jsonl --dry-run
for name in dry.jsonl dry.jsonl.run; do
  [ ! -e $name ] || fail "a dry run left $name"
done
mkdir taken.jsonl
expect 2 "is there already" gsm8k --model null:42 --limit 2 --out taken.jsonl

# ---- a checkpoint, killed again and again ----

model=${OREO_TEST_DATA:-/nonexistent}/models/stories260K
if [ ! -r "$model/model.safetensors" ] || ! "$program" devices > devices.txt 2> err.txt; then
  echo "without a checkpoint or a device: its part is skipped" >&2
  exit 0
fi
asked="gsm8k --limit 6 --samples 4 --max-tokens 24 --top-k 40 --quiet --model $model"
# shellcheck disable=SC2086
expect 0 "24 trajectories" $asked --out whole.jsonl
[ "$(sed 's/.*"response":"\(.*\)","reward".*/\1/' whole.jsonl | sort -u | wc -l)" -gt 18 ] ||
  fail "samples are alike"
kills=0
while [ $kills -lt 3 ]; do
  # shellcheck disable=SC2086
  "$program" rollout $asked --concurrency 3 --out killed.jsonl > out.txt 2> err.txt &
  pid=$!
  while kill -0 $pid 2> gone.txt && { [ ! -e killed.jsonl.run/journal.jsonl ] ||
    [ "$(wc -l < killed.jsonl.run/journal.jsonl)" -lt $((kills * 6 + 2)) ]; }; do
    sleep 0.02
  done
  kill -9 $pid 2> gone.txt || true
  wait $pid 2> gone.txt || true
  [ ! -e killed.jsonl ] || fail "the file is there before its end"
  kills=$((kills + 1))
done
# shellcheck disable=SC2086
expect 0 "24 trajectories" $asked --concurrency 3 --out killed.jsonl
cmp whole.jsonl killed.jsonl || fail "another file after $kills kills"
rows killed.jsonl.run/journal.jsonl 24

# Ctrl-C says how to go on.
# shellcheck disable=SC2086
"$program" rollout $asked --concurrency 1 --out stopped.jsonl > out.txt 2> err.txt &
pid=$!
while kill -0 $pid 2> gone.txt && [ ! -s stopped.jsonl.run/journal.jsonl ]; do
  sleep 0.02
done
kill -TERM $pid
status=0
wait $pid || status=$?
[ $status -eq 130 ] || fail "SIGTERM: exit $status: $(cat err.txt)"
grep -q "continue with: oreo-bench rollout --resume stopped.jsonl.run" err.txt ||
  fail "how to go on: $(cat err.txt)"
expect 0 "24 trajectories" --quiet --resume stopped.jsonl.run
cmp whole.jsonl stopped.jsonl || fail "another file after a signal"

# With a chat template: the user's message is the prompt.
# shellcheck disable=SC2086
expect 0 trajectories $asked --chat-template chatml --out chat.jsonl
grep -q '"conversations":\[{"role":"system"' chat.jsonl || grep -q '^{"prompt":' chat.jsonl ||
  fail "no prompt: $(head -n 1 chat.jsonl)"
echo "rollouts are as stated"
