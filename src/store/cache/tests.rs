//! The cache under normal use, damage, several threads and several processes. Compiled under `#[cfg(test)]` only.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at surprises and damage files on purpose"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::*;
use crate::model::{Embedded, Space};
use crate::store::StoreError;

const DIMENSION: usize = 4;

fn space() -> Space {
    let traits = vec![("model".to_owned(), "mini \"LM\"".to_owned()), ("pooling".to_owned(), "mean".to_owned())];
    Space::new("minilm", DIMENSION, traits)
}

fn text(n: usize) -> String {
    format!("text number {n}")
}

fn embedded(n: usize) -> Embedded {
    let x = n as f32 / 1000.0;
    let n = u32::try_from(n).unwrap();
    Embedded { vector: vec![x, -x, 1.0 - x, 0.5], tokens_total: n, tokens_seen: n.min(9), chunks: 1 + n / 9 }
}

fn rows(range: std::ops::Range<usize>) -> Vec<(TextKey, Embedded)> {
    range.map(|n| (TextKey::of(&text(n)), embedded(n))).collect()
}

fn keys(range: std::ops::Range<usize>) -> Vec<TextKey> {
    range.map(|n| TextKey::of(&text(n))).collect()
}

fn expected(range: std::ops::Range<usize>) -> Vec<Option<Embedded>> {
    range.map(|n| Some(embedded(n))).collect()
}

fn insert(cache: &SpaceCache, range: std::ops::Range<usize>) {
    cache.lock(|| ()).unwrap().insert(&rows(range)).unwrap();
}

fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    let all = atomic::list(folder).unwrap().into_iter();
    all.filter(|path| path.file_name().unwrap().to_str().unwrap().contains(part)).collect()
}

fn open(root: &Path) -> SpaceCache {
    Cache::open(root).space(&space())
}

#[test]
fn what_was_kept_is_found_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    assert_eq!(cache.lookup(&keys(0..2)).unwrap(), Found { rows: vec![None, None], damaged: 0, segments: Vec::new() });
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "looking up makes nothing");
    insert(&cache, 0..5);
    insert(&cache, 5..10_000);
    let mut asked = keys(0..10_002);
    asked.push(asked[3]);
    let mut answer = expected(0..10_000);
    answer.extend([None, None, Some(embedded(3))]);
    assert_eq!(cache.lookup(&asked).unwrap().rows, answer);
    assert_eq!(cache.lookup(&keys(9_000..9_001)).unwrap().rows, expected(9_000..9_001));
    let other = Space::new("minilm", DIMENSION, Vec::new());
    assert_eq!(Cache::open(root.path()).space(&other).lookup(&keys(0..1)).unwrap().rows, [None]);
}

#[test]
fn the_description_reads_back() {
    let root = tempfile::tempdir().unwrap();
    insert(&open(root.path()), 0..3);
    let stats = Cache::open(root.path()).stats().unwrap();
    assert_eq!(stats.len(), 1);
    assert_eq!((stats[0].fingerprint.clone(), stats[0].traits.clone()), (space().fingerprint, space().traits));
    assert_eq!((stats[0].dimension, stats[0].segments, stats[0].rows, stats[0].damaged), (Some(4), 1, 3, 0));
    assert!(stats[0].bytes > 0);
}

#[test]
fn vectors_that_do_not_belong_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    let locked = cache.lock(|| ()).unwrap();
    let key = TextKey::of("x");
    let refused = |vector: Vec<f32>| {
        let embedded = Embedded { vector, tokens_total: 1, tokens_seen: 1, chunks: 1 };
        locked.insert(&[(key, embedded)]).unwrap_err().to_string()
    };
    assert!(refused(vec![1.0]).ends_with("expected 4 components, got 1"));
    assert!(refused(vec![0.0, f32::NAN, 0.0, 0.0]).ends_with("expected finite components, got NaN"));
    locked.insert(&[]).unwrap();
    assert!(files(&cache.folder, "").is_empty());
}

#[test]
fn the_same_rows_are_the_same_segment() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..7);
    let before = fs::read(&files(&cache.folder, "seg-")[0]).unwrap();
    insert(&cache, 0..7);
    let segments = files(&cache.folder, "seg-");
    assert_eq!(segments.len(), 1);
    assert_eq!(fs::read(&segments[0]).unwrap(), before);
    assert!(Cache::open(root.path()).verify().unwrap()[0].damaged.is_empty());
}

