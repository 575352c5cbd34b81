"""Plays cases through servers and proxies of Debian; `check.py FLUXLOOP` prints a line for each.

The packages are installed with apt where this is possible; otherwise the last line says that the
checks were skipped. Everything listens on the loopback interface, and ends with this script.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import trustme
import upstream

PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy", "caddy": "caddy", "squid": "squid", "tinyproxy": "tinyproxy", "openssl": "openssl"}
SEARCHED = os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"
FOLDER = Path("work").absolute()
NAMES = ["closed", "nginx", "nginx_tls", "nginx_mtls", "haproxy", "haproxy_tls", "caddy", "caddy_tls", "squid", "squid_keyed", "tinyproxy", "tinyproxy_keyed"]
# A name that is not of this machine: those are never asked through a proxy.
HOST = "agent.test"


def install():
    """Installs what is missing; gives what still is."""
    missing = [name for name in PACKAGES if not shutil.which(name, path=SEARCHED)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = ["install", "-y", "-qq", "--no-install-recommends", *(PACKAGES[name] for name in missing)]
        for arguments in (["update", "-qq"], install):
            subprocess.run(["apt-get", *arguments], env=env, stdout=subprocess.DEVNULL, check=False)
    return [name for name in missing if not shutil.which(name, path=SEARCHED)]


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [it.getsockname()[1] for it in sockets]
    for it in sockets:
        it.close()
    return ports


def certificates():
    """An authority, a certificate of the server, and those of good and of bad clients."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path("ca.pem")
    server = authority.issue_cert("localhost")
    for blob in (server.private_key_pem, *server.cert_chain_pems):
        blob.write_to_path("server.pem", append=True)
    for name in ("client", "other"):
        client = authority.issue_cert(f"{name}@agent.test")
        client.private_key_pem.write_to_path(f"{name}.key")
        client.cert_chain_pems[0].write_to_path(f"{name}.pem")
    authority.private_key_pem.write_to_path("ca.key")
    request = ["req", "-new", "-key", "client.key", "-subj", "/CN=old", "-out", "old.csr"]
    issue = ["x509", "-req", "-in", "old.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "old.pem"]
    for arguments in (request, issue):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def configurations(ports):
    """The configuration of each program, and how it is started."""
    nginx = f"""
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  gzip on; gzip_types text/event-stream; gzip_min_length 0;
  proxy_http_version 1.1; proxy_set_header Connection "";
  ssl_certificate server.pem; ssl_certificate_key server.pem;
  server {{
    listen 127.0.0.1:{ports["nginx"]};
    location / {{ proxy_pass http://127.0.0.1:{ports["upstream"]}; }}
    location /closed {{ proxy_pass http://127.0.0.1:{ports["closed"]}; }}
    location /slow {{ proxy_pass http://127.0.0.1:{ports["upstream"]}; proxy_read_timeout 1s; }}
    location /moved {{ return 302 /refused; }}
    location /refused {{ limit_except POST {{ deny all; }} error_page 403 =405 /405; proxy_pass http://127.0.0.1:{ports["upstream"]}/ok; }}
    location /405 {{ internal; return 405; }}
  }}
  server {{
    listen 127.0.0.1:{ports["nginx_tls"]} ssl http2;
    location / {{ proxy_pass http://127.0.0.1:{ports["upstream"]}; }}
  }}
  server {{
    listen 127.0.0.1:{ports["nginx_mtls"]} ssl;
    ssl_client_certificate ca.pem; ssl_verify_client on;
    location / {{ proxy_pass http://127.0.0.1:{ports["upstream"]}; }}
  }}
}}
"""
    haproxy = f"""
defaults
  mode http
  timeout connect 1s
  timeout client 20s
  timeout server 1s
frontend f
  bind 127.0.0.1:{ports["haproxy"]}
  bind 127.0.0.1:{ports["haproxy_tls"]} ssl crt server.pem alpn h2,http/1.1
  use_backend none if {{ path /closed }}
  default_backend up
backend up
  server s 127.0.0.1:{ports["upstream"]}
backend none
"""
    proxied = f"reverse_proxy 127.0.0.1:{ports['upstream']} {{\n    flush_interval -1\n  }}"
    caddy = f"""
{{
  admin off
  auto_https off
}}
http://127.0.0.1:{ports["caddy"]} {{
  reverse_proxy /closed 127.0.0.1:{ports["closed"]}
  {proxied}
}}
https://localhost:{ports["caddy_tls"]} {{
  bind 127.0.0.1
  tls server.pem server.pem
  {proxied}
}}
"""
    Path("hosts").write_text(f"127.0.0.1 {HOST}\n")
    Path("password.sh").write_text("#!/bin/sh\nwhile read -r line; do\n  case $line in 'user planted-password'*) echo OK ;; *) echo ERR ;; esac\ndone\n")
    Path("password.sh").chmod(0o755)
    squid = f"""
pid_filename none
cache_log /dev/null
access_log none
cache deny all
shutdown_lifetime 0 seconds
hosts_file {FOLDER}/hosts
visible_hostname proxy
dns_nameservers 127.0.0.1
dns_timeout 1 second
connect_timeout 1 second
http_port 127.0.0.1:{ports["squid"]} name=open
http_port 127.0.0.1:{ports["squid_keyed"]} name=keyed
auth_param basic program {FOLDER}/password.sh
acl keyed myportname keyed
acl user proxy_auth REQUIRED
acl forbidden url_regex /forbidden
http_access deny forbidden
http_access allow keyed user
http_access deny keyed
http_access allow all
"""
    tinyproxy = "Port {}\nListen 127.0.0.1\nTimeout 5\nMaxClients 10\n{}"
    files = {
        "nginx.conf": nginx,
        "haproxy.conf": haproxy,
        "Caddyfile": caddy,
        "squid.conf": squid,
        "tiny.conf": tinyproxy.format(ports["tinyproxy"], f'Upstream http 127.0.0.1:{ports["upstream"]} "{HOST}"\n'),
        "keyed.conf": tinyproxy.format(ports["tinyproxy_keyed"], "BasicAuth user planted-password\n"),
    }
    for name, text in files.items():
        Path(name).write_text(text)
    return [
        ["nginx", "-p", str(FOLDER), "-c", "nginx.conf"],
        ["haproxy", "-db", "-f", "haproxy.conf"],
        ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"],
        ["squid", "-N", "-f", "squid.conf"],
        ["tinyproxy", "-d", "-c", "tiny.conf"],
        ["tinyproxy", "-d", "-c", "keyed.conf"],
    ]


def wait_for(port):
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def cases(ports):
    """Name, keys of `runner.http`, and what the record has to say."""

    def at(name, path="/ok", scheme="http", host="127.0.0.1", **keys):
        return {"url": f"{scheme}://{host}:{ports[name]}{path}", **keys}

    def tls(name, path="/ok", **keys):
        return at(name, path, "https", "localhost", tls={"ca_file": "../../ca.pem", **keys})

    def through(name, path="/ok", port="upstream", user="", **keys):
        return {"url": f"http://{HOST}:{ports[port]}{path}", "proxy": f"http://{user}127.0.0.1:{ports[name]}", **keys}

    whole = {"outcome": "succeeded", "output": "one two three four", "warnings": []}
    # A proxy may drop what it read last before the cut.
    cut = {"kind": ["truncated", "incomplete"], "beginning_of": "one two ", "attempts": 3}
    gateway = {"kind": ["status"], "lacks": "<", "attempts": 3}
    pair = {"client_cert": "../../client.pem", "client_key": "../../client.key"}
    yield from [
        ("nginx, whole", at("nginx"), whole),
        ("nginx, many events", at("nginx", "/many"), {"outcome": "succeeded", "warnings": []}),
        ("nginx, compresses and collects", at("nginx", "/many", headers={"accept-encoding": "gzip"}), {"outcome": "succeeded", "warnings": ["one_read"]}),
        ("nginx, nothing behind it", at("nginx", "/closed"), {**gateway, "message": "502 Bad Gateway"}),
        ("nginx, silence behind it", at("nginx", "/slow"), {**gateway, "message": "504 Gateway Time"}),
        ("nginx, plain HTTP to TLS", at("nginx_tls", host="localhost"), {"kind": ["status"], "hint": "https://", "lacks": "<"}),
        ("nginx, TLS to plain HTTP", at("nginx", scheme="https"), {"kind": ["tls"], "hint": "http://"}),
        ("nginx, a redirect made a GET", at("nginx", "/moved", redirects="same-origin"), {"kind": ["status"], "message": "405 Not Allowed|405 Method Not Allowed to the GET", "hint": "redirect"}),
        ("nginx, a redirect", at("nginx", "/moved"), {"kind": ["redirect"], "message": "/refused"}),
        ("nginx, TLS", tls("nginx_tls"), whole),
        ("nginx, a certificate is missing", tls("nginx_mtls"), {"kind": ["status", "tls"], "hint": "client_cert", "lacks": "<"}),
        ("nginx, a certificate", tls("nginx_mtls", **pair), whole),
        ("a key of another certificate", tls("nginx_mtls", **pair | {"client_key": "../../other.key"}), {"exit": 3, "said": "does not belong"}),
        ("a certificate of version 1", tls("nginx_mtls", **pair | {"client_cert": "../../old.pem"}), {"exit": 3, "said": "version 3"}),
        ("haproxy, nothing behind it", at("haproxy", "/closed"), {**gateway, "message": "503 Service Unavailable"}),
        ("haproxy, silence behind it", at("haproxy", "/slow"), {**gateway, "message": "504 Gateway Time"}),
        ("caddy, nothing behind it", at("caddy", "/closed"), {**gateway, "message": "502 Bad Gateway"}),
        ("caddy, plain HTTP to TLS", at("caddy_tls", host="localhost"), {"kind": ["status"], "hint": "https://"}),
    ]
    for name in ("nginx", "haproxy", "caddy"):
        yield f"{name}, cut over HTTP/1.1", at(name, "/cut"), cut
        yield f"{name}, whole over HTTP/2", tls(f"{name}_tls"), whole
        yield f"{name}, cut over HTTP/2", tls(f"{name}_tls", "/cut"), cut
    proxy = {"kind": ["proxy"], "lacks": "<"}
    for name in ("squid", "tinyproxy"):
        yield f"{name}, whole", through(name), whole
        yield f"{name}, cut", through(name, "/cut"), cut
        yield f"{name}, no password", through(f"{name}_keyed"), {**proxy, "message": "407", "hint": "USER:PASSWORD", "attempts": 1}
    yield "squid, a password", through("squid_keyed", user="user:planted-password@"), whole
    yield "squid, forbidden", through("squid", "/forbidden"), {**proxy, "message": "the proxy answered 403", "hint": "access rules", "attempts": 1}
    yield "squid, nothing behind it", through("squid", port="closed"), {**proxy, "message": "the proxy answered 503", "attempts": 3}
    yield "squid, no tunnel", {**through("squid"), "url": f"https://{HOST}:{ports['closed']}/"}, {**proxy, "message": "proxy"}


def play(fluxloop, number, keys):
    """Runs one case; gives exit code, what was printed, and the record."""
    project = FOLDER / "projects" / str(number)
    (project / "configs").mkdir(parents=True)
    http = {"method": "POST", "stream": "sse", "stream_output_path": "delta", "timeout": "20s"}
    http |= {"stream_done": {"data": "[DONE]"}, "require_done": True, "retry": {"backoff": "1ms"}}
    http |= {"body_template": {"mapping": {"input": "$.input"}}, **keys}
    simulation = {"base_inputs": ["hello"], "runner": {"http": http}}
    (project / "configs" / "simulation.yaml").write_text(json.dumps(simulation))
    command = [fluxloop, "run", "experiment", "--no-display", "--yes"]
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(command, cwd=project, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    traces = list(project.glob("experiments/exp_*/traces.jsonl"))
    record = json.loads(traces[0].read_text().splitlines()[0]) if traces else {}
    return done.returncode, done.stdout + done.stderr, record


def differences(expected, code, said, record):
    error = record.get("error") or {}
    message, hint = error.get("message", ""), error.get("hint", "")
    codes = [warning["code"] for warning in record.get("warnings", [])]
    attempts = len(record["turns"][0]["attempts"]) if record else 0
    found = {
        "exit": expected.get("exit", code) == code,
        "said": expected.get("said", "") in " ".join(said.split()),
        "kind": error.get("kind") in expected.get("kind", [error.get("kind")]),
        "message": any(part in message for part in expected.get("message", "").split("|")),
        "hint": expected.get("hint", "") in hint,
        "lacks": expected.get("lacks", "\0") not in message,
        "attempts": expected.get("attempts", attempts) == attempts,
        "warnings": expected.get("warnings", codes) == codes,
        "output": expected.get("beginning_of", record.get("output") or "").startswith(record.get("output") or ""),
    }
    for member in ("outcome", "output"):
        found[member] = found.get(member, True) and expected.get(member, record.get(member)) == record.get(member)
    wrong = [name for name, holds in found.items() if not holds]
    if "planted-password" in said + json.dumps(record):
        wrong.append("the password is shown")
    return wrong


async def main(fluxloop):
    missing = install()
    if missing:
        print(f"SKIPPED: not installed, and not to be installed here: {', '.join(missing)}")
        return 0
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    # A proxy that gives up the rights of root reads its files, too.
    FOLDER.chmod(0o755)
    os.chdir(FOLDER)
    server, port = await upstream.start()
    ports = dict(zip(NAMES, free_ports(len(NAMES)))) | {"upstream": port}
    certificates()
    env = os.environ | {"PATH": SEARCHED, "HOME": str(FOLDER), "XDG_DATA_HOME": str(FOLDER), "XDG_CONFIG_HOME": str(FOLDER)}
    failed = 0
    log = open("programs.log", "w")
    programs = []
    try:
        for command in configurations(ports):
            programs.append(subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        for name in NAMES[1:]:
            await asyncio.to_thread(wait_for, ports[name])
        for number, (name, keys, expected) in enumerate(cases(ports)):
            code, said, record = await asyncio.to_thread(play, fluxloop, number, keys)
            wrong = differences(expected, code, said, record)
            print("ok" if not wrong else f"WRONG ({', '.join(wrong)})", name, flush=True)
            if wrong:
                failed += 1
                attempts = [(it.get("cause"), it.get("message")) for it in (record.get("turns") or [{}])[0].get("attempts", [])]
                print(f"    exit {code}, expected {expected}\n    {record.get('error') or said}\n    {attempts} {record.get('output')!r} {record.get('warnings')}", flush=True)
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait()
        server.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
