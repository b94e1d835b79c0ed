"""Speed and size of the functions, as ratios to a floor and to the natural handler, all measured in one run.

`make bench`, or `python -m tests.benchmarks` with options. `--rows warm_batch,aws_calls` measures some families of
rows, `--quick` takes fewer rounds, `--strict` makes a missed target an error. It prints one table and writes
`build/bench.json`.

A single figure means little: machines differ, and one machine differs from minute to minute. So each row compares
*ours* with a *floor*, the least possible, and with the *natural* handler. That is Powertools as its documentation
teaches it, at its best (`handlers/natural.py`). Each round measures every contestant once, in turn (`rounds.py`). Only
times of one round are compared: a row is the median of the rounds' ratios, shown with the quartiles. Deterministic
values have no spread: modules, calls to AWS, instructions, bytes.

| family | what it measures | the floor |
|---|---|---|
| `cold_first_batch` | a fresh process: start, import, init, the first ten records | a bare handler: json, logging |
| `import_modules` | modules that it imports | `from pydantic import BaseModel` |
| `peak_memory` | its peak resident memory | |
| `warm_batch` | processor time of an event in a warm process | `json.loads` of its body |
| `decode_validate` | decoding and validating only, by size of the message | `json.loads` of its body |
| `observe` | an outcome line and the metrics | `json.loads` of its body |
| `instructions_per_event` | machine instructions of `warm_batch(10)`, by callgrind | `json.loads` of its body |
| `aws_calls` | calls and bytes for each batch, as botocore would send them | |
| `health_calls` | calls to AWS that healthy calls of the CRM cost: a note of a success now and then | |
| `layer_size` | a function's layers, zipped | |
| `synth` | seconds of the first and the second app of a process | |
| `pipeline` | events a second through the deployed local stage | the thinnest pipeline beside it |
| `dollars_a_million` | the cost of an event from end to end, by `ops cost` | requests only, whatever the code |

Each contestant runs with the packages and the byte code with which it would be deployed, and nothing else
(`contestants.py`); `child/` runs in its interpreter. The tests here guard deterministic values; no time is asserted.
"""
