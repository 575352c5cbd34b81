//! Whatever an encoder makes of a secret, none of it is shown.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use fluxloop_redact::{MIN_ANYWHERE_CHARS, Redactor, Secret};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

fn redactor(secret: &str) -> Redactor {
    Redactor::builder().secret("S", &Secret::new(secret)).build()
}

#[track_caller]
fn check(secret: &str, text: &str, expected: &str) {
    assert_eq!(redactor(secret).mask(text).as_str(), expected, "{text}");
}

#[test]
fn each_long_line_of_a_secret_is_one() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADANBg+kqhk/G9w0=\nshort\n-----END KEY-----\n";
    check(key, "MIIEvQIBADANBg+kqhk/G9w0=", "***");
    // It stands in every such key.
    check(key, "| -----END KEY-----", "| -----END KEY-----");
    check(key, "a short line", "a short line");
    check(key, key, "***");
    check(
        key,
        &key.replace('\n', "\r\n"),
        "-----BEGIN KEY-----\r\n***\r\nshort\r\n-----END KEY-----\r\n",
    );
    check(key, &key.replace('\n', "\\n"), "***");
    check(key, "MIIEvQIBADANBg%2bkqhk%2fG9w0%3d", "***");
}

#[test]
fn a_key_whose_lines_end_in_two_characters_is_one_with_lines() {
    let key = r"-----BEGIN KEY-----\nMIIEvQIBADANBg+kqhk/G9w0=\n-----END KEY-----\n";
    check(key, key, "***");
    check(key, &key.replace(r"\n", "\n"), "***");
    check(key, "a line: MIIEvQIBADANBg+kqhk/G9w0=", "a line: ***");
    check(key, &STANDARD.encode(key.replace(r"\n", "\n")), "***");
}

/// A text in two events, cut after so many bytes, each made UTF-8 by itself.
fn torn(text: &str, at: usize) -> String {
    let (first, second) = text.as_bytes().split_at(at);
    String::from_utf8_lossy(first).into_owned() + &String::from_utf8_lossy(second)
}

#[test]
fn a_key_with_a_torn_character_is_masked() {
    let secret = "pass-é-中-😀-word";
    for at in 0..=secret.len() {
        check(secret, &format!("key: {}.", torn(secret, at)), "key: ***.");
    }
    let text = format!("key: {}", torn(secret, 6));
    let (cut, _) = redactor(secret).mask_cut(&text[..text.len() - 2]);
    assert_eq!(cut.as_str(), "key: ***");
    let (piece, _) = redactor(secret).mask_piece(&text);
    assert_eq!(piece.as_str(), "key: ***");
}

