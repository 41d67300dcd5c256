//! The models that travel inside the binary, so that an installed `breadth` needs no files beside it.

/// A model that is part of the binary.
#[derive(Debug)]
pub struct BuiltinModel {
    /// As the plan writes it after `builtin:`.
    pub name: &'static str,
    /// License of the weights.
    pub license: &'static str,
    /// Where the weights come from and what was done to them.
    pub source: &'static str,
    /// Names and contents of the files, as in a model folder.
    pub files: &'static [(&'static str, &'static [u8])],
}

macro_rules! asset {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../assets/models/all-MiniLM-L6-v2/", $name)).as_slice())
    };
}

/// All built-in models; made by `assets/models/build.py`.
pub static BUILTIN_MODELS: &[BuiltinModel] = &[BuiltinModel {
    name: "all-MiniLM-L6-v2",
    license: "Apache-2.0",
    source: "sentence-transformers/all-MiniLM-L6-v2, weights stored in 8 bits and decoded to fp32 at load",
    files: &[
        asset!("model.onnx"),
        asset!("tokenizer.json"),
        asset!("modules.json"),
        asset!("sentence_bert_config.json"),
        asset!("config.json"),
        asset!("1_Pooling/config.json"),
    ],
}];
