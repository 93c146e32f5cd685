//! Files that are their owner's alone.
//!
//! **Invariant.** A file made here is never readable by others, not even for a moment.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
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
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
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

/// Makes a private file with one line, whole or not at all: a key that a crash cut off would be none
/// for ever. Answers whether it was made now; of two servers that begin together the second is told
/// no and reads the first's.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_line_once(path: &Path, line: &str) -> anyhow::Result<bool> {
    if let Some(directory) = path.parent() {
        make_private_directory(directory)?;
    }
    let partial = path.with_extension("key.partial");
    let _ = std::fs::remove_file(&partial);
    let mut written = private_file(&partial)?;
    writeln!(written, "{line}")?;
    written.sync_all()?;
    // A link does not replace.
    let placed = std::fs::hard_link(&partial, path);
    let _ = std::fs::remove_file(&partial);
    match placed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot make {}", path.display())),
    }
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
