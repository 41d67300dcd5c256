//! Policies on texts as models write them, and on texts that nobody writes.

use proptest::prelude::*;

use super::*;

fn found(text: &str, policy: &str) -> Option<Found> {
    find(text, named(policy).expect("a policy"))
}

fn program(text: &str, policy: &str) -> Option<String> {
    found(text, policy).map(|found| found.text)
}

#[track_caller]
fn check(text: &str, policy: &str, expected: Option<&str>) {
    assert_eq!(program(text, policy).as_deref(), expected, "{policy} of {text:?}");
}

const WITH_EXAMPLE: &str = "Sketch:\n```\nread, add, print\n```\nProgram:\n```Python\nn = int(input())\nprint(n + 1)\n```\nRun it:\n```bash\npython a.py\n```\nwhich prints\n```\n8\n```\n";

#[test]
fn policies_differ_where_the_program_is_not_the_last_block() {
    let code = "n = int(input())\nprint(n + 1)";
    check(WITH_EXAMPLE, "last", Some("8"));
    check(WITH_EXAMPLE, "first", Some("read, add, print"));
    check(WITH_EXAMPLE, "last-with-language", Some(code));
    check(WITH_EXAMPLE, "longest-valid", Some(code));
    check(WITH_EXAMPLE, "none", None);
    let found = found(WITH_EXAMPLE, "longest-valid").expect("a program");
    assert_eq!((found.n_blocks, found.language.as_deref()), (4, Some("python")));
    assert_eq!((&WITH_EXAMPLE[found.span], found.warnings.len()), (code, 0));
}

#[test]
fn an_odd_fence_does_not_shift_the_rule_onto_prose_as_the_last_two_lines_with_fences_do() {
    let cut = "```python\nf(1)\n```\nThat was wrong. Again:\n```python\nf(2)\n";
    let found = found(cut, "last").expect("a block");
    assert_eq!((found.text.as_str(), found.warnings.as_slice()), ("f(2)", &["fence is not closed"][..]));
    check("```python\nf(1)\n```\nDone.\n```", "last", Some("f(1)"));
    check("```python\nf(1)\n\nNo end. Again:\n```python\nf(2)\n```\nDone.", "last", Some("f(2)"));
}

#[test]
fn without_a_fence_only_longest_valid_finds_a_program() {
    let body = "    total = 0\n    for x in xs:\n        total += x\n    return total\n";
    let file = "# Sum.\n\nimport sys\n\ndef main():\n    '''\n    ```\n    not this\n    ```\n    '''\n\nmain()\n";
    for text in [body, file, "print(1)"] {
        check(text, "last-with-language", if text == file { Some("not this") } else { None });
        check(text, "longest-valid", Some(text.trim_end()));
    }
    check(body, "last", None);
    check(body, "first", None);
    check(&format!("\n\n{body}\n\n"), "longest-valid", Some(body.trim_end()));
}

#[test]
fn programs_in_prose_are_found_whole() {
    let code = "import sys\n\ndef f(x):\n    # Twice.\n    return (\n        2 * x\n    )\n\nclass A:\n    pass\n\nif f(1):\n    print('a')\nelse:\n    print('b')";
    for (before, after) in [
        ("Here is the code:\n\n", "\n\nIt doubles (what it is given).\n"),
        ("hello\n\n", "\nExplanation\n"),
        ("It's simple:\n- add\n- print\n", "\nNote: it's fast\n"),
        ("# Heading\n\n", "\n\n1. first\n2. second\n"),
        ("We write \"\"\"\n(\n", "\n}\n"),
        ("x = [1,\n", "\n"),
    ] {
        let text = format!("{before}{code}{after}");
        check(&text, "longest-valid", Some(code));
        let found = found(&text, "longest-valid").expect("a program");
        assert_eq!(found.warnings, ["no fence: taken from the text"]);
        assert_eq!((&text[found.span], found.language.as_deref()), (code, Some("python")));
    }
    let indented = format!("    {}\n", code.replace('\n', "\n    "));
    let indented = indented.replace("    \n", "\n");
    check(&format!("The code:\n\n{indented}\nDone."), "longest-valid", Some(code));
    let colored = format!("Words.\n\n{}\n\nWords", code.replace("def", "\u{1b}[1mdef\u{1b}[0m"));
    check(&colored, "longest-valid", Some(code));
}

