//! Redirects within one origin.

use fluxloop_plan::{MAX_URL_BYTES, Redirects, RequestSpec};
use http::header::{
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, LOCATION,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

use crate::{Cause, Phase, RedirectFault, RequestError};

/// How often one request may be redirected. Within one origin a second hop is rare already.
pub(crate) const MAX_HOPS: u8 = 5;

/// The longest path that is shown, in bytes.
const MAX_SHOWN: usize = 500;

/// Where an answer redirects to, if it does (RFC 9110, section 15.4). `304 Not Modified` says
/// nothing of another place.
pub(crate) fn location(status: StatusCode, headers: &HeaderMap) -> Option<&HeaderValue> {
    if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
        return None;
    }
    headers.get(LOCATION)
}

/// The request that follows a redirect, if the rules allow it.
pub(crate) fn follow(
    rule: Redirects,
    from: &RequestSpec,
    status: StatusCode,
    location: &HeaderValue,
) -> Result<RequestSpec, RequestError> {
    let fail = |fault, detail| {
        RequestError::new(Phase::Body, Cause::Redirect(status, fault)).with_detail(detail)
    };
    let target = std::str::from_utf8(location.as_bytes()).ok();
    let target = target.and_then(|target| from.url.join(target).ok());
    let Some(target) = target.filter(|target| matches!(target.scheme(), "http" | "https")) else {
        return Err(fail(RedirectFault::BadTarget, None));
    };
    // A query may hold a key.
    let address = || {
        let (origin, path) = (target.origin().ascii_serialization(), target.path());
        Some(if path.len() <= MAX_SHOWN { origin + path } else { origin })
    };
    if rule == Redirects::None || !is_followed(status) {
        return Err(fail(RedirectFault::NotFollowed, address()));
    }
    if target.origin() != from.url.origin() {
        return Err(fail(RedirectFault::OtherOrigin, address()));
    }
    let request = redirected(from, status, target);
    if request.url.as_str().len() > MAX_URL_BYTES {
        return Err(fail(RedirectFault::LongTarget, None));
    }
    Ok(request)
}

/// The redirects that a client may follow by itself.
fn is_followed(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The same request to another place; a GET without a body where the standards say so (Fetch
/// standard, "HTTP-redirect fetch"; RFC 9110, sections 15.4.2 to 15.4.4).
fn redirected(from: &RequestSpec, status: StatusCode, mut url: Url) -> RequestSpec {
    // The user's own name and password stay, the server's are not taken.
    let _ = url.set_username(from.url.username());
    let _ = url.set_password(from.url.password());
    let mut request = RequestSpec { url, ..from.clone() };
    let becomes_get = match status.as_u16() {
        301 | 302 => from.method == Method::POST,
        303 => !matches!(from.method, Method::GET | Method::HEAD),
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body = None;
        for name in
            [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE]
        {
            request.headers.remove(name);
        }
    }
    request
}
