//! The connection breaks, or none is there.

use FailureKind::{Connect, Dns, Protocol, Proxy, Status, Tls, Truncated};
use Phase::{AfterText, BeforeText, Sent};
use fluxloop_trace::{FailureKind, Phase};

use super::breaks;
use crate::Row;

pub(super) const ROWS: &[Row] = &[
    Row::succeeds("", 1).what("nothing goes wrong"),
    Row::fails("", Connect, Phase::Connect, 3)
        .what("nothing listens at the address")
        .set(&["runner.http.url=http://127.0.0.1:1/"])
        .told(
            "the connection was refused: `http://127.0.0.1:1`",
            "check that the server is running and that `runner.http.url` is right: \
             `curl http://127.0.0.1:1` shows the same fault",
        )
        .says(&["(after 3 attempts)"]),
    // A label of a name has at most 63 characters, so that nobody is asked for this one.
    Row::fails("", Dns, Phase::Connect, 3)
        .what("nobody knows the host's name")
        .set(&["runner.http.url=http://agent-of-a-name-that-is-longer-than-the-63-letters-\
                of-a-label-may-be.invalid/"])
        .told(
            "the host name could not be resolved: `http://agent-of-a-name-that-is-longer-than-\
             the-63-letters-of-a-label-may-be.invalid`",
            "",
        ),
    Row::fails("", Tls, Phase::Connect, 1)
        .what("a server without TLS is called by `https://`")
        .set(&["runner.http.url=https://{address}/chat"])
        .told(
            "the peer does not speak TLS: `https://{address}`; not retried",
            "if the server speaks plain HTTP, write `http://`",
        ),
    Row::fails("", Proxy, Phase::Connect, 3)
        .what("nothing listens at the proxy's address")
        .set(&["runner.http.url=http://agent.invalid/", "runner.http.proxy=http://127.0.0.1:1"])
        .told(
            "no connection to the proxy could be opened: `http://127.0.0.1:1`, named by \
             `runner.http.proxy`",
            "",
        ),
    Row::fails("status=403", Proxy, Phase::Connect, 3)
        .what("the proxy refuses to open the way")
        .set(PROXIED)
        .told(
            "the proxy refused to open the way to the server, or does not answer as a proxy does: \
             `http://{address}`, named by `runner.http.proxy`",
            "check the proxy's logs: it may not let anybody through to that host and port, or find \
             no way there itself",
        ),
    Row::fails("status=407", Proxy, Phase::Connect, 1)
        .what("the proxy wants a password")
        .set(PROXIED)
        .told(
            "the proxy wants to know who asks, or does not accept who does (status 407): \
             `http://{address}`, named by `runner.http.proxy`; not retried",
            "put the user and password that the proxy wants into its URL, \
             `http://USER:PASSWORD@HOST:PORT`",
        ),
    Row::fails("close", Proxy, Phase::Connect, 3)
        .what("the proxy closes the connection")
        .set(PROXIED)
        .told(
            "the proxy closed the connection instead of opening the way to the server: \
             `http://{address}`, named by `runner.http.proxy`",
            "check the proxy's logs: it accepted the connection and closed it without an answer",
        ),
    Row::fails("status=407", Proxy, Phase::Status, 1)
        .what("the proxy wants a password before it passes on plain HTTP")
        .set(PROXIED_PLAINLY)
        .told(
            "the proxy answered 407 Proxy Authentication Required: the mock answers with 407; not \
             retried",
            "put the user and password that the proxy wants into its URL, \
             `http://USER:PASSWORD@HOST:PORT`",
        ),
    Row::fails(
        "status=403,header=\"x-squid-error: ERR_ACCESS_DENIED 0\",body=\"<title>ERROR</title>\
         <p>Access denied\"",
        Proxy,
        Phase::Status,
        1,
    )
    .what("the proxy does not let the request through")
    .set(PROXIED_PLAINLY)
    .told(
        "the proxy answered 403 Forbidden: ERROR: Access denied; not retried",
        "check the proxy's access rules, or have the host reached without it: \
         `runner.http.proxy: none`, or NO_PROXY",
    ),
    Row::fails("status=503,header=\"server: tinyproxy/1.11.1\"", Proxy, Phase::Status, 3)
        .what("the proxy does not reach the server")
        .set(PROXIED_PLAINLY)
        .told(
            "the proxy answered 503 Service Unavailable: the mock answers with 503",
            "check that the server is running, and that the proxy can reach it: \
             `runner.http.proxy`, or HTTP_PROXY, HTTPS_PROXY and NO_PROXY, name the proxy",
        ),
    Row::fails("", Proxy, Phase::Connect, 1)
        .what("an HTTP proxy is called as a SOCKS proxy")
        .set(&["runner.http.url=http://agent.invalid/", "runner.http.proxy=socks5h://{address}"])
        .told(
            "the proxy does not answer as a SOCKS proxy of this version does: \
             `socks5h://{address}`, named by `runner.http.proxy`; not retried",
            "check the address and the scheme of the proxy: an HTTP proxy is written \
             `http://HOST:PORT`, and SOCKS 4 `socks4a://HOST:PORT`",
        ),
    Row::fails("close", Truncated, Sent, 3)
        .what("the server closes the connection, and a proxy stands between")
        .set(PROXIED_PLAINLY)
        .told(
            "the connection was closed before the head of an answer was whole (a proxy stood \
             between: `http://{address}`, named by `runner.http.proxy`): `http://agent.invalid`",
            "check the server's logs: it accepted the connection and closed it without an answer",
        ),
    Row::fails("status=503", Status, Phase::Status, 3)
        .what("the server answers 503, and a proxy stands between")
        .set(PROXIED_PLAINLY)
        .told(
            "the server answered 503 Service Unavailable (a proxy stood between: \
             `http://{address}`, named by `runner.http.proxy`): the mock answers with 503",
            "the server, or a proxy before it, is down or has too much to do: check its logs, or \
             come back later; if the status does not go away, remove it from \
             `runner.http.retry.status_codes`",
        ),
    Row::succeeds("reset_peer@1", 2),
    Row::succeeds("close@1-2", 3),
    Row::succeeds("close_idle", 1)
        .inputs(2)
        .resends(1)
        .says(&["1 resend after a connection had died unanswered"]),
    Row::succeeds("close_idle=20ms", 1).inputs(2).set(&["run_delay_seconds=0.3"]),
    Row::succeeds("slow_close=50ms", 1).inputs(2),
    breaks("limit_data=200").keeps("one"),
    breaks("timeout=50ms,deltas=2"),
    breaks(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/plain\\r\\ncontent-length: 99\\r\\n\\r\\n\
         one two\"",
    )
    .what("the only body is text, and most of it is missing")
    .set(&["runner.http.stream=none", "runner.http.stream_output_path=null"]),
    Row::succeeds("close:deltas=2@1", 2),
    Row::fails("bad_chunk", Protocol, BeforeText, 1).told(BAD_FRAMING.0, BAD_FRAMING.1),
    Row::fails("bad_chunk:deltas=2", Protocol, AfterText, 1)
        .keeps("one two")
        .told(BAD_FRAMING.0, BAD_FRAMING.1),
    Row::fails("garbage", Protocol, Sent, 1).told(
        "the answer does not begin as an HTTP answer does: `http://{address}`; not retried",
        "",
    ),
    Row::fails("many_headers=200,size=4096", Protocol, Sent, 1).told(
        "the head of the answer has too many headers, or too long ones: `http://{address}`; not \
         retried",
        "find out which headers the server sends, or what stands between adds: `curl -i URL` \
         shows them",
    ),
];

const PROXIED: &[&str] =
    &["runner.http.url=https://agent.invalid/", "runner.http.proxy=http://{address}"];

const PROXIED_PLAINLY: &[&str] =
    &["runner.http.url=http://agent.invalid/", "runner.http.proxy=http://{address}"];

const BAD_FRAMING: (&str, &str) = (
    "the body is not framed as HTTP frames bodies; not retried",
    "the server, or a proxy before it, breaks the chunked framing: check their logs",
);
