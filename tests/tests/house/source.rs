//! What a crate's source says of itself: its files, the paths that its shipped code names, and the
//! length of its functions.
//!
//! **Invariant.** Every path that leaves its module is found, whether it stands in a `use`, in code,
//! in an attribute or inside a macro call; code under `#[cfg(test)]` and in `tests.rs` is left out,
//! since a test may look anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// One `.rs` file.
pub(crate) struct File {
    /// Relative to the root of the workspace, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether it is all test: `tests.rs`, or a file below `tests/`, of a module that ships.
    pub(crate) fn is_test(&self) -> bool {
        module_of(&self.path).iter().any(|part| part == "tests")
    }
}

/// A path that code names, resolved to the crate it begins in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    /// The module that names it, from the root of its crate.
    pub(crate) from: Vec<String>,
    /// The crate it leads into; a type's own name where it is no crate at all (`Vec::new`).
    pub(crate) krate: String,
    /// The path inside that crate.
    pub(crate) to: Vec<String>,
    pub(crate) line: usize,
    /// The name under which a `use` that others can see hands it on.
    pub(crate) handed_on: Option<String>,
}

/// The length of a function, from its signature to its closing brace.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) lines: usize,
}

/// What one file holds.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) uses: Vec<Use>,
    pub(crate) functions: Vec<Function>,
    /// Where something is `async`.
    pub(crate) async_lines: Vec<usize>,
    /// How many lines its test modules take.
    pub(crate) test_lines: usize,
}

/// Every `.rs` file below a directory, in order.
pub(crate) fn files(root: &Path, below: &str) -> anyhow::Result<Vec<File>> {
    let mut found = Vec::new();
    let mut open = vec![root.join(below)];
    while let Some(directory) = open.pop() {
        if !directory.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(read(root, path)?);
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn read(root: &Path, path: PathBuf) -> anyhow::Result<File> {
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let path = path
        .strip_prefix(root)?
        .to_string_lossy()
        .replace('\\', "/");
    Ok(File { path, text })
}

/// The module that a file is: `api/src/stock/rows.rs` is `stock::rows`, `lib.rs` the root.
pub(crate) fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    let mut module: Vec<String> = inside
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if module
        .last()
        .is_some_and(|last| last == "lib" || last == "main" || last == "mod")
    {
        module.pop();
    }
    module
}

/// Reads one file of a crate.
pub(crate) fn content(krate: &str, module: Vec<String>, text: &str) -> anyhow::Result<Content> {
    let file = syn::parse_file(text)?;
    let mut content = Content::default();
    Reader::new(krate, module, &file.items, &mut content).read(|reader| reader.visit_file(&file));
    content.uses.sort();
    content.uses.dedup();
    Ok(content)
}

/// Reads one module; an inline module gets a reader of its own.
struct Reader<'a> {
    krate: &'a str,
    module: Vec<String>,
    /// Names that this module gave to paths by `use`.
    names: BTreeMap<String, (String, Vec<String>)>,
    children: BTreeSet<String>,
    content: &'a mut Content,
}

impl<'a> Reader<'a> {
    fn new(
        krate: &'a str,
        module: Vec<String>,
        items: &[syn::Item],
        content: &'a mut Content,
    ) -> Self {
        let children = items
            .iter()
            .filter_map(|item| match item {
                syn::Item::Mod(child) => Some(child.ident.to_string()),
                _ => None,
            })
            .collect();
        let mut reader = Self {
            krate,
            module,
            names: BTreeMap::new(),
            children,
            content,
        };
        // Imports are collected before anything is resolved, for they hold above where they stand.
        // Twice, since an import may start from a name that another import gave.
        for _ in 0..2 {
            for item in items {
                if let syn::Item::Use(item) = item {
                    reader.name_imports(item);
                }
            }
        }
        reader
    }

    fn read(mut self, visit: impl FnOnce(&mut Self)) {
        visit(&mut self);
    }

    fn name_imports(&mut self, item: &syn::ItemUse) {
        for (path, name) in flatten(&item.tree) {
            let target = self.resolve(&path);
            self.names.insert(name, target);
        }
    }

