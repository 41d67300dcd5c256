"""Makes lighteval details (Parquet) with lighteval's own EvaluationTracker, and says what is in them.

    python lighteval_logs.py OUT

Comes in: a folder. Goes out: a folder per case under OUT with `details/MODEL/DATE/details_TASK_DATE.parquet` and an
`expected.json` from the `Doc` and `ModelResponse` objects that went in. No model is loaded: the responses are canned,
post-processed by the tool's own `remove_reasoning_tags`, and logged as its pipeline logs them.
"""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lighteval.logging.evaluation_tracker import EvaluationTracker
from lighteval.models.dummy.dummy_model import DummyModelConfig
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc, SamplingMethod
from lighteval.utils.utils import remove_reasoning_tags

import expected
from texts import QUESTIONS, Question, is_correct

TOOL = "lighteval"
VERSION = version("lighteval")
MODEL = "org/stub-r1"


def document(question: Question, number: int, draws: int) -> Doc:
    return Doc(
        query=f"Question: {question.text}\nAnswer:",
        choices=[question.gold],
        gold_index=0,
        id=str(number),
        task_name="breadth_math|0",
        original_query=question.text,
        # A dictionary that is not alike in every row: Parquet makes it one struct with nulls.
        specific={"own_id": question.id, **({"level": 5} if number else {})},
        sampling_methods=[SamplingMethod.GENERATIVE],
        generation_size=32768,
        stop_sequences=[],
        num_samples=draws,
    )


def response(question: Question, draws: int, apart: bool) -> ModelResponse:
    """`apart`: a server that gives reasoning in a field of its own; else it stands in the text, between tags."""
    drawn = question.draws[:draws]
    texts = [d.text if apart or d.thinking is None else f"<think>{d.thinking}</think>\n\n{d.text}" for d in drawn]
    return ModelResponse(
        input=[{"role": "user", "content": question.text}],
        input_tokens=[1, 2, 3],
        text=texts,
        output_tokens=[[7] * (5 + n) for n in range(len(drawn))],
        text_post_processed=[remove_reasoning_tags(text, [("<think>", "</think>")]) for text in texts],
        reasonings=[d.thinking for d in drawn] if apart else [None] * len(drawn),
    )


def save(folder: Path, details: list[tuple[Doc, ModelResponse, dict[str, Any]]]) -> list[str]:
    tracker = EvaluationTracker(output_dir=str(folder), save_details=True)
    tracker.general_config_logger.log_args_info(num_fewshot_seeds=1, max_samples=None, job_id="")
    tracker.general_config_logger.log_model_info(model_config=DummyModelConfig(model_name=MODEL))
    for doc, answer, metric in details:
        tracker.details_logger.log(doc.task_name, doc, answer, metric)
        tracker.metrics_logger.log(doc.task_name, metric)
    tracker.details_logger.aggregate()
    tracker.general_config_logger.log_end_time()
    tracker.save()
    # The tool puts the task's `|` into the name; a checkout on Windows cannot have it.
    for path in list(folder.rglob("*.parquet")):
        path.rename(path.with_name(path.name.replace("|", "_")))
    # What is left are averages over the run, which no reader wants.
    shutil.rmtree(folder / "results")
    return [str(path.relative_to(folder)) for path in folder.rglob("*.parquet")]


def parallel(out: Path) -> None:
    for case, apart in (("tags", False), ("reasonings", True)):
        details, samples = [], []
        for number, question in enumerate(QUESTIONS[:2]):
            doc, answer = document(question, number, 4), response(question, 4, apart)
            marks = [is_correct(question, draw) for draw in question.draws]
            metric = {
                "avg@n:n=4": sum(marks) / 4,
                "pass@k:k=1&n=4": sum(marks) / 4,
                "extractive_match": float(marks[0]),
            }
            details.append((doc, answer, metric))
            samples += [sample(doc, answer, draw) for draw in range(4)]
        files = save(out / case, details)
        expected.write(out / case, TOOL, VERSION, "lighteval's Doc and ModelResponse", samples, files=files)


def sample(doc: Doc, answer: ModelResponse, draw: int) -> dict[str, Any]:
    reasoning = answer.reasonings[draw]
    return {
        "question_id": doc.id,
        "draw": draw,
        "model": MODEL,
        "question": doc.query,
        "completion": answer.text[draw],
        "thinking": reasoning,
        "thinking_kind": "raw" if reasoning is not None else None,
        "gold": doc.choices[doc.gold_index],
        # The tool keeps scores of a document, not of a draw.
        "output_tokens": len(answer.output_tokens[draw]),
        "prompt_tokens": len(answer.input_tokens),
        "extra": {"text_post_processed": answer.text_post_processed[draw], "own_id": doc.specific["own_id"]},
    }


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    parallel(target)
