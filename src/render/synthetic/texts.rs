//! Invented runs for the question explorer: hostile texts, and as many samples as it must bear.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{MODES, Run, Shape, noise};
use crate::model::{GroupClusters, GroupKey, PairSimilarities, Piece, Shown, group_samples};

/// What a solution may hold, and what a page must show as text.
pub(crate) const HOSTILE: [&str; 12] = [
    "<script>document.title = 'run'</script>",
    "</script><script>document.title = 'run'</script><!--",
    "<img src=x onerror=\"document.title = 'run'\"> <svg onload=alert(1)> <iframe src=javascript:alert(1)>",
    "]]></style></textarea></title></noscript> {{ 7 * 7 }} {% for x in y %} ${7*7}",
    "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{0}\u{8}\u{7f}\u{9b}",
    "price \u{202e}000,1\u{202c} \u{2066}isolated\u{2069} \u{200f}right",
    "zero\u{200b}width\u{200d}joiner\u{feff}mark\u{ad}hyphen \u{e0041}\u{e0042}tags",
    "$$\\href{javascript:alert(1)}{x}$$ \\input{/etc/passwd} \\boxed{\\frac{1}{2}}",
    "=HYPERLINK(\"http://example.org\") +1 -1 @SUM(A1)",
    "שלום עולם, مرحبا بالعالم, 你好, 🏳️‍🌈 ✔️ é\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
    "line\r\nline\u{2028}line\u{2029}line\u{85}line\u{b}line",
    "__proto__ constructor toString hasOwnProperty undefined null NaN",
];

impl Run {
    /// A small run whose solutions, thinking, answers and names of samples are hostile.
    pub(crate) fn hostile() -> Run {
        let shape = shape(&["Qwen3-8B"], 4, 12);
        let mut run = Run::new(&shape);
        for (n, sample) in run.samples.iter_mut().enumerate() {
            let text = HOSTILE[n % HOSTILE.len()];
            sample.solution = Some(Piece::Own(format!("Step {n}\n{text}\nend")));
            sample.thinking = (n % 5 != 4).then(|| Piece::Own(text.to_owned()));
            sample.answer = Some(text.to_owned());
            sample.sample_id = format!("{text}/{n}");
            sample.extraction.truncated = Some(n % 7 == 0);
        }
        // A line of a megabyte, a text of nothing but line breaks, an empty one and none at all.
        run.samples[0].solution = Some(Piece::Own("word ".repeat(200_000)));
        run.samples[1].solution = Some(Piece::Own("other ".repeat(170_000)));
        run.samples[2].solution = Some(Piece::Own("\n".repeat(30_000)));
        run.samples[3].solution = Some(Piece::Own(String::new()));
        run.samples[4].solution = None;
        run.show_all();
        run
    }

    /// 10 008 samples of 417 questions, all of them shown.
    pub(crate) fn large() -> Run {
        let mut run = Run::new(&shape(&["Qwen3-8B"], 417, 8));
        for (n, sample) in run.samples.iter_mut().enumerate() {
            // Every third says again what the one before it said.
            let seed = n - usize::from(n % 3 == 2);
            let words: Vec<String> = (0..260).map(|word| format!("w{:.0}", 900.0 * noise(seed * 977 + word))).collect();
            let lines: Vec<String> = words.chunks(13).map(|line| line.join(" ")).collect();
            sample.solution = Some(Piece::Own(lines.join("\n")));
            sample.thinking = Some(Piece::Own(words.join(" ")));
        }
        run.show_all();
        run
    }

    /// Lets the explorer show every group.
    fn show_all(&mut self) {
        self.sample_groups = group_samples(&self.samples);
        let question = |key: &GroupKey| (key.dataset.clone(), key.question_id.clone());
        let questions: BTreeSet<_> = self.sample_groups.iter().map(|group| question(&group.key)).collect();
        let mut shown = Shown {
            groups: (0..self.sample_groups.len()).collect(),
            n_questions: questions.len(),
            n_all: questions.len(),
            ..Shown::default()
        };
        for (group, known) in self.sample_groups.iter().enumerate() {
            for (metric, space) in [("cosine", "minilm"), ("levenshtein_similarity", "text")] {
                let values = (0..known.n_pairs()).map(|pair| Some(0.6 + 0.4 * noise(pair + 31 * group))).collect();
                shown.pairs.push(PairSimilarities { group, metric, space: Arc::from(space), values });
            }
            let labels = (0..known.members.len()).map(|member| (member != 3).then_some(member % 3)).collect();
            shown.clusters.push(GroupClusters { group, space: Arc::from("minilm"), labels });
        }
        self.shown = Some(shown);
    }
}

fn shape<'a>(models: &'a [&'a str], questions: usize, rounds: i64) -> Shape<'a> {
    Shape {
        datasets: &[("aime24", "math")],
        models,
        modes: &MODES,
        spaces: &["minilm"],
        questions,
        rounds,
        intervals: true,
    }
}
