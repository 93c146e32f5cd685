//! What the server tells `tracing` in this process: what it asks its database, what PostgreSQL says beside
//! its answers, how long parts of its work took.
//!
//! **Invariant.** The server is not changed for it. What is heard is of the whole process, so a test that
//! listens is alone in it, as nextest runs tests.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// What was heard, in its order.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<Said>>>);

/// One thing that was said.
#[derive(Debug)]
pub struct Said {
    /// Who said it.
    pub target: &'static str,
    /// What was said of what.
    pub fields: Vec<(&'static str, String)>,
}

impl Said {
    /// What was said of this.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(known, _)| *known == name);
        field.map(|(_, text)| text.as_str())
    }
}

impl Heard {
    /// Listens to those whose name begins so from now on.
    ///
    /// # Panics
    /// When somebody listens already.
    #[must_use]
    pub fn listen(to: &'static [&'static str]) -> Self {
        let heard = Self::default();
        let listener = Listener {
            to,
            heard: heard.clone(),
        };
        tracing::subscriber::set_global_default(listener).expect("nobody else listens");
        heard
    }

    /// Everything since it was last asked.
    ///
    /// # Panics
    /// When a listener panicked.
    #[must_use]
    pub fn take(&self) -> Vec<Said> {
        std::mem::take(&mut *self.0.lock().expect("nobody panics with it"))
    }
}

struct Listener {
    to: &'static [&'static str],
    heard: Heard,
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.to.iter().any(|to| metadata.target().starts_with(to))
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Vec::new());
        event.record(&mut fields);
        let said = Said {
            target: event.metadata().target(),
            fields: fields.0,
        };
        self.heard
            .0
            .lock()
            .expect("nobody panics with it")
            .push(said);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.trim().to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}
