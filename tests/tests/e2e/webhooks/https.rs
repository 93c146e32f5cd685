//! Told by https, by the real program: nobody whose certificate is not trusted hears anything, and a
//! program that is killed between telling and noting tells again, under the same id.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use serde_json::{Value, json};
use tests::{
    Client, Database, Server, client::id, database::Home, program::Program, raw::PATIENCE,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{authority::vouched, issue, receiver::Heard, secret, until};

// A receiver behind TLS. It lets the first request wait for an answer for ever.
const RECEIVER: &str = r#"
import http.server, json, ssl, sys, time
class Told(http.server.BaseHTTPRequestHandler):
    heard = 0
    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        head = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        print(json.dumps({"head": head, "text": text, "tls": self.connection.version()}), flush=True)
        Told.heard += 1
        if Told.heard == 1:
            time.sleep(3600)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *said):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Told)
server.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"#;

struct Receiver {
    url: String,
    told: UnboundedReceiver<Value>,
    process: Child,
}

impl Receiver {
    fn start(certificate: &Path) -> Self {
        let mut process = Command::new("python3")
            .args(["-B", "-c", RECEIVER])
            .arg(certificate)
            .stdout(Stdio::piped())
            // Handshakes that are broken off are what is asked for.
            .stderr(Stdio::null())
            .spawn()
            .expect("Python is there");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().expect("it says where it listens").unwrap();
        let (tell, told) = unbounded_channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).expect("a line is JSON"));
            }
        });
        Self {
            url: format!("https://127.0.0.1:{port}/in"),
            told,
            process,
        }
    }

    async fn hear(&mut self) -> (Heard, String) {
        let told = tokio::time::timeout(PATIENCE, self.told.recv()).await;
        let told = told.expect("it is told in time").expect("it runs");
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        (Heard::new(text("head"), text("text")), text("tls"))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(home: &Home, authority: &Path) -> Program {
    let mut serve = home.operate("serve");
    serve
        .env("RELIEF_DEPOT_WEBHOOK_HOSTS", "127.0.0.1")
        .env("SSL_CERT_FILE", authority);
    Program::start(&mut serve)
}

// Whatever was tried or is claimed is due.
async fn make_due(home: &Arc<Home>) {
    use sea_orm::ConnectionTrait as _;
    let due = "UPDATE webhook_message SET attempts = 0, next_attempt_at = \
               (SELECT MIN(created_at) FROM webhook)";
    let connection = home.connect().await;
    connection.execute_unprepared(due).await.unwrap();
    connection.close().await.unwrap();
}

async fn told_by_https(database: Database) {
    let server = Server::start(database, &[("webhook_hosts", "127.0.0.1")]).await;
    let relief = server.relief().await;
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let vouched = vouched();
    let authority = file("authority.pem", &vouched.authority);
    let mut receiver = Receiver::start(&file("receiver.pem", &vouched.server));
    server.seal().await;
    let body = json!({
        "organisation_id": relief.ground.province, "name": "应急指挥平台", "url": receiver.url,
        "events": ["stock"],
    });
    let made = relief.worker.post("/v1/webhooks", body).await.expect(201);
    issue(&relief, &relief.lot, 1).await;
    // No authority of this system's vouches for it: it hears nothing.
    let failing = |view: &Value| !view["failing_since"].is_null();
    until(&relief.worker, &id(&made), failing).await;
    assert!(receiver.told.try_recv().is_err());
    let token = relief.worker.token().to_owned();
    let home = server.leave().await;

    make_due(&home).await;
    let program = serve(&home, &authority);
    let (first, tls) = receiver.hear().await;
    first.check(secret(&made));
    assert!(["TLSv1.2", "TLSv1.3"].contains(&&*tls), "{tls}");
    // It was told, and nobody wrote that down.
    program.kill();
    make_due(&home).await;
    let program = serve(&home, &authority);
    let (again, _) = receiver.hear().await;
    again.check(secret(&made));
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.text, first.text);
    let worker = Client::new(program.address).with_token(&token);
    let view = until(&worker, &id(&made), |view| view["waiting"] == 0).await;
    assert!(view["last_delivered_at"].is_string(), "{view}");
    assert!(receiver.told.try_recv().is_err());
    drop(program);
    let verified = home.operate("verify").output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
    home.remove().await;
}

fn run(database: Database) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(told_by_https(database));
}

#[test]
fn who_is_trusted_is_told_and_told_again_after_a_kill_on_sqlite() {
    run(Database::Sqlite);
}

#[test]
fn who_is_trusted_is_told_and_told_again_after_a_kill_on_postgres() {
    run(Database::Postgres);
}
