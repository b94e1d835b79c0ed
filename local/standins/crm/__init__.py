"""A stand-in for the CRM that responds as the real one does, and fails as tests ask."""
