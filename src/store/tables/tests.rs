//! What is written is what reads back, with its metadata, and what must not be written is refused.
//! Compiled under `#[cfg(test)]` only.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at surprises and damage files on purpose"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type};
use ndarray::array;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::model::{
    AssociationRow, AssociationUnit, Cell, ContrastRow, CountSource, Extraction, Group, GroupKey, Measurement, Missing,
    PairColumn, PairTable, PairValues, Piece, Reject, RoundRow, Sample, Space, Stage, SummaryRow, Tokens, Vectors,
    group_samples,
};

fn key(mode: &str, chain: Option<i64>) -> Arc<GroupKey> {
    Arc::new(GroupKey {
        dataset: "aime".to_owned(),
        domain: "math".to_owned(),
        model: "m".to_owned(),
        mode: mode.to_owned(),
        feedback: None,
        question_id: "q1".to_owned(),
        chain,
    })
}

fn sample(key: &Arc<GroupKey>, round: i64) -> Sample {
    Sample {
        key: Arc::clone(key),
        round,
        sample_id: format!("s{round}"),
        parents: None,
        response: None,
        thinking: None,
        solution: None,
        code: None,
        answer: None,
        gold: None,
        correct: None,
        reward: None,
        prompt_tokens: None,
        thinking_tokens: None,
        solution_tokens: None,
        mean_entropy: None,
        mean_logprob: None,
        difficulty: None,
        finish_reason: None,
        extra: None,
        source_file: Arc::from("a.jsonl"),
        source_row: 1,
        extraction_rule: "none",
        extraction: Extraction::default(),
    }
}

/// A sample with a value in every field.
fn full_sample(key: &Arc<GroupKey>) -> Sample {
    Sample {
        parents: Some(vec!["p1".to_owned(), "p2".to_owned()]),
        response: Some("<think>hä</think>42".to_owned()),
        thinking: Some(Piece::Span(7..10)),
        solution: Some(Piece::Own("42".to_owned())),
        code: Some("print(42)".to_owned()),
        answer: Some("42".to_owned()),
        extraction: Extraction {
            answer_rule: Some("boxed"),
            answer_span: Some(0..2),
            answer_class: Some("42".to_owned()),
            code_rule: Some("last"),
            code_span: Some(0..1),
            n_code_blocks: Some(1),
            truncated: Some(false),
            warnings: vec!["odd"],
        },
        gold: Some("42".to_owned()),
        correct: Some(true),
        reward: Some(0.5),
        prompt_tokens: Some(Tokens { count: 10, source: CountSource::Reported }),
        thinking_tokens: Some(Tokens { count: 2, source: CountSource::Counted }),
        solution_tokens: Some(Tokens { count: 1, source: CountSource::Counted }),
        mean_entropy: Some(0.25),
        mean_logprob: Some(-0.5),
        difficulty: Some("hard".to_owned()),
        finish_reason: Some("stop".to_owned()),
        extra: Some(r#"{"x":1}"#.to_owned()),
        ..sample(key, 0)
    }
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = Arc::clone(reader.schema());
    let batches: Vec<_> = reader.build().unwrap().collect::<Result<_, _>>().unwrap();
    concat_batches(&schema, &batches).unwrap()
}

fn names(batch: &RecordBatch) -> Vec<&str> {
    batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect()
}

fn text<'a>(batch: &'a RecordBatch, column: &str, row: usize) -> Option<&'a str> {
    let values = batch.column_by_name(column).unwrap().as_string::<i32>();
    values.is_valid(row).then(|| values.value(row))
}

fn integer(batch: &RecordBatch, column: &str, row: usize) -> Option<i64> {
    let values = batch.column_by_name(column).unwrap().as_primitive::<Int64Type>();
    values.is_valid(row).then(|| values.value(row))
}

fn float(batch: &RecordBatch, column: &str, row: usize) -> Option<f64> {
    let values = batch.column_by_name(column).unwrap().as_primitive::<Float64Type>();
    values.is_valid(row).then(|| values.value(row))
}

