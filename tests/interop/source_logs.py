"""Writes small logs of tools that are not on PyPI, in the shape that their sources write: the tools themselves are not run.

    python source_logs.py OUT

Comes in: a folder. Goes out: OUT/TOOL/CASE with files and an `expected.json`, whose `source` says *made after the tool's
sources*: NeMo-Skills `output-rs*.jsonl`, NoveltyBench generations, partitions and scores, MathArena runs (`.json`, `.json.zst`)
and its uploaded Parquet, Reflexion chains, Open-R1 Parquet with aligned lists, and LiveCodeBench self-repair and test output.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

import expected
from texts import HARD, QUESTIONS, Draw, Question, is_correct

MADE = "made after the tool's sources; the tool was not run"
MODEL = "org/stub-r1"


def write_lines(path: Path, rows: list[dict[str, Any]], ascii_only: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows), encoding="utf-8")


# NeMo-Skills (nemo_skills/inference/generate.py, inference/model/base.py, utils.py; commits 01462f39, 101a1da2, 2698b63e). ----


def nemo(out: Path) -> None:
    """One file per seed; `parse_reasoning` on (thinking cut off, whole text beside) and off (a field from the server)."""
    for case, make in (("parsed", nemo_parsed), ("server", nemo_server)):
        folder, samples = out / "nemo-skills" / case, []
        for seed in range(3):
            rows = []
            for question in QUESTIONS:
                row, told = make(question, question.draws[seed])
                rows.append(row)
                samples.append(
                    {"question_id": question.id, "draw": seed, "question": question.text, "gold": question.gold, **told}
                )
            write_lines(folder / f"output-rs{seed}.jsonl", rows)
        expected.write(
            folder, "nemo-skills", "main", MADE, samples, question_id_is="the row's `id`, which data sets need not have"
        )


def nemo_row(question: Question, draw: Draw, generation: dict[str, Any]) -> dict[str, Any]:
    return {
        **generation,
        "id": question.id,
        "problem": question.text,
        "expected_answer": question.gold,
        "predicted_answer": draw.answer,
        "symbolic_correct": is_correct(question, draw),
        "judgement": "Reasoning: same.\nJudgement: " + ("Yes" if is_correct(question, draw) else "No"),
    }


def nemo_parsed(question: Question, draw: Draw) -> tuple[dict[str, Any], dict[str, Any]]:
    full = draw.text if draw.thinking is None else f"<think>\n{draw.thinking}\n</think>\n\n{draw.text}"
    done = "</think>" in full
    # With nothing left of the generation there is no answer to find in it.
    drawn = draw if done else replace(draw, answer=None)
    generation = {
        "num_generated_tokens": 50,
        "finish_reason": "stop" if done else "length",
        "generation": full.split("</think>")[-1].strip() if done else "",
        "_generation_finished_thinking": done,
        "_full_generation": full,
    }
    told = {
        "completion": generation["generation"],
        "output_tokens": 50,
        "finish_reason": generation["finish_reason"],
        "answer": drawn.answer,
        "correct": is_correct(question, drawn),
        # What the tool cut off, by its own rule; null where it found no end and emptied the generation.
        "extra": {"full": full, "finished_thinking": done},
    }
    return nemo_row(question, drawn, generation), told


def nemo_server(question: Question, draw: Draw) -> tuple[dict[str, Any], dict[str, Any]]:
    generation = {
        "generation": draw.text,
        "num_generated_tokens": 50,
        "num_input_tokens": 20,
        **({"reasoning_content": draw.thinking} if draw.thinking else {}),
        "usage": {"completion_tokens": 50, "prompt_tokens": 20, "total_tokens": 70, "prompt_tokens_details": None},
        "num_reasoning_tokens": 40,
        "num_answer_tokens": 10,
        "logprobs": [-0.5, -1.5],
        "tokens": ["a", " \u2028"],
        "top_logprobs": [{"a": -0.5, "b": -1.0}, {" \u2028": -1.5}],
        "finish_reason": "stop",
        "serialized_output": [{"content": draw.text, "role": "assistant"}],
    }
    told = {
        "completion": draw.text,
        "thinking": draw.thinking,
        "thinking_kind": "raw" if draw.thinking else None,
        "prompt_tokens": 20,
        "thinking_tokens": 40,
        "output_tokens": 50,
        "finish_reason": "stop",
        "mean_logprob": -1.0,
        "answer": draw.answer,
        "correct": is_correct(question, draw),
    }
    return nemo_row(question, draw, generation), told


# NoveltyBench (src/inference.py, partition.py, score.py; commit 02d5fd7d). ----


def noveltybench(out: Path) -> None:
    """Three files of the same generations; one prompt failed (an empty list), one answer was blocked."""
    folder = out / "noveltybench" / "curated"
    rows, samples = [], []
    for number, question in enumerate(QUESTIONS):
        texts = [draw.text for draw in question.draws[:3]] if number != 1 else []
        if number == 2:
            texts[1] = "[Blocked]"
        rows.append({"id": f"curated-{number}", "prompt": question.text, "model": MODEL, "generations": texts})
        for draw, text in enumerate(texts):
            samples.append(
                {
                    "question_id": f"curated-{number}",
                    "draw": draw,
                    "model": MODEL,
                    "question": question.text,
                    "completion": text,
                }
            )
    write_lines(folder / "generations.jsonl", rows)
    partitioned = [row | {"partition": [0, 1, 0][: len(row["generations"])], "distinct": 1} for row in rows]
    write_lines(folder / "partitions.jsonl", partitioned)
    scored = [
        row
        | {
            "generation_scores": [1.5, 2.0, 0.5][: len(row["generations"])],
            "partition_scores": [2, 2, 0],
            "utility": 1.25,
        }
        for row in partitioned
    ]
    write_lines(folder / "scores.jsonl", scored)
    expected.write(
        folder,
        "noveltybench",
        "02d5fd7d",
        MADE,
        samples,
        files=["generations.jsonl"],
        same_samples_in=["partitions.jsonl", "scores.jsonl"],
    )


# MathArena (src/matharena/runs.py, utils.py, json_zst.py, scripts/curation/upload_outputs.py; commits 63f9e595, c1f04cc6). ----


def conversation(question: Question, draw: Draw) -> list[dict[str, Any]]:
    messages = [{"role": "developer", "content": "Put it in \\boxed{}."}, {"role": "user", "content": question.text}]
    if draw.thinking is not None:
        messages.append({"role": "assistant", "type": "cot", "content": draw.thinking})
    return [*messages, {"role": "assistant", "type": "response", "content": draw.text}]


def matharena_run(question: Question, number: int) -> dict[str, Any]:
    # The tool drops a conversation without a last answer before it writes; an empty answer stays.
    draws = question.draws
    costs = [
        {"cost": 0.5, "input_tokens": 10, "output_tokens": 20 + n, "time": 1.5, "n_retries": 0}
        for n in range(len(draws))
    ]
    correct = [is_correct(question, draw) for draw in draws]
    return {
        "idx": number,
        "problem": question.text,
        "gold_answer": question.gold,
        "source": "None",
        "types": ["Algebra"],
        "N": len(draws),
        "cost": {
            "cost": 2.0,
            "input_tokens": 40,
            "output_tokens": 86,
            "time": 6.0,
            "n_retries": 0,
            "request_time": None,
        },
        "pass_at_1": sum(correct) / len(correct),
        "answers": ["None" if draw.answer is None else draw.answer for draw in draws],
        "correct": correct,
        "warnings": [0, 1, 2, 3],
        "manual_overwrite": [False] * len(draws),
        "llm_annotation": [None] * len(draws),
        "messages": [conversation(question, draw) for draw in draws],
        "judgment": [None] * len(draws),
        "history": [None] * len(draws),
        "detailed_costs": costs,
    }


def matharena_samples(question: Question, question_id: str, model: str | None) -> list[dict[str, Any]]:
    return [
        {
            "question_id": question_id,
            "draw": n,
            "model": model,
            "question": question.text,
            "completion": draw.text,
            "thinking": draw.thinking,
            "thinking_kind": "raw" if draw.thinking is not None else None,
            "answer": draw.answer,
            "gold": question.gold,
            "correct": is_correct(question, draw),
            "prompt_tokens": 10,
            "output_tokens": 20 + n,
        }
        for n, draw in enumerate(question.draws)
    ]


def matharena(out: Path) -> None:
    """`outputs/COMPETITION/MODEL/NUMBER.json.zst`, as `.json` in older checkouts; one run still ungraded."""
    folder = out / "matharena" / "runs"
    samples = []
    for number, question in enumerate(QUESTIONS[:2], 1):
        run = matharena_run(question, number)
        model = "stub/r1"
        path = folder / "outputs" / "aime" / "aime_2025" / model / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        told = matharena_samples(question, str(number), None)
        if number == 1:
            payload = json.dumps(run, indent=4, ensure_ascii=False).encode()
            Path(f"{path}.zst").write_bytes(zstandard.ZstdCompressor(level=3).compress(payload))
        else:
            run["correct"][3], run["pass_at_1"] = "TODO Grading", "TODO Grading"
            told[3].pop("correct")
            path.write_text(json.dumps(run, indent=4, ensure_ascii=False), encoding="utf-8")
        samples += told
    expected.write(
        folder, "matharena", "63f9e595", MADE, samples, model_is="the path: outputs/COMPETITION/MODEL/NUMBER"
    )
    matharena_upload(out / "matharena" / "upload")


def matharena_upload(folder: Path) -> None:
    rows, samples = [], []
    for number, question in enumerate(QUESTIONS[:2], 1):
        run = matharena_run(question, number)
        for n, messages in enumerate(run["messages"]):
            rows.append(
                {
                    "problem_idx": str(number),
                    "problem": question.text,
                    "model_name": "Stub R1",
                    "model_config": "stub/r1",
                    "idx_answer": n,
                    "all_messages": messages,
                    "user_message": messages[0]["content"],
                    "answer": messages[-1]["content"],
                    "input_tokens": 10,
                    "output_tokens": 20 + n,
                    "cost": 0.5,
                    "input_cost_per_tokens": 1.0,
                    "output_cost_per_tokens": 2.0,
                    "source": "None",
                    "gold_answer": question.gold,
                    "parsed_answer": run["answers"][n],
                    "correct": run["correct"][n],
                }
            )
        samples += matharena_samples(question, str(number), "Stub R1")
    parquet(folder / "train-00000-of-00001.parquet", rows)
    expected.write(folder, "matharena", "63f9e595", MADE, samples)


# Reflexion (programming_runs/reflexion.py; commit 4e42b24d). ----


def reflexion(out: Path) -> None:
    """A chain solved at its second round, one at its first, one that began anew (`pass_at_k` 2) and failed."""
    folder = out / "reflexion" / "humaneval"
    bodies = [
        ["    return x\n", "    return 2 * x  # “二倍”\n"],
        ["    return s.upper()\n"],
        ["    pass\n", HARD, "    pass\n", ""],
    ]
    rows, samples = [], []
    for number, chain in enumerate(bodies):
        prompt = f"def f{number}(x):\n"
        solved = number < 2
        rows.append(
            {
                "task_id": f"HumanEval/{number}",
                "prompt": prompt,
                "entry_point": f"f{number}",
                "canonical_solution": "    return 2 * x\n",
                "test": "def check(candidate):\n    assert candidate(1) == 2\n",
                "is_solved": solved,
                "reflections": ["I forgot “2 *”."] * (len(chain) // 2 if number == 2 else len(chain) - 1),
                "implementations": [prompt + body for body in chain],
                "test_feedback": ["Tested passed:\n\nTests failed:\nassert f(1) == 2 # output: 1"] * len(chain),
                "solution": prompt + chain[-1],
            }
        )
        last = len(chain) - 1
        for n, body in enumerate(chain):
            told = {
                "question_id": f"HumanEval/{number}",
                "round": n,
                "chain": 0,
                "question": prompt,
                "completion": prompt + body,
            }
            # Only the last implementation is known to be right or wrong.
            samples.append(told | ({"correct": solved} if n == last else {}))
    write_lines(folder / "reflexion_gpt-4_5_iters.jsonl", rows)
    more = {
        "restarts": {
            "HumanEval/2": "the log has 4 implementations and 2 reflections: two chains of two, which it does not separate"
        }
    }
    expected.write(folder, "reflexion", "4e42b24d", MADE, samples, **more)


# Open-R1 (columns of OpenR1-Math-220k). ----


def open_r1(out: Path) -> None:
    """Lists aligned with `generations`: whole, null, and shorter than it."""
    folder = out / "open-r1" / "math"
    rows, samples = [], []
    for number, question in enumerate(QUESTIONS):
        texts = [
            d.text if d.thinking is None else f"<think>\n{d.thinking}\n</think>\n\n{d.text}" for d in question.draws
        ]
        marks = [is_correct(question, draw) for draw in question.draws]
        verify = [marks, None, marks[:2]][number]
        llama = [None, [None, True, False, None], None][number]
        reasons = [["stop", "stop", "stop", "length"], None, ["stop"]][number]
        rows.append(
            {
                "problem": question.text,
                "solution": "Worked out: " + HARD,
                "answer": question.gold,
                "problem_type": "Algebra",
                "question_type": "math-word-problem",
                "source": "olympiads",
                "uuid": f"0000-{number}",
                "is_reasoning_complete": [True, True, True, False],
                "generations": texts,
                "correctness_math_verify": verify,
                "correctness_llama": llama,
                "finish_reasons": reasons,
                "correctness_count": None if verify is None else sum(verify),
                "messages": [{"content": question.text, "role": "user"}, {"content": texts[0], "role": "assistant"}],
            }
        )
        for n, text in enumerate(texts):
            verified = verify[n] if verify is not None and n < len(verify) else None
            samples.append(
                {
                    "question_id": f"0000-{number}",
                    "draw": n,
                    "question": question.text,
                    "completion": text,
                    "gold": question.gold,
                    "correct": verified,
                    "finish_reason": reasons[n] if reasons is not None and n < len(reasons) else None,
                    "extra": {"correctness_llama": llama[n] if llama else None, "is_reasoning_complete": n < 3},
                }
            )
    parquet(folder / "train-00000-of-00001.parquet", rows)
    expected.write(folder, "open-r1", "OpenR1-Math-220k", "made after the data set's column list", samples)


# LiveCodeBench (lcb_runner/runner/main.py, scenario_router.py, benchmarks/*.py; commits 09d456e0, 19133f21, 0d588b08). ----


def problem(question_id: str, title: str) -> dict[str, Any]:
    return {
        "question_title": title,
        "question_content": f"Twice a number — “{title}”.",
        "platform": "atcoder",
        "question_id": question_id,
        "contest_id": "abc300",
        "contest_date": "2025-01-04T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
    }


def livecodebench(out: Path) -> None:
    self_repair(out / "livecodebench" / "selfrepair")
    test_output(out / "livecodebench" / "testoutputprediction")


def self_repair(folder: Path) -> None:
    """A repair of each draw of an earlier file: `original_code_list` is round 0, `code_list` round 1."""
    outputs = [
        "Fixed:\n```python\nprint(2 * int(input()))\n```",
        "I cannot — no code.",
        "```python\nprint('二')\n```\n" + HARD,
    ]
    codes = ["print(2 * int(input()))", "", "print('二')"]
    original = ["print(int(input()))", "print(1)", ""]
    graded = [True, False, False]
    meta = ['{"execution time": 0.1}', '{"error_code": -2, "error_message": "Wrong Answer"}', '{"error_code": -4}']
    row = problem("abc300_a", "double") | {"output_list": outputs, "code_list": codes}
    evaluated = row | {"graded_list": graded, "pass@1": 1 / 3, "metadata": meta, "original_code_list": original}
    folder.mkdir(parents=True, exist_ok=True)
    name = "Scenario.selfrepair_3_0.2"
    # Before the evaluation an output may still be a list of one, as the runner's cache has it.
    (folder / f"{name}.json").write_text(json.dumps([row | {"output_list": [[text] for text in outputs]}], indent=4))
    (folder / f"{name}_eval_all.json").write_text(json.dumps([evaluated], indent=4))
    (folder / f"{name}_eval.json").write_text(
        json.dumps([{"pass@1": 1 / 3}, {"0": [[1], [-2], [-4]]}, [meta]], indent=4)
    )
    samples = [
        {
            "question_id": "abc300_a",
            "draw": n,
            "completion": text,
            "correct": graded[n],
            "extra": {"code": codes[n] or None, "original_code": original[n] or None},
        }
        for n, text in enumerate(outputs)
    ]
    same = {"same_texts_in": [f"{name}.json"]}
    expected.write(folder, "livecodebench", "09d456e0", MADE, samples, files=[f"{name}_eval_all.json"], **same)


def test_output(folder: Path) -> None:
    """One row per question and test: the question's id alone does not name a group."""
    rows, samples = [], []
    for test_id in range(2):
        outputs = [f"```\nassert double({test_id}) == {2 * test_id}\n```", "no idea 🧮", ""]
        preds = [f"assert double({test_id}) == {2 * test_id}", "", ""]
        graded = [True, False, False]
        row = {key: value for key, value in problem("abc300_a", "double").items() if key != "platform"}
        row |= {"output_list": outputs, "pred_list": preds, "test_id": test_id, "function_name": "double"}
        rows.append(row | {"graded_list": graded, "pass@1": 1 / 3})
        for n, text in enumerate(outputs):
            extra = {"test_id": test_id, "pred": preds[n] or None}
            samples.append(
                {"question_id": "abc300_a", "draw": n, "completion": text, "correct": graded[n], "extra": extra}
            )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Scenario.testoutputprediction_3_0.2_eval_all.json").write_text(json.dumps(rows, indent=4))
    expected.write(
        folder, "livecodebench", "0d588b08", MADE, samples, question_id_is="question_id and test_id together"
    )


def parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path, compression="snappy")


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    for case in (nemo, noveltybench, matharena, reflexion, open_r1, livecodebench):
        case(target)
