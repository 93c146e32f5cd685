//! New organisations, one or many.
//!
//! **Invariant.** Everything that a new organisation is judged by was read before the first of them,
//! in a fixed number of statements; what one of them adds to the tree, the next may stand under.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    identity::Capability,
    kernel::{Id, NameKey, Text, kinds::Organisation},
    organisations::{Body, DivisionCode},
};
use sea_orm::{ActiveValue::Set, TryIntoModel};
use uuid::Uuid;

use crate::{
    organisations::{
        queries, rows,
        wire::{CODE_MAX, DivisionView, NAME_MAX, OrganisationView},
    },
    problem::{Fault, Faults, Problem},
    uow::{Command, Permission, Uow},
};

/// Adds an organisation to the tree.
#[derive(Debug)]
pub(crate) struct CreateOrganisation {
    pub(crate) id: Option<Id<Organisation>>,
    pub(crate) code: Text<CODE_MAX>,
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) name_en: Option<Text<NAME_MAX>>,
    pub(crate) body: Body,
    pub(crate) parent: Option<Id<Organisation>>,
    pub(crate) division: Option<DivisionCode>,
}

impl Command for CreateOrganisation {
    type Output = OrganisationView;
    const NAME: &'static str = "organisations.create_organisation";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageOrganisations]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<OrganisationView, Problem> {
        let mut plants = Plants::among(uow, self.parent, self.division).await?;
        let made = plants.add(uow, self)?;
        plants.write(uow).await?;
        uow.subject(made.id, Some(made.id.uuid()));
        Ok(made)
    }
}

/// New organisations on their way into the tree.
#[derive(Debug)]
pub(crate) struct Plants {
    // What may be stood under, by id.
    ground: BTreeMap<Uuid, Ground>,
    divisions: BTreeMap<DivisionCode, DivisionView>,
    new: Vec<rows::organisation::ActiveModel>,
    closure: Vec<rows::closure::ActiveModel>,
}

#[derive(Debug)]
struct Ground {
    body: Body,
    // Whether the caller may plant there.
    may: bool,
    // Those above it and itself, and how far they are.
    above: Vec<(Uuid, i64)>,
}

impl Plants {
    /// Reads what organisations under these parents and in these divisions are judged by.
    pub(crate) async fn among(
        uow: &Uow<'_>,
        parents: impl IntoIterator<Item = Id<Organisation>>,
        divisions: impl IntoIterator<Item = DivisionCode>,
    ) -> Result<Self, Problem> {
        let parents: BTreeSet<_> = parents.into_iter().map(Id::uuid).collect();
        let parents: Vec<_> = parents.into_iter().collect();
        let divisions: BTreeSet<_> = divisions.into_iter().collect();
        let divisions: Vec<_> = divisions.into_iter().collect();
        let reach = uow.reach(Capability::ManageOrganisations);
        let may = queries::within(uow.db(), &reach, &parents).await?;
        let mut above = queries::above(uow.db(), &parents).await?;
        let mut ground = BTreeMap::new();
        for (id, body) in queries::bodies(uow.db(), &parents).await? {
            let above = above.remove(&id).unwrap_or_default();
            let may = may.contains(&id);
            ground.insert(id, Ground { body, may, above });
        }
        Ok(Self {
            ground,
            divisions: queries::divisions_by_code(uow.db(), &divisions).await?,
            new: Vec::new(),
            closure: Vec::new(),
        })
    }

    /// Judges an organisation and adds it to those that will be written.
    pub(crate) fn add(
        &mut self,
        uow: &Uow<'_>,
        new: &CreateOrganisation,
    ) -> Result<OrganisationView, Problem> {
        let id: Id<Organisation> = new.id.unwrap_or_else(|| uow.id());
        let mut above = match new.parent {
            Some(parent) => self.above(new.body, parent)?,
            // Only the operator plants a new tree: a root answers to nobody.
            None => uow.require_operator().map(|()| Vec::new())?,
        };
        self.check_division(uow, new.division)?;
        let row = rows::organisation::ActiveModel {
            id: Set(id.uuid()),
            code: Set(new.code.as_str().to_owned()),
            name: Set(new.name.as_str().to_owned()),
            name_en: Set(new.name_en.as_ref().map(|name| name.as_str().to_owned())),
            level: Set(new.body.name().to_owned()),
            parent_id: Set(new.parent.map(Id::uuid)),
            division_code: Set(new.division.map(|code| code.as_str().to_owned())),
            name_key: Set(NameKey::of(new.name.as_str()).to_string()),
            version: Set(1),
            created_at: Set(uow.now()),
        };
        let made = row.clone().try_into_model()?;
        self.new.push(row);
        // The new node's ancestors are its parent's and itself.
        above.push((id.uuid(), 0));
        let closure = above
            .iter()
            .map(|&(ancestor, depth)| rows::closure::ActiveModel {
                ancestor_id: Set(ancestor),
                descendant_id: Set(id.uuid()),
                depth: Set(depth),
            });
        self.closure.extend(closure);
        let (body, may) = (new.body, true);
        self.ground.insert(id.uuid(), Ground { body, may, above });
        Ok(made.into())
    }

    // Those above a new organisation, each a step further than from its parent.
    fn above(&self, body: Body, parent: Id<Organisation>) -> Result<Vec<(Uuid, i64)>, Problem> {
        let Some(ground) = self.ground.get(&parent.uuid()) else {
            return Err(Problem::field(
                "/parent_id",
                "reference",
                "没有这个上级单位",
                "there is no such organisation",
            ));
        };
        if !ground.may {
            return Err(Problem::forbidden(Capability::ManageOrganisations));
        }
        let mut faults = Faults::default();
        let fits = body
            .may_stand_under(ground.body)
            .map_err(|error| Fault::new("level", "上级单位的级别须更高", error.to_string()));
        let fits = faults.take("/level", fits);
        faults.finish(fits)?;
        let further = ground.above.iter().map(|&(id, depth)| (id, depth + 1));
        Ok(further.collect())
    }

    fn check_division(&self, uow: &Uow<'_>, code: Option<DivisionCode>) -> Result<(), Problem> {
        let Some(code) = code else { return Ok(()) };
        let mut faults = Faults::default();
        let exists = queries::still_exists(self.divisions.get(&code), uow.today());
        let exists = faults.take("/division_code", exists);
        faults.finish(exists)
    }

    /// Writes all of them. Refuses with `already-exists` for a code that another organisation has.
    pub(crate) async fn write(self, uow: &Uow<'_>) -> Result<(), Problem> {
        uow.insert_all(self.new).await?;
        uow.insert_all(self.closure).await
    }
}
