//! `samples`: every sample of the run, in full.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::writer::{TableWriter, Value};
use crate::model::{GroupKey, Sample, Tokens};
use crate::store::Result;

const TOKENS_SOURCE: &str = "reported (by whoever drew the sample) or counted (here, with the run's tokenizer)";

pub(super) static SAMPLES: Table = Table {
    name: "samples",
    version: 2,
    row: "a sample: one drawn solution, with its thinking, to one question by one model under one sampling mode",
    n_keys: 7,
    own: &[
        Column::optional(
            "solution",
            Kind::Text,
            "the final solution without the thinking; null when the model never came to one",
        ),
        Column::optional(
            "response",
            Kind::Text,
            "the raw text that thinking and solution were taken from, where the input has it",
        ),
        Column::required("round", Kind::Integer, "position in the chain, or draw number, from 0"),
        Column::required("sample_id", Kind::Text, "the sample; unique in the run"),
        Column::optional("parents", Kind::TextList, "the samples that were in its context"),
        Column::optional("thinking", Kind::Text, "the thinking; null where there was none"),
        Column::optional("code", Kind::Text, "the program in the solution"),
        Column::optional("answer", Kind::Text, "the final answer"),
        Column::optional("gold", Kind::Text, "the reference answer").repeating(),
        Column::optional("correct", Kind::Boolean, "whether the answer is right, as the input says"),
        Column::optional("reward", Kind::Float, "the reward, as the input says"),
        Column::optional("prompt_tokens", Kind::Integer, "length of the prompt").in_unit("tokens"),
        Column::optional("prompt_tokens_source", Kind::Text, TOKENS_SOURCE).repeating(),
        Column::optional("thinking_tokens", Kind::Integer, "length of the thinking").in_unit("tokens"),
        Column::optional("thinking_tokens_source", Kind::Text, TOKENS_SOURCE).repeating(),
        Column::optional("solution_tokens", Kind::Integer, "length of the solution").in_unit("tokens"),
        Column::optional("solution_tokens_source", Kind::Text, TOKENS_SOURCE).repeating(),
        Column::optional("mean_entropy", Kind::Float, "mean entropy of the next token over the tokens drawn")
            .in_unit("bits per token"),
        Column::optional("mean_logprob", Kind::Float, "mean log probability of the tokens drawn")
            .in_unit("nats per token"),
        Column::optional("difficulty", Kind::Text, "how hard the question is, as the input says").repeating(),
        Column::optional("finish_reason", Kind::Text, "why the model stopped, as the input says").repeating(),
        Column::optional("extra", Kind::Text, "the input's other columns, as JSON text of one object"),
        Column::required("source_file", Kind::Text, "the file that the sample was read from").repeating(),
        Column::required("source_row", Kind::Integer, "its line (JSONL), record (CSV) or row (Parquet) there, from 1"),
        Column::required("extraction_rule", Kind::Text, "the rule that split the thinking from the solution")
            .repeating(),
        Column::optional("thinking_chars", Kind::Integer, "length of the thinking in Unicode scalar values")
            .in_unit("characters"),
        Column::optional("solution_chars", Kind::Integer, "length of the solution in Unicode scalar values")
            .in_unit("characters"),
        Column::optional(
            "verbatim_of",
            Kind::Text,
            "the earlier sample of its group that has the same solution; null when there is none",
        ),
        Column::optional(
            "answer_class",
            Kind::Text,
            "what answers are compared by: two that mean the same have the same class; null without an answer",
        ),
        Column::optional(
            "answer_rule",
            Kind::Text,
            "the rule that found the answer; `fields` where the input gave it; null without one",
        )
        .repeating(),
        Column::optional(
            "answer_start",
            Kind::Integer,
            "where the answer begins in the solution; null where the input gave it",
        )
        .in_unit("characters"),
        Column::optional("answer_end", Kind::Integer, "where it ends").in_unit("characters"),
        Column::optional(
            "code_rule",
            Kind::Text,
            "the policy that took the program; `fields` where the input gave it; null without one",
        )
        .repeating(),
        Column::optional(
            "code_start",
            Kind::Integer,
            "where the program begins in the solution; null where the input gave it",
        )
        .in_unit("characters"),
        Column::optional("code_end", Kind::Integer, "where it ends").in_unit("characters"),
        Column::optional(
            "n_code_blocks",
            Kind::Integer,
            "blocks of code in the solution; null where no program was taken out of it",
        ),
        Column::optional(
            "truncated",
            Kind::Boolean,
            "whether the model was cut off: its thinking never ends, or the server says so; null where nothing tells",
        ),
        Column::optional("warnings", Kind::TextList, "what was odd when it was taken apart; null when nothing was"),
    ],
    open: "",
};

