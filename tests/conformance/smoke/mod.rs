//! Hostile input for every reader and extractor, for as many seconds as `BREADTH_SMOKE_SECONDS` says: the corpus in
//! `fuzz/corpus`, the logs of the fixtures, and what becomes of both by mutation.
//!
//! No input may panic, take longer than [`SLOWEST`] or more memory than [`MOST_MEMORY`]. Without coverage to go by, an
//! input at which something new was seen is one that further ones are made of. A run with the same
//! `BREADTH_SMOKE_SEED` tries the same inputs in the same order.

mod mutate;
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use self::mutate::{Random, Stock, mutate};
use self::targets::Target;
use super::memory;

/// Seconds for each target where nobody says how many: enough to try the corpus and some thousand mutations.
const SECONDS: f64 = 2.0;

/// What one input may take. The slowest that is known, a parser's work up to its bound in six languages, takes about two.
const SLOWEST: Duration = Duration::from_secs(10);

/// What reading inputs of up to a mebibyte may take, in bytes: a line may unpack to 256 MiB and is then passed over.
const MOST_MEMORY: u64 = 1 << 30;

/// Inputs that are kept to make further ones of.
const MOST_SEEDS: usize = 4096;
const LONGEST_SEED: usize = 1 << 16;

#[test]
fn read_auto() {
    smoke("read_auto");
}

#[test]
fn read_as() {
    smoke("read_as");
}

#[test]
fn mapping() {
    smoke("mapping");
}

#[test]
fn archive() {
    smoke("archive");
}

#[test]
fn thinking() {
    smoke("thinking");
}

#[test]
fn answer() {
    smoke("answer");
}

#[test]
fn classes() {
    smoke("classes");
}

#[test]
fn code() {
    smoke("code");
}

#[test]
fn every_target_has_a_corpus_and_a_fuzz_target() {
    for target in &targets::TARGETS {
        assert!(!files(&root().join("fuzz/corpus").join(target.name)).is_empty(), "`{}` has no corpus", target.name);
        let path = root().join("fuzz/fuzz_targets").join(format!("{}.rs", target.name));
        let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
        assert!(text.contains(&format!("run(\"{}\"", target.name)), "{} runs something else", path.display());
        let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "`{}` is not built", target.name);
    }
}

#[test]
fn the_same_seed_makes_the_same_inputs() {
    let made = |seed| {
        let mut bytes = b"{\"a\": [1, 2]}".to_vec();
        mutate(&mut bytes, Stock { words: &["x"], other: b"other" }, &mut Random::new(seed, 3));
        bytes
    };
    assert_eq!(made(1), made(1));
    assert!((0..20).any(|seed| made(seed) != made(seed + 1)));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Tries one target on a thread of its own; another one watches the time.
fn smoke(name: &str) {
    let target = targets::named(name);
    let clock = Arc::new(Clock::new(name));
    let watched = Arc::clone(&clock);
    let watch = std::thread::spawn(move || watched.watch());
    listen_to_panics();
    let ticking = Arc::clone(&clock);
    let trial = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
        // One thread for everything: rows are few, and handing them around takes longer than reading them. It is this
        // one and not one of a pool, so that its folder is gone before the test ends.
        let _pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().unwrap();
        Trial::new(target, ticking).run()
    });
    let outcome = trial.unwrap().join().unwrap();
    clock.stop();
    watch.join().unwrap();
    if let Err(problem) = outcome {
        panic!("{problem}");
    }
}

/// The thread that inputs are tried on.
const THREAD: &str = "smoke";

/// What the last panic on such a thread said, and where. A reader may catch one that a decoder runs into, so that only
/// those that come through are worth a word.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

fn listen_to_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |news| {
            if std::thread::current().name() == Some(THREAD) {
                *LAST_PANIC.lock().unwrap() = news.to_string();
            } else {
                before(news);
            }
        }));
    });
}

/// When the input in work was begun, and where it lies.
struct Clock {
    start: Instant,
    /// Milliseconds after the start; [`Clock::IDLE`] or [`Clock::OVER`] where no input is in work.
    begun: AtomicU64,
    current: PathBuf,
}

impl Clock {
    const IDLE: u64 = u64::MAX;
    const OVER: u64 = u64::MAX - 1;

    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("smoke");
        fs::create_dir_all(&folder).unwrap();
        let current = folder.join(format!("{name}-at-work"));
        Clock { start: Instant::now(), begun: AtomicU64::new(Self::IDLE), current }
    }

    /// Keeps an input on disk while it is in work: a stack that overflows ends the process without a word.
    fn begin(&self, bytes: &[u8]) {
        fs::write(&self.current, bytes).unwrap();
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap();
        self.begun.store(now, Ordering::SeqCst);
    }

    fn end(&self) {
        self.begun.store(Self::IDLE, Ordering::SeqCst);
    }

    fn stop(&self) {
        self.begun.store(Self::OVER, Ordering::SeqCst);
    }

    /// Ends the process when an input takes too long: a thread cannot be ended.
    fn watch(&self) {
        loop {
            std::thread::sleep(Duration::from_millis(20));
            match self.begun.load(Ordering::SeqCst) {
                Self::OVER => return,
                Self::IDLE => {}
                begun if self.start.elapsed().saturating_sub(Duration::from_millis(begun)) > SLOWEST => {
                    eprintln!("an input takes longer than {SLOWEST:?}: {}", self.current.display());
                    std::process::abort();
                }
                _ => {}
            }
        }
    }
}

