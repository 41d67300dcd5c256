//! Speed of the embeddings cache beside that of the disk it lies on.
//!
//! `cargo bench --bench cache` takes the cases below; `cargo bench --bench cache -- ROWS DIMENSION ROWS_PER_SEGMENT`
//! takes one. Every case writes its rows segment by segment, each on the disk before the next, as a run does; looks
//! them up with a warm page cache, all, half and none of them; merges the segments, and looks them up again. Beside it
//! stand the same bytes written and read plainly. Without `--bench` (under `cargo test`) it only shows that it works.
//!
//! The folder is a temporary one; `TMPDIR` moves it to another disk.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints what it measured, and stops where nothing can be measured"
)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use breadth::model::{Embedded, Space};
use breadth::store::cache::{Cache, SpaceCache, TextKey};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How often a look-up is repeated; the median counts.
const REPEATS: usize = 5;
/// Rows that are made at a time: what the bench itself keeps in memory.
const BLOCK: usize = 8192;

/// Rows, dimension, rows of a segment. 1024 is what a local run writes at once, 100 what a paid provider answers.
const CASES: [[usize; 3]; 4] =
    [[1_000_000, 384, 1024], [250_000, 1536, 1024], [125_000, 3072, 1024], [1_000_000, 384, 100]];
const SMOKE: [usize; 3] = [2_000, 16, 1024];

struct Case {
    rows: usize,
    dimension: usize,
    per_segment: usize,
}

/// What something took: by the clock, and of the processors. On a busy machine only the latter tells much.
#[derive(Clone, Copy, Default)]
struct Spent {
    seconds: f64,
    cpu: f64,
}

impl Spent {
    fn on(once: impl FnOnce()) -> Self {
        let (started, cpu) = (Instant::now(), cpu_seconds());
        once();
        Spent { seconds: started.elapsed().as_secs_f64(), cpu: cpu_seconds() - cpu }
    }

    fn median(mut once: impl FnMut()) -> Self {
        let mut all: Vec<Spent> = (0..REPEATS).map(|_| Spent::on(&mut once)).collect();
        all.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        all[REPEATS / 2]
    }
}

/// Processor seconds of this process so far, all threads together; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses; times 14 and 15 of proc(5) are in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let cases: Vec<[usize; 3]> = match (numbers.as_slice(), arguments.iter().any(|argument| argument == "--bench")) {
        ([rows, dimension, per_segment], _) => vec![[*rows, *dimension, *per_segment]],
        (_, true) => CASES.to_vec(),
        (_, false) => vec![SMOKE],
    };
    for [rows, dimension, per_segment] in cases {
        measure(&Case { rows, dimension, per_segment });
    }
}

impl Case {
    /// What the vectors alone take.
    fn bytes(&self) -> usize {
        self.rows * self.dimension * size_of::<f32>()
    }

    fn report(&self, what: &str, Spent { seconds, cpu }: Spent) {
        let rows = self.rows as f64 / seconds;
        let megabytes = self.bytes() as f64 / seconds / 1e6;
        println!("  {what:<41} {seconds:>7.3} s {cpu:>7.2} cpu-s {rows:>10.0} rows/s {megabytes:>6.0} MB/s");
    }

    /// The rows from `start` on, a block of them; what they hold depends on nothing but their number.
    fn block(&self, start: usize) -> Vec<(TextKey, Embedded)> {
        let mut random = ChaCha8Rng::seed_from_u64(start as u64);
        (start..self.rows.min(start + BLOCK))
            .map(|n| {
                let vector = (0..self.dimension).map(|_| random.random_range(-1.0..1.0)).collect();
                let tokens = u32::try_from(n % 1000).unwrap_or(0);
                (key(n), Embedded { vector, tokens_total: tokens, tokens_seen: tokens, chunks: 1 })
            })
            .collect()
    }
}

fn key(n: usize) -> TextKey {
    TextKey::of(&format!("text number {n}"))
}

