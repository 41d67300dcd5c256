"""A small made-up run for the self-test, computed with plain loops, and ways to spoil it. No number in it says anything about `breadth`."""

import itertools
import json
import math
import random
from functools import lru_cache

import numpy as np
from scipy import stats
import pyarrow as pa
import pyarrow.parquet as pq
from rapidfuzz.distance import Indel, Levenshtein

from samples import COUNTED, KEYS, PASSED_ON, normalize_white, read
from tables import COLUMNS

RESAMPLES = 4_000
LEVEL = 0.95
_PAIR = ("cosine", "levenshtein_similarity", "indel_similarity", "verbatim")
_SAMPLE = ("thinking_tokens", "solution_tokens", "thinking_chars", "solution_chars")
_TYPES = {
    "chain": pa.int64(), "round": pa.int64(), "round_a": pa.int64(), "round_b": pa.int64(), "lag": pa.int64(), "levenshtein": pa.int64(),
    "same_answer": pa.bool_(), "verbatim": pa.bool_(), "verbatim_whitespace": pa.bool_(), "correct": pa.bool_(), "parents": pa.list_(pa.string()),
    "vector": pa.list_(pa.float32(), 8), "source_row": pa.int64(), "thinking_chars": pa.int64(), "solution_chars": pa.int64(),
    "tokens_total": pa.uint32(), "tokens_seen": pa.uint32(), "chunks": pa.uint32(), "n_samples": pa.int64(), "n_pairs": pa.int64(),
    "n_questions": pa.int64(), "n_groups": pa.int64(), "n_missing": pa.int64(), **dict.fromkeys(COUNTED, pa.int64()),
}  # fmt: skip
_FLOATS = set(
    "reward mean_entropy mean_logprob value ci_low ci_high ci_level difference effect_size p_value p_adjusted levenshtein_similarity indel_similarity"
    " cosine:fake".split()
)


