//! Sentences made from numbers, and how a number is written. The page, the tables' notes and the closing summary of a
//! run all speak through this file, so that they say the same.

use super::label::{clean, place};
use super::modes::{BASELINE, ModeKey, ModeLabels};
use crate::model::{ALPHA, Card, ContrastRow, Gate, Level, Statistic, SummaryRow, Variant};

/// What stands where a number does not exist. Missing is never zero.
pub const MISSING: &str = "–";

/// More comparisons than this are summed up in one sentence per mode.
const MANY: usize = 4;

/// A number with so many decimals and a true minus sign; [`MISSING`] where it is not finite.
#[must_use]
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let digits = format!("{:.decimals$}", value.abs());
    // What rounds to zero has no sign.
    if value < 0.0 && digits.chars().any(|c| c.is_ascii_digit() && c != '0') { format!("−{digits}") } else { digits }
}

/// A number, or [`MISSING`].
#[must_use]
pub fn optional(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| MISSING.to_owned(), |value| number(value, decimals))
}

/// A difference: like [`number`], with a plus sign where it is positive.
#[must_use]
pub fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    if value > 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0') { format!("+{text}") } else { text }
}

/// `[0.941, 0.952]`; nothing where a bound is missing.
#[must_use]
pub fn interval(low: Option<f64>, high: Option<f64>, decimals: usize) -> Option<String> {
    Some(format!("[{}, {}]", number(low?, decimals), number(high?, decimals)))
}

/// `p = 0.012`, `p = 0.0004`, `p < 0.0001`: four decimals are what 10 000 random sign flips can tell.
#[must_use]
pub fn p_value(p: f64) -> String {
    match p {
        p if p < 0.0001 => "p < 0.0001".to_owned(),
        p if p < 0.001 => format!("p = {p:.4}"),
        p => format!("p = {}", number(p, 3)),
    }
}

