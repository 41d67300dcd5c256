//! Figures: a plain list of them, each drawn once as marks and painted as SVG and PNG.
//!
//! To add one: a file in this folder with `CARD` and `draw`, its `mod` line, and an entry in [`FIGURES`].

mod answer_flow;
mod chains;
mod cluster_sizes;
mod code;
mod consecutive_solutions;
mod context_by_round;
mod contrasts_forest;
mod diversity_against_accuracy;
mod embedding_map;
mod facets;
mod legend;
mod length_ecdf;
mod line_names;
mod lines;
mod map_names;
mod mode_panels;
mod novelty_by_round;
mod outline;
mod paint;
mod repeat_map;
mod scale;
mod scene;
mod sensitivity_of_contrasts;
mod similarity_between_rounds;
mod similarity_by_lag;
mod similarity_by_mode;
mod similarity_distribution;
mod similarity_table;
mod theme;
mod transition_matrix;
mod vendi_by_n;

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::label::{clean, slug};
use super::modes::{ModeKey, ModeLabels};
use super::{Artifact, RenderError, ReportData, words};
use crate::model::Card;
use scene::Scene;
use theme::Paper;

/// A kind of figure.
pub struct Figure {
    /// Its name and what there is to say about it.
    pub card: &'static Card,
    draw: fn(&ReportData<'_>, Paper) -> Result<Vec<Drawing>, NotDrawn>,
}

/// All figures, in the order in which files are written; the page has its own.
pub const FIGURES: [Figure; 18] = [
    Figure { card: &similarity_table::CARD, draw: similarity_table::draw },
    Figure { card: &similarity_by_mode::CARD, draw: similarity_by_mode::draw },
    Figure { card: &similarity_distribution::CARD, draw: similarity_distribution::draw },
    Figure { card: &contrasts_forest::CARD, draw: contrasts_forest::draw },
    Figure { card: &sensitivity_of_contrasts::CARD, draw: sensitivity_of_contrasts::draw },
    Figure { card: &similarity_between_rounds::CARD, draw: similarity_between_rounds::draw },
    Figure { card: &similarity_by_lag::CARD, draw: similarity_by_lag::draw },
    Figure { card: &novelty_by_round::CARD, draw: novelty_by_round::draw },
    Figure { card: &repeat_map::CARD, draw: repeat_map::draw },
    Figure { card: &consecutive_solutions::CARD, draw: consecutive_solutions::draw },
    Figure { card: &cluster_sizes::CARD, draw: cluster_sizes::draw },
    Figure { card: &vendi_by_n::CARD, draw: vendi_by_n::draw },
    Figure { card: &embedding_map::CARD, draw: embedding_map::draw },
    Figure { card: &diversity_against_accuracy::CARD, draw: diversity_against_accuracy::draw },
    Figure { card: &answer_flow::CARD, draw: answer_flow::draw },
    Figure { card: &transition_matrix::CARD, draw: transition_matrix::draw },
    Figure { card: &context_by_round::CARD, draw: context_by_round::draw },
    Figure { card: &length_ecdf::CARD, draw: length_ecdf::draw },
];

/// A figure that this run has no data for: no error, but said in the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDrawn {
    /// The figure's name.
    pub figure: &'static str,
    /// What is missing, as a fragment that fits after "not drawn: ".
    pub reason: String,
}

/// A figure before it is painted.
struct Drawing {
    /// What tells this one from others of its kind, e.g. metric and space.
    variant: Vec<String>,
    title: String,
    caption: String,
    alt: String,
    scene: Scene,
}

/// A figure as bytes.
#[derive(Debug, Clone)]
pub struct DrawnFigure {
    /// Its kind.
    pub card: &'static Card,
    /// File name without extension, e.g. `similarity_by_mode-cosine-minilm`.
    pub stem: String,
    /// What tells it from others of its kind, e.g. metric and space.
    pub variant: Vec<String>,
    /// Heading.
    pub title: String,
    /// What is drawn, over how many questions, with which intervals.
    pub caption: String,
    /// The figure in words and numbers, for those who cannot see it.
    pub alt: String,
    /// As vectors; safe to be put into HTML.
    pub svg: String,
    /// As vectors for one column of a paper: 3.5 inches wide, without a title, its texts as outlines.
    pub column: String,
    /// As pixels, two to one.
    pub png: Vec<u8>,
}

impl DrawnFigure {
    /// The figure's files.
    #[must_use]
    pub fn artifacts(&self) -> [Artifact; 3] {
        let path = |ending: &str| format!("figures/{}{ending}", self.stem);
        [
            Artifact { path: path(".svg"), bytes: self.svg.clone().into_bytes() },
            Artifact { path: path("-column.svg"), bytes: self.column.clone().into_bytes() },
            Artifact { path: path(".png"), bytes: self.png.clone() },
        ]
    }
}

