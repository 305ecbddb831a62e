#!/bin/sh
# What users get wrong about an endpoint, and what must never leak: one clear message each,
# the exit status of the design, and a key that stands nowhere.
set -eu
program=$1

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

server=
client=
trap '[ -z "$server" ] || kill -9 "$server"; [ -z "$client" ] || kill -9 "$client"' EXIT

port=0
start() {
  : > server.txt
  "$program" mock-endpoint --model 'null:The answer is 42.' --port "$port" --quiet "$@" \
    > server.txt 2> server.err &
  server=$!
  tries=0
  until grep -q listening server.txt; do
    kill -0 "$server" 2> kill.txt || fail "the mock: $(cat server.err)"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "the mock does not start"
    sleep 0.1
  done
  url=$(sed 's/.*on \(http[^ ]*\) .*/\1/' server.txt)
  root=${url%/v1}
  port=${root##*:}
}

stop() {
  kill "$server"
  wait "$server" || fail "the mock: $(cat server.err)"
  server=
}

# expect STATUS WORDS ARGS...: a short run, with what it says on standard error
expect() {
  wanted=$1 words=$2
  shift 2
  status=0
  "$program" run gsm8k --data builtin --limit 3 --retry-wait 1 --max-attempts 2 "$@" \
    > out.txt 2> err.txt || status=$?
  [ "$status" -eq "$wanted" ] || fail "exit $status, not $wanted: $* : $(cat err.txt)"
  grep -q -- "$words" err.txt || fail "'$words' is not said: $* : $(cat err.txt)"
}

# ---- addresses, models, parameters ----

start
expect 0 "writing to good" --model "$url#mock" --out good
expect 0 "writing to only" --model "$url" --out only
expect 0 "writing to slash" --model "$url/#mock" --out slash
expect 0 "writing to whole" --model "$url/chat/completions#mock" --out whole
expect 0 "writing to text" --model "$url#mock" --api completions --out text
expect 2 "mock" --model "$url#mok" --out x
expect 2 "write $url#mock" --model "$root#mock" --out x
expect 2 "chat or completions" --model "$url#mock" --api chats --out x
expect 2 "user" --model "http://name:secret@localhost:1/v1#mock" --out x
! grep -q secret err.txt || fail "the password is shown: $(cat err.txt)"
expect 3 "resolve" --model "http://no-such-host.invalid/v1#mock" --proxy "" --out x
expect 2 "--param" --model "$url#mock" --param "top_a=nope" --out x
expect 2 "null:" --model nul:1 --out x
[ ! -e x ] || fail "a folder for a run that never began"
stop

start --refuse seed
expect 5 "--omit seed" --model "$url#mock" --out refused
"$program" run --quiet --resume refused > out.txt 2> err.txt && fail "seed is still refused"
expect 0 "writing to spared" --model "$url#mock" --omit seed --out spared
stop

start --context-tokens 5
expect 5 "context" --model "$url#mock" --out long
stop

start --faults content-type --fault-rate 1
expect 5 "page" --model "$url#mock" --out page
stop

# ---- the key ----

secret=sk-test-0123456789abcdefABCDEF
echo "$secret" > key.txt
chmod 600 key.txt
OPENAI_API_KEY=$secret MY_KEY=$secret
export OPENAI_API_KEY MY_KEY

start --require-key-file key.txt --latency-ms 300
expect 3 "--api-key" --model "$url#mock" --out unkeyed
expect 0 "http://" --model "$url#mock" --api-key-file key.txt --out keyed --verbose
"$program" run gsm8k --data builtin --limit 3 --model "$url#mock" --api-key-env MY_KEY \
  --header "X-Extra: $secret" --verbose --out keyed2 > out2.txt 2> err2.txt &
client=$!
sleep 0.2
# of another name for the variable, the value would be on the command line: it is not
tr '\0' ' ' < /proc/$client/cmdline > cmdline.txt 2> kill.txt || true
wait "$client" || fail "with the key from the environment: $(cat err2.txt)"
client=
expect 3 "UNSET_KEY" --model "$url#mock" --api-key-env UNSET_KEY --out x
expect 2 "api-key" --model "$url#mock" --api-key-env MY_KEY --api-key-file key.txt --out x
rm key.txt
found=$(grep -rl -- "$secret" . | grep -v cmdline.txt || true)
[ -z "$found" ] || fail "the key stands in $found"
grep -q "MY_KEY" cmdline.txt || [ ! -s cmdline.txt ] || fail "the wrong process was looked at"
stop

# ---- conversations: a script answers by turn ----

cat > script.jsonl <<'SCRIPT'
{"contains":"Question","content":"<think>is it 7?</think>The answer is 42."}
SCRIPT
start --script script.jsonl
expect 0 "writing to thought" --model "$url#mock" --out thought
grep -q '"reasoning":"is it 7?"' thought/journal.jsonl || fail "the thought is not kept"
grep -q '"response":"The answer is 42."' thought/journal.jsonl || fail "it is in the answer"
stop
