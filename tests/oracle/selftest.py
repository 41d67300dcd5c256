"""Proves the oracle's own pieces: golden values, plain twins, and that every kind of wrong number in a run is found."""

import argparse
import copy
import itertools
import json
import random
import tempfile
import traceback
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Indel, Levenshtein

import fakerun
import inference
import measures
import oracle
from report import Report
from samples import Sample, group, normalize_white, split_response
from tables import Table

_SPLITS = {  # response → (thinking, solution)
    "y": (None, "y"),
    "  y\n": (None, "  y\n"),
    "<think>\na\n</think>\n\nb\n": ("a", "b"),
    "<think>a</think>": ("a", ""),
    "a</think>b": ("a", "b"),
    "<think>a": ("a", None),
    "p<think>a": ("p\n\na", None),
    "<think>a<think>b</think>c</think>d": ("a<think>b</think>c", "d"),
    "<think effort='low'>a</think>x<think>b</think>y": ("a\n\nb", "xy"),
    "<thinking>a</think></thinking>b": ("a</think>", "b"),
}


def run():
    report = Report()
    _strings(report)
    _cosines(report)
    _inference(report)
    faults = [f"{text!r}: expected {due}, got {split_response(text)}" for text, due in _SPLITS.items() if split_response(text) != due]
    report.line("splitting a response", faults, f"{len(_SPLITS)} responses")
    _two_steps(report)
    _fake_runs(report)
    return report.close()


