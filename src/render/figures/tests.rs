//! What is drawn, for whatever data there is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;

use super::scene::{Anchor, Mark, Text};
use super::*;
use crate::model::{AnswerState, CountSource, Piece, TransitionRow};
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

/// More modes than there are colors.
const FOURTEEN: [(&str, Option<&str>); 14] = [
    ("parallel", None),
    ("markov", None),
    ("autoregressive", None),
    ("parallel_after_rounds", None),
    ("t=0.0", None),
    ("t=0.1", None),
    ("t=0.2", None),
    ("t=0.3", None),
    ("t=0.4", None),
    ("t=0.5", None),
    ("t=0.6", None),
    ("t=0.7", None),
    ("t=0.8", None),
    ("t=0.9", None),
];

fn run(models: &[&str], modes: &[(&str, Option<&str>)], questions: usize, rounds: i64, intervals: bool) -> Run {
    let mut run = Run::new(&Shape {
        datasets: &[("aime24", "math")],
        models,
        modes,
        spaces: &["minilm"],
        questions,
        rounds,
        intervals,
    });
    run.explore_choices();
    run
}

fn all(run: &Run) -> FigureSet {
    draw_vectors(&run.data()).unwrap()
}

fn drawings(run: &Run) -> Vec<Drawing> {
    scene::load_fonts().unwrap();
    let on = |paper| FIGURES.iter().filter_map(move |figure| (figure.draw)(&run.data(), paper).ok()).flatten();
    on(Paper::Page).chain(on(Paper::Column)).collect()
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
    let mut run = Run::small();
    run.explore_choices();
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
        ("uneven", uneven(run(&MODELS[..3], &MODES, 30, 6, true))),
        ("many answers", mixed(run(&MODELS[..2], &MODES, 30, 5, true))),
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
        ("fourteen modes", run(&["m"], &FOURTEEN, 9, 6, true)),
        ("fourteen modes of two rounds", run(&MODELS[..3], &FOURTEEN, 3, 2, true)),
        ("hostile", run(&hostile, &[("parallel", None), ("<b>mode</b>", Some("x\"y'&"))], 2, 3, true)),
    ]
}

/// A run in which nobody's thinking tokens are known, one model writes a hundred times as much as the others, counts come
/// from two sides, and chains end before others.
fn uneven(mut run: Run) -> Run {
    for (position, sample) in run.samples.iter_mut().enumerate() {
        sample.thinking_tokens = None;
        if let Some(tokens) = sample.solution_tokens.as_mut().filter(|_| position % 3 == 0) {
            tokens.source = CountSource::Reported;
        }
    }
    for row in &mut run.lengths {
        if row.metric == "thinking_tokens" {
            row.metric = "thinking_chars";
        }
        if row.cell.model == MODELS[0] {
            for value in [&mut row.mean, &mut row.p25, &mut row.p75] {
                *value *= 100.0;
            }
        }
    }
    run.lengths.retain(|row| row.cell.model != MODELS[1] || row.metric != "input_context_tokens");
    // Those that go on from round 3 are others than those that came to it.
    run.answer_flow.retain(|row| row.round < 3 || row.from == row.to);
    for row in run.answer_flow.iter_mut().filter(|row| row.round >= 3) {
        row.n_chains /= 2;
    }
    for row in &mut run.lags {
        row.null = None;
    }
    run
}

