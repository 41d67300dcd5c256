//! Which part of a solution is its program: text goes in, the program as one would save it comes out, with where it stood.
//!
//! Nothing here runs a program. The policies that look at blocks alone take time linear in the text; the one that parses
//! takes no more than the [`Effort`](crate::program::Effort) of one search.

mod blocks;
mod items;
mod lifted;
mod tags;
mod valid;

use std::ops::Range;

pub use blocks::{Block, blocks};

/// A way to tell the program in a solution.
#[derive(Debug)]
pub struct Policy {
    /// As a plan names it.
    pub name: &'static str,
    /// What it takes.
    pub meaning: &'static str,
    choose: fn(&str, &[Block]) -> Option<Choice>,
}

/// All policies; the first is the default.
pub static POLICIES: [Policy; 5] = [
    Policy {
        name: "last",
        meaning: "the last block between fences, whatever it holds: an example after the program is taken for it",
        choose: |_, blocks| blocks.last().map(Choice::from),
    },
    Policy {
        name: "first",
        meaning: "the first block between fences, whatever it holds: a sketch before the program is taken for it",
        choose: |_, blocks| blocks.first().map(Choice::from),
    },
    Policy {
        name: "last-with-language",
        meaning: "the last block whose fence names a programming language (shells and formats of data are none); where none does, the last block",
        choose: last_with_language,
    },
    Policy {
        name: "longest-valid",
        meaning: "the longest block that parses in the language it names, or, where it names none, in any; where there is none, all of the text or the most lines of it that parse and do something",
        choose: valid::longest,
    },
    Policy { name: "none", meaning: "no program is taken out", choose: |_, _| None },
];

/// The policy of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Policy> {
    POLICIES.iter().find(|policy| policy.name == name)
}

/// The program of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The bytes of the text that hold the program as it stands.
    pub span: Range<usize>,
    /// The program: without the indentation of its fence, without prompts and escape sequences.
    pub text: String,
    /// What its fence names, in lower case; without a fence the grammar that takes it.
    pub language: Option<String>,
    /// How many blocks there were to choose from.
    pub n_blocks: usize,
    /// What is to be known about it, as lower-case fragments.
    pub warnings: Vec<&'static str>,
}

/// The program of a solution by a policy; `None` where it finds none.
#[must_use]
pub fn find(text: &str, policy: &'static Policy) -> Option<Found> {
    let blocks = blocks(text);
    let Choice { block, mut warnings } = (policy.choose)(text, &blocks)?;
    let (program, more) = lifted::lift(text, &block);
    warnings.extend(more);
    Some(Found { span: block.span, text: program, language: block.language, n_blocks: blocks.len(), warnings })
}

/// What a policy takes.
#[derive(Debug)]
struct Choice {
    block: Block,
    warnings: Vec<&'static str>,
}

impl From<&Block> for Choice {
    fn from(block: &Block) -> Self {
        Choice { block: block.clone(), warnings: Vec::new() }
    }
}

fn last_with_language(_: &str, blocks: &[Block]) -> Option<Choice> {
    let names = |block: &&Block| block.language.as_deref().is_some_and(tags::is_programming);
    blocks.iter().rev().find(names).or_else(|| blocks.last()).map(Choice::from)
}

#[cfg(test)]
mod tests;
