//! Models behind an API with the real binary: every fault as its user meets it, prices, limits, the cache, and secrets.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::fake::{After, Fake, Fault, KEY, Protocol, Setup, When};
use super::lab::{Ended, Lab, draw, number_in};

/// A lab with a plan whose embedder is the fake.
pub(crate) struct Api {
    pub(crate) lab: Lab,
    pub(crate) fake: Fake,
    pub(crate) protocol: Protocol,
}

/// As many texts as there are draws, two to a question; the sixth one says *poison*.
fn draws(n: usize) -> Vec<Value> {
    let poison = |i| if i == 5 { " poison" } else { "" };
    (0..n).map(|i| draw(&format!("q{}", i / 2), &format!("try {i}: the answer is {}{}", i * i, poison(i)))).collect()
}

impl Api {
    /// `n` samples, four texts a request, two requests at once, short vectors, a dollar for a hundred tokens.
    pub(crate) fn new(setup: Setup, n: usize) -> Self {
        let protocol = setup.protocol;
        let api = Api { lab: Lab::new(), fake: Fake::with(setup), protocol };
        api.lab.samples("s.jsonl", &draws(n));
        api.plan("");
        api
    }

    /// Writes the plan; the further lines are keys of the embedder.
    pub(crate) fn plan(&self, further: &str) {
        let Api { fake, protocol, .. } = self;
        let own = match protocol {
            Protocol::Compatible => {
                format!("window = 512\nrevision = \"toy@1\"\napi_key_env = \"{}\"\n", protocol.key_variable())
            }
            _ => String::new(),
        };
        let plan = format!(
            "[[source]]\npath = \"s.jsonl\"\n[[embedder]]\nname = \"api\"\nprovider = \"{}\"\nmodel = \"{}\"\nbase_url = \"{}\"\n\
             dimensions = {}\ninputs_per_request = 4\nconcurrency = 2\nmax_attempts = 3\ntimeout_s = 2\n\
             price_per_million_tokens = 10000\n{own}{further}\n\
             [report]\nfigures = []\n[inference]\nresamples = 100\n[limits]\nmax_rejects = 0.2\n",
            protocol.provider(),
            protocol.model(),
            fake.base_url(),
            protocol.short_dimension(),
        );
        self.lab.write("plan.toml", plan);
    }

    /// The binary with this key and no other.
    pub(crate) fn command(&self, arguments: &[&str], key: Option<&str>) -> Command {
        let mut command = self.lab.command(arguments);
        for variable in Protocol::ALL.map(Protocol::key_variable).into_iter().chain(["GOOGLE_API_KEY", "CO_API_KEY"]) {
            command.env_remove(variable);
        }
        if let Some(key) = key {
            command.env(self.protocol.key_variable(), key);
        }
        // The fake is on this machine, whatever stands between it and the world.
        command.env("NO_PROXY", "127.0.0.1");
        command
    }

    pub(crate) fn breadth(&self, arguments: &[&str]) -> Ended {
        Lab::end(self.command(arguments, Some(KEY)).spawn().unwrap())
    }

    pub(crate) fn run(&self, further: &[&str]) -> Ended {
        self.breadth(&[&["run", "plan.toml"], further].concat())
    }

    fn without_key(&self, arguments: &[&str]) -> Ended {
        Lab::end(self.command(arguments, None).spawn().unwrap())
    }
}

/// A line of the table of faults.
struct Line {
    /// In the words of the table.
    name: &'static str,
    protocol: Protocol,
    when: When,
    fault: Fault,
    code: i32,
    /// Texts that end without a vector.
    n_lost: usize,
    /// Texts on the bill twice, once for what never arrived whole.
    n_paid_twice: usize,
}

fn line(name: &'static str, when: When, fault: Fault, (code, n_lost, n_paid_twice): (i32, usize, usize)) -> Line {
    Line { name, protocol: Protocol::OpenAi, when, fault, code, n_lost, n_paid_twice }
}

