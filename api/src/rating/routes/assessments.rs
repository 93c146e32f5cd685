//! Addresses of assessments.
//!
//! **Invariant.** An assessment that the caller does not see is not there for any of its actions.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Attachment, Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands::{Act, ActOnAssessment},
    queries,
    wire::{
        AddRemarkBody, AssessmentFilter, AssessmentReasonBody, AssessmentView, AttachedFile,
        DecideAssessmentBody, DowngradeBody, EvidenceParams, GradeView, OpenAssessmentBody,
        RatingNoticeView, SettleAppealBody, StateAssessmentBody,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_assessments, open_assessment))
        .routes(routes!(get_assessment))
        .routes(routes!(get_assessment_grade))
        .routes(routes!(state_assessment))
        .routes(routes!(add_assessment_file))
        .routes(routes!(get_assessment_file))
        .routes(routes!(add_assessment_remark))
        .routes(routes!(submit_assessment))
        .routes(routes!(withdraw_assessment))
        .routes(routes!(review_assessment))
        .routes(routes!(visit_assessed_depot))
        .routes(routes!(send_back_assessment))
        .routes(routes!(enforce_assessment))
        .routes(routes!(appeal_assessment))
        .routes(routes!(revoke_grade))
        .routes(routes!(expire_grade))
        .routes(routes!(decide_assessment))
        .routes(routes!(settle_appeal))
        .routes(routes!(downgrade_depot))
        .routes(routes!(list_rating_notices))
}

/// Open an assessment of a depot by a rule set that is in force.
#[utoipa::path(post, path = "/v1/assessments", request_body = OpenAssessmentBody,
    responses((status = 201, description = "Opened.", body = AssessmentView)))]
async fn open_assessment(
    Write(write, body): Write<OpenAssessmentBody>,
) -> Result<Response, Problem> {
    let done = write.run(body.parse()).await?;
    Ok(done.made(|made| format!("/v1/assessments/{}", made.id)))
}

/// List assessments, the newest first.
#[utoipa::path(get, path = "/v1/assessments", params(AssessmentFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<AssessmentView>)))]
async fn list_assessments(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<AssessmentFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<AssessmentView>>, Problem> {
    let (scope, now) = (caller.scope(), app.clock.now());
    queries::assessments(app.db.read(), &scope, &filter, &page, now)
        .await
        .map(Json)
}

/// Show an assessment.
#[utoipa::path(get, path = "/v1/assessments/{assessment_id}",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The assessment.", body = AssessmentView)))]
async fn get_assessment(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Assessment>,
) -> Result<Resource<AssessmentView>, Problem> {
    queries::assessment(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Show what the rule set makes of an assessment: of the frozen facts once it is decided, and of
/// today's with what is stated before that.
#[utoipa::path(get, path = "/v1/assessments/{assessment_id}/grade",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The grade.", body = GradeView)))]
async fn get_assessment_grade(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Assessment>,
) -> Result<Json<GradeView>, Problem> {
    let (scope, now) = (caller.scope(), app.clock.now());
    queries::assessment_grade(app.db.read(), &scope, id, now)
        .await
        .map(Json)
}

/// State what the depot has; it takes the place of what was stated before.
///
/// Whoever keeps the depot states until the assessment is handed in; after that whoever reviews it
/// puts down what an assessor gives and what a visit found.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/state",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = StateAssessmentBody,
    responses((status = 200, description = "Stated.", body = AssessmentView)))]
async fn state_assessment(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<StateAssessmentBody>,
) -> Result<Response, Problem> {
    Ok(write.run(body.parse(id)).await?.changed())
}

/// Add a file that shows what is stated: a PDF, a JPEG or a PNG of at most 10 MiB.
///
/// It is kept with its SHA-256 and never changed.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/files",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$"), EvidenceParams),
    request_body(description = "The file.", content(
        (AttachedFile = "application/pdf"),
        (AttachedFile = "image/jpeg"),
        (AttachedFile = "image/png"),
    )),
    responses((status = 200, description = "Added.", body = AssessmentView)))]
async fn add_assessment_file(
    PathId(id): PathId<kinds::Assessment>,
    Params(params): Params<EvidenceParams>,
    attached: Attachment,
) -> Result<Response, Problem> {
    let Attachment {
        writer,
        media_type,
        content,
        sha256,
    } = attached;
    let command = params.parse(id, media_type, content, sha256)?;
    Ok(writer.run(command).await?.changed())
}

/// Download a file of an assessment.
#[utoipa::path(get, path = "/v1/assessments/{assessment_id}/files/{evidence_id}",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("evidence_id" = String, Path, pattern = "^evidence_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The file, as it was added.", content(
        (AttachedFile = "application/pdf"),
        (AttachedFile = "image/jpeg"),
        (AttachedFile = "image/png"),
    ))))]
async fn get_assessment_file(
    State(app): State<App>,
    caller: Caller,
    PathId(assessment): PathId<kinds::Assessment>,
    PathId(file): PathId<kinds::Evidence>,
) -> Result<Response, Problem> {
    let file = queries::file(app.db.read(), &caller.scope(), assessment, file).await?;
    let kind = HeaderValue::from_str(&file.media_type).map_err(Problem::internal)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, attachment(&file.file_name)?),
    ];
    Ok((headers, file.content).into_response())
}

