//! Rule sets are kept, put in force and withdrawn.
//!
//! **Invariant.** What is or was in force keeps its text for ever, so that whoever was rated by it
//! can be judged again: after its draft, only its status changes, and it never becomes a draft again.

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{
    queries::rule_set_row_to_change,
    rows::rule_set,
    wire::{RuleSetDocument, RuleSetWhole},
};
use crate::{
    http::unchanged,
    problem::{Code, Problem},
    rating::builtin,
    uow::{Command, Permission, Uow},
};

/// Keeps a new edition.
#[derive(Debug, Clone)]
pub(crate) struct CreateRuleSet {
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) document: RuleSetDocument,
}

impl CreateRuleSet {
    fn taken(&self) -> Problem {
        let (id, edition) = (&self.document.id, self.document.edition.0);
        Problem::new(Code::AlreadyExists)
            .with("constraint", "rule_set_edition")
            .detail(
                format!("规则 {id} 的第 {edition} 版已存在，请用新的版次（edition）"),
                format!("there is an edition {edition} of {id} already: take a new `edition`"),
            )
    }
}

fn text(document: &RuleSetDocument) -> Result<String, Problem> {
    serde_json::to_string(document).map_err(Problem::internal)
}

impl Command for CreateRuleSet {
    type Output = RuleSetWhole;
    const NAME: &'static str = "rating.create_rule_set";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageRules]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<RuleSetWhole, Problem> {
        uow.require(Capability::ManageRules, self.organisation.uuid())
            .await?;
        let taken = |document: &RuleSetDocument| {
            (&document.id, document.edition) == (&self.document.id, self.document.edition)
        };
        if builtin::all()?.iter().any(|(document, _)| taken(document)) {
            return Err(self.taken());
        }
        let id: Id<kinds::RuleSet> = uow.id();
        let row = rule_set::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(self.organisation.uuid()),
            code: Set(self.document.id.clone()),
            edition: Set(self.document.edition.0),
            status: Set(self.document.status.clone()),
            document: Set(text(&self.document)?),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await
        .map_err(|error| match Problem::from(error) {
            problem if problem.code == Code::AlreadyExists => self.taken(),
            problem => problem,
        })?;
        uow.subject(id, Some(row.organisation_id));
        Ok(RuleSetWhole::new(self.document.clone(), Some(&row)))
    }
}

/// Changes a draft, puts it in force or withdraws it.
#[derive(Debug, Clone)]
pub(crate) struct ReplaceRuleSet {
    pub(crate) name: String,
    pub(crate) based_on: i64,
    pub(crate) document: RuleSetDocument,
}

impl Command for ReplaceRuleSet {
    type Output = RuleSetWhole;
    const NAME: &'static str = "rating.replace_rule_set";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageRules]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<RuleSetWhole, Problem> {
        let row = rule_set_row_to_change(uow.db(), &self.name).await?;
        uow.require(Capability::ManageRules, row.organisation_id)
            .await?;
        unchanged(row.version, self.based_on)?;
        let (code, edition) = (&self.document.id, self.document.edition.0);
        if (&row.code, row.edition) != (code, edition) {
            return Err(Problem::field(
                "/id",
                "reference",
                format!("应为 {}", self.name),
                format!("must be that of {}", self.name),
            ));
        }
        let mut same = row.read()?;
        same.status.clone_from(&self.document.status);
        let thaws = self.document.status == "draft";
        if row.status != "draft" && (thaws || same != self.document) {
            return Err(Problem::new(Code::WrongState).with("state", row.status.clone()));
        }
        let id: Id<kinds::RuleSet> = Id::from_uuid(row.id);
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.status = Set(self.document.status.clone());
        change.document = Set(text(&self.document)?);
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(id, Some(row.organisation_id));
        Ok(RuleSetWhole::new(self.document.clone(), Some(&row)))
    }
}