const KEY_NAMES: [&str; 7] = ["dataset", "domain", "model", "mode", "feedback", "question_id", "chain"];

#[test]
fn registry_is_documented_and_without_doubles() {
    let tables: BTreeSet<_> = TABLES.iter().map(|table| table.name).collect();
    assert_eq!(tables.len(), TABLES.len());
    for table in TABLES {
        assert!(table.version > 0 && !table.row.is_empty(), "{}", table.name);
        let columns: Vec<_> = table.columns().map(|column| column.name.as_ref()).collect();
        let different: BTreeSet<_> = columns.iter().collect();
        assert_eq!(different.len(), columns.len(), "{}", table.name);
        assert!(columns.iter().zip(KEY_NAMES).take(table.n_keys).all(|(column, key)| *column == key));
        for column in table.columns() {
            let doc = &column.doc;
            assert!(doc.len() > 3 && !doc.ends_with('.'), "{}.{}: {doc}", table.name, column.name);
        }
    }
}

#[test]
fn columns_are_those_of_the_contract() {
    let own = |table: &Table| table.own.iter().map(|column| column.name.to_string()).collect::<Vec<_>>().join(", ");
    let expected = [
        "solution, response, round, sample_id, parents, thinking, code, answer, gold, correct, reward, prompt_tokens, \
         prompt_tokens_source, thinking_tokens, thinking_tokens_source, solution_tokens, solution_tokens_source, \
         mean_entropy, mean_logprob, difficulty, finish_reason, extra, source_file, source_row, extraction_rule, \
         thinking_chars, solution_chars, verbatim_of, answer_class, answer_rule, answer_start, answer_end, \
         code_rule, code_start, code_end, n_code_blocks, truncated, warnings",
        "source_file, source_row, stage, reason",
        "sample_id, space, tokens_total, tokens_seen, chunks, vector",
        "sample_a, sample_b, round_a, round_b, lag, same_answer, verbatim, levenshtein, levenshtein_similarity, indel_similarity",
        "metric, space, n_samples, n_pairs, value, missing, std_error",
        "metric, space, value, ci_low, ci_high, ci_level, n_questions, n_groups, n_missing, \
         std_error, std_error_samples, ci_method, ci_mc_error, ci_note",
        "metric, space, target, method, value, ci_low, ci_high, ci_level, std_error, mc_error, n_questions, note",
        "mode_a, mode_b, feedback_a, feedback_b, metric, space, difference, ci_low, ci_high, effect_size, p_value, p_adjusted, n_questions, \
         by, level_a, level_b, value_a, value_b, n_a, n_b, design, ci_method, ci_mc_error, cliffs_delta, p_method, p_bh, \
         family, n_tests, mde, note",
        "mode_a, feedback_a, mode_b, feedback_b, by, level_a, level_b, metric, space, choice, alternative, value, ci_low, ci_high, p_adjusted, \
         n_questions, reported, reported_p_adjusted, flips",
        "round, metric, space, value, ci_low, ci_high, n_questions",
        "lag, metric, space, value, ci_low, ci_high, null_value, null_low, null_high, n_questions, n_null_questions",
        "round, metric, n_questions, n_samples, mean, min, p05, p25, p50, p75, p95, max",
        "unit, mode, feedback, diversity, space, gain, rho, ci_low, ci_high, n_questions, n_undefined, n_models, i_squared, note",
        "metric, space, low, high, share, n_questions, n_pairs, q25, q50, q75",
        "metric, space, n_samples, value, ci_low, ci_high, n_questions",
        "sample_id, space, cluster",
        "space, rank, share, ci_low, ci_high, n_questions",
        "round, from, to, share, n_questions, n_chains",
        "from, to, share, ci_low, ci_high, n_questions, n_steps",
        "sample_id, space, method, x, y, explained",
        "value, ci_low, ci_high, n_questions, n_groups, n_missing",
    ];
    for (table, expected) in TABLES.iter().zip(expected) {
        assert_eq!(own(table), expected, "{}", table.name);
    }
    assert_eq!(TABLES.map(|table| table.n_keys), [7, 0, 7, 7, 7, 5, 5, 3, 3, 5, 5, 5, 3, 5, 5, 7, 5, 5, 5, 7, 5]);
}

