"""The whole system on one machine: embedded AWS emulator, stand-ins, the real `cdk deploy`."""
