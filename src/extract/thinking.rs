//! How a raw response is taken apart into thinking and solution.
//!
//! Tags are `<think>` and `<thinking>`, in lower case, the opening one with or without attributes (`<think effort="low">`;
//! neither `<` nor `>` inside). A block ends with the tag of its own name; tags of that name nest inside it,
//! and everything else inside a block, tags included, is thinking.
//! A stretch of thinking is trimmed of white space at both ends; several are joined by a blank line. What lies outside of all blocks is the
//! solution, put together without separators and trimmed at its outer ends. A response without any tag is the
//! solution as it stands, untrimmed: the indentation of bare code is part of it.

use std::ops::Range;

use crate::model::Piece;

/// A way to tell thinking from solution.
#[derive(Debug)]
pub struct Rule {
    /// As `extraction_rule` has it.
    pub name: &'static str,
    /// When it applies and what it does.
    pub meaning: &'static str,
    /// Whether it is this rule's case; never for `fields`, which looks at no text.
    applies: fn(&Scan) -> bool,
}

/// All rules, in the order in which they are tried; exactly one applies to a sample.
pub static RULES: [Rule; 6] = [
    Rule {
        name: "fields",
        meaning: "the row has a solution, or thinking, in a field of its own; only what no field gives is taken from the response",
        applies: |_| false,
    },
    Rule {
        name: MARKER,
        meaning: "one of the plan's `thinking_end` texts occurs: what lies before the last one is thinking, what lies behind it is the solution",
        applies: |scan| scan.marked,
    },
    Rule {
        name: "think-unclosed",
        meaning: "the last thinking block is never closed: the whole response is thinking, text before the block included, and there is no solution",
        applies: |scan| scan.unclosed,
    },
    Rule {
        name: "think-prefixless",
        meaning: "a closing tag comes before any opening one: what lies before it is thinking, as when the prompt ends with the opening tag",
        applies: |scan| scan.prefixless,
    },
    Rule {
        name: "think-tags",
        meaning: "every outermost block between tags is thinking, what lies outside is the solution",
        applies: |scan| !scan.thinking.is_empty(),
    },
    Rule { name: NO_THINKING, meaning: "no tag at all: the whole response is the solution", applies: |_| true },
];

const MARKER: &str = "end-marker";
const NO_THINKING: &str = "no-thinking";

/// The rule of samples whose solution or thinking has a field of its own.
pub(super) const FIELDS: &str = RULES[0].name;

/// A response taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Null where there is no block; empty where there is an empty one.
    pub thinking: Option<Piece>,
    /// Null where the response never leaves its thinking; empty where it ends with it.
    pub solution: Option<Piece>,
    /// The name of the rule that applied.
    pub rule: &'static str,
}

/// Takes a response apart, in time linear in its length. `ends` are texts that end the thinking beside the tags.
#[must_use]
pub fn split(response: &str, ends: &[String]) -> Split {
    let scan = Scan::marked(response, ends).unwrap_or_else(|| Scan::new(response));
    // The last rule applies to everything.
    let rule = RULES.iter().find(|rule| (rule.applies)(&scan)).map_or(FIELDS, |rule| rule.name);
    if scan.thinking.is_empty() {
        return Split { thinking: None, solution: Some(Piece::Span(0..response.len())), rule };
    }
    if scan.unclosed {
        let mut stretches = scan.outside;
        stretches.extend(scan.thinking);
        stretches.sort_by_key(|stretch| stretch.start);
        return Split { thinking: Some(thinking(response, &stretches)), solution: None, rule };
    }
    let solution = Some(solution(response, &scan.outside));
    Split { thinking: Some(thinking(response, &scan.thinking)), solution, rule }
}

