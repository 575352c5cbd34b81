//! The request that curl would send.

use crate::command::{Command, Given};
use crate::data::{data, urlencoded};
use crate::multipart::{self, FormPart};
use crate::options::{Flag, Valued};
use crate::shell::Stdin;
use crate::url::{append_query, url};
use crate::{CurlError, Text};

/// The request that curl would send.
///
/// It has what the line says and what curl adds because of it, such as the content type of `-d`.
/// It does not have what curl says of itself (`User-Agent: curl/…`, `Accept: */*`).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: String,
    /// The URL with its scheme and query, without a fragment.
    pub url: Text,
    /// Names and values, in the order of the line.
    pub headers: Vec<(String, Text)>,
    /// Headers that the line takes away from curl (`-H 'Accept:'`).
    pub removed_headers: Vec<String>,
    /// The content type that curl adds to `-d` by itself: that of a form, whatever the data are.
    pub default_content_type: Option<&'static str>,
    /// The body.
    pub body: Body,
    /// `-u`: user and password, joined by a colon.
    pub user: Option<Text>,
    /// `-x` and its like: the URL of a proxy.
    pub proxy: Option<Text>,
    /// `-U`: user and password for the proxy.
    pub proxy_user: Option<Text>,
    /// `-k`: any certificate is accepted.
    pub insecure: bool,
    /// `--cacert`: a file.
    pub ca_file: Option<Text>,
    /// `--cert`: a file.
    pub cert: Option<Text>,
    /// `--key`: a file.
    pub key: Option<Text>,
    /// `--max-time`, in seconds.
    pub max_time: Option<f64>,
    /// `--connect-timeout`, in seconds.
    pub connect_timeout: Option<f64>,
    /// `--retry`.
    pub retries: Option<u32>,
    /// `--retry-delay`, in seconds.
    pub retry_delay: Option<f64>,
    /// `-L`: redirects are followed.
    pub follows_redirects: bool,
    /// `--http2-prior-knowledge`.
    pub http2: bool,
}

/// The body of a request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Body {
    /// There is none.
    #[default]
    None,
    /// A text.
    Text(Text),
    /// A form in parts; [`FormPart::body`] writes it.
    Parts(Vec<FormPart>),
}

/// The files that a line names.
pub(crate) struct Files<'f> {
    pub(crate) stdin: Option<&'f Stdin>,
    pub(crate) read: &'f mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
}

impl Files<'_> {
    /// The text of a file; of `-`, that of the standard input which the line gives.
    pub(crate) fn read(&mut self, option: &str, path: &Text) -> Result<Text, CurlError> {
        let path = match (path.literal(), self.stdin) {
            (Some("-"), Some(Stdin::Text(text))) => return Ok(text.clone()),
            (Some("-"), Some(Stdin::File(path))) => path,
            (Some(path), _) => path,
            (None, _) => return Err(CurlError::Expansion),
        };
        let failed = |why| {
            let (option, path) = (option.to_owned(), path.to_owned());
            CurlError::File { option, path, why }
        };
        if path == "-" {
            return Err(failed("the line does not say what standard input is".to_owned()));
        }
        let bytes = (self.read)(path).map_err(failed)?;
        let text = String::from_utf8(bytes).ok().filter(|text| Text::is_sound(text));
        let what = format!("{option} @{path}");
        let why = "the file is not text, and a body is text in the configuration";
        text.map(Text::new).ok_or(CurlError::Unsupported { what, why })
    }
}

/// The content type of `-d`.
const FORM: &str = "application/x-www-form-urlencoded";

/// What is collected until all options are read.
#[derive(Default)]
struct Draft {
    request: Request,
    urls: Vec<Text>,
    url_queries: Vec<Text>,
    method: Option<Text>,
    headers: Vec<(String, Text)>,
    data: Option<Text>,
    form: Vec<FormPart>,
    bearer: Option<Text>,
    cookies: Vec<Text>,
    user_agent: Option<Text>,
    referer: Option<Text>,
    range: Option<Text>,
    is_json: bool,
    flags: Vec<Flag>,
}

