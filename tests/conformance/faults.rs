//! Every fault against every provider: what it comes to, and that nothing is lost, asked twice or put in a wrong place.

use std::time::Duration;

use breadth::embed::{Budget, OptionValue, ServerFault, TextError};

use super::asking::{Came, ask, ask_within, assert_nothing_lost, for_each, request, texts, whole, with_keys};
use super::fake::{After, Fake, Fault, KEY, Protocol, Setup, When};

/// What a fault has to come to.
#[derive(Debug, Clone, Copy)]
enum Comes {
    /// All vectors are right.
    Right,
    /// One text has no vector, for this reason; all others have.
    OneWithout(fn(&TextError) -> bool),
    /// It ends with this kind of error.
    Ends(ServerFault),
}

/// Twelve texts in three requests, two at once; afterwards the server is mended and the rest asked for again.
fn check(protocol: Protocol, (when, fault): (When, Fault), comes: Comes) -> (Fake, Came) {
    let fake = Fake::with(Setup::of(protocol).latency(10));
    let mut texts = texts(12);
    texts[5].push_str(" poison");
    fake.script(when, fault.clone());
    let pace = [("inputs_per_request", whole(4)), ("concurrency", whole(2)), ("timeout_s", whole(2))];
    let request = request(&fake, protocol, &pace);
    let came = ask(&request, &texts);
    let what = format!("{protocol:?} with {fault:?}: {}", came.shown());
    match comes {
        Comes::Right => assert!(came.error.is_none() && came.refused().is_empty(), "{what}"),
        Comes::OneWithout(reason) => {
            assert!(came.error.is_none(), "{what}");
            assert!(matches!(came.refused()[..], [(_, one)] if reason(one)), "{what}");
        }
        Comes::Ends(kind) => {
            assert_eq!(came.fault(), kind, "{what}");
            assert!(came.refused().is_empty(), "{what}: a fault of the server is laid to the text");
            assert!(came.error.as_ref().unwrap().hint().is_some(), "{what}: no way out is named");
        }
    }
    assert!(!came.shown().contains(KEY), "{what}");
    assert_nothing_lost(&fake, protocol, &texts, &came);
    // What is missing is asked for again, as the next run does, and nothing else.
    fake.mend();
    let missing: Vec<String> = (0..12).filter(|n| !came.finished.contains_key(n)).map(|n| texts[n].clone()).collect();
    let rest = ask(&request, &missing);
    assert!(rest.error.is_none() && rest.refused().is_empty(), "{what}: {}", rest.shown());
    assert!(fake.ledger().asked_after_answered().is_empty(), "{what}");
    (fake, came)
}

fn everyone(when: &When, fault: &Fault, comes: Comes) {
    for_each(|protocol| drop(check(protocol, (when.clone(), fault.clone()), comes)));
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    with_keys(|| {
        for after in [After::Seconds(1), After::Date(2), After::Unsaid] {
            for_each(|protocol| {
                let (fake, _) = check(protocol, (When::First(1), Fault::Busy(after)), Comes::Right);
                let ledger = fake.ledger();
                assert_eq!(ledger.requests.len(), 4, "{protocol:?}");
                assert_eq!(ledger.n_paid_twice(), 0);
                let again = ledger.requests.iter().skip(1).find(|asked| asked.inputs == ledger.requests[0].inputs);
                let waited = again.unwrap().arrived - ledger.requests[0].finished.unwrap();
                let least = if after == After::Unsaid { 500 } else { 1000 };
                // A lower bound only: how late a busy machine comes says nothing.
                assert!(waited >= Duration::from_millis(least - 50), "{protocol:?} with {after:?}: {waited:?}");
            });
        }
    });
}