fn table() -> Vec<Line> {
    let gemini = |line: Line| Line { protocol: Protocol::Gemini, ..line };
    let (well, ends) = ((0, 0, 0), (4, 0, 0));
    let drip = Fault::Drip { bytes: 500, pause: Duration::from_millis(10) };
    vec![
        line("429 with `Retry-After` in seconds", When::First(1), Fault::Busy(After::Seconds(1)), well),
        line("429 with `Retry-After` as a date", When::First(1), Fault::Busy(After::Date(2)), well),
        line("429 without `Retry-After`", When::First(1), Fault::Busy(After::Unsaid), well),
        gemini(line("429 with a `retryDelay` in the body", When::First(1), Fault::Busy(After::Seconds(1)), well)),
        line("429 that asks for two hours", When::From(2), Fault::Busy(After::Seconds(7200)), ends),
        line("429, the account is used up", When::From(2), Fault::Quota, ends),
        gemini(line("429, the day's quota is used up", When::From(2), Fault::Quota, ends)),
        line("500", When::First(1), Fault::Broken(500, After::Unsaid), well),
        line("502 with a page for browsers", When::First(1), Fault::Html(502), well),
        line("503 once", When::First(1), Fault::Broken(503, After::Seconds(1)), well),
        line("503 for ever", When::From(2), Fault::Broken(503, After::Seconds(0)), ends),
        line("a slow drip", When::First(1), drip, well),
        line("cut off before the answer", When::First(1), Fault::CutBefore, well),
        line("cut off within the answer", When::First(1), Fault::CutInside, (0, 0, 4)),
        line("no answer within `timeout_s`", When::First(1), Fault::Hang, well),
        line("a vector too few", When::Number(2), Fault::TooFew, (4, 0, 4)),
        line("a vector too many", When::Number(2), Fault::TooMany, (4, 0, 4)),
        line("indices in another order", When::Always, Fault::Shuffled, well),
        line("an index twice", When::Number(2), Fault::DuplicateIndex, (4, 0, 4)),
        line("NaN in a vector", When::Number(2), Fault::NanWord, (0, 0, 1)),
        line("null in a vector", When::Number(2), Fault::NullNumber, (0, 0, 1)),
        line("a vector of zeros", When::Number(2), Fault::ZeroVector, (0, 0, 1)),
        line("vectors of another length", When::Number(2), Fault::WrongDimension, (4, 0, 4)),
        line("an answer that is not JSON", When::Number(2), Fault::NotJson, ends),
        line("JSON without vectors", When::Number(2), Fault::OtherJson, ends),
        line("one poisoned input (400)", When::holding("poison"), Fault::Refused, (0, 0, 0)),
        line("every input is refused (400)", When::Always, Fault::Refused, ends),
        line("413 for more than two inputs", When::MoreInputsThan(2), Fault::TooLarge, well),
        line("the key has expired (401)", When::From(2), Fault::ExpiredKey, ends),
        gemini(line("the key has expired (400)", When::From(2), Fault::ExpiredKey, ends)),
        line("403", When::From(2), Fault::Forbidden, ends),
        line("the model is unknown (404)", When::From(2), Fault::UnknownModel, ends),
        line("a redirect within the host", When::Number(1), Fault::Redirect(307, "/moved".to_owned()), well),
        line(
            "a redirect to another host",
            When::From(2),
            Fault::Redirect(308, "http://elsewhere.test".to_owned()),
            ends,
        ),
    ]
}