#[test]
fn samples_keep_every_field_and_every_null() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SamplesWriter::create(folder.path()).unwrap();
    writer.write(&full_sample(&key("markov", Some(3))), Some("s9")).unwrap();
    writer.write(&sample(&key("parallel", None), 1), None).unwrap();
    let path = writer.finish().unwrap();
    assert_eq!(path, folder.path().join("samples.parquet"));
    let batch = read(&path);
    assert_eq!(names(&batch)[..7], KEY_NAMES);
    assert_eq!(text(&batch, "thinking", 0), Some("hä"));
    assert_eq!(integer(&batch, "thinking_chars", 0), Some(2));
    assert_eq!(text(&batch, "solution", 0), Some("42"));
    assert_eq!(text(&batch, "response", 0), Some("<think>hä</think>42"));
    assert_eq!(integer(&batch, "thinking_tokens", 0), Some(2));
    assert_eq!(text(&batch, "thinking_tokens_source", 0), Some("counted"));
    assert_eq!(text(&batch, "prompt_tokens_source", 0), Some("reported"));
    assert_eq!(text(&batch, "verbatim_of", 0), Some("s9"));
    assert_eq!(integer(&batch, "chain", 0), Some(3));
    let parents = batch.column_by_name("parents").unwrap().as_list::<i32>();
    assert_eq!(parents.value(0).as_string::<i32>().value(1), "p2");
    let required = [
        "dataset",
        "domain",
        "model",
        "mode",
        "question_id",
        "round",
        "sample_id",
        "source_file",
        "source_row",
        "extraction_rule",
    ];
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let expected = !required.contains(&field.name().as_str());
        assert_eq!(field.is_nullable(), expected, "{}", field.name());
        assert_eq!(column.is_null(1), expected, "{}", field.name());
        assert!(column.is_valid(0) || field.name() == "feedback", "{}", field.name());
    }
}

#[test]
fn metadata_tells_what_the_table_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = SamplesWriter::create(folder.path()).unwrap().finish().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let file = reader.metadata().file_metadata();
    assert_eq!(file.created_by(), Some("breadth version 1.0.0 (build tables)"));
    let value = |key: &str| {
        file.key_value_metadata().unwrap().iter().find(|pair| pair.key == key).unwrap().value.clone().unwrap()
    };
    assert_eq!((value("breadth.table").as_str(), value("breadth.schema_version").as_str()), ("samples", "2"));
    let columns: serde_json::Value = serde_json::from_str(&value("breadth.columns")).unwrap();
    assert_eq!(columns.as_object().unwrap().len(), SAMPLES_WIDTH);
    assert_eq!(columns["mean_entropy"]["unit"], "bits per token");
    assert!(columns["mode"]["unit"].is_null());
    let entropy = reader.schema().field_with_name("mean_entropy").unwrap();
    assert_eq!(entropy.metadata()["unit"], "bits per token");
    assert!(entropy.metadata()["description"].starts_with("mean entropy"));
}

const SAMPLES_WIDTH: usize = 45;

fn vectors(name: &str, matrix: ndarray::Array2<f32>, row_of: Vec<Option<u32>>) -> Vectors {
    let counts = (0..matrix.nrows()).map(|_| (300, 256, 2)).collect();
    Vectors { space: Space::new(name, matrix.ncols(), Vec::new()), matrix, counts, row_of }
}

