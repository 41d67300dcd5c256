//! Metrics of chains, one file each: a number for each round, or one for the whole chain.

pub(super) mod accuracy_gain;
pub(super) mod answer_changed;
pub(super) mod answer_novelty;
pub(super) mod correct_to_incorrect;
pub(super) mod cycle_length;
pub(super) mod decay_floor;
pub(super) mod decay_rate;
pub(super) mod drift;
pub(super) mod first_repeat_round;
pub(super) mod fixed_point_round;
pub(super) mod incorrect_to_correct;
pub(super) mod input_context_tokens;
pub(super) mod laziness_slope;
pub(super) mod n_answers;
pub(super) mod novelty;
pub(super) mod repeat;
pub(super) mod step_change;
pub(super) mod step_change_cosine;
pub(super) mod thinking_ratio;
pub(super) mod total_context_tokens;
