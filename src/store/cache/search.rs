//! Looking keys up in the segments of a space.
//!
//! First the keys of all segments are read, many segments at a time; then, of the segments that hold something wanted,
//! the groups with its rows. Of rows with the same key the first good one counts, in the order of the segments' names,
//! so that the answer does not depend on who was faster. Nothing here writes, and nothing waits for anybody.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::segment::{DamagedSegment, Fault, Segment};
use super::space::SpaceCache;
use super::{Found, TextKey};
use crate::model::Embedded;
use crate::store::{Result, StoreError};

/// How often a folder is listed anew because segments vanished while they were read. Each time, another process must
/// have merged or pruned in between.
const ATTEMPTS: usize = 16;
/// Groups whose keys one thread reads before it takes up others.
const GROUPS_AT_ONCE: usize = 64;

/// A key is a digest already: eight of its bytes are as good as a hash of it.
#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {
        // All keys are of one length.
    }
}

/// A row that is wanted, and the place of its key among those that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hit {
    segment: usize,
    group: usize,
    row: usize,
    place: usize,
}

/// What the keys of a segment told.
struct Listing {
    segment: Segment,
    hits: Vec<Hit>,
    /// Why some of its keys could not be read.
    fault: Option<String>,
}

/// What is looked for, and what was found of it.
pub(super) struct Search<'a> {
    space: &'a SpaceCache,
    places: HashMap<TextKey, usize, BuildHasherDefault<DigestHasher>>,
    /// For each different key whether it is there, what is kept for it, and whether a damaged row was met.
    there: Vec<bool>,
    rows: Vec<Option<Embedded>>,
    spoiled: Vec<bool>,
    /// Why a segment could not be read in full: the first reason.
    faults: BTreeMap<PathBuf, String>,
    /// Segments that were read.
    done: BTreeSet<PathBuf>,
}

impl<'a> Search<'a> {
    fn new(space: &'a SpaceCache, keys: &[TextKey]) -> Self {
        let mut places = HashMap::with_capacity_and_hasher(keys.len(), BuildHasherDefault::default());
        for key in keys {
            let next = places.len();
            places.entry(*key).or_insert(next);
        }
        let n = places.len();
        let (there, spoiled) = (vec![false; n], vec![false; n]);
        Search { space, places, there, rows: Vec::new(), spoiled, faults: BTreeMap::new(), done: BTreeSet::new() }
    }

    /// Finds the rows of these keys. The segments that could not be read in full are still where they were.
    pub(super) fn rows(space: &'a SpaceCache, keys: &[TextKey]) -> Result<Found> {
        let mut search = Search::new(space, keys);
        search.rows = vec![None; search.there.len()];
        search.settle(Self::read)?;
        let damaged = search.spoiled.iter().zip(&search.there).filter(|(spoiled, there)| **spoiled && !**there).count();
        let segments = search.faults.into_iter().map(|(path, reason)| DamagedSegment { path, reason }).collect();
        let rows = if search.rows.len() == keys.len() {
            // Each key was asked for once, so that its place is its position.
            search.rows
        } else {
            keys.iter().map(|key| search.rows.get(*search.places.get(key)?)?.clone()).collect()
        };
        Ok(Found { rows, damaged, segments })
    }

    /// Finds which of these keys have a row. No row is read, so that a damaged one counts as there.
    pub(super) fn contains(space: &'a SpaceCache, keys: &[TextKey]) -> Result<Vec<bool>> {
        let mut search = Search::new(space, keys);
        search.settle(|search, _, hits| {
            for hit in hits {
                search.there[hit.place] = true;
            }
            Ok(true)
        })?;
        Ok(keys.iter().map(|key| search.places.get(key).is_some_and(|place| search.there[*place])).collect())
    }

    /// Has hits taken until everything is there, or no segment vanished meanwhile. `take` says whether all segments
    /// were still in their place.
    fn settle(&mut self, take: impl Fn(&mut Self, &[Segment], Vec<Hit>) -> Result<bool>) -> Result<()> {
        for _ in 0..ATTEMPTS {
            if self.round(&take)? || self.there.iter().all(|there| *there) {
                return Ok(());
            }
        }
        Err(StoreError::Restless { path: self.space.folder.clone(), attempts: ATTEMPTS })
    }

