"""Where knowledge of games comes from."""
