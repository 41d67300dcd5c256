"""Writes the runs that a page is tried with beside the quickstart's: one with 10 000 samples, and one that means harm.

    samples.py DIR      large.jsonl, large.toml, hostile.jsonl, hostile.toml and the small model that both embed with
"""

import json
import random
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS, DRAWS, CHAINS, ROUNDS = 250, 20, 2, 10
WORDS = "so the sum of all primes below n is even unless two divides it hence we try each case and count what is left over again".split()

# Whoever runs any of these sets the flag.
RUN = "window.hostile = 1; alert(1)"
TEXTS = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f'<img src=x onerror="{RUN}"><svg onload="{RUN}"><body onload="{RUN}">',
    f"\"'><iframe srcdoc=\"<script>parent.hostile = 1</script>\"></iframe><a href=\"javascript:{RUN}\">go</a>",
    f"<!--<script>{RUN}--></textarea></style></title><style>* {{ display: none !important }}</style>",
    "{{ 7 * 7 }} {% raw %} ${7 * 7} <%= 7 %> ]]> &lt;b&gt; &#x3c;script&#x3e;",
    "\\documentclass{article} $\\frac{1}{0}$ \\input{/etc/passwd} \\[ \\href{javascript:1}{x} \\]",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x1b[H bell\x07 back\x08space",
    "price \u202e0001 \u2066isolated\u2069 zero\u200bwidth\u200d joiner \ufeff mark \u00ad hyphen \u2028 separator",
    "a" + "\u0301" * 500 + " 🙂🏳️‍🌈 模型 \u05d0\u05d1 \uffff \U000e0041",
    "one line of a megabyte: " + "lorem ipsum " * 90_000,
    "\n" * 5_000 + "many lines",
    "=cmd|' /C calc'!A0",
    "",
]
NAME = f"<img src=x onerror=\"{RUN}\">\u202e_*`|$&%"


def large(rng):
    def text(seed, n):
        base = random.Random(seed)
        words = [base.choice(WORDS) for _ in range(n)]
        for _ in range(rng.randrange(12)):
            words[rng.randrange(n)] = rng.choice(WORDS)
        lines = [" ".join(words[at : at + 12]) for at in range(0, n, 12)]
        return "\n".join(lines)

    for question in range(QUESTIONS):
        key = {"question_id": f"question-{question}", "dataset": "large", "domain": "math", "model": "m", "gold": str(question % 7)}
        for draw in range(DRAWS):
            yield key | {"mode": "parallel", "round": draw, "solution": text(question, 90), "thinking": text(question + 1, 40), "answer": str(rng.randrange(3))}
        for chain in range(CHAINS):
            for round_ in range(ROUNDS):
                more = {"mode": "markov", "chain": chain, "round": round_, "answer": str(rng.randrange(3)), "correct": rng.random() < 0.5}
                yield key | more | {"solution": text(question, 90), "thinking": text(question + 1, 40)}


def hostile():
    for question in range(3):
        for mode, chain in (("parallel", None), (NAME, 0)):
            for round_, text in enumerate(TEXTS):
                sample = {"question_id": f"{NAME} {question}", "dataset": NAME, "domain": NAME, "model": NAME, "mode": mode, "round": round_}
                sample |= {"solution": f"{text} {question}", "thinking": text, "answer": text[:200], "gold": NAME, "correct": round_ % 2 == 0}
                if chain is not None:
                    sample |= {"chain": chain, "feedback": NAME}
                yield sample


def model(folder):
    """A model of four numbers that knows two words: vectors are not what is looked at here."""
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "tests/fixtures/models/good.onnx", folder / "model.onnx")
    special = {name: {"id": name, "ids": [number], "tokens": [name]} for name, number in (("[CLS]", 1), ("[SEP]", 2))}
    order = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"}, "decoder": None,
        "post_processor": {"type": "TemplateProcessing", "single": order, "pair": [*order, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": special},
        "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "so": 3, "the": 4}},
    }
    files = {
        "tokenizer.json": tokenizer,
        "modules.json": [{"type": "sentence_transformers.models.Transformer", "path": ""}, {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}],
        "1_Pooling/config.json": {"word_embedding_dimension": 4, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": 64, "do_lower_case": False},
    }
    (folder / "1_Pooling").mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    model(folder / "tiny")
    for name, samples in (("large", large(random.Random(7))), ("hostile", hostile())):
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as out:
            out.writelines(json.dumps(sample) + "\n" for sample in samples)
        plan = f'[[source]]\npath = "{name}.jsonl"\n[[embedder]]\nname = "tiny"\nmodel = "tiny"\n[inference]\nresamples = 200\n[limits]\nmax_rejects = 1.0\n'
        if name == "large":
            plan += '[measure]\nmetrics = ["cosine", "levenshtein_similarity", "verbatim"]\n[report]\nfigures = ["similarity_by_mode"]\nnotebook = false\n'
        else:
            plan += '[measure]\nmetrics = ["cosine", "verbatim"]\n'
        (folder / f"{name}.toml").write_text(plan, encoding="utf-8")


if __name__ == "__main__":
    main()
