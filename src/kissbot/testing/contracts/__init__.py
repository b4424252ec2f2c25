"""One suite per port: subclass it for a backend, give it the fixture it names, and every test must pass."""
