//! Files that show what is stated.
//!
//! **Invariant.** A file is of a type that its first bytes bear out; it is kept whole, with its hash,
//! and never changed. An assessment has at most so many files and bytes.

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    problem::{Code, Problem},
    uow::{Command, Permission, Uow},
};

use super::{
    super::{queries, rows::evidence, wire::AssessmentView},
    Held,
};

const FILES_MAX: usize = 500;
const MIB: i64 = 1024 * 1024;
const BYTES_MAX: i64 = 200 * MIB;

/// A file that may be kept.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: Text<255>,
    pub(crate) media_type: &'static str,
    pub(crate) content: Vec<u8>,
    /// SHA-256 of the content, in hex: taken as it arrived, and not while others wait to write.
    pub(crate) sha256: String,
}

/// Adds a file.
#[derive(Debug, Clone)]
pub(crate) struct AddEvidence {
    pub(crate) assessment: Id<kinds::Assessment>,
    pub(crate) criterion: String,
    pub(crate) file: File,
}

impl Command for AddEvidence {
    type Output = AssessmentView;
    const NAME: &'static str = "rating.add_evidence";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::StateRating, Capability::DecideRating]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AssessmentView, Problem> {
        let held = Held::lock(uow, self.assessment).await?;
        held.stated_by_reviewer(uow).await?;
        if held.rule_set.criterion(&self.criterion).is_none() {
            return Err(Problem::field(
                "criterion",
                "reference",
                "规则中没有这个指标",
                "the rule set has no such criterion",
            )
            .of_query());
        }
        let size = i64::try_from(self.file.content.len()).map_err(Problem::internal)?;
        let (count, bytes) = queries::file_sizes(uow.db(), held.row.id).await?;
        if count >= FILES_MAX || bytes + size > BYTES_MAX {
            let most = BYTES_MAX / MIB;
            return Err(Problem::new(Code::BodyTooLarge)
                .with("limit_bytes", BYTES_MAX)
                .detail(
                    format!("一次评定的佐证最多 {FILES_MAX} 个文件、共 {most} MiB"),
                    format!("an assessment has at most {FILES_MAX} files of {most} MiB in all"),
                ));
        }
        let id: Id<kinds::Evidence> = uow.id();
        evidence::ActiveModel {
            depot_id: Set(held.row.depot_id),
            assessment_id: Set(held.row.id),
            id: Set(id.uuid()),
            criterion: Set(self.criterion.clone()),
            file_name: Set(self.file.name.to_string()),
            media_type: Set(self.file.media_type.to_owned()),
            size_bytes: Set(size),
            sha256: Set(self.file.sha256.clone()),
            content: Set(self.file.content.clone()),
            added_at: Set(uow.now()),
            added_by: Set(uow.caller().principal()),
        }
        .insert(uow.db())
        .await?;
        let next = held.assessment.clone();
        held.save(uow, &next, |_| ()).await
    }
}
