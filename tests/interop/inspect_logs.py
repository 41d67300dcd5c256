"""Makes inspect_ai logs with inspect_ai itself, driven by its `mockllm/model`, and says what is in them.

    python inspect_logs.py OUT

Comes in: a folder. Goes out: a folder per case under OUT, each with a log and an `expected.json` that is written from what
`inspect_ai.log.read_eval_log` gives back (attachments resolved). Runs with the newest release and, for the few cases that an
old one can write (deflate), with 0.3.100 too.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import sys
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inspect_ai import Epochs, Task, eval, score
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, write_eval_log
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ContentImage,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelOutput,
    ModelUsage,
    TopLogprob,
    get_model,
)
from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    NOANSWER,
    PARTIAL,
    Score,
    accuracy,
    choice,
    mean,
    scorer,
    value_to_float,
)
from inspect_ai.solver import Generate, TaskState, generate, multiple_choice, solver

import expected
from texts import HARD, LONG, Draw, Question, is_correct
from texts import LONG_QUESTIONS as QUESTIONS

TOOL = "inspect-ai"
VERSION = version("inspect_ai")
NEW = tuple(int(part) for part in VERSION.split(".")[:3]) >= (0, 3, 280)
PIXEL = (
    "data:image/png;base64,"
    + "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


# The stub model. ----


def stub(questions: tuple[Question, ...]) -> Any:
    """A model that answers each question with its draws in turn."""
    given: dict[str, int] = {}

    def answer(messages: list[Any], *_: Any) -> ModelOutput:
        asked = messages[-1].text
        question = next(q for q in questions if q.text in asked)
        nth = given.get(question.id, 0)
        given[question.id] = nth + 1
        return output(question.draws[nth % len(question.draws)], nth)

    # An old stub takes no function: it gets the outputs in the order in which samples run, epoch by epoch: the later two draws.
    by_epoch = [output(q.draws[nth % len(q.draws)], nth) for nth in range(2, 4) for q in questions[:1]]
    return get_model("mockllm/model", custom_outputs=answer if NEW else by_epoch, memoize=False)


def output(draw: Draw, nth: int) -> ModelOutput:
    """One completion: reasoning as a content part where the draw has thinking of its own, else plain text."""
    content: Any = draw.text
    if draw.thinking is not None:
        content = [ContentReasoning(reasoning=draw.thinking, signature="sig=="), ContentText(text=draw.text)]
    if nth == 3 and draw.thinking is not None:
        # What a provider that keeps its thoughts gives: ciphertext, a summary, and an answer in two parts.
        content = [
            ContentReasoning(reasoning="gAAAAABciphertext==", redacted=True, **summary("It counted twice.")),
            ContentText(text="first part"),
            ContentText(text="second part"),
        ]
    message = ChatMessageAssistant(content=content, source="generate", model="stub-r1")
    choice = ChatCompletionChoice(
        message=message, stop_reason="max_tokens" if draw.answer is None else "stop", logprobs=logprobs(draw)
    )
    thought = 0 if draw.thinking is None else len(draw.thinking) // 4
    usage = ModelUsage(
        input_tokens=17, output_tokens=40 + thought, total_tokens=57 + thought, reasoning_tokens=thought or None
    )
    return ModelOutput(model="stub-r1", choices=[choice], usage=usage)


def summary(text: str) -> dict[str, str]:
    return {"summary": text} if "summary" in ContentReasoning.model_fields else {}


def logprobs(draw: Draw) -> Logprobs | None:
    """Three tokens' worth, one of them a lone byte of a character that is cut in two."""
    if draw.answer is None:
        return None
    top = [TopLogprob(token="\\", logprob=-0.25, bytes=[92]), TopLogprob(token=" \u2028", logprob=-1.5, bytes=None)]
    return Logprobs(
        content=[
            Logprob(token="\\", logprob=-0.25, bytes=[92], top_logprobs=top),
            Logprob(token="\ufffd", logprob=-2.0, bytes=[240, 159], top_logprobs=[]),
            Logprob(token="}", logprob=0.0, bytes=[125], top_logprobs=None),
        ]
    )


# Scorers: C/I, a number (with NaN for unscored), a dictionary. ----


@scorer(metrics=[accuracy()])
def marks() -> Any:
    async def mark(state: TaskState, target: Any) -> Score:
        question = next(q for q in QUESTIONS if q.id == state.metadata["question"])
        draw = next((d for d in question.draws if d.text == state.output.completion), None)
        if draw is None:
            return Score(value=PARTIAL, answer="second part", explanation="in parts")
        if draw.answer is None:
            return Score(value=NOANSWER, explanation=HARD)
        return Score(value=CORRECT if is_correct(question, draw) else INCORRECT, answer=draw.answer)

    return mark


