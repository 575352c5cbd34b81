//! The forms in which a server may send a key back, and those that the program itself may give it.
//!
//! Written without a look at the product's own forms, so that both would have to forget the same.

/// A key as one encoder writes it.
pub(super) struct Form {
    pub(super) name: &'static str,
    /// What is sent: the key, and with base64 what stands around it.
    pub(super) sent: String,
    /// The part of it that tells the key and nothing else.
    pub(super) telling: String,
}

impl Form {
    fn whole(name: &'static str, text: String) -> Self {
        Self { name, telling: text.clone(), sent: text }
    }
}

/// The forms that a server sends.
pub(super) fn sent(key: &str) -> Vec<Form> {
    let mut forms = vec![
        Form::whole("as it is", key.to_owned()),
        Form::whole("line by line", key.trim().replace('\n', "\r\n  ")),
    ];
    let json = [
        ("JSON", json(key, |_| false)),
        ("JSON with \\/", json(key, |_| false).replace('/', "\\/")),
        ("JSON in ASCII", json(key, |c| !c.is_ascii())),
        ("JSON in ASCII with \\/", json(key, |c| !c.is_ascii()).replace('/', "\\/")),
        ("JSON for HTML", json(key, |c| "<>&".contains(c))),
        ("JSON for attributes", json(key, |c| "<>&='".contains(c))),
        ("JSON of .NET", json(key, |c| !c.is_ascii() || "\"&'+<>`".contains(c))),
        ("JSON in escapes", json(key, |_| true)),
        // Two programs in a row, each with escapes of its own.
        ("JSON of .NET with \\/", json(key, |c| "+<>&'".contains(c)).replace('/', "\\/")),
        ("JSON with some letters in escapes", json(key, |c| "aeiou-_./=".contains(c))),
    ];
    let percent = [
        ("percent", percent(key, "")),
        ("percent but unreserved", percent(key, "-._~")),
        ("percent but unreserved and /", percent(key, "-._~/")),
        ("percent of a component", percent(key, "-_.!~*'()")),
        ("percent of a URI", percent(key, "-_.!~*'();,/?:@&=+$#")),
        // A space and quotes, and whatever else a URL cannot have.
        ("percent of a query", percent(key, "!$%&()*+,-./:;=?@[\\]^_`{|}~")),
        // As Go escapes a path.
        ("percent of a segment", percent(key, "-._~$&+:=@")),
        ("percent of one character", percent(key, "-._~!*'();,:@&=+$#").replace("%20", " ")),
        ("form", percent(key, "*-._").replace("%20", "+")),
    ];
    let html = [
        ("HTML", html(key, "&quot;", "&#39;")),
        ("HTML with hexadecimal quotes", html(key, "&quot;", "&#x27;")),
        ("HTML with decimal quotes", html(key, "&#34;", "&#39;")),
        ("XML", html(key, "&quot;", "&apos;")),
        ("HTML without quotes", html(key, "\"", "'")),
        // As Mustache escapes, and as some do by name.
        (
            "HTML with slashes",
            html(key, "&quot;", "&#39;").replace('/', "&#x2F;").replace('=', "&#x3D;"),
        ),
        ("HTML by name", html(key, "&quot;", "&#39;").replace('/', "&sol;").replace('+', "&#43;")),
    ];
    forms.extend(json.into_iter().map(|(name, text)| Form::whole(name, text)));
    forms.extend(percent.into_iter().map(|(name, text)| Form::whole(name, text)));
    forms.extend(html.into_iter().map(|(name, text)| Form::whole(name, text)));
    forms.push(Form::whole("hexadecimal", hex(key)));
    for (name, before) in [("base64", ""), ("base64 after 1", "u"), ("base64 after 2", "u:")] {
        let base64 = base64(before, key);
        let url_safe =
            |text: &str| text.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned();
        forms.push(Form {
            name: "base64 for URLs",
            sent: url_safe(&base64.0),
            telling: url_safe(&base64.1),
        });
        forms.push(Form { name, sent: base64.0, telling: base64.1 });
    }
    forms.extend(other_cases(&forms));
    forms
}

/// What the forms are called that a server sends.
pub(super) fn names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for form in sent("a") {
        if !names.contains(&form.name) {
            names.push(form.name);
        }
    }
    names
}