/// A run some of whose chains were judged and some not, with more steps than fit anywhere.
fn mixed(mut run: Run) -> Run {
    let further = run.transitions.iter().map(|row| TransitionRow { n_steps: 1_234_567, ..row.clone() });
    let further = further.flat_map(|row| AnswerState::ALL.map(|to| TransitionRow { to, ..row.clone() }));
    let further: Vec<TransitionRow> = further.collect();
    run.transitions.extend(further);
    run
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
fn what_differs_between_panels_is_said() {
    let set = all(&uneven(run(&MODELS[..3], &MODES, 30, 6, true)));
    let caption = |name: &str| &set.drawn.iter().find(|figure| figure.card.name == name).unwrap().caption;
    for (figure, said) in [
        ("context_by_round", "Upright axes differ from model to model."),
        ("context_by_round", "thinking (characters)"),
        ("answer_flow", "n = 15–30 chains of 30 questions per step. Where chains end"),
        ("length_ecdf", "The solution tokens are the input's own where it has them, else"),
    ] {
        assert!(caption(figure).contains(said), "{figure}: {}", caption(figure));
    }
    assert!(!caption("similarity_by_lag").contains("independent draws"));
    let set = all(&Run::small());
    let lag = set.drawn.iter().find(|figure| figure.card.name == "similarity_by_lag").unwrap();
    assert!(lag.caption.contains("independent draws") && lag.alt.contains("independent draws would give"));
}

#[test]
fn missing_data_is_a_reason_not_a_figure() {
    let set = all(&run(&["m"], &MODES[..1], 12, 1, true));
    let missing: Vec<&str> = set.not_drawn.iter().map(|not| not.figure).collect();
    for name in [
        "similarity_between_rounds",
        "similarity_by_lag",
        "novelty_by_round",
        "repeat_map",
        "context_by_round",
        "answer_flow",
        "transition_matrix",
    ] {
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
    let others =
        ["similarity_table", "contrasts_forest", "sensitivity_of_contrasts", "embedding_map", "consecutive_solutions"];
    for figure in set.drawn.iter().filter(|figure| !others.contains(&figure.card.name)) {
        assert!(figure.caption.contains("Of 14 panels the first 12"), "{}: {}", figure.stem, figure.caption);
    }
}

#[test]
fn hostile_solutions_are_shown_as_text() {
    let mut run = run(&["m"], &MODES, 2, 4, true);
    for sample in &mut run.samples {
        let text = format!(
            "</text><script>alert({})</script>\n\t<img src=x onerror=1>\u{1b}[31m \u{202e}evil\u{200b}\u{feff} ]]> <!-- \u{0} {{{{ x }}}} & \"quoted\" and so on to eighty characters",
            sample.round
        );
        sample.solution = Some(Piece::Own(text));
    }
    let set = all(&run);
    let figure = set.drawn.iter().find(|figure| figure.card.name == "consecutive_solutions").unwrap();
    assert!(figure.svg.contains('□'));
    for svg in [&figure.svg, &figure.column] {
        assert!(svg.contains("&lt;script&gt;alert"));
        for needle in ["<script", "<img", "\u{0}", "\u{1b}", "\u{202e}", "\u{200b}", "\u{feff}", "<!--", "]]>"] {
            assert!(!svg.contains(needle), "{needle:?}");
        }
    }
}

#[test]
fn without_judgments_there_is_no_accuracy_to_draw() {
    let mut run = Run::small();
    run.further.clear();
    let set = all(&run);
    let missing = set.not_drawn.iter().find(|not| not.figure == "diversity_against_accuracy").unwrap();
    assert!(missing.reason.contains("judged"), "{}", missing.reason);
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
                    "{name}, {} ({:?}): `{}` leaves the figure",
                    drawing.title,
                    scene.paper,
                    text.content
                );
                for other in &texts[..i] {
                    let (l, t, r, b) = text_box(other);
                    let overlap = left < r - 0.5 && l < right - 0.5 && top < b - 0.5 && t < bottom - 0.5;
                    assert!(
                        !overlap,
                        "{name}, {} ({:?}): `{}` covers `{}`",
                        drawing.title, scene.paper, text.content, other.content
                    );
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

/// One figure of each kind as it was last looked at. `INSTA_UPDATE=always cargo nextest run golden` draws them anew; look at them
/// (`src/render/figures/golden/`) before they are committed.
#[test]
fn every_kind_is_drawn_as_its_golden_figure() {
    let mut run = Run::new(&Shape {
        datasets: &[("aime24", "math")],
        models: &["Qwen3-8B"],
        modes: &MODES,
        spaces: &["minilm"],
        questions: 5,
        rounds: 4,
        intervals: true,
    });
    run.explore_choices();
    let set = all(&run);
    for figure in &FIGURES {
        let drawn = set.drawn.iter().find(|drawn| drawn.card.name == figure.card.name).unwrap();
        insta::with_settings!({
            snapshot_path => "golden",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(figure.card.name, drawn.svg); });
    }
}
