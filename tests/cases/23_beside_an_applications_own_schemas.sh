#!/bin/bash
# What services install must live beside an application's own schemas.py (FastAPI's tutorials have one): every package
# that pyproject.toml ships is imported from a folder with such a file.
root=$PWD
python=${PYTHON:-$root/.venv/bin/python}
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
for n in schemas models utils common; do echo 'class User: pass' > "$d/$n.py"; done
packages='import tomllib; print(*tomllib.load(open("pyproject.toml","rb"))["tool"]["setuptools"]["packages"])'
bad=0
for n in $("$python" -c "$packages"); do
  case $n in
    schemas | models | utils | common)
      echo "FAIL 23: ships a top-level package named $n"
      bad=1
      ;;
    *)
      (cd "$d" && PYTHONPATH=$d:$root "$python" -c "import importlib; importlib.import_module('$n')" 2> "$d/err") || {
        echo "FAIL 23: import $n: $(tail -1 "$d/err")"
        bad=1
      }
      ;;
  esac
done
[ $bad = 0 ] && echo "ok   23"
exit $bad
