//! What is drawn, for whatever data there is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;

use super::scene::{Anchor, Mark, Text};
use super::*;
use crate::render::synthetic::{MODES, Run, Shape};

const MODELS: [&str; 14] = [
    "Qwen3-8B",
    "Qwen3-14B",
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "DeepSeek-R1-Distill-Qwen-7B",
    "DeepSeek-R1-Distill-Qwen-14B",
    "gpt-4o",
    "claude-x",
    "a-model-with-a-name-of-forty-characters-x",
    "phi-4",
    "llama-3.1-8b",
    "mistral-small",
    "olmo-2",
    "yi-34b",
];

fn run(models: &[&str], modes: &[(&str, Option<&str>)], questions: usize, rounds: i64, intervals: bool) -> Run {
    Run::new(&Shape {
        datasets: &[("aime24", "math")],
        models,
        modes,
        spaces: &["minilm"],
        questions,
        rounds,
        intervals,
    })
}

fn all(run: &Run) -> FigureSet {
    draw_vectors(&run.data()).unwrap()
}

fn drawings(run: &Run) -> Vec<Drawing> {
    scene::load_fonts().unwrap();
    let papers = [Paper::Page, Paper::Column];
    let draw = |paper| FIGURES.iter().filter_map(move |figure| (figure.draw)(&run.data(), paper).ok()).flatten();
    papers.into_iter().flat_map(draw).collect()
}

#[test]
fn the_list_has_unique_names_and_full_cards() {
    let names: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.card.name).collect();
    assert_eq!(names.len(), FIGURES.len());
    for Figure { card, .. } in &FIGURES {
        for text in
            [card.name, card.title, card.unit, card.range, card.measures, card.how_to_read, card.misleads, card.source]
        {
            assert!(!text.trim().is_empty(), "`{}` has an empty text in its card", card.name);
        }
        assert!(card.version >= 1);
    }
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let run = Run::small();
    let draw = || draw(&run.data(), |_| true).unwrap();
    let (first, second) = (draw(), draw());
    assert!(first.drawn.len() >= FIGURES.len() && first.not_drawn.is_empty(), "{:?}", first.not_drawn);
    for (a, b) in first.drawn.iter().zip(&second.drawn) {
        assert_eq!(a.stem, b.stem);
        assert!(a.svg == b.svg && a.png == b.png, "`{}` differs", a.stem);
        assert_eq!(&a.png[..8], b"\x89PNG\r\n\x1a\n");
    }
}

/// Runs that are small, large or odd.
fn odd_runs() -> Vec<(&'static str, Run)> {
    let hostile =
        ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "a\u{0}b\u{1b}[31m\u{202e}c", "模型 ünïcödé"];
    vec![
        ("one question", run(&["m"], &MODES, 1, 3, false)),
        ("one mode", run(&["m"], &MODES[..1], 12, 1, true)),
        ("one chain mode", run(&["m"], &MODES[1..2], 12, 2, true)),
        ("ten models", run(&MODELS[..10], &MODES, 12, 8, true)),
        ("too many models", run(&MODELS, &MODES, 3, 3, true)),
        ("no intervals", run(&MODELS[..2], &MODES, 4, 4, false)),
        ("many rounds", run(&MODELS[..1], &MODES, 4, 40, true)),
        ("many questions", run(&MODELS[..2], &MODES, 400, 3, true)),
        (
            "odd modes",
            run(
                &["m"],
                &[
                    ("t=0.0", None),
                    ("t=0.7", None),
                    ("markov", None),
                    ("markov", Some("errors-public")),
                    ("parallel", None),
                ],
                9,
                4,
                true,
            ),
        ),
        ("hostile", run(&hostile, &[("parallel", None), ("<b>mode</b>", Some("x\"y'&"))], 2, 3, true)),
    ]
}

#[test]
fn every_figure_draws_whatever_there_is() {
    for (name, run) in odd_runs() {
        let set = all(&run);
        assert!(!set.drawn.is_empty(), "{name}");
        for figure in &set.drawn {
            assert!(figure.svg.starts_with("<svg ") && figure.svg.ends_with("</svg>\n"), "{name}: {}", figure.stem);
            assert!(!figure.alt.is_empty() && !figure.caption.is_empty());
            assert!(!figure.svg.contains("NaN") && !figure.alt.contains("NaN"), "{name}: {}", figure.stem);
        }
    }
}

