//! That a command asks who may do it before it changes anything, and where code reads past its caller.
//!
//! **Invariant.** Of every `impl Command`, the first thing that its `run` does, as it stands there and
//! in whatever it calls, is to ask for a capability or to write; which of the two is found out by
//! name, and where a name leads to several functions the worst of them counts. So a condition around
//! the question is not seen, and a write that no name shows (raw SQL in a text) is.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use syn::visit::{self, Visit};

use crate::source;

mod calls;

use calls::{Call, Command, Function, functions};

/// What a function does first of the two that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum First {
    Asks,
    Nothing,
    Writes,
}

/// What was found, and by which way.
type Found = (First, String);

/// All functions of a crate, by name.
struct Program {
    functions: Vec<Function>,
    by_name: BTreeMap<String, Vec<usize>>,
    known: RefCell<BTreeMap<usize, Found>>,
}

impl Program {
    fn of(files: &[source::File]) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for file in files.iter().filter(|file| !file.is_test()) {
            all.extend(functions(&file.path, &file.text)?);
        }
        let mut by_name = BTreeMap::<String, Vec<usize>>::new();
        for (at, function) in all.iter().enumerate() {
            by_name.entry(function.name.clone()).or_default().push(at);
        }
        Ok(Self {
            functions: all,
            by_name,
            known: RefCell::default(),
        })
    }

    // What each command does first.
    fn judged(&self) -> Vec<(Command, Found)> {
        let all = self.functions.iter().enumerate();
        let commands = all.filter_map(|(at, it)| Some((at, it.command.clone()?)));
        commands
            .map(|(at, command)| (command, self.first(at, &mut Vec::new())))
            .collect()
    }

    fn first(&self, at: usize, open: &mut Vec<usize>) -> Found {
        let nothing = (First::Nothing, String::new());
        if let Some(known) = self.known.borrow().get(&at) {
            return known.clone();
        }
        if open.contains(&at) {
            return nothing;
        }
        open.push(at);
        let function = &self.functions[at];
        let calls = function.calls.iter();
        let mut effects = calls.map(|call| self.effect(function, call, open));
        let found = effects.find(|(effect, _)| *effect != First::Nothing);
        open.pop();
        let found = found.unwrap_or(nothing);
        self.known.borrow_mut().insert(at, found.clone());
        found
    }

    fn effect(&self, from: &Function, call: &Call, open: &mut Vec<usize>) -> Found {
        if call.asks() {
            return (First::Asks, call.name.clone());
        }
        if call.writes() {
            return (First::Writes, call.name.clone());
        }
        let meant = match call.reaches() {
            true => self.meant(from, call),
            false => Vec::new(),
        };
        let worst = meant.iter().map(|&at| self.first(at, open)).max();
        worst.map_or((First::Nothing, String::new()), |(first, way)| {
            (first, format!("{} > {way}", call.name))
        })
    }

    // The functions that a call may mean: of those of the name the ones that stand nearest.
    fn meant(&self, from: &Function, call: &Call) -> Vec<usize> {
        let named = self.by_name.get(&call.name).map_or(&[][..], Vec::as_slice);
        let fits = |it: &Function| match call.within.as_deref() {
            Some("Self") => it.owner == from.owner,
            Some(word) => it.stands_in(word),
            // A method of another context would be a trait's, and commands call none.
            None if call.method => it.owner.is_some() && it.nearness(from) > 0,
            None => it.owner.is_none(),
        };
        let fitting = named.iter().copied();
        let fitting: Vec<_> = fitting.filter(|&at| fits(&self.functions[at])).collect();
        let nearness = |at: &usize| self.functions[*at].nearness(from);
        let nearest = fitting.iter().map(nearness).max();
        let near = fitting.into_iter();
        near.filter(|at| Some(nearness(at)) == nearest).collect()
    }
}

/// The commands that write before they ask, or without asking, though they do not say so, and those
/// that say so and ask.
pub(crate) fn unasked(files: &[source::File]) -> anyhow::Result<Vec<String>> {
    let program = Program::of(files)?;
    let judged = program.judged();
    anyhow::ensure!(judged.len() > 130, "only {} commands", judged.len());
    let faults = judged.into_iter().filter_map(|(command, (first, way))| {
        let name = command.name;
        match (first, command.unasked) {
            (First::Asks, true) => Some(format!("{name} says that nothing is asked, and asks")),
            (First::Asks, false) | (_, true) => None,
            (_, false) => Some(format!("{name} does not ask before it writes: {way}")),
        }
    });
    Ok(faults.collect())
}

