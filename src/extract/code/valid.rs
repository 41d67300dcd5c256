//! The longest part of a text that is a program: text and blocks go in, the part that a grammar takes comes out.
//!
//! A text that is a program as a whole comes first, then blocks, longest first, then runs of whole lines. A program is a
//! sequence of items, each of which is one by itself. So the longest run from each line is an item and the longest run from
//! where it ends: what a search over all pairs of first and last lines finds with a number of parses that grows with the square
//! of the lines is found with one for each item.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use super::blocks::Block;
use super::items::Lines;
use super::lifted::{self, without_escapes, without_indent};
use super::{Choice, tags};
use crate::program::{Effort, LANGUAGES, Language, MAX_BYTES, Says, outline};

const NO_BLOCK: &str = "no block is a valid program: taken from the text around";
const NO_FENCE: &str = "no fence: taken from the text";
const CUT_SHORT: &str = "too much to look at: the longest valid program may be another";

/// The longest valid program.
pub(super) fn longest(text: &str, blocks: &[Block]) -> Option<Choice> {
    let mut effort = Effort::default();
    if let Some(choice) = whole(text, blocks, &mut effort) {
        return Some(choice);
    }
    let mut choice = longest_block(text, blocks, &mut effort);
    let mut spent = !blocks.is_empty() && effort.ran_out();
    if choice.is_none() {
        let (found, ended) = longest_lines(text);
        spent |= ended;
        let warnings = vec![if blocks.is_empty() { NO_FENCE } else { NO_BLOCK }];
        choice = found.map(|block| Choice { block, warnings });
    }
    if let Some(choice) = choice.as_mut().filter(|_| spent) {
        choice.warnings.push(CUT_SHORT);
    }
    choice
}

/// All of a text that is a program as it stands, blank lines around it aside. With a lone word at its beginning or end it is
/// not: `Explanation` would be a line of Python.
fn whole(text: &str, blocks: &[Block], effort: &mut Effort) -> Option<Choice> {
    let start = text.len() - text.trim_start().len();
    let start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let span = start..text.trim_end().len();
    let inside = text.get(span.clone())?;
    // Fences are in a program only where they are in its strings; JavaScript would take them for templates.
    let grammars = if blocks.is_empty() && has_brackets(inside) { LANGUAGES } else { &LANGUAGES[..1] };
    let mut takes = |language: &&Language| {
        let statements = outline(inside, **language, effort).unwrap_or_default();
        let mut says = statements.iter().map(|statement| statement.says).filter(|&says| says != Says::Comment);
        let first = says.next();
        first == Some(Says::Something) && says.next_back().is_none_or(|last| last == Says::Something)
    };
    let language = grammars.iter().find(&mut takes)?;
    Some(Choice { block: unfenced(span, 0, *language), warnings: Vec::new() })
}

/// Whether lines end as the statements of the languages beside Python do.
fn has_brackets(text: &str) -> bool {
    text.lines().any(|line| line.trim_end().ends_with(['{', '}', ';']))
}

fn unfenced(span: Range<usize>, indent: usize, language: Language) -> Block {
    Block { span, language: Some(language.name().to_owned()), indent, closed: true }
}

/// Whether a grammar takes all of a text and something in it does something.
fn is_program(text: &str, language: Language, effort: &mut Effort) -> bool {
    outline(text, language, effort)
        .is_some_and(|statements| statements.iter().any(|statement| statement.says == Says::Something))
}

/// The longest block in characters that is a program; of two the first.
fn longest_block(text: &str, blocks: &[Block], effort: &mut Effort) -> Option<Choice> {
    let lifted = blocks.iter().map(|block| (block, lifted::lift(text, block).0));
    let mut by_length: Vec<(usize, &Block, String)> =
        lifted.map(|(block, program)| (program.chars().count(), block, program)).collect();
    by_length.sort_by_key(|(length, ..)| Reverse(*length));
    let valid = |(_, block, program): &(usize, &Block, String)| match &block.language {
        // Who names the language means a program, be it a lone value.
        Some(tag) => tags::grammar(tag).is_some_and(|language| {
            let statements = outline(program, language, effort);
            statements.is_some_and(|all| all.iter().any(|statement| statement.says != Says::Comment))
        }),
        None => LANGUAGES.iter().any(|&language| is_program(program, language, effort)),
    };
    by_length.into_iter().find(valid).map(|(_, block, _)| Choice::from(block))
}

