//! Two consecutive solutions of a chain beside each other, what both have in the same words on tinted ground.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::chains::Chains;
use super::code::{self, Line};
use super::facets::Facet;
use super::legend::{Key, legend};
use super::scene::{Anchor, Point, Scene, fit};
use super::theme::{self, Paper};
use super::{Drawing, NotDrawn, metric_title, similarities};
use crate::model::{Card, SummaryRow};
use crate::model::{Cell, Group, Sample};
use crate::render::label::{clean, elide};
use crate::render::modes::ModeKey;
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "consecutive_solutions",
    title: "Consecutive solutions",
    unit: "text",
    range: "one pair of solutions",
    version: 1,
    measures: "Two consecutive solutions of one chain. Of the model and mode whose solutions are most alike, the pair that shares the largest part of its characters in the same words in the same order without being the same throughout; where all are the same, a pair that is.",
    how_to_read: "Tinted: words that stand in both solutions in the same order. What is not tinted is all that the model changed when it was asked again.",
    misleads: "One pair, chosen because it is extreme: it shows what repetition looks like, not how often it happens. Blanks and line breaks are not compared. Characters that cannot be drawn are shown as boxes.",
    source: "founding paper, Figure 7",
};

/// Solutions of so many characters fit beside each other and are long enough to say something.
const LENGTH: std::ops::RangeInclusive<usize> = 80..=1500;
/// So that what differs is seen, and not only said to lie further down.
const FEW_LINES: usize = 30;
/// Lines a side, wrapped ones among them.
const MOST_LINES: usize = 40;
/// Round and answer above a solution.
const HEAD: f64 = 40.0;
const PAD: f64 = 8.0;

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let not_drawn = |reason: &str| NotDrawn { figure: CARD.name, reason: reason.to_owned() };
    let cells = cells(data);
    if cells.is_empty() {
        return Err(not_drawn("no mode whose solutions follow each other in chains"));
    }
    let found = cells.iter().find_map(|cell| Some((cell, chosen(data, &cell.cell)?)));
    let Some((cell, pair)) = found else {
        return Err(not_drawn("no chain with two consecutive solutions of 80 to 1500 characters in at most 30 lines"));
    };
    Ok(vec![drawing(data, cell, &pair, paper)])
}

/// A model under a chain mode, with its mean similarity in words.
struct Candidate {
    cell: Cell,
    alike: String,
}

/// Those whose solutions are most alike first; without a similarity, in the order of their names.
fn cells(data: &ReportData<'_>) -> Vec<Candidate> {
    let chains = Chains::new(data);
    let rows = || data.summary.iter().filter(|row| row.value.is_some() && chains.holds(&row.cell));
    let Some((metric, space)) =
        similarities(rows().map(|row| (row.metric.as_str(), row.space.as_str()))).into_iter().next()
    else {
        let keys = data.sample_groups.iter().map(|group| &group.key).filter(|key| key.chain.is_some());
        let mut cells: Vec<Cell> = keys.map(|key| Cell::of(key)).collect();
        cells.sort();
        cells.dedup();
        return cells.into_iter().map(|cell| Candidate { cell, alike: String::new() }).collect();
    };
    let mut rows: Vec<&SummaryRow> = rows().filter(|row| row.metric == metric && row.space == space).collect();
    let value = |row: &SummaryRow| row.value.unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| value(b).total_cmp(&value(a)).then_with(|| a.cell.cmp(&b.cell)));
    let name = metric_title(data, &metric).to_lowercase();
    let alike =
        |row: &SummaryRow| format!(" (mean {name} {}, measured on {})", words::optional(row.value, 3), clean(&space));
    rows.into_iter().map(|row| Candidate { cell: row.cell.clone(), alike: alike(row) }).collect()
}