#[test]
fn much_prose_around_does_not_use_up_what_the_program_needs() {
    let prose = "Here we explain (at some length) what the program does, and why; it's simple.\n\n";
    let more = "Then {braces}:\n\n- a;\n- b\n\n";
    let code = "import sys\n\ndef f(x):\n    return (\n        2 * x\n    )";
    for n in [1, 30, 100, 200, 1_000] {
        for prose in [prose.repeat(n), format!("{prose}{more}").repeat(n)] {
            check(&format!("{prose}{code}\n\n{prose}"), "longest-valid", Some(code));
        }
    }
}

#[test]
fn a_cut_off_program_gives_its_whole_statements() {
    check(
        "The code:\nimport os\ndef f():\n    return 1\ndef g():\n    return (2,\n",
        "longest-valid",
        Some("import os\ndef f():\n    return 1"),
    );
    check(
        "```python\ndef f():\n    return 1\n\ndef g(:\n    pass\n```",
        "longest-valid",
        Some("def f():\n    return 1"),
    );
}

#[test]
fn the_body_of_a_function_keeps_its_indentation_and_what_follows_it() {
    let body = "    # Adds.\n    total = x\n    if y:\n        total += y\n    return total\n\n\nassert f(1, 2) == 3";
    check(&format!("{body}\nassert f(2,"), "longest-valid", Some(body));
    check(&format!("{body}\nThis is what was asked for."), "longest-valid", Some(body));
}

#[test]
fn prose_and_data_are_no_programs() {
    for text in [
        "",
        "\n",
        "hello",
        "hello\nworld",
        "42",
        "[1, 2]\n{\"a\": 3}",
        "The answer is 4.",
        "# Title\n\n- a\n- b",
        "Note: x",
        "x < 3\nnot y",
        "```\n1 2\n3\n```\n```\n5\n```",
        "```text\nx = 1 is the answer\n```",
        "\"quoted\"",
        "A; B; C;",
        "Hello world;",
        "if you can:\n  do it",
    ] {
        check(text, "longest-valid", None);
    }
}

#[cfg(feature = "grammars")]
#[test]
fn programs_of_other_languages_in_prose() {
    for (language, code) in [
        (
            "cpp",
            "#include <bits/stdc++.h>\nusing namespace std;\n\n// Adds.\nint f(vector<int>& a)\n{\n    int s = 0; // {\n    for (int x : a) s += x;\n    return s;\n}\n\nint main() {\n    string s = \"}\";\n    cin >> s;\n}",
        ),
        (
            "java",
            "import java.util.*;\n\npublic class Main {\n    public static void main(String[] args) {\n        if (args.length > 0) {\n            System.out.println('{');\n        }\n        else {\n            return;\n        }\n    }\n}",
        ),
        ("javascript", "const fs = require('fs');\nfunction f(a) {\n    return `${a} {`;\n}\nconsole.log(f(1));"),
        ("go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tx := 1\n\tfmt.Println(x)\n}"),
        (
            "rust",
            "use std::io;\n\nfn f<'a>(x: &'a str) -> usize {\n    x.len()\n}\n\nfn main() {\n    println!(\"{}\", f(\"}\"));\n}",
        ),
    ] {
        let text = format!("Here is my solution (in {language}):\n\n{code}\n\nIt's linear; see above.\n");
        let found = found(&text, "longest-valid").expect("a program");
        assert_eq!((found.text.as_str(), found.language.as_deref()), (code, Some(language)));
        // Without the words around it.
        assert_eq!(program(code, "longest-valid").as_deref(), Some(code));
    }
}

#[test]
fn of_valid_blocks_the_longest_counts_and_each_in_its_own_language() {
    let text = "```python\nx = 1\n```\n```python\nwhile x < 10:\n    x += 1\n```\n```python\nthis is not python at all, but it is long\n```\n```json\n{\"a\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}\n```\n```\nA B\n```";
    check(text, "longest-valid", Some("while x < 10:\n    x += 1"));
    check("1. One:\n   ```py\n   if a:\n     b()\n   ```\n", "longest-valid", Some("if a:\n  b()"));
    check("```\n>>> x = 1\n>>> print(x)\n1\n```", "longest-valid", Some("x = 1\nprint(x)"));
}

