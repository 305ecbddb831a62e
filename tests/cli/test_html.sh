#!/bin/sh
# The page in a real browser: no console errors from file://, the rows are there, filters
# work, nothing is wider than a phone, hostile text stays text.
set -eu
program=$1
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$browser" ] || exit 77

fail() { echo "FAILED: $*" >&2; exit 1; }
here=$(pwd)
mkdir home

put() { printf '%s\n' "$1" >> "$2"; } # no echo: it may expand backslashes
i=0
while [ $i -lt 40 ]; do
  put "{\"question\":\"How much is $i plus 1?\",\"answer\":\"#### $((i + 1))\"}" items.jsonl
  a=$((i + 1)); b=$((i + 1))
  [ $((i % 3)) -ne 0 ] || a=0
  [ $((i % 4)) -ne 0 ] || b=0
  put "{\"question\":\"How much is $i plus 1?\",\"response\":\"</script><img src=x onerror=alert(1)> So $i. The answer is $a\"}" a.jsonl
  put "{\"question\":\"How much is $i plus 1?\",\"response\":\"A rather long answer to item $i.\\nThe answer is $b\"}" b.jsonl
  i=$((i + 1))
done
"$program" run gsm8k --data items.jsonl --model '<b>left=replay:a.jsonl' \
  --model right=replay:b.jsonl --out run > /dev/null 2> run.err || fail "$(cat run.err)"

# A script behind the page's own opens an item, filters, and writes what it sees.
cat > probe.html <<'END'
<script>
addEventListener('load', () => setTimeout(() => {
  const seen = {};
  const items = document.querySelectorAll('details.item');
  items[0].open = true;
  seen.listed = items.length;
  const selects = document.querySelectorAll('.controls select');
  setTimeout(() => {
    seen.marks = document.querySelectorAll('mark').length;
    seen.images = document.querySelectorAll('img').length;
    seen.bold = document.querySelectorAll('.name b').length;
    document.querySelector('.pair').click();
    seen.filtered = document.querySelector('.count').textContent;
    document.getElementById('theme').click();
    seen.theme = document.documentElement.dataset.theme;
    seen.wide = document.documentElement.scrollWidth > innerWidth;
    const out = document.createElement('p');
    out.id = 'probe';
    out.textContent = JSON.stringify(seen);
    document.body.append(out);
  }, 100);
}, 100));
</script>
END
cat run/report.html probe.html > probed.html
HOME=$here/home timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
  --disable-dev-shm-usage --user-data-dir="$here/home" --enable-logging=stderr \
  --virtual-time-budget=5000 --window-size=390,900 --dump-dom "file://$here/probed.html" \
  > dom 2> log || { echo "the browser does not start here" >&2; exit 77; }
[ -s dom ] || { echo "the browser shows nothing here" >&2; exit 77; }
if grep 'CONSOLE' log; then fail "console errors"; fi

probe=$(grep -o 'id="probe">[^<]*' dom) || fail "the probe did not run"
for part in '"listed":16' '"marks":2' '"images":0' '"bold":0' '"theme":"dark"' \
  '"wide":false' '"filtered":"6 of 16 items"'; do
  echo "$probe" | grep -qF "$part" || fail "no $part in $probe"
done
grep -q '<circle class="dot"' dom || fail "no chart"
grep -q 'How much is 3 plus 1?' dom || fail "no question"
