//! The layer of the environment: `FLUXLOOP__RUNNER__HTTP__URL`.

use super::outside::outside_value;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::Node;
use crate::{Environment, Origin};

/// What such a variable begins with. The double underscore keeps them apart from
/// `FLUXLOOP_API_KEY` and the like.
const PREFIX: &str = "FLUXLOOP__";

/// The layer of the environment. Names become lower case; in the name of a header, which a
/// variable could not have otherwise, `_` stands for `-`.
pub(super) fn layer(environment: &Environment, report: &mut Report) -> Node {
    let mut root = Node::empty_map(Origin::Default);
    for (name, value) in environment.iter() {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let origin = Origin::Variable(name.to_owned());
        let mut path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
        if path.iter().any(String::is_empty) {
            report.fault(&origin, "", Fault::UnknownKey { nearest: Vec::new() });
            continue;
        }
        if let [runner, http, headers, header] = path.as_mut_slice()
            && (runner.as_str(), http.as_str(), headers.as_str()) == ("runner", "http", "headers")
        {
            *header = header.replace('_', "-");
        }
        if let Some(value) = outside_value(value.expose(), &origin, &path, report) {
            root.set(&path, value);
        }
    }
    for name in environment.not_utf8().iter().filter(|name| name.starts_with(PREFIX)) {
        report.fault(&Origin::Variable(name.clone()), "", Fault::NotUtf8Value);
    }
    root
}
