//! A look into `model.onnx` without an engine: is it an ONNX graph, what does it ask for, how large is its vocabulary.
//!
//! Only the few fields that are needed are read, from the protobuf wire format itself. The vocabulary matters because the
//! pure-Rust engine ends the process when a token id lies outside of the embedding table; the ids are checked beforehand.
//! Field numbers: `onnx.proto3` of the ONNX project.

use std::collections::{BTreeMap, BTreeSet};

/// What the graph says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct GraphFacts {
    /// The graph's inputs that are not initializers, by name.
    pub inputs: BTreeMap<String, Port>,
    /// What the graph gives, by name.
    pub outputs: BTreeMap<String, Port>,
    /// Rows of the smallest table that is indexed by token ids; `None` where none was recognized.
    pub vocabulary: Option<usize>,
    /// Number formats of the tables and matrices, as `onnx.proto3` names them.
    pub weight_types: BTreeSet<String>,
    /// Whether numbers are rounded by a scale that is taken from the whole call, so that a text's vector would depend on
    /// its company.
    pub scales_by_call: bool,
    /// Files in which weights are kept outside of the model file, relative to its folder.
    pub external_files: BTreeSet<String>,
}

/// What goes in or out of a graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Port {
    /// Its number format, as `TensorProto.DataType` counts them.
    pub format: u64,
    /// Its shape; what depends on the input is open.
    pub dims: Vec<Option<usize>>,
}

/// `TensorProto.DataType` of the formats that inputs and outputs have.
pub(super) const INT32: u64 = 6;
pub(super) const FLOAT16: u64 = 10;

/// Reads the facts; the error says what was expected.
pub(super) fn read(bytes: &[u8]) -> Result<GraphFacts, String> {
    if bytes.starts_with(b"version https://git-lfs") {
        return Err("expected an ONNX graph, got a git-lfs pointer".to_owned());
    }
    let mut graph = None;
    for field in Fields(bytes) {
        if let (7, Value::Bytes(bytes)) = field? {
            graph = Some(bytes);
        }
    }
    let graph = graph.ok_or("expected an ONNX graph, found none in the file")?;
    let mut nodes = Vec::new();
    let mut walk = Walk::default();
    for field in Fields(graph) {
        match field? {
            (1, Value::Bytes(node)) => nodes.push(Node::read(node)?),
            (5, Value::Bytes(tensor)) => walk.initializer(tensor)?,
            (11, Value::Bytes(input)) => {
                walk.facts.inputs.insert(name_of(input, 1)?, Port::read(input)?);
            }
            (12, Value::Bytes(output)) => {
                walk.facts.outputs.insert(name_of(output, 1)?, Port::read(output)?);
            }
            _ => {}
        }
    }
    Ok(walk.finish(&nodes))
}

#[derive(Default)]
struct Walk {
    facts: GraphFacts,
    /// Old graphs list their weights among the inputs.
    constants: BTreeSet<String>,
    /// First dimension of what is, or is decoded from, a constant table.
    rows: BTreeMap<String, usize>,
}

impl Walk {
    fn initializer(&mut self, tensor: &[u8]) -> Result<(), String> {
        let (mut name, mut dims, mut format) = (String::new(), Vec::new(), 0);
        for field in Fields(tensor) {
            match field? {
                (1, Value::Number(dim)) => dims.push(dim),
                // Dimensions may come packed into one field.
                (1, Value::Bytes(packed)) => {
                    let mut rest = packed;
                    while !rest.is_empty() {
                        dims.push(varint(&mut rest)?);
                    }
                }
                (2, Value::Number(number)) => format = number,
                (8, Value::Bytes(bytes)) => name = text(bytes),
                (13, Value::Bytes(entry)) if name_of(entry, 1)? == "location" => {
                    self.facts.external_files.insert(name_of(entry, 2)?);
                }
                _ => {}
            }
        }
        if let [rows, _, ..] = dims[..] {
            self.facts.weight_types.insert(format_name(format));
            self.rows.insert(name.clone(), usize::try_from(rows).map_err(|_| "a table with a negative dimension")?);
        }
        self.constants.insert(name);
        Ok(())
    }

    /// Nodes stand in the order of computation, so that one walk follows the ids and the tables.
    fn finish(mut self, nodes: &[Node]) -> GraphFacts {
        self.facts.inputs.retain(|name, _| !self.constants.contains(name));
        let mut ids = BTreeSet::from(["input_ids".to_owned()]);
        // `DynamicQuantizeLinear` and what engines fuse with it, such as `DynamicQuantizeMatMul`.
        self.facts.scales_by_call = nodes.iter().any(|node| node.op.starts_with("DynamicQuantize"));
        for node in nodes {
            match (node.op.as_str(), &node.inputs[..]) {
                ("Gather", [table, index, ..]) if ids.contains(index) => {
                    if let Some(&rows) = self.rows.get(table) {
                        self.facts.vocabulary = Some(self.facts.vocabulary.map_or(rows, |known| known.min(rows)));
                    }
                }
                ("Cast" | "Identity" | "Reshape" | "Unsqueeze" | "Squeeze" | "Flatten", [from, ..])
                    if ids.contains(from) =>
                {
                    ids.extend(node.outputs.iter().cloned());
                }
                ("Cast" | "Identity" | "DequantizeLinear", [from, ..]) => {
                    if let (Some(&rows), Some(to)) = (self.rows.get(from), node.outputs.first()) {
                        self.rows.insert(to.clone(), rows);
                    }
                }
                _ => {}
            }
        }
        self.facts
    }
}

