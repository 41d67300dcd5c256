//! Texts, for all rules that take solutions apart. Bytes that are no UTF-8 are replaced, as no record holds any.

use std::ops::Range;

use breadth::extract::{answer, class_of, code, thinking};
use breadth::model::Piece;

use super::{digest, halves};

pub(super) const THINKING_WORDS: &[&str] = &[
    "<think>",
    "</think>",
    "<thinking>",
    "</thinking>",
    "<think effort=\"low\">",
    "<think",
    "</think",
    "<",
    ">",
    "\n---\n",
    "<|end|>",
    "assistantfinal",
    "\u{3000}",
    "\u{85}",
];

pub(super) const ANSWER_WORDS: &[&str] = &[
    "\\boxed{",
    "\\boxed ",
    "\\fbox{",
    "boxed{",
    "\\\\boxed{",
    "\\text{",
    "\\}",
    "\\{",
    "}",
    "$",
    "$$",
    "\\(",
    "\\)",
    "\\[",
    "**",
    "__",
    "Answer:",
    "**Answer**:",
    "The answer is",
    "final answer is",
    "答案是",
    "答案：",
    "####",
    "(A)",
    "option C",
    "Answer: B",
    ".",
    "。",
    "1{,}234",
    "1,234",
    "−",
    "½",
    "٣",
    "３",
    "e+",
    "^{",
    "_{",
    "\\n",
    "\u{feff}",
];

pub(super) const CLASS_WORDS: &[&str] = &[
    "\\frac{",
    "\\dfrac12",
    "\\sqrt{",
    "\\sqrt[3]{",
    "^{",
    "^",
    "_",
    "\\left(",
    "\\right)",
    "\\pi",
    "\\infty",
    "\\cup",
    "\\pm",
    "\\cdot",
    "\\times",
    "\\text{",
    "\\%",
    "%",
    "^\\circ",
    "\\,",
    "{,}",
    "1e9",
    "1e999999999",
    "x=",
    "y",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    "/",
    "*",
    "+",
    "-",
    "!",
    "=",
    "<",
    "≤",
    "½",
    "²",
    "π",
    "√",
    "∞",
    "·",
    "23",
    "023",
    "99999999999999999999999999999999",
    "0.1",
    ".5",
    "\u{a0}",
    "İ",
    "ß",
];

pub(super) const CODE_WORDS: &[&str] = &[
    "```",
    "````",
    "~~~",
    "```python\n",
    "```cpp\n",
    "```java\n",
    "``` rust\n",
    "\n```\n",
    "    ",
    "\t",
    "> ",
    ">>> ",
    "... ",
    "In [1]: ",
    "def f(x):\n",
    "class A:\n",
    "return ",
    "lambda x:",
    "\"\"\"",
    "'''",
    "\\\n",
    "#include <x>\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "fn f() {}\n",
    "func f() {}\n",
    "function f() {}\n",
    "\u{1b}[31m",
    "\r\n",
    "\r",
    "\u{2028}",
    "\u{c}",
];

/// A span of a text that a rule gave.
fn inside(text: &str, span: &Range<usize>) -> usize {
    assert!(text.get(span.clone()).is_some(), "{span:?} of {} bytes, or inside a character", text.len());
    span.len()
}

/// Ends of thinking line by line, then after a line of `---` a response.
pub(super) fn thinking(bytes: &[u8]) -> u64 {
    let (ends, response) = halves(bytes);
    let response = String::from_utf8_lossy(response);
    let ends: Vec<String> = String::from_utf8_lossy(ends).lines().map(str::to_owned).collect();
    let split = thinking::split(&response, &ends);
    assert_eq!(split, thinking::split(&response, &ends));
    let mut held = 0;
    for piece in [&split.thinking, &split.solution].into_iter().flatten() {
        held += match piece {
            Piece::Span(span) => inside(&response, span),
            Piece::Own(text) => text.len(),
        };
    }
    // Several stretches of thinking are joined by blank lines, in place of their tags.
    assert!(held <= response.len(), "parts of {held} bytes of {}", response.len());
    let explained = thinking::explain(&response, &ends);
    let first = explained.iter().find_map(|(rule, taken)| Some((rule.name, taken.as_ref()?)));
    assert_eq!(first.map(|(name, _)| name), Some(split.rule), "the first rule that applies is the one that is taken");
    assert_eq!(first.map(|(_, taken)| taken), Some(&split));
    let applies = explained.iter().filter(|(_, taken)| taken.is_some()).map(|(rule, _)| rule.name);
    let is_own = |piece: &Option<Piece>| matches!(piece, Some(Piece::Own(_)));
    digest(&[applies.collect::<Vec<_>>().join(" "), format!("{}{}", is_own(&split.thinking), is_own(&split.solution))])
}

/// A solution, for each rule for answers on its own and for all of them in order.
pub(super) fn answer(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes);
    let mut seen = Vec::new();
    for rule in &answer::RULES {
        let found = answer::find(&text, &[rule]);
        assert_eq!(
            found.as_ref().map(|(_, found)| found),
            answer::find(&text, &[rule]).as_ref().map(|(_, found)| found)
        );
        let Some((by, found)) = found else { continue };
        assert_eq!(by.name, rule.name);
        inside(&text, &found.span);
        assert!(!found.text.is_empty(), "`{}` found nothing and took it", rule.name);
        assert!(found.n_alternatives > 0);
        seen.push(format!("{} {:?} {}", rule.name, found.warnings, found.n_alternatives.min(3)));
    }
    digest(&seen)
}

/// An answer: any text has a class, and the same one every time. So has the class, taken for an answer.
pub(super) fn classes(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes);
    let class = class_of(&text);
    assert_eq!(class, class_of(&text));
    assert!(text.trim().is_empty() || !class.is_empty(), "an answer without a class");
    let _ = class_of(&class);
    // Its form: letters, digits and signs as such.
    let form = class.chars().take(12).map(|c| match c {
        'a'..='z' | 'A'..='Z' => 'a',
        '0'..='9' => '0',
        c if c.is_alphanumeric() => 'u',
        c => c,
    });
    digest(&[form.collect()])
}

/// A solution, for each policy for programs.
pub(super) fn code(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes);
    let blocks = code::blocks(&text);
    for block in &blocks {
        inside(&text, &block.span);
    }
    assert!(blocks.is_sorted_by_key(|block| block.span.start), "blocks out of order");
    let mut seen = vec![format!("{}", blocks.len().min(4))];
    for policy in &code::POLICIES {
        let Some(found) = code::find(&text, policy) else { continue };
        inside(&text, &found.span);
        assert_eq!(found.n_blocks, blocks.len());
        // Of long texts the parsers' work up to its bound takes seconds.
        if text.len() <= 1 << 12 {
            assert_eq!(Some(&found), code::find(&text, policy).as_ref(), "another program at the second time");
        }
        seen.push(format!("{} {:?} {:?}", policy.name, found.language, found.warnings));
    }
    digest(&seen)
}
