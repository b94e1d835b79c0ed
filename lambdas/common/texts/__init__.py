"""Texts for people: local times, and text of other systems made safe to show."""
