//! Files of depots.
//!
//! **Invariant.** A row that says what is known already changes nothing; one that contradicts it is
//! refused. A point given in another datum is converted and kept as it was given.

use std::collections::BTreeMap;

use domain::{
    depots::{Operation, ProfileFacts},
    kernel::{
        Crs, Id, NameKey, Text,
        kinds::{Depot, Organisation},
    },
    organisations::Level,
};

use crate::{
    depots::{self, CreateDepot, DepotSelection},
    exchange::{
        columns::{Choice, ColumnSpec, Kind},
        intake::Record,
        report::Report,
    },
    problem::Problem,
    uow::{Command, Uow},
};

use super::{
    Ground,
    directory::Directory,
    organisations::SOCIETIES,
    row::{Row, code_of, differs},
};

const CODE_MAX: usize = 32;

const OPERATIONS: &[Choice] = &[
    Choice {
        key: "own",
        zh: "自有",
        en: "Own",
    },
    Choice {
        key: "partner",
        zh: "合作",
        en: "Partner",
    },
    Choice {
        key: "storage_point",
        zh: "储备点",
        en: "Storage point",
    },
    Choice {
        key: "supplier",
        zh: "供应商",
        en: "Supplier",
    },
];
const DATUMS: &[Choice] = &[
    Choice {
        key: "wgs84",
        zh: "WGS-84",
        en: "WGS84",
    },
    Choice {
        key: "gcj02",
        zh: "高德",
        en: "GCJ-02",
    },
    Choice {
        key: "bd09",
        zh: "百度",
        en: "BD-09",
    },
];

pub(crate) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::optional(
        "code",
        &["储备库代码", "Code", "代码", "编码"],
        Kind::Text(CODE_MAX),
    )
    .example("rc-330203")
    .note(
        "全系统唯一；不填则由名称生成",
        "unique; made of the name if blank",
    ),
    ColumnSpec::required(
        "name",
        &["储备库名称", "Name", "名称", "仓库名称"],
        Kind::Text(200),
    )
    .example("海曙区备灾救灾中心"),
    ColumnSpec::optional("name_en", &["英文名称", "English name"], Kind::Text(200)),
    ColumnSpec::required("level", &["级别", "Level", "层级"], Kind::Choice(SOCIETIES))
        .example("县级"),
    ColumnSpec::optional(
        "operation",
        &["经营方式", "Operation"],
        Kind::Choice(OPERATIONS),
    )
    .note("不填则为自有", "own if blank"),
    ColumnSpec::optional(
        "organisation",
        &["保管单位", "Organisation", "所属单位", "单位"],
        Kind::Text(200),
    )
    .example("海曙区红十字会")
    .note(
        "代码或名称；不填则为导入归属单位",
        "its code or name; the importing organisation if blank",
    ),
    ColumnSpec::optional(
        "division_code",
        &["区划代码", "Division code", "行政区划代码"],
        Kind::Text(12),
    )
    .example("330203"),
    ColumnSpec::optional("address", &["地址", "Address"], Kind::Text(500)),
    ColumnSpec::optional(
        "longitude",
        &["经度", "Longitude", "lon", "lng"],
        Kind::Decimal,
    ),
    ColumnSpec::optional("latitude", &["纬度", "Latitude", "lat"], Kind::Decimal),
    ColumnSpec::optional("datum", &["坐标系", "Datum"], Kind::Choice(DATUMS))
        .note("不填则为 WGS-84", "WGS-84 if blank"),
    ColumnSpec::optional("remark", &["备注", "Remark", "Comments"], Kind::Text(500)),
];

struct Line<'a> {
    record: &'a Record,
    depot: CreateDepot,
}

pub(super) async fn write(
    uow: &mut Uow<'_>,
    records: &[Record],
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let tree = Directory::read(uow).await?;
    let mut known = Known::read(uow).await?;
    for record in records {
        ground.progress.advance();
        let Some(line) = read(record, &tree, ground, report) else {
            continue;
        };
        if let Some(same) = known.find(&line.depot) {
            compare(&line, same, report);
            continue;
        }
        match line.depot.run(uow).await {
            Ok(made) => {
                report.made("depots", 1);
                known.add(made.id, &line.depot);
            }
            Err(problem) => report.refused(line.record, problem)?,
        }
    }
    Ok(())
}