/// What the user sees of a fault: the error and its hints, or the rejects, without what differs from run to run.
fn seen(ended: &Ended, api: &Api) -> String {
    let shown = match ended.err.split_once("error: ") {
        Some((_, error)) => error.trim().replace('\n', "<br>"),
        None if !api.lab.table("rejects").is_empty() => {
            let reasons: BTreeSet<String> =
                api.lab.table("rejects").iter().map(|row| row["reason"].to_string()).collect();
            format!("a row of `rejects`: {}", reasons.into_iter().collect::<Vec<_>>().join(", ").trim_matches('"'))
        }
        None => "nothing; the run ends well".to_owned(),
    };
    let mut words: Vec<String> = shown.split(' ').map(str::to_owned).collect();
    // Times of this machine.
    for at in 1..words.len() {
        let time = words[at].split(['<', ',']).next().unwrap().to_owned();
        if words[at - 1] == "in" && time.ends_with('s') && time.starts_with(|c: char| c.is_ascii_digit()) {
            words[at] = words[at].replace(&time, "…s");
        }
    }
    // How far the others were is a matter of moments.
    for at in 1..words.len() {
        if words[at - 1].ends_with("hint:") && words.get(at + 1).is_some_and(|word| word == "finished") {
            "…".clone_into(&mut words[at]);
        }
    }
    words.join(" ").replace(&api.fake.host(), "HOST").replace('|', "\\|")
}

/// Runs into a fault, then again with the server mended; gives the row of the table.
fn meet(line: &Line) -> Result<String, String> {
    const N: usize = 24;
    let Line { name, when, fault, code, n_lost, n_paid_twice, .. } = line;
    let api = Api::new(Setup::of(line.protocol).latency(15), N);
    api.fake.script(when.clone(), fault.clone());
    let first = api.run(&[]);
    let wrong = |what: String| Err(format!("{name}: {what}\n{}", first.err));
    if first.code != Some(*code) {
        return wrong(format!("expected exit code {code}, got {:?}", first.code));
    }
    if first.err.contains("panicked") || format!("{}{}", first.out, first.err).contains(KEY) {
        return wrong("panicked, or showed the key".to_owned());
    }
    if *code != 0 && !first.err.contains("hint: ") {
        return wrong("no way out is named".to_owned());
    }
    let arrived = api.fake.ledger();
    let n_answered = arrived.answered().len();
    // A vector that is none was sent as well as the others of its request.
    let spoiled = matches!(fault, Fault::NanWord | Fault::NullNumber | Fault::ZeroVector);
    let n_kept = api.lab.n_cached(".");
    if n_kept < n_answered || (n_kept > n_answered && !spoiled) {
        return wrong(format!("{n_answered} texts were answered, {n_kept} are in the cache"));
    }
    let seen = seen(&first, &api);
    api.fake.mend();
    let second = api.run(&[]);
    if second.code != Some(0) {
        return wrong(format!("the second run failed: {}", second.err));
    }
    let ledger = api.fake.ledger();
    let lost = N - api.lab.n_cached(".");
    if lost != *n_lost || ledger.n_paid_twice() != *n_paid_twice {
        return wrong(format!(
            "lost {lost}, expected {n_lost}; paid twice {}, expected {n_paid_twice}",
            ledger.n_paid_twice()
        ));
    }
    if !ledger.asked_after_answered().is_empty() {
        return wrong(format!("asked again after the answer: {:?}", ledger.asked_after_answered()));
    }
    Ok(format!("| {name} | {code} | {seen} | {lost} | {} |", ledger.n_paid_twice()))
}

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md");

#[test]
fn every_fault_comes_to_what_the_table_says() {
    let lines = table();
    // Most of the time is spent waiting, so that several can wait at once.
    let next = std::sync::atomic::AtomicUsize::new(0);
    let rows = std::sync::Mutex::new(vec![None; lines.len()]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((at, line)) = Some(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
                    .and_then(|at| Some((at, lines.get(at)?)))
                {
                    let row = meet(line);
                    rows.lock().unwrap()[at] = Some(row);
                }
            });
        }
    });
    let rows: Vec<Result<String, String>> = rows.into_inner().unwrap().into_iter().map(Option::unwrap).collect();
    let failed: Vec<&String> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert!(failed.is_empty(), "{}", failed.iter().map(|text| format!("{text}\n")).collect::<String>());
    let rows: Vec<String> = rows.into_iter().map(Result::unwrap).collect();
    let written = std::fs::read_to_string(TABLE).unwrap_or_default();
    let told: Vec<&str> = written.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    assert!(told == rows, "`docs/faults.md` says something else; its table should be:\n{}", rows.join("\n"));
}