    /// The crate and the path inside it that a written path means here.
    fn resolve(&self, path: &[String]) -> (String, Vec<String>) {
        let own = || self.krate.to_owned();
        let Some((first, rest)) = path.split_first() else {
            return (own(), Vec::new());
        };
        match first.as_str() {
            "crate" => (own(), rest.to_vec()),
            "self" => (own(), [&self.module, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let kept = self.module.len().saturating_sub(ups);
                (own(), [&self.module[..kept], &path[ups..]].concat())
            }
            _ => {
                if let Some((krate, named)) = self.names.get(first) {
                    (krate.clone(), [named, rest].concat())
                } else if self.children.contains(first) {
                    (own(), [&self.module, path].concat())
                } else if first == self.krate {
                    (own(), rest.to_vec())
                } else {
                    (first.clone(), rest.to_vec())
                }
            }
        }
    }

    fn found(&mut self, path: &[String], line: usize, handed_on: Option<String>) {
        let (krate, to) = self.resolve(path);
        self.content.uses.push(Use {
            from: self.module.clone(),
            krate,
            to,
            line,
            handed_on,
        });
    }

    /// The paths of two or more parts in tokens that nobody parsed: macro calls and attributes.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(part) => {
                    if colons != 2 {
                        self.end_of(&mut path, line);
                    }
                    line = part.span().start().line;
                    path.push(part.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end_of(&mut path, line);
                    self.scan(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => self.end_of(&mut path, line),
            }
        }
        self.end_of(&mut path, line);
    }

    fn end_of(&mut self, path: &mut Vec<String>, line: usize) {
        if path.len() > 1 {
            self.found(path, line, None);
        }
        path.clear();
    }

    fn function(&mut self, name: &syn::Ident, start: usize, end: usize) {
        self.content.functions.push(Function {
            name: name.to_string(),
            lines: end + 1 - start,
        });
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let Some((_, items)) = &item.content else {
            return;
        };
        if is_test(&item.attrs) {
            let span = item.span();
            self.content.test_lines += span.end().line + 1 - span.start().line;
            return;
        }
        let mut module = self.module.clone();
        module.push(item.ident.to_string());
        Reader::new(self.krate, module, items, self.content).read(|reader| {
            for item in items {
                reader.visit_item(item);
            }
        });
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if is_test(&item.attrs) {
            return;
        }
        let handed_on = !matches!(item.vis, syn::Visibility::Inherited);
        let line = item.span().start().line;
        for (path, name) in flatten(&item.tree) {
            self.found(&path, line, handed_on.then_some(name));
        }
        // An import inside a function comes here first.
        self.name_imports(item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if parts.len() > 1 {
            self.found(&parts, path.span().start().line, None);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.scan(mac.tokens.clone());
        visit::visit_macro(self, mac);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.scan(list.tokens.clone());
        visit::visit_meta_list(self, list);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if is_test(&item.attrs) {
            return;
        }
        let end = item.block.span().end().line;
        self.function(&item.sig.ident, item.sig.span().start().line, end);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let end = item.block.span().end().line;
        self.function(&item.sig.ident, item.sig.span().start().line, end);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(keyword) = signature.asyncness {
            self.content.async_lines.push(keyword.span().start().line);
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.content.async_lines.push(block.span().start().line);
        visit::visit_expr_async(self, block);
    }
}

/// Whether `#[cfg(test)]` or `#[test]` is among the attributes.
pub(crate) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::NameValue(_) => false,
    })
}

