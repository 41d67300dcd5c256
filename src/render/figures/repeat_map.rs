//! Which questions' chains repeat themselves, and from which round on: questions down, rounds across.

use std::collections::{BTreeMap, BTreeSet};

use super::facets::{Facet, Facets, Grid, widest};
use super::legend::{Key, legend};
use super::scene::{Anchor, Point, Scene, fit};
use super::{Drawing, NotDrawn, Paper, lines, mode_panels, theme};
use crate::model::{Card, Cell, RoundMeasurement};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "repeat_map",
    title: "Where chains repeat themselves",
    unit: "share of chains",
    range: "[0, 1]",
    version: 1,
    measures: "For each question and round whether the round's text equals that of an earlier round of its chain, white space aside; where a question has several chains, the share of them. The first round has nothing to repeat and is not drawn.",
    how_to_read: "A row is a question; questions that repeat early stand at the top. Dark from some round to the end: the chain is stuck there. A dark tile between light ones: it came back once and went on. A light map: chains keep writing new texts.",
    misleads: "One changed letter makes another text, so a light map can hide chains that change words only. Rounds that do not exist are left blank, which is not the same as new.",
    source: "founding paper, on programs that repeat from the fifth round on; METHODOLOGY.md, chain dynamics",
};

const METRIC: &str = "repeat";
/// Up to this many rows carry the question's id.
const MOST_NAMES: usize = 30;
/// More questions than this are not drawn: rows would be thinner than [`THINNEST`] in a map of [`HIGHEST`].
const MOST_ROWS: usize = 200;
const HIGHEST: f64 = 300.0;
const THINNEST: f64 = 1.5;
/// Height of a row with a name, and the largest width of a tile.
const ROW: f64 = 15.0;
const WIDEST: f64 = 52.0;
/// Tiles at least this large have a hair of white around them.
const LARGE: f64 = 8.0;
/// Where the color of a round that repeats nothing lies on the ramp, so that it differs from blank paper.
const NEW: f64 = 0.2;
const TITLE: f64 = 18.0;
const FOOT: f64 = 46.0;
/// Longest id beside a row.
const LONGEST: f64 = 104.0;

struct Panel {
    facet: Facet,
    key: ModeKey,
    /// In the order in which they are drawn: the question's id and its rounds.
    rows: Vec<(String, BTreeMap<i64, f64>)>,
    /// Questions before some were left out.
    n_questions: usize,
    n_chains: usize,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let rows: Vec<&RoundMeasurement> =
        data.round_values.iter().filter(|row| *row.metric == *METRIC && row.value.is_finite()).collect();
    let spaces: BTreeSet<&str> = rows.iter().map(|row| &*row.space).collect();
    if spaces.is_empty() {
        let reason = "no chain with two rounds whose texts could be compared".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(spaces.into_iter().map(|space| drawing(data, &rows, space, paper)).collect())
}

fn drawing(data: &ReportData<'_>, rows: &[&RoundMeasurement], space: &str, paper: Paper) -> Drawing {
    let mut cells: BTreeMap<Cell, Vec<&RoundMeasurement>> = BTreeMap::new();
    for row in rows.iter().filter(|row| *row.space == *space) {
        cells.entry(Cell::of(&row.key)).or_default().push(row);
    }
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(cells.keys());
    let mut panels: Vec<Panel> = cells.iter().map(|(cell, rows)| panel(cell, rows)).collect();
    panels.retain(|panel| facets.shown.contains(&panel.facet));
    panels.sort_by(|a, b| (&a.facet, &a.key).cmp(&(&b.facet, &b.key)));

    let n = words::counted(panels.iter().map(|panel| panel.n_questions), "question");
    let chains = words::counted(panels.iter().map(|panel| panel.n_chains), "chain");
    let cut = panels.iter().map(|panel| (panel.rows.len(), panel.n_questions)).filter(|(drawn, all)| drawn < all);
    let cut = cut.max_by_key(|(_, all)| *all).map_or_else(String::new, |(drawn, all)| {
        format!(
            " Of {} {drawn} are drawn, chosen evenly from all in the order of the rows.",
            words::count(all, "question")
        )
    });
    let title = "Where chains repeat themselves".to_owned();
    let subtitle = format!(
        "Whether the {} of a round equals that of an earlier round of its chain. Rows are questions, by the first round that repeats; n = {n} per panel.{cut}",
        what(space)
    );
    let caption = format!(
        "Whether the {} of a round (across) equals that of an earlier round of its chain, white space aside, for each question (down), mean over the question's chains. Rows are sorted by the first round that repeats; rounds that do not exist are blank. n = {n} and {chains} per panel.{cut}{}",
        what(space),
        facets.remark()
    );
    Drawing {
        variant: vec![space.to_owned()],
        alt: alt(&panels, &labels, &title),
        scene: scene(&panels, &labels, (&title, &subtitle), paper),
        title,
        caption,
    }
}

/// What texts were compared, in a sentence.
fn what(space: &str) -> String {
    if space == "text" { "solution".to_owned() } else { clean(space) }
}

fn panel(cell: &Cell, values: &[&RoundMeasurement]) -> Panel {
    let mut questions: BTreeMap<&str, BTreeMap<i64, Vec<f64>>> = BTreeMap::new();
    let mut chains = BTreeSet::new();
    for row in values {
        chains.insert(&row.key);
        questions.entry(&row.key.question_id).or_default().entry(row.round).or_default().push(row.value);
    }
    let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let mut rows: Vec<(String, BTreeMap<i64, f64>)> = questions
        .into_iter()
        .map(|(id, rounds)| (id.to_owned(), rounds.iter().map(|(round, values)| (*round, mean(values))).collect()))
        .collect();
    let first =
        |rounds: &BTreeMap<i64, f64>| rounds.iter().find(|(_, v)| **v > 0.0).map_or(i64::MAX, |(round, _)| *round);
    // Stable, so that questions of one first round stay in the order of their ids.
    rows.sort_by_key(|(_, rounds)| first(rounds));
    let n_questions = rows.len();
    Panel {
        facet: Facet::of(cell),
        key: ModeKey::of(cell),
        rows: evenly(rows, MOST_ROWS),
        n_questions,
        n_chains: chains.len(),
    }
}

/// At most so many of the rows, the first and the last among them, at equal distances.
fn evenly<T>(rows: Vec<T>, most: usize) -> Vec<T> {
    let n = rows.len();
    if n <= most {
        return rows;
    }
    let kept: BTreeSet<usize> = (0..most).map(|i| i * (n - 1) / (most - 1)).collect();
    rows.into_iter().enumerate().filter(|(position, _)| kept.contains(position)).map(|(_, row)| row).collect()
}

impl Panel {
    fn rounds(&self) -> Vec<i64> {
        let all = || self.rows.iter().flat_map(|(_, rounds)| rounds.keys().copied());
        all().min().zip(all().max()).map_or_else(Vec::new, |(first, last)| (first..=last).collect())
    }

