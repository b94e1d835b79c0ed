"""Made-up messages as a CRM publishes them: a file a domain, the ways in which they go wrong, and their mix."""
