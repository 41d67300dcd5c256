"""Makes response logs of OpenAI-compatible servers and of Gemini through the vendors' own Python types.

    python openai_logs.py OUT

Comes in: a folder. Goes out: a folder per case under OUT with `responses.jsonl` or a batch, and an `expected.json` from the same
pydantic objects (`choice.message.content`, `response.output_text`, the text parts of a candidate). Fields that the `openai`
types do not know (`reasoning_content`, `reasoning`, `reasoning_details`, …) are kept by them as extras, as they are in a
client's log. The lines of a batch have no type in the package; they follow the API reference and hold typed bodies.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from google.genai.types import GenerateContentResponse
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

import expected
from texts import HARD, QUESTIONS, Draw, Question

OPENAI = f"openai {version('openai')}"
GEMINI = f"google-genai {version('google-genai')}"


# Chat completions. ----


def completion(number: int, choices: list[dict[str, Any]], **more: Any) -> ChatCompletion:
    body = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_760_000_000 + number,
        "model": "org/stub-r1",
        "choices": [{"index": index, **choice} for index, choice in enumerate(choices)],
        "usage": {
            "prompt_tokens": 17,
            "completion_tokens": 90,
            "total_tokens": 107,
            "completion_tokens_details": {"reasoning_tokens": 60},
        },
        **more,
    }
    return ChatCompletion.model_validate(body)


def message(content: str | None, **more: Any) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": content, **more}, "finish_reason": "stop"}


def tokens(*pieces: tuple[str, float]) -> dict[str, Any]:
    """Log probabilities as the API gives them; the rest of a distribution lies in `top_logprobs`."""
    content = [
        {
            "token": token,
            "logprob": logprob,
            "bytes": list(token.encode()),
            "top_logprobs": [
                {"token": token, "logprob": logprob, "bytes": list(token.encode())},
                {"token": "…", "logprob": -3.0, "bytes": None},
            ],
        }
        for token, logprob in pieces
    ]
    return {"logprobs": {"content": content, "refusal": None}}


def openai_chat() -> list[ChatCompletion]:
    drawn = [message(draw.text) for draw in QUESTIONS[0].draws[:3]]
    drawn[0] |= tokens(("The", -0.5), (" 🧮", -1.0), ("", 0.0))
    refused = {
        "message": {"role": "assistant", "content": None, "refusal": "I won't."},
        "finish_reason": "content_filter",
    }
    call = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    tool = {"message": {"role": "assistant", "content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}
    return [completion(1, drawn), completion(2, [message(HARD), refused, tool])]


def vllm() -> list[ChatCompletion]:
    """Before the renaming, during it (both names), and after it; then an answer cut off while still thinking."""
    more = {"prompt_logprobs": None, "kv_transfer_params": None}
    old, new = {"reasoning_content": "old name\n"}, {"reasoning": "new name: " + HARD}
    cut = {**message(None, reasoning="never got to the answer", tool_calls=[]), "finish_reason": "length"}
    both = message("\n\nboth", reasoning="same", reasoning_content="same")
    return [
        completion(1, [message("\n\n\\boxed{23}", **old), message("no thought", reasoning_content=None)], **more),
        completion(2, [{**message("\n\n\\boxed{24}", **new), "stop_reason": 151645, "token_ids": None}, both], **more),
        completion(3, [cut], **more),
    ]


def sglang() -> list[ChatCompletion]:
    first = {**message("Answer: 5", reasoning_content="count"), "matched_stop": 151645, "hidden_states": None}
    plain = {**message("<think>\nin the text\n</think>\n\n\\boxed{6}", reasoning_content=None), "matched_stop": "</s>"}
    return [completion(1, [first, plain], metadata={"weight_version": "default"})]


def openrouter() -> list[ChatCompletion]:
    """Details beside the plain field; only a summary; only ciphertext; an empty answer."""
    text = {
        "type": "reasoning.text",
        "text": "step by step",
        "signature": "c2ln",
        "format": "anthropic-claude-v1",
        "index": 0,
    }
    short = {
        "type": "reasoning.summary",
        "summary": "**Summing up**\n\nIt added.",
        "format": "openai-responses-v1",
        "index": 0,
    }
    cipher = {
        "type": "reasoning.encrypted",
        "data": "gAAAAAB==",
        "format": "openai-responses-v1",
        "id": "rs_1",
        "index": 1,
    }
    more = {"provider": "Stub", "system_fingerprint": "fp"}
    return [
        completion(
            1, [message("\\boxed{1}", reasoning="step by step", reasoning_details=[text], refusal=None)], **more
        ),
        completion(
            2,
            [message("\\boxed{2}", reasoning="**Summing up**\n\nIt added.", reasoning_details=[short, cipher])],
            **more,
        ),
        completion(3, [message("\\boxed{3}", reasoning=None, reasoning_details=[cipher])], **more),
        completion(
            4, [message("", reasoning=None) | {"finish_reason": "length", "native_finish_reason": "MAX_TOKENS"}], **more
        ),
    ]


def deepseek() -> list[ChatCompletion]:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 50,
        "total_tokens": 59,
        "prompt_cache_hit_tokens": 0,
        "prompt_cache_miss_tokens": 9,
        "completion_tokens_details": {"reasoning_tokens": 44},
    }
    draws = QUESTIONS[2].draws[:2]
    return [
        completion(
            number, [message(draw.text, reasoning_content=draw.thinking)], usage=usage, model="deepseek-reasoner"
        )
        for number, draw in enumerate(draws, 1)
    ]


def thinking_of(choice: Any) -> dict[str, Any]:
    """In the order in which inspect_ai looks: details, `reasoning_content`, `reasoning`."""
    extras = choice.message.model_extra or {}
    details = extras.get("reasoning_details") or []
    raw = [part["text"] for part in details if part["type"] == "reasoning.text"]
    short = [part["summary"] for part in details if part["type"] == "reasoning.summary"]
    if details and not raw:
        return {"thinking": "\n".join(short) or None, "thinking_kind": "summary" if short else "redacted"}
    text = "\n".join(raw) or extras.get("reasoning_content") or extras.get("reasoning")
    return {"thinking": text, "thinking_kind": "raw" if text else None}


def chat_samples(question_id: str, answer: ChatCompletion, first_draw: int = 0) -> list[dict[str, Any]]:
    usage = answer.usage
    details = usage.completion_tokens_details if usage else None
    several = len(answer.choices) > 1
    return [
        {
            "question_id": question_id,
            "draw": first_draw + choice.index,
            "model": answer.model,
            "completion": choice.message.content,
            **thinking_of(choice),
            # Usage counts all choices of a response together: it is a sample's own only where there is one.
            "prompt_tokens": usage.prompt_tokens if usage else None,
            "thinking_tokens": details.reasoning_tokens if details and not several else None,
            "output_tokens": usage.completion_tokens if usage and not several else None,
            "finish_reason": choice.finish_reason,
            "mean_logprob": expected.mean([t.logprob for t in choice.logprobs.content]) if choice.logprobs else None,
            "extra": {"response_id": answer.id, "refusal": choice.message.refusal},
        }
        for choice in answer.choices
    ]


def chat(out: Path) -> None:
    for case, make in (
        ("chat", openai_chat),
        ("vllm", vllm),
        ("sglang", sglang),
        ("openrouter", openrouter),
        ("deepseek", deepseek),
    ):
        answers = make()
        # Two habits: all fields with their nulls, or only those that the server set.
        lines = [a.model_dump_json() if i % 2 == 0 else a.to_json(indent=None) for i, a in enumerate(answers)]
        write_lines(out / case / "responses.jsonl", lines)
        samples = [sample for answer in answers for sample in chat_samples(answer.id, answer)]
        expected.write(
            out / case, OPENAI, version("openai"), "openai.types.chat.ChatCompletion", samples, **NO_QUESTION
        )


# A response does not say what was asked: with no request beside it, its own id is all there is to name the question by.
NO_QUESTION = {"question_id_is": "the response's id"}


# Responses API. ----


def response(number: int, output: list[dict[str, Any]], **more: Any) -> Response:
    body = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1_760_000_000.0 + number,
        "model": "stub-o3",
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "output": output,
        "usage": {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 33,
            "output_tokens_details": {"reasoning_tokens": 22},
            "total_tokens": 44,
        },
        **more,
    }
    return Response.model_validate(body)


def said(*texts: str, logprobs: list[Any] | None = None) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": logprobs or []} for text in texts]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}


def thought(summary: list[str], content: list[str] | None = None, cipher: str | None = None) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "reasoning", "id": "rs_1", "encrypted_content": cipher, "status": None}
    item["summary"] = [{"type": "summary_text", "text": text} for text in summary]
    item["content"] = None if content is None else [{"type": "reasoning_text", "text": text} for text in content]
    return item


def responses_bodies() -> list[Response]:
    token = {
        "token": "5",
        "bytes": [53],
        "logprob": -0.125,
        "top_logprobs": [{"token": "5", "bytes": [53], "logprob": -0.125}],
    }
    cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    refusal = said() | {"content": [{"type": "refusal", "refusal": "No. " + HARD}]}
    return [
        response(1, [thought(["**One**\n\n“a”", "**Two**"]), said("\\boxed{5}", logprobs=[token])]),
        response(2, [thought([], ["raw thought of an open model " + HARD]), said("part one, ", "part two \\boxed{6}")]),
        response(3, [thought([], cipher="gAAAAAB==")], **cut),
        response(4, [refusal]),
    ]


def responses_sample(question_id: str, answer: Response, draw: int = 0) -> dict[str, Any]:
    items = [item for item in answer.output if item.type == "reasoning"]
    raw = [part.text for item in items for part in item.content or []]
    short = [part.text for item in items for part in item.summary]
    parts = [
        part for item in answer.output if item.type == "message" for part in item.content if part.type == "output_text"
    ]
    logprobs = [token.logprob for part in parts for token in part.logprobs or []]
    kind = "raw" if raw else "summary" if short else "redacted" if items else None
    return {
        "question_id": question_id,
        "draw": draw,
        "model": answer.model,
        "completion": answer.output_text if parts else None,
        "thinking": "\n".join(raw or short) or None,
        "thinking_kind": kind,
        "prompt_tokens": answer.usage.input_tokens,
        "thinking_tokens": answer.usage.output_tokens_details.reasoning_tokens,
        "output_tokens": answer.usage.output_tokens,
        "finish_reason": answer.incomplete_details.reason if answer.incomplete_details else answer.status,
        "mean_logprob": expected.mean(logprobs),
    }


def responses(out: Path) -> None:
    answers = responses_bodies()
    write_lines(out / "responses" / "responses.jsonl", [answer.model_dump_json() for answer in answers])
    samples = [responses_sample(answer.id, answer) for answer in answers]
    expected.write(
        out / "responses", OPENAI, version("openai"), "openai.types.responses.Response", samples, **NO_QUESTION
    )


# Batches. ----


def custom_id(question: Question, mode: str, chain: int | None, round_: int) -> str:
    return f"{question.id}|{mode}|{'' if chain is None else chain}|{round_}"


def line(number: int, name: str, body: dict[str, Any] | None, status: int = 200, error: Any = None) -> str:
    answer = None if body is None else {"status_code": status, "request_id": f"req_{number}", "body": body}
    return json.dumps(
        {"id": f"batch_req_{number}", "custom_id": name, "response": answer, "error": error}, ensure_ascii=False
    )


def shuffled(rows: list[Any]) -> list[Any]:
    """Some order that is not that of the requests."""
    return rows[1::2][::-1] + rows[::2]


def plain(answer: Any) -> dict[str, Any]:
    return answer.model_dump(mode="json", exclude_unset=True)


def batch(out: Path) -> None:
    """Chat completions, out of order, with a file of failures beside; one request failed inside the output file too."""
    folder = out / "batch"
    asked = [
        (q, mode, None if mode == "parallel" else 0, n)
        for q in QUESTIONS[:2]
        for mode in ("parallel", "markov")
        for n in range(2)
    ]
    rows, samples, requests = [], [], []
    for number, (question, mode, chain, round_) in enumerate(asked):
        name = custom_id(question, mode, chain, round_)
        draw: Draw = question.draws[round_ + (2 if mode == "markov" else 0)]
        answer = completion(
            number, [message(draw.text, **({"reasoning_content": draw.thinking} if draw.thinking else {}))]
        )
        rows.append(line(number, name, plain(answer)))
        body = {"model": "org/stub-r1", "messages": [{"role": "user", "content": question.text}]}
        requests.append(
            json.dumps(
                {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}, ensure_ascii=False
            )
        )
        [sample] = chat_samples(question.id, answer)
        samples.append(
            sample | {"draw": None, "round": round_, "chain": chain, "extra": {"custom_id": name, "mode": mode}}
        )
    failed = {"error": {"message": "rate limit", "type": "requests", "param": None, "code": "rate_limit_exceeded"}}
    rows.append(line(90, "q two|parallel||7", failed, status=429))
    write_lines(folder / "batch_output.jsonl", shuffled(rows))
    expired = {
        "code": "batch_expired",
        "message": "This request could not be executed before the completion window expired.",
    }
    write_lines(folder / "batch_error.jsonl", [line(91, "q two|parallel||8", None, error=expired)])
    write_lines(folder / "batch_input.jsonl", requests)
    rejects = [
        {"custom_id": "q two|parallel||7", "why": "status 429"},
        {"custom_id": "q two|parallel||8", "why": "batch_expired"},
    ]
    expected.write(
        folder,
        OPENAI,
        version("openai"),
        "openai.types.chat.ChatCompletion",
        samples,
        files=["batch_output.jsonl"],
        rejects=rejects,
    )


def batch_responses(out: Path) -> None:
    folder = out / "batch-responses"
    answers = responses_bodies()
    names = [custom_id(QUESTIONS[0], "parallel", None, n) for n in range(len(answers))]
    write_lines(
        folder / "batch_output.jsonl",
        shuffled([line(n, name, plain(a)) for n, (name, a) in enumerate(zip(names, answers))]),
    )
    samples = [
        responses_sample(QUESTIONS[0].id, answer)
        | {"draw": None, "round": n, "extra": {"custom_id": name, "mode": "parallel"}}
        for n, (name, answer) in enumerate(zip(names, answers))
    ]
    expected.write(folder, OPENAI, version("openai"), "openai.types.responses.Response", samples)


# Gemini. ----


def gemini_bodies() -> list[GenerateContentResponse]:
    def candidate(index: int, parts: list[dict[str, Any]], finish: str = "STOP", **more: Any) -> dict[str, Any]:
        return {"index": index, "content": {"role": "model", "parts": parts}, "finishReason": finish, **more}

    usage = {"promptTokenCount": 8, "candidatesTokenCount": 20, "thoughtsTokenCount": 300, "totalTokenCount": 328}
    thought_part = {"text": "**Adding fractions**\n\nI add “them”.", "thought": True}
    chosen = {"chosenCandidates": [{"token": "5", "tokenId": 1, "logProbability": -0.5}], "topCandidates": []}
    two = [
        candidate(0, [thought_part, {"text": "The answer ", "thoughtSignature": "c2ln"}, {"text": "is \\boxed{5/6}."}]),
        candidate(1, [{"text": HARD}], avgLogprobs=-0.5, logprobsResult=chosen),
    ]
    cut = {"index": 0, "content": {"role": "model"}, "finishReason": "MAX_TOKENS"}
    blocked = {
        "promptFeedback": {"blockReason": "SAFETY"},
        "usageMetadata": {"promptTokenCount": 8, "totalTokenCount": 8},
    }
    bodies = [{"candidates": two, "usageMetadata": usage}, {"candidates": [cut], "usageMetadata": usage}, blocked]
    return [
        GenerateContentResponse.model_validate({**body, "modelVersion": "gemini-2.5-pro", "responseId": f"r{n}"})
        for n, body in enumerate(bodies)
    ]


def gemini_samples(answer: GenerateContentResponse) -> list[dict[str, Any]]:
    candidates = answer.candidates or []
    usage = answer.usage_metadata
    several = len(candidates) > 1
    samples = []
    for candidate in candidates:
        parts = candidate.content.parts or []
        texts = [part.text for part in parts if not part.thought]
        thoughts = [part.text for part in parts if part.thought]
        samples.append(
            {
                "question_id": answer.response_id,
                "draw": candidate.index or 0,
                "model": answer.model_version,
                "completion": "".join(texts) if texts else None,
                "thinking": "".join(thoughts) or None,
                # The service gives summaries of thoughts, never the thoughts; with none, only their count.
                "thinking_kind": "summary" if thoughts else None if several else "count-only",
                "prompt_tokens": usage.prompt_token_count,
                "thinking_tokens": None if several else usage.thoughts_token_count,
                "output_tokens": None if several else usage.candidates_token_count,
                "finish_reason": candidate.finish_reason.value,
                "mean_logprob": candidate.avg_logprobs,
            }
        )
    return samples


def gemini(out: Path) -> None:
    """As the API writes it (camelCase), and as a Python client's dump without `by_alias` does (snake_case)."""
    answers = gemini_bodies()
    samples = [sample for answer in answers for sample in gemini_samples(answer)]
    rejects = [{"response_id": "r2", "why": "no candidates: SAFETY"}]
    for case, options in (
        ("gemini", {"by_alias": True, "exclude_none": True}),
        ("gemini-snake", {}),
    ):
        write_lines(out / case / "responses.jsonl", [answer.model_dump_json(**options) for answer in answers])
        expected.write(
            out / case,
            GEMINI,
            version("google-genai"),
            "google.genai.types.GenerateContentResponse",
            samples,
            rejects=rejects,
            **NO_QUESTION,
        )


def write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    for case in (chat, responses, batch, batch_responses, gemini):
        case(target)
