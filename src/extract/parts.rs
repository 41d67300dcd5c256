//! A record taken apart: thinking, solution, answer and program, each with the rule that found it.
//!
//! Nothing here depends on any other record, so that records may be taken apart in any order and on any thread.

use super::answer;
use super::classes;
use super::code;
use super::thinking::{self, split};
use crate::model::{Extraction, Piece, Record};

/// The rule of a part that the input gave in a field of its own.
pub const FIELDS: &str = thinking::FIELDS;

/// Which rules take a response apart.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Texts that end the thinking, beside the tags.
    pub thinking_end: Vec<String>,
    /// Rules for the final answer, in the order in which they are tried.
    pub answer: Vec<&'static answer::Rule>,
    /// How the program is taken out of the solution.
    pub code: &'static code::Policy,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            thinking_end: Vec::new(),
            answer: answer::DEFAULT.iter().filter_map(|name| answer::named(name)).collect(),
            code: &code::POLICIES[0],
        }
    }
}

/// What is odd about a response whose thinking never ends.
const UNCLOSED: &str = "the thinking is not closed";

/// A record with its parts.
#[derive(Debug)]
pub struct Parts {
    pub(super) record: Record,
    pub(super) thinking: Option<Piece>,
    pub(super) solution: Option<Piece>,
    pub(super) extraction_rule: &'static str,
    pub(super) extraction: Extraction,
    /// The solution was given in a field and still has a closing tag of thinking.
    pub(super) is_tagged: bool,
}

/// Takes a record apart. A field beats what the response says; what no field gives is looked for in the response, and then
/// in the solution.
#[must_use]
pub fn take_apart(mut record: Record, policy: &Policy) -> Parts {
    let is_tagged =
        record.solution.as_deref().is_some_and(|text| text.contains("</think>") || text.contains("</thinking>"));
    let given = record.thinking.is_some() || record.solution.is_some();
    let (thinking, solution) = (record.thinking.take().map(Piece::Own), record.solution.take().map(Piece::Own));
    let mut extraction = Extraction::default();
    let (thinking, solution, extraction_rule) = match &record.response {
        Some(response) if thinking.is_none() || solution.is_none() => {
            let parts = split(response, &policy.thinking_end);
            if parts.solution.is_none() && solution.is_none() {
                extraction.warnings.push(UNCLOSED);
            }
            let rule = if given { FIELDS } else { parts.rule };
            (thinking.or(parts.thinking), solution.or(parts.solution), rule)
        }
        _ => (thinking, solution, FIELDS),
    };
    let text = match &solution {
        Some(Piece::Own(text)) => Some(text.as_str()),
        Some(Piece::Span(span)) => record.response.as_deref().and_then(|response| response.get(span.clone())),
        None => None,
    };
    let found = Found {
        answer: find_answer(&record, text, policy, &mut extraction),
        code: find_code(&record, text, policy, &mut extraction),
    };
    let is_unclosed = extraction.warnings.contains(&UNCLOSED);
    extraction.truncated = truncated(record.finish_reason.as_deref(), is_unclosed, solution.is_none());
    extraction.answer_class = found.answer.as_deref().or(record.answer.as_deref()).map(classes::class_of);
    record.answer = record.answer.or(found.answer);
    record.code = record.code.or(found.code);
    Parts { record, thinking, solution, extraction_rule, extraction, is_tagged }
}

/// What the solution holds beside what the input gave.
struct Found {
    answer: Option<String>,
    code: Option<String>,
}

/// Domains whose solutions are programs, in which "the answer is" is a comment.
fn is_program(record: &Record) -> bool {
    matches!(record.domain.as_deref(), Some("code" | "coding" | "programming"))
}

fn find_answer(
    record: &Record,
    solution: Option<&str>,
    policy: &Policy,
    extraction: &mut Extraction,
) -> Option<String> {
    if record.answer.is_some() {
        extraction.answer_rule = Some(FIELDS);
        return None;
    }
    let (rule, found) = answer::find(solution.filter(|_| !is_program(record))?, &policy.answer)?;
    extraction.answer_rule = Some(rule.name);
    extraction.answer_span = Some(found.span);
    extraction.warnings.extend(found.warnings);
    Some(found.text)
}

fn find_code(record: &Record, solution: Option<&str>, policy: &Policy, extraction: &mut Extraction) -> Option<String> {
    if record.code.is_some() {
        extraction.code_rule = Some(FIELDS);
        return None;
    }
    let found = code::find(solution?, policy.code)?;
    extraction.code_rule = Some(policy.code.name);
    extraction.code_span = Some(found.span);
    extraction.n_code_blocks = Some(found.n_blocks);
    extraction.warnings.extend(found.warnings);
    Some(found.text)
}

