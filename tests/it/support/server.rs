//! The mock as a server of its own.

use fluxloop_mock::{Dialect, MockAgent, MockOptions, Script};
use tokio::runtime::Runtime;

/// The mock, on a thread of its own, until it is dropped.
pub(crate) struct Server {
    agent: Option<MockAgent>,
    runtime: Runtime,
}

impl Server {
    pub(crate) fn start(options: MockOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let agent = runtime.block_on(MockAgent::start(options)).expect("the mock starts");
        Self { agent: Some(agent), runtime }
    }

    /// A server that answers as this script says (see `Script::from_json`).
    pub(crate) fn script(json: &str) -> Self {
        let script = Script::from_json(json).expect("the script can be played");
        let dialect = Dialect::Script(script);
        Self::start(MockOptions { dialect, record: 64, ..MockOptions::default() })
    }

    /// Each preset at its paths, and a custom agent, which echo the input and remember requests.
    pub(crate) fn echo() -> Self {
        let paths = ["/", "/chat/first"].map(str::to_owned).to_vec();
        Self::start(MockOptions { paths, record: 64, ..MockOptions::default() })
    }

    pub(crate) fn agent(&self) -> &MockAgent {
        self.agent.as_ref().expect("it is there until it is dropped")
    }

    /// `http://127.0.0.1:PORT` and this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.agent().url())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The agent's tasks end inside the runtime that they run on.
        let _inside = self.runtime.enter();
        self.agent.take();
    }
}