/// `1 question`, `12 questions`, `17 092 samples`.
#[must_use]
pub fn count(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A count with its thousands set apart by a no-break space.
#[must_use]
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// `12`, or `9–12` where counts differ, or [`MISSING`] where there are none.
#[must_use]
pub fn count_range(counts: impl IntoIterator<Item = usize>) -> String {
    let mut range: Option<(usize, usize)> = None;
    for n in counts {
        range = Some(range.map_or((n, n), |(low, high)| (low.min(n), high.max(n))));
    }
    match range {
        None => MISSING.to_owned(),
        Some((low, high)) if low == high => grouped(low),
        Some((low, high)) => format!("{}–{}", grouped(low), grouped(high)),
    }
}

/// [`count_range`] with what is counted: `1 question`, `9–12 questions`.
#[must_use]
pub fn counted(counts: impl IntoIterator<Item = usize>, noun: &str) -> String {
    let range = count_range(counts);
    let plural = if range == "1" { "" } else { "s" };
    format!("{range} {noun}{plural}")
}

/// `95 %` of 0.95.
#[must_use]
pub fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn and_list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Decimals that suit a metric: three for shares and similarities, one for lengths up to a thousand, none above.
#[must_use]
pub fn decimals(values: impl IntoIterator<Item = f64>) -> usize {
    let largest = values.into_iter().filter(|v| v.is_finite()).fold(0.0_f64, |a, v| a.max(v.abs()));
    match largest {
        largest if largest < 10.0 => 3,
        largest if largest < 1000.0 => 1,
        _ => 0,
    }
}

/// A contrast turned so that the mode that comes later in the order of modes stands first and the baseline last:
/// `markov − parallel`, whichever way round it was computed.
#[must_use]
pub fn oriented(row: &ContrastRow) -> ContrastRow {
    if row.by != BY_MODE {
        return row.clone();
    }
    let a = ModeKey::new(&row.mode_a, row.feedback_a.as_deref());
    let b = ModeKey::new(&row.mode_b, row.feedback_b.as_deref());
    let mut row = row.clone();
    if a < b {
        std::mem::swap(&mut row.mode_a, &mut row.mode_b);
        std::mem::swap(&mut row.feedback_a, &mut row.feedback_b);
        row.difference = row.difference.map(|d| -d);
        std::mem::swap(&mut row.level_a, &mut row.level_b);
        std::mem::swap(&mut row.value_a, &mut row.value_b);
        std::mem::swap(&mut row.n_a, &mut row.n_b);
        row.effect_size = row.effect_size.map(|d| -d);
        row.cliffs_delta = row.cliffs_delta.map(|d| -d);
        (row.ci_low, row.ci_high) = (row.ci_high.map(|d| -d), row.ci_low.map(|d| -d));
    }
    row
}

/// What contrasts are by, unless the plan asks for others.
pub(crate) const BY_MODE: &str = "mode";

/// The design of a contrast whose sides have no question in common.
pub(crate) const UNPAIRED: &str = "unpaired";

/// Labels of the modes of a run.
pub(crate) fn mode_labels(summary: &[SummaryRow]) -> ModeLabels {
    ModeLabels::new(summary.iter().map(|row| &row.cell))
}

/// The two modes of an oriented contrast, `markov − parallel`; what else it is by, and under which mode.
pub(crate) fn contrast_name(row: &ContrastRow, labels: &ModeLabels) -> String {
    if row.by != BY_MODE {
        let mode = ModeKey::new(&row.mode_a, row.feedback_a.as_deref());
        return other_name(&row.by, (&row.level_a, &row.level_b), &labels.label(&mode));
    }
    let a = labels.label(&ModeKey::new(&row.mode_a, row.feedback_a.as_deref()));
    let b = labels.label(&ModeKey::new(&row.mode_b, row.feedback_b.as_deref()));
    format!("{a} − {b}")
}

/// Of a contrast that is not between modes. Models, data sets and domains stand where a row says what it is about.
pub(crate) fn other_name(by: &str, (a, b): (&str, &str), mode: &str) -> String {
    match by {
        "model" | "dataset" | "domain" => format!("by {by}, under {mode}"),
        "feedback" => format!("{} − {}", clean(a), clean(b)),
        column => format!("{} − {} ({}, {mode})", clean(a), clean(b), clean(column)),
    }
}

/// `markov − parallel: +0.093 [0.081, 0.105], p = 0.0001 (Holm over 3 tests), d = 1.80, 0.020 detectable, 12 questions`; takes
/// an oriented contrast.
pub(crate) fn contrast_line(row: &ContrastRow, labels: &ModeLabels, decimals: usize) -> String {
    let name = contrast_name(row, labels);
    let Some(difference) = row.difference else {
        return format!("{name}: {MISSING}, {}", count(row.n_questions, "question"));
    };
    let p = p_words(row).map_or_else(String::new, |p| format!(", {p}"));
    let effect = row.effect_size.map_or_else(String::new, |d| format!(", d\u{a0}=\u{a0}{}", number(d, 2)));
    let mde = row.mde.map_or_else(String::new, |mde| format!(", {} detectable", number(mde, decimals)));
    format!("{name}: {}{}{p}{effect}{mde}, {}", signed(difference, decimals), brackets(row, decimals), questions(row))
}

/// `12 questions`; `12 and 9 questions, none shared` where unpaired.
fn questions(row: &ContrastRow) -> String {
    if row.design == UNPAIRED {
        return format!("{} and {}, none shared", grouped(row.n_a), count(row.n_b, "question"));
    }
    count(row.n_questions, "question")
}

pub(crate) fn brackets(row: &ContrastRow, decimals: usize) -> String {
    interval(row.ci_low, row.ci_high, decimals).map_or_else(String::new, |text| format!(" {text}"))
}

/// `p = 0.0001 (Holm over 3 tests), 12 questions`.
pub(crate) fn evidence(row: &ContrastRow) -> String {
    p_words(row).map_or_else(|| questions(row), |p| format!("{p}, {}", questions(row)))
}

fn p_words(row: &ContrastRow) -> Option<String> {
    match (row.p_adjusted, row.p_value) {
        (Some(p), _) if row.n_tests == 1 => Some(format!("{} (the only test)", p_value(p))),
        (Some(p), _) => Some(format!("{} (Holm over {} tests)", p_value(p), grouped(row.n_tests))),
        (None, Some(p)) => Some(format!("{} (not adjusted)", p_value(p))),
        (None, None) => None,
    }
}

/// Whether a metric's questions have enough samples, as a sentence; nothing where it cannot be told.
#[must_use]
pub fn enough_samples<'a>(rows: impl Iterator<Item = &'a SummaryRow>) -> Option<String> {
    let share = |row: &SummaryRow| {
        let (samples, all) = (row.std_error_samples?, row.std_error?);
        (all > 0.0).then(|| (samples / all).powi(2).min(1.0))
    };
    let shares: Vec<f64> = rows.filter_map(share).collect();
    let largest = shares.iter().copied().reduce(f64::max)?;
    let smallest = shares.iter().copied().fold(1.0, f64::min);
    let whole = |share: f64| format!("{:.0}", share * 100.0);
    let range = if whole(smallest) == whole(largest) {
        format!("{} %", whole(largest))
    } else {
        format!("{} to {} %", whole(smallest), whole(largest))
    };
    // With all chance of the samples gone, the interval keeps √(1 − share) of its width.
    let gain = 1.0 - (1.0 - largest).sqrt();
    let verdict = match gain {
        gain if gain < 0.1 => {
            "more samples per question would hardly narrow the intervals; more questions would".to_owned()
        }
        gain if gain < 0.5 => {
            format!("more samples per question could narrow the widest by up to about {} %", whole(gain))
        }
        _ => "more samples per question could take away half of the widest and more".to_owned(),
    };
    Some(format!(
        "Of the uncertainty (variance) of these means {range} is the chance in each question's samples (few samples overstate it): {verdict}."
    ))
}

