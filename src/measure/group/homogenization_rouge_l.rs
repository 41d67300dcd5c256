//! Homogenization by ROUGE-L: the texts of a set go in, a mean F-measure comes out.

use crate::kernels::mean::mean;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "homogenization_rouge_l",
        title: "Homogenization (ROUGE-L)",
        unit: "F1",
        range: "[0, 1]",
        version: 1,
        measures: "How alike the texts of a set are on average: the mean of ROUGE-L F1 over all ordered pairs of \
                   different texts, which is the mean over its unordered pairs, since F1 is symmetric. The group's \
                   value of `rouge_l` under the name that it has in the literature on homogenization.",
        how_to_read: "Higher means *less* diverse. See `rouge_l`.",
        misleads: "As `rouge_l`. The `diversity` package rounds it to three digits and turns 0 into 1 (\"all strings \
                   are the same\"); here 0 stays 0.",
        source: "Padmakumar and He 2024; `homogenization_score` of the `diversity` package (Shaib et al. 2024).",
    },
    measure: Measure::Set {
        compares: Compares::Text,
        lacks: "no words in its texts",
        at_least: 2,
        value,
        rarefied: Rarefied::Unbiased,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let values = set.view.texts().rouge_l(set.view.pairs());
    Ok(mean(set.pairs().filter_map(|pair| values[pair])))
}
