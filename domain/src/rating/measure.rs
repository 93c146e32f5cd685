//! The facts that can be counted of a depot, by name: a closed list, each with its unit.
//!
//! **Invariant.** A rule set names a measure and its unit, and both must fit; nothing is converted.
//! What a measure counts is said here once, so that a rule set and whoever collects the facts mean
//! the same.

use super::{
    check::FIGURE_MAX,
    words::{Words, words},
};
use crate::kernel::named;

named! {
    /// What a figure counts.
    pub enum Unit {
        /// Square metres.
        SquareMetre = "m2",
        /// Metres.
        Metre = "m",
        /// Cubic metres.
        CubicMetre = "m3",
        /// Things.
        Count = "count",
        /// People.
        People = "people",
        /// Hundredths of a whole.
        Percent = "percent",
        /// Hours.
        Hour = "hour",
        /// Days.
        Day = "day",
        /// Days on which offices work.
        WorkingDay = "working_day",
        /// Months that have begun.
        Month = "month",
        /// 1 for yes and 0 for no.
        YesNo = "yes_no",
        /// Renminbi yuan.
        Yuan = "yuan",
    }
}

impl Unit {
    /// The least and the greatest figure that there can be: nothing that is counted is less than
    /// nothing, and no share is more than the whole.
    pub(super) const fn range(self) -> (i64, i64) {
        match self {
            Self::YesNo => (0, 1),
            Self::Percent => (0, 100),
            _ => (0, FIGURE_MAX),
        }
    }

    /// Whether there is no part of one.
    pub(super) const fn is_whole(self) -> bool {
        matches!(
            self,
            Self::Count | Self::People | Self::Day | Self::WorkingDay | Self::Month | Self::YesNo
        )
    }

    /// How it is written after a figure.
    #[must_use]
    pub fn symbol(self) -> Words {
        let (zh, en) = match self {
            Self::SquareMetre => ("平方米", "m²"),
            Self::Metre => ("米", "m"),
            Self::CubicMetre => ("立方米", "m³"),
            Self::Count => ("项", ""),
            Self::People => ("人", "people"),
            Self::Percent => ("%", "%"),
            Self::Hour => ("小时", "hours"),
            Self::Day => ("天", "days"),
            Self::WorkingDay => ("个工作日", "working days"),
            Self::Month => ("个月", "months"),
            Self::YesNo => ("（1 为是，0 为否）", "(1 is yes, 0 is no)"),
            Self::Yuan => ("元", "yuan"),
        };
        words(zh, en)
    }
}

named! {
    /// Which way a figure must lie.
    pub enum Comparison {
        /// Not below the threshold.
        AtLeast = "at_least",
        /// Not above the threshold.
        AtMost = "at_most",
    }
}

named! {
    /// How hard it is to mend what is missing, the easiest first.
    pub enum Effort {
        /// Write down what is so already.
        Record = "record",
        /// Do something in the depot: count, restack, drill.
        Act = "act",
        /// Get goods.
        Supply = "supply",
        /// Find people.
        Staff = "staff",
        /// Build or move.
        Build = "build",
    }
}

impl Effort {
    /// What people read.
    #[must_use]
    pub fn title(self) -> Words {
        match self {
            Self::Record => words("补齐记录", "put on record"),
            Self::Act => words("现场整改", "act in the depot"),
            Self::Supply => words("补充物资", "get goods"),
            Self::Staff => words("配备人员", "find people"),
            Self::Build => words("改善场地", "build or move"),
        }
    }
}