/// Applies curl's rules.
pub(crate) fn build(
    command: &Command,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Request, CurlError> {
    let mut files = Files { stdin: command.stdin.as_ref(), read };
    let mut draft = Draft::default();
    for option in &command.options {
        match option {
            Given::Value { name, what, value } => draft.take(name, *what, value, &mut files)?,
            Given::Flag(flag) => draft.flags.push(*flag),
            Given::Unsupported(error) => return Err(error.clone()),
        }
    }
    draft.finish()
}

impl Draft {
    fn take(
        &mut self,
        name: &str,
        what: Valued,
        value: &Text,
        files: &mut Files<'_>,
    ) -> Result<(), CurlError> {
        let request = &mut self.request;
        let some = || Some(value.clone());
        match what {
            Valued::Url => self.urls.push(value.clone()),
            Valued::UrlQuery => self.url_queries.push(match value.strip_prefix("+") {
                Some(raw) => raw,
                None => urlencoded(name, value, files)?,
            }),
            Valued::Method => self.method = some(),
            Valued::Header => self.header(name, value, files)?,
            Valued::Data | Valued::DataRaw | Valued::DataBinary | Valued::DataUrlencode => {
                let more = data(what, name, value, files)?;
                self.add_data(&more, "&");
            }
            Valued::Json => {
                self.is_json = true;
                let more = data(what, name, value, files)?;
                self.add_data(&more, "");
            }
            Valued::Form | Valued::FormString => {
                self.form.push(FormPart::parse(what, name, value, files)?);
            }
            Valued::User => request.user = some(),
            Valued::Bearer => self.bearer = some(),
            Valued::Cookie => self.cookie(name, value)?,
            Valued::UserAgent => self.user_agent = some(),
            Valued::Referer => self.referer = some(),
            Valued::Range => self.range = some(),
            Valued::Proxy => request.proxy = some(),
            Valued::Socks4 => request.proxy = Some(with_scheme("socks4", value)),
            Valued::Socks4a => request.proxy = Some(with_scheme("socks4a", value)),
            Valued::Socks5 => request.proxy = Some(with_scheme("socks5", value)),
            Valued::Socks5Hostname => request.proxy = Some(with_scheme("socks5h", value)),
            Valued::ProxyUser => request.proxy_user = some(),
            Valued::CaFile => request.ca_file = some(),
            Valued::Cert => request.cert = some(),
            Valued::Key => request.key = some(),
            Valued::MaxTime => request.max_time = Some(seconds(name, value)?),
            Valued::ConnectTimeout => request.connect_timeout = Some(seconds(name, value)?),
            Valued::RetryDelay => request.retry_delay = Some(seconds(name, value)?),
            Valued::Retry => {
                let expected = "a whole number";
                let wrong = CurlError::Value { option: name.to_owned(), expected };
                let number = value.literal().and_then(|it| it.parse().ok());
                request.retries = Some(number.ok_or(wrong)?);
            }
        }
        Ok(())
    }

    fn add_data(&mut self, more: &Text, separator: &str) {
        match &mut self.data {
            Some(data) => {
                data.push_str(separator);
                data.append(more);
            }
            None => self.data = Some(more.clone()),
        }
    }

    /// `Name: value`; `Name:` takes a header away, `Name;` sends an empty one, `@FILE` has several.
    fn header(&mut self, name: &str, value: &Text, files: &mut Files<'_>) -> Result<(), CurlError> {
        if let Some(path) = value.strip_prefix("@") {
            let text = files.read(name, &path)?;
            for line in text.marked().lines().filter(|line| !line.trim().is_empty()) {
                self.header(name, &Text::from_marked(line), files)?;
            }
            return Ok(());
        }
        let expected = "`Name: value`";
        let wrong = || CurlError::Value { option: name.to_owned(), expected };
        let Some((header, content)) = value.split_once(':') else {
            let header = value.marked().strip_suffix(';').ok_or_else(wrong)?;
            self.headers.push((header.trim().to_owned(), Text::default()));
            return Ok(());
        };
        let (header, content) = (header.trim(), content.trim());
        let header = header.literal().ok_or_else(wrong)?.to_owned();
        if content.is_empty() {
            self.request.removed_headers.push(header);
        } else {
            self.headers.push((header, content));
        }
        Ok(())
    }

    fn cookie(&mut self, name: &str, value: &Text) -> Result<(), CurlError> {
        if value.marked().contains('=') || value.has_variables() {
            self.cookies.push(value.clone());
            return Ok(());
        }
        let why = "it names a file of cookies, which is not read";
        Err(CurlError::Unsupported { what: name.to_owned(), why })
    }

    fn asks(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    fn finish(mut self) -> Result<Request, CurlError> {
        self.request.url = self.url()?;
        self.request.method = self.method()?;
        self.request.insecure = self.asks(Flag::Insecure);
        self.request.follows_redirects = self.asks(Flag::Location);
        self.request.http2 = self.asks(Flag::PriorKnowledge);
        if self.range.is_some() && self.request.method != "GET" {
            let why = "only the answer to a GET has a range";
            return Err(CurlError::Unsupported { what: "-r".to_owned(), why });
        }
        self.finish_headers();
        if !self.form.is_empty() {
            self.request.body = Body::Parts(self.form);
        } else if let Some(data) = self.data.take().filter(|_| !self.asks(Flag::Get)) {
            self.request.body = Body::Text(data);
        }
        Ok(self.request)
    }

    fn url(&self) -> Result<Text, CurlError> {
        let (first, others) = self.urls.split_first().ok_or(CurlError::NoUrl)?;
        if !others.is_empty() {
            let why = "the line has several URLs; one is sent";
            return Err(CurlError::Unsupported { what: "--url".to_owned(), why });
        }
        let mut url = url(first, !self.asks(Flag::GlobOff))?;
        for query in &self.url_queries {
            append_query(&mut url, query);
        }
        if let Some(data) = self.data.as_ref().filter(|_| self.asks(Flag::Get)) {
            append_query(&mut url, data);
        }
        Ok(url)
    }

    fn method(&self) -> Result<String, CurlError> {
        let is_post = !self.form.is_empty() || (self.data.is_some() && !self.asks(Flag::Get));
        match &self.method {
            Some(method) => {
                let expected = "a method";
                let wrong = || CurlError::Value { option: "-X".to_owned(), expected };
                Ok(method.literal().ok_or_else(wrong)?.to_owned())
            }
            None if self.asks(Flag::Head) => Ok("HEAD".to_owned()),
            None if is_post => Ok("POST".to_owned()),
            None => Ok("GET".to_owned()),
        }
    }

    /// A header of the line wins over what curl makes of an option.
    fn finish_headers(&mut self) {
        let made = [
            ("Content-Type", self.content_type().map(Text::new)),
            ("Accept", self.is_json.then(|| Text::new("application/json"))),
            ("Authorization", self.bearer.take().map(|token| after("Bearer ", &token))),
            ("Cookie", self.joined_cookies()),
            ("User-Agent", self.user_agent.take()),
            ("Referer", self.referer.take().map(|it| without_auto(&it))),
            ("Range", self.range.take().map(|range| after("bytes=", &range))),
        ];
        self.request.headers = std::mem::take(&mut self.headers);
        for (name, value) in made {
            let is_removed =
                self.request.removed_headers.iter().any(|it| it.eq_ignore_ascii_case(name));
            let is_set = self.has(name);
            if let Some(value) = value.filter(|it| !is_removed && !is_set && !it.is_empty()) {
                let is_form = name == "Content-Type" && value.literal() == Some(FORM);
                self.request.default_content_type =
                    self.request.default_content_type.or(is_form.then_some(FORM));
                self.request.headers.push((name.to_owned(), value));
            }
        }
        if self.has("Authorization") {
            self.request.user = None;
        }
        if !self.form.is_empty() {
            self.add_boundary();
        }
    }

    fn content_type(&self) -> Option<String> {
        if !self.form.is_empty() {
            return Some("multipart/form-data".to_owned());
        }
        let is_posted = self.data.is_some() && !self.asks(Flag::Get);
        if self.is_json {
            return Some("application/json".to_owned());
        }
        is_posted.then(|| FORM.to_owned())
    }

    /// A content type with parts says what separates them, whoever wrote it.
    fn add_boundary(&mut self) {
        let is_type = |name: &str| name.eq_ignore_ascii_case("content-type");
        for (_, value) in self.request.headers.iter_mut().filter(|(name, _)| is_type(name)) {
            if !value.marked().contains("boundary=") {
                value.push_str(&format!("; boundary={}", multipart::BOUNDARY));
            }
        }
    }

    fn joined_cookies(&mut self) -> Option<Text> {
        let mut cookies = self.cookies.drain(..);
        let first = cookies.next()?;
        Some(cookies.fold(first, |mut all, cookie| {
            all.push(';');
            all.append(&cookie);
            all
        }))
    }

    fn has(&self, header: &str) -> bool {
        self.request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header))
    }
}

/// A text after another one.
fn after(prefix: &str, text: &Text) -> Text {
    let mut whole = Text::new(prefix);
    whole.append(text);
    whole
}

/// A referer without the request to set it on redirects.
fn without_auto(referer: &Text) -> Text {
    Text::from_marked(referer.marked().split(";auto").next().unwrap_or_default())
}

/// A proxy with its scheme.
fn with_scheme(scheme: &str, host: &Text) -> Text {
    after(&format!("{scheme}://"), host)
}

fn seconds(option: &str, value: &Text) -> Result<f64, CurlError> {
    let number = value.literal().and_then(|it| it.parse::<f64>().ok());
    let number = number.filter(|it| it.is_finite() && *it >= 0.0);
    let expected = "a number of seconds";
    number.ok_or_else(|| CurlError::Value { option: option.to_owned(), expected })
}
