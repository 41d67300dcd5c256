//! Where the final answer of a solution stands: a text goes in, a span of it comes out, with the name of the rule that found it.
//!
//! A rule looks for one explicit form and takes the last answer in that form; which rules are tried, in which order, is
//! the plan's. No rule guesses: what is not finished (a box that is never closed) is no answer. Every rule takes time
//! linear in the length of the text, whatever the text is. Whether two answers mean the same is asked of `classes`.

mod answer_line;
mod bare;
mod boxed;
mod choice_letter;
mod final_answer;
mod hash_line;
mod last_number;

use std::ops::Range;

pub(super) use bare::bare;

/// A way to find the final answer.
#[derive(Debug)]
pub struct Rule {
    /// As plans and `extraction_rule` have it.
    pub name: &'static str,
    /// What it takes.
    pub meaning: &'static str,
    find: fn(&str) -> Option<Found>,
}

/// All rules, in the order in which they are tried when several are asked for by default.
pub static RULES: [Rule; 6] = [
    Rule {
        name: "boxed",
        meaning: "the last closed `\\boxed{}` or `\\fbox{}`, together with the boxes that form a list with it on its line",
        find: boxed::find,
    },
    Rule {
        name: "hash-line",
        meaning: "the last line that is `####` and a number, as solutions of GSM8K end",
        find: hash_line::find,
    },
    Rule {
        name: "answer-line",
        meaning: "what follows the last `Answer:` at the beginning of a line, or the next line where nothing follows",
        find: answer_line::find,
    },
    Rule {
        name: "final-answer",
        meaning: "what follows the last \"the answer is\", \"final answer is\" or 答案是, up to the end of the sentence",
        find: final_answer::find,
    },
    Rule {
        name: "choice-letter",
        meaning: "the last letter A to J that is marked as a choice: \"Answer: B\", \"option C\", \"(D)\", or a last line of its own",
        find: choice_letter::find,
    },
    Rule {
        name: "last-number",
        meaning: "the last number of the text, exponents and indices aside",
        find: last_number::find,
    },
];

/// The rules of a plan that says nothing: those whose form nobody writes but to give an answer.
pub const DEFAULT: [&str; 4] = ["boxed", "hash-line", "answer-line", "final-answer"];

/// An answer that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text: the answer itself, without what is around it (`$`, `**`, a last period).
    pub span: Range<usize>,
    /// What is written in the span; without inner boxes, and joined by `, ` where several boxes are one answer.
    pub text: String,
    /// How many answers the rule could have taken, this one included; 1 where there was no choice.
    pub n_alternatives: usize,
    /// What is odd about it, as fragments that are fit for a column.
    pub warnings: Vec<&'static str>,
}

impl Found {
    /// An answer that is written in one piece; none where nothing is left when it is laid bare.
    fn new(text: &str, span: Range<usize>, n_alternatives: usize) -> Option<Self> {
        let span = bare(text, span);
        let answer = text[span.clone()].to_owned();
        (!answer.is_empty()).then_some(Found { span, text: answer, n_alternatives, warnings: Vec::new() })
    }
}

/// The answer by the first of some rules that finds one.
#[must_use]
pub fn find(text: &str, rules: &[&'static Rule]) -> Option<(&'static Rule, Found)> {
    rules.iter().find_map(|rule| Some((*rule, (rule.find)(text)?)))
}

/// The rule of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// The lines of a text, without their ends, each with the position at which it begins.
fn lines(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split('\n').map(move |line| (line.as_ptr() as usize - start, line))
}

/// The first position at or below `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
