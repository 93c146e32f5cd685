//! Who is in the demonstration and where its depots stand.
//!
//! **Invariant.** Names and places follow from the divisions and from the published reports; nothing
//! is invented but that each city and county has a depot at its centre, and each depot says so.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde::Deserialize;

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
/// Partner bodies that keep goods: code, name.
const KEEPERS: [(&str, &str); 2] = [
    ("state-674", "国储674处"),
    ("hunan-reserve", "湖南省级物资储备"),
];
/// Whose each real depot is.
const CUSTODIANS: [(&str, &str); 11] = [
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
    pub(super) fn new(receivers: &[Receiver]) -> anyhow::Result<Self> {
        let divisions: Vec<Division> = read(DIVISIONS)?;
        let real: Vec<RealDepot> = read(REAL_DEPOTS)?;
        let zhejiang: Vec<_> = divisions
            .iter()
            .filter(|division| division.valid_to.is_empty() && division.code.starts_with("33"))
            .filter(|division| matches!(division.level.as_str(), "city" | "county"))
            .cloned()
            .collect();
        let organisations = organisations(&zhejiang, receivers)?;
        let (depots, depot_list) = depots(&divisions, &zhejiang, &real)?;
        Ok(Self {
            organisations,
            depots,
            depot_list,
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

fn organisations(zhejiang: &[Division], receivers: &[Receiver]) -> anyhow::Result<String> {
    let mut file = File::new(&["code", "name", "level", "parent", "division_code"])?;
    file.row(&[HEAD_OFFICE, "中国红十字会总会", "national", "", ""])?;
    file.row(&[
        PROVINCE,
        "浙江省红十字会",
        "provincial",
        HEAD_OFFICE,
        PROVINCE,
    ])?;
    for (code, name, division) in OTHER_SOCIETIES {
        file.row(&[code, name, "provincial", HEAD_OFFICE, division])?;
    }
    for (code, name) in KEEPERS {
        file.row(&[code, name, "partner", HEAD_OFFICE, ""])?;
    }
    for division in zhejiang {
        let level = if division.level == "city" {
            "municipal"
        } else {
            "county"
        };
        let name = format!("{}红十字会", division.name);
        let parent = &division.parent_code;
        file.row(&[&division.code, &name, level, parent, &division.code])?;
    }
    let mut seen = BTreeSet::new();
    for receiver in receivers {
        if seen.insert(&receiver.code) && !zhejiang.iter().any(|known| known.code == receiver.code)
        {
            let Receiver {
                code,
                name,
                level,
                parent,
                division,
            } = receiver;
            file.row(&[code, name, level, parent, division])?;
        }
    }
    file.text()
}

fn depots(
    divisions: &[Division],
    zhejiang: &[Division],
    real: &[RealDepot],
) -> anyhow::Result<(String, Vec<Depot>)> {
    let places: BTreeMap<_, _> = divisions
        .iter()
        .filter_map(|division| {
            Some((
                division.code.as_str(),
                (division.longitude?, division.latitude?),
            ))
        })
        .collect();
    let place = |code: &str| {
        let (longitude, latitude) = places.get(code)?;
        Some((longitude.to_string(), latitude.to_string()))
    };
    let mut file = File::new(&[
        "code",
        "name",
        "level",
        "operation",
        "organisation",
        "division_code",
        "longitude",
        "latitude",
        "remark",
    ])?;
    let mut list = Vec::new();
    for depot in real {
        let custodian = CUSTODIANS.iter().find(|(code, _)| *code == depot.code);
        let (_, custodian) =
            custodian.with_context(|| format!("nobody is named who keeps {}", depot.code))?;
        let (longitude, latitude) = place(&depot.division_code).unwrap_or_default();
        let remark = format!(
            "演示数据：名称见公开报道（{}），位置为行政区划中心（{}）",
            depot.source, depot.division_precision
        );
        file.row(&[
            &depot.code,
            &depot.name,
            &depot.level,
            &depot.operation,
            custodian,
            &depot.division_code,
            &longitude,
            &latitude,
            &remark,
        ])?;
        list.push(Depot {
            code: depot.code.clone(),
            level: depot.level.clone(),
        });
    }
    for division in zhejiang {
        let (level, name) = match division.level.as_str() {
            "city" => ("municipal", format!("{}红十字会物资储备库", division.name)),
            _ => ("county", format!("{}红十字会物资储备库", division.name)),
        };
        let code = depot_of(&division.code);
        let (longitude, latitude) = place(&division.code).unwrap_or_default();
        file.row(&[
            &code,
            &name,
            level,
            "own",
            &division.code,
            &division.code,
            &longitude,
            &latitude,
            "演示数据：设于行政区划中心，并非真实库址",
        ])?;
        list.push(Depot {
            code,
            level: level.to_owned(),
        });
    }
    Ok((file.text()?, list))
}