#[test]
fn a_check_foresees_what_the_run_is_billed() {
    for protocol in Protocol::ALL {
        let api = Api::new(Setup::of(protocol), 22);
        let check = api.breadth(&["check", "plan.toml"]).code(0);
        assert!(api.fake.ledger().requests.is_empty(), "{protocol:?}: a check asks nobody");
        let price = check
            .out
            .lines()
            .find_map(|line| line.strip_prefix("cost: about $"))
            .unwrap_or_else(|| panic!("{}", check.out));
        let price: f64 = price.split(' ').next().unwrap().parse().unwrap();
        let n_requests = number_in(&check.out, "tokens, ", " requests");
        api.run(&[]).code(0);
        let ledger = api.fake.ledger();
        let billed = ledger.tokens_paid() as f64 / 100.0;
        assert_eq!((n_requests, ledger.requests.len()), (6, 6), "{protocol:?}");
        if protocol == Protocol::OpenAi {
            assert!((price - billed).abs() < 0.005, "{price} for {billed}");
        } else {
            check.shows(&["tokens are estimated"]);
            assert!(price >= billed && price < 3.0 * billed, "{protocol:?}: {price} for {billed}");
        }
        let again = api.breadth(&["check", "plan.toml"]).code(0).shows(&["22 in the cache, 0 to embed"]);
        assert!(again.out.contains("$0"), "{protocol:?}: {}", again.out);
    }
}

#[test]
fn a_run_that_would_cost_too_much_asks_for_nothing() {
    let api = Api::new(Setup::of(Protocol::OpenAi), 24);
    let words = ["`limits.max_cost` = 0.5", "hint: "];
    api.run(&["--set", "limits.max_cost=0.5"]).code(2).says(&words).says(&["nothing was asked for"]);
    api.breadth(&["check", "plan.toml", "--set", "limits.max_cost=0.5"]).code(2).says(&words);
    assert!(api.fake.ledger().requests.is_empty());
    api.run(&["--set", "limits.max_cost=50"]).code(0);
}

#[test]
fn a_run_stops_before_a_request_would_pass_the_limit() {
    let api = Api::new(Setup::of(Protocol::OpenAi), 24);
    // Every other answer is lost on its way, and billed: what was foreseen is not enough.
    for number in [0, 2, 4, 6] {
        api.fake.script(When::Number(number), Fault::CutInside);
    }
    let price = |api: &Api| api.fake.ledger().tokens_paid() as f64 / 100.0;
    let check = api.breadth(&["check", "plan.toml"]).code(0).out;
    let foreseen =
        check.lines().find_map(|line| line.strip_prefix("cost: about $")?.split(' ').next()?.parse::<f64>().ok());
    let limit = format!("{:.4}", foreseen.unwrap() * 1.2);
    let set = format!("limits.max_cost={limit}");
    let ended = api.run(&["--set", &set, "--set", "embedder.0.max_attempts=9"]).code(2);
    ended.says(&[
        "failed to embed with `api`: ",
        "`limits.max_cost`",
        "hint: raise `limits.max_cost`",
        "run the same command to continue",
    ]);
    assert!(price(&api) <= limit.parse().unwrap(), "billed {} of {limit}", price(&api));
    assert_eq!(api.lab.n_cached("."), api.fake.ledger().answered().len(), "what was answered is kept");
    api.fake.mend();
    api.run(&[]).code(0);
    assert!(api.fake.ledger().asked_after_answered().is_empty());
}

