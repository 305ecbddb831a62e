"""What the comparisons with other programs share: packages or a skip, and ours at work."""
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

SKIPPED = 77  # the exit status that says: what this needs is not here
PATIENCE_S = 900


class Failed(Exception):
    pass


def say(text):
    print(text, flush=True)


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(SKIPPED)


def need_packages(names, install):
    """Goes on in OREO_PEER_PYTHON when the packages are there and not here."""
    missing = [n for n in names if importlib.util.find_spec(n) is None]
    other = os.environ.get("OREO_PEER_PYTHON")
    if missing and other and not os.environ.get("OREO_PEER_TRIED"):
        os.environ["OREO_PEER_TRIED"] = "1"
        try:
            os.execv(other, [other, *sys.argv])
        except OSError as error:
            skip(f"{other} does not start: {error.strerror}")
    if missing:
        skip(f"{sys.executable} has no {' and no '.join(missing)}; pip install {install}")


class Program:
    """oreo-bench."""

    def __init__(self, path):
        self.path = str(Path(path).resolve())

    def run(self, *words, text=None):
        """What it says on standard output."""
        done = subprocess.run([self.path, *map(str, words)], input=text, text=True,
                              capture_output=True, timeout=PATIENCE_S, check=False)
        if done.returncode != 0:
            raise Failed(f"'oreo-bench {' '.join(map(str, words))}' ended with "
                         f"{done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def generate(self, model, prompts, max_tokens, *words):
        """One completion for each of the prompts, {"ids"}, {"prompt"} or {"messages"}."""
        text = "".join(json.dumps(p) + "\n" for p in prompts)
        said = self.run("generate", "--model", model, "--prompts", "-", "--json",
                        "--max-tokens", max_tokens, *words, text=text)
        lines = [json.loads(line) for line in said.splitlines() if line]
        if len(lines) != len(prompts):
            raise Failed(f"{len(lines)} completions of {len(prompts)} prompts")
        return lines


def first_difference(a, b):
    """The first place where two lists differ; None when they are equal."""
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return i
    return None if len(a) == len(b) else min(len(a), len(b))
