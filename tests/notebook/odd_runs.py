"""Writes samples that a notebook has to cope with into a folder: without chains, without pairs, with names that mean harm.

    odd_runs.py DIR        DIR/no-chains.jsonl, DIR/no-pairs.jsonl, DIR/hostile.jsonl
"""

import json
import sys
from pathlib import Path

HOSTILE = [
    "a_b%c&d#e$f^g~h{i}\\j",
    "$\\frac{1}{0}$ $x",
    "\"); import os # '''",
    "_left out of legends",
    "<script>alert(1)</script> | ` *",
    "\u202eright to left\u200b 模型 🙂",
    "=1+1",
    "l" * 300,
]


def draws(model, mode, questions, n, chain=None, **more):
    for question in range(questions):
        for number in range(n):
            text = f"The answer is {question + number % 2}, by {'long ' * number}thought."
            sample = {"question_id": f"q{question}", "dataset": "d", "model": model, "mode": mode, "solution": text, "thinking": "hm " * number}
            if chain is not None:
                sample |= {"chain": chain, "round": number}
            yield sample | more


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    runs = {
        "no-chains": list(draws("m", "parallel", 3, 3)),
        "no-pairs": list(draws("m", "parallel", 3, 1)),
        "hostile": [
            sample
            for name in HOSTILE
            for sample in [*draws(name, "parallel", 2, 3), *draws(name, name, 2, 3, chain=0, feedback=name, domain=name)]
        ],
    }
    for name, samples in runs.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in samples), encoding="utf-8")


if __name__ == "__main__":
    main()
