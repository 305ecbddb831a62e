#!/bin/sh
# `run` as a user meets it: what it prints, what it writes, what it refuses and with which
# exit status.
set -eu
program=$1

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

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

# Without a model: five lines, whose commands work as they are printed.
expect 0 "No checkpoint ships" gsm8k
[ "$(wc -l < out.txt)" -eq 5 ] || fail "the explanation has other than five lines"
sed -n 2,3p out.txt > commands.sh
sh -e commands.sh > shown.txt 2> notes.txt || fail "a printed command: $(cat notes.txt)"
grep -q "students is better than null:0" shown.txt || fail "$(cat shown.txt)"
ls results/runs/gsm8k-*/report.html > /dev/null || fail "no folder below results/runs"

# The data that ran stand first on both outputs; results on stdout alone.
expect 0 "writing to" gsm8k --model null:42 --limit 20 --out a
head -n 1 out.txt | grep -q "^gsm8k: built-in gsm8k-style v1, split test, 20 of 1000" ||
  fail "the data are not printed first"
head -n 1 err.txt | grep -q "^gsm8k: built-in gsm8k-style v1" || fail "not on stderr either"
grep -q "writing to" out.txt && fail "a note on standard output"
for name in manifest.json journal.jsonl report.md report.html report.json report.csv \
  junit.xml; do
  [ -s "a/$name" ] || fail "a/$name is not there"
done
[ "$(wc -l < a/journal.jsonl)" -eq 20 ] || fail "not 20 records"
expect 0 '"passed": true' gsm8k --model null:42 --limit 20 --out a-json --json --quiet
[ ! -s err.txt ] || fail "--quiet is not quiet: $(cat err.txt)"
cmp out.txt a-json/report.json || fail "--json is not report.json"
cmp a/report.md a-json/report.md || fail "two equal runs have different reports"

# Folders.
expect 2 "continue that run with --resume a" gsm8k --model null:42 --out a
mkdir other && touch other/file
expect 2 "no run folder" gsm8k --model null:42 --out other
expect 2 "is a file" gsm8k --model null:42 --out other/file
expect 4 "no run folder" --resume other
expect 3 "no folder" --resume nowhere
expect 2 "cannot go together" gsm8k --model null:42 --out x --resume a

# Resuming: alone, with everything, and with something else.
expect 0 "null:42" --resume a
expect 0 "null:42" gsm8k --model null:42 --limit 20 --resume a
expect 2 "is now 'null:43'" gsm8k --model null:43 --limit 20 --resume a
expect 2 "was '20' and is now '19'" gsm8k --model null:42 --limit 19 --resume a
expect 2 "leave out --limit" --resume a --limit 19
printf '{"v":1,"half a rec' >> a/journal.jsonl
expect 0 "cut off by a crash" --resume a
[ "$(wc -l < a/journal.jsonl)" -eq 20 ] || fail "a torn tail was not cut"
sed '3s/null:42/null:43/' a/journal.jsonl > damaged && cp damaged a/journal.jsonl
expect 4 "line 3" --resume a

# A dry run checks everything and leaves nothing behind.
expect 0 "nothing was run" gsm8k,math --model null:1 --limit 5 --dry-run --out dry
[ ! -e dry ] || fail "a dry run made its folder"
expect 2 "no known kind" gsm8k --model nothing --dry-run

# Two suites, shards, samples, names.
expect 0 "math: built-in math-style v1" gsm8k,math --model null:7 --limit 5 --out two
expect 0 "first" gsm8k --model first=null:1 --model second=null:2 --limit 4 --out named
expect 0 "null:1 (2)" gsm8k --model null:1 --model null:1 --limit 4 --out twins
expect 0 "null:5" gsm8k --model null:5 --limit 30 --samples 2 --out whole
for part in 1 2 3; do
  expect 0 "10 of 1000" gsm8k --model null:5 --limit 30 --samples 2 --shard $part/3 \
    --out "part$part"
done
"$program" report part3 part1 part2 --out united > out.txt 2> err.txt || fail "report"
cmp whole/report.csv united/report.csv || fail "three shards are not the whole"

# lm-eval's spellings.
expect 0 "null:72" --tasks gsm8k --model null --model_args text=72 --limit 5 \
  --output_path lm --log_samples --seed 0,1234,1234,1234
expect 0 "null:72" -t gsm8k -m null -a text=72 -L 0.01 -o lm2 -s
[ "$(wc -l < lm2/journal.jsonl)" -eq 10 ] || fail "a share of 0.01 is not 10 of 1000"

