//! The tables' schemas as a document: `docs/tables.md` is what this gives, and a house test holds it to that.

use super::TABLES;
use super::schema::{Column, KEYS, META_COLUMNS, META_TABLE, META_VERSION, Table};

/// What stands before the tables. The names of metadata are put in.
const HEAD: &str = "# Tables

Every run writes these as Parquet files into `reports/NAME/tables/`, all of them, a table without rows too. `breadth list tables` prints
the same in a terminal.

- A missing value is null and never zero. A number that is not finite does not occur.
- Tables begin with their key columns, in one order, so that they can be joined.
- What is said here also stands in each file: the file's metadata hold `META_TABLE`, `META_VERSION`, `breadth.row` and `META_COLUMNS` (JSON:
  column → doc, type, unit), and each column of the Arrow schema carries its `description` and `unit`.
- A schema's version is raised when a column is renamed, removed, retyped or given another meaning; a new column at the end may come
  without.
- Rows stand in the order of the input, and files hold the same bytes for the same plan and input, for any number of threads.

| type | in the file | pyarrow, R | pandas | polars | DuckDB |
|---|---|---|---|---|---|
| string | UTF-8 | `string` | `object`, `str` from pandas 3 on | `String` | `VARCHAR` |
| int64 | 64-bit integer | `int64` | `int64`; `float64` in a column with nulls | `Int64` | `BIGINT` |
| float64 | 64-bit float | `double` | `float64` | `Float64` | `DOUBLE` |
| boolean | boolean | `bool` | `bool`; `object` in a column with nulls | `Boolean` | `BOOLEAN` |
| list of strings | list | `list<string>` | `object` | `List(String)` | `VARCHAR[]` |
| list of float32 | list; of fixed size where all vectors are equally long | `fixed_size_list<float>[N]`, `list<float>` | `object` | `Array(Float32, N)`, `List(Float32)` | `FLOAT[N]`, `FLOAT[]` |
";

/// The document of all tables, in Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut text = format!(
        "<!-- Made from src/store/tables by a test: BREADTH_WRITE_DOCS=1 tests/run tables_are_documented -->\n\n{HEAD}"
    )
    .replace("META_TABLE", META_TABLE)
    .replace("META_VERSION", META_VERSION)
    .replace("META_COLUMNS", META_COLUMNS);
    text.push_str("\n## Key columns\n\nA table has the first few of them, or none; it says which.\n\n");
    text.push_str(&grid(KEYS.iter()));
    for table in TABLES {
        text.push_str(&section(table));
    }
    text
}

fn section(table: &Table) -> String {
    let keys: Vec<String> =
        KEYS.iter().take(table.n_keys).map(|column| format!("`{}`", escape(&column.name))).collect();
    let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
    let mut text = format!(
        "\n## `{}`\n\nOne row is {}.\n\nSchema version {}. Key columns: {keys}.\n\n",
        table.name,
        escape(table.row),
        table.version
    );
    text.push_str(&grid(table.own.iter()));
    if !table.open.is_empty() {
        text.push_str(&format!("\nBehind these: {}.\n", escape(table.open)));
    }
    text
}

fn grid<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    let mut text = String::from("| column | type | unit | null | meaning |\n|---|---|---|---|---|\n");
    for column in columns {
        let unit = if column.unit.is_empty() { "–" } else { column.unit };
        text.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            escape(&column.name),
            column.kind.name(),
            escape(unit),
            if column.nullable { "may be" } else { "never" },
            escape(&column.doc)
        ));
    }
    text
}

/// Texts of our own: only what would end a cell or begin a tag has to be kept from it.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_every_column_is_in_the_document() {
        let text = markdown();
        for table in TABLES {
            let section = text.split(&format!("\n## `{}`\n", table.name)).nth(1).unwrap_or_default();
            let section = section.split("\n## ").next().unwrap_or_default();
            for column in table.own {
                let row = section.lines().find(|line| line.starts_with(&format!("| `{}` |", column.name)));
                let row = row.unwrap_or_default().replace("\\|", "");
                assert_eq!(row.matches('|').count(), 6, "{}.{}: {row}", table.name, column.name);
            }
        }
        assert!(!text.contains("META_"), "{text}");
    }
}
