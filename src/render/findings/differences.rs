//! By how much modes differ, and how sure that is.

use super::{LISTED, MANY, Sentence, Subject, Told};
use crate::model::{ContrastRow, FEW_QUESTIONS};
use crate::render::label::clean;
use crate::render::modes::ModeKey;
use crate::render::words;

impl Told<'_, '_> {
    /// A subject's contrasts between modes, oriented.
    pub(super) fn contrasts(&self, subject: &Subject<'_>, space: &str) -> Vec<ContrastRow> {
        let mine = |row: &&ContrastRow| {
            self.is_between_modes(row)
                && row.space == space
                && (&*row.dataset, &*row.domain, &*row.model) == (subject.dataset, subject.domain, subject.model)
        };
        self.data.contrasts.iter().filter(mine).map(words::oriented).collect()
    }

    fn is_between_modes(&self, row: &ContrastRow) -> bool {
        row.by == words::BY_MODE && row.metric == self.metric && row.difference.is_some() && !row.is_across()
    }

    pub(super) fn differences(&self) -> Vec<Sentence> {
        if self.subjects.len() > MANY {
            return self.differences_of_many().iter().map(|text| Sentence::of_all(text)).collect();
        }
        let of = |subject| {
            let about = self.about(subject);
            self.differences_of(subject).into_iter().map(move |text| Sentence::new(&about, &text))
        };
        self.subjects.iter().flat_map(of).collect()
    }

    fn differences_of(&self, subject: &Subject<'_>) -> Vec<String> {
        let (unpaired, paired): (Vec<_>, Vec<_>) =
            self.contrasts(subject, self.space).into_iter().partition(|row| row.design == words::UNPAIRED);
        let all = paired.len();
        let (mut clear, unclear): (Vec<_>, Vec<_>) =
            paired.into_iter().partition(|row| words::direction(row).is_some());
        let n_clear = clear.len();
        if n_clear > LISTED {
            keep_largest(&mut clear);
        }
        let mut told: Vec<String> = clear.iter().map(|row| self.clear_contrast(row)).collect();
        if n_clear > LISTED {
            told.push(format!(
                "These are the {LISTED} largest clear differences; {n_clear} of {} are clear, all in the table `contrasts`.",
                words::count(all, "contrast")
            ));
        }
        told.extend(self.unclear_contrasts(unclear, all));
        told.extend(self.unpaired_contrasts(&unpaired));
        told
    }

    fn differences_of_many(&self) -> Vec<String> {
        let of_space = self.data.contrasts.iter().filter(|row| self.is_between_modes(row) && row.space == self.space);
        let (unpaired, paired): (Vec<ContrastRow>, Vec<ContrastRow>) =
            of_space.cloned().partition(|row| row.design == words::UNPAIRED);
        let has_baseline = paired.iter().map(words::oriented).any(|row| ModeKey::new(&row.mode_b, None).is_baseline());
        let mut told = match paired.iter().filter(|row| words::direction(row).is_some()).count() {
            _ if has_baseline => words::headlines(self.data.summary, &paired, self.metric),
            _ if paired.is_empty() => Vec::new(),
            clear => vec![format!(
                "No mode can be held against {}; {clear} of {} between other modes are clear, all in the table `contrasts`.",
                crate::render::modes::BASELINE,
                words::count(paired.len(), "contrast")
            )],
        };
        if !unpaired.is_empty() {
            let n = words::count(unpaired.len(), "contrast");
            told.push(format!("Not counted: {n} of modes without a question in common."));
        }
        told
    }

    /// `, measured on minilm` where there are several spaces.
    fn measured_on(&self) -> String {
        if self.spaces.len() > 1 { format!(", measured on {}", clean(self.space)) } else { String::new() }
    }

    /// The names of an oriented contrast's modes.
    fn sides(&self, row: &ContrastRow) -> (String, String) {
        let label = |mode: &str, feedback: Option<&str>| self.labels.label(&ModeKey::new(mode, feedback));
        (label(&row.mode_a, row.feedback_a.as_deref()), label(&row.mode_b, row.feedback_b.as_deref()))
    }

