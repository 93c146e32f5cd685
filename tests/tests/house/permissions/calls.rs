//! The functions of a file that may ask or write, and what each calls, in the order in which it is
//! called.
//!
//! **Invariant.** Both are awaited, so whoever does either is `async`; other functions are left out.
//! What is called to give an argument or a receiver comes before what gets it.

use syn::{
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::source;

/// What a command may ask the unit of work for its permission.
const ASKS: &[&str] = &[
    "require",
    "require_one",
    "require_root",
    "require_anywhere",
    "require_operator",
    "is_own",
    "own",
];
/// What changes rows where it is given a connection.
const WRITES: &[&str] = &[
    "insert",
    "update",
    "save",
    "delete",
    "exec",
    "exec_without_returning",
    "exec_with_returning",
    "execute",
    "execute_raw",
    "execute_unprepared",
];
/// What changes rows, asked of the unit of work.
const WRITES_OF_UOW: &[&str] = &["insert_all", "write", "leave"];

/// A function, with where it stands.
pub(super) struct Function {
    module: Vec<String>,
    /// The type that it is one of.
    pub(super) owner: Option<String>,
    pub(super) name: String,
    /// The command whose `run` it is.
    pub(super) command: Option<Command>,
    pub(super) calls: Vec<Call>,
}

impl Function {
    /// How much of the way to it is the way to the other.
    pub(super) fn nearness(&self, other: &Self) -> usize {
        let both = self.module.iter().zip(&other.module);
        let shared = both.take_while(|(one, other)| one == other).count();
        // Its own file comes before what hangs below it.
        2 * shared + usize::from(self.module == other.module)
    }

    /// Whether a path that ends in this word leads here.
    pub(super) fn stands_in(&self, word: &str) -> bool {
        self.owner.as_deref() == Some(word)
            || (self.owner.is_none() && self.module.iter().any(|part| part == word))
    }
}

/// A command, as it says of itself.
#[derive(Clone)]
pub(super) struct Command {
    pub(super) name: String,
    /// Whether its `PERMISSION` is that nothing is asked.
    pub(super) unasked: bool,
}

/// Something that is called.
pub(super) struct Call {
    pub(super) name: String,
    /// The part of a path before the name.
    pub(super) within: Option<String>,
    pub(super) method: bool,
    // What it is asked of, and given.
    receiver: String,
    arguments: String,
}

impl Call {
    pub(super) fn asks(&self) -> bool {
        let name = self.name.as_str();
        (self.method && ASKS.contains(&name))
            || (name == "reach" && self.arguments.contains("Capability"))
            // A command in a command asks by itself, and is looked at as well.
            || (self.method && name == "run" && self.arguments == "uow")
    }

    /// Whether what is called gets hold of the database.
    pub(super) fn reaches(&self) -> bool {
        let words = ["uow", "db", "transaction", "connection"];
        let part = |sign: char| !(sign.is_ascii_alphanumeric() || sign == '_');
        let mut told = self.arguments.split(part).chain(self.receiver.split(part));
        told.any(|word| words.contains(&word))
    }

    pub(super) fn writes(&self) -> bool {
        let name = self.name.as_str();
        let connected = ["db()", "transaction", "connection"];
        let connected = connected.iter().any(|it| self.arguments.contains(it));
        let by_itself = self.receiver.contains("db()");
        let raw = name.starts_with("execute") && by_itself;
        (self.method && WRITES.contains(&name) && (connected || self.arguments == "db" || raw))
            || (self.method && WRITES_OF_UOW.contains(&name) && self.receiver == "uow")
    }
}

/// The functions of a file, but for those of tests.
pub(super) fn functions(path: &str, text: &str) -> anyhow::Result<Vec<Function>> {
    let mut reader = Reader {
        module: source::module_of(path),
        owner: None,
        command: None,
        found: Vec::new(),
    };
    reader.visit_file(&syn::parse_file(text)?);
    Ok(reader.found)
}

struct Reader {
    module: Vec<String>,
    owner: Option<String>,
    // The command that is read.
    command: Option<Command>,
    found: Vec<Function>,
}

impl Reader {
    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        if signature.asyncness.is_none() {
            return;
        }
        let mut calls = Calls(Vec::new());
        calls.visit_block(body);
        let name = signature.ident.to_string();
        self.found.push(Function {
            module: self.module.clone(),
            owner: self.owner.clone(),
            command: self.command.clone().filter(|_| name == "run"),
            name,
            calls: calls.0,
        });
    }
}

// The source of it, without its blanks.
fn text(part: &impl Spanned) -> String {
    let text = part.span().source_text().unwrap_or_default();
    text.split_whitespace().collect()
}

fn last(path: &syn::Path) -> Option<String> {
    path.segments.last().map(|part| part.ident.to_string())
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !source::is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(of) = &*item.self_ty else {
            return;
        };
        self.owner = last(&of.path);
        let implements = item.trait_.as_ref().and_then(|(_, path, _)| last(path));
        self.command = (implements.as_deref() == Some("Command")).then(|| command_of(item));
        visit::visit_item_impl(self, item);
        (self.owner, self.command) = (None, None);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !source::is_test(&item.attrs) {
            self.function(&item.sig, &item.block);
        }
    }
}

// Its name is what the journal calls it; of a wrapper, what it is.
fn command_of(item: &syn::ItemImpl) -> Command {
    let constant = |name: &str| {
        let found = item.items.iter().find_map(|it| match it {
            syn::ImplItem::Const(it) if it.ident == name => Some(text(&it.expr)),
            _ => None,
        });
        found.unwrap_or_default()
    };
    let named = constant("NAME");
    Command {
        name: match named.starts_with('"') {
            true => named.trim_matches('"').to_owned(),
            false => text(&item.self_ty),
        },
        unasked: constant("PERMISSION").starts_with("Permission::Unasked("),
    }
}

struct Calls(Vec<Call>);

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        self.0.push(Call {
            name: call.method.to_string(),
            within: None,
            method: true,
            receiver: text(&call.receiver),
            arguments: text(&call.args),
        });
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        visit::visit_expr_call(self, call);
        let syn::Expr::Path(path) = &*call.func else {
            return;
        };
        let mut parts = path.path.segments.iter().rev();
        let Some(name) = parts.next() else { return };
        let within = parts.next().map(|part| part.ident.to_string());
        // `super::x` and `crate::x` say nothing but where to look, which is done anyhow.
        let within = within.filter(|it| !matches!(it.as_str(), "super" | "crate" | "self"));
        self.0.push(Call {
            name: name.ident.to_string(),
            within,
            method: false,
            receiver: String::new(),
            arguments: text(&call.args),
        });
    }
}
