"""The commands `cost` and `limits`: a stage's cost, its throughput, and the bounds to raise first."""
