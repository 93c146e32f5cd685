//! Files of opening stock: what was counted when the books were opened.
//!
//! **Invariant.** Every good row becomes one lot and one line of a receipt; a receipt holds lines of
//! one depot and one day. What the file states of goods is checked as a receipt checks it.

mod read;
mod references;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    kernel::{
        Id, Quantity, Text,
        kinds::{Depot, Zone},
    },
    stock::{Account, Condition, Kind as MovementKind, LINES_MAX, Line, Lot, Movement, Outside},
};

use crate::{
    clock::{day_at_depots, start_of_day},
    exchange::{
        columns::{Choice, ColumnSpec, Kind},
        intake::Record,
        report::{Report, met_meanwhile},
    },
    problem::{Fault, Problem},
    stock::ledger::{self, NewLot, Origin, Papers},
    uow::Uow,
};

use self::references::References;
use super::Ground;

/// What state goods are in, as files call it.
pub(crate) const CONDITIONS: &[Choice] = &[
    Choice {
        key: "usable",
        zh: "可用",
        en: "Usable",
    },
    Choice {
        key: "quarantined",
        zh: "待检",
        en: "Quarantined",
    },
    Choice {
        key: "needs_repair",
        zh: "待修",
        en: "Needs repair",
    },
    Choice {
        key: "condemned",
        zh: "待报废",
        en: "Condemned",
    },
];

pub(crate) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::required(
        "depot",
        &["储备库", "Depot", "仓库", "库点", "Warehouse"],
        Kind::Text(200),
    )
    .example("海曙区备灾救灾中心")
    .note("代码或名称", "its code or name"),
    ColumnSpec::optional("zone", &["库区", "Zone"], Kind::Text(200)).note(
        "代码或名称；不填则入默认库区",
        "its code or name; the depot's default zone if blank",
    ),
    ColumnSpec::required(
        "item",
        &["物资", "Item", "品名", "物资名称"],
        Kind::Text(200),
    )
    .example("家庭包")
    .note("编码、名称或别名", "a code, a name or an alias"),
    ColumnSpec::required("quantity", &["数量", "Quantity"], Kind::Whole)
        .example("100")
        .note("整数", "a whole number"),
    ColumnSpec::optional("unit", &["单位", "Unit", "计量单位"], Kind::Text(16))
        .example("个")
        .note(
            "基本单位或包装；不填则为基本单位",
            "the base unit or a pack; the base unit if blank",
        ),
    ColumnSpec::optional(
        "owner",
        &["物权单位", "Owner", "所有权单位"],
        Kind::Text(200),
    )
    .note(
        "代码或名称；不填则为保管单位",
        "its code or name; the depot's own organisation if blank",
    ),
    ColumnSpec::optional("donor", &["捐赠人", "Donor", "捐赠方"], Kind::Text(200)),
    ColumnSpec::optional(
        "batch",
        &["批号", "Batch", "批次", "生产批号"],
        Kind::Text(64),
    ),
    ColumnSpec::optional(
        "maker",
        &["生产厂家", "Maker", "厂家", "生产单位"],
        Kind::Text(200),
    ),
    ColumnSpec::optional(
        "produced_on",
        &["生产日期", "Production date", "Produced on"],
        Kind::Date,
    ),
    ColumnSpec::optional(
        "expires_on",
        &["有效期至", "Expiry date", "Expires on", "失效日期"],
        Kind::Date,
    ),
    ColumnSpec::optional(
        "received_on",
        &["入库日期", "Received on", "入账日期"],
        Kind::Date,
    )
    .note("不填则为今天", "today if blank"),
    ColumnSpec::optional(
        "unit_value",
        &["单价", "Unit value", "单位价值"],
        Kind::Decimal,
    )
    .example("306")
    .note("每个基本单位", "of one base unit"),
    ColumnSpec::optional("currency", &["币种", "Currency"], Kind::Text(3))
        .example("CNY")
        .note("不填则为 CNY", "CNY if blank"),
    ColumnSpec::optional(
        "condition",
        &["质量状态", "Condition", "状态"],
        Kind::Choice(CONDITIONS),
    )
    .note("不填则为可用", "usable if blank"),
    ColumnSpec::optional(
        "restricted_division",
        &["定向区划", "Restricted to division"],
        Kind::Text(12),
    )
    .note(
        "捐赠人指定的区划代码",
        "the division that the donor bound the goods to",
    ),
    ColumnSpec::optional(
        "restricted_programme",
        &["定向项目", "Restricted to programme"],
        Kind::Text(64),
    )
    .note(
        "捐赠人指定的项目",
        "the programme that the donor bound the goods to",
    ),
    ColumnSpec::optional("remark", &["备注", "Remark", "Comments"], Kind::Text(500)),
];

