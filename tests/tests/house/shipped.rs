//! What the program says that it is made of, measured against what Cargo links.
//!
//! **Invariant.** Known vulnerabilities are looked up for every library that is linked, in the
//! version that is linked.

use std::{collections::BTreeSet, path::Path, process::Command};

use api::selfcheck::Crate;

/// What Cargo links into the program on this machine.
pub(crate) fn linked(root: &Path) -> anyhow::Result<BTreeSet<Crate>> {
    let arguments = "tree --locked --offline --package api --edges normal,no-proc-macro \
                     --prefix none --format {p}";
    let output = Command::new(env!("CARGO"))
        .args(arguments.split_whitespace())
        .current_dir(root)
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(parse(&String::from_utf8(output.stdout)?))
}

// `tokio v1.54.1`, and ` (*)` behind it where it stood before; ours have a path behind them.
fn parse(tree: &str) -> BTreeSet<Crate> {
    let lines = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    lines
        .filter_map(|line| {
            let (name, version) = line.split_once(" v")?;
            (!version.contains(' ')).then(|| Crate {
                name: name.to_owned(),
                version: version.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_cargo_is_read() {
        let tree = "api v0.1.0 (/srv/depot/api)\naxum v0.8.9\n\nbytes v1.11.0\nbytes v1.11.0 (*)\n";
        let found = parse(tree);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.version.as_str()))
            .collect();
        assert_eq!(told, [("axum", "0.8.9"), ("bytes", "1.11.0")]);
    }
}
