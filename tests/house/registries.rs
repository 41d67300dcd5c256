//! Registries: what is registered appears by itself; nothing else has to know.

use std::collections::BTreeSet;
use std::sync::Arc;

use breadth::measure::{
    Asked, Compares, Inputs, METRICS, Measure, MeasureError, Metric, ValueKind, View, measure_group,
};
use breadth::model::{Card, Extraction, GroupKey, PairColumn, PairValues, Piece, Sample, Selection, group_samples};
use breadth::render::figures::FIGURES;
use breadth::summarize::{Collector, STATISTICS, Settings, summary};

use super::{assert_none, source_files};

/// A whole new metric, as its file in `src/measure/pair/` would hold it.
static LENGTH_RATIO: Metric = Metric {
    card: Card {
        name: "length_ratio",
        title: "Length ratio",
        unit: "ratio",
        range: "[0, 1]",
        version: 1,
        measures: "Characters of the shorter text over those of the longer one.",
        how_to_read: "1: equally long.",
        misleads: "Says nothing about content.",
        source: "this test",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns: length_ratio },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn length_ratio(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let ratio = |a: usize, b: usize| a.min(b) as f64 / a.max(b) as f64;
    let texts = view.texts();
    let values = view.pairs().iter().map(|pair| Some(ratio(texts.len(pair.a)?, texts.len(pair.b)?))).collect();
    Ok(vec![PairColumn { metric: "length_ratio", space: view.text_space(), values: PairValues::Float(values) }])
}

fn sample(question: &str, round: i64, solution: &str) -> Sample {
    let key = GroupKey {
        dataset: "d".into(),
        domain: "math".into(),
        model: "m".into(),
        mode: "parallel".into(),
        feedback: None,
        question_id: question.into(),
        chain: None,
    };
    Sample {
        key: Arc::new(key),
        round,
        sample_id: format!("{question}/{round}"),
        parents: None,
        response: None,
        thinking: None,
        solution: Some(Piece::Own(solution.into())),
        code: None,
        answer: None,
        gold: None,
        correct: None,
        reward: None,
        prompt_tokens: None,
        thinking_tokens: None,
        solution_tokens: None,
        mean_entropy: None,
        mean_logprob: None,
        difficulty: None,
        finish_reason: None,
        extra: None,
        source_file: "test".into(),
        source_row: 1,
        extraction_rule: "fields",
        extraction: Extraction::default(),
    }
}

#[test]
fn a_metric_is_one_file_and_one_line() {
    // The metric above is known to this file alone, and comes out of the last table with its interval.
    let samples = [sample("a", 0, "xx"), sample("a", 1, "xxxx"), sample("b", 0, "x"), sample("b", 1, "x")];
    let inputs = Inputs::new(&samples, Selection::Solution, &[]);
    let groups = group_samples(&samples);
    let measured: Vec<_> = groups
        .iter()
        .flat_map(|group| measure_group(group, &inputs, &[Asked::plain(&LENGTH_RATIO)]).unwrap().measurements)
        .collect();
    let mut collected = Collector::default();
    collected.add(&measured);
    let (rows, _) = summary(&collected, Settings { resamples: 1000, ..Settings::DEFAULT });
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].metric.as_str(), rows[0].space.as_str()), ("length_ratio", "text"));
    assert_eq!(rows[0].value, Some(0.75));
    assert!(rows[0].ci_low.is_some());
}

#[test]
fn no_other_room_knows_a_metric_by_its_type() {
    // A metric's module is named in `measure/mod.rs` (registry) and by its neighbors, nowhere else.
    let mut findings = Vec::new();
    for file in source_files().iter().filter(|file| file.room() != "measure") {
        for (line, text) in file.lines() {
            if ["pair", "sample", "group", "chain"].iter().any(|level| text.contains(&format!("measure::{level}::"))) {
                findings.push(format!("{}:{line}: {}", file.path, text.trim()));
            }
        }
    }
    assert_none("metrics are reached through `METRICS`", &findings);
}

#[test]
fn cards_are_complete_and_names_unique() {
    let cards: Vec<&Card> = METRICS
        .iter()
        .map(|metric| &metric.card)
        .chain(FIGURES.iter().map(|figure| figure.card))
        .chain(STATISTICS)
        .collect();
    let mut names = BTreeSet::new();
    for card in cards {
        assert!(names.insert(card.name), "`{}` is registered twice", card.name);
        for text in [card.title, card.unit, card.range, card.measures, card.how_to_read, card.misleads, card.source] {
            assert!(!text.trim().is_empty(), "`{}` has a gap in its card", card.name);
        }
    }
}

#[test]
fn methodology_tells_every_metric() {
    let text = std::fs::read_to_string(super::root().join("METHODOLOGY.md")).unwrap();
    let missing: Vec<String> = METRICS
        .iter()
        .map(|metric| metric.card.name.to_owned())
        .filter(|name| !text.contains(&format!("`{name}`")))
        .collect();
    assert_none("METHODOLOGY.md leaves out", &missing);
}

#[test]
fn every_format_and_every_rule_is_in_the_documents() {
    let of = |file: &str| std::fs::read_to_string(super::root().join(file)).unwrap();
    let missing = |text: &str, names: Vec<&'static str>| -> Vec<String> {
        let absent = |name: &&str| !text.contains(&format!("`{name}`"));
        names.into_iter().filter(absent).map(str::to_owned).collect()
    };
    let formats = breadth::ingest::READERS.iter().map(|reader| reader.name).collect();
    assert_none("docs/formats.md leaves out", &missing(&of("docs/formats.md"), formats));
    let rules = breadth::extract::thinking::RULES.iter().map(|rule| rule.name);
    let rules = rules.chain(breadth::extract::answer::RULES.iter().map(|rule| rule.name));
    let rules = rules.chain(breadth::extract::code::POLICIES.iter().map(|policy| policy.name)).collect();
    assert_none("METHODOLOGY.md leaves out", &missing(&of("METHODOLOGY.md"), rules));
}

/// `docs/tables.md` is made from the schemas: `BREADTH_WRITE_DOCS=1 tests/run tables_are_documented` writes it.
#[test]
fn tables_are_documented_as_they_are_written() {
    let path = super::root().join("docs/tables.md");
    let made = breadth::store::tables::markdown();
    if std::env::var_os("BREADTH_WRITE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(
        made == written,
        "docs/tables.md is not what the schemas say; `BREADTH_WRITE_DOCS=1 tests/run tables_are_documented` writes it anew. First difference: {differs:?}"
    );
}

#[test]
fn the_citation_names_this_version() {
    let text = std::fs::read_to_string(super::root().join("CITATION.cff")).unwrap();
    let line = format!("version: {}", env!("CARGO_PKG_VERSION"));
    assert!(text.lines().any(|found| found == line), "CITATION.cff has no line `{line}`");
}

#[test]
fn every_command_is_in_the_readme() {
    let text = std::fs::read_to_string(super::root().join("README.md")).unwrap();
    let commands = source_files();
    let names = commands.iter().filter_map(|file| {
        let name = file.path.strip_prefix("src/cli/")?.strip_suffix(".rs")?;
        file.text.contains("pub(super) struct Arguments").then_some(name)
    });
    let missing: Vec<String> =
        names.filter(|name| !text.contains(&format!("| `breadth {name}"))).map(str::to_owned).collect();
    assert_none("README.md leaves out the commands", &missing);
}