#[test]
fn what_a_killed_process_left_is_ignored_and_swept() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..3);
    let half = cache.folder.join(".tmp-seg-x1");
    fs::write(&half, b"PAR1 half a segment").unwrap();
    let writing = cache.lock(|| ()).unwrap();
    fs::write(&half, b"PAR1 half a segment").unwrap();
    assert_eq!(cache.lookup(&keys(0..3)).unwrap().rows, expected(0..3));
    assert!(half.exists(), "another process may be writing it");
    drop(writing);
    assert_eq!(cache.lookup(&keys(0..3)).unwrap().rows, expected(0..3));
    assert!(!half.exists(), "nobody is writing it, and nobody may ever take this space again");
    fs::write(&half, b"PAR1 half a segment").unwrap();
    drop(cache.lock(|| ()).unwrap());
    assert!(!half.exists());
}

#[test]
fn a_truncated_segment_is_reported_and_set_aside() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..3);
    insert(&cache, 3..6);
    let found = files(&cache.folder, "seg-");
    let victim = found.iter().find(|path| fs::metadata(path).is_ok()).unwrap();
    let bytes = fs::read(victim).unwrap();
    for length in [0, 3, 11, bytes.len() / 2, bytes.len() - 1] {
        fs::write(victim, &bytes[..length]).unwrap();
        assert_eq!(Cache::open(root.path()).verify().unwrap()[0].damaged.len(), 1, "{length}");
        let found = cache.lookup(&keys(0..6)).unwrap();
        assert_eq!(found.rows.iter().flatten().count(), 3, "{length}");
        assert_eq!(found.segments.len(), 1, "{length}");
        assert!(found.segments[0].path.exists() && found.segments[0].path.to_str().unwrap().contains(".corrupt"));
        assert!(!victim.exists());
        assert!(cache.lookup(&keys(0..6)).unwrap().segments.is_empty(), "reported once");
    }
    assert_eq!(files(&cache.folder, ".corrupt").len(), 5, "nothing that was set aside is replaced");
    let stats = Cache::open(root.path()).stats().unwrap();
    assert_eq!((stats[0].segments, stats[0].damaged), (1, 5));
    fs::write(victim, bytes).unwrap();
    assert_eq!(cache.lookup(&keys(0..6)).unwrap().rows, expected(0..6));
}

/// Wherever a byte is flipped, no wrong vector comes out, nothing panics, and `verify` notices.
#[test]
fn no_flipped_byte_goes_unnoticed() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..3);
    let path = files(&cache.folder, "seg-").remove(0);
    let bytes = fs::read(&path).unwrap();
    let mut lost = 0;
    for at in 0..bytes.len() {
        for flip in [1, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            fs::write(&path, &damaged).unwrap();
            let verdict = Cache::open(root.path()).verify().unwrap().remove(0);
            assert_eq!(verdict.damaged.len(), 1, "byte {at}");
            let found = cache.lookup(&keys(0..3)).unwrap();
            for (row, right) in found.rows.iter().zip(expected(0..3)) {
                assert!(row.is_none() || *row == right, "byte {at}: {row:?}");
                lost += usize::from(row.is_none());
            }
            for file in files(&cache.folder, "seg-") {
                fs::remove_file(file).unwrap();
            }
        }
    }
    assert!(lost > 0);
}