#[test]
fn what_is_in_the_cache_needs_neither_key_nor_network() {
    for protocol in Protocol::ALL {
        let api = Api::new(Setup::of(protocol), 12);
        let run = ["run", "plan.toml"];
        api.run(&["--offline"])
            .code(4)
            .says(&["12 texts for `api` are not in the cache", "hint: run without `--offline`"]);
        api.without_key(&run).code(4).says(&[protocol.key_variable(), "is not set", "hint: export "]);
        assert!(api.fake.ledger().requests.is_empty(), "{protocol:?}: asked without a key");
        api.run(&[]).code(0).says(&["0 from the cache, 12 new"]);
        let first = api.lab.outputs(".");
        std::fs::remove_dir_all(api.lab.path("reports")).unwrap();
        api.fake.forget();
        api.without_key(&[&run[..], &["--offline"]].concat()).code(0).says(&["12 from the cache, 0 new"]);
        assert!(api.fake.ledger().requests.is_empty(), "{protocol:?}");
        assert!(api.lab.outputs(".") == first, "{protocol:?}: other bytes from the cache");
        // One more text: it alone is asked for.
        let mut samples = draws(12);
        samples.push(draw("q0", "something new"));
        api.lab.samples("s.jsonl", &samples);
        api.run(&[]).code(0).says(&["12 from the cache, 1 new"]);
        assert_eq!(api.fake.ledger().asked().into_iter().collect::<Vec<_>>(), [("something new", 1)], "{protocol:?}");
    }
}

#[test]
fn long_texts_are_counted_in_the_table_of_embeddings() {
    for protocol in Protocol::ALL {
        let mut setup = Setup::of(protocol);
        setup.window = Some(64);
        let api = Api::new(setup, 4);
        let mut samples = draws(4);
        samples[3] = draw("q1", &"exploring all of the space ".repeat(40));
        api.lab.samples("s.jsonl", &samples);
        let set = ["--set", "embedder.0.window=64"];
        api.run(&set).code(0);
        assert!(api.fake.ledger().cut.is_empty(), "{protocol:?}: the provider cut what we should have cut");
        let rows = api.lab.table("embeddings");
        let number = |row: &std::collections::BTreeMap<String, Value>, column: &str| row[column].as_i64().unwrap();
        assert!(rows.iter().all(|row| row["tokens_seen"] == row["tokens_total"]), "{protocol:?}");
        assert_eq!(rows.iter().filter(|row| number(row, "chunks") > 1).count(), 1, "{protocol:?}");
        api.run(&[&set[..], &["--set", "embedder.0.long_text=truncate"]].concat()).code(0);
        let rows = api.lab.table("embeddings");
        let cut: Vec<_> = rows.iter().filter(|row| number(row, "tokens_seen") < number(row, "tokens_total")).collect();
        assert!(
            matches!(cut[..], [row] if number(row, "chunks") == 1 && number(row, "tokens_seen") > 40),
            "{protocol:?}: {cut:?}"
        );
        assert!(api.fake.ledger().cut.is_empty(), "{protocol:?}");
    }
}

#[test]
fn a_poisoned_input_is_a_reject_with_its_row_and_reason() {
    for protocol in Protocol::ALL {
        let api = Api::new(Setup::of(protocol), 24);
        api.fake.script(When::holding("poison"), Fault::Refused);
        api.run(&[]).code(0);
        let rejects = api.lab.rejects();
        assert!(
            matches!(&rejects[..], [one] if one.starts_with("6: not embedded with `api`: the server refused the text: ")),
            "{rejects:?}"
        );
        // Found by halves: its neighbors were taken at the second or third try, and each paid for once.
        let ledger = api.fake.ledger();
        assert_eq!((ledger.answered().len(), ledger.n_paid_twice()), (23, 0), "{protocol:?}");
        assert!(ledger.requests.len() <= 6 + 4, "{protocol:?}: {}", ledger.requests.len());
        let pairs = api.lab.table("pairs");
        assert_eq!(pairs.iter().filter(|pair| pair["cosine:api"].is_null()).count(), 1, "{protocol:?}");
        api.run(&["--set", "limits.max_rejects=0.01", "--set", "run.name=strict"]).code(3);
    }
}

