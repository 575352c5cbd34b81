//! Several paths, looked up in one pass.

use std::ops::Range;
use std::sync::Arc;

use crate::found::RawFound;
use crate::scan::{Hit, Lookup, PathTree};
use crate::{Found, JsonError, JsonPath, Step};

/// Up to how many different paths need no allocation.
const SLOTS_ON_STACK: usize = 32;

/// Several paths of names and indices that are looked up in one pass over the JSON text.
///
/// ```
/// use fluxloop_jsonpath::{JsonPath, PathSet};
///
/// let paths = [JsonPath::parse("type")?, JsonPath::parse("usage.output_tokens")?];
/// let set = PathSet::new(&paths).expect("both have names alone");
///
/// let mut tokens = None;
/// set.scan(r#"{"type": "message_delta", "usage": {"output_tokens": 15}}"#, |path, found| {
///     if path == 1 {
///         tokens = found.into_text();
///     }
/// })?;
/// assert_eq!(tokens.as_deref(), Some("15"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cheap to clone. The documents of one stream are better given to a [`StreamScanner`].
///
/// [`StreamScanner`]: crate::StreamScanner
#[derive(Clone, Debug)]
pub struct PathSet {
    joined: Arc<Joined>,
}

#[derive(Debug)]
struct Joined {
    tree: PathTree,
    /// For each path, in the order it came, its slot in the tree.
    slots: Vec<usize>,
    different: usize,
}

impl PathSet {
    /// Joins paths. `None` if one of them is not [singular](JsonPath::is_singular).
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p JsonPath>) -> Option<Self> {
        let paths: Option<Vec<&[Step]>> = paths.into_iter().map(JsonPath::steps).collect();
        Some(Self::of_steps(&paths?))
    }

    /// Joins paths that are given by their steps.
    pub(crate) fn of_steps(paths: &[&[Step]]) -> Self {
        let mut sorted = paths.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let slots = paths.iter().map(|path| sorted.partition_point(|other| other < path)).collect();
        let joined = Joined { tree: PathTree::new(&sorted), slots, different: sorted.len() };
        Self { joined: Arc::new(joined) }
    }

    /// Calls `visit` with the place of each path that finds a value, in the order of the paths,
    /// and with that value.
    ///
    /// Nothing is visited unless the whole text is valid JSON. Nothing is allocated for up to 32
    /// paths and strings without escapes.
    pub fn scan<'j>(
        &self,
        json: &'j str,
        mut visit: impl FnMut(usize, Found<'j>),
    ) -> Result<(), JsonError> {
        self.look(json, |path, place, is_plain| {
            visit(path, RawFound::new(&json[place], is_plain).read());
        })
        .map(drop)
    }

    /// Does what [`scan`](Self::scan) does, for those who want few of the values: what is found is
    /// not looked at.
    pub fn scan_raw<'j>(
        &self,
        json: &'j str,
        mut visit: impl FnMut(usize, RawFound<'j>),
    ) -> Result<(), JsonError> {
        self.look(json, |path, place, is_plain| visit(path, RawFound::new(&json[place], is_plain)))
            .map(drop)
    }

    /// How many paths were joined.
    pub(crate) fn len(&self) -> usize {
        self.joined.slots.len()
    }

    /// Does what [`look`](Self::look) does, with room for the places that the caller keeps.
    pub(crate) fn look_in(
        &self,
        json: &str,
        hits: &mut Vec<Hit>,
        visit: impl FnMut(usize, Range<usize>, bool),
    ) -> Result<bool, JsonError> {
        hits.clear();
        hits.resize(self.joined.different, None);
        self.look_with(json, hits, visit)
    }

    /// Calls `visit` with the place of each path that finds a value, in the order of the paths,
    /// with where the value stands, and with whether no string of the document has a backslash.
    /// Returns the latter.
    pub(crate) fn look(
        &self,
        json: &str,
        visit: impl FnMut(usize, Range<usize>, bool),
    ) -> Result<bool, JsonError> {
        match self.joined.different {
            0..=1 => self.look_with(json, &mut [None; 1], visit),
            2..=SLOTS_ON_STACK => self.look_with(json, &mut [None; SLOTS_ON_STACK], visit),
            many => self.look_with(json, &mut vec![None; many], visit),
        }
    }

    fn look_with(
        &self,
        json: &str,
        hits: &mut [Hit],
        mut visit: impl FnMut(usize, Range<usize>, bool),
    ) -> Result<bool, JsonError> {
        let is_plain = Lookup::run(&self.joined.tree, json, hits)?;
        for (path, slot) in self.joined.slots.iter().enumerate() {
            if let Some(Some((begin, end))) = hits.get(*slot) {
                visit(path, *begin..*end, is_plain);
            }
        }
        Ok(is_plain)
    }
}