/// The most lines of a text that are a program, and whether the search ended before it had seen all.
fn longest_lines(text: &str) -> (Option<Block>, bool) {
    let escapes = lifted::escapes(text);
    let bare = if escapes.is_empty() { Cow::Borrowed(text) } else { without_escapes(text) };
    let mut search = Search::new(&bare);
    let languages = if has_brackets(&bare) { LANGUAGES } else { &LANGUAGES[..1] };
    let mut best: Option<(Run, Language)> = None;
    for &language in languages {
        if let Some(run) = search.longest(language)
            && best.as_ref().is_none_or(|(best, _)| run.filled > best.filled)
        {
            best = Some((run, language));
        }
    }
    let spent = search.effort.ran_out() || search.lines.is_spent();
    let found = best.map(|(run, language)| {
        let (first, last) = search.with_comments(&run, language);
        let span = search.lines.span(first, last);
        let span = before(span.start, &escapes, true)..before(span.end, &escapes, false);
        unfenced(span, search.indent(run.first), language)
    });
    (found, spent)
}

/// Where a place in a text without escape sequences is in the text with them; sequences right there come before it or not.
fn before(mut at: usize, escapes: &[Range<usize>], inclusive: bool) -> usize {
    for escape in escapes {
        if escape.start < at || (inclusive && escape.start == at) {
            at += escape.len();
        }
    }
    at
}

/// How many runs are parsed as a whole, longest first. The first has always been valid.
const RUNS: usize = 4;

/// Lines that are a program: the first, the last, and how many are not blank.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: usize,
    last: usize,
    filled: usize,
}

struct Search<'a> {
    text: &'a str,
    lines: Lines<'a>,
    effort: Effort,
    /// The column of the first line with code, if it is indented: the text goes on with a function whose header stands in the
    /// prompt.
    body: Option<usize>,
}

impl<'a> Search<'a> {
    fn new(text: &'a str) -> Self {
        let mut lines = Lines::new(text);
        let first = lines.next_code(0, Language::Python).map(|first| lines.column(first));
        Search { text, lines, effort: Effort::default(), body: first.filter(|&column| column > 0) }
    }

    /// Columns that the lines of a program lose which begins here. The body of a function keeps them, to be put below its
    /// header.
    fn indent(&self, first: usize) -> usize {
        let column = self.lines.column(first);
        if self.body == Some(column) { 0 } else { column }
    }

    /// The run with the most lines; of two the first.
    fn longest(&mut self, language: Language) -> Option<Run> {
        let filled = self.lines.filled_before();
        let mut runs: Vec<Run> = Vec::new();
        let chains = self.chains(language);
        for (first, chain) in chains.iter().enumerate() {
            let Some(last) = chain.as_ref().filter(|chain| chain.begins).and_then(|chain| chain.does) else { continue };
            if self.lines.span(first, last).len() <= MAX_BYTES {
                runs.push(Run { first, last, filled: filled[last + 1] - filled[first] });
            }
        }
        runs.sort_by_key(|run| Reverse(run.filled));
        runs.into_iter().take(RUNS).find(|run| self.is_valid(run.first, run.last, language))
    }

    /// For each line the chain of items that begins there.
    fn chains(&mut self, language: Language) -> Vec<Option<Chain>> {
        let items = self.items(language);
        let mut chains: Vec<Option<Chain>> = vec![None; items.len()];
        for (first, item) in items.iter().enumerate().rev() {
            let Some(Item { last, says, next }) = item else { continue };
            let next = next.and_then(|at| chains[at].as_ref());
            let does = next.and_then(|next| next.does).or((*says == Says::Something).then_some(*last));
            let documents = *says == Says::Comment && next.is_some_and(|next| next.begins);
            chains[first] = Some(Chain { does, begins: *says == Says::Something || documents });
        }
        chains
    }

    /// For each line the item that begins there. Each is looked for once, and only where a chain comes.
    fn items(&mut self, language: Language) -> Vec<Option<Item>> {
        let n = self.lines.len();
        let (mut items, mut seen) = (vec![None; n], vec![false; n]);
        for start in 0..n {
            let begins = self.lines.is_code(start, language) && self.lines.may_begin(start, language);
            let mut next = begins.then_some(start);
            while let Some(first) = next.filter(|&at| !seen[at]) {
                let item = self.item(first, language);
                next = item.as_ref().and_then(|item| item.next);
                (items[first], seen[first]) = (item, true);
            }
        }
        items
    }

    /// The item that begins at a line.
    fn item(&mut self, first: usize, language: Language) -> Option<Item> {
        let column = self.lines.column(first);
        let ends = self.lines.ends(first, language);
        let whole = ends.whole.into_iter().find_map(|last| Some((last, self.says(first, last, language)?)));
        let further = ends.cut.partition_point(|&end| whole.is_some_and(|(last, _)| end <= last));
        let (last, says) = self.cut(first, &ends.cut[further..], language).or(whole)?;
        let next = self.lines.next_code(last + 1, language);
        // Outside of Python indentation means nothing. What follows the body of a function stands at the margin.
        let follows =
            |at: usize| column == self.lines.column(at) || (self.body == Some(column) && self.lines.column(at) == 0);
        let next = next.filter(|&at| language != Language::Python || follows(at));
        Some(Item { last, says, next })
    }

