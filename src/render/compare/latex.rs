//! A comparison for a paper: one `booktabs` table, and everything else as comments; what comes from data is escaped.

use super::shown::{Entry, Shown};
use crate::render::table::escape_latex as escape;

pub(super) fn write(shown: &Shown) -> String {
    let mut out = String::from("% \\usepackage{booktabs}\n");
    let mut comment = |text: &str| out.push_str(&format!("% {}\n", text.replace(['\n', '\r'], " ")));
    for sentence in &shown.sentences {
        comment(sentence);
    }
    comment(&format!("A: {}, B: {}", shown.a, shown.b));
    if !shown.place.is_empty() {
        comment(&shown.place);
    }
    for note in shown.notes.iter().chain(&shown.rest) {
        comment(note);
    }
    for apart in &shown.apart {
        comment(&format!("{}: {}", apart.heading, apart.reason));
        for pair in &apart.pairs {
            comment(&format!(
                "{}: A, {}: {}; B, {}: {}",
                pair.name, apart.spaces.0, pair.in_a, apart.spaces.1, pair.in_b
            ));
        }
    }
    for (whose, only) in [("A", &shown.only_in_a), ("B", &shown.only_in_b)] {
        for line in only {
            comment(&format!("only in {whose}: {line}"));
        }
    }
    if !shown.groups.is_empty() {
        out.push_str(&tabular(shown));
    }
    out
}

fn tabular(shown: &Shown) -> String {
    let several = shown.groups.iter().flat_map(|group| &group.rows).any(|entry| !entry.place.is_empty());
    let (columns, names) = if several { ("ll", "Model & Mode") } else { ("l", "Mode") };
    let n_columns = columns.len() + 6;
    let mut out = format!("\\begin{{tabular}}{{{columns}rrrrrr}}\n\\toprule\n");
    out.push_str(&format!("{names} & A & B & B $-$ A & $p$ (Holm) & Questions & Effect size \\\\\n"));
    for group in &shown.groups {
        out.push_str(&format!("\\midrule\n\\multicolumn{{{n_columns}}}{{l}}{{{}}} \\\\\n", escape(&group.heading)));
        for entry in &group.rows {
            if several {
                out.push_str(&format!("{{{}}} & ", escape(&entry.place)));
            }
            out.push_str(&row(entry));
        }
    }
    out.push_str("\\bottomrule\n\\end{tabular}\n");
    out
}

fn row(entry: &Entry) -> String {
    let interval = if entry.interval.is_empty() {
        String::new()
    } else {
        format!(" {{\\scriptsize {}}}", escape(&entry.interval))
    };
    // In braces, since a bracket behind a row's end would be read as its optional argument.
    let numbers = [
        format!("{{{}}}", escape(&entry.mode)),
        escape(&entry.from),
        escape(&entry.to),
        format!("{{{}{interval}}}", escape(&entry.difference)),
        escape(&entry.p),
        escape(&entry.questions),
        escape(&entry.effect),
    ];
    format!("{} \\\\\n", numbers.join(" & "))
}
