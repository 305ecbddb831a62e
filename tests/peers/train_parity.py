#!/usr/bin/env python3
"""One step of each training objective, against PyTorch's automatic derivatives.

    pip install torch transformers safetensors
    tests/peers/train_parity.py PROGRAM [--only NAME] [--keep FOLDER]

Three small random Llamas are policy, reference and value network, all different, so that
no log-ratio, KL or value is zero. `oreo-bench train` makes one step of a batch; here the
same loss is written down from the papers' equations, in double precision, with AdamW and
the clip of the gradient's norm by hand. What each tensor changed by must be the same
within TOLERANCE: the norm of the difference by that of the change. AdamW's first step is
the sign of a gradient where that is large beside epsilon, which would show nothing of
sizes and make noise of the smallest, so epsilon is about what gradients are. The
interpreter is this one, or OREO_PEER_PYTHON.
Exit status: 0 all holds, 1 something does not, 77 a package is not here.
"""
import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from program import Failed, Program, need_packages, say
from transformers_models import SMALL, randomise

TOLERANCE = 1e-4
RATE, VALUE_RATE, EPSILON, DECAY = 0.05, 0.03, 1e-3, 0.1
END = "<|end|>"

# prompt, response, reward. Of the two prompts one has a single response and the other the
# same one with both rewards: KTO's mismatched responses are then known without its draws.
FEW = [("one and two?", "three\nyes", 1.0), ("one and two?", "three\nyes", 0.0),
       ("what is left of ten?", "first\n\n  nine.\nthen eight", 0.0)]
MANY = FEW + [("one and two?", "it is\n12", 0.0), ("what is left of ten?", "0", 1.0),
              ("what is left of ten?", "\nall of it. none\n", 0.25),
              ("x", "y\nz\n", 0.75)]

OREO = dict(rows=MANY, beta=0.3, value=True)
# name, algorithm, what is told to both, further words for the program
CASES = [
    ("sft", "sft", dict(rows=MANY), []),
    ("sft-packs", "sft", dict(rows=MANY), ["--rows", 60]),
    ("sft-clip", "sft", dict(rows=MANY, clip=0.01), []),
    ("dpo", "dpo", dict(rows=MANY, beta=0.2), []),
    ("dpo-smoothing", "dpo", dict(rows=MANY, beta=0.2, smoothing=0.1), ["--rows", 90]),
    ("kto", "kto", dict(rows=FEW, beta=0.2), []),
    ("kto-weights", "kto", dict(rows=FEW, beta=0.2, desirable=1.5, undesirable=0.7),
     ["--rows", 90]),
    ("oreo-token", "oreo", OREO | dict(level="token", alpha=0.05), []),
    ("oreo-step", "oreo", OREO | dict(level="step", alpha=0.1), []),
    ("oreo-step-periods", "oreo", OREO | dict(level="step", alpha=0.1, periods=True),
     ["--periods"]),
    ("oreo-response", "oreo", OREO | dict(level="response", alpha=0.3), []),
    ("oreo-packs", "oreo", OREO | dict(level="token", alpha=0.5), ["--rows", 60]),
    ("oreo-no-kl", "oreo", OREO | dict(level="token", alpha=0), []),
    ("oreo-keep-gradient", "oreo", OREO | dict(level="step", alpha=0.1, keep=True),
     ["--keep-gradient"]),
    ("oreo-signed", "oreo", OREO | dict(level="token", alpha=0.05, times=2, plus=-1),
     ["--reward-times", 2, "--reward-plus", -1]),
]
TOLD = ["beta", "alpha", "level", "clip", "smoothing", "desirable", "undesirable"]


# ---- the networks ----