#[test]
fn python_writes_what_it_cannot_print_as_numbers() {
    // `repr`, then `ascii`.
    check("pass\u{a0}word-é\u{200b}", r"'pass\xa0word-é\u200b'", "'***'");
    check("it's\u{a0}café-中😀", r#""it's\xa0caf\xe9-\u4e2d\U0001f600""#, r#""***""#);
    check("it's\u{a0}\"café\"\n", r#"'it\'s\xa0"caf\xe9"\n'"#, "'***'");
}

#[test]
fn json_escapes_are_found_as_encoders_write_them() {
    let secret = "a\"b\\c/d\n\u{1b}é😀<&+'";
    // serde_json and JavaScript.
    check(secret, r#"{"k":"a\"b\\c/d\n\u001bé😀<&+'"}"#, r#"{"k":"***"}"#);
    // Python, then the same with the letters of the digits in capitals.
    check(secret, r#""a\"b\\c/d\n\u001b\u00e9\ud83d\ude00<&+'""#, r#""***""#);
    check(secret, r#""a\"b\\c/d\n\u001B\u00E9\uD83D\uDE00<&+'""#, r#""***""#);
    // PHP.
    check(secret, r#""a\"b\\c\/d\n\u001b\u00e9\ud83d\ude00<&+'""#, r#""***""#);
    // Go, Gson, .NET.
    check(secret, r#""a\"b\\c/d\n\u001bé😀\u003c\u0026+'""#, r#""***""#);
    check(secret, r#""a\"b\\c/d\n\u001bé😀\u003c\u0026+\u0027""#, r#""***""#);
    check(
        secret,
        r#""a\u0022b\\c/d\n\u001B\u00E9\uD83D\uDE00\u003C\u0026\u002B\u0027""#,
        r#""***""#,
    );
    // Python's `repr` and JavaScript's `inspect`, of which the second one keeps the apostrophe.
    check("it's a\\b \"c", r#"'it\'s a\\b "c'"#, "'***'");
    check("it's a\\b c", r#""it's a\\b c""#, r#""***""#);
    check(
        "sk-01234",
        r#""\u0073\u006b\u002d\u0030\u0031\u0032\u0033\u0034 \u0073\u006B\u002D\u0030\u0031\u0032\u0033\u0034""#,
        r#""*** ***""#,
    );
}

#[test]
fn percent_encoding_is_found_however_much_it_encodes() {
    let secret = "a b+c/d=é~*!-_.'";
    for text in [
        // encodeURIComponent, encodeURI, a form, Python's `quote` and `quote_plus`.
        "a%20b%2Bc%2Fd%3D%C3%A9~*!-_.'",
        "a%20b+c/d=%C3%A9~*!-_.'",
        "a+b%2Bc%2Fd%3D%C3%A9%7E*%21-_.%27",
        "a%20b%2Bc/d%3D%C3%A9~%2A%21-_.%27",
        "a+b%2Bc%2Fd%3D%C3%A9~%2A%21-_.%27",
        // What a parser of URLs does to a query and to a password, everything, small letters, and
        // digits in both cases.
        "a%20b+c/d=%C3%A9~*!-_.%27",
        "a%20b+c%2Fd%3D%C3%A9~*!-_.'",
        "a%20b%2Bc%2Fd%3D%C3%A9%7E%2A%21%2D%5F%2E%27",
        "a%20b%2bc%2fd%3d%c3%a9~*!-_.'",
        "a%20b%2Bc%2fd%3d%c3%A9~*!-_.'",
    ] {
        check(secret, &format!("?k={text}&x=1"), "?k=***&x=1");
    }
}

#[test]
fn letters_may_be_of_either_case() {
    check("sk-Live-0123456789", "SK-LIVE-0123456789 sk-live-0123456789", "*** ***");
    check("clé-secrète", "CLé-secrèTE CLÉ-SECRÈTE", "*** CLÉ-SECRÈTE");
}

#[test]
fn base64_is_found_wherever_the_secret_stands_in_it() {
    let secret = "user~pass?word>1";
    check(secret, "dXNlcn5wYXNzP3dvcmQ+MQ==", "***");
    check(secret, "dXNlcn5wYXNzP3dvcmQ-MQ", "***");
    // After "a:" and "ab:", before ":z": a digit that a neighbor has a part in stays.
    check(secret, &STANDARD.encode("a:user~pass?word>1:z"), "YTp***Ono=");
    check(secret, &STANDARD.encode("abc:user~pass?word>1:z"), "YWJjOn***6eg==");
    check(secret, &STANDARD.encode("ab:user~pass?word>1:z"), "YWI6***Tp6");
}

#[test]
fn hexadecimal_digits_and_entities_are_found() {
    check("key-0/1/>", "6b65792d302f312f3e 6B65792D302F312F3E", "*** ***");
    let secret = "a<b>c&d\"e'f";
    for text in [
        "a&lt;b&gt;c&amp;d&quot;e&#39;f",
        "a&lt;b&gt;c&amp;d&quot;e&#x27;f",
        "a&lt;b&gt;c&amp;d&quot;e'f",
        "a&lt;b&gt;c&amp;d\"e'f",
        "a&lt;b&gt;c&amp;d&#34;e&#39;f",
    ] {
        check(secret, &format!("<p>{text}</p>"), "<p>***</p>");
    }
}

#[test]
fn escapes_are_read_whichever_characters_they_stand_for() {
    let secret = "Ab9/xK+Qz7Lm/pR3==";
    for text in [
        // Go's `PathEscape`, and what somebody replaced by hand.
        "Ab9%2FxK+Qz7Lm%2FpR3==",
        "Ab9/xK%2BQz7Lm/pR3==",
        // Mustache, Go's `html/template`, numbers, names.
        "Ab9&#x2F;xK+Qz7Lm&#x2F;pR3&#x3D;&#x3D;",
        "Ab9/xK&#43;Qz7Lm/pR3==",
        "&#65;b9&#047;xK&plus;Qz7Lm&sol;pR3=&equals;",
        // Escapes of JSON in any mix; Django's `escapejs`.
        r"Ab9\/xK\u002BQz7Lm\/pR3==",
        r"Ab9\/xK+Qz7Lm/pR3==",
        r"A\u00629/xK+Qz7\u004cm/pR3==",
        r"Ab9/xK+Qz7Lm/pR3\u003D\u003D",
        // Languages.
        r"Ab9\x2fxK\x2BQz7Lm/pR3==",
        r"Ab9\u{2f}xK+Qz7Lm/pR3\u{3d}=",
        // The base64 of it in a URL and in JSON.
        "QWI5L3hLK1F6N0xtL3BSMz09%3D",
        r"QWI5L3hLK1F6N0xtL3BSMz\u00309",
    ] {
        let expected = if text.ends_with("%3D") { "***%3D" } else { "***" };
        check(secret, &format!("<{text}>"), &format!("<{expected}>"));
    }
    check("a b/c+d=e f", "?k=a+b/c%2Bd=e%20f&x=1", "?k=***&x=1");
    check("ab\u{1b}cd\"ef\u{e9}g", r#"ab\x1bcd"ef\xc3\xa9g ab\u{1b}cd\"ef\u{e9}g"#, "*** ***");
}

#[test]
fn a_mask_covers_whole_escapes() {
    check("nabcdefgh", r"x\nabcdefgh", "x***");
    check(r"abcdefg\", r"abcdefg\\u0061", "***u0061");
}

#[test]
fn what_is_too_short_is_found_in_no_form() {
    for text in ["a+b", "a%2Bb", "YSti", "612b62", r"\u0061\u002b\u0062"] {
        check("a+b", text, text);
    }
}

/// The secret as encoders that are not ours write it.
fn encoded(secret: &str) -> Vec<String> {
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).expect("any text is JSON");
        quoted[1..quoted.len() - 1].to_owned()
    };
    let lower: fn(u16) -> String = |unit| format!("\\u{unit:04x}");
    let upper: fn(u16) -> String = |unit| format!("\\u{unit:04X}");
    let unicode = |text: &str, digits| text.encode_utf16().map(digits).collect::<String>();
    // Without anything beyond ASCII, as Python writes it.
    let ascii = |digits: fn(u16) -> String| {
        let escape = |c: char| match json(&c.to_string()) {
            short if short.starts_with("\\u") || c > '~' => unicode(&c.to_string(), digits),
            short => short,
        };
        secret.chars().map(escape).collect::<String>()
    };
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let bytes = |digits: fn(&u8) -> String| secret.as_bytes().iter().map(digits).collect();
    vec![
        secret.to_owned(),
        json(secret),
        json(secret).replace('/', r"\/"),
        ascii(lower),
        ascii(upper),
        unicode(secret, lower),
        unicode(secret, upper),
        form.replace('+', "%20"),
        form,
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        bytes(|byte| format!("{byte:02x}")),
        bytes(|byte| format!("{byte:02X}")),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
    ]
}

/// Any characters, but often those that encoders care about.
fn secrets() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        prop::char::range('0', 'z'),
        prop::sample::select("+/=%\"'\\<>&~*!-_. \t\u{1b}éß中😀".chars().collect::<Vec<_>>()),
        any::<char>(),
    ];
    prop::collection::vec(character, MIN_ANYWHERE_CHARS..40)
        .prop_map(|characters| characters.into_iter().filter(|c| *c != '§').collect::<String>())
        .prop_filter("long enough", |secret| secret.chars().count() >= MIN_ANYWHERE_CHARS)
}

/// Of each character, how it is written: as it is, or one of the ways that a syntax has.
fn mixed(secret: &str, syntax: usize, choices: &[u8]) -> String {
    let write = |(c, choice): (char, &u8)| {
        let code = u32::from(c);
        let units: Vec<_> =
            c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let bytes = |mark: &str| {
            let utf8 = c.to_string().into_bytes();
            utf8.iter().map(|byte| format!("{mark}{byte:02x}")).collect::<Vec<_>>().concat()
        };
        match (syntax, choice % 3) {
            (0, 0) => bytes("%"),
            (0, _) if c == '%' => "%25".to_owned(),
            (1, 0) => format!("&#{code};"),
            (1, 1) => format!("&#x{code:X};"),
            (1, _) if c == '&' => "&amp;".to_owned(),
            (2, 0) => units.concat(),
            (2, 1) => bytes("\\x"),
            (2, _) if c == '\\' => "\\\\".to_owned(),
            _ => c.to_string(),
        }
    };
    secret.chars().zip(choices.iter().cycle()).map(write).collect()
}

proptest! {
    #![proptest_config(Config {
        cases: 128,
        rng_seed: RngSeed::Fixed(0x5EC2),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn no_form_survives(secret in secrets()) {
        let redactor = redactor(&secret);
        for form in encoded(&secret) {
            let shown = redactor.mask(&format!("§{form}§"));
            prop_assert_eq!(shown.as_str(), "§***§", "{}", form);
        }
    }

    #[test]
    fn no_mix_of_escapes_survives_whole_or_cut(
        secret in secrets(), syntax in 0usize..3, choices in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let redactor = redactor(&secret);
        let mixed = mixed(&secret, syntax, &choices);
        let shown = redactor.mask(&format!("§{mixed}§"));
        prop_assert_eq!(shown.as_str(), "§***§", "{}", mixed);
        // An escape that was cut in the first character tells at most that one.
        for (end, _) in mixed.char_indices().skip(14) {
            let text = format!("§{}", &mixed[..end]);
            let (shown, places) = redactor.mask_cut(&text);
            prop_assert_eq!((shown.as_str(), places), ("§***", 1), "{}", text);
            let (shown, places) = redactor.mask_piece(&text);
            prop_assert_eq!((shown.as_str(), places), ("§***", 1), "{}", text);
        }
    }

    #[test]
    fn a_cut_at_any_place_leaves_less_than_eight_characters(secret in secrets()) {
        let redactor = redactor(&secret);
        for form in encoded(&secret) {
            for (end, _) in form.char_indices().skip(MIN_ANYWHERE_CHARS) {
                let text = format!("§{}", &form[..end]);
                let (shown, places) = redactor.mask_cut(&text);
                prop_assert_eq!((shown.as_str(), places), ("§***", 1), "{}", text);
            }
        }
    }

    #[test]
    fn secrets_in_one_another_leave_nothing(
        secret in secrets(), from in 0usize..8, more in "[a-z]{0,8}",
    ) {
        // One that begins within the other and may go on after it, and both side by side.
        let start = secret.char_indices().nth(from).map_or(0, |(start, _)| start);
        let other = format!("{}{more}abcdefgh", &secret[start..]);
        let redactor = Redactor::builder()
            .secret("A", &Secret::new(secret.clone()))
            .secret("B", &Secret::new(other.clone()))
            .build();
        let both = format!("{secret}{more}abcdefgh");
        for (form, other) in encoded(&secret).into_iter().zip(encoded(&other)) {
            let shown = redactor.mask(&format!("§{form}§{other}§"));
            prop_assert_eq!(shown.as_str(), "§***§***§");
        }
        let shown = redactor.mask(&format!("§{both}§"));
        prop_assert_eq!(shown.as_str(), "§***§");
    }

    #[test]
    fn base64_of_a_text_around_a_secret_holds_none_of_its_own_digits(
        secret in secrets(), before in ".{0,8}", after in ".{0,8}",
    ) {
        let redactor = redactor(&secret);
        for engine in [STANDARD, URL_SAFE] {
            let text = engine.encode(format!("{before}{secret}{after}"));
            let (shown, places) = redactor.mask_counted(&text);
            prop_assert!(places > 0, "{} in {}", shown, text);
            let start = (before.len() * 8).div_ceil(6);
            let end = (before.len() + secret.len()) * 8 / 6;
            prop_assert!(!shown.as_str().contains(&text[start..end]), "{} in {}", shown, text);
        }
    }
}