#[test]
fn embeddings_are_of_fixed_size_when_all_spaces_agree() {
    let key = key("parallel", None);
    let samples = [sample(&key, 0), sample(&key, 1), sample(&key, 2)];
    let one = vectors("one", array![[1.0, 0.0], [0.0, 1.0]], vec![Some(1), None, Some(0)]);
    let two = vectors("two", array![[1.0, 0.0, 0.0]], vec![Some(0), Some(0), Some(0)]);
    for (spaces, expected, rows) in [
        (
            vec![&one],
            DataType::FixedSizeList(Arc::new(arrow::datatypes::Field::new("element", DataType::Float32, false)), 2),
            2,
        ),
        (
            vec![&one, &two],
            DataType::List(Arc::new(arrow::datatypes::Field::new("element", DataType::Float32, false))),
            5,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let declared: Vec<_> = spaces.iter().map(|vectors| &vectors.space).collect();
        let mut writer = EmbeddingsWriter::create(folder.path(), &declared).unwrap();
        for vectors in &spaces {
            for (position, sample) in samples.iter().enumerate() {
                writer.write(sample, position, vectors).unwrap();
            }
        }
        let batch = read(&writer.finish().unwrap());
        assert_eq!(batch.column_by_name("vector").unwrap().data_type(), &expected);
        assert_eq!(batch.num_rows(), rows);
        assert_eq!(text(&batch, "sample_id", 1), Some("s2"));
        assert_eq!((integer(&batch, "tokens_seen", 0), integer(&batch, "chunks", 0)), (Some(256), Some(2)));
        if spaces.len() == 1 {
            let first = batch.column_by_name("vector").unwrap().as_fixed_size_list().value(0);
            assert_eq!(first.as_primitive::<Float32Type>().values(), &[0.0, 1.0]);
        }
    }
}

#[test]
fn a_vector_that_is_not_finite_or_not_there_is_refused() {
    let key = key("parallel", None);
    let folder = tempfile::tempdir().unwrap();
    let bad = vectors("one", array![[f32::NAN, 0.0]], vec![Some(0), Some(7)]);
    let mut writer = EmbeddingsWriter::create(folder.path(), &[&bad.space]).unwrap();
    let error = writer.write(&sample(&key, 0), 0, &bad).unwrap_err().to_string();
    assert_eq!(error, "write table `embeddings`: expected list of float32 in `vector`, got NaN");
    assert!(writer.write(&sample(&key, 1), 1, &bad).unwrap_err().to_string().contains("expected a row below 1"));
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "an unfinished table leaves nothing");
}

fn three() -> (Vec<Sample>, Group) {
    let key = key("parallel", None);
    let samples: Vec<_> = [2, 0, 5].map(|round| sample(&key, round)).into();
    let group = group_samples(&samples).remove(0);
    (samples, group)
}

fn column(metric: &'static str, space: &str, values: PairValues) -> PairColumn {
    PairColumn { metric, space: Arc::from(space), values }
}

fn pair_table(group: &Group, columns: Vec<PairColumn>) -> PairTable {
    PairTable { key: Arc::clone(&group.key), pairs: group.pairs().collect(), columns, lineages: Vec::new() }
}

