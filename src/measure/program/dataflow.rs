//! Which value comes from which: a Python program goes in, numbers of its data-flow items come out.
//!
//! An item says of a variable at one place which variables its value comes from, or is computed from. Variables are named
//! by the order in which the data flow mentions them, so that their own names do not count. The rules are those of
//! `DFG_python` in Microsoft's `CodeBLEU` (package `codebleu` 0.7.0, `parser/DFG.py`, `dataflow_match.py`), kept where
//! they are coarse: every word is a variable, a function's name too; branches start from what was known before the
//! condition; the body of a loop with an `else` is not looked at; `a.b = c + d` pairs the parts of both sides.
//!
//! The original copies lists from call to call; here each place has one entry that grows, which comes to the same. It
//! runs bodies of loops twice, nested ones four times and so on: [`BUDGET`] ends that.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::kernels::subtrees::children;
use crate::program::{Language, Tree};

/// Steps that a program's data flow may take: a thousand times what a program of a hundred lines needs. One that needs
/// more (twenty loops inside each other) has no data flow.
const BUDGET: usize = 1 << 22;

/// Numbers for items of data flow, the same for equal items of all programs that were asked about.
#[derive(Debug, Default)]
pub(super) struct Items {
    numbers: HashMap<Box<[u32]>, u32>,
}

impl Items {
    /// No item seen yet.
    #[must_use]
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The numbers of the program's items, ascending; `None` where there are none: the language is not Python, nothing
    /// flows, or it takes too long to find out.
    #[must_use]
    pub(super) fn numbers(&mut self, tree: &Tree, source: &str) -> Option<Vec<u32>> {
        if tree.language != Language::Python {
            return None;
        }
        let items = Flow::new(tree, source).run()?;
        let mut numbers: Vec<u32> = Vec::with_capacity(items.len());
        for item in items {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            numbers.push(*self.numbers.entry(item.into()).or_insert(next));
        }
        numbers.sort_unstable();
        Some(numbers)
    }
}

/// What Python's grammar calls what the rules ask for.
struct Kinds {
    identifier: u16,
    string: u16,
    comma: u16,
    assignments: [u16; 2],
    for_in_clause: u16,
    default_parameter: u16,
    if_statement: u16,
    elif_clause: u16,
    else_clause: u16,
    for_statement: u16,
    while_statement: u16,
    block: u16,
    left: u16,
    right: u16,
    name: u16,
    value: u16,
}

static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let kind = |name| Language::Python.kind(name);
    let field = |name| Language::Python.field(name);
    Kinds {
        identifier: kind("identifier"),
        string: kind("string"),
        comma: Language::Python.sign(","),
        assignments: [kind("assignment"), kind("augmented_assignment")],
        for_in_clause: kind("for_in_clause"),
        default_parameter: kind("default_parameter"),
        if_statement: kind("if_statement"),
        elif_clause: kind("elif_clause"),
        else_clause: kind("else_clause"),
        for_statement: kind("for_statement"),
        while_statement: kind("while_statement"),
        block: kind("block"),
        left: field("left"),
        right: field("right"),
        name: field("name"),
        value: field("value"),
    }
});

/// What is still to be done, the next on top.
#[derive(Clone, Copy)]
enum Work {
    Visit(usize),
    /// The words of the first node are computed from those of the second.
    Bind(usize, usize),
    /// The words of the first node come from each of those of the second.
    Default(usize, usize),
    /// A branch begins, from what was known before the condition.
    Branch,
    /// It ends.
    EndBranch,
    /// Branches come together; whether one of them is always taken.
    Join(bool),
}

/// What is known of a place in the program.
#[derive(Debug, Clone, Default)]
struct Entry {
    /// How often the rules came by.
    seen: usize,
    computed: bool,
    /// What its value comes from; each word once when the rules came by more than once.
    parents: Vec<u32>,
    /// Whether a value comes from here or arrives here.
    used: bool,
}

