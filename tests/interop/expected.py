"""Writes `expected.json` beside a log: what its samples are, by the tool's own objects.

Comes in: a folder, the tool's name and version, and samples as dictionaries. Goes out: one JSON file whose samples all have
the same keys, null where the log does not say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# The keys of a sample. `completion` is the text that the tool calls the model's answer, before any extraction of ours;
# `thinking` is what the tool keeps apart from it; `draw` counts the samples of a question from 0 in the tool's order. A
# sample's `question` stands once for all its draws, in the file's `questions`.
KEYS = (
    "question_id",
    "draw",
    "round",
    "chain",
    "model",
    "completion",
    "thinking",
    "thinking_kind",
    "answer",
    "gold",
    "correct",
    "score",
    "prompt_tokens",
    "thinking_tokens",
    "output_tokens",
    "finish_reason",
    "mean_logprob",
    "error",
    "extra",
)

# Longer questions would be most of some files: they are left out of `questions`.
SHORT = range(1, 1000)


def write(folder: Path, tool: str, version: str, source: str, samples: list[dict[str, Any]], **more: Any) -> None:
    """Writes `folder/expected.json`; `source` says which objects of the tool the samples come from, `files` where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    files = more.pop("files", [name for name in beside if name != "expected.json"])
    for sample in samples:
        unknown = set(sample) - {"question", *KEYS}
        if unknown:
            raise ValueError(f"{folder}: expected keys of {KEYS}, got {sorted(unknown)}")
    document = {
        "tool": tool,
        "version": version,
        "source": source,
        "files": files,
        **more,
        "questions": {s["question_id"]: s["question"] for s in samples if len(s.get("question") or "") in SHORT},
        "n_samples": len(samples),
        "samples": [said({key: sample.get(key) for key in KEYS}) for sample in samples],
    }
    head = [f"{compact(key)}: {compact(value)}" for key, value in document.items() if key != "samples"]
    rows = ",\n".join(compact(sample) for sample in document["samples"])
    text = "{\n" + "".join(line + ",\n" for line in head) + '"samples": [\n' + rows + "\n]\n}\n"
    (folder / "expected.json").write_text(text, encoding="utf-8", newline="\n")


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def said(sample: dict[str, Any]) -> dict[str, Any]:
    """Without what the log does not say: a missing key stands for null, here and in `extra`."""
    extra = {key: value for key, value in (sample["extra"] or {}).items() if value is not None}
    return {key: value for key, value in {**sample, "extra": extra or None}.items() if value is not None}


def mean(values: list[float]) -> float | None:
    """The mean, or None of nothing: missing is never zero."""
    return sum(values) / len(values) if values else None