#[test]
fn policies_have_names_and_meanings() {
    for (position, policy) in POLICIES.iter().enumerate() {
        assert!(!policy.meaning.is_empty());
        assert!(POLICIES[..position].iter().all(|other| other.name != policy.name));
        assert_eq!(named(policy.name).map(|found| found.name), Some(policy.name));
    }
    assert!(named("best").is_none());
}

#[test]
fn hostile_text_costs_a_few_seconds_at_most() {
    let units = [
        "```\n",
        "```python\n",
        "[PYTHON][/PYTHON]\n",
        "- ```c\n",
        "`",
        "a ```",
        "\u{1b}[",
        "\u{1b}]",
        "\u{1b}[1m```\n",
        "x = 1\n",
        "(\n",
        "'''\n",
        "if a:\n",
        "if a:\n b\n\n",
        "def f():\n  (\n\n",
        "f(x);\n",
        "a<\n",
        "lambda x:\n",
        "{}\n;\n",
        "\n",
        "@a\n",
        "x\\\n",
        "```\n(\n```\n",
        "/*\n",
        "`\n",
        "# a\n",
        "word word word word\n",
        "if (a) {}\n else\n",
        "template <a>\n",
        ">>> ",
    ];
    let check = |unit: &&str| {
        let text = unit.repeat(5_000_000 / unit.len());
        for policy in ["last", "longest-valid"] {
            let start = std::time::Instant::now();
            let _ = found(&text, policy);
            // Quadratic work on any of them would take hours.
            assert!(start.elapsed().as_secs() < 30, "{unit:?} {policy}: {:?}", start.elapsed());
        }
    };
    std::thread::scope(|scope| {
        for units in units.chunks(units.len().div_ceil(4)) {
            scope.spawn(move || units.iter().for_each(check));
        }
    });
}

/// Pieces of which hostile and ordinary texts are made.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "```",
        "~~~",
        "````",
        "python",
        "\n",
        "\n\n",
        "\r\n",
        " ",
        "    ",
        "\t",
        "- ",
        "1. ",
        "[PYTHON]",
        "[/PYTHON]",
        "\u{1b}[1m",
        "\u{1b}",
        ">>> ",
        "... ",
        "x = 1",
        "def f():",
        "return x",
        "import os",
        "print(x)",
        "é",
        "😀",
        "'''",
        "\"",
        "(",
        ")",
        "{",
        "}",
        ";",
        ":",
        "#",
        "//",
        "int main()",
        "else",
        "@",
        "\\",
        "hello world",
        "\0",
    ])
}

proptest! {
    #[test]
    fn any_text_gives_spans_in_it_and_no_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        sound(&pieces.concat())?;
    }

    #[test]
    fn any_characters_give_spans_in_the_text(text in any::<String>()) {
        sound(&text)?;
    }

    #[test]
    fn a_program_between_fences_comes_out_to_the_byte(
        lines in prop::collection::vec("[^`~\r\n\u{1b}\\[>]{0,20}", 1..20), indent in 0_usize..6, sign in prop::sample::select(vec!["```", "~~~", "`````"]),
    ) {
        let code = lines.join("\n");
        let margin = " ".repeat(indent);
        let inside = lines.iter().map(|line| format!("{margin}{line}\n")).collect::<Vec<_>>().concat();
        let text = format!("Some words.\n{margin}{sign}python\n{inside}{margin}{sign}\nMore words.");
        for policy in ["last", "first", "last-with-language"] {
            prop_assert_eq!(program(&text, policy), Some(code.clone()));
        }
    }
}

fn sound(text: &str) -> Result<(), TestCaseError> {
    let blocks = blocks(text);
    for (one, next) in blocks.iter().zip(blocks.iter().skip(1)) {
        prop_assert!(one.span.end <= next.span.start);
    }
    for policy in &POLICIES {
        let Some(found) = find(text, policy) else { continue };
        prop_assert!(text.get(found.span.clone()).is_some());
        prop_assert_eq!(found.n_blocks, blocks.len());
        let kept: Vec<char> = found.text.chars().filter(|c| !c.is_whitespace()).collect();
        let mut stood = text[found.span.clone()].chars();
        // Things are left out, nothing is added.
        prop_assert!(kept.iter().all(|c| stood.any(|other| other == *c)), "{:?}", found);
        if found.warnings.iter().all(|warning| !warning.contains("removed")) && !text.contains(['\t', ' ']) {
            prop_assert_eq!(&found.text, &text[found.span.clone()]);
        }
    }
    prop_assert!(named("none").and_then(|none| find(text, none)).is_none());
    Ok(())
}