#[test]
fn pairs_put_each_metric_into_its_column() {
    let (samples, group) = three();
    let further = [("jaccard", None), ("bert", Some("b".to_owned()))].map(|(metric, space)| FurtherColumn {
        metric,
        space,
        kind: Kind::Float,
        unit: "share",
        doc: "a score".to_owned(),
    });
    let table = pair_table(
        &group,
        vec![
            column("bert", "b", PairValues::Float(vec![Some(0.7), None, Some(0.9)])),
            column("cosine", "b", PairValues::Float(vec![Some(0.1), Some(0.2), None])),
            column("cosine", "a", PairValues::Float(vec![Some(1.0), Some(-1.0), Some(0.0)])),
            column("levenshtein", "text", PairValues::Integer(vec![Some(3), Some(0), None])),
            column("verbatim", "text", PairValues::Boolean(vec![Some(false), Some(true), None])),
            column("jaccard", "text", PairValues::Float(vec![Some(0.5); 3])),
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let mut writer = PairsWriter::create(folder.path(), &["a", "b"], &further).unwrap();
    writer.write(&table, &group, &samples).unwrap();
    let batch = read(&writer.finish().unwrap());
    assert_eq!(names(&batch)[..7], KEY_NAMES);
    assert_eq!(
        names(&batch)[7..].join(" "),
        "sample_a sample_b round_a round_b lag same_answer verbatim levenshtein levenshtein_similarity \
         indel_similarity cosine:a cosine:b jaccard bert:b"
    );
    let ids = |row| (text(&batch, "sample_a", row).unwrap(), text(&batch, "sample_b", row).unwrap());
    assert_eq!([ids(0), ids(1), ids(2)], [("s0", "s2"), ("s0", "s5"), ("s2", "s5")]);
    assert_eq!([0, 1, 2].map(|row| integer(&batch, "lag", row)), [Some(2), Some(5), Some(3)]);
    assert_eq!([0, 1, 2].map(|row| float(&batch, "cosine:a", row)), [Some(1.0), Some(-1.0), Some(0.0)]);
    assert_eq!([0, 1, 2].map(|row| float(&batch, "cosine:b", row)), [Some(0.1), Some(0.2), None]);
    assert_eq!([0, 1, 2].map(|row| integer(&batch, "levenshtein", row)), [Some(3), Some(0), None]);
    assert_eq!([0, 1, 2].map(|row| float(&batch, "bert:b", row)), [Some(0.7), None, Some(0.9)]);
    for unmeasured in ["same_answer", "indel_similarity"] {
        assert_eq!(batch.column_by_name(unmeasured).unwrap().null_count(), 3);
    }
}

#[test]
fn pairs_refuse_what_has_no_place() {
    let (samples, group) = three();
    let folder = tempfile::tempdir().unwrap();
    let refused = |columns: Vec<PairColumn>| {
        let mut writer = PairsWriter::create(folder.path(), &["a"], &[]).unwrap();
        writer.write(&pair_table(&group, columns), &group, &samples).unwrap_err().to_string()
    };
    let floats = |value| PairValues::Float(vec![value; 3]);
    assert!(refused(vec![column("cosine", "z", floats(None))]).contains("expected a column for `cosine:z`"));
    let twice = vec![column("verbatim", "x", floats(None)), column("verbatim", "y", floats(None))];
    assert!(refused(twice).contains("or it twice"));
    let short = vec![column("cosine", "a", PairValues::Float(vec![None]))];
    assert!(refused(short).contains("expected 3 values of `cosine:a`, got 1"));
    assert!(refused(vec![column("cosine", "a", floats(Some(f64::INFINITY)))]).contains("in `cosine:a`, got inf"));
    assert!(refused(vec![column("levenshtein", "a", floats(Some(1.0)))]).contains("expected int64 in `levenshtein`"));
    assert!(PairsWriter::create(folder.path(), &["a", "a"], &[]).is_err());
    assert!(["cosine", "same_answer", "indel_similarity"].into_iter().all(PairsWriter::always_has));
    assert!(!["lag", "sample_a", "dataset", "jaccard"].into_iter().any(PairsWriter::always_has));
    let mut writer = PairsWriter::create(folder.path(), &["a"], &[]).unwrap();
    let mut table = pair_table(&group, Vec::new());
    table.pairs[0].b = 3;
    assert!(writer.write(&table, &group, &samples).unwrap_err().to_string().contains("expected a pair of 3 members"));
}

#[test]
fn groups_say_why_a_value_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = GroupsWriter::create(folder.path()).unwrap();
    let mut one = Measurement {
        key: key("parallel", None),
        metric: "cosine".into(),
        space: Arc::from("minilm"),
        n_samples: 1,
        n_pairs: Some(0),
        value: Err(Missing::FewerThanTwoSamples),
        std_error: None,
    };
    writer.write(&one).unwrap();
    one.value = Ok(0.5);
    one.n_pairs = None;
    writer.write(&one).unwrap();
    one.value = Ok(f64::NAN);
    assert!(writer.write(&one).unwrap_err().to_string().contains("in `value`, got NaN"));
    let batch = read(&writer.finish().unwrap());
    assert_eq!((float(&batch, "value", 0), text(&batch, "missing", 0)), (None, Some("fewer than 2 samples")));
    assert_eq!((float(&batch, "value", 1), text(&batch, "missing", 1)), (Some(0.5), None));
    assert_eq!((integer(&batch, "n_pairs", 0), integer(&batch, "n_pairs", 1)), (Some(0), None));
}

#[test]
fn empty_tables_have_all_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    let written = [
        write_rejects(folder.path(), &[]).unwrap(),
        write_summary(folder.path(), &[]).unwrap(),
        write_contrasts(folder.path(), &[]).unwrap(),
        write_rounds(folder.path(), &[]).unwrap(),
        write_lags(folder.path(), &[]).unwrap(),
        write_lengths(folder.path(), &[]).unwrap(),
        SamplesWriter::create(folder.path()).unwrap().finish().unwrap(),
        EmbeddingsWriter::create(folder.path(), &[]).unwrap().finish().unwrap(),
        PairsWriter::create(folder.path(), &[], &[]).unwrap().finish().unwrap(),
        GroupsWriter::create(folder.path()).unwrap().finish().unwrap(),
    ];
    for path in written {
        let batch = read(&path);
        let table = TABLES.into_iter().find(|table| path.ends_with(table.file_name())).unwrap();
        assert_eq!(batch.num_rows(), 0);
        assert_eq!(names(&batch), table.columns().map(|column| column.name.as_ref()).collect::<Vec<_>>());
    }
}

