//! Where an answer goes from where it is: a small matrix of tiles per model and chain mode.

use std::collections::{BTreeMap, BTreeSet};

use super::facets::{Facet, Facets, Grid, widest};
use super::scene::{Anchor, Point, Scene, fit};
use super::{Drawing, NotDrawn, Paper, mode_panels, theme};
use crate::model::{AnswerState, Card, TransitionRow};
use crate::render::label::wrap_columns;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "transition_matrix",
    title: "From answer to answer",
    unit: "share of steps",
    range: "[0, 1]",
    version: 1,
    measures: "Of the steps that leave a state (row) the share that comes to each state (column) in the next round, over a question's chains, then over questions, with its interval.",
    how_to_read: "A row adds up to 100 %. Dark tiles from upper left to lower right: answers stay as they are. Incorrect to correct against correct to incorrect: whether another round mends more than it breaks.",
    misleads: "A row with few steps is uncertain, however dark its tiles. A step's share says nothing of how often its row occurs: the figure of answers by round does. All rounds count alike, though early ones often move more.",
    source: "METHODOLOGY.md, chain dynamics; SCoRe (Kumar et al. 2024) for the four cells of right and wrong",
};

/// Largest size of a tile, and its height.
const WIDEST: f64 = 92.0;
const TILE: f64 = 40.0;
/// A tile narrower than this has no room for its interval.
const LEGIBLE: f64 = 52.0;
const SMALL: f64 = 10.0;
/// Room above the tiles for the last line of the names of columns, and below them.
const TITLE: f64 = 29.0;
const FOOT: f64 = 26.0;

const LEADING: f64 = 13.0;
/// Names of states are broken into lines of so many letters.
const LETTERS: usize = 9;

/// A share with its interval.
type Share = (f64, Option<(f64, f64)>);

struct Panel {
    facet: Facet,
    key: ModeKey,
    shares: BTreeMap<(AnswerState, AnswerState), Share>,
    /// Steps that leave a state.
    steps: BTreeMap<AnswerState, usize>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    if data.transitions.is_empty() {
        let reason = "no chain with judged or extracted answers in two rounds".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(data.transitions.iter().map(|row| &row.cell));
    let panels: Vec<Panel> = facets.shown.iter().flat_map(|facet| panels(facet, data.transitions)).collect();
    let questions = words::counted(
        data.transitions
            .iter()
            .filter(|row| facets.shown.iter().any(|facet| facet.holds(&row.cell)))
            .map(|row| row.n_questions),
        "question",
    );
    let intervals = panels.iter().flat_map(|panel| panel.shares.values()).any(|share| share.1.is_some());
    let level = words::percent(data.summary.first().map_or(0.95, |row| row.ci_level));
    let below = if intervals { format!(", below it its {level} interval") } else { String::new() };
    let title = "Where an answer goes from one round to the next".to_owned();
    let subtitle = format!(
        "Of the steps that leave a state (row), the share in per cent that comes to each state (column){below}; n = {questions} per row."
    );
    let caption = format!(
        "Of the steps that leave a state (row) the share in per cent that comes to each state (column) in the next round{below}; mean over a question's chains, then over questions. n = {questions} per row; the number of steps stands beside it.{}",
        facets.remark()
    );
    Ok(vec![Drawing {
        variant: Vec::new(),
        alt: alt(&panels, &labels, &title),
        scene: scene(&panels, &labels, (&title, &subtitle), paper),
        title,
        caption,
    }])
}

fn panels(facet: &Facet, rows: &[TransitionRow]) -> Vec<Panel> {
    let mut modes: BTreeMap<ModeKey, Panel> = BTreeMap::new();
    for row in rows.iter().filter(|row| facet.holds(&row.cell) && row.share.is_finite()) {
        let key = ModeKey::of(&row.cell);
        let panel = modes.entry(key.clone()).or_insert_with(|| Panel {
            facet: facet.clone(),
            key,
            shares: BTreeMap::new(),
            steps: BTreeMap::new(),
        });
        panel.shares.insert((row.from, row.to), (row.share, row.ci_low.zip(row.ci_high)));
        let steps = panel.steps.entry(row.from).or_default();
        *steps = row.n_steps.max(*steps);
    }
    modes.into_values().collect()
}

impl Panel {
    /// The states that occur, in their order: rows and columns are the same, so that what stays lies on the diagonal.
    fn states(&self) -> Vec<AnswerState> {
        let states: BTreeSet<AnswerState> = self.shares.keys().flat_map(|(from, to)| [*from, *to]).collect();
        states.into_iter().collect()
    }