/// The same where there are many pages, at places drawn by a seeded generator.
#[test]
fn no_flipped_byte_in_a_large_segment_goes_unnoticed() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..3000);
    let path = files(&cache.folder, "seg-").remove(0);
    let bytes = fs::read(&path).unwrap();
    let mut places = blake3::Hasher::new().update(b"places").finalize_xof();
    for _ in 0..200 {
        let mut draw = [0; 8];
        places.fill(&mut draw);
        let draw = u64::from_le_bytes(draw);
        let at = usize::try_from(draw % bytes.len() as u64).unwrap();
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (draw >> 61);
        fs::write(&path, &damaged).unwrap();
        assert_eq!(Cache::open(root.path()).verify().unwrap()[0].damaged.len(), 1, "byte {at}");
        let found = cache.lookup(&keys(0..3000)).unwrap();
        for (row, right) in found.rows.iter().zip(expected(0..3000)) {
            assert!(row.is_none() || *row == right, "byte {at}: {row:?}");
        }
        for file in files(&cache.folder, "seg-") {
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn a_damaged_row_counts_as_absent_until_it_is_kept_again() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..5);
    let path = files(&cache.folder, "seg-").remove(0);
    let mut bytes = fs::read(&path).unwrap();
    let component = 0.003_f32.to_le_bytes();
    let at = bytes.windows(4).position(|window| window == component).unwrap();
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    let verdict = Cache::open(root.path()).verify().unwrap().remove(0);
    assert_eq!((verdict.good_rows, verdict.bad_rows, verdict.damaged.len()), (4, 1, 1));
    let found = cache.lookup(&keys(0..5)).unwrap();
    assert_eq!((found.damaged, found.rows[3].clone(), found.segments.len()), (1, None, 0));
    assert_eq!(found.rows.iter().flatten().count(), 4);
    insert(&cache, 3..4);
    let found = cache.lookup(&keys(0..5)).unwrap();
    assert_eq!((found.damaged, found.rows), (0, expected(0..5)));
    let compacted = cache.lock(|| ()).unwrap().compact().unwrap();
    assert_eq!((compacted.merged, compacted.rows, compacted.dropped), (2, 5, 1));
    let verdict = Cache::open(root.path()).verify().unwrap().remove(0);
    assert_eq!((verdict.segments, verdict.good_rows, verdict.bad_rows), (1, 5, 0));
}

#[test]
fn damage_in_one_group_of_rows_leaves_the_others() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..20_000);
    let path = files(&cache.folder, "seg-").remove(0);
    let mut bytes = fs::read(&path).unwrap();
    // The first page header of the first group: right behind the magic number.
    bytes[4..12].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let found = cache.lookup(&keys(0..20_000)).unwrap();
    assert_eq!(found.segments.len(), 1);
    assert_eq!(found.rows[1024..], expected(1024..20_000));
    assert!(!path.exists());
    let again = cache.lookup(&keys(0..20_000)).unwrap();
    assert_eq!((again.rows, again.segments.len()), (found.rows, 0), "what was readable is kept");
}

#[test]
fn a_segment_of_another_space_is_not_believed() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..3);
    let other = Cache::open(root.path()).space(&Space::new("minilm", DIMENSION, Vec::new()));
    fs::create_dir_all(&other.folder).unwrap();
    let path = files(&cache.folder, "seg-").remove(0);
    fs::copy(&path, other.folder.join(path.file_name().unwrap())).unwrap();
    let found = other.lookup(&keys(0..3)).unwrap();
    assert_eq!(found.rows, [None, None, None]);
    assert!(found.segments[0].reason.starts_with("expected a segment of space"), "{}", found.segments[0].reason);
}