def rows():
    """Canonical rows: two models, three modes, 24 questions of which some are missing here and there."""
    draw, made = random.Random(11), []
    words = ["so", "x", "is", "3", "é", "🧠", "\u2003", "return", "hence"]
    for model, mode, n, questions in (("big", "parallel", 4, 24), ("big", "markov", 3, 24), ("big", "wait", 2, 22), ("small", "parallel", 3, 5), ("small", "markov", 2, 4)):
        for question in range(questions):
            for chain in (0, 1) if mode == "markov" and question % 3 == 0 else (0,):
                text = ""
                for number in range(1 if question == 7 else n):
                    if draw.random() < 0.8:
                        text = " ".join(draw.choices(words, k=draw.randint(1, 12)))
                    row = {"dataset": "d", "domain": "o", "model": model, "mode": mode, "question_id": f"q{question}", "round": number}
                    row |= {"chain": chain, "feedback": "re-answer"} if mode == "markov" else {}
                    row |= {"response": f"<think>{text} hm</think>\n{text}"} if draw.random() < 0.5 else {"solution": text}
                    row |= {"answer": draw.choice("ab"), "gold": "a"} if draw.random() < 0.7 else {}
                    row |= {"solution_tokens": len(text) // 3, "reward": draw.random(), "correct": draw.random() < 0.5, "note": "kept"} if question % 2 else {}
                    made.append(row)
    made.append(made[0] | {"round": 9, "question_id": "q-unclosed", "response": "<think>never done"})
    made[-1].pop("solution", None)
    return made


def write(folder, source):
    """The tables of a run over `source`."""
    samples, _ = read([source])
    for number, sample in enumerate(samples):
        sample.id = f"s{number}"
    groups = {}
    for sample in samples:
        groups.setdefault(sample.key, []).append(sample)
    for members in groups.values():
        members.sort(key=lambda sample: sample.round)
    tables = {"rejects": [], "samples": [], "embeddings": [], "pairs": [], "groups": []}
    for key, members in groups.items():
        keys = dict(zip(KEYS, key))
        tables["samples"] += [_sample(keys, sample, members) for sample in members]
        tables["embeddings"] += [_embedding(keys, sample) for sample in members if _embedded(sample)]
        tables["pairs"] += (pairs := [_pair(keys, a, b) for a, b in itertools.combinations(members, 2)])
        tables["groups"] += _group(keys, members, pairs)
    tables |= {"summary": _summary(tables["groups"]), "contrasts": _contrasts(tables["groups"]), "rounds": _rounds(groups, tables["pairs"])}
    (folder / "tables").mkdir(parents=True)
    for name, found in tables.items():
        _save(folder, name, found)


def _save(folder, name, found):
    keys, columns = COLUMNS[name]
    names = list(found[0]) if found else [*keys, *columns]
    arrays = [pa.array([row[column] for row in found], _TYPES.get(column, pa.float64() if column in _FLOATS else pa.string())) for column in names]
    table = pa.table(arrays, names).replace_schema_metadata({"breadth.schema_version": "0"})
    pq.write_table(table, folder / "tables" / f"{name}.parquet", compression="zstd")


def _tokens(sample, name):
    text = sample.thinking if name == "thinking_tokens" else sample.solution
    return sample.fields[name] if name in sample.fields else None if text is None or name == "prompt_tokens" else len(text.split())


def _sample(keys, sample, members):
    row = keys | {"round": sample.round, "sample_id": sample.id, "response": sample.fields.get("response")}
    row |= {"thinking": sample.thinking, "solution": sample.solution, **{name: sample.fields.get(name) for name in PASSED_ON}}
    for name in COUNTED:
        row[name] = _tokens(sample, name)
        row[f"{name}_source"] = "reported" if name in sample.fields else None if row[name] is None else "counted"
    row |= {"extra": '{"note":"kept"}' if "note" in sample.fields else None, "source_file": sample.file, "source_row": sample.row, "extraction_rule": "fake"}
    row |= {f"{name}_chars": None if getattr(sample, name) is None else len(getattr(sample, name)) for name in ("thinking", "solution")}
    earlier = [other.id for other in members[: members.index(sample)] if sample.solution is not None and other.solution == sample.solution]
    row |= {"answer_class": row["answer"], "answer_rule": row["answer"] and "fields", "code_rule": row["code"] and "fields"}
    row |= dict.fromkeys(("answer_start", "answer_end", "code_start", "code_end", "n_code_blocks", "truncated", "warnings"))
    return row | {"verbatim_of": earlier[0] if earlier else None}


def _embedded(sample):
    return sample.solution is not None and normalize_white(sample.solution) != ""


def _dot(x, y):
    return math.fsum(float(p) * float(q) for p, q in zip(_vector(x), _vector(y)))


@lru_cache(maxsize=None)
def _vector(text):
    # Texts share a direction, so that similarities are not all about 0.
    vector = np.random.default_rng(list(text.encode())).normal(size=8) + 2.0
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _embedding(keys, sample):
    total = len(sample.solution.split())
    return keys | {
        "sample_id": sample.id, "space": "fake", "tokens_total": total, "tokens_seen": total, "chunks": max(1, math.ceil(total / 254)),
        "vector": _vector(sample.solution),
    }  # fmt: skip


def _pair(keys, a, b):
    x, y, answers = a.solution, b.solution, (a.fields.get("answer"), b.fields.get("answer"))
    row = keys | {"sample_a": a.id, "sample_b": b.id, "round_a": a.round, "round_b": b.round, "lag": b.round - a.round}
    return row | {
        "same_answer": None if None in answers else answers[0] == answers[1], "verbatim": x == y, "levenshtein": Levenshtein.distance(x, y),
        "levenshtein_similarity": Levenshtein.normalized_similarity(x, y), "indel_similarity": Indel.normalized_similarity(x, y),
        "verbatim_whitespace": normalize_white(x) == normalize_white(y),
        "cosine:fake": _dot(x, y) / math.sqrt(_dot(x, x) * _dot(y, y)) if _embedded(a) and _embedded(b) else None,
    }  # fmt: skip


def _number(sample, metric):
    if metric.endswith("tokens"):
        return _tokens(sample, metric)
    text = getattr(sample, metric.split("_")[0])
    return None if text is None else len(text)


def _group(keys, members, pairs):
    found = []
    for metric in _PAIR:
        values = [row["cosine:fake" if metric == "cosine" else metric] for row in pairs]
        values = [value for value in values if value is not None]
        entered = sum(_embedded(sample) if metric == "cosine" else sample.solution is not None for sample in members)
        found.append((metric, "fake" if metric == "cosine" else "text", entered, len(values), values))
    for metric in _SAMPLE:
        values = [value for value in (_number(sample, metric) for sample in members) if value is not None]
        found.append((metric, "thinking" if metric.startswith("t") else "text", len(values), None, values))
    return [
        keys | {"metric": metric, "space": space, "n_samples": n, "n_pairs": n_pairs, "value": math.fsum(values) / len(values) if values else None,
                "missing": None if values else "too few"}
        for metric, space, n, n_pairs, values in found
    ]  # fmt: skip


def _by_question(groups):
    """(cell, metric, space) → question → values of its groups, null ones included."""
    found = {}
    for row in groups:
        at = (*(row[name] for name in KEYS[:5]), row["metric"], row["space"])
        found.setdefault(at, {}).setdefault(row["question_id"], []).append(row["value"])
    return found


def _means(questions):
    there = {name: [value for value in values if value is not None] for name, values in questions.items()}
    return {name: math.fsum(values) / len(values) for name, values in there.items() if values}


def _shares(x, drawn):
    """Of the ends of a BCa interval with sqrt(n/(n-1)) t for z."""
    n, c, normal = len(x), x - x.mean(), stats.norm
    z = math.sqrt(n / (n - 1)) * stats.t.ppf((1 + LEVEL) / 2, n - 1)
    ties = np.isclose(drawn, x.mean(), rtol=1e-12, atol=1e-12)
    share = (np.sum((drawn < x.mean()) & ~ties) + np.sum(ties) / 2) / len(drawn)
    z0, a = normal.ppf(np.clip(share, 0.5 / len(drawn), 1 - 0.5 / len(drawn))), np.sum(c**3) / (6 * np.sum(c**2) ** 1.5) if np.any(c) else 0.0
    return [normal.cdf(z0 + (z0 + one) / (1 - a * (z0 + one))) for one in (-z, z)]


def _t_interval(values):
    if len(values) < 2:
        return {"ci_low": None, "ci_high": None}
    x = np.array(values)
    half = stats.t.ppf((1 + LEVEL) / 2, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    return {"ci_low": x.mean() - half, "ci_high": x.mean() + half}


def _interval(values):
    if len(values) < 2:
        return {"ci_low": None, "ci_high": None}
    drawn = np.random.default_rng(1).choice(np.array(values), size=(RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, _shares(np.array(values), drawn))
    return {"ci_low": low, "ci_high": high}


def _summary(groups):
    found = []
    for at, questions in _by_question(groups).items():
        means, flat = list(_means(questions).values()), [value for values in questions.values() for value in values]
        row = dict(zip((*KEYS[:5], "metric", "space"), at)) | {"value": math.fsum(means) / len(means) if means else None, **_interval(means)}
        row |= {"ci_level": LEVEL, "n_questions": len(means), "n_groups": sum(v is not None for v in flat), "n_missing": sum(v is None for v in flat)}
        found.append(row)
    return found


def _p_value(values):
    if len(values) <= 20:
        sums = [abs(math.fsum(s * v for s, v in zip(signs, values))) for signs in itertools.product((1, -1), repeat=len(values))]
        return sum(s >= sums[0] - 1e-12 for s in sums) / len(sums)
    drawn = np.random.default_rng(2).choice([1.0, -1.0], size=(RESAMPLES, len(values))) @ np.array(values)
    return (1 + int(np.sum(np.abs(drawn) >= abs(sum(values)) - 1e-12))) / (RESAMPLES + 1)


def _contrasts(groups):
    found, cells = [], _by_question(groups)
    for a, b in itertools.combinations(cells, 2):
        if a[:3] != b[:3] or a[5:] != b[5:] or a[3] == b[3]:
            continue
        ours, other = _means(cells[a]), _means(cells[b])
        values = [ours[name] - other[name] for name in ours if name in other]
        if not values:
            continue
        spread = np.std(values, ddof=1) if len(values) > 1 else 0.0
        row = {"dataset": a[0], "domain": a[1], "model": a[2], "mode_a": a[3], "mode_b": b[3], "feedback_a": a[4], "feedback_b": b[4]}
        row |= {"metric": a[5], "space": a[6], "difference": math.fsum(values) / len(values), **_t_interval(values)}
        row |= {"effect_size": float(np.mean(values) / spread) if spread else None, "p_value": _p_value(values), "n_questions": len(values)}
        found.append(row)
    for row in found:
        family = sorted(other["p_value"] for other in found if (other["metric"], other["space"]) == (row["metric"], row["space"]))
        steps = [min(1.0, (len(family) - i) * p) for i, p in enumerate(family) if p <= row["p_value"]]
        row["p_adjusted"] = max(steps)
    return found


def _rounds(groups, pairs):
    found = {}
    for row, metric in itertools.product(pairs, _PAIR):
        value = row["cosine:fake" if metric == "cosine" else metric]
        if row["chain"] is not None and row["lag"] == 1 and value is not None:
            at = (*(row[name] for name in KEYS[:5]), row["round_b"], metric, "fake" if metric == "cosine" else "text")
            found.setdefault(at, {}).setdefault(row["question_id"], {}).setdefault(row["chain"], []).append(value)
    for key, members in groups.items():
        for metric, sample in itertools.product(_SAMPLE, members):
            value = _number(sample, metric)
            if value is not None:
                at = (*key[:5], sample.round, metric, "thinking" if metric.startswith("t") else "text")
                found.setdefault(at, {}).setdefault(key[5], {}).setdefault(key[6], []).append(value)
    made = []
    for at, questions in found.items():
        means = [np.mean([np.mean(values) for values in chains.values()]) for chains in questions.values()]
        row = dict(zip((*KEYS[:5], "round", "metric", "space"), at)) | {"value": np.mean(means), **_interval(means), "n_questions": len(means)}
        made.append(row)
    return made


# ---- spoiling --------------------------------------------------------------------------------------------------------


def other_value(value, column):
    """A value that is wrong by little more than its check must bear."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, list):
        return [value[0] + 1e-4, *value[1:]] if isinstance(value[0], float) else [*value, "x"]
    if column.startswith(("ci_l", "ci_h", "p_v")):
        return value + 0.3 * max(1.0, abs(value))
    return value + (2e-6 if column.startswith("cosine") else 1e-11 if column.endswith("_similarity") else 1e-8) * max(1.0, abs(value))


def null(_value, _column):
    """No value where there is one."""
    return None


def drop(_value, _column):
    """A row less."""


def repeat(_value, _column):
    """A row twice."""


# pyarrow does not read back a fixed-size list with a null; a reason may be worded in any way.
LEFT_OUT = {("vector", null), ("missing", other_value)}


def changes(folder):
    """(table, column, change) for all that a check must notice."""
    for path in sorted((folder / "tables").glob("*.parquet")):
        table, name = pq.read_table(path), path.stem
        if not table.num_rows:
            continue
        yield from ((name, table.column_names[0], change) for change in (drop, repeat))
        for column in table.column_names:
            values = table.column(column).null_count < table.num_rows
            if values and column != "extraction_rule":  # the names of the rules are the builder's own
                yield from ((name, column, change) for change in (other_value, null) if (column, change) not in LEFT_OUT)


def spoil(folder, spoiled, table, column, change):
    """Writes a table of the run to `spoiled`, wrong in one place."""
    found = pq.read_table(folder / "tables" / f"{table}.parquet")
    values = found.column(column).to_pylist()
    # The middle of the rows that have a value: one that is not special for being first.
    there = [i for i, value in enumerate(values) if value is not None]
    at = there[len(there) // 2]
    if change is drop:
        found = pa.concat_tables([found.slice(0, at), found.slice(at + 1)])
    elif change is repeat:
        found = pa.concat_tables([found, found.slice(at, 1)])
    else:
        values[at] = change(values[at], column)
        kind = found.schema.field(column)
        found = found.set_column(found.column_names.index(column), kind, pa.array(values, kind.type))
    pq.write_table(found, spoiled, compression="zstd")
