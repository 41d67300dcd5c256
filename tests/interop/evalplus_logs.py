"""Makes EvalPlus files with evalplus itself: samples as JSONL and as folders, its result file, and its sanitized samples.

    python evalplus_logs.py OUT

Comes in: a folder. Goes out: a folder per case under OUT with an `expected.json`. The problems are four of our own, given to the
tool through its HUMANEVAL_OVERRIDE_PATH; the code that it runs is what stands in this file and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROBLEMS = [
    (
        "HumanEval/0",
        "double",
        'def double(x):\n    """Twice “x”, e.g. double(2) == 4."""\n',
        "    return x + x\n",
        [[1], [2]],
        [[0], [-3]],
    ),
    (
        "HumanEval/1",
        "shout",
        'def shout(s):\n    """Upper case: shout("ß") == "SS"."""\n',
        "    return s.upper()\n",
        [["a"]],
        [["ß"], ["🧮"]],
    ),
    ("HumanEval/2", "first", 'def first(xs):\n    """First item."""\n', "    return xs[0]\n", [[[1, 2]]], [[["x"]]]),
    (
        "HumanEval/10",
        "third",
        'def third(xs):\n    """Third item."""\n',
        "    return xs[2]\n",
        [[[1, 2, 3]]],
        [[[3, 2, 1]]],
    ),
]
# Two draws a problem: right, and wrong in a way of its own (an exception, only the extra tests fail, no function at all).
DRAWS = {
    "HumanEval/0": ["    return 2 * x  # 二倍\n", "    return x ** 2 + 1\n"],
    "HumanEval/1": ["    return s.upper()\n", "    return s if not s.isascii() else chr(ord(s) - 32)\n"],
    "HumanEval/2": ['    """a \\"nested\\" docstring"""\n    return xs[0]\n', "    raise ValueError('\\n')\n"],
    "HumanEval/10": ["    return xs[-1] if len(xs) == 3 else xs[2]\n", ""],
}
CHATTY = "Sure! Here is the code:\n\n```python\n{code}```\n\nIt doubles “x”. Test:\n\n```\nprint(double(2))\n```\n"


def dataset(folder: Path) -> Path:
    path = folder / "problems.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for task_id, entry_point, prompt, solution, base, plus in PROBLEMS:
            row = {
                "task_id": task_id,
                "prompt": prompt,
                "entry_point": entry_point,
                "canonical_solution": solution,
                "base_input": base,
                "plus_input": plus,
                "atol": 0,
                "contract": "",
                "test": "",
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


work = Path(tempfile.mkdtemp())
# Both are read when the package is imported: its problems, and where it puts the answers it computes.
os.environ["HUMANEVAL_OVERRIDE_PATH"] = str(dataset(work))
os.environ["XDG_CACHE_HOME"] = str(work)

import evalplus.data.humaneval as humaneval  # noqa: E402
import evalplus.sanitize as sanitizer  # noqa: E402
from evalplus.data.utils import load_solutions, write_directory, write_jsonl  # noqa: E402
from evalplus.eval import PASS  # noqa: E402
from evalplus.evaluate import evaluate  # noqa: E402

import expected  # noqa: E402

# The tool wants all 164 problems of HumanEval; four are enough here.
humaneval.completeness_check = lambda *_: None
sanitizer.get_mbpp_plus = lambda **_: {}

TOOL = "evalplus"
VERSION = version("evalplus")


def rows(kind: str) -> list[dict[str, Any]]:
    """The samples in an order in which the draws of a problem do not stand together."""
    given = []
    for draw in range(2):
        for task_id, _, prompt, *_ in PROBLEMS:
            body = DRAWS[task_id][draw]
            text = {"completion": body, "solution": prompt + body, "raw": CHATTY.format(code=prompt + body)}[kind]
            given.append({"task_id": task_id, "completion" if kind == "completion" else "solution": text})
    return given


def tell(folder: Path, kind: str, samples: Any, source: str, marks: Any = None, **more: Any) -> None:
    """By the tool's own `load_solutions`, with the statuses of its own evaluation where there are some."""
    given: dict[str, int] = {}
    told = []
    for sample in samples:
        task_id = sample["task_id"]
        draw = given.get(task_id, 0)
        given[task_id] = draw + 1
        mark = marks["eval"][task_id][draw] if marks else None
        told.append(
            {
                "question_id": task_id,
                "draw": draw,
                "completion": sample.get("solution", sample.get("completion")),
                "correct": mark["base_status"] == mark["plus_status"] == PASS if mark else None,
                "extra": {
                    "column": kind,
                    "base_status": mark["base_status"] if mark else None,
                    "plus_status": mark["plus_status"] if mark else None,
                },
            }
        )
    expected.write(folder, TOOL, VERSION, source, told, **more)


def samples_and_results(out: Path) -> None:
    for kind in ("solution", "completion"):
        folder = out / kind
        folder.mkdir(parents=True, exist_ok=True)
        write_jsonl(str(folder / "samples.jsonl"), rows(kind))
        evaluate("humaneval", str(folder / "samples.jsonl"), parallel=1, test_details=True)
        marks = json.loads((folder / "samples_eval_results.json").read_text())
        loaded = list(load_solutions(str(folder / "samples.jsonl")))
        source = "evalplus.data.load_solutions, statuses by evalplus.evaluate"
        tell(folder, kind, loaded, source, marks, files=["samples.jsonl"])
    # The result file alone: whole solutions, grouped by problem.
    alone = out / "results-only"
    alone.mkdir(exist_ok=True)
    shutil.copyfile(folder / "samples_eval_results.json", alone / "samples_eval_results.json")
    grouped = [sample for results in marks["eval"].values() for sample in results]
    tell(alone, "solution", grouped, "evalplus.evaluate", marks)


def directory(out: Path) -> None:
    """One file per draw: `HumanEval_0/0.py`."""
    folder = out / "directory"
    write_directory(str(folder), rows("solution"))
    loaded = sorted(load_solutions(str(folder)), key=lambda s: (s["task_id"], s["_identifier"]))
    tell(folder, "solution", loaded, "evalplus.data.load_solutions")


def sanitized(out: Path) -> None:
    """Chat answers, and what the tool's own extraction makes of them."""
    folder = out / "sanitized"
    folder.mkdir(parents=True, exist_ok=True)
    write_jsonl(str(folder / "samples.jsonl"), rows("raw"))
    sanitizer.script(str(folder / "samples.jsonl"))
    loaded = list(load_solutions(str(folder / "samples-sanitized.jsonl")))
    source = "load_solutions of what evalplus.sanitize made from samples.jsonl"
    tell(folder, "solution", loaded, source, files=["samples-sanitized.jsonl"])


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    for case in (samples_and_results, directory, sanitized):
        case(target)
    shutil.rmtree(work)