/// What a run found, in one to a few sentences: how alike the solutions to a question are in each mode.
///
/// Takes the tables `summary` and `contrasts`; speaks of `metric` alone and holds the other modes against `parallel`.
/// Where there is no such contrast, the means are told; where there are none, that is said.
#[must_use]
pub fn headlines(summary: &[SummaryRow], contrasts: &[ContrastRow], metric: &str) -> Vec<String> {
    let labels = mode_labels(summary);
    let of_baseline: Vec<ContrastRow> = contrasts
        .iter()
        .filter(|row| row.by == BY_MODE && row.metric == metric && row.difference.is_some() && !row.is_across())
        .map(oriented)
        .filter(|row| ModeKey::new(&row.mode_b, None).is_baseline() && row.mode_a != row.mode_b)
        .collect();
    if of_baseline.is_empty() || !is_similarity(metric) {
        return mean_sentences(summary, metric, &labels);
    }
    if of_baseline.len() <= MANY {
        return of_baseline.iter().map(|row| contrast_sentence(row, summary, &labels)).collect();
    }
    let mut groups: Vec<(ModeKey, String)> = of_baseline
        .iter()
        .map(|row| (ModeKey::new(&row.mode_a, row.feedback_a.as_deref()), row.space.clone()))
        .collect();
    groups.sort();
    groups.dedup();
    let shown = groups.iter().take(2 * MANY).map(|(mode, space)| sum_up(mode, space, &of_baseline, &labels));
    let rest = groups.len().saturating_sub(2 * MANY);
    shown.chain((rest > 0).then(|| format!("The contrasts below tell of {} more.", count(rest, "mode")))).collect()
}

/// One contrast against the baseline as a sentence.
fn contrast_sentence(row: &ContrastRow, summary: &[SummaryRow], labels: &ModeLabels) -> String {
    let difference = row.difference.unwrap_or(f64::NAN);
    let decimals = decimals([difference]);
    let mode = labels.label(&ModeKey::new(&row.mode_a, row.feedback_a.as_deref()));
    let base = labels.label(&ModeKey::new(&row.mode_b, row.feedback_b.as_deref()));
    let value = |mode: &str, feedback: Option<&String>| {
        summary
            .iter()
            .find(|s| {
                s.metric == row.metric
                    && s.space == row.space
                    && s.cell.dataset == row.dataset
                    && s.cell.domain == row.domain
                    && s.cell.model == row.model
                    && s.cell.mode == mode
                    && s.cell.feedback.as_ref() == feedback
            })
            .and_then(|s| s.value)
    };
    let of_a = value(&row.mode_a, row.feedback_a.as_ref());
    let of_b = value(&row.mode_b, row.feedback_b.as_ref());
    let verdict = match row.p_adjusted.or(row.p_value) {
        None => "cannot be told to be more or less alike",
        Some(p) if p >= ALPHA => "are not clearly more or less alike",
        _ if difference > 0.0 => "are more alike",
        _ if difference < 0.0 => "are less alike",
        _ => "are as alike",
    };
    let than = if verdict.ends_with("as alike") { "as" } else { "than" };
    format!(
        "{} on {}: solutions to the same question {verdict} under {mode} {than} under {base} ({} {} against {}; difference {}{}, {}; measured on {}).",
        clean(&row.model),
        place(&row.dataset, &row.domain),
        metric_words(&row.metric),
        optional(of_a, decimals),
        optional(of_b, decimals),
        signed(difference, decimals),
        brackets(row, decimals),
        evidence(row),
        clean(&row.space),
    )
}

