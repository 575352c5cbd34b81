//! Several paths, looked up in documents that are nearly the same.

use std::ops::Range;

use crate::path_set::Room;
use crate::scan::Shape;
use crate::{Found, JsonError, PathSet, RawFound};

/// So many misses in a row are put down to the beginning of a stream.
const PATIENCE: u32 = 4;

/// So many values are found in most documents, at most.
const FEW_SPANS: usize = 16;

/// After more misses, one document in so many is tried.
const PAUSE: u32 = 32;

/// Looks up the paths of a [`PathSet`] in the documents of one stream, one after another.
///
/// It finds what [`PathSet::scan`] finds and refuses what that refuses, sooner: the events of an
/// answer repeat each other but for some strings and numbers, and a document that does so is
/// compared with an earlier one instead of being read. It remembers one document of up to 4 KiB.
///
/// ```
/// use fluxloop_jsonpath::{JsonPath, PathSet, StreamScanner};
///
/// let set = PathSet::new(&[JsonPath::parse("delta")?]).expect("it has names alone");
/// let mut scanner = StreamScanner::new(&set);
///
/// let mut text = String::new();
/// for json in [r#"{"delta":"Hel"}"#, r#"{"delta":"lo"}"#] {
///     scanner.scan(json, |_, found| text.extend(found.into_text()))?;
/// }
/// assert_eq!(text, "Hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StreamScanner {
    set: PathSet,
    shape: Shape,
    /// What the paths found in the document of `shape`.
    spans: Vec<Span>,
    /// For each path, which of `spans` is its own, counted from 1; 0 where it found nothing.
    of_path: Vec<u16>,
    /// Kept so that no document allocates it.
    room: Room,
    /// How many strings and numbers varied when `spans` were [aligned](Self::align) with them.
    aligned: usize,
    /// How many documents were read, and not compared.
    read: u64,
    /// How many documents in a row had to be read.
    misses: u32,
}

/// What one path found.
#[derive(Clone, Copy, Debug)]
struct Span {
    path: usize,
    begin: usize,
    end: usize,
    /// How many of the strings and numbers that vary end before `begin` and before `end`: the last
    /// of them says by how much each is shifted.
    before: [usize; 2],
}

impl StreamScanner {
    /// Begins a stream. Nothing is allocated before its first document.
    pub fn new(set: &PathSet) -> Self {
        Self {
            set: set.clone(),
            shape: Shape::default(),
            spans: Vec::new(),
            of_path: Vec::new(),
            room: Room::default(),
            aligned: 0,
            read: 0,
            misses: 0,
        }
    }

    /// Does what [`PathSet::scan`] does.
    #[inline]
    pub fn scan<'j>(
        &mut self,
        json: &'j str,
        mut visit: impl FnMut(usize, Found<'j>),
    ) -> Result<(), JsonError> {
        self.next(json)?;
        let is_plain = self.shape.is_plain();
        for span in &self.spans {
            visit(span.path, RawFound::new(&json[self.place(span)], is_plain).read());
        }
        Ok(())
    }

    /// Takes the next document, for those who ask for its values one by one
    /// ([`value`](Self::value)). Returns whether it is built like the document before it: then the
    /// same paths found values of the same kinds.
    #[inline]
    pub fn next(&mut self, json: &str) -> Result<bool, JsonError> {
        if self.shape.fits(json) {
            self.misses = 0;
            if self.aligned != self.shape.varying() {
                self.align();
            }
            return Ok(true);
        }
        self.read(json)?;
        Ok(false)
    }

    /// Counts anew what varies before each span.
    #[cold]
    fn align(&mut self) {
        self.aligned = self.shape.varying();
        for span in &mut self.spans {
            span.before = [span.begin, span.end].map(|place| self.shape.varying_before(place));
        }
    }

    /// Where a span stands in the document that was taken last.
    #[inline]
    fn place(&self, span: &Span) -> Range<usize> {
        let [begin, end] = span.before.map(|before| self.shape.shift(before));
        span.begin.wrapping_add(begin)..span.end.wrapping_add(end)
    }

