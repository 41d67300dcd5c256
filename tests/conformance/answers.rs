//! What a healthy provider gives, and what it is asked for: right vectors in the right order, within the limits.

use breadth::embed::{Budget, LongText, OptionValue, Request};

use super::asking::{ask, ask_within, assert_nothing_lost, for_each, opened, request, texts, whole, with_keys};
use super::fake::vectors::{cosine, native_dimension};
use super::fake::{Fake, KEY, Protocol, Setup};

#[test]
fn every_text_gets_its_own_vector_in_its_own_place() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::with(Setup::of(protocol).latency(5));
            let texts = texts(250);
            let came = ask(&request(&fake, protocol, &[("inputs_per_request", whole(7))]), &texts);
            assert!(came.error.is_none() && came.refused().is_empty(), "{protocol:?}: {}", came.shown());
            assert_nothing_lost(&fake, protocol, &texts, &came);
            let ledger = fake.ledger();
            assert_eq!(ledger.requests.len(), 250_usize.div_ceil(7), "{protocol:?}");
            assert_eq!(ledger.paid().len(), 250);
            assert_eq!(ledger.n_paid_twice(), 0);
            assert!((2..=4).contains(&ledger.peak), "{protocol:?}: {} at once", ledger.peak);
            assert!(ledger.requests.iter().all(|asked| asked.key() == Some(KEY)));
        });
    });
}

#[test]
fn full_length_is_what_the_model_gives_by_itself() {
    with_keys(|| {
        for_each(|protocol| {
            let Some(native) = native_dimension(protocol.model()) else { return };
            let fake = Fake::start(protocol);
            let texts = texts(3);
            let came = ask(&request(&fake, protocol, &[("dimensions", whole(native as u64))]), &texts);
            assert!(came.error.is_none(), "{protocol:?}: {}", came.shown());
            for (position, one) in &came.finished {
                let vector = &one.as_ref().unwrap().vector;
                assert!(cosine(vector, &fake.right(&texts[*position], native)) > 0.999_999, "{protocol:?}");
            }
        });
    });
}

#[test]
fn no_request_is_larger_than_the_provider_takes() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            let texts = texts(2300);
            let came = ask(&request(&fake, protocol, &[]), &texts);
            assert!(came.error.is_none() && came.refused().is_empty(), "{protocol:?}: {}", came.shown());
            assert_nothing_lost(&fake, protocol, &texts, &came);
            let ledger = fake.ledger();
            // The fake refuses what is too large: all was taken at once, and the requests were full.
            assert!(ledger.requests.iter().all(|asked| asked.answered), "{protocol:?}");
            let most = [2048, 32, 100, 96, 1000][Protocol::ALL.iter().position(|one| *one == protocol).unwrap()];
            assert_eq!(ledger.requests.iter().map(|asked| asked.inputs.len()).max(), Some(most), "{protocol:?}");
            assert_eq!(ledger.requests.len(), 2300_usize.div_ceil(most), "{protocol:?}");
        });
    });
}

#[test]
fn tokens_of_a_request_stay_within_their_limit() {
    with_keys(|| {
        for_each(|protocol| {
            let mut setup = Setup::of(protocol);
            setup.tokens_per_request = Some(1000);
            let fake = Fake::with(setup);
            let texts: Vec<String> =
                texts(60).iter().map(|text| format!("{text} ").repeat(2 + text.len() % 5 * 3)).collect();
            let options = [("tokens_per_request", whole(1000)), ("window", whole(500))];
            let came = ask(&request(&fake, protocol, &options), &texts);
            assert!(came.error.is_none() && came.refused().is_empty(), "{protocol:?}: {}", came.shown());
            assert_nothing_lost(&fake, protocol, &texts, &came);
            let ledger = fake.ledger();
            assert!(ledger.requests.iter().all(|asked| asked.answered && asked.tokens <= 1000), "{protocol:?}");
            assert!(ledger.requests.len() > 2 && ledger.requests.len() < 60, "{protocol:?}: {}", ledger.requests.len());
        });
    });
}

