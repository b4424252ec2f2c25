"""Carries values between roles: in one process, between processes, between machines."""
