//! Maps of solutions: vectors and groups go in, the places of samples on a plane come out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rand::seq::SliceRandom;

use super::Inputs;
use crate::kernels::projection::{Flat, main_directions, neighborhoods};
use crate::kernels::streams::stream;
use crate::model::{Group, MapPoint, Vectors};

/// Samples on a map. More cannot be told apart, and exact t-SNE takes time with their square.
const MOST: usize = 600;
/// Samples that two directions can be found in.
const FEWEST: usize = 3;

/// A model's solutions to one question: positions in the run's samples.
type Question = Vec<usize>;

/// The maps of every embedder's space: within each question its main directions, and all of them together by t-SNE.
///
/// Larger runs are mapped by a selection of whole questions, drawn with the seed: of those that have samples of two modes where
/// there are any. All spaces show the same ones.
#[must_use]
pub fn map(groups: &[Group], inputs: &Inputs<'_>) -> Vec<MapPoint> {
    let questions = questions(groups, inputs);
    let mut points = Vec::new();
    for vectors in inputs.vectors {
        let with_vector = |question: &Question| -> Question {
            question.iter().copied().filter(|&sample| has_direction(vectors, sample)).collect()
        };
        let questions: Vec<Question> = questions.iter().map(with_vector).collect();
        for question in questions.iter().filter(|question| question.len() >= FEWEST) {
            points.extend(placed(vectors, question, "pca", main_directions));
        }
        points.extend(placed(vectors, &questions.concat(), "tsne", neighborhoods));
    }
    points
}

fn has_direction(vectors: &Vectors, sample: usize) -> bool {
    vectors.of(sample).is_some_and(|vector| vector.iter().any(|x| *x != 0.0))
}

fn placed(
    vectors: &Vectors,
    samples: &[usize],
    method: &'static str,
    flatten: fn(&[&[f32]]) -> Option<Flat>,
) -> Vec<MapPoint> {
    let found: Vec<&[f32]> = samples.iter().filter_map(|&sample| vectors.of(sample)).collect();
    let Some(flat) = flatten(&found) else { return Vec::new() };
    let point = |(&sample, [x, y]): (&usize, [f64; 2])| MapPoint {
        sample,
        space: Arc::clone(&vectors.space.name),
        method,
        x,
        y,
        explained: flat.explained,
    };
    samples.iter().zip(flat.points.iter().copied()).map(point).collect()
}

/// The questions on the map, in the order in which they were drawn.
fn questions(groups: &[Group], inputs: &Inputs<'_>) -> Vec<Question> {
    let mut by_question: BTreeMap<[&str; 4], (Question, BTreeSet<&str>)> = BTreeMap::new();
    for group in groups {
        let key = &group.key;
        let (samples, modes) =
            by_question.entry([&key.dataset, &key.domain, &key.model, &key.question_id]).or_default();
        samples.extend(&group.members);
        modes.insert(&key.mode);
    }
    let compares = by_question.values().any(|(_, modes)| modes.len() > 1);
    let mut questions: Vec<Question> = by_question
        .into_values()
        .filter(|(samples, modes)| samples.len() >= FEWEST && (!compares || modes.len() > 1))
        .map(|(samples, _)| samples)
        .collect();
    questions.shuffle(&mut stream(inputs.seed, "map", "questions", 0));
    let mut n = 0;
    let mut chosen: Vec<Question> = Vec::new();
    for mut question in questions {
        if chosen.is_empty() {
            question.truncate(MOST);
        }
        if n + question.len() <= MOST {
            n += question.len();
            chosen.push(question);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ndarray::Array2;

    use super::*;
    use crate::model::{GroupKey, Selection, Space};

    fn group(question: &str, mode: &str, members: std::ops::Range<usize>) -> Group {
        let key = GroupKey {
            dataset: "d".into(),
            domain: "math".into(),
            model: "m".into(),
            mode: mode.into(),
            feedback: None,
            question_id: question.into(),
            chain: None,
        };
        Group { key: Arc::new(key), members: members.collect() }
    }

    fn vectors(n: usize) -> Vectors {
        let matrix = Array2::from_shape_fn((n, 4), |(row, axis)| ((row * 7 + axis * 3) % 11) as f32 / 11.0);
        Vectors {
            space: Space::new("s", 4, Vec::new()),
            counts: vec![(1, 1, 1); n],
            row_of: (0..n).map(|row| (row != 5).then(|| u32::try_from(row).unwrap())).collect(),
            matrix,
        }
    }

    fn inputs(vectors: &[Vectors]) -> Inputs<'_> {
        Inputs { seed: 7, ..Inputs::new(&[], Selection::Solution, vectors) }
    }

    #[test]
    fn questions_with_two_modes_are_mapped_and_samples_without_a_vector_are_not() {
        let vectors = [vectors(40)];
        let groups = [
            group("q1", "markov", 0..8),
            group("q1", "parallel", 8..16),
            group("q2", "parallel", 16..30),
            group("q3", "markov", 30..31),
            group("q3", "parallel", 31..32),
        ];
        let points = map(&groups, &inputs(&vectors));
        let of = |method: &str| -> Vec<usize> {
            points.iter().filter(|point| point.method == method).map(|point| point.sample).collect()
        };
        assert_eq!(of("pca"), (0..16).filter(|sample| *sample != 5).collect::<Vec<_>>());
        // q3 has too few for directions of its own, and lies among the others.
        assert_eq!(of("tsne").len(), 15);
        assert!(points.iter().all(|point| point.explained.is_some() == (point.method == "pca")));
        assert_eq!(points, map(&groups, &inputs(&vectors)));
    }

    #[test]
    fn a_large_run_is_mapped_by_whole_questions_and_the_seed_says_which() {
        let groups: Vec<Group> = (0..100).map(|q| group(&format!("q{q}"), "parallel", q * 20..q * 20 + 20)).collect();
        let chosen = |seed| questions(&groups, &Inputs { seed, ..inputs(&[]) });
        assert_eq!(chosen(7).len(), 30);
        assert!(chosen(7).iter().all(|question| question.len() == 20));
        assert_eq!(chosen(7), chosen(7));
        assert_ne!(chosen(7), chosen(8));
        let one = [group("q", "parallel", 0..2000)];
        assert_eq!(questions(&one, &inputs(&[]))[0].len(), MOST);
    }
}
