//! The layer of the flags that have a key of their own.

use serde_json::Number;

use crate::yaml::{Node, Shape};
use crate::{LoadOptions, Origin};

/// The layer of the flags that have a key of their own.
pub(super) fn layer(options: &LoadOptions) -> Node {
    let mut root = Node::empty_map(Origin::Flag("the command line"));
    let numbers = [
        ("--iterations", &["iterations"][..], options.iterations),
        ("--parallelism", &["simulation", "parallelism"], options.parallelism),
    ];
    for (flag, path, value) in numbers {
        if let Some(value) = value {
            let shape = Shape::Number(Number::from(value), value.to_string());
            root.set(&owned(path), Node { origin: Origin::Flag(flag), shape });
        }
    }
    if let Some(output) = &options.output {
        let text = output.to_string_lossy().replace("${", "$${");
        root.set(&owned(&["output_directory"]), Node::text(Origin::Flag("--output"), text));
    }
    root
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|key| (*key).to_owned()).collect()
}
