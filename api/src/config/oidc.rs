//! Settings of the identity provider.
//!
//! **Invariant.** Where there is one, all that a login by it takes is set. Algorithms are named one by
//! one, and none of them is `none` or works with a secret that both sides have.

use std::{path::PathBuf, str::FromStr, time::Duration};

use reqwest::Url;

use super::Settings;

/// Who else may say who somebody is.
#[derive(Debug, Clone)]
pub(crate) struct Oidc {
    /// Its name, which its tokens bear.
    pub(crate) issuer: String,
    /// Our name there.
    pub(crate) client_id: String,
    /// The file of the secret that we share with it; none for a public client.
    pub(crate) client_secret_file: Option<PathBuf>,
    /// Where it sends people back to.
    pub(crate) redirect_url: String,
    /// What its tokens may be signed by.
    pub(crate) algorithms: Vec<Algorithm>,
    /// Words of `amr` or `acr` by which it says that a second factor was shown.
    pub(crate) second_factor: Vec<String>,
    /// How long one answer of it is waited for.
    pub(crate) wait: Duration,
}

macro_rules! algorithms {
    ($($name:ident = $text:literal),*) => {
        /// What a token may be signed by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Algorithm { $(#[doc = $text] $name,)* }

        impl Algorithm {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name (RFC 7518, 3.1; RFC 8037).
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

algorithms!(
    Rs256 = "RS256",
    Rs384 = "RS384",
    Rs512 = "RS512",
    Ps256 = "PS256",
    Ps384 = "PS384",
    Ps512 = "PS512",
    Es256 = "ES256",
    Es384 = "ES384",
    EdDsa = "EdDSA"
);

pub(super) struct Algorithms(pub(super) Vec<Algorithm>);

impl FromStr for Algorithms {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = |word: &str| {
            let found = Algorithm::ALL.iter().find(|it| it.name() == word);
            found.copied().ok_or_else(|| {
                let all: Vec<_> = Algorithm::ALL.iter().map(|it| it.name()).collect();
                format!("must be a list of {}", all.join(", "))
            })
        };
        words(text).map(known).collect::<Result<_, _>>().map(Self)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(',').map(str::trim);
    words.filter(|word| !word.is_empty())
}

/// The provider of the settings, if one is named. What is missing beside its name is a mistake.
pub(super) fn read(settings: &mut Settings) -> Option<Oidc> {
    let issuer = settings.checked("oidc_issuer", |url| match url.is_empty() {
        true => Ok(()),
        false => is_address(url),
    });
    let is_set = !issuer.is_empty();
    let needed = |text: &String| {
        let is_missing = is_set && text.is_empty();
        let missing = || "has to be set where `oidc_issuer` is".to_owned();
        (!is_missing).then_some(()).ok_or_else(missing)
    };
    let client_id = settings.checked("oidc_client_id", needed);
    let redirect_url = settings.checked("oidc_redirect_url", |url| {
        needed(url)?;
        if is_set { is_address(url) } else { Ok(()) }
    });
    settings.checked("oidc_algorithms", needed);
    let Algorithms(algorithms) = settings.take("oidc_algorithms");
    let secret: PathBuf = settings.take("oidc_client_secret_file");
    let second_factor: String = settings.take("oidc_second_factor");
    let wait = settings.seconds("oidc_wait_s", 1, 60);
    is_set.then(|| Oidc {
        issuer,
        client_id,
        client_secret_file: (!secret.as_os_str().is_empty()).then_some(secret),
        redirect_url,
        algorithms,
        second_factor: words(&second_factor).map(str::to_owned).collect(),
        wait,
    })
}

fn is_address(text: &str) -> Result<(), String> {
    match Url::parse(text) {
        Ok(url) if is_safe(&url) && url.fragment().is_none() => Ok(()),
        _ => Err("must be an https address (http is for this machine alone), without #".to_owned()),
    }
}

/// Whether what is sent there nobody reads on the way.
pub(crate) fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn load(set: &[(&str, &str)]) -> Result<Config, String> {
        let set = set.iter().map(|(name, value)| {
            let name = format!("RELIEF_DEPOT_OIDC_{}", name.to_uppercase());
            (name, (*value).to_owned())
        });
        Config::load(None, set).map_err(|errors| errors.to_string())
    }

    #[test]
    fn what_a_login_by_a_provider_takes_is_all_set() {
        assert!(load(&[]).unwrap().oidc.is_none());
        let whole = [
            ("issuer", "https://id.example/realms/depots"),
            ("client_id", "depot"),
            ("redirect_url", "https://depot.example/login"),
        ];
        let oidc = load(&whole).unwrap().oidc.unwrap();
        let names: Vec<_> = oidc.algorithms.iter().map(|it| it.name()).collect();
        assert_eq!(names, ["RS256", "PS256", "ES256", "EdDSA"]);
        assert!(oidc.second_factor.is_empty());
        let errors = load(&whole[..1]).unwrap_err();
        for name in ["oidc_client_id", "oidc_redirect_url"] {
            assert!(errors.contains(name), "{errors}");
        }
        for (name, value) in [
            ("issuer", "http://id.example"),
            ("issuer", "id.example"),
            ("issuer", "https://id.example/#x"),
            ("redirect_url", "http://depot.example/login"),
            ("algorithms", "none"),
            ("algorithms", "HS256"),
            ("algorithms", "RS256, none"),
            ("algorithms", ""),
            ("wait_s", "0"),
        ] {
            let mut set = whole.to_vec();
            set.retain(|(known, _)| *known != name);
            set.push((name, value));
            let errors = load(&set).unwrap_err();
            assert!(errors.contains(name), "{name} {value}: {errors}");
        }
    }
}