/// What each rule makes of a response, in order; null where a rule does not apply. The first that applies is the one taken.
#[must_use]
pub fn explain(response: &str, ends: &[String]) -> Vec<(&'static Rule, Option<Split>)> {
    let tags = Scan::new(response);
    let marked = Scan::marked(response, ends);
    let outcome = |rule: &'static Rule| {
        let applies = (rule.applies)(&tags) || marked.as_ref().is_some_and(|scan| scan.marked && (rule.applies)(scan));
        let ends = if rule.name == MARKER { ends } else { &[] };
        // `no-thinking` applies to everything; what it would take is the whole.
        let plain = || Split { thinking: None, solution: Some(Piece::Span(0..response.len())), rule: rule.name };
        let taken = if rule.name == NO_THINKING { plain() } else { split(response, ends) };
        (rule, applies.then_some(taken))
    };
    RULES.iter().map(outcome).collect()
}

/// Stretches of thinking, each trimmed, the blank ones left out, joined by a blank line.
fn thinking(response: &str, stretches: &[Range<usize>]) -> Piece {
    let trimmed: Vec<Range<usize>> = stretches.iter().map(|stretch| trim(response, stretch.clone())).collect();
    let mut filled = trimmed.iter().filter(|stretch| !stretch.is_empty());
    match (filled.next(), filled.next()) {
        (None, _) => Piece::Span(trimmed.first().map_or(0..0, Clone::clone)),
        (Some(only), None) => Piece::Span(only.clone()),
        (Some(first), Some(second)) => {
            let texts: Vec<&str> =
                [first, second].into_iter().chain(filled).map(|stretch| &response[stretch.clone()]).collect();
            Piece::Own(texts.join("\n\n"))
        }
    }
}

/// Stretches outside of the thinking, put together as they are and trimmed at the outer ends.
fn solution(response: &str, stretches: &[Range<usize>]) -> Piece {
    let is_blank = |stretch: &&Range<usize>| response[(*stretch).clone()].trim().is_empty();
    let Some(first) = stretches.iter().position(|stretch| !is_blank(&stretch)) else {
        let end = stretches.last().map_or(response.len(), |stretch| stretch.end);
        return Piece::Span(end..end);
    };
    let last = stretches.iter().rposition(|stretch| !is_blank(&stretch)).unwrap_or(first);
    if first == last {
        return Piece::Span(trim(response, stretches[first].clone()));
    }
    let whole: String = stretches[first..=last].iter().map(|stretch| &response[stretch.clone()]).collect();
    Piece::Own(whole.trim().to_owned())
}

fn trim(text: &str, stretch: Range<usize>) -> Range<usize> {
    let untrimmed = &text[stretch.clone()];
    let start = stretch.start + (untrimmed.len() - untrimmed.trim_start().len());
    start..start + untrimmed.trim().len()
}

/// Where the blocks of a response are.
#[derive(Debug, Default)]
struct Scan {
    /// Insides of the outermost blocks, in order.
    thinking: Vec<Range<usize>>,
    /// What lies between them, in order, tags left out.
    outside: Vec<Range<usize>>,
    /// The last block has no end.
    unclosed: bool,
    /// The first block has no beginning.
    prefixless: bool,
    /// The plan's own marker ends the thinking.
    marked: bool,
}

impl Scan {
    /// The two sides of the last marker of the plan; none where there is none.
    fn marked(response: &str, ends: &[String]) -> Option<Self> {
        let found = ends.iter().filter(|end| !end.is_empty()).filter_map(|end| Some((response.rfind(end)?, end.len())));
        let (at, length) = found.max_by_key(|(at, length)| at + length)?;
        let (before, after) = (0..at, at + length..response.len());
        let (thinking, outside) = (Vec::from([before]), Vec::from([after]));
        Some(Scan { thinking, outside, marked: true, ..Scan::default() })
    }