/// For each word where its value was given last: a place in `Flow::sources`, or [`NOWHERE`].
type State = Vec<u32>;
const NOWHERE: u32 = u32::MAX;

/// An `if` that the walk is in.
struct Fork {
    before: State,
    trunk: State,
    branches: Vec<State>,
}

struct Flow<'a> {
    tree: &'a Tree,
    /// The word at each node, or [`NOWHERE`].
    words: Vec<u32>,
    entries: Vec<Entry>,
    state: State,
    /// Lists of places, ascending.
    sources: Vec<Vec<u32>>,
    forks: Vec<Fork>,
    work: Vec<Work>,
    left: usize,
}

impl<'a> Flow<'a> {
    fn new(tree: &'a Tree, source: &str) -> Self {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut words = vec![NOWHERE; tree.nodes.len()];
        let mut at = 0;
        while at < tree.nodes.len() {
            let node = &tree.nodes[at];
            let leaf = node.end as usize == at + 1;
            let is_string = kind(tree, at) == KINDS.string;
            if (leaf || is_string) && node.shown {
                let span = &tree.spans[at];
                let text = source.get(span.start as usize..span.end as usize).unwrap_or("");
                if Language::Python.kind_name(kind(tree, at)) != Some(text) {
                    let next = u32::try_from(numbers.len()).unwrap_or(NOWHERE);
                    words[at] = *numbers.entry(text).or_insert(next);
                }
            }
            at = if is_string { node.end as usize } else { at + 1 };
        }
        let state = vec![NOWHERE; numbers.len()];
        let entries = vec![Entry::default(); tree.nodes.len()];
        let work = vec![Work::Visit(0)];
        Flow { tree, words, entries, state, sources: Vec::new(), forks: Vec::new(), work, left: BUDGET }
    }

