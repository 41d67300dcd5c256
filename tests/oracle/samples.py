"""Canonical samples, as the contract has them: rows of JSONL in, samples and their groups out.

Nothing here looks at a run. White space is that of Unicode's White_Space property, which differs from Python's `str.isspace`.
"""

import json
import re
from dataclasses import dataclass, field

KEYS = ("dataset", "domain", "model", "mode", "feedback", "question_id", "chain")
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_WHITE_RUN = re.compile(f"[{WHITE_SPACE}]+")
_TAG = re.compile(r"<(?P<close>/?)(?P<name>think|thinking)(?:\s[^<>]*)?>")
PASSED_ON = ("code", "answer", "gold", "correct", "reward", "mean_entropy", "mean_logprob", "difficulty", "finish_reason", "parents")
COUNTED = ("prompt_tokens", "thinking_tokens", "solution_tokens")
KNOWN = {*KEYS, *PASSED_ON, *COUNTED, "round", "sample_id", "solution", "response", "thinking"}


@dataclass
class Sample:
    """One drawn solution; `order` is its place in the input."""

    order: int
    row: int
    file: str
    key: tuple
    round: int
    thinking: str | None
    solution: str | None
    fields: dict = field(default_factory=dict)
    answer_class: str | None = None  # the run's, once it is known

    def text(self, space):
        """The text that a string space or an embedder's `text` names; None when there is none."""
        if space in ("text", "solution"):
            return self.solution
        if space == "thinking":
            return self.thinking
        if space == "thinking+solution":
            parts = [part for part in (self.thinking, self.solution) if part is not None]
            return "\n\n".join(parts) if parts else None
        return self.fields.get(space)


def normalize_white(text):
    """Runs of white space become one space, none is left at the ends."""
    return _WHITE_RUN.sub(" ", text).strip(" ")


def split_response(text):
    """(thinking, solution) of a raw response: balanced tags, then prefix-less, then unclosed."""
    stretches, depth, name, cursor = [], 0, None, 0  # a stretch is (is it thinking, text)
    for tag in _TAG.finditer(text):
        closing = bool(tag["close"])
        if depth == 0 and not closing:
            stretches.append((False, text[cursor : tag.start()]))
            depth, name, cursor = 1, tag["name"], tag.end()
        elif depth == 0 and not stretches:
            stretches.append((True, text[: tag.start()]))
            cursor = tag.end()
        elif depth > 0 and tag["name"] == name:
            depth += -1 if closing else 1
            if depth == 0:
                stretches.append((True, text[cursor : tag.start()]))
                cursor = tag.end()
    if depth > 0:
        stretches.append((True, text[cursor:]))
        return _blocks(part for _, part in stretches), None
    if not stretches:
        return None, text
    stretches.append((False, text[cursor:]))
    solution = "".join(part for inside, part in stretches if not inside).strip(WHITE_SPACE)
    return _blocks(part for inside, part in stretches if inside), solution


def _blocks(parts):
    stripped = (part.strip(WHITE_SPACE) for part in parts)
    return "\n\n".join(part for part in stripped if part)


def read(paths):
    """Samples of canonical JSONL files in input order, and the rows that cannot be used as (file, row)."""
    samples, unusable, seen = [], [], {}
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip(WHITE_SPACE):
                    continue
                row = _row(line)
                if row is None:
                    unusable.append((str(path), number))
                    continue
                samples.append(_sample(row, str(path), number, len(samples), seen))
    return samples, unusable


def _row(line):
    try:
        row = json.loads(line)
    except ValueError:
        return None
    usable = isinstance(row, dict) and isinstance(row.get("question_id"), str)
    if usable and any(isinstance(row.get(name), str) for name in ("solution", "response")):
        return row
    return None


def _sample(row, file, number, order, seen):
    thinking, solution = row.get("thinking"), row.get("solution")
    if row.get("response") is not None and (thinking is None or solution is None):
        from_tags = split_response(row["response"])
        thinking = from_tags[0] if thinking is None else thinking
        solution = from_tags[1] if solution is None else solution
    unknown = {"dataset": "unknown", "domain": "unknown", "model": "unknown", "mode": "unknown"}
    key = tuple(unknown.get(name) if row.get(name) is None else row[name] for name in KEYS)
    appearance = seen.setdefault(key, 0)
    seen[key] += 1
    draw = appearance if row.get("round") is None else row["round"]
    return Sample(order, number, file, key, draw, thinking, solution, row)


def group(samples):
    """Key → positions of its samples, by round, ties in input order."""
    groups = {}
    for position, sample in enumerate(samples):
        groups.setdefault(sample.key, []).append(position)
    for members in groups.values():
        members.sort(key=lambda position: (samples[position].round, samples[position].order))
    return groups