// Whatever it holds, no browser shows it as a page of ours. Old clients get the ending, the others the
// name (RFC 6266).
fn attachment(name: &str) -> Result<HeaderValue, Problem> {
    let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
    let full: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let full = full.replace('+', "%20").replace('*', "%2A");
    let disposition =
        format!("attachment; filename=\"evidence.{ending}\"; filename*=UTF-8''{full}");
    HeaderValue::from_str(&disposition).map_err(Problem::internal)
}

/// Say what a reviewer found, of a criterion or of the whole.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/remarks",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = AddRemarkBody,
    responses((status = 200, description = "Said.", body = AssessmentView)))]
async fn add_assessment_remark(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<AddRemarkBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.changed())
}

/// Hand an assessment in: its statements stay as they are from now on.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/submit",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn submit_assessment(
    PathId(assessment): PathId<kinds::Assessment>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let act = Act::Submit;
    let command = ActOnAssessment { assessment, act };
    Ok(write.run(command).await?.changed())
}

/// Take an assessment back that is not decided, and say why.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/withdraw",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = AssessmentReasonBody,
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn withdraw_assessment(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<AssessmentReasonBody>,
) -> Result<Response, Problem> {
    let command = body.act(id, Act::Withdraw)?;
    Ok(write.run(command).await?.changed())
}

/// Say that an assessment was read, for the society that reviews it.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/review",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn review_assessment(
    PathId(assessment): PathId<kinds::Assessment>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let act = Act::Review;
    let command = ActOnAssessment { assessment, act };
    Ok(write.run(command).await?.changed())
}

/// Say that somebody was at the depot, for the society that visits it.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/visit",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn visit_assessed_depot(
    PathId(assessment): PathId<kinds::Assessment>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let act = Act::Visit;
    let command = ActOnAssessment { assessment, act };
    Ok(write.run(command).await?.changed())
}

/// Give an assessment back to be stated better, and say why.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/send-back",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = AssessmentReasonBody,
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn send_back_assessment(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<AssessmentReasonBody>,
) -> Result<Response, Problem> {
    let command = body.act(id, Act::SendBack)?;
    Ok(write.run(command).await?.changed())
}

/// Let a grade come into force when its notice is over and no appeal is open.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/enforce",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn enforce_assessment(
    PathId(assessment): PathId<kinds::Assessment>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let act = Act::Enforce;
    let command = ActOnAssessment { assessment, act };
    Ok(write.run(command).await?.changed())
}

/// Object to what was decided, and say why.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/appeal",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = AssessmentReasonBody,
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn appeal_assessment(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<AssessmentReasonBody>,
) -> Result<Response, Problem> {
    let command = body.act(id, Act::Appeal)?;
    Ok(write.run(command).await?.changed())
}

/// Take a grade away, and say why.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/revoke",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = AssessmentReasonBody,
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn revoke_grade(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<AssessmentReasonBody>,
) -> Result<Response, Problem> {
    let command = body.act(id, Act::Revoke)?;
    Ok(write.run(command).await?.changed())
}

/// Note that the time of a grade is over.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/expire",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = AssessmentView)))]
async fn expire_grade(
    PathId(assessment): PathId<kinds::Assessment>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let act = Act::Expire;
    let command = ActOnAssessment { assessment, act };
    Ok(write.run(command).await?.changed())
}

/// Grant a level, or none, and freeze the facts that it is granted on.
///
/// Nobody of the rated depot decides. The grade that the rule set makes of the frozen facts stands
/// beside the one that is granted.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/decide",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = DecideAssessmentBody,
    responses((status = 200, description = "Decided.", body = AssessmentView)))]
async fn decide_assessment(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<DecideAssessmentBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.changed())
}

/// Say what becomes of an appeal, and why: if it is upheld, the depot is decided on anew.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/settle",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = SettleAppealBody,
    responses((status = 200, description = "Settled.", body = AssessmentView)))]
async fn settle_appeal(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<SettleAppealBody>,
) -> Result<Response, Problem> {
    Ok(write.run(body.parse(id)?).await?.changed())
}

/// Lower a grade that is in force, and say why.
#[utoipa::path(post, path = "/v1/assessments/{assessment_id}/downgrade",
    params(("assessment_id" = String, Path, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = DowngradeBody,
    responses((status = 200, description = "Lowered.", body = AssessmentView)))]
async fn downgrade_depot(
    PathId(id): PathId<kinds::Assessment>,
    Write(write, body): Write<DowngradeBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.changed())
}

/// List public notices of grades, the newest first: those the public may object to and those in
/// force, with what their rule sets make public.
#[utoipa::path(get, path = "/v1/public/rating-notices", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<RatingNoticeView>)))]
async fn list_rating_notices(
    State(app): State<App>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<RatingNoticeView>>, Problem> {
    queries::notices(app.db.read(), &page).await.map(Json)
}
