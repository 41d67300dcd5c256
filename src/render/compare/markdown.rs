//! A comparison in GitHub's Markdown; what comes from data is escaped.

use super::shown::Shown;
use crate::render::table::escape_markdown as escape;

pub(super) fn write(shown: &Shown) -> String {
    let mut out = format!("{}\n\nA: {}, B: {}", escape(&shown.sentences.join(" ")), escape(&shown.a), escape(&shown.b));
    if !shown.place.is_empty() {
        out.push_str(&format!("; {}", escape(&shown.place)));
    }
    out.push('\n');
    if !shown.groups.is_empty() {
        out.push('\n');
        out.push_str(&grid(shown));
    }
    if let Some(rest) = &shown.rest {
        out.push_str(&format!("\n{}\n", escape(rest)));
    }
    for apart in &shown.apart {
        out.push_str(&format!("\n**{}**: {}\n", escape(&apart.heading), escape(&apart.reason)));
        if apart.pairs.is_empty() {
            continue;
        }
        let (a, b) = (escape(&apart.spaces.0), escape(&apart.spaces.1));
        out.push_str(&format!("\n| contrast | A: {a} | B: {b} |\n| --- | --- | --- |\n"));
        for pair in &apart.pairs {
            out.push_str(&line(&[&pair.name, &pair.in_a, &pair.in_b]));
        }
    }
    for (whose, only) in [("A", &shown.only_in_a), ("B", &shown.only_in_b)] {
        if !only.is_empty() {
            out.push_str(&format!("\nOnly in {whose}:\n\n"));
            out.extend(only.iter().map(|line| format!("- {}\n", escape(line))));
        }
    }
    if !shown.notes.is_empty() {
        out.push_str(&format!("\n{}\n", escape(&shown.notes.join(" "))));
    }
    out
}

fn grid(shown: &Shown) -> String {
    let several = shown.groups.iter().flat_map(|group| &group.rows).any(|entry| !entry.place.is_empty());
    let mut headings = vec!["metric, space"];
    if several {
        headings.push("model");
    }
    headings.push("mode");
    let n_names = headings.len();
    headings.extend(["A", "B", "B − A", "p (Holm)", "questions", "effect size"]);
    let rule: Vec<&str> = (0..headings.len()).map(|at| if at < n_names { "---" } else { "---:" }).collect();
    let mut out = format!("| {} |\n| {} |\n", headings.join(" | "), rule.join(" | "));
    for group in &shown.groups {
        for (at, entry) in group.rows.iter().enumerate() {
            let difference = format!("{} {}", entry.difference, entry.interval);
            let mut entries = vec![if at == 0 { group.heading.as_str() } else { "" }];
            if several {
                entries.push(&entry.place);
            }
            entries.extend([&entry.mode, &entry.from, &entry.to].map(String::as_str));
            entries.extend([difference.trim_end(), &entry.p, &entry.questions, &entry.effect]);
            out.push_str(&line(&entries));
        }
    }
    out
}

fn line(entries: &[&str]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| escape(entry)).collect();
    format!("| {} |\n", entries.join(" | "))
}
