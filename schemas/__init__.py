"""The contracts: what a message is, which types there are, and what they carry. Nothing of AWS."""
