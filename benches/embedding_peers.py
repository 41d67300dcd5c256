#!/usr/bin/env python3
"""Local embedding beside its peers: texts per second, memory, agreement, and the share of what the machine can do.

In:  a model folder that holds the same weights as `model.safetensors` and as `model.onnx` (`assets/models/build.py --fp32`
     writes the latter; the published folder has the rest), files of texts, and the driver built by
     `cargo build --release --bench embedding` (its path is in what cargo prints with `--message-format=json`).
Out: a table for each set of texts and, with `--json FILE`, every single measurement.

    python3 -m venv peers && peers/bin/pip install -r benches/embedding_peers.txt
    peers/bin/python benches/embedding_peers.py --breadth target/release/deps/embedding-… --model FOLDER \\
        --thinking simpleqa-thinking.jsonl --code humaneval.jsonl

Every contender is a process of its own that loads its model, embeds a few texts to warm up, and then waits for its turn;
rounds are interleaved, so that a slow minute of the machine meets all of them. The clock stands outside of the
contenders and counts from the word to the answer: tokenizing, embedding and pooling, neither loading nor showing the
vectors. Each measurement waits a while for other processes to become quiet; one during which they took more than
`--others` of the machine is made again, up to `--tries` times, and the least disturbed one counts. Ratios are medians
over rounds of ratios within a round; only rounds count in which both were left alone, where there are at least three.
CPU time is of the process with all its threads; it tells what waiting and spinning hide. Texts longer than the window
are cut by everyone, since that is what the peers do. All draws are seeded.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

WINDOW = 256
WARM_UP = 16
SEED = 20261123
TICK = os.sysconf("SC_CLK_TCK")
OURS = "breadth"


# What a contender does. Each returns a function from texts to an array of normalized vectors.


def sentence_transformers(model, threads):
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    encoder = SentenceTransformer(model, device="cpu", local_files_only=True)
    encoder.max_seq_length = WINDOW
    return lambda texts: encoder.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def fastembed(model, threads):
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    TextEmbedding.add_custom_model(
        model="peer", pooling=PoolingType.MEAN, normalization=True, sources=ModelSource(hf="peer"), dim=384, model_file="model.onnx"
    )
    encoder = TextEmbedding("peer", specific_model_path=model, threads=threads)
    return lambda texts: np.array(list(encoder.embed(texts)))


def onnxruntime_loop(model, threads, batch=1):
    """The loop that one writes by hand, one text or one batch in the order of the texts after the other."""
    import onnxruntime
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(f"{model}/tokenizer.json")
    tokenizer.enable_truncation(WINDOW)
    tokenizer.no_padding() if batch == 1 else tokenizer.enable_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(f"{model}/model.onnx", options, providers=["CPUExecutionProvider"])

    def vectors(texts):
        encodings = tokenizer.encode_batch(texts)
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        tokens = session.run(None, feeds)[0]
        mean = (tokens * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    return lambda texts: np.concatenate([vectors(texts[start : start + batch]) for start in range(0, len(texts), batch)])


PEERS = {
    "sentence-transformers": sentence_transformers,
    "fastembed": fastembed,
    "onnxruntime": onnxruntime_loop,
    "onnxruntime-batch32": lambda model, threads: onnxruntime_loop(model, threads, batch=32),
}


def contender(name, model, texts, threads):
    """The other end of `Process`."""
    texts = json.loads(pathlib.Path(texts).read_text(encoding="utf-8"))
    embed = PEERS[name](model, threads)
    embed(texts[:WARM_UP])
    print(json.dumps({"ready": name}), flush=True)
    vectors = []
    for line in sys.stdin:
        if line.strip() == "embed":
            vectors = embed(texts)
            print(json.dumps({"texts": len(vectors)}), flush=True)
        else:
            print(json.dumps(np.asarray(vectors, dtype=np.float64).tolist()), flush=True)


def peak(threads):
    """Answers with the GFLOP/s of single-precision matrix products: the best over shapes and tries."""
    import torch

    torch.set_num_threads(threads)
    shapes = [(256, 384, 384), (256, 384, 1536), (256, 1536, 384), (1024, 1024, 1024), (2048, 2048, 2048)]
    operands = [(torch.randn(m, k), torch.randn(k, n), torch.empty(m, n), 2e-9 * m * k * n) for m, k, n in shapes]
    print(json.dumps({"ready": threads}), flush=True)
    for _ in sys.stdin:
        best = 0.0
        for a, b, out, work in operands:
            for _ in range(max(5, int(20 / work))):
                start = time.perf_counter()
                torch.mm(a, b, out=out)
                best = max(best, work / (time.perf_counter() - start))
        print(json.dumps({"gflops": best}), flush=True)


# How it is measured.


class Process:
    """A contender; `ask` sends a command and waits for its answer."""

    def __init__(self, command, **environment):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment}
        )
        self.hello = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"`{' '.join(self.process.args)}` ended: {self.process.wait()}")
        return json.loads(line)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer()

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def peak_memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def measure(self, command):
        busy, cpu, start = machine_busy(), self.cpu(), time.perf_counter()
        answer = self.ask(command)
        wall = time.perf_counter() - start
        cpu, busy = self.cpu() - cpu, machine_busy() - busy
        return {"wall": wall, "cpu": cpu, "others": max(0.0, busy - cpu) / (wall * os.cpu_count()), **answer}

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def machine_busy():
    """CPU seconds that all processes have used since the machine started, stolen ones included."""
    user, nice, system, _, _, irq, softirq, steal = map(int, pathlib.Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICK


def wait_for_quiet(arguments):
    """Waits until others take no more than they may, for as long as patience lasts."""
    ends = time.monotonic() + arguments.patience
    while time.monotonic() < ends:
        busy, start = machine_busy(), time.monotonic()
        time.sleep(arguments.pause)
        if (machine_busy() - busy) / ((time.monotonic() - start) * os.cpu_count()) <= arguments.others:
            return


def undisturbed(process, command, arguments):
    tries = []
    for _ in range(arguments.tries):
        wait_for_quiet(arguments)
        tries.append(process.measure(command))
        if tries[-1]["others"] <= arguments.others:
            break
    return min(tries, key=lambda measured: measured["others"])


def flop_per_text(model):
    """Multiplications and additions of the matrix products in the graph, as a function of the tokens."""
    import onnx

    graph = onnx.load(f"{model}/model.onnx").graph
    config = json.loads(pathlib.Path(f"{model}/config.json").read_text())
    weights = {tensor.name: tensor.dims for tensor in graph.initializer}
    products = [node for node in graph.node if node.op_type in ("MatMul", "Gemm")]
    by_token = sum(2 * int(np.prod(weights[node.input[1]])) for node in products if node.input[1] in weights)
    # Queries by keys and shares by values, over all heads.
    by_pair = sum(2 * config["hidden_size"] for node in products if node.input[1] not in weights)
    return lambda tokens: by_token * tokens + by_pair * tokens * tokens


# What is embedded.


def rows(path, field):
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        text = row.get(field)
        if field == "thinking" and text is None:
            text = row.get("response", "").split("</think>")[0].replace("<think>", "").strip()
        if text and text.strip():
            yield row["question_id"], text


def text_sets(arguments):
    """Name → texts: different texts only, and whole questions with whatever repeats in them."""
    sets = {}
    for name, path, field, size in [
        ("thinking, each text once", arguments.thinking, "thinking", arguments.n_thinking),
        ("code, each text once", arguments.code, "code", arguments.n_code),
        ("code, the file as it is", arguments.code, "code", arguments.n_code),
    ]:
        if not path:
            continue
        draw = random.Random(SEED)
        pairs = list(rows(path, field))
        if name.endswith("once"):
            sets[name] = draw.sample(sorted({text for _, text in pairs}), size)
            continue
        questions = sorted({question for question, _ in pairs})
        draw.shuffle(questions)
        sets[name] = []
        while len(sets[name]) < size:
            question = questions.pop()
            sets[name] += [text for own, text in pairs if own == question]
    return sets


def count_tokens(model, texts):
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(f"{model}/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return np.array([len(encoding.ids) for encoding in tokenizer.encode_batch(texts)])


# The race.


def prepare(arguments, folder):
    """Copies of the model folder that say the same to everyone: fastembed takes the window from the tokenizer's settings."""
    source = pathlib.Path(arguments.model).resolve()
    folders = {}
    for name in ["fp32", "int8"]:
        target = folders[name] = folder / name
        target.mkdir()
        for entry in source.iterdir():
            if entry.name != "tokenizer_config.json" and not (name == "int8" and entry.name.startswith("model.")):
                (target / entry.name).symlink_to(entry)
        settings = json.loads((source / "tokenizer_config.json").read_text())
        (target / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": WINDOW}))
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(source / "model.onnx", folders["int8"] / "model.onnx")
    return folders


def contenders(arguments, folders, texts):
    import onnxruntime

    threads = str(arguments.threads)
    library = next(pathlib.Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so*"))
    started = {}
    for name in PEERS:
        limits = {"OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": threads, "HF_HUB_OFFLINE": "1"}
        started[name] = Process([sys.executable, __file__, "--contender", name, str(folders["fp32"]), texts, threads], **limits)
    for name, model, engine in [
        (OURS, folders["fp32"], "onnxruntime"),
        (f"{OURS}, built-in model (8-bit weights)", "builtin:all-MiniLM-L6-v2", "onnxruntime"),
        (f"{OURS}, dynamic int8", folders["int8"], "onnxruntime"),
        (f"{OURS}, pure-Rust engine", folders["fp32"], "tract"),
    ]:
        environment = {"BREADTH_ENGINE": engine, "ORT_DYLIB_PATH": str(library), "RAYON_NUM_THREADS": threads}
        started[name] = Process([arguments.breadth, str(model), threads, texts], **environment)
    return started


def race(arguments, folders, texts):
    """Measurements by contender, its vectors, its peak memory."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        running = contenders(arguments, folders, file.name)
    peaks = {n: Process([sys.executable, __file__, "--peak", str(n)], OMP_NUM_THREADS=str(n)) for n in {1, arguments.threads}}
    measured = {name: [] for name in [*running, *peaks]}
    for turn in range(arguments.rounds):
        order = list({**running, **peaks}.items())
        random.Random(SEED + turn).shuffle(order)
        for name, process in order:
            measured[name].append(undisturbed(process, "embed", arguments))
        print(f"round {turn + 1} of {arguments.rounds} done", file=sys.stderr)
    vectors = {name: np.array(process.ask("vectors")) for name, process in running.items()}
    memory = {name: process.peak_memory() for name, process in running.items()}
    for process in [*running.values(), *peaks.values()]:
        process.end()
    return measured, vectors, memory


def median(measured, value):
    return statistics.median(value(one) for one in measured)


def undisturbed_only(rows, arguments):
    """The measurements, or pairs of them, that others left alone; all of them where those are too few to speak of."""
    left_alone = [row for row in rows if all(one["others"] <= arguments.others for one in row)]
    return (left_alone, True) if len(left_alone) >= 3 else (rows, False)


def cosines(ours, theirs, chosen):
    if not chosen.any():
        return "–"
    both = np.einsum("ij,ij->i", ours[chosen], theirs[chosen])
    both /= np.linalg.norm(ours[chosen], axis=1) * np.linalg.norm(theirs[chosen], axis=1)
    return f"{both.min():.7f} {both.mean():.7f}"


def report(arguments, name, texts, result, flop):
    measured, vectors, memory = result
    tokens = count_tokens(arguments.model, texts)
    cut = np.minimum(tokens, WINDOW)
    work = sum(flop(int(n)) for n in cut) / 1e9
    one, all_threads = (median(measured[n], lambda m: m["gflops"]) for n in (1, arguments.threads))
    inside = tokens <= WINDOW
    print(f"\n## {name}: {len(texts)} texts, {len(set(texts))} different, {inside.sum()} inside the window, {cut.mean():.0f} tokens on average")
    print(f"{work / len(texts):.2f} GFLOP a text; the machine's peak, GFLOP/s: {one:.0f} with 1 thread, {all_threads:.0f} with {arguments.threads}")
    print(f"ceiling: {all_threads / work * len(texts):.1f} texts/s")
    print("| contender | texts/s | ours ÷ theirs | share of peak | texts per CPU second | ours ÷ theirs | share of one core's peak | MiB | cosine inside (min mean) | cosine cut (min mean) | others' CPU in so many rounds |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for peer in vectors:
        pairs, quiet = undisturbed_only(list(zip(measured[OURS], measured[peer])), arguments)
        wall, cpu = (median((theirs for _, theirs in pairs), lambda m, kind=kind: m[kind]) for kind in ("wall", "cpu"))
        faster, cheaper = (statistics.median(theirs[kind] / ours[kind] for ours, theirs in pairs) for kind in ("wall", "cpu"))
        # A text that repeats is computed once by us; the share counts what the peers compute.
        reached = f"{work / wall / all_threads:.0%}", f"{work / cpu / one:.0%}"
        share, share_of_cpu = reached if len(set(texts)) == len(texts) else ("–", "–")
        agreement = [cosines(vectors[OURS], vectors[peer], chosen) for chosen in (inside, ~inside)]
        others = f"{median((theirs for _, theirs in pairs), lambda m: m['others']):.0%} in {len(pairs)}{'' if quiet else ', disturbed'}"
        print(
            f"| {peer} | {len(texts) / wall:.1f} | {faster:.2f} | {share} | {len(texts) / cpu:.1f} | {cheaper:.2f} | {share_of_cpu} "
            f"| {memory[peer]:.0f} | {agreement[0]} | {agreement[1]} | {others} |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--breadth", required=True, help="the driver, built from benches/embedding.rs")
    parser.add_argument("--model", required=True, help="folder with model.onnx and model.safetensors")
    parser.add_argument("--thinking", help="JSONL with `thinking`, or `response` with thinking tags")
    parser.add_argument("--code", help="JSONL with `code`")
    parser.add_argument("--n-thinking", type=int, default=150, help="texts of a set (default 150)")
    parser.add_argument("--n-code", type=int, default=300, help="texts of a set (default 300)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds before each measurement (default 0.5)")
    parser.add_argument("--patience", type=float, default=20, help="seconds to wait for others to become quiet before each measurement (default 20)")
    parser.add_argument("--others", type=float, default=0.03, help="share of the machine that others may take (default 0.03)")
    parser.add_argument("--tries", type=int, default=2, help="measurements until one is undisturbed (default 2)")
    parser.add_argument("--json", help="write all measurements to this file")
    arguments = parser.parse_args()
    flop = flop_per_text(arguments.model)
    kept = {}
    with tempfile.TemporaryDirectory() as folder:
        folders = prepare(arguments, pathlib.Path(folder))
        for name, texts in text_sets(arguments).items():
            result = race(arguments, folders, texts)
            kept[name] = {"measured": result[0], "memory": result[2]}
            report(arguments, name, texts, result, flop)
            if arguments.json:
                pathlib.Path(arguments.json).write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contender"]:
        contender(*sys.argv[2:5], int(sys.argv[5]))
    elif sys.argv[1:2] == ["--peak"]:
        peak(int(sys.argv[2]))
    else:
        main()