#[test]
fn a_broken_server_is_asked_again() {
    with_keys(|| {
        for fault in [
            Fault::Broken(500, After::Unsaid),
            Fault::Html(502),
            Fault::Broken(503, After::Seconds(0)),
            Fault::CutBefore,
        ] {
            for_each(|protocol| {
                let (fake, _) = check(protocol, (When::Number(1), fault.clone()), Comes::Right);
                assert_eq!(fake.ledger().n_paid_twice(), 0, "{protocol:?} with {fault:?}");
            });
        }
    });
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again_and_nothing_of_it_is_used() {
    with_keys(|| {
        for_each(|protocol| {
            let (fake, _) = check(protocol, (When::Number(1), Fault::CutInside), Comes::Right);
            // The provider has billed what never arrived; no caller can help that.
            assert_eq!(fake.ledger().n_paid_twice(), 4, "{protocol:?}");
        });
    });
}

#[test]
fn slow_and_late_answers_are_waited_for() {
    with_keys(|| {
        everyone(&When::Number(0), &Fault::Drip { bytes: 1500, pause: Duration::from_millis(4) }, Comes::Right);
        everyone(&When::Always, &Fault::Late(Duration::from_millis(300)), Comes::Right);
    });
}

#[test]
fn silence_ends_with_the_time_out() {
    with_keys(|| {
        everyone(&When::First(1), &Fault::Hang, Comes::Right);
    });
}

#[test]
fn a_server_that_stays_broken_is_given_up() {
    with_keys(|| {
        for_each(|protocol| {
            for fault in [Fault::Broken(503, After::Seconds(0)), Fault::Busy(After::Seconds(0)), Fault::CutBefore] {
                let what = (When::From(1), fault);
                let (fake, came) = check(protocol, what.clone(), Comes::Ends(ServerFault::Unavailable));
                let shown = came.shown();
                assert!(shown.contains("gave up after 3 attempts"), "{protocol:?}: {shown}");
                assert!(!came.finished.is_empty(), "{protocol:?}: the first answer is lost");
                assert!(
                    fake.ledger().requests.len() <= 1 + 2 * 3 + 2,
                    "{protocol:?}: {}",
                    fake.ledger().requests.len()
                );
            }
        });
    });
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_so() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            let request = request(&fake, protocol, &[("max_attempts", whole(1))]);
            drop(fake);
            let came = ask(&request, &texts(3));
            assert_eq!(came.fault(), ServerFault::Unavailable, "{protocol:?}: {}", came.shown());
            assert!(came.shown().contains("no connection"), "{protocol:?}: {}", came.shown());
        });
    });
}

#[test]
fn an_answer_that_is_no_answer_is_an_error_and_no_vector() {
    with_keys(|| {
        for fault in [Fault::TooFew, Fault::TooMany, Fault::WrongDimension, Fault::NotJson, Fault::OtherJson] {
            everyone(&When::Number(2), &fault, Comes::Ends(ServerFault::Answer));
        }
        for_each(|protocol| {
            if protocol.has_indices() {
                drop(check(protocol, (When::Number(0), Fault::Shuffled), Comes::Right));
                let what = (When::Number(0), Fault::DuplicateIndex);
                drop(check(protocol, what, Comes::Ends(ServerFault::Answer)));
            }
        });
    });
}

#[test]
fn a_vector_that_is_none_is_a_reject_of_its_text_alone() {
    with_keys(|| {
        let not_finite = Comes::OneWithout(|error| *error == TextError::ServerNotFinite);
        everyone(&When::Number(1), &Fault::NanWord, not_finite);
        everyone(&When::Number(1), &Fault::NullNumber, not_finite);
        everyone(
            &When::Number(1),
            &Fault::ZeroVector,
            Comes::OneWithout(|error| *error == TextError::ServerZeroVector),
        );
    });
}

