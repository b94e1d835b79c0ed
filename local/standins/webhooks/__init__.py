"""A receiver of webhooks that believes signed posts alone."""
