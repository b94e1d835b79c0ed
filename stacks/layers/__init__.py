"""The Lambda layers' contents, built on the machine that synthesizes, without Docker."""