/// Two solutions, and what they share.
struct Pair<'a> {
    samples: [&'a Sample; 2],
    texts: [&'a str; 2],
    /// Of the characters of both texts, those in words that both have in the same order.
    share: f64,
    verbatim: bool,
}

/// The pair of a cell that is shown.
fn chosen<'a>(data: &ReportData<'a>, cell: &Cell) -> Option<Pair<'a>> {
    let groups = data.sample_groups.iter().filter(|group| group.key.chain.is_some() && Cell::of(&group.key) == *cell);
    let mut pairs: Vec<(f64, Pair<'a>)> = groups.flat_map(|group| pairs(data, group)).collect();
    if pairs.iter().any(|(_, pair)| !pair.verbatim) {
        pairs.retain(|(_, pair)| !pair.verbatim);
    }
    let id = |pair: &Pair<'_>| pair.samples[0].sample_id.clone();
    // What two texts share in any order bounds what they share in the same order: most pairs need no comparison.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| id(&a.1).cmp(&id(&b.1))));
    let mut best: Option<Pair<'a>> = None;
    for (bound, mut pair) in pairs {
        if best.as_ref().is_some_and(|best| bound < best.share) {
            break;
        }
        pair.share = shared(&tokens(pair.texts[0]), &tokens(pair.texts[1]));
        let better = best
            .as_ref()
            .is_none_or(|best| pair.share > best.share || (pair.share == best.share && id(&pair) < id(best)));
        if better {
            best = Some(pair);
        }
    }
    best
}

/// Consecutive solutions of a chain, each pair with the most that it can share.
fn pairs<'a>(data: &ReportData<'a>, group: &'a Group) -> Vec<(f64, Pair<'a>)> {
    let samples: Vec<&'a Sample> = group.members.iter().filter_map(|member| data.samples.get(*member)).collect();
    let told = |sample: &'a Sample| {
        let text = sample.solution()?.trim();
        (LENGTH.contains(&text.chars().count()) && text.lines().count() <= FEW_LINES).then_some(text)
    };
    let pair = |pair: &[&'a Sample]| {
        let samples = [pair[0], pair[1]];
        if samples[1].round != samples[0].round + 1 {
            return None;
        }
        let texts = [told(samples[0])?, told(samples[1])?];
        let (a, b) = (tokens(texts[0]), tokens(texts[1]));
        Some((bound(&a, &b), Pair { samples, texts, share: 0.0, verbatim: a == b }))
    };
    samples.windows(2).filter_map(pair).collect()
}

/// Words and single signs; blanks are none.
fn tokens(text: &str) -> Vec<&str> {
    pieces(text).into_iter().filter(|piece| !piece.trim().is_empty()).collect()
}

/// Words, single signs and stretches of blanks, which together are the text.
fn pieces(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_whitespace() => 0,
        c if c.is_alphanumeric() || c == '_' => 1,
        _ => 2,
    };
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        if last.is_some_and(|last| last != kind(c) || last == 2) {
            pieces.push(&text[start..at]);
            start = at;
        }
        last = Some(kind(c));
    }
    pieces.extend((start < text.len()).then(|| &text[start..]));
    pieces
}

fn size(tokens: &[&str]) -> f64 {
    tokens.iter().map(|token| token.chars().count()).sum::<usize>() as f64
}

/// The share of characters in tokens that both have, whatever their order.
fn bound(a: &[&str], b: &[&str]) -> f64 {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for token in a {
        *counts.entry(token).or_default() += 1;
    }
    let mut both = Vec::new();
    for token in b {
        if let Some(count) = counts.get_mut(token).filter(|count| **count > 0) {
            *count -= 1;
            both.push(*token);
        }
    }
    2.0 * size(&both) / (size(a) + size(b)).max(1.0)
}

/// Which tokens of `a` and of `b` stand in both in the same order.
fn same(a: &[&str], b: &[&str]) -> (Vec<bool>, Vec<bool>) {
    let (mut in_a, mut in_b) = (vec![false; a.len()], vec![false; b.len()]);
    for op in capture_diff_slices(Algorithm::Patience, a, b) {
        let DiffOp::Equal { old_index, new_index, len } = op else { continue };
        // A bracket or a comma alone says nothing.
        if a[old_index..old_index + len].iter().any(|token| token.chars().any(char::is_alphanumeric)) {
            in_a[old_index..old_index + len].fill(true);
            in_b[new_index..new_index + len].fill(true);
        }
    }
    (in_a, in_b)
}

fn shared(a: &[&str], b: &[&str]) -> f64 {
    let (in_a, _) = same(a, b);
    let both: Vec<&str> = a.iter().zip(in_a).filter_map(|(token, same)| same.then_some(*token)).collect();
    2.0 * size(&both) / (size(a) + size(b)).max(1.0)
}

