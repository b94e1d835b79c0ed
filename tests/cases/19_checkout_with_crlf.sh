#!/bin/bash
# A checkout under core.autocrlf=true (Windows' git, WSL) has the same files: its scripts run, and no asset's hash changes.
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
git clone -q -c core.autocrlf=true . "$d/c" || exit 2
n=$(cd "$d/c" && git ls-files -z | xargs -0 grep -lI $'\r' 2>/dev/null | wc -l)
if [ "$n" != 0 ]; then
  echo "FAIL 19: $n text files have CRLF (no .gitattributes says eol=lf)"
  exit 1
fi
echo "ok   19"
