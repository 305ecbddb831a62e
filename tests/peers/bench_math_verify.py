#!/usr/bin/env python3
"""bench_math_verify.py PROGRAM CASES... : grading speed beside Math-Verify's.

The same cases, in the same run, on one core: Math-Verify in this process (parse and verify,
its own time limits on), and `PROGRAM grade --pairs` through its pipe. CASES are JSON lines {"gold","pred","kind"}. Needs
Math-Verify: python3 -m venv V && V/bin/pip install 'math-verify[antlr4_13_2]'.
Exit 1 when the program is not at least --times (100) times as fast."""
import argparse
import json
import logging
import os
import subprocess
import sys
import time

logging.disable(logging.CRITICAL)  # Math-Verify reports each time-out at length


def read_cases(paths, limit):
    cases = []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            cases += [json.loads(line) for line in lines]
    cases = [c for c in cases if c.get("gold")]
    step = max(1, len(cases) // limit)
    return cases[::step][:limit]


def time_math_verify(cases):
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

    config = [LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig()]
    right = 0
    start = time.perf_counter()
    for case in cases:
        try:
            gold = parse("$" + case["gold"] + "$", extraction_config=config)
            said = verify(gold, parse(case["pred"], extraction_config=config))
        except Exception:  # its parsers raise what they like
            said = False
        right += said == case["equal"]
    return time.perf_counter() - start, right


def time_program(program, cases, rounds):
    """All lines at once through the pipe, several rounds: starting costs little then."""
    lines = [json.dumps({k: c[k] for k in ("gold", "pred", "kind")}) for c in cases]
    text = ("\n".join(lines) + "\n") * rounds
    start = time.perf_counter()
    done = subprocess.run([program, "grade", "--pairs"], input=text, text=True,
                          capture_output=True, check=True)
    seconds = (time.perf_counter() - start) / rounds
    said = done.stdout.split("\n")[: len(cases)]
    return seconds, sum((s == "1") == c["equal"] for s, c in zip(said, cases))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("program")
    options.add_argument("cases", nargs="+")
    options.add_argument("--limit", type=int, default=1000, help="cases taken (1000)")
    options.add_argument("--times", type=float, default=100)
    args = options.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    cases = read_cases(args.cases, args.limit)
    theirs, right = time_math_verify(cases)
    ours, our_right = time_program(args.program, cases, 20)
    n = len(cases)
    print(f"{n} cases, one core")
    print(f"Math-Verify  {1e6 * theirs / n:10.1f} us a case, {100 * right / n:.2f} % right")
    print(f"oreo-bench   {1e6 * ours / n:10.1f} us a case, {100 * our_right / n:.2f} % right"
          " (JSON and pipe included)")
    print(f"ratio        {theirs / ours:10.1f}")
    return 0 if theirs >= args.times * ours else 1


if __name__ == "__main__":
    sys.exit(main())
