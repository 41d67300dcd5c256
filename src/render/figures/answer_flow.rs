//! Where the answers of chains go from round to round: shares of states at each round, ribbons between them.

use std::collections::{BTreeMap, BTreeSet};

use super::facets::{Facet, Facets, Grid};
use super::legend::{Key, legend};
use super::scene::{Anchor, Point, Scene};
use super::{Drawing, NotDrawn, Paper, lines, mode_panels, theme};
use crate::model::{AnswerState, Card, FlowRow};
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "answer_flow",
    title: "Answers by round",
    unit: "share of chains",
    range: "[0, 1]",
    version: 1,
    measures: "The share of chains whose answer is correct, incorrect or missing in each round (without judgments: the chain's first answer, another one, or none), and between two rounds the share that goes from each state to each other; mean over chains, then questions.",
    how_to_read: "A bar is a round, its parts the states, a ribbon the chains that go from one state to another, as thick as they are many. Level ribbons: answers stay as they are. Ribbons that cross upward into a dark part: answers are mended; those that leave it: right answers are lost.",
    misleads: "Ribbons tell of two rounds in a row: which chains go on from there to where is not drawn. Without judgments `another answer` can be better or worse than the first. Shares carry no interval here; the transition matrix has them.",
    source: "METHODOLOGY.md, chain dynamics",
};

const PLOT: f64 = 170.0;
/// Room above a plot for its axis title, and below it for ticks.
const TITLE: f64 = 22.0;
const FOOT: f64 = 46.0;
const LEFT: f64 = 42.0;
/// Room for the shares of the last round.
const RIGHT: f64 = 36.0;
/// Parts of the last bar at least this high carry their share.
const LEGIBLE: f64 = 11.0;

/// With more steps than this ribbons would be too short to follow: bars then stand wall to wall.
const MOST_RIBBONS: usize = 24;
/// More steps than this do not fit into a quarter of a page.
const MOST_NARROW: usize = 5;

/// Shares of what goes from where to where, from one round to the next.
type Step = BTreeMap<(AnswerState, AnswerState), f64>;

/// The share of each state.
type Shares = BTreeMap<AnswerState, f64>;

struct Panel {
    facet: Facet,
    key: ModeKey,
    /// By the earlier round.
    steps: BTreeMap<i64, Step>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    if data.answer_flow.is_empty() {
        let reason = "no chain with judged or extracted answers in two rounds".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    let labels = words::mode_labels(data.summary);
    let facets = Facets::new(data.answer_flow.iter().map(|row| &row.cell));
    let panels: Vec<Panel> = facets.shown.iter().flat_map(|facet| panels(facet, data.answer_flow)).collect();
    let shown: Vec<&FlowRow> =
        data.answer_flow.iter().filter(|row| facets.shown.iter().any(|facet| facet.holds(&row.cell))).collect();
    let chains = words::counted(shown.iter().map(|row| row.n_chains), "chain");
    let questions = words::counted(shown.iter().map(|row| row.n_questions), "question");
    let has = |states: &[AnswerState]| shown.iter().any(|row| states.contains(&row.from) || states.contains(&row.to));
    let judged = has(&[AnswerState::Correct, AnswerState::Incorrect]);
    let (what, title) = match (judged, has(&[AnswerState::First, AnswerState::Other])) {
        (true, false) => ("right and wrong answers", "Right and wrong answers by round"),
        (false, true) => ("first and other answers", "First and other answers by round"),
        _ => ("answers", "Answers by round"),
    };
    let subtitle = format!(
        "Share of chains in each state, and where they go next; n = {chains} of {questions} per round. Numbers at the right are the last round's."
    );
    let caption = format!(
        "Where {what} go from round to round: parts of a bar are the shares of chains in a state, ribbons the shares that go from one state to another (colored by where they come from); mean over chains, then questions. n = {chains} of {questions} per step.{}{}",
        remarks(&panels),
        facets.remark()
    );
    let alt = alt(&panels, &labels, title);
    let scene = scene(&panels, &labels, (title, &subtitle), paper);
    Ok(vec![Drawing { variant: Vec::new(), title: title.to_owned(), caption, alt, scene }])
}

/// What differs in some panels.
fn remarks(panels: &[Panel]) -> String {
    let mut text = String::new();
    if panels.iter().any(Panel::loses_chains) {
        text += " Where chains end, the left half of a bar is of those that came to the round, the right half of those that go on.";
    }
    if !panels.iter().all(Panel::has_ribbons) {
        text += &format!(" Of chains with more than {} rounds no ribbons are drawn.", MOST_RIBBONS + 1);
    }
    text
}

fn panels(facet: &Facet, rows: &[FlowRow]) -> Vec<Panel> {
    let mut modes: BTreeMap<ModeKey, BTreeMap<i64, Step>> = BTreeMap::new();
    for row in rows.iter().filter(|row| facet.holds(&row.cell) && row.share.is_finite()) {
        let steps = modes.entry(ModeKey::of(&row.cell)).or_default();
        *steps.entry(row.round).or_default().entry((row.from, row.to)).or_default() += row.share;
    }
    modes.into_iter().map(|(key, steps)| Panel { facet: facet.clone(), key, steps }).collect()
}

/// The share of each state among those that leave a round, or that arrive in the next one.
fn shares(step: &Step, arriving: bool) -> Shares {
    let mut shares = BTreeMap::new();
    for ((from, to), share) in step {
        *shares.entry(if arriving { *to } else { *from }).or_default() += share;
    }
    shares
}

/// Whether a round's states are others among those that come to it than among those that go on.
fn differ(came: &Shares, gone: &Shares) -> bool {
    AnswerState::ALL.iter().any(|state| {
        let of = |shares: &Shares| shares.get(state).copied().unwrap_or(0.0);
        // A tenth of a percent is less than a pixel.
        (of(came) - of(gone)).abs() > 1e-3
    })
}

impl Panel {
    fn rounds(&self) -> Vec<i64> {
        let rounds: BTreeSet<i64> = self.steps.keys().flat_map(|round| [*round, *round + 1]).collect();
        rounds.into_iter().collect()
    }