/// Whether a difference counts as one.
pub(crate) fn is_clear(row: &ContrastRow) -> bool {
    row.p_adjusted.or(row.p_value).is_some_and(|p| p < ALPHA)
}

/// Which way a difference goes, true for up; none where that is not clear.
pub(crate) fn direction(row: &ContrastRow) -> Option<bool> {
    let difference = row.difference.filter(|difference| *difference != 0.0 && is_clear(row))?;
    Some(difference > 0.0)
}

/// Many contrasts of one mode against the baseline as one sentence.
fn sum_up(mode: &ModeKey, space: &str, contrasts: &[ContrastRow], labels: &ModeLabels) -> String {
    let mine: Vec<&ContrastRow> = contrasts
        .iter()
        .filter(|row| ModeKey::new(&row.mode_a, row.feedback_a.as_deref()) == *mode && row.space == space)
        .collect();
    let more = mine.iter().filter(|row| direction(row) == Some(true)).count();
    let less = mine.iter().filter(|row| direction(row) == Some(false)).count();
    let differences: Vec<f64> = mine.iter().filter_map(|row| row.difference).collect();
    let (low, high) =
        differences.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), d| (low.min(*d), high.max(*d)));
    let decimals = decimals(differences.iter().copied());
    let (low, high) = (signed(low, decimals), signed(high, decimals));
    let range = if low == high { format!("is {low}") } else { format!("runs from {low} to {high}") };
    format!(
        "Under {}, solutions to the same question are {} (adjusted p < {ALPHA}); the difference in {} {range}, measured on {}.",
        labels.label(mode),
        verdict(more, less, mine.len()),
        metric_words(mine.first().map_or("", |row| row.metric.as_str())),
        clean(space),
    )
}

/// How many of several comparisons with parallel came out which way.
fn verdict(more: usize, less: usize, all: usize) -> String {
    if all == 1 {
        let verdict = match (more, less) {
            (0, 0) => "neither clearly more nor less alike",
            (0, _) => "less alike",
            _ => "more alike",
        };
        return format!("{verdict} than under {BASELINE} in the only comparison");
    }
    let comparisons = count(all, "comparison");
    match (more, less) {
        (0, 0) => format!("neither clearly more nor less alike than under {BASELINE} in any of {comparisons}"),
        (more, 0) if more == all => format!("more alike than under {BASELINE} in all of {comparisons}"),
        (0, less) if less == all => format!("less alike than under {BASELINE} in all of {comparisons}"),
        (more, 0) => format!("more alike than under {BASELINE} in {more} of {comparisons}, clearly less in none"),
        (0, less) => format!("less alike than under {BASELINE} in {less} of {comparisons}, clearly more in none"),
        (more, less) => format!("more alike than under {BASELINE} in {more} of {comparisons} and less alike in {less}"),
    }
}

