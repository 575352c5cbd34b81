"""Serves llmock, which breaks the first attempt of most cases, and judges what its client does then.

The model that a request names is the case's name.
"""

from llmock.chaos import ChaosSettings
from llmock.main import create_app
from llmock.scenarios import Fail, Match, StreamFault
from llmock.simulation import MockResponseSettings

from serve import cases, serve

PATHS = ["/v1/chat/completions", "/v1/responses", "/anthropic/v1/messages", "/cohere/v2/chat"]


def fault(number, match):
    """What happens to the first attempt of a case; chunk five may be the last of its text."""
    after = 1 + number // 6
    return [
        [],
        [StreamFault("truncate", after_chunks=after, match=match)],
        [StreamFault("truncate", after_chunks=5 - after, match=match)],
        [StreamFault("disconnect", after_chunks=after, match=match)],
        [Fail(429, retry_after=0.2, match=match)],
        [Fail(503, match=match)],
    ][number % 6]


app = create_app(ChaosSettings(), MockResponseSettings("echo", "off"))
for path in PATHS:
    for number, name in enumerate(cases()):
        app.state.llmock.scenarios.add(*fault(number, Match(path=path, model=name)))

serve(app)
