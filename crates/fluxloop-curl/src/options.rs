//! The options of curl 7.88 to 8.17, and what each means for a request.

use Meaning::{Asks, Ignored, Lost, Prints, Unsupported, Value};

use crate::CurlError;

/// What an option means for a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Meaning {
    /// It has a value that is read.
    Value(Valued),
    /// It is on or off, and is read.
    Asks(Flag),
    /// It concerns what curl prints or stores. Whether it has a value.
    Prints(bool),
    /// It has no meaning for one HTTP request. Whether it has a value.
    Ignored(bool),
    /// It changes how the request travels, and has no counterpart: whether it has a value, and why.
    Lost(bool, &'static str),
    /// It changes what is sent, and has no counterpart: whether it has a value, and why.
    Unsupported(bool, &'static str),
}

/// Options with a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Valued {
    Url,
    UrlQuery,
    Method,
    Header,
    Data,
    DataRaw,
    DataBinary,
    DataUrlencode,
    Json,
    Form,
    FormString,
    User,
    Bearer,
    Cookie,
    UserAgent,
    Referer,
    Range,
    Proxy,
    Socks4,
    Socks4a,
    Socks5,
    Socks5Hostname,
    ProxyUser,
    CaFile,
    Cert,
    Key,
    MaxTime,
    ConnectTimeout,
    Retry,
    RetryDelay,
}

/// Options without one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flag {
    Get,
    Head,
    Insecure,
    Location,
    PriorKnowledge,
    GlobOff,
    Next,
}

impl Meaning {
    /// Whether a value follows.
    pub(crate) fn has_value(self) -> bool {
        match self {
            Value(_) => true,
            Asks(_) => false,
            Prints(it) | Ignored(it) | Lost(it, _) | Unsupported(it, _) => it,
        }
    }
}

const VERSION: &str = "the version of HTTP is negotiated";
const TLS: &str = "TLS is negotiated as the TLS library of this program does";
const ROUTE: &str = "the host of the URL is what is connected to";
const SCHEME: &str = "only Basic and Bearer are sent without being asked";
const PROXY: &str = "of a proxy only the URL, with user and password, can be configured";
const PACE: &str = "the pace of a transfer cannot be limited";
const FILE: &str = "it reads options or credentials from a file";
const EXPANDS: &str = "curl's own variables are not read";
const PATH: &str = "the path is sent as the URL standard writes it";
const REDIRECT: &str = "redirects follow the rules of the web";
const RETRY: &str = "retries follow `runner.http.retry`";
const CODING: &str = "streams are asked for as they are, because a compressor holds back text";
const UPLOAD: &str = "a body is text in the configuration; use `--data-binary @FILE` for a text";