/// What came of the figures that were asked for.
#[derive(Debug, Clone, Default)]
pub struct FigureSet {
    /// Those that could be drawn.
    pub drawn: Vec<DrawnFigure>,
    /// Those without data.
    pub not_drawn: Vec<NotDrawn>,
}

/// Draws every figure whose name `wanted` accepts, on all threads.
pub fn draw(data: &ReportData<'_>, wanted: impl Fn(&str) -> bool) -> Result<FigureSet, RenderError> {
    draw_as(data, wanted, paint::png)
}

/// All figures as vectors alone, which is much quicker.
#[cfg(test)]
pub(crate) fn draw_vectors(data: &ReportData<'_>) -> Result<FigureSet, RenderError> {
    draw_as(data, |_| true, |_, _| Ok(Vec::new()))
}

type Png = fn(&Scene, &str) -> Result<Vec<u8>, RenderError>;

fn draw_as(data: &ReportData<'_>, wanted: impl Fn(&str) -> bool, png: Png) -> Result<FigureSet, RenderError> {
    scene::load_fonts()?;
    let wanted: Vec<&Figure> = FIGURES.iter().filter(|figure| wanted(figure.card.name)).collect();
    let drawings: Vec<_> = wanted.par_iter().map(|figure| both(figure, data)).collect();
    let mut set = FigureSet::default();
    let mut stems = BTreeSet::new();
    let mut named = Vec::new();
    for (figure, drawings) in wanted.iter().zip(drawings) {
        match drawings {
            Err(reason) => set.not_drawn.push(reason),
            Ok(drawings) => named.extend(drawings.into_iter().map(|(drawing, column)| {
                let stem = stem(figure.card.name, &drawing.variant, &mut stems);
                (figure.card, stem, drawing, column)
            })),
        }
    }
    let painted = named.into_par_iter().map(|(card, stem, drawing, column)| paint(card, stem, drawing, &column, png));
    set.drawn = painted.collect::<Result<_, _>>()?;
    Ok(set)
}

/// The drawings of a kind for the page, each with its layout for a column of a paper.
fn both(figure: &Figure, data: &ReportData<'_>) -> Result<Vec<(Drawing, Scene)>, NotDrawn> {
    let columns = (figure.draw)(data, Paper::Column)?.into_iter().map(|drawing| drawing.scene);
    Ok((figure.draw)(data, Paper::Page)?.into_iter().zip(columns).collect())
}

/// A file name without extension that no other figure has.
fn stem(name: &str, variant: &[String], stems: &mut BTreeSet<String>) -> String {
    let parts: Vec<String> = std::iter::once(name.to_owned()).chain(variant.iter().map(|v| slug(v))).collect();
    let plain = parts.join("-");
    // Names that differ only in characters a file name cannot have get a number.
    let stem = (1..=stems.len() + 1)
        .map(|n| if n == 1 { plain.clone() } else { format!("{plain}-{n}") })
        .find(|stem| !stems.contains(stem))
        .unwrap_or(plain);
    stems.insert(stem.clone());
    stem
}

fn paint(
    card: &'static Card,
    stem: String,
    drawing: Drawing,
    column: &Scene,
    png: Png,
) -> Result<DrawnFigure, RenderError> {
    let id = stem.replace('.', "-");
    let Drawing { variant, title, caption, alt, scene } = drawing;
    let svg = paint::svg(&scene, &id, &title, &alt)?;
    let column = paint::outlined(column, &id, &title, &alt)?;
    let png = png(&scene, &id)?;
    Ok(DrawnFigure { card, stem, variant, title, caption, alt, svg, column, png })
}

/// A mode's color in all figures, as CSS writes it.
pub(crate) fn mode_color_css(key: &ModeKey, labels: &ModeLabels) -> String {
    let (r, g, b) = theme::mode_color(key, labels).rgb;
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Metrics of which figures draw every group.
pub const DRAWN_BY_GROUP: [&str; 2] = SHOWN;
/// The similarity metrics that figures show.
const SHOWN: [&str; 2] = ["cosine", "levenshtein_similarity"];

/// The similarity metrics that figures show, with the spaces they were measured on, in order.
fn similarities<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let found: BTreeSet<(usize, &str)> =
        rows.filter_map(|(metric, space)| Some((SHOWN.iter().position(|shown| *shown == metric)?, space))).collect();
    found.into_iter().map(|(metric, space)| (SHOWN[metric].to_owned(), space.to_owned())).collect()
}

/// A metric's title, from its card where the run has it.
fn metric_title(data: &ReportData<'_>, metric: &str) -> String {
    data.card(metric).map_or_else(|| clean(metric), |card| words::title(card, metric))
}

/// A metric's title within a sentence; `Levenshtein` is a name and stays as it is.
fn lowered(title: &str) -> String {
    title.strip_prefix("Cosine").map_or_else(|| title.to_owned(), |rest| format!("cosine{rest}"))
}

#[cfg(test)]
mod tests;
