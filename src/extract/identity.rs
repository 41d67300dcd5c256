//! Which group a record belongs to, which round it is and what it is called.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::parts::Parts;
use crate::model::{CountSource, GroupKey, Record, Reject, Sample, Stage, Tokens};

/// The value of a key column that neither the row nor the source gives.
const UNKNOWN: &str = "unknown";

/// Turns records into samples. It remembers groups and names, so that records must come in input order, all of a run through one extractor.
#[derive(Debug, Default)]
pub struct Extractor {
    groups: HashMap<Arc<GroupKey>, Progress>,
    /// The keys of `groups` in order of appearance.
    keys: Vec<Arc<GroupKey>>,
    names: HashMap<String, Named>,
    n_unknown_mode: u64,
    n_tagged_solution: u64,
    repeated_rounds: Repeated,
}

/// How far a group has come.
#[derive(Debug, Default)]
struct Progress {
    n_samples: i64,
    /// Rounds seen; kept for chains only, where each should occur once.
    rounds: HashSet<i64>,
}

/// The sample that bears a name.
#[derive(Debug)]
struct Named {
    source_file: Arc<str>,
    source_row: u64,
    /// Highest number that was appended to this name to tell like samples apart; 1 is the name itself.
    last_suffix: u64,
}

#[derive(Debug, Default)]
struct Repeated {
    count: u64,
    example: Option<(Arc<GroupKey>, i64)>,
}

impl Extractor {
    /// Makes a sample of a record that was taken apart.
    ///
    /// Absent `dataset`, `domain`, `model` and `mode` become `unknown`. An absent round is the order of appearance in the
    /// group, from 0. An absent `sample_id` is made from the key columns and the round, joined by `|`, with `#2`, `#3` …
    /// for further samples of the same draw number. Fails when the record gives a `sample_id` that is taken.
    pub fn identify(&mut self, parts: Parts) -> Result<Sample, Reject> {
        let record = &parts.record;
        let Record { dataset, domain, model, mode, feedback, question_id, chain, round, sample_id, .. } = record;
        if let Some(id) = sample_id
            && let Some(first) = self.names.get(id)
        {
            return Err(Reject {
                reason: format!(
                    "duplicate `sample_id` `{id}`, first seen in `{}` row {}",
                    first.source_file, first.source_row
                ),
                source_file: Arc::clone(&record.source_file),
                source_row: record.source_row,
                stage: Stage::Extract,
            });
        }
        let or_unknown = |field: &Option<String>| field.clone().unwrap_or_else(|| UNKNOWN.to_owned());
        self.n_unknown_mode += u64::from(mode.as_deref().is_none_or(|mode| mode == UNKNOWN));
        let key = self.intern(GroupKey {
            dataset: or_unknown(dataset),
            domain: or_unknown(domain),
            model: or_unknown(model),
            mode: or_unknown(mode),
            feedback: feedback.clone(),
            question_id: question_id.clone(),
            chain: *chain,
        });
        let round = self.place(&key, *round);
        let sample_id = self.name(record, &key, round);
        self.n_tagged_solution += u64::from(parts.is_tagged);
        Ok(sample(parts, key, round, sample_id))
    }

