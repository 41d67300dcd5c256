//! `.eval` archives: a ZIP file goes in; its samples come out by epoch, then in the order of the data set.
//!
//! A sample is one member, or a folder of members (`samples/{id}_epoch_{epoch}/sample.json` and chunks beside it), and an archive
//! may hold both. Of a folder only the sample itself, its metadata and the attachments that its texts point to are read. A
//! log without `header.json` is still being written, or its run was killed: it is read as far as it goes.
//! `summaries.json` tells which samples there ought to be; texts never come from there, for the tool shortens them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::ControlFlow;

use rayon::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::READER;
use super::attachments::{Attachments, Chunks};
use super::sample::{self, Run, shown};
use crate::ingest::archive::{Archive, Member};
use crate::ingest::error::IngestError;
use crate::ingest::object::Object;
use crate::ingest::shape::Frame;
use crate::ingest::sheet::{Folio, Sheet};
use crate::ingest::stream::Stream;
use crate::ingest::{Confidence, Head, Input, Job, Out, Row, json, reject, tool};

const HEADER: &str = "header.json";
const START: &str = "_journal/start.json";
const SUMMARIES: &str = "summaries.json";

/// Unpacked bytes of samples that are decoded together: enough for all threads, little enough to hold.
const BATCH_BYTES: u64 = 16 << 20;

/// Samples that are decoded together, at most: of an empty one a row is made like of any other.
const BATCH_SAMPLES: usize = 1 << 12;

/// Names that a message lists.
const LISTED: usize = 3;

/// Any archive is looked into, since only its names tell what it is.
pub(super) fn detect(head: &Head<'_>) -> Confidence {
    if head.shape.frame != Frame::Zip {
        return Confidence::No;
    }
    let name = |at: usize| {
        let length = head.bytes.get(at + 26..at + 28)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        std::str::from_utf8(head.bytes.get(at + 30..at + 30 + length)?).ok()
    };
    let mut starts = memchr::memmem::find_iter(head.bytes, b"PK\x03\x04");
    let is_log = starts.any(|at| name(at).is_some_and(is_of_log));
    if is_log { Confidence::Sure } else { Confidence::Possible }
}

fn is_of_log(name: &str) -> bool {
    name == HEADER || name == START || Part::of(name).is_some()
}

pub(super) fn read(job: Job<'_, '_>) -> Result<(), IngestError> {
    let Job { input, stream, folio, out } = job;
    let archive = open(input, stream)?;
    if folio.mapping.finds_rows() {
        let problem = "the samples of an inspect_ai archive are its rows\nhint: leave it out".to_owned();
        return Err(IngestError::Mapping { key: "rows".to_owned(), problem });
    }
    let run = run_of(&archive).map_err(|problem| broken(input, problem))?;
    let log = Log::new(&archive, run, folio);
    let mut rest = log.samples.as_slice();
    let mut number = 1;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(batch(rest));
        let decode = |(at, sample): (usize, &Listed<'_>)| log.decode(sample, number + at as u64);
        let rows: Vec<Vec<Row>> = batch.par_iter().enumerate().map(decode).collect();
        for rows in rows {
            if rows.into_iter().try_for_each(|row| out.push(row)).is_break() {
                return Ok(());
            }
        }
        number += batch.len() as u64;
        rest = later;
    }
    // Whether anybody wants more after the last sample makes no difference.
    let _ = log.missing(number, out);
    Ok(())
}

fn broken(input: &Input, problem: String) -> IngestError {
    IngestError::Archive { file: input.name.to_string(), problem }
}

/// Opens a file that is an archive and holds a log.
fn open(input: &Input, stream: &Stream) -> Result<Archive, IngestError> {
    let needs =
        |got, hint| IngestError::NeedsPlainFile { file: input.name.to_string(), format: READER.name, got, hint };
    if let Some(compression) = stream.compression() {
        return Err(needs(compression, "its members are compressed already; unpack the file first"));
    }
    if input.is_stdin() {
        return Err(needs("standard input", "an archive is read from its end; write it to a file first"));
    }
    let file = File::open(&input.path).map_err(|cause| IngestError::Open { file: input.name.to_string(), cause })?;
    let archive = Archive::open(file).map_err(|problem| broken(input, problem))?;
    let names = || archive.members().iter().map(|member| member.name.as_str());
    if names().any(is_of_log) {
        return Ok(archive);
    }
    if names().any(is_pickle) {
        return Err(IngestError::Pickle { file: input.name.to_string() });
    }
    let listed: Vec<String> = names().take(LISTED).map(|name| format!("`{name}`")).collect();
    let found = if listed.is_empty() { "nothing".to_owned() } else { listed.join(", ") };
    Err(broken(input, format!("expected a log of inspect_ai, found {found} in it")))
}