#[test]
fn samples_and_rejects_also_stand_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new/all.parquet");
    let mut writer = SamplesWriter::create_at(&target).unwrap();
    writer.write(&sample(&key("parallel", None), 0), None).unwrap();
    assert_eq!(writer.finish().unwrap(), target);
    assert_eq!(read(&target).num_rows(), 1);
    let target = folder.path().join("new/all.rejects.parquet");
    assert_eq!(write_rejects_as(&target, &[]).unwrap(), target);
    assert!(target.exists());
}

#[test]
fn rejects_keep_place_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let reject = Reject {
        source_file: Arc::from("a.jsonl"),
        source_row: 7,
        stage: Stage::Extract,
        reason: "expected a string in `solution`, got null".to_owned(),
    };
    let batch = read(&write_rejects(folder.path(), std::slice::from_ref(&reject)).unwrap());
    assert_eq!(text(&batch, "source_file", 0), Some("a.jsonl"));
    assert_eq!(integer(&batch, "source_row", 0), Some(7));
    assert_eq!((text(&batch, "stage", 0), text(&batch, "reason", 0)), (Some("extract"), Some(reject.reason.as_str())));
}

fn many(folder: &Path, n: i64) -> Vec<u8> {
    let mut writer = SamplesWriter::create(folder).unwrap();
    let key = key("parallel", None);
    for round in 0..n {
        let solution = Some(Piece::Own(format!("{round} {}", "x".repeat(usize::try_from(round % 97).unwrap()))));
        writer.write(&Sample { solution, ..sample(&key, round) }, None).unwrap();
    }
    fs::read(writer.finish().unwrap()).unwrap()
}

#[test]
fn same_rows_give_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bytes = many(one.path(), 5000);
    assert_eq!(bytes, many(two.path(), 5000));
    let batch = read(&one.path().join("samples.parquet"));
    assert_eq!(batch.num_rows(), 5000);
    assert_eq!(integer(&batch, "round", 4999), Some(4999));
    assert_ne!(bytes, many(two.path(), 4999));
}

#[test]
fn long_texts_end_a_batch_early() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SamplesWriter::create(folder.path()).unwrap();
    let key = key("parallel", None);
    let long = "ab".repeat(10 << 20);
    for round in 0..9 {
        writer.write(&Sample { solution: Some(Piece::Own(long.clone())), ..sample(&key, round) }, None).unwrap();
    }
    let path = writer.finish().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 2, "a row group ends at 128 MiB");
    let batch = read(&path);
    assert!((0..9).all(|row| text(&batch, "solution", row) == Some(long.as_str())));
}