    /// What is worth knowing about the samples so far, as lower-case fragments; empty when nothing is.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.n_unknown_mode > 0 {
            notes.push(format!(
                "mode is `{UNKNOWN}` in {}; `defaults` of the source can give it",
                counted(self.n_unknown_mode, "sample")
            ));
        }
        notes.extend(self.mixed_feedback());
        if let Some((key, round)) = &self.repeated_rounds.example {
            let n = counted(self.repeated_rounds.count, "sample");
            notes.push(format!("{n} in a round that their chain already has (round {round} of {})", chain_words(key)));
        }
        if self.n_tagged_solution > 0 {
            let n = counted(self.n_tagged_solution, "solution");
            notes.push(format!(
                "{n} still with a closing thinking tag; raw text belongs in `response`, where it is split"
            ));
        }
        notes
    }

    fn mixed_feedback(&self) -> Option<String> {
        type Chain<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, i64);
        let mut feedbacks: BTreeMap<Chain<'_>, BTreeSet<Option<&str>>> = BTreeMap::new();
        for key in &self.keys {
            if let Some(chain) = key.chain {
                let chain = (&*key.dataset, &*key.domain, &*key.model, &*key.mode, &*key.question_id, chain);
                feedbacks.entry(chain).or_default().insert(key.feedback.as_deref());
            }
        }
        let mut mixed = feedbacks.iter().filter(|(_, feedbacks)| feedbacks.len() > 1);
        let ((_, _, _, _, question, chain), _) = mixed.next()?;
        let n = counted(1 + mixed.count() as u64, "chain");
        Some(format!(
            "feedback differs between rounds of {n} (question `{question}`, chain {chain}): they are grouped apart"
        ))
    }

    fn intern(&mut self, key: GroupKey) -> Arc<GroupKey> {
        if let Some((key, _)) = self.groups.get_key_value(&key) {
            return Arc::clone(key);
        }
        let key = Arc::new(key);
        self.groups.insert(Arc::clone(&key), Progress::default());
        self.keys.push(Arc::clone(&key));
        key
    }

    /// The round of the next sample of a group.
    fn place(&mut self, key: &Arc<GroupKey>, given: Option<i64>) -> i64 {
        let progress = self.groups.entry(Arc::clone(key)).or_default();
        let round = given.unwrap_or(progress.n_samples);
        progress.n_samples += 1;
        if key.chain.is_some() && !progress.rounds.insert(round) {
            self.repeated_rounds.count += 1;
            self.repeated_rounds.example.get_or_insert_with(|| (Arc::clone(key), round));
        }
        round
    }

    /// The sample's name, entered among the names that are taken.
    fn name(&mut self, record: &Record, key: &GroupKey, round: i64) -> String {
        let named =
            || Named { source_file: Arc::clone(&record.source_file), source_row: record.source_row, last_suffix: 1 };
        if let Some(id) = &record.sample_id {
            self.names.insert(id.clone(), named());
            return id.clone();
        }
        let base = default_name(key, round);
        let mut name = base.clone();
        while self.names.contains_key(&name) {
            // A suffixed name may itself be taken, by a name that the input gave.
            let Some(first) = self.names.get_mut(&base) else { break };
            first.last_suffix += 1;
            name = format!("{base}#{}", first.last_suffix);
        }
        self.names.insert(name.clone(), named());
        name
    }
}

fn sample(parts: Parts, key: Arc<GroupKey>, round: i64, sample_id: String) -> Sample {
    let reported = |count: Option<i64>| count.map(|count| Tokens { count, source: CountSource::Reported });
    let Parts { record, thinking, solution, extraction_rule, extraction, .. } = parts;
    Sample {
        key,
        round,
        sample_id,
        parents: record.parents,
        response: record.response,
        thinking,
        solution,
        code: record.code,
        answer: record.answer,
        gold: record.gold,
        correct: record.correct,
        reward: record.reward,
        prompt_tokens: reported(record.prompt_tokens),
        thinking_tokens: reported(record.thinking_tokens),
        solution_tokens: reported(record.solution_tokens),
        mean_entropy: record.mean_entropy,
        mean_logprob: record.mean_logprob,
        difficulty: record.difficulty,
        finish_reason: record.finish_reason,
        extra: record.extra,
        source_file: record.source_file,
        source_row: record.source_row,
        extraction_rule,
        extraction,
    }
}

