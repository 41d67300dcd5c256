//! What a run's `run.toml` says that decides whether its numbers are those of another run.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::CompareError;
use crate::pipeline::PipelineError;
use crate::store::run::read_run;
use crate::summarize::{Method, Settings};

/// A space as the run recorded it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SpaceFacts {
    pub(super) fingerprint: String,
    pub(super) traits: BTreeMap<String, String>,
}

/// What is known of a run besides its tables.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    /// As given.
    pub(super) folder: String,
    pub(super) name: String,
    /// Metric → version of its definition.
    pub(super) versions: BTreeMap<String, i64>,
    /// Embedder → its space.
    pub(super) spaces: BTreeMap<String, SpaceFacts>,
    /// The embedder that counts tokens: the first.
    pub(super) first_space: Option<String>,
    pub(super) settings: Settings,
    /// The metrics of the plan, in its order.
    pub(super) metrics: Vec<String>,
    /// What else `[measure]` says, each value as text.
    pub(super) measure: BTreeMap<String, String>,
    /// Embedder → which text it embeds.
    pub(super) texts: BTreeMap<String, String>,
}

impl Facts {
    /// Reads the record of a finished run.
    pub(super) fn read(folder: &Path) -> Result<Self, PipelineError> {
        let document = read_run(folder)?.document;
        Ok(Facts::of(&document, &folder.display().to_string())?)
    }

    fn of(document: &Table, folder: &str) -> Result<Self, CompareError> {
        let lacks = |expected| CompareError::OldRecord { folder: folder.to_owned(), expected };
        let plan = table(document, "plan").ok_or_else(|| lacks("the plan (`[plan]`)"))?;
        let versions = entries(document, "metric")
            .filter_map(|metric| Some((text(metric, "name")?, metric.get("version")?.as_integer()?)))
            .collect::<BTreeMap<_, _>>();
        if versions.is_empty() {
            return Err(lacks("the versions of its metrics (`[[metric]]`)"));
        }
        let measure = table(plan, "measure").ok_or_else(|| lacks("what was measured (`[plan.measure]`)"))?;
        let settings = settings(plan).ok_or_else(|| lacks("how intervals are made (`[plan.inference]`)"))?;
        let embedders = || entries(plan, "embedder");
        Ok(Facts {
            folder: folder.to_owned(),
            name: table(plan, "run").and_then(|run| text(run, "name")).unwrap_or_else(|| folder.to_owned()),
            versions,
            spaces: entries(document, "space").filter_map(space).collect(),
            first_space: embedders().next().and_then(|embedder| text(embedder, "name")),
            settings,
            metrics: strings(measure, "metrics"),
            measure: measure.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
            texts: embedders().filter_map(|one| Some((text(one, "name")?, text(one, "text")?))).collect(),
        })
    }
}

fn settings(plan: &Table) -> Option<Settings> {
    let inference = table(plan, "inference")?;
    let number = |key: &str| inference.get(key).and_then(Value::as_float);
    let method = |key: &str| {
        let name = text(inference, key)?;
        Method::ALL.into_iter().find(|method| method.name() == name)
    };
    Some(Settings {
        level: number("level").filter(|level| *level > 0.0 && *level < 1.0)?,
        resamples: usize::try_from(inference.get("resamples")?.as_integer()?).ok()?,
        seed: u64::try_from(table(plan, "run")?.get("seed")?.as_integer()?).ok()?,
        interval: method("interval")?,
        contrast_interval: method("contrast_interval")?,
        power: number("power").filter(|power| *power > 0.0 && *power < 1.0)?,
    })
}

fn space(space: &Table) -> Option<(String, SpaceFacts)> {
    let traits = table(space, "traits").into_iter().flatten();
    let traits = traits.map(|(key, value)| (key.clone(), plain(value))).collect();
    Some((text(space, "name")?, SpaceFacts { fingerprint: text(space, "fingerprint")?, traits }))
}

fn table<'t>(of: &'t Table, key: &str) -> Option<&'t Table> {
    of.get(key)?.as_table()
}

fn text(of: &Table, key: &str) -> Option<String> {
    of.get(key)?.as_str().map(str::to_owned)
}

fn entries<'t>(of: &'t Table, key: &str) -> impl Iterator<Item = &'t Table> {
    of.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn strings(of: &Table, key: &str) -> Vec<String> {
    let values = of.get(key).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// A value as a reader sees it: strings without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at surprises")]
    use super::*;

    pub(super) const RECORD: &str = r#"
[plan.run]
name = "one"
seed = 11
[plan.measure]
metrics = ["thinking_tokens", "cosine"]
text = "solution"
[plan.inference]
level = 0.9
resamples = 500
interval = "t"
contrast_interval = "bca"
power = 0.8
[[plan.embedder]]
name = "minilm"
text = "solution"
[[metric]]
name = "cosine"
version = 2
[[space]]
name = "minilm"
fingerprint = "abc"
[space.traits]
pooling = "mean"
"#;

    #[test]
    fn a_record_is_read() {
        let facts = Facts::of(&RECORD.parse().unwrap(), "reports/one").unwrap();
        assert_eq!((facts.name.as_str(), facts.versions["cosine"]), ("one", 2));
        assert_eq!((facts.settings.level, facts.settings.resamples, facts.settings.seed), (0.9, 500, 11));
        assert_eq!((facts.settings.interval, facts.texts["minilm"].as_str()), (Method::T, "solution"));
        assert_eq!(facts.spaces["minilm"].traits["pooling"], "mean");
        assert_eq!(facts.metrics, ["thinking_tokens", "cosine"]);
    }

    #[test]
    fn a_record_of_an_older_release_is_refused_with_a_way_out() {
        for lacking in ["[[metric]]", "[plan.inference]", "[plan.measure]"] {
            let record: Table = RECORD.replace(lacking, &lacking.replace(['m', 'i'], "x")).parse().unwrap();
            let refused = Facts::of(&record, "reports/one").unwrap_err().to_string();
            assert!(refused.contains("older release") && refused.contains("\nhint: "), "{refused}");
        }
    }
}
