"""CloudWatch's alarms evaluated here, since the emulator evaluates none: samples in, `SetAlarmState` out."""
