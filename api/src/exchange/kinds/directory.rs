//! The organisations that a file may name, looked up once.
//!
//! **Invariant.** What the caller may not know does not exist here, but for owners of goods, who are
//! reference data; what the caller may know but may not import for is found and refused as out of
//! reach.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    identity::Capability,
    kernel::{Id, NameKey, kinds::Organisation},
    organisations::Body,
};

use crate::{
    organisations,
    problem::{Fault, Problem},
    scope::Scope,
    uow::Uow,
};

use super::row::{ambiguous, no_such};

/// An organisation that is known.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: Id<Organisation>,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) body: Body,
    pub(super) is_root: bool,
}

/// All organisations that the caller knows.
#[derive(Debug, Default)]
pub(super) struct Directory {
    all: Vec<Known>,
    codes: BTreeMap<String, usize>,
    names: BTreeMap<NameKey, Vec<usize>>,
    reach: BTreeSet<Id<Organisation>>,
}

impl Directory {
    /// Reads the tree that the caller knows and the part of it that the caller may import for.
    pub(super) async fn read(uow: &Uow<'_>) -> Result<Self, Problem> {
        Self::of(uow, &uow.caller().tree()).await
    }

    /// Reads everyone who may own goods: a county keeps goods of its province.
    pub(super) async fn of_owners(uow: &Uow<'_>) -> Result<Self, Problem> {
        Self::of(uow, &Scope::Everything).await
    }

    async fn of(uow: &Uow<'_>, scope: &Scope) -> Result<Self, Problem> {
        let mut directory = Self::default();
        for view in organisations::directory(uow.db(), scope).await? {
            let body = view.level.parse().map_err(Problem::internal)?;
            directory.insert(Known {
                id: view.id,
                code: view.code,
                name: view.name,
                body,
                is_root: view.parent_id.is_none(),
            });
        }
        let reach = uow.caller().reach(Capability::ImportData);
        let reach = organisations::directory(uow.db(), &reach).await?;
        directory.reach = reach.into_iter().map(|view| view.id).collect();
        Ok(directory)
    }

    /// Adds what was just made, which is as much in reach as what it stands under.
    pub(super) fn add(&mut self, made: Known) {
        self.reach.insert(made.id);
        self.insert(made);
    }

    fn insert(&mut self, known: Known) {
        let index = self.all.len();
        self.codes.insert(known.code.clone(), index);
        self.names
            .entry(NameKey::of(&known.name))
            .or_default()
            .push(index);
        self.all.push(known);
    }

    pub(super) fn by_code(&self, code: &str) -> Option<&Known> {
        self.codes.get(code).map(|&index| &self.all[index])
    }

    /// The only one of this name, if there is exactly one.
    pub(super) fn by_name(&self, name: &str) -> Option<&Known> {
        match self.names.get(&NameKey::of(name)).map(Vec::as_slice) {
            Some(&[index]) => Some(&self.all[index]),
            _ => None,
        }
    }

    /// What a file calls so, by code or by name.
    pub(super) fn find(&self, given: &str) -> Result<&Known, Fault> {
        if let Some(known) = self.by_code(given).or_else(|| self.by_name(given)) {
            return Ok(known);
        }
        if self.names.contains_key(&NameKey::of(given)) {
            return Err(ambiguous(given));
        }
        Err(no_such("单位", "organisation", given))
    }

    /// Whom a row belongs to: the one it names, the one the import was asked for, or the only
    /// root of all trees.
    pub(super) fn owner_of_row(
        &self,
        given: Option<&str>,
        fallback: Option<Id<Organisation>>,
    ) -> Result<Id<Organisation>, Fault> {
        let id = match (given, fallback) {
            (Some(given), _) => self.find(given)?.id,
            (None, Some(fallback)) => return Ok(fallback),
            (None, None) => self.only_root().ok_or_else(|| {
                Fault::new(
                    "required",
                    "请指明所属单位",
                    "say which organisation it belongs to",
                )
            })?,
        };
        if self.reaches(id) {
            Ok(id)
        } else {
            Err(Self::beyond_reach(given.unwrap_or_default()))
        }
    }

    fn only_root(&self) -> Option<Id<Organisation>> {
        let mut roots = self.all.iter().filter(|known| known.is_root);
        let root = roots.next()?;
        roots.next().is_none().then_some(root.id)
    }

    /// Whether the caller may import for it.
    pub(super) fn reaches(&self, id: Id<Organisation>) -> bool {
        self.reach.contains(&id)
    }

    /// What a row of somebody else is called.
    pub(super) fn beyond_reach(given: &str) -> Fault {
        Fault::new(
            "forbidden",
            format!("您无权为“{given}”导入数据"),
            format!("you may not import data for {given:?}"),
        )
    }
}
