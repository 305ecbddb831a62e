#!/usr/bin/env python3
"""Small random models of each architecture, against transformers.

    pip install torch transformers safetensors
    tests/peers/transformers_models.py PROGRAM [--only NAME] [--keep FOLDER]

Each model is made by transformers with random weights (norms and biases, too), saved as a
folder, and run by both: the logits at every position must agree to TOLERANCE of the
largest, and greedy continuations must be the same ids, or part at a tie: where the gap
between the two tokens is within the difference of the logits. transformers runs in 32
bits on the weights as they were saved. The interpreter is this one, or OREO_PEER_PYTHON.
Exit status: 0 all holds, 1 something does not, 77 a package is not here.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from program import Failed, Program, first_difference, need_packages, say

TOLERANCE = 1e-4
NEW_TOKENS = 24
CONTEXT = 240
PROMPT_LENGTHS = [1, 2, 7, 17, 40, 200]

SMALL = dict(hidden_size=48, intermediate_size=100, num_hidden_layers=3,
             num_attention_heads=6, num_key_value_heads=2, vocab_size=515,
             max_position_embeddings=256, bos_token_id=None, eos_token_id=None,
             pad_token_id=None)
WIDE = SMALL | dict(hidden_size=128, intermediate_size=344, num_hidden_layers=2,
                    num_attention_heads=8, num_key_value_heads=4, vocab_size=1000)


def rope(kind, theta=10000.0, **more):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": theta, **more}}


# heads with some dimensions on the ramp between those that are stretched and the others
LLAMA3 = dict(head_dim=32) | rope(
    "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=128)
YARN = dict(head_dim=32, max_position_embeddings=16384)
YARN_PLAIN = rope("yarn", factor=4.0, original_max_position_embeddings=4096)

# name, architecture, config, type of the weights, how they are saved
MODELS = [
    ("llama", "Llama", SMALL, "float32", {}),
    ("llama-tied", "Llama", SMALL | dict(tie_word_embeddings=True), "float32", {}),
    ("llama-biased", "Llama", SMALL | dict(attention_bias=True, mlp_bias=True),
     "float32", {}),
    ("llama-multi-head", "Llama", WIDE | dict(num_key_value_heads=8), "float32", {}),
    ("llama-one-kv-head", "Llama", SMALL | dict(num_key_value_heads=1), "float32", {}),
    ("llama-linear", "Llama", SMALL | rope("linear", factor=4.0), "float32", {}),
    ("llama-3", "Llama", SMALL | LLAMA3, "float32", {}),
    ("llama-3-as-of-old", "Llama", SMALL | LLAMA3, "float32", {"old": True}),
    ("llama-yarn", "Llama", SMALL | YARN | YARN_PLAIN, "float32", {}),
    ("llama-yarn-scaled", "Llama",
     SMALL | YARN | rope("yarn", factor=4.0, original_max_position_embeddings=4096,
                         attention_factor=1.3, beta_fast=16.0, beta_slow=2.0),
     "float32", {}),
    ("llama-bfloat16", "Llama", WIDE, "bfloat16", {}),
    ("llama-float16", "Llama", SMALL, "float16", {}),
    ("mistral", "Mistral", SMALL | dict(sliding_window=None), "float32", {}),
    ("mistral-window", "Mistral", SMALL | dict(sliding_window=CONTEXT), "float32", {}),
    ("mistral-wide-heads", "Mistral", SMALL | dict(sliding_window=None, head_dim=20),
     "float32", {}),
    ("mistral-bfloat16", "Mistral", WIDE | dict(sliding_window=None), "bfloat16",
     {"shards": "100KB"}),
    ("qwen2", "Qwen2", SMALL | dict(use_sliding_window=False), "float32", {}),
    ("qwen2-tied", "Qwen2", SMALL | dict(tie_word_embeddings=True), "float32",
     {"shards": "50KB"}),
    ("qwen2-bfloat16", "Qwen2", WIDE | rope("default", 1000000.0), "bfloat16",
     {"old": True}),
    ("qwen3", "Qwen3", SMALL | dict(head_dim=32), "float32", {}),
    ("qwen3-tied", "Qwen3", SMALL | dict(head_dim=8, tie_word_embeddings=True),
     "float32", {}),
    ("qwen3-bfloat16", "Qwen3", WIDE | dict(attention_bias=True) | YARN | YARN_PLAIN,
     "bfloat16", {}),
]


# ---- their side ----

def randomise(model, seed):
    """Everything, so that a bias or a norm that is forgotten shows; large enough that
    attention has something to choose. A head that is the embedding would only see each
    token itself if that were as large."""
    import torch
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=draw)
            if name.endswith("norm.weight"):
                weight.copy_(1 + 0.3 * noise)
            elif weight.dim() == 1:
                weight.copy_(0.3 * noise)
            elif "embed" in name and not model.config.tie_word_embeddings:
                weight.copy_(noise)
            else:
                weight.copy_(1.4 * noise / weight.shape[1] ** 0.5)


def write_as_of_old(folder):
    """The config as it was before rope_parameters."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    both = config.pop("rope_parameters")
    config["rope_theta"] = both.pop("rope_theta")
    config["rope_scaling"] = both if both.get("rope_type") != "default" else None
    config["torch_dtype"] = config.pop("dtype")
    path.write_text(json.dumps(config, indent=2))


