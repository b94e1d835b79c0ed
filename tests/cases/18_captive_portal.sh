#!/bin/bash
# What answers with a page and 200 (a hotel's network, a proxy) is not AWS: a sentence says so, never a traceback.
python=${PYTHON:-.venv/bin/python}
port=$(mktemp)
"$python" - "$port" <<'P' &
import http.server
import pathlib
import sys


class Portal(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b"<html><body>Sign in to the network</body></html>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portal)
pathlib.Path(sys.argv[1]).write_text(str(server.server_port))
server.serve_forever()
P
server=$!
trap 'kill $server; rm -f "$port"' EXIT
for _ in $(seq 200); do [ -s "$port" ] && break || sleep 0.05; done
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y AWS_DEFAULT_REGION=eu-central-1
export AWS_ENDPOINT_URL=http://127.0.0.1:$(cat "$port")
bad=0
for c in "status" "dead-letters list" "schedules list" "send booking.created" "redrive email.send --dry-run"; do
  out=$("$python" -m ops $c --stage dev 2>&1)
  if grep -qE "Traceback|KeyError" <<<"$out"; then
    echo "FAIL 18: ops $c: $(tail -1 <<<"$out")"
    bad=1
  fi
done
[ $bad = 0 ] && echo "ok   18"
exit $bad