def write_tokenizer(folder, vocab):
    """One id a byte, a token for the end, and names for the rest."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    words = sorted(pre_tokenizers.ByteLevel.alphabet())
    words += [f"w{i}" for i in range(len(words), vocab - 1)]
    made = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([END])
    made.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": END}))


def make(folder, seed, kind="LlamaForCausalLM"):
    """Saved in 32 bits; what comes back is the same in 64."""
    import torch
    import transformers
    config = transformers.LlamaConfig(**SMALL | dict(
        eos_token_id=SMALL["vocab_size"] - 1, attention_bias=True, num_labels=1))
    model = getattr(transformers, kind)(config)
    randomise(model, seed)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    write_tokenizer(folder, config.vocab_size)
    return model.to(torch.float64).eval()


class Networks:
    def __init__(self, folder):
        self.paths = {n: folder / n for n in ("init", "reference", "value")}
        self.init = make(self.paths["init"], 1)
        self.reference = make(self.paths["reference"], 2)
        self.value = make(self.paths["value"], 3, "LlamaForSequenceClassification")
        self.before = {n: {k: p.detach().clone() for k, p in m.named_parameters()}
                       for n, m in [("init", self.init), ("value", self.value)]}

    def rewind(self):
        import torch
        with torch.no_grad():
            for name, model in [("init", self.init), ("value", self.value)]:
                model.zero_grad()
                for key, weight in model.named_parameters():
                    weight.copy_(self.before[name][key])


# ---- the equations ----

class Response:
    """A response behind a prompt, and what the networks say of its actions."""

    def __init__(self, networks, tokenizer, prompt, response, reward, told, with_value):
        import torch
        asked = tokenizer.encode(prompt).ids
        said = tokenizer.encode(response).ids + [tokenizer.token_to_id(END)]
        ids, n = torch.tensor([asked + said]), len(asked)
        own = networks.init(ids).logits[0, n - 1:-1].log_softmax(-1)
        with torch.no_grad():
            theirs = networks.reference(ids).logits[0, n - 1:-1].log_softmax(-1)
        at = torch.tensor(said)[:, None]
        self.reward = reward
        self.logp = own.gather(1, at)[:, 0]
        self.ratio = self.logp - theirs.gather(1, at)[:, 0]
        self.kl = (own.exp() * (own - theirs)).sum(-1)
        self.steps = step_starts(response, told.get("periods"))
        if with_value:
            hidden = networks.value.model(ids).last_hidden_state[0, n - 1:-1]
            self.value = networks.value.score(hidden)[:, 0]


def step_starts(response, periods):
    """A step begins at the first character that is no white space behind the end of a
    line (or sentence) that has more than white space; with one id a byte, tokens are
    characters. The end belongs to the last step."""
    cuts = r"\n|\. |\.\$ " if periods else r"\n"
    starts = [0]
    for cut in re.finditer(cuts, response):
        said, rest = response[starts[-1]:cut.end()], response[cut.end():]
        if said.strip() and rest.strip():
            starts.append(cut.end() + len(rest) - len(rest.lstrip()))
    return starts


def sft_loss(paths, _):
    import torch
    return -torch.cat([p.logp for p in paths]).mean()


def dpo_loss(pairs, told):
    from torch.nn.functional import logsigmoid
    e, loss = told.get("smoothing", 0), 0
    for chosen, rejected in pairs:
        h = told["beta"] * (chosen.ratio.sum() - rejected.ratio.sum())
        loss = loss - (1 - e) * logsigmoid(h) - e * logsigmoid(-h)
    return loss / len(pairs)


def kto_loss(both, told):
    import torch
    paths, mismatched = both
    z = torch.stack([p.ratio.sum() for p in mismatched]).mean().detach()
    if not z > 0:
        raise Failed("the estimate of the KL is not positive: other seeds are needed")
    loss = 0
    for p in paths:
        good = p.reward > 0.5
        weight = told.get("desirable" if good else "undesirable", 1)
        away = p.ratio.sum() - z
        loss = loss + weight * (1 - (told["beta"] * (away if good else -away)).sigmoid())
    return loss / len(paths)


def states_of(path, level):
    return {"token": list(range(len(path.ratio))), "step": path.steps,
            "response": [0]}[level]


def reward_of(path, told):
    return told.get("times", 1) * path.reward + told.get("plus", 0)


def oreo_value_loss(paths, told):
    level = "step" if told["level"] == "step" else "token"
    loss = 0
    for p in paths:
        ratio = p.ratio.detach()
        away = [p.value[t] - reward_of(p, told) + told["beta"] * ratio[t:].sum()
                for t in states_of(p, level)]
        loss = loss + sum(d ** 2 for d in away) / len(away)
    return loss / len(paths)


def oreo_policy_loss(paths, told):
    loss = 0
    for p in paths:
        states = states_of(p, told["level"])
        ends, squares = states[1:] + [len(p.ratio)], 0
        for t, end in zip(states, ends):
            behind = p.ratio[end:].sum()
            behind = behind if told.get("keep") else behind.detach()
            ahead = told["beta"] * (p.ratio[t:end].sum() + behind)
            away = p.value[t].detach() - reward_of(p, told) + ahead
            squares = squares + away ** 2
        loss = loss + squares / len(states) + told["alpha"] * p.kl.mean()
    return loss / len(paths)


def step(model, loss, rate, clip):
    """AdamW's first: the corrected averages are the gradient and its square."""
    import torch
    gradients = torch.autograd.grad(loss, list(model.parameters()), retain_graph=True)
    norm = sum((g ** 2).sum() for g in gradients) ** 0.5
    scale = clip / norm if norm > clip else 1
    with torch.no_grad():
        changes = {}
        for (name, weight), g in zip(model.named_parameters(), gradients):
            g = scale * g
            decay = DECAY * weight if weight.dim() > 1 else 0
            changes[name] = -rate * (g / (g.abs() + EPSILON) + decay)
    return changes, float(norm), float(loss.detach())