@scorer(metrics=[mean()])
def length() -> Any:
    async def mark(state: TaskState, target: Any) -> Score:
        text = state.output.completion
        return Score(value=len(text) / 7 if text else float("nan"), metadata={"unit": "sevenths"})

    return mark


@scorer(metrics={"*": [mean()]})
def parts() -> Any:
    async def mark(state: TaskState, target: Any) -> Score:
        return Score(value={"boxed": "\\boxed" in state.output.completion, "chars": len(state.output.completion)})

    return mark


# Solvers that fail. ----


@solver
def fails_on(question_id: str, epoch: int | None, times: int) -> Any:
    """Raises for one sample, the first `times` times it is tried."""
    tried = {"n": 0}

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.metadata["question"] == question_id and epoch in (None, state.epoch) and tried["n"] < times:
            tried["n"] += 1
            raise RuntimeError("the stub's sandbox fell over: " + HARD)
        return state

    return solve


# Cases. ----


def dataset(questions: tuple[Question, ...] = QUESTIONS) -> list[Sample]:
    return [Sample(id=q.id, input=q.text, target=q.gold, metadata={"question": q.id, "level": 5}) for q in questions]


def run(out: Path, case: str, task: Task, fmt: str = "eval", model: Any = None, **options: Any) -> Path:
    """Runs a task and puts its log into the case's folder as `log.eval` or `log.json`."""
    options = {"log_format": fmt, "display": "none", "max_samples": 1, "fail_on_error": False, **options}
    if NEW:
        options = {"log_model_api": False, **options}
    with tempfile.TemporaryDirectory() as folder:
        [log] = eval(task, model=model or stub(QUESTIONS), log_dir=folder, **options)
        (out / case).mkdir(parents=True, exist_ok=True)
        target = out / case / f"log.{fmt}"
        shutil.copyfile(str(log.location).removeprefix("file://"), target)
    return target


def epochs_task(name: str = "interop", solvers: list[Any] | None = None) -> Task:
    return Task(
        dataset=dataset(),
        solver=[*(solvers or []), generate()],
        scorer=[marks(), length(), parts()],
        epochs=Epochs(4, "mean"),
        config=GenerateConfig(temperature=0.6, logprobs=True, top_logprobs=2),
        name=name,
    )


def epochs(out: Path) -> None:
    task = epochs_task()
    task.scorer = [marks(), length()]
    tell(out / "epochs", run(out, "epochs", task))
    short = small_task("epochs-json", [marks(), length()])
    short.dataset = short.dataset[1:2]
    # The second draw says nothing, so that `length` is NaN, which the tool writes as a bare word into its JSON.
    silent = replace(QUESTIONS[1], draws=(QUESTIONS[1].draws[1], Draw(None, "", None)))
    tell(out / "epochs-json", run(out, "epochs-json", short, "json", stub((silent,))))


def errors(out: Path) -> None:
    """One sample that fails for good, one that works on its second try, one that runs into a limit."""
    solvers = [fails_on("q two", 1, 99), fails_on("q two", 2, 1)]
    task = epochs_task("errors", solvers)
    task.epochs, task.dataset = 2, task.dataset[:2]
    task.token_limit = 60
    tell(out / "errors", run(out, "errors", task, retry_on_error=1))


def choices(out: Path) -> None:
    said = [("<think>B or C?</think>\n\nANSWER: C", "stop", None), ("It is A.\nANSWER: A", "stop", None)]
    said += [("", "content_filter", "blocked")]
    drawn = [ModelOutput.from_content("stub-r1", text, stop, error) for text, stop, error in said]
    for one_of in drawn:
        # Given, since the stub would count tokens with an encoding that it fetches from the network.
        one_of.usage = ModelUsage(input_tokens=5, output_tokens=7, total_tokens=12)
    questions = [
        Sample(
            id=number, input=f"Which is {word}?", choices=["1", HARD, "3", "𝟜"], target="C", metadata={"question": word}
        )
        for number, word in ((7, "odd"), (8, "prime"), (9, "third"))
    ]
    task = Task(dataset=questions, solver=[multiple_choice()], scorer=choice(), name="choices")
    model = get_model("mockllm/model", custom_outputs=drawn, memoize=False)
    tell(out / "choices", run(out, "choices", task, model=model))


