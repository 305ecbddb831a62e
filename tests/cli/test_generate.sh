#!/bin/sh
# oreo-bench generate: real checkpoints against their references, the same bytes however
# many run at once, and what is refused.
set -eu
program=$1
models=${OREO_TEST_DATA:-/nonexistent}/models
stories=$models/stories260K
# drivers keep memory of their own: no leak check where they run
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { # exit status, words, arguments...
  wanted=$1 words=$2
  shift 2
  status=0
  "$program" generate "$@" > out 2> notes < /dev/null || status=$?
  [ "$status" -eq "$wanted" ] || fail "generate $*: exit $status: $(cat notes)"
  grep -qF -e "$words" out notes || fail "generate $*: no '$words' in $(cat out notes)"
}
# ids of one member, a line each, without spaces
ids() { sed 's/.*"'"$1"'": *\[\([0-9, ]*\)\].*/\1/; s/ //g' "$2"; }

# ---- what needs neither model nor device ----
expect 2 "no model is named" --prompt x
expect 2 "there is nothing to be continued" --model m
expect 2 "more than one kind of prompt" --model m --prompt x --ids 1
expect 2 "'http://localhost/v1#m' is an endpoint" --model http://localhost/v1#m --prompt x
expect 2 "--logits is for --json" --model m --prompt x --logits
expect 2 "leave --chat out" --model m --ids 1 --chat
for list in '' ',' '1,' ',1' '1,,2' '1,x' -1 1.5 '1, 2' 99999999999999999999 2147483648; do
  expect 2 "--ids: '$list' is no list" --model m --ids "$list"
done
expect 2 "--dtype: no 'f23'; there is 'f32'" --model m --prompt x --dtype f23
expect 2 "--temperature" --model m --prompt x --temperature hot
expect 2 "--top-p" --model m --prompt x --top-p 2
expect 2 "--samples" --model m --prompt x --samples 0
expect 2 "no option '--top-q'; the nearest is '--top-p'" --top-q 1
bad() { # words, line
  printf '{"prompt":"fine"}\n\n%s\n' "$2" > bad.jsonl
  expect 4 "'bad.jsonl', line 3: $1" --model m --prompts bad.jsonl
}
bad "" 'no json'
bad "it is" '["prompt"]'
bad "one of 'prompt', 'ids' and 'messages' must be there" '{"text":"x"}'
bad "one of 'prompt', 'ids' and 'messages' must be there" '{"prompt":"x","ids":[1]}'
bad "'prompt' is" '{"prompt":1}'
bad "'ids' is" '{"ids":"1"}'
bad "'messages' is" '{"messages":{}}'
bad "'messages' has 0 entries" '{"messages":[]}'
bad "message 1" '{"messages":[{"role":"user","content":"x"},{"role":"user"}]}'
bad "'ids' has something at 1 that is no token id" '{"ids":[1,-1]}'
bad "'ids' has something at 0 that is no token id" '{"ids":["1"]}'
bad "'ids' has something at 0 that is no token id" '{"ids":[1.5]}'
bad "'max_tokens' is no number" '{"prompt":"x","max_tokens":-1}'
bad "'max_tokens' is no number" '{"prompt":"x","max_tokens":"1"}'
bad "'id' is" '{"prompt":"x","id":[1]}'
: > empty.jsonl
expect 4 "'empty.jsonl' has no prompt" --model m --prompts empty.jsonl
expect 4 "standard input has no prompt" --model m --prompts -
expect 3 "nowhere.jsonl" --model m --prompts nowhere.jsonl

"$program" devices > out 2> notes || { echo "skipped: $(cat notes)"; exit 77; }
[ -f "$stories/model.safetensors" ] || { echo "skipped: no models"; exit 77; }

# ---- greedy continuations, id by id; the reference stops at <s> and 201 tokens ----
compare_greedy() { # folder, further options
  folder=$1
  shift
  "$program" generate --model "$folder" --prompts "$folder/ref_greedy.jsonl" --json \
    --max-tokens 1000 "$@" > greedy.jsonl 2> notes || fail "$folder: $(cat notes)"
  ids prompt_ids "$folder/ref_greedy.jsonl" > wanted
  ids prompt_ids greedy.jsonl | cmp - wanted || fail "$folder: ids of prompts"
  ids greedy_ids "$folder/ref_greedy.jsonl" > wanted
  ids ids greedy.jsonl | cmp - wanted || fail "$folder: greedy ids"
  [ "$(wc -l < greedy.jsonl)" -eq 20 ] || fail "$folder: not twenty lines"
}
compare_greedy "$stories" --context 201 --stop '<s>'
cp greedy.jsonl stories.jsonl
compare_greedy "$models/aidreams260K"

