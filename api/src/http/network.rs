//! From which network a request comes.
//!
//! **Invariant.** A header is believed only where the peer is a proxy that the operator named, and of
//! its list only what such proxies added: what stands to the left of that is the caller's own word. Who
//! calls from the machine itself is of no network: it is a proxy that nobody named.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};

use crate::{app::App, config::Proxies};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who shares a lot: an IPv4 address, or the /64 that a house has of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Network(IpAddr);

impl Network {
    /// The network of an address; `None` for one of this machine.
    fn of(address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        if address.is_loopback() || address.is_unspecified() {
            return None;
        }
        Some(Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let host_bits = u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !host_bits))
            }
        }))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{address}"),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// The network of a request; nothing where it cannot be told apart from everybody else's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallerNetwork(pub(crate) Option<Network>);

impl FromRequestParts<App> for CallerNetwork {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let caller =
            peer.and_then(|Peer(peer)| caller(*peer, &parts.headers, &app.config.trusted_proxies));
        Ok(Self(caller.and_then(Network::of)))
    }
}

fn caller(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    if !proxies.contains(peer) {
        return Some(peer);
    }
    let lists = headers.get_all(FORWARDED_FOR).iter().rev();
    for list in lists {
        for hop in list.to_str().ok()?.rsplit(',') {
            let hop = address(hop.trim())?;
            if !proxies.contains(hop) {
                return Some(hop);
            }
        }
    }
    None
}

// Some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|socket: std::net::SocketAddr| socket.ip());
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shares_a_lot() {
        for (address, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::/64")),
            ("2001:db8:1:2::1", Some("2001:db8:1:2::/64")),
            ("2001:db8:1:3::1", Some("2001:db8:1:3::/64")),
            ("127.0.0.1", None),
            ("127.8.0.1", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
            ("0.0.0.0", None),
        ] {
            let network = Network::of(address.parse().unwrap());
            let network = network.map(|network| network.to_string());
            assert_eq!(network.as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn only_what_a_named_proxy_added_is_believed() {
        let check = |proxies: &str, peer: &str, lists: &[&str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for list in lists {
                headers.append(FORWARDED_FOR, list.parse().unwrap());
            }
            let found = caller(peer.parse().unwrap(), &headers, &proxies.parse().unwrap());
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(found, expected, "{proxies} {peer} {lists:?}");
        };
        // Nobody is named: the header is the caller's own word.
        check("", "192.0.2.1", &["203.0.113.7"], Some("192.0.2.1"));
        check("10.0.0.1", "192.0.2.1", &["203.0.113.7"], Some("192.0.2.1"));
        check(
            "10.0.0.1",
            "10.0.0.1",
            &["203.0.113.7"],
            Some("203.0.113.7"),
        );
        // What the caller wrote stands on the left of what the proxy added.
        check(
            "10.0.0.1",
            "10.0.0.1",
            &["1.1.1.1, 203.0.113.7"],
            Some("203.0.113.7"),
        );
        check(
            "10.0.0.1",
            "10.0.0.1",
            &["1.1.1.1", "203.0.113.7"],
            Some("203.0.113.7"),
        );
        // Two proxies in a row.
        check(
            "10.0.0.0/8",
            "10.0.0.1",
            &["1.1.1.1, 203.0.113.7, 10.9.9.9"],
            Some("203.0.113.7"),
        );
        check(
            "10.0.0.0/8",
            "10.0.0.1",
            &["203.0.113.7:4711"],
            Some("203.0.113.7"),
        );
        check(
            "10.0.0.0/8",
            "10.0.0.1",
            &["[2001:db8::1]:4711"],
            Some("2001:db8::1"),
        );
        check(
            "10.0.0.0/8",
            "10.0.0.1",
            &["2001:db8::1"],
            Some("2001:db8::1"),
        );
        // A proxy that does not say for whom it calls calls for anybody.
        check("10.0.0.0/8", "10.0.0.1", &[], None);
        check("10.0.0.0/8", "10.0.0.1", &["10.0.0.2"], None);
        check("10.0.0.0/8", "10.0.0.1", &["203.0.113.7, somebody"], None);
    }
}
