"""Executes notebooks as a reader would, and fails on any cell that ends in an error.

    tests/notebook/run                         makes what is needed and calls this
    execute.py NOTEBOOK.ipynb …                each in its own folder; nothing is written there

With `--expect-figures N` every notebook has to show at least so many figures, with `--without duckdb` a package is hidden from it.
"""

import argparse
import base64
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

SECONDS_A_CELL = 120
HIDE = "import sys\nsys.modules.update({name: None for name in %r})"


def outputs(notebook):
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def execute(path, hidden):
    """The executed notebook, and what was wrong with it."""
    notebook = nbformat.read(path, as_version=4)
    faults = []
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        faults.append(f"not valid: {error}")
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        faults.append(f"expected nbformat 4.5, got {notebook.nbformat}.{notebook.nbformat_minor}")
    if hidden:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(HIDE % (hidden,)))
    client = NotebookClient(notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}, extra_arguments=["--log-level=ERROR"])
    try:
        client.execute()
    except CellExecutionError as error:
        faults.append(str(error))
    for output in outputs(notebook):
        if output.output_type == "error":
            faults.append(f"{output.ename}: {output.evalue}")
        # Warnings are no errors, but a reader should not meet any; that a font lacks a letter of a name is none of ours.
        if output.output_type == "stream" and output.name == "stderr" and "missing from font" not in output.text:
            faults.append(f"on stderr: {output.text}")
    return notebook, faults


def pictures(notebook):
    return [output.data["image/png"] for output in outputs(notebook) if "image/png" in output.get("data", {})]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--expect-figures", type=int, default=0, metavar="N")
    parser.add_argument("--without", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("--show", type=Path, metavar="DIR", help="writes the executed notebooks and their figures there")
    arguments = parser.parse_args()
    failed = False
    for path in arguments.notebooks:
        started = time.monotonic()
        notebook, faults = execute(path.resolve(), arguments.without)
        drawn = pictures(notebook)
        if len(drawn) < arguments.expect_figures:
            faults.append(f"expected {arguments.expect_figures} figures, got {len(drawn)}")
        if arguments.show:
            arguments.show.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, arguments.show / path.name)
            for position, picture in enumerate(drawn):
                (arguments.show / f"{path.stem}-{position}.png").write_bytes(base64.b64decode(picture))
        verdict = "ok" if not faults else "FAILED"
        print(f"{path}: {verdict}, {len(notebook.cells)} cells, {len(drawn)} figures, {time.monotonic() - started:.1f} s")
        for fault in faults:
            print(f"  {fault}")
        failed |= bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
