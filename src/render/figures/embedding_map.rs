//! Where solutions lie in an embedder's space, flattened: question by question along their main directions, and all
//! together by t-SNE. Chains are paths.

use std::collections::{BTreeMap, BTreeSet};

use super::facets::Facet;
use super::legend::{Key, legend, ring, shade, square};
use super::map_names::{self, Named};
use super::scale::{decimals, round_step};
use super::scene::{Anchor, Point, Scene, fit};
use super::theme::{self, Color, Paper};
use super::{Drawing, NotDrawn};
use crate::model::{Card, MapPoint, Sample};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

pub(super) const CARD: Card = Card {
    name: "embedding_map",
    title: "Embedding map",
    unit: "the space's",
    range: "(−∞, ∞)",
    version: 1,
    measures: "Solutions as points of their embedder's space, flattened to two dimensions. PCA: for each question, the two directions in which its solutions differ most. t-SNE: all mapped solutions at once, laid out so that neighbors stay neighbors.",
    how_to_read: "Points close together are alike for the embedder. A path is a chain, its dots grow from round to round: a path that stays in a knot does not explore, one that wanders does. Filled dots are correct, hollow ones are not, squares were not judged.",
    misleads: "Two axes hold only a share of the differences, told above each PCA panel: points that meet here may lie apart in the space. In t-SNE distances between groups, sizes of groups and the directions mean nothing, only who is near whom. Verbatim repeats lie exactly on each other and look like one point.",
    source: "Pearson 1901 (PCA); van der Maaten and Hinton 2008 (t-SNE)",
};

/// Questions with a panel of their own.
const MOST_QUESTIONS: usize = 6;
/// Models and data sets with a map of their questions.
const MOST_FACETS: usize = 4;
/// Up to this many questions are named on the map of all.
const MOST_NAMES: usize = 15;
/// From this many points on, dots are small.
const MANY: usize = 300;
/// Between the outermost points and the frame.
const PAD: f64 = 10.0;
/// Above a panel: question, share of variance, name of the vertical axis.
const HEAD: f64 = 54.0;
/// Below a panel: ticks and the name of the level axis.
const FOOT: f64 = 44.0;
/// Left of a panel: ticks.
const LEFT: f64 = 34.0;

/// A sample on the map.
struct Spot<'a> {
    at: Point,
    sample: &'a Sample,
    explained: Option<f64>,
}

pub(super) fn draw(data: &ReportData<'_>, paper: Paper) -> Result<Vec<Drawing>, NotDrawn> {
    let maps: BTreeSet<(&str, &str)> = data.map.iter().map(|point| (point.method, &*point.space)).collect();
    let labels = words::mode_labels(data.summary);
    let drawings: Vec<Drawing> = maps
        .iter()
        .flat_map(|(method, space)| {
            let spots = spots(data, |point| point.method == *method && *point.space == **space);
            let map = Map { spots, space: clean(space), method, labels: &labels, paper };
            match (map.spots.is_empty(), *method) {
                (true, _) => Vec::new(),
                (false, "tsne") => vec![map.all_together()],
                (false, _) => map.by_question(),
            }
        })
        .collect();
    if drawings.is_empty() {
        let reason =
            "no map of the samples was made: it takes an embedder and questions with several samples".to_owned();
        return Err(NotDrawn { figure: CARD.name, reason });
    }
    Ok(drawings)
}

fn spots<'a>(data: &ReportData<'a>, wanted: impl Fn(&MapPoint) -> bool) -> Vec<Spot<'a>> {
    let points = data.map.iter().filter(|point| wanted(point) && point.x.is_finite() && point.y.is_finite());
    points
        .filter_map(|point| {
            let sample = data.samples.get(point.sample)?;
            Some(Spot { at: (point.x, point.y), sample, explained: point.explained })
        })
        .collect()
}

/// One method in one space.
struct Map<'a> {
    spots: Vec<Spot<'a>>,
    space: String,
    method: &'a str,
    labels: &'a ModeLabels,
    paper: Paper,
}

/// One question.
struct Panel<'a> {
    question: &'a str,
    spots: Vec<&'a Spot<'a>>,
}

impl Spot<'_> {
    fn facet(&self) -> Facet {
        let key = &self.sample.key;
        Facet { domain: key.domain.clone(), dataset: key.dataset.clone(), model: key.model.clone() }
    }

    fn mode(&self) -> ModeKey {
        ModeKey::new(&self.sample.key.mode, self.sample.key.feedback.as_deref())
    }
}

