"""Speed of bootstrap intervals and sign-flip tests beside scipy and numpy (OpenBLAS), in one run with the same threads.

    pip install numpy scipy threadpoolctl
    cargo bench --profile dev --no-run --bench inference        # prints where the program lies
    python benches/peers_inference.py PROGRAM [--threads 1,2] [--questions 500] [--columns 486] [--json OUT]

The job: a table of questions × columns (486: 81 metrics in 3 modes, and the 3 contrasts of the modes), 10 000 resamples; intervals of the
means of all columns, and two-sided sign-flip p-values of the contrasts, the last half of the columns. All contenders get the same
table, and resample whole rows. scipy gets its best form: each of several layouts and batch sizes does a part of the job, and the two
that are fastest do all of it, in one process, which is what scipy offers, and with the columns shared out among as many processes as
there are threads. `numpy, by hand` is the strongest that we could write: the counts of a resample are a row of a matrix, and a matrix
product gives all means; its product and its partitions use the threads. Before the seconds are printed, the results are compared: they
may differ by as much as chance allows. The whole takes 5 to 10 minutes, nearly all of them scipy's (`--scipy-runs 1` halves them).
Ratios above 1 say how many times as long the peer takes. The program may run a moment before and after each peer; its shortest time counts.

The program gets `THREADS Q C FILE SECONDS`, the file with Q × C little-endian f64, row by row, and prints one JSON object:
    {"intervals": {"seconds": …, "low": […], "high": […], "method": "percentile"}, "sign_flips": {"seconds": …, "p": […]}}
`method` may also be "BCa"; a program that makes both kinds gives those of BCa as "bca", of the same form.
"""

import argparse
import json
import math
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

RESAMPLES = 10_000
LEVEL = 0.95
# Resamples in a probe of a form of scipy: no fewer than its largest batch.
PROBE = 512
BATCHES = (8, 32, 128, 512)
# In standard errors of the difference of two bootstraps; 972 bounds stay below 5 in all but one of 1 000 runs.
ALLOWED = 6


def table(questions, columns):
    """Values of metrics in three modes, which share what a question has, and then the modes' differences."""
    import numpy as np

    rng = np.random.default_rng(questions * 10_000 + columns)
    metrics = columns // 6
    question = rng.beta(2, 2, (questions, metrics, 1))
    modes = question + rng.gamma(2, 0.05, (questions, metrics, 3)) + rng.normal(0, 0.005, (metrics, 3))
    contrasts = modes - np.roll(modes, 1, axis=2)
    return np.ascontiguousarray(np.concatenate([modes.reshape(questions, -1), contrasts.reshape(questions, -1)], axis=1))


def best(run, seconds, at_least):
    shortest, started, runs, value = float("inf"), time.perf_counter(), 0, None
    while runs < at_least or time.perf_counter() - started < seconds:
        start = time.perf_counter()
        value = run()
        shortest = min(shortest, time.perf_counter() - start)
        runs += 1
    return shortest, value


def ours(program, threads, x, seconds, folder):
    path = Path(folder) / "table.f64"
    path.write_bytes(x.astype("<f8").tobytes())
    arguments = [program, str(threads), str(x.shape[0]), str(x.shape[1]), str(path), str(seconds)]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


# --- scipy


def scipy_intervals(x, form, resamples, method):
    import numpy as np
    from scipy.stats import bootstrap

    layout, batch = form
    settings = {"n_resamples": resamples, "batch": batch, "confidence_level": LEVEL, "method": method, "vectorized": True}
    if layout == "a column at a time":
        bounds = [bootstrap((column,), np.mean, **settings).confidence_interval for column in np.ascontiguousarray(x.T)]
        return np.array(bounds).T
    data, axis = (x, 0) if layout == "axis 0" else (np.ascontiguousarray(x.T), -1)
    interval = bootstrap((data,), np.mean, axis=axis, **settings).confidence_interval
    return np.array([interval.low, interval.high])


def scipy_sign_flips(x, form, resamples, _method):
    import numpy as np
    from scipy.stats import permutation_test

    layout, batch = form
    settings = {"permutation_type": "samples", "n_resamples": resamples, "batch": batch, "vectorized": True}
    if layout == "a column at a time":
        return np.array([permutation_test((column,), np.mean, **settings).pvalue for column in np.ascontiguousarray(x.T)])
    data, axis = (x, 0) if layout == "axis 0" else (np.ascontiguousarray(x.T), -1)
    return permutation_test((data,), np.mean, axis=axis, **settings).pvalue


