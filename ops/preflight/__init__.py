"""`preflight`: check, before and after a deploy, what decides whether a stage works in its account."""
