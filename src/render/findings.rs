//! What a run found, as answers to a reader's questions: which mode explores most, by how much and how sure, where it
//! repeats itself, whether it is right. Sentences made from numbers, a few, and exact.

use std::collections::{BTreeMap, BTreeSet};

use super::label::{clean, place};
use super::modes::{self, ModeKey, ModeLabels};
use super::{ReportData, words};
use crate::model::{Cell, ContrastRow, GroupKey, RoundMeasurement, SummaryRow};

/// A question with the sentences that answer it.
pub(crate) struct Finding {
    pub(crate) question: &'static str,
    pub(crate) sentences: Vec<Sentence>,
}

/// A sentence, and the model or data set that it is about where there are several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) about: String,
    pub(crate) text: String,
}

impl Sentence {
    fn new(about: &str, text: &str) -> Self {
        let mut letters = text.chars();
        let text: String =
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        Sentence { about: about.to_owned(), text: unbroken(&text) }
    }

    fn of_all(text: &str) -> Self {
        Sentence::new("", text)
    }
}

/// Keeps the ends of an interval on one line.
fn unbroken(text: &str) -> String {
    let mut is_within = false;
    let no_break = |c: char| {
        is_within = (is_within || c == '[') && c != ']';
        if is_within && c == ' ' { '\u{a0}' } else { c }
    };
    text.chars().map(no_break).collect()
}

/// With more models and data sets than this, sentences count them instead of naming each.
const MANY: usize = 4;
/// Intervals over fewer questions are rough.
const FEW_QUESTIONS: usize = 10;

/// A model on a data set: what modes are compared within.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Subject<'a> {
    dataset: &'a str,
    domain: &'a str,
    model: &'a str,
}

impl<'a> Subject<'a> {
    fn of(cell: &'a Cell) -> Self {
        Subject { dataset: &cell.dataset, domain: &cell.domain, model: &cell.model }
    }

    fn holds(&self, cell: &Cell) -> bool {
        *self == Subject::of(cell)
    }
}

/// What a reader must know to read the answers: what the modes are and which way similarity goes. Empty without modes.
pub(crate) fn how_to_read(data: &ReportData<'_>) -> String {
    let modes: BTreeSet<ModeKey> = data.summary.iter().map(|row| ModeKey::new(&row.cell.mode, None)).collect();
    let told = modes.iter().filter_map(|key| Some(format!("{}: {}", clean(&key.mode), modes::meaning(&key.mode)?)));
    let told: Vec<String> = told.collect();
    if modes.is_empty() {
        return String::new();
    }
    let told = if told.is_empty() { String::new() } else { format!("Sampling modes: {}. ", told.join("; ")) };
    format!(
        "{told}A similarity of 1 means the same; the lower the mean over the solutions to a question, the more a mode explores. Brackets are intervals over questions."
    )
}

/// What all sentences need.
struct Told<'a, 'd> {
    data: &'d ReportData<'a>,
    metric: &'d str,
    space: &'d str,
    labels: ModeLabels,
    subjects: Vec<Subject<'d>>,
}

/// Answers what the numbers can answer, by the similarity `metric`.
pub(crate) fn findings(data: &ReportData<'_>, metric: &str) -> Vec<Finding> {
    let measured = |row: &&SummaryRow| row.metric == metric && row.value.is_some() && !row.cell.is_across();
    let Some(first) = data.summary.iter().find(measured) else {
        let sentences = words::headlines(data.summary, data.contrasts, metric);
        let sentences = sentences.iter().map(|text| Sentence::of_all(text)).collect();
        return vec![Finding { question: "Which mode explores most?", sentences }];
    };
    let space = first.space.as_str();
    let rows = data.summary.iter().filter(measured).filter(|row| row.space == space);
    let subjects: BTreeSet<Subject<'_>> = rows.map(|row| Subject::of(&row.cell)).collect();
    let told = Told {
        data,
        metric,
        space,
        labels: words::mode_labels(data.summary),
        subjects: subjects.into_iter().collect(),
    };
    let all = [
        ("Which mode explores most?", told.most()),
        ("By how much, and how sure?", told.differences()),
        ("Where does it repeat itself?", told.repeats()),
        ("How often is it right?", told.correct()),
    ];
    let answered = all.into_iter().filter(|(_, sentences)| !sentences.is_empty());
    answered.map(|(question, sentences)| Finding { question, sentences }).collect()
}