/// Every kind of text that is longer than the window: words, digits, signs, characters of several bytes, no gaps at all.
fn long_texts() -> Vec<String> {
    vec![
        "exploring the solution space widely ".repeat(40),
        "3.14159 + 2.71828 = ".repeat(60),
        "量子力學與🙂 ".repeat(60),
        "x".repeat(2000),
        "}})]".repeat(300),
        // Codes take twice as many tokens as words of so many letters.
        "aGVsbG8gd29ybGQhIFRoaXMgaXMgYSB0ZXN0IG9mIGJhc2U2NCBlbmNvZGluZw".repeat(30),
        "mfrggzdfmztwqlknnwgtpobyxeuovhodzpiydcmrtgqtmnzyhe".repeat(24),
        "🦊🚀🙂".repeat(200),
        "    \n\t  x".repeat(200),
    ]
}

#[test]
fn a_long_text_is_cut_by_us_and_never_by_the_provider() {
    with_keys(|| {
        for_each(|protocol| {
            let mut setup = Setup::of(protocol);
            setup.window = Some(128);
            let fake = Fake::with(setup);
            let texts = long_texts();
            let came = ask(&request(&fake, protocol, &[("window", whole(128))]), &texts);
            assert!(came.error.is_none() && came.refused().is_empty(), "{protocol:?}: {}", came.shown());
            let ledger = fake.ledger();
            assert!(ledger.cut.is_empty(), "{protocol:?}: the provider cut {:?}", ledger.cut);
            assert!(ledger.requests.iter().all(|asked| asked.answered), "{protocol:?}");
            // The pieces in the order of their texts are the texts again: nothing is missing, nothing comes twice.
            let mut sent: Vec<(usize, &String)> = Vec::new();
            for (position, text) in texts.iter().enumerate() {
                let one = came.finished[&position].as_ref().unwrap();
                assert!(one.chunks > 1 && one.tokens_seen == one.tokens_total, "{protocol:?}: {one:?}");
                let pieces =
                    ledger.requests.iter().flat_map(|asked| &asked.inputs).filter(|piece| text.contains(*piece));
                sent.extend(pieces.map(|piece| (position, piece)));
            }
            let n: usize = came.finished.values().map(|one| one.as_ref().unwrap().chunks as usize).sum();
            assert_eq!(ledger.requests.iter().map(|asked| asked.inputs.len()).sum::<usize>(), n, "{protocol:?}");
            for (position, text) in texts.iter().enumerate() {
                let bytes: usize = sent.iter().filter(|(of, _)| *of == position).map(|(_, piece)| piece.len()).sum();
                assert_eq!(bytes, text.len(), "{protocol:?}: text {position} is not whole in its pieces");
            }
        });
    });
}

#[test]
fn the_three_policies_of_long_texts_do_what_they_say() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            let texts = vec!["short and sweet".to_owned(), "exploring widely ".repeat(200)];
            let with = |long_text| Request { long_text, ..request(&fake, protocol, &[("window", whole(100))]) };
            let came = ask(&with(LongText::Refuse), &texts);
            assert_eq!(came.refused().len(), 1, "{protocol:?}: {}", came.shown());
            assert!(came.refused()[0].1.to_string().starts_with("expected at most "), "{}", came.shown());
            assert_eq!(fake.ledger().asked().len(), 1, "{protocol:?}: a refused text was sent");
            let came = ask(&with(LongText::Truncate), &texts);
            let cut = came.finished[&1].as_ref().unwrap();
            assert!(cut.tokens_seen < cut.tokens_total && cut.chunks == 1, "{protocol:?}: {cut:?}");
            let sent = fake.ledger();
            let sent = sent.requests.iter().flat_map(|asked| &asked.inputs).find(|piece| piece.len() > 100).unwrap();
            assert!(texts[1].starts_with(sent.as_str()) && cut.tokens_seen > 70, "{protocol:?}: {cut:?}");
            let right = fake.right(sent, protocol.short_dimension());
            assert!(cosine(&cut.vector, &right) > 0.999_999, "{protocol:?}");
        });
    });
}

