use sea_orm::{ConnectionTrait, Statement};

use super::*;

const WAIT: Duration = Duration::from_secs(5);

async fn opened(directory: &tempfile::TempDir, wait: Duration) -> (DatabaseConnection, Turns) {
    let url = format!("sqlite://{}/t.sqlite?mode=rwc", directory.path().display());
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    let opened = Turns::open(options, Disk::under(None), wait).await;
    let (turns, connection) = opened.unwrap();
    let made = "CREATE TABLE kept (number INTEGER PRIMARY KEY, filling BLOB)";
    connection.execute_unprepared(made).await.unwrap();
    (connection, turns)
}

async fn numbers(connection: &DatabaseConnection) -> Vec<i64> {
    let asked = Statement::from_string(
        connection.get_database_backend(),
        "SELECT number FROM kept ORDER BY number",
    );
    let rows = connection.query_all_raw(asked).await.unwrap();
    rows.iter()
        .map(|row| row.try_get("", "number").unwrap())
        .collect()
}

// What a piece of work does once its row is written.
#[derive(Clone, Copy)]
enum End {
    Keep,
    Refuse,
    Panic,
    Linger(Duration),
}

async fn insert(turns: &Turns, number: i64, end: End) -> Result<i64, Lost> {
    let work = turns.take(None, move |transaction, _| {
        async move {
            let sql = format!("INSERT INTO kept (number) VALUES ({number})");
            transaction.execute_unprepared(&sql).await.unwrap();
            match end {
                End::Keep | End::Refuse => {}
                End::Panic => panic!("as the test wants it"),
                End::Linger(time) => tokio::time::sleep(time).await,
            }
            let keep = !matches!(end, End::Refuse);
            Worked {
                outcome: number,
                keep,
            }
        }
        .boxed()
    });
    work.await
}

#[tokio::test]
async fn a_refusal_undoes_nothing_of_its_neighbours() {
    let directory = tempfile::tempdir().unwrap();
    let (connection, turns) = opened(&directory, WAIT).await;
    let all = (0..50).map(|number| {
        let end = if number % 5 == 0 {
            End::Refuse
        } else {
            End::Keep
        };
        insert(&turns, number, end)
    });
    let answers = futures_util::future::join_all(all).await;
    for (number, answer) in (0..).zip(answers) {
        assert_eq!(answer.unwrap(), number);
    }
    let expected: Vec<_> = (0..50).filter(|number| number % 5 != 0).collect();
    assert_eq!(numbers(&connection).await, expected);
}

#[tokio::test]
async fn what_breaks_undoes_its_group_and_the_others_may_try_again() {
    let directory = tempfile::tempdir().unwrap();
    let (connection, turns) = opened(&directory, WAIT).await;
    let (before, broken, after) = tokio::join!(
        insert(&turns, 1, End::Keep),
        insert(&turns, 2, End::Panic),
        insert(&turns, 3, End::Keep),
    );
    assert!(matches!(before, Err(Lost::Undone)), "{before:?}");
    assert!(matches!(broken, Err(Lost::Panicked)), "{broken:?}");
    assert_eq!(after.unwrap(), 3);
    assert_eq!(insert(&turns, 1, End::Keep).await.unwrap(), 1);
    assert_eq!(numbers(&connection).await, [1, 3]);
}

#[tokio::test]
async fn a_full_disk_refuses_and_is_well_again_when_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let (connection, turns) = opened(&directory, WAIT).await;
    let limited = |pages: u32| format!("PRAGMA max_page_count = {pages}");
    connection.execute_unprepared(&limited(10)).await.unwrap();
    let fill = turns.take(None, |transaction, _| {
        async move {
            let sql = "INSERT INTO kept (number, filling) VALUES (9, zeroblob(1000000))";
            let filled = transaction.execute_unprepared(sql).await;
            let keep = filled.is_ok();
            Worked {
                outcome: filled.map_err(|error| error.to_string()),
                keep,
            }
        }
        .boxed()
    });
    let (small, full) = tokio::join!(insert(&turns, 1, End::Keep), fill);
    assert!(full.unwrap().unwrap_err().contains("full"));
    // Whether SQLite undid the whole transaction is its own affair; nobody is told what is not so.
    let kept = match small {
        Ok(number) => vec![number],
        Err(Lost::Undone) => vec![],
        Err(lost) => panic!("{lost:?}"),
    };
    assert_eq!(numbers(&connection).await, kept);
    connection
        .execute_unprepared(&limited(1_000_000))
        .await
        .unwrap();
    assert_eq!(insert(&turns, 2, End::Keep).await.unwrap(), 2);
}

#[tokio::test]
async fn whoever_waits_too_long_goes_away_and_nothing_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let (connection, turns) = opened(&directory, Duration::from_millis(100)).await;
    let long = End::Linger(Duration::from_millis(400));
    let (slow, impatient) = tokio::join!(insert(&turns, 1, long), insert(&turns, 2, End::Keep));
    // What has begun is waited for.
    assert_eq!(slow.unwrap(), 1);
    assert!(matches!(impatient, Err(Lost::Busy)), "{impatient:?}");
    assert_eq!(insert(&turns, 3, End::Keep).await.unwrap(), 3);
    assert_eq!(numbers(&connection).await, [1, 3]);
}

#[tokio::test]
async fn what_has_begun_is_ended_though_nobody_waits() {
    let directory = tempfile::tempdir().unwrap();
    let (connection, turns) = opened(&directory, WAIT).await;
    let lingering = End::Linger(Duration::from_millis(100));
    let abandoned = insert(&turns, 1, lingering);
    let left = tokio::time::timeout(Duration::from_millis(30), abandoned).await;
    assert!(left.is_err());
    assert_eq!(insert(&turns, 2, End::Keep).await.unwrap(), 2);
    assert_eq!(numbers(&connection).await, [1, 2]);
}

#[tokio::test]
async fn stopping_ends_what_waits_and_takes_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let (connection, turns) = opened(&directory, WAIT).await;
    let all = (0..20).map(|number| insert(&turns, number, End::Keep));
    let (answers, ()) = tokio::join!(futures_util::future::join_all(all), turns.stop());
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let late = insert(&turns, 99, End::Keep).await;
    assert!(matches!(late, Err(Lost::Busy)), "{late:?}");
    assert_eq!(numbers(&connection).await.len(), 20);
}
