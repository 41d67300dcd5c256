//! One drawn solution.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::GroupKey;

/// A text of a sample: its own, or a stretch of the sample's `response`, so that a raw response is held once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Given in a field of its own, or put together from several stretches.
    Own(String),
    /// Bytes of [`Sample::response`], on character boundaries.
    Span(Range<usize>),
}

/// Where a token count comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountSource {
    /// The input said so: the sampling model's own tokens.
    Reported,
    /// Counted here, with the run's tokenizer.
    Counted,
}

impl CountSource {
    /// The word in the `*_source` columns.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CountSource::Reported => "reported",
            CountSource::Counted => "counted",
        }
    }
}

/// A number of tokens together with where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// How many.
    pub count: i64,
    /// Who counted.
    pub source: CountSource,
}

/// Which text of a sample an embedder or a string metric looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Selection {
    /// The final solution.
    Solution,
    /// The thinking alone.
    Thinking,
    /// The program in the solution.
    Code,
    /// The final answer.
    Answer,
    /// Thinking, a blank line, solution; whichever is there where one is missing.
    ThinkingAndSolution,
}

impl Selection {
    /// All of them, in the order in which lists show them.
    pub const ALL: [Selection; 5] =
        [Selection::Solution, Selection::Thinking, Selection::Code, Selection::Answer, Selection::ThinkingAndSolution];

    /// As the plan writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Selection::Solution => "solution",
            Selection::Thinking => "thinking",
            Selection::Code => "code",
            Selection::Answer => "answer",
            Selection::ThinkingAndSolution => "thinking+solution",
        }
    }

    /// The name of the string space that it spans in tables: solutions are `text`.
    #[must_use]
    pub fn space(self) -> &'static str {
        match self {
            Selection::Solution => "text",
            other => other.name(),
        }
    }
}

/// How the parts of a sample were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extraction {
    /// The rule that found the answer; `fields` where the input gave it; null without one.
    pub answer_rule: Option<&'static str>,
    /// Where it stands: bytes of the solution.
    pub answer_span: Option<Range<usize>>,
    /// What answers are compared by: two that mean the same have the same class.
    pub answer_class: Option<String>,
    /// The policy that took the program; `fields` where the input gave it; null without one.
    pub code_rule: Option<&'static str>,
    /// Where it stands: bytes of the solution.
    pub code_span: Option<Range<usize>>,
    /// Blocks of code in the solution; null where nobody looked.
    pub n_code_blocks: Option<usize>,
    /// Whether the model was cut off; null where nothing tells.
    pub truncated: Option<bool>,
    /// What was odd.
    pub warnings: Vec<&'static str>,
}

/// One drawn solution, with its thinking, to one question by one model under one sampling mode.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the canonical sample, in its words")]
pub struct Sample {
    pub key: Arc<GroupKey>,
    /// Position in the chain, or draw number, from 0.
    pub round: i64,
    pub sample_id: String,
    pub parents: Option<Vec<String>>,
    pub response: Option<String>,
    pub thinking: Option<Piece>,
    pub solution: Option<Piece>,
    pub code: Option<String>,
    pub answer: Option<String>,
    pub gold: Option<String>,
    pub correct: Option<bool>,
    pub reward: Option<f64>,
    pub prompt_tokens: Option<Tokens>,
    pub thinking_tokens: Option<Tokens>,
    pub solution_tokens: Option<Tokens>,
    pub mean_entropy: Option<f64>,
    pub mean_logprob: Option<f64>,
    pub difficulty: Option<String>,
    pub finish_reason: Option<String>,
    pub extra: Option<String>,
    pub source_file: Arc<str>,
    pub source_row: u64,
    /// The rule that split thinking from solution, e.g. `think-tags`.
    pub extraction_rule: &'static str,
    /// How the other parts were found.
    pub extraction: Extraction,
}

impl Sample {
    fn piece<'a>(&'a self, piece: Option<&'a Piece>) -> Option<&'a str> {
        match piece? {
            Piece::Own(text) => Some(text),
            Piece::Span(range) => self.response.as_deref()?.get(range.clone()),
        }
    }

    /// The final solution without the thinking; `None` when the model never came to one.
    #[must_use]
    pub fn solution(&self) -> Option<&str> {
        self.piece(self.solution.as_ref())
    }

    /// The thinking; `None` when there was none.
    #[must_use]
    pub fn thinking(&self) -> Option<&str> {
        self.piece(self.thinking.as_ref())
    }

    /// What answers are compared by; `None` without an answer. An answer that was never classed stands for itself.
    #[must_use]
    pub fn answer_class(&self) -> Option<&str> {
        self.extraction.answer_class.as_deref().or(self.answer.as_deref())
    }

    /// A span of the solution in Unicode scalar values, as other languages count.
    #[must_use]
    pub fn span_in_chars(&self, span: Option<&Range<usize>>) -> Option<[i64; 2]> {
        let (span, solution) = (span?, self.solution()?);
        let start = count_chars(solution.get(..span.start)?);
        Some([start, start + count_chars(solution.get(span.clone())?)])
    }

    /// The text that `selection` names; `None` when this sample has no such text.
    #[must_use]
    pub fn text(&self, selection: Selection) -> Option<Cow<'_, str>> {
        match selection {
            Selection::Solution => self.solution().map(Cow::Borrowed),
            Selection::Thinking => self.thinking().map(Cow::Borrowed),
            Selection::Code => self.code.as_deref().map(Cow::Borrowed),
            Selection::Answer => self.answer.as_deref().map(Cow::Borrowed),
            Selection::ThinkingAndSolution => match (self.thinking(), self.solution()) {
                (Some(thinking), Some(solution)) => Some(Cow::Owned(format!("{thinking}\n\n{solution}"))),
                (one, other) => one.or(other).map(Cow::Borrowed),
            },
        }
    }

    /// Unicode scalar values in the solution.
    #[must_use]
    pub fn solution_chars(&self) -> Option<i64> {
        self.solution().map(count_chars)
    }

    /// Unicode scalar values in the thinking.
    #[must_use]
    pub fn thinking_chars(&self) -> Option<i64> {
        self.thinking().map(count_chars)
    }
}

fn count_chars(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}
