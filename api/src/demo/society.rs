//! Who is in the demonstration and where its depots stand.
//!
//! **Invariant.** Names and places follow from the divisions and from the published reports; nothing
//! is invented but that each city and county has a society, and a depot at its centre. Every
//! organisation and every depot says that it is demonstration data.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

use super::stock::MARK;

/// The code of the head office.
pub(super) const HEAD_OFFICE: &str = "rcsc";
/// The code of the province, which is that of its division.
pub(super) const PROVINCE: &str = "330000";
/// The depot of the province.
pub(super) const PROVINCE_DEPOT: &str = "rc-zhejiang";

const DIVISIONS: &str = include_str!("../../data/divisions/divisions.csv");
const REAL_DEPOTS: &str = include_str!("../../data/demo/dispatch-depots.csv");

/// Societies beyond Zhejiang that reports name as owners or keepers.
const OTHER_SOCIETIES: [(&str, &str, &str); 3] = [
    ("500000", "重庆市红十字会", "500000"),
    ("810000", "香港红十字会", "810000"),
    ("macao", "澳门红十字会", ""),
];
/// Partner bodies that keep goods: code, name, whom they work with.
const KEEPERS: [(&str, &str, &str); 3] = [
    ("state-674", "国储674处", HEAD_OFFICE),
    ("hunan-reserve", "湖南省级物资储备", HEAD_OFFICE),
    ("juzihuakai", "衢州市桔子花开公司", "330800"),
];
/// Whose each real depot is.
const CUSTODIANS: [(&str, &str); 12] = [
    ("rc-chengdu", HEAD_OFFICE),
    ("rc-hangzhou", HEAD_OFFICE),
    ("rc-central", HEAD_OFFICE),
    ("rc-meishan", HEAD_OFFICE),
    ("rc-guangyuan", HEAD_OFFICE),
    ("rc-nanchong", HEAD_OFFICE),
    ("state-674", "state-674"),
    (PROVINCE_DEPOT, PROVINCE),
    ("rc-wanzhou", "500000"),
    ("hunan-yuanjiang", "hunan-reserve"),
    ("hunan-changsha", "hunan-reserve"),
    ("quzhou-juzihuakai", "juzihuakai"),
];

#[derive(Debug, Clone, Deserialize)]
struct Division {
    code: String,
    name: String,
    level: String,
    parent_code: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    valid_to: String,
}

#[derive(Debug, Deserialize)]
struct RealDepot {
    code: String,
    name: String,
    level: String,
    operation: String,
    division_code: String,
    division_precision: String,
    source: String,
}

/// A depot of the demonstration.
#[derive(Debug, Clone)]
pub(super) struct Depot {
    pub(super) code: String,
    pub(super) level: String,
}

/// Organisations and depots as files that the ordinary import reads.
#[derive(Debug)]
pub(super) struct Society {
    pub(super) organisations: String,
    pub(super) depots: String,
    /// In the order of the file.
    pub(super) depot_list: Vec<Depot>,
}

/// A body at the end of the line: who receives at a distribution point.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) level: &'static str,
    pub(super) parent: String,
    pub(super) division: String,
}

impl Society {
    pub(super) fn new(receivers: &BTreeMap<&str, Receiver>) -> anyhow::Result<Self> {
        let divisions: Vec<Division> = read(DIVISIONS)?;
        let real: Vec<RealDepot> = read(REAL_DEPOTS)?;
        let zhejiang: Vec<_> = divisions
            .iter()
            .filter(|division| division.valid_to.is_empty() && division.code.starts_with("33"))
            .filter(|division| matches!(division.level.as_str(), "city" | "county"))
            .cloned()
            .collect();
        let mut depots = Depots::new(&divisions)?;
        for depot in &real {
            depots.add_reported(depot)?;
        }
        for division in &zhejiang {
            depots.add_at_centre(division)?;
        }
        Ok(Self {
            organisations: organisations(&zhejiang, receivers)?,
            depots: depots.file.text()?,
            depot_list: depots.list,
        })
    }
}

/// Reads rows of an embedded file.
pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<Vec<T>> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The code of the depot of a city or county.
pub(super) fn depot_of(division: &str) -> String {
    format!("rc-{division}")
}

/// Rows of a file that is generated.
pub(super) struct File(csv::Writer<Vec<u8>>);

impl File {
    pub(super) fn new(header: &[&str]) -> anyhow::Result<Self> {
        let mut file = Self(csv::Writer::from_writer(Vec::new()));
        file.row(header)?;
        Ok(file)
    }

