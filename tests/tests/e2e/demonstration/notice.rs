//! The notice of the Zhejiang Red Cross on Typhoon In-Fa, July 2021
//! (zjredcross.org.cn/info/1128/11380.htm), as it was read.
//!
//! **Invariant.** Typed from the notice and not taken from the program's own files. Where its
//! stored text ends, the list of the townships is known in part (Xiangshan's family packs) or not
//! at all.

/// What was allotted: the goods, their value each in ten-thousandths of a yuan, how many, the
/// published sum in yuan, and how many of them the notice follows to a township.
pub(super) struct Allotted {
    pub(super) batch: &'static str,
    pub(super) item: &'static str,
    pub(super) owner: &'static str,
    pub(super) depot: &'static str,
    pub(super) unit_value_e4: i64,
    pub(super) pieces: i64,
    pub(super) yuan: i64,
    pub(super) issued: i64,
}

const fn allotted(
    batch: &'static str,
    item: &'static str,
    [owner, depot]: [&'static str; 2],
    unit_value_e4: i64,
    [pieces, yuan, issued]: [i64; 3],
) -> Allotted {
    Allotted {
        batch,
        item,
        owner,
        depot,
        unit_value_e4,
        pieces,
        yuan,
        issued,
    }
}

const HEAD_OFFICE: &str = "rcsc";
const PROVINCE: &str = "330000";
const NINGBO: &str = "rc-330200";
const XIANGSHAN: &str = "rc-330225";
const KEQIAO: &str = "rc-330603";

pub(super) const ALLOTTED: [Allotted; 6] = [
    allotted(
        "IN-FA-2021-1",
        "家庭包",
        [HEAD_OFFICE, NINGBO],
        3_060_000,
        [1_000, 306_000, 1_000],
    ),
    allotted(
        "IN-FA-2021-2",
        "夹克衫",
        [HEAD_OFFICE, NINGBO],
        457_000,
        [2_000, 91_400, 2_000],
    ),
    allotted(
        "IN-FA-2021-3",
        "毛巾被",
        [HEAD_OFFICE, NINGBO],
        600_000,
        [1_500, 90_000, 1_500],
    ),
    allotted(
        "IN-FA-2021-4",
        "家庭包",
        [PROVINCE, XIANGSHAN],
        2_530_000,
        [300, 75_900, 30],
    ),
    allotted(
        "IN-FA-2021-5",
        "毛巾被",
        [PROVINCE, XIANGSHAN],
        560_000,
        [300, 16_800, 0],
    ),
    allotted(
        "IN-FA-2021-6",
        "家庭包",
        [PROVINCE, KEQIAO],
        2_530_000,
        [348, 88_044, 0],
    ),
];

/// What each point got: family packs, jackets and towelling quilts of the head office, family
/// packs of the province.
pub(super) const POINTS: [(&str, [i64; 4]); 21] = [
    ("洞桥镇", [300, 300, 300, 0]),
    ("集士港镇", [100, 100, 100, 0]),
    ("高桥镇", [100, 100, 100, 0]),
    ("古林镇", [100, 100, 100, 0]),
    ("鄞江镇", [100, 100, 100, 0]),
    ("横街镇", [100, 100, 100, 0]),
    ("龙观乡", [100, 100, 100, 0]),
    ("石碶街道", [100, 100, 100, 0]),
    ("奉化区红十字红海应急救援队", [0, 120, 0, 0]),
    ("奉化区物业协会", [0, 380, 0, 0]),
    ("象山丹东街道", [0, 250, 0, 0]),
    ("象山丹西街道", [0, 250, 0, 0]),
    ("招宝山街道", [0, 0, 80, 0]),
    ("蛟川街道", [0, 0, 80, 0]),
    ("骆驼街道", [0, 0, 100, 0]),
    ("庄市街道", [0, 0, 80, 0]),
    ("澥浦镇", [0, 0, 60, 0]),
    ("九龙湖镇", [0, 0, 60, 0]),
    (
        "红十字生命教育体验基地(避灾点、救援队执勤点)",
        [0, 0, 40, 0],
    ),
    ("大徐镇", [0, 0, 0, 15]),
    ("晓塘乡", [0, 0, 0, 15]),
];
