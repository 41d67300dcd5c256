//! The page's figures: by what they tell, one of each kind to see, its variants behind a switch.

use minijinja::Value;
use serde::Serialize;

use super::chunk::Chunk;
use super::context::metric_title;
use crate::render::figures::{self, DrawnFigure, FIGURES, FigureSet};
use crate::render::label::clean;
use crate::render::{RenderError, ReportData};

/// Figures that tell of one thing.
#[derive(Serialize)]
pub(super) struct Chapter {
    title: &'static str,
    kinds: Vec<Kind>,
}

#[derive(Serialize)]
struct Kind {
    name: &'static str,
    title: &'static str,
    how_to_read: &'static str,
    misleads: &'static str,
    figure: Figure,
    /// All of the kind, the one that is shown first too; empty where there is one alone.
    variants: Vec<Variant>,
}

#[derive(Serialize)]
struct Figure {
    stem: String,
    title: String,
    caption: String,
    alt: String,
    /// Empty where the figure is too large to lie in every reader's page; the script then unpacks it when it comes into
    /// sight.
    svg: Value,
    /// What the script unpacks; empty where the figure is there.
    chunk: String,
}

#[derive(Serialize)]
struct Variant {
    label: String,
    stem: String,
    chunk: String,
}

/// What the script puts in the place of the figure that is shown.
#[derive(Serialize)]
struct Packed<'a> {
    stem: &'a str,
    title: &'a str,
    caption: &'a str,
    alt: &'a str,
    svg: &'a str,
}

#[derive(Serialize)]
pub(super) struct NotDrawn {
    title: &'static str,
    reason: String,
}

/// Chapters in the order of the page, with the figures that belong to them. A figure that nobody placed comes last.
const CHAPTERS: [(&str, &[&str]); 6] = [
    ("The table in a picture", &["similarity_table", "similarity_by_mode", "similarity_distribution"]),
    (
        "Chains round by round",
        &["similarity_between_rounds", "similarity_by_lag", "novelty_by_round", "repeat_map", "consecutive_solutions"],
    ),
    ("Sets and maps", &["embedding_map", "cluster_sizes", "vendi_by_n"]),
    ("Answers and accuracy", &["answer_flow", "transition_matrix", "diversity_against_accuracy"]),
    ("Lengths and context", &["context_by_round", "length_ecdf"]),
    ("How sure", &["contrasts_forest", "sensitivity_of_contrasts"]),
];
const REST: &str = "Further figures";

/// Larger figures are not part of the page's tree until they come into sight.
const LARGEST_INLINE: usize = 150_000;

/// The figures by chapter, and the packed ones.
pub(super) fn chapters(data: &ReportData<'_>, set: &FigureSet) -> Result<(Vec<Chapter>, Vec<Chunk>), RenderError> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut chunks = Vec::new();
    let placed: Vec<&str> = CHAPTERS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    for (title, names) in CHAPTERS.iter().copied().chain([(REST, &[][..])]) {
        let here: Vec<&figures::Figure> = if title == REST {
            FIGURES.iter().filter(|kind| !placed.contains(&kind.card.name)).collect()
        } else {
            names.iter().filter_map(|name| FIGURES.iter().find(|kind| kind.card.name == *name)).collect()
        };
        let mut kinds = Vec::new();
        for kind in here {
            let drawn: Vec<&DrawnFigure> = set.drawn.iter().filter(|one| one.card.name == kind.card.name).collect();
            kinds.extend(self::kind(data, kind, &drawn, &mut chunks)?);
        }
        if !kinds.is_empty() {
            chapters.push(Chapter { title, kinds });
        }
    }
    Ok((chapters, chunks))
}

fn kind(
    data: &ReportData<'_>,
    kind: &figures::Figure,
    drawn: &[&DrawnFigure],
    chunks: &mut Vec<Chunk>,
) -> Result<Option<Kind>, RenderError> {
    let Some(first) = drawn.first() else { return Ok(None) };
    let is_large = first.svg.len() > LARGEST_INLINE;
    let name = |position: usize| format!("figure-{}-{position}", kind.card.name);
    let mut variants = Vec::new();
    for (position, one) in drawn.iter().enumerate() {
        if drawn.len() > 1 || is_large {
            chunks.push(packed(name(position), one)?);
        }
        if drawn.len() > 1 {
            variants.push(Variant { label: label(data, one), stem: one.stem.clone(), chunk: name(position) });
        }
    }
    // Made by the painter, which escapes every text in it.
    let svg = if is_large { String::new() } else { first.svg.clone() };
    Ok(Some(Kind {
        name: kind.card.name,
        title: kind.card.title,
        how_to_read: kind.card.how_to_read,
        misleads: kind.card.misleads,
        figure: Figure {
            stem: first.stem.clone(),
            title: first.title.clone(),
            caption: first.caption.clone(),
            alt: first.alt.clone(),
            svg: Value::from_safe_string(svg),
            chunk: if is_large { name(0) } else { String::new() },
        },
        variants,
    }))
}

fn packed(name: String, one: &DrawnFigure) -> Result<Chunk, RenderError> {
    let content = Packed { stem: &one.stem, title: &one.title, caption: &one.caption, alt: &one.alt, svg: &one.svg };
    Chunk::new(name, &content)
}

/// `Cosine similarity, minilm`.
fn label(data: &ReportData<'_>, one: &DrawnFigure) -> String {
    let part = |part: &String| match part.as_str() {
        "pca" => "PCA".to_owned(),
        "tsne" => "t-SNE".to_owned(),
        metric if data.summary.iter().any(|row| row.metric == metric) => metric_title(data, metric),
        other => clean(other),
    };
    one.variant.iter().map(part).collect::<Vec<_>>().join(", ")
}

pub(super) fn not_drawn(missing: &figures::NotDrawn) -> NotDrawn {
    let title =
        FIGURES.iter().find(|kind| kind.card.name == missing.figure).map_or(missing.figure, |kind| kind.card.title);
    NotDrawn { title, reason: missing.reason.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_names_figures_that_exist() {
        for name in CHAPTERS.iter().flat_map(|(_, names)| names.iter()) {
            assert!(FIGURES.iter().any(|kind| kind.card.name == *name), "no figure `{name}`");
        }
    }
}