pub(in crate::store) fn summary_row(mode: &str, metric: &str, space: &str, value: Option<f64>) -> SummaryRow {
    SummaryRow {
        cell: cell(mode),
        metric: metric.to_owned(),
        space: space.to_owned(),
        value,
        ci_low: value.map(|value| value - 0.1),
        ci_high: None,
        ci_level: 0.95,
        n_questions: 12,
        n_groups: 24,
        n_missing: 1,
        std_error: None,
        std_error_samples: None,
        ci_method: "bca_expanded".to_owned(),
        ci_mc_error: None,
        ci_note: None,
    }
}

pub(in crate::store) fn cell(mode: &str) -> Cell {
    Cell {
        dataset: "aime".to_owned(),
        domain: "math".to_owned(),
        model: "m".to_owned(),
        mode: mode.to_owned(),
        feedback: (mode == "markov").then(|| "re-answer".to_owned()),
    }
}

/// Of one model's draws, or of all models' groups.
pub(in crate::store) fn association_row(unit: AssociationUnit) -> AssociationRow {
    let of_draws = unit == AssociationUnit::Subsets;
    AssociationRow {
        dataset: "aime".to_owned(),
        domain: "math".to_owned(),
        model: if of_draws { "m".to_owned() } else { AssociationRow::ALL_MODELS.to_owned() },
        unit,
        mode: of_draws.then(|| "parallel".to_owned()),
        feedback: None,
        diversity: "remote_clique".to_owned(),
        space: "minilm".to_owned(),
        gain: "coverage".to_owned(),
        rho: Some(0.25),
        ci_low: Some(-0.125),
        ci_high: Some(0.5),
        n_questions: 12,
        n_undefined: 18,
        n_models: (!of_draws).then_some(2),
        i_squared: (!of_draws).then_some(0.75),
        note: of_draws.then(|| "one question: no interval".to_owned()),
    }
}

pub(in crate::store) fn contrast_row() -> ContrastRow {
    ContrastRow {
        dataset: "aime".to_owned(),
        domain: "math".to_owned(),
        model: "m".to_owned(),
        mode_a: "markov".to_owned(),
        mode_b: "parallel".to_owned(),
        feedback_a: Some("re-answer".to_owned()),
        feedback_b: None,
        metric: "cosine".to_owned(),
        space: "minilm".to_owned(),
        difference: Some(0.125),
        ci_low: Some(0.1),
        ci_high: Some(0.15),
        effect_size: None,
        p_value: Some(0.001),
        p_adjusted: None,
        n_questions: 12,
        by: "mode".to_owned(),
        level_a: "markov (re-answer)".to_owned(),
        level_b: "parallel".to_owned(),
        value_a: Some(0.9),
        value_b: None,
        n_a: 12,
        n_b: 13,
        design: "paired".to_owned(),
        ci_method: Some("bca_expanded".to_owned()),
        ci_mc_error: Some(0.0),
        cliffs_delta: Some(0.5),
        p_method: Some("sign_flip_exact".to_owned()),
        p_bh: Some(0.0002),
        family: "cosine in minilm".to_owned(),
        n_tests: 3,
        mde: Some(0.02),
        note: None,
    }
}

pub(in crate::store) fn round_row(round: i64) -> RoundRow {
    RoundRow {
        cell: cell("markov"),
        round,
        metric: "thinking_tokens".to_owned(),
        space: "thinking".to_owned(),
        value: Some(100.5),
        ci_low: None,
        ci_high: None,
        n_questions: 3,
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let tables = folder.path().join("tables");
    fs::create_dir(&tables).unwrap();
    fs::set_permissions(&tables, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(tables.join("probe"), b"").is_ok() {
        // Whoever runs the tests as root may write everywhere.
        eprintln!("skipped: permissions do not bind this user");
        return;
    }
    let error = write_summary(&tables, &[]).unwrap_err().to_string();
    assert!(error.contains("tables`: permission denied\nhint: choose a folder"), "{error}");
}