#[test]
fn the_prefix_and_the_task_reach_the_provider() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            let texts = texts(2);
            let mut further = vec![("prefix", OptionValue::Text("query: ".to_owned()))];
            let task = match protocol {
                Protocol::Gemini => Some("CLUSTERING"),
                Protocol::Cohere => Some("search_document"),
                Protocol::Voyage => Some("document"),
                Protocol::OpenAi | Protocol::Compatible => None,
            };
            further.extend(task.map(|task| ("task", OptionValue::Text(task.to_owned()))));
            let came = ask(&request(&fake, protocol, &further), &texts);
            let right = fake.right(&format!("query: {}", texts[0]), protocol.short_dimension());
            assert!(cosine(&came.finished[&0].as_ref().unwrap().vector, &right) > 0.999_999, "{protocol:?}");
            assert_eq!(fake.ledger().requests[0].task.as_deref(), task, "{protocol:?}");
            fake.forget();
            let came = ask(&request(&fake, protocol, &[]), &texts);
            assert!(came.error.is_none(), "{}", came.shown());
            let usual = [None, None, Some("SEMANTIC_SIMILARITY"), Some("clustering"), None];
            let usual = usual[Protocol::ALL.iter().position(|one| *one == protocol).unwrap()];
            assert_eq!(fake.ledger().requests[0].task.as_deref(), usual, "{protocol:?}");
        });
    });
}

#[test]
fn whatever_changes_a_vector_changes_the_space_and_nothing_else_does() {
    with_keys(|| {
        for_each(|protocol| {
            let (fake, other) = (Fake::start(protocol), Fake::start(protocol));
            let print = |request: &Request| opened(request).space().fingerprint.clone();
            let usual = print(&request(&fake, protocol, &[]));
            let text = |text: &str| OptionValue::Text(text.to_owned());
            let pace = [
                ("inputs_per_request", whole(3)),
                ("concurrency", whole(1)),
                ("max_attempts", whole(9)),
                ("timeout_s", whole(7)),
            ];
            assert_eq!(print(&request(&fake, protocol, &pace)), usual, "{protocol:?}: the pace is no part of a vector");
            let longer = if protocol == Protocol::Compatible { 16 } else { 512 };
            for (name, value) in [("prefix", text("query: ")), ("dimensions", whole(longer)), ("window", whole(100))] {
                let changed = print(&request(&fake, protocol, &[(name, value)]));
                assert_ne!(changed, usual, "{protocol:?}: `{name}` changes vectors");
            }
            // Only what one serves oneself depends on where it is, unless `revision` says that it does not.
            let moved = print(&request(&other, protocol, &[]));
            assert_eq!(moved == usual, protocol != Protocol::Compatible, "{protocol:?}");
            if protocol == Protocol::Compatible {
                let revision = [("revision", text("toy@1"))];
                assert_eq!(print(&request(&fake, protocol, &revision)), print(&request(&other, protocol, &revision)));
            }
        });
    });
}

