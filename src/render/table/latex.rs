//! The table for a paper: `booktabs`, one `tabular` per block; what comes from data is escaped.

use super::{Block, Content};
use crate::model::SummaryRow;
use crate::render::label::{clean, place};
use crate::render::words;

pub(super) fn write(content: &Content<'_>) -> String {
    let mut out = String::from("% \\usepackage{booktabs}\n");
    for block in &content.blocks {
        out.push_str(&format!("% {}: {}\n", comment(&content.title), comment(&block.title)));
        out.push_str(&tabular(content, block));
    }
    for row in &content.contrasts {
        let place = format!("{} on {}, {}", clean(&row.model), place(&row.dataset, &row.domain), clean(&row.space));
        let line = words::contrast_line(row, &content.labels, content.decimals);
        out.push_str(&format!("% {}: {}\n", comment(&place), comment(&line)));
    }
    for note in &content.notes {
        out.push_str(&format!("% {}\n", comment(note)));
    }
    out
}

fn tabular(content: &Content<'_>, block: &Block<'_>) -> String {
    let layout = &block.layout;
    let n_columns: usize = layout.spaces.iter().map(|space| space.modes.len()).sum();
    let mut out = format!("\\begin{{tabular}}{{ll{}r}}\n\\toprule\n", "r".repeat(n_columns));
    let mut spaces = String::from(" &");
    let mut rules = String::new();
    let mut modes = String::from("Domain & Model");
    let mut first = 3;
    for space in &layout.spaces {
        let n = space.modes.len();
        spaces.push_str(&format!(" & \\multicolumn{{{n}}}{{c}}{{{}}}", escape(&clean(&space.space))));
        rules.push_str(&format!("\\cmidrule(lr){{{first}-{}}}", first + n - 1));
        first += n;
        for mode in &space.modes {
            modes.push_str(&format!(" & {}", escape(&layout.labels.label(mode))));
        }
    }
    out.push_str(&format!("{spaces} & \\\\\n{rules}\n{modes} & Questions \\\\\n"));
    for (domain, rows) in layout.domains() {
        out.push_str("\\midrule\n");
        for (position, row) in rows.iter().enumerate() {
            // In braces, since a bracket behind `\midrule` would be read as its optional argument.
            let domain = if position == 0 { format!("{{{}}}", escape(&clean(domain))) } else { String::new() };
            out.push_str(&format!("{domain} & {}", escape(&layout.row_label(row))));
            for space in &layout.spaces {
                for mode in &space.modes {
                    let cell = layout.cell(row, &space.space, mode);
                    out.push_str(&format!(" & {}", entry(content, block, cell)));
                }
            }
            out.push_str(&format!(" & {} \\\\\n", layout.questions(row).map_or_else(dash, |n| escape(&n))));
        }
    }
    out.push_str("\\bottomrule\n\\end{tabular}\n");
    out
}

fn dash() -> String {
    "--".to_owned()
}

fn entry(content: &Content<'_>, block: &Block<'_>, cell: Option<&SummaryRow>) -> String {
    let Some((cell, value)) = cell.and_then(|cell| Some((cell, cell.value?))) else { return dash() };
    let value =
        if block.signed { words::signed(value, content.decimals) } else { words::number(value, content.decimals) };
    let interval = words::interval(cell.ci_low, cell.ci_high, content.decimals)
        .map_or_else(String::new, |text| format!(" {{\\scriptsize {}}}", escape(&text)));
    // In braces, since a bracket behind a row's end would be read as its optional argument.
    format!("{{{}{interval}}}", escape(&value))
}

/// LaTeX's special characters, spelled out, so that a text compiles in every engine and font encoding and comes out as
/// it is. Letters that classic LaTeX does not have are shown by `XeLaTeX` and `LuaLaTeX`, and as their numbers elsewhere.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut foreign = String::new();
    let mut last = ' ';
    for c in text.chars() {
        if c.is_ascii() || LETTERS.contains(c) || symbol(c).is_some() {
            close(&mut out, &mut foreign);
            escape_one(&mut out, c, last);
        } else {
            foreign.push(c);
        }
        last = c;
    }
    close(&mut out, &mut foreign);
    out
}

/// Letters that every encoding of classic LaTeX has, if need be put together from a letter and an accent.
const LETTERS: &str =
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽžŁłŸĆćČčĎďĚěŇňŘřŤťŮůŚśŹźŻżŐőŰűŃńĞğİıŞşĀāĒēĪīŌōŪū";

/// Signs with a command of their own.
fn symbol(c: char) -> Option<&'static str> {
    Some(match c {
        '–' => "--",
        '—' => "---",
        '‘' => "{\\textquoteleft}",
        '’' => "{\\textquoteright}",
        '“' => "{\\textquotedblleft}",
        '”' => "{\\textquotedblright}",
        '…' => "\\ldots{}",
        '\u{a0}' => "~",
        '−' => "$-$",
        '±' => "$\\pm$",
        '×' => "$\\times$",
        '·' => "$\\cdot$",
        '°' => "$^{\\circ}$",
        '≤' => "$\\leq$",
        '≥' => "$\\geq$",
        '≈' => "$\\approx$",
        '≠' => "$\\neq$",
        '∞' => "$\\infty$",
        '√' => "$\\surd$",
        '→' => "$\\rightarrow$",
        '←' => "$\\leftarrow$",
        _ => return None,
    })
}

fn escape_one(out: &mut String, c: char, last: char) {
    match c {
        '\\' => out.push_str("\\textbackslash{}"),
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
            out.push('\\');
            out.push(c);
        }
        '~' => out.push_str("\\textasciitilde{}"),
        '^' => out.push_str("\\textasciicircum{}"),
        '<' => out.push_str("\\textless{}"),
        '>' => out.push_str("\\textgreater{}"),
        '|' => out.push_str("\\textbar{}"),
        // By its number, since its command exists in some encodings only.
        '"' => out.push_str("{\\char34}"),
        // Two of these in a row would become another sign, and a `!` or `?` before the last one too.
        '-' | ',' | '\'' if c == last => {
            out.push_str("{}");
            out.push(c);
        }
        '`' => out.push_str("{}`"),
        _ if c.is_ascii_control() => out.push(' '),
        _ => match symbol(c) {
            Some(command) => out.push_str(command),
            None => out.push(c),
        },
    }
}

/// Writes letters that classic LaTeX does not know: only engines that have `\Umathchar` look at them.
fn close(out: &mut String, foreign: &mut String) {
    if foreign.is_empty() {
        return;
    }
    let numbers: Vec<String> = foreign.chars().map(|c| format!("[U+{:04X}]", u32::from(c))).collect();
    let numbers = numbers.concat();
    out.push_str(&format!("\\ifdefined\\Umathchar {foreign}\\else {numbers}\\fi{{}}"));
    foreign.clear();
}

/// A comment is one line; [`clean`] has taken the line breaks out of names, and this takes them out of all else.
fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
