//! What a run shows beyond means: collected group by group beside the measuring, and which questions a page shows in full.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rand::seq::SliceRandom;

use super::PipelineError;
use crate::config::Plan;
use crate::kernels::streams::stream;
use crate::measure::{self, Asked, Clusters, GroupResult, Inputs, Variations};
use crate::model::{
    ClusterSizeRow, DistributionRow, FlowRow, Group, GroupClusters, MapPoint, Measurement, PairSimilarities, PairTable,
    RarefactionRow, RoundMeasurement, Sample, Shown, SummaryRow, TransitionRow, Variant, Vectors,
};
use crate::render::report::LONGEST_TEXT;
use crate::store::run::RunFolder;
use crate::store::tables;
use crate::summarize::{self, AnswerSteps, Collector, Distributions, HEADLINES};

/// Samples and bytes of text that a page shows in full: what a browser opens at once.
const MOST_SAMPLES: usize = 10_000;
const MOST_BYTES: usize = 32 << 20;
/// Groups with more pairs than this, those of 200 samples, show their samples alone.
const MOST_PAIRS: usize = 20_000;
/// Sizes of sets on the curves by the number of samples; beyond, Vendi scores of a hundred subsets take too long.
const SIZES: [usize; 10] = [2, 3, 4, 6, 8, 12, 16, 24, 32, 64];
/// What is told of sets of each size: how many different things there are, by three notions, and whether one is right.
const OF_SETS: [&str; 4] = ["vendi", "clusters_complete", "effective_answers", "coverage"];
/// What figures need of groups, whether the plan asks for it or not.
const OF_GROUPS: [&str; 1] = ["correct"];
/// What maps of single questions need of rounds.
const OF_ROUNDS: &str = "repeat";

/// Collects beside the measuring.
#[derive(Default)]
pub(super) struct Exploring {
    asked: Vec<Asked>,
    distributions: Distributions,
    answers: AnswerSteps,
    clusters: Vec<GroupClusters>,
    further: Collector,
    sets: Collector,
    round_values: Vec<RoundMeasurement>,
    shown: Shown,
}

/// The rows that come of it.
pub(super) struct Explored {
    pub(super) distributions: Vec<DistributionRow>,
    pub(super) rarefaction: Vec<RarefactionRow>,
    pub(super) clusters: Vec<GroupClusters>,
    pub(super) cluster_sizes: Vec<ClusterSizeRow>,
    pub(super) answer_flow: Vec<FlowRow>,
    pub(super) transitions: Vec<TransitionRow>,
    pub(super) map: Vec<MapPoint>,
    pub(super) further: Vec<SummaryRow>,
    pub(super) round_values: Vec<RoundMeasurement>,
    pub(super) shown: Shown,
}

impl Exploring {
    pub(super) fn new(plan: &Plan, samples: &[Sample], groups: &[Group]) -> Self {
        let largest = groups.iter().map(|group| group.members.len()).max().unwrap_or(0);
        let sizes = SIZES.iter().filter(|size| **size <= largest);
        let of_sets = sizes.flat_map(|size| OF_SETS.iter().map(move |metric| format!("{metric}@{size}")));
        let names = OF_GROUPS.iter().map(ToString::to_string).chain([OF_ROUNDS.to_owned()]).chain(of_sets);
        let names: Vec<Arc<str>> = names.map(Arc::from).collect();
        let asked = measure::ask(&names, &Variations::default());
        Exploring { asked, shown: shown(samples, groups, plan.seed), ..Exploring::default() }
    }

