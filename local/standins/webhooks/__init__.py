"""A stand-in for webhook endpoints that accepts only signed posts."""
