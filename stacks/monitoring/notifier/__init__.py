"""The alerts queue and the function that posts from it to Slack."""
