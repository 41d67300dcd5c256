"""Numbers of pairs, groups, questions and cells, from the definitions in `metrics.md` 2.1 and section 4 of the contract.

A missing number is NaN here and null in the tables; it is never zero. All means are in float64, in input order.
"""

import numpy as np
from rapidfuzz.distance import Indel, Levenshtein
from rapidfuzz.process import cpdist

from samples import normalize_white

CHUNK = 20_000  # pairs compared at a time: bounds the memory of the score arrays and of RapidFuzz's string copies
WORKERS = 2


class Pairs:
    """All unordered pairs of all groups, flat: sample positions `a`, `b` and the group's number."""

    def __init__(self, groups):
        self.keys = list(groups)
        a, b, owner = [], [], []
        for number, key in enumerate(self.keys):
            members = groups[key]
            for i, first in enumerate(members):
                a.extend([first] * (len(members) - i - 1))
                b.extend(members[i + 1 :])
                owner.extend([number] * (len(members) - i - 1))
        self.a, self.b, self.owner = (np.array(column, dtype=np.int64) for column in (a, b, owner))

    def __len__(self):
        return len(self.a)

    def group_means(self, values):
        """(mean, how many entered) per group over the pairs that have a value."""
        return means_by(self.owner, values, len(self.keys))


def means_by(owner, values, n):
    """(mean, count) of the values that exist, per owner 0..n; NaN where none does."""
    there = ~np.isnan(values)
    counts = np.bincount(owner[there], minlength=n)
    sums = np.bincount(owner[there], weights=values[there], minlength=n)
    with np.errstate(invalid="ignore"):
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), counts


def string_columns(pairs, texts):
    """Name → value per pair of every string metric; `texts` holds one text or None per sample."""
    names = ("levenshtein", "levenshtein_similarity", "indel_similarity", "verbatim", "verbatim_whitespace")
    columns = {name: np.full(len(pairs), np.nan) for name in names}
    there = np.array([text is not None for text in texts], dtype=bool)
    both = np.flatnonzero(there[pairs.a] & there[pairs.b]) if len(pairs) else np.empty(0, dtype=np.int64)
    flat = {position: normalize_white(texts[position]) for position in np.flatnonzero(there)}
    for start in range(0, len(both), CHUNK):
        part = both[start : start + CHUNK]
        left, right = [texts[i] for i in pairs.a[part]], [texts[i] for i in pairs.b[part]]
        distance = cpdist(left, right, scorer=Levenshtein.distance, dtype=np.int64, workers=WORKERS)
        longest = np.array([max(len(x), len(y)) for x, y in zip(left, right)])
        columns["levenshtein"][part] = distance
        # Two empty texts are at distance 0 and hence alike.
        columns["levenshtein_similarity"][part] = 1.0 - distance / np.maximum(longest, 1)
        columns["indel_similarity"][part] = cpdist(left, right, scorer=Indel.normalized_similarity, dtype=np.float64, workers=WORKERS)
        columns["verbatim"][part] = [x == y for x, y in zip(left, right)]
        columns["verbatim_whitespace"][part] = [flat[i] == flat[j] for i, j in zip(pairs.a[part], pairs.b[part])]
    return columns


def cosines(pairs, vectors, row_of):
    """Cosine per pair in float64; `row_of` is the row of each sample in `vectors`, −1 for none.

    Divided by the lengths: unit vectors that are stored in f32 have length 1 ± 1e-8, and a text is as like itself as
    can be."""
    values = np.full(len(pairs), np.nan)
    if not len(pairs):
        return values
    rows_a, rows_b = row_of[pairs.a], row_of[pairs.b]
    both = np.flatnonzero((rows_a >= 0) & (rows_b >= 0))
    for start in range(0, len(both), CHUNK):
        part = both[start : start + CHUNK]
        left, right = vectors[rows_a[part]].astype(np.float64), vectors[rows_b[part]].astype(np.float64)
        squares = np.einsum("ij,ij->i", left, left) * np.einsum("ij,ij->i", right, right)
        values[part] = np.einsum("ij,ij->i", left, right) / np.sqrt(squares)
    return values


def same_answer(pairs, samples):
    """1 or 0 where both samples of a pair have an answer: whether the classes are the same, which are the run's own."""
    answers = [sample.answer_class for sample in samples]
    found = ((answers[i], answers[j]) for i, j in zip(pairs.a, pairs.b))
    return np.array([np.nan if None in both else float(both[0] == both[1]) for both in found], dtype=np.float64)


def sample_column(samples, name, counted):
    """Value per sample of a metric of single samples; `counted(position, name)` gives a token count that was not reported."""
    values = np.full(len(samples), np.nan)
    for position, sample in enumerate(samples):
        kind, unit = name.split("_")
        text = sample.thinking if kind == "thinking" else sample.solution
        if unit == "chars":
            value = None if text is None else len(text)
        else:
            reported = sample.fields.get(name)
            value = reported if reported is not None else counted(position, name)
        values[position] = np.nan if value is None else value
    return values


def cell_of(key):
    """What a row of `summary` is about: everything of a group's key but the question and the chain."""
    return key[:5]


def question_means(keys, values):
    """Cell → {question: mean over its groups that have a value}."""
    collected = {}
    for key, value in zip(keys, values):
        questions = collected.setdefault(cell_of(key), {})
        if not np.isnan(value):
            questions.setdefault(key[5], []).append(value)
    return {cell: {name: float(np.mean(found)) for name, found in questions.items()} for cell, questions in collected.items()}