#[test]
fn a_poisoned_text_is_found_by_halves_and_does_not_sink_the_others() {
    with_keys(|| {
        for_each(|protocol| {
            let refused = Comes::OneWithout(|error| matches!(error, TextError::Refused { .. }));
            let (fake, came) = check(protocol, (When::holding("poison"), Fault::Refused), refused);
            assert_eq!(came.refused()[0].0, 5, "{protocol:?}: another text was blamed");
            let ledger = fake.ledger();
            assert_eq!(
                (ledger.n_paid_twice(), ledger.asked()["text number 0: the quick brown fox jumps over 0 lazy dogs"]),
                (0, 1)
            );
        });
    });
}

#[test]
fn a_request_that_is_too_large_for_what_stands_in_between_is_halved() {
    with_keys(|| {
        for_each(|protocol| {
            let (fake, _) = check(protocol, (When::MoreInputsThan(2), Fault::TooLarge), Comes::Right);
            assert_eq!(fake.ledger().n_paid_twice(), 0, "{protocol:?}");
        });
    });
}

#[test]
fn a_server_that_refuses_everything_ends_it_before_every_text_was_tried() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            fake.script(When::Always, Fault::Refused);
            let came = ask(&request(&fake, protocol, &[]), &texts(500));
            assert_eq!(came.fault(), ServerFault::Request, "{protocol:?}: {}", came.shown());
            assert!(fake.ledger().requests.len() < 200, "{protocol:?}: {} requests", fake.ledger().requests.len());
        });
    });
}

#[test]
fn a_quota_that_is_used_up_ends_it_at_once() {
    with_keys(|| {
        for_each(|protocol| {
            // Voyage has no quota of a day: it is a busy server to everyone.
            if protocol == Protocol::Voyage {
                return;
            }
            let (fake, came) = check(protocol, (When::From(1), Fault::Quota), Comes::Ends(ServerFault::Quota));
            let refused = fake.ledger().requests.iter().filter(|asked| asked.status == Some(429)).count();
            assert!(refused <= 2, "{protocol:?}: asked {refused} times for what is used up");
            assert!(came.shown().contains("https://"), "{protocol:?}: {}", came.shown());
        });
    });
}

#[test]
fn a_server_that_asks_for_hours_is_done_for_today() {
    with_keys(|| {
        for_each(|protocol| {
            let what = (When::From(1), Fault::Busy(After::Seconds(7200)));
            let (_, came) = check(protocol, what, Comes::Ends(ServerFault::Quota));
            assert!(came.shown().contains("2h00m"), "{protocol:?}: {}", came.shown());
        });
    });
}

#[test]
fn a_key_that_is_not_taken_is_told_by_the_name_of_its_variable() {
    with_keys(|| {
        for fault in [Fault::ExpiredKey, Fault::EchoedKey, Fault::Forbidden] {
            for_each(|protocol| {
                let what = (When::From(1), fault.clone());
                let (fake, came) = check(protocol, what, Comes::Ends(ServerFault::Key));
                assert!(came.shown().contains(protocol.key_variable()), "{protocol:?}: {}", came.shown());
                let refused = fake.ledger().requests.iter().filter(|asked| !asked.answered).count();
                assert!(refused <= 2, "{protocol:?}: asked {refused} times with a key that is not taken");
            });
        }
    });
}

#[test]
fn a_wrong_key_is_not_tried_again() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            // A variable that is always there, and no key.
            let wrong = [("api_key_env", OptionValue::Text("CARGO_PKG_NAME".to_owned())), ("concurrency", whole(1))];
            let came = ask(&request(&fake, protocol, &wrong), &texts(3));
            assert_eq!(came.fault(), ServerFault::Key, "{protocol:?}: {}", came.shown());
            assert_eq!(fake.ledger().requests.len(), 1, "{protocol:?}");
            let absent = [("api_key_env", OptionValue::Text("NO_SUCH_KEY".to_owned()))];
            let came = ask(&request(&fake, protocol, &absent), &texts(3));
            assert_eq!(came.fault(), ServerFault::Key, "{protocol:?}: {}", came.shown());
            assert!(came.shown().contains("NO_SUCH_KEY"), "{protocol:?}: {}", came.shown());
            assert_eq!(fake.ledger().requests.len(), 1, "{protocol:?}: asked without a key");
        });
    });
}