    fn new(response: &str) -> Self {
        let mut scan = Scan::default();
        // Where the current stretch began, and in a block its tag's name and how many of it are open.
        let (mut start, mut block): (usize, Option<(&str, usize)>) = (0, None);
        for tag in tags(response) {
            match &mut block {
                None if tag.opens => {
                    scan.outside.push(start..tag.range.start);
                    (start, block) = (tag.range.end, Some((tag.name, 1)));
                }
                // Only the first closing tag can have lost its opening one to the prompt; a later one is text.
                None if scan.thinking.is_empty() => {
                    scan.prefixless = true;
                    scan.thinking.push(start..tag.range.start);
                    start = tag.range.end;
                }
                Some((name, depth)) if *name == tag.name => {
                    *depth = if tag.opens { *depth + 1 } else { *depth - 1 };
                    if *depth == 0 {
                        scan.thinking.push(start..tag.range.start);
                        (start, block) = (tag.range.end, None);
                    }
                }
                None | Some(_) => {}
            }
        }
        scan.unclosed = block.is_some();
        let last = if scan.unclosed { &mut scan.thinking } else { &mut scan.outside };
        last.push(start..response.len());
        scan
    }
}

/// An opening or closing tag.
struct Tag<'a> {
    range: Range<usize>,
    name: &'a str,
    opens: bool,
}

