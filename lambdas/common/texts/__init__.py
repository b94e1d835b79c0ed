"""What texts for people need: local times, and text of other systems made safe to show."""
