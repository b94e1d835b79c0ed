"""The AWS emulator: its process, the deployment to it, faults, and log lines that it holds back."""