/// How often each file goes past the caller: how many times `Scope::Everything` stands in it as a
/// value.
pub(crate) fn everything(files: &[source::File]) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut found = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        let mut counted = Everything(0);
        counted.visit_file(&syn::parse_file(&file.text)?);
        if counted.0 > 0 {
            found.insert(file.path.clone(), counted.0);
        }
    }
    Ok(found)
}

struct Everything(usize);

impl<'ast> Visit<'ast> for Everything {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !source::is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    // What is looked at is not made.
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let parts: Vec<_> = path.path.segments.iter().map(|it| &it.ident).collect();
        if let [.., scope, word] = parts.as_slice() {
            self.0 += usize::from(*scope == "Scope" && *word == "Everything");
        }
    }
}

/// `PATH COUNT` in each line that is no remark.
pub(crate) fn counts(text: &str) -> anyhow::Result<BTreeMap<String, usize>> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (path, count) = line
                .split_once(' ')
                .ok_or_else(|| anyhow::anyhow!("no count: {line}"))?;
            Ok((path.to_owned(), count.trim().parse()?))
        })
        .collect()
}

/// Where the counts are not those that are allowed.
pub(crate) fn grown(
    found: &BTreeMap<String, usize>,
    allowed: &BTreeMap<String, usize>,
) -> Vec<String> {
    let paths: BTreeSet<_> = found.keys().chain(allowed.keys()).collect();
    let of = |counts: &BTreeMap<String, usize>, path: &str| counts.get(path).copied().unwrap_or(0);
    paths
        .into_iter()
        .filter_map(|path| {
            let (is, may) = (of(found, path), of(allowed, path));
            match is.cmp(&may) {
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Less => Some(format!("{path} {is}: {may} is no longer needed")),
                std::cmp::Ordering::Greater => Some(format!(
                    "{path} {is}: {may} are allowed; can it read by the caller's scope?"
                )),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(body: &str, beside: &str) -> Vec<(String, First)> {
        let text = format!(
            "impl Command for Do {{ const NAME: &'static str = \"a.do\";
               async fn run(&self, uow: &mut Uow<'_>) -> Result<(), Problem> {{ {body} }} }}
             {beside}"
        );
        let file = source::File {
            path: "api/src/a/commands.rs".to_owned(),
            text,
        };
        let judged = Program::of(&[file]).unwrap().judged().into_iter();
        judged
            .map(|(command, (first, _))| (command.name, first))
            .collect()
    }

    #[test]
    fn who_writes_before_asking_is_found() {
        let helpers = "async fn ask(uow: &Uow<'_>) { uow.require(Capability::View, it).await }
            async fn write(uow: &Uow<'_>) { row.insert(uow.db()).await }
            async fn both(uow: &Uow<'_>) { write(uow).await; ask(uow).await }
            impl Held { async fn lock(uow: &Uow<'_>) {} async fn save(&self, uow: &Uow<'_>) { write(uow).await } }";
        for (body, expected) in [
            (
                "uow.require(c, o).await?; row.insert(uow.db()).await",
                First::Asks,
            ),
            (
                "row.insert(uow.db()).await?; uow.require(c, o).await",
                First::Writes,
            ),
            ("names.insert(name); uow.require_root(c).await", First::Asks),
            ("ask(uow).await?; write(uow).await", First::Asks),
            ("write(uow).await?; ask(uow).await", First::Writes),
            ("both(uow).await", First::Writes),
            (
                "let held = Held::lock(uow).await?; held.save(uow).await",
                First::Writes,
            ),
            ("uow.insert_all(rows).await", First::Writes),
            ("Ok(())", First::Nothing),
        ] {
            let found = judged(body, helpers);
            assert_eq!(found, [("a.do".to_owned(), expected)], "{body}");
        }
    }

    #[test]
    fn whoever_goes_past_the_caller_once_more_is_found() {
        let file = source::File {
            path: "api/src/a/queries.rs".to_owned(),
            text: "fn a() { b(&Scope::Everything); match s { Scope::Everything => 1 } }
                #[cfg(test)] mod tests { fn c() { b(&Scope::Everything) } }"
                .to_owned(),
        };
        let found = everything(&[file]).unwrap();
        let allowed = counts("# why\napi/src/a/queries.rs 1\n").unwrap();
        assert_eq!(grown(&found, &allowed), Vec::<String>::new());
        assert_eq!(grown(&found, &BTreeMap::new()).len(), 1);
        assert_eq!(grown(&BTreeMap::new(), &allowed).len(), 1);
    }
}
