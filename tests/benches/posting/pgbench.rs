//! The same by `pgbench`, the load generator of PostgreSQL itself, with prepared statements.
//!
//! **Invariant.** It runs on the server's own database and leaves the rows that an issue over HTTP
//! leaves; each client draws from lots of its own, as ours do.

use std::{io::Write as _, path::PathBuf, process::Command, time::Duration};

use tests::Server;
use uuid::Uuid;

use super::{bare::BODY, copy::HASH};

/// Refuses a cluster that does not flush, as those of the tests do not.
pub(crate) async fn check_durable(server: &Server) {
    let on = "SELECT COUNT(*) FROM pg_settings WHERE setting = 'on' \
              AND name IN ('fsync', 'full_page_writes', 'synchronous_commit')";
    let on = server.number(on).await;
    assert_eq!(
        on, 3,
        "the cluster does not flush: RELIEF_DEPOT_PG_DURABLE=1 makes it"
    );
}

/// Movements in a second by so many clients.
pub(crate) fn post(
    url: &str,
    account: &str,
    depot: Uuid,
    lots: &[Uuid],
    clients: usize,
    time: Duration,
) -> f64 {
    let lots: Vec<_> = lots.iter().map(|lot| format!("'{lot}'")).collect();
    // A colon in a script begins a variable, so the body is only as long as a real one.
    let body = format!("repeat('x', {})", BODY.len());
    let script = format!(
        "\\set number :client_id + 1\n\
         BEGIN;\n\
         SELECT gen_random_uuid() AS movement, gen_random_uuid() AS entry, \
           (ARRAY[{lots}])[:number]::uuid AS lot \\gset\n\
         INSERT INTO idempotency (principal, key, request_hash, created_at) \
           VALUES ('{account}', :entry, '{HASH}', now());\n\
         INSERT INTO movement (depot_id, id, kind, occurred_at, recorded_at, journal_id) \
           VALUES ('{depot}', :movement, 'issue', now(), now(), :entry);\n\
         INSERT INTO movement_line (depot_id, movement_id, line, lot_id, condition, quantity, from_kind, \
           from_depot_id, from_id, to_kind, to_depot_id, to_id) SELECT '{depot}', :movement, 0, :lot, 'usable', \
           1, 'zone', '{depot}', account_id, 'recipient', '{depot}', '{depot}' FROM balance WHERE depot_id = '{depot}' \
           AND lot_id = :lot LIMIT 1;\n\
         UPDATE balance SET on_hand = on_hand - 1 WHERE depot_id = '{depot}' AND lot_id = :lot \
           AND condition = 'usable' AND on_hand - 1 >= reserved;\n\
         INSERT INTO journal (id, recorded_at, command, principal, subject, request_id, idempotency_key, body) \
           VALUES (:entry, now(), 'stock.issue', '{account}', :movement, '4bf92f3577b34da6', :entry, {body});\n\
         UPDATE idempotency SET response = {body}, journal_id = :entry \
           WHERE principal = '{account}' AND key = :entry;\n\
         COMMIT;\n",
        lots = lots.join(", "),
    );
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    file.write_all(script.as_bytes())
        .expect("the script can be written");
    let bin = std::env::var_os("RELIEF_DEPOT_PG_BIN")
        .map(PathBuf::from)
        .unwrap_or_default();
    let seconds = time.as_secs().max(1).to_string();
    let clients = clients.to_string();
    let output = Command::new(bin.join("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .args(["--client", &clients, "--time", &seconds, "--file"])
        .arg(file.path())
        .arg(url)
        .output()
        .expect("pgbench runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let rate = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split(' ').next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}