/// Archives of `PyTorch` hold `data.pkl`.
fn is_pickle(name: &str) -> bool {
    [".pkl", ".pickle"].iter().any(|extension| name.ends_with(extension))
}

/// What the log says of its run: in the header, or where it began as long as there is none.
fn run_of(archive: &Archive) -> Result<Run, String> {
    let mut run = Run::default();
    let Some(member) = archive.member(HEADER).or_else(|| archive.member(START)) else { return Ok(run) };
    let text = text_of(archive, member)?;
    tool::parsed(&text, |_, header| run = header.object("eval").map(|eval| Run::of(&eval)).unwrap_or_default())
        .map_err(|reason| format!("`{}`: {reason}", member.name))?;
    Ok(run)
}

/// A member as text.
fn text_of(archive: &Archive, member: &Member) -> Result<String, String> {
    let named = |words: String| format!("`{}` {words}", member.name);
    let bytes = archive.read(member).map_err(named)?;
    String::from_utf8(bytes)
        .map_err(|cause| named(format!("is no UTF-8, from byte {} on", cause.utf8_error().valid_up_to() + 1)))
}

/// What the name of a member says.
struct Part<'n> {
    id: &'n str,
    epoch: u64,
    in_chunks: bool,
}

impl<'n> Part<'n> {
    /// The sample that a member is; none for any other member. Ids may hold anything, slashes too.
    fn of(name: &'n str) -> Option<Self> {
        let rest = name.strip_prefix("samples/")?.strip_suffix(".json")?;
        let (stem, in_chunks) = rest.strip_suffix("/sample").map_or((rest, false), |stem| (stem, true));
        let (id, epoch) = stem.rsplit_once("_epoch_")?;
        Some(Part { id, epoch: epoch.parse().ok()?, in_chunks })
    }

    /// The name that the sample has where it is one member.
    fn whole(&self) -> String {
        format!("samples/{}_epoch_{}.json", self.id, self.epoch)
    }
}

/// A sample, with the member that it is or that leads to its chunks.
struct Listed<'a> {
    part: Part<'a>,
    member: &'a Member,
}

/// The samples of an archive.
struct Log<'a> {
    archive: &'a Archive,
    run: Run,
    folio: &'a Folio<'a>,
    samples: Vec<Listed<'a>>,
    /// Folder of a sample → where its chunks of attachments begin.
    attachments: BTreeMap<&'a str, BTreeSet<u64>>,
}

impl<'a> Log<'a> {
    fn new(archive: &'a Archive, run: Run, folio: &'a Folio<'a>) -> Self {
        let mut samples: Vec<Listed<'_>> = Vec::new();
        let mut attachments: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for member in archive.members() {
            if let Some(part) = Part::of(&member.name) {
                // The tool, too, takes the whole sample where there are both.
                if !part.in_chunks || archive.member(&part.whole()).is_none() {
                    samples.push(Listed { part, member });
                }
            } else if let Some((folder, start)) = member.name.rsplit_once("/attachments/")
                && let Some(start) = start.strip_suffix(".json").and_then(|start| start.parse().ok())
            {
                attachments.entry(folder).or_default().insert(start);
            }
        }
        // Samples that the data set does not name keep the order of the directory.
        samples.sort_by_key(|Listed { part, .. }| (part.epoch, run.position(part.id)));
        Log { archive, run, folio, samples, attachments }
    }

    /// Makes a row of a sample.
    fn decode(&self, listed: &Listed<'_>, number: u64) -> Vec<Row> {
        let mut sheet = Sheet::new(self.folio, number);
        let outcome = if listed.part.in_chunks {
            self.add_chunked(listed, &mut sheet)
        } else {
            self.add_whole(listed, &mut sheet)
        };
        if let Err(reason) = outcome {
            sheet.refuse(reason);
        }
        sheet.into_rows()
    }

