//! What a graph asks for → tensors made from token ids.
//!
//! Decoders that were exported with their cache ask for what they have seen before (`past_key_values.*`): nothing, here.

use half::f16;
use ort::value::{DynValue, Tensor};

use super::graph::{FLOAT16, GraphFacts, INT32, Port};

/// The names that exporters give the cache's tensors begin so.
const PAST: &str = "past_key_values.";

/// One input of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Feed {
    /// Its name.
    pub name: String,
    kind: Kind,
    format: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ids,
    Mask,
    Types,
    Positions,
    Past { heads: usize, width: usize },
}

impl Feed {
    /// How an input of that name is filled.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(super) fn new(name: &str, graph: &GraphFacts) -> Result<Self, String> {
        let port = graph.inputs.get(name).cloned().unwrap_or_default();
        let kind = match name {
            "input_ids" => Kind::Ids,
            "attention_mask" => Kind::Mask,
            "token_type_ids" => Kind::Types,
            "position_ids" => Kind::Positions,
            _ if name.starts_with(PAST) => past(name, &port)?,
            _ => return Err(format!("it asks for an input `{name}`, which is not known")),
        };
        Ok(Feed { name: name.to_owned(), kind, format: port.format })
    }

    /// The tensor for `rows` windows of equal length; `ids` holds them one after the other.
    pub(super) fn value(&self, ids: &[i64], rows: usize) -> ort::Result<DynValue> {
        let length = ids.len() / rows;
        let numbers = match self.kind {
            Kind::Ids => ids.to_vec(),
            // No window is filled up, so every token counts, and all of them belong to the one text.
            Kind::Mask => vec![1; ids.len()],
            Kind::Types => vec![0; ids.len()],
            Kind::Positions => (0..rows).flat_map(|_| (0i64..).take(length)).collect(),
            Kind::Past { heads, width } => return self.nothing([rows, heads, 0, width]),
        };
        if self.format == INT32 {
            // Ids are below the vocabulary's size and positions below the window's: both fit.
            let numbers: Vec<i32> = numbers.iter().map(|&n| i32::try_from(n).unwrap_or(i32::MAX)).collect();
            return Ok(Tensor::from_array(([rows, length], numbers))?.into_dyn());
        }
        Ok(Tensor::from_array(([rows, length], numbers))?.into_dyn())
    }

    fn nothing(&self, shape: [usize; 4]) -> ort::Result<DynValue> {
        Ok(if self.format == FLOAT16 {
            Tensor::<f16>::from_array((shape, Vec::new()))?.into_dyn()
        } else {
            Tensor::<f32>::from_array((shape, Vec::new()))?.into_dyn()
        })
    }
}

/// The shape of one tensor of the cache: text × heads × tokens × numbers of a head.
fn past(name: &str, port: &Port) -> Result<Kind, String> {
    match port.dims[..] {
        [_, Some(heads), _, Some(width)] => Ok(Kind::Past { heads, width }),
        _ => Err(format!("it asks for an input `{name}`, and does not say how many heads and numbers it has")),
    }
}
