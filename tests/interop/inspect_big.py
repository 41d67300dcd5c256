"""Writes a large inspect_ai log with inspect_ai itself, for a race against `read_eval_log`, and times that reader.

    python inspect_big.py OUT.eval N        writes N samples (10 epochs of N/10 questions) with mockllm
    python inspect_big.py --time OUT.eval   median of three reads, each in this process after one that warms the page cache

Comes in: a path and a number. Goes out: the log, or the times as JSON. A sample holds some 6 kB of thinking and 2 kB of solution,
drawn from a fixed seed; the events are those that the tool writes of its own for one generate call.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WORDS = (
    "the sum of each prime factor is bounded by so we consider integer sequence modulo where residue wait check again if then "
    "hence triangle circle radius angle equals because symmetry lemma induction base step suppose contradiction therefore "
    "number count ways choose pairs distinct even odd square root polynomial degree coefficient maximum minimum value function"
).split()


def prose(random_: random.Random, length: int) -> str:
    """About `length` characters of words, numbers and a formula now and then; as hard to compress as real thinking."""
    pieces: list[str] = []
    size = 0
    while size < length:
        roll = random_.random()
        if roll < 0.85:
            piece = random_.choice(WORDS)
        elif roll < 0.95:
            piece = str(random_.randrange(10_000))
        else:
            piece = f"$x_{{{random_.randrange(99)}}}^2 + {random_.randrange(999)} \\equiv {random_.randrange(99)}$.\n"
        pieces.append(piece)
        size += len(piece) + 1
    return " ".join(pieces)


def write(target: Path, n: int) -> None:
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import (
        ChatCompletionChoice,
        ChatMessageAssistant,
        ContentReasoning,
        ContentText,
        ModelOutput,
        ModelUsage,
        get_model,
    )
    from inspect_ai.scorer import match
    from inspect_ai.solver import generate

    random_ = random.Random(7)

    def draw(messages: list[Any], *_: Any) -> ModelOutput:
        thinking = prose(random_, random_.randrange(3_000, 9_000))
        text = prose(random_, random_.randrange(1_000, 3_000)) + f"\n\nANSWER: {random_.randrange(1000):03}"
        content = [ContentReasoning(reasoning=thinking), ContentText(text=text)]
        message = ChatMessageAssistant(content=content, source="generate", model="stub-r1")
        usage = ModelUsage(input_tokens=80, output_tokens=2000, total_tokens=2080, reasoning_tokens=1500)
        return ModelOutput(
            model="stub-r1", choices=[ChatCompletionChoice(message=message, stop_reason="stop")], usage=usage
        )

    questions = [
        Sample(id=f"q{number}", input=prose(random_, 300), target=f"{random_.randrange(1000):03}")
        for number in range(n // 10)
    ]
    task = Task(dataset=questions, solver=[generate()], scorer=match(), epochs=10, name="big")
    with tempfile.TemporaryDirectory() as folder:
        model = get_model("mockllm/model", custom_outputs=draw, memoize=False)
        [log] = eval(task, model=model, log_dir=folder, display="none", log_realtime=False)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(str(log.location).removeprefix("file://"), target)


def times(log: Path) -> dict[str, Any]:
    from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries

    log.read_bytes()
    readers = {
        "read_eval_log": lambda: read_eval_log(str(log)),
        "read_eval_log(resolve_attachments=True)": lambda: read_eval_log(str(log), resolve_attachments=True),
        "read_eval_log(header_only=True)": lambda: read_eval_log(str(log), header_only=True),
        "read_eval_log_sample_summaries": lambda: read_eval_log_sample_summaries(str(log)),
    }
    return {
        "bytes": log.stat().st_size,
        "seconds": {name: statistics.median(seconds(read) for _ in range(3)) for name, read in readers.items()},
    }


def seconds(read: Any) -> float:
    start = time.perf_counter()
    read()
    return round(time.perf_counter() - start, 3)


if __name__ == "__main__":
    if sys.argv[1] == "--time":
        print(json.dumps(times(Path(sys.argv[2])), indent=1))
    else:
        write(Path(sys.argv[1]), int(sys.argv[2]))