impl<'d> Told<'_, 'd> {
    /// What tells a subject from the others: its model, its data set, its domain, or several of them.
    fn about(&self, subject: &Subject<'_>) -> String {
        let differs = |of: fn(&Subject<'_>) -> String| self.subjects.iter().any(|other| of(other) != of(subject));
        let model = differs(|one| one.model.to_owned()).then(|| clean(subject.model));
        let place = match (differs(|one| one.dataset.to_owned()), differs(|one| one.domain.to_owned())) {
            (false, false) => None,
            (false, true) => Some(clean(subject.domain)),
            (true, _) => Some(place(subject.dataset, subject.domain)),
        };
        model.into_iter().chain(place).collect::<Vec<_>>().join(", ")
    }

    fn mode(&self, cell: &Cell) -> String {
        self.labels.label(&ModeKey::of(cell))
    }

    /// A subject's means, the least alike first.
    fn means(&self, subject: &Subject<'_>) -> Vec<(&'d SummaryRow, f64)> {
        let mine = |row: &&SummaryRow| {
            row.metric == self.metric && row.space == self.space && subject.holds(&row.cell) && !row.cell.is_across()
        };
        let rows = self.data.summary.iter().filter(mine);
        let mut means: Vec<_> = rows.filter_map(|row| Some((row, row.value?))).collect();
        means.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| ModeKey::of(&a.0.cell).cmp(&ModeKey::of(&b.0.cell))));
        means
    }

    fn contrasts(&self, subject: &Subject<'_>) -> Vec<ContrastRow> {
        let mine = |row: &&ContrastRow| {
            row.by == words::BY_MODE
                && row.metric == self.metric
                && row.space == self.space
                && row.difference.is_some()
                && !row.is_across()
                && (&*row.dataset, &*row.domain, &*row.model) == (subject.dataset, subject.domain, subject.model)
        };
        self.data.contrasts.iter().filter(mine).map(words::oriented).collect()
    }

    /// Whether the difference between two modes is one.
    fn is_clear(contrasts: &[ContrastRow], a: &Cell, b: &Cell) -> bool {
        let side = |cell: &Cell| (cell.mode.clone(), cell.feedback.clone());
        let (a, b) = (side(a), side(b));
        contrasts.iter().any(|row| {
            let sides = ((row.mode_a.clone(), row.feedback_a.clone()), (row.mode_b.clone(), row.feedback_b.clone()));
            (sides == (a.clone(), b.clone()) || sides == (b.clone(), a.clone())) && words::is_clear(row)
        })
    }

    fn most(&self) -> Vec<Sentence> {
        if self.subjects.len() > MANY {
            return vec![Sentence::of_all(&self.most_of_many())];
        }
        let of = |subject| Sentence::new(&self.about(subject), &self.most_of(subject));
        self.subjects.iter().map(of).collect()
    }

    fn most_of(&self, subject: &Subject<'_>) -> String {
        let means = self.means(subject);
        let decimals = words::decimals(means.iter().map(|(_, value)| *value));
        let metric = format!("{} on {}", words::metric_words(self.metric), clean(self.space));
        let told = |(row, value): &(&SummaryRow, f64)| {
            let ci = words::interval(row.ci_low, row.ci_high, decimals).map_or_else(String::new, |ci| format!(" {ci}"));
            format!("{} {}{ci}", self.mode(&row.cell), words::number(*value, decimals))
        };
        let all = words::and_list(&means.iter().map(told).collect::<Vec<_>>());
        let [first, rest @ ..] = means.as_slice() else { return format!("there is no {metric}.") };
        if rest.is_empty() {
            return format!("one mode alone was sampled; {metric}: {all}.");
        }
        let contrasts = self.contrasts(subject);
        let clear: Vec<_> = rest.iter().filter(|one| Self::is_clear(&contrasts, &first.0.cell, &one.0.cell)).collect();
        let best = self.mode(&first.0.cell);
        if clear.len() == rest.len() {
            return format!("{best}: its solutions to the same question are the least alike; {metric}: {all}.");
        }
        if clear.is_empty() {
            return format!("no mode clearly more than another; {metric}: {all}.");
        }
        let than = words::and_list(&clear.iter().map(|one| self.mode(&one.0.cell)).collect::<Vec<_>>());
        format!("{best}, but clearly only in comparison with {than}; {metric}: {all}.")
    }

    fn most_of_many(&self) -> String {
        let mut wins: BTreeMap<ModeKey, usize> = BTreeMap::new();
        for subject in &self.subjects {
            if let Some((row, _)) = self.means(subject).first() {
                *wins.entry(ModeKey::of(&row.cell)).or_default() += 1;
            }
        }
        let mut wins: Vec<(ModeKey, usize)> = wins.into_iter().collect();
        wins.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let told: Vec<String> = wins.iter().map(|(mode, n)| format!("{} in {n}", self.labels.label(mode))).collect();
        format!(
            "the solutions to a question are the least alike ({} on {}) under {} of {} combinations of model and data set.",
            words::metric_words(self.metric),
            clean(self.space),
            words::and_list(&told),
            self.subjects.len(),
        )
    }

    fn differences(&self) -> Vec<Sentence> {
        if self.subjects.len() > MANY {
            let of_space: Vec<ContrastRow> =
                self.data.contrasts.iter().filter(|row| row.space == self.space).cloned().collect();
            let sentences = words::headlines(self.data.summary, &of_space, self.metric);
            return sentences.iter().map(|text| Sentence::of_all(text)).collect();
        }
        let mut sentences = Vec::new();
        for subject in &self.subjects {
            let (clear, unclear): (Vec<_>, Vec<_>) =
                self.contrasts(subject).into_iter().partition(|row| words::direction(row).is_some());
            let about = self.about(subject);
            sentences.extend(clear.iter().map(|row| Sentence::new(&about, &self.clear_contrast(row))));
            sentences.extend(self.unclear_contrasts(&unclear).map(|text| Sentence::new(&about, &text)));
        }
        sentences
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
        format!("{a} solutions are {word} alike than {b} ones: {values}difference {difference}{ci}, {evidence}.")
    }

    /// All differences that cannot be told from none in one sentence, with what could not have been seen.
    fn unclear_contrasts(&self, rows: &[ContrastRow]) -> Option<String> {
        let smallest = rows.iter().filter_map(|row| row.p_adjusted.or(row.p_value)).reduce(f64::min);
        let detectable = rows.iter().filter_map(|row| row.mde).reduce(f64::max);
        let decimals = words::decimals(rows.iter().filter_map(|row| row.difference));
        let told = |row: &ContrastRow| {
            let (a, b) = self.sides(row);
            let difference = words::signed(row.difference.unwrap_or(f64::NAN), decimals);
            format!("{a} − {b} {difference}{}", words::brackets(row, decimals))
        };
        let all = words::and_list(&rows.iter().map(told).collect::<Vec<_>>());
        let most = rows.iter().map(|row| row.n_questions).max()?;
        let p = smallest.map_or_else(String::new, |p| match rows.len() {
            1 => format!(", adjusted {}", words::p_value(p)),
            _ => format!(", smallest adjusted {}", words::p_value(p)),
        });
        let power = detectable.map_or_else(String::new, |mde| {
            let few = if most < FEW_QUESTIONS { "so few questions" } else { "so many questions" };
            format!(" With {few}, differences below about {} are likely to be missed.", words::number(mde, 2))
        });
        Some(format!("no clear difference: {all}{p}, {}.{power}", words::count(most, "question")))
    }

    fn repeats(&self) -> Vec<Sentence> {
        let chains = chains(self.data.round_values);
        if self.subjects.len() > MANY {
            return self.repeats_of_many(&chains);
        }
        let mut sentences = Vec::new();
        for subject in &self.subjects {
            let mut mine: Vec<_> = chains.iter().filter(|(cell, _)| subject.holds(cell)).collect();
            mine.sort_by_key(|(cell, _)| ModeKey::of(cell));
            let mut rounds = self.shares_of(subject, "repeat");
            if rounds.is_empty() {
                let told = |(cell, chains): &(&Cell, &Vec<Chain>)| {
                    format!("{} under {}", whole_percent(repeat_rate(chains)), self.mode(cell))
                };
                rounds = words::and_list(&mine.iter().map(told).collect::<Vec<_>>());
            }
            let when: Vec<_> =
                mine.iter().filter_map(|(cell, chains)| self.first_repeat(&ModeKey::of(cell), chains)).collect();
            let told = repeat_sentences(&rounds, &when, &self.shares_of(subject, "verbatim"));
            if !told.is_empty() {
                sentences.push(Sentence::new(&self.about(subject), &told));
            }
        }
        sentences
    }

    fn repeats_of_many(&self, chains: &BTreeMap<Cell, Vec<Chain>>) -> Vec<Sentence> {
        let mut by_mode: BTreeMap<ModeKey, Vec<Chain>> = BTreeMap::new();
        let mut rates: BTreeMap<ModeKey, Vec<f64>> = BTreeMap::new();
        for (cell, chains) in chains {
            by_mode.entry(ModeKey::of(cell)).or_default().extend(chains);
            rates.entry(ModeKey::of(cell)).or_default().push(repeat_rate(chains));
        }
        let mut rounds = self.ranges(self.data.summary, "repeat");
        if rounds.is_empty() {
            rounds = rates.iter().map(|(mode, rates)| self.range(mode, rates)).collect();
        }
        let when: Vec<String> = by_mode.iter().filter_map(|(mode, chains)| self.first_repeat(mode, chains)).collect();
        let pairs = self.ranges(self.data.summary, "verbatim");
        let told = repeat_sentences(&words::and_list(&rounds), &when, &words::and_list(&pairs));
        if told.is_empty() { Vec::new() } else { vec![Sentence::of_all(&told)] }
    }

    /// `50 % [36, 64] under markov and 55 % [10, 76] under autoregressive`; empty without values.
    fn shares_of(&self, subject: &Subject<'_>, metric: &str) -> String {
        let rows = Self::rows_of(self.data.summary, subject, metric);
        let told = |(row, value): &(&SummaryRow, f64)| {
            format!("{} under {}", share_with_interval(row, *value), self.mode(&row.cell))
        };
        words::and_list(&rows.iter().map(told).collect::<Vec<_>>())
    }

    /// `in round 2 under markov (median; all 6 chains repeat)`; nothing where none does.
    fn first_repeat(&self, mode: &ModeKey, chains: &[Chain]) -> Option<String> {
        let mut firsts: Vec<i64> = chains.iter().filter_map(|chain| chain.first).collect();
        firsts.sort_unstable();
        let median = firsts.get(firsts.len() / 2)?;
        let (n, all) = (firsts.len(), chains.len());
        let chains = words::count(all, "chain");
        let of =
            if n == all { format!("all {chains} repeat") } else { format!("{} of {chains} repeat", words::grouped(n)) };
        Some(format!("in round {median} under {} (median; {of})", self.labels.label(mode)))
    }

    fn correct(&self) -> Vec<Sentence> {
        if self.subjects.len() > MANY {
            let ranges = self.ranges(self.data.further, "correct");
            let told = format!("of the solutions, {} are right.", words::and_list(&ranges));
            return if ranges.is_empty() { Vec::new() } else { vec![Sentence::of_all(&told)] };
        }
        let sentence = |subject: &Subject<'_>| {
            let rows = Self::rows_of(self.data.further, subject, "correct");
            let told: Vec<String> = rows
                .iter()
                .map(|(row, value)| format!("{} under {}", share_with_interval(row, *value), self.mode(&row.cell)))
                .collect();
            let text = format!("of the solutions, {} are right.", words::and_list(&told));
            (!told.is_empty()).then(|| Sentence::new(&self.about(subject), &text))
        };
        self.subjects.iter().filter_map(sentence).collect()
    }

    fn rows_of<'r>(rows: &'r [SummaryRow], subject: &Subject<'_>, metric: &str) -> Vec<(&'r SummaryRow, f64)> {
        let mine = |row: &&SummaryRow| row.metric == metric && subject.holds(&row.cell) && !row.cell.is_across();
        let mut rows: Vec<_> = rows.iter().filter(mine).filter_map(|row| Some((row, row.value?))).collect();
        rows.sort_by_key(|(row, _)| ModeKey::of(&row.cell));
        rows
    }

    /// `12 to 41 % under markov`, over all subjects, mode by mode.
    fn ranges(&self, rows: &[SummaryRow], metric: &str) -> Vec<String> {
        let mut by_mode: BTreeMap<ModeKey, Vec<f64>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.metric == metric && !row.cell.is_across()) {
            by_mode.entry(ModeKey::of(&row.cell)).or_default().extend(row.value);
        }
        by_mode.retain(|_, values| !values.is_empty());
        by_mode.iter().map(|(mode, values)| self.range(mode, values)).collect()
    }

    fn range(&self, mode: &ModeKey, values: &[f64]) -> String {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{:.0} to {} under {}", low * 100.0, whole_percent(high), self.labels.label(mode))
    }
}

