//! Finds the name that was probably meant.

/// The name that differs least from the one given, if few letters differ.
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let candidates = names
        .into_iter()
        .filter_map(|candidate| distance(name, candidate).map(|distance| (distance, candidate)));
    candidates.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// How many letters differ, without regard to case and separators; `None` where too many do.
fn distance(a: &str, b: &str) -> Option<usize> {
    let (a, b) = (folded(a), folded(b));
    let length = a.chars().count().max(b.chars().count());
    if length < 3 || a.chars().count().abs_diff(b.chars().count()) > length / 4 {
        return None;
    }
    let distance = strsim::damerau_levenshtein(&a, &b);
    (distance <= (length / 5).clamp(1, 2)).then_some(distance)
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, names: &[&'static str], expected: Option<&str>) {
        assert_eq!(nearest(name, names.iter().copied()), expected, "{name}");
    }

    #[test]
    fn a_slip_finds_the_name() {
        check("txt", &["text", "type"], Some("text"));
        check("see", &["sse", "none"], Some("sse"));
        check("PSOT", &["GET", "POST", "PUT"], Some("POST"));
        check("tiemout", &["idle_timeout", "timeout"], Some("timeout"));
        check("iteration", &["iterations", "simulation"], Some("iterations"));
        check("stream_outputpath", &["stream_output_path", "stream"], Some("stream_output_path"));
        check("TEXT_MESSAGE_CONTNET", &["TEXT_MESSAGE_END", "TEXT_MESSAGE_CONTENT"], {
            Some("TEXT_MESSAGE_CONTENT")
        });
        check("text_delta", &["text-delta", "text-start"], Some("text-delta"));
        check("failedFinishReasons", &["failed_finish_reasons"], Some("failed_finish_reasons"));
    }

    #[test]
    fn another_word_finds_nothing() {
        check("response.refusal.delta", &["response.output_text.delta"], None);
        check("chunk", &["done", "error"], None);
        check("ok", &["on"], None);
        check("xyz", &["sse", "none"], None);
        check("banana", &["headers", "timeout", "url"], None);
    }
}