    fn add_whole(&self, listed: &Listed<'_>, sheet: &mut Sheet<'_>) -> Result<(), String> {
        let text = text_of(self.archive, listed.member)?;
        tool::parsed(&text, |_, object| {
            let attachments = Attachments::of_map(object.get("attachments"));
            sample::add(&object, &self.run.known, &attachments, sheet);
        })
        .map_err(|reason| format!("`{}`: {reason}", listed.member.name))
    }

    fn add_chunked(&self, listed: &Listed<'_>, sheet: &mut Sheet<'_>) -> Result<(), String> {
        let text = text_of(self.archive, listed.member)?;
        let folder = listed.member.name.strip_suffix("/sample.json").unwrap_or_default();
        let metadata = match self.archive.member(&format!("{folder}/metadata.json")) {
            Some(member) => Some(value_of(&text_of(self.archive, member)?, &member.name)?),
            None => None,
        };
        let chunks = Sequence { log: self, folder };
        tool::parsed(&text, |_, object| {
            // It lives no longer than what is added to it.
            let mut object: Object<'_> = object;
            if let Some(metadata) = &metadata {
                object.add("metadata".into(), metadata.get());
            }
            sample::add(&object, &self.run.known, &Attachments::of_chunks(&chunks), sheet);
        })
        .map_err(|reason| format!("`{}`: {reason}", listed.member.name))
    }

    /// Tells of the samples that the summaries know and the archive does not hold, one by one: there may be millions.
    fn missing(&self, number: u64, out: &mut Out<'_>) -> ControlFlow<()> {
        let Some(member) = self.archive.member(SUMMARIES) else { return ControlFlow::Continue(()) };
        let mut refuse = |number, reason| out.push(Row::Reject(reject(&self.folio.name, number, reason)));
        match text_of(self.archive, member).and_then(|text| summarized(&text)) {
            Ok(named) => {
                let held: BTreeSet<(&str, u64)> =
                    self.samples.iter().map(|Listed { part, .. }| (part.id, part.epoch)).collect();
                let missing = named.iter().filter(|(id, epoch)| !held.contains(&(id.as_str(), *epoch)));
                missing.zip(number..).try_for_each(|((id, epoch), number)| {
                    refuse(number, format!("the log tells of sample `{id}`, epoch {epoch}, but does not hold it"))
                })
            }
            Err(reason) => refuse(number, format!("which samples are missing cannot be told: {reason}")),
        }
    }
}

/// How many of these samples are decoded together.
fn batch(samples: &[Listed<'_>]) -> usize {
    let mut bytes = 0_u64;
    let fits = |listed: &&Listed<'_>| {
        bytes = bytes.saturating_add(listed.member.size);
        bytes <= BATCH_BYTES
    };
    samples.iter().take_while(fits).count().clamp(1, BATCH_SAMPLES)
}

/// The samples that a list of summaries names.
fn summarized(text: &str) -> Result<Vec<(String, u64)>, String> {
    #[derive(Deserialize)]
    struct Summary<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
        epoch: u64,
    }
    fn named(text: &str) -> Result<Vec<(String, u64)>, serde_json::Error> {
        let summaries: Vec<Summary<'_>> = serde_json::from_str(text)?;
        let named = |summary: Summary<'_>| Some((shown(json::cell(summary.id.get()))?, summary.epoch));
        Ok(summaries.into_iter().filter_map(named).collect())
    }
    let mended = |cause| json::without_bare_words(text).map_or(Err(cause), |text| named(&text));
    named(text).or_else(mended).map_err(|cause| format!("`{SUMMARIES}` is damaged: {cause}"))
}

/// A text that has to be one JSON value.
fn value_of(text: &str, name: &str) -> Result<Box<RawValue>, String> {
    let mended = json::without_bare_words(text);
    serde_json::from_str(mended.as_deref().unwrap_or(text)).map_err(|cause| format!("`{name}` is damaged: {cause}"))
}

/// The attachments of a sample in chunks.
struct Sequence<'a> {
    log: &'a Log<'a>,
    folder: &'a str,
}

impl Chunks for Sequence<'_> {
    fn start(&self, index: u64) -> Option<u64> {
        self.log.attachments.get(self.folder)?.range(..=index).next_back().copied()
    }

    fn chunk(&self, start: u64) -> Result<String, String> {
        let name = format!("{}/attachments/{start}.json", self.folder);
        match self.log.archive.member(&name) {
            Some(member) => text_of(self.log.archive, member),
            None => Err(format!("`{name}` is missing")),
        }
    }
}
