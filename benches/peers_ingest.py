"""Speed of reading inspect_ai logs beside `inspect_ai.log.read_eval_log`, in one run, and whether both read the same.

    pip install -r tests/interop/requirements-inspect.txt
    python tests/interop/inspect_big.py big.eval 5000     # a log to read
    cargo bench --no-run --bench ingest                   # prints where the program lies
    python benches/peers_ingest.py PROGRAM big.eval [--threads 1,2] [--turns 5] [--json OUT]

Both read the file from the page cache and hold all of its samples. They take turns, so that a busy moment hits both; the
median of the turns counts. Before that, the samples are compared field by field with the tool's own objects. The ratio
says how many times as long the peer takes, which has one thread whatever it is given.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path


class Ours:
    """The program, asked line by line."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def seconds(self, threads, log):
        self.ask(f"run {threads} {log}")
        return float(self.process.stdout.readline().split()[0])

    def rows(self, log):
        self.ask(f"rows {log}")
        lines = iter(self.process.stdout.readline, "\n")
        return [json.loads(line) for line in lines]


def theirs(log):
    from inspect_ai.log import read_eval_log

    started = time.perf_counter()
    whole = read_eval_log(str(log))
    return time.perf_counter() - started, whole


def expected(log, sample):
    """What the tool's own objects say of a sample."""
    from inspect_ai.scorer import value_to_float

    choice = sample.output.choices[0]
    parts = [] if isinstance(choice.message.content, str) else choice.message.content
    thinking = [part.reasoning for part in parts if part.type == "reasoning" and not part.redacted]
    score = next(iter((sample.scores or {}).values()), None)
    usage = sample.output.usage
    return {
        "question_id": str(sample.id),
        "round": sample.epoch - 1,
        "model": sample.output.model or log.eval.model,
        "text": sample.output.completion,
        "thinking": "\n".join(thinking) if thinking else None,
        "answer": (score.answer or None) if score else None,
        "gold": sample.target if isinstance(sample.target, str) else sample.target[0],
        "reward": value_to_float()(score.value) if score else None,
        "prompt_tokens": usage.input_tokens if usage else None,
        "thinking_tokens": usage.reasoning_tokens if usage else None,
        "finish_reason": choice.stop_reason,
    }


def compare(rows, log):
    """Raises where a sample differs in a field."""
    known = {(row["question_id"], row["round"]): row for row in rows}
    assert len(rows) == len(known) == len(log.samples), (len(rows), len(known), len(log.samples))
    for sample in log.samples:
        due = expected(log, sample)
        found = known[due["question_id"], due["round"]]
        assert found == due, f"expected {due}, got {found}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("log", type=Path)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()

    ours = Ours(arguments.program)
    log = arguments.log.absolute()
    _, whole = theirs(log)
    compare(ours.rows(log), whole)
    print(f"{len(whole.samples)} samples are the same in every field", flush=True)
    del whole

    threads = [int(n) for n in arguments.threads.split(",")]
    times = {"read_eval_log": [], **{n: [] for n in threads}}
    for _ in range(arguments.turns):
        for n in threads:
            times[n].append(ours.seconds(n, log))
        times["read_eval_log"].append(theirs(log)[0])
    medians = {name: statistics.median(turns) for name, turns in times.items()}
    megabytes = log.stat().st_size / 1e6
    for n in threads:
        ratio = medians["read_eval_log"] / medians[n]
        print(f"{n} threads: {medians[n]:.3f} s, {megabytes / medians[n]:.0f} MB/s of the file; read_eval_log {ratio:.1f} times as long")
    print(f"read_eval_log: {medians['read_eval_log']:.3f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps({"bytes": log.stat().st_size, "seconds": {str(k): v for k, v in times.items()}}))


if __name__ == "__main__":
    main()
