//! The right vector of every text.

/// Numbers of a vector of that model when nobody asks for fewer.
pub(crate) fn native_dimension(model: &str) -> Option<usize> {
    Some(match model {
        "text-embedding-3-large" | "gemini-embedding-001" => 3072,
        "text-embedding-3-small" | "text-embedding-ada-002" | "embed-v4.0" => 1536,
        "embed-english-v3.0"
        | "embed-multilingual-v3.0"
        | "voyage-3.5"
        | "voyage-3.5-lite"
        | "voyage-3-large"
        | "voyage-code-3" => 1024,
        _ => return None,
    })
}

/// As the provider gives it: of unit length, but for Gemini's shortened vectors, which are cut and left as they are.
///
/// A vector depends on the model, the text and the dimension alone, and tells all of them apart.
pub(crate) fn vector(model: &str, text: &str, dimension: usize) -> Vec<f32> {
    let native = native_dimension(model).unwrap_or(dimension).max(dimension);
    let mut vector = numbers(model, text, native);
    if model.starts_with("gemini") {
        normalize(&mut vector);
        vector.truncate(dimension);
    } else {
        vector.truncate(dimension);
        normalize(&mut vector);
    }
    vector
}

/// Even over [-1, 1), from the hash of model and text.
fn numbers(model: &str, text: &str, n: usize) -> Vec<f32> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(model.as_bytes()).update(&[0]).update(text.as_bytes());
    let mut bytes = vec![0; n * 2];
    hasher.finalize_xof().fill(&mut bytes);
    // Sixteen bits a number: short in JSON, and exact in f32.
    bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect()
}

pub(crate) fn normalize(vector: &mut [f32]) {
    let norm = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
    for number in vector {
        #[allow(clippy::cast_possible_truncation, reason = "a vector is f32")]
        let shortened = (f64::from(*number) / norm) as f32;
        *number = shortened;
    }
}

/// The cosine of two vectors.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "two dimensions");
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