/// The paths of a `use`, each with the name it gets here.
fn flatten(tree: &syn::UseTree) -> Vec<(Vec<String>, String)> {
    let mut paths = Vec::new();
    let mut open = vec![(Vec::new(), tree)];
    while let Some((mut path, tree)) = open.pop() {
        match tree {
            syn::UseTree::Path(step) => {
                path.push(step.ident.to_string());
                open.push((path, &step.tree));
            }
            syn::UseTree::Group(group) => {
                open.extend(group.items.iter().map(|tree| (path.clone(), tree)));
            }
            syn::UseTree::Glob(_) => {
                path.push("*".to_owned());
                paths.push((path, "*".to_owned()));
            }
            syn::UseTree::Name(leaf) => {
                let mut name = leaf.ident.to_string();
                if name == "self" && !path.is_empty() {
                    name = path.last().cloned().unwrap_or_default();
                } else {
                    path.push(name.clone());
                }
                paths.push((path, name));
            }
            syn::UseTree::Rename(leaf) => {
                if leaf.ident != "self" {
                    path.push(leaf.ident.to_string());
                }
                paths.push((path, leaf.rename.to_string()));
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let module = vec!["dispatch".to_owned(), "commands".to_owned()];
        let found: BTreeSet<String> = content("api", module, text)
            .unwrap()
            .uses
            .into_iter()
            .map(|found| format!("{}::{}", found.krate, found.to.join("::")))
            .collect();
        let expected: BTreeSet<String> = expected.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn every_way_to_name_a_path_is_seen() {
        check("use crate::stock::rows::lot;", &["api::stock::rows::lot"]);
        check(
            "use crate::{stock::{self, queries as q}, depots::*};",
            &["api::stock", "api::stock::queries", "api::depots::*"],
        );
        check("use super::rows;", &["api::dispatch::rows"]);
        check(
            "use self::inner::X; mod inner {}",
            &["api::dispatch::commands::inner::X"],
        );
        check(
            "fn f() { super::super::stock::rows::g(); }",
            &["api::stock::rows::g"],
        );
        check(
            "fn f(x: crate::stock::rows::Model) {}",
            &["api::stock::rows::Model"],
        );
        check("use api::stock::rows::x;", &["api::stock::rows::x"]);
        check(
            "use std::fs; fn f() { fs::read(0); }",
            &["std::fs", "std::fs::read"],
        );
    }

    #[test]
    fn a_name_leads_back_to_where_it_came_from() {
        check(
            "fn f() { rows::g(); } use crate::stock::rows;",
            &["api::stock::rows", "api::stock::rows::g"],
        );
        check(
            "use stock::rows as r; use crate::stock; fn f() { r::g(); }",
            &["api::stock", "api::stock::rows", "api::stock::rows::g"],
        );
        check(
            "fn f() { use crate::stock as s; s::rows::g(); }",
            &["api::stock", "api::stock::rows::g"],
        );
    }

    #[test]
    fn macros_and_attributes_are_read_too() {
        check(
            "fn f() { println!(\"{}\", crate::stock::rows::g(1, a::b)); }",
            &["api::stock::rows::g", "a::b"],
        );
        check(
            "#[utoipa::path(body = crate::stock::wire::X)] fn f() {}",
            &["utoipa::path", "api::stock::wire::X"],
        );
    }

    #[test]
    fn comments_strings_and_tests_say_nothing() {
        check(
            "// crate::stock::rows::x\nconst X: &str = \"crate::stock::rows\";",
            &[],
        );
        check("#[cfg(test)] mod tests { use crate::stock::rows::x; }", &[]);
        check("#[cfg(test)] use crate::stock::rows::x;", &[]);
    }

    #[test]
    fn files_are_modules() {
        let check = |path: &str, expected: &str| assert_eq!(module_of(path).join("::"), expected);
        check("api/src/lib.rs", "");
        check("api/src/main.rs", "");
        check("api/src/stock.rs", "stock");
        check("api/src/stock/commands/post.rs", "stock::commands::post");
    }

    #[test]
    fn lengths_are_those_of_shipped_code() {
        let text =
            "fn a() {\n    1;\n}\nimpl X { async fn b() {} }\n#[cfg(test)]\nmod tests {\n}\n";
        let content = content("api", Vec::new(), text).unwrap();
        let lengths: Vec<_> = content
            .functions
            .iter()
            .map(|found| (found.name.as_str(), found.lines))
            .collect();
        assert_eq!(lengths, [("a", 3), ("b", 1)]);
        assert_eq!(content.test_lines, 3);
        assert_eq!(content.async_lines, [4]);
    }
}
