//! Files of any format → canonical samples as one Parquet file, without a plan.

use std::path::{Path, PathBuf};

use super::reading::{Corpus, Reading, read_inputs};
use super::run::{enough_usable, write_samples};
use super::{Interrupt, PipelineError, Progress};
use crate::config::ExtractPlan;
use crate::ingest;
use crate::model::group_samples;
use crate::store::tables;

/// What is converted.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// Globs, relative to the working folder.
    pub files: Vec<String>,
    /// How they are read.
    pub source: ingest::Source,
    /// Which rules take responses apart.
    pub extract: ExtractPlan,
    /// The Parquet file to write.
    pub output: PathBuf,
    /// The share of rejected rows past which the conversion fails.
    pub max_rejects: f64,
}

/// Reads all files and writes the samples, and beside them the rejects.
///
/// # Errors
/// As for a run; with more rejects than `max_rejects` both files are written before it fails.
pub fn convert(
    conversion: &Conversion,
    progress: &dyn Progress,
    interrupt: &Interrupt,
) -> Result<Corpus, PipelineError> {
    let inputs = ingest::expand_globs(Path::new("."), &conversion.files)?;
    let source = conversion.source.clone();
    let rejects_path = conversion.output.with_extension("rejects.parquet");
    refuse_overwriting(&inputs, &[&conversion.output, &rejects_path])?;
    let corpus = read_inputs(&[Reading { source, inputs, policy: conversion.extract.policy() }], progress, interrupt)?;
    // Always written: an old list beside a new output would tell of rows that are no longer rejected.
    let rejects = tables::write_rejects_as(&rejects_path, &corpus.rejects)?;
    if !corpus.samples.is_empty() {
        let groups = group_samples(&corpus.samples);
        write_samples(&conversion.output, &corpus.samples, &groups)?;
    }
    enough_usable(&corpus, conversion.max_rejects, Some(rejects))?;
    Ok(corpus)
}

/// An output under the name of an input would destroy what was to be converted.
fn refuse_overwriting(inputs: &[ingest::Input], outputs: &[&Path]) -> Result<(), PipelineError> {
    for output in outputs {
        // What does not exist yet overwrites nothing.
        let Ok(place) = output.canonicalize() else { continue };
        if inputs.iter().any(|input| input.path.canonicalize().is_ok_and(|input| input == place)) {
            return Err(PipelineError::OverwritesInput { path: (*output).to_owned() });
        }
    }
    Ok(())
}
