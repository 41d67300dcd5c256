//! All requests of one piece of work: so many in flight, again when the server is busy, split when it refuses.
//!
//! What was answered is handed on before the next request is sent, and is never asked for again.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::super::chunk::{Degenerate, mean_of_chunks, normalize};
use super::super::{Budget, EmbedError, Finished, ServerFault, TextError};
use super::client::{Fault, Line, server};
use super::pace::{Metronome, PATIENCE, waits};
use super::pack::{Batch, Piece, Room};
use super::setup::Setup;
use super::wire::{Answer, Numbers, Wire};
use crate::model::Embedded;

/// How often whoever waits is given a chance to say stop.
const LOOK_UP: Duration = Duration::from_millis(100);
/// How long an answer that is on its way is waited for after a stop: it has been paid for.
const GRACE: Duration = Duration::from_secs(10);
/// So many texts refused one by one and alike, before any was taken, raise the suspicion that it is not the texts.
const ENOUGH_REFUSED: usize = 3;
/// So many texts from the other end of the work decide.
const PROBES: usize = 2;
/// And so many in a row later on.
const ENOUGH_REFUSED_LATER: usize = 32;
/// A server that was never reached is tried so often: it is rather not there than busy.
const NEVER_REACHED: usize = 2;
/// A server that names less than this names nothing.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// Waits from here on are told.
const WORTH_TELLING: Duration = Duration::from_secs(5);

/// What to do about vectors that belong to no text.
const MIXED_UP: &str = "run the same command again; if it stays so, `inputs_per_request = 1` leaves nothing to mix up, and the server's maker should know";

/// A vector of length one, or why there is none.
pub(super) type Vector = Result<Vec<f32>, TextError>;

/// A text whose pieces are not all answered yet.
pub(super) struct Open {
    /// For each piece its tokens, and its vector once it is there.
    pub pieces: Vec<(usize, Option<Vector>)>,
    /// Of the whole text.
    pub tokens_total: u32,
    /// Of its pieces together.
    pub tokens_seen: u32,
}

/// Work that is under way.
pub(super) struct Drive<'a> {
    pub wire: &'static Wire,
    pub setup: &'a Setup,
    pub texts: &'a [&'a str],
    pub prefix: &'a str,
    pub line: Line,
    pub room: Room,
    pub budget: &'a Budget,
    pub note: &'a dyn Fn(&str),
    pub open: BTreeMap<usize, Open>,
}

/// What came back for a request.
struct Landed {
    batch: Batch,
    /// Set aside for the last attempt.
    reserved: f64,
    outcome: Result<Answer, Fault>,
}

/// What has been learned on the way.
#[derive(Default)]
struct Record {
    /// Whether any request was answered with vectors.
    answered: bool,
    /// What was said of single pieces that were refused since.
    refused: Vec<String>,
    /// Why no more is asked.
    stopped: Option<Result<(), EmbedError>>,
    stopped_at: Option<Instant>,
}

impl Record {
    fn stop(&mut self, why: Result<(), EmbedError>, patience: &Cell<bool>) {
        patience.set(false);
        self.stopped_at.get_or_insert_with(Instant::now);
        // The first reason counts: what follows from it says less.
        self.stopped.get_or_insert(why);
    }
}

