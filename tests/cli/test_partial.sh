#!/bin/sh
# A run that was stopped is reported as it stands: every format says so first, numbers are
# of what is there, no gate holds, and continuing gives the report of a run never stopped.
set -eu
program=$1

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect STATUS ARGS...: that exit status; outputs in out.txt and err.txt.
expect() {
  wanted=$1
  shift
  status=0
  "$program" "$@" > out.txt 2> err.txt || status=$?
  [ "$status" -eq "$wanted" ] || fail "$*: exit $status, not $wanted: $(cat err.txt)"
}

# says FILE LINES WORDS: the words are among the file's first lines.
says() {
  head -n "$2" "$1" | grep -qF -e "$3" || fail "'$3' is not at the top of $1: $(head -n 9 "$1")"
}

expect 0 run gsm8k --data builtin --model one=null:42 --model two=null:5 --limit 20 \
  --samples 2 --out whole
grep -rqi "unfinished" whole && fail "a finished run is called unfinished"

# 80 answers; the second model is cut in the middle of its sixth item, and of a record.
mkdir stopped-run
cp whole/manifest.json stopped-run
head -n 51 whole/journal.jsonl > stopped-run/journal.jsonl
sed -n 52p whole/journal.jsonl | cut -c 1-90 | tr -d '\n' >> stopped-run/journal.jsonl
cp stopped-run/journal.jsonl before.jsonl

expect 1 report stopped-run
cmp -s before.jsonl stopped-run/journal.jsonl || fail "report changed the journal"
grep -qF "continue with 'oreo-bench run --resume stopped-run'" err.txt || fail "$(cat err.txt)"
says out.txt 1 "unfinished: 51 of 80 answers; continue the run with --resume"
cd stopped-run
says report.md 1 "Unfinished: 51 of 80 answers"
says report.json 5 '"answered": 51,'
says report.csv 2 "gsm8k,one,,answered,unfinished,,40,40,1.000000"
says report.csv 3 "gsm8k,two,,answered,unfinished,,40,11,0.275000"
says junit.xml 5 'name="unfinished" value="51 of 80 answers'
grep -q '<h1>' report.html || fail "no heading in the page"
sed '/<h1>/q' report.html > ../top.html
says ../top.html 1000 "Unfinished: 51 of 80 answers."
for file in two/results_*.json; do
  says "$file" 2 '"unfinished": "51 of 80 answers'
done
grep -l "stopped-run" report.* junit.xml */results_* && fail "a folder's name in a report"
cd ..
grep -q '^| two .*|  *6 |' stopped-run/report.md || fail "not over the 6 items that are there"

# The same cut is the same report anywhere, and a finished run's once it is continued.
cp -r stopped-run elsewhere
expect 1 report elsewhere
cmp stopped-run/report.html elsewhere/report.html || fail "the folder shows in the page"
expect 1 compare 'whole#one' 'stopped-run#two' --gate min-diff=-100
grep -q "FAILED.*B has answered 6 of 20 items" out.txt || fail "$(cat out.txt)"
expect 0 compare 'whole#one' 'whole#two' --gate min-diff=-100
expect 0 run --resume stopped-run
for file in report.md report.html report.json report.csv junit.xml; do
  cmp "whole/$file" "stopped-run/$file" || fail "$file differs after --resume"
done

# Nothing at all yet: still a report.
: > elsewhere/journal.jsonl
expect 1 report elsewhere --json
says out.txt 5 '"answered": 0,'
rm elsewhere/journal.jsonl
expect 1 report elsewhere
says out.txt 1 "unfinished: 0 of 80 answers"
