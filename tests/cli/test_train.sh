#!/bin/sh
# `train`: every algorithm from one file of trajectories, the same bytes again and after
# kills, a checkpoint that answers, and what is wrong said before anything is trained.
set -eu
program=$1
model=${OREO_TEST_DATA:-/nonexistent}/models/stories260K
# drivers keep memory of their own at the end
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

skip() {
  echo "skipped: $*" >&2
  exit 77
}

[ -r "$model/model.safetensors" ] || skip "no checkpoint; OREO_TEST_DATA names its folder"
"$program" devices > devices.txt 2> err.txt || skip "no device: $(cat err.txt)"

# expect STATUS WORDS ARGS...: that exit status, and the words on either output.
expect() {
  wanted=$1 words=$2
  shift 2
  status=0
  "$program" train "$@" > out.txt 2> err.txt || status=$?
  [ "$status" -eq "$wanted" ] || fail "train $*: exit $status, not $wanted: $(cat err.txt)"
  grep -qF -e "$words" out.txt err.txt ||
    fail "train $*: '$words' is not in: $(cat out.txt err.txt)"
}

same() {
  for name in config.json model.safetensors provenance.json training.json log.jsonl \
    audit.txt; do
    cmp "$1/$name" "$2/$name" || fail "$2/$name differs from $1's"
  done
  [ ! -d "$1/value" ] || cmp "$1/value/model.safetensors" "$2/value/model.safetensors" ||
    fail "the value network of $2 differs from $1's"
}

# Twelve prompts with two answers each, one right and one wrong.
i=0
while [ $i -lt 12 ]; do
  printf '{"prompt":"What is %d and 1?","response":" It is %d.\\nSo","reward":1,"suite":"gsm8k"}\n' \
    $i $((i + 1))
  printf '{"prompt":"What is %d and 1?","response":" It is a dog.\\nNo","reward":0}\n' $i
  i=$((i + 1))
done > data.jsonl
how="--init $model --data data.jsonl --batch 6 --rows 128 --rate 1e-3 --epochs 2 --quiet"

# ---- every algorithm ----

for algo in sft rft dpo kto oreo; do
  # shellcheck disable=SC2086
  expect 0 "tokens/s" $algo $how --out $algo
  steps=$(wc -l < $algo/log.jsonl)
  case $algo in
  sft | kto | oreo) [ "$steps" -eq 8 ] || fail "$algo: $steps steps" ;;
  rft | dpo) [ "$steps" -eq 4 ] || fail "$algo: $steps steps" ;;
  esac
  grep -q "\"steps\": $steps" $algo/provenance.json || fail "$algo: no steps: \
$(cat $algo/provenance.json)"
  for words in "$(sha256sum data.jsonl | cut -d ' ' -f 1)" '"parent": {' '"device": ' \
    '"commit": ' "\"algo\": \"$algo\"" '"seed": "0"' '"rate": "0.001"'; do
    grep -qF "$words" $algo/provenance.json || fail "$algo: provenance has no $words"
  done
  ! cmp -s "$model/model.safetensors" $algo/model.safetensors || fail "$algo changed nothing"
  [ "$(find $algo -name 'checkpoint-*' | wc -l)" -eq 0 ] || fail "$algo: checkpoints stay"
done
[ -s oreo/value/model.safetensors ] || fail "no value network"
cmp oreo/provenance.json oreo/value/provenance.json || fail "the value network's provenance"
grep -q '"value_loss":' oreo/log.jsonl || fail "no value loss"
first=$(sed -n '1s/.*"loss":\([0-9.]*\).*/\1/p' sft/log.jsonl)
last=$(sed -n '$s/.*"loss":\([0-9.]*\).*/\1/p' sft/log.jsonl)
awk -v a="$first" -v b="$last" 'BEGIN { exit !(b < a) }' || fail "sft: loss $first to $last"
"$program" generate --model oreo --prompt "What is 2 and 1?" --max-tokens 4 > out.txt \
  2> err.txt || fail "the trained checkpoint does not answer: $(cat err.txt)"
# the value network and the reference of another training
# shellcheck disable=SC2086
expect 0 "tokens/s" oreo $how --value oreo/value --reference sft --out again
grep -q '"reference": {' again/provenance.json || fail "no reference in provenance.json"

# ---- the same bytes ----

# shellcheck disable=SC2086
expect 0 "tokens/s" oreo $how --out twin
same oreo twin
# shellcheck disable=SC2086
expect 0 "tokens/s" oreo $how --seed 1 --out other
! cmp -s oreo/model.safetensors other/model.safetensors || fail "the seed changes nothing"
kills=0
while [ $kills -lt 4 ]; do
  # shellcheck disable=SC2086
  "$program" train oreo $how --save-every 2 --out killed --resume > out.txt 2> err.txt &
  pid=$!
  while kill -0 $pid 2> gone.txt && { [ ! -e killed/log.jsonl ] ||
    [ "$(wc -l < killed/log.jsonl)" -lt $((kills * 2 + 1)) ]; }; do
    sleep 0.02
  done
  sleep 0.0$((kills * 3))
  kill -9 $pid 2> gone.txt || true
  wait $pid 2> gone.txt || true
  kills=$((kills + 1))
