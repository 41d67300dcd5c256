//! THE DISK: the one room that writes files.
//!
//! Nouns come in and files come out, and the other way round: atomic files, the tables of a run with their schema
//! versions, the embeddings cache, and the folder of a run. Nothing here computes a number that someone reads, and
//! nothing outside knows how a noun looks as a file.
//!
//! Whatever appears under its own name is complete: files are written under a temporary name beside their place,
//! brought to the disk, and renamed. A run that is killed leaves nothing but `.tmp-*` files, which the next one sweeps.

pub mod atomic;
pub mod cache;
mod error;
pub mod frames;
pub mod lines;
pub mod run;
pub mod tables;

pub use error::StoreError;

/// What this room's functions give back.
pub type Result<T> = std::result::Result<T, StoreError>;

#[cfg(test)]
mod tests;