def write_tokenizer(folder, vocab):
    """One id a byte, and names for the rest: the comparison is of ids."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    words = sorted(pre_tokenizers.ByteLevel.alphabet())
    words += [f"w{i}" for i in range(len(words), vocab)]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(folder / "tokenizer.json"))


def make(folder, name, arch, config, dtype, how):
    import torch
    import transformers
    made = getattr(transformers, arch + "Config")(**config)
    model = getattr(transformers, arch + "ForCausalLM")(made)
    randomise(model, sum(map(ord, name)))
    model.to(getattr(torch, dtype)).save_pretrained(
        folder, max_shard_size=how.get("shards", "1GB"))
    (folder / "generation_config.json").unlink(missing_ok=True)
    write_tokenizer(folder, config["vocab_size"])
    if how.get("old"):
        write_as_of_old(folder)
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval()


def make_prompts(vocab):
    import torch
    draw = torch.Generator().manual_seed(vocab)
    return [torch.randint(vocab, (n,), generator=draw).tolist() for n in PROMPT_LENGTHS]


def their_logits(model, ids):
    import torch
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0]


def their_greedy(model, prompt):
    import torch
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        made = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                              max_new_tokens=NEW_TOKENS, pad_token_id=0)
    return made[0, len(prompt):].tolist()


# ---- the comparison ----

def compare(model, prompt, ours):
    """The largest relative difference of a position, and what there is to say of ids."""
    import torch
    both = prompt + ours["ids"]
    theirs = their_logits(model, both)
    mine = torch.tensor(ours["logits"])
    if mine.shape != theirs.shape:
        raise Failed(f"logits are {tuple(mine.shape)}, not {tuple(theirs.shape)}")
    away = (mine - theirs).abs().amax(1)
    worst = float((away / theirs.abs().amax(1)).max())
    if not worst <= TOLERANCE:
        raise Failed(f"logits differ by {worst:.2e} of the largest")
    greedy = their_greedy(model, prompt)
    at = first_difference(ours["ids"], greedy)
    if at is None:
        return worst, None
    if at >= min(len(ours["ids"]), len(greedy)):
        raise Failed(f"{len(ours['ids'])} tokens, not {len(greedy)}")
    row = len(prompt) + at - 1
    gap = float(theirs[row][greedy[at]] - theirs[row][ours["ids"][at]])
    said = (f"ids part at token {at}: {ours['ids'][at]}, not {greedy[at]}; their gap is "
            f"{gap:.2e}, the logits differ by {float(away[row]):.2e}")
    if not gap <= 2 * float(away[row]):
        raise Failed(said)
    return worst, "a tie: " + said


def try_model(program, folder, name, arch, config, dtype, how):
    model = make(folder, name, arch, config, dtype, how)
    prompts = make_prompts(config["vocab_size"])
    done = program.generate(folder, [{"ids": p} for p in prompts], NEW_TOKENS, "--logits",
                            "--context", CONTEXT)
    worst, ties = 0.0, []
    for prompt, ours in zip(prompts, done):
        if ours["prompt_ids"] != prompt:
            raise Failed(f"prompt_ids are {ours['prompt_ids']}, not {prompt}")
        away, tie = compare(model, prompt, ours)
        worst = max(worst, away)
        if tie:
            ties.append(tie)
    files = len(list(folder.glob("*.safetensors")))
    return (f"logits within {worst:.1e}, {len(prompts)} x {NEW_TOKENS} greedy ids equal"
            + (f", {files} files" if files > 1 else "") + "".join("; " + t for t in ties))


def try_all(program, folder, only):
    failures = 0
    for name, *rest in MODELS:
        if only and only not in name:
            continue
        try:
            said = try_model(program, folder / name, name, *rest)
        except Failed as error:
            failures += 1
            said = f"FAILED: {error}"
        say(f"{name}: {said}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--only", metavar="NAME", help="models whose name has this in it")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the models there")
    options = parser.parse_args()
    need_packages(["torch", "transformers", "safetensors"],
                  "torch transformers safetensors")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    say(f"transformers {transformers.__version__}")
    folder = Path(options.keep or tempfile.mkdtemp(prefix="transformers-")).resolve()
    try:
        failures = try_all(Program(options.program), folder, options.only)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    say("all holds" if not failures else f"{failures} do not hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