/// The tags of a text. Each `<` is looked at once, and no look goes past the next `<`: hostile text costs no more than any other.
fn tags(text: &str) -> impl Iterator<Item = Tag<'_>> {
    text.match_indices('<').filter_map(|(start, _)| {
        let inside = &text[start + 1..];
        let opens = !inside.starts_with('/');
        let inside = if opens { inside } else { &inside[1..] };
        let name = ["thinking", "think"].into_iter().find(|name| inside.starts_with(name))?;
        let rest = &inside[name.len()..];
        let end = rest.find(['<', '>']).filter(|&end| rest.as_bytes()[end] == b'>')?;
        let attributes = &rest[..end];
        let well_formed = if opens {
            // `<think/>` and `<thinker>` are no such tags.
            attributes.is_empty()
                || attributes.starts_with(|c: char| c.is_ascii_whitespace()) && !attributes.ends_with('/')
        } else {
            attributes.trim_ascii().is_empty()
        };
        let end = text.len() - rest.len() + end + 1;
        well_formed.then_some(Tag { range: start..end, name, opens })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text<'a>(response: &'a str, piece: Option<&'a Piece>) -> Option<&'a str> {
        piece.map(|piece| match piece {
            Piece::Own(text) => text.as_str(),
            Piece::Span(range) => &response[range.clone()],
        })
    }

    #[track_caller]
    fn check(response: &str, rule: &str, thinking: Option<&str>, solution: Option<&str>) {
        let found = split(response, &[]);
        let parts = (found.rule, text(response, found.thinking.as_ref()), text(response, found.solution.as_ref()));
        assert_eq!(parts, (rule, thinking, solution), "{response:?}");
    }

    #[test]
    fn balanced_blocks_are_thinking() {
        check("<think>\na b\n</think>\n\n c \n", "think-tags", Some("a b"), Some("c"));
        check("<think>a</think>", "think-tags", Some("a"), Some(""));
        check("<think></think> b", "think-tags", Some(""), Some("b"));
        check("<think>\n\n</think>", "think-tags", Some(""), Some(""));
        check("<think>a<think>b</think>c</think>d", "think-tags", Some("a<think>b</think>c"), Some("d"));
        check(" pre <think>a</think>\n ", "think-tags", Some("a"), Some("pre"));
        check("pre <think>a</think> post", "think-tags", Some("a"), Some("pre  post"));
        check("<think>a</think>b<think> c </think>d", "think-tags", Some("a\n\nc"), Some("bd"));
        check("<think> </think>b<think> c </think>", "think-tags", Some("c"), Some("b"));
        check("<thinking>a <think> b</thinking>c", "think-tags", Some("a <think> b"), Some("c"));
    }

    #[test]
    fn attributes_and_near_misses() {
        check("<think effort=\"low\">a</think >b", "think-tags", Some("a"), Some("b"));
        check("<think\nx>a</think>b", "think-tags", Some("a"), Some("b"));
        for plain in [
            "<thinker>a</thinker>",
            "<Think>a</Think>",
            "<think/>a",
            "<think />a",
            "< think>a",
            "a < b <think",
            "</think x>",
            "",
        ] {
            check(plain, "no-thinking", None, Some(plain));
        }
    }

    #[test]
    fn a_lost_opening_tag_makes_the_beginning_thinking() {
        check("a\n</think>\n\nb", "think-prefixless", Some("a"), Some("b"));
        check("</think>b", "think-prefixless", Some(""), Some("b"));
        check("a</think>b</think>c", "think-prefixless", Some("a"), Some("b</think>c"));
        check("a</think>b<think>c</think>d", "think-prefixless", Some("a\n\nc"), Some("bd"));
        check("<think>a</think>b</think>c", "think-tags", Some("a"), Some("b</think>c"));
    }

    #[test]
    fn an_unclosed_block_leaves_no_solution() {
        check("<think>a b", "think-unclosed", Some("a b"), None);
        check("<think>", "think-unclosed", Some(""), None);
        check("so <think>a", "think-unclosed", Some("so\n\na"), None);
        check("<think>a</think>b<think>c", "think-unclosed", Some("a\n\nb\n\nc"), None);
        check("a</think>b<think>c", "think-unclosed", Some("a\n\nb\n\nc"), None);
        check("<think>a<think>b</think>c", "think-unclosed", Some("a<think>b</think>c"), None);
        check("<think>a</thinking>b", "think-unclosed", Some("a</thinking>b"), None);
    }

    #[test]
    fn a_response_without_tags_stands_as_it_is() {
        check("    return x\n", "no-thinking", None, Some("    return x\n"));
        check(" \n", "no-thinking", None, Some(" \n"));
    }

    #[test]
    fn contiguous_texts_are_not_copied() {
        for response in ["<think>a</think>b", "a</think>b", "<think>a", "b", "\n<think>a</think>"] {
            let found = split(response, &[]);
            let own =
                [found.thinking, found.solution].into_iter().flatten().any(|piece| matches!(piece, Piece::Own(_)));
            assert!(!own, "{response:?}");
        }
    }

    #[test]
    fn hostile_text_costs_no_more_than_any_other() {
        let start = std::time::Instant::now();
        for unit in [
            "<think>",
            "</think>",
            "<think>a</think>",
            "<think ",
            "<",
            "<think \"",
            "</think",
            "<think><thinking>",
            "a",
            " ",
            "\u{2028}",
        ] {
            let response = unit.repeat(5_000_000 / unit.len());
            let found = split(&response, &[]);
            assert!(RULES.iter().any(|rule| rule.name == found.rule));
        }
        // Quadratic work on any of them would take hours.
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    }

    #[test]
    fn rules_have_names_and_meanings() {
        for (position, rule) in RULES.iter().enumerate() {
            assert!(!rule.meaning.is_empty());
            assert!(RULES[..position].iter().all(|other| other.name != rule.name));
        }
    }

    proptest! {
        #[test]
        fn nothing_but_tags_and_white_space_is_lost(
            parts in proptest::collection::vec(prop_oneof![
                Just("<think>"), Just("</think>"), Just("<thinking>"), Just("</thinking>"), Just(" "), Just("\n"), Just("x"), Just("é"), Just("<"),
            ], 0..30),
        ) {
            let response = parts.concat();
            let found = split(&response, &[]);
            let count = |text: &str| text.chars().filter(|c| "xé".contains(*c)).count();
            let kept = [found.thinking.as_ref(), found.solution.as_ref()].map(|piece| text(&response, piece).map_or(0, count));
            prop_assert_eq!(kept[0] + kept[1], count(&response));
            prop_assert_eq!(found.solution.is_none(), found.rule == "think-unclosed");
            prop_assert_eq!(found.thinking.is_none(), found.rule == "no-thinking");
            if found.rule != "no-thinking" {
                for piece in [found.thinking.as_ref(), found.solution.as_ref()] {
                    let text = text(&response, piece).unwrap_or_default();
                    prop_assert_eq!(text, text.trim());
                }
            }
        }

        #[test]
        fn any_text_splits(response in any::<String>()) {
            let found = split(&response, &[]);
            for piece in [found.thinking.as_ref(), found.solution.as_ref()] {
                let _ = text(&response, piece);
            }
        }
    }
}