    /// The states of those that come to a round, and of those that go on from it.
    fn at(&self, round: i64) -> (Option<Shares>, Option<Shares>) {
        let came = self.steps.get(&(round - 1)).map(|step| shares(step, true));
        (came, self.steps.get(&round).map(|step| shares(step, false)))
    }

    /// Whether some chains end before others, so that a round's shares differ by whom they are of.
    fn loses_chains(&self) -> bool {
        self.rounds().into_iter().any(|round| match self.at(round) {
            (Some(came), Some(gone)) => differ(&came, &gone),
            _ => false,
        })
    }

    fn has_ribbons(&self) -> bool {
        self.steps.len() <= MOST_RIBBONS
    }

    /// The states of the last round.
    fn last(&self) -> Shares {
        self.steps.last_key_value().map(|(_, step)| shares(step, true)).unwrap_or_default()
    }

    fn first(&self) -> Shares {
        self.steps.first_key_value().map(|(_, step)| shares(step, false)).unwrap_or_default()
    }
}

fn scene(panels: &[Panel], labels: &ModeLabels, (title, subtitle): (&str, &str), paper: Paper) -> Scene {
    let across = mode_panels::columns(panels.iter().map(|panel| &panel.key));
    let narrow = panels.iter().any(|panel| panel.steps.len() > MOST_NARROW);
    // Four are two models of two modes: half of that keeps the modes of a model side by side.
    let grid = Grid::new(panels.len(), if narrow && across == 4 { 2 } else { across }, paper);
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let states: BTreeSet<AnswerState> =
        panels.iter().flat_map(|panel| panel.steps.values()).flat_map(Step::keys).flat_map(|(a, b)| [*a, *b]).collect();
    let keys: Vec<(Key, String)> =
        states.into_iter().map(|state| (Key::Tile(theme::state_color(state)), state.name().to_owned())).collect();
    let top = legend(&mut scene, &keys, top) + 8.0;
    let height = mode_panels::HEAD + TITLE + PLOT + FOOT;
    let (corners, bottom) = grid.place(top, &vec![height; panels.len()]);
    for (panel, (x, y)) in panels.iter().zip(corners) {
        mode_panels::head(&mut scene, (&panel.facet, &panel.key), labels, (x, y), grid.panel_width());
        let top = y + mode_panels::HEAD + TITLE;
        let plot = Plot { from: x + LEFT, to: x + grid.panel_width() - RIGHT, top };
        scene.text((x, top - 12.0), Anchor::Start, theme::TICK, theme::MUTED, "share of chains");
        draw_plot(&mut scene, panel, &plot);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

/// Where a panel's bars and ribbons are drawn.
struct Plot {
    from: f64,
    to: f64,
    top: f64,
}

impl Plot {
    fn y(&self, share: f64) -> f64 {
        self.top + (1.0 - share.clamp(0.0, 1.0)) * PLOT
    }
}

fn draw_plot(scene: &mut Scene, panel: &Panel, plot: &Plot) {
    let rounds = panel.rounds();
    let n = rounds.len().max(2) as f64;
    let room = plot.to - plot.from;
    let width = if panel.has_ribbons() { (0.18 * room / (n - 1.0)).clamp(1.5, 8.0) } else { room / n };
    // Bars stand inside the plot: the first and the last with their whole width.
    let x_of = |position: usize| plot.from + width / 2.0 + position as f64 * (room - width) / (n - 1.0);
    draw_axes(scene, &rounds, plot, x_of);
    for (position, round) in rounds.iter().enumerate().filter(|_| panel.has_ribbons()) {
        if let Some(step) = panel.steps.get(round) {
            ribbons(scene, step, plot, (x_of(position) + width / 2.0, x_of(position + 1) - width / 2.0));
        }
    }
    for (position, round) in rounds.iter().enumerate() {
        let left = x_of(position) - width / 2.0;
        // Bars that stand wall to wall reach under the next one, so that no seam shows.
        let under = if panel.has_ribbons() || position + 1 == rounds.len() { 0.0 } else { theme::UNDER };
        match panel.at(*round) {
            (Some(came), Some(gone)) if differ(&came, &gone) => {
                bar(scene, &came, plot, (left, width / 2.0));
                bar(scene, &gone, plot, (left + width / 2.0, width / 2.0 + under));
            }
            (one, other) => bar(scene, &one.or(other).unwrap_or_default(), plot, (left, width + under)),
        }
    }
    numbers(scene, &panel.last(), plot);
}

fn draw_axes(scene: &mut Scene, rounds: &[i64], plot: &Plot, x_of: impl Fn(usize) -> f64) {
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = plot.y(tick);
        scene.line((plot.from - 5.0, y), (plot.from - 1.0, y), theme::AXIS, 1.0);
        let label = format!("{:.0} %", tick * 100.0);
        scene.text((plot.from - 8.0, y + 4.0), Anchor::End, theme::TICK, theme::MUTED, label);
    }
    let bottom = plot.y(0.0);
    let ticks = lines::thinned(rounds);
    for (position, round) in rounds.iter().enumerate().filter(|(_, round)| ticks.contains(round)) {
        let at = (x_of(position), bottom + 15.0);
        scene.text(at, Anchor::Middle, theme::TICK, theme::MUTED, round.to_string());
    }
    let middle = f64::midpoint(plot.from, plot.to);
    scene.text((middle, bottom + 30.0), Anchor::Middle, theme::TICK, theme::MUTED, "round");
}

/// From bottom to top, where each state's part begins and ends.
fn stacked(shares: &Shares) -> Vec<(AnswerState, f64, f64)> {
    let mut done = 0.0;
    let part = |state: AnswerState| {
        let share = shares.get(&state).copied()?;
        done += share;
        Some((state, done - share, done))
    };
    AnswerState::ALL.into_iter().filter_map(part).collect()
}

fn bar(scene: &mut Scene, shares: &Shares, plot: &Plot, (x, width): (f64, f64)) {
    for (state, low, high) in stacked(shares) {
        let (bottom, top) = (plot.y(low), plot.y(high));
        scene.rect((x, top), (width, bottom - top), theme::state_color(state));
    }
}

/// The last round's shares, beside its bar.
fn numbers(scene: &mut Scene, shares: &Shares, plot: &Plot) {
    for (_, low, high) in stacked(shares) {
        if (high - low) * PLOT >= LEGIBLE {
            let at = (plot.to + 5.0, f64::midpoint(plot.y(low), plot.y(high)) + 4.0);
            scene.text(at, Anchor::Start, theme::TICK, theme::INK, format!("{:.0} %", (high - low) * 100.0));
        }
    }
}

/// What goes from each state to each other, in the order of the states at both ends.
fn ribbons(scene: &mut Scene, step: &Step, plot: &Plot, (from, to): (f64, f64)) {
    let starts = |arriving: bool| -> Shares {
        stacked(&shares(step, arriving)).into_iter().map(|(state, low, _)| (state, low)).collect()
    };
    let (mut leaving, mut arriving) = (starts(false), starts(true));
    for ((state, next), share) in step.iter().filter(|(_, share)| **share > 0.0) {
        let (Some(low), Some(end)) = (leaving.get_mut(state), arriving.get_mut(next)) else { continue };
        let fill = theme::state_color(*state).faded(if state == next { 0.38 } else { 0.62 });
        scene.area(ribbon((from, plot.y(*low), plot.y(*low + share)), (to, plot.y(*end), plot.y(*end + share))), fill);
        *low += share;
        *end += share;
    }
}

/// A ribbon between two stretches, given as place, bottom and top. Its bends are finer where there is room for them.
fn ribbon(a: (f64, f64, f64), b: (f64, f64, f64)) -> Vec<Point> {
    let pieces: u32 = match b.0 - a.0 {
        room if room > 40.0 => 14,
        room if room > 8.0 => 6,
        _ => 1,
    };
    let edge = |start: f64, end: f64| {
        (0..=pieces).map(move |piece| {
            let t = f64::from(piece) / f64::from(pieces);
            // Level at both ends.
            (a.0 + (b.0 - a.0) * t, start + (end - start) * t * t * (3.0 - 2.0 * t))
        })
    };
    let mut points: Vec<Point> = edge(a.2, b.2).collect();
    points.extend(edge(a.1, b.1).collect::<Vec<_>>().into_iter().rev());
    points
}

fn alt(panels: &[Panel], labels: &ModeLabels, title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let (first, last) = (panel.first(), panel.last());
        let of = |shares: &Shares, state| shares.get(&state).copied().unwrap_or(0.0);
        let parts: Vec<String> = AnswerState::ALL
            .into_iter()
            .filter(|state| first.contains_key(state) || last.contains_key(state))
            .map(|state| {
                format!("{} from {:.0} % to {:.0} %", state.name(), of(&first, state) * 100.0, of(&last, state) * 100.0)
            })
            .collect();
        let rounds = panel.rounds();
        let (Some(from), Some(to)) = (rounds.first(), rounds.last()) else { continue };
        sentences.push(format!(
            "{}, {}, round {from} to {to}: {}.",
            panel.facet.words(),
            labels.label(&panel.key),
            parts.join("; ")
        ));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ribbons_leave_and_reach_whole_bars() {
        use AnswerState::{Correct, Incorrect, Unknown};
        let step: Step = [((Correct, Correct), 0.5), ((Incorrect, Correct), 0.2), ((Unknown, Incorrect), 0.3)].into();
        let mut scene = Scene::new(Paper::Page, 100.0);
        ribbons(&mut scene, &step, &Plot { from: 0.0, to: 100.0, top: 0.0 }, (0.0, 100.0));
        let ends = |x: f64| {
            let mut ys: Vec<f64> = Vec::new();
            for mark in &scene.marks {
                if let super::super::scene::Mark::Area { points, .. } = mark {
                    ys.extend(points.iter().filter(|point| point.0 == x).map(|point| point.1.round()));
                }
            }
            ys.sort_by(f64::total_cmp);
            ys
        };
        let bounds = |shares: [f64; 6]| shares.map(|share| ((1.0 - share) * PLOT).round()).to_vec();
        assert_eq!(ends(0.0), bounds([1.0, 0.7, 0.7, 0.5, 0.5, 0.0]));
        assert_eq!(ends(100.0), bounds([1.0, 0.7, 0.7, 0.5, 0.5, 0.0]));
    }
}