# ---- both sides of a case ----

def theirs(networks, tokenizer, algorithm, told):
    """By network: changes, gradient's norm, loss."""
    def path(row):
        return Response(networks, tokenizer, *row, told, algorithm == "oreo")
    rows, clip = told["rows"], told.get("clip", 1)
    paths = [path(row) for row in rows]
    if algorithm == "dpo":
        made = [(a, b) for a, (x, _, r) in zip(paths, rows) if r > 0.5
                for b, (y, _, q) in zip(paths, rows) if x == y and q <= 0.5
                and rows[paths.index(a)][1] != rows[paths.index(b)][1]]
        loss = dpo_loss(made, told)
    elif algorithm == "kto":
        other = {p: next(s for q, s, _ in rows if q != p) for p, _, _ in rows}
        loss = kto_loss((paths, [path((p, other[p], 0)) for p, _, _ in rows]), told)
    else:
        loss = {"sft": sft_loss, "oreo": oreo_policy_loss}[algorithm](paths, told)
    done = {"policy": step(networks.init, loss, RATE, clip)}
    if algorithm == "oreo":
        loss = oreo_value_loss(paths, told)
        done["value"] = step(networks.value, loss, VALUE_RATE, clip)
    return done


def ours(program, networks, folder, algorithm, told, words):
    """The folder that one step left."""
    shutil.rmtree(folder, ignore_errors=True)
    data = folder.with_suffix(".jsonl")
    data.write_text("".join(json.dumps(dict(prompt=p, response=s, reward=r)) + "\n"
                            for p, s, r in told["rows"]))
    for name in TOLD:
        if name in told:
            words = words + ["--" + name, told[name]]
    if algorithm != "sft":
        words = words + ["--reference", networks.paths["reference"]]
    if algorithm == "oreo":
        words = words + ["--value", networks.paths["value"], "--value-rate", VALUE_RATE]
    program.run("train", algorithm, "--init", networks.paths["init"], "--data", data,
                "--out", folder, "--epochs", 1, "--batch", 100, "--rate", RATE,
                "--epsilon", EPSILON, "--decay", DECAY, "--quiet", *words)
    return folder


def tensors_of(folder):
    from safetensors.torch import load_file
    return load_file(folder / "model.safetensors")


def compare(before, folder, expected):
    """The largest relative difference of a tensor's change, and of all changes."""
    after, worst, total, size = tensors_of(folder), 0.0, 0.0, 0.0
    if set(after) != set(expected):
        raise Failed(f"{folder.name} has not the same tensors: "
                     f"{sorted(set(after) ^ set(expected))}")
    for name, change in expected.items():
        difference = after[name].double() - before[name] - change
        away = float(difference.norm() / change.norm())
        if not away <= TOLERANCE:
            raise Failed(f"the change of {name} differs by {away:.2e}")
        worst = max(worst, away)
        total += float((difference ** 2).sum())
        size += float((change ** 2).sum())
    return worst, (total / size) ** 0.5


def try_case(program, networks, tokenizer, folder, name, algorithm, told, words):
    networks.rewind()
    done = theirs(networks, tokenizer, algorithm, told)
    made = ours(program, networks, folder / name, algorithm, told, words)
    lines = (made / "log.jsonl").read_text().splitlines()
    if len(lines) != 1:
        raise Failed(f"{len(lines)} steps, not 1")
    said = []
    for which, (changes, norm, loss) in done.items():
        before = networks.before["init" if which == "policy" else "value"]
        where = made if which == "policy" else made / "value"
        worst, whole = compare(before, where, changes)
        said.append(f"{which}: loss {loss:.4f}, gradient {norm:.3f}, change within "
                    f"{whole:.1e}, worst tensor {worst:.1e}")
    return "; ".join(said)


def try_all(program, folder, only):
    from tokenizers import Tokenizer
    networks = Networks(folder)
    tokenizer = Tokenizer.from_file(str(networks.paths["init"] / "tokenizer.json"))
    failures = 0
    for name, *rest in CASES:
        if only and only not in name:
            continue
        try:
            said = try_case(program, networks, tokenizer, folder, name, *rest)
        except Failed as error:
            failures += 1
            said = f"FAILED: {error}"
        say(f"{name}: {said}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--only", metavar="NAME", help="cases whose name has this in it")
    parser.add_argument("--keep", metavar="FOLDER", help="leave everything there")
    options = parser.parse_args()
    need_packages(["torch", "transformers", "safetensors"],
                  "torch transformers safetensors")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    import transformers
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    say(f"torch {torch.__version__}, transformers {transformers.__version__}")
    folder = Path(options.keep or tempfile.mkdtemp(prefix="parity-")).resolve()
    try:
        failures = try_all(Program(options.program), folder, options.only)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    say("all holds" if not failures else f"{failures} do not hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