#[test]
fn two_threads_never_embed_the_same_text() {
    let root = tempfile::tempdir().unwrap();
    let embedded_by: Vec<usize> = std::thread::scope(|scope| {
        let work = || {
            let cache = open(root.path());
            let mut paid = 0;
            for start in (0..40).step_by(4) {
                paid += embed_missing(&cache, start..start + 8);
            }
            paid
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(embedded_by.iter().sum::<usize>(), 44, "each text once: {embedded_by:?}");
    assert_eq!(open(root.path()).lookup(&keys(0..44)).unwrap().rows, expected(0..44));
}

/// What a run does: look up, take the space, look again, embed the rest. Returns how many were embedded.
fn embed_missing(cache: &SpaceCache, range: std::ops::Range<usize>) -> usize {
    let keys = keys(range.clone());
    if cache.lookup(&keys).unwrap().rows.iter().all(Option::is_some) {
        return 0;
    }
    let locked = cache.lock(|| ()).unwrap();
    let found = locked.lookup(&keys).unwrap();
    let missing: Vec<_> =
        rows(range).into_iter().zip(&found.rows).filter(|(_, row)| row.is_none()).map(|(row, _)| row).collect();
    std::thread::sleep(Duration::from_millis(2));
    locked.insert(&missing).unwrap();
    missing.len()
}

/// Runs one test of this file in a process of its own.
fn spawn(test: &str, variable: &str, value: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("store::cache::tests::{test}"), "--nocapture"])
        .env(variable, value)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

const ROOT_OF_CHILD: &str = "BREADTH_TEST_CACHE_ROOT";

#[test]
fn two_processes_never_embed_the_same_text() {
    if let Some(root) = std::env::var_os(ROOT_OF_CHILD) {
        let cache = open(Path::new(&root));
        let paid: usize = (0..40).step_by(4).map(|start| embed_missing(&cache, start..start + 8)).sum();
        println!("paid={paid};");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let spawn = || spawn("two_processes_never_embed_the_same_text", ROOT_OF_CHILD, root.path());
    let children = [spawn(), spawn(), spawn()];
    let mut paid = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let number = text.split("paid=").nth(1).unwrap().split(';').next().unwrap();
        paid += number.parse::<usize>().unwrap();
    }
    assert_eq!(paid, 44);
    assert_eq!(open(root.path()).lookup(&keys(0..44)).unwrap().rows, expected(0..44));
}

#[test]
fn a_process_that_dies_with_the_lock_gives_it_back() {
    const VARIABLE: &str = "BREADTH_TEST_CACHE_DIES";
    if let Some(root) = std::env::var_os(VARIABLE) {
        let cache = open(Path::new(&root));
        let _locked = cache.lock(|| ()).unwrap();
        println!("locked");
        std::thread::sleep(Duration::from_mins(1));
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let mut child = spawn("a_process_that_dies_with_the_lock_gives_it_back", VARIABLE, root.path());
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    while !lines.next().unwrap().unwrap().contains("locked") {}
    let cache = open(root.path());
    let mut waited = false;
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| cache.lock(|| waited = true).unwrap().insert(&rows(0..1)).unwrap());
        std::thread::sleep(Duration::from_millis(50));
        child.kill().unwrap();
        waiter.join().unwrap();
    });
    child.wait().unwrap();
    assert!(waited);
    assert_eq!(cache.lookup(&keys(0..1)).unwrap().rows, expected(0..1));
}

#[test]
fn compaction_keeps_every_row_in_one_segment() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    for start in (0..50).step_by(5) {
        insert(&cache, start..start + 6);
    }
    assert_eq!(files(&cache.folder, "seg-").len(), 10);
    let locked = cache.lock(|| ()).unwrap();
    let compacted = locked.compact().unwrap();
    assert_eq!(compacted, Compacted { merged: 10, rows: 51, dropped: 0, segments: Vec::new() });
    assert_eq!(files(&cache.folder, "seg-").len(), 1);
    assert_eq!(locked.compact().unwrap(), Compacted::default());
    assert_eq!(cache.lookup(&keys(0..51)).unwrap().rows, expected(0..51));
}

#[test]
fn readers_survive_compaction() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..64);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut n = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) || n == 0 {
                let found = cache.lookup(&keys(0..64)).unwrap();
                assert!(found.segments.is_empty(), "{:?}", found.segments);
                // A listing that is taken while names change may miss one; whoever embeds looks again under the lock.
                n += 1;
            }
            n
        });
        for round in 0..30 {
            let locked = cache.lock(|| ()).unwrap();
            for n in 0..4 {
                locked.insert(&rows(64 + 4 * round + n..65 + 4 * round + n)).unwrap();
            }
            locked.compact().unwrap();
            assert_eq!(locked.lookup(&keys(0..64)).unwrap().rows, expected(0..64));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(cache.lookup(&keys(0..184)).unwrap().rows, expected(0..184));
}

#[test]
fn a_segment_that_vanishes_while_reading_is_looked_for_again() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..2);
    let path = files(&cache.folder, "seg-").remove(0);
    fs::remove_file(&path).unwrap();
    // A name that is listed but cannot be opened, for as long as it is listed.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(cache.folder.join("nowhere"), &path).unwrap();
        assert!(matches!(cache.lookup(&keys(0..2)), Err(StoreError::Restless { .. })));
    }
}

const DAY: Duration = Duration::from_hours(24);