def messages(out: Path) -> None:
    """Input as messages with an image, and three choices of one call (`num_choices`)."""
    question = QUESTIONS[0]
    ask = [
        ChatMessageSystem(content="Think first. " + HARD),
        ChatMessageUser(content=[ContentText(text=LONG), ContentImage(image=PIXEL), ContentText(text=question.text)]),
    ]
    drawn = [output(draw, nth).choices[0] for nth, draw in enumerate(question.draws[:3])]
    several = ModelOutput(model="stub-r1", choices=drawn, usage=ModelUsage(input_tokens=9, output_tokens=99))
    task = Task(
        dataset=[Sample(id="img", input=ask, target=[question.gold, "23"], metadata={"question": question.id})],
        solver=[generate()],
        scorer=[marks()],
        config=GenerateConfig(num_choices=3),
        name="messages",
    )
    model = get_model("mockllm/model", custom_outputs=[several], memoize=False)
    tell(out / "messages", run(out, "messages", task, model=model, log_model_api=True))


def rescored(out: Path) -> None:
    """`inspect score --action append` over a finished log, then a human's edit of one score and an invalidated sample."""
    from inspect_ai.log import ProvenanceData, invalidate_samples
    from inspect_ai.log._score import edit_score
    from inspect_ai.scorer import ScoreEdit

    task = small_task("rescored", [marks()])
    task.dataset = task.dataset[:1]
    log = read_eval_log(str(run(out, "rescored", task)))
    log = score(log, [length()], action="append", display="none")
    who = ProvenanceData(author="a reader", reason="024 was meant " + HARD)
    edit = ScoreEdit(value="I", answer="024", provenance=who)
    edit_score(log, log.samples[0].id, "marks", edit, epoch=1)
    log = invalidate_samples(log, [log.samples[1].uuid], who)
    write_eval_log(log, str(out / "rescored" / "log.eval"))
    tell(out / "rescored", out / "rescored" / "log.eval")


def small_task(name: str, scorers: list[Any]) -> Task:
    return Task(dataset=dataset(QUESTIONS[:2]), solver=[generate()], scorer=scorers, epochs=2, name=name)


def chunked(out: Path) -> None:
    """The chunked sample layout, by the tool's own (still hidden) converter, with several chunks a sequence."""
    from inspect_ai.log._recorders.chunked import convert_eval_logs_to_chunked

    source, case = str(out / "messages" / "log.eval"), out / "chunked"
    case.mkdir(parents=True, exist_ok=True)
    convert_eval_logs_to_chunked(source, str(case), True, chunk_size=4, attachments_chunk_bytes=8)
    # The release writes this layout and does not read it yet: what it must hold is what the source held.
    tell(case, Path(source), source="read_eval_log of the log that was converted")


def mixed(out: Path) -> None:
    """Both shapes in one archive: one sample chunked by the tool's own writer, the rest copied as they are."""
    from zipfile import ZipFile

    from inspect_ai._util.zipfile import zipfile_compress_kwargs
    from inspect_ai.log._recorders.chunked.convert import _write_chunked_sample

    (out / "mixed").mkdir(parents=True, exist_ok=True)
    log = read_eval_log(str(out / "rescored" / "log.eval"))
    chunk = {f"samples/{s.id}_epoch_{s.epoch}.json": s for s in log.samples[:1]}
    with (
        ZipFile(out / "rescored" / "log.eval") as source,
        ZipFile(out / "mixed" / "log.eval", "w", **zipfile_compress_kwargs) as target,
    ):
        for name in source.namelist():
            if name in chunk:
                _write_chunked_sample(target, chunk[name], 1000)
            else:
                target.writestr(name, source.read(name))
    tell(out / "mixed", out / "rescored" / "log.eval", source="read_eval_log of the log that was converted")


def journal(out: Path) -> None:
    """What lies on disk while a run goes on or after it was killed: no header, no summaries, only the journal."""
    finished = read_eval_log(str(out / "epochs" / "log.eval"))
    asyncio.run(record(out / "in-progress" / "log.eval", finished, finished.samples[1:3], None))
    tell(out / "in-progress", out / "in-progress" / "log.eval")


def duplicates(out: Path) -> None:
    """A sample that was logged, flushed, and logged again: its member occurs twice, and the last one counts.

    Another was logged and then pruned, as a retry does: its bytes still lie in the file, out of the central directory.
    """
    finished = read_eval_log(str(out / "epochs" / "log.eval"))
    [first, second, pruned] = [*finished.samples[:2], finished.samples[3]]
    stale = first.model_copy(deep=True)
    stale.output.completion = "STALE"
    stale.output.choices[0].message.content = "STALE"
    stale.scores["marks"].value = "I"
    stale.uuid = "stale"
    asyncio.run(
        record(out / "duplicates" / "log.eval", finished, [stale, pruned, second, first], "error", prune=pruned)
    )
    tell(out / "duplicates", out / "duplicates" / "log.eval")


