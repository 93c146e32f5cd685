//! Files of an assessment on the wire.
//!
//! **Invariant.** The name is a text that people read; nothing is opened by it. It has no path and the
//! ending of what the file is, so that whoever downloads it opens it by nothing else.

use domain::kernel::{Id, Text, kinds};
use serde::Deserialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

use super::super::commands::{AddEvidence, File};
use crate::{
    http::ATTACHMENT_BYTES_MAX,
    problem::{Faults, Problem},
};

/// The bytes of a document or a picture.
pub(crate) enum AttachedFile {}

impl PartialSchema for AttachedFile {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("The bytes of a document or a picture."))
            .max_length(Some(ATTACHMENT_BYTES_MAX))
            .into()
    }
}

impl ToSchema for AttachedFile {}

/// What a file shows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EvidenceParams {
    /// The criterion that it is about.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    criterion: String,
    /// What people call it.
    #[param(min_length = 1, max_length = 255)]
    file_name: String,
}

impl EvidenceParams {
    pub(in crate::rating) fn parse(
        self,
        assessment: Id<kinds::Assessment>,
        media_type: &'static str,
        content: Vec<u8>,
        sha256: String,
    ) -> Result<AddEvidence, Problem> {
        let mut faults = Faults::default();
        let name = faults.take("file_name", Text::new(&self.file_name));
        if !is_file_name(&self.file_name, media_type) {
            faults.note(
                "file_name",
                "file-name",
                "须为文件名，不含路径，扩展名与内容类型相符",
                "must be the name of a file, without a path, with the ending of its type",
            );
        }
        let name = faults.finish(name).map_err(Problem::of_query)?;
        Ok(AddEvidence {
            assessment,
            criterion: self.criterion,
            file: File {
                name,
                media_type,
                content,
                sha256,
            },
        })
    }
}

fn is_file_name(name: &str, media_type: &str) -> bool {
    let endings: &[&str] = match media_type {
        "application/pdf" => &["pdf"],
        "image/jpeg" => &["jpg", "jpeg"],
        _ => &["png"],
    };
    let has_path = name.contains(['/', '\\']) || name.chars().any(char::is_control);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let fits = ending.is_some_and(|ending| {
        let ending = ending.to_ascii_lowercase();
        endings.contains(&ending.as_str())
    });
    !has_path && fits
}
