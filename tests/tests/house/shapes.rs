//! The names of the shapes that the API publishes.
//!
//! **Invariant.** No two shapes share a name: the generator keeps one of them, and the document then
//! promises what the server does not answer.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

use crate::source;

#[derive(Default)]
struct Published(Vec<String>);

impl<'ast> Visit<'ast> for Published {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.note(&item.attrs, &item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.note(&item.attrs, &item.ident);
        visit::visit_item_enum(self, item);
    }
}

impl Published {
    fn note(&mut self, attributes: &[syn::Attribute], name: &syn::Ident) {
        let derives = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("derive"));
        let publishes = derives.into_iter().any(|derive| {
            let mut found = false;
            let _ = derive.parse_nested_meta(|meta| {
                found |= meta
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| last.ident == "ToSchema");
                Ok(())
            });
            found
        });
        if publishes {
            self.0.push(name.to_string());
        }
    }
}

/// The shapes of which there are several, each with the files that hold one.
pub(crate) fn repeated(files: &[source::File]) -> anyhow::Result<Vec<String>> {
    let mut found = BTreeMap::<String, Vec<&str>>::new();
    for file in files {
        let mut published = Published::default();
        published.visit_file(&syn::parse_file(&file.text)?);
        for name in published.0 {
            found.entry(name).or_default().push(&file.path);
        }
    }
    anyhow::ensure!(found.len() > 50, "only {} shapes were found", found.len());
    Ok(found
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| format!("{name} is in {}", places.join(" and ")))
        .collect())
}

#[test]
fn two_shapes_of_one_name_are_found() -> anyhow::Result<()> {
    let many: String = (0..60)
        .map(|number| format!("#[derive(Debug, ToSchema)] struct Shape{number};"))
        .collect();
    let file = |path: &str, text: String| source::File {
        path: path.to_owned(),
        text,
    };
    let other = "mod inner { #[derive(utoipa::ToSchema)] enum Shape7 { One } }";
    let files = [file("a.rs", many), file("b.rs", other.to_owned())];
    assert_eq!(repeated(&files)?, ["Shape7 is in a.rs and b.rs"]);
    Ok(())
}