/// What is compared of a depot that is known.
struct Same {
    name: String,
    level: Level,
    operation: Operation,
    organisation: Id<Organisation>,
}

/// The depots that the caller sees, and those of this file.
struct Known {
    by_code: BTreeMap<String, Id<Depot>>,
    by_name: BTreeMap<NameKey, Id<Depot>>,
    all: BTreeMap<Id<Depot>, Same>,
}

impl Known {
    async fn read(uow: &Uow<'_>) -> Result<Self, Problem> {
        let mut known = Self {
            by_code: BTreeMap::new(),
            by_name: BTreeMap::new(),
            all: BTreeMap::new(),
        };
        let everything = DepotSelection::default();
        for depot in depots::depots_where(uow.db(), &uow.scope(), &everything).await? {
            let same = Same {
                name: depot.name,
                level: depot.level,
                operation: depot.operation,
                organisation: depot.organisation_id,
            };
            known.insert(depot.id, depot.code, same);
        }
        Ok(known)
    }

    fn add(&mut self, id: Id<Depot>, depot: &CreateDepot) {
        let same = Same {
            name: depot.name.to_string(),
            level: depot.level,
            operation: depot.operation,
            organisation: depot.organisation,
        };
        self.insert(id, depot.code.to_string(), same);
    }

    fn insert(&mut self, id: Id<Depot>, code: String, same: Same) {
        self.by_code.insert(code, id);
        self.by_name.insert(NameKey::of(&same.name), id);
        self.all.insert(id, same);
    }

    fn find(&self, depot: &CreateDepot) -> Option<&Same> {
        let by_name = || self.by_name.get(&NameKey::of(depot.name.as_str()));
        let id = self.by_code.get(depot.code.as_str()).or_else(by_name)?;
        self.all.get(id)
    }
}

fn compare(line: &Line<'_>, same: &Same, report: &mut Report) {
    let depot = &line.depot;
    // What the mapping sets for all rows is no statement about one that is known.
    let says = |column| line.record.cell(column).is_some();
    let mut unlike = |column, given: &str, known: &str| {
        report.mistake(line.record, Some(column), differs(given, known));
    };
    if NameKey::of(&same.name) != NameKey::of(depot.name.as_str()) {
        unlike("name", depot.name.as_str(), &same.name);
    } else if says("level") && same.level != depot.level {
        unlike("level", depot.level.name(), same.level.name());
    } else if says("operation") && same.operation != depot.operation {
        unlike("operation", depot.operation.name(), same.operation.name());
    } else if says("organisation") && same.organisation != depot.organisation {
        let given = line.record.text("organisation").unwrap_or("-");
        unlike("organisation", given, &same.organisation.to_string());
    } else {
        report.unchanged();
    }
}

fn read<'a>(
    record: &'a Record,
    tree: &Directory,
    ground: Ground<'_>,
    report: &mut Report,
) -> Option<Line<'a>> {
    let mut row = Row::new(record, report);
    let name: Option<Text<200>> = row.name("name");
    let code = match row.raw("code") {
        Some(_) => row.text("code"),
        None => name
            .as_ref()
            .and_then(|name| row.take("name", Text::new(&code_of(name.as_str(), CODE_MAX)))),
    };
    let organisation = tree.owner_of_row(row.raw("organisation"), ground.organisation);
    let organisation = row.take("organisation", organisation);
    let operation = match row.raw("operation") {
        Some(_) => row.parse("operation"),
        None => Some(Operation::Own),
    };
    let datum = row.raw("datum").unwrap_or_default();
    let datum = Crs::ALL.into_iter().find(|crs| crs.name() == datum);
    let place = row.place(|longitude, latitude| {
        depots::given_place(longitude, latitude, datum.unwrap_or_default())
    });
    let (name_en, level, division) = (
        row.name("name_en"),
        row.parse("level"),
        row.parse("division_code"),
    );
    let (address, remark) = (row.text("address"), row.text("remark"));
    let line = (|| {
        Some(Line {
            record,
            depot: CreateDepot {
                id: None,
                organisation: organisation?,
                code: code?,
                name: name?,
                name_en,
                level: level?,
                operation: operation?,
                division,
                address,
                place,
                remark,
                profile: ProfileFacts::default(),
            },
        })
    })();
    row.finish(line)
}
