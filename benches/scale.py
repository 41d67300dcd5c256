#!/usr/bin/env python3
"""Time and memory of a whole run by number of samples: python3 benches/scale.py target/release/breadth

Writes synthetic samples in groups of 16 (a question, parallel draws), runs the binary on them and prints wall time, CPU
time and peak memory for 10 000, 100 000 and 1 000 000 samples. The texts of a group differ from one another, but come
from a pool of a few thousand: what is measured here is everything but embedding, whose vectors are in the cache
after the first and smallest run. Needs Python alone. Options: --sizes 10000,100000, --metrics cosine,vendi, --folder DIR.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import tempfile
import time

GROUP = 16
POOL = 3_000
WORDS = ("let sum value number then because therefore we have of the for each prime factor root angle return list range "
         "index if else while equals plus minus times divided squared triangle circle graph node edge path count").split()


def pool(seed):
    """Texts of 20 to 80 words; neighbors in the pool are edits of one another, as rounds of a chain are."""
    draw = random.Random(seed)
    texts = []
    words = []
    while len(texts) < POOL:
        if not words or draw.random() < 0.3:
            words = [draw.choice(WORDS) for _ in range(draw.randint(20, 80))]
        else:
            words = [draw.choice(WORDS) if draw.random() < 0.1 else word for word in words]
        texts.append(" ".join(words))
    return texts


def write(path, n, texts):
    draw = random.Random(n)
    with open(path, "w", encoding="utf-8") as out:
        for question in range(n // GROUP):
            start = draw.randrange(POOL)
            for number in range(GROUP):
                text = texts[(start + draw.randrange(64)) % POOL]
                row = {"question_id": f"q{question:07}", "dataset": "synthetic", "domain": "math", "model": "none",
                       "mode": "parallel", "round": number, "solution": text, "answer": text.split()[0],
                       "correct": text.startswith("s")}
                out.write(json.dumps(row) + "\n")


def run(binary, plan, folder):
    started = time.monotonic()
    process = subprocess.Popen([binary, "run", str(plan), "--out", str(folder), "--quiet"])
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"the run failed: {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--metrics", default="default")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--folder")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder or tempfile.mkdtemp(prefix="breadth-scale-"))
    folder.mkdir(parents=True, exist_ok=True)
    texts = pool(7)
    metrics = json.dumps(arguments.metrics.split(","))
    sizes = [int(size) for size in arguments.sizes.split(",")]
    warm = folder / "warm.jsonl"
    with open(warm, "w", encoding="utf-8") as out:
        for number, text in enumerate(texts):
            out.write(json.dumps({"question_id": f"w{number // GROUP}", "solution": text}) + "\n")
    plan = folder / "warm.toml"
    plan.write_text('[[source]]\npath = "warm.jsonl"\n', encoding="utf-8")
    subprocess.run([arguments.binary, "embed", str(plan), "--out", str(folder)], check=True,
                   stderr=subprocess.DEVNULL)
    print(f"{'samples':>9} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9} {'CPU µs a sample':>16}")
    for n in sizes:
        write(folder / f"scale{n}.jsonl", n, texts)
        plan = folder / f"scale{n}.toml"
        plan.write_text(f'[[source]]\npath = "scale{n}.jsonl"\n[measure]\nmetrics = {metrics}\n'
                        f'[inference]\nresamples = {arguments.resamples}\n', encoding="utf-8")
        wall, cpu, peak = run(arguments.binary, plan, folder)
        print(f"{n:>9} {wall:>8.1f} {cpu:>8.1f} {peak:>9.0f} {cpu / n * 1e6:>16.0f}", flush=True)


if __name__ == "__main__":
    main()
