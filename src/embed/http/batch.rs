//! Work by file: requests for OpenAI's batch endpoint, and what its result files hold.
//!
//! Each piece of text is a line of its own, named by the space and by a digest of what is sent. A result is matched by
//! that name alone: order does not matter, and neither does into how many files the work was split.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::super::{Batching, Collected, EmbedError, ServerFault};
use super::drive::unit;
use super::{HttpEmbedder, Prepared, client};

/// Digits of a digest in a name: 128 bits are plenty.
const DIGITS: usize = 32;
/// Digits of the space's fingerprint in a name.
const SPACE_DIGITS: usize = 12;

impl HttpEmbedder {
    /// What is sent for a piece, and the name of its line.
    fn input(&self, text: &str) -> (String, String) {
        let input = format!("{}{text}", self.prefix);
        let digest = blake3::hash(input.as_bytes()).to_hex();
        let name = format!("breadth-{}-{}", &self.space.fingerprint[..SPACE_DIGITS], &digest.as_str()[..DIGITS]);
        (input, name)
    }

    fn wrong(&self, problem: String) -> EmbedError {
        client::server(self.wire, ServerFault::Answer, problem, None)
    }

    /// The vector of an answered line.
    fn vector(&self, name: &str, body: &Value) -> Result<super::wire::Numbers, EmbedError> {
        // Another model's vectors of the same length would be wrong without anyone noticing.
        if let Some(model) = body["model"].as_str().filter(|model| *model != self.setup.model) {
            return Err(self.wrong(format!("expected vectors of `{}` in `{name}`, got `{model}`", self.setup.model)));
        }
        let answer = (self.wire.read)(body.to_string().as_bytes())
            .map_err(|error| self.wrong(format!("expected vectors in `{name}`, got something else: {error}")))?;
        match answer.vectors.into_iter().next() {
            Some((_, numbers)) if numbers.len() == self.setup.dimension => Ok(numbers),
            Some((_, numbers)) => Err(self.wrong(format!(
                "expected vectors of {} numbers in `{name}`, got {}",
                self.setup.dimension,
                numbers.len()
            ))),
            None => Err(self.wrong(format!("expected a vector in `{name}`, got none"))),
        }
    }
}

impl Batching for HttpEmbedder {
    fn lines(&self, texts: &[&str], each: &mut dyn FnMut(&str) -> ControlFlow<()>) {
        let mut written = BTreeSet::new();
        for piece in self.prepare(texts).batches.iter().flatten() {
            let (input, name) = self.input(&texts[piece.text][piece.bytes.clone()]);
            let body = (self.wire.body)(&self.setup, &[&input]);
            let line = json!({ "custom_id": name, "method": "POST", "url": "/v1/embeddings", "body": body });
            if written.insert(name) && each(&line.to_string()).is_break() {
                return;
            }
        }
    }

    fn collect(&self, texts: &[&str], results: &mut dyn Iterator<Item = Value>) -> Result<Collected, EmbedError> {
        let Prepared { batches, mut open, refused } = self.prepare(texts);
        let pieces: Vec<_> = batches.into_iter().flatten().collect();
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, piece) in pieces.iter().enumerate() {
            places.entry(self.input(&texts[piece.text][piece.bytes.clone()]).1).or_default().push(position);
        }
        let mut collected = Collected { finished: refused, ..Collected::default() };
        for result in results {
            let name = result["custom_id"].as_str().unwrap_or_default();
            let Some(positions) = places.get(name) else {
                collected.n_foreign += 1;
                continue;
            };
            let response = &result["response"];
            if response["status_code"] != 200 {
                let said = [&result["error"]["message"], &response["body"]["error"]["message"]];
                let said = said.into_iter().find_map(Value::as_str).unwrap_or("no reason was given");
                collected.failures.push(said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect());
                continue;
            }
            let vector = unit(&self.vector(name, &response["body"])?);
            for &position in positions {
                let piece = &pieces[position];
                let Some(text) = open.get_mut(&piece.text) else { continue };
                text.pieces[piece.chunk].1 = Some(vector.clone());
                if text.pieces.iter().all(|(_, vector)| vector.is_some())
                    && let Some(text) = open.remove(&piece.text)
                {
                    collected.finished.push((piece.text, text.finish()));
                }
            }
        }
        collected.n_waiting = open.len();
        Ok(collected)
    }
}
