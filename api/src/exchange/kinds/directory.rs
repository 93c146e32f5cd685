//! The organisations that a file may name, looked up once.
//!
//! **Invariant.** What the caller may not know does not exist here, but for owners of goods, who are
//! reference data; what the caller may know but may not import for is found and refused as out of
//! reach.

use std::collections::BTreeSet;

use domain::{
    identity::Capability,
    kernel::{Id, kinds::Organisation},
    organisations::{Body, DivisionCode},
};

use crate::{
    organisations::{self, OrganisationView},
    problem::{Fault, Problem},
    scope::Scope,
    uow::Uow,
};

use super::{
    index::{Index, Roll},
    row::no_such,
};

/// An organisation that is known.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: Id<Organisation>,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) name_en: Option<String>,
    pub(super) body: Body,
    pub(super) parent: Option<Id<Organisation>>,
    pub(super) division: Option<DivisionCode>,
}

impl Known {
    fn of(view: OrganisationView) -> Result<Self, Problem> {
        let division = view.division_code.map(|code| code.parse());
        Ok(Self {
            id: view.id,
            code: view.code,
            name: view.name,
            name_en: view.name_en,
            body: view.level.parse().map_err(Problem::internal)?,
            parent: view.parent_id,
            division: division.transpose().map_err(Problem::internal)?,
        })
    }
}

/// All organisations that the caller knows.
#[derive(Debug, Default)]
pub(super) struct Directory {
    all: Vec<Known>,
    index: Index<usize>,
    // The codes of those that the caller does not know.
    hidden: Vec<String>,
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

    // Three statements, whatever the size of the tree.
    async fn of(uow: &Uow<'_>, scope: &Scope) -> Result<Self, Problem> {
        let mut directory = Self {
            reach: ids(uow, &uow.reach(Capability::ImportData)).await?,
            ..Self::default()
        };
        let known = ids(uow, scope).await?;
        for view in organisations::directory(uow.db(), &Scope::Everything).await? {
            if known.contains(&view.id) {
                directory.insert(Known::of(view)?);
            } else {
                directory.hidden.push(view.code);
            }
        }
        Ok(directory)
    }

    /// Adds what was just made, which is as much in reach as what it stands under.
    pub(super) fn add(&mut self, made: OrganisationView) -> Result<(), Problem> {
        self.reach.insert(made.id);
        self.insert(Known::of(made)?);
        Ok(())
    }

    fn insert(&mut self, known: Known) {
        self.index.insert(&known.code, &known.name, self.all.len());
        self.all.push(known);
    }

    /// What rows about organisations may be about.
    pub(super) fn roll<'a>(&self) -> Roll<'a> {
        let mut roll = Roll::default();
        for code in &self.hidden {
            roll.hide(code);
        }
        for (number, known) in self.all.iter().enumerate() {
            roll.know(&known.code, &known.name, number);
        }
        roll
    }

    /// One of those on the roll, by its number.
    pub(super) fn numbered(&self, number: usize) -> &Known {
        &self.all[number]
    }

    /// The name of one, if it is known.
    pub(super) fn name(&self, id: Id<Organisation>) -> Option<&str> {
        let known = self.all.iter().find(|known| known.id == id)?;
        Some(&known.name)
    }

    /// What a file calls so, by code or by name.
    pub(super) fn find(&self, given: &str) -> Result<&Known, Fault> {
        let found = self.index.find(given)?;
        let number = found.ok_or_else(|| no_such("单位", "organisation", given))?;
        Ok(&self.all[number])
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
        let mut roots = self.all.iter().filter(|known| known.parent.is_none());
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

async fn ids(uow: &Uow<'_>, scope: &Scope) -> Result<BTreeSet<Id<Organisation>>, Problem> {
    let found = organisations::directory(uow.db(), scope).await?;
    Ok(found.into_iter().map(|view| view.id).collect())
}