/// What other tools take, written by `tests/fixtures/extraction_code.py`.
fn fixture() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/extraction_code.json")).expect("JSON")
}

#[test]
fn livecodebench_nemo_and_evalplus_take_the_same_from_ordinary_responses() {
    let fixture = fixture();
    let same = fixture["same"].as_array().expect("a list");
    let mut compared = 0;
    for entry in same {
        let field = |name: &str| entry[name].as_str().expect("a string");
        for (letter, policy, tool) in
            [('L', "last", "livecodebench"), ('N', "first", "nemo"), ('E', "longest-valid", "evalplus")]
        {
            if field("tools").contains(letter) {
                let ours = program(field("text"), policy);
                assert_eq!(ours.as_deref().map(str::trim), Some(field(tool).trim()), "{tool} {}", field("name"));
                compared += 1;
            }
        }
    }
    assert_eq!((same.len(), compared), (64, 136));
}

/// A text on which we differ, ours by a policy, and what a tool takes from it.
fn different(name: &str, policy: &str, tool: &str) -> (Option<String>, String) {
    let entry = fixture()["different"][name].clone();
    let field = |name: &str| entry[name].as_str().expect("a string").to_owned();
    (program(&field("text"), policy), field(tool))
}

#[track_caller]
fn differ(name: &str, policy: &str, ours: Option<&str>, tool: &str, theirs: &str) {
    assert_eq!(different(name, policy, tool), (ours.map(ToOwned::to_owned), theirs.to_owned()), "{name}");
}

#[test]
fn fences_are_paired_where_livecodebench_takes_what_is_between_the_last_two() {
    let prose = "That was wrong, so again:";
    differ("cut after an odd fence", "last", Some("second(2)\nsecond(3)"), "livecodebench", prose);
    differ("fence in a line", "last", Some("x = 1\ny = 2"), "livecodebench", "");
    differ("tildes", "last", Some("x = 1\ny = 2"), "livecodebench", "");
}

#[test]
fn fences_in_a_docstring_are_text_where_livecodebench_and_nemo_cut_the_program_there() {
    let whole = "def f():\n    \"\"\"Adds.\n    ```\n    f()\n    ```\n    \"\"\"\n    return 1";
    differ("docstring", "last", Some(whole), "livecodebench", "    \"\"\"\n    return 1");
    differ("docstring", "first", Some(whole), "nemo", "def f():\n    \"\"\"Adds.");
}

#[test]
fn a_block_in_a_list_loses_its_indentation_where_livecodebench_keeps_it() {
    let theirs = "   for x in xs:\n       print(x)";
    differ("in a list", "last", Some("for x in xs:\n    print(x)"), "livecodebench", theirs);
}

#[test]
fn a_language_in_capitals_is_one_where_nemo_takes_its_name_for_code() {
    differ("language in capitals", "first", Some("x = 1\ny = 2"), "nemo", "Python\nx = 1\ny = 2");
}

#[test]
fn lone_words_are_prose_where_evalplus_takes_them_for_python() {
    let theirs = "Explanation\n\nx = f(1)\ny = f(2)\n\nDone";
    differ("lone words", "longest-valid", Some("x = f(1)\ny = f(2)"), "evalplus", theirs);
}

#[test]
fn a_single_line_is_a_program_and_prose_is_none_where_evalplus_takes_the_first_line() {
    differ("one line", "longest-valid", Some("print(1)"), "evalplus", "This is all we need:");
    differ("nothing", "longest-valid", None, "evalplus", "There is no program here.");
}

#[test]
fn sessions_and_indented_blocks_are_programs_where_evalplus_finds_none() {
    differ("prompts", "longest-valid", Some("x = f(1)\nprint(x)"), "evalplus", "```python");
    differ("indented", "longest-valid", Some("x = f(1)\ny = f(2)"), "evalplus", "The code is");
}
