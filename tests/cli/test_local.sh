#!/bin/sh
# A checkpoint answers a suite on this machine's device: the same answers whatever runs
# beside what and after a kill, and what is wrong said before anything runs.
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
  "$program" run "$@" > out.txt 2> err.txt || status=$?
  [ "$status" -eq "$wanted" ] || fail "run $*: exit $status, not $wanted: $(cat err.txt)"
  grep -qF -e "$words" out.txt err.txt ||
    fail "run $*: '$words' is not in: $(cat out.txt err.txt)"
}

# The records of journals, in order and without their checksums; they are what counts.
answers() {
  cat "$@" | sed 's/,"crc":"[0-9a-f]*"}$//' | LC_ALL=C sort
}

responses() {
  sed 's/.*"response":"\(.*\)","finish".*/\1/' "$1"
}

same() {
  wanted=$1
  shift
  answers "$@" > got.txt
  cmp "$wanted" got.txt || fail "$*: other answers than in $wanted"
}

# ---- the same answers, whatever runs beside them ----

small="gsm8k --limit 10 --max-tokens 40 --logprobs --quiet"
for kind in greedy sampled; do
  case $kind in
  greedy) said="" ;;
  sampled) said="--temperature 0.8 --top-p 0.95 --top-k 40 --samples 2 --seed 7" ;;
  esac
  for n in 64 7 1; do
    # shellcheck disable=SC2086
    expect 0 stories260K $small $said --model "$model" --concurrency $n --out "$kind-$n"
    [ $n -ne 64 ] || answers "$kind-64/journal.jsonl" > "$kind.txt"
    same "$kind.txt" "$kind-$n/journal.jsonl"
  done
  for part in 1 2; do
    # shellcheck disable=SC2086
    expect 0 stories260K $small $said --model "$model" --shard $part/2 --out "$kind-p$part"
  done
  same "$kind.txt" "$kind-p1/journal.jsonl" "$kind-p2/journal.jsonl"
done
[ "$(responses greedy.txt | sort -u | wc -l)" -ge 7 ] || fail "items have the same answers"
[ "$(wc -l < sampled.txt)" -eq 20 ] || fail "two samples of ten items are not twenty"
[ "$(responses sampled.txt | sort -u | wc -l)" -ge 18 ] ||
  fail "the samples of an item are the same"
# shellcheck disable=SC2086
expect 0 stories260K $small --temperature 0.8 --top-p 0.95 --top-k 40 --samples 2 --seed 8 \
  --model "$model" --out other-seed
answers other-seed/journal.jsonl > got.txt
! cmp -s sampled.txt got.txt || fail "another seed gives the same answers"

# Each token has its log-probability, and the counts are those of the run.
python=$(command -v python3 || true)
if [ -n "$python" ]; then
  "$python" - greedy-64/journal.jsonl << 'END' || fail "tokens and log-probabilities"
import json, sys
for line in open(sys.argv[1]):
    r = json.loads(line)
    assert 0 < r["tokens_out"] <= 40 and r["tokens_in"] > 20, r
    assert len(r["logprobs"]) == r["tokens_out"], r
    assert all(-30 < x <= 0 for x in r["logprobs"]), r
    assert r["finish"] == ("length" if r["tokens_out"] == 40 else "stop"), r
END
fi

# ---- what is asked ----

# shellcheck disable=SC2086
expect 0 stories260K $small --model "$model" --stop "a" --stop "never" --out stopped
grep -q '"finish":"stop"' stopped/journal.jsonl || fail "no stop string came"
! responses stopped/journal.jsonl | grep -q a || fail "a stop string is in a response"

# shellcheck disable=SC2086
expect 0 stories260K $small --model "$model" --chat-template chatml --out chat
grep -q '"chat_template": "chatml"' chat/manifest.json || fail "no template in the manifest"
! cmp -s greedy-64/journal.jsonl chat/journal.jsonl || fail "the template changed nothing"

expect 0 "the answers to an item will be the same" gsm8k --limit 1 --max-tokens 1 \
  --samples 2 --model "$model" --out twice