# Errors are no wrong answers: a recording with holes makes an invalid run that says so.
"$program" tasks generate gsm8k --split test --count 20 > test.jsonl
head -n 15 test.jsonl > recorded.jsonl
expect 5 "the run is invalid" gsm8k --data test.jsonl \
  --model replay:recorded.jsonl#answer --out holes
grep -q '"verdict":"error"' holes/journal.jsonl || fail "no error record"
grep -q "| recorded .*|   *15 |.*|   *5 |" out.txt || fail "15 graded and 5 errors: $(cat out.txt)"
expect 0 "recorded" gsm8k --data test.jsonl --model replay:recorded.jsonl#answer \
  --max-error-rate 0.5 --out holes2
expect 2 "at most 1 answers" gsm8k --data test.jsonl \
  --model replay:recorded.jsonl#answer --samples 3 --out holes3
[ ! -e holes3 ] || fail "a folder was made before the inputs were checked"
expect 4 "answers none of the" gsm8k --data test.jsonl --model replay:students.jsonl

# Examples from a file, which the manifest names and --resume takes again.
echo '[{"question":"A?","answer":"1"},{"question":"B?","answer":"2"}]' > shots.json
expect 0 "null:42" gsm8k --model null:42 --limit 2 --compat lm-eval/gsm8k_cot \
  --num-fewshot 2 --fewshot-file shots.json --out shots
grep -q '"fewshot-file"' shots/manifest.json || fail "the manifest lacks the shots' file"
expect 0 "null:42" --resume shots
"$program" tasks show gsm8k --data builtin -n 1 --prompts --compat lm-eval \
  --lm-eval-task gsm8k_cot -f 2 --fewshot-file shots.json > out.txt || fail "tasks show"
grep -q "^Q: B?" out.txt || fail "no shot of the file: $(cat out.txt)"
expect 2 "asked for and there are 2" gsm8k --model null:1 -f 3 --fewshot-file shots.json
expect 2 "no examples are asked for" gsm8k --model null:1 -f 0 --fewshot-file shots.json
expect 3 "nofile" gsm8k --model null:1 -f 1 --fewshot-file nofile

# Bad input.
expect 2 "did you mean 'gsm8k'" gsm9k --model null:1
expect 2 "is not I/N" gsm8k --model null:1 --shard 4/3
expect 2 "--seed" gsm8k --model null:1 --seed x
expect 2 "no examples are asked for" gsm8k --model null:1 -f 0 --fewshot-file shots.json
expect 3 "nofile" gsm8k --data nofile --model null:1
expect 2 "no examples are asked for" gsm8k --model null:1 -f 0 --fewshot-file shots.json
expect 3 "nofile" gsm8k --model replay:nofile
expect 2 "--compat" gsm8k --model null:1 --compat other
expect 2 "standard input" gsm8k --model null:1 --data -
expect 2 "with several suites" gsm8k,math --model null:1 --data test.jsonl

# A full disk: what was written before is safe, and the run goes on when there is room.
status=0
(ulimit -f 40 && "$program" run gsm8k --model null:72 --out full) > out.txt 2> err.txt ||
  status=$?
[ "$status" -eq 3 ] || fail "a full disk: exit $status: $(cat err.txt)"
grep -q "everything before is safe" err.txt || fail "$(cat err.txt)"
[ "$(wc -l < full/journal.jsonl)" -gt 10 ] || fail "too few records before the disk is full"
expect 0 "null:72" --resume full
[ "$(wc -l < full/journal.jsonl)" -eq 1000 ] || fail "not everything was done in the end"

# SIGTERM stops between two records, with status 130 and the command that continues.
"$program" run gsm8k --split sft --data builtin --model null:1 --model null:2 \
  --model null:3 --out stopped > out.txt 2> err.txt &
pid=$!
while kill -0 $pid 2> gone.txt && [ ! -s stopped/journal.jsonl ]; do sleep 0.01; done
kill -TERM $pid
status=0
wait $pid || status=$?
[ "$status" -eq 130 ] || fail "SIGTERM: exit $status: $(cat err.txt)"
grep -q "continue with: oreo-bench run --resume stopped" err.txt || fail "$(cat err.txt)"
tail -c 1 stopped/journal.jsonl | od -c | grep -qF '\n' || fail "a record was cut"
echo "all of run's behaviour is as stated"
