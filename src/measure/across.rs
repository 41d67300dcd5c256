//! Pairs across modes: two lists of samples of one question go in, what one mode's samples have in common with the
//! other's comes out. It tells a mode that is *tighter* from one that is *elsewhere*.

use std::sync::Arc;

use super::everything::pair_columns;
use super::{Asked, Inputs, MeasureError, View};
use crate::kernels::mean::mean;
use crate::model::{Group, Measurement, Missing};

/// Measures each pair metric of `asked` over the pairs of a member of `a` with a member of `b`: the mean of
/// `s(i, j)` over all of them.
///
/// `a` and `b` are all groups of two modes on one question; a chain's number plays no part. Variants of metrics, and
/// metrics of anything but pairs, are left out.
///
/// # Errors
/// As for [`super::measure_group`].
pub fn measure_across(
    a: &[&Group],
    b: &[&Group],
    inputs: &Inputs<'_>,
    asked: &[Asked],
) -> Result<Vec<Measurement>, MeasureError> {
    let (Some(first), Some(second)) = (a.first(), b.first()) else { return Ok(Vec::new()) };
    let members = |groups: &[&Group]| groups.iter().flat_map(|group| group.members.clone()).collect::<Vec<usize>>();
    let mut of_both = members(a);
    let n_a = of_both.len();
    of_both.extend(members(b));
    let both = Group { key: Arc::new(first.key.across(&second.key)), members: of_both };
    let view = View::new(&both, *inputs)?;
    let mut measurements = Vec::new();
    for asked in asked.iter().filter(|asked| asked.is_plain()) {
        for column in pair_columns(&view, asked.metric)? {
            if column.metric != asked.metric.card.name {
                continue;
            }
            let across = view.pairs().iter().enumerate().filter(|(_, pair)| pair.a < n_a && pair.b >= n_a);
            let values: Vec<f64> = across.filter_map(|(place, _)| column.values.number(place)).collect();
            let n_pairs = Some(values.len());
            measurements.push(Measurement {
                key: Arc::clone(&both.key),
                metric: Arc::clone(&asked.name),
                space: column.space,
                n_samples: both.members.len(),
                n_pairs,
                value: mean(values).ok_or(Missing::Undefined("no pair across the two modes")),
                // Two independent sets of draws: leaving one out at a time would have to know which.
                std_error: None,
            });
        }
    }
    Ok(measurements)
}
