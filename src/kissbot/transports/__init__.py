"""Where chat comes from and goes to: one folder or file per platform."""
