//! The embeddings cache: vectors that were already paid for.
//!
//! A vector is found by its text and its space: the folder is named by the space's fingerprint, the key of a row is
//! the BLAKE3 digest of the text. Rows lie in segments, Parquet files that are written once and never changed
//! (`embeddings-cache/README.md` is their contract). Every row carries a checksum that is verified when it is read; a
//! damaged row is reported and treated as absent, so that its text is embedded anew. No wrong vector ever comes out.

mod description;
mod merge;
mod rows;
mod search;
mod segment;
mod space;
mod upkeep;
mod writer;

use std::path::{Path, PathBuf};

use super::{Result, atomic};
use crate::model::Space;

pub use segment::DamagedSegment;
pub use space::{Compacted, Found, LockedSpace, SpaceCache};
pub use upkeep::{PrunePolicy, Pruned, SpaceStats, SpaceVerdict};

/// The layout that this release writes; another one would lie beside it.
const LAYOUT: &str = "v1";
/// Where locks lie: outside of the spaces, so that pruning a space does not pull a lock away from who waits for it.
const LOCKS: &str = "locks";

/// The digest of a text, by which its vector is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextKey([u8; 32]);

impl TextKey {
    /// The BLAKE3 digest of the text's UTF-8 bytes.
    #[must_use]
    pub fn of(text: &str) -> Self {
        TextKey(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// The digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The whole cache: a folder with a folder for each space.
#[derive(Debug, Clone)]
pub struct Cache {
    layout: PathBuf,
}

impl Cache {
    /// Names the cache below `root` (`embeddings-cache`). Nothing is made before there is something to keep.
    #[must_use]
    pub fn open(root: &Path) -> Self {
        Cache { layout: root.join(LAYOUT) }
    }

    /// The part of the cache that holds this space's vectors.
    #[must_use]
    pub fn space(&self, space: &Space) -> SpaceCache {
        SpaceCache::new(&self.layout, space)
    }

    /// The fingerprints of all spaces that are in the cache, in order.
    fn fingerprints(&self) -> Result<Vec<String>> {
        let folders = atomic::list(&self.layout)?.into_iter().filter(|path| path.is_dir());
        let names = folders.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
        Ok(names.filter(|name| name != LOCKS).collect())
    }

    fn folder(&self, fingerprint: &str) -> PathBuf {
        self.layout.join(fingerprint)
    }

    fn lock_path(&self, fingerprint: &str) -> PathBuf {
        lock_path(&self.layout, fingerprint)
    }
}

fn lock_path(layout: &Path, fingerprint: &str) -> PathBuf {
    layout.join(LOCKS).join(format!("{fingerprint}.lock"))
}

#[cfg(test)]
mod tests;
