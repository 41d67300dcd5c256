//! Which file of a model is meant by `fp32`, `int8` and the like.

/// Words with the names that the hub's exporters give such files, the more usual first.
pub(super) const WORDS: &[(&str, &[&str])] = &[
    ("fp32", &["model.onnx"]),
    ("fp16", &["model_fp16.onnx"]),
    ("int8", &["model_int8.onnx", "model_quantized.onnx"]),
    ("uint8", &["model_uint8.onnx"]),
    ("q4", &["model_q4.onnx"]),
    ("q4f16", &["model_q4f16.onnx"]),
    ("bnb4", &["model_bnb4.onnx"]),
];

/// The names that a file of this variant can have, in `onnx/` or at the top of a model's folder. Anything but a known
/// word is the name itself.
///
/// # Errors
/// A word that is neither known nor the name of an ONNX file.
pub fn graph_names(variant: Option<&str>) -> Result<Vec<String>, String> {
    let word = variant.unwrap_or("fp32");
    if let Some((_, names)) = WORDS.iter().find(|(known, _)| *known == word) {
        return Ok(names.iter().map(|name| (*name).to_owned()).collect());
    }
    let leads_out =
        word.starts_with('/') || word.contains('\\') || word.split('/').any(|part| part.is_empty() || part == "..");
    if word.strip_suffix(".onnx").is_some_and(|stem| !stem.is_empty()) && !leads_out {
        return Ok(vec![word.to_owned()]);
    }
    let known: Vec<&str> = WORDS.iter().map(|(known, _)| *known).collect();
    Err(format!("expected {} or the name of an ONNX file, got `{word}`", known.join(", ")))
}

/// The paths below a model's folder at which such a file is looked for, in this order.
pub(super) fn places(names: &[String]) -> Vec<String> {
    let both = |name: &String| {
        if name.contains('/') { vec![name.clone()] } else { vec![name.clone(), format!("onnx/{name}")] }
    };
    names.iter().flat_map(both).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn a_word_is_one_of_the_hubs_file_names() {
        assert_eq!(graph_names(None).unwrap(), ["model.onnx"]);
        assert_eq!(graph_names(Some("int8")).unwrap(), ["model_int8.onnx", "model_quantized.onnx"]);
        assert_eq!(graph_names(Some("onnx/model_O3.onnx")).unwrap(), ["onnx/model_O3.onnx"]);
        assert_eq!(places(&graph_names(Some("x.onnx")).unwrap()), ["x.onnx", "onnx/x.onnx"]);
        for wrong in ["int4", "../model.onnx", "/model.onnx", ".onnx", "", "a//b.onnx", "model.bin"] {
            let message = graph_names(Some(wrong)).unwrap_err();
            assert!(message.ends_with(&format!("got `{wrong}`")), "{message}");
        }
    }
}
