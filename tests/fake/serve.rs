//! A connection: request after request, each recorded, judged, answered or spoiled.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::errors::Refusal;
use super::faults::{Fault, fault_of};
use super::http::{self, Answer, Received};
use super::ledger::Asked;
use super::protocol::{Ask, Limits, Row};
use super::vectors::vector;
use super::{Shared, locked};

/// Serves until the caller hangs up or an answer is spoiled so that nothing can follow it.
pub(super) fn connection(mut stream: TcpStream, connection: usize, shared: &Shared) {
    let mut left = Vec::new();
    while let Ok(Some(request)) = http::read(&mut stream, &mut left) {
        let n = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        let more = serve(&mut stream, connection, &request, shared, n);
        shared.in_flight.fetch_sub(1, Ordering::SeqCst);
        if !more.unwrap_or(false) {
            drop(stream.shutdown(std::net::Shutdown::Both));
            return;
        }
    }
}

/// How an answer goes out.
enum Delivery {
    Plain,
    Drip { bytes: usize, pause: Duration },
    CutInside,
    CutBefore,
    Hang,
}

/// Answers one request; whether another may follow.
fn serve(stream: &mut TcpStream, from: usize, request: &Received, shared: &Shared, waiting: usize) -> io::Result<bool> {
    let protocol = shared.setup.protocol;
    let parsed = protocol.ask(request);
    let ask = parsed.clone().unwrap_or_default();
    let number = record(shared, from, request, &ask, waiting);
    let fault = fault_of(&locked(&shared.rules), number, &ask.inputs);
    if !shared.setup.latency.is_zero() {
        thread::sleep(shared.setup.latency);
    }
    let judged = parsed.and_then(|ask| judge(shared, request, &ask, fault.as_ref()));
    let (answer, paid) = match judged {
        Ok(answer) => answer,
        Err(refusal) => (refusal.answer(protocol), false),
    };
    let delivery = match &fault {
        Some(Fault::CutBefore) => Delivery::CutBefore,
        Some(Fault::CutInside) => Delivery::CutInside,
        Some(Fault::Hang) => Delivery::Hang,
        Some(Fault::Drip { bytes, pause }) => Delivery::Drip { bytes: *bytes, pause: *pause },
        _ => Delivery::Plain,
    };
    let silent = matches!(delivery, Delivery::CutBefore | Delivery::Hang);
    note(shared, number, |asked| {
        asked.paid = paid;
        asked.status = (!silent).then_some(answer.status);
    });
    let whole = deliver(stream, &answer, &delivery);
    let right = paid && fault.as_ref().is_none_or(Fault::is_harmless);
    note(shared, number, |asked| {
        asked.answered = right && matches!(whole, Ok(true));
        asked.finished = Some(Instant::now());
    });
    whole
}

fn record(shared: &Shared, connection: usize, request: &Received, ask: &Ask, waiting: usize) -> usize {
    let mut ledger = locked(&shared.ledger);
    ledger.peak = ledger.peak.max(waiting);
    ledger.requests.push(Asked {
        connection,
        path: request.path.clone(),
        headers: request.headers.clone(),
        model: ask.model.clone(),
        inputs: ask.inputs.clone(),
        dimension: ask.dimension,
        task: ask.task.clone(),
        tokens: 0,
        status: None,
        paid: false,
        answered: false,
        arrived: Instant::now(),
        finished: None,
    });
    let number = ledger.requests.len() - 1;
    drop(ledger);
    // Counting takes a while the first time, and must not change the order of arrival.
    let tokens = ask.inputs.iter().map(|input| shared.setup.protocol.tokens(input)).sum();
    note(shared, number, |asked| asked.tokens = tokens);
    number
}

/// Writes into the ledger; a ledger that was emptied meanwhile does not have the request any more.
fn note(shared: &Shared, number: usize, write: impl FnOnce(&mut Asked)) {
    if let Some(asked) = locked(&shared.ledger).requests.get_mut(number) {
        write(asked);
    }
}

/// The answer to a request, and whether vectors were computed for it.
fn judge(shared: &Shared, request: &Received, ask: &Ask, fault: Option<&Fault>) -> Result<(Answer, bool), Refusal> {
    let protocol = shared.setup.protocol;
    if let Some(answer) = fault.and_then(|fault| instead(shared, request, fault).transpose()) {
        return Ok((answer?, false));
    }
    if shared.setup.wants_key {
        protocol.key(request)?;
    }
    protocol.route(request, ask)?;
    let limits = protocol.limits(&shared.setup, &ask.model);
    let n_tokens = measure(shared, ask, limits)?;
    let dimension = protocol.dimension(&shared.setup, ask)?;
    let mut rows: Vec<Row> = ask
        .inputs
        .iter()
        .enumerate()
        .map(|(index, text)| Row { index, vector: vector(&ask.model, text, dimension), odd: None })
        .collect();
    spoil(&mut rows, fault);
    Ok((Answer::json(200, protocol.answer(ask, &rows, n_tokens)), true))
}

