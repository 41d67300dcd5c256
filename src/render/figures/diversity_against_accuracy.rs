//! Whether modes that explore more are right more often: mean similarity against accuracy.

use std::collections::BTreeMap;

use super::facets::{Facet, Facets, Grid, PANEL_HEAD, panel_head};
use super::legend::{Key, legend, shade};
use super::scale::Scale;
use super::scene::{Anchor, Point, Scene, fit};
use super::theme::{self, Color, Paper};
use super::{Drawing, NotDrawn, lowered, metric_title};
use crate::model::{Card, Cell, SummaryRow};
use crate::render::label::clean;
use crate::render::modes::ModeKey;
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "diversity_against_accuracy",
    title: "Diversity against accuracy",
    unit: "cosine, share of samples",
    range: "[−1, 1] × [0, 1]",
    version: 2,
    measures: "For each sampling mode the mean cosine similarity of a question's solutions (across) and the share of their samples judged correct (up), over the same questions; faint points are questions. Intervals are drawn where the table has them for these very questions.",
    how_to_read: "Further left: the mode explores more. Higher: it is right more often. A mode at the upper left explores without paying for it with accuracy.",
    misleads: "Easy questions are both answered alike and answered right, so that the faint points rise to the right in every mode: hold modes against each other, not questions. Levels of similarity depend on the embedder. The crossed intervals do not tell of the two numbers together.",
    source: "METHODOLOGY.md, summaries; figure of this project",
};

const METRIC: &str = "cosine";
const ACCURACY: &str = "correct";
/// More questions than this a mode are thinned out: they would be a cloud of ink, and make the page heavy.
const MOST_QUESTIONS: usize = 150;
const COLUMNS: usize = 2;
const PLOT: f64 = 230.0;
const FOOT: f64 = 46.0;
const LEFT: f64 = 36.0;

struct Mode {
    label: String,
    color: Color,
    similarity: Mean,
    accuracy: Mean,
    /// The questions of both means.
    n_questions: usize,
    /// Those that are drawn.
    questions: Vec<Point>,
}

/// A mean over questions, with the interval where there is one for these questions.
struct Mean {
    value: f64,
    interval: Option<(f64, f64)>,
}

struct Panel {
    facet: Facet,
    modes: Vec<Mode>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let not_drawn = |reason: &str| NotDrawn { figure: CARD.name, reason: reason.to_owned() };
    if !data.further.iter().any(|row| row.metric == ACCURACY && row.value.is_some()) {
        return Err(not_drawn("no sample was judged, so that there is no accuracy"));
    }
    let rows = data.summary.iter().filter(|row| row.metric == METRIC && row.value.is_some());
    let mut spaces: Vec<&str> = rows.map(|row| row.space.as_str()).collect();
    spaces.sort_unstable();
    spaces.dedup();
    let drawings: Vec<Drawing> = spaces.iter().filter_map(|space| drawing(data, space, paper)).collect();
    if drawings.is_empty() {
        return Err(not_drawn("no mode has both a cosine similarity and an accuracy"));
    }
    Ok(drawings)
}

fn drawing(data: &ReportData<'_>, space: &str, paper: Paper) -> Option<Drawing> {
    let questions = questions(data, space);
    let rows: Vec<(&SummaryRow, &Vec<Point>)> = data
        .summary
        .iter()
        .filter(|row| row.metric == METRIC && row.space == space && row.value.is_some())
        .filter_map(|row| Some((row, questions.get(&row.cell)?)))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let facets = Facets::new(rows.iter().map(|(row, _)| &row.cell));
    let labels = words::mode_labels(data.summary);
    let every = rows.iter().map(|(_, of_mode)| of_mode.len().div_ceil(MOST_QUESTIONS)).max().unwrap_or(1).max(1);
    let thinned = if every > 1 { format!(" (one of every {every} by name)") } else { String::new() };
    let panel = |facet: &Facet| {
        let of_facet = rows.iter().filter(|(row, _)| facet.holds(&row.cell));
        let mut modes: Vec<(ModeKey, Mode)> = of_facet
            .map(|(row, of_mode)| {
                let key = ModeKey::of(&row.cell);
                let (label, color) = (labels.label(&key), shade(&key, &labels));
                let (similarity, accuracy) = means(row, accuracy(data, &row.cell), of_mode);
                let questions = of_mode.iter().copied().step_by(every).collect();
                (key, Mode { label, color, similarity, accuracy, n_questions: of_mode.len(), questions })
            })
            .collect();
        modes.sort_by(|a, b| a.0.cmp(&b.0));
        Panel { facet: facet.clone(), modes: modes.into_iter().map(|(_, mode)| mode).collect() }
    };
    let panels: Vec<Panel> = facets.shown.iter().map(panel).collect();
    let name = metric_title(data, METRIC);
    let title = "Similarity of solutions against accuracy, by sampling mode".to_owned();
    let level = words::percent(rows.first().map_or(0.95, |(row, _)| row.ci_level));
    let modes = || panels.iter().flat_map(|panel| &panel.modes);
    let n = words::count_range(modes().map(|mode| mode.n_questions));
    let bare = |mean: fn(&Mode) -> &Mean| modes().any(|mode| mean(mode).interval.is_none());
    let without = if bare(|mode| &mode.similarity) || bare(|mode| &mode.accuracy) {
        " Where a bar is missing, there is no interval for these very questions."
    } else {
        ""
    };
    let subtitle = format!(
        "Measured on {}. Large dots are means over questions with {level} intervals, faint ones are questions; n = {n} questions per mode, the same on both axes.",
        clean(space)
    );
    let caption = format!(
        "Mean {} of a question's solutions, measured on {}, against the share of its samples judged correct. Large dots are means over n = {n} questions per mode, those that have both a similarity and a judgment, bars their {level} intervals from resampling questions; faint dots are questions{thinned}.{without}{}",
        lowered(&name),
        clean(space),
        facets.remark()
    );
    let alt = alt(&panels, &title);
    let scene = scene(&panels, (&title, &subtitle), &format!("{} (further left: more varied)", lowered(&name)), paper);
    Some(Drawing { variant: vec![space.to_owned()], title, caption, alt, scene })
}