impl Map<'_> {
    /// A drawing for each model on a data set.
    fn by_question(&self) -> Vec<Drawing> {
        let facets: BTreeSet<Facet> = self.spots.iter().map(Spot::facet).collect();
        facets.iter().take(MOST_FACETS).map(|facet| self.of_facet(facet, facets.len())).collect()
    }

    fn of_facet(&self, facet: &Facet, n_facets: usize) -> Drawing {
        let of_facet = self.spots.iter().filter(|spot| *facet == spot.facet());
        let mut panels: Vec<Panel<'_>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for spot in of_facet {
            let question = spot.sample.key.question_id.as_str();
            let place = *places.entry(question).or_insert(panels.len());
            if place == panels.len() {
                panels.push(Panel { question, spots: Vec::new() });
            }
            panels[place].spots.push(spot);
        }
        let all = panels.len();
        panels.truncate(MOST_QUESTIONS);
        let shown: Vec<&Spot<'_>> = panels.iter().flat_map(|panel| panel.spots.iter().copied()).collect();
        let title = if n_facets > 1 {
            format!("Where the solutions to a question lie, along its two main directions: {}", facet.place())
        } else {
            "Where the solutions to a question lie, along its two main directions".to_owned()
        };
        let mut variant = vec![self.method.to_owned(), self.space.clone()];
        if n_facets > 1 {
            variant.extend([facet.place(), clean(&facet.model)]);
        }
        let facet = facet.words();
        let n = words::count(shown.len(), "sample");
        let subtitle = format!(
            "{facet}, measured on {}; {n}. Chains are paths whose dots grow from round to round; all panels have one scale.",
            self.space
        );
        let caption = format!(
            "{n} of {facet} by the two main directions (PCA) of their vectors in {}, question by question. {}{MARKS}. All panels have one scale: the length of a vector is 1, so that two unrelated texts lie about 1.4 apart in the whole space.{}",
            self.space,
            if all > panels.len() {
                format!("Of {} the first {} are drawn. ", words::count(all, "question"), panels.len())
            } else {
                String::new()
            },
            if n_facets > MOST_FACETS {
                format!(" Of {n_facets} models and data sets the first {MOST_FACETS} by name are drawn.")
            } else {
                String::new()
            },
        );
        Drawing {
            variant,
            alt: self.alt_by_question(&panels, &title),
            scene: self.panels(&panels, (&title, &subtitle)),
            title,
            caption,
        }
    }

    fn all_together(&self) -> Drawing {
        let spots: Vec<&Spot<'_>> = self.spots.iter().collect();
        let questions: BTreeSet<(Facet, &str)> =
            spots.iter().map(|spot| (spot.facet(), spot.sample.key.question_id.as_str())).collect();
        let title = "All mapped solutions: neighbors are alike".to_owned();
        let n = format!("{} of {}", words::count(spots.len(), "sample"), words::count(questions.len(), "question"));
        let subtitle = format!(
            "t-SNE of vectors in {}; {n}. Chains are paths. The axes have no unit, and only who is near whom means something.",
            self.space
        );
        let caption = format!(
            "t-SNE of {n}, measured on {}. {MARKS}. The axes have no unit: only who is near whom means something.",
            self.space
        );
        let alt = format!("{title}. t-SNE of {n}: {}.", self.counts(&spots));
        Drawing {
            variant: vec![self.method.to_owned(), self.space.clone()],
            scene: self.one_panel(&spots, (&title, &subtitle)),
            title,
            caption,
            alt,
        }
    }

    /// Modes and shapes that occur.
    fn entries(&self, spots: &[&Spot<'_>]) -> Vec<(Key, String)> {
        let modes: BTreeSet<ModeKey> = spots.iter().map(|spot| spot.mode()).collect();
        let chained = |mode: &ModeKey| spots.iter().any(|spot| spot.sample.key.chain.is_some() && spot.mode() == *mode);
        let key = |mode: &ModeKey| if chained(mode) { Key::Line } else { Key::Dot };
        let modes = modes.iter().map(|mode| (key(mode)(shade(mode, self.labels)), self.labels.label(mode)));
        let has = |correct: Option<bool>| spots.iter().any(|spot| spot.sample.correct == correct);
        let shapes = [
            (Some(true), Key::Dot(theme::MUTED), "correct"),
            (Some(false), Key::Ring(theme::MUTED), "incorrect"),
            (None, Key::Square(theme::MUTED), "not judged"),
        ];
        let shapes = shapes.into_iter().filter(|(correct, ..)| has(*correct));
        modes.chain(shapes.map(|(_, key, name)| (key, name.to_owned()))).collect()
    }

    /// `12 parallel (7 correct), 8 markov`.
    fn counts(&self, spots: &[&Spot<'_>]) -> String {
        let mut counts: BTreeMap<ModeKey, (usize, usize, usize)> = BTreeMap::new();
        for spot in spots {
            let (all, judged, correct) = counts.entry(spot.mode()).or_default();
            *all += 1;
            *judged += usize::from(spot.sample.correct.is_some());
            *correct += usize::from(spot.sample.correct == Some(true));
        }
        let told = counts.iter().map(|(mode, (all, judged, correct))| {
            let name = self.labels.label(mode);
            if *judged == 0 { format!("{all} {name}") } else { format!("{all} {name} ({correct} of {judged} correct)") }
        });
        told.collect::<Vec<_>>().join(", ")
    }

    fn alt_by_question(&self, panels: &[Panel<'_>], title: &str) -> String {
        let panels = panels.iter().map(|panel| {
            let variance = panel.variance().map_or_else(String::new, |words| format!(", {words}"));
            format!("Question {}{variance}: {}.", clean(panel.question), self.counts(&panel.spots))
        });
        std::iter::once(format!("{title}.")).chain(panels).collect::<Vec<_>>().join(" ")
    }

    fn panels(&self, panels: &[Panel<'_>], (title, subtitle): (&str, &str)) -> Scene {
        let paper = self.paper;
        // Two small panels side by side fit a column of a paper, too: they hold no text but ticks.
        let (most, gutter) = if paper == Paper::Page { (3, theme::GUTTER) } else { (2, 12.0) };
        let columns = panels.len().clamp(1, most);
        let width = paper.width(columns);
        let each = (width - 2.0 * paper.margin() - (columns - 1) as f64 * gutter) / columns as f64;
        let most = (each - LEFT, ((each - LEFT) * 0.8).min(360.0));
        let mut scene = Scene::new(paper, width);
        let mut top = scene.head(title, subtitle);
        let shown: Vec<&Spot<'_>> = panels.iter().flat_map(|panel| panel.spots.iter().copied()).collect();
        top = legend(&mut scene, &self.entries(&shown), top - 8.0_f64.min(top)) + 10.0;
        let unit = panels.iter().map(|panel| Frame::unit(&panel.spots, most)).fold(0.0, f64::max);
        let tall = panels.iter().map(|panel| Frame::height(&panel.spots, unit)).fold(0.45 * most.0, f64::max);
        let size = (most.0, tall.min(most.1));
        for (position, panel) in panels.iter().enumerate() {
            let x = paper.margin() + (position % columns) as f64 * (each + gutter);
            let y = top + (position / columns) as f64 * (HEAD + size.1 + FOOT);
            panel.head(&mut scene, (x, y), each);
            let frame = Frame::new(&panel.spots, (x + LEFT, y + HEAD), size, unit);
            frame.ticks(&mut scene, paper);
            self.draw_spots(&mut scene, &panel.spots, &frame);
        }
        scene.height = top + panels.len().div_ceil(columns) as f64 * (HEAD + size.1 + FOOT) + paper.margin() / 2.0;
        scene
    }

    fn one_panel(&self, spots: &[&Spot<'_>], (title, subtitle): (&str, &str)) -> Scene {
        let paper = self.paper;
        let mut scene = Scene::new(paper, paper.width(1));
        let top = scene.head(title, subtitle);
        let top = legend(&mut scene, &self.entries(spots), top - 8.0_f64.min(top)) + 10.0;
        let width = scene.width - 2.0 * paper.margin();
        let unit = Frame::unit(spots, (width, width * 0.75));
        let size = (width, Frame::height(spots, unit).clamp(width * 0.3, width * 0.75));
        let frame = Frame::new(spots, (paper.margin(), top), size, unit);
        frame.outline(&mut scene);
        self.draw_spots(&mut scene, spots, &frame);
        names(&mut scene, spots, &frame);
        let foot = (paper.margin() + width / 2.0, top + size.1 + 15.0);
        scene.text(foot, Anchor::Middle, theme::TICK, theme::MUTED, "t-SNE: the axes have no unit");
        scene.height = top + size.1 + 22.0 + paper.margin() / 2.0;
        scene
    }

    /// Paths below, dots above them.
    fn draw_spots(&self, scene: &mut Scene, spots: &[&Spot<'_>], frame: &Frame) {
        let mut chains: BTreeMap<_, Vec<&Spot<'_>>> = BTreeMap::new();
        for spot in spots {
            chains.entry(&*spot.sample.key).or_default().push(spot);
        }
        let many = spots.len() > MANY;
        let (alpha, shrunk) = (if many { 0.18 } else { 0.4 }, if self.paper == Paper::Page { 1.0 } else { 0.85 });
        for (key, chain) in &mut chains {
            chain.sort_by_key(|spot| spot.sample.round);
            if key.chain.is_some() {
                let color = shade(&chain[0].mode(), self.labels).faded(alpha);
                let path: Vec<Point> = chain.iter().map(|spot| frame.at(spot.at)).collect();
                for step in path.windows(2).filter(|step| step[0] != step[1]) {
                    scene.line(step[0], step[1], color, 1.25);
                }
            }
        }
        for (key, chain) in &chains {
            let color = shade(&chain[0].mode(), self.labels);
            let last = chain.last().map_or(0, |spot| spot.sample.round).max(1);
            for spot in chain {
                let grown = if key.chain.is_some() { spot.sample.round as f64 / last as f64 } else { 0.5 };
                let radius = if many { 2.0 + 0.8 * grown } else { 2.4 + 1.8 * grown };
                dot(scene, frame.at(spot.at), radius * shrunk, color, spot.sample.correct);
            }
        }
    }
}

/// What the marks stand for, in captions.
const MARKS: &str = "A dot is a sample, filled where it is correct, hollow where it is not, a square where it was not judged; a path is a chain, its dots growing from round to round";

fn dot(scene: &mut Scene, at: Point, radius: f64, color: Color, correct: Option<bool>) {
    match correct {
        Some(true) => {
            scene.dot(at, radius + 0.6, theme::PAPER);
            scene.dot(at, radius, color);
        }
        Some(false) => ring(scene, at, radius, color),
        None => square(scene, at, radius * 0.85, color.faded(0.8)),
    }
}

impl Panel<'_> {
    /// `62 % of the variance`.
    fn variance(&self) -> Option<String> {
        let share = self.spots.iter().find_map(|spot| spot.explained).filter(|share| share.is_finite())?;
        Some(format!("{} of the variance", words::percent((share * 100.0).round() / 100.0)))
    }

    fn head(&self, scene: &mut Scene, (x, y): Point, room: f64) {
        let question = fit(&clean(self.question), room, theme::HEADING, true);
        scene.bold((x, y + theme::HEADING), Anchor::Start, theme::HEADING, theme::INK, question);
        let variance = self.variance().unwrap_or_else(|| "share of the variance unknown".to_owned());
        let variance = fit(&variance, room, theme::TICK, false);
        scene.text((x, y + theme::HEADING + 15.0), Anchor::Start, theme::TICK, theme::MUTED, variance);
    }
}

/// Where a map is drawn: one scale for both axes, the points in the middle.
struct Frame {
    corner: Point,
    size: Point,
    /// The middle of the data.
    middle: Point,
    /// Data per pixel.
    unit: f64,
}

impl Frame {
    fn bounds(spots: &[&Spot<'_>]) -> (Point, Point) {
        let empty = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        spots.iter().fold(empty, |(low, high), spot| {
            let (x, y) = spot.at;
            ((low.0.min(x), low.1.min(y)), (high.0.max(x), high.1.max(y)))
        })
    }

    /// The least data per pixel at which all points fit.
    fn unit(spots: &[&Spot<'_>], size: Point) -> f64 {
        let (low, high) = Frame::bounds(spots);
        let needed = ((high.0 - low.0) / (size.0 - 2.0 * PAD)).max((high.1 - low.1) / (size.1 - 2.0 * PAD));
        // Where all points lie on one another, the panel is a tenth wide.
        if needed.is_finite() { needed.max(0.1 / size.0) } else { 0.1 / size.0 }
    }

    /// What the points take from top to bottom.
    fn height(spots: &[&Spot<'_>], unit: f64) -> f64 {
        let (low, high) = Frame::bounds(spots);
        (high.1 - low.1) / unit + 2.0 * PAD
    }

    fn new(spots: &[&Spot<'_>], corner: Point, size: Point, unit: f64) -> Frame {
        let (low, high) = Frame::bounds(spots);
        Frame { corner, size, middle: (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1)), unit }
    }

    fn at(&self, (x, y): Point) -> Point {
        let across = self.corner.0 + self.size.0 / 2.0 + (x - self.middle.0) / self.unit;
        let down = self.corner.1 + self.size.1 / 2.0 - (y - self.middle.1) / self.unit;
        (across, down)
    }

    fn outline(&self, scene: &mut Scene) {
        let ((x, y), (w, h)) = (self.corner, self.size);
        scene.path(vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)], theme::AXIS, 1.0);
    }

    /// A grid with numbers.
    fn ticks(&self, scene: &mut Scene, paper: Paper) {
        let ((x, y), (w, h)) = (self.corner, self.size);
        let wide = if paper == Paper::Page { 52.0 } else { 30.0 };
        let (values, decimals) = self.steps(self.middle.0, w, &[wide, 40.0_f64.min(wide), 30.0]);
        for value in values {
            let at = self.at((value, 0.0)).0;
            scene.line((at, y), (at, y + h), theme::GRID, 1.0);
            let label = words::number(value, decimals);
            scene.text((at, y + h + 15.0), Anchor::Middle, theme::TICK, theme::MUTED, label);
        }
        let (values, decimals) = self.steps(self.middle.1, h, &[wide, 30.0, 20.0, 14.0]);
        for value in values {
            let at = self.at((0.0, value)).1;
            scene.line((x, at), (x + w, at), theme::GRID, 1.0);
            let label = fit(&words::number(value, decimals), LEFT - 6.0, theme::TICK, false);
            scene.text((x - 6.0, at + 4.0), Anchor::End, theme::TICK, theme::MUTED, label);
        }
        self.outline(scene);
        scene.text((x - LEFT, y - 7.0), Anchor::Start, theme::TICK, theme::MUTED, "second direction");
        let middle = (x + w / 2.0, y + h + 30.0);
        scene.text(middle, Anchor::Middle, theme::TICK, theme::MUTED, "first direction");
    }

    /// Round numbers on an axis and their decimals, at least `apart` pixels from one another: the first of these distances
    /// that leaves two numbers besides 0, so that the axis can be read.
    fn steps(&self, middle: f64, pixels: f64, apart: &[f64]) -> (Vec<f64>, usize) {
        let mut found = (Vec::new(), 0);
        for apart in apart {
            let step = round_step(self.unit * apart);
            // Steps of 2.5 would cost a digit that a narrow panel has no room for.
            let step = if decimals(2.0 * step) < decimals(step) { 2.0 * step } else { step };
            found = (self.multiples(middle, pixels, step), decimals(step));
            if found.0.iter().filter(|value| value.abs() > step / 2.0).count() >= 2 {
                break;
            }
        }
        found
    }

    /// Multiples of `step` on an axis, away from its ends by half a number.
    fn multiples(&self, middle: f64, pixels: f64, step: f64) -> Vec<f64> {
        let half = (pixels / 2.0 - 9.0) * self.unit;
        let (first, last) = (((middle - half) / step).ceil(), ((middle + half) / step).floor());
        let mut values = Vec::new();
        let mut k = first;
        while k <= last && values.len() < 20 {
            values.push(k * step);
            k += 1.0;
        }
        values
    }
}

/// Names of questions beside their points, where there are few.
fn names(scene: &mut Scene, spots: &[&Spot<'_>], frame: &Frame) {
    let mut questions: BTreeMap<(Facet, &str), Vec<Point>> = BTreeMap::new();
    for spot in spots {
        let question = spot.sample.key.question_id.as_str();
        questions.entry((spot.facet(), question)).or_default().push(frame.at(spot.at));
    }
    if questions.len() > MOST_NAMES {
        return;
    }
    let named: Vec<Named<'_>> =
        questions.into_iter().map(|((_, question), points)| Named { question, points }).collect();
    map_names::draw(scene, &named, (frame.corner, frame.size));
}