# lm-eval's words for it
# shellcheck disable=SC2086
expect 0 stories260K --tasks gsm8k --limit 10 --gen_kwargs max_gen_toks=40 --logprobs \
  --model hf --model_args "pretrained=$model,dtype=float32,device=cuda:0" -o hf
same greedy.txt hf/journal.jsonl

# Two models, two suites: each is loaded when its turn comes.
mkdir copy && cp "$model"/config.json "$model"/model.safetensors "$model"/tok512.bin copy
expect 0 copy gsm8k,math --limit 3 --max-tokens 8 --model "$model" --model copy \
  --model null:1 --out two
[ "$(wc -l < two/journal.jsonl)" -eq 18 ] || fail "not all models answered both suites"
grep '"model":"copy"' two/journal.jsonl | sed 's/"model":"copy"/"model":"stories260K"/' \
  > copied.jsonl
grep '"model":"stories260K"' two/journal.jsonl > own.jsonl
answers own.jsonl > own.txt
same own.txt copied.jsonl

# A dry run says on what, and generates nothing.
expect 0 "nothing was run" gsm8k --limit 2 --model "$model" --dry-run --out dry
[ ! -e dry ] || fail "a dry run made its folder"
for words in "        on " "weights f32" "context 512" "MiB are taken" "Question: "; do
  grep -qF "$words" out.txt || fail "a dry run does not say '$words': $(cat out.txt)"
done

# ---- the manifest; going on ----

for words in '"kind": "local"' '"device": ' '"driver": ' '"api": ' '"shaders_sha256": ' \
  '"dtype": "f32"' '"chat_template": "none"' '"context": 512'; do
  grep -qF "$words" greedy-64/manifest.json || fail "the manifest has no $words"
done
device=$(sed -n 's/.*"device": "\([^"(]*\).*/\1/p' greedy-64/manifest.json)
for name in report.md report.html report.json; do
  grep -qF "$device" "greedy-64/$name" || fail "$name does not say what it ran on"
done
# shellcheck disable=SC2086
expect 2 "dtype was 'f32' and is now 'f16'" $small --model "$model" --dtype f16 \
  --resume greedy-64
expect 2 "leave out --dtype" --dtype f16 --resume greedy-64
# shellcheck disable=SC2086
expect 2 "chat_template was 'none' and is now 'chatml'" $small --model "$model" \
  --chat-template chatml --resume greedy-64
sed 's/"device": "[^"]*/"device": "another/' greedy-64/manifest.json > m.json
mkdir moved && cp m.json moved/manifest.json && cp greedy-64/journal.jsonl moved
expect 2 "device" --resume moved

whole="gsm8k --limit 24 --max-tokens 32 --temperature 0.7 --concurrency 8 --quiet"
# shellcheck disable=SC2086
expect 0 stories260K $whole --model "$model" --out whole
# shellcheck disable=SC2086
"$program" run $whole --model "$model" --out killed > out.txt 2> err.txt &
pid=$!
kills=0
while [ $kills -lt 4 ]; do
  wanted=$((kills * 6 + 1))
  while kill -0 $pid 2> gone.txt && { [ ! -e killed/journal.jsonl ] ||
    [ "$(wc -l < killed/journal.jsonl)" -lt $wanted ]; }; do
    sleep 0.02
  done
  kill -9 $pid 2> gone.txt || true
  wait $pid 2> gone.txt || true
  kills=$((kills + 1))
  "$program" run --quiet --resume killed > out.txt 2> err.txt &
  pid=$!
done
wait $pid || fail "the last continuation: $(cat err.txt)"
answers whole/journal.jsonl > whole.txt
same whole.txt killed/journal.jsonl
for name in report.md report.html report.json report.csv junit.xml; do
  cmp "whole/$name" "killed/$name" || fail "$name differs after $kills kills"
done