fn accuracy<'a>(data: &ReportData<'a>, cell: &Cell) -> Option<&'a SummaryRow> {
    data.further.iter().find(|row| row.metric == ACCURACY && row.value.is_some() && row.cell == *cell)
}

/// Both means over the questions of a mode that have a similarity and a judgment. A row of the tables counts where its
/// questions are as many, for then they are the same; else the mean is taken here, and there is no interval.
fn means(similarity: &SummaryRow, accuracy: Option<&SummaryRow>, questions: &[Point]) -> (Mean, Mean) {
    let n = questions.len();
    let mean = |row: Option<&SummaryRow>, of: fn(&Point) -> f64| {
        let row = row.filter(|row| row.n_questions == n);
        match row.and_then(|row| Some((row, row.value?))) {
            Some((row, value)) => Mean { value, interval: row.ci_low.zip(row.ci_high) },
            None => Mean { value: questions.iter().map(of).sum::<f64>() / n as f64, interval: None },
        }
    };
    (mean(Some(similarity), |point| point.0), mean(accuracy, |point| point.1))
}

/// For each cell its questions: mean similarity, share of samples that are correct.
fn questions(data: &ReportData<'_>, space: &str) -> BTreeMap<Cell, Vec<Point>> {
    /// Sum and number of similarities, of judgments.
    type Sums = [f64; 4];
    let mut sums: BTreeMap<(Cell, &str), Sums> = BTreeMap::new();
    for group in data.groups.iter().filter(|group| *group.metric == *METRIC && *group.space == *space) {
        if let Ok(value) = group.value {
            let sums = sums.entry((Cell::of(&group.key), &group.key.question_id)).or_default();
            (sums[0], sums[1]) = (sums[0] + value, sums[1] + 1.0);
        }
    }
    for group in data.sample_groups {
        // Questions without a similarity have no place across.
        let Some(sums) = sums.get_mut(&(Cell::of(&group.key), group.key.question_id.as_str())) else { continue };
        for correct in group.members.iter().filter_map(|member| data.samples.get(*member)?.correct) {
            (sums[2], sums[3]) = (sums[2] + f64::from(u8::from(correct)), sums[3] + 1.0);
        }
    }
    let mut questions: BTreeMap<Cell, Vec<Point>> = BTreeMap::new();
    for ((cell, _), [similarity, groups, correct, judged]) in sums {
        if groups > 0.0 && judged > 0.0 {
            questions.entry(cell).or_default().push((similarity / groups, correct / judged));
        }
    }
    questions
}

/// The value and the ends of its interval.
fn ends(mean: &Mean) -> impl Iterator<Item = f64> + use<> {
    std::iter::once(mean.value).chain(mean.interval.into_iter().flat_map(|(low, high)| [low, high]))
}