/// The key columns and the round, joined by `|`. A null is `-`; a literal `|` or `\`, and a text that is `-`, get a `\` in front.
fn default_name(key: &GroupKey, round: i64) -> String {
    fn text(value: &str) -> String {
        if value == "-" { "\\-".to_owned() } else { value.replace('\\', "\\\\").replace('|', "\\|") }
    }
    let null = || "-".to_owned();
    [
        text(&key.dataset),
        text(&key.domain),
        text(&key.model),
        text(&key.mode),
        key.feedback.as_deref().map_or_else(null, text),
        text(&key.question_id),
        key.chain.map_or_else(null, |chain| chain.to_string()),
        round.to_string(),
    ]
    .join("|")
}

fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn chain_words(key: &GroupKey) -> String {
    key.chain.map_or_else(
        || format!("question `{}`", key.question_id),
        |chain| format!("question `{}`, chain {chain}", key.question_id),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::parts::{Policy, take_apart};
    use super::*;

    fn record(row: u64, question: &str) -> Record {
        Record {
            source_file: Arc::from("f.jsonl"),
            source_row: row,
            question_id: question.to_owned(),
            solution: Some("s".to_owned()),
            mode: Some("parallel".to_owned()),
            ..Record::default()
        }
    }

    impl Extractor {
        fn extracted(&mut self, record: Record) -> Result<Sample, Reject> {
            self.identify(take_apart(record, &Policy::default()))
        }
    }

    fn named(row: u64, id: &str) -> Record {
        Record { sample_id: Some(id.to_owned()), ..record(row, "q") }
    }

    #[test]
    fn absent_keys_are_unknown_and_absent_rounds_count_appearances() {
        let mut extractor = Extractor::default();
        let first = extractor.extracted(record(1, "q")).unwrap();
        assert_eq!((&*first.key.dataset, &*first.key.domain, &*first.key.model), ("unknown", "unknown", "unknown"));
        assert_eq!((first.key.feedback.as_ref(), first.key.chain, first.round), (None, None, 0));
        let other = extractor.extracted(record(2, "p")).unwrap();
        let second = extractor.extracted(record(3, "q")).unwrap();
        assert_eq!((other.round, second.round), (0, 1));
        assert!(Arc::ptr_eq(&first.key, &second.key), "a key is held once");
        assert_eq!(second.sample_id, "unknown|unknown|unknown|parallel|-|q|-|1");
    }

    #[test]
    fn default_names_escape_their_parts() {
        let record = Record {
            dataset: Some("a|b\\".to_owned()),
            feedback: Some("-".to_owned()),
            chain: Some(-3),
            ..record(1, "q")
        };
        let sample = Extractor::default().extracted(record).unwrap();
        assert_eq!(sample.sample_id, "a\\|b\\\\|unknown|unknown|parallel|\\-|q|-3|0");
    }

    #[test]
    fn equal_draw_numbers_get_suffixes_past_names_that_are_taken() {
        let mut extractor = Extractor::default();
        let draw = |row| Record { round: Some(0), ..record(row, "q") };
        let name = "unknown|unknown|unknown|parallel|-|q|-|0";
        extractor.extracted(named(1, &format!("{name}#2"))).unwrap();
        let ids: Vec<String> = (2..6).map(|row| extractor.extracted(draw(row)).unwrap().sample_id).collect();
        assert_eq!(ids, [name.to_owned(), format!("{name}#3"), format!("{name}#4"), format!("{name}#5")]);
        let mut extractor = Extractor::default();
        extractor.extracted(named(1, name)).unwrap();
        assert_eq!(extractor.extracted(draw(2)).unwrap().sample_id, format!("{name}#2"));
    }

    #[test]
    fn a_name_given_twice_is_a_reject() {
        let mut extractor = Extractor::default();
        extractor.extracted(named(1, "x")).unwrap();
        let reject = extractor.extracted(named(7, "x")).unwrap_err();
        assert_eq!(reject.reason, "duplicate `sample_id` `x`, first seen in `f.jsonl` row 1");
        assert_eq!((reject.source_row, reject.stage), (7, Stage::Extract));
        let next = extractor.extracted(named(8, "y")).unwrap();
        assert_eq!(next.round, 1, "a reject takes no round");
        let default = extractor.extracted(record(9, "q")).unwrap().sample_id;
        assert!(extractor.extracted(named(10, &default)).is_err(), "nor may a name repeat one that was made");
    }

    #[test]
    fn many_samples_of_one_name_take_linear_time() {
        let mut extractor = Extractor::default();
        for row in 0..100_000 {
            extractor.extracted(Record { round: Some(0), ..record(row, "q") }).unwrap();
        }
        assert_eq!(extractor.names.len(), 100_000);
    }

    #[test]
    fn fields_beat_tags_and_the_response_fills_what_is_absent() {
        let mut extractor = Extractor::default();
        let mut texts = |thinking: Option<&str>, solution: Option<&str>, response: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let record = Record {
                thinking: owned(thinking),
                solution: owned(solution),
                response: owned(response),
                ..record(1, "q")
            };
            let sample = extractor.extracted(record).unwrap();
            (owned(sample.thinking()), owned(sample.solution()), sample.extraction_rule)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(texts(None, Some(""), None), (None, some(""), "fields"));
        assert_eq!(texts(Some("t"), Some("s"), Some("<think>x</think>y")), (some("t"), some("s"), "fields"));
        assert_eq!(texts(Some("t"), None, Some("<think>x</think>y")), (some("t"), some("y"), "fields"));
        assert_eq!(texts(Some("t"), None, Some(" y ")), (some("t"), some(" y "), "fields"));
        assert_eq!(texts(Some("t"), None, Some("<think>x")), (some("t"), None, "fields"));
        assert_eq!(texts(Some("t"), None, None), (some("t"), None, "fields"), "a thought that never ended");
        assert_eq!(texts(None, None, None), (None, None, "fields"), "nor was it kept");
        assert_eq!(texts(None, Some("s"), Some("<think>x</think>y")), (some("x"), some("s"), "fields"));
        assert_eq!(texts(None, None, Some("<think>x</think>y")), (some("x"), some("y"), "think-tags"));
        assert_eq!(texts(None, None, Some("x</think>y")), (some("x"), some("y"), "think-prefixless"));
        assert_eq!(texts(None, None, Some("<think>x")), (some("x"), None, "think-unclosed"));
        assert_eq!(texts(None, None, Some("y")), (None, some("y"), "no-thinking"));
    }

    #[test]
    fn reported_counts_say_so() {
        let sample = Extractor::default().extracted(Record { thinking_tokens: Some(0), ..record(1, "q") }).unwrap();
        assert_eq!(sample.thinking_tokens, Some(Tokens { count: 0, source: CountSource::Reported }));
        assert_eq!(sample.solution_tokens, None);
    }

    #[test]
    fn notes_say_what_looks_odd() {
        let mut extractor = Extractor::default();
        extractor.extracted(record(1, "q")).unwrap();
        assert!(extractor.notes().is_empty());
        let round = |feedback: Option<&str>, chain, round, row| Record {
            feedback: feedback.map(str::to_owned),
            chain: Some(chain),
            round: Some(round),
            ..record(row, "q")
        };
        for (row, record) in [
            round(None, 0, 0, 2),
            round(Some("re-answer"), 0, 1, 3),
            round(Some("re-answer"), 1, 0, 4),
            round(Some("re-answer"), 1, 0, 5),
            Record { mode: None, solution: Some("a</think>b".to_owned()), ..record(6, "q") },
        ]
        .into_iter()
        .enumerate()
        {
            assert!(extractor.extracted(record).is_ok(), "{row}");
        }
        assert_eq!(
            extractor.notes(),
            [
                "mode is `unknown` in 1 sample; `defaults` of the source can give it",
                "feedback differs between rounds of 1 chain (question `q`, chain 0): they are grouped apart",
                "1 sample in a round that their chain already has (round 0 of question `q`, chain 1)",
                "1 solution still with a closing thinking tag; raw text belongs in `response`, where it is split",
            ]
        );
    }
}
