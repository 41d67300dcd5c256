//! The fake itself, over a bare socket: it must speak as the providers do before anything is judged by it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::fake::faults::http_date;
use super::fake::vectors::{cosine, vector};
use super::fake::{After, Fake, Fault, KEY, Protocol, When};

/// Status, head and body of the answer to what each provider's documentation shows as an example.
fn ask(fake: &Fake, protocol: Protocol, key: &str, texts: &[&str]) -> (u16, String, String) {
    ask_for(Duration::from_secs(30), fake, protocol, (key, texts))
}

/// The same with so much patience.
fn ask_for(
    patience: Duration,
    fake: &Fake,
    protocol: Protocol,
    (key, texts): (&str, &[&str]),
) -> (u16, String, String) {
    let model = protocol.model();
    let (path, body) = match protocol {
        Protocol::OpenAi | Protocol::Compatible => {
            ("/embeddings".to_owned(), json!({"model": model, "input": texts, "encoding_format": "float"}))
        }
        Protocol::Voyage => ("/embeddings".to_owned(), json!({"model": model, "input": texts, "truncation": false})),
        Protocol::Cohere => {
            let body = json!({"model": model, "texts": texts, "input_type": "clustering", "embedding_types": ["float"], "truncate": "NONE"});
            ("/embed".to_owned(), body)
        }
        Protocol::Gemini => {
            let request = |text: &&str| json!({"model": format!("models/{model}"), "content": {"parts": [{"text": text}]}, "taskType": "SEMANTIC_SIMILARITY"});
            let requests: Vec<Value> = texts.iter().map(request).collect();
            (format!("/models/{model}:batchEmbedContents"), json!({"requests": requests}))
        }
    };
    let header = if protocol == Protocol::Gemini { "X-Goog-Api-Key: " } else { "Authorization: Bearer " };
    let body = body.to_string();
    let request = format!(
        "POST {}{path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{header}{key}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        protocol.base_path(),
        fake.host(),
        body.len()
    );
    let mut stream = TcpStream::connect(fake.host()).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 16_384];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&answer);
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            length.is_some_and(|length: usize| body.len() >= length)
        });
        if whole {
            break;
        }
    }
    drop(stream);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
    (status, head.to_owned(), body.to_owned())
}

/// The vectors of a good answer, wherever the protocol keeps them.
fn vectors(protocol: Protocol, body: &str) -> Vec<Vec<f32>> {
    let body: Value = serde_json::from_str(body).unwrap();
    let rows: Vec<Value> = match protocol {
        Protocol::Gemini => body["embeddings"].as_array().unwrap().iter().map(|row| row["values"].clone()).collect(),
        Protocol::Cohere => body["embeddings"]["float"].as_array().unwrap().clone(),
        _ => body["data"].as_array().unwrap().iter().map(|row| row["embedding"].clone()).collect(),
    };
    rows.into_iter().map(|row| serde_json::from_value(row).unwrap()).collect()
}

#[test]
fn the_fake_gives_each_text_its_own_vector() {
    for protocol in Protocol::ALL {
        let fake = Fake::start(protocol);
        let (status, _, body) = ask(&fake, protocol, KEY, &["one", "two"]);
        assert_eq!(status, 200, "{protocol:?}: {body}");
        let got = vectors(protocol, &body);
        assert_eq!(got.len(), 2, "{protocol:?}");
        assert_eq!(got[0], vector(protocol.model(), "one", got[0].len()), "{protocol:?}");
        assert!(cosine(&got[0], &got[1]) < 0.9, "{protocol:?}: two texts, one vector");
        let ledger = fake.ledger();
        assert_eq!((ledger.paid()["one"], ledger.answered()["two"]), (1, 1), "{protocol:?}");
        assert_eq!(ledger.requests[0].key(), Some(KEY));
    }
}

