//! Files that are their owner's alone.
//!
//! **Invariant.** A file made here is never readable by others, not even for a moment.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use anyhow::Context;

/// Makes a file that nobody but its owner may read, unless it is there.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_private(file: &Path) -> anyhow::Result<()> {
    match private().create_new(true).open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Opens a fresh file that nobody but its owner may read.
///
/// # Errors
/// When it is there, or cannot be made.
pub(crate) fn private_file(file: &Path) -> anyhow::Result<File> {
    let made = private().create_new(true).open(file);
    made.with_context(|| format!("cannot make {}", file.display()))
}

/// Makes a directory, and those above it that are missing, that nobody but its owner may look into;
/// one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(directory)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}
