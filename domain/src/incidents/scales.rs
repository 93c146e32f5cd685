//! The three scales of the Emergency Response Law, kept apart.
//!
//! **Invariant.** How bad the event is (art. 3), how loud the warning was (art. 63) and how high
//! the response is (art. 71) are decided by different bodies at different times (RULES §5). There is
//! no conversion between them, on purpose: a red warning may end in nothing, and a general event
//! may get the highest response.

use crate::kernel::{Language, named};

named! {
    /// 事件分级: how bad the event is, from the worst.
    pub enum EventGrade {
        /// 特别重大, grade 1.
        ExtraordinarilySerious = "1",
        /// 重大, grade 2.
        Serious = "2",
        /// 较大, grade 3.
        Major = "3",
        /// 一般, grade 4.
        General = "4",
    }
}

named! {
    /// 预警颜色: the colour of the warning, from the loudest.
    pub enum WarningColour {
        /// 红色
        Red = "red",
        /// 橙色
        Orange = "orange",
        /// 黄色
        Yellow = "yellow",
        /// 蓝色
        Blue = "blue",
    }
}

named! {
    /// 响应级别: how high the response is, from the highest.
    pub enum ResponseLevel {
        /// Ⅰ级
        I = "I",
        /// Ⅱ级
        Ii = "II",
        /// Ⅲ级
        Iii = "III",
        /// Ⅳ级
        Iv = "IV",
    }
}

impl EventGrade {
    /// The words a person reads.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::ExtraordinarilySerious, Language::Zh) => "特别重大",
            (Self::Serious, Language::Zh) => "重大",
            (Self::Major, Language::Zh) => "较大",
            (Self::General, Language::Zh) => "一般",
            (Self::ExtraordinarilySerious, Language::En) => "extraordinarily serious",
            (Self::Serious, Language::En) => "serious",
            (Self::Major, Language::En) => "major",
            (Self::General, Language::En) => "general",
        }
    }
}

impl WarningColour {
    /// The word a person reads.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Red, Language::Zh) => "红色",
            (Self::Orange, Language::Zh) => "橙色",
            (Self::Yellow, Language::Zh) => "黄色",
            (Self::Blue, Language::Zh) => "蓝色",
            (_, Language::En) => self.name(),
        }
    }
}

impl ResponseLevel {
    /// The words a person reads.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::I, Language::Zh) => "一级响应",
            (Self::Ii, Language::Zh) => "二级响应",
            (Self::Iii, Language::Zh) => "三级响应",
            (Self::Iv, Language::Zh) => "四级响应",
            (Self::I, Language::En) => "response level I",
            (Self::Ii, Language::En) => "response level II",
            (Self::Iii, Language::En) => "response level III",
            (Self::Iv, Language::En) => "response level IV",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_one_scale_is_no_name_of_another() {
        for &grade in EventGrade::ALL {
            assert!(grade.name().parse::<WarningColour>().is_err());
            assert!(grade.name().parse::<ResponseLevel>().is_err());
        }
        for &colour in WarningColour::ALL {
            assert!(colour.name().parse::<EventGrade>().is_err());
            assert!(colour.name().parse::<ResponseLevel>().is_err());
        }
        for &level in ResponseLevel::ALL {
            assert!(level.name().parse::<EventGrade>().is_err());
            assert!(level.name().parse::<WarningColour>().is_err());
        }
    }
}
