"""Speed of the kernels of vectors beside numpy (OpenBLAS), vendi-score and scikit-learn, in one run with the same threads.

    pip install numpy scipy scikit-learn vendi-score threadpoolctl
    cargo bench --no-run --bench vectors        # prints where the program lies
    python benches/peers_vectors.py PROGRAM [--threads 1,2] [--seconds 0.3] [--json OUT]

Each contender works on the same vectors; the shortest of its runs counts, and the driver takes turns between ours and theirs
so that a busy moment hits both. Ratios above 1 say how many times as long the peer takes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = [(n, d) for d in (384, 768, 1536, 3072) for n in (8, 16, 64, 128, 256, 512, 1024, 2048, 4096)]


def best(run, seconds):
    shortest, started, runs, value = float("inf"), time.perf_counter(), 0, None
    while runs < 3 or time.perf_counter() - started < seconds:
        start = time.perf_counter()
        value = run()
        shortest = min(shortest, time.perf_counter() - start)
        runs += 1
    return shortest, value


def vectors(n, dimension):
    import numpy as np

    rng = np.random.default_rng(n * 10_000 + dimension)
    x = rng.standard_normal((n, dimension)) + rng.standard_normal(dimension)
    return (x / np.linalg.norm(x, axis=1)[:, None]).astype(np.float32)


def ours(program, threads, x, seconds, folder):
    path = Path(folder) / "vectors.f32"
    path.write_bytes(x.astype("<f4").tobytes())
    arguments = [program, str(threads), str(x.shape[0]), str(x.shape[1]), str(path), str(seconds)]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def cosines(program, threads, seconds, folder):
    """All pairs of a group: `X @ X.T` of numpy, which calls ssyrk, and ssyrk and sgemm without the memory for the result."""
    import numpy as np
    from scipy.linalg.blas import ssyrk

    rows = []
    for n, dimension in SIZES:
        x, y = vectors(n, dimension), vectors(n, dimension + 1)[:, :dimension].copy()
        square, triangle = np.empty((n, n), np.float32), np.zeros((n, n), np.float32, order="F")
        row = {"n": n, "d": dimension}
        turns = [ours(program, threads, x, seconds / 2, folder)]
        row["numpy"], k = best(lambda: x @ x.T, seconds)
        row["ssyrk"], _ = best(lambda: ssyrk(1.0, x.T, c=triangle, trans=1, overwrite_c=1), seconds)
        row["sgemm"], _ = best(lambda: np.matmul(x, y.T, out=square), seconds)
        turns.append(ours(program, threads, x, seconds / 2, folder))
        row["ours"] = min(turn["cosine"]["seconds"] for turn in turns)
        assert abs(turns[0]["cosine"]["value"] - float(k[0, -1])) < 1e-5
        rows.append(row)
        print(
            f"{threads} threads, {n:>4} × {dimension:>4}: ours {row['ours'] * 1e6:>9.1f} us; times as long: "
            f"X @ X.T {row['numpy'] / row['ours']:.2f}; into memory that is there already: "
            f"ssyrk {row['ssyrk'] / row['ours']:.2f}, sgemm {row['sgemm'] / row['ours']:.2f}",
            flush=True,
        )
    return rows


def vendi(program, threads, seconds, folder, n=1000, dimension=384):
    """The Vendi score by every entry of the package."""
    import numpy as np
    from vendi_score import vendi as package

    x = vectors(n, dimension)
    wide = x.astype(np.float64)
    k = wide @ wide.T
    mine = ours(program, threads, x, seconds, folder)
    entries = {
        "score(samples, k), q=1": (lambda: package.score(list(wide), np.dot, q=1), "vendi of vectors"),
        "score(samples, k), q=2": (lambda: package.score(list(wide), np.dot, q=2), "vendi_2 of vectors"),
        "score_X, q=1": (lambda: package.score_X(wide, q=1), "vendi of vectors"),
        "score_X told q=2 (gives q=1)": (lambda: package.score_X(wide, q=2), "vendi_2 of vectors"),
        "score_dual, q=1": (lambda: package.score_dual(wide, q=1), "vendi of vectors"),
        "score_dual, q=2": (lambda: package.score_dual(wide, q=2), "vendi_2 of vectors"),
        "score_K, q=1, ours from the matrix too": (lambda: package.score_K(k, q=1), "vendi of cosines"),
        "score_K, q=1, ours from the vectors": (lambda: package.score_K(k, q=1), "vendi of vectors"),
        "score_K, q=2": (lambda: package.score_K(k, q=2), "vendi_2 of cosines"),
    }
    rows = []
    for name, (run, job) in entries.items():
        theirs, value = best(run, seconds)
        if "told" not in name:
            assert abs(value - mine[job]["value"]) < 1e-5 * value, (name, value, mine[job])
        rows.append({"entry": name, "job": job, "theirs": theirs, "ours": mine[job]["seconds"]})
        print(
            f"{threads} threads, {n} × {dimension}: vendi.{name}: {theirs * 1e3:.2f} ms; ours ({job}) "
            f"{mine[job]['seconds'] * 1e3:.3f} ms; {theirs / mine[job]['seconds']:.1f} times as long",
            flush=True,
        )
    return rows


def clusters(program, threads, seconds, folder, n=1000, dimension=384):
    """Clusters of precomputed distances by scikit-learn."""
    import numpy as np
    from sklearn.cluster import DBSCAN, AgglomerativeClustering

    rows = []
    for n in (16, 64, n):
        x = vectors(n, dimension)
        distances = np.maximum(1 - x.astype(np.float64) @ x.T.astype(np.float64), 0)
        mine = ours(program, threads, x, seconds, folder)
        complete = AgglomerativeClustering(
            n_clusters=None, metric="precomputed", linkage="complete", distance_threshold=0.5
        )
        dbscan = DBSCAN(eps=0.5, min_samples=2, metric="precomputed")
        for job, run in (("complete link", complete.fit_predict), ("dbscan", dbscan.fit_predict)):
            theirs, _ = best(lambda: run(distances), seconds)
            rows.append({"job": job, "n": n, "theirs": theirs, "ours": mine[job]["seconds"]})
            print(
                f"{threads} threads, {n}: {job}: scikit-learn {theirs * 1e6:.1f} us, ours "
                f"{mine[job]['seconds'] * 1e6:.1f} us; {theirs / mine[job]['seconds']:.1f} times as long",
                flush=True,
            )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", default="cosines,vendi,clusters")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.one:
        # OpenBLAS reads its number of threads once, so that each number gets a process; settings that pin another
        # processor's kernels would slow it down.
        environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
        for threads in given.threads.split(","):
            environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = threads
            out = ["--json", f"{given.json.with_suffix('')}-{threads}.json"] if given.json else []
            one = ["--one", "--threads", threads, "--seconds", str(given.seconds), "--jobs", given.jobs]
            subprocess.run([sys.executable, __file__, given.program, *one, *out], check=True, env=environment)
        return
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    libraries = [{key: x.get(key) for key in ("internal_api", "version", "architecture", "num_threads")} for x in threadpool_info()]
    print(json.dumps(libraries))
    results = {"libraries": libraries, "threads": int(given.threads)}
    jobs = {"cosines": cosines, "vendi": vendi, "clusters": clusters}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.jobs.split(","):
            results[name] = jobs[name](given.program, given.threads, given.seconds, folder)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
