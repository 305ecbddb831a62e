#!/bin/sh
# oreo-bench tokenizer: texts of every kind, files that are the same for the same texts,
# and what is refused.
set -eu
program=$1

fail() { echo "FAILED: $*" >&2; exit 1; }

# expect STATUS WORDS ARGS...: that exit status, and the words on either output.
expect() {
  wanted=$1 words=$2
  shift 2
  status=0
  "$program" tokenizer "$@" > out 2> notes || status=$?
  [ "$status" -eq "$wanted" ] || fail "$*: exit $status, not $wanted: $(cat notes)"
  grep -qF -e "$words" out notes || fail "$*: '$words' is not in: $(cat out notes)"
}

# ---- our own items ----
"$program" tasks generate gsm8k --split sft -n 200 --out sft.jsonl 2> notes
expect 0 'tok: 512 tokens, 255 merges, from 400 texts' train --out tok --vocab 512 sft.jsonl
for file in tokenizer.json tokenizer_config.json; do
  [ -s "tok/$file" ] || fail "no $file"
done
grep -qF '"eos_token": "<|endoftext|>"' tok/tokenizer_config.json || fail "the eos token"
grep -qF '"bos_token": null' tok/tokenizer_config.json || fail "no bos token"

# the same rows in another order, in two files, as a list, from a pipe: the same bytes
same() {
  cmp -s "$1/tokenizer.json" tok/tokenizer.json || fail "$1: other bytes"
  cmp -s "$1/tokenizer_config.json" tok/tokenizer_config.json || fail "$1: other settings"
}
sort -r sft.jsonl > sorted.jsonl
head -n 77 sorted.jsonl > a.jsonl
tail -n +78 sorted.jsonl > b.jsonl
expect 0 '512 tokens' train --out two --vocab 512 b.jsonl a.jsonl
same two
(echo '['; sed '$!s/$/,/' sft.jsonl; echo ']') > list.json
expect 0 '512 tokens' train --out list --vocab-size 512 list.json
same list
status=0
# shellcheck disable=SC2002
cat sft.jsonl | "$program" tokenizer train --out pipe --vocab 512 --format jsonl - \
  > out 2> notes || status=$?
[ "$status" -eq 0 ] || fail "from a pipe: $(cat notes)"
same pipe

# as JSON
"$program" tokenizer train --out json --vocab 300 --min-count 3 --json sft.jsonl > out
for member in '"vocab_size": 300' '"merges": 43' '"texts": 400' '"different_words": ' \
  '"tokens": ' '"bytes": '; do
  grep -qF "$member" out || fail "no $member in $(cat out)"
done

# ---- plain text, fields, conversations ----
printf 'aab aab ab' > plain.txt
expect 0 'plain: 260 tokens, 3 merges, from 1 texts with 3 words, 3 of them different' \
  train --out plain --vocab 400 --min-count 1 --max-piece 3 plain.txt
grep -qF 'there are only 260 tokens of 400' notes || fail "a vocabulary that ends: $(cat notes)"
expect 0 '10 bytes are 4 tokens, 2.50 bytes a token' train --out plain --vocab 400 \
  --min-count 1 --max-piece 3 --force --format text - < plain.txt
printf '%s\n' '{"said":"aab aab ab","text":"zzzz zzzz"}' > said.jsonl
expect 0 'from 1 texts with 3 words' train --out said --vocab 258 --field said said.jsonl
expect 0 'from 2 texts with 5 words' train --out both --vocab 258 --field said \
  --field text said.jsonl
printf '%s\n' '{"conversations":[{"role":"user","content":"ab ab"},' \
  '{"role":"assistant","content":"ab"}],"reward":1}' | tr -d '\n' > talk.jsonl
expect 0 'from 2 texts with 3 words' train --out talk --vocab 258 talk.jsonl