impl Drive<'_> {
    /// Asks for everything; what is finished goes to `done` as it comes.
    pub(super) async fn run(
        mut self,
        batches: Vec<Batch>,
        done: &mut dyn FnMut(Finished) -> ControlFlow<()>,
    ) -> Result<(), EmbedError> {
        let metronome = Metronome::new(&self.setup.pace, largest(&batches, self.room));
        let mut open = std::mem::take(&mut self.open);
        let mut queue: VecDeque<Batch> = batches.into();
        let mut record = Record::default();
        // Lowered when the work has to end: nobody tries again then.
        let patience = Cell::new(true);
        let mut flying = FuturesUnordered::new();
        loop {
            while record.stopped.is_none()
                && flying.len() < self.setup.pace.concurrency
                && let Some(batch) = queue.pop_front()
            {
                match self.reserve(&batch) {
                    Ok(reserved) => flying.push(self.send(batch, reserved, &metronome, &patience)),
                    Err(error) => record.stop(Err(error), &patience),
                }
            }
            if flying.is_empty() || record.stopped_at.is_some_and(|since| since.elapsed() > GRACE) {
                return record.stopped.unwrap_or(Ok(()));
            }
            let Ok(landed) = tokio::time::timeout(LOOK_UP, flying.next()).await else {
                if done(Vec::new()).is_break() {
                    record.stop(Ok(()), &patience);
                }
                continue;
            };
            let Some(landed) = landed else { continue };
            let finished = match self.take(landed, (&mut queue, &mut open), &mut record) {
                Ok(finished) => finished,
                Err(error) => {
                    record.stop(Err(error), &patience);
                    continue;
                }
            };
            if !finished.is_empty() && done(finished).is_break() {
                record.stop(Ok(()), &patience);
            }
        }
    }

    fn tokens(&self, batch: &Batch) -> usize {
        batch.iter().map(|piece| piece.tokens + self.room.added).sum()
    }

    fn reserve(&self, batch: &Batch) -> Result<f64, EmbedError> {
        let cost = self.setup.cost(self.tokens(batch) as u64);
        self.budget.reserve(cost)?;
        Ok(cost)
    }

    /// One request, as often as it takes.
    async fn send(&self, batch: Batch, reserved: f64, metronome: &Metronome, patience: &Cell<bool>) -> Landed {
        let started = Instant::now();
        let inputs: Vec<String> = batch
            .iter()
            .map(|piece| format!("{}{}", self.prefix, &self.texts[piece.text][piece.bytes.clone()]))
            .collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let body = (self.wire.body)(self.setup, &inputs).to_string().into_bytes();
        let mut pauses = waits(self.setup.pace.max_attempts);
        let mut attempts = 0;
        // What is set aside for the attempt at hand. An attempt whose answer was lost on its way stays on the bill.
        let mut held = reserved;
        let outcome = loop {
            if !metronome.wait_with(patience, batch.len(), self.tokens(&batch)).await {
                break Err(Fault::Busy { problem: "stopped".to_owned(), after: None, billed: false });
            }
            if held < reserved {
                if let Err(error) = self.budget.reserve(reserved) {
                    break Err(Fault::Fatal(error));
                }
                held = reserved;
            }
            attempts += 1;
            let (problem, after) = match self.line.ask(body.clone()).await {
                Err(Fault::Busy { problem, after, billed }) => {
                    held = if billed { 0.0 } else { held };
                    (problem, after)
                }
                other => break other,
            };
            if attempts >= NEVER_REACHED && !self.line.was_reached() {
                break Err(Fault::Fatal(self.not_there(&problem)));
            }
            let wait = match (pauses.next(), after) {
                (Some(_), Some(named)) if named > PATIENCE => {
                    break Err(Fault::Fatal(self.done_for_today(&problem, named)));
                }
                // A wait of nothing is no answer: clocks go wrong, and servers are careless.
                (Some(wait), named) => named.filter(|named| *named >= SHORTEST_WAIT).unwrap_or(wait),
                (None, _) => break Err(Fault::Fatal(self.gave_up(&problem, attempts, started.elapsed()))),
            };
            if wait >= WORTH_TELLING {
                (self.note)(&format!("`{}`: {problem}; asking again in {}", self.wire.provider, in_words(wait)));
            }
            metronome.pause(wait);
        };
        Landed { batch, reserved: held, outcome }
    }

    fn not_there(&self, problem: &str) -> EmbedError {
        let way_out = "check that the server is running and that `base_url` says where".to_owned();
        server(self.wire, ServerFault::Unavailable, problem.to_owned(), Some(way_out))
    }

    fn gave_up(&self, problem: &str, attempts: usize, spent: Duration) -> EmbedError {
        let times = if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
        let problem = format!("{problem}; gave up after {times} in {}", in_words(spent));
        let way_out = "run the same command later; `requests_per_minute`, `tokens_per_minute` and `concurrency` slow it down, `max_attempts` makes it more patient";
        server(self.wire, ServerFault::Unavailable, problem, Some(way_out.to_owned()))
    }

    fn done_for_today(&self, problem: &str, named: Duration) -> EmbedError {
        let problem = format!("{problem}; the server asks to wait for {}", in_words(named));
        server(self.wire, ServerFault::Quota, problem, Some("run the same command after that time".to_owned()))
    }

    /// Files what came back: vectors, or smaller requests, or the reason to stop.
    fn take(
        &self,
        landed: Landed,
        (queue, open): (&mut VecDeque<Batch>, &mut BTreeMap<usize, Open>),
        record: &mut Record,
    ) -> Result<Finished, EmbedError> {
        let Landed { batch, reserved, outcome } = landed;
        match outcome {
            Ok(answer) => {
                let billed = answer.billed_tokens.map_or(reserved, |tokens| self.setup.cost(tokens));
                self.budget.settle(reserved, billed);
                let vectors = self.place(answer, batch.len())?;
                record.answered = true;
                record.refused.clear();
                Ok(collect(batch.into_iter().zip(vectors), open))
            }
            Err(fault) => {
                self.budget.settle(reserved, 0.0);
                match fault {
                    Fault::Fatal(error) => Err(error),
                    // Only after a stop, whose reason is known already.
                    Fault::Busy { .. } => Ok(Vec::new()),
                    Fault::Refused { problem } => self.split(batch, problem, (queue, open), record),
                }
            }
        }
    }

    /// A request that is refused holds an input that is not taken: halves show which.
    fn split(
        &self,
        mut batch: Batch,
        problem: String,
        (queue, open): (&mut VecDeque<Batch>, &mut BTreeMap<usize, Open>),
        record: &mut Record,
    ) -> Result<Finished, EmbedError> {
        if batch.len() > 1 {
            let back = batch.split_off(batch.len() / 2);
            queue.push_front(back);
            queue.push_front(batch);
            return Ok(Vec::new());
        }
        record.refused.push(problem.clone());
        let n_refused = record.refused.len();
        if !record.answered && (ENOUGH_REFUSED..ENOUGH_REFUSED + PROBES).contains(&n_refused) {
            probe(queue);
        }
        let enough = if record.answered { ENOUGH_REFUSED_LATER } else { ENOUGH_REFUSED + PROBES };
        if n_refused >= enough && record.refused.iter().all(|said| *said == problem) {
            let way_out = "every text is refused alike, so that it is not the texts: check `model`, `dimensions`, `task` and `window`";
            return Err(server(self.wire, ServerFault::Request, problem, Some(way_out.to_owned())));
        }
        let refused = Err(TextError::Refused { problem });
        Ok(collect(batch.into_iter().map(|piece| (piece, refused.clone())), open))
    }

    /// Puts an answer's vectors in the order of the inputs, each checked and normalized.
    fn place(&self, answer: Answer, n: usize) -> Result<Vec<Vector>, EmbedError> {
        let wrong = |problem: String, way_out: Option<String>| {
            let way_out = way_out.unwrap_or_else(|| MIXED_UP.to_owned());
            server(self.wire, ServerFault::Answer, problem, Some(way_out))
        };
        let got = answer.vectors.len();
        if got != n {
            return Err(wrong(format!("expected {n} vectors, one for each input, got {got}"), None));
        }
        let mut placed: Vec<Option<Vector>> = vec![None; n];
        for (position, (index, numbers)) in answer.vectors.into_iter().enumerate() {
            if numbers.len() != self.setup.dimension {
                let problem = format!("expected vectors of {} numbers, got {}", self.setup.dimension, numbers.len());
                let way_out = format!("if that is the model's length, say `dimensions = {}`", numbers.len());
                return Err(wrong(problem, Some(way_out)));
            }
            let index = index.unwrap_or(position);
            match placed.get_mut(index) {
                Some(place @ None) => *place = Some(unit(&numbers)),
                Some(Some(_)) => {
                    return Err(wrong(format!("expected one vector for each input, got two for input {index}"), None));
                }
                None => return Err(wrong(format!("expected vectors for {n} inputs, got one for input {index}"), None)),
            }
        }
        Ok(placed.into_iter().flatten().collect())
    }
}