    fn values(&self) -> impl Iterator<Item = Option<f64>> {
        let rounds = self.rounds();
        self.rows
            .iter()
            .flat_map(move |(_, row)| rounds.iter().map(|round| row.get(round).copied()).collect::<Vec<_>>())
    }
}

/// Sizes that all panels share.
struct Parts {
    names: f64,
    row: f64,
    tile: f64,
}

impl Parts {
    /// White between tiles.
    fn gap(&self) -> f64 {
        if self.row >= LARGE && self.tile >= LARGE { 1.0 } else { 0.0 }
    }
}

fn scene(panels: &[Panel], labels: &ModeLabels, (title, subtitle): (&str, &str), paper: Paper) -> Scene {
    let grid = Grid::new(panels.len(), mode_panels::columns(panels.iter().map(|panel| &panel.key)), paper);
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let top = legend(&mut scene, &keys(panels), top) + 8.0;
    let most = panels.iter().map(|panel| panel.rows.len()).max().unwrap_or(0);
    let named = most <= MOST_NAMES;
    let names = panels.iter().flat_map(|panel| &panel.rows).map(|(id, _)| clean(id)).filter(|_| named);
    let names: Vec<String> = names.map(|id| fit(&id, LONGEST, theme::TICK, false)).collect();
    let names = if named { widest(names.iter().map(String::as_str), theme::TICK) + 8.0 } else { 2.0 };
    let rounds = panels.iter().map(|panel| panel.rounds().len()).max().unwrap_or(1).max(1) as f64;
    let tile = ((grid.panel_width() - names) / rounds).min(WIDEST);
    let parts = Parts {
        names: names.round(),
        row: if named { ROW } else { (HIGHEST / most as f64).clamp(THINNEST, ROW) },
        // Whole pixels leave no seams between columns.
        tile: if tile > 4.0 { tile.floor() } else { tile },
    };
    let heights: Vec<f64> =
        panels.iter().map(|panel| mode_panels::HEAD + TITLE + panel.rows.len() as f64 * parts.row + FOOT).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for (panel, (x, y)) in panels.iter().zip(corners) {
        mode_panels::head(&mut scene, (&panel.facet, &panel.key), labels, (x, y), grid.panel_width());
        draw_panel(&mut scene, panel, (x, y + mode_panels::HEAD + TITLE), &parts);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

fn keys(panels: &[Panel]) -> Vec<(Key, String)> {
    let values = || panels.iter().flat_map(Panel::values);
    let tile = |label: &str, color| (Key::Tile(color), label.to_owned());
    let mut keys = vec![tile("new", color(0.0))];
    if values().flatten().any(|value| value > 0.0 && value < 1.0) {
        keys.push(tile("repeats in some chains", color(0.5)));
    }
    keys.push(tile("repeats an earlier round", color(1.0)));
    if values().any(|value| value.is_none()) {
        keys.push((Key::Empty(theme::AXIS), "no such round".to_owned()));
    }
    keys
}

fn color(value: f64) -> theme::Color {
    theme::ramp(NEW + (1.0 - NEW) * value)
}

fn draw_panel(scene: &mut Scene, panel: &Panel, (x, top): Point, parts: &Parts) {
    let left = x + parts.names;
    let rounds = panel.rounds();
    let title = if panel.rows.len() < panel.n_questions {
        format!("{} of {}", panel.rows.len(), words::count(panel.n_questions, "question"))
    } else {
        words::count(panel.n_questions, "question")
    };
    scene.text((x, top - 7.0), Anchor::Start, theme::TICK, theme::MUTED, title);
    draw_tiles(scene, panel, (left, top), parts);
    for (position, (id, _)) in panel.rows.iter().enumerate().filter(|_| parts.row >= ROW) {
        let id = fit(&clean(id), LONGEST, theme::TICK, false);
        let at = (left - 6.0, top + (position as f64 + 0.5) * parts.row + 3.5);
        scene.text(at, Anchor::End, theme::TICK, theme::MUTED, id);
    }
    let bottom = top + panel.rows.len() as f64 * parts.row;
    let ticks = lines::thinned(&rounds);
    for (column, round) in rounds.iter().enumerate().filter(|(_, round)| ticks.contains(round)) {
        let at = (left + (column as f64 + 0.5) * parts.tile, bottom + 15.0);
        scene.text(at, Anchor::Middle, theme::TICK, theme::MUTED, round.to_string());
    }
    let middle = (left + rounds.len() as f64 * parts.tile / 2.0).max(left + 16.0);
    scene.text((middle, bottom + 30.0), Anchor::Middle, theme::TICK, theme::MUTED, "round");
}

/// All tiles with a hair of white around them; where they are too thin for that, neighbors of one color in a round are one
/// mark, which keeps files small and seams away.
fn draw_tiles(scene: &mut Scene, panel: &Panel, (left, top): Point, parts: &Parts) {
    let gap = parts.gap();
    let rounds = panel.rounds();
    for (column, round) in rounds.iter().enumerate() {
        let under = if gap > 0.0 || column + 1 == rounds.len() { -gap } else { theme::UNDER };
        let x = left + column as f64 * parts.tile;
        let value = |row: usize| panel.rows.get(row).and_then(|(_, rounds)| rounds.get(round)).copied();
        let mut start = 0;
        while start < panel.rows.len() {
            let same = |row: &usize| gap == 0.0 && value(*row) == value(start);
            let end = (start + 1..panel.rows.len()).take_while(same).last().unwrap_or(start) + 1;
            if let Some(value) = value(start) {
                let height = (end - start) as f64 * parts.row - gap;
                scene.rect((x, top + start as f64 * parts.row), (parts.tile + under, height), color(value));
            }
            start = end;
        }
    }
}

fn alt(panels: &[Panel], labels: &ModeLabels, title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let repeating = panel.rows.iter().filter(|(_, rounds)| rounds.values().any(|value| *value > 0.0)).count();
        let values: Vec<f64> = panel.values().flatten().collect();
        let share = values.iter().sum::<f64>() / values.len().max(1) as f64;
        sentences.push(format!(
            "{}, {}: {repeating} of {} drawn have a round that repeats an earlier one; of all rounds {:.0} % do.",
            panel.facet.words(),
            labels.label(&panel.key),
            words::count(panel.rows.len(), "question"),
            share * 100.0
        ));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_rows_of_many_are_spread_over_all() {
        let kept = evenly((0..400).collect(), 200);
        assert_eq!((kept.len(), kept.first(), kept.last()), (200, Some(&0), Some(&399)));
        assert!(kept.windows(2).all(|pair| pair[1] - pair[0] <= 3), "{kept:?}");
        assert_eq!(evenly(vec![1, 2], 200), [1, 2]);
    }
}