    /// As much of an item as is valid, if it is longer than its header. Where it goes wrong is found by halving, so that a
    /// valid end behind an invalid one (within a `try` without its `except`) may be missed.
    fn cut(&mut self, first: usize, ends: &[usize], language: Language) -> Option<(usize, Says)> {
        let (mut valid, mut wrong) = (0, ends.len());
        let mut found = None;
        while valid < wrong {
            let middle = usize::midpoint(valid, wrong);
            match self.says(first, ends[middle], language) {
                Some(says) => (valid, found) = (middle + 1, Some((ends[middle], says))),
                None => wrong = middle,
            }
        }
        found
    }

    /// What the most telling statement between two lines says; `None` where they are no program, or an empty one.
    fn says(&mut self, first: usize, last: usize, language: Language) -> Option<Says> {
        let text = dedented(&self.text[self.lines.span(first, last)], self.indent(first));
        let statements = outline(&text, language, &mut self.effort)?;
        let says = |wanted: &Says| statements.iter().any(|statement| statement.says == *wanted);
        [Says::Something, Says::Nothing, Says::Comment].into_iter().find(says)
    }

    /// Whether the items are a program together, too.
    fn is_valid(&self, first: usize, last: usize, language: Language) -> bool {
        let text = dedented(&self.text[self.lines.span(first, last)], self.indent(first));
        // What is left must not decide about what was found.
        outline(&text, language, &mut Effort::default()).is_some()
    }

    /// A run with the comments that stand right above and below it.
    fn with_comments(&self, run: &Run, language: Language) -> (usize, usize) {
        let column = self.indent(run.first);
        let is_comment = |at: &usize| self.lines.is_comment(*at, language) && self.lines.column(*at) >= column;
        let above = (0..run.first).rev().take_while(is_comment).count();
        let below = (run.last + 1..self.lines.len()).take_while(is_comment).count();
        (run.first - above, run.last + below)
    }
}

fn dedented(text: &str, column: usize) -> Cow<'_, str> {
    if column == 0 { Cow::Borrowed(text) } else { Cow::Owned(without_indent(text, column)) }
}

/// What stands by itself.
#[derive(Debug, Clone)]
struct Item {
    last: usize,
    says: Says,
    /// The line after it at which the next may begin.
    next: Option<usize>,
}

/// Items one after the other.
#[derive(Debug, Clone)]
struct Chain {
    /// The last line of the last of them that does something. Lone words after it are prose that happens to parse.
    does: Option<usize>,
    /// Whether a program may begin with the first: it does something, or it is a string before something that does.
    begins: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::program::Statement;

    /// The definition: of all spans of lines that are a program and begin and end with what does something, at the
    /// margin, the most lines that are not blank.
    fn plain(text: &str) -> usize {
        let lines: Vec<&str> = text.split('\n').collect();
        let spans = (0..lines.len()).flat_map(|first| (first..lines.len()).map(move |last| (first, last)));
        let valid = spans.filter(|&(first, last)| {
            let span = lines[first..=last].join("\n");
            let statements = outline(&span, Language::Python, &mut Effort::default()).unwrap_or_default();
            let ends = [statements.first(), statements.last()];
            let does = ends.iter().all(|end| end.is_some_and(|statement| statement.says == Says::Something));
            // The grammar takes statements that stand deeper than they may.
            let at_margin =
                |statement: &Statement| statement.span.start == 0 || span[..statement.span.start].ends_with('\n');
            // Comments are added to what was found.
            let is_code = !lines[last].is_empty() && !lines[last].trim_start().starts_with('#');
            does && is_code && statements.iter().filter(|statement| statement.says != Says::Comment).all(at_margin)
        });
        let filled = |(first, last): (usize, usize)| lines[first..=last].iter().filter(|line| !line.is_empty()).count();
        valid.map(filled).max().unwrap_or(0)
    }

    fn line() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "x = 1",
            "f(x)",
            "def f():",
            "if x:",
            "else:",
            "    y = 2",
            "    return x",
            "    for i in x:",
            "        g(i)",
            "@d",
            "x = (",
            ")",
            "s = \"\"\"",
            "\"\"\"",
            "hello",
            "Some words here.",
            "It's (one",
            "Note: this",
            "- a",
            "import os",
            "    # c",
            "x = 'a",
            "",
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_other_span_of_lines_is_a_longer_program(lines in prop::collection::vec(line(), 0..14)) {
            let text = lines.join("\n");
            let mut search = Search::new(&text);
            let found = search.longest(Language::Python).map_or(0, |run| run.filled);
            prop_assert!(found >= plain(&text), "{found} < {} in {text:?}", plain(&text));
        }
    }
}