/// Files vectors and gives back the texts that are complete with them.
fn collect(pieces: impl Iterator<Item = (Piece, Vector)>, open: &mut BTreeMap<usize, Open>) -> Finished {
    let mut finished = Vec::new();
    for (piece, vector) in pieces {
        let Some(text) = open.get_mut(&piece.text) else { continue };
        if let Some((_, place)) = text.pieces.get_mut(piece.chunk) {
            *place = Some(vector);
        }
        if text.pieces.iter().all(|(_, vector)| vector.is_some())
            && let Some(text) = open.remove(&piece.text)
        {
            finished.push((piece.text, text.finish()));
        }
    }
    finished
}

impl Open {
    /// The text's vector, once all of its pieces have theirs.
    pub(super) fn finish(self) -> Result<Embedded, TextError> {
        let chunks = u32::try_from(self.pieces.len()).unwrap_or(u32::MAX);
        let mut parts = Vec::with_capacity(self.pieces.len());
        for (tokens, vector) in self.pieces {
            if let Some(vector) = vector {
                parts.push((vector?, tokens));
            }
        }
        let vector = mean_of_chunks(parts).map_err(degenerate)?;
        Ok(Embedded { vector, tokens_total: self.tokens_total, tokens_seen: self.tokens_seen, chunks })
    }
}

/// A server's vector at length one, or why it is none.
pub(super) fn unit(numbers: &Numbers) -> Vector {
    let numbers: Option<Vec<f64>> = numbers.iter().map(|number| number.map(f64::from)).collect();
    normalize(&numbers.ok_or(TextError::ServerNotFinite)?).map_err(degenerate)
}

fn degenerate(problem: Degenerate) -> TextError {
    match problem {
        Degenerate::NotFinite => TextError::ServerNotFinite,
        Degenerate::Zero => TextError::ServerZeroVector,
    }
}

/// Inputs and tokens of the largest request.
fn largest(batches: &[Batch], room: Room) -> (usize, usize) {
    let tokens = |batch: &Batch| batch.iter().map(|piece| piece.tokens + room.added).sum();
    (batches.iter().map(Vec::len).max().unwrap_or(1), batches.iter().map(tokens).max().unwrap_or(1))
}

/// Puts the last text of all in front: bad texts stand together, a bad plan is everywhere.
fn probe(queue: &mut VecDeque<Batch>) {
    let Some(mut last) = queue.pop_back() else { return };
    let piece = last.split_off(last.len() - 1);
    if !last.is_empty() {
        queue.push_back(last);
    }
    queue.push_front(piece);
}

/// `3h20m`, `4m10s`, `37s`, `0.8s`.
fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 3600.. => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds => format!("{}m{:02}s", seconds / 60, seconds % 60),
    }
}