fn scene(panels: &[Panel], (title, subtitle): (&str, &str), axis: &str, paper: Paper) -> Scene {
    let grid = Grid::new(panels.len(), COLUMNS, paper);
    let modes = || panels.iter().flat_map(|panel| &panel.modes);
    let x_scale = Scale::new(
        modes().flat_map(|mode| ends(&mode.similarity).chain(mode.questions.iter().map(|point| point.0))),
        4,
    );
    let y_scale =
        Scale::new(modes().flat_map(|mode| ends(&mode.accuracy).chain(mode.questions.iter().map(|point| point.1))), 5);
    let mut scene = Scene::new(paper, grid.width());
    let top = scene.head(title, subtitle);
    let mut entries: Vec<(Key, String)> = Vec::new();
    for mode in modes() {
        let entry = (Key::Dot(mode.color), mode.label.clone());
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    let top = legend(&mut scene, &entries, top - 8.0_f64.min(top)) + 10.0;
    let heights: Vec<f64> = panels.iter().map(|_| PANEL_HEAD + 16.0 + PLOT + FOOT).collect();
    let (corners, bottom) = grid.place(top, &heights);
    for (panel, (x, y)) in panels.iter().zip(corners) {
        panel_head(&mut scene, &panel.facet, (x, y), grid.panel_width());
        let (from, to) = (x + LEFT, x + grid.panel_width() - 12.0);
        let plot_top = y + PANEL_HEAD + 16.0;
        let scales = (x_scale.over(from, to), y_scale.over(plot_top + PLOT, plot_top));
        scene.text((x, plot_top - 9.0), Anchor::Start, theme::TICK, theme::MUTED, "share of samples judged correct");
        axes(&mut scene, &scales, axis);
        draw_modes(&mut scene, panel, &scales);
    }
    scene.height = bottom + paper.margin() / 2.0;
    scene
}

fn axes(scene: &mut Scene, (x_scale, y_scale): &(Scale, Scale), axis: &str) {
    let ((from, to), (bottom, top)) = (x_scale.ends(), y_scale.ends());
    for tick in x_scale.ticks() {
        let x = x_scale.at(tick);
        scene.line((x, top), (x, bottom), theme::GRID, 1.0);
        let label = words::number(tick, x_scale.decimals());
        scene.text((x, bottom + 15.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
    }
    for tick in y_scale.ticks() {
        let y = y_scale.at(tick);
        scene.line((from, y), (to, y), theme::GRID, 1.0);
        let label = words::number(tick, y_scale.decimals());
        scene.text((from - 7.0, y + 4.0), Anchor::End, theme::TICK, theme::MUTED, label);
    }
    scene.line((from, bottom), (to, bottom), theme::AXIS, 1.0);
    let axis = fit(axis, to - from, theme::TICK, false);
    scene.text((f64::midpoint(from, to), bottom + 30.0), Anchor::Middle, theme::TICK, theme::MUTED, axis);
}

fn draw_modes(scene: &mut Scene, panel: &Panel, (x_scale, y_scale): &(Scale, Scale)) {
    let most = panel.modes.iter().map(|mode| mode.questions.len()).max().unwrap_or(0);
    // Hundreds of questions would be one cloud of ink.
    let (alpha, radius) = if most > 60 { (0.16, 1.9) } else { (0.3, 2.4) };
    for mode in &panel.modes {
        for (similarity, accuracy) in &mode.questions {
            scene.dot((x_scale.at(*similarity), y_scale.at(*accuracy)), radius, mode.color.faded(alpha));
        }
    }
    for mode in &panel.modes {
        let (x, y) = (x_scale.at(mode.similarity.value), y_scale.at(mode.accuracy.value));
        if let Some((low, high)) = mode.similarity.interval {
            scene.line((x_scale.at(low), y), (x_scale.at(high), y), mode.color, 1.75);
        }
        if let Some((low, high)) = mode.accuracy.interval {
            scene.line((x, y_scale.at(low)), (x, y_scale.at(high)), mode.color, 1.75);
        }
        scene.dot((x, y), 7.0, theme::PAPER);
        scene.dot((x, y), 5.5, mode.color);
    }
}

fn alt(panels: &[Panel], title: &str) -> String {
    let mut sentences = vec![format!("{title}.")];
    for panel in panels {
        let told = |mean: &Mean| {
            let value = words::number(mean.value, 3);
            let interval = mean.interval.and_then(|(low, high)| words::interval(Some(low), Some(high), 3));
            interval.map_or_else(|| value.clone(), |interval| format!("{value} {interval}"))
        };
        let modes: Vec<String> = panel
            .modes
            .iter()
            .map(|mode| {
                format!("{}: similarity {}, accuracy {}", mode.label, told(&mode.similarity), told(&mode.accuracy))
            })
            .collect();
        sentences.push(format!("{}, {}.", panel.facet.words(), modes.join("; ")));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::synthetic::Run;

    #[test]
    fn both_axes_have_the_same_questions() {
        let run = Run::small();
        let Some(row) = run.summary.iter().find(|row| row.metric == METRIC && row.value.is_some()) else { return };
        let questions: Vec<Point> = (0..row.n_questions).map(|_| (0.5, 0.25)).collect();
        let further = SummaryRow { value: Some(0.7), n_questions: row.n_questions, ..row.clone() };
        let (similarity, accuracy) = means(row, Some(&further), &questions);
        assert_eq!((Some(similarity.value), accuracy.value), (row.value, 0.7));
        assert_eq!(accuracy.interval, row.ci_low.zip(row.ci_high));
        // More questions were judged than compared: their accuracy is not that of the compared ones.
        let further = SummaryRow { n_questions: row.n_questions + 1, ..further };
        let (_, accuracy) = means(row, Some(&further), &questions);
        assert!((accuracy.value - 0.25).abs() < 1e-12 && accuracy.interval.is_none());
        let (similarity, _) = means(row, None, &questions[1..]);
        assert!((similarity.value - 0.5).abs() < 1e-12 && similarity.interval.is_none());
    }
}