    /// What has to be measured for it.
    pub(super) fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// Takes what was measured on the group at `place`.
    pub(super) fn add(&mut self, place: usize, members: &[&Sample], result: &GroupResult) {
        if let Some(table) = &result.pairs {
            self.distributions.add(table);
            self.answers.add(table, members);
            self.keep_pairs(place, table);
        }
        let of = |wanted: fn(&Variant<'_>) -> bool| -> Vec<Measurement> {
            let wanted = |one: &&Measurement| wanted(&Variant::parse(&one.metric));
            result.measurements.iter().filter(wanted).cloned().collect()
        };
        self.further.add(&of(|variant| variant.is_plain() && OF_GROUPS.contains(&variant.base)));
        self.sets.add(&of(|variant| {
            variant.at.is_some_and(|size| *variant == Variant { at: Some(size), ..Variant::plain(variant.base) })
                && OF_SETS.contains(&variant.base)
        }));
        self.round_values.extend(result.rounds.iter().filter(|round| &*round.metric == OF_ROUNDS).cloned());
    }

    /// Takes the clusters of the group at `place`.
    pub(super) fn add_clusters(&mut self, place: usize, clusters: Clusters) {
        let of_space = |(space, labels)| GroupClusters { group: place, space, labels };
        let clusters = clusters.into_iter().map(of_space);
        if self.shown.groups.binary_search(&place).is_ok() {
            self.shown.clusters.extend(clusters.clone());
        }
        self.clusters.extend(clusters);
    }

    fn keep_pairs(&mut self, place: usize, table: &PairTable) {
        if table.pairs.len() > MOST_PAIRS || self.shown.groups.binary_search(&place).is_err() {
            return;
        }
        for column in table.columns.iter().filter(|column| HEADLINES.contains(&column.metric)) {
            let values = (0..table.pairs.len()).map(|pair| column.values.number(pair)).collect();
            let space = Arc::clone(&column.space);
            self.shown.pairs.push(PairSimilarities { group: place, metric: column.metric, space, values });
        }
    }
}

impl Explored {
    /// Writes its tables.
    pub(super) fn write(
        &self,
        folder: &RunFolder,
        (groups, samples): (&[Group], &[Sample]),
        outputs: &mut Vec<PathBuf>,
    ) -> Result<(), PipelineError> {
        let tables = folder.tables();
        outputs.push(tables::write_distributions(&tables, &self.distributions)?);
        outputs.push(tables::write_rarefaction(&tables, &self.rarefaction)?);
        outputs.push(tables::write_clusters(&tables, &self.clusters, (groups, samples))?);
        outputs.push(tables::write_cluster_sizes(&tables, &self.cluster_sizes)?);
        outputs.push(tables::write_answer_flow(&tables, &self.answer_flow)?);
        outputs.push(tables::write_transitions(&tables, &self.transitions)?);
        outputs.push(tables::write_accuracy(&tables, &self.further)?);
        outputs.push(tables::write_map(&tables, &self.map, samples)?);
        Ok(())
    }
}

/// Everything that is told beyond means.
pub(super) fn explored(
    plan: &Plan,
    (samples, groups): (&[Sample], &[Group]),
    exploring: Exploring,
    vectors: &[Vectors],
) -> Explored {
    let settings = plan.inference.settings;
    let inputs = Inputs { seed: plan.seed, ..Inputs::new(samples, plan.measure.text, vectors) };
    let (further, _) = summarize::summary(&exploring.further, settings);
    Explored {
        distributions: exploring.distributions.rows(),
        rarefaction: summarize::rarefaction(&exploring.sets, settings),
        cluster_sizes: summarize::cluster_sizes(&exploring.clusters, groups, settings),
        clusters: exploring.clusters,
        answer_flow: exploring.answers.flow(),
        transitions: exploring.answers.transitions(settings),
        map: measure::map(groups, &inputs),
        further,
        round_values: exploring.round_values,
        shown: exploring.shown,
    }
}