async def record(
    target: Path, log: EvalLog, samples: list[EvalSample], status: Any, prune: EvalSample | None = None
) -> None:
    """Drives the tool's own recorder sample by sample; `status` None leaves the log as a running one."""
    from inspect_ai.log._recorders import create_recorder_for_format
    from inspect_ai.log._recorders.recorder import SampleRecordKey

    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    recorder = create_recorder_for_format("eval", str(target.parent))
    await recorder.log_init(log.eval, str(target), clean=True)
    await recorder.log_start(log.eval, log.plan)
    for sample in samples:
        await recorder.log_sample(log.eval, sample)
        await recorder.flush(log.eval)
    if prune is not None:
        await recorder.log_prune(log.eval, {SampleRecordKey(str(prune.id), prune.epoch)})
    if status is not None:
        await recorder.log_finish(log.eval, status, log.stats, log.results, log.reductions)


# What is in a log. ----


def tell(folder: Path, log_path: Path, source: str = "read_eval_log(resolve_attachments=True)") -> None:
    log = read_eval_log(str(log_path), resolve_attachments=True)
    expected.write(
        folder,
        TOOL,
        VERSION,
        source,
        [one(log, sample) for sample in log.samples or []],
        log_status=log.status,
        task=log.eval.task,
        epochs=log.eval.config.epochs,
    )


def one(log: EvalLog, sample: EvalSample) -> dict[str, Any]:
    """One sample by the tool's objects; its own `value_to_float` makes C, P, I, N of the first scorer 1, ½, 0, 0."""
    choice = sample.output.choices[0] if sample.output.choices else None
    usage = sample.output.usage
    first = next(iter((sample.scores or {}).values()), None)
    mark = value_to_float()(first.value) if first and isinstance(first.value, str) else None
    return {
        "question_id": str(sample.id),
        "draw": sample.epoch - 1,
        "model": sample.output.model or log.eval.model,
        "question": asked(sample),
        "completion": sample.output.completion if choice else None,
        **thinking(choice),
        "answer": first.answer if first else None,
        "gold": sample.target if isinstance(sample.target, str) else sample.target[0],
        "correct": {1.0: True, 0.0: False}.get(mark),
        "score": mark,
        "prompt_tokens": usage.input_tokens if usage else None,
        "thinking_tokens": usage.reasoning_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "finish_reason": choice.stop_reason if choice else None,
        "mean_logprob": mean_logprob(choice),
        "error": sample.error.message if sample.error else None,
        "extra": more(log, sample),
    }


def asked(sample: EvalSample) -> str:
    if isinstance(sample.input, str):
        return sample.input
    return next(message.text for message in reversed(sample.input) if message.role == "user")


def thinking(choice: Any) -> dict[str, Any]:
    blocks = [] if choice is None or isinstance(choice.message.content, str) else choice.message.content
    blocks = [block for block in blocks if block.type == "reasoning"]
    raw = [block.reasoning for block in blocks if not block.redacted]
    summaries = [block.summary for block in blocks if getattr(block, "summary", None)]
    if raw:
        return {"thinking": "\n".join(raw), "thinking_kind": "raw"}
    if summaries:
        return {"thinking": "\n".join(summaries), "thinking_kind": "summary"}
    return {"thinking": None, "thinking_kind": "redacted" if blocks else None}


def mean_logprob(choice: Any) -> float | None:
    if choice is None or choice.logprobs is None:
        return None
    return expected.mean([token.logprob for token in choice.logprobs.content])


def more(log: EvalLog, sample: EvalSample) -> dict[str, Any]:
    """What has no column: all scores, all choices, the retries, the limit."""
    scores = {name: {"value": finite(s.value), "answer": s.answer} for name, s in (sample.scores or {}).items()}
    texts = [choice.message.text for choice in sample.output.choices]
    return {
        "epoch": sample.epoch,
        "run_model": log.eval.model,
        "scores": scores,
        "all_choices": texts if len(texts) > 1 else None,
        "choices": sample.choices,
        "retries": len(sample.error_retries or []),
        "limit": sample.limit.type if sample.limit else None,
        "invalidated": getattr(sample, "invalidation", None) is not None,
    }


def finite(value: Any) -> Any:
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def main() -> None:
    out = Path(sys.argv[1]).absolute()
    cases = [epochs, errors, choices, messages, rescored, journal, duplicates, chunked, mixed]
    for case in cases if NEW else [old]:
        case(out)


def old(out: Path) -> None:
    """What a release from before zstandard writes: deflate."""
    case = "deflate"
    task = epochs_task(case)
    task.epochs, task.dataset = 2, task.dataset[:1]
    tell(out / case, run(out, case, task))


if __name__ == "__main__":
    main()
