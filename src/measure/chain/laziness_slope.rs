//! Laziness: token counts of a chain go in, how fast its thinking becomes shorter comes out.

use crate::kernels::fit;
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "laziness_slope",
        title: "Slope of the thinking's length",
        unit: "ln tokens per round",
        range: "(−∞, ∞)",
        version: 1,
        measures: "Least-squares slope of ln ℓ_t on t within a chain, ℓ_t the thinking tokens of a round. Rounds without a count or with 0 \
                   tokens are left out; missing for fewer than two rounds, and where some counts are reported and others counted here.",
        how_to_read: "−0.1: each round thinks about 10 % less than the one before. 0: as much. Above 0: thinking becomes longer.",
        misleads: "Rounds that did not think at all are left out, so that a chain which stops thinking looks like one that goes on. Two rounds give \
                   a slope without any certainty. Chain slopes are averaged as if all were equally well known.",
        source: "Laziness of chain dynamics: per-chain slope of ln ℓ_t, averaged.",
    },
    measure: Measure::Chain {
        compares: Compares::Field { space: "thinking", needs: "thinking_tokens" },
        lacks: "fewer than 2 rounds with thinking tokens of one source",
        value,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let counts = lineage.places().into_iter().zip(lineage.samples());
    let counts = counts
        .filter_map(|(place, sample)| Some((place.steps as f64, sample.thinking_tokens.filter(|n| n.count > 0)?)));
    let (times, tokens): (Vec<f64>, Vec<_>) = counts.unzip();
    if tokens.windows(2).any(|pair| pair[0].source != pair[1].source) {
        return Ok(None);
    }
    let points: Vec<(f64, f64)> = times.into_iter().zip(tokens.iter().map(|n| (n.count as f64).ln())).collect();
    Ok(fit::slope(&points))
}
