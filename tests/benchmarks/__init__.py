"""How fast and how lean the functions are: ratios to a floor and to the natural handler, all taken in one run.

`make bench`, or `python -m tests.benchmarks` with options: `--rows warm_batch,aws_calls` measures some families of
rows, `--quick` takes fewer rounds, `--strict` makes a missed target an error. It prints one table and writes
`build/bench.json`.

A figure alone says little: machines differ, and the same one differs from minute to minute. So each row compares
*ours* with a *floor* that nobody can go below, and with the *natural* handler, the one that Powertools' documentation
teaches, written at its best (`handlers/natural.py`). In each round every contestant is measured once, in turn
(`rounds.py`); only times of one round are compared, the row is the median of the rounds' ratios, and beside it stand
the quartiles. What is deterministic, modules, calls to AWS, instructions, bytes, has no spread.

| family | what it tells | the floor |
|---|---|---|
| `cold_first_batch` | a fresh process: its start, import, init, the first ten records | a bare handler: json, logging |
| `import_modules` | modules that this imports | `from pydantic import BaseModel` |
| `peak_memory` | what is resident at most until then | |
| `warm_batch` | processor time of an event in a warm process | `json.loads` of its body |
| `decode_validate` | reading and validating alone, by size of the message | likewise |
| `observe` | an outcome line and the metrics | likewise |
| `instructions_per_event` | machine instructions of `warm_batch(10)`, by callgrind | likewise |
| `aws_calls` | calls and bytes a batch, as botocore would send them | |
| `layer_size` | what a function carries, zipped | |
| `synth` | seconds of the first and the second app of a process | |
| `pipeline` | events a second through the deployed local stage | the thinnest pipeline beside it |
| `dollars_a_million` | what an event costs on the whole way, by `ops cost` | requests alone, whatever the code |

Each contestant runs with the packages and the byte code that it would be deployed with, and nothing else
(`contestants.py`); what runs in its interpreter lies in `child/`. The tests here guard what never varies; nothing that
is timed is ever asserted.
"""