/// The means alone, where no mode can be held against the baseline.
fn mean_sentences(summary: &[SummaryRow], metric: &str, labels: &ModeLabels) -> Vec<String> {
    let rows: Vec<&SummaryRow> = summary.iter().filter(|row| row.metric == metric && row.value.is_some()).collect();
    if rows.is_empty() {
        return vec![format!("No {} could be computed: no group has two samples to compare.", metric_words(metric))];
    }
    let decimals = decimals(rows.iter().filter_map(|row| row.value));
    let shown = rows.iter().take(2 * MANY).map(|row| {
        format!(
            "{} on {}, {}: {} {}{} over {}, measured on {}.",
            clean(&row.cell.model),
            place(&row.cell.dataset, &row.cell.domain),
            labels.label(&ModeKey::of(&row.cell)),
            metric_words(metric),
            optional(row.value, decimals),
            interval(row.ci_low, row.ci_high, decimals).map_or_else(String::new, |text| format!(" {text}")),
            count(row.n_questions, "question"),
            clean(&row.space),
        )
    });
    let rest = rows.len().saturating_sub(2 * MANY);
    let rest = (rest > 0).then(|| format!("The table below has {} more.", grouped(rest)));
    shown.chain(rest).collect()
}

/// A metric's heading, with what else was asked of it.
pub(crate) fn title(card: &Card, metric: &str) -> String {
    format!("{}{}", card.title, Variant::parse(metric).words())
}

/// How a metric's value is built, as a sentence.
pub(crate) fn built(level: Option<Level>, metric: &str) -> String {
    let variant = Variant::parse(metric);
    let statistic = match variant.statistic {
        Statistic::Mean => "Mean".to_owned(),
        Statistic::Min => "Minimum".to_owned(),
        Statistic::Max => "Maximum".to_owned(),
        Statistic::Percentile(50) => "Median".to_owned(),
        Statistic::Percentile(percent) => format!("Percentile {percent}"),
    };
    let whose = if variant.gate == Gate::Correct { "correct samples" } else { "samples" };
    let within = match level {
        Some(Level::Sample) => format!("{statistic} over the {whose} of a group"),
        Some(Level::Pair) | None => {
            let correct = if variant.gate == Gate::Correct { " of correct samples" } else { "" };
            format!("{statistic} over all unordered pairs i < j{correct} of a group (the diagonal is left out)")
        }
        Some(Level::Group) => format!("One number for the {whose} of each group"),
        Some(Level::Chain) => "One number for each chain (where there is one for each round, their mean)".to_owned(),
    };
    let at = variant.at.map_or_else(String::new, |k| format!(", in expectation over subsets of {k} of them"));
    let mean = if matches!(level, Some(Level::Group | Level::Chain)) || variant.statistic != Statistic::Mean {
        "the mean "
    } else {
        ""
    };
    let rounds = if level == Some(Level::Chain) { "chains" } else { "groups" };
    format!("{within}{at}, then {mean}over the {rounds} of a question, then over questions with equal weight.")
}

/// Whether more of a metric means that solutions are more alike.
pub(crate) fn is_similarity(metric: &str) -> bool {
    let base = Variant::parse(metric).base;
    base == "cosine" || base == "verbatim" || base.ends_with("similarity")
}

