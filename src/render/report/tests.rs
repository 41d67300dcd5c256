//! The page: whole, the same every time, and deaf to hostile text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::io::Read as _;

use serde_json::Value;

use super::*;
use crate::render::figures;
use crate::render::synthetic::{HOSTILE, Run, Shape};

fn page(data: &ReportData<'_>) -> String {
    let figures = figures::draw_vectors(data).unwrap();
    String::from_utf8(report(data, &figures).unwrap().bytes).unwrap()
}

/// What a chunk holds.
fn chunk(html: &str, name: &str) -> Value {
    let start = format!("<script type=\"application/octet-stream\" data-chunk=\"{name}\">");
    let data = html.split(&start).nth(1).unwrap_or_else(|| panic!("no chunk `{name}`")).split('<').next().unwrap();
    let mut json = String::new();
    flate2::read::GzDecoder::new(&STANDARD.decode(data).unwrap()[..]).read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

/// The page without what holds packed data, and without its own script.
fn markup(html: &str) -> String {
    let mut rest = html.replace(&script(), "");
    for kind in ["<script type=\"application/octet-stream\" data-chunk=\"", "<script>"] {
        while let Some(start) = rest.find(kind) {
            let end = start + rest[start..].find("</script>").unwrap() + "</script>".len();
            rest.replace_range(start..end, "");
        }
    }
    rest
}

#[test]
fn the_page_is_whole_and_always_the_same() {
    let run = Run::small();
    let html = page(&run.data());
    assert_eq!(html, page(&run.data()));
    for id in ["table", "explorer", "figures", "contrasts", "read", "glossary", "provenance"] {
        assert!(html.contains(&format!("<section id=\"{id}\"")), "no section `{id}`");
    }
    for text in [
        "Similarity by mode",
        "Which mode explores most?",
        "markov solutions are more alike than parallel ones: ",
        "Where does it repeat itself?",
        "Show me an example",
        "The table in a picture",
        "All 12 questions.",
        "Levenshtein similarity",
        // The template engine escapes the slash too.
        "breadth run pipelines&#x2f;quickstart.toml",
    ] {
        assert!(html.contains(text), "no `{text}`");
    }
    // One figure of each kind is there to see; the others are packed.
    assert_eq!(html.matches("<svg ").count(), html.matches("<figure").count());
    assert_eq!(html.matches("<h1>").count(), 1);
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
}

#[test]
fn the_page_asks_nothing_of_a_network_and_runs_its_own_script_alone() {
    let html = page(&Run::small().data());
    assert!(!html.contains("<link"));
    assert_eq!(html.matches("<script>").count(), 1, "scripts that run");
    let digest =
        STANDARD.encode(Sha256::digest(html.split("<script>").nth(1).unwrap().split("</script>").next().unwrap()));
    let policy = format!("content=\"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline';");
    assert!(html.contains(&policy), "the policy does not name the script");
    let html = markup(&html);
    assert!(!html.contains("<script"), "a script beside the page's own");
    for address in html.match_indices("http").map(|(at, _)| &html[at..(at + 60).min(html.len())]) {
        let fine = address.starts_with("http://www.w3.org/2000/svg") || address.starts_with("http-equiv");
        assert!(fine, "an address: {address}");
    }
}

#[test]
fn the_script_makes_no_markup_and_reaches_for_nothing() {
    let script = script();
    for forbidden in [
        "</script",
        "<!--",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "localStorage",
        "http:",
        "https:",
        "setTimeout(\"",
    ] {
        assert!(!script.contains(forbidden), "`{forbidden}` in the script");
    }
    for part in SCRIPT {
        assert!(part.starts_with("// "), "a part of the script does not say what it is");
        assert!(part.lines().count() <= 500, "a part of the script is too long: {}", part.lines().next().unwrap());
    }
}

#[test]
fn chunks_hold_the_samples_and_the_tables() {
    let run = Run::small();
    let html = page(&run.data());
    let index = chunk(&html, "index");
    let questions = index["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 24);
    assert_eq!(index["modes"][0]["name"], "parallel");
    assert_eq!(index["metrics"][0]["title"], "Cosine similarity");
    // Both data sets have a question `q0`.
    assert_eq!(questions[0]["key"], "quickstart-code/q0");
    let block = chunk(&html, &format!("samples-{}", questions[0]["chunk"]));
    let question = &block[usize::try_from(questions[0]["slot"].as_u64().unwrap()).unwrap()];
    let group = run.sample_groups.iter().find(|g| g.key.question_id == "q0" && g.key.mode == "parallel").unwrap();
    let shown = question["groups"][0]["samples"].as_array().unwrap();
    for (&member, shown) in group.members.iter().zip(shown) {
        let text = usize::try_from(shown["solution"].as_u64().unwrap()).unwrap();
        assert_eq!(question["texts"][text]["text"], run.samples[member].solution().unwrap());
        assert_eq!(shown["round"], run.samples[member].round);
    }
    let copies = chunk(&html, "copies");
    assert!(copies["t0"]["markdown"].as_str().unwrap().starts_with("**Cosine similarity**"));
    assert!(copies["t0"]["latex"].as_str().unwrap().contains("\\toprule"));
    let figure = chunk(&html, "figure-similarity_by_mode-1");
    assert!(figure["svg"].as_str().unwrap().starts_with("<svg "));
}

#[test]
fn a_repeat_points_at_what_it_repeats() {
    let run = Run::large();
    let html = page(&ReportData {
        samples: &run.samples,
        sample_groups: &run.sample_groups,
        shown: run.shown.as_ref(),
        ..Default::default()
    });
    let block = chunk(&html, "samples-0");
    let samples = &block[0]["groups"][0]["samples"];
    let repeats: Vec<&Value> = samples.as_array().unwrap().iter().map(|sample| &sample["repeats"]).collect();
    let expected = (0..8).map(|n| if n % 3 == 2 { Value::from(n - 1) } else { Value::Null });
    assert_eq!(repeats.into_iter().cloned().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    assert_eq!(samples[2]["verbatim"], true);
}

#[test]
fn hostile_texts_stay_packed_and_whole() {
    let run = Run::hostile();
    let html = page(&run.data());
    let shown = markup(&html);
    for needle in ["<script", "<img", "<iframe", "\u{1b}", "\u{202e}", "\u{200b}", "__proto__"] {
        assert!(!shown.contains(needle), "{needle:?} is in the page");
    }
    let n_blocks = html.matches("data-chunk=\"samples-").count();
    let texts: Vec<Value> = (0..n_blocks)
        .flat_map(|n| chunk(&html, &format!("samples-{n}")).as_array().unwrap().clone())
        .flat_map(|question| question["texts"].as_array().unwrap().clone())
        .collect();
    for text in HOSTILE {
        assert!(texts.iter().any(|one| one["text"] == text), "{text:?} is lost");
    }
    let cut = texts.iter().find(|one| one["text"].as_str().unwrap().starts_with("word word")).unwrap();
    assert_eq!(cut["text"].as_str().unwrap().chars().count(), 20_000);
    assert_eq!(cut["left_out"], 980_000);
    assert!(html.len() < 2_000_000, "{} bytes", html.len());
}

#[test]
fn ten_thousand_samples_make_a_page_of_bounded_blocks() {
    let run = Run::large();
    let html = page(&ReportData {
        samples: &run.samples,
        sample_groups: &run.sample_groups,
        shown: run.shown.as_ref(),
        summary: &run.summary,
        ..Default::default()
    });
    assert!(html.contains("All 417 questions."));
    let blocks: Vec<usize> = html.split("data-chunk=\"samples-").skip(1).map(|rest| rest.find('<').unwrap()).collect();
    assert!(blocks.len() > 10);
    assert!(blocks.iter().all(|bytes| *bytes < 300_000), "{blocks:?}");
}

/// The links of the page's examples, as texts.
fn examples(html: &str) -> Vec<&str> {
    let links = html.split("<a class=\"example\"").skip(1);
    links.map(|rest| rest.split('>').nth(1).unwrap().split('<').next().unwrap()).collect()
}

#[test]
fn too_many_pairs_are_left_to_their_table() {
    let mut run = Run::large();
    let position = run.sample_groups.iter().position(|group| group.key.question_id == "q0").unwrap();
    run.sample_groups[position].members = (0..220).collect();
    run.shown.as_mut().unwrap().pairs.retain(|pairs| pairs.group != position);
    let mut data = run.data();
    let html = page(&data);
    let index = chunk(&html, "index");
    let entries = index["questions"][0]["groups"].as_array().unwrap();
    let at = entries.iter().position(|group| group["n"] == 220).unwrap();
    let mean = run.groups.iter().find(|row| row.key == run.sample_groups[position].key && &*row.metric == "cosine");
    let mean = mean.unwrap().value.clone().unwrap();
    assert!((entries[at]["values"][0].as_f64().unwrap() - mean).abs() < 1e-4);
    let group = &chunk(&html, "samples-0")[0]["groups"][at];
    assert_eq!(group["too_many"], 220 * 219 / 2);
    assert_eq!((&group["pairs"][0], &group["extremes"][0]), (&Value::Null, &Value::Null));
    // Even where no group has few enough, and where nothing was measured.
    run.shown.as_mut().unwrap().pairs.clear();
    let html = page(&run.data());
    assert_eq!(chunk(&html, "index")["metrics"][0]["title"], "Cosine similarity");
    data = run.data();
    data.groups = &[];
    let html = page(&data);
    assert_eq!(chunk(&html, "samples-0")[0]["groups"][at]["too_many"], Value::Null);
}

#[test]
fn the_most_alike_pair_may_be_of_a_group_with_repeats() {
    let mut run = Run::large();
    // Draws 1 and 2 of the first group are equal, 0 and 1 nearly so.
    let first = run.shown.as_ref().unwrap().groups[0];
    for pairs in &mut run.shown.as_mut().unwrap().pairs {
        pairs.values.fill(Some(0.5));
        if pairs.group == first {
            (pairs.values[0], pairs.values[7]) = (Some(0.99), Some(1.0));
        }
    }
    let html = page(&run.data());
    let most =
        examples(&html).into_iter().find(|text| text.starts_with("The most alike pair that is not equal")).unwrap();
    assert!(most.ends_with("(0.990)"), "{most}");
}

#[test]
fn modes_are_compared_not_chains() {
    let mut run = Run::small();
    // Two chains of one mode, far apart, and no other mode.
    run.samples.retain(|sample| sample.key.mode == "markov" && sample.key.question_id == "q0");
    run.samples.retain(|sample| sample.key.dataset == "quickstart-math");
    for (n, sample) in run.samples.iter_mut().enumerate() {
        let mut key = (*sample.key).clone();
        key.chain = Some(i64::from(n % 2 == 1));
        sample.key = key.into();
    }
    run.sample_groups = crate::model::group_samples(&run.samples);
    let shown = run.shown.as_mut().unwrap();
    shown.groups = vec![0, 1];
    shown.pairs.truncate(2);
    for (n, pairs) in shown.pairs.iter_mut().enumerate() {
        pairs.group = n;
        pairs.values = vec![Some(0.4 + 0.5 * n as f64); run.sample_groups[n].n_pairs()];
    }
    shown.clusters.clear();
    let html = page(&run.data());
    assert!(!examples(&html).iter().any(|text| text.contains("differ most")), "{:?}", examples(&html));
    // Where two data sets have a question of that name, it is said of which it is.
    let html = page(&Run::small().data());
    let links = examples(&html);
    let different = links.iter().find(|text| text.contains("differ most")).unwrap();
    assert!(different.contains(" of quickstart-"), "{different}");
}

#[test]
fn a_space_alone_can_be_copied() {
    let run = Run::new(&Shape {
        datasets: &[("aime24", "math")],
        models: &["Qwen3-8B"],
        modes: &crate::render::synthetic::MODES,
        spaces: &["minilm", "other"],
        questions: 3,
        rounds: 3,
        intervals: true,
    });
    let copies = chunk(&page(&run.data()), "copies");
    let text = |name: &str| copies[name]["markdown"].as_str().unwrap().to_owned();
    assert!(text("t0").contains("minilm") && text("t0").contains("other"));
    assert!(text("t0.1").contains("other") && !text("t0.1").contains("minilm"), "{}", text("t0.1"));
    assert!(copies["t1.0"].is_null(), "one space alone is the whole table");
}

#[test]
fn figures_stand_in_the_order_of_their_chapters() {
    let html = page(&Run::small().data());
    let at = |name: &str| html.find(&format!("id=\"f-{name}\"")).unwrap_or_else(|| panic!("no figure `{name}`"));
    assert!(at("embedding_map") < at("cluster_sizes") && at("cluster_sizes") < at("vendi_by_n"));
}

#[test]
fn a_selection_is_called_one() {
    let mut run = Run::small();
    run.shown.as_mut().unwrap().n_all = 40;
    assert!(page(&run.data()).contains("A seeded selection of 12 of 40 questions"));
    run.shown = None;
    assert!(!page(&run.data()).contains("id=\"explorer\""));
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
    let html = markup(&page(&data));
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
    let temperatures = ["t=0.0", "t=0.1", "t=0.2", "t=0.3", "t=0.4", "t=0.5", "t=0.6", "t=0.7", "t=0.8", "t=0.9"];
    let fourteen: Vec<(&str, Option<&str>)> =
        modes.iter().copied().chain(temperatures.map(|mode| (mode, None))).collect();
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
        ("four-panels", Run::new(&shape(&models[2..4], &modes, 400, 5))),
        ("fourteen-modes", Run::new(&shape(&models[..1], &fourteen, 12, 6))),
        ("one-question", Run::new(&shape(&models[..1], &modes, 1, 3))),
        ("hostile", Run::hostile()),
        ("large", Run::large()),
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