def fastest_forms(job, x, method):
    """The forms by how long they may take: each does a part of the resamples or, a column at a time, of the columns."""
    probes = {}
    for layout in ("axis 0", "axis -1", "a column at a time"):
        for batch in BATCHES:
            part, columns = (RESAMPLES, max(1, x.shape[1] // 40)) if layout == "a column at a time" else (PROBE, x.shape[1])
            shortest, _ = best(lambda: job(x[:, :columns], (layout, batch), part, method), 0, 2)
            probes[layout, batch] = shortest * RESAMPLES / part * x.shape[1] / columns
    return sorted(probes, key=probes.get), {f"{layout}, batch {batch}": seconds for (layout, batch), seconds in probes.items()}


def in_processes(pool, parts, job, form, method):
    import numpy as np

    running = [pool.submit(job, part, form, RESAMPLES, method) for part in parts]
    return np.concatenate([future.result() for future in running], axis=-1)


# --- numpy, by hand


def numpy_means(x, rng, dtype):
    """Means of all resamples, columns × resamples: counts of each question, times the table."""
    import numpy as np

    questions, block = len(x), 10
    counts = np.empty((RESAMPLES, questions), dtype)
    offsets = np.arange(block)[:, None] * questions
    for start in range(0, RESAMPLES, block):
        drawn = rng.integers(0, questions, (block, questions), dtype=np.uint16) + offsets
        counts[start : start + block] = np.bincount(drawn.ravel(), minlength=block * questions).reshape(block, questions)
    means = x.T.astype(dtype) @ counts.T
    means /= questions
    return means


def in_threads(run, *rows):
    """`run` over the rows, in as many threads as OpenBLAS has; what it calls must let go of the lock."""
    with ThreadPoolExecutor(int(os.environ.get("OPENBLAS_NUM_THREADS", "1"))) as pool:
        return list(pool.map(run, *rows))


def numpy_percentile(x, rng, dtype):
    import numpy as np

    tail = (1 - LEVEL) / 2
    place = tail * (RESAMPLES - 1)
    below, part = int(place), place - int(place)
    top = RESAMPLES - 1 - below
    places = [below, below + 1, top - 1, top]
    means = numpy_means(x, rng, dtype)
    in_threads(lambda rows: rows.partition(places, axis=-1), np.array_split(means, 8))
    one, two, three, four = means[:, places].T.astype(np.float64)
    return np.array([one + part * (two - one), four - part * (four - three)])


def numpy_bca(x, rng, dtype):
    import numpy as np
    from scipy.special import ndtr, ndtri

    means, mean = numpy_means(x, rng, dtype), x.mean(axis=0)
    below = in_threads(lambda row, middle: (np.sum(row < middle) + np.sum(row <= middle)) / 2, means, mean)
    z0 = ndtri(np.array(below) / RESAMPLES)
    off = x - mean
    acceleration = (off**3).sum(axis=0) / (6 * (off**2).sum(axis=0) ** 1.5)
    z = z0 + ndtri((1 - LEVEL) / 2) * np.array([[1], [-1]])
    places = ndtr(z0 + z / (1 - acceleration * z)) * (RESAMPLES - 1)
    low = np.minimum(places.astype(np.int64), RESAMPLES - 2)
    in_threads(lambda row, kept: row.partition(kept), means, np.concatenate([low, low + 1]).T)
    columns = np.arange(x.shape[1])
    one, two = means[columns, low].astype(np.float64), means[columns, low + 1]
    return one + (places - low) * (two - one)


def numpy_sign_flips(x, rng, dtype):
    import numpy as np

    size = RESAMPLES * len(x)
    bits = np.unpackbits(np.frombuffer(rng.bytes((size + 7) // 8), np.uint8), count=size).reshape(RESAMPLES, len(x))
    signs = bits.astype(dtype)
    signs *= -2
    signs += 1
    sums = signs @ x.astype(dtype)
    return (1 + (np.abs(sums) >= np.abs(x.sum(axis=0)) * (1 - 1e-6 * (dtype == np.float32))).sum(axis=0)) / (RESAMPLES + 1)


# --- the race


def deviation_of_bounds(x, mine, theirs, bca):
    """The largest difference in standard errors of a difference of two bootstraps' bounds, each column taken as normal."""
    import numpy as np
    from scipy.stats import norm

    tail, spread = (1 - LEVEL) / 2, x.std(axis=0, ddof=1) / math.sqrt(len(x))
    quantile = math.sqrt(tail * (1 - tail) / RESAMPLES) / norm.pdf(norm.ppf(tail))
    # z0 is estimated from the same draws, and a bound moves by twice its error.
    correction = 2 * math.sqrt(0.25 / RESAMPLES) / norm.pdf(0) if bca else 0
    error = math.sqrt(2) * math.hypot(quantile, correction) * spread
    return float(np.max(np.abs(np.asarray(mine) - theirs) / error))


def deviation_of_p(_x, mine, theirs, _bca):
    import numpy as np

    p = (np.asarray(mine) + theirs) / 2
    # The doubled smaller tail varies a little more than the share in both tails, and the +1 is no chance.
    error = np.sqrt(2 * p * (2 - p) / RESAMPLES) + 1 / RESAMPLES
    return float(np.max(np.abs(np.asarray(mine) - theirs) / error))


def race(name, key, x, scipy_job, by_hand, method, given, pool, folder):
    """One job by all contenders. Rows of (contender, seconds, deviation from ours)."""
    import numpy as np

    threads = int(given.threads)
    rng = np.random.default_rng(1)
    whole = x if key != "sign_flips" else given.table

    def turn():
        return ours(given.program, threads, whole, given.seconds / 2, folder)[key]

    def result_of(entry):
        return np.array([entry["low"], entry["high"]]) if "low" in entry else np.array(entry["p"])

    turns = [turn()]
    forms, probes = fastest_forms(scipy_job, x, method)
    contenders = {}
    for form in forms[:2]:
        label = f"scipy, {form[0]}, batch {form[1]}"
        contenders[label] = (lambda form=form: scipy_job(x, form, RESAMPLES, method), 0, given.scipy_runs)
        if threads > 1:
            shared = lambda form=form: in_processes(pool, np.array_split(x, threads, axis=1), scipy_job, form, method)  # noqa: E731
            contenders[f"{label}, {threads} processes"] = (shared, 0, given.scipy_runs)
    contenders["numpy, by hand"] = (lambda: by_hand(x, rng, np.float64), given.seconds, 3)
    contenders["numpy, by hand, single precision"] = (lambda: by_hand(x, rng, np.float32), given.seconds, 3)
    rows = []
    deviation = deviation_of_p if key == "sign_flips" else deviation_of_bounds
    for contender, (run, seconds, at_least) in contenders.items():
        shortest, value = best(run, seconds, at_least)
        turns.append(turn())
        off = deviation(x, result_of(turns[-1]), value, method == "BCa")
        assert off < ALLOWED, f"{name}: ours and {contender} differ by {off:.1f} standard errors"
        rows.append({"contender": contender, "seconds": shortest, "deviation": off})
    mine = min(entry["seconds"] for entry in turns)
    print(f"{threads} threads, {name}, {x.shape[0]} × {x.shape[1]}, {RESAMPLES} resamples: ours {mine:.4f} s", flush=True)
    for row in rows:
        print(
            f"    {row['contender']:<52} {row['seconds']:>9.4f} s {row['seconds'] / mine:>8.2f} times as long; "
            f"differs by at most {row['deviation']:.1f} standard errors",
            flush=True,
        )
    return {"job": name, "ours": mine, "peers": rows, "scipy_forms": probes}


def one_number_of_threads(given, folder):
    x = given.table
    threads = int(given.threads)
    jobs = ours(given.program, threads, x, 0, folder)
    method = jobs["intervals"].get("method", "percentile")
    # A program that gives both kinds of intervals names the other `bca`.
    kinds = [("intervals", method)] + ([("bca", "BCa")] if "bca" in jobs else [])
    rows = []
    with ProcessPoolExecutor(threads, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(time.sleep, [0.2] * threads))
        for key, kind in kinds:
            by_hand = numpy_bca if kind == "BCa" else numpy_percentile
            rows.append(race(f"{kind} intervals", key, x, scipy_intervals, by_hand, kind, given, pool, folder))
        half = x[:, x.shape[1] // 2 :].copy()
        rows.append(race("sign flips", "sign_flips", half, scipy_sign_flips, numpy_sign_flips, None, given, pool, folder))
    for family in ("scipy", "numpy"):
        whole = sum(min(peer["seconds"] for peer in row["peers"] if peer["contender"].startswith(family)) for row in rows)
        mine = sum(row["ours"] for row in rows)
        ratio = f"{whole / mine:.2f} times as long"
        print(f"{threads} threads, all jobs: ours {mine:.4f} s, {family} at its best {whole:.4f} s: {ratio}", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--columns", type=int, default=486, help="a multiple of 6")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--scipy-runs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.columns % 6:
        parser.error(f"expected a multiple of 6 columns, got {given.columns}")
    if not given.one:
        # OpenBLAS reads its number of threads once, so that each number gets a process; settings that pin another
        # processor's kernels would slow it down.
        environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
        same = ["--questions", given.questions, "--columns", given.columns, "--seconds", given.seconds, "--scipy-runs", given.scipy_runs]
        for threads in given.threads.split(","):
            environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = threads
            out = ["--json", f"{given.json.with_suffix('')}-{threads}.json"] if given.json else []
            command = [sys.executable, __file__, given.program, "--one", "--threads", threads, *map(str, same), *out]
            subprocess.run(command, check=True, env=environment)
        return
    import numpy
    import scipy
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    libraries = [{key: x.get(key) for key in ("internal_api", "version", "architecture", "num_threads")} for x in threadpool_info()]
    versions = {"numpy": numpy.__version__, "scipy": scipy.__version__}
    print(json.dumps({**versions, "libraries": libraries}), flush=True)
    given.table = table(given.questions, given.columns)
    with tempfile.TemporaryDirectory() as folder:
        results = {**versions, "libraries": libraries, "threads": int(given.threads), "jobs": one_number_of_threads(given, folder)}
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
