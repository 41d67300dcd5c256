//! Looking after the whole cache: what is in it, whether it is sound, and making room.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use super::segment::{CORRUPT, DamagedSegment, Fault, Segment, is_intact, is_segment};
use super::{Cache, SPACE_FILE};
use crate::store::{Result, StoreError, atomic};

/// What one space holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceStats {
    /// The name of its folder.
    pub fingerprint: String,
    /// What it is, in the order of its description; empty when that is missing or unreadable.
    pub traits: Vec<(String, String)>,
    /// Length of its vectors, where the description says so.
    pub dimension: Option<usize>,
    /// Segments that can be opened.
    pub segments: usize,
    /// Rows in them.
    pub rows: usize,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Segments that cannot be opened, and those that were set aside.
    pub damaged: usize,
}

/// What a check of one space found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceVerdict {
    /// The name of its folder.
    pub fingerprint: String,
    /// Segments that were read.
    pub segments: usize,
    /// Rows whose checksum agrees.
    pub good_rows: usize,
    /// Rows whose checksum does not agree; they count as absent.
    pub bad_rows: usize,
    /// Segments that are not what was written: a reason for each.
    pub damaged: Vec<DamagedSegment>,
}

/// What shall go. Conditions add up; a policy that names none removes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrunePolicy {
    /// Only spaces whose fingerprint begins so. Alone, it removes all of their segments.
    pub space: Option<String>,
    /// Removes segments written before that time.
    pub written_before: Option<SystemTime>,
    /// Removes the oldest segments until no more than so many bytes of segments are left.
    pub max_bytes: Option<u64>,
    /// Removes also what was set aside as damaged.
    pub damaged: bool,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of segments left in the spaces in question.
    pub bytes_left: u64,
    /// Spaces that another process is writing to and that were left alone.
    pub in_use: Vec<String>,
}

/// A file of a space, as far as pruning needs it.
struct Entry {
    path: PathBuf,
    bytes: u64,
    written: SystemTime,
    is_segment: bool,
}

impl Cache {
    /// Counts what each space holds.
    pub fn stats(&self) -> Result<Vec<SpaceStats>> {
        self.fingerprints()?.into_iter().map(|fingerprint| self.space_stats(fingerprint)).collect()
    }

    /// Reads every segment of every space and checks every row; changes nothing.
    pub fn verify(&self) -> Result<Vec<SpaceVerdict>> {
        self.fingerprints()?.into_iter().map(|fingerprint| self.space_verdict(fingerprint)).collect()
    }

