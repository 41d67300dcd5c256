//! Fifty kills at any moment: what is paid twice was in flight, and the tables are those of a run that nobody disturbed.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::fake::{KEY, Ledger, Protocol, Setup};
use super::lab::Lab;
use super::providers::Api;

const N_KILLS: usize = 50;
const CONCURRENCY: usize = 3;
const SEED: u64 = 20_261_124;

/// Each life of the program shows a key of its own, so that the server knows who asked.
fn key(life: usize) -> String {
    format!("{KEY}-{life}")
}

/// Waits until this life has asked so often, or has ended by itself; whether it still lives.
fn wait(api: &Api, child: &mut Child, life: usize, n_requests: usize) -> bool {
    let started = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if api.fake.n_asked_with(&key(life)) >= n_requests {
            return true;
        }
        assert!(started.elapsed() < Duration::from_mins(2), "life {life} asks for nothing");
        sleep(Duration::from_millis(1));
    }
}

/// For each life the requests that were paid for, and of which a text was paid for again in a later life.
fn wasted(ledger: &Ledger) -> BTreeMap<String, usize> {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for asked in ledger.requests.iter().filter(|asked| asked.paid) {
        for text in &asked.inputs {
            last.insert(text, asked.key().unwrap());
        }
    }
    let mut wasted = BTreeMap::new();
    for asked in ledger.requests.iter().filter(|asked| asked.paid) {
        let own = asked.key().unwrap();
        if asked.inputs.iter().any(|text| last[text.as_str()] != own) {
            *wasted.entry(own.to_owned()).or_default() += 1;
        }
    }
    wasted
}

#[test]
fn fifty_kills_pay_twice_for_what_was_in_flight_and_nothing_else() {
    eprintln!("seed {SEED}");
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let api = Api::new(Setup::of(Protocol::Compatible).latency(12), 1600);
    let run = ["run", "plan.toml", "--set", "embedder.0.concurrency=3"];
    for life in 0..N_KILLS {
        let mut child = api.command(&run, Some(&key(life))).spawn().unwrap();
        // Some are killed before they ask at all, the others after any number of requests, at any moment of one.
        let n_requests = random.random_range(0..10);
        let later = Duration::from_millis(random.random_range(0..if n_requests == 0 { 300 } else { 25 }));
        assert!(wait(&api, &mut child, life, n_requests), "life {life} ended by itself: {}", Lab::end(child).err);
        sleep(later);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    api.fake.quiet();
    let before = api.fake.ledger();
    let last = Lab::end(api.command(&run, Some(&key(N_KILLS))).spawn().unwrap()).code(0);
    let ledger = api.fake.ledger();

    let wasted = wasted(&ledger);
    let n_texts: usize = ledger.n_paid_twice();
    let lives: BTreeSet<&str> = ledger.requests.iter().filter_map(|asked| asked.key()).collect();
    eprintln!(
        "{N_KILLS} kills, {} lives asked, {} requests, {} paid in vain ({n_texts} texts)",
        lives.len() - 1,
        ledger.requests.len(),
        wasted.values().sum::<usize>()
    );
    for (life, n) in &wasted {
        assert!(*n <= CONCURRENCY, "{life} lost {n} answers, more than the {CONCURRENCY} that can be in flight");
    }
    assert!(!wasted.contains_key(&key(N_KILLS)), "the last life was not killed");
    assert!(n_texts <= N_KILLS * CONCURRENCY * 4, "{n_texts}");
    // Kills hit the work itself: otherwise nothing is shown.
    assert!(
        lives.len() > N_KILLS / 2 && before.paid().len() > 200,
        "{} lives, {} texts",
        lives.len(),
        before.paid().len()
    );
    for life in lives {
        let own: Vec<&str> = ledger
            .requests
            .iter()
            .filter(|asked| asked.key() == Some(life))
            .flat_map(|asked| &asked.inputs)
            .map(String::as_str)
            .collect();
        assert_eq!(own.iter().collect::<BTreeSet<_>>().len(), own.len(), "{life} asked twice for one text");
    }
    assert_eq!(ledger.paid().len(), 1600);
    assert!(!last.err.contains("damaged"), "{}", last.err);

    // What an undisturbed run gives, to the byte.
    api.run(&["--out", "undisturbed", "--set", "embedder.0.concurrency=3"]).code(0);
    let (killed, undisturbed) = (api.lab.outputs("."), api.lab.outputs("undisturbed"));
    let killed: BTreeMap<_, _> = killed.into_iter().collect();
    assert!(killed == undisturbed, "other bytes after the kills");
    api.lab.breadth(&["cache", "verify"]).code(0);
}
