//! Metrics of sets of samples, one file each: a number for the group, or for the part of it that is asked for.

pub(super) mod answer_entropy;
pub(super) mod answer_entropy_mm;
pub(super) mod answer_hill_2;
pub(super) mod answers;
pub(super) mod chamfer;
pub(super) mod cluster_entropy;
pub(super) mod cluster_largest;
pub(super) mod clusters_complete;
pub(super) mod clusters_dbscan;
pub(super) mod cosine_corrected;
pub(super) mod distinct_clusters;
pub(super) mod effective_answers;
pub(super) mod remote_clique;
pub(super) mod vendi;
pub(super) mod vendi_2;
#[path = "vendi_0.5.rs"]
pub(super) mod vendi_half;
pub(super) mod vendi_inf;