#[test]
fn keys_reach_the_provider_and_nothing_else() {
    let faults = [None, Some(Fault::EchoedKey), Some(Fault::Broken(500, After::Seconds(0))), Some(Fault::Refused)];
    for protocol in Protocol::ALL {
        for fault in &faults {
            let api = Api::new(Setup::of(protocol), 6);
            if let Some(fault) = fault {
                api.fake.script(When::From(1), fault.clone());
            }
            let arguments = [
                &["run", "plan.toml"][..],
                &["check", "plan.toml"],
                &["doctor"],
                &["list", "providers"],
                &["cache", "stats"],
            ];
            for arguments in arguments {
                let ended = api.breadth(arguments);
                let shown = format!("{}{}", ended.out, ended.err);
                assert!(!shown.contains(KEY), "{protocol:?} with {fault:?}: {arguments:?} shows the key:\n{shown}");
            }
            assert!(api.fake.ledger().requests.iter().all(|asked| asked.key() == Some(KEY)));
            for (name, bytes) in api.lab.everything(".") {
                let holds = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
                assert!(!holds, "{protocol:?} with {fault:?}: the key is in `{name}`");
            }
        }
    }
}

#[test]
fn a_key_in_the_plan_is_a_mistake_that_is_not_repeated() {
    let api = Api::new(Setup::of(Protocol::OpenAi), 4);
    let address = format!("http://user:{KEY}@127.0.0.1:1/v1");
    for line in [format!("api_key = \"{KEY}\""), format!("api_key_env = \"{KEY}\"")] {
        api.plan(&line);
        let ended = api.run(&[]).code(2);
        assert!(!ended.err.contains(KEY), "{}", ended.err);
    }
    api.plan("");
    for (key, value) in [("base_url", address.as_str()), ("api_key", KEY), ("api_key_env", KEY)] {
        let ended = api.run(&["--set", &format!("embedder.0.{key}='{value}'")]).code(2).says(&[key]);
        assert!(!ended.err.contains(KEY), "{}", ended.err);
    }
    assert!(api.fake.ledger().requests.is_empty());
}

#[test]
fn ctrl_c_keeps_what_was_answered() {
    let api = Api::new(Setup::of(Protocol::OpenAi).latency(60), 200);
    let child = api.command(&["run", "plan.toml"], Some(KEY)).spawn().unwrap();
    api.lab.wait_for_segment(".");
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    let ended = Lab::end(child);
    if !told.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine has no `kill`");
        return;
    }
    ended.code(130).says(&["interrupted; nothing is lost: ", "run the same command to continue"]);
    let ledger = api.fake.ledger();
    assert!(ledger.requests.len() < 50, "it went on after Ctrl-C");
    assert_eq!(api.lab.n_cached("."), ledger.answered().len(), "what was under way was paid for and is kept");
    api.run(&[]).code(0);
    assert_eq!((api.fake.ledger().n_paid_twice(), api.lab.n_cached(".")), (0, 200));
}