# ... and their texts, logarithms and ends
sed -n 1p stories.jsonl | grep -q '"index":0,"sample":0,"prompt":"","prompt_ids":\[1\]' ||
  fail "members: $(sed -n 1p stories.jsonl)"
sed -n 1p stories.jsonl | grep -q '"text":"Once upon a time, there was a little girl named' ||
  fail "text: $(sed -n 1p stories.jsonl)"
[ "$(grep -c '"finish":"stop"' stories.jsonl)" -eq \
  "$(grep -c 'bos_or_eos' "$stories/ref_greedy.jsonl")" ] || fail "what stopped"
[ "$(grep -c '"finish":"context"' stories.jsonl)" -eq 17 ] || fail "what filled the context"
sed 's/.*"logprobs":\[\(.*\)\].*/\1/' stories.jsonl |
  awk -F, '{ sum = 0; for (i = 1; i <= NF; i++) sum += $i; printf "%.9g\n", sum }' > sums
sed 's/.*"greedy_logprob_sum": *\([-0-9.e]*\).*/\1/' "$stories/ref_greedy.jsonl" |
  paste sums - | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-3) { print; bad = 1 } }
    END { exit bad || NR != 20 }' || fail "sums of log-probabilities"

# ---- logits of the first 16 tokens, within 1e-4 of the reference ----
# one number a line
numbers() { sed 's/.*"logits": *\[\[//; s/\]\].*//; s/[], []\{1,\}/,/g' | tr ',' '\n'; }
compare_logits() { # folder, further options
  folder=$1
  shift
  ids prompt_ids "$folder/ref_logits.jsonl" > begin
  ids greedy_ids "$folder/ref_logits.jsonl" | paste -d, begin - | cut -d, -f1-16 |
    sed 's/.*/{"ids":[&]}/' > asked.jsonl
  "$program" generate --model "$folder" --prompts asked.jsonl --json --logits \
    --max-tokens 0 "$@" > logits.jsonl 2> notes || fail "$folder: $(cat notes)"
  for line in 1 2; do
    sed -n ${line}p logits.jsonl | grep -q '"ids":\[\],"text":"","finish":"length"' ||
      fail "nothing was asked for: $(sed -n ${line}p logits.jsonl | cut -c1-200)"
    sed -n ${line}p logits.jsonl | numbers > got
    sed -n ${line}p "$folder/ref_logits.jsonl" | numbers > wanted
    paste got wanted | awk '{ d = $1 - $2; if (d < 0) d = -d; s = $2 < 0 ? -$2 : $2
        if (s < 1) s = 1
        if (!(d <= 1e-4 * s) || NF != 2) { print NR ": " $0; bad = 1; exit } }
      END { exit bad || NR != 16 * 512 }' || fail "$folder: logits, line $line"
  done
}
compare_logits "$stories"
cp logits.jsonl whole.jsonl
compare_logits "$models/aidreams260K"

# the logits of a completion go on where the prompt's end
"$program" generate -q --model "$stories" --ids 1,403,407 --max-tokens 5 --json --logits > a
ids "ids" a > rest
"$program" generate -q --model "$stories" --ids "1,403,407,$(cat rest)" --max-tokens 0 \
  --json --logits > b
numbers < a > got
numbers < b | cmp got - || fail "logits of a completion"
[ "$(wc -l < got)" -eq $((8 * 512)) ] || fail "logits of eight positions"

# greedy means the largest logit, over more positions than a step of the model has
"$program" generate -q --model "$stories" --ids 1 --max-tokens 400 --json --logits > a
numbers < a | awk -v width=512 '
  (NR - 1) % width == 0 { if (NR > 1) print id; most = $1; id = 0 }
  $1 > most { most = $1; id = (NR - 1) % width }
  END { print id; if (NR != 401 * width) exit 1 }' > largest || fail "401 rows of logits"
ids "ids" a | tr ',' '\n' > wanted
sed '$d' largest | cmp - wanted || fail "an id that is not the largest logit"

