//! Input context: token counts of a chain go in, what stood before the model in each round comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric, context};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "input_context_tokens",
        title: "Input context",
        unit: "tokens",
        range: "[0, ∞)",
        version: 1,
        measures: "Tokens that stood before the model when it wrote a round: the round's `prompt_tokens` where the input reports them. \
                   Otherwise the prompt tokens of round 0, where those are reported, plus the solution tokens of the rounds that this one \
                   has seen: of its `parents` where it names them (all must be in its group); without parents, in mode `markov` of the round before, in \
                   mode `autoregressive` of all rounds from 0 on, none of them absent or without a count. Otherwise there is \
                   none: not in other modes, and not for a first round whose prompt tokens are not reported. A group's value is the mean over rounds.",
        how_to_read: "The x axis of a matched budget: a chain that carries all it has written pays for it again in every round. Level \
                      for `markov`, rising for `autoregressive`.",
        misleads: "Where prompts are not reported, what stands around the solutions (instructions, feedback, roles) is left out, and where round 0's \
                   are not, the question as well: it is then too low. Reported and counted tokens may come from different tokenizers. \
                   Cached input is cheaper than its tokens say.",
        source: "Context accumulated by each sampling mode, as in the founding paper's comparison of token costs.",
    },
    measure: Measure::Step {
        compares: Compares::Field { space: "context", needs: "solution_tokens" },
        lacks: "neither prompt tokens nor rounds whose context the mode tells",
        values,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let tokens = context::input_tokens(lineage.view.samples());
    Ok(lineage.members.iter().map(|&member| tokens[member].map(|count| count as f64)).collect())
}