/// One target being tried.
struct Trial {
    target: &'static Target,
    clock: Arc<Clock>,
    seed: u64,
    seeds: Vec<Vec<u8>>,
    /// What was seen, by digest.
    seen: std::collections::BTreeSet<u64>,
    slowest: (Duration, Vec<u8>),
}

impl Trial {
    fn new(target: &'static Target, clock: Arc<Clock>) -> Self {
        let seed = std::env::var("BREADTH_SMOKE_SEED").map_or(0, |seed| seed.parse().expect("a number for a seed"));
        let seeds = seeds_of(target);
        Trial {
            target,
            clock,
            seed,
            seeds,
            seen: std::collections::BTreeSet::new(),
            slowest: (Duration::ZERO, Vec::new()),
        }
    }

    fn run(mut self) -> Result<(), String> {
        let seconds = std::env::var("BREADTH_SMOKE_SECONDS").map_or(SECONDS, |text| text.parse().expect("seconds"));
        let (name, n_files) = (self.target.name, self.seeds.len());
        memory::forget_peak();
        for at in 0..n_files {
            let bytes = self.seeds[at].clone();
            self.attempt(&bytes)?;
        }
        let mut number = 0;
        let start = Instant::now();
        while start.elapsed().as_secs_f64() < seconds {
            let bytes = self.input(number);
            number += 1;
            if self.attempt(&bytes)? && self.seeds.len() < MOST_SEEDS && bytes.len() <= LONGEST_SEED {
                self.keep(&bytes);
                self.seeds.push(bytes);
            }
        }
        let rate = number as f64 / start.elapsed().as_secs_f64().max(1e-9);
        let peak = memory::peak();
        eprintln!(
            "smoke of `{name}`, seed {}: {n_files} files and {number} mutations, {rate:.0} a second; {} kinds of outcome; slowest {:?}; peak {} MiB",
            self.seed,
            self.seen.len(),
            self.slowest.0,
            peak.map_or("?".to_owned(), |bytes| (bytes >> 20).to_string()),
        );
        let _ = fs::remove_file(&self.clock.current);
        fs::write(self.clock.current.with_file_name(format!("{name}-slowest")), &self.slowest.1).unwrap();
        match peak {
            Some(bytes) if bytes > MOST_MEMORY => Err(format!("`{name}` took {bytes} bytes of memory")),
            _ => Ok(()),
        }
    }

    /// The mutation of a number.
    fn input(&self, number: u64) -> Vec<u8> {
        let mut random = Random::new(self.seed, number);
        // The later half has what was found last.
        let pick = |random: &mut Random| {
            let n = self.seeds.len();
            let from = if random.below(2) == 0 { n / 2 } else { 0 };
            &self.seeds[from + random.below(n - from)]
        };
        let mut bytes = pick(&mut random).clone();
        let other = pick(&mut random);
        if self.target.picks && random.below(4) == 0 && !bytes.is_empty() {
            bytes[0] = u8::try_from(random.below(256)).unwrap();
        }
        mutate(&mut bytes, Stock { words: self.target.words, other }, &mut random);
        bytes
    }

    /// Tries an input; true when something was seen that was not seen before.
    fn attempt(&mut self, bytes: &[u8]) -> Result<bool, String> {
        self.clock.begin(bytes);
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.target.run)(bytes)));
        self.clock.end();
        let took = begun.elapsed();
        if took > self.slowest.0 {
            self.slowest = (took, bytes.to_vec());
        }
        if let Ok(digest) = outcome {
            return Ok(self.seen.insert(digest));
        }
        let words = LAST_PANIC.lock().unwrap().clone();
        let kept = self.clock.current.with_file_name(format!("{}-panic", self.target.name));
        fs::write(&kept, bytes).unwrap();
        Err(format!("`{}` panics at {}: {words}", self.target.name, kept.display()))
    }

    /// Writes an input that showed something new to the folder of `BREADTH_SMOKE_KEEP`, for whoever makes a corpus.
    fn keep(&self, bytes: &[u8]) {
        if let Ok(folder) = std::env::var("BREADTH_SMOKE_KEEP") {
            let folder = Path::new(&folder).join(self.target.name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(&blake3::hash(bytes).to_hex()[..16]), bytes).unwrap();
        }
    }
}

/// The corpus of a target, and for readers all logs that tools wrote, in the order of their names.
fn seeds_of(target: &Target) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        files(&root().join("fuzz/corpus").join(target.name)).iter().map(|path| fs::read(path).unwrap()).collect();
    if matches!(target.name, "read_auto" | "read_as" | "archive") {
        for path in files(&root().join("tests/fixtures/logs")) {
            let is_log = path.extension().is_some_and(|extension| extension == "eval");
            let mut bytes = fs::read(&path).unwrap();
            if target.picks {
                // Whose log it is nobody knows here: mutations come to every reader.
                bytes.insert(0, u8::try_from(seeds.len() % 256).unwrap());
            }
            if is_log || target.name != "archive" {
                seeds.push(bytes);
            }
        }
    }
    assert!(!seeds.is_empty(), "`{}` has no corpus", target.name);
    seeds
}

/// All files below a folder, sorted; none where there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