    pub(super) fn row(&mut self, cells: &[&str]) -> anyhow::Result<()> {
        Ok(self.0.write_record(cells)?)
    }

    pub(super) fn text(self) -> anyhow::Result<String> {
        let bytes = self.0.into_inner().map_err(|error| error.into_error())?;
        Ok(String::from_utf8(bytes)?)
    }
}

// Organisations have no remark: the mark stands in the name.
fn marked(name: &str) -> String {
    format!("{name}（{MARK}）")
}

fn organisations(
    zhejiang: &[Division],
    receivers: &BTreeMap<&str, Receiver>,
) -> anyhow::Result<String> {
    let mut file = File::new(&["code", "name", "level", "parent", "division_code"])?;
    let mut row = |code: &str, name: &str, level: &str, parent: &str, division: &str| {
        file.row(&[code, &marked(name), level, parent, division])
    };
    row(HEAD_OFFICE, "中国红十字会总会", "national", "", "")?;
    row(
        PROVINCE,
        "浙江省红十字会",
        "provincial",
        HEAD_OFFICE,
        PROVINCE,
    )?;
    for (code, name, division) in OTHER_SOCIETIES {
        row(code, name, "provincial", HEAD_OFFICE, division)?;
    }
    for (code, name, with) in KEEPERS {
        row(code, name, "partner", with, "")?;
    }
    for division in zhejiang {
        let level = if division.level == "city" {
            "municipal"
        } else {
            "county"
        };
        let (code, name) = (&division.code, format!("{}红十字会", division.name));
        row(code, &name, level, &division.parent_code, code)?;
    }
    for receiver in receivers.values() {
        // A point of a branch itself adds none.
        if !zhejiang.iter().any(|known| known.code == receiver.code) {
            let Receiver {
                code,
                name,
                level,
                parent,
                division,
            } = receiver;
            row(code, name, level, parent, division)?;
        }
    }
    file.text()
}

/// The file of depots in the making.
struct Depots {
    // Centres of divisions, as the file writes them.
    centres: BTreeMap<String, [String; 2]>,
    file: File,
    list: Vec<Depot>,
}

impl Depots {
    fn new(divisions: &[Division]) -> anyhow::Result<Self> {
        let centres = divisions.iter().filter_map(|division| {
            let centre = [division.longitude?, division.latitude?];
            Some((
                division.code.clone(),
                centre.map(|degrees| degrees.to_string()),
            ))
        });
        Ok(Self {
            centres: centres.collect(),
            file: File::new(&[
                "code",
                "name",
                "level",
                "operation",
                "organisation",
                "division_code",
                "longitude",
                "latitude",
                "remark",
            ])?,
            list: Vec::new(),
        })
    }

    // A depot that a report names as a sender.
    fn add_reported(&mut self, depot: &RealDepot) -> anyhow::Result<()> {
        let custodian = CUSTODIANS.iter().find(|(code, _)| *code == depot.code);
        let (_, custodian) =
            custodian.with_context(|| format!("nobody is named who keeps {}", depot.code))?;
        let mut remark = format!(
            "{MARK}：名称见公开报道（{}），位置为行政区划中心（{}）",
            depot.source, depot.division_precision
        );
        if depot.code == PROVINCE_DEPOT {
            remark.push_str("；库存下限借用上海市红十字会 2021 年常备目录的最小量，并非本库规定");
        }
        let what = [
            depot.name.as_str(),
            &depot.level,
            &depot.operation,
            custodian,
        ];
        self.add(&depot.code, what, &depot.division_code, &remark)
    }

    // The depot of a city's or county's society.
    fn add_at_centre(&mut self, division: &Division) -> anyhow::Result<()> {
        let level = if division.level == "city" {
            "municipal"
        } else {
            "county"
        };
        let name = format!("{}红十字会物资储备库", division.name);
        let remark = format!("{MARK}：设于行政区划中心，并非真实库址");
        let what = [name.as_str(), level, "own", &division.code];
        self.add(&depot_of(&division.code), what, &division.code, &remark)
    }

    fn add(
        &mut self,
        code: &str,
        [name, level, operation, custodian]: [&str; 4],
        division: &str,
        remark: &str,
    ) -> anyhow::Result<()> {
        let [longitude, latitude] = self.centres.get(division).cloned().unwrap_or_default();
        self.file.row(&[
            code, name, level, operation, custodian, division, &longitude, &latitude, remark,
        ])?;
        self.list.push(Depot {
            code: code.to_owned(),
            level: level.to_owned(),
        });
        Ok(())
    }
}