    /// A tile's share. Where a row is told in full, what it does not name is none of it.
    fn share(&self, from: AnswerState, to: AnswerState) -> Option<Share> {
        let told = self.shares.get(&(from, to)).copied();
        told.or_else(|| {
            let total: f64 = self.shares.iter().filter(|((row, _), _)| *row == from).map(|(_, share)| share.0).sum();
            ((total - 1.0).abs() < 1e-6).then_some((0.0, None))
        })
    }
}

/// Widths of what stands around the tiles.
struct Parts {
    names: f64,
    steps: f64,
    tile: f64,
    /// Height of what stands above the tiles.
    title: f64,
}

fn scene(panels: &[Panel], labels: &ModeLabels, (title, subtitle): (&str, &str), paper: Paper) -> Scene {
    let most = panels.iter().map(|panel| panel.states().len()).max().unwrap_or(1);
    // Tiles with intervals need wide panels; the modes of a model stay side by side.
    let across = match mode_panels::columns(panels.iter().map(|panel| &panel.key)) {
        4 => 2,
        across if most > 3 => across.min(2),
        across => across,
    };
    let grid = Grid::new(panels.len(), across, paper);
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let steps: Vec<String> = panels
        .iter()
        .flat_map(|panel| panel.steps.values())
        .map(|n| words::grouped(*n))
        .chain(["steps".into()])
        .collect();
    let names: Vec<Vec<String>> = panels.iter().flat_map(Panel::states).map(lines_of).collect();
    let title = TITLE + LEADING * names.iter().map(|lines| lines.len().saturating_sub(1)).max().unwrap_or(0) as f64;
    let names = widest(names.iter().flatten().map(String::as_str), theme::TICK) + 10.0;
    let steps = widest(steps.iter().map(String::as_str), theme::TICK) + 10.0;
    let parts = Parts { names, steps, tile: ((grid.panel_width() - names - steps) / most as f64).min(WIDEST), title };
    let height = |panel: &Panel| mode_panels::HEAD + parts.title + panel.states().len() as f64 * TILE + FOOT;
    let heights: Vec<f64> = panels.iter().map(height).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for (panel, corner) in panels.iter().zip(corners) {
        mode_panels::head(&mut scene, (&panel.facet, &panel.key), labels, corner, grid.panel_width());
        draw_panel(&mut scene, panel, (corner.0, corner.1 + mode_panels::HEAD), &parts);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

/// A state's name in lines.
fn lines_of(state: AnswerState) -> Vec<String> {
    wrap_columns(state.name(), LETTERS)
}

fn draw_panel(scene: &mut Scene, panel: &Panel, (x, y): Point, parts: &Parts) {
    let (left, top) = (x + parts.names, y + parts.title);
    let states = panel.states();
    let end = left + states.len() as f64 * parts.tile;
    scene.text((x, top - 6.0), Anchor::Start, theme::TICK, theme::MUTED, "from");
    scene.text((end + parts.steps, top - 6.0), Anchor::End, theme::TICK, theme::MUTED, "steps");
    for (column, to) in states.iter().enumerate() {
        let middle = left + (column as f64 + 0.5) * parts.tile;
        for (line, text) in lines_of(*to).iter().rev().enumerate() {
            let text = fit(text, parts.tile - 2.0, theme::TICK, false);
            scene.text((middle, top - 6.0 - LEADING * line as f64), Anchor::Middle, theme::TICK, theme::INK, text);
        }
    }
    for (row, from) in states.iter().enumerate() {
        let tile_top = top + row as f64 * TILE;
        let level = tile_top + TILE / 2.0 + 4.0;
        let lines = lines_of(*from);
        for (line, text) in lines.iter().enumerate() {
            let y = level + LEADING * (line as f64 - (lines.len() - 1) as f64 / 2.0);
            scene.text((left - 8.0, y), Anchor::End, theme::TICK, theme::INK, text.clone());
        }
        let steps = panel.steps.get(from).map_or_else(|| words::MISSING.to_owned(), |n| words::grouped(*n));
        scene.text((end + parts.steps, level), Anchor::End, theme::TICK, theme::MUTED, steps);
        for (column, to) in states.iter().enumerate() {
            let at = (left + column as f64 * parts.tile, tile_top);
            tile(scene, at, parts.tile, panel.share(*from, *to));
        }
    }
}

/// A tile with a hair of white around it; without a share an outline and a dash.
fn tile(scene: &mut Scene, (x, y): Point, width: f64, share: Option<Share>) {
    let size = (width - 1.5, TILE - 1.5);
    let (middle, level) = (x + size.0 / 2.0, y + size.1 / 2.0 + 4.5);
    let Some((share, interval)) = share else {
        scene.rect((x, y), size, theme::GRID);
        scene.rect((x + 1.0, y + 1.0), (size.0 - 2.0, size.1 - 2.0), theme::PAPER);
        scene.text((middle, level), Anchor::Middle, theme::LABEL, theme::MUTED, words::MISSING);
        return;
    };
    scene.rect((x, y), size, theme::ramp(share));
    let ink = theme::on_ramp(share);
    let interval = interval.filter(|_| width >= LEGIBLE);
    let up = if interval.is_some() { 7.0 } else { 0.0 };
    scene.bold((middle, level - up), Anchor::Middle, theme::LABEL, ink, words::number(share * 100.0, 0));
    if let Some((low, high)) = interval {
        let text = format!("[{}, {}]", words::number(low * 100.0, 0), words::number(high * 100.0, 0));
        scene.text((middle, level + 7.0), Anchor::Middle, SMALL, ink, text);
    }
}

fn alt(panels: &[Panel], labels: &ModeLabels, title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let parts: Vec<String> = panel
            .shares
            .iter()
            .map(|((from, to), (share, _))| format!("{} to {} {:.0} %", from.name(), to.name(), share * 100.0))
            .collect();
        sentences.push(format!("{}, {}: {}.", panel.facet.words(), labels.label(&panel.key), parts.join("; ")));
    }
    sentences.join(" ")
}
