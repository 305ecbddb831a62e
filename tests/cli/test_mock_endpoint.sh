#!/bin/sh
# oreo-bench mock-endpoint as a user starts it: a port, answers, faults, the log, the end.
set -eu
program=$1
unset SOURCE_DATE_EPOCH

fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { # what, expected, got
  [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}
has() { grep -qF -- "$2" "$1" || fail "no '$2' in: $(cat "$1")"; }
status() { # prints the exit status of the command, whose output goes to out and err
  set +e
  "$@" > out 2> err
  echo $?
  set -e
}

# ---- what is refused before it starts ----
expect "nothing to answer with" 2 "$(status "$program" mock-endpoint)"
has err "--script FILE"
expect "no suite" 2 "$(status "$program" mock-endpoint --model replay:answers.jsonl)"
has err "mock-endpoint SUITE"
expect "not at once" 2 "$(status "$program" mock-endpoint --model http://127.0.0.1/v1)"
expect "no such fault" 2 "$(status "$program" mock-endpoint --model null:x --faults stal)"
has err "the nearest is 'stall'"
expect "too often" 2 "$(status "$program" mock-endpoint --model null:x --fault-rate 1.5)"
expect "no such script" 3 "$(status "$program" mock-endpoint --script nowhere)"

command -v curl > /dev/null || { echo "skipped: no curl" >&2; exit 77; }
pid=
trap '[ -z "$pid" ] || kill $pid 2> /dev/null || true' EXIT

start() { # options; sets url
  rm -f first # what the last server wrote
  "$program" mock-endpoint "$@" > first 2> notes &
  pid=$!
  tries=0
  while [ ! -s first ]; do # comes whole: one write
    tries=$((tries + 1))
    kill -0 $pid 2> /dev/null && [ $tries -lt 300 ] || fail "no start: $(cat notes)"
    sleep 0.1
  done
  url=$(sed -n '1s/^listening on \([^ ]*\) (model .*)$/\1/p' first)
  [ -n "$url" ] || fail "first line: $(cat first)"
}
finish() { # exit status
  set +e
  wait $pid
  got=$?
  set -e
  pid=
  expect "exit status" "$1" $got
}
ask() { # question, further members; prints the status, body to reply
  printf '{"model":"mock","messages":[{"role":"user","content":"%s"}]%s}' "$1" "${2:-}" |
    curl -s -o reply -D headers -w '%{http_code}' --max-time 20 $curl_more \
      -H 'Content-Type: application/json' --data-binary @- "$url/chat/completions"
}
curl_more=

# ---- recorded answers, a fault of every kind, the log ----
i=0
while [ $i -lt 30 ]; do
  printf '%s\n' "{\"question\":\"How much is $i plus 1, dear?\",\"answer\":\"#### $((i + 1))\"}" >> items.jsonl
  printf '%s\n' "{\"question\":\"How much is $i plus 1, dear?\",\"response\":\"It is $((i + 1)).\"}" >> answers.jsonl
  i=$((i + 1))
done
start gsm8k --data items.jsonl --model replay:answers.jsonl --log plain.jsonl --json
expect "models" 200 "$(curl -s -o reply -w '%{http_code}' "$url/models")"
has reply '"id":"mock"'
expect "an answer" 200 "$(ask 'Q: How much is 7 plus 1, dear?')"
has reply '"content":"It is 8."'
expect "no answer" 400 "$(ask 'How much is 77 plus 1, dear?')"
has reply '"error":{"message":"no recorded answer'
kill -TERM $pid
finish 0
has notes "2 requests: 1 answered whole, 1 refused, 0 faults"
has first '"delivered": 1'
has plain.jsonl '"item":"items-7","seed":0,"fault":"none","status":200,"delivered":true}'

# the same seed and order: the same faults; every question is answered in the end
schedule() { # log
  start gsm8k --data items.jsonl --model replay:answers.jsonl --log "$1" --seed 3 \
    --faults all --fault-rate 0.6 --stall-s 0.1 --huge-mib 1 --drip-ms 20 --retry-after 0 \
    --max-requests 60
  i=0
  while [ $i -lt 200 ] && kill -0 $pid 2> /dev/null; do
    ask "How much is $((i % 30)) plus 1, dear?" > code || true
    i=$((i + 1))
  done
  [ $i -lt 200 ] || fail "--max-requests does not stop it"
  finish 0
}
schedule first.jsonl
schedule second.jsonl
head -n 60 first.jsonl > a
head -n 60 second.jsonl > b
cmp -s a b || fail "another schedule: $(diff a b)"
[ "$(grep -o '"fault":"[a-z0-9-]*"' a | sort -u | wc -l)" -ge 10 ] || fail "few faults: $(cat a)"

# ---- faults as a client meets them ----
curl_more=-L
start --model null:42 --faults redirect --fault-rate 1
expect "followed" 200 "$(ask x)"
has reply '"content":"42"'
has headers 'Location: /r/1/v1/chat/completions'
kill -INT $pid
finish 0
has notes "1 answered whole, 0 refused, 1 faults (redirect 1)"
curl_more=

# ---- limits and keys ----
echo sesame > key
start --model null:42 --require-key-file key --rpm 1 --refuse top_k --model-name mock
expect "no key" 401 "$(ask x)"
curl_more='--oauth2-bearer sesame'
expect "a refused parameter" 400 "$(ask x ',"top_k":1')"
has reply '"param":"top_k","code":"unsupported_parameter"'
expect "one a minute" 429 "$(ask x)"
grep -qi '^retry-after: [0-9]' headers || fail "no Retry-After: $(cat headers)"
kill $pid
finish 0
! grep -q sesame notes first || fail "the key is shown"
curl_more=

# ---- a script ----
cat > script.jsonl <<'END'
{"contains":"apples","content":"Seven.","reasoning_content":"3 + 4"}
{"contains":"pears","status":503,"error":"no pears"}
END
start --script script.jsonl
expect "scripted" 200 "$(ask 'How many apples?')"
has reply '"content":"Seven.","reasoning_content":"3 + 4"'
expect "scripted failure" 503 "$(ask 'How many pears?')"
has reply '"message":"no pears"'
expect "not scripted" 400 "$(ask 'How many plums?')"
kill $pid
finish 0

# ---- https ----
if command -v openssl > /dev/null; then
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2> /dev/null
  start --model null:42 --tls-cert cert.pem --tls-key key.pem --faults drip,stall \
    --fault-rate 0.5 --drip-ms 20 --stall-s 0.1 --max-faults-in-a-row 1
  case $url in https://*) ;; *) fail "no https: $url" ;; esac
  curl_more='--cacert cert.pem --retry 5 --retry-all-errors --retry-delay 1'
  expect "over TLS" 200 "$(ask x | tail -c 3)"
  kill $pid
  finish 0
  expect "no key" 3 "$(status "$program" mock-endpoint --model null:x --tls-cert cert.pem \
    --tls-key nowhere.pem)"
fi

# ---- the recipe of docs/MOCK.md runs as printed ----
mkdir recipe
cd recipe
awk '/^## In CI/ { here = 1 } here && /^```sh/ { on = 1; next } on && /^```/ { exit } on' \
  "$2/docs/MOCK.md" > recipe.sh
PATH=$(dirname "$program"):$PATH sh recipe.sh > ../out 2> ../err ||
  fail "the recipe: $(cat ../out ../err)"
has ../out "40 of 40 answered, none twice"
