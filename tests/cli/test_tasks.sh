#!/bin/sh
# oreo-bench tasks: list, show, generate, fetch, verify. No network: file:// only.
set -eu
program=$1
unset OREO_DATA_DIR || true

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Runs the program, wants this exit status; the outputs are in the files out and err.
want() {
  status=$1
  shift
  got=0
  "$program" "$@" >out 2>err || got=$?
  [ "$got" -eq "$status" ] ||
    fail "oreo-bench $*: exit $got, wanted $status: $(cat out err)"
}

# The last run said this, on out or err.
says() {
  grep -qF -- "$2" "$1" || fail "no '$2' in $1: $(cat "$1")"
}

# A publisher of three questions, and a suite that takes them from there.
publish() {
  mkdir -p published
  for n in 1 2 3; do
    printf '{"q":"How much is %d + %d?","a":"That is %d.\\n#### %d"}\n' \
      "$n" "$1" $((n + $1)) $((n + $1))
  done >published/sums.jsonl
}

define() {
  cat >sums.json <<END
{
  "name": "sums", "version": 1, "title": "Sums", "licence": "CC0", "citation": "none",
  "answer_kind": "number", "grader": "robust", "prompt": "{question}", "max_tokens": 64,
  "sources": [
    { "split": "test", "url": "file://$PWD/published/sums.jsonl", "licence": "CC0",
      "file": "sums/test.jsonl", "n_items": 3$1 }
  ],
  "formats": [ { "name": "sums", "question": "q", "solution": "a", "gold_after": "#### " } ]
}
END
}

sha_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# ---- trusted on first use
publish 1
define ''
want 0 tasks list ./sums.json
says out 'not fetched, hash not known yet'
want 0 tasks fetch ./sums.json
says out 'fetched'
says err 'trusted from now on'
cmp published/sums.jsonl data/sums/test.jsonl
says data/tasks.lock.json "$(sha_of published/sums.jsonl)"
[ ! -e data/sums/test.jsonl.part ] || fail 'a part is left'
want 0 tasks fetch ./sums.json --json
says out '"state":"here"'
want 0 tasks list ./sums.json --json
says out '"known_by": "lock"'
want 0 tasks verify ./sums.json
says out 'ok, 3 items'

# ---- the published file changes: what is here stays, and the reason is said
cp data/tasks.lock.json before.lock
publish 2
want 4 tasks fetch ./sums.json --force
says err "$(sha_of published/sums.jsonl)"
says err "$(sha_of data/sums/test.jsonl)"
says data/sums/test.jsonl '1 + 1'
cmp before.lock data/tasks.lock.json

# ---- the file here changes: every use refuses it
cp published/sums.jsonl data/sums/test.jsonl
want 4 tasks fetch ./sums.json
says err 'tasks.lock.json says'
want 4 tasks verify ./sums.json
says out 'BAD'
want 4 tasks show ./sums.json
rm -r data

# ---- a pinned hash
publish 1
define ", \"sha256\": \"$(sha_of published/sums.jsonl)\""
want 0 tasks fetch ./sums.json
rm -r data
publish 2
want 4 tasks fetch ./sums.json
says err 'nothing was put in place'
[ -z "$(find data -type f)" ] || fail "something is left: $(find data -type f)"

# ---- what is not there, or is no such thing
publish 1
define ''
rm -rf data
want 3 tasks fetch ./sums.json --mirror "file://$PWD/nowhere"
says err 'nowhere/sums/test.jsonl'
printf '<html>please log in</html>\n' >published/login.html
want 4 tasks fetch ./sums.json --url "file://$PWD/published/login.html"
says err 'login.html'
[ -z "$(find data -type f)" ] || fail "something is left: $(find data -type f)"
want 2 tasks fetch ./sums.json --url ftp://example.org/x
says err 'start with http://'
want 2 tasks fetch gsm8k --url "file://$PWD/published/sums.jsonl"
says err '--split'
want 2 tasks fetch gsm9k
says err 'gsm8k'
want 2 tasks fetch
want 2 tasks ftech gsm8k
says err "'fetch'"
want 2 tasks list --force
says err '--force'
mkdir -p mirror/sums
cp published/sums.jsonl mirror/sums/test.jsonl
want 0 tasks fetch ./sums.json --mirror "file://$PWD/mirror"
says data/tasks.lock.json "file://$PWD/mirror/sums/test.jsonl"
printf 'damaged' >data/tasks.lock.json
want 4 tasks fetch ./sums.json
says err 'tasks.lock.json'
says data/tasks.lock.json 'damaged'

# ---- rows that cannot be used are named by line
rm -r data
publish 1
printf '{"q":"no answer here","a":"hm"}\n' >>published/sums.jsonl
define ''
mkdir -p data/sums
cp published/sums.jsonl data/sums/test.jsonl
want 4 tasks verify ./sums.json
says out 'line 4'
says out '4 rows, the suite'

# ---- our own items: the same bytes each time, and a shorter list is its beginning
OREO_DATA_DIR=$PWD/none
export OREO_DATA_DIR
for suite in gsm8k math; do
  want 0 tasks generate "$suite" --split dev -n 20
  [ "$(wc -l <out)" -eq 20 ] || fail "$suite: not 20 lines"
  mv out first
  want 0 tasks generate "$suite" --split dev -n 20
  cmp first out
  want 0 tasks generate "$suite" --split dev --count 10 --out -
  head -n 10 first | cmp - out
  want 0 tasks generate "$suite" --split dev -n 20 --out made.jsonl
  cmp first made.jsonl
  want 0 tasks show "$suite" --split dev --json -n 1
  says out '"builtin": true'
  want 0 tasks show "$suite" --data made.jsonl --json -n 1
  says out '"items": 20'
done
want 2 tasks generate gsm8k --split nosuch
want 0 tasks list
says out 'gsm8k'
says out 'math'
want 0 tasks show gsm8k --prompts --json -n 2 --num-fewshot 0
[ "$(wc -l <out)" -eq 2 ] || fail 'not two prompts'
says out '"prompt_hash"'
want 2 tasks show gsm8k --item nosuch
says err 'nosuch'
