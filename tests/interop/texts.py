"""The stub model's words: a few questions and canned solutions that hold what breaks readers.

Comes in: nothing. Goes out: `QUESTIONS` (and `LONG_QUESTIONS`), each with its gold answer and its drawn solutions, the
same for every tool. No dependency, no clock, no randomness: a script that imports this says the same thing each time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# Every character class that a JSON or CSV writer has to escape or may mangle: quotes, backslashes, a tab, a carriage
# return, U+2028, a character outside the BMP, a combining accent, a right-to-left word, and U+FEFF inside a text.
HARD = "\"quoted\" 'single' back\\slash\ttab\r\nline\u2028sep 🧮𝔸 e\u0301 שלום \ufeffend"

# Longer than the 100 characters above which inspect_ai moves text of events into attachments, and than the 5 120
# characters at which it cuts the text of a summary.
LONG = "We count the lattice paths one row at a time — each row doubles the last. " * 70
LESS = LONG[:150]

# The same words said differently, so that verbatim repeats and near repeats both occur.
WAIT = "Wait, let me check that again. " * 5


@dataclass(frozen=True)
class Draw:
    """One canned solution: what the model thought, what it said, and the answer in it (None where there is none)."""

    thinking: str | None
    text: str
    answer: str | None


@dataclass(frozen=True)
class Question:
    """A question, its reference answer, and its draws in the order in which the stub gives them."""

    id: str
    text: str
    gold: str
    draws: tuple[Draw, ...]


QUESTIONS: tuple[Question, ...] = (
    Question(
        "aime/2024-I-1",
        "Find the remainder when $2^{10}$ is divided by 1001. Say “\\boxed{…}”.",
        "023",
        (
            Draw("2^10 = 1024.\n1024 - 1001 = 23.", "The remainder is $1024-1001$, so\n\n\\[\\boxed{23}\\]", "23"),
            Draw(WAIT + "I lost a <think>nested</think> thought.", "\\boxed{\\text{twenty-}\\boxed{3}}", "3"),
            Draw(None, "<think>\n2^{10}=1024\n</think>\n\nFinal: \\boxed{023}", "023"),
            Draw("Truncated before anything was said" + HARD, "", None),
        ),
    ),
    Question(
        "q two",
        "What is 1/2 + 1/3? " + HARD,
        "\\frac{5}{6}",
        (
            Draw(None, "Answer: $\\frac{5}{6}$", "\\frac{5}{6}"),
            Draw("3/6+2/6", "```python\nprint(5/6)\n```\nSo \\boxed{\\dfrac{5}{6}}.", "\\dfrac{5}{6}"),
            Draw(None, "thought without an opening tag</think>\\boxed{5/6}", "5/6"),
            Draw(None, "<think>never closed, and \\boxed{1} is only a guess", None),
        ),
    ),
    Question(
        "数-3",
        "一共有多少个苹果？(" + LESS + ")",
        "1234",
        (
            Draw("数一数。" * 30, "答案是 $1{,}234$。\n" + LESS, "1{,}234"),
            Draw("𝟙𝟚𝟛𝟜", HARD + "\n\\boxed{1234}", "1234"),
            Draw(None, "I think there are 12 apples, or 1,235.", "1,235"),
            Draw(None, "", None),
        ),
    ),
)

# The same with one question so long that a summary of it is cut.
LONG_QUESTIONS = (*QUESTIONS[:2], replace(QUESTIONS[2], text="一共有多少个苹果？(" + LONG + ")"))


def is_correct(question: Question, draw: Draw) -> bool:
    """The stub's own marking: equal after the few spellings that these texts use are made one."""
    return draw.answer is not None and plain(draw.answer) == plain(question.gold)


def plain(answer: str) -> str:
    """One spelling of an answer of this file; not a general normalization."""
    text = answer.replace("\\dfrac", "\\frac").replace("{,}", "").replace(",", "")
    text = "5/6" if text == "\\frac{5}{6}" else text
    return text.lstrip("0") or "0"
