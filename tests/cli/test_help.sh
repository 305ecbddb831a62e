#!/bin/sh
# What the program says of itself, the page made of it, and how job files and the command
# line go together.
set -eu
program=$1 source=$2

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect STATUS WORDS ARGS...: that exit status, and the words on either output.
expect() {
  wanted=$1 words=$2
  shift 2
  status=0
  "$program" "$@" > out.txt 2> err.txt || status=$?
  [ "$status" -eq "$wanted" ] || fail "$*: exit $status, not $wanted: $(cat err.txt)"
  grep -qF -e "$words" out.txt err.txt || fail "$*: '$words' is not in: $(cat out.txt err.txt)"
}

# The list of commands, however it is asked for.
expect 0 "Commands:" --help
[ ! -s err.txt ] || fail "help on standard error: $(cat err.txt)"
cp out.txt help.txt
commands=$(sed -n 's/^  XX(\([a-z]*\)).*/\1/p' "$source/harness/cli/commands.h")
[ -n "$commands" ] || fail "no command in commands.h"
for command in $commands; do
  grep -q "^  $command  *[a-z]" help.txt || fail "--help does not list $command"
done
for way in -h help; do
  expect 0 "Commands:" $way
  cmp help.txt out.txt || fail "$way is not --help"
done
status=0
"$program" > out.txt 2> err.txt || status=$?
[ "$status" -eq 0 ] || fail "no argument: exit $status"
cmp help.txt out.txt || fail "no argument is not --help"

# Every command's own help.
for command in $commands; do
  for way in --help -h; do
    expect 0 "oreo-bench $command" "$command" $way
    for option in --json --job --quiet --verbose --help; do
      grep -q -e "$option" out.txt || fail "$command $way does not list $option"
    done
    awk 'length > 90 { print; bad = 1 } END { exit bad }' out.txt ||
      fail "$command $way: a line of more than 90 columns"
  done
  expect 0 "Options:" "$command" --job nowhere --help
  expect 2 "no option '--hepl'; the nearest is '--help'" "$command" --hepl
done

# The page in docs/ is the program's; every row of a table has three cells.
expect 0 "# Options" help --markdown
cmp out.txt "$source/docs/OPTIONS.md" ||
  fail "docs/OPTIONS.md is old; make it with: oreo-bench help --markdown"
awk -F'|' '/^\|/ && NF != 5 { print; bad = 1 } END { exit bad }' out.txt ||
  fail "a row of docs/OPTIONS.md has other than three cells"

# The version, and output that cannot be written.
expect 0 "oreo-bench " --version
grep -q '^oreo-bench [0-9][0-9.]* (.*)$' out.txt || fail "--version: $(cat out.txt)"
if [ -c /dev/full ]; then
  for words in --version --help "help --markdown" "run --help"; do
    status=0
    # shellcheck disable=SC2086
    "$program" $words > /dev/full 2> err.txt || status=$?
    [ "$status" -eq 3 ] || fail "$words on a full disk: exit $status"
  done
fi

# Commands that there are not.
expect 2 "no command 'rnu'; the nearest is 'run'" rnu
[ ! -s out.txt ] || fail "an error on standard output"
expect 2 "the nearest is 'compare'" comp
expect 2 "no command 'something'; 'oreo-bench --help' lists what there is" something
expect 2 "no command ''" ""

# Job files: read first, wherever --job stands; the command line wins, lists included.
printf '[run]\nmodel = null:1\nmodel = null:2\nlimit = 3\n' > a.job
expect 0 "null:2" run gsm8k --job a.job --out both
[ "$(wc -l < both/journal.jsonl)" -eq 6 ] || fail "not three items by two models"
expect 0 "null:9" run gsm8k --limit 2 --model null:9 --config a.job --out one
[ "$(wc -l < one/journal.jsonl)" -eq 2 ] || fail "the command line does not win"
grep -q "null:1" one/manifest.json && fail "the job file's models are still there"
printf '[run]\n\nlimit = few\n' > bad.job
expect 2 "bad.job:3: --limit: 'few'" run gsm8k --job bad.job
expect 2 "there is no section [grade]" grade --job bad.job
expect 3 "nowhere" run gsm8k --job nowhere
echo "the help is as stated"