/// `TensorProto.DataType`.
fn format_name(number: u64) -> String {
    match number {
        1 => "float".to_owned(),
        2 => "uint8".to_owned(),
        3 => "int8".to_owned(),
        10 => "float16".to_owned(),
        11 => "double".to_owned(),
        16 => "bfloat16".to_owned(),
        21 => "uint4".to_owned(),
        22 => "int4".to_owned(),
        other => format!("type {other}"),
    }
}

struct Node {
    op: String,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Node {
    fn read(bytes: &[u8]) -> Result<Node, String> {
        let mut node = Node { op: String::new(), inputs: Vec::new(), outputs: Vec::new() };
        for field in Fields(bytes) {
            match field? {
                (1, Value::Bytes(name)) => node.inputs.push(text(name)),
                (2, Value::Bytes(name)) => node.outputs.push(text(name)),
                (4, Value::Bytes(name)) => node.op = text(name),
                _ => {}
            }
        }
        Ok(node)
    }
}

impl Port {
    /// From a `ValueInfoProto`: type → tensor type → format and shape → dimensions.
    fn read(info: &[u8]) -> Result<Self, String> {
        let mut port = Port::default();
        let Some(tensor) = inner(info, 2)?.map(|kind| inner(kind, 1)).transpose()?.flatten() else { return Ok(port) };
        for field in Fields(tensor) {
            match field? {
                (1, Value::Number(format)) => port.format = format,
                (2, Value::Bytes(shape)) => {
                    for field in Fields(shape) {
                        if let (1, Value::Bytes(dim)) = field? {
                            port.dims.push(fixed(dim)?);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(port)
    }
}

/// The number of a dimension that has one. A negative one stands for an open dimension, too.
fn fixed(dim: &[u8]) -> Result<Option<usize>, String> {
    for field in Fields(dim) {
        if let (1, Value::Number(number)) = field? {
            return Ok(i64::try_from(number).ok().and_then(|number| usize::try_from(number).ok()));
        }
    }
    Ok(None)
}

/// The message in field `number` of a message.
fn inner(message: &[u8], number: u64) -> Result<Option<&[u8]>, String> {
    for field in Fields(message) {
        match field? {
            (found, Value::Bytes(bytes)) if found == number => return Ok(Some(bytes)),
            _ => {}
        }
    }
    Ok(None)
}

/// The string in field `number` of a message.
fn name_of(message: &[u8], number: u64) -> Result<String, String> {
    for field in Fields(message) {
        match field? {
            (found, Value::Bytes(name)) if found == number => return Ok(text(name)),
            _ => {}
        }
    }
    Ok(String::new())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a protobuf message, one after the other; ends after the first damage.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u64, Value<'a>), String> {
        let tag = varint(&mut self.0)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut self.0)?),
            1 => Value::Bytes(self.take(8)?),
            2 => {
                let length = varint(&mut self.0)?;
                Value::Bytes(self.take(usize::try_from(length).map_err(|_| damage())?)?)
            }
            5 => Value::Bytes(self.take(4)?),
            _ => return Err(damage()),
        };
        Ok((tag >> 3, value))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(damage)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// A number in base 128, the least significant seven bits first.
fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or_else(damage)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(damage())
}

fn damage() -> String {
    "expected an ONNX graph, got a file that is something else or cut short".to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::super::builtin::BUILTIN_MODELS;
    use super::*;

    #[test]
    fn the_built_in_model_tells_its_inputs_and_vocabulary() {
        let facts = read(BUILTIN_MODELS[0].files[0].1).unwrap();
        assert_eq!(
            facts.inputs.keys().map(String::as_str).collect::<Vec<_>>(),
            ["attention_mask", "input_ids", "token_type_ids"]
        );
        assert_eq!(facts.inputs["input_ids"], Port { format: 7, dims: vec![None, None] });
        assert_eq!(facts.outputs["last_hidden_state"], Port { format: 1, dims: vec![None, None, Some(384)] });
        assert_eq!(facts.vocabulary, Some(30522));
        assert_eq!(facts.weight_types.iter().map(String::as_str).collect::<Vec<_>>(), ["float", "int8"]);
        assert!(facts.external_files.is_empty());
    }

    #[test]
    fn what_is_not_a_graph_is_said_to_be_none() {
        let model = BUILTIN_MODELS[0].files[0].1;
        assert!(read(b"").unwrap_err().contains("found none"));
        assert!(read(b"this is not a model at all, just text\n").unwrap_err().contains("something else"));
        assert!(read(b"version https://git-lfs.github.com/spec/v1\n").unwrap_err().contains("git-lfs"));
        assert!(read(&model[..model.len() / 2]).unwrap_err().contains("cut short"));
        assert!(read(&model[..model.len() - 1]).unwrap_err().contains("cut short"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