/// Writes `samples`, a sample at a time.
pub struct SamplesWriter {
    table: TableWriter,
}

impl SamplesWriter {
    /// Opens the table in `folder`.
    pub fn create(folder: &Path) -> Result<Self> {
        Ok(SamplesWriter { table: TableWriter::create(folder, &SAMPLES)? })
    }

    /// Opens the table under a name of the caller's.
    pub fn create_at(target: &Path) -> Result<Self> {
        Ok(SamplesWriter { table: TableWriter::create_at(target, &SAMPLES)? })
    }

    /// Writes a sample; `verbatim_of` is the id of the earlier sample of its group with the same solution.
    pub fn write(&mut self, sample: &Sample, verbatim_of: Option<&str>) -> Result<()> {
        let mut row = Vec::with_capacity(self.table.columns().len());
        row.extend(key_values(&sample.key));
        row.extend([
            sample.solution().into(),
            sample.response.as_ref().into(),
            sample.round.into(),
            Value::from(&sample.sample_id),
            sample.parents.as_ref().into(),
            sample.thinking().into(),
            sample.code.as_ref().into(),
            sample.answer.as_ref().into(),
            sample.gold.as_ref().into(),
            sample.correct.into(),
            sample.reward.into(),
        ]);
        row.extend([sample.prompt_tokens, sample.thinking_tokens, sample.solution_tokens].into_iter().flat_map(tokens));
        row.extend([
            sample.mean_entropy.into(),
            sample.mean_logprob.into(),
            sample.difficulty.as_ref().into(),
            sample.finish_reason.as_ref().into(),
            sample.extra.as_ref().into(),
            Value::from(&*sample.source_file),
            sample.source_row.into(),
            sample.extraction_rule.into(),
            sample.thinking_chars().into(),
            sample.solution_chars().into(),
            verbatim_of.into(),
        ]);
        let extraction = &sample.extraction;
        let [answer_start, answer_end] = ends(sample.span_in_chars(extraction.answer_span.as_ref()));
        let [code_start, code_end] = ends(sample.span_in_chars(extraction.code_span.as_ref()));
        let warnings: Vec<String> = extraction.warnings.iter().map(|&warning| warning.to_owned()).collect();
        row.extend([
            Value::from(sample.answer_class()),
            extraction.answer_rule.into(),
            answer_start.into(),
            answer_end.into(),
            extraction.code_rule.into(),
            code_start.into(),
            code_end.into(),
            extraction.n_code_blocks.and_then(|n| i64::try_from(n).ok()).into(),
            extraction.truncated.into(),
            (!warnings.is_empty()).then_some(&warnings).into(),
        ]);
        self.table.append(&row)
    }

    /// Gives the file its name. Returns its path.
    pub fn finish(self) -> Result<PathBuf> {
        self.table.finish()
    }
}

fn tokens<'a>(tokens: Option<Tokens>) -> [Value<'a>; 2] {
    [tokens.map(|tokens| tokens.count).into(), tokens.map(|tokens| tokens.source.name()).into()]
}

fn ends(span: Option<[i64; 2]>) -> [Option<i64>; 2] {
    [span.map(|span| span[0]), span.map(|span| span[1])]
}

/// The key columns of a row about a group, or a part of one.
pub(super) fn key_values(key: &GroupKey) -> [Value<'_>; 7] {
    [
        Value::from(&key.dataset),
        Value::from(&key.domain),
        Value::from(&key.model),
        Value::from(&key.mode),
        key.feedback.as_ref().into(),
        Value::from(&key.question_id),
        key.chain.into(),
    ]
}
