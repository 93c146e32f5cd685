//! Settings of who is asked how far it is.
//!
//! **Invariant.** A source stands in the list once, and an address is one that can be asked.

use std::str::FromStr;

/// Somebody who says how far it is, beside the great circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutingSource {
    /// The road network of this server.
    RoadGraph,
    /// An OSRM server.
    Osrm,
    /// A Valhalla server.
    Valhalla,
}

impl RoutingSource {
    const ALL: [Self; 3] = [Self::RoadGraph, Self::Osrm, Self::Valhalla];

    /// Its name in settings and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoadGraph => "road_graph",
            Self::Osrm => "osrm",
            Self::Valhalla => "valhalla",
        }
    }
}

/// Sources in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingSources(pub Vec<RoutingSource>);

impl FromStr for RoutingSources {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut sources = Vec::new();
        for word in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let source = RoutingSource::ALL.into_iter().find(|it| it.name() == word);
            let source = source.filter(|source| !sources.contains(source));
            sources.push(source.ok_or_else(|| {
                "must be a list of `road_graph`, `osrm` and `valhalla`, each at most once"
                    .to_owned()
            })?);
        }
        Ok(Self(sources))
    }
}

/// Whether an engine can be asked there. It is asked without TLS: it stands beside the server, or
/// behind a proxy that does.
pub(super) fn is_address(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    match reqwest::Url::parse(text) {
        Ok(url) if url.scheme() == "http" && url.has_host() => Ok(()),
        _ => Err("must be empty or an address that starts with http://".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_stand_in_their_order_and_once() {
        use RoutingSource::{Osrm, RoadGraph, Valhalla};
        for (text, expected) in [
            ("", Some(vec![])),
            ("road_graph", Some(vec![RoadGraph])),
            (
                "valhalla, osrm,road_graph",
                Some(vec![Valhalla, Osrm, RoadGraph]),
            ),
            ("osrm,osrm", None),
            ("great_circle", None),
        ] {
            let found: Result<RoutingSources, _> = text.parse();
            assert_eq!(found.ok().map(|it| it.0), expected, "{text}");
        }
        for (text, fits) in [
            ("", true),
            ("http://127.0.0.1:5000", true),
            ("http://router.local/osrm/", true),
            ("https://127.0.0.1:5000", false),
            ("file:///etc/hosts", false),
            ("127.0.0.1:5000", false),
        ] {
            assert_eq!(is_address(text).is_ok(), fits, "{text}");
        }
    }
}