# ---- the same bytes at any number at once, greedy and sampled, prompts of all lengths ----
sampled() {
  "$program" generate -q --model "$stories" --prompts "$stories/ref_greedy.jsonl" --json \
    --temperature 0.9 --top-p 0.95 --top-k 100 --min-p 0.01 --seed 7 --max-tokens 20 "$@"
}
sampled --samples 3 > at64
for n in 1 7; do
  sampled --samples 3 --concurrency $n | cmp - at64 || fail "other bytes at $n at once"
done
[ "$(wc -l < at64)" -eq 60 ] || fail "three samples of twenty prompts"
ids ids at64 | sort -u | wc -l | awk '$1 < 40 { exit 1 }' || fail "samples are alike"
grep '"sample":0' at64 > first
sampled | cmp - first || fail "a sample depends on how many there are"
sampled --seed 8 | cmp -s - first && fail "the seed does nothing"
awk '{ match($0, /"index":[0-9]*,"sample":[0-9]*/)
  split(substr($0, RSTART, RLENGTH), a, /[:,]/)
  if (a[2] * 3 + a[4] != NR - 1) exit 1 }' at64 || fail "not in the order of the prompts"

# ---- as a filter, and as text ----
printf '%s\n' '{"prompt":"Once upon a time","id":"x","max_tokens":2}' \
  '{"ids":[1,403,407,261,378],"id":12}' |
  "$program" generate -q --model "$stories" --prompts - --json --max-tokens 3 > out
sed -n 1p out | grep -q '^{"id":"x","index":0,.*"ids":\[432,383\],"text":", there"' ||
  fail "a filter: $(cat out)"
sed -n 2p out | grep -q '^{"id":12,"index":1,"sample":0,"prompt_ids"' || fail "$(cat out)"
expect 0 ", there was a little girl" --model "$stories" --prompt 'Once upon a time' -n 12
[ "$(cat out)" = ", there was a little girl named Lily. She" ] || fail "text alone: $(cat out)"
expect 0 "---- 1, sample 2 ----" --model "$stories" --prompt Hello -n 3 --samples 2
expect 0 ", there was a" --model "$stories" --prompt 'Once upon a time' --stop ' little'
[ "$(cat out)" = ", there was a" ] || fail "a stop string is no part: $(cat out)"

# ---- prompts that cannot be ----
expect 4 "id 1 of the prompt is 512" --model "$stories" --ids 1,512
printf '%s\n' '{"ids":[1]}' '{"ids":[600]}' > outside.jsonl
expect 4 "'outside.jsonl', line 2: id 0" --model "$stories" --prompts outside.jsonl
printf '%s\n' '{"ids":[]}' > none.jsonl
expect 4 "'none.jsonl', line 1: the prompt is empty" --model "$stories" --prompts none.jsonl
expect 4 "the prompt has 5 tokens and the context 5" --model "$stories" --context 5 \
  --prompt 'Once upon a time'
expect 0 "" --model "$stories" --context 6 --prompt 'Once upon a time'
expect 4 "no chat template" --model "$stories" --chat --prompt Hello
expect 2 "context" --model "$stories" --context 513 --prompt Hello
expect 2 "no Vulkan device 'none such'" --model "$stories" --device 'none such' --prompt x
expect 3 "nowhere" --model nowhere --prompt x
status=0
VK_ICD_FILENAMES=/nonexistent VK_DRIVER_FILES=/nonexistent \
  "$program" generate --model "$stories" --prompt x > out 2> notes || status=$?
[ "$status" -eq 3 ] || fail "no driver: exit $status"
grep -q 'install mesa-vulkan-drivers' notes || fail "no driver: $(cat notes)"

# ---- Ctrl-C ----
"$program" generate --model "$stories" --prompts "$stories/ref_greedy.jsonl" --json \
  --samples 2000 --temperature 1 --concurrency 8 > many 2> notes &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -s many ] && break
  sleep 1
done
kill -INT $pid
status=0
wait $pid || status=$?
[ "$status" -eq 130 ] || fail "interrupted: exit $status: $(cat notes)"
grep -q 'interrupted; [1-9][0-9]* of 40000 completions are printed' notes ||
  fail "interrupted: $(cat notes)"
tail -n 1 many | grep -q '}$' || fail "the last line is not whole"
echo "generate is as stated"
