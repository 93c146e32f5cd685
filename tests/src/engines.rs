//! Routing engines of other people, started from their PyPI wheels.
//!
//! **Invariant.** What `scripts/tools engines` has not put there, nor `ROUTING_ENGINES` names (a
//! virtual environment that has both wheels), is not looked for elsewhere: then there is no engine,
//! and the reason is said. One that is there and does not run is a failure and no reason to go on
//! without. An engine ends with its value.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// An engine that answers.
#[derive(Debug)]
pub struct Engine {
    /// Where it answers.
    pub url: String,
    process: Child,
    _files: tempfile::TempDir,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum NoEngine {
    /// Nobody installed one.
    #[error("no routing engines: run `scripts/tools engines`, which needs Python 3.12")]
    NotThere,
    /// It is there, and does not do what it is told.
    #[error("{0}")]
    Broken(String),
}

fn broken(why: impl std::fmt::Display) -> NoEngine {
    NoEngine::Broken(why.to_string())
}

/// Where `scripts/tools engines` puts them.
fn packages() -> Result<PathBuf, NoEngine> {
    let home = std::env::var_os("ROUTING_ENGINES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/engines"),
        PathBuf::from,
    );
    let there = home.join("lib/python3.12/site-packages");
    if there.is_dir() {
        there.canonicalize().map_err(broken)
    } else {
        Err(NoEngine::NotThere)
    }
}

/// OSRM with the roads of an extract; `algorithm` is `mld` or `ch`.
///
/// # Errors
/// The reason why there is none.
pub async fn osrm(extract: &Path, algorithm: &str) -> Result<Engine, NoEngine> {
    let wheel = packages()?.join("osrm");
    let files = tempfile::tempdir().map_err(broken)?;
    fs::copy(extract, files.path().join("roads.osm.pbf")).map_err(broken)?;
    let program = |name: &str| {
        let mut command = Command::new(wheel.join("bin").join(name));
        command.current_dir(files.path());
        command
    };
    let profile = wheel.join("share/profiles/car.lua");
    run(program("osrm-extract")
        .arg("-p")
        .arg(profile)
        .arg("roads.osm.pbf"))?;
    if algorithm == "ch" {
        run(program("osrm-contract").arg("roads.osrm"))?;
    } else {
        run(program("osrm-partition").arg("roads.osrm"))?;
        run(program("osrm-customize").arg("roads.osrm"))?;
    }
    let port = free_port()?;
    let mut routed = program("osrm-routed");
    routed
        .args([
            "--algorithm",
            algorithm,
            "--max-table-size",
            "1000",
            "-i",
            "127.0.0.1",
        ])
        .args(["-p", &port.to_string(), "roads.osrm"]);
    let ready = "nearest/v1/driving/120.16,30.25";
    start(&mut routed, port, ready, files).await
}

/// Valhalla with the roads of an extract, and limits that let a province through.
///
/// # Errors
/// The reason why there is none.
pub async fn valhalla(extract: &Path) -> Result<Engine, NoEngine> {
    let packages = packages()?;
    let programs = packages.join("valhalla/bin");
    let files = tempfile::tempdir().map_err(broken)?;
    let port = free_port()?;
    let settings = settings(&packages, files.path(), port)?;
    run(Command::new(programs.join("valhalla_build_tiles"))
        .arg("-c")
        .arg(&settings)
        .arg(extract))?;
    let mut service = Command::new(programs.join("valhalla_service"));
    service.arg(&settings).arg("1");
    start(&mut service, port, "status", files).await
}

fn settings(packages: &Path, files: &Path, port: u16) -> Result<PathBuf, NoEngine> {
    let bin = packages.join("../../../bin");
    let made = Command::new(bin.join("python"))
        .arg(bin.join("valhalla_build_config"))
        .args(["--mjolnir-concurrency", "1", "--mjolnir-tile-dir"])
        .arg(files.join("tiles"))
        .output()
        .map_err(broken)?;
    let mut settings: Value = serde_json::from_slice(&made.stdout).map_err(broken)?;
    let socket = |name: &str| format!("ipc://{}", files.join(name).display());
    settings["httpd"]["service"]["listen"] = format!("tcp://127.0.0.1:{port}").into();
    settings["httpd"]["service"]["loopback"] = socket("loopback").into();
    settings["httpd"]["service"]["interrupt"] = socket("interrupt").into();
    settings["service_limits"]["max_exclude_polygons_length"] = 1_000_000.into();
    settings["service_limits"]["truck"]["max_matrix_distance"] = 1_000_000.0.into();
    settings["thor"]["source_to_target_algorithm"] = "timedistancematrix".into();
    let path = files.join("valhalla.json");
    fs::write(&path, settings.to_string()).map_err(broken)?;
    Ok(path)
}

fn run(command: &mut Command) -> Result<(), NoEngine> {
    let done = command.output().map_err(broken)?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(broken(format_args!("{command:?}: {said}")))
}

// Free when it was looked for; the engines do not take a port by themselves and tell it.
fn free_port() -> Result<u16, NoEngine> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(broken)?;
    let address = listener.local_addr().map_err(broken)?;
    Ok(address.port())
}

async fn start(
    command: &mut Command,
    port: u16,
    ready: &str,
    files: tempfile::TempDir,
) -> Result<Engine, NoEngine> {
    let process = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(broken)?;
    let engine = Engine {
        url: format!("http://127.0.0.1:{port}"),
        process,
        _files: files,
    };
    api::tls::prepare();
    let asked = format!("{}/{ready}", engine.url);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        let answer = reqwest::get(&asked).await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(engine);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(broken("the engine did not answer within half a minute"))
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
