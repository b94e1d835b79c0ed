"""The AWS emulator: started, deployed to, and told to fail."""
