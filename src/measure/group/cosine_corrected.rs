//! Cosine similarity beyond what any two questions have in common: the cosines of a set go in, one number comes out.

use crate::kernels::mean::mean;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "cosine_corrected",
        title: "Baseline-corrected cosine similarity",
        unit: "share of the room above the baseline",
        range: "(-∞, 1]",
        version: 1,
        measures: "How much of the room between two different questions and identity the solutions to one question fill: \
                   (S − B) / (1 − B), with S the mean cosine over the unordered pairs of the group and B the mean cosine of \
                   solutions to different questions of the same dataset, domain and model, all modes together, each pair \
                   of questions with one vote.",
        how_to_read: "0: as alike as solutions to different questions. 1: identical. Unlike the cosine itself it can be \
                      compared, with care, between embedders: one that squeezes everything into 0.95 to 0.99 spreads again.",
        misleads: "It depends on the other questions of the run: a narrow dataset has a high baseline and lower values. The \
                   differences between modes are those of `cosine`, stretched by 1/(1 − B), and so are their intervals, which \
                   take B as known. With one question there is no baseline.",
        source: "Linear rescaling as in BERTScore's baseline (Zhang et al. 2020, section 3), with the run's own questions as the baseline.",
    },
    measure: Measure::Set {
        compares: Compares::Vectors,
        lacks: "no second question to make a baseline of",
        at_least: 2,
        value,
        rarefied: Rarefied::Unbiased,
    },
};

fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let Some(embedder) = set.embedder else { return Ok(None) };
    let view = set.view;
    let level = view.inputs().baselines.and_then(|baselines| baselines.level(embedder, &view.group().key));
    let cosines = view.cosines(embedder)?;
    let mean = mean(set.pairs().filter_map(|pair| cosines[pair]));
    // Where everything is the same there is no room above the baseline.
    Ok(mean.zip(level).filter(|(_, level)| *level < 1.0).map(|(mean, level)| (mean - level) / (1.0 - level)))
}