#[test]
fn a_text_of_many_requests_is_paid_for_piece_by_piece() {
    let mut setup = Setup::of(Protocol::Compatible);
    setup.window = Some(64);
    let api = Api::new(setup, 2);
    let words = |from: usize| (from..from + 700).map(|n| format!("word {n} ")).collect::<String>();
    api.lab.samples("s.jsonl", &[draw("q", &words(0)), draw("q", &words(5000)), draw("q", "short")]);
    let run = ["--set", "embedder.0.window=64", "--set", "embedder.0.concurrency=1"];
    api.fake.script(When::From(5), Fault::Broken(503, After::Seconds(0)));
    api.run(&run).code(4).says(&["gave up after 3 attempts", "finished vectors are in the cache"]);
    let n_answered = api.fake.ledger().answered().len();
    assert!(n_answered >= 16, "{n_answered}");
    api.fake.mend();
    api.run(&run).code(0);
    let ledger = api.fake.ledger();
    assert!(ledger.asked_after_answered().is_empty(), "asked again: {:?}", ledger.asked_after_answered());
    assert_eq!(ledger.n_paid_twice(), 0);
    // As if nothing had happened.
    api.run(&[&run[..], &["--out", "undisturbed"]].concat()).code(0);
    assert!(api.lab.outputs(".") == api.lab.outputs("undisturbed"), "other bytes after the fault");
    let most = api.lab.table("embeddings").iter().filter_map(|row| row["chunks"].as_i64()).max();
    assert!(most > Some(20), "{most:?}");
}

#[test]
fn two_runs_at_once_pay_for_each_text_once() {
    let api = Api::new(Setup::of(Protocol::OpenAi).latency(10), 80);
    let runs = ["one", "other"].map(|name| {
        let name = format!("run.name={name}");
        api.command(&["run", "plan.toml", "--set", &name], Some(KEY)).spawn().unwrap()
    });
    let new: usize = runs.map(|child| number_in(&Lab::end(child).code(0).err, "from the cache, ", " new")).iter().sum();
    let ledger = api.fake.ledger();
    assert_eq!((new, ledger.paid().len(), ledger.n_paid_twice()), (80, 80, 0));
}

#[test]
fn a_limit_cannot_be_kept_where_no_price_is_known() {
    let api = Api::new(Setup::of(Protocol::Compatible), 4);
    let plan = api.lab.read("plan.toml").replace("price_per_million_tokens = 10000\n", "");
    api.lab.write("plan.toml", plan);
    let limit = ["--set", "limits.max_cost=0.000001"];
    for command in ["check", "run", "embed"] {
        api.breadth(&[&[command, "plan.toml"][..], &limit].concat()).code(2).says(&["`price_per_million_tokens`"]);
    }
    assert!(api.fake.ledger().requests.is_empty());
    let free = ["--set", "embedder.0.price_per_million_tokens=0"];
    api.run(&[&limit[..], &free].concat()).code(0);
}

#[test]
fn bad_texts_at_the_beginning_do_not_sink_the_run() {
    let api = Api::new(Setup::of(Protocol::OpenAi), 24);
    let text = |i: usize| format!("try {i}{}", if i < 4 { " poison" } else { "" });
    api.lab.samples("s.jsonl", &(0..24).map(|i| draw(&format!("q{}", i / 2), &text(i))).collect::<Vec<_>>());
    api.fake.script(When::holding("poison"), Fault::Refused);
    api.run(&["--set", "embedder.0.concurrency=1"]).code(0).says(&["4 rejected", "20 new"]);
    assert_eq!(api.fake.ledger().n_paid_twice(), 0);
}

#[test]
fn two_embedders_of_one_space_are_priced_once() {
    let api = Api::new(Setup::of(Protocol::OpenAi), 12);
    let plan = api.lab.read("plan.toml");
    let one = plan[plan.find("[[embedder]]").unwrap()..plan.find("[report]").unwrap()].to_owned();
    api.lab.write("plan.toml", plan.replace("[report]", &format!("{}[report]", one.replace("\"api\"", "\"twin\""))));
    let ended = api.breadth(&["check", "plan.toml"]).code(0);
    let prices: Vec<&str> = ended.out.lines().filter_map(|line| line.split("cost: ").nth(1)).collect();
    assert_eq!((prices.len(), prices[1], prices[0]), (3, "$0", prices[2]), "{}", ended.out);
}
