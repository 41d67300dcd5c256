//! Whole context: token counts of a chain go in, what the model read and wrote in each round comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric, context};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "total_context_tokens",
        title: "Input and output",
        unit: "tokens",
        range: "[0, ∞)",
        version: 1,
        measures: "`input_context_tokens` plus `total_tokens` of a round: everything that the model read, thought and wrote. Missing where \
                   either is. A group's value is the mean over rounds.",
        how_to_read: "What a round costs in context. Against the model's window it says how near a chain comes to its end.",
        misleads: "It has the gaps of both parts: context is too low where prompts are not reported, and thinking that a provider hides \
                   without telling its tokens counts as none. Input and output have different prices.",
        source: "Sum of input and output tokens, the second axis of a matched budget.",
    },
    measure: Measure::Step {
        compares: Compares::Field { space: "context", needs: "solution_tokens" },
        lacks: "no round with the tokens of both input and output",
        values,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let tokens = context::input_and_output_tokens(lineage.view.samples());
    Ok(lineage.members.iter().map(|&member| tokens[member].map(|count| count as f64)).collect())
}