#[test]
fn pruning_takes_the_oldest_first_and_only_what_it_may() {
    let root = tempfile::tempdir().unwrap();
    let whole = Cache::open(root.path());
    let cache = open(root.path());
    let other = whole.space(&Space::new("other", DIMENSION, Vec::new()));
    for start in [0, 10, 20] {
        insert(&cache, start..start + 10);
    }
    insert(&other, 0..10);
    let now = SystemTime::now();
    let old = |path: &Path, days: u32| {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(now - days * DAY).unwrap();
    };
    let segments = files(&cache.folder, "seg-");
    old(&segments[0], 30);
    old(&segments[1], 20);
    old(&segments[2], 10);
    fs::write(cache.folder.join("seg-00.parquet.corrupt"), b"bad").unwrap();
    assert_eq!(whole.prune(&PrunePolicy::default()).unwrap().files, 0);

    let month = PrunePolicy { written_before: Some(now - 25 * DAY), ..PrunePolicy::default() };
    assert_eq!(whole.prune(&month).unwrap().files, 1);
    assert!(!segments[0].exists() && segments[1].exists());

    let size = fs::metadata(&segments[1]).unwrap().len();
    let room = PrunePolicy { max_bytes: Some(size * 2 + size / 2), ..PrunePolicy::default() };
    let pruned = whole.prune(&room).unwrap();
    assert_eq!(pruned.files, 1);
    assert!(!segments[1].exists() && segments[2].exists());
    assert!(pruned.bytes_left <= size * 2 + size / 2 && pruned.bytes > 0);

    let all = PrunePolicy { space: Some(space().fingerprint[..8].to_owned()), damaged: true, ..PrunePolicy::default() };
    let locked = cache.lock(|| ()).unwrap();
    let pruned = whole.prune(&all).unwrap();
    assert_eq!((pruned.files, pruned.in_use), (0, vec![space().fingerprint]));
    drop(locked);
    assert_eq!(whole.prune(&all).unwrap().files, 2);
    assert!(files(&cache.folder, "seg-").is_empty());
    assert_eq!(other.lookup(&keys(0..10)).unwrap().rows, expected(0..10));
    insert(&cache, 0..3);
    assert_eq!(cache.lookup(&keys(0..3)).unwrap().rows, expected(0..3));
}

#[test]
fn asking_what_is_there_agrees_with_looking_up() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    assert_eq!(cache.contains(&keys(0..2)).unwrap(), [false, false]);
    insert(&cache, 0..1500);
    insert(&cache, 1500..1600);
    let mut asked = keys(1400..1700);
    asked.push(asked[0]);
    let found: Vec<bool> = cache.lookup(&asked).unwrap().rows.iter().map(Option::is_some).collect();
    assert_eq!(found.iter().filter(|there| **there).count(), 201);
    assert_eq!(cache.contains(&asked).unwrap(), found);
    // No vector is read: a segment whose vectors are damaged still says what it holds.
    let path = files(&cache.folder, "seg-").remove(0);
    flip_last_of_column(&path, "vector");
    assert_eq!(cache.contains(&asked).unwrap(), found);
    assert_eq!(cache.lookup(&asked).unwrap().damaged, 1);
}

/// Flips a bit in the last value of a column of the last group.
fn flip_last_of_column(path: &Path, name: &str) {
    use parquet::file::reader::FileReader as _;
    let mut bytes = fs::read(path).unwrap();
    let reader = parquet::file::reader::SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let groups = reader.metadata().row_groups();
    let column = groups[groups.len() - 1].columns().iter().find(|column| column.column_path().parts()[0] == name);
    let (start, length) = column.unwrap().byte_range();
    bytes[usize::try_from(start + length).unwrap() - 2] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_bit_in_any_column_costs_one_row() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    insert(&cache, 0..1030);
    let path = files(&cache.folder, "seg-").remove(0);
    let whole = fs::read(&path).unwrap();
    for column in ["key", "tokens_total", "tokens_seen", "chunks", "vector", "checksum"] {
        fs::write(&path, &whole).unwrap();
        flip_last_of_column(&path, column);
        let found = cache.lookup(&keys(0..1030)).unwrap();
        let mut right = expected(0..1030);
        right[1029] = None;
        assert_eq!(found.rows, right, "{column}");
        assert_eq!(found.damaged, usize::from(column != "key"), "{column}: another key is another text");
        let verdict = Cache::open(root.path()).verify().unwrap().remove(0);
        assert_eq!((verdict.good_rows, verdict.bad_rows, verdict.damaged.len()), (1029, 1, 1), "{column}");
    }
}

