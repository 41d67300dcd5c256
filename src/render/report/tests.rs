//! The page: whole, the same every time, and deaf to hostile text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use super::*;
use crate::render::figures;
use crate::render::synthetic::{Run, Shape};

fn page(data: &ReportData<'_>) -> String {
    let figures = figures::draw_vectors(data).unwrap();
    String::from_utf8(report(data, &figures).unwrap().bytes).unwrap()
}

#[test]
fn the_page_is_whole_and_always_the_same() {
    let run = Run::small();
    let html = page(&run.data());
    assert_eq!(html, page(&run.data()));
    for id in ["table", "figures", "contrasts", "read", "glossary", "provenance"] {
        assert!(html.contains(&format!("<section id=\"{id}\"")), "no section `{id}`");
    }
    for text in [
        "Similarity by mode",
        "are more alike under markov than under parallel",
        "Levenshtein similarity",
        // The template engine escapes the slash too.
        "breadth run pipelines&#x2f;quickstart.toml",
    ] {
        assert!(html.contains(text), "no `{text}`");
    }
    assert_eq!(html.matches("<svg ").count(), figures::draw_vectors(&run.data()).unwrap().drawn.len());
    assert_eq!(html.matches("<h1>").count(), 1);
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
}

#[test]
fn the_page_asks_nothing_of_a_network_and_runs_nothing() {
    let html = page(&Run::small().data());
    assert!(!html.contains("<script"));
    assert!(!html.contains("<link"));
    for address in html.match_indices("http").map(|(at, _)| &html[at..(at + 60).min(html.len())]) {
        let fine = address.starts_with("http://www.w3.org/2000/svg") || address.starts_with("http-equiv");
        assert!(fine, "an address: {address}");
    }
}

#[test]
fn ids_are_unique() {
    let html = page(&Run::small().data());
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let n = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), n);
}

#[test]
fn hostile_names_stay_names() {
    let evil = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</svg><style>*{}", "{{ 7 * 7 }}"];
    let run = Run::new(&Shape {
        datasets: &[("</title><script>", "</section>")],
        models: &evil,
        modes: &[("parallel", None), ("markov", Some("' onmouseover='x"))],
        spaces: &["</style><script>"],
        questions: 3,
        rounds: 3,
        intervals: true,
    });
    let mut data = run.data();
    data.name = "<h1>\u{202e}name";
    data.notes.push("<script>note</script>".to_owned());
    data.provenance.push(("<b>key".to_owned(), "<b>value".to_owned()));
    let html = page(&data);
    for needle in ["<script", "<img", "<b>", "</svg><style>", "\u{202e}", "<h1><h1>"] {
        assert!(!html.contains(needle), "{needle:?} is in the page");
    }
    assert_eq!(html.matches("</style>").count(), 1);
    assert!(html.contains("&lt;script&gt;"));
}

#[test]
fn an_empty_run_still_has_a_page_with_reasons() {
    let html = page(&Run::default().data());
    assert!(html.contains("This run has no summary."));
    assert!(html.contains("Not drawn:") && html.contains("no group has two samples to compare"));
    assert!(html.contains("No mean cosine similarity could be computed"));
}

/// Not a test: writes invented reports to a folder, for looking at them. `cargo test --lib look_at -- --ignored`.
#[test]
#[ignore = "writes pages and pictures for a person to look at"]
fn look_at_invented_reports() {
    let models = [
        "Qwen3-8B",
        "Qwen3-14B",
        "gemini-2.5-flash",
        "gemini-2.5-pro",
        "DeepSeek-R1-Distill-Qwen-7B",
        "DeepSeek-R1-Distill-Qwen-14B",
        "gpt-4o",
        "a-model-with-a-name-of-forty-characters-x",
    ];
    let modes = crate::render::synthetic::MODES;
    let many_modes = [
        ("parallel", None),
        ("markov", Some("re-answer")),
        ("markov", Some("errors-public")),
        ("autoregressive", Some("re-answer")),
        ("parallel_after_rounds", None),
        ("wait-2", None),
    ];
    let shape = |models, modes, questions, rounds| Shape {
        datasets: &[("aime24", "math"), ("humaneval", "coding")][..if rounds > 20 { 1 } else { 2 }],
        models,
        modes,
        spaces: &["minilm", "text-embedding-3-small"],
        questions,
        rounds,
        intervals: true,
    };
    let mut runs = [
        ("small", Run::small()),
        ("eight-models", Run::new(&shape(&models, &modes, 30, 8))),
        ("many-modes", Run::new(&shape(&models[..1], &many_modes, 164, 10))),
        ("many-rounds", Run::new(&shape(&models[..2], &modes, 800, 40))),
        ("one-question", Run::new(&shape(&models[..1], &modes, 1, 3))),
    ];
    let folder = std::env::temp_dir().join("breadth-look");
    for (name, run) in &mut runs {
        run.explore_choices();
        let data = run.data();
        let figures = figures::draw(&data, |_| true).unwrap();
        let here = folder.join(name);
        std::fs::create_dir_all(here.join("figures")).unwrap();
        for artifact in figures.drawn.iter().flat_map(figures::DrawnFigure::artifacts) {
            std::fs::write(here.join(artifact.path), artifact.bytes).unwrap();
        }
        let page = report(&data, &figures).unwrap();
        std::fs::write(here.join(page.path), page.bytes).unwrap();
    }
}
