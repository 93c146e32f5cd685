//! What can be wrong in a rule set, in words.
//!
//! **Invariant.** A fault carries what is needed to mend it.

use rust_decimal::Decimal;

use super::super::words::{Words, words};
use crate::{kernel::named, organisations::Level};

named! {
    /// What a code stands for.
    pub enum Referent {
        /// A level of the rule set.
        Level = "level",
        /// A dimension.
        Dimension = "dimension",
        /// A profile.
        Profile = "profile",
        /// A criterion.
        Criterion = "criterion",
    }
}

impl Referent {
    const fn zh(self) -> &'static str {
        match self {
            Self::Level => "等级",
            Self::Dimension => "维度",
            Self::Profile => "方案",
            Self::Criterion => "指标",
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Blank, or too long.
    Text {
        /// The most characters.
        most: usize,
    },
    /// Not a code.
    Code,
    /// A list with too few or too many entries.
    Length {
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A figure outside its range, or finer than four decimals.
    Range {
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
    },
    /// The same code twice.
    Duplicate {
        /// The code.
        code: String,
    },
    /// A reference that leads nowhere.
    Unknown {
        /// To what it should lead.
        referent: Referent,
        /// The code.
        code: String,
    },
    /// Criteria that are made of one another.
    Cycle {
        /// Their codes, in the order of the circle.
        criteria: Vec<String>,
    },
    /// The measure is counted in something else.
    Unit {
        /// In what it is counted.
        expected: &'static str,
    },
    /// A figure that people state, counted as yes or no.
    StatedYesNo,
    /// A level asks less than one below it.
    Falls {
        /// The higher level.
        level: String,
        /// The lower level, which asks more.
        below: String,
    },
    /// Bands that do not rise.
    Bands,
    /// Only the first band may be without a lower end, and must be.
    FirstBand,
    /// Weights do not make up the whole.
    Weights {
        /// What they make up.
        sum: Decimal,
        /// In which profile, where there are any.
        profile: Option<String>,
        /// For which level of depots, where not all levels are concerned by the same criteria.
        depots: Option<Level>,
    },
    /// Some criteria that earn points have a weight and this one has none.
    WeightMissing,
    /// A weight without points.
    WeightWithoutPoints,
    /// Points where the kind earns none, or says itself how many.
    PointsNotHere {
        /// The kind.
        kind: &'static str,
    },
    /// A kind that lives by points and has none.
    PointsMissing,
    /// Nothing earns points, or there is nothing to reach.
    NothingAggregated,
    /// Criteria earn points that no cut-off asks for.
    PointsUnused,
    /// A cut-off above all points together.
    CutoffAboveAll {
        /// All points together.
        all: Decimal,
    },
    /// A level asks for more points than there are.
    AbovePoints {
        /// How many there are.
        points: Decimal,
    },
    /// The maximum is below a minimum.
    MaximumBelow {
        /// The minimum.
        minimum: i64,
    },
    /// The last day is before the first.
    Validity,
    /// A step before one that must come first, or twice.
    StepOrder,
    /// There are steps and none of them decides.
    NoDecision,
    /// A group, a veto or a deduction where one cannot be.
    NotAGate {
        /// The kind.
        kind: &'static str,
    },
}

impl Fault {
    /// A name that does not change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Code => "code",
            Self::Length { .. } => "length",
            Self::Range { .. } => "range",
            Self::Duplicate { .. } => "duplicate",
            Self::Unknown { .. } => "unknown-reference",
            Self::Cycle { .. } => "cycle",
            Self::Unit { .. } => "unit",
            Self::StatedYesNo => "stated-yes-no",
            Self::Falls { .. } => "threshold-falls",
            Self::Bands => "bands-order",
            Self::FirstBand => "first-band",
            Self::Weights { .. } => "weights-sum",
            Self::WeightMissing => "weight-missing",
            Self::WeightWithoutPoints => "weight-without-points",
            Self::PointsNotHere { .. } => "points-not-here",
            Self::PointsMissing => "points-missing",
            Self::NothingAggregated => "nothing-aggregated",
            Self::PointsUnused => "points-unused",
            Self::CutoffAboveAll { .. } => "cutoff-above-all",
            Self::AbovePoints { .. } => "above-points",
            Self::MaximumBelow { .. } => "maximum-below",
            Self::Validity => "validity",
            Self::StepOrder => "step-order",
            Self::NoDecision => "no-decision",
            Self::NotAGate { .. } => "not-a-gate",
        }
    }

