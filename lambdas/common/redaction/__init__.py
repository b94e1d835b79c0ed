"""Personal data and secrets taken out of texts before they are logged."""
