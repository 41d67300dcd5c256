//! Disks that are full or may not be written to, for real: in a small file system of the test's own.
//! Compiled under `#[cfg(test)]` only.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at surprises and damage files on purpose"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use super::cache::{Cache, TextKey};
use super::tables::{GroupsWriter, write_rejects};
use super::{Result, StoreError, atomic};
use crate::model::{Embedded, Reject, Space, Stage};

const DISK: &str = "BREADTH_TEST_DISK";

/// Runs the test once more in a process that sees a file system of 256 kB at `DISK`. Says so when that is not possible
/// here: it takes Linux and the right to make a user namespace.
fn on_a_small_disk(test: &str, child: impl FnOnce(&Path)) {
    if let Some(disk) = std::env::var_os(DISK) {
        child(Path::new(&disk));
        return;
    }
    let disk = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=256k tmpfs \"$0\" || exit 77; exec \"$@\"";
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", mount])
        .arg(disk.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("store::tests::{test}"), "--nocapture"])
        .env(DISK, disk.path())
        .output();
    match status {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() == Some(101) => {
            panic!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        }
        _ => eprintln!("skipped: {test} needs `unshare` and the right to mount a file system in a namespace"),
    }
}

fn rejects(n: u64) -> Vec<Reject> {
    let mut reason = blake3::Hasher::new().finalize_xof();
    let mut one = |source_row| {
        let mut bytes = [0; 512];
        reason.fill(&mut bytes);
        // Digits of a digest do not shrink to nothing.
        let reason = format!("{bytes:x?}");
        Reject { source_file: "a.jsonl".into(), source_row, stage: Stage::Ingest, reason }
    };
    (1..=n).map(&mut one).collect()
}

fn embed(cache: &Cache, space: &Space, range: std::ops::Range<u16>) -> Result<()> {
    let row = |n: u16| {
        let vector = vec![f32::from(n); space.dimension];
        (TextKey::of(&n.to_string()), Embedded { vector, tokens_total: 1, tokens_seen: 1, chunks: 1 })
    };
    cache.space(space).lock(|| ())?.insert(&range.map(row).collect::<Vec<_>>())
}

fn names(folder: &Path) -> Vec<String> {
    atomic::list(folder).unwrap().iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_full_disk_loses_nothing_and_says_what_to_do() {
    on_a_small_disk("a_full_disk_loses_nothing_and_says_what_to_do", |disk| {
        let cache = Cache::open(&disk.join("cache"));
        let space = Space::new("s", 64, Vec::new());
        embed(&cache, &space, 0..20).unwrap();
        let kept = fs::read(write_rejects(disk, &rejects(3)).unwrap()).unwrap();

        let error = write_rejects(disk, &rejects(2000)).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("rejects.parquet`: no space left on the device\nhint: make room"), "{said}");
        assert_eq!(names(disk), ["cache", "rejects.parquet"], "nothing half-written stays");
        assert_eq!(fs::read(disk.join("rejects.parquet")).unwrap(), kept);

        let error = embed(&cache, &space, 20..2000).unwrap_err().to_string();
        assert!(error.contains("no space left on the device\nhint: make room"), "{error}");
        let folder = disk.join("cache/v1").join(&space.fingerprint);
        assert!(names(&folder).iter().all(|name| !name.starts_with(atomic::TEMPORARY)));
        let found = cache.space(&space).lookup(&[TextKey::of("7")]).unwrap();
        assert_eq!(found.rows[0].as_ref().unwrap().vector, vec![7.0; 64]);
        embed(&cache, &space, 20..40).unwrap();
    });
}

#[test]
fn a_read_only_disk_is_read_and_named() {
    on_a_small_disk("a_read_only_disk_is_read_and_named", |disk| {
        let cache = Cache::open(&disk.join("cache"));
        let space = Space::new("s", 64, Vec::new());
        embed(&cache, &space, 0..20).unwrap();
        embed(&cache, &space, 20..30).unwrap();
        let folder = disk.join("cache/v1").join(&space.fingerprint);
        let segment = folder.join(names(&folder).into_iter().find(|name| name.starts_with("seg-")).unwrap());
        let bytes = fs::read(&segment).unwrap();
        fs::write(&segment, &bytes[..bytes.len() - 1]).unwrap();
        let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(disk).status().unwrap();
        assert!(remounted.success());

        let keys: Vec<_> = (0..30).map(|n: u16| TextKey::of(&n.to_string())).collect();
        let found = cache.space(&space).lookup(&keys).unwrap();
        assert!([10, 20].contains(&found.rows.iter().flatten().count()));
        assert_eq!(found.segments[0].path, segment, "reported, but left where it is");
        cache.stats().unwrap();
        cache.verify().unwrap();
        for error in [
            embed(&cache, &space, 30..40).unwrap_err(),
            GroupsWriter::create(&disk.join("tables")).err().unwrap(),
            atomic::write(&disk.join("x"), b"x").unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Io { .. }));
            let said = error.to_string();
            assert!(said.contains("the file system is read-only\nhint: choose a folder"), "{said}");
        }
    });
}
