//! Rows of `rarefaction` and `cluster_sizes`: numbers of sets of different sizes, and clusters of groups, go in.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Settings;
use super::panel::{Collector, Mean, Values};
use super::rounds::{add, estimates, values};
use super::summary::summary;
use crate::kernels::clusters::sizes;
use crate::model::{Cell, ClusterSizeRow, Group, GroupClusters, RarefactionRow, Variant};

/// Ranks of clusters that are told: what lies beyond are single samples.
const MOST_RANKS: usize = 32;

/// The curves of what was collected under names such as `vendi@8`, by cell, metric, space and number of samples.
#[must_use]
pub fn rarefaction(collected: &Collector, settings: Settings) -> Vec<RarefactionRow> {
    let (summary, _) = summary(collected, settings);
    let mut rows: Vec<RarefactionRow> = summary
        .into_iter()
        .filter_map(|row| {
            let (metric, n_samples) = {
                let variant = Variant::parse(&row.metric);
                (variant.base.to_owned(), variant.at?)
            };
            Some(RarefactionRow {
                metric,
                n_samples,
                value: row.value?,
                ci_low: row.ci_low,
                ci_high: row.ci_high,
                n_questions: row.n_questions,
                cell: row.cell,
                space: row.space,
            })
        })
        .collect();
    rows.sort_by(|a, b| (&a.cell, &a.metric, &a.space, a.n_samples).cmp(&(&b.cell, &b.metric, &b.space, b.n_samples)));
    rows
}

/// A question, and the shares of the clusters of one of its groups, the largest first.
type OfGroup = (Arc<str>, Vec<f64>);

/// What is known of one cell in one space.
#[derive(Default)]
struct Ranks {
    /// Rank → question → the mean over its groups.
    shares: BTreeMap<usize, BTreeMap<Arc<str>, Mean>>,
}

/// The mean share of the largest cluster, of the second largest and so on.
#[must_use]
pub fn cluster_sizes(clusters: &[GroupClusters], groups: &[Group], settings: Settings) -> Vec<ClusterSizeRow> {
    let mut all: BTreeMap<(Cell, Arc<str>), Vec<OfGroup>> = BTreeMap::new();
    for clusters in clusters {
        let key = &groups[clusters.group].key;
        let shares = shares(clusters);
        if !shares.is_empty() {
            let of_cell = all.entry((Cell::of(key), Arc::clone(&clusters.space))).or_default();
            of_cell.push((Arc::from(key.question_id.as_str()), shares));
        }
    }
    all.into_iter().flat_map(|((cell, space), groups)| Ranks::new(&groups).rows(&cell, &space, settings)).collect()
}

/// The shares of a group's clusters, the largest first.
fn shares(clusters: &GroupClusters) -> Vec<f64> {
    let mut sizes = sizes(clusters.labels.iter().copied().flatten());
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let n: usize = sizes.iter().sum();
    sizes.into_iter().map(|size| size as f64 / n as f64).collect()
}

impl Ranks {
    /// A group without a cluster of a rank counts 0 there: all of its samples lie in larger ones.
    fn new(groups: &[OfGroup]) -> Self {
        let n_ranks = groups.iter().map(|(_, shares)| shares.len()).max().unwrap_or(0).min(MOST_RANKS);
        let mut ranks = Ranks::default();
        for (question, shares) in groups {
            for rank in 0..n_ranks {
                let mut mean = Mean::default();
                mean.add(shares.get(rank).copied().unwrap_or(0.0));
                add(ranks.shares.entry(rank + 1).or_default(), question, mean);
            }
        }
        ranks
    }

    fn rows(&self, cell: &Cell, space: &str, settings: Settings) -> Vec<ClusterSizeRow> {
        let columns: Vec<Values> = self.shares.values().map(values).collect();
        let estimates = estimates(&columns, settings);
        let row = |(rank, estimate): (&usize, super::rounds::Estimate)| {
            Some(ClusterSizeRow {
                cell: cell.clone(),
                space: space.to_owned(),
                rank: i64::try_from(*rank).ok()?,
                share: estimate.value?,
                ci_low: estimate.ci.map(|(low, _)| low),
                ci_high: estimate.ci.map(|(_, high)| high),
                n_questions: estimate.n_questions,
            })
        };
        self.shares.keys().zip(estimates).filter_map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GroupKey, Measurement};

    fn key(question: &str, chain: i64) -> Arc<GroupKey> {
        Arc::new(GroupKey {
            dataset: "d".into(),
            domain: "math".into(),
            model: "m".into(),
            mode: "markov".into(),
            feedback: None,
            question_id: question.into(),
            chain: Some(chain),
        })
    }

    const SETTINGS: Settings = Settings { resamples: 200, ..Settings::DEFAULT };

    #[test]
    fn a_group_with_fewer_clusters_has_nothing_in_the_further_ones() {
        let groups = [("q1", 0), ("q1", 1), ("q2", 0)]
            .map(|(question, chain)| Group { key: key(question, chain), members: vec![0; 4] });
        let labels = [vec![Some(0), Some(0), Some(1), Some(2)], vec![Some(0); 4], vec![Some(0), Some(1), None, None]];
        let clusters: Vec<GroupClusters> = labels
            .into_iter()
            .enumerate()
            .map(|(group, labels)| GroupClusters { group, space: "s".into(), labels })
            .collect();
        let rows = cluster_sizes(&clusters, &groups, SETTINGS);
        let shares: Vec<(i64, f64, usize)> = rows.iter().map(|row| (row.rank, row.share, row.n_questions)).collect();
        // q1: (0.5 + 1)/2, (0.25 + 0)/2, (0.25 + 0)/2; q2: 0.5, 0.5, 0.
        assert_eq!(shares, [(1, 0.625, 2), (2, 0.3125, 2), (3, 0.0625, 2)]);
    }

    #[test]
    fn a_curve_has_a_point_for_each_size_in_order() {
        let mut collected = Collector::default();
        let measured = |metric: &str, value: f64| Measurement {
            key: key("q1", 0),
            metric: metric.into(),
            space: "s".into(),
            n_samples: 12,
            n_pairs: None,
            value: Ok(value),
            std_error: None,
        };
        collected.add(&[measured("vendi@12", 3.0), measured("vendi@2", 1.5), measured("vendi", 4.0)]);
        let rows = rarefaction(&collected, SETTINGS);
        let points: Vec<(&str, usize, f64)> = rows.iter().map(|row| (&*row.metric, row.n_samples, row.value)).collect();
        assert_eq!(points, [("vendi", 2, 1.5), ("vendi", 12, 3.0)]);
    }
}