/// `rounds` and `pairs` say how many repeat, `when` from when on; each empty where it is not known.
fn repeat_sentences(rounds: &str, when: &[String], pairs: &str) -> String {
    let mut told = Vec::new();
    if !rounds.is_empty() {
        told.push(format!("Of the rounds after a chain's first, {rounds} say again what an earlier round said."));
    }
    if !when.is_empty() {
        told.push(format!("Counting rounds from 0, the first repeat comes {}.", words::and_list(when)));
    }
    if !pairs.is_empty() {
        told.push(format!("Of the pairs of solutions to a question, {pairs} are equal to the letter."));
    }
    told.join(" ")
}

/// `41 %`: sentences need no decimals of a share.
fn whole_percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", share * 100.0)
}

/// `41 % [22, 63]`
fn share_with_interval(row: &SummaryRow, value: f64) -> String {
    match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => {
            format!("{} [{:.0}, {:.0}]", whole_percent(value), low * 100.0, high * 100.0)
        }
        _ => whole_percent(value),
    }
}

/// What one chain repeats.
#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    /// The round of the first repeat; none where there is none.
    first: Option<i64>,
    /// Repeats, of so many rounds.
    n: f64,
    rounds: usize,
}

/// The repeat rate of a mode: the mean over its chains, of which each counts alike.
fn repeat_rate(chains: &[Chain]) -> f64 {
    chains.iter().map(|chain| chain.n / chain.rounds.max(1) as f64).sum::<f64>() / chains.len().max(1) as f64
}