    /// Lists the segments that were not read yet and has their hits taken.
    fn round(&mut self, take: impl Fn(&mut Self, &[Segment], Vec<Hit>) -> Result<bool>) -> Result<bool> {
        let mut paths = self.space.segments()?;
        paths.retain(|path| !self.done.contains(path));
        let listings: Vec<_> = paths.par_iter().map(|path| self.list(path)).collect();
        let (mut calm, mut segments, mut hits) = (true, Vec::new(), Vec::new());
        for (path, listing) in paths.into_iter().zip(listings) {
            match listing {
                Ok(Listing { segment, hits: found, fault }) => {
                    hits.extend(found.into_iter().map(|hit| Hit { segment: segments.len(), ..hit }));
                    segments.push(segment);
                    if let Some(reason) = fault {
                        self.faults.entry(path.clone()).or_insert(reason);
                    }
                    self.done.insert(path);
                }
                Err(fault) => calm &= self.bear(&path, fault)?,
            }
        }
        Ok(take(self, &segments, hits)? && calm)
    }

    /// Notes why a segment was not read in full. False when it is gone, so that its rows have to be looked for again.
    fn bear(&mut self, path: &Path, fault: Fault) -> Result<bool> {
        match fault {
            Fault::Gone => {
                self.done.remove(path);
                Ok(false)
            }
            Fault::Io(cause) => Err(StoreError::io("read", path, cause)),
            Fault::Damaged(reason) => {
                self.faults.entry(path.to_owned()).or_insert(reason);
                self.done.insert(path.to_owned());
                Ok(true)
            }
        }
    }

    /// Finds the wanted keys of a segment; damage in one group does not keep the others from being read.
    fn list(&self, path: &Path) -> std::result::Result<Listing, Fault> {
        let segment = Segment::open(path, &self.space.fingerprint, Some(self.space.dimension))?;
        let groups: Vec<usize> = (0..segment.n_groups()).collect();
        let parts = groups.par_chunks(GROUPS_AT_ONCE).map(|groups| self.list_groups(&segment, groups));
        let parts = parts.collect::<std::result::Result<Vec<_>, Fault>>()?;
        let (mut hits, mut fault) = (Vec::new(), None);
        for (found, reason) in parts {
            hits.extend(found);
            fault = fault.or(reason);
        }
        Ok(Listing { segment, hits, fault })
    }

    fn list_groups(
        &self,
        segment: &Segment,
        groups: &[usize],
    ) -> std::result::Result<(Vec<Hit>, Option<String>), Fault> {
        let reader = segment.reader()?;
        let (mut hits, mut fault) = (Vec::new(), None);
        for &group in groups {
            let keys = match reader.keys(group) {
                Ok(keys) => keys,
                Err(Fault::Damaged(reason)) => {
                    fault.get_or_insert(reason);
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            for (row, key) in keys.iter() {
                if let Some(&place) = self.places.get(&key)
                    && !self.there[place]
                {
                    hits.push(Hit { segment: 0, group, row, place });
                }
            }
        }
        Ok((hits, fault))
    }

    /// Reads the first row of every key that was hit, and the next one where that is damaged.
    fn read(&mut self, segments: &[Segment], hits: Vec<Hit>) -> Result<bool> {
        let (mut calm, mut pending) = (true, hits);
        while !pending.is_empty() {
            let mut taken = vec![false; self.there.len()];
            let is_first = |hit: &Hit| !std::mem::replace(&mut taken[hit.place], true);
            let (now, later): (Vec<_>, Vec<_>) = pending.into_iter().partition(is_first);
            let groups: Vec<&[Hit]> = now.chunk_by(|a, b| (a.segment, a.group) == (b.segment, b.group)).collect();
            let outcomes: Vec<_> = groups.par_iter().map(|hits| read_group(segments, hits)).collect();
            for (hits, outcome) in groups.into_iter().zip(outcomes) {
                match outcome {
                    Ok(rows) => self.keep(hits, rows),
                    Err(fault) => calm &= self.bear(segments[hits[0].segment].path(), fault)?,
                }
            }
            pending = later.into_iter().filter(|hit| !self.there[hit.place]).collect();
        }
        Ok(calm)
    }

    fn keep(&mut self, hits: &[Hit], rows: Vec<Option<Embedded>>) {
        for (hit, row) in hits.iter().zip(rows) {
            match row {
                Some(row) => {
                    self.there[hit.place] = true;
                    self.rows[hit.place] = Some(row);
                }
                None => self.spoiled[hit.place] = true,
            }
        }
    }
}

/// Reads the rows of one group that were hit; `None` where a checksum does not agree.
fn read_group(segments: &[Segment], hits: &[Hit]) -> std::result::Result<Vec<Option<Embedded>>, Fault> {
    let Some(&Hit { segment, group, .. }) = hits.first() else { return Ok(Vec::new()) };
    let rows = segments[segment].reader()?.rows(group)?;
    let mut scratch = Vec::new();
    Ok(hits.iter().map(|hit| rows.get(hit.row)?.embedded(&mut scratch)).collect())
}
