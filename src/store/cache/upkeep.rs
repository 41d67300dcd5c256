//! Looking after the whole cache: what is in it, whether it is sound, and making room.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use super::Cache;
use super::description::Description;
use super::segment::{CORRUPT, DamagedSegment, Fault, Segment, is_intact, is_segment};
use crate::store::{Result, StoreError, atomic};

/// What one space holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceStats {
    /// The name of its folder.
    pub fingerprint: String,
    /// What the plan that began it calls its embedder; none in a space of the first release.
    pub name: Option<String>,
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

/// A trait that is a digest is meant also by its beginning, if that has so many digits.
const DIGEST_BEGINNING: usize = 8;

impl SpaceStats {
    fn of(fingerprint: String, folder: &Path) -> Self {
        let Description { name, dimension, traits } = Description::read(folder);
        SpaceStats { fingerprint, name, traits, dimension, segments: 0, rows: 0, bytes: 0, damaged: 0 }
    }

    /// Whether someone who says `model` means this space: by the embedder's name in the plan, by its model, or by its
    /// provider. The model of a local space is a digest; eight digits of it will do.
    #[must_use]
    pub fn is_of(&self, model: &str) -> bool {
        let names = self.traits.iter().filter(|(name, _)| name == "model" || name == "provider");
        let mut names = names.map(|(_, value)| value).chain(&self.name);
        names.any(|name| {
            name == model || (model.len() >= DIGEST_BEGINNING && is_digest(name) && name.starts_with(model))
        })
    }

    /// What can be said for it in the place of a model's name.
    #[must_use]
    pub fn known_as(&self) -> Vec<&str> {
        let models = self.traits.iter().filter(|(name, value)| name == "model" && !is_digest(value));
        self.name.iter().chain(models.map(|(_, value)| value)).map(String::as_str).collect()
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 2 * blake3::OUT_LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
    /// Only spaces that someone means who says so; see [`SpaceStats::is_of`]. Alone, it removes all of their segments.
    pub model: Option<String>,
    /// Removes segments written before that time.
    pub written_before: Option<SystemTime>,
    /// Removes the oldest segments until no more than so many bytes of segments are left.
    pub max_bytes: Option<u64>,
    /// Removes also what was set aside as damaged.
    pub damaged: bool,
}

impl PrunePolicy {
    /// Whether a space is one of those in question.
    #[must_use]
    pub fn concerns(&self, space: &SpaceStats) -> bool {
        self.space.as_ref().is_none_or(|beginning| space.fingerprint.starts_with(beginning))
            && self.model.as_ref().is_none_or(|model| space.is_of(model))
    }

    /// Whether whole spaces go: they are named, and nothing says which part of them.
    fn takes_all(&self) -> bool {
        let named = self.space.is_some() || self.model.is_some();
        named && self.written_before.is_none() && self.max_bytes.is_none()
    }
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
        let concerned = |name: &String| policy.concerns(&SpaceStats::of(name.clone(), &self.folder(name)));
        for fingerprint in self.fingerprints()?.into_iter().filter(concerned) {
            let Some(lock) = atomic::try_lock(&self.lock_path(&fingerprint))? else {
                pruned.in_use.push(fingerprint);
                continue;
            };
            // Held to the end, so that nobody counts on rows that are about to go.
            locks.push(lock);
            entries.extend(self.entries(&fingerprint)?);
        }
        entries.sort_by(|a, b| (a.written, &a.path).cmp(&(b.written, &b.path)));
        let all = policy.takes_all();
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
        let mut stats = SpaceStats::of(fingerprint, &folder);
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
