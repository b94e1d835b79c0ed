"""A Slack that takes incoming webhooks by Slack's rules, and shows the cards in a terminal."""
