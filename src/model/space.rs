//! What vectors were measured on, and the vectors.

use std::sync::Arc;

use ndarray::Array2;

/// An embedder with everything that can change a vector: no vector without its space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// The embedder's name in the plan; the column `cosine:NAME`.
    pub name: Arc<str>,
    /// Length of a vector.
    pub dimension: usize,
    /// Name and value of everything that changes a vector (model digest, precision, pooling, prefix, window,
    /// long-text policy, normalization, engine, …), in a fixed order.
    pub traits: Vec<(String, String)>,
    /// Hex digest of `traits` and `dimension`; the name is not part of it.
    pub fingerprint: String,
}

impl Space {
    /// Makes a space and takes its fingerprint.
    #[must_use]
    pub fn new(name: &str, dimension: usize, traits: Vec<(String, String)>) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("dimension={dimension}\n").as_bytes());
        for (key, value) in &traits {
            // Length prefixes keep ("ab","c") and ("a","bc") apart.
            hasher.update(format!("{}:{key}={}:{value}\n", key.len(), value.len()).as_bytes());
        }
        let fingerprint = hasher.finalize().to_hex().as_str()[..32].to_owned();
        Space { name: Arc::from(name), dimension, traits, fingerprint }
    }
}

/// What an embedder gives back for one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// L2-normalized.
    pub vector: Vec<f32>,
    /// Tokens of the whole text, without special tokens.
    pub tokens_total: u32,
    /// How many of them the vector has seen; fewer only when the long-text policy cuts.
    pub tokens_seen: u32,
    /// Windows that the text was embedded in.
    pub chunks: u32,
}

/// The vectors of a run in one space: a row for each different text, a pointer for each sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// What they were measured on.
    pub space: Space,
    /// Unique texts × dimension, rows L2-normalized.
    pub matrix: Array2<f32>,
    /// For each row: `tokens_total`, `tokens_seen`, `chunks`.
    pub counts: Vec<(u32, u32, u32)>,
    /// For each sample of the run its row, or null when it has no text to embed.
    pub row_of: Vec<Option<u32>>,
}

impl Vectors {
    /// The vector of a sample.
    #[must_use]
    pub fn of(&self, sample: usize) -> Option<&[f32]> {
        let row = (*self.row_of.get(sample)?)? as usize;
        let dimension = self.matrix.ncols();
        self.matrix.as_slice()?.get(row * dimension..(row + 1) * dimension)
    }
}