/// A metric's name as words in a sentence.
pub(crate) fn metric_words(metric: &str) -> String {
    match metric {
        "cosine" => "mean cosine similarity".to_owned(),
        other => format!("mean {}", clean(other).replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::render::synthetic;

    #[test]
    fn numbers_have_a_true_minus_and_no_negative_zero() {
        assert_eq!(number(0.94712, 3), "0.947");
        assert_eq!(number(-0.0301, 3), "−0.030");
        assert_eq!(number(-0.0001, 3), "0.000");
        assert_eq!(number(f64::NAN, 3), "–");
        assert_eq!(signed(0.093, 3), "+0.093");
        assert_eq!(signed(0.0001, 3), "0.000");
        assert_eq!(optional(None, 3), "–");
    }

    #[test]
    fn small_p_values_are_bounds() {
        assert_eq!(p_value(0.00009), "p < 0.0001");
        assert_eq!(p_value(0.0001), "p = 0.0001");
        assert_eq!(p_value(0.0123), "p = 0.012");
        assert_eq!(p_value(1.0), "p = 1.000");
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(count(1, "question"), "1 question");
        assert_eq!(count(17092, "sample"), "17\u{a0}092 samples");
        assert_eq!(count_range([12, 9, 12]), "9–12");
        assert_eq!(count_range([]), "–");
        assert_eq!(percent(0.95), "95 %");
        assert_eq!(percent(0.999), "99.9 %");
        assert_eq!(and_list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }

    #[test]
    fn a_contrast_is_told_against_the_baseline_whichever_way_it_was_computed() {
        let forward = synthetic::contrast("markov", "parallel", 0.093);
        let mut backward = synthetic::contrast("parallel", "markov", -0.093);
        (backward.ci_low, backward.ci_high) = (forward.ci_high.map(|v| -v), forward.ci_low.map(|v| -v));
        backward.effect_size = forward.effect_size.map(|v| -v);
        backward.cliffs_delta = forward.cliffs_delta.map(|v| -v);
        (backward.value_a, backward.value_b) = (forward.value_b, forward.value_a);
        (backward.n_a, backward.n_b) = (forward.n_b, forward.n_a);
        assert_eq!(oriented(&backward), forward);
        let labels = mode_labels(&[]);
        assert_eq!(
            contrast_line(&oriented(&backward), &labels, 3),
            "markov − parallel: +0.093 [0.081, 0.105], p = 0.0003 (Holm over 3 tests), d\u{a0}=\u{a0}1.80, 0.020 detectable, 12 questions"
        );
    }

    #[test]
    fn headlines_tell_direction_size_and_doubt() {
        let run = synthetic::Run::small();
        let lines = headlines(&run.summary, &[synthetic::contrast("markov", "parallel", 0.093)], "cosine");
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("are more alike under markov than under parallel"), "{}", lines[0]);
        assert!(
            lines[0].contains("difference +0.093 [0.081, 0.105], p = 0.0003 (Holm over 3 tests), 12 questions"),
            "{}",
            lines[0]
        );
        let mut doubtful = synthetic::contrast("markov", "parallel", 0.01);
        doubtful.p_adjusted = Some(0.4);
        assert!(headlines(&run.summary, &[doubtful], "cosine")[0].contains("not clearly more or less alike"));
        assert!(headlines(&[], &[], "cosine")[0].starts_with("No mean cosine similarity could be computed"));
    }

    #[test]
    fn many_contrasts_become_one_sentence_per_mode() {
        let run = synthetic::Run::small();
        let mut contrasts: Vec<ContrastRow> =
            [0.02, 0.05, 0.08, 0.03, 0.04].iter().map(|d| synthetic::contrast("markov", "parallel", *d)).collect();
        contrasts[3].p_adjusted = Some(0.2);
        let lines = headlines(&run.summary, &contrasts, "cosine");
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("in 4 of 5 comparisons, clearly less in none"), "{}", lines[0]);
        assert!(lines[0].contains("from +0.020 to +0.080"), "{}", lines[0]);
    }

    #[test]
    fn a_single_difference_is_no_range() {
        let run = synthetic::Run::small();
        let one = |mode: &str| ContrastRow { p_adjusted: Some(0.4), ..synthetic::contrast(mode, "parallel", 0.026) };
        let lines = headlines(&run.summary, &["a", "b", "c", "d", "e"].map(one), "cosine");
        assert!(lines[0].contains("in the only comparison"), "{}", lines[0]);
        assert!(
            lines[0].contains("the difference in mean cosine similarity is +0.026, measured on minilm"),
            "{}",
            lines[0]
        );
    }

    #[test]
    fn a_verdict_never_counts_what_did_not_happen_as_a_finding() {
        assert_eq!(verdict(0, 0, 5), "neither clearly more nor less alike than under parallel in any of 5 comparisons");
        assert_eq!(verdict(5, 0, 5), "more alike than under parallel in all of 5 comparisons");
        assert_eq!(verdict(0, 2, 5), "less alike than under parallel in 2 of 5 comparisons, clearly more in none");
        assert_eq!(verdict(0, 0, 1), "neither clearly more nor less alike than under parallel in the only comparison");
        assert_eq!(verdict(1, 0, 1), "more alike than under parallel in the only comparison");
        assert_eq!(verdict(0, 1, 1), "less alike than under parallel in the only comparison");
        assert_eq!(verdict(1, 2, 5), "more alike than under parallel in 1 of 5 comparisons and less alike in 2");
    }
}
