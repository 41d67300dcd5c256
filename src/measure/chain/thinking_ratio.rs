//! Thinking of later rounds: token counts of a chain go in, each over that of the first round comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "thinking_ratio",
        title: "Thinking against the first round",
        unit: "times the first round's tokens",
        range: "[0, ∞)",
        version: 1,
        measures: "L_t = ℓ_t / ℓ_1: thinking tokens of a later round over those of the first round of its chain that is there. The first \
                   round, whose ratio is 1 by definition, has none; nor has a chain whose first round did not think, or a round whose \
                   tokens were counted by another than the first one's. A group's value is the mean over its later rounds.",
        how_to_read: "Below 1: the model thinks less once it has a solution before it (laziness). 1: as much as at first.",
        misleads: "A mean of ratios: a chain with a short first thought can weigh as much as it likes; `laziness_slope` is milder. Less thinking \
                   is not worse thinking: see whether `correct` falls with it.",
        source: "Laziness of chain dynamics, L_t, taken within each chain.",
    },
    measure: Measure::Step {
        compares: Compares::Field { space: "thinking", needs: "thinking_tokens" },
        lacks: "no later round with thinking tokens beside those of the first",
        values,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let first = lineage.samples().next().and_then(|sample| sample.thinking_tokens).filter(|tokens| tokens.count > 0);
    let ratio = |(place, tokens): (usize, Option<crate::model::Tokens>)| {
        let (first, tokens) = (first?, tokens?);
        (place > 0 && tokens.source == first.source).then(|| tokens.count as f64 / first.count as f64)
    };
    Ok(lineage.samples().map(|sample| sample.thinking_tokens).enumerate().map(ratio).collect())
}