    /// What a path found in the document that was taken last, which is `json`.
    #[inline]
    pub fn value<'j>(&self, path: usize, json: &'j str) -> Option<RawFound<'j>> {
        let span = usize::from(*self.of_path.get(path)?).checked_sub(1)?;
        let place = self.place(self.spans.get(span)?);
        Some(RawFound::new(json.get(place)?, self.shape.is_plain()))
    }

    /// Names what was learned about the documents so far. As long as it stays the same, and
    /// [`next`](Self::next) returns `Ok(true)`, all values that do not [vary](Self::varies) are the
    /// same, too.
    #[inline]
    pub fn generation(&self) -> (u64, usize) {
        (self.read, self.shape.varying())
    }

    /// Whether what a path found was another value, or has other values in it, in documents that
    /// were built alike.
    pub fn varies(&self, path: usize) -> bool {
        let span = self.of_path.get(path).and_then(|span| usize::from(*span).checked_sub(1));
        span.is_some_and(|span| {
            let Span { begin, end, .. } = self.spans[span];
            self.shape.varies_in(begin, end)
        })
    }

    /// The paths that found a value in the document that was taken last, in their order.
    pub fn found(&self) -> impl Iterator<Item = usize> {
        self.spans.iter().map(|span| span.path)
    }

    /// Reads a document, and remembers it if that may pay.
    #[inline(never)]
    fn read(&mut self, json: &str) -> Result<(), JsonError> {
        let Self { set, shape, spans, of_path, room, .. } = self;
        of_path.clear();
        (self.read, self.aligned) = (self.read + 1, 0);
        // Even if it cannot be read.
        shape.forget(false);
        spans.clear();
        spans.reserve(FEW_SPANS);
        let is_plain = set.look_in(json, room, |path, Range { start: begin, end }| {
            spans.push(Span { path, begin, end, before: [0; 2] });
        })?;
        spans.sort_unstable_by_key(|span| span.path);
        of_path.resize(set.len(), 0);
        for (span, number) in spans.iter().zip(1..) {
            of_path[span.path] = number;
        }
        shape.forget(is_plain);
        self.misses = self.misses.wrapping_add(1);
        if self.misses <= PATIENCE || self.misses.is_multiple_of(PAUSE) {
            shape.learn(json);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;
    use proptest::test_runner::{Config, RngSeed};

    use super::*;
    use crate::JsonPath;

    fn set() -> PathSet {
        let paths = ["$", "a", "a.b", "a.a", "b", "b[0]", "b[-1].a", "a[1]", "[0]", "[-1]", "b"];
        let paths: Vec<JsonPath> =
            paths.iter().map(|path| JsonPath::parse(path).unwrap()).collect();
        PathSet::new(&paths).unwrap()
    }

    type Findings = Result<Vec<(usize, String)>, JsonError>;

    fn found(
        scan: impl FnOnce(&mut dyn FnMut(usize, Found<'_>)) -> Result<(), JsonError>,
    ) -> Findings {
        let mut all = Vec::new();
        scan(&mut |path, found| all.push((path, format!("{found:?}")))).map(|()| all)
    }

    /// Whatever came before, a document gives what it gives alone. Returns how many had not to be
    /// read.
    #[track_caller]
    fn check<J: AsRef<str>>(documents: impl IntoIterator<Item = J>) -> usize {
        let set = set();
        let mut scanner = StreamScanner::new(&set);
        let mut compared = 0;
        for json in documents {
            let json = json.as_ref();
            compared += usize::from(scanner.clone().shape.fits(json));
            let alone = found(|visit| set.scan(json, visit));
            let in_stream = found(|visit| scanner.scan(json, visit));
            assert_eq!(in_stream, alone, "{json}");
        }
        compared
    }

    #[test]
    fn duplicate_names_void_what_many_paths_found() {
        let names = || (0..150).map(|number| format!("x{number:03}"));
        let paths = names().map(|name| JsonPath::parse(&format!("a.{name}")).unwrap());
        let set = PathSet::new(&paths.collect::<Vec<_>>()).unwrap();
        let all = names().map(|name| format!("\"{name}\":0")).collect::<Vec<_>>().join(",");
        let once = format!(r#"{{"a":{{{all}}}}}"#);
        let twice = format!(r#"{{"a":{{{all}}},"a":{{"x070":1,"x149":2}}}}"#);
        for (json, expected) in [(&once, 150), (&twice, 2), (&once, 150)] {
            let mut scanner = StreamScanner::new(&set);
            let in_stream = found(|visit| scanner.scan(json, visit));
            assert_eq!(in_stream, found(|visit| set.scan(json, visit)));
            assert_eq!(in_stream.unwrap().len(), expected, "{json}");
        }
    }

    #[test]
    fn other_strings_and_numbers_need_no_reading() {
        let documents = [
            r#"{"a":{"b":"","a":1},"b":[{"a":-1.5e3}]}"#,
            r#"{"a":{"b":"x","a":1},"b":[{"a":-1.5e3}]}"#,
            r#"{"a":{"b":"","a":12},"b":[{"a":-1.5e3}]}"#,
            r#"{"a":{"b":"é\n\ud83d\ude00","a":-0.5},"b":[{"a":0}]}"#,
            r#"{"a":{"b":"\ud83d","a":1},"b":[{"a":-1.5e3}]}"#,
            r#"{"a":{"b":"\"","a":1},"b":[{"a":-1.5e3}]}"#,
            r#"{"a":{"b":"\\","a":10},"b":[{"a":-1.5E+3}]}"#,
        ];
        assert_eq!(check(documents), documents.len() - 1);
    }

    #[test]
    fn another_structure_is_read() {
        let documents = [
            r#"{"a":"x","b":1}"#,
            r#"{"a":"x","a":1}"#,
            r#"{"a":"x","a":1 }"#,
            r#"{"a":null,"a":1}"#,
            r#"{"a":"null","a":1}"#,
            r#"{"a":1,"a":1}"#,
        ];
        for pair in documents.windows(2) {
            assert_eq!(check(pair), 0, "{pair:?}");
            assert_eq!(check(pair.iter().rev()), 0, "{pair:?} from the end");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_though_it_resembles() {
        let first = r#"{"a":"x","b":[1,"y"]}"#;
        for broken in [
            r#"{"a":"x","b":[1,"y"]"#,
            r#"{"a":"x","b":[1,"y"]}}"#,
            r#"{"a":"x","b":[1,"y"]} 1"#,
            "{\"a\":\"\n\",\"b\":[1,\"y\"]}",
            r#"{"a":"\x","b":[1,"y"]}"#,
            r#"{"a":"\ud80","b":[1,"y"]}"#,
            r#"{"a":"x,"b":[1,"y"]}"#,
            r#"{"a":"x"","b":[1,"y"]}"#,
            r#"{"a":"x","b":[01,"y"]}"#,
            r#"{"a":"x","b":[1.,"y"]}"#,
            r#"{"a":"x","b":[-,"y"]}"#,
            r#"{"a":"x","b":[,"y"]}"#,
            r#"{"a":"x","b":[1e,"y"]}"#,
            r#"{"a":"x","b":[1"#,
            r#"{"a":""#,
            "",
        ] {
            assert_eq!(check([first, broken, first]), 0, "{broken}");
        }
    }

    #[test]
    fn long_documents_and_such_with_many_changes_are_read() {
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(4 << 10));
        let many = format!("[{}0]", "0,".repeat(100));
        assert_eq!(check([&long, &long]), 0);
        assert_eq!(check([r#"{"a":""}"#, &long]), 1);
        assert_eq!(check([&many, &many]), 1);
        assert_eq!(check([&many, &many.replace('0', "1")]), 0);
    }

    #[test]
    fn a_stream_that_repeats_nothing_is_rarely_remembered() {
        let documents = (0..200).map(|n| format!(r#"{{"k{n}":{n}}}"#));
        let mut scanner = StreamScanner::new(&set());
        let mut remembered = 0;
        for json in documents {
            scanner.scan(&json, |_, _| ()).unwrap();
            remembered += usize::from(scanner.shape.clone().fits(&json));
        }
        assert_eq!(remembered, 4 + 200 / 32);
    }

    fn scalar() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec!["1", "-0.5", "1e2", "12", "null", "true", "false"])
                .prop_map(str::to_owned),
            prop::sample::select(vec!["", "x", r"\n", r"\u0041", r"\ud83d\ude00", "é", r#"\""#])
                .prop_map(|text| format!("\"{text}\"")),
            "[a-z ]{0,40}".prop_map(|text| format!("\"{text}\"")),
        ]
    }

    /// The parts of a document: scalars stand apart, so that they can be exchanged.
    fn parts() -> impl Strategy<Value = Vec<String>> {
        let leaf = scalar().prop_map(|scalar| vec![scalar]);
        leaf.prop_recursive(4, 24, 4, |inner| {
            let name = prop::sample::select(vec!["\"a\":", "\"b\" : ", r#""\u0061":"#]);
            let list = |open: &str, parts: Vec<Vec<String>>, close: &str| {
                let inside = parts.join(&",".to_owned());
                [vec![open.to_owned()], inside, vec![close.to_owned()]].concat()
            };
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(move |parts| list("[ ", parts, "]")),
                prop::collection::vec((name, inner), 0..4).prop_map(move |members| {
                    let named = |(name, value): (&str, Vec<String>)| {
                        [vec![name.to_owned()], value].concat()
                    };
                    list("{", members.into_iter().map(named).collect(), " }")
                }),
            ]
        })
    }

    /// How a document follows from the one before it.
    #[derive(Clone, Debug)]
    enum Step {
        Exchange(Index, String),
        Replace(Index, usize, String),
        Other(Vec<String>),
    }

    fn step() -> impl Strategy<Value = Step> {
        let edit = "[\\[\\]{}:,\"\\\\0-9eE.+\\-tnu \u{1}aé]{0,3}";
        prop_oneof![
            4 => (any::<Index>(), scalar()).prop_map(|(at, scalar)| Step::Exchange(at, scalar)),
            4 => (any::<Index>(), 0_usize..3, edit).prop_map(|(at, n, by)| Step::Replace(at, n, by)),
            1 => parts().prop_map(Step::Other),
        ]
    }

    impl Step {
        fn apply(self, parts: &mut Vec<String>) -> String {
            match self {
                Self::Exchange(at, scalar) => {
                    let is_scalar = |part: &String| {
                        !part.contains(['[', ']', '{', '}', ',']) && !part.ends_with([':', ' '])
                    };
                    let scalars: Vec<usize> =
                        (0..parts.len()).filter(|&n| is_scalar(&parts[n])).collect();
                    if !scalars.is_empty() {
                        parts[*at.get(&scalars)] = scalar;
                    }
                    parts.concat()
                }
                // A broken document is not built upon.
                Self::Replace(at, count, by) => {
                    let mut chars: Vec<char> = parts.concat().chars().collect();
                    let begin = at.index(chars.len());
                    let end = (begin + count).min(chars.len());
                    chars.splice(begin..end, by.chars());
                    chars.into_iter().collect()
                }
                Self::Other(other) => {
                    *parts = other;
                    parts.concat()
                }
            }
        }
    }

    fn cases() -> Config {
        let mut config = Config { cases: 4_000, failure_persistence: None, ..Config::default() };
        if config.rng_seed == RngSeed::Random {
            config.rng_seed = RngSeed::Fixed(9535);
        }
        config
    }

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn a_document_gives_what_it_gives_alone(
            mut parts in parts(),
            steps in prop::collection::vec(step(), 1..12),
        ) {
            let first = parts.concat();
            let others: Vec<String> =
                steps.into_iter().map(|step| step.apply(&mut parts)).collect();
            check([first].into_iter().chain(others));
        }
    }
}
