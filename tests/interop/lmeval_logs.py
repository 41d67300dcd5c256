"""Makes lm-evaluation-harness logs with lm_eval itself, driven by a stub model, and says what is in them.

    python lmeval_logs.py OUT

Comes in: a folder. Goes out: a folder per case under OUT with what `EvaluationTracker` writes (`MODEL/results_*.json`,
`MODEL/samples_*.jsonl`) and an `expected.json` from the objects that `simple_evaluate` returns, taken before the tracker
turns their values into strings.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
# What the tool puts in place of a null answer; unset, it is the empty string.
NO_ANSWER = os.environ.setdefault("LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER", "[no answer]")

from lm_eval import simple_evaluate  # noqa: E402
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.loggers import EvaluationTracker  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

import expected  # noqa: E402
from texts import QUESTIONS  # noqa: E402

TOOL = "lm-evaluation-harness"
VERSION = version("lm_eval")
MODEL = "org/stub-r1"

MATH = """
task: breadth_math
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: generate_until
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_target: "{{{{gold}}}}"
repeats: {repeats}
generation_kwargs: {{do_sample: true, temperature: 0.6, until: []}}
metric_list:
  - {{metric: exact_match, aggregation: mean, higher_is_better: true, ignore_punctuation: true}}
{filters}metadata: {{version: 1.0}}
"""

FILTERS = """filter_list:
  - name: none
    filter: [{function: take_first}]
  - name: strict-match
    filter:
      - {function: regex, regex_pattern: "boxed\\\\{([^{}]*)\\\\}"}
      - {function: take_first}
  - name: maj@4
    filter:
      - {function: regex, regex_pattern: "(-?[0-9.,]+)"}
      - {function: majority_vote}
      - {function: take_first}
"""

CHOICES = """
task: breadth_choices
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}\\nAnswer:"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: 1
metric_list:
  - {{metric: acc}}
metadata: {{version: 1.0}}
"""


class Stub(LM):
    """Gives each question its draws in turn; a fixed table of log-likelihoods for choices."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, int] = {}

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
        return [self.draw(request.args[0]) for request in requests]

    def draw(self, prompt: str) -> str:
        question = next(q for q in QUESTIONS if q.text in prompt)
        nth = self.given.get(question.id, 0)
        self.given[question.id] = nth + 1
        draw = question.draws[nth % len(question.draws)]
        # No field keeps thinking apart in this tool: it stays in the text, or was cut off before the log.
        return draw.text if draw.thinking is None else f"<think>\n{draw.thinking}\n</think>\n\n{draw.text}"

    def loglikelihood(self, requests: list[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        return [(-1.5 - len(request.args[1]) / 8, len(request.args[1]) < 3) for request in requests]

    def loglikelihood_rolling(self, requests: list[Any], disable_tqdm: bool = False) -> list[float]:
        return [-1.0 for _ in requests]


class NullServer(BaseHTTPRequestHandler):
    """A chat-completions server whose every second answer is null, as when the reasoning used up the budget."""

    count = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = None if NullServer.count % 2 else "It is \\boxed{5/6} — 𝟙."
        NullServer.count += 1
        message = {"role": "assistant", "content": content, "reasoning_content": "hm"}
        body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def run(
    out: Path, case: str, task: str, rows: list[dict[str, Any]], model: Any, repeats: int = 4, **options: Any
) -> dict[str, Any]:
    """Evaluates one task of its own and lets the tool's tracker write; gives back the results, not yet made strings."""
    model_args = options.pop("model_args", {"model": MODEL})
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "test.jsonl"
        data.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        given = {"data": data, "repeats": repeats, "filters": FILTERS if repeats > 1 else ""}
        name = "breadth_choices" if task is CHOICES else "breadth_math"
        (Path(folder) / f"{name}.yaml").write_text(task.format(**given), encoding="utf-8")
        tracker = EvaluationTracker(output_path=str(out / case))
        results = simple_evaluate(
            model=model,
            model_args=model_args,
            tasks=[name],
            task_manager=TaskManager(include_path=folder, include_defaults=False),
            log_samples=True,
            evaluation_tracker=tracker,
            bootstrap_iters=0,
            **options,
        )
    kept = copy.deepcopy(results)
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for task_name, task_samples in samples.items():
        tracker.save_results_samples(task_name=task_name, samples=task_samples)
    return kept


def tell(out: Path, case: str, results: dict[str, Any]) -> None:
    """One expected sample per document and repeat; the rows of the other filters are the same samples again."""
    [(task, rows)] = results["samples"].items()
    documents: dict[int, dict[str, Any]] = {}
    filters: dict[int, dict[str, Any]] = {}
    for row in rows:
        documents.setdefault(row["doc_id"], row)
        marks = {metric: row[metric] for metric in row["metrics"]}
        filters.setdefault(row["doc_id"], {})[row["filter"]] = marks
    samples = []
    for doc_id, row in documents.items():
        for draw, text in enumerate(row["resps"][0]):
            samples.append(
                {
                    "question_id": str(doc_id),
                    "draw": draw,
                    "model": MODEL,
                    "question": row["arguments"][0][0] if isinstance(row["arguments"][0][0], str) else None,
                    # Null came from the server; the tool logs its placeholder for it.
                    "completion": None if text == NO_ANSWER else text,
                    "gold": str(row["target"]),
                    "correct": bool(row["exact_match"]) if len(row["resps"][0]) == 1 else None,
                    "extra": {
                        "doc_hash": row["doc_hash"],
                        "prompt_hash": row["prompt_hash"],
                        "doc_own_id": row["doc"]["id"],
                        "filters": filters[doc_id] if draw == 0 else None,
                    },
                }
            )
    source = "the samples that simple_evaluate returns, before EvaluationTracker sanitizes them"
    files = [str(path.relative_to(out / case)) for path in (out / case).glob("*/samples_*.jsonl")]
    expected.write(out / case, TOOL, VERSION, source, samples, files=files, task=task, rows_in_file=len(rows))


def choices(out: Path) -> None:
    """Log-likelihoods, not texts: there is nothing to compare, and a reader has to say so."""
    rows = [{"question": q.text, "choices": ["A", 'Beta "b"', "丙"]} for q in QUESTIONS[:2]]
    results = run(out, "choices", CHOICES, rows, Stub())
    [(task, logged)] = results["samples"].items()
    source = "no generated text in this log: `resps` are [log-likelihood, is_greedy] pairs"
    expected.write(out / "choices", TOOL, VERSION, source, [], task=task, rows_in_file=len(logged))


def math(out: Path) -> None:
    rows = [{"question": q.text, "gold": q.gold, "id": q.id} for q in QUESTIONS[1:]]
    tell(out, "repeats", run(out, "repeats", MATH, rows, Stub()))
    # One draw and the filter that the tool takes by default: here, and only here, the metric is of that draw.
    tell(out, "single", run(out, "single", MATH, rows[:1], Stub(), repeats=1))


def nulls(out: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), NullServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    args = {
        "model": MODEL,
        "base_url": f"http://127.0.0.1:{server.server_port}/v1/chat/completions",
        "tokenizer_backend": None,
        "num_concurrent": 1,
        "max_retries": 1,
    }
    rows = [{"question": q.text, "gold": q.gold, "id": q.id} for q in QUESTIONS[1:2]]
    results = run(out, "api-null", MATH, rows, "local-chat-completions", model_args=args, apply_chat_template=True)
    server.shutdown()
    tell(out, "api-null", results)


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    for case in (math, choices, nulls):
        case(target)
