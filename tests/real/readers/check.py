"""Reads the exports of a run with hostile answers by programs of others, and compares them with the
journal. Prints a line for each check; a line begins with `ok` when both agree.

The variable FLUXLOOP names the program, HOSTILE the texts.
"""

import csv
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path

import duckdb
import pyarrow.parquet
from junitparser import Error, Failure, JUnitXml
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

FLUXLOOP = os.environ["FLUXLOOP"]
PROJECT = Path("project")
# What a spreadsheet would compute gets a quote in front.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
failed = 0


def check(name, found, expected):
    global failed
    if found == expected:
        print(f"ok {name}")
    else:
        failed += 1
        print(f"{name}: {found!r}\n  and not {expected!r}")


def fluxloop(*arguments, codes=(0,)):
    done = subprocess.run([FLUXLOOP, *arguments], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode in codes, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def prepare(hostile):
    """A project whose questions and answers are hostile; every third answer is an error."""
    shutil.rmtree(PROJECT, ignore_errors=True)
    (PROJECT / "configs").mkdir(parents=True)
    answers, inputs = [], []
    for number, entry in enumerate(hostile):
        text = entry.get("json") or json.dumps(entry["text"])
        if number % 3 == 2:
            body = '{"error":{"message":%s}}' % text
            answers.append({"status": 500, "headers": {"content-type": "application/json"}, "steps": [{"send": body}]})
        else:
            body = 'data: {"delta":%s}\n\nevent: done\ndata: {}\n\n' % text
            answers.append({"headers": {"content-type": "text/event-stream"}, "steps": [{"send": body}]})
        question = entry.get("text", entry["name"])
        inputs.append(json.dumps({"id": f"{question[:40]}#{number}", "input": question}))
    (PROJECT / "script.json").write_text(json.dumps({"answers": answers}))
    (PROJECT / "inputs.jsonl").write_text("\n".join(inputs) + "\n")


def run(url):
    (PROJECT / "configs/simulation.yaml").write_text(
        f"""name: hostile
inputs_file: inputs.jsonl
stop: {{first_cases: off, same_failures: off, never_succeeded: off}}
expect: [{{not_contains: a}}]
export: [junit, csv, parquet, events, vllm, chrome]
runner: {{http: {{url: "{url}", stream: sse, stream_output_path: delta, retry: {{attempts: 0}}}}}}
"""
    )
    fluxloop("run", "experiment", "--no-display", codes=(10,))
    return next((PROJECT / "experiments").glob("exp_*"))


def passed(trace):
    return trace["success"] and trace["verdict"] in ("met", "none")


def check_junit(folder, traces):
    suite = next(iter(JUnitXml.fromfile(str(folder / "junit.xml"))))
    check("junit: cases", len(list(suite)), len(traces))
    check("junit: errors", suite.errors, sum(not trace["success"] for trace in traces))
    check("junit: failures", suite.failures, sum(trace["success"] and not passed(trace) for trace in traces))
    kinds = [[type(result) for result in case.result] for case in suite]
    expected = [[] if passed(it) else [Failure if it["success"] else Error] for it in traces]
    check("junit: which", kinds, expected)
    times = [case.time for case in suite]
    check("junit: times", times, [round(it["duration_ms"] / 1e3, 3) for it in traces])


def as_cell(text):
    return "'" + text if text.startswith(FORMULA) else text


def check_csv(folder, traces):
    csv.field_size_limit(1 << 30)
    with open(folder / "cases.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    check("csv: ids", [row["case_id"] for row in rows], [as_cell(it["case_id"]) for it in traces])
    check("csv: outputs", [row["output"] for row in rows], [as_cell(it["output"]) for it in traces])
    check("csv: passed", [row["passed"] == "true" for row in rows], [passed(it) for it in traces])
    check("csv: times", [float(row["duration_ms"]) for row in rows], [it["duration_ms"] for it in traces])


def time_of(trace):
    return datetime.fromisoformat(trace["turns"][0]["timings"]["scheduled_at"])


def check_parquet(folder, traces):
    path = folder / "cases.parquet"
    rows = pyarrow.parquet.read_table(path).to_pylist()
    for name, of in [
        ("case_id", lambda it: it["case_id"]),
        ("input", lambda it: it["input"]),
        ("output", lambda it: it["output"]),
        ("verdict", lambda it: it["verdict"]),
        ("passed", passed),
        ("duration_ms", lambda it: it["duration_ms"]),
        ("problem_kind", lambda it: problem_kind(it)),
    ]:
        check(f"pyarrow: {name}", [row[name] for row in rows], [of(it) for it in traces])
    check("pyarrow: times", [row["scheduled_at"] for row in rows], [time_of(it) for it in traces])
    sql = f"SELECT outcome, count(*), sum(duration_ms) FROM '{path}' GROUP BY outcome ORDER BY outcome"
    expected = {}
    for trace in traces:
        count, total = expected.get(trace["outcome"], (0, 0.0))
        expected[trace["outcome"]] = (count + 1, total + trace["duration_ms"])
    found = [(outcome, count, round(total, 3)) for outcome, count, total in duckdb.sql(sql).fetchall()]
    check("duckdb: groups", found, [(key, n, round(total, 3)) for key, (n, total) in sorted(expected.items())])
    outputs = duckdb.sql(f"SELECT output FROM '{path}'").fetchall()
    check("duckdb: outputs", [output for (output,) in outputs], [it["output"] for it in traces])


def problem_kind(trace):
    if passed(trace):
        return None
    if not trace["success"]:
        return trace["error"]["kind"]
    return trace["expectations"]["unmet"][0]["kind"]


def check_json(folder, traces):
    events = [json.loads(line) for line in open(folder / "events.jsonl", encoding="utf-8", newline="\n")]
    closed = [it["data"] for it in events if it["event"] == "case_finished"]
    check("events: records", closed, traces)
    vllm = json.loads((folder / "vllm.json").read_text(encoding="utf-8"))
    check("vllm: completed", vllm["completed"], sum(it["success"] for it in traces))
    check("vllm: errors", [it != "" for it in vllm["errors"]], [not it["success"] for it in traces])
    timeline = json.loads((folder / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    cases = [it for it in timeline if it["ph"] == "X" and "verdict" in it.get("args", {})]
    check("chrome: times", [round(it["dur"] / 1e3, 3) for it in cases], [round(it["duration_ms"], 3) for it in traces])


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes requests of OTLP."""

    protocol_version = "HTTP/1.1"
    spans, metrics = [], []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert self.headers["content-type"] == "application/x-protobuf"
        if self.path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    self.spans.extend(scope.spans)
        elif self.path == "/v1/metrics":
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    self.metrics.extend(scope.metrics)
        self.send_response(200 if self.path.startswith("/v1/") else 404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def check_otlp(folder, traces):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    fluxloop("export", str(folder.relative_to(PROJECT)), "--to", "otlp", "--content", "--endpoint", endpoint)
    server.shutdown()
    cases = [span for span in Receiver.spans if span.name == "fluxloop.case"]
    attributes = [{it.key: it.value.string_value for it in span.attributes} for span in cases]
    check("otlp: ids", [it["fluxloop.case.id"] for it in attributes], [it["case_id"] for it in traces])
    check("otlp: verdicts", [it["fluxloop.verdict"] for it in attributes], [it["verdict"] for it in traces])
    answers = [json.loads(it["gen_ai.output.messages"])[0]["parts"][0]["content"] for it in attributes]
    check("otlp: outputs", answers, [it["output"] for it in traces])
    times = [span.end_time_unix_nano - span.start_time_unix_nano for span in cases]
    check("otlp: times", times, [round(it["duration_ms"] * 1e6) for it in traces])
    parents = {span.span_id for span in cases}
    requests = [span for span in Receiver.spans if span.name != "fluxloop.case"]
    check("otlp: requests", len(requests), sum(len(turn["attempts"]) for it in traces for turn in it["turns"]))
    check("otlp: parents", all(span.parent_span_id in parents for span in requests), True)
    counts = {it.name: sum(point.count for point in it.histogram.data_points) for it in Receiver.metrics}
    check("otlp: durations", counts["gen_ai.client.operation.duration"], len(requests))


def main():
    prepare(json.loads(Path(os.environ["HOSTILE"]).read_text(encoding="utf-8")))
    mock = subprocess.Popen(
        [FLUXLOOP, "mock", "--listen", "127.0.0.1:0", "--script", "script.json"],
        cwd=PROJECT, stdout=subprocess.PIPE, text=True,
    )
    try:
        url = "http://" + mock.stdout.readline().strip().rsplit("http://", 1)[1] + "/chat"
        folder = run(url)
    finally:
        mock.kill()
        mock.wait()
    with open(folder / "traces.jsonl", encoding="utf-8", newline="\n") as journal:
        traces = sorted(map(json.loads, journal), key=lambda it: it["case_index"])
    check("cases", len(traces) >= 60, True)
    check_junit(folder, traces)
    check_csv(folder, traces)
    check_parquet(folder, traces)
    check_json(folder, traces)
    check_otlp(folder, traces)
    return 1 if failed else 0


sys.exit(main())
