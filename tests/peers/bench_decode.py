#!/usr/bin/env python3
"""Decoding many sequences, against transformers on the same cores.

    pip install torch transformers safetensors
    tests/peers/bench_decode.py PROGRAM [--model FOLDER] [--sequences 64] [--tokens 128]

Greedy, prompts of 16 tokens, weights in 32 bits, both cores; transformers' generate with
its key-value cache against `oreo-bench bench decode`. They take turns, and what counts is
the median of each: all tokens by the time from the prompts to the last token. Without
--model, a random Llama of a million weights. The interpreter is this one, or
OREO_PEER_PYTHON. Exit status: 0, 1 when ours is not --times as fast, 77 a package is not
here.
"""
import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from program import Program, need_packages, say

PROMPT = 16
MILLION = dict(hidden_size=128, intermediate_size=344, num_hidden_layers=5,
               num_attention_heads=8, num_key_value_heads=4, vocab_size=512,
               max_position_embeddings=512, tie_word_embeddings=True)


def make_model(folder):
    import torch
    import transformers
    torch.manual_seed(1)
    config = transformers.LlamaConfig(**MILLION)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)


def load(folder):
    import torch
    import transformers
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.generation_config.eos_token_id = None  # nobody stops early
    return model.eval()


def time_theirs(model, sequences, tokens, round_number):
    """Tokens a second."""
    import torch
    draw = torch.Generator().manual_seed(round_number)
    ids = torch.randint(3, model.config.vocab_size, (sequences, PROMPT), generator=draw)
    began = time.perf_counter()
    with torch.inference_mode():
        made = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                              max_new_tokens=tokens, min_new_tokens=tokens,
                              pad_token_id=0)
    assert made.shape == (sequences, PROMPT + tokens)
    return sequences * tokens / (time.perf_counter() - began)


def time_ours(program, folder, sequences, tokens):
    said = program.run("bench", "decode", "--model", folder, "--sequences", sequences,
                       "--tokens", tokens, "--prompt-tokens", PROMPT, "--seconds", 2,
                       "--json")
    figures = {f["name"]: f["value"] for f in json.loads(said)["figures"]}
    return figures["with prompts read"], figures["decode"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--model", metavar="FOLDER")
    parser.add_argument("--sequences", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=float, default=5)
    options = parser.parse_args()
    need_packages(["torch", "transformers", "safetensors"],
                  "torch transformers safetensors")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = Path(tempfile.mkdtemp(prefix="bench-decode-"))
    try:
        if not options.model:
            make_model(folder)
        path = Path(options.model or folder).resolve()
        return bench(Program(options.program), path, options)
    finally:
        shutil.rmtree(folder)


def bench(program, path, options):
    model = load(path)
    weights = sum(p.numel() for p in model.parameters())
    time_theirs(model, options.sequences, options.tokens, 0)  # to warm up
    theirs, ours, steps = [], [], []
    for number in range(1, options.rounds + 1):
        theirs.append(time_theirs(model, options.sequences, options.tokens, number))
        whole, step = time_ours(program, path, options.sequences, options.tokens)
        ours.append(whole)
        steps.append(step)
    median = statistics.median
    ratio = median(ours) / median(theirs)
    say(f"{weights} weights, {options.sequences} sequences of {PROMPT} + "
        f"{options.tokens} tokens, tokens a second:")
    for name, figures in (("transformers", theirs), ("oreo-bench", ours),
                          ("  its steps without prompts", steps)):
        say(f"{name:28} {median(figures):8.0f}  ({min(figures):.0f} to "
            f"{max(figures):.0f})")
    say(f"ratio {ratio:.2f}")
    return 0 if ratio >= options.times else 1


if __name__ == "__main__":
    sys.exit(main())
