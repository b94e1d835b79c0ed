"""Refuses what AWS would refuse: names that clash or are too long, and templates beyond a limit."""
