#!/bin/sh
# oreo-bench bench on a device: what it states, not how fast it is.
set -eu
program=$1

# drivers keep memory of their own: no leak check where they run
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { # exit status, words, arguments...
  wanted=$1 words=$2
  shift 2
  status=0
  "$program" bench "$@" > out 2> notes || status=$?
  [ "$status" -eq "$wanted" ] || fail "bench $*: exit $status: $(cat notes)"
  grep -qF -e "$words" out notes || fail "bench $*: no '$words' in $(cat out notes)"
}

expect 2 "no benchmark 'gem'; there is 'gemm'" gem
for shape in 5 5x 5x5 5x5x 5x5x5x5 0x5x5 5x5x65537 5x-5x5 5x5x5k ' 5x5x5' 5x5x99999999999999999999; do
  expect 2 "--shape: '$shape' is not three numbers" gemm --shape "$shape"
done
expect 2 "--layout: no 'ntx'; there is 'nt'" gemm --layout ntx
expect 2 "--type: no 'f23'; there is 'f32'" gemm --type f23
expect 2 "--shape: '8x3x16' has heads that share no keys evenly" attention --shape 8x3x16
expect 2 "--shape: '8x4x15' has heads" attention --shape 8x4x15
expect 2 "--shape: '8x4x258' has heads" attention --shape 8x4x258
expect 2 "--sequences" decode --sequences 0
expect 2 "--size: no '2m'; there is '1m'" decode --size 2m
expect 2 "--dtype: no 'f33'; there is 'f32'" prefill --dtype f33
expect 3 "cannot use '/nowhere/libblas.so' as a BLAS library" gemm --blas /nowhere/libblas.so

"$program" devices > out 2> notes || { echo "skipped: $(cat notes)"; exit 77; }

expect 2 "no Vulkan device 'none such'" gemm --device 'none such'
expect 0 'tn f32 5x7x9 ' gemm --shape 5x7x9 --shape 2x512x512 --seconds 0.01
for name in 'nt f32 5x7x9' 'nt f16 5x7x9' 'nt bf16 5x7x9' 'nn bf16 5x7x9' 'nt f32 2x512x512'; do
  grep -q "^$name  " out || fail "no figure '$name': $(cat out)"
done
grep -q '^tn f16' out && fail "weights' gradients have no halves"
expect 0 '"share_of_peak": ' gemm --shape 5x7x9 --seconds 0.01 --layout nn --type f32 --json
for key in device kind driver seed blas; do
  grep -q "^  \"$key\": " out || fail "no '$key': $(cat out)"
done
# the peak, one product, and the same with its rows moved apart
[ "$(grep -c '"name": "n[nt] f32 5x7x9' out)" -ge 1 ] || fail "a product: $(cat out)"
[ "$(grep -c '"name": "nt' out)" = 0 ] || fail "only the layout asked for: $(cat out)"
grep -q '"peak in 32 bits"' out || fail "the peak: $(cat out)"

# ---- attention ----
expect 0 'prefill 1x20 of 20, heads 4x2x16 ' attention --shape 4x2x16 --prompt-tokens 20 \
  --sequences 3 --seconds 0.01
grep -q '^decode 1x1 of 20, heads 4x2x16 ' out || fail "one sequence: $(cat out)"
grep -q '^decode 3x1 of 20, heads 4x2x16 ' out || fail "three sequences: $(cat out)"

# ---- models ----
expect 0 '"name": "decode"' decode --size 260k --sequences 3 --tokens 4 --prompt-tokens 5 \
  --seconds 0.01 --json
grep -q '"model": "random, LlamaForCausalLM, 0.26 million weights in f32"' out ||
  fail "what ran: $(cat out)"
grep -q '"note": "3 sequences of 5 + 4 tokens"' out || fail "what was asked: $(cat out)"
expect 0 'weights in bf16' decode --size 260k --sequences 3 --tokens 4 --seconds 0.01 --ops \
  --dtype bf16
grep -q '^attention  *[0-9.]' out || fail "time by op: $(cat out)"
expect 0 '2 prompts of 7 tokens' prefill --size 260k --sequences 2 --prompt-tokens 7 \
  --seconds 0.01
expect 3 "nowhere" decode --model nowhere --seconds 0.01
echo "bench is as stated"
