"""Games: what is known of them, and which one a viewer means."""
