//! Changes of organisations and divisions.
//!
//! **Invariant.** The closure rows of an organisation are written in the transaction that makes it.

mod plant;
mod population;

use std::collections::BTreeMap;

use domain::{
    identity::Capability,
    kernel::{Id, NameKey, Text, kinds::Organisation},
    organisations::DivisionCode,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};

use crate::{
    http::unchanged,
    problem::Problem,
    scope::{Scope, to_change},
    uow::{Command, Permission, Uow},
};

use super::{
    queries, rows,
    wire::{DivisionView, NAME_MAX, OrganisationView},
};

pub(crate) use plant::{CreateOrganisation, Plants};
pub(crate) use population::SetPopulation;

/// Changes what may change of an organisation. Its level and parent stay: moving a branch is a new
/// organisation, so that old papers keep their meaning.
#[derive(Debug)]
pub(crate) struct UpdateOrganisation {
    pub(crate) id: Id<Organisation>,
    pub(crate) based_on: i64,
    pub(crate) name: Option<Text<NAME_MAX>>,
    pub(crate) name_en: Option<Text<NAME_MAX>>,
    pub(crate) division: Option<DivisionCode>,
}

impl Command for UpdateOrganisation {
    type Output = OrganisationView;
    const NAME: &'static str = "organisations.update_organisation";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageOrganisations]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<OrganisationView, Problem> {
        use rows::organisation::{Column, Entity};
        let row = to_change::<Entity>(&Scope::Everything)
            .filter(Column::Id.eq(self.id.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        uow.require(Capability::ManageOrganisations, row.id).await?;
        unchanged(row.version, self.based_on)?;
        check_division(uow, self.division.as_ref()).await?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        if let Some(name) = &self.name {
            change.name = Set(name.as_str().to_owned());
            change.name_key = Set(NameKey::of(name.as_str()).to_string());
        }
        if let Some(name) = &self.name_en {
            change.name_en = Set(Some(name.as_str().to_owned()));
        }
        if let Some(code) = &self.division {
            change.division_code = Set(Some(code.as_str().to_owned()));
        }
        change.version = Set(version);
        let changed = change.update(uow.db()).await?;
        uow.subject(self.id, Some(changed.id));
        Ok(changed.into())
    }
}

/// A division must be known and must still exist.
async fn check_division(uow: &Uow<'_>, code: Option<&DivisionCode>) -> Result<(), Problem> {
    let Some(code) = code else { return Ok(()) };
    queries::existing_division(uow.db(), code, uow.today(), "/division_code")
        .await
        .map(drop)
}

/// Fills or refreshes the reference table of divisions from a data file. Divisions are everyone's:
/// it takes the right to import over every tree of this installation.
#[derive(Debug)]
pub(crate) struct LoadDivisions {
    pub(crate) divisions: Vec<Division>,
    /// Outlines by code, as GeoJSON geometries.
    pub(crate) boundaries: BTreeMap<String, String>,
    pub(crate) source: String,
}

/// One line of the data file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Division {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) level: String,
    pub(crate) parent_code: Option<String>,
    pub(crate) longitude: Option<f64>,
    pub(crate) latitude: Option<f64>,
    pub(crate) valid_from: Option<String>,
    pub(crate) valid_to: Option<String>,
    pub(crate) successors: Option<String>,
}

impl From<DivisionView> for Division {
    fn from(view: DivisionView) -> Self {
        Self {
            code: view.code,
            name: view.name,
            level: view.level,
            parent_code: view.parent_code,
            longitude: view.longitude,
            latitude: view.latitude,
            valid_from: view.valid_from,
            valid_to: view.valid_to,
            successors: (!view.successors.is_empty()).then(|| view.successors.join(" ")),
        }
    }
}

/// How much was loaded.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DivisionsLoaded {
    pub(crate) divisions: usize,
    pub(crate) boundaries: usize,
    pub(crate) source: String,
}

// SQLite takes at most 32,766 bound values in a statement; a division has eleven.
const ROWS_A_STATEMENT: usize = 1_000;

impl Command for LoadDivisions {
    type Output = DivisionsLoaded;
    const NAME: &'static str = "organisations.load_divisions";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ImportData]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DivisionsLoaded, Problem> {
        uow.require_anywhere(Capability::ImportData)?;
        for root in queries::roots(uow.db()).await? {
            uow.require(Capability::ImportData, root).await?;
        }
        for chunk in self.divisions.chunks(ROWS_A_STATEMENT) {
            let rows = chunk.iter().cloned().map(|line| self.row(line));
            rows::division::Entity::insert_many(rows)
                .on_conflict(replace(
                    rows::division::Column::Code,
                    [
                        rows::division::Column::Name,
                        rows::division::Column::Level,
                        rows::division::Column::ParentCode,
                        rows::division::Column::Longitude,
                        rows::division::Column::Latitude,
                        rows::division::Column::ValidFrom,
                        rows::division::Column::ValidTo,
                        rows::division::Column::Successors,
                        rows::division::Column::Source,
                        rows::division::Column::NameKey,
                    ],
                ))
                .exec_without_returning(uow.db())
                .await?;
        }
        let boundaries =
            self.boundaries
                .iter()
                .map(|(code, geometry)| rows::boundary::ActiveModel {
                    code: Set(code.clone()),
                    geometry: Set(geometry.clone()),
                    source: Set(self.source.clone()),
                });
        if self.boundaries.is_empty() {
            return Ok(self.loaded());
        }
        rows::boundary::Entity::insert_many(boundaries)
            .on_conflict(replace(
                rows::boundary::Column::Code,
                [
                    rows::boundary::Column::Geometry,
                    rows::boundary::Column::Source,
                ],
            ))
            .exec_without_returning(uow.db())
            .await?;
        Ok(self.loaded())
    }
}

impl LoadDivisions {
    fn loaded(&self) -> DivisionsLoaded {
        DivisionsLoaded {
            divisions: self.divisions.len(),
            boundaries: self.boundaries.len(),
            source: self.source.clone(),
        }
    }

    fn row(&self, line: Division) -> rows::division::ActiveModel {
        let Division {
            code,
            name,
            level,
            parent_code,
            longitude,
            latitude,
            valid_from,
            valid_to,
            successors,
        } = line;
        rows::division::ActiveModel {
            name_key: Set(NameKey::of(&name).to_string()),
            code: Set(code),
            name: Set(name),
            level: Set(level),
            parent_code: Set(parent_code),
            longitude: Set(longitude),
            latitude: Set(latitude),
            valid_from: Set(valid_from),
            valid_to: Set(valid_to),
            successors: Set(successors),
            source: Set(self.source.clone()),
        }
    }
}

fn replace<C: sea_orm::Iden + Copy + 'static>(
    key: C,
    columns: impl IntoIterator<Item = C>,
) -> sea_orm::sea_query::OnConflict {
    sea_orm::sea_query::OnConflict::column(key)
        .update_columns(columns)
        .to_owned()
}