# A signal: what is on its way is finished, nothing new is asked, and it goes on from there.
# shellcheck disable=SC2086
"$program" run $whole --concurrency 2 --model "$model" --out stopped2 > out.txt 2> err.txt &
pid=$!
while kill -0 $pid 2> gone.txt && { [ ! -e stopped2/journal.jsonl ] ||
  [ "$(wc -l < stopped2/journal.jsonl)" -lt 3 ]; }; do
  sleep 0.02
done
kill -TERM $pid
status=0
wait $pid || status=$?
[ $status -eq 130 ] || fail "SIGTERM: exit $status: $(cat err.txt)"
[ "$(wc -l < stopped2/journal.jsonl)" -lt 24 ] || fail "a signal stopped nothing"
expect 0 stories260K --quiet --resume stopped2
same whole.txt stopped2/journal.jsonl
cmp whole/report.html stopped2/report.html || fail "report.html differs after a signal"

# ---- what is wrong is said first ----

expect 3 "no such folder or file" gsm8k --model models/nowhere
expect 3 "nowhere.gguf" gsm8k --model nowhere.gguf
mkdir empty
expect 4 "config.json" gsm8k --model empty
mkdir untold && cp "$model"/config.json "$model"/model.safetensors untold
expect 3 "no tokenizer in 'untold'" gsm8k --model untold
mkdir cut && cp "$model"/config.json "$model"/tok512.bin cut
head -c 500000 "$model/model.safetensors" > cut/model.safetensors
expect 4 "cut/model.safetensors" gsm8k --model cut
mkdir large && cp "$model"/config.json "$model"/model.safetensors large
cp "$model/llama2_tokenizer.bin" large/tokenizer.bin
expect 4 "the tokenizer has 32000 ids and the model's vocabulary 512 rows" gsm8k \
  --model large
head -c 100000 "$model/model.safetensors" > broken.gguf
expect 4 "broken.gguf" gsm8k --model broken.gguf
expect 2 "name the folder that it is in" gsm8k --model copy/config.json
expect 2 "no-such-device" gsm8k --model "$model" --device no-such-device
expect 2 "unknown chat template 'chatmal'" gsm8k --model "$model" --chat-template chatmal
echo "{{ messages }}" > own.jinja
expect 4 "own.jinja" gsm8k --model "$model" --chat-template own.jinja
expect 2 "--dtype: no 'f8'; there is auto, f32, f16, bf16" gsm8k --model "$model" --dtype f8
[ ! -e results ] || fail "a folder was made before the inputs were checked"

# A prompt over the context is an error of that item, with both numbers.
expect 0 "items failed" gsm8k --limit 6 --max-tokens 8 --model "$model" --context 150 \
  --max-error-rate 0.99 --out over
grep -q '"verdict":"error","reason":"a prompt of 1[0-9]* tokens .* context of 150' \
  over/journal.jsonl || fail "no error record with both numbers: $(cat over/journal.jsonl)"
[ "$(grep -c '"verdict":"error"' over/journal.jsonl)" -lt 6 ] || fail "nothing fits"
expect 5 "more than --max-error-rate" gsm8k --limit 6 --max-tokens 8 --model "$model" \
  --context 150 --out over2

# Without any driver the program still runs, and says what to install.
export VK_ICD_FILENAMES=/nonexistent VK_DRIVER_FILES=/nonexistent
expect 3 "install" gsm8k --model "$model"
expect 0 "null:42" gsm8k --model null:42 --limit 5 --out without
unset VK_ICD_FILENAMES VK_DRIVER_FILES

# Under the validation layer, where it is installed: a complaint would end the run.
if OREO_VULKAN_VALIDATION=1 "$program" devices > devices.txt 2> err.txt; then
  export OREO_VULKAN_VALIDATION=1
  status=0
  # shellcheck disable=SC2086
  "$program" run $small --model "$model" --out validated > out.txt 2> err.txt || status=$?
  if grep -q "validation layer" err.txt && ! grep -q complaint err.txt; then
    echo "without the validation layer: $(cat err.txt)" >&2
  else
    [ $status -eq 0 ] || fail "under the validation layer: $(cat err.txt)"
    same greedy.txt validated/journal.jsonl
  fi
fi
echo "a checkpoint answers as stated"
