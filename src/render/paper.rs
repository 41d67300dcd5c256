//! The founding paper's Table 2: mean pairwise cosine per model, embedder and sampling mode.
//!
//! The paper leaves open which pairs were taken, whether the diagonal is in, whether solutions or extracted programs
//! were embedded, how questions were pooled and where texts were cut; it gives no intervals.

use crate::model::{Cell, SummaryRow};

/// The metric that the paper's table holds.
pub(crate) const METRIC: &str = "cosine";

/// The paper's embedders, in the order of its columns.
const EMBEDDERS: [&str; 2] = ["gemini-embedding-001", "text-embedding-3-small"];

/// The paper's modes, in the order of its columns.
const MODES: [&str; 3] = ["parallel", "markov", "autoregressive"];

/// Domain, model, and for each embedder the cosines by mode; null where the paper has a dash.
type PaperRow = (&'static str, &'static str, [[Option<f64>; 3]; 2]);

const TABLE_2: [PaperRow; 9] = [
    ("coding", "Gemini 2.5 Flash", [[Some(0.973), Some(0.989), Some(0.990)], [Some(0.877), Some(0.963), Some(0.966)]]),
    ("coding", "Gemini 2.5 Pro", [[Some(0.972), Some(0.979), Some(0.980)], [Some(0.839), Some(0.902), Some(0.904)]]),
    ("coding", "Distill-Qwen-14B", [[Some(0.966), Some(0.985), None], [Some(0.854), Some(0.947), None]]),
    ("coding", "Distill-Qwen-7B", [[Some(0.955), Some(0.968), None], [Some(0.813), Some(0.878), None]]),
    ("math", "Gemini 2.5 Flash", [[Some(0.972), Some(0.977), Some(0.978)], [Some(0.916), Some(0.946), Some(0.945)]]),
    ("math", "Qwen3-14B", [[Some(0.974), Some(0.982), Some(0.986)], [Some(0.921), Some(0.950), Some(0.962)]]),
    ("math", "Qwen3-8B", [[Some(0.976), Some(0.984), Some(0.985)], [Some(0.925), Some(0.954), Some(0.960)]]),
    ("math", "Distill-Qwen-14B", [[Some(0.946), Some(0.969), None], [Some(0.867), Some(0.920), None]]),
    ("math", "Distill-Qwen-7B", [[Some(0.960), Some(0.972), None], [Some(0.905), Some(0.933), None]]),
];

/// The paper's table as rows of `summary`; what the paper does not tell (intervals, counts) is missing or 0.
pub(crate) fn rows() -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    for (domain, model, values) in &TABLE_2 {
        for (space, by_mode) in EMBEDDERS.iter().zip(values) {
            for (mode, value) in MODES.iter().zip(by_mode) {
                rows.push(row(domain, model, mode, space, *value));
            }
        }
    }
    rows
}

fn row(domain: &str, model: &str, mode: &str, space: &str, value: Option<f64>) -> SummaryRow {
    SummaryRow {
        cell: Cell {
            dataset: "paper".to_owned(),
            domain: domain.to_owned(),
            model: model.to_owned(),
            mode: mode.to_owned(),
            feedback: None,
        },
        metric: METRIC.to_owned(),
        space: space.to_owned(),
        value,
        ci_low: None,
        ci_high: None,
        ci_level: 0.95,
        n_questions: 0,
        n_groups: 0,
        n_missing: 0,
        std_error: None,
        std_error_samples: None,
        ci_method: String::new(),
        ci_mc_error: None,
        ci_note: None,
    }
}

/// The paper's word for a domain that users spell in several ways.
pub(crate) fn domain(name: &str) -> Option<&'static str> {
    match name.trim().to_lowercase().as_str() {
        "code" | "coding" | "programming" => Some("coding"),
        "math" | "maths" | "mathematics" => Some("math"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_papers_cells_are_where_the_paper_has_them() {
        let rows = rows();
        assert_eq!(rows.len(), 9 * 2 * 3);
        let find = |domain: &str, model: &str, space: &str, mode: &str| {
            rows.iter()
                .find(|r| r.cell.domain == domain && r.cell.model == model && r.space == space && r.cell.mode == mode)
                .unwrap()
                .value
        };
        assert_eq!(find("coding", "Gemini 2.5 Flash", "text-embedding-3-small", "parallel"), Some(0.877));
        assert_eq!(find("math", "Qwen3-14B", "gemini-embedding-001", "autoregressive"), Some(0.986));
        assert_eq!(find("math", "Distill-Qwen-7B", "text-embedding-3-small", "autoregressive"), None);
        assert_eq!(rows.iter().filter(|r| r.value.is_none()).count(), 8);
    }
}
