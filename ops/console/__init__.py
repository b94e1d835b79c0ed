"""`console`: the operators' web page, served on loopback."""
