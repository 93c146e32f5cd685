//! Who may be told anything, and the telling.
//!
//! **Invariant.** A host is reached only where it is anybody's to reach, or where the operator named
//! it (`webhook_hosts`). That is asked when an address is kept and again for the very address that is
//! connected to, so that a name which leads elsewhere later leads nowhere. No redirect is followed, no
//! proxy is used, and of an answer only the head is read.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use domain::webhooks::Heard;
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::RETRY_AFTER,
    redirect,
};

use crate::{problem::Fault, tls};

use super::address::is_public;

const ANSWER_WAIT: Duration = Duration::from_secs(15);
const CONNECT_WAIT: Duration = Duration::from_secs(5);
const URL_LENGTH_MAX: usize = 1_000;
// Names that mean a machine nearby, wherever one stands.
const NEARBY: [&str; 5] = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];

/// The setting `webhook_hosts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hosts {
    /// Any that is anybody's to reach, by https.
    Public,
    /// These and no others, wherever they are, by https or http.
    These(BTreeSet<String>),
}

impl FromStr for Hosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let names: BTreeSet<_> = names.map(str::to_ascii_lowercase).collect();
        if names.is_empty() {
            return Ok(Self::Public);
        }
        match names.iter().find(|name| name.contains(['/', ' ', '@'])) {
            Some(name) => Err(format!("`{name}` is not the name of a host")),
            None => Ok(Self::These(names)),
        }
    }
}

impl Hosts {
    fn allows(&self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::These(_) => true,
        }
    }

    /// The address that a text names, or why nothing is sent there.
    pub(super) fn check(&self, text: &str) -> Result<Url, Fault> {
        if text.len() > URL_LENGTH_MAX {
            return Err(not_an_address());
        }
        let url = Url::parse(text).map_err(|_| not_an_address())?;
        let host = url.host_str().ok_or_else(not_an_address)?;
        let host = host.trim_matches(['[', ']']).trim_end_matches('.');
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_plain || url.fragment().is_some() {
            return Err(Fault::new(
                "url",
                "网址不得带用户名、密码或 # 片段",
                "must have no user, password or fragment",
            ));
        }
        match self {
            Self::These(names) if !names.contains(host) => Err(Fault::new(
                "not-allowed",
                "服务器管理员没有允许向这个主机发送",
                "the operator of the server does not let it send to this host",
            )),
            Self::These(_) if matches!(url.scheme(), "https" | "http") => Ok(url),
            Self::Public if url.scheme() == "https" => {
                let is_reachable = match host.parse::<IpAddr>() {
                    Ok(address) => is_public(address),
                    Err(_) => {
                        host.contains('.') && !NEARBY.iter().any(|nearby| host.ends_with(nearby))
                    }
                };
                if is_reachable { Ok(url) } else { Err(nearby()) }
            }
            _ => Err(Fault::new(
                "url",
                "须为 https 网址",
                "must be an https address",
            )),
        }
    }
}

fn not_an_address() -> Fault {
    Fault::new(
        "url",
        format!("不是网址，或长于 {URL_LENGTH_MAX} 字节"),
        format!("is no URL, or longer than {URL_LENGTH_MAX} bytes"),
    )
}

fn nearby() -> Fault {
    Fault::new(
        "not-public",
        "该地址在内部网络，不向其发送",
        "the address lies inside a network of somebody's own: nothing is sent there",
    )
}

// Leads names only where they may lead.
struct Guarded(Hosts);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let hosts = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| hosts.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(format!("{} leads nowhere that may be told", name.as_str()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// What is sent.
pub(super) struct Signed {
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
}

/// Tells other systems. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Messenger {
    hosts: Hosts,
    http: reqwest::Client,
}

impl Messenger {
    pub(crate) fn new(hosts: Hosts) -> anyhow::Result<Self> {
        let http = tls::client(|| {
            reqwest::Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .timeout(ANSWER_WAIT)
                .connect_timeout(CONNECT_WAIT)
                .dns_resolver(Arc::new(Guarded(hosts.clone())))
                // Each is led anew.
                .pool_max_idle_per_host(0)
                .user_agent("relief-depot")
        })?;
        Ok(Self { hosts, http })
    }

    /// The address that a text names, or why nothing is sent there, now that its name was looked up.
    pub(super) async fn check(&self, text: &str) -> Result<Url, Fault> {
        let url = self.hosts.check(text)?;
        if let Some(host) = url.domain() {
            // A name that leads nowhere today may lead somewhere tomorrow.
            if let Ok(mut found) = tokio::net::lookup_host((host, 0)).await
                && found.any(|address| !self.hosts.allows(address.ip()))
            {
                return Err(nearby());
            }
        }
        Ok(url)
    }

    /// Sends, and answers what was heard, and what went wrong where nothing was.
    pub(super) async fn send(&self, url: &str, message: Signed) -> (Heard, Option<&'static str>) {
        // The settings may have changed since it was kept.
        let Ok(url) = self.hosts.check(url) else {
            return (Heard::Nothing, Some("not_allowed"));
        };
        let sent = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", message.signature)
            .body(message.body)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                let seconds = answer.headers().get(RETRY_AFTER);
                let seconds = seconds.and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
                let heard = Heard::Status {
                    code: answer.status().as_u16(),
                    retry_after: seconds.map(|seconds| TimeDelta::seconds(seconds.into())),
                };
                (heard, None)
            }
            Err(error) if error.is_timeout() => (Heard::Nothing, Some("timeout")),
            Err(error) if error.is_connect() => (Heard::Nothing, Some("unreachable")),
            Err(_) => (Heard::Nothing, Some("broken_off")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: &str, url: &str) -> bool {
        hosts.parse::<Hosts>().unwrap().check(url).is_ok()
    }

    #[test]
    fn where_anything_is_sent() {
        let open = [
            "https://hooks.example.com/in?x=1",
            "https://hooks.example.com:8443/in",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "https://例子.测试/收",
        ];
        for url in open {
            assert!(allows("", url), "{url}");
        }
        let shut = [
            "",
            "hooks.example.com",
            "ftp://hooks.example.com/",
            "file:///etc/passwd",
            "http://hooks.example.com/",
            "https://user:password@hooks.example.com/",
            "https://hooks.example.com/#part",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://depot/",
            "https://metadata.google.internal/",
            "https://printer.local/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[fd00:ec2::254]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://10.0.0.1/",
            "https://192.168.1.1:8443/",
            "https://①②⑦.⓪.⓪.①/",
            "https://127.0.0.1.:443/",
        ];
        for url in shut {
            assert!(!allows("", url), "{url}");
        }
    }

    #[test]
    fn the_operator_names_hosts() {
        let hosts = "gateway.internal, 127.0.0.1";
        for url in [
            "http://127.0.0.1:9000/in",
            "https://gateway.internal/in",
            "https://GATEWAY.internal./in",
        ] {
            assert!(allows(hosts, url), "{url}");
        }
        for url in [
            "https://hooks.example.com/in",
            "ftp://127.0.0.1/",
            "http://127.0.0.2/",
        ] {
            assert!(!allows(hosts, url), "{url}");
        }
        assert!("http://a".parse::<Hosts>().is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_into_the_house_is_not_followed() {
        let messenger = Messenger::new(Hosts::Public).unwrap();
        // The system's own file of hosts leads this one here.
        let name: Name = "localhost".parse().unwrap();
        let led = Guarded(Hosts::Public).resolve(name).await;
        assert!(led.is_err());
        assert!(messenger.check("https://localhost/").await.is_err());
    }
}
