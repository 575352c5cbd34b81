//! Command lines, and the requests that curl would send.

use fluxloop_curl::{Body, Command, CurlError, FormPart, Request, Shell, Text};

/// A request in a few lines: method and URL, headers, body. Variables are `<NAME>`.
fn shown(request: &Request) -> String {
    let text = |text: &Text| text.with_variables(|name| format!("<{name}>"));
    let mut out = format!("{} {}", request.method, text(&request.url));
    for (name, value) in &request.headers {
        out.extend([&*format!("\n{name}: "), &*text(value)]);
    }
    match &request.body {
        Body::Text(body) => out.extend(["\n\n", &*text(body)]),
        Body::Parts(parts) => out.extend(["\n\n", &*text(&FormPart::body(parts))]),
        Body::None => {}
    }
    out
}

fn request(line: &str) -> Result<Request, CurlError> {
    Command::parse(line)?.request(&mut |path| match path {
        "a.json" => Ok(b"{\"a\":\r\n1}\n".to_vec()),
        "binary" => Ok(vec![0xFF, 0xFE]),
        _ => Err("there is no such file".to_owned()),
    })
}

#[track_caller]
fn check(line: &str, expected: &str) {
    let request = request(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    assert_eq!(shown(&request), expected, "{line}");
}

#[track_caller]
fn check_error(line: &str, expected: &str) {
    assert_eq!(request(line).expect_err(line).to_string(), expected, "{line}");
}

#[track_caller]
fn check_notes(line: &str, expected: &[&str]) {
    let command = Command::parse(line).expect(line);
    let notes: Vec<_> = command.notes().iter().map(|note| note.what.as_str()).collect();
    assert_eq!(notes, expected, "{line}");
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

#[test]
fn quotes_of_posix_shells_are_undone() {
    check(r"curl h/a -d 'x y'", &format!("POST http://h/a\n{FORM}\n\nx y"));
    check(r#"curl h/a -d "x \"y\" \$z \q""#, &format!("POST http://h/a\n{FORM}\n\nx \"y\" $z \\q"));
    check(r"curl h/a -d 'it'\''s'", &format!("POST http://h/a\n{FORM}\n\nit's"));
    check(r"curl h/a -d a\ b", &format!("POST http://h/a\n{FORM}\n\na b"));
    check("curl h/a \\\n  -d 'x\ny'", &format!("POST http://h/a\n{FORM}\n\nx\ny"));
    check("curl h/a \\\r\n  -d x\r\n", &format!("POST http://h/a\n{FORM}\n\nx"));
    check("curl h/a # -d x", "GET http://h/a");
}

#[test]
fn ansi_quotes_are_undone() {
    let expected = format!("POST http://h/a\n{FORM}\n\nit's\n\té!\u{1F600}\\");
    check(r"curl h/a -d $'it\'s\n\t\xc3\xa9\u0021\ud83d\ude00\\'", &expected);
    check_error(r"curl h/a -d $'\xff'", "the text has bytes or characters that are not text");
}

#[test]
fn variables_stay_variables_and_single_quotes_keep_them() {
    check(
        r#"curl "$BASE/a" -H "authorization: Bearer ${KEY}" -H 'x: $KEY' -H "y: ${A:-b c}""#,
        "GET <BASE>/a\nauthorization: Bearer <KEY>\nx: $KEY\ny: <A:-b c>",
    );
    check(r#"curl "h/$A$B?x=$""#, "GET http://h/<A><B>?x=$");
}

#[test]
fn variables_that_the_line_sets_are_known() {
    let command = Command::parse("export KEY='sk 1'\nA=b; curl h -H \"x: $KEY\"").unwrap();
    let expected = [("KEY".to_owned(), "sk 1".into()), ("A".to_owned(), "b".into())];
    assert_eq!(command.variables(), expected);
}

#[test]
fn here_documents_are_standard_input() {
    check("curl h/a -d @- <<'EOF'\n{$A}\nEOF\n", &format!("POST http://h/a\n{FORM}\n\n{{$A}}"));
    check(
        "curl h/a --json @- <<EOF -s\n{\"a\": \"$A\"}\nEOF\n",
        "POST http://h/a\nContent-Type: application/json\nAccept: application/json\n\n{\"a\": \
         \"<A>\"}\n",
    );
    check("curl h/a -d @- <<< 'x'", &format!("POST http://h/a\n{FORM}\n\nx"));
    check(
        "curl h/a --data-binary @- < a.json",
        &format!("POST http://h/a\n{FORM}\n\n{{\"a\":\r\n1}}\n"),
    );
    check_error("curl h/a -d @- <<EOF\nx\n", "the end of the here-document is missing");
}

#[test]
fn what_a_shell_would_run_is_refused() {
    check_error(
        "curl h -d \"$(cat x)\"",
        "`$(…)` or backquotes: the shell would run a command here",
    );
    check_error("curl h -d `cat x`", "`$(…)` or backquotes: the shell would run a command here");
    check_error("curl h -d \"${A#b}\"", "`${…}` with more than a name and a default is not read");
    check_error("curl h -d 'x", "a quote (`'`) is not closed");
}

#[test]
fn what_follows_the_command_is_named() {
    check_notes("curl h | jq .", &["|"]);
    check_notes("curl h > out 2>/dev/null && ls", &[">", ">", "&"]);
    check_notes("curl h?a=1&b=2", &["&"]);
    check_notes("curl h -s -o out -w '%{http_code}'", &[]);
    check_notes("curl h --next other", &["--next"]);
    check_notes("curl h \\  \n -d x", &["\\"]);
    check("$ curl h/a \\\n> -d x", &format!("POST http://h/a\n{FORM}\n\nx"));
}

#[test]
fn quotes_of_cmd_are_undone() {
    let line = "curl ^\"https://h/a?x=^%^C3^%^A9^\" ^\n  -H ^\"accept: */*^\" ^\n  --data-raw \
                ^\"^{^\\^\"a^\\^\":^\\^\"say ^\\^\\^\\^\"hi^\\^\\^\\^\" ^\\^\\n^\\^\"^}^\"";
    check(
        line,
        &format!(
            "POST https://h/a?x=%C3%A9\naccept: */*\n{FORM}\n\n{{\"a\":\"say \\\"hi\\\" \\n\"}}"
        ),
    );
    let line = "curl.exe \"http://h/a\" ^\r\n -H \"x: %KEY%\" -d \"{\"\"a\"\": \\\"b\\\"}\"\r\n";
    check(line, &format!("POST http://h/a\nx: <KEY>\n{FORM}\n\n{{\"a\": \"b\"}}"));
    check("curl ^\"http://h/^\" -d ^\"a^\n\nb^\"", &format!("POST http://h/\n{FORM}\n\na\nb"));
}

#[test]
fn quotes_of_powershell_are_undone() {
    let line = "curl.exe http://h/a `\n  -H \"x: Bearer $env:KEY\" `\n  -d '{\\\"a\\\": \
                \\\"it''s\\\"}'";
    check(line, &format!("POST http://h/a\nx: Bearer <KEY>\n{FORM}\n\n{{\"a\": \"it's\"}}"));
    let line = "curl.exe http://h/a `\n -d '{\"a\": \"say \\\"hi\\\"\"}'";
    check(line, &format!("POST http://h/a\n{FORM}\n\n{{\"a\": \"say \\\"hi\\\"\"}}"));
    let line = "curl.exe http://h/a `\n -d \"a`\"b`n$($x)\"";
    check_error(line, "`$(…)` or backquotes: the shell would run a command here");
    let line = "curl.exe http://h/a `\n --data-raw @'\n{\"a\": 1}\n'@";
    check(line, &format!("POST http://h/a\n{FORM}\n\n{{\"a\": 1}}"));
    assert_eq!(Shell::of("curl.exe 'http://h'"), Shell::PowerShell);
    check_error(
        "Invoke-WebRequest -Uri http://h",
        "`Invoke-WebRequest` and its short names are not curl",
    );
}

#[test]
fn the_method_follows_from_the_data() {
    check("curl h", "GET http://h");
    check("curl -I h", "HEAD http://h");
    check("curl -X PUT h -d x", &format!("PUT http://h\n{FORM}\n\nx"));
    check("curl -sSXPATCH h", "PATCH http://h");
    check("curl -G h -d a=1 -d b=2", "GET http://h/?a=1&b=2");
    check("curl -G h/a?x=1 -d a=1", "GET http://h/a?x=1&a=1");
}

#[test]
fn data_is_joined_and_encoded() {
    check("curl h/ -d a -d b", &format!("POST http://h/\n{FORM}\n\na&b"));
    check(
        "curl h/ --data-urlencode 'q=a b&é' --data-urlencode =x --data-urlencode 'y z'",
        &format!("POST http://h/\n{FORM}\n\nq=a+b%26%C3%A9&x&y+z"),
    );
    check("curl h/ --data-urlencode \"q=a $B\"", &format!("POST http://h/\n{FORM}\n\nq=a+<B>"));
    check("curl h/ -d @a.json", &format!("POST http://h/\n{FORM}\n\n{{\"a\":1}}"));
    check("curl h/ --data-raw @a.json", &format!("POST http://h/\n{FORM}\n\n@a.json"));
    check_error("curl h/ -d @b.json", "`-d` names the file `b.json`: there is no such file");
    check_error(
        "curl h/ --data-binary @binary",
        "`--data-binary @binary` cannot be carried over: the file is not text, and a body is text \
         in the configuration",
    );
}

#[test]
fn headers_of_the_line_win() {
    let json = "POST http://h/\nContent-Type: application/json\nAccept: application/json\n\n{}[]";
    check("curl h/ --json {} --json []", json);
    check(
        "curl h/ -H 'content-type: text/x' --json {}",
        "POST http://h/\ncontent-type: text/x\nAccept: application/json\n\n{}",
    );
    check("curl h/ -H content-type: -d x", "POST http://h/\n\nx");
    check(
        "curl h/ -b a=b -b c=d -A ua -e 'r;auto' -r 0-5",
        "GET http://h/\nCookie: \
          a=b;c=d\nUser-Agent: ua\nReferer: r\nRange: bytes=0-5",
    );
    check("curl h/ --oauth2-bearer t -u a:b", "GET http://h/\nAuthorization: Bearer t");
    check("curl h/ -H 'X-Empty;' -H 'X:  a  '", "GET http://h/\nX-Empty: \nX: a");
    assert_eq!(request("curl h/ -u a:b").unwrap().user, Some("a:b".into()));
}

#[test]
fn forms_in_parts_are_written() {
    let boundary = "------------------------fluxloop0form0part0";
    check(
        "curl h/ -F 'a=x y' -F 'b=\"1;2\";type=text/x'",
        &format!(
            "POST http://h/\nContent-Type: multipart/form-data; \
             boundary={boundary}\n\n--{boundary}\r\nContent-Disposition: form-data; \
             name=\"a\"\r\n\r\nx y\r\n--{boundary}\r\nContent-Disposition: form-data; \
             name=\"b\"\r\nContent-Type: text/x\r\n\r\n1;2\r\n--{boundary}--\r\n"
        ),
    );
    check_error(
        "curl h/ -F f=@photo.png",
        "`-F` cannot be carried over: files in a form with parts are not sent",
    );
}

#[test]
fn patterns_of_urls_are_refused_and_their_escapes_undone() {
    check(r"curl 'h/a\[0\]=\{x\}#f'", "GET http://h/a[0]={x}");
    check("curl -g 'h/{a,b}'", "GET http://h/{a,b}");
    check("curl 'http://[::1]:8000/x'", "GET http://[::1]:8000/x");
    for line in ["curl 'h/{a,b}'", "curl 'h/[1-3]'"] {
        let why = "it stands for several URLs; one is sent";
        check_error(line, &format!("`{{…}} or […]` cannot be carried over: {why}"));
    }
}

#[test]
fn options_of_the_connection_are_read() {
    let line = "curl https://h -kL -x proxy:3128 -U u:p --cacert ca.pem -E c.pem --key k.pem -m \
                2.5 --connect-timeout 1 --retry 3 --retry-delay 1 --http2-prior-knowledge";
    let request = request(line).unwrap();
    assert!(request.insecure && request.follows_redirects && request.http2);
    assert_eq!(request.proxy, Some("proxy:3128".into()));
    assert_eq!(request.proxy_user, Some("u:p".into()));
    assert_eq!([&request.ca_file, &request.cert, &request.key].map(Option::is_some), [true; 3]);
    assert_eq!((request.max_time, request.connect_timeout), (Some(2.5), Some(1.0)));
    assert_eq!((request.retries, request.retry_delay), (Some(3), Some(1.0)));
}

#[test]
fn what_has_no_counterpart_is_named() {
    check_notes(
        "curl h --resolve a:1:b -4 --digest --http1.1",
        &["--resolve", "-4", "--digest", "--http1.1"],
    );
    check_error(
        "curl h -T f",
        "`-T` cannot be carried over: a body is text in the configuration; \
                 use `--data-binary @FILE` for a text",
    );
    check_error("curl h --data=sk-1", "curl has no option `--data`");
    check_error("curl h -d", "the value of `-d` is missing");
    check_error("curl -s", "the line has no URL");
    check_error("wget h", "the line does not start with `curl`");
    check_error(
        "curl a b",
        "`--url` cannot be carried over: the line has several URLs; one is sent",
    );
}
