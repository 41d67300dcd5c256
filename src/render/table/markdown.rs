//! The table in GitHub's Markdown; what comes from data is escaped.

use super::{Block, Content};
use crate::model::SummaryRow;
use crate::render::label::{clean, place};
use crate::render::words;

pub(super) fn write(content: &Content<'_>) -> String {
    let mut out = format!("**{}**, run {}\n", escape(&content.title), escape(&clean(content.request.run)));
    for block in &content.blocks {
        if content.blocks.len() > 1 {
            out.push_str(&format!("\n**{}**\n", escape(&block.title)));
        }
        out.push('\n');
        out.push_str(&grid(content, block));
    }
    if !content.contrasts.is_empty() {
        out.push('\n');
    }
    for row in &content.contrasts {
        let place = format!("{} on {}, {}", clean(&row.model), place(&row.dataset, &row.domain), clean(&row.space));
        let line = words::contrast_line(row, &content.labels, content.decimals);
        out.push_str(&format!("- {}: {}\n", escape(&place), escape(&line)));
    }
    out.push('\n');
    out.push_str(&content.notes.iter().map(|note| escape(note)).collect::<Vec<_>>().join(" "));
    out.push('\n');
    out
}

fn grid(content: &Content<'_>, block: &Block<'_>) -> String {
    let layout = &block.layout;
    let mut header = vec!["domain".to_owned(), "model".to_owned()];
    for space in &layout.spaces {
        for mode in &space.modes {
            header.push(format!("{}: {}", escape(&clean(&space.space)), escape(&layout.labels.label(mode))));
        }
    }
    header.push("questions".to_owned());
    let rule: Vec<&str> = (0..header.len()).map(|column| if column < 2 { "---" } else { "---:" }).collect();
    let mut lines = vec![line(&header), line(&rule)];
    for (domain, rows) in layout.domains() {
        for (position, row) in rows.iter().enumerate() {
            let domain = if position == 0 { escape(&clean(domain)) } else { String::new() };
            let mut entries = vec![domain, escape(&layout.row_label(row))];
            for space in &layout.spaces {
                let cells = space.modes.iter().map(|mode| layout.cell(row, &space.space, mode));
                entries.extend(cells.map(|cell| entry(content, block, cell)));
            }
            entries.push(layout.questions(row).unwrap_or_else(|| words::MISSING.to_owned()));
            lines.push(line(&entries));
        }
    }
    lines.concat()
}

fn line<S: AsRef<str>>(entries: &[S]) -> String {
    let entries: Vec<&str> = entries.iter().map(AsRef::as_ref).collect();
    format!("| {} |\n", entries.join(" | "))
}

fn entry(content: &Content<'_>, block: &Block<'_>, cell: Option<&SummaryRow>) -> String {
    let Some((cell, value)) = cell.and_then(|cell| Some((cell, cell.value?))) else {
        return words::MISSING.to_owned();
    };
    let value =
        if block.signed { words::signed(value, content.decimals) } else { words::number(value, content.decimals) };
    match words::interval(cell.ci_low, cell.ci_high, content.decimals) {
        Some(interval) => format!("{value} {interval}"),
        None => value,
    }
}

/// Keeps Markdown and the HTML that may stand in it from being seen in a name.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '!' | '#' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    // A bare address would become a link of its own accord.
    out.replace("://", ":\u{2060}//").replace('@', "&#64;").replace("www.", "www&#46;")
}
