//! The setting that names proxies.
//!
//! **Invariant.** A range is written by its first address, so that a slip of the pen does not trust
//! another network than the one that was meant.

use std::{net::IpAddr, str::FromStr};

/// Whose word about the caller's address is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Proxies(Vec<(IpAddr, u32)>);

impl Proxies {
    /// Whether an address is one of them.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0
            .iter()
            .any(|(first, bits)| network(address, *bits) == Some(*first))
    }
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        words.map(range).collect::<Result<_, _>>().map(Self)
    }
}

fn range(word: &str) -> Result<(IpAddr, u32), String> {
    let wrong = || {
        format!(
            "`{word}` is no address like 10.0.0.1 and no range like 10.0.0.0/8, by its first address"
        )
    };
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, bits.parse().map_err(|_| wrong())?),
        None => (word, u32::MAX),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = if bits == u32::MAX { width } else { bits };
    // All of the world is nobody's proxy.
    let is_first = bits > 0 && network(address, bits) == Some(address);
    is_first.then_some((address, bits)).ok_or_else(wrong)
}

// The first address of the range that an address lies in, if there are such ranges.
fn network(address: IpAddr, bits: u32) -> Option<IpAddr> {
    Some(match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?)?;
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?)?;
            IpAddr::V6((address.to_bits() & mask).into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_one_of_them() {
        let named: Proxies = "127.0.0.1, 10.0.0.0/8, 2001:db8::/32".parse().unwrap();
        for (address, expected) in [
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("10.255.0.1", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.1", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(
                named.contains(address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
        assert!(!Proxies::default().contains("127.0.0.1".parse().unwrap()));
        for text in [
            "proxy",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "0.0.0.0/0",
            "10.0.0.0/",
            "::/129",
        ] {
            assert!(text.parse::<Proxies>().is_err(), "{text}");
        }
    }
}