/// Reasons to stop that mean that the model was cut off, in the words of the servers that readers know.
const CUT_OFF: [&str; 6] = ["length", "max_tokens", "model_length", "max_output_tokens", "incomplete", "token_limit"];

/// Whether a model was cut off: its thinking never ends, or the server says so; null where nobody says anything. Without a
/// word from the server, a sample that never came to a solution was.
fn truncated(reason: Option<&str>, is_unclosed: bool, no_solution: bool) -> Option<bool> {
    if is_unclosed {
        return Some(true);
    }
    let said = reason.map(|reason| CUT_OFF.contains(&reason.to_ascii_lowercase().as_str()));
    said.or(no_solution.then_some(true))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn apart(record: Record) -> Parts {
        take_apart(record, &Policy::default())
    }

    fn of(solution: &str) -> Parts {
        apart(Record { solution: Some(solution.to_owned()), ..Record::default() })
    }

    #[test]
    fn an_answer_is_found_with_its_rule_span_and_class() {
        let parts = of("So $x = \\boxed{\\dfrac{2}{4}}$.");
        assert_eq!(parts.record.answer.as_deref(), Some("\\dfrac{2}{4}"));
        assert_eq!(parts.extraction.answer_rule, Some("boxed"));
        assert_eq!(parts.extraction.answer_span, Some(15..27));
        assert_eq!(parts.extraction.answer_class.as_deref(), Some("1/2"));
    }

    #[test]
    fn fields_beat_what_the_solution_says() {
        let given = Record {
            solution: Some("\\boxed{1}\n```python\nx = 1\n```".to_owned()),
            answer: Some("023".to_owned()),
            code: Some("y = 2".to_owned()),
            ..Record::default()
        };
        let parts = apart(given);
        assert_eq!((parts.record.answer.as_deref(), parts.record.code.as_deref()), (Some("023"), Some("y = 2")));
        assert_eq!((parts.extraction.answer_rule, parts.extraction.code_rule), (Some(FIELDS), Some(FIELDS)));
        assert_eq!(parts.extraction.answer_class.as_deref(), Some("23"));
        assert_eq!(parts.extraction.answer_span, None);
    }

    #[test]
    fn a_box_in_the_thinking_is_no_answer() {
        let response = |text: &str| apart(Record { response: Some(text.to_owned()), ..Record::default() });
        let parts = response("<think>\\boxed{1}</think>I give up.");
        assert_eq!((parts.record.answer, parts.extraction.answer_class), (None, None));
        let cut = response("<think>\\boxed{1}, or");
        assert_eq!((cut.record.answer.as_ref(), cut.solution.as_ref()), (None, None));
        assert_eq!((cut.extraction.truncated, &cut.extraction.warnings[..]), (Some(true), &[UNCLOSED][..]));
    }

    #[test]
    fn a_program_is_taken_out_of_its_fence() {
        let parts = of("Try:\n```python\nprint(1)\n```\nDone.");
        assert_eq!(parts.record.code.as_deref().map(str::trim_end), Some("print(1)"));
        assert_eq!((parts.extraction.code_rule, parts.extraction.n_code_blocks), (Some("last"), Some(1)));
        assert_eq!(of("no program").extraction.code_rule, None);
    }

    #[test]
    fn programs_are_not_searched_for_answers() {
        let domain = Some("coding".to_owned());
        let parts = apart(Record { solution: Some("# the answer is 5".to_owned()), domain, ..Record::default() });
        assert_eq!(parts.record.answer, None);
    }

    #[test]
    fn the_plan_may_end_the_thinking_with_a_text_of_its_own() {
        let policy = Policy { thinking_end: vec!["<|final|>".to_owned()], ..Policy::default() };
        let response = Some("thoughts <|final|> \\boxed{7}".to_owned());
        let parts = take_apart(Record { response, ..Record::default() }, &policy);
        assert_eq!(parts.extraction_rule, "end-marker");
        assert_eq!(parts.thinking, Some(Piece::Span(0..8)));
        assert_eq!(parts.record.answer.as_deref(), Some("7"));
    }

    #[test]
    fn a_server_says_whether_it_cut_off() {
        let stopped = |reason: Option<&str>| {
            let record = Record {
                solution: Some("s".to_owned()),
                finish_reason: reason.map(str::to_owned),
                ..Record::default()
            };
            apart(record).extraction.truncated
        };
        assert_eq!(stopped(None), None);
        assert_eq!(stopped(Some("stop")), Some(false));
        assert_eq!(stopped(Some("MAX_TOKENS")), Some(true));
        let silent = |reason: Option<&str>| {
            let finish_reason = reason.map(str::to_owned);
            apart(Record { thinking: Some("t".to_owned()), finish_reason, ..Record::default() }).extraction.truncated
        };
        assert_eq!(
            (silent(None), silent(Some("content_filter"))),
            (Some(true), Some(false)),
            "a filter cuts nothing off"
        );
    }
}
