//! Who can reach the server, and whom it calls.
//!
//! **Invariant.** Judged by the settings and the rows of webhooks; nobody is called to find out.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};

use crate::{
    app::App,
    config::Config,
    storage,
    webhooks::{Hosts, is_public},
};

use super::{Check, Row};

pub(super) const CHECKS: &[Check] = &[Check("webhook_hosts", |app| Box::pin(webhook_hosts(app)))];

pub(super) fn rows(config: &Config) -> Vec<Row> {
    vec![
        listen(config.listen),
        routing(&[&config.osrm_url, &config.valhalla_url]),
        login_provider(config),
        database_link(&storage::url(config)),
    ]
}

fn listen(address: SocketAddr) -> Row {
    const ID: &str = "listen_address";
    let ip = address.ip();
    let row = if ip.is_loopback() {
        Row::ok(ID, "只在本机监听", "it listens on this machine alone")
    } else if ip.is_unspecified() || is_public(ip) {
        Row::fault(
            ID,
            "在所有网络或公网地址上以明文 HTTP 监听，口令会在网上明文传输；请改为 127.0.0.1 或内网地址，由前置代理终结 TLS",
            "it listens with plain HTTP on all networks or on a public address, so passwords travel in the clear; listen on 127.0.0.1 or a private address, behind a proxy that ends TLS",
        )
    } else {
        Row::warning(
            ID,
            "在内网地址上以明文 HTTP 监听；请确认只有终结 TLS 的代理能连到它",
            "it listens with plain HTTP on a private address; see to it that only the proxy that ends TLS can reach it",
        )
    };
    row.seen(format!("listen = {address}"))
}

fn routing(addresses: &[&str]) -> Row {
    const ID: &str = "routing_servers";
    let named: Vec<_> = addresses.iter().filter(|it| !it.is_empty()).collect();
    if named.is_empty() {
        return Row::ok(ID, "没有配置路径服务器", "no routing server is set");
    }
    let hosts: Vec<String> = named.iter().map(|address| host(address)).collect();
    let row = if hosts.iter().all(|host| is_here(host)) {
        Row::ok(
            ID,
            "路径服务器在本机",
            "routing servers are on this machine",
        )
    } else {
        Row::warning(
            ID,
            "向其他机器上的路径服务器以明文 HTTP 发送库点与安置点的位置；请确认网络可信",
            "places of depots and sites are sent with plain HTTP to a routing server elsewhere; see to it that the network may be trusted",
        )
    };
    row.seen(hosts.join(", "))
}

fn login_provider(config: &Config) -> Row {
    const ID: &str = "login_provider";
    // Whether its address may be used is asked of the settings; that it is called is told here.
    match &config.oidc {
        None => Row::ok(ID, "没有配置统一登录", "no identity provider is set"),
        Some(oidc) => Row::ok(
            ID,
            "向所配置的身份提供方核对登录",
            "logins are checked with the identity provider of the settings",
        )
        .seen(host(&oidc.issuer)),
    }
}

fn database_link(url: &str) -> Row {
    const ID: &str = "database_link";
    if storage::is_sqlite(url) {
        return Row::ok(
            ID,
            "数据库是本机文件",
            "the database is a file of this machine",
        );
    }
    let host = host(url);
    let row = if is_here(&host) {
        Row::ok(ID, "数据库在本机", "the database is on this machine")
    } else {
        Row::warning(
            ID,
            "以明文连接其他机器上的 PostgreSQL；请确认网络可信，或经隧道连接",
            "PostgreSQL on another machine is spoken to without TLS; see to it that the network may be trusted, or use a tunnel",
        )
    };
    row.seen(host)
}