def _plain_distance(a, b):
    """Levenshtein by the textbook's dynamic program."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


def _plain_common(a, b):
    """Length of the longest common subsequence, likewise."""
    row = [0] * (len(b) + 1)
    for x in a:
        diagonal = 0
        for j, y in enumerate(b, start=1):
            diagonal, row[j] = row[j], diagonal + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


def _of_texts(texts):
    rows = [Sample(i, i + 1, "f", ("d", "o", "m", "p", None, "q", None), i, None, text, {}) for i, text in enumerate(texts)]
    return measures.Pairs(group(rows)), rows


def _strings(report):
    pairs, _ = _of_texts(["s", "s."])
    found = measures.string_columns(pairs, ["s", "s."])
    report.near("(s, s.): Levenshtein, indel", ["lev", "indel"], [found["levenshtein_similarity"][0], found["indel_similarity"][0]], [0.5, 2 / 3], 1e-15)
    draw, texts = random.Random(7), ["", "", "é", "e\u0301", "🧠🧠", "a b", "a\u2003b ", None]
    for length in (1, 7, 8, 63, 64, 65, 130):
        texts += ["".join(draw.choices("abß🧠", k=length)) for _ in range(2)]
    pairs, _ = _of_texts(texts)
    found, due = measures.string_columns(pairs, texts), {}
    for name in found:
        due[name] = []
    for a, b in itertools.combinations(texts, 2):
        if a is None or b is None:
            values = (np.nan,) * 5
        else:
            distance, longest, total = _plain_distance(a, b), max(len(a), len(b)), len(a) + len(b)
            indel = (2 * _plain_common(a, b)) / total if total else 1.0
            values = (distance, 1 - distance / longest if longest else 1.0, indel, a == b, normalize_white(a) == normalize_white(b))
        for name, value in zip(found, values):
            due[name].append(value)
    for name in found:
        report.near(f"strings against plain twins: {name}", list(itertools.combinations(texts, 2)), found[name], np.array(due[name], dtype=float), 1e-15)
    assert Levenshtein.distance("🧠", "") == 1 and Indel.distance("🧠", "x") == 2  # scalar values, not bytes


def _cosines(report):
    x = np.array([(1, 0, 0), (1, 0, 0), (0, 1, 0), (0.6, 0.8, 0)])
    pairs, _ = _of_texts(["a"] * 4)
    values = measures.cosines(pairs, x, np.arange(4))
    report.near("K of the golden vectors", list(zip(pairs.a, pairs.b)), values, [1, 0, 0.6, 0, 0.6, 0.8], 1e-15)
    mean = pairs.group_means(values)[0][0]
    report.near("mean pairwise cosine, with diagonal", ["without", "with"], [mean, (3 * mean + 1) / 4], [0.5, 0.625], 1e-15)


def _inference(report):
    flips = inference.exact_sign_flip(np.array([0.03, 0.05, -0.01, 0.08, 0.02, 0.04]))
    report.near("exact sign flip", ["p"], [flips], [0.0625], 1e-15)
    adjusted = inference.holm(np.array([0.001, 0.012, 0.021, 0.04, 0.3]))
    report.near("Holm", list("12345"), adjusted, [0.005, 0.048, 0.063, 0.08, 0.3], 1e-15)
    report.near("d_z", ["1 2 3", "constant", "one"], [inference.effect_size(np.array(d)) for d in ([1.0, 2, 3], [1.0, 1], [1.0])], [2, np.nan, np.nan], 1e-15)
    # Sampled p-values against the exact ones of the same differences.
    sampling, draw, tickets = inference.Resampling(20_000, 10_000, 1), np.random.default_rng(2), []
    for n in (6, 12, 18):
        differences = draw.normal(0.3, 1.0, n)
        tickets.append((sampling.add(differences), float(np.mean(differences)), inference.exact_sign_flip(differences)))
    drawn = sampling.draw(inference.sign_weights)
    report.sigmas("sampled against exact p", ["6", "12", "18"], [sampling.p_deviation(drawn[t], mean, p) for t, mean, p in tickets], 5.0)
    # Two questions, 0 and 1: a mean of 0, ½, 1 with probabilities ¼, ½, ¼.
    sampling = inference.Resampling(20_000, 10_000, 3)
    ticket = sampling.add([0.0, 1.0])
    drawn = sampling.draw(inference.question_weights)[ticket]
    right, wrong = (sampling.bound_deviation(drawn, bound, 0.025) for bound in (0.0, 0.5))
    report.line("bootstrap bound of two questions", [] if right == 0.0 and wrong > 5.0 else [f"{right}, {wrong}"], "0 accepted, 0.5 refused")
    # The normal limit: the bound of 400 questions lies 1.96 standard errors below the mean.
    values = draw.normal(0.0, 1.0, 400)
    ticket = (sampling := inference.Resampling(20_000, 10_000, 4)).add(values)
    bound = np.quantile(sampling.draw(inference.question_weights)[ticket], 0.025)
    error = (np.mean(values) - bound) / (np.std(values) / 20)
    report.near("bootstrap bound in the normal limit", ["z"], [error], [1.96], 0.06)


def _two_steps(report):
    """One question with three groups and one with one: its groups are averaged first."""
    keys = [("d", "o", "m", "p", None, question, chain) for question, chain in (("a", 0), ("a", 1), ("a", 2), ("b", 0))]
    means = measures.question_means(keys, np.array([1.0, 0.0, np.nan, 0.0]))[keys[0][:5]]
    report.near("two steps", ["mean over questions"], [np.mean(list(means.values()))], [0.25], 1e-15)


def _fake_runs(report):
    """A made-up run passes, and the same run with one cell or row wrong fails in the checks of that table."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        source = folder / "input.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in fakerun.rows()), encoding="utf-8")
        fakerun.write(folder / "run", source)
        said, right = [], None
        quiet = Report(lambda text: said.append(text))
        right = oracle.compare(_options(folder / "run", source), quiet)
        report.line("a right run passes", quiet.failed and ["\n".join(said)[:2000]], f"{len(said)} lines")
        unseen, tried = [], 0
        for table, column, change in fakerun.changes(folder / "run"):
            fakerun.spoil(folder / "run", folder / "spoiled.parquet", table, column, change)
            outcome = _verdict(right, table, folder / "spoiled.parquet")
            unseen += [f"`{table}`.`{column}` {change.__name__}: {outcome}"] if outcome else []
            tried += 1
        report.line("a wrong number is noticed", unseen, f"{tried} changes to one cell or row of a table")


def _options(run, source):
    return argparse.Namespace(
        run=run, inputs=[source], fp32=None, tokenizer=None, token_count=lambda body: len(body.split()), embedded_text="solution", text="text", window=254,
        metrics=oracle.DEFAULT_METRICS.split(","), level=0.95, resamples=fakerun.RESAMPLES, replicates=2_000, seed=5,
    )  # fmt: skip


def _verdict(right, table, spoiled):
    """Runs the checks of one table on its spoiled twin; says what is wrong when none of them fails."""
    spoiled_oracle, said = copy.copy(right), []
    spoiled_oracle.report = Report(said.append)
    spoiled_oracle.tables = right.tables | {table: Table(spoiled)}
    spoiled_oracle._values = {}
    try:
        getattr(spoiled_oracle, f"check_{table}")()
        if table == "samples":  # a made-up sample_id shows only where another table uses the right one
            spoiled_oracle.check_embeddings()
    except Exception as error:  # a wrong run must end in a line, not in a traceback
        return "".join(traceback.format_exception(error)[-3:]).strip()
    return "" if spoiled_oracle.report.failed else "not noticed"


if __name__ == "__main__":
    raise SystemExit(run())