#[test]
fn the_fake_says_no_as_the_providers_do() {
    for (fault, statuses) in [
        (Fault::Busy(After::Seconds(2)), [429; 5]),
        (Fault::Quota, [429; 5]),
        (Fault::Broken(503, After::Unsaid), [503; 5]),
        (Fault::Html(502), [502; 5]),
        (Fault::ExpiredKey, [401, 401, 400, 401, 401]),
        (Fault::Forbidden, [403; 5]),
        (Fault::UnknownModel, [404, 404, 404, 404, 400]),
        (Fault::TooLarge, [413; 5]),
        (Fault::Refused, [400; 5]),
        (Fault::Redirect(307, "/moved".to_owned()), [307; 5]),
        (Fault::CutBefore, [0; 5]),
        (Fault::Hang, [0; 5]),
    ] {
        for (protocol, expected) in Protocol::ALL.into_iter().zip(statuses) {
            let fake = Fake::start(protocol);
            fake.script(When::Always, fault.clone());
            let patience = Duration::from_millis(if fault == Fault::Hang { 300 } else { 30_000 });
            let (status, head, body) = ask_for(patience, &fake, protocol, (KEY, &["one"]));
            assert_eq!(status, expected, "{protocol:?} with {fault:?}: {body}");
            let ledger = fake.ledger();
            assert!(ledger.answered().is_empty() && ledger.paid().is_empty(), "{protocol:?} with {fault:?}");
            assert_eq!(ledger.asked()["one"], 1);
            if fault == Fault::Busy(After::Seconds(2)) {
                let said = if protocol == Protocol::Gemini { &body } else { &head };
                assert!(said.contains("retry-after: 2") || said.contains(r#""retryDelay":"2s""#), "{said}");
            }
        }
    }
}

#[test]
fn the_fake_spoils_what_it_is_told_to_and_bills_it() {
    let protocol = Protocol::OpenAi;
    for fault in
        [Fault::TooFew, Fault::TooMany, Fault::Shuffled, Fault::WrongDimension, Fault::ZeroVector, Fault::CutInside]
    {
        let fake = Fake::start(protocol);
        fake.script(When::First(1), fault.clone());
        let (status, _, body) = ask(&fake, protocol, KEY, &["one", "two"]);
        assert_eq!(status, 200);
        let right = vec![vector(protocol.model(), "one", 1536), vector(protocol.model(), "two", 1536)];
        if fault == Fault::CutInside {
            serde_json::from_str::<Value>(&body).unwrap_err();
        } else {
            assert_ne!(vectors(protocol, &body), right, "{fault:?}");
        }
        assert_eq!(fake.ledger().paid()["one"], 1);
        assert_eq!(fake.ledger().answered().is_empty(), fault != Fault::Shuffled, "{fault:?}");
        // The script is over.
        let (_, _, body) = ask(&fake, protocol, KEY, &["one", "two"]);
        assert_eq!(vectors(protocol, &body), right);
        assert_eq!(fake.ledger().n_paid_twice(), 2);
        assert_eq!(fake.ledger().asked_after_answered().len(), if fault == Fault::Shuffled { 2 } else { 0 });
    }
}

#[test]
fn the_fake_keeps_the_published_limits() {
    for (protocol, inputs) in Protocol::ALL.into_iter().zip([2048, 32, 100, 96, 1000]) {
        let fake = Fake::start(protocol);
        let texts: Vec<String> = (0..=inputs).map(|number| number.to_string()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (status, _, body) = ask(&fake, protocol, KEY, &texts);
        assert!([400, 413].contains(&status) && body.contains("batch size"), "{protocol:?}: {status} {body}");
        let (status, ..) = ask(&fake, protocol, "sk-wrong", &["one"]);
        assert!([400, 401].contains(&status), "{protocol:?}: {status}");
        let (status, ..) = ask(&fake, protocol, KEY, &["one", ""]);
        assert_eq!(status, 400, "{protocol:?}");
        let long = "word ".repeat(200_000);
        let (status, ..) = ask(&fake, protocol, KEY, &[&long]);
        // Gemini cuts without a word.
        assert_eq!((status, fake.ledger().cut.len()), if protocol == Protocol::Gemini { (200, 1) } else { (400, 0) });
        assert_eq!(fake.ledger().requests.iter().filter(|asked| asked.paid).count(), usize::from(status == 200));
    }
}

#[test]
fn dates_are_written_as_http_writes_them() {
    let at = |seconds| http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(at(1_709_210_096), "Thu, 29 Feb 2024 12:34:56 GMT");
    assert_eq!(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}
