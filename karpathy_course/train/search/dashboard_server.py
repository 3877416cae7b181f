"""Optuna's dashboard in a process of its own: it takes a free port, prints it, and ends with whoever started it.

Run as a file, with the file of the study: `python -P dashboard_server.py STUDY.db`. Standard input stays open for as
long as the notebook's kernel lives, killed or not: at its end the dashboard ends too, on every system.

The dashboard takes for granted that its address begins at "/". Here a Jupyter server hands it on from further down, as
`/user/ada/proxy/1234/`, and says so with each request (X-Forwarded-Prefix): the three places where its page would ask
for "/…" get that prefix.
"""

import functools
import gzip
import json
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

ROUTES, SCRIPT = 'url_prefix:"/dashboard"', 'src="/static/bundle.js"'  # as they stand in its script and its page
FETCH = """\
{{
  const own = window.fetch;
  const below = (what) => typeof what === "string" && what.startsWith("/") ? {prefix} + what : what;
  window.fetch = (what, options) => own(below(what), options);
}}
"""


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, format, *arguments):
        pass


def main(file):
    """Serve this study to this machine alone until standard input ends."""
    import optuna_dashboard
    import sqlalchemy

    dashboard = optuna_dashboard.wsgi(sqlalchemy.URL.create("sqlite", database=file).render_as_string())
    own = Path(optuna_dashboard.__file__).parent
    page, script = [path.read_text(encoding="utf-8") for path in (own / "index.html", own / "public" / "bundle.js")]
    if page.count(SCRIPT) != 1 or script.count(ROUTES) != 1:
        sys.exit(f"optuna-dashboard {optuna_dashboard.__version__} is not of a version that can be shown in a notebook")

    @functools.cache
    def answer(path, prefix):
        """(kind, compressed text) of what is not the dashboard's own, or changed; None for the rest."""
        if path == "/shown":
            kind, text = "application/json", json.dumps({"file": file})
        elif path.startswith("/dashboard"):
            kind, text = "text/html", page.replace(SCRIPT, SCRIPT.replace('"/', f'"{prefix}/'))
        elif path == "/static/bundle.js":
            kind, text = "text/javascript", script.replace(ROUTES, ROUTES.replace('"/', f'"{prefix}/'))
            text = FETCH.format(prefix=json.dumps(prefix)) + text
        else:
            return None
        return kind, gzip.compress(text.encode(), compresslevel=6)

    def application(environ, start_response):
        changed = answer(environ["PATH_INFO"], environ.get("HTTP_X_FORWARDED_PREFIX", ""))
        if changed is None:
            return dashboard(environ, start_response)
        kind, body = changed
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Encoding", "gzip")]
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    server = make_server("127.0.0.1", 0, application, server_class=Threaded, handler_class=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main(sys.argv[1])
