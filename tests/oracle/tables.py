"""The tables of a run as plain columns, and their outside as section 4 of the contract has it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# The metrics that have a definition here.
PAIR_METRICS = ("cosine", "levenshtein", "levenshtein_similarity", "indel_similarity", "verbatim", "verbatim_whitespace", "same_answer")
SAMPLE_METRICS = ("thinking_tokens", "solution_tokens", "thinking_chars", "solution_chars")

_CELL = ["dataset", "domain", "model", "mode", "feedback"]
_GROUP = [*_CELL, "question_id", "chain"]
_INTERVAL = ["ci_low", "ci_high"]
COLUMNS = {  # table → (keys, columns after the keys)
    "samples": (
        _GROUP,
        "round sample_id parents response thinking solution code answer gold correct reward prompt_tokens thinking_tokens solution_tokens"
        " prompt_tokens_source thinking_tokens_source solution_tokens_source mean_entropy mean_logprob difficulty finish_reason extra source_file"
        " source_row extraction_rule thinking_chars solution_chars verbatim_of answer_class answer_rule answer_start"
        " answer_end code_rule code_start code_end n_code_blocks truncated warnings".split(),
    ),
    "rejects": ([], "source_file source_row stage reason".split()),
    "embeddings": (_GROUP, "sample_id space tokens_total tokens_seen chunks vector".split()),
    "pairs": (_GROUP, "sample_a sample_b round_a round_b lag".split()),
    "groups": (_GROUP, "metric space n_samples n_pairs value missing".split()),
    "summary": (_CELL, ["metric", "space", "value", *_INTERVAL, "ci_level", "n_questions", "n_groups", "n_missing"]),
    "contrasts": (
        ["dataset", "domain", "model"],
        "mode_a mode_b feedback_a feedback_b metric space difference ci_low ci_high effect_size p_value p_adjusted n_questions".split(),
    ),
    "rounds": (_CELL, ["round", "metric", "space", "value", *_INTERVAL, "n_questions"]),
}


class Table:
    """One Parquet table; columns are lists, numbers come as float64 with NaN for null.

    Metrics that have no definition here stay out: they are held against their peers by the fixtures of the unit tests.
    """

    def __init__(self, path):
        self.file = pq.ParquetFile(path)
        self.arrow = self.file.read()
        if "metric" in self.arrow.column_names:
            known = pa.array([*PAIR_METRICS, *SAMPLE_METRICS])
            defined = pc.is_in(self.arrow.column("metric"), value_set=known)
            self.arrow = self.arrow.filter(defined)
        self.names = self.arrow.column_names

    def __len__(self):
        return self.arrow.num_rows

    def column(self, name):
        return self.arrow.column(name).to_pylist()

    def numbers(self, name):
        values = self.column(name)
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)

    def rows(self, *names):
        return list(zip(*(self.column(name) for name in names))) if len(self) else []

    def vectors(self, name):
        """A list column of equal lengths as a matrix in its own precision."""
        if not len(self):
            return np.empty((0, 0), dtype=np.float32)
        chunks = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in self.arrow.column(name).chunks]
        return np.concatenate(chunks).reshape(len(self), -1)

    def faults(self, keys, columns):
        """What is wrong with the outside of the table, as fragments."""
        found = [f"no column `{name}`" for name in [*keys, *columns] if name not in self.names]
        if self.names[: len(keys)] != keys:
            found.append(f"expected the keys {keys} first, got {self.names[: len(keys)]}")
        if b"breadth.schema_version" not in (self.arrow.schema.metadata or {}):
            found.append("no `breadth.schema_version` in the metadata")
        for group in range(self.file.metadata.num_row_groups):
            codecs = {self.file.metadata.row_group(group).column(i).compression for i in range(self.file.metadata.num_columns)}
            if codecs != {"ZSTD"} and self.file.metadata.row_group(group).num_rows:
                found.append(f"expected zstd, got {sorted(codecs)}")
        return found


def open_run(folder):
    """Name → table, and the faults of their outsides."""
    tables, faults = {}, []
    for name, (keys, columns) in COLUMNS.items():
        path = Path(folder) / "tables" / f"{name}.parquet"
        if not path.is_file():
            faults.append(f"no table `{name}`")
            continue
        tables[name] = Table(path)
        faults.extend(f"`{name}`: {fault}" for fault in tables[name].faults(keys, columns))
        if name == "embeddings" and "vector" in tables[name].names:
            kind = tables[name].arrow.schema.field("vector").type
            if not pa.types.is_fixed_size_list(kind) or kind.value_type != pa.float32():
                faults.append(f"`embeddings`: expected a fixed-size list of f32, got {kind}")
    return tables, faults
