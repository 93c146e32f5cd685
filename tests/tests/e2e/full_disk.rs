//! A disk without space: what is written is refused and leaves nothing, reading goes on, and all is
//! well again as soon as there is space.

use std::{
    fs::File,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use api::clock::Clock;
use serde_json::{Value, json};
use tests::{
    Client, Database, Program,
    database::program,
    people::{PASSWORD, setup_body},
};

fn account(login: &str) -> Value {
    json!({ "login": login, "name": login, "password": PASSWORD, "grants": [] })
}

/// The real program, which keeps its data on a small disk that only it sees.
struct OnSmallDisk {
    program: Program,
    /// Where it lies for the process.
    file: PathBuf,
    /// The same from outside.
    data: PathBuf,
}

impl OnSmallDisk {
    // `None` where the system lets nobody have a view of the file system of one's own.
    fn start(home: &Path) -> Option<Self> {
        let allowed = Command::new("unshare").args(["-rm", "true"]).output();
        if !allowed.is_ok_and(|output| output.status.success()) {
            eprintln!("NOT TRIED: `unshare -rm` is not allowed here, so there is no small disk");
            return None;
        }
        let data = home.join("data");
        std::fs::create_dir(&data).unwrap();
        let script = r#"mount -t tmpfs -o size=24m small "$0" && exec "$1" serve"#;
        let mut command = Command::new("unshare");
        command
            .args(["-rm", "sh", "-c", script])
            .args([&data, &program()])
            .env("RELIEF_DEPOT_DATA_DIRECTORY", &data);
        let program = Program::start(&mut command);
        let seen = format!("/proc/{}/root{}", program.id(), data.display());
        Some(Self {
            program,
            file: data,
            data: seen.into(),
        })
    }

    fn ballast(&self) -> PathBuf {
        self.data.join("ballast")
    }

    fn fill(&self) {
        self.shrink();
        self.top_up();
    }

    // Takes what room there is. SQLite gives some back when it begins its log anew.
    fn top_up(&self) {
        let mut ballast = File::options()
            .append(true)
            .create(true)
            .open(self.ballast())
            .unwrap();
        let mut piece = vec![0; 4_096];
        loop {
            match ballast.write(&piece) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull && piece.len() > 1 => {
                    piece.truncate(1);
                }
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
    }

    // What migrations left free in the files would take hundreds of accounts on a disk that is full.
    // It takes a program that sees the small disk: SQLite follows the link of `/proc` to the root, and
    // would shrink another file of this name outside of it.
    fn shrink(&self) {
        let script = "import sqlite3, sys\n\
            database = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)\n\
            database.execute('VACUUM')\n\
            sys.exit(database.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()[0])";
        let program = self.program.id().to_string();
        let shrunk = Command::new("nsenter")
            .args([
                "--user",
                "--mount",
                "--preserve-credentials",
                "--target",
                &program,
            ])
            .args(["python3", "-c", script])
            .arg(self.file.join("relief-depot.sqlite"))
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&shrunk.stderr);
        assert!(
            shrunk.status.success(),
            "somebody reads the log: {complaint}"
        );
        // The sealer may have begun it anew by now, which takes a few pages of the thousand.
        let log = std::fs::metadata(self.data.join("relief-depot.sqlite-wal")).unwrap();
        assert!(log.len() < 1_000_000, "the log has {} bytes", log.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_on_a_full_disk_refuses_and_recovers_alone() {
    let home = tempfile::tempdir().unwrap();
    let Some(server) = OnSmallDisk::start(home.path()) else {
        return;
    };
    let anonymous = &Client::new(server.program.address);
    let setup = setup_body(&server.program.setup_code);
    let made = anonymous.post("/v1/setup", setup).await;
    made.expect(201);
    let login = json!({ "login": "root", "password": PASSWORD });
    let session = anonymous.post("/v1/sessions", login).await.expect(201);
    let mut admin = anonymous.with_token(session["token"].as_str().unwrap());
    admin.account = session["account_id"].as_str().map(str::to_owned);
    tests::people::enrol(&admin, PASSWORD, Clock::default().now()).await;
    let admin = &admin;
    let root = admin.get("/v1/me").await.expect(200)["organisation_id"].clone();
    let of_root = |login: &str| {
        let mut body = account(login);
        body["organisation_id"] = root.clone();
        admin.post("/v1/accounts", body)
    };
    of_root("before").await.expect(201);

    server.fill();
    // What is left in files that SQLite has already may take the first few. The sealer writes each
    // second and may begin the log anew, which makes room for some more: the disk is full when two
    // in a row were refused and the server says so itself.
    let mut kept = vec!["before".to_owned()];
    let refused = loop {
        let login = format!("during{}", kept.len());
        assert!(kept.len() < 190, "the disk does not get full");
        let call = of_root(&login).key(&login);
        let mut taken = false;
        for _ in 0..2 {
            let answer = call.clone().await;
            taken |= answer.status == 201;
            if !taken {
                answer.refused(507, "storage-full");
            }
        }
        kept.push(login);
        if taken {
            server.top_up();
        }
        let ready = anonymous.get("/health/ready").await;
        if !taken && ready.status == 503 {
            ready.refused(503, "busy");
            break call;
        }
        if !taken {
            // Room came back; it goes in under the same key, and only once.
            kept.pop();
        }
    };
    anonymous.get("/health/live").await.expect(200);
    let lists = async |expected: usize| {
        let accounts = admin
            .get("/v1/accounts")
            .query("limit", 200)
            .await
            .expect(200);
        let listed = accounts["items"].as_array().unwrap().len();
        assert_eq!(listed, expected, "{accounts}");
    };
    // The first account is there, too; what was refused is not.
    lists(kept.len()).await;

    std::fs::remove_file(server.ballast()).unwrap();
    anonymous.get("/health/ready").await.expect(200);
    let done = refused.await;
    done.expect(201);
    assert_eq!(done.header("idempotency-replayed"), "");
    // Whoever reads sees only what is on the disk: a writer that never got out of the transaction which
    // the disk broke off would see its own work alone, and answer as if it were kept.
    of_root("after").await.expect(201);
    lists(kept.len() + 2).await;
}

// A real disk would have to fill up under the whole cluster; what the server sees is this code.
#[test]
fn postgres_on_a_full_disk_refuses_and_recovers_alone() {
    tests::run(Database::Postgres, &[], async |server| {
        let admin = server.admin().await;
        let root = server.root().await;
        let mut body = account("new");
        body["organisation_id"] = root.into();
        let call = admin.post("/v1/accounts", body).key("one");
        let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$; \
            CREATE TRIGGER full_disk BEFORE INSERT ON journal EXECUTE FUNCTION full_disk(); \
            CREATE TRIGGER full_disk BEFORE UPDATE ON seaql_migrations EXECUTE FUNCTION full_disk()";
        server.execute(full).await;
        let before = server.row_counts().await;
        let problem = call.clone().await.refused(507, "storage-full");
        assert!(!problem.to_string().contains("no space"), "{problem}");
        assert_eq!(server.row_counts().await, before);
        server
            .anonymous()
            .get("/health/ready")
            .await
            .refused(503, "busy");
        admin.get("/v1/accounts").await.expect(200);
        server.execute("DROP FUNCTION full_disk CASCADE").await;
        server.anonymous().get("/health/ready").await.expect(200);
        call.await.expect(201);
    });
}