#[test]
fn an_estimate_foresees_requests_and_never_less_than_the_bill() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            let mut texts = texts(70);
            texts.extend(long_texts());
            let options = [
                ("inputs_per_request", whole(9)),
                ("price_per_million_tokens", OptionValue::Number(2.0)),
                ("window", whole(300)),
            ];
            let request = request(&fake, protocol, &options);
            let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
            let estimate = opened(&request).estimate(&borrowed);
            assert!(fake.ledger().requests.is_empty(), "{protocol:?}: an estimate asks nobody");
            let budget = Budget::new(None);
            let came = ask_within(&request, &texts, &budget);
            assert!(came.error.is_none(), "{protocol:?}: {}", came.shown());
            let ledger = fake.ledger();
            assert_eq!(estimate.n_requests, ledger.requests.len() as u64, "{protocol:?}");
            let billed = ledger.tokens_paid() as f64;
            let foreseen = estimate.n_tokens as f64;
            // Where tokens are counted exactly, only the seams between pieces may differ.
            let most = if protocol == Protocol::OpenAi { 1.05 } else { 5.0 };
            assert!((0.97 * billed..most * billed).contains(&foreseen), "{protocol:?}: {foreseen} for {billed}");
            assert!((estimate.cost.unwrap() - foreseen * 2.0 / 1e6).abs() < 1e-12, "{protocol:?}");
            let spent = budget.spent() * 1e6 / 2.0;
            // Gemini does not say what it bills.
            let expected = if protocol == Protocol::Gemini { foreseen } else { billed };
            assert!((spent - expected).abs() < 0.5, "{protocol:?}: spent {spent}, billed {billed}");
        });
    });
}

#[test]
fn nothing_is_sent_past_the_budget() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            let texts = texts(40);
            let options =
                [("inputs_per_request", whole(4)), ("price_per_million_tokens", OptionValue::Number(1e6 / 100.0))];
            let request = request(&fake, protocol, &options);
            let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
            let whole_price = opened(&request).estimate(&borrowed).cost.unwrap();
            let limit = whole_price / 2.0;
            let budget = Budget::new(Some(limit));
            let came = ask_within(&request, &texts, &budget);
            let error = came.error.as_ref().unwrap().to_string();
            assert!(error.contains("`limits.max_cost`"), "{protocol:?}: {error}");
            assert_nothing_lost(&fake, protocol, &texts, &came);
            let billed = fake.ledger().tokens_paid() as f64 / 100.0;
            assert!(billed <= limit && budget.spent() <= limit, "{protocol:?}: {billed} of {limit}");
            assert!(!came.finished.is_empty() && came.finished.len() < 40, "{protocol:?}: {}", came.finished.len());
        });
    });
}

#[test]
fn the_pace_stays_below_what_the_plan_allows() {
    with_keys(|| {
        for_each(|protocol| {
            let items = protocol == Protocol::Gemini;
            let by_requests = ("requests_per_minute", if items { 480 } else { 120 });
            for (name, per_minute) in [by_requests, ("tokens_per_minute", 12_000)] {
                let fake = Fake::start(protocol);
                let options = [(name, whole(per_minute)), ("inputs_per_request", whole(4)), ("window", whole(400))];
                let (request, texts) = (request(&fake, protocol, &options), texts(32));
                let started = std::time::Instant::now();
                let came = ask(&request, &texts);
                assert!(came.error.is_none(), "{protocol:?}: {}", came.shown());
                let ledger = fake.ledger();
                assert_eq!(ledger.requests.len(), 8);
                // What the largest request needs is there at once, the rest comes second by second.
                let weight = |asked: &[String]| match name {
                    "requests_per_minute" => {
                        if items {
                            asked.len()
                        } else {
                            1
                        }
                    }
                    _ => asked.iter().map(|text| opened(&request).count_tokens(text).unwrap() as usize).sum(),
                };
                let weights: Vec<f64> = ledger.requests.iter().map(|asked| weight(&asked.inputs) as f64).collect();
                let a_second = per_minute as f64 / 60.0;
                let at_once = weights.iter().copied().fold(a_second, f64::max);
                let least = (weights.iter().sum::<f64>() - at_once) / a_second;
                // From the beginning, not from the first arrival: that one may be late on a busy machine.
                let took = (ledger.requests[7].arrived - started).as_secs_f64();
                // A lower bound only: how late a busy machine comes says nothing.
                assert!(least > 0.5 && took > 0.9 * least, "{protocol:?} with {name}: {took} s, at least {least} s");
            }
        });
    });
}
