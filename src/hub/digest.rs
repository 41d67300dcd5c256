//! What a file's content must come to. The hub names a large file by the SHA-256 of its content, a small one as git does.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

use super::name::is_hex;

/// How much of a file is read at a time.
const BLOCK: usize = 1 << 20;

/// A promised digest. Its text is also the name of the file in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Digest {
    /// Of a file in git's large file storage.
    Sha256(String),
    /// Of a file that is in the repository itself: SHA-1 over git's header and the content.
    GitBlob(String),
}

impl Digest {
    /// The digest that a file of the cache is named after, where it is one.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.len() {
            64 if is_hex(name) => Some(Digest::Sha256(name.to_owned())),
            40 if is_hex(name) => Some(Digest::GitBlob(name.to_owned())),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Digest::Sha256(text) | Digest::GitBlob(text) => text,
        }
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Digest::Sha256(_) => "SHA-256",
            Digest::GitBlob(_) => "git blob SHA-1",
        }
    }

    /// Begins to digest `size` bytes.
    pub(super) fn begin(&self, size: u64) -> Digesting {
        match self {
            Digest::Sha256(_) => Digesting(Context::new(&SHA256)),
            Digest::GitBlob(_) => {
                // Git's own names have no other algorithm; no promise of security rests on it here.
                let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
                context.update(format!("blob {size}\0").as_bytes());
                Digesting(context)
            }
        }
    }

    /// The digest of a file, by this one's algorithm.
    pub(super) fn of_file(&self, path: &Path) -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut digesting = self.begin(file.metadata()?.len());
        digesting.read(&mut file)?;
        Ok(digesting.finish())
    }
}

/// A digest in the making.
#[derive(Clone)]
pub(super) struct Digesting(Context);

impl Digesting {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// All that is left of a reader.
    pub(super) fn read(&mut self, reader: &mut impl Read) -> io::Result<()> {
        let mut block = vec![0; BLOCK];
        loop {
            match reader.read(&mut block)? {
                0 => return Ok(()),
                n => self.0.update(&block[..n]),
            }
        }
    }

    pub(super) fn finish(self) -> String {
        self.0.finish().as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}
