#!/bin/sh
# Over https: a certificate that nobody vouches for, one of another host, and a port
# without TLS are refused before anything is asked, each in words; --ca-file mends one.
set -eu
program=$1

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

command -v openssl > which.txt || {
  echo "skipped: openssl(1) makes the certificates and is not here" >&2
  exit 77
}

server=
trap '[ -z "$server" ] || kill -9 "$server"' EXIT

# certificate NAME SUBJECT-ALTERNATIVE-NAMES
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 \
    -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=oreo-bench test" \
    -addext "subjectAltName=$2" > openssl.txt 2>&1 || fail "openssl: $(cat openssl.txt)"
}

start() {
  : > server.txt
  "$program" mock-endpoint --model 'null:The answer is 42.' --quiet --log asked.jsonl \
    "$@" > server.txt 2> server.err &
  server=$!
  tries=0
  until grep -q listening server.txt; do
    kill -0 "$server" 2> kill.txt || fail "the mock: $(cat server.err)"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "the mock does not start"
    sleep 0.1
  done
  url=$(sed 's/.*on \(http[^ ]*\) .*/\1/' server.txt)
}

stop() {
  kill "$server"
  wait "$server" || fail "the mock: $(cat server.err)"
  server=
}

run() {
  status=0
  "$program" run gsm8k --data builtin --limit 3 --retry-wait 1 --max-attempts 2 \
    --proxy "" "$@" > out.txt 2> err.txt || status=$?
}

# refused STATUS WORDS ARGS...: with one message that says why, and nothing was begun
refused() {
  wanted=$1 words=$2
  shift 2
  run "$@" --out none
  [ "$status" -eq "$wanted" ] || fail "exit $status, not $wanted: $* : $(cat err.txt)"
  grep -q -- "$words" err.txt || fail "'$words' is not said: $* : $(cat err.txt)"
  [ "$(grep -c "^oreo-bench: " err.txt)" -eq 1 ] || fail "not one message: $(cat err.txt)"
  [ ! -e none ] || fail "a run folder, though nothing was asked: $*"
  [ ! -s asked.jsonl ] || fail "the server was asked: $(cat asked.jsonl)"
}

certificate own DNS:localhost,IP:127.0.0.1
certificate other DNS:other.invalid
certificate stranger DNS:localhost,IP:127.0.0.1

# ---- nobody vouches for it ----

: > asked.jsonl
start --tls-cert own.pem --tls-key own.key
case $url in
  https://*) ;;
  *) fail "the mock says '$url'" ;;
esac
refused 5 "self.signed certificate.*--ca-file" --model "$url#mock"
refused 5 "cannot be trusted" --model "$url#mock" --ca-file stranger.pem
refused 5 "does not answer" --model "http${url#https}#mock" --max-outage 1

# ---- whoever has the certificate may say so ----

run --model "$url#mock" --ca-file own.pem --out trusted
[ "$status" -eq 0 ] || fail "with --ca-file: $(cat err.txt)"
[ "$(grep -c '"response":"The answer is 42."' trusted/journal.jsonl)" -eq 3 ] ||
  fail "answers are missing"
grep -q '"served": "mock"' trusted/manifest.json || fail "the manifest does not say who"
[ -s asked.jsonl ] || fail "the log of the mock is no witness"
stop

# ---- it is another host's ----

: > asked.jsonl
start --tls-cert other.pem --tls-key other.key
refused 5 "host name" --model "$url#mock" --ca-file other.pem
stop

# ---- no TLS there ----

: > asked.jsonl
start
refused 5 "speak TLS" --model "https${url#http}#mock"
stop
