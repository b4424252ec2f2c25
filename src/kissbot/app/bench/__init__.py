"""Measurements that an operator can repeat: `kissbot bench`."""