/// Two rows for one key: which of them counts depends on names, not on who was faster.
#[test]
fn of_two_rows_the_same_one_is_found_with_any_number_of_threads() {
    let root = tempfile::tempdir().unwrap();
    let cache = open(root.path());
    let shifted: Vec<_> = rows(0..3000).into_iter().zip(rows(1..3001)).map(|((key, _), (_, row))| (key, row)).collect();
    insert(&cache, 0..3000);
    cache.lock(|| ()).unwrap().insert(&shifted).unwrap();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| cache.lookup(&keys(0..3000)).unwrap().rows)
    };
    let alone = with(1);
    assert!(alone == expected(0..3000) || alone == expected(1..3001), "all of one segment");
    for _ in 0..8 {
        assert_eq!(with(4), alone);
    }
    // Where the first is damaged, the other one counts.
    flip_last_of_column(&files(&cache.folder, "seg-").remove(0), "vector");
    let found = cache.lookup(&keys(0..3000)).unwrap();
    assert_eq!((found.damaged, found.rows.iter().flatten().count()), (0, 3000));
    assert!(found.rows[2999] != alone[2999] && found.rows[..2999] == alone[..2999]);
}

/// The general reader is the plain twin of ours, and what it reads is what was put down.
#[test]
fn any_parquet_reader_reads_what_was_put_down() {
    use arrow::array::{Array, FixedSizeBinaryArray, FixedSizeListArray, Float32Array, UInt32Array};
    for (dimension, n) in [(1, 1), (1, 1025), (2, 1024), (8, 1023), (63, 3), (64, 2049), (65, 5), (300, 1500)] {
        let root = tempfile::tempdir().unwrap();
        let space = Space::new("wide", dimension, Vec::new());
        let cache = Cache::open(root.path()).space(&space);
        let row = |n: usize| {
            let vector = (0..dimension).map(|at| (n * 31 + at) as f32 / 7.0).collect();
            let count = u32::try_from(n).unwrap();
            Embedded { vector, tokens_total: count, tokens_seen: count / 2, chunks: 1 }
        };
        let written: Vec<_> = (0..n).map(|n| (TextKey::of(&text(n)), row(n))).collect();
        cache.lock(|| ()).unwrap().insert(&written).unwrap();
        assert_eq!(cache.lookup(&keys(0..n)).unwrap().rows, (0..n).map(|n| Some(row(n))).collect::<Vec<_>>());
        let file = fs::File::open(files(&cache.folder, "seg-").remove(0)).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let mut read = Vec::new();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let keys: &FixedSizeBinaryArray = batch.column(0).as_any().downcast_ref().unwrap();
            let counts: Vec<&UInt32Array> =
                (1..4).map(|at| batch.column(at).as_any().downcast_ref().unwrap()).collect();
            let vectors: &FixedSizeListArray = batch.column(4).as_any().downcast_ref().unwrap();
            for at in 0..batch.num_rows() {
                let vector = vectors.value(at);
                let vector: &Float32Array = vector.as_any().downcast_ref().unwrap();
                let [tokens_total, tokens_seen, chunks] = [0, 1, 2].map(|count: usize| counts[count].value(at));
                let embedded = Embedded { vector: vector.values().to_vec(), tokens_total, tokens_seen, chunks };
                read.push((TextKey(keys.value(at).try_into().unwrap()), embedded));
            }
        }
        assert_eq!(read, written, "{dimension} components, {n} rows");
    }
}

