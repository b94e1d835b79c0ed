"""`cost` and `limits`: what a stage costs, how far it goes, and what to raise first."""