/// A text in pieces, each with whether it is the same in both; blanks are where both of their neighbors are.
fn marked<'a>(text: &'a str, same: &[bool]) -> Vec<(&'a str, bool)> {
    let mut same = same.iter().copied().peekable();
    let mut before = false;
    let mut marked = Vec::new();
    for piece in pieces(text) {
        let blank = piece.trim().is_empty();
        let mark = if blank { before && same.peek() == Some(&true) } else { same.next().unwrap_or(false) };
        marked.push((piece, mark));
        before = mark;
    }
    marked
}

/// A solution as it is drawn.
struct Side {
    round: String,
    answer: String,
    lines: Vec<Line>,
    more: usize,
}

fn drawing(data: &ReportData<'_>, cell: &Candidate, pair: &Pair<'_>, paper: Paper) -> Drawing {
    let labels = words::mode_labels(data.summary);
    let key = ModeKey::of(&cell.cell);
    let (mode, color) = (labels.label(&key), theme::mode_color(&key, &labels));
    let question = clean(&pair.samples[0].key.question_id);
    let rounds = [pair.samples[0].round, pair.samples[1].round];
    let share = words::percent((pair.share * 100.0).round() / 100.0);
    let title = format!("Rounds {} and {} of a chain: what stays the same", rounds[0], rounds[1]);
    let facet = Facet::of(&cell.cell).words();
    let subtitle =
        format!("{facet}, {mode}, question {question}: {share} of the characters stand in words that both have.");
    let how = if pair.verbatim {
        "all consecutive solutions of 80 to 1500 characters in at most 30 lines are the same here"
    } else {
        "of its consecutive solutions of 80 to 1500 characters in at most 30 lines that are not the same, the two that share most"
    };
    let caption = format!(
        "Solutions {} and {} (from 0) of a chain on question {question}, {facet}, under {mode}, the chain mode with the most similar solutions{}; {how}: {share} of their characters stand in words that both have in the same order (tinted). n = 1 pair.",
        rounds[0], rounds[1], cell.alike
    );
    let alt = format!(
        "{title}. {facet}, {mode}, question {question}: {share} of the characters are the same. Round {}: {} Round {}: {}",
        rounds[0],
        elide(&clean(pair.texts[0]), 200),
        rounds[1],
        elide(&clean(pair.texts[1]), 200),
    );
    let scene = scene(pair, (&title, &subtitle), (&format!("{mode}, question {question}"), color), paper);
    Drawing { variant: Vec::new(), title, caption, alt, scene }
}

fn scene(pair: &Pair<'_>, (title, subtitle): (&str, &str), (of, color): (&str, theme::Color), paper: Paper) -> Scene {
    let (columns, gutter) = if paper == Paper::Page { (2, 20.0) } else { (1, 0.0) };
    let size = if paper == Paper::Page { 11.5 } else { 10.5 };
    let mut scene = Scene::new(paper, paper.width(2));
    let width = (scene.width - 2.0 * paper.margin() - gutter) / f64::from(columns);
    let top = scene.head(title, subtitle);
    let tint = color.faded(0.2);
    let entries = [(Key::Tile(tint), "the same words in both, in the same order".to_owned())];
    let top = legend(&mut scene, &entries, top - 8.0_f64.min(top)) + 10.0;
    let sides = sides(pair, of, code::columns(width - 2.0 * PAD, size));
    let height = |side: &Side| HEAD + 2.0 * PAD + code::height(side.lines.len() + usize::from(side.more > 0), size);
    let tallest = sides.iter().map(height).fold(0.0, f64::max);
    let mut y = top;
    for (position, side) in sides.iter().enumerate() {
        let beside = paper == Paper::Page;
        let x = if beside { paper.margin() + position as f64 * (width + gutter) } else { paper.margin() };
        let tall = if beside { tallest } else { height(side) };
        draw_side(&mut scene, side, (x, y), (width, tall), (size, tint));
        if !beside {
            y += tall + 14.0;
        }
    }
    scene.height = if paper == Paper::Page { top + tallest + paper.margin() } else { y - 14.0 + paper.margin() };
    scene
}

