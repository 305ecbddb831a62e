#!/usr/bin/env python3
"""Tokenizers trained by us, against Hugging Face's tokenizers.

    pip install tokenizers
    tests/peers/tokenizer_train.py PROGRAM [--keep FOLDER]

`oreo-bench tokenizer train` on our own items and on a text of many scripts, in each way
of splitting digits, several sizes and least counts. Then:
- the package loads our tokenizer.json and gives the same ids as `oreo-bench tokenizer
  encode` for the texts, for texts that were not trained on and with special tokens, and
  decodes them to the text;
- its own BpeTrainer, with the same split, size and least count, comes to the same
  vocabulary (the same ids) and the same merges: both break ties by the lowest ids.
With transformers here, the folder is opened with AutoTokenizer too. The interpreter is
this one, or OREO_PEER_PYTHON. Exit status: 0 all holds, 1 something does not, 77 the
package is not here.
"""
import argparse
import importlib.util
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

from program import Failed, Program, first_difference, need_packages, say

EOS = "<|endoftext|>"

# name, texts, options of ours, vocab_size, min_frequency
CASES = [
    ("small", "items", [], 400, 2),
    ("single digits", "items", [], 1000, 2),
    ("three digits", "items", ["--digits", "three"], 1000, 3),
    ("whole numbers", "items", ["--digits", "all"], 1000, 1),
    ("all there is", "items", [], 60000, 2),
    ("many scripts", "scripts", [], 700, 2),
    ("many scripts, three digits", "scripts", ["--digits", "three"], 2000, 1),
    ("few letters", "letters", [], 600, 1),
]

CHAT = ["--chat", "--bos", "<s>", "--pad", "<pad>", "--special", "<tool>", "--add-bos",
        "--add-eos"]

STRANGE = [
    "", " ", "   ", "\n", "\r\n\r\n  x", "a" * 300, "12345678901 3.14 1,000,000",
    "don't we'LL I'M it's THEY'RE", "naïve Übermaß garçon Ærøskøbing", "中文没有空格。日本語も。",
    "مرحبا بالعالم", "ไทยไม่มีช่องว่าง", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽", "e\u0301 \u00e9", "\u00a0\u2003\u3000x\u200b",
    "<|endoftext|", "\\frac{1}{2} $x^2$", "\t\tif (x) {\n\t\t}\n\n\n", "½ ⅷ ² ٣٤ ໑",
    "ſ'ſ 'ſ", "\u0085\u2028\u2029", "Ġthe Ċ",
]


def words_of(draw, letters, n, longest):
    return ["".join(draw.choices(letters, k=draw.randint(1, longest))) for _ in range(n)]


def make_texts(program, folder):
    """Texts by name, each a list, and a file of JSON lines of it."""
    items = folder / "items.jsonl"
    program.run("tasks", "generate", "gsm8k", "--split", "sft", "-n", 600, "--out", items)
    rows = [json.loads(line) for line in items.read_text().splitlines()]
    draw = random.Random(5)
    scripts = STRANGE * 3
    for letters in ("abcdefgh", "äöüß", "中文字符漢字", "абвгд", "0123456789", "👍🏽🏳️‍🌈"):
        words = words_of(draw, letters, 60, 5)
        scripts += [" ".join(draw.choices(words, k=30)) for _ in range(30)]
    letters = ["".join(draw.choices("ab ", k=200)) for _ in range(50)]
    texts = {"items": [row[f] for row in rows for f in ("question", "answer")],
             "scripts": scripts, "letters": letters}
    for name in ("scripts", "letters"):
        write_texts(folder / f"{name}.jsonl", texts[name])
    return texts


def write_texts(path, texts):
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))


def check_ids(program, tokenizer, made, texts, folder):
    """Both on the same texts."""
    path = folder / "texts.jsonl"
    write_texts(path, texts)
    lines = program.run("tokenizer", "encode", made, path).splitlines()
    theirs = tokenizer.encode_batch(texts)
    if len(lines) != len(texts):
        raise Failed(f"{len(lines)} lines of {len(texts)} texts")
    for text, line, encoded in zip(texts, lines, theirs):
        ours = json.loads(line)["ids"]
        at = first_difference(ours, encoded.ids)
        if at is not None:
            raise Failed(f"{text[:60]!r}: at {at}, {ours[at:at + 5]} and theirs "
                         f"{encoded.ids[at:at + 5]}")
        back = tokenizer.decode(encoded.ids, skip_special_tokens=True)
        plain = text
        for token in tokenizer.get_added_tokens_decoder().values():
            plain = plain.replace(token.content, "")
        if back != plain:
            raise Failed(f"{text[:60]!r} comes back as {back[:60]!r}")
    return sum(len(e.ids) for e in theirs)