/// `tests/fixtures/cache-v1` was written by the first release and is never written again.
fn first_release() -> (tempfile::TempDir, Space) {
    let from =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cache-v1/v1/6393cce11b73db9d8131f86ff8504293");
    let root = tempfile::tempdir().unwrap();
    let to = root.path().join("v1").join(from.file_name().unwrap());
    fs::create_dir_all(&to).unwrap();
    for file in atomic::list(&from).unwrap() {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
    let stats = Cache::open(root.path()).stats().unwrap().remove(0);
    let space = Space::new("any name", stats.dimension.unwrap(), stats.traits);
    assert_eq!(space.fingerprint, stats.fingerprint, "a space is still called what it was called");
    (root, space)
}

#[test]
fn a_cache_of_the_first_release_is_read() {
    let (root, space) = first_release();
    let whole = Cache::open(root.path());
    let verdict = whole.verify().unwrap().remove(0);
    assert_eq!((verdict.segments, verdict.good_rows, verdict.bad_rows, verdict.damaged.len()), (2, 160, 0, 0));
    // Read from the files by a Parquet reader and a BLAKE3 of others, when the fixture was made.
    let known = [
        ("a a a a a a a a a a a a 0", [0x3eae_5509, 0x3f44_5b2c, 0x3efa_08d7, 0xbe75_0c33]),
        ("b b b b a b b a a a a a 111", [0xbecb_368b, 0x3e9a_3bd9, 0x3f38_f07b, 0x3ef5_757d]),
        ("b b b b b b b a a a a a 127", [0xbed8_76d6, 0x3e86_f471, 0x3f35_2604, 0x3f00_45c2]),
        ("b a a a b a a b a a a a 145", [0xbb25_411b, 0x3f2c_62f9, 0x3f3a_ed63, 0x3dec_dcf1_u32]),
    ];
    let mut asked: Vec<TextKey> = known.iter().map(|(text, _)| TextKey::of(text)).collect();
    asked.push(TextKey::of("a text that nobody has embedded"));
    let mut right: Vec<Option<Embedded>> = Vec::new();
    for (_, bits) in known {
        let vector = bits.map(f32::from_bits).to_vec();
        right.push(Some(Embedded { vector, tokens_total: 13, tokens_seen: 13, chunks: 3 }));
    }
    right.push(None);
    let cache = whole.space(&space);
    assert_eq!(cache.lookup(&asked).unwrap(), Found { rows: right.clone(), damaged: 0, segments: Vec::new() });
    assert_eq!(cache.contains(&asked).unwrap(), [true, true, true, true, false]);
    let compacted = cache.lock(|| ()).unwrap().compact().unwrap();
    assert_eq!((compacted.merged, compacted.rows, compacted.dropped), (2, 160, 0));
    assert_eq!(cache.lookup(&asked).unwrap().rows, right);
}

/// The page that documents the format, its columns, and what a data frame finds in a segment.
#[test]
fn a_data_frame_finds_the_columns_that_the_page_names() {
    use polars::prelude::{ParquetReader, SerReader};
    let page = include_str!("../../../embeddings-cache/README.md");
    let table = page.split("| column | type |").nth(1).unwrap().split("\n\n").next().unwrap();
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>();
    let named: Vec<(String, String)> =
        table.lines().skip(2).map(|line| (cells(line)[1].clone(), cells(line)[2].clone())).collect();
    let (root, space) = first_release();
    let folder = Cache::open(root.path()).space(&space).folder;
    let ours = tempfile::tempdir().unwrap();
    insert(&open(ours.path()), 0..40);
    for path in [files(&folder, "seg-").remove(0), files(&open(ours.path()).folder, "seg-").remove(0)] {
        let frame = ParquetReader::new(fs::File::open(&path).unwrap()).finish().unwrap();
        let found: Vec<(String, String)> =
            frame.schema().iter().map(|(name, kind)| (name.to_string(), kind.to_string())).collect();
        let names = |columns: &[(String, String)]| columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found), names(&named));
        let kinds: Vec<&str> = found.iter().map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(kinds, ["binary", "u32", "u32", "u32", "array[f32, 4]", "i64"]);
        let documented: Vec<&str> = named.iter().map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(documented, ["32 bytes", "uint32", "uint32", "uint32", "float32 × dimension", "int64"]);
        assert_eq!(frame.height(), 40);
        let key = frame.column("key").unwrap().binary().unwrap().get(0).unwrap().to_vec();
        assert_eq!(key.len(), 32);
    }
}