/// Whole questions, all of them where a page can hold them, else a selection drawn with the seed.
fn shown(samples: &[Sample], groups: &[Group], seed: u64) -> Shown {
    let mut by_question: BTreeMap<[&str; 3], Vec<usize>> = BTreeMap::new();
    for (place, group) in groups.iter().enumerate() {
        let key = &group.key;
        by_question.entry([&key.dataset, &key.domain, &key.question_id]).or_default().push(place);
    }
    let n_all = by_question.len();
    let mut questions: Vec<Vec<usize>> = by_question.into_values().collect();
    questions.shuffle(&mut stream(seed, "page", "questions", 0));
    let size = |question: &[usize]| {
        let members = question.iter().flat_map(|&place| groups[place].members.iter());
        members.fold((0, 0), |(n, bytes), &member| (n + 1, bytes + bytes_of(&samples[member])))
    };
    let (mut n, mut bytes, mut chosen, mut n_questions) = (0, 0, BTreeSet::new(), 0);
    for question in questions {
        let (more, more_bytes) = size(&question);
        let fits = n + more <= MOST_SAMPLES && bytes + more_bytes <= MOST_BYTES;
        if fits || n_questions == 0 {
            (n, bytes, n_questions) = (n + more, bytes + more_bytes, n_questions + 1);
            chosen.extend(question);
        }
    }
    Shown { groups: chosen.into_iter().collect(), n_questions, n_all, ..Shown::default() }
}

/// What a sample takes on the page, where longer texts are cut.
fn bytes_of(sample: &Sample) -> usize {
    let texts = [sample.solution(), sample.thinking(), sample.code.as_deref()];
    texts.into_iter().flatten().map(|text| text.len().min(LONGEST_TEXT)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Extraction, GroupKey, Piece, group_samples};

    fn samples(questions: usize, of_each: usize, bytes: usize) -> Vec<Sample> {
        let sample = |question: usize, round: usize| Sample {
            key: Arc::new(GroupKey {
                dataset: "d".into(),
                domain: "math".into(),
                model: "m".into(),
                mode: if round.is_multiple_of(2) { "markov" } else { "parallel" }.into(),
                feedback: None,
                question_id: question.to_string(),
                chain: None,
            }),
            round: i64::try_from(round).unwrap_or(0),
            sample_id: format!("{question}/{round}"),
            parents: None,
            response: None,
            thinking: None,
            solution: Some(Piece::Own("x".repeat(bytes))),
            code: None,
            answer: None,
            gold: None,
            correct: None,
            reward: None,
            prompt_tokens: None,
            thinking_tokens: None,
            solution_tokens: None,
            mean_entropy: None,
            mean_logprob: None,
            difficulty: None,
            finish_reason: None,
            extra: None,
            source_file: "f".into(),
            source_row: 1,
            extraction_rule: "fields",
            extraction: Extraction::default(),
        };
        (0..questions).flat_map(|question| (0..of_each).map(move |round| sample(question, round))).collect()
    }

    #[test]
    fn a_page_shows_whole_questions_and_of_large_runs_those_that_the_seed_draws() {
        let small = samples(3, 4, 10);
        let all = shown(&small, &group_samples(&small), 7);
        assert_eq!((all.n_questions, all.n_all, all.groups), (3, 3, (0..6).collect::<Vec<_>>()));
        let large = samples(600, 20, 1);
        let groups = group_samples(&large);
        let some = shown(&large, &groups, 7);
        assert_eq!((some.n_questions, some.n_all, some.groups.len()), (500, 600, 1000));
        assert_eq!(some, shown(&large, &groups, 7));
        assert_ne!(some.groups, shown(&large, &groups, 8).groups);
    }

    #[test]
    fn long_texts_count_as_far_as_they_are_shown_and_one_question_is_always_there() {
        let long = samples(400, 8, 30_000);
        // 8 · 20 000 bytes a question: 209 of them fit into 32 MiB.
        assert_eq!(shown(&long, &group_samples(&long), 7).n_questions, 209);
        let one = samples(1, 10_001, 1);
        assert_eq!(shown(&one, &group_samples(&one), 7).n_questions, 1);
    }
}
