//! What kind of thing happened.
//!
//! **Invariant.** The list is closed and is ours. The code tables of GB/T 28921 (natural disasters)
//! and GB/T 35561 (emergencies) are not public (RULES §5), so such a code is kept beside the hazard
//! as free data of the incident and nothing here claims to know it.

use crate::kernel::{Language, named};

named! {
    /// The kind of an incident.
    pub enum Hazard {
        /// 台风
        Typhoon = "typhoon",
        /// 洪涝
        Flood = "flood",
        /// 地震
        Earthquake = "earthquake",
        /// 滑坡、泥石流
        Landslide = "landslide",
        /// 干旱
        Drought = "drought",
        /// 低温、雨雪冰冻
        ColdSnow = "cold_snow",
        /// 火灾
        Fire = "fire",
        /// 疫情
        Epidemic = "epidemic",
        /// 事故灾难
        Accident = "accident",
        /// 其他
        Other = "other",
    }
}

impl Hazard {
    /// The word a person reads.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Typhoon => ("台风", "typhoon"),
            Self::Flood => ("洪涝", "flood"),
            Self::Earthquake => ("地震", "earthquake"),
            Self::Landslide => ("滑坡、泥石流", "landslide or debris flow"),
            Self::Drought => ("干旱", "drought"),
            Self::ColdSnow => ("低温雨雪冰冻", "cold or snow"),
            Self::Fire => ("火灾", "fire"),
            Self::Epidemic => ("疫情", "epidemic"),
            Self::Accident => ("事故灾难", "accident"),
            Self::Other => ("其他", "other"),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}
