//! What a graph gives → one vector for each window: checked, pooled, cut to length, normalized.

use std::borrow::Cow;

use half::{bf16, f16};
use ort::value::{DynValue, Shape};

use super::super::chunk::{Degenerate, normalize};
use super::super::{EmbedError, TextError};
use super::facts::Pooling;
use super::folder::Model;

/// What the output with one vector for each token is called, where a graph has several; else its first output is taken.
const TOKEN_OUTPUTS: [&str; 2] = ["last_hidden_state", "token_embeddings"];
/// What exporters call the output with one vector for each text.
pub(super) const TEXT_OUTPUT: &str = "sentence_embedding";
/// As the authors of the models that want it have it (and `PyTorch`'s default).
const LAYER_NORM_EPSILON: f64 = 1e-5;

/// Which of a graph's outputs is taken.
pub(super) fn output<'a>(pooling: Pooling, names: &[&'a str]) -> Option<&'a str> {
    if pooling == Pooling::Model {
        return names.iter().find(|name| **name == TEXT_OUTPUT).copied();
    }
    let preferred = TOKEN_OUTPUTS.iter().find_map(|wanted| names.iter().find(|name| *name == wanted));
    preferred.or(names.first()).copied()
}

/// Whether a graph gives a vector for each token under a name that says so.
pub(super) fn gives_tokens<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| TOKEN_OUTPUTS.contains(&name))
}

/// The vectors of `rows` windows of `length` tokens, from the output `name`.
pub(super) fn vectors(
    model: &Model,
    (name, value): (&str, &DynValue),
    [rows, length]: [usize; 2],
) -> Result<Vec<Result<Vec<f32>, TextError>>, EmbedError> {
    let wrong = |problem: String| EmbedError::Output { model: model.path(), problem };
    let (shape, numbers) =
        numbers(value).map_err(|error| wrong(format!("expected floating-point numbers in `{name}`: {error}")))?;
    let width = model.facts.width;
    let per_text = if model.facts.pooling == Pooling::Model { 1 } else { length };
    check_shape(shape, [rows, length, width], model.facts.pooling)
        .map_err(|problem| wrong(format!("{problem} in `{name}`")))?;
    Ok(numbers.chunks_exact(per_text * width).map(|tokens| vector(model, tokens)).collect())
}

/// The numbers of a tensor in single precision, whatever it keeps them in.
fn numbers(value: &DynValue) -> ort::Result<(&Shape, Cow<'_, [f32]>)> {
    if let Ok((shape, halves)) = value.try_extract_tensor::<f16>() {
        return Ok((shape, halves.iter().map(|half| half.to_f32()).collect()));
    }
    if let Ok((shape, halves)) = value.try_extract_tensor::<bf16>() {
        return Ok((shape, halves.iter().map(|half| half.to_f32()).collect()));
    }
    let (shape, numbers) = value.try_extract_tensor::<f32>()?;
    Ok((shape, Cow::Borrowed(numbers)))
}

fn check_shape(shape: &[i64], [rows, tokens, width]: [usize; 3], pooling: Pooling) -> Result<(), String> {
    let got: Vec<Option<usize>> = shape.iter().map(|&n| usize::try_from(n).ok()).collect();
    if pooling == Pooling::Model {
        let fits = got == [Some(rows), Some(width)];
        return if fits { Ok(()) } else { Err(format!("expected {rows} texts × {width} numbers, got {shape:?}")) };
    }
    if got == [rows, tokens, width].map(Some) {
        return Ok(());
    }
    Err(format!(
        "expected {rows} texts × {tokens} tokens × {width} numbers (the dimension in the pooling configuration), got {shape:?}"
    ))
}

/// Pools the token vectors of one window, cuts the result to the length that is wanted, and normalizes it.
fn vector(model: &Model, tokens: &[f32]) -> Result<Vec<f32>, TextError> {
    let width = model.facts.width;
    let n_tokens = tokens.len() / width;
    let row = |index: usize| tokens[index * width..][..width].iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let mut pooled = match model.facts.pooling {
        Pooling::Cls | Pooling::Model => row(0),
        Pooling::LastToken => row(n_tokens - 1),
        Pooling::Mean => {
            let mut sum = vec![0.0; width];
            for token in tokens.chunks_exact(width) {
                for (total, &x) in sum.iter_mut().zip(token) {
                    *total += f64::from(x);
                }
            }
            sum.iter().map(|total| total / n_tokens as f64).collect()
        }
    };
    if model.dimension < width {
        if model.facts.layer_norm {
            layer_norm(&mut pooled);
        }
        pooled.truncate(model.dimension);
    }
    normalize(&pooled).map_err(|problem| degenerate(model, problem))
}

/// Mean 0 and variance 1 over the numbers of a vector (Ba, Kiros & Hinton 2016, without weights).
fn layer_norm(numbers: &mut [f64]) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let scale = (variance + LAYER_NORM_EPSILON).sqrt();
    for x in numbers {
        *x = (*x - mean) / scale;
    }
}

/// The error that names the model.
pub(super) fn degenerate(model: &Model, problem: Degenerate) -> TextError {
    match problem {
        Degenerate::NotFinite => TextError::NotFinite { model: model.path() },
        Degenerate::Zero => TextError::ZeroVector { model: model.path() },
    }
}