macro_rules! measures {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $unit:ident, $effort:ident, $zh:literal, $en:literal;)*) => {
        named! {
            /// A fact that can be counted.
            pub enum Measure { $($(#[$doc])* $variant = $name,)* }
        }

        impl Measure {
            /// In what it is counted.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit,)* }
            }

            /// How hard it is to mend.
            #[must_use]
            pub const fn effort(self) -> Effort {
                match self { $(Self::$variant => Effort::$effort,)* }
            }

            /// What people read.
            #[must_use]
            pub fn title(self) -> Words {
                match self { $(Self::$variant => words($zh, $en),)* }
            }
        }
    };
}

impl Measure {
    /// What is counted, where the unit only says that things are.
    #[must_use]
    pub fn counted(self) -> Option<Words> {
        Some(match self {
            Self::Storeys => words("层", "storeys"),
            Self::ExpiredUsable => words("个基本单位", "base units"),
            Self::RestackOverdue | Self::QualityTestOverdue | Self::ShortLifeDonations => {
                words("批", "lots")
            }
            Self::OralOrdersLate => words("份调令", "orders"),
            _ => return None,
        })
    }

    /// Whether people put it down as it is; everything else follows from what was done.
    #[must_use]
    pub const fn is_put_down(self) -> bool {
        matches!(
            self,
            Self::StorageArea
                | Self::TotalArea
                | Self::ClearHeight
                | Self::Storeys
                | Self::Capacity
                | Self::StaffPosts
                | Self::AboveFloodLevel
                | Self::HeavyLorryAccess
                | Self::Networked
                | Self::FireCheckAge
                | Self::FireTrainingAge
                | Self::FireDrillAge
        )
    }
}

measures! {
    /// Floor area for storage.
    StorageArea = "storage_area", SquareMetre, Build, "库房面积", "storage area";
    /// Floor area of everything.
    TotalArea = "total_area", SquareMetre, Build, "总建筑面积", "total area";
    /// Clear height under the lowest beam.
    ClearHeight = "clear_height", Metre, Build, "净高", "clear height";
    /// Storeys.
    Storeys = "storeys", Count, Build, "层数", "storeys";
    /// What can be stored.
    Capacity = "capacity", CubicMetre, Build, "库容", "capacity";
    /// Posts filled with people who keep the depot.
    StaffPosts = "staff_posts", People, Staff, "库管岗位人数", "staff posts";
    /// Whether it stands above the highest recorded flood level.
    AboveFloodLevel = "above_flood_level", YesNo, Build, "高于历史最高洪水位", "above flood level";
    /// Whether heavy lorries get in both ways.
    HeavyLorryAccess = "heavy_lorry_access", YesNo, Build, "重型货车双向通达", "heavy-lorry access";
    /// Whether it has a network connection.
    Networked = "networked", YesNo, Act, "库房联网", "network connection";
    /// Months begun since the last fire check.
    FireCheckAge = "fire_check_age", Month, Act, "距上次消防检查", "since the last fire check";
    /// Months begun since the last fire training.
    FireTrainingAge = "fire_training_age", Month, Act, "距上次消防培训", "since the last fire training";
    /// Months begun since the last fire drill.
    FireDrillAge = "fire_drill_age", Month, Act, "距上次消防演练", "since the last fire drill";
    /// Months begun since the last settled count of the whole depot.
    CountAge = "count_age", Month, Act, "距上次全面盘点", "since the last full count";
    /// Lines of the last settled count of the whole depot that found the book right at first.
    CountAccuracy = "count_accuracy", Percent, Act, "上次盘点账实相符率", "book right at the last count";
    /// Lots on hand whose label could be written in full.
    LabelCompleteness = "label_completeness", Percent, Record, "标签要素齐全率", "labels complete";
    /// Usable goods on hand past their last day of use, in base units.
    ExpiredUsable = "expired_usable", Count, Act, "仍列为可用的过期物资", "expired goods still called usable";
    /// These in hundredths of all usable goods on hand, rounded up to two decimals.
    ExpiredShare = "expired_share", Percent, Act, "可用物资中的过期占比", "share of usable goods that expired";
    /// Lots stored for more than a year and not restacked since.
    RestackOverdue = "restack_overdue", Count, Act, "逾期未倒垛批次", "lots overdue for restacking";
    /// Lots stored for three years or more and not sampled since.
    QualityTestOverdue = "quality_test_overdue", Count, Act, "逾期未抽检批次", "lots overdue for sampling";
    /// The longest time from arrival to the recorded receipt, over the last twelve months.
    AcceptanceDays = "acceptance_days", WorkingDay, Record, "到货至入库登记最长用时", "longest time to record a receipt";
    /// The longest time from an issue to its record, over the last twelve months.
    IssuePaperDays = "issue_paper_days", WorkingDay, Record, "出库至登记最长用时", "longest time to record an issue";
    /// Oral orders of the last twelve months that were not papered in time.
    OralOrdersLate = "oral_orders_late", Count, Record, "逾期未补办的口头调令", "oral orders papered too late";
    /// The longest time from an order to the first goods at the place, over the last twelve months.
    OrderToArrival = "order_to_arrival", Hour, Act, "下达指令至首批到达最长用时", "longest time from order to arrival";
    /// Donated lots on hand that came in with too little life left.
    ShortLifeDonations = "short_life_donations", Count, Act, "入库时剩余有效期不足的捐赠批次", "donated lots with too little life at entry";
    /// The longest time from an emergency receipt to its publication, over the last twelve months.
    DisclosureDays = "disclosure_days", Day, Record, "应急接收至公示最长用时", "longest time to publish receipts";
}
