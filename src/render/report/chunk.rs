//! Data that lies in the page and is looked at on demand: gzip, then base64, in an element that no browser runs.
//!
//! Base64 has no `<`, so that nothing in the data can end its element; the script decodes a chunk when it is asked for.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use minijinja::Value;
use serde::Serialize;

use crate::render::RenderError;

/// A named piece of data.
#[derive(Serialize)]
pub(super) struct Chunk {
    /// What the script asks for; made here, never from data.
    name: String,
    /// Base64 of gzip of JSON.
    data: Value,
}

impl Chunk {
    /// Packs anything that can be written as JSON.
    pub(super) fn new(name: String, content: &impl Serialize) -> Result<Self, RenderError> {
        let json = serde_json::to_vec(content)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(&json).and_then(|()| encoder.finish()).map_err(serde_json::Error::io)?;
        Ok(Chunk { name, data: Value::from_safe_string(STANDARD.encode(packed)) })
    }
}