    /// Makes room. Whole segments go, oldest first.
    pub fn prune(&self, policy: &PrunePolicy) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        let mut entries = Vec::new();
        let mut locks = Vec::new();
        let prefix = policy.space.as_deref().unwrap_or("");
        for fingerprint in self.fingerprints()?.into_iter().filter(|name| name.starts_with(prefix)) {
            let Some(lock) = atomic::try_lock(&self.lock_path(&fingerprint))? else {
                pruned.in_use.push(fingerprint);
                continue;
            };
            // Held to the end, so that nobody counts on rows that are about to go.
            locks.push(lock);
            entries.extend(self.entries(&fingerprint)?);
        }
        entries.sort_by(|a, b| (a.written, &a.path).cmp(&(b.written, &b.path)));
        let all = policy.space.is_some() && policy.written_before.is_none() && policy.max_bytes.is_none();
        let mut bytes_left: u64 = entries.iter().filter(|entry| entry.is_segment).map(|entry| entry.bytes).sum();
        for entry in &entries {
            let old = policy.written_before.is_some_and(|limit| entry.written < limit);
            let too_much = policy.max_bytes.is_some_and(|limit| bytes_left > limit);
            let goes = if entry.is_segment { all || old || too_much } else { policy.damaged };
            if goes && atomic::remove(&entry.path)? {
                pruned.files += 1;
                pruned.bytes += entry.bytes;
                bytes_left -= if entry.is_segment { entry.bytes } else { 0 };
            }
        }
        pruned.bytes_left = bytes_left;
        Ok(pruned)
    }

    fn space_stats(&self, fingerprint: String) -> Result<SpaceStats> {
        let folder = self.folder(&fingerprint);
        let (dimension, traits) = read_description(&folder);
        let mut stats = SpaceStats { fingerprint, traits, dimension, segments: 0, rows: 0, bytes: 0, damaged: 0 };
        for path in atomic::list(&folder)? {
            // A file that is gone by now takes no room.
            stats.bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len());
            if is_set_aside(&path) {
                stats.damaged += 1;
            } else if is_segment(&path) {
                match Segment::open(&path, &stats.fingerprint, None) {
                    Ok(segment) => {
                        stats.segments += 1;
                        stats.rows += segment.n_rows();
                    }
                    Err(Fault::Gone) => {}
                    Err(Fault::Io(cause)) => return Err(StoreError::io("read", &path, cause)),
                    Err(Fault::Damaged(_)) => stats.damaged += 1,
                }
            }
        }
        Ok(stats)
    }

    fn space_verdict(&self, fingerprint: String) -> Result<SpaceVerdict> {
        let folder = self.folder(&fingerprint);
        let mut verdict = SpaceVerdict { fingerprint, segments: 0, good_rows: 0, bad_rows: 0, damaged: Vec::new() };
        for path in atomic::list(&folder)?.into_iter().filter(|path| is_segment(path)) {
            match verify_segment(&path, &mut verdict) {
                Ok(()) => verdict.segments += 1,
                Err(Fault::Gone) => {}
                Err(Fault::Io(cause)) => return Err(StoreError::io("read", &path, cause)),
                Err(Fault::Damaged(reason)) => {
                    verdict.segments += 1;
                    verdict.damaged.push(DamagedSegment { path, reason });
                }
            }
        }
        Ok(verdict)
    }

    fn entries(&self, fingerprint: &str) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for path in atomic::list(&self.folder(fingerprint))? {
            let is_segment = is_segment(&path);
            if !is_segment && !is_set_aside(&path) {
                continue;
            }
            let failed = |cause| StoreError::io("read", &path, cause);
            let metadata = fs::metadata(&path).map_err(failed)?;
            let written = metadata.modified().map_err(failed)?;
            entries.push(Entry { bytes: metadata.len(), written, is_segment, path });
        }
        Ok(entries)
    }
}

fn is_set_aside(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(CORRUPT))
}

fn verify_segment(path: &Path, verdict: &mut SpaceVerdict) -> std::result::Result<(), Fault> {
    let intact = is_intact(path)?;
    let segment = Segment::open(path, &verdict.fingerprint, None)?;
    let groups: Vec<_> = (0..segment.n_groups()).into_par_iter().map(|group| verify_group(&segment, group)).collect();
    let mut first_fault = None;
    for group in groups {
        match group {
            Ok((good, bad)) => {
                verdict.good_rows += good;
                verdict.bad_rows += bad;
            }
            Err(Fault::Damaged(reason)) => first_fault = first_fault.or(Some(reason)),
            Err(fault) => return Err(fault),
        }
    }
    match first_fault {
        Some(reason) => Err(Fault::Damaged(reason)),
        None if !intact => {
            Err(Fault::Damaged("expected the bytes that its name is the digest of, got others".to_owned()))
        }
        None => Ok(()),
    }
}

/// How many rows of a group are good, and how many are not.
fn verify_group(segment: &Segment, group: usize) -> std::result::Result<(usize, usize), Fault> {
    let rows = segment.reader()?.rows(group)?;
    let mut scratch = Vec::new();
    let good = (0..rows.len()).filter(|row| rows.get(*row).is_some_and(|row| row.is_good(&mut scratch))).count();
    Ok((good, rows.len() - good))
}

/// Dimension and traits, as the description in a space's folder has them. It is for people: nothing but what is shown
/// depends on it.
fn read_description(folder: &Path) -> (Option<usize>, Vec<(String, String)>) {
    let text = fs::read_to_string(folder.join(SPACE_FILE)).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let dimension =
        table.get("dimension").and_then(toml::Value::as_integer).and_then(|value| usize::try_from(value).ok());
    let traits = table.get("trait").and_then(toml::Value::as_array).into_iter().flatten();
    let pair = |one: &toml::Value| {
        let text = |key| Some(one.get(key)?.as_str()?.to_owned());
        Some((text("name")?, text("value")?))
    };
    (dimension, traits.filter_map(pair).collect())
}
