//! The plan as meant: every default filled in, every name looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::{Table, Value};

use super::extract::ExtractPlan;
use crate::embed::{self, LongText, OptionValue};
use crate::ingest::{Derive, Input, Instructions};
use crate::measure::{self, Asked, Variations};
use crate::model::Selection;
use crate::render::notebook::Library;
use crate::summarize::{By, Contrast, Settings};

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The file it was read from.
    pub file: PathBuf,
    /// `--set` arguments, as typed.
    pub overrides: Vec<String>,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// Names the run's folder.
    pub name: String,
    /// Root of every random stream.
    pub seed: u64,
    /// At least one.
    pub sources: Vec<SourcePlan>,
    /// At least one.
    pub embedders: Vec<EmbedderPlan>,
    /// What is measured.
    pub measure: MeasurePlan,
    /// Intervals and tests.
    pub inference: InferencePlan,
    /// What is measured under other choices too.
    pub sensitivity: SensitivityPlan,
    /// What is rendered.
    pub report: ReportPlan,
    /// The share of rejected rows past which the run fails.
    pub max_rejects: f64,
    /// US dollars that embedding may cost; null: as much as it takes.
    pub max_cost: Option<f64>,
}

/// One `[[source]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePlan {
    /// The globs as written.
    pub patterns: Vec<String>,
    /// The files they match now, sorted.
    pub inputs: Vec<Input>,
    /// A registered format, or `auto`.
    pub format: String,
    /// Canonical field → value where a row has none.
    pub defaults: BTreeMap<String, String>,
    /// Canonical field → column in the file.
    pub map: BTreeMap<String, String>,
    /// Where rows are, what is read out of names, and what is joined.
    pub instructions: Instructions,
    /// Which rules take responses apart.
    pub extract: ExtractPlan,
}

/// One `[[embedder]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbedderPlan {
    /// Becomes the space and the column `cosine:NAME`.
    pub name: String,
    /// A registered provider.
    pub provider: String,
    /// `builtin:NAME`, or a folder relative to the plan.
    pub model: String,
    /// Which text is embedded.
    pub text: Selection,
    /// What becomes of a text longer than the model's window.
    pub long_text: LongText,
    /// Tokens that neighboring windows share.
    pub chunk_overlap: u64,
    /// Everything else that was said about it.
    pub options: embed::Options,
}

/// `[measure]`.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasurePlan {
    /// Names of metrics with their variants, in the order asked for.
    pub metrics: Vec<Arc<str>>,
    /// Further variants of all of them.
    pub further: Variations,
    /// What the string metrics compare.
    pub text: Selection,
    /// Whether pairs across modes are measured too.
    pub across_modes: bool,
    /// The programming language of all programs, as a grammar's name; null: found out for each.
    pub language: Option<String>,
    /// Cosine distance up to which solutions count as the same in clusters.
    pub cluster_distance: f64,
}

impl MeasurePlan {
    /// Everything that is asked for.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        measure::ask(&self.metrics, &self.further)
    }

    fn echo(&self) -> Value {
        let texts = |names: Vec<String>| Value::Array(names.into_iter().map(Value::String).collect());
        let sizes = self.further.rarefy.iter().map(|&size| integer(size as u64)).collect();
        table([
            ("metrics", texts(self.metrics.iter().map(ToString::to_string).collect())),
            ("text", text(self.text.name())),
            ("statistics", texts(self.further.statistics.iter().filter_map(|one| one.suffix()).collect())),
            ("correct", Value::Boolean(self.further.correct)),
            ("rarefy", Value::Array(sizes)),
            ("across_modes", Value::Boolean(self.across_modes)),
            ("language", text(self.language.as_deref().unwrap_or("auto"))),
            ("cluster_distance", Value::Float(self.cluster_distance)),
        ])
    }
}

/// `[inference]` and `[[contrast]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct InferencePlan {
    /// How intervals and tests are made.
    pub settings: Settings,
    /// What is held against what; at least one.
    pub contrasts: Vec<Contrast>,
}

impl InferencePlan {
    /// The columns of the input that contrasts ask for beyond those that every run has, each once.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        let column = |contrast: &'_ Contrast| matches!(contrast.by, By::Column(_));
        self.contrasts.iter().filter(|contrast| column(contrast)).map(|contrast| contrast.by.name()).collect()
    }

    fn echo(&self) -> Value {
        let Settings { level, resamples, interval, contrast_interval, power, .. } = self.settings;
        table([
            ("level", Value::Float(level)),
            ("resamples", integer(resamples as u64)),
            ("interval", text(interval.name())),
            ("contrast_interval", text(contrast_interval.name())),
            ("power", Value::Float(power)),
        ])
    }

    fn echo_contrast(contrast: &Contrast) -> Value {
        let mut echo = Table::from_iter([("by".to_owned(), text(contrast.by.name()))]);
        echo.extend(contrast.baseline.as_ref().map(|baseline| ("baseline".to_owned(), text(baseline))));
        if !contrast.metrics.is_empty() {
            let metrics = contrast.metrics.iter().map(|metric| text(metric)).collect();
            echo.insert("metrics".to_owned(), Value::Array(metrics));
        }
        echo.extend(contrast.family.as_ref().map(|family| ("family".to_owned(), text(family))));
        Value::Table(echo)
    }
}