    /// The items, in the program's order: variable, relation, parents.
    fn run(mut self) -> Option<Vec<Vec<u32>>> {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Visit(at) => self.visit(at)?,
                Work::Bind(left, right) => self.bind(left, right)?,
                Work::Default(name, value) => self.default(name, value)?,
                Work::Branch => self.branch()?,
                Work::EndBranch => self.end_branch(),
                Work::Join(complete) => self.join(complete)?,
            }
        }
        let items = self.named_by_appearance();
        (!items.is_empty()).then_some(items)
    }

    fn visit(&mut self, at: usize) -> Option<()> {
        self.spend(1)?;
        let of = kind(self.tree, at);
        if self.is_leaf(at) {
            self.read(at)?;
        } else if KINDS.assignments.contains(&of) || of == KINDS.for_in_clause {
            self.assign(at, of);
        } else if of == KINDS.default_parameter {
            match (self.field(at, KINDS.name), self.field(at, KINDS.value)) {
                (Some(name), Some(value)) => self.work.extend([Work::Default(name, value), Work::Visit(value)]),
                _ => self.visit_children(at),
            }
        } else if of == KINDS.if_statement {
            self.fork(at)?;
        } else if of == KINDS.for_statement {
            self.repeat(at);
        } else if of == KINDS.while_statement {
            let body: Vec<usize> = children(&self.tree.nodes, at).collect();
            self.work.extend(body.iter().chain(&body).rev().map(|&child| Work::Visit(child)));
        } else {
            self.visit_children(at);
        }
        Some(())
    }

    /// The children, but what a comprehension runs over first.
    fn visit_children(&mut self, at: usize) {
        let nodes = &self.tree.nodes;
        let is_first = |&child: &usize| kind(self.tree, child) == KINDS.for_in_clause;
        let begin = self.work.len();
        self.work.extend(children(nodes, at).filter(is_first).map(Work::Visit));
        self.work.extend(children(nodes, at).filter(|child| !is_first(child)).map(Work::Visit));
        self.work[begin..].reverse();
    }

    fn assign(&mut self, at: usize, of: u16) {
        let pairs = if of == KINDS.for_in_clause {
            let last = children(&self.tree.nodes, at).last();
            self.field(at, KINDS.left).zip(last).map(|pair| vec![pair])
        } else if self.field(at, KINDS.right).is_none() {
            // `x: int` gives no value.
            return;
        } else {
            self.sides(at)
        };
        match pairs {
            Some(pairs) => self.push_pairs(&pairs),
            None => self.visit_children(at),
        }
    }

    /// What stands left and right, part by part where both sides have as many parts.
    fn sides(&self, at: usize) -> Option<Vec<(usize, usize)>> {
        let (left, right) = (self.field(at, KINDS.left)?, self.field(at, KINDS.right)?);
        let parts = |side| -> Vec<usize> {
            // A string has parts in the grammar, but is one word in the data flow.
            let whole = self.is_leaf(side);
            let parts = children(&self.tree.nodes, side).filter(|&child| kind(self.tree, child) != KINDS.comma);
            if whole { Vec::new() } else { parts.collect() }
        };
        let (lefts, rights) = (parts(left), parts(right));
        if lefts.len() != rights.len() || lefts.is_empty() {
            return Some(vec![(left, right)]);
        }
        Some(lefts.into_iter().zip(rights).collect())
    }

    /// All right sides are read before anything is bound.
    fn push_pairs(&mut self, pairs: &[(usize, usize)]) {
        self.work.extend(pairs.iter().rev().map(|&(left, right)| Work::Bind(left, right)));
        self.work.extend(pairs.iter().rev().map(|&(_, right)| Work::Visit(right)));
    }

    /// A loop: what it runs over, its variables and its body, twice.
    fn repeat(&mut self, at: usize) {
        let Some(pairs) = self.sides(at) else { return self.visit_children(at) };
        let last = children(&self.tree.nodes, at).last().filter(|&last| kind(self.tree, last) == KINDS.block);
        for _ in 0..2 {
            self.work.extend(last.map(Work::Visit));
            self.push_pairs(&pairs);
        }
    }

    fn fork(&mut self, at: usize) -> Option<()> {
        self.spend(self.state.len())?;
        self.forks.push(Fork { before: self.state.clone(), trunk: State::new(), branches: Vec::new() });
        let mut complete = false;
        let begin = self.work.len();
        for child in children(&self.tree.nodes, at) {
            let of = kind(self.tree, child);
            complete |= of == KINDS.else_clause;
            if of == KINDS.elif_clause || of == KINDS.else_clause {
                self.work.extend([Work::Branch, Work::Visit(child), Work::EndBranch]);
            } else {
                self.work.push(Work::Visit(child));
            }
        }
        self.work.push(Work::Join(complete));
        self.work[begin..].reverse();
        Some(())
    }

    fn branch(&mut self) -> Option<()> {
        self.spend(self.state.len())?;
        if let Some(fork) = self.forks.last_mut() {
            fork.trunk = std::mem::replace(&mut self.state, fork.before.clone());
        }
        Some(())
    }

    fn end_branch(&mut self) {
        if let Some(fork) = self.forks.last_mut() {
            fork.branches.push(std::mem::replace(&mut self.state, std::mem::take(&mut fork.trunk)));
        }
    }

    fn join(&mut self, complete: bool) -> Option<()> {
        let Some(mut fork) = self.forks.pop() else { return Some(()) };
        if !complete {
            fork.branches.push(fork.before);
        }
        for branch in fork.branches {
            self.spend(branch.len())?;
            for (word, other) in branch.into_iter().enumerate() {
                let own = self.state[word];
                if own == NOWHERE {
                    self.state[word] = other;
                } else if other != NOWHERE && own != other {
                    let mut places = [&self.sources[own as usize][..], &self.sources[other as usize][..]].concat();
                    places.sort_unstable();
                    places.dedup();
                    self.spend(places.len())?;
                    self.state[word] = self.list(places);
                }
            }
        }
        Some(())
    }

    /// A word is read: its value comes from where it was given.
    fn read(&mut self, at: usize) -> Option<()> {
        let word = self.words[at];
        if word == NOWHERE {
            return Some(());
        }
        let given = self.state[word as usize];
        if given == NOWHERE {
            self.entries[at].seen += 1;
            if kind(self.tree, at) == KINDS.identifier {
                self.give(at);
            }
            return Some(());
        }
        self.record(at, false, &[word])?;
        let places = std::mem::take(&mut self.sources[given as usize]);
        for &place in &places {
            self.entries[place as usize].used = true;
        }
        self.spend(places.len())?;
        self.sources[given as usize] = places;
        Some(())
    }

    fn bind(&mut self, left: usize, right: usize) -> Option<()> {
        let (targets, places) = (self.words_in(left)?, self.words_in(right)?);
        let parents: Vec<u32> = places.iter().map(|&place| self.words[place]).collect();
        for &target in &targets {
            self.record(target, true, &parents)?;
            self.give(target);
        }
        if !targets.is_empty() {
            for place in places {
                self.entries[place].used = true;
            }
        }
        Some(())
    }

    fn default(&mut self, name: usize, value: usize) -> Option<()> {
        let (targets, places) = (self.words_in(name)?, self.words_in(value)?);
        for target in targets {
            for &place in &places {
                self.record(target, false, &[self.words[place]])?;
                self.entries[place].used = true;
            }
            self.give(target);
        }
        Some(())
    }

    fn record(&mut self, at: usize, computed: bool, parents: &[u32]) -> Option<()> {
        self.spend(1 + parents.len() + if self.entries[at].seen > 0 { self.entries[at].parents.len() } else { 0 })?;
        let entry = &mut self.entries[at];
        entry.seen += 1;
        entry.used |= !parents.is_empty();
        if entry.seen == 1 {
            entry.computed = computed;
            entry.parents.extend(parents);
            return Some(());
        }
        let mut words: Vec<u32> = Vec::new();
        let mut looked_at = 0;
        for &word in entry.parents.iter().chain(parents) {
            looked_at += words.len();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        entry.parents = words;
        self.spend(looked_at / 8)
    }

    /// The word at this place has its value from here now.
    fn give(&mut self, at: usize) {
        let list = self.list(vec![u32::try_from(at).unwrap_or(0)]);
        self.state[self.words[at] as usize] = list;
    }

    fn list(&mut self, places: Vec<u32>) -> u32 {
        self.sources.push(places);
        u32::try_from(self.sources.len() - 1).unwrap_or(0)
    }

    fn words_in(&mut self, at: usize) -> Option<Vec<usize>> {
        let range = at..self.tree.nodes[at].end as usize;
        self.spend(range.len())?;
        Some(range.filter(|&at| self.words[at] != NOWHERE).collect())
    }

    fn named_by_appearance(self) -> Vec<Vec<u32>> {
        let mut names: HashMap<u32, u32> = HashMap::new();
        let mut name = |word: u32| {
            let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
            *names.entry(word).or_insert(next)
        };
        let mut items = Vec::new();
        for (entry, word) in self.entries.into_iter().zip(self.words) {
            if entry.used && entry.seen > 0 {
                let parents: Vec<u32> = entry.parents.into_iter().map(&mut name).collect();
                let mut item = vec![name(word), u32::from(entry.computed)];
                item.extend(parents);
                items.push(item);
            }
        }
        items
    }

    fn is_leaf(&self, at: usize) -> bool {
        self.tree.nodes[at].end as usize == at + 1 || kind(self.tree, at) == KINDS.string
    }

    fn field(&self, at: usize, field: u16) -> Option<usize> {
        children(&self.tree.nodes, at).find(|&child| self.tree.nodes[child].field == field)
    }

    fn spend(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(steps)?;
        Some(())
    }
}

/// The grammar's number of a node's kind.
fn kind(tree: &Tree, at: usize) -> u16 {
    // The low half; above it stand the language and whether the node was missing.
    (tree.nodes[at].kind & 0xFFFF) as u16
}