#[test]
fn nothing_hostile_reaches_the_svg_raw() {
    for (_, run) in odd_runs() {
        for figure in all(&run).drawn {
            for needle in ["<script", "<img", "<b>", "\u{0}", "\u{1b}", "\u{202e}"] {
                assert!(!figure.svg.contains(needle), "{needle:?} in {}", figure.stem);
            }
        }
    }
}

#[test]
fn missing_data_is_a_reason_not_a_figure() {
    let set = all(&run(&["m"], &MODES[..1], 12, 1, true));
    let missing: Vec<&str> = set.not_drawn.iter().map(|not| not.figure).collect();
    for name in ["similarity_between_rounds", "similarity_by_lag", "thinking_length_by_round"] {
        assert!(missing.contains(&name), "{name} is not among {missing:?}");
    }
    let set = all(&Run::default());
    assert_eq!(set.not_drawn.len(), FIGURES.len());
    assert!(set.not_drawn.iter().all(|not| !not.reason.is_empty()));
}

#[test]
fn panels_beyond_the_twelfth_are_owned_up_to() {
    let set = all(&run(&MODELS, &MODES, 3, 3, true));
    // These are not made of one panel for each model, and say themselves what they leave out.
    let others = ["embedding_map", "consecutive_solutions"];
    for figure in set.drawn.iter().filter(|figure| !others.contains(&figure.card.name)) {
        assert!(figure.caption.contains("Of 14 panels the first 12"), "{}: {}", figure.stem, figure.caption);
    }
}

#[test]
fn space_names_make_file_names_that_differ() {
    let mut run = Run::small();
    for row in &mut run.summary {
        if row.metric == "cosine" && row.cell.mode == "markov" {
            row.space = "mini/lm".to_owned();
        } else if row.metric == "cosine" {
            row.space = "mini lm".to_owned();
        }
    }
    let set = draw(&run.data(), |name| name == "similarity_by_mode").unwrap();
    let stems: Vec<&str> = set.drawn.iter().map(|figure| figure.stem.as_str()).collect();
    assert_eq!(
        stems,
        [
            "similarity_by_mode-cosine-mini-lm",
            "similarity_by_mode-cosine-mini-lm-2",
            "similarity_by_mode-levenshtein_similarity-text"
        ]
    );
}

/// The box that a text covers: left, top, right, bottom.
fn text_box(text: &Text) -> (f64, f64, f64, f64) {
    let width = text.width();
    let left = match text.anchor {
        Anchor::Start => text.at.0,
        Anchor::Middle => text.at.0 - width / 2.0,
        Anchor::End => text.at.0 - width,
    };
    (left, text.at.1 - 0.73 * text.size, left + width, text.at.1)
}

#[test]
fn no_text_covers_another_or_leaves_the_figure() {
    for (name, run) in odd_runs() {
        for drawing in drawings(&run) {
            let scene = &drawing.scene;
            let texts: Vec<&Text> = scene
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Text(text) => Some(text),
                    _ => None,
                })
                .collect();
            for (i, text) in texts.iter().enumerate() {
                let (left, top, right, bottom) = text_box(text);
                assert!(
                    left >= 0.0 && top >= 0.0 && right <= scene.width && bottom <= scene.height,
                    "{name}, {}: `{}` leaves the figure",
                    drawing.title,
                    text.content
                );
                for other in &texts[..i] {
                    let (l, t, r, b) = text_box(other);
                    let overlap = left < r - 0.5 && l < right - 0.5 && top < b - 0.5 && t < bottom - 0.5;
                    assert!(!overlap, "{name}, {}: `{}` covers `{}`", drawing.title, text.content, other.content);
                }
            }
        }
    }
}

#[test]
fn marks_stay_inside_the_figure() {
    for (name, run) in odd_runs() {
        for drawing in drawings(&run) {
            let (w, h) = (drawing.scene.width, drawing.scene.height);
            let inside = |p: &(f64, f64)| (0.0..=w).contains(&p.0) && (0.0..=h).contains(&p.1);
            for mark in &drawing.scene.marks {
                let fine = match mark {
                    Mark::Line { from, to, .. } => inside(from) && inside(to),
                    Mark::Path { points, .. } | Mark::Area { points, .. } => points.iter().all(inside),
                    Mark::Rect { at, size, .. } => inside(at) && inside(&(at.0 + size.0, at.1 + size.1)),
                    Mark::Dot { at, .. } => inside(at),
                    Mark::Text(_) => true,
                };
                assert!(fine, "{name}, {}: {mark:?}", drawing.title);
            }
        }
    }
}
