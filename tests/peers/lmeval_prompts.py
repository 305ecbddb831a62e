#!/usr/bin/env python3
"""Compares our --compat lm-eval prompts with lm-eval's own, hash by hash.

    pip install "lm-eval[math]"
    tests/peers/lmeval_prompts.py check PROGRAM       all tasks, as PROGRAM (oreo-bench)
                                                      makes them
    tests/peers/lmeval_prompts.py ours TASK FILE      one task, from FILE: JSON lines with
                                                      doc_id, prompt_hash, doc_hash,
                                                      target_hash
    tests/peers/lmeval_prompts.py shots TASK          print the task's few-shot examples as
                                                      a JSON list, for --fewshot-file

TASK is gsm8k, gsm8k_cot, minerva_math or minerva_math500. The documents come from the
publishers' files below $OREO_TEST_DATA (default: ../shared/data beside the tree); lm-eval's
own task definitions and its own code build the prompts, only its download is replaced.
Exit status: 0 equal, 1 different, 77 lm-eval or the data are not here.
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("OREO_TEST_DATA", ROOT.parent / "shared" / "data"))

# lm-eval's task, the columns of its data set, and the publisher's file for each split
TASKS = {
    "gsm8k": ("gsm8k", ["question", "answer"],
              {"train": "gsm8k/train.jsonl", "test": "gsm8k/test.jsonl"}),
    "gsm8k_cot": ("gsm8k_cot", ["question", "answer"],
                  {"train": "gsm8k/train.jsonl", "test": "gsm8k/test.jsonl"}),
    "minerva_math": ("minerva_math_algebra", ["problem", "level", "type", "solution"],
                     {"train": "math/train.jsonl", "test": "math/test.jsonl"}),
    "minerva_math500": ("minerva_math500",
                        ["problem", "solution", "answer", "subject", "level",
                         "unique_id"],
                        {"test": "math500/math500.jsonl"}),
}


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(77)


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def local_rows(name, columns):
    with open(DATA / name, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    # two problems of MATH's train split have an empty box, on which lm-eval fails
    return [{key: row[key] for key in columns} for row in rows
            if row.get("answer", "x")]


def build_task(name):
    """lm-eval's task object, on the local rows."""
    import datasets
    from lm_eval.tasks import TaskManager

    task_name, columns, files = TASKS[name]
    splits = datasets.DatasetDict({
        split: datasets.Dataset.from_list(local_rows(file, columns))
        for split, file in files.items()})
    datasets.load_dataset = lambda *args, **kwargs: splits
    task = TaskManager().load([task_name])["tasks"][task_name]
    task.set_fewshot_seed(seed=1234)
    return task


def their_hashes(task):
    task.build_all_requests(limit=None, rank=0, world_size=1)
    for instance in task.instances:
        target = task.doc_to_target(instance.doc)
        text = json.dumps(instance.doc, indent=2, ensure_ascii=False)
        yield {"doc_id": instance.doc_id,
               "prompt_hash": sha256(instance.arguments[0]),
               "doc_hash": sha256(text),
               "target_hash": sha256(str(target))}


def compare(name, path):
    task = build_task(name)
    with open(path, encoding="utf-8") as lines:
        ours = {row["doc_id"]: row for row in map(json.loads, lines)}
    counts = {"prompt_hash": 0, "doc_hash": 0, "target_hash": 0}
    n = 0
    for theirs in their_hashes(task):
        n += 1
        row = ours.get(theirs["doc_id"], {})
        for key in counts:
            if row.get(key) != theirs[key]:
                counts[key] += 1
                if counts[key] <= 3:
                    print(f"doc {theirs['doc_id']}: {key} differs")
    print(f"{name}: {n} documents, {len(ours)} ours; differing: {counts}")
    return 0 if n == len(ours) and not any(counts.values()) else 1


def shots_of(name):
    samples = build_task(name).fewshot_cfg.samples
    return json.dumps(samples() if callable(samples) else samples, indent=2,
                      ensure_ascii=False)


def print_shots(name):
    print(shots_of(name))
    return 0


def our_prompts(program, name, folder):
    """A file with what our program makes of that task."""
    suite = "gsm8k" if name.startswith("gsm8k") else "math"
    test = TASKS[name][2]["test"]
    command = [program, "tasks", "show", suite, "--prompts", "--json",
               "--compat", "lm-eval", "--lm-eval-task", name.removesuffix("500"),
               "--data", str(DATA / test),
               "--fewshot-data", str(DATA / suite / "train.jsonl")]
    if name == "gsm8k_cot":
        shots = Path(folder, "shots.json")
        shots.write_text(shots_of(name), encoding="utf-8")
        command += ["--fewshot-file", str(shots)]
    path = Path(folder, name + ".jsonl")
    with open(path, "wb") as out:
        subprocess.run(command, stdout=out, check=True)
    return path


def check(program):
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in TASKS:
            try:
                failed += compare(name, our_prompts(program, name, folder))
            except subprocess.CalledProcessError as error:
                print(f"{name}: {error}")
                failed += 1
    return 1 if failed else 0


def main():
    modes = {"check": 3, "ours": 4, "shots": 3}
    if len(sys.argv) < 2 or len(sys.argv) != modes.get(sys.argv[1]):
        sys.exit(__doc__)
    if sys.argv[1] != "check" and sys.argv[2] not in TASKS:
        sys.exit(f"unknown task '{sys.argv[2]}'; known are {', '.join(TASKS)}")
    try:
        import lm_eval  # noqa: F401
    except ImportError:
        skip("lm-eval is not installed; pip install 'lm-eval[math]'")
    if not (DATA / "gsm8k" / "test.jsonl").exists():
        skip(f"no data below {DATA}")
    if sys.argv[1] == "check":
        return check(sys.argv[2])
    if sys.argv[1] == "shots":
        return print_shots(sys.argv[2])
    return compare(sys.argv[2], sys.argv[3])


if __name__ == "__main__":
    sys.exit(main())