    /// What people read.
    #[must_use]
    pub fn sentence(&self) -> Words {
        match self {
            Self::Text { most } => words(
                format_args!("不得为空，最多 {most} 个字"),
                format_args!("must not be blank, and has at most {most} characters"),
            ),
            Self::Code => words(
                "代码由 1 至 64 个小写字母、数字、“-”“_”“.”组成",
                "a code has 1 to 64 lower-case letters, digits, `-`, `_` and `.`",
            ),
            Self::Length { least, most } => words(
                format_args!("应有 {least} 至 {most} 项"),
                format_args!("must have {least} to {most} entries"),
            ),
            Self::Range { least, most } => words(
                format_args!("应在 {least} 至 {most} 之间，最多四位小数"),
                format_args!("must be from {least} to {most}, with at most four decimals"),
            ),
            Self::Duplicate { code } => words(
                format_args!("“{code}”重复"),
                format_args!("`{code}` is there twice"),
            ),
            Self::Unknown { referent, code } => words(
                format_args!("没有代码为“{code}”的{}", referent.zh()),
                format_args!("there is no {referent} `{code}`"),
            ),
            Self::Cycle { criteria } => words(
                format_args!("指标互相引用：{}", criteria.join(" → ")),
                format_args!("criteria are made of one another: {}", criteria.join(" → ")),
            ),
            Self::Unit { expected } => words(
                format_args!("该指标量的单位是 {expected}"),
                format_args!("this measure is counted in {expected}"),
            ),
            Self::StatedYesNo => words(
                "由人填报的是非项应为 yes_no 类型的指标，不得以 yes_no 为单位",
                "what people answer with yes or no is a criterion of the kind yes_no, and no figure",
            ),
            Self::Falls { level, below } => words(
                format_args!("“{level}”的要求低于其下的“{below}”"),
                format_args!("`{level}` asks less than `{below}`, which is below it"),
            ),
            _ => self.of_points(),
        }
    }

    fn of_points(&self) -> Words {
        match self {
            Self::Bands => words(
                "分段下限应逐段升高",
                "each band must begin above the one before it",
            ),
            Self::FirstBand => words(
                "仅第一段没有下限，且必须没有",
                "the first band, and only that, has no lower end",
            ),
            Self::Weights {
                sum,
                profile,
                depots,
            } => weights(*sum, profile.as_deref(), *depots),
            Self::WeightMissing => words(
                "其他计分指标有权重，此项也应有",
                "other criteria that earn points have a weight, so this needs one",
            ),
            Self::WeightWithoutPoints => words("有权重而不计分", "a weight without points"),
            Self::PointsNotHere { kind } => words(
                format_args!("{kind} 类指标不在此设分"),
                format_args!("points are not set here for a criterion of the kind {kind}"),
            ),
            Self::PointsMissing => words("缺少满分值", "the points it earns at most are missing"),
            Self::NothingAggregated => words(
                "既无必达项也无分数线，无从定级",
                "there are neither gates nor cut-offs, so nothing makes a level",
            ),
            Self::PointsUnused => words(
                "有计分指标而无分数线",
                "criteria earn points and no cut-off asks for them",
            ),
            Self::CutoffAboveAll { all } => words(
                format_args!("分数线高于满分 {all}"),
                format_args!("the cut-off is above all points together, {all}"),
            ),
            Self::AbovePoints { points } => words(
                format_args!("等级要求高于本项满分 {points}"),
                format_args!("the level asks for more than the {points} points that there are"),
            ),
            Self::MaximumBelow { minimum } => words(
                format_args!("上限低于下限 {minimum}"),
                format_args!("the maximum is below the minimum {minimum}"),
            ),
            Self::Validity => words("失效日早于生效日", "the last day is before the first"),
            Self::StepOrder => words(
                "步骤重复或顺序不对：自评、审核、现场、决定、公示",
                "steps come once each, in the order self-assessment, review, site visit, decision, publication",
            ),
            Self::NoDecision => words("有步骤而无决定", "there are steps and none decides"),
            Self::NotAGate { kind } => words(
                format_args!("{kind} 类指标不能作为必达项或被组合"),
                format_args!(
                    "a criterion of the kind {kind} is neither a gate nor part of a group"
                ),
            ),
            _ => words("", ""),
        }
    }
}

fn weights(sum: Decimal, profile: Option<&str>, depots: Option<Level>) -> Words {
    let (mut zh, mut en) = (String::new(), String::new());
    if let Some(profile) = profile {
        zh.push_str(&format!("方案 {profile}："));
        en.push_str(&format!("in the profile {profile}, "));
    }
    if let Some(level) = depots {
        zh.push_str(&format!("对 {level} 储备库，"));
        en.push_str(&format!("for {level} depots, "));
    }
    words(
        format_args!("{zh}权重合计为 {sum}，应为 100"),
        format_args!("{en}the weights add up to {sum} and not to 100"),
    )
}