async fn webhook_hosts(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "webhook_hosts";
    let urls = Query::select()
        .column(Alias::new("url"))
        .from(Alias::new("webhook"))
        .and_where(Expr::col(Alias::new("state")).ne("ended"))
        .to_owned();
    let mut hosts = BTreeSet::new();
    for row in app.db.read().query_all(&urls).await? {
        hosts.insert(host(&row.try_get_by_index::<String>(0)?));
    }
    let hosts: Vec<_> = hosts.into_iter().collect();
    let told = if hosts.is_empty() {
        "none".to_owned()
    } else {
        hosts.join(", ")
    };
    let row = match &app.config.webhook_hosts {
        Hosts::These(named) => Row::ok(
            ID,
            "只向运维人员点名的主机推送事件",
            "events are sent to hosts that the operator named and to no others",
        )
        .seen(format!(
            "webhook_hosts = {}; in use: {told}",
            named.iter().cloned().collect::<Vec<_>>().join(",")
        )),
        Hosts::Public if hosts.is_empty() => Row::ok(
            ID,
            "不向任何主机推送事件",
            "events are sent to nobody",
        )
        .seen("webhook_hosts is empty; in use: none"),
        Hosts::Public => Row::warning(
            ID,
            "数据管理员可以让服务器向任何公网主机推送事件；建议在 webhook_hosts 中点名",
            "data stewards may let events be sent to any public host; name those that are wanted in webhook_hosts",
        )
        .seen(format!("webhook_hosts is empty; in use: {told}")),
    };
    Ok(row)
}

// Without what may stand before it: a name and a password.
fn host(url: &str) -> String {
    let Ok(url) = reqwest::Url::parse(url) else {
        return "unreadable".to_owned();
    };
    let stated = url.query_pairs().find(|(name, _)| name == "host");
    match stated {
        Some((_, host)) => host.into_owned(),
        None => url.host_str().unwrap_or("localhost").to_owned(),
    }
}

// A socket in the file system is on this machine, too.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    host.starts_with('/') || host.eq_ignore_ascii_case("localhost") || is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfcheck::State;

    #[test]
    fn plain_http_is_for_this_machine() {
        for (address, state) in [
            ("127.0.0.1:7420", State::Ok),
            ("[::1]:7420", State::Ok),
            ("0.0.0.0:7420", State::Fault),
            ("[::]:7420", State::Fault),
            ("8.8.8.8:7420", State::Fault),
            ("10.0.0.5:7420", State::Warning),
            ("192.168.1.9:80", State::Warning),
        ] {
            assert_eq!(listen(address.parse().unwrap()).state, state, "{address}");
        }
    }

    #[test]
    fn the_identity_provider_is_told() {
        let set = |issuer: &str| {
            let set = [
                ("RELIEF_DEPOT_OIDC_ISSUER", issuer),
                ("RELIEF_DEPOT_OIDC_CLIENT_ID", "depot"),
                ("RELIEF_DEPOT_OIDC_REDIRECT_URL", "https://depot.example"),
            ];
            let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
            login_provider(&Config::load(None, set).unwrap())
        };
        let named = set("https://id.example/realm");
        assert_eq!(
            (named.state, named.evidence.as_str()),
            (State::Ok, "id.example")
        );
        assert_eq!(set("").evidence, "");
    }

    #[test]
    fn whom_it_calls_is_told_without_a_password() {
        for (url, host, state) in [
            ("sqlite:///srv/a.sqlite", "", State::Ok),
            (
                "postgres://depot:word@db.example/depot",
                "db.example",
                State::Warning,
            ),
            (
                "postgres://depot:word@127.0.0.1/depot",
                "127.0.0.1",
                State::Ok,
            ),
            (
                "postgres://depot:word@localhost/depot",
                "localhost",
                State::Ok,
            ),
            (
                "postgres://depot@localhost/depot?host=/run/pg",
                "/run/pg",
                State::Ok,
            ),
        ] {
            let row = database_link(url);
            assert_eq!((row.evidence.as_str(), row.state), (host, state), "{url}");
        }
        for (addresses, state) in [
            (["", ""], State::Ok),
            (["http://127.0.0.1:5000", ""], State::Ok),
            (["http://[::1]:5000", ""], State::Ok),
            (["", "http://valhalla.example"], State::Warning),
        ] {
            assert_eq!(routing(&addresses).state, state, "{addresses:?}");
        }
    }
}
