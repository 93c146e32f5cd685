//! The real program in a process of its own, which can be killed.
//!
//! **Invariant.** It does not outlive the value, and it listens before the value is there.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
};

/// `relief-depot serve`, running.
#[derive(Debug)]
pub struct Program {
    /// Where it listens.
    pub address: SocketAddr,
    /// The setup code that it announced; empty once it is spent.
    pub setup_code: String,
    process: Child,
}

impl Program {
    /// Starts what `command` says, which ends in `relief-depot serve`, on a free port.
    ///
    /// # Panics
    /// When it ends before it listens.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        Self::try_start(command)
            .unwrap_or_else(|ended| panic!("it ended before it listened: {ended}"))
    }

    /// As [`Program::start`], with its log in a file.
    ///
    /// # Panics
    /// When it ends before it listens.
    #[must_use]
    pub fn start_logging(command: &mut Command, log: File) -> Self {
        Self::started(command, log.into())
            .unwrap_or_else(|ended| panic!("it ended before it listened: {ended}"))
    }

    /// As [`Program::start`].
    ///
    /// # Errors
    /// How it ended, when it ends before it listens.
    ///
    /// # Panics
    /// When it does not start at all.
    pub fn try_start(command: &mut Command) -> Result<Self, ExitStatus> {
        Self::started(command, Stdio::null())
    }

    fn started(command: &mut Command, log: Stdio) -> Result<Self, ExitStatus> {
        let mut process = command
            .env("RELIEF_DEPOT_LISTEN", "127.0.0.1:0")
            .env("RELIEF_DEPOT_LANGUAGE", "en")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let output = process.stdout.take().expect("its output is ours");
        let mut setup_code = String::new();
        for line in BufReader::new(output).lines() {
            let line = line.expect("its output is text");
            if let Some(code) = line.strip_prefix("setup code: ") {
                code.clone_into(&mut setup_code);
            } else if let Some(address) = line.strip_prefix("listening on http://") {
                let address = address.split(['/', ' ']).next().unwrap_or_default();
                let address = address.parse().unwrap_or_else(|_| panic!("{line}"));
                return Ok(Self {
                    address,
                    setup_code,
                    process,
                });
            }
        }
        Err(process.wait().expect("one may wait for what one started"))
    }

    /// Whether it has ended by itself.
    ///
    /// # Panics
    /// When the system does not say.
    pub fn has_ended(&mut self) -> bool {
        let ended = self.process.try_wait();
        ended.expect("one may ask for what one started").is_some()
    }

    /// The number of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as a power cut would end it, as far as the process goes: it gets no chance to do
    /// anything.
    ///
    /// # Panics
    /// When the system does not let it be killed.
    pub fn kill(mut self) {
        self.process.kill().expect("one may kill what one started");
        let ended = self
            .process
            .wait()
            .expect("one may wait for what one started");
        assert_eq!(ended.code(), None, "it had ended by itself");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