/// Each option: its letter if it has one, its name, its meaning.
#[rustfmt::skip]
const OPTIONS: &[(Option<char>, &str, Meaning)] = &[
    (None, "url", Value(Valued::Url)),
    (None, "url-query", Value(Valued::UrlQuery)),
    (Some('X'), "request", Value(Valued::Method)),
    (Some('H'), "header", Value(Valued::Header)),
    (Some('d'), "data", Value(Valued::Data)),
    (None, "data-ascii", Value(Valued::Data)),
    (None, "data-raw", Value(Valued::DataRaw)),
    (None, "data-binary", Value(Valued::DataBinary)),
    (None, "data-urlencode", Value(Valued::DataUrlencode)),
    (None, "json", Value(Valued::Json)),
    (Some('F'), "form", Value(Valued::Form)),
    (None, "form-string", Value(Valued::FormString)),
    (Some('G'), "get", Asks(Flag::Get)),
    (Some('I'), "head", Asks(Flag::Head)),
    (Some('u'), "user", Value(Valued::User)),
    (None, "oauth2-bearer", Value(Valued::Bearer)),
    (Some('b'), "cookie", Value(Valued::Cookie)),
    (Some('A'), "user-agent", Value(Valued::UserAgent)),
    (Some('e'), "referer", Value(Valued::Referer)),
    (Some('r'), "range", Value(Valued::Range)),
    (Some('x'), "proxy", Value(Valued::Proxy)),
    (None, "socks4", Value(Valued::Socks4)),
    (None, "socks4a", Value(Valued::Socks4a)),
    (None, "socks5", Value(Valued::Socks5)),
    (None, "socks5-hostname", Value(Valued::Socks5Hostname)),
    (Some('U'), "proxy-user", Value(Valued::ProxyUser)),
    (Some('k'), "insecure", Asks(Flag::Insecure)),
    (None, "cacert", Value(Valued::CaFile)),
    (Some('E'), "cert", Value(Valued::Cert)),
    (None, "key", Value(Valued::Key)),
    (Some('m'), "max-time", Value(Valued::MaxTime)),
    (None, "connect-timeout", Value(Valued::ConnectTimeout)),
    (None, "retry", Value(Valued::Retry)),
    (None, "retry-delay", Value(Valued::RetryDelay)),
    (Some('L'), "location", Asks(Flag::Location)),
    (None, "http2-prior-knowledge", Asks(Flag::PriorKnowledge)),
    (Some('g'), "globoff", Asks(Flag::GlobOff)),
    (Some(':'), "next", Asks(Flag::Next)),
    (Some('T'), "upload-file", Unsupported(true, UPLOAD)),
    (Some('K'), "config", Unsupported(true, FILE)),
    (None, "request-target", Unsupported(true, PATH)),
    (None, "aws-sigv4", Unsupported(true, "each request would have to be signed")),
    (None, "variable", Unsupported(true, EXPANDS)),
    (Some('0'), "http1.0", Lost(false, VERSION)),
    (None, "http1.1", Lost(false, VERSION)),
    (None, "http2", Lost(false, VERSION)),
    (None, "http3", Lost(false, VERSION)),
    (None, "http3-only", Lost(false, VERSION)),
    (None, "proxy-http2", Lost(false, VERSION)),
    (None, "path-as-is", Lost(false, PATH)),
    (None, "location-trusted", Lost(false, REDIRECT)),
    (None, "retry-all-errors", Lost(false, RETRY)),
    (None, "retry-connrefused", Lost(false, RETRY)),
    (None, "retry-max-time", Lost(true, RETRY)),
    (Some('n'), "netrc", Lost(false, FILE)),
    (Some('z'), "time-cond", Lost(true, "the header `If-Modified-Since` is not made of a date")),
    (Some('C'), "continue-at", Lost(true, "an answer is always asked for from its start")),
    (None, "cert-type", Lost(true, "certificates are read in PEM form")),
];

/// Further options: names, whether a value follows, and their meaning.
const FURTHER: &[(&str, Meaning)] = &[
    (
        "silent show-error verbose include fail fail-with-body fail-early no-buffer buffer \
         progress-bar no-progress-meter progress-meter remote-name remote-header-name \
         remote-name-all remote-time styled-output create-dirs no-clobber clobber trace-time \
         trace-ids remove-on-error use-ascii xattr parallel parallel-immediate \
         suppress-connect-headers out-null skip-existing",
        Prints(false),
    ),
    (
        "output output-dir write-out dump-header cookie-jar trace trace-ascii trace-config stderr \
         libcurl etag-save create-file-mode parallel-max parallel-max-host rate max-filesize",
        Prints(true),
    ),
    (
        "append basic crlf disable disable-eprt disable-epsv disallow-username-in-url eprt epsv \
         ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-control \
         junk-session-cookies list-only mail-rcpt-allowfails metalink no-keepalive keepalive \
         no-sessionid sessionid sasl-ir tcp-fastopen tcp-nodelay tftp-no-options ssl ssl-reqd \
         compressed-ssh raw ignore-content-length http0.9 form-escape mptcp no-alpn alpn no-npn npn",
        Ignored(false),
    ),
    (
        "ftp-account ftp-alternative-to-user ftp-method ftp-port ftp-ssl-ccc-mode hostpubmd5 \
         hostpubsha256 keepalive-time keepalive-cnt krb mail-auth mail-from mail-rcpt pass pubkey \
         quote telnet-option tftp-blksize login-options sasl-authzid random-file egd-file \
         expect100-timeout happy-eyeballs-timeout-ms proto proto-default proto-redir ip-tos \
         vlan-priority ipfs-gateway noproxy upload-flags",
        Ignored(true),
    ),
    ("compressed tr-encoding", Lost(false, CODING)),
    ("digest ntlm ntlm-wb negotiate anyauth", Lost(false, SCHEME)),
    ("delegation service-name", Lost(true, SCHEME)),
    (
        "abstract-unix-socket unix-socket resolve connect-to interface local-port dns-interface \
         dns-ipv4-addr dns-ipv6-addr dns-servers doh-url alt-svc hsts haproxy-clientip",
        Lost(true, ROUTE),
    ),
    ("ipv4 ipv6 haproxy-protocol doh-cert-status doh-insecure", Lost(false, ROUTE)),
    (
        "tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 sslv2 sslv3 cert-status false-start \
         ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-revoke-best-effort ca-native \
         tls-earlydata",
        Lost(false, TLS),
    ),
    (
        "capath ciphers curves crlfile engine key-type pinnedpubkey tls-max tls13-ciphers \
         tlsauthtype tlspassword tlsuser ech sigalgs",
        Lost(true, TLS),
    ),
    (
        "proxy-anyauth proxy-basic proxy-digest proxy-insecure proxy-negotiate proxy-ntlm \
         proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel socks5-basic \
         socks5-gssapi socks5-gssapi-nec proxy-ca-native",
        Lost(false, PROXY),
    ),
    (
        "preproxy proxy1.0 proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers \
         proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey \
         proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser \
         socks5-gssapi-service",
        Lost(true, PROXY),
    ),
    ("limit-rate speed-limit speed-time", Lost(true, PACE)),
    ("netrc-optional", Lost(false, FILE)),
    ("netrc-file etag-compare", Lost(true, FILE)),
    ("post301 post302 post303", Lost(false, REDIRECT)),
    ("max-redirs follow", Lost(true, REDIRECT)),
];