/// What is answered in the place of vectors.
fn instead(shared: &Shared, request: &Received, fault: &Fault) -> Result<Option<Answer>, Refusal> {
    let key = || request.headers.iter().find(|(name, _)| name == "authorization" || name == "x-goog-api-key");
    Ok(Some(match fault {
        Fault::Busy(after) => return Err(Refusal::Busy(*after)),
        Fault::Quota => return Err(Refusal::Quota),
        Fault::Broken(status, after) => return Err(Refusal::Broken(*status, *after)),
        Fault::Refused => return Err(Refusal::Input("the input cannot be processed".to_owned())),
        Fault::ExpiredKey => return Err(Refusal::Expired),
        Fault::EchoedKey => return Err(Refusal::EchoedKey(key().map_or(String::new(), |(_, value)| value.clone()))),
        Fault::Forbidden => return Err(Refusal::Forbidden),
        Fault::UnknownModel => return Err(Refusal::Model("gone".to_owned())),
        Fault::TooLarge => Answer::html(413),
        Fault::Html(status) => Answer::html(*status),
        Fault::Redirect(status, to) => {
            let to = if to.starts_with('/') { format!("http://{}{to}", host(request)) } else { to.clone() };
            let mut answer = Answer::html(*status);
            answer.headers.push(("location", format!("{to}{}", request.path)));
            answer
        }
        Fault::NotJson => Answer::json(200, "<!doctype html><p>Welcome! Please sign in.</p>".to_owned()),
        Fault::OtherJson => Answer::json(200, r#"{"status": "ok"}"#.to_owned()),
        Fault::Hang | Fault::CutBefore => Answer::json(500, String::new()),
        Fault::Late(pause) => {
            wait(shared, *pause);
            return Ok(None);
        }
        _ => return Ok(None),
    }))
}

fn host(request: &Received) -> &str {
    request.header("host").unwrap_or_default()
}

/// Sleeps, but not past the server's end.
fn wait(shared: &Shared, pause: Duration) {
    let started = Instant::now();
    while started.elapsed() < pause && !shared.stopped.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(2).min(pause));
    }
}

/// The tokens of a request, or which limit it passes; notes what is cut.
fn measure(shared: &Shared, ask: &Ask, limits: Limits) -> Result<usize, Refusal> {
    let protocol = shared.setup.protocol;
    if ask.inputs.is_empty() || ask.inputs.iter().any(String::is_empty) {
        return Err(Refusal::Input("expected inputs that are not empty".to_owned()));
    }
    let n = ask.inputs.len();
    if n > limits.inputs {
        return Err(Refusal::TooMuch(format!("batch size {n} > maximum allowed batch size {}", limits.inputs)));
    }
    let mut total = 0;
    for input in &ask.inputs {
        let n_tokens = protocol.tokens(input);
        if n_tokens > limits.window {
            if !ask.cuts {
                let message = format!(
                    "This model's maximum context length is {} tokens, however you requested {n_tokens} tokens. Please reduce your prompt.",
                    limits.window
                );
                return Err(Refusal::Input(message));
            }
            locked(&shared.ledger).cut.push(input.clone());
        }
        total += n_tokens.min(limits.window);
    }
    if total > limits.tokens {
        return Err(Refusal::TooMuch(format!("Requested {total} tokens, max {} tokens per request", limits.tokens)));
    }
    Ok(total)
}

/// Makes of the right vectors what the fault makes of them.
fn spoil(rows: &mut Vec<Row>, fault: Option<&Fault>) {
    match fault {
        Some(Fault::TooFew) => drop(rows.pop()),
        Some(Fault::TooMany) => {
            let one_more = Row { index: rows.len(), ..rows[0].clone() };
            rows.push(one_more);
        }
        // Turned by one, so that no vector of a larger batch stays in its place.
        Some(Fault::Shuffled) => rows.rotate_left(1),
        Some(Fault::DuplicateIndex) => {
            let first = rows[0].index;
            if let Some(last) = rows.last_mut() {
                last.index = first;
            }
        }
        Some(Fault::NanWord) => rows[0].odd = Some("NaN"),
        Some(Fault::NullNumber) => rows[0].odd = Some("null"),
        Some(Fault::WrongDimension) => rows.iter_mut().for_each(|row| row.vector.truncate(row.vector.len() - 1)),
        Some(Fault::ZeroVector) => rows[0].vector.fill(0.0),
        _ => {}
    }
}

/// Sends an answer; whether it was sent whole, so that another can follow.
fn deliver(stream: &mut TcpStream, answer: &Answer, delivery: &Delivery) -> io::Result<bool> {
    match delivery {
        Delivery::Plain => {
            answer.send(stream)?;
            Ok(true)
        }
        Delivery::Drip { bytes, pause } => {
            let (head, body) = answer.bytes();
            for piece in [&head, body].concat().chunks(*bytes) {
                stream.write_all(piece)?;
                stream.flush()?;
                thread::sleep(*pause);
            }
            Ok(true)
        }
        Delivery::CutInside => {
            let (head, body) = answer.bytes();
            stream.write_all(&head)?;
            stream.write_all(&body[..body.len() / 2])?;
            stream.flush()?;
            Ok(false)
        }
        Delivery::CutBefore => Ok(false),
        Delivery::Hang => {
            // Until the caller gives up, or the server ends.
            let mut rest = [0; 1024];
            while stream.read(&mut rest)? > 0 {}
            Ok(false)
        }
    }
}
