"""`schedules`: what EventBridge Scheduler will send, listed, cancelled or sent now."""