/// The letters of [`FURTHER`] options.
const LETTERS: &[(char, &str)] = &[
    ('a', "append"),
    ('c', "cookie-jar"),
    ('q', "disable"),
    ('D', "dump-header"),
    ('f', "fail"),
    ('P', "ftp-port"),
    ('i', "include"),
    ('4', "ipv4"),
    ('6', "ipv6"),
    ('j', "junk-session-cookies"),
    ('l', "list-only"),
    ('N', "no-buffer"),
    ('o', "output"),
    ('Z', "parallel"),
    ('#', "progress-bar"),
    ('p', "proxytunnel"),
    ('Q', "quote"),
    ('J', "remote-header-name"),
    ('O', "remote-name"),
    ('R', "remote-time"),
    ('S', "show-error"),
    ('s', "silent"),
    ('Y', "speed-limit"),
    ('y', "speed-time"),
    ('2', "sslv2"),
    ('3', "sslv3"),
    ('t', "telnet-option"),
    ('1', "tlsv1"),
    ('B', "use-ascii"),
    ('v', "verbose"),
    ('w', "write-out"),
];

fn all() -> impl Iterator<Item = (&'static str, Meaning)> {
    let first = OPTIONS.iter().map(|&(_, name, meaning)| (name, meaning));
    let further = FURTHER
        .iter()
        .flat_map(|&(names, meaning)| names.split(' ').map(move |name| (name, meaning)));
    first.chain(further)
}

/// The meaning of a letter.
pub(crate) fn short(letter: char) -> Option<Meaning> {
    let first = OPTIONS.iter().find(|(known, ..)| *known == Some(letter));
    first.map(|&(_, _, meaning)| meaning).or_else(|| {
        let (_, name) = LETTERS.iter().find(|(known, _)| *known == letter)?;
        all().find(|(known, _)| known == name).map(|(_, meaning)| meaning)
    })
}

/// The meaning of a name. curl takes the beginning of a name for it, if only one begins so.
pub(crate) fn long(name: &str) -> Result<Meaning, CurlError> {
    if let Some((_, meaning)) = all().find(|(known, _)| *known == name) {
        return Ok(meaning);
    }
    // `--no-insecure` turns off what an option before it turned on.
    if let Some(Ok(meaning)) = name.strip_prefix("no-").map(long)
        && !meaning.has_value()
    {
        return Ok(Ignored(false));
    }
    if name.starts_with("expand-") {
        return Ok(Unsupported(true, EXPANDS));
    }
    let mut near = all().filter(|(known, _)| known.starts_with(name));
    match (near.next(), near.next()) {
        (Some((_, meaning)), None) => Ok(meaning),
        (None, _) => Err(CurlError::UnknownOption(shown(name))),
        (Some(_), Some(_)) => Err(CurlError::AmbiguousOption(shown(name))),
    }
}

/// A name as an error quotes it: what stands after `=` may be a secret.
fn shown(name: &str) -> String {
    format!("--{}", name.split('=').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_stands_once() {
        let mut names: Vec<_> = all().map(|(name, _)| name).collect();
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        for (letter, name) in LETTERS {
            assert!(short(*letter).is_some(), "-{letter}, {name}");
        }
    }

    #[test]
    fn a_beginning_of_one_name_is_that_name() {
        assert_eq!(long("max-t"), Ok(Value(Valued::MaxTime)));
        assert_eq!(long("max"), Err(CurlError::AmbiguousOption("--max".to_owned())));
        assert_eq!(long("data=sk-1"), Err(CurlError::UnknownOption("--data".to_owned())));
    }
}
