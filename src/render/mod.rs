//! Estimates in, bytes out: figures, tables, sentences, the report, the notebook.
//!
//! This room opens no file and prints nothing; what it makes is handed back as [`Artifact`]s or strings. Every string
//! that comes from data is hostile until it has gone through `label::clean` and the escaping of its format.

pub mod compare;
pub mod figures;
mod findings;
mod label;
mod modes;
pub mod notebook;
mod paper;
pub mod report;
mod sensitivity;
pub mod table;
pub mod words;

#[cfg(test)]
pub(crate) mod synthetic;

use std::collections::BTreeMap;

use crate::model::{
    AssociationRow, Card, ClusterSizeRow, ContrastRow, DistributionRow, FlowRow, Group, LagRow, LengthRow, Level,
    MapPoint, Measurement, RarefactionRow, RoundMeasurement, RoundPairRow, RoundRow, Sample, SensitivityRow, Shown,
    SummaryRow, TransitionRow, Variant,
};

/// Everything that a report is made of.
#[derive(Debug, Clone, Default)]
pub struct ReportData<'a> {
    /// The run's name.
    pub name: &'a str,
    /// The table `summary`.
    pub summary: &'a [SummaryRow],
    /// The table `contrasts`.
    pub contrasts: &'a [ContrastRow],
    /// The table `sensitivity`.
    pub sensitivity: &'a [SensitivityRow],
    /// The table `associations`.
    pub associations: &'a [AssociationRow],
    /// The table `rounds`.
    pub rounds: &'a [RoundRow],
    /// The table `groups`.
    pub groups: &'a [Measurement],
    /// Similarity of each two rounds.
    pub round_pairs: &'a [RoundPairRow],
    /// Similarity by distance in rounds.
    pub lags: &'a [LagRow],
    /// The table `lengths`.
    pub lengths: &'a [LengthRow],
    /// Means that figures need, whether the plan asks for their metrics or not: `correct`.
    pub further: &'a [SummaryRow],
    /// Per group and round, for maps of single questions: the metric `repeat`.
    pub round_values: &'a [RoundMeasurement],
    /// The table `distributions`.
    pub distributions: &'a [DistributionRow],
    /// The table `rarefaction`.
    pub rarefaction: &'a [RarefactionRow],
    /// The table `cluster_sizes`.
    pub cluster_sizes: &'a [ClusterSizeRow],
    /// The table `answer_flow`.
    pub answer_flow: &'a [FlowRow],
    /// The table `transitions`.
    pub transitions: &'a [TransitionRow],
    /// The table `map`.
    pub map: &'a [MapPoint],
    /// All samples of the run.
    pub samples: &'a [Sample],
    /// Who is compared with whom: positions in `samples`.
    pub sample_groups: &'a [Group],
    /// What the question explorer shows.
    pub shown: Option<&'a Shown>,
    /// The cards of the metrics in the run.
    pub cards: Vec<Card>,
    /// The cards of what stands around the numbers: intervals, tests, effect sizes.
    pub statistics: &'a [Card],
    /// What each of them is measured on.
    pub levels: BTreeMap<&'static str, Level>,
    /// What was read, rejected, truncated, embedded: what it is and how many.
    pub counts: Vec<(String, String)>,
    /// What a reader should know before trusting the numbers, one sentence each.
    pub notes: Vec<String>,
    /// Where the numbers come from: tool version, inputs and digests, models and fingerprints, seeds.
    pub provenance: Vec<(String, String)>,
    /// The commands that make this run again.
    pub reproduce: Vec<String>,
}

impl ReportData<'_> {
    /// What a metric of the run is measured on, whatever the variant.
    #[must_use]
    pub fn level(&self, metric: &str) -> Option<Level> {
        self.levels.get(Variant::parse(metric).base).copied()
    }

    /// The card of a metric of the run, of whatever variant.
    #[must_use]
    pub fn card(&self, metric: &str) -> Option<&Card> {
        let base = Variant::parse(metric).base;
        self.cards.iter().find(|card| card.name == base)
    }
}

/// A file to be written by whoever asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Relative to the run's folder, with forward slashes, e.g. `figures/similarity_by_lag-cosine-minilm.svg`.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What can go wrong while numbers become bytes. Missing data is none of it: see [`figures::NotDrawn`].
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The table of a metric that the run does not have.
    #[error("print metric `{metric}`: expected one of {}, got `{metric}`", known_list(.known))]
    UnknownMetric {
        /// What was asked for.
        metric: String,
        /// What the run has.
        known: Vec<String>,
    },
    /// The paper printed cosines only.
    #[error("put the paper beside `{metric}`: its Table 2 holds `cosine` only")]
    PaperHasOnlyCosine {
        /// What was asked for.
        metric: String,
    },
    /// The bundled font was refused.
    #[error("load the bundled font `{file}`")]
    Font {
        /// Which file of `assets/fonts`.
        file: &'static str,
    },
    /// The drawing backend failed.
    #[error("draw figure `{figure}`: {message}")]
    Draw {
        /// The figure's name.
        figure: String,
        /// What the backend said.
        message: String,
    },
    /// A picture could not be encoded.
    #[error("encode a picture as PNG")]
    Png(#[from] png::EncodingError),
    /// The page's template failed.
    #[error("fill the report's template")]
    Template(#[from] minijinja::Error),
    /// A CSV row could not be written.
    #[error("write the table as CSV")]
    Csv(#[from] csv::Error),
    /// JSON could not be written.
    #[error("write JSON")]
    Json(#[from] serde_json::Error),
}

fn known_list(known: &[String]) -> String {
    if known.is_empty() {
        return "none (this run has no summary)".to_owned();
    }
    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