fn sides(pair: &Pair<'_>, of: &str, columns: usize) -> [Side; 2] {
    let (a, b) = (tokens(pair.texts[0]), tokens(pair.texts[1]));
    let (in_a, in_b) = same(&a, &b);
    let side = |position: usize, same: &[bool]| {
        let sample = pair.samples[position];
        let mut lines = code::lines(marked(pair.texts[position], same), columns);
        let more = lines.len().saturating_sub(MOST_LINES);
        lines.truncate(MOST_LINES);
        let verdict = match sample.correct {
            Some(true) => " (correct)",
            Some(false) => " (incorrect)",
            None => "",
        };
        let answer = match &sample.answer {
            Some(answer) => format!("{of}, answer {}{verdict}", elide(&clean(answer), 24)),
            None => format!("{of}, no answer{verdict}"),
        };
        Side { round: format!("Round {}", sample.round), answer, lines, more }
    };
    [side(0, &in_a), side(1, &in_b)]
}

fn draw_side(scene: &mut Scene, side: &Side, (x, y): Point, (width, height): Point, (size, tint): (f64, theme::Color)) {
    scene.bold((x, y + theme::HEADING), Anchor::Start, theme::HEADING, theme::INK, side.round.clone());
    let answer = fit(&side.answer, width, theme::TICK, false);
    scene.text((x, y + theme::HEADING + 15.0), Anchor::Start, theme::TICK, theme::MUTED, answer);
    let top = y + HEAD;
    let bottom = y + height;
    scene.path(vec![(x, top), (x + width, top), (x + width, bottom), (x, bottom), (x, top)], theme::GRID, 1.0);
    code::draw(scene, &side.lines, (x + PAD, top + PAD), size, tint);
    if side.more > 0 {
        let below = (x + PAD, top + PAD + code::height(side.lines.len(), size) + 1.08 * size);
        let more = format!("… {}", words::count(side.more, "more line"));
        scene.text(below, Anchor::Start, theme::TICK, theme::MUTED, more);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::model::Piece;
    use crate::render::synthetic::Run;

    /// A small run in which the chains on one question have these solutions, and no other has any.
    fn with_solutions(texts: &[String]) -> Run {
        let mut run = Run::small();
        for sample in &mut run.samples {
            let text = texts.get(usize::try_from(sample.round).unwrap()).filter(|_| sample.key.question_id == "q3");
            sample.solution = text.cloned().map(Piece::Own);
        }
        run
    }

    #[test]
    fn of_all_pairs_the_one_that_shares_most_without_being_the_same_is_shown() {
        let text =
            |end: &str| format!("The sum of {} numbers is {end}, as one can see.", "many large and small ".repeat(4));
        let texts = ["one", "one", "two", "something wholly other than what was said before"].map(text);
        let run = with_solutions(&texts);
        let data = run.data();
        let pair = chosen(&data, &cells(&data)[0].cell).unwrap();
        assert_eq!((pair.samples[0].round, pair.verbatim), (1, false));
        let same = vec![text("one"); 3];
        let run = with_solutions(&same);
        let data = run.data();
        let pair = chosen(&data, &cells(&data)[0].cell).unwrap();
        assert_eq!((pair.samples[0].round, pair.verbatim, pair.share), (0, true, 1.0));
    }

    #[test]
    fn short_solutions_are_not_shown_and_that_is_said() {
        let run = with_solutions(&["42".to_owned(), "43".to_owned()]);
        let missing = draw(&run.data(), Paper::Page).err().unwrap();
        assert!(missing.reason.contains("80 to 1500 characters"), "{}", missing.reason);
    }

    #[test]
    fn pieces_are_the_text() {
        let text = "def f_1(x):\n    return x²  # ok…";
        assert_eq!(pieces(text).concat(), text);
        assert_eq!(tokens("f(x) = 12.5"), ["f", "(", "x", ")", "=", "12", ".", "5"]);
    }

    #[test]
    fn what_is_shared_is_found_and_bounded() {
        let (a, b) = (tokens("the sum is 24 apples, so 19 are left"), tokens("the sum is 24 pears, so 18 are left"));
        let share = shared(&a, &b);
        assert!(share > 0.6 && share < 0.9, "{share}");
        assert!(bound(&a, &b) >= share);
        assert_eq!(shared(&a, &a), 1.0);
        assert_eq!(shared(&tokens("one, two"), &tokens("three, four")), 0.0);
    }

    #[test]
    fn blanks_are_marked_between_marked_words_only() {
        let marks: Vec<bool> =
            marked("a b  c d", &[true, true, false, true]).into_iter().map(|(_, mark)| mark).collect();
        assert_eq!(marks, [true, true, true, false, false, false, true]);
    }
}