/// `[sensitivity]`: choices that cost further vectors. Those that do not are always in the panel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensitivityPlan {
    /// Other texts.
    pub texts: Vec<Selection>,
    /// Other policies for long texts.
    pub long_text: Vec<LongText>,
}

impl SensitivityPlan {
    fn echo(&self) -> Value {
        let texts = self.texts.iter().map(|one| text(one.name())).collect();
        let long_text = self.long_text.iter().map(|one| text(one.name())).collect();
        table([("texts", Value::Array(texts)), ("long_text", Value::Array(long_text))])
    }
}

/// A headline number measured under another choice.
#[derive(Debug, Clone, PartialEq)]
pub struct AlternativePlan {
    /// `text` or `long_text`.
    pub choice: &'static str,
    /// What is chosen.
    pub alternative: &'static str,
    /// The space that it is an alternative to.
    pub space: String,
    /// The embedder under that choice.
    pub embedder: EmbedderPlan,
}

/// Which figures are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FigureChoice {
    /// Every registered one that the data allows.
    All,
    /// These.
    Named(Vec<String>),
}

/// `[report]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPlan {
    /// Which figures.
    pub figures: FigureChoice,
    /// What the notebook reads tables with; none: no notebook is written.
    pub notebook: Option<Library>,
}

impl Plan {
    /// The command that runs this plan again, from the plan's folder: where that folder lies is no part of the run.
    #[must_use]
    pub fn command(&self) -> String {
        let file = self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let overrides = self.overrides.iter().map(|set| format!(" --set {}", shell_quoted(set)));
        format!("breadth run {}{}", shell_quoted(&file), overrides.collect::<String>())
    }

    /// Each embedder under each other choice that the panel asks for.
    #[must_use]
    pub fn alternatives(&self) -> Vec<AlternativePlan> {
        let SensitivityPlan { texts, long_text } = &self.sensitivity;
        let mut all = Vec::new();
        // Vectors are paid for; without the metric nothing would be made of them.
        if self.measure.asked().iter().all(|asked| &*asked.name != "cosine") {
            return all;
        }
        for embedder in &self.embedders {
            let mut add = |choice, alternative: &'static str, changed: EmbedderPlan| {
                let name = format!("{} ({choice} = {alternative})", embedder.name);
                let embedder_plan = EmbedderPlan { name, ..changed };
                all.push(AlternativePlan {
                    choice,
                    alternative,
                    space: embedder.name.clone(),
                    embedder: embedder_plan,
                });
            };
            for &text in texts.iter().filter(|text| **text != embedder.text) {
                add("text", text.name(), EmbedderPlan { text, ..embedder.clone() });
            }
            for &long_text in long_text.iter().filter(|policy| **policy != embedder.long_text) {
                add("long_text", long_text.name(), EmbedderPlan { long_text, ..embedder.clone() });
            }
        }
        all
    }

    /// The embedders, and behind them those of the alternatives.
    #[must_use]
    pub fn all_embedders(&self) -> Vec<EmbedderPlan> {
        self.embedders.iter().cloned().chain(self.alternatives().into_iter().map(|one| one.embedder)).collect()
    }

    /// The whole plan as understood, in the words of a plan.
    #[must_use]
    pub fn echo(&self) -> Table {
        let mut root = Table::new();
        root.insert("run".into(), table([("name", text(&self.name)), ("seed", integer(self.seed))]));
        root.insert("source".into(), Value::Array(self.sources.iter().map(SourcePlan::echo).collect()));
        root.insert("embedder".into(), Value::Array(self.embedders.iter().map(EmbedderPlan::echo).collect()));
        root.insert("measure".into(), self.measure.echo());
        root.insert("inference".into(), self.inference.echo());
        let contrasts = self.inference.contrasts.iter().map(InferencePlan::echo_contrast).collect();
        root.insert("contrast".into(), Value::Array(contrasts));
        root.insert("sensitivity".into(), self.sensitivity.echo());
        let figures = match &self.report.figures {
            FigureChoice::All => text("all"),
            FigureChoice::Named(names) => Value::Array(names.iter().map(|name| text(name)).collect()),
        };
        let notebook = match self.report.notebook {
            None => Value::Boolean(false),
            Some(Library::Polars) => Value::Boolean(true),
            Some(library) => text(library.name()),
        };
        root.insert("report".into(), table([("figures", figures), ("notebook", notebook)]));
        let mut limits = Table::from_iter([("max_rejects".to_owned(), Value::Float(self.max_rejects))]);
        limits.extend(self.max_cost.map(|cost| ("max_cost".to_owned(), Value::Float(cost))));
        root.insert("limits".into(), Value::Table(limits));
        root
    }
}

