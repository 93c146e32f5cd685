//! The SHA-256 beside a backup, in the form that `sha256sum --check` reads.
//!
//! **Invariant.** What was hashed had reached the disk.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use super::{Told, beside};

const CHUNK_BYTES: usize = 1 << 20;

/// The SHA-256 of a file, in hex.
pub(super) async fn of(path: &Path, told: Told<'_>) -> anyhow::Result<String> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.sync_all()?;
    let total = file.metadata()?.len();
    let mut file = file;
    let (mut hash, mut done) = (Sha256::new(), 0);
    loop {
        // A chunk at a time, so that the runtime can go on in between.
        let (back, chunk) = tokio::task::spawn_blocking(move || {
            let mut chunk = vec![0; CHUNK_BYTES];
            let read = file.read(&mut chunk)?;
            chunk.truncate(read);
            anyhow::Ok((file, chunk))
        })
        .await??;
        file = back;
        if chunk.is_empty() {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&chunk);
        done += chunk.len() as u64;
        told(done, Some(total));
    }
}

/// Writes the checksum of the file that will be called `path`.
pub(super) fn write(path: &Path, sha256: &str) -> anyhow::Result<()> {
    let name = path
        .file_name()
        .with_context(|| format!("{} names no file", path.display()))?;
    let sums = sums(path);
    std::fs::write(&sums, format!("{sha256}  {}\n", name.display()))
        .with_context(|| format!("cannot write {}", sums.display()))?;
    File::open(&sums)?.sync_all()?;
    Ok(())
}

/// Brings the names in the directory of `path` to the disk.
pub(super) fn settle(path: &Path) -> anyhow::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()?;
    Ok(())
}

/// The checksum that was written beside `path`.
pub(super) fn expected(path: &Path) -> anyhow::Result<String> {
    let sums = sums(path);
    let text = std::fs::read_to_string(&sums).with_context(|| {
        format!(
            "cannot read the checksum {}; without it nobody knows whether the file is whole",
            sums.display()
        )
    })?;
    let sum = text.split_whitespace().next().unwrap_or_default();
    if sum.len() != 64 || !sum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("{} holds no SHA-256", sums.display());
    }
    Ok(sum.to_ascii_lowercase())
}

/// Refuses a file that is not what was backed up.
pub(super) async fn check(path: &Path, expected: &str, told: Told<'_>) -> anyhow::Result<()> {
    let found = of(path, told).await?;
    if found != expected {
        bail!("the file is corrupt: its SHA-256 is {found}, and {expected} was backed up");
    }
    Ok(())
}

fn sums(path: &Path) -> PathBuf {
    beside(path, ".sha256")
}
