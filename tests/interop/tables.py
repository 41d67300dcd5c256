"""Opens every table of a run as other people's programs do: pyarrow, pandas, polars, DuckDB, and R where it is.

    tables.py reports/NAME …

For each Parquet file: all readers see the same number of rows, the same names, the same number of nulls in each column, and types that
docs/tables.md promises; the keys come first; version, docs and units are in the file's metadata, for every column.
Needs tests/notebook/requirements.txt. Packages that are not there are named as skipped, R too; at least pyarrow is needed.
"""

import importlib
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

DOCS = Path(__file__).resolve().parents[2] / "docs" / "tables.md"
# Word of the document → does an Arrow type keep the promise?
ARROW = {
    "string": pa.types.is_string,
    "int64": pa.types.is_int64,
    "float64": pa.types.is_float64,
    "boolean": pa.types.is_boolean,
    "list of strings": lambda t: pa.types.is_list(t) and pa.types.is_string(t.value_type),
    "list of float32": lambda t: (pa.types.is_list(t) or pa.types.is_fixed_size_list(t)) and pa.types.is_float32(t.value_type),
}
# The same for the other readers, by the name that they give to a type.
NAMES = {
    "pandas": {
        "string": r"object|str|string.*",
        "int64": r"int64|float64|object",
        "float64": r"float64|object",
        "boolean": r"bool|object",
        "list of strings": r"object",
        "list of float32": r"object",
    },
    "polars": {
        "string": r"String",
        "int64": r"Int64",
        "float64": r"Float64",
        "boolean": r"Boolean",
        "list of strings": r"List\(String\)",
        "list of float32": r"(List|Array)\(Float32.*\)",
    },
    "duckdb": {
        "string": r"VARCHAR",
        "int64": r"BIGINT",
        "float64": r"DOUBLE",
        "boolean": r"BOOLEAN",
        "list of strings": r"VARCHAR\[\]",
        "list of float32": r"FLOAT\[\d*\]",
    },
    "R": {
        "string": r"character|logical|vctrs_unspecified",
        "int64": r"integer|integer64|numeric|double",
        "float64": r"numeric|double",
        "boolean": r"logical",
        "list of strings": r".*list.*",
        "list of float32": r".*list.*",
    },
}
R_SCRIPT = """
for (file in commandArgs(trailingOnly = TRUE)) {
  table <- arrow::read_parquet(file, as_data_frame = TRUE)
  for (name in names(table)) {
    column <- table[[name]]
    nulls <- if (is.list(column)) sum(vapply(column, is.null, NA)) else sum(is.na(column))
    writeLines(paste(file, nrow(table), name, nulls, class(column)[1], sep = "\\t"))
  }
}
"""


