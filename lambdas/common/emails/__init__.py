"""Emails as several reactions need them: to whom, and what the company reads about them."""
