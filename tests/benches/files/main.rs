//! How long 100,000 rows of stock take to come in from files and to go out to one, against reading
//! the same files with the same library and doing nothing.
//!
//! **Invariant.** A file has at most 50,000 rows, so the rows come in two files, one after the
//! other, each all or nothing. The baseline reads every cell of the same bytes; it understands,
//! checks and writes nothing.
//!
//! `make bench` runs it; `FILES_ROWS` and `FILES_ROUNDS` say how many rows and how often (3).

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

use std::{fmt::Write as _, hint::black_box, io::Cursor, time::Duration};

use calamine::{Data, Reader as _, Xlsx};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use tests::{
    Client, Database, Server,
    dice::setting,
    files::{XLSX, made},
    measure::{Spread, memory, runtime, timed, timed_async},
};

const CSV: &str = "text/csv";
// And a header.
const ROWS_A_FILE: usize = 49_999;
const ITEMS: usize = 1_000;
const HEADER: [&str; 4] = ["储备库", "物资", "数量", "单位"];

fn main() {
    let runtime = runtime(2);
    runtime.block_on(measure("SQLite", Database::Sqlite));
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        runtime.block_on(measure("PostgreSQL", Database::Postgres));
    } else {
        println!("PostgreSQL: not measured; run it by `make bench`");
    }
}

async fn measure(name: &str, database: Database) {
    let rows = setting("FILES_ROWS", 100_000);
    let rounds = setting("FILES_ROUNDS", 3);
    println!("{name}, {rows} rows of stock, ms:");
    for (kind, write, read) in [
        (
            "csv",
            csv as fn(usize, usize) -> Vec<u8>,
            read_csv as fn(&[u8]),
        ),
        ("xlsx", xlsx, read_xlsx),
    ] {
        let files: Vec<_> = (0..rows)
            .step_by(ROWS_A_FILE)
            .map(|from| write(from, rows.min(from + ROWS_A_FILE)))
            .collect();
        let (mut coming, mut going, mut read_in, mut read_out) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let server = Server::start(database, &[]).await;
            let steward = ground(&server, rows).await;
            coming.push(timed_async(import(&steward, kind, &files)).await.0);
            read_in.push(timed(|| files.iter().for_each(|file| read(file))).0);
            let (time, file) = timed_async(export(&steward, kind)).await;
            going.push(time);
            read_out.push(timed(|| read(&file)).0);
            assert_eq!(count(kind, &file), rows, "the file has a row for each");
            server.remove().await;
        }
        tell(kind, "in", coming, read_in);
        tell(kind, "out", going, read_out);
    }
    if let Some(most) = memory(std::process::id(), "VmHWM") {
        println!("  this process, server and client, had {most:.0} MiB at most");
    }
}

fn tell(kind: &str, way: &str, ours: Vec<f64>, reading: Vec<f64>) {
    let (ours, reading) = (Spread::of(ours), Spread::of(reading));
    println!(
        "  {kind} {way}: {ours}; reading alone {reading}; {:.1} times as long",
        ours.over(&reading)
    );
}

// The depots and items that the rows name.
async fn ground(server: &Server, rows: usize) -> Client {
    let steward = server.ground().await.steward;
    let mut depots = "代码,名称,级别,保管单位\n".to_owned();
    for depot in 0..rows.div_ceil(ITEMS) {
        let _ = writeln!(depots, "m{depot},第 {depot} 库,县级,330203");
    }
    let mut items = "物资编码,物资名称,分类,基本单位\n".to_owned();
    for item in 0..ITEMS {
        let _ = writeln!(items, "i{item},物资 {item},类 {},件", item % 30);
    }
    for (kind, text) in [("depots", depots), ("items", items)] {
        let report = steward.import(kind, "ground.csv", text).await;
        assert_eq!(report["import"]["state"], "done", "{report}");
    }
    steward
}

// One row for each depot and item.
fn row(number: usize) -> [String; 4] {
    [
        format!("m{}", number / ITEMS),
        format!("i{}", number % ITEMS),
        (1 + number % 7).to_string(),
        "件".to_owned(),
    ]
}

fn csv(from: usize, to: usize) -> Vec<u8> {
    let mut text = HEADER.join(",");
    for number in from..to {
        let _ = write!(text, "\n{}", row(number).join(","));
    }
    text.into_bytes()
}

fn xlsx(from: usize, to: usize) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet(), from, to).expect("a sheet takes so many rows");
    book.save_to_buffer().expect("a workbook can be written")
}

fn fill(sheet: &mut Worksheet, from: usize, to: usize) -> Result<(), XlsxError> {
    sheet.write_row(0, 0, HEADER)?;
    for (line, number) in (1..).zip(from..to) {
        let [depot, item, quantity, unit] = row(number);
        sheet.write_string(line, 0, depot)?;
        sheet.write_string(line, 1, item)?;
        sheet.write_number(line, 2, quantity.parse::<f64>().unwrap_or(0.0))?;
        sheet.write_string(line, 3, unit)?;
    }
    Ok(())
}

async fn import(steward: &Client, kind: &str, files: &[Vec<u8>]) {
    for file in files {
        let name = format!("stock.{kind}");
        let accepted = steward
            .send_file("opening-stock", &name, file.clone())
            .await;
        accepted.expect(202);
        let place = accepted.header("location").to_owned();
        loop {
            let report = steward.get(&place).await.expect(200);
            match report["import"]["state"].as_str() {
                Some("done") => {
                    assert!(made(&report, "lots") > 0, "{report}");
                    break;
                }
                Some("failed") => panic!("{report}"),
                // Seldom enough to take nothing from the import.
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

async fn export(steward: &Client, kind: &str) -> Vec<u8> {
    let accept = if kind == "csv" { CSV } else { XLSX };
    let answer = steward.get("/v1/balances").header("accept", accept).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.bytes
}

fn read_csv(file: &[u8]) {
    rows_of_csv(file, |cell| {
        black_box(cell);
    });
}

fn rows_of_csv(file: &[u8], mut cell: impl FnMut(&[u8])) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(Cursor::new(file));
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record).expect("it is CSV") {
        record.iter().for_each(&mut cell);
        rows += 1;
    }
    rows
}

fn read_xlsx(file: &[u8]) {
    rows_of_xlsx(file, |cell| {
        black_box(cell);
    });
}

fn rows_of_xlsx(file: &[u8], mut cell: impl FnMut(&Data)) -> usize {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("cells");
    range.rows().flatten().for_each(&mut cell);
    range.height() - 1
}

fn count(kind: &str, file: &[u8]) -> usize {
    match kind {
        "csv" => rows_of_csv(file, |_| {}),
        _ => rows_of_xlsx(file, |_| {}),
    }
}