#[test]
fn a_model_that_is_unknown_is_told_as_such() {
    with_keys(|| {
        for_each(|protocol| {
            // Voyage answers as it does to a bad text, so that only its words tell; that it ends is tested above.
            if protocol != Protocol::Voyage {
                drop(check(protocol, (When::From(1), Fault::UnknownModel), Comes::Ends(ServerFault::Model)));
            }
        });
    });
}

#[test]
fn redirects_to_another_host_carry_no_key_and_no_text() {
    with_keys(|| {
        for status in [302, 307, 308] {
            for_each(|protocol| {
                let trap = Fake::start(protocol);
                let elsewhere = Fault::Redirect(status, format!("http://{}", trap.host()));
                let (_, came) = check(protocol, (When::From(1), elsewhere), Comes::Ends(ServerFault::Redirect));
                assert!(came.shown().contains("base_url"), "{protocol:?}: {}", came.shown());
                assert!(trap.ledger().requests.is_empty(), "{protocol:?}: {:?}", trap.ledger().requests);
            });
        }
    });
}

#[test]
fn redirects_within_the_host_are_followed_where_they_keep_the_request() {
    with_keys(|| {
        for status in [307, 308] {
            for_each(|protocol| {
                let what = (When::Number(1), Fault::Redirect(status, "/moved".to_owned()));
                let (fake, _) = check(protocol, what, Comes::Right);
                assert!(fake.ledger().requests.iter().any(|asked| asked.path.starts_with("/moved/")), "{protocol:?}");
            });
        }
        let changed = Fault::Redirect(302, "/moved".to_owned());
        everyone(&When::From(1), &changed, Comes::Ends(ServerFault::Redirect));
    });
}

#[test]
fn faults_of_all_kinds_at_once_still_end_right() {
    with_keys(|| {
        for_each(|protocol| {
            let seed = 20_261_123;
            let fake = Fake::with(Setup::of(protocol).latency(1));
            eprintln!("seed {seed}");
            // What names no time to wait is waited for twice as long each time: few of those, and not many in a row.
            fake.script(When::OneOf { n: 16, seed }, Fault::CutInside);
            fake.script(When::OneOf { n: 8, seed: seed + 1 }, Fault::Broken(503, After::Seconds(0)));
            fake.script(When::OneOf { n: 8, seed: seed + 2 }, Fault::Busy(After::Seconds(0)));
            fake.script(When::holding("number 77:"), Fault::Refused);
            let texts = texts(120);
            let patient = [("max_attempts", whole(30)), ("inputs_per_request", whole(6))];
            let came = ask(&request(&fake, protocol, &patient), &texts);
            assert!(came.error.is_none(), "{protocol:?}: {}", came.shown());
            assert_eq!(came.refused().len(), 1, "{protocol:?}: {}", came.shown());
            assert_nothing_lost(&fake, protocol, &texts, &came);
        });
    });
}

#[test]
fn what_broke_off_counts_against_the_budget() {
    with_keys(|| {
        for_each(|protocol| {
            let fake = Fake::start(protocol);
            fake.script(When::Always, Fault::CutInside);
            let texts = texts(4);
            let options = [("price_per_million_tokens", OptionValue::Number(1e6 / 100.0)), ("max_attempts", whole(3))];
            let request = request(&fake, protocol, &options);
            let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
            let once = super::asking::opened(&request).estimate(&borrowed).cost.unwrap();
            let limit = once * 1.5;
            let came = ask_within(&request, &texts, &Budget::new(Some(limit)));
            // The provider bills what it has computed, whether it arrives or not.
            let billed = fake.ledger().tokens_paid() as f64 / 100.0;
            assert!(billed <= limit, "{protocol:?}: billed {billed} with a limit of {limit}: {}", came.shown());
        });
    });
}