def documented():
    """Table → (version, keys, {column: (type, unit, nullable)}, whether more may follow), from docs/tables.md."""
    text = DOCS.read_text(encoding="utf-8")
    sections = re.split(r"\n## ", text)

    def columns(section):
        found = {}
        for line in section.splitlines():
            cells = [cell.strip().replace("\\|", "|").replace("&lt;", "<") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if len(cells) == 5 and cells[0].startswith("`"):
                name, kind, unit, null, _ = cells
                found[name.strip("`")] = (kind, None if unit == "–" else unit, null != "never")
        return found

    keys = next(columns(section) for section in sections if section.startswith("Key columns"))
    tables = {}
    for section in sections:
        name = re.match(r"`(\w+)`\n", section)
        if not name:
            continue
        version = re.search(r"Schema version (\d+)\. Key columns: (.*)\.\n", section)
        own_keys = re.findall(r"`(\w+)`", version[2])
        tables[name[1]] = (version[1], own_keys, {key: keys[key] for key in own_keys} | columns(section), "\nBehind these: " in section)
    return tables


class Faults(list):
    def expect(self, holds, message):
        if not holds:
            self.append(message)


def check_file(path, promise, faults):
    """What pyarrow sees: columns, types and metadata as documented. Returns the Arrow table."""
    version, keys, columns, open_end = promise
    file = pq.ParquetFile(path)
    table, schema = file.read(), file.schema_arrow
    metadata = file.metadata.metadata or {}
    faults.expect(metadata.get(b"breadth.schema_version", b"").decode() == version, f"schema version {metadata.get(b'breadth.schema_version')}")
    faults.expect(metadata.get(b"breadth.table", b"").decode() == path.stem, f"it calls itself {metadata.get(b'breadth.table')}")
    faults.expect(metadata.get(b"breadth.row", b"").startswith(b"one row is "), "no `breadth.row`")
    docs = json.loads(metadata.get(b"breadth.columns", b"{}"))
    faults.expect(schema.names[: len(keys)] == keys, f"expected the keys {keys} first, got {schema.names[: len(keys)]}")
    named = list(columns)
    faults.expect(schema.names[: len(named)] == named, f"expected the columns {named}, got {schema.names}")
    faults.expect(open_end or schema.names == named, f"undocumented columns {schema.names[len(named) :]}")
    faults.expect(list(docs) == schema.names, f"`breadth.columns` has {list(docs)}")
    for field in schema:
        kind, unit, nullable = columns.get(field.name) or (docs.get(field.name, {}).get("type"), docs.get(field.name, {}).get("unit"), True)
        own = field.metadata or {}
        said = docs.get(field.name, {})
        faults.expect(kind in ARROW and ARROW[kind](field.type), f"`{field.name}`: {field.type} is no {kind}")
        faults.expect(said.get("type") == kind, f"`{field.name}`: `breadth.columns` says {said.get('type')}, the document {kind}")
        faults.expect(said.get("unit") == unit, f"`{field.name}`: `breadth.columns` says the unit {said.get('unit')}, the document {unit}")
        faults.expect(own.get(b"description", b"").decode() == said.get("doc") and said.get("doc"), f"`{field.name}`: no description, or two")
        faults.expect((own[b"unit"].decode() if b"unit" in own else None) == unit, f"`{field.name}`: unit {own.get(b'unit')}")
        faults.expect(field.nullable == nullable, f"`{field.name}`: nullable {field.nullable}")
        faults.expect(nullable or not table[field.name].null_count, f"`{field.name}`: {table[field.name].null_count} nulls")
    return table, {name: (columns.get(name) or (docs.get(name, {}).get("type"),))[0] for name in schema.names}


def by_pandas(pandas, path):
    table = pandas.read_parquet(path)
    return len(table), {name: (int(table[name].isna().sum()), str(table[name].dtype)) for name in table.columns}


def by_polars(polars, path):
    table = polars.read_parquet(path)
    return len(table), {name: (table[name].null_count(), str(table[name].dtype)) for name in table.columns}


def by_duckdb(duckdb, path):
    table = duckdb.read_parquet(str(path))
    quoted = ['"' + name.replace('"', '""') + '"' for name in table.columns]
    counts = table.aggregate(", ".join(["count(*)"] + [f"count({name})" for name in quoted])).fetchall()[0]
    return counts[0], {name: (counts[0] - n, str(kind)) for name, n, kind in zip(table.columns, counts[1:], table.types)}


def by_r(paths):
    """R reads all files in one go, since it takes its time to start."""
    run = subprocess.run(["Rscript", "-e", R_SCRIPT, *map(str, paths)], capture_output=True, text=True, check=True)
    seen = {}
    for line in run.stdout.splitlines():
        file, rows, name, nulls, kind = line.split("\t")
        table = seen.setdefault(Path(file), (int(rows), {}))
        table[1][name] = (int(nulls), kind)
    return seen


def readers():
    found = {}
    for name, read in {"pandas": by_pandas, "polars": by_polars, "duckdb": by_duckdb}.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            print(f"skipped: {name} is not installed")
            continue
        found[name] = (lambda path, module=module, read=read: read(module, path), module.__version__)
    return found


def r_with_arrow():
    if not shutil.which("Rscript"):
        print("skipped: R is not installed")
        return False
    if subprocess.run(["Rscript", "-e", "library(arrow)"], capture_output=True).returncode:
        print("skipped: R is here, its package arrow is not")
        return False
    return True


def compare(reader, seen, table, kinds, faults):
    rows, columns = seen
    faults.expect(rows == table.num_rows, f"{reader} sees {rows} rows, pyarrow {table.num_rows}")
    faults.expect(list(columns) == table.column_names, f"{reader} sees the columns {list(columns)}")
    for name, (nulls, kind) in columns.items():
        own = table[name].null_count
        faults.expect(nulls == own, f"`{name}`: {reader} sees {nulls} nulls, pyarrow {own}")
        pattern = NAMES[reader].get(kinds.get(name), "")
        # A table without rows has no values that a type could be inferred from in R.
        faults.expect(re.fullmatch(pattern, kind) or (reader == "R" and not rows), f"`{name}`: {reader} sees {kind} for {kinds.get(name)}")


def check_run(folder, promises, programs, with_r):
    paths = sorted((folder / "tables").glob("*.parquet"))
    faults = [f"no table `{name}`" for name in promises if folder / "tables" / f"{name}.parquet" not in paths]
    seen_by_r = by_r(paths) if with_r else {}
    for path in paths:
        own = Faults()
        if path.stem not in promises:
            faults.append(f"{path.name} is not in docs/tables.md")
            continue
        table, kinds = check_file(path, promises[path.stem], own)
        for name, (read, _) in programs.items():
            compare(name, read(path), table, kinds, own)
        if path in seen_by_r:
            compare("R", seen_by_r[path], table, kinds, own)
        faults.extend(f"{path.name}: {fault}" for fault in own)
        print(f"  {path.name}: {table.num_rows} rows, {table.num_columns} columns, {'ok' if not own else f'{len(own)} faults'}")
    return faults


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    started, promises, programs, with_r = time.monotonic(), documented(), readers(), r_with_arrow()
    versions = [f"pyarrow {pa.__version__}", *(f"{name} {version}" for name, (_, version) in programs.items()), *(["R arrow"] if with_r else [])]
    faults = []
    for folder in map(Path, sys.argv[1:]):
        print(f"{folder}, by {', '.join(versions)}")
        faults += check_run(folder, promises, programs, with_r)
    for fault in faults:
        print(f"FAILED {fault}")
    print(f"{len(faults)} faults in {time.monotonic() - started:.1f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