# ---- encoding: the ids of what plain.txt became ("aab", " ", "aab", " ab") ----
expect 0 '{"ids":[258,221,258,259]}' encode plain plain.txt
[ "$(wc -l < out)" = 1 ] || fail "one text, one line: $(cat out)"
expect 0 '{"ids":[258,221,258,259]}' encode plain/tokenizer.json said.jsonl --field said
"$program" tokenizer encode tok sft.jsonl > ids
[ "$(wc -l < ids)" = 400 ] || fail "a line a text"
n=$(tr -dc ',\n' < ids | wc -c)
"$program" tokenizer train --out json --vocab 512 --force --json sft.jsonl |
  grep -qF "\"tokens\": $n" || fail "the tokens that were counted in training: $n"
expect 2 'does nothing with --vocab' encode plain plain.txt --vocab 300
expect 2 'needs a tokenizer' encode plain.txt
expect 3 'nowhere' encode nowhere plain.txt

# ---- special tokens ----
printf '<|im_start|>ab<|im_end|>ab ab<pad>' > chat.txt
expect 0 'chat: 262 tokens, 2 merges, from 1 texts with 3 words, 2 of them' train \
  --out chat --vocab 262 --min-count 1 --chat --bos '<s>' --pad '<pad>' --add-bos chat.txt
grep -qF '"content": "<|im_start|>"' chat/tokenizer.json || fail "ChatML's tokens"
grep -qF '"TemplateProcessing"' chat/tokenizer.json || fail "--add-bos"
grep -qF '"eos_token": "<|im_end|>"' chat/tokenizer_config.json || fail "ChatML's end"
grep -qF '"chat_template": ' chat/tokenizer_config.json || fail "ChatML's template"
expect 0 '257 tokens' train --out bare --vocab 257 --eos '' --min-count 1 plain.txt
grep -qF '"eos_token": null' bare/tokenizer_config.json || fail "no eos token"
grep -qF '{1,3}' bare/tokenizer.json && fail "digits are single"
expect 0 '258 tokens' train --out three --vocab 258 --digits three --min-count 1 plain.txt
grep -qF '{1,3}' three/tokenizer.json || fail "three digits"

# ---- what is refused, before anything is written ----
expect 2 'no folder is named' train --vocab 300 plain.txt
expect 2 'no size is given' train --out no plain.txt
expect 2 'no file to train on' train --out no --vocab 300
expect 2 "does not know 'trian'; it does train and encode" trian
expect 2 'from 257 (256 bytes, 1 special tokens)' train --out no --vocab 256 plain.txt
expect 2 "'<x>' is there twice" train --out no --vocab 300 --special '<x>' \
  --special '<x>' plain.txt
expect 2 "'both' is none of single, three, all" train --out no --vocab 300 \
  --digits both plain.txt
expect 2 "'csv' is none of auto, jsonl, text" train --out no --vocab 300 --format csv plain.txt
[ ! -e no ] || fail "a folder for nothing"
expect 2 'is there already' train --out tok --vocab 300 plain.txt
same tok
expect 3 'nowhere.txt' train --out no --vocab 300 nowhere.txt
expect 3 'nowhere.jsonl' train --out no --vocab 300 nowhere.jsonl
: > empty.txt
expect 4 'no text to train' train --out no --vocab 300 empty.txt
printf '%s\n' '{"question":"q"}' '' '{"other":"x"}' > other.jsonl
expect 4 "'other.jsonl': line 3: there is no text in any of question, answer" train \
  --out no --vocab 300 other.jsonl
expect 4 "there is no text in answr; name" train --out no --vocab 300 --field answr sft.jsonl
printf '%s\n' '{"question":"q"}' '["x"]' > row.jsonl
expect 4 "'row.jsonl': line 2: an object is wanted and there is" train --out no \
  --vocab 300 row.jsonl
printf '[{"question":"q"},{"q":1}]' > row.json
expect 4 "'row.json': element 2: there is no text" train --out no --vocab 300 row.json
printf '%s\n' '{"question":"q"}' '{"question":' > broken.jsonl
expect 4 "'broken.jsonl': line 2: " train --out no --vocab 300 broken.jsonl
[ ! -e no/tokenizer.json ] || fail "a tokenizer of nothing"
if [ "$(id -u)" != 0 ]; then
  mkdir locked
  chmod 500 locked
  expect 3 'locked' train --out locked --vocab 300 plain.txt
fi
echo "tokenizers are trained as stated"
