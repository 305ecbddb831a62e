#!/bin/sh
# oreo-bench devices with a driver and without any.
set -eu
program=$1

# drivers keep memory of their own: no leak check where they run
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

fail() { echo "FAILED: $*" >&2; exit 1; }

# ---- without any driver ----
without() { VK_ICD_FILENAMES=/nonexistent VK_DRIVER_FILES=/nonexistent "$program" "$@"; }

status=0
without devices > out 2> notes || status=$?
[ "$status" = 3 ] || fail "no driver: exit $status: $(cat out notes)"
grep -q 'install mesa-vulkan-drivers' notes || fail "the remedy: $(cat notes)"
[ ! -s out ] || fail "an empty list is not a result: $(cat out)"
status=0
without bench gemm > out 2> notes || status=$?
[ "$status" = 3 ] || fail "no driver, bench gemm: exit $status: $(cat notes)"
without --help > out || fail "help needs no driver"
grep -q '^  devices ' out || fail "the list of commands"
without run gsm8k --model null:42 --limit 3 --out folder > out 2> notes ||
  fail "a run that needs no device: $(cat notes)"
without tasks list > out || fail "other commands need no driver"

# ---- with what this machine has ----
status=0
"$program" devices > out 2> notes || status=$?
if [ "$status" = 3 ]; then
  echo "skipped: $(cat notes)"
  exit 77
fi
[ "$status" = 0 ] || fail "exit $status: $(cat notes)"
[ "$(grep -c '(taken when none is named)' out)" = 1 ] || fail "one is taken: $(cat out)"
for word in kind driver memory bindings workgroups subgroups 'matrix units'; do
  grep -q "^     $word " out || fail "no line of $word: $(cat out)"
done
n=$(grep -c '^ *[0-9][0-9]*  ' out)
first=$(sed -n 's/^ *0  \([A-Za-z0-9]*\).*/\1/p' out)

"$program" devices --json > json
[ "$(grep -c '"index":' json)" = "$n" ] || fail "as many rows in JSON"
grep -q '"taken": [0-9]' json || fail "the one taken in JSON"
grep -q '"storage_bytes": [1-9]' json || fail "limits in JSON"
grep -q '"usable": true' json || fail "usable in JSON"

"$program" devices --device 0 > out
grep -q '^  0  .*(taken)$' out || fail "by number: $(cat out)"
"$program" devices --device "$first" > out
grep -q '(taken)$' out || fail "by name '$first': $(cat out)"

# one that is not there: the list all the same, and a usage error
status=0
"$program" devices --device 'no such card' > out 2> notes || status=$?
[ "$status" = 2 ] || fail "an unknown device: exit $status"
[ "$(grep -c '^ *[0-9][0-9]*  ' out)" = "$n" ] || fail "the list with an unknown device"
grep -q "no Vulkan device 'no such card'; there is 0 '" notes || fail "$(cat notes)"
status=0
"$program" devices --device 99 > out 2> notes || status=$?
[ "$status" = 2 ] || fail "an unknown number: exit $status"
status=0
"$program" devices surplus > out 2> notes || status=$?
[ "$status" = 2 ] || fail "an argument too many: exit $status"
"$program" devices --device 'no such card' --json 2> /dev/null | grep -q '"taken": null' ||
  fail "nothing taken in JSON"