#[test]
fn pruning_by_model_takes_its_spaces_and_no_others() {
    let root = tempfile::tempdir().unwrap();
    let whole = Cache::open(root.path());
    let digest = "fe3d0a4de85cd53dda11a899a8a7dbe565158096c4571de98bb181851fad014f";
    let space = |name: &str, provider: &str, model: &str| {
        let pairs = [("provider", provider), ("model", model)];
        Space::new(name, DIMENSION, pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec())
    };
    let spaces = [
        space("minilm", "onnx", digest),
        space("small", "openai", "text-embedding-3-small"),
        space("large", "openai", "text-embedding-3-large"),
    ];
    for space in &spaces {
        insert(&whole.space(space), 0..3);
    }
    let holds = || spaces.each_ref().map(|space| whole.space(space).contains(&keys(0..3)).unwrap() == [true; 3]);
    let left_by = |model: &str| {
        let policy = PrunePolicy { model: Some(model.to_owned()), ..PrunePolicy::default() };
        let pruned = whole.prune(&policy).unwrap();
        let left = holds();
        assert_eq!(pruned.files, left.iter().filter(|there| !**there).count(), "{model}");
        for space in &spaces {
            insert(&whole.space(space), 0..3);
        }
        left
    };
    assert_eq!(left_by("text-embedding-3-small"), [true, false, true]);
    assert_eq!(left_by("openai"), [true, false, false]);
    assert_eq!(left_by("minilm"), [false, true, true]);
    assert_eq!(left_by(digest), [false, true, true]);
    assert_eq!(left_by(&digest[..8]), [false, true, true]);
    for nothing in ["text-embedding-3", &digest[..7], "", "l2"] {
        assert_eq!(left_by(nothing), [true, true, true], "{nothing}");
    }
    let model = Some("minilm".to_owned());
    let young =
        PrunePolicy { model: model.clone(), written_before: Some(SystemTime::now() - DAY), ..Default::default() };
    assert_eq!(whole.prune(&young).unwrap().files, 0, "conditions on age hold for a model too");
    let other = PrunePolicy { model, space: Some(spaces[1].fingerprint.clone()), ..Default::default() };
    assert_eq!(whole.prune(&other).unwrap().files, 0, "both names have to fit");
    let stats = whole.stats().unwrap();
    let known = stats.iter().find(|space| space.is_of("onnx")).unwrap().known_as();
    assert_eq!(known, ["minilm"], "a digest is nothing to call it by");
}

/// Two that embed, one that reads and one that prunes, each a process of its own: nobody stops, and nobody is told a
/// wrong vector.
#[test]
fn writers_a_reader_and_a_pruner_get_along() {
    const VARIABLE: &str = "BREADTH_TEST_CACHE_CROWD";
    if let Some(task) = std::env::var_os(VARIABLE) {
        let task = task.into_string().unwrap();
        let (role, root) = task.split_once(':').unwrap();
        crowd(role, Path::new(root));
        println!("role={role};");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let spawn = |role: &str| {
        let task = format!("{role}:{}", root.path().display());
        spawn("writers_a_reader_and_a_pruner_get_along", VARIABLE, Path::new(&task))
    };
    for child in [spawn("write"), spawn("write"), spawn("read"), spawn("prune")] {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains("role="), "{text}");
    }
    let cache = open(root.path());
    embed_missing(&cache, 0..48);
    assert_eq!(cache.lookup(&keys(0..48)).unwrap().rows, expected(0..48));
    assert!(files(&cache.folder, ".tmp-").is_empty() && files(&cache.folder, ".corrupt").is_empty());
    assert!(Cache::open(root.path()).verify().unwrap()[0].damaged.is_empty());
}

fn crowd(role: &str, root: &Path) {
    let cache = open(root);
    for round in 0..40 {
        match role {
            "write" => {
                embed_missing(&cache, round..round + 8);
                if round % 5 == 0 {
                    cache.lock(|| ()).unwrap().compact().unwrap();
                }
            }
            "read" => {
                let found = cache.lookup(&keys(0..48)).unwrap();
                assert_eq!((found.damaged, found.segments), (0, Vec::new()));
                for (row, right) in found.rows.into_iter().zip(expected(0..48)) {
                    assert!(row.is_none() || row == right);
                }
            }
            _ => {
                let policy = PrunePolicy { max_bytes: Some(3000), ..PrunePolicy::default() };
                Cache::open(root).prune(&policy).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}