/// A row that can be received.
struct Sound {
    depot: Id<Depot>,
    zone: Id<Zone>,
    lot: Lot,
    remark: Option<Text<500>>,
    quantity: Quantity,
    condition: Condition,
    received_on: Option<NaiveDate>,
}

pub(super) async fn write(
    uow: &mut Uow<'_>,
    records: &[Record],
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let references = References::read(uow, records).await?;
    let today = day_at_depots(uow.now());
    // Receipts in the order of the file's depots would depend on the file; this one does not.
    let mut receipts: BTreeMap<_, Vec<Sound>> = BTreeMap::new();
    for record in records {
        if let Some(sound) = read::read(record, &references, today, report) {
            let key = (sound.depot, sound.received_on);
            receipts.entry(key).or_default().push(sound);
        } else {
            ground.progress.advance();
        }
    }
    let mut batch = Batch::default();
    for ((depot, received_on), lines) in receipts {
        for rows in lines.chunks(LINES_MAX) {
            batch.receive(uow, depot, received_on, rows)?;
            if batch.lots.len() >= LOTS_AT_ONCE {
                std::mem::take(&mut batch).post(uow, ground, report).await?;
            }
        }
    }
    batch.post(uow, ground, report).await
}

// Receipts that are posted together: enough that statements are few, and not more than that.
const LOTS_AT_ONCE: usize = 5 * LINES_MAX;

#[derive(Default)]
struct Batch {
    lots: Vec<NewLot>,
    receipts: Vec<(Movement, Papers)>,
}

impl Batch {
    fn receive(
        &mut self,
        uow: &Uow<'_>,
        depot: Id<Depot>,
        received_on: Option<NaiveDate>,
        rows: &[Sound],
    ) -> Result<(), Problem> {
        let mut lines = Vec::new();
        for row in rows {
            let lot = NewLot {
                id: uow.id(),
                depot,
                lot: row.lot.clone(),
                remark: row.remark.clone(),
                origin: Origin::Itself,
            };
            lines.push(Line {
                lot: lot.id,
                condition: row.condition,
                quantity: row.quantity,
                from: Account::Outside {
                    depot,
                    side: Outside::Source,
                },
                to: Account::Zone {
                    depot,
                    zone: row.zone,
                },
            });
            self.lots.push(lot);
        }
        let movement = Movement::new(uow.id(), depot, MovementKind::Receipt, lines)
            .map_err(Problem::internal)?;
        let papers = Papers {
            occurred_at: received_on.map(start_of_day),
            ..Papers::default()
        };
        self.receipts.push((movement, papers));
        Ok(())
    }

    async fn post(
        self,
        uow: &Uow<'_>,
        ground: Ground<'_>,
        report: &mut Report,
    ) -> Result<(), Problem> {
        ledger::create_lots(uow, &self.lots).await?;
        let receipts: Vec<_> = self
            .receipts
            .iter()
            .map(|(m, papers)| (m, papers))
            .collect();
        let posted = ledger::post_all(uow, &receipts).await;
        posted.map_err(met_meanwhile)?;
        report.made("lots", self.lots.len() as u64);
        report.made("movements", receipts.len() as u64);
        self.lots.iter().for_each(|_| ground.progress.advance());
        Ok(())
    }
}

/// What a row of a depot that takes nothing in is called.
fn shut(state: &str) -> Fault {
    Fault::new(
        "wrong-state",
        format!("该库当前状态（{state}）不接收物资"),
        format!("the depot is {state} and takes nothing in"),
    )
}
