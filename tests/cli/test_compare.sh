#!/bin/sh
# oreo-bench compare and report, as a user meets them: runs, journals, samples files, gates.
set -eu
program=$1
export SOURCE_DATE_EPOCH=1795465865

fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { # what, expected, got
  [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}
status() { # prints the exit status of the command, whose output goes to out and err
  set +e
  "$@" > out 2> err
  echo $?
  set -e
}
has() { grep -qF -- "$2" "$1" || fail "no '$2' in: $(cat "$1")"; }

# 60 items; `old` has the first 30 right, `new` the first 45 and not the first two
put() { printf '%s\n' "$1" >> "$2"; } # no echo: it may expand backslashes
i=0
while [ $i -lt 60 ]; do
  put "{\"question\":\"How much is $i plus 1?\",\"answer\":\"It is <<$i+1=$((i + 1))>>$((i + 1)).\\n#### $((i + 1))\"}" items.jsonl
  old=$((i + 1)); new=$((i + 1))
  [ $i -lt 30 ] || old=0
  [ $i -lt 45 ] && [ $i -ge 2 ] || new=0
  put "{\"question\":\"How much is $i plus 1?\",\"response\":\"Adding one to $i gives, as I see it, the answer $old.\"}" old.jsonl
  put "{\"question\":\"How much is $i plus 1?\",\"response\":\"Let me think about $i with care. The answer is $new.\"}" new.jsonl
  i=$((i + 1))
done
run() { "$program" run gsm8k --data items.jsonl "$@" > /dev/null 2> run.err || fail "run: $(cat run.err)"; }
run --model old=replay:old.jsonl --model new=replay:new.jsonl --out both
run --model old=replay:old.jsonl --out one
run --model new=replay:new.jsonl --out two

# ---- the same numbers from every kind of side ----
line="B is better by 21.7 points [10.0, 33.3], p = 0.0023, n = 60"
samples=samples_gsm8k_2026-11-23T20-31-05.000000.jsonl
for pair in "both#old both#new" "one two" "one/journal.jsonl two/journal.jsonl" \
  "one/old two/new" "both/old/$samples both/new/$samples" "one two/new"; do
  # shellcheck disable=SC2086
  expect "compare $pair" 0 "$(status "$program" compare $pair)"
  has out "$line"
  has out "15 newly fixed, 2 newly broken"
done
expect "reversed" 0 "$(status "$program" compare both#new both#old)"
has out "A is better by 21.7 points [10.0, 33.3], p = 0.0023, n = 60"
expect "items" 0 "$(status "$program" compare one two --items)"
has out "newly broken"
expect "rows of items" 17 "$(grep -c '^| items-' out)"
expect "json" 0 "$(status "$program" compare one two --json)"
has out '"n_broken": 2'
has out '"joined_by": "id"'

# ---- gates ----
expect "gate holds" 0 "$(status "$program" compare one two --gate min-diff=20 --fail-if-worse)"
has out "gate holds"
expect "gate fails" 1 "$(status "$program" compare one two --gate max-broken=1)"
has err "newly broken is 2, must be at most 1"
expect "worse" 1 "$(status "$program" compare two one --fail-if-worse)"
expect "no such gate" 2 "$(status "$program" compare one two --gate best=1)"

# ---- refusals ----
expect "which model?" 2 "$(status "$program" compare both one)"
has err "both#MODEL"
expect "no such model" 2 "$(status "$program" compare both#older one)"
expect "no such file" 3 "$(status "$program" compare nowhere one)"
expect "no judgement" 4 "$(status "$program" compare old.jsonl new.jsonl)"
has err "grade them first"
sed 's/plus 1?/plus one?/' items.jsonl > other.jsonl
sed 's/plus 1?/plus one?/' new.jsonl > other_answers.jsonl
"$program" run gsm8k --data other.jsonl --model new=replay:other_answers.jsonl --out three \
  > /dev/null 2>&1 || fail "third run"
expect "other data" 4 "$(status "$program" compare one three)"
has err "different data"
expect "other data in samples" 4 "$(status "$program" compare one/old three/new)"

# ---- lint of a results file ----
sed 's/\("exact_match_stderr,robust": \)[0-9.]*/\10.0/' one/old/results_*.json > changed
cp changed one/old/results_2026-11-23T20-31-05.000000.json
expect "impossible stderr" 0 "$(status "$program" compare one/old two/new)"
has out "impossible-stderr"

# ---- report ----
cp both/report.html first.html
rm both/report.* both/junit.xml
expect "report" 0 "$(status "$program" report both)"
cmp -s both/report.html first.html || fail "report is not the same bytes"
[ -s both/junit.xml ] && [ -s both/report.csv ] || fail "all formats"
expect "united" 0 "$(status "$program" report one two --out whole)"
has out "new is better than old by 21.7 points"
cmp -s whole/report.csv both/report.csv || fail "united report differs"
expect "not united" 4 "$(status "$program" report one three)"

run --model old=replay:old.jsonl --model new=replay:new.jsonl --shard 1/2 --out s1
run --model old=replay:old.jsonl --model new=replay:new.jsonl --shard 2/2 --out s2
expect "shards" 0 "$(status "$program" report s2 s1 --out shards)"
cmp -s shards/report.csv both/report.csv || fail "shards differ from the whole"
for file in both/report.md both/report.html both/report.json; do
  ! grep -q "$(pwd)" $file || fail "$file names the folder"
done