/// The chains of each model under each mode.
fn chains(rows: &[RoundMeasurement]) -> BTreeMap<Cell, Vec<Chain>> {
    let mut chains: BTreeMap<&GroupKey, Chain> = BTreeMap::new();
    for row in rows.iter().filter(|row| &*row.metric == "repeat") {
        let chain = chains.entry(&row.key).or_default();
        chain.rounds += 1;
        chain.n += row.value;
        if row.value > 0.0 {
            chain.first = Some(chain.first.map_or(row.round, |first| first.min(row.round)));
        }
    }
    let mut by_cell: BTreeMap<Cell, Vec<Chain>> = BTreeMap::new();
    for (key, chain) in chains {
        by_cell.entry(Cell::of(key)).or_default().push(chain);
    }
    by_cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::synthetic::{self, Run};

    fn told(data: &ReportData<'_>, question: &str) -> Vec<String> {
        let found = findings(data, "cosine");
        let answer = found.into_iter().find(|finding| finding.question.starts_with(question));
        answer.map_or_else(Vec::new, |finding| finding.sentences.into_iter().map(|one| one.text).collect())
    }

    /// One data set of the small run, with one contrast.
    fn one_place(run: &mut Run, p: f64) {
        run.summary.retain(|row| row.cell.dataset == "quickstart-math");
        run.summary.retain(|row| row.cell.mode != "autoregressive");
        let mut contrast = synthetic::contrast("markov", "parallel", 0.093);
        contrast.feedback_a = Some("re-answer".to_owned());
        contrast.p_adjusted = Some(p);
        (contrast.value_a, contrast.value_b) = (Some(0.947), Some(0.854));
        run.contrasts = vec![contrast];
    }

    #[test]
    fn a_clear_difference_is_told_with_its_size_and_doubt() {
        let mut run = Run::small();
        one_place(&mut run, 0.0003);
        let expected = "Markov solutions are more alike than parallel ones: 0.947 vs 0.854, difference +0.093 [0.081,\u{a0}0.105], p = 0.0003 (Holm over 3 tests), 12 questions.";
        assert_eq!(told(&run.data(), "By how much"), [expected]);
        let most = told(&run.data(), "Which mode");
        assert!(most[0].starts_with("Parallel: its solutions to the same question are the least alike"), "{most:?}");
    }

    #[test]
    fn what_is_not_clear_is_not_called_a_difference() {
        let mut run = Run::small();
        one_place(&mut run, 0.4);
        let expected = "No clear difference: markov − parallel +0.093 [0.081,\u{a0}0.105], adjusted p = 0.400, 12 questions. With so many questions, differences below about 0.02 are likely to be missed.";
        assert_eq!(told(&run.data(), "By how much"), [expected]);
        assert!(told(&run.data(), "Which mode")[0].starts_with("No mode clearly more than another"));
    }

    #[test]
    fn repeats_are_told_from_rounds_where_the_plan_has_no_metric_for_them() {
        let mut run = Run::small();
        one_place(&mut run, 0.0003);
        let repeats = told(&run.data(), "Where");
        assert!(repeats[0].starts_with("Of the rounds after a chain's first, "), "{repeats:?}");
        assert!(repeats[0].contains("Counting rounds from 0, the first repeat comes in round "), "{repeats:?}");
        run.round_values.clear();
        assert!(told(&run.data(), "Where").is_empty());
    }

    #[test]
    fn many_models_are_counted() {
        let models = ["a", "b", "c", "d", "e"];
        let run = Run::new(&synthetic::Shape {
            datasets: &[("aime24", "math")],
            models: &models,
            modes: &synthetic::MODES,
            spaces: &["minilm"],
            questions: 3,
            rounds: 4,
            intervals: true,
        });
        let most = told(&run.data(), "Which mode");
        assert_eq!(most.len(), 1);
        assert!(most[0].ends_with("of 5 combinations of model and data set."), "{most:?}");
        assert_eq!(told(&run.data(), "How often").len(), 1);
    }
}
