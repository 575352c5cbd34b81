//! Another status than 200.

use FailureKind::{NoText, RateLimited, Redirect, Status};
use fluxloop_trace::{FailureKind, Phase};

use crate::{Api, Row};

pub(super) const ROWS: &[Row] = &[
    final_status("status=206,body=half").told(
        "the server answered 206 Partial Content: half; not retried",
        "the server sent a part of an answer: remove `range` from `runner.http.headers`",
    ),
    final_status("status=304,body=\"\"").told(
        "the server answered 304 Not Modified: no body; not retried",
        "check `runner.http.url` and `runner.http.headers`: the server refers to another answer",
    ),
    final_status("status=400").told(
        "the server answered 400 Bad Request: the mock answers with 400; not retried",
        "the server does not accept the request, its body or a parameter: compare `--dry-run` with its \
         documentation",
    ),
    final_status("status=401").told(
        "the server answered 401 Unauthorized: the mock answers with 401; not retried",
        "check the key: the header that carries it in `runner.http.headers`, and the variable \
         that feeds it (`.env`)",
    ),
    final_status("status=404,body=\"no such route\"").told(
        "the server answered 404 Not Found: no such route; not retried",
        "check the path of `runner.http.url`, and `runner.http.method`",
    ),
    final_status("status=413,body=\"\"").told(
        "the server answered 413 Payload Too Large: no body; not retried",
        "the server does not accept the request: read its answer, and compare `--dry-run` \
         with its documentation",
    ),
    final_status("status=500").told(
        "the server answered 500 Internal Server Error: the mock answers with 500; not retried",
        "check the server's logs; to have it tried again, add the status to \
         `runner.http.retry.status_codes`",
    ),
    retried_status("status=503")
        .told("the server answered 503 Service Unavailable: the mock answers with 503", DOWN),
    retried_status("status=529")
        .of(Api::Anthropic)
        .told("the server answered 529: the mock answers with 529", DOWN),
    Row::succeeds("status=502@1-2", 3),
    Row::fails("status=429", RateLimited, Phase::Status, 3).told(
        "the server answered 429 Too Many Requests: the mock answers with 429",
        "lower `simulation.parallelism` or set `simulation.rate`, raise \
         `runner.http.retry.attempts`, or come back later",
    ),
    Row::fails("status=429", RateLimited, Phase::Status, 1)
        .set(&["runner.http.retry.status_codes=[503]"])
        .told(
            "the server answered 429 Too Many Requests: the mock answers with 429; not retried",
            "lower `simulation.parallelism`, or have it tried again: add 429 to \
             `runner.http.retry.status_codes`",
        ),
    Row::fails(
        "status=429,body=\"{\\\"error\\\":{\\\"type\\\":\\\"insufficient_quota\\\"}}\"",
        RateLimited,
        Phase::Status,
        1,
    )
    .of(Api::OpenAi)
    .told(
        "the server answered 429 Too Many Requests: {\"type\":\"insufficient_quota\"}; not retried",
        QUOTA,
    )
    .says(&["says `insufficient_quota`"]),
    Row::fails(
        "status=429,body=\"{\\\"error\\\":{\\\"code\\\":429,\\\"message\\\":\\\"Quota exceeded\\\",\
         \\\"details\\\":[{\\\"violations\\\":[{\\\"quotaId\\\":\\\"RequestsPerDay-Free\\\"}]},\
         {\\\"retryDelay\\\":\\\"0.1s\\\"}]}}\"",
        RateLimited,
        Phase::Status,
        1,
    )
    .told("the server answered 429 Too Many Requests: Quota exceeded; not retried", QUOTA),
    Row::succeeds(
        "status=429,body=\"{\\\"error\\\":{\\\"message\\\":\\\"Quota exceeded\\\",\
         \\\"details\\\":[{\\\"retryDelay\\\":\\\"0.2s\\\"}]}}\"@1",
        2,
    )
    .waits(199.0),
    Row::succeeds(
        "status=429,header=\"x-ratelimit-remaining-tokens: 0\",\
         header=\"x-ratelimit-reset-tokens: 200ms\"@1",
        2,
    )
    .waits(199.0),
    Row::succeeds(
        "status=429,body=\"{\\\"error\\\":\\\"Rate limit. Please try again in 200ms.\\\"}\"@1",
        2,
    )
    .waits(199.0),
    Row::succeeds("status=429,retry_after=0.2@1", 2).waits(199.0),
    Row::succeeds("status=503,retry_after_ms=200@1", 2).waits(199.0),
    Row::succeeds("status=503,retry_at=2s@1", 2).waits(500.0),
    Row::succeeds("status=503,retry_after=soon@1", 2),
    Row::succeeds("status=503,retry_after=-5@1", 2),
    Row::fails("status=503,retry_after=600", Status, Phase::Status, 1)
        .told(
            "the server answered 503 Service Unavailable: the mock answers with 503; not retried: \
             the server asks for a wait of 600 s, longer than 120 s",
            COME_BACK,
        )
        .inputs(2)
        .says(&["retry after 10 m 00 s"]),
    // Those that were not sent leave no record.
    Row::fails("status=429,retry_after=600", RateLimited, Phase::Status, 1)
        .told(
            "the server answered 429 Too Many Requests: the mock answers with 429; not retried: \
             the server asks for a wait of 600 s, longer than 120 s",
            COME_BACK,
        )
        .inputs(4)
        .records(3)
        .says(&[
            "429 to 3 cases in a row (`stop.late_429: 3`), and asks to wait until 2",
            "go on after the wait",
            "3 of 4 cases closed",
        ]),
    // Nobody waits for longer than a year.
    Row::fails("status=429,retry_after=99999999999999999999", RateLimited, Phase::Status, 1)
        .told(
            "the server answered 429 Too Many Requests: the mock answers with 429; not retried: \
             the server asks for a wait of 31536000 s, longer than 120 s",
            COME_BACK,
        )
        .says(&["retry after 8760 h 00 m"]),
    Row::fails("status=204", NoText, Phase::Status, 1).told(
        "the server answered 204 No Content with an empty body; not retried",
        "the server says that it has nothing to send: check `runner.http.url` and \
         `runner.http.method`; `runner.http.require_text: false` accepts it",
    ),
    final_status("status=400,body=\"<html><head><title>400 The plain HTTP request was sent to HTTPS \
                  port</title><style>b { x: y }</style></head><body><h1>400 Bad Request</h1></body>\"")
        .told(
            "the server answered 400 Bad Request: 400 The plain HTTP request was sent to HTTPS \
             port: 400 Bad Request; not retried",
            "the port speaks TLS: write `https://` in `runner.http.url`",
        ),
    final_status("status=500,body=\"event: error\\ndata: {\\\"message\\\": \\\"no luck\\\"}\\n\\n\"").told(
        "the server answered 500 Internal Server Error: no luck; not retried",
        "check the server's logs; to have it tried again, add the status to \
         `runner.http.retry.status_codes`",
    ),
    final_status("redirect=302@1")
        .set(&["runner.http.redirects=same-origin"])
        .told(
            "the server answered 400 Bad Request to the GET that a redirect made of the request: \
             the request has no input where the mock looks for it; not retried",
            "put the address that the redirect leads to into `runner.http.url`: a redirect with \
             status 301, 302 or 303 drops the method and the body",
        ),
    Row::fails("redirect", Redirect, Phase::Status, 1).told(
        "status 307 redirects to another address, and redirects are not followed: \
         `http://{address}/chat`; not retried",
        "",
    ),
    Row::fails("redirect", Redirect, Phase::Status, 1)
        .set(&["runner.http.redirects=same-origin"])
        .told(
            "status 307 redirects again, after 5 redirects in a row; not retried",
            "the server redirects in a circle: check `runner.http.url`",
        )
        .says(&["1 sent, 5 redirects followed"]),
    Row::fails("redirect=302,to=https://elsewhere.example/x", Redirect, Phase::Status, 1)
        .set(&["runner.http.redirects=same-origin"])
        .told(
            "status 302 redirects to another origin, which is never followed: \
             `https://elsewhere.example/x`; not retried",
            "put the final address into `runner.http.url`: no header that you configured is sent \
             to another origin",
        ),
    Row::succeeds("redirect@1", 1)
        .set(&["runner.http.redirects=same-origin"])
        .says(&["1 sent, 1 redirect followed"]),
];

pub(super) const DOWN: &str = "the server, or a proxy before it, is down or has too much to do: check its \
                    logs, or come back later; if the status does not go away, \
                    remove it from `runner.http.retry.status_codes`";
const QUOTA: &str = "the quota is used up: see the provider's page of limits and billing, or come \
                     back when the quota is renewed; a retry does not help";
const COME_BACK: &str = "run it again after the wait that the server asks for";

const fn final_status(fault: &'static str) -> Row {
    Row::fails(fault, Status, Phase::Status, 1)
}

const fn retried_status(fault: &'static str) -> Row {
    Row::fails(fault, Status, Phase::Status, 3)
}