done
# shellcheck disable=SC2086
expect 0 "" oreo $how --save-every 2 --out killed --resume
same oreo killed

# A signal: a checkpoint at once, and how to go on.
# shellcheck disable=SC2086
"$program" train oreo $how --out stopped > out.txt 2> err.txt &
pid=$!
while kill -0 $pid 2> gone.txt && [ ! -s stopped/log.jsonl ]; do
  sleep 0.02
done
kill -TERM $pid
status=0
wait $pid || status=$?
[ $status -eq 130 ] || fail "SIGTERM: exit $status: $(cat err.txt)"
grep -q "with --resume to go" err.txt || fail "how to go on: $(cat err.txt)"
[ "$(find stopped -maxdepth 1 -name 'checkpoint-*' | wc -l)" -eq 1 ] || fail "no checkpoint"
# shellcheck disable=SC2086
expect 2 "go on with --resume" oreo $how --out stopped
# shellcheck disable=SC2086
expect 2 '"seed": "0"' oreo $how --seed 3 --out stopped --resume
# shellcheck disable=SC2086
expect 0 "tokens/s" oreo $how --out stopped --resume
same oreo stopped
expect 0 "nothing is left to do" oreo --init "$model" --data data.jsonl --batch 6 \
  --rows 128 --rate 1e-3 --epochs 2 --out stopped --resume --json
grep -q '"steps": 8' out.txt || fail "a finished training says nothing: $(cat out.txt)"
# shellcheck disable=SC2086
expect 0 "tokens/s" sft $how --save-every 3 --keep 9 --out kept
for step in 3 6 8; do
  [ -s kept/checkpoint-$step/config.json ] || fail "checkpoint-$step is not kept"
done

# ---- what is wrong ----

expect 2 "algorithm is missing" --init "$model" --data data.jsonl --out x
expect 2 "the nearest is oreo" oero --init "$model" --data data.jsonl --out x
expect 2 "--init CKPT is missing" sft --data data.jsonl --out x
expect 2 "--data FILE is missing" sft --init "$model" --out x
expect 2 "--out DIR is missing" sft --init "$model" --data data.jsonl
expect 2 "--alpha means nothing to sft" sft --init "$model" --data data.jsonl --alpha 1 --out x
expect 2 "--level: 'word' is none of token, step, response" oreo --init "$model" \
  --data data.jsonl --level word --out x
expect 2 "rows or more" sft --init "$model" --data data.jsonl --rows 8 --out x
expect 3 "nowhere.jsonl" sft --init "$model" --data nowhere.jsonl --out x
expect 3 "nowhere" sft --init nowhere --data data.jsonl --out x
grep '"reward":1' data.jsonl > solved.jsonl
grep '"reward":0' data.jsonl > failed.jsonl
expect 4 "OREO has nothing to learn" oreo --init "$model" --data solved.jsonl --out x
expect 4 "no pair can be built" dpo --init "$model" --data solved.jsonl --out x
expect 4 "none of the 12 responses is a success" rft --init "$model" --data failed.jsonl \
  --out x
sed 's/"reward":0/"reward":2/' failed.jsonl > large.jsonl
expect 4 "a reward is from 0 to 1" sft --init "$model" --data large.jsonl --out x
sed 's/,"reward":0//' failed.jsonl > without.jsonl
expect 4 "there is no 'reward'" sft --init "$model" --data without.jsonl --out x
sed 's/"response":"[^"]*"/"response":""/' failed.jsonl > empty.jsonl
expect 4 "'response' is empty" sft --init "$model" --data empty.jsonl --out x
expect 4 "context" sft --init "$model" --data data.jsonl --context 8 --out x
expect 4 "is a value network" sft --init oreo/value --data data.jsonl --out x
# shellcheck disable=SC2086
expect 2 "no-such-device" sft $how --device no-such-device --out x
[ ! -e x ] || fail "a folder was made before the inputs were checked"
mkdir full && touch full/file
# shellcheck disable=SC2086
expect 2 "is not empty" sft $how --out full
expect 0 "nothing was trained" oreo --init "$model" --data data.jsonl --dry-run
expect 0 "12 solved (50.0 %)" oreo --init "$model" --data data.jsonl --audit
expect 0 '"prompts_mixed": 12' oreo --init "$model" --data data.jsonl --audit --json
expect 0 '"steps_an_epoch": 1' oreo --init "$model" --data data.jsonl --dry-run --json

# A full disk, here a limit on the size of a file: the checkpoint before it stays.
status=0
# shellcheck disable=SC2086
(ulimit -f 200 && exec "$program" train sft $how --save-every 2 --out small > out.txt \
  2> err.txt) || status=$?
[ $status -eq 3 ] || fail "a full disk: exit $status: $(cat err.txt)"
[ "$(find small -name 'checkpoint-*' | wc -l)" -eq 0 ] || fail "half a checkpoint stays"
# shellcheck disable=SC2086
expect 0 "tokens/s" sft $how --save-every 2 --out small --resume
same sft small

# A job file says the same.
printf '[train]\nalgo = oreo\ninit = %s\ndata = data.jsonl\nbatch = 6\nrows = 128\nrate = 1e-3\nepochs = 2\n' \
  "$model" > job.ini
expect 0 "tokens/s" --job job.ini --out job
same oreo job
echo "training is as stated"