fn measure(case: &Case) {
    let Case { rows, dimension, per_segment } = case;
    println!("{rows} rows of {dimension} components, {per_segment} rows to a segment");
    let folder = tempfile::tempdir().expect("a folder to write to");
    plain(case, folder.path());
    let space = Space::new("bench", case.dimension, Vec::new());
    let cache = Cache::open(folder.path()).space(&space);
    insert(case, &cache);
    look_up(case, &cache, "");
    let locked = cache.lock(|| ()).expect("the lock");
    let mut merged = 0;
    let spent = Spent::on(|| merged = locked.compact().expect("merging").merged);
    case.report(&format!("merge {merged} segments"), spent);
    drop(locked);
    look_up(case, &cache, ", merged");
    println!("  most memory so far: {}", peak());
}

/// What the disk does with the same bytes: in one go, in as many files as there are segments, and read back.
fn plain(case: &Case, folder: &Path) {
    let bytes = vec![0x5a; case.per_segment * case.dimension * size_of::<f32>()];
    let n_segments = case.rows.div_ceil(case.per_segment);
    let path = folder.join("plain");
    let spent = Spent::on(|| {
        let mut file = File::create(&path).expect("a file");
        for _ in 0..n_segments {
            file.write_all(&bytes).expect("room on the disk");
        }
        file.sync_all().expect("a disk");
    });
    case.report("plain: write one file, sync", spent);
    read_back(case, &path);
    fs::remove_file(&path).expect("the file");
    let names: Vec<_> = (0..n_segments).map(|n| folder.join(format!("plain-{n}"))).collect();
    let spent = Spent::on(|| {
        for name in &names {
            let mut file = File::create(name).expect("a file");
            file.write_all(&bytes).expect("room on the disk");
            file.sync_all().expect("a disk");
            File::open(folder).and_then(|folder| folder.sync_all()).expect("a folder");
        }
    });
    case.report("plain: write a file a segment, sync each", spent);
    for name in names {
        fs::remove_file(name).expect("the file");
    }
}

fn read_back(case: &Case, path: &Path) {
    let spent = Spent::median(|| {
        let mut file = File::open(path).expect("the file");
        let mut buffer = vec![0; 1 << 20];
        while file.read(&mut buffer).expect("the bytes") > 0 {}
    });
    case.report("plain: read one file", spent);
}

fn insert(case: &Case, cache: &SpaceCache) {
    let locked = cache.lock(|| ()).expect("the lock");
    let mut sum = Spent::default();
    let mut waiting = Vec::new();
    for start in (0..case.rows).step_by(BLOCK) {
        waiting.extend(case.block(start));
        let last = start + BLOCK >= case.rows;
        while waiting.len() >= case.per_segment || (last && !waiting.is_empty()) {
            let rest = waiting.split_off(case.per_segment.min(waiting.len()));
            let spent = Spent::on(|| locked.insert(&waiting).expect("room on the disk"));
            sum = Spent { seconds: sum.seconds + spent.seconds, cpu: sum.cpu + spent.cpu };
            waiting = rest;
        }
    }
    case.report("insert", sum);
}

fn look_up(case: &Case, cache: &SpaceCache, note: &str) {
    let all: Vec<TextKey> = (0..case.rows).map(key).collect();
    let none: Vec<TextKey> = (case.rows..2 * case.rows).map(key).collect();
    let half: Vec<TextKey> = (case.rows / 2..case.rows / 2 + case.rows).map(key).collect();
    for (what, keys, there) in
        [("all", &all, case.rows), ("half", &half, case.rows - case.rows / 2), ("none", &none, 0)]
    {
        let spent = Spent::median(|| {
            let found = cache.lookup(keys).expect("an answer");
            assert_eq!(found.rows.iter().flatten().count(), there);
        });
        case.report(&format!("look up, {what} there{note}"), spent);
    }
    let spent = Spent::median(|| {
        let there = cache.contains(&half).expect("an answer");
        assert_eq!(there.iter().filter(|there| **there).count(), case.rows - case.rows / 2);
    });
    case.report(&format!("ask what is there, half{note}"), spent);
}

/// What the system says the process has held at most, where it says so.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |kilobytes| kilobytes.trim().to_owned())
}
