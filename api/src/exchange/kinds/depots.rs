//! Files of depots.
//!
//! **Invariant.** A row that says what is known already changes nothing; one that contradicts it in
//! any cell is refused. A point given in another datum is converted and kept as it was given.

use domain::{
    depots::{Operation, ProfileFacts},
    kernel::{Crs, NameKey, Place, Text},
    organisations::DivisionCode,
};

use crate::{
    depots::{self, CreateDepot, DepotFacts, DepotSelection},
    exchange::{
        columns::{Choice, ColumnSpec, Kind},
        intake::Record,
        report::{Report, met_meanwhile},
    },
    problem::Problem,
    scope::Scope,
    uow::Uow,
};

use super::{
    Ground,
    directory::Directory,
    index::{About, Roll},
    organisations::SOCIETIES,
    row::{Comparison, Row, code_of, prefix},
};

const CODE_MAX: usize = 32;

/// Who runs a depot, as files call it.
pub(crate) const OPERATIONS: &[Choice] = &[
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
        &["运营方式", "Operation", "经营方式"],
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
    let (mut roll, known) = known(uow).await?;
    let (mut asking, mut new) = (Vec::new(), Vec::new());
    for record in records {
        ground.progress.advance();
        let Some(line) = read(record, &tree, ground, report) else {
            continue;
        };
        let (code, name) = (line.depot.code.as_str(), line.depot.name.as_str());
        match roll.about(record, code, name, report) {
            About::Known(number) => compare(&line, &known[number], &tree, report),
            About::Settled => {}
            About::New => {
                asking.push(record);
                new.push(line.depot);
            }
        }
    }
    let created = depots::create_depots(uow, &new).await;
    for (record, answer) in asking.into_iter().zip(created.map_err(met_meanwhile)?) {
        match answer {
            Ok(()) => report.made("depots", 1),
            Err(problem) => report.refused(record, problem)?,
        }
    }
    Ok(())
}

// The depots that the caller sees, and a roll of them; of the others no more than their codes.
async fn known<'a>(uow: &Uow<'_>) -> Result<(Roll<'a>, Vec<DepotFacts>), Problem> {
    let all = DepotSelection::default();
    let mut roll = Roll::default();
    for hidden in depots::depots_where(uow.db(), &Scope::Everything, &all).await? {
        roll.hide(&hidden.code);
    }
    let known = depots::depots_where(uow.db(), &uow.scope(), &all).await?;
    for (number, depot) in known.iter().enumerate() {
        roll.know(&depot.code, &depot.name, number);
    }
    Ok((roll, known))
}

fn compare(line: &Line<'_>, known: &DepotFacts, tree: &Directory, report: &mut Report) {
    let depot = &line.depot;
    let mut comparison = Comparison::new(line.record, report);
    let is_named = NameKey::of(&known.name) == NameKey::of(depot.name.as_str());
    comparison.cell("name", is_named, Some(&known.name));
    comparison.cell(
        "level",
        known.level == depot.level,
        Some(known.level.name()),
    );
    let is_so = known.operation == depot.operation;
    comparison.cell("operation", is_so, Some(known.operation.name()));
    let is_theirs = known.organisation_id == depot.organisation;
    comparison.cell("organisation", is_theirs, tree.name(known.organisation_id));
    let is_there = prefix(known.division_code.as_ref()) == prefix(depot.division.as_ref());
    let division = known.division_code.as_ref().map(DivisionCode::as_str);
    comparison.cell("division_code", is_there, division);
    for (key, given, known) in [
        ("name_en", text(depot.name_en.as_ref()), &known.name_en),
        ("address", text(depot.address.as_ref()), &known.address),
        ("remark", text(depot.remark.as_ref()), &known.remark),
    ] {
        comparison.cell(key, given == known.as_deref(), known.as_deref());
    }
    // A datum alone says nothing; with a point it is in the point.
    let given = depot.place.map(|given| given.place);
    for (key, degrees) in [
        ("longitude", Place::longitude as fn(Place) -> f64),
        ("latitude", Place::latitude),
    ] {
        let (given, known) = (given.map(degrees), known.place.map(degrees));
        let is_there = given.zip(known).is_some_and(is_same_place);
        let known = known.map(|degrees| degrees.to_string());
        comparison.cell(key, is_there, known.as_deref());
    }
    comparison.finish();
}

fn text<const MAX: usize>(given: Option<&Text<MAX>>) -> Option<&str> {
    given.map(Text::as_str)
}

// Within a decimetre: nobody means another depot, and a datum's conversion may round.
fn is_same_place((given, known): (f64, f64)) -> bool {
    (given - known).abs() < 1e-6
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