    /// `markov solutions are more alike than parallel ones: 0.947 vs 0.854, difference +0.093 [0.081, 0.105], …`
    fn clear_contrast(&self, row: &ContrastRow) -> String {
        let difference = row.difference.unwrap_or(f64::NAN);
        let decimals = words::decimals([difference]);
        let (a, b) = self.sides(row);
        let word = if difference > 0.0 { "more" } else { "less" };
        let values = match (row.value_a, row.value_b) {
            (Some(a), Some(b)) => format!("{} vs {}, ", words::number(a, decimals), words::number(b, decimals)),
            _ => String::new(),
        };
        let (ci, evidence) = (words::brackets(row, decimals), words::evidence(row));
        let difference = words::signed(difference, decimals);
        let space = self.measured_on();
        format!("{a} solutions are {word} alike than {b} ones: {values}difference {difference}{ci}, {evidence}{space}.")
    }

    /// All differences that cannot be told from none in one sentence, with what could not have been seen.
    fn unclear_contrasts(&self, mut rows: Vec<ContrastRow>, all: usize) -> Option<String> {
        let n = rows.len();
        let smallest = rows.iter().filter_map(|row| row.p_adjusted.or(row.p_value)).reduce(f64::min);
        let most = rows.iter().map(|row| row.n_questions).max()?;
        let power = power(&rows, most);
        let decimals = words::decimals(rows.iter().filter_map(|row| row.difference));
        let beginning = if n > LISTED {
            keep_largest(&mut rows);
            format!("No clear difference in {n} of {}; the largest:", words::count(all, "contrast"))
        } else {
            "No clear difference:".to_owned()
        };
        let told = |row: &ContrastRow| {
            let (a, b) = self.sides(row);
            let difference = words::signed(row.difference.unwrap_or(f64::NAN), decimals);
            format!("{a} − {b} {difference}{}", words::brackets(row, decimals))
        };
        let listed = words::and_list(&rows.iter().map(told).collect::<Vec<_>>());
        let p = smallest.map_or_else(String::new, |p| match n {
            1 => format!(", adjusted {}", words::p_value(p)),
            _ => format!(", smallest adjusted {}", words::p_value(p)),
        });
        let (questions, space) = (words::count(most, "question"), self.measured_on());
        Some(format!("{beginning} {listed}{p}, {questions}{space}.{power}"))
    }

    /// Between modes that were asked different questions.
    fn unpaired_contrasts(&self, rows: &[ContrastRow]) -> Option<String> {
        let told = |row: &ContrastRow| {
            let difference = row.difference.unwrap_or(f64::NAN);
            let decimals = words::decimals([difference]);
            let (a, b) = self.sides(row);
            let (ci, evidence) = (words::brackets(row, decimals), words::evidence(row));
            let difference = words::signed(difference, decimals);
            let space = self.measured_on();
            format!(
                "{a} and {b} have no question in common: a difference of {difference}{ci} ({evidence}{space}) may be one of the questions."
            )
        };
        match rows {
            [] => None,
            [row] => Some(told(row)),
            rows => Some(format!(
                "{} are of modes without a question in common; they tell of the questions as much as of the modes and are in the table `contrasts`.",
                words::count(rows.len(), "contrast")
            )),
        }
    }
}

fn keep_largest(rows: &mut Vec<ContrastRow>) {
    let size = |row: &ContrastRow| row.difference.map_or(0.0, f64::abs);
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    rows.truncate(LISTED);
}

/// What could not have been seen; nothing where a larger difference was there to see, and is not clear all the same.
fn power(rows: &[ContrastRow], most: usize) -> String {
    let detectable = rows.iter().filter_map(|row| row.mde).reduce(f64::max);
    let largest = rows.iter().filter_map(|row| row.difference).map(f64::abs).fold(0.0, f64::max);
    let Some(mde) = detectable.filter(|mde| *mde > largest) else { return String::new() };
    let before = if rows.iter().any(|row| row.n_tests > 1) {
        "Before the correction for several tests, differences"
    } else {
        "Differences"
    };
    let few = if most < FEW_QUESTIONS { "so few questions" } else { "so many questions" };
    format!(" {before} below about {} are likely to be missed with {few}.", words::number(mde, 2))
}