def train_theirs(tokenizer, texts, size, least):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer = tokenizer.pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=least, special_tokens=[EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    theirs.train_from_iterator(texts, trainer)
    return theirs


def check_training(tokenizer, texts, size, least):
    """The same vocabulary and merges. Our texts with the special token in them are cut
    there and theirs are not, so there are none."""
    theirs = train_theirs(tokenizer, texts, size, least)
    a, b = tokenizer.get_vocab(), theirs.get_vocab()
    merges = [json.loads(t.to_str())["model"]["merges"] for t in (tokenizer, theirs)]
    at = first_difference(*merges)
    if at is not None:
        raise Failed(f"merge {at} of {len(merges[0])} and {len(merges[1])}: "
                     f"{merges[0][at:at + 1]} and theirs {merges[1][at:at + 1]}; "
                     f"{len(a.keys() & b.keys())} of {len(a)} pieces are in both")
    if a != b:
        raise Failed(f"{len(a.keys() & b.keys())} of {len(a)} pieces are in both")
    return len(a), len(merges[0])


def run_case(program, case, texts, folder):
    from tokenizers import Tokenizer
    name, source, words, size, least = case
    made = folder / name.replace(" ", "-").replace(",", "")
    program.run("tokenizer", "train", "--out", made, "--vocab", size, "--min-count", least,
                *words, folder / f"{source}.jsonl")
    tokenizer = Tokenizer.from_file(str(made / "tokenizer.json"))
    tokens = check_ids(program, tokenizer, made, texts[source] + STRANGE, folder)
    tokens += check_ids(program, tokenizer, made, texts["scripts"], folder)
    pieces, merges = check_training(tokenizer, texts[source], size, least)
    say(f"{name:28} {tokens:7} ids are the same, {pieces:6} pieces and {merges:6} merges")


def run_chat(program, texts, folder):
    """Special tokens, in texts and around them."""
    from tokenizers import Tokenizer
    made = folder / "chat"
    program.run("tokenizer", "train", "--out", made, "--vocab", 500, *CHAT,
                folder / "items.jsonl")
    tokenizer = Tokenizer.from_file(str(made / "tokenizer.json"))
    spoken = [f"<|im_start|>user\n{t}<|im_end|>\n<|im_start|>assistant\n<tool> x<pad><s>"
              for t in texts["items"][:100] + STRANGE]
    tokens = check_ids(program, tokenizer, made, spoken + texts["items"], folder)
    say(f"{'with special tokens':28} {tokens:7} ids are the same")
    if importlib.util.find_spec("transformers"):
        check_transformers(made, tokenizer, texts["items"])


def check_transformers(made, tokenizer, texts):
    import transformers
    theirs = transformers.AutoTokenizer.from_pretrained(made)
    names = (theirs.bos_token, theirs.eos_token, theirs.pad_token)
    if names != ("<s>", "<|im_end|>", "<pad>"):
        raise Failed(f"transformers reads the special tokens {names}")
    for text in texts:
        if theirs(text)["input_ids"] != tokenizer.encode(text).ids:
            raise Failed(f"transformers: other ids for {text[:60]!r}")
    said = theirs.apply_chat_template([{"role": "user", "content": "x"}], tokenize=False,
                                      add_generation_prompt=True)
    if said != "<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant\n":
        raise Failed(f"transformers renders the template as {said!r}")
    say(f"{'transformers':28} opens it, with its template")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the files there")
    options = parser.parse_args()
    need_packages(["tokenizers"], "tokenizers")
    folder = Path(options.keep or tempfile.mkdtemp(prefix="tokenizer-train-"))
    folder.mkdir(parents=True, exist_ok=True)
    program = Program(options.program)
    failures = 0
    try:
        texts = make_texts(program, folder)
        jobs = [(case[0], lambda c=case: run_case(program, c, texts, folder))
                for case in CASES]
        jobs.append(("with special tokens", lambda: run_chat(program, texts, folder)))
        for name, job in jobs:
            try:
                job()
            except Failed as failure:
                failures += 1
                say(f"{name}: {failure}")
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    say("all of it holds" if not failures else f"{failures} do not hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