/// All forms by which a key is found: those that are sent, those of its lines, and what the program
/// itself could make of a key on the way.
pub(super) fn telling(key: &str) -> Vec<Form> {
    let lines = key.lines().filter(|line| *line != key);
    let mut forms: Vec<Form> = std::iter::once(key).chain(lines).flat_map(sent).collect();
    // Names of hosts and media types are compared without regard to case.
    forms.push(Form::whole("in small letters", key.to_lowercase()));
    forms.push(Form::whole("in capital letters", key.to_uppercase()));
    forms.push(Form::whole("in a path", key.replace('\\', "\\\\").replace('\'', "\\'")));
    forms.push(Form::whole("in CSV", key.replace('"', "\"\"")));
    forms.push(Form::whole("in bytes", key.as_bytes().escape_ascii().to_string()));
    forms
}

/// Digits beyond 9 are letters, which have two cases.
fn other_cases(forms: &[Form]) -> Vec<Form> {
    let other = |form: &Form| match form.name {
        "hexadecimal" => Some(form.sent.to_uppercase()),
        name if name.starts_with("JSON") => cased(&form.sent, "\\u", 4),
        name if name.starts_with("percent") || name == "form" => cased(&form.sent, "%", 2),
        _ => None,
    };
    forms.iter().filter_map(|form| Some(Form::whole(form.name, other(form)?))).collect()
}

/// The same with small digits behind each `mark`, if that is another text.
fn cased(text: &str, mark: &str, digits: usize) -> Option<String> {
    let mut parts = text.split(mark);
    let mut cased = parts.next()?.to_owned();
    for part in parts {
        cased.push_str(mark);
        match part.split_at_checked(digits) {
            Some((digits, rest)) => cased.extend([&digits.to_lowercase(), rest]),
            None => cased.push_str(part),
        }
    }
    (cased != text).then_some(cased)
}

fn json(key: &str, escaped: fn(char) -> bool) -> String {
    let mut json = String::new();
    for c in key.chars() {
        if escaped(c) {
            json.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")));
        } else {
            let quoted = serde_json::Value::from(c.to_string()).to_string();
            json.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
    json
}

fn percent(key: &str, kept: &str) -> String {
    let digits = |c: char| {
        let bytes = c.to_string().into_bytes().into_iter();
        bytes.map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
    };
    let keeps = |c: char| c.is_ascii_alphanumeric() || kept.contains(c);
    key.chars().map(|c| if keeps(c) { c.to_string() } else { digits(c) }).collect()
}

fn html(key: &str, quotation_mark: &str, apostrophe: &str) -> String {
    key.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', quotation_mark)
        .replace('\'', apostrophe)
}

fn hex(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The key behind `before` and in front of something else, and the digits of it that no neighbor
/// has a part in.
fn base64(before: &str, key: &str) -> (String, String) {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = [before, key, "!"].concat();
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            encoded.push(char::from(DIGITS[bits >> (18 - 6 * digit) & 63]));
        }
        encoded.push_str(&"=".repeat(3 - group.len()));
    }
    let (start, end) = ((before.len() * 8).div_ceil(6), (before.len() + key.len()) * 8 / 6);
    let telling = encoded[start..end].to_owned();
    (encoded, telling)
}

/// Known answers, from other programs: Python's `urllib`, `html`, `json` and `base64`.
#[test]
fn the_encoders_of_the_canary_are_right() {
    let key = "a+/\"<ü\\ 'b";
    let forms = sent(key);
    let check = |name: &str, expected: &str| {
        let sent: Vec<_> =
            forms.iter().filter(|form| form.name == name).map(|form| form.sent.as_str()).collect();
        assert!(sent.contains(&expected), "{name}: {sent:?}");
    };
    check("JSON in ASCII", r#"a+/\"<\u00fc\\ 'b"#);
    check("JSON with \\/", r#"a+\/\"<ü\\ 'b"#);
    check("percent but unreserved", "a%2B%2F%22%3C%C3%BC%5C%20%27b");
    check("percent but unreserved", "a%2b%2f%22%3c%c3%bc%5c%20%27b");
    check("form", "a%2B%2F%22%3C%C3%BC%5C+%27b");
    check("HTML with hexadecimal quotes", "a+/&quot;&lt;ü\\ &#x27;b");
    check("hexadecimal", "612b2f223cc3bc5c202762");
    check("hexadecimal", "612B2F223CC3BC5C202762");
    check("base64", "YSsvIjzDvFwgJ2Ih");
    check("base64 after 1", "dWErLyI8w7xcICdiIQ==");
    check("base64 after 2", "dTphKy8iPMO8XCAnYiE=");
    check("base64 for URLs", "dTphKy8iPMO8XCAnYiE");
}