impl SourcePlan {
    fn echo(&self) -> Value {
        let strings = |map: &BTreeMap<String, String>| {
            Value::Table(map.iter().map(|(key, value)| (key.clone(), text(value))).collect())
        };
        let mut echo = Table::from_iter([
            ("path".to_owned(), Value::Array(self.patterns.iter().map(|pattern| text(pattern)).collect())),
            ("format".to_owned(), text(&self.format)),
            ("defaults".to_owned(), strings(&self.defaults)),
            ("map".to_owned(), strings(&self.map)),
        ]);
        let Instructions { rows, explode, index, derive, values, join, .. } = &self.instructions;
        echo.extend(rows.as_ref().map(|rows| ("rows".to_owned(), text(rows))));
        if !explode.is_empty() {
            let names = explode.iter().map(|name| text(name)).collect();
            echo.insert("explode".to_owned(), Value::Array(names));
        }
        echo.extend(index.as_ref().map(|index| ("index".to_owned(), text(index))));
        if !derive.is_empty() {
            let rules = derive.iter().map(|(field, rule)| (field.clone(), echo_derive(rule))).collect();
            echo.insert("derive".to_owned(), Value::Table(rules));
        }
        if !values.is_empty() {
            let tables = values.iter().map(|(field, values)| (field.clone(), strings(values))).collect();
            echo.insert("values".to_owned(), Value::Table(tables));
        }
        if let Some(join) = join {
            let on = join.on.iter().map(|(left, right)| (left.clone(), text(right))).collect();
            echo.insert("join".to_owned(), table([("path", text(&join.path)), ("on", Value::Table(on))]));
        }
        echo.insert("extract".to_owned(), self.extract.echo());
        Value::Table(echo)
    }
}

fn echo_derive(rule: &Derive) -> Value {
    let mut echo =
        Table::from_iter([("from".to_owned(), text(&rule.from)), ("pattern".to_owned(), text(&rule.pattern))]);
    echo.extend(rule.value.as_ref().map(|value| ("value".to_owned(), text(value))));
    Value::Table(echo)
}

/// What is used where a plan names no embedder: name, provider, model.
pub(super) const DEFAULT_EMBEDDER: (&str, &str, &str) = ("minilm", "onnx", "builtin:all-MiniLM-L6-v2");

impl EmbedderPlan {
    /// The embedder of a plan that names none.
    #[must_use]
    pub fn built_in() -> Self {
        let (name, provider, model) = DEFAULT_EMBEDDER;
        EmbedderPlan {
            name: name.to_owned(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            text: Selection::Solution,
            long_text: LongText::default(),
            chunk_overlap: 0,
            options: embed::Options::default(),
        }
    }

    /// What is asked of the embedding room; `folder` is the plan's own.
    #[must_use]
    pub fn request(&self, folder: &Path) -> embed::Request {
        embed::Request {
            name: self.name.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            base_dir: folder.to_owned(),
            long_text: self.long_text,
            chunk_overlap: usize::try_from(self.chunk_overlap).unwrap_or(usize::MAX),
            options: self.options.clone(),
        }
    }

    fn echo(&self) -> Value {
        let mut echo = Table::from_iter([
            ("name".to_owned(), text(&self.name)),
            ("provider".to_owned(), text(&self.provider)),
            ("model".to_owned(), text(&self.model)),
            ("text".to_owned(), text(self.text.name())),
            ("long_text".to_owned(), text(self.long_text.name())),
            ("chunk_overlap".to_owned(), integer(self.chunk_overlap)),
        ]);
        for (key, value) in self.options.iter() {
            let value = match value {
                OptionValue::Text(value) => text(value),
                OptionValue::Whole(value) => integer(*value),
                OptionValue::Number(value) => Value::Float(*value),
                OptionValue::Flag(value) => Value::Boolean(*value),
            };
            echo.insert(key.to_owned(), value);
        }
        Value::Table(echo)
    }
}

/// As a POSIX shell takes it back.
fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/=:+,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn integer(value: u64) -> Value {
    // Validation keeps seeds and counts within TOML's signed 64 bits.
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
